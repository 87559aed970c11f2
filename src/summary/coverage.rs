//! From requirements to tasks, tests, commits and gates; and what is still open between them.

use std::fmt::Write as _;

use super::facts::{Role, is_test, standing, touched, work};
use crate::account::{Account, TaskAccount};
use crate::evidence::{Outcome, Run};
use crate::execution::State;
use crate::lock::is_formal;
use crate::model::{CommitId, Finding, Level};
use crate::plan::Task;
use crate::policy::Gate;
use crate::rule::{show, show_ids};

/// One requirement, followed down to the evidence.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// As the plan spells it.
    pub id: String,
    /// Tasks that say they cover it.
    pub tasks: Vec<String>,
    /// Test tasks among these, and those that they depend on.
    pub test_tasks: Vec<String>,
    /// Files that the test tasks changed.
    pub test_files: Vec<String>,
    /// The commits that stand for the tasks.
    pub commits: Vec<CommitId>,
    /// Its required gates: task, gate, how the newest run that counts ended.
    pub gates: Vec<(String, String, Option<Outcome>)>,
    /// Why it is not covered; empty: it is.
    pub open: Vec<String>,
}

/// Something that stands between the execution and its completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// `task`, `gate`, `requirement`, `escalation` or `finding`.
    pub kind: &'static str,
    /// The task.
    pub task: Option<String>,
    /// The gate.
    pub gate: Option<String>,
    /// The requirement.
    pub requirement: Option<String>,
    /// The commit.
    pub commit: Option<CommitId>,
    /// One sentence without a full stop.
    pub message: String,
    /// What to type.
    pub command: String,
}

impl Issue {
    fn new(kind: &'static str, message: String, command: String) -> Self {
        Self { kind, task: None, gate: None, requirement: None, commit: None, message, command }
    }

    fn of(self, task: &Task) -> Self {
        Self { task: Some(task.id.to_string()), ..self }
    }
}

/// Why this gate of the task is open; `None`: it is not.
fn open_gate(task: &TaskAccount<'_>, gate: &Gate, run: Option<&Run>) -> Option<String> {
    let (id, name) = (&task.task.id, &gate.name);
    match (&task.state, run) {
        _ if !gate.required => None,
        (State::Done(commit), None) => {
            Some(format!("{id}: the gate {name} has not run on the tree of {}", commit.short()))
        }
        // No commit asks for a gate; but one that was asked all the same, and said no, is not forgotten.
        (State::Done(_) | State::NeedsNone, Some(run)) if run.outcome != Outcome::Passed => {
            Some(format!("{id}: the gate {name} {}", run.outcome.describe()))
        }
        _ => None,
    }
}

fn open_gates<'t>(task: &'t TaskAccount<'_>) -> impl Iterator<Item = (&'t Gate, String)> + 't {
    task.gates.iter().filter_map(|(gate, run)| Some((*gate, open_gate(task, gate, run.as_ref())?)))
}

fn open_task(task: &TaskAccount<'_>) -> Option<String> {
    let id = &task.task.id;
    let taken_back = task.commits.iter().any(|step| step.undoes.is_some());
    let why = if taken_back { "was taken back and not done again" } else { "is not done" };
    match &task.state {
        State::Done(_) | State::NeedsNone => None,
        State::Ready => Some(format!("{id} {why}")),
        State::Waiting(open) => Some(format!("{id} {why}; it comes after {}", show_ids(open))),
    }
}

/// Every requirement that a task names, in the plan's order.
pub(super) fn requirements(account: &Account<'_>) -> Vec<Requirement> {
    let mut names: Vec<&String> = Vec::new();
    for name in account.tasks.iter().flat_map(|task| &task.task.covers) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| requirement(account, name)).collect()
}

fn requirement(account: &Account<'_>, name: &str) -> Requirement {
    let covering: Vec<&TaskAccount<'_>> =
        account.tasks.iter().filter(|task| task.task.covers.iter().any(|c| c == name)).collect();
    let is_needed = |id| covering.iter().any(|task| task.task.id == id || task.task.depends_on.contains(&id));
    let tests: Vec<&TaskAccount<'_>> =
        account.tasks.iter().filter(|task| is_test(task) && is_needed(task.task.id.clone())).collect();
    let ids = |tasks: &[&TaskAccount<'_>]| tasks.iter().map(|task| task.task.id.to_string()).collect();
    let mut files: Vec<String> = Vec::new();
    for file in tests.iter().flat_map(|task| touched(account, task)).filter(|file| !file.record) {
        if file.change != "deleted" && !files.contains(&file.path) {
            files.push(file.path);
        }
    }
    let mut gates = Vec::new();
    for task in &covering {
        let required = task.gates.iter().filter(|(gate, _)| gate.required);
        gates.extend(required.map(|(gate, run)| {
            (task.task.id.to_string(), gate.name.clone(), run.as_ref().map(|run| run.outcome.clone()))
        }));
    }
    let mut open: Vec<String> = covering.iter().filter_map(|task| open_task(task)).collect();
    open.extend(covering.iter().flat_map(|task| open_gates(task).map(|(_, why)| why)));
    let is_covering = |task: &TaskAccount<'_>| covering.iter().any(|own| own.task.id == task.task.id);
    Requirement {
        id: name.to_owned(),
        tasks: ids(&covering),
        test_tasks: ids(&tests),
        test_files: files,
        commits: standing(account, &is_covering),
        gates,
        open,
    }
}

/// What is open, the most pressing first.
pub(super) fn issues(
    account: &Account<'_>,
    requirements: &[Requirement],
    refused: &[&Finding],
    finished: bool,
) -> Vec<Issue> {
    let mut all = Vec::new();
    for escalation in &account.escalations {
        let (gate, task) = (&escalation.gate, &escalation.task);
        let message =
            format!("{task}: the gate {gate} waits for a decision (blocker: {})", escalation.blocker);
        let command = escalation.options.first().map(|(command, _)| command.clone()).unwrap_or_default();
        let issue = Issue::new("escalation", message, command);
        all.push(Issue { task: Some(task.to_string()), gate: Some(gate.clone()), ..issue });
    }
    all.extend(refused.iter().map(|finding| refusal(account, finding)));
    for task in &account.tasks {
        for (gate, why) in open_gates(task) {
            let id = &task.task.id;
            let command = match &task.stands {
                Some(step) => format!("git switch --detach {} && guard gate {id}", step.id.short()),
                None => format!("guard gate {id}"),
            };
            let commit = task.stands.as_ref().map(|step| step.id);
            all.push(
                Issue { gate: Some(gate.name.clone()), commit, ..Issue::new("gate", why, command) }
                    .of(task.task),
            );
        }
    }
    for task in &account.tasks {
        if let Some(why) = open_task(task) {
            let id = &task.task.id;
            all.push(Issue::new("task", why, format!("git commit -m \"{id}: …\"")).of(task.task));
        }
    }
    all.extend(unfinished(account, finished));
    for requirement in requirements.iter().filter(|requirement| !requirement.open.is_empty()) {
        let message = format!("{} is not covered: {}", requirement.id, requirement.open.join("; "));
        let issue = Issue::new("requirement", message, "guard status".to_owned());
        all.push(Issue { requirement: Some(requirement.id.clone()), ..issue });
    }
    all
}

fn refusal(account: &Account<'_>, finding: &Finding) -> Issue {
    let mut message = match finding.commit {
        Some(id) => format!("{} is refused [{}]: {}", id.short(), finding.rule, finding.message),
        None => format!("refused [{}]: {}", finding.rule, finding.message),
    };
    if let Some(path) = finding.path.as_deref().map(show).filter(|path| !finding.message.contains(path)) {
        let _ = write!(message, " ({path})");
    }
    let command = format!("guard check {}..HEAD", account.rollback.id.short());
    Issue {
        task: finding.task.as_ref().map(ToString::to_string),
        commit: finding.commit,
        ..Issue::new("finding", message, command)
    }
}

/// What keeps the plan from being finished although every task has its commit: empty commits, and those to be squashed.
fn unfinished(account: &Account<'_>, finished: bool) -> Vec<Issue> {
    let mut all = Vec::new();
    for task in &account.tasks {
        let id = &task.task.id;
        if let Some(step) = task.stands.as_ref().filter(|step| !finished && step.changes.is_empty()) {
            let message = format!("{id}: its commit {} changes nothing", step.id.short());
            let command = format!("git commit -m \"{id}: …\"");
            all.push(Issue { commit: Some(step.id), ..Issue::new("task", message, command) }.of(task.task));
        }
        let squash = account.lock.policy.level_of("unsquashed", Level::Deny) == Level::Deny;
        for step in work(account, task).into_iter().filter(|_| squash) {
            if Role::of(account, task, step) == Role::Fixup {
                let message = format!("{id}: {} is still to be squashed", step.id.short());
                let command = format!("git rebase -i --autosquash {}", account.rollback.id.short());
                all.push(
                    Issue { commit: Some(step.id), ..Issue::new("finding", message, command) }.of(task.task),
                );
            }
        }
    }
    all
}

/// What to do next, with what to type.
pub(super) fn next(account: &Account<'_>, issues: &[Issue]) -> String {
    let pressing = issues.iter().find(|issue| issue.kind != "requirement" && issue.kind != "task");
    if let Some(issue) = pressing {
        return format!("{}: {}", issue.message, issue.command);
    }
    if let Some(task) = account.tasks.iter().find(|task| task.state == State::Ready) {
        let Task { id, summary, .. } = task.task;
        let gates = task.gates.iter().any(|(gate, _)| gate.required);
        let first = if gates { format!("guard gate {id} && ") } else { String::new() };
        return format!("{id} is ready ({summary}): {first}git commit -m \"{id}: …\"");
    }
    if let Some(issue) = issues.first() {
        return format!("{}: {}", issue.message, issue.command);
    }
    let gates = account.lock.policy.gates.iter().any(|gate| gate.required);
    let check = if gates { "guard check --require-evidence" } else { "guard check" };
    format!("nothing is open; judge the branch as CI will: {check}")
}

/// Does a task that has no commit of its own stand for a requirement all the same?
pub(super) fn on_its_word(task: &TaskAccount<'_>) -> bool {
    task.state == State::NeedsNone && is_formal(task.task)
}
