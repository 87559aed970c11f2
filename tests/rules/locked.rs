//! `plan-locked` and `frozen`: documents that do not change while a plan runs.

use std::os::unix::fs::symlink;

use crate::world::{PLAN, PLAN_PATH, World, facts, help};

const MARKDOWN: &str = "# Alpha\n\n## Tasks\n\n### T001: Write the source\n\n- [ ] written\n\n**Files:**\n- `src/**`\n\n\
    ### T002: Write the manual\n\n**Files:**\n- `docs/**`\n\n## Progress\n\nNothing yet.\n";

fn edit(world: &World, path: &str, text: &str) {
    world.repo.write(path, text);
    world.repo.git(&["add", "--", path]).ok();
}

#[test]
fn the_running_plan_does_not_change() {
    let world = World::started();
    let locked = world.head();
    for text in [
        PLAN.replace("src/**", "**"),
        PLAN.replace("T004", "T005"),
        PLAN.to_owned() + "# note\n",
        "x".to_owned(),
    ] {
        edit(&world, PLAN_PATH, &text);
        let check = world.refused("a record", "plan-locked", Some(PLAN_PATH));
        let finding = &check.findings()[0];
        assert!(
            facts(finding).contains(&format!("by the rollback commit {}", &locked[..7])),
            "{}",
            check.text
        );
        assert!(help(finding).contains("guard start plans/alpha.toml"), "{}", check.text);
        world.stage(&["src/a"]);
        world.refused("T001: x", "plan-locked", Some(PLAN_PATH));
        world.repo.git(&["rm", "-qf", "src/a"]).ok();
    }
}

#[test]
fn the_line_at_fault_is_named() {
    let world = World::started();
    let line = 1 + PLAN.lines().position(|l| l.contains("docs/**")).unwrap();
    edit(&world, PLAN_PATH, &PLAN.replace("docs/**", "**"));
    let check = world.refused("a record", "plan-locked", Some(PLAN_PATH));
    assert!(facts(&check.findings()[0]).contains(&format!("plans/alpha.toml:{line}")), "{}", check.text);
}

#[test]
fn the_running_plan_is_neither_deleted_nor_moved_nor_made_a_link() {
    let world = World::started();
    world.repo.git(&["mv", PLAN_PATH, "plans/other.toml"]).ok();
    world.refused("a record", "plan-locked", Some(PLAN_PATH));
    world.reset("HEAD");
    world.repo.git(&["rm", "-q", PLAN_PATH]).ok();
    world.refused("a record", "plan-locked", Some(PLAN_PATH));
    world.reset("HEAD");
    std::fs::remove_file(world.repo.path.join(PLAN_PATH)).unwrap();
    symlink("other.toml", world.repo.path.join(PLAN_PATH)).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.commit("T003: x").says(1, &["error[plan-locked]", "no longer a file"]);
    world.past_hooks("T003: x", &[]);
    let check = world.check("HEAD^..HEAD");
    assert_eq!(
        (check.code, check.rules()),
        (1, vec!["scope".to_owned(), "plan-locked".to_owned()]),
        "{}",
        check.text
    );
}

#[test]
fn status_marks_and_living_sections_may_change() {
    let world = World::new();
    world.repo.write("plans/alpha.md", MARKDOWN);
    world.repo.guard(&["start", "plans/alpha.md"]).ok();
    for text in [MARKDOWN.replace("`docs/**`", "`**`"), MARKDOWN.replace("- [ ] written", "- [x] rewritten")]
    {
        edit(&world, "plans/alpha.md", &text);
        world.refused("a record", "plan-locked", Some("plans/alpha.md"));
    }
    edit(
        &world,
        "plans/alpha.md",
        &MARKDOWN.replace("[ ]", "[x]").replace("Nothing yet.", "T001 is done.\n\nMore."),
    );
    world.stage(&["src/a"]).accepted("T001: x");
}

#[test]
fn another_plan_may_be_written_and_a_finished_one_changed() {
    let world = World::started();
    edit(&world, "plans/beta.toml", "not even a plan");
    world.accepted("a record");
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    edit(&world, PLAN_PATH, &(PLAN.to_owned() + "# learned\n"));
    world.refused("a record", "plan-locked", Some(PLAN_PATH));
    world.repo.git(&["restore", "--staged", PLAN_PATH]).ok();
    world.done("T003: x", "tools/a");
    edit(&world, PLAN_PATH, &(PLAN.to_owned() + "# learned\n"));
    world.accepted("a record");
}

#[test]
fn a_new_rollback_commit_may_bring_a_changed_plan() {
    let world = World::started();
    edit(&world, PLAN_PATH, &PLAN.replace("docs/**", "manual/**"));
    world.accepted("rollback: before executing plan alpha");
    world.done("T001: x", "src/a");
    world.stage(&["docs/a"]);
    world.refused("T002: x", "scope", Some("docs/a"));
}

#[test]
fn a_file_that_says_exec_ready_does_not_change() {
    let world = World::new();
    edit(&world, "src/spec.md", "text\n  EXEC-READY \r\ntext\n");
    edit(&world, "designs/spec.md", "EXEC-READY\n");
    edit(&world, "src/prose.md", "This is not EXEC-READY yet\nXEXEC-READY\nexec-ready\n");
    edit(&world, "src/later.md", "draft\n");
    world.past_hooks("specifications", &[]);
    let world = world.start(PLAN);
    for (path, message) in
        [("src/spec.md", "T001: x"), ("designs/spec.md", "a record"), ("designs/spec.md", "T001: x")]
    {
        edit(&world, path, "without the marker\n");
        let check = world.refused(message, "frozen", Some(path));
        assert!(facts(&check.findings()[0]).contains("EXEC-READY"), "{}", check.text);
        world.repo.git(&["rm", "-qf", path]).ok();
        world.refused(message, "frozen", Some(path));
        world.reset("HEAD");
    }
    world.repo.git(&["mv", "src/spec.md", "src/moved.md"]).ok();
    world.refused("T001: x", "frozen", Some("src/spec.md"));
    world.reset("HEAD");
    // What freezes is the marker in the parent, not the one that arrives.
    edit(&world, "src/prose.md", "changed\n");
    edit(&world, "src/later.md", "EXEC-READY\n");
    world.accepted("T001: x");
    edit(&world, "src/later.md", "changed after all\n");
    world.commit("fixup! T001: x").says(1, &["error[frozen]", "src/later.md"]);
}

#[test]
fn a_rollback_commit_does_not_thaw_what_is_frozen() {
    let world = World::new();
    edit(&world, "plans/spec.md", "EXEC-READY\n");
    world.past_hooks("a specification", &[]);
    edit(&world, "plans/spec.md", "changed\n");
    edit(&world, PLAN_PATH, PLAN);
    world.refused("rollback: before executing plan alpha", "frozen", Some("plans/spec.md"));
}

#[test]
fn the_policy_freezes_paths_by_name() {
    let world = World::started_with("version = 1\n[scope]\nfrozen = [\"src/spec/**\", \"designs/law.md\"]\n");
    world.stage(&["src/spec/new"]);
    world.refused("T001: x", "frozen", Some("src/spec/new"));
    world.reset("HEAD");
    world.stage(&["designs/law.md"]);
    let check = world.refused("a record", "frozen", Some("designs/law.md"));
    assert!(facts(&check.findings()[0]).contains("scope.frozen"), "{}", check.text);
    world.reset("HEAD");
    world.stage(&["src/special", "designs/law.md.txt"]).accepted("T001: x");
}
