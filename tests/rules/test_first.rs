//! `test-first`: an implementation comes after its tests and leaves them alone, where the plan declares phases.

use crate::world::{World, facts, help};

/// T002 implements what T001 tests, and may change one of its files; T003 lies between T001 and T004; T005 states a reason;
/// T006 tests nothing that others wait for, and shares a file with T002.
const PHASES: &str = r#"version = 1
topic = "alpha"

[[task]]
id = "T001"
summary = "Write the tests"
phase_type = "test"
scope = ["tests/**"]

[[task]]
id = "T002"
summary = "Make them pass"
phase_type = "implementation"
scope = ["src/**", "tests/shared", "other/shared"]
depends_on = ["T001"]

[[task]]
id = "T003"
summary = "Look"
phase_type = "validation-support"
scope = ["docs/**"]
depends_on = ["T001"]

[[task]]
id = "T004"
summary = "Make more of them pass"
phase_type = "implementation"
scope = ["tools/**"]
depends_on = ["T003"]

[[task]]
id = "T005"
summary = "Generate the tables"
phase_type = "implementation"
scope = ["tables/**", "tests/tables"]
test_not_applicable = "  the generator has its own tests "

[[task]]
id = "T006"
summary = "Write other tests"
phase_type = "test"
scope = ["other/**"]
"#;

fn started() -> World {
    World::new().start(PHASES)
}

#[test]
fn an_implementation_waits_for_its_tests() {
    let world = started();
    world.stage(&["src/a"]);
    let check = world.refused("T002: x", "test-first", None);
    let finding = &check.findings()[0];
    assert_eq!(finding["task"], "T002");
    assert!(
        check.text.contains("T002 implements what T001 tests, which is not committed yet"),
        "{}",
        check.text
    );
    assert!(facts(finding).contains("plans/alpha.toml:10"), "{}", check.text);
    assert!(help(finding).contains("guard status"), "{}", check.text);
    world.reset("HEAD");
    world.done("T001: x", "tests/a");
    world.stage(&["src/a"]).accepted("T002: x");
}

#[test]
fn tests_that_are_waited_for_through_other_tasks_count() {
    let world = started();
    let base = world.head();
    world.stage(&["docs/a"]).past_hooks("T003: x", &[]);
    world.stage(&["tools/a"]).commit("T004: x").says(1, &["error[test-first]", "what T001 tests"]);
    world.past_hooks("T004: x", &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(check.rules(), ["depends-on", "test-first"], "{}", check.text);
}

#[test]
fn what_waits_for_other_work_too_is_said_by_both_rules() {
    let world = started();
    let base = world.head();
    world.stage(&["tools/a"]).past_hooks("T004: x", &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(check.rules(), ["depends-on", "test-first"], "{}", check.text);
    assert!(check.text.contains("T004 comes after T003"), "{}", check.text);
}

#[test]
fn a_reverted_test_is_no_test() {
    let world = started();
    let tests = world.done("T001: x", "tests/a");
    world.repo.git(&["revert", "--no-commit", &tests]).ok();
    world.accepted("T001: take it back");
    world.stage(&["src/a"]);
    world.refused("T002: x", "test-first", None);
}

#[test]
fn an_implementation_does_not_rewrite_tests_even_in_its_own_scope() {
    let world = started();
    let tests = world.stage(&["tests/a", "tests/shared"]).commit("T001: x");
    tests.says(0, &[]);
    let tests = world.head();
    world.stage(&["src/a", "tests/shared"]);
    let check = world.refused("T002: x", "test-first", Some("tests/shared"));
    let finding = &check.findings()[0];
    assert!(facts(finding).contains("T001: tests/**"), "{}", check.text);
    let fixup = format!("git commit --fixup={}", &tests[..7]);
    assert!(help(finding).contains(&fixup), "{}", check.text);
    // The commands that it proposes lead on.
    let ran = world.commit("T002: x").says(1, &["git restore --staged tests/shared"]);
    assert!(ran.err.contains(&fixup), "{}", ran.err);
    world.repo.git(&["restore", "--staged", "tests/shared"]).ok();
    world.accepted("T002: x");
    world.repo.git(&["add", "tests/shared"]).ok();
    world.repo.git(&["commit", "-q", "--fixup", &tests]).ok();
    // A test that nobody asked this task for is a test all the same, and deleting one is changing it.
    world.reset("HEAD^");
    world.done("T006: x", "other/shared");
    world.repo.git(&["rm", "-q", "other/shared"]).ok();
    world.commit("fixup! T002: x").says(1, &["error[test-first]", "other/shared"]);
}

#[test]
fn a_test_task_may_not_bring_the_implementation() {
    let world = started();
    world.stage(&["tests/a", "src/a"]);
    world.refused("T001: x", "scope", Some("src/a"));
}

#[test]
fn tests_are_committed_on_their_own() {
    let world = World::with_policy("version = 1\n[task]\nseveral = true\n").start(PHASES);
    let base = world.head();
    world.stage(&["tests/a", "src/a"]);
    let ran = world.commit("T001,T002: both at once");
    assert_eq!(ran.err.matches("error[test-first]").count(), 2, "{}", ran.text());
    world.past_hooks("T001,T002: both at once", &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(check.rules(), ["test-first", "test-first"], "{}", check.text);
}

#[test]
fn a_stated_reason_exempts_a_task_and_is_said() {
    let world = started();
    let base = world.head();
    world.stage(&["tables/a", "tests/tables"]);
    let notice = "T005 has no test first: the generator has its own tests (plans/alpha.toml:31)";
    world.commit("T005: x").says(0, &[notice]);
    let check = world.check(&format!("{base}..HEAD"));
    check.clean(1).notes(notice);
    assert!(check.text.contains(notice), "{}", check.text);
}

#[test]
fn a_blank_reason_is_none() {
    let world = World::new();
    world.repo.write(crate::world::PLAN_PATH, PHASES.replace("  the generator has its own tests ", "  \\t "));
    let ran = world.repo.guard(&["start", crate::world::PLAN_PATH]);
    ran.says(2, &["T005 implements, but depends on no task of phase `test`", "test_not_applicable"]);
}

#[test]
fn a_plan_without_phases_is_left_alone() {
    let plan: String =
        PHASES.lines().filter(|l| !l.starts_with("phase_type")).map(|l| l.to_owned() + "\n").collect();
    let world = World::new().start(&plan);
    world.stage(&["src/a"]);
    world.refused("T002: x", "depends-on", None);
    world.reset("HEAD");
    world.done("T001: x", "tests/a");
    world.stage(&["src/a", "tests/shared"]).accepted("T002: x");
}

#[test]
fn before_the_message_only_what_no_message_could_make_right_is_refused() {
    let mut world = started();
    crate::doors::editor(&mut world, "T002: x\n");
    let draft = world.repo.path.join(".git/COMMIT_EDITMSG");
    // Whether it was refused before the editor opened, and why.
    let commit = |paths: &[&str], words: &[&str]| {
        drop(std::fs::remove_file(&draft));
        world.stage(paths);
        world.repo.git(&["commit", "-q"]).says(i32::from(!words.is_empty()), words);
        !draft.exists()
    };
    assert!(commit(&["src/a"], &["error[test-first]: T002 implements what T001 tests"]), "T002 alone may");
    world.reset("HEAD");
    assert!(!commit(&["tests/shared"], &["error[test-first]", "tests/shared"]), "T001 may, too");
    world.reset("HEAD");
    assert!(commit(&["stray"], &["error[scope]: no task may change stray"]), "the scope rule says it");
    world.reset("HEAD");
    world.stage(&["tests/a"]).past_hooks("T001: x", &[]);
    assert!(commit(&["src/a", "tests/shared"], &["error[test-first]", "tests/shared"]), "no task may");
    world.repo.git(&["restore", "--staged", "tests/shared"]).ok();
    assert!(!commit(&["src/a"], &[]), "the tests are there");
}

/// `side` works on T006, `main` has the tests; both have changed `other/shared` if `conflict`.
fn two_sides(conflict: bool) -> World {
    let world = started();
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.stage(&["other/shared"]).commit("T006: x").says(0, &[]);
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.done("T001: x", "tests/a");
    if conflict {
        world.stage(&["other/shared"]).past_hooks("fixup! T001: x", &[]);
    }
    world
}

#[test]
fn a_merge_is_judged_by_what_it_does_itself() {
    let world = two_sides(false);
    world.repo.git(&["merge", "-q", "--no-ff", "-m", "T002: merge side", "side"]).ok();
    world.check("HEAD^..HEAD").clean(2);
    let world = two_sides(true);
    assert_eq!(world.repo.git(&["merge", "-q", "side"]).code, 1);
    world.repo.write("other/shared", "both\n");
    world.repo.git(&["add", "other/shared"]).ok();
    world.commit("T002: merge side").says(1, &["error[test-first]", "other/shared"]);
    world.bare(&["commit", "-q", "-m", "T002: merge side"]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("test-first", &head, Some("other/shared"));
}

#[test]
fn tests_on_a_side_that_a_merge_brings_are_there() {
    let world = World::with_policy("version = 1\n[rules]\ndepends-on = \"off\"\n").start(PHASES);
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.done("T001: x", "tests/a");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.stage(&["designs/notes"]).accepted("notes");
    let base = world.head();
    world.repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    world.stage(&["src/a"]);
    world.repo.git(&["commit", "-q", "-m", "T002: merge side and go on"]).ok();
    world.check(&format!("{base}..HEAD")).clean(2);
}

#[test]
fn the_level_is_the_policys_and_depends_on_then_says_it() {
    for (levels, rules) in [
        ("test-first = \"off\"", ["depends-on"].as_slice()),
        ("test-first = \"warn\"", &["depends-on", "test-first"]),
        ("test-first = \"warn\"\ndepends-on = \"warn\"", &["test-first"]),
    ] {
        let world = World::with_policy(&format!("version = 1\n[rules]\n{levels}\n")).start(PHASES);
        let base = world.head();
        world.stage(&["src/a"]).past_hooks("T002: x", &[]);
        let check = world.check(&format!("{base}..HEAD"));
        assert_eq!(check.rules(), rules, "{}", check.text);
        world.stage(&["tables/a"]).past_hooks("T005: x", &[]);
        let said = world.check("HEAD^..HEAD").text.contains("T005 has no test first");
        assert_eq!(said, !levels.contains("off"), "a rule that is off exempts nobody");
    }
}

#[test]
fn whether_the_tests_are_there_must_be_readable() {
    let world = started();
    world.done("T001: x", "tests/a");
    let base = world.head();
    world.stage(&["src/a"]).past_hooks("T002: x", &[]);
    let id = world.lose(&format!("{base}^{{tree}}"));
    world.misses(&format!("{base}..HEAD"), &id);
}
