//! What is known of a tree because somebody ran its gates: one line of JSON for each run, kept as a git note on the
//! tree (`refs/notes/guard`).
//!
//! Evidence belongs to content: a commit with that tree has it, one with any other tree does not. Each line says
//! which tree it is about, so that a note copied to another tree proves nothing and is seen to have been copied. Lines
//! carry their time, because merging notes (`cat_sort_uniq`) sorts them.

use serde_json::{Map, Value, json};

use crate::model::{CommitId, ObjectId, TaskId};

/// The notes ref that holds evidence.
pub const NOTES_REF: &str = "refs/notes/guard";

/// The version of a line's shape.
const VERSION: u64 = 1;

/// How a gate's run ended: as observed, never as hoped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The command exited with 0.
    Passed,
    /// The command exited with another code.
    Failed(i32),
    /// It ran longer than the gate's `timeout`, and was stopped.
    TimedOut,
    /// A signal that guard did not send ended it.
    Killed(i32),
    /// The person pressed Ctrl-C.
    Interrupted,
    /// The shell did not find the command (exit code 127), or there was no shell.
    Missing,
}

impl Outcome {
    /// The word in a line of evidence.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::TimedOut => "timed-out",
            Self::Killed(_) => "killed",
            Self::Interrupted => "interrupted",
            Self::Missing => "missing",
        }
    }

    /// What stands in the way, for an escalation.
    pub fn blocker(&self) -> &'static str {
        match self {
            Self::Passed => "none",
            Self::Failed(_) => "defect",
            Self::TimedOut => "timeout",
            Self::Killed(_) => "resources",
            Self::Interrupted => "interrupted",
            Self::Missing => "environment",
        }
    }

    /// For people: `failed with exit code 1`.
    pub fn describe(&self) -> String {
        match self {
            Self::Passed => "passed".to_owned(),
            Self::Failed(code) => format!("failed with exit code {code}"),
            Self::TimedOut => "ran out of time".to_owned(),
            Self::Killed(signal) => format!("was killed by signal {signal}"),
            Self::Interrupted => "was interrupted".to_owned(),
            Self::Missing => "could not start: command not found".to_owned(),
        }
    }
}

/// One run of one gate on one tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The gate's name.
    pub gate: String,
    /// The shell command that ran.
    pub command: String,
    /// Must it have passed for its task to be done?
    pub required: bool,
    /// The tree it ran on.
    pub tree: ObjectId,
    /// The task it ran for.
    pub task: Option<TaskId>,
    /// The rollback commit of the execution.
    pub lock: Option<CommitId>,
    /// How it ended.
    pub outcome: Outcome,
    /// When it started: UTC, `2026-11-21T15:04:05.678Z`.
    pub started: String,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The object name that the output (both streams; no more than its first 64 MiB) has as a git blob.
    pub digest: String,
    /// How many bytes the output had.
    pub bytes: u64,
    /// The end of the output.
    pub tail: String,
    /// Which guard ran it.
    pub guard: String,
}

/// What a person decided when a gate had used up its retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The gate's name.
    pub gate: String,
    /// The tree it was decided on.
    pub tree: ObjectId,
    /// The task.
    pub task: TaskId,
    /// The rollback commit of the execution.
    pub lock: Option<CommitId>,
    /// `retry`: three more tries; `stop`: the execution ends here, blocked.
    pub verdict: Choice,
    /// Why.
    pub reason: String,
    /// Who: `name <mail>` as git knows them.
    pub by: String,
    /// When, as [`Run::started`].
    pub time: String,
}

/// The two ways on from a blocked gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Three more tries.
    Retry,
    /// No more: the task stays blocked.
    Stop,
}

impl Choice {
    /// The word in a line of evidence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Stop => "stop",
        }
    }
}

/// All evidence of one note, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Runs of gates.
    pub runs: Vec<Run>,
    /// Decisions of people.
    pub decisions: Vec<Decision>,
    /// Lines that prove nothing, in words.
    pub defects: Vec<String>,
}

impl Evidence {
    /// Reads the note on `tree`.
    pub fn parse(tree: ObjectId, note: &[u8]) -> Self {
        let mut found = Self::default();
        for (number, line) in note.split(|b| *b == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let at = |why: &str| format!("line {} of the note on tree {} {why}", number + 1, tree.short());
            match serde_json::from_slice::<Value>(line).ok().as_ref().and_then(Value::as_object) {
                None => found.defects.push(at("is not evidence that guard wrote")),
                Some(object) => match Line::read(object) {
                    None => found.defects.push(at("is not evidence that this guard can read")),
                    Some(line) if line.tree() != tree => {
                        let other = line.tree().short();
                        found.defects.push(at(&format!("is about another tree, {other}")));
                    }
                    Some(Line::Run(run)) => found.runs.push(run),
                    Some(Line::Decision(decision)) => found.decisions.push(decision),
                },
            }
        }
        found.runs.sort_by(|a, b| a.started.cmp(&b.started));
        found.decisions.sort_by(|a, b| a.time.cmp(&b.time));
        found
    }

    /// The newest run of this gate with this very command.
    pub fn latest(&self, gate: &str, command: &str) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.gate == gate && run.command == command)
    }

    /// Adds another note's evidence, keeping the order of time.
    pub fn add(&mut self, other: Self) {
        self.runs.extend(other.runs);
        self.runs.sort_by(|a, b| a.started.cmp(&b.started));
        self.decisions.extend(other.decisions);
        self.decisions.sort_by(|a, b| a.time.cmp(&b.time));
        self.defects.extend(other.defects);
    }
}

enum Line {
    Run(Run),
    Decision(Decision),
}

impl Line {
    fn tree(&self) -> ObjectId {
        match self {
            Self::Run(run) => run.tree,
            Self::Decision(decision) => decision.tree,
        }
    }

    fn read(object: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| object.get(key)?.as_str().map(str::to_owned);
        let id = |key: &str| ObjectId::from_hex(text(key)?.as_bytes());
        if object.get("version")?.as_u64()? != VERSION {
            return None;
        }
        let task = match object.get("task")? {
            Value::Null => None,
            task => Some(TaskId::new(task.as_str()?)?),
        };
        let lock = match object.get("lock")? {
            Value::Null => None,
            _ => Some(id("lock")?),
        };
        let (gate, tree) = (text("gate")?, id("tree")?);
        if let Some(choice) = object.get("decision") {
            let verdict = match choice.as_str()? {
                "retry" => Choice::Retry,
                "stop" => Choice::Stop,
                _ => return None,
            };
            let (reason, by, time) = (text("reason")?, text("by")?, text("time")?);
            return Some(Self::Decision(Decision {
                gate,
                tree,
                task: task?,
                lock,
                verdict,
                reason,
                by,
                time,
            }));
        }
        let code = || i32::try_from(object.get("code")?.as_i64()?).ok();
        let outcome = match object.get("outcome")?.as_str()? {
            "passed" => Outcome::Passed,
            "failed" => Outcome::Failed(code()?),
            "timed-out" => Outcome::TimedOut,
            "killed" => Outcome::Killed(code()?),
            "interrupted" => Outcome::Interrupted,
            "missing" => Outcome::Missing,
            _ => return None,
        };
        Some(Self::Run(Run {
            gate,
            command: text("command")?,
            required: object.get("required")?.as_bool()?,
            tree,
            task,
            lock,
            outcome,
            started: text("started")?,
            milliseconds: object.get("milliseconds")?.as_u64()?,
            digest: text("digest")?,
            bytes: object.get("bytes")?.as_u64()?,
            tail: text("tail")?,
            guard: text("guard")?,
        }))
    }
}

impl Run {
    /// The line that goes into the note, with its line feed.
    pub fn line(&self) -> String {
        let code = match self.outcome {
            Outcome::Failed(code) | Outcome::Killed(code) => Value::from(code),
            _ => Value::Null,
        };
        let value = json!({
            "version": VERSION,
            "started": self.started,
            "gate": self.gate,
            "task": self.task.as_ref().map(TaskId::as_str),
            "outcome": self.outcome.as_str(),
            "code": code,
            "command": self.command,
            "required": self.required,
            "tree": self.tree.to_string(),
            "lock": self.lock.map(|id| id.to_string()),
            "milliseconds": self.milliseconds,
            "digest": self.digest,
            "bytes": self.bytes,
            "tail": self.tail,
            "guard": self.guard,
        });
        format!("{value}\n")
    }
}

impl Decision {
    /// The line that goes into the note, with its line feed.
    pub fn line(&self) -> String {
        let value = json!({
            "version": VERSION,
            "time": self.time,
            "gate": self.gate,
            "task": self.task.as_str(),
            "decision": self.verdict.as_str(),
            "reason": self.reason,
            "by": self.by,
            "tree": self.tree.to_string(),
            "lock": self.lock.map(|id| id.to_string()),
        });
        format!("{value}\n")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        ObjectId::from_hex(digit.to_string().repeat(40).as_bytes()).unwrap()
    }

    fn run(started: &str, outcome: Outcome) -> Run {
        Run {
            gate: "tests".into(),
            command: "make \"check\"\n".into(),
            required: true,
            tree: id('a'),
            task: TaskId::new("T001"),
            lock: Some(id('b')),
            outcome,
            started: started.into(),
            milliseconds: 12,
            digest: "d".into(),
            bytes: 3,
            tail: "\u{1b}[31mred\n".into(),
            guard: "0.1.0".into(),
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for outcome in [
            Outcome::Passed,
            Outcome::Failed(3),
            Outcome::TimedOut,
            Outcome::Killed(9),
            Outcome::Interrupted,
            Outcome::Missing,
        ] {
            let run = run("2026-01-01T00:00:00.000Z", outcome);
            assert_eq!(run.line().lines().count(), 1);
            let read = Evidence::parse(id('a'), run.line().as_bytes());
            assert_eq!(read, Evidence { runs: vec![run], ..Evidence::default() });
        }
        let decision = Decision {
            gate: "tests".into(),
            tree: id('a'),
            task: TaskId::new("T001").unwrap(),
            lock: None,
            verdict: Choice::Stop,
            reason: "no".into(),
            by: "A <a@b>".into(),
            time: "t".into(),
        };
        let read = Evidence::parse(id('a'), decision.line().as_bytes());
        assert_eq!(read, Evidence { decisions: vec![decision], ..Evidence::default() });
    }

    #[test]
    fn the_newest_run_counts_however_the_lines_are_sorted() {
        let older = run("2026-01-01T00:00:00.000Z", Outcome::Passed);
        let newer = run("2026-01-01T00:00:00.001Z", Outcome::Failed(1));
        for note in [older.line() + &newer.line(), newer.line() + &older.line()] {
            let read = Evidence::parse(id('a'), note.as_bytes());
            assert_eq!(read.latest("tests", &older.command).unwrap().outcome, Outcome::Failed(1));
            assert_eq!(read.latest("tests", "make"), None, "another command is another gate");
        }
    }

    #[test]
    fn what_proves_nothing_is_said() {
        let line = run("t", Outcome::Passed).line();
        for (tree, note, why) in [
            ('c', line.clone(), "about another tree, aaaaaaa"),
            ('a', "all gates passed\n".to_owned(), "is not evidence that guard wrote"),
            ('a', line.replace("\"version\":1", "\"version\":2"), "this guard can read"),
            ('a', line.replace("\"passed\"", "\"fine\""), "this guard can read"),
            ('a', line.replace("\"milliseconds\":12,", ""), "this guard can read"),
        ] {
            let read = Evidence::parse(id(tree), note.as_bytes());
            assert_eq!((read.runs.len(), read.defects.len()), (0, 1), "{note}");
            assert!(read.defects.first().unwrap().contains(why), "{:?}", read.defects);
        }
    }
}
