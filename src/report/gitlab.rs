//! For GitLab: a code quality report, which merge requests show.
//!
//! The format has no word for "nothing was judged": it is one issue of the severity `blocker`.

use serde_json::{Value, json};

use super::point::{Point, error_words, fingerprints, nowhere, words};
use super::{Outcome, Style, json_text};
use crate::error::Error;
use crate::model::{Finding, Level};

/// An array of issues.
pub(super) fn verdict(outcome: Outcome<'_>, _: Style) -> String {
    let issues = match outcome {
        Ok(verdict) => {
            let names = fingerprints(verdict);
            verdict.findings.iter().zip(names).map(|(finding, name)| of_finding(finding, &name)).collect()
        }
        Err(error) => vec![of_error(error)],
    };
    json_text(&Value::Array(issues))
}

fn of_finding(finding: &Finding, name: &str) -> Value {
    let severity = if finding.level == Level::Deny { "major" } else { "minor" };
    let point = Point::of_finding(finding);
    let path = point.as_ref().map_or_else(|| nowhere(finding), Point::shown);
    issue(finding.rule, severity, name, &words(finding), &path, point.map_or(1, |p| p.line))
}

fn of_error(error: &Error) -> Value {
    let point = Point::of_error(error);
    let path = point.as_ref().map_or_else(|| "the range".to_owned(), Point::shown);
    let line = point.map_or(1, |p| p.line);
    issue("not-judged", "blocker", "guard-not-judged", &error_words(error), &path, line)
}

fn issue(rule: &str, severity: &str, name: &str, text: &str, path: &str, line: usize) -> Value {
    json!({
        "description": text,
        "check_name": rule,
        "fingerprint": name,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    })
}
