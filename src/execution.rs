//! Where an execution stands: the state of each task of the running plan.

use crate::error::Result;
use crate::history::History;
use crate::lock::{Lock, Progress, is_formal};
use crate::model::{Change, CommitId, TaskId};
use crate::plan::Task;
use crate::rule::is_record;

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// This commit did it, and it has not been reverted.
    Done(CommitId),
    /// It changes no files, or the plan said it was done before it was locked.
    NeedsNone,
    /// All that it depends on is done.
    Ready,
    /// These must be committed first.
    Waiting(Vec<TaskId>),
}

impl State {
    /// Is nothing left to do?
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::NeedsNone)
    }
}

/// One task and how it stands.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// As the locked plan has it.
    pub task: &'a Task,
    /// How it stands.
    pub state: State,
}

/// All tasks of the locked plan, in its order.
///
/// # Errors
/// A commit of the history cannot be read.
pub fn standings<'a>(
    lock: &'a Lock,
    progress: &Progress,
    history: &dyn History,
) -> Result<Vec<Standing<'a>>> {
    let mut all = Vec::new();
    for task in &lock.plan.tasks {
        let state = match progress.done(&task.id, lock, history)? {
            Some(commit) => State::Done(commit),
            None if is_formal(task) => State::NeedsNone,
            None => State::Waiting(Vec::new()),
        };
        all.push(Standing { task, state });
    }
    let done: Vec<TaskId> =
        all.iter().filter(|s| s.state.is_done()).map(|standing| standing.task.id.clone()).collect();
    for Standing { task, state } in all.iter_mut().filter(|s| !s.state.is_done()) {
        let open: Vec<TaskId> = task.depends_on.iter().filter(|id| !done.contains(id)).cloned().collect();
        *state = if open.is_empty() { State::Ready } else { State::Waiting(open) };
    }
    Ok(all)
}

/// The ready tasks that may make all of these changes, records aside; none where there is nothing but records.
pub fn fitting<'a>(lock: &Lock, standings: &[Standing<'a>], changes: &[Change]) -> Vec<&'a Task> {
    let work: Vec<&Change> = changes.iter().filter(|change| !is_record(&lock.policy, change)).collect();
    let fits = |task: &Task| task.scope.as_ref().is_some_and(|s| work.iter().all(|c| s.matches(&c.path)));
    let ready = standings.iter().filter(|s| s.state == State::Ready && !work.is_empty());
    ready.map(|standing| standing.task).filter(|task| fits(task)).collect()
}
