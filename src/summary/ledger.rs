//! What was out of the ordinary: deviations of history, exceptions that somebody or something allowed, and what the
//! evidence does not rule out.

use super::coverage::{Requirement, on_its_word};
use super::facts::{Role, attempts, redone};
use crate::account::{Account, Step};
use crate::evidence::{Choice, Outcome};
use crate::model::{CommitId, Finding, Level};
use crate::rule::{is_record, show, show_ids};

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Kebab-case.
    pub kind: &'static str,
    /// The task, where it is about one.
    pub task: Option<String>,
    /// The commit, where it is about one.
    pub commit: Option<CommitId>,
    /// One sentence without a full stop.
    pub message: String,
}

impl Entry {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, task: None, commit: None, message: message.into() }
    }

    fn task(self, task: impl ToString) -> Self {
        Self { task: Some(task.to_string()), ..self }
    }

    fn commit(self, commit: CommitId) -> Self {
        Self { commit: Some(commit), ..self }
    }
}

/// What a commit that names no task is.
pub(super) fn kind_of(account: &Account<'_>, step: &Step) -> &'static str {
    if step.parents > 1 {
        "merge"
    } else if !step.changes.is_empty() && step.changes.iter().all(|c| is_record(&account.lock.policy, c)) {
        "record"
    } else {
        "other"
    }
}

/// Reverts, second commits, commits of no task, and what the rules refuse.
pub(super) fn deviations(account: &Account<'_>, refused: &[&Finding]) -> Vec<Entry> {
    let mut all = Vec::new();
    for task in &account.tasks {
        let id = &task.task.id;
        for step in &task.commits {
            let short = step.id.short();
            let entry = match Role::of(account, task, step) {
                Role::Stands | Role::Record | Role::Reverted => continue,
                Role::Revert => {
                    let undone = step.undoes.map(|id| id.short()).unwrap_or_default();
                    Entry::new("revert", format!("{short} took {undone} back"))
                }
                Role::Fixup => Entry::new("fixup", format!("{short} is to be squashed")),
                Role::Second => Entry::new("second-commit", format!("{short} is another commit for {id}")),
            };
            all.push(entry.task(id).commit(step.id));
        }
        if let Some(step) = task.stands.as_ref().filter(|_| redone(task)) {
            let entry =
                Entry::new("redone", format!("{id} was taken back and done again in {}", step.id.short()));
            all.push(entry.task(id).commit(step.id));
        }
    }
    for step in &account.others {
        let kind = kind_of(account, step);
        if kind != "record" {
            let shown = format!("{} names no task: {}", step.id.short(), show(&step.subject));
            let message = if kind == "merge" { format!("{} is a merge", step.id.short()) } else { shown };
            all.push(
                Entry::new(if kind == "merge" { "merge" } else { "other-commit" }, message).commit(step.id),
            );
        }
    }
    for step in &account.foreign {
        let message = format!("{} came in by a merge and belongs to no task of this plan", step.id.short());
        all.push(Entry::new("foreign-commit", message).commit(step.id));
    }
    for finding in refused {
        let entry = Entry::new("refused", format!("[{}] {}", finding.rule, finding.message));
        all.push(Entry {
            task: finding.task.as_ref().map(ToString::to_string),
            commit: finding.commit,
            ..entry
        });
    }
    all
}

/// What passed although it is not the rule.
pub(super) fn exceptions(account: &Account<'_>, findings: &[Finding]) -> Vec<Entry> {
    let mut all = Vec::new();
    for task in &account.tasks {
        let id = &task.task.id;
        if let Some(reason) = &task.task.test_not_applicable {
            all.push(Entry::new("test-not-applicable", reason.clone()).task(id));
        }
        if on_its_word(task) {
            let why = if task.task.done { "the plan said that it was done" } else { "it changes no files" };
            all.push(Entry::new("no-commit", format!("{why}: no commit and no gate was asked for")).task(id));
        }
        if let Some(step) = task.stands.as_ref().filter(|step| !task.commits.iter().any(|s| s.id == step.id))
        {
            let message = format!("{} did it, before the plan was locked anew", step.id.short());
            all.push(Entry::new("earlier-lock", message).task(id).commit(step.id));
        }
        for step in task.commits.iter().filter(|step| step.undoes.is_some()) {
            let undone = step.undoes.map(|id| id.short()).unwrap_or_default();
            all.push(Entry::new("revert", format!("{undone} was taken back")).task(id).commit(step.id));
        }
        for (gate, run) in task.gates.iter().filter(|(gate, _)| !gate.required) {
            if let Some(run) = run.as_ref().filter(|run| run.outcome != Outcome::Passed) {
                let message =
                    format!("the gate {}, which is not required, {}", gate.name, run.outcome.describe());
                all.push(Entry::new("optional-gate-failed", message).task(id));
            }
        }
    }
    for decision in &account.evidence.decisions {
        let word = match decision.verdict {
            Choice::Retry => "more tries of",
            Choice::Stop => "no more tries of",
        };
        let message = format!("{word} the gate {}: {} ({})", decision.gate, decision.reason, decision.by);
        all.push(Entry::new("decision", message).task(&decision.task));
    }
    for finding in findings.iter().filter(|finding| finding.level == Level::Warn) {
        let entry = Entry::new("warning", format!("[{}] {}", finding.rule, finding.message));
        all.push(Entry {
            task: finding.task.as_ref().map(ToString::to_string),
            commit: finding.commit,
            ..entry
        });
    }
    all.extend(account.evidence.defects.iter().map(|defect| Entry::new("evidence-defect", defect.clone())));
    all
}

/// What the evidence does not rule out.
pub(super) fn risks(account: &Account<'_>, requirements: &[Requirement]) -> Vec<String> {
    let mut all = Vec::new();
    let policy = &account.lock.policy;
    if !policy.gates.iter().any(|gate| gate.required) {
        all.push("the policy requires no gate: that the tasks' commits work is nobody's evidence".to_owned());
    }
    if requirements.is_empty() {
        all.push("the plan names no requirement (covers), so none can be traced".to_owned());
    }
    for requirement in requirements {
        let excused = account.tasks.iter().any(|task| {
            task.task.test_not_applicable.is_some() && task.task.covers.contains(&requirement.id)
        });
        if requirement.test_tasks.is_empty() && !excused {
            all.push(format!("no test task stands behind {}", requirement.id));
        }
    }
    for task in &account.tasks {
        for (gate, run) in &task.gates {
            let Some(passed) = run.as_ref().filter(|run| run.outcome == Outcome::Passed) else { continue };
            let tries = attempts(account, task, &gate.name);
            let same = |run: &&&crate::evidence::Run| {
                run.tree == passed.tree && run.command == passed.command && run.outcome != Outcome::Passed
            };
            if tries.iter().filter(same).any(|run| run.outcome != Outcome::Interrupted) {
                let id = &task.task.id;
                all.push(format!("{id}: the gate {} failed and passed on one and the same tree", gate.name));
            }
        }
    }
    let start = account.rollback.time;
    if account.tasks.iter().flat_map(|task| &task.commits).any(|step| step.time < start) {
        all.push(
            "a commit is dated before the rollback commit: the times are not to be relied on".to_owned(),
        );
    }
    all
}

/// The tasks that are done, those that are open, and those that were taken back and done again.
pub(super) fn outcome(account: &Account<'_>) -> [String; 3] {
    let list = |keep: &dyn Fn(&crate::account::TaskAccount<'_>) -> bool| {
        let found: Vec<_> =
            account.tasks.iter().filter(|task| keep(task)).map(|task| &task.task.id).collect();
        if found.is_empty() { "none".to_owned() } else { show_ids(found) }
    };
    [list(&|task| task.state.is_done()), list(&|task| !task.state.is_done()), list(&redone)]
}
