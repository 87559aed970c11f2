//! What a push brings along: packs, merges, shallow histories.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;

use crate::harness::{Dice, executable, guard_bin};
use crate::site::{everywhere, path_after, with_path};

/// A server of which git is older than 2.38: it cannot merge without a work tree. git puts its own folder before the
/// `PATH` of a hook, so the old one is put there behind it.
fn old_git(root: &Path) -> OsString {
    let old = root.join("old");
    let refuses = "#!/bin/sh\n[ \"$1\" != merge-tree ] || exit 129\nPATH=${PATH#*:}\nexec git \"$@\"\n";
    executable(&old.join("git"), refuses);
    let guard = format!("#!/bin/sh\nPATH='{}':$PATH\nexec '{}' \"$@\"\n", old.display(), guard_bin());
    executable(&root.join("bin/guard"), guard);
    path_after(&root.join("bin"))
}

/// More than git unpacks (`receive.unpackLimit`): the server judges a pack in its quarantine. More also than the client
/// sends over HTTP in one piece.
#[test]
fn a_push_that_stays_a_pack_is_judged() {
    everywhere(|site| {
        let mut dice = Dice::new(7);
        for (branch, path) in [("good", "src"), ("bad", "ci")] {
            site.repo.git(&["checkout", "-q", "-B", branch, "f"]).ok();
            for number in 0..150 {
                let mut noise = String::new();
                (0..300).for_each(|_| write!(noise, "{:x}", dice.roll(1 << 24)).unwrap());
                site.repo.write(format!("{path}/{number}"), noise);
            }
            site.repo.git(&["add", "-A"]).ok();
            site.repo.git(&["commit", "-q", "-m", "T001: one"]).ok();
        }
        for (from, good) in [("bad", false), ("good", true)] {
            let args = [format!("{from}:refs/heads/{from}")];
            let args = [args[0].as_str()];
            let mut push = site.repo.command("git", &site.repo.path);
            push.args(["-c", "http.postBuffer=65536", "push", &site.url, args[0]]);
            if good {
                site.lands(push, &args);
            } else {
                site.refuses(push, &args, &["error[scope]", "and 138 more"]);
            }
        }
        let packs = std::fs::read_dir(site.bare.join("objects/pack")).unwrap();
        let packs =
            packs.filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "pack").count();
        assert_eq!(packs, 1, "the push was unpacked");
    });
}

#[test]
fn a_merge_is_judged_before_its_parents_are_on_the_server() {
    everywhere(|site| {
        // Both sides and the merge come in one push; `two` renames what `one` edits.
        let text: String = (0..40).map(|n| format!("line {n}\n")).collect();
        site.repo.git(&["checkout", "-q", "-B", "lines", "main"]).ok();
        site.repo.write("src/lines", &text);
        site.repo.write("guard.toml", "version = 1\n[rules]\natomic = \"off\"\n");
        site.repo.git(&["add", "-A"]).ok();
        site.repo.git(&["commit", "-q", "-m", "lines"]).ok();
        site.on_server(&["fetch", "-q", site.repo.path.to_str().unwrap(), "+lines:main"]).ok();
        site.repo.guard(&["start", "plans/p.toml"]).ok();
        site.repo.git(&["checkout", "-q", "-b", "two"]).ok();
        site.repo.git(&["mv", "src/lines", "src/moved"]).ok();
        site.repo.git(&["commit", "-q", "-m", "T001: one"]).ok();
        site.repo.git(&["checkout", "-q", "-b", "one", "lines~1"]).ok();
        site.repo.git(&["reset", "-q", "--hard", "lines"]).ok();
        site.repo.write("src/lines", text.replace("line 7\n", "line seven\n"));
        site.repo.git(&["commit", "-q", "-a", "-m", "T001: one"]).ok();
        site.repo.git(&["merge", "-q", "--no-ff", "-m", "whatever I like", "two"]).ok();
        site.repo.git(&["checkout", "-q", "-b", "smuggler"]).ok();
        site.repo.write("ci/build", "smuggled\n");
        site.repo.git(&["commit", "-q", "-a", "--amend", "-m", "T001: merge"]).ok();
        site.refused(&["smuggler:refs/heads/work"], &["error[scope]", "ci/build"]);
        site.accepted(&["one:refs/heads/work"]);
    });
}

#[test]
fn a_plain_merge_passes_whatever_git_the_server_has() {
    with_path(old_git, |site| {
        site.repo.git(&["checkout", "-q", "-b", "sides", "f"]).ok();
        site.more("src/a", "T001: one");
        site.branch("other", "f", "designs/x", "note");
        site.repo.git(&["merge", "-q", "--no-ff", "-m", "whatever I like", "sides"]).ok();
        site.accepted(&["other:refs/heads/work"]);
        site.repo.write("ci/build", "smuggled\n");
        site.repo.git(&["commit", "-q", "-a", "--amend", "-m", "T001: merge"]).ok();
        site.refused(&["-f", "other:refs/heads/work"], &["error[scope]", "ci/build"]);
    });
}

#[test]
fn a_revert_after_other_changes_of_the_same_file_is_seen_in_the_push() {
    everywhere(|site| {
        let lines = |change: &dyn Fn(usize) -> bool, text: &str| -> String {
            (0..30).map(|n| if change(n) { format!("{text}\n") } else { format!("{n}\n") }).collect()
        };
        let both = "version = 1\ntopic = \"q\"\n[[task]]\nid = \"Q1\"\nsummary = \"one\"\nscope = [\"src/f\"]\n\
            [[task]]\nid = \"Q2\"\nsummary = \"two\"\nscope = [\"src/f\"]\ndepends_on = [\"Q1\"]\n";
        site.repo.git(&["checkout", "-q", "-b", "work", "main"]).ok();
        site.repo.write("plans/p.toml", both);
        site.repo.write("src/f", lines(&|_| false, ""));
        site.repo.git(&["add", "-A"]).ok();
        site.repo.git(&["commit", "-q", "-m", "another plan"]).ok();
        site.on_server(&["fetch", "-q", site.repo.path.to_str().unwrap(), "+work:main"]).ok();
        site.repo.guard(&["start", "plans/p.toml"]).ok();
        site.repo.write("src/f", lines(&|n| n == 2, "one"));
        site.repo.git(&["commit", "-q", "-a", "-m", "Q1: one"]).ok();
        site.repo.write("src/f", lines(&|n| n == 2, "one").replace("25\n", "two\n"));
        site.repo.git(&["commit", "-q", "-a", "-m", "Q2: two"]).ok();
        site.repo.git(&["revert", "--no-commit", "HEAD~1"]).ok();
        site.repo.git(&["commit", "-q", "-m", "Q1: take it back"]).ok();
        site.accepted(&["work:refs/heads/work"]);
        site.repo.write("src/f", lines(&|n| n == 9, "more"));
        site.repo.git(&["commit", "-q", "-a", "-m", "Q2: again"]).ok();
        site.refused(&["work:refs/heads/work"], &["error[atomic]"]);
    });
}

#[test]
fn a_shallow_clone_pushes_and_is_judged() {
    everywhere(|site| {
        site.accepted(&["f:refs/heads/f"]);
        let shallow = site.repo.root().join("shallow");
        let run = |args: &[&str]| site.repo.run_in(&shallow, "git", args).ok();
        let place = shallow.to_str().unwrap();
        site.repo.git(&["clone", "-q", "--depth=1", "--branch=f", &site.url, place]).ok();
        assert_eq!(run(&["rev-parse", "--is-shallow-repository"]), "true");
        for (path, args, good) in
            [("ci/build", ["HEAD:refs/heads/bad"], false), ("src/a", ["HEAD:refs/heads/shallow"], true)]
        {
            run(&["reset", "-q", "--hard", "origin/f"]);
            std::fs::write(shallow.join(path), "changed\n").unwrap();
            run(&["commit", "-q", "-a", "-m", "T001: one"]);
            let push = site.pushing(&shallow, &args);
            if good {
                site.lands(push, &[]);
                assert_eq!(site.at("refs/heads/shallow"), run(&["rev-parse", "HEAD"]));
            } else {
                site.refuses(push, &args, &["error[scope]", "ci/build"]);
            }
        }
    });
}
