//! The answer in words, and as JSON.
//!
//! ```json
//! {
//!   "version": 1,
//!   "state": "ready" | "done" | "held",
//!   "plan": "plans/x.toml", "rollback": "<commit>",
//!   "task": {
//!     "id": "T003", "summary": "…", "milestone": "M1" | null, "phase": "test" | "implementation" | "validation-support" | null,
//!     "scope": ["src/**"], "depends_on": ["T001"], "acceptance": "…" | null, "parallel_safe": true,
//!     "gates": [{"name": "…", "run": "…", "required": true, "paths": ["…"] | null}],
//!     "commit": "git commit -m \"T003: …\"", "at": "plans/x.toml:12", "claimed": true
//!   } | null,
//!   "held": [{"task": "T001", "why": "…"}],
//!   "claims": [{"task": "T001", "worktree": "/…", "host": "…", "time": "…", "here": false, "state": "in-work" | "done" | "gone"}],
//!   "waves": [[["T001", "T002"], ["T003"]]],
//!   "notes": ["…"]
//! }
//! ```
//! `held` says why no ready task can be taken, `waves` is there with `--all` only: waves of groups that come one after
//! another, of tasks that may run side by side.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::wave::Group;
use super::{Answer, Busy, Held, Situation};
use crate::execution::State;
use crate::model::{Place, TaskId};
use crate::naming;
use crate::pattern::{Pattern, Patterns};
use crate::plan::{Phase, Task};
use crate::policy::Gate;
use crate::report::{self, Style, escape, fit};
use crate::rule::gates::in_phase;
use crate::rule::{shell_quote, show_ids};

/// The version of the JSON. It grows when a field changes its meaning or goes; new fields do not count.
const VERSION: u32 = 1;

pub(super) fn text(situation: &Situation<'_>, answer: &Answer<'_>) -> String {
    let mut text = String::new();
    match answer {
        Answer::Task { task, claimed } => whole(&mut text, situation, task, *claimed),
        Answer::Done => text.push_str("every task is done\n  next       guard check\n"),
        Answer::Held(reasons) => {
            text.push_str("no task can be taken now\n");
            for (id, why) in reasons {
                let _ = writeln!(text, "  {id:<9}  {}", escape(why));
            }
            text.push_str("  fix        guard next --all       what may run beside what\n");
            if let Some(busy) = situation.busy.iter().find(|busy| busy.held == Held::InWork) {
                let there = shell_quote(busy.claim.worktree.as_bytes());
                let _ = writeln!(text, "             (cd {} && guard next --release)", escape(&there));
            }
        }
    }
    notes(&mut text, situation);
    text
}

pub(super) fn released(situation: &Situation<'_>) -> String {
    let mut text: String = situation.notes.iter().map(|note| format!("{}\n", escape(note))).collect();
    if text.is_empty() {
        text.push('\n');
    }
    text
}

fn notes(text: &mut String, situation: &Situation<'_>) {
    for note in &situation.notes {
        let _ = writeln!(text, "  note       {}", escape(note));
    }
}

fn whole(text: &mut String, situation: &Situation<'_>, task: &Task, claimed: bool) {
    let lock = situation.lock;
    let _ = writeln!(text, "{}  {}", task.id, escape(&task.summary));
    let mut row = |label: &str, value: &str| {
        let _ = writeln!(text, "  {label:<9}  {}", escape(value));
    };
    for (n, pattern) in scope(task).iter().enumerate() {
        row(if n == 0 { "scope" } else { "" }, pattern);
    }
    if !task.depends_on.is_empty() {
        row("after", &show_ids(&task.depends_on));
    }
    for (label, value) in [("milestone", &task.milestone), ("accepted", &task.acceptance)] {
        if let Some(value) = value {
            row(label, value);
        }
    }
    if let Some(phase) = task.phase {
        row("phase", phase_name(phase));
    }
    for (n, gate) in gates(situation, task).enumerate() {
        let mut line = format!("{}: {}", gate.name, gate.run);
        if !gate.required {
            line.push_str("   (not required)");
        }
        if let Some(paths) = &gate.paths {
            line.push_str(&format!("   (only for tasks that change {paths})"));
        }
        row(if n == 0 { "gates" } else { "" }, &line);
    }
    row("at", &lock.plan.place(task.line).to_string());
    if claimed {
        row("claimed", "by this worktree");
    }
    row("commit", &commit(situation, &task.id));
}

pub(super) fn all(situation: &Situation<'_>, waves: &[Vec<Group<'_>>]) -> String {
    let mut text = String::new();
    if waves.is_empty() {
        return "every task is done\n".to_owned();
    }
    let width = waves.iter().flatten().flat_map(|g| &g.tasks).map(|t| t.id.as_str().len()).max().unwrap_or(4);
    for (n, wave) in waves.iter().enumerate() {
        let _ = writeln!(text, "wave {}", n + 1);
        for (at, group) in wave.iter().enumerate() {
            let beside = if group.tasks.len() > 1 { "side by side" } else { "alone" };
            let label = if at == 0 { beside.to_owned() } else { format!("then {beside}") };
            for (first, task) in group.tasks.iter().enumerate() {
                let label = if first == 0 { label.as_str() } else { "" };
                let tail = tail(situation, &task.id).map(|t| format!("   ({t})")).unwrap_or_default();
                let line = format!("  {label:<18}{:width$}  {}{tail}", task.id, escape(&task.summary));
                let _ = writeln!(text, "{}", fit(&line, Style::stdout().width));
            }
            if let Some(why) = &group.why {
                let _ = writeln!(text, "  {:18}{:width$}  because {}", "", "", escape(why));
            }
        }
    }
    notes(&mut text, situation);
    text
}

/// Who has the task.
fn tail(situation: &Situation<'_>, id: &TaskId) -> Option<String> {
    if let Some(busy) = situation.busy.iter().find(|busy| busy.task.id == *id) {
        return Some(escape(&held(busy)));
    }
    situation.mine.iter().any(|claim| claim.task == *id).then(|| "claimed by this worktree".to_owned())
}

/// Who has the task, and how far it is there.
pub(super) fn held(busy: &Busy<'_>) -> String {
    let claim = &busy.claim;
    match busy.held {
        Held::InWork => format!("claimed by {} on {} at {}", claim.worktree, claim.host, claim.time),
        Held::DoneThere => format!("done in {}, and not merged here yet", claim.worktree),
    }
}

fn scope(task: &Task) -> Vec<&str> {
    let all: Vec<&str> = task.scope.iter().flatten().map(Pattern::as_str).collect();
    if all.is_empty() { vec!["no files"] } else { all }
}

/// The gates that are for this task, as far as the policy can say.
fn gates<'a>(situation: &Situation<'a>, task: &'a Task) -> impl Iterator<Item = &'a Gate> {
    situation.lock.policy.gates.iter().filter(move |gate| in_phase(gate, task))
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Test => "test",
        Phase::Implementation => "implementation",
        Phase::ValidationSupport => "validation-support",
    }
}

/// How a commit for the task starts, wherever the policy wants its ID.
fn commit(situation: &Situation<'_>, id: &TaskId) -> String {
    match naming::example(&situation.lock.policy, id).split_once("\n\n") {
        Some((words, trailer)) => format!("git commit -m \"{words}\" --trailer \"{trailer}\""),
        None => format!("git commit -m \"{}\"", naming::example(&situation.lock.policy, id)),
    }
}

pub(super) fn json(
    situation: &Situation<'_>,
    answer: &Answer<'_>,
    waves: Option<&[Vec<Group<'_>>]>,
) -> String {
    let (state, task, held) = match answer {
        Answer::Task { task, claimed } => ("ready", whole_json(situation, task, *claimed), Vec::new()),
        Answer::Done => ("done", Value::Null, Vec::new()),
        Answer::Held(reasons) => {
            let held = reasons.iter().map(|(id, why)| json!({"task": id.as_str(), "why": why}));
            ("held", Value::Null, held.collect())
        }
    };
    let mut value = json!({
        "version": VERSION,
        "state": state,
        "plan": situation.lock.plan.path,
        "rollback": situation.lock.commit.map(|id| id.to_string()),
        "task": task,
        "held": held,
        "claims": claims(situation),
        "notes": situation.notes,
    });
    if let (Some(waves), Some(object)) = (waves, value.as_object_mut()) {
        let waves: Vec<Vec<Vec<&str>>> =
            waves.iter().map(|wave| wave.iter().map(Group::ids).collect()).collect();
        object.insert("waves".to_owned(), json!(waves));
    }
    report::json_text(&value)
}

fn whole_json(situation: &Situation<'_>, task: &Task, claimed: bool) -> Value {
    let texts = |patterns: &Patterns| patterns.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
    let gates = gates(situation, task).map(|gate| {
        json!({
            "name": gate.name,
            "run": gate.run,
            "required": gate.required,
            "paths": gate.paths.as_ref().map(texts),
        })
    });
    json!({
        "id": task.id.as_str(),
        "summary": task.summary,
        "milestone": task.milestone,
        "phase": task.phase.map(phase_name),
        "scope": task.scope.as_ref().map(texts).unwrap_or_default(),
        "depends_on": task.depends_on.iter().map(TaskId::as_str).collect::<Vec<_>>(),
        "acceptance": task.acceptance,
        "parallel_safe": task.parallel_safe,
        "gates": gates.collect::<Vec<_>>(),
        "commit": commit(situation, &task.id),
        "at": Place::line(&situation.lock.plan.path, task.line).to_string(),
        "claimed": claimed,
    })
}

fn claims(situation: &Situation<'_>) -> Vec<Value> {
    let done = |id: &TaskId| {
        situation
            .standings
            .iter()
            .any(|s| s.task.id == *id && !matches!(s.state, State::Ready | State::Waiting(_)))
    };
    let mine = situation.mine.iter().map(|c| (c, true, if done(&c.task) { "done" } else { "in-work" }));
    let busy = situation
        .busy
        .iter()
        .map(|b| (&b.claim, false, if b.held == Held::InWork { "in-work" } else { "done" }));
    let stale = situation.stale.iter().map(|c| (c, false, "gone"));
    mine.chain(busy)
        .chain(stale)
        .map(|(claim, here, state)| {
            json!({
                "task": claim.task.as_str(),
                "worktree": claim.worktree,
                "host": claim.host,
                "time": claim.time,
                "here": here,
                "state": state,
            })
        })
        .collect()
}
