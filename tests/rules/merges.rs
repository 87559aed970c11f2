//! Merges are judged on what they add to the automatic merge of their parents.

use crate::world::{PLAN, World};

/// Two sides of one plan; both tasks may change `src/`.
fn two_sides(ours: &[(&str, &str)], theirs: &[(&str, &str)]) -> World {
    let world = World::new();
    world.repo.write("src/f", "one\n");
    world.past_hooks("a file", &["src/f"]);
    let world = world.start(&PLAN.replace("\"tools/\"", "\"tools/\", \"src/**\""));
    for (branch, task, files) in [("side", "T003", theirs), ("main", "T001", ours)] {
        if branch == "side" {
            world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
        } else {
            world.repo.git(&["checkout", "-q", "main"]).ok();
        }
        for (path, text) in files {
            world.repo.write(path, text);
        }
        world.repo.git(&["add", "-A"]).ok();
        world.accepted(&format!("{task}: x"));
    }
    world
}

#[test]
fn a_clean_merge_needs_no_id() {
    let world = two_sides(&[("src/a", "a\n")], &[("tools/a", "a\n")]);
    world.repo.git(&["merge", "-q", "--no-ff", "-m", "whatever I like", "side"]).ok();
    world.check("HEAD^..HEAD").clean(2);
}

#[test]
fn a_clean_merge_may_bring_what_was_judged_elsewhere() {
    let world = World::started();
    world.repo.git(&["checkout", "-q", "-b", "upstream", "HEAD^"]).ok();
    world.stage(&["anything/x"]).past_hooks("upstream work", &[]);
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.repo.git(&["merge", "-q", "--no-edit", "upstream"]).ok();
    world.check("upstream..HEAD").clean(2);
}

#[test]
fn a_resolved_conflict_needs_the_id_of_a_task_that_may_touch_it() {
    let world = two_sides(&[("src/f", "ours\n")], &[("src/f", "theirs\n")]);
    assert_eq!(world.repo.git(&["merge", "-q", "side"]).code, 1);
    world.repo.write("src/f", "both\n");
    world.repo.git(&["add", "src/f"]).ok();
    world.repo.git(&["commit", "-q", "--no-edit"]).says(1, &["error[task-id]", "fix"]);
    world.commit("T002: merge side").says(1, &["error[scope]", "src/f"]);
    world.bare(&["commit", "-q", "-m", "T002: merge side"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("scope", &head, Some("src/f"));
    world.bare(&["commit", "-q", "--amend", "-m", "Merge branch 'side'"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("task-id", &head, None);
    world.reset("HEAD^");
    world.repo.git(&["merge", "-q", "side"]);
    world.repo.write("src/f", "both\n");
    world.repo.git(&["add", "src/f"]).ok();
    world.commit("T001: merge side").says(0, &[]);
    world.check("HEAD^..HEAD").clean(2);
}

#[test]
fn what_a_merge_smuggles_in_is_judged() {
    let world = two_sides(&[("src/a", "a\n")], &[("tools/a", "a\n")]);
    world.repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    world.stage(&["other/x"]);
    world.repo.git(&["commit", "-q", "--no-edit"]).says(1, &["error[", "other/x"]);
    world.commit("T003: merge side").says(1, &["error[scope]", "other/x"]);
    world.bare(&["commit", "-q", "-m", "T003: merge side"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("scope", &head, Some("other/x"));
    world.bare(&["commit", "-q", "--amend", "-m", "Merge branch 'side'"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("task-id", &head, None);
}

#[test]
fn a_merge_that_throws_a_side_away_is_judged_on_what_it_drops() {
    let world = two_sides(&[("src/a", "a\n")], &[("tools/a", "a\n")]);
    let ran = world.repo.git(&["merge", "-q", "-s", "ours", "-m", "T001: ours", "side"]);
    assert!(
        ran.code != 0 && ran.err.contains("error[scope]") && ran.err.contains("tools/a"),
        "{}",
        ran.text()
    );
    world.repo.git(&["merge", "--abort"]);
    world.reset("HEAD");
    world.bare(&["merge", "-q", "-s", "ours", "-m", "T001: ours", "side"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("scope", &head, Some("tools/a"));
}

#[test]
fn a_merge_may_not_touch_the_running_plan_or_the_policy() {
    let world = two_sides(&[("src/a", "a\n")], &[("tools/a", "a\n")]);
    for (path, text, rule) in [
        ("plans/alpha.toml", PLAN.replace("src/**", "**"), "plan-locked"),
        ("guard.toml", "version = 1\n".to_owned(), "protected"),
    ] {
        world.repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        world.repo.write(path, text);
        world.repo.git(&["add", "-A"]).ok();
        world.commit("T001: merge").says(1, &[&format!("error[{rule}]"), path]);
        world.bare(&["commit", "-q", "-m", "T001: merge"]).ok();
        let check = world.check("HEAD^..HEAD");
        assert!(check.code == 1 && check.rules().contains(&rule.to_owned()), "{}", check.text);
        world.reset("HEAD^");
    }
}

#[test]
fn an_octopus_is_refused() {
    let world = World::started();
    let start = world.head();
    for (branch, path) in [("a", "src/a"), ("b", "tools/b")] {
        world.repo.git(&["checkout", "-q", "-b", branch, &start]).ok();
        let task = if branch == "a" { "T001" } else { "T003" };
        world.done(&format!("{task}: x"), path);
    }
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.stage(&["designs/x"]).accepted("notes");
    let before = world.head();
    let ran = world.repo.git(&["merge", "-q", "--no-edit", "a", "b"]);
    assert!(ran.code != 0 && ran.err.contains("error[history]"), "{}", ran.text());
    assert!(ran.err.contains("git merge <one branch>"), "{}", ran.err);
    world.repo.git(&["merge", "--abort"]);
    world.reset(&before);
    world.bare(&["merge", "-q", "--no-edit", "a", "b"]).ok();
    let head = world.head();
    let check = world.check("HEAD^..HEAD");
    assert!(check.rules().contains(&"history".to_owned()), "{}", check.text);
    assert!(check.findings().iter().all(|f| f["commit"] == head.as_str()), "{}", check.text);
    assert_eq!(check.code, 1);
}

#[test]
fn a_merge_does_not_change_what_is_frozen_beyond_merging() {
    let world = World::new();
    world.repo.write("src/spec", "EXEC-READY\n");
    world.past_hooks("a specification", &["src/spec"]);
    let world = world.start(PLAN);
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.done("T003: x", "tools/a");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.done("T001: x", "src/a");
    world.bare(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    world.repo.write("src/spec", "changed\n");
    world.repo.git(&["add", "src/spec"]).ok();
    world.commit("T001: merge").says(1, &["error[frozen]", "src/spec"]);
    let made = world.past_hooks("T001: merge", &[]);
    world.check("HEAD^..HEAD").only("frozen", &made, Some("src/spec"));
}
