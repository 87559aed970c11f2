//! What guards the repository is not changed by the commits that it guards.
//!
//! ## Wants
//! While a plan runs, no commit changes the policy file (`guard.toml`), the workflow that runs guard in CI
//! (`.github/workflows/guard.yml`) or tracked hook files (`.githooks/`, `.husky/`); and no commit changes a path in
//! `scope.protected`, even where a task's scope covers it.
//!
//! ## Why
//! A commit that may rewrite its own judge is not judged.
//!
//! ## How
//! Change the policy, the hooks or that workflow in a commit of their own while no plan runs: before `guard start`, or when
//! every task of the plan is done. The push doors report such a commit (`policy-edit`) and judge the branch by the target's
//! policy. A path in `scope.protected` is changed by a task after it was taken out of that list.

use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::model::{Finding, Level};
use crate::policy::{Carries, POLICY_FILES, Policy};

pub(super) const RULE: Rule = Rule {
    name: "protected",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Record, Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("protected.rs"),
    check: Check::Commit(check),
};

/// Folders where people keep hooks under version control.
const HOOK_FOLDERS: [&[u8]; 2] = [b".githooks/", b".husky/"];
/// The workflow that runs guard in CI, under the name that guard's own documentation gives it.
const WORKFLOW: &[u8] = b".github/workflows/guard.yml";

/// Why a path guards the repository itself, or `None`. Letters in either case: some file systems take them for one.
/// Only a commit of kind policy may change these.
pub(crate) fn guards(path: &[u8]) -> Option<&'static str> {
    let starts =
        |folder: &[u8]| path.get(..folder.len()).is_some_and(|head| head.eq_ignore_ascii_case(folder));
    if POLICY_FILES.iter().any(|file| file.as_bytes().eq_ignore_ascii_case(path)) {
        Some("it is the policy")
    } else if HOOK_FOLDERS.iter().any(|folder| starts(folder)) {
        Some("it is a hook file")
    } else if path.eq_ignore_ascii_case(WORKFLOW) {
        Some("it runs guard in CI")
    } else {
        None
    }
}

fn reason(policy: &Policy, path: &[u8]) -> Option<&'static str> {
    guards(path)
        .or_else(|| policy.scope.protected.matches(path).then_some("the policy names it in scope.protected"))
}

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    // A rollback commit that may carry a snapshot of everything may carry these too: they are locked with it.
    let anything = context.policy.rollback.carries == Carries::Anything;
    if anything && (context.kind == Kind::Rollback || context.may_be_rollback()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for change in context.commit.own_changes() {
        let Some(reason) = reason(context.policy, &change.path) else { continue };
        let mut one = context.at(&change.path, format!("{} is protected: {reason}", show(&change.path)));
        one.facts.push(fact("when", "only in a commit of its own, while no plan runs"));
        one.help = context.leave_out(&change.path);
        one.help.push(help("guard explain protected", "how it is changed"));
        found.push(one);
    }
    Ok(found)
}
