//! The running plan does not change while it runs.
//!
//! ## Wants
//! Between its rollback commit and the next one the plan document keeps every line, but for status marks: checkboxes in
//! lists, and the living sections Progress, Decision Log, Surprises & Discoveries, Outcomes & Retrospective.
//! The document may not be deleted, moved or replaced by a link either. Where the plan is a `PLAN.md`, the documents in the
//! folder `tickets` beside it are locked in the same way, and no ticket is added; and so is the plan's overlay
//! (`tasks.overlay.toml` beside `tasks.md`). Nor is a path added that is one file with one of these on Windows or macOS, such as
//! `plans/Lexer.toml` beside `plans/lexer.toml`, or that would be a ticket or the overlay there.
//!
//! The living sections of an ExecPlan only grow: commit by commit every line stays as it was in the commit before. Lines may
//! be added, an open checkbox may be ticked, and a stamp or a note may be added to its item. In other plans these sections
//! may change freely.
//!
//! ## Why
//! The plan is the source of truth for everything that runs. A plan that changes under the executor's hands approves
//! whatever happened; and a log that can be rewritten tells nobody what happened.
//!
//! ## How
//! Put notes into a living section or the execution log; correct an entry there by adding another. To change the plan itself, edit it and run `guard start <plan>`:
//! the new rollback commit locks the new text where everybody can see it.

use super::protected::{adds, another};
use super::{Check, Context, Kind, Rule, fact, help, shell_quote, show};
use crate::error::Result;
use crate::lock::Lock;
use crate::model::{Change, Entry, Finding, Level, Mode};
use crate::pattern::twin::is_twin;
use crate::plan::{self, Document, is_ticket_path, ticket_place};

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
    let of_plan =
        |change: &&Change| change.path == lock.path || is_ticket_path(&lock.plan.path, &show(&change.path));
    let changes: Vec<&Change> = context.commit.own_changes().iter().filter(of_plan).collect();
    let mut twins = Vec::new();
    for change in context.commit.own_changes() {
        twins.extend(twin_trouble(context, lock, change)?.map(|trouble| (change, trouble)));
    }
    if changes.is_empty() && twins.is_empty() {
        return Ok(Vec::new());
    }
    if context.kind == Kind::Record && context.progress.finished(lock, context.history)? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for change in changes {
        let trouble = match change.path == lock.path {
            true => trouble(context, lock, change)?,
            false => ticket_trouble(context, lock, change)?,
        };
        found.extend(trouble.map(|trouble| refusal(context, lock, change, trouble)));
    }
    found.extend(twins.into_iter().map(|(change, trouble)| refusal(context, lock, change, trouble)));
    Ok(found)
}

/// An added path that is a locked document in another spelling, or would be one.
fn twin_trouble(context: &Context<'_>, lock: &Lock, change: &Change) -> Result<Option<Trouble>> {
    let trouble = |message: String| Some(Trouble { message, line: None, lost: None });
    let Some(new) = change.new.filter(|_| adds(change)) else { return Ok(None) };
    let path = show(&change.path);
    let tickets = lock.tickets.iter().map(|ticket| ticket.path.as_bytes());
    let mut documents = std::iter::once(lock.path.as_slice()).chain(tickets);
    if let Some(twin) = documents.find(|document| is_twin(&change.path, document)) {
        let why = another(change, &show(twin)).unwrap_or_default();
        return Ok(trouble(format!("{path} is no other file than the running plan: {why}")));
    }
    let Some(place) = ticket_place(&lock.plan.path, &change.path) else { return Ok(None) };
    let text = if is_file(&new) { context.history.blob(new.id)? } else { Vec::new() };
    let document = Document { path: place, text };
    let why = another(change, &document.path).unwrap_or_default();
    let message = format!("{path} adds {} to the running plan: {why}", document.role());
    Ok(document.is_ticket().then_some(message).and_then(trouble))
}

/// The same for a document beside the plan, which may be a ticket or become one.
fn ticket_trouble(context: &Context<'_>, lock: &Lock, change: &Change) -> Result<Option<Trouble>> {
    let path = show(&change.path);
    let whole = |message: String| Ok(Some(Trouble { message, line: None, lost: None }));
    let was = lock.tickets.iter().find(|ticket| ticket.path == path);
    match (was, change.new) {
        (None, None) => Ok(None),
        (Some(was), None) => whole(format!("{path}, {} of the running plan, is deleted", was.role())),
        (Some(was), Some(new)) if !is_file(&new) => {
            whole(format!("{path}, {} of the running plan, is no longer a file", was.role()))
        }
        (Some(was), Some(new)) => {
            let text = context.history.blob(new.id)?;
            let line = plan::first_locked_difference(&was.path, &was.text, &text);
            Ok(line.map(|line| {
                let message = format!("{path}, {} of the running plan, changes at line {line}", was.role());
                Trouble { message, line: Some(line), lost: None }
            }))
        }
        (None, Some(new)) => {
            let text = if is_file(&new) { context.history.blob(new.id)? } else { Vec::new() };
            let document = Document { path: path.clone(), text };
            match document.is_ticket() {
                true => whole(format!("{path} adds {} to the running plan", document.role())),
                false => Ok(None),
            }
        }
    }
}

/// What the change does that it may not.
struct Trouble {
    /// A sentence.
    message: String,
    /// The line at fault.
    line: Option<usize>,
    /// For a living section: what is lost.
    lost: Option<plan::Loss>,
}

fn trouble(context: &Context<'_>, lock: &Lock, change: &Change) -> Result<Option<Trouble>> {
    let path = show(&change.path);
    let whole = |message: String| Ok(Some(Trouble { message, line: None, lost: None }));
    let Some(new) = change.new else { return whole(format!("the running plan {path} is deleted")) };
    if !is_file(&new) {
        return whole(format!("the running plan {path} is no longer a file"));
    }
    let text = context.history.blob(new.id)?;
    if let Some(line) = plan::first_locked_difference(&lock.plan.path, &lock.text, &text) {
        let message = format!("the running plan {path} changes at line {line}");
        return Ok(Some(Trouble { message, line: Some(line), lost: None }));
    }
    for before in history_of(context, lock, &change.path)? {
        if let Some(lost) = plan::first_loss(&lock.plan.path, &lock.text, &before, &text) {
            let message = format!(
                "the running plan {path} loses or rewrites what was line {}, in its section {}, which may only grow",
                lost.was_line, lost.section
            );
            return Ok(Some(Trouble { message, line: Some(lost.line), lost: Some(lost) }));
        }
    }
    Ok(None)
}

/// The texts that the plan may only add to: those of the commit's parents, and the locked one.
fn history_of(context: &Context<'_>, lock: &Lock, path: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut parents = context.commit.parents.clone();
    // An amended commit stands on the parents of the one that it replaces.
    if let ([head], true) = (parents.as_slice(), context.draft.is_some_and(|d| d.amends))
        && lock.commit != Some(*head)
    {
        parents = context.history.header(*head)?.parents;
    }
    let mut texts = Vec::new();
    for parent in parents {
        if let Some(entry) = context.history.entry(parent, path)?.filter(is_file) {
            texts.push(context.history.blob(entry.id)?);
        }
    }
    texts.push(lock.text.clone());
    Ok(texts)
}

fn is_file(entry: &Entry) -> bool {
    matches!(entry.mode, Mode::Regular | Mode::Executable)
}

fn refusal(context: &Context<'_>, lock: &Lock, change: &Change, trouble: Trouble) -> Finding {
    let mut found = context.at(&change.path, trouble.message);
    if let Some(commit) = lock.commit {
        found.facts.push(fact("locked", format!("by the rollback commit {}", commit.short())));
    }
    if let Some(line) = trouble.line {
        found.facts.push(fact("line", format!("{}:{line}", show(&change.path))));
    }
    found.help = context.leave_out(&change.path);
    if let Some(lost) = trouble.lost {
        let was: String = lost.was.chars().take(120).collect();
        found.facts.push(fact("was", was));
        let quoted = shell_quote(&change.path);
        let command = match context.commit.id {
            Some(id) => format!("git diff {0}^ {0} -- {quoted}", id.short()),
            None => format!("git diff --cached -- {quoted}"),
        };
        found.help.push(help(command, "put the line back, and add what is new below it"));
    }
    found.help.push(help(
        format!("guard start {}", lock.plan.path),
        "lock the changed plan with a new rollback commit",
    ));
    found
}
