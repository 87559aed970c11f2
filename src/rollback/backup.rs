//! Backups: the old tip of a branch and what was not committed there, kept by refs.
//!
//! `refs/guard/backup/<time>` is the old tip. `<time>-worktree` is a commit of the shape of a stash (parents: tip, index, and
//! with `--clean` the untracked files), so that `git stash apply --index` understands it; its message says whose it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::clock;
use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::git::run;
use crate::history::History;
use crate::message;
use crate::model::{CommitId, ObjectId, RepoPath};
use crate::platform;
use crate::rule::show;

use super::state::git;

const PREFIX: &str = "refs/guard/backup/";
const WORKTREE: &str = "-worktree";

/// One backup.
#[derive(Debug, Clone)]
pub(super) struct Backup {
    /// The ref of the tip.
    pub(super) name: String,
    pub(super) tip: CommitId,
    /// What was not committed, in the shape of a stash.
    state: CommitId,
    /// The untracked files that were taken away.
    untracked: Option<CommitId>,
    /// Was anything not committed, or taken away?
    pub(super) changes: bool,
    /// Without `refs/heads/`; `None`: HEAD was detached.
    pub(super) branch: Option<Vec<u8>>,
    /// The git directory of the worktree.
    pub(super) worktree: String,
}

impl Backup {
    /// Whose files come back with it.
    pub(super) fn trees(&self) -> impl Iterator<Item = CommitId> {
        [self.state].into_iter().chain(self.untracked).filter(|_| self.changes)
    }
}

/// How backups name this worktree.
pub(super) fn worktree(reader: &Reader) -> Result<String> {
    let dir = reader.git_dir();
    let dir = platform::canonicalize(dir)
        .map_err(|e| Error::io(format!("{} cannot be read: {e}", dir.display())))?;
    Ok(show(dir.as_os_str().as_encoded_bytes()))
}

/// Every backup, the oldest first.
pub(super) fn all(reader: &Reader) -> Result<Vec<Backup>> {
    let tips = reader.tips(PREFIX)?;
    let mut found = Vec::new();
    for (name, tip) in &tips {
        let state = tips.iter().find(|(other, _)| *other == [name, WORKTREE.as_bytes()].concat());
        // What has no state beside it was not made here.
        if let (Some((_, state)), Ok(name)) = (state, String::from_utf8(name.clone())) {
            found.push(read(reader, name, *tip, *state)?);
        }
    }
    let order = |backup: &Backup| {
        let name = backup.name.trim_start_matches(PREFIX);
        let (time, number) = name.split_once('-').unwrap_or((name, "1"));
        (time.to_owned(), number.parse::<u32>().unwrap_or(0))
    };
    found.sort_by_key(order);
    Ok(found)
}

fn read(reader: &Reader, name: String, tip: CommitId, state: CommitId) -> Result<Backup> {
    let header = reader.header(state)?;
    let tree = reader.header(tip)?.tree;
    let index = header.parents.get(1).map(|id| reader.header(*id)).transpose()?.map(|h| h.tree);
    let untracked = header.parents.get(2).copied();
    let field = |key: &str| message::trailer(&header.message, key);
    Ok(Backup {
        name,
        tip,
        state,
        untracked,
        changes: header.tree != tree || index != Some(tree) || untracked.is_some(),
        branch: field("Guard-Branch"),
        worktree: show(&field("Guard-Worktree").unwrap_or_default()),
    })
}

/// Saves the tip and what is not committed, and `untracked` with it. Neither index nor work tree are touched.
pub(super) fn save(
    reader: &Reader,
    top: &Path,
    tip: CommitId,
    branch: Option<&[u8]>,
    untracked: &[RepoPath],
) -> Result<Backup> {
    let index = Index::copy_of(reader, top)?;
    let staged = commit(top, index.tree()?, &[tip], b"guard rollback: the index\n")?;
    index.add_changes()?;
    let tree = index.tree()?;
    let mut parents = vec![tip, staged];
    if !untracked.is_empty() {
        let files = Index::of(reader, top, untracked)?;
        parents.push(commit(top, files.tree()?, &[], b"guard rollback: untracked files\n")?);
    }
    let mut text = format!("guard rollback: what was not committed at {}\n\n", tip.short()).into_bytes();
    if let Some(branch) = branch {
        text.extend([b"Guard-Branch: ".as_slice(), branch, b"\n"].concat());
    }
    text.extend(format!("Guard-Worktree: {}\n", worktree(reader)?).into_bytes());
    let state = commit(top, tree, &parents, &text)?;
    let name = keep(top, tip, state)?;
    read(reader, name, tip, state)
}

/// Writes both refs, or none, under a name that is free.
fn keep(top: &Path, tip: CommitId, state: CommitId) -> Result<String> {
    const MOST: usize = 1000;
    let time = clock::utc(SystemTime::now()).replace(['-', ':'], "");
    let numbers = std::iter::once(String::new()).chain((2..MOST).map(|n| format!("-{n}")));
    for number in numbers {
        let name = format!("{PREFIX}{time}{number}");
        if run::output(top, &["show-ref", "--verify", "-q", &name]).is_ok() {
            continue;
        }
        let mut update = run::command(top);
        update.args(["update-ref", "--stdin", "-m", "guard rollback"]);
        let lines = format!("start\ncreate {name} {tip}\ncreate {name}{WORKTREE} {state}\nprepare\ncommit\n");
        run::feed(update, lines.as_bytes())?;
        return Ok(name);
    }
    Err(Error::git("no name is free for the backup").help("guard rollback --list         every backup"))
}

/// Removes both refs.
pub(super) fn forget(top: &Path, backup: &Backup) -> Result<()> {
    let mut update = run::command(top);
    update.args(["update-ref", "--stdin", "-m", "guard rollback"]);
    let Backup { name, tip, state, .. } = backup;
    run::feed(update, format!("delete {name} {tip}\ndelete {name}{WORKTREE} {state}\n").as_bytes()).map(drop)
}

/// Brings back what was not committed, on top of the tip.
pub(super) fn bring_back(top: &Path, backup: &Backup) -> Result<()> {
    let mut apply = git(top);
    apply.args(["stash", "apply", "--index", "-q", &backup.state.to_string()]);
    run::feed(apply, b"").map(drop)
}

fn commit(top: &Path, tree: ObjectId, parents: &[CommitId], text: &[u8]) -> Result<CommitId> {
    let mut make = run::command(top);
    // A person's name may not be set up; and nobody has written this.
    for role in ["AUTHOR", "COMMITTER"] {
        make.env(format!("GIT_{role}_NAME"), "guard").env(format!("GIT_{role}_EMAIL"), "guard@localhost");
    }
    make.args(["commit-tree", &tree.to_string()]);
    for parent in parents {
        make.args(["-p", &parent.to_string()]);
    }
    id_of(&run::feed(make, text)?)
}

fn id_of(line: &[u8]) -> Result<ObjectId> {
    ObjectId::from_hex(line.trim_ascii_end())
        .ok_or_else(|| Error::git("git answered with something else than an object"))
}

/// An index file of one's own, gone when this is dropped.
struct Index {
    top: PathBuf,
    file: PathBuf,
}

impl Index {
    fn new(reader: &Reader, top: &Path, name: &str) -> Result<Self> {
        let folder = std::path::absolute(reader.git_dir().join("guard"));
        let fail = |e: std::io::Error| Error::io(format!("no place for a copy of the index: {e}"));
        let folder = folder.map_err(fail)?;
        fs::create_dir_all(&folder).map_err(fail)?;
        Ok(Self { top: top.to_owned(), file: folder.join(format!("{name}.{}", std::process::id())) })
    }

    fn copy_of(reader: &Reader, top: &Path) -> Result<Self> {
        let index = Self::new(reader, top, "rollback-index")?;
        let from = reader.index_path();
        if from.exists() {
            fs::copy(&from, &index.file)
                .map_err(|e| Error::io(format!("the index {} cannot be copied: {e}", from.display())))?;
        }
        Ok(index)
    }

    /// Of nothing but these files.
    fn of(reader: &Reader, top: &Path, files: &[RepoPath]) -> Result<Self> {
        let index = Self::new(reader, top, "rollback-files")?;
        let mut add = index.git();
        add.args(["-c", "core.safecrlf=false", "update-index", "--add", "-z", "--stdin"]);
        let mut list = files.join(&0);
        list.push(0);
        run::feed(add, &list)?;
        Ok(index)
    }

    fn git(&self) -> std::process::Command {
        let mut git = git(&self.top);
        git.env("GIT_INDEX_FILE", &self.file);
        git
    }

    fn add_changes(&self) -> Result<()> {
        let mut add = self.git();
        add.args(["-c", "core.safecrlf=false", "-c", "add.ignoreErrors=false", "add", "-u", "--", ":/"]);
        run::feed(add, b"").map(drop)
    }

    fn tree(&self) -> Result<ObjectId> {
        let mut write = self.git();
        write.arg("write-tree");
        id_of(&run::feed(write, b"")?)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // What is left behind is overwritten or lies idle: nothing depends on it.
        drop(fs::remove_file(&self.file));
    }
}
