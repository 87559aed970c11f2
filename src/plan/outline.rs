//! Where in a Markdown document is what: headings, living sections, checkboxes.

use std::iter::Peekable;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::columns::{self, Columns};
use super::living::{self, Heading, Section};
use crate::model::Lines;

/// One line of a document.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: String,
    /// The state of the checkbox or status cell in it.
    pub(super) ticked: Option<bool>,
}

pub(super) fn parse(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS).into_offset_iter()
}

/// The length of the YAML front matter with both fences; 0 when there is none.
pub(super) fn front_matter(text: &str) -> usize {
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

/// Where in a document is what; line numbers are from 1.
pub(super) struct Outline {
    /// Headings outside lists and quotations.
    pub(super) headings: Vec<Heading>,
    /// Ascending and apart.
    pub(super) living: Vec<Section>,
    /// Lines in fenced code and in HTML, comments among them: a reader of the rendered document does not see them as
    /// the text that they are.
    pub(super) hidden: Vec<Range<usize>>,
    /// The status marks, ascending.
    marks: Vec<Mark>,
}

/// A checkbox `[x]`, or a cell in the status column of a table of tasks.
struct Mark {
    at: Range<usize>,
    ticked: bool,
    /// What stands for it in a locked line, whatever its state. Never blank: a row must keep its first cell.
    blank: &'static str,
}

impl Outline {
    pub(super) fn of(text: &str) -> Self {
        let front = front_matter(text);
        let body = text.get(front..).unwrap_or_default();
        let first = text.len() - body.len();
        let at = Lines::of(text);
        let mut found =
            Self { headings: Vec::new(), living: Vec::new(), hidden: Vec::new(), marks: Vec::new() };
        let mut table = Table::default();
        if front > 0 {
            found.hidden.push(1..at.line(front));
        }
        let (mut containers, mut in_heading) = (0usize, false);
        for (event, range) in parse(body) {
            let source = body.get(range.clone()).unwrap_or_default();
            let lines = || {
                let last = range.start + source.trim_end().len().max(1) - 1;
                at.line(first + range.start)..at.line(first + last) + 1
            };
            if let Some(ticked) = table.status(&event, source) {
                let at = first + range.start..first + range.end;
                found.marks.push(Mark { at, ticked, blank: " _ " });
            }
            match event {
                Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => containers += 1,
                Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => {
                    containers = containers.saturating_sub(1)
                }
                Event::Start(Tag::Heading { level, .. }) if containers == 0 => {
                    in_heading = true;
                    found.headings.push(Heading { lines: lines(), level: level as u8, text: String::new() });
                }
                Event::End(TagEnd::Heading(_)) => in_heading = false,
                Event::Text(text) | Event::Code(text) if in_heading => {
                    if let Some(heading) = found.headings.last_mut() {
                        heading.text.push_str(&text);
                    }
                }
                Event::TaskListMarker(ticked) if source.len() == 3 && source.starts_with('[') => {
                    let at = first + range.start..first + range.end;
                    found.marks.push(Mark { at, ticked, blank: "[ ]" });
                }
                Event::Start(Tag::Item) => {
                    found.marks.extend(unusual_box(source, first + range.start));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_)) | Tag::HtmlBlock) => {
                    found.hidden.push(lines());
                }
                Event::InlineHtml(_) if source.starts_with("<!--") => found.hidden.push(lines()),
                _ => {}
            }
        }
        found.living = living::sections(&found.headings);
        found
    }

    /// All lines but those in living sections.
    pub(super) fn locked(&self, text: &str) -> Vec<Line> {
        let mut living = Cursor::over(self.living.iter().map(|section| section.body.clone()));
        self.lines(text, |number| !living.holds(number))
    }

    /// The lines that `keep`, asked in order, says yes to.
    pub(super) fn lines(&self, text: &str, mut keep: impl FnMut(usize) -> bool) -> Vec<Line> {
        let mut marks = self.marks.iter().peekable();
        let mut lines = Vec::new();
        let mut start = 0;
        for (n, source) in text.split_inclusive('\n').enumerate() {
            let (from, end) = (start, start + source.len());
            start = end;
            let mut line = Line { number: n + 1, text: String::new(), ticked: None };
            let kept = keep(line.number);
            // How far the line has been copied.
            let mut copied = from;
            while let Some(mark) = marks.next_if(|mark| mark.at.start < end) {
                if kept && mark.at.start >= copied && mark.at.end <= end {
                    line.text.push_str(text.get(copied..mark.at.start).unwrap_or_default());
                    line.text.push_str(mark.blank);
                    copied = mark.at.end;
                    line.ticked = Some(mark.ticked);
                }
            }
            if kept {
                line.text.push_str(text.get(copied..end).unwrap_or_default());
                line.text.truncate(line.text.trim_end_matches(['\n', '\r']).len());
                lines.push(line);
            }
        }
        lines
    }
}

/// Where in a table the parser is, to find the cells of its status column.
#[derive(Default)]
struct Table {
    head: Vec<String>,
    in_head: bool,
    /// The status column, where the rows are tasks.
    status: Option<usize>,
    column: usize,
}

impl Table {
    /// The state in the cell that `event` opens, where that is a status cell with a status in it.
    fn status(&mut self, event: &Event<'_>, source: &str) -> Option<bool> {
        match event {
            Event::Start(Tag::TableHead) => (self.in_head, self.head) = (true, Vec::new()),
            Event::End(TagEnd::TableHead) => {
                self.in_head = false;
                self.status = Columns::of(&self.head).and_then(|columns| columns.status);
            }
            Event::Start(Tag::TableRow) => self.column = 0,
            Event::Start(Tag::TableCell) if self.in_head => self.head.push(String::new()),
            Event::Text(text) | Event::Code(text) if self.in_head => {
                if let Some(cell) = self.head.last_mut() {
                    cell.push_str(text);
                }
            }
            Event::Start(Tag::TableCell) => {
                self.column += 1;
                let here = self.status.is_some_and(|column| column + 1 == self.column);
                let whole = here && !source.is_empty() && !source.contains('\n');
                return if whole { columns::status(source) } else { None };
            }
            _ => {}
        }
        None
    }
}

/// The boxes that Markdown itself does not know: `[-]` and `[~]` for what is under way, and `[ ]*` for what is optional.
fn unusual_box(item: &str, start: usize) -> Option<Mark> {
    let counted = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = counted.strip_prefix(['-', '*', '+', '.', ')'])?.trim_start_matches([' ', '\t']);
    let (mark, after) = (text.as_bytes().get(..3)?, text.get(3..)?);
    let ticked = match mark {
        b"[-]" | b"[~]" => false,
        b"[ ]" if after.starts_with('*') => false,
        b"[x]" | b"[X]" if after.starts_with('*') => true,
        _ => return None,
    };
    let at = start + item.len() - text.len();
    let apart = after.strip_prefix('*').unwrap_or(after);
    apart.starts_with([' ', '\t', '\n', '\r']).then_some(Mark { at: at..at + 3, ticked, blank: "[ ]" })
}

/// Answers, for ascending numbers, whether one of ascending ranges holds them.
pub(super) struct Cursor<I: Iterator<Item = Range<usize>>>(Peekable<I>);

impl<I: Iterator<Item = Range<usize>>> Cursor<I> {
    pub(super) fn over(ranges: I) -> Self {
        Self(ranges.peekable())
    }

    pub(super) fn holds(&mut self, number: usize) -> bool {
        while self.0.next_if(|range| range.end <= number).is_some() {}
        self.0.peek().is_some_and(|range| range.contains(&number))
    }
}
