//! What may come next on a command line, for the completions of shells.
//!
//! The scripts in `completions/` ask `guard __complete WORD…`: the words behind `guard` up to the cursor, of which the last
//! is the one to be completed. The answer is one candidate a line, with a tab and what it is about. Whatever cannot be
//! found out is left out: nothing is ever said on stderr, and the exit code is 0.

use std::ffi::OsString;

use clap::builder::ValueHint;
use clap::{Arg, ArgAction, Command};

use super::candidates::{self, Candidate};
use crate::report::escape;

/// More than a person reads; each would have to be passed through a shell.
const MOST: usize = 500;

/// The shells, and the script for each.
pub(super) const SHELLS: [(&str, &str); 5] = [
    ("bash", include_str!("completions/guard.bash")),
    ("zsh", include_str!("completions/guard.zsh")),
    ("fish", include_str!("completions/guard.fish")),
    ("powershell", include_str!("completions/guard.ps1")),
    ("elvish", include_str!("completions/guard.elv")),
];

/// The answer to `guard __complete WORD…`.
pub(super) fn answer(words: &[OsString]) -> String {
    let mut words: Vec<String> = words.iter().map(|w| w.to_string_lossy().into_owned()).collect();
    // A shell that cannot pass an empty word passes the last one as `--last =WORD`.
    if let [flag, last, rest @ ..] = words.as_slice()
        && flag == "--last"
    {
        let last = last.strip_prefix('=').unwrap_or(last).to_owned();
        words = rest.iter().cloned().chain([last]).collect();
    }
    let mut text = String::new();
    for (value, about) in next(&words).into_iter().filter(|(value, _)| is_plain(value)).take(MOST) {
        let about: String = escape(about.lines().next().unwrap_or_default()).chars().take(80).collect();
        text.push_str(&value);
        if !about.is_empty() {
            text.push('\t');
            text.push_str(&about);
        }
        text.push('\n');
    }
    text
}

/// Does every shell take the word as it stands? Names from a repository are whatever its authors like, and a completed word
/// is run by whoever presses Enter.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_./@+,:=".contains(c);
    !word.is_empty() && word.chars().all(plain)
}

/// Where the words before the last one have led.
struct At {
    command: Command,
    /// The names of the commands, without `guard`.
    path: Vec<String>,
    /// Positional arguments so far.
    given: usize,
    /// The option whose value comes next.
    wants: Option<Arg>,
    /// `--` has come.
    only_values: bool,
}

fn next(words: &[String]) -> Vec<Candidate> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let mut root = super::commands::all();
    root.build();
    let mut at = At { command: root, path: Vec::new(), given: 0, wants: None, only_values: false };
    for word in before {
        at.pass(word);
    }
    let mut found = at.candidates(last);
    let lower = last.to_lowercase();
    found.retain(|(value, _)| value.to_lowercase().starts_with(&lower));
    found
}

impl At {
    fn pass(&mut self, word: &str) {
        if let Some(arg) = self.wants.take() {
            if arg.get_id() == "directory" && !word.is_empty() {
                // What follows is about that folder; where there is none, there is nothing to find.
                let _ = std::env::set_current_dir(word);
            }
            return;
        }
        if self.only_values {
            self.given += 1;
        } else if word == "--" {
            self.only_values = true;
        } else if let Some(long) = word.strip_prefix("--") {
            self.wants = self.option(|arg| arg.get_long() == Some(long));
        } else if word.len() > 1 && word.starts_with('-') {
            self.pass_short(word);
        } else if self.path.first().is_some_and(|name| name == "hook") {
            self.given += 1;
        } else if let Some(below) = self.command.find_subcommand(word).filter(|_| self.given == 0) {
            self.command = below.clone();
            self.path.push(self.command.get_name().to_owned());
        } else if self.path.is_empty() && word == "hook" {
            self.path.push(word.to_owned());
        } else {
            self.given += 1;
        }
    }

    fn pass_short(&mut self, word: &str) {
        for (n, c) in word.char_indices().skip(1) {
            let Some(arg) = self.option(|arg| arg.get_short() == Some(c)) else { continue };
            let attached = word.get(n + c.len_utf8()..).unwrap_or_default();
            self.wants = Some(arg);
            if !attached.is_empty() {
                self.pass(attached);
            }
            return;
        }
    }

    /// The option that takes a value and is meant.
    fn option(&self, is_it: impl Fn(&Arg) -> bool) -> Option<Arg> {
        let mut all = self.command.get_arguments().filter(|arg| takes_value(arg) && !arg.is_positional());
        all.find(|arg| is_it(arg)).cloned()
    }

    fn candidates(&self, last: &str) -> Vec<Candidate> {
        if let Some(arg) = &self.wants {
            return self.values(arg, last);
        }
        if self.path.first().is_some_and(|name| name == "hook") {
            let doors = if self.given == 0 { &crate::hook::DOORS[..] } else { &[] };
            return doors.iter().map(|door| ((*door).to_owned(), String::new())).collect();
        }
        if !self.only_values && last.starts_with('-') {
            let Some((option, value)) = last.split_once('=') else { return self.options() };
            let name = option.trim_start_matches('-');
            let Some(arg) = self.option(|arg| arg.get_long() == Some(name)) else { return Vec::new() };
            let values = self.values(&arg, value).into_iter();
            return values.map(|(value, about)| (format!("{option}={value}"), about)).collect();
        }
        let mut found = Vec::new();
        if self.given == 0 && !self.only_values {
            let below = self.command.get_subcommands().filter(|c| !c.is_hide_set());
            found.extend(below.map(|c| (c.get_name().to_owned(), about(c.get_about()))));
        }
        let positional = self.command.get_positionals().nth(self.given);
        let repeated = || self.command.get_positionals().last().filter(|a| many(a));
        if let Some(arg) = positional.or_else(repeated) {
            found.extend(self.values(arg, last));
        }
        found
    }

    fn options(&self) -> Vec<Candidate> {
        let shown = self.command.get_arguments().filter(|arg| !arg.is_hide_set());
        let named = shown.filter_map(|arg| {
            let short = arg.get_short().map(|c| format!("-{c}"));
            let name = arg.get_long().map(|long| format!("--{long}")).or(short)?;
            Some((name, about(arg.get_help())))
        });
        named.collect()
    }

    fn values(&self, arg: &Arg, last: &str) -> Vec<Candidate> {
        let words = arg.get_possible_values();
        if !words.is_empty() {
            return words.iter().map(|w| (w.get_name().to_owned(), about(w.get_help()))).collect();
        }
        // The shell knows more about files than guard does.
        if matches!(arg.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath | ValueHint::AnyPath) {
            return Vec::new();
        }
        match arg.get_id().as_str() {
            "task" => candidates::tasks(),
            "to" => candidates::start().into_iter().chain(candidates::tasks()).collect(),
            "plan" => candidates::plans(),
            "rule" => candidates::rules(),
            "gate" => candidates::gates(),
            "range" | "revision" => candidates::revisions(last),
            "command" => self.commands(),
            _ => Vec::new(),
        }
    }

    /// For `guard man`: the commands at the top.
    fn commands(&self) -> Vec<Candidate> {
        let root = super::commands::all();
        let shown = root.get_subcommands().filter(|c| !c.is_hide_set());
        let all = shown.map(|c| (c.get_name().to_owned(), about(c.get_about())));
        if self.given == 0 { all.collect() } else { Vec::new() }
    }
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn many(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| range.max_values() > 1)
}
