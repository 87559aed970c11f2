//! `guard doctor` finds every way in which a hook does not work, and leaves nothing behind.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use harness::{Repo, picture};

fn installed(args: &[&str]) -> Repo {
    let repo = Repo::new();
    repo.commit("initial commit").ok();
    repo.guard(args).ok();
    repo
}

#[test]
fn a_hook_without_its_run_bit_is_silent() {
    let repo = installed(&["install"]);
    let hook = repo.path.join(".git/hooks/commit-msg");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o644)).unwrap();
    repo.guard(&["doctor"])
        .says(2, &["broken ", "not executable", "silent     commit-msg", "fix      guard install"]);
    repo.guard(&["install"]).ok();
    repo.guard(&["doctor"]).says(0, &["every hook fires"]);
}

#[test]
fn a_hook_that_somebody_overwrote_is_found() {
    let repo = installed(&["install"]);
    repo.script(".git/hooks/prepare-commit-msg", "#!/bin/sh\nexit 0\n");
    repo.guard(&["doctor"])
        .says(2, &["placed by somebody else", "silent     prepare-commit-msg", "fires      commit-msg"]);
}

#[test]
fn a_hook_of_an_earlier_guard_is_found() {
    let repo = installed(&["install"]);
    let hooks = repo.path.join(".git/hooks");
    fs::copy(hooks.join("commit-msg"), hooks.join("pre-commit")).unwrap();
    repo.guard(&["doctor"]).says(2, &["/pre-commit    is of an earlier guard", "fix      guard install"]);
    repo.guard(&["install"]).says(0, &["removed", "/pre-commit"]);
    repo.guard(&["doctor"]).says(0, &["every hook fires and refuses"]);
}

#[test]
fn a_partial_installation_is_found() {
    let repo = installed(&["install"]);
    fs::remove_file(repo.path.join(".git/hooks/pre-merge-commit")).unwrap();
    repo.guard(&["doctor"]).says(2, &["is missing", "silent     pre-merge-commit", "fix      guard install"]);
}

#[test]
fn hooks_that_another_folder_hides_are_found() {
    let repo = installed(&["install"]);
    fs::create_dir(repo.path.join("elsewhere")).unwrap();
    repo.git(&["config", "core.hooksPath", "elsewhere"]).ok();
    repo.guard(&["doctor"]).says(2, &["is missing", "silent     prepare-commit-msg", "elsewhere"]);
}

#[test]
fn hooks_in_a_folder_relative_to_the_work_tree_are_found_by_the_trials() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", ".husky/_"]).ok();
    repo.script(".husky/_/commit-msg", "#!/bin/sh\nexit 1\n");
    repo.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", "initial commit"]).ok();
    repo.guard(&["doctor"]).says(2, &["placed by somebody else", "silent     commit-msg"]);
    repo.guard(&["install"]).ok();
    repo.guard(&["doctor"]).says(0, &["fires      commit-msg", "fires      pre-push", "every hook fires"]);
}

#[test]
fn hooks_of_others_are_not_run_and_do_not_decide_a_trial() {
    let repo = Repo::new();
    repo.commit("initial commit").ok();
    // It needs a file that the trials' worktree lacks.
    let needy = "#!/bin/sh\necho ran >> ran\n. ./tools/lint\n";
    repo.script(".git/hooks/commit-msg", needy);
    repo.guard(&["install"]).ok();
    // Here guard has no hook of its own to run it from.
    repo.script(".git/hooks/pre-commit", needy);
    repo.guard(&["doctor"]).says(0, &["fires      prepare-commit-msg", "fires      commit-msg"]);
    // In front of guard's it does decide, and is named.
    repo.script(".git/hooks/prepare-commit-msg", "#!/bin/sh\necho 'no linter here' >&2\nexit 1\n");
    repo.guard(&["doctor"]).says(
        2,
        &["silent     commit-msg    something else refused first: no linter here", "placed by somebody"],
    );
}

#[test]
fn a_shim_whose_program_is_gone_refuses_but_is_not_guard() {
    let mut repo = installed(&["install"]);
    let hook = repo.path.join(".git/hooks/pre-push");
    let text = fs::read_to_string(&hook).unwrap().replace("\nbin=", "\nbin=/nowhere");
    fs::write(&hook, text).unwrap();
    repo.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    repo.guard(&["doctor"]).says(2, &["silent     pre-push"]);
}

#[test]
fn a_healthy_installation_is_proved_hook_by_hook_and_nothing_is_left_behind() {
    let repo = installed(&["install", "--strict"]);
    repo.write("file.txt", "staged\n");
    repo.git(&["add", "file.txt"]).ok();
    repo.write("file.txt", "not staged\n");
    let state = |repo: &Repo| {
        let refs = repo.git(&["for-each-ref"]).ok();
        let index = fs::read(repo.path.join(".git/index")).unwrap();
        (refs, index, repo.git(&["worktree", "list"]).ok(), picture(&repo.path.join(".git/hooks")))
    };
    let before = state(&repo);
    let hooks = ["prepare-commit-msg", "commit-msg", "pre-merge-commit", "pre-push", "reference-transaction"];
    let said = repo.guard(&["doctor"]).says(0, &["every hook fires and refuses"]);
    for hook in hooks {
        assert!(said.out.contains(&format!("fires      {hook}\n")), "{}", said.out);
    }
    assert!(state(&repo) == before, "doctor changed the repository");
    assert_eq!(fs::read_to_string(repo.path.join("file.txt")).unwrap(), "not staged\n");
}

#[test]
fn where_there_is_nothing_to_try_it_says_so() {
    let repo = Repo::new();
    repo.guard(&["doctor"]).says(2, &["no commit yet", "git commit --allow-empty"]);
    repo.run_in(&repo.root(), harness::guard_bin(), &["doctor"]).says(2, &["no git repository"]);
}
