"""The Debian package: `[package.metadata.deb]` of Cargo.toml says what is in it, cargo-deb builds it."""

import shutil
from datetime import datetime, timezone
from email.utils import format_datetime

import archive
from project import ROOT, Refused, epoch, package, run, version

# Where Cargo.toml looks for the files.
STAGE = ROOT / "target/release-deb"


def stage(target, folder):
    """Lays out the files of an archive as `[package.metadata.deb]` names them."""
    files = archive.read(target, folder)
    shutil.rmtree(STAGE, ignore_errors=True)
    for file, content in files.items():
        path = STAGE / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (STAGE / "changelog").write_text(changelog(), "utf-8")
    return STAGE


def changelog():
    """Debian's own form; what has changed stands in CHANGELOG.md, which the package has too."""
    maintainer = package()["metadata"]["deb"]["maintainer"]
    return (
        f"guard ({version()}-1) unstable; urgency=medium\n\n"
        f"  * Version {version()}; CHANGELOG.md beside this file tells what it brings.\n\n"
        f" -- {maintainer}  {format_datetime(datetime.fromtimestamp(epoch(), timezone.utc))}\n"
    )


def write(target, folder):
    if shutil.which("cargo-deb") is None:
        raise Refused("cargo-deb is not there\ncargo install --locked cargo-deb")
    stage(target, folder)
    path = folder.resolve() / f"guard_{version()}-1_{target.deb}.deb"
    options = ["--no-build", "--no-strip", "--no-dbgsym", "--locked", "--target", target.triple, "--output", path]
    run("cargo-deb", *options, cwd=ROOT)
    return path
