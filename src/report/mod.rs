//! Reporters: they print a verdict and cannot change it.
//!
//! Everything that may quote a path or a message goes through [`escape`] before it reaches a terminal.

mod github;
mod gitlab;
mod json;
mod jsonl;
mod junit;
mod layout;
mod point;
mod progress;
mod replay;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

use owo_colors::{OwoColorize, Style as Colours};

use crate::error::{Error, Result};
use crate::model::{Level, Replay, Verdict, is_hidden};
use crate::platform::{self, Standard};

pub use json::{error as json_error, line as json_text};
pub use layout::{Cell, GAP, READABLE, wrap};
pub use progress::Progress;

/// The JSON schema of the formats `json` and `jsonl`.
pub const SCHEMA: &str = include_str!("check.schema.json");

/// What a run came to: a verdict, or "could not check".
pub type Outcome<'a> = std::result::Result<&'a Verdict, &'a Error>;

/// A way of writing what a run came to. None can change it, and each has words for both.
pub struct Format {
    /// For `--format`.
    pub name: &'static str,
    /// For people: the notices follow, and errors stand on stderr alone.
    pub for_people: bool,
    /// The outcome as text.
    pub verdict: fn(Outcome<'_>, Style) -> String,
    /// What is to be added to the file that the environment variable `GITHUB_STEP_SUMMARY` names.
    pub step_summary: Option<fn(Outcome<'_>) -> String>,
}

impl Format {
    const fn machine(name: &'static str, verdict: fn(Outcome<'_>, Style) -> String) -> Self {
        Self { name, for_people: false, verdict, step_summary: None }
    }
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "text", for_people: true, verdict: text::verdict, step_summary: None },
    Format::machine("json", json::verdict),
    Format::machine("jsonl", jsonl::verdict),
    Format::machine("sarif", sarif::verdict),
    Format { step_summary: Some(github::step_summary), ..Format::machine("github", github::verdict) },
    Format::machine("gitlab", gitlab::verdict),
    Format::machine("junit", junit::verdict),
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
        Self::of(std::io::stdout().is_terminal(), || platform::columns(Standard::Output))
    }

    /// For standard error.
    pub fn stderr() -> Self {
        Self::of(std::io::stderr().is_terminal(), || platform::columns(Standard::Error))
    }

    /// `--color` wins, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a terminal that knows colours.
    ///
    /// The width is, as with git, that of `COLUMNS`, else the terminal's own, else 80.
    fn of(terminal: bool, columns: impl FnOnce() -> Option<usize>) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let colour = match CHOSEN.get().map_or(Colour::Auto, |(colour, _)| *colour) {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => !no_colour && (set("CLICOLOR_FORCE") || (terminal && !dumb)),
        };
        let told = || std::env::var("COLUMNS").ok()?.trim().parse().ok().filter(|columns| *columns > 0);
        let width = if terminal { told().or_else(columns).unwrap_or(80) } else { 120 };
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
    /// To be typed.
    Command,
    /// As everything else.
    Plain,
}

impl Style {
    /// The text, coloured where that is wanted.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        if !self.colour || paint == Paint::Plain || text.is_empty() {
            return text.to_owned();
        }
        let colours = Colours::new();
        let colours = match paint {
            Paint::Strong => colours.bold(),
            Paint::Quiet => colours.dimmed(),
            Paint::Good => colours.green(),
            Paint::Bad => colours.red().bold(),
            Paint::Wait => colours.yellow(),
            Paint::Command => colours.cyan(),
            Paint::Plain => colours,
        };
        text.style(colours).to_string()
    }
}

/// A replay in one line.
pub fn replay_summary(replay: &Replay) -> String {
    replay::summary(replay)
}

/// A verdict in a few words: `4 commits judged, 1 error`.
pub fn tally(verdict: &Verdict) -> String {
    if let Some(replay) = &verdict.replay {
        return replay_summary(replay);
    }
    let count = |level| verdict.findings.iter().filter(|f| f.level == level).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let found = match (count(Level::Deny), count(Level::Warn)) {
        (0, 0) => "no findings".to_owned(),
        (0, w) => plural(w, "warning"),
        (e, 0) => plural(e, "error"),
        (e, w) => format!("{}, {}", plural(e, "error"), plural(w, "warning")),
    };
    format!("{} judged, {found}", plural(verdict.judged, "commit"))
}

/// An error for people, on stderr.
pub fn error(error: &Error, style: Style) -> String {
    text::error(error, style)
}

/// Could this character act on a terminal, or on the order in which text is read?
fn acts(c: char) -> bool {
    c.is_control() || is_hidden(c)
}

/// Text with everything escaped that could act on a terminal: control characters, and the characters by which text can
/// be made to read in another order than it stands.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            let code = u32::from(c);
            let _ = if code < 0x80 { write!(out, "\\x{code:02x}") } else { write!(out, "\\u{{{code:x}}}") };
        } else {
            out.push(c);
        }
    }
    out
}

/// Text that is nothing but text in XML and HTML, in an element as in a quoted attribute, on one line.
pub fn markup(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in escape(raw).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No character of XML.
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            _ => out.push(c),
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
