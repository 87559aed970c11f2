//! `guard install` and `guard uninstall` on real git.
//!
//! What the hooks start is a stand-in that writes down how it was called, so these tests are about the shims and
//! not about any rule.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use harness::{Ran, Repo, copy, executable, guard_bin, picture};

const HOOKS: [&str; 4] = ["prepare-commit-msg", "commit-msg", "pre-merge-commit", "pre-push"];

/// Plays guard: notes its arguments and its input, and refuses the hook named by `TEST_REFUSE`.
const STAND_IN: &str = r#"#!/bin/sh
[ "$1" != --version ] || { echo "guard 0.0.0"; exit; }
shift 3
line=; [ "$1" != --line ] || { line=$2; shift 2; }
echo "guard $*" >> "$LOG"
case $1 in pre-push|reference-transaction)
    { [ -z "$line" ] || echo "$line"; cat; } | sed 's/^/guard< /' >> "$LOG";;
esac
[ "$1" != "$TEST_REFUSE" ] || { echo "stand-in refuses $1" >&2; exit 1; }
"#;

fn stand_in(path: &Path) {
    executable(path, STAND_IN);
}

/// A repository whose hooks start the stand-in.
fn repo() -> Repo {
    named("repo")
}

fn named(name: &str) -> Repo {
    let mut repo = Repo::named(name);
    let (bin, log) = (repo.root().join("stand-in"), repo.root().join("log"));
    stand_in(&bin);
    repo.env("GUARD_BIN", bin).env("LOG", log);
    repo
}

/// A line of help, without its label.
fn fix(line: &str) -> &str {
    line.trim().strip_prefix("fix").unwrap_or(line.trim()).trim()
}

/// What ran since the last look.
fn log(repo: &Repo) -> String {
    let path = repo.root().join("log");
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::remove_file(path).ok();
    text
}

/// A hook that notes its name and fails when `FAIL` says so.
fn mine(name: &str) -> String {
    format!("#!/bin/sh\necho \"mine {name} $*\" >> \"$LOG\"\n[ \"$FAIL\" != {name} ] || exit 7\n")
}

fn hooks(repo: &Repo) -> PathBuf {
    repo.path.join(".git/hooks")
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// A copy of guard at `path`, which install records.
fn copy_of_guard(repo: &Repo, path: &Path) -> Ran {
    copy(Path::new(guard_bin()), path);
    repo.run_in(&repo.path, path, &["install"])
}

#[test]
fn a_refusing_hook_refuses_the_commit_and_an_accepting_one_does_not() {
    let mut repo = repo();
    let installed = repo.guard(&["install"]).ok();
    for hook in HOOKS {
        assert!(installed.contains(&format!("/{hook}")), "{installed}");
    }
    for hook in ["prepare-commit-msg", "commit-msg"] {
        repo.env("TEST_REFUSE", hook);
        repo.commit("x").says(1, &["stand-in refuses"]);
        assert_eq!(repo.commits(), 0, "{hook}");
    }
    log(&repo);
    repo.unset("TEST_REFUSE").commit("x").ok();
    assert_eq!(
        log(&repo),
        "guard prepare-commit-msg .git/COMMIT_EDITMSG message\nguard commit-msg .git/COMMIT_EDITMSG\n"
    );
}

#[test]
fn merges_and_pushes_are_seen() {
    let mut repo = repo();
    repo.commit("one").ok();
    repo.git(&["init", "-q", "--bare", "../origin"]).ok();
    repo.git(&["checkout", "-q", "-b", "side"]).ok();
    repo.write("side.txt", "x");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "side"]).ok();
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.commit("two").ok();
    repo.guard(&["install"]).ok();
    repo.env("TEST_REFUSE", "pre-merge-commit");
    repo.git(&["merge", "-q", "side"]).says(1, &["stand-in refuses pre-merge-commit"]);
    repo.git(&["merge", "--abort"]);
    repo.env("TEST_REFUSE", "pre-push");
    repo.git(&["push", "-q", "../origin", "main"]).says(1, &["stand-in refuses pre-push"]);
    log(&repo);
    repo.unset("TEST_REFUSE").git(&["push", "-q", "../origin", "main"]).ok();
    let head = repo.git(&["rev-parse", "main"]).ok();
    let zero = "0".repeat(40);
    assert_eq!(
        log(&repo),
        format!("guard pre-push ../origin ../origin\nguard< refs/heads/main {head} refs/heads/main {zero}\n")
    );
}

#[test]
fn the_chained_hook_runs_first_and_stops_everything_when_it_fails() {
    let mut repo = repo();
    for hook in ["prepare-commit-msg", "commit-msg"] {
        repo.script(format!(".git/hooks/{hook}"), mine(hook));
    }
    repo.guard(&["install"]).says(0, &["chained", "runs before guard"]);
    repo.env("FAIL", "prepare-commit-msg").commit("x").says(1, &[]);
    assert_eq!(
        log(&repo),
        "mine prepare-commit-msg .git/COMMIT_EDITMSG message\n",
        "guard must not run after a failure"
    );
    repo.env("FAIL", "commit-msg").commit("x").says(1, &[]);
    assert_eq!(repo.commits(), 0);
    log(&repo);
    repo.unset("FAIL").commit("x").ok();
    let ran = log(&repo);
    let order: Vec<&str> = ran.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(order, [HOOKS[0], HOOKS[0], HOOKS[1], HOOKS[1]]);
    assert!(ran.contains("mine commit-msg .git/COMMIT_EDITMSG\n"), "{ran}");
}

#[test]
fn what_a_chained_hook_stages_is_what_guard_sees() {
    let repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", "#!/bin/sh\necho formatted > file.txt; git add file.txt\n");
    executable(&repo.root().join("stand-in"), "#!/bin/sh\ngit show :file.txt >> \"$LOG\"\n");
    repo.guard(&["install"]).ok();
    repo.commit("x").ok();
    assert!(log(&repo).starts_with("formatted\n"));
}

#[test]
fn both_hooks_get_the_whole_input_of_a_push() {
    let mut repo = repo();
    repo.commit("one").ok();
    repo.git(&["init", "-q", "--bare", "../origin"]).ok();
    let names: Vec<String> = (0..300).map(|n| format!("branch-with-a-rather-long-name-{n}")).collect();
    for name in &names {
        repo.git(&["branch", name]).ok();
    }
    let chained = "#!/bin/sh\nsed 's/^/mine< /' >> \"$LOG\"\n[ \"$FAIL\" != pre-push ] || exit 7\n";
    repo.script(".git/hooks/pre-push", chained);
    repo.guard(&["install"]).ok();
    repo.env("FAIL", "pre-push").git(&["push", "-q", "--all", "../origin"]).says(1, &[]);
    assert!(!log(&repo).contains("guard"));
    repo.unset("FAIL").git(&["push", "-q", "--all", "../origin"]).ok();
    let ran = log(&repo);
    let of = |who: &str| ran.lines().filter_map(|l| l.strip_prefix(who)).collect::<Vec<_>>();
    assert_eq!(of("mine< ").len(), 301);
    assert_eq!(of("mine< "), of("guard< "));
    // A chained hook that does not read must not take the input from guard, nor break the pipe.
    repo.script(".git/hooks/guard-chained/pre-push", "#!/bin/sh\nexit 0\n");
    for name in &names {
        repo.git(&["branch", "-m", name, &format!("{name}-x")]).ok();
    }
    repo.git(&["push", "-q", "--all", "../origin"]).ok();
    assert_eq!(log(&repo).matches("guard< ").count(), 300);
}

#[test]
fn uninstall_restores_bytes_modes_and_links() {
    let repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", b"#!/bin/sh\n# \xff\x00 odd bytes\r\n");
    fs::set_permissions(hooks(&repo).join("prepare-commit-msg"), fs::Permissions::from_mode(0o751)).unwrap();
    repo.script("tools/check", mine("linked"));
    symlink("../../tools/check", hooks(&repo).join("commit-msg")).unwrap();
    symlink("prepare-commit-msg", hooks(&repo).join("pre-merge-commit")).unwrap();
    symlink("/nowhere/at/all", hooks(&repo).join("pre-push")).unwrap();
    repo.write(".git/hooks/prepare-commit-msg", mine("never"));
    let before = picture(&hooks(&repo));
    repo.guard(&["install", "--strict"]).ok();
    assert_ne!(picture(&hooks(&repo)), before);
    repo.guard(&["uninstall"]).ok();
    assert_eq!(picture(&hooks(&repo)), before);
}

#[test]
fn doing_it_twice_changes_nothing() {
    let repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", mine("prepare-commit-msg"));
    let clean = picture(&hooks(&repo));
    repo.guard(&["uninstall"]).says(0, &["no hooks of guard's"]);
    assert_eq!(picture(&hooks(&repo)), clean);
    repo.guard(&["install"]).ok();
    let once = picture(&hooks(&repo));
    let again = repo.guard(&["install"]).says(0, &["unchanged"]);
    assert!(!again.out.contains("installed"), "{}", again.out);
    assert_eq!(picture(&hooks(&repo)), once);
    repo.guard(&["uninstall"]).ok();
    repo.guard(&["uninstall"]).ok();
    assert_eq!(picture(&hooks(&repo)), clean);
}

#[test]
fn a_dry_run_says_it_and_does_nothing() {
    let repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", mine("prepare-commit-msg"));
    let before = picture(&repo.path.join(".git"));
    let said = repo.guard(&["install", "--dry-run"]).ok();
    assert_eq!(picture(&repo.path.join(".git")), before);
    assert_eq!(repo.guard(&["install"]).ok(), said);
    let installed = picture(&repo.path.join(".git"));
    let said = repo.guard(&["uninstall", "--dry-run"]).ok();
    assert_eq!(picture(&repo.path.join(".git")), installed);
    assert_eq!(repo.guard(&["uninstall"]).ok(), said);
}

#[test]
fn chained_links_run_through_to_their_targets() {
    let repo = repo();
    repo.script("tools/check", "#!/bin/sh\necho \"linked $(dirname \"$0\")\" >> \"$LOG\"\n");
    symlink("../../tools/check", hooks(&repo).join("commit-msg")).unwrap();
    repo.script(".git/hooks/pre-merge-commit", mine("pre-merge-commit"));
    symlink("./pre-merge-commit", hooks(&repo).join("prepare-commit-msg")).unwrap();
    repo.guard(&["install"]).ok();
    repo.commit("x").ok();
    let ran = log(&repo);
    assert!(ran.contains("linked .git/hooks\n"), "{ran}");
    assert_eq!(ran.matches("mine pre-merge-commit").count(), 1, "{ran}");
    assert_eq!(ran.matches("guard ").count(), 2, "{ran}");
}

#[test]
fn a_hook_that_git_did_not_run_is_kept_and_still_not_run() {
    let repo = repo();
    let hook = repo.write(".git/hooks/prepare-commit-msg", mine("prepare-commit-msg"));
    repo.guard(&["install"]).says(0, &["kept", "not executable"]);
    repo.commit("x").ok();
    assert!(!log(&repo).contains("mine"));
    repo.guard(&["uninstall"]).ok();
    assert_eq!((mode(&hook) & 0o111, fs::read_to_string(&hook).unwrap()), (0, mine("prepare-commit-msg")));
}

#[test]
fn a_shell_hook_still_finds_its_neighbours() {
    let repo = repo();
    for (first, hook) in [("#!/bin/sh -e", "prepare-commit-msg"), ("#!/usr/bin/env bash", "commit-msg")] {
        repo.script(
            format!(".git/hooks/{hook}"),
            format!("{first}\n. \"$(dirname \"$0\")/lib\" && say \"$(basename \"$0\")\"\nexit 0\n"),
        );
    }
    let asks =
        "#!/bin/bash\nmain() { echo direct >> \"$LOG\"; }\n[ \"${BASH_SOURCE[0]}\" != \"$0\" ] || main\n";
    repo.write(".git/hooks/lib", "say() { echo \"lib $1\" >> \"$LOG\"; }\n");
    repo.guard(&["install"]).ok();
    repo.commit("x").ok();
    let ran = log(&repo);
    for line in ["lib prepare-commit-msg\n", "lib commit-msg\n"] {
        assert!(ran.contains(line), "{line:?} in {ran}");
    }
    repo.guard(&["uninstall"]).ok();
    repo.script(".git/hooks/commit-msg", asks);
    repo.guard(&["install"]).says(0, &["looks at its own path"]);
    repo.commit("x").ok();
    assert!(log(&repo).contains("direct\n"));
}

#[test]
fn a_hook_that_guard_does_not_need_stays_untouched() {
    let repo = repo();
    let hook = repo.script(".git/hooks/pre-commit", mine("pre-commit"));
    let before = fs::read(&hook).unwrap();
    repo.guard(&["install"]).ok();
    assert_eq!(fs::read(&hook).unwrap(), before);
    repo.commit("x").ok();
    assert!(log(&repo).starts_with("mine pre-commit \nguard prepare-commit-msg "));
}

#[test]
fn a_pre_commit_of_an_earlier_guard_is_taken_away_and_what_it_had_chained_comes_back() {
    let repo = repo();
    repo.guard(&["install"]).ok();
    let theirs = repo.script(".git/hooks/guard-chained/pre-commit", mine("pre-commit"));
    let hook = hooks(&repo).join("pre-commit");
    for shim in ["install", "uninstall"] {
        copy(&hooks(&repo).join("commit-msg"), &hook);
        repo.guard(&[shim]).says(0, &["restored", "/pre-commit"]);
        assert_eq!((fs::read_to_string(&hook).unwrap(), theirs.exists()), (mine("pre-commit"), false));
        if shim == "install" {
            fs::create_dir(hooks(&repo).join("guard-chained")).unwrap();
            fs::rename(&hook, &theirs).unwrap();
        }
    }
}

#[test]
fn a_missing_program_refuses_each_hook_and_says_how_to_mend_it() {
    let mut repo = repo();
    repo.unset("GUARD_BIN").commit("one").ok();
    let bin = repo.root().join("opt/guard");
    copy_of_guard(&repo, &bin).ok();
    repo.run_in(&repo.path, &bin, &["install", "--strict"]).ok();
    let message = repo.write("message", "kept");
    for broken in ["gone", "empty", "not executable"] {
        fs::remove_file(&bin).ok();
        if broken != "gone" {
            fs::write(&bin, if broken == "empty" { "" } else { STAND_IN }).unwrap();
            fs::set_permissions(
                &bin,
                fs::Permissions::from_mode(if broken == "empty" { 0o755 } else { 0o644 }),
            )
            .unwrap();
        }
        for hook in HOOKS {
            let path = hooks(&repo).join(hook);
            repo.run_in(&repo.path, &path, &[&message]).says(
                1,
                &[
                    hook,
                    "was not found",
                    bin.to_str().unwrap(),
                    "install.sh",
                    "guard install",
                    "GUARD_BIN",
                    "rm ",
                ],
            );
        }
        let refused = repo.run_in(&repo.path, hooks(&repo).join("commit-msg"), &[&message]);
        assert!(refused.err.contains(message.to_str().unwrap()), "{}", refused.err);
        repo.commit("two").says(1, &["was not found"]);
        repo.git(&["update-ref", "refs/heads/other", "HEAD"]).says(128, &["reference-transaction refused"]);
    }
    assert_eq!(repo.commits(), 1);
    repo.env("GUARD_BIN", repo.root().join("stand-in")).commit("two").ok();
}

#[test]
fn another_program_called_guard_is_not_started() {
    let mut repo = repo();
    let bin = repo.root().join("opt/guard");
    repo.unset("GUARD_BIN");
    copy_of_guard(&repo, &bin).ok();
    fs::remove_file(&bin).unwrap();
    let folder = repo.root().join("elsewhere");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    repo.env("PATH", path);
    let other = "#!/bin/sh\n[ \"$1\" != --version ] || echo 'Guard version 2.18.0'\nexit 0\n";
    executable(&folder.join("guard"), other);
    repo.commit("x").says(1, &["was not found"]);
    stand_in(&folder.join("guard"));
    repo.commit("x").ok();
    assert!(log(&repo).contains("guard prepare-commit-msg"));
}

#[test]
fn odd_paths_of_repository_and_program() {
    for odd in ["with space", "it's \"quoted\"", "line\nfeed", "$HOME `id` \\n *", "-dash", "tür"] {
        let mut repo = named(odd);
        repo.unset("GUARD_BIN");
        let bin = repo.root().join(format!("bin {odd}/guard {odd}"));
        repo.script(".git/hooks/prepare-commit-msg", "#!/bin/sh\necho \"mine $0\" >> \"$LOG\"\n");
        copy_of_guard(&repo, &bin).ok();
        stand_in(&bin);
        repo.env("TEST_REFUSE", "commit-msg").commit("x").says(1, &["stand-in refuses commit-msg"]);
        repo.unset("TEST_REFUSE").commit("x").ok();
        assert!(
            log(&repo).contains(
                "mine .git/hooks/prepare-commit-msg\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\n"
            ),
            "{odd:?}"
        );
        // A linked worktree: hooks get absolute paths there.
        let tree = repo.root().join("tree");
        repo.git(&["worktree", "add", "-q", tree.to_str().unwrap()]).ok();
        repo.run_in(&tree, "git", &["commit", "-q", "--allow-empty", "-m", "x"]).ok();
        assert!(log(&repo).contains("guard commit-msg"), "{odd:?}");
        copy(Path::new(guard_bin()), &bin);
        repo.run_in(&repo.path, &bin, &["uninstall"]).ok();
        assert!(!hooks(&repo).join("guard-chained").exists());
    }
}

#[test]
fn a_moved_program_is_found_on_path() {
    let mut repo = repo();
    repo.unset("GUARD_BIN");
    let (old, new) = (repo.root().join("old/guard"), repo.root().join("new/guard"));
    copy_of_guard(&repo, &old).ok();
    fs::remove_file(&old).unwrap();
    repo.commit("x").says(1, &["was not found"]);
    stand_in(&new);
    let path = format!("{}:{}", repo.root().join("new").display(), std::env::var("PATH").unwrap());
    repo.env("PATH", path).commit("x").ok();
    assert!(log(&repo).contains("guard commit-msg"));
}

#[test]
fn the_way_by_which_path_leads_to_guard_is_recorded() {
    let mut repo = repo();
    repo.unset("GUARD_BIN");
    let real = repo.root().join("cellar/1.0/guard");
    copy(Path::new(guard_bin()), &real);
    let bin = repo.root().join("bin");
    fs::create_dir(&bin).unwrap();
    symlink(&real, bin.join("guard")).unwrap();
    repo.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
    repo.run_in(&repo.path, &real, &["install"]).ok();
    let shim = fs::read_to_string(hooks(&repo).join("prepare-commit-msg")).unwrap();
    assert!(shim.contains(&format!("\nbin='{}'\n", bin.join("guard").display())), "{shim}");
}

#[test]
fn strict_costs_a_fetch_with_nothing_new_nothing() {
    let repo = Repo::new();
    repo.git(&["commit", "-q", "--allow-empty", "-m", "initial"]).ok();
    repo.git(&["init", "-q", "--bare", "../origin.git"]).ok();
    repo.git(&["remote", "add", "origin", "../origin.git"]).ok();
    repo.git(&["push", "-q", "origin", "main"]).ok();
    repo.git(&["fetch", "-q"]).ok();
    repo.guard(&["install", "--strict"]).ok();
    let fetch = || {
        let mut command = repo.command("git", &repo.path);
        let output = command.env("GIT_TRACE", "1").args(["fetch", "-q"]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let traced = fetch();
    assert!(traced.contains("upload-pack") && !traced.contains("reference-transaction"), "{traced}");
    // With something new git does start it, so the trace would show it.
    repo.git(&[
        "-c",
        "core.hooksPath=/dev/null",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "rollback: before x",
    ])
    .ok();
    repo.git(&["push", "-q", "--no-verify", "origin", "HEAD:other"]).ok();
    repo.git(&["update-ref", "-d", "refs/remotes/origin/other"]).ok();
    assert!(fetch().contains("reference-transaction"));
}

#[test]
fn strict_sees_branches_move_and_nothing_else() {
    let mut repo = repo();
    repo.commit("one").ok();
    repo.guard(&["install"]).ok();
    assert!(!hooks(&repo).join("reference-transaction").exists());
    repo.guard(&["install", "--strict"]).says(0, &["reference-transaction"]);
    repo.env("TEST_REFUSE", "reference-transaction");
    repo.git(&["commit", "-q", "--amend", "--no-verify", "-m", "x"]).says(128, &["stand-in refuses"]);
    log(&repo);
    for quiet in [&["tag", "t"][..], &["update-ref", "refs/remotes/o/x", "HEAD"]] {
        repo.git(quiet).ok();
        assert_eq!(log(&repo), "", "{quiet:?}");
    }
    let many: String = (0..50).map(|n| format!("create refs/tags/many-{n} HEAD\n")).collect();
    let batch = |last: &str| {
        let input = repo.write("refs", format!("{many}{last}"));
        let file = fs::File::open(input).unwrap();
        let mut git = repo.command("git", &repo.path);
        git.args(["update-ref", "--stdin"]).stdin(file).output().unwrap().status.success()
    };
    assert!(!batch("create refs/heads/zz HEAD\n"), "a branch after many tags");
    assert!(log(&repo).contains("refs/heads/zz"));
    repo.unset("TEST_REFUSE").guard(&["install"]).says(0, &["reference-transaction"]);
    repo.git(&["branch", "other"]).ok();
    let ran = log(&repo);
    assert!(ran.starts_with("guard reference-transaction prepared\nguard< "), "{ran}");
    assert!(ran.ends_with(" refs/heads/other\n") && ran.lines().count() == 2, "{ran}");
    repo.guard(&["uninstall"]).ok();
    assert!(!hooks(&repo).join("reference-transaction").exists());
}

#[test]
fn a_chained_reference_transaction_hook_sees_every_state() {
    let repo = repo();
    repo.commit("one").ok();
    let chained = "#!/bin/sh\necho \"mine $1\" >> \"$LOG\"; sed 's/^/mine< /' >> \"$LOG\"\n";
    repo.script(".git/hooks/reference-transaction", chained);
    repo.guard(&["install"]).ok();
    assert_eq!(
        fs::read_to_string(hooks(&repo).join("reference-transaction")).unwrap(),
        chained,
        "not strict"
    );
    repo.guard(&["install", "--strict"]).ok();
    repo.git(&["branch", "other"]).ok();
    let ran = log(&repo);
    for line in
        ["mine prepared\nmine< ", "mine committed\nmine< ", "guard reference-transaction prepared\nguard< "]
    {
        assert!(ran.contains(line), "{line:?} in {ran}");
    }
    assert!(!ran.contains("guard reference-transaction committed"), "{ran}");
    repo.git(&["tag", "t"]).ok();
}

#[test]
fn linked_worktrees_share_the_hooks() {
    let mut repo = repo();
    repo.commit("one").ok();
    let tree = repo.root().join("tree");
    repo.git(&["worktree", "add", "-q", tree.to_str().unwrap()]).ok();
    repo.run_in(&tree, guard_bin(), &["install"]).says(0, &[hooks(&repo).to_str().unwrap(), "all worktrees"]);
    repo.env("TEST_REFUSE", "prepare-commit-msg").commit("x").says(1, &["stand-in refuses"]);
    repo.run_in(&tree, "git", &["commit", "-q", "--allow-empty", "-m", "x"]).says(1, &["stand-in refuses"]);
    repo.run_in(&tree, guard_bin(), &["uninstall"]).ok();
    repo.commit("x").ok();
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let mut repo = repo();
    repo.commit("one").ok();
    repo.git(&["init", "-q", "../lib"]).ok();
    let lib = repo.root().join("lib");
    repo.run_in(&lib, "git", &["commit", "-q", "--allow-empty", "-m", "x"]).ok();
    repo.git(&["submodule", "--quiet", "add", lib.to_str().unwrap(), "lib"]).ok();
    let inner = repo.path.join("lib");
    repo.guard(&["install"]).says(0, &["git submodule foreach --recursive 'guard install'"]);
    repo.env("TEST_REFUSE", "prepare-commit-msg");
    repo.run_in(&inner, "git", &["commit", "-q", "--allow-empty", "-m", "x"]).ok();
    let said = repo.run_in(&inner, guard_bin(), &["install"]).ok();
    assert!(said.contains(".git/modules/lib/hooks/prepare-commit-msg"), "{said}");
    repo.run_in(&inner, "git", &["commit", "-q", "--allow-empty", "-m", "x"]).says(1, &["stand-in refuses"]);
}

#[test]
fn a_local_hooks_path_is_honoured() {
    let mut repo = repo();
    repo.commit("one").ok();
    repo.script(".githooks/commit-msg", mine("commit-msg"));
    repo.git(&["add", ".githooks"]).ok();
    repo.git(&["commit", "-qm", "hooks"]).ok();
    repo.git(&["config", "core.hooksPath", ".githooks"]).ok();
    fs::create_dir(repo.path.join("sub")).unwrap();
    let before = picture(&hooks(&repo));
    repo.run_in(&repo.path.join("sub"), guard_bin(), &["install"])
        .says(0, &["core.hooksPath=.githooks (local, file:", ".githooks is tracked by git"]);
    assert_eq!(picture(&hooks(&repo)), before);
    repo.env("TEST_REFUSE", "commit-msg").commit("x").says(1, &["stand-in refuses"]);
    assert!(log(&repo).contains("mine commit-msg .git/COMMIT_EDITMSG\nguard commit-msg"));
    repo.guard(&["uninstall"]).ok();
    assert_eq!(repo.git(&["status", "--porcelain", "--", ".githooks"]).ok(), "");

    let shared = repo.root().join("shared hooks");
    repo.git(&["config", "core.hooksPath", shared.to_str().unwrap()]).ok();
    repo.guard(&["install"]).says(0, &["outside this repository", "shared hooks/prepare-commit-msg"]);
    repo.commit("x").says(1, &["stand-in refuses"]);
    repo.guard(&["uninstall"]).ok();
    assert_eq!(picture(&shared), [""; 0]);
}

#[test]
fn a_hooks_path_of_one_worktree_is_honoured() {
    let mut repo = repo();
    repo.commit("one").ok();
    let tree = repo.root().join("tree");
    repo.git(&["worktree", "add", "-q", tree.to_str().unwrap()]).ok();
    repo.git(&["config", "extensions.worktreeConfig", "true"]).ok();
    repo.run_in(&tree, "git", &["config", "--worktree", "core.hooksPath", "my-hooks"]).ok();
    repo.run_in(&tree, guard_bin(), &["install"])
        .says(0, &["(worktree, ", "each worktree", "show up in git status"]);
    assert!(tree.join("my-hooks/prepare-commit-msg").exists());
    repo.env("TEST_REFUSE", "prepare-commit-msg").commit("x").ok();
    repo.run_in(&tree, "git", &["commit", "-q", "--allow-empty", "-m", "x"]).says(1, &["stand-in refuses"]);
}

#[test]
fn a_hooks_path_that_others_share_is_refused_with_ways_out() {
    let repo = repo();
    let shared = repo.root().join("shared");
    repo.script("../shared/prepare-commit-msg", mine("shared"));
    repo.git(&["config", "--global", "core.hooksPath", shared.to_str().unwrap()]).ok();
    let before = (picture(&shared), picture(&repo.path));
    let refused = repo.guard(&["install"]).says(2, &["(global, ", "shared by other repositories"]);
    assert_eq!((picture(&shared), picture(&repo.path)), before);
    // The commands that it prints, typed as they are.
    let commands: Vec<&str> = refused
        .err
        .lines()
        .map(fix)
        .filter(|line| line.starts_with("git ") || line.starts_with("ln "))
        .filter_map(|line| line.split("    ").next())
        .collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        repo.run_in(&repo.path, "sh", &["-c", command]).ok();
    }
    repo.guard(&["install"]).says(0, &["chained"]);
    repo.commit("x").ok();
    let ran = log(&repo);
    assert!(
        ran.starts_with(
            "mine shared .git/COMMIT_EDITMSG message\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\n"
        ),
        "{ran}"
    );
    assert_eq!(picture(&shared), before.0);
}

#[test]
fn a_hooks_path_that_leads_nowhere_is_refused() {
    let mut repo = repo();
    repo.write("a-file", "x");
    for (value, words) in [("/dev/null", "run no hooks"), ("", "run no hooks"), ("a-file", "is not a folder")]
    {
        repo.git(&["config", "core.hooksPath", value]).ok();
        repo.guard(&["install"]).says(2, &[words, "guard install"]);
    }
    repo.git(&["config", "core.hooksPath", "/dev/null"]).ok();
    repo.guard(&["install"]).says(2, &["git config --local --unset-all core.hooksPath"]);
    repo.git(&["config", "--unset", "core.hooksPath"]).ok();
    repo.env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.hooksPath")
        .env("GIT_CONFIG_VALUE_0", "x");
    repo.guard(&["install"]).says(2, &["this one command only", "GIT_CONFIG_"]);
    assert!(!repo.path.join("x").exists());
}

#[test]
fn where_nothing_can_be_installed_it_says_why() {
    let repo = repo();
    repo.run_in(&repo.root(), guard_bin(), &["install"]).says(2, &["not a git repository", "git init"]);
    repo.run_in(&repo.root(), guard_bin(), &["uninstall"]).says(2, &["not a git repository"]);
    repo.git(&["init", "-q", "--bare", "../bare"]).ok();
    let bare = repo.root().join("bare");
    let said = repo.run_in(&bare, guard_bin(), &["install"]).says(2, &["bare", "guard hook pre-receive"]);
    let command = said.err.lines().find_map(|l| fix(l).strip_prefix("printf")).unwrap();
    let command = format!("printf{}", command.split("    ").next().unwrap());
    repo.run_in(&bare, "sh", &["-c", &command]).ok();
    assert_eq!(
        fs::read_to_string(bare.join("hooks/pre-receive")).unwrap(),
        "#!/bin/sh\nexec guard hook pre-receive\n"
    );
}

#[test]
fn an_edited_hook_of_guards_is_left_to_its_owner() {
    let repo = repo();
    repo.guard(&["install"]).ok();
    let path = hooks(&repo).join("prepare-commit-msg");
    let edited = fs::read_to_string(&path).unwrap().replace("\nvia=''\n", "\nvia=''\nnpm test\n");
    fs::write(&path, &edited).unwrap();
    let before = picture(&hooks(&repo));
    repo.guard(&["install"])
        .says(2, &["somebody has changed it", "rm '", "guard-chained/prepare-commit-msg"]);
    assert_eq!(picture(&hooks(&repo)), before, "nothing at all was done");
    repo.guard(&["uninstall"]).says(2, &["left", "changed", "rm '"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
    assert!(!hooks(&repo).join("commit-msg").exists(), "the others are gone");
}

#[test]
fn an_older_or_disabled_shim_is_renewed() {
    let repo = repo();
    let old = repo.root().join("old/guard");
    copy_of_guard(&repo, &old).ok();
    repo.guard(&["install"]).says(0, &["updated"]);
    let path = hooks(&repo).join("prepare-commit-msg");
    assert!(fs::read_to_string(&path).unwrap().contains(guard_bin()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    repo.guard(&["install"]).says(0, &["was not executable"]);
    assert_eq!(mode(&path) & 0o111, 0o111);
    fs::remove_file(&path).unwrap();
    repo.guard(&["install"]).says(0, &["installed"]);
}

#[test]
fn a_hook_written_over_guards_is_chained_the_next_time() {
    let repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", mine("first"));
    repo.guard(&["install"]).ok();
    repo.script(".git/hooks/prepare-commit-msg", mine("second"));
    repo.commit("x").ok();
    assert!(!log(&repo).contains("guard prepare-commit-msg"));
    repo.guard(&["install"]).says(0, &["no longer runs", "guard-chained/prepare-commit-msg.1"]);
    repo.commit("x").ok();
    assert!(log(&repo).starts_with(
        "mine second .git/COMMIT_EDITMSG message\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\n"
    ));
    // The same hook once more, as husky writes it at every npm install.
    let before = picture(&hooks(&repo));
    repo.script(".git/hooks/prepare-commit-msg", mine("second"));
    repo.guard(&["install"]).ok();
    assert_eq!(picture(&hooks(&repo)), before);
    repo.guard(&["uninstall"]).ok();
    assert_eq!(fs::read_to_string(hooks(&repo).join("prepare-commit-msg")).unwrap(), mine("second"));
    assert_eq!(
        fs::read_to_string(hooks(&repo).join("guard-chained/prepare-commit-msg.1")).unwrap(),
        mine("first")
    );
}

/// As `pre-commit install` does: what is there becomes `.legacy` and goes on running.
fn take_over(repo: &Repo) {
    let hook = hooks(repo).join("prepare-commit-msg");
    fs::rename(&hook, hook.with_extension("legacy")).unwrap();
    repo.script(
        ".git/hooks/prepare-commit-msg",
        "#!/usr/bin/env bash\necho 'manager' >> \"$LOG\"\nl=\"$(dirname \"$0\")/prepare-commit-msg.legacy\"\n[ ! -x \"$l\" ] || \"$l\" \"$@\"\n",
    );
}

#[test]
fn a_manager_that_moves_guards_hook_aside() {
    let mut repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", mine("first"));
    repo.guard(&["install"]).ok();
    take_over(&repo);
    repo.commit("x").ok();
    assert!(log(&repo).starts_with("manager\nmine first .git/COMMIT_EDITMSG message\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\n"));
    repo.guard(&["install"]).ok();
    repo.commit("x").ok();
    assert!(log(&repo).starts_with("manager\nmine first .git/COMMIT_EDITMSG message\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\nguard commit-msg"));
    repo.env("TEST_REFUSE", "prepare-commit-msg").commit("x").says(1, &["stand-in refuses"]);
    repo.guard(&["uninstall"]).ok();
    log(&repo);
    repo.commit("x").ok();
    assert_eq!(log(&repo), "manager\nmine first .git/COMMIT_EDITMSG message\n");
}

#[test]
fn uninstall_after_a_manager_took_over_leaves_no_guard_behind() {
    let repo = repo();
    repo.script(".git/hooks/prepare-commit-msg", mine("first"));
    repo.guard(&["install"]).ok();
    take_over(&repo);
    repo.guard(&["uninstall"]).ok();
    repo.commit("x").ok();
    assert_eq!(log(&repo), "manager\nmine first .git/COMMIT_EDITMSG message\n");
    assert!(!hooks(&repo).join("guard-chained").exists());
}

#[test]
fn a_chained_hook_that_calls_guards_hook_does_not_go_round() {
    let mut repo = repo();
    let again = "#!/bin/sh\necho again >> \"$LOG\"\nexec .git/hooks/prepare-commit-msg\n";
    repo.script(".git/hooks/prepare-commit-msg", again);
    repo.guard(&["install"]).ok();
    repo.env("TEST_REFUSE", "prepare-commit-msg").commit("x").says(1, &["stand-in refuses"]);
    assert_eq!(log(&repo), "again\nguard prepare-commit-msg\n");
    repo.unset("TEST_REFUSE").commit("x").ok();
    assert!(log(&repo).starts_with("again\nguard prepare-commit-msg\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\nguard commit-msg"));
}

#[test]
fn a_read_only_folder_stays_as_it_was() {
    let mut repo = repo();
    let tool = repo.root().join("guard");
    copy(Path::new(guard_bin()), &tool);
    repo.git(&["config", "--global", "safe.directory", "*"]).ok();
    repo.script(".git/hooks/prepare-commit-msg", mine("prepare-commit-msg"));
    for folder in [repo.root(), hooks(&repo)] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    }
    // Root may write anywhere, so become somebody else.
    let root = fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    let before = picture(&repo.path);
    for subcommand in ["install", "uninstall"] {
        let mut command = repo.command(&tool, &repo.path);
        if root {
            command.uid(65_534).gid(65_534);
        }
        let output = command.arg(subcommand).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        if subcommand == "install" {
            assert_eq!(output.status.code(), Some(2), "{text}");
            assert!(text.contains("nothing was changed") && text.contains("ls -ld"), "{text}");
        }
        assert_eq!(picture(&repo.path), before);
    }
    for folder in [repo.root(), hooks(&repo)] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    repo.env("FAIL", "").commit("x").ok();
}

#[test]
fn git_s_own_refusal_is_passed_on() {
    let repo = repo();
    fs::write(
        repo.path.join(".git/config"),
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tnew = 1\n",
    )
    .unwrap();
    repo.guard(&["install"]).says(2, &["unknown repository extension"]);
    fs::write(repo.path.join(".git/config"), "[broken\n").unwrap();
    repo.guard(&["install"]).says(2, &["bad config line 1"]);
}

#[test]
fn the_place_for_chained_hooks_may_not_lead_elsewhere() {
    let repo = repo();
    let outside = repo.root().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, hooks(&repo).join("guard-chained")).unwrap();
    repo.script(".git/hooks/prepare-commit-msg", mine("prepare-commit-msg"));
    let before = picture(&hooks(&repo));
    repo.guard(&["install"]).says(2, &["in the way"]);
    assert_eq!(picture(&hooks(&repo)), before);
    assert_eq!(picture(&outside), [""; 0]);
}

#[test]
fn husky_s_generated_hooks_go_on_working() {
    let repo = repo();
    let helper = "#!/usr/bin/env sh\nn=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n\
        [ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\nexit $?\n";
    repo.write(".husky/_/h", helper);
    repo.write(".husky/_/.gitignore", "*");
    for hook in ["prepare-commit-msg", "commit-msg"] {
        repo.script(format!(".husky/_/{hook}"), "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"");
    }
    repo.write(".husky/prepare-commit-msg", "echo husky >> \"$LOG\"\n");
    repo.git(&["config", "core.hooksPath", ".husky/_"]).ok();
    let said = repo.guard(&["install"]).says(0, &["husky && guard install"]);
    assert!(!said.out.contains("git status"), "{}", said.out);
    repo.commit("x").ok();
    assert!(log(&repo).starts_with("husky\nguard prepare-commit-msg .git/COMMIT_EDITMSG message\n"));
}

#[test]
fn sha256_and_reftable_repositories() {
    for format in ["--object-format=sha256", "--ref-format=reftable"] {
        let mut repo = repo();
        fs::remove_dir_all(repo.path.join(".git")).unwrap();
        if repo.git(&["init", "-q", format]).code != 0 {
            continue; // a git without reftable
        }
        repo.guard(&["install"]).ok();
        repo.env("TEST_REFUSE", "commit-msg").commit("x").says(1, &["stand-in refuses"]);
        repo.guard(&["uninstall"]).ok();
        repo.commit("x").ok();
    }
}
