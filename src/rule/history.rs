//! Commit objects hide nothing from the people and tools that look at them.
//!
//! ## Wants
//! No malformed objects (in trees `.`, `..`, `.git` in any spelling, a name that stands twice, names out of order; in
//! commits header lines where git does not look for them); no merge of what is merged already; no second root; no NUL byte
//! in a message; no `encoding` header under which the subject would read differently from its bytes; at most two parents, because
//! an octopus merge cannot be made again to compare with; no judged commit that a replace ref or `info/grafts` shows
//! differently (guard always judges the real one).
//!
//! ## Why
//! Each of these shows one thing to a reviewer and another to git, and none is made by ordinary git commands.
//!
//! ## How
//! Make the commit again with `git commit`; delete replace refs with `git replace -d <commit>`.

use super::{Check, Context, Door, Kind, Rule, finding, help, show};
use crate::error::Result;
use crate::model::{Finding, Level};

pub(super) const RULE: Rule = Rule {
    name: "history",
    level: Level::Deny,
    kinds: &[Kind::Root, Kind::Rollback, Kind::Record, Kind::Merge, Kind::Policy, Kind::Task],
    push_only: false,
    source: include_str!("history.rs"),
    check: Check::Commit(check),
};

/// Encodings in which every ASCII byte means itself.
const ASCII_COMPATIBLE: [&str; 10] =
    ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859", "iso8859", "windows-125", "cp125", "koi8", "euc-"];

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let commit = context.commit;
    let mut found: Vec<Finding> =
        commit.defects.iter().map(|defect| finding(format!("a malformed object has {defect}"))).collect();
    if context.kind == Kind::Root && context.door == Door::Push {
        found.push(finding(
            "a root commit inside the range: unrelated history cannot be judged against the plan",
        ));
    }
    if commit.parents.len() > 2 {
        let mut one = finding(format!(
            "a merge of {} parents cannot be compared with an automatic merge",
            commit.parents.len()
        ));
        one.help.push(help("git merge <one branch>", "merge the branches one after the other"));
        found.push(one);
    }
    if commit.message.as_deref().is_some_and(|m| m.contains(&0)) {
        found.push(finding("the message holds a NUL byte: most tools show only what stands before it"));
    }
    if let Some(encoding) = commit.encoding.as_deref().map(|e| show(e).to_ascii_lowercase())
        && !ASCII_COMPATIBLE.iter().any(|known| encoding.starts_with(known))
    {
        found.push(finding(format!(
            "the message is marked as {encoding}, in which its bytes read differently"
        )));
    }
    if let Some(id) = commit.id
        && context.history.is_rewritten(id)?
    {
        let mut one =
            finding("a replace ref or graft shows this commit differently; the real one was judged");
        one.help
            .push(help(format!("git replace -d {}", id.short()), "or remove its line from .git/info/grafts"));
        found.push(one);
    }
    Ok(found)
}
