//! A task is committed after the tasks that it depends on.
//!
//! ## Wants
//! When a commit names a task, every task in its `depends_on` has a commit since the lock: on the first-parent history,
//! or on a side branch that started from the same rollback commit and was merged. A reverted task counts as not done. A
//! task that changes no files, or that the plan marked as done before it was locked, needs no commit. That the tests of an
//! implementation task come first is said by `test-first` instead, where that rule weighs as much.
//!
//! ## Why
//! The order in the plan is a decision: what comes later relies on what comes first.
//!
//! ## How
//! Do the named tasks first (`guard status` shows which are ready). If the order in the plan is wrong, change the plan
//! and run `guard start <plan>` again.

use super::{Check, Context, Kind, Rule, fact, finding, help, show_ids, test_first};
use crate::error::Result;
use crate::lock::{Lock, is_formal};
use crate::model::{Finding, Level, TaskId};
use crate::plan::Task;

pub(super) const RULE: Rule = Rule {
    name: "depends-on",
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("depends_on.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let Some(lock) = context.valid_lock() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for task in context.named() {
        let mut open = open(context, lock, task)?;
        let level = |rule: &Rule| context.policy.level_of(rule.name, rule.level);
        if level(&test_first::RULE) >= level(&RULE) {
            let tests = test_first::open_tests(context, lock, task)?;
            open.retain(|id| !tests.contains(id));
        }
        if open.is_empty() {
            continue;
        }
        let are = if open.len() == 1 { "is" } else { "are" };
        let mut one = finding(format!("{} comes after {}, which {are} not done", task.id, show_ids(&open)));
        one.facts.push(fact("plan", format!("{}:{}", lock.plan.path, task.line)));
        one.help.push(help("guard status", "which tasks are ready"));
        found.push(one);
    }
    Ok(found)
}

/// Dependencies without a commit, looked for through tasks that need none themselves.
fn open(context: &Context<'_>, lock: &Lock, task: &Task) -> Result<Vec<TaskId>> {
    let named = context.naming.tasks();
    let mut seen: Vec<&TaskId> = Vec::new();
    let mut todo: Vec<&TaskId> = task.depends_on.iter().rev().collect();
    let mut open = Vec::new();
    while let Some(id) = todo.pop() {
        if seen.contains(&id) || named.contains(id) {
            continue;
        }
        seen.push(id);
        let Some(needed) = lock.plan.tasks.iter().find(|t| t.id == *id) else { continue };
        if context.progress.done(id, lock, context.history)?.is_some() {
            continue;
        }
        if is_formal(needed) {
            todo.extend(needed.depends_on.iter().rev().filter(|_| !needed.done));
        } else {
            open.push(id.clone());
        }
    }
    Ok(open)
}
