use std::time::Instant;

use super::*;
use crate::model::Level;
use crate::plan::{blocking, first_locked_difference, lint, read, recognise};

const PATH: &str = ".planning/phases/03-lease/03-02-PLAN.md";
const GOOD: &str = r#"---
phase: 03-lease
plan: 02
type: execute
wave: 1
depends_on: []
files_modified:
  - src/lease.rs
  - src/clock.rs
  - tests/lease.rs
autonomous: true
must_haves:
  truths:
    - "A lease ends: on time"
---

<objective>
End leases.
</objective>

<interfaces>
```xml
<task type="auto">
  <files>src/example.rs</files>
</task>
```
<!-- <task type="auto"><files>src/hidden.rs</files></task> -->
</interfaces>

<tasks>

<task type="auto" tdd="true">
  <name>Task 1: Write the lease</name>
  <files>src/lease.rs, `src/clock.rs` (new)</files>
  <action>
    1. Write it:

    ```rust
    // </action> <files>src/code.rs</files>
    ```

    Not in <files>src/prose.rs</files> yet.
  </action>
  <verify>
    <automated>cargo test</automated>
  </verify>
  <done>Leases end.</done>
</task>

<task type="checkpoint:human-verify" gate="blocking">
  <what-built>The lease</what-built>
</task>

<task type="auto">
  <name>Test it</name>
  <files>
    - tests/lease.rs
    src/lease.rs
  </files>
</task>

</tasks>

- [ ] all of it works
"#;

fn plan(text: &str) -> Plan {
    read(PATH, text.as_bytes()).unwrap()
}

fn shown(plan: &Plan) -> Vec<String> {
    let scope = |task: &Task| task.scope.as_ref().map_or("?".to_owned(), ToString::to_string);
    plan.tasks.iter().map(|task| format!("{} {} [{}]", task.id, task.summary, scope(task))).collect()
}

fn denied(text: &str) -> Vec<(usize, String, String)> {
    let problems = lint(&plan(text)).into_iter().filter(|p| p.level == Level::Deny);
    problems.map(|p| (p.line, p.message, p.help.join("\n"))).collect()
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        ("  - src/clock.rs\n", "", "<task type=\"auto\" tdd", "names `src/clock.rs`, which files_modified (line 7) leaves out", "  - src/clock.rs"),
        ("  - src/clock.rs\n", "  - src/clock.rs\n  - src/more.rs\n", "  - src/more.rs", "files_modified names `src/more.rs`, but no task does", "<files>"),
        ("  - src/clock.rs\n", "  - src/clock.rs\n  - ../x\n", "  - ../x", "files_modified: ", ""),
        ("  <files>src/lease.rs, `src/clock.rs` (new)</files>\n", "", "<task type=\"auto\" tdd", "Task 03-02.1 does not declare its scope", "<files>src/lease.rs</files>"),
        ("    - tests/lease.rs\n    src/lease.rs\n", "    whatever it takes\n", "    whatever it takes", "names no path", ""),
        ("  <name>Test it</name>\n", "  <files>src/lease.rs</files>\n", "  <files>\n", "has two <files>", "into one"),
        ("  <done>Leases end.</done>\n</task>", "  <done>Leases end.</done>", "<task type=\"auto\" tdd", "<task> is never closed", "</task>"),
        ("  </action>\n", "", "  <action>", "<action> is never closed", "</action>"),
        ("Not in <files>src/prose.rs</files> yet.", "</action>", "  </action>", "`</action>` closes nothing", "fences"),
        ("<task type=\"auto\">\n  <name>Test", "<task\ntype=\"auto\">\n  <name>Test", "", "", ""),
        ("phase: 03-lease\n", "phase: \n", "---", "does not number the plan", "phase: 01-name"),
        ("plan: 02\n", "plan: \"0 2\"\n", "phase", "no commit could carry", "plan: 02"),
    ];
    for (from, to, at, said, help) in cases {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from:?} is not in the fixture");
        let denied = denied(&text);
        let is_it = |line: &str| match at.strip_suffix('\n') {
            Some(at) => line == at,
            None => line.starts_with(at),
        };
        let line = text.lines().position(is_it).unwrap_or_default() + 1;
        let found = denied
            .iter()
            .any(|(n, m, h)| (*n == line || at.is_empty()) && m.contains(said) && h.contains(help));
        assert!(found, "{from:?}: line {line}: {denied:#?}");
    }
}

#[test]
fn each_task_element_is_a_task() {
    let plan = plan(GOOD);
    assert_eq!(
        shown(&plan),
        [
            "03-02.1 Write the lease [src/lease.rs, src/clock.rs]",
            "03-02.2  [no files]",
            "03-02.3 Test it [tests/lease.rs, src/lease.rs]",
        ]
    );
    assert_eq!((plan.format, plan.whole.as_deref()), ("gsd", Some("03-02")));
    assert_eq!(plan.tasks[0].acceptance.as_deref(), Some("Leases end."));
    assert_eq!(GOOD.lines().nth(plan.tasks[2].line - 1), Some("<task type=\"auto\">"));
    assert_eq!((blocking(&plan), lint(&plan)), (Vec::new(), Vec::new()));
    assert!(recognise(PATH, GOOD.as_bytes()).unwrap().1.contains("phase and plan"));
}

#[test]
fn the_number_of_a_plan_is_that_of_its_messages() {
    for (phase, number, whole) in [
        ("02.1-hot-fix", "03", "02.1-03"),
        ("3", "2", "3-2"),
        ("base", "02", "base-02"),
        ("01-base", "01-02", "01-02"),
        ("\"01\"", "\"02\"", "01-02"),
    ] {
        let text = GOOD
            .replace("phase: 03-lease", &format!("phase: {phase}"))
            .replace("plan: 02", &format!("plan: {number}"));
        assert_eq!(plan(&text).whole.as_deref(), Some(whole));
    }
}

#[test]
fn wide_patterns_and_other_plans() {
    let text = GOOD
        .replace("  - src/lease.rs\n  - src/clock.rs\n", "  - src/**\n")
        .replace("depends_on: []", "depends_on: [\"03-01\"]");
    assert_eq!(denied(&text), []);
    let problems = lint(&plan(&text));
    assert!(problems.iter().any(|p| p.line == 6 && p.message.contains("03-01")), "{problems:?}");
    assert!(plan(&text).tasks.iter().all(|task| task.depends_on.is_empty()));
    // Without the list there is nothing to disagree with.
    let text = GOOD.replace("files_modified:\n  - src/lease.rs\n  - src/clock.rs\n  - tests/lease.rs\n", "");
    assert_eq!(denied(&text), []);
}

#[test]
fn front_matter_that_is_no_yaml_is_an_error_with_its_line() {
    let error = read(PATH, GOOD.replace("wave: 1", "wave: *one").as_bytes()).unwrap_err();
    assert_eq!(error.place().unwrap().to_string(), format!("{PATH}:5:1"), "{error}");
    assert!(!error.help_lines().is_empty());
    // Another format's documents are left alone.
    for text in [
        "---\nphase: 1\nplan: 2\n---\n\n### T001: x\n\n**Files:** `a/b.rs`\n",
        "<task type=\"auto\">\n</task>\n",
    ] {
        assert_ne!(recognise(PATH, text.as_bytes()).map(|(format, _)| format.name), Some("gsd"));
    }
    assert!(recognise("plan.json", GOOD.as_bytes()).is_none());
}

#[test]
fn only_checkboxes_change_while_it_runs() {
    assert_eq!(
        first_locked_difference(PATH, GOOD.as_bytes(), GOOD.replace("- [ ]", "- [x]").as_bytes()),
        None
    );
    let living = GOOD.replace("<tasks>", "## Progress\n\n<tasks>");
    for (from, to) in [
        ("src/lease.rs,", "**,"),
        ("wave: 1", "wave: 2"),
        ("Leases end.", "x"),
        ("<tasks>\n", "<tasks>\n<task>\n</task>\n"),
        ("- [ ] all", "- [ ] most"),
        ("</tasks>", "</tasks>\n\n## Progress\n\n- more"),
    ] {
        for text in [GOOD, &living] {
            let new = text.replacen(from, to, 1);
            assert!(
                new != text && first_locked_difference(PATH, text.as_bytes(), new.as_bytes()).is_some(),
                "{from:?}"
            );
        }
    }
}

#[test]
fn hostile_plans_are_read_in_no_time() {
    let head = "---\nphase: 1\nplan: 1\nfiles_modified:\n";
    let many: String = (0..4_000).map(|n| format!("  - src/{n}*.rs\n")).collect();
    let tasks: String = (0..20_000).map(|n| format!("<task>\n<files>a/{n}.rs</files>\n</task>\n")).collect();
    let bodies = [
        "<task>\n".repeat(700_000),
        "<task>\n<action>\n".repeat(300_000),
        "<task></task>\n".repeat(30_000),
        "<task>".repeat(800_000),
        format!("<task>\n{}", "<a>".repeat(1_600_000)),
        format!("<task>\n{}", "<a></a>".repeat(700_000)),
        "<!--".repeat(1_200_000),
        "```\n".repeat(1_200_000),
        format!("<task>\n<files>{}</files>\n</task>", "a/b, ".repeat(500_000)),
        format!("<task>\n<files>\n{}</files>\n</task>", "a/b\n".repeat(600_000)),
        "<".repeat(5_000_000),
        tasks,
    ];
    for body in bodies {
        let text = format!("{head}{many}---\n{body}");
        let start = Instant::now();
        if let Ok(plan) = read(PATH, text.as_bytes()) {
            blocking(&plan);
        }
        let head: String = body.chars().take(20).collect();
        eprintln!("{:>8.2?} {:>8} {head:?}", start.elapsed(), text.len());
        assert!(start.elapsed().as_secs() < 20, "{head:?}: {:?}", start.elapsed());
    }
}

#[test]
fn lists_and_plans_that_are_too_long_declare_nothing() {
    let long = GOOD.replacen("src/lease.rs, ", &"src/lease.rs, ".repeat(50_000), 1);
    let plan = plan(&long);
    assert!(plan.tasks[0].scope.is_none() && plan.tasks[2].scope.is_none());
    assert!(
        denied(&long).iter().any(|(line, m, _)| *line == 34 && m.contains("too long to be lists")),
        "{:?}",
        denied(&long)
    );
    let many = GOOD.replacen("<tasks>\n", &format!("<tasks>\n{}", "<task></task>\n".repeat(10_001)), 1);
    assert!(denied(&many).iter().any(|(_, m, _)| m.contains("over 10000 tasks")));
}
