//! Nothing makes an execution complete but its completion: each way to pretend starts from one that would be complete.

use std::fs;

use crate::world::{World, entry};

/// T001 and T002 are done; T003 is for the liar.
fn almost() -> World {
    let world = World::new();
    world.first_two();
    world
}

#[test]
fn the_honest_way_is_complete() {
    World::finished().is_complete();
}

#[test]
fn a_commit_without_evidence() {
    let world = almost();
    world.stage(&[("docs/grammar.md", "x\n")]);
    world.sneak(&["commit", "-q", "-m", "T003: no gate has run"]).ok();
    let report = world.is_open("incomplete", &["T003: the gate tests has not run on the tree of"]);
    let issue = entry(&report["open_issues"], "kind", "gate");
    assert_eq!(issue["commit"], world.id("HEAD"));
    // What it says to type makes it so.
    let command =
        issue["command"].as_str().unwrap().replace("guard ", &format!("{} ", crate::harness::guard_bin()));
    world.repo.run_in(&world.repo.path, "sh", &["-c", &format!("{command}; git switch -q main")]).ok();
    world.is_complete();
}

#[test]
fn a_gate_that_failed_last() {
    let world = World::with("[[gate]]\nname = \"tests\"\nrun = \"test ! -e ../off\"\n", crate::world::PLAN);
    world.first_two();
    world.task("T003", &[("docs/grammar.md", "x\n")]);
    world.is_complete();
    world.repo.write("../off", "");
    world.repo.guard(&["gate", "T003"]).says(1, &["failed"]);
    let report = world.is_open("incomplete", &["T003: the gate tests failed with exit code 1"]);
    assert_eq!(report["requirement_coverage"]["covered"], 1);
    fs::remove_file(world.repo.path.join("../off")).unwrap();
    world.repo.guard(&["gate", "T003"]).ok();
    let risks = world.is_complete()["residual_risks"].to_string();
    assert!(risks.contains("T003: the gate tests failed and passed on one and the same tree"), "{risks}");
}

#[test]
fn evidence_of_another_tree_and_evidence_by_hand() {
    let world = almost();
    let before = world.id("HEAD^{tree}");
    world.stage(&[("docs/grammar.md", "x\n")]);
    world.sneak(&["commit", "-q", "-m", "T003: lend me your evidence"]).ok();
    let tree = world.id("HEAD^{tree}");
    let note = "refs/notes/guard";
    world.repo.git(&["notes", "--ref", note, "copy", "-f", &before, &tree]).ok();
    let report = world.is_open("incomplete", &["T003: the gate tests has not run"]);
    assert!(report["exceptions"].to_string().contains("is about another tree"));
    world.repo.git(&["notes", "--ref", note, "add", "-f", "-m", "all gates passed", &tree]).ok();
    let report = world.is_open("incomplete", &["T003: the gate tests has not run"]);
    assert_eq!(entry(&report["exceptions"], "kind", "evidence-defect")["task"], serde_json::Value::Null);
}

#[test]
fn a_revert_under_another_name() {
    let world = World::finished();
    world.sneak(&["revert", "--no-edit", "HEAD~1"]).ok();
    world.is_open("incomplete", &["is refused [task-id]"]);
}

#[test]
fn a_commit_out_of_scope_and_one_of_no_task() {
    let world = World::finished();
    world.stage(&[("other", "x\n")]);
    world.sneak(&["commit", "-q", "-m", "while I was there"]).ok();
    let report = world.is_open("incomplete", &["is refused [task-id]"]);
    assert_eq!(entry(&report["deviations"], "kind", "other-commit")["commit"], world.id("HEAD"));
    let world = almost();
    world.stage(&[("docs/grammar.md", "x\n"), ("src/more.rs", "x\n")]);
    world.repo.guard(&["gate", "T003"]).ok();
    world.sneak(&["commit", "-q", "-m", "T003: and a little more"]).ok();
    world.is_open("incomplete", &["is refused [scope]", "src/more.rs"]);
}

#[test]
fn a_commit_of_nothing() {
    let world = almost();
    world.sneak(&["commit", "-q", "--allow-empty", "-m", "T003: done, really"]).ok();
    world.repo.guard(&["gate", "T003"]).ok();
    world.is_open("incomplete", &["T003: its commit", "changes nothing"]);
}

#[test]
fn a_fixup_and_a_second_commit() {
    let world = World::finished();
    world.stage(&[("docs/grammar.md", "y\n")]);
    world.repo.guard(&["gate", "T003"]).ok();
    world.sneak(&["commit", "-q", "-m", "fixup! T003: do it"]).ok();
    let report = world.is_open("incomplete", &["is still to be squashed"]);
    assert_eq!(entry(&report["deviations"], "kind", "fixup")["commit"], world.id("HEAD"));
    let world = World::finished();
    world.stage(&[("docs/grammar.md", "y\n")]);
    world.sneak(&["commit", "-q", "-m", "T003: once more"]).ok();
    let report = world.is_open("incomplete", &["is refused [atomic]"]);
    assert_eq!(entry(&report["deviations"], "kind", "second-commit")["commit"], world.id("HEAD"));
}

#[test]
fn a_plan_or_a_policy_that_asks_for_less() {
    let world = almost();
    let plan = crate::world::PLAN.split("[[task]]\nid = \"T003\"").next().unwrap();
    world.stage(&[("plans/lexer.toml", plan)]);
    world.sneak(&["commit", "-q", "-m", "Tidy the plan"]).ok();
    let report = world.is_open("incomplete", &["T003 is not done", "is refused [plan-locked]"]);
    assert_eq!(report["tasks"].as_array().unwrap().len(), 3);
    let world = almost();
    world.stage(&[("guard.toml", "version = 1\n"), ("docs/grammar.md", "x\n")]);
    world.sneak(&["commit", "-q", "-m", "T003: no gates, no trouble"]).ok();
    world.is_open("incomplete", &["T003: the gate tests has not run", "is refused [protected]"]);
}

/// The same ID in another plan is another task.
#[test]
fn a_commit_of_another_plan_that_a_merge_brings() {
    let world = World::new();
    let repo = &world.repo;
    world.first_two();
    repo.git(&["switch", "-q", "-c", "side", "main~3"]).ok();
    let other = crate::world::PLAN.replace("\"lexer\"", "\"parser\"");
    repo.write("plans/parser.toml", &other);
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "Plan"]).ok();
    repo.guard(&["start", "plans/parser.toml"]).ok();
    world.task("T001", &[("tests/other.rs", "x\n")]);
    world.task("T002", &[("src/other.rs", "x\n")]);
    let foreign = world.task("T003", &[("docs/other.md", "x\n")]);
    repo.git(&["switch", "-q", "main"]).ok();
    world.sneak(&["merge", "-q", "--no-ff", "--no-edit", "side"]).ok();
    let report = world.is_open("incomplete", &["T003 is not done"]);
    assert_eq!(entry(&report["tasks"], "id", "T003")["commits"].as_array().unwrap().len(), 0);
    assert_eq!(entry(&report["other_commits"], "id", &foreign)["kind"], "foreign");
}

/// A task that needs no commit needs no gate; but a gate that said no of it is not forgotten.
#[test]
fn a_task_that_changes_no_files() {
    let plan = crate::world::PLAN.replace("scope = [\"docs/**\"]", "scope = []");
    let world = World::with(crate::world::GATE, &plan);
    world.first_two();
    let report = world.is_complete();
    assert_eq!(entry(&report["exceptions"], "kind", "no-commit")["task"], "T003");
    world.stage(&[("src/broken", "")]);
    world.repo.guard(&["gate", "T003"]).says(1, &["failed"]);
    world.is_open("incomplete", &["T003: the gate tests failed with exit code 1"]);
}
