//! `depends-on`, `atomic` and `unsquashed`: which task has been done, and what may follow.

use crate::world::{PLAN, World, help};

/// T001 and T005 share files; T006 needs T004, which changes none and needs T001.
const CHAIN: &str = r#"version = 1
topic = "alpha"
[[task]]
id = "T001"
summary = "First"
scope = ["src/**"]
[[task]]
id = "T004"
summary = "Look"
scope = []
depends_on = ["T001"]
[[task]]
id = "T005"
summary = "Same files"
scope = ["src/**"]
[[task]]
id = "T006"
summary = "Last"
scope = ["docs/**"]
depends_on = ["T004"]
"#;

#[test]
fn a_task_waits_for_what_it_depends_on() {
    let world = World::started();
    world.stage(&["docs/a"]);
    let check = world.refused("T002: x", "depends-on", None);
    let finding = &check.findings()[0];
    assert_eq!(finding["task"], "T002");
    assert!(finding["message"].as_str().unwrap().contains("T002 comes after T001"), "{}", check.text);
    assert!(help(finding).contains("guard status"), "{}", check.text);
    world.reset("HEAD");
    world.done("T001: x", "src/a");
    world.stage(&["docs/a"]).accepted("T002: x");
}

#[test]
fn what_was_committed_past_the_hooks_in_the_wrong_order_is_found() {
    let world = World::started();
    let start = world.head();
    let early = world.stage(&["docs/a"]).past_hooks("T002: x", &[]);
    world.stage(&["src/a"]).past_hooks("T001: x", &[]);
    world.check(&format!("{start}..HEAD")).only("depends-on", &early, None);
}

#[test]
fn a_task_without_files_passes_on_what_it_waits_for() {
    let world = World::new().start(CHAIN);
    world.stage(&["docs/a"]);
    let check = world.refused("T006: x", "depends-on", None);
    assert!(check.text.contains("T006 comes after T001"), "{}", check.text);
    world.reset("HEAD");
    world.done("T001: x", "src/a");
    world.stage(&["docs/a"]).accepted("T006: x");
}

#[test]
fn ticking_records_under_a_task_is_not_the_task() {
    let world = World::started();
    world.stage(&["designs/log.md"]).accepted("T001: planning");
    world.stage(&["docs/a"]);
    world.refused("T002: x", "depends-on", None);
}

#[test]
fn a_fixup_is_not_the_task_that_it_mends() {
    let world = World::started();
    world.stage(&["src/a"]).commit("fixup! T001: x").says(0, &[]);
    world.stage(&["docs/a"]);
    world.refused("T002: x", "depends-on", None);
}

#[test]
fn a_second_commit_for_a_task_is_refused() {
    let world = World::started();
    let first = world.done("T001: x", "src/a");
    world.stage(&["src/b"]);
    let ran = world.commit("T001: and more").says(1, &["error[atomic]", "git commit --amend --no-edit"]);
    assert!(ran.err.contains(&format!("git commit --fixup={}", &first[..7])), "{}", ran.err);
    let check = world.refused("T001: and more", "atomic", None);
    assert!(check.text.contains(&format!("T001 already has its commit, {}", &first[..7])), "{}", check.text);
    world.repo.git(&["commit", "-q", "--amend", "--no-edit"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn a_second_commit_further_on_is_refused_too() {
    let world = World::started();
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    world.done("T003: x", "tools/a");
    world.stage(&["src/b"]);
    world.refused("T001: and more", "atomic", None);
}

#[test]
fn fixup_and_squash_pass_the_commit_door_under_the_id_they_inherit() {
    let world = World::started();
    world.done("T001: x", "src/a");
    world.stage(&["src/b"]);
    for prefix in ["fixup! ", "squash! ", "amend! ", "fixup! squash! "] {
        let message = format!("{prefix}T001: x");
        let check = world.found_later(&message, "unsquashed", None);
        assert!(help(&check.findings()[0]).contains("git rebase -i --autosquash"), "{}", check.text);
        world.commit(&message).says(0, &[]);
        world.repo.git(&["reset", "-q", "--soft", "HEAD^"]).ok();
    }
    world.commit("fixup! improve it").says(1, &["error[task-id]"]);
    world.commit("Fixup! T001: x").says(1, &["error[task-id]"]);
    world.stage(&["tools/a"]);
    world.commit("fixup! T001: x").says(1, &["error[scope]", "tools/a"]);
}

#[test]
fn a_record_or_rollback_commit_that_waits_to_be_squashed_is_found() {
    let world = World::started();
    world.stage(&["designs/a"]);
    world.found_later("fixup! notes", "unsquashed", None);
}

#[test]
fn an_exact_revert_takes_a_task_back_and_it_may_be_done_again() {
    let world = World::started();
    let done = world.done("T001: x", "src/a");
    world.repo.git(&["revert", "--no-commit", &done]).ok();
    world.accepted("T001: take it back");
    world.stage(&["docs/a"]);
    world.refused("T002: x", "depends-on", None);
    world.reset("HEAD");
    world.done("T001: once more", "src/b");
    world.stage(&["docs/a"]).accepted("T002: x");
    world.stage(&["src/c"]);
    world.refused("T001: and again", "atomic", None);
}

#[test]
fn half_a_revert_is_a_second_commit() {
    let world = World::started();
    world.stage(&["src/a", "src/b"]).accepted("T001: x");
    world.repo.git(&["rm", "-q", "src/a"]).ok();
    world.refused("Revert \"T001: x\"", "task-id", None);
    world.refused("T001: take half of it back", "atomic", None);
    world.repo.git(&["rm", "-q", "src/b"]).ok();
    world.stage(&["src/c"]);
    world.refused("T001: take it back and more", "atomic", None);
}

#[test]
fn a_revert_counts_after_other_changes_of_the_same_file() {
    let world = World::new();
    let lines = |change: &[(usize, &str)]| -> String {
        let word = |n: usize| {
            change.iter().find(|(at, _)| *at == n).map_or_else(|| n.to_string(), |c| c.1.to_owned())
        };
        (0..30).map(|n| word(n) + "\n").collect()
    };
    world.repo.write("src/f", lines(&[]));
    world.past_hooks("a file", &["src/f"]);
    let world = world.start(CHAIN);
    world.repo.write("src/f", lines(&[(2, "one")]));
    world.repo.git(&["add", "-A"]).ok();
    world.accepted("T001: x");
    let done = world.head();
    world.repo.write("src/f", lines(&[(2, "one"), (20, "five")]));
    world.repo.git(&["add", "-A"]).ok();
    world.accepted("T005: x");
    // Not what reverting gives: a line more.
    world.repo.write("src/f", lines(&[(20, "five"), (25, "more")]));
    world.repo.git(&["add", "-A"]).ok();
    world.refused("T001: take it back", "atomic", None);
    world.reset("HEAD");
    world.repo.git(&["revert", "--no-commit", &done]).ok();
    world.accepted("T001: take it back");
    world.repo.write("src/f", lines(&[(2, "better"), (20, "five")]));
    world.repo.git(&["add", "-A"]).ok();
    world.accepted("T001: once more");
}

#[test]
fn a_second_start_keeps_what_was_done_and_lets_it_be_done_again() {
    let world = World::started();
    let base = world.head();
    world.done("T001: x", "src/a");
    world.stage(&["src/b"]);
    world.refused("T001: more", "atomic", None);
    world.reset("HEAD");
    let world = world.start(&PLAN.replace("\"tools/\"", "\"tools/\", \"extra/\""));
    world.done("T002: x", "docs/a");
    world.done("T003: x", "extra/a");
    world.done("T001: more", "src/b");
    world.stage(&["src/c"]);
    world.refused("T001: yet more", "atomic", None);
    world.check(&format!("{base}..HEAD")).clean(5);
}

#[test]
fn the_tasks_of_another_plan_are_other_tasks() {
    let world = World::started();
    world.done("T001: x", "src/a");
    world.repo.write("plans/beta.toml", PLAN.replace("alpha", "beta"));
    world.repo.guard(&["start", "beta"]).ok();
    world.stage(&["docs/a"]);
    world.refused("T002: x", "depends-on", None);
    world.stage(&["src/b"]);
    world.repo.git(&["restore", "--staged", "docs/a"]).ok();
    world.accepted("T001: x");
}

#[test]
fn sides_that_started_from_the_same_rollback_count_once_merged() {
    let world = World::started();
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.done("T001: x", "src/a");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.done("T003: x", "tools/a");
    world.stage(&["docs/a"]);
    world.refused("T002: x", "depends-on", None);
    world.reset("HEAD");
    world.repo.git(&["merge", "-q", "--no-ff", "--no-edit", "side"]).ok();
    world.stage(&["docs/a"]).accepted("T002: x");
    world.stage(&["src/b"]);
    world.refused("T001: again", "atomic", None);
}

#[test]
fn a_side_under_another_rollback_does_not_count() {
    let world = World::new();
    world.repo.write("plans/alpha.toml", PLAN);
    world.past_hooks("the plan", &["plans/alpha.toml"]);
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.repo.guard(&["start", "plans/alpha.toml"]).ok();
    world.done("T001: x", "src/a");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.repo.guard(&["start", "plans/alpha.toml"]).ok();
    world.repo.git(&["merge", "-q", "--no-ff", "--no-edit", "side"]).ok();
    world.stage(&["docs/a"]);
    world.refused("T002: x", "depends-on", None);
}

#[test]
fn two_sides_that_did_the_same_task_are_found_once_merged() {
    let world = World::started();
    let start = world.head();
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.done("T001: x", "src/a");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.done("T001: y", "src/b");
    world.bare(&["merge", "-q", "--no-ff", "--no-edit", "side"]).ok();
    let check = world.check(&format!("{start}..HEAD"));
    assert_eq!((check.code, check.rules()), (1, vec!["atomic".to_owned()]), "{}", check.text);
}

#[test]
fn what_may_be_an_amendment_passes_the_commit_door_only() {
    let mut world = World::started();
    world.done("T001: x", "src/a");
    let date = world.repo.git(&["log", "-1", "--format=%ad", "--date=raw"]).ok();
    let script = format!("#!/bin/sh\nGIT_AUTHOR_DATE='{date}' exec git commit -q -m 'T001: more'\n");
    let script = world.repo.script(".git/commit-at-that-time", script);
    world.repo.env("GIT_EDITOR", "true");
    world.stage(&["src/b"]);
    world.repo.run_in(&world.repo.path, &script, &[""; 0]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("atomic", &head, None);
}
