//! The account of an execution: what history and evidence say about it. The log and the report are written from this and
//! from nothing else, so they cannot contradict either.

use std::rc::Rc;

use crate::error::Result;
use crate::evidence::{Evidence, Run};
use crate::execution::{self, State};
use crate::gate::budget::{self, Escalation};
use crate::git::read::Reader;
use crate::history::{Header, History};
use crate::judge::Judge;
use crate::lock::{self, Lock, LockState};
use crate::model::{Change, CommitId, Finding, first_line};
use crate::plan::Task;
use crate::policy::Gate;
use crate::rule::{gates, is_record};
use crate::view;

/// The running execution, ready to give its account.
pub struct Execution {
    /// Read access.
    pub reader: Reader,
    /// Where HEAD points.
    pub head: CommitId,
    /// The branch, without `refs/heads/`; `None`: detached.
    pub branch: Option<Vec<u8>>,
    state: Rc<LockState>,
}

/// What happened since the rollback commit.
pub struct Account<'a> {
    /// The lock: plan, policy and rollback commit.
    pub lock: &'a Lock,
    /// The rollback commit itself.
    pub rollback: Step,
    /// Every task of the plan, in its order.
    pub tasks: Vec<TaskAccount<'a>>,
    /// Commits that name no task: records, merges, others. Parents before children.
    pub others: Vec<Step>,
    /// Commits that a merge brought and that stand under another lock, or none: their task IDs are another plan's.
    pub foreign: Vec<Step>,
    /// All that gates and people recorded under this lock, on any tree.
    pub evidence: Evidence,
    /// Gates that wait for a person's decision.
    pub escalations: Vec<Escalation>,
}

/// One task's part.
pub struct TaskAccount<'a> {
    /// As the locked plan has it.
    pub task: &'a Task,
    /// How it stands.
    pub state: State,
    /// The commit that did it, which may be older than the lock: one of an earlier lock of the same plan.
    pub stands: Option<Step>,
    /// Every commit since the lock that names it, reverted ones and reverts included. Parents before children.
    pub commits: Vec<Step>,
    /// The gates that apply to it, with the newest run that counts: on the tree of the commit that did it; for a task that
    /// is not done, the newest run for it on any tree.
    pub gates: Vec<(&'a Gate, Option<Run>)>,
}

/// One commit.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which.
    pub id: CommitId,
    /// Its first line, raw.
    pub subject: Vec<u8>,
    /// `name <mail>`, raw.
    pub author: Vec<u8>,
    /// When it was written: seconds since 1970, UTC.
    pub time: i64,
    /// How many parents it has.
    pub parents: usize,
    /// What it changed against its first parent.
    pub changes: Vec<Change>,
    /// It took back this commit of the same task.
    pub undoes: Option<CommitId>,
}

impl Step {
    /// What it changed outside of record paths.
    pub fn work<'a>(&'a self, lock: &'a Lock) -> impl Iterator<Item = &'a Change> {
        self.changes.iter().filter(|change| !is_record(&lock.policy, change))
    }
}

impl Execution {
    /// The execution that HEAD stands in.
    ///
    /// # Errors
    /// No plan is running, or something cannot be read.
    pub fn open() -> Result<Self> {
        let reader = Reader::open()?;
        let at = reader.head()?;
        let head = at.born()?;
        let judge = Judge::of_drafts(&reader);
        let policy = judge.policy(Some(head))?;
        let state = judge.lock_before(Some(head), &policy)?;
        view::running(&state)?;
        Ok(Self { reader, head, branch: at.branch, state })
    }

    /// The lock of the running plan.
    ///
    /// # Errors
    /// None is running.
    pub fn lock(&self) -> Result<&Lock> {
        view::running(&self.state)
    }

    /// Gathers what history and evidence say.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn account(&self) -> Result<Account<'_>> {
        let (reader, lock) = (&self.reader, self.lock()?);
        let judge = Judge::of_drafts(reader);
        let progress = judge.progress_at(Some(self.head), &self.state)?;
        let evidence = budget::of_execution(reader, lock)?;
        let rollback = lock.commit.unwrap_or(self.head);
        let mut tasks: Vec<TaskAccount<'_>> = execution::standings(lock, &progress, reader)?
            .into_iter()
            .map(|s| TaskAccount {
                task: s.task,
                state: s.state,
                stands: None,
                commits: Vec::new(),
                gates: Vec::new(),
            })
            .collect();
        let (mut others, mut foreign) = (Vec::new(), Vec::new());
        for id in reader.new_commits(self.head, &[rollback])? {
            let header = reader.header(id)?;
            let step = step(&header, reader.changes(id)?);
            if !self.is_own(&judge, &header)? {
                foreign.push(step);
                continue;
            }
            let names = if header.parents.len() > 1 { Vec::new() } else { lock::names(&header, lock) };
            if names.is_empty() {
                others.push(step);
                continue;
            }
            for task in tasks.iter_mut().filter(|t| names.contains(&t.task.id)) {
                let undoes = undone(reader, &task.commits, &header, &step)?;
                task.commits.push(Step { undoes, ..step.clone() });
            }
        }
        for task in &mut tasks {
            task.gates = self.gates(lock, task, &evidence)?;
            if let State::Done(id) = task.state {
                task.stands = Some(step(&reader.header(id)?, reader.changes(id)?));
            }
        }
        let names = lock.policy.gates.iter().filter(|gate| gate.required).map(|gate| gate.name.as_str());
        let pairs = names.flat_map(|gate| lock.plan.tasks.iter().map(move |task| (gate, &task.id)));
        let escalations =
            pairs.filter_map(|(gate, task)| budget::escalation(&evidence, lock, gate, task)).collect();
        let rollback = step(&reader.header(rollback)?, reader.changes(rollback)?);
        Ok(Account { lock, rollback, tasks, others, foreign, evidence, escalations })
    }

    /// Does the commit stand under this execution's lock?
    fn is_own(&self, judge: &Judge<'_>, header: &Header) -> Result<bool> {
        let lock = self.lock()?;
        let before = judge.lock_before(header.parents.first().copied(), &lock.policy)?;
        Ok(matches!(&*before, LockState::Locked(theirs) if theirs.commit == lock.commit))
    }

    /// Is the plan finished, so that plan and policy are free again? Empty commits do not finish one.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn finished(&self) -> Result<bool> {
        let progress = Judge::of_drafts(&self.reader).progress_at(Some(self.head), &self.state)?;
        progress.finished(self.lock()?, &self.reader)
    }

    /// What the rules find about the execution's own commits. A hook may have been skipped; history was not.
    ///
    /// # Errors
    /// Something could not be checked.
    pub fn findings(&self) -> Result<Vec<Finding>> {
        let (reader, judge) = (&self.reader, Judge::of_drafts(&self.reader));
        let rollback = self.lock()?.commit.unwrap_or(self.head);
        let mut all = Vec::new();
        for id in reader.new_commits(self.head, &[rollback])? {
            if self.is_own(&judge, &reader.header(id)?)? {
                all.extend(judge.judge(&reader.commit(id)?, None)?.findings);
            }
        }
        Ok(all)
    }

    fn gates<'a>(
        &self,
        lock: &'a Lock,
        task: &TaskAccount<'_>,
        all: &Evidence,
    ) -> Result<Vec<(&'a Gate, Option<Run>)>> {
        let done = match task.state {
            State::Done(id) => Some(id),
            _ => None,
        };
        let Some(id) = done else {
            let mine = |gate: &Gate| {
                let runs = all.runs.iter().rev();
                runs.into_iter()
                    .find(|r| r.gate == gate.name && r.task.as_ref() == Some(&task.task.id))
                    .cloned()
            };
            // Which paths it will change is not known yet: the scope stands for them.
            let all_gates = lock.policy.gates.iter();
            return Ok(all_gates
                .filter(|gate| gates::in_phase(gate, task.task))
                .map(|gate| (gate, mine(gate)))
                .collect());
        };
        let (header, changes) = (self.reader.header(id)?, self.reader.changes(id)?);
        let parent = header.parents.first().copied();
        let evidence = gates::of_commit(&self.reader, &lock.policy, parent, &changes)?;
        let applying = gates::applying(&lock.policy, &[task.task], &changes);
        Ok(applying.map(|gate| (gate, evidence.latest(&gate.name, &gate.run).cloned())).collect())
    }
}

fn step(header: &Header, changes: Vec<Change>) -> Step {
    let author = &header.author;
    let end = author.iter().rposition(|b| *b == b'>').map_or(0, |at| at + 1);
    let (who, when) = author.split_at_checked(end).unwrap_or((author, &[]));
    let seconds =
        std::str::from_utf8(when).ok().and_then(|when| when.split_whitespace().next()?.parse().ok());
    Step {
        id: header.id,
        subject: first_line(&header.message).to_vec(),
        author: who.to_vec(),
        time: seconds.unwrap_or(0),
        parents: header.parents.len(),
        changes,
        undoes: None,
    }
}

/// Which standing commit of the task this one takes back.
fn undone(reader: &Reader, before: &[Step], header: &Header, step: &Step) -> Result<Option<CommitId>> {
    let undone: Vec<CommitId> = before.iter().filter_map(|step| step.undoes).collect();
    for earlier in before.iter().rev().filter(|s| s.undoes.is_none() && !undone.contains(&s.id)) {
        if lock::reverts(reader, &step.changes, header.parents.first().copied(), earlier.id)? {
            return Ok(Some(earlier.id));
        }
    }
    Ok(None)
}
