//! The completion contract: the report as one value, for JSON and YAML. `report.schema.json` is its published shape.

use serde_json::{Value, json};

use super::coverage::{Issue, Requirement};
use super::facts::{Role, attempts, corrections, is_test, redone, standing, touched};
use super::ledger::{Entry, kind_of};
use super::{Summary, facts};
use crate::account::{Step, TaskAccount};
use crate::clock::of_seconds as utc;
use crate::evidence::{Decision, Outcome, Run};
use crate::execution::State;
use crate::gate::budget::Escalation;
use crate::model::{CommitId, TaskId};
use crate::plan::Phase;
use crate::policy::Gate;
use crate::rule::show;

/// The version of this shape. It grows when a field changes its meaning or goes; new fields do not count.
const VERSION: u32 = 1;

/// The whole report.
pub(super) fn of(summary: &Summary<'_>) -> Value {
    let (account, about) = (summary.account, &summary.about);
    let hashes = |ids: Vec<CommitId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let covered = summary.requirements.iter().filter(|r| r.open.is_empty()).count();
    json!({
        "version": VERSION,
        "execution_status": summary.status.as_str(),
        "plan_path": account.lock.plan.path,
        "test_spec_path": about.test_spec,
        "test_commit_hashes": hashes(standing(account, &is_test)),
        "implementation_commit_hashes": hashes(standing(account, &|task| !is_test(task))),
        "validation_report_path": about.output,
        "execution_log_path": about.log,
        "requirement_coverage": {
            "total": summary.requirements.len(),
            "covered": covered,
            "requirements": list(&summary.requirements, requirement),
        },
        "open_issues": list(&summary.issues, issue),
        "escalations": list(&account.escalations, escalation),
        "recommended_next_action": summary.next,
        "overview": overview(summary),
        "outcomes": outcomes(summary),
        "tasks": account.tasks.iter().map(|t| task(summary, t)).collect::<Vec<_>>(),
        "other_commits": others(summary),
        "deviations": list(&summary.deviations, entry),
        "gate_runs": list(&account.evidence.runs, run),
        "decisions": list(&account.evidence.decisions, decision),
        "exceptions": list(&summary.exceptions, entry),
        "residual_risks": summary.risks,
        "permalinks": permalinks(summary),
    })
}

fn list<T>(all: &[T], one: impl Fn(&T) -> Value) -> Value {
    all.iter().map(one).collect()
}

fn ids(all: &[TaskId]) -> Vec<&str> {
    all.iter().map(TaskId::as_str).collect()
}

fn overview(summary: &Summary<'_>) -> Value {
    let (account, about) = (summary.account, &summary.about);
    let start = account.rollback.time;
    json!({
        "guard": about.guard,
        "git": about.git,
        "system": about.system,
        "plan_format": account.lock.plan.format,
        "topic": account.lock.topic,
        "branch": about.branch,
        "rollback_commit": account.rollback.id.to_string(),
        "head": about.head.to_string(),
        "started": utc(start),
        "ended": utc(about.ended),
        "duration_seconds": about.ended.saturating_sub(start).max(0),
        "repository_url": about.site.as_ref().map(|site| &site.url),
    })
}

fn outcomes(summary: &Summary<'_>) -> Value {
    let tasks = &summary.account.tasks;
    let named = |keep: &dyn Fn(&TaskAccount<'_>) -> bool| {
        tasks.iter().filter(|task| keep(task)).map(|task| task.task.id.to_string()).collect::<Vec<_>>()
    };
    json!({
        "done": named(&|task| task.state.is_done()),
        "open": named(&|task| !task.state.is_done()),
        "redone": named(&redone),
    })
}

/// `test`, `implementation` or `validation-support`, as a plan writes it.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Test => "test",
        Phase::Implementation => "implementation",
        Phase::ValidationSupport => "validation-support",
    }
}

/// The word for how a task stands.
pub(super) fn state(state: &State) -> &'static str {
    match state {
        State::Done(_) => "done",
        State::NeedsNone => "needs-no-commit",
        State::Ready => "ready",
        State::Waiting(_) => "waiting",
    }
}

fn task(summary: &Summary<'_>, account: &TaskAccount<'_>) -> Value {
    let task = account.task;
    let waits_for = match &account.state {
        State::Waiting(open) => ids(open),
        _ => Vec::new(),
    };
    let files = touched(summary.account, account);
    let files = files.iter().map(|f| json!({"path": f.path, "change": f.change, "record": f.record}));
    let commits = account.commits.iter().map(|step| {
        let role = Role::of(summary.account, account, step).as_str();
        commit(step, &[("role", role.into()), ("undoes", step.undoes.map(|id| id.to_string()).into())])
    });
    json!({
        "id": task.id.as_str(),
        "summary": task.summary,
        "phase": task.phase.map(phase),
        "milestone": task.milestone,
        "acceptance": task.acceptance,
        "test_not_applicable": task.test_not_applicable,
        "depends_on": ids(&task.depends_on),
        "covers": task.covers,
        "state": state(&account.state),
        "waits_for": waits_for,
        "redone": redone(account),
        "commit": account.stands.as_ref().map(|step| step.id.to_string()),
        "commits": commits.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "gates": account.gates.iter().map(|(g, r)| gate(summary, account, g, r.as_ref())).collect::<Vec<_>>(),
    })
}

fn commit(step: &Step, more: &[(&str, Value)]) -> Value {
    let mut value = json!({
        "id": step.id.to_string(),
        "subject": show(&step.subject),
        "author": show(&step.author),
        "time": utc(step.time),
    });
    if let Some(object) = value.as_object_mut() {
        object.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    }
    value
}

fn gate(summary: &Summary<'_>, task: &TaskAccount<'_>, gate: &Gate, newest: Option<&Run>) -> Value {
    let runs = attempts(summary.account, task, &gate.name);
    json!({
        "gate": gate.name,
        "required": gate.required,
        "command": gate.run,
        "run": newest.map(run),
        "failed_runs": runs.iter().filter(|run| run.outcome != Outcome::Passed).count(),
        "corrections": corrections(&runs),
    })
}

fn run(run: &Run) -> Value {
    let code = match run.outcome {
        Outcome::Failed(code) | Outcome::Killed(code) => Some(code),
        _ => None,
    };
    json!({
        "gate": run.gate,
        "task": run.task.as_ref().map(TaskId::as_str),
        "outcome": run.outcome.as_str(),
        "code": code,
        "required": run.required,
        "command": run.command,
        "tree": run.tree.to_string(),
        "started": run.started,
        "milliseconds": run.milliseconds,
        "digest": run.digest,
        "bytes": run.bytes,
        "tail": run.tail,
        "guard": run.guard,
    })
}

fn decision(decision: &Decision) -> Value {
    json!({
        "gate": decision.gate,
        "task": decision.task.as_str(),
        "decision": decision.verdict.as_str(),
        "reason": decision.reason,
        "by": decision.by,
        "time": decision.time,
        "tree": decision.tree.to_string(),
    })
}

fn requirement(requirement: &Requirement) -> Value {
    let gates = requirement.gates.iter().map(|(task, gate, outcome)| {
        json!({"task": task, "gate": gate, "outcome": outcome.as_ref().map(Outcome::as_str)})
    });
    json!({
        "id": requirement.id,
        "covered": requirement.open.is_empty(),
        "tasks": requirement.tasks,
        "test_tasks": requirement.test_tasks,
        "test_files": requirement.test_files,
        "commits": requirement.commits.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "gates": gates.collect::<Vec<_>>(),
        "open": requirement.open,
    })
}

fn issue(issue: &Issue) -> Value {
    json!({
        "kind": issue.kind,
        "task": issue.task,
        "gate": issue.gate,
        "requirement": issue.requirement,
        "commit": issue.commit.map(|id| id.to_string()),
        "message": issue.message,
        "command": issue.command,
    })
}

fn escalation(escalation: &Escalation) -> Value {
    let options = escalation.options.iter().map(|(command, why)| json!({"command": command, "why": why}));
    json!({
        "gate": escalation.gate,
        "task": escalation.task.as_str(),
        "blocker": escalation.blocker,
        "evidence": escalation.evidence,
        "impact": ids(&escalation.impact),
        "options": options.collect::<Vec<_>>(),
        "stopped": escalation.stopped,
    })
}

fn entry(entry: &Entry) -> Value {
    json!({
        "kind": entry.kind,
        "task": entry.task,
        "commit": entry.commit.map(|id| id.to_string()),
        "message": entry.message,
    })
}

fn others(summary: &Summary<'_>) -> Vec<Value> {
    let account = summary.account;
    let own = account.others.iter().map(|step| (step, kind_of(account, step)));
    let all = own.chain(account.foreign.iter().map(|step| (step, "foreign")));
    all.map(|(step, kind)| {
        let paths = facts::of_steps(account, &[step]).into_iter().map(|file| file.path);
        commit(step, &[("kind", kind.into()), ("paths", paths.collect::<Vec<_>>().into())])
    })
    .collect()
}

fn permalinks(summary: &Summary<'_>) -> Vec<Value> {
    let Some(site) = &summary.about.site else { return Vec::new() };
    let all = summary.commits().into_iter();
    all.map(|id| json!({"commit": id.to_string(), "url": site.commit(id)})).collect()
}
