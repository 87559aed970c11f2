//! A change of the policy is seen by whoever takes the branch.
//!
//! ## Wants
//! At the push doors a commit of kind policy (it changes nothing but the policy file or other protected paths, while no
//! plan runs) is reported, and the new policy must be one that guard can read. The branch itself is judged by the policy
//! of the merge base all the same.
//!
//! ## Why
//! Relaxing a rule is a decision for reviewers, not a detail of a branch.
//!
//! ## How
//! Nothing to mend: say in the pull request why the policy changes. `policy-edit = "off"` silences the report.

use super::{Check, Context, Kind, Rule, fact, finding, help, show};
use crate::error::{Error, Result};
use crate::history::History;
use crate::model::{Commit, Finding, Level, Mode};
use crate::policy::{self, POLICY_FILES};

pub(super) const RULE: Rule = Rule {
    name: "policy-edit",
    level: Level::Warn,
    kinds: &[Kind::Policy],
    push_only: false,
    source: include_str!("policy_edit.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    if context.door != super::Door::Push {
        return Ok(Vec::new());
    }
    let edited = |change: &crate::model::Change| {
        context.at(&change.path, format!("{} changes what guard asks of this repository", show(&change.path)))
    };
    Ok(context.commit.changes.iter().map(edited).collect())
}

/// What is wrong with the policy that a commit brings. Asked whatever the level of this rule: a policy that cannot be
/// read would stop every later commit, so it never becomes the policy.
pub(crate) fn unreadable(commit: &Commit, history: &dyn History) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for change in &commit.changes {
        let name = show(&change.path);
        let Some(entry) = change.new.filter(|_| POLICY_FILES.contains(&name.as_str())) else { continue };
        let read = match entry.mode {
            Mode::Regular | Mode::Executable => {
                policy::parse(&name, &history.blob(entry.id)?, &super::names())
            }
            Mode::Symlink | Mode::Gitlink => Err(Error::policy("it is no regular file")),
        };
        if let Err(e) = read {
            let mut one = finding(format!("the new policy cannot be used: {e}"));
            (one.rule, one.level, one.path) = (RULE.name, Level::Deny, Some(change.path.clone()));
            one.subject = commit.subject().to_vec();
            one.commit = commit.id;
            one.facts = e.help_lines().iter().map(|line| fact("", line.clone())).collect();
            one.help.push(help("guard explain policy-edit", "how the policy is changed"));
            found.push(one);
        }
    }
    Ok(found)
}
