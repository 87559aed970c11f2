//! What the report says: the account of the execution, and what follows from it.

use std::path::Path;

use super::coverage::{self, Issue, Requirement};
use super::ledger::{self, Entry};
use super::link::Site;
use crate::account::{Account, Execution, Step, TaskAccount};
use crate::error::Result;
use crate::evidence::{Outcome, Run};
use crate::execution::State;
use crate::git::read::Reader;
use crate::git::run;
use crate::history::History;
use crate::journal;
use crate::message;
use crate::model::{CommitId, Finding, Level};
use crate::plan::Phase;
use crate::platform;
use crate::rule::show;

/// How the execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing is open.
    Complete,
    /// Something is left to do.
    Incomplete,
    /// A gate waits for a person's decision.
    Blocked,
}

impl Status {
    /// The word in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Blocked => "blocked",
        }
    }
}

/// Everything that a format may say.
pub struct Summary<'a> {
    /// What history and evidence say.
    pub account: &'a Account<'a>,
    /// The conclusion.
    pub status: Status,
    /// What stands between the execution and its completion.
    pub issues: Vec<Issue>,
    /// What to do next, with what to type.
    pub next: String,
    /// What the locked plan's tasks say they cover.
    pub requirements: Vec<Requirement>,
    /// Where history left the straight line: one commit a task, no reverts, nothing else.
    pub deviations: Vec<Entry>,
    /// What passed although it is not the rule.
    pub exceptions: Vec<Entry>,
    /// What the evidence does not rule out.
    pub risks: Vec<String>,
    /// Where and with what the report was written.
    pub about: About,
}

/// Where and with what the report was written.
pub struct About {
    /// guard's version.
    pub guard: &'static str,
    /// What `git --version` says.
    pub git: String,
    /// Operating system and processor.
    pub system: String,
    /// The branch; `None`: detached.
    pub branch: Option<String>,
    /// Where HEAD points.
    pub head: CommitId,
    /// When the newest commit was written.
    pub ended: i64,
    /// The site of `origin`.
    pub site: Option<Site>,
    /// Where the plan says its test specification is.
    pub test_spec: Option<String>,
    /// The execution log that names this rollback commit.
    pub log: Option<String>,
    /// Where this report is written to; `None`: nowhere but to standard output.
    pub output: Option<String>,
}

impl<'a> Summary<'a> {
    /// Draws the conclusions.
    ///
    /// # Errors
    /// Something could not be checked.
    pub fn of(execution: &'a Execution, account: &'a Account<'a>, output: Option<&str>) -> Result<Self> {
        let findings = execution.findings()?;
        let refused: Vec<&Finding> = findings.iter().filter(|f| f.level == Level::Deny).collect();
        let requirements = coverage::requirements(account);
        let issues = coverage::issues(account, &requirements, &refused, execution.finished()?);
        let status = match (account.escalations.is_empty(), issues.is_empty()) {
            (false, _) => Status::Blocked,
            (true, false) => Status::Incomplete,
            (true, true) => Status::Complete,
        };
        Ok(Self {
            status,
            next: coverage::next(account, &issues),
            deviations: ledger::deviations(account, &refused),
            exceptions: ledger::exceptions(account, &findings),
            risks: ledger::risks(account, &requirements),
            about: About::of(execution, account, output)?,
            account,
            issues,
            requirements,
        })
    }

    /// Every commit that the report names, the rollback commit first, each once.
    pub(super) fn commits(&self) -> Vec<CommitId> {
        let tasks = self.account.tasks.iter();
        let steps = tasks.flat_map(|task| task.stands.iter().chain(&task.commits));
        let steps = steps.chain(&self.account.others).chain(&self.account.foreign);
        let mut all = vec![self.account.rollback.id];
        for id in steps.map(|step| step.id).chain([self.about.head]) {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        all
    }
}

impl About {
    fn of(execution: &Execution, account: &Account<'_>, output: Option<&str>) -> Result<Self> {
        let reader = &execution.reader;
        let dir = reader.work_tree().unwrap_or_else(|| reader.git_dir());
        let git = show(&run::output(dir, &["--version"])?);
        let site = match reader.config("remote.origin.url") {
            // git knows the abbreviations that stand in the configuration.
            Some(_) => Site::of_remote(&show(&run::output(dir, &["remote", "get-url", "origin"])?)),
            None => None,
        };
        let mut specs = account.lock.plan.references.iter();
        Ok(Self {
            guard: env!("CARGO_PKG_VERSION"),
            git: git.trim_start_matches("git version ").to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            branch: execution.branch.as_deref().map(show),
            head: execution.head,
            ended: ended(account, execution.head),
            site,
            test_spec: specs.find(|spec| spec.label == "Test spec").map(|spec| spec.path.clone()),
            log: log(reader, execution.head, account)?,
            output: output.map(|file| below(reader.work_tree(), file)),
        })
    }
}

/// When the newest commit was written.
fn ended(account: &Account<'_>, head: CommitId) -> i64 {
    let steps = account.tasks.iter().flat_map(|task| &task.commits).chain(&account.others);
    let newest = steps.chain(&account.foreign).find(|step| step.id == head);
    newest.unwrap_or(&account.rollback).time
}

/// A path as the repository names it, where it is in the repository.
fn below(top: Option<&Path>, file: &str) -> String {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.into());
    let top = top.and_then(|top| platform::canonicalize(top).ok());
    // The file need not be there yet, nor the folders above it: links are followed as far as there is something.
    let mut there = absolute.as_path();
    while !there.exists() {
        let Some(parent) = there.parent() else { break };
        there = parent;
    }
    let rest = absolute.strip_prefix(there).unwrap_or(Path::new(""));
    let whole =
        platform::canonicalize(there).map(|folder| folder.join(rest)).unwrap_or_else(|_| absolute.clone());
    let inside = top.and_then(|top| whole.strip_prefix(top).ok().map(Path::to_path_buf));
    inside.unwrap_or(whole).to_string_lossy().trim_end_matches('/').to_owned()
}

/// The Markdown record in HEAD's tree whose front matter names the rollback commit.
fn log(reader: &Reader, head: CommitId, account: &Account<'_>) -> Result<Option<String>> {
    let policy = &account.lock.policy;
    let keep = |path: &[u8]| {
        path.ends_with(b"/") && (policy.plan.records.reaches(path) || policy.plan.paths.reaches(path))
            || journal::is_log_name(path) && policy.is_record(path)
    };
    for path in reader.files(head, &keep)? {
        if reader.file(head, &path)?.is_some_and(|text| journal::is_log_of(&text, account.rollback.id)) {
            return Ok(Some(show(&path)));
        }
    }
    Ok(None)
}

/// What a commit is to a task that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It did the task.
    Stands,
    /// It did it, and was taken back.
    Reverted,
    /// It took another back.
    Revert,
    /// `fixup!` and the like: to be squashed.
    Fixup,
    /// Records under the task's name.
    Record,
    /// Another commit for a task that has one.
    Second,
}

impl Role {
    /// The word in the contract.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Reverted => "reverted",
            Self::Revert => "revert",
            Self::Fixup => "fixup",
            Self::Record => "record",
            Self::Second => "second",
        }
    }

    /// Of this commit for this task.
    pub(super) fn of(account: &Account<'_>, task: &TaskAccount<'_>, step: &Step) -> Self {
        if task.state == State::Done(step.id) {
            Self::Stands
        } else if step.undoes.is_some() {
            Self::Revert
        } else if task.commits.iter().any(|other| other.undoes == Some(step.id)) {
            Self::Reverted
        } else if message::unprefixed(&step.subject).1 {
            Self::Fixup
        } else if !step.changes.is_empty() && step.work(account.lock).next().is_none() {
            Self::Record
        } else {
            Self::Second
        }
    }
}

/// Was it done, taken back, and done again?
pub(super) fn redone(task: &TaskAccount<'_>) -> bool {
    matches!(task.state, State::Done(_)) && task.commits.iter().any(|step| step.undoes.is_some())
}

/// Commits that stand for tasks which `keep` chooses, oldest first, each once.
pub(super) fn standing(account: &Account<'_>, keep: &dyn Fn(&TaskAccount<'_>) -> bool) -> Vec<CommitId> {
    let mut found: Vec<(i64, CommitId)> = Vec::new();
    for step in account.tasks.iter().filter(|task| keep(task)).filter_map(|task| task.stands.as_ref()) {
        if !found.iter().any(|(_, id)| *id == step.id) {
            found.push((step.time, step.id));
        }
    }
    found.sort_by_key(|(time, _)| *time);
    found.into_iter().map(|(_, id)| id).collect()
}

/// Is it a task that writes tests?
pub(super) fn is_test(task: &TaskAccount<'_>) -> bool {
    task.task.phase == Some(Phase::Test)
}

/// The commits whose content is the task's work: what stands, and what is to be squashed into it.
pub(super) fn work<'t>(account: &'t Account<'_>, task: &'t TaskAccount<'_>) -> Vec<&'t Step> {
    let extra = task
        .commits
        .iter()
        .filter(|step| matches!(Role::of(account, task, step), Role::Fixup | Role::Second | Role::Record));
    task.stands.iter().chain(extra).collect()
}

/// A file that a task changed, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touched {
    /// The path, shown.
    pub path: String,
    /// `added`, `changed` or `deleted`.
    pub change: &'static str,
    /// A plan, log, report or governance document.
    pub record: bool,
}

/// The files that a task changed, by path.
pub(super) fn touched(account: &Account<'_>, task: &TaskAccount<'_>) -> Vec<Touched> {
    of_steps(account, &work(account, task))
}

/// The files that these commits changed, by path.
pub(super) fn of_steps(account: &Account<'_>, steps: &[&Step]) -> Vec<Touched> {
    let mut files: std::collections::BTreeMap<&[u8], (bool, bool, bool)> = std::collections::BTreeMap::new();
    for change in steps.iter().flat_map(|step| &step.changes) {
        let record = crate::rule::is_record(&account.lock.policy, change);
        let (old, new) = (change.old.is_some(), change.new.is_some());
        files.entry(&change.path).and_modify(|file| file.1 = new).or_insert((old, new, record));
    }
    let shown = |(path, (old, new, record)): (&[u8], (bool, bool, bool))| {
        let change = match (old, new) {
            (false, _) => "added",
            (true, true) => "changed",
            (true, false) => "deleted",
        };
        Touched { path: show(path), change, record }
    };
    files.into_iter().map(shown).collect()
}

/// Every run for a task that did not pass, with how often something else was tried after it.
pub(super) fn attempts<'a>(account: &'a Account<'_>, task: &TaskAccount<'_>, gate: &str) -> Vec<&'a Run> {
    let runs = account.evidence.runs.iter();
    runs.filter(|run| run.gate == gate && run.task.as_ref() == Some(&task.task.id)).collect()
}

/// How often another tree was tried after a failure.
pub(super) fn corrections(runs: &[&Run]) -> usize {
    let pairs = runs.iter().zip(runs.iter().skip(1));
    pairs.filter(|(a, b)| a.outcome != Outcome::Passed && a.tree != b.tree).count()
}
