//! One commit per task.
//!
//! ## Wants
//! Since the lock, no second commit names a task that already has one, and no merge joins two. A commit that undoes the task's commit (its exact
//! inverse, or what an automatic revert gives) is allowed, and the task may then be done again.
//!
//! ## Why
//! A task that is one commit can be reviewed, reverted and bisected as one thing.
//!
//! ## How
//! Mend the commit you have: `git commit --amend` while it is the last one, otherwise `git commit --fixup=<commit>` and
//! `git rebase -i --autosquash` before you push. Hooks cannot tell `--amend` from a new commit for certain: where it may
//! be an amend they let it pass, and the push doors decide.

use super::{Check, Context, Kind, Rule, fact, finding, help};
use crate::error::Result;
use crate::lock::{Lock, reverts};
use crate::message;
use crate::model::{CommitId, Finding, Level, TaskId};

pub(super) const RULE: Rule = Rule {
    name: "atomic",
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("atomic.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let Some(lock) = context.valid_lock() else { return Ok(Vec::new()) };
    if context.kind == Kind::Merge {
        return joined(context, lock);
    }
    let fixup = message::unprefixed(context.commit.subject()).1;
    if fixup || context.draft.is_some_and(|d| d.rebasing) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for task in context.naming.tasks() {
        let Some(standing) = context.progress.done_since_lock(task, lock, context.history)? else { continue };
        let parent = context.commit.parents.first().copied();
        let amends = context.draft.is_some_and(|d| d.may_amend) && parent == Some(standing);
        if !amends && !reverts(context.history, &context.commit.changes, parent, standing)? {
            found.push(second(context, task, standing));
        }
    }
    Ok(found)
}

/// A merge that joins two commits for one task.
fn joined(context: &Context<'_>, lock: &Lock) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for side in context.sides {
        for task in &lock.plan.tasks {
            let ours = context.progress.done_since_lock(&task.id, lock, context.history)?;
            let theirs = side.done_since_lock(&task.id, lock, context.history)?;
            if let (Some(ours), Some(theirs)) = (ours, theirs)
                && ours != theirs
            {
                let (first, other) = (ours.short(), theirs.short());
                let mut one =
                    finding(format!("this merge joins two commits for {}: {first} and {other}", task.id));
                one.facts.push(fact("rule", "one commit per task"));
                one.help
                    .push(help(format!("git rebase --onto {first} …"), "replay the other side without it"));
                one.help.push(help("guard explain atomic", "how a task is done again"));
                found.push(one);
            }
        }
    }
    Ok(found)
}

fn second(context: &Context<'_>, task: &TaskId, standing: CommitId) -> Finding {
    let mut found = finding(format!("{task} already has its commit, {}", standing.short()));
    found.facts.push(fact("rule", "one commit per task"));
    let last = context.commit.parents.first() == Some(&standing);
    if context.draft.is_some() && last {
        found.help.push(help("git commit --amend --no-edit", "add the staged changes to it"));
    }
    found.help.push(help(
        format!("git commit --fixup={}", standing.short()),
        "and `git rebase -i --autosquash` before you push",
    ));
    found.help.push(help("guard explain atomic", "how a task is done again"));
    found
}
