//! One hooks folder: what is in it, and which steps install or uninstall guard there.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::shim::{self, Author};
use super::steps::{self, Step};
use super::{Action, DEFAULT_HOOKS, FORMER_HOOKS, Report, STRICT_HOOK, What, chain_folder, chained};
use crate::error::{Error, Result};
use crate::platform;

/// What stands at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Guard's, as it was written.
    Shim {
        bytes: Vec<u8>,
        executable: bool,
    },
    /// Guard's, changed by hand.
    Edited,
    File {
        bytes: Vec<u8>,
        mode: u32,
    },
    Link(PathBuf),
    /// A folder, a device, …
    Other,
}

impl Found {
    fn at(path: &Path) -> Result<Self> {
        let unreadable = |e: std::io::Error| {
            Error::io(format!("{} cannot be read: {e}", path.display()))
                .help("guard must know whose hook it is")
        };
        let meta = match path.symlink_metadata() {
            Ok(meta) => meta,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(e) => return Err(unreadable(e)),
        };
        if meta.is_symlink() {
            return fs::read_link(path).map(Self::Link).map_err(unreadable);
        }
        if !meta.is_file() {
            return Ok(Self::Other);
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        let mode = platform::mode(&meta);
        Ok(match shim::author(&bytes) {
            Author::Guard => Self::Shim { bytes, executable: platform::is_executable(&meta) },
            Author::Edited => Self::Edited,
            Author::Other => Self::File { bytes, mode },
        })
    }

    /// Somebody else's hook.
    fn is_foreign(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Link(_))
    }

    /// Is `saved` what the same manager has written here before? It would have written over that.
    fn comes_after(&self, saved: &Self) -> bool {
        match (self, saved) {
            (Self::File { bytes: now, .. }, Self::File { bytes: before, .. }) => {
                shim::manager(now).is_some_and(|name| shim::manager(before) == Some(name))
            }
            _ => false,
        }
    }

    /// Is `saved`, in `guard-chained/`, this very hook?
    fn is_kept_as(&self, saved: &Self) -> bool {
        match (self, saved) {
            (Self::Link(target), Self::Link(kept)) => inward(target) == *kept,
            (hook, saved) => hook == saved,
        }
    }
}

/// What is to be done in one hooks folder.
pub(super) struct Work<'a> {
    folder: &'a Path,
    steps: Vec<Step>,
    report: Report,
}

impl<'a> Work<'a> {
    /// Nothing yet but to clean up; an error when the place for chained hooks is taken.
    pub(super) fn new(folder: &'a Path) -> Result<Self> {
        let saved = chain_folder(folder);
        if saved.symlink_metadata().is_ok_and(|meta| !meta.is_dir()) {
            let message = format!(
                "{} is in the way: guard keeps other hooks in a folder of this name",
                saved.display()
            );
            return Err(Error::io(message).help("move it away, then: guard install"));
        }
        let mut work = Self { folder, steps: Vec::new(), report: Report::default() };
        for path in steps::leftovers(folder)?.into_iter().chain(steps::leftovers(&saved)?) {
            work.steps.push(Step::Remove(path.clone()));
            work.note(What::Removed, path, "left behind by a guard that was killed");
        }
        Ok(work)
    }

    /// Does it, unless this is a dry run, and reports.
    pub(super) fn carry_out(self, dry_run: bool) -> Result<Report> {
        if !dry_run {
            steps::apply(&self.steps)?;
            // Fails while something is kept there, which is right.
            fs::remove_dir(chain_folder(self.folder)).ok();
        }
        Ok(self.report)
    }

    /// Plans to place the hooks.
    pub(super) fn install(&mut self, bin: &Path, strict: bool) -> Result<()> {
        let strict = strict || matches!(Found::at(&self.folder.join(STRICT_HOOK))?, Found::Shim { .. });
        let names: Vec<&str> = DEFAULT_HOOKS.into_iter().chain(strict.then_some(STRICT_HOOK)).collect();
        self.refuse_unclear(&names)?;
        if !self.folder.is_dir() {
            self.steps.push(Step::Folder(self.folder.to_owned()));
        }
        for name in names {
            self.install_one(name, bin)?;
        }
        for name in FORMER_HOOKS {
            if matches!(Found::at(&self.folder.join(name))?, Found::Shim { .. }) {
                self.uninstall_one(name)?;
            }
        }
        Ok(())
    }

    /// Plans to take the hooks away. What cannot be read is left, and said.
    pub(super) fn uninstall(&mut self) {
        for name in DEFAULT_HOOKS.into_iter().chain(FORMER_HOOKS).chain([STRICT_HOOK]) {
            if let Err(error) = self.uninstall_one(name) {
                self.note(What::Left, self.folder.join(name), error.message());
            }
        }
    }

    fn refuse_unclear(&self, names: &[&str]) -> Result<()> {
        let mut errors = Vec::new();
        for name in names {
            let path = self.folder.join(name);
            let shown = word(&path);
            match Found::at(&path)? {
                Found::Edited => errors.push((
                    format!("{} is guard's hook, but somebody has changed it", path.display()),
                    format!(
                        "rm {shown} && guard install    after moving the lines to keep to {} (executable)",
                        word(&chained(self.folder, name))
                    ),
                )),
                Found::Other => errors.push((
                    format!("{} is not a file", path.display()),
                    format!("mv {shown} <somewhere else> && guard install"),
                )),
                _ => {}
            }
        }
        let mut errors = errors.into_iter();
        let Some((message, help)) = errors.next() else { return Ok(()) };
        Err(errors
            .fold(Error::io(message).help(help), |error, (message, help)| error.help(message).help(help)))
    }

    fn install_one(&mut self, name: &str, bin: &Path) -> Result<()> {
        let path = self.folder.join(name);
        let hook = Found::at(&path)?;
        let mut saved = Found::at(&chained(self.folder, name))?;
        if self.take_back_displaced(name, &hook, &saved)? {
            saved = Found::Nothing;
        }
        let first = if hook.is_foreign() {
            self.chain(name, &hook, &saved)?;
            script(&path)
        } else {
            script(&chained(self.folder, name))
        };
        let text = shim::render(name, bin, &shim::sourced_via(&first));
        match hook {
            Found::Shim { bytes, executable: true } if bytes == text => self.note(What::Unchanged, path, ""),
            Found::Shim { bytes, executable: false } if bytes == text => {
                self.steps.push(Step::Executable(path.clone()));
                self.note(What::Updated, path, "was not executable, so git did not run it");
            }
            Found::Shim { .. } => {
                self.steps.push(Step::Write(path.clone(), text));
                self.note(What::Updated, path, "");
            }
            _ => {
                self.steps.push(Step::Write(path.clone(), text));
                self.note(What::Installed, path, "");
            }
        }
        Ok(())
    }

    /// Keeps the foreign `hook`; `saved` is what an earlier install has kept.
    fn chain(&mut self, name: &str, hook: &Found, saved: &Found) -> Result<()> {
        let (from, to) = (self.folder.join(name), chained(self.folder, name));
        if !hook.is_kept_as(saved) {
            self.steps.push(Step::Folder(chain_folder(self.folder)));
            if *saved != Found::Nothing {
                let aside = self.free_name(name);
                self.steps.push(Step::Move(to.clone(), aside.clone()));
                let note = "ran before guard until another hook was written over both; it no longer runs";
                self.note(What::Kept, aside, note);
            }
            self.steps.push(match hook {
                Found::Link(target) => Step::Link(to.clone(), inward(target)),
                _ => Step::Keep(from.clone(), to.clone()),
            });
        }
        if fs::metadata(&from).is_ok_and(|meta| platform::is_executable(&meta)) {
            let text = script(&from);
            let moved = shim::sourced_via(&text).is_empty() && shim::looks_around(&text);
            let note = if moved {
                "runs before guard; it looks at its own path, which is this one now: check what it finds there"
            } else {
                "runs before guard"
            };
            self.note(What::Chained, to, note);
        } else {
            self.note(What::Kept, to, "is not executable, so git did not run it; it still does not run");
        }
        Ok(())
    }

    /// Other managers move the hook they find, so guard's may be at `<name>.legacy` (pre-commit, prek: it goes
    /// on running there) or `<name>.old` (lefthook). Puts there what would be there without guard. True when the
    /// saved hook is dealt with.
    fn take_back_displaced(&mut self, name: &str, hook: &Found, saved: &Found) -> Result<bool> {
        let mut used = false;
        for suffix in ["legacy", "old"] {
            let path = self.folder.join(format!("{name}.{suffix}"));
            if !matches!(Found::at(&path)?, Found::Shim { .. }) {
                continue;
            }
            if hook.comes_after(saved) {
                let note = "guard's hook, put there by the manager that is chained";
                self.steps.push(Step::Remove(path.clone()));
                self.note(What::Removed, path, note);
                if !used {
                    self.steps.push(Step::Remove(chained(self.folder, name)));
                }
                used = true;
            } else if hook.is_foreign() && *saved != Found::Nothing && !used {
                self.restore(name, saved, &path, "another hook manager had put guard's hook in its place");
                used = true;
            } else {
                self.steps.push(Step::Remove(path.clone()));
                self.note(What::Removed, path, "guard's hook, put there by another hook manager");
            }
        }
        Ok(used)
    }

    fn uninstall_one(&mut self, name: &str) -> Result<()> {
        let path = self.folder.join(name);
        let hook = Found::at(&path)?;
        let mut saved = Found::at(&chained(self.folder, name))?;
        if self.take_back_displaced(name, &hook, &saved)? {
            saved = Found::Nothing;
        }
        let kept = chained(self.folder, name);
        match (&hook, &saved) {
            (Found::Shim { .. }, Found::Nothing) => {
                self.steps.push(Step::Remove(path.clone()));
                self.note(What::Removed, path, "");
            }
            (Found::Shim { .. } | Found::Nothing, Found::File { .. } | Found::Link(_)) => {
                self.restore(name, &saved, &path, "");
            }
            (Found::Edited, _) => {
                let note = format!(
                    "somebody has changed it since guard wrote it; to remove it: rm {}, then: guard uninstall",
                    word(&path)
                );
                self.note(What::Left, path, note);
            }
            (_, Found::Nothing) => {}
            (hook, saved) if hook.is_kept_as(saved) => {
                self.steps.push(Step::Remove(kept.clone()));
                self.note(What::Removed, kept, "a copy of the hook that git runs");
            }
            _ => {
                let note = format!(
                    "another hook is at {}; to put this one back, move that away, then: guard uninstall",
                    path.display()
                );
                self.note(What::Left, kept, note);
            }
        }
        Ok(())
    }

    /// Puts the kept hook back, at `to`.
    fn restore(&mut self, name: &str, saved: &Found, to: &Path, note: &str) {
        let from = chained(self.folder, name);
        match saved {
            Found::Link(target) => {
                self.steps.push(Step::Link(to.to_owned(), outward(target)));
                self.steps.push(Step::Remove(from));
            }
            _ => self.steps.push(Step::Move(from, to.to_owned())),
        }
        self.note(What::Restored, to.to_owned(), note);
    }

    fn free_name(&self, name: &str) -> PathBuf {
        let mut number = 1;
        loop {
            let path = chained(self.folder, &format!("{name}.{number}"));
            if path.symlink_metadata().is_err() {
                return path;
            }
            number += 1;
        }
    }

    fn note(&mut self, what: What, path: PathBuf, note: impl Into<String>) {
        self.report.actions.push(Action { what, path, note: note.into() });
    }
}

/// The link target seen from `guard-chained/`, one folder further down. A link to another hook of guard's stays
/// as it is, because that hook has moved with it.
fn inward(target: &Path) -> PathBuf {
    let sibling = target.strip_prefix(".").unwrap_or(target);
    let moves_too = DEFAULT_HOOKS.into_iter().any(|name| sibling == Path::new(name));
    if target.is_absolute() || moves_too { target.to_owned() } else { Path::new("..").join(target) }
}

/// Undoes [`inward`], byte for byte.
fn outward(target: &Path) -> PathBuf {
    let bytes = target.as_os_str().as_encoded_bytes();
    let up = format!("..{}", std::path::MAIN_SEPARATOR);
    let inner = bytes.strip_prefix(b"../").or_else(|| bytes.strip_prefix(up.as_bytes()));
    inner.and_then(|inner| platform::path(inner).ok()).unwrap_or_else(|| target.to_owned())
}

/// What the hook at `path` consists of, seen through links; empty when that cannot be said or it is guard's own.
fn script(path: &Path) -> Vec<u8> {
    let text = fs::metadata(path).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(path).ok());
    text.filter(|text| shim::author(text) == Author::Other).unwrap_or_default()
}

/// The path as one word of a shell command.
fn word(path: &Path) -> String {
    String::from_utf8_lossy(&shim::quote(&platform::for_sh(path))).into_owned()
}
