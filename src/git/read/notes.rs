//! Notes, and the tree that a commit under judgement will have: evidence hangs on trees.

use gix::bstr::BStr;
use gix::objs::tree::EntryKind;

use super::{Reader, last_cause, own, theirs, tree};
use crate::error::{Error, Result};
use crate::history::History;
use crate::model::{Change, CommitId, Mode, ObjectId};

/// The note on `object`. A notes tree spreads its notes over folders named by the first digits, as deep as it likes.
pub(super) fn find(reader: &Reader, notes_ref: &str, object: ObjectId) -> Result<Option<Vec<u8>>> {
    let Some(tip) = reader.tip(notes_ref)? else { return Ok(None) };
    let tree = reader.header(tip)?.tree;
    let hex = object.to_string();
    let mut path = String::new();
    let mut rest = hex.as_str();
    loop {
        let whole = format!("{path}{rest}");
        let find = |id: &ObjectId| reader.tree_data(id);
        if let Some(entry) = tree::lookup(&find, reader.hash_len(), tree, whole.as_bytes())? {
            return reader.blob(entry.id).map(Some);
        }
        let Some((folder, below)) = rest.split_at_checked(2).filter(|(_, below)| !below.is_empty()) else {
            return Ok(None);
        };
        path = format!("{path}{folder}/");
        rest = below;
    }
}

impl Reader {
    /// Every object that has a note under `notes_ref`.
    ///
    /// # Errors
    /// The notes cannot be read.
    pub fn noted(&self, notes_ref: &str) -> Result<Vec<ObjectId>> {
        let Some(tip) = self.tip(notes_ref)? else { return Ok(Vec::new()) };
        let paths = self.files(tip, &|_| true)?;
        let name = |path: &Vec<u8>| path.iter().copied().filter(|b| *b != b'/').collect::<Vec<u8>>();
        Ok(paths.iter().filter_map(|path| ObjectId::from_hex(&name(path))).collect())
    }
}

/// The tree that `changes` make of `parent`'s. Nothing is written: only its name is wanted.
pub(super) fn tree_with(reader: &Reader, parent: Option<CommitId>, changes: &[Change]) -> Result<ObjectId> {
    let before = match parent {
        Some(parent) => reader.header(parent)?.tree,
        None => own(&gix::ObjectId::empty_tree(reader.repo.object_hash())),
    };
    if changes.is_empty() {
        return Ok(before);
    }
    let fail = |e: gix::Error| {
        Error::git(format!("the staged tree cannot be named: {}", last_cause(&e))).help("git fsck")
    };
    let memory = reader.repo.clone().with_object_memory();
    let mut editor = memory.edit_tree(theirs(&before)).map_err(fail)?;
    // What goes, goes first: a file may make room for a directory of the same name.
    for change in changes.iter().filter(|change| change.new.is_none()) {
        editor.remove(BStr::new(&change.path)).map_err(fail)?;
    }
    for (change, entry) in changes.iter().filter_map(|change| Some((change, change.new?))) {
        let kind = match entry.mode {
            Mode::Regular => EntryKind::Blob,
            Mode::Executable => EntryKind::BlobExecutable,
            Mode::Symlink => EntryKind::Link,
            Mode::Gitlink => EntryKind::Commit,
        };
        editor.upsert(BStr::new(&change.path), kind, theirs(&entry.id)).map_err(fail)?;
    }
    Ok(own(&editor.write().map_err(fail)?))
}
