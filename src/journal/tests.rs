use super::escape::{code, name, plain, text};
use super::*;

fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

fn said(text: &str) -> Vec<(usize, Said)> {
    let ids = [id("T1"), id("T1.2"), id("T001"), id("7")];
    let ids: Vec<&TaskId> = ids.iter().collect();
    claims(text.as_bytes(), &ids, &["tests", "lint: all"]).into_iter().map(|c| (c.line, c.said)).collect()
}

#[test]
fn a_section_is_that_of_the_task_whose_id_begins_its_heading() {
    for (heading, task) in [
        ("### T001 – Write", "T001"),
        ("## T001: Write", "T001"),
        ("#### Task T001", "T001"),
        ("### **T001** Write", "T001"),
        ("### `T001`", "T001"),
        ("### T1.2. Write", "T1.2"),
        ("### T1. Write", "T1"),
        ("### Task 7 – Write", "7"),
    ] {
        assert_eq!(said(heading), [(1, Said::Section(id(task)))], "{heading}");
    }
    for other in
        ["### T0012 – Write", "### About T001", "T001", "### T1.3", "####### T001", "#T001", "    # T001"]
    {
        assert_eq!(said(other), [], "{other}");
    }
}

#[test]
fn fields_are_read_as_people_write_them() {
    let one = |field: &str| said(&format!("### T001\n{field}\n")).get(1).map(|(_, said)| said.clone());
    for done in ["- Status: done", "* **Status:** Completed", "- status: ✅ all of it", "+ Status: [x]"] {
        assert_eq!(one(done), Some(Said::Done(id("T001"), true)), "{done}");
    }
    for open in
        ["- Status: ready", "- Status: not started", "- **Status**: In progress", "- Status: waiting for T1"]
    {
        assert_eq!(one(open), Some(Said::Done(id("T001"), false)), "{open}");
    }
    for commit in ["- Commit: `abc1234`, then", "- Commit: [ABC1234](x)", "- Commits: abc1234 def5678"] {
        assert_eq!(one(commit), Some(Said::Commit(id("T001"), "abc1234".to_owned())), "{commit}");
    }
    for tests in ["- Tests: passed", "- Tests/coverage: pass (12/12)", "- Test: **OK**"] {
        assert_eq!(one(tests), Some(Said::Tests(id("T001"), true)), "{tests}");
    }
    assert_eq!(one("- Tests: failed"), Some(Said::Tests(id("T001"), false)));
    let files = Said::Files(id("T001"), vec!["src/a b".to_owned(), "c, d".to_owned(), "e".to_owned()]);
    assert_eq!(one("- Files: `src/a b` (new), `c, d`, `e` (deleted)"), Some(files));
    for other in
        ["- Files: none", "- Files: `a` and more", "- Files: `src/`", "- Files: `src/**`", "- Files: ``"]
    {
        assert_eq!(one(other), None, "{other}");
    }
    for nothing in [
        "- Status: who knows",
        "- Status",
        "- Commit: pending",
        "- Commit: none",
        "- Commit: defaced",
        "- Tests: pass/fail",
        "- Tests: no evidence",
        "Status: done",
        "```\n- Status: done\n```",
        "#### Notes\n- Status: done",
    ] {
        assert_eq!(one(nothing), None, "{nothing}");
    }
}

#[test]
fn gates_are_read_in_a_task_and_in_the_results() {
    let task = "### T001\n- Commands:\n  - tests: `x → failed` → passed (1 s)\n  - lint\\: all: `y` -> failed\n  - other: → passed\n";
    let gate = |gate: &str, passed| Said::Gate(Some(id("T001")), gate.to_owned(), passed);
    assert_eq!(said(task)[1..], [(3, gate("tests", true)), (4, gate("lint: all", false))]);
    let results = "---\ntests: passed\n---\n## Gate Results\n- tests (required): `x`\n  - T001: passed (1 s)\n  - T9: passed\n- Tests: pass\n- lint: all: pass\n";
    let all = |gate: &str| Said::Gate(None, gate.to_owned(), true);
    assert_eq!(said(results), [(6, gate("tests", true)), (8, all("tests"))]);
}

#[test]
fn text_of_others_gets_no_line_and_no_meaning() {
    assert_eq!(
        text("a\n# b <!-- x --> *c* [d](e) `f` snake_case _g_"),
        "a\\\\n# b \\<!-- x --\\> \\*c\\* \\[d\\](e) \\`f\\` snake_case \\_g\\_"
    );
    assert_eq!(text(b"\xff\x1b\t\xe2\x80\xae"), "\\\\xff\\\\x1b \\\\u{202e}");
    assert_eq!(code("a `b` ``c`` d\n"), "```a `b` ``c`` d\\n```");
    assert_eq!((code("`"), code(" a"), code("")), ("`` ` ``".into(), "`  a `".into(), "`  `".into()));
    assert_eq!(name("T-->1"), "T-%2D%3E1");
    for id in ["T001", "a*b_c", "x<y>`z`", "\\T1"] {
        assert_eq!(plain(&text(id)), id);
    }
}

#[test]
fn a_log_is_that_of_its_rollback_commit() {
    let rollback = CommitId::from_hex("abcdef1234567890abcdef1234567890abcdef12".as_bytes()).unwrap();
    for log in [
        "---\nrollback: \"abcdef1234567890abcdef1234567890abcdef12\"\n---\n",
        "\u{feff}---\r\ntitle: x\r\nrollback: 'ABCDEF1'\r\n---\r\n",
        "---\nrollback:abcdef12\n---",
    ] {
        assert!(is_log_of(log.as_bytes(), rollback), "{log}");
    }
    for other in [
        "",
        "---\nrollback: abcdef\n---\n",
        "---\nrollback: abcdef0\n---\n",
        "---\nrollback: abcdef1\n",
        "\n---\nrollback: abcdef1\n---\n",
        "---\n  rollback: abcdef1\n---\n",
        "---\n---\nrollback: abcdef1\n---\n",
        "---\nrollback: \"\"\n---\n",
    ] {
        assert!(!is_log_of(other.as_bytes(), rollback), "{other}");
    }
}
