//! `guard doctor`: proves by trial that each hook of guard's fires and refuses.
//!
//! Looking at hook files shows only that they are there. So each hook is also made to fire, in a throw-away worktree, on
//! a command that git must run it for; guard then refuses and signs that it was asked. No branch, index or work tree of
//! the person's is touched.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::git::run;
use crate::install::{self, Action, DEFAULT_HOOKS, FORMER_HOOKS, Options, STRICT_HOOK, What};
use crate::platform;
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
        let answer = stage.fires(hook)?;
        well = well && answer == Answer::Fires;
        let why = match answer {
            Answer::Fires => {
                let _ = writeln!(text, "fires      {hook}");
                continue;
            }
            Answer::Silent => "git did not run guard for it".to_owned(),
            Answer::Forestalled(said) => format!("something else refused first: {}", escape(&said)),
        };
        let _ = writeln!(text, "silent     {hook}    {why}");
        let _ = writeln!(text, "  fix      guard install");
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
    Ok(top.join(platform::path(&path)?))
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
    for action in &report.actions {
        let Some(why) = trouble(action, &report.actions) else { continue };
        well = false;
        let _ = writeln!(text, "broken     {}    {why}", escape(&action.path.display().to_string()));
        let _ = writeln!(text, "  fix      guard install");
    }
    for notice in &report.notices {
        let _ = writeln!(text, "note: {}", escape(notice));
    }
    Ok(well)
}

/// What is wrong, if installing would have to do this; one sentence for each hook.
fn trouble(action: &Action, all: &[Action]) -> Option<String> {
    let path = &action.path;
    let aside = |hook: &Path| {
        let paths = ["legacy", "old"].map(|suffix| hook.with_extension(suffix));
        all.iter().find(|a| paths.contains(&a.path) && matches!(a.what, What::Removed | What::Restored))
    };
    Some(match action.what {
        What::Installed if path.symlink_metadata().is_err() => "is missing".to_owned(),
        What::Installed => match aside(path).and_then(|moved| moved.path.file_name()) {
            Some(name) => {
                let name = escape(&name.to_string_lossy());
                format!("was placed by another hook manager, which made guard's own {name}")
            }
            None => "was placed by somebody else since; guard's own is gone".to_owned(),
        },
        What::Updated => "is of another version, for another program, or not executable".to_owned(),
        What::Removed | What::Restored if FORMER_HOOKS.iter().any(|name| path.ends_with(name)) => {
            "is of an earlier guard, which is not needed any more".to_owned()
        }
        What::Removed | What::Restored => {
            let hook = path.with_extension("");
            let told = all.iter().any(|a| a.path == hook && a.what == What::Installed);
            (!told).then(|| "is guard's hook, moved here by another hook manager".to_owned())?
        }
        What::Unchanged | What::Chained | What::Kept | What::Left => return None,
    })
}

/// How a trial ended.
#[derive(PartialEq, Eq)]
enum Answer {
    /// Guard was asked and refused, and git took that.
    Fires,
    /// git went on without guard.
    Silent,
    /// The command failed before guard was asked; what it said first.
    Forestalled(String),
}

/// A throw-away worktree with what the trials need.
struct Stage {
    top: PathBuf,
    folder: PathBuf,
    tree: PathBuf,
    /// The folder of hooks, where `core.hooksPath` counts from the top of the work tree: the throw-away one has none.
    hooks: Option<PathBuf>,
}

impl Stage {
    fn new(top: &Path, head: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("guard-doctor-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|e| Error::io(format!("cannot create {}: {e}", folder.display())))?;
        let hooks = run::answer(top, &["config", "--type=path", "--get", "core.hooksPath"])?;
        let hooks = hooks.map(|value| platform::path(&value)).transpose()?;
        let hooks = hooks.filter(|value| value.is_relative() && !value.as_os_str().is_empty());
        let top = platform::canonicalize(top).map_err(|e| Error::io(format!("{}: {e}", top.display())))?;
        let hooks = hooks.map(|value| top.join(value));
        let stage = Self { top, tree: folder.join("tree"), folder, hooks };
        let tree = stage.tree.display().to_string();
        let out = stage.git(
            &stage.top,
            None,
            &["worktree", "add", "-q", "--no-checkout", "--detach", &tree, head],
        )?;
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
        git.current_dir(dir).args(["-c", "commit.gpgSign=false"]);
        if let Some(hooks) = &self.hooks {
            git.arg("-c").arg([OsStr::new("core.hooksPath="), hooks.as_os_str()].join(OsStr::new("")));
        }
        git.args(args).env("GIT_EDITOR", ":");
        // The throw-away worktree has no files: other managers must neither miss their settings nor change hooks.
        git.env("PRE_COMMIT_ALLOW_NO_CONFIG", "1").env("PREK_ALLOW_NO_CONFIG", "1");
        git.env("LEFTHOOK_NO_AUTO_INSTALL", "1");
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
    fn fires(&self, hook: &str) -> Result<Answer> {
        let out = match hook {
            // A `pre-commit` hook of the person's own must not decide: no merge runs it, nor does --no-verify.
            "pre-merge-commit" | "commit-msg" => {
                let (ours, other) = (self.side("ours")?, self.side("theirs")?);
                // The trial before this one may have stopped a merge half-way.
                self.made(&["merge", "--quit"])?;
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
            _ => self.git(&self.tree, Some(hook), &["commit", "-qn", "--allow-empty", "-m", "trial"])?,
        };
        let signed = fs::read(self.signature(hook)).is_ok_and(|signed| signed == hook.as_bytes());
        Ok(match (out.status.success(), signed) {
            (true, _) => Answer::Silent,
            (false, true) => Answer::Fires,
            (false, false) => {
                let said = String::from_utf8_lossy(&out.stderr);
                // Guard's hooks that stand aside say so.
                let first = said.lines().find(|line| !line.trim().is_empty() && !line.starts_with("guard: "));
                Answer::Forestalled(first.unwrap_or("without a word").trim().to_owned())
            }
        })
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
