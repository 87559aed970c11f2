//! The execution log as a document: what `guard log` writes of an execution, and what a log that people edit claims.
//!
//! What stands between `<!-- guard:begin x -->` and `<!-- guard:end x -->` is made anew from [`Facts`] each time. Every
//! other byte is people's and stays as it is.

mod claims;
mod document;
mod escape;
mod render;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
mod tests;
mod weave;

pub use claims::{Claim, Said, claims, is_shown};
pub use document::{is_log_name, is_log_of};
pub use weave::weave;

use crate::evidence::{Decision, Run};
use crate::model::{Change, CommitId, TaskId};
use crate::plan::{Plan, Task};
use crate::policy::Gate;

/// The headings of a log, as such logs commonly have them.
pub mod heading {
    /// What was so when the plan was started.
    pub const PREFLIGHT: &str = "Pre-Flight Checks";
    /// Above the sections of the tasks.
    pub const TASKS: &str = "Task Execution";
    /// Below each task, for people.
    pub const NOTES: &str = "Notes";
    /// Each gate on each task's commit.
    pub const GATES: &str = "Gate Results";
    /// For people.
    pub const DEPLOYMENT: &str = "Deployment";
    /// What went wrong, and what became of it.
    pub const ISSUES: &str = "Issues & Resolutions";
    /// For people.
    pub const DECISIONS: &str = "Decisions";
    /// The tasks' acceptance tests.
    pub const CRITERIA: &str = "Success Criteria";
    /// What is open.
    pub const NEXT: &str = "Next Steps";
}

/// The labels of a task's section.
pub mod label {
    /// How the task stands.
    pub const STATUS: &str = "Status";
    /// The commit that did it.
    pub const COMMIT: &str = "Commit";
    /// What that commit changed.
    pub const FILES: &str = "Files";
    /// The gates that ran, each with its command.
    pub const COMMANDS: &str = "Commands";
    /// What the gates come to.
    pub const TESTS: &str = "Tests";
}

/// What history and evidence say of an execution.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The plan's topic.
    pub topic: &'a str,
    /// The plan as it is locked.
    pub plan: &'a Plan,
    /// The branch; written once, when the log begins.
    pub branch: &'a str,
    /// The policy file; `None`: the built-in defaults.
    pub policy: Option<&'a str>,
    /// The locked policy's gates.
    pub gates: &'a [Gate],
    /// The rollback commit.
    pub rollback: Point,
    /// In the plan's order.
    pub tasks: Vec<TaskFacts<'a>>,
    /// In the order in which they are told.
    pub issues: Vec<Issue>,
    /// Gates that wait for a person's decision.
    pub blocked: Vec<Blocked>,
}

/// A commit as the log names it.
#[derive(Debug, Clone)]
pub struct Point {
    /// Which.
    pub id: CommitId,
    /// Its first line, raw.
    pub subject: Vec<u8>,
    /// When it was written, for people and machines.
    pub date: String,
}

/// One task.
#[derive(Debug, Clone)]
pub struct TaskFacts<'a> {
    /// As the locked plan has it.
    pub task: &'a Task,
    /// How it stands.
    pub standing: Standing,
    /// What the commit that did it changed.
    pub files: Vec<Change>,
    /// The gates that apply to it, with the newest run that counts.
    pub gates: Vec<(&'a Gate, Option<Run>)>,
}

/// How a task stands.
#[derive(Debug, Clone)]
pub enum Standing {
    /// This commit did it; `None` for the rest of it: it was made before this execution.
    Done(CommitId, Option<String>),
    /// It changes no files.
    NeedsNone,
    /// A gate waits for a decision.
    Blocked,
    /// It was done, and that was taken back.
    Reverted,
    /// It may be done now.
    Ready,
    /// These must be done first.
    Waiting(Vec<TaskId>),
}

/// Something that did not go straight.
#[derive(Debug, Clone)]
pub enum Issue {
    /// A commit took a task's commit back.
    Reverted {
        /// The task.
        task: TaskId,
        /// What was taken back.
        what: CommitId,
        /// By which commit.
        by: CommitId,
    },
    /// A gate did not pass; and when it passed for the same task later, if it did.
    Failed(Box<Run>, Option<String>),
    /// A person decided about a gate.
    Decided(Decision),
    /// Work in a commit that names no task.
    Loose(Point),
}

/// A gate that waits for a person's decision.
#[derive(Debug, Clone)]
pub struct Blocked {
    /// The gate.
    pub gate: String,
    /// The task.
    pub task: TaskId,
    /// What stands in the way.
    pub why: String,
    /// What to type.
    pub options: Vec<String>,
}

impl Facts<'_> {
    /// `complete`, `blocked` or `running`.
    fn status(&self) -> &'static str {
        if !self.blocked.is_empty() {
            return "blocked";
        }
        let done = |t: &TaskFacts<'_>| matches!(t.standing, Standing::Done(..) | Standing::NeedsNone);
        if self.tasks.iter().all(done) { "complete" } else { "running" }
    }
}
