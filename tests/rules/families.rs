//! Plans as other tools write them, run: GSD, task cards, Taskmaster. Their IDs in commits, their scopes, and what of the
//! document may change while it runs.

use crate::world::World;

const GSD_PATH: &str = ".planning/phases/03-lease/03-02-PLAN.md";
const GSD: &str = "---\nphase: 03-lease\nplan: 02\nfiles_modified:\n  - src/lease.rs\n  - tests/lease.rs\n---\n\n<tasks>\n\n\
    <task type=\"auto\">\n  <name>Task 1: Write it</name>\n  <files>src/lease.rs</files>\n  <action>\n\n  - write\n\n  </action>\n</task>\n\n\
    <task type=\"auto\">\n  <name>Task 2: Test it</name>\n  <files>tests/lease.rs</files>\n</task>\n\n</tasks>\n\n- [ ] it works\n";
const CARD_PATH: &str = "plans/cards/TC-7.md";
const CARD: &str = "---\nid: TC-7\ntitle: Renew leases\nstatus: open\nallowed_paths:\n  - src/** (all of it)\nforbidden_paths:\n  - src/old\n---\n\n# Renew\n";
const JSON_PATH: &str = "plans/tasks.json";
const JSON: &str = "{\n  \"master\": {\n    \"tasks\": [\n      {\n        \"id\": 1,\n        \"title\": \"Leases\",\n        \"status\": \"pending\",\n        \
    \"subtasks\": [\n          { \"id\": 1, \"title\": \"Clock\", \"status\": \"pending\" }\n        ]\n      }\n    ]\n  }\n}\n";

fn running(policy: &str, path: &str, text: &str) -> World {
    let world = World::with_policy(policy);
    world.repo.write(path, text);
    world.repo.guard(&["start", path]).ok();
    world
}

fn write(world: &World, path: &str, text: &str) {
    world.repo.write(path, text);
    world.repo.git(&["add", "--", path]).ok();
}

#[test]
fn a_gsd_task_is_named_in_the_scope_of_the_message() {
    let world = running("version = 1\n[task]\ncarried_in = [\"scope\"]\n", GSD_PATH, GSD);
    world.stage(&["tests/lease.rs"]);
    world.refused("feat(03-02.1): write it", "scope", Some("tests/lease.rs"));
    world.refused("feat(03-02.3): write it", "task-id", None);
    // GSD's own messages name the plan: all of its tasks.
    world.refused("feat(03-02): write it", "task-id", None);
    world.accepted("feat(03-02.2): test it");
    write(&world, GSD_PATH, &GSD.replace("<files>src/lease.rs", "<files>src/**"));
    world.refused("a record", "plan-locked", Some(GSD_PATH));
    write(&world, GSD_PATH, &GSD.replace("- [ ]", "- [x]"));
    world.stage(&["src/lease.rs"]).accepted("feat(03-02.1): write it");
}

#[test]
fn messages_as_gsd_writes_them_name_the_whole_plan_where_several_tasks_may_be_named() {
    let policy = "version = 1\n[task]\ncarried_in = [\"scope\"]\nseveral = true\n[rules]\natomic = \"off\"\nregression = \"off\"\n";
    let world = running(policy, GSD_PATH, GSD);
    world.stage(&["src/other.rs"]);
    world.refused("feat(03-02): write it", "scope", Some("src/other.rs"));
    world.reset("HEAD");
    world.stage(&["src/lease.rs"]).accepted("feat(03-02): write it");
    world.stage(&["tests/lease.rs"]).accepted("test(03-02): test it");
}

#[test]
fn a_card_keeps_its_scope_and_may_change_its_status() {
    let world = running("version = 1\n[task]\nid = 'TC-\\d+'\n", CARD_PATH, CARD);
    world.stage(&["src/old/a"]);
    world.refused("TC-7: renew", "scope", Some("src/old/a"));
    world.reset("HEAD");
    for (from, to) in [
        ("src/** (all of it)", "**"),
        ("status: open", "status: open\nowned_files: [docs/**]"),
        ("status: open", "status: &x [docs/**]\nowned_files: *x"),
        ("forbidden_paths:\n  - src/old\n", ""),
    ] {
        write(&world, CARD_PATH, &CARD.replace(from, to));
        world.refused("a record", "plan-locked", Some(CARD_PATH));
    }
    write(&world, CARD_PATH, &CARD.replace("open", "done"));
    world.stage(&["src/a"]).accepted("TC-7: renew");
}

#[test]
fn a_task_list_gets_its_scopes_from_the_overlay() {
    let world = World::with_policy("version = 1\n");
    world.repo.write(JSON_PATH, JSON);
    let overlay = "[overlay.\"plans/tasks.json\"]\n";
    world.repo.guard(&["start", JSON_PATH]).says(2, &["plans/tasks.json:4", "does not declare its scope"]);
    world
        .repo
        .guard(&["plan", "lint", JSON_PATH])
        .says(1, &["[overlay.\"plans/tasks.json\"]", "\"1.1\" = [\"src/lease.rs\"]"]);
    let policy = format!("version = 1\n{overlay}1 = []\n\"1.1\" = [\"src/**\"]\n");
    let world = running(&policy, JSON_PATH, JSON);
    world.stage(&["docs/a"]);
    world.refused("1.1: clock", "scope", Some("docs/a"));
    world.reset("HEAD");
    write(&world, JSON_PATH, &JSON.replace("Clock", "Watch"));
    world.refused("a record", "plan-locked", Some(JSON_PATH));
    write(&world, JSON_PATH, &JSON.replacen("pending", "in-progress", 1));
    world.stage(&["src/a"]).accepted("1.1: clock");
}
