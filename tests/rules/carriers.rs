//! `task-id`: where a message may carry its ID, which IDs there are, and what several of them mean.

use crate::world::{World, facts};

#[test]
fn a_trailer_is_what_git_takes_for_one_on_every_machine() {
    let world = World::started_with("version = 1\n[task]\ncarried_in = [\"trailer\"]\n");
    world.repo.git(&["config", "trailer.separators", ":="]).ok();
    world.repo.git(&["config", "trailer.task.key", "Task"]).ok();
    world.stage(&["src/a.rs"]);
    for message in [
        "x\n\nTask=T001",
        "x\n\nprose\nTask: T001",
        "x\n\nprose\nprose\nprose\nprose\nprose\nprose\nprose\nTask: T001\nSigned-off-by: A <a@example.com>",
        "x\n\nTask:\n\nT001",
        "x\n---\n\nTask: T001",
        "x\n\nTask: T0\n 01",
    ] {
        world.refused(message, "task-id", None);
    }
    world.accepted("x\n\nprose\nTask:\n  T001\nSigned-off-by: A <a@example.com>\n---\n a.rs | 1 +");
}

#[test]
fn parentheses_carry_the_id_where_the_policy_says_so() {
    let world = World::started_with("version = 1\n[task]\ncarried_in = [\"parentheses\"]\n");
    world.stage(&["src/a.rs"]);
    for (message, words) in [
        ("T001: x", "names no task: it must carry an ID of plans/alpha.toml, as in `… (T001)`"),
        ("x T001", "names no task"),
        ("x f(T001)", "names no task"),
        ("feat(T001): x", "names no task"),
        ("x (T001)y", "names no task"),
        ("x ((T001)", "names no task"),
        ("x (T001", "names no task"),
        ("x (see T001)", "no task"),
        ("x ( T001 )", "no task"),
        ("x (#1)", "names no task"),
        ("x (t001)", "did you mean T001?"),
        ("x (T009)", "did you mean T00"),
        ("x\n\nbody (T001)", "names no task"),
        ("(T001)", "a summary of what was done"),
        ("feat: (T001)", "a summary of what was done"),
        ("x (T001) and (T003)", "the message names T001 and T003"),
        ("x (T001, T003)", "the message names T001 and T003"),
    ] {
        let check = world.refused(message, "task-id", None);
        let said = check.findings()[0]["message"].as_str().unwrap().to_owned();
        assert!(said.contains(words), "{message:?}: {said}");
    }
    world.refused("x (T003)", "scope", Some("src/a.rs"));
    world.accepted("feat: parse (once) the header (T001)");
    world.stage(&["tools/a"]).accepted("fixup the tools (T003), finally");
}

#[test]
fn a_bare_number_in_parentheses_is_no_task() {
    let plan = crate::world::PLAN.replace("T001", "1").replace("T003", "1.1");
    let world = World::with_policy("version = 1\n[task]\ncarried_in = [\"parentheses\"]\n").start(&plan);
    world.stage(&["src/a.rs"]);
    for message in ["retry (1)", "use OpenSSL (1.1)", "fix 1 bug", "close (#1)", "1: x"] {
        let check = world.refused(message, "task-id", None);
        assert!(check.text.contains("as in `… (Task 1)`"), "{}", check.text);
    }
    world.accepted("retry (1) at most (Task 1)");
    world.stage(&["tools/a"]).accepted("use OpenSSL (1.1) (T1.1)");
}

#[test]
fn a_number_is_an_id_before_the_colon_only() {
    let plan = crate::world::PLAN
        .replace("T001", "12")
        .replace("T002", "1.1")
        .replace("T003", "05-02")
        .replace("T004", "13");
    let world = World::new().start(&plan);
    world.stage(&["src/a.rs"]);
    for message in [
        "fix 12 bugs",
        "12 bugs",
        "12",
        "12 x: y",
        "12:30 is late",
        "fix 12: x",
        "(12): x",
        "#12: x",
        "12.: x",
        "12,: x",
        "version 1.1: x",
        "2: x",
        "1: x",
        "012: x",
        "12-12: x",
        "12-1.1: x",
        "12, 1.1: x",
    ] {
        world.refused(message, "task-id", None);
    }
    world.accepted("12: fix 3 bugs");
    world.stage(&["docs/a"]).accepted("1.1: x");
    world.stage(&["tools/a"]);
    world.refused("05-03: x", "task-id", None);
    world.accepted("05-02: x");
}

#[test]
fn ids_of_every_family_can_be_named() {
    for (id, carrier, message) in [
        ("1.1", "subject", "ID: x"),
        ("05-02", "scope", "feat(ID): x"),
        ("WP02", "parentheses", "x (ID)"),
        ("TC-1023", "trailer", "x\n\nTask: ID"),
        ("TASK-CP-011", "parentheses", "x (ID)"),
        ("T007b", "subject", "ID: x"),
        ("10a", "parentheses", "x (Task ID)"),
        ("012-lease", "scope", "feat(ID)!: x"),
    ] {
        let policy = format!("version = 1\n[task]\ncarried_in = [\"{carrier}\"]\n");
        let world = World::with_policy(&policy).start(&crate::world::PLAN.replace("T001", id));
        world.stage(&["src/a.rs"]);
        world.refused(&message.replace("ID", &format!("{id}x")), "task-id", None);
        world.accepted(&message.replace("ID", id));
    }
}

#[test]
fn where_each_task_wants_a_rollback_commit_none_hides_behind_one_that_is_done() {
    let policy =
        "version = 1\n[task]\nseveral = true\n[rollback]\nper = \"task\"\n[rules]\natomic = \"off\"\n";
    let world = World::with_policy(policy).start(crate::world::PLAN);
    world.stage(&["src/a.rs"]).accepted("T001: x");
    world.stage(&["src/b.rs", "tools/a"]);
    world.refused("T001,T003: x", "rollback", None);
    world.reset("HEAD");
    world.stage(&["src/b.rs"]).accepted("T001: more");
}

#[test]
fn a_gate_asks_for_the_one_of_several_tasks_that_it_is_for() {
    let gate = "[[gate]]\nname = \"look\"\nrun = \"true\"\nrequired = true\nphase = \"validation-support\"\n";
    let world = World::started_with(&format!("version = 1\n[task]\nseveral = true\n{gate}"));
    world.stage(&["src/a.rs"]);
    let ran = world.commit("T001,T004: x");
    ran.says(1, &["error[gates]: T004 has no evidence for the gate look", "guard gate T004"]);
    world.repo.guard(&["gate", "T004"]).ok();
    world.commit("T001,T004: x").ok();
}

#[test]
fn the_steps_and_items_of_a_plan_are_named_by_their_numbers() {
    let world = World::new();
    let plan = "# Lease\n\nEXECPLAN-READY\n\n## Progress\n\n## Surprises & Discoveries\n\n## Decision Log\n\n## Outcomes & Retrospective\n\n\
        ## Concrete Steps\n\n### Step 1: Pin it\n\n- Add `docs/a.md`\n\n### Step 2: Use it\n\n**Files:** `docs/b.md`\n";
    world.repo.write("plans/lease.md", plan);
    world.repo.guard(&["start", "plans/lease.md"]).ok();
    world.stage(&["docs/a.md"]);
    for message in ["Step 3: x", "Step1: x", "step 1: x", "Add it: x"] {
        world.refused(message, "task-id", None);
    }
    world.accepted("Step 1: x");
    world.stage(&["docs/b.md"]).accepted("2: x");
}

#[test]
fn a_checklist_is_executed_item_by_item() {
    let world = World::new();
    let plan = "# Lease\n\n## Phase 1: Store\n\n- [ ] T001 [P] Create the store in docs/a.md per contracts/a.md\n\
        - [ ] T002 Add it to `docs/b.md`\n- [ ] T003 Verify the routes\n";
    world.repo.write("specs/012-lease/tasks.md", plan);
    let ran = world.repo.guard(&["start", "specs/012-lease/tasks.md"]);
    ran.says(2, &["T003 does not declare its scope", "(Files: `src/lease.rs`)"]);
    let plan = plan.replace("routes", "routes (Files: none)");
    world.repo.write("specs/012-lease/tasks.md", &plan);
    world.repo.guard(&["start", "specs/012-lease/tasks.md"]).ok();
    world.stage(&["docs/a.md", "docs/b.md"]);
    world.refused("T001: x", "scope", Some("docs/b.md"));
    world.reset("HEAD");
    world.stage(&["docs/a.md"]);
    world.repo.write("specs/012-lease/tasks.md", plan.replace("[ ] T001", "[x] T001"));
    world.repo.git(&["add", "specs"]).ok();
    world.accepted("T001: x");
    world.repo.write("specs/012-lease/tasks.md", plan.replace("docs/b.md", "docs/"));
    world.repo.git(&["add", "specs"]).ok();
    world.refused("T002: x", "plan-locked", Some("specs/012-lease/tasks.md"));
}

#[test]
fn who_names_too_many_is_told_what_to_write() {
    let world = World::started();
    world.stage(&["tools/a"]);
    for message in ["T001,T003: x", "T001-T003: x", "T001, T003: x"] {
        let check = world.refused(message, "task-id", None);
        assert!(check.text.contains("`T003: …`"), "the one that fits: {}", check.text);
        assert!(
            facts(&check.findings()[0]).contains("several = true under [task] in guard.toml"),
            "{}",
            check.text
        );
    }
}

#[test]
fn every_carrier_takes_lists_and_ranges_where_several_are_allowed() {
    let policy =
        "version = 1\n[task]\nseveral = true\ncarried_in = [\"scope\", \"parentheses\", \"trailer\"]\n";
    let world = World::started_with(policy);
    world.stage(&["src/a.rs", "tools/a"]);
    let base = world.head();
    for message in [
        "feat(T001,T009): x",
        "feat(T003-T001): x",
        "x (T001-)",
        "x\n\nTask: T001, T009",
        "feat(T001,T001,T001,T001,T003): x",
    ] {
        world.refused(message, "task-id", None);
    }
    for message in [
        "feat(T001,T003): x",
        "feat(T001-T003)!: x",
        "x (T001, T003)",
        "x (T001) and more (T003)",
        "x\n\nTask: T001,\n T003",
        "x\n\nTask: T001\nTask: T003",
        "feat(T001): x\n\nTask: T003",
    ] {
        world.accepted(message);
        world.repo.git(&["reset", "-q", "--soft", &base]).ok();
    }
}

#[test]
fn a_task_that_is_only_mentioned_does_not_finish_the_plan() {
    let world = World::started_with("version = 1\n[task]\nseveral = true\n");
    world.stage(&["src/a.rs"]).accepted("T001-T004: all of it");
    world.repo.write("guard.toml", "version = 1\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world.repo.git(&["commit", "-q", "-m", "loosen it"]).says(1, &["error["]);
    world.repo.git(&["commit", "-q", "-m", "T002: loosen it"]).says(1, &["error[protected]"]);
}

#[test]
fn each_of_several_tasks_waits_for_what_it_depends_on_and_is_done_once() {
    let world = World::started_with("version = 1\n[task]\nseveral = true\n");
    world.stage(&["docs/a"]).refused("T002-T003: x", "depends-on", None);
    world.reset("HEAD");
    world.stage(&["src/a.rs"]).accepted("T001: x");
    world.stage(&["src/b.rs", "docs/a"]);
    let check = world.refused("T001,T002: x", "atomic", None);
    assert!(check.text.contains("T001 already has its commit"), "{}", check.text);
}
