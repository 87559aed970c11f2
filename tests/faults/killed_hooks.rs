//! `guard install` and `guard uninstall`, killed.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::harness::{Repo, copy, guard_bin, picture};
use crate::kill::{CHANGES, Trace, Victim, can_trace, kill_after};
use crate::{planned, sample};

const HOOKS: [&str; 6] = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "pre-merge-commit",
    "pre-push",
    "reference-transaction",
];

/// What stands at one path: mode, link target, contents as text that can be shown.
type Thing = Option<(u32, Option<PathBuf>, String)>;

fn thing(path: &Path) -> Thing {
    let meta = path.symlink_metadata().ok()?;
    let text = if meta.is_file() { fs::read(path).unwrap() } else { Vec::new() };
    Some((meta.permissions().mode(), fs::read_link(path).ok(), text.escape_ascii().to_string()))
}

/// A repository in which a plan runs and a bad change is staged, and what its hooks folder may look like.
struct Site {
    repo: Repo,
    hooks: PathBuf,
    /// The hooks folder without guard, before the command, and after it.
    bare: Vec<String>,
    before: Vec<String>,
    after: Vec<String>,
    /// The hooks without guard, and all that guard may put at each place.
    original: Vec<Thing>,
    complete: Vec<Vec<Thing>>,
    /// The chained hooks of a complete installation.
    chained: Vec<Thing>,
    index: Vec<u8>,
    rest: (String, Vec<String>),
    /// Sets of hooks under which the bad commit was tried.
    tried: HashSet<Vec<String>>,
    args: &'static [&'static str],
    /// Where files cannot have two names, a hook is absent for a moment.
    may_be_absent: bool,
    /// How many kill points are tried.
    most: usize,
}

impl Site {
    /// `foreign`: with hooks of every sort in place; `prepare` brings the site to where `args` start from.
    fn new(foreign: bool, prepare: impl Fn(&Repo), args: &'static [&'static str]) -> Self {
        let repo = planned();
        let hooks = repo.path.join(".git/hooks");
        if foreign {
            repo.script(".git/hooks/pre-commit", b"#!/bin/sh\n# \xff\x00 odd bytes\r\nexit 0\n");
            fs::set_permissions(hooks.join("pre-commit"), fs::Permissions::from_mode(0o751)).unwrap();
            repo.script("../tools/check", "#!/bin/sh\nexit 0\n");
            symlink("../../../tools/check", hooks.join("commit-msg")).unwrap();
            symlink("pre-commit", hooks.join("pre-merge-commit")).unwrap();
            symlink("/nowhere/at/all", hooks.join("pre-push")).unwrap();
            repo.write(".git/hooks/prepare-commit-msg", "#!/bin/sh\nexit 1\n");
            repo.script(".git/hooks/reference-transaction", "#!/bin/sh\ncat >/dev/null\n");
        }
        repo.guard(&["start", "plans/p.toml"]).ok();
        repo.write("ci/build", "bad\n");
        repo.git(&["add", "ci/build"]).ok();
        let mut site = Self {
            bare: picture(&hooks),
            before: Vec::new(),
            after: Vec::new(),
            original: things(&hooks),
            complete: vec![Vec::new(); HOOKS.len()],
            chained: Vec::new(),
            index: fs::read(repo.path.join(".git/index")).unwrap(),
            rest: rest(&repo),
            tried: HashSet::new(),
            args,
            may_be_absent: false,
            most: usize::MAX,
            hooks,
            repo,
        };
        prepare(&site.repo);
        site.before = picture(&site.hooks);
        site.note_complete();
        site.repo.guard(args).ok();
        site.after = picture(&site.hooks);
        site.note_complete();
        assert_ne!(site.before, site.after);
        site.back(&prepare);
        site
    }

    fn note_complete(&mut self) {
        for (all, thing) in self.complete.iter_mut().zip(things(&self.hooks)) {
            all.push(thing);
        }
        let chained = things(&self.hooks.join("guard-chained"));
        if chained.iter().any(Option::is_some) {
            self.chained = chained;
        }
    }

    /// Uninstalls, which must leave the folder as it was without guard, and prepares the next try.
    #[track_caller]
    fn back(&self, prepare: &impl Fn(&Repo)) {
        self.repo.guard(&["uninstall"]).ok();
        self.shows(&self.bare, "uninstall restores byte for byte");
        prepare(&self.repo);
        self.shows(&self.before, "ready");
    }

    /// The hooks folder is as in the picture; otherwise what differs is named.
    #[track_caller]
    fn shows(&self, picture_then: &[String], what: &str) {
        let now = picture(&self.hooks);
        let short = |lines: Vec<&String>| lines.iter().map(|l| l.chars().take(140).collect()).collect();
        let more: Vec<String> = short(now.iter().filter(|l| !picture_then.contains(l)).collect());
        let less: Vec<String> = short(picture_then.iter().filter(|l| !now.contains(l)).collect());
        assert!(more.is_empty() && less.is_empty(), "{what}: too much {more:#?}, missing {less:#?}");
    }

    /// After the kill at `point`: nothing is lost, nothing is half, nothing bad passes.
    #[track_caller]
    fn check(&mut self, point: &str) {
        assert_eq!(rest(&self.repo), self.rest, "{point}");
        assert_eq!(fs::read(self.repo.path.join(".git/index")).unwrap(), self.index, "{point}");
        let keep = self.hooks.join("guard-chained");
        let (now, kept) = (things(&self.hooks), things(&keep));
        for (n, name) in HOOKS.into_iter().enumerate() {
            let known = self.complete[n].contains(&now[n]) || now[n] == self.original[n];
            let absent = self.may_be_absent && now[n].is_none();
            assert!(known || absent, "{point}: {name} is neither the old hook nor the new one: {:?}", now[n]);
            let safe = [None, now[n].clone()].contains(&self.original[n])
                || (kept[n].is_some() && self.chained[n] == kept[n]);
            assert!(safe, "{point}: the hook {name} is lost: {:?}, kept {:?}", now[n], kept[n]);
            assert!(kept[n].is_none() || kept[n] == self.chained[n], "{point}: {name} is kept otherwise");
        }
        for folder in [&self.hooks, &keep] {
            for name in fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().file_name()) {
                let name = name.to_str().unwrap();
                let known = HOOKS.contains(&name) || name == "guard-chained" || name.starts_with(".guard-");
                assert!(known, "{point}: {name} in {}", folder.display());
            }
        }
        self.bad_commit(point, &now);
    }

    /// Once for each set of hooks.
    #[track_caller]
    fn bad_commit(&mut self, point: &str, now: &[Thing]) {
        let guards = |n: usize| now[n].is_some() && now[n] != self.original[n];
        let set = (0..HOOKS.len()).map(|n| format!("{} {:?}", guards(n), now[n].is_some())).collect();
        if !self.tried.insert(set) {
            return;
        }
        let head = self.repo.git(&["rev-parse", "HEAD"]).ok();
        let ran = self.repo.git(&["commit", "-q", "-m", "no task"]);
        if (0..3).chain([5]).any(guards) {
            assert!(
                ran.code != 0 && ran.err.contains("error["),
                "{point}: a bad commit passed: {}",
                ran.text()
            );
            assert_eq!(self.repo.git(&["rev-parse", "HEAD"]).ok(), head, "{point}");
        }
        self.repo.git(&["-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/main", &head]).ok();
        fs::write(self.repo.path.join(".git/index"), &self.index).unwrap();
    }

    /// Kills at every point and in a sweep of time; returns how many kills there were.
    fn run(&mut self, prepare: impl Fn(&Repo), also: &[&str]) -> String {
        let (mut counted, mut of, mut timed) = (0, 0, 0);
        if can_trace() {
            let dir = self.repo.path.clone();
            let points = self.trace(&dir, also).points();
            of = points.len();
            self.shows(&self.after, "traced");
            self.back(&prepare);
            for n in sample(of, self.most) {
                let point = &points[n - 1];
                assert!(self.trace(&dir, also).kill(point), "{point:?}");
                self.afterwards(&format!("kill before change {n} of {of}, {point:?}"), counted, &prepare);
                counted += 1;
            }
        }
        if also.is_empty() {
            for n in 0..8 {
                let mut command = self.repo.command(guard_bin(), &self.repo.path);
                command.args(self.args);
                timed += usize::from(kill_after(command, Duration::from_micros(n * 4_000), true));
                self.afterwards(&format!("kill after {} ms", n * 4), usize::try_from(n).unwrap(), &prepare);
            }
        }
        format!("{counted} of {of} kill points, {timed} timed kills")
    }

    fn trace<'a>(&'a self, dir: &Path, also: &'a [&'a str]) -> Trace<'a> {
        let dir = dir.to_owned();
        Trace { repo: &self.repo, dir, args: self.args, victim: Victim::Guard, calls: CHANGES, also }
    }

    #[track_caller]
    fn afterwards(&mut self, point: &str, n: usize, prepare: &impl Fn(&Repo)) {
        self.check(point);
        match n % 3 {
            // Going on is one way, giving up another.
            0 => {}
            1 => {
                self.repo.guard(self.args).ok();
                self.shows(&self.after, &format!("{point}: doing it again completes"));
            }
            _ => {
                self.repo.guard(&["install", "--strict"]).ok();
                let left: Vec<_> =
                    picture(&self.hooks).into_iter().filter(|p| p.contains(".guard-")).collect();
                assert!(left.is_empty(), "{point}: left behind: {left:?}");
            }
        }
        self.back(prepare);
    }
}

fn things(folder: &Path) -> Vec<Thing> {
    HOOKS.iter().map(|name| thing(&folder.join(name))).collect()
}

/// Refs and the work tree.
fn rest(repo: &Repo) -> (String, Vec<String>) {
    let mut files = Vec::new();
    for folder in ["src", "docs", "ci", "plans"] {
        files.extend(picture(&repo.path.join(folder)));
    }
    (repo.git(&["for-each-ref"]).ok(), files)
}

#[test]
fn install_killed_at_every_step_loses_no_hook() {
    let nothing = |_: &Repo| {};
    let plain = Site::new(false, nothing, &["install"]).run(nothing, &[]);
    eprintln!("install: {plain}");
    let chained = Site::new(true, nothing, &["install", "--strict"]).run(nothing, &[]);
    eprintln!("install --strict over six hooks: {chained}");
}

/// What strace makes of it: a file system on which no file has two names.
const NO_LINKS: [&str; 1] = ["inject=?link,?linkat:error=EPERM"];

fn strict(repo: &Repo) {
    repo.guard(&["install", "--strict"]).ok();
}

/// Hooks that start another guard.
fn older(repo: &Repo) {
    let other = repo.root().join("older/guard");
    if !other.exists() {
        copy(Path::new(guard_bin()), &other);
    }
    repo.run_in(&repo.path, &other, &["install", "--strict"]).ok();
}

#[test]
fn uninstall_killed_at_every_step_loses_no_hook() {
    eprintln!("uninstall: {}", Site::new(true, strict, &["uninstall"]).run(strict, &[]));
}

#[test]
fn an_update_killed_at_every_step_leaves_whole_hooks() {
    eprintln!("install over another guard's hooks: {}", Site::new(true, older, &["install"]).run(older, &[]));
}

#[test]
fn without_hard_links_no_hook_is_lost_either() {
    if !can_trace() {
        return;
    }
    let nothing = |_: &Repo| {};
    let mut site = Site::new(true, nothing, &["install", "--strict"]);
    (site.may_be_absent, site.most) = (true, 16);
    eprintln!("without links, install --strict: {}", site.run(nothing, &NO_LINKS));
    let mut site = Site::new(true, older, &["install"]);
    site.most = 16;
    eprintln!("without links, install over another guard's: {}", site.run(older, &NO_LINKS));
    let mut site = Site::new(true, strict, &["uninstall"]);
    site.most = 16;
    eprintln!("without links, uninstall: {}", site.run(strict, &NO_LINKS));
}
