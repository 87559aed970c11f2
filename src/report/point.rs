//! What every format for machines asks of a finding: its words, where it points, and a name that outlives a rebase.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::escape;
use crate::error::{Error, Kind};
use crate::model::{Finding, Level, Place, RepoPath, Verdict};
use crate::rule::show;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    /// Root-relative, as git stores it.
    pub(super) path: RepoPath,
    /// From 1.
    pub(super) line: usize,
}

impl Point {
    fn of(place: &Place) -> Self {
        Self { path: place.file.clone().into_bytes(), line: place.line.max(1) }
    }

    /// Where a finding points: the path at fault, or the place that says what is asked.
    pub(super) fn of_finding(finding: &Finding) -> Option<Self> {
        let at_fault = finding.path.clone().map(|path| Self { path, line: 1 });
        at_fault.or_else(|| finding.place.as_ref().map(Self::of))
    }

    /// The place that says what is asked, where the finding itself points elsewhere.
    pub(super) fn beside(finding: &Finding) -> Option<Self> {
        let place = finding.place.as_ref().filter(|_| finding.path.is_some())?;
        Some(Self::of(place)).filter(|point| Some(&point.path) != finding.path.as_ref())
    }

    /// Where an error points.
    pub(super) fn of_error(error: &Error) -> Option<Self> {
        error.place().map(Self::of)
    }

    /// The path as one line that no terminal obeys.
    pub(super) fn shown(&self) -> String {
        escape(&show(&self.path))
    }
}

/// What stands for a path where a format wants one and there is none. The space keeps it from being taken for a file.
pub(super) fn nowhere(finding: &Finding) -> String {
    finding.commit.map_or_else(|| "the range".to_owned(), |id| format!("commit {}", id.short()))
}

/// The word that all of these formats have for the level.
pub(super) fn severity(level: Level) -> &'static str {
    if level == Level::Deny { "error" } else { "warning" }
}

/// All that a finding says, one thing a line: the sentence, the commit, the facts, what to type.
pub(super) fn words(finding: &Finding) -> String {
    let mut lines = vec![escape(&finding.message)];
    let subject = escape(&show(&finding.subject));
    match finding.commit {
        Some(id) => lines.push(format!("commit: {} {subject}", id.short())),
        None if !subject.is_empty() => lines.push(format!("commit: {subject}")),
        None => {}
    }
    lines.extend(finding.facts.iter().map(|(label, text)| format!("{}: {}", escape(label), escape(text))));
    lines.extend(finding.help.iter().map(|help| match help.why.as_str() {
        "" => format!("fix: {}", escape(&help.command)),
        why => format!("fix: {} ({})", escape(&help.command), escape(why)),
    }));
    lines.join("\n")
}

/// All that an error says.
pub(super) fn error_words(error: &Error) -> String {
    let mut text = escape(&error.to_string());
    for line in error.help_lines() {
        text.push_str(&format!("\nfix: {}", escape(line)));
    }
    text
}

/// The exit code that goes with an error.
pub(super) fn exit_code(error: &Error) -> u8 {
    if error.kind() == Kind::Interrupted { 130 } else { 2 }
}

/// A name for each finding: the same in every run and after a rebase, and no two alike. It is made of the rule, the path, the
/// task and the commit's first line; what is still alike is counted.
pub(super) fn fingerprints(verdict: &Verdict) -> Vec<String> {
    let mut seen: HashMap<Vec<u8>, u64> = HashMap::new();
    let name = |finding: &Finding| {
        let mut hash = Sha256::new();
        let task = finding.task.as_ref().map(|task| task.as_str().as_bytes());
        let parts = [Some(finding.rule.as_bytes()), finding.path.as_deref(), task, Some(&finding.subject)];
        for part in parts {
            // The length in front: no part can pose as the end of another.
            hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
            hash.update(part.unwrap_or_default());
        }
        let alike = seen.entry(hash.clone().finalize().to_vec()).or_insert(0);
        hash.update(alike.to_le_bytes());
        *alike += 1;
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    };
    verdict.findings.iter().map(name).collect()
}
