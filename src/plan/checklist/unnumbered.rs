//! Items that carry no ID: how they are listed, and what to write to give them one.

use std::collections::HashSet;

use crate::model::TaskId;

use super::super::growth::without_stamp;
use super::super::markdown::{Block, View};
use super::super::{Plan, Problem, Task, has_extension};
use super::item::without_box;

/// For so many items lint writes out the line with an ID; whoever numbers these knows how to go on.
const MOST_WRITTEN: usize = 200;

/// The mark under which the `n`th item without an ID is listed. No plan, policy or commit can name it.
pub(in super::super) fn mark(n: usize) -> Option<TaskId> {
    TaskId::new(&format!("?{n}"))
}

/// Is it such a mark rather than an ID?
pub(in super::super) fn is_mark(id: &TaskId) -> bool {
    id.as_str().starts_with('?')
}

/// Lists the outermost items of `blocks` as tasks that still want an ID.
pub(in super::super) fn list(text: &str, blocks: &[Block], plan: &mut Plan) {
    let mut open = Vec::new();
    for block in blocks.iter().filter(|block| block.opens_item && block.depth == 1) {
        let (Some(done), Some(row)) = (block.ticked, block.rows.first()) else { continue };
        let Some(id) = mark(open.len() + 1) else { continue };
        let rows: Vec<&str> = block.rows.iter().map(|row| row.text.as_str()).collect();
        let words = rows.join(" ");
        let words = without_stamp(&words).unwrap_or(&words);
        let mut task = Task::new(id, row.line);
        (task.summary, task.done) = (super::shortened(&super::plain(words)), done);
        plan.tasks.push(task);
        open.push(row.line);
    }
    ask_for_ids(text, &open, plan);
}

/// A problem for each of these lines: the line as it must read to carry an ID.
pub(in super::super) fn ask_for_ids(text: &str, open: &[usize], plan: &mut Plan) {
    let mut ids = Fresh::beside(plan);
    let lines: Vec<&str> = if open.is_empty() { Vec::new() } else { text.lines().collect() };
    for &line in open.iter().take(MOST_WRITTEN) {
        let problem = Problem::deny(line, "this item has no ID, so no commit can name it").help("write:");
        let source = lines.get(line - 1).copied().unwrap_or_default();
        plan.problems.push(problem.help(with_id(source, &ids.next())));
    }
    if let Some(line) = open.get(MOST_WRITTEN) {
        let more = open.len() - MOST_WRITTEN;
        let problem = Problem::deny(*line, format!("this item and {} more have no ID", more - 1));
        plan.problems.push(problem.help("split the plan, and give each item an ID"));
    }
}

/// A Markdown document with checkboxes of which none carries an ID: a plan without tasks, and what to write.
pub(in super::super) fn without_ids(path: &str, text: &str) -> Option<Plan> {
    if !has_extension(path, &["md", "markdown"]) || !text.contains('[') {
        return None;
    }
    const SHOWN: usize = 3;
    let view = View::of(text);
    let boxes = view.blocks().into_iter().filter(|block| block.opens_item && block.ticked.is_some());
    let open: Vec<usize> = boxes.filter_map(|block| Some(block.rows.first()?.line)).collect();
    let first = *open.first()?;
    let mut plan = Plan::new(path, super::FORMAT.name);
    plan.why = "it has checkboxes, but none of their items carries an ID";
    let message = match open.len() {
        1 => "this checklist item has no ID, so it is no task".to_owned(),
        n => format!("none of the {n} checklist items from here on has an ID, so they are no tasks"),
    };
    let mut problem = Problem::deny(first, message).help("give an ID to each that is one commit's work:");
    let mut ids = Fresh::beside(&plan);
    let lines: Vec<&str> = text.lines().collect();
    for line in open.iter().take(SHOWN) {
        problem = problem.help(with_id(lines.get(line - 1).copied().unwrap_or_default(), &ids.next()));
    }
    plan.problems.push(
        problem.help("or write a heading `### T001: summary`, below it `**Files:**` and a list of paths"),
    );
    Some(plan)
}

/// The line with `id` behind its box, its stamp and the word `Task:`.
fn with_id(line: &str, id: &str) -> String {
    let words = without_box(line).unwrap_or(line);
    let words = without_stamp(words).unwrap_or(words);
    let words = words.strip_prefix("Task:").unwrap_or(words).trim_start();
    let before = line.trim_end().strip_suffix(words).unwrap_or_default().trim_end();
    format!("{before} {id} {words}")
}

/// IDs that the plan does not have yet.
struct Fresh {
    taken: HashSet<String>,
    last: usize,
}

impl Fresh {
    fn beside(plan: &Plan) -> Self {
        Self { taken: plan.tasks.iter().map(|task| task.id.to_string()).collect(), last: 0 }
    }

    fn next(&mut self) -> String {
        loop {
            self.last += 1;
            let id = format!("T{:03}", self.last);
            if !self.taken.contains(&id) {
                return id;
            }
        }
    }
}
