//! Every task commit is preceded by a valid rollback commit.
//!
//! ## Wants
//! On the first-parent history before a task commit, at most `rollback.max_distance` commits back, lies a rollback
//! commit: subject `rollback: before executing plan <topic>`, one parent. It must resolve to exactly one plan of its own
//! tree (by the trailer `Guard-Plan: <path>`, else by the topic), that plan must be executable (`guard plan lint`), and it
//! may carry only record paths, or a snapshot of everything where the policy says `rollback.carries = "anything"`. With
//! `plan.trust = "base"` the push doors also demand that the plan is the one on the merge base.
//!
//! ## Why
//! The rollback commit is the safe state to return to, and the lock: plan and policy as they stand in its tree judge
//! every commit after it. So no commit can widen its own permission, and re-planning leaves a trace that reviewers see.
//!
//! ## How
//! `guard start <plan>` checks the plan and makes the commit. To change a running plan: edit it, `guard start` it again.

use super::{Check, Context, Kind, Rule, fact, finding, help, show};
use crate::error::Result;
use crate::lock::{Broken, Lock, LockState, Tree};
use crate::model::{Finding, Level};
use crate::plan;
use crate::policy::{Per, Trust};

pub(super) const RULE: Rule = Rule {
    name: "rollback",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("rollback.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let clean_merge = context.is_clean_merge();
    // A rebase replays commits one by one: the rollback may be among those to come.
    let incomplete = context.draft.is_some_and(|d| d.rebasing) && matches!(context.lock, LockState::Absent);
    if clean_merge || incomplete || context.may_be_rollback() {
        return Ok(Vec::new());
    }
    let found = match context.lock {
        LockState::Absent => Some(absent(context, "no rollback commit precedes this commit".to_owned())?),
        LockState::TooFar(distance) => {
            Some(absent(context, format!("no rollback commit within {distance} first-parent commits"))?)
        }
        LockState::Broken(broken) => Some(invalid(context, broken)),
        LockState::Locked(lock) => trusted(context, lock)?.or(per_task(context, lock)?),
    };
    Ok(found.into_iter().collect())
}

fn absent(context: &Context<'_>, message: String) -> Result<Finding> {
    let mut found = finding(message);
    let changes: &[_] = if context.draft.is_some() { &context.commit.changes } else { &[] };
    let tree = Tree { history: context.history, commit: context.commit.parents.first().copied(), changes };
    let plans = tree.plans(context.policy)?;
    for plan in plans.iter().take(3) {
        let start = format!("guard start {}", super::shell_quote(plan));
        found.help.push(help(start, "lock this plan and make the rollback commit"));
    }
    if plans.is_empty() {
        found.facts.push(fact("plan", "the tree holds no plan document (plan.paths in guard.toml)"));
        found.help.push(help("guard start <plan>", "lock a plan and make the rollback commit"));
    }
    found.help.push(help("guard explain rollback", "what a rollback commit is for"));
    Ok(found)
}

fn invalid(context: &Context<'_>, broken: &Broken) -> Finding {
    let subject = match (context.kind, broken.commit) {
        (Kind::Rollback, _) => "this rollback commit".to_owned(),
        (_, Some(id)) => format!("the rollback commit {}", id.short()),
        (_, None) => "the rollback commit".to_owned(),
    };
    let mut found = finding(format!("{subject} is not valid: {}", broken.reason));
    found.path = broken.path.clone();
    found.facts = broken.help.iter().map(|line| fact("", line.clone())).collect();
    found.help.push(help("guard start <plan>", "make a valid one"));
    found.help.push(help("guard explain rollback", "what makes it valid"));
    found
}

/// `plan.trust = "base"`: the plan must have been approved by merging it first. Status marks may differ.
fn trusted(context: &Context<'_>, lock: &Lock) -> Result<Option<Finding>> {
    let (Some(approved), Some(commit), Trust::Base) =
        (context.approved, lock.commit, context.policy.plan.trust)
    else {
        return Ok(None);
    };
    for place in approved {
        let there = context.history.file(place, &lock.path)?;
        let same = |text: Vec<u8>| plan::is_same(&lock.plan.path, &text, &lock.text);
        let tickets =
            || Tree { history: context.history, commit: Some(place), changes: &[] }.tickets(&lock.path);
        if there.is_some_and(same) && plan::same_tickets(&tickets()?, &lock.tickets) {
            return Ok(None);
        }
    }
    let (path, [base, _]) = (show(&lock.path), approved);
    let mut found = finding(format!(
        "the plan {path} locked at {} is not the one on the merge base {}",
        commit.short(),
        base.short()
    ));
    found.path = Some(lock.path.clone());
    found.facts.push(fact("policy", "plan.trust = \"base\": a plan is approved by merging it first"));
    found
        .help
        .push(help(format!("git diff {}:{path} {}:{path}", base.short(), commit.short()), "what differs"));
    Ok(Some(found))
}

/// `rollback.per = "task"`: a task's first commit stands directly on a rollback commit.
fn per_task(context: &Context<'_>, lock: &Lock) -> Result<Option<Finding>> {
    if context.policy.rollback.per == Per::Plan
        || context.kind != Kind::Task
        || context.commit.message.is_none()
    {
        return Ok(None);
    }
    let direct = lock.commit.is_some() && context.commit.parents.first() == lock.commit.as_ref();
    // Of several tasks, each.
    let mut first = context.naming.tasks().is_empty();
    for task in context.naming.tasks() {
        first = first || context.progress.done_since_lock(task, lock, context.history)?.is_none();
    }
    if direct || !first {
        return Ok(None);
    }
    let mut found = finding("each task's first commit must stand directly on a rollback commit");
    found.facts.push(fact("policy", "rollback.per = \"task\""));
    found
        .help
        .push(help(format!("guard start {}", lock.plan.path), "make the rollback commit for this task"));
    Ok(Some(found))
}
