use proptest::prelude::*;

use super::*;
use crate::model::TaskId;
use crate::pattern::Patterns;
use crate::plan::{FORMATS, Reference, lint, read};

/// Everything but where it stands.
fn said(plan: &Plan) -> Vec<String> {
    let task = |t: &Task| {
        let scope = t.scope.as_ref().map(ToString::to_string);
        let head = (t.id.as_str(), t.summary.trim(), scope, &t.depends_on, &t.milestone, &t.acceptance);
        format!("{head:?} {:?} {} {:?} {:?}", t.phase, t.parallel_safe, t.test_not_applicable, t.covers)
    };
    plan.tasks.iter().map(task).collect()
}

#[track_caller]
fn converted(plan: &Plan) -> String {
    let text = to_native(plan).unwrap();
    assert_eq!(said(&read("plans/x.toml", text.as_bytes()).unwrap()), said(plan), "{text}");
    text
}

#[test]
fn what_the_format_cannot_hold_is_refused_with_its_place() {
    let mut plan =
        read("p.toml", b"version = 1\n[[task]]\nid = 'T1'\nscope = []\n[[task]]\nid = 'T2'\nscope = []\n")
            .unwrap();
    let first = plan.tasks[0].clone();
    let id = |id: &str| Task { id: TaskId::new(id).unwrap(), ..first.clone() };
    // An overlay may name a file of this name; a native scope may not.
    let all = Task { scope: Some(Patterns::parse_all(["all"]).unwrap()), ..first.clone() };
    for (task, wanted) in [
        (id("T(1)"), "the ID T(1) cannot be written"),
        (id("a:b"), "the ID a:b cannot be written"),
        (all, "the scope of T1 cannot be written"),
    ] {
        plan.tasks[0] = task;
        let error = to_native(&plan).unwrap_err();
        assert!(error.message().starts_with(wanted), "{error}");
        assert_eq!(error.place().unwrap().to_string(), "p.toml:2");
        assert!(!error.help_lines().is_empty());
    }
}

#[test]
fn a_scope_that_is_not_declared_stays_so() {
    let text = "# P\n\n### T001: One\n\n**Files:** TBD\n\n### T002: Two (M1)\n\n**Files:** none\n**Depends on:** T001\n";
    let plan = read("plans/p \"x\".md", text.as_bytes()).unwrap();
    let native = converted(&plan);
    assert!(native.contains("\n# \"plans/p \\\"x\\\".md:3\"\n[[task]]\nid = \"T001\"\n"), "{native}");
    assert!(native.contains("\n# scope = [\"\"]    # not declared"), "{native}");
    assert!(native.contains("\ntopic = \"p-\\\"x\\\"\"\n"), "{native}");
    let back = read("x.toml", native.as_bytes()).unwrap();
    assert_eq!(back.tasks[0].scope, None);
    let undeclared: Vec<_> = lint(&back).into_iter().filter(|p| p.message.contains("declare")).collect();
    assert_eq!(undeclared[0].message, "T001 does not declare its scope");
    // Taken out of its comment without being filled in, the line is an error and no scope.
    let bare = native.replace("# scope = ", "scope = ");
    let bare = read("x.toml", bare.as_bytes()).unwrap();
    assert_eq!(bare.tasks[0].scope, None);
    assert!(lint(&bare).iter().any(|p| p.message.contains("empty pattern")));
}

#[test]
fn comments_say_where_each_task_came_from() {
    let mut plan = read(
        "plans/p.md",
        b"# P\n\n## Task 1: One\n\n**Files:** `src/a.rs`, `b/`\n\n## Task 2: Two\n\n**Files:** `c`\n",
    )
    .unwrap();
    plan.tasks[1].done = true;
    plan.references =
        vec![Reference { line: 2, label: "Spec", path: "specs/x\n[[task]]".to_owned(), pin: None }];
    let native = converted(&plan);
    for line in [
        "# From plans/p.md, by guard plan convert.",
        "# plans/p.md:2: Spec: \"specs/x\\u000A[[task]]\" (this format holds no other document still)",
        "# plans/p.md:3",
        "# plans/p.md:7, marked as done there",
        "scope = [\"src/a.rs\", \"b/\"]",
    ] {
        assert!(native.lines().any(|l| l == line), "{line}\n{native}");
    }
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}|[\"'\\\\\u{0}-\u{1f}\u{7f}\u{85}\u{202e}#=\\[\\] a]{0,12}"
}

fn task() -> impl Strategy<Value = Task> {
    let id = "[A-Za-z0-9_.#\"'\\\\=\\[\\]-]{1,6}".prop_filter_map("an ID", |id| TaskId::new(&id));
    let scope = prop::option::of(prop::collection::vec(
        "!?[a-c.é\"' #]{1,4}(/[a-c*?{},\\[\\]\"]{1,4}){0,2}/?",
        0..12,
    ));
    let filled = || prop::option::of(text().prop_filter("not blank", |t| !t.trim().is_empty()));
    let more = (filled(), filled(), filled(), prop::collection::vec(text(), 0..3), any::<bool>(), 0usize..4);
    (id, text(), scope, prop::collection::vec("[A-C][0-9]", 0..30), more).prop_map(
        |(id, summary, scope, after, more)| {
            let mut task = Task::new(id, 7);
            task.summary =
                summary.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim().to_owned();
            task.scope = scope.and_then(|texts| Patterns::parse_all(texts).ok());
            task.depends_on = after.iter().filter_map(|id| TaskId::new(id)).collect();
            (task.milestone, task.acceptance, task.test_not_applicable, task.covers, task.parallel_safe, _) =
                more;
            task.phase =
                [None, Some(Phase::Test), Some(Phase::Implementation), Some(Phase::ValidationSupport)]
                    [more.5];
            task
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_reads_back_as_the_same(tasks in prop::collection::vec(task(), 1..6), topic in prop::option::of(text())) {
        let mut plan = Plan::new("plans/x.md", FORMATS[0].name);
        (plan.tasks, plan.topic) = (tasks, topic);
        match to_native(&plan) {
            Ok(native) => {
                let back = read("plans/x.toml", native.as_bytes()).unwrap();
                prop_assert_eq!(said(&back), said(&plan), "{}", native);
                prop_assert!(plan.topic.is_none() || back.topic == plan.topic);
                prop_assert!(!native.chars().any(|c| c != '\n' && (c.is_control() || is_hidden(c))));
            }
            Err(e) => prop_assert!(false, "{}", e),
        }
    }
}
