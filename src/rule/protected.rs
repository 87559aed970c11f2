//! What guards the repository is not changed by the commits that it guards.
//!
//! ## Wants
//! While a plan runs, no commit changes the policy file (`guard.toml`), the workflow that runs guard in CI
//! (`.github/workflows/guard.yml`) or tracked hook files (`.githooks/`, `.husky/`); and no commit changes a path in
//! `scope.protected`, even where a task's scope covers it. Nor does any commit add a path that is one file with one of these
//! on Windows or macOS: `GUARD.TOML`, `Guard~1.tom`, a link called `.Husky`.
//!
//! ## Why
//! A commit that may rewrite its own judge is not judged. Where case does not count, whoever checks out a second spelling has
//! one of the two in the work tree, and commits it under the other's name.
//!
//! ## How
//! Change the policy, the hooks or that workflow in a commit of their own while no plan runs: before `guard start`, or when
//! every task of the plan is done. The push doors report such a commit (`policy-edit`) and judge the branch by the target's
//! policy. A path in `scope.protected` is changed by a task after it was taken out of that list. Another spelling may be
//! deleted; `!Docs/**` in the list says that `Docs` is not `docs`.

use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::model::{Change, Finding, Level};
use crate::pattern::twin::{Twins, difference, is_twin};
use crate::policy::{Carries, POLICY_FILES};

pub(super) const RULE: Rule = Rule {
    name: "protected",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Record, Kind::Task, Kind::Merge, Kind::Policy],
    push_only: false,
    source: include_str!("protected.rs"),
    check: Check::Commit(check),
};

/// Folders where people keep hooks under version control.
const HOOK_FOLDERS: [&[u8]; 2] = [b".githooks", b".husky"];
/// The workflow that runs guard in CI, under the name that guard's own documentation gives it.
const WORKFLOW: &[u8] = b".github/workflows/guard.yml";

/// Why a path guards the repository itself, or `None`. In any spelling: some file systems take them for one. Only a commit of
/// kind policy may change these.
pub(crate) fn guards(path: &[u8]) -> Option<&'static str> {
    guarded(path).map(|(_, why)| why)
}

/// The file or folder that `path` is or lies in, in whatever spelling, and what it is for.
fn guarded(path: &[u8]) -> Option<(&'static [u8], &'static str)> {
    let is = |name: &[u8]| path == name || is_twin(path, name);
    let below = |folder: &[u8]| {
        path.strip_prefix(folder).is_some_and(|rest| rest.starts_with(b"/")) || is_twin(path, folder)
    };
    let policy = POLICY_FILES.iter().map(|file| file.as_bytes()).find(|file| is(file));
    policy
        .map(|file| (file, "it is the policy"))
        .or_else(|| HOOK_FOLDERS.into_iter().find(|folder| below(folder)).map(|f| (f, "it is a hook file")))
        .or_else(|| is(WORKFLOW).then_some((WORKFLOW, "it runs guard in CI")))
}

/// Why a commit may not bring this path, as a clause behind "is protected: ", and when one may. A policy commit may bring the
/// real ones.
fn reason(context: &Context<'_>, twins: &Twins, change: &Change) -> Option<(String, &'static str)> {
    const ALONE: &str = "only in a commit of its own, while no plan runs";
    const NEVER: &str = "never: delete it, or give it another name";
    const LISTED: &str = "the policy names it in scope.protected";
    let path = &change.path;
    let policy_commit = context.kind == Kind::Policy;
    if let Some((name, why)) = guarded(path) {
        let twin = || another(change, &show(name)).filter(|_| is_twin(path, name));
        let itself = || (!policy_commit).then(|| (why.to_owned(), ALONE));
        return twin().map(|why| (why, NEVER)).or_else(itself);
    }
    if policy_commit {
        return None;
    }
    if context.policy.scope.protected.matches(path) {
        return Some((LISTED.to_owned(), ALONE));
    }
    let pattern = twins.of(path)?;
    another(change, pattern.as_str()).map(|why| (why, NEVER))
}

/// What is said of another spelling; `None` where it goes away, which mends it.
pub(super) fn another(change: &Change, name: &str) -> Option<String> {
    let how = difference(&change.path, name.as_bytes());
    change.new.map(|_| format!("some file systems take it for {name}: it {how}"))
}

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    // A rollback commit that may carry a snapshot of everything may carry these too: they are locked with it.
    let anything = context.policy.rollback.carries == Carries::Anything;
    if anything && (context.kind == Kind::Rollback || context.may_be_rollback()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let twins = context.policy.scope.protected.twins();
    for change in context.commit.own_changes() {
        let Some((reason, when)) = reason(context, &twins, change) else { continue };
        let mut one = context.at(&change.path, format!("{} is protected: {reason}", show(&change.path)));
        one.facts.push(fact("when", when));
        one.help = context.leave_out(&change.path);
        one.help.push(help("guard explain protected", "how it is changed"));
        found.push(one);
    }
    Ok(found)
}
