use crate::model::Level;
use crate::plan::{Plan, lint, read};

fn plan(text: &str) -> Plan {
    read("p.md", text.as_bytes()).unwrap()
}

/// The problem on this line.
#[track_caller]
fn problem(text: &str, line: usize) -> (Level, String, Vec<String>) {
    let problems = lint(&plan(text));
    let found = problems.iter().find(|p| p.line == line);
    found
        .map(|p| (p.level, p.message.clone(), p.help.clone()))
        .unwrap_or_else(|| panic!("{text}: {problems:#?}"))
}

const FIRST: &str = "### T001: a\n**Files:** `a/b.rs`\n\n";

#[test]
fn a_heading_with_several_ids_is_no_task_and_not_passed_over() {
    for heading in [
        "### T003-T005: b",
        "### T003–T005: b",
        "### T003..T005",
        "### T003 - T005: b",
        "### T003-005: b",
        "### T003, T005: b",
        "### T003/T005: b",
        "### T003 and T005 (M1)",
        "### T003–T005 — b",
        "### T003-T005 Write it",
        "### T003, T005 - b",
        "### T003~T005: b",
        "### T003 -> T005: b",
        "### T003/005: b",
        "**T003-T005**: b",
        "### Tasks T003 to T005: b",
        "### **T003, T005**: b",
        "## `T003`, `T005`",
    ] {
        let (level, message, help) = problem(&format!("{FIRST}{heading}\n\n**Files:** `c/d.rs`\n"), 4);
        assert_eq!(level, Level::Deny, "{heading}");
        assert!(message.starts_with("T003, T005 stand together here"), "{message}");
        assert!(help.contains(&"### T005: summary".to_owned()), "{heading}: {help:?}");
        let (level, ..) = problem(&format!("{FIRST}{heading}\n\nprose\n"), 4);
        assert_eq!(level, Level::Warn, "{heading}");
    }
}

#[test]
fn an_outline_of_tasks_that_are_there_says_nothing_new() {
    let second = "### T002: b\n**Files:** none\n";
    for text in [
        format!("## T001-T002: both\n\n{FIRST}{second}"),
        format!("{FIRST}{second}\n## T001 and T002 in the field\n"),
        format!("{FIRST}{second}\n## What T001, T003 share\n"),
        format!("{FIRST}{second}\n- [ ] T001, T002 are reviewed\n"),
        format!("{FIRST}{second}\n##### T001: more on this\n**Files:** `x/y.rs`\n"),
    ] {
        let problems = lint(&plan(&text));
        assert!(problems.iter().all(|p| !p.message.contains("together")), "{text}: {problems:?}");
    }
}

#[test]
fn an_id_with_a_letter_of_another_script_is_called_what_it_is() {
    for (id, ascii, code) in [
        ("Т002", "T002", "U+0422"),
        ("Ｔ００２", "T002", "U+FF34"),
        ("T\u{200b}002", "T002", "U+200B"),
        ("TАSK-7", "TASK-7", "U+0410"),
        ("TASK‑7", "TASK-7", "U+2011"),
        ("T٠٠2", "T002", "U+0660"),
        ("𝐓002", "T002", "U+1D413"),
        ("TО02", "T002", "U+041E"),
    ] {
        for text in [
            format!("{FIRST}### {id}: b\n**Files:** `c/d.rs`\n"),
            format!("{FIRST}### {id}\n**Files:** `c/d.rs`\n"),
        ] {
            let (level, message, help) = problem(&text, 4);
            assert_eq!(level, Level::Deny, "{text}");
            assert!(message.contains(code) && message.contains(&format!("looks like {ascii}")), "{message}");
            assert!(help[0].starts_with(&format!("{ascii}: ")), "{help:?}");
        }
        let list = format!("- [ ] T001 Do it in src/a/b.rs\n- [ ] {id} Do that in src/c/d.rs\n");
        assert!(problem(&list, 2).1.contains(code));
    }
    for prose in ["### Größe: b", "### 第1章: b", "### Übersicht T1", "### タスク 2: b"] {
        let problems = lint(&plan(&format!("{FIRST}{prose}\n**Files:** `c/d.rs`\n")));
        assert!(problems.iter().all(|p| !p.message.contains("looks like")), "{problems:?}");
    }
}

#[test]
fn a_heading_that_is_no_task_gives_its_files_to_nobody_and_is_named() {
    for (heading, help) in [
        ("# T002: b", "### T002: summary"),
        ("##### T002: b", "### T002: summary"),
        ("###### T002: b", "### T002: summary"),
        ("####### T002: b", "### T002: summary"),
        ("###T002: b", "### T002: summary"),
        ("#### T002 Write", "### T002: summary"),
        ("### T002 Write", "### T002: summary"),
        ("## Task 2 B", "### Task 2: summary"),
        ("### T002 –x", "### T002: summary"),
        ("### T002) x", "### T002: summary"),
        ("### [T002] x", "### T002: summary"),
        ("### ✅ T002: x", "### T002: summary"),
        ("### ~~T002~~: x", "### T002: summary"),
        ("### t002: x", "### T002: summary"),
        ("### Task-3: x", "### TASK-3: summary"),
        ("**T002**: y", "### T002: summary"),
    ] {
        let text = format!("{FIRST}{heading}\n\n**Files:** `c/d.rs`\n");
        let (level, message, found) = problem(&text, 4);
        assert_eq!(level, Level::Deny, "{heading}: {message}");
        assert!(message.contains("has files, but is not read as a task"), "{message}");
        assert!(found[0].starts_with(help), "{heading}: {found:?}");
        assert_eq!(plan(&text).tasks[0].scope.as_ref().unwrap().to_string(), "a/b.rs", "{heading}");
        // Without files it is prose.
        let prose = lint(&plan(&format!("{FIRST}{heading}\n\nprose\n")));
        assert!(prose.iter().all(|p| !p.message.contains("not read as a task")), "{prose:?}");
    }
    for inside in
        ["#### Notes on T002", "#### Step 2: b", "#### Task details", "**Note on T002**: y", "**T**: x"]
    {
        let text = format!("### T001: a\n\n{inside}\n\n**Files:** `c/d.rs`\n");
        let plan = plan(&text);
        assert_eq!(
            plan.tasks[0].scope.as_ref().map(ToString::to_string).as_deref(),
            Some("c/d.rs"),
            "{inside}"
        );
        assert_eq!(lint(&plan), [], "{inside}");
    }
}

#[test]
fn many_harmless_places_hide_no_other() {
    let notes = "##### T001: note\n".repeat(30);
    assert_eq!(
        problem(&format!("{FIRST}{notes}### T003-T005: x\n\n**Files:** `c/d.rs`\n"), 34).0,
        Level::Deny
    );
}

#[test]
fn a_document_of_nothing_else_is_refused_at_that_line() {
    for (text, line) in
        [("# P\n\n### Т001: a\n\n**Files:** `a/b.rs`\n", 3), ("# P\n\ntext\n\n## T001-T003: a\n", 5)]
    {
        let error = read("p.md", text.as_bytes()).unwrap_err();
        assert_eq!(error.place().unwrap().line, line, "{error:?}");
        assert!(error.message().starts_with("guard finds no tasks here: "), "{error:?}");
        assert!(!error.help_lines().is_empty());
    }
}
