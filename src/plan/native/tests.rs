use super::*;
use crate::model::Level;
use crate::plan::{lint, read};

const GOOD: &str = r#"# why
version = 1
topic = "token auth"

[[task]]
id = "T001"
summary = "Write the token tests"
scope = ["tests/auth/**", "!tests/auth/data/"]
depends_on = []
milestone = "M1"
acceptance = "cargo test auth"
phase_type = "test"
owner_role = "test-implementer"
parallel_safe = true
blocking_gate = "tests"
commit_intent = "T001: pin token behaviour"
proof_artifact = "tests/auth/report.xml"
test_not_applicable = ""
covers = ["R1", "R2"]

[[task]]
id = "T002"
summary = """
Pass them
at last"""
scope = []
depends_on = ["T001"]
phase_type = "implementation"
"#;

fn plan(text: &str) -> Plan {
    read("plans/token.toml", text.as_bytes()).unwrap()
}

fn denied(text: &str) -> Vec<(usize, String, String)> {
    let problems = lint(&plan(text)).into_iter().filter(|p| p.level == Level::Deny);
    problems.map(|p| (p.line, p.message, p.help.join("\n"))).collect()
}

#[test]
fn every_slip_is_named_with_its_line() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, usize, &str, &str)] = &[
        ("version = 1\n", "version = 2\n", 2, "version 1 of the format", "version = 1"),
        ("version = 1\n", "version = \"1\"\n", 2, "version 1 of the format", "version = 1"),
        ("version = 1\n", "", 1, "which version", "version = 1"),
        ("topic = \"token auth\"", "topic = 1", 3, "`topic` holds a number", "string in quotes"),
        ("topic = ", "topics = ", 3, "`topics` is not one of keys", "did you mean `topic`?"),
        ("milestone = ", "mile_stone = ", 10, "`mile_stone`", "did you mean `milestone`?"),
        ("milestone = ", "zzzzzzzzzz = ", 10, "`zzzzzzzzzz`", "depends_on, milestone"),
        ("id = \"T001\"", "id = \"T 001\"", 6, "`T 001` cannot be a task ID", "T001"),
        ("id = \"T001\"", "id = \"T001:\"", 6, "cannot be a task ID", "T001"),
        ("id = \"T001\"", "id = 1", 6, "`id` holds a number", "string"),
        ("id = \"T001\"\n", "", 5, "a task has no ID", "id = \"T001\""),
        ("scope = [\"tests/auth/**\"", "scope = [\"TBD\"", 8, "too vague", "name paths"),
        ("scope = [\"tests/auth/**\"", "scope = [\"any file that breaks\"", 8, "too vague", "name paths"),
        ("scope = [\"tests/auth/**\"", "scope = [\"/etc\"", 8, "`/etc` is an absolute path", "root"),
        ("scope = [\"tests/auth/**\"", "scope = [\"../x\"", 8, "`..`", "root"),
        ("scope = [\"tests/auth/**\"", "scope = [1", 8, "`scope` holds a number", "list of strings"),
        ("scope = []", "scope = \"src/\"", 26, "`scope` holds a string", "list of strings"),
        ("scope = []\n", "", 21, "T002 does not declare its scope", "[overlay.\"plans/token.toml\"]\nT002 = [\"src/lease.rs\"]"),
        ("[\"T001\"]", "[\"T003\"]", 21, "T002 depends on T003", "nearest task is T00"),
        ("[\"T001\"]", "[\"T 1\"]", 27, "cannot be a task ID", "`id`"),
        ("[\"T001\"]", "[]", 21, "implements, but depends on no task of phase `test`", "test_not_applicable"),
        ("parallel_safe = true", "parallel_safe = \"yes\"", 14, "`parallel_safe` holds a string", "true or false"),
        ("\"implementation\"", "\"implement\"", 28, "`implement` is no phase type", "validation-support"),
        ("covers = [\"R1\", \"R2\"]", "covers = \"R1\"", 19, "`covers` holds a string", "list"),
        ("proof_artifact = ", "proof_artifact = 1 #", 17, "`proof_artifact` holds a number", "string"),
        ("id = \"T002\"", "id = \"T001\"", 21, "T001 is defined twice: line 5", "own"),
    ];
    for (old, new, line, message, help) in cases {
        let text = GOOD.replacen(old, new, 1);
        assert_ne!(text, GOOD, "{old}");
        let found = denied(&text);
        let hit = found.iter().any(|(l, m, h)| l == line && m.contains(message) && h.contains(help));
        assert!(hit, "{new}: {found:#?}");
    }
    assert!(denied("version = 1\n[task]\nid = \"T1\"\n")[0].2.contains("[[task]]"));
    assert!(
        denied("version = 1\ntask = [1]\n")
            .iter()
            .any(|(_, m, _)| m.contains("a task is a table, not a number"))
    );
    assert_eq!(
        denied("version = 1\n"),
        [(0, "the plan has no tasks".into(), "[[task]]\nid = \"T001\"\nscope = [\"src/lease.rs\"]".into())]
    );
}

#[test]
fn a_scope_that_cannot_be_read_is_no_scope() {
    let half = plan(&GOOD.replace("\"!tests/auth/data/\"", "\"/abs\""));
    assert!(half.tasks[0].scope.is_none());
    let problems: Vec<_> = half.problems.iter().filter(|p| p.scope_of.is_some()).collect();
    assert_eq!(problems.len(), 1);
    // Said once: lint does not add that it is missing.
    assert_eq!(denied(&GOOD.replace("\"!tests/auth/data/\"", "\"/abs\"")).len(), 1);
}

#[test]
fn every_key_is_read() {
    let plan = plan(GOOD);
    assert_eq!(lint(&plan), []);
    assert_eq!(plan.topic.as_deref(), Some("token auth"));
    let [one, two] = plan.tasks.as_slice() else { panic!("{plan:?}") };
    assert_eq!((one.id.as_str(), one.line, two.id.as_str(), two.line), ("T001", 5, "T002", 21));
    assert_eq!(two.summary, "Pass them");
    let scope = one.scope.as_ref().unwrap();
    assert!(
        scope.matches(b"tests/auth/a/b.rs")
            && !scope.matches(b"tests/auth/data/x")
            && !scope.matches(b"src/a.rs")
    );
    assert!(two.scope.as_ref().unwrap().is_empty());
    assert_eq!(two.depends_on, std::slice::from_ref(&one.id));
    assert_eq!((one.milestone.as_deref(), one.acceptance.as_deref()), (Some("M1"), Some("cargo test auth")));
    assert_eq!((one.phase, two.phase), (Some(Phase::Test), Some(Phase::Implementation)));
    assert!(one.parallel_safe && !two.parallel_safe);
    assert_eq!(
        (one.test_not_applicable.as_deref(), one.covers.as_slice()),
        (None, &["R1".to_owned(), "R2".to_owned()][..])
    );
}

#[test]
fn a_reason_stands_in_for_the_test_task() {
    let text = GOOD
        .replace("[\"T001\"]", "[]")
        .replace("\"implementation\"", "\"implementation\"\ntest_not_applicable = \"generated\"");
    assert_eq!(denied(&text), []);
    assert_eq!(plan(&text).tasks[1].test_not_applicable.as_deref(), Some("generated"));
}

#[test]
fn syntax_errors_have_line_and_column() {
    for (text, place) in
        [("version = 1\n[[task]\n", "p.toml:2:"), ("a = 1\na = 2\n", "p.toml:2:1"), ("x = \"", "p.toml:1:")]
    {
        let error = read("p.toml", text.as_bytes()).unwrap_err();
        assert!(error.place().unwrap().to_string().starts_with(place), "{error}");
        assert!(!error.message().contains('\n') && !error.help_lines().is_empty(), "{error}");
    }
}
