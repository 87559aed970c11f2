//! Checklists: Markdown plans in which each task is an item with a checkbox that begins with an ID, `- [ ] T012 [P] …` or
//! `- [ ] 1.1 …`. Headings are milestones; `[P]` is parallel-safe; `[ ]*` marks what its author calls optional.
//!
//! Such a plan seldom says which files a task changes, and never in a place of its own, so a scope is read only from path
//! tokens that cannot be anything else ([`path`]), or from `(Files: …)` in the item. All else is left undeclared.
//!
//! Everything is locked but the marks in the boxes. An item that carries no ID cannot be named by a commit, and guard gives it
//! none of its own: a number by position would mean another task as soon as an item is added above it. It is listed under a
//! mark that no commit can name (`?3`), and lint says which line to write to give it an ID ([`unnumbered`]).

mod item;
mod missed;
mod path;
mod unnumbered;

use std::collections::HashSet;

use crate::error::Result;
use crate::model::{Level, TaskId};

use super::markdown::{Block, Kind, View, plain};
use super::outline::{Line, Outline};
use super::value::Value;
use super::{
    Format, Plan, Problem, Task, called, conductor, lint, nearly, references, scope, sections, stray,
};

pub(super) use item::{Head, code as of_code, without_box};
pub(super) use path::read as scope_in;
pub(super) use unnumbered::{ask_for_ids, is_mark, list, mark, without_ids};

pub(super) const FORMAT: Format =
    Format { name: "checklist", detect, certain: false, read, locked, grows: false, marks_new: false };

/// Is a plan in the format of this name a checklist?
pub(super) fn is_format(name: &str) -> bool {
    [FORMAT.name, conductor::FORMAT.name].contains(&name)
}

/// How an item declares its scope for certain.
pub(super) const AT_THE_END: &str = "at the end of its item: (Files: `src/lease.rs`)    (or (Files: none))";

/// Of a long item no more is shown as its summary.
const LONGEST_SUMMARY: usize = 120;

fn detect(path: &str, text: &str) -> Option<&'static str> {
    if super::has_extension(path, &["toml", "json", "yaml", "yml"]) {
        return None;
    }
    let found = text.lines().filter_map(without_box).any(|text| item::head(text).is_some());
    found.then_some("its checklist items begin with IDs, such as `- [ ] T001 …` or `- [ ] 1.1 …`")
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let view = View::of_lines(lines(text));
    let mut plan = Plan::new(path, FORMAT.name);
    let blocks = view.blocks();
    let near = nearly::names(&blocks);
    let missed = missed::starts(&blocks);
    let mut items = items(&view, blocks, item::head, &mut plan);
    // Where there are codes, a number in front of an item is prose: `- [ ] 3.11 is supported`.
    if items.iter().any(|item| !item.head.is_number) {
        items.retain(|item| !item.head.is_number);
    }
    for item in items {
        let task = item.task(path, &mut plan.problems);
        plan.tasks.extend(task);
    }
    nearly::report(near, &mut plan);
    missed::report(missed, &mut plan);
    plan.problems.sort_by_key(|p| p.line);
    Ok(plan)
}

fn lines(text: &str) -> Vec<Line> {
    Outline::of(text).lines(text, |_| true)
}

fn locked(text: &str) -> Vec<(usize, String)> {
    lines(text).into_iter().map(|line| (line.number, line.text)).collect()
}

/// An item of a checklist, and what stands in the items below it that are no tasks themselves.
pub(super) struct Item {
    pub(super) head: Head,
    pub(super) line: usize,
    done: bool,
    milestone: Option<String>,
    /// Without box and ID.
    texts: Vec<Value>,
    /// What stands below it without a box.
    below: Vec<Value>,
    /// The requirements that it says it meets.
    covers: Vec<String>,
}

/// The items for which there is a `head`. Reads on the way what the plan says of itself.
pub(super) fn items(
    view: &View,
    blocks: Vec<Block>,
    head: fn(&str) -> Option<Head>,
    plan: &mut Plan,
) -> Vec<Item> {
    plan.topic = sections::topic(view);
    let named = references::named(view, &blocks);
    let mut found: Vec<Item> = Vec::new();
    // The headings above, and the items around, each with its level.
    let mut headings: Vec<(u8, String)> = Vec::new();
    let mut around: Vec<(usize, usize)> = Vec::new();
    for block in blocks {
        let Some(first) = block.rows.first() else { continue };
        let line = first.line;
        let Some(value) = Value::of_rows(&block.rows, true) else { continue };
        let text = value.text.as_str();
        if let Kind::Heading(level) = block.kind {
            while headings.last().is_some_and(|(above, _)| *above >= level) {
                headings.pop();
            }
            headings.push((level, plain(text)));
            around.clear();
            continue;
        }
        // A further paragraph still belongs to its item.
        let innermost = if block.opens_item { block.depth } else { block.depth + 1 };
        while around.last().is_some_and(|(depth, _)| *depth >= innermost) {
            around.pop();
        }
        if let Some(covered) = requirements(text)
            && let Some(item) = around.last().and_then(|(_, at)| found.get_mut(*at))
        {
            item.covers.extend(covered);
            continue;
        }
        let starred = text.starts_with("[ ]*").then(|| view.ticked(line)).flatten();
        let Some(done) = block.ticked.or(starred).filter(|_| block.opens_item) else {
            if block.depth > 0
                && let Some(item) = around.last().and_then(|(_, at)| found.get_mut(*at))
            {
                item.below.push(value);
            }
            continue;
        };
        if let Some(mut head) = head(text) {
            let milestone = milestone(&headings).or_else(|| head.story.take());
            around.push((block.depth, found.len()));
            let texts = vec![value.cut_to(&head.title)];
            found.push(Item { head, line, done, milestone, texts, below: Vec::new(), covers: Vec::new() });
        } else if let Some(item) = around.last().and_then(|(_, at)| found.get_mut(*at)) {
            item.texts.push(value);
        }
    }
    references::read(named, found.first().map_or(usize::MAX, |item| item.line), plan);
    found
}

/// `_Requirements: 8.1, 8.2_`, below an item of Kiro's.
fn requirements(text: &str) -> Option<Vec<String>> {
    let text = text.trim_matches(['_', '*', ' ']);
    let listed = ["Requirements:", "Requirement:"].iter().find_map(|label| text.strip_prefix(label))?;
    let names = listed.split(',').map(|name| name.trim_matches(['_', '*', '.', ' ']));
    Some(names.filter(|name| !name.is_empty() && !scope::is_nothing(name)).map(str::to_owned).collect())
}

/// The outermost heading that counts the steps of the plan (`Phase 2: …`, `2. …`), or else the outermost below the title.
fn milestone(headings: &[(u8, String)]) -> Option<String> {
    let counted = |text: &str| {
        let lower = text.to_lowercase();
        lower.starts_with("phase")
            || lower.starts_with("milestone")
            || lower.starts_with(|c: char| c.is_ascii_digit())
    };
    let below_title = || headings.iter().filter(|(level, _)| *level > 1).map(|(_, text)| text);
    let plain = |text: &&String| !["tasks", "implementation tasks"].contains(&text.to_lowercase().as_str());
    below_title().find(|text| counted(text)).or_else(|| below_title().find(plain)).cloned()
}

/// The items that begin with a code such as `T001`, each with its line.
pub(super) fn codes(blocks: &[Block]) -> Vec<(usize, TaskId)> {
    let boxes = blocks.iter().filter(|block| block.opens_item && block.ticked.is_some());
    let coded = boxes.filter_map(|block| block.rows.first()).filter(|row| row.text.len() < 1000);
    coded.filter_map(|row| Some((row.line, item::coded(&row.text)?))).collect()
}

/// Where another format reads the document, such items define nothing. Warns of those that name no task and no part of one.
pub(super) fn beside(codes: &[(usize, TaskId)], plan: &mut Plan) {
    const SHOWN: usize = 5;
    if plan.tasks.is_empty() {
        return;
    }
    let known: HashSet<&TaskId> = plan.tasks.iter().map(|task| &task.id).collect();
    let part = |id: &TaskId| {
        let id = id.as_str();
        let whole = |(dot, _)| TaskId::new(id.get(..dot)?);
        id.match_indices('.').filter_map(whole).any(|whole| known.contains(&whole))
    };
    let strange: Vec<_> = codes.iter().filter(|(_, id)| !known.contains(id) && !part(id)).collect();
    let Some((line, _)) = strange.first() else { return };
    let mut names: Vec<&str> = strange.iter().take(SHOWN).map(|(_, id)| id.as_str()).collect();
    if strange.len() > SHOWN {
        names.push("…");
    }
    let message = format!("this checklist names {}, which no task of this plan is", names.join(", "));
    let help = "a plan is read in one format: write these tasks like its others, or take their IDs away";
    plan.problems.push(Problem::warn(*line, message).help(help));
}

impl Item {
    pub(super) fn task(self, plan: &str, problems: &mut Vec<Problem>) -> Option<Task> {
        let id = self.head.id.clone()?;
        let mut task = Task::new(id, self.line);
        let (title, files) = sections::without_files(&self.head.title);
        let (scope, found) = match files {
            Some(text) => {
                let value = self.texts.into_iter().next()?.cut_to(&text);
                scope::read(&task.id, self.line, &[&value])
            }
            None => path::read(&task.id, &self.texts),
        };
        problems.extend(found.into_iter().map(|problem| with_ways_out(problem, plan, &task.id)));
        task.scope = scope;
        problems.extend(unread(&task, &self.below));
        task.summary = shortened(&plain(&title));
        (task.done, task.milestone) = (self.done, self.milestone);
        task.covers = self.covers;
        task.parallel_safe = self.head.parallel_safe;
        if self.head.optional {
            let message = format!(
                "{} is marked as optional, but a plan is finished when all its tasks are",
                called(&task.id)
            );
            let problem = Problem::warn(self.line, message)
                .help("take it out, or let it change nothing: (Files: none)");
            problems.push(problem);
        }
        Some(task)
    }
}

/// Where what stands below an item without a box says that a file is written, which the item itself does not name.
fn unread(task: &Task, below: &[Value]) -> Option<Problem> {
    let scope = task.scope.as_ref()?;
    let path = below.iter().find_map(|value| {
        let (said, _) = path::read(&task.id, std::slice::from_ref(value));
        let path = stray::first_missing(scope, &said?)?;
        Some(path)
    })?;
    let message = format!("`{path}` is written below {}, but is not in its scope", called(&task.id));
    let problem = Problem::warn(path.line(), message).about_scope_of(&task.id);
    Some(problem.help("name it in the item itself, or in an item with a box below it"))
}

/// What is refused in an item's own words can be said plainly behind them, or beside the plan.
fn with_ways_out(problem: Problem, plan: &str, task: &TaskId) -> Problem {
    if problem.level != Level::Deny {
        return problem;
    }
    lint::or_overlay(problem.about_scope_of(task).help(format!("or {AT_THE_END}")), plan, task)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SUMMARY) {
        Some((end, _)) => {
            let cut = text.get(..end).unwrap_or(text);
            format!("{}…", cut.rsplit_once(' ').map_or(cut, |(words, _)| words))
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
