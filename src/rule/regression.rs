//! Changed code comes with changed tests, and with the documents that go with it.
//!
//! ## Wants
//! Where an implementation task (in a plan without phases: any task) changes code, some task commit of the same execution
//! writes or changes a test. `[regression]` in the policy says by path what is code and what is a test; what a task of
//! phase `test` writes is one wherever it lies. A test that is only deleted does not count, and a task whose
//! `test_not_applicable` states a reason needs none. An execution is all that was
//! done under one plan, in the judged range or before it, rollback commits made anew included. Beyond that, for each
//! `[[docs-sync]]` of the policy: a branch that changes a path of `when` changes a path of `then`.
//!
//! ## Why
//! A change that no test notices can be lost again without anyone noticing. So can a manual that nobody thought of.
//!
//! ## How
//! Add the test under a task whose scope holds it. Where tests live in the code files themselves or elsewhere, say so:
//! `tests = ["src/**"]` below `[regression]`. Change the documents of the pair, or take out of `when` what needs none.

use super::{
    Branch, Check, Context, Execution, Rule, Touched, fact, finding, help, shell_quote, show, show_patterns,
    test_first,
};
use crate::error::Result;
use crate::lock::Lock;
use crate::model::{Change, Finding, Level};
use crate::plan::{Phase, Task};
use crate::policy::{DocsSync, Policy};

pub(super) const RULE: Rule = Rule {
    name: "regression",
    level: Level::Warn,
    kinds: &[],
    push_only: true,
    source: include_str!("regression.rs"),
    check: Check::Branch(check),
};

fn check(branch: &Branch<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for execution in branch.executions {
        if let Some(code) = &execution.code
            && !execution.tested
            && !was_tested(branch, execution)?
        {
            found.push(untested(branch, execution, code));
        }
    }
    found.extend(branch.policy.docs_sync.iter().filter_map(|pair| out_of_step(branch, pair)));
    Ok(found)
}

/// Does the policy run this rule? Else nothing need be remembered for it.
pub(crate) fn is_on(policy: &Policy) -> bool {
    policy.level_of(RULE.name, RULE.level) != Level::Off
}

/// The execution as it stands before the first commit of the range.
///
/// # Errors
/// A commit of the history cannot be read.
pub(crate) fn begin(context: &Context<'_>, lock: &Lock) -> Result<Execution> {
    let mut tested = false;
    for task in lock.plan.tasks.iter().filter(|task| task.phase == Some(Phase::Test)) {
        tested = tested || context.progress.done(&task.id, lock, context.history)?.is_some();
    }
    Ok(Execution { plan: lock.plan.path.clone(), code: None, tested, before: context.progress.all() })
}

/// Remembers what a commit for tasks of this execution did to code and tests.
pub(crate) fn note(execution: &mut Execution, context: &Context<'_>, lock: &Lock) {
    let policy = &context.policy.regression;
    let work = super::scope::work(context);
    let for_tests = context.named().any(|task| task.phase == Some(Phase::Test));
    execution.tested |= work.iter().any(|c| is_test(context.policy, c) || (for_tests && c.new.is_some()));
    if execution.tested || execution.code.is_some() {
        return;
    }
    let phases = lock.plan.tasks.iter().any(|task| task.phase.is_some());
    let Some(task) = context.named().find(|task| is_asked(task, phases)) else { return };
    if let (Some(change), Some(commit)) =
        (work.iter().find(|change| policy.is_code(&change.path)), context.commit.id)
    {
        execution.code = Some(Touched { commit, task: task.id.clone(), path: change.path.clone() });
    }
}

fn is_asked(task: &Task, phases: bool) -> bool {
    let implements = task.phase == Some(Phase::Implementation) || !phases;
    implements && test_first::reason(task).is_none()
}

fn is_test(policy: &Policy, change: &Change) -> bool {
    change.new.is_some() && policy.regression.is_test(&change.path)
}

/// Was a test changed before the range?
fn was_tested(branch: &Branch<'_>, execution: &Execution) -> Result<bool> {
    for commit in &execution.before {
        if branch.history.changes(*commit)?.iter().any(|change| is_test(branch.policy, change)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn untested(branch: &Branch<'_>, execution: &Execution, code: &Touched) -> Finding {
    let path = show(&code.path);
    let plan = &execution.plan;
    let mut found =
        finding(format!("{} changes the code in {path}, and no task of {plan} changes a test", code.task));
    found.path = Some(code.path.clone());
    found.commit = Some(code.commit);
    found.task = Some(code.task.clone());
    found.facts.push(fact("tests", show_patterns(&branch.policy.regression.tests)));
    let show_it = format!("git show {} -- {}", code.commit.short(), shell_quote(&code.path));
    found.help.push(help(show_it, "what a test should notice"));
    found.help.push(help("guard explain regression", "what counts as a test, and what needs none"));
    found
}

/// The pair, where the branch changes one side only.
fn out_of_step(branch: &Branch<'_>, pair: &DocsSync) -> Option<Finding> {
    let mut changed = branch.changes.iter().filter(|change| pair.when.matches(&change.path));
    let first = changed.next()?;
    if branch.changes.iter().any(|change| pair.then.matches(&change.path)) {
        return None;
    }
    let path = show(&first.path);
    let mut found = finding(format!("the branch changes {path}, and nothing of what goes with it"));
    found.path = Some(first.path.clone());
    let more = changed.count();
    if more > 0 {
        found.facts.push(fact("when", format!("{path} and {more} more of {}", show_patterns(&pair.when))));
    }
    found.facts.push(fact("then", show_patterns(&pair.then)));
    let log = format!("git log -- {}", shell_quote(&first.path));
    found.help.push(help(log, "what the documents should say"));
    found.help.push(help("guard explain regression", "how the pairs in guard.toml are meant"));
    Some(found)
}
