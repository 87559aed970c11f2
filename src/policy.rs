//! `guard.toml`: the policy of a repository.
//!
//! [`parse`] reads the file; [`Policy::default`] holds where there is none. Nothing here touches files or git:
//! whoever asks brings the bytes, from whichever commit locks them.

mod companion;
mod default;
mod demands;
mod keys;
mod read;
mod schema;
mod skeleton;
mod task_id;
#[cfg(test)]
mod tests;
mod value;

pub use companion::Companion;
pub use default::{
    DEFAULT_BRANCHES, DEFAULT_CODE, DEFAULT_DOCUMENTS, DEFAULT_MAX_DISTANCE, DEFAULT_PLAN_PATHS,
    DEFAULT_RECORDS, DEFAULT_SUBJECT, DEFAULT_TESTS,
};
pub use read::parse;
pub use schema::schema;
pub use skeleton::{Skeleton, skeleton};
pub use task_id::{DEFAULT_ID, IdMatcher};

use crate::model::{Level, OVERLAY};
use crate::pattern::Patterns;

/// Where the policy lives, from the root of the repository; the first that is there counts.
pub const POLICY_FILES: [&str; 2] = ["guard.toml", ".config/guard.toml"];

/// The only `version` of the policy file there is so far.
pub const VERSION: u64 = 1;

/// What stands for the plan's topic in `rollback.subject`.
pub const TOPIC: &str = "<topic>";

/// What a repository asks of its commits. [`Policy::default`] holds when there is no file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The policy file this came from; `None`: the built-in defaults.
    pub source: Option<String>,
    /// Whose commits are judged.
    pub enforce: Enforce,
    /// How commits name their task.
    pub task: TaskPolicy,
    /// Where plans and records live.
    pub plan: PlanPolicy,
    /// What a rollback commit looks like and may carry.
    pub rollback: RollbackPolicy,
    /// Paths with rules of their own.
    pub scope: ScopePolicy,
    /// What the execution log looks like.
    pub log: LogPolicy,
    /// `[rules]`: levels that differ from the rules' defaults.
    pub levels: Vec<(String, Level)>,
    /// Which changes need documents.
    pub governance: GovernancePolicy,
    /// What is code, and what is a test.
    pub regression: RegressionPolicy,
    /// `[[docs-sync]]`
    pub docs_sync: Vec<DocsSync>,
    /// `[[gate]]`
    pub gates: Vec<Gate>,
    /// `[overlay."plan path"]`: task ID → scope patterns, for plans that cannot say scopes.
    pub overlays: Vec<Overlay>,
}

/// `[enforce]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforce {
    /// Names of branches (without `refs/heads/`) whose commits are judged.
    pub branches: Patterns,
    /// `always` | `plan`
    pub when: When,
}
/// `enforce.when`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Every commit.
    Always,
    /// Only commits after a rollback commit whose plan is not finished.
    Plan,
}
/// `[task]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPolicy {
    /// Regular expression for one ID.
    pub id: String,
    /// Where in a message the ID may stand.
    pub carried_in: Vec<Carrier>,
    /// May a commit name several tasks?
    pub several: bool,
}
/// `task.carried_in`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// `T001: summary`
    Subject,
    /// `feat(T001): summary`
    Scope,
    /// `summary (T001)`
    Parentheses,
    /// `Task: T001`
    Trailer,
}
/// `[plan]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPolicy {
    /// Where plans live.
    pub paths: Patterns,
    /// Where logs, reports and governance documents live.
    pub records: Patterns,
    /// Which locked plan `guard check` believes.
    pub trust: Trust,
}
/// `plan.trust`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The plan at the rollback commit.
    Rollback,
    /// Only a plan that is the same on the merge base.
    Base,
}
/// `[rollback]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackPolicy {
    /// The subject, with `<topic>` where the topic goes.
    pub subject: String,
    /// One rollback commit a plan, or one a task.
    pub per: Per,
    /// What a rollback commit may carry.
    pub carries: Carries,
    /// How many first-parent commits back it may lie.
    pub max_distance: usize,
}
/// `rollback.per`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// One for the whole plan.
    Plan,
    /// One directly before each task's first commit.
    Task,
}
/// `rollback.carries`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Record paths only.
    Records,
    /// A snapshot of everything.
    Anything,
}
/// `[scope]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopePolicy {
    /// Paths that no task commit may change.
    pub protected: Patterns,
    /// Frozen specifications.
    pub frozen: Patterns,
    /// Manifest name → lock files that are in scope with it. Built-in pairs included.
    pub companions: Vec<(String, Vec<String>)>,
}
/// `[governance]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernancePolicy {
    /// Rollout-sensitive paths.
    pub sensitive: Patterns,
    /// Names (not paths) of the documents that a change of one of these needs; never empty.
    pub documents: Vec<String>,
}
/// `[regression]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegressionPolicy {
    /// Where tests live.
    pub tests: Patterns,
    /// What is code, where it is no test.
    pub code: Patterns,
}
/// `[[docs-sync]]`: paths that change together. Neither list is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocsSync {
    /// A change of one of these …
    pub when: Patterns,
    /// … comes with a change of one of these.
    pub then: Patterns,
}
/// `[log]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPolicy {
    /// Where `guard log` puts a new log.
    pub style: LogStyle,
}
/// `log.style`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogStyle {
    /// `.artifacts/execute/<time>_<topic>.md`
    #[default]
    Execute,
    /// `.platform-mode/execution/execution<number>.execution.md`
    Numbered,
}
/// `[[gate]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its name.
    pub name: String,
    /// The shell command.
    pub run: String,
    /// Must it have passed? `false`: its outcome is recorded, and a failure refuses nothing.
    pub required: bool,
    /// Only for tasks that change one of these; `None`: for every task. Never empty.
    pub paths: Option<Patterns>,
    /// Seconds after which it has failed; `None`: it may take as long as it likes.
    pub timeout: Option<u64>,
    /// Only for tasks of this phase type; `None`: for every task.
    pub phase: Option<GatePhase>,
}
/// `gate.phase`: the native plan format's `phase_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatePhase {
    /// Tasks that write tests.
    Test,
    /// Tasks that make them pass.
    Implementation,
    /// Tasks that check the whole.
    ValidationSupport,
}
/// `[overlay."…"]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The plan it is for.
    pub plan: String,
    /// Task ID → scope.
    pub scopes: Vec<(String, Patterns)>,
}

impl Policy {
    /// Is `path` one where plans live?
    pub fn is_plan_path(&self, path: &[u8]) -> bool {
        self.plan.paths.matches(path) && !path.ends_with(OVERLAY.as_bytes())
    }

    /// Is `path` a record path: a plan, or a log, report or governance document? A pattern `!x` in
    /// `plan.records` cannot take a plan away.
    pub fn is_record(&self, path: &[u8]) -> bool {
        self.plan.records.matches(path) || self.is_plan_path(path) || self.is_overlay_path(path)
    }

    /// Is it the overlay of a plan that may lie beside it?
    fn is_overlay_path(&self, path: &[u8]) -> bool {
        let Some(stem) = path.strip_suffix(OVERLAY.as_bytes()) else { return false };
        [".md", ".markdown", ".json", ".toml"]
            .iter()
            .any(|end| self.is_plan_path(&[stem, end.as_bytes()].concat()))
    }

    /// The level of the rule called `name`: what `[rules]` says, else `default`.
    pub fn level_of(&self, name: &str, default: Level) -> Level {
        self.levels.iter().find(|(rule, _)| rule == name).map_or(default, |(_, level)| *level)
    }

    /// The scopes that the policy lends to the plan at `plan` (a path from the root), if it does.
    pub fn overlay_of(&self, plan: &str) -> Option<&Overlay> {
        self.overlays.iter().find(|overlay| overlay.plan == plan)
    }
}

impl RegressionPolicy {
    /// Is `path` a test?
    pub fn is_test(&self, path: &[u8]) -> bool {
        self.tests.matches(path)
    }

    /// Is `path` code, and no test?
    pub fn is_code(&self, path: &[u8]) -> bool {
        self.code.matches(path) && !self.is_test(path)
    }
}
