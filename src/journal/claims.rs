//! What a log says of tasks and gates, wherever it says so: in guard's parts or in a log that people write whole.

use super::document::{entry, front, lines};
use super::escape::{plain, visible};
use super::{heading, label};
use crate::model::TaskId;

/// One thing that the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where, from 1.
    pub line: usize,
    /// The line, trimmed.
    pub text: String,
    /// What.
    pub said: Said,
}

impl Claim {
    /// The tree on which a gate ran, where the line names one as guard does.
    pub fn tree(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once("tree `")?;
        let (hex, _) = rest.split_once('`')?;
        (hex.len() >= 7 && hex.bytes().all(|b| b.is_ascii_hexdigit())).then_some(hex)
    }
}

/// What a line of a log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Everything is done: `status: complete` in the front matter.
    Complete,
    /// Here begins the section of this task.
    Section(TaskId),
    /// This task is done, or is not.
    Done(TaskId, bool),
    /// The commit whose hexadecimal name begins so did this task.
    Commit(TaskId, String),
    /// The commit of this task changed these files.
    Files(TaskId, Vec<String>),
    /// The tests of this task passed, or failed.
    Tests(TaskId, bool),
    /// This gate passed, or failed, on the commit of this task; `None`: on each.
    Gate(Option<TaskId>, String, bool),
}

/// Everything that the log in `text` says of these tasks and gates.
pub fn claims(text: &[u8], tasks: &[&TaskId], gates: &[&str]) -> Vec<Claim> {
    let lines = lines(text);
    let mut reader = Reader { tasks, gates, place: Place::Elsewhere, command: false, gate: None };
    let mut fence: Option<String> = None;
    let mut found = Vec::new();
    let start = front(&lines).map_or(0, |front| front.end + 1);
    if let Some((at, value)) = entry(&lines, "status")
        && done(&value) == Some(true)
    {
        found.push(Claim { line: at + 1, text: format!("status: {value}"), said: Said::Complete });
    }
    for (at, line) in lines.iter().enumerate().skip(start) {
        let line = String::from_utf8_lossy(line);
        if in_fence(&mut fence, &line) {
            continue;
        }
        if let Some(said) = reader.read(line.trim_end()) {
            found.push(Claim { line: at + 1, text: line.trim().to_owned(), said });
        }
    }
    found
}

/// Is this line part of a block of code?
fn in_fence(fence: &mut Option<String>, line: &str) -> bool {
    let run = |c: char| line.trim_start().chars().take_while(|x| *x == c).collect::<String>();
    let mark = [run('`'), run('~')].into_iter().find(|run| run.len() >= 3);
    match (&fence, mark) {
        (None, None) => false,
        (None, opens) => {
            *fence = opens;
            true
        }
        (Some(open), Some(mark)) if mark.starts_with(open.as_str()) => {
            *fence = None;
            true
        }
        _ => true,
    }
}

enum Place {
    Task(TaskId),
    Gates,
    Elsewhere,
}

struct Reader<'a> {
    tasks: &'a [&'a TaskId],
    gates: &'a [&'a str],
    place: Place,
    /// Below `Commands:`?
    command: bool,
    /// The gate whose results are listed.
    gate: Option<String>,
}

impl Reader<'_> {
    fn read(&mut self, line: &str) -> Option<Said> {
        let indent = line.len() - line.trim_start().len();
        let body = line.trim_start();
        if let Some(title) = title(body).filter(|_| indent < 4) {
            (self.command, self.gate) = (false, None);
            self.place = match self.task_of(&title) {
                Some(id) => Place::Task(id),
                None if title.eq_ignore_ascii_case(heading::GATES) => Place::Gates,
                None => Place::Elsewhere,
            };
            return match &self.place {
                Place::Task(id) => Some(Said::Section(id.clone())),
                _ => None,
            };
        }
        let item = ["- ", "* ", "+ "].iter().find_map(|mark| body.strip_prefix(mark))?;
        match &self.place {
            Place::Elsewhere => None,
            Place::Task(id) if indent < 2 => {
                let id = id.clone();
                self.field(id, item)
            }
            Place::Task(id) => {
                let gate = self.gate_of(item, false).filter(|_| self.command)?;
                let (_, ended) = item.rsplit_once('→').or_else(|| item.rsplit_once("->"))?;
                Some(Said::Gate(Some(id.clone()), gate, verdict(ended)?))
            }
            Place::Gates if indent < 2 => {
                self.gate = self.gate_of(item, true);
                let (_, ended) = item.split_once(':')?;
                Some(Said::Gate(None, self.gate.clone()?, verdict(ended)?))
            }
            Place::Gates => {
                let id = self.task_of(&plain(item))?;
                let (_, ended) = item.split_once(": ")?;
                Some(Said::Gate(Some(id), self.gate.clone()?, verdict(ended)?))
            }
        }
    }

    fn field(&mut self, id: TaskId, item: &str) -> Option<Said> {
        let bare = |text: &str| text.trim().trim_matches('*').trim().to_owned();
        let (key, value) = item.split_once(':')?;
        let (key, value) = (bare(key), bare(value));
        let is = |label: &str| key.eq_ignore_ascii_case(label);
        self.command = is(label::COMMANDS);
        if is(label::STATUS) {
            return Some(Said::Done(id, done(&value)?));
        }
        if is(label::COMMIT) || is("Commits") {
            return Some(Said::Commit(id, commit(&value)?));
        }
        if is(label::FILES) {
            return Some(Said::Files(id, files(&value)?));
        }
        if is(label::TESTS) || is("Test") || is("Tests/coverage") {
            return Some(Said::Tests(id, verdict(&value)?));
        }
        None
    }

    /// The task whose ID the text begins with; the longest that fits.
    fn task_of(&self, text: &str) -> Option<TaskId> {
        let after_word = ["Task ", "task "].iter().find_map(|word| text.strip_prefix(word));
        let named = |id: &&&TaskId| {
            [Some(text), after_word].into_iter().flatten().any(|text| begins(text, id.as_str()))
        };
        self.tasks.iter().filter(named).max_by_key(|id| id.as_str().len()).map(|id| (*id).clone())
    }

    fn gate_of(&self, item: &str, any_case: bool) -> Option<String> {
        let text = plain(item.trim_start_matches('*'));
        let is = |gate: &&&str| {
            let head = text.get(..gate.len()).unwrap_or_default();
            let same = head == **gate || (any_case && head.eq_ignore_ascii_case(gate));
            same && text.get(gate.len()..).is_some_and(|rest| rest.starts_with([':', ' ', '*']))
        };
        self.gates.iter().filter(is).max_by_key(|gate| gate.len()).map(|gate| (*gate).to_owned())
    }
}

/// What a heading says.
fn title(line: &str) -> Option<String> {
    let text = line.trim_start_matches('#');
    let depth = line.len() - text.len();
    let inner = text.trim().trim_start_matches(['*', '`', '[']);
    ((1..=6).contains(&depth) && text.starts_with(' ')).then(|| plain(inner))
}

/// Does the text begin with this ID, and not with a longer one?
fn begins(text: &str, id: &str) -> bool {
    let Some(rest) = text.strip_prefix(id) else { return false };
    let mut rest = rest.chars();
    match rest.next() {
        None => true,
        Some(c) if c.is_alphanumeric() || c == '_' => false,
        Some('.' | '-') => !rest.next().is_some_and(char::is_alphanumeric),
        Some(_) => true,
    }
}

fn starts_with_one(value: &str, words: &[&str]) -> bool {
    let value = value.trim().trim_start_matches(['*', '_', '`', '-']).trim_start().to_lowercase();
    words.iter().any(|word| value.starts_with(word))
}

/// Does a status say that a task is done? `None`: nobody can tell.
fn done(value: &str) -> Option<bool> {
    const YES: [&str; 8] = ["done", "complete", "finish", "success", "merged", "closed", "✅", "[x]"];
    const NO: [&str; 18] = [
        "ready",
        "waiting",
        "pending",
        "todo",
        "to do",
        "not ",
        "in progress",
        "in-progress",
        "blocked",
        "reverted",
        "open",
        "running",
        "started",
        "failed",
        "skipped",
        "planned",
        "[ ]",
        "❌",
    ];
    match (starts_with_one(value, &YES), starts_with_one(value, &NO)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// Does a result say passed or failed? `None`: neither, as in a form that nobody has filled in (`pass/fail`).
fn verdict(value: &str) -> Option<bool> {
    const YES: [&str; 7] = ["pass", "ok", "green", "success", "clean", "✅", "[x]"];
    const NO: [&str; 6] =
        ["fail", "ran out of time", "was killed", "was interrupted", "could not start", "❌"];
    if starts_with_one(value, &["pass/fail", "pass / fail", "pass|fail"]) {
        return None;
    }
    match (starts_with_one(value, &YES), starts_with_one(value, &NO)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// The files of a line that names nothing but files, each as code, as guard does; `None`: it says it in other words.
fn files(value: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = value;
    loop {
        let (path, after) = rest.strip_prefix('`')?.split_once('`')?;
        if path.is_empty() || path.ends_with('/') || path.contains('*') {
            return None;
        }
        found.push(path.to_owned());
        let after =
            [" (new)", " (deleted)"].iter().find_map(|mark| after.strip_prefix(mark)).unwrap_or(after);
        if after.is_empty() {
            return Some(found);
        }
        rest = after.strip_prefix(", ")?;
    }
}

/// Does what a log shows stand for this path, or for its last parts?
pub fn is_shown(path: &[u8], shown: &str) -> bool {
    let path = visible(path);
    path.strip_suffix(shown).is_some_and(|above| above.is_empty() || above.ends_with('/'))
}

/// The first word that can only be a commit: seven hexadecimal digits or more, one of them a number or all of it code.
fn commit(value: &str) -> Option<String> {
    let code = value.contains('`');
    let is_hash = |word: &&str| {
        (7..=64).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_hexdigit())
            && (code || word.bytes().any(|b| b.is_ascii_digit()))
    };
    value.split(|c: char| !c.is_ascii_alphanumeric()).find(is_hash).map(str::to_ascii_lowercase)
}
