//! Frozen specifications stay as they are.
//!
//! ## Wants
//! No commit changes, deletes or moves a file that holds the marker `EXEC-READY` on a line of its own in the commit's
//! parent, or that matches `scope.frozen` in the policy. While a plan runs, the same holds for each document that the plan
//! refers to in a line such as `Spec: specs/lease.md` (`Spec`, `Specification`, `Design`, `Test spec`, `test_spec_source`).
//! Nor does a commit add a path that is one file with a frozen one on Windows or macOS, such as `Specs/Lease.md`.
//!
//! ## Why
//! A specification that is declared ready for execution is what the work is measured against. If the work may edit it,
//! the measure follows the work.
//!
//! ## How
//! Leave the file out of the commit. To thaw it, remove it from `scope.frozen` in a policy commit while no plan runs; a
//! file frozen by its marker takes a decision outside of the running plan, so put the rule on `warn` for that one
//! commit and say why. What a plan refers to is free again when the plan is finished, or when a new rollback commit locks
//! a plan that does not refer to it.

use std::collections::BTreeSet;

use super::protected::{Listed, another, beside};
use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::lock::Lock;
use crate::model::{Change, Entry, Finding, Level, Mode, RepoPath};
use crate::pattern::twin::is_twin;

pub(super) const RULE: Rule = Rule {
    name: "frozen",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Record, Kind::Merge, Kind::Task],
    push_only: false,
    source: include_str!("frozen.rs"),
    check: Check::Commit(check),
};

const MARKER: &[u8] = b"EXEC-READY";

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let running = running(context)?;
    let beside = beside(context)?;
    let listed = Listed::of(&context.policy.scope.frozen, &beside);
    let marked = marked(context, beside)?;
    for change in context.commit.own_changes() {
        let mut reason = reason(context, change)?.map(str::to_owned);
        reason = reason.or_else(|| running.and_then(|lock| referred(lock, change)));
        if reason.is_none() {
            reason = listed.another(context, change)?;
        }
        let twin = || another(change, &show(marked.iter().find(|twin| is_twin(&change.path, twin))?));
        if let Some(reason) = reason.or_else(twin) {
            let mut one = context.at(&change.path, format!("{} is frozen", show(&change.path)));
            one.facts.push(fact("frozen", reason));
            one.help = context.leave_out(&change.path);
            one.help.push(help("guard explain frozen", "how a frozen file is changed"));
            found.push(one);
        }
    }
    Ok(found)
}

fn reason(context: &Context<'_>, change: &Change) -> Result<Option<&'static str>> {
    if context.policy.scope.frozen.matches(&change.path) {
        return Ok(Some("by scope.frozen in the policy"));
    }
    // For a merge the old side is the automatic merge, whose content is in no repository: the parents count.
    let parents = context.commit.parents.as_slice();
    let before = match parents {
        [] | [_] => vec![change.old],
        _ => parents.iter().map(|p| context.history.entry(*p, &change.path)).collect::<Result<_>>()?,
    };
    for entry in before.into_iter().flatten().filter(is_file) {
        if is_marked(&context.history.blob(entry.id)?) {
            return Ok(Some("by the line EXEC-READY in it"));
        }
    }
    Ok(None)
}

/// Those of the files that have the marker.
fn marked(context: &Context<'_>, files: BTreeSet<RepoPath>) -> Result<Vec<RepoPath>> {
    let mut found = Vec::new();
    for path in files {
        for parent in &context.commit.parents {
            let entry = context.history.entry(*parent, &path)?.filter(is_file);
            if let Some(entry) = entry
                && is_marked(&context.history.blob(entry.id)?)
            {
                found.push(path);
                break;
            }
        }
    }
    Ok(found)
}

fn is_file(entry: &Entry) -> bool {
    matches!(entry.mode, Mode::Regular | Mode::Executable)
}

/// The plan whose references count: a rollback commit locks anew, and a finished plan lets records go.
fn running<'a>(context: &Context<'a>) -> Result<Option<&'a Lock>> {
    let Some(lock) = context.valid_lock().filter(|_| !context.may_be_rollback()) else { return Ok(None) };
    let free = match context.kind {
        Kind::Rollback => true,
        _ if lock.plan.references.is_empty() => true,
        Kind::Record => context.progress.finished(lock, context.history)?,
        _ => false,
    };
    Ok((!free).then_some(lock))
}

/// The line of the plan that refers to the file.
fn referred(lock: &Lock, change: &Change) -> Option<String> {
    let mut references = lock.plan.references.iter();
    let Some(reference) = references.find(|r| r.path.as_bytes() == change.path) else {
        let twin = lock.plan.references.iter().find(|r| is_twin(&change.path, r.path.as_bytes()))?;
        return another(change, &twin.path);
    };
    let (plan, line) = (&lock.plan.path, reference.line);
    Some(format!(
        "{plan}:{line} refers to it as its {}, and the plan is running",
        reference.label.to_lowercase()
    ))
}

fn is_marked(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.split(|b| *b == b'\n').any(|line| line.trim_ascii() == MARKER)
}
