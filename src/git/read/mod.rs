//! The only reader of the repository (gix). It exists to give the evaluator raw facts: commits, parents,
//! messages, trees and path differences as bytes, free of every setting that changes what git *shows* — rename
//! detection, text conversion, replace refs, grafts, quoting.
//!
//! A repository is opened as a hook finds it: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and the variables of
//! a push's quarantine are honoured.

mod config;
mod index;
mod merge;
mod range;
mod tree;
mod worktree;

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gix::prelude::Find;

use crate::error::{Error, Result};
use crate::git::run;
use crate::history::{Header, History};
use crate::model::{Change, CommitId, Entry, ObjectId, RepoPath};

pub use range::Range;
pub use tree::Difference;
pub use worktree::{IndexIdentity, Operation};

/// An open repository.
pub struct Reader {
    repo: gix::Repository,
    /// Object stores that gix does not know of: a push's quarantine, the in-memory result of a merge.
    stores: RefCell<Vec<Box<dyn Find>>>,
    /// gix cannot read these refs: git is asked instead.
    reftable: bool,
    shallow: OnceCell<HashSet<CommitId>>,
    /// Commits and trees that were read: a hook asks for the same few again and again.
    recent: RefCell<HashMap<ObjectId, Recent>>,
}

/// An object's kind and content.
type Recent = (gix::objs::Kind, Rc<Vec<u8>>);

/// How much of what was read is kept; a range check of a large repository must not hold all of it.
const RECENT: usize = 256;
/// Larger objects are not kept.
const RECENT_SIZE: usize = 64 << 10;

/// Where HEAD points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch, without `refs/heads/`; `None`: detached.
    pub branch: Option<Vec<u8>>,
    /// `None`: the branch has no commit yet.
    pub commit: Option<CommitId>,
}

impl Reader {
    /// Opens the repository that the environment or the current directory names.
    ///
    /// # Errors
    /// There is none, or it is of a kind that gix cannot read.
    pub fn open() -> Result<Self> {
        Self::open_at(Path::new("."))
    }

    /// Opens the repository around `dir`, unless the environment names another.
    ///
    /// # Errors
    /// There is none, or it is of a kind that gix cannot read.
    pub fn open_at(dir: &Path) -> Result<Self> {
        let options = || {
            gix::open::Options::default()
                .config_overrides(config::overrides())
                .bail_if_untrusted(false)
                .strict_config(false)
        };
        let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
        let upwards =
            gix::discover::upwards::Options { match_ceiling_dir_or_error: false, ..Default::default() };
        let repo = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(dir, upwards, trust)
            .map_err(|e| cannot_open(&e))?
            .to_thread_local();
        let reftable = config::string(&repo, "extensions.refStorage")
            .is_some_and(|v| v.eq_ignore_ascii_case(b"reftable"));
        let reader = Self {
            repo,
            stores: RefCell::default(),
            reftable,
            shallow: OnceCell::new(),
            recent: RefCell::default(),
        };
        reader.open_quarantine()?;
        Ok(reader)
    }

    /// gix does not look at the variables by which git hands a hook the objects of an unfinished push.
    fn open_quarantine(&self) -> Result<()> {
        let mut folders: Vec<PathBuf> = Vec::new();
        folders.extend(std::env::var_os("GIT_OBJECT_DIRECTORY").map(PathBuf::from));
        if let Some(list) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            folders.extend(std::env::split_paths(&list));
        }
        for folder in folders.into_iter().filter(|f| f.is_dir()) {
            let store = gix::odb::at(&folder, self.repo.object_hash())
                .map_err(|e| Error::git(format!("cannot read the objects in {}: {e}", folder.display())))?;
            self.stores.borrow_mut().push(Box::new(store));
        }
        Ok(())
    }

    /// Are there objects that only this reader sees, and gix by itself does not?
    fn in_quarantine(&self) -> bool {
        !self.stores.borrow().is_empty()
    }

    /// Bytes in an object name: 20 or 32.
    pub fn hash_len(&self) -> usize {
        self.repo.object_hash().len_in_bytes()
    }

    /// The git directory of this worktree: where `HEAD` and `index` live.
    pub fn git_dir(&self) -> &Path {
        self.repo.git_dir()
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    fn objects_dir(&self) -> PathBuf {
        let dir = self.repo.common_dir().join("objects");
        std::fs::canonicalize(&dir).unwrap_or(dir)
    }

    /// The value of a configuration key, as git would see it here (files, `-c`, environment).
    pub fn config(&self, key: &str) -> Option<Vec<u8>> {
        config::string(&self.repo, key)
    }

    /// Where HEAD points.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub fn head(&self) -> Result<Head> {
        if self.reftable {
            return self.head_from_git();
        }
        let fail = |e: gix::Error| Error::git(format!("HEAD cannot be read: {}", last_cause(&e)));
        let mut head = self.repo.head().map_err(fail)?;
        let branch = head.referent_name().and_then(|name| short_branch(name.as_bstr()));
        let commit = head.try_peel_to_id().map_err(fail)?.map(|id| own(&id));
        Ok(Head { branch, commit })
    }

    fn head_from_git(&self) -> Result<Head> {
        let branch = run::output(self.git_dir(), &["symbolic-ref", "-q", "HEAD"]).ok();
        let commit = run::output(self.git_dir(), &["rev-parse", "--verify", "-q", "HEAD^{commit}"]).ok();
        if branch.is_none() && commit.is_none() {
            return Err(Error::git("HEAD cannot be read").help("git fsck"));
        }
        Ok(Head {
            branch: branch.and_then(|name| short_branch(&name)),
            commit: commit.and_then(|hex| ObjectId::from_hex(&hex)),
        })
    }

    /// The commit that a revision names.
    ///
    /// # Errors
    /// It names nothing, something ambiguous, or no commit.
    pub fn resolve(&self, revision: &str) -> Result<CommitId> {
        let unknown = |why: &str| {
            Error::git(format!("{revision:?} is not a commit here{why}"))
                .help("git fetch origin              or name a branch, tag or commit that exists")
        };
        if revision.is_empty() || revision.starts_with('-') {
            return Err(unknown(": a revision cannot be empty or start with a dash"));
        }
        if self.reftable {
            let spec = format!("{revision}^{{commit}}");
            let args = ["rev-parse", "--verify", "-q", "--end-of-options", &spec];
            let hex = run::output(self.git_dir(), &args).map_err(|_| unknown(""))?;
            return ObjectId::from_hex(&hex).ok_or_else(|| unknown(""));
        }
        let id = self.repo.rev_parse_single(revision).map_err(|_| unknown(""))?;
        let mut id = own(&id);
        for _ in 0..64 {
            let (kind, data) = self.find(&id)?;
            match kind {
                gix::objs::Kind::Commit => return Ok(id),
                gix::objs::Kind::Tag => id = tag_target(&data).ok_or_else(|| unknown(": a corrupt tag"))?,
                other => return Err(unknown(&format!(": it is a {other}"))),
            }
        }
        Err(unknown(": too many nested tags"))
    }

    /// The commit at the tip of a ref, by its full name; `None`: there is no such ref.
    ///
    /// # Errors
    /// It names no commit.
    pub fn tip(&self, name: &str) -> Result<Option<CommitId>> {
        let exists = if self.reftable {
            run::output(self.git_dir(), &["show-ref", "--verify", "-q", name]).is_ok()
        } else {
            let found = self.repo.try_find_reference(name);
            found.map_err(|e| Error::git(format!("{name} cannot be read: {}", last_cause(&e))))?.is_some()
        };
        if exists { self.resolve(name).map(Some) } else { Ok(None) }
    }

    /// The tips of all refs below `prefix`, such as `refs/remotes/`; what is no commit is left out.
    ///
    /// # Errors
    /// The refs cannot be read.
    pub fn tips(&self, prefix: &str) -> Result<Vec<(Vec<u8>, CommitId)>> {
        let format = "--format=%(objectname) %(*objectname) %(refname)";
        let listed = run::output(self.git_dir(), &["for-each-ref", format, prefix])?;
        let mut tips = Vec::new();
        for line in listed.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let mut fields = line.splitn(3, |b| *b == b' ');
            let (object, peeled) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            let id = ObjectId::from_hex(if peeled.is_empty() { object } else { peeled });
            if let Some(id) = id.filter(|id| matches!(self.find_recent(id), Ok((gix::objs::Kind::Commit, _))))
            {
                tips.push((fields.next().unwrap_or_default().to_vec(), id));
            }
        }
        Ok(tips)
    }

    /// Reads a commit or a tree, or takes it from those that were read lately.
    fn find_recent(&self, id: &ObjectId) -> Result<Recent> {
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
    fn find(&self, id: &ObjectId) -> Result<(gix::objs::Kind, Vec<u8>)> {
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
        Err(self.missing(id))
    }

    fn missing(&self, id: &ObjectId) -> Error {
        let error = Error::git(format!("object {id} is missing"));
        if self.shallow().is_ok_and(|s| !s.is_empty()) {
            return error.help("git fetch --unshallow         this clone is shallow");
        }
        if self.config("remote.origin.promisor").is_some() {
            return error.help("git fetch --refetch --no-filter   this clone is partial");
        }
        error.help("git fsck --connectivity-only  then git fetch, or clone again")
    }

    fn exists(&self, id: &ObjectId) -> bool {
        let name = theirs(id);
        let mut buffer = Vec::new();
        let mut found = |store: &dyn Find| matches!(store.try_find(&name, &mut buffer), Ok(Some(_)));
        self.repo.has_object(name) || self.stores.borrow().iter().any(|s| found(s.as_ref()))
    }

    /// Reads more objects from `store` while `work` runs.
    fn with_store<T>(&self, store: Box<dyn Find>, work: impl FnOnce() -> T) -> T {
        self.stores.borrow_mut().push(store);
        let out = work();
        self.stores.borrow_mut().pop();
        out
    }

    fn tree_data(&self, id: &ObjectId) -> Result<Rc<Vec<u8>>> {
        match self.find_recent(id)? {
            (gix::objs::Kind::Tree, data) => Ok(data),
            (kind, _) => Err(Error::git(format!("object {id} is a {kind}, not a tree")).help("git fsck")),
        }
    }

    /// Differences between two trees; `None`: the empty tree.
    ///
    /// # Errors
    /// Missing or corrupt objects.
    pub fn compare(&self, old: Option<ObjectId>, new: Option<ObjectId>) -> Result<Difference> {
        tree::compare(&|id| self.tree_data(id), self.hash_len(), old, new)
    }

    /// What is staged, against the tree of `head`.
    ///
    /// # Errors
    /// A corrupt index, unmerged paths, missing objects.
    pub fn staged(&self, head: Option<CommitId>) -> Result<Difference> {
        let tree = head.map(|id| self.header(id)).transpose()?.map(|h| h.tree);
        self.staged_against(tree)
    }

    fn staged_against(&self, tree: Option<ObjectId>) -> Result<Difference> {
        let path = self.repo.index_path();
        if !path.exists() {
            return self.compare(tree, None);
        }
        let options = gix::index::decode::Options::default();
        let file = gix::index::File::at(&path, self.repo.object_hash(), true, options).map_err(|e| {
            Error::git(format!("the index {} cannot be read: {}", path.display(), last_cause(&e))).help(
                "rm .git/index && git reset    rebuilds it from HEAD; staged changes must be added again",
            )
        })?;
        index::compare(&file, &|id| self.tree_data(id), &|id| self.exists(id), self.hash_len(), tree)
    }

    /// For a merge in the making: how the staged tree differs from the automatic merge of its parents.
    ///
    /// # Errors
    /// As [`Reader::staged`].
    pub fn staged_merge(&self, ours: CommitId, other: CommitId) -> Result<Vec<Change>> {
        merge::difference(self, ours, other, &|merged| Ok(self.staged_against(merged)?.changes))
    }

    /// A commit of the history, ready to be judged.
    ///
    /// # Errors
    /// Missing or corrupt objects, a shallow boundary.
    pub fn commit(&self, id: CommitId) -> Result<crate::model::Commit> {
        let header = self.header(id)?;
        self.not_shallow(id)?;
        let parent = header.parents.first().map(|p| self.header(*p)).transpose()?;
        let found = self.compare(parent.map(|p| p.tree), Some(header.tree))?;
        let merge_changes = match header.parents.as_slice() {
            &[ours, other] => merge::difference(self, ours, other, &|merged| {
                merge::against_tree(self, merged, header.tree)
            })?,
            _ => Vec::new(),
        };
        Ok(crate::model::Commit {
            id: Some(id),
            parents: header.parents,
            message: Some(header.message),
            encoding: header.encoding,
            changes: found.changes,
            merge_changes,
            defects: found.defects,
        })
    }

    /// Commits at which a shallow clone's history was cut off.
    fn shallow(&self) -> Result<&HashSet<CommitId>> {
        if let Some(known) = self.shallow.get() {
            return Ok(known);
        }
        let found = self
            .repo
            .shallow_commits()
            .map_err(|e| Error::git(format!("the shallow file cannot be read: {}", last_cause(&e))))?;
        let found = found.map(|ids| ids.iter().map(|id| own(id)).collect()).unwrap_or_default();
        Ok(self.shallow.get_or_init(|| found))
    }

    /// A commit at the shallow boundary has parents that are not here: it cannot be judged.
    fn not_shallow(&self, id: CommitId) -> Result<()> {
        if self.shallow()?.contains(&id) {
            return Err(Error::git(format!("the history is cut off at {} (shallow clone)", id.short()))
                .help("git fetch --unshallow         or in CI: fetch-depth: 0"));
        }
        Ok(())
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

    fn is_rewritten(&self, id: ObjectId) -> Result<bool> {
        Ok(worktree::is_replaced(self, id)? || worktree::is_grafted(self, id))
    }
}

/// Reads a commit object the way git does: leniently, header by header.
fn header(id: CommitId, data: &[u8]) -> Option<Header> {
    let mut header =
        Header { id, tree: id, parents: Vec::new(), author: Vec::new(), encoding: None, message: Vec::new() };
    let mut tree = None;
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
        let value = line.get(space + 1..).unwrap_or_default();
        match line.get(..space)? {
            b"tree" if tree.is_none() => tree = Some(ObjectId::from_hex(value)?),
            b"parent" => header.parents.push(ObjectId::from_hex(value)?),
            b"author" if header.author.is_empty() => header.author = value.to_vec(),
            b"encoding" => header.encoding = Some(value.to_vec()),
            _ => {}
        }
    }
    header.tree = tree?;
    Some(header)
}

fn tag_target(data: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(crate::model::first_line(data).strip_prefix(b"object ")?)
}

fn short_branch(full: &[u8]) -> Option<Vec<u8>> {
    full.strip_prefix(b"refs/heads/").map(<[u8]>::to_vec)
}

/// gix's object name as the model's.
fn own(id: &gix::hash::oid) -> ObjectId {
    // gix knows SHA-1 and SHA-256 only, which is what the model holds; the zero name finds no object.
    ObjectId::from_bytes(id.as_bytes()).unwrap_or_else(ObjectId::zero)
}

/// The model's object name as gix's.
fn theirs(id: &ObjectId) -> gix::ObjectId {
    gix::ObjectId::try_from(id.as_bytes()).unwrap_or_else(|_| gix::ObjectId::null(gix::hash::Kind::Sha1))
}

fn cannot_open(e: &gix::Error) -> Error {
    let said = last_cause(e);
    Error::git(format!("no git repository can be read here: {said}"))
        .help("git init                      makes one; or run guard inside the repository")
}

fn last_cause(e: &gix::Error) -> String {
    e.to_string().lines().next().unwrap_or("no reason given").to_owned()
}
