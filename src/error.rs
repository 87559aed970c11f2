//! "Could not check" — never "violated".
//!
//! An [`Error`] means that nothing was judged: exit code 2. What a commit does wrong is a
//! [`Finding`](crate::model::Finding) instead. Every error says what is wrong, where (file and line where
//! there is one) and what to type next.

use std::fmt;

use crate::model::Place;

/// Shorthand for results whose failure is "could not check".
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why guard could not judge, with the place and the way out.
///
/// Boxed inside, so that a `Result` stays one word wide on the paths that succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: Kind,
    message: String,
    place: Option<Place>,
    help: Vec<String>,
}

/// What sort of thing stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line was not understood.
    Usage,
    /// `guard.toml` cannot be used.
    Policy,
    /// A plan is missing, ambiguous or cannot be used.
    Plan,
    /// git's data could not be read: not a repository, missing object, shallow history, corrupt index.
    Git,
    /// Reading or writing a file failed.
    Io,
    /// The person said no, or pressed Ctrl-C.
    Interrupted,
}

impl Error {
    /// An error of `kind` that says `message`; the message is one sentence without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), place: None, help: Vec::new() }))
    }

    /// The command line was not understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// `guard.toml` cannot be used.
    pub fn policy(message: impl Into<String>) -> Self {
        Self::new(Kind::Policy, message)
    }

    /// A plan cannot be used.
    pub fn plan(message: impl Into<String>) -> Self {
        Self::new(Kind::Plan, message)
    }

    /// git's data could not be read.
    pub fn git(message: impl Into<String>) -> Self {
        Self::new(Kind::Git, message)
    }

    /// Reading or writing a file failed.
    pub fn io(message: impl Into<String>) -> Self {
        Self::new(Kind::Io, message)
    }

    /// Adds where the trouble is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// Adds a line that says what to type next.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.0.help.push(line.into());
        self
    }

    /// What sort of thing stood in the way.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// One sentence, not escaped.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// File and line of the trouble, where there is one.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// What to type next, one entry a line.
    pub fn help_lines(&self) -> &[String] {
        &self.0.help
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}
