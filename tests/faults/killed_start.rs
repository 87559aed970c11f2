//! `guard start`, killed: guard itself, each git that it starts, the hooks of its commit, all of them at once.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::harness::{Ran, Repo, guard_bin, picture};
use crate::kill::{CHANGES, CHILDREN, READS, Trace, Victim, can_trace, kill_after};
use crate::{PLAN, planned, sample};

const START: [&str; 2] = ["start", "plans/p.toml"];

/// A repository to copy, and the copy in which the plan is started and killed.
struct Site {
    repo: Repo,
    work: PathBuf,
    head: String,
    /// Staged before, and with the plan.
    staged: [String; 2],
}

impl Site {
    fn new() -> Self {
        let repo = planned();
        repo.guard(&["install", "--strict"]).ok();
        repo.write("src/new", "not staged\n");
        let work = repo.root().join("work");
        let mut site =
            Self { head: repo.git(&["rev-parse", "HEAD"]).ok(), repo, work, staged: Default::default() };
        site.fresh();
        site.staged[0] = site.git(&["ls-files", "-s"]).ok();
        site.guard(&START).ok();
        site.staged[1] = site.git(&["ls-files", "-s"]).ok();
        site.fresh();
        site
    }

    fn fresh(&self) {
        if self.work.exists() {
            fs::remove_dir_all(&self.work).unwrap();
        }
        let copied = Command::new("cp").arg("-a").args([&self.repo.path, &self.work]).status().unwrap();
        assert!(copied.success());
    }

    fn git(&self, args: &[&str]) -> Ran {
        self.repo.run_in(&self.work, "git", args)
    }

    fn guard(&self, args: &[&str]) -> Ran {
        self.repo.run_in(&self.work, guard_bin(), args)
    }

    /// git's locks in the git directory.
    fn locks(&self) -> Vec<PathBuf> {
        let name = |line: &String| PathBuf::from(line.split('"').nth(1).unwrap());
        let all = picture(&self.work.join(".git"));
        all.iter().map(name).filter(|path| path.extension().is_some_and(|e| e == "lock")).collect()
    }

    /// After a kill: as before or as after, nothing lost; going on completes. `git`: it was git that was killed.
    #[track_caller]
    fn check(&self, point: &str, git: bool) {
        assert_eq!(fs::read_to_string(self.work.join("plans/p.toml")).unwrap(), PLAN, "{point}");
        assert_eq!(fs::read_to_string(self.work.join("src/new")).unwrap(), "not staged\n", "{point}");
        assert!(self.staged.contains(&self.git(&["ls-files", "-s"]).ok()), "{point}");
        self.git(&["fsck", "--connectivity-only"]).ok();
        let mut done = self.is_after(point);
        let locks = self.locks();
        if !locks.is_empty() {
            // git's own way: whoever finds a lock is told of it, and removes it if nobody is there any more.
            assert!(git, "{point}: {locks:?}");
            let ran = self.guard(&START);
            let told = ran.code == 0 || (ran.code == 2 && ran.err.contains(".lock")) || done;
            assert!(told, "{point}: {}", ran.text());
            done = self.is_after(point);
            locks.iter().filter(|lock| lock.exists()).for_each(|lock| fs::remove_file(lock).unwrap());
        }
        let again = self.guard(&START);
        if done {
            again.says(2, &["is running already"]);
        } else {
            again.says(0, &["started plans/p.toml"]);
        }
        assert!(self.is_after(point), "{point}");
        assert_eq!(self.git(&["ls-files", "-s"]).ok(), self.staged[1], "{point}");
        assert!(!self.work.join(".git/index.guard").exists(), "{point}");
        self.git(&["commit", "-q", "--allow-empty", "-m", "no task"]).says(1, &["error[task-id]"]);
        self.git(&["add", "src/new"]).ok();
        self.git(&["commit", "-q", "-m", "T001: new"]).ok();
        self.fresh();
    }

    /// Is there a whole rollback commit on top of what was there (else nothing may have moved)?
    #[track_caller]
    fn is_after(&self, point: &str) -> bool {
        let head = self.git(&["rev-parse", "HEAD"]).ok();
        if head != self.head {
            let shown = self.git(&["show", "--name-only", "--format=%P %s%n%b", "HEAD"]).ok();
            let whole =
                format!("{} rollback: before executing plan p\nGuard-Plan: plans/p.toml\n", self.head);
            assert!(shown.starts_with(&whole) && shown.ends_with("plans/p.toml"), "{point}: {shown}");
        }
        head != self.head
    }

    /// Kills this victim at so many of its calls; returns how many kills there were.
    fn run(&self, victim: Victim<'_>, calls: &str, most: usize) -> String {
        let trace =
            Trace { repo: &self.repo, dir: self.work.clone(), args: &START, victim, calls, also: &[] };
        let points = trace.points();
        self.fresh();
        let mut killed = 0;
        for n in sample(points.len(), most) {
            killed += usize::from(trace.kill(&points[n - 1]));
            self.check(&format!("{} of {}: {:?}", n, points.len(), points[n - 1]), calls != CHILDREN);
        }
        assert!(killed > 0);
        format!("{killed} of {} kill points", points.len())
    }
}

#[test]
fn start_killed_at_every_step_completes_when_done_again() {
    if !can_trace() {
        return;
    }
    let site = Site::new();
    eprintln!("start, guard around its children: {}", site.run(Victim::Guard, CHILDREN, 8));
    for (git, most) in [("add", 7), ("commit", 18)] {
        eprintln!("start, git {git}: {}", site.run(Victim::Git(git), CHANGES, most));
    }
}

#[test]
fn start_with_a_killed_hook_or_killed_at_any_time_completes_when_done_again() {
    let site = Site::new();
    if can_trace() {
        let hook = "prepare-commit-msg";
        eprintln!("start, hook {hook}: {}", site.run(Victim::Hook(hook), CHANGES, 3));
        // The commit has no editor, so guard is not started for commit-msg.
        let hook = "reference-transaction";
        eprintln!("start, hook {hook}: {}", site.run(Victim::Hook(hook), READS, 3));
    }
    let mut timed = 0;
    for n in 0..8 {
        let mut command = site.repo.command(guard_bin(), &site.work);
        command.args(START);
        let all = n % 2 == 0;
        timed += usize::from(kill_after(command, Duration::from_millis(n * 12), all));
        site.check(&format!("kill after {} ms", n * 12), all);
    }
    eprintln!("start: {timed} timed kills");
}

/// A hook that is killed while it records what it saw leaves half a record beside the real one.
#[test]
fn half_a_record_is_swept_up_by_a_later_commit() {
    let site = Site::new();
    site.guard(&START).ok();
    let record = |name: &str, age: &str| {
        let path = site.work.join(".git/guard").join(name);
        fs::write(&path, "guard-seen 1\0").unwrap();
        assert!(Command::new("touch").args(["-d", age]).arg(&path).status().unwrap().success());
        path
    };
    let (left, fresh) = (record("seen.1", "2 hours ago"), record("seen.2", "now"));
    site.git(&["add", "src/new"]).ok();
    site.git(&["commit", "-q", "-m", "T001: new"]).ok();
    assert!(!left.exists());
    assert!(fresh.exists(), "it may be that of a commit that is being made");
}
