//! `protected`, `policy-edit`, levels and `[enforce]`: what the policy asks, and who may change it.

use crate::world::{PLAN, PLAN_PATH, World, facts, help};

/// T001 may change anything, as far as its scope goes.
fn wide() -> String {
    PLAN.replace(
        "\"Cargo.toml\"",
        "\"Cargo.toml\", \"guard.toml\", \".config/**\", \".githooks/**\", \".husky/**\", \"ci/**\"",
    )
}

fn finish(world: &World) {
    world.done("T001: x", "src/done");
    world.done("T002: x", "docs/done");
    world.done("T003: x", "tools/done");
}

#[test]
fn protected_paths_do_not_change_while_a_plan_runs() {
    let world = World::with_policy("version = 1\n[scope]\nprotected = [\"ci/**\", \"designs/law.md\"]\n")
        .start(&wide());
    for path in
        ["guard.toml", ".config/guard.toml", ".githooks/pre-commit", ".husky/commit-msg", "ci/guard.yml"]
    {
        world.stage(&["src/a"]);
        world.repo.write(path, "version = 1\n[rules]\nscope = \"off\"\n");
        world.repo.git(&["add", "-f", path]).ok();
        let check = world.refused("T001: x", "protected", Some(path));
        assert!(facts(&check.findings()[0]).contains("while no plan runs"), "{}", check.text);
        world.reset("HEAD");
    }
    world.stage(&["designs/law.md"]);
    world.refused("a record", "protected", Some("designs/law.md"));
    world.reset("HEAD");
    world.stage(&["designs/other.md", "src/a"]).accepted("T001: x");
}

#[test]
fn a_protected_path_alone_is_no_way_around_a_running_plan() {
    let world = World::started_with("version = 1\n");
    let base = world.head();
    world.repo.write("guard.toml", "version = 1\n[rules]\nscope = \"off\"\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world
        .commit("guard: policy")
        .says(1, &["error[protected]", "guard.toml", "git restore --staged guard.toml"]);
    world.past_hooks("guard: policy", &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(
        (check.code, check.rules()),
        (1, vec!["task-id".to_owned(), "protected".to_owned()]),
        "{}",
        check.text
    );
}

#[test]
fn the_policy_changes_in_a_commit_of_its_own_while_no_plan_runs() {
    let world = World::with_policy("version = 1\n");
    let base = world.head();
    world.repo.write("guard.toml", "version = 1\n[task]\nseveral = true\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world.stage(&["src/a"]);
    world.commit("guard: policy and more").says(1, &["error["]);
    world.repo.git(&["restore", "--staged", "src/a"]).ok();
    world.commit("guard: policy").says(0, &["a policy commit, while no plan is running: it needs no task"]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!((check.code, check.rules()), (0, vec!["policy-edit".to_owned()]), "{}", check.text);
    assert_eq!(
        (&check.findings()[0]["level"], &check.findings()[0]["path"]),
        (&"warn".into(), &"guard.toml".into())
    );
    assert!(check.text.contains("1 warning"), "{}", check.text);
}

#[test]
fn the_policy_may_change_again_once_the_plan_is_finished() {
    let world = World::started_with("version = 1\n");
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    let edit = || {
        world.repo.write("guard.toml", "version = 1\n[task]\nseveral = true\n");
        world.repo.git(&["add", "guard.toml"]).ok();
    };
    edit();
    world.commit("guard: policy").says(1, &["error[protected]"]);
    world.reset("HEAD");
    world.done("T003: x", "tools/a");
    edit();
    world.commit("guard: policy").says(0, &["no plan is running"]);
}

#[test]
fn a_policy_that_cannot_be_used_never_becomes_the_policy() {
    let world = World::with_policy("version = 1\n");
    for (text, words) in [
        ("version = 1\n[task]\nsevral = true\n", "guard.toml:3:1"),
        ("version = \n", "guard.toml:1:"),
        ("version = 2\n", "guard.toml:1:"),
        ("version = 1\n[rules]\nscop = \"off\"\n", "guard.toml:3:1"),
        ("version = 1\n[task]\nid = '('\n", "guard.toml:3:"),
    ] {
        world.repo.write("guard.toml", text);
        world.repo.git(&["add", "guard.toml"]).ok();
        let check = world.refused("guard: policy", "policy-edit", Some("guard.toml"));
        assert!(check.text.contains(words), "{words} is not in {}", check.text);
    }
    world.repo.git(&["rm", "-qf", "guard.toml"]).ok();
    world.commit("guard: none").says(0, &[]);
}

#[test]
fn a_broken_policy_can_be_mended_and_nothing_else_can_be_done() {
    let world = World::with_policy("version = 1\n[rules]\nscop = \"off\"\n");
    let base = world.head();
    world.stage(&["src/a"]);
    world.commit("T001: x").says(1, &["could not check", "\n  fix", "git commit guard.toml"]);
    world.repo.write("guard.toml", "version = 1\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world.commit("guard: mend and more").says(1, &["could not check"]);
    world.repo.git(&["restore", "--staged", "src/a"]).ok();
    world.commit("guard: mend").says(0, &["may mend it"]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!((check.code, check.text.contains("which mends the one at")), (0, true), "{}", check.text);
    let mended = world.head();
    world.start(PLAN).check(&format!("{mended}..HEAD")).clean(1);
}

#[test]
fn a_broken_policy_is_not_mended_by_another_broken_one() {
    let world = World::with_policy("version = 1\n[rules]\nscop = \"off\"\n");
    world.repo.write("guard.toml", "version = 3\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    let ran = world.commit("guard: mend");
    assert_eq!(ran.code, 1, "a broken policy replaced a broken one: {}", ran.text());
}

#[test]
fn the_branch_is_judged_by_the_policy_of_the_merge_base() {
    let world = World::with_policy("version = 1\n");
    let base = world.head();
    world.repo.write("guard.toml", "version = 1\n[rules]\nscope = \"off\"\n");
    world.past_hooks("guard: relax", &["guard.toml"]);
    let world = world.start(PLAN);
    // The hooks go by the policy that the lock holds; the branch does not relax what judges it.
    world.stage(&["other/x"]).commit("T001: x").says(0, &[]);
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(
        (check.code, check.rules()),
        (1, vec!["policy-edit".to_owned(), "scope".to_owned()]),
        "{}",
        check.text
    );
}

#[test]
fn the_policy_in_the_work_tree_decides_nothing() {
    let world = World::started_with("version = 1\n");
    world.repo.write("guard.toml", "version = 1\n[rules]\nscope = \"off\"\n");
    world.stage(&["other/x"]);
    world.refused("T001: x", "scope", Some("other/x"));
    world.repo.write("guard.toml", "not a policy");
    world.repo.git(&["restore", "--staged", "other/x"]).ok();
    world.stage(&["src/x"]).accepted("T001: x");
}

/// What violates each rule, and nothing else.
const OFFENCES: [(&str, &str, &str); 8] = [
    ("rollback", "T001: x", "src/x"),
    ("task-id", "x", "src/x"),
    ("scope", "T001: x", "other/x"),
    ("plan-locked", "a record", PLAN_PATH),
    ("protected", "T001: x", ".husky/x"),
    ("frozen", "T001: x", "src/frozen"),
    ("depends-on", "T002: x", "docs/x"),
    ("atomic", "T003: x", "tools/x"),
];

#[test]
fn a_level_turns_a_refusal_into_a_warning_or_into_nothing() {
    for (rule, message, path) in OFFENCES {
        for level in ["warn", "off"] {
            let policy =
                format!("version = 1\n[scope]\nfrozen = [\"src/frozen\"]\n[rules]\n{rule} = \"{level}\"\n");
            let world = World::with_policy(&policy);
            let world = if rule == "rollback" { world } else { world.start(&wide()) };
            if rule == "atomic" {
                world.stage(&["tools/y"]).past_hooks("T003: x", &[]);
            }
            let ran = world.stage(&[path]).commit(message);
            let check = world.check("HEAD^..HEAD");
            let warned = format!("warning[{rule}]");
            assert_eq!((ran.code, check.code), (0, 0), "{rule} {level}: {}{}", ran.text(), check.text);
            assert_eq!(ran.err.contains(&warned), level == "warn", "{rule} {level}: {}", ran.text());
            let expected = if level == "warn" { vec![rule.to_owned()] } else { Vec::new() };
            assert_eq!(check.rules(), expected, "{level}: {}", check.text);
        }
    }
}

#[test]
fn the_same_offences_are_refused_where_the_policy_says_nothing() {
    for (rule, message, path) in OFFENCES {
        let world = World::with_policy("version = 1\n[scope]\nfrozen = [\"src/frozen\"]\n");
        let world = if rule == "rollback" { world } else { world.start(&wide()) };
        if rule == "atomic" {
            world.stage(&["tools/y"]).past_hooks("T003: x", &[]);
        }
        let named = ["scope", "plan-locked", "protected", "frozen"].contains(&rule).then_some(path);
        world.stage(&[path]).refused(message, rule, named);
    }
}

#[test]
fn a_branch_that_the_policy_does_not_name_is_reported_as_not_judged() {
    let world = World::started_with("version = 1\n[enforce]\nbranches = [\"main\", \"release/**\"]\n");
    world.stage(&["other/x"]);
    world.commit("x").says(1, &["error["]);
    world.repo.git(&["checkout", "-q", "-b", "play"]).ok();
    world.commit("x").says(0, &["not judged: enforce.branches does not name play"]);
    world.repo.git(&["checkout", "-q", "-b", "release/1/2"]).ok();
    world.stage(&["other/y"]).commit("x").says(1, &["error["]);
}

#[test]
fn before_and_after_a_plan_nothing_is_judged_where_the_policy_says_so() {
    let world = World::with_policy("version = 1\n[enforce]\nwhen = \"plan\"\n");
    let base = world.head();
    world.stage(&["other/x"]).commit("anything").says(0, &["not judged: no plan is running"]);
    let check = world.check(&format!("{base}..HEAD"));
    check.clean(0).notes("1 commits were not judged");
    assert_eq!(check.json["unjudged"], 1);
    let world = world.start(PLAN);
    let started = world.head();
    world.stage(&["other/y"]);
    world.refused("T001: x", "scope", Some("other/y"));
    world.reset("HEAD");
    finish(&world);
    world.stage(&["other/z"]).commit("anything").says(0, &["not judged: no plan is running"]);
    let check = world.check(&format!("{started}..HEAD"));
    check.clean(3);
    assert_eq!(check.json["unjudged"], 1);
}

#[test]
fn a_finished_plan_still_guards_where_the_policy_says_always() {
    let world = World::started();
    finish(&world);
    world.stage(&["src/more"]);
    world.refused("anything", "task-id", None);
    let check = world.refused("T001: more", "atomic", None);
    assert!(help(&check.findings()[0]).contains("git commit --fixup="), "{}", check.text);
}

#[test]
fn a_root_commit_is_accepted_and_reported() {
    let world = World::new();
    world.repo.git(&["checkout", "-q", "--orphan", "fresh"]).ok();
    world.repo.git(&["rm", "-qrf", "--cached", "."]).ok();
    world.repo.write("src/a", "x\n");
    world.repo.git(&["add", "src/a"]).ok();
    world.commit("anything").says(0, &["a root commit"]);
    world.stage(&["src/b"]);
    world.commit("T001: x").says(1, &["error[rollback]"]);
}

#[test]
fn a_policy_that_cannot_be_used_is_refused_even_where_policy_edit_is_off() {
    let world = World::with_policy("version = 1\n[rules]\npolicy-edit = \"off\"\n");
    world.repo.write("guard.toml", "version = 1\n[rules]\nscop = \"off\"\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world.commit("guard: policy").says(1, &["error[policy-edit]", "guard.toml:3:1", "\n  fix"]);
}

#[test]
fn a_stricter_level_makes_a_policy_commit_an_error_at_the_push_doors() {
    let world = World::with_policy("version = 1\n[rules]\npolicy-edit = \"deny\"\n");
    world.repo.write("guard.toml", "version = 1\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world.commit("guard: policy").says(0, &["no plan is running"]);
    let head = world.head();
    let check = world.check("HEAD^..HEAD");
    check.findings_of("policy-edit", &head);
    assert_eq!(check.findings()[0]["path"], "guard.toml");
}
