//! What a gate runs on, and how its end is observed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{World, gate};
use crate::harness::{guard_bin, picture};

#[test]
fn every_end_is_recorded_as_what_it_was() {
    for (run, more, outcome, code) in [
        ("exit 0", "", "passed", None),
        ("exit 3", "", "failed", Some(3)),
        ("kill -9 $$", "", "killed", Some(9)),
        ("no-such-command-anywhere", "", "missing", None),
        ("sleep 60", "timeout = 1", "timed-out", None),
        ("trap '' TERM; sleep 60; sleep 60", "timeout = 1", "timed-out", None),
    ] {
        let world = World::new(&gate("tests", run, more));
        let start = Instant::now();
        let ran = world.stage("src/a", "1\n").gate(&[]);
        assert!(start.elapsed() < Duration::from_secs(20), "{run} was not stopped");
        assert_eq!(ran.code, i32::from(outcome != "passed"), "{run}: {}", ran.text());
        let line = &world.lines()[0];
        assert_eq!(line["outcome"], outcome, "{run}: {line}");
        assert_eq!(line["code"].as_i64(), code, "{run}: {line}");
        assert_eq!((&line["gate"], &line["task"]), (&"tests".into(), &"T001".into()));
        assert_eq!(line["command"], run);
        let committed = world.commit("T001: x");
        assert_eq!(committed.code, i32::from(outcome != "passed"), "{run}: {}", committed.text());
    }
}

#[test]
fn ctrl_c_is_recorded_and_ends_all_that_was_started() {
    let gates =
        gate("long", "sleep 300 & echo $! > ../pid; sleep 300", "") + &gate("next", "touch ../next", "");
    let world = World::new(&gates);
    world.stage("src/a", "1\n");
    let mut command = world.repo.command(guard_bin(), &world.repo.path);
    let child = command.arg("gate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid_file = world.repo.root().join("pid");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !std::fs::read_to_string(&pid_file).is_ok_and(|t| t.ends_with('\n')) {
        assert!(Instant::now() < deadline, "the gate did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.outcomes(), ["interrupted"]);
    assert!(!world.repo.root().join("next").exists(), "the next gate ran all the same");
    let pid = std::fs::read_to_string(&pid_file).unwrap();
    let alive = || std::fs::read_to_string(format!("/proc/{}/cmdline", pid.trim())).unwrap_or_default();
    let deadline = Instant::now() + Duration::from_secs(5);
    while alive().contains("sleep") && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(alive(), "", "what the gate started in the background goes on");
    world.commit("T001: x").says(1, &["error[gates]", "was interrupted"]);
}

#[test]
fn all_gates_run_and_all_are_recorded_though_the_first_fails() {
    let gates = gate("first", "exit 1", "")
        + &gate("second", "exit 0", "")
        + &gate("third", "exit 2", "required = false");
    let world = World::new(&gates);
    let ran = world.stage("src/a", "1\n").gate(&[]).says(1, &["first", "second", "third"]);
    assert_eq!(world.outcomes(), ["failed", "passed", "failed"], "{}", ran.text());
    let world = World::new(&gate("only", "exit 2", "required = false"));
    world.stage("src/a", "1\n").gate(&[]).says(0, &["failed with exit code 2 (not required)"]);
    world.commit("T001: x").ok();
}

#[test]
fn a_gate_sees_what_is_staged_and_nothing_else() {
    let world = World::with("test \"$(cat src/a)\" = staged && ! test -e untracked && test -e .gitignore");
    world.stage("src/a", "staged\n");
    let ran = world.gate(&[]).says(0, &["passed"]);
    assert!(!ran.err.contains("in a clean worktree"), "{}", ran.err);
    world.repo.write("src/a", "not staged\n");
    world.repo.write("untracked", "x\n");
    let (files, index) = (picture(&world.repo.path.join("src")), world.repo.path.join(".git/index"));
    let before = (files, std::fs::read(&index).unwrap());
    world.gate(&[]).says(0, &["passed", "in a clean worktree"]);
    let after = (picture(&world.repo.path.join("src")), std::fs::read(&index).unwrap());
    assert!(before == after, "the work tree or the index has changed");
    assert_eq!(world.repo.git(&["worktree", "list"]).ok().lines().count(), 1, "the worktree is gone");
    let staged = world.repo.git(&["write-tree"]).ok();
    assert!(world.lines().iter().all(|line| line["tree"] == staged.as_str()));
    // And the other way round: what only the work tree has does not help.
    let world = World::with("test -e untracked");
    world.stage("src/a", "1\n");
    world.repo.write("untracked", "x\n");
    world.gate(&[]).says(1, &["failed"]);
}

#[test]
fn a_gate_that_changes_files_does_not_spoil_the_next() {
    let gates = gate("formats", "echo more >> src/a", "") + &gate("reads", "test \"$(cat src/a)\" = 1", "");
    let world = World::new(&gates);
    world.stage("src/a", "1\n").gate(&[]).says(0, &["reads"]);
    assert_eq!(world.outcomes(), ["passed", "passed"]);
}

#[test]
fn gates_are_run_where_they_apply() {
    let gates = gate("code", "exit 0", "paths = [\"src/**\"]")
        + &gate("for tests", "exit 0", "phase = \"test\"")
        + &gate("always", "exit 0", "");
    let world = World::new(&gates);
    world.stage("src/a", "1\n").gate(&[]).ok();
    let names = |world: &World| -> Vec<String> {
        world.lines().iter().map(|l| l["gate"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&world), ["code", "always"]);
    world.gate(&["--list"]).says(0, &["for tests", "does not apply here", "code", "passed"]);
    assert_eq!(names(&world).len(), 2, "--list runs nothing");
    world.commit("T001: x").ok();
    world.stage("tests/a", "1\n").gate(&["T002"]).ok();
    assert_eq!(names(&world)[2..], ["for tests", "always"]);
    world.commit("T002: x").ok();
    world.stage("docs/a", "1\n").gate(&["--all"]).ok();
    assert_eq!(names(&world)[4..], ["code", "for tests", "always"]);
}

#[test]
fn what_cannot_be_run_is_an_error_with_a_way_out() {
    let world = World::new("");
    world.stage("src/a", "1\n").gate(&[]).says(2, &["names no gate", "guard init"]);
    let world = World::with("exit 0");
    world.gate(&["T999"]).says(2, &["has no task T999", "T001, T002 and T003"]);
    let fresh = crate::harness::Repo::new();
    fresh.guard(&["gate"]).says(2, &["no commit yet"]);
}

#[test]
fn the_output_is_passed_on_and_its_end_is_kept() {
    let world = World::with(
        "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; printf '\\033[31mred\\n' >&2; exit 1",
    );
    let ran = world.stage("src/a", "1\n").gate(&[]);
    assert!(ran.err.contains("line 0\n") && ran.err.contains("line 2999\n"));
    let line = &world.lines()[0];
    let tail = line["tail"].as_str().unwrap();
    assert!(tail.contains("line 2999\n") && tail.len() < 4096 && tail.starts_with("line "), "{tail:?}");
    let log = world.repo.path.join(".git/guard/gates/tests.log");
    let digest = world.repo.git(&["hash-object", "--no-filters", log.to_str().unwrap()]).ok();
    assert_eq!(line["digest"], digest.as_str());
    assert_eq!(line["bytes"].as_u64().unwrap(), std::fs::metadata(log).unwrap().len());
    let shown = world.gate(&["show"]).ok();
    assert!(shown.contains("line 2999") && !shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn a_gate_that_never_stops_talking_is_stopped_and_fills_no_memory() {
    let world = World::new(&gate("talks", "yes", "timeout = 1"));
    world.stage("src/a", "1\n");
    // Half a gigabyte of address space; `yes` says more than that in a second.
    let script = format!("ulimit -v 500000; exec '{}' gate >/dev/null 2>&1", guard_bin());
    let start = Instant::now();
    let ran = world.repo.run_in(&world.repo.path, "sh", &["-c", &script]);
    assert_eq!(ran.code, 1, "{}", ran.text());
    assert!(start.elapsed() < Duration::from_secs(20), "it was not stopped in time");
    assert_eq!(world.outcomes(), ["timed-out"]);
    let log = std::fs::metadata(world.repo.path.join(".git/guard/gates/talks.log")).unwrap().len();
    assert!(log < 70 << 20, "{log} bytes of log");
    assert!(world.lines()[0]["tail"].as_str().unwrap().len() < 4096);
}
