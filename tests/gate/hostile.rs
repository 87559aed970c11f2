//! Gates that do not end, and work trees that are not what they seem.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{World, gate};
use crate::harness::{Ran, guard_bin};

impl World {
    fn sh(&self, script: &str) -> Ran {
        self.repo.run_in(&self.repo.path, "sh", &["-ec", script])
    }

    /// Starts `guard gate` and waits until `../started` is there.
    fn started(&self) -> Child {
        let mut command = self.repo.command(guard_bin(), &self.repo.path);
        let child = command.arg("gate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.repo.root().join("started").exists() {
            assert!(Instant::now() < deadline, "nothing was started");
            std::thread::sleep(Duration::from_millis(10));
        }
        child
    }
}

#[track_caller]
fn in_time(script: &str, more: &str) -> World {
    let world = World::new(&gate("tests", script, more));
    // Should it not end, neither this machine's memory nor its disk is to fill up.
    let limited = format!(
        "ulimit -v 4000000; ulimit -f 4000000; exec timeout -k 1 20 {} gate 2>/dev/null",
        guard_bin()
    );
    let start = Instant::now();
    let ran = world.stage("src/a", "1\n").sh(&limited);
    assert!(start.elapsed() < Duration::from_secs(15), "{script} was not stopped: {}", ran.code);
    world
}

#[test]
fn a_gate_that_talks_without_end_is_stopped_in_time() {
    // Many small pieces: as fast as can be read, and not so much that the disk is what takes its time.
    let world = in_time("exec dd if=/dev/zero bs=4 status=none", "timeout = 1");
    assert_eq!(world.outcomes(), ["timed-out"]);
    assert!(world.lines()[0]["tail"].as_str().unwrap().len() < 4096);
}

#[test]
fn a_gate_that_leaves_a_talker_behind_ends_all_the_same() {
    let world = in_time("setsid sh -c \"while echo x; do :; done\" & sleep 0.2", "");
    assert_eq!(world.outcomes(), ["passed"]);
}

#[test]
fn a_gate_that_reads_or_says_nothing_does_not_wait() {
    let world = in_time("cat; exec >&- 2>&-; sleep 0.2; exit 4", "");
    assert_eq!(world.outcomes(), ["failed"]);
}

#[test]
fn files_that_git_does_not_look_at_are_not_what_is_staged() {
    for bit in ["--assume-unchanged", "--skip-worktree"] {
        let world = World::with("test ! -s src/base");
        world.stage("src/base", "").sh("git -c core.hooksPath=/dev/null commit -qm base");
        world.stage("src/a", "1\n").gate(&[]).says(0, &["passed"]);
        world.sh(&format!("git update-index {bit} src/base; echo x >src/base")).ok();
        world.gate(&[]).says(0, &["passed", "in a clean worktree"]);
    }
}

#[test]
fn a_sparse_checkout_is_no_excuse_for_what_is_not_there() {
    for index in ["--sparse-index", "--no-sparse-index"] {
        let world = World::with("test -e docs/deep/d && test -e src/a");
        world.stage("docs/deep/d", "").sh("git -c core.hooksPath=/dev/null commit -qm docs").ok();
        if world.sh(&format!("git sparse-checkout set --cone {index} src")).code != 0 {
            eprintln!("skipped: this git has no {index}");
            continue;
        }
        assert!(!world.repo.path.join("docs").exists());
        world.stage("src/a", "1\n").gate(&[]).says(0, &["passed", "in a clean worktree"]);
        world.commit("T001: x").ok();
    }
}

#[test]
fn a_submodule_that_git_status_hides_is_seen() {
    let world = World::with("test \"$(cat sub/f)\" = changed");
    world
        .sh("git init -q ../s; cd ../s; echo f >f; git add f; git commit -qm f; cd -; \
            git -c protocol.file.allow=always submodule --quiet add ../s sub; git config diff.ignoreSubmodules all; \
            git -c core.hooksPath=/dev/null commit -qm sub; echo changed >sub/f")
        .ok();
    world.stage("src/a", "1\n").gate(&[]).says(1, &["failed", "in a clean worktree"]);
}

#[test]
fn a_hook_of_git_commit_path_runs_gates_on_that_commit_alone() {
    let world = World::with("test -e src/one && ! test -e src/two");
    let hook = world.repo.path.join(".git/hooks/pre-commit");
    crate::harness::executable(&hook, format!("#!/bin/sh\nexec {} gate T001\n", guard_bin()));
    world.stage("src/one", "1\n").stage("src/two", "2\n");
    world.sh("git commit -qm 'T001: one' src/one").says(0, &["in a clean worktree"]);
    assert_eq!(world.outcomes(), ["passed"]);
    let about = world.lines()[0]["tree"].as_str().unwrap().to_owned();
    assert_eq!(about, world.repo.git(&["rev-parse", "HEAD^{tree}"]).ok());
}

#[test]
fn what_changes_while_a_gate_runs_does_not_help_it() {
    for change in ["echo good >src/a", "echo good >src/a; git add src/a", "touch src/untracked"] {
        let world =
            World::with("touch ../started; sleep 1; test \"$(cat src/a)\" = good || test -e src/untracked");
        world.stage("src/a", "bad\n");
        let child = world.started();
        world.sh(change).ok();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("files changed while the gate tests ran"), "{change}: {said}");
        assert_eq!((output.status.code(), world.outcomes()), (Some(1), vec!["failed".into()]), "{change}");
    }
}

#[test]
fn ctrl_c_while_a_clean_worktree_is_made_leaves_nothing() {
    let mut world = World::with("exit 0");
    let scratch = world.repo.root().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    world.repo.env("TMPDIR", &scratch);
    world.sh("git config filter.slow.smudge 'touch ../../started; sleep 2; cat'").ok();
    world.stage("src/.gitattributes", "* filter=slow\n").stage("src/a", "1\n");
    world.repo.write("src/a", "2\n");
    world.sh("git config filter.slow.smudge \"touch $PWD/../started; sleep 2; cat\"").ok();
    let child = world.started();
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.repo.git(&["worktree", "list"]).ok().lines().count(), 1);
    assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0);
    assert_eq!(world.outcomes(), Vec::<String>::new());
}

#[test]
fn two_guards_at_once_keep_their_outputs_apart() {
    let world = World::with("echo $$; sleep 1; echo $$");
    world.stage("src/a", "1\n");
    let start = || {
        let mut command = world.repo.command(guard_bin(), &world.repo.path);
        command.arg("gate").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let children = [start(), start()];
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    for line in world.lines() {
        let tail = line["tail"].as_str().unwrap();
        let digest = world.sh(&format!("printf '%s' '{tail}' | git hash-object --stdin")).ok();
        assert_eq!(line["digest"], digest.as_str());
    }
    assert_eq!(world.outcomes().len(), 2);
}

#[test]
fn check_runs_gates_in_a_bare_repository_whose_head_has_no_commit() {
    let world = World::with("test -e src/a");
    world.stage("src/a", "1\n").gate(&[]).ok();
    world.commit("T001: x").ok();
    world.sh("git clone -q --bare . ../bare.git; git -C ../bare.git symbolic-ref HEAD refs/heads/none").ok();
    let bare = world.repo.root().join("bare.git");
    let run = |args: &[&str]| world.repo.run_in(&bare, guard_bin(), args);
    run(&["check", "main^..main", "--run-gates"]).says(0, &["gate tests: passed"]);
    assert_eq!(world.repo.run_in(&bare, "git", &["worktree", "list"]).ok().lines().count(), 1);
}

#[test]
fn a_gate_with_a_hostile_name_writes_no_log_elsewhere_and_its_commands_can_be_typed() {
    let world = World::new(&gate("../../a b;c", "exit 1", ""));
    world.stage("src/a", "1\n");
    for _ in 0..3 {
        world.gate(&[]).says(1, &[".git/guard/gates/_.._a_b_c.log"]);
    }
    world.gate(&[]).says(1, &["guard gate decide '../../a b;c' --task T001 --retry"]);
    world.gate(&["decide", "../../a b;c", "--task", "T001", "--retry", "--reason", "why not"]).ok();
}
