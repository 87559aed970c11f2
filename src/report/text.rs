//! For people: rule, path, facts, and the exact commands to go on.

use std::fmt::Write as _;

use owo_colors::{OwoColorize, Style as Paint};
use unicode_width::UnicodeWidthStr;

use super::{Outcome, Style, escape};
use crate::error::{Error, Kind};
use crate::model::{Finding, Help, Level, Verdict};
use crate::rule::show;

/// Findings of one rule at one commit that are shown whole; the rest is counted.
const SHOWN: usize = 12;
/// Column at which facts and commands start.
const INDENT: usize = 11;

struct Out {
    text: String,
    style: Style,
}

impl Out {
    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.style.colour { text.style(paint).to_string() } else { text.to_owned() }
    }

    fn row(&mut self, label: &str, text: &str) {
        let label = escape(label);
        let pad = INDENT.saturating_sub(2 + label.width()).max(1);
        let label = self.paint(Paint::new().dimmed(), &label);
        let _ = writeln!(self.text, "  {label}{}{}", " ".repeat(pad), escape(text));
    }

    /// Commands under each other; on a narrow terminal the reason goes below its command.
    fn commands(&mut self, help: &[Help]) {
        let widest = help.iter().map(|h| escape(&h.command).width()).filter(|w| *w <= 48).max().unwrap_or(0);
        for (number, line) in help.iter().enumerate() {
            let label = if number == 0 { "fix" } else { "" };
            let command = escape(&line.command);
            let pad = widest.saturating_sub(command.width());
            let why = escape(&line.why);
            let painted = self.paint(Paint::new().cyan(), &command);
            let head = self.paint(Paint::new().dimmed(), label);
            let _ = write!(self.text, "  {head}{}{painted}", " ".repeat(INDENT - 2 - label.len()));
            let fits = INDENT + command.width() + pad + 3 + why.width() <= self.style.width;
            if why.is_empty() {
                self.text.push('\n');
            } else if fits {
                let _ = writeln!(self.text, "{}   {why}", " ".repeat(pad));
            } else {
                let _ = writeln!(self.text, "\n{}{why}", " ".repeat(INDENT + 2));
            }
        }
    }
}

/// The whole verdict. Errors have a stream of their own.
pub(super) fn verdict(outcome: Outcome<'_>, style: Style) -> String {
    outcome.map(|verdict| findings(verdict, style)).unwrap_or_default()
}

fn findings(verdict: &Verdict, style: Style) -> String {
    if let Some(replay) = &verdict.replay {
        return super::replay::commits(verdict, replay, style);
    }
    let mut out = Out { text: String::new(), style };
    let mut shown = 0;
    let mut last: Option<(&str, Option<crate::model::CommitId>)> = None;
    let mut hidden = 0;
    for finding in &verdict.findings {
        let group = (finding.rule, finding.commit);
        if last != Some(group) {
            more(&mut out, hidden);
            (last, shown, hidden) = (Some(group), 0, 0);
        }
        shown += 1;
        if shown > SHOWN {
            hidden += 1;
        } else {
            write_finding(&mut out, finding);
        }
    }
    more(&mut out, hidden);
    out.text
}

fn more(out: &mut Out, hidden: usize) {
    if hidden > 0 {
        let _ = writeln!(out.text, "  … and {hidden} more like this one\n");
    }
}

fn write_finding(out: &mut Out, finding: &Finding) {
    let (word, paint) = match finding.level {
        Level::Deny => ("error", Paint::new().red().bold()),
        Level::Warn | Level::Off => ("warning", Paint::new().yellow().bold()),
    };
    let head = out.paint(paint, &format!("{word}[{}]", finding.rule));
    let message = out.paint(Paint::new().bold(), &escape(&finding.message));
    let _ = writeln!(out.text, "{head}: {message}");
    let subject = show(&finding.subject);
    match finding.commit {
        Some(id) => out.row("commit", &format!("{} {subject}", id.short())),
        None if !subject.is_empty() => out.row("commit", &subject),
        None => {}
    }
    for (label, text) in &finding.facts {
        out.row(label, text);
    }
    out.commands(&finding.help);
    out.text.push('\n');
}

/// "Could not check".
pub(super) fn error(error: &Error, style: Style) -> String {
    let mut out = Out { text: String::new(), style };
    let word = if error.kind() == Kind::Interrupted { "stopped" } else { "error" };
    let head = out.paint(Paint::new().red().bold(), word);
    let message = out.paint(Paint::new().bold(), &escape(error.message()));
    let _ = writeln!(out.text, "{head}: {message}");
    if let Some(place) = error.place() {
        out.row("at", &place.to_string());
    }
    for (number, line) in error.help_lines().iter().enumerate() {
        out.row(if number == 0 { "fix" } else { "" }, line);
    }
    out.text
}
