//! With an editor and staged paths that fit exactly one ready task, the message starts with `T003: `.

use std::path::Path;

use super::Door;
use crate::error::Result;
use crate::execution;
use crate::judge::Judge;
use crate::lock::LockState;
use crate::model::Commit;
use crate::policy::Carrier;

/// Puts the ID in front of the message file, unless somebody has written there already. A convenience: where anything
/// stands in its way the editor just opens as it is.
pub(super) fn task(door: &Door, file: &Path, commit: &Commit) -> Result<()> {
    let judge = Judge::of_drafts(&door.reader);
    let policy = judge.policy(door.head)?;
    let state = judge.lock_before(door.head, &policy)?;
    let LockState::Locked(lock) = &*state else { return Ok(()) };
    let progress = judge.progress_at(door.head, &state)?;
    if commit.parents.len() > 1 || !lock.policy.task.carried_in.contains(&Carrier::Subject) {
        return Ok(());
    }
    let standings = execution::standings(lock, &progress, &door.reader)?;
    let fitting = execution::fitting(lock, &standings, &commit.changes);
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
