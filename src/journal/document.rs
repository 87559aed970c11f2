//! A log as it stands in a file: its front matter, and where guard's parts begin and end. Bytes, because what people wrote
//! may be any.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::model::{CommitId, Place};

const BEGIN: &str = "<!-- guard:begin ";
const END: &str = "<!-- guard:end ";
const CLOSE: &str = " -->";

/// The line before the part called `name`.
pub(super) fn begin(name: &str) -> String {
    format!("{BEGIN}{name}{CLOSE}")
}

/// The line after it.
pub(super) fn end(name: &str) -> String {
    format!("{END}{name}{CLOSE}")
}

/// Lines with their ends, so that joined they are the file again.
pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|b| *b == b'\n').collect()
}

/// How a line ends; a last line without an end as others do.
pub(super) fn line_end(line: &[u8]) -> &'static str {
    if line.ends_with(b"\r\n") { "\r\n" } else { "\n" }
}

/// One part of guard's: the lines between its marks.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) inner: Range<usize>,
}

/// Where the parts stand, in order.
///
/// # Errors
/// The marks do not fit together: nobody can tell what is people's then.
pub(super) fn parts(file: &str, lines: &[&[u8]]) -> Result<Vec<Part>> {
    let mut found: Vec<Part> = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let wrong = |at: usize, message: String| {
        Err(Error::usage(message)
            .at(Place::line(file, at + 1))
            .help("mend the marks there, or take that part and its marks out: guard log writes it anew"))
    };
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = mark(line, BEGIN) {
            if let Some((other, line)) = open {
                return wrong(at, format!("{} begins before {other} of line {line} ends", begin(&name)));
            }
            if found.iter().any(|part| part.name == name) {
                return wrong(at, format!("{} is there twice", begin(&name)));
            }
            open = Some((name, at + 1));
        } else if let Some(name) = mark(line, END) {
            match open.take() {
                Some((opened, start)) if opened == name => found.push(Part { name, inner: start..at }),
                _ => return wrong(at, format!("{} ends what did not begin", end(&name))),
            }
        }
    }
    match open {
        Some((name, line)) => wrong(line - 1, format!("{} never ends", begin(&name))),
        None => Ok(found),
    }
}

fn mark(line: &[u8], word: &str) -> Option<String> {
    let inner = line.trim_ascii().strip_prefix(word.as_bytes())?.strip_suffix(CLOSE.as_bytes())?;
    Some(String::from_utf8_lossy(inner).into_owned())
}

/// The lines between the two `---` at the top.
pub(super) fn front(lines: &[&[u8]]) -> Option<Range<usize>> {
    let rule = |line: &&[u8]| line.trim_ascii_end() == b"---";
    let first = lines.first().map(|line| line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line))?;
    rule(&first).then_some(())?;
    let length = lines.get(1..)?.iter().position(rule)?;
    Some(1..1 + length)
}

/// The line of the front matter that has this key, and its value.
pub(super) fn entry(lines: &[&[u8]], key: &str) -> Option<(usize, String)> {
    let at = |n: &usize| {
        let value = lines.get(*n)?.strip_prefix(key.as_bytes())?.strip_prefix(b":")?;
        let value = String::from_utf8_lossy(value).trim().to_owned();
        let bare = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
        Some((*n, bare.unwrap_or(&value).to_owned()))
    };
    front(lines)?.find_map(|n| at(&n))
}

/// Is this the log of the execution that began with `rollback`? Its front matter says so: `rollback: <commit>`, seven
/// digits or more.
pub fn is_log_of(text: &[u8], rollback: CommitId) -> bool {
    const FEWEST: usize = 7;
    let named = entry(&lines(text), "rollback").map(|(_, value)| value.to_ascii_lowercase());
    named.is_some_and(|value| value.len() >= FEWEST && rollback.to_string().starts_with(&value))
}

/// Can a file of this name be a log?
pub fn is_log_name(path: &[u8]) -> bool {
    path.ends_with(b".md") || path.ends_with(b".markdown")
}
