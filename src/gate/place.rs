//! Where a gate runs: on exactly the staged tree. That is the work tree where it holds nothing else, and a clean worktree
//! of its own where it does.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::git::run;
use crate::model::ObjectId;

/// A folder that holds the tree and nothing else that git tracks or would track.
pub(super) enum Place {
    /// The work tree itself.
    Here(PathBuf),
    /// A temporary linked worktree; it goes when this is dropped.
    Apart { folder: PathBuf, top: PathBuf },
}

impl Place {
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Here(folder) | Self::Apart { folder, .. } => folder,
        }
    }

    /// The work tree at `top` when nothing in it differs from the index, else a clean worktree of `tree`.
    ///
    /// # Errors
    /// git cannot make one.
    pub(super) fn of_staged(top: &Path, tree: ObjectId) -> Result<Self> {
        if equals_index(top)? {
            return Ok(Self::Here(top.to_path_buf()));
        }
        // guard has named the tree and written nothing; git writes it, so that it can be checked out.
        git(top, &["write-tree"])?;
        Self::apart(top, tree)
    }

    /// A clean worktree of `tree`.
    ///
    /// # Errors
    /// git cannot make one.
    pub(super) fn apart(top: &Path, tree: ObjectId) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("guard-gate-{}", std::process::id()));
        if folder.exists() {
            return Err(Error::io(format!("{} is in the way", folder.display()))
                .help(format!("rm -r {}", folder.display())));
        }
        let place = Self::Apart { folder: folder.clone(), top: top.to_path_buf() };
        let shown = folder.to_string_lossy().into_owned();
        // No hook of the user's has a say in a worktree that is none of theirs.
        let args = ["-c", "core.hooksPath=/dev/null", "worktree", "add", "-q", "--detach", "--no-checkout"];
        git(top, &[&args[..], &[&shown, "HEAD"]].concat())?;
        git(&folder, &["read-tree", &tree.to_string()])?;
        git(&folder, &["checkout-index", "-a", "-q", "-f"])?;
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Apart { folder, top } = self {
            let shown = folder.to_string_lossy().into_owned();
            // What stays behind is a folder in the temporary directory; `git worktree prune` forgets it.
            if git(top, &["worktree", "remove", "--force", &shown]).is_err() {
                drop(std::fs::remove_dir_all(&*folder));
                drop(git(top, &["worktree", "prune"]));
            }
        }
    }
}

/// Writes the tree that is staged, as `git commit` will: evidence must hang on an object that is there, or
/// `git notes prune` would drop it. A copy of the index takes what git notes in it, so that the index stays as it is.
///
/// # Errors
/// The index cannot be read or copied, or git can make no tree of it.
pub(super) fn write_tree(reader: &Reader, top: &Path) -> Result<ObjectId> {
    let copy = reader.git_dir().join(format!("guard-index-{}", std::process::id()));
    let copied = std::fs::copy(reader.index_path(), &copy)
        .map_err(|e| Error::io(format!("the index cannot be copied to {}: {e}", copy.display())));
    let absolute = std::path::absolute(&copy).unwrap_or_else(|_| copy.clone());
    let tree = copied.and_then(|_| {
        let mut command = run::command(top);
        without_git(&mut command);
        let out = command
            .env("GIT_INDEX_FILE", absolute)
            .arg("write-tree")
            .output()
            .map_err(|e| run::cannot_start(&e))?;
        let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
        ObjectId::from_hex(out.stdout.trim_ascii_end())
            .ok_or_else(|| Error::git(format!("git write-tree: {said}")).help("git status"))
    });
    // A copy that stays behind is in nobody's way, and the next guard of this number writes over it.
    drop(std::fs::remove_file(&copy));
    tree
}

/// Does the work tree hold what is staged and nothing else, but for ignored files?
pub(super) fn equals_index(top: &Path) -> Result<bool> {
    let listed = git(
        top,
        &[
            "--no-optional-locks",
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=normal",
        ],
    )?;
    Ok(listed.split(|b| *b == 0).filter(|entry| !entry.is_empty()).all(|entry| entry.get(1) == Some(&b' ')))
}

/// `git` in a worktree, whatever repository the environment names.
fn git(dir: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let mut command = run::command(dir);
    without_git(&mut command);
    let out = command.args(args).output().map_err(|e| run::cannot_start(&e))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    Err(Error::git(format!("git {}: {said}", args.join(" ")))
        .help("git worktree prune            then try again"))
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
