//! State of this worktree: which operation is under way, what the index file is, which refs rewrite history.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use super::Reader;
use crate::error::{Error, Result};
use crate::git::run;
use crate::model::{CommitId, ObjectId};

/// What git is in the middle of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operation {
    /// The commits being merged into HEAD.
    pub merging: Vec<CommitId>,
    /// A rebase is replaying commits; the value is the branch (without `refs/heads/`) when known.
    pub rebasing: Option<Option<Vec<u8>>>,
}

/// Tells one state of the index file from another without reading it whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexIdentity {
    /// Absolute path of the file that `git commit` uses.
    pub path: PathBuf,
    /// Length in bytes, modification time in nanoseconds, and the file's own trailing checksum in hex.
    pub state: String,
}

impl Reader {
    /// What git is in the middle of, as far as files and the environment tell.
    ///
    /// # Errors
    /// A state file that cannot be read.
    pub fn operation(&self) -> Result<Operation> {
        let dir = self.git_dir();
        let mut operation = Operation::default();
        if let Some(heads) = read(dir.join("MERGE_HEAD"))? {
            operation.merging = heads.split(|b| *b == b'\n').filter_map(ObjectId::from_hex).collect();
        }
        for state in ["rebase-merge", "rebase-apply"] {
            if dir.join(state).is_dir() {
                let name = read(dir.join(state).join("head-name"))?;
                let branch = name.and_then(|n| super::short_branch(n.trim_ascii()));
                operation.rebasing = Some(branch);
            }
        }
        Ok(operation)
    }

    /// The commits that the last `git fetch` brought.
    ///
    /// # Errors
    /// `FETCH_HEAD` cannot be read.
    pub fn fetched(&self) -> Result<Vec<CommitId>> {
        let text = read(self.git_dir().join("FETCH_HEAD"))?.unwrap_or_default();
        let named = text
            .split(|b| *b == b'\n')
            .filter_map(|line| ObjectId::from_hex(line.split(|b| *b == b'\t').next().unwrap_or_default()));
        Ok(named.filter(|id| crate::history::History::header(self, *id).is_ok()).collect())
    }

    /// The parents that `git merge` hands to `pre-merge-commit` in `GITHEAD_<name>` variables: there is no
    /// `MERGE_HEAD` yet.
    pub fn merge_heads_from_environment() -> Vec<CommitId> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.filter_map(|n| ObjectId::from_hex(n.strip_prefix("GITHEAD_")?.as_bytes())).collect()
    }

    /// The index file that `git commit` uses here.
    pub fn index_path(&self) -> PathBuf {
        self.repo.index_path()
    }

    /// Which state the index file is in; `None`: there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn index_identity(&self) -> Result<Option<IndexIdentity>> {
        use std::io::{Read, Seek, SeekFrom};
        let path = self.repo.index_path();
        let fail =
            |e: std::io::Error| Error::git(format!("the index {} cannot be read: {e}", path.display()));
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(fail(e)),
        };
        let meta = file.metadata().map_err(fail)?;
        let tail = u64::try_from(self.hash_len()).unwrap_or(20).min(meta.len());
        file.seek(SeekFrom::Start(meta.len() - tail)).map_err(fail)?;
        let mut checksum = Vec::new();
        file.read_to_end(&mut checksum).map_err(fail)?;
        let hex: String = checksum.iter().map(|b| format!("{b:02x}")).collect();
        let time = meta.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let nanos = time.map_or(0, |t| t.as_nanos());
        let path = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        Ok(Some(IndexIdentity { path, state: format!("{}-{nanos}-{hex}", meta.len()) }))
    }
}

fn read(path: PathBuf) -> Result<Option<Vec<u8>>> {
    match fs::read(&path) {
        Ok(data) => Ok(Some(data)),
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(e) => Err(Error::io(format!("cannot read {}: {e}", path.display()))),
    }
}

/// Every object that a replace ref or `info/grafts` shows differently.
///
/// # Errors
/// The refs cannot be read.
pub(super) fn rewritten(reader: &Reader) -> Result<HashSet<ObjectId>> {
    let listed = run::output(reader.git_dir(), &["for-each-ref", "--format=%(refname)", "refs/replace/"])?;
    let replaced = listed.split(|b| *b == b'\n').filter_map(|name| name.strip_prefix(b"refs/replace/"));
    let grafts = read(reader.repo.common_dir().join("info/grafts"))?.unwrap_or_default();
    let grafted = grafts.split(|b| *b == b'\n').filter_map(|line| line.split(|b| *b == b' ').next());
    Ok(replaced.chain(grafted).filter_map(ObjectId::from_hex).collect())
}
