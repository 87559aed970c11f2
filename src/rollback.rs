//! `guard rollback`: back to the rollback commit, and `--undo`: back from there.
//!
//! Nothing is lost: before the branch moves, refs below `refs/guard/backup/` hold the old tip and what was not committed.
//! Untracked files stay where they are unless `--clean` says otherwise, and what would have to be overwritten is a refusal.

mod backup;
mod state;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::git::read::{Head, Reader};
use crate::git::run;
use crate::history::History;
use crate::judge::Judge;
use crate::lock::{Lock, Progress};
use crate::model::{CommitId, first_line};
use crate::report::{self, Style, escape, fit};
use crate::rule::{shell_quote, show};
use crate::{start, view};

use backup::Backup;
use state::State;

/// What the command line asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `start`, or a task; `None`: `start`.
    pub to: Option<String>,
    /// Do not ask.
    pub yes: bool,
    /// Save untracked files and take them away.
    pub clean: bool,
    /// Only show.
    pub dry_run: bool,
    /// Back to the newest backup.
    pub undo: bool,
    /// Only list the backups.
    pub list: bool,
}

/// The worktree that is to move.
struct Place<'a> {
    reader: &'a Reader,
    top: PathBuf,
    from: CommitId,
    head: Head,
}

/// Where to.
struct Target {
    to: CommitId,
    /// For an undo: what was not committed there.
    backup: Option<Backup>,
}

/// Lines of each list that are shown.
const SHOWN: usize = 20;

/// Does it; returns what to print.
///
/// # Errors
/// Refused, with nothing changed, or git failed, with everything put back.
pub fn run(request: &Request) -> Result<String> {
    let reader = Reader::open()?;
    if request.list {
        return Ok(list(&backup::all(&reader)?));
    }
    let place = Place::of(&reader)?;
    let target = if request.undo { place.backup()? } else { place.target(request.to.as_deref())? };
    let before = state::look(&place.top)?;
    let taken: &[Vec<u8>] = if request.clean { &before.untracked } else { &[] };
    if place.from == target.to && before.changed.is_empty() && taken.is_empty() && !target.brings_changes() {
        let subject = place.subject(target.to)?;
        return Ok(format!("nothing to leave behind: HEAD is {} {subject}\n", target.to.short()));
    }
    report::to_stdout(&place.picture(&target, &before, request.clean)?)?;
    not_in_the_way(&place, &target, taken)?;
    if request.dry_run {
        return Ok("\n(a dry run: nothing is changed)\n".to_owned());
    }
    if !request.yes {
        confirm(if request.undo { "guard rollback --undo --yes" } else { "guard rollback --yes" })?;
    }
    perform(&place, &target, request)
}

impl<'a> Place<'a> {
    fn of(reader: &'a Reader) -> Result<Self> {
        let top = reader.work_tree().map(Path::to_path_buf).ok_or_else(|| {
            Error::git("a bare repository has no work tree to roll back")
                .help("run guard rollback in a clone")
        })?;
        let head = reader.head()?;
        let from = head.born()?;
        start::idle(reader)?;
        let lock = reader.index_path().with_extension("lock");
        if lock.exists() {
            return Err(Error::git("another git process is at work on the index").help(format!(
                "rm {}      if there is none: one has died",
                shell_quote(lock.as_os_str().as_encoded_bytes())
            )));
        }
        Ok(Self { reader, top, from, head })
    }

    /// The rollback commit, or the commit of a task that was done since.
    fn target(&self, to: Option<&str>) -> Result<Target> {
        let judge = Judge::of_drafts(self.reader);
        let state = judge.lock_before(Some(self.from), &judge.policy(Some(self.from))?)?;
        let lock = view::running(&state)?;
        let start = lock.commit.map_or_else(|| self.head.born(), Ok)?;
        let to = match to {
            None | Some("start") => start,
            Some(task) => self.commit_of(task, lock, &*judge.progress_at(Some(self.from), &state)?, start)?,
        };
        Ok(Target { to, backup: None })
    }

    fn commit_of(&self, task: &str, lock: &Lock, progress: &Progress, start: CommitId) -> Result<CommitId> {
        let task = lock.plan.task(task).ok_or_else(|| {
            lock.plan.no_task(task).help("guard rollback --to start     goes back to the rollback commit")
        })?;
        let done = progress.done_since_lock(&task.id, lock, self.reader)?.ok_or_else(|| {
            let since = start.short();
            Error::usage(format!("{} has no commit since {since} to go back to", task.id))
                .help("guard status                  which tasks are done")
        })?;
        // A commit that a merge brought in lies beside the line that this branch is.
        let mut at = self.from;
        while at != done {
            match self.reader.header(at)?.parents.first() {
                Some(parent) if at != start => at = *parent,
                _ => {
                    return Err(Error::usage(format!("{} came in with a merge", task.id))
                        .help("guard rollback --to start     goes back to the rollback commit"));
                }
            }
        }
        Ok(done)
    }

    /// The newest backup of this branch; of this worktree where HEAD is on none.
    fn backup(&self) -> Result<Target> {
        let all = backup::all(self.reader)?;
        let here = backup::worktree(self.reader)?;
        let branch = self.head.branch.as_deref();
        let fits = |b: &&Backup| b.branch.as_deref() == branch && (branch.is_some() || b.worktree == here);
        match all.iter().rev().find(fits) {
            Some(found) => Ok(Target { to: found.tip, backup: Some(found.clone()) }),
            None => {
                let error = Error::git(format!("there is no backup of {}", self.name()));
                Err(match all.last().and_then(|other| other.branch.clone()) {
                    Some(other) => error
                        .help(format!(
                            "git switch {}      the newest one is of that branch",
                            shell_quote(&other)
                        ))
                        .help("guard rollback --list         every backup"),
                    None => error.help("guard rollback --list         every backup"),
                })
            }
        }
    }

    fn name(&self) -> String {
        self.head.branch.as_deref().map_or_else(|| "the detached HEAD".to_owned(), show)
    }

    fn subject(&self, id: CommitId) -> Result<String> {
        Ok(escape(&show(first_line(&self.reader.header(id)?.message))))
    }

    /// What would be left behind.
    fn picture(&self, target: &Target, state: &State, clean: bool) -> Result<String> {
        let mut text = String::new();
        let to = target.to;
        let _ = writeln!(text, "{} goes to {} {}", escape(&self.name()), to.short(), self.subject(to)?);
        let mut left = self.reader.new_commits(self.from, &[to])?;
        left.reverse();
        let lines = left.iter().take(SHOWN).map(|id| Ok(format!("{} {}", id.short(), self.subject(*id)?)));
        section(&mut text, "commits left behind", &lines.collect::<Result<Vec<_>>>()?, left.len());
        if let Some(remote) = left.last().map(|id| on_a_remote(&self.top, *id)).transpose()?.flatten() {
            let _ = writeln!(text, "  note: {} has commits of these already", escape(&remote));
        }
        if target.backup.is_some() {
            let mut back = self.reader.new_commits(to, &[self.from])?;
            back.reverse();
            let lines =
                back.iter().take(SHOWN).map(|id| Ok(format!("{} {}", id.short(), self.subject(*id)?)));
            section(&mut text, "commits that come back", &lines.collect::<Result<Vec<_>>>()?, back.len());
        }
        if target.brings_changes() {
            text.push_str("uncommitted changes come back too\n");
        }
        let shown = |list: &[Vec<u8>]| -> Vec<String> {
            list.iter().take(SHOWN).map(|path| escape(&show(path))).collect()
        };
        let changed: Vec<String> = state
            .changed
            .iter()
            .take(SHOWN)
            .map(|(word, path)| format!("{word:<21} {}", escape(&show(path))))
            .collect();
        section(&mut text, "uncommitted changes, which are saved first", &changed, state.changed.len());
        let title = if clean {
            "untracked files, which are saved and removed"
        } else {
            "untracked files, which stay"
        };
        section(&mut text, title, &shown(&state.untracked), state.untracked.len());
        section(
            &mut text,
            "untracked repositories, which stay",
            &shown(&state.repositories),
            state.repositories.len(),
        );
        Ok(text)
    }
}

impl Target {
    fn brings_changes(&self) -> bool {
        self.backup.as_ref().is_some_and(|backup| backup.changes)
    }
}

fn section(text: &mut String, title: &str, lines: &[String], count: usize) {
    if count == 0 {
        return;
    }
    let _ = writeln!(text, "{title}");
    for line in lines {
        let _ = writeln!(text, "  {}", fit(line, Style::stdout().width - 2));
    }
    if count > lines.len() {
        let _ = writeln!(text, "  … and {} more", count - lines.len());
    }
}

/// A remote branch that holds the commit.
fn on_a_remote(top: &Path, id: CommitId) -> Result<Option<String>> {
    let contains = format!("--contains={id}");
    let listed = run::output(
        top,
        &["for-each-ref", "--count=1", "--format=%(refname:short)", &contains, "refs/remotes/"],
    )?;
    Ok(Some(show(&listed)).filter(|name| !name.is_empty()))
}

/// Refuses where git would overwrite what nobody has saved.
fn not_in_the_way(place: &Place<'_>, target: &Target, taken: &[Vec<u8>]) -> Result<()> {
    let mut trees = vec![target.to];
    trees.extend(target.backup.iter().flat_map(|b| b.trees()));
    let mut blocking = state::in_the_way(&place.top, &trees)?;
    blocking.retain(|path| !taken.contains(path));
    let Some(first) = blocking.first() else { return Ok(()) };
    let more = blocking.len() - 1;
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    let error = Error::git(format!("{}{tail} would be overwritten, and git does not track it", show(first)))
        .help(format!(
            "mv {0} {0}.mine      put it aside",
            shell_quote(first.strip_suffix(b"/").unwrap_or(first))
        ));
    Err(match target.backup {
        None => error.help("guard rollback --clean        unless git ignores it, saves it and removes it"),
        Some(_) => error,
    })
}

fn confirm(otherwise: &str) -> Result<()> {
    let no = |kind| Error::new(kind, "nothing was changed");
    if !std::io::stdin().is_terminal() {
        return Err(Error::usage("nothing was changed: there is no terminal to ask on")
            .help(format!("{otherwise}      goes ahead")));
    }
    report::to_stderr("\nGo ahead? A backup is kept. [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|_| no(Kind::Io))?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(no(Kind::Interrupted))
}

/// Saves, then moves. What git cannot do is put back.
fn perform(place: &Place<'_>, target: &Target, request: &Request) -> Result<String> {
    if Reader::open()?.head()? != place.head {
        return Err(Error::git("HEAD has moved meanwhile; nothing was changed").help("guard rollback"));
    }
    // Files may have changed since the question was asked: what counts is what is there now.
    let before = state::look(&place.top)?;
    let taken: &[Vec<u8>] = if request.clean { &before.untracked } else { &[] };
    not_in_the_way(place, target, taken)?;
    let saved = backup::save(place.reader, &place.top, place.from, place.head.branch.as_deref(), taken)?;
    let moved = state::remove(&place.top, taken).and_then(|()| {
        let mode = if before.changed.is_empty() { "--keep" } else { "--hard" };
        state::reset(&place.top, mode, target.to)
    });
    let moved = moved.and_then(|()| match target.backup.as_ref().filter(|b| b.changes) {
        Some(backup) => backup::bring_back(&place.top, backup),
        None => Ok(()),
    });
    if let Err(e) = moved {
        return Err(put_back(place, &saved, &before, e));
    }
    let mut text = String::from("\n");
    let _ =
        writeln!(text, "{} is at {} {}", escape(&place.name()), target.to.short(), place.subject(target.to)?);
    let _ = writeln!(text, "  backup   {}", saved.name);
    if saved.changes {
        let _ = writeln!(text, "           {}-worktree     what was not committed", saved.name);
    }
    text.push_str("  undo     guard rollback --undo\n");
    text.push_str("  next     guard next\n");
    Ok(text)
}

/// After a failure: everything as it was, and the reason.
fn put_back(place: &Place<'_>, saved: &Backup, before: &State, why: Error) -> Error {
    let intact = || -> Result<bool> {
        Ok(Reader::open()?.head()? == place.head && state::look(&place.top)? == *before)
    };
    let restore = || -> Result<()> {
        if intact()? {
            return backup::forget(&place.top, saved);
        }
        if Reader::open()?.head()? == place.head {
            // No ref is to move: whatever refused that would refuse again.
            state::refill(&place.top, place.from)?;
        } else {
            state::reset(&place.top, "--hard", place.from)?;
        }
        if saved.changes {
            backup::bring_back(&place.top, saved)?;
        }
        // A backup of what is all here would only hide an older one from --undo.
        if intact()? { backup::forget(&place.top, saved) } else { Ok(()) }
    };
    match restore() {
        Ok(()) => why.help("everything is as it was"),
        Err(e) => why
            .help(format!("putting everything back failed too: {e}"))
            .help(format!("git reset --hard {}", saved.name))
            .help(format!("git stash apply --index {}-worktree", saved.name)),
    }
}

fn list(all: &[Backup]) -> String {
    let mut text = String::new();
    for backup in all.iter().rev() {
        let branch = backup.branch.as_deref().map_or_else(|| "(detached HEAD)".to_owned(), show);
        let tail = if backup.changes { "  and uncommitted changes" } else { "" };
        let _ = writeln!(text, "{}  {}  {}{tail}", backup.name, backup.tip.short(), escape(&branch));
    }
    if text.is_empty() {
        text.push_str("there is no backup\n");
    }
    text
}
