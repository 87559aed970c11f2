//! Ranges of commits: what is in `base..head`, oldest first.

use std::collections::{HashMap, HashSet};

use super::{Reader, own, theirs};
use crate::error::{Error, Result};
use crate::model::CommitId;

/// The commits of `base..head`.
#[derive(Debug, Clone)]
pub struct Range {
    /// Where `head` left `base`: policy and trust come from here.
    pub merge_base: CommitId,
    /// The newest commit.
    pub head: CommitId,
    /// Every commit reachable from `head` and not from `base`, parents before children.
    pub commits: Vec<CommitId>,
}

impl Reader {
    /// The commits of `base..head`.
    ///
    /// # Errors
    /// No common ancestor, a shallow boundary inside the range, missing objects.
    pub fn range(&self, base: CommitId, head: CommitId) -> Result<Range> {
        let merge_base = self.merge_base(base, head)?;
        let walk =
            self.repo.rev_walk([theirs(&head)]).with_hidden([theirs(&base)]).all().map_err(|e| {
                Error::git(format!("the history cannot be walked: {}", super::last_cause(&e)))
            })?;
        let mut parents = HashMap::new();
        let mut newest_first = Vec::new();
        for info in walk {
            let info = info.map_err(|e| {
                Error::git(format!("the history cannot be walked: {}", super::last_cause(&e)))
                    .help("git fetch --unshallow         if this clone is shallow; else git fsck")
            })?;
            let id = own(&info.id);
            self.not_shallow(id)?;
            parents.insert(id, info.parent_ids().map(|p| own(&p)).collect::<Vec<_>>());
            newest_first.push(id);
        }
        Ok(Range { merge_base, head, commits: parents_first(&newest_first, &parents) })
    }

    /// The best common ancestor.
    ///
    /// # Errors
    /// There is none, or a shallow boundary hides it.
    pub fn merge_base(&self, one: CommitId, two: CommitId) -> Result<CommitId> {
        let found = self
            .repo
            .merge_base(theirs(&one), theirs(&two))
            .map_err(|e| Error::git(format!("the history cannot be walked: {}", super::last_cause(&e))))?;
        found.map(|id| own(&id)).ok_or_else(|| {
            let error = Error::git(format!("{} and {} have no common ancestor", one.short(), two.short()));
            if self.shallow().is_ok_and(|s| !s.is_empty()) {
                return error.help("git fetch --unshallow         or in CI: fetch-depth: 0");
            }
            error
                .help("git rebase --onto <base> …    unrelated histories cannot be judged against each other")
        })
    }
}

/// Orders commits so that every parent stands before its children; otherwise oldest first as far as it is known.
fn parents_first(newest_first: &[CommitId], parents: &HashMap<CommitId, Vec<CommitId>>) -> Vec<CommitId> {
    let mut done = HashSet::with_capacity(newest_first.len());
    let mut order = Vec::with_capacity(newest_first.len());
    for start in newest_first.iter().rev() {
        let mut todo = vec![(*start, false)];
        while let Some((id, parents_done)) = todo.pop() {
            if done.contains(&id) {
                continue;
            }
            if parents_done {
                done.insert(id);
                order.push(id);
                continue;
            }
            todo.push((id, true));
            let known = parents.get(&id).into_iter().flatten();
            todo.extend(
                known.filter(|p| parents.contains_key(p) && !done.contains(p)).rev().map(|p| (*p, false)),
            );
        }
    }
    order
}
