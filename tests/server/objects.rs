//! What a push brings along: packs, merges, shallow histories.

use std::fmt::Write;

use crate::harness::Dice;
use crate::site::everywhere;

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
