//! What the commits are thrown from: plans, a policy, paths, messages and header lines.

pub const ALPHA: &str = r#"version = 1
topic = "alpha"

[[task]]
id = "T001"
summary = "Write the source"
scope = ["src/**", "Cargo.toml", "vendor/named"]

[[task]]
id = "T002"
summary = "Write the manual"
scope = ["docs/**", "!docs/secret/**"]
depends_on = ["T001"]

[[task]]
id = "T003"
summary = "Write the tools"
scope = ["tools/", "Makefile"]
"#;

pub const BETA: &str = r#"version = 1
topic = "beta"

[[task]]
id = "T001"
summary = "Write the tests"
scope = ["tests/**"]

[[task]]
id = "T007"
summary = "Write the source again"
scope = ["src/*.rs"]
"#;

/// A plan that nobody may start: it does not say what its task may change.
pub const BROKEN: &str = "version = 1\ntopic = \"beta\"\n\n[[task]]\nid = \"T001\"\nsummary = \"x\"\n";

pub const POLICY: &str = r#"version = 1

[task]
carried_in = ["subject", "scope", "trailer"]
several = true

[rollback]
carries = "anything"

[scope]
protected = ["src/ci.rs"]
frozen = ["docs/frozen.md"]
"#;

pub const PATHS: [&[u8]; 36] = [
    b"src/lib.rs",
    b"src/new.rs",
    b"src/deep/er/x.rs",
    b"src/ci.rs",
    b"Cargo.toml",
    b"Cargo.lock",
    b"vendor/named",
    b"docs/a.md",
    b"docs/b/c.md",
    b"docs/frozen.md",
    b"docs/secret/x.md",
    b"docs/spec.md",
    b"tools/run.sh",
    b"tools/x/y",
    b"Makefile",
    b"tests/a.rs",
    b"README.md",
    b"guard.toml",
    b".config/guard.toml",
    b".github/workflows/guard.yml",
    b".githooks/pre-commit",
    b"plans/alpha.toml",
    b"plans/beta.toml",
    b"plans/log.md",
    b".artifacts/execute/log.md",
    b"designs/x.md",
    b"Src/lib.rs",
    b"src",
    b"docs",
    b"docsx",
    b"src/\x1b[31mred.rs",
    b"src/\xff.rs",
    b"src/\xe2\x80\xaertl.rs",
    b"docs/line\nfeed",
    b"vendor/other",
    b"src/ /x",
];

/// Paths that are in every tree to begin with.
pub const THERE: [&[u8]; 7] = [
    b"README.md",
    b"docs/a.md",
    b"tools/run.sh",
    b"src/old.rs",
    b"Cargo.toml",
    b"plans/beta.toml",
    b"docs/frozen.md",
];

pub const SUBJECTS: [&str; 34] = [
    "T001: x",
    "T002: x",
    "T003: x",
    "T007: x",
    "T009: x",
    "T001,T003: x",
    "T001-T003: x",
    "feat(T001): x",
    "fix(T003)!: x",
    "x\n\nTask: T003",
    "T001: x\n\nTask: T003",
    "fixup! T001: x",
    "squash! T003: x",
    "Revert \"T001: x\"",
    "Merge branch 'x'",
    "rollback: before executing plan beta",
    "rollback: before executing plan alpha",
    "rollback: before executing plan Alpha\n\nGuard-Plan: plans/alpha.toml",
    "rollback: before executing plan beta\n\nGuard-Plan: plans/alpha.toml",
    "rollback: before executing plan gamma",
    "rollback: before executing plan ",
    "",
    "\nT001: x",
    " T001: x",
    "T001:x",
    "T001:  ",
    "t001: x",
    "\u{422}001: x",
    "T001\u{200b}: x",
    "T001: \u{1b}[31mred\u{7}",
    "T001: \u{202e}drow",
    "T001: x\r",
    "docs\n\nT002: x",
    "T001: x\n\nbody\n\nSigned-off-by: A <a@x>",
];

pub const HEADERS: [&str; 16] = [
    "encoding ISO-8859-1",
    "encoding UTF-8",
    "encoding UTF-16",
    "encoding UTF-7",
    "encoding",
    "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEz\n parent 1111111111111111111111111111111111111111\n -----END PGP SIGNATURE-----",
    "gpgsig-sha256 x",
    "mergetag object 1111111111111111111111111111111111111111\n type commit\n tag v1\n tagger A <a@x> 1 +0000\n \n T002: inside",
    "HG:extra x",
    "parent 1111111111111111111111111111111111111111",
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "author B <b@x> 1 +0000",
    "committer B <b@x> 99999999999999999999 +9999",
    "change-id x",
    "x\0y z",
    " continued",
];

pub const WORDS: [&[u8]; 8] =
    [b"\n\n", b"parent ", b"tree ", b"\nencoding UTF-16\n", b"author ", b"T001: ", b"\n\nT001: x\n", b"\0"];
