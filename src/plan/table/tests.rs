use super::*;
use crate::model::Level;
use crate::plan::{blocking, first_locked_difference, is_same, read};

fn plan(text: &str) -> Plan {
    read("plans/p.md", text.as_bytes()).unwrap()
}

/// ID, scope, and what must come first, of each task.
fn said(plan: &Plan) -> Vec<String> {
    let one = |task: &Task| {
        let scope = task.scope.as_ref().map_or("?".to_owned(), ToString::to_string);
        let after: Vec<_> = task.depends_on.iter().map(ToString::to_string).collect();
        format!("{}: {scope} <{}>", task.id, after.join(" "))
    };
    plan.tasks.iter().map(one).collect()
}

/// Line and text of what stops the plan.
fn denied(plan: &Plan) -> Vec<(usize, String)> {
    blocking(plan).into_iter().map(|p| (p.line, p.message)).collect()
}

const TWO: &str = "# Lease\n\n## Tasks\n\n### M1: Skeleton\n\n| Task | Summary | Files | Depends on | Status |\n|---|:-:|---|---|---|\n\
                   | T1.1 | Pin it | `src/lease.rs`, `tests/lease.rs` | - | todo |\n\n### M2: Use\n\n\
                   | Task | Summary | Files | Depends on | Status |\n|---|---|---|---|---|\n| T2.1 | Use it | `src/main.rs`<br>src/cli/ | T1.1 | done |\n\
                   | T2.2 | Run all | - | T1.1, T2.1 | todo |\n";

#[test]
fn tables_of_other_things_define_no_tasks() {
    for head in [
        "| # | File | Purpose |\n|---|---|---|\n| 1 | `src/a.rs` | lexer |",
        "| ID | Risk | Files |\n|---|---|---|\n| R1 | slow | `src/a.rs` |",
        "| File | Task |\n|---|---|\n| `src/a.rs` | T1 |",
        "| Requirement | Task | Files |\n|---|---|---|\n| R1 | T1 | `src/a.rs` |",
        "| Task | Files |\n|---|---|\n| Write it | `src/a.rs` |",
        "| Task | Test |\n|---|---|\n| T1 | `tests/a.rs` |",
        "| ID | Task | Owner |\n|---|---|---|\n| T1 | Write it | Eve |",
        "| ID | Milestone | Files |\n|---|---|---|\n| M1 | Skeleton | `src/a.rs` |",
        "> | Task | Files |\n> |---|---|\n> | T1 | `src/a.rs` |",
        "```\n| Task | Files |\n|---|---|\n| T1 | `src/a.rs` |\n```",
        "<!--\n| Task | Files |\n|---|---|\n| T1 | `src/a.rs` |\n-->",
        "| Task | Files |\n|---|\n| T1 | `src/a.rs` |",
        "| Task | Files to read |\n|---|---|\n| T1 | `src/a.rs` |",
    ] {
        let read = read("p.md", format!("# Plan\n\n{head}\n").as_bytes());
        assert!(read.is_err(), "{head}: {:?}", said(&read.unwrap()));
    }
    assert!(read("p.json", b"| Task | Files |\n|---|---|\n| T1 | `src/a.rs` |\n").is_err());
}

#[test]
fn one_table_for_each_milestone() {
    let plan = plan(TWO);
    assert_eq!(plan.format, "markdown-table");
    #[rustfmt::skip]
    assert_eq!(said(&plan), ["T1.1: src/lease.rs, tests/lease.rs <>", "T2.1: src/main.rs, src/cli/ <T1.1>", "T2.2: no files <T1.1 T2.1>"]);
    let shown = |t: &Task| (t.line, t.summary.clone(), t.milestone.clone().unwrap(), t.done);
    assert_eq!(shown(&plan.tasks[0]), (9, "Pin it".to_owned(), "M1".to_owned(), false));
    assert_eq!(shown(&plan.tasks[1]), (15, "Use it".to_owned(), "M2".to_owned(), true));
    assert_eq!(denied(&plan), []);
}

#[test]
fn headings_and_ids_in_many_spellings() {
    #[rustfmt::skip]
    let cases = [
        ("ID | Task | Files", "T1 | a | `src/a.rs`", "T1"), ("**Task ID** | _Files touched_ | Notes", "T1 | `src/a.rs` | `no.rs`", "T1"),
        ("# | Task | Files", "3 | Lex it | `src/a.rs`", "3"), ("# | Task | Files", "1 | T7: Lex it | `src/a.rs`", "T7"),
        ("TASK | SCOPE", "T1 | src/a.rs", "T1"), ("Task | Target | Files", "T1 | `v1.0.md` | `src/a.rs`", "T1"),
        ("Task | Paths | Scope", "T1 | `src/a.rs` | `no/`", "T1"), ("Status | Task # | File", "done | T1 | `src/a.rs`", "T1"),
        ("Task | Files", "**T1** | `src/a.rs`", "T1"), ("Task | Files", "[T1](#t1) | `src/a.rs`", "T1"), ("Task | Files", "`T1` | `src/a.rs`", "T1"),
        ("Task | Files", "Task 4: go | `src/a.rs`", "4"), ("Task | Files", "AUTH-01 | `src/a.rs`", "AUTH-01"), ("タスク | ファイル", "T1 | `src/a.rs`", "T1"),
        ("Task | Files to modify (est.)", "T1 | Modify: `src/a.rs:14-15` (new)", "T1"), ("Task | Summary | Files", "T1 | a \\| b `c \\| d` | `src/a.rs`", "T1"),
    ];
    for (head, row, id) in cases {
        let rule = vec!["---"; head.split('|').count()].join("|");
        // Without a pipe in front "# |" is a heading.
        let bare = if head.starts_with('#') { "|" } else { "" };
        for text in [
            format!("| {head} |\n|{rule}|\n| {row} |\n"),
            format!("\u{feff}{bare}{head}\r\n{rule}\r\n{row}\r\n"),
        ] {
            let plan = read("p.md", text.as_bytes()).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(said(&plan), [format!("{id}: src/a.rs <>")], "{text}");
            assert_eq!((denied(&plan), plan.tasks[0].line), (vec![], 3), "{text}");
        }
    }
    assert_eq!(
        plan("| Task | Summary | Files |\n|-|-|-|\n| T1 | a \\| `b \\| c` | `d.md` |\n").tasks[0].summary,
        "a | `b | c`"
    );
}

#[test]
fn what_a_row_does_not_say_is_denied_at_its_line() {
    let table =
        |row: &str| format!("| Task | Summary | Files |\n|---|---|---|\n| T1 | a | `src/a.rs` |\n{row}\n");
    for (row, what) in [
        ("| T2 | b | |", "T2 does not declare its scope"),
        ("| T2 | b |", "T2 does not declare its scope"),
        ("| T2 | b | TBD |", "too vague"),
        ("| T2 | b | Any file importing it |", "too vague"),
        ("| T2 | b | same as T1 |", "names no path"),
        ("| T2 | b | `src/<name>.rs` |", "stands for a path"),
        ("| T2 | b | src/<name>.rs |", "stands for a path"),
        ("| T2 | b | `../x.rs` |", ".."),
        ("| T2 | b | c | `src/b.rs` |", "more cells"),
        ("| T2 | a `b|c` | `src/b.rs` |", "more cells"),
        ("| T2, T3 | b | `src/b.rs` |", "no task ID"),
        ("| | | `src/b.rs` |", "no task ID"),
        ("| T1 | b | `src/b.rs` |", "twice: line 3"),
    ] {
        let plan = plan(&table(row));
        let denied = denied(&plan);
        assert!(denied.len() == 1 && denied[0].0 == 4 && denied[0].1.contains(what), "{row}: {denied:?}");
        assert!(blocking(&plan).iter().all(|p| !p.help.is_empty()), "{row}");
        assert!(plan.tasks.iter().skip(1).all(|t| t.scope.is_none()), "{row}: {:?}", said(&plan));
    }
    for row in ["| **M2** | | |", "| | | |", "| Total | | 5 |", ""] {
        assert_eq!(denied(&plan(&table(row))), [], "{row}");
    }
    let missing = &blocking(&plan(&table("| T2 | b | |")))[0];
    assert_eq!(missing.help[0], "into the Files cell of its row: `src/lease.rs`    (or none)");
    assert_eq!(missing.help[2..], ["[overlay.\"plans/p.md\"]", "T2 = [\"src/lease.rs\"]"]);
}

#[test]
fn a_table_that_repeats_tasks_adds_dependencies_and_nothing_else() {
    let text = format!(
        "{TWO}\n## Tests\n\n| Task | Test |\n|---|---|\n| T2.1 | `tests/evil.rs` |\n\n## Order\n\n| Task | Depends on |\n|---|---|\n| T2.1 | T2.2 |\n| T9 | T1.1 |\n"
    );
    let plan = plan(&text);
    #[rustfmt::skip]
    assert_eq!(said(&plan), ["T1.1: src/lease.rs, tests/lease.rs <>", "T2.1: src/main.rs, src/cli/ <T1.1 T2.2>", "T2.2: no files <T1.1 T2.1>"]);
    let warned: Vec<_> = plan.problems.iter().filter(|p| p.level == Level::Warn).collect();
    assert!(warned[0].message.contains("names T9") && warned[0].line == 29, "{warned:?}");
}

#[test]
fn a_task_with_files_in_two_tables_has_them_once() {
    let table = "| Task | Files |\n|---|---|\n| T1 | `src/a.rs`, `src/b.rs` |\n";
    let text = |again: &str| {
        format!("{table}\n## Again\n\n| ID | Task | Files |\n|---|---|---|\n| T1 | a | {again} |\n")
    };
    let wider = plan(&text("`src/a.rs`, `src/b.rs`, `src/c.rs`"));
    assert!(denied(&wider)[0].1.contains("defined twice"), "{:?}", denied(&wider));
    let same = plan(&text("`src/b.rs`, `src/a.rs`"));
    assert_eq!((said(&same), denied(&same)), (vec!["T1: src/a.rs, src/b.rs <>".to_owned()], vec![]));
    assert_eq!(same.tasks[0].summary, "a");
}

const DETAILS: &str = "## Tasks\n\n| ID | Task | Owner | Dependencies |\n|----|----|----|----|\n| T1 | Add it | eve | - |\n| T2 | Fetch it | eve | T1 |\n\n\
                       ### Details\n\n**T1 - Manifest (Files: `Cargo.toml`)**\n- Use `no/x.rs`\n\n**T2 - Fetching (Files: `src/fetch.rs`)**\n- Block `file://`\n";

#[test]
fn bold_lines_below_a_table_say_the_files() {
    let read = plan(DETAILS);
    assert_eq!(said(&read), ["T1: Cargo.toml <>", "T2: src/fetch.rs <T1>"]);
    assert_eq!((read.tasks[1].summary.as_str(), read.tasks[1].line, denied(&read)), ("Fetch it", 6, vec![]));
    let silent = plan(&DETAILS.replace(" (Files: `Cargo.toml`)", ""));
    assert_eq!(said(&silent), ["T1: ? <>", "T2: src/fetch.rs <T1>"]);
    assert_eq!(denied(&silent), [(5, "T1 does not declare its scope".to_owned())]);
    let help = &blocking(&silent)[0].help[0];
    assert_eq!(help, "below the table: **T1: summary (Files: `src/lease.rs`)**    (or Files: none)");
    // What the help says can be pasted.
    let mended = silent_with(&help["below the table: ".len()..help.find("    ").unwrap()]);
    assert_eq!(said(&mended)[0], "T1: src/lease.rs <>");
    // A detail of its own is a task of its own.
    let more = plan(&format!("{DETAILS}\n**T3 - More (Files: `src/more.rs`)**\n\n**T4 - prose**\n"));
    assert_eq!(said(&more)[2..], ["T3: src/more.rs <>"]);
}

fn silent_with(line: &str) -> Plan {
    plan(&format!("{}\n{line}\n", DETAILS.replace("**T1 - Manifest (Files: `Cargo.toml`)**\n", "")))
}

#[test]
fn table_and_detail_must_name_the_same_files() {
    let table = "| Task | Files |\n|---|---|\n| T1 | `src/a.rs` |\n| T2 | - |\n";
    let wider =
        plan(&format!("{table}\n**T1: a (Files: `src/a.rs`, `src/b.rs`)**\n\n**T2: b (Files: none)**\n"));
    assert_eq!(said(&wider), ["T1: ? <>", "T2: no files <>"]);
    assert_eq!(denied(&wider), [(3, "T1: the table and line 6 do not name the same files".to_owned())]);
    assert!(blocking(&wider)[0].help[0].ends_with("into its Files cell: `src/a.rs`, `src/b.rs`"));
    let same = plan(&format!("{table}\n**T1: a (Files: `src/a.rs`)**\n"));
    assert_eq!((said(&same)[0].as_str(), denied(&same)), ("T1: src/a.rs <>", vec![]));
}

#[test]
fn sections_with_files_are_the_tasks_and_a_table_must_agree() {
    let sections = "### T1: a\n\n**Files:** `src/a.rs`\n\n### T2: b\n\n**Files:** `src/b.rs`\n";
    let text = |rows: &str| {
        format!("## Overview\n\n| Task | Files | Depends on |\n|---|---|---|\n{rows}\n\n{sections}")
    };
    let wider = plan(&text("| T1 | `src/a.rs`, `src/evil.rs` | - |"));
    assert_eq!(
        (wider.format, said(&wider)),
        ("markdown-sections", vec!["T1: src/a.rs <>".to_owned(), "T2: src/b.rs <>".to_owned()])
    );
    assert_eq!(denied(&wider), [(5, "T1: the table and line 7 do not name the same files".to_owned())]);
    // A table never gives files to a section that has none.
    let silent = plan(
        &text("| T1 | `src/a.rs` | - |\n| T2 | `src/b.rs` | - |").replace("**Files:** `src/b.rs`", "text"),
    );
    assert_eq!(said(&silent)[1], "T2: ? <>");
    assert_eq!(denied(&silent).len(), 1);
    assert!(
        blocking(&silent)[0].help[0].ends_with("write below line 12: **Files:** `src/b.rs`"),
        "{:?}",
        blocking(&silent)
    );
    // A row that declares files and is no task is refused; one that only names a task is not.
    let strange = "this table names T3, which no task of this plan is";
    for (files, level) in [("`src/c.rs`", Level::Deny), ("", Level::Warn)] {
        let more = plan(&text(&format!("| T1 | `src/a.rs` | - |\n| T2 | | T1 |\n| T3 | {files} | - |")));
        assert_eq!(said(&more), ["T1: src/a.rs <>", "T2: src/b.rs <T1>"]);
        let found: Vec<_> = more.problems.iter().filter(|p| p.line == 7).collect();
        assert_eq!(
            found.iter().map(|p| (p.level, p.message.as_str())).collect::<Vec<_>>(),
            [(level, strange)]
        );
        assert_eq!(found[0].help.contains(&format!("**Files:** {files}")), !files.is_empty());
    }
    // A numbered list of files is no table of tasks.
    let listed = "| # | File |\n|---|---|\n| 1 | `src/x.rs` |\n\n## Task 1: a\n\n**Files:** `src/a.rs`\n";
    assert_eq!(denied(&plan(listed)), []);
}

#[test]
fn headings_without_files_take_them_from_the_table() {
    let text = "| Task | Files |\n|---|---|\n| T1 | `src/a.rs` |\n\n### T1: Write it\n\nDepends on: T2\n\n### T2: Read it\n\ntext\n";
    let plan = plan(text);
    assert_eq!(said(&plan), ["T1: src/a.rs <T2>", "T2: ? <>"]);
    assert_eq!(plan.tasks[0].summary, "Write it");
    assert_eq!(denied(&plan).len(), 1);
}

#[test]
fn only_a_state_may_change_in_a_status_cell() {
    let locked = |new: &str| {
        assert_ne!(new, TWO);
        first_locked_difference("p.md", TWO.as_bytes(), new.as_bytes())
    };
    for (from, to, line) in [
        ("| - | todo |", "| - | `src/evil.rs` |", 9),
        ("| - | todo |", "| - | done, and `src/evil.rs` |", 9),
        ("| - | todo |", "| - | done | x |", 9),
        ("| - | todo |", "| done | todo |", 9),
        ("| - | todo |", "| - |", 9),
        ("| T1.1 | Pin", "| done | Pin", 9),
        ("`src/lease.rs`", "done", 9),
        ("| Pin it |", "| done |", 9),
        ("| Status |", "| State |", 7),
        ("| Files | Depends on | Status |", "| Status | Depends on | Files |", 7),
        ("|---|:-:|", "|---|---|", 8),
        ("| T1.1, T2.1 | todo |", "| - | todo |", 16),
    ] {
        assert_eq!(locked(&TWO.replacen(from, to, 1)), Some(line), "{from} -> {to}");
    }
    for to in ["done", " in progress ", "✅", "**Done**", "[x]", "✅ Done", "blocked", "  ", "IN_PROGRESS"]
    {
        let new = TWO.replacen("| - | todo |", &format!("| - |{to}|"), 1);
        assert_eq!(locked(&new), None, "{to}");
        assert!(is_same("p.md", TWO.as_bytes(), new.as_bytes()), "{to}");
        assert_eq!(said(&plan(&new)), said(&plan(TWO)), "{to}");
    }
    // Where the head has no IDs the cells are not those of tasks.
    let other = "| Goal | Status |\n|---|---|\n| a | todo |\n";
    assert_eq!(
        first_locked_difference("p.md", other.as_bytes(), other.replace("todo", "done").as_bytes()),
        Some(3)
    );
    // A state in front keeps its place.
    let front = "Status | Task | Files\n---|---|---\ntodo | T1 | `src/a.rs`\n";
    for state in ["done", "✅", "[x]"] {
        assert_eq!(said(&plan(&front.replace("todo", state))), ["T1: src/a.rs <>"], "{state}");
    }
}

#[test]
fn hostile_tables_are_read_in_no_time() {
    let head = "| Task | Summary | Files | Depends on | Status |\n|---|---|---|---|---|\n";
    let rows =
        |n: usize| (0..n).map(|n| format!("| T{n} | a | `src/a{n}.rs` | T0 | todo |\n")).collect::<String>();
    let wide = |n: usize| format!("|{}\n|{}\n", "Task|".repeat(n), "---|".repeat(n));
    let hostile = [
        format!("{head}{}", rows(10_000)),
        format!("{head}{}", "| T1 | a | `a.rs` | T0 | todo |\n".repeat(10_000)),
        head.repeat(5_000),
        format!("{head}{}", "|".repeat(300_000)),
        format!("{head}| T1 | a | {} | - | todo |\n", "`a/b.rs`, ".repeat(30_000)),
        format!("{head}| T1 | a | {} | - | todo |\n", "a/b.rs<br>".repeat(30_000)),
        format!("{head}| T1 | a | `a.rs` | - | {} |\n", "✅".repeat(60_000)),
        format!("{}{}", wide(20_000), "|\n".repeat(20_000)),
        format!("{}{}", wide(20_000), "T1\n".repeat(20_000)),
        format!("{head}{}{}", rows(3_000), "**T1: x (Files: `b.rs`)**\n\n".repeat(3_000)),
        format!("{head}{}\n", rows(1_500)).repeat(4),
        format!("{}{head}", "> ".repeat(50_000)),
        format!(
            "{head}{}",
            (0..1_500).map(|n| format!("| T{n} | a | - | T0-T1499 | x |\n")).collect::<String>()
        ),
    ];
    for text in hostile {
        let start = std::time::Instant::now();
        for format in ["markdown-table", "markdown-sections"] {
            crate::plan::lint(&crate::plan::read_as(format, "p.md", text.as_bytes()).unwrap());
        }
        let head: String = text.chars().take(60).collect();
        eprintln!("{:>8.2?} {:>8} {head:?}", start.elapsed(), text.len());
        assert!(start.elapsed().as_secs() < 20, "{head:?}: {:?}", start.elapsed());
    }
}

#[test]
fn rows_that_only_number_or_group_what_tasks_declare_are_no_error() {
    let sections = "# P\n\n### T001: x\n\n**Files:** `src/a/`\n\n### T002: y\n\n**Files:** `src/b.rs`\n\n";
    for table in [
        "| # | Task | Files |\n|---|---|---|\n| 1 | Lex | `src/a/x.rs` |\n| 2 | Parse | `src/b.rs` |\n",
        "| Task | Files |\n|---|---|\n| T001 | `src/a/` |\n| T001-T002 | `src/a/`, `src/b.rs` |\n",
        "| Task | Files |\n|---|---|\n| T001.1 | `src/a/*.rs` |\n",
        "| Task | Scope |\n|---|---|\n| T009 | Q3 rollout |\n",
        "| ID | What | Target |\n|---|---|---|\n| T009 | Ship | v2.0 |\n",
    ] {
        assert_eq!(denied(&plan(&format!("{sections}{table}"))), [], "{table}");
    }
    for table in [
        "| # | Task | Files |\n|---|---|---|\n| 1 | Lex | `src/c.rs` |\n",
        "| Task | Files |\n|---|---|\n| T001 | `src/a/` |\n| T001-T002 | `src/a/`, `src/c.rs` |\n",
        "| Task | Files |\n|---|---|\n| T001.1 | `src/*.rs` |\n",
    ] {
        assert!(!denied(&plan(&format!("{sections}{table}"))).is_empty(), "{table}");
    }
}
