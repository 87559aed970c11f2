//! Where each task of a document stands: as the lock says while the plan runs, else as the document itself says.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::execution::{self, State};
use crate::git::read::Reader;
use crate::judge::Judge;
use crate::lock::{LockState, is_formal};
use crate::model::TaskId;
use crate::plan::{self, Plan};
use crate::report::Paint;

/// How one task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// By this commit; without one: the document says so.
    Done(Option<String>),
    /// It changes no files.
    NoCommit,
    Ready,
    /// After these.
    Waiting(Vec<TaskId>),
    /// It does not say what it may change, so it can change nothing.
    NotDeclared,
}

impl Standing {
    /// For machines.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::NoCommit => "no_commit",
            Self::Ready => "ready",
            Self::Waiting(_) => "waiting",
            Self::NotDeclared => "not_declared",
        }
    }

    /// For people; the mark says it again where there is no colour.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Done(Some(commit)) => format!("[x] done {commit}"),
            Self::Done(None) => "[x] done".to_owned(),
            Self::NoCommit => "[x] no commit".to_owned(),
            Self::Ready => "[>] ready".to_owned(),
            Self::Waiting(_) => "[ ] waiting".to_owned(),
            Self::NotDeclared => "[?] not declared".to_owned(),
        }
    }

    pub(super) fn paint(&self) -> Paint {
        match self {
            Self::Done(_) | Self::NoCommit => Paint::Good,
            Self::Ready => Paint::Strong,
            Self::Waiting(_) => Paint::Quiet,
            Self::NotDeclared => Paint::Bad,
        }
    }
}

/// The standings of a plan's tasks, in its order, and whose word they are.
pub(super) struct Standings {
    pub(super) all: Vec<Standing>,
    /// The rollback commit, where the plan is running.
    pub(super) lock: Option<String>,
    /// One line about where they come from.
    pub(super) source: String,
}

/// Where the tasks of `plan` stand; `text` is its document.
pub(super) fn of(plan: &Plan, text: &[u8], reader: Option<&Reader>) -> Standings {
    let running = reader.map_or(Ok(None), |reader| from_lock(plan, text, reader));
    let (locked, lock, source) = match running {
        Ok(Some((states, commit, same))) => {
            let edited = if same { "" } else { ", where the plan reads differently" };
            let source = format!("as locked at {commit}{edited}");
            (states, Some(commit), source)
        }
        Ok(None) => (HashMap::new(), None, "as the document says; this plan is not running".to_owned()),
        Err(e) => (HashMap::new(), None, format!("as the document says; the lock cannot be read: {e}")),
    };
    let own = from_document(plan);
    let all = plan.tasks.iter().zip(own).map(|(task, own)| locked.get(&task.id).cloned().unwrap_or(own));
    Standings { all: all.collect(), lock, source }
}

type Locked = (HashMap<TaskId, Standing>, String, bool);

fn from_lock(plan: &Plan, text: &[u8], reader: &Reader) -> Result<Option<Locked>> {
    let head = reader.head()?.commit;
    let judge = Judge::of_drafts(reader);
    let policy = judge.policy(head)?;
    let state = judge.lock_before(head, &policy)?;
    let LockState::Locked(lock) = &*state else { return Ok(None) };
    if lock.path != plan.path.as_bytes() {
        return Ok(None);
    }
    let progress = judge.progress_at(head, &state)?;
    let mut states = HashMap::new();
    for standing in execution::standings(lock, &progress, reader)? {
        let own = match standing.state {
            State::Done(commit) => Standing::Done(Some(commit.short())),
            State::NeedsNone if standing.task.done => Standing::Done(None),
            State::NeedsNone => Standing::NoCommit,
            State::Ready => Standing::Ready,
            State::Waiting(open) => Standing::Waiting(open),
        };
        states.insert(standing.task.id.clone(), own);
    }
    let commit = lock.commit.map(|id| id.short()).unwrap_or_default();
    Ok(Some((states, commit, plan::is_same(&plan.path, &lock.text, text))))
}

fn from_document(plan: &Plan) -> Vec<Standing> {
    let done: HashSet<&TaskId> = plan.tasks.iter().filter(|t| is_formal(t)).map(|t| &t.id).collect();
    let standing = |task: &plan::Task| {
        if task.done {
            return Standing::Done(None);
        }
        match &task.scope {
            None => return Standing::NotDeclared,
            Some(scope) if scope.is_empty() => return Standing::NoCommit,
            Some(_) => {}
        }
        let open: Vec<TaskId> = task.depends_on.iter().filter(|id| !done.contains(id)).cloned().collect();
        if open.is_empty() { Standing::Ready } else { Standing::Waiting(open) }
    };
    plan.tasks.iter().map(standing).collect()
}
