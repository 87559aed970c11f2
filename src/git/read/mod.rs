//! The only reader of the repository (gix). It exists to give the evaluator raw facts: commits, parents,
//! messages, trees and path differences as bytes, free of every setting that changes what git *shows* — rename
//! detection, text conversion, replace refs, grafts, quoting.
//!
//! A repository is opened as a hook finds it: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and the variables of
//! a push's quarantine are honoured.

mod cache_tree;
mod config;
mod index;
mod merge;
mod notes;
mod objects;
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
use crate::history::History;
use crate::model::{Change, CommitId, ObjectId};
use crate::platform;

pub use range::Range;
pub use tree::Difference;
pub use worktree::{IndexIdentity, Operation};

/// What to do about a damaged index.
const REBUILD: &str =
    "rm .git/index && git reset    rebuilds it from HEAD; staged changes must be added again";

/// An open repository.
pub struct Reader {
    repo: gix::Repository,
    /// Object stores that gix does not know of: a push's quarantine, the in-memory result of a merge.
    stores: RefCell<Vec<Box<dyn Find>>>,
    /// gix cannot read these refs: git is asked instead.
    reftable: bool,
    shallow: OnceCell<HashSet<CommitId>>,
    /// Objects that replace refs or grafts show differently.
    rewritten: OnceCell<HashSet<ObjectId>>,
    /// Commits and trees that were read: a hook asks for the same few again and again.
    recent: RefCell<HashMap<ObjectId, Recent>>,
}

/// An object's kind and content.
type Recent = (gix::objs::Kind, Rc<Vec<u8>>);

/// Where HEAD points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch, without `refs/heads/`; `None`: detached.
    pub branch: Option<Vec<u8>>,
    /// `None`: the branch has no commit yet.
    pub commit: Option<CommitId>,
}

impl Head {
    /// The commit.
    ///
    /// # Errors
    /// The branch has none yet.
    pub fn born(&self) -> Result<CommitId> {
        self.commit.ok_or_else(|| {
            Error::git("this branch has no commit yet, so there is nothing to return to")
                .help("git commit --allow-empty -m 'initial commit'")
        })
    }
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
            rewritten: OnceCell::new(),
            recent: RefCell::default(),
        };
        reader.open_quarantine()?;
        Ok(reader)
    }

    /// gix does not look at the variables by which git hands a hook the objects of an unfinished push.
    fn open_quarantine(&self) -> Result<()> {
        for folder in quarantine() {
            let store = gix::odb::at(&folder, self.repo.object_hash())
                .map_err(|e| Error::git(format!("cannot read the objects in {}: {e}", folder.display())))?;
            self.stores.borrow_mut().push(Box::new(store));
        }
        Ok(())
    }

    /// Bytes in an object name: 20 or 32.
    pub fn hash_len(&self) -> usize {
        self.repo.object_hash().len_in_bytes()
    }

    /// The git directory of this worktree: where `HEAD` and `index` live.
    pub fn git_dir(&self) -> &Path {
        self.repo.git_dir()
    }

    /// The git directory that all worktrees share: where objects and refs live.
    pub fn common_dir(&self) -> &Path {
        self.repo.common_dir()
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    fn objects_dir(&self) -> PathBuf {
        let dir = self.repo.common_dir().join("objects");
        platform::canonicalize(&dir).unwrap_or(dir)
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
        let head = self.steady(|| {
            let mut head = self.repo.head().map_err(fail)?;
            let branch = head.referent_name().and_then(|name| short_branch(name.as_bstr()));
            let commit = head.try_peel_to_id().map_err(fail)?.map(|id| own(&id));
            Ok(Head { branch, commit })
        })?;
        // A branch without a commit has nothing to be judged by, so git itself must say that there is none.
        if head.commit.is_none() { self.head_from_git() } else { Ok(head) }
    }

    /// Looks at refs while nobody packs them. gix reads the packed refs before a ref's own file: `git pack-refs` (or
    /// `git gc`) in between takes that file away, and then the ref seems to be gone, or to be where it was before.
    fn steady<T>(&self, look: impl Fn() -> Result<T>) -> Result<T> {
        const TRIES: usize = 100;
        let file = self.repo.common_dir().join("packed-refs");
        let state = || {
            let meta = std::fs::metadata(&file).ok()?;
            Some(platform::state_of(&meta))
        };
        let mut before = state();
        for _ in 0..TRIES {
            let found = look();
            let now = state();
            if now == before {
                return found;
            }
            before = now;
        }
        Err(Error::git("git packs the refs of this repository again and again")
            .help("try again when it is done"))
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
            let error = Error::git(format!("{revision:?} is not a commit here{why}"));
            if self.shallow().is_ok_and(|s| !s.is_empty()) {
                return error
                    .help("git fetch --unshallow         this clone is shallow; in CI: fetch-depth: 0");
            }
            error.help("git fetch origin              or name a branch, tag or commit that exists")
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
        let look = || self.repo.rev_parse_single(revision).map(|id| own(&id)).map_err(|_| unknown(""));
        let mut id = self.steady(look)?;
        for _ in 0..64 {
            let (kind, data) = self.find(&id)?;
            match kind {
                gix::objs::Kind::Commit => return Ok(id),
                gix::objs::Kind::Tag => {
                    id = objects::tag_target(&data).ok_or_else(|| unknown(": a corrupt tag"))?
                }
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
            let unreadable = |e: gix::Error| Error::git(format!("{name} cannot be read: {}", last_cause(&e)));
            self.steady(|| Ok(self.repo.try_find_reference(name).map_err(unreadable)?.is_some()))?
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
        let said = cache_tree::root(&path, self.hash_len());
        if let cache_tree::Said::Tree(root) = said
            && self.exists(&root)
        {
            return self.compare(tree, Some(root));
        }
        let options = gix::index::decode::Options::default();
        let file = gix::index::File::at(&path, self.repo.object_hash(), true, options).map_err(|e| {
            Error::git(format!("the index {} cannot be read: {}", path.display(), last_cause(&e)))
                .help(REBUILD)
        })?;
        if let cache_tree::Said::Odd(why) = said {
            let message = format!("the index {} is not to be trusted: {why}", path.display());
            return Err(Error::git(message).help(REBUILD));
        }
        index::compare(&file, &|id| self.tree_data(id), &|id| self.exists(id), self.hash_len(), tree)
    }

    /// For a merge in the making: how the staged tree differs from the automatic merge of its parents, and what is wrong
    /// with these parents. `changes` are the differences from the first one.
    ///
    /// # Errors
    /// As [`Reader::staged`].
    pub fn staged_merge(
        &self,
        parents: &[CommitId],
        changes: &[Change],
    ) -> Result<(Vec<Change>, Vec<String>)> {
        self.merge_difference(parents, changes, &|merged| Ok(self.staged_against(merged)?.changes))
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
        let (merge_changes, wrong) = self.merge_difference(&header.parents, &found.changes, &|merged| {
            merge::against_tree(self, merged, header.tree)
        })?;
        Ok(crate::model::Commit {
            id: Some(id),
            parents: header.parents,
            message: Some(header.message),
            encoding: header.encoding,
            changes: found.changes,
            merge_changes,
            defects: [found.defects, header.defects, wrong].concat(),
        })
    }

    /// What a merge did itself. Parents that cannot be merged automatically leave all of it to the merge.
    fn merge_difference(
        &self,
        parents: &[CommitId],
        changes: &[Change],
        committed: &dyn Fn(Option<ObjectId>) -> Result<Vec<Change>>,
    ) -> Result<(Vec<Change>, Vec<String>)> {
        match parents {
            [] | [_] => Ok((Vec::new(), Vec::new())),
            &[ours, other] => match self.common_ancestor(ours, other)? {
                None => Ok((changes.to_vec(), Vec::new())),
                Some(base) => {
                    let wrong =
                        "a second parent that the first one holds already: nothing was merged".to_owned();
                    let defects = if base == other { vec![wrong] } else { Vec::new() };
                    Ok((merge::difference(self, ours, other, committed)?, defects))
                }
            },
            _ => Ok((changes.to_vec(), Vec::new())),
        }
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

/// The folders by which git hands a hook the objects of an unfinished push.
fn quarantine() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(std::env::var_os("GIT_OBJECT_DIRECTORY").map(PathBuf::from));
    if let Some(list) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
        folders.extend(std::env::split_paths(&list));
    }
    folders.retain(|folder| folder.is_dir());
    folders
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
