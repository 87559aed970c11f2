//! git repacks objects and refs while guard reads: the verdict stays the same.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{Repo, guard_bin};
use crate::kill::{READS, can_trace};
use crate::{planned, sample};

const TIME: Duration = Duration::from_secs(4);
/// How long guard is held before it opens a file, and when git starts to pack.
const HELD: Duration = Duration::from_millis(260);
const PACKS: Duration = Duration::from_millis(70);

/// A repository in which a plan runs and a change of T001 is staged.
struct Site {
    repo: Repo,
    root: String,
    /// Two commits with the same tree: the branch may be at either.
    tips: [String; 2],
    range: String,
    messages: [String; 2],
}

/// What is asked of guard, the code that must come, and words that must be there.
type Asked<'a> = (Vec<&'a str>, i32, &'a str);

impl Site {
    fn new() -> Self {
        let repo = planned();
        repo.guard(&["start", "plans/p.toml"]).ok();
        let root = repo.git(&["rev-parse", "HEAD^"]).ok();
        for n in 0..20 {
            repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("fixup! T001: {n}")]).ok();
        }
        let tips =
            ["one", "two"].map(|m| repo.git(&["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", m]).ok());
        for (n, tip) in tips.iter().enumerate() {
            repo.git(&["update-ref", &format!("refs/keep/{n}"), tip]).ok();
        }
        repo.git(&["update-ref", "refs/heads/main", &tips[0]]).ok();
        repo.write("src/a", "good\n");
        repo.git(&["add", "src/a"]).ok();
        let messages = [("good", "T001: good\n"), ("bad", "T002: bad\n")].map(|(name, text)| {
            let file = repo.root().join(name);
            fs::write(&file, text).unwrap();
            file.to_str().unwrap().to_owned()
        });
        let site = Self { range: format!("{root}..refs/keep/0"), repo, root, tips, messages };
        for (args, code, words) in site.asked() {
            site.repo.guard(&args).says(code, &[words]);
        }
        site
    }

    fn asked(&self) -> [Asked<'_>; 5] {
        [
            (vec!["hook", "commit-msg", &self.messages[1]], 1, "error[scope]"),
            (vec!["check", &self.range], 1, "22 commits judged, 21 errors"),
            (vec!["hook", "commit-msg", &self.messages[0]], 0, ""),
            (vec!["hook", "pre-commit"], 0, ""),
            (vec!["status"], 0, "(T001)"),
        ]
    }

    /// The refs lie each in a file of their own; packed refs are not there, or are old.
    fn unpack(&self, old: bool) {
        let git = self.repo.path.join(".git");
        if old {
            self.repo.git(&["update-ref", "refs/heads/main", &self.root]).ok();
            self.repo.git(&["pack-refs", "--all", "--prune"]).ok();
        } else {
            fs::remove_file(git.join("packed-refs")).ok();
        }
        for folder in ["refs/heads", "refs/keep"] {
            fs::create_dir_all(git.join(folder)).unwrap();
        }
        let refs = [("refs/heads/main", 0), ("refs/keep/0", 0), ("refs/keep/1", 1)];
        for (name, tip) in refs {
            fs::write(git.join(name), format!("{}\n", self.tips[tip])).unwrap();
        }
    }

    /// What packs all that there is, with one object more, so that the pack is a new one.
    fn packing(&self, last: &str) -> String {
        format!(
            "git update-ref refs/keep/more $(git commit-tree -p {} -m $N HEAD^{{tree}}); \
             git pack-refs --all --prune; {last}",
            self.tips[0]
        )
    }
}

#[test]
fn a_verdict_is_the_same_while_git_repacks() {
    let site = Site::new();
    let repo = &site.repo;
    let over = AtomicBool::new(false);
    let packed = AtomicUsize::new(0);
    // The branch goes to and fro, so that packed refs never hold for long.
    let script = format!(
        "git update-ref refs/heads/main {}; git update-ref refs/heads/main {}; {}",
        site.tips[1],
        site.tips[0],
        site.packing("if [ $((N % 3)) = 0 ]; then git gc -q --prune=now; else git repack -adq; fi")
    );
    let mut packer = repo.command("sh", &repo.path);
    packer.args(["-c", &script]);
    let mut rounds = 0;
    let wrong: Vec<String> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let n = packed.fetch_add(1, Ordering::Relaxed);
                let out = packer.env("N", n.to_string()).output().unwrap();
                assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            }
        });
        let start = Instant::now();
        let mut wrong = Vec::new();
        while start.elapsed() < TIME {
            for (args, code, words) in site.asked() {
                let ran = repo.run_in(&repo.path, guard_bin(), &args);
                if ran.code != code || !ran.text().contains(words) {
                    wrong.push(format!("{args:?} ended with {}: {:.400}", ran.code, ran.text()));
                }
                rounds += 1;
            }
        }
        over.store(true, Ordering::Relaxed);
        wrong
    });
    let packed = packed.load(Ordering::Relaxed);
    assert!(wrong.is_empty(), "{} of {rounds} wrong, {packed} repacks:\n{}", wrong.len(), wrong.join("\n"));
    assert!(packed > 3, "{packed}");
    eprintln!("repack: {rounds} answers while git repacked {packed} times");
}

/// Each time guard is held right before it opens a file of git's, and everything is packed meanwhile.
#[test]
fn a_verdict_is_the_same_wherever_git_packs_in_between() {
    if !can_trace() {
        return;
    }
    let site = Site::new();
    let repo = &site.repo;
    let log = repo.root().join("calls");
    let trace = format!("trace={READS}");
    let (mut held, mut of, mut wrong) = (0, 0, Vec::new());
    for (args, code, words) in site.asked().iter().take(2) {
        let traced = |more: &[&str]| {
            let mut command = repo.command("strace", &repo.path);
            command.args(["-o", log.to_str().unwrap(), "-e", &trace]).args(more).arg(guard_bin()).args(args);
            command
        };
        for old in [false, true] {
            site.unpack(old);
            traced(&[]).output().unwrap();
            let text = fs::read_to_string(&log).unwrap();
            let calls = text.lines().filter(|line| line.starts_with("openat(")).zip(1..);
            let inside = calls.filter(|(line, _)| line.contains("/.git/") || line.contains("\".git/"));
            // A ref's own file always, of the others a sample.
            let (own, others): (Vec<_>, Vec<_>) =
                inside.partition(|(line, _)| line.contains("/refs/") && !line.contains("ENOENT"));
            assert!(!own.is_empty(), "{text}");
            of += own.len() + others.len();
            let taken = sample(others.len(), 3).into_iter().map(|n| others[n - 1]);
            for (line, nth) in own.iter().copied().chain(taken) {
                site.unpack(old);
                let inject = format!("inject=openat:delay_enter={}:when={}", HELD.as_micros(), nth);
                let mut command = traced(&["-e", &inject]);
                let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
                std::thread::sleep(PACKS);
                let mut packer = repo.command("sh", &repo.path);
                packer.args(["-c", &site.packing("git repack -adq")]).env("N", held.to_string());
                assert!(packer.output().unwrap().status.success());
                let out = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
                if out.status.code() != Some(*code) || !said.contains(words) {
                    wrong.push(format!(
                        "{args:?}, old {old}, held before {line}: {:?} {said:.400}",
                        out.status
                    ));
                }
                held += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {held}:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("repack: guard held before {held} of {of} files that it opens");
}
