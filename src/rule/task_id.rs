//! Every task commit names exactly one task of the running plan.
//!
//! ## Wants
//! The first line of the message reads `<ID>: <summary>`, with the ID at the very first byte and spelled as the
//! locked plan spells it: `T001: parse the header`. Comments, text below the scissors line and trailers do not
//! count. `task.carried_in` in `guard.toml` also allows a conventional-commit scope (`feat(T001): …`), parentheses of their
//! own in the subject (`… (T001)`) or a `Task:` trailer; `task.several = true` allows lists (`T001,T002: …`) and ranges in plan
//! order (`T001-T004: …`), whose scopes are then united. A plan that only numbers its tasks is named by the number before the
//! colon (`1.1: …`), as `Task 3`, `Step 3` or `T3`; in parentheses a number needs the word, `(Task 3)`.
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
use crate::naming::{self, Naming};
use crate::plan;
use crate::policy::Carrier;

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
        Naming::Missing => missing(context, plan),
        // `fix: typo` names no task either: only what looks like an ID is taken for a wrong one.
        Naming::NoSuchTask(spelled) if !near_miss(context, spelled)? => missing(context, plan),
        Naming::NoSuchTask(spelled) => no_such_task(context, spelled, plan),
        Naming::Several(tasks) => {
            format!("one commit, one task: the message names {}", show_ids(tasks))
        }
        Naming::EmptySummary(spelled) => match context.policy.task.carried_in.contains(&Carrier::Subject) {
            true => format!("after `{spelled}:` come a space and a summary of what was done"),
            false => format!("beside {spelled} come a space and a summary of what was done"),
        },
    };
    let fits = fitting(context);
    let first = context.valid_lock().and_then(|lock| lock.plan.tasks.first()).map(|task| &task.id);
    let named = match context.naming {
        Naming::Several(tasks) => tasks.as_slice(),
        _ => &[],
    };
    // Of the tasks that are named already, the one that fits is the one that is meant.
    let meant = fits.iter().find(|id| named.contains(id)).or(named.first());
    let example = meant.or(fits.first()).or(first).map(|id| shown(context, id)).unwrap_or_default();
    let mut found = finding(message);
    found.facts.push(fact("plan", format!("{plan} has {}", show_few(&lock.plan.tasks))));
    if !fits.is_empty() {
        found.facts.push(fact("fits", format!("the changed paths fit {}", show_ids(&fits))));
    }
    if !named.is_empty() {
        let rule = "several = true under [task] in guard.toml lets one commit do several tasks";
        found.facts.push(fact("policy", rule));
    }
    found.help = fixes(context, &example);
    Ok(vec![found])
}

fn missing(context: &Context<'_>, plan: &str) -> String {
    if context.policy.task.carried_in.contains(&Carrier::Subject) {
        return format!("the message names no task: it must start with `<ID>: `, an ID of {plan}");
    }
    let first = context.valid_lock().and_then(|lock| lock.plan.tasks.first());
    let shown = first.map(|task| shown(context, &task.id)).unwrap_or_default();
    format!("the message names no task: it must carry an ID of {plan}, as in {shown}")
}

/// How a message carries this ID here.
fn shown(context: &Context<'_>, id: &TaskId) -> String {
    match naming::example(context.policy, id).split_once("\n\n") {
        Some((_, trailer)) => format!("the trailer `{trailer}`"),
        None => format!("`{}`", naming::example(context.policy, id)),
    }
}

/// Does it look like an ID: by `task.id`, or because it is close to one of the plan's?
fn near_miss(context: &Context<'_>, spelled: &str) -> Result<bool> {
    let message = context.commit.message.as_deref().unwrap_or_default();
    if context.valid_lock().is_some_and(|lock| naming::is_sure(message, spelled, context.policy, &lock.plan))
    {
        return Ok(true);
    }
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
            vec![help(again, format!("write it again as {example}; your text is kept there")), next]
        }
        (None, Some(id)) if context.kind == Kind::Merge => {
            let again = format!("git reset --keep {}^", id.short());
            vec![help(again, format!("then merge again, with a message such as {example}"))]
        }
        (None, Some(id)) => {
            let edit = format!("git rebase -i {}^", id.short());
            vec![help(edit, format!("mark it `reword` and write the message as {example}"))]
        }
        (None, None) => vec![next],
    }
}
