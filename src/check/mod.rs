//! `guard check`: judges a range of commits that are there. The authority in CI.

mod event;
mod replay;

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::git::read::{Range, Reader};
use crate::history::History;
use crate::judge::{Judge, Proof};
use crate::lock::{self, LockState, Tree};
use crate::model::{CommitId, Finding, Met, Verdict};
use crate::policy::{POLICY_FILES, Policy, Trust};
use crate::report::Progress;
use crate::rule::{Kind, show};
use crate::summary::Site;

/// What the command line asks for.
#[derive(Debug, Default)]
pub struct Request {
    /// `BASE..HEAD`; `None`: what this branch has that its target has not.
    pub range: Option<String>,
    /// Whose word counts for the gates.
    pub gates: Gates,
    /// Replays the range against the plan in this file, which was not running.
    pub plan: Option<String>,
}

/// Whose word counts for the gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gates {
    /// Nobody asks.
    #[default]
    NotAsked,
    /// Every task commit needs evidence in the notes that are here.
    Evidence,
    /// The gates are run now, on the newest commit.
    Run,
}

/// Judges a range.
///
/// # Errors
/// Something could not be checked: nothing is said about any commit then.
pub fn run(request: &Request) -> Result<Verdict> {
    let reader = Reader::open()?;
    let (base, head, why) = match request.range.as_deref() {
        Some(range) => named(&reader, range)?,
        None => match event::range(&reader)? {
            Some(range) => range,
            None => default_range(&reader)?,
        },
    };
    let mut verdict = match &request.plan {
        Some(plan) => replay::run(&reader, plan, base, head, &why)?,
        None => range_of(&reader, base, head, &why, lock::environment()?, request.gates)?,
    };
    verdict.origin = origin(&reader);
    if request.gates == Gates::Run {
        crate::gate::rerun(&reader, base, head, lock::environment()?, &mut verdict)?;
    }
    Ok(verdict)
}

/// Where the repository was fetched from.
fn origin(reader: &Reader) -> Option<String> {
    let remote = reader.config("remote.origin.url")?;
    Site::of_remote(&show(&remote)).map(|site| site.url)
}

/// Judges `base..head`, for every push door. The policy is `given`, or the one on the merge base, and where that of the target's
/// tip, `base`, has changed since, that one too: a branch must not choose its judge by where it forks off.
///
/// # Errors
/// Something could not be checked.
pub fn range_of(
    reader: &Reader,
    base: CommitId,
    head: CommitId,
    why: &str,
    given: Option<Policy>,
    gates: Gates,
) -> Result<Verdict> {
    let proof = if gates == Gates::Evidence { Proof::Required } else { Proof::NotAsked };
    let range = reader.range(base, head)?;
    let mut verdict = Verdict { base: Some(range.merge_base), head: Some(head), ..Verdict::default() };
    verdict.notices.push(format!("range: {}..{} ({why})", range.merge_base.short(), head.short()));
    let own = given.is_some();
    let (policy, notice) = policy_for(reader, base, &range, given)?;
    verdict.notices.push(notice);
    verdict.notices.extend(gates_notice(&policy, gates)?);
    judge_all(reader, &range, base, &Rc::new(policy.clone()), proof, &mut verdict)?;
    let earlier = if own { None } else { earlier_policy(reader, &range, &policy)? };
    if let Some(earlier) = earlier {
        let (at, file) = (range.merge_base.short(), earlier.source.clone().unwrap_or_default());
        verdict
            .notices
            .push(format!("policy: {file} at {at} too, where the branch forks off: it has changed since"));
        let mut before = Verdict::default();
        judge_all(reader, &range, base, &Rc::new(earlier), proof, &mut before)?;
        let from =
            format!("{file} at {at}, where the branch forks off; `git merge` of the target brings its own");
        add_findings(&mut verdict, before.findings, &from);
    }
    if range.commits.is_empty() {
        verdict.notices.push("the range holds no commit: nothing was judged".to_owned());
    }
    verdict.notices.extend(unjudged(verdict.unjudged));
    Ok(verdict)
}

/// Judges each commit of the range, and then all of it.
fn judge_all(
    reader: &Reader,
    range: &Range,
    base: CommitId,
    policy: &Rc<Policy>,
    proof: Proof,
    verdict: &mut Verdict,
) -> Result<()> {
    let judge = Judge::of_range(reader, [range.merge_base, base], policy.clone()).asking(proof);
    let mut progress = Progress::new(range.commits.len(), "commits judged");
    for id in &range.commits {
        let commit = reader.commit(*id)?;
        let judged = judge.judge(&commit, None)?;
        progress.step();
        verdict.findings.extend(judged.findings);
        verdict.commits.push(Met::new(*id, &commit, judged.judged));
        if judged.judged {
            verdict.judged += 1;
        } else {
            verdict.unjudged += 1;
        }
        if judged.kind == Kind::Rollback {
            verdict.notices.extend(lock_notice(reader, &judge, policy, range.merge_base, *id)?);
        }
        verdict.notices.extend(judged.notices.into_iter().map(|notice| format!("{}: {notice}", id.short())));
    }
    let net = reader.net_difference(range, base)?;
    verdict.findings.extend(judge.branch(&range.commits, &net)?);
    Ok(())
}

/// The policy on the merge base, where the one that judges has changed since. One that cannot be read has been mended on the
/// target, and where there was none the branch could not obey it.
fn earlier_policy(reader: &Reader, range: &Range, policy: &Policy) -> Result<Option<Policy>> {
    let tree = Tree { history: reader, commit: Some(range.merge_base), changes: &[] };
    let earlier = lock::policy_in(&tree)?.ok();
    Ok(earlier.filter(|earlier| earlier.source.is_some() && earlier != policy))
}

/// Adds what another policy finds, each thing once and with the greater weight.
fn add_findings(verdict: &mut Verdict, found: Vec<Finding>, policy: &str) {
    for mut finding in found {
        let same = |f: &&mut Finding| {
            (f.rule, f.commit, &f.path, &f.message)
                == (finding.rule, finding.commit, &finding.path, &finding.message)
        };
        if let Some(known) = verdict.findings.iter_mut().find(same) {
            known.level = known.level.max(finding.level);
        } else {
            finding.facts.push(("policy".to_owned(), policy.to_owned()));
            verdict.findings.push(finding);
        }
    }
}

fn unjudged(count: usize) -> Option<String> {
    let notice = || format!("{count} commits were not judged: no plan was running (enforce.when = \"plan\")");
    (count > 0).then(notice)
}

/// The policy that judges the range, and where it comes from.
fn policy_for(
    reader: &Reader,
    base: CommitId,
    range: &Range,
    given: Option<Policy>,
) -> Result<(Policy, String)> {
    if let Some(policy) = given {
        let file = policy.source.clone().unwrap_or_default();
        return Ok((policy, format!("policy: {file} (GUARD_CONFIG)")));
    }
    let at = base.short();
    let broken = match lock::policy_at(reader, base) {
        Ok(policy) => {
            let notice = match &policy.source {
                Some(file) => format!("policy: {file} at {at}"),
                None => format!("policy: built-in defaults, there is no guard.toml at {at}"),
            };
            return Ok((policy, notice));
        }
        Err(broken) => broken,
    };
    // Nothing could ever be merged again if a broken policy also refused the commit that mends it.
    if let Some(first) = range.commits.first()
        && let Ok(policy) = lock::policy_at(reader, *first)
        && reader.commit(*first)?.changes.iter().all(|c| POLICY_FILES.iter().any(|f| f.as_bytes() == c.path))
    {
        let notice = format!("policy: that of {}, which mends the one at {at}", first.short());
        return Ok((policy, notice));
    }
    Err(lock::policy_trouble(&broken, base)
        .help("a branch whose first commit mends guard.toml, and nothing else, can be merged"))
}

/// Whether the gates count. To ask for evidence of gates that nobody has written down would pass everything.
fn gates_notice(policy: &Policy, gates: Gates) -> Result<Option<String>> {
    match (policy.gates.is_empty(), gates) {
        (true, Gates::Evidence) => Err(Error::policy("evidence is required, and the policy names no gate")
            .help("guard init                    shows how a [[gate]] is written in guard.toml")),
        (false, Gates::NotAsked) => Ok(Some(
            "gates: no evidence was asked for; --require-evidence reads the notes here, --run-gates runs the gates".to_owned(),
        )),
        _ => Ok(None),
    }
}

/// Which plan a rollback commit of the range locks, and whether the branch brought it itself.
fn lock_notice(
    reader: &Reader,
    judge: &Judge<'_>,
    policy: &Rc<Policy>,
    base: CommitId,
    id: CommitId,
) -> Result<Option<String>> {
    let state = judge.lock_before(Some(id), policy)?;
    let LockState::Locked(lock) = &*state else { return Ok(None) };
    let (plan, short) = (&lock.plan.path, id.short());
    let there = Tree { history: reader, commit: Some(base), changes: &[] };
    let approved = reader.entry(base, &lock.path)? == reader.entry(id, &lock.path)?
        && there.tickets(&lock.path)? == lock.tickets;
    Ok(Some(if approved {
        format!("plan: {plan} locked at {short}, the same as on the merge base")
    } else if policy.plan.trust == Trust::Rollback {
        format!("plan: {plan} locked at {short}; the branch brought it itself (plan.trust = \"rollback\")")
    } else {
        format!("plan: {plan} locked at {short}; it differs from the merge base")
    }))
}

fn named(reader: &Reader, range: &str) -> Result<(CommitId, CommitId, String)> {
    let Some((base, head)) = range.split_once("..") else {
        return Err(Error::usage(format!("{range:?} is not a range"))
            .help(format!("guard check {range}..HEAD        every commit since {range}"))
            .help(format!("guard check {range}^..{range}    that commit alone")));
    };
    if head.starts_with('.') {
        return Err(Error::usage("a range has two dots: guard takes the merge base by itself")
            .help(format!("guard check {base}..{}", head.trim_start_matches('.'))));
    }
    let head = if head.is_empty() { "HEAD" } else { head };
    let base = if base.is_empty() { "HEAD" } else { base };
    Ok((reader.resolve(base)?, reader.resolve(head)?, format!("{base}..{head}")))
}

/// What this branch has that its target has not; without a target, what the running plan has done so far.
fn default_range(reader: &Reader) -> Result<(CommitId, CommitId, String)> {
    let at = reader.head()?;
    let head = at.born()?;
    for target in ["origin/HEAD", "origin/main", "origin/master", "main", "master"] {
        if at.branch.as_deref() == Some(target.as_bytes()) {
            continue;
        }
        if let Ok(base) = reader.resolve(target) {
            return Ok((base, head, format!("{target}..HEAD")));
        }
    }
    let policy = Rc::new(lock::policy_at(reader, head)?);
    let state = Judge::of_drafts(reader).lock_before(Some(head), &policy)?;
    if let LockState::Locked(lock) = &*state
        && let Some(rollback) = lock.commit
        && let Some(base) = reader.header(rollback)?.parents.first()
    {
        return Ok((*base, head, "no target branch here: since the rollback commit".to_owned()));
    }
    Err(Error::usage("there is no target branch to compare with, and no rollback commit")
        .help("guard check <base>..HEAD      name the range"))
}
