//! A plan, and what is to be mended in it, for machines.
//!
//! ```json
//! {
//!   "version": 1, "plan": "plans/x.md", "format": "markdown-sections", "why": "…", "topic": "x",
//!   "lock": "<commit>" | null,
//!   "tasks": [{
//!     "id": "T001", "summary": "…", "file": "plans/x.md", "line": 12, "scope": ["src/**"] | [] | null,
//!     "declared": [{"path": "src/**", "file": "plans/x.md", "line": 14}], "depends_on": [],
//!     "milestone": "M1" | null, "acceptance": "…" | null, "phase": "test" | null, "parallel_safe": false,
//!     "done": false, "test_not_applicable": "…" | null, "covers": [],
//!     "state": "done" | "no_commit" | "ready" | "waiting" | "not_declared", "commit": "<commit>" | null
//!   }]
//! }
//! ```
//! A scope of `null` is not declared: nothing is allowed. `declared` says where each path of it stands, in the plan, a ticket or
//! the policy's overlay. `lint` writes `tasks` as a number, `executable`, and `problems`
//! (`level`, `file`, `line`, `message`, `help`, `scope_of`).

use serde_json::{Value, json};

use super::Document;
use super::standing::{Standing, Standings};
use crate::plan::{self, Plan, Problem, Task};
use crate::report::json_text;

/// The version of both shapes. It grows when a field changes its meaning or goes; new fields do not count.
const VERSION: u32 = 1;

pub(super) fn show(document: &Document, standings: &Standings) -> String {
    let plan = &document.plan;
    let tasks =
        plan.tasks.iter().zip(&standings.all).map(|(task, standing)| task_value(plan, task, standing));
    let references = plan.references.iter();
    let references = references.map(|r| {
        let at = plan.place(r.line);
        json!({"path": r.path, "label": r.label, "file": at.file, "line": at.line})
    });
    json_text(&json!({
        "version": VERSION,
        "plan": plan.path,
        "format": plan.format,
        "why": document.why,
        "topic": plan::topics_of(&plan.path, plan.topic.as_deref()).first(),
        "lock": standings.lock,
        "references": references.collect::<Vec<_>>(),
        "tasks": tasks.collect::<Vec<_>>(),
    }))
}

fn task_value(plan: &Plan, task: &Task, standing: &Standing) -> Value {
    let patterns = |scope: &crate::pattern::Patterns| {
        scope.iter().map(|pattern| pattern.as_str().to_owned()).collect::<Vec<_>>()
    };
    let commit = match standing {
        Standing::Done(commit) => commit.clone(),
        _ => None,
    };
    let declared = |pattern: &crate::pattern::Pattern| {
        let at = plan.place_of(task, pattern);
        json!({"path": pattern.as_str(), "file": at.file, "line": at.line})
    };
    let at = plan.place(task.line);
    json!({
        "id": task.id.as_str(),
        "summary": task.summary,
        "file": at.file,
        "line": at.line,
        "scope": task.scope.as_ref().map(patterns),
        "declared": task.scope.iter().flatten().map(declared).collect::<Vec<_>>(),
        "depends_on": task.depends_on.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "milestone": task.milestone,
        "acceptance": task.acceptance,
        "phase": task.phase.map(plan::Phase::as_str),
        "parallel_safe": task.parallel_safe,
        "done": task.done,
        "test_not_applicable": task.test_not_applicable,
        "covers": task.covers,
        "state": standing.word(),
        "commit": commit,
    })
}

pub(super) fn lint(document: &Document, problems: &[Problem]) -> String {
    let plan = &document.plan;
    let problem = |p: &Problem| {
        let at = plan.place(p.line);
        json!({
            "level": p.level.as_str(),
            "file": at.file,
            "line": (p.line > 0).then_some(at.line),
            "message": p.message,
            "help": p.help,
            "scope_of": p.scope_of.as_ref().map(|id| id.as_str()),
        })
    };
    json_text(&json!({
        "version": VERSION,
        "plan": plan.path,
        "format": plan.format,
        "why": document.why,
        "tasks": plan.tasks.len(),
        "executable": super::is_executable(problems),
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
    }))
}
