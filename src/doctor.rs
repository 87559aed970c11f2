//! `guard doctor`: proves by trial that each hook of guard's fires and refuses.
//!
//! Looking at hook files shows only that they are there. So each hook is also made to fire, in a throw-away worktree, on
//! a command that git must run it for; guard then refuses and signs that it was asked. No branch, index or work tree of
//! the person's is touched.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::git::run;
use crate::install::{self, DEFAULT_HOOKS, Options, STRICT_HOOK, What};
use crate::report::escape;

/// The environment variable by which a trial reaches guard: `<hook>=<file to sign in>`. The hook on trial refuses; the
/// others let the command come to it, and say that they judged nothing, as with `GUARD_SKIP`.
pub const TRIAL: &str = "GUARD_DOCTOR";

/// What a hook has to do in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Refuse: this hook is on trial, and has signed.
    Refuse,
    /// Stand aside.
    Pass,
}

/// Called by every hook; `None`: this is no trial.
///
/// # Errors
/// The file cannot be signed.
pub fn on_trial(hook: &str) -> Result<Option<Trial>> {
    let Some(trial) = std::env::var_os(TRIAL) else { return Ok(None) };
    let trial = trial.to_string_lossy().into_owned();
    let Some(file) = trial.strip_prefix(hook).and_then(|rest| rest.strip_prefix('=')) else {
        return Ok(Some(Trial::Pass));
    };
    fs::write(file, hook).map_err(|e| Error::io(format!("the trial of {hook} cannot be signed: {e}")))?;
    Ok(Some(Trial::Refuse))
}

/// The report, and whether all is well.
///
/// # Errors
/// The trials could not be made.
pub fn run() -> Result<(String, bool)> {
    let reader = Reader::open()?;
    let top = reader.work_tree().map(Path::to_path_buf).ok_or_else(|| {
        Error::git("a bare repository has no commits to try hooks on")
            .help("guard doctor                  in a clone")
    })?;
    let head = reader.head()?.born()?;
    let mut text = String::new();
    let mut well = standing(&top, &mut text)?;
    let stage = Stage::new(&top, &head.to_string())?;
    let strict = hook_file(&top, STRICT_HOOK)?.is_file();
    for hook in DEFAULT_HOOKS.into_iter().chain(strict.then_some(STRICT_HOOK)) {
        let fired = stage.fires(hook)?;
        well = well && fired;
        if fired {
            let _ = writeln!(text, "fires      {hook}");
        } else {
            let _ = writeln!(text, "silent     {hook}    git did not run guard for it");
            let _ = writeln!(text, "  fix      guard install");
        }
    }
    if !strict {
        let _ = writeln!(text, "not there  {STRICT_HOOK}    guard install --strict places it");
    }
    let _ = writeln!(
        text,
        "{}",
        if well { "guard: every hook fires and refuses" } else { "guard: not every hook works" }
    );
    Ok((text, well))
}

fn hook_file(top: &Path, hook: &str) -> Result<PathBuf> {
    let path = run::output(top, &["rev-parse", "--git-path", &format!("hooks/{hook}")])?;
    Ok(top.join(String::from_utf8_lossy(&path).into_owned()))
}

/// What an installation would have to change now: each such thing is a finding with its fix.
fn standing(top: &Path, text: &mut String) -> Result<bool> {
    let options =
        Options { dir: top.to_path_buf(), bin: install::own_binary()?, strict: false, dry_run: true };
    let report = match install::install(&options) {
        Ok(report) => report,
        Err(e) => {
            let _ = writeln!(text, "broken     {}", escape(e.message()));
            for (number, line) in e.help_lines().iter().enumerate() {
                let _ = writeln!(text, "  {:<8} {}", if number == 0 { "fix" } else { "" }, escape(line));
            }
            return Ok(false);
        }
    };
    let mut well = true;
    for action in report.actions.iter().filter(|a| !matches!(a.what, What::Unchanged)) {
        let why = match action.what {
            What::Installed => "is missing",
            What::Updated => "is of another version, for another program, or not executable",
            What::Chained | What::Kept => "was placed by somebody else since; guard's own is gone",
            _ => "was changed since guard placed it",
        };
        well = false;
        let _ = writeln!(text, "broken     {}    {why}", escape(&action.path.display().to_string()));
        if !action.note.is_empty() {
            let _ = writeln!(text, "           {}", escape(&action.note));
        }
        let _ = writeln!(text, "  fix      guard install");
    }
    for notice in &report.notices {
        let _ = writeln!(text, "note: {}", escape(notice));
    }
    Ok(well)
}

/// A throw-away worktree with what the trials need.
struct Stage {
    top: PathBuf,
    folder: PathBuf,
    tree: PathBuf,
}

impl Stage {
    fn new(top: &Path, head: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("guard-doctor-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|e| Error::io(format!("cannot create {}: {e}", folder.display())))?;
        let stage = Self { top: top.to_path_buf(), tree: folder.join("tree"), folder };
        let tree = stage.tree.display().to_string();
        let out =
            stage.git(top, None, &["worktree", "add", "-q", "--no-checkout", "--detach", &tree, head])?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            return Err(Error::git("no worktree could be made for the trials").help(said));
        }
        stage.made(&["read-tree", "HEAD"])?;
        Ok(stage)
    }

    fn git(&self, dir: &Path, trial: Option<&str>, args: &[&str]) -> Result<Output> {
        let mut git = Command::new("git");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") && !text.starts_with("GIT_CONFIG") && text != "GIT_EXEC_PATH" {
                git.env_remove(name);
            }
        }
        git.current_dir(dir).args(["-c", "commit.gpgSign=false"]).args(args).env("GIT_EDITOR", ":");
        git.env_remove("GUARD_SKIP").env("GIT_MERGE_AUTOEDIT", "no").stdin(std::process::Stdio::null());
        if let Some(hook) = trial {
            git.env(TRIAL, format!("{hook}={}", self.signature(hook).display()));
        }
        git.output().map_err(|e| run::cannot_start(&e))
    }

    fn signature(&self, hook: &str) -> PathBuf {
        self.folder.join(format!("{hook}.signed"))
    }

    /// A step that prepares a trial; it must work.
    fn made(&self, args: &[&str]) -> Result<String> {
        let out = self.git(&self.tree, None, args)?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            return Err(
                Error::git(format!("the trials could not be prepared: git {}", args.join(" "))).help(said)
            );
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// A commit beside HEAD with the same tree, made without any hook.
    fn side(&self, message: &str) -> Result<String> {
        self.made(&["commit-tree", "-p", "HEAD", "-m", message, "HEAD^{tree}"])
    }

    /// Does git run guard for this hook, and take its refusal?
    fn fires(&self, hook: &str) -> Result<bool> {
        let out = match hook {
            "pre-merge-commit" => {
                let (ours, other) = (self.side("ours")?, self.side("theirs")?);
                self.made(&["update-ref", "--no-deref", "HEAD", &ours])?;
                self.git(&self.tree, Some(hook), &["merge", "-q", "--no-ff", "-m", "trial", &other])?
            }
            "pre-push" => {
                let remote = self.folder.join("remote.git").display().to_string();
                self.made(&["init", "-q", "--bare", &remote])?;
                self.git(&self.tree, Some(hook), &["push", "-q", &remote, "HEAD:refs/heads/trial"])?
            }
            STRICT_HOOK => {
                let side = self.side("trial")?;
                let branch = format!("guard-doctor-{}", std::process::id());
                let out = self.git(&self.tree, Some(hook), &["branch", &branch, &side])?;
                if out.status.success() {
                    self.made(&["branch", "-q", "-D", &branch])?;
                }
                out
            }
            _ => self.git(&self.tree, Some(hook), &["commit", "-q", "--allow-empty", "-m", "trial"])?,
        };
        Ok(!out.status.success()
            && fs::read(self.signature(hook)).is_ok_and(|signed| signed == hook.as_bytes()))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let tree = self.tree.display().to_string();
        // What cannot be removed is only a stale entry that `git worktree prune` takes away.
        drop(self.git(&self.top, None, &["worktree", "remove", "--force", &tree]));
        drop(fs::remove_dir_all(&self.folder));
        drop(self.git(&self.top, None, &["worktree", "prune"]));
    }
}
