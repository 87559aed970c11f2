//! What guards the repository is not changed by the commits that it guards.
//!
//! ## Wants
//! While a plan runs, no commit changes the policy file (`guard.toml`), a path in `scope.protected` (by default the
//! workflow that runs guard in CI, `.github/workflows/guard.yml`), or tracked hook files (`.githooks/`, `.husky/`), even
//! where a task's scope covers them.
//!
//! ## Why
//! A commit that may rewrite its own judge is not judged.
//!
//! ## How
//! Change the policy or the hooks in a commit of their own while no plan runs: before `guard start`, or when every task
//! of the plan is done. The push doors report such a commit (`policy-edit`) and judge the branch by the base's policy.

use super::{Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::model::{Finding, Level};
use crate::policy::{Carries, POLICY_FILES, Policy};

pub(super) const RULE: Rule = Rule {
    name: "protected",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Record, Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("protected.rs"),
    check,
};

/// Folders where people keep hooks under version control.
const HOOK_FOLDERS: [&[u8]; 2] = [b".githooks/", b".husky/"];

/// Why a path is protected, or `None`.
pub(crate) fn reason(policy: &Policy, path: &[u8]) -> Option<&'static str> {
    if POLICY_FILES.iter().any(|file| file.as_bytes() == path) {
        Some("it is the policy")
    } else if HOOK_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        Some("it is a hook file")
    } else if policy.scope.protected.matches(path) {
        Some("the policy names it in scope.protected")
    } else {
        None
    }
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
