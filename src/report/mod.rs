//! Reporters: they print a verdict and cannot change it.
//!
//! Everything that may quote a path or a message goes through [`escape`] before it reaches a terminal.

mod json;
mod progress;
mod replay;
mod text;

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

use owo_colors::{OwoColorize, Style as Colours};

use crate::error::{Error, Result};
use crate::model::{Replay, Verdict, is_hidden};

pub use json::line as json_text;
pub use progress::Progress;

/// A way of writing a verdict.
pub struct Format {
    /// For `--format`.
    pub name: &'static str,
    /// The verdict as text.
    pub verdict: fn(&Verdict, Style) -> String,
    /// "Could not check", for those who read the same stream; `None`: stderr is enough.
    pub error: Option<fn(&Error) -> String>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "text", verdict: text::verdict, error: None },
    Format { name: "json", verdict: json::verdict, error: Some(json::error) },
];

/// The format called `name`.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

/// When colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// As the environment and the stream say.
    #[default]
    Auto,
    /// Whatever they say.
    Always,
    /// Not at all.
    Never,
}

/// What the command line says about this process: when colours are wanted, and whether notes are not.
static CHOSEN: OnceLock<(Colour, bool)> = OnceLock::new();

/// Settles, once and for all that is written afterwards, when colours are wanted and whether notes are left out.
pub fn choose(colour: Colour, quiet: bool) {
    // Who is second has chosen the same: there is one command line.
    let _ = CHOSEN.set((colour, quiet));
}

/// Are notes left out?
pub fn quiet() -> bool {
    CHOSEN.get().is_some_and(|(_, quiet)| *quiet)
}

/// How text may look on one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colour codes are wanted.
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

impl Style {
    /// For standard output.
    pub fn stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    /// For standard error.
    pub fn stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// `--color` wins, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal that knows colours.
    fn of(terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let colour = match CHOSEN.get().map_or(Colour::Auto, |(colour, _)| *colour) {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => !no_colour && (set("CLICOLOR_FORCE") || (terminal && !dumb)),
        };
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        let width = if terminal { columns.unwrap_or(100) } else { 120 };
        Self { colour, width: width.max(40) }
    }
}

/// How a piece of text is to stand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// A heading.
    Strong,
    /// A label.
    Quiet,
    /// Passed, done.
    Good,
    /// Failed, refused.
    Bad,
    /// Not yet.
    Wait,
}

impl Style {
    /// The text, coloured where that is wanted.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let colours = Colours::new();
        let colours = match paint {
            Paint::Strong => colours.bold(),
            Paint::Quiet => colours.dimmed(),
            Paint::Good => colours.green(),
            Paint::Bad => colours.red().bold(),
            Paint::Wait => colours.yellow(),
        };
        text.style(colours).to_string()
    }
}

/// A replay in one line.
pub fn replay_summary(replay: &Replay) -> String {
    replay::summary(replay)
}

/// An error for people, on stderr.
pub fn error(error: &Error, style: Style) -> String {
    text::error(error, style)
}

/// Text with everything escaped that could act on a terminal: control characters, and the characters by which text can
/// be made to read in another order than it stands.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_hidden(c) {
            let code = u32::from(c);
            let _ = if code < 0x80 { write!(out, "\\x{code:02x}") } else { write!(out, "\\u{{{code:x}}}") };
        } else {
            out.push(c);
        }
    }
    out
}

/// Escapes text of several lines; the line feeds stay.
pub fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// Cuts a line to `width` columns; what was cut shows as `…`.
pub fn fit(line: &str, width: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if line.width() <= width {
        return line.to_owned();
    }
    let mut columns = 0;
    let fits = |c: &char| {
        columns += c.width().unwrap_or(0);
        columns < width
    };
    let mut cut: String = line.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

/// Writes to stdout. A reader that has gone away (`guard check | head`) is no error.
///
/// # Errors
/// What was to be said is lost: the disk that takes it is full.
pub fn to_stdout(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::io(format!("the answer cannot be written to standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// Writes to stderr.
pub fn to_stderr(text: &str) {
    let mut out = std::io::stderr().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Writes what is good to know, and no finding or error, to stderr; `--quiet` leaves it out.
pub fn note(text: &str) {
    if !quiet() {
        to_stderr(text);
    }
}

/// Passes on what another program says, as it is.
pub fn bytes_to_stderr(bytes: &[u8]) {
    let mut out = std::io::stderr().lock();
    drop(out.write_all(bytes).and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use super::{escape, fit};

    #[test]
    fn a_long_line_is_cut_where_the_terminal_ends() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abcde…");
        assert_eq!(fit("日本語テスト", 6), "日本…");
    }

    #[test]
    fn what_could_act_on_a_terminal_is_shown_instead() {
        assert_eq!(escape("a\x1b[31mb\r\n"), "a\\x1b[31mb\\x0d\\x0a");
        assert_eq!(escape("x\u{202e}y\u{9b}z"), "x\\u{202e}y\\u{9b}z");
        assert_eq!(escape("é 日本 ok"), "é 日本 ok");
    }
}
