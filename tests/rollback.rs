//! `guard rollback`: what it refuses, that it loses nothing, and the way back.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

#[path = "rollback/moved.rs"]
mod moved;
#[path = "rollback/refusals.rs"]
mod refusals;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use harness::{Ran, Repo, picture};

const PLAN: &str = r#"version = 1
topic = "alpha"

[[task]]
id = "T001"
summary = "Write the source"
scope = ["src/**", ".gitignore", "old.txt"]

[[task]]
id = "T002"
summary = "Write the manual"
scope = ["docs/**"]
depends_on = ["T001"]

[[task]]
id = "T003"
summary = "Write the tools"
scope = ["tools/"]
"#;

fn unstarted() -> Repo {
    let repo = Repo::new();
    repo.write("README.md", "readme\n");
    repo.write("old.txt", "old\n");
    repo.write("src/keep.rs", "keep\n");
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
    repo
}

/// The plan is started, and T001 and T002 are done. T001 has removed `old.txt`.
fn done() -> Repo {
    let repo = unstarted();
    repo.write("plans/alpha.toml", PLAN);
    repo.guard(&["start", "plans/alpha.toml"]).ok();
    repo.write("src/a.rs", "a\n");
    repo.write(".gitignore", "*.log\n");
    repo.git(&["rm", "-q", "old.txt"]).ok();
    commit(&repo, "T001: write the source");
    repo.write("docs/a.md", "a\n");
    commit(&repo, "T002: write the manual");
    repo
}

fn commit(repo: &Repo, message: &str) {
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", message]).ok();
}

fn head(repo: &Repo) -> String {
    repo.git(&["rev-parse", "HEAD"]).ok()
}

fn rollback(repo: &Repo, args: &[&str]) -> Ran {
    repo.guard(&[&["rollback"], args].concat())
}

/// Everything a person could miss: branches, what is staged, and every file.
fn all_of(repo: &Repo) -> Vec<String> {
    let mut all = vec![
        repo.git(&["for-each-ref", "refs/heads"]).ok(),
        repo.git(&["symbolic-ref", "-q", "HEAD"]).out,
        head(repo),
        repo.git(&["ls-files", "-s"]).ok(),
        repo.git(&["stash", "list"]).ok(),
        repo.git(&["status", "--porcelain", "--ignored", "-uall"]).ok(),
    ];
    let inside = repo.path.join(".git").display().to_string();
    // git knows no folders.
    let is_file = |line: &String| !line.contains(&inside) && !line.contains("\" 40755 ");
    all.extend(picture(&repo.path).into_iter().filter(is_file));
    all
}

/// Refused with these words, and nothing is changed: there is not even a backup.
#[track_caller]
fn refused(repo: &Repo, args: &[&str], words: &[&str]) {
    let before = all_of(repo);
    rollback(repo, args).says(2, words);
    assert_eq!(all_of(repo), before, "{args:?}");
    assert_eq!(repo.git(&["for-each-ref", "refs/guard"]).ok(), "");
}

/// Staged, not staged, both, removed, renamed, executable, linked, announced, untracked and ignored.
fn disorder(repo: &Repo) {
    repo.write("src/a.rs", "staged\n");
    repo.write("src/new.rs", "new\n");
    repo.git(&["add", "src"]).ok();
    repo.write("src/a.rs", b"staged and more \xff\x00\n");
    repo.write("README.md", "changed\r\n");
    repo.git(&["mv", "src/keep.rs", "src/kept.rs"]).ok();
    fs::remove_file(repo.path.join("docs/a.md")).unwrap();
    fs::set_permissions(repo.path.join(".gitignore"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("nowhere", repo.path.join("src/link")).unwrap();
    repo.git(&["add", "src/link"]).ok();
    repo.write("notes/a b\n.txt", "untracked\n");
    repo.write("notes/run.log", "ignored\n");
}
