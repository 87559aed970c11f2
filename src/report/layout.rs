//! Text for a terminal of some width: it is broken at spaces and at the separators of paths, and nothing is cut.
//!
//! What is written reads well line by line, as a screen reader says it: no boxes, and no meaning in colour or place alone.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Paint, Style};

/// Columns between two columns.
pub const GAP: usize = 2;
/// The narrowest that sentences can be read in.
pub const READABLE: usize = 20;

/// One cell of a row: text that starts on lines of its own, in one colour.
#[derive(Debug)]
pub struct Cell {
    /// Each starts a line, and may take more.
    pub lines: Vec<String>,
    /// For all of it.
    pub paint: Paint,
}

impl Cell {
    /// A cell of one text.
    pub fn new(paint: Paint, text: impl Into<String>) -> Self {
        Self { lines: vec![text.into()], paint }
    }

    /// The columns that it takes where there is room.
    pub fn wanted(&self) -> usize {
        self.lines.iter().map(|line| line.width()).max().unwrap_or(0)
    }
}

impl Style {
    /// A row, as many lines high as its highest cell. Columns of no width are left out.
    pub fn row(self, text: &mut String, cells: &[Cell], widths: &[usize]) {
        let columns = cells.iter().zip(widths).filter(|(_, width)| **width > 0);
        let wrapped: Vec<(usize, Paint, Vec<String>)> = columns
            .map(|(cell, width)| {
                (*width, cell.paint, cell.lines.iter().flat_map(|line| wrap(line, *width)).collect())
            })
            .collect();
        let height = wrapped.iter().map(|(.., lines)| lines.len()).max().unwrap_or(0);
        for n in 0..height {
            let mut open = 0;
            for (width, paint, lines) in &wrapped {
                let part = lines.get(n).map(String::as_str).unwrap_or_default();
                if !part.is_empty() {
                    // Blanks only where something follows.
                    text.extend(std::iter::repeat_n(' ', open));
                    open = 0;
                    text.push_str(&self.paint(*paint, part));
                }
                open += width.saturating_sub(part.width()) + GAP;
            }
            text.push('\n');
        }
    }

    /// Running text behind a mark or a label; further lines start at column `hang`.
    pub fn flow(self, text: &mut String, lead: (Paint, &str), hang: usize, spans: &[(Paint, &str)]) {
        let whole: String = spans.iter().map(|(_, part)| *part).collect();
        // Breaking lines takes blanks away and nothing else.
        let mut paints =
            spans.iter().flat_map(|(paint, part)| part.chars().filter(|c| *c != ' ').map(move |_| *paint));
        let room = |taken: usize| self.width.saturating_sub(taken);
        for (n, line) in broken(&whole, room(lead.1.width()), room(hang)).iter().enumerate() {
            let mut out = Run { style: self, text, held: String::new(), blanks: 0, paint: Paint::Plain };
            if n == 0 {
                lead.1.chars().for_each(|c| out.push(c, lead.0));
            } else {
                out.blanks = hang;
            }
            for c in line.chars() {
                let paint = if c == ' ' { Paint::Plain } else { paints.next().unwrap_or(Paint::Plain) };
                out.push(c, paint);
            }
            out.end();
        }
    }

    /// `label   value`: a quiet label in `width` columns, and the value in lines under each other.
    pub fn field(self, text: &mut String, label: &str, width: usize, value: &[(Paint, &str)]) {
        let pad = " ".repeat(width.saturating_sub(label.width()));
        self.flow(text, (Paint::Quiet, &format!("{label}{pad}")), width, value);
    }
}

/// Characters of one paint on the way to a line. Blanks are held back until something follows.
struct Run<'t> {
    style: Style,
    text: &'t mut String,
    held: String,
    blanks: usize,
    paint: Paint,
}

impl Run<'_> {
    fn push(&mut self, c: char, paint: Paint) {
        if c == ' ' {
            self.blanks += 1;
            return;
        }
        if paint != self.paint {
            self.flush();
            self.paint = paint;
        }
        let gap = std::iter::repeat_n(' ', std::mem::take(&mut self.blanks));
        if self.held.is_empty() {
            self.text.extend(gap)
        } else {
            self.held.extend(gap)
        }
        self.held.push(c);
    }

    fn flush(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.text.push_str(&self.style.paint(self.paint, &held));
    }

    fn end(mut self) {
        self.flush();
        self.text.push('\n');
    }
}

/// The text in lines of at most `width` columns: broken at blanks, a word that is longer than a line at the separators of
/// paths, a name that is longer at its joints, and in the middle only where there is nothing else.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    broken(text, width, width)
}

/// As [`wrap`], with a first line of `first` columns and further ones of `rest`.
fn broken(text: &str, first: usize, rest: usize) -> Vec<String> {
    // A wide character takes two.
    let room = |lines: &Vec<String>| if lines.is_empty() { first.max(2) } else { rest.max(2) };
    let mut lines = Vec::new();
    let (mut line, mut columns, mut blanks) = (String::new(), 0, 0);
    for word in text.split(' ') {
        if word.is_empty() {
            blanks += 1;
            continue;
        }
        let wide = word.width();
        if columns > 0 && columns + blanks + wide <= room(&lines) {
            line.extend(std::iter::repeat_n(' ', blanks));
            columns += blanks;
        } else if columns > 0 {
            lines.push(std::mem::take(&mut line));
            columns = 0;
        }
        blanks = 1;
        if columns + wide <= room(&lines) {
            line.push_str(word);
            columns += wide;
            continue;
        }
        // A name that is longer than a line has joints of its own.
        let longest = first.max(rest);
        let parts = word.split_inclusive('/').flat_map(|part| {
            let joints: &[char] = if part.width() > longest { &['_', '-', '.'] } else { &['/'] };
            part.split_inclusive(joints)
        });
        for part in parts {
            if columns > 0 && columns + part.width() > room(&lines) {
                lines.push(std::mem::take(&mut line));
                columns = 0;
            }
            for c in part.chars() {
                let one = c.width().unwrap_or(0);
                if columns > 0 && columns + one > room(&lines) {
                    lines.push(std::mem::take(&mut line));
                    columns = 0;
                }
                line.push(c);
                columns += one;
            }
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests;
