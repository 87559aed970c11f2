//! ExecPlans: Markdown plans with living sections, which whoever executes them keeps up to date.
//!
//! A task is a heading that carries an ID (`### T001: …`, `### M1: …`), or else a checklist item that begins with one
//! (`- [ ] T001 …`, `- [x] (2026-01-02 10:00Z) M1.2: …`), in Progress or outside of the living sections. Scopes and
//! dependencies stand below a task's heading, and only there; an item gets its scope from the policy's overlay.
//! Where nothing carries such an ID, the headings `### Step 2: …` number the tasks. Where there is no number either, the items
//! of Progress are listed under marks that no commit can name, and lint says which line to write: Progress grows while the
//! plan runs, so that a number by position would not stay with its item.
//! The line `EXECPLAN-READY` claims that the plan can be executed.

use std::collections::HashMap;

use crate::error::Result;
use crate::model::TaskId;

use super::depends::is_task_code;
use super::growth::without_stamp;
use super::markdown::{self, Block, CODE, END_CODE, View, plain};
use super::outline::{Cursor, Outline};
use super::sections::{self, Head, Section, parse_head};
use super::value::Value;
use super::{Format, Plan, Problem, Task, checklist, labels, living, nearly, references};

pub(super) const FORMAT: Format = Format {
    name: "execplan",
    detect,
    certain: true,
    read,
    locked: markdown::locked,
    grows: true,
    marks_new: true,
};

/// What is longer is no ID that a person would write into a commit.
const LONGEST_ID: usize = 32;
/// On a line of its own it claims that the plan can be executed.
const MARKER: &str = "EXECPLAN-READY";

fn detect(path: &str, text: &str) -> Option<&'static str> {
    if super::has_extension(path, &["toml", "json", "yaml", "yml"]) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if name.ends_with("execplan.md") {
        return Some("its name ends in execplan.md");
    }
    // Only what may be one is parsed.
    if text.contains(MARKER) && !claims(text, &Outline::of(text)).is_empty() {
        return Some("it holds the line EXECPLAN-READY");
    }
    let may = ["decision log", "outcomes"].iter().all(|word| holds(text, word));
    let found = may && living::missing(&Outline::of(text).headings).is_empty();
    found.then_some("it has the living sections of an ExecPlan: Progress, Decision Log and the others")
}

/// Does `text` hold `word`, which is in lower case, in any case?
fn holds(text: &str, word: &str) -> bool {
    let (first, word) = (word.as_bytes().first().copied().unwrap_or_default(), word.as_bytes());
    let starts = |b: &u8| b.eq_ignore_ascii_case(&first);
    let same = |window: &[u8]| window.first().is_some_and(starts) && window.eq_ignore_ascii_case(word);
    text.as_bytes().windows(word.len()).any(same)
}

/// The lines that are the marker, outside of code and comments.
fn claims(text: &str, outline: &Outline) -> Vec<usize> {
    let mut hidden = Cursor::over(outline.hidden.iter().cloned());
    let lines = text.lines().enumerate().filter(|(_, line)| line.trim() == MARKER);
    let seen = lines.map(|(n, line)| (n + 1, line)).filter(|(number, _)| !hidden.holds(*number));
    // Further in it is code.
    seen.filter(|(_, line)| !line.starts_with(['\t']) && !line.starts_with("    ")).map(|(n, _)| n).collect()
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let outline = Outline::of(text);
    let (view, progress) = (View::of_locked(text, &outline), View::of_progress(text, &outline));
    let blocks = view.blocks();
    let mut plan = Plan::new(path, FORMAT.name);
    plan.topic = sections::topic(&view);
    readiness(text, &outline, &mut plan);
    let named = references::named(&view, &blocks);
    let mut near = nearly::names(&blocks);
    near.extend(nearly::names(&progress.blocks()).into_iter().filter_map(nearly::Near::in_living));
    let mut items = items(&blocks);
    let sections = sections::under_headings(blocks, head);
    let sections = sections::without_mentions(sections, &mut plan.problems);
    // A milestone that declares no files only groups tasks.
    let (tasks, groups): (Vec<Section>, Vec<Section>) =
        sections.into_iter().partition(|s| s.has_files() || !is_milestone(s.head.id.as_str()));
    let mut inside = Cursor::over(tasks.iter().map(|s| s.line..s.last_line + 1));
    items.retain(|item| !inside.holds(item.line));
    items.extend(self::items(&progress.blocks()));
    let mut sections = tasks;
    plan.tasks = sections.iter().map(|section| section.task(&mut plan.problems)).collect();
    let stepped: Vec<bool> = sections.iter().map(|section| section.has_steps).collect();
    add_items(items, &stepped, &mut plan);
    if plan.tasks.is_empty() {
        sections = groups;
        plan.tasks = sections.iter().map(|section| section.task(&mut plan.problems)).collect();
    }
    if plan.tasks.is_empty() {
        sections = steps(&view, &mut plan);
    }
    if plan.tasks.is_empty() {
        checklist::list(text, &progress.blocks(), &mut plan);
    }
    plan.tasks.sort_by_key(|task| task.line);
    sections::resolve(&sections, &mut plan);
    nearly::report(near, &mut plan);
    references::read(named, usize::MAX, &mut plan);
    plan.problems.sort_by_key(|p| p.line);
    Ok(plan)
}

/// The sections under `### Step 2: …`, where nothing else carries an ID: such a step is the task `2`. The list below it is
/// its checklist.
fn steps(view: &View, plan: &mut Plan) -> Vec<Section> {
    let sections = sections::under_headings(view.blocks(), step_head);
    let mut items = view.blocks().into_iter().filter(|block| block.opens_item).peekable();
    for section in &sections {
        let mut task = section.task(&mut plan.problems);
        let mut listed = Vec::new();
        while let Some(block) =
            items.next_if(|b| b.rows.first().is_some_and(|row| row.line <= section.last_line))
        {
            listed.extend(Value::of_rows(&block.rows, true).filter(|value| value.line > section.line));
        }
        if !section.has_files() {
            let (scope, found) = checklist::scope_in(&task.id, &listed);
            task.scope = scope;
            plan.problems.extend(found);
        }
        plan.tasks.push(task);
    }
    sections
}

/// `Step 2: title`
fn step_head(text: &str) -> Option<Head> {
    let text = text.trim().strip_prefix("Step ").or_else(|| text.trim().strip_prefix("STEP "))?;
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let id = text.get(..end)?.trim_end_matches('.');
    let numbered = id.split('.').all(|part| !part.is_empty());
    let title =
        sections::after_separator(text.get(id.len()..)?).filter(|_| numbered && id.len() <= LONGEST_ID)?;
    let (title, files) = sections::without_files(title);
    Some(Head { id: TaskId::new(id)?, title: plain(&title), milestone: None, files, parallel_safe: false })
}

/// An ExecPlan is executed when it says that it is ready, and then it has its living sections.
fn readiness(text: &str, outline: &Outline, plan: &mut Plan) {
    let Some(&claim) = claims(text, outline).first() else {
        let named = text.lines().position(|line| line.contains(MARKER)).map_or(0, |n| n + 1);
        let message = match named {
            0 => format!("the ExecPlan does not say that it is ready: the line {MARKER} is missing"),
            _ => format!("the ExecPlan does not say that it is ready: {MARKER} must be a line of its own"),
        };
        let problem = Problem::deny(named, message);
        let problem = problem.help(format!("finish the plan, then write the line {MARKER} below its title"));
        return plan.problems.push(problem.help("guard plan lint <plan>     shows what else it lacks"));
    };
    for name in living::missing(&outline.headings) {
        let message = format!("{MARKER} is claimed, but the section {name} is missing");
        plan.problems.push(Problem::deny(claim, message).help(format!("## {name}")));
    }
}

/// A checklist item that begins with an ID.
struct Item {
    id: TaskId,
    line: usize,
    depth: usize,
    title: String,
    milestone: Option<String>,
    parallel_safe: bool,
    done: bool,
}

fn items(blocks: &[Block]) -> Vec<Item> {
    blocks.iter().filter(|block| block.opens_item).filter_map(item).collect()
}

fn item(block: &Block) -> Option<Item> {
    let done = block.ticked?;
    let line = block.rows.first()?.line;
    let rows: Vec<&str> = block.rows.iter().map(|row| row.text.as_str()).collect();
    let text = rows.join(" ");
    let text = without_stamp(&text).unwrap_or(&text);
    let text = match (text.strip_prefix(CODE), labels::emphasised(text)) {
        (Some(code), _) => code.replacen(END_CODE, "", 1),
        (None, Some((inner, after))) => format!("{inner}{after}"),
        (None, None) => text.to_owned(),
    };
    let Head { id, title, milestone, parallel_safe, .. } = head(&text).or_else(|| spaced(&text))?;
    if id.as_str().len() > LONGEST_ID {
        return None;
    }
    let milestone = milestone.or_else(|| {
        let (milestone, _) = id.as_str().split_once('.').filter(|_| is_milestone(id.as_str()))?;
        Some(milestone.to_owned())
    });
    Some(Item { id, line, depth: block.depth, title, milestone, parallel_safe, done })
}

/// `T001 title`: in an item nothing need stand between the two.
fn spaced(text: &str) -> Option<Head> {
    let (rest, parallel_safe) = match text.trim().strip_prefix("[P]") {
        Some(rest) => (rest.trim_start(), true),
        None => (text.trim(), false),
    };
    let (id, title) = rest.split_once(char::is_whitespace)?;
    let (title, parallel_safe) = match title.trim_start().strip_prefix("[P]") {
        Some(title) => (title, true),
        None => (title, parallel_safe),
    };
    let id = TaskId::new(id).filter(|id| is_task_code(id.as_str()) || is_milestone(id.as_str()))?;
    Some(Head { id, title: plain(title), milestone: None, files: None, parallel_safe })
}

/// What the heading of a task or a milestone says.
fn head(text: &str) -> Option<Head> {
    parse_head(text).or_else(|| milestone_head(text))
}

/// `M1: title`, `M1.2 — title`, `Milestone 1: title`, which is M1.
fn milestone_head(text: &str) -> Option<Head> {
    let word = text.trim().strip_prefix("Milestone ").or_else(|| text.trim().strip_prefix("MILESTONE "));
    let text = word.unwrap_or(text).trim_start_matches([' ', '#']);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(text.len());
    let spelled = text.get(..end)?.trim_end_matches('.');
    let numbered = word.is_some() && spelled.starts_with(|c: char| c.is_ascii_digit());
    let id = if numbered { format!("M{spelled}") } else { spelled.to_owned() };
    let title = sections::after_separator(text.get(spelled.len()..)?).filter(|_| is_milestone(&id))?;
    let (title, files) = sections::without_files(title);
    Some(Head { id: TaskId::new(&id)?, title: plain(&title), milestone: None, files, parallel_safe: false })
}

/// `M1`, `M1.2`, `M1.2a`
fn is_milestone(id: &str) -> bool {
    let number = id.strip_prefix('M').map(|n| n.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(n));
    number.is_some_and(|n| n.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())))
}

/// Adds a task for each item whose ID is new. Further items of a task, and those of its steps (`T001.1` where `T001` has
/// a heading, or stands around it), only say how far it is: it is done when all of them are.
fn add_items(items: Vec<Item>, stepped: &[bool], plan: &mut Plan) {
    /// Where a task is in the plan, and in how many lists its item lies: 0 for a heading.
    type Known = HashMap<TaskId, (usize, usize)>;
    let mut known: Known = HashMap::new();
    for (at, task) in plan.tasks.iter().enumerate() {
        known.entry(task.id.clone()).or_insert((at, 0));
    }
    let mut ticked: HashMap<usize, bool> = HashMap::new();
    let whole = |known: &Known, item: &Item| {
        let parts = item.id.as_str().match_indices('.').filter_map(|(dot, _)| item.id.as_str().get(..dot));
        let wholes = parts.filter_map(|id| known.get(&TaskId::new(id)?).copied());
        wholes.into_iter().find(|(_, depth)| *depth < item.depth).map(|(at, _)| at)
    };
    for item in items {
        let same = known.get(&item.id).map(|(at, _)| *at);
        if let Some(at) = same.or_else(|| whole(&known, &item)) {
            ticked.entry(at).and_modify(|all| *all &= item.done).or_insert(item.done);
            continue;
        }
        let at = plan.tasks.len();
        known.insert(item.id.clone(), (at, item.depth));
        ticked.insert(at, item.done);
        let mut task = Task::new(item.id, item.line);
        (task.summary, task.milestone, task.parallel_safe) = (item.title, item.milestone, item.parallel_safe);
        plan.tasks.push(task);
    }
    for (at, all) in ticked {
        if let Some(task) = plan.tasks.get_mut(at) {
            // A heading's own steps count beside its items.
            let has_steps = stepped.get(at).copied().unwrap_or(false);
            task.done = all && (task.done || !has_steps);
        }
    }
}

#[cfg(test)]
mod tests;
