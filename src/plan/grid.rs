//! The tables of a Markdown document, cell by cell.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::markdown::{Inline, View};
use super::outline::parse;

/// One table, outside of quotations.
#[derive(Clone)]
pub(super) struct Grid {
    /// The text of the nearest heading above it.
    pub(super) below: String,
    /// The cells of its head.
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One line of a table.
#[derive(Clone)]
pub(super) struct Row {
    /// From 1, in the document.
    pub(super) line: usize,
    /// As many as the head has, with code spans marked as in [`super::markdown::Row`]; `<br>` is a line break.
    pub(super) cells: Vec<String>,
    /// It has more cells than the head, so that it is not known which of them is which.
    pub(super) overfull: bool,
    /// The state in its status cell.
    pub(super) done: Option<bool>,
}

impl Row {
    pub(super) fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// The tables in what is locked of a document, in order.
pub(super) fn grids(view: &View) -> Vec<Grid> {
    let mut reader = Reader {
        view,
        grids: Vec::new(),
        heading: String::new(),
        in_heading: false,
        quotations: 0,
        in_head: false,
        spans: None,
    };
    for (event, range) in parse(&view.text) {
        reader.take(&event, range);
    }
    reader.grids
}

struct Reader<'v> {
    view: &'v View,
    grids: Vec<Grid>,
    heading: String,
    in_heading: bool,
    quotations: usize,
    in_head: bool,
    /// The code and HTML in the cell that is open.
    spans: Option<Vec<(Range<usize>, Inline)>>,
}

impl Reader<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => self.quotations += 1,
            Event::End(TagEnd::BlockQuote(_)) => self.quotations = self.quotations.saturating_sub(1),
            _ if self.quotations > 0 => {}
            Event::Start(Tag::Heading { .. }) => {
                self.heading.clear();
                self.in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => self.in_heading = false,
            Event::Text(text) | Event::Code(text) if self.in_heading => self.heading.push_str(text),
            Event::Start(Tag::Table(_)) => {
                self.grids.push(Grid { below: self.heading.clone(), head: Vec::new(), rows: Vec::new() });
            }
            Event::Start(Tag::TableHead) => self.in_head = true,
            Event::End(TagEnd::TableHead) => self.in_head = false,
            Event::Start(Tag::TableRow) => self.row(range),
            Event::End(TagEnd::TableRow) => self.end_row(range),
            Event::Start(Tag::TableCell) => self.spans = Some(Vec::new()),
            Event::End(TagEnd::TableCell) => self.cell(range),
            Event::Code(code) => self.span(range, Inline::Code(code.to_string())),
            Event::InlineHtml(html) => self.span(range, Inline::Html(html.to_string())),
            _ => {}
        }
    }

    fn span(&mut self, range: Range<usize>, span: Inline) {
        if let Some(spans) = &mut self.spans {
            spans.push((range, span));
        }
    }

    fn row(&mut self, range: Range<usize>) {
        let (line, done) = self.view.line_and_mark(range.start);
        if let Some(grid) = self.grids.last_mut() {
            grid.rows.push(Row { line, cells: Vec::new(), overfull: false, done });
        }
    }

    /// The parser drops cells that the head has no column for.
    fn end_row(&mut self, range: Range<usize>) {
        let source = self.view.text.get(range).unwrap_or_default().trim();
        let Some(grid) = self.grids.last_mut() else { return };
        let columns = grid.head.len();
        if let Some(row) = grid.rows.last_mut() {
            row.overfull = count_cells(source) > columns;
        }
    }

    fn cell(&mut self, range: Range<usize>) {
        let Some(spans) = self.spans.take() else { return };
        let rows = self.view.rows(&range, spans, '\n');
        let text = rows.into_iter().next().map_or_else(String::new, |row| row.text.replace("\\|", "|"));
        let Some(grid) = self.grids.last_mut() else { return };
        match grid.rows.last_mut() {
            Some(row) if !self.in_head => row.cells.push(text),
            _ => grid.head.push(text),
        }
    }
}

/// How many cells a row's source has: what stands between pipes without a backslash.
fn count_cells(source: &str) -> usize {
    let body = source.strip_prefix('|').unwrap_or(source);
    let mut cells = 1;
    let mut escaped = false;
    let mut filled = false;
    for c in body.chars() {
        match c {
            '|' if !escaped => {
                cells += 1;
                filled = false;
            }
            c => filled |= !c.is_whitespace(),
        }
        escaped = c == '\\' && !escaped;
    }
    // The pipe at the end opens no cell.
    if filled { cells } else { cells - 1 }
}

#[cfg(test)]
mod tests;
