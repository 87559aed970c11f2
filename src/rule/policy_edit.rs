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

use super::{Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::model::{Finding, Level};
use crate::policy::{self, POLICY_FILES};

pub(super) const RULE: Rule = Rule {
    name: "policy-edit",
    level: Level::Warn,
    kinds: &[Kind::Policy],
    push_only: false,
    source: include_str!("policy_edit.rs"),
    check,
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for change in &context.commit.changes {
        let name = show(&change.path);
        let text = match change.new {
            Some(entry) if POLICY_FILES.contains(&name.as_str()) => Some(context.history.blob(entry.id)?),
            _ => None,
        };
        // A policy that cannot be read would stop every later commit, so it never becomes the policy.
        if let Some(Err(e)) = text.map(|text| policy::parse(&name, &text, &super::names())) {
            let mut one = context.at(&change.path, format!("the new policy cannot be used: {e}"));
            one.level = Level::Deny;
            one.facts = e.help_lines().iter().map(|line| fact("", line.clone())).collect();
            one.help.push(help("guard explain policy-edit", "how the policy is changed"));
            found.push(one);
        } else if context.door == super::Door::Push {
            found
                .push(context.at(&change.path, format!("{name} changes what guard asks of this repository")));
        }
    }
    Ok(found)
}
