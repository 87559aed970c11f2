//! `guard status`: where the execution stands, and what a commit would meet now.

use std::fmt::Write as _;

use crate::error::Result;
use crate::execution::{self, Standing, State};
use crate::git::read::Reader;
use crate::git::run;
use crate::judge::Judge;
use crate::lock::{Lock, LockState};
use crate::model::Change;
use crate::report::{Style, escape, fit};
use crate::rule::{is_record, show, show_ids, show_scope};
use crate::view;

/// The report.
///
/// # Errors
/// Something could not be checked.
pub fn run() -> Result<String> {
    let reader = Reader::open()?;
    let head = reader.head()?;
    let judge = Judge::of_drafts(&reader);
    let policy = judge.policy(head.commit)?;
    let state = judge.lock_before(head.commit, &policy)?;
    let mut text = String::new();
    let branch = head.branch.as_deref().map_or_else(|| "(detached HEAD)".to_owned(), show);
    let _ = writeln!(text, "branch    {}", escape(&branch));
    if let LockState::Absent | LockState::TooFar(_) = &*state {
        text.push_str("plan      none is running\nnext      guard start <plan>\n");
        return Ok(text);
    }
    let lock = view::running(&state)?;
    let progress = judge.progress_at(head.commit, &state)?;
    let rollback = lock.commit.map(|id| id.short()).unwrap_or_default();
    let _ = writeln!(text, "plan      {}", escape(&lock.plan.path));
    let _ = writeln!(text, "rollback  {rollback}\n");
    let states = execution::standings(lock, &progress, &reader)?;
    tasks(&mut text, lock, &states);
    let staged = reader.staged(head.commit)?;
    paths(&mut text, "staged", lock, &staged.changes);
    unstaged(&mut text, &reader, lock)?;
    advice(&mut text, lock, &states, &staged.changes);
    Ok(text)
}

fn tasks(text: &mut String, lock: &Lock, standings: &[Standing<'_>]) {
    let width = lock.plan.tasks.iter().map(|t| t.id.as_str().len()).max().unwrap_or(4);
    for Standing { task, state } in standings {
        let (mark, word) = match state {
            State::Done(commit) => ("x", format!("done in {}", commit.short())),
            State::NeedsNone => ("x", "needs no commit".to_owned()),
            State::Ready => (">", "ready".to_owned()),
            State::Waiting(open) => (" ", format!("after {}", show_ids(open))),
        };
        let line = format!("[{mark}] {:width$}  {:<18}  {}", task.id, word, escape(&task.summary));
        let _ = writeln!(text, "{}", fit(&line, Style::stdout().width));
    }
}

/// Paths by the task that owns them.
fn paths(text: &mut String, title: &str, lock: &Lock, changes: &[Change]) {
    const SHOWN: usize = 20;
    if changes.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}");
    for change in changes.iter().take(SHOWN) {
        let owners: Vec<_> = lock
            .plan
            .tasks
            .iter()
            .filter(|t| t.scope.as_ref().is_some_and(|s| s.matches(&change.path)))
            .map(|t| &t.id)
            .collect();
        let owner = if is_record(&lock.policy, change) {
            "record".to_owned()
        } else if owners.is_empty() {
            "no task: would be refused".to_owned()
        } else {
            show_ids(owners)
        };
        let _ = writeln!(text, "  {}  ({owner})", escape(&show(&change.path)));
    }
    if changes.len() > SHOWN {
        let _ = writeln!(text, "  … and {} more", changes.len() - SHOWN);
    }
}

/// What git sees in the work tree and is not staged. git is asked, because only it knows filters and ignore rules.
fn unstaged(text: &mut String, reader: &Reader, lock: &Lock) -> Result<()> {
    let Some(top) = reader.work_tree() else { return Ok(()) };
    let listed = run::output(top, &["status", "--porcelain=v1", "-z", "--no-renames"])?;
    let changes: Vec<Change> = listed
        .split(|b| *b == 0)
        .filter(|e| e.len() > 3 && e.get(1) != Some(&b' '))
        .filter_map(|e| e.get(3..))
        .map(|path| Change { path: path.to_vec(), old: None, new: None })
        .collect();
    paths(text, "not staged", lock, &changes);
    Ok(())
}

fn advice(text: &mut String, lock: &Lock, standings: &[Standing<'_>], staged: &[Change]) {
    let fitting = execution::fitting(lock, standings, staged);
    text.push('\n');
    if standings.iter().all(|s| s.state.is_done()) {
        text.push_str("next      every task is done: guard check\n");
    } else if let [first, ..] = fitting.as_slice() {
        let _ = writeln!(text, "next      git commit -m \"{}: …\"", first.id);
    } else if !staged.iter().all(|c| is_record(&lock.policy, c)) {
        text.push_str("next      no ready task may change all that is staged: git restore --staged <path>\n");
    } else if let Some(Standing { task: first, .. }) = standings.iter().find(|s| s.state == State::Ready) {
        let _ = writeln!(text, "next      {}: {}", first.id, escape(&first.summary));
        let _ = writeln!(text, "scope     {}", escape(&show_scope(first)));
    }
}
