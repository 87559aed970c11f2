//! Values of the policy file, each with its place in the text.
//!
//! A [`Reader`] goes on after a problem and keeps the one that stands first in the document, so that the
//! same file always gets the same answer, however its tables are ordered in memory.

use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use super::keys::Table;
use crate::error::{Error, Result};
use crate::model::{Lines, Place};
use crate::pattern::{Pattern, Patterns};

/// Longer words are not compared with the known ones, and are shortened in messages. In bytes.
const LONGEST: usize = 60;

/// One `key = value`, or one element of the list at a key.
#[derive(Clone, Copy)]
pub(super) struct Entry<'v> {
    /// The table's name as in its header, such as `scope.companions`; empty for the root.
    pub(super) table: &'v str,
    /// The key, unquoted.
    pub(super) key: &'v str,
    /// Where the key starts, in bytes.
    pub(super) key_at: usize,
    /// The value.
    pub(super) value: &'v DeValue<'v>,
    /// Where the value starts, in bytes.
    pub(super) value_at: usize,
    /// Is the value one element of a list?
    element: bool,
}

impl<'v> Entry<'v> {
    /// The entry's full name, such as `enforce.when`.
    pub(super) fn name(&self) -> String {
        let bare = self.key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let key = if bare && !self.key.is_empty() { shortened(self.key) } else { quoted(self.key) };
        if self.table.is_empty() { key } else { format!("{}.{key}", self.table) }
    }

    /// The list's elements; nothing for other values.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let list = self.value.as_array().into_iter().flat_map(|list| list.iter());
        list.map(move |value| Self {
            value: value.get_ref(),
            value_at: value.span().start,
            element: true,
            ..self
        })
    }
}

/// The table's entries in document order. `name`: as in the table's header.
pub(super) fn entries<'v>(name: &'v str, table: &'v DeTable<'v>) -> Vec<Entry<'v>> {
    let all = table.iter().map(|(key, value)| Entry {
        table: name,
        key: key.get_ref(),
        key_at: key.span().start,
        value: value.get_ref(),
        value_at: value.span().start,
        element: false,
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|entry| entry.key_at);
    all
}

/// Reads values, and keeps the first problem.
pub(super) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    lines: Lines,
    first: Option<(usize, Error)>,
}

impl<'t> Reader<'t> {
    /// A reader of `text`, which was found in `file`.
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, lines: Lines::of(text), first: None }
    }

    /// The first problem, if there was one.
    pub(super) fn finish(&mut self) -> Result<()> {
        match self.first.take() {
            Some((at, error)) => Err(error.at(place(self.file, self.text, at))),
            None => Ok(()),
        }
    }

    /// Notes a problem at byte `at`. The error is only made when it is the first in the document so far.
    pub(super) fn report(&mut self, at: usize, error: impl FnOnce() -> Error) {
        if self.first.as_ref().is_none_or(|(first, _)| at < *first) {
            self.first = Some((at, error()));
        }
    }

    /// The entries of a table, in document order, that are known there; the others are problems. `name`: as in its header.
    pub(super) fn known<'v>(
        &mut self,
        name: &'v str,
        found: &'v DeTable<'v>,
        table: &Table,
    ) -> Vec<Entry<'v>> {
        let mut all = entries(name, found);
        let names = table.names();
        all.retain(|entry| {
            let is_known = names.contains(&entry.key);
            if !is_known {
                self.unknown(entry, table.header, &names);
            }
            is_known
        });
        all
    }

    /// Notes that `entry` is none of the `known` keys of its table, whose header is `header`.
    fn unknown(&mut self, entry: &Entry<'_>, header: &str, known: &[&str]) {
        self.report(entry.key_at, || {
            let place = if header.is_empty() { String::new() } else { format!(" in {header}") };
            let error = Error::policy(format!("unknown key {}{place}", quoted(entry.key)));
            let owner = if header.is_empty() { "the policy file" } else { header };
            error.help(suggestion(entry.key, known, &format!("{owner} knows: {}", known.join(", "))))
        });
    }

    fn wrong_type(&mut self, entry: &Entry<'_>, wanted: &str, help: impl FnOnce() -> String) {
        self.report(entry.value_at, || {
            let (each, name) = (if entry.element { "every entry of " } else { "" }, entry.name());
            Error::policy(format!("{each}{name} must be {wanted}, not {}", type_of(entry.value))).help(help())
        });
    }

    /// A string.
    pub(super) fn string<'v>(&mut self, entry: &Entry<'v>) -> Option<&'v str> {
        let text = entry.value.as_str();
        if text.is_none() {
            self.wrong_type(entry, "a string", || "put it in quotes".to_owned());
        }
        text
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, entry: &Entry<'_>) -> Option<bool> {
        let flag = entry.value.as_bool();
        if flag.is_none() {
            self.wrong_type(entry, "true or false", || format!("write {} = true or {0} = false", entry.key));
        }
        flag
    }

    /// A whole number in `range`.
    pub(super) fn number(&mut self, entry: &Entry<'_>, range: RangeInclusive<u64>) -> Option<u64> {
        let (low, high) = (range.start(), range.end());
        let Some(integer) = entry.value.as_integer() else {
            self.wrong_type(entry, "a whole number", || format!("write {} = {high}, for example", entry.key));
            return None;
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.and_then(|n| u64::try_from(n).ok()).filter(|n| range.contains(n));
        if number.is_none() {
            self.report(entry.value_at, || {
                let written = shortened(&integer.to_string());
                Error::policy(format!("{} is {written}, but must be from {low} to {high}", entry.name()))
                    .help(format!("write {} = {high}, for example", entry.key))
            });
        }
        number
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, entry: &Entry<'_>, words: &[(&str, T)]) -> Option<T> {
        let known = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        let valid = || format!("valid are: {}", known().join(", "));
        let Some(text) = entry.value.as_str() else {
            self.wrong_type(entry, "a string", valid);
            return None;
        };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.report(entry.value_at, || {
                let verb = if entry.element { "cannot hold" } else { "cannot be" };
                Error::policy(format!("{} {verb} {}", entry.name(), quoted(text))).help(valid())
            });
        }
        found
    }

    /// A list's elements, whatever they are.
    pub(super) fn list<'v>(&mut self, entry: &Entry<'v>) -> Option<Vec<Entry<'v>>> {
        if entry.value.is_array() {
            return Some(entry.elements().collect());
        }
        self.wrong_type(entry, "a list of strings", || match entry.value.as_str() {
            Some(text) => format!("write {} = [{}]", entry.key, quoted(text)),
            None => format!("write {} = [\"…\"]", entry.key),
        });
        None
    }

    /// A list that says something: empty, it is a problem, and `instead` says what to do.
    pub(super) fn some_list<'v>(&mut self, entry: &Entry<'v>, instead: &str) -> Option<Vec<Entry<'v>>> {
        let list = self.list(entry)?;
        if list.is_empty() {
            self.report(entry.value_at, || Error::policy(format!("{} is empty", entry.name())).help(instead));
            return None;
        }
        Some(list)
    }

    /// A list of patterns, possibly empty.
    pub(super) fn patterns(&mut self, entry: &Entry<'_>) -> Option<Patterns> {
        let list = self.list(entry)?;
        let all: Vec<_> = list.iter().filter_map(|element| self.pattern(element)).collect();
        Some(Patterns::new(all))
    }

    /// A list of patterns of which at least one includes something.
    pub(super) fn some_patterns(&mut self, entry: &Entry<'_>, instead: &str) -> Option<Patterns> {
        let list = self.some_list(entry, instead)?;
        let excludes = |element: &Entry<'_>| element.value.as_str().is_some_and(|text| text.starts_with('!'));
        if list.iter().all(excludes) {
            self.report(entry.value_at, || {
                let message = format!("{} only excludes, so that nothing is left", entry.name());
                Error::policy(message).help("add \"**\", from which the patterns with ! are then taken away")
            });
        }
        self.patterns(entry)
    }

    fn pattern(&mut self, entry: &Entry<'_>) -> Option<Pattern> {
        let text = self.string(entry)?;
        match Pattern::parse(text) {
            Ok(pattern) => Some(pattern.on_line(self.lines.line(entry.value_at))),
            Err(bad) => {
                self.report(entry.value_at, || {
                    Error::policy(format!("{}: {}", entry.name(), bad.message)).help(bad.help)
                });
                None
            }
        }
    }

    /// A list of tables, each of them written below `header`, and there is one for `each` of something.
    pub(super) fn tables<'v>(
        &mut self,
        entry: &Entry<'v>,
        header: &str,
        each: &str,
    ) -> Vec<(Entry<'v>, &'v DeTable<'v>)> {
        if !entry.value.is_array() {
            self.report(entry.value_at, || {
                let help = format!("write {header} with two brackets on each side, once for each {each}");
                Error::policy(format!("{} must be a list of tables", entry.name())).help(help)
            });
        }
        entry.elements().filter_map(|element| Some((element, self.table(&element, header)?))).collect()
    }

    /// A table; `header` is how a person would write it.
    pub(super) fn table<'v>(&mut self, entry: &Entry<'v>, header: &str) -> Option<&'v DeTable<'v>> {
        let table = entry.value.as_table();
        if table.is_none() {
            self.wrong_type(entry, "a table", || {
                format!("write {header} on a line of its own, and its keys below")
            });
        }
        table
    }
}

/// Line and column (in characters) of byte `at`.
pub(super) fn place(file: &str, text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Place { file: file.to_owned(), line: before.matches('\n').count() + 1, column }
}

/// A question that names the known word nearest to `word`, or else `all`.
pub(super) fn suggestion(word: &str, known: &[&str], all: &str) -> String {
    let nearest = || {
        let lower = word.to_lowercase();
        let measured = known.iter().map(|known| (strsim::osa_distance(&lower, known), *known));
        let allowed = (word.chars().count() / 3).max(1);
        measured.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance)
    };
    match (word.len() <= LONGEST).then(nearest).flatten() {
        Some((_, near)) => format!("did you mean {near}?"),
        None => all.to_owned(),
    }
}

/// `text` in quotes for a message, cut where it is very long.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST / 2).chain(['…']).collect()
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
