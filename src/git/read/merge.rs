//! The automatic merge of two parents, and how a merge commit's tree differs from it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Reader, own, theirs, tree};
use crate::error::{Error, Result};
use crate::git::run;
use crate::model::{Change, CommitId, ObjectId};

/// Differences between the automatic merge of `ours` and `other` and the tree that was (or will be) committed.
/// Empty: the merge is clean.
///
/// gix merges first, in memory. Only where its result differs is git itself asked, because two merge engines may
/// settle a rename or an ambiguous hunk differently and it was git that made the commit.
///
/// # Errors
/// Parents without a common ancestor, missing objects.
pub(super) fn difference(
    reader: &Reader,
    ours: CommitId,
    other: CommitId,
    committed: &dyn Fn(Option<ObjectId>) -> Result<Vec<Change>>,
) -> Result<Vec<Change>> {
    let memory = Memory::of(reader)?;
    let merged = automatic(&memory.repo, ours, other);
    if let Ok(merged) = &merged {
        let found = reader.with_store(Box::new(memory.repo.clone()), || committed(Some(*merged)))?;
        if found.is_empty() {
            return Ok(found);
        }
    }
    match (GitMerge::run(reader, ours, other), merged) {
        (Ok(git), _) => {
            let store = gix::odb::at(&git.objects.path, reader.repo.object_hash())
                .map_err(|e| Error::git(format!("the automatic merge cannot be read: {e}")))?;
            reader.with_store(Box::new(store), || committed(Some(git.tree)))
        }
        // A git before 2.38 cannot merge without a work tree: gix's answer stands.
        (Err(_), Ok(merged)) => reader.with_store(Box::new(memory.repo), || committed(Some(merged))),
        (Err(git), Err(gix)) => Err(git.help(format!("gix said: {}", gix.message()))),
    }
}

fn automatic(repo: &gix::Repository, ours: CommitId, other: CommitId) -> Result<ObjectId> {
    let fail = |e: gix::Error| Error::git(format!("the automatic merge of the parents failed: {e}"));
    let options = gix::merge::commit::Options::from(repo.tree_merge_options().map_err(fail)?)
        .with_allow_missing_merge_base(true);
    let mut outcome =
        repo.merge_commits(theirs(&ours), theirs(&other), Default::default(), options).map_err(fail)?;
    let id = outcome
        .tree_merge
        .tree
        .write()
        .map_err(|e| Error::git(format!("the automatic merge failed: {e}")))?;
    Ok(own(&id))
}

/// What undoing `target` (whose parent's tree is `before`) changes in `parent`; `None` where it conflicts.
///
/// # Errors
/// Missing objects.
pub(super) fn revert(
    reader: &Reader,
    target: ObjectId,
    parent: ObjectId,
    before: ObjectId,
) -> Result<Option<Vec<Change>>> {
    let memory = Memory::of(reader)?;
    let fail = |e: gix::Error| Error::git(format!("the automatic revert failed: {e}"));
    let options = memory.repo.tree_merge_options().map_err(fail)?;
    let mut outcome = memory
        .repo
        .merge_trees(theirs(&target), theirs(&parent), theirs(&before), Default::default(), options)
        .map_err(fail)?;
    if outcome.has_unresolved_conflicts(gix::merge::tree::TreatAsUnresolved::git()) {
        return Ok(None);
    }
    let id = outcome.tree.write().map_err(|e| Error::git(format!("the automatic revert failed: {e}")))?;
    let reverted = own(&id);
    let found = reader.with_store(Box::new(memory.repo), || reader.compare(Some(parent), Some(reverted)))?;
    Ok(Some(found.changes))
}

/// A folder for objects outside of the repository, which stays as it was.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("guard-merge-{}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                // A guard of the same number was killed.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(Error::io(format!("cannot create {}: {e}", path.display()))),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Leaving a folder behind in the temporary directory changes no verdict.
        drop(std::fs::remove_dir_all(&self.path));
    }
}

/// The repository for a merge in memory. gix merges only what its own store finds: the quarantine of an unfinished push
/// is shown to it through a folder of alternates.
struct Memory {
    repo: gix::Repository,
    _alternates: Option<Folder>,
}

impl Memory {
    fn of(reader: &Reader) -> Result<Self> {
        let mut repo = reader.repo.clone();
        let quarantine = super::quarantine();
        if quarantine.is_empty() {
            return Ok(Self { repo: repo.with_object_memory(), _alternates: None });
        }
        let fail = |e: std::io::Error| Error::io(format!("the objects of the push cannot be read: {e}"));
        let folder = Folder::new()?;
        let mut list = Vec::new();
        for objects in quarantine.into_iter().chain([reader.objects_dir()]) {
            list.extend(quoted(&std::path::absolute(objects).map_err(fail)?).into_encoded_bytes());
            list.push(b'\n');
        }
        std::fs::create_dir(folder.path.join("info")).map_err(fail)?;
        std::fs::write(folder.path.join("info/alternates"), list).map_err(fail)?;
        let store = gix::odb::at(&folder.path, repo.object_hash()).map_err(fail)?;
        repo.objects = gix::odb::memory::Proxy::new(store, repo.object_hash());
        Ok(Self { repo, _alternates: Some(folder) })
    }
}

/// `git merge-tree --write-tree` with its own folder for the objects it writes.
struct GitMerge {
    objects: Folder,
    tree: ObjectId,
}

impl GitMerge {
    fn run(reader: &Reader, ours: CommitId, other: CommitId) -> Result<Self> {
        let objects = Folder::new()?;
        let mut merge = Self { objects, tree: ours };
        let real = reader.objects_dir();
        let mut alternates = quoted(&real);
        if let Some(quarantine) = std::env::var_os("GIT_OBJECT_DIRECTORY") {
            alternates.push(":");
            alternates.push(quoted(std::path::Path::new(&quarantine)));
        }
        if let Some(more) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            alternates.push(":");
            alternates.push(more);
        }
        let out = run::command(reader.git_dir())
            .env(
                "GIT_DIR",
                std::path::absolute(reader.git_dir()).unwrap_or_else(|_| reader.git_dir().to_path_buf()),
            )
            .env_remove("GIT_QUARANTINE_PATH")
            // Without a work tree git would miss what .gitattributes says about merging (git 2.41 and later).
            .env("GIT_ATTR_SOURCE", ours.to_string())
            .env("GIT_OBJECT_DIRECTORY", &merge.objects.path)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates)
            .args(["merge-tree", "--write-tree", "--allow-unrelated-histories", "--no-messages"])
            .args([ours.to_string(), other.to_string()])
            .output()
            .map_err(|e| run::cannot_start(&e))?;
        // 0: clean, 1: conflicts; the first line is the tree in both cases.
        let first = out.stdout.split(|b| *b == b'\n' || *b == 0).next().unwrap_or_default();
        merge.tree = match (out.status.code(), ObjectId::from_hex(first)) {
            (Some(0 | 1), Some(tree)) => tree,
            _ => return Err(Error::git("git merge-tree could not merge the parents")),
        };
        Ok(merge)
    }
}

/// git splits the list of alternates at `:` unless a path is quoted.
fn quoted(path: &std::path::Path) -> std::ffi::OsString {
    let text = path.to_string_lossy();
    if text.contains([':', '"', '\n']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")).into()
    } else {
        path.as_os_str().to_owned()
    }
}

/// Differences between two committed trees, as [`difference`] wants them.
///
/// # Errors
/// Missing objects.
pub(super) fn against_tree(
    reader: &Reader,
    merged: Option<ObjectId>,
    committed: ObjectId,
) -> Result<Vec<Change>> {
    let find = |id: &ObjectId| reader.tree_data(id);
    Ok(tree::compare(&find, reader.hash_len(), merged, Some(committed))?.changes)
}
