"""What the project says about itself, and the one table of what a release consists of."""

import functools
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Refused(Exception):
    """What stands in the way of a package, and what to do about it: a line each."""


@dataclass(frozen=True)
class Target:
    """One build of the program."""

    triple: str
    cpu: str  # as platform tags of Python spell it
    npm: str  # `process.platform-process.arch` of node
    deb: str = ""  # Debian's architecture; empty: no Debian package
    # Wheel, npm and Debian packages carry this build: of those for Linux the static one, which runs on all systems.
    packaged: bool = True

    @property
    def windows(self):
        return "-windows-" in self.triple

    @property
    def linux(self):
        return "-linux-" in self.triple

    @property
    def program(self):
        return "guard.exe" if self.windows else "guard"

    @property
    def folder(self):
        """The one folder in the archive."""
        return f"guard-{version()}-{self.triple}"

    @property
    def archive(self):
        return self.folder + (".zip" if self.windows else ".tar.gz")


TARGETS = [
    Target("x86_64-unknown-linux-gnu", "x86_64", "linux-x64", "amd64", packaged=False),
    Target("x86_64-unknown-linux-musl", "x86_64", "linux-x64", "amd64"),
    Target("aarch64-unknown-linux-gnu", "aarch64", "linux-arm64", "arm64", packaged=False),
    Target("aarch64-unknown-linux-musl", "aarch64", "linux-arm64", "arm64"),
    Target("x86_64-apple-darwin", "x86_64", "darwin-x64"),
    Target("aarch64-apple-darwin", "arm64", "darwin-arm64"),
    Target("x86_64-pc-windows-msvc", "amd64", "win32-x64"),
]


def chosen(triples):
    """The targets of these names, or all that packages are made for."""
    if not triples:
        return [target for target in TARGETS if target.packaged]
    known = {target.triple: target for target in TARGETS}
    for triple in triples:
        if triple not in known:
            raise Refused(f"there is no target {triple}\nthe targets: {', '.join(known)}")
    return [known[triple] for triple in triples]


@functools.lru_cache(maxsize=None)
def package():
    """`[package]` of Cargo.toml, as cargo reads it; what is not set is None."""
    said = run("cargo", "metadata", "--format-version", "1", "--no-deps", cwd=ROOT)
    [own] = json.loads(said)["packages"]
    return own


def version():
    return package()["version"]


def name():
    """The name in PyPI and npm, where `guard` is another program."""
    return package()["metadata"]["release"]["name"]


def private():
    """`publish = false` in Cargo.toml keeps the packages out of every registry, not only out of crates.io."""
    return package()["publish"] == []


def epoch():
    """The time stamp of every file: SOURCE_DATE_EPOCH, or that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        given = run("git", "-C", ROOT, "log", "-1", "--format=%ct").strip()
    # A zip file knows no time before 1980.
    if not given.isdigit() or int(given) < 315532800:
        raise Refused(f"SOURCE_DATE_EPOCH must be a time in seconds, from 1980 on: {given!r}")
    return int(given)


def run(*command, **options):
    """What a program prints; that it fails, or is not there, is said."""
    words = [str(word) for word in command]
    try:
        out = subprocess.run(words, stdout=subprocess.PIPE, text=True, encoding="utf-8", **options)
    except OSError as e:
        raise Refused(f"{words[0]} cannot be started: {e}") from e
    if out.returncode != 0:
        raise Refused(f"failed with code {out.returncode}: {' '.join(words)}")
    return out.stdout


def sections():
    """The sections of CHANGELOG.md by the words of their headings, such as `0.1.0 - 2026-01-02`."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    parts = re.split(r"^## (.*)$", text, flags=re.M)
    return dict(zip((head.strip() for head in parts[1::2]), parts[2::2]))


def notes():
    """What CHANGELOG.md says about this version."""
    for head, body in sections().items():
        if re.fullmatch(re.escape(version()) + r" - \d{4}-\d{2}-\d{2}", head):
            if not body.strip():
                raise Refused(f"CHANGELOG.md: the section {head} is empty")
            return body.strip() + "\n"
    raise Refused(
        f"CHANGELOG.md has no section of {version()}\n"
        f"write `## {version()} - YYYY-MM-DD` below `## Unreleased`, above what this version brings"
    )


def check(tag):
    """May this tag be released? Version, changelog, lock file and repository must agree with it."""
    if tag != f"v{version()}":
        raise Refused(f"the tag is {tag}, and Cargo.toml has version {version()}\nthe tag must be v{version()}")
    lock = (ROOT / "Cargo.lock").read_text("utf-8")
    if f'name = "{package()["name"]}"\nversion = "{version()}"\n' not in lock:
        raise Refused(f"Cargo.lock has another version than {version()}\ncargo update --workspace")
    notes()
    server, place = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if server and place and package()["repository"] != f"{server}/{place}":
        raise Refused(
            f"Cargo.toml has repository {package()['repository']!r}; cargo binstall would look there\n"
            f'write into [package]: repository = "{server}/{place}"'
        )
