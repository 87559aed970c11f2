//! The repositories. Each is built once, by `git fast-import`, and kept below `target/tmp/ratios` under the name of its
//! shape; a folder that was not finished is built again.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// To be raised when what is built changes: kept repositories are then built again.
const KIND: u32 = 1;

/// How many tasks the plan has. Each has a folder of its own.
pub(crate) const TASKS: usize = 20;

/// What a repository is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Tracked files, plan and policy aside.
    pub(crate) files: usize,
    /// Commits since the rollback commit: one file of one task each.
    pub(crate) commits: usize,
    /// Do the files stand in the work tree, too?
    pub(crate) checked_out: bool,
}

/// A repository of some shape: `main` is checked out, nothing is staged.
pub(crate) struct Repo {
    /// The top of its work tree.
    pub(crate) path: PathBuf,
}

/// The file with this number.
pub(crate) fn file(number: usize) -> String {
    let (part, rest) = (number % TASKS, number / TASKS);
    format!("part{part:02}/m{:04}/file{:02}.txt", rest / 25, rest % 25)
}

/// Where all of them are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("ratios")
}

impl Repo {
    /// Takes the one that was built before, or builds it.
    pub(crate) fn of(shape: Shape) -> Result<Self> {
        let Shape { files, commits, checked_out } = shape;
        let out = if checked_out { "-checked-out" } else { "" };
        let path = folder().join(format!("{KIND}-{files}-files-{commits}-commits{out}"));
        let repo = Self { path };
        let built = repo.path.join(".git/built");
        if !built.exists() {
            eprintln!("  building {}", repo.path.display());
            if repo.path.exists() {
                fs::remove_dir_all(&repo.path)?;
            }
            fs::create_dir_all(&repo.path)?;
            repo.build(shape)?;
            fs::write(built, "")?;
        }
        Ok(repo)
    }

    fn build(&self, shape: Shape) -> Result<()> {
        self.git(&["init", "-q", "-b", "main", "--template="])?;
        let settings =
            "[user]\n\tname = A\n\temail = a@example.com\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";
        let file = self.path.join(".git/config");
        fs::write(&file, fs::read_to_string(&file)? + settings)?;
        let mut import = self.command("git");
        import.args(["fast-import", "--quiet"]).stdin(Stdio::piped());
        let mut import = import.spawn()?;
        let mut pipe = import.stdin.take().ok_or("git fast-import has no standard input")?;
        let wrote = write_history(&mut pipe, shape);
        drop(pipe);
        if !import.wait()?.success() {
            return Err("git fast-import failed".into());
        }
        wrote?;
        // As a repository is that has been used for a while.
        self.git(&["gc", "--quiet", "--prune=now"])?;
        self.git(if shape.checked_out { &["reset", "-q", "--hard"] } else { &["read-tree", "HEAD"] })?;
        Ok(())
    }

    /// A program at the top, with nothing of this machine's settings.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.path).env_clear();
        for (name, value) in [
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", folder().into()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
            ("GIT_CONFIG_SYSTEM", "/dev/null".into()),
            ("GIT_PAGER", "cat".into()),
            ("LC_ALL", "C".into()),
            ("TZ", "UTC".into()),
        ] {
            command.env(name, value);
        }
        command
    }

    /// As [`Repo::command`], and with these arguments.
    pub(crate) fn with(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
        let mut command = self.command(program);
        command.args(args);
        command
    }

    /// What git prints; it must succeed.
    pub(crate) fn git(&self, args: &[&str]) -> Result<String> {
        said(&mut self.with("git", args))
    }

    /// The files that are read when a question is answered: index, refs and packs.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let git = self.path.join(".git");
        let mut files: Vec<PathBuf> =
            ["index", "packed-refs", "HEAD", "config"].iter().map(|name| git.join(name)).collect();
        for entry in fs::read_dir(git.join("objects/pack"))? {
            files.push(entry?.path());
        }
        files.retain(|file| file.is_file());
        Ok(files)
    }
}

/// What a command prints; it must succeed.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let out = command.stdin(Stdio::null()).output()?;
    if !out.status.success() {
        return Err(format!("this failed: {command:?}: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Twenty tasks with a folder each.
fn plan() -> String {
    let mut plan = "version = 1\ntopic = \"bench\"\n".to_owned();
    for task in 0..TASKS {
        let head = format!("\n[[task]]\nid = \"T{:03}\"\nsummary = \"Write part {task}\"\n", task + 1);
        plan += &format!("{head}scope = [\"part{task:02}/**\"]\n");
    }
    plan
}

/// The policy is the built-in one, but for how far back a rollback commit may lie, and for how often a task may be committed:
/// nobody has a plan of 50,000 tasks.
const POLICY: &str = "version = 1\n\n[rollback]\nmax_distance = 100000\n\n[rules]\natomic = \"off\"\n";

fn write_history(pipe: &mut impl std::io::Write, shape: Shape) -> Result<()> {
    let mut pipe = std::io::BufWriter::new(pipe);
    let who = |seconds: usize| format!("committer A <a@example.com> {} +0000\n", 1_700_000_000 + seconds);
    let data = |text: &str| format!("data {}\n{text}\n", text.len());
    let mut text = String::from("blob\nmark :1\n") + &data("fn number() -> u8 {\n    1\n}\n");
    text += &format!("commit refs/heads/main\n{}{}", who(0), data("The files\n"));
    for (path, content) in [("plans/bench.toml", plan().as_str()), ("guard.toml", POLICY)] {
        write!(text, "M 100644 inline {path}\n{}", data(content))?;
    }
    for number in 0..shape.files {
        writeln!(text, "M 100644 :1 {}", file(number))?;
        if text.len() > 1 << 16 {
            pipe.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    let rollback = "rollback: before executing plan bench\n\nGuard-Plan: plans/bench.toml\n";
    write!(text, "commit refs/heads/main\n{}{}", who(60), data(rollback))?;
    for commit in 0..shape.commits {
        // A prime, so that the commits go through all files in no order.
        let number = commit * 7919 % shape.files;
        let task = number % TASKS + 1;
        let message =
            format!("T{task:03}: change {commit}\n\nBecause it was found to be wrong in case {commit}.\n");
        let content = format!("fn number() -> u32 {{\n    {commit}\n}}\n");
        let (head, path) = (who(120 + 60 * commit), file(number));
        write!(
            text,
            "commit refs/heads/main\n{head}{}M 100644 inline {path}\n{}",
            data(&message),
            data(&content)
        )?;
        if text.len() > 1 << 16 {
            pipe.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    pipe.write_all(text.as_bytes())?;
    pipe.flush()?;
    Ok(())
}
