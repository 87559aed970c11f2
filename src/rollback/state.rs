//! What lies in the work tree, and moving it. git is asked and git moves, because only it knows filters, ignore rules and
//! sparse checkouts.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};
use crate::git::run;
use crate::model::{CommitId, RepoPath};
use crate::platform;
use crate::rule::{shell_quote, show};

/// What is not committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Tracked paths, and in which way they are changed.
    pub(super) changed: Vec<(&'static str, RepoPath)>,
    /// Files that git neither tracks nor ignores.
    pub(super) untracked: Vec<RepoPath>,
    /// Folders that are repositories of their own: they cannot be saved.
    pub(super) repositories: Vec<RepoPath>,
}

/// git as the person would run it: with the replace refs under which the files here were written.
pub(super) fn git(top: &Path) -> Command {
    let mut git = run::command(top);
    git.env_remove("GIT_NO_REPLACE_OBJECTS").env_remove("GIT_GRAFT_FILE");
    git
}

/// Looks, and changes nothing.
pub(super) fn look(top: &Path) -> Result<State> {
    let mut status = git(top);
    status.env("GIT_OPTIONAL_LOCKS", "0").args(["status", "--porcelain=v1", "-z", "--no-renames"]);
    status.args(["--untracked-files=all", "--ignore-submodules=dirty"]);
    let mut state = State::default();
    for entry in run::feed(status, b"")?.split(|b| *b == 0).filter(|e| e.len() > 3) {
        let (word, path) = (entry.get(..2).unwrap_or_default(), entry.get(3..).unwrap_or_default().to_vec());
        match word {
            b"??" if path.ends_with(b"/") => state.repositories.push(path),
            b"??" => state.untracked.push(path),
            b"DD" | b"AU" | b"UD" | b"UA" | b"DU" | b"AA" | b"UU" => {
                let quoted = shell_quote(&path);
                return Err(Error::git(format!("{} is not merged, so it cannot be saved", show(&path)))
                    .help(format!("git add {quoted}      once its conflict is settled,"))
                    .help(format!("git checkout HEAD -- {quoted}      or to give it up")));
            }
            [b' ', _] => state.changed.push(("not staged", path)),
            [_, b' '] => state.changed.push(("staged", path)),
            _ => state.changed.push(("staged and not staged", path)),
        }
    }
    Ok(state)
}

/// Files that git does not track, ignored ones included, where one of these trees has a file that is not in the index.
pub(super) fn in_the_way(top: &Path, trees: &[CommitId]) -> Result<Vec<RepoPath>> {
    let mut there: Vec<RepoPath> = Vec::new();
    for tree in trees {
        let mut missing = git(top);
        missing.args(["diff-index", "--cached", "--no-renames", "--diff-filter=D", "-z"]);
        missing.arg(tree.to_string());
        let listed = run::feed(missing, b"")?;
        let mut fields = listed.split(|b| *b == 0);
        while let (Some(about), Some(path)) = (fields.next(), fields.next()) {
            let found = first_there(top, path)?;
            // A submodule takes up the folder that it has left.
            let its_own = about.starts_with(b":160000") && top.join(platform::path(path)?).is_dir();
            there.extend(found.filter(|_| !its_own));
        }
    }
    there.sort_unstable();
    there.dedup();
    let mut found = Vec::new();
    for some in there.chunks(200) {
        let mut others = git(top);
        others.args(["--literal-pathspecs", "ls-files", "--others", "-z", "--"]);
        for path in some {
            others.arg(platform::path(path)?);
        }
        found
            .extend(run::feed(others, b"")?.split(|b| *b == 0).filter(|p| !p.is_empty()).map(<[u8]>::to_vec));
    }
    Ok(found)
}

/// What stands where `path` would be written: itself, or a file where it needs a folder.
fn first_there(top: &Path, path: &[u8]) -> Result<Option<RepoPath>> {
    let ends = path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        let part = path.get(..end).unwrap_or(path);
        let Ok(meta) = fs::symlink_metadata(top.join(platform::path(part)?)) else { return Ok(None) };
        if end == path.len() || !meta.is_dir() {
            return Ok(Some(part.to_vec()));
        }
    }
    Ok(None)
}

/// Moves HEAD (or its branch), index and work tree.
pub(super) fn reset(top: &Path, mode: &str, to: CommitId) -> Result<()> {
    let mut reset = git(top);
    reset.env_remove("LC_ALL").env("GIT_REFLOG_ACTION", "guard rollback");
    reset.args(["reset", "-q", "--no-recurse-submodules", mode, &to.to_string()]);
    let out = reset.output().map_err(|e| run::cannot_start(&e))?;
    if out.status.success() {
        return Ok(());
    }
    let mut error = Error::git("git refused to move the branch");
    for line in String::from_utf8_lossy(&out.stderr).lines().take(12) {
        error = error.help(line.to_owned());
    }
    Err(error)
}

/// Makes index and work tree what the commit holds, and leaves HEAD alone.
pub(super) fn refill(top: &Path, from: CommitId) -> Result<()> {
    let mut read = git(top);
    read.args(["read-tree", "--reset", "-u", "--no-recurse-submodules", &from.to_string()]);
    run::feed(read, b"").map(drop)
}

/// Removes files that are saved, and folders that are empty then.
pub(super) fn remove(top: &Path, files: &[RepoPath]) -> Result<()> {
    for file in files {
        let path = top.join(platform::path(file)?);
        fs::remove_file(&path).map_err(|e| Error::io(format!("{} cannot be removed: {e}", show(file))))?;
        let folders = path.ancestors().skip(1).take_while(|folder| *folder != top);
        for folder in folders {
            // It holds something else.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(())
}
