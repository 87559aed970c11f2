//! A plan that cannot say scopes, and the file beside it that says them: both are locked together.

use std::os::unix::fs::symlink;

use crate::world::World;

const PLAN_PATH: &str = "specs/012-lease/tasks.md";
const PLAN: &str = "# Tasks\n\n- [ ] T001 Write it\n- [ ] T002 Describe it\n";
const OVERLAY_PATH: &str = "specs/012-lease/tasks.overlay.toml";
const OVERLAY: &str = "[overlay.\"specs/012-lease/tasks.md\"]\nT001 = [\"src/**\"]\nT002 = [\"docs/**\"]\n";

fn written(overlay: &str) -> World {
    let world = World::new();
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.write(OVERLAY_PATH, overlay);
    world
}

fn running() -> World {
    let world = written(OVERLAY);
    world.repo.guard(&["start", PLAN_PATH]).ok();
    world
}

fn write(world: &World, text: &str) {
    world.repo.write(OVERLAY_PATH, text);
    world.repo.git(&["add", "--", OVERLAY_PATH]).ok();
}

#[test]
fn an_overlay_that_cannot_be_read_starts_nothing() {
    for (overlay, place, said) in [
        ("", ":1", "empty"),
        ("T001 = []\n", ":1", "holds nothing but [overlay.\"specs/012-lease/tasks.md\"]"),
        (&OVERLAY.replace("012", "013"), ":1", "holds nothing but"),
        (&OVERLAY.replace("docs/**", "../docs"), ":3", "T002: "),
        (&OVERLAY.replace("T002", "T003"), ":3", "T003, which is no task"),
    ] {
        let world = written(overlay);
        let before = world.head();
        world
            .repo
            .guard(&["start", PLAN_PATH])
            .says(2, &[&format!("{OVERLAY_PATH}{place}"), said, "\n  fix"]);
        let lint = world.repo.guard(&["plan", "lint", PLAN_PATH]);
        assert!(lint.code != 0 && lint.text().contains(said), "{}", lint.text());
        assert_eq!(world.head(), before);
    }
    // A link is nothing that could be locked.
    let world = written(OVERLAY);
    std::fs::rename(world.repo.path.join(OVERLAY_PATH), world.repo.path.join("specs/x.toml")).unwrap();
    symlink("../x.toml", world.repo.path.join(OVERLAY_PATH)).unwrap();
    world.repo.guard(&["start", PLAN_PATH]).says(2, &[OVERLAY_PATH, "or no file"]);
}

#[test]
fn a_format_that_is_asked_for_does_not_hide_the_overlay() {
    let world = written(OVERLAY);
    world.repo.guard(&["plan", "lint", "--as", "checklist", PLAN_PATH]).ok();
    world.repo.write(OVERLAY_PATH, "");
    world.repo.guard(&["plan", "lint", "--as", "checklist", PLAN_PATH]).says(2, &[OVERLAY_PATH, "empty"]);
}

#[test]
fn the_overlay_gives_scopes_and_stays_as_it_is() {
    let world = running();
    world.stage(&["docs/a"]);
    world.refused("T001: x", "scope", Some("docs/a"));
    world.reset("HEAD");
    for (text, line) in
        [(OVERLAY.replace("src/**", "**"), 2), (format!("{OVERLAY}# a remark\n"), 4), (String::new(), 1)]
    {
        write(&world, &text);
        let check = world.refused("a record", "plan-locked", Some(OVERLAY_PATH));
        assert!(
            check.text.contains(&format!("the overlay of the running plan, changes at line {line}")),
            "{}",
            check.text
        );
        world.stage(&["src/a"]);
        world.refused("T001: x", "plan-locked", Some(OVERLAY_PATH));
        world.reset("HEAD");
    }
    world.repo.git(&["rm", "-q", OVERLAY_PATH]).ok();
    world.refused("a record", "plan-locked", Some(OVERLAY_PATH));
    world.reset("HEAD");
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
}

#[test]
fn no_overlay_is_added_to_a_running_plan() {
    let plan = "- [ ] T001 Write it in src/a.rs\n";
    let world = World::new();
    world.repo.write(PLAN_PATH, plan);
    world.repo.guard(&["start", PLAN_PATH]).ok();
    write(&world, &OVERLAY.replace("T002 = [\"docs/**\"]\n", ""));
    let check = world.refused("a record", "plan-locked", Some(OVERLAY_PATH));
    assert!(check.text.contains("adds the overlay to the running plan"), "{}", check.text);
    // The overlay of another plan is a record.
    world.reset("HEAD");
    world.repo.write("specs/013-x/tasks.overlay.toml", "[overlay.\"specs/013-x/tasks.md\"]\n");
    world.repo.git(&["add", "specs"]).ok();
    world.accepted("a record");
}

#[test]
fn an_overlay_that_git_still_has_is_not_left_behind() {
    let world = written(OVERLAY);
    world.past_hooks("overlay", &["specs"]);
    world.repo.write(
        PLAN_PATH,
        PLAN.replace("Write it", "Write it in src/a.rs").replace("Describe it", "Describe it in docs/a.md"),
    );
    world.past_hooks("scopes", &["specs"]);
    std::fs::remove_file(world.repo.path.join(OVERLAY_PATH)).unwrap();
    let before = world.head();
    world
        .repo
        .guard(&["start", PLAN_PATH])
        .says(2, &["the overlay of the plan, is gone, but git still has it"]);
    assert_eq!(world.head(), before);
    world.repo.git(&["rm", "-q", "--cached", OVERLAY_PATH]).ok();
    world.repo.guard(&["start", PLAN_PATH]).ok();
}

#[test]
fn the_policy_may_not_contradict_it() {
    let policy = "version = 1\n[overlay.\"specs/012-lease/tasks.md\"]\nT001 = [\"lib/**\"]\n";
    let world = World::with_policy(policy);
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.write(OVERLAY_PATH, OVERLAY);
    let said = "tasks.overlay.toml and guard.toml declare different scopes for T001";
    world.repo.guard(&["start", PLAN_PATH]).says(2, &[said]);
}

#[test]
fn an_overlay_is_no_plan_beside_another() {
    let world = World::new();
    world.repo.write("plans/lease.md", "### T001: Write it\n\ntext\n");
    world.repo.write("plans/lease.overlay.toml", "[overlay.\"plans/lease.md\"]\nT001 = [\"src/**\"]\n");
    world.repo.guard(&["start", "plans/lease.md"]).ok();
    // It stays the only plan on this topic.
    world.repo.guard(&["status"]).says(0, &["plan      plans/lease.md"]);
    world.stage(&["lib/a"]);
    world.refused("T001: x", "scope", Some("lib/a"));
    world.reset("HEAD");
    world.done("T001: x", "src/a");
}
