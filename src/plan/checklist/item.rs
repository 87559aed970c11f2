//! What stands in front of an item's words: its box, its ID, its tags.

use crate::model::TaskId;

use super::super::depends::is_task_code;
use super::super::labels::emphasised;
use super::super::markdown::{CODE, END_CODE};
use super::super::sections::parse_head;

/// What is longer is no ID that a person would write into a commit.
const LONGEST_ID: usize = 32;

/// The start of an item, and its words.
pub(in super::super) struct Head {
    /// `None`: it carries none.
    pub(in super::super) id: Option<TaskId>,
    /// Is the ID a number such as `1.1` rather than a code such as `T001`?
    pub(in super::super) is_number: bool,
    /// With code spans marked.
    pub(in super::super) title: String,
    /// `[US1]`
    pub(in super::super) story: Option<String>,
    /// `[P]`
    pub(in super::super) parallel_safe: bool,
    /// `[ ]*`
    pub(in super::super) optional: bool,
}

/// Reads the text of an item that begins with an ID.
pub(in super::super) fn head(text: &str) -> Option<Head> {
    let (text, optional) = match text.strip_prefix("[ ]*") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (text, first) = tag(text.trim(), "P");
    let text = match (text.strip_prefix(CODE), emphasised(text)) {
        (Some(code), _) => code.replacen(END_CODE, "", 1),
        (None, Some((inner, after))) => format!("{inner}{after}"),
        (None, None) => text.to_owned(),
    };
    let (id, rest, is_number) = code(&text).or_else(|| number(&text)).or_else(|| worded(&text))?;
    let id = TaskId::new(&id).filter(|id| id.as_str().len() <= LONGEST_ID)?;
    let mut head =
        Head { id: Some(id), is_number, title: String::new(), story: None, parallel_safe: first, optional };
    head.title = head.tags(&rest).to_owned();
    Some(head)
}

/// The code that an item begins with.
pub(super) fn coded(text: &str) -> Option<TaskId> {
    head(text).filter(|head| !head.is_number)?.id
}

impl Head {
    /// Takes the tags off the start of the words behind an ID.
    fn tags<'t>(&mut self, mut text: &'t str) -> &'t str {
        loop {
            text = text.trim_start();
            let Some((inner, rest)) = text.strip_prefix('[').and_then(|t| t.split_once(']')) else {
                return text;
            };
            let word = !inner.is_empty()
                && inner.len() <= 16
                && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !word || !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
                return text;
            }
            match inner {
                "P" => self.parallel_safe = true,
                story => self.story = self.story.take().or_else(|| Some(story.to_owned())),
            }
            text = rest;
        }
    }
}

fn tag<'t>(text: &'t str, name: &str) -> (&'t str, bool) {
    let rest = text.strip_prefix('[').and_then(|t| t.strip_prefix(name)).and_then(|t| t.strip_prefix(']'));
    rest.map_or((text, false), |rest| (rest.trim_start(), true))
}

/// `T001 …`, `T007b: …`, `TASK-AP-001 …`
pub(in super::super) fn code(text: &str) -> Option<(String, String, bool)> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    let id = word.strip_suffix([':', '.', ')']).unwrap_or(word);
    is_task_code(id).then(|| (id.to_owned(), without_separator(rest).to_owned(), false))
}

/// `1.1 …`, `1. …`, `2) …`, but not `3 reviews`: a bare number needs a sign that it counts.
fn number(text: &str) -> Option<(String, String, bool)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (counted, rest) = text.split_at_checked(end)?;
    let id = counted.strip_suffix('.').unwrap_or(counted);
    let parts = id.split('.').count();
    let numbers = id.split('.').all(|part| (1..=3).contains(&part.len()));
    let closed = rest.strip_prefix([')', ':']);
    let sure = parts > 1 || id.len() < counted.len() || closed.is_some();
    let rest = closed.unwrap_or(rest);
    let spaced = rest.starts_with(char::is_whitespace) && !rest.trim().is_empty();
    (numbers && parts <= 5 && sure && spaced)
        .then(|| (id.to_owned(), without_separator(rest).to_owned(), true))
}

/// `Task 3: …`
fn worded(text: &str) -> Option<(String, String, bool)> {
    let head = parse_head(text)?;
    let (_, title) = text.split_once([':', '：', '—', '–'])?;
    let number = head.id.as_str().starts_with(|c: char| c.is_ascii_digit());
    Some((head.id.to_string(), title.trim().to_owned(), number))
}

fn without_separator(text: &str) -> &str {
    let text = text.trim();
    ["- ", "– ", "— ", ": "].iter().find_map(|dash| text.strip_prefix(dash)).unwrap_or(text).trim_start()
}

/// What follows the box in a line of Markdown that starts an item with one.
pub(in super::super) fn without_box(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '\t', '>']);
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marks: &[char] = if digits.len() < line.len() { &['.', ')'] } else { &['-', '*', '+'] };
    let rest = digits.strip_prefix(marks)?.trim_start().strip_prefix('[')?;
    let text = rest.strip_prefix([' ', 'x', 'X', '-', '~'])?.strip_prefix(']')?;
    let text = text.strip_prefix('*').unwrap_or(text);
    text.starts_with([' ', '\t']).then(|| text.trim())
}
