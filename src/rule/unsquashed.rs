//! No `fixup!`, `squash!` or `amend!` commit leaves the machine.
//!
//! ## Wants
//! At the push doors (pre-push, pre-receive, `guard check`) no commit's subject starts with `fixup! `, `squash! ` or
//! `amend! `. At the commit doors such a commit is judged under the ID behind the prefix.
//!
//! ## Why
//! These commits are notes to yourself: they belong into the commit they mend, so that one task stays one commit.
//!
//! ## How
//! `git rebase -i --autosquash <base>`.

use super::{Check, Context, Kind, Rule, finding, help};
use crate::error::Result;
use crate::message;
use crate::model::{Finding, Level};

pub(super) const RULE: Rule = Rule {
    name: "unsquashed",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Record, Kind::Merge, Kind::Policy, Kind::Task],
    push_only: true,
    source: include_str!("unsquashed.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    if !message::unprefixed(context.commit.subject()).1 {
        return Ok(Vec::new());
    }
    let mut found = finding("this commit was meant to be squashed into another before the push");
    let base = context.approved.map_or_else(|| "<base>".to_owned(), |[base, _]| base.short());
    found.help.push(help(format!("git rebase -i --autosquash {base}"), "fold it into the commit it mends"));
    Ok(vec![found])
}
