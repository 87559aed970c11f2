//! `regression`: changed code comes with changed tests, and with the documents that go with it.

use crate::world::{Check, PLAN, World, facts, help};

/// As the usual plan, but nobody says what a task is for.
fn unphased() -> String {
    PLAN.replace("phase_type = \"validation-support\"\n", "")
}

/// T001 writes tests, T002 implements, T003 checks.
fn phased() -> String {
    PLAN.replace("scope = [\"src/**\", ", "phase_type = \"test\"\nscope = [\"src/**\", ")
        .replace("scope = [\"docs/**\"]", "phase_type = \"implementation\"\nscope = [\"docs/**\"]")
}

/// The one warning, about this commit and path.
#[track_caller]
fn warned<'c>(check: &'c Check, commit: Option<&str>, path: &str) -> &'c serde_json::Value {
    assert_eq!((check.code, check.rules()), (0, vec!["regression".to_owned()]), "{}", check.text);
    let finding = &check.findings()[0];
    assert_eq!(finding["level"], "warn", "{}", check.text);
    assert_eq!(
        (finding["commit"].as_str(), finding["path"].as_str()),
        (commit, Some(path)),
        "{}",
        check.text
    );
    assert!(help(finding).contains("guard explain regression"), "{}", check.text);
    assert!(check.text.contains("warning[regression]") && check.text.contains("\n  fix"), "{}", check.text);
    finding
}

#[test]
fn code_without_any_test_is_warned_about_once() {
    let world = World::new().start(&unphased());
    let base = world.head();
    world.stage(&["src/notes", "src/a.rs", "src/b.rs"]).commit("T001: x").says(0, &[]);
    let first = world.head();
    world.stage(&["tools/x.py"]).commit("T003: x").says(0, &[]);
    let check = world.check(&format!("{base}..HEAD"));
    let finding = warned(&check, Some(&first), "src/a.rs");
    assert_eq!((&finding["task"], &finding["subject"]), (&"T001".into(), &"T001: x".into()));
    assert!(check.text.contains("no task of plans/alpha.toml changes a test"), "{}", check.text);
    assert!(facts(finding).contains("tests: **/{test,tests,spec}/**"), "{}", check.text);
    assert!(help(finding).contains(&format!("git show {} -- src/a.rs", &first[..7])), "{}", check.text);
}

#[test]
fn a_test_of_any_task_of_the_execution_is_enough() {
    let world = World::new().start(&unphased());
    let base = world.head();
    world.stage(&["src/a.rs"]).commit("T001: x").says(0, &[]);
    world.stage(&["tools/a_test.py"]).commit("T003: x").says(0, &[]);
    world.check(&format!("{base}..HEAD")).clean(2);
}

#[test]
fn a_test_that_is_only_deleted_does_not_count() {
    let world = World::new();
    world.stage(&["src/tests/old.rs"]).past_hooks("before any plan", &[]);
    let world = world.start(&unphased());
    let base = world.head();
    world.repo.git(&["rm", "-q", "src/tests/old.rs"]).ok();
    world.stage(&["src/a.rs"]).commit("T001: x").says(0, &[]);
    let head = world.head();
    warned(&world.check(&format!("{base}..HEAD")), Some(&head), "src/a.rs");
    world.stage(&["src/tests/new.rs"]).bare(&["commit", "-q", "--amend", "--no-edit"]).ok();
    world.check(&format!("{base}..HEAD")).clean(1);
}

#[test]
fn tests_before_the_range_and_under_an_earlier_rollback_commit_count() {
    let world = World::new().start(&unphased());
    world.stage(&["src/tests/a.rs"]).commit("T001: x").says(0, &[]);
    world.stage(&["tools/x.py"]).commit("T003: x").says(0, &[]);
    world.check("HEAD^..HEAD").clean(1);
    let world = world.start(&unphased().replace("docs/**", "src/docs/**"));
    world.stage(&["src/docs/x.py"]).commit("T002: x").says(0, &[]);
    world.check("HEAD^..HEAD").clean(1);
    // Another plan is another execution.
    world.repo.write("plans/beta.toml", unphased().replace("\"alpha\"", "\"beta\""));
    world.repo.guard(&["start", "plans/beta.toml"]).ok();
    world.stage(&["tools/y.py"]).commit("T003: x").says(0, &[]);
    let head = world.head();
    let check = world.check("HEAD^..HEAD");
    warned(&check, Some(&head), "tools/y.py");
    assert!(check.text.contains("no task of plans/beta.toml"), "{}", check.text);
}

#[test]
fn each_execution_of_a_range_is_asked_for_itself() {
    let world = World::new().start(&unphased());
    let base = world.head();
    world.stage(&["src/a.rs"]).commit("T001: x").says(0, &[]);
    world.repo.write("plans/beta.toml", unphased().replace("\"alpha\"", "\"beta\""));
    world.repo.guard(&["start", "plans/beta.toml"]).ok();
    world.stage(&["src/b.rs"]).commit("T001: y").says(0, &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!((check.code, check.rules()), (0, vec!["regression".to_owned(); 2]), "{}", check.text);
    world.stage(&["tools/tests/b"]).commit("T003: y").says(0, &[]);
    let check = world.check(&format!("{base}..HEAD"));
    warned(&check, check.findings()[0]["commit"].as_str(), "src/a.rs");
}

#[test]
fn where_the_plan_has_phases_only_implementation_is_asked() {
    let world = World::new().start(&phased());
    let base = world.head();
    world.stage(&["tools/x.py"]).accepted("T003: x");
    let late = world.stage(&["docs/conf.py"]).past_hooks("T002: x", &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(check.rules(), ["test-first", "regression"], "{}", check.text);
    assert_eq!(check.findings()[1]["commit"], late.as_str(), "{}", check.text);
    // What a test task writes is a test wherever it lies, in the range or before it.
    world.reset("HEAD^");
    world.stage(&["src/a.rs"]).accepted("T001: x");
    world.stage(&["docs/conf.py"]).accepted("T002: x");
    world.check(&format!("{base}..HEAD")).clean(3);
    // A stated reason exempts it, and is said.
    let plan = phased().replace("depends_on = [\"T001\"]", "test_not_applicable = \"a setting\"");
    let world = World::new().start(&plan);
    world.stage(&["docs/conf.py"]).commit("T002: x").says(0, &["T002 has no test first: a setting"]);
    world.check("HEAD^..HEAD").clean(1).notes("T002 has no test first: a setting");
}

#[test]
fn the_policy_says_what_is_code_and_what_is_a_test_and_how_much_it_weighs() {
    let start = |policy: &str| World::with_policy(&format!("version = 1\n{policy}")).start(&unphased());
    let world = start("[regression]\ntests = [\"src/**\"]\n");
    world.stage(&["src/a.rs"]).accepted("T001: tests live in the code files");
    world.stage(&["tools/x.py"]).accepted("T003: x");
    let world = start("[regression]\ncode = [\"tools/**\"]\n");
    world.stage(&["src/a.rs"]).accepted("T001: x");
    world.stage(&["tools/x"]).commit("T003: x").says(0, &[]);
    let head = world.head();
    warned(&world.check("HEAD^..HEAD"), Some(&head), "tools/x");
    let world =
        start("[rules]\nregression = \"off\"\n[[docs-sync]]\nwhen = [\"src/**\"]\nthen = [\"docs/**\"]\n");
    world.stage(&["src/a.rs"]).accepted("T001: x");
    let world = start("[rules]\nregression = \"deny\"\n");
    world.stage(&["src/a.rs"]).commit("T001: x").says(0, &[]);
    let head = world.head();
    world.check("HEAD^..HEAD").only("regression", &head, Some("src/a.rs"));
}

#[test]
fn records_and_what_is_neither_code_nor_test_ask_for_nothing() {
    let world = World::new().start(&unphased());
    world.stage(&["Cargo.toml", "src/notes.md", "designs/sketch.py"]).accepted("T001: x");
    world.stage(&["designs/tool.py"]).accepted("a record");
}

const PAIRS: &str = "version = 1\n\
    [[docs-sync]]\nwhen = [\"src/cli/**\"]\nthen = [\"README.md\", \"docs/cli/**\"]\n\
    [[docs-sync]]\nwhen = [\"tools/**\"]\nthen = [\"docs/tools\"]\n";

#[test]
fn documents_that_go_with_a_path_are_asked_for_once() {
    let world = World::started_with(PAIRS);
    let base = world.head();
    world.stage(&["src/cli/a", "src/cli/b", "src/c"]).commit("T001: x").says(0, &[]);
    let check = world.check(&format!("{base}..HEAD"));
    let finding = warned(&check, None, "src/cli/a");
    let facts = facts(finding);
    assert!(facts.contains("src/cli/a and 1 more of src/cli/**"), "{}", check.text);
    assert!(facts.contains("then: README.md, docs/cli/**"), "{}", check.text);
    // The other pair is a finding of its own; either pair is settled by one of its documents.
    world.stage(&["tools/x"]).commit("T003: x").says(0, &[]);
    assert_eq!(world.check(&format!("{base}..HEAD")).rules(), ["regression", "regression"]);
    world.stage(&["docs/cli/deep/a"]).commit("T002: x").says(0, &[]);
    warned(&world.check(&format!("{base}..HEAD")), None, "tools/x");
    world.stage(&["docs/tools"]).bare(&["commit", "-q", "--amend", "--no-edit"]).ok();
    world.check(&format!("{base}..HEAD")).clean(3);
}

#[test]
fn what_a_branch_takes_back_asks_for_no_documents() {
    let world = World::started_with(PAIRS);
    let base = world.head();
    let done = world.stage(&["src/cli/a"]).past_hooks("T001: x", &[]);
    world.repo.git(&["revert", "--no-commit", &done]).ok();
    world.past_hooks("T001: take it back", &[]);
    world.check(&format!("{base}..HEAD")).clean(2);
}

#[test]
fn pre_push_warns_and_lets_it_pass() {
    let world = World::new();
    let remote = world.repo.root().join("remote.git");
    world.repo.git(&["init", "-q", "--bare", remote.to_str().unwrap()]).ok();
    world.repo.git(&["remote", "add", "origin", remote.to_str().unwrap()]).ok();
    world.repo.git(&["push", "-q", "origin", "main"]).ok();
    let world = world.start(&unphased());
    world.stage(&["src/a.rs"]).commit("T001: x").says(0, &[]);
    let hook = format!("#!/bin/sh\nexec '{}' hook pre-push \"$@\"\n", crate::harness::guard_bin());
    world.repo.script(".git/hooks/pre-push", hook);
    world.repo.git(&["push", "-q", "origin", "main"]).says(0, &["warning[regression]", "src/a.rs"]);
}

#[test]
fn whether_a_test_was_changed_before_the_range_must_be_readable() {
    let world = World::new().start(&unphased());
    world.stage(&["src/tests/a"]).past_hooks("T001: x", &[]);
    world.stage(&["designs/a"]).past_hooks("a record between", &[]);
    let base = world.head();
    world.stage(&["tools/a.py"]).past_hooks("T003: x", &[]);
    let id = world.lose("HEAD~2:src/tests");
    world.misses(&format!("{base}..HEAD"), &id);
}
