//! What the rows of a table say about tasks.

use std::collections::HashMap;

use crate::model::TaskId;
use crate::pattern::Patterns;

use super::columns::Columns;
use super::depends::is_task_code;
use super::grid::{Grid, Row};
use super::markdown::{CODE, END_CODE, plain};
use super::sections::{is_numbered, parse_head};
use super::token::has_path;
use super::value::Value;
use super::{Problem, called, scope};

/// A table that names tasks.
pub(super) struct Table {
    pub(super) rows: Vec<Entry>,
    /// Has it a Files column?
    pub(super) has_files: bool,
    /// Does it say what the tasks do?
    pub(super) has_summary: bool,
}

/// What one row says about a task.
pub(super) struct Entry {
    pub(super) id: TaskId,
    pub(super) line: usize,
    pub(super) title: String,
    /// Has its table a Files column?
    pub(super) has_cell: bool,
    /// The entries of its Files cells; empty where there is nothing in them.
    pub(super) files: Vec<Value>,
    pub(super) dependencies: Option<Value>,
    pub(super) milestone: Option<String>,
    pub(super) acceptance: Option<String>,
    pub(super) parallel_safe: bool,
    pub(super) done: bool,
}

impl Table {
    /// `None`: its rows are no tasks.
    pub(super) fn of(grid: &Grid, problems: &mut Vec<Problem>) -> Option<Self> {
        let columns = Columns::of(&grid.head)?;
        let rows: Vec<(&Row, Option<(TaskId, String)>)> =
            grid.rows.iter().map(|row| (row, identity(row, &columns))).collect();
        let mut ids = rows.iter().filter_map(|(_, identity)| Some(&identity.as_ref()?.0)).peekable();
        ids.peek()?;
        // A list of files, risks or requirements is numbered too.
        let below = grid.below.to_lowercase();
        let headed =
            below.split(|c: char| !c.is_alphanumeric()).any(|w| ["task", "tasks", "タスク"].contains(&w));
        if !(columns.names_tasks
            || (headed && !columns.files.is_empty())
            || ids.all(|id| is_task_code(id.as_str())))
        {
            return None;
        }
        let mut entries = Vec::with_capacity(rows.len());
        let mut seen: HashMap<TaskId, usize> = HashMap::new();
        for (row, identity) in rows {
            if row.overfull {
                let message = "this row has more cells than the table has columns, so it is not read";
                problems.push(Problem::deny(row.line, message).help("write \\| for a | inside of a cell"));
                continue;
            }
            match identity {
                // "| **M2** | | |" divides the table.
                Some((id, _)) if milestone_of(id.as_str()).is_some() && is_alone(row, &columns) => {}
                Some((id, title)) => match seen.insert(id.clone(), row.line) {
                    None => entries.push(Entry::of(row, &columns, id, title, &grid.below)),
                    Some(line) => {
                        let message =
                            format!("{} stands in this table twice: line {line} has it already", called(&id));
                        problems
                            .push(Problem::deny(row.line, message).help("give each task an ID of its own"));
                    }
                },
                None => problems.extend(nameless(row, &columns)),
            }
        }
        Some(Self {
            rows: entries,
            has_files: !columns.files.is_empty(),
            has_summary: columns.summary.is_some(),
        })
    }

    pub(super) fn defines(&self) -> bool {
        self.has_files || self.has_summary
    }
}

fn is_alone(row: &Row, columns: &Columns) -> bool {
    row.cells.iter().enumerate().all(|(at, cell)| at == columns.id || cell.is_empty())
}

/// The ID in a row, and the title that stands behind it in the same cell.
fn identity(row: &Row, columns: &Columns) -> Option<(TaskId, String)> {
    let coded = columns.task.and_then(|at| identity_in(row.cell(at)));
    // "| 1 | T7: Lex it |": the first column only counts.
    coded.filter(|(id, _)| is_task_code(id.as_str())).or_else(|| identity_in(row.cell(columns.id)))
}

fn identity_in(cell: &str) -> Option<(TaskId, String)> {
    let text = cell.trim().trim_matches(['*', '~', '`', CODE, END_CODE, ' ']);
    let text = text.strip_prefix('[').and_then(|link| link.split_once("](")).map_or(text, |(inner, _)| inner);
    let text = text.trim_matches(['*', '`', CODE, END_CODE, '#', ' ']);
    if let Some(head) = parse_head(text) {
        return Some((head.id, head.title));
    }
    is_numbered(text).then(|| TaskId::new(text)).flatten().map(|id| (id, String::new()))
}

/// A row without an ID that names files: no task may change them because of it, and its author thinks otherwise.
fn nameless(row: &Row, columns: &Columns) -> Option<Problem> {
    let files = columns.files.iter().map(|at| row.cell(*at)).find(|cell| has_path(cell))?;
    let shown: String = plain(files).chars().take(80).collect();
    let id: String = plain(row.cell(columns.id)).chars().take(40).collect();
    let problem =
        Problem::deny(row.line, format!("the row names files ({shown}), but \"{id}\" is no task ID"));
    Some(problem.help("give the row an ID of its own such as T001; for several tasks write one row each"))
}

impl Entry {
    fn of(row: &Row, columns: &Columns, id: TaskId, title: String, below: &str) -> Self {
        let text = |column: Option<usize>| {
            let cell = plain(row.cell(column?));
            (!cell.is_empty() && !scope::is_nothing(&cell)).then_some(cell)
        };
        let cells = columns.files.iter().flat_map(|at| row.cell(*at).split('\n'));
        let entries = cells.map(|entry| entry.trim_start_matches(['•', ' ']).trim());
        let entries =
            entries.map(|entry| entry.strip_prefix("- ").unwrap_or(entry)).filter(|entry| !entry.is_empty());
        let value = |text: &str| Value::new(row.line, text, true);
        let yes = |text: String| {
            ["yes", "true", "y", "x", "p", "[p]", "✓", "✅"].contains(&text.to_lowercase().as_str())
        };
        Self {
            files: entries.map(value).collect(),
            dependencies: columns.dependencies.map(|at| value(row.cell(at))).filter(|v| !v.text.is_empty()),
            title: if title.is_empty() { text(columns.summary).unwrap_or_default() } else { title },
            milestone: text(columns.milestone).or_else(|| milestone_of(below)),
            acceptance: text(columns.acceptance),
            parallel_safe: text(columns.parallel_safe).is_some_and(yes),
            done: row.done == Some(true),
            line: row.line,
            has_cell: !columns.files.is_empty(),
            id,
        }
    }

    /// The scope that its cells declare, and what is wrong with them.
    pub(super) fn scope(&self) -> (Option<Patterns>, Vec<Problem>) {
        if self.files.is_empty() {
            return (None, Vec::new());
        }
        scope::read(&self.id, self.line, &self.files.iter().collect::<Vec<_>>())
    }
}

/// `M1` of the heading `M1: Module skeleton`.
fn milestone_of(heading: &str) -> Option<String> {
    let word = heading.split(|c: char| c.is_whitespace() || ":.—–-".contains(c)).next()?;
    let number = word.strip_prefix('M')?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| word.to_owned())
}
