//! Programs and repositories whose paths look as they do on Windows. On Linux a backslash is a letter like others: what is
//! tried here is the quoting, not Windows.

use std::path::Path;

use crate::harness::{Repo, copy, guard_bin};
use crate::world::{PLAN, PLAN_PATH};

const NAMES: [&str; 4] = [
    "C:\\Users\\Ä b\\guard.exe",
    "it's $HOME \"x\" `id`/guard",
    "a\\\\b\n c/guard",
    "cafe\u{301} \u{65e5}\u{672c}/$(touch x)/guard",
];

/// A repository with a running plan, whose hooks start the program at `bin`.
fn guarded(folder: &str, bin: &Path) -> Repo {
    let repo = Repo::named(folder);
    repo.write("README.md", "x\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-q", "-m", "initial"]).ok();
    copy(Path::new(guard_bin()), bin);
    repo.run_in(&repo.path, bin, &["install"]).ok();
    repo.write(PLAN_PATH, PLAN);
    repo.run_in(&repo.path, bin, &["start", PLAN_PATH]).ok();
    repo
}

fn judges(repo: &Repo) {
    repo.write("docs/a", "x\n");
    repo.git(&["add", "docs"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: out of scope"]).says(1, &["error[scope]", "docs/a"]);
    repo.git(&["reset", "-q"]).ok();
    repo.write("src/a", "x\n");
    repo.git(&["add", "src"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: in scope"]).ok();
}

#[test]
fn a_program_may_have_any_path() {
    let scratch = tempfile::tempdir().unwrap();
    for (number, name) in NAMES.into_iter().enumerate() {
        let repo = guarded("repo", &scratch.path().join(number.to_string()).join(name));
        judges(&repo);
        assert!(!repo.path.join("x").exists(), "the shell ran what the path says");
    }
}

#[test]
fn a_repository_may_have_any_path() {
    for name in ["C:\\Users\\you\\a b", "it's $HOME \"x\"", "two\nlines", "cafe\u{301}"] {
        let scratch = tempfile::tempdir().unwrap();
        let repo = guarded(name, &scratch.path().join("guard"));
        judges(&repo);
        repo.run_in(&repo.path, scratch.path().join("guard"), &["doctor"])
            .says(0, &["every hook fires and refuses"]);
        repo.guard(&["uninstall"]).ok();
        assert_eq!(std::fs::read_dir(repo.path.join(".git/hooks")).unwrap().count(), 0);
    }
}

#[test]
fn guard_bin_may_be_a_path_of_windows() {
    let scratch = tempfile::tempdir().unwrap();
    let bin = scratch.path().join("guard");
    let mut repo = guarded("repo", &bin);
    std::fs::remove_file(&bin).unwrap();
    repo.write("src/a", "x\n");
    repo.git(&["add", "src"]).ok();
    repo.env("GUARD_BIN", "guard.exe");
    repo.git(&["commit", "-q", "-m", "T001: x"]).says(1, &["the guard program was not found", "guard.exe"]);
    // Relative on Linux, where it counts from the top of the work tree.
    repo.env("GUARD_BIN", "C:\\Program Files\\guard.exe");
    repo.git(&["commit", "-q", "-m", "T001: x"]).says(1, &["the guard program was not found"]);
    copy(Path::new(guard_bin()), &repo.path.join("C:/Program Files/guard.exe"));
    repo.git(&["commit", "-q", "-m", "T001: x"]).ok();
}
