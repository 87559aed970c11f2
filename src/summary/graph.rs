//! What waits for what, drawn: each task below all that it comes after, four in a row, so that a phone shows it whole.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::account::{Account, TaskAccount};
use crate::execution::State;
use crate::model::TaskId;
use crate::report::fit;
use crate::report::markup as text;

/// Tasks in a row.
const IN_ROW: usize = 4;
/// The box of a task, and the room around it.
const WIDE: usize = 74;
const HIGH: usize = 30;
const ACROSS: usize = 88;
const DOWN: usize = 64;
/// A task's ID is cut after as many characters; the title has it whole.
const LETTERS: usize = 8;

/// The picture as SVG; nothing where there is nothing to see.
pub(super) fn svg(account: &Account<'_>) -> String {
    if account.tasks.len() < 2 {
        return String::new();
    }
    let (places, rows) = places(account);
    let (wide, high) = (ACROSS * IN_ROW, DOWN * rows);
    let mut out = format!(
        "<svg class=\"graph\" viewBox=\"0 0 {wide} {high}\" role=\"img\" aria-label=\"Which task comes after which\">\n"
    );
    for task in &account.tasks {
        let Some(to) = places.get(&task.task.id) else { continue };
        for from in task.task.depends_on.iter().filter_map(|id| places.get(id)) {
            let _ = writeln!(out, "<path d=\"{}\"/>", edge(*from, *to));
        }
    }
    for task in &account.tasks {
        if let Some(place) = places.get(&task.task.id) {
            out.push_str(&node(task, *place));
        }
    }
    out.push_str("</svg>\n");
    out
}

/// The middle of each task's box, and how many rows there are.
fn places(account: &Account<'_>) -> (HashMap<TaskId, (usize, usize)>, usize) {
    let mut levels: Vec<Vec<&TaskId>> = Vec::new();
    let level = levels_of(account);
    for task in &account.tasks {
        let at = level.get(&task.task.id).copied().unwrap_or_default();
        if levels.len() <= at {
            levels.resize(at + 1, Vec::new());
        }
        if let Some(row) = levels.get_mut(at) {
            row.push(&task.task.id);
        }
    }
    let mut places = HashMap::new();
    let mut rows = 0;
    for row in levels.iter().flat_map(|level| level.chunks(IN_ROW)) {
        let left = (ACROSS * (IN_ROW - row.len())) / 2;
        for (number, id) in row.iter().enumerate() {
            places.insert((*id).clone(), (left + ACROSS * number + ACROSS / 2, DOWN * rows + DOWN / 2));
        }
        rows += 1;
    }
    (places, rows)
}

/// How long the longest way to each task is. A plan with a cycle cannot be started; here it would only stop growing.
fn levels_of(account: &Account<'_>) -> HashMap<TaskId, usize> {
    let mut level: HashMap<TaskId, usize> = HashMap::new();
    for _ in 0..account.tasks.len() {
        let mut grown = false;
        for task in &account.tasks {
            let before = task.task.depends_on.iter().filter_map(|id| level.get(id).map(|at| at + 1)).max();
            let now = before.unwrap_or_default();
            if level.get(&task.task.id).is_none_or(|old| *old < now) {
                level.insert(task.task.id.clone(), now);
                grown = true;
            }
        }
        if !grown {
            break;
        }
    }
    level
}

fn edge(from: (usize, usize), to: (usize, usize)) -> String {
    let (start, end) = (from.1 + HIGH / 2, to.1.saturating_sub(HIGH / 2));
    let middle = (start + end) / 2;
    format!("M{} {start}C{} {middle} {} {middle} {} {end}", from.0, from.0, to.0, to.0)
}

fn node(task: &TaskAccount<'_>, (x, y): (usize, usize)) -> String {
    let (class, mark) = match &task.state {
        State::Done(_) | State::NeedsNone => ("good", "✓ "),
        State::Ready => ("wait", ""),
        State::Waiting(_) => ("later", ""),
    };
    let (id, summary) = (text(task.task.id.as_str()), text(&task.task.summary));
    let shown = text(&fit(task.task.id.as_str(), LETTERS));
    format!(
        "<g class=\"{class}\"><title>{id}: {summary}</title><rect x=\"{}\" y=\"{}\" width=\"{WIDE}\" height=\"{HIGH}\" \
         rx=\"6\"/><text x=\"{x}\" y=\"{}\">{mark}{shown}</text></g>\n",
        x.saturating_sub(WIDE / 2),
        y.saturating_sub(HIGH / 2),
        y + 4,
    )
}
