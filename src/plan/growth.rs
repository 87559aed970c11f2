//! Living sections of an ExecPlan only grow: what stood in one before still stands there.
//!
//! Lines may be added anywhere. An open checkbox may be ticked, a stamp such as `(2026-01-02 10:00Z)` may come to stand
//! behind it, and words may be added at the end of its item. Blank lines and blanks at the end of a line do not count.

use super::living::{self, Section};
use super::outline::{Cursor, Outline};

/// A line of a living section that is gone or reads otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The section's usual name.
    pub section: &'static str,
    /// Where it stood.
    pub was_line: usize,
    /// What it said.
    pub was: String,
    /// Where in the new text it is missed.
    pub line: usize,
}

/// The first line in a living section of `old` that `new` does not keep.
pub(super) fn first_loss(old: &str, new: &str) -> Option<Loss> {
    let (before, after) = (Text::of(old), Text::of(new));
    // That a heading is gone shows in the locked lines; so its sections are those of the same name, in order.
    let losses = living::names().filter_map(|name| {
        let called = |section: &&Section| section.name == name;
        let old = before.outline.living.iter().filter(called);
        let mut pairs = old.zip(after.outline.living.iter().filter(called));
        pairs.find_map(|(old, new)| lost(name, before.inside(old), new.heading, after.inside(new)))
    });
    losses.min_by_key(|loss| loss.was_line)
}

/// Each of `old` is found again, in order.
fn lost(section: &'static str, old: &[Row<'_>], heading: usize, new: &[Row<'_>]) -> Option<Loss> {
    let mut rest = new.iter();
    let mut left = new;
    for row in old {
        if !rest.any(|now| row.goes_on_as(now)) {
            let line = left.first().or(new.last()).map_or(heading, |now| now.number);
            return Some(Loss { section, was_line: row.number, was: row.text.trim().to_owned(), line });
        }
        left = rest.as_slice();
    }
    None
}

/// A document's lines that are not blank.
struct Text<'t> {
    outline: Outline,
    rows: Vec<Row<'t>>,
}

struct Row<'t> {
    number: usize,
    text: &'t str,
    /// In code or in a comment.
    hidden: bool,
    /// The line of a checkbox, or one that its item goes on in.
    of_item: bool,
    /// The item ends with it.
    ends_item: bool,
}

impl<'t> Text<'t> {
    fn of(text: &'t str) -> Self {
        let outline = Outline::of(text);
        let mut hidden = Cursor::over(outline.hidden.iter().cloned());
        let mut rows: Vec<Row<'t>> = Vec::new();
        let mut blank = true;
        for (n, line) in text.lines().enumerate() {
            let (number, line) = (n + 1, line.trim_end());
            let hidden = hidden.holds(number);
            if line.is_empty() {
                blank = true;
                continue;
            }
            let indented = line.starts_with([' ', '\t']) && !starts_item(line);
            let goes_on = !blank && indented && !hidden && rows.last().is_some_and(|row| row.of_item);
            if let Some(last) = rows.last_mut() {
                last.ends_item = last.of_item && !goes_on;
            }
            let of_item = goes_on || (!hidden && checkbox(line).is_some());
            rows.push(Row { number, text: line, hidden, of_item, ends_item: of_item });
            blank = false;
        }
        Self { outline, rows }
    }

    fn inside(&self, section: &Section) -> &[Row<'t>] {
        let from = self.rows.partition_point(|row| row.number < section.body.start);
        let to = self.rows.partition_point(|row| row.number < section.body.end);
        self.rows.get(from..to).unwrap_or_default()
    }
}

impl Row<'_> {
    fn goes_on_as(&self, new: &Self) -> bool {
        if new.hidden && !self.hidden {
            return false;
        }
        if self.text == new.text {
            return true;
        }
        if !self.of_item || !new.of_item {
            return false;
        }
        match (checkbox(self.text), checkbox(new.text)) {
            (Some(old), Some(now)) => {
                let ticks = old.ticked == now.ticked || now.ticked;
                ticks
                    && old.before == now.before
                    && (self.extends(old.after, now.after)
                        || without_stamp(now.after).is_some_and(|after| self.extends(old.after, after)))
            }
            (None, None) => self.extends(self.text, new.text),
            _ => false,
        }
    }

    /// `new` is `old`, at an item's end with more words behind it.
    fn extends(&self, old: &str, new: &str) -> bool {
        let Some(more) = new.strip_prefix(old) else { return false };
        let apart = |c: char| c.is_whitespace() || ".,;:!?)(–—".contains(c);
        more.is_empty() || (self.ends_item && (old.is_empty() || more.starts_with(apart)))
    }
}

/// `- [ ] what`: what stands before the box, the box, what stands behind it.
struct Checkbox<'t> {
    before: &'t str,
    ticked: bool,
    after: &'t str,
}

fn checkbox(line: &str) -> Option<Checkbox<'_>> {
    if !starts_item(line) {
        return None;
    }
    let open = line.find('[')?;
    let (before, rest) = line.split_at_checked(open)?;
    let bullet_only = before.trim().chars().all(|c| "-*+.)".contains(c) || c.is_ascii_digit());
    let ticked = match rest.get(..3)? {
        "[ ]" => false,
        "[x]" | "[X]" => true,
        _ => return None,
    };
    bullet_only.then_some(Checkbox { before, ticked, after: rest.get(3..)?.trim_start() })
}

/// `- x`, `* x`, `+ x`, `1. x`, `2) x`
fn starts_item(line: &str) -> bool {
    let line = line.trim_start();
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marks: &[char] = if rest.len() < line.len() { &['.', ')'] } else { &['-', '*', '+'] };
    rest.strip_prefix(marks).is_some_and(|text| text.starts_with([' ', '\t']))
}

/// What follows a stamp such as `(2026-01-02 10:00Z)` at the start.
pub(super) fn without_stamp(text: &str) -> Option<&str> {
    let (stamp, rest) = text.strip_prefix('(')?.split_once(')')?;
    let dated = stamp.len() <= 40 && stamp.starts_with(|c: char| c.is_ascii_digit());
    let plain = stamp.chars().all(|c| c.is_ascii_alphanumeric() || " -:./+".contains(c));
    (dated && plain && (rest.is_empty() || rest.starts_with(' '))).then(|| rest.trim_start())
}

#[cfg(test)]
mod tests;
