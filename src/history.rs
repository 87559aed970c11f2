//! What the evaluator may ask about commits that are already there.
//!
//! Rules never touch git: they ask a [`History`]. `git::read::Reader` answers from the object database; unit
//! tests answer from a `Vec`.

use crate::error::{Error, Result};
use crate::model::{Change, CommitId, Entry, Mode, ObjectId, RepoPath};

/// What a commit object says about itself, without looking at its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Which commit.
    pub id: CommitId,
    /// The tree it records.
    pub tree: ObjectId,
    /// In git's order.
    pub parents: Vec<CommitId>,
    /// `name <mail> seconds zone`, raw.
    pub author: Vec<u8>,
    /// Value of the `encoding` header, raw.
    pub encoding: Option<Vec<u8>>,
    /// The message, raw.
    pub message: Vec<u8>,
    /// Header lines that git does not read where they stand, in words: other readers may.
    pub defects: Vec<String>,
}

/// Read access to a repository's history.
///
/// Every method fails with "could not check" (a missing object, a shallow boundary, …) rather than answering
/// with less than the truth.
pub trait History {
    /// The commit's header and message.
    fn header(&self, id: CommitId) -> Result<Header>;

    /// Paths that differ between a commit and its first parent (the empty tree for a root commit).
    fn changes(&self, id: CommitId) -> Result<Vec<Change>>;

    /// What stands at `path` in the commit's tree; `None`: nothing, or a directory.
    fn entry(&self, commit: CommitId, path: &[u8]) -> Result<Option<Entry>>;

    /// The bytes of a blob.
    fn blob(&self, id: ObjectId) -> Result<Vec<u8>>;

    /// All files of the commit's tree for which `keep` says yes. `keep` is first asked about each directory
    /// (with a trailing `/`), so that a tree need not be read whole.
    fn files(&self, commit: CommitId, keep: &dyn Fn(&[u8]) -> bool) -> Result<Vec<RepoPath>>;

    /// The changes that an automatic revert of `target` would make on top of `parent`; `None`: it conflicts.
    fn automatic_revert(&self, target: CommitId, parent: CommitId) -> Result<Option<Vec<Change>>>;

    /// The tree that `changes` make of `parent`'s (`None`: of the empty tree).
    fn tree_with(&self, parent: Option<CommitId>, changes: &[Change]) -> Result<ObjectId>;

    /// The note on an object under `notes_ref`, as it is; `None`: there is none.
    fn note(&self, notes_ref: &str, object: ObjectId) -> Result<Option<Vec<u8>>>;

    /// Do replace refs or grafts name this object? guard ignores them, and says so.
    fn is_rewritten(&self, id: ObjectId) -> Result<bool>;

    /// The bytes of a file in the commit's tree; `None` when nothing, or a directory, stands there.
    fn file(&self, commit: CommitId, path: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.entry(commit, path)? {
            Some(entry) if entry.mode == Mode::Gitlink => {
                let shown = String::from_utf8_lossy(path).into_owned();
                Err(Error::git(format!("{shown} is a submodule in commit {}, not a file", commit.short()))
                    .help(format!("git rm --cached {shown}      and put a file there")))
            }
            Some(entry) => self.blob(entry.id).map(Some),
            None => Ok(None),
        }
    }
}
