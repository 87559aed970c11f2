use super::*;
use crate::model::Level;
use crate::plan::{lint, read};

fn plan(text: &str) -> Plan {
    read("plans/p.md", text.as_bytes()).unwrap()
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.tasks.iter().map(|t| t.id.as_str()).collect()
}

fn scope(plan: &Plan, id: &str) -> String {
    let task = plan.tasks.iter().find(|t| t.id.as_str() == id).unwrap();
    task.scope.as_ref().map_or("undeclared".to_owned(), ToString::to_string)
}

fn deps(plan: &Plan, id: &str) -> Vec<String> {
    let task = plan.tasks.iter().find(|t| t.id.as_str() == id).unwrap();
    task.depends_on.iter().map(ToString::to_string).collect()
}

#[test]
fn headings_that_are_no_tasks_are_left_alone() {
    for heading in [
        "# T001: title",
        "##### T001: too deep",
        "## M1: Milestone",
        "### Risk 1: x",
        "## Phase 2: x",
        "### Step 3: y",
        "## Tasks 1-3: y",
        "### Task 1-3: y",
        "## Task list",
        "## Task: x",
        "### T001 is done",
        "### Task 3 notes",
        "## Test 1: x",
        "### T001-T003: x",
        "## Taskforce 1: x",
        "> ## T001: quoted",
        "- ## T001: in a list",
        "    ## T001: code",
        "<!--\n## T001: gone\n-->",
    ] {
        let text = format!("{heading}\n\n**Files:** `src/a.rs`\n");
        let read = read("p.md", text.as_bytes());
        assert!(read.is_err(), "{heading}: {:?}", ids(&read.unwrap()));
    }
    for mention in ["**T001** comes first", "**T001: x**\n\nonly a mention", "- **T1.1**: mentioned\n- text"]
    {
        assert!(read("p.md", mention.as_bytes()).is_err(), "{mention}");
    }
    assert!(read("p.json", b"## T001: x").is_err());
}

#[test]
fn headings_in_all_their_spellings() {
    #[rustfmt::skip]
    let cases = [
        ("### T001: Write it", "T001", "Write it", None), ("### Task T1.1: Parse (M1)", "T1.1", "Parse", Some("M1")),
        ("## Task 3: `lex` it", "3", "`lex` it", None), ("### T1 -- Go", "T1", "Go", None), ("#### Task 10a: Go", "10a", "Go", None),
        ("### T2 — Go", "T2", "Go", None), ("## Task 4", "4", "", None), ("## **Task 5:** Bold", "5", "Bold", None),
        ("### T001", "T001", "", None), ("### TASK-AP-001: Go", "TASK-AP-001", "Go", None), ("## Task #7: Go", "7", "Go", None),
        ("## タスク 2: 登録", "2", "登録", None), ("## Task 6 (M2)", "6", "", Some("M2")), ("### T10b. Go", "T10b", "Go", None),
        ("Task 8: Go\n---", "8", "Go", None), ("### [P] T009: Go", "T009", "Go", None), ("### Task AUTH-01: Go", "AUTH-01", "Go", None),
        ("### T3: a (Files: `x/y.rs`) b", "T3", "a b", None),
    ];
    for (heading, id, summary, milestone) in cases {
        let plan = plan(&format!("# Plan\n\n{heading}\n\n**Files:** `src/a.rs`\n"));
        assert_eq!(ids(&plan), [id], "{heading}");
        assert_eq!(plan.tasks[0].summary, summary, "{heading}");
        assert_eq!(plan.tasks[0].milestone.as_deref(), milestone, "{heading}");
        assert_eq!(plan.tasks[0].line, 3, "{heading}");
        assert!(scope(&plan, id).starts_with("src/a.rs"), "{heading}");
        assert_eq!(plan.tasks[0].parallel_safe, heading.contains("[P]"));
    }
}

#[test]
fn a_task_ends_where_the_next_begins() {
    let text = "## Task 1: a\n\n### Notes\n\n**Files:** `a/x.rs`\n\n### Task 1a: b\n\n#### Files\n\n- `b/x.rs`\n\npara\n\n\
                - `b/y.rs`\n\n#### Files to read\n\n- `b/no.rs`\n\n## Appendix\n\n**Files:** `c/no.rs`\n\n## Task 2: c\n\ntext\n";
    let plan = plan(text);
    assert_eq!(ids(&plan), ["1", "1a", "2"]);
    assert_eq!(scope(&plan, "1"), "a/x.rs");
    assert!(scope(&plan, "1a").starts_with("b/x.rs"), "{}", scope(&plan, "1a"));
    assert!(!scope(&plan, "1a").contains("no.rs"));
    assert_eq!(scope(&plan, "2"), "undeclared");
}

#[test]
fn fences_tables_quotes_and_comments_declare_nothing() {
    let text = "## Task 1: a\n\n````\n```\n## Task 9: no\n**Files:** `no/a.rs`\n```\n## Task 8: no\n````\n\n\
                | Files | x |\n|---|---|\n| `no/b.rs` | |\n\n> **Files:** `no/c.rs`\n\n<!-- **Files:** `no/d.rs` -->\n\n\
                **Files:**\n- Modify: `a/x.rs`\n  ```\n  - `no/e.rs`\n  ```\n- Test: `a/y.rs` <!-- `no/f.rs` -->\n\n~~~\n- `no/g.rs`\n~~~\n\n- `no/h.rs`\n";
    let plan = plan(text);
    assert_eq!(ids(&plan), ["1"]);
    assert_eq!(scope(&plan, "1"), "a/x.rs, a/y.rs");
}

#[test]
fn the_list_of_files_ends_where_the_steps_begin() {
    let text = "## Task 1: a\n\n**Files:**\n- Create: `a/x.rs`\n- Test: `a/y.rs`\n\n- [ ] **Step 1: Modify `no/a.rs`**\n\n  - `no/b.rs`\n\n\
                - [x] `no/c.rs`\n\n- `no/d.rs`\n";
    let plan = plan(text);
    assert_eq!(scope(&plan, "1"), "a/x.rs, a/y.rs");
    assert!(!plan.tasks[0].done);
}

#[test]
fn other_labels_end_the_list_of_files() {
    let text = "## Task 1: a\n\n**Milestone:** M1\n**Files:** `a/x.rs`,\n  `a/y.rs`\n**Interfaces:** `no/a.rs`\n**Owner**: Eve\n\n\
                ## Task 2: b\n\n- Files/modules touched: `b/x.rs`,\n  `b/y.rs`\n- Done when: `no/b.rs` is gone\n- Summary: all of it\n\n\
                ## Task 3: c\n\nFiles: c/x.rs\nNotes: `no/c.rs`\n`no/d.rs`\n\n## Task 4: d\n\n**Files to read:** `no/e.rs`\n\n**Files to delete:** `d/x.rs`\n\n\
                **Files/Interfaces**:\n\n- `d/y.rs`\n- **Notes:** `no/f.rs`\n- `no/g.rs`\n";
    let plan = plan(text);
    assert_eq!(scope(&plan, "1"), "a/x.rs, a/y.rs");
    assert_eq!(plan.tasks[0].milestone.as_deref(), Some("M1"));
    assert_eq!(scope(&plan, "2"), "b/x.rs, b/y.rs");
    assert_eq!(plan.tasks[1].acceptance.as_deref(), Some("`no/b.rs` is gone"));
    assert_eq!(scope(&plan, "3"), "c/x.rs");
    assert_eq!(scope(&plan, "4"), "d/x.rs, d/y.rs");
}

#[test]
fn bold_lines_carry_tasks_where_no_heading_does() {
    let text = "---\ntitle: x\ntopic: \"Token auth\"\n---\n## Work\n\n### M1\n\n**T101: Parse**\nFiles: `a/x.rs`\n**T102: Print**\n- Files: `b/x.rs`\n\n\
                **T1.1**: Go\n- **Files**:\n  - `c/x.rs`\n  - Delete: `c/y.rs`\n- **Acceptance Tests**:\n  - `no/a.rs` passes\n  - more\n\n\
                **T001**\n- Summary: Do it\n- Dependencies: none\n- Files touched: `d/x.rs`\n\n**T2 - Check (Files: `e/x.rs`, `e/y.rs`)**\n- `no/b.rs`\n\n\
                - [x] **T3: Item**\n  - Files: `f/x.rs`\n- Files: `no/c.rs`\n\n### M2\n\n**Files:** `no/d.rs`\n";
    let plan = plan(text);
    assert_eq!(ids(&plan), ["T101", "T102", "T1.1", "T001", "T2", "T3"]);
    let scopes: Vec<String> = plan.tasks.iter().map(|t| t.scope.as_ref().unwrap().to_string()).collect();
    assert_eq!(scopes, ["a/x.rs", "b/x.rs", "c/x.rs, c/y.rs", "d/x.rs", "e/x.rs, e/y.rs", "f/x.rs"]);
    let lines: Vec<usize> = plan.tasks.iter().map(|t| t.line).collect();
    assert_eq!(lines, [9, 11, 14, 22, 27, 30]);
    assert_eq!(plan.tasks[3].summary, "Do it");
    assert_eq!(plan.tasks[4].summary, "Check");
    assert_eq!(plan.tasks[2].acceptance.as_deref(), Some("`no/a.rs` passes; more"));
    assert_eq!(
        plan.tasks.iter().map(|t| t.done).collect::<Vec<_>>(),
        [false, false, false, false, false, true]
    );
    assert_eq!(plan.topic.as_deref(), Some("Token auth"));
}

#[test]
fn a_mention_is_not_a_second_definition() {
    let text = "## Task 1: a\n\n**Files:** `a/x.rs`\n\n## Order\n\n### Task 1: first of all\n\ntext\n";
    let plan = plan(text);
    assert_eq!(ids(&plan), ["1"]);
    assert!(plan.problems.iter().any(|p| p.level == Level::Warn && p.line == 7), "{:?}", plan.problems);
    let twice = text.replace("\ntext\n", "\nFiles: `b/x.rs`\n");
    let found = lint(&read("p.md", twice.as_bytes()).unwrap());
    assert!(
        found.iter().any(|p| p.level == Level::Deny && p.line == 7 && p.message.contains("line 1")),
        "{found:?}"
    );
}

#[test]
fn living_sections_hold_no_tasks() {
    let text = "## T1: a\n\nFiles: `a.md`\n\n#### Progress\n\nFiles: `no.md`\n\n## Decision Log\n\n### T2: no\n\nFiles: `no.md`\n\n# Rest\n\n## T3: c\n\nFiles: none\n";
    let plan = plan(text);
    assert_eq!(ids(&plan), ["T1", "T3"]);
    assert_eq!(scope(&plan, "T1"), "a.md");
    assert_eq!(plan.tasks[1].line, 17);
}

#[test]
fn dependencies_are_resolved_to_the_plans_own_ids() {
    let task =
        |n: usize, deps: &str| format!("## Task {n}: x\n\n**Files:** none\n**Depends on:** {deps}\n\n");
    let cases: &[(&str, &[&str])] = &[
        ("none", &[]),
        ("-", &[]),
        ("None.", &[]),
        ("Task 1", &["1"]),
        ("Task 1 (architecture test in place)", &["1"]),
        ("Tasks 1-3", &["1", "2", "3"]),
        ("Tasks 1–3, 5", &["1", "2", "3", "5"]),
        ("1, 2", &["1", "2"]),
        ("T1 through T3", &["1", "2", "3"]),
        ("T1-T3", &["1", "2", "3"]),
        ("Task 2 and Task 3", &["2", "3"]),
        ("`Task 2`", &["2"]),
        ("All previous tasks", &["1", "2", "3", "4", "5"]),
        ("after Task 4 has 3 reviews", &["4"]),
        ("Task 2, Task 2", &["2"]),
        ("Task 99", &["99"]),
        ("T1 - T2", &["1", "2"]),
    ];
    for (said, expected) in cases {
        let text: String = (1..6).map(|n| task(n, "none")).chain([task(6, said)]).collect();
        let plan = plan(&text);
        assert_eq!(deps(&plan, "6"), *expected, "{said}");
        let unknown = lint(&plan).iter().any(|p| p.message.contains("depends on 99"));
        assert_eq!(unknown, *said == "Task 99", "{said}");
    }
    let plan = plan(&(task(1, "none") + &task(2, "the baseline")));
    assert_eq!(deps(&plan, "2"), [""; 0]);
    assert!(
        plan.problems[0].message.contains("no task is named") && plan.problems[0].line == 9,
        "{:?}",
        plan.problems
    );
}

#[test]
fn ids_with_dashes_are_not_ranges() {
    let text = "## TASK-AP-001: a\n\nFiles: none\n\n## TASK-AP-002: b\n\nFiles: none\nDependencies: TASK-AP-001\n\n## T010: c\n\nFiles: none\nDependencies: TASK-AP-001 to TASK-AP-002\n";
    let plan = plan(text);
    assert_eq!(deps(&plan, "TASK-AP-002"), ["TASK-AP-001"]);
    assert_eq!(deps(&plan, "T010"), ["TASK-AP-001", "TASK-AP-002"]);
}

#[test]
fn done_is_said_by_checkboxes() {
    let text = "## Task 1: a\n\nFiles: none\n\n- [x] one\n- [X] two\n\n## Task 2: b\n\nFiles: none\n\n- [x] one\n- [ ] two\n\n## Task 3: c\n\nFiles: none\n";
    assert_eq!(plan(text).tasks.iter().map(|t| t.done).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn labels_in_japanese() {
    let text = "## タスク 1: 設定\n\n**ファイル:**\n\n- 変更: `lib/config.cjs`\n- 参照: `no/a.cjs`\n\n**依存:** なし\n\n## タスク 2: 登録\n\n**ファイル：** `bin/tools.cjs`\n**依存関係:** タスク 1\n";
    let plan = plan(text);
    assert_eq!(scope(&plan, "1"), "lib/config.cjs");
    assert_eq!(scope(&plan, "2"), "bin/tools.cjs");
    assert_eq!(deps(&plan, "2"), ["1"]);
}

#[test]
fn carriage_returns_and_rules_change_nothing() {
    let text = "---\n\n# Plan\n\n## T1: a\n\n**Files:**\n- `a/x.rs`\n\n---\n\n## T2: b\n\n**Files:** `b/x.rs`\n\n---\n";
    let windows = text.replace('\n', "\r\n");
    for text in [text, &windows] {
        let plan = plan(text);
        assert_eq!(ids(&plan), ["T1", "T2"]);
        assert_eq!((scope(&plan, "T1").as_str(), scope(&plan, "T2").as_str()), ("a/x.rs", "b/x.rs"));
        assert_eq!(plan.tasks[1].line, 12);
    }
}

#[test]
fn numbered_chapters_are_no_tasks() {
    for text in [
        "## 1. Context\n\ntext\n\n## 2. Files to read\n\n**See:** `src/a.rs`\n",
        "## Tasks\n\n### 1. a\n\n**Read:** `src/a.rs`\n\n### 2. b\n",
        "## 2026. Year\n\n**Files:** `src/a.rs`\n",
        "## 1. Design\n\n### Files\n\n- `src/a.rs`\n",
        "## 1 a\n\n**Files:** `src/a.rs`\n",
        "## 1.a b\n\n**Files:** `src/a.rs`\n",
    ] {
        let read = read("p.md", text.as_bytes());
        assert!(read.is_err(), "{text}: {:?}", ids(&read.unwrap()));
    }
    // With tasks that are called so, or bold ones, a number is that of a chapter.
    let headed = plan("## 1. Plan\n\n**Files:** `src/no.rs`\n\n## Task 1: a\n\n**Files:** `src/a.rs`\n");
    assert_eq!((ids(&headed), scope(&headed, "1").as_str()), (vec!["1"], "src/a.rs"));
    let bold = plan("## 1. Plan\n\n**T001: a**\n- Files: `src/a.rs`\n\n**T002: b**\n- Files: `src/b.rs`\n");
    assert_eq!(ids(&bold), ["T001", "T002"]);
}

#[test]
fn numbered_headings_with_a_files_label_are_tasks() {
    let text = "# Plan\n\n## 1. Context\n\ntext\n\n## Tasks\n\n### 1. Create `rel/a.go` — query\n\n**File:** `rel/a.go` (new)\n**Steps:**\n\
                1.1 Define `no/x.go`\n\n### 2. Add `--check`\n\n**File:** `cmd/main.go` (edit) — see `no/y.go`\n**Steps:**\n2.1 Modify\n\n\
                ### 3. Validate\n\n**Steps:**\n3.1 Test `no/z.go`\n\n## Risks\n\n### 1. Slow\n\ntext\n";
    let plan = plan(text);
    assert_eq!(ids(&plan), ["1", "2", "3"]);
    assert_eq!(
        [scope(&plan, "1"), scope(&plan, "2"), scope(&plan, "3")],
        ["rel/a.go", "cmd/main.go", "undeclared"]
    );
    assert_eq!((plan.tasks[0].summary.as_str(), plan.tasks[0].line), ("Create `rel/a.go` — query", 9));
    assert!(lint(&plan).iter().any(|p| p.level == Level::Deny && p.line == 21));
    // Outside of a chapter of tasks only what has the label is one.
    let alone =
        self::plan("## 1. Context\n\ntext\n\n## 2. Write it\n\n**Files:** `src/a.rs`\n\n## 3) Check\n");
    assert_eq!(ids(&alone), ["2"]);
}
