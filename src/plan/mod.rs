//! Plans: the documents that say which tasks there are and which paths each may change.
//!
//! A [`Format`] turns the bytes of one document into a [`Plan`]; the registry [`FORMATS`] is the only list of
//! them. Scopes are *declared, never inferred*: what a plan does not say is a [`Problem`] for its author.

mod bare_card;
mod card;
mod checklist;
mod claims;
mod columns;
mod conductor;
mod declared;
mod depends;
mod entries;
mod execplan;
mod fields;
mod grid;
mod growth;
mod gsd;
mod json;
mod labels;
mod lint;
mod living;
mod locked;
mod markdown;
mod native;
mod nearly;
mod outline;
mod overlay;
mod references;
mod scope;
mod sections;
mod stray;
mod table;
mod taskmaster;
mod tickets;
mod token;
mod topic;
mod value;
mod words;
mod write;
mod yaml;

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::{Level, Place, TaskId};
use crate::pattern::Patterns;

pub use claims::Claim;
pub use growth::Loss;
pub use lint::{blocking, lint};
pub use locked::{first_locked_difference, first_loss, is_same, locked_lines};
pub use overlay::{apply_overlay, is_overlay, overlay_path};
pub use references::{Pin, Reference};
pub use scope::READ_AT_ROOT;
pub use tickets::{
    Document, is_ticket_path, read_with, read_with_as, same_tickets, ticket_place, tickets_folder,
};
pub use token::is_usual_at_root;
pub use topic::{names_topic, normalise_topic, topics_of};
pub use write::{to_native, toml_key, toml_string};

/// Every format that is known, the surest first.
#[rustfmt::skip]
pub const FORMATS: &[Format] = &[
    gsd::FORMAT, card::FORMAT, taskmaster::FORMAT,
    native::FORMAT, execplan::FORMAT, table::FORMAT, sections::FORMAT,
    bare_card::FORMAT, checklist::FORMAT, conductor::FORMAT,
];

/// The largest plan that is read, in bytes: eight times the largest that people write. Every hook reads the plan, and the worst
/// text of this size takes it a second or two.
pub const LARGEST: usize = 2 << 20;
/// More tasks than any plan has.
const MOST_TASKS: usize = 10_000;

/// One document read.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where it lives in the repository.
    pub path: String,
    /// The name of the format that read it.
    pub format: &'static str,
    /// Why it was read in that format, where guard recognised it.
    pub why: &'static str,
    /// The topic as the document itself declares it, if it does.
    pub topic: Option<String>,
    /// The name under which a commit speaks of all tasks at once, where the format has one: GSD's `01-02`.
    pub whole: Option<String>,
    /// In document order.
    pub tasks: Vec<Task>,
    /// The documents that it is measured against: they stay as they are while it runs.
    pub references: Vec<Reference>,
    /// Its tickets and its overlay: behind how many lines each starts, and its path. See [`Plan::place`].
    pub tickets: Vec<(usize, String)>,
    /// What the author should mend, in document order.
    pub problems: Vec<Problem>,
}

/// One task of a plan.
#[derive(Debug, Clone)]
pub struct Task {
    /// As the plan spells it.
    pub id: TaskId,
    /// One line.
    pub summary: String,
    /// From 1: where the task starts.
    pub line: usize,
    /// The paths it may change. `None`: not declared (nothing is allowed, and lint says so); empty: no files.
    pub scope: Option<Patterns>,
    /// The policy file that declares the scope in the plan's stead.
    pub overlaid_by: Option<String>,
    /// Which of these paths the plan calls new, and which it takes to be there.
    pub claims: Vec<Claim>,
    /// Tasks that must be committed first.
    pub depends_on: Vec<TaskId>,
    /// The milestone it belongs to.
    pub milestone: Option<String>,
    /// The acceptance test, as written.
    pub acceptance: Option<String>,
    /// Test, implementation or validation.
    pub phase: Option<Phase>,
    /// May run beside other parallel-safe tasks.
    pub parallel_safe: bool,
    /// Marked as done in the document.
    pub done: bool,
    /// A reason why this task needs no test first.
    pub test_not_applicable: Option<String>,
    /// Requirements it covers.
    pub covers: Vec<String>,
}

/// The native format's `phase_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Writes tests.
    Test,
    /// Makes them pass.
    Implementation,
    /// Checks the whole.
    ValidationSupport,
}

/// Something about a plan that its author should mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `Deny`: the plan cannot be executed like this; `Warn`: it can.
    pub level: Level,
    /// From 1; 0: the document as a whole.
    pub line: usize,
    /// One sentence without a full stop.
    pub message: String,
    /// What to write instead, one entry a line.
    pub help: Vec<String>,
    /// The task whose scope this is about: an overlay for that task settles it.
    pub scope_of: Option<TaskId>,
}

impl Problem {
    /// The plan cannot be executed like this.
    pub fn deny(line: usize, message: impl Into<String>) -> Self {
        Self { level: Level::Deny, line, message: message.into(), help: Vec::new(), scope_of: None }
    }

    /// The plan can be executed, but its author should look.
    pub fn warn(line: usize, message: impl Into<String>) -> Self {
        Self { level: Level::Warn, ..Self::deny(line, message) }
    }

    /// Adds a line that says what to write instead.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }

    /// Says that an overlay for `task` settles this.
    #[must_use]
    pub fn about_scope_of(mut self, task: &TaskId) -> Self {
        self.scope_of = Some(task.clone());
        self
    }
}

impl Task {
    /// A task of which only the ID and the place are known.
    pub fn new(id: TaskId, line: usize) -> Self {
        Self {
            id,
            line,
            summary: String::new(),
            scope: None,
            overlaid_by: None,
            claims: Vec::new(),
            depends_on: Vec::new(),
            milestone: None,
            acceptance: None,
            phase: None,
            parallel_safe: false,
            done: false,
            test_not_applicable: None,
            covers: Vec::new(),
        }
    }
}

impl Plan {
    /// Could its author mark a file as new? See [`Format::marks_new`].
    pub fn marks_new(&self) -> bool {
        FORMATS.iter().any(|format| format.name == self.format && format.marks_new)
    }

    /// A plan of which nothing has been read yet.
    fn new(path: &str, format: &'static str) -> Self {
        let (path, tasks, references, problems) = (path.to_owned(), Vec::new(), Vec::new(), Vec::new());
        let (why, topic, whole, tickets) = ("", None, None, Vec::new());
        Self { path, format, why, topic, whole, tasks, references, tickets, problems }
    }

    /// The task that a person means by `spelled`: its exact ID, else one of the usual ways to write it (`Task 3`,
    /// `T3` and `3` for one another, in any case) where that fits exactly one task. `T001` and `T1` are two IDs.
    pub fn task(&self, spelled: &str) -> Option<&Task> {
        if let Some(exact) = self.tasks.iter().find(|t| t.id.as_str() == spelled) {
            return Some(exact);
        }
        let wanted = alias(spelled);
        let mut alike = self.tasks.iter().filter(|t| alias(t.id.as_str()) == wanted);
        alike.next().filter(|_| alike.next().is_none())
    }

    /// The one task that `spelled` may be a slip for: at most two letters away, and no other as near.
    pub fn nearest(&self, spelled: &str) -> Option<&TaskId> {
        let ids = self.tasks.iter().map(|task| &task.id);
        let measured = ids.filter_map(|id| Some((distance(id.as_str(), spelled)?, id)));
        let near: Vec<_> = measured.filter(|(edits, id)| *edits <= 2 && *edits < id.as_str().len()).collect();
        let least = near.iter().map(|(edits, _)| *edits).min()?;
        let mut nearest = near.into_iter().filter(|(edits, _)| *edits == least).map(|(_, id)| id);
        nearest.next().filter(|_| nearest.next().is_none())
    }

    /// There is no task `spelled`. The first line of help names the one that it may be a slip for.
    pub fn no_task(&self, spelled: &str) -> Error {
        let error = Error::usage(format!("{} has no task {spelled}", self.path));
        match self.nearest(spelled) {
            Some(near) => error.help(format!("did you mean {near}?")),
            None => error,
        }
    }
}

/// `Task 3`, `task-3`, `T3`, `#3` and `3` are all `3`.
fn alias(spelled: &str) -> String {
    let lower = spelled.trim().to_lowercase();
    let word = ["task", "step", "タスク"].iter().find_map(|w| lower.strip_prefix(w)).unwrap_or(&lower);
    let bare = word.trim_start_matches([' ', '-', '_', '#']);
    let number = bare.strip_prefix('t').filter(|n| n.starts_with(|c: char| c.is_ascii_digit()));
    number.unwrap_or(bare).to_owned()
}

/// How many edits lie between two words, for suggestions. `None` where one of them is no word that a person mistypes: the
/// time and the memory that it takes grow with the product of both lengths.
pub(crate) fn distance(one: &str, other: &str) -> Option<usize> {
    const LONGEST: usize = 60;
    (one.len().max(other.len()) <= LONGEST).then(|| strsim::damerau_levenshtein(one, other))
}

/// A task in a sentence: bare numbers need the word.
pub(crate) fn called(id: &TaskId) -> String {
    let number = id.as_str().starts_with(|c: char| c.is_ascii_digit());
    if number { format!("Task {id}") } else { id.to_string() }
}

/// Finds tasks by ID as [`Plan::task`] does, in constant time, for work over whole plans.
struct Index {
    exact: HashMap<String, usize>,
    /// `None`: several tasks.
    alike: HashMap<String, Option<usize>>,
}

impl Index {
    fn new<'t>(ids: impl Iterator<Item = &'t TaskId>) -> Self {
        let mut index = Self { exact: HashMap::new(), alike: HashMap::new() };
        for (at, id) in ids.enumerate() {
            index.exact.entry(id.as_str().to_owned()).or_insert(at);
            index.alike.entry(alias(id.as_str())).and_modify(|one| *one = None).or_insert(Some(at));
        }
        index
    }

    /// The position of the task that `spelled` means.
    fn find(&self, spelled: &str) -> Option<usize> {
        self.exact.get(spelled).copied().or_else(|| self.alike.get(&alias(spelled)).copied().flatten())
    }
}

/// A way of writing plans.
pub struct Format {
    /// Its name in messages and for `--as`.
    pub name: &'static str,
    /// Could the document be in this format? A quick look, since every hook asks; says why, for `guard plan show`.
    pub detect: fn(path: &str, text: &str) -> Option<&'static str>,
    /// Is a yes of `detect` final? Otherwise a document in which no task is found is left to the next format.
    pub certain: bool,
    /// Reads the document. Problems go into the plan; an error means that it cannot be read at all.
    pub read: fn(path: &str, text: &str) -> Result<Plan>,
    /// The document's lines that are locked while the plan runs, each with its line number from 1: everything
    /// but status marks and living sections.
    pub locked: fn(text: &str) -> Vec<(usize, String)>,
    /// May living sections only grow while the plan runs? Otherwise they may change freely.
    pub grows: bool,
    /// Can its author mark a file as new, or as there already, as in `Create: src/lease.rs`?
    pub marks_new: bool,
}

/// Reads the plan in `bytes`; `path` says where it lives in the repository.
///
/// # Errors
/// When it is not UTF-8 text, empty, larger than [`LARGEST`], or in no format that is known. What merely should be
/// mended is in [`Plan::problems`] and [`lint()`].
pub fn read(path: &str, bytes: &[u8]) -> Result<Plan> {
    let text = text_of(path, bytes)?;
    match read_first(path, text)? {
        Some((_, plan)) => Ok(plan),
        None => checklist::without_ids(path, text).ok_or_else(|| unknown_format(path, text)),
    }
}

/// What the first format that finds tasks makes of the document.
fn read_first(path: &str, text: &str) -> Result<Option<(&'static Format, Plan)>> {
    for format in FORMATS {
        if let Some(why) = (format.detect)(path, text) {
            let plan = Plan { why, ..read_in(format, path, text)? };
            if format.certain || !plan.tasks.is_empty() {
                return Ok(Some((format, plan)));
            }
        }
    }
    Ok(None)
}

/// Reads the plan in the format called `name`, whatever it looks like.
///
/// # Errors
/// As [`read`], or when no format has that name.
pub fn read_as(name: &str, path: &str, bytes: &[u8]) -> Result<Plan> {
    let Some(format) = FORMATS.iter().find(|f| f.name == name) else {
        let names: Vec<_> = FORMATS.iter().map(|f| f.name).collect();
        let error = Error::plan(format!("`{name}` is not a plan format"));
        return Err(error.help(format!("use one of: {}", names.join(", "))));
    };
    read_in(format, path, text_of(path, bytes)?)
}

fn read_in(format: &Format, path: &str, text: &str) -> Result<Plan> {
    let mut plan = (format.read)(path, text)?;
    if !has_extension(path, &["toml", "json", "yaml", "yml"]) && lists_files(text) {
        stray::report(text, &mut plan);
    }
    let Some(task) = plan.tasks.get(MOST_TASKS) else { return Ok(plan) };
    let message = format!("{} tasks are more than guard reads in one plan", plan.tasks.len());
    let error = Error::plan(message).at(Place::line(path, task.line));
    Err(error.help(format!("split the plan; the limit is {MOST_TASKS} tasks")))
}

/// May some line of the document list files? Most words that do hold this one; a quick look, since every hook asks.
fn lists_files(text: &str) -> bool {
    ["ile", "ILE", "odule", "nterface", "path", "Path", "older", "irector", "ファイル"]
        .iter()
        .any(|word| text.contains(word))
}

/// The format in which [`read`] reads the document, and why; `None` where it reads none.
pub fn recognise(path: &str, bytes: &[u8]) -> Option<(&'static Format, &'static str)> {
    let plan = read(path, bytes).ok()?;
    FORMATS.iter().find(|format| format.name == plan.format).map(|format| (format, plan.why))
}

fn unknown_format(path: &str, text: &str) -> Error {
    let prose = !has_extension(path, &["toml", "json", "yaml", "yml"]);
    if let Some(problem) = prose.then(|| nearly::first(&markdown::View::of(text).blocks())).flatten() {
        let error = Error::plan(format!("guard finds no tasks here: {}", problem.message));
        return problem.help.into_iter().fold(error.at(Place::line(path, problem.line)), Error::help);
    }
    Error::plan("guard finds no tasks here in any format that it knows")
        .at(Place::file(path))
        .help("Markdown: a heading `### T001: summary`, below it `**Files:**` and a list of paths")
        .help("or TOML: [[task]] with id, summary and scope")
}

/// The document as text, without a byte-order mark.
fn text_of<'b>(path: &str, bytes: &'b [u8]) -> Result<&'b str> {
    if bytes.len() > LARGEST {
        let message = format!("a plan of {} MB is too large to be one", bytes.len().div_ceil(1 << 20));
        return Err(Error::plan(message).at(Place::file(path)).help("split it; the limit is 2 MB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + valid.iter().filter(|b| **b == b'\n').count();
        let column = 1 + valid
            .rsplit(|b| *b == b'\n')
            .next()
            .map_or(0, |l| String::from_utf8_lossy(l).chars().count());
        Error::plan("the plan is not UTF-8 text")
            .at(Place { file: path.to_owned(), line, column })
            .help("save it as UTF-8, for example: iconv -f UTF-16 -t UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::plan("the plan is empty")
            .at(Place::file(path))
            .help("write at least one task into it"));
    }
    Ok(text)
}

/// Does the file name end in one of these, in any case?
fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| extensions.iter().any(|e| end.eq_ignore_ascii_case(e)))
}

#[cfg(test)]
mod tests;
