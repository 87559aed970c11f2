//! Walking back: to the nearest rollback commit, and over what was committed since.
//!
//! Both remember what they learnt, so that a range of many commits does not pay for its length at every one.

use std::rc::Rc;

use super::Judge;
use crate::error::Result;
use crate::history::Header;
use crate::lock::{self, Lock, LockState, Progress};
use crate::model::CommitId;
use crate::policy::Policy;

impl Judge<'_> {
    /// The nearest rollback commit at or before `start` on the first-parent history.
    pub(super) fn nearest(&self, start: CommitId, policy: &Policy, max: usize) -> Result<Nearest> {
        let mut walked = Vec::new();
        let mut at = Some(start);
        let found = loop {
            let Some(id) = at else { break Known::Nowhere };
            let steps = walked.len();
            match self.nearest.borrow().get(&id) {
                Some(Known::At(commit, distance)) => break Known::At(*commit, distance + steps),
                Some(Known::Nowhere) => break Known::Nowhere,
                Some(Known::NotWithin(n)) if n + steps >= max => break Known::NotWithin(n + steps),
                _ => {}
            }
            if steps >= max {
                break Known::NotWithin(steps);
            }
            let header = self.history.header(id)?;
            walked.push(id);
            if lock::is_rollback(&header, policy) {
                break Known::At(id, steps);
            }
            at = header.parents.first().copied();
        };
        let mut memory = self.nearest.borrow_mut();
        for (steps, id) in walked.iter().enumerate() {
            memory.insert(*id, found.from(steps));
        }
        Ok(match found {
            Known::At(commit, distance) if distance < max => Nearest::At(commit),
            Known::At(..) | Known::NotWithin(_) => Nearest::TooFar,
            Known::Nowhere => Nearest::None,
        })
    }

    /// Which tasks have been committed by `at`, under its lock and earlier ones of the same plan, sides that were
    /// merged in included.
    ///
    /// # Errors
    /// Something could not be checked.
    pub fn progress_at(&self, at: Option<CommitId>, state: &LockState) -> Result<Rc<Progress>> {
        let (Some(at), LockState::Locked(lock)) = (at, state) else { return Ok(Rc::default()) };
        let mut todo = vec![(at, lock.policy.clone())];
        while let Some((id, policy)) = todo.last().cloned() {
            if self.progress.borrow().contains_key(&id) {
                todo.pop();
                continue;
            }
            if self.replay.as_ref().is_some_and(|replay| !replay.commits.contains(&id)) {
                self.progress.borrow_mut().insert(id, Rc::default());
                continue;
            }
            let header = self.history.header(id)?;
            let state = self.lock_before(Some(id), &policy)?;
            let LockState::Locked(lock) = &*state else {
                self.progress.borrow_mut().insert(id, Rc::default());
                continue;
            };
            let sides = self.sides(&header, lock)?;
            let open: Vec<_> =
                sides.iter().filter(|side| !self.progress.borrow().contains_key(side)).copied().collect();
            if open.is_empty() {
                let progress = self.step(&header, &sides, lock);
                self.progress.borrow_mut().insert(id, progress);
                todo.pop();
            } else {
                todo.extend(open.into_iter().map(|side| (side, lock.policy.clone())));
            }
        }
        Ok(self.progress.borrow().get(&at).cloned().unwrap_or_default())
    }

    /// The commits whose work counts for this one: the parents under the same lock; for a rollback commit, where the last
    /// lock of the same plan ended.
    fn sides(&self, header: &Header, lock: &Lock) -> Result<Vec<CommitId>> {
        if lock.commit == Some(header.id) {
            return Ok(self.last_of_the_plan(header, lock)?.into_iter().collect());
        }
        let mut sides = Vec::new();
        for parent in &header.parents {
            let before = self.lock_before(Some(*parent), &lock.policy)?;
            if matches!(&*before, LockState::Locked(other) if other.commit == lock.commit) {
                sides.push(*parent);
            }
        }
        Ok(sides)
    }

    /// The last commit before this rollback commit that stood under a lock of the same plan, other plans between.
    fn last_of_the_plan(&self, header: &Header, lock: &Lock) -> Result<Option<CommitId>> {
        const MOST_LOCKS: usize = 100;
        let mut at = header.parents.first().copied();
        for _ in 0..MOST_LOCKS {
            let before = self.lock_before(at, &lock.policy)?;
            let LockState::Locked(other) = &*before else { return Ok(None) };
            if other.path == lock.path && other.topic == lock.topic {
                return Ok(at);
            }
            let Some(rollback) = other.commit else { return Ok(None) };
            at = self.history.header(rollback)?.parents.first().copied();
        }
        Ok(None)
    }

    fn step(&self, header: &Header, sides: &[CommitId], lock: &Lock) -> Rc<Progress> {
        let memory = self.progress.borrow();
        let mut sides = sides.iter().filter_map(|side| memory.get(side));
        let mut progress = sides.next().cloned().unwrap_or_default();
        if lock.commit == Some(header.id) {
            return Rc::new(progress.locked_again());
        }
        for side in sides {
            Rc::make_mut(&mut progress).merge(side);
        }
        let names = if header.parents.len() > 1 { Vec::new() } else { lock::names(header, lock) };
        if !names.is_empty() {
            Rc::make_mut(&mut progress).add(&names, header.id);
        }
        progress
    }
}

/// Where the nearest rollback commit is.
pub(super) enum Nearest {
    At(CommitId),
    None,
    TooFar,
}

/// What one walk back taught about the commits it passed.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// The rollback commit, and how many commits back it lies.
    At(CommitId, usize),
    /// There is none down to the root.
    Nowhere,
    /// There is none among the next so many commits; beyond that nobody looked.
    NotWithin(usize),
}

impl Known {
    /// The same knowledge seen from `steps` commits further back.
    fn from(self, steps: usize) -> Self {
        match self {
            Self::At(commit, distance) => Self::At(commit, distance - steps),
            Self::Nowhere => Self::Nowhere,
            Self::NotWithin(n) => Self::NotWithin(n - steps),
        }
    }
}
