//! The one evaluator behind every door: a commit meets the rules under its lock.
//!
//! A draft and a historic commit take the same path, so that the same commit gets the same verdict at every door
//! that can see it. What is remembered between commits (locks, progress) is only ever derived from the history.

mod branch;
mod walk;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::error::Result;
use crate::history::{Header, History};
use crate::lock::{self, Broken, Lock, LockState, Progress, Tree};
use crate::model::{Commit, CommitId, Finding, Level, Place, TaskId};
use crate::naming::{self, Naming};
use crate::policy::{Policy, When};
use crate::rule::{
    Check, Context, Door, Draft, Kind, RULES, gates, is_record, policy_edit, protected, show, test_first,
};

use branch::Gathered;
use walk::{Known, Nearest};

/// What became of one commit.
#[derive(Debug)]
pub struct Judged {
    /// Its kind.
    pub kind: Kind,
    /// `false`: the policy leaves commits like this one alone.
    pub judged: bool,
    /// What it violates.
    pub findings: Vec<Finding>,
    /// What a reader should know.
    pub notices: Vec<String>,
}

/// Does a push door ask for the evidence of gates?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proof {
    /// No: notes may not be here at all.
    #[default]
    NotAsked,
    /// Yes, at the level that the policy gives the rule.
    Asked,
    /// Yes, and a commit without it is refused whatever the policy says.
    Required,
}

/// Commits that are judged as if a plan had been locked just before them.
struct Replayed {
    lock: Rc<LockState>,
    commits: HashSet<CommitId>,
}

/// The evaluator for one run.
pub struct Judge<'a> {
    history: &'a dyn History,
    door: Door,
    approved: Option<[CommitId; 2]>,
    proof: Proof,
    /// The rules that are asked; `None`: all.
    only: Option<&'static [&'static str]>,
    replay: Option<Replayed>,
    /// At the push doors the policy of the target judges the whole branch.
    policy: Option<Rc<Policy>>,
    policies: RefCell<HashMap<CommitId, Rc<Policy>>>,
    nearest: RefCell<HashMap<CommitId, Known>>,
    locks: RefCell<HashMap<CommitId, Rc<LockState>>>,
    progress: RefCell<HashMap<CommitId, Rc<Progress>>>,
    gathered: RefCell<Gathered>,
}

impl<'a> Judge<'a> {
    /// For a commit door: every commit is judged by the policy that its own lock holds.
    pub fn of_drafts(history: &'a dyn History) -> Self {
        Self::new(history, Door::Commit, None, None)
    }

    /// For a push door: every commit is judged by the `policy` of the branch that it is to be merged into. What stands at
    /// the merge base or at the target is approved.
    pub fn of_range(history: &'a dyn History, approved: [CommitId; 2], policy: Rc<Policy>) -> Self {
        Self::new(history, Door::Push, Some(approved), Some(policy))
    }

    /// For a replay of `commits`: each is judged as if `lock` preceded them all, and what was done before them is not known.
    pub fn of_replay(history: &'a dyn History, lock: Lock, commits: &[CommitId]) -> Self {
        let policy = lock.policy.clone();
        let lock = Rc::new(LockState::Locked(Box::new(lock)));
        let replay = Some(Replayed { lock, commits: commits.iter().copied().collect() });
        Self { replay, ..Self::new(history, Door::Push, None, Some(policy)) }
    }

    /// Says whether a push door asks for the evidence of gates.
    #[must_use]
    pub fn asking(self, proof: Proof) -> Self {
        Self { proof, ..self }
    }

    /// Asks these rules only: of a file that is about to be written not all can be said that can be said of a commit.
    #[must_use]
    pub fn only(self, rules: &'static [&'static str]) -> Self {
        Self { only: Some(rules), ..self }
    }

    fn new(
        history: &'a dyn History,
        door: Door,
        approved: Option<[CommitId; 2]>,
        policy: Option<Rc<Policy>>,
    ) -> Self {
        Self {
            history,
            door,
            approved,
            proof: Proof::NotAsked,
            only: None,
            replay: None,
            policy,
            policies: RefCell::default(),
            nearest: RefCell::default(),
            locks: RefCell::default(),
            progress: RefCell::default(),
            gathered: RefCell::default(),
        }
    }

    /// The policy that stands at `commit`: the base's at the push doors, else the one in its tree.
    ///
    /// # Errors
    /// It cannot be used.
    pub fn policy(&self, commit: Option<CommitId>) -> Result<Rc<Policy>> {
        if let Some(policy) = &self.policy {
            return Ok(policy.clone());
        }
        let Some(commit) = commit else { return Ok(Rc::new(Policy::default())) };
        if let Some(known) = self.policies.borrow().get(&commit) {
            return Ok(known.clone());
        }
        let policy = lock::policy_at(self.history, commit).map_err(|e| lock::policy_trouble(&e, commit))?;
        let policy = Rc::new(policy);
        self.policies.borrow_mut().insert(commit, policy.clone());
        Ok(policy)
    }

    /// Judges one commit. `draft` is what is known of a commit that is still being made.
    ///
    /// # Errors
    /// Something could not be checked.
    pub fn judge(&self, commit: &Commit, draft: Option<&Draft>) -> Result<Judged> {
        let parent = commit.parents.first().copied();
        let surroundings = match self.policy(parent) {
            Ok(policy) => policy,
            // A commit that only mends the policy must stay possible, or a broken policy could never be mended.
            Err(e) => return mending_the_policy(commit, self.history)?.ok_or(e),
        };
        let before = self.lock_before(parent, &surroundings)?;
        let progress = self.progress_at(parent, &before)?;
        let kind = self.kind(commit, &surroundings, &before, &progress)?;
        let state = if kind == Kind::Rollback { self.lock_by(commit, &surroundings)? } else { before };
        let lock = match &*state {
            LockState::Locked(lock) => Some(lock.as_ref()),
            _ => None,
        };
        let policy = lock.map_or_else(|| surroundings.clone(), |lock| lock.policy.clone());
        let mut out = Judged { kind, judged: true, findings: Vec::new(), notices: notices(kind) };
        if policy.enforce.when == When::Plan && !self.enforced(kind, &state, lock, &progress)? {
            out.judged = false;
            if self.door == Door::Push {
                self.gather_unjudged(&commit.changes, &policy);
            }
            return Ok(out);
        }
        let naming = match (&commit.message, lock) {
            (Some(message), Some(lock)) => naming::of(message, &policy, &lock.plan),
            _ => Naming::Unknown,
        };
        let mut sides = Vec::new();
        for other in commit.parents.iter().skip(1).filter(|_| lock.is_some()) {
            let theirs = self.lock_before(Some(*other), &policy)?;
            if matches!((&*theirs, lock), (LockState::Locked(t), Some(l)) if t.commit == l.commit) {
                sides.push(self.progress_at(Some(*other), &theirs)?);
            }
        }
        let kind = match kind {
            // A commit of records that names a task and works in its scope is that task's commit.
            Kind::Record if works_on_a_task(commit, lock, &naming) => Kind::Task,
            other => other,
        };
        out.kind = kind;
        let context = Context {
            commit,
            kind,
            door: self.door,
            draft,
            policy: &policy,
            lock: &state,
            naming: &naming,
            progress: &progress,
            sides: &sides,
            approved: self.approved,
            evidence: self.proof != Proof::NotAsked || gates::asked_of(draft, commit.message.is_some()),
            history: self.history,
        };
        out.findings = self.findings(&context)?;
        out.notices.extend(test_first::exemptions(&context));
        let unreadable = policy_edit::unreadable(commit, self.history)?;
        out.findings.retain(|f| !unreadable.iter().any(|u| u.rule == f.rule && u.path == f.path));
        out.findings.extend(unreadable);
        if self.door == Door::Push {
            self.gather(&context, &out.findings)?;
        }
        Ok(out)
    }

    /// With `enforce.when = "plan"` only what follows an unfinished plan's rollback commit is judged.
    fn enforced(
        &self,
        kind: Kind,
        state: &LockState,
        lock: Option<&Lock>,
        progress: &Progress,
    ) -> Result<bool> {
        Ok(match (kind, state, lock) {
            (Kind::Rollback, ..) | (_, LockState::Broken(_) | LockState::TooFar(_), _) => true,
            (_, _, Some(lock)) => !progress.finished(lock, self.history)?,
            _ => false,
        })
    }

    fn kind(
        &self,
        commit: &Commit,
        policy: &Policy,
        before: &LockState,
        progress: &Progress,
    ) -> Result<Kind> {
        let all = |test: &dyn Fn(&crate::model::Change) -> bool| {
            !commit.changes.is_empty() && commit.changes.iter().all(test)
        };
        Ok(match commit.parents.len() {
            0 => Kind::Root,
            1 if lock::topic(commit.subject(), policy).is_some() => Kind::Rollback,
            1 if all(&|c| is_record(policy, c)) => Kind::Record,
            1 if all(&|c| protected::guards(&c.path).is_some()) && !self.runs(before, progress)? => {
                Kind::Policy
            }
            1 => Kind::Task,
            _ => Kind::Merge,
        })
    }

    fn runs(&self, before: &LockState, progress: &Progress) -> Result<bool> {
        match before {
            LockState::Locked(lock) => Ok(!progress.finished(lock, self.history)?),
            LockState::TooFar(_) => Ok(true),
            LockState::Absent | LockState::Broken(_) => Ok(false),
        }
    }

    /// The lock under which a commit with this first parent stands.
    ///
    /// # Errors
    /// Something could not be checked.
    pub fn lock_before(&self, parent: Option<CommitId>, policy: &Rc<Policy>) -> Result<Rc<LockState>> {
        if let Some(replay) = &self.replay {
            return Ok(replay.lock.clone());
        }
        let Some(parent) = parent else { return Ok(Rc::new(LockState::Absent)) };
        let max = policy.rollback.max_distance;
        match self.nearest(parent, policy, max)? {
            Nearest::At(commit) => self.lock_of(commit, policy),
            Nearest::None => Ok(Rc::new(LockState::Absent)),
            Nearest::TooFar => Ok(Rc::new(LockState::TooFar(max))),
        }
    }

    /// What a rollback commit of the history locks.
    fn lock_of(&self, commit: CommitId, around: &Rc<Policy>) -> Result<Rc<LockState>> {
        if let Some(known) = self.locks.borrow().get(&commit) {
            return Ok(known.clone());
        }
        let header = self.history.header(commit)?;
        let tree = Tree { history: self.history, commit: Some(commit), changes: &[] };
        let changes = self.history.changes(commit)?;
        let state = Rc::new(self.read_lock(&tree, &header, Some(commit), &changes, around)?);
        self.locks.borrow_mut().insert(commit, state.clone());
        Ok(state)
    }

    /// What the rollback commit under judgement locks.
    fn lock_by(&self, commit: &Commit, around: &Rc<Policy>) -> Result<Rc<LockState>> {
        if let Some(replay) = &self.replay {
            return Ok(replay.lock.clone());
        }
        if let Some(id) = commit.id {
            return self.lock_of(id, around);
        }
        let parent = commit.parents.first().copied();
        let tree = Tree { history: self.history, commit: parent, changes: &commit.changes };
        let message = commit.message.clone().unwrap_or_default();
        let zero = CommitId::zero();
        let header = Header {
            id: zero,
            tree: zero,
            parents: commit.parents.clone(),
            author: Vec::new(),
            encoding: None,
            message,
            defects: Vec::new(),
        };
        self.read_lock(&tree, &header, None, &commit.changes, around).map(Rc::new)
    }

    fn read_lock(
        &self,
        tree: &Tree<'_>,
        header: &Header,
        commit: Option<CommitId>,
        changes: &[crate::model::Change],
        around: &Rc<Policy>,
    ) -> Result<LockState> {
        let own = match &self.policy {
            Some(policy) => policy.clone(),
            None => match lock::policy_in(tree)? {
                Ok(policy) => Rc::new(policy),
                Err(e) => {
                    let reason = format!("its policy cannot be used: {e}");
                    let help = e.help_lines().to_vec();
                    return Ok(LockState::Broken(Broken { commit, reason, path: None, help }));
                }
            },
        };
        // What it may carry is decided by the policy before it; only a repository that had none takes its own.
        let before = match header.parents.first() {
            Some(parent) if self.policy.is_none() => self.policy(Some(*parent))?,
            _ => around.clone(),
        };
        let judge = if before.source.is_some() { &before } else { &own };
        if let Some(change) = lock::carries_too_much(changes, judge) {
            return Ok(LockState::Broken(carries_too_much(commit, change)));
        }
        Ok(match lock::read(tree, commit, &header.message, own)? {
            Ok(lock) => LockState::Locked(Box::new(lock)),
            Err(broken) => LockState::Broken(broken),
        })
    }

    /// Runs every rule that applies, and fills in what is the same for all findings of a commit.
    fn findings(&self, context: &Context<'_>) -> Result<Vec<Finding>> {
        let mut all = Vec::new();
        for rule in RULES {
            let level = match context.policy.level_of(rule.name, rule.level) {
                _ if self.proof == Proof::Required && rule.name == gates::NAME => Level::Deny,
                level => level,
            };
            let applies =
                rule.kinds.contains(&context.kind) && (context.door == Door::Push || !rule.push_only);
            let Check::Commit(check) = rule.check else { continue };
            let left_out = self.replay.is_some() && rule.needs_a_running_plan();
            let asked = self.only.is_none_or(|only| only.contains(&rule.name));
            if level == Level::Off || !applies || left_out || !asked {
                continue;
            }
            for mut finding in check(context)? {
                finding.rule = rule.name;
                if finding.level == Level::Off {
                    finding.level = level;
                }
                finding.commit = context.commit.id;
                finding.subject = context.commit.subject().to_vec();
                finding.task = context.naming.tasks().first().cloned();
                finding.place =
                    place(context.lock, finding.task.as_ref()).or_else(|| changed(context.commit));
                all.push(finding);
            }
        }
        Ok(all)
    }
}

/// Where a person reads what is asked: the task in the locked plan, or the plan.
fn place(lock: &LockState, task: Option<&TaskId>) -> Option<Place> {
    let LockState::Locked(lock) = lock else { return None };
    let task = lock.plan.tasks.iter().find(|known| Some(&known.id) == task);
    Some(task.map_or_else(|| Place::file(&lock.plan.path), |task| lock.plan.place(task.line)))
}

/// A file that the commit changes, for findings about the commit as a whole.
fn changed(commit: &Commit) -> Option<Place> {
    let path = commit.changes.iter().find_map(|change| std::str::from_utf8(&change.path).ok())?;
    Some(Place::file(path))
}

fn works_on_a_task(commit: &Commit, lock: Option<&Lock>, naming: &Naming) -> bool {
    let tasks = lock.map(|lock| lock.plan.tasks.as_slice()).unwrap_or_default();
    let named = tasks.iter().filter(|task| naming.tasks().contains(&task.id));
    named
        .filter_map(|task| task.scope.as_ref())
        .any(|scope| commit.changes.iter().any(|c| scope.matches(&c.path)))
}

fn notices(kind: Kind) -> Vec<String> {
    match kind {
        Kind::Root => {
            vec!["a root commit: there is nothing yet to roll back to, so it is accepted".to_owned()]
        }
        Kind::Policy => vec!["a policy commit, while no plan is running: it needs no task".to_owned()],
        _ => Vec::new(),
    }
}

/// `None`: the commit does more than to mend the policy.
fn mending_the_policy(commit: &Commit, history: &dyn History) -> Result<Option<Judged>> {
    let files = crate::policy::POLICY_FILES;
    let only = commit.parents.len() == 1
        && !commit.changes.is_empty()
        && commit.changes.iter().all(|c| files.iter().any(|f| f.as_bytes() == c.path));
    if !only {
        return Ok(None);
    }
    let note = "the policy before this commit cannot be used; a commit of the policy file alone may mend it";
    Ok(Some(Judged {
        kind: Kind::Policy,
        judged: true,
        findings: policy_edit::unreadable(commit, history)?,
        notices: vec![note.to_owned()],
    }))
}

fn carries_too_much(commit: Option<CommitId>, change: &crate::model::Change) -> Broken {
    Broken {
        commit,
        reason: format!("it carries {}, and may carry only records", show(&change.path)),
        path: Some(change.path.clone()),
        help: vec!["commit that first, or set rollback.carries = \"anything\" in guard.toml".to_owned()],
    }
}
