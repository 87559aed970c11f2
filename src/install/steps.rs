//! Changes to the hooks folder: all of them or none.
//!
//! Every change is a rename inside one folder, so git never meets half a hook; what was there is kept under a
//! temporary name until the last step has worked, and is put back when one has not.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::platform::{self, symlink};

/// How every temporary name starts.
const TEMPORARY: &str = ".guard-";

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Make a folder, with those above it.
    Folder(PathBuf),
    /// Write an executable file; replaces what is there.
    Write(PathBuf, Vec<u8>),
    /// Make a symbolic link; replaces what is there.
    Link(PathBuf, PathBuf),
    /// Give the file a second name, which must be free. Symbolic links: see [`Step::Link`].
    Keep(PathBuf, PathBuf),
    /// Move the first over the second.
    Move(PathBuf, PathBuf),
    /// Delete the file.
    Remove(PathBuf),
    /// Make the file executable.
    Executable(PathBuf),
}

enum Undo {
    Move(PathBuf, PathBuf),
    Remove(PathBuf),
    RemoveFolder(PathBuf),
    Mode(PathBuf, Permissions),
}

/// Does all steps; when one fails, undoes those before it and says so.
pub(super) fn apply(steps: &[Step]) -> Result<()> {
    let mut journal = Journal::default();
    for step in steps {
        if let Err((path, error)) = journal.step(step) {
            let left = journal.roll_back();
            return Err(explain(&path, &error, &left));
        }
    }
    journal.finish();
    Ok(())
}

/// What a guard that was killed in the middle has left in this folder. All of it stands elsewhere too or was to go.
pub(super) fn leftovers(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |e| Error::io(format!("{} cannot be read: {e}", folder.display()));
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().to_str().is_some_and(is_temporary) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// See [`Journal::temporary`].
fn is_temporary(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    name.strip_prefix(TEMPORARY)
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(process, count)| number(process) && number(count))
}

fn explain(path: &Path, error: &io::Error, left: &[String]) -> Error {
    let undone = if left.is_empty() { "; nothing was changed" } else { "" };
    let mut said = Error::io(format!("{}: {error}{undone}", path.display()));
    if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        let folder = path.parent().unwrap_or(path);
        said = said
            .help(format!("you need to be able to write in {}    ls -ld shows who can", folder.display()));
    }
    left.iter().fold(said, |said, line| said.help(format!("could not be put back: {line}")))
}

#[derive(Default)]
struct Journal {
    undo: Vec<Undo>,
    /// What was replaced, under its temporary name.
    backups: Vec<PathBuf>,
    /// Makes temporary names differ.
    count: usize,
}

type Done = std::result::Result<(), (PathBuf, io::Error)>;

impl Journal {
    fn step(&mut self, step: &Step) -> Done {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| (path, error)
        };
        match step {
            Step::Folder(path) => self.folder(path).map_err(at(path)),
            Step::Write(path, bytes) => self.write(path, bytes).map_err(at(path)),
            Step::Link(path, target) => self.link(path, target).map_err(at(path)),
            Step::Keep(from, to) => self.keep(from, to).map_err(at(to)),
            Step::Move(from, to) => self.replace(from, to).map_err(at(to)),
            Step::Remove(path) => self.set_aside(path, false).map_err(at(path)),
            Step::Executable(path) => self.executable(path).map_err(at(path)),
        }
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = path.ancestors().take_while(|p| p.symlink_metadata().is_err()).collect();
        for folder in missing.into_iter().rev().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir(folder)?;
            self.undo.push(Undo::RemoveFolder(folder.to_owned()));
        }
        // A symbolic link here would lead the writes that follow out of the hooks folder.
        match path.symlink_metadata()?.is_dir() {
            true => Ok(()),
            false => Err(io::Error::other("is in the way: guard needs a folder of this name")),
        }
    }

    fn write(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary(path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = platform::set_mode(&mut options, 0o777).open(&temporary)?;
        self.undo.push(Undo::Remove(temporary.clone()));
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        self.replace(&temporary, path)
    }

    fn link(&mut self, path: &Path, target: &Path) -> io::Result<()> {
        let temporary = self.temporary(path)?;
        symlink(target, &temporary)?;
        self.undo.push(Undo::Remove(temporary.clone()));
        self.replace(&temporary, path)
    }

    fn keep(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        match fs::hard_link(from, to) {
            Ok(()) => self.undo.push(Undo::Remove(to.to_owned())),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Err(e),
            // No hard links on this file system: for a moment there is no hook, and there is no other way.
            Err(_) => {
                fs::rename(from, to)?;
                self.undo.push(Undo::Move(to.to_owned(), from.to_owned()));
            }
        }
        Ok(())
    }

    fn replace(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if to.symlink_metadata().is_ok() {
            self.set_aside(to, true)?;
        }
        fs::rename(from, to)?;
        self.undo.push(Undo::Move(to.to_owned(), from.to_owned()));
        Ok(())
    }

    /// Keeps the file under a temporary name; `staying`: its own name goes on holding it until it is replaced.
    fn set_aside(&mut self, path: &Path, staying: bool) -> io::Result<()> {
        let backup = self.temporary(path)?;
        if !staying || second(path, &backup).is_err() {
            fs::rename(path, &backup)?;
        }
        self.undo.push(Undo::Move(backup.clone(), path.to_owned()));
        self.backups.push(backup);
        Ok(())
    }

    fn executable(&mut self, path: &Path) -> io::Result<()> {
        let before = fs::symlink_metadata(path)?.permissions();
        fs::set_permissions(path, platform::allow_execution(&before))?;
        self.undo.push(Undo::Mode(path.to_owned(), before));
        Ok(())
    }

    /// A free name beside `path`.
    fn temporary(&mut self, path: &Path) -> io::Result<PathBuf> {
        self.count += 1;
        let name = format!("{TEMPORARY}{}-{}", std::process::id(), self.count);
        let path = path.with_file_name(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
            _ => Ok(path),
        }
    }

    fn finish(self) {
        // A backup that cannot be deleted harms nobody: git runs no hook of that name.
        for path in &self.backups {
            fs::remove_file(path).ok();
        }
    }

    /// What could not be put back, one line each.
    fn roll_back(mut self) -> Vec<String> {
        let mut left = Vec::new();
        while let Some(undo) = self.undo.pop() {
            let (path, result) = match undo {
                Undo::Move(from, to) => {
                    let result = fs::rename(&from, &to);
                    // Two names of one file: rename does nothing and leaves both.
                    if result.is_ok() && from.symlink_metadata().is_ok() {
                        fs::remove_file(&from).ok();
                    }
                    (format!("{} -> {}", from.display(), to.display()), result)
                }
                Undo::Remove(path) => (path.display().to_string(), fs::remove_file(&path)),
                Undo::RemoveFolder(path) => (path.display().to_string(), fs::remove_dir(&path)),
                Undo::Mode(path, mode) => (path.display().to_string(), fs::set_permissions(&path, mode)),
            };
            if let Err(error) = result {
                left.push(format!("{path}: {error}"));
            }
        }
        left
    }
}

/// Gives the file a second name; a copy of it where no file can have two.
fn second(path: &Path, name: &Path) -> io::Result<()> {
    if fs::hard_link(path, name).is_ok() {
        return Ok(());
    }
    match path.symlink_metadata()?.is_symlink() {
        true => symlink(&fs::read_link(path)?, name),
        false => fs::copy(path, name).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Names, contents or targets, and modes of everything below `folder`.
    fn picture(folder: &Path) -> Vec<String> {
        let mut lines = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            if meta.is_dir() {
                lines.extend(picture(&path));
            }
            let text = if meta.is_file() { fs::read_to_string(&path).unwrap() } else { String::new() };
            lines.push(format!(
                "{path:?} {:o} {:?} {text}",
                meta.permissions().mode(),
                fs::read_link(&path).ok()
            ));
        }
        lines.sort();
        lines
    }

    #[test]
    fn a_step_that_fails_undoes_all_before_it() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::write(at("pre-commit"), "mine").unwrap();
        fs::write(at("pre-push"), "plain").unwrap();
        fs::write(at("saved"), "saved").unwrap();
        fs::write(at("gone"), "gone").unwrap();
        symlink("elsewhere", at("commit-msg")).unwrap();
        let before = picture(scratch.path());
        let steps = [
            Step::Folder(at("a/b")),
            Step::Keep(at("pre-commit"), at("a/b/pre-commit")),
            Step::Write(at("pre-commit"), b"shim".to_vec()),
            Step::Link(at("a/b/commit-msg"), PathBuf::from("../elsewhere")),
            Step::Write(at("commit-msg"), b"shim".to_vec()),
            Step::Write(at("new"), b"shim".to_vec()),
            Step::Executable(at("pre-push")),
            Step::Move(at("saved"), at("pre-push")),
            Step::Remove(at("gone")),
        ];
        let failing = [&steps[..], &[Step::Move(at("nowhere"), at("new"))]].concat();
        let error = apply(&failing).unwrap_err();
        assert!(error.message().contains("nothing was changed"), "{error}");
        assert_eq!(picture(scratch.path()), before);

        apply(&steps).unwrap();
        let after = picture(scratch.path());
        assert!(!after.iter().any(|line| line.contains(".guard-")), "{after:#?}");
        assert_eq!(fs::read(at("pre-commit")).unwrap(), b"shim");
        assert_eq!(fs::read(at("a/b/pre-commit")).unwrap(), b"mine");
        assert_eq!(fs::read_link(at("a/b/commit-msg")).unwrap(), PathBuf::from("../elsewhere"));
        assert_eq!(fs::read(at("pre-push")).unwrap(), b"saved");
        assert!(!at("gone").exists());
    }

    #[test]
    fn nothing_is_written_through_a_symbolic_link() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::create_dir(at("outside")).unwrap();
        fs::write(at("outside/file"), "theirs").unwrap();
        symlink("outside", at("folder")).unwrap();
        symlink("outside/file", at("hook")).unwrap();
        assert!(apply(&[Step::Folder(at("folder"))]).is_err());
        apply(&[Step::Write(at("hook"), b"shim".to_vec())]).unwrap();
        assert_eq!(fs::read(at("outside/file")).unwrap(), b"theirs");
        assert!(!at("hook").is_symlink());
    }

    #[test]
    fn keep_does_not_overwrite() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::write(at("one"), "1").unwrap();
        fs::write(at("two"), "2").unwrap();
        assert!(apply(&[Step::Keep(at("one"), at("two"))]).is_err());
        assert_eq!(fs::read(at("two")).unwrap(), b"2");
    }
}
