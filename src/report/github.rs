//! For GitHub Actions: a workflow command for each finding, which GitHub shows beside the code, and a summary of the step in
//! Markdown.
//!
//! Every line is a command, and no text of the branch can start another: `%`, line ends and, in properties, `:` and `,` are
//! written as GitHub reads them back.

use std::fmt::Write as _;

use super::point::{Point, error_words, severity, words};
use super::{Outcome, Style, escape, tally};
use crate::error::Error;
use crate::model::{Finding, Verdict};
use crate::rule::show;

/// Findings in the summary of the step, and notices; the rest is counted.
const SHOWN: usize = 200;
/// Characters of one cell. A summary that exceeds one megabyte is not shown at all.
const WIDE: usize = 200;

/// One command a line.
pub(super) fn verdict(judged: Outcome<'_>, _: Style) -> String {
    match judged {
        Ok(verdict) => {
            let mut text: String = verdict.findings.iter().map(of_finding).collect();
            text.push_str(&command("notice", None, "guard", &tally(verdict)));
            text
        }
        Err(error) => {
            let text = error_words(error);
            command("error", Point::of_error(error).as_ref(), "guard: nothing was judged", &text)
        }
    }
}

fn of_finding(finding: &Finding) -> String {
    let title = format!("guard: {}", finding.rule);
    command(severity(finding.level), Point::of_finding(finding).as_ref(), &title, &words(finding))
}

fn command(name: &str, point: Option<&Point>, title: &str, text: &str) -> String {
    let mut out = format!("::{name} ");
    if let Some(point) = point {
        let _ = write!(out, "file={},line={},", property(&point.shown()), point.line);
    }
    let _ = writeln!(out, "title={}::{}", property(title), data(text));
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The Markdown for `$GITHUB_STEP_SUMMARY`.
pub(super) fn step_summary(judged: Outcome<'_>) -> String {
    match judged {
        Ok(verdict) => of_verdict(verdict),
        Err(error) => of_error(error),
    }
}

fn of_verdict(verdict: &Verdict) -> String {
    let mut text = format!("### guard: {}\n\n", plain(&tally(verdict)));
    if !verdict.findings.is_empty() {
        text.push_str("| | rule | commit | where | what |\n|---|---|---|---|---|\n");
    }
    for finding in verdict.findings.iter().take(SHOWN) {
        let commit = finding.commit.map(|id| id.short()).unwrap_or_default();
        let subject = plain(&escape(&show(&finding.subject)));
        let point = Point::of_finding(finding).map(|point| plain(&point.shown())).unwrap_or_default();
        let (level, rule) = (severity(finding.level), plain(finding.rule));
        let what = plain(&escape(&finding.message));
        let _ = writeln!(text, "| {level} | {rule} | {commit} {subject} | {point} | {what} |");
    }
    if let Some(more) = verdict.findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = write!(text, "\n… and {more} more, in the log of the step\n");
    }
    text.push('\n');
    for notice in verdict.notices.iter().take(SHOWN) {
        let _ = writeln!(text, "* {}", plain(&escape(notice)));
    }
    text
}

fn of_error(error: &Error) -> String {
    let lines: Vec<String> = error_words(error).lines().map(plain).collect();
    format!("### guard: nothing was judged\n\n{}\n", lines.join("<br>\n"))
}

/// Text that is nothing but text in Markdown: whatever could be markup is written as a number.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        if n == WIDE {
            out.push('…');
            break;
        }
        if c.is_ascii_punctuation() {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}
