//! Frozen specifications stay as they are.
//!
//! ## Wants
//! No commit changes, deletes or moves a file that holds the marker `EXEC-READY` on a line of its own in the commit's
//! parent, or that matches `scope.frozen` in the policy.
//!
//! ## Why
//! A specification that is declared ready for execution is what the work is measured against. If the work may edit it,
//! the measure follows the work.
//!
//! ## How
//! Leave the file out of the commit. To thaw it, remove it from `scope.frozen` in a policy commit while no plan runs; a
//! file frozen by its marker takes a decision outside of the running plan, so put the rule on `warn` for that one
//! commit and say why.

use super::{Check, Context, Kind, Rule, fact, help, show};
use crate::error::Result;
use crate::model::{Change, Finding, Level, Mode};

pub(super) const RULE: Rule = Rule {
    name: "frozen",
    level: Level::Deny,
    kinds: &[Kind::Rollback, Kind::Record, Kind::Merge, Kind::Task],
    push_only: false,
    source: include_str!("frozen.rs"),
    check: Check::Commit(check),
};

const MARKER: &[u8] = b"EXEC-READY";

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for change in context.commit.own_changes() {
        if let Some(reason) = reason(context, change)? {
            let mut one = context.at(&change.path, format!("{} is frozen", show(&change.path)));
            one.facts.push(fact("frozen", reason));
            one.help = context.leave_out(&change.path);
            one.help.push(help("guard explain frozen", "how a frozen file is changed"));
            found.push(one);
        }
    }
    Ok(found)
}

fn reason(context: &Context<'_>, change: &Change) -> Result<Option<&'static str>> {
    if context.policy.scope.frozen.matches(&change.path) {
        return Ok(Some("by scope.frozen in the policy"));
    }
    // For a merge the old side is the automatic merge, whose content is in no repository: the parents count.
    let parents = context.commit.parents.as_slice();
    let before = match parents {
        [] | [_] => vec![change.old],
        _ => parents.iter().map(|p| context.history.entry(*p, &change.path)).collect::<Result<_>>()?,
    };
    for entry in before.into_iter().flatten().filter(|e| matches!(e.mode, Mode::Regular | Mode::Executable)) {
        if is_marked(&context.history.blob(entry.id)?) {
            return Ok(Some("by the line EXEC-READY in it"));
        }
    }
    Ok(None)
}

fn is_marked(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.split(|b| *b == b'\n').any(|line| line.trim_ascii() == MARKER)
}
