"""The licences of what is linked into the program, which must go along with it."""

import json
import re
from pathlib import Path

from project import ROOT, run

LICENCE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?", re.I)


def linked(target):
    """The packages that are reached from guard over normal dependencies, by name and version."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target.triple]
    known = json.loads(run(*command, cwd=ROOT))
    nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
    packages = {package["id"]: package for package in known["packages"]}
    todo, found = [known["resolve"]["root"]], {}
    while todo:
        for dep in nodes[todo.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dep["dep_kinds"])
            if normal and dep["pkg"] not in found:
                found[dep["pkg"]] = packages[dep["pkg"]]
                todo.append(dep["pkg"])
    return sorted(found.values(), key=lambda package: (package["name"], package["version"]))


def files(package):
    """The licence files of a package; where it brings foreign C sources, those of the sources too."""
    folder = Path(package["manifest_path"]).parent
    found = folder.rglob("*") if package["links"] else folder.iterdir()
    return sorted(path for path in found if LICENCE.fullmatch(path.name) and path.is_file())


def text(target):
    """A text that stands in many packages is given once, below the names of all of them."""
    heads, owners = [], {}
    for package in linked(target):
        title = f"{package['name']} {package['version']}"
        heads.append(f"{title}: {package['license'] or 'see below'}")
        for path in files(package):
            content = path.read_text("utf-8", errors="replace").strip()
            owners.setdefault(content, []).append(title)
    parts = ["guard is built from these packages.\n\n" + "\n".join(heads)]
    for content, titles in owners.items():
        parts.append("-" * 80 + "\n" + "\n".join(dict.fromkeys(titles)) + "\n\n" + content)
    return "\n\n".join(parts) + "\n"
