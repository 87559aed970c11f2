//! `guard install` and `guard uninstall`: the hooks of one repository.
//!
//! Both first look at everything, then decide, then act; what cannot be done whole is not begun. A hook that
//! was there goes to `guard-chained/` inside the hooks folder and runs before guard, because it may change what
//! is committed. Uninstall moves it back, so its bytes, mode and link target are never rewritten.

mod hook;
mod place;
mod shim;
mod steps;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::alone::Alone;
use crate::error::{Error, Result};
use crate::platform;
use place::Repository;

/// The hooks that `guard install` places. `pre-commit` is none of them: git reads its whole index again after one, which at
/// 100,000 files takes longer than all of guard's work, and `prepare-commit-msg` sees the same before the editor opens.
pub const DEFAULT_HOOKS: [&str; 4] = ["prepare-commit-msg", "commit-msg", "pre-merge-commit", "pre-push"];
/// Hooks that earlier versions placed; installing takes them away.
pub const FORMER_HOOKS: [&str; 1] = ["pre-commit"];
/// The hook that `guard install --strict` places as well: it sees every ref that moves, several times a commit.
pub const STRICT_HOOK: &str = "reference-transaction";

/// What the person asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// A folder in the repository, as for `git -C`.
    pub dir: PathBuf,
    /// The program that the hooks start: absolute, see [`own_binary`]. Uninstall does not look at it.
    pub bin: PathBuf,
    /// Place [`STRICT_HOOK`] too. Without it, one that is there already stays.
    pub strict: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// What was done, or with [`Options::dry_run`] would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of doing.
    pub actions: Vec<Action>,
    /// What the person should know about this repository, one sentence without a full stop each.
    pub notices: Vec<String>,
}

impl Report {
    /// Did (or would) any file change?
    pub fn changed(&self) -> bool {
        self.actions.iter().any(|a| !matches!(a.what, What::Unchanged | What::Left))
    }

    /// Was everything done that was asked? If not, the note of each [`What::Left`] says how to go on.
    pub fn complete(&self) -> bool {
        !self.actions.iter().any(|a| a.what == What::Left)
    }
}

/// One file, and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What happened.
    pub what: What,
    /// The file; absolute and not escaped.
    pub path: PathBuf,
    /// Why, or what follows from it; may be empty, and may quote hostile paths.
    pub note: String,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10} {}", self.what.as_str(), self.path.display())?;
        if self.note.is_empty() { Ok(()) } else { write!(f, "    {}", self.note) }
    }
}

/// What can happen to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// A hook of guard's is there now.
    Installed,
    /// Guard's hook was there, of another version, for another program or not executable.
    Updated,
    /// It is there already, just so.
    Unchanged,
    /// Somebody else's hook is kept, and runs before guard.
    Chained,
    /// Somebody else's hook is kept, but does not run.
    Kept,
    /// Somebody else's hook is back where it was.
    Restored,
    /// A hook of guard's is gone.
    Removed,
    /// Not touched although it was to be: only its owner can decide.
    Left,
}

impl What {
    /// The word that starts the line of a report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Chained => "chained",
            Self::Kept => "kept",
            Self::Restored => "restored",
            Self::Removed => "removed",
            Self::Left => "left",
        }
    }
}

/// Places the hooks. Doing it again changes nothing, or brings back what has gone missing.
pub fn install(options: &Options) -> Result<Report> {
    if !options.bin.is_absolute() || !options.bin.is_file() {
        return Err(Error::usage(format!("{} is not an absolute path of a program", options.bin.display())));
    }
    let repository = Repository::discover(&options.dir)?;
    let _alone = alone(&repository)?;
    let hooks = repository.hooks()?;
    let mut work = hook::Work::new(&hooks.folder)?;
    work.install(&options.bin, options.strict)?;
    let mut report = work.carry_out(options.dry_run)?;
    report.notices.extend(hooks.notices);
    Ok(report)
}

/// Takes the hooks away and puts back what was there. Doing it again changes nothing.
pub fn uninstall(options: &Options) -> Result<Report> {
    let mut report = Report::default();
    let repository = Repository::discover(&options.dir)?;
    let _alone = alone(&repository)?;
    for folder in repository.every_hooks_folder()? {
        let mut work = hook::Work::new(&folder)?;
        work.uninstall();
        let done = work.carry_out(options.dry_run)?;
        report.actions.extend(done.actions);
        report.notices.extend(done.notices);
    }
    if report.actions.is_empty() {
        report.notices.push("no hooks of guard's are installed here".to_owned());
    }
    Ok(report)
}

/// `guard start` holds the git directory itself, and a hook of the commit that it makes may install.
fn alone(repository: &Repository) -> Result<Alone> {
    Alone::in_folder(&repository.common.join("objects"))
}

/// The path by which hooks should start this very program: the one on PATH where that leads here, because it
/// survives an upgrade that the file behind it does not.
pub fn own_binary() -> Result<PathBuf> {
    let running = std::env::current_exe()
        .and_then(platform::canonicalize)
        .map_err(|e| Error::io(format!("guard cannot find its own file: {e}")).help("install guard again"))?;
    let name = running.file_name().unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let leads_here =
        |file: &PathBuf| file.is_absolute() && platform::canonicalize(file).is_ok_and(|real| real == running);
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(leads_here);
    Ok(found.unwrap_or(running))
}

/// Where hooks are kept that are not the ones that git runs.
fn chain_folder(folder: &Path) -> PathBuf {
    folder.join("guard-chained")
}

/// The hook called `name` there.
fn chained(folder: &Path, name: &str) -> PathBuf {
    chain_folder(folder).join(name)
}
