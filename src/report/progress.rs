//! How far a long piece of work is: one line on stderr that is overwritten, and taken away at the end.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Shorter work needs no company.
const PATIENCE: Duration = Duration::from_secs(1);
/// A line that changes faster is not read.
const PAUSE: Duration = Duration::from_millis(100);
/// To the start of the line, and away with the rest.
const CLEAR: &str = "\r\u{1b}[K";

/// The line. It is shown to people only: on a terminal, and not under `--quiet`.
pub struct Progress {
    what: &'static str,
    total: usize,
    done: usize,
    /// When the line may be written next; `None`: never.
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Of `total` pieces of work, of which each is a `what`, as in "12 of 70 commits judged".
    pub fn new(total: usize, what: &'static str) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        let wanted = std::io::stderr().is_terminal() && !dumb && !super::quiet();
        Self { what, total, done: 0, next: wanted.then(|| Instant::now() + PATIENCE), shown: false }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.done += 1;
        if self.next.is_some()
            && let Some(line) = self.line(Instant::now())
        {
            super::to_stderr(&line);
        }
    }

    fn line(&mut self, now: Instant) -> Option<String> {
        if now < self.next? {
            return None;
        }
        self.next = Some(now + PAUSE);
        self.shown = true;
        Some(format!("{CLEAR}guard: {} of {} {}", self.done, self.total, self.what))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            super::to_stderr(CLEAR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_comes_late_and_seldom_and_only_to_people() {
        let start = Instant::now();
        let mut one = Progress { what: "commits judged", total: 70, done: 3, next: None, shown: false };
        assert_eq!(one.line(start + PATIENCE * 10), None, "it is not wanted");
        one.next = Some(start + PATIENCE);
        assert_eq!(one.line(start + PATIENCE - PAUSE), None);
        assert!(!one.shown);
        let line = one.line(start + PATIENCE);
        assert_eq!(line.as_deref(), Some("\r\u{1b}[Kguard: 3 of 70 commits judged"));
        assert_eq!(one.line(start + PATIENCE + PAUSE / 2), None);
        assert!(one.line(start + PATIENCE + PAUSE).is_some());
        one.shown = false;
    }
}
