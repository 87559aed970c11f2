//! `task.id`: what one Task ID looks like.
//!
//! Compiling a regular expression costs more than all the rest of a hook, so the default is matched by hand
//! and `regex` is met only where a policy asks for something else.

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::TaskPolicy;
use crate::error::{Error, Result};

/// `task.id` where the policy does not say.
pub const DEFAULT_ID: &str = r"T\d{3,}[a-z]?";

/// Longer expressions (in bytes) are refused unread.
const LONGEST: usize = 1000;

/// Bytes that a compiled expression may take.
const LARGEST: usize = 1 << 20;

/// Tells whether a text is a Task ID, as a whole.
#[derive(Debug, Clone)]
pub struct IdMatcher(Option<Regex>);

impl IdMatcher {
    /// Is all of `text` one ID in the policy's spelling? IDs of the plan itself are known besides.
    pub fn is_id(&self, text: &[u8]) -> bool {
        match &self.0 {
            Some(regex) => regex.is_match(text),
            None => is_default_id(text),
        }
    }
}

impl TaskPolicy {
    /// A matcher for `id`. It compiles `id` each time, so keep it. An error is only possible where the value
    /// does not come from [`parse`](super::parse), and has no place.
    pub fn id_matcher(&self) -> Result<IdMatcher> {
        if self.id == DEFAULT_ID { Ok(IdMatcher(None)) } else { compile(&self.id).map(Some).map(IdMatcher) }
    }
}

/// [`DEFAULT_ID`] by hand.
fn is_default_id(text: &[u8]) -> bool {
    let digits = match text {
        [b'T', digits @ .., b'a'..=b'z'] | [b'T', digits @ ..] => digits,
        _ => return false,
    };
    digits.len() >= 3 && digits.iter().all(u8::is_ascii_digit)
}

/// Compiles `id` to match whole texts, or says why it cannot name tasks.
pub(super) fn compile(id: &str) -> Result<Regex> {
    if id.len() > LONGEST {
        return Err(Error::policy(format!("task.id is longer than {LONGEST} bytes")).help(EXAMPLE));
    }
    // Without Unicode, `\d`, `\w` and `(?i)` mean the ASCII characters that IDs are made of.
    let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(id);
    let hir = parsed.map_err(|why| not_a_regex(&reason(&why)))?;
    match hir.properties().minimum_len() {
        Some(0) => return Err(Error::policy("task.id can match the empty string").help(EXAMPLE)),
        None => return Err(Error::policy("task.id can match nothing at all").help(EXAMPLE)),
        Some(_) => {}
    }
    if !is_graphic(&hir) {
        let message = "task.id can match spaces, control characters or non-ASCII characters";
        let help = r"name what an ID may hold, such as [A-Za-z0-9._-]+ instead of .+, \S+ or [^:]+";
        return Err(Error::policy(message).help(help));
    }
    RegexBuilder::new(&format!(r"\A(?:{id})\z")).unicode(false).size_limit(LARGEST).build().map_err(|why| {
        match why {
            regex::Error::CompiledTooBig(_) => {
                Error::policy("task.id is too large once compiled").help(EXAMPLE)
            }
            _ => not_a_regex("it does not stand on its own"),
        }
    })
}

/// What to write instead.
const EXAMPLE: &str = r"for example: id = 'T\d{3,}[a-z]?'";

fn not_a_regex(reason: &str) -> Error {
    Error::policy(format!("task.id is not a valid regular expression: {reason}")).help(EXAMPLE)
}

/// The bare reason: the full text spans several lines and draws the expression.
fn reason(why: &regex_syntax::Error) -> String {
    match why {
        regex_syntax::Error::Parse(why) => why.kind().to_string(),
        regex_syntax::Error::Translate(why) => why.kind().to_string(),
        _ => "it cannot be read".to_owned(),
    }
}

/// Does every text that `hir` matches consist of printable ASCII without spaces? The recursion is bounded
/// by the parser's own nesting limit.
fn is_graphic(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().all(u8::is_ascii_graphic),
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().all(|r| r.start().is_ascii_graphic() && r.end().is_ascii_graphic())
        }
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().all(|r| r.start().is_ascii_graphic() && r.end().is_ascii_graphic())
        }
        kind => kind.subs().iter().all(is_graphic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> String {
        compile(id).expect_err(id).message().to_owned()
    }

    #[test]
    fn expressions_that_cannot_name_tasks_are_refused() {
        let invalid = "task.id is not a valid regular expression: ";
        let foreign = "task.id can match spaces, control characters or non-ASCII characters";
        for (id, expected) in [
            ("(", format!("{invalid}unclosed group")),
            ("a)|(b", format!("{invalid}unopened group")),
            ("[z-a]", format!("{invalid}invalid character class range, the start must be <= the end")),
            (r"(?x)a # note", format!("{invalid}it does not stand on its own")),
            (r"\p{Greek}", format!("{invalid}Unicode not allowed here")),
            ("", "task.id can match the empty string".to_owned()),
            (r"\d*", "task.id can match the empty string".to_owned()),
            (r"T?(\d+|)", "task.id can match the empty string".to_owned()),
            (r"\b", "task.id can match the empty string".to_owned()),
            ("[a&&b]", "task.id can match nothing at all".to_owned()),
            (".+", foreign.to_owned()),
            (r"T \d", foreign.to_owned()),
            (r"T\s\d", foreign.to_owned()),
            (r"\S+", foreign.to_owned()),
            (r"T\D", foreign.to_owned()),
            ("[^:]+", foreign.to_owned()),
            ("é", foreign.to_owned()),
            (r"(?u)T\d", foreign.to_owned()),
            (r"T\x00", foreign.to_owned()),
            ("((a{100}){100}){100}", "task.id is too large once compiled".to_owned()),
        ] {
            assert_eq!(message(id), expected, "{id}");
        }
        assert_eq!(message(&"a".repeat(LONGEST + 1)), "task.id is longer than 1000 bytes");
    }

    #[test]
    fn an_expression_matches_whole_texts_only() {
        let matcher =
            |id: &str| TaskPolicy { id: id.to_owned(), ..TaskPolicy::default() }.id_matcher().unwrap();
        let either = matcher(r"a|ab|[A-Z]{2,}-\d+");
        for no in ["", "b", "abc", "a\n", " a", "AB-", "xAB-1", "AB-1 ", "AB-\u{661}"] {
            assert!(!either.is_id(no.as_bytes()), "{no}");
        }
        for yes in ["a", "ab", "AB-12"] {
            assert!(either.is_id(yes.as_bytes()), "{yes}");
        }
        assert!(matcher(r"^T\d$").is_id(b"T1"));
    }

    #[test]
    fn the_default_by_hand_is_the_default_expression() {
        let regex = compile(DEFAULT_ID).unwrap();
        let matcher = TaskPolicy::default().id_matcher().unwrap();
        assert!(matcher.0.is_none(), "no regex on the hook's path");
        let alphabet = [b'T', b't', b'0', b'9', b'a', b'z', b'A', b' ', b'\n', 0xff];
        let mut texts = vec![Vec::new()];
        for _ in 0..5 {
            let longer =
                texts.iter().flat_map(|t: &Vec<u8>| alphabet.iter().map(move |b| [t, &[*b][..]].concat()));
            texts = longer.chain([Vec::new()]).collect();
            for text in &texts {
                assert_eq!(matcher.is_id(text), regex.is_match(text), "{text:?}");
            }
        }
        assert!(matcher.is_id(b"T12345b") && matcher.is_id(b"T001"));
    }
}
