//! For people at a terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::Summary;
use super::document::{self, Block, Cell, Tone};
use crate::report::{Paint, Style, escape, fit};

/// Columns between two of a table.
const GAP: usize = 2;
/// No column of a table gets narrower for the sake of the others.
const NARROW: usize = 8;

pub(super) fn write(summary: &Summary<'_>, style: Style) -> String {
    let mut text = format!("{}\n", style.paint(Paint::Strong, &escape(&document::title(summary))));
    for section in document::sections(summary) {
        let _ = writeln!(text, "\n{}", style.paint(Paint::Strong, section.title));
        for (number, block) in section.blocks.iter().enumerate() {
            if number > 0 && !matches!(block, Block::Graph | Block::Output(_)) {
                text.push('\n');
            }
            block_text(&mut text, block, style);
        }
    }
    text.replace("\n\n\n", "\n\n")
}

fn block_text(text: &mut String, block: &Block, style: Style) {
    match block {
        Block::Pairs(pairs) => {
            let widest = pairs.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
            for (label, cell) in pairs {
                let room = style.width.saturating_sub(widest + GAP + 2);
                let pad = " ".repeat(widest - label.width() + GAP);
                let label = style.paint(Paint::Quiet, label);
                let lines = wrap(&escape(&cell.text), room);
                for (number, line) in lines.iter().enumerate() {
                    let shown = painted(cell, line, style);
                    let _ = match number {
                        0 => writeln!(text, "  {label}{pad}{shown}"),
                        _ => writeln!(text, "  {}{shown}", " ".repeat(widest + GAP)),
                    };
                }
            }
        }
        Block::List(lines) => {
            for cell in lines {
                for (number, line) in
                    wrap(&escape(&cell.text), style.width.saturating_sub(4)).iter().enumerate()
                {
                    let mark = if number == 0 { "-" } else { " " };
                    let _ = writeln!(text, "  {mark} {line}");
                }
            }
        }
        Block::Output(lines) => {
            for line in lines.lines() {
                let _ = writeln!(text, "{}", fit(&format!("  | {}", escape(line)), style.width));
            }
        }
        Block::Table(head, rows) => {
            let head: Vec<Cell> = head.iter().map(|title| Cell::from(*title)).collect();
            table(text, &head, rows, style);
        }
        Block::Timeline(events) => {
            let rows: Vec<Vec<Cell>> =
                events.iter().map(|(when, what)| vec![when.as_str().into(), what.clone()]).collect();
            table(text, &["When".into(), "What".into()], &rows, style);
        }
        // The table of tasks says what comes after what.
        Block::Graph => {}
    }
}

fn painted(cell: &Cell, shown: &str, style: Style) -> String {
    let paint = match cell.tone {
        Tone::Plain => return shown.to_owned(),
        Tone::Good => Paint::Good,
        Tone::Bad => Paint::Bad,
        Tone::Wait => Paint::Wait,
    };
    style.paint(paint, shown)
}

fn table(text: &mut String, head: &[Cell], rows: &[Vec<Cell>], style: Style) {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.text.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(escape(&cell.text).width());
        }
    }
    let room = style.width.saturating_sub(2 + GAP * head.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROW) else { break };
        *widest -= 1;
    }
    for (number, row) in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).enumerate() {
        let mut line = String::from("  ");
        for (width, cell) in widths.iter().zip(row) {
            let shown = fit(&escape(&cell.text), *width);
            let pad = width.saturating_sub(shown.width()) + GAP;
            let shown =
                if number == 0 { style.paint(Paint::Quiet, &shown) } else { painted(cell, &shown, style) };
            let _ = write!(line, "{shown}{}", " ".repeat(pad));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// Breaks a line at spaces; a word that is longer stays whole, because it may be something to copy.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in line.split(' ') {
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if last.width() + 1 + word.width() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
