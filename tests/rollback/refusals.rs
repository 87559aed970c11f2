//! What is refused, and that nothing is changed then.

use std::fs;
use std::path::Path;

use super::harness::{Repo, guard_bin};
use super::{PLAN, all_of, commit, disorder, done, head, refused, rollback, unstarted};

#[test]
fn where_there_is_nothing_to_go_back_to_it_says_so() {
    refused(&unstarted(), &["--yes"], &["no plan is running", "guard start"]);
    refused(&unstarted(), &["--undo", "--yes"], &["there is no backup of main"]);
    let repo = done();
    refused(&repo, &["--to", "T009", "--yes"], &["has no task T009"]);
    refused(&repo, &["--to", "T003", "--yes"], &["T003 has no commit since", "guard status"]);
    refused(&repo, &["--to", "start", "--undo"], &["cannot be used with"]);
    let bare = repo.root().join("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]).ok();
    repo.run_in(&bare, guard_bin(), &["rollback", "--yes"]).says(2, &["bare repository"]);
    let empty = Repo::new();
    rollback(&empty, &["--yes"]).says(2, &["no commit"]);
    rollback(&empty, &["--list"]).says(0, &["there is no backup"]);
}

#[test]
fn without_a_terminal_it_shows_and_wants_to_be_told() {
    let repo = done();
    disorder(&repo);
    let words = [
        "main goes to",
        "commits left behind",
        "T002: write the manual",
        "uncommitted changes, which are saved first",
        "staged and not staged src/a.rs",
        "untracked files, which stay",
        "notes/a b\\x0a.txt",
        "guard rollback --yes",
    ];
    refused(&repo, &[], &words);
    refused(&repo, &["--clean"], &["which are saved and removed"]);
    let before = all_of(&repo);
    rollback(&repo, &["--dry-run", "--clean"]).says(0, &["T001: write the source", "nothing is changed"]);
    assert_eq!(all_of(&repo), before);
}

#[test]
fn what_git_has_begun_is_to_be_ended_first() {
    let repo = done();
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    repo.write("docs/a.md", "other\n");
    commit(&repo, "T002: another manual");
    for (begin, name) in [("merge", "a merge"), ("cherry-pick", "a cherry-pick"), ("rebase", "a rebase")] {
        repo.git(&[begin, "main"]).says(1, &["CONFLICT"]);
        refused(&repo, &["--yes"], &[name, &format!("git {begin} --abort")]);
        repo.git(&[begin, "--abort"]).ok();
    }
    repo.git(&["revert", "--no-commit", "HEAD~1"]).ok();
    refused(&repo, &["--yes"], &["a revert", "git revert --abort"]);
    repo.git(&["revert", "--abort"]).ok();
    let patch = repo.git(&["format-patch", "--stdout", "main~1..main"]).out;
    repo.write("../x.patch", patch);
    repo.git(&["am", "-q", "../x.patch"]).says(128, &[]);
    refused(&repo, &["--yes"], &["git am", "git am --abort"]);
    repo.git(&["am", "--abort"]).ok();
    // A conflict with nothing under way: from a stash.
    repo.write("docs/a.md", "stashed\n");
    repo.git(&["stash", "-q"]).ok();
    repo.write("docs/a.md", "committed\n");
    commit(&repo, "T002: again");
    repo.git(&["stash", "pop", "-q"]).says(1, &[]);
    refused(&repo, &["--yes"], &["docs/a.md is not merged", "git add docs/a.md"]);
    repo.git(&["checkout", "-q", "HEAD", "--", "docs/a.md"]).ok();
    repo.write(".git/index.lock", "");
    refused(&repo, &["--yes"], &["another git process", "index.lock"]);
}

#[test]
fn what_nobody_has_saved_is_not_overwritten() {
    let repo = done();
    let go = ["--yes"];
    repo.write("old.txt", "mine\n");
    refused(&repo, &go, &["old.txt would be overwritten", "mv old.txt", "--clean"]);
    fs::remove_file(repo.path.join("old.txt")).unwrap();
    repo.write("old.txt/mine", "mine\n");
    refused(&repo, &go, &["old.txt/mine would be overwritten"]);
    // Ignored: not even with --clean.
    repo.write(".git/info/exclude", "old.txt\n");
    refused(&repo, &go, &["old.txt/mine would be overwritten"]);
    refused(&repo, &["--yes", "--clean"], &["old.txt/mine would be overwritten"]);
    repo.write(".git/info/exclude", "");
    rollback(&repo, &["--yes", "--clean"]).ok();
    assert_eq!(fs::read_to_string(repo.path.join("old.txt")).unwrap(), "old\n");
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(fs::read_to_string(repo.path.join("old.txt/mine")).unwrap(), "mine\n");
}

#[test]
fn a_file_where_a_folder_was_is_seen_too() {
    let repo = unstarted();
    repo.write("plans/alpha.toml", PLAN.replace("old.txt", "deep/**"));
    repo.write("deep/er/x.txt", "x\n");
    repo.git(&["add", "deep"]).ok();
    repo.git(&["commit", "-q", "-m", "more"]).ok();
    repo.guard(&["start", "plans/alpha.toml"]).ok();
    repo.git(&["rm", "-rq", "deep"]).ok();
    commit(&repo, "T001: away");
    repo.write("deep", "mine\n");
    refused(&repo, &["--yes"], &["deep would be overwritten"]);
}

#[test]
fn what_comes_back_overwrites_nothing() {
    let repo = done();
    repo.write("src/new.rs", "new\n");
    repo.git(&["add", "src/new.rs"]).ok();
    repo.write("notes.txt", "untracked\n");
    rollback(&repo, &["--yes", "--clean"]).ok();
    for path in ["src/new.rs", "notes.txt", "docs/a.md"] {
        repo.write(path, "mine\n");
        let before = all_of(&repo);
        rollback(&repo, &["--undo", "--yes"]).says(2, &[path, "would be overwritten"]);
        assert_eq!(all_of(&repo), before);
        fs::remove_file(repo.path.join(path)).unwrap();
    }
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(repo.git(&["status", "--porcelain"]).ok(), "A  src/new.rs\n?? notes.txt");
}

#[test]
fn what_git_was_told_not_to_look_at_is_not_lost() {
    for bit in ["--assume-unchanged", "--skip-worktree"] {
        let repo = done();
        repo.git(&["checkout", "-q", "HEAD~1"]).ok();
        repo.write("docs/a.md", "a\n");
        repo.write("README.md", "changed\n");
        commit(&repo, "T002: both");
        repo.git(&["update-index", bit, "README.md"]).ok();
        repo.write("README.md", "mine\n");
        let before = all_of(&repo);
        rollback(&repo, &["--yes"]).says(2, &["README.md", "everything is as it was"]);
        assert_eq!(all_of(&repo), before);
        rollback(&repo, &["--list"]).says(0, &["there is no backup"]);
    }
}

#[test]
fn an_undo_moves_no_other_branch() {
    let repo = done();
    let tip = head(&repo);
    rollback(&repo, &["--yes"]).ok();
    repo.git(&["checkout", "-q", "-b", "other"]).ok();
    let before = all_of(&repo);
    rollback(&repo, &["--undo", "--yes"]).says(2, &["there is no backup of other", "git switch main"]);
    assert_eq!(all_of(&repo), before);
    // Nor does a linked worktree take the main one's.
    let side = repo.root().join("side");
    repo.git(&["worktree", "add", "-q", "-b", "side", side.to_str().unwrap(), &tip]).ok();
    repo.run_in(&side, guard_bin(), &["rollback", "--yes"]).says(0, &["side is at"]);
    assert_eq!(all_of(&repo)[1..], before[1..], "the other worktree stays");
    repo.run_in(&side, guard_bin(), &["rollback", "--undo", "--yes"]).says(0, &["side is at"]);
    assert_eq!(repo.git(&["rev-parse", "side"]).ok(), tip);
    repo.git(&["switch", "-q", "main"]).ok();
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(head(&repo), tip);
}

#[test]
fn when_git_refuses_everything_is_as_it_was() {
    let mut repo = done();
    // A commit that no rule would let pass: to bring it back is to make it.
    repo.write("README.md", "out of scope\n");
    commit(&repo, "T003: outside");
    repo.guard(&["install", "--strict"]).ok();
    disorder(&repo);
    rollback(&repo, &["--yes", "--clean"]).ok();
    repo.write("src/b.rs", "b\n");
    repo.git(&["add", "src/b.rs"]).ok();
    let (before, backups) = (all_of(&repo), rollback(&repo, &["--list"]).ok());
    rollback(&repo, &["--undo", "--yes"]).says(2, &["error[scope]", "README.md", "everything is as it was"]);
    assert_eq!(all_of(&repo), before);
    assert_eq!(rollback(&repo, &["--list"]).ok(), backups, "what did not happen leaves no backup");
    repo.env("GUARD_SKIP", "1");
    rollback(&repo, &["--undo", "--yes"]).ok();
    // And the way there: a hook of somebody's refuses, with everything in disorder.
    let before = all_of(&repo);
    let hook = "#!/bin/sh\n[ \"$1\" != prepared ] || ! grep -q refs/heads/\n";
    repo.script(".git/hooks/reference-transaction", hook);
    rollback(&repo, &["--yes", "--clean"]).says(2, &["git refused to move", "everything is as it was"]);
    assert_eq!(all_of(&repo), before);
}

#[test]
fn on_a_terminal_it_asks() {
    let repo = done();
    let tip = head(&repo);
    let typed = |answer: &str| {
        let line = format!("printf '{answer}\\n' | script -qec '{} rollback' /dev/null", guard_bin());
        repo.run_in(&repo.path, "sh", &["-c", &line])
    };
    if !Path::new("/usr/bin/script").exists() {
        eprintln!("skipped: there is no script(1) to play a terminal");
        return;
    }
    for no in ["", "n", "yes please"] {
        typed(no).says(130, &["T002: write the manual", "[y/N]", "nothing was changed"]);
        assert_eq!(head(&repo), tip);
    }
    typed("y").says(0, &["[y/N]", "main is at"]);
    assert_ne!(head(&repo), tip);
}
