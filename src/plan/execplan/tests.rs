use std::time::Instant;

use super::*;
use crate::model::Level;
use crate::plan::{FORMATS, blocking, lint, read, recognise};

const PLAN: &str = "# Lease\n\nEXECPLAN-READY\n\n## Progress\n\n- [ ] T001: Pin the lease\n- [x] (2026-01-02 10:00Z) T002 Use it\n\
                    - [ ] Look around\n\n## Surprises & Discoveries\n\n- [ ] T009: not here\n\n## Decision Log\n\n\
                    ## Outcomes & Retrospective\n\n## Plan of Work\n\n### T001: Pin the lease\n\n**Files:** `src/lease.rs`\n\n\
                    - [ ] T008 is a step here\n";

fn plan(text: &str) -> Plan {
    read("plans/lease-execplan.md", text.as_bytes()).unwrap()
}

fn ids(text: &str) -> Vec<String> {
    plan(text).tasks.iter().map(|t| t.id.to_string()).collect()
}

/// A plan that is ready, with these lines in Progress.
fn with_progress(lines: &str) -> String {
    PLAN.split("\n### T001")
        .next()
        .unwrap()
        .replace("- [ ] T001: Pin the lease\n- [x] (2026-01-02 10:00Z) T002 Use it\n", lines)
}

fn messages(text: &str) -> Vec<(usize, String)> {
    let problems = blocking(&plan(text));
    assert!(problems.iter().all(|p| !p.help.is_empty()), "{problems:?}");
    problems.into_iter().map(|p| (p.line, p.message)).collect()
}

#[test]
fn a_plan_that_does_not_say_that_it_is_ready_cannot_be_executed() {
    for (marker, line) in [
        ("", 0),
        ("Not EXECPLAN-READY yet", 3),
        ("- EXECPLAN-READY", 3),
        ("```\nEXECPLAN-READY\n```", 4),
        ("<!--\nEXECPLAN-READY\n-->", 4),
        ("    EXECPLAN-READY", 3),
        ("execplan-ready", 0),
        ("EXEC-READY", 0),
    ] {
        let found = messages(&PLAN.replacen("EXECPLAN-READY", marker, 1));
        assert!(
            found[0].1.contains("does not say that it is ready") && found[0].0 == line,
            "{marker}: {found:?}"
        );
    }
    for marker in ["  EXECPLAN-READY \r", "text\nEXECPLAN-READY\ntext", "EXECPLAN-READY\n---"] {
        let found = messages(&PLAN.replacen("EXECPLAN-READY", marker, 1));
        assert!(!found.iter().any(|(_, m)| m.contains("ready")), "{marker}: {found:?}");
    }
    assert!(
        !messages(&(PLAN.replacen("EXECPLAN-READY", "", 1) + "\nEXECPLAN-READY"))
            .iter()
            .any(|(_, m)| m.contains("ready"))
    );
}

#[test]
fn who_claims_readiness_has_every_living_section() {
    for name in ["Progress", "Surprises & Discoveries", "Decision Log", "Outcomes & Retrospective"] {
        for other in ["## Other", "**{}**", "> ## {}", "```\n## {}\n```"] {
            let text = PLAN.replacen(&format!("## {name}\n"), &other.replace("{}", name), 1);
            let found = messages(&text);
            let wanted = (3, format!("EXECPLAN-READY is claimed, but the section {name} is missing"));
            assert!(found.contains(&wanted), "{other}: {found:?}");
        }
    }
    let spelled = PLAN.replace("## Surprises & Disc", "# surprises and disc").replace("Log\n", "Log:\n");
    assert!(!messages(&spelled).iter().any(|(_, m)| m.contains("missing")));
}

#[test]
fn a_scope_is_declared_below_the_task_s_heading_or_not_at_all() {
    let found = messages(PLAN);
    assert_eq!(found, [(8, "T002 does not declare its scope".to_owned())]);
    let text = with_progress(
        "- [ ] T001: x in `src/a.rs`\n  **Files:** `src/b.rs`\n\n### T001: x\n\n**Files:** `src/c.rs`\n",
    );
    assert_eq!(messages(&text), [(7, "T001 does not declare its scope".to_owned())]);
    let without = with_progress("").replace("- [ ] Look around\n", "");
    assert_eq!(messages(&without), [(0, "the plan has no tasks".to_owned())]);
}

#[test]
fn items_that_begin_with_no_id_are_no_tasks() {
    for item in [
        "- [ ] Write T001",
        "- T001: no box",
        "- [ ] T001-T003: a range",
        "- [ ] T001, T002: two",
        "- [ ] M: x",
        "- [ ] Task list",
        "- [ ] 3.11 upgrade",
        "- [ ] UTF-8 x",
        "- [ ] (later) T001",
        "> - [ ] T001: x",
        "```\n- [ ] T001: x\n```",
        "- [ ] Milestone of x",
        "- [ ] MacBook 1",
        "- [ ] Task 3 and more",
        "T001: x",
    ] {
        let found = ids(&with_progress(&format!("{item}\n")));
        assert!(found.iter().all(|id| id.starts_with('?')), "{item}: {found:?}");
    }
}

#[test]
fn where_nothing_has_an_id_each_item_asks_for_one() {
    let text = with_progress("- [x] (2026-01-02 10:00Z) Pin it\n  - [ ] a step\n");
    let plan = plan(&text);
    let seen: Vec<(String, bool, &str)> =
        plan.tasks.iter().map(|t| (t.id.to_string(), t.done, t.summary.as_str())).collect();
    assert_eq!(seen, [("?1".to_owned(), true, "Pin it"), ("?2".to_owned(), false, "Look around")]);
    let asked: Vec<(usize, String)> =
        blocking(&plan).into_iter().map(|p| (p.line, p.help[1].clone())).collect();
    assert_eq!(
        asked,
        [(7, "- [x] (2026-01-02 10:00Z) T001 Pin it".to_owned()), (9, "- [ ] T002 Look around".to_owned())]
    );
    assert_eq!(ids(&with_progress("- [ ] T001 Pin it\n")), ["T001"], "one ID says which items are tasks");
}

#[test]
fn steps_are_tasks_where_they_alone_are_numbered() {
    let steps = "\n## Concrete Steps\n\n### Step 1: Pin it\n\n- Add `src/lease.rs` to hold it\n- See `src/other.rs`\n\n\
                 ### Step 2 — Use it\n\nEdit `src/prose.rs`.\n\n### Step 3: Tell it\n\n**Files:** `docs/lease.md`\n\nEdit `src/no.rs`.\n\n### Steps 4\n";
    let text = with_progress("") + steps;
    let plan = plan(&text);
    let seen: Vec<String> = plan
        .tasks
        .iter()
        .map(|t| {
            format!("{} {} {}", t.id, t.summary, t.scope.as_ref().map_or("?".to_owned(), |s| s.to_string()))
        })
        .collect();
    assert_eq!(seen, ["1 Pin it src/lease.rs", "2 Use it ?", "3 Tell it docs/lease.md"]);
    let found = blocking(&plan);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.starts_with("Task 2 does not") && found[0].help[0] == "**Files:**", "{found:?}");
    assert_eq!(ids(&(with_progress("- [ ] T001 x\n") + steps)), ["T001"]);
}

#[test]
fn items_that_begin_with_an_id_are_tasks() {
    for (item, id, title) in [
        ("- [ ] T001 Pin it", "T001", "Pin it"),
        ("- [x] (2026-01-02 10:00Z) T001: Pin `it`", "T001", "Pin `it`"),
        ("* [ ] **T001**: Pin it", "T001", "Pin it"),
        ("* [ ] **T001: Pin it** now", "T001", "Pin it now"),
        ("1. [ ] `T001` Pin\n   it", "T001", "Pin it"),
        ("- [ ] M1.2 Pin it", "M1.2", "Pin it"),
        ("- [ ] M1.2: Pin it", "M1.2", "Pin it"),
        ("- [ ] Milestone 3: Pin it", "M3", "Pin it"),
        ("- [ ] Task 3: Pin it", "3", "Pin it"),
        ("- [ ] TASK-AP-001 — Pin it", "TASK-AP-001", "Pin it"),
        ("- [ ] T001 [P] Pin it", "T001", "Pin it"),
        ("- [ ] T001", "T001", ""),
    ] {
        let plan = plan(&with_progress(&format!("{item}\n")));
        let found: Vec<_> = plan.tasks.iter().map(|t| (t.id.as_str(), t.summary.as_str())).collect();
        assert_eq!(found, [(id, title)], "{item}");
        assert_eq!(plan.tasks[0].parallel_safe, item.contains("[P]"), "{item}");
        assert_eq!(plan.tasks[0].done, item.contains("[x]"), "{item}");
    }
    assert_eq!(plan(&with_progress("- [ ] M1.2 x\n")).tasks[0].milestone.as_deref(), Some("M1"));
}

#[test]
fn headings_define_tasks_and_items_say_how_far_they_are() {
    let read = plan(PLAN);
    let found: Vec<_> = read.tasks.iter().map(|t| (t.id.to_string(), t.line, t.done)).collect();
    assert_eq!(found, [("T002".to_owned(), 8, true), ("T001".to_owned(), 21, false)]);
    assert_eq!(read.tasks[1].scope.as_ref().unwrap().to_string(), "src/lease.rs");
    let ticked = PLAN.replace("[ ] T001", "[x] T001");
    assert!(!plan(&ticked).task("T001").unwrap().done, "its step is open");
    assert!(plan(&ticked.replace("[ ] T008", "[x] T008")).task("T001").unwrap().done);
    let half = ticked.replace("[ ] T008", "[x] T008").replace("- [ ] Look", "- [ ] T001.1 rest\n- [ ] Look");
    assert!(!plan(&half).task("T001").unwrap().done, "an item of it is open");
}

#[test]
fn a_milestone_is_a_task_where_it_declares_files_or_where_nothing_else_is() {
    let with = |tail: &str| with_progress("") + tail;
    assert_eq!(
        ids(&with(
            "\n### M1: a\n\n**Files:** `a.rs`\n\n- [ ] M1.1 step\n\n### Milestone 2: b\n\n**Files:** `b.rs`\n"
        )),
        ["M1", "M2"]
    );
    assert_eq!(
        ids(&with("\n## Milestone 1: a\n\n### T001: x\n\n**Files:** `a.rs`\n\n## M2 — b\n\n- [ ] T002 y\n")),
        ["T001", "T002"]
    );
    assert_eq!(ids(&with("\n## Milestone 1: a\n\n## Milestone 2: b\n")), ["M1", "M2"]);
    assert_eq!(ids(&with("\n## M1: a\n\n- [ ] M1.1 x\n  - [ ] M1.1.1 y\n- [ ] M1.2 z\n")), ["M1.1", "M1.2"]);
    let read = plan(&with(
        "\n### M1: a\n\n**Files:** `a.rs`\n\n### M2: b\n\n**Files:** `b.rs`\n**Depends on:** M1\n",
    ));
    assert_eq!(read.tasks[1].depends_on, [TaskId::new("M1").unwrap()]);
}

#[test]
fn an_execplan_is_known_by_its_name_its_marker_or_its_sections() {
    let format =
        |path: &str, text: &str| recognise(path, text.as_bytes()).map(|(format, why)| (format.name, why));
    for (path, text) in [
        ("plans/a.md", "# T001\n\n## T001: x\n\nNot EXECPLAN-READY\n"),
        ("plans/a.md", "## T001: x\n\n## Progress\n\n## Decision Log\n"),
        ("plans/a-execplan.toml", PLAN),
        ("plans/a-execplan.md.txt", "## T001: x\n"),
    ] {
        assert_ne!(format(path, text).map(|f| f.0), Some("execplan"), "{path}");
    }
    for (path, text, words) in [
        ("plans/a-execplan.md", "x", "name"),
        ("plans/EXECPLAN.md", "x", "name"),
        ("plans/a.execplan.md", "x", "name"),
        ("plans/a.md", "EXECPLAN-READY", "line"),
        ("plans/a.md", &PLAN.replacen("EXECPLAN-READY", "", 1), "living sections"),
    ] {
        let (name, why) = format(path, text).unwrap();
        assert!(name == "execplan" && why.contains(words), "{path}: {name}, {why}");
    }
    assert_eq!(FORMATS.iter().filter(|f| f.grows).count(), 1);
}

#[test]
fn large_and_hostile_documents_are_read_in_no_time() {
    let head = PLAN.split("\n### T001").next().unwrap();
    let hostile = [
        "- [ ] T001: x\n".repeat(30_000),
        (0..9_000).map(|n| format!("- [ ] T1.{n} x\n")).collect(),
        (0..3_000).map(|n| "  ".repeat(n % 50) + "- [ ] T1.1.1.1.1 x\n").collect(),
        format!("- [ ] T{} x\n", "1.".repeat(100_000)),
        "- [ ] (2026".repeat(40_000),
        "Spec: a.md\n\n".repeat(40_000),
        format!("Spec: {}\n", "`a.md`, ".repeat(60_000)),
        format!("Spec: {}\n", "[".repeat(300_000)),
        "EXECPLAN-READY\n".repeat(30_000),
        "<!-- x -->\n".repeat(40_000),
        "## Progress\n- [ ] T1 x\n".repeat(20_000),
    ];
    for body in hostile {
        for text in [format!("{head}\n{body}"), with_progress(&body)] {
            let start = Instant::now();
            lint(&plan(&text));
            let more = text.clone() + "- [ ] T7 x\n";
            crate::plan::first_loss(
                "plans/lease-execplan.md",
                text.as_bytes(),
                text.as_bytes(),
                more.as_bytes(),
            );
            let shown: String = body.chars().take(20).collect();
            eprintln!("{:>8.2?} {:>8} {shown:?}", start.elapsed(), text.len());
            assert!(start.elapsed().as_secs() < 20, "{shown:?}: {:?}", start.elapsed());
        }
    }
}

#[test]
fn problems_are_errors_where_they_hinder() {
    assert!(lint(&plan(PLAN)).iter().all(|p| p.level == Level::Deny));
}
