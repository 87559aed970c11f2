//! The columns of a table of tasks, by their headings, and the words of its status column.

use super::labels::{Label, bare_name, is_of_the_untouched, label_named};
use super::markdown::{CODE, END_CODE};

/// What the columns of a table of tasks hold; the columns are counted from 0.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) id: usize,
    /// A second column, called "Task", beside one that only numbers the rows.
    pub(super) task: Option<usize>,
    /// Does a heading say that the rows are tasks?
    pub(super) names_tasks: bool,
    pub(super) files: Vec<usize>,
    pub(super) summary: Option<usize>,
    pub(super) dependencies: Option<usize>,
    pub(super) milestone: Option<usize>,
    pub(super) acceptance: Option<usize>,
    pub(super) parallel_safe: Option<usize>,
    pub(super) status: Option<usize>,
}

/// Headings of IDs that say that they are those of tasks.
const TASK_IDS: &[&str] =
    &["task id", "taskid", "task", "tasks", "ticket", "ticket id", "タスク", "タスクid"];
/// Headings of IDs of any kind.
const IDS: &[&str] = &["id", "ids", "key", "番号"];
/// Headings of columns that number the rows; with the word "task" they are IDs like any other.
const NUMBERS: &[&str] = &["#", "no", "nr", "num", "number", "nº", "n°"];
/// Headings that mean files where no column is called so.
const PLACES: &[&str] = &["path", "paths", "scope", "target", "targets", "touches", "touched", "パス"];
const SUMMARIES: &[&str] = &["title", "name", "what", "work", "タイトル", "内容"];
const STATES: &[&str] =
    &["status", "state", "done", "done?", "complete", "completed", "✓", "✔", "✅", "状態", "ステータス"];

impl Columns {
    /// `None`: no column holds IDs.
    pub(super) fn of<S: AsRef<str>>(headings: &[S]) -> Option<Self> {
        let names: Vec<String> = headings.iter().map(|h| name_of(h.as_ref())).collect();
        let first = |is: &dyn Fn(&str) -> bool| names.iter().position(|name| is(name));
        let labelled = |label: Label| first(&|name| label_named(name) == label);
        let task = first(&|name| TASK_IDS.contains(&name));
        let any = first(&|name| is_id(name));
        // Behind another column, such as "Requirement", a task is what that one refers to.
        let leads = |at: &usize| names.iter().take(*at).all(|name| is_beside(name));
        let id = any.or(task.filter(leads))?;
        let mut files: Vec<usize> = at_all(&names, |name| label_named(name) == Label::Files);
        if files.is_empty() {
            let places = |place: &&str| first(&|name| name == *place);
            files.extend(PLACES.iter().find_map(places).filter(|at| *at != id));
        }
        let summary = labelled(Label::Summary).or_else(|| first(&|name| SUMMARIES.contains(&name)));
        let task = task.filter(|at| *at != id);
        let number = names.get(id).is_some_and(|name| NUMBERS.contains(&name.as_str()));
        Some(Self {
            id,
            names_tasks: names.iter().any(|name| name.split(' ').any(|w| TASK_IDS.contains(&w))),
            task: task.filter(|_| number),
            files,
            summary: summary.filter(|at| *at != id).or(task),
            dependencies: labelled(Label::Dependencies),
            milestone: labelled(Label::Milestone),
            acceptance: labelled(Label::Acceptance),
            parallel_safe: labelled(Label::ParallelSafe),
            status: first(&|name| STATES.contains(&name)),
        })
    }
}

/// The columns of files in a table whose rows are pieces of work of any kind: another column numbers or names them.
pub(super) fn listing_files<S: AsRef<str>>(headings: &[S]) -> Option<Vec<usize>> {
    const WORK: &[&str] =
        &["step", "steps", "phase", "task", "tasks", "item", "milestone", "work", "ticket", "wp"];
    let names: Vec<String> = headings.iter().map(|h| name_of(h.as_ref())).collect();
    let counts = |name: &String| {
        is_id(name) || TASK_IDS.contains(&name.as_str()) || name.split(' ').any(|w| WORK.contains(&w))
    };
    let files = at_all(&names, |name| label_named(name) == Label::Files);
    (!files.is_empty() && names.iter().any(counts)).then_some(files)
}

fn at_all(names: &[String], is: impl Fn(&str) -> bool) -> Vec<usize> {
    names.iter().enumerate().filter(|(_, name)| is(name)).map(|(at, _)| at).collect()
}

/// `ID`, `#`, `Task #`, `Task no.`; the column "Task" alone may hold either the ID or the summary.
fn is_id(name: &str) -> bool {
    let rest = name.strip_prefix("task ").unwrap_or(name);
    let named = TASK_IDS.contains(&name) && !["task", "tasks", "タスク"].contains(&name);
    named || IDS.contains(&rest) || NUMBERS.contains(&rest)
}

/// May a column of this name stand before the one that names the tasks?
fn is_beside(name: &str) -> bool {
    let state =
        name.is_empty() || STATES.contains(&name) || ["phase", "wave", "order", "priority"].contains(&name);
    state || matches!(label_named(name), Label::Milestone | Label::ParallelSafe)
}

/// A heading in lower case, without marks of emphasis and code, and what stands in parentheses unless that turns it around.
fn name_of(heading: &str) -> String {
    let plain: String = heading.chars().filter(|c| !matches!(*c, CODE | END_CODE | '*' | '`')).collect();
    if is_of_the_untouched(&plain) {
        return plain.to_lowercase();
    }
    let name = bare_name(&plain.replace(['_', '-'], " "));
    name.trim_end_matches([':', '.', '：']).trim_end().to_owned()
}

/// The words that a status cell may hold, and whether they say that the task is done. The list is closed, so that
/// nothing else can change as if it were a status mark.
#[rustfmt::skip]
const STATUS: &[(&str, bool)] = &[
    ("", false), ("-", false), ("–", false), ("—", false), ("[ ]", false), ("no", false), ("todo", false),
    ("to do", false), ("not started", false), ("pending", false), ("open", false), ("planned", false),
    ("ready", false), ("queued", false), ("next", false), ("in progress", false), ("wip", false), ("started", false),
    ("doing", false), ("active", false), ("ongoing", false), ("blocked", false), ("review", false),
    ("in review", false), ("failed", false), ("未着手", false), ("進行中", false), ("[x]", true), ("x", true),
    ("yes", true), ("done", true), ("complete", true), ("completed", true), ("finished", true), ("closed", true),
    ("shipped", true), ("merged", true), ("完了", true),
];
/// Signs in a status cell, and whether they say that the task is done where no word does.
#[rustfmt::skip]
const SIGNS: &[(char, bool)] = &[
    ('✅', true), ('☑', true), ('✓', true), ('✔', true), ('🟢', true), ('❌', false), ('✗', false), ('⏳', false),
    ('⌛', false), ('🔄', false), ('🚧', false), ('⬜', false), ('☐', false), ('🟡', false), ('🔴', false),
    ('🔵', false), ('⚪', false), ('⏸', false), ('🔲', false), ('\u{fe0f}', false),
];

/// Does a status cell say that the task is done? `None`: it holds something else than a status.
pub(super) fn status(cell: &str) -> Option<bool> {
    // No status is longer; the cell may be.
    if cell.trim().len() > 60 {
        return None;
    }
    let mut signed = false;
    let mut words = String::new();
    for c in cell.chars().filter(|c| !matches!(c, '*' | '`')) {
        match SIGNS.iter().find(|(sign, _)| *sign == c) {
            Some((_, done)) => signed |= done,
            None => words.extend(c.to_lowercase()),
        }
    }
    let words = words.replace(['_'], " ").replace("in-", "in ").replace("to-", "to ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let (word, done) = STATUS.iter().find(|(word, _)| *word == words)?;
    Some(if word.is_empty() { signed } else { *done })
}

#[cfg(test)]
mod tests;
