//! Conductor's plans: phases as headings, and in them items that begin with `Task:`, which carry no ID of their own. Whoever
//! does a task ticks it and puts the commit behind it; a finished phase gets `[checkpoint: …]`. These may change too.

use crate::error::Result;
use crate::model::TaskId;

use super::checklist::{Head, ask_for_ids, items, mark, of_code, without_box};
use super::markdown::View;
use super::outline::{Line, Outline};
use super::{Format, Plan};

pub(super) const FORMAT: Format =
    Format { name: "conductor", detect, certain: false, read, locked, grows: false, marks_new: false };

const WORD: &str = "Task:";

fn detect(path: &str, text: &str) -> Option<&'static str> {
    if super::has_extension(path, &["toml", "json", "yaml", "yml"]) {
        return None;
    }
    let found = text.lines().filter_map(without_box).any(|text| text.starts_with(WORD));
    found.then_some("its checklist items begin with `Task:`")
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let view = View::of_lines(lines(text));
    let mut plan = Plan::new(path, FORMAT.name);
    let items = items(&view, view.blocks(), head, &mut plan);
    let mut open = Vec::new();
    for mut item in items {
        if item.head.id.is_none() {
            item.head.id = mark(open.len() + 1);
            open.push(item.line);
        }
        let task = item.task(path, &mut plan.problems);
        plan.tasks.extend(task);
    }
    ask_for_ids(text, &open, &mut plan);
    plan.problems.sort_by_key(|p| p.line);
    Ok(plan)
}

/// `Task: T001 …` or `Task: …`
fn head(text: &str) -> Option<Head> {
    let words = text.strip_prefix(WORD)?.trim();
    let (id, title) = match of_code(words) {
        Some((id, title, _)) => (TaskId::new(&id), title),
        None => (None, words.to_owned()),
    };
    Some(Head { id, title, is_number: false, story: None, parallel_safe: false, optional: false })
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines = Outline::of(text).lines(text, |_| true);
    for line in &mut lines {
        let kept = match line.ticked {
            Some(_) => without_commit(&line.text),
            None => without_checkpoint(&line.text),
        };
        let length = kept.map(str::len);
        line.text.truncate(length.unwrap_or(line.text.len()));
    }
    lines
}

fn locked(text: &str) -> Vec<(usize, String)> {
    lines(text).into_iter().map(|line| (line.number, line.text)).collect()
}

/// The line without the commit at its end.
fn without_commit(line: &str) -> Option<&str> {
    let (rest, word) = line.trim_end().rsplit_once(' ')?;
    let word = word.strip_prefix('[').and_then(|w| w.strip_suffix(']')).unwrap_or(word);
    is_commit(word).then(|| rest.trim_end())
}

/// A heading without `[checkpoint: …]`.
fn without_checkpoint(line: &str) -> Option<&str> {
    let (rest, end) = line.trim_end().rsplit_once("[checkpoint: ")?;
    let marked = line.starts_with('#') && is_commit(end.strip_suffix(']')?);
    marked.then(|| rest.trim_end())
}

fn is_commit(word: &str) -> bool {
    (7..=40).contains(&word.len()) && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
