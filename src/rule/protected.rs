//! What guards the repository is not changed by the commits that it guards.
//!
//! ## Wants
//! While a plan runs, no commit changes the policy file (`guard.toml`), the workflow that runs guard in CI
//! (`.github/workflows/guard.yml`) or tracked hook files (`.githooks/`, `.husky/`); and no commit changes a path in
//! `scope.protected`, even where a task's scope covers it. Nor does any commit add a path that is one file with one of these
//! on Windows or macOS: `GUARD.TOML`, `Guard~1.tom`, a link called `.Husky`. Where a pattern in the list has wildcards, it is
//! one with a file or folder that is there.
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

use std::cell::Cell;
use std::collections::BTreeSet;

use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::model::{Change, Finding, Level, RepoPath};
use crate::pattern::Patterns;
use crate::pattern::twin::{Name, Search, Twins, difference, is_twin};
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
fn reason(
    context: &Context<'_>,
    listed: &Listed<'_>,
    change: &Change,
) -> Result<Option<(String, &'static str)>> {
    const ALONE: &str = "only in a commit of its own, while no plan runs";
    const NEVER: &str = "never: delete it, or give it another name";
    const LISTED: &str = "the policy names it in scope.protected";
    let path = &change.path;
    let policy_commit = context.kind == Kind::Policy;
    if let Some((name, why)) = guarded(path) {
        let twin = || another(change, &show(name)).filter(|_| is_twin(path, name));
        let itself = || (!policy_commit).then(|| (why.to_owned(), ALONE));
        return Ok(twin().map(|why| (why, NEVER)).or_else(itself));
    }
    if policy_commit {
        return Ok(None);
    }
    if context.policy.scope.protected.matches(path) {
        return Ok(Some((LISTED.to_owned(), ALONE)));
    }
    Ok(listed.another(context, change)?.map(|why| (why, NEVER)))
}

/// Does the commit bring a path that was not there?
pub(super) fn adds(change: &Change) -> bool {
    change.old.is_none() && change.new.is_some()
}

/// What is said of another spelling. `None` where it goes away, which mends it, or was there before: who works on it does
/// not bring it.
pub(super) fn another(change: &Change, name: &str) -> Option<String> {
    let how = difference(&change.path, name.as_bytes());
    adds(change).then(|| format!("some file systems take it for {name}: it {how}"))
}

/// The files before the commit that a path which it adds may be another spelling of. What the commit changes itself is left
/// out: a rule that wants such a file unchanged refuses that.
pub(super) fn beside(context: &Context<'_>) -> Result<BTreeSet<RepoPath>> {
    let own = context.commit.own_changes();
    let search = Search::of(own.iter().filter(|c| adds(c)).map(|c| c.path.as_slice()));
    let changed: BTreeSet<&[u8]> = own.iter().map(|c| c.path.as_slice()).collect();
    let mut found = BTreeSet::new();
    for parent in &context.commit.parents {
        let files = context.history.files(*parent, &|path| search.wants(path))?;
        found.extend(files.into_iter().filter(|path| !changed.contains(path.as_slice())));
    }
    Ok(found)
}

/// A list of the policy, asked for other spellings of what it speaks of.
pub(super) struct Listed<'p> {
    list: &'p Patterns,
    twins: Twins,
    /// Files of the tree before that it speaks of, and that may have another spelling in this commit.
    files: Vec<RepoPath>,
}

impl<'p> Listed<'p> {
    pub(super) fn of<'f>(list: &'p Patterns, beside: impl IntoIterator<Item = &'f RepoPath>) -> Self {
        let files = beside.into_iter().filter(|path| list.matches(path)).cloned().collect();
        Self { list, twins: list.twins(), files }
    }

    /// What is said of a path that the commit adds, and that is another spelling of something in the list: of a file that is
    /// named there, or of a file or folder that is there and that a pattern matches.
    pub(super) fn another(&self, context: &Context<'_>, change: &Change) -> Result<Option<String>> {
        let path = change.path.as_slice();
        if !adds(change) || self.twins.is_empty() || self.twins.speaks_of(path) {
            return Ok(None);
        }
        if let Some(name) = self.twins.names(path).find(|name| !name.is_folder) {
            return Ok(another(change, &show(name.path)));
        }
        if let Some(file) = self.files.iter().find(|file| is_twin(path, file)) {
            let pattern = self.list.iter().find(|pattern| !pattern.excludes() && pattern.matches(file));
            let matched = pattern.map(|p| format!(", which {p} matches")).unwrap_or_default();
            let (file, how) = (show(file), difference(path, file));
            return Ok(Some(format!("some file systems take it for {file}{matched}: it {how}")));
        }
        for Name { pattern, path: folder, .. } in self.twins.names(path).filter(|name| name.is_folder) {
            if is_there(context, folder)? {
                let (shown, how) = (show(folder), difference(path, folder));
                let why = format!("some file systems put it into {shown}, for {pattern}: it {how}");
                return Ok(Some(why));
            }
        }
        Ok(None)
    }
}

/// Does anything stand below the folder before the commit?
fn is_there(context: &Context<'_>, folder: &[u8]) -> Result<bool> {
    let below = [folder, b"/"].concat();
    let found = Cell::new(false);
    let wants = |path: &[u8]| {
        let inside = path.starts_with(&below) && !path.ends_with(b"/");
        let open = !found.get() && (below.starts_with(path) || path.starts_with(&below));
        found.set(found.get() || inside);
        open
    };
    for parent in &context.commit.parents {
        context.history.files(*parent, &wants)?;
    }
    Ok(found.get())
}

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    // A rollback commit that may carry a snapshot of everything may carry these too: they are locked with it.
    let anything = context.policy.rollback.carries == Carries::Anything;
    if anything && (context.kind == Kind::Rollback || context.may_be_rollback()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let list = &context.policy.scope.protected;
    let beside = if list.is_empty() { BTreeSet::new() } else { beside(context)? };
    let listed = Listed::of(list, &beside);
    for change in context.commit.own_changes() {
        let Some((reason, when)) = reason(context, &listed, change)? else { continue };
        let mut one = context.at(&change.path, format!("{} is protected: {reason}", show(&change.path)));
        one.facts.push(fact("when", when));
        one.help = context.leave_out(&change.path);
        one.help.push(help("guard explain protected", "how it is changed"));
        found.push(one);
    }
    Ok(found)
}
