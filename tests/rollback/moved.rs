//! There and back: nothing is lost.

use std::fs;

use super::{PLAN, all_of, commit, disorder, done, head, rollback, unstarted};

#[test]
fn the_plan_is_locked_again_and_nothing_is_done() {
    let repo = done();
    let tip = head(&repo);
    rollback(&repo, &["--yes"]).says(0, &["main is at", "refs/guard/backup/", "guard rollback --undo"]);
    repo.guard(&["status"]).says(0, &["branch    main", "[>] T001  ready", "[ ] T002  after T001"]);
    assert_eq!(head(&repo), repo.git(&["rev-parse", &format!("{tip}~2")]).ok());
    assert_eq!(repo.git(&["status", "--porcelain"]).ok(), "");
    rollback(&repo, &["--yes"]).says(0, &["nothing to leave behind"]);
    let listed = rollback(&repo, &["--list"]).ok();
    assert!(listed.lines().count() == 1 && listed.contains(&tip[..7]) && listed.contains("main"), "{listed}");
    let name = listed.split_whitespace().next().unwrap().to_owned();
    assert_eq!(repo.git(&["rev-parse", &name]).ok(), tip);
    rollback(&repo, &["--undo", "--yes"]).says(0, &["commits that come back", "T001: write the source"]);
    assert_eq!(head(&repo), tip);
    // An undo keeps a backup too, so it can be undone.
    rollback(&repo, &["--undo", "--yes"]).ok();
    repo.guard(&["status"]).says(0, &["[>] T001  ready"]);
    assert_eq!(rollback(&repo, &["--list"]).ok().lines().count(), 3);
}

#[test]
fn a_task_s_commit_can_be_gone_back_to() {
    let repo = done();
    rollback(&repo, &["--to", "T001", "--yes"]).ok();
    repo.guard(&["status"]).says(0, &["[x] T001", "[>] T002  ready"]);
    rollback(&repo, &["--to", "T001", "--yes"]).says(0, &["nothing to leave behind"]);
    // What a merge brought in is no place on this branch.
    repo.git(&["checkout", "-q", "-b", "side"]).ok();
    repo.write("tools/a", "a\n");
    commit(&repo, "T003: tools");
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]).ok();
    rollback(&repo, &["--to", "T003", "--yes"]).says(2, &["T003 came in with a merge"]);
}

#[test]
fn uncommitted_work_goes_and_comes_back_as_it_was() {
    let repo = done();
    disorder(&repo);
    let (before, tip) = (all_of(&repo), head(&repo));
    let index = fs::read(repo.path.join(".git/index")).unwrap();
    rollback(&repo, &["--dry-run"]).ok();
    assert!(fs::read(repo.path.join(".git/index")).unwrap() == index, "a dry run leaves the index alone");
    rollback(&repo, &["--yes"]).says(0, &["-worktree", "what was not committed"]);
    assert_eq!(repo.git(&["status", "--porcelain"]).ok(), "?? notes/", "untracked files stay");
    assert_eq!(repo.git(&["stash", "list"]).ok(), "");
    assert!(repo.path.join("notes/run.log").exists());
    assert_eq!(fs::read_to_string(repo.path.join("README.md")).unwrap(), "readme\n");
    // New work, which the way back must not lose either.
    repo.write("src/b.rs", "b\n");
    repo.git(&["add", "src/b.rs"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: another way"]).ok();
    let other = head(&repo);
    repo.write("src/b.rs", "b b\n");
    rollback(&repo, &["--undo", "--yes"])
        .says(0, &["T001: another way", "uncommitted changes come back too"]);
    assert_eq!(head(&repo), tip);
    assert_eq!(all_of(&repo), before);
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(head(&repo), other);
    assert_eq!(fs::read_to_string(repo.path.join("src/b.rs")).unwrap(), "b b\n");
    assert_eq!(repo.git(&["status", "--porcelain"]).ok(), " M src/b.rs\n?? notes/");
}

#[test]
fn git_itself_brings_uncommitted_work_back() {
    let repo = done();
    disorder(&repo);
    let before = all_of(&repo);
    rollback(&repo, &["--yes"]).ok();
    let name = rollback(&repo, &["--list"]).ok().split_whitespace().next().unwrap().to_owned();
    repo.git(&["reset", "-q", "--hard", &name]).ok();
    repo.git(&["stash", "apply", "--index", "-q", &format!("{name}-worktree")]).ok();
    assert_eq!(all_of(&repo), before);
}

#[test]
fn untracked_files_are_removed_only_when_asked_and_only_when_saved() {
    let repo = done();
    disorder(&repo);
    repo.git(&["init", "-q", "inner"]).ok();
    repo.write("inner/x", "x\n");
    let before = all_of(&repo);
    rollback(&repo, &["--yes", "--clean"]).says(0, &["untracked repositories, which stay", "inner/"]);
    assert!(!repo.path.join("notes/a b\n.txt").exists());
    assert!(repo.path.join("notes/run.log").exists() && repo.path.join("inner/x").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]).ok(), "?? inner/\n?? notes/", "*.log is ignored no more");
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(all_of(&repo), before);
}

#[test]
fn announced_files_and_a_nameless_person_are_no_obstacle() {
    let mut repo = done();
    repo.write("src/soon.rs", "soon\n");
    repo.git(&["add", "-N", "src/soon.rs"]).ok();
    for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
        repo.unset(name);
    }
    repo.git(&["config", "user.useConfigOnly", "true"]).ok();
    rollback(&repo, &["--yes"]).ok();
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(fs::read_to_string(repo.path.join("src/soon.rs")).unwrap(), "soon\n");
}

#[test]
fn a_submodule_keeps_its_own_work() {
    let repo = unstarted();
    let other = repo.root().join("other");
    repo.git(&["clone", "-q", ".", other.to_str().unwrap()]).ok();
    repo.write("plans/alpha.toml", PLAN.replace("\"old.txt\"", "\"sub\", \".gitmodules\""));
    repo.guard(&["start", "plans/alpha.toml"]).ok();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    repo.git(&[&add[..], &[other.to_str().unwrap(), "sub"]].concat()).ok();
    repo.git(&["commit", "-q", "-m", "T001: take it in"]).ok();
    let tip = head(&repo);
    repo.write("sub/README.md", "mine\n");
    for args in [&["--yes"][..], &["--undo", "--yes"]] {
        rollback(&repo, args).ok();
        assert_eq!(fs::read_to_string(repo.path.join("sub/README.md")).unwrap(), "mine\n");
    }
    assert_eq!(head(&repo), tip);
    assert_eq!(repo.git(&["status", "--porcelain"]).ok(), " M sub");
}

#[test]
fn a_detached_head_moves_alone() {
    let repo = done();
    let tip = head(&repo);
    repo.git(&["checkout", "-q", "--detach"]).ok();
    rollback(&repo, &["--yes"]).says(0, &["the detached HEAD is at"]);
    assert_eq!(repo.git(&["rev-parse", "main"]).ok(), tip);
    rollback(&repo, &["--list"]).says(0, &["(detached HEAD)"]);
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(head(&repo), tip);
    repo.git(&["symbolic-ref", "-q", "HEAD"]).says(1, &[]);
}

#[test]
fn strict_hooks_let_it_pass() {
    let repo = done();
    let tip = head(&repo);
    repo.guard(&["install", "--strict"]).ok();
    rollback(&repo, &["--yes"]).ok();
    rollback(&repo, &["--undo", "--yes"]).ok();
    assert_eq!(head(&repo), tip);
}

#[test]
fn claims_hold_again() {
    let repo = unstarted();
    repo.write("plans/alpha.toml", PLAN);
    repo.guard(&["start", "plans/alpha.toml"]).ok();
    for (id, path) in [("T001", "src/a.rs"), ("T002", "docs/a.md")] {
        repo.guard(&["next", "--claim"]).says(0, &[id]);
        repo.write(path, "x\n");
        commit(&repo, &format!("{id}: work"));
    }
    rollback(&repo, &["--yes"]).ok();
    repo.guard(&["next"]).says(0, &["T001", "claimed    by this worktree"]);
    repo.guard(&["next", "--release"]).says(0, &["released T001", "released T002"]);
    repo.guard(&["next"]).says(0, &["T001"]);
}
