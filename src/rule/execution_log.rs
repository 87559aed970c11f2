//! The execution log is there once, and tells what history and evidence tell.
//!
//! ## Wants
//! At the push doors, once a task of the running plan is committed: exactly one log of its execution among the records of
//! the range's newest commit, found by `rollback: <commit>` in its front matter; a section for every task that is
//! committed; and no line there, nor under "Gate Results", nor a `status` in the front matter, that says other than history
//! and evidence do: how it stands, the commit, its files, what gates came to, and on which tree. A commit cannot tell of
//! itself: the task of the newest commit may stand as open in the log that the commit carries. Where notes are not here,
//! what gates came to is not judged, but with `--require-evidence`. Nothing is asked of a range that neither starts a plan
//! nor works on its tasks nor touches its log.
//!
//! ## Why
//! A log is read by those who were not there. One that claims a pass that nobody saw is worse than none.
//!
//! ## How
//! `guard log` writes it, or brings it up to date, and leaves alone what people wrote in it; then commit it: a commit of
//! nothing but records needs no task.

use super::{Branch, Check, Rule, fact, finding, gates, help, show};
use crate::error::Result;
use crate::evidence::{Outcome, Run};
use crate::journal::{self, Claim, Said};
use crate::lock::{Lock, LockState, is_formal};
use crate::model::{CommitId, Finding, Level, ObjectId, RepoPath, TaskId};
use crate::plan::Task;
use crate::policy::Gate;

pub(super) const RULE: Rule = Rule {
    name: "execution-log",
    level: Level::Warn,
    kinds: &[],
    push_only: true,
    source: include_str!("execution_log.rs"),
    check: Check::Branch(check),
};

fn check(branch: &Branch<'_>) -> Result<Vec<Finding>> {
    let LockState::Locked(lock) = branch.lock else { return Ok(Vec::new()) };
    let Some(rollback) = lock.commit else { return Ok(Vec::new()) };
    let mut facts = Facts { branch, lock, tasks: Vec::new() };
    let (mut any, mut here) = (false, branch.commits.contains(&rollback));
    for task in &lock.plan.tasks {
        let since = branch.progress.done_since_lock(&task.id, lock, branch.history)?;
        any |= since.is_some();
        here |= since.is_some_and(|commit| branch.commits.contains(&commit));
        facts.tasks.push((task, branch.progress.done(&task.id, lock, branch.history)?));
    }
    let touched = |path: &RepoPath| branch.changes.iter().any(|change| change.path == *path);
    if !here && !branch.changes.iter().any(|change| is_log_path(branch, &change.path)) {
        return Ok(Vec::new());
    }
    let logs = logs(branch, rollback)?;
    match logs.as_slice() {
        [(path, text)] if here || touched(path) => facts.of_log(path, text),
        [] if here && any => Ok(vec![missing(branch, rollback)]),
        [_, (second, _), ..] if here || logs.iter().any(|(path, _)| touched(path)) => {
            let named: Vec<String> = logs.iter().map(|(path, _)| show(path)).collect();
            let message = format!("{} logs tell of the execution since {}", logs.len(), rollback.short());
            let mut found = at(branch, second, message)?;
            found.facts.push(fact("logs", named.join(", ")));
            found.help.push(help("git rm <log>", "leave one, with what people wrote in the others"));
            Ok(vec![found])
        }
        _ => Ok(Vec::new()),
    }
}

fn is_log_path(branch: &Branch<'_>, path: &[u8]) -> bool {
    journal::is_log_name(path) && branch.policy.plan.records.matches(path)
}

/// The logs of the execution in the tree of the newest commit.
fn logs(branch: &Branch<'_>, rollback: CommitId) -> Result<Vec<(RepoPath, Vec<u8>)>> {
    let keep = |path: &[u8]| {
        if path.ends_with(b"/") {
            branch.policy.plan.records.reaches(path)
        } else {
            is_log_path(branch, path)
        }
    };
    let mut found = Vec::new();
    for path in branch.history.files(branch.head, &keep)? {
        if let Some(text) = branch.history.file(branch.head, &path)?
            && journal::is_log_of(&text, rollback)
        {
            found.push((path, text));
        }
    }
    Ok(found)
}

fn missing(branch: &Branch<'_>, rollback: CommitId) -> Finding {
    let mut found = finding(format!("no log tells of the execution since {}", rollback.short()));
    found.commit = Some(branch.head);
    found.help.push(help("guard log", "writes it; then commit it, which needs no task"));
    found.help.push(help("guard explain execution-log", "what counts as the log"));
    found
}

fn at(branch: &Branch<'_>, path: &RepoPath, message: String) -> Result<Finding> {
    let mut found = finding(message);
    found.path = Some(path.clone());
    found.commit = Some(branch.last_to_change(path)?.unwrap_or(branch.head));
    Ok(found)
}

/// A finding about one task, like `plain` in all else.
fn about(plain: &Finding, task: &TaskId, claim: Option<&Claim>, message: String) -> Finding {
    let mut found = Finding { task: Some(task.clone()), message, ..plain.clone() };
    if let (Some(claim), Some(path)) = (claim, &plain.path) {
        found.facts.push(fact("line", format!("{}:{}", show(path), claim.line)));
        found.facts.push(fact("says", &claim.text));
    }
    found.help.push(help("guard log", "writes what is so; then commit the log, which needs no task"));
    found
}

/// A gate on a task's commit, the newest run that counts, and the trees of all of its runs.
struct Proof {
    gate: String,
    applies: bool,
    required: bool,
    run: Option<Run>,
    trees: Vec<ObjectId>,
}

impl Proof {
    fn passed(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.outcome == Outcome::Passed)
    }
}

/// What is so, to hold the log against.
struct Facts<'a> {
    branch: &'a Branch<'a>,
    lock: &'a Lock,
    /// Each task of the plan, with the commit that did it.
    tasks: Vec<(&'a Task, Option<CommitId>)>,
}

impl Facts<'_> {
    fn of_log(&self, path: &RepoPath, text: &[u8]) -> Result<Vec<Finding>> {
        let ids: Vec<&TaskId> = self.tasks.iter().map(|(task, _)| &task.id).collect();
        let names: Vec<&str> = self.branch.policy.gates.iter().map(|gate| gate.name.as_str()).collect();
        let claims = journal::claims(text, &ids, &names);
        let plain = at(self.branch, path, String::new())?;
        let mut found = Vec::new();
        for (task, commit) in self.tasks.iter().filter_map(|(task, commit)| Some((task, (*commit)?))) {
            if !claims.iter().any(|claim| claim.said == Said::Section(task.id.clone())) {
                let message = format!("the log has no section for {}, which {} did", task.id, commit.short());
                found.push(about(&plain, &task.id, None, message));
            }
        }
        let proofs = self.proofs(&claims)?;
        for claim in &claims {
            for (task, message) in self.lies(path, claim, &proofs)? {
                found.push(about(&plain, &task, Some(claim), message));
            }
        }
        Ok(found)
    }

    /// For each task that is committed, the gates that apply to it. Nothing where the log says nothing of gates, or where
    /// there are no notes to hold it against and nobody asks for any.
    fn proofs(&self, claims: &[Claim]) -> Result<Vec<(TaskId, Vec<Proof>)>> {
        let mut all = Vec::new();
        if !claims.iter().any(|claim| matches!(claim.said, Said::Tests(..) | Said::Gate(..))) {
            return Ok(all);
        }
        let (history, policy) = (self.branch.history, self.branch.policy);
        for (task, commit) in self.tasks.iter().filter_map(|(task, commit)| Some((*task, (*commit)?))) {
            let changes = history.changes(commit)?;
            let parent = history.header(commit)?.parents.first().copied();
            let evidence = gates::of_commit(history, policy, parent, &changes)?;
            let applying: Vec<_> =
                gates::applying(policy, &[task], &changes).map(|gate| &gate.name).collect();
            let proof = |gate: &Gate| {
                let applies = applying.contains(&&gate.name);
                Proof {
                    gate: gate.name.clone(),
                    applies,
                    required: applies && gate.required,
                    run: evidence.latest(&gate.name, &gate.run).cloned(),
                    trees: evidence
                        .runs
                        .iter()
                        .filter(|run| run.gate == gate.name)
                        .map(|run| run.tree)
                        .collect(),
                }
            };
            all.push((task.id.clone(), policy.gates.iter().map(proof).collect()));
        }
        let known = all.iter().any(|(_, proofs): &(_, Vec<Proof>)| proofs.iter().any(|p| p.run.is_some()));
        if !known && !self.branch.evidence {
            all.clear();
        }
        Ok(all)
    }

    /// What is not so about a claim: the task that it is about, and a sentence.
    fn lies(
        &self,
        path: &RepoPath,
        claim: &Claim,
        proofs: &[(TaskId, Vec<Proof>)],
    ) -> Result<Vec<(TaskId, String)>> {
        Ok(match &claim.said {
            Said::Section(_) => Vec::new(),
            Said::Complete => {
                let open = self.tasks.iter().find(|(task, commit)| commit.is_none() && !is_formal(task));
                let lie = |id: &TaskId| format!("the log says that everything is done, and {id} is open");
                open.map(|(task, _)| (task.id.clone(), lie(&task.id))).into_iter().collect()
            }
            Said::Done(id, done) => self.about_status(path, id, *done)?,
            Said::Commit(id, hex) => self.about_commit(id, hex),
            Said::Files(id, files) => self.about_files(id, files)?,
            Said::Tests(id, passed) => {
                let of_task = |(task, _): &&(TaskId, Vec<Proof>)| task == id;
                let lie = |(id, all): &(TaskId, Vec<Proof>)| about_tests(id, all, *passed);
                proofs.iter().find(of_task).into_iter().filter_map(lie).collect()
            }
            Said::Gate(task, name, passed) => {
                let mine = |(id, _): &&(TaskId, Vec<Proof>)| task.as_ref().is_none_or(|task| task == id);
                let one = |(id, all): &(TaskId, Vec<Proof>)| {
                    // What is said of all tasks is not said of those that the gate is not for.
                    let counts = |proof: &&Proof| proof.gate == *name && (proof.applies || task.is_some());
                    let proof = all.iter().find(counts)?;
                    about_gate(id, proof, *passed).or_else(|| about_tree(id, proof, claim.tree()?))
                };
                let mut lies = proofs.iter().filter(mine).filter_map(one);
                // What is said of all tasks is a lie once.
                lies.next().into_iter().collect()
            }
        })
    }

    fn about_status(&self, path: &RepoPath, id: &TaskId, says_done: bool) -> Result<Vec<(TaskId, String)>> {
        let Some((task, commit)) = self.tasks.iter().find(|(task, _)| task.id == *id) else {
            return Ok(Vec::new());
        };
        let lie = match commit {
            None if says_done && !is_formal(task) => {
                let undone = !self.branch.progress.commits(id).is_empty();
                let why = if undone { "its commit was reverted" } else { "no commit did it" };
                format!("the log says that {id} is done, and {why}")
            }
            Some(commit) if !says_done && !self.carried_by(*commit, path)? => {
                format!("the log says that {id} is open, and {} did it", commit.short())
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![(id.clone(), lie)])
    }

    /// Is this the newest commit, and does it change the log itself? No log can tell of the commit that carries it.
    fn carried_by(&self, commit: CommitId, path: &RepoPath) -> Result<bool> {
        Ok(commit == self.branch.head
            && self.branch.history.changes(commit)?.iter().any(|change| change.path == *path))
    }

    fn about_commit(&self, id: &TaskId, hex: &str) -> Vec<(TaskId, String)> {
        let own = |commit: &CommitId| commit.to_string().starts_with(hex);
        let done = self.tasks.iter().find(|(task, _)| task.id == *id).and_then(|(_, commit)| *commit);
        let lie = match done {
            Some(commit) if !own(&commit) => {
                format!("the log says that {hex} did {id}, and {} did", commit.short())
            }
            None if !self.branch.progress.commits(id).iter().any(own) => {
                format!("the log says that {hex} did {id}, and {hex} is no commit of {}", self.lock.plan.path)
            }
            _ => return Vec::new(),
        };
        vec![(id.clone(), lie)]
    }

    /// A file that the commit did not change; one that is not named is no lie.
    fn about_files(&self, id: &TaskId, files: &[String]) -> Result<Vec<(TaskId, String)>> {
        let done = self.tasks.iter().find(|(task, _)| task.id == *id).and_then(|(_, commit)| *commit);
        let Some(commit) = done else { return Ok(Vec::new()) };
        let changes = self.branch.history.changes(commit)?;
        let is_there = |file: &&String| changes.iter().any(|change| journal::is_shown(&change.path, file));
        let wrong = files.iter().find(|file| !is_there(file));
        let lie = |file| format!("the log says that {id} changed {file}, and {} did not", commit.short());
        Ok(wrong.map(|file| (id.clone(), lie(file))).into_iter().collect())
    }
}

fn about_gate(id: &TaskId, proof: &Proof, says_passed: bool) -> Option<(TaskId, String)> {
    let gate = &proof.gate;
    let lie = match &proof.run {
        None if says_passed => {
            format!("the log says that the gate {gate} passed for {id}, and there is no evidence of it")
        }
        Some(run) if proof.passed() != says_passed => {
            let word = if says_passed { "passed" } else { "failed" };
            format!("the log says that the gate {gate} {word} for {id}, and it {}", run.outcome.describe())
        }
        _ => return None,
    };
    Some((id.clone(), lie))
}

/// A run on another tree is no run on this one.
fn about_tree(id: &TaskId, proof: &Proof, hex: &str) -> Option<(TaskId, String)> {
    let (gate, run) = (&proof.gate, proof.run.as_ref()?);
    let own = proof.trees.iter().any(|tree| tree.to_string().starts_with(hex));
    let lie = || {
        format!(
            "the log says that the gate {gate} ran on tree {hex} for {id}, and it ran on {}",
            run.tree.short()
        )
    };
    (!own).then(|| (id.clone(), lie()))
}

/// The gates that must pass speak for all tests.
fn about_tests(id: &TaskId, proofs: &[Proof], says_passed: bool) -> Option<(TaskId, String)> {
    let mut required = proofs.iter().filter(|proof| proof.required);
    if says_passed {
        return required.find_map(|proof| about_gate(id, proof, true));
    }
    let all = required.clone().all(Proof::passed) && required.next().is_some();
    all.then(|| (id.clone(), format!("the log says that the tests of {id} failed, and every gate passed")))
}
