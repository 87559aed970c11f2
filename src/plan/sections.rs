//! Markdown plans in which each task is a section: a heading (`### T001: …`, `## Task 3: …`) or a bold line
//! (`**T1.1**: …`), and below it a `Files` block.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::error::Result;
use crate::model::TaskId;

use super::depends::{MOST_DEPENDENCIES, Resolver, is_task_code};
use super::fields::{Field, fields};
use super::labels::{Label, emphasised, label_named, split_colon};
use super::markdown::{self, Block, CODE, END_CODE, Kind, View, plain};
use super::value::Value;
use super::{Format, Plan, Problem, Task, called, checklist, claims, nearly, references, scope, table};

pub(super) const FORMAT: Format = Format {
    name: "markdown-sections",
    detect,
    certain: false,
    read,
    locked: markdown::locked,
    grows: false,
    marks_new: true,
};

/// Words in front of an ID.
const TASK_WORDS: &[&str] = &["Task", "TASK", "task", "タスク"];

fn detect(path: &str, text: &str) -> Option<&'static str> {
    if super::has_extension(path, &["toml", "json", "yaml", "yml"]) {
        return None;
    }
    if has_task_line(text) {
        return Some("it has task headings such as `### T001: …`, or bold task lines with fields below");
    }
    let digit =
        |heading: &str| heading.trim_start_matches(['#', ' ', '*']).starts_with(|c: char| c.is_ascii_digit());
    let found = text.lines().any(|line| line.starts_with('#') && digit(line));
    found.then_some("it has numbered headings such as `### 1. …` with a Files label below")
}

/// May some line be a task's heading or bold line? Most documents that are none need not be parsed to know.
fn has_task_line(text: &str) -> bool {
    // Whatever `parse_head` reads as an ID has one of these in front of it or in it.
    let pair = |pair: &[u8]| matches!(pair, [b'T', b'0'..=b'9']);
    let named = |line: &str| {
        TASK_WORDS.iter().any(|word| line.contains(word)) || line.as_bytes().windows(2).any(pair)
    };
    let rule =
        |line: &str| ['-', '='].iter().any(|c| !line.is_empty() && line.chars().all(|other| other == *c));
    let mut above = "";
    named(text)
        && text.lines().map(str::trim).any(|line| {
            let above = std::mem::replace(&mut above, line);
            // An underlined heading may take several lines, and a lone carriage return ends one.
            let marked = line.starts_with('#') || ["**", "__", "\\_"].iter().any(|mark| line.contains(mark));
            (marked && named(line)) || (rule(line) && !above.is_empty()) || line.contains('\r')
        })
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let view = View::of(text);
    let blocks = view.blocks();
    let mut plan = Plan::new(path, FORMAT.name);
    let named = references::named(&view, &blocks);
    let codes = checklist::codes(&blocks);
    let near = nearly::names(&blocks);
    let mut sections = sections(blocks);
    // Bold lines alone may be any prose; with a labelled field below one of them they are tasks.
    if !sections.iter().any(|s| s.by_heading || s.is_labelled()) {
        sections.clear();
    }
    let sections = without_mentions(sections, &mut plan.problems);
    plan.tasks = sections.iter().map(|section| section.task(&mut plan.problems)).collect();
    resolve(&sections, &mut plan);
    table::beside(&view, &mut plan);
    checklist::beside(&codes, &mut plan);
    nearly::report(near, &mut plan);
    plan.topic = topic(&view);
    // Below a task's heading such a label speaks of that task.
    references::read(named, plan.tasks.first().map_or(usize::MAX, |task| task.line), &mut plan);
    plan.problems.sort_by_key(|p| p.line);
    Ok(plan)
}

/// Turns what the sections say about dependencies into IDs.
pub(super) fn resolve(sections: &[Section], plan: &mut Plan) {
    let resolver = Resolver::new(&plan.tasks);
    let at: HashMap<usize, usize> = plan.tasks.iter().enumerate().map(|(at, t)| (t.line, at)).collect();
    let mut left = MOST_DEPENDENCIES;
    for section in sections {
        let Some(task) = at.get(&section.line).and_then(|at| plan.tasks.get_mut(*at)) else { continue };
        for value in section.values(Label::Dependencies) {
            resolver.resolve(value, task, &mut left, &mut plan.problems);
        }
    }
}

/// The topic that the front matter declares.
pub(super) fn topic(view: &View) -> Option<String> {
    let topic = view.front.lines().find_map(|line| line.strip_prefix("topic:"));
    topic.map(|t| t.trim().trim_matches(['"', '\'']).to_owned()).filter(|t| !t.is_empty())
}

/// One task as the document has it.
pub(super) struct Section {
    pub(super) head: Head,
    pub(super) line: usize,
    /// The line on which its last block of text starts.
    pub(super) last_line: usize,
    pub(super) by_heading: bool,
    /// Are there checkboxes below it?
    pub(super) has_steps: bool,
    done: bool,
    fields: Vec<Field>,
}

/// What the heading or bold line of a task says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: TaskId,
    pub(super) title: String,
    pub(super) milestone: Option<String>,
    /// The paths of a `(Files: …)` in the title.
    pub(super) files: Option<String>,
    pub(super) parallel_safe: bool,
}

impl Section {
    pub(super) fn has_files(&self) -> bool {
        self.fields.iter().any(|f| f.label == Label::Files)
    }

    pub(super) fn is_labelled(&self) -> bool {
        self.fields.iter().any(|f| f.label != Label::Other)
    }

    pub(super) fn values(&self, label: Label) -> impl Iterator<Item = &Value> {
        self.fields.iter().filter(move |f| f.label == label).flat_map(|f| &f.values)
    }

    fn text(&self, label: Label) -> Option<String> {
        let all: Vec<String> = self.values(label).map(|v| plain(&v.text)).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    pub(super) fn task(&self, problems: &mut Vec<Problem>) -> Task {
        let mut task = Task::new(self.head.id.clone(), self.line);
        let files = self.fields.iter().find(|f| f.label == Label::Files);
        if let Some(field) = files {
            let values: Vec<&Value> = self.values(Label::Files).collect();
            let (scope, found) = scope::read(&task.id, field.line, &values);
            task.scope = scope;
            task.claims = claims::of(values.into_iter());
            problems.extend(found);
        }
        task.summary = match self.head.title.is_empty() {
            false => self.head.title.clone(),
            true => self.text(Label::Summary).unwrap_or_default(),
        };
        task.milestone = self.head.milestone.clone().or_else(|| self.text(Label::Milestone));
        task.acceptance = self.text(Label::Acceptance);
        task.done = self.done;
        let yes = |text: String| ["yes", "true", "y", "safe"].contains(&text.to_lowercase().as_str());
        task.parallel_safe = self.head.parallel_safe || self.text(Label::ParallelSafe).is_some_and(yes);
        task
    }
}

/// The tasks of a document in order. Where there are task headings, bold lines are prose; where there are neither, numbered
/// headings (`### 1. title`) with a Files label may be tasks.
pub(super) fn sections(blocks: Vec<Block>) -> Vec<Section> {
    let blocks = apart(blocks);
    let heads = heads(&blocks, |block| heading(block, parse_head));
    if !heads.is_empty() {
        return cut(blocks, heads, true);
    }
    let bold = self::heads(&blocks, |block| bold_line(block.rows.first()?));
    let numbered = self::heads(&blocks, |block| heading(block, numbered_head));
    if numbered.is_empty() {
        return cut(blocks, bold, false);
    }
    let bold = cut(blocks.clone(), bold, false);
    if bold.iter().any(Section::is_labelled) { bold } else { numbered_sections(blocks, numbered) }
}

/// Numbered headings are tasks where they have a Files label of their own, and so are those beside one under the same
/// heading "Tasks". Any other number is that of a chapter.
fn numbered_sections(blocks: Vec<Block>, heads: Vec<(usize, Head)>) -> Vec<Section> {
    let mut parents = Vec::with_capacity(heads.len());
    let mut above: Vec<(u8, usize, bool)> = Vec::new();
    let mut headings = HashSet::new();
    let mut at = heads.iter().map(|(at, _)| *at).peekable();
    for (n, block) in blocks.iter().enumerate() {
        let (Kind::Heading(level), Some(row)) = (block.kind, block.rows.first()) else { continue };
        headings.insert(row.line);
        while above.pop_if(|(outer, ..)| *outer >= level).is_some() {}
        if at.next_if_eq(&n).is_some() {
            parents.push(above.last().filter(|(.., tasks)| *tasks).map(|(_, parent, _)| *parent));
        }
        let tasks = row.text.to_lowercase();
        let mut words = tasks.split(|c: char| !c.is_alphanumeric());
        above.push((level, n, words.any(|word| ["tasks", "タスク"].contains(&word))));
    }
    let sections = cut(blocks, heads, true);
    // "Files" as a heading is a chapter on files.
    let declares = |f: &Field| f.label == Label::Files && !headings.contains(&f.line);
    let has_files = |s: &Section| s.fields.iter().any(declares);
    let beside = sections.iter().zip(&parents).filter(|(s, _)| has_files(s));
    let beside: HashSet<usize> = beside.filter_map(|(_, parent)| *parent).collect();
    let kept = sections.into_iter().zip(parents);
    let kept = kept.filter(|(s, parent)| has_files(s) || parent.is_some_and(|p| beside.contains(&p)));
    kept.map(|(section, _)| section).collect()
}

/// Reads `1. title` and `2.1) title`.
fn numbered_head(text: &str) -> Option<Head> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number = text.get(..end)?;
    let id = number.trim_end_matches('.');
    let title = text.get(end..)?.strip_prefix(')').or(text.get(end..).filter(|_| number.ends_with('.')))?;
    let parts = || id.split('.');
    let plain_number = parts().all(|p| (1..=3).contains(&p.len())) && parts().count() <= 3;
    if !plain_number || !title.starts_with(char::is_whitespace) {
        return None;
    }
    parse_head(&format!("Task {id}: {}", title.trim()))
}

/// The sections below headings that `head` reads as those of tasks.
pub(super) fn under_headings(blocks: Vec<Block>, head: fn(&str) -> Option<Head>) -> Vec<Section> {
    let heads = heads(&blocks, |block| heading(block, head));
    cut(blocks, heads, true)
}

fn heads(blocks: &[Block], head: impl Fn(&Block) -> Option<Head>) -> Vec<(usize, Head)> {
    blocks.iter().enumerate().filter_map(|(n, block)| Some((n, head(block)?))).collect()
}

fn cut(mut blocks: Vec<Block>, heads: Vec<(usize, Head)>, by_heading: bool) -> Vec<Section> {
    let starts: Vec<usize> = heads.iter().map(|(at, _)| *at).chain([blocks.len()]).collect();
    let mut sections = Vec::with_capacity(heads.len());
    for ((at, head), next) in heads.into_iter().zip(starts.into_iter().skip(1)) {
        let end = end_of(&blocks, at, next, head.id.as_str());
        sections.extend(section(&mut blocks, head, at..end, by_heading));
    }
    sections
}

/// Splits a paragraph in which a further bold task line starts.
fn apart(blocks: Vec<Block>) -> Vec<Block> {
    let mut split = Vec::with_capacity(blocks.len());
    for mut block in blocks {
        let rows = std::mem::take(&mut block.rows);
        for (n, row) in rows.into_iter().enumerate() {
            if n > 0 && block.kind == Kind::Text && bold_line(&row).is_some() {
                let next = Block { opens_item: false, ticked: None, rows: Vec::new(), ..block.clone() };
                split.push(std::mem::replace(&mut block, next));
            }
            block.rows.push(row);
        }
        split.push(block);
    }
    split
}

/// Where the section of `own` that starts at block `at` ends; `next` is the next task.
fn end_of(blocks: &[Block], at: usize, next: usize, own: &str) -> usize {
    let Some(start) = blocks.get(at) else { return next };
    let ends = |block: &Block| match (start.kind, block.kind) {
        (Kind::Heading(own), Kind::Heading(level)) => level <= own,
        (_, Kind::Heading(_)) => true,
        (Kind::Heading(_), _) => false,
        _ => block.depth < start.depth || (block.depth == start.depth && block.opens_item && start.depth > 0),
    };
    let body = blocks.get(at + 1..next).unwrap_or_default();
    // What its author takes for another task gives this one no files.
    let another = |block: &Block| nearly::names_another(block, own);
    body.iter().position(|block| ends(block) || another(block)).map_or(next, |n| at + 1 + n)
}

fn section(blocks: &mut [Block], head: Head, range: Range<usize>, by_heading: bool) -> Option<Section> {
    let body = blocks.get_mut(range)?;
    let own = body.first()?;
    let line = own.rows.first()?.line;
    let last_line = body.iter().rev().find_map(|b| b.rows.first()).map_or(line, |row| row.line);
    let own = body.first_mut()?;
    let ticked = own.ticked;
    // What follows in the same paragraph as a bold line belongs to the task already.
    own.rows.remove(0);
    own.kind = if own.rows.is_empty() { Kind::Break } else { Kind::Text };
    own.ticked = None;
    let steps = || body.iter().filter(|b| b.opens_item).filter_map(|b| b.ticked);
    let has_steps = steps().next().is_some();
    let done = ticked.unwrap_or_else(|| has_steps && steps().all(|t| t));
    let mut fields = fields(body);
    if let Some(files) = &head.files {
        fields.push(Field { label: Label::Files, line, values: vec![Value::new(line, files, true)] });
    }
    Some(Section { head, line, last_line, by_heading, has_steps, done, fields })
}

/// Leaves out sections that only mention a task which another section defines.
pub(super) fn without_mentions(sections: Vec<Section>, problems: &mut Vec<Problem>) -> Vec<Section> {
    let defined: HashMap<TaskId, usize> =
        sections.iter().filter(|s| s.is_labelled()).map(|s| (s.head.id.clone(), s.line)).collect();
    let mut kept = Vec::with_capacity(sections.len());
    for section in sections {
        match defined.get(&section.head.id) {
            Some(line) if !section.is_labelled() => {
                let id = &section.head.id;
                let message =
                    format!("{} is named here again, without fields; line {line} defines it", called(id));
                problems.push(Problem::warn(section.line, message));
            }
            _ => kept.push(section),
        }
    }
    kept
}

fn heading(block: &Block, head: fn(&str) -> Option<Head>) -> Option<Head> {
    let Kind::Heading(2..=4) = block.kind else { return None };
    if block.depth > 0 {
        return None;
    }
    let rows: Vec<&str> = block.rows.iter().map(|r| r.text.as_str()).collect();
    let text = rows.join(" ");
    match emphasised(&text) {
        Some((inner, after)) => head(&format!("{inner}{after}")),
        None => head(&text),
    }
}

fn bold_line(row: &markdown::Row) -> Option<Head> {
    if !row.text.starts_with("**") && !row.text.starts_with("__") {
        return None;
    }
    let (inner, after) = emphasised(&row.text)?;
    parse_head(&format!("{inner}{after}"))
}

/// Reads `T001: title`, `Task 3 — title (M1)`, …
pub(super) fn parse_head(text: &str) -> Option<Head> {
    let (text, parallel_safe) = match text.trim().strip_prefix("[P]") {
        Some(rest) => (rest.trim_start(), true),
        None => (text.trim(), false),
    };
    let (text, worded) = after_task_word(text);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c))).unwrap_or(text.len());
    let id = text.get(..end)?.trim_end_matches(['.', '-', '_']);
    if !(is_task_code(id) || worded && is_numbered(id)) {
        return None;
    }
    let title = after_separator(text.get(id.len()..)?)?;
    let (title, files) = without_files(title);
    let (title, milestone) = without_milestone(&title);
    Some(Head { id: TaskId::new(id)?, title: plain(title), milestone, files, parallel_safe })
}

pub(super) fn after_task_word(text: &str) -> (&str, bool) {
    for word in TASK_WORDS {
        if let Some(rest) = text.strip_prefix(word)
            && rest.starts_with([' ', '#', '\u{3000}'])
        {
            return (rest.trim_start_matches([' ', '#', '\u{3000}']), true);
        }
    }
    (text, false)
}

/// `3`, `10a`, `1.2`, `AUTH-01`, but not the range `1-3`.
pub(super) fn is_numbered(id: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let range = id.split_once('-').is_some_and(|(a, b)| digits(a) && digits(b));
    let first = id.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let number = id.strip_suffix(|c: char| c.is_ascii_alphabetic()).unwrap_or(id);
    first && !range && id.len() <= 32 && number.bytes().next_back().is_some_and(|b| b.is_ascii_digit())
}

/// What follows the ID: nothing, or a title behind a separator. Without one the ID is only mentioned.
pub(super) fn after_separator(rest: &str) -> Option<&str> {
    let spaced = rest.starts_with(char::is_whitespace);
    let text = rest.trim();
    if text.is_empty() || (spaced && text.starts_with('(')) {
        return Some(text);
    }
    if let Some(title) = text.strip_prefix([':', '：']).or_else(|| rest.strip_prefix(". ")) {
        return Some(title.trim());
    }
    let title = text.trim_start_matches(['-', '–', '—']);
    (title.len() < text.len() && spaced && title.starts_with(char::is_whitespace)).then(|| title.trim())
}

/// Takes `(Files: …)` out of a title.
pub(super) fn without_files(title: &str) -> (String, Option<String>) {
    let mut from = 0;
    while let Some((at, inner)) =
        title.get(from..).and_then(|t| t.split_once('(')).map(|(h, i)| (from + h.len(), i))
    {
        let Some(end) = closing(inner) else { break };
        let (inside, tail) = inner.split_at(end);
        let tail = tail.strip_prefix(')').unwrap_or(tail);
        if let Some((name, files)) = split_colon(inside)
            && label_named(name) == Label::Files
        {
            let head = title.get(..at).unwrap_or_default().trim_end();
            return (format!("{head}{tail}").trim().to_owned(), Some(files.to_owned()));
        }
        from = title.len() - tail.len();
    }
    (title.to_owned(), None)
}

/// The end of a parenthesis, outside code.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut code) = (0usize, false);
    for (at, c) in text.char_indices() {
        match c {
            CODE => code = true,
            END_CODE => code = false,
            '(' if !code => depth += 1,
            ')' if !code && depth == 0 => return Some(at),
            ')' if !code => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Takes `(M1)` off the end of a title.
pub(super) fn without_milestone(title: &str) -> (&str, Option<String>) {
    let found = title.strip_suffix(')').and_then(|t| t.rsplit_once('('));
    match found {
        Some((rest, name))
            if name
                .strip_prefix('M')
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) =>
        {
            (rest.trim_end(), Some(name.to_owned()))
        }
        _ => (title, None),
    }
}

#[cfg(test)]
mod tests;
