//! A plan spread over files: `PLAN.md` and its tickets are locked together.

use std::os::unix::fs::symlink;

use crate::world::{World, facts};

const PLAN_PATH: &str = "plans/lease/PLAN.md";
const PLAN: &str = "# Lease\n\n### T001: Write it\n\nSee [the ticket](tickets/T001.md).\n\n### T002: Describe it\n\n- [ ] T002\n";
const FIRST: &str = "plans/lease/tickets/T001.md";
const SECOND: &str = "plans/lease/tickets/T002-words.md";
const TICKETS: [(&str, &str); 3] = [
    (FIRST, "# Ticket\n\n## T001: Write it\n\n**Files:**\n- `src/**`\n\n- [ ] written\n"),
    (
        SECOND,
        "---\nid: T002\ntitle: Describe it\nstatus: open\ndepends_on: [T001]\nallowed_paths:\n  - docs/**\n---\n",
    ),
    ("plans/lease/tickets/README.md", "Tickets lie here.\n"),
];

fn written() -> World {
    let world = World::new();
    world.repo.write(PLAN_PATH, PLAN);
    for (path, text) in TICKETS {
        world.repo.write(path, text);
    }
    world
}

fn running() -> World {
    let world = written();
    world.repo.guard(&["start", PLAN_PATH]).ok();
    world
}

fn write(world: &World, path: &str, text: &str) {
    world.repo.write(path, text);
    world.repo.git(&["add", "--", path]).ok();
}

fn ticket(path: &str) -> &'static str {
    TICKETS.iter().find(|(p, _)| *p == path).unwrap().1
}

#[test]
fn a_running_ticket_does_not_change() {
    let world = running();
    for (path, from, to, line) in [
        (FIRST, "src/**", "lib/**", 6),
        (FIRST, "T001: Write it", "T009: Write it", 3),
        (SECOND, "docs/**", "lib/**", 7),
        (SECOND, "[T001]", "[]", 5),
        (SECOND, "status: open\n", "status: open\nowned_files: [src/**]\n", 5),
    ] {
        write(&world, path, &ticket(path).replace(from, to));
        let check = world.refused("a record", "plan-locked", Some(path));
        assert!(facts(&check.findings()[0]).contains(&format!("{path}:{line}\n")), "{to}: {}", check.text);
        world.stage(&["src/a"]);
        world.refused("T001: x", "plan-locked", Some(path));
        world.reset("HEAD");
    }
}

#[test]
fn a_running_ticket_is_neither_deleted_nor_moved_nor_made_a_link() {
    let world = running();
    world.repo.git(&["rm", "-q", FIRST]).ok();
    world.refused("a record", "plan-locked", Some(FIRST));
    world.reset("HEAD");
    world.repo.git(&["mv", FIRST, "plans/lease/T001.md"]).ok();
    world.refused("a record", "plan-locked", Some(FIRST));
    world.reset("HEAD");
    std::fs::remove_file(world.repo.path.join(FIRST)).unwrap();
    symlink("README.md", world.repo.path.join(FIRST)).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.commit("T001: x").says(1, &["error[plan-locked]", "no longer a file"]);
}

#[test]
fn no_ticket_is_added_to_a_running_plan() {
    let world = running();
    for (path, text) in [
        ("plans/lease/tickets/T003.md", "not even a task"),
        ("plans/lease/tickets/more.md", "## T003: x\n\n**Files:** `src/**`\n"),
        ("plans/lease/tickets/README.md", "---\nid: T003\nallowed_paths: [src/**]\n---\n"),
        ("plans/lease/tickets/card.md", "---\nid: T003\nallowed_paths: *x\n---\n"),
    ] {
        write(&world, path, text);
        let check = world.refused("a record", "plan-locked", Some(path));
        assert!(check.text.contains("adds a ticket"), "{}", check.text);
        world.reset("HEAD");
    }
    // None of these is a ticket.
    write(&world, "plans/lease/tickets/README.md", "Still here.\n");
    write(&world, "plans/lease/tickets/deep/T003.md", "## T003: x\n\n**Files:** `src/**`\n");
    write(&world, "plans/other/tickets/T003.md", "## T003: x\n\n**Files:** `src/**`\n");
    world.accepted("a record");
}

#[test]
fn a_plan_whose_tickets_cannot_be_used_is_not_started() {
    for (path, text, place, said) in [
        ("plans/lease/tickets/T003.md", "nothing", "T003.md:1", "holds no task"),
        (
            "plans/lease/tickets/T003.md",
            "\u{0}\n## T001: x\n\n**Files:** `src/**`\n",
            "T003.md:2",
            "defined twice",
        ),
        (
            SECOND,
            "---\nid: T002\nallowed_paths: [docs/**]\ndepends_on: [T007]\n---\n",
            "T002-words.md:2",
            "T007, which is no task",
        ),
        (
            "plans/lease/tickets/T003.md",
            "---\nid: T003\nallowed_paths: *x\n---\n",
            "T003.md:3",
            "put it in quotes",
        ),
        (SECOND, "---\nid: T002\nallowed_paths:\n---\n", "T002-words.md:3", "not a list of paths"),
        (SECOND, "---\nid: T002\ntitle: x\n---\n", "T002-words.md:2", "does not declare its scope"),
    ] {
        let world = written();
        world.repo.write(path, text);
        let before = world.head();
        world.repo.guard(&["start", PLAN_PATH]).says(2, &[place, said, "\n  fix"]);
        world.repo.guard(&["plan", "lint", PLAN_PATH]).says(1, &[place, said]);
        assert_eq!(world.head(), before);
    }
    // A link is nothing that could be locked.
    let world = written();
    symlink("README.md", world.repo.path.join("plans/lease/tickets/T003.md")).unwrap();
    world.repo.guard(&["start", PLAN_PATH]).says(2, &["T003.md:1", "holds no task"]);
}

#[test]
fn a_ticket_that_git_still_has_is_not_left_behind() {
    let world = written();
    world.past_hooks("tickets", &["plans"]);
    let before = world.head();
    std::fs::remove_file(world.repo.path.join(SECOND)).unwrap();
    world.repo.write(PLAN_PATH, "# Lease\n");
    world
        .repo
        .guard(&["start", PLAN_PATH])
        .says(2, &["T002-words.md, a ticket of the plan, is gone, but git still has it", "git rm --cached"]);
    assert_eq!((world.head(), world.repo.git(&["diff", "--cached", "--raw"]).ok()), (before, String::new()));
    world.repo.git(&["rm", "-q", "--cached", SECOND]).ok();
    world.repo.guard(&["start", PLAN_PATH]).ok();
}

#[test]
fn tickets_bring_scopes_and_dependencies() {
    let world = running();
    world.repo.guard(&["plan", "show", PLAN_PATH]).says(0, &["tasks   0 of 2 done", "docs/**"]);
    let shown = world.repo.guard(&["plan", "show", PLAN_PATH, "--format", "json"]).ok();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["tasks"][1]["file"], &shown["tasks"][1]["line"]), (&SECOND.into(), &2.into()));
    world.stage(&["docs/a"]);
    world.refused("T001: x", "scope", Some("docs/a"));
    world.refused("T002: x", "depends-on", None);
    world.reset("HEAD");
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
}

#[test]
fn status_marks_of_tickets_may_change() {
    let world = running();
    write(&world, FIRST, &ticket(FIRST).replace("[ ]", "[x]"));
    write(&world, SECOND, &ticket(SECOND).replace("open", "done"));
    write(&world, PLAN_PATH, &PLAN.replace("[ ]", "[x]"));
    world.stage(&["src/a"]).accepted("T001: x");
}

#[test]
fn a_changed_ticket_is_no_approved_plan() {
    let world = World::with_policy("version = 1\n[plan]\ntrust = \"base\"\n");
    world.repo.write(PLAN_PATH, PLAN);
    for (path, text) in TICKETS {
        world.repo.write(path, text);
    }
    world.past_hooks("approved", &["plans"]);
    world.repo.git(&["switch", "-q", "-c", "work"]).ok();
    world.repo.write(FIRST, ticket(FIRST).replace("src/**", "lib/**"));
    world.repo.guard(&["start", PLAN_PATH]).ok();
    let check = world.check("main..HEAD");
    assert!(check.rules().contains(&"rollback".to_owned()), "{}", check.text);
    assert!(!check.text.contains("the same as on the merge base"), "{}", check.text);
}
