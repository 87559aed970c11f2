//! `guard check --run-gates`: the gates are run again where the branch cannot have a say in it.

use std::path::Path;
use std::rc::Rc;

use super::place::{Place, Repo};
use super::{Subject, execute, process, unless_interrupted};
use crate::error::{Error, Kind, Result};
use crate::evidence::{Outcome, Run};
use crate::git::read::Reader;
use crate::history::History;
use crate::lock::{self, LockState};
use crate::model::{CommitId, Finding, Level, Verdict};
use crate::policy::{Gate, Policy};
use crate::rule::{fact, finding, gates, help};

/// `guard check --run-gates`: runs every gate on the newest commit of the range, in a clean worktree. Notes do not count.
///
/// # Errors
/// Nothing could be run.
pub(crate) fn rerun(
    reader: &Reader,
    base: CommitId,
    head: CommitId,
    given: Option<Policy>,
    verdict: &mut Verdict,
) -> Result<()> {
    let policy = match given {
        Some(policy) => policy,
        None => lock::policy_at(reader, base).map_err(|e| lock::policy_trouble(&e, base))?,
    };
    if policy.gates.is_empty() {
        return Err(Error::policy("the gates are to be run, and the policy names none")
            .help("guard init                    shows how a [[gate]] is written in guard.toml"));
    }
    let top = reader.work_tree().map(Path::to_path_buf).unwrap_or_else(|| reader.git_dir().to_path_buf());
    let header = reader.header(head)?;
    let policy = Rc::new(policy);
    let subject = Subject {
        top,
        tree: header.tree,
        changes: Vec::new(),
        what: format!("commit {}", head.short()),
        state: Rc::new(LockState::Absent),
        policy: policy.clone(),
        head,
        reader: Reader::open()?,
    };
    process::not_interrupted()?;
    let repo = Repo::of(reader, &subject.top);
    let place = unless_interrupted(Place::apart(&repo, header.tree, head))?;
    for (number, gate) in policy.gates.iter().enumerate() {
        let run = execute(&subject, None, gate, &place, (number + 1, policy.gates.len()))?;
        if run.outcome == Outcome::Interrupted {
            return Err(Error::new(Kind::Interrupted, "interrupted while the gates ran"));
        }
        verdict.notices.push(format!("gate {}: {} on {}", gate.name, run.outcome.describe(), head.short()));
        if run.outcome != Outcome::Passed {
            verdict.findings.push(refused(gate, &run, &header.message, head));
        }
    }
    Ok(())
}

fn refused(gate: &Gate, run: &Run, message: &[u8], head: CommitId) -> Finding {
    let mut found = finding(format!("the gate {} {}", gate.name, run.outcome.describe()));
    found.rule = gates::NAME;
    found.level = if gate.required { Level::Deny } else { Level::Warn };
    found.commit = Some(head);
    found.subject = crate::model::first_line(message).to_vec();
    found.facts.push(fact("gate", &gate.run));
    let last: Vec<&str> = run.tail.lines().rev().take(5).collect();
    found.facts.extend(last.into_iter().rev().map(|line| fact("output", line)));
    found.help.push(help(gate.run.trim(), "run it here, mend what it says, commit, and push again"));
    found
}
