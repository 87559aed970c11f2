"""One npm package with the programs of all platforms and a launcher that picks one.

Not a package for each platform: those are optional dependencies, which `--omit=optional` and lock files of another
platform leave out, and then no commit passes; and their names would have to be ours in a registry before anybody
may install from a file. The price is some 45 MB on disk.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import archive
from project import HERE, ROOT, Refused, epoch, name, package, private, run, version

LAUNCHER = "launcher.js"


def write(targets, folder):
    with tempfile.TemporaryDirectory() as scratch:
        top, one = Path(scratch), {}
        for target in targets:
            files = archive.read(target, folder)
            program = top / "bin" / target.npm / target.program
            if program.exists():
                raise Refused(f"two programs for {target.npm}: choose one target of each platform")
            place(program, files[target.program], 0o755)
            # Each system links other packages.
            place(top / f"THIRD-PARTY-{target.triple}", text(files["THIRD-PARTY"]), 0o644)
            pages = {file: text(content) for file, content in files.items() if file.startswith("man/")}
            if pages != one.setdefault("pages", pages):
                raise Refused(f"{target.archive} has other manual pages than {targets[0].archive}\nbuild both again")
        for file in archive.DOCUMENTS:
            place(top / file, text((ROOT / file).read_bytes()), 0o644)
        for file, content in one["pages"].items():
            place(top / file, content, 0o644)
        place(top / LAUNCHER, (HERE / LAUNCHER).read_bytes(), 0o755)
        place(top / "package.json", manifest(top).encode(), 0o644)
        npm = shutil.which("npm")
        if npm is None:
            raise Refused("npm is not there; it comes with node")
        packed = run(npm, "pack", "--json", "--ignore-scripts", "--pack-destination", folder.resolve(), cwd=top)
        # npm 11 prints a list, later ones an object by name.
        said = json.loads(packed)
        entry = said[0] if isinstance(said, list) else next(iter(said.values()))
        return folder / entry["filename"]


def text(content):
    """With line feeds, whatever system it was packed on."""
    return content.replace(b"\r\n", b"\n")


def place(path, content, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    os.utime(path, (epoch(), epoch()))


def manifest(top):
    own = package()
    pages = sorted(f"./man/{page.name}" for page in (top / "man").iterdir())
    fields = {
        "name": name(),
        "version": version(),
        "description": own["description"],
        "keywords": own["keywords"],
        "license": f"({own['license']})",
        # npm publish takes no package with this.
        **({"private": True} if private() else {}),
        **({"repository": {"type": "git", "url": f"git+{own['repository']}.git"}} if own["repository"] else {}),
        "bin": {"guard": LAUNCHER},
        "man": pages,
        "engines": {"node": ">=16"},
        "files": ["bin", "man", LAUNCHER, "CHANGELOG.md", "LICENSE-*", "THIRD-PARTY-*"],
    }
    return json.dumps(fields, indent=2) + "\n"
