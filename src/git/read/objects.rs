//! Objects: commits, trees and blobs by name, and the answers that the evaluator wants of them.

use std::rc::Rc;

use gix::prelude::Find;

use super::{Reader, Recent, last_cause, merge, notes, theirs, tree, worktree};
use crate::error::{Error, Result};
use crate::history::{Header, History};
use crate::model::{Change, CommitId, Entry, ObjectId, RepoPath};

/// How much of what was read is kept; a range check of a large repository must not hold all of it.
const RECENT: usize = 256;
/// Larger objects are not kept.
const RECENT_SIZE: usize = 64 << 10;

impl Reader {
    /// Reads a commit or a tree, or takes it from those that were read lately.
    pub(super) fn find_recent(&self, id: &ObjectId) -> Result<Recent> {
        if let Some(known) = self.recent.borrow().get(id) {
            return Ok(known.clone());
        }
        let (kind, data) = self.find(id)?;
        let found = (kind, Rc::new(data));
        let mut recent = self.recent.borrow_mut();
        if recent.len() >= RECENT {
            recent.clear();
        }
        if found.1.len() <= RECENT_SIZE {
            recent.insert(*id, found.clone());
        }
        Ok(found)
    }

    /// Reads any object.
    pub(super) fn find(&self, id: &ObjectId) -> Result<(gix::objs::Kind, Vec<u8>)> {
        let mut buffer = Vec::new();
        let broken = |e: gix::Error| {
            Error::git(format!("object {id} cannot be read: {}", last_cause(&e)))
                .help("git fsck                      shows what is damaged; git fetch can bring it back")
        };
        let name = theirs(id);
        if let Some(kind) = self.repo.objects.try_find(&name, &mut buffer).map_err(broken)?.map(|d| d.kind) {
            return Ok((kind, buffer));
        }
        for store in self.stores.borrow().iter() {
            if let Some(kind) = store.try_find(&name, &mut buffer).map_err(broken)?.map(|d| d.kind) {
                return Ok((kind, buffer));
            }
        }
        // Every repository has the empty tree, stored or not.
        if name == gix::ObjectId::empty_tree(self.repo.object_hash()) {
            return Ok((gix::objs::Kind::Tree, Vec::new()));
        }
        Err(self.missing(id))
    }

    pub(super) fn missing(&self, id: &ObjectId) -> Error {
        let error = Error::git(format!("object {id} is missing"));
        if self.shallow().is_ok_and(|s| !s.is_empty()) {
            return error.help("git fetch --unshallow         this clone is shallow");
        }
        if self.config("remote.origin.promisor").is_some() {
            return error.help("git fetch --refetch --no-filter   this clone is partial");
        }
        error.help("git fsck --connectivity-only  then git fetch, or clone again")
    }

    pub(super) fn exists(&self, id: &ObjectId) -> bool {
        let name = theirs(id);
        let mut buffer = Vec::new();
        let mut found = |store: &dyn Find| matches!(store.try_find(&name, &mut buffer), Ok(Some(_)));
        self.repo.has_object(name) || self.stores.borrow().iter().any(|s| found(s.as_ref()))
    }

    /// Reads more objects from `store` while `work` runs.
    pub(super) fn with_store<T>(&self, store: Box<dyn Find>, work: impl FnOnce() -> T) -> T {
        self.stores.borrow_mut().push(store);
        let out = work();
        self.stores.borrow_mut().pop();
        out
    }

    pub(super) fn tree_data(&self, id: &ObjectId) -> Result<Rc<Vec<u8>>> {
        match self.find_recent(id)? {
            (gix::objs::Kind::Tree, data) => Ok(data),
            (kind, _) => Err(Error::git(format!("object {id} is a {kind}, not a tree")).help("git fsck")),
        }
    }
}

impl History for Reader {
    fn header(&self, id: CommitId) -> Result<Header> {
        match self.find_recent(&id)? {
            (gix::objs::Kind::Commit, data) => header(id, &data)
                .ok_or_else(|| Error::git(format!("commit {id} is corrupt")).help("git fsck")),
            (kind, _) => Err(Error::git(format!("object {id} is a {kind}, not a commit"))),
        }
    }

    fn changes(&self, id: CommitId) -> Result<Vec<Change>> {
        let header = self.header(id)?;
        self.not_shallow(id)?;
        let parent = header.parents.first().map(|p| self.header(*p)).transpose()?;
        Ok(self.compare(parent.map(|p| p.tree), Some(header.tree))?.changes)
    }

    fn entry(&self, commit: CommitId, path: &[u8]) -> Result<Option<Entry>> {
        let tree = self.header(commit)?.tree;
        tree::lookup(&|id| self.tree_data(id), self.hash_len(), tree, path)
    }

    fn blob(&self, id: ObjectId) -> Result<Vec<u8>> {
        match self.find(&id)? {
            (gix::objs::Kind::Blob, data) => Ok(data),
            (kind, _) => Err(Error::git(format!("object {id} is a {kind}, not a file's content"))),
        }
    }

    fn files(&self, commit: CommitId, keep: &dyn Fn(&[u8]) -> bool) -> Result<Vec<RepoPath>> {
        let tree = self.header(commit)?.tree;
        tree::files(&|id| self.tree_data(id), self.hash_len(), tree, keep)
    }

    fn automatic_revert(&self, target: CommitId, parent: CommitId) -> Result<Option<Vec<Change>>> {
        let target = self.header(target)?;
        let Some(&before) = target.parents.first() else { return Ok(None) };
        let (before, parent) = (self.header(before)?, self.header(parent)?);
        merge::revert(self, target.tree, parent.tree, before.tree)
    }

    fn tree_with(&self, parent: Option<CommitId>, changes: &[Change]) -> Result<ObjectId> {
        notes::tree_with(self, parent, changes)
    }

    fn note(&self, notes_ref: &str, object: ObjectId) -> Result<Option<Vec<u8>>> {
        notes::find(self, notes_ref, object)
    }

    fn is_rewritten(&self, id: ObjectId) -> Result<bool> {
        if let Some(known) = self.rewritten.get() {
            return Ok(known.contains(&id));
        }
        let found = worktree::rewritten(self)?;
        Ok(self.rewritten.get_or_init(|| found).contains(&id))
    }
}

/// Reads a commit object the way git does: the tree, then the parents, then everything else. A `parent` line further
/// down is none for git, whatever other tools make of it.
fn header(id: CommitId, data: &[u8]) -> Option<Header> {
    let mut header = Header {
        id,
        tree: id,
        parents: Vec::new(),
        author: Vec::new(),
        encoding: None,
        message: Vec::new(),
        defects: Vec::new(),
    };
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let line = rest.get(..end)?;
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.is_empty() {
            header.message = rest.to_vec();
            break;
        }
        let space = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
        let (key, value) = (line.get(..space)?, line.get(space + 1..).unwrap_or_default());
        if line.contains(&0) {
            header
                .defects
                .push("a NUL byte in a header line: git reads no further, and finds no message".to_owned());
        }
        let in_place = match key {
            b"tree" => seen.is_empty(),
            // Directly behind the tree and its like: behind a second `tree` line git finds no parents.
            b"parent" => seen.split_first().is_some_and(|(_, rest)| rest.iter().all(|k| *k == b"parent")),
            b"author" | b"committer" | b"encoding" => !seen.contains(&key),
            _ => true,
        };
        match key {
            _ if !in_place => {
                header.defects.push(format!(
                    "a `{}` line where git does not look for one",
                    String::from_utf8_lossy(key)
                ));
            }
            b"tree" => header.tree = ObjectId::from_hex(value)?,
            b"parent" => header.parents.push(ObjectId::from_hex(value)?),
            b"author" => header.author = value.to_vec(),
            b"encoding" => header.encoding = Some(value.to_vec()),
            _ => {}
        }
        seen.push(key);
    }
    seen.contains(&b"tree".as_slice()).then_some(header)
}

pub(super) fn tag_target(data: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(crate::model::first_line(data).strip_prefix(b"object ")?)
}
