use super::*;
use crate::model::Level;
use crate::plan::{blocking, lint};

const PLAN: &str = "# Lease\n\n### T002: Second\n\nDepends on: T001\n\n### T001: First\n\n**Files:** TBD\n";

fn document(path: &str, text: &str) -> Document {
    Document { path: format!("plans/x/tickets/{path}"), text: text.as_bytes().to_vec() }
}

fn read(plan: &str, tickets: &[(&str, &str)]) -> Plan {
    let tickets: Vec<Document> = tickets.iter().map(|(path, text)| document(path, text)).collect();
    read_with("plans/x/PLAN.md", plan.as_bytes(), &tickets).unwrap()
}

fn shown(plan: &Plan) -> Vec<String> {
    let one = |task: &Task| {
        let scope = task.scope.as_ref().map_or("?".to_owned(), ToString::to_string);
        let after: Vec<&str> = task.depends_on.iter().map(TaskId::as_str).collect();
        format!("{} {} [{scope}] <{}>", plan.place(task.line), task.id, after.join(" "))
    };
    plan.tasks.iter().map(one).collect()
}

fn denied(plan: &Plan) -> Vec<String> {
    let problems = lint(plan).into_iter().filter(|p| p.level == Level::Deny);
    problems.map(|p| format!("{}: {}", plan.place(p.line), p.message)).collect()
}

use crate::plan::Task;

#[test]
fn what_is_wrong_in_a_ticket_is_named_with_its_place() {
    let good = "## T001: First\n\n**Files:** `src/a.rs`\n";
    for (path, text, said) in [
        ("T003.md", "", "tickets/T003.md:1: this ticket holds no task"),
        ("T003.md", "prose\n", "tickets/T003.md:1: this ticket holds no task"),
        (
            "T003.md",
            "\n\n## T001: Again\n\n**Files:** `src/b.rs`\n",
            "tickets/T003.md:3: T001 is defined twice",
        ),
        ("T003.md", "## T003: x\n\n**Files:** TBD\n", "tickets/T003.md:3: T003: \"TBD\" is too vague"),
        (
            "T003.md",
            "## T003: x\n\nDepends on: T9\n\n**Files:** `src/b.rs`\n",
            "tickets/T003.md:1: T003 depends on T9",
        ),
        ("c.md", "---\nid: T003\nallowed_paths: [!a]\n---\n", "tickets/c.md:3: a value that starts with `!`"),
        (
            "c.md",
            "---\nid: T003\ndepends_on: [\"a b\"]\nallowed_paths: [a/b]\n---\n",
            "tickets/c.md:3: \"a b\" is no task ID",
        ),
    ] {
        let plan = read("# Lease\n", &[("T001.md", good), (path, text)]);
        let denied = denied(&plan);
        assert!(denied.iter().any(|d| d.contains(said)), "{text:?}: {denied:?}");
    }
    let binary = [document("T003.md", good), Document { text: vec![0xff], ..document("T004.md", "") }];
    let plan = read_with("plans/x/PLAN.md", b"# Lease\n", &binary).unwrap();
    assert!(denied(&plan)[0].contains("T004.md:1: the plan is not UTF-8"), "{:?}", denied(&plan));
    let none = read_with("plans/x/PLAN.md", b"# Lease\n", &[]).unwrap_err();
    assert!(none.message().contains("finds no tasks"), "{none}");
}

#[test]
fn a_ticket_defines_the_task_that_the_plan_names() {
    let plan = read(
        PLAN,
        &[
            ("T001.md", "# T\n\n## T001: First\n\n**Files:** `src/a.rs`\n"),
            ("c.md", "---\nid: T002\ndepends_on: [T001]\nallowed_paths: [src/b.rs]\n---\n"),
            (
                "d.md",
                "---\ndepends_on: [T001]\n---\n\n## T003: Third\n\nDepends on: T002\n\n**Files:** `src/c.rs`\n",
            ),
        ],
    );
    assert_eq!(
        shown(&plan),
        [
            "plans/x/tickets/c.md:2 T002 [src/b.rs] <T001>",
            "plans/x/tickets/T001.md:3 T001 [src/a.rs] <>",
            "plans/x/tickets/d.md:5 T003 [src/c.rs] <T002 T001>",
        ]
    );
    assert_eq!(blocking(&plan), []);
    // What both declare is not guessed at.
    let twice =
        read(&PLAN.replace("TBD", "`src/z.rs`"), &[("T001.md", "## T001: x\n\n**Files:** `src/a.rs`\n")]);
    assert!(
        denied(&twice).iter().any(|d| d.contains("tickets/T001.md:1: T001 is defined twice")),
        "{:?}",
        denied(&twice)
    );
    assert_eq!(plan.place(2).to_string(), "plans/x/PLAN.md:2");
}

#[test]
fn where_tickets_lie_and_what_is_one() {
    for (path, folder) in [
        ("PLAN.md", Some("tickets/")),
        ("a/plan.md", Some("a/tickets/")),
        ("a/PLAN.toml", None),
        ("a/x-PLAN.md", None),
    ] {
        assert_eq!(tickets_folder(path).as_deref(), folder, "{path}");
    }
    for path in ["a/tickets/x/T1.md", "a/tickets/T1.txt", "tickets/T1.md", "a/T1.md", "a/tickets/"] {
        assert!(!is_ticket_path("a/PLAN.md", path), "{path}");
    }
    assert!(is_ticket_path("a/PLAN.md", "a/tickets/any.MD") && is_ticket_path("PLAN.md", "tickets/a.md"));
    for (name, text, is) in [
        ("T001.md", "", true),
        ("T001-x.md", "prose", true),
        ("T1.2.md", "", true),
        ("TASK-A-1.md", "", true),
        ("README.md", "prose", false),
        ("Tea.md", "prose", false),
        ("x.md", "## T001: x\n", true),
        ("x.md", "T001 is done\n", false),
    ] {
        assert_eq!(document(name, text).is_ticket(), is, "{name} {text:?}");
    }
}

#[test]
fn tickets_are_the_same_but_for_status_marks() {
    let tickets = |text: &str| vec![document("T001.md", text), document("T002.md", "## T002: x\n")];
    let old = tickets("## T001: x\n\n- [ ] a\n");
    assert!(same_tickets(&old, &tickets("## T001: x\n\n- [x] a\n")));
    assert!(!same_tickets(&old, &tickets("## T001: y\n\n- [ ] a\n")));
    assert!(!same_tickets(&old, &old[..1]) && !same_tickets(&old[..1], &old[1..]));
}
