//! Ends a program at a chosen moment: before its n-th system call that changes files (strace), or after some time.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Repo, executable, guard_bin};

/// The calls that change files. A file that was opened and not yet written is met before its first `write`. The `?`
/// is for calls that not every machine has.
pub const CHANGES: &str = "?rename,?renameat,?renameat2,?unlink,?unlinkat,?mkdir,?mkdirat,?rmdir,?link,?linkat,\
    ?symlink,?symlinkat,?chmod,?fchmod,?fchmodat,write,fsync,ftruncate";
/// The calls around a child process.
pub const CHILDREN: &str = "?vfork,?clone,?clone3,wait4,waitid,?poll,?ppoll";

/// The calls of a program that only reads.
pub const READS: &str = "?open,openat";

/// Can strace trace here?
pub fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let works = tried.is_ok_and(|out| out.status.success());
    if !works {
        eprintln!("skipped: strace does not work here, so kills are timed and not counted");
    }
    works
}

/// Whom to kill, how.
#[derive(Clone, Copy)]
pub enum Victim<'a> {
    /// Guard itself.
    Guard,
    /// The git that guard starts with this word.
    Git(&'a str),
    /// The guard that this hook starts.
    Hook(&'a str),
}

/// The `nth` call of one kind.
#[derive(Debug, Clone)]
pub struct Point {
    call: String,
    nth: usize,
}

/// Traces a command of guard's, and kills it.
pub struct Trace<'a> {
    pub repo: &'a Repo,
    pub dir: PathBuf,
    pub args: &'a [&'a str],
    pub victim: Victim<'a>,
    pub calls: &'a str,
    /// More `-e` expressions for strace, such as calls that shall fail.
    pub also: &'a [&'a str],
}

impl Trace<'_> {
    /// Runs it to its end; the calls that the victim makes.
    pub fn points(&self) -> Vec<Point> {
        let out = self.command(&self.words()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut points: Vec<Point> = Vec::new();
        for line in self.log().lines().filter(|line| !line.starts_with(['+', '-'])) {
            let call = line.split('(').next().unwrap().to_owned();
            let nth = 1 + points.iter().filter(|p| p.call == call).count();
            points.push(Point { call, nth });
        }
        assert!(!points.is_empty());
        points
    }

    /// Kills the victim before that call and waits for all that it has started. False: it came to its end.
    pub fn kill(&self, point: &Point) -> bool {
        let mut words = self.words();
        words.extend(["-e".to_owned(), format!("inject={}:signal=KILL:when={}", point.call, point.nth)]);
        let mut command = self.command(&words);
        let child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.unwrap();
        let group = child.id();
        child.wait().unwrap();
        until_gone(group);
        self.log().contains("killed by SIGKILL")
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec!["-e".to_owned(), format!("trace={}", self.calls)];
        words.extend(self.also.iter().flat_map(|e| ["-e".to_owned(), (*e).to_owned()]));
        words
    }

    fn log(&self) -> String {
        fs::read_to_string(self.repo.root().join("calls")).unwrap()
    }

    fn command(&self, words: &[String]) -> Command {
        let log = self.repo.root().join("calls");
        let strace = |program: &OsStr| {
            let mut line: Vec<OsString> = vec!["strace".into(), "-o".into(), log.clone().into()];
            line.extend(words.iter().map(Into::into));
            line.push(program.to_owned());
            line
        };
        fs::remove_file(&log).ok();
        match self.victim {
            Victim::Guard => {
                let mut command = self.repo.command("strace", &self.dir);
                command.args(&strace(guard_bin().as_ref())[1..]).args(self.args);
                command
            }
            Victim::Git(word) => {
                let folder = self.repo.root().join("traced");
                let git = find("git");
                stand_in(&folder.join("git"), word, &git, &strace(git.as_os_str()));
                let mut command = self.repo.command(guard_bin(), &self.dir);
                let mut search = folder.into_os_string();
                search.push(":");
                search.push(std::env::var_os("PATH").unwrap());
                command.env("PATH", search).args(self.args);
                command
            }
            Victim::Hook(word) => {
                let file = self.repo.root().join("traced/guard");
                stand_in(&file, word, Path::new(guard_bin()), &strace(guard_bin().as_ref()));
                let mut command = self.repo.command(guard_bin(), &self.dir);
                command.env("GUARD_BIN", file).args(self.args);
                command
            }
        }
    }
}

fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file()).unwrap()
}

/// A program that starts `real`, and through strace when one of its arguments is `word`.
fn stand_in(file: &Path, word: &str, real: &Path, strace: &[OsString]) {
    let quoted: Vec<String> = strace.iter().map(|w| format!("'{}'", w.to_str().unwrap())).collect();
    let text = format!(
        "#!/bin/sh\ncase \" $* \" in *' {word} '*) exec {} \"$@\";; esac\nexec '{}' \"$@\"\n",
        quoted.join(" "),
        real.display()
    );
    executable(file, text);
}

/// Starts a command in a process group of its own and ends it after `time`: all of the group, or the command alone, whose
/// children then go on; waits for the end of all of them. False: it was over before.
pub fn kill_after(mut command: Command, time: Duration, all: bool) -> bool {
    let mut child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let group = child.id();
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
    let in_time = child.try_wait().unwrap().is_none();
    let whom = if all { format!("-{group}") } else { group.to_string() };
    if in_time {
        Command::new("kill").args(["-9", "--", &whom]).output().unwrap();
    }
    child.wait().unwrap();
    until_gone(group);
    in_time
}

/// Waits until no process of the group runs; where there is no `/proc`, long enough.
fn until_gone(group: u32) {
    let start = Instant::now();
    let runs = |stat: &str| {
        // `pid (name) state parent group …`
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.next().is_some_and(|state| state != "Z") && fields.nth(1) == Some(&group.to_string())
    };
    loop {
        let Ok(entries) = fs::read_dir("/proc") else {
            return std::thread::sleep(Duration::from_millis(500));
        };
        let stats = entries.filter_map(|e| fs::read_to_string(e.ok()?.path().join("stat")).ok());
        if !stats.into_iter().any(|stat| runs(&stat)) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "process group {group} does not end");
        std::thread::sleep(Duration::from_millis(2));
    }
}
