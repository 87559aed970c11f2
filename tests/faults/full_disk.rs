//! A disk with so little room left: whatever does not fit is refused with the reason, and nothing is lost.

use std::fs;

use crate::harness::{Ran, Repo, guard_bin, picture};
use crate::space::Space;
use crate::{PLAN, planned};

const FULL: &str = "No space left on device";

/// The whole disk, in KiB.
const DISK: usize = 4 << 10;

impl Space<'_> {
    /// Leaves so many KiB.
    fn leave(&self, kib: usize) {
        self.does(&format!(
            "rm -f ../filler; a=$(df --output=avail -k .. | tail -1); a=$((a - {kib})); \
             [ $a -le 0 ] || head -c ${{a}}K /dev/zero >../filler"
        ));
    }

    fn make_room(&self) {
        self.does("rm ../filler");
    }

    /// The copy is made anew.
    fn fresh(&self, repo: &Repo) {
        self.does(&format!("rm -rf ../filler ../repo; cp -a '{}' ../repo", repo.path.display()));
    }
}

/// It succeeded, or it said that the disk is full.
#[track_caller]
fn done_or_full(ran: &Ran, level: usize) -> bool {
    let text = ran.text();
    // git does not always say why it cannot write.
    let reason =
        [FULL, "Out of diskspace", "unable to write", "Unable to write", "failed to write", "cannot update"];
    assert!(ran.code == 0 || reason.iter().any(|r| text.contains(r)), "{level} KiB left: {text}");
    ran.code == 0
}

#[test]
fn install_and_uninstall_on_a_full_disk_change_all_or_nothing() {
    let repo = planned();
    for hook in ["pre-commit", "commit-msg", "pre-push"] {
        repo.script(format!(".git/hooks/{hook}"), "#!/bin/sh\nexit 0\n");
    }
    repo.guard(&["start", "plans/p.toml"]).ok();
    repo.write("ci/build", "bad\n");
    repo.git(&["add", "ci/build"]).ok();
    let Some(space) = Space::new(&repo, DISK) else { return };
    let hooks = space.outside(".git/hooks");
    let bare = picture(&hooks);
    space.guard(&["install", "--strict"]).ok();
    let guarded = picture(&hooks);
    space.guard(&["uninstall"]).ok();
    let head = space.git(&["rev-parse", "HEAD"]).ok();
    let (mut refused, levels) = (0, (0..=32).step_by(4));
    for level in levels.clone() {
        space.leave(level);
        let ran = space.guard(&["install", "--strict"]);
        if done_or_full(&ran, level) {
            assert!(picture(&hooks) == guarded, "{level}");
        } else {
            refused += 1;
            ran.says(2, &[FULL, "nothing was changed"]);
            assert!(picture(&hooks) == bare, "{level}");
        }
        space.make_room();
        space.guard(&["install", "--strict"]).ok();
        assert!(picture(&hooks) == guarded, "{level}");
        space.leave(level);
        let bad = space.git(&["commit", "-qm", "no task"]);
        assert!(bad.code != 0 && !bad.err.is_empty(), "{level}: {}", bad.text());
        let ran = space.guard(&["uninstall"]);
        let gone = done_or_full(&ran, level);
        assert!(picture(&hooks) == if gone { bare.clone() } else { guarded.clone() }, "{level}");
        space.make_room();
        space.guard(&["uninstall"]).ok();
        assert!(picture(&hooks) == bare, "{level}");
        assert_eq!(space.git(&["rev-parse", "HEAD"]).ok(), head);
    }
    assert!(refused > 0, "the disk was never full");
    eprintln!("full disk: install and uninstall at {} levels, {refused} times refused", levels.count());
}

#[test]
fn start_on_a_full_disk_loses_nothing() {
    let repo = planned();
    repo.guard(&["install", "--strict"]).ok();
    let Some(space) = Space::new(&repo, DISK) else { return };
    let head = space.git(&["rev-parse", "HEAD"]).ok();
    let staged = space.git(&["ls-files", "-s"]).ok();
    let (mut refused, levels) = (0, (0..=56).step_by(4));
    for level in levels.clone() {
        space.leave(level);
        let ran = space.guard(&["start", "plans/p.toml"]);
        let started = done_or_full(&ran, level);
        space.make_room();
        assert_eq!(fs::read_to_string(space.outside("plans/p.toml")).unwrap(), PLAN, "{level}");
        space.git(&["fsck", "--connectivity-only"]).ok();
        if space.git(&["rev-parse", "HEAD"]).ok() == head {
            assert!(!started, "{level}");
            refused += 1;
            assert_eq!(ran.code, 2, "{level}: {}", ran.text());
            assert_eq!(space.git(&["ls-files", "-s"]).ok(), staged, "{level}");
            space.guard(&["start", "plans/p.toml"]).ok();
        }
        assert_eq!(space.git(&["status", "--porcelain"]).ok(), "", "{level}: {}", ran.text());
        space.guard(&["check", "HEAD^..HEAD"]).says(0, &["1 commit judged, no findings"]);
        space.fresh(&repo);
    }
    assert!(refused > 0, "the disk was never full");
    eprintln!("full disk: start at {} levels, {refused} times refused", levels.count());
}

#[test]
fn commits_and_answers_on_a_full_disk_are_whole_or_refused() {
    let repo = planned();
    repo.guard(&["install"]).ok();
    repo.guard(&["start", "plans/p.toml"]).ok();
    repo.write("ci/build", "bad\n");
    repo.write("src/a", "good\n");
    let Some(space) = Space::new(&repo, DISK) else { return };
    let range = format!("{}..HEAD", space.git(&["rev-parse", "HEAD^"]).ok());
    let (mut refused, levels) = (0, (0..=40).step_by(4));
    for level in levels.clone() {
        for (path, message) in [("ci/build", "T001: bad"), ("src/a", "T001: good")] {
            space.git(&["add", path]).ok();
            let head = space.git(&["rev-parse", "HEAD"]).ok();
            space.leave(level);
            let ran = space.git(&["commit", "-qm", message]);
            let moved = space.git(&["rev-parse", "HEAD"]).ok() != head;
            space.make_room();
            assert!(moved || (ran.code != 0 && !ran.err.is_empty()), "{level}: {}", ran.text());
            assert!(!moved || path == "src/a", "{level}: a bad commit passed: {}", ran.text());
            assert_eq!(fs::read_to_string(space.outside("src/a")).unwrap(), "good\n");
            refused += usize::from(!moved && path == "src/a");
            space.guard(&["check", &range]).says(0, &["judged"]);
            space.git(&["commit", "-qm", message]);
            assert_eq!(space.git(&["rev-parse", "HEAD"]).ok() != head, path == "src/a", "{level}");
            space.fresh(&repo);
        }
    }
    assert!(refused > 0, "the disk was never full");
    space.leave(0);
    space.guard(&["check", &range]).says(0, &["judged"]);
    space.guard(&["status"]).says(0, &["T001"]);
    for format in ["text", "json"] {
        let line = format!("'{}' check {range} --format {format} >../answer", guard_bin());
        space.run("sh", &["-c", &line]).says(2, &["cannot be written to standard output", FULL]);
    }
    space.run("sh", &["-c", &format!("'{}' status >../answer", guard_bin())]).says(2, &[FULL]);
    // What pre-commit saw could not be kept, so it must not be believed either.
    space.run(guard_bin(), &["hook", "pre-commit"]).says(2, &["cannot record the staged tree", FULL]);
    assert!(
        !fs::read_dir(space.outside(".git/guard"))
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_str().unwrap().starts_with("seen.") })
    );
    eprintln!("full disk: commits at {} levels, the good one {refused} times refused", levels.count());
}
