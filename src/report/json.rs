//! For machines: one JSON object, versioned.
//!
//! ```json
//! {
//!   "version": 1,
//!   "verdict": "clean" | "refused",
//!   "base": "<commit>" | null, "head": "<commit>" | null,
//!   "commits": 12, "unjudged": 0, "errors": 1, "warnings": 0,
//!   "findings": [{
//!     "rule": "scope", "level": "deny" | "warn", "commit": "<commit>" | null, "subject": "T002: …",
//!     "path": "src/lexer.rs" | null, "task": "T002" | null, "place": null | {"file": "plans/x.md", "line": 41 | null},
//!     "message": "…",
//!     "facts": [{"label": "owner", "text": "…"}], "help": [{"command": "…", "why": "…"}]
//!   }],
//!   "notices": ["…"],
//!   "replay": null | {
//!     "plan": "plans/x.md", "left_out": ["rollback"], "passed": 12, "of": 20, "summary": "…",
//!     "commits": [{"commit": "<commit>", "subject": "T002: …", "kind": "task", "passed": false, "rule": "scope" | null}]
//!   }
//! }
//! ```
//! What is not UTF-8 is written as `\xff`. When nothing could be judged (exit code 2) the object has `version` and
//! `error` (`kind`, `message`, `file`, `line`, `column`, `help`) instead. `check.schema.json` is the published shape.

use serde_json::{Value, json};

use super::{Outcome, Style};
use crate::error::{Error, Kind};
use crate::model::{Finding, Level, Replay, Verdict};
use crate::rule::show;

/// The version of this shape. It grows when a field changes its meaning or goes; new fields do not count.
pub(super) const VERSION: u32 = 1;

pub(super) fn verdict(outcome: Outcome<'_>, _: Style) -> String {
    match outcome {
        Ok(verdict) => {
            let mut value = json!({"version": VERSION});
            if let (Value::Object(object), Value::Object(mut fields)) = (&mut value, totals(verdict)) {
                let findings = verdict.findings.iter().map(finding).collect::<Vec<_>>();
                fields.insert("findings".to_owned(), findings.into());
                object.extend(fields);
            }
            line(&value)
        }
        Err(e) => error(e),
    }
}

/// All that is said of the range as a whole.
pub(super) fn totals(verdict: &Verdict) -> Value {
    let commit = |id: Option<crate::model::CommitId>| id.map(|id| id.to_string());
    let count = |level| verdict.findings.iter().filter(|f| f.level == level).count();
    json!({
        "verdict": if verdict.refused() { "refused" } else { "clean" },
        "base": commit(verdict.base),
        "head": commit(verdict.head),
        "commits": verdict.judged,
        "unjudged": verdict.unjudged,
        "errors": count(Level::Deny),
        "warnings": count(Level::Warn),
        "notices": verdict.notices,
        "replay": verdict.replay.as_ref().map(replay),
    })
}

fn replay(replay: &Replay) -> Value {
    let commits = replay.commits.iter().map(|commit| {
        json!({
            "commit": commit.id.to_string(),
            "subject": show(&commit.subject),
            "kind": commit.kind,
            "passed": commit.against.is_none(),
            "rule": commit.against,
        })
    });
    json!({
        "plan": replay.plan,
        "left_out": replay.left_out,
        "passed": replay.commits.iter().filter(|c| c.against.is_none()).count(),
        "of": replay.commits.len(),
        "summary": super::replay_summary(replay),
        "commits": commits.collect::<Vec<_>>(),
    })
}

pub(super) fn finding(finding: &Finding) -> Value {
    let facts = finding.facts.iter().map(|(label, text)| json!({"label": label, "text": text}));
    let help = finding.help.iter().map(|h| json!({"command": h.command, "why": h.why}));
    let place = finding.place.as_ref();
    let place = place.map(|p| json!({"file": p.file, "line": Some(p.line).filter(|line| *line > 0)}));
    json!({
        "rule": finding.rule,
        "level": finding.level.as_str(),
        "commit": finding.commit.map(|id| id.to_string()),
        "subject": show(&finding.subject),
        "path": finding.path.as_deref().map(show),
        "task": finding.task.as_ref().map(ToString::to_string),
        "place": place,
        "message": finding.message,
        "facts": facts.collect::<Vec<_>>(),
        "help": help.collect::<Vec<_>>(),
    })
}

/// "Could not check", for programs.
pub fn error(error: &Error) -> String {
    line(&json!({"version": VERSION, "error": error_fields(error)}))
}

/// All that is said of an error.
pub(super) fn error_fields(error: &Error) -> Value {
    let kind = match error.kind() {
        Kind::Usage => "usage",
        Kind::Policy => "policy",
        Kind::Plan => "plan",
        Kind::Git => "git",
        Kind::Io => "io",
        Kind::Interrupted => "interrupted",
    };
    let place = error.place();
    json!({
        "kind": kind,
        "message": error.message(),
        "file": place.map(|p| p.file.as_str()),
        "line": place.map(|p| p.line).filter(|l| *l > 0),
        "column": place.map(|p| p.column).filter(|c| *c > 0),
        "help": error.help_lines(),
    })
}

/// A value as text that no terminal obeys.
pub fn line(value: &Value) -> String {
    inert(&format!("{value:#}\n"))
}

/// JSON in which no string holds a character that a terminal would obey: valid as they are, and in strings only.
pub(super) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !super::acts(c) {
            out.push(c);
        } else {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    out
}
