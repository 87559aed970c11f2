//! Scope patterns: which repository paths a task, a policy or an overlay speaks of.
//!
//! Own code rather than a glob library for two reasons: `[` `]` `(` `)` are ordinary bytes here (real paths such as
//! `app/[id]/route.ts` must match themselves), and patterns are built anew in every git hook, where a compiled
//! regular expression costs more than the whole check. Matching works on bytes, is case-sensitive, and takes at
//! most pattern length × path length steps, whatever an author or a committer writes.

mod overlap;
mod read;
pub mod twin;

use std::fmt;

pub use overlap::{Common, Effort};
use read::{check_components, check_text, compile, expand_braces, without_dot_slash};

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern {
    /// One sentence without a full stop; quotes the pattern, so reporters escape it.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadPattern {}

/// One scope pattern. Two are equal when they are written alike, wherever they stand.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    excludes: bool,
    alternatives: Vec<Matcher>,
    line: usize,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        // Everything else is made of the text.
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// What is left of a pattern once its braces are expanded; the first two need no search.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Matcher {
    Exact(Vec<u8>),
    /// Everything below this prefix, which is empty or ends in `/`.
    Below(Vec<u8>),
    Glob(Vec<Token>),
}

impl Matcher {
    /// May some path below `dir` match? Decided by the bytes before the first wildcard.
    fn reaches(&self, dir: &[u8]) -> bool {
        let prefix: &[u8] = match self {
            Self::Exact(path) | Self::Below(path) => path,
            Self::Glob(tokens) => match tokens.first() {
                Some(Token::Literal(bytes)) => bytes,
                _ => b"",
            },
        };
        let common = prefix.len().min(dir.len());
        prefix.get(..common) == dir.get(..common)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(Vec<u8>),
    /// `?`: one byte of a component.
    One,
    /// `*`: any bytes of a component.
    Star,
    /// `**` inside a component: any bytes.
    Deep,
    /// `**/` at the start of a component: any number of whole components.
    Components,
    /// At the end: at least one byte, whatever it is.
    Rest,
}

impl Pattern {
    /// Reads one pattern.
    ///
    /// # Errors
    /// When the text can never name a path inside the repository: empty, absolute, with `..`, a shell variable,
    /// backslashes, …
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let (excludes, body) = match text.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, text),
        };
        check_text(text, body)?;
        let body = without_dot_slash(body);
        let mut alternatives = Vec::new();
        for alternative in expand_braces(text, body)? {
            let alternative = without_dot_slash(&alternative);
            check_components(text, alternative)?;
            alternatives.push(compile(alternative.as_bytes()));
        }
        let sign = if excludes { "!" } else { "" };
        Ok(Self { text: format!("{sign}{body}"), excludes, alternatives, line: 0 })
    }

    /// The same pattern, said to stand on `line` of the document that declares it.
    #[must_use]
    pub fn on_line(self, line: usize) -> Self {
        Self { line, ..self }
    }

    /// The line, from 1, of the document that declares it; 0: it is not known, or there is no document.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Does the pattern speak of `path`? A leading `!` is not considered here: see [`Patterns::matches`].
    pub fn matches(&self, path: &[u8]) -> bool {
        self.alternatives.iter().any(|m| m.matches(path))
    }

    /// The pattern as written, without a leading `./`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Is it written with a leading `!`?
    pub fn excludes(&self) -> bool {
        self.excludes
    }

    /// Does it name one path exactly: no wildcard, no braces, no trailing `/`, no `!`? Only such a pattern
    /// permits a submodule to change.
    pub fn is_literal(&self) -> bool {
        self.literal().is_some()
    }

    /// The one path that it names, where it [is literal](Self::is_literal).
    pub fn literal(&self) -> Option<&[u8]> {
        match self.alternatives.as_slice() {
            [Matcher::Exact(path)] if !self.excludes => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// An ordered list of patterns, such as a task's scope. The empty list matches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// The list of these patterns.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        Self(patterns)
    }

    /// Reads every text as a pattern.
    ///
    /// # Errors
    /// The first text that is not one.
    pub fn parse_all<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, BadPattern> {
        texts.into_iter().map(|t| Pattern::parse(t.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Moves every pattern that has a line down by `lines`.
    pub fn move_down(&mut self, lines: usize) {
        self.0.iter_mut().filter(|pattern| pattern.line > 0).for_each(|pattern| pattern.line += lines);
    }

    /// Is `path` in: matched by some pattern, and by none with a leading `!`? The order does not matter.
    pub fn matches(&self, path: &[u8]) -> bool {
        let mut included = false;
        for pattern in &self.0 {
            if (pattern.excludes || !included) && pattern.matches(path) {
                if pattern.excludes {
                    return false;
                }
                included = true;
            }
        }
        included
    }

    /// May some path below the directory `dir` (with its trailing `/`) match? `false` is certain, `true` is not: it lets
    /// a search leave directories alone.
    pub fn reaches(&self, dir: &[u8]) -> bool {
        self.0.iter().filter(|p| !p.excludes).any(|p| p.alternatives.iter().any(|m| m.reaches(dir)))
    }

    /// Is `path` named literally, by a pattern without wildcards that equals it?
    pub fn literally(&self, path: &[u8]) -> bool {
        self.0.iter().any(|p| p.literal() == Some(path))
    }

    /// The patterns in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Pattern> {
        self.0.iter()
    }

    /// No patterns: no path matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'p> IntoIterator for &'p Patterns {
    type Item = &'p Pattern;
    type IntoIter = std::slice::Iter<'p, Pattern>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Pattern> for Patterns {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

impl fmt::Display for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no files");
        }
        for (n, pattern) in self.iter().enumerate() {
            write!(f, "{}{pattern}", if n > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl Matcher {
    fn matches(&self, path: &[u8]) -> bool {
        match self {
            Self::Exact(literal) => path == literal,
            Self::Below(prefix) => path.len() > prefix.len() && path.starts_with(prefix),
            Self::Glob(tokens) => glob_matches(tokens, path),
        }
    }
}

/// Follows all ways through the pattern at once: `ends` are the positions in `path` that the tokens so far can
/// reach, in ascending order. Each token looks at each position at most once.
fn glob_matches(tokens: &[Token], path: &[u8]) -> bool {
    // Most mismatches show at the literal ends; this leaves before anything is allocated.
    if let Some(Token::Literal(prefix)) = tokens.first()
        && !path.starts_with(prefix)
    {
        return false;
    }
    if let Some(Token::Literal(suffix)) = tokens.last()
        && !path.ends_with(suffix)
    {
        return false;
    }
    let mut ends = vec![0];
    for token in tokens {
        ends = advance(token, path, &ends);
        if ends.is_empty() {
            return false;
        }
    }
    ends.last() == Some(&path.len())
}

fn advance(token: &Token, path: &[u8], ends: &[usize]) -> Vec<usize> {
    let inside = |at: &usize| path.get(*at).is_some_and(|b| *b != b'/');
    let first = ends.first().copied().unwrap_or(path.len());
    match token {
        Token::Literal(run) => {
            let here = |at: &&usize| path.get(**at..).is_some_and(|rest| rest.starts_with(run));
            ends.iter().filter(here).map(|at| at + run.len()).collect()
        }
        Token::One => ends.iter().filter(|at| inside(at)).map(|at| at + 1).collect(),
        Token::Star => {
            let mut reached = Vec::new();
            let mut next = 0;
            for &end in ends {
                // What lies before `next` was reached already, and so was the rest of its component.
                if end < next {
                    continue;
                }
                next = end;
                reached.push(next);
                while inside(&next) {
                    next += 1;
                    reached.push(next);
                }
                next += 1;
            }
            reached
        }
        Token::Deep => (first..=path.len()).collect(),
        Token::Components => {
            let starts =
                path.iter().enumerate().skip(first).filter(|(_, b)| **b == b'/').map(|(at, _)| at + 1);
            std::iter::once(first).chain(starts).collect()
        }
        Token::Rest => (first + 1..=path.len()).collect(),
    }
}

#[cfg(test)]
mod tests;
