//! The retry budget: a gate may fail three times for one task (the first try and two corrections); then it is blocked until
//! somebody decides, and the decision is recorded beside the runs.

use crate::error::Result;
use crate::evidence::{Choice, Decision, Evidence, NOTES_REF, Outcome, Run};
use crate::git::read::Reader;
use crate::history::History;
use crate::lock::Lock;
use crate::model::TaskId;
use crate::rule::shell_quote;

/// The first try and two corrections.
pub const TRIES: usize = 3;

/// All evidence of one execution: what was recorded under its rollback commit, on any tree.
///
/// # Errors
/// The notes cannot be read.
pub fn of_execution(reader: &Reader, lock: &Lock) -> Result<Evidence> {
    let mut all = Evidence::default();
    for tree in reader.noted(NOTES_REF)? {
        if let Some(note) = reader.note(NOTES_REF, tree)? {
            let mut found = Evidence::parse(tree, &note);
            found.runs.retain(|run| run.lock == lock.commit);
            found.decisions.retain(|decision| decision.lock == lock.commit);
            all.add(found);
        }
    }
    Ok(all)
}

/// The failures of `gate` for `task` that nothing has made good yet: since its last pass, or since somebody allowed more
/// tries. Oldest first. What a person interrupted is no try.
pub fn failures<'a>(evidence: &'a Evidence, gate: &str, task: &TaskId) -> Vec<&'a Run> {
    let mine = |run: &&Run| run.gate == gate && run.task.as_ref() == Some(task);
    let passed = evidence.runs.iter().filter(mine).rev().find(|run| run.outcome == Outcome::Passed);
    let since = passed.map(|run| run.started.as_str());
    let allowed = last_decision(evidence, gate, task).filter(|d| d.verdict == Choice::Retry);
    let since = since.max(allowed.map(|decision| decision.time.as_str()));
    let counts = |run: &&Run| {
        !matches!(run.outcome, Outcome::Passed | Outcome::Interrupted)
            && since.is_none_or(|since| run.started.as_str() > since)
    };
    evidence.runs.iter().filter(mine).filter(counts).collect()
}

/// The last word about `gate` and `task`.
pub fn last_decision<'a>(evidence: &'a Evidence, gate: &str, task: &TaskId) -> Option<&'a Decision> {
    evidence.decisions.iter().rev().find(|d| d.gate == gate && d.task == *task)
}

/// What a person is asked to decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// The gate's name.
    pub gate: String,
    /// The task it blocks.
    pub task: TaskId,
    /// `defect`, `timeout`, `resources`, `environment`: what stands in the way.
    pub blocker: String,
    /// One line for each failed run: when, on which tree, how it ended.
    pub evidence: Vec<String>,
    /// The tasks that cannot be done before it.
    pub impact: Vec<TaskId>,
    /// What to type, and what that means.
    pub options: Vec<(String, String)>,
    /// Somebody has decided to stop.
    pub stopped: Option<String>,
}

/// The escalation of a gate that has used up its tries, or that somebody has stopped; `None`: it may go on.
pub fn escalation(evidence: &Evidence, lock: &Lock, gate: &str, task: &TaskId) -> Option<Escalation> {
    let failed = failures(evidence, gate, task);
    let stopped = last_decision(evidence, gate, task).filter(|d| d.verdict == Choice::Stop);
    if failed.len() < TRIES && stopped.is_none() {
        return None;
    }
    let shown =
        |run: &&Run| format!("{}  tree {}  {}", run.started, run.tree.short(), run.outcome.describe());
    let word = |choice: &str| {
        format!("guard gate decide {} --task {task} --{choice} --reason '…'", shell_quote(gate.as_bytes()))
    };
    Some(Escalation {
        gate: gate.to_owned(),
        task: task.clone(),
        blocker: failed.last().map_or("decision", |run| run.outcome.blocker()).to_owned(),
        evidence: failed.iter().map(shown).collect(),
        impact: after(lock, task),
        options: vec![
            (word("retry"), format!("{TRIES} more tries, for the reason given")),
            (word("stop"), "end here: the report says that the execution is blocked".to_owned()),
            (format!("guard start {}", lock.plan.path), "change the plan first, and lock it anew".to_owned()),
        ],
        stopped: stopped.map(|d| format!("{} ({})", d.reason, d.by)),
    })
}

/// Every task that depends on `task`, directly or not, in the plan's order.
fn after(lock: &Lock, task: &TaskId) -> Vec<TaskId> {
    let mut found: Vec<TaskId> = Vec::new();
    loop {
        let before = found.len();
        for other in &lock.plan.tasks {
            let waits = other.depends_on.iter().any(|id| id == task || found.contains(id));
            if waits && !found.contains(&other.id) && other.id != *task {
                found.push(other.id.clone());
            }
        }
        if found.len() == before {
            return lock.plan.tasks.iter().filter(|t| found.contains(&t.id)).map(|t| t.id.clone()).collect();
        }
    }
}
