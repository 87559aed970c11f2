//! What has been done of a plan: which commits name its tasks, and which of these stand.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

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
    commits: BTreeMap<TaskId, Line>,
    earlier: BTreeMap<TaskId, Line>,
}

impl Progress {
    /// Adds a commit's naming.
    pub fn add(&mut self, tasks: &[TaskId], commit: CommitId) {
        for task in tasks {
            self.commits.entry(task.clone()).or_default().push(commit);
        }
    }

    /// Adds what a merged side has done.
    pub fn merge(&mut self, other: &Self) {
        for (task, line) in &other.commits {
            self.commits.entry(task.clone()).or_default().join(line);
        }
    }

    /// A new rollback commit for the same plan: what was done stays done, and may be done once more.
    #[must_use]
    pub fn locked_again(&self) -> Self {
        let mut earlier = self.earlier.clone();
        for (task, line) in &self.commits {
            earlier.entry(task.clone()).or_default().join(line);
        }
        Self { commits: BTreeMap::new(), earlier }
    }

    /// Every commit since the lock that names the task, oldest first, fixups included.
    pub fn commits(&self, task: &TaskId) -> Vec<CommitId> {
        self.commits.get(task).map(Line::to_vec).unwrap_or_default()
    }

    /// Every commit that names any task, under this lock and earlier ones of the same plan.
    pub fn all(&self) -> Vec<CommitId> {
        self.earlier.values().chain(self.commits.values()).flat_map(Line::to_vec).collect()
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
        standing(&self.commits(task), task, lock, history, true)
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
        let mut all = self.earlier.get(task).map(Line::to_vec).unwrap_or_default();
        all.extend(self.commits(task));
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

/// Commits in order. A range of ten thousand commits holds as many states of progress, so states share one list as long as
/// each only adds to its predecessor's.
#[derive(Debug, Clone, Default)]
struct Line {
    all: Rc<RefCell<Vec<CommitId>>>,
    length: usize,
}

impl Line {
    fn to_vec(&self) -> Vec<CommitId> {
        self.all.borrow().iter().take(self.length).copied().collect()
    }

    fn push(&mut self, commit: CommitId) {
        if self.all.borrow().len() != self.length {
            self.all = Rc::new(RefCell::new(self.to_vec()));
        }
        self.all.borrow_mut().push(commit);
        self.length += 1;
    }

    fn join(&mut self, other: &Self) {
        let known: HashSet<CommitId> = self.to_vec().into_iter().collect();
        for commit in other.to_vec().into_iter().filter(|commit| !known.contains(commit)) {
            self.push(commit);
        }
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
/// the plan under a task's name is not the task. Of several named tasks one that no change belongs to is only mentioned, as
/// by an empty commit.
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
    let scope = lock.plan.tasks.iter().find(|t| t.id == *task).and_then(|t| t.scope.as_ref());
    let own = || scope.is_some_and(|scope| changes.iter().any(|c| scope.matches(&c.path)));
    if changes.iter().all(|c| is_record(&lock.policy, c)) {
        return Ok(own());
    }
    let alone = || -> Result<bool> { Ok(super::names(&history.header(commit)?, lock).len() < 2) };
    Ok(!lock.policy.task.several || own() || alone()? || empty_counts)
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
