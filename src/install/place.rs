//! Where a repository's hooks live, as git itself answers: includes, worktree configuration, global and system
//! files and `-c` all count, and repository formats that no library reads are no obstacle.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::shim::quote;
use crate::error::{Error, Kind, Result};
use crate::platform;

/// A repository, as far as installing needs to know it.
pub(super) struct Repository {
    /// The folder that all worktrees share, absolute.
    pub(super) common: PathBuf,
    /// The top of the work tree; `None` in a bare repository or inside `.git`.
    pub(super) top: Option<PathBuf>,
    pub(super) bare: bool,
    hooks_path: Option<Setting>,
}

/// The value of `core.hooksPath` that wins.
struct Setting {
    /// `local`, `worktree`, `global`, `system` or `command`.
    scope: String,
    /// `file:…`, with the path relative to the top of the work tree.
    origin: Vec<u8>,
    value: Vec<u8>,
}

/// The folder that git runs hooks from.
pub(super) struct Hooks {
    /// Absolute; symbolic links resolved as far as the folder exists.
    pub(super) folder: PathBuf,
    /// What the person should know about this folder, one sentence each.
    pub(super) notices: Vec<String>,
}

impl Repository {
    /// The repository that git finds from the folder `dir`.
    pub(super) fn discover(dir: &Path) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(|e| Error::io(format!("{}: {e}", dir.display())))?;
        let facts = answer(&dir, &["rev-parse", "--is-bare-repository", "--git-common-dir"])?;
        // The path may hold line feeds, so only the first and the last one separate.
        let cut = facts.iter().position(|b| *b == b'\n').unwrap_or(facts.len());
        let (bare, common) = facts.split_at(cut);
        let common = dir.join(platform::path(common.strip_prefix(b"\n").unwrap_or_default())?);
        let common =
            platform::canonicalize(&common).map_err(|e| Error::io(format!("{}: {e}", common.display())))?;
        let bare = bare == b"true";
        let top = if bare {
            None
        } else {
            answer(&dir, &["rev-parse", "--show-toplevel"])
                .ok()
                .map(|top| platform::path(&top))
                .transpose()?
        };
        Ok(Self { common, top, bare, hooks_path: Setting::read(&dir)? })
    }

    /// The folder to install into, or why there is none.
    pub(super) fn hooks(&self) -> Result<Hooks> {
        if self.bare {
            return Err(self.bare_error());
        }
        let mut hooks = match &self.hooks_path {
            None => Hooks { folder: self.common.join("hooks"), notices: Vec::new() },
            Some(setting) => self.configured(setting)?,
        };
        match platform::canonicalize(&hooks.folder) {
            Ok(real) if !real.is_dir() => return Err(not_a_folder(&hooks.folder)),
            Ok(real) => {
                if hooks.folder.is_symlink() {
                    hooks.notices.push(format!(
                        "{} is a symbolic link; the hooks are in {}",
                        hooks.folder.display(),
                        real.display()
                    ));
                }
                hooks.folder = real;
            }
            Err(e) if e.kind() == ErrorKind::NotFound && !hooks.folder.is_symlink() => {}
            Err(e) => return Err(Error::io(format!("{}: {e}", hooks.folder.display()))),
        }
        self.describe(&mut hooks);
        Ok(hooks)
    }

    /// Every folder of this repository that guard may have put hooks into.
    ///
    /// # Errors
    /// `core.hooksPath` is no name that a folder of this system can have.
    pub(super) fn every_hooks_folder(&self) -> Result<Vec<PathBuf>> {
        let own = self.hooks_path.as_ref().filter(|s| s.is_own());
        let configured = own.map(|s| self.resolve(&s.value)).transpose()?.flatten();
        let mut folders = vec![self.common.join("hooks")];
        folders.extend(configured);
        let mut real: Vec<PathBuf> = folders.iter().filter_map(|f| platform::canonicalize(f).ok()).collect();
        real.retain(|folder| folder.is_dir());
        real.dedup();
        Ok(real)
    }

    fn configured(&self, setting: &Setting) -> Result<Hooks> {
        let value = platform::path(&setting.value)?;
        let origin = String::from_utf8_lossy(&setting.origin);
        let shown = format!("core.hooksPath={} ({}, {origin})", value.display(), setting.scope);
        if setting.scope == "command" {
            let message = format!("core.hooksPath={} holds for this one command only", value.display());
            return Err(Error::usage(message)
                .help(
                    "run guard install without `git -c core.hooksPath=…` and without GIT_CONFIG_* variables",
                )
                .help("git config core.hooksPath <folder>    makes the folder permanent"));
        }
        if !setting.is_own() {
            return Err(self.shared_error(&shown, &value));
        }
        if setting.value.is_empty() || value == Path::new("/dev/null") {
            return Err(Error::git(format!("git is told to run no hooks here: {shown}"))
                .help(format!("{}    then: guard install", setting.unset())));
        }
        let Some(folder) = self.resolve(&setting.value)? else {
            return Err(Error::git(format!("{shown} is relative to the work tree, and this is not in one"))
                .help("run guard install at the top of the work tree"));
        };
        let mut notices = vec![format!("hooks are where {shown} says")];
        if !value.is_absolute() && self.has_linked_worktrees() {
            notices.push(
                "the folder is relative, so each worktree has its own: run guard install in each".to_owned(),
            );
        }
        Ok(Hooks { folder, notices })
    }

    /// A relative `core.hooksPath` counts from the top of the work tree.
    fn resolve(&self, value: &[u8]) -> Result<Option<PathBuf>> {
        let value = platform::path(value)?;
        Ok(if value.is_absolute() { Some(value) } else { self.top.as_ref().map(|top| top.join(value)) })
    }

    fn describe(&self, hooks: &mut Hooks) {
        let Some(top) = &self.top else { return };
        let in_tree = hooks.folder.strip_prefix(top).ok().filter(|_| !hooks.folder.starts_with(&self.common));
        if let Some(folder) = in_tree {
            hooks.notices.extend(in_tree_notice(top, folder));
        } else if !hooks.folder.starts_with(&self.common) {
            hooks.notices.push(format!(
                "{} is outside this repository: others that use it are guarded too",
                hooks.folder.display()
            ));
        }
        if hooks.folder.ends_with(".husky/_") {
            hooks.notices.push(
                "husky writes .husky/_ anew: run guard install after it, as in \"prepare\": \"husky && guard install\""
                    .to_owned(),
            );
        }
        if hooks.folder.starts_with(&self.common) && self.has_linked_worktrees() {
            hooks.notices.push("all worktrees of this repository are guarded".to_owned());
        }
        if top.join(".gitmodules").exists() {
            hooks.notices.push(
                "submodules have hooks of their own: git submodule foreach --recursive 'guard install'"
                    .to_owned(),
            );
        }
    }

    fn has_linked_worktrees(&self) -> bool {
        self.common.join("worktrees").read_dir().is_ok_and(|mut entries| entries.next().is_some())
    }

    fn bare_error(&self) -> Error {
        let hook = String::from_utf8_lossy(&quote(
            self.common.join("hooks/pre-receive").as_os_str().as_encoded_bytes(),
        ))
        .into_owned();
        Error::git("this repository is bare: nobody commits in it, so there is nothing for guard install to place")
            .help(format!(
                "printf '#!/bin/sh\\nexec guard hook pre-receive\\n' > {hook} && chmod +x {hook}    judges every push to it"
            ))
            .help("guard install    in a clone or worktree judges commits as they are made")
    }

    /// Hooks of the whole account or machine: whoever shares the folder must not be guarded by accident.
    fn shared_error(&self, shown: &str, shared: &Path) -> Error {
        let own = self.common.join("hooks");
        let word = |path: &Path| String::from_utf8_lossy(&quote(&platform::for_sh(path))).into_owned();
        let mut error = Error::git(format!(
            "{shown} is shared by other repositories, which guard install would guard too"
        ))
        .help(format!("git config --local core.hooksPath {}    uses hooks of its own here", word(&own)));
        for hook in super::DEFAULT_HOOKS.iter().chain(&[super::STRICT_HOOK]) {
            let (from, to) = (shared.join(hook), own.join(hook));
            if from.is_file() && !to.exists() {
                error = error.help(format!("ln -s {} {}    keeps the shared one", word(&from), word(&to)));
            }
        }
        error.help("guard install    after that; other shared hooks no longer run in this repository")
    }
}

impl Setting {
    fn read(dir: &Path) -> Result<Option<Self>> {
        let ask = ["config", "-z", "--show-scope", "--show-origin", "--type=path", "--get", "core.hooksPath"];
        let output = run(dir, &ask)?;
        if output.status.code() == Some(1) {
            return Ok(None);
        }
        let text = checked(output)?;
        let mut fields = text.splitn(3, |b| *b == 0);
        let mut next = || fields.next().unwrap_or_default();
        let (scope, origin, value) = (next(), next(), next());
        Ok(Some(Self {
            scope: String::from_utf8_lossy(scope).into_owned(),
            origin: origin.to_vec(),
            value: value.strip_suffix(b"\0").unwrap_or(value).to_vec(),
        }))
    }

    /// Set for this repository or worktree alone.
    fn is_own(&self) -> bool {
        matches!(self.scope.as_str(), "local" | "worktree")
    }

    /// The command that removes the setting from the file it is in.
    fn unset(&self) -> String {
        let file = self.origin.strip_prefix(b"file:").unwrap_or(&self.origin);
        match file.rsplit(|b| *b == b'/').next().unwrap_or_default() {
            b"config" => "git config --local --unset-all core.hooksPath".to_owned(),
            b"config.worktree" => "git config --worktree --unset-all core.hooksPath".to_owned(),
            _ => format!(
                "git config --file {} --unset-all core.hooksPath",
                String::from_utf8_lossy(&quote(file))
            ),
        }
    }
}

/// Files of the work tree: will a shim in `folder` (relative to `top`) turn up in `git status`?
fn in_tree_notice(top: &Path, folder: &Path) -> Option<String> {
    let probe = folder.join("pre-commit");
    let tracked = run(top, &[OsString::from("ls-files"), "-z".into(), "--".into(), folder.into()]);
    if tracked.is_ok_and(|output| !output.stdout.is_empty()) {
        return Some(format!(
            "{} is tracked by git: the hooks will show up in git status, and hold a path of this machine",
            folder.display()
        ));
    }
    let ignored = run(top, &[OsString::from("check-ignore"), "-q".into(), "--".into(), probe.into()]);
    let seen = ignored.is_ok_and(|output| output.status.code() == Some(1));
    seen.then(|| format!("{} is in the work tree: the hooks will show up in git status", folder.display()))
}

fn not_a_folder(hooks: &Path) -> Error {
    Error::git(format!("{} is where git looks for hooks, but it is not a folder", hooks.display()))
        .help("move it away, or point core.hooksPath somewhere else; then: guard install")
}

fn run<S: AsRef<std::ffi::OsStr>>(dir: &Path, args: &[S]) -> Result<std::process::Output> {
    Command::new("git").args(args).current_dir(dir).output().map_err(|e| match e.kind() {
        ErrorKind::NotFound if dir.is_dir() => {
            Error::git("git was not found on PATH").help("install git 2.30 or newer, then: guard install")
        }
        _ => Error::io(format!("git could not be started in {}: {e}", dir.display())),
    })
}

/// What git says on standard output, without the last line feed.
fn answer(dir: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let mut text = checked(run(dir, args)?)?;
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    Ok(text)
}

/// git's own refusal is passed on: its first line is the message, the others say what to do.
fn checked(output: std::process::Output) -> Result<Vec<u8>> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("git failed without a word");
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    let error = lines.fold(Error::new(Kind::Git, first), |error, line| error.help(line));
    Err(if first.starts_with("not a git repository") {
        error.help("cd into a repository, or make one: git init").help("then: guard install")
    } else {
        error
    })
}
