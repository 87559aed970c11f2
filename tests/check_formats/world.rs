//! Ranges to judge: clean, refused with hostile names, and one that cannot be judged.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use crate::harness::{Ran, Repo};

pub const MACHINES: [&str; 6] = ["json", "jsonl", "sarif", "github", "gitlab", "junit"];
/// A path of which every format has something to escape.
pub const PATH: &[u8] = b"o\xff]]>%0A::error::x,\x1b[31m\r\n<&\".rs";
const SUBJECT: &str = "T001: ]]> ##[error] %0A ::stop-commands::x <b> [a](http://x)";

pub struct World {
    pub repo: Repo,
}

impl World {
    /// A plan is running, and its task is done.
    pub fn clean() -> Self {
        let repo = Repo::new();
        repo.write(
            "plans/p.md",
            "# p\n\n### T001: read\n\nFiles: `src/**`\n\n### T002: write\n\nFiles: `docs/**`\n",
        );
        repo.git(&["add", "-A"]).ok();
        repo.git(&["commit", "-qm", "init"]).ok();
        let remote = "https://someone:secret@example.com/o/r.git";
        repo.git(&["remote", "add", "origin", remote]).ok();
        repo.git(&["checkout", "-qb", "work"]).ok();
        repo.git(&["commit", "-q", "--allow-empty", "-m", "rollback: before executing plan p"]).ok();
        let world = Self { repo };
        world.commit(b"src/a", "T001: read");
        world
    }

    /// Two commits more, both refused, and a warning.
    pub fn refused() -> Self {
        let world = Self::clean();
        world.commit(PATH, SUBJECT);
        world.commit(b"docs/b", "no task");
        world
    }

    pub fn commit(&self, path: &[u8], message: &str) {
        self.repo.write(OsStr::from_bytes(path), message);
        self.repo.git(&["add", "-A"]).ok();
        self.repo.git(&["commit", "-qm", message]).ok();
    }

    /// `guard check` of what follows `main`, and its standard output byte for byte.
    #[track_caller]
    pub fn check(&self, format: &str, more: &[&str]) -> Ran {
        self.repo.guard(&[&["check", "main..work", "--format", format], more].concat())
    }

    /// A range that cannot be judged.
    #[track_caller]
    pub fn fail(&self, format: &str) -> Ran {
        self.repo.guard(&["check", "gone..work", "--format", format]).says(2, &["error:"])
    }
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}
