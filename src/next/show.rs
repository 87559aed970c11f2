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
use unicode_width::UnicodeWidthStr;

use super::wave::Group;
use super::{Answer, Busy, Held, Situation};
use crate::execution::State;
use crate::model::{Place, TaskId};
use crate::naming;
use crate::pattern::{Pattern, Patterns};
use crate::plan::{Phase, Task};
use crate::policy::Gate;
use crate::report::{self, GAP, Paint, READABLE, Style, escape};
use crate::rule::gates::in_phase;
use crate::rule::{shell_quote, show_ids};

/// The version of the JSON. It grows when a field changes its meaning or goes; new fields do not count.
const VERSION: u32 = 1;

/// Columns of a label and the blanks behind it.
const LABEL: usize = 13;

/// What is said, line by line.
struct Out {
    text: String,
    style: Style,
}

impl Out {
    /// A sentence, in lines under each other.
    fn told(&mut self, label: &str, value: &str) {
        let (label, value) = (escape(&format!("  {label}")), escape(value));
        // At least two blanks stand behind a label, which may be an ID of any length.
        let label = if label.width() + GAP > LABEL { format!("{label}  ") } else { label };
        self.style.field(&mut self.text, &label, LABEL, &[(Paint::Plain, &value)]);
    }

    /// A path or a command, which is left in one piece so that it can be pasted.
    fn pasted(&mut self, label: &str, paint: Paint, value: &str) {
        let pad = " ".repeat(LABEL.saturating_sub(2 + label.width()));
        let (label, value) = (self.style.paint(Paint::Quiet, label), self.style.paint(paint, &escape(value)));
        let _ = writeln!(self.text, "  {label}{pad}{value}");
    }

    fn notes(&mut self, situation: &Situation<'_>) {
        situation.notes.iter().for_each(|note| self.told("note", note));
    }
}

pub(super) fn text(situation: &Situation<'_>, answer: &Answer<'_>, style: Style) -> String {
    let mut out = Out { text: String::new(), style };
    match answer {
        Answer::Task { task, claimed } => whole(&mut out, situation, task, *claimed),
        Answer::Done => {
            style.flow(&mut out.text, (Paint::Good, ""), 2, &[(Paint::Good, "every task is done")]);
            out.pasted("next", Paint::Command, "guard check");
        }
        Answer::Held(reasons) => {
            style.flow(&mut out.text, (Paint::Strong, ""), 2, &[(Paint::Strong, "no task can be taken now")]);
            for (id, why) in reasons {
                out.told(id.as_str(), why);
            }
            out.pasted("fix", Paint::Plain, "guard next --all       what may run beside what");
            if let Some(busy) = situation.busy.iter().find(|busy| busy.held == Held::InWork) {
                let there = shell_quote(busy.claim.worktree.as_bytes());
                out.pasted("", Paint::Plain, &format!("(cd {there} && guard next --release)"));
            }
        }
    }
    out.notes(situation);
    out.text
}

pub(super) fn released(situation: &Situation<'_>) -> String {
    let mut text: String = situation.notes.iter().map(|note| format!("{}\n", escape(note))).collect();
    if text.is_empty() {
        text.push('\n');
    }
    text
}

fn whole(out: &mut Out, situation: &Situation<'_>, task: &Task, claimed: bool) {
    let lock = situation.lock;
    let (id, summary) = (format!("{}  ", escape(task.id.as_str())), escape(&task.summary));
    out.style.flow(
        &mut out.text,
        (Paint::Strong, &id),
        id.width().min(READABLE),
        &[(Paint::Plain, &summary)],
    );
    for (n, pattern) in scope(task).iter().enumerate() {
        out.pasted(if n == 0 { "scope" } else { "" }, Paint::Plain, pattern);
    }
    if !task.depends_on.is_empty() {
        out.told("after", &show_ids(&task.depends_on));
    }
    for (label, value) in [("milestone", &task.milestone), ("accepted", &task.acceptance)] {
        if let Some(value) = value {
            out.told(label, value);
        }
    }
    if let Some(phase) = task.phase {
        out.told("phase", phase_name(phase));
    }
    for (n, gate) in gates(situation, task).enumerate() {
        let mut line = format!("{}: {}", gate.name, gate.run);
        if !gate.required {
            line.push_str("   (not required)");
        }
        if let Some(paths) = &gate.paths {
            line.push_str(&format!("   (only for tasks that change {paths})"));
        }
        out.pasted(if n == 0 { "gates" } else { "" }, Paint::Plain, &line);
    }
    out.pasted("at", Paint::Plain, &lock.plan.place(task.line).to_string());
    if claimed {
        out.told("claimed", "by this worktree");
    }
    out.pasted("commit", Paint::Command, &commit(situation, &task.id));
}

pub(super) fn all(situation: &Situation<'_>, waves: &[Vec<Group<'_>>], style: Style) -> String {
    // Columns of `then side by side`, with a margin before it and a gap behind it.
    const KIND: usize = 20;
    let mut out = Out { text: String::new(), style };
    if waves.is_empty() {
        return "every task is done\n".to_owned();
    }
    let ids = waves.iter().flatten().flat_map(|g| &g.tasks).map(|t| t.id.as_str().width());
    let widest = ids.max().unwrap_or(4).min(KIND);
    let narrow = style.width < KIND + widest + GAP + 2 * READABLE;
    for (n, wave) in waves.iter().enumerate() {
        let title = format!("wave {}", n + 1);
        let _ = writeln!(out.text, "{}", style.paint(Paint::Strong, &title));
        for (at, group) in wave.iter().enumerate() {
            let beside = if group.tasks.len() > 1 { "side by side" } else { "alone" };
            let label = if at == 0 { beside.to_owned() } else { format!("then {beside}") };
            // Where it is narrow, the tasks stand below what they share.
            let margin = if narrow { 4 } else { KIND };
            if narrow {
                style.flow(&mut out.text, (Paint::Quiet, "  "), 2, &[(Paint::Quiet, &label)]);
            }
            let hang = margin + widest + GAP;
            for (first, task) in group.tasks.iter().enumerate() {
                let label = if first == 0 && !narrow { format!("  {label}") } else { String::new() };
                let tail = tail(situation, &task.id).map(|t| format!("   ({t})")).unwrap_or_default();
                let id = escape(task.id.as_str());
                let pad = " ".repeat(widest.saturating_sub(id.width()) + GAP);
                let line = format!("{id}{pad}{}{tail}", escape(&task.summary));
                let lead = format!("{label:<margin$}");
                style.flow(&mut out.text, (Paint::Quiet, &lead), hang, &[(Paint::Plain, &line)]);
            }
            if let Some(why) = &group.why {
                let why = format!("because {}", escape(why));
                style.flow(&mut out.text, (Paint::Plain, &" ".repeat(hang)), hang, &[(Paint::Plain, &why)]);
            }
        }
    }
    out.notes(situation);
    out.text
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
