//! What an author wrote as one value of a task, such as an entry of its files, and on which source lines.

use std::cell::Cell;

use super::markdown::{CODE, END_CODE, Row};

/// What stands behind a label, or in one item of the list below it.
#[derive(Debug)]
pub(super) struct Value {
    /// Where it starts.
    pub(super) line: usize,
    pub(super) text: String,
    /// Behind the label itself, where several entries follow one another between commas.
    pub(super) inline: bool,
    /// Why it may be something else than an entry: it is then left out, aloud.
    pub(super) doubt: Option<&'static str>,
    /// Where in `text` each further source line starts, in bytes, and its number.
    wrapped: Vec<(usize, usize)>,
    /// Where the path that was looked for last was found: the next one mostly follows.
    last: Cell<usize>,
    /// How many bytes may still be searched for paths.
    left: Cell<usize>,
}

/// Of a longer value, whose paths cannot be found in order, the rest is said to stand where the value does.
const MOST_SEARCHED: usize = 16 << 20;

impl Value {
    pub(super) fn new(line: usize, text: impl Into<String>, inline: bool) -> Self {
        Self {
            line,
            text: text.into(),
            inline,
            doubt: None,
            wrapped: Vec::new(),
            last: Cell::new(0),
            left: Cell::new(MOST_SEARCHED),
        }
    }

    /// A block of text as one value; `None` where it has no rows.
    pub(super) fn of_rows(rows: &[Row], inline: bool) -> Option<Self> {
        let (first, further) = rows.split_first()?;
        let mut value = Self::new(first.line, &first.text, inline);
        further.iter().for_each(|row| value.wrap(row.line, &row.text));
        Some(value)
    }

    /// Goes on with the text of another source line.
    pub(super) fn wrap(&mut self, line: usize, text: &str) {
        self.text.push(' ');
        self.wrapped.push((self.text.len(), line));
        self.text.push_str(text);
    }

    /// Puts `words` in front.
    pub(super) fn prefix(&mut self, words: &str) {
        self.text.insert_str(0, words);
        self.wrapped.iter_mut().for_each(|(at, _)| *at += words.len());
    }

    /// The value cut down to `text`, which is a part of it.
    pub(super) fn cut_to(mut self, text: &str) -> Self {
        let cut = self.text.rfind(text).unwrap_or_default();
        self.line = self.line_at(cut);
        self.last.set(0);
        self.wrapped.retain(|(at, _)| *at > cut);
        self.wrapped.iter_mut().for_each(|(at, _)| *at -= cut);
        text.clone_into(&mut self.text);
        self
    }

    /// The source line on which it names `path`.
    pub(super) fn line_of(&self, path: &str) -> usize {
        if self.wrapped.is_empty() {
            return self.line;
        }
        let from = self.last.get();
        // A remark may name the path too.
        let code = format!("{CODE}{path}{END_CODE}");
        let found = self.find(&code, from).or_else(|| self.find(path, from)).or_else(|| self.find(path, 0));
        if let Some(at) = found {
            self.last.set(at);
        }
        self.line_at(found.unwrap_or(0))
    }

    /// Where `path` stands for itself in the text, at `from` or behind it.
    fn find(&self, path: &str, from: usize) -> Option<usize> {
        let text = self.text.get(from..)?;
        let in_path = |c: char| c.is_alphanumeric() || "._-/*{}[]".contains(c);
        let whole = |at: &usize| {
            let before = self.text.get(..from + at).unwrap_or_default();
            let before = before.strip_suffix("./").unwrap_or(before);
            let after = text.get(at + path.len()..).unwrap_or_default();
            let after = after.strip_prefix('.').unwrap_or(after);
            !before.ends_with(in_path) && !after.starts_with(in_path)
        };
        let left = self.left.get();
        let room = text.get(..text.floor_char_boundary(left)).unwrap_or_default();
        let found = room.match_indices(path).map(|(at, _)| at).find(whole);
        self.left.set(left - found.unwrap_or(room.len()).min(left));
        Some(from + found?)
    }

    fn line_at(&self, at: usize) -> usize {
        let rows = self.wrapped.partition_point(|(start, _)| *start <= at);
        rows.checked_sub(1).and_then(|row| self.wrapped.get(row)).map_or(self.line, |(_, line)| *line)
    }
}

#[cfg(test)]
mod tests;
