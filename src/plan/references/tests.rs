use proptest::prelude::*;

use super::*;
use crate::model::Level;
use crate::plan::read;

const ID: &str = "0123456789abcdef0123456789abcdef01234567";

fn plan(line: &str) -> Plan {
    let text =
        format!("# Lease\n\n{line}\n\n## T001: Pin it\n\n**Files:** `src/`\n\nSpec: below/a/task.md\n");
    read("plans/sub/lease.md", text.as_bytes()).unwrap()
}

fn paths(line: &str) -> Vec<String> {
    plan(line).references.into_iter().map(|r| r.path).collect()
}

fn problem(line: &str) -> (Level, usize, String) {
    let plan = plan(line);
    let [problem] = plan.problems.as_slice() else { panic!("{line}: {:?}", plan.problems) };
    assert!(!problem.help.is_empty(), "{line}");
    (problem.level, problem.line, problem.message.clone())
}

#[test]
fn what_is_no_file_of_the_repository_is_said_at_its_line() {
    for (line, words) in [
        ("Spec: `../../../x.md`", "no path of a file"),
        ("Spec: `specs/`", "no path of a file"),
        ("Spec: [x](specs//x.md)", "no path of a file"),
        ("Spec: [x](#part)", "no path of a file"),
        ("Design: `a\\b.md`", "no path of a file"),
        ("Design: `plans/sub/lease.md`", "refers to itself"),
        ("Spec: ./lease.md", "refers to itself"),
        ("Spec: specs/x.md@4f2c1a9", "neither a whole commit ID nor a SHA-256"),
        ("Spec: `specs/x.md`@main", "neither a whole commit ID nor a SHA-256"),
        ("Spec: specs/x.md@sha256:12", "neither a whole commit ID nor a SHA-256"),
        ("test_spec_source: to be written", "test specification is no file"),
        ("Test spec:", "test specification is no file"),
        ("Test spec: https://example.com/x.md", "outside the repository"),
    ] {
        let (level, at, message) = problem(line);
        assert!(message.contains(words), "{line}: {message}");
        assert_eq!((level, at), (Level::Deny, 3), "{line}");
    }
    assert_eq!(problem("Spec: https://example.com/x.md").0, Level::Warn);
    let many = (0..=MOST).map(|n| format!("Spec: a{n}.md\n\n")).collect::<String>();
    assert!(problem(&many).2.contains("more than 100"));
}

#[test]
fn prose_refers_to_nothing() {
    for line in [
        "Design: two layers, one door",
        "Design: client/server split",
        "Spec: see specs/x.md",
        "Spec: specs/x.md has the whole of it",
        "Spec: RFC 7231",
        "Specs: specs/x.md",
        "Spec specs/x.md",
        "> Spec: specs/x.md",
        "```\nSpec: specs/x.md\n```",
        "<!-- Spec: specs/x.md -->",
        "## Progress\n\nSpec: specs/x.md",
    ] {
        assert_eq!(paths(line), [""; 0], "{line}");
    }
}

#[test]
fn references_in_all_their_spellings() {
    for (line, path) in [
        ("Spec: specs/x.md", "specs/x.md"),
        ("**Spec:** `docs/x.md` — read this first.", "docs/x.md"),
        ("- **Specification**: specs/x.md (the second draft)", "specs/x.md"),
        ("SPECIFICATION: specs/x.md.", "specs/x.md"),
        ("Design: [the design](../../designs/x.md \"title\")", "designs/x.md"),
        ("Design: [the `x` design](<designs/an x.md>)", "designs/an x.md"),
        ("Design: [x](/designs/x.md#part)", "designs/x.md"),
        ("Design: ./x.md", "plans/sub/x.md"),
        ("Test spec: tests/x.feature", "tests/x.feature"),
        ("test_spec_source: tests/spec.md - as agreed", "tests/spec.md"),
        ("`test_spec_source`: `tests/my spec.md`", "tests/my spec.md"),
        ("Spec: x.md", "x.md"),
        ("Spec: assets/@scope/icon@2x.md", "assets/@scope/icon@2x.md"),
        ("Spec：specs/x.md", "specs/x.md"),
    ] {
        assert_eq!(paths(line), [path], "{line}");
    }
    assert_eq!(paths("Spec: a.md, `b.md`, [c](c.md)"), ["a.md", "b.md", "c.md"]);
    let front = "---\nspec: \"specs/x.md\"\n---\n# Lease\n\n## T001: Pin it\n\n**Files:** `src/`\n";
    let found = read("plans/lease.md", front.as_bytes()).unwrap().references;
    assert_eq!((found[0].path.as_str(), found[0].line), ("specs/x.md", 2));
}

#[test]
fn a_pin_stands_behind_the_path_or_the_mark() {
    let hex = "ab".repeat(32);
    let content = |or_commit| Some(Pin::Content { hex: hex.clone(), or_commit });
    let commit = Some(Pin::Commit(CommitId::from_hex(ID.as_bytes()).unwrap()));
    for (line, pin) in [
        (format!("Spec: specs/x.md@{ID}"), commit.clone()),
        (format!("Spec: `specs/x.md@{ID}`"), commit.clone()),
        (format!("Spec: `specs/x.md`@{ID}."), commit.clone()),
        (format!("Spec: [x](specs/x.md)@{ID} — note"), commit),
        (format!("Spec: specs/x.md@sha256:{}", hex.to_uppercase()), content(false)),
        (format!("Spec: specs/x.md@{hex}, y.md"), content(true)),
        ("Spec: specs/x.md".to_owned(), None),
    ] {
        let found = plan(&line).references;
        assert_eq!((found[0].path.as_str(), &found[0].pin), ("specs/x.md", &pin), "{line}");
    }
}

proptest! {
    #[test]
    fn no_value_makes_it_panic(label in "(Spec|test_spec_source|\\*\\*Design\\*\\*)", value in "\\PC{0,40}") {
        let text = format!("# T\n\n{label}: {value}\n\n## T001: x\n\n**Files:** `a.rs`\n");
        for reference in read("plans/p.md", text.as_bytes()).map(|p| p.references).unwrap_or_default() {
            prop_assert!(!reference.path.split('/').any(|part| ["", ".", ".."].contains(&part)), "{reference:?}");
        }
    }
}
