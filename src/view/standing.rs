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

    /// For people.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Done(Some(commit)) => format!("done {commit}"),
            Self::Done(None) => "done".to_owned(),
            Self::NoCommit => "no commit".to_owned(),
            Self::Ready => "ready".to_owned(),
            Self::Waiting(_) => "waiting".to_owned(),
            Self::NotDeclared => "not declared".to_owned(),
        }
    }

    /// What the words say, for who looks over a column of them; all have one width.
    pub(super) fn mark(&self) -> &'static str {
        match self {
            Self::Done(_) | Self::NoCommit => "[x]",
            Self::Ready => "[>]",
            Self::Waiting(_) => "[ ]",
            Self::NotDeclared => "[?]",
        }
    }

    /// Is nothing left to do?
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::NoCommit)
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
    /// How the plan goes on from here.
    pub(super) next: Next,
}

/// What there is to do about a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is not running, or it was edited since: it can be started.
    Start,
    /// It is running, and has open tasks.
    Work,
    /// It is running, and every task is done.
    Check,
    /// Nothing, or what cannot be told from here.
    Nothing,
}

/// Where the tasks of `plan` stand; `text` is its document.
pub(super) fn of(plan: &Plan, text: &[u8], reader: Option<&Reader>) -> Standings {
    let running = reader.map_or(Ok(Found::Nowhere), |reader| from_lock(plan, text, reader));
    let said = "as the document says";
    let (locked, lock, source, next) = match running {
        Ok(Found::Locked { states, commit, same: true }) => {
            let source = format!("as locked at {commit}");
            (states, Some(commit), source, Next::Work)
        }
        Ok(Found::Locked { states, commit, same: false }) => {
            let source = format!("as locked at {commit}, where the plan reads differently");
            (states, Some(commit), source, Next::Start)
        }
        Ok(Found::NotRunning) => {
            (HashMap::new(), None, format!("{said}; this plan is not running"), Next::Start)
        }
        Ok(Found::Nowhere) => {
            (HashMap::new(), None, format!("{said}; this plan is not running"), Next::Nothing)
        }
        Err(e) => (HashMap::new(), None, format!("{said}; the lock cannot be read: {e}"), Next::Nothing),
    };
    let own = from_document(plan);
    let all: Vec<Standing> =
        plan.tasks.iter().zip(own).map(|(task, own)| locked.get(&task.id).cloned().unwrap_or(own)).collect();
    let open = all.iter().any(|standing| !standing.is_done());
    let next = match next {
        Next::Work if !open => Next::Check,
        Next::Start if !open && lock.is_none() => Next::Nothing,
        other => other,
    };
    Standings { all, lock, source, next }
}

/// What the repository says about a plan.
enum Found {
    /// It is this one that is running; `same`: and it reads as it was locked.
    Locked { states: HashMap<TaskId, Standing>, commit: String, same: bool },
    /// No plan is, and this one can be.
    NotRunning,
    /// Another one is, or this is no place for plans.
    Nowhere,
}

fn from_lock(plan: &Plan, text: &[u8], reader: &Reader) -> Result<Found> {
    let head = reader.head()?.commit;
    let judge = Judge::of_drafts(reader);
    let policy = judge.policy(head)?;
    let state = judge.lock_before(head, &policy)?;
    let LockState::Locked(lock) = &*state else {
        // Elsewhere it could not be started.
        let here = policy.is_plan_path(plan.path.as_bytes());
        return Ok(if here { Found::NotRunning } else { Found::Nowhere });
    };
    if lock.path != plan.path.as_bytes() {
        return Ok(Found::Nowhere);
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
    Ok(Found::Locked { states, commit, same: plan::is_same(&plan.path, &lock.text, text) })
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
