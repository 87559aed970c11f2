//! `guard next`: which task of the running plan to work on, and who works on what.
//!
//! A worktree that takes a task with `--claim` keeps it, done or not, until the commit is in the history of whoever asks:
//! what another worktree has done and nobody has merged yet is not to be done again.

mod claim;
mod show;
mod wave;

use crate::error::{Error, Result};
use crate::execution::{self, Standing, State};
use crate::git::read::Reader;
use crate::git::run;
use crate::judge::Judge;
use crate::lock::{Lock, LockState};
use crate::model::{CommitId, ObjectId, TaskId};
use crate::plan::Task;
use crate::report::Style;
use crate::view;

use claim::{Claim, Claims};

/// What the command line asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request {
    /// Take the task for this worktree.
    pub claim: bool,
    /// Give back what this worktree has taken and not done.
    pub release: bool,
    /// Show all that is left, in the order in which it can be done.
    pub all: bool,
    /// For machines.
    pub json: bool,
}

/// Where a claim of another worktree stands, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Not done yet.
    InWork,
    /// Done in a history that is not merged here.
    DoneThere,
}

/// A task that another worktree has, and that is not done here.
struct Busy<'a> {
    task: &'a Task,
    claim: Claim,
    held: Held,
}

/// All that is known before an answer is given.
struct Situation<'a> {
    lock: &'a Lock,
    standings: Vec<Standing<'a>>,
    mine: Vec<Claim>,
    busy: Vec<Busy<'a>>,
    /// Claims of worktrees that are no more.
    stale: Vec<Claim>,
    notes: Vec<String>,
}

/// The task, or why there is none.
enum Answer<'a> {
    Task {
        task: &'a Task,
        claimed: bool,
    },
    Done,
    /// Each task that is ready, and why it cannot be taken.
    Held(Vec<(&'a TaskId, String)>),
}

/// The answer, and whether there is a task.
///
/// # Errors
/// No plan is running, or something could not be checked.
pub fn run(request: Request) -> Result<(String, bool)> {
    let reader = Reader::open()?;
    let judge = Judge::of_drafts(&reader);
    let head = reader.head()?.commit;
    let state = judge.lock_before(head, &judge.policy(head)?)?;
    let lock = view::running(&state)?;
    let claims = Claims::of(&reader, lock)?;
    // Whoever takes or gives back is alone with all claims until the answer is given.
    let alone = if request.claim || request.release { Some(claims.alone()?) } else { None };
    let mut situation = Situation::of(&reader, &judge, &state, &claims)?;
    if request.release {
        situation.release(&claims)?;
    }
    let mut answer = situation.choose(&reader);
    if let (Answer::Task { task, claimed }, true) = (&mut answer, request.claim)
        && !*claimed
    {
        situation.take(task, &reader, &claims)?;
        *claimed = true;
    }
    drop(alone);
    let waves = request.all.then(|| wave::waves(lock, &situation.standings));
    let found = matches!(answer, Answer::Task { .. });
    let text = match (request.json, &waves) {
        (true, _) => show::json(&situation, &answer, waves.as_deref()),
        (false, Some(waves)) => show::all(&situation, waves, Style::stdout()),
        (false, None) if request.release => show::released(&situation),
        (false, None) => show::text(&situation, &answer, Style::stdout()),
    };
    // What was given back, and a list, are answers as they are.
    Ok((text, found || request.release || request.all))
}

/// The task that this worktree has claimed and can work on; `None`: it has claimed none, or no plan is running.
///
/// # Errors
/// Something could not be checked.
pub fn claimed(reader: &Reader) -> Result<Option<TaskId>> {
    let judge = Judge::of_drafts(reader);
    let head = reader.head()?.commit;
    let state = judge.lock_before(head, &judge.policy(head)?)?;
    let LockState::Locked(lock) = &*state else { return Ok(None) };
    let mine = Claims::of(reader, lock)?.of_this_worktree()?;
    if mine.is_empty() {
        return Ok(None);
    }
    let standings = execution::standings(lock, &*judge.progress_at(head, &state)?, reader)?;
    Ok(own(&standings, &mine).map(|task| task.id.clone()))
}

/// The first ready task among one's own claims.
fn own<'a>(standings: &[Standing<'a>], mine: &[Claim]) -> Option<&'a Task> {
    let mut ready = standings.iter().filter(|s| s.state == State::Ready).map(|s| s.task);
    ready.find(|task| mine.iter().any(|claim| claim.task == task.id))
}

impl<'a> Situation<'a> {
    fn of(reader: &Reader, judge: &Judge<'_>, state: &'a LockState, claims: &Claims) -> Result<Self> {
        let LockState::Locked(lock) = state else {
            return Err(Error::plan("no plan is running").help("guard start <plan>"));
        };
        let head = reader.head()?.commit;
        let standings = execution::standings(lock, &*judge.progress_at(head, state)?, reader)?;
        let mut found = Self {
            lock,
            standings,
            mine: Vec::new(),
            busy: Vec::new(),
            stale: Vec::new(),
            notes: Vec::new(),
        };
        for claim in claims.all()? {
            let Some(standing) = found.standings.iter().find(|s| s.task.id == claim.task) else { continue };
            let task = standing.task;
            if claims.is_mine(&claim) {
                found.mine.push(claim);
            } else if !standing.state.is_done() {
                match holds(reader, judge, lock, claims, &claim)? {
                    Some(held) => found.busy.push(Busy { task, claim, held }),
                    None => found.stale.push(claim),
                }
            }
        }
        Ok(found)
    }

    fn choose(&self, reader: &Reader) -> Answer<'a> {
        if self.standings.iter().all(|s| s.state.is_done()) {
            return Answer::Done;
        }
        if let Some(task) = own(&self.standings, &self.mine) {
            return Answer::Task { task, claimed: true };
        }
        let bare = reader.work_tree().is_none();
        let mut reasons = Vec::new();
        for standing in self.standings.iter().filter(|s| s.state == State::Ready) {
            let task = standing.task;
            match self.obstacle(task) {
                Some(reason) => reasons.push((&task.id, reason)),
                None if bare => reasons.push((&task.id, "a bare repository has no work tree".to_owned())),
                None => return Answer::Task { task, claimed: false },
            }
        }
        Answer::Held(reasons)
    }

    /// Why the task cannot be taken here now.
    fn obstacle(&self, task: &Task) -> Option<String> {
        let beside = |busy: &Busy<'_>| {
            if busy.task.id == task.id {
                return Some(show::held(busy));
            }
            let why = wave::not_beside(task, busy.task, &self.lock.policy)?;
            Some(format!("cannot run beside {}, which {} has: {why}", busy.task.id, busy.claim.worktree))
        };
        self.busy.iter().find(|busy| busy.task.id == task.id).into_iter().chain(&self.busy).find_map(beside)
    }

    fn take(&mut self, task: &Task, reader: &Reader, claims: &Claims) -> Result<()> {
        for claim in self.stale.iter().filter(|claim| claim.task == task.id) {
            claims.give_back(claim)?;
            self.notes.push(format!("taken over: {} had it, and is gone", claim.worktree));
        }
        self.mine.push(claims.take(&task.id, reader)?);
        Ok(())
    }

    /// Gives back what is not done. What is done stays: elsewhere it may not be merged yet.
    fn release(&mut self, claims: &Claims) -> Result<()> {
        let done = |id: &TaskId| self.standings.iter().any(|s| s.task.id == *id && s.state.is_done());
        let (kept, given): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.mine).into_iter().partition(|claim| done(&claim.task));
        for claim in given {
            claims.give_back(&claim)?;
            self.notes.push(format!("released {}", claim.task));
        }
        if self.notes.is_empty() {
            self.notes.push("this worktree has claimed no open task".to_owned());
        }
        self.mine = kept;
        Ok(())
    }
}

/// Does another worktree's claim hold, and how? `None`: the worktree is gone and has left nothing behind.
fn holds(
    reader: &Reader,
    judge: &Judge<'_>,
    lock: &Lock,
    claims: &Claims,
    claim: &Claim,
) -> Result<Option<Held>> {
    let place = claims.head_of(claim)?;
    let tip = match (&place, &claim.branch) {
        (Some(head), _) => Some(head.clone()),
        (None, Some(branch)) => Some(format!("refs/heads/{branch}")),
        (None, None) => None,
    };
    let done = match tip.map(|tip| commit(reader, &tip)).transpose()?.flatten() {
        Some(tip) => is_done(reader, judge, lock, &claim.task, tip)?,
        None => false,
    };
    Ok(match (done, place) {
        (true, _) => Some(Held::DoneThere),
        (false, Some(_)) => Some(Held::InWork),
        (false, None) => None,
    })
}

/// git resolves the names of other worktrees' heads.
fn commit(reader: &Reader, name: &str) -> Result<Option<CommitId>> {
    let spec = format!("{name}^{{commit}}");
    let hex = run::answer(reader.git_dir(), &["rev-parse", "--verify", "-q", "--end-of-options", &spec])?;
    Ok(hex.and_then(|hex| ObjectId::from_hex(&hex)))
}

/// Is the task done at `tip`, under this very lock?
fn is_done(reader: &Reader, judge: &Judge<'_>, lock: &Lock, task: &TaskId, tip: CommitId) -> Result<bool> {
    let state = judge.lock_before(Some(tip), &lock.policy)?;
    match &*state {
        LockState::Locked(there) if there.commit == lock.commit => {
            Ok(judge.progress_at(Some(tip), &state)?.done(task, there, reader)?.is_some())
        }
        _ => Ok(false),
    }
}
