//! YAML front matter as far as plans use it: keys whose values are words or lists of words, each with its line.
//!
//! What could make a text allow more than a reader sees in it is refused: anchors and aliases (another key would hold
//! the paths, and a few lines of them grow without bound), tags (`!src/**` is one, not an exclusion), keys that occur
//! twice, a second document. Values of any other shape are only skipped. The parser is saphyr's pull parser, one event
//! at a time; size and depth are bounded here.

use std::collections::HashSet;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use crate::error::Error;
use crate::model::Place;

use super::outline::front_matter;

/// The most front matter that is read, in bytes: a hundred times what people write.
const LARGEST: usize = 128 << 10;
/// How many lists and mappings may lie in each other.
const DEEPEST: usize = 32;

/// The front matter of a document.
pub(super) struct Front {
    entries: Vec<Entry>,
}

/// One key with its value.
pub(super) struct Entry {
    pub(super) key: String,
    /// The lines that it takes, from 1 in the document, up to the next key.
    pub(super) lines: Range<usize>,
    pub(super) value: Value,
}

pub(super) enum Value {
    /// Nothing stands behind the colon.
    Empty,
    Word(Word),
    Words(Vec<Word>),
    /// Something else, such as a mapping.
    Other,
}

/// A scalar, as its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// From 1, in the document.
    pub(super) line: usize,
    pub(super) text: String,
    /// Do its words stand on several lines, which YAML joins into one text?
    pub(super) folded: bool,
}

/// Why the front matter cannot be read.
#[derive(Debug)]
pub(super) struct Fault {
    /// From 1, in the document.
    pub(super) line: usize,
    /// One sentence without a full stop.
    pub(super) message: String,
    /// What to write instead.
    pub(super) help: &'static str,
}

/// The front matter of `text`; without any it has no entries.
pub(super) fn front(text: &str) -> Result<Front, Fault> {
    let whole = text.get(..front_matter(text)).unwrap_or_default();
    let lines = whole.split_inclusive('\n').count();
    let inner: String = whole.split_inclusive('\n').skip(1).take(lines.saturating_sub(2)).collect();
    if inner.len() > LARGEST {
        let message = format!("front matter of {} KB is too large to be any", inner.len() >> 10);
        return Err(Fault { line: 1, message, help: "put the text below the second `---`" });
    }
    let source = inner.lines().collect();
    Reader { parser: Parser::new_from_str(&inner), source, entries: Vec::new(), end: lines.max(1) }.read()
}

/// Does a line of the front matter start with one of these keys? A quick look, for detection.
pub(super) fn has_key(text: &str, keys: &[&str]) -> bool {
    let front = text.get(..front_matter(text)).unwrap_or_default();
    let key = |line: &str| {
        line.split_once(':').is_some_and(|(key, _)| keys.contains(&key.trim_matches(['"', '\''])))
    };
    front.lines().any(key)
}

impl Fault {
    /// The same as an error about the document at `path`.
    pub(super) fn error(self, path: &str) -> Error {
        let place = Place { file: path.to_owned(), line: self.line, column: 1 };
        Error::plan(self.message).at(place).help(self.help)
    }
}

impl Front {
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The first of these keys that holds a word which is not empty.
    pub(super) fn word(&self, keys: &[&str]) -> Option<&Word> {
        keys.iter().find_map(|key| match &self.get(key)?.value {
            Value::Word(word) if !word.text.trim().is_empty() => Some(word),
            _ => None,
        })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Its lines.
    source: Vec<&'t str>,
    entries: Vec<Entry>,
    /// The line of the closing fence.
    end: usize,
}

type Found<'t> = (Event<'t>, usize);

impl<'t> Reader<'t> {
    fn read(mut self) -> Result<Front, Fault> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_), _) => {}
                (Event::MappingStart(..), line) => break self.entries(line)?,
                // Nothing but comments.
                (Event::StreamEnd, _) => return Ok(Front { entries: Vec::new() }),
                (_, line) => {
                    return Err(fault(
                        line,
                        "the front matter is not made of keys",
                        "write lines such as `id: T001`",
                    ));
                }
            }
        }
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => break,
                (Event::DocumentEnd, _) => {}
                (_, line) => {
                    return Err(fault(line, "a second YAML document starts here", "put everything into one"));
                }
            }
        }
        let starts: Vec<usize> = self.entries.iter().map(|entry| entry.lines.start).collect();
        let ends = starts.iter().skip(1).chain([&self.end]);
        for (entry, end) in self.entries.iter_mut().zip(ends) {
            entry.lines.end = *end;
        }
        Ok(Front { entries: self.entries })
    }

    /// The keys and values of the outermost mapping.
    fn entries(&mut self, line: usize) -> Result<(), Fault> {
        // Between braces keys share lines; elsewhere each has lines of its own, which is what is locked or not.
        if self.source.get(line.saturating_sub(2)).is_some_and(|l| l.trim_start().starts_with('{')) {
            return Err(fault(line, "the front matter stands in braces", "write one `key: value` a line"));
        }
        let mut seen = HashSet::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(()),
                (event, line) => (key(&event, line)?, line),
            };
            if key.is_empty() {
                return Err(fault(line, "a key of the front matter has no name", "write `key: value`"));
            }
            unseen(&mut seen, &key, line)?;
            let value = match self.next()? {
                (Event::Scalar(text, style, ..), _) if is_null(&text, style) => Value::Empty,
                (Event::Scalar(text, ..), line) => Value::Word(self.word(line, text.into_owned())),
                (Event::SequenceStart(..), _) => self.list()?,
                (event, _) => {
                    self.skip(&event)?;
                    Value::Other
                }
            };
            self.entries.push(Entry { key, lines: line..line, value });
        }
    }

    fn word(&self, line: usize, text: String) -> Word {
        let words = text.trim();
        let source = self.source.get(line.saturating_sub(2)).copied().unwrap_or_default();
        let folded = words.contains(char::is_whitespace) && !source.contains(words);
        Word { line, text, folded }
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let (mut words, mut other) = (Vec::new(), false);
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) if other => return Ok(Value::Other),
                (Event::SequenceEnd, _) => return Ok(Value::Words(words)),
                (Event::Scalar(text, style, ..), line) => {
                    let text = if is_null(&text, style) { String::new() } else { text.into_owned() };
                    words.push(self.word(line, text));
                }
                (event, _) => {
                    self.skip(&event)?;
                    other = true;
                }
            }
        }
    }

    /// Reads to the end of the list or mapping that `start` opens; without recursion.
    fn skip(&mut self, start: &Event<'_>) -> Result<(), Fault> {
        let mut open = vec![Open::of(start)];
        while let Some(innermost) = open.last_mut() {
            let (event, line) = self.next()?;
            let ends = matches!(event, Event::SequenceEnd | Event::MappingEnd);
            if ends {
                open.pop();
                continue;
            }
            if let Open::Mapping { seen, key_follows } = innermost {
                if *key_follows {
                    unseen(seen, &key(&event, line)?, line)?;
                }
                *key_follows = !*key_follows;
            }
            if matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)) {
                if open.len() >= DEEPEST {
                    return Err(fault(line, "the front matter is nested too deeply", "write plain lists"));
                }
                open.push(Open::of(&event));
            }
        }
        Ok(())
    }

    /// What the parser says, or else what most people do not know.
    fn syntax(&self, line: usize, said: &str) -> Fault {
        let text = self.source.get(line.saturating_sub(2)).copied().unwrap_or_default();
        let value =
            text.split_once(": ").map_or(text, |(_, value)| value).trim_start_matches([' ', '-', '[']);
        match value.chars().next().filter(|c| "*&!%@`".contains(*c)) {
            Some(mark) => {
                let message = format!("a value that starts with `{mark}` is something else in YAML");
                Fault { line, message, help: "put it in quotes" }
            }
            None => {
                let help = "mend the syntax; a value with `: ` or ` #` in it needs quotes";
                Fault { line, message: format!("not YAML: {said}"), help }
            }
        }
    }

    /// The next event and its line in the document.
    fn next(&mut self) -> Result<Found<'t>, Fault> {
        let (event, span) = match self.parser.next_event() {
            Some(Ok(found)) => found,
            Some(Err(error)) => {
                return Err(self.syntax(error.marker().line() + 1, error.info()));
            }
            None => return Err(fault(self.end, "the front matter ends too early", "mend the syntax")),
        };
        let line = span.start.line() + 1;
        let (anchor, tag) = match &event {
            Event::Alias(_) => {
                return Err(fault(line, "a value that starts with `*` is an alias", "put it in quotes"));
            }
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => (*anchor, tag),
            _ => (0, &None),
        };
        if anchor > 0 {
            return Err(fault(line, "a value that starts with `&` is an anchor", "put it in quotes"));
        }
        if tag.is_some() {
            return Err(fault(line, "a value that starts with `!` is a tag", "put it in quotes"));
        }
        Ok((event, line))
    }
}

/// A list or mapping that is being skipped.
enum Open {
    List,
    Mapping { seen: HashSet<String>, key_follows: bool },
}

impl Open {
    fn of(start: &Event<'_>) -> Self {
        match start {
            Event::MappingStart(..) => Self::Mapping { seen: HashSet::new(), key_follows: true },
            _ => Self::List,
        }
    }
}

fn fault(line: usize, message: &str, help: &'static str) -> Fault {
    Fault { line, message: message.to_owned(), help }
}

fn key(event: &Event<'_>, line: usize) -> Result<String, Fault> {
    match event {
        Event::Scalar(text, ..) => Ok(text.to_string()),
        _ => Err(fault(line, "a key is a list or a mapping", "write `key: value`")),
    }
}

fn unseen(seen: &mut HashSet<String>, key: &str, line: usize) -> Result<(), Fault> {
    if seen.insert(key.to_owned()) {
        return Ok(());
    }
    let shown: String = key.chars().take(60).collect();
    Err(Fault { line, message: format!("`{shown}` is there twice"), help: "keep one of the two" })
}

fn is_null(text: &str, style: ScalarStyle) -> bool {
    style == ScalarStyle::Plain && ["", "~", "null", "Null", "NULL"].contains(&text)
}

#[cfg(test)]
mod tests;
