//! Where in a Markdown document is what: headings, living sections, checkboxes.

use std::iter::Peekable;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Lines;
use super::living::{self, Heading, Section};

/// One line of a document.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) text: String,
    /// The state of the checkbox in it.
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
    /// The checkboxes `[x]`, each three bytes long, ascending.
    boxes: Vec<(Range<usize>, bool)>,
}

impl Outline {
    pub(super) fn of(text: &str) -> Self {
        let front = front_matter(text);
        let body = text.get(front..).unwrap_or_default();
        let first = text.len() - body.len();
        let at = Lines::of(text);
        let mut found =
            Self { headings: Vec::new(), living: Vec::new(), hidden: Vec::new(), boxes: Vec::new() };
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
                    found.boxes.push((first + range.start..first + range.end, ticked));
                }
                Event::Start(Tag::Item) => {
                    found.boxes.extend(unusual_box(source, first + range.start));
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
        let mut boxes = self.boxes.iter().peekable();
        let mut lines = Vec::new();
        let mut start = 0;
        for (n, source) in text.split_inclusive('\n').enumerate() {
            let (from, end) = (start, start + source.len());
            start = end;
            let mut line = Line { number: n + 1, text: String::new(), ticked: None };
            let kept = keep(line.number);
            if kept {
                line.text.push_str(source);
            }
            while let Some((mark, ticked)) = boxes.next_if(|(mark, _)| mark.start < end) {
                if kept && mark.start >= from && mark.end <= end {
                    line.text.replace_range(mark.start - from..mark.end - from, "[ ]");
                    line.ticked = Some(*ticked);
                }
            }
            if kept {
                line.text.truncate(line.text.trim_end_matches(['\n', '\r']).len());
                lines.push(line);
            }
        }
        lines
    }
}

/// The boxes that Markdown itself does not know: `[-]` and `[~]` for what is under way, and `[ ]*` for what is optional.
fn unusual_box(item: &str, start: usize) -> Option<(Range<usize>, bool)> {
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
    apart.starts_with([' ', '\t', '\n', '\r']).then_some((at..at + 3, ticked))
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
