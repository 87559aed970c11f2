//! Phrases in what an author wrote, found word by word.

use super::markdown::{CODE, END_CODE};

/// The words of a text, in lower case, without what stands in code.
pub(super) struct Words(Vec<String>);

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Vec::new();
        for (n, piece) in text.split([CODE, END_CODE]).enumerate() {
            if n % 2 == 0 {
                let some =
                    piece.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|w| !w.is_empty());
                words.extend(some.map(str::to_lowercase));
            } else {
                // Words on both sides of a code span are no phrase.
                words.push(String::new());
            }
        }
        Self(words)
    }

    /// The first of these phrases that occurs.
    pub(super) fn any<'p>(&self, phrases: &[&'p str]) -> Option<&'p str> {
        phrases.iter().copied().find(|p| self.has(p))
    }

    fn has(&self, phrase: &str) -> bool {
        if self.0.iter().all(String::is_empty) {
            return false;
        }
        let first = phrase.split(' ').next();
        (0..self.0.len()).any(|at| {
            let rest = self.0.get(at..).unwrap_or_default();
            rest.first().map(String::as_str) == first
                && phrase.split(' ').enumerate().all(|(n, w)| rest.get(n).is_some_and(|r| r == w))
        })
    }

    pub(super) fn ends_with_any(&self, words: &[&str]) -> bool {
        self.0.last().is_some_and(|last| words.contains(&last.as_str()))
    }
}
