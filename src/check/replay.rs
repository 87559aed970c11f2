//! `guard check --plan`: what guard would have said about commits that were made without it.
//!
//! The commits meet the same evaluator and the same rules as ever, as if the plan, as it stands in the work tree, had been
//! locked just before the range. Rules that ask how a plan runs have nothing to ask here, and are named.

use std::path::Path;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::judge::Judge;
use crate::lock::{self, Lock};
use crate::model::{CommitId, Finding, Level, Met, Replay, Replayed, Verdict};
use crate::pattern::Pattern;
use crate::plan;
use crate::policy::Policy;
use crate::report::Progress;
use crate::rule;
use crate::view;

/// Judges `base..head` by the plan in `file`.
///
/// # Errors
/// The file is no plan, or something could not be checked.
pub(super) fn run(reader: &Reader, file: &str, base: CommitId, head: CommitId, why: &str) -> Result<Verdict> {
    let range = reader.range(base, head)?;
    let mut verdict = Verdict { base: Some(range.merge_base), head: Some(head), ..Verdict::default() };
    verdict.notices.push(format!("range: {}..{} ({why})", range.merge_base.short(), head.short()));
    let (policy, notice) = policy(reader, base)?;
    verdict.notices.push(notice);
    let (lock, notices) = locked(reader, file, policy)?;
    verdict.notices.extend(notices);
    let plan = lock.plan.path.clone();
    let left_out: Vec<&'static str> =
        rule::RULES.iter().filter(|r| r.needs_a_running_plan()).map(|r| r.name).collect();
    verdict.notices.push(format!("not judged: {} (they ask how a plan runs)", left_out.join(", ")));
    let judge = Judge::of_replay(reader, lock, &range.commits);
    let mut commits = Vec::new();
    let mut progress = Progress::new(range.commits.len(), "commits judged");
    for id in &range.commits {
        progress.step();
        let commit = reader.commit(*id)?;
        let judged = judge.judge(&commit, None)?;
        verdict.commits.push(Met::new(*id, &commit, judged.judged));
        if !judged.judged {
            verdict.unjudged += 1;
            continue;
        }
        verdict.judged += 1;
        let first = judged.findings.iter().find(|f| f.level == Level::Deny);
        commits.push(Replayed {
            id: *id,
            subject: commit.subject().to_vec(),
            kind: judged.kind.as_str(),
            against: first.map(|finding| finding.rule),
        });
        verdict.findings.extend(judged.findings.into_iter().map(|f| Finding { commit: Some(*id), ..f }));
        verdict.notices.extend(judged.notices.into_iter().map(|notice| format!("{}: {notice}", id.short())));
    }
    if range.commits.is_empty() {
        verdict.notices.push("the range holds no commit: nothing was judged".to_owned());
    }
    verdict.notices.extend(super::unjudged(verdict.unjudged));
    verdict.replay = Some(Replay { plan, left_out, commits });
    Ok(verdict)
}

/// The policy that would hold if the plan were started now: like the plan itself it is the work tree's.
fn policy(reader: &Reader, base: CommitId) -> Result<(Policy, String)> {
    if let Some(policy) = lock::environment()? {
        let file = policy.source.clone().unwrap_or_default();
        return Ok((policy, format!("policy: {file} (GUARD_CONFIG)")));
    }
    let here = view::policy_beside(reader.work_tree())?;
    if let Some(file) = here.source.clone() {
        return Ok((here, format!("policy: {file} of the work tree")));
    }
    let policy = lock::policy_at(reader, base).map_err(|e| lock::policy_trouble(&e, base))?;
    let notice = match &policy.source {
        Some(file) => format!("policy: {file} at {}", base.short()),
        None => "policy: built-in defaults, there is no guard.toml".to_owned(),
    };
    Ok((policy, notice))
}

/// What a rollback commit would lock, and what a reader should know about it.
fn locked(reader: &Reader, file: &str, mut policy: Policy) -> Result<(Lock, Vec<String>)> {
    let text = std::fs::read(file).map_err(|e| {
        Error::plan(format!("the plan {file} cannot be read: {e}"))
            .help("guard check --plan <file> <base>..<head>")
    })?;
    let own = reader.work_tree().and_then(|top| view::below(top, Path::new(file)));
    let path = own.clone().unwrap_or_else(|| file.to_owned());
    let tickets = lock::tickets_beside(reader.work_tree().unwrap_or(Path::new("")), &path)?;
    let mut plan = plan::read_with(&path, &text, &tickets)?;
    let mut notices = vec![format!("plan: {path} as it is in the work tree, not as it was")];
    // Ticking its boxes needs no task, wherever the plan lies.
    if own.is_some()
        && !policy.is_plan_path(path.as_bytes())
        && let Ok(pattern) = Pattern::parse(&path)
        && pattern.literal() == Some(path.as_bytes())
    {
        policy.plan.paths = policy.plan.paths.iter().cloned().chain([pattern]).collect();
        notices.push(format!("{path} lies outside plan.paths; here it counts as a record all the same"));
    }
    lock::overlay(&mut plan, &policy);
    let errors = plan::blocking(&plan).len();
    if errors > 0 {
        let file = rule::shell_quote(file.as_bytes());
        let plural = if errors == 1 { "" } else { "s" };
        notices.push(format!(
            "the plan has {errors} error{plural} and could not be started: guard plan lint {file}"
        ));
    }
    // They are frozen while a plan runs; nobody knows what they were then.
    plan.references.clear();
    let topic = plan::topics_of(&path, plan.topic.as_deref()).into_iter().next().unwrap_or_default();
    let (path, policy) = (path.into_bytes(), Rc::new(policy));
    let lock = Lock { commit: None, path, topic, plan, text, tickets, policy };
    Ok((lock, notices))
}
