//! SARIF 2.1.0, for code scanning: every rule with its explanation, a result for each finding.
//!
//! "Nothing was judged" is a notification of a failed invocation, and a run without `results`: an empty list would say that
//! everything found before is mended.

use serde_json::{Map, Value, json};

use super::point::{Point, error_words, exit_code, fingerprints, nowhere, severity, words};
use super::{Outcome, Style, escape, json_text};
use crate::error::Error;
use crate::model::{Finding, Level, Verdict};
use crate::rule::{RULES, Rule, show};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What paths are relative to.
const ROOT: &str = "%SRCROOT%";
/// One name, under which guard itself compares, and the only one that GitHub looks at.
const FINGERPRINTS: [&str; 2] = ["guardFinding/v1", "primaryLocationLineHash"];

/// One log with one run.
pub(super) fn verdict(outcome: Outcome<'_>, _: Style) -> String {
    let mut run = Map::new();
    run.insert("tool".to_owned(), json!({"driver": driver()}));
    match outcome {
        Ok(verdict) => of_verdict(&mut run, verdict),
        Err(error) => of_error(&mut run, error),
    }
    run.insert("columnKind".to_owned(), json!("unicodeCodePoints"));
    json_text(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

fn driver() -> Value {
    json!({
        "name": "guard",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": RULES.iter().map(descriptor).collect::<Vec<_>>(),
    })
}

fn descriptor(rule: &Rule) -> Value {
    let explanation = rule.explanation();
    let (enabled, level) = match rule.level {
        Level::Off => (false, "warning"),
        level => (true, severity(level)),
    };
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": wants(&explanation)},
        "help": {"text": explanation, "markdown": explanation},
        "defaultConfiguration": {"enabled": enabled, "level": level},
    })
}

/// The section of the explanation that says what the rule asks, as one paragraph.
fn wants(explanation: &str) -> String {
    let section = explanation.split("## Wants").nth(1).unwrap_or(explanation);
    let section = section.split("\n## ").next().unwrap_or_default();
    section.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_verdict(run: &mut Map<String, Value>, verdict: &Verdict) {
    let notes: Vec<Value> = verdict
        .notices
        .iter()
        .map(|note| json!({"level": "note", "message": message(&escape(note))}))
        .collect();
    let invocation = json!({
        "executionSuccessful": true,
        "exitCode": i32::from(verdict.refused()),
        "toolExecutionNotifications": notes,
    });
    run.insert("invocations".to_owned(), json!([invocation]));
    if let (Some(origin), Some(head)) = (&verdict.origin, verdict.head) {
        let provenance = json!({
            "repositoryUri": origin, "revisionId": head.to_string(), "mappedTo": {"uriBaseId": ROOT},
        });
        run.insert("versionControlProvenance".to_owned(), json!([provenance]));
    }
    let names = fingerprints(verdict);
    let results = verdict.findings.iter().zip(names).map(|(finding, name)| result(finding, &name));
    run.insert("results".to_owned(), results.collect());
    let properties = json!({
        "base": verdict.base.map(|id| id.to_string()), "head": verdict.head.map(|id| id.to_string()),
        "commits": verdict.judged, "unjudged": verdict.unjudged,
    });
    run.insert("properties".to_owned(), properties);
}

fn of_error(run: &mut Map<String, Value>, error: &Error) {
    let mut notification = json!({"level": "error", "message": message(&error_words(error))});
    if let (Value::Object(fields), Some(point)) = (&mut notification, Point::of_error(error)) {
        fields.insert("locations".to_owned(), json!([location(&point)]));
    }
    let invocation = json!({
        "executionSuccessful": false,
        "exitCode": exit_code(error),
        "toolExecutionNotifications": [notification],
    });
    run.insert("invocations".to_owned(), json!([invocation]));
}

fn result(finding: &Finding, name: &str) -> Value {
    let mut fields = Map::new();
    fields.insert("ruleId".to_owned(), json!(finding.rule));
    if let Some(index) = RULES.iter().position(|rule| rule.name == finding.rule) {
        fields.insert("ruleIndex".to_owned(), json!(index));
    }
    fields.insert("level".to_owned(), json!(severity(finding.level)));
    fields.insert("message".to_owned(), message(&words(finding)));
    // GitHub takes no result without a file, so a commit that changes none stands for one.
    let point =
        Point::of_finding(finding).unwrap_or_else(|| Point { path: nowhere(finding).into_bytes(), line: 1 });
    fields.insert("locations".to_owned(), json!([location(&point)]));
    if let Some(beside) = Point::beside(finding) {
        let mut beside = location(&beside);
        if let Value::Object(fields) = &mut beside {
            fields.insert("id".to_owned(), json!(1));
            fields.insert("message".to_owned(), json!({"text": "what is asked of this commit"}));
        }
        fields.insert("relatedLocations".to_owned(), json!([beside]));
    }
    let names: Map<String, Value> =
        FINGERPRINTS.iter().map(|key| ((*key).to_owned(), Value::from(name))).collect();
    fields.insert("partialFingerprints".to_owned(), names.into());
    // Known to be suppressed by nothing, which is more than to say nothing of it.
    fields.insert("suppressions".to_owned(), json!([]));
    let properties = json!({
        "commit": finding.commit.map(|id| id.to_string()),
        "subject": escape(&show(&finding.subject)),
        "task": finding.task.as_ref().map(ToString::to_string),
    });
    fields.insert("properties".to_owned(), properties);
    fields.into()
}

/// A message whose text is nothing but text: `[…](…)` would be a link. Braces stay as they are: without arguments readers
/// show them so.
fn message(text: &str) -> Value {
    let text =
        if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() };
    json!({"text": text})
}

fn location(point: &Point) -> Value {
    let absolute = point.path.first() == Some(&b'/');
    let uri = format!("{}{}", if absolute { "file://" } else { "" }, uri(&point.path));
    let artifact = if absolute { json!({"uri": uri}) } else { json!({"uri": uri, "uriBaseId": ROOT}) };
    json!({"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": point.line}}})
}

/// A path, byte by byte, as a relative reference.
fn uri(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
