//! `guard gate show`: what is known of a commit's tree, or of what is staged.

use std::fmt::Write as _;

use super::Subject;
use crate::error::Result;
use crate::evidence::{Evidence, Run};
use crate::git::read::Reader;
use crate::history::History;
use crate::judge::Judge;
use crate::lock::LockState;
use crate::report::escape;
use crate::rule::gates;

/// The evidence, oldest first.
///
/// # Errors
/// The revision names no commit, or objects cannot be read.
pub fn show(revision: Option<&str>) -> Result<String> {
    let (heading, evidence) = match revision {
        None => {
            let subject = Subject::open()?;
            (format!("tree      {} ({})\n", subject.tree.short(), subject.what), subject.evidence()?)
        }
        Some(revision) => of_revision(revision)?,
    };
    let mut text = heading;
    if evidence.runs.is_empty() && evidence.decisions.is_empty() {
        text.push_str("no gate has run on it, as far as this repository knows\n");
    }
    for run in &evidence.runs {
        text.push_str(&shown(run));
    }
    for decision in &evidence.decisions {
        let _ = writeln!(
            text,
            "{}  {}  decision: {} for {}: {} ({})",
            escape(&decision.time),
            escape(&decision.gate),
            decision.verdict.as_str(),
            decision.task,
            escape(&decision.reason),
            escape(&decision.by)
        );
    }
    text.extend(evidence.defects.iter().map(|defect| format!("note: {}\n", escape(defect))));
    Ok(text)
}

fn of_revision(revision: &str) -> Result<(String, Evidence)> {
    let reader = Reader::open()?;
    let id = reader.resolve(revision)?;
    let header = reader.header(id)?;
    let judge = Judge::of_drafts(&reader);
    let around = judge.policy(Some(id))?;
    let state = judge.lock_before(Some(id), &around)?;
    let policy = match &*state {
        LockState::Locked(lock) => lock.policy.clone(),
        _ => around,
    };
    let parent = header.parents.first().copied();
    let evidence = gates::of_commit(&reader, &policy, parent, &reader.changes(id)?)?;
    Ok((format!("tree      {} (commit {})\n", header.tree.short(), id.short()), evidence))
}

fn shown(run: &Run) -> String {
    let seconds = std::time::Duration::from_millis(run.milliseconds).as_secs_f64();
    let task = run.task.as_ref().map(|task| format!(" for {task}")).unwrap_or_default();
    let mut text = format!(
        "{}  {}{task}: {}, {seconds:.1} s\n",
        escape(&run.started),
        escape(&run.gate),
        run.outcome.describe()
    );
    let _ = writeln!(text, "  command   {}", escape(run.command.trim()));
    let _ = writeln!(text, "  output    {} bytes, blob {}", run.bytes, escape(&run.digest));
    let last: Vec<&str> = run.tail.lines().rev().take(5).collect();
    for line in last.iter().rev() {
        let _ = writeln!(text, "  | {}", escape(line));
    }
    text
}
