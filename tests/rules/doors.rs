//! The ways in which git makes commits, each judged as what it commits.

use crate::world::World;

/// An editor that replaces the message by `text`.
pub fn editor(world: &mut World, text: &str) {
    world.repo.write(".git/new-message", text);
    let script =
        world.repo.script(".git/editor", "#!/bin/sh\ncat \"$(dirname \"$0\")/new-message\" >\"$1\"\n");
    world.repo.env("GIT_EDITOR", script);
}

#[test]
fn commit_all_is_judged_on_all_that_it_takes() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    world.repo.write("README.md", "changed\n");
    let ran = world.repo.git(&["commit", "-q", "-a", "-m", "T001: x"]);
    ran.says(1, &["error[scope]", "README.md", "fix", "git add <your paths>; git commit"]);
    world.repo.git(&["checkout", "-q", "README.md"]).ok();
    world.repo.git(&["commit", "-q", "-a", "-m", "T001: x"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn committing_a_path_is_judged_on_that_path_alone() {
    let world = World::started();
    world.stage(&["src/a.rs", "tools/x"]);
    let ran = world.repo.git(&["commit", "-q", "-m", "T001: x", "--", "tools/x"]);
    ran.says(1, &["error[scope]", "tools/x", "fix", "git commit <your paths>"]);
    world.repo.git(&["commit", "-q", "-m", "T001: x", "--", "src/a.rs"]).ok();
    world.check("HEAD^..HEAD").clean(1);
    assert_eq!(world.repo.git(&["diff", "--cached", "--name-only"]).ok(), "tools/x");
    world.repo.write("src/a.rs", "more\n");
    let ran = world.repo.git(&["commit", "-q", "-m", "fixup! T001: x", "--include", "src/a.rs"]);
    ran.says(1, &["error[scope]", "tools/x"]);
}

#[test]
fn a_commit_from_a_subdirectory_is_judged_from_the_top() {
    let world = World::started();
    let deep = world.repo.path.join("tools/deep dir");
    world.stage(&["tools/deep dir/src/a.rs"]);
    world
        .repo
        .run_in(&deep, "git", &["commit", "-q", "-m", "T001: x"])
        .says(1, &["error[scope]", "tools/deep dir/src/a.rs"]);
    world.repo.run_in(&deep, "git", &["commit", "-q", "-m", "T003: x", "src/a.rs"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn a_commit_in_a_linked_work_tree_and_on_a_detached_head_is_judged() {
    let world = World::started();
    let side = world.repo.root().join("side");
    world.repo.git(&["worktree", "add", "-q", "--detach", side.to_str().unwrap()]).ok();
    std::fs::create_dir(side.join("src")).unwrap();
    std::fs::write(side.join("src/a.rs"), "x\n").unwrap();
    world.repo.run_in(&side, "git", &["add", "-A"]).ok();
    world
        .repo
        .run_in(&side, "git", &["commit", "-q", "-m", "T003: x"])
        .says(1, &["error[scope]", "src/a.rs"]);
    world.repo.run_in(&side, "git", &["commit", "-q", "-m", "T001: x"]).ok();
}

#[test]
fn amending_is_judged_on_what_it_adds_and_check_on_the_whole() {
    let mut world = World::started();
    world.done("T001: x", "src/a.rs");
    world.stage(&["tools/x"]);
    world.repo.git(&["commit", "-q", "--amend", "--no-edit"]).says(1, &["error[scope]", "tools/x"]);
    world.repo.git(&["restore", "--staged", "tools/x"]).ok();
    world.stage(&["src/b.rs"]);
    world.repo.git(&["commit", "-q", "--amend", "-m", "no task at all"]).says(1, &["error[task-id]"]);
    world.repo.git(&["commit", "-q", "--amend", "--no-edit"]).ok();
    editor(&mut world, "T001: in other words\n");
    world.stage(&["src/c.rs"]);
    world.repo.git(&["commit", "-q", "--amend"]).ok();
    world.check("HEAD^..HEAD").clean(1);
    assert_eq!(world.repo.git(&["log", "-1", "--format=%s"]).ok(), "T001: in other words");
    // A new name for the same paths: no hook sees the whole, the push doors do.
    drop(world.repo.git(&["commit", "-q", "--amend", "-m", "T003: mine"]));
    if world.repo.git(&["log", "-1", "--format=%s"]).ok() == "T003: mine" {
        let check = world.check("HEAD^..HEAD");
        assert_eq!((check.code, check.rules()), (1, vec!["scope".to_owned(); 3]), "{}", check.text);
    }
}

#[test]
fn no_verify_still_meets_prepare_commit_msg() {
    let world = World::started();
    world.stage(&["tools/x"]);
    let ran = world.repo.git(&["commit", "-q", "--no-verify", "-m", "T001: x"]);
    ran.says(1, &["error[scope]", "tools/x"]);
    world.repo.git(&["commit", "-q", "--no-verify", "-m", "T003: x"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn a_cherry_pick_is_judged_where_it_lands() {
    let world = World::started();
    let start = world.head();
    world.repo.git(&["checkout", "-q", "-b", "elsewhere", "HEAD^"]).ok();
    let foreign = world.stage(&["other/x"]).past_hooks("T001: x", &[]);
    let unnamed = world.stage(&["src/a.rs"]).past_hooks("improve it", &[]);
    let good = world.stage(&["src/b.rs"]).past_hooks("T001: improve it", &[]);
    world.repo.git(&["checkout", "-q", "main"]).ok();
    for (pick, rule) in [(&foreign, "error[scope]"), (&unnamed, "error[task-id]")] {
        let ran = world.repo.git(&["cherry-pick", pick]);
        assert!(ran.code != 0 && ran.err.contains(rule), "{}", ran.text());
        world.repo.git(&["cherry-pick", "--abort"]);
        world.reset(&start);
        world.repo.git(&["clean", "-qfd"]).ok();
    }
    world.repo.git(&["cherry-pick", &good]).ok();
    world.check(&format!("{start}..HEAD")).clean(1);
}

#[test]
fn a_revert_buys_nothing_with_its_words() {
    let world = World::started();
    let done = world.done("T001: x", "src/a.rs");
    let ran = world.repo.git(&["revert", "--no-edit", &done]);
    assert!(ran.code != 0 && ran.err.contains("error[task-id]"), "{}", ran.text());
    world.reset(&done);
    world.repo.git(&["revert", "--no-commit", &done]).ok();
    world.refused("Revert \"T001: x\"", "task-id", None);
    world.accepted("T001: take it back");
}

#[test]
fn autosquash_leaves_a_history_that_check_accepts() {
    let world = World::started();
    let start = world.head();
    let first = world.done("T001: x", "src/a.rs");
    world.done("T003: x", "tools/x");
    world.repo.write("src/a.rs", "mended\n");
    world.repo.git(&["commit", "-q", "-a", "--fixup", &first]).ok();
    let check = world.check(&format!("{start}..HEAD"));
    check.only("unsquashed", &world.head(), None);
    world.repo.git(&["rebase", "-q", "-i", "--autosquash", &start]).ok();
    world.check(&format!("{start}..HEAD")).clean(2);
    assert_eq!(world.repo.git(&["log", "--format=%s", "-2"]).ok(), "T003: x\nT001: x");
}

#[test]
fn a_rebase_is_quiet_until_it_has_replayed_the_rollback() {
    let world = World::new();
    let base = world.head();
    world.repo.git(&["checkout", "-q", "-b", "topic"]).ok();
    let world = world.start(crate::world::PLAN);
    world.done("T001: x", "src/a.rs");
    world.done("T002: x", "docs/a.md");
    world.repo.git(&["checkout", "-q", "-b", "upstream", &base]).ok();
    let upstream = world.stage(&["news"]).past_hooks("news", &[]);
    world.repo.git(&["checkout", "-q", "topic"]).ok();
    world.repo.git(&["rebase", "-q", "upstream"]).ok();
    world.check(&format!("{upstream}..HEAD")).clean(3);
    world.stage(&["other/x"]).past_hooks("T003: smuggled", &[]);
    world.repo.git(&["checkout", "-q", "upstream"]).ok();
    world.stage(&["news2"]).past_hooks("more news", &[]);
    world.repo.git(&["checkout", "-q", "topic"]).ok();
    let ran = world.repo.git(&["rebase", "upstream"]);
    assert!(ran.code != 0 && ran.err.contains("error[scope]"), "{}", ran.text());
}

#[test]
fn what_an_editor_does_to_the_index_is_not_believed() {
    let mut world = World::started();
    // The tree is fixed before the editor opens: unstaging the path there changes no commit.
    let script = "#!/bin/sh\ngit restore --staged tools/x\necho 'T001: x' >\"$1\"\n";
    let script = world.repo.script(".git/editor", script);
    world.repo.env("GIT_EDITOR", script);
    world.stage(&["tools/x"]);
    let before = world.head();
    let ran = world.repo.git(&["commit", "-q"]);
    assert!(ran.code != 0 && ran.err.contains("error[scope]"), "{}", ran.text());
    assert_eq!(world.head(), before);
}

#[test]
fn hooks_that_are_skipped_say_so_and_check_does_not_skip() {
    let mut world = World::started();
    world.stage(&["tools/x"]);
    world.repo.env("GUARD_SKIP", "fire\u{1b}[31m");
    let ran = world.commit("T001: x").says(0, &["not judged (GUARD_SKIP=fire\\x1b[31m)"]);
    assert!(!ran.err.contains('\u{1b}'));
    let head = world.head();
    world.check("HEAD^..HEAD").only("scope", &head, Some("tools/x"));
}

#[test]
fn what_is_only_intended_to_be_added_is_no_part_of_the_commit() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    world.repo.write("other/x", "x\n");
    world.repo.git(&["add", "-N", "other/x"]).ok();
    world.accepted("T001: x");
    assert_eq!(world.repo.git(&["show", "--format=", "--name-only"]).ok(), "src/a.rs");
}

#[test]
fn a_revert_or_cherry_pick_in_an_editor_is_found_by_check_at_the_latest() {
    let world = World::started();
    let done = world.done("T001: x", "src/a.rs");
    let ran = world.repo.git(&["revert", "--edit", &done]);
    if ran.code == 0 {
        let head = world.head();
        world.check("HEAD^..HEAD").only("task-id", &head, None);
    } else {
        assert!(ran.err.contains("error[task-id]"), "{}", ran.text());
    }
}

#[test]
fn a_rollback_commit_is_not_reverted_while_its_plan_runs() {
    let world = World::started();
    let before = world.head();
    let ran = world.repo.git(&["revert", "--no-edit", "HEAD"]);
    assert!(ran.code != 0 && ran.err.contains("error[plan-locked]"), "{}", ran.text());
    assert_eq!(world.head(), before);
    world.bare(&["revert", "--abort"]);
    world.reset(&before);
    world.bare(&["revert", "--no-edit", "HEAD"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("plan-locked", &head, Some("plans/alpha.toml"));
}

#[test]
fn an_amended_rollback_commit_is_judged_as_the_rollback_commit_that_it_becomes() {
    let world = World::started();
    world.stage(&["src/a"]);
    world.repo.git(&["commit", "-q", "--amend", "--no-edit"]).says(1, &["error[rollback]"]);
    world.repo.git(&["restore", "--staged", "src/a"]).ok();
    world.repo.write("plans/alpha.toml", crate::world::PLAN.replace("docs/**", "manual/**"));
    world.repo.git(&["add", "plans"]).ok();
    world.repo.git(&["commit", "-q", "--amend", "--no-edit"]).ok();
    world.check("HEAD^..HEAD").clean(1);
    world.done("T001: x", "src/b");
    world.stage(&["manual/a"]).accepted("T002: x");
}

#[test]
fn status_says_what_no_task_may_bring() {
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nprotected = [\"src/ci/**\"]\nfrozen = [\"src/spec.md\"]\n";
    let world = World::started_with(policy);
    world.stage(&["src/a.rs"]);
    let ran = world.repo.guard(&["status"]).says(0, &["src/a.rs  (T001)", "git commit -m \"T001: …\""]);
    assert!(!ran.out.contains("refuse"), "{}", ran.out);
    world.stage(&["src/ci/it's", "src/spec.md", "src/SPEC.md", "plans/Alpha.toml"]);
    world.repo.write("plans/alpha.toml", "version = 1\n");
    world.repo.git(&["add", "plans"]).ok();
    let ran = world.repo.guard(&["status"]);
    ran.says(
        0,
        &[
            "src/a.rs  (T001)",
            "src/ci/it's  (protected: would be refused)",
            "src/spec.md  (frozen: would be refused)",
            "src/SPEC.md  (frozen: would be refused)",
            "plans/Alpha.toml  (plan-locked: would be refused)",
            "plans/alpha.toml  (plan-locked: would be refused)",
            "next      leave out what plan-locked refuses: git restore --staged plans/Alpha.toml",
        ],
    );
    // And it is true.
    let refused =
        world.commit("T001: all").says(1, &["error[protected]", "error[frozen]", "error[plan-locked]"]);
    assert_eq!(refused.err.matches("error[").count(), 5, "{}", refused.err);
    world.repo.git(&["restore", "--staged", "plans", "src/ci", "src/spec.md", "src/SPEC.md"]).ok();
    world.repo.guard(&["status"]).says(0, &["git commit -m \"T001: …\""]);
    world.accepted("T001: the rest");
}
