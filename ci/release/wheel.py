"""A wheel that carries the program: pip puts it where `pip` itself is, without running anything."""

import base64
import hashlib

import archive
import binary
from project import ROOT, name, package, private, version

PAGES = "share/man/man1"


def write(target, folder):
    files = archive.read(target, folder)
    project = name().replace("-", "_")
    tags = binary.wheel_tags(target, files[target.program])
    info, data = f"{project}-{version()}.dist-info", f"{project}-{version()}.data"
    licences = [file for file in files if file.startswith("LICENSE-")] + ["THIRD-PARTY"]
    entries = {f"{data}/scripts/{target.program}": (files[target.program], 0o755)}
    for file, content in sorted(files.items()):
        if file.startswith("man/"):
            entries[f"{data}/data/{PAGES}/{file.removeprefix('man/')}"] = (content, 0o644)
    for file in licences:
        entries[f"{info}/licenses/{file}"] = (files[file], 0o644)
    entries[f"{info}/METADATA"] = (metadata(licences).encode(), 0o644)
    entries[f"{info}/WHEEL"] = (wheel(tags).encode(), 0o644)
    entries[f"{info}/RECORD"] = (record(entries, info).encode(), 0o644)
    path = folder / f"{project}-{version()}-py3-none-{'.'.join(tags)}.whl"
    archive.zip_entries(path, entries.items())
    return path


def metadata(licences):
    own = package()
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {name()}",
        f"Version: {version()}",
        f"Summary: {own['description']}",
        f"Keywords: {','.join(own['keywords'])}",
        f"License-Expression: {own['license']}",
        *(f"License-File: {file}" for file in licences),
        "Requires-Python: >=3.8",
        "Classifier: Environment :: Console",
        "Classifier: Topic :: Software Development :: Version Control :: Git",
        # PyPI takes no package with such a classifier.
        *(["Classifier: Private :: Do Not Upload"] if private() else []),
        *([f"Project-URL: Source, {own['repository']}"] if own["repository"] else []),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (ROOT / "README.md").read_text("utf-8")


def wheel(tags):
    lines = ["Wheel-Version: 1.0", f"Generator: guard {version()}", "Root-Is-Purelib: false"]
    return "\n".join(lines + [f"Tag: py3-none-{tag}" for tag in tags]) + "\n"


def record(entries, info):
    lines = []
    for file, (content, _) in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{file},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
