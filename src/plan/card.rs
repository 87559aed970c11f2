//! Task cards and contracts: a document that is one task.
//!
//! The front matter says which paths the task may change (`allowed_paths`, `allowed_files`, `allowed_globs`,
//! `owned_files`, `target_files`) and which it may not (`forbidden_globs`, …); a card without front matter says it in a
//! section such as `## Scope (allowed files)`. Where both are there they must agree. `create_intent` of spec-kitty
//! says which of the `owned_files` are new and adds no path. The ID is `id`, `task_id`, `contract_id` or
//! `work_package_id`, `phase`-`plan`, or stands in the title (`# TASK-007 - …`).
//!
//! A list of paths in the front matter makes a document a card; with less than that it is one only if no other format
//! finds tasks in it: see [`super::bare_card`].
//!
//! Locked is everything but checkboxes, living sections, and the keys in which card tools keep their state (`status`,
//! `history`, …), of which guard reads only whether the task is done.

use std::collections::HashSet;
use std::ops::Range;

use crate::error::Result;
use crate::model::{Level, TaskId};
use crate::pattern::{Effort, Pattern, Patterns};

use super::markdown::{self, Block, Kind, View, plain};
use super::outline::Cursor;
use super::value::Value;
use super::yaml::{self, Entry, Front};
use super::{Format, Plan, Problem, Task, called, declared, references, scope, sections, stray};

pub(super) const FORMAT: Format =
    Format { name: "task-card", detect, certain: true, read, locked, grows: false, marks_new: false };

pub(super) const ID: &[&str] = &["id", "task_id", "contract_id", "work_package_id"];
const ALLOWED: &[&str] = &["allowed_paths", "allowed_files", "allowed_globs", "owned_files", "target_files"];
/// The most that a list of paths in the text may hold, in bytes.
const LONGEST_LIST: usize = 128 << 10;
/// What comparing the paths of its parts with its own may cost.
const ENOUGH: usize = 2_000_000;
/// A list that other formats have too.
const MODIFIED: &str = "files_modified";
const FORBIDDEN: &[&str] = &["forbidden_globs", "forbidden_paths", "forbidden_files"];
/// Headings above the same list in the text.
const SECTIONS: &[&str] = &[
    "allowed files",
    "allowed paths",
    "allowed globs",
    "owned files",
    "target files",
    "scope (allowed files)",
    "scope (allowed paths)",
    "scope: allowed files",
    "files in scope",
];
/// Keys that say how far the task is. Their lines may change while the plan runs.
#[rustfmt::skip]
const STATUS: &[&str] = &[
    "status", "state", "lane", "updated", "updated_at", "last_updated", "started_at", "completed_at", "commit", "dirty",
    "comments", "history", "agent", "assignee", "shell_pid", "review_status", "reviewed_by", "doc_updated_at",
    "doc_updated_by",
];
const DONE: &[&str] = &["done", "completed", "complete", "closed", "achieved", "merged"];

pub(super) fn is_markdown(path: &str) -> bool {
    !super::has_extension(path, &["toml", "json", "yaml", "yml"])
}

fn detect(path: &str, text: &str) -> Option<&'static str> {
    let found = is_markdown(path) && yaml::has_key(text, ID) && yaml::has_key(text, ALLOWED);
    found.then_some("its front matter names one task and the paths that it may change")
}

/// Does this heading announce the paths that the task may change?
pub(super) fn announces_paths(heading: &str) -> bool {
    SECTIONS.contains(&heading_text(heading).as_str())
}

fn heading_text(line: &str) -> String {
    line.trim().trim_matches(['#', ' ', '*', ':']).to_lowercase()
}

pub(super) fn locked(text: &str) -> Vec<(usize, String)> {
    let mut lines = markdown::locked(text);
    let status = yaml::front(text).map(|front| status(&front)).unwrap_or_default();
    let mut status = Cursor::over(status.into_iter());
    lines.retain(|(number, _)| !status.holds(*number));
    lines
}

fn status(front: &Front) -> Vec<Range<usize>> {
    let marks = front.entries().filter(|entry| STATUS.contains(&entry.key.as_str()));
    marks.map(|entry| entry.lines.clone()).collect()
}

fn read(path: &str, text: &str) -> Result<Plan> {
    card(path, text, FORMAT.name)
}

/// The document as a card, whatever its front matter says.
pub(super) fn card(path: &str, text: &str, format: &'static str) -> Result<Plan> {
    let front = yaml::front(text).map_err(|fault| fault.error(path))?;
    let view = View::of(text);
    let blocks = view.blocks();
    let mut plan = Plan::new(path, format);
    references::read(references::named(&view, &blocks), usize::MAX, &mut plan);
    let title =
        blocks.iter().find(|block| block.kind == Kind::Heading(1)).and_then(|block| block.rows.first());
    let head = title.and_then(|row| sections::parse_head(&row.text));
    let id = match named(&front) {
        Some((spelled, line)) => {
            TaskId::new(&spelled).filter(|id| id.as_str().len() <= 64).map(|id| (id, line))
        }
        None => head.as_ref().zip(title).map(|(head, row)| (head.id.clone(), row.line)),
    };
    let Some((id, line)) = id.filter(|(id, _)| !id.as_str().contains([':', ',', '(', ')'])) else {
        let problem = Problem::deny(1, "the task card has no ID that a commit could carry");
        plan.problems
            .push(problem.help("id: T001    in the front matter").help("# T001: summary    as its title"));
        return Ok(plan);
    };
    let mut task = Task::new(id, line);
    let summary = front.word(&["title"]).map(|word| word.text.trim().to_owned());
    let summary = summary
        .or_else(|| head.map(|head| head.title).filter(|title| !title.is_empty()))
        .or_else(|| Some(plain(&title?.text)));
    task.summary = summary.unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    task.milestone = front.word(&["milestone"]).map(|word| word.text.clone());
    task.done = front
        .word(&["status", "state", "lane"])
        .is_some_and(|word| DONE.contains(&word.text.trim().to_lowercase().as_str()));
    task.scope = scope_of(&task.id, &front, &blocks, &mut plan.problems);
    plan.problems.extend(keys(&task.id, &front));
    if let Some(scope) = &task.scope {
        plan.problems.extend(stray::beside_list(&around_list(&blocks), &task.id, scope));
    }
    plan.problems.extend(parts(&task, blocks));
    plan.tasks.push(task);
    plan.problems.extend(declared::waits_for(&front));
    plan.problems.sort_by_key(|problem| problem.line);
    Ok(plan)
}

/// A task below a document that is one task already: it is only a part of that, so its files must be too.
fn parts(task: &Task, blocks: Vec<Block>) -> Option<Problem> {
    let scope = task.scope.as_ref()?;
    let mut effort = Effort::steps(ENOUGH);
    let mut holds = |path: &Pattern| scope.holds(path, &mut effort);
    let sections = sections::sections(blocks);
    let parts = sections.iter().filter(|section| section.head.id != task.id && section.has_files());
    let mut declared = parts.filter_map(|section| Some((section, section.task(&mut Vec::new()).scope?)));
    let (part, path, held) = declared.find_map(|(section, scope)| {
        let held = scope.iter().map(|path| (path, holds(path)));
        let (path, held) = held.into_iter().find(|(_, held)| *held != Some(true))?;
        Some((section, path.clone(), held))
    })?;
    let (one, two) = (called(&task.id), called(&part.head.id));
    let message =
        format!("{two} names `{path}`, but the front matter makes this document one task, {one}, without it");
    // What took too long to tell is only a doubt.
    let level = if held.is_none() { Level::Warn } else { Level::Deny };
    let problem = Problem { level, ..Problem::deny(path.line(), message).about_scope_of(&task.id) };
    let problem = problem.help(format!("  - {path}    in the front matter, if {one} changes it"));
    Some(
        problem.help(format!(
            "or take the list of paths out of the front matter, if {two} is a task of its own"
        )),
    )
}

/// What the front matter calls the task, and on which line.
fn named(front: &Front) -> Option<(String, usize)> {
    if let Some(word) = front.word(ID) {
        return Some((word.text.trim().to_owned(), word.line));
    }
    let (phase, plan) = (front.word(&["phase"])?, front.word(&["plan"])?);
    let number: String = phase.text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let phase_name = if number.is_empty() { phase.text.trim() } else { &number };
    Some((format!("{phase_name}-{}", plan.text.trim()), plan.line))
}

/// The scope that front matter and text declare.
fn scope_of(task: &TaskId, front: &Front, blocks: &[Block], problems: &mut Vec<Problem>) -> Option<Patterns> {
    let lists: Vec<&Entry> =
        front.entries().filter(|e| ALLOWED.contains(&e.key.as_str()) || e.key == MODIFIED).collect();
    let section = section(blocks);
    let in_text = section.as_ref().map(|(line, values)| {
        if values.iter().map(|value| value.text.len()).sum::<usize>() > LONGEST_LIST {
            let problem =
                Problem::deny(*line, format!("{}: the list below is too long to be one", called(task)));
            problems.push(problem.help("name directories, such as src/lease/").about_scope_of(task));
            return None;
        }
        let (scope, mut found) = scope::read(task, *line, &values.iter().collect::<Vec<_>>());
        // The front matter says what counts.
        found.retain(|problem| lists.is_empty() || problem.level == Level::Deny);
        problems.extend(found);
        scope
    });
    let forbidden = front.entries().filter(|entry| FORBIDDEN.contains(&entry.key.as_str()));
    let forbidden: Vec<Option<Vec<Pattern>>> =
        forbidden.map(|entry| list(task, entry, true, problems)).collect();
    let forbidden: Option<Vec<Pattern>> =
        forbidden.into_iter().collect::<Option<Vec<_>>>().map(|all| all.concat());
    if lists.is_empty() {
        let mut all: Vec<Pattern> = in_text??.iter().cloned().collect();
        all.extend(forbidden?);
        return Some(Patterns::new(all));
    }
    let allowed: Vec<Option<Vec<Pattern>>> =
        lists.iter().map(|entry| list(task, entry, false, problems)).collect();
    let mut allowed: Vec<Pattern> = allowed.into_iter().collect::<Option<Vec<_>>>()?.concat();
    if let (Some(entry), Some((line, _)), Some(Some(in_text))) = (lists.first(), &section, &in_text) {
        compare(task, (&allowed, entry.lines.start), (in_text, *line), problems);
    }
    new_files(task, front, &allowed, problems);
    allowed.extend(forbidden?);
    Some(Patterns::new(allowed))
}

/// The paths of one key.
fn list(task: &TaskId, entry: &Entry, forbidden: bool, problems: &mut Vec<Problem>) -> Option<Vec<Pattern>> {
    let words = match &entry.value {
        yaml::Value::Words(words) => words.as_slice(),
        yaml::Value::Word(word) => std::slice::from_ref(word),
        // An empty value forbids nothing, but it does not say that there are no files.
        yaml::Value::Empty if forbidden => &[],
        yaml::Value::Empty | yaml::Value::Other => {
            let message = format!("{}: `{}` is not a list of paths", called(task), entry.key);
            let problem = Problem::deny(entry.lines.start, message).help(format!("{}:", entry.key));
            let problem = problem.help("  - src/lease.rs").help(format!("{}: []    for no files", entry.key));
            problems.push(problem.about_scope_of(task));
            return None;
        }
    };
    declared::read(task, words, forbidden, problems)
}

/// The items below the heading that announces the paths, and its line.
fn section(blocks: &[Block]) -> Option<(usize, Vec<Value>)> {
    let announces = |block: &Block| {
        let heading = matches!(block.kind, Kind::Heading(2..=4)) && block.depth == 0;
        heading && block.rows.first().is_some_and(|row| announces_paths(&row.text))
    };
    let at = blocks.iter().position(announces)?;
    let line = blocks.get(at)?.rows.first()?.line;
    let body = blocks.get(at + 1..)?.iter().take_while(|block| !matches!(block.kind, Kind::Heading(_)));
    let items = body.filter(|block| block.opens_item && block.depth == 1);
    let items: Vec<Value> = items.filter_map(|block| Value::of_rows(&block.rows, false)).collect();
    (!items.is_empty()).then_some((line, items))
}

/// What stands below the headings that announce the paths, and is not in the list that is read.
fn around_list(blocks: &[Block]) -> Vec<&Block> {
    let mut found = Vec::new();
    // The level of the heading, and whether its own list is read.
    let mut below: Option<(u8, bool)> = None;
    let mut lists = 0;
    for block in blocks {
        if let Kind::Heading(level) = block.kind {
            let announces =
                block.depth == 0 && block.rows.first().is_some_and(|row| announces_paths(&row.text));
            if announces && (2..=4).contains(&level) {
                lists += 1;
                below = Some((level, lists == 1));
            } else {
                below = below.filter(|(own, _)| level > *own).map(|(own, _)| (own, false));
            }
        } else if let Some((_, read)) = below
            && !(read && block.opens_item && block.depth == 1)
        {
            found.push(block);
        }
    }
    found
}

/// Keys of the front matter that nearly are those of lists of paths. One that forbids must not go unread.
fn keys(task: &TaskId, front: &Front) -> Vec<Problem> {
    const KINDS: [&str; 5] = ["path", "file", "glob", "director", "folder"];
    let mut found = Vec::new();
    for entry in front.entries() {
        let key = entry.key.trim().to_lowercase().replace(['-', ' '], "_");
        let known = |list: &[&str]| list.contains(&key.as_str());
        if entry.key == key && (known(ALLOWED) || known(FORBIDDEN) || key == MODIFIED) {
            continue;
        }
        let shown: String = entry.key.chars().take(60).collect();
        let near =
            ["allowed_", "owned_", "target_", "forbidden_"].iter().find(|start| key.starts_with(**start));
        let right = match near {
            _ if known(ALLOWED) || known(FORBIDDEN) || key == MODIFIED => key.as_str(),
            Some(start) if KINDS.iter().any(|kind| key.contains(kind)) => match *start {
                "forbidden_" => "forbidden_paths",
                _ => "allowed_paths",
            },
            _ => continue,
        };
        let message = format!("{}: guard does not read `{shown}`", called(task));
        // What allows more than is read only narrows the task.
        let level = if right == key || right.starts_with("forbidden") { Level::Deny } else { Level::Warn };
        let problem = Problem { level, ..Problem::deny(entry.lines.start, message) };
        found.push(problem.help(format!("{right}:")).about_scope_of(task));
    }
    found
}

/// Do the front matter and the text name the same paths?
fn compare(
    task: &TaskId,
    (front, front_line): (&[Pattern], usize),
    (text, text_line): (&Patterns, usize),
    problems: &mut Vec<Problem>,
) {
    const MOST: usize = 50;
    let in_front: HashSet<&str> = front.iter().map(Pattern::as_str).collect();
    let in_text: HashSet<&str> = text.iter().map(Pattern::as_str).collect();
    let mut disagree = |line: usize, path: &str, has: &str, lacks: &str| {
        let message = format!("{}: {has} allows `{path}`, {lacks} does not", called(task));
        let problem =
            Problem::deny(line, message).help("let both name the same paths, or leave one of them out");
        problems.push(problem.about_scope_of(task));
    };
    let section = format!("the section in line {text_line}");
    for pattern in front.iter().filter(|p| !in_text.contains(p.as_str())).take(MOST) {
        disagree(front_line, pattern.as_str(), "the front matter", &section);
    }
    for pattern in text.iter().filter(|p| !in_front.contains(p.as_str())).take(MOST) {
        disagree(text_line, pattern.as_str(), "the text", "the front matter");
    }
}

/// What spec-kitty's `create_intent` announces must be among the files that the task owns.
fn new_files(task: &TaskId, front: &Front, owned: &[Pattern], problems: &mut Vec<Problem>) {
    const MOST: usize = 50;
    let Some(yaml::Value::Words(words)) = front.get("create_intent").map(|entry| &entry.value) else {
        return;
    };
    let named: HashSet<&str> = owned.iter().map(Pattern::as_str).collect();
    for word in words.iter().filter(|word| !named.contains(word.text.as_str())).take(MOST) {
        if !owned.iter().any(|pattern| pattern.matches(word.text.as_bytes())) {
            let shown: String = word.text.chars().take(120).collect();
            let message =
                format!("{}: `{shown}` is in create_intent only, so it is not in scope", called(task));
            let problem = Problem::warn(word.line, message).help(format!("  - {shown}    under owned_files"));
            problems.push(problem.about_scope_of(task));
        }
    }
}

#[cfg(test)]
mod tests;
