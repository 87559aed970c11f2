//! What is judged, whatever the client says about itself.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use crate::serving::{Over, PATIENCE};
use crate::site::{Site, everywhere, usual_path, with_path};

const LAX: &str = "version = 1\n[rules]\nscope = \"off\"\ntask-id = \"off\"\nrollback = \"off\"\n";

#[test]
fn good_commits_are_taken_and_bad_ones_refused_with_the_words_of_guard_check() {
    everywhere(|site| {
        let said = site.refused(&["bad:refs/heads/bad"], &["error[scope]", "ci/build", "\n  fix "]);
        let check = site.repo.guard(&["check", "main..bad"]).says(1, &["error[scope]"]);
        let finding = &check.out[check.out.find("error[").unwrap()..];
        let finding = finding.split("\n\n").next().unwrap();
        assert!(finding.lines().count() > 3 && said.contains(finding), "{finding}\nis not in:\n{said}");
        assert!(!site.has("bad"));
        // Nothing but that nobody keeps a log.
        let said = site.accepted(&["good:refs/heads/good"]);
        assert!(said.contains("warning[execution-log]") && said.matches("]: ").count() == 1, "{said}");
        site.repo.git(&["checkout", "-q", "-B", "worse", "good"]).ok();
        site.more("docs/d", "T002: two");
        site.more("ci/build", "T002: two");
        site.refused(&["worse:refs/heads/good"], &["error[scope]", "T002", "ci/build"]);
        site.accepted(&["worse~1:refs/heads/good"]);
        site.branch("lockless", "main", "src/a", "T001: one");
        site.refused(&["lockless:refs/heads/lockless"], &["error[rollback]"]);
    });
}

#[test]
fn the_protected_branch_takes_good_commits_only() {
    everywhere(|site| {
        site.refused(&["bad:refs/heads/main"], &["error[scope]", "ci/build"]);
        site.accepted(&["good:refs/heads/main"]);
        site.refused(&["-f", "bad:refs/heads/main"], &["error[history]", "would lose commits"]);
        site.refused(&["+main:refs/heads/main"], &["error[history]", "would lose commits"]);
        site.on_server(&["config", "receive.denyDeleteCurrent", "ignore"]).ok();
        site.refused(&[":refs/heads/main"], &["error[history]", "would be deleted"]);
    });
}

#[test]
fn nothing_that_a_client_sets_opens_the_door() {
    everywhere(|site| {
        let lax = site.repo.write("../lax.toml", LAX);
        let lax = lax.to_str().unwrap();
        let args = ["bad:refs/heads/bad"];
        let sets = [
            ("GUARD_SKIP", "1"),
            ("GUARD_CONFIG", lax),
            ("GUARD_DOCTOR", "any"),
            ("GUARD_DOCTOR", "pre-receive=/nowhere/at/all"),
            ("GUARD_BIN", "/bin/true"),
        ];
        for (name, value) in sets {
            let mut push = site.pushing(&site.repo.path, &args);
            push.env(name, value);
            site.refuses(push, &args, &["error[scope]", "ci/build"]);
        }
        for setting in ["http.extraHeader=GUARD-SKIP: 1", "core.hooksPath=/dev/null", "push.gpgSign=false"] {
            let mut push = site.repo.command("git", &site.repo.path);
            push.args(["-c", setting, "push", "--no-verify", &site.url, args[0]]);
            site.refuses(push, &args, &["error[scope]", "ci/build"]);
        }
        for version in ["0", "1", "2"] {
            let setting = format!("protocol.version={version}");
            let mut push = site.repo.command("git", &site.repo.path);
            push.args(["-c", &setting, "push", &site.url, args[0]]);
            site.refuses(push, &args, &["error[scope]", "ci/build"]);
            let good = format!("good:refs/heads/good-{version}");
            let mut push = site.repo.command("git", &site.repo.path);
            push.args(["-c", &setting, "push", &site.url, &good]);
            site.lands(push, &[&good]);
        }
    });
}

#[test]
fn where_the_server_does_not_find_guard_nothing_is_taken() {
    let only_git = |root: &std::path::Path| {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join("git"))
            .find(|file| file.is_file());
        fs::create_dir(root.join("bin")).unwrap();
        for (program, name) in
            [(found.unwrap(), "git"), ("/bin/sh".into(), "sh"), ("/bin/chmod".into(), "chmod")]
        {
            symlink(program, root.join("bin").join(name)).unwrap();
        }
        root.join("bin").into_os_string()
    };
    with_path(only_git, |site| {
        site.refused(&["good:refs/heads/good"], &["guard", "not found"]);
        site.refused(&[":refs/heads/main"], &["not found"]);
    });
}

/// Not of guard's making, but what these tests promise to the machine that they run on.
#[test]
fn a_server_ends_with_its_test_even_when_that_panics() {
    for over in [Over::Daemon, Over::Http] {
        let (send, group) = std::sync::mpsc::channel();
        let story = std::thread::spawn(move || {
            let Some(site) = Site::open(over, &usual_path) else { return };
            let group = site.serving.as_ref().unwrap().group();
            send.send((group, members(group))).unwrap();
            panic!("as a test would that fails");
        });
        let panicked = story.join().is_err();
        let Ok((group, before)) = group.recv() else { continue };
        assert!(panicked && before > 1, "{over:?}: {before} processes");
        // Killed is not gone yet.
        let start = Instant::now();
        while members(group) > 0 {
            assert!(start.elapsed() < PATIENCE, "{over:?} is still running");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Living processes of a group; some init processes never take the dead away.
fn members(group: u32) -> usize {
    let stats = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let text = fs::read_to_string(entry.unwrap().path().join("stat")).ok()?;
        let fields: Vec<String> = text.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect();
        Some((fields.first()?.clone(), fields.get(2)?.clone()))
    });
    stats.filter(|(state, of)| !matches!(state.as_str(), "Z" | "X") && *of == group.to_string()).count()
}
