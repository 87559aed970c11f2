//! Three failures, then a person decides.

use super::{World, gate};

/// Fails and lets the work change in between, as a correction would.
fn fail(world: &World, times: usize) {
    for n in 0..times {
        world
            .stage("src/a", &format!("try {n} after {}\n", world.lines().len()))
            .gate(&[])
            .says(1, &["failed"]);
    }
}

#[test]
fn the_third_failure_escalates_and_a_fourth_try_is_not_run() {
    let world = World::with("exit 1");
    fail(&world, 2);
    let ran = world.stage("src/a", "third\n").gate(&[]);
    let ran = ran.says(
        1,
        &[
            "escalation: the gate tests is blocked for T001",
            "blocker   defect",
            "impact    T002 and T003",
            "options",
            "guard gate decide tests --task T001 --retry",
        ],
    );
    assert_eq!(ran.out.matches("failed with exit code 1").count(), 1 + 3, "{}", ran.out);
    world.stage("src/a", "fourth\n").gate(&[]).says(1, &["nothing was run", "waits for a decision"]);
    assert_eq!(world.outcomes().len(), 3);
}

#[test]
fn a_decision_to_retry_allows_three_more() {
    let world = World::with("exit 1");
    let decide = ["decide", "tests", "--task", "T001", "--retry", "--reason", "the network was down"];
    world.stage("src/a", "1\n").gate(&decide).says(2, &["not blocked", "3 tries are left"]);
    fail(&world, 3);
    world
        .gate(&["decide", "tests", "--task", "T001", "--retry", "--reason", " "])
        .says(2, &["needs its reason"]);
    world
        .gate(&["decide", "nope", "--task", "T001", "--retry", "--reason", "x"])
        .says(2, &["no gate \"nope\""]);
    world.gate(&decide).says(0, &["3 more tries"]);
    let decision = world.lines().into_iter().find(|line| line["decision"] == "retry").unwrap();
    assert_eq!(
        (&decision["reason"], &decision["by"]),
        (&"the network was down".into(), &"A <a@example.com>".into())
    );
    fail(&world, 2);
    world.stage("src/a", "last\n").gate(&[]).says(1, &["escalation"]);
    world.stage("src/a", "one more\n").gate(&[]).says(1, &["nothing was run"]);
    assert_eq!(world.outcomes().len(), 6);
}

#[test]
fn a_decision_to_stop_leaves_it_blocked() {
    let world = World::with("exit 1");
    fail(&world, 3);
    world.gate(&["decide", "tests", "--task", "T001", "--stop", "--reason", "not worth it"]).ok();
    world.gate(&[]).says(1, &["stopped   not worth it (A <a@example.com>)", "nothing was run"]);
}

#[test]
fn a_pass_between_failures_starts_the_count_anew() {
    let world = World::with("test -e ../good");
    fail(&world, 2);
    std::fs::write(world.repo.root().join("good"), "").unwrap();
    world.gate(&[]).ok();
    std::fs::remove_file(world.repo.root().join("good")).unwrap();
    fail(&world, 2);
    assert!(!world.gate(&["--list"]).ok().contains("escalation"));
}

#[test]
fn other_tasks_and_optional_gates_are_not_blocked() {
    let world = World::new(&(gate("tests", "exit 1", "") + &gate("lint", "exit 1", "required = false")));
    fail(&world, 3);
    world.repo.git(&["reset", "-q", "--hard"]).ok();
    world.stage("tests/a", "1\n").gate(&["T002"]).says(1, &["failed"]);
    let world = World::new(&gate("lint", "exit 1", "required = false"));
    for n in 0..5 {
        world.stage("src/a", &format!("{n}\n")).gate(&[]).says(0, &["not required"]);
    }
}
