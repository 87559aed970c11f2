//! The door before the first one: a coding agent asks whether a tool may run, before a file is written.
//!
//! A host hands its tool call as JSON to `guard agent pre-tool --host <host>` and reads the answer in a dialect of its own,
//! so each host is one file with one static record. What the call would change becomes one draft commit, which meets the
//! same evaluator as every commit (`edit.rs`). Commands that plainly go round the hooks are refused (`shell.rs`); the rest
//! of what a shell may do is left to the commit doors.
//!
//! Whatever cannot be read or checked is refused. Only where guard is not set up (no policy and no rollback commit) every
//! call passes without a word.

mod claude;
mod codex;
mod copilot;
mod cursor;
mod edit;
mod gemini;
mod opencode;
mod payload;
mod place;
mod settings;
mod shell;

use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::report::{self, Style};

pub use settings::{print, write};

/// Every host that guard speaks with.
pub const HOSTS: &[Host] =
    &[claude::HOST, codex::HOST, cursor::HOST, gemini::HOST, copilot::HOST, opencode::HOST];

/// What stands in AGENTS.md or CLAUDE.md, so that an agent knows how to work here.
pub const INSTRUCTIONS: &str = include_str!("instructions.md");

/// A tool call that is larger than this is none.
const MOST_BYTES: u64 = 64 << 20;
/// A tool call that changes more files than this is not looked at.
const MOST_EDITS: usize = 1000;

/// One host's record.
pub struct Host {
    /// For `--host`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The tool call in a payload; one that guard has no interest in is empty.
    read: fn(&Value) -> Result<Call>,
    /// The decision in the host's dialect.
    answer: fn(&Decision) -> Answer,
    /// Where the host is told to ask.
    settings: settings::Settings,
}

/// What a tool is about to do.
#[derive(Debug, Default, PartialEq, Eq)]
struct Call {
    /// The folder that relative paths start from; `None`: the one that guard runs in.
    cwd: Option<PathBuf>,
    /// Files that it changes.
    edits: Vec<Edit>,
    /// A command line that it runs in a shell.
    command: Option<String>,
}

/// One file that a tool changes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    /// As the host spells it.
    path: String,
    /// What is to become of it.
    text: Text,
}

/// What is to become of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Text {
    /// It has this content.
    Whole(String),
    /// Parts of it are replaced, one after another.
    Replaced(Vec<Swap>),
    /// It is written; with what cannot be told beforehand.
    Unknown,
    /// It is deleted.
    Gone,
}

/// One part of a file and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Swap {
    old: String,
    new: String,
    all: bool,
}

/// May the tool run?
#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    /// Nothing speaks against it.
    Allow,
    /// It may not, and why.
    Deny(String),
    /// What the host said was not understood, so nobody knows which host it is: refused, and why.
    Unread(String),
}

/// What the host hears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub err: String,
    /// The exit code.
    pub code: u8,
}

impl Answer {
    fn json(value: &Value) -> Self {
        Self { out: format!("{value}\n"), ..Self::default() }
    }

    /// Every host but those that read standard output only takes 2 for "no".
    fn exit_2(reason: &str) -> Self {
        Self { err: format!("{}\n", reason.trim_end()), code: 2, ..Self::default() }
    }
}

/// The host called `name`.
///
/// # Errors
/// There is no such host.
pub fn host(name: &str) -> Result<&'static Host> {
    HOSTS.iter().find(|host| host.name == name).ok_or_else(|| {
        let names: Vec<&str> = HOSTS.iter().map(|host| host.name).collect();
        Error::usage(format!("guard knows no coding agent called {name:?}"))
            .help(format!("one of: {}", names.join(", ")))
    })
}

/// Answers the tool call on standard input.
pub fn pre_tool(host: &'static Host) -> Answer {
    let mut input = Vec::new();
    let read = std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut input);
    match read {
        Ok(_) => answer(host, &input),
        Err(e) => refuse(host, &Error::io(format!("the tool call cannot be read: {e}"))),
    }
}

/// The answer to one payload.
fn answer(host: &'static Host, input: &[u8]) -> Answer {
    let value = match payload::parse(input) {
        Ok(value) => value,
        Err(e) => return refuse(host, &e),
    };
    // Cursor runs the hooks of Claude's settings, too, and understands only its own answers.
    let host = if value.get("cursor_version").is_some() { &cursor::HOST } else { host };
    let decision = match (host.read)(&value).and_then(|call| decide(&call)) {
        Ok(decision) => decision,
        Err(e) => Decision::Deny(could_not(&e)),
    };
    (host.answer)(&decision)
}

fn refuse(host: &Host, e: &Error) -> Answer {
    (host.answer)(&Decision::Unread(could_not(e)))
}

fn could_not(e: &Error) -> String {
    format!("guard could not check this, so it is refused.\n{}", report::error(e, PLAIN))
}

/// No host shows colours.
const PLAIN: Style = Style { colour: false, width: 120 };

fn decide(call: &Call) -> Result<Decision> {
    if call.edits.len() > MOST_EDITS {
        return Err(Error::usage(format!("one call changes {} files", call.edits.len()))
            .help("change fewer of them at a time"));
    }
    let here = std::env::current_dir()
        .map_err(|e| Error::io(format!("the folder that guard was started in is gone: {e}")))?;
    let cwd = call.cwd.as_ref().map_or_else(|| here.clone(), |cwd| here.join(cwd));
    if let Some(command) = &call.command
        && let Some(offence) = shell::offence(command)
        && edit::is_guarded(&cwd)?
    {
        return Ok(Decision::Deny(report::error(&offence, PLAIN)));
    }
    Ok(edit::judge(&cwd, &call.edits)?.map_or(Decision::Allow, Decision::Deny))
}

#[cfg(test)]
mod tests;
