//! A static program needs a kernel and nothing else: it runs where there is no shell and no library at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::elf;
use crate::harness::{Ran, Repo, copy};
use crate::world::{VERSION, program, run};

/// Does the program that is packed name no loader?
pub fn is_static() -> bool {
    elf::is_static(program())
}

/// A folder that is the root of all that runs in it.
struct Jail(tempfile::TempDir);

impl Jail {
    fn path(&self) -> PathBuf {
        self.0.path().to_path_buf()
    }

    /// A program in there, by a user namespace of its own, so that nobody needs to be root.
    fn run(&self, args: &[&str]) -> Ran {
        let root = self.path();
        let chroot = ["--user", "--map-root-user", "--", "chroot", root.to_str().unwrap()];
        run("unshare", &[&chroot[..], args].concat(), &root)
    }
}

#[test]
fn it_runs_in_an_empty_root_without_a_shell() {
    if !cfg!(target_os = "linux") || !is_static() {
        eprintln!("skipped: the program is not static here; .ci/run tries the one that install.sh builds");
        return;
    }
    let possible = Command::new("unshare").args(["--user", "--map-root-user", "--", "true"]).output();
    if !possible.is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: this machine has no user namespaces, or no unshare");
        return;
    }
    let plan =
        "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"one\"\nscope = [\"src/**\"]\n";
    // With a commit: of an unborn branch guard believes nobody but git, which is not in there.
    let repo = Repo::named("repo");
    repo.write("plan.toml", plan);
    repo.write("bad.toml", "version = 1\n");
    repo.commit("initial").ok();
    let jail = Jail(tempfile::tempdir().unwrap());
    run("cp", &["-R", repo.path.to_str().unwrap(), jail.path().to_str().unwrap()], &repo.path).ok();
    // The jail holds: a program that needs a loader does not start in it.
    copy(Path::new("/bin/sh"), &jail.path().join("sh"));
    assert_ne!(jail.run(&["/sh", "-c", "exit 0"]).code, 0);
    fs::remove_file(jail.path().join("sh")).unwrap();

    copy(program(), &jail.path().join("guard"));
    assert_eq!(jail.run(&["/guard", "--version"]).ok(), format!("guard {VERSION}"));
    jail.run(&["/guard", "explain", "scope"]).says(0, &["# scope", "## Wants"]);
    jail.run(&["/guard", "-C", "/repo", "plan", "lint", "bad.toml"]).says(1, &["bad.toml"]);
    jail.run(&["/guard", "-C", "/repo", "plan", "lint", "plan.toml"]).says(0, &["it can be executed"]);
}
