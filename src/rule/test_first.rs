//! An implementation is committed after its tests, and leaves them alone.
//!
//! ## Wants
//! Where the plan declares phases (`phase_type`): a commit for an `implementation` task comes after the commits of all
//! `test` tasks that it depends on, directly or through other tasks. One commit for both is none of the two. And it
//! changes no path in the scope of a `test` task, not even where its own scope holds that path too. A reverted test task
//! counts as not done; one that changes no files needs no commit. A merge is judged by what differs from the automatic
//! merge of its parents. A task whose `test_not_applicable` states a reason is exempt, and the reason is reported; a plan
//! in which an implementation task has neither that nor a test task to depend on cannot be started.
//!
//! ## Why
//! A test that was there first says what the code should do. One that is written or bent along with the code says what
//! the code happens to do.
//!
//! ## How
//! Commit the test task first, on its own (`guard status` shows how each task stands). Where a test turns out to be wrong,
//! mend it under its own task: `git commit --fixup=<its commit>`, then `git rebase -i --autosquash` before you push. Where
//! code and tests share a file, part their scopes in the plan, or state in it why no test can come first.

use std::collections::HashSet;

use super::scope::{fits, work};
use super::{Check, Context, Kind, Rule, fact, finding, help, show, show_ids, show_scope};
use crate::error::Result;
use crate::lock::{Lock, is_formal};
use crate::model::{Change, Finding, Level, TaskId};
use crate::naming::Naming;
use crate::plan::{Phase, Task};

pub(super) const RULE: Rule = Rule {
    name: "test-first",
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("test_first.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let Some(lock) = context.valid_lock().filter(|_| !context.may_be_rollback()) else {
        return Ok(Vec::new());
    };
    if *context.naming == Naming::Unknown {
        return before_the_message(context, lock);
    }
    of_tasks(context, lock, &context.named().collect::<Vec<_>>())
}

/// What a commit for these tasks does wrong.
fn of_tasks(context: &Context<'_>, lock: &Lock, tasks: &[&Task]) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for task in tasks {
        let open = open_tests(context, lock, task)?;
        if !open.is_empty() {
            found.push(too_early(lock, task, &open));
        }
    }
    if let Some(task) = tasks.iter().find(|task| is_asked(task)) {
        for change in work(context) {
            let owner = lock.plan.tasks.iter().find(|t| is_test_of(t, change));
            if let Some(owner) = owner {
                found.push(rewritten(context, lock, task, owner, change)?);
            }
        }
    }
    Ok(found)
}

/// An implementation task, and no reason why it needs no test?
fn is_asked(task: &Task) -> bool {
    task.phase == Some(Phase::Implementation) && reason(task).is_none()
}

/// Why the task needs no test first, as the plan states it.
pub(crate) fn reason(task: &Task) -> Option<&str> {
    task.test_not_applicable.as_deref().map(str::trim).filter(|reason| !reason.is_empty())
}

fn is_test_of(task: &Task, change: &Change) -> bool {
    task.phase == Some(Phase::Test) && task.scope.as_ref().is_some_and(|scope| scope.matches(&change.path))
}

/// The test tasks that a commit for `task` must follow and does not.
pub(super) fn open_tests(context: &Context<'_>, lock: &Lock, task: &Task) -> Result<Vec<TaskId>> {
    if !is_asked(task) || context.is_clean_merge() {
        return Ok(Vec::new());
    }
    let mut seen: HashSet<&TaskId> = HashSet::new();
    let mut todo: Vec<&TaskId> = task.depends_on.iter().rev().collect();
    let mut open = Vec::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(needed) = lock.plan.tasks.iter().find(|t| t.id == *id) else { continue };
        // The nearest tests on each way: what lies behind them was asked of themselves.
        if needed.phase != Some(Phase::Test) {
            todo.extend(needed.depends_on.iter().rev());
        } else if !is_formal(needed) && !is_done(context, lock, id)? {
            open.push(id.clone());
        }
    }
    Ok(open)
}

/// Committed before this commit, or on a side that it merges?
fn is_done(context: &Context<'_>, lock: &Lock, task: &TaskId) -> Result<bool> {
    for progress in std::iter::once(context.progress).chain(context.sides.iter().map(AsRef::as_ref)) {
        if progress.done(task, lock, context.history)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn too_early(lock: &Lock, task: &Task, open: &[TaskId]) -> Finding {
    let mut found =
        finding(format!("{} implements what {} tests, which is not committed yet", task.id, show_ids(open)));
    found.facts.push(fact("plan", format!("{}:{}", lock.plan.path, task.line)));
    found.help.push(help("guard status", "which tasks are ready"));
    found.help.push(help("guard explain test-first", "why tests come first, and what exempts a task"));
    found
}

fn rewritten(
    context: &Context<'_>,
    lock: &Lock,
    task: &Task,
    owner: &Task,
    change: &Change,
) -> Result<Finding> {
    let path = show(&change.path);
    let mut found =
        context.at(&change.path, format!("{} implements, so it may not change the test {path}", task.id));
    found.facts.push(fact(owner.id.as_str(), show_scope(owner)));
    found.help = context.leave_out(&change.path);
    if let Some(done) = context.progress.done(&owner.id, lock, context.history)? {
        let mend = format!("git commit --fixup={}", done.short());
        found.help.push(help(mend, format!("changes it under its own task, {}", owner.id)));
    }
    found.help.push(help("guard explain test-first", "how a wrong test is mended"));
    Ok(found)
}

/// Only what no message could make right: every task that may change the staged paths comes too early, or may not change
/// a test among them.
fn before_the_message(context: &Context<'_>, lock: &Lock) -> Result<Vec<Finding>> {
    let work = work(context);
    let later = context.draft.is_some_and(|d| d.message_is_given);
    // With several tasks a commit there is nearly always a message that would do.
    if later || work.is_empty() || context.policy.task.several || !lock.plan.tasks.iter().any(is_asked) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for task in lock.plan.tasks.iter().filter(|task| task.scope.is_some()) {
        if !fits(context, lock, &[task], &work)? {
            continue;
        }
        let wrong = of_tasks(context, lock, &[task])?;
        if wrong.is_empty() {
            return Ok(Vec::new());
        }
        found.extend(wrong);
    }
    Ok(found)
}

/// The reasons by which tasks that the commit names are exempt. They are said, so that whoever reviews can weigh them.
pub(crate) fn exemptions(context: &Context<'_>) -> Vec<String> {
    let level = context.policy.level_of(RULE.name, RULE.level);
    if level == Level::Off || !RULE.kinds.contains(&context.kind) || context.is_clean_merge() {
        return Vec::new();
    }
    let plan = context.valid_lock().map(|lock| lock.plan.path.as_str()).unwrap_or_default();
    let exempt = context.named().filter(|task| task.phase == Some(Phase::Implementation));
    exempt
        .filter_map(|task| {
            let reason = reason(task)?;
            Some(format!("{} has no test first: {reason} ({plan}:{})", task.id, task.line))
        })
        .collect()
}
