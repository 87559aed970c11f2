//! A task commit changes only paths in its task's declared scope.
//!
//! ## Wants
//! Every changed path lies in the scope of the task that the message names, as the plan locked at the rollback
//! commit declares it. Both ends of a rename count, so do deletions, mode changes and type changes. A symbolic link
//! must point to a place inside the scope. A submodule (gitlink) must be named literally, because `src/**` cannot
//! grant a tree that nobody reviews. Record paths (the plan's status marks, logs, reports) are always allowed; a lock
//! file such as `Cargo.lock` is in scope when its manifest is (`[scope.companions]`). For a merge only what differs
//! from the automatic merge of its parents is judged. Paths are compared byte by byte, as git does: `src/lexer.rs` is not
//! `src/Lexer.rs`, nor is one form of `é` the other, and a refusal says so.
//!
//! ## Why
//! A declared scope is a promise about what a change can break. Once commits leave it, neither the reviewer nor the
//! next executor can rely on the plan.
//!
//! ## How
//! Leave the path out (`git restore --staged <path>`), commit it under the task that owns it, or widen the scope where
//! everybody can see it: edit the plan and run `guard start <plan>` again, which makes a new rollback commit.
//! `guard scope <task> <path>` tests a path beforehand.

use super::{
    Check, Context, Kind, Rule, fact, finding, help, is_record, shell_quote, show, show_ids, show_scope,
};
use crate::error::Result;
use crate::lock::{Lock, Tree};
use crate::model::{Change, Entry, Finding, Level, Mode};
use crate::naming::Naming;
use crate::pattern::Pattern;
use crate::pattern::twin::difference;
use crate::plan::Task;

pub(super) const RULE: Rule = Rule {
    name: "scope",
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("scope.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let Some(lock) = context.valid_lock().filter(|_| !context.may_be_rollback()) else {
        return Ok(Vec::new());
    };
    if *context.naming == Naming::Unknown {
        return before_the_message(context, lock);
    }
    let tasks: Vec<&Task> = context.named().collect();
    let mut found: Vec<Finding> =
        tasks.iter().filter(|t| t.scope.is_none()).map(|t| undeclared(lock, t)).collect();
    if tasks.is_empty() || !found.is_empty() {
        return Ok(found);
    }
    for change in work(context) {
        found.extend(judge(context, lock, &tasks, change)?);
    }
    Ok(found)
}

/// The changes that need a scope: the commit's own, less records.
pub(super) fn work<'a>(context: &Context<'a>) -> Vec<&'a Change> {
    context.commit.own_changes().iter().filter(|c| !is_record(context.policy, c)).collect()
}

fn judge(context: &Context<'_>, lock: &Lock, tasks: &[&Task], change: &Change) -> Result<Option<Finding>> {
    let scopes = || tasks.iter().filter_map(|t| t.scope.as_ref());
    if !scopes().any(|s| s.matches(&change.path)) && !is_companion(context, tasks, &change.path) {
        return outside(context, lock, tasks, change).map(Some);
    }
    let is = |mode: Mode| [change.old, change.new].iter().flatten().any(|e| e.mode == mode);
    if is(Mode::Gitlink) && !scopes().any(|s| s.literally(&change.path)) {
        let path = show(&change.path);
        let mut found =
            context.at(&change.path, format!("{} may not change the submodule {path}", named(tasks)));
        found.facts = scope_facts(tasks);
        found.facts.push(fact(
            "rule",
            "a gitlink must be named literally in the scope; a pattern does not grant it",
        ));
        found.help = context.leave_out(&change.path);
        return Ok(Some(found));
    }
    match change.new {
        Some(entry) if entry.mode == Mode::Symlink => link(context, tasks, change, entry),
        _ => Ok(None),
    }
}

/// The refusal that people see most: whose path is it, and what to type.
fn outside(context: &Context<'_>, lock: &Lock, tasks: &[&Task], change: &Change) -> Result<Finding> {
    let path = show(&change.path);
    let mut found = context.at(&change.path, format!("{} may not change {path}", named(tasks)));
    found.facts = scope_facts(tasks);
    found.facts.push(fact("owner", owners(context, lock, change)?));
    found.help = context.leave_out(&change.path);
    mention_spelling(&mut found, tasks, change);
    found.help.push(help("guard explain scope", "how a scope is widened"));
    Ok(found)
}

/// Says so where only the spelling keeps the path out of the scope.
fn mention_spelling(found: &mut Finding, tasks: &[&Task], change: &Change) {
    let Some(pattern) = spelled_otherwise(tasks, change) else { return };
    found.facts.push(fact("spelling", format!("it {}", difference_of(change, &pattern))));
    if let Some(name) = pattern.literal().filter(|_| change.new.is_some()) {
        let command = format!("git mv {} {}", shell_quote(&change.path), shell_quote(name));
        found.help.insert(0, help(command, "spell it as the plan does"));
    }
}

/// A pattern of the scope that would grant the path in another spelling. It never does: to git they are two files.
fn spelled_otherwise(tasks: &[&Task], change: &Change) -> Option<Pattern> {
    tasks.iter().filter_map(|t| t.scope.as_ref()).find_map(|scope| scope.twins().of(&change.path).cloned())
}

fn difference_of(change: &Change, pattern: &Pattern) -> String {
    match pattern.literal() {
        Some(name) => format!("{}: {}", difference(&change.path, name), show(name)),
        None => format!("matches {pattern} in another spelling: case, or how letters are composed"),
    }
}

fn named(tasks: &[&Task]) -> String {
    show_ids(tasks.iter().map(|t| &t.id))
}

fn scope_facts(tasks: &[&Task]) -> Vec<(String, String)> {
    tasks.iter().map(|t| fact(t.id.as_str(), show_scope(t))).collect()
}

/// Which task owns the path, and is it still to do?
fn owners(context: &Context<'_>, lock: &Lock, change: &Change) -> Result<String> {
    const SHOWN: usize = 4;
    let path = show(&change.path);
    let owns = |t: &&Task| t.scope.as_ref().is_some_and(|s| s.matches(&change.path));
    let owners: Vec<&Task> = lock.plan.tasks.iter().filter(owns).collect();
    if owners.is_empty() {
        return Ok(format!("no task of {} owns {path}", lock.plan.path));
    }
    let mut parts = Vec::new();
    for task in owners.iter().take(SHOWN) {
        let state = match context.progress.done(&task.id, lock, context.history)? {
            Some(commit) => format!("done in {}", commit.short()),
            None => "not done yet".to_owned(),
        };
        parts.push(format!("{} ({state})", task.id));
    }
    let more = owners.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok(format!("{path} belongs to {}{tail}", parts.join(", ")))
}

fn undeclared(lock: &Lock, task: &Task) -> Finding {
    let mut found = finding(format!("{} declares no scope, so it may change nothing", task.id));
    found.facts.push(fact("plan", format!("{}:{}", lock.plan.path, task.line)));
    found.help.push(help(format!("guard plan lint {}", lock.plan.path), "what to write into the plan"));
    found
}

/// A lock file follows its manifest: next to it in scope, or below it in scope and changed by this very commit.
fn is_companion(context: &Context<'_>, tasks: &[&Task], path: &[u8]) -> bool {
    let Some(companion) = context.policy.scope.companions_of(path) else { return false };
    let in_scope = |p: &[u8]| tasks.iter().filter_map(|t| t.scope.as_ref()).any(|s| s.matches(p));
    let changes = context.commit.own_changes();
    companion.manifest_paths().any(|manifest| in_scope(&manifest))
        || changes.iter().any(|c| companion.is_manifest(&c.path) && in_scope(&c.path))
}

/// A symbolic link inside the scope that points out of it would let later writes through it reach anything.
fn link(context: &Context<'_>, tasks: &[&Task], change: &Change, entry: Entry) -> Result<Option<Finding>> {
    let target = context.history.blob(entry.id)?;
    let inside = follow(context, &change.path, &target)?.is_some_and(|goal| {
        // The target may be a directory: then what lies in it must be in scope.
        let child = [goal.as_slice(), b"/_"].concat();
        tasks.iter().filter_map(|t| t.scope.as_ref()).any(|s| s.matches(&goal) || s.matches(&child))
    });
    if inside {
        return Ok(None);
    }
    let (path, goal) = (show(&change.path), show(&target));
    let mut found =
        context.at(&change.path, format!("the symbolic link {path} points out of the scope, to {goal}"));
    found.facts = scope_facts(tasks);
    found.help = context.leave_out(&change.path);
    Ok(Some(found))
}

/// Where a link at `path` ends up, root-relative, name by name as the file system goes: through links that are there
/// already. `None`: out of the repository, into `.git`, or in a circle.
fn follow(context: &Context<'_>, path: &[u8], target: &[u8]) -> Result<Option<Vec<u8>>> {
    const MOST_STEPS: usize = 4096;
    let parent = context.commit.parents.first().copied();
    let tree = Tree { history: context.history, commit: parent, changes: &context.commit.changes };
    let mut at: Vec<Vec<u8>> = path.split(|b| *b == b'/').map(<[u8]>::to_vec).collect();
    at.pop();
    let Some(mut todo) = names(target) else { return Ok(None) };
    for _ in 0..MOST_STEPS {
        let Some(name) = todo.pop() else { return Ok(Some(at.join(&b'/'))) };
        match name.as_slice() {
            b"" | b"." => {}
            b".." if at.pop().is_none() => return Ok(None),
            b".." => {}
            name if name.eq_ignore_ascii_case(b".git") => return Ok(None),
            _ => {
                at.push(name);
                if let Some(entry) = tree.entry(&at.join(&b'/'))?.filter(|e| e.mode == Mode::Symlink) {
                    at.pop();
                    let Some(further) = names(&context.history.blob(entry.id)?) else { return Ok(None) };
                    todo.extend(further);
                }
            }
        }
    }
    Ok(None)
}

/// The names of a link's target, last one first; `None`: it is absolute, or written for another system.
fn names(target: &[u8]) -> Option<Vec<Vec<u8>>> {
    let relative = !target.starts_with(b"/") && !target.contains(&b'\\');
    relative.then(|| target.split(|b| *b == b'/').rev().map(<[u8]>::to_vec).collect())
}

/// May these tasks together change all of these paths?
pub(super) fn fits(context: &Context<'_>, lock: &Lock, tasks: &[&Task], work: &[&Change]) -> Result<bool> {
    for change in work {
        if judge(context, lock, tasks, change)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// In `pre-commit` there is no message yet: only what no message could make right is refused.
fn before_the_message(context: &Context<'_>, lock: &Lock) -> Result<Vec<Finding>> {
    let work = work(context);
    let tasks: Vec<&Task> = lock.plan.tasks.iter().filter(|t| t.scope.is_some()).collect();
    if work.is_empty() {
        return Ok(Vec::new());
    }
    if context.policy.task.several {
        if fits(context, lock, &tasks, &work)? {
            return Ok(Vec::new());
        }
    } else {
        for task in &tasks {
            if fits(context, lock, &[task], &work)? {
                return Ok(Vec::new());
            }
        }
    }
    let mut found = Vec::new();
    for change in &work {
        let owned = tasks.iter().any(|t| t.scope.as_ref().is_some_and(|s| s.matches(&change.path)))
            || is_companion(context, &tasks, &change.path);
        if owned {
            continue;
        }
        let path = show(&change.path);
        let mut one = context.at(&change.path, format!("no task may change {path}"));
        one.facts.push(fact(
            "plan",
            format!("{}: {}", lock.plan.path, show_ids(lock.plan.tasks.iter().map(|t| &t.id))),
        ));
        one.help = context.leave_out(&change.path);
        mention_spelling(&mut one, &tasks, change);
        one.help.push(help("guard explain scope", "how a scope is widened"));
        found.push(one);
    }
    let later = context.draft.is_some_and(|d| d.message_is_given);
    if found.is_empty() && !later {
        found.push(mixed(context, lock, &work)?);
    }
    Ok(found)
}

/// Every path has an owner, but no one task owns them all.
fn mixed(context: &Context<'_>, lock: &Lock, work: &[&Change]) -> Result<Finding> {
    const SHOWN: usize = 8;
    let mut found = finding("no one task may change all of the staged paths: one commit, one task");
    for change in work.iter().take(SHOWN) {
        found.facts.push(fact("owner", owners(context, lock, change)?));
    }
    if work.len() > SHOWN {
        found.facts.push(fact("", format!("and {} more paths", work.len() - SHOWN)));
    }
    if let Some(change) = work.last() {
        found.help = context.leave_out(&change.path);
    }
    found.help.push(help("guard status", "the staged paths by task"));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_absolute_target_leads_out_of_the_repository() {
        assert_eq!(names(b"/etc/passwd"), None);
        assert_eq!(names(b"..\\ci"), None);
        assert_eq!(names(b"../ci"), Some(vec![b"ci".to_vec(), b"..".to_vec()]));
    }
}
