//! A rollout-sensitive change comes with its governance documents.
//!
//! ## Wants
//! Where the policy names rollout-sensitive paths (`[governance] sensitive = ["deploy/**"]`): in the tree of a commit that
//! changes one of them, the execution's records hold each of `documents` (by default `approval_decision.md`,
//! `release_gate_decision.md` and `release_artifact_package.md`). In the execution's records means: a file of that name on a
//! record path, not blank, and written or changed since the rollback commit, if only by this very commit. What stood there
//! before belongs to an earlier execution. A merge is judged by what differs from the automatic merge of its parents.
//! Without `sensitive` there is nothing to find.
//!
//! ## Why
//! Who approved a rollout, and on what evidence, is asked when something has gone wrong. Then it must be in the tree that
//! was rolled out.
//!
//! ## How
//! Write the documents below a record path, such as `.artifacts/execute/`, and commit them before the change or with it:
//! records belong to every task's scope. After a new rollback commit (`guard start`) decide again, and write down that you did.

use super::scope::work;
use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::lock::{Lock, Tree};
use crate::model::{Change, Finding, Level, Mode, RepoPath};
use crate::policy::Policy;

pub(super) const RULE: Rule = Rule {
    name: "governance",
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("governance.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let Some(lock) = context.valid_lock().filter(|_| !context.may_be_rollback()) else {
        return Ok(Vec::new());
    };
    let mut sensitive = work(context);
    sensitive.retain(|change| context.policy.governance.sensitive.matches(&change.path));
    let Some(first) = sensitive.first() else { return Ok(Vec::new()) };
    let lacking = lacking(context, lock)?;
    if lacking.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![undecided(context, first, sensitive.len() - 1, &lacking)])
}

/// A document that the records do not hold as they should.
struct Lacking<'a> {
    name: &'a str,
    /// Where there is one that does not count, and why.
    instead: Option<(RepoPath, String)>,
}

/// The documents that are not in the execution's records, in the policy's order.
fn lacking<'a>(context: &Context<'a>, lock: &Lock) -> Result<Vec<Lacking<'a>>> {
    let tree = match context.commit.id {
        Some(_) => Tree { history: context.history, commit: context.commit.id, changes: &[] },
        None => {
            let parent = context.commit.parents.first().copied();
            Tree { history: context.history, commit: parent, changes: &context.commit.changes }
        }
    };
    let names = &context.policy.governance.documents;
    let plan = &context.policy.plan;
    let there = tree.files(&|path| match path.last() {
        Some(b'/') => plan.records.reaches(path) || plan.paths.reaches(path),
        _ => names.iter().any(|name| is_called(path, name)) && context.policy.is_record(path),
    })?;
    let mut lacking = Vec::new();
    for name in names {
        let mut instead = None;
        let mut found = false;
        for path in there.iter().filter(|path| is_called(path, name)) {
            match objection(context, lock, &tree, path)? {
                None => found = true,
                Some(why) => instead = Some((path.clone(), why)),
            }
        }
        if !found {
            lacking.push(Lacking { name, instead });
        }
    }
    Ok(lacking)
}

fn is_called(path: &[u8], name: &str) -> bool {
    path.rsplit(|b| *b == b'/').next() == Some(name.as_bytes())
}

/// Why the document at `path` does not count; `None`: it does.
fn objection(context: &Context<'_>, lock: &Lock, tree: &Tree<'_>, path: &[u8]) -> Result<Option<String>> {
    let Some(entry) = tree.entry(path)?.filter(|e| matches!(e.mode, Mode::Regular | Mode::Executable)) else {
        return Ok(Some("is no file".to_owned()));
    };
    if let Some(rollback) = lock.commit
        && context.history.entry(rollback, path)?.is_some_and(|before| before.id == entry.id)
    {
        return Ok(Some(format!("has not changed since the rollback commit {}", rollback.short())));
    }
    let text = context.history.blob(entry.id)?;
    let blank = String::from_utf8_lossy(&text).chars().all(|c| c.is_whitespace() || c == '\u{feff}');
    Ok(blank.then(|| "is blank".to_owned()))
}

fn undecided(context: &Context<'_>, change: &Change, more: usize, lacking: &[Lacking<'_>]) -> Finding {
    let path = show(&change.path);
    let names: Vec<&str> = lacking.iter().map(|document| document.name).collect();
    let message = format!("{path} is rollout-sensitive, and the records lack {}", names.join(", "));
    let mut found = context.at(&change.path, message);
    if more > 0 {
        found.facts.push(fact("paths", format!("{path} and {more} more are in governance.sensitive")));
    }
    for Lacking { name, instead } in lacking {
        let place = match instead {
            Some((path, why)) => {
                found.facts.push(fact("records", format!("{} {why}", show(path))));
                path.clone()
            }
            None => home(context.policy, name),
        };
        let add = format!("git add {}", super::shell_quote(&place));
        found.help.push(help(add, "once it is written; in this commit or before it"));
    }
    found.help.extend(context.leave_out(&change.path));
    found.help.push(help("guard explain governance", "which documents count"));
    found
}

/// Where the document could be written: below the first record pattern that starts with a folder.
fn home(policy: &Policy, name: &str) -> RepoPath {
    let patterns = policy.plan.records.iter().chain(&policy.plan.paths).filter(|p| !p.excludes());
    let folders = patterns.filter_map(|pattern| {
        let fixed = pattern.as_str().split(['*', '?', '{']).next()?;
        fixed.rsplit_once('/').map(|(folder, _)| folder)
    });
    let mut places = folders.map(|folder| format!("{folder}/{name}").into_bytes());
    places.find(|place| policy.is_record(place)).unwrap_or_else(|| name.into())
}
