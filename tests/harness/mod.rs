//! A scratch repository on real git, shut off from the machine it runs on: no system, account or environment
//! settings, a clock that ticks once a commit, and everything below one temporary folder.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; -1: killed by a signal.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Both streams.
    pub fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// It must have succeeded; its standard output without the last line feed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.text());
        self.out.strip_suffix('\n').map(str::to_owned).unwrap_or(self.out)
    }

    /// It must have ended with `code` and have said each of `words` on either stream.
    #[track_caller]
    pub fn says(self, code: i32, words: &[&str]) -> Self {
        let text = self.text();
        assert_eq!(self.code, code, "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
        self
    }
}

/// A repository on branch `main`, without a commit, in a folder of its own.
pub struct Repo {
    scratch: TempDir,
    /// The top of the work tree.
    pub path: PathBuf,
    env: Vec<(OsString, OsString)>,
    clock: Cell<u64>,
}

impl Repo {
    pub fn new() -> Self {
        Self::named("repo")
    }

    /// In a folder called `name`, which may be odd.
    pub fn named(name: impl AsRef<OsStr>) -> Self {
        let scratch = TempDir::new().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        let settings = "[init]\n\tdefaultBranch = main\n[user]\n\tname = A\n\temail = a@example.com\n[gc]\n\tauto = 0\n\
            [maintenance]\n\tauto = false\n[protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n";
        fs::write(root.join("gitconfig"), settings).unwrap();
        let path = root.join(name.as_ref());
        fs::create_dir(&path).unwrap();
        let mut repo = Self { scratch, path, env: Vec::new(), clock: Cell::new(1_700_000_000) };
        let settings = repo.root().join("gitconfig");
        for (key, value) in [
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", repo.root().into_os_string()),
            ("GIT_CONFIG_GLOBAL", settings.into_os_string()),
            ("GIT_CONFIG_SYSTEM", "/dev/null".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
            ("GIT_EDITOR", "true".into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
        ] {
            repo.env(key, value);
        }
        repo.git(&["init", "-q"]).ok();
        fs::remove_dir_all(repo.path.join(".git/hooks")).unwrap(); // git's samples
        fs::create_dir(repo.path.join(".git/hooks")).unwrap();
        repo
    }

    /// The temporary folder that holds the repository and all else that the test makes.
    pub fn root(&self) -> PathBuf {
        self.scratch.path().canonicalize().unwrap()
    }

    /// Sets an environment variable for all that follows.
    pub fn env(&mut self, key: &str, value: impl Into<OsString>) -> &mut Self {
        self.unset(key).env.push((key.into(), value.into()));
        self
    }

    /// Removes an environment variable.
    pub fn unset(&mut self, key: &str) -> &mut Self {
        self.env.retain(|(name, _)| name != key);
        self
    }

    /// A command in the folder `dir`, with this repository's environment and the next tick of its clock.
    pub fn command(&self, program: impl AsRef<OsStr>, dir: &Path) -> Command {
        self.clock.set(self.clock.get() + 60);
        let date = format!("{} +0000", self.clock.get());
        let mut command = Command::new(program);
        command.env_clear().envs(self.env.iter().map(|(k, v)| (k, v))).current_dir(dir).stdin(Stdio::null());
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        command
    }

    /// Runs a program in the folder `dir`.
    pub fn run_in(&self, dir: &Path, program: impl AsRef<OsStr>, args: &[impl AsRef<OsStr>]) -> Ran {
        Ran::new(&self.command(program, dir).args(args).output().unwrap())
    }

    /// git at the top of the work tree.
    pub fn git(&self, args: &[&str]) -> Ran {
        self.run_in(&self.path, "git", args)
    }

    /// The built guard at the top of the work tree.
    pub fn guard(&self, args: &[&str]) -> Ran {
        self.run_in(&self.path, guard_bin(), args)
    }

    /// Writes a file, relative to the work tree, with the folders above it.
    pub fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// As [`Repo::write`], and executable.
    pub fn script(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(path);
        executable(&path, text);
        path
    }

    /// Commits an edit of `file.txt` through the hooks.
    pub fn commit(&self, message: &str) -> Ran {
        self.write("file.txt", format!("{}\n", self.clock.get()));
        self.git(&["add", "file.txt"]).ok();
        self.git(&["commit", "-q", "-m", message])
    }

    /// How many commits `HEAD` has; 0 before the first.
    pub fn commits(&self) -> usize {
        self.git(&["rev-list", "--count", "--all"]).ok().parse().unwrap()
    }
}

/// The program under test.
pub fn guard_bin() -> &'static str {
    env!("CARGO_BIN_EXE_guard")
}

/// Writes a program, with the folders above it.
pub fn executable(path: &Path, text: impl AsRef<[u8]>) {
    let draft = tempfile::NamedTempFile::new().unwrap();
    fs::write(draft.path(), text).unwrap();
    copy(draft.path(), path);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Copies a file, with the folders above it and its mode, in another process: a program that this one holds open
/// for writing cannot be started, and a thread that forks meanwhile would inherit the handle.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let status = Command::new("cp").arg("-p").arg("--").args([from, to]).status().unwrap();
    assert!(status.success(), "{from:?} -> {to:?}");
}

/// Every path below `folder` with its mode, link target and contents: equal pictures mean that nothing changed.
pub fn picture(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        let text = if meta.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        let target = fs::read_link(&path).ok();
        lines.push(format!("{path:?} {:o} {target:?} {}", meta.permissions().mode(), text.escape_ascii()));
        if meta.is_dir() {
            lines.extend(picture(&path));
        }
    }
    lines.sort();
    lines
}

/// Dice that fall the same way for the same seed (SplitMix64): a failing case can be thrown again.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    /// True once in `n` throws.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.roll(n) == 0
    }

    pub fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())].clone()
    }
}
