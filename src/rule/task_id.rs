//! Every task commit names exactly one task of the running plan.
//!
//! ## Wants
//! The first line of the message reads `<ID>: <summary>`, with the ID at the very first byte and spelled as the
//! locked plan spells it: `T001: parse the header`. Comments, text below the scissors line and trailers do not
//! count. `task.carried_in` in `guard.toml` also allows a conventional-commit scope (`feat(T001): …`) or a `Task:`
//! trailer; `task.several = true` allows lists and ranges (`T001,T002: …`), whose scopes are then united.
//! A clean merge, a rollback commit and a commit of nothing but records need no ID.
//!
//! ## Why
//! The ID is what joins a commit to its task, and so to the paths that it may change. Without it nothing else can
//! be judged, and nobody can tell later why a line is there.
//!
//! ## How
//! `guard status` shows which tasks are open and which of them the staged paths fit. Write the message again:
//! `git commit -e -F .git/COMMIT_EDITMSG` brings the refused one back into the editor.

use super::{Check, Context, Kind, Rule, fact, finding, help, show_ids};
use crate::error::Result;
use crate::model::{Finding, Help, Level, TaskId};
use crate::naming::Naming;
use crate::plan;

pub(super) const RULE: Rule = Rule {
    name: "task-id",
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("task_id.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let clean_merge = context.is_clean_merge();
    let Some(lock) = context.valid_lock().filter(|_| !clean_merge) else { return Ok(Vec::new()) };
    let plan = &lock.plan.path;
    let message = match context.naming {
        Naming::Unknown | Naming::Tasks(_) => return Ok(Vec::new()),
        Naming::Missing if context.commit.subject().is_empty() => "the message is empty".to_owned(),
        Naming::Missing => missing(plan),
        // `fix: typo` names no task either: only what looks like an ID is taken for a wrong one.
        Naming::NoSuchTask(spelled) if !near_miss(context, spelled)? => missing(plan),
        Naming::NoSuchTask(spelled) => no_such_task(context, spelled, plan),
        Naming::Several(tasks) => {
            format!("one commit, one task: the message names {}", show_ids(tasks))
        }
        Naming::EmptySummary(spelled) => {
            format!("after `{spelled}:` come a space and a summary of what was done")
        }
    };
    let fits = fitting(context);
    let example = fits.first().map_or_else(|| example(context), ToString::to_string);
    let mut found = finding(message);
    found.facts.push(fact("plan", format!("{plan} has {}", show_few(&lock.plan.tasks))));
    if !fits.is_empty() {
        found.facts.push(fact("fits", format!("the changed paths fit {}", show_ids(&fits))));
    }
    found.help = fixes(context, &example);
    Ok(vec![found])
}

fn missing(plan: &str) -> String {
    format!("the message names no task: it must start with `<ID>: `, an ID of {plan}")
}

/// Does it look like an ID: by `task.id`, or because it is close to one of the plan's?
fn near_miss(context: &Context<'_>, spelled: &str) -> Result<bool> {
    let tasks = context.valid_lock().map(|lock| lock.plan.tasks.as_slice()).unwrap_or_default();
    let near = |id: &str| plan::distance(id, spelled).is_some_and(|edits| edits <= 2);
    let close = |id: &str| near(id) && spelled.chars().any(|c| c.is_ascii_digit());
    let holds = |id: &str| spelled.contains(id);
    if tasks.iter().any(|t| close(t.id.as_str()) || holds(t.id.as_str()))
        || spelled.to_lowercase().starts_with("task")
    {
        return Ok(true);
    }
    let matcher = context.policy.task.id_matcher()?;
    Ok(spelled.split([',', ' ', '-']).any(|word| matcher.is_id(word.as_bytes())))
}

fn no_such_task(context: &Context<'_>, spelled: &str, plan: &str) -> String {
    let ids = context.valid_lock().map(|lock| &lock.plan.tasks);
    let near =
        ids.into_iter().flatten().filter_map(|t| Some((plan::distance(t.id.as_str(), spelled)?, &t.id)));
    match near.filter(|(edits, _)| *edits <= 2).min_by_key(|(edits, _)| *edits) {
        Some((_, near)) => format!("`{spelled}` is no task of {plan}; did you mean {near}?"),
        None => format!("`{spelled}` is no task of {plan}"),
    }
}

/// Tasks whose scope covers everything that the commit changes.
fn fitting(context: &Context<'_>) -> Vec<TaskId> {
    let Some(lock) = context.valid_lock() else { return Vec::new() };
    let work = super::scope::work(context);
    if work.is_empty() {
        return Vec::new();
    }
    let covers = |task: &&crate::plan::Task| {
        let Some(scope) = &task.scope else { return false };
        work.iter().all(|change| scope.matches(&change.path))
    };
    lock.plan.tasks.iter().filter(covers).map(|t| t.id.clone()).collect()
}

/// An ID to show in a suggestion: the plan's first.
fn example(context: &Context<'_>) -> String {
    let first = context.valid_lock().and_then(|lock| lock.plan.tasks.first());
    first.map_or_else(|| "T001".to_owned(), |task| task.id.to_string())
}

fn show_few(tasks: &[crate::plan::Task]) -> String {
    const SHOWN: usize = 8;
    let ids: Vec<&str> = tasks.iter().take(SHOWN).map(|t| t.id.as_str()).collect();
    let more = tasks.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", ids.join(", "))
}

fn fixes(context: &Context<'_>, example: &str) -> Vec<Help> {
    let next = help("guard status", "which tasks are open, and which the staged paths fit");
    match (context.draft, context.commit.id) {
        (Some(draft), _) => {
            let file = draft.message_file.as_deref().unwrap_or(".git/COMMIT_EDITMSG");
            let again = format!("git commit -e -F {}", super::shell_quote(file.as_bytes()));
            vec![help(again, format!("write it again as `{example}: …`; your text is kept there")), next]
        }
        (None, Some(id)) if context.kind == Kind::Merge => {
            let again = format!("git reset --keep {}^", id.short());
            vec![help(again, format!("then merge again, with a message that starts with `{example}: `"))]
        }
        (None, Some(id)) => {
            let edit = format!("git rebase -i {}^", id.short());
            vec![help(edit, format!("mark it `reword` and start the subject with `{example}: `"))]
        }
        (None, None) => vec![next],
    }
}
