//! Ranges of commits: what is in `base..head`, oldest first.

use std::collections::{HashMap, HashSet};

use super::Reader;
use crate::error::{Error, Result};
use crate::git::run;
use crate::history::History;
use crate::model::{Change, CommitId, ObjectId};

/// The commits of `base..head`.
#[derive(Debug, Clone)]
pub struct Range {
    /// Where `head` left `base`: policy and trust come from here.
    pub merge_base: CommitId,
    /// All best common ancestors, [`Range::merge_base`] first: several where both sides merged each other.
    pub merge_bases: Vec<CommitId>,
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
        let merge_bases = self.common_ancestors(base, head)?;
        let merge_base = *merge_bases.first().ok_or_else(|| self.unrelated(base, head))?;
        Ok(Range { merge_base, merge_bases, head, commits: self.new_commits(head, &[base])? })
    }

    /// Every commit reachable from `head` and from none of `hidden`, parents before children.
    ///
    /// # Errors
    /// A shallow boundary among them, missing objects.
    pub fn new_commits(&self, head: CommitId, hidden: &[CommitId]) -> Result<Vec<CommitId>> {
        let newest_first = self.walk(head, hidden)?;
        for (id, _) in &newest_first {
            self.not_shallow(*id)?;
        }
        Ok(parents_first(newest_first))
    }

    /// git walks: it alone knows how to find the end of a range where clocks were wrong, and it sees the objects of an
    /// unfinished push.
    fn walk(&self, head: CommitId, hidden: &[CommitId]) -> Result<Vec<(CommitId, Vec<CommitId>)>> {
        let mut args = vec!["rev-list".to_owned(), "--parents".to_owned(), head.to_string()];
        args.extend(hidden.iter().map(|id| format!("^{id}")));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let listed = run::output(self.git_dir(), &args)?;
        let lines = listed.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let ids =
            lines.map(|line| line.split(|b| *b == b' ').map(ObjectId::from_hex).collect::<Option<Vec<_>>>());
        ids.map(|ids| {
            let mut ids = ids.unwrap_or_default().into_iter();
            let id = ids.next().ok_or_else(|| Error::git("git rev-list answered with something else"))?;
            Ok((id, ids.collect()))
        })
        .collect()
    }

    /// The best common ancestor.
    ///
    /// # Errors
    /// There is none, or a shallow boundary hides it.
    pub fn merge_base(&self, one: CommitId, two: CommitId) -> Result<CommitId> {
        self.common_ancestor(one, two)?.ok_or_else(|| self.unrelated(one, two))
    }

    fn unrelated(&self, one: CommitId, two: CommitId) -> Error {
        let error = Error::git(format!("{} and {} have no common ancestor", one.short(), two.short()));
        if self.shallow().is_ok_and(|s| !s.is_empty()) {
            return error.help("git fetch --unshallow         or in CI: fetch-depth: 0");
        }
        error.help("git rebase --onto <base> …    unrelated histories cannot be judged against each other")
    }

    /// The best common ancestor, if there is one. git finds it, because only git does where clocks were wrong.
    ///
    /// # Errors
    /// Missing objects.
    pub(super) fn common_ancestor(&self, one: CommitId, two: CommitId) -> Result<Option<CommitId>> {
        Ok(self.common_ancestors(one, two)?.first().copied())
    }

    fn common_ancestors(&self, one: CommitId, two: CommitId) -> Result<Vec<CommitId>> {
        let args = ["merge-base", "--all", &one.to_string(), &two.to_string()];
        let listed = run::answer(self.git_dir(), &args)?.unwrap_or_default();
        Ok(listed.split(|b| *b == b'\n').filter_map(ObjectId::from_hex).collect())
    }

    /// Paths that differ between `head` and each merge base, and that `base` does not hold as `head` does. The old side is
    /// the first merge base's.
    ///
    /// # Errors
    /// Missing objects.
    pub fn net_difference(&self, range: &Range, base: CommitId) -> Result<Vec<Change>> {
        let head = self.header(range.head)?.tree;
        let mut net = self.compare(Some(self.header(range.merge_base)?.tree), Some(head))?.changes;
        let others =
            range.merge_bases.iter().skip(1).chain([&base].into_iter().filter(|b| **b != range.merge_base));
        for other in others {
            let differs = self.compare(Some(self.header(*other)?.tree), Some(head))?.changes;
            let differs: HashSet<_> = differs.iter().map(|c| &c.path).collect();
            net.retain(|change| differs.contains(&change.path));
        }
        Ok(net)
    }
}

/// Orders commits so that every parent stands before its children; otherwise oldest first as far as it is known.
fn parents_first(newest_first: Vec<(CommitId, Vec<CommitId>)>) -> Vec<CommitId> {
    let starts: Vec<CommitId> = newest_first.iter().rev().map(|(id, _)| *id).collect();
    let parents: HashMap<CommitId, Vec<CommitId>> = newest_first.into_iter().collect();
    let mut done = HashSet::with_capacity(starts.len());
    let mut order = Vec::with_capacity(starts.len());
    for start in starts {
        let mut todo = vec![(start, false)];
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
