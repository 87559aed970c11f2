//! What the commits of a range come to together: gathered as each is judged, then met by the rules about branches.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Judge, Proof};
use crate::error::Result;
use crate::lock::{Lock, LockState};
use crate::model::{Change, CommitId, Finding, Level, RepoPath, TaskId};
use crate::plan::Task;
use crate::policy::Policy;
use crate::rule::{Branch, Check, Context, Execution, Kind, RULES, is_record, regression};

/// What is remembered of the commits judged so far.
#[derive(Default)]
pub(super) struct Gathered {
    tasks: Vec<Task>,
    /// Which these are: a task is a lock and an ID.
    known: HashSet<(CommitId, TaskId)>,
    settled: BTreeSet<RepoPath>,
    /// By path and topic of the plan.
    executions: BTreeMap<(RepoPath, String), Execution>,
}

impl Judge<'_> {
    /// Judges what all commits of a range come to. Each must have been judged before, by this evaluator.
    ///
    /// # Errors
    /// Something could not be checked.
    pub fn branch(&self, commits: &[CommitId], changes: &[Change]) -> Result<Vec<Finding>> {
        let policy = self.policy(None)?;
        let gathered = self.gathered.borrow();
        let Gathered { tasks, settled, .. } = &*gathered;
        let executions: Vec<&Execution> = gathered.executions.values().collect();
        let Some(head) = commits.last().copied() else { return Ok(Vec::new()) };
        let lock = self.lock_before(Some(head), &policy)?;
        let progress = self.progress_at(Some(head), &lock)?;
        let branch = Branch {
            changes,
            commits,
            tasks,
            settled,
            executions: &executions,
            policy: &policy,
            head,
            lock: &lock,
            progress: &progress,
            evidence: self.proof != Proof::NotAsked,
            history: self.history,
        };
        let mut all = Vec::new();
        for rule in RULES {
            let level = policy.level_of(rule.name, rule.level);
            let Check::Branch(check) = rule.check else { continue };
            if level == Level::Off {
                continue;
            }
            for mut finding in check(&branch)? {
                finding.rule = rule.name;
                finding.level = level;
                finding.place = super::place(branch.lock, finding.task.as_ref());
                if let Some(id) = finding.commit {
                    finding.subject = crate::model::first_line(&self.history.header(id)?.message).to_vec();
                }
                all.push(finding);
            }
        }
        Ok(all)
    }

    /// Remembers a commit that met the rules.
    ///
    /// # Errors
    /// A commit of the history cannot be read.
    pub(super) fn gather(&self, context: &Context<'_>, findings: &[Finding]) -> Result<()> {
        let mut gathered = self.gathered.borrow_mut();
        gathered.settled.extend(findings.iter().filter_map(|f| f.path.clone()));
        let mut nobody = true;
        if let LockState::Locked(lock) = context.lock {
            for task in context.named() {
                nobody = false;
                let lock = lock.commit.unwrap_or_else(CommitId::zero);
                if gathered.known.insert((lock, task.id.clone())) {
                    gathered.tasks.push(task.clone());
                }
            }
            if !nobody
                && matches!(context.kind, Kind::Task | Kind::Merge)
                && regression::is_on(context.policy)
            {
                regression::note(gathered.execution(context, lock)?, context, lock);
            }
        }
        // Where no scope is asked for, or none can be told, other rules have the say.
        let free = context.policy.level_of("scope", Level::Deny) == Level::Off;
        if nobody || free || !matches!(context.kind, Kind::Task | Kind::Merge) {
            gathered.settle(context.commit.own_changes(), context.policy);
        }
        Ok(())
    }

    /// Remembers a commit that the policy leaves alone.
    pub(super) fn gather_unjudged(&self, changes: &[Change], policy: &Policy) {
        self.gathered.borrow_mut().settle(changes, policy);
    }
}

impl Gathered {
    fn execution(&mut self, context: &Context<'_>, lock: &Lock) -> Result<&mut Execution> {
        Ok(match self.executions.entry((lock.path.clone(), lock.topic.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(regression::begin(context, lock)?),
        })
    }

    fn settle(&mut self, changes: &[Change], policy: &Policy) {
        self.settled.extend(changes.iter().filter(|c| !is_record(policy, c)).map(|c| c.path.clone()));
    }
}
