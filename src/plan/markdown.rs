//! Markdown as plans use it: what of a document is locked, and its text blocks in order.
//!
//! The readers of Markdown plans see only the [`View`], which is made of exactly the locked lines. So a change
//! that leaves the locked lines alone cannot change a task, a scope or a dependency: there is nothing else that
//! these could have been read from.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Lines;

/// Sections that record what happened; whoever executes a plan writes them.
const LIVING: &[&str] = &[
    "progress",
    "decision log",
    "surprises & discoveries",
    "surprises and discoveries",
    "outcomes & retrospective",
    "outcomes and retrospective",
];

/// Marks the start of a code span in [`Row::text`]; never occurs otherwise.
pub(super) const CODE: char = '\u{e000}';
/// Marks the end of a code span in [`Row::text`]; never occurs otherwise.
pub(super) const END_CODE: char = '\u{e001}';

/// The locked part of a document.
pub(super) struct View {
    /// The locked lines, joined; checkboxes are empty and front matter is blank.
    pub(super) text: String,
    /// The front matter, without its fences.
    pub(super) front: String,
    lines: Vec<Line>,
    at: Lines,
}

/// One locked line.
struct Line {
    /// From 1, in the document.
    number: usize,
    text: String,
    /// The state of the checkbox in it.
    ticked: Option<bool>,
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
    locked_lines(text).into_iter().map(|line| (line.number, line.text)).collect()
}

impl View {
    pub(super) fn of(text: &str) -> Self {
        let lines = locked_lines(text);
        let mut joined = String::with_capacity(text.len());
        for line in &lines {
            joined.push_str(&line.text);
            joined.push('\n');
        }
        let front = joined.get(..front_matter(&joined)).unwrap_or_default().to_owned();
        let blank: String = front.chars().filter(|c| *c == '\n').collect();
        joined.replace_range(..front.len(), &blank);
        let at = Lines::of(&joined);
        Self { text: joined, front, lines, at }
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

    fn line_at(&self, offset: usize) -> Option<&Line> {
        self.lines.get(self.at.line(offset) - 1)
    }
}

fn parse(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS).into_offset_iter()
}

/// The length of the YAML front matter with both fences; 0 when there is none.
fn front_matter(text: &str) -> usize {
    let mut length = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let fence = line.trim_end();
        // A blank line behind the fence: it is a rule between paragraphs.
        if (n == 0 && fence != "---") || (n == 1 && fence.is_empty()) {
            return 0;
        }
        length += line.len();
        if n > 0 && (fence == "---" || fence == "...") {
            return length;
        }
    }
    0
}

fn locked_lines(text: &str) -> Vec<Line> {
    let front = front_matter(text);
    let body = text.get(front..).unwrap_or_default();
    let first = text.len() - body.len();
    let at = Lines::of(text);
    let Marks { dropped, boxes } = marks(body, first, &at);
    let mut boxes = boxes.into_iter().peekable();
    let mut dropped = dropped.into_iter().peekable();
    let mut lines = Vec::new();
    let mut start = 0;
    for (n, source) in text.split_inclusive('\n').enumerate() {
        let (from, end) = (start, start + source.len());
        start = end;
        let mut line = Line { number: n + 1, text: source.to_owned(), ticked: None };
        while let Some((mark, ticked)) = boxes.next_if(|(mark, _)| mark.start < end) {
            if mark.start >= from && mark.end <= end {
                line.text.replace_range(mark.start - from..mark.end - from, "[ ]");
                line.ticked = Some(ticked);
            }
        }
        while dropped.next_if(|d| d.end <= line.number).is_some() {}
        if dropped.peek().is_some_and(|d| d.contains(&line.number)) {
            continue;
        }
        let kept = line.text.trim_end_matches(['\n', '\r']).len();
        line.text.truncate(kept);
        lines.push(line);
    }
    lines
}

/// What in a document is not locked.
struct Marks {
    /// Line numbers inside living sections, ascending and apart.
    dropped: Vec<Range<usize>>,
    /// The checkboxes `[x]`, each three bytes long, ascending.
    boxes: Vec<(Range<usize>, bool)>,
}

/// A heading outside lists and quotations: its lines, level and text.
struct Heading {
    lines: Range<usize>,
    level: u8,
    text: String,
}

/// Finds what is not locked in `body`, which starts at byte `first` of the document.
fn marks(body: &str, first: usize, at: &Lines) -> Marks {
    let mut headings: Vec<Heading> = Vec::new();
    let mut boxes = Vec::new();
    let (mut containers, mut in_heading) = (0usize, false);
    for (event, range) in parse(body) {
        let source = body.get(range.clone()).unwrap_or_default();
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => containers = containers.saturating_sub(1),
            Event::Start(Tag::Heading { level, .. }) if containers == 0 => {
                in_heading = true;
                let last = range.start + source.trim_end().len().max(1) - 1;
                let lines = at.line(first + range.start)..at.line(first + last) + 1;
                headings.push(Heading { lines, level: level as u8, text: String::new() });
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Text(text) | Event::Code(text) if in_heading => {
                if let Some(heading) = headings.last_mut() {
                    heading.text.push_str(&text);
                }
            }
            Event::TaskListMarker(ticked) if source.len() == 3 && source.starts_with('[') => {
                boxes.push((first + range.start..first + range.end, ticked));
            }
            _ => {}
        }
    }
    Marks { dropped: living_lines(&headings), boxes }
}

/// The lines below living headings, up to the next heading of the same or a higher level.
fn living_lines(headings: &[Heading]) -> Vec<Range<usize>> {
    let mut dropped: Vec<Range<usize>> = Vec::new();
    let mut living: Option<(u8, usize)> = None;
    for heading in headings {
        if let Some((level, start)) = living {
            if heading.level > level {
                continue;
            }
            dropped.push(start..heading.lines.start);
        }
        living = is_living(&heading.text).then_some((heading.level, heading.lines.end));
    }
    dropped.extend(living.map(|(_, start)| start..usize::MAX));
    dropped
}

fn is_living(heading: &str) -> bool {
    let name = heading.trim().trim_end_matches([':', '：']).to_lowercase();
    LIVING.contains(&name.as_str())
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
    /// Code spans with their content, and inline HTML (without content), ascending.
    spans: Vec<(Range<usize>, Option<String>)>,
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
            Event::Code(code) => self.grow(range, Some(Some(code.to_string()))),
            Event::InlineHtml(_) => self.grow(range, Some(None)),
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

    fn grow(&mut self, range: Range<usize>, span: Option<Option<String>>) {
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
        let rows = self.rows(&source, open.spans);
        let (kind, opens_item, ticked) = (open.kind, open.opens_item, open.ticked);
        if !rows.is_empty() {
            self.blocks.push(Block { kind, depth: self.lists, opens_item, ticked, rows });
        }
    }

    /// The source of a block, line by line, with its code spans marked and inline HTML left out.
    fn rows(&self, source: &Range<usize>, spans: Vec<(Range<usize>, Option<String>)>) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut row = Row { line: 0, text: String::new() };
        let mut at = source.start;
        let end = std::iter::once((source.end..source.end, None));
        for (span, content) in spans.into_iter().chain(end) {
            let mut from = at;
            for part in self.view.text.get(at..span.start).unwrap_or_default().split_inclusive('\n') {
                row.add(self.number(from), part.trim_end_matches(['\n', '\r']));
                from += part.len();
                if part.ends_with('\n') {
                    row.finish(&mut rows);
                }
            }
            if let Some(code) = content {
                row.add_code(self.number(span.start), &code);
            }
            at = at.max(span.end);
        }
        row.finish(&mut rows);
        rows
    }

    fn number(&self, offset: usize) -> usize {
        self.view.line_at(offset).map_or(0, |line| line.number)
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
