//! Where the parts of a JSON text stand, so that one can be added and every other byte stays.
//!
//! The text has been read as JSON before, so that only positions are looked for here.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;

/// An object or a list in a text, and where its members stand.
pub(super) struct Object<'t> {
    text: &'t str,
    whole: Range<usize>,
    members: Vec<Member>,
}

struct Member {
    key: Option<String>,
    /// Where it begins: at its key, if it has one.
    start: usize,
    value: Range<usize>,
}

impl<'t> Object<'t> {
    /// The outermost one.
    pub(super) fn root(text: &'t str) -> Option<Self> {
        let start = text.len() - text.trim_start().len();
        Self::at(text, start..text.trim_end().len())
    }

    /// The one that stands there.
    pub(super) fn at(text: &'t str, whole: Range<usize>) -> Option<Self> {
        let bytes = text.as_bytes();
        let keyed = match bytes.get(whole.start)? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        let mut members = Vec::new();
        let mut at = blanks(bytes, whole.start + 1);
        while !matches!(bytes.get(at)?, b'}' | b']') {
            let start = at;
            let mut key = None;
            if keyed {
                let end = value(bytes, at)?;
                key = Some(serde_json::from_str(text.get(at..end)?).ok()?);
                at = blanks(bytes, blanks(bytes, end) + 1);
            }
            let end = value(bytes, at)?;
            members.push(Member { key, start, value: at..end });
            at = blanks(bytes, end);
            if bytes.get(at)? == &b',' {
                at = blanks(bytes, at + 1);
            }
        }
        (at + 1 == whole.end).then_some(Self { text, whole, members })
    }

    /// Where the value of a key stands.
    pub(super) fn member(&self, key: &str) -> Option<Range<usize>> {
        let found = self.members.iter().find(|member| member.key.as_deref() == Some(key))?;
        Some(found.value.clone())
    }

    /// Does a key stand there twice?
    pub(super) fn has_doubles(&self) -> bool {
        let mut seen = HashSet::new();
        !self.members.iter().filter_map(|member| member.key.as_deref()).all(|key| seen.insert(key))
    }

    /// The text with one more key, behind the others.
    pub(super) fn insert(&self, key: &str, value: &Value) -> Option<String> {
        let key = Value::String(key.to_owned());
        self.add(&|indent| format!("{key}: {}", self.written(value, indent)))
    }

    /// The text with one more value, behind the others.
    pub(super) fn push(&self, value: &Value) -> Option<String> {
        self.add(&|indent| self.written(value, indent))
    }

    /// The text with another value in the place of one.
    pub(super) fn replace(&self, number: usize, value: &Value) -> Option<String> {
        let member = self.members.get(number)?;
        let indent = self.indent_of(member.start);
        let (before, after) = (self.text.get(..member.value.start)?, self.text.get(member.value.end..)?);
        Some(format!("{before}{}{after}", self.written(value, &indent)))
    }

    fn add(&self, piece: &dyn Fn(&str) -> String) -> Option<String> {
        let newline = self.newline();
        let Some(last) = self.members.last() else {
            let outer = self.indent_of(self.whole.start);
            let inner = format!("{outer}{}", self.unit());
            let before = self.text.get(..=self.whole.start)?;
            let after = self.text.get(self.whole.end - 1..)?;
            return Some(format!("{before}{newline}{inner}{}{newline}{outer}{after}", piece(&inner)));
        };
        let (before, after) = (self.text.get(..last.value.end)?, self.text.get(last.value.end..)?);
        let first = self.members.first()?;
        let apart = self.text.get(self.whole.start..first.start)?.contains('\n');
        let indent = self.indent_of(last.start);
        let gap = if apart { format!("{newline}{indent}") } else { " ".to_owned() };
        Some(format!("{before},{gap}{}{after}", piece(&indent)))
    }

    /// A value over several lines, each but the first behind `indent`.
    fn written(&self, value: &Value, indent: &str) -> String {
        let (unit, newline) = (self.unit(), self.newline());
        let mut text = String::new();
        for (number, line) in format!("{value:#}").lines().enumerate() {
            let inner = line.trim_start_matches(' ');
            if number > 0 {
                text.push_str(newline);
                text.push_str(indent);
                text.push_str(&unit.repeat((line.len() - inner.len()) / 2));
            }
            text.push_str(inner);
        }
        text
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// The blanks in front of the line of a position.
    fn indent_of(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
    }

    /// By how much the first line that is indented is.
    fn unit(&self) -> String {
        let blank = |line: &str| line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect::<String>();
        let mut lines = self.text.lines().filter(|line| !line.trim().is_empty()).map(blank);
        lines.find(|indent| !indent.is_empty()).unwrap_or_else(|| "  ".to_owned())
    }
}

fn blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Where the value that begins at `at` ends.
fn value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string(bytes, at),
        b'{' | b'[' => {
            let (mut depth, mut at) = (0_usize, at);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = string(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.checked_sub(1)?,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => {
            let ends = |b: &u8| matches!(b, b',' | b'}' | b']') || b.is_ascii_whitespace();
            let rest = bytes.get(at..)?;
            Some(at + rest.iter().position(ends).unwrap_or(rest.len()))
        }
    }
}

fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}
