//! Running the `git` on the machine, for what no library can answer or do.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// `git` in `dir`, without replace refs and grafts, optional writes, prompts or a pager.
pub fn command(dir: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(dir)
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_GRAFT_FILE", "/dev/null")
        // `git status` would else refresh the index: who only looks needs no lock and no room on the disk.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_PAGER", "cat")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    // A hook may be handed paths relative to its own folder, which is not where this git is started.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"] {
        if let Some(path) = std::env::var_os(name).filter(|path| !path.is_empty())
            && let Ok(absolute) = std::path::absolute(&path)
        {
            git.env(name, absolute);
        }
    }
    git
}

/// Runs `git` and returns what it printed, less the final line feed.
///
/// # Errors
/// When git cannot be started, or exits with anything but 0: its own words are passed on.
pub fn output(dir: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let out = command(dir).args(args).output().map_err(|e| cannot_start(&e))?;
    if !out.status.success() {
        return Err(failed(args, &out.stderr));
    }
    let mut text = out.stdout;
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    Ok(text)
}

/// As [`output`], for commands that answer "no" by exiting with 1: `None`.
///
/// # Errors
/// When git cannot be started, or fails in any other way.
pub fn answer(dir: &Path, args: &[&str]) -> Result<Option<Vec<u8>>> {
    let out = command(dir).args(args).output().map_err(|e| cannot_start(&e))?;
    match out.status.code() {
        Some(0) => Ok(Some(out.stdout.trim_ascii_end().to_vec())),
        Some(1) => Ok(None),
        _ => Err(failed(args, &out.stderr)),
    }
}

/// Runs a prepared `git` with `input` on its standard input, and returns what it printed.
///
/// # Errors
/// As [`output`].
pub fn feed(mut git: Command, input: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write;
    let args: Vec<String> = git.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
    git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = git.spawn().map_err(|e| cannot_start(&e))?;
    let stdin = child.stdin.take();
    // Written beside the reading, so that neither waits for the other. git may have heard enough before the end.
    let out = std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input)));
        child.wait_with_output()
    })
    .map_err(|e| cannot_start(&e))?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    Err(failed(&args.iter().map(String::as_str).collect::<Vec<_>>(), &out.stderr))
}

/// git could not be started at all.
pub fn cannot_start(e: &std::io::Error) -> Error {
    Error::git(format!("git could not be started: {e}")).help("install git, or put it on PATH")
}

fn failed(args: &[&str], stderr: &[u8]) -> Error {
    let said = String::from_utf8_lossy(stderr);
    let mut lines = said.lines().filter(|line| !line.starts_with("hint:") && !line.trim().is_empty());
    let said = lines.next().unwrap_or("no reason given");
    let said = said.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned();
    let error = Error::git(format!("git {}: {said}", args.first().copied().unwrap_or_default()));
    if said.contains(".lock': File exists") {
        return error.help(
            "another git is at work here: wait for it. If there is none, one was killed: remove that lock",
        );
    }
    error.help("git fsck                      if this is about a missing or damaged object")
}
