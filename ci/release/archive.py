"""The archive of one build, from which every other package is made: program, manual pages, completions, licences."""

import gzip
import io
import stat
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import binary
import licences
from project import ROOT, Refused, epoch, run, version

COMPLETIONS = {
    "bash": "guard.bash",
    "zsh": "_guard",
    "fish": "guard.fish",
    "powershell": "guard.ps1",
    "elvish": "guard.elv",
}
DOCUMENTS = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"]


def write(target, program, out):
    """Asks the program for its pages and completions, and packs it up with them."""
    said = run(program, "--version").strip()
    if said != f"guard {version()}":
        raise Refused(f"{program} says it is {said!r}, and Cargo.toml has version {version()}\nbuild it again")
    binary.check(target, Path(program).read_bytes())
    files = {target.program: Path(program).read_bytes()}
    for document in DOCUMENTS:
        files[document] = (ROOT / document).read_bytes()
    files["THIRD-PARTY"] = licences.text(target).encode()
    for shell, file in COMPLETIONS.items():
        files[f"completions/{file}"] = run(program, "completions", shell).encode()
    with tempfile.TemporaryDirectory() as folder:
        run(program, "man", "--output-dir", folder)
        for page in Path(folder).iterdir():
            files[f"man/{page.name}"] = page.read_bytes()
    out.mkdir(parents=True, exist_ok=True)
    path = out / target.archive
    (zip_file if target.windows else tar_file)(path, target, files)
    return path


def mode(target, name):
    return 0o755 if name == target.program else 0o644


def tar_file(path, target, files):
    # Level 9 takes three times as long for one part in a hundred.
    with gzip.GzipFile(path, "wb", 6, mtime=epoch()) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{target.folder}/{name}")
            entry.size, entry.mode, entry.mtime = len(content), mode(target, name), epoch()
            tar.addfile(entry, io.BytesIO(content))


def zip_file(path, target, files):
    named = {f"{target.folder}/{name}": (content, mode(target, name)) for name, content in files.items()}
    zip_entries(path, sorted(named.items()))


def zip_entries(path, entries):
    """Writes `(name, (content, mode))` in the order that is given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (content, bits) in entries:
            entry = zipfile.ZipInfo(name, time.gmtime(epoch())[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (stat.S_IFREG | bits) << 16
            packed.writestr(entry, content)


def read(target, folder):
    """The files of an archive that is there, by their names below its one folder."""
    path = folder / target.archive
    if not path.is_file():
        make = f"package.py archive --target {target.triple} --binary PROGRAM --out {folder}"
        raise Refused(f"{path} is not there\n{make}")
    if target.windows:
        with zipfile.ZipFile(path) as packed:
            found = {name: packed.read(name) for name in packed.namelist()}
    else:
        with tarfile.open(path) as tar:
            found = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
    head = target.folder + "/"
    files = {name.removeprefix(head): content for name, content in found.items() if name.startswith(head)}
    if len(files) != len(found) or target.program not in files:
        raise Refused(f"{path} is not an archive of this version: everything in it must be below {head}")
    binary.check(target, files[target.program])
    return files
