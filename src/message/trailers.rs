//! Trailers, by git's own rules, as `git interpret-trailers --parse` reads them where nothing is configured.
//!
//! What a machine has configured (`trailer.separators`, `core.commentChar`, keys of its own) does not count: the same commit
//! would name one task here and another there. So a separator is a colon, and a comment starts with `#`.

use std::ops::Range;

use super::{above_scissors, is_space};

const SEPARATOR: u8 = b':';
const COMMENT: &[u8] = b"#";
/// Beside a line that git itself has written, three lines of prose to each trailer are forgiven.
const OF_GIT: [&[u8]; 2] = [b"Signed-off-by: ", b"(cherry picked from commit "];
const FORGIVEN: usize = 3;

/// A trailer of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// As written.
    pub key: Vec<u8>,
    /// On one line.
    pub value: Vec<u8>,
}

/// All trailers, in order.
pub fn trailers(message: &[u8]) -> Vec<Trailer> {
    // To git a message ends at the first NUL.
    let message = message.split(|b| *b == 0).next().unwrap_or_default();
    let lines: Vec<&[u8]> = above_divider(message).split_inclusive(|b| *b == b'\n').collect();
    let lines = lines.get(..without_remarks(&lines)).unwrap_or_default();
    let mut found: Vec<Trailer> = Vec::new();
    let mut open = false;
    for line in block(lines).and_then(|range| lines.get(range)).unwrap_or_default() {
        if open && starts_blank(line) {
            if let Some(last) = found.last_mut() {
                last.value.extend_from_slice(line);
            }
            continue;
        }
        let colon = separator(line);
        open = colon.is_some();
        if let Some((key, rest)) = colon.and_then(|at| line.split_at_checked(at)) {
            let value = rest.strip_prefix(&[SEPARATOR]).unwrap_or(rest);
            found.push(Trailer { key: trim(key).to_vec(), value: value.to_vec() });
        }
    }
    for trailer in &mut found {
        trailer.value = unfolded(trim(&trailer.value));
    }
    found
}

/// Line ends and the white space behind each become one space.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut after_end = false;
    for byte in value {
        if after_end && is_space(*byte) {
            continue;
        }
        after_end = *byte == b'\n';
        out.push(if after_end { b' ' } else { *byte });
    }
    out
}

/// What a mail has above its patch.
fn above_divider(message: &[u8]) -> &[u8] {
    let mut start = 0;
    for line in message.split_inclusive(|b| *b == b'\n') {
        if line.strip_prefix(b"---").is_some_and(starts_blank) {
            return message.get(..start).unwrap_or_default();
        }
        start += line.len();
    }
    message
}

/// How many lines there are without comments, blank lines and an old list of conflicts at the end.
fn without_remarks(lines: &[&[u8]]) -> usize {
    let whole = lines.concat();
    let kept = above_scissors(&whole, COMMENT).len();
    let (mut start, mut conflicts, mut end, mut at) = (None, false, 0, 0);
    for (n, line) in lines.iter().enumerate() {
        if at >= kept {
            break;
        }
        at += line.len();
        end = n + 1;
        if line.starts_with(COMMENT) || *line == b"\n" {
            start = start.or(Some(n));
        } else if line.starts_with(b"Conflicts:\n") {
            conflicts = true;
            start = start.or(Some(n));
        } else if !(conflicts && line.starts_with(b"\t")) {
            (start, conflicts) = (None, false);
        }
    }
    start.unwrap_or(end)
}

/// The lines of the block of trailers: the last paragraph, if it is not the first, and either all of it is trailers, or git
/// has written some of it and a quarter is.
fn block(lines: &[&[u8]]) -> Option<Range<usize>> {
    let title_ends = lines.iter().position(|line| !line.starts_with(COMMENT) && is_blank(line))?;
    let (mut trailers, mut prose, mut folded) = (0usize, 0usize, 0usize);
    let (mut of_git, mut only_blank) = (false, true);
    for (n, line) in lines.iter().enumerate().skip(title_ends).rev() {
        if line.starts_with(COMMENT) {
            prose += std::mem::take(&mut folded);
        } else if is_blank(line) {
            if only_blank {
                continue;
            }
            prose += folded;
            let forgiven = of_git && trailers * FORGIVEN >= prose;
            return (forgiven || (trailers > 0 && prose == 0)).then_some(n + 1..lines.len());
        } else if OF_GIT.iter().any(|start| line.starts_with(start)) {
            (trailers, folded, of_git) = (trailers + 1, 0, true);
        } else if starts_blank(line) {
            folded += 1;
        } else if separator(line).is_some() {
            (trailers, folded) = (trailers + 1, 0);
        } else {
            prose += 1 + std::mem::take(&mut folded);
        }
        only_blank &= line.starts_with(COMMENT);
    }
    None
}

/// Where the separator of a trailer is: behind a word of letters, digits and `-`, and perhaps white space.
fn separator(line: &[u8]) -> Option<usize> {
    let word = line.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'-'))?;
    let rest = line.get(word..)?;
    let blank = rest.iter().position(|b| !matches!(b, b' ' | b'\t'))?;
    (word > 0 && rest.get(blank) == Some(&SEPARATOR)).then_some(word + blank)
}

fn starts_blank(line: &[u8]) -> bool {
    line.first().is_some_and(|b| is_space(*b))
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| is_space(*b))
}

/// Without what git takes for white space at both ends.
fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| !is_space(*b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !is_space(*b)).map_or(start, |at| at + 1);
    text.get(start..end).unwrap_or_default()
}
