//! What has been done of a plan: which commits name its tasks, and which of these stand.

use std::collections::BTreeMap;

use super::Lock;
use crate::error::Result;
use crate::history::{Header, History};
use crate::message;
use crate::model::{Change, CommitId, TaskId, first_line};
use crate::plan;
use crate::rule::is_record;

/// Which tasks have been committed, since the lock and under earlier locks of the same plan. Built up commit by
/// commit along the history.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    commits: BTreeMap<TaskId, Vec<CommitId>>,
    earlier: BTreeMap<TaskId, Vec<CommitId>>,
}

impl Progress {
    /// Adds a commit's naming.
    pub fn add(&mut self, tasks: &[TaskId], commit: CommitId) {
        for task in tasks {
            push(&mut self.commits, task, commit);
        }
    }

    /// Adds what a merged side has done.
    pub fn merge(&mut self, other: &Self) {
        for (task, commits) in &other.commits {
            commits.iter().for_each(|commit| push(&mut self.commits, task, *commit));
        }
    }

    /// A new rollback commit for the same plan: what was done stays done, and may be done once more.
    #[must_use]
    pub fn locked_again(&self) -> Self {
        let mut earlier = self.earlier.clone();
        for (task, commits) in &self.commits {
            commits.iter().for_each(|commit| push(&mut earlier, task, *commit));
        }
        Self { commits: BTreeMap::new(), earlier }
    }

    /// Every commit since the lock that names the task, oldest first, fixups included.
    pub fn commits(&self, task: &TaskId) -> &[CommitId] {
        self.commits.get(task).map(Vec::as_slice).unwrap_or_default()
    }

    /// The commit since the lock that stands for the task; `None`: not done, or done and reverted.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn done_since_lock(
        &self,
        task: &TaskId,
        lock: &Lock,
        history: &dyn History,
    ) -> Result<Option<CommitId>> {
        standing(self.commits(task), task, lock, history, true)
    }

    /// The commit that stands for the task under this lock or an earlier one of the same plan.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn done(&self, task: &TaskId, lock: &Lock, history: &dyn History) -> Result<Option<CommitId>> {
        self.standing(task, lock, history, true)
    }

    fn standing(
        &self,
        task: &TaskId,
        lock: &Lock,
        history: &dyn History,
        empty_counts: bool,
    ) -> Result<Option<CommitId>> {
        let earlier = self.earlier.get(task).map(Vec::as_slice).unwrap_or_default();
        let all: Vec<CommitId> = earlier.iter().chain(self.commits(task)).copied().collect();
        standing(&all, task, lock, history, empty_counts)
    }

    /// Is every task of the plan done (tasks that change no files count as done)? Then plan and policy are free again, so an
    /// empty commit, which is enough to say that a task needed nothing, is not enough for this.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn finished(&self, lock: &Lock, history: &dyn History) -> Result<bool> {
        for task in &lock.plan.tasks {
            if !is_formal(task) && self.standing(&task.id, lock, history, false)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn push(commits: &mut BTreeMap<TaskId, Vec<CommitId>>, task: &TaskId, commit: CommitId) {
    let list = commits.entry(task.clone()).or_default();
    if !list.contains(&commit) {
        list.push(commit);
    }
}

/// Follows a task's commits: work stands until it is reverted.
fn standing(
    commits: &[CommitId],
    task: &TaskId,
    lock: &Lock,
    history: &dyn History,
    empty_counts: bool,
) -> Result<Option<CommitId>> {
    let mut standing = None;
    for &commit in commits {
        let header = history.header(commit)?;
        if message::unprefixed(first_line(&header.message)).1
            || !does_work(lock, task, commit, history, empty_counts)?
        {
            continue;
        }
        standing = match standing {
            Some(target) if undoes(history, &header, target)? => None,
            // A second commit for the task is the atomic rule's finding; the first goes on standing.
            Some(first) => Some(first),
            None => Some(commit),
        };
    }
    Ok(standing)
}

/// A task that needs no commit: it changes no files, or the plan said it was done before it was locked.
pub fn is_formal(task: &plan::Task) -> bool {
    task.done || task.scope.as_ref().is_some_and(crate::pattern::Patterns::is_empty)
}

/// A commit of nothing but records works on a task only where the task's own scope covers one of them: ticking
/// the plan under a task's name is not the task.
fn does_work(
    lock: &Lock,
    task: &TaskId,
    commit: CommitId,
    history: &dyn History,
    empty_counts: bool,
) -> Result<bool> {
    let changes = history.changes(commit)?;
    if changes.is_empty() {
        return Ok(empty_counts);
    }
    if !changes.iter().all(|c| is_record(&lock.policy, c)) {
        return Ok(true);
    }
    let scope = lock.plan.tasks.iter().find(|t| t.id == *task).and_then(|t| t.scope.as_ref());
    Ok(scope.is_some_and(|scope| changes.iter().any(|c| scope.matches(&c.path))))
}

fn undoes(history: &dyn History, header: &Header, target: CommitId) -> Result<bool> {
    reverts(history, &history.changes(header.id)?, header.parents.first().copied(), target)
}

/// Do these changes on top of `parent` undo `target`? Decided by content, never by the message: they are the
/// exact inverse, or what an automatic revert gives.
///
/// # Errors
/// Objects that cannot be read.
pub fn reverts(
    history: &dyn History,
    changes: &[Change],
    parent: Option<CommitId>,
    target: CommitId,
) -> Result<bool> {
    let done = history.changes(target)?;
    if done.is_empty() || done.len() != changes.len() {
        return Ok(false);
    }
    if done.iter().zip(changes).all(|(a, b)| a.inverse() == *b) {
        return Ok(true);
    }
    if !done.iter().zip(changes).all(|(a, b)| a.path == b.path) {
        return Ok(false);
    }
    let Some(parent) = parent else { return Ok(false) };
    Ok(history.automatic_revert(target, parent)?.is_some_and(|reverted| reverted == changes))
}
