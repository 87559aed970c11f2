//! Where a gate runs: on exactly the staged tree. That is the work tree where it holds nothing else, and a clean worktree
//! of its own where it does.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::git::run;
use crate::model::{CommitId, ObjectId};

/// No hook of the user's has a say in what is made here, and no setting hides what the work tree holds.
const SETTINGS: [&str; 12] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.trustctime=true",
    "-c",
    "core.checkStat=default",
    "-c",
    "core.sparseCheckout=false",
    "-c",
    "index.sparse=false",
];

/// The repository, its work tree and its index, whatever folder git is started in.
pub(super) struct Repo {
    git_dir: PathBuf,
    index: PathBuf,
    top: PathBuf,
    bare: bool,
}

impl Repo {
    pub(super) fn of(reader: &Reader, top: &Path) -> Self {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Self {
            git_dir: absolute(reader.git_dir()),
            index: absolute(&reader.index_path()),
            top: absolute(top),
            bare: reader.work_tree().is_none(),
        }
    }

    /// `git` here. With the index that is to be committed, which a hook's environment names.
    fn git(&self, args: &[&str]) -> Result<Vec<u8>> {
        self.git_with(&self.index, args)
    }

    fn git_with(&self, index: &Path, args: &[&str]) -> Result<Vec<u8>> {
        let mut command = run::command(&self.top);
        without_git(&mut command);
        command.env("GIT_DIR", &self.git_dir).env("GIT_INDEX_FILE", index);
        if !self.bare {
            command.env("GIT_WORK_TREE", &self.top);
        }
        output(command.args(SETTINGS).args(args), args)
    }

    /// `git worktree` looks at another worktree, where this index and work tree have no part.
    fn worktree(&self, args: &[&str]) -> Result<Vec<u8>> {
        let mut command = run::command(&self.git_dir);
        without_git(&mut command);
        command.env("GIT_DIR", &self.git_dir);
        output(command.args(SETTINGS).arg("worktree").args(args), args)
    }

    /// Writes the tree that is staged, as `git commit` will: evidence must hang on an object that is there, or
    /// `git notes prune` would drop it. A copy of the index takes what git notes in it, so that the index stays as it is.
    ///
    /// # Errors
    /// The index cannot be read or copied, or git can make no tree of it.
    pub(super) fn write_tree(&self) -> Result<ObjectId> {
        let copy = self.git_dir.join(format!("guard-index-{}", std::process::id()));
        let copied = std::fs::copy(&self.index, &copy)
            .map_err(|e| Error::io(format!("the index cannot be copied to {}: {e}", copy.display())));
        let tree = copied.and_then(|_| {
            let out = self.git_with(&copy, &["write-tree"])?;
            ObjectId::from_hex(out.trim_ascii_end())
                .ok_or_else(|| Error::git("git write-tree answered with something else"))
        });
        // A copy that stays behind is in nobody's way, and the next guard of this number writes over it.
        drop(std::fs::remove_file(&copy));
        tree
    }

    /// Is `tree` staged, and does the work tree hold just that, but for ignored files?
    pub(super) fn holds_only(&self, tree: ObjectId) -> Result<bool> {
        let listed = self.git(&[
            "--no-optional-locks",
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=normal",
            "--ignore-submodules=none",
        ])?;
        let mut states = listed.split(|b| *b == 0).filter(|entry| !entry.is_empty());
        if !states.all(|entry| entry.get(1) == Some(&b' ')) {
            return Ok(false);
        }
        // git was told not to look at files in lower case, and not to have those with an S: a sparse checkout.
        let listed = self.git(&["ls-files", "-v", "-z"])?;
        let mut tags = listed.split(|b| *b == 0).filter_map(|line| line.first());
        Ok(tags.all(|tag| tag.is_ascii_uppercase() && *tag != b'S') && self.write_tree()? == tree)
    }
}

/// A folder that holds the tree and nothing else that git tracks or would track.
pub(super) enum Place<'a> {
    /// The work tree itself.
    Here(&'a Path),
    /// A temporary linked worktree; it goes when this is dropped.
    Apart { folder: PathBuf, repo: &'a Repo },
}

impl<'a> Place<'a> {
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Here(folder) => folder,
            Self::Apart { folder, .. } => folder,
        }
    }

    /// The work tree when it holds nothing but what is staged, else a clean worktree of `tree`.
    ///
    /// # Errors
    /// git cannot make one.
    pub(super) fn of_staged(repo: &'a Repo, tree: ObjectId, head: CommitId) -> Result<Self> {
        if repo.holds_only(tree)? { Ok(Self::Here(&repo.top)) } else { Self::apart(repo, tree, head) }
    }

    /// A clean worktree of `tree`, whose HEAD is `head`.
    ///
    /// # Errors
    /// git cannot make one.
    pub(super) fn apart(repo: &'a Repo, tree: ObjectId, head: CommitId) -> Result<Self> {
        let folder = empty_folder()?;
        let place = Self::Apart { folder: folder.clone(), repo };
        let shown = folder.to_string_lossy().into_owned();
        repo.worktree(&["add", "-q", "--detach", "--no-checkout", &shown, &head.to_string()])?;
        let git = |args: &[&str]| {
            let mut command = run::command(&folder);
            without_git(&mut command);
            output(command.args(SETTINGS).args(args), args)
        };
        git(&["read-tree", &tree.to_string()])?;
        git(&["checkout-index", "-a", "-q", "-f", "-u", "--ignore-skip-worktree-bits"])?;
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Self::Apart { folder, repo } = self {
            let shown = folder.to_string_lossy().into_owned();
            // What stays behind is a folder in the temporary directory; `git worktree prune` forgets it.
            if repo.worktree(&["remove", "--force", "--force", &shown]).is_err() || folder.exists() {
                drop(std::fs::remove_dir_all(&*folder));
                drop(repo.worktree(&["prune"]));
            }
        }
    }
}

/// A new folder that nobody else knows of.
fn empty_folder() -> Result<PathBuf> {
    for number in 0u32.. {
        let folder = std::env::temp_dir().join(format!("guard-gate-{}-{number}", std::process::id()));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            // A guard of the same number was killed.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Error::io(format!("cannot create {}: {e}", folder.display()))),
        }
    }
    Err(Error::io("there is no room for a clean worktree in the temporary directory"))
}

/// What git printed.
fn output(command: &mut Command, args: &[&str]) -> Result<Vec<u8>> {
    let out = command.output().map_err(|e| run::cannot_start(&e))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    Err(Error::git(format!("git {}: {said}", args.join(" "))).help("git status"))
}

/// Takes away what a hook's environment says about the repository.
pub(super) fn without_git(command: &mut Command) {
    const NAMES: [&str; 8] = [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
    ];
    for name in NAMES {
        command.env_remove(name);
    }
}
