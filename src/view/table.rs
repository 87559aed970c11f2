//! A plan for people: a table where the terminal has room for one, else one block a task. Nothing is cut, and nothing is
//! said by colour alone.

use super::standing::Standing;
use crate::plan::{Plan, Task};
use crate::report::{Cell, GAP, Paint, READABLE, Style, escape};
use crate::rule::show_ids;

/// The widest that IDs may make their column.
const ID: usize = 16;
/// The widest that lists of dependencies and milestones may make theirs: what is tried, one after the other.
const NARROW: [usize; 2] = [16, 10];

/// The tasks of a plan.
pub(super) fn write(text: &mut String, plan: &Plan, standings: &[Standing], style: Style) {
    let with_milestone = plan.tasks.iter().any(|task| task.milestone.is_some());
    let with_after = plan.tasks.iter().any(|task| !task.depends_on.is_empty());
    let tasks = || plan.tasks.iter().zip(standings);
    let rows: Vec<[Cell; 6]> = tasks().map(|(task, standing)| row(task, standing)).collect();
    let heads =
        ["ID", "STATE", "SCOPE", "AFTER", "MILESTONE", "TASK"].map(|head| Cell::new(Paint::Quiet, head));
    let wanted = |at: usize| {
        let all = rows.iter().chain([&heads]);
        all.filter_map(|row| row.get(at)).map(Cell::wanted).max().unwrap_or(0)
    };
    let narrow = |most: usize| {
        let column = |at: usize, there: bool| if there { wanted(at).min(most) } else { 0 };
        [wanted(0).min(ID), wanted(1), 0, column(3, with_after), column(4, with_milestone), 0]
    };
    let room = |widths: &[usize; 6]| {
        let used: usize = widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum();
        style.width.saturating_sub(used)
    };
    let fitting = NARROW.into_iter().map(narrow).find(|widths| room(widths) >= 2 * READABLE + GAP);
    let Some(mut widths) = fitting else {
        return tasks().for_each(|(task, standing)| block(text, task, standing, style));
    };
    let room = room(&widths);
    // Half for each, and what one of them does not need for the other.
    let (scope, summary) = (wanted(2), wanted(5));
    widths[2] = scope.min(((room - GAP) / 2).max((room - GAP).saturating_sub(summary)));
    widths[5] = summary.min(room - GAP - widths[2]);
    style.row(text, &heads, &widths);
    rows.iter().for_each(|row| style.row(text, row, &widths));
}

fn row(task: &Task, standing: &Standing) -> [Cell; 6] {
    let after: Vec<String> = task.depends_on.iter().map(|id| escape(id.as_str())).collect();
    let mut summary = vec![escape(&task.summary)];
    if task.parallel_safe {
        summary.push("(parallel safe)".to_owned());
    }
    let several = |lines: Vec<String>| Cell { lines, paint: Paint::Plain };
    let bare =
        if task.scope.as_ref().is_none_or(|scope| scope.is_empty()) { Paint::Quiet } else { Paint::Plain };
    let state = format!("{} {}", standing.mark(), standing.shown());
    [
        Cell::new(Paint::Strong, escape(task.id.as_str())),
        Cell::new(standing.paint(), state),
        Cell { lines: scope_lines(task), paint: bare },
        several(vec![after.join(", ")]),
        several(task.milestone.iter().map(|m| escape(m)).collect()),
        several(summary),
    ]
}

fn scope_lines(task: &Task) -> Vec<String> {
    match &task.scope {
        None => vec!["not declared".to_owned()],
        Some(scope) if scope.is_empty() => vec!["no files".to_owned()],
        Some(scope) => scope.iter().map(|pattern| escape(pattern.as_str())).collect(),
    }
}

/// A task on a narrow terminal.
fn block(text: &mut String, task: &Task, standing: &Standing, style: Style) {
    const LABEL: usize = 15;
    let (mark, paint) = (format!("{} ", standing.mark()), standing.paint());
    let head = format!("{} {}: ", escape(task.id.as_str()), standing.shown());
    let spans = [(paint, head.as_str()), (Paint::Plain, &escape(&task.summary))];
    style.flow(text, (paint, &mark), mark.len(), &spans);
    let mut field = |label: &str, lines: &[String]| {
        for (n, line) in lines.iter().enumerate() {
            let label = if n == 0 { format!("    {label}") } else { String::new() };
            style.field(text, &label, LABEL, &[(Paint::Plain, line)]);
        }
    };
    field("scope", &scope_lines(task));
    if !task.depends_on.is_empty() {
        field("after", &[escape(&show_ids(&task.depends_on))]);
    }
    field("milestone", &task.milestone.iter().map(|m| escape(m)).collect::<Vec<_>>());
    if task.parallel_safe {
        field("parallel", &["safe".to_owned()]);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests;
