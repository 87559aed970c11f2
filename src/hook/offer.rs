//! With an editor and staged paths that fit exactly one ready task, the message starts with `T003: `.

use std::path::Path;

use super::{Door, paths};
use crate::error::Result;
use crate::judge::Judge;
use crate::lock::{LockState, is_formal};
use crate::model::Commit;
use crate::plan::Task;
use crate::policy::Carrier;
use crate::rule::is_record;

/// Puts the ID in front of the message file, unless somebody has written there already. A convenience: where anything
/// stands in its way the editor just opens as it is.
pub(super) fn task(door: &Door, file: &Path, commit: &Commit) -> Result<()> {
    let judge = Judge::of_drafts(&door.reader);
    let policy = judge.policy(door.head)?;
    let state = judge.lock_before(door.head, &policy)?;
    let LockState::Locked(lock) = &*state else { return Ok(()) };
    let progress = judge.progress_at(door.head, &state)?;
    let done = |task: &Task| Ok(is_formal(task) || progress.done(&task.id, lock, &door.reader)?.is_some());
    let mut work = commit.changes.iter().filter(|c| !is_record(&lock.policy, c)).peekable();
    if work.peek().is_none()
        || commit.parents.len() > 1
        || !lock.policy.task.carried_in.contains(&Carrier::Subject)
    {
        return Ok(());
    }
    let changes: Vec<_> = work.cloned().collect();
    let mut fitting = Vec::new();
    for task in &lock.plan.tasks {
        let Some(scope) = &task.scope else { continue };
        if !paths(&changes).all(|path| scope.matches(path)) || done(task)? {
            continue;
        }
        let needed = lock.plan.tasks.iter().filter(|t| task.depends_on.contains(&t.id));
        let mut ready = true;
        for other in needed {
            ready = ready && done(other)?;
        }
        if ready {
            fitting.push(task);
        }
    }
    let [one] = fitting.as_slice() else { return Ok(()) };
    let Ok(text) = std::fs::read(file) else { return Ok(()) };
    if text.first().is_some_and(|b| *b != b'\n') {
        return Ok(());
    }
    let offered = [format!("{}: ", one.id).as_bytes(), &text].concat();
    // Failing to offer is no reason to refuse: commit-msg judges what is written.
    drop(std::fs::write(file, offered));
    Ok(())
}
