#!/usr/bin/env python3
"""Makes every file of a release. The release workflow and the tests run this same program.

usage: package.py archive  --target TRIPLE --binary PROGRAM --out DIR
       package.py wheel    DIR [--target TRIPLE]…   from the archives in DIR
       package.py npm      DIR [--target TRIPLE]…
       package.py deb      DIR [--target TRIPLE]… [--stage]
       package.py sums     DIR [--target TRIPLE]…   checks that all is there, and writes SHA256SUMS
       package.py names | targets                   what a release consists of
       package.py check TAG                         do version, changelog and repository agree with this tag?
       package.py notes                             what CHANGELOG.md says about this version

It needs Python 3.9, cargo, and git for the time stamps where SOURCE_DATE_EPOCH is not set; for npm and deb also npm
and cargo-deb.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import hashlib
import shutil
from pathlib import Path

import archive
import debian
import npm
import project
import wheel
from project import ROOT, TARGETS, Refused, chosen, name, version

SUMS = "SHA256SUMS"
INSTALLER = "install.sh"


def names(triples=()):
    """The files of a release but SHA256SUMS. Of a wheel with several tags: all but the tags."""
    packaged = chosen(triples)
    archives = [target for target in TARGETS if not triples or target in packaged]
    found = [target.archive for target in archives]
    found += [f"guard_{version()}-1_{target.deb}.deb" for target in packaged if target.deb]
    found += [f"{name()}-{version()}.tgz", INSTALLER]
    return sorted(found)


def wheels(folder):
    return sorted(path.name for path in folder.glob(f"{name().replace('-', '_')}-{version()}-py3-none-*.whl"))


def sums(folder, triples):
    """Fails where a file is missing or too many: what is not expected is not released."""
    shutil.copyfile(ROOT / INSTALLER, folder / INSTALLER)
    (folder / INSTALLER).chmod(0o755)
    there = {path.name for path in folder.iterdir()} - {SUMS}
    wanted = {*names(triples), *wheels(folder)}
    missing = sorted(wanted - there)
    missing += ["a wheel for each target"] * (len(wheels(folder)) != len(chosen(triples)))
    if missing or there - wanted:
        raise Refused(f"{folder} is not a whole release\nmissing: {missing}\ntoo many: {sorted(there - wanted)}")
    lines = [f"{hashlib.sha256((folder / file).read_bytes()).hexdigest()}  {file}\n" for file in sorted(there)]
    (folder / SUMS).write_bytes("".join(lines).encode())
    return folder / SUMS


def options():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1], add_help=True)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("archive")
    one.add_argument("--target", required=True)
    one.add_argument("--binary", required=True, type=Path)
    one.add_argument("--out", required=True, type=Path)
    for command in ["wheel", "npm", "deb", "sums"]:
        made = commands.add_parser(command)
        made.add_argument("folder", type=Path)
        made.add_argument("--target", action="append", default=[])
        if command == "deb":
            made.add_argument("--stage", action="store_true")
    for command in ["names", "targets", "notes"]:
        commands.add_parser(command)
    commands.add_parser("check").add_argument("tag")
    return parser.parse_args()


def main(given):
    made = []
    if given.command == "archive":
        [target] = chosen([given.target])
        made = [archive.write(target, given.binary.resolve(), given.out)]
    elif given.command == "wheel":
        made = [wheel.write(target, given.folder) for target in chosen(given.target)]
    elif given.command == "npm":
        made = [npm.write(chosen(given.target), given.folder)]
    elif given.command == "deb":
        make = debian.stage if given.stage else debian.write
        made = [make(target, given.folder) for target in chosen(given.target) if target.deb]
    elif given.command == "sums":
        made = [sums(given.folder, given.target)]
    elif given.command == "names":
        made = [*names(), SUMS]
    elif given.command == "targets":
        made = [target.triple for target in TARGETS]
    elif given.command == "check":
        project.check(given.tag)
    else:
        print(project.notes(), end="")
    for path in made:
        print(path)


try:
    main(options())
except Refused as e:
    first, *rest = str(e).split("\n")
    sys.exit("\n".join([f"package.py: {first}", *(f"  {line}" for line in rest)]))
except OSError as e:
    sys.exit(f"package.py: {e}")
