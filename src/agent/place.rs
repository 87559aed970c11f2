//! Where a path of a tool call lies: in which repository, under which name.
//!
//! The name is the one that the write will reach, so links are followed as the file system would. The repository is the one
//! around the file, which may be another worktree than the one that the agent was started in.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::RepoPath;
use crate::platform;

/// Where a path lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In no repository.
    Outside,
    /// In the git directory of the work tree `top`.
    GitDir {
        /// The folder that holds `.git`.
        top: PathBuf,
        /// The path below `.git`.
        inner: PathBuf,
    },
    /// In a work tree.
    In {
        /// The top of the work tree.
        top: PathBuf,
        /// The path from there.
        path: RepoPath,
        /// The whole path.
        file: PathBuf,
    },
}

/// Finds the place. `itself`: a link stands for itself, as when it is deleted.
pub(super) fn find(cwd: &Path, path: &str, itself: bool) -> Result<Place> {
    let cannot = |why: &str| {
        Error::usage(format!("where {path} lies cannot be told: {why}"))
            .help("name the file by its plain path, from the folder that you are in")
    };
    if path.contains('\0') {
        return Err(cannot("it holds a NUL"));
    }
    let whole = cwd.join(path);
    let resolved = match (itself, whole.parent(), whole.file_name()) {
        (true, Some(parent), Some(name)) => resolve(parent).map_err(|why| cannot(&why))?.join(name),
        _ => resolve(&whole).map_err(|why| cannot(&why))?,
    };
    if let Some((top, inner)) = below_git(&resolved) {
        return Ok(Place::GitDir { top, inner });
    }
    let holds_git = |dir: &&Path| fs::symlink_metadata(dir.join(".git")).is_ok();
    let Some(top) = resolved.ancestors().skip(1).find(holds_git) else { return Ok(Place::Outside) };
    let inner = resolved.strip_prefix(top).map_err(|_| cannot("it leaves its own folder"))?;
    let names: Vec<&[u8]> = inner.components().map(|c| c.as_os_str().as_encoded_bytes()).collect();
    Ok(Place::In { top: top.to_owned(), path: names.join(&b'/'), file: resolved.clone() })
}

/// The work tree around a folder; `None`: there is none.
pub(super) fn top(dir: &Path) -> Option<PathBuf> {
    let dir = resolve(dir).ok()?;
    let top = dir.ancestors().find(|dir| fs::symlink_metadata(dir.join(".git")).is_ok())?;
    Some(top.to_owned())
}

/// The path without links, `.` and `..`. What is not there yet is taken as it stands.
fn resolve(path: &Path) -> std::result::Result<PathBuf, String> {
    let mut there = path.to_owned();
    let mut rest: Vec<std::ffi::OsString> = Vec::new();
    loop {
        match platform::canonicalize(&there) {
            Ok(found) => return Ok(rest.iter().rev().fold(found, |path, name| path.join(name))),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(e) => return Err(e.to_string()),
        }
        if fs::symlink_metadata(&there).is_ok_and(|meta| meta.is_symlink()) {
            return Err(format!("{} is a link that leads nowhere", there.display()));
        }
        // `..` behind a folder that is not there leads nowhere, either.
        let Some(Component::Normal(name)) = there.components().next_back() else {
            return Err(format!("{} is not there", there.display()));
        };
        rest.push(name.to_owned());
        if !there.pop() {
            return Err("it has no beginning".to_owned());
        }
    }
}

/// Letters in either case: some file systems take them for one.
fn below_git(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let is_git = |c: &Component<'_>| c.as_os_str().eq_ignore_ascii_case(".git");
    let at = path.components().position(|c| is_git(&c))?;
    let top: PathBuf = path.components().take(at).collect();
    Some((top, path.components().skip(at + 1).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> (tempfile::TempDir, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        for dir in ["repo/.git/hooks", "repo/src", "repo/docs", "repo/sub/.git"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        fs::write(root.join("repo/docs/a.md"), "a").unwrap();
        std::os::unix::fs::symlink("../docs", root.join("repo/src/link")).unwrap();
        std::os::unix::fs::symlink("../docs/a.md", root.join("repo/src/file")).unwrap();
        std::os::unix::fs::symlink("nowhere/at/all", root.join("repo/src/dangling")).unwrap();
        std::os::unix::fs::symlink("../../outside", root.join("repo/src/out")).unwrap();
        fs::create_dir(root.join("outside")).unwrap();
        (scratch, root)
    }

    #[test]
    fn what_leads_nowhere_is_an_error() {
        let (_scratch, root) = world();
        for path in ["src/dangling", "src/dangling/x", "src/none/../x", "a\0b"] {
            assert!(find(&root.join("repo"), path, false).is_err(), "{path}");
        }
    }

    #[test]
    fn the_place_is_where_the_write_arrives() {
        let (_scratch, root) = world();
        let repo = root.join("repo");
        let at = |path: &str| match find(&repo, path, false).unwrap() {
            Place::In { top, path, .. } => {
                format!("{}:{}", top.strip_prefix(&root).unwrap().display(), String::from_utf8(path).unwrap())
            }
            Place::GitDir { inner, .. } => format!("git:{}", inner.display()),
            Place::Outside => "outside".to_owned(),
        };
        assert_eq!(at("src/new/deep.rs"), "repo:src/new/deep.rs");
        assert_eq!(at("src/../docs/./a.md"), "repo:docs/a.md");
        assert_eq!(at("src/link/new.md"), "repo:docs/new.md");
        assert_eq!(at("src/file"), "repo:docs/a.md");
        assert_eq!(at("src/out/x"), "outside");
        assert_eq!(at("../outside/x"), "outside");
        assert_eq!(at("sub/x"), "repo/sub:x");
        assert_eq!(at(".git/hooks/commit-msg"), "git:hooks/commit-msg");
        assert_eq!(at("src/../.GIT/config"), "git:config");
        assert_eq!(at(repo.join("src/x").to_str().unwrap()), "repo:src/x");
        let gone = find(&repo, "src/file", true).unwrap();
        assert!(matches!(gone, Place::In { path, .. } if path == b"src/file"));
    }
}
