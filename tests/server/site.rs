//! A server with guard as `docs/server.md` sets it up, and the clone that pushes to it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::harness::{Ran, Repo, guard_bin, picture};
use crate::serving::{ALL, Over, PATIENCE, Serving};

const PLAN: &str = "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"one\"\nscope = [\"src/**\"]\n\n\
    [[task]]\nid = \"T002\"\nsummary = \"two\"\nscope = [\"docs/**\"]\ndepends_on = [\"T001\"]\n";

/// What every ref of a refused push is told.
const DECLINED: &str = "(pre-receive hook declined)";

/// `main` is on the server; the clone has also `f`, on which the plan was started, `good`, a commit within T001, and
/// `bad`, one that leaves it.
pub struct Site {
    /// None over `file://`. It stands first, to end before its files go.
    pub serving: Option<Serving>,
    /// The clone. No hooks of guard's are in it.
    pub repo: Repo,
    /// The server's repository.
    pub bare: PathBuf,
    /// Where it is pushed to.
    pub url: String,
}

/// Tells `story` over each transport that this machine has.
pub fn everywhere(story: impl Fn(&Site)) {
    with_path(usual_path, story);
}

/// The same on servers with this `PATH`, made in the folder of each.
pub fn with_path(path: impl Fn(&Path) -> OsString, story: impl Fn(&Site)) {
    for over in ALL {
        if let Some(site) = Site::open(over, &path) {
            eprintln!("over {over:?}");
            story(&site);
        }
    }
}

/// With guard on it.
pub fn usual_path(_: &Path) -> OsString {
    path_after(Path::new(guard_bin()).parent().unwrap())
}

/// This machine's, with `folder` before it.
pub fn path_after(folder: &Path) -> OsString {
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    path
}

/// The command that the documents give for the server.
fn set_up() -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/server.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let found: Vec<&str> = blocks.filter(|block| block.contains("hook pre-receive")).collect();
    assert_eq!(found.len(), 1, "docs/server.md has one way to set a server up");
    found[0].to_owned()
}

impl Site {
    pub fn open(over: Over, path: &dyn Fn(&Path) -> OsString) -> Option<Self> {
        let mut repo = Repo::new();
        if let Some(why) = over.missing(&repo) {
            eprintln!("skipped: {over:?}: {why}");
            return None;
        }
        repo.env("PATH", path(&repo.root()));
        for (file, text) in [("src/a", "a\n"), ("docs/d", "d\n"), ("ci/build", "c\n"), ("plans/p.toml", PLAN)]
        {
            repo.write(file, text);
        }
        repo.git(&["add", "-A"]).ok();
        repo.git(&["commit", "-q", "-m", "root"]).ok();
        repo.git(&["checkout", "-q", "-b", "f"]).ok();
        repo.guard(&["start", "plans/p.toml"]).ok();

        let root = repo.root();
        let name = format!("{}.git", root.file_name().unwrap().to_str().unwrap());
        let bare = root.join(&name);
        repo.git(&["init", "-q", "--bare", bare.to_str().unwrap()]).ok();
        fs::remove_dir_all(bare.join("hooks")).unwrap(); // git's samples
        fs::create_dir(bare.join("hooks")).unwrap();
        repo.run_in(&bare, "git", &["config", "http.receivePack", "true"]).ok();
        let (url, serving) = over.serve(&repo, &name);
        let site = Self { serving, repo, bare, url };
        site.accepted(&["main:refs/heads/main"]);
        site.repo.run_in(&site.bare, "sh", &["-c", &set_up()]).ok();
        site.branch("good", "f", "src/a", "T001: one");
        site.branch("bad", "f", "ci/build", "T001: one");
        Some(site)
    }

    /// Branch `name` is `from` and a commit that changes `path`.
    pub fn branch(&self, name: &str, from: &str, path: &str, message: &str) {
        self.repo.git(&["checkout", "-q", "--no-track", "-B", name, from]).ok();
        self.more(path, message);
    }

    /// One more commit where the clone is.
    pub fn more(&self, path: &str, message: &str) {
        let text = format!("{path} after {}\n", self.id("HEAD"));
        self.repo.write(path, text);
        self.repo.git(&["add", "--", path]).ok();
        self.repo.git(&["commit", "-q", "-m", message]).ok();
    }

    /// What the clone takes `revision` for.
    pub fn id(&self, revision: &str) -> String {
        self.repo.git(&["rev-parse", "--verify", revision]).ok()
    }

    /// git on the server.
    pub fn on_server(&self, args: &[&str]) -> Ran {
        self.repo.run_in(&self.bare, "git", args)
    }

    /// The server's refs, one a line.
    pub fn refs(&self) -> String {
        self.on_server(&["for-each-ref", "--format=%(refname) %(objectname)"]).ok()
    }

    /// Where one of them points; empty: it is not there.
    pub fn at(&self, name: &str) -> String {
        self.on_server(&["for-each-ref", "--format=%(objectname)", name]).ok()
    }

    /// Is the object of the clone on the server too, in whatever way?
    pub fn has(&self, revision: &str) -> bool {
        self.on_server(&["cat-file", "-e", &self.id(revision)]).code == 0
    }

    /// `git push` in the folder of a clone; options before the address, refspecs behind it.
    pub fn pushing(&self, clone: &Path, args: &[&str]) -> Command {
        let mut command = self.repo.command("git", clone);
        let (options, refs): (Vec<&str>, Vec<&str>) = args.iter().partition(|arg| arg.starts_with('-'));
        command.arg("push").args(options).arg(&self.url).args(refs);
        command
    }

    /// The push lands: each ref `to` of its `from:to` is where it was pushed. What the server said.
    #[track_caller]
    pub fn accepted(&self, args: &[&str]) -> String {
        self.lands(self.pushing(&self.repo.path, args), args)
    }

    #[track_caller]
    pub fn lands(&self, mut push: Command, args: &[&str]) -> String {
        let ran = ran(&push.output().unwrap());
        assert_eq!(ran.code, 0, "{args:?} was refused: {}", ran.text());
        for (from, to) in args.iter().filter_map(|arg| arg.trim_start_matches('+').split_once(':')) {
            let expected = if from.is_empty() { String::new() } else { self.id(from) };
            assert_eq!(self.at(to), expected, "{args:?}: {to}\n{}", ran.text());
        }
        self.no_quarantine();
        remote(&ran)
    }

    /// The push is refused by guard, which says each of `words` to the client, and leaves the server as it was, byte
    /// for byte. What it said.
    #[track_caller]
    pub fn refused(&self, args: &[&str], words: &[&str]) -> String {
        self.refuses(self.pushing(&self.repo.path, args), args, words)
    }

    #[track_caller]
    pub fn refuses(&self, mut push: Command, args: &[&str], words: &[&str]) -> String {
        let (refs, objects, before) = (self.refs(), self.reachable(), picture(&self.bare));
        let ran = ran(&push.output().unwrap());
        let said = declined(&ran, args);
        for word in words {
            assert!(
                said.contains(word),
                "{args:?}: {word:?} is not in what the server said:\n{}",
                ran.text()
            );
        }
        self.no_quarantine();
        assert_eq!(self.refs(), refs, "{args:?}: a refused push moved something");
        assert_eq!(self.reachable(), objects, "{args:?}: a refused push made something reachable");
        let (before, after): (BTreeSet<String>, BTreeSet<String>) =
            (before.into_iter().collect(), picture(&self.bare).into_iter().collect());
        let changed: Vec<&String> = before.symmetric_difference(&after).collect();
        assert!(changed.is_empty(), "{args:?}: a refused push changed on the server:\n{changed:#?}");
        said
    }

    /// All objects that the server's refs reach.
    pub fn reachable(&self) -> String {
        self.on_server(&["rev-list", "--all", "--objects", "--no-object-names"]).ok()
    }

    /// git receives into a folder in `objects/`, and takes it away when the client may have its answer already.
    #[track_caller]
    pub fn no_quarantine(&self) {
        let start = Instant::now();
        while let Some(name) = self.unfinished() {
            assert!(start.elapsed() < PATIENCE, "objects/{name} was left behind");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn unfinished(&self) -> Option<String> {
        let entries = fs::read_dir(self.bare.join("objects")).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.find(|name| !matches!(name.as_str(), "info" | "pack") && name.len() != 2)
    }
}

/// What the hook declined, said once for each refspec of `args`: all that guard said.
#[track_caller]
pub fn declined(ran: &Ran, args: &[&str]) -> String {
    assert_eq!(ran.code, 1, "{args:?} was not refused: {}", ran.text());
    let rejected: Vec<&str> = ran.err.lines().filter(|line| line.starts_with(" ! ")).collect();
    let refs = args.iter().filter(|arg| !arg.starts_with('-')).count();
    let by_hook = rejected.iter().filter(|line| line.contains(DECLINED)).count();
    assert_eq!((rejected.len(), by_hook), (refs, refs), "{args:?}:\n{}", ran.text());
    remote(ran)
}

/// What the server said, without git's mark and the blanks that it pads with.
fn remote(ran: &Ran) -> String {
    let lines = ran.err.lines().filter_map(|line| line.strip_prefix("remote: "));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

pub fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}
