//! A git directory that nobody can write: what only reads works, the rest refuses and says why.

use crate::harness::{guard_bin, picture};
use crate::planned;
use crate::space::Space;

#[test]
fn a_read_only_git_directory_is_read_and_never_passed_over() {
    let repo = planned();
    repo.guard(&["start", "plans/p.toml"]).ok();
    repo.guard(&["install", "--strict"]).ok();
    repo.write("ci/build", "bad\n");
    repo.git(&["add", "ci/build"]).ok();
    let Some(space) = Space::new(&repo, 16 << 10) else { return };
    let base = space.git(&["rev-parse", "HEAD^"]).ok();
    let seals = "mount --bind .git .git && mount -o remount,bind,ro .git && ! touch .git/x 2>/dev/null";
    space.does(seals);
    let before = picture(&space.outside(".git"));

    space.guard(&["check", &format!("{base}..HEAD")]).says(0, &["1 commit judged, no findings"]);
    space.guard(&["status"]).says(0, &["T001", "would be refused"]);
    space.guard(&["scope", "T001", "src/a"]).says(0, &["in scope"]);
    space.guard(&["install"]).says(0, &["unchanged"]); // there is nothing to change
    space.guard(&["install", "--dry-run"]).ok();

    let refused = ["Read-only file system"];
    space.guard(&["uninstall"]).says(2, &refused).says(2, &["nothing was changed"]);
    space.guard(&["start", "--again", "plans/p.toml"]).says(2, &["ci/build"]);
    space.does("git -C . --no-optional-locks diff --quiet");
    let commit = space.git(&["commit", "-m", "T001: x"]);
    assert!(commit.code != 0 && commit.err.contains(refused[0]), "{}", commit.text());
    // git itself refuses before any hook; a hook that is asked all the same does not pass either.
    space.run(guard_bin(), &["hook", "pre-commit"]).says(2, &["cannot record the staged tree", refused[0]]);
    assert_eq!(picture(&space.outside(".git")), before);
}

#[test]
fn start_and_install_refuse_where_they_cannot_write() {
    let repo = planned();
    repo.git(&["add", "plans"]).ok();
    repo.git(&["commit", "-qm", "plan"]).ok();
    let Some(space) = Space::new(&repo, 16 << 10) else { return };
    space.does("mount --bind .git .git && mount -o remount,bind,ro .git");
    let before = picture(&space.outside(".git"));
    space.guard(&["start", "plans/p.toml"]).says(2, &["Read-only file system"]);
    space.guard(&["install"]).says(2, &["Read-only file system", "nothing was changed", "ls -ld"]);
    space.guard(&["doctor"]).says(2, &["error"]);
    assert_eq!(picture(&space.outside(".git")), before);
}
