//! Text of others inside Markdown: it can look like nothing but text, and never gets a line of its own.

use std::fmt::Write as _;

use crate::model::is_hidden;

/// On one line, with everything shown that does not show by itself.
pub(super) fn visible(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let code = u32::from(c);
            let _ = match c {
                '\n' => write!(out, "\\n"),
                '\t' => write!(out, " "),
                _ if (c.is_control() || is_hidden(c)) && code < 0x80 => write!(out, "\\x{code:02x}"),
                _ if c.is_control() || is_hidden(c) => write!(out, "\\u{{{code:x}}}"),
                _ => write!(out, "{c}"),
            };
        }
        out.extend(chunk.invalid().iter().map(|b| format!("\\x{b:02x}")));
    }
    out
}

/// Within a line of text.
pub(super) fn text(bytes: impl AsRef<[u8]>) -> String {
    let shown = visible(bytes.as_ref());
    let mut out = String::with_capacity(shown.len());
    let mut before = ' ';
    let mut rest = shown.chars().peekable();
    while let Some(c) = rest.next() {
        let word = |c: char| c.is_alphanumeric();
        // `snake_case` stays readable: an underscore inside of a word is no mark.
        let inside = c == '_' && word(before) && rest.peek().is_some_and(|next| word(*next));
        if "\\`*_[]<>&|~$".contains(c) && !inside {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// As code.
pub(super) fn code(bytes: impl AsRef<[u8]>) -> String {
    let shown = visible(bytes.as_ref());
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let edge = |c: char| c == '`' || c == ' ';
    let room = if shown.is_empty() || shown.starts_with(edge) || shown.ends_with(edge) { " " } else { "" };
    format!("{fence}{room}{shown}{room}{fence}")
}

/// In YAML, between quotes.
pub(super) fn quoted(bytes: impl AsRef<[u8]>) -> String {
    serde_json::Value::from(visible(bytes.as_ref())).to_string()
}

/// What [`text`] was made from, as far as a claim needs it.
pub(super) fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(rest.next()),
            _ => out.push(c),
        }
    }
    out
}

/// A task's or part's name as it can stand inside of an HTML comment.
pub(super) fn name(id: &str) -> String {
    id.replace('%', "%25").replace('<', "%3C").replace('>', "%3E").replace("--", "-%2D")
}
