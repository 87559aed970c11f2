use crate::model::Level;
use crate::plan::{Problem, lint, read};

fn found(path: &str, text: &str) -> Vec<Problem> {
    lint(&read(path, text.as_bytes()).unwrap())
}

/// Level and line of what is said of `word`.
fn about(path: &str, text: &str, word: &str) -> Vec<(Level, usize)> {
    let problems = found(path, text);
    assert!(problems.iter().all(|p| !p.help.is_empty()), "{problems:?}");
    problems.iter().filter(|p| p.message.contains(word)).map(|p| (p.level, p.line)).collect()
}

const CARD: &str =
    "---\nid: T001\ntitle: x\nallowed_paths:\n  - src/a.rs\n  - src/lease/\n---\n\n# T001: x\n\n";

#[test]
fn a_card_says_nothing_in_silence() {
    for (body, level) in [
        ("- [ ] T003 Do it (Files: src/b.rs)\n", Level::Warn),
        ("| Task | Files |\n|---|---|\n| T003 | `src/b.rs` |\n", Level::Warn),
        ("| Step | Files |\n|---|---|\n| Lex | `src/b.rs` |\n", Level::Warn),
        ("# T003: x\n\n**Files:** src/b.rs\n", Level::Deny),
        ("### T003: x\n\n**Files:** src/b.rs\n", Level::Deny),
        ("### T003-T004: x\n\n**Files:** src/b.rs\n", Level::Warn),
        ("**Files:**\n- Modify: `src/b.rs`\n", Level::Warn),
    ] {
        let said = about("p.md", &format!("{CARD}{body}"), "src/b.rs");
        assert!(matches!(said.as_slice(), [(l, line)] if *l == level && *line >= 11), "{body}: {said:?}");
        for path in ["src/a.rs", "src/lease/x.rs"] {
            assert_eq!(found("p.md", &format!("{CARD}{}", body.replace("src/b.rs", path))), [], "{body}");
        }
    }
    assert_eq!(about("p.md", &format!("{CARD}### T003: x\n\n**Files:** TBD\n"), "T003"), [(Level::Deny, 13)]);
}

#[test]
fn what_a_card_lists_beside_its_list_is_not_passed_over() {
    let card = "# TASK-AB-7 - Renew\n\n## Scope (allowed files)\n- `src/a.rs`\n";
    assert_eq!(found("p.md", card), []);
    for more in [
        "  - `src/b.rs`\n",
        "\nAnd `src/b.rs`\n",
        "\n### Tests\n\n- `src/b.rs`\n",
        "\n## Goal\n\nx\n\n## Allowed files\n\n- `src/b.rs`\n",
    ] {
        let said = about("p.md", &format!("{card}{more}"), "src/b.rs");
        assert!(!said.is_empty() && said.iter().all(|(_, line)| *line > 4), "{more}: {said:?}");
        assert_eq!(found("p.md", &format!("{card}{}", more.replace("src/b.rs", "src/a.rs"))), [], "{more}");
    }
    let after = format!("{card}\n## Non-goals\n- `src/b.rs`\n");
    assert_eq!(found("p.md", &after), []);
}

const PLAN: &str = "# P\n\n## Tasks\n\n### T002: x\n\n**Files:** `src/a.rs`\n\n";

#[test]
fn a_task_in_a_living_section_is_told_of_and_decides_nothing() {
    for text in [
        format!("{PLAN}## Progress\n\n### T001: y\n\n**Files:** `src/b.rs`\n"),
        format!("{PLAN}# Decision Log\n\n## More\n\n### T001: y\n\n**Files:** `src/b.rs`\n"),
    ] {
        let said = about("p.md", &text, "T001 lists `src/b.rs` here");
        assert!(matches!(said.as_slice(), [(Level::Warn, line)] if *line > 12), "{said:?}");
        // The lock does not see it, so it may not keep the plan from running.
        assert!(crate::plan::blocking(&crate::plan::read("p.md", text.as_bytes()).unwrap()).is_empty());
    }
    assert_eq!(found("p.md", &format!("{PLAN}## Progress\n\n### T002: y\n\n**Files:** `src/a.rs`\n")), []);
}

#[test]
fn tables_beside_sections_say_what_their_rows_name() {
    let plan = format!("{PLAN}### T003: y\n\n**Files:** `src/lex/`\n\n");
    for table in [
        "| Task | Files |\n|---|---|\n| T002 | `src/a.rs` |\n| T002, T003 | `src/b.rs` |\n",
        "| Task | Files |\n|---|---|\n| T002 | `src/a.rs` |\n| \u{422}003 | `src/b.rs` |\n",
        "| Task | Files |\n|---|---|\n| T002 | `src/a.rs` |\n| T003 | `src/lex/` | `src/b.rs` |\n",
        "| Step | Files |\n|---|---|\n| Lex | `src/a.rs` |\n| Parse | `src/b.rs` |\n",
    ] {
        let said = found("p.md", &format!("{plan}{table}"));
        assert!(said.iter().any(|p| p.line == 16), "{table}: {said:?}");
        let known = table.replace("src/b.rs", "src/lex/x.rs");
        let over = table.contains("`src/lex/` |");
        assert_eq!(found("p.md", &format!("{plan}{known}")).is_empty(), !over, "{table}");
    }
}

const EXEC: &str = "# Lease\n\nEXECPLAN-READY\n\n## Progress\n\n- [ ] T001: Pin\n\n## Surprises & Discoveries\n\n## Decision Log\n\n\
    ## Outcomes & Retrospective\n\n## Plan of Work\n\n### T001: Pin the lease\n\n**Files:** `src/a.rs`\n\n";

#[test]
fn an_execplan_says_nothing_in_silence() {
    assert_eq!(found("x-execplan.md", EXEC), []);
    for more in [
        "### M1, M2: x\n\n**Files:** `src/b.rs`\n",
        "| Task | Files |\n|---|---|\n| T009 | `src/b.rs` |\n",
        "- [ ] T001.1: x (Files: `src/b.rs`)\n",
    ] {
        let said = about("x-execplan.md", &format!("{EXEC}{more}"), "src/b.rs");
        assert!(!said.is_empty() && said.iter().all(|(_, line)| *line > 20), "{more}: {said:?}");
        assert!(
            about("x-execplan.md", &format!("{EXEC}{}", more.replace("src/b", "src/a")), "src/a.rs")
                .is_empty()
        );
    }
    let listed = EXEC.replace("- [ ] T001: Pin\n", "- [ ] T001: Pin\n- [ ] T002-T003: x\n");
    assert_eq!(about("x-execplan.md", &listed, "T002, T003 stand together"), [(Level::Warn, 8)]);
}

#[test]
fn a_gsd_plan_with_other_tasks_is_not_read_in_silence() {
    let gsd = "---\nphase: 01-base\nplan: 02\n---\n\n<task type=\"auto\">\n<name>x</name>\n<files>src/a.rs</files>\n</task>\n\n";
    assert_eq!(found("01-02-PLAN.md", gsd), []);
    let capital = format!("{gsd}<Task type=\"auto\">\n<files>src/b.rs</files>\n</Task>\n");
    assert_eq!(about("01-02-PLAN.md", &capital, "<Task>"), [(Level::Deny, 11)]);
    let heading = format!("{gsd}### Task 2: y\n\n**Files:** src/b.rs\n");
    assert_eq!(about("01-02-PLAN.md", &heading, "Task 2 lists `src/b.rs`"), [(Level::Deny, 13)]);
}

#[test]
fn what_stands_below_an_item_of_a_checklist_is_its_own() {
    let list = "- [ ] T001 Add it (Files: src/a.rs)\n- [ ] T002 Add to src/c.rs\n";
    assert_eq!(found("p.md", list), []);
    for more in [
        "  - Files: src/b.rs\n",
        "\n  Files: src/b.rs\n",
        "\n  Then write to src/b.rs\n",
        "  - Create `src/b.rs`\n",
        "  - Files: src/a.rs, src/b.rs\n",
    ] {
        let said = about("p.md", &format!("{list}{more}"), "T002");
        assert!(matches!(said.as_slice(), [(Level::Warn, line)] if *line > 2), "{more}: {said:?}");
        assert_eq!(
            found("p.md", &format!("{list}{}", more.replace("src/a.rs, ", "").replace("src/b", "src/c"))),
            []
        );
    }
    let twice = "- [ ] T001 Add it (Files: src/a.rs) and (files: src/b.rs)\n";
    assert_eq!(about("p.md", twice, "src/b.rs"), [(Level::Warn, 1)]);
}

#[test]
fn many_lists_and_wide_patterns_take_no_time() {
    let start = std::time::Instant::now();
    let item: String = (0..20_000).map(|n| format!("(Files: a/{n}) ")).collect();
    let rows: String = (0..5_000).map(|n| format!("| {n} | `src/**/x{n}*/**/y*` |\n")).collect();
    let text = format!(
        "- [ ] T001 x (Files: src/**/a*/**/b*c*)\n- [ ] {item}\n\n| Step | Files |\n|---|---|\n{rows}"
    );
    assert!(found("p.md", &text).len() < 100);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
