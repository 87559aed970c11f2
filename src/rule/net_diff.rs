//! All that a branch changes stays in the scopes of its tasks.
//!
//! ## Wants
//! Every path that differs between the merge base and the branch's tip is in the scope of a task that one of the
//! branch's commits names, or is a record, or was brought by a commit that needs no task (a rollback commit, a policy
//! commit, a commit that the policy leaves alone). What another finding reports already is not said twice. With several
//! merge bases a path counts only where it differs from all of them, and from the target itself.
//!
//! ## Why
//! Each commit is judged by what it changes, a clean merge by nothing at all. But a merge may put a file where nobody
//! wrote it: one side renames a directory, the other adds a file to it, and git moves the new file along.
//!
//! ## How
//! Undo the change under a task that owns the path, or merge again and put the file where it belongs, with the task's ID
//! in the merge's message. `git diff <base> <head> -- <path>` shows what came of it.

use super::{Branch, Check, Rule, fact, finding, help, is_record, shell_quote, show, show_ids};
use crate::error::Result;
use crate::model::{Change, Finding, Level};

pub(super) const RULE: Rule = Rule {
    name: "net-diff",
    level: Level::Deny,
    kinds: &[],
    push_only: true,
    source: include_str!("net_diff.rs"),
    check: Check::Branch(check),
};

fn check(branch: &Branch<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for change in branch.changes.iter().filter(|change| !granted(branch, change)) {
        let path = show(&change.path);
        let mut one = finding(format!("the branch changes {path}, and no task that its commits name may"));
        one.path = Some(change.path.clone());
        one.commit = branch.last_to_change(&change.path)?;
        one.facts.push(fact("tasks", show_ids(branch.tasks.iter().map(|task| &task.id))));
        if let Some(id) = one.commit {
            let shown = format!("git show -m {} -- {}", id.short(), shell_quote(&change.path));
            one.help.push(help(shown, "how it came in"));
        }
        one.help.push(help("guard explain net-diff", "what to do about it"));
        found.push(one);
    }
    Ok(found)
}

fn granted(branch: &Branch<'_>, change: &Change) -> bool {
    let in_scope =
        |path: &[u8]| branch.tasks.iter().filter_map(|t| t.scope.as_ref()).any(|s| s.matches(path));
    let follows = || {
        branch.policy.scope.companions_of(&change.path).is_some_and(|companion| {
            companion.manifest_paths().any(|manifest| in_scope(&manifest))
                || branch.changes.iter().any(|c| companion.is_manifest(&c.path) && in_scope(&c.path))
        })
    };
    branch.settled.contains(&change.path)
        || is_record(branch.policy, change)
        || in_scope(&change.path)
        || follows()
}
