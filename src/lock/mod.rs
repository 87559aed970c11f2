//! The lock: plan and policy as they stand in the rollback commit's tree, and what has been done since.

mod claims;
mod progress;
mod references;
mod tickets;

use std::rc::Rc;

pub use claims::doubtful;
pub use progress::{Progress, is_formal, reverts};
pub use references::unresolved;
pub use tickets::tickets_beside;

use crate::error::{Error, Result};
use crate::history::{Header, History};
use crate::message;
use crate::model::{Change, CommitId, RepoPath, TaskId, first_line};
use crate::naming::{self, Naming};
use crate::plan::{self, Document, Plan};
use crate::policy::{self, POLICY_FILES, Policy};
use crate::rule::{self, is_record};

/// A valid rollback commit and what it locks.
#[derive(Debug)]
pub struct Lock {
    /// The rollback commit; `None` while it is being made.
    pub commit: Option<CommitId>,
    /// The plan's path.
    pub path: RepoPath,
    /// The topic in the subject, normalised.
    pub topic: String,
    /// The plan as it stands there.
    pub plan: Plan,
    /// The plan's bytes.
    pub text: Vec<u8>,
    /// The plan's tickets, by path.
    pub tickets: Vec<Document>,
    /// The policy as it stands there.
    pub policy: Rc<Policy>,
}

/// What the search for a rollback commit found.
#[derive(Debug)]
pub enum LockState {
    /// None precedes the commit.
    Absent,
    /// None within `rollback.max_distance`.
    TooFar(usize),
    /// There is one, but it locks nothing: what is wrong with it, and what to do.
    Broken(Broken),
    /// There is one.
    Locked(Box<Lock>),
}

/// A rollback commit that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which; `None` while it is being made.
    pub commit: Option<CommitId>,
    /// One sentence.
    pub reason: String,
    /// The path at fault, where there is one.
    pub path: Option<RepoPath>,
    /// What to type next.
    pub help: Vec<String>,
}

/// The policy in a commit's tree; the built-in defaults where it has none.
///
/// # Errors
/// The file there cannot be used.
pub fn policy_at(history: &dyn History, commit: CommitId) -> Result<Policy> {
    policy_in(&Tree { history, commit: Some(commit), changes: &[] })?
}

/// The policy file that `GUARD_CONFIG` names. It takes the place of every other policy: CI can so bring its own.
///
/// # Errors
/// The file cannot be read or used.
pub fn environment() -> Result<Option<Policy>> {
    let Some(file) = std::env::var_os("GUARD_CONFIG").filter(|f| !f.is_empty()) else { return Ok(None) };
    let shown = file.to_string_lossy().into_owned();
    let text = std::fs::read(&file).map_err(|e| {
        Error::policy(format!("the policy that GUARD_CONFIG names cannot be read: {e}"))
            .at(crate::model::Place::file(&shown))
            .help("unset GUARD_CONFIG            takes the repository's own policy")
    })?;
    policy::parse(&shown, &text, &rule::names()).map(Some)
}

/// The policy in a tree that may be a draft's; the inner error is what is wrong with it.
///
/// # Errors
/// Objects that cannot be read.
pub fn policy_in(tree: &Tree<'_>) -> Result<Result<Policy>> {
    for file in POLICY_FILES {
        if let Some(text) = tree.file(file.as_bytes())? {
            return Ok(policy::parse(file, &text, &rule::names()));
        }
    }
    Ok(Ok(Policy::default()))
}

/// The topic, when `subject` is the subject of a rollback commit under `policy`.
pub fn topic<'a>(subject: &'a [u8], policy: &Policy) -> Option<&'a [u8]> {
    let (before, after) = policy.rollback.subject.split_once("<topic>")?;
    let topic = subject.strip_prefix(before.as_bytes())?.strip_suffix(after.as_bytes())?;
    (!topic.trim_ascii().is_empty()).then_some(topic)
}

/// Is this commit a rollback commit by its structure?
pub fn is_rollback(header: &Header, policy: &Policy) -> bool {
    header.parents.len() == 1 && topic(first_line(&header.message), policy).is_some()
}

/// Where the tree is that holds the plan: a commit, or (for a draft) its parent with the draft's changes.
pub struct Tree<'a> {
    /// Read access.
    pub history: &'a dyn History,
    /// The commit, or the draft's parent.
    pub commit: Option<CommitId>,
    /// The draft's changes.
    pub changes: &'a [Change],
}

impl Tree<'_> {
    /// The bytes of a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(&self, path: &[u8]) -> Result<Option<Vec<u8>>> {
        if let Some(change) = self.changes.iter().find(|c| c.path == path) {
            return change.new.map(|entry| self.history.blob(entry.id)).transpose();
        }
        self.commit.map_or(Ok(None), |commit| self.history.file(commit, path))
    }

    /// What stands at a path.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn entry(&self, path: &[u8]) -> Result<Option<crate::model::Entry>> {
        if let Some(change) = self.changes.iter().find(|c| c.path == path) {
            return Ok(change.new);
        }
        self.commit.map_or(Ok(None), |commit| self.history.entry(commit, path))
    }

    /// Every plan document, by path.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn plans(&self, policy: &Policy) -> Result<Vec<RepoPath>> {
        let keep = |path: &[u8]| {
            if path.ends_with(b"/") { policy.plan.paths.reaches(path) } else { policy.is_plan_path(path) }
        };
        self.files(&keep)
    }

    /// All files for which `keep` says yes, by path. `keep` is asked about directories too, with a trailing `/`.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn files(&self, keep: &dyn Fn(&[u8]) -> bool) -> Result<Vec<RepoPath>> {
        let mut found = self.commit.map_or(Ok(Vec::new()), |commit| self.history.files(commit, keep))?;
        found.retain(|path| !self.changes.iter().any(|c| c.path == *path && c.new.is_none()));
        let added = self.changes.iter().filter(|c| c.new.is_some() && keep(&c.path));
        found.extend(added.map(|c| c.path.clone()));
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Reads what a rollback commit locks.
///
/// # Errors
/// Objects that cannot be read. A commit that locks nothing is no error but `Err(Broken)` inside.
pub fn read(
    tree: &Tree<'_>,
    commit: Option<CommitId>,
    text: &[u8],
    policy: Rc<Policy>,
) -> Result<Result<Lock, Broken>> {
    let broken = |reason: String| Broken { commit, reason, path: None, help: Vec::new() };
    let Some(topic) = topic(first_line(text), &policy) else {
        return Ok(Err(broken("its subject names no topic".to_owned())));
    };
    let topic = String::from_utf8_lossy(topic).into_owned();
    let path = match message::trailer(text, "Guard-Plan") {
        Some(path) => path,
        None => match by_topic(tree, &topic, &policy)? {
            Ok(path) => path,
            Err(reason) => return Ok(Err(Broken { commit, ..reason })),
        },
    };
    let shown = rule::show(&path);
    if !policy.is_plan_path(&path) {
        return Ok(Err(broken(format!("{shown} lies outside plan.paths, so it is no plan"))));
    }
    let Some(bytes) = tree.file(&path)? else {
        return Ok(Err(broken(format!("the plan {shown} is not in its tree"))));
    };
    let tickets = tree.tickets(&path)?;
    let mut plan = match plan::read_with(&shown, &bytes, &tickets) {
        Ok(plan) => plan,
        Err(e) => {
            return Ok(Err(Broken {
                help: e.help_lines().to_vec(),
                ..broken(format!("its plan cannot be used: {e}"))
            }));
        }
    };
    overlay(&mut plan, &policy);
    if !plan::names_topic(&shown, plan.topic.as_deref(), &topic) {
        let known = plan::topics_of(&shown, plan.topic.as_deref());
        let reason =
            format!("its subject says {topic:?}, but {shown} is about {:?}", known.first().map_or("", |s| s));
        return Ok(Err(broken(reason)));
    }
    plan.problems.extend(unresolved(&plan, tree)?);
    if let Some(problem) = plan::blocking(&plan).first() {
        let reason =
            format!("its plan cannot be executed: {}: {}", plan.place(problem.line), problem.message);
        return Ok(Err(Broken { help: problem.help.clone(), ..broken(reason) }));
    }
    let topic = plan::normalise_topic(&topic);
    Ok(Ok(Lock { commit, path, topic, plan, text: bytes, tickets, policy }))
}

/// Gives a plan the scopes that the policy's overlay has for it.
pub fn overlay(plan: &mut Plan, policy: &Policy) {
    if let Some(overlay) = policy.overlay_of(&plan.path) {
        plan::apply_overlay(plan, policy.source.as_deref().unwrap_or_default(), &overlay.scopes);
    }
}

/// The one plan of the tree whose topic is `topic`; never a guess.
fn by_topic(tree: &Tree<'_>, topic: &str, policy: &Policy) -> Result<Result<RepoPath, Broken>> {
    let plans = tree.plans(policy)?;
    let mut matching = Vec::new();
    for path in &plans {
        let shown = rule::show(path);
        let mut names = plan::names_topic(&shown, None, topic);
        // A topic inside of the document counts too.
        if !names && let Some(text) = tree.file(path)? {
            let declared = plan::read(&shown, &text).ok().and_then(|p| p.topic);
            names = plan::names_topic(&shown, declared.as_deref(), topic);
        }
        if names {
            matching.push(path.clone());
        }
    }
    let list = |paths: &[RepoPath]| paths.iter().take(8).map(|p| format!("  {}", rule::show(p))).collect();
    Ok(match matching.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let reason = if plans.is_empty() {
                format!("no plan is about {topic:?}: its tree has no plan document at all")
            } else {
                format!("no plan in its tree is about {topic:?}; these are there")
            };
            Err(Broken { commit: None, reason, path: None, help: list(&plans) })
        }
        several => {
            let reason = format!(
                "{} plans are about {topic:?}; name one with the trailer Guard-Plan: <path>",
                several.len()
            );
            Err(Broken { commit: None, reason, path: None, help: list(several) })
        }
    })
}

/// What a rollback commit carries that it may not: the first such path.
pub fn carries_too_much<'a>(changes: &'a [Change], policy: &Policy) -> Option<&'a Change> {
    match policy.rollback.carries {
        policy::Carries::Anything => None,
        policy::Carries::Records => changes.iter().find(|c| !is_record(policy, c)),
    }
}

/// The tasks that a commit of the history names under a lock; empty when it names none validly.
pub fn names(header: &Header, lock: &Lock) -> Vec<TaskId> {
    match naming::of(&header.message, &lock.policy, &lock.plan) {
        Naming::Tasks(tasks) | Naming::Several(tasks) => tasks,
        _ => Vec::new(),
    }
}

/// "Could not check": the policy of a commit cannot be used.
pub fn policy_trouble(e: &Error, commit: CommitId) -> Error {
    if e.kind() != crate::error::Kind::Policy {
        return e.clone();
    }
    let mut error = Error::policy(format!("{} (in commit {})", e.message(), commit.short()));
    if let Some(place) = e.place() {
        error = error.at(place.clone());
    }
    for line in e.help_lines() {
        error = error.help(line.clone());
    }
    error.help("git commit guard.toml         a commit of the policy file alone may mend it")
}
