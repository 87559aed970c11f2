//! What an author wrote as one value of a task, such as an entry of its files, and on which source lines.

use super::markdown::Row;

/// What stands behind a label, or in one item of the list below it.
#[derive(Debug)]
pub(super) struct Value {
    /// Where it starts.
    pub(super) line: usize,
    pub(super) text: String,
    /// Behind the label itself, where several entries follow one another between commas.
    pub(super) inline: bool,
    /// Where in `text` each further source line starts, in bytes, and its number.
    wrapped: Vec<(usize, usize)>,
}

impl Value {
    pub(super) fn new(line: usize, text: impl Into<String>, inline: bool) -> Self {
        Self { line, text: text.into(), inline, wrapped: Vec::new() }
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

    /// The value cut down to `text`, which is a part of it.
    pub(super) fn cut_to(mut self, text: &str) -> Self {
        let cut = self.text.rfind(text).unwrap_or_default();
        self.line = self.line_at(cut);
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
        let in_path = |c: char| c.is_alphanumeric() || "._-/*{}[]".contains(c);
        let whole = |at: &usize| {
            let before = self.text.get(..*at).unwrap_or_default().strip_suffix("./");
            let before = before.or(self.text.get(..*at)).unwrap_or_default();
            let after = self.text.get(at + path.len()..).unwrap_or_default();
            !before.ends_with(in_path) && !after.trim_start_matches('.').starts_with(in_path)
        };
        let mut found = self.text.match_indices(path).map(|(at, _)| at);
        self.line_at(found.find(whole).unwrap_or(0))
    }

    fn line_at(&self, at: usize) -> usize {
        let row = self.wrapped.iter().rev().find(|(start, _)| *start <= at);
        row.map_or(self.line, |(_, line)| *line)
    }
}

#[cfg(test)]
mod tests;
