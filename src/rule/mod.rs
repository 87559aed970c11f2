//! Rules: each is one file with one static record, and meets one commit at a time.
//!
//! A rule never touches git. What it may know arrives in a [`Context`]; what it finds leaves as
//! [`Finding`]s, and what it could not find out as an error, which is never a pass. The head comment of a
//! rule's file is its explanation: `guard explain <rule>` prints it, and `docs/rules.md` is made from it.

mod atomic;
mod depends_on;
mod execution_log;
mod frozen;
pub mod gates;
mod governance;
mod history;
mod net_diff;
mod plan_locked;
pub(crate) mod policy_edit;
pub(crate) mod protected;
pub(crate) mod regression;
mod rollback;
mod scope;
mod task_id;
pub(crate) mod test_first;
mod unsquashed;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::error::Result;
use crate::history::History;
use crate::lock::{Lock, LockState, Progress};
use crate::model::{Change, Commit, CommitId, Finding, Help, Level, RepoPath, TaskId};
use crate::naming::Naming;
use crate::pattern::{Pattern, Patterns};
use crate::plan::Task;
use crate::policy::Policy;

/// Every rule, in the order in which findings are shown.
pub const RULES: &[Rule] = &[
    rollback::RULE,
    task_id::RULE,
    scope::RULE,
    plan_locked::RULE,
    protected::RULE,
    frozen::RULE,
    depends_on::RULE,
    test_first::RULE,
    atomic::RULE,
    governance::RULE,
    unsquashed::RULE,
    history::RULE,
    policy_edit::RULE,
    net_diff::RULE,
    gates::RULE,
    regression::RULE,
    execution_log::RULE,
];

/// The rule called `name`.
pub fn by_name(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The names that `[rules]` in the policy may use.
pub fn names() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.name).collect()
}

/// One rule's record.
pub struct Rule {
    /// Kebab-case, as in `[rules]` and in findings.
    pub name: &'static str,
    /// The level without a word in the policy.
    pub level: Level,
    /// The commit kinds that it judges.
    pub kinds: &'static [Kind],
    /// Only at the push doors?
    pub push_only: bool,
    /// The source of the rule's own file, whose head comment explains it.
    pub source: &'static str,
    /// What is wrong. Rule name, level and commit are filled in by the evaluator.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// One commit.
    Commit(fn(&Context<'_>) -> Result<Vec<Finding>>),
    /// All that a range of commits comes to, once each of them has been judged.
    Branch(fn(&Branch<'_>) -> Result<Vec<Finding>>),
}

impl Rule {
    /// Does it ask what only a plan that is running, or has been, can answer? A replay leaves it out.
    pub fn needs_a_running_plan(&self) -> bool {
        let of_the_lock =
            [rollback::RULE.name, plan_locked::RULE.name, gates::NAME, execution_log::RULE.name];
        matches!(self.check, Check::Branch(_)) || of_the_lock.contains(&self.name)
    }

    /// The head comment of the rule's file, as Markdown.
    pub fn explanation(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }

    /// The first sentence of the explanation: what the rule wants.
    pub fn summary(&self) -> String {
        self.explanation().split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }
}

/// Everything that a rule may know about a whole range of commits.
pub struct Branch<'a> {
    /// Paths that differ between where the branch left its target and its tip, and that the target does not hold as the
    /// tip does.
    pub changes: &'a [Change],
    /// The commits, parents before children.
    pub commits: &'a [CommitId],
    /// The tasks that the commits name, each as the plan locked for it declares it.
    pub tasks: &'a [Task],
    /// Paths of commits that need no task's scope, or whose paths are findings already.
    pub settled: &'a BTreeSet<RepoPath>,
    /// What was done under each plan.
    pub executions: &'a [&'a Execution],
    /// The policy in force.
    pub policy: &'a Policy,
    /// The newest commit.
    pub head: CommitId,
    /// What is locked there.
    pub lock: &'a LockState,
    /// What has been done there.
    pub progress: &'a Progress,
    /// Is evidence of gates asked for, so that none at all is a finding?
    pub evidence: bool,
    /// The history.
    pub history: &'a dyn History,
}

/// What a range's commits for the tasks of one plan did to code and tests. It grows by what a finding can show, not with
/// the range.
pub struct Execution {
    /// Where the plan lives.
    pub plan: String,
    /// The first change of code that asks for a test.
    pub code: Option<Touched>,
    /// Did any of the commits change a test?
    pub tested: bool,
    /// Commits for its tasks before the first one of the range.
    pub before: Vec<CommitId>,
}

/// A path that a task's commit changes.
pub struct Touched {
    /// The commit.
    pub commit: CommitId,
    /// A task that it names.
    pub task: TaskId,
    /// The path.
    pub path: RepoPath,
}

impl Branch<'_> {
    /// The newest of the commits that changes the path.
    ///
    /// # Errors
    /// Objects that cannot be read.
    pub fn last_to_change(&self, path: &[u8]) -> Result<Option<CommitId>> {
        for id in self.commits.iter().rev() {
            if self.history.changes(*id)?.iter().any(|c| c.path == path) {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }
}

/// What sort of commit it is. Structural: text never buys an exemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No parent.
    Root,
    /// The subject of a rollback commit, one parent.
    Rollback,
    /// Every changed path is a record path, at least one path.
    Record,
    /// Two parents or more.
    Merge,
    /// Every changed path is the policy file or otherwise protected, and no plan is running.
    Policy,
    /// Any other commit.
    Task,
}

impl Kind {
    /// The word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Rollback => "rollback",
            Self::Record => "record",
            Self::Merge => "merge",
            Self::Policy => "policy",
            Self::Task => "task",
        }
    }
}

/// Where the judgement happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// One commit on this machine, before it is made.
    Commit,
    /// Commits that are there: pre-push, pre-receive, `guard check`.
    Push,
}

/// How the paths of a draft came to be staged, which decides what to type to leave one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Staging {
    /// `git add`, then `git commit`.
    #[default]
    Index,
    /// `git commit -a`.
    All,
    /// `git commit <path>…`.
    Paths,
}

/// What is known of the draft beyond the commit itself.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// How its paths came to be staged.
    pub staging: Staging,
    /// The file that holds the message, as a person can name it.
    pub message_file: Option<String>,
    /// This commit may be `git commit --amend` of the commit before it: hooks cannot tell for certain.
    pub may_amend: bool,
    /// As far as hooks can tell it is.
    pub amends: bool,
    /// A rebase is replaying commits; what it has replayed so far is not the whole.
    pub rebasing: bool,
    /// The person typed `git commit` below the top of the work tree.
    pub below_top: bool,
    /// No editor will open: `commit-msg` sees the message in a moment, and can say more.
    pub message_is_given: bool,
}

/// Everything that a rule may know about one commit.
pub struct Context<'a> {
    /// The commit under judgement.
    pub commit: &'a Commit,
    /// Its kind.
    pub kind: Kind,
    /// Where it is judged.
    pub door: Door,
    /// For a commit that is being made.
    pub draft: Option<&'a Draft>,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The nearest rollback commit before it (for a rollback commit: itself).
    pub lock: &'a LockState,
    /// What the message says about its task.
    pub naming: &'a Naming,
    /// Which tasks have been committed since the lock.
    pub progress: &'a Progress,
    /// For a merge: which tasks its other parents have committed under the same lock.
    pub sides: &'a [Rc<Progress>],
    /// At the push doors, the merge base and the target's tip: what stands there is approved.
    pub approved: Option<[CommitId; 2]>,
    /// Is evidence of gates asked for?
    pub evidence: bool,
    /// The history before the commit.
    pub history: &'a dyn History,
}

impl<'a> Context<'a> {
    /// The locked plan and policy, when there is a valid lock.
    pub fn valid_lock(&self) -> Option<&'a Lock> {
        match self.lock {
            LockState::Locked(lock) => Some(lock),
            _ => None,
        }
    }

    /// The tasks that the message names.
    pub fn named(&self) -> impl Iterator<Item = &'a Task> {
        let plan = self.valid_lock().map(|lock| &lock.plan);
        let ids = self.naming.tasks();
        ids.iter().filter_map(move |id| plan?.tasks.iter().find(|task| task.id == *id))
    }

    /// Before the message is known, a commit of nothing but records (or of anything, where the policy lets a
    /// rollback commit carry anything) may turn out to be the rollback commit of a new plan.
    pub fn may_be_rollback(&self) -> bool {
        let unknown = *self.naming == Naming::Unknown && self.commit.message.is_none();
        let anything = self.policy.rollback.carries == crate::policy::Carries::Anything;
        unknown
            && self.commit.parents.len() < 2
            && (anything || self.commit.changes.iter().all(|c| is_record(self.policy, c)))
    }

    /// A merge that differs from the automatic one in nothing, or in records only.
    pub fn is_clean_merge(&self) -> bool {
        self.kind == Kind::Merge && self.commit.merge_changes.iter().all(|c| is_record(self.policy, c))
    }

    /// A finding at one path of this commit.
    pub fn at(&self, path: &RepoPath, message: impl Into<String>) -> Finding {
        Finding { path: Some(path.clone()), ..finding(message) }
    }

    /// What to type to leave `path` out of this commit.
    pub fn leave_out(&self, path: &[u8]) -> Vec<Help> {
        let quoted = match self.draft {
            Some(draft) if draft.below_top => shell_quote(&[b":/", path].concat()),
            _ => shell_quote(path),
        };
        match (self.draft.map(|d| d.staging), self.commit.id) {
            (Some(Staging::Index), _) => {
                vec![help(format!("git restore --staged {quoted}"), "leave it out of this commit")]
            }
            (Some(Staging::All), _) => {
                vec![help("git add <your paths>; git commit", "instead of -a: only what belongs here")]
            }
            (Some(Staging::Paths), _) => {
                vec![help("git commit <your paths>", format!("without {quoted}"))]
            }
            (None, Some(id)) => {
                vec![help(
                    format!("git rebase -i {}^", id.short()),
                    format!("mark it `edit`, then leave {quoted} out"),
                )]
            }
            (None, None) => Vec::new(),
        }
    }
}

/// May `change` pass as a record: a regular file on a record path, or the removal of one?
pub fn is_record(policy: &Policy, change: &Change) -> bool {
    use crate::model::Mode;
    let plain = |entry: Option<crate::model::Entry>| {
        entry.is_none_or(|e| matches!(e.mode, Mode::Regular | Mode::Executable))
    };
    policy.is_record(&change.path) && plain(change.new)
}

/// A finding without a path. Its level is left to the policy unless the rule sets one.
pub fn finding(message: impl Into<String>) -> Finding {
    Finding {
        rule: "",
        level: Level::Off,
        commit: None,
        subject: Vec::new(),
        path: None,
        task: None,
        place: None,
        message: message.into(),
        facts: Vec::new(),
        help: Vec::new(),
    }
}

/// A line of help.
pub fn help(command: impl Into<String>, why: impl Into<String>) -> Help {
    Help { command: command.into(), why: why.into() }
}

/// A labelled fact.
pub fn fact(label: impl Into<String>, text: impl Into<String>) -> (String, String) {
    (label.into(), text.into())
}

/// A path or message for people; what is not UTF-8 stands there as `\xff`. Reporters escape the rest that a
/// terminal could take for a command.
pub fn show(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|b| format!("\\x{b:02x}")));
    }
    out
}

/// A path as one word for a POSIX shell. Bytes that are not UTF-8 are written as `$'\377'`.
pub fn shell_quote(path: &[u8]) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+@%,:=".contains(b);
    if !path.is_empty() && path.iter().all(plain) && path.first() != Some(&b'-') {
        return show(path);
    }
    match std::str::from_utf8(path) {
        Ok(text) if !text.chars().any(char::is_control) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => {
            let escaped = path.iter().map(|b| match b {
                b'\'' | b'\\' => format!("\\{}", *b as char),
                b' '..=b'~' => (*b as char).to_string(),
                _ => format!("\\{b:03o}"),
            });
            format!("$'{}'", escaped.collect::<String>())
        }
    }
}

/// A scope for messages: at most a few patterns.
pub fn show_scope(task: &Task) -> String {
    match &task.scope {
        None => "declares no scope".to_owned(),
        Some(scope) if scope.is_empty() => "no files".to_owned(),
        Some(scope) => show_patterns(scope),
    }
}

/// At most a few patterns.
pub fn show_patterns(patterns: &Patterns) -> String {
    const SHOWN: usize = 6;
    let mut all: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{tail}", all.join(", "))
}

/// `T001`, `T001 and T002`, `T001, T002 and T003`.
pub fn show_ids<'a>(ids: impl IntoIterator<Item = &'a TaskId>) -> String {
    let all: Vec<&str> = ids.into_iter().map(TaskId::as_str).collect();
    match all.split_last() {
        None => "no task".to_owned(),
        Some((one, [])) => (*one).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
