use std::time::Instant;

use super::*;
use crate::model::Level;
use crate::plan::{apply_overlay, blocking, first_locked_difference, lint, read, recognise};

const PATH: &str = ".taskmaster/tasks/tasks.json";
const GOOD: &str = r#"{
  "master": {
    "tasks": [
      {
        "id": 7,
        "title": "Renew leases",
        "testStrategy": "cargo test",
        "dependencies": [],
        "status": "done",
        "subtasks": [
          { "id": 1, "title": "Clock", "status": "pending", "dependencies": [] },
          { "id": 7.2, "title": "Lease", "status": "pending", "dependencies": [1, "8"] }
        ]
      },
      {
        "id": "8",
        "title": "Write the manual",
        "dependencies": [7, "7.1"],
        "status": "pending"
      }
    ],
    "metadata": { "updated": "today" }
  }
}
"#;

fn plan(text: &str) -> Plan {
    read(PATH, text.as_bytes()).unwrap()
}

fn shown(plan: &Plan) -> Vec<String> {
    let one = |task: &Task| {
        let after: Vec<&str> = task.depends_on.iter().map(TaskId::as_str).collect();
        format!(
            "{}:{} {} <{}>{}",
            task.line,
            task.id,
            task.summary,
            after.join(" "),
            if task.done { " done" } else { "" }
        )
    };
    plan.tasks.iter().map(one).collect()
}

fn denied(text: &str) -> Vec<(usize, String, String)> {
    let problems = lint(&plan(text)).into_iter().filter(|p| p.level == Level::Deny);
    problems.map(|p| (p.line, p.message, p.help.join("\n"))).collect()
}

#[test]
fn what_is_no_task_list_is_an_error_with_its_place() {
    for (text, line, said) in [
        ("{\"tasks\": [\n{\"id\": 1,}]}", 2, "not JSON"),
        ("{\"tasks\": [1]", 1, "not JSON"),
        ("{\"tasks\": []} x", 1, "not JSON"),
        ("{\"tasks\": [], \"tasks\": []}", 0, "not made as Taskmaster makes it"),
        ("{\"a\": {\"tasks\": []}, \"a\": {\"tasks\": []}}", 0, "not made as Taskmaster makes it"),
        ("{\"a\": {\"tasks\": 1}}", 0, "not made as Taskmaster makes it"),
        ("{\"a\": {\"tasks\": [], \"x\": 1, \"x\": 2}}", 0, "not made as Taskmaster makes it"),
    ] {
        let error = read(PATH, text.as_bytes()).unwrap_err();
        assert!(error.message().contains(said) && error.place().unwrap().line == line, "{text}: {error:?}");
        assert!(!error.help_lines().is_empty(), "{text}");
    }
    assert!(recognise("tasks.json", b"[]").is_none() && recognise("tasks.json", b"{\"task\": []}").is_none());
    assert!(recognise("tasks.md", GOOD.as_bytes()).is_none());
}

#[test]
fn what_is_wrong_in_a_task_is_named_with_its_line() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, usize, &str)] = &[
        ("\"id\": 7,\n", "\"id\": null,\n", 5, "no ID"), ("\"id\": 7,\n", "\"id\": \"a b\",\n", 5, "no ID"),
        ("\"id\": 7,\n", "\"id\": [7],\n", 5, "no ID"), ("\"id\": 7,\n", "\"id\": -7,\n", 5, "no ID"), ("\"id\": 7,\n", "\n", 4, "no ID"),
        ("\"id\": 7,\n", "\"id\": 7, \"id\": 9,\n", 4, "no name occurs twice"),
        ("\"id\": \"8\"", "\"id\": 7", 15, "Task 7 is defined twice"),
        ("[7, \"7.1\"]", "[7, 9]", 15, "depends on 9, which is no task"),
        ("[7, \"7.1\"]", "[7, {}]", 18, "a dependency is no task ID"),
        ("[7, \"7.1\"]", "7", 18, "`dependencies` is not a list"),
        ("\"7.1\"]", "8]", 15, "wait for each other"),
        ("{ \"id\": 1, \"title\": \"Clock\"", "3, {\"id\": 1", 11, "a task is an object"),
    ];
    for (from, to, line, said) in cases {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let denied = denied(&text);
        assert!(denied.iter().any(|(n, m, _)| n == line && m.contains(said)), "{to}: {denied:#?}");
    }
    let denied = denied("{\"tasks\": []}");
    assert!(denied[0].1.contains("has no tasks") && denied[0].2.contains("\"id\": 1"), "{denied:?}");
}

#[test]
fn tasks_and_subtasks_are_read_with_their_lines() {
    assert_eq!(
        shown(&plan(GOOD)),
        [
            "4:7 Renew leases <> done",
            "11:7.1 Clock <>",
            "12:7.2 Lease <7.1 8>",
            "15:8 Write the manual <7 7.1>",
        ]
    );
    assert_eq!(plan(GOOD).tasks[0].acceptance.as_deref(), Some("cargo test"));
    assert!(plan(GOOD).tasks.iter().all(|task| task.scope.is_none()));
    let untagged = r#"{"tasks": [{"id": 1, "title": "a"}], "meta": {"x": 1}}"#;
    assert_eq!(shown(&plan(untagged)), ["1:1 a <>"]);
    let several = r#"{"one": {"tasks": [{"id": 1, "title": "a"}]}, "two": {"tasks": [{"id": 1, "title": "b", "subtasks": [
        {"id": 1, "title": "c"}, {"id": 2, "title": "d", "dependencies": [1]}]}]}, "none": {"tasks": []}}"#;
    assert_eq!(
        shown(&plan(several)),
        ["1:one.1 a <>", "1:two.1 b <>", "2:two.1.1 c <>", "2:two.1.2 d <two.1.1>"]
    );
}

#[test]
fn the_overlay_is_printed_to_be_pasted() {
    let denied = denied(GOOD);
    assert_eq!(denied.len(), 4);
    let overlay = "[overlay.\".taskmaster/tasks/tasks.json\"]\n7 = [\"src/lease.rs\"]\n\"7.1\" = [\"src/lease.rs\"]\n\
        \"7.2\" = [\"src/lease.rs\"]\n8 = [\"src/lease.rs\"]";
    assert!(denied[0].2.ends_with(overlay), "{}", denied[0].2);
    assert!(denied[1].2.contains("Task 7 shows how"), "{}", denied[1].2);
    let mut plan = plan(GOOD);
    let scope = crate::pattern::Patterns::parse_all(["src/lease.rs"]).unwrap();
    apply_overlay(
        &mut plan,
        "guard.toml",
        &["7", "7.1", "7.2", "8"].map(|id| (id.to_owned(), scope.clone())),
    );
    assert_eq!(blocking(&plan), []);
}

#[test]
fn the_tool_may_set_a_status_and_nothing_else_changes() {
    let same = |new: &str| first_locked_difference(PATH, GOOD.as_bytes(), new.as_bytes()).is_none();
    let rewritten: String = GOOD.split_inclusive('\n').map(|line| line.replacen("  ", "\t", 9)).collect();
    for new in [
        GOOD.replace("pending", "done"),
        GOOD.replace("\"status\": \"pending\"", "\"status\": \"done\",\n \"updatedAt\": \"now\""),
        GOOD.replace("\"today\"", "\"now\", \"completedCount\": 1"),
        rewritten,
    ] {
        assert!(new != GOOD && same(&new), "{new}");
    }
    for (from, to) in [
        ("\"id\": 7,", "\"id\": 9,"),
        ("[7, \"7.1\"]", "[]"),
        ("Clock", "Watch"),
        ("\"cargo test\"", "\"true\""),
        ("    ],\n    \"metadata\"", "    ,{\"id\": 9}],\n    \"metadata\""),
        ("    ],\n    \"metadata\"", "    ,{}],\n    \"metadata\""),
        ("  }\n}", "  }, \"other\": {\"tasks\": [{\"id\": 1}]}\n}"),
        ("\"master\"", "\"other\""),
        ("\"status\": \"done\"", "\"status\": \"done\", \"status\": \"done\""),
        ("\"status\": \"done\"", "\"scope\": \"done\""),
        (
            "\"title\": \"Clock\", \"status\": \"pending\"",
            "\"title\": \"Clock\", \"subtasks\": [{\"status\": 1}]",
        ),
        ("{\n", "{{\n"),
    ] {
        let new = GOOD.replacen(from, to, 1);
        assert!(new != GOOD && !same(&new), "{to}");
    }
    let line =
        first_locked_difference(PATH, GOOD.as_bytes(), GOOD.replace("Write the manual", "x").as_bytes());
    assert_eq!(line, Some(17));
}

#[test]
fn hostile_lists_are_read_in_no_time() {
    let hostile = [
        format!("{{\"tasks\": [{}{{}}]}}", "{},".repeat(1_600_000)),
        format!("{{\"tasks\": [{}1]}}", "1,".repeat(2_400_000)),
        format!("{{\"tasks\": {}", "[".repeat(5_000_000)),
        format!("{{\"tasks\": [], \"x\": {}{}}}", "[".repeat(2_400_000), "]".repeat(2_400_000)),
        format!("{{\"tasks\": [{{\"id\": 1, \"dependencies\": [{}1]}}]}}", "1,".repeat(2_400_000)),
        format!("{{\"tasks\": [{{\"id\": 1, \"subtasks\": [{}1]}}]}}", "{},".repeat(1_500_000)),
        format!("{{{}\"tasks\": []}}", (0..300_000).map(|n| format!("\"{n}\": {{}},")).collect::<String>()),
        format!(
            "{{\"tasks\": [{}{{}}]}}",
            (0..9_000).map(|n| format!("{{\"id\": {n}}},")).collect::<String>()
        ),
    ];
    for text in hostile {
        let start = Instant::now();
        if let Ok(plan) = read(PATH, text.as_bytes()) {
            blocking(&plan);
        }
        (FORMAT.locked)(&text);
        let head: String = text.chars().take(30).collect();
        eprintln!("{:>8.2?} {:>8} {head:?}", start.elapsed(), text.len());
        assert!(start.elapsed().as_secs() < 20, "{head:?}: {:?}", start.elapsed());
    }
}
