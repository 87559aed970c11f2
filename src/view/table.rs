//! A plan for people: a table where the terminal has room for one, else one block a task. Nothing is cut, and nothing is
//! said by colour alone.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::standing::Standing;
use crate::plan::{Plan, Task};
use crate::report::{Paint, Style, escape};
use crate::rule::show_ids;

/// Columns between two columns.
const GAP: usize = 2;
/// The widest that an ID, a list of dependencies or a milestone may make its column.
const NARROW: usize = 16;
/// The narrowest that scopes and summaries can be read in.
const READABLE: usize = 20;

/// One task, column by column.
struct Row<'p> {
    task: &'p Task,
    standing: &'p Standing,
    cells: Vec<Vec<String>>,
}

/// The tasks of a plan.
pub(super) fn write(text: &mut String, plan: &Plan, standings: &[Standing], style: Style) {
    let with_milestone = plan.tasks.iter().any(|task| task.milestone.is_some());
    let with_after = plan.tasks.iter().any(|task| !task.depends_on.is_empty());
    let rows: Vec<Row<'_>> =
        plan.tasks.iter().zip(standings).map(|(task, standing)| row(task, standing)).collect();
    let heads = ["ID", "STATE", "SCOPE", "AFTER", "MILESTONE", "TASK"];
    let wanted = |at: usize| rows.iter().flat_map(|row| row.cells.get(at)).flatten().map(|l| l.width()).max();
    let column = |at: usize, most: usize| {
        let head = heads.get(at).map_or(0, |head| head.len());
        wanted(at).unwrap_or(0).max(head).min(most)
    };
    let mut widths = [column(0, NARROW), column(1, NARROW), 0, 0, 0, 0];
    if with_after {
        widths[3] = column(3, NARROW);
    }
    if with_milestone {
        widths[4] = column(4, NARROW);
    }
    let used: usize = widths.iter().filter(|w| **w > 0).map(|w| w + GAP).sum();
    let room = style.width.saturating_sub(used);
    if room < 2 * READABLE + GAP {
        return rows.iter().for_each(|row| block(text, row, style));
    }
    let scope = column(2, (room - GAP) / 2);
    widths[2] = scope;
    widths[5] = column(5, room - GAP - scope);
    let head: Vec<Vec<String>> = heads.iter().map(|head| vec![(*head).to_owned()]).collect();
    line(text, &head, &widths, |_, cell| style.paint(Paint::Quiet, cell));
    for row in &rows {
        line(text, &row.cells, &widths, |at, cell| match at {
            1 => style.paint(row.standing.paint(), cell),
            _ => cell.to_owned(),
        });
    }
}

fn row<'p>(task: &'p Task, standing: &'p Standing) -> Row<'p> {
    let list = |ids: &[crate::model::TaskId]| {
        let last = ids.len().saturating_sub(1);
        ids.iter().enumerate().map(|(n, id)| format!("{id}{}", if n < last { "," } else { "" })).collect()
    };
    let mut summary = vec![escape(&task.summary)];
    if task.parallel_safe {
        summary.push("(parallel safe)".to_owned());
    }
    let cells = vec![
        vec![escape(task.id.as_str())],
        vec![standing.shown()],
        scope_lines(task),
        list(&task.depends_on),
        task.milestone.iter().map(|m| escape(m)).collect(),
        summary,
    ];
    Row { task, standing, cells }
}

fn scope_lines(task: &Task) -> Vec<String> {
    match &task.scope {
        None => vec!["not declared".to_owned()],
        Some(scope) if scope.is_empty() => vec!["no files".to_owned()],
        Some(scope) => scope.iter().map(|pattern| escape(pattern.as_str())).collect(),
    }
}

/// One row, as many lines high as its highest cell. Columns of no width are left out.
fn line(text: &mut String, cells: &[Vec<String>], widths: &[usize], paint: impl Fn(usize, &str) -> String) {
    let wrapped: Vec<(usize, usize, Vec<String>)> = cells
        .iter()
        .zip(widths)
        .enumerate()
        .filter(|(_, (_, width))| **width > 0)
        .map(|(at, (cell, width))| (at, *width, cell.iter().flat_map(|l| wrap(l, *width)).collect()))
        .collect();
    let height = wrapped.iter().map(|(.., lines)| lines.len()).max().unwrap_or(0);
    for n in 0..height {
        let mut out = String::new();
        let mut open = 0;
        for (at, width, lines) in &wrapped {
            let cell = lines.get(n).map(String::as_str).unwrap_or_default();
            if !cell.is_empty() {
                // Blanks only where something follows.
                out.extend(std::iter::repeat_n(' ', open));
                open = 0;
                out.push_str(&paint(*at, cell));
            }
            open += width.saturating_sub(cell.width()) + GAP;
        }
        let _ = writeln!(text, "{out}");
    }
}

/// A task on a narrow terminal.
fn block(text: &mut String, row: &Row<'_>, style: Style) {
    const LABEL: usize = 13;
    let state = row.standing.shown();
    // Hardly anybody has an ID of more than a line.
    let mut parts = wrap(&escape(row.task.id.as_str()), style.width.saturating_sub(state.width() + 2));
    let last = parts.pop().unwrap_or_default();
    let strong = |part: &str| style.paint(Paint::Strong, part);
    parts.iter().for_each(|part| text.extend([strong(part).as_str(), "\n"]));
    let _ = writeln!(text, "{}  {}", strong(&last), style.paint(row.standing.paint(), &state));
    for part in wrap(&escape(&row.task.summary), style.width.saturating_sub(2)) {
        let _ = writeln!(text, "  {part}");
    }
    let mut field = |label: &str, lines: Vec<String>| {
        let all = lines.iter().flat_map(|l| wrap(l, style.width.saturating_sub(LABEL)));
        for (n, part) in all.enumerate() {
            let label = if n == 0 { label } else { "" };
            let label = style.paint(Paint::Quiet, &format!("{label:<width$}", width = LABEL - 2));
            let _ = writeln!(text, "  {label}{part}");
        }
    };
    field("scope", scope_lines(row.task));
    if !row.task.depends_on.is_empty() {
        field("after", vec![show_ids(&row.task.depends_on)]);
    }
    field("milestone", row.task.milestone.iter().map(|m| escape(m)).collect());
    if row.task.parallel_safe {
        field("parallel", vec!["safe".to_owned()]);
    }
    text.push('\n');
}

/// The text in lines of at most `width` columns, broken at spaces, and within a word only where it is longer than a line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let (mut line, mut columns) = (String::new(), 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wide = word.width();
        if columns > 0 && columns + 1 + wide <= width {
            line.push(' ');
            columns += 1;
        } else if columns > 0 {
            lines.push(std::mem::take(&mut line));
            columns = 0;
        }
        for c in word.chars() {
            let one = c.width().unwrap_or(0);
            if columns + one > width {
                lines.push(std::mem::take(&mut line));
                columns = 0;
            }
            line.push(c);
            columns += one;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests;
