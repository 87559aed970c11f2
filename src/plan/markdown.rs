//! Markdown as plans use it: what of a document is locked, and its text blocks in order.
//!
//! The readers of Markdown plans see only the [`View`], which is made of exactly the locked lines. So a change
//! that leaves the locked lines alone cannot change a task, a scope or a dependency: there is nothing else that
//! these could have been read from. An ExecPlan alone may name tasks in its Progress too, which only grows.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::living;
use super::outline::{Cursor, Line, Outline, front_matter, parse};
use crate::model::Lines;

/// Marks the start of a code span in [`Row::text`]; never occurs otherwise.
pub(super) const CODE: char = '\u{e000}';
/// Marks the end of a code span in [`Row::text`]; never occurs otherwise.
pub(super) const END_CODE: char = '\u{e001}';

/// A part of a document: what is locked of it, or its Progress.
pub(super) struct View {
    /// Its lines, joined; checkboxes are empty and front matter is blank.
    pub(super) text: String,
    /// The front matter, without its fences.
    pub(super) front: String,
    lines: Vec<Line>,
    at: Lines,
}

/// A run of text in the document: a heading, a paragraph, or what a list item says itself.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// How many lists it lies in.
    pub(super) depth: usize,
    /// Is it the first thing in its list item?
    pub(super) opens_item: bool,
    /// The state of its item's checkbox.
    pub(super) ticked: Option<bool>,
    /// Never empty, except in a [`Kind::Break`].
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Heading(u8),
    Text,
    /// Something between blocks of text: code, a table, a quotation, HTML, a rule.
    Break,
}

/// What in a run of text is not read as it stands.
pub(super) enum Inline {
    /// A code span with its content.
    Code(String),
    /// A tag or a comment.
    Html(String),
}

/// One source line of a block.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// From 1, in the document.
    pub(super) line: usize,
    /// The source, trimmed, with code spans between [`CODE`] and [`END_CODE`].
    pub(super) text: String,
}

/// The locked lines with their numbers: see [`super::Format::locked`].
pub(super) fn locked(text: &str) -> Vec<(usize, String)> {
    Outline::of(text).locked(text).into_iter().map(|line| (line.number, line.text)).collect()
}

impl View {
    /// What is locked of the document.
    pub(super) fn of(text: &str) -> Self {
        Self::of_locked(text, &Outline::of(text))
    }

    /// The same, where the outline is there already.
    pub(super) fn of_locked(text: &str, outline: &Outline) -> Self {
        Self::of_lines(outline.locked(text))
    }

    /// The document as far as it consists of these lines.
    pub(super) fn of_lines(lines: Vec<Line>) -> Self {
        let view = Self::made_of(lines);
        let front = view.text.get(..front_matter(&view.text)).unwrap_or_default().to_owned();
        let blank: String = front.chars().filter(|c| *c == '\n').collect();
        let text = blank + view.text.get(front.len()..).unwrap_or_default();
        Self { at: Lines::of(&text), text, front, ..view }
    }

    /// What the document says about its progress, whatever stands around it.
    pub(super) fn of_progress(text: &str, outline: &Outline) -> Self {
        let progress = outline.living.iter().filter(|section| section.name == living::PROGRESS);
        let mut inside = Cursor::over(progress.map(|section| section.body.clone()));
        Self::made_of(outline.lines(text, |number| inside.holds(number)))
    }

    fn made_of(lines: Vec<Line>) -> Self {
        let mut joined = String::with_capacity(lines.iter().map(|line| line.text.len() + 1).sum());
        for line in &lines {
            joined.push_str(&line.text);
            joined.push('\n');
        }
        Self { at: Lines::of(&joined), text: joined, front: String::new(), lines }
    }

    /// The text blocks in order; quotations, code, tables and HTML are only [`Kind::Break`]s.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut reader =
            Reader { view: self, blocks: Vec::new(), open: None, lists: 0, skip: 0, item_starts: false };
        for (event, range) in parse(&self.text) {
            reader.take(&event, range);
        }
        reader.close();
        reader.blocks
    }

    /// The number, in the document, of the line at `offset`, and the state of the status mark in it.
    pub(super) fn line_and_mark(&self, offset: usize) -> (usize, Option<bool>) {
        self.line_at(offset).map_or((0, None), |line| (line.number, line.ticked))
    }

    /// The state of the checkbox in a line.
    pub(super) fn ticked(&self, number: usize) -> Option<bool> {
        let at = self.lines.binary_search_by_key(&number, |line| line.number).ok()?;
        self.lines.get(at)?.ticked
    }

    fn line_at(&self, offset: usize) -> Option<&Line> {
        self.lines.get(self.at.line(offset) - 1)
    }

    /// The source of a block, line by line, with its code spans marked. A `<br>` becomes `line_break`, comments are left
    /// out, and other tags stay: `src/<name>.rs` is not `src/.rs`.
    pub(super) fn rows(
        &self,
        source: &Range<usize>,
        spans: Vec<(Range<usize>, Inline)>,
        line_break: char,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut row = Row { line: 0, text: String::new() };
        let mut at = source.start;
        for (span, content) in spans {
            self.add_source(at..span.start, &mut row, &mut rows);
            let (line, _) = self.line_and_mark(span.start);
            match content {
                Inline::Code(code) => row.add_code(line, &code),
                Inline::Html(html) if html.starts_with("<!--") => {}
                Inline::Html(html) if is_line_break(&html) => {
                    row.add(line, "");
                    row.text.push(line_break);
                }
                Inline::Html(_) => self.add_source(span.clone(), &mut row, &mut rows),
            }
            at = at.max(span.end);
        }
        self.add_source(at..source.end, &mut row, &mut rows);
        row.finish(&mut rows);
        rows
    }

    fn add_source(&self, range: Range<usize>, row: &mut Row, rows: &mut Vec<Row>) {
        let mut from = range.start;
        for part in self.text.get(range).unwrap_or_default().split_inclusive('\n') {
            row.add(self.line_and_mark(from).0, part.trim_end_matches(['\n', '\r']));
            from += part.len();
            if part.ends_with('\n') {
                row.finish(rows);
            }
        }
    }
}

/// Collects inline events into blocks.
struct Reader<'v> {
    view: &'v View,
    blocks: Vec<Block>,
    open: Option<Open>,
    lists: usize,
    /// How many containers are open whose text is no plan text.
    skip: usize,
    item_starts: bool,
}

/// A block that is still growing.
struct Open {
    kind: Kind,
    opens_item: bool,
    source: Option<Range<usize>>,
    ticked: Option<bool>,
    /// Ascending.
    spans: Vec<(Range<usize>, Inline)>,
}

impl Reader<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Table(_) | Tag::BlockQuote(_) | Tag::HtmlBlock) => {
                self.pause();
                self.skip += 1;
            }
            Event::End(TagEnd::CodeBlock | TagEnd::Table | TagEnd::BlockQuote(_) | TagEnd::HtmlBlock) => {
                self.skip = self.skip.saturating_sub(1);
            }
            _ if self.skip > 0 => {}
            Event::Start(Tag::List(_)) => {
                self.close();
                self.lists += 1;
            }
            Event::End(TagEnd::List(_)) => {
                self.close();
                self.lists = self.lists.saturating_sub(1);
            }
            Event::Start(Tag::Item) => {
                self.close();
                self.item_starts = true;
            }
            Event::Start(Tag::Heading { level, .. }) => self.open(Kind::Heading(*level as u8)),
            Event::Start(Tag::Paragraph) => self.open(Kind::Text),
            Event::End(TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item) => self.close(),
            Event::Rule => self.pause(),
            Event::TaskListMarker(_) => {
                let ticked = self.view.line_at(range.start).and_then(|line| line.ticked);
                self.inline().ticked = ticked.or(Some(false));
            }
            Event::Code(code) => self.grow(range, Some(Inline::Code(code.to_string()))),
            Event::InlineHtml(html) => self.grow(range, Some(Inline::Html(html.to_string()))),
            Event::End(_) => {}
            _ => self.grow(range, None),
        }
    }

    fn open(&mut self, kind: Kind) {
        // A checkbox can stand before its paragraph opens.
        if kind == Kind::Text && self.open.as_ref().is_some_and(|open| open.source.is_none()) {
            return;
        }
        self.close();
        let opens_item = std::mem::take(&mut self.item_starts);
        self.open = Some(Open { kind, opens_item, source: None, ticked: None, spans: Vec::new() });
    }

    /// The open block; text directly in a list item opens one by itself.
    fn inline(&mut self) -> &mut Open {
        let starts = &mut self.item_starts;
        self.open.get_or_insert_with(|| Open {
            kind: Kind::Text,
            opens_item: std::mem::take(starts),
            source: None,
            ticked: None,
            spans: Vec::new(),
        })
    }

    fn grow(&mut self, range: Range<usize>, span: Option<Inline>) {
        let open = self.inline();
        open.source = Some(match &open.source {
            Some(so_far) => so_far.start.min(range.start)..so_far.end.max(range.end),
            None => range.clone(),
        });
        open.spans.extend(span.map(|content| (range, content)));
    }

    /// Ends the open block before something that is no text.
    fn pause(&mut self) {
        self.close();
        self.item_starts = false;
        let (depth, rows) = (self.lists, Vec::new());
        self.blocks.push(Block { kind: Kind::Break, depth, opens_item: false, ticked: None, rows });
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let Some(source) = open.source else { return };
        let rows = self.view.rows(&source, open.spans, ' ');
        let (kind, opens_item, ticked) = (open.kind, open.opens_item, open.ticked);
        if !rows.is_empty() {
            self.blocks.push(Block { kind, depth: self.lists, opens_item, ticked, rows });
        }
    }
}

impl Row {
    /// Adds source text, without the two marks and without the backslash of `a\_b`.
    fn add(&mut self, line: usize, text: &str) {
        if self.text.is_empty() {
            self.line = line;
        }
        let start = self.text.len();
        self.text.push_str(text);
        if !text.is_ascii() || text.contains('\\') {
            let cleaned = text.replace([CODE, END_CODE], "").replace("\\_", "_");
            self.text.replace_range(start.., &cleaned);
        }
    }

    fn add_code(&mut self, line: usize, code: &str) {
        if self.text.is_empty() {
            self.line = line;
        }
        self.text.push(CODE);
        self.text.extend(code.chars().filter(|c| !matches!(*c, CODE | END_CODE)));
        self.text.push(END_CODE);
    }

    fn finish(&mut self, rows: &mut Vec<Self>) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if !text.is_empty() {
            rows.push(Self { line: self.line, text: text.to_owned() });
        }
    }
}

fn is_line_break(html: &str) -> bool {
    let name = html.trim_matches(['<', '>', '/', ' ']);
    name.eq_ignore_ascii_case("br")
}

/// A row as a person would quote it: on one line, without the marks of emphasis.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (n, part) in text.split([CODE, END_CODE]).enumerate() {
        match n % 2 {
            0 => shown.push_str(&part.replace("**", "")),
            _ => shown.extend(["`", part, "`"]),
        }
    }
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}
