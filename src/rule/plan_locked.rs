//! The running plan does not change while it runs.
//!
//! ## Wants
//! Between its rollback commit and the next one the plan document keeps every line, but for status marks: checkboxes in
//! lists, and the living sections Progress, Decision Log, Surprises & Discoveries, Outcomes & Retrospective.
//! The document may not be deleted, moved or replaced by a link either.
//!
//! ## Why
//! The plan is the source of truth for everything that runs. A plan that changes under the executor's hands approves
//! whatever happened.
//!
//! ## How
//! Put notes into a living section or the execution log. To change the plan itself, edit it and run `guard start <plan>`:
//! the new rollback commit locks the new text where everybody can see it.

use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::lock::Lock;
use crate::model::{Change, Finding, Level, Mode};
use crate::plan;

pub(super) const RULE: Rule = Rule {
    name: "plan-locked",
    level: Level::Deny,
    kinds: &[Kind::Record, Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("plan_locked.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let Some(lock) = context.valid_lock().filter(|_| !context.may_be_rollback()) else {
        return Ok(Vec::new());
    };
    let Some(change) = context.commit.own_changes().iter().find(|c| c.path == lock.path) else {
        return Ok(Vec::new());
    };
    if context.kind == Kind::Record && context.progress.finished(lock, context.history)? {
        return Ok(Vec::new());
    }
    Ok(trouble(context, lock, change)?
        .map(|(message, line)| refusal(context, lock, change, message, line))
        .into_iter()
        .collect())
}

/// What the change does to the locked lines: a sentence, and the line at fault.
fn trouble(context: &Context<'_>, lock: &Lock, change: &Change) -> Result<Option<(String, Option<usize>)>> {
    let path = show(&change.path);
    let Some(new) = change.new else {
        return Ok(Some((format!("the running plan {path} is deleted"), None)));
    };
    if !matches!(new.mode, Mode::Regular | Mode::Executable) {
        return Ok(Some((format!("the running plan {path} is no longer a file"), None)));
    }
    let text = context.history.blob(new.id)?;
    let difference = plan::first_locked_difference(&lock.plan.path, &lock.text, &text);
    Ok(difference.map(|line| (format!("the running plan {path} changes at line {line}"), Some(line))))
}

fn refusal(
    context: &Context<'_>,
    lock: &Lock,
    change: &Change,
    message: String,
    line: Option<usize>,
) -> Finding {
    let mut found = context.at(&change.path, message);
    if let Some(commit) = lock.commit {
        found.facts.push(fact("locked", format!("by the rollback commit {}", commit.short())));
    }
    if let Some(line) = line {
        found.facts.push(fact("line", format!("{}:{line}", lock.plan.path)));
    }
    found.help = context.leave_out(&change.path);
    found.help.push(help(
        format!("guard start {}", lock.plan.path),
        "lock the changed plan with a new rollback commit",
    ));
    found
}
