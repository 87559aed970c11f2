use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::error::Kind;

const SECTIONS: &str = "# Lease plan\n\n## T001: Pin the lease\n\n**Files:**\n- Create: `src/lease.rs`\n\n- [ ] step\n\n\
                        ## T002: Use it\n\n**Files:** `src/main.rs`\n**Depends on:** T001\n\n## Progress\n\n- [ ] T001\n\n## Notes\n\nend\n";

fn sections(text: &str) -> Plan {
    read("plans/lease.md", text.as_bytes()).unwrap()
}

/// Everything that decides what a commit may do.
fn decisive(plan: &Plan) -> Vec<(String, Option<Vec<String>>, Vec<String>)> {
    let texts = |scope: &Patterns| scope.iter().map(|p| p.as_str().to_owned()).collect();
    let ids = |task: &Task| task.depends_on.iter().map(ToString::to_string).collect();
    plan.tasks.iter().map(|t| (t.id.to_string(), t.scope.as_ref().map(texts), ids(t))).collect()
}

#[test]
fn what_cannot_be_read_is_an_error_with_place_and_way_out() {
    let utf16: Vec<u8> = "# plan".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = vec![b'a'; LARGEST + 1];
    #[rustfmt::skip]
    let cases: &[(&str, &[u8], &str, &str)] = &[
        ("p.md", b"", "empty", "p.md"), ("p.toml", b"\xef\xbb\xbf \n\t", "empty", "p.toml"),
        ("p.md", b"# a\n\xc3\xa9 \xff", "UTF-8", "p.md:2:3"), ("p.md", &[&[0xff, 0xfe][..], &utf16].concat(), "UTF-8", "p.md:1:1"),
        ("p.md", b"# Nothing\n\nto do here", "no tasks", "p.md"), ("p.md", &big, "too large", "p.md"),
        ("p.toml", b"[[task]]\nid = T1", "not TOML", "p.toml:2:6"),
    ];
    for (path, bytes, what, place) in cases {
        let error = read(path, bytes).unwrap_err();
        assert!(error.message().contains(what), "{error}");
        assert_eq!(error.place().unwrap().to_string(), *place, "{error}");
        assert_eq!(error.kind(), Kind::Plan);
        assert!(!error.help_lines().is_empty(), "{error}");
    }
    let error = read_as("yaml", "p.md", b"x").unwrap_err();
    assert!(error.help_lines()[0].contains("native, execplan, "), "{error:?}");
    assert_eq!(read_as("markdown-sections", "p.md", b"nothing").unwrap().tasks.len(), 0);
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    let marked = format!("\u{feff}{SECTIONS}");
    assert_eq!(decisive(&sections(&marked)), decisive(&sections(SECTIONS)));
    assert_eq!(first_locked_difference("a.md", SECTIONS.as_bytes(), marked.as_bytes()), None);
    assert_eq!(recognise("a.md", marked.as_bytes()).unwrap().0.name, "markdown-sections");
    assert!(recognise("a.md", b"\xff").is_none());
}

#[test]
fn edits_of_what_is_locked_are_found_at_their_line() {
    let cases = [
        ("src/lease.rs", "src/lease2.rs", 6),
        ("- Create: `src/lease.rs`", "- Create: `src/lease.rs`\n- Create: `src/b.rs`", 7),
        ("**Depends on:** T001", "**Depends on:** none", 13),
        ("## Progress", "## Progress!", 15),
        ("## Notes", "# Notes", 19),
        ("\nend\n", "\n", 20),
        // Not a status mark where it stands in a paragraph.
        ("Use it", "Use it [x]", 10),
        // A fence that swallows the rest locks nothing away: the rest is missed.
        ("- [ ] T001\n", "```\n", 15),
        ("# Lease plan", "---\ntopic: x\n---\n# Lease plan", 1),
    ];
    for (old, new, line) in cases {
        let edited = SECTIONS.replacen(old, new, 1);
        assert_ne!(edited, SECTIONS);
        let found = first_locked_difference("a.md", SECTIONS.as_bytes(), edited.as_bytes());
        assert_eq!(found, Some(line), "{old:?} -> {new:?}");
    }
}

#[test]
fn status_marks_and_living_sections_may_change() {
    let edits = [
        ("- [ ] step", "- [x] step"),
        ("- [ ] step", "- [X] step"),
        ("- [ ] T001", "- [x] T001 (2026-01-01)\n\n### T009: more\n\n**Files:** `src/`"),
        ("- [ ] T001\n\n", ""),
    ];
    for (old, new) in edits {
        let edited = SECTIONS.replacen(old, new, 1);
        assert_ne!(edited, SECTIONS);
        assert_eq!(first_locked_difference("a.md", SECTIONS.as_bytes(), edited.as_bytes()), None, "{new}");
        assert_eq!(decisive(&sections(&edited)), decisive(&sections(SECTIONS)), "{new}");
    }
    for name in ["Decision Log", "Surprises & Discoveries", "Outcomes & Retrospective:", "PROGRESS"] {
        let (old, new) =
            (format!("{SECTIONS}\n### {name}\nold\n"), format!("{SECTIONS}\n### {name}\nnew\n- x\n"));
        assert_eq!(first_locked_difference("a.md", old.as_bytes(), new.as_bytes()), None, "{name}");
    }
}

#[test]
fn an_execplan_with_other_tasks_is_another_plan() {
    let old = "# Lease\n## Progress\n- [ ] T001 a\n## Plan\n### T002: b\n**Files:** `b.rs`\n";
    let same = |new: &str| is_same("a-execplan.md", old.as_bytes(), new.as_bytes());
    for (from, to) in
        [("T001", "T003"), ("- [ ] T001 a\n", ""), (" a\n##", " a\n- [ ] T003 c\n##"), ("`b.rs`", "`c.rs`")]
    {
        assert!(!same(&old.replacen(from, to, 1)), "{from:?} -> {to:?}");
    }
    for (from, to) in [("[ ]", "[x]"), ("T001 a", "T001: another"), (" a\n##", " a\n- [x] T001 more\n##")] {
        assert!(same(&old.replacen(from, to, 1)), "{from:?} -> {to:?}");
    }
    assert!(!is_same("a.md", SECTIONS.as_bytes(), b"\xff"));
}

#[test]
fn only_an_execplan_s_living_sections_must_grow() {
    let (old, new) = ("## Progress\n- a\n", "## Progress\n- b\n");
    let loss = |path: &str, old: &str, new: &[u8]| {
        first_loss(path, old.as_bytes(), old.as_bytes(), new).map(|l| l.line)
    };
    assert_eq!(loss("a-execplan.md", old, new.as_bytes()), Some(2));
    // What it is is decided by the text that runs.
    let marked = format!("{old}EXECPLAN-READY\n");
    assert_eq!(loss("a.md", &marked, new.as_bytes()), Some(2));
    for (path, new) in
        [("a.md", new.as_bytes()), ("a-execplan.md", b"\xff"), ("a-execplan.toml", new.as_bytes())]
    {
        assert_eq!(loss(path, old, new), None, "{path}");
    }
}

#[test]
fn a_checkbox_in_a_fence_is_locked() {
    let old = format!("{SECTIONS}\n````\n```\n- [ ] a\n```\n````\n");
    let new = old.replace("- [ ] a", "- [x] a");
    assert!(first_locked_difference("a.md", old.as_bytes(), new.as_bytes()).is_some());
}

#[test]
fn bytes_that_are_no_text_are_never_equal_to_others() {
    // Both read as U+FFFD when decoded carelessly.
    assert_eq!(first_locked_difference("a.md", b"# a\n\xff", b"# a\n\xfe"), Some(2));
    assert_eq!(first_locked_difference("a.md", SECTIONS.as_bytes(), b"\xff"), Some(1));
    assert_eq!(first_locked_difference("a.md", b"\xff", b"\xff\n"), Some(1));
    assert_eq!(first_locked_difference("a.md", b"\xff", b"\xff"), None);
    assert_eq!(first_locked_difference("a.md", SECTIONS.as_bytes(), b""), Some(1));
}

#[test]
fn a_toml_plan_is_locked_as_a_whole() {
    let old = b"# why\nversion = 1\n";
    assert_eq!(first_locked_difference("a.toml", old, b"# when\nversion = 1\n"), Some(1));
    assert_eq!(first_locked_difference("a.toml", old, b"# why\n"), Some(1));
    assert_eq!(locked_lines("a.toml", old), [(1, b"# why".to_vec()), (2, b"version = 1".to_vec())]);
    assert_eq!(locked_lines("a.txt", b"- [x] a\n"), [(1, b"- [x] a".to_vec())]);
    assert_eq!(locked_lines("a.md", b"- [x] a\n"), [(1, b"- [ ] a".to_vec())]);
}

#[test]
fn tasks_are_found_by_the_ways_people_spell_them() {
    let text = "## Task 3: a\n\n**Files:** none\n\n## Task 10a: b\n\n**Files:** none\n\n## Task T4: c\n\n## Task 4: d\n\n## TASK-AP-001: e\n";
    let plan = sections(text);
    for nothing in ["", "1", "T10", "Task", "Task 04", "task 4", "t4", "03"] {
        assert!(plan.task(nothing).is_none(), "{nothing}");
    }
    for (spelled, id) in [
        ("3", "3"),
        ("T3", "3"),
        ("t3", "3"),
        ("Task 3", "3"),
        ("task-3", "3"),
        ("10A", "10a"),
        ("T4", "T4"),
        ("4", "4"),
        ("TASK-AP-001", "TASK-AP-001"),
        ("task-ap-001", "TASK-AP-001"),
    ] {
        assert_eq!(plan.task(spelled).map(|t| t.id.as_str()), Some(id), "{spelled}");
    }
}

#[test]
fn large_documents_are_read_in_no_time() {
    let task = "### T1: x\n\n- [x] a\n\n**Files:**\n- Modify: `a/b.rs` — note\n\nDepends on: T1-T2\n\n```\n# no\n```\n";
    let hostile = [
        task.repeat(8_000),
        "- ".repeat(200_000),
        "> ".repeat(200_000),
        "`".repeat(400_000),
        "**".repeat(200_000),
        "[".repeat(200_000),
        "- [x] a\n".repeat(60_000),
        "# Progress\n".repeat(60_000),
        "(".repeat(400_000),
        "Files: ".to_owned() + &"`a` (".repeat(60_000),
        "a:\n".repeat(100_000),
        "{".repeat(200_000),
        "---\n".repeat(100_000),
        format!("**T1: x (Files: {}**", "(Files: ".repeat(40_000)),
        format!("## T1: x\n\nFiles: {}\n", "`a`\n".repeat(50_000)),
        "_a".repeat(200_000),
        "<".repeat(200_000),
        "<!--".repeat(100_000),
        "[x](".repeat(100_000),
        format!("## T1: x\n\nFiles: {}\n", "`a/{b,c}{d,e}.rs`, ".repeat(5_000)),
        format!("## T1: x\n\nFiles: x\n{}", "y y\n".repeat(100_000)),
        format!("## T1: x\n\nDepends on: x\n{}", "T1 y\n".repeat(100_000)),
        (0..4_000).map(|n| format!("## T{n}: x\n\nDepends on: T0-T3999\n\n")).collect(),
    ];
    for text in hostile {
        let start = Instant::now();
        if let Ok(plan) = read_as("markdown-sections", "a.md", text.as_bytes()) {
            lint(&plan);
        }
        locked_lines("a.md", text.as_bytes());
        let head: String = text.chars().take(20).collect();
        eprintln!("{:>8.2?} {:>8} {head:?}", start.elapsed(), text.len());
        assert!(start.elapsed().as_secs() < 20, "{head:?}: {:?}", start.elapsed());
    }
}

#[test]
fn a_list_of_more_tasks_than_any_plan_has_is_refused_with_the_line_and_the_limit() {
    let sections =
        |most: usize| (1..=most).map(|n| format!("## T{n}: x\n\nFiles: none\n\n")).collect::<String>();
    let items = |most: usize| (1..=most).map(|n| format!("- [ ] T{n} x in src/a.rs\n")).collect::<String>();
    for text in [sections(10_001), items(10_001)] {
        let error = read("a.md", text.as_bytes()).unwrap_err();
        assert!(
            error.message().contains("10001 tasks") && error.help_lines()[0].contains("10000"),
            "{error:?}"
        );
        let line = text.lines().position(|line| line.contains("T10001")).map(|n| n + 1);
        assert_eq!(error.place().map(|place| place.line), line);
    }
    assert!(read_as("checklist", "a.md", items(10_001).as_bytes()).is_err());
    assert_eq!(read("a.md", items(10_000).as_bytes()).unwrap().tasks.len(), 10_000);
    let large = format!("{}{}", items(1), " ".repeat(2 << 20));
    assert!(read("a.md", large.as_bytes()).unwrap_err().message().contains("3 MB"));
}

/// Lines that plans are made of, and that attacks on plans are made of.
fn document() -> impl Strategy<Value = String> {
    #[rustfmt::skip]
    let lines = prop::sample::select(vec![
        "## Task 1: a", "### T002: b (M1)", "**T003: c**", "- **T004**", "# Plan", "## Progress", "### Decision Log",
        "## Notes", "Progress\n===", "**Files:**", "- Files: `a.rs`, src/b.rs", "- Create: `src/a.rs`", "  - Modify: `b/`",
        "- [ ] step", "- [x] step", "  - [X] deeper", "**Depends on:** Task 1", "- Depends on: T002-T003", "```", "````",
        "~~~", "<!--", "-->", "<div>", "---", "> quoted", "| a | b |", "|---|---|", "    code", "", "", "1. [x] one",
        "* * *", "[x]: /url", "- - [x] y", "\u{e000}a/b.rs\u{e001}", "- Test: `t/x.rs` (only if needed)", "text",
        "Files: none", "\t- [ ] tab", "- Read: `z.rs`", "\r", "`open", "**Files:** `a.rs` — x,\n  `b.rs`", "topic: x",
        "| Task | Files | Status |", "| Status | ID | Scope |", "|---|---|---|", "| T1 | `t/a.rs` | todo |", "| done | T2 | `t/b.rs` |",
        "todo | T3 | `t/c.rs`", "| T1 | `t/a.rs` | [x] | x |", "| Task | Depends on | Done |", "| T2 | T1 | - |",
        "T004: u\n---", "Task\n5: v\n  -", "__T006__: w", "x\r### T7: y\r", "\\_\\_T008\\_\\_: z",
    ]);
    prop::collection::vec(lines, 0..24).prop_map(|lines| lines.join("\n"))
}

/// Changes that a hostile hand could try on a running plan.
fn edit(text: &str, at: usize, what: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let at = at % (lines.len() + 1);
    match what {
        "tick" => return text.replacen("[ ]", "[x]", 1 + at),
        "state" => return text.replacen("todo", "done", 1 + at),
        "pipe" => return text.replacen("todo |", "done ||", 1 + at),
        "untick" => return text.replacen("[x]", "[ ]", 1 + at),
        "drop" if at < lines.len() => drop(lines.remove(at)),
        _ => lines.insert(at, what),
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn what_keeps_the_locked_lines_keeps_every_scope(
        text in document(),
        at in 0..40usize,
        what in prop::sample::select(vec![
            "tick", "untick", "drop", "## Task 1: a", "- Create: `x/y.rs`", "```", "- [x] step", "## Notes", "<!--",
            "state", "pipe", "| done | T1 | `evil.rs` |", "|---|---|---|", "**Files:** `evil.rs`", "[Progress]: x", "Progress\n---", "    ", "\r", "# Progress",
        ]),
    ) {
        let edited = edit(&text, at, what);
        if first_locked_difference("a.md", text.as_bytes(), edited.as_bytes()).is_none()
            && let Ok(before) = read("a.md", text.as_bytes())
        {
            let after = read("a.md", edited.as_bytes()).unwrap();
            prop_assert_eq!(decisive(&before), decisive(&after));
        }
    }

    #[test]
    fn whatever_has_task_sections_is_asked_for_them(text in document()) {
        let sections = FORMATS.iter().find(|format| format.name == "markdown-sections").unwrap();
        if read_as(sections.name, "a.md", text.as_bytes()).is_ok_and(|plan| !plan.tasks.is_empty()) {
            prop_assert!((sections.detect)("a.md", &text).is_some());
        }
    }

    #[test]
    fn locked_lines_stand_in_the_document_in_order(text in document()) {
        let source: Vec<&str> = text.split('\n').collect();
        let mut last = 0;
        for (number, line) in locked_lines("a.md", text.as_bytes()) {
            prop_assert!(number > last);
            last = number;
            let line = String::from_utf8(line).unwrap();
            let boxes = |s: &str| s.trim_end_matches('\r').replace("[x]", "[ ]").replace("[X]", "[ ]");
            // All but the status cells, which are blanked.
            let mut rest = boxes(source[number - 1].trim_start_matches('\u{feff}'));
            if !line.contains(" _ ") {
                prop_assert_eq!(&boxes(&line), &rest);
            }
            for piece in boxes(&line).split(" _ ") {
                let at = rest.find(piece);
                prop_assert!(at.is_some(), "{:?} in {:?}", line, rest);
                rest.drain(..at.unwrap() + piece.len());
            }
        }
    }

    #[test]
    fn no_document_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        for path in ["a.md", "a.toml", "a"] {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                if let Ok(plan) = read(path, bytes) {
                    lint(&plan);
                }
                locked_lines(path, bytes);
                first_locked_difference(path, bytes, text.as_bytes());
            }
        }
        topics_of(&text, Some(&text));
    }

    #[test]
    fn mutated_plans_do_not_make_it_panic(at in 0..300usize, with in "\\PC{0,6}", cut in 0..20usize) {
        let mut chars: Vec<char> = SECTIONS.chars().collect();
        let at = at % chars.len();
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, with.chars());
        let text: String = chars.into_iter().collect();
        if let Ok(plan) = read("a.md", text.as_bytes()) {
            lint(&plan);
        }
    }

    #[test]
    fn toml_plans_do_not_make_it_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "version = 1\n", "[[task]]\n", "id = \"T1\"\n", "scope = []\n", "scope = [\"a\", 1]\n", "scope = \"a\"\n",
            "task = 1\n", "[task]\n", "depends_on = [\"T1\"]\n", "x.y = 1\n", "[task.z]\n", "parallel_safe = true\n",
            "\"é\" = 1979-05-27\n", "phase_type = \"implementation\"\n", "covers = [[]]\n", "= \n", "\"", "]]",
        ]), 0..12),
    ) {
        if let Ok(plan) = read("a.toml", parts.concat().as_bytes()) {
            lint(&plan);
        }
    }
}

#[test]
fn a_box_in_a_living_section_does_not_decide_whether_a_document_is_a_plan() {
    let text = "- - [x] y\n\n## Progress\n\n- [ ] step\n";
    let without = text.replace("- [ ] step\n", "");
    assert_eq!(first_locked_difference("a.md", text.as_bytes(), without.as_bytes()), None);
    assert!(read("a.md", text.as_bytes()).is_ok() && read("a.md", without.as_bytes()).is_ok());
}
