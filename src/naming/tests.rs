use std::time::Instant;

use super::*;

fn plan(ids: impl Iterator<Item = String>) -> Plan {
    let tasks = ids.map(|id| format!("[[task]]\nid = \"{id}\"\nsummary = \"x\"\nscope = [\"src/**\"]\n"));
    let text = format!("version = 1\n{}", tasks.collect::<String>());
    crate::plan::read("plans/alpha.toml", text.as_bytes()).unwrap()
}

fn policy(several: bool, carried_in: &[Carrier]) -> Policy {
    let mut policy = Policy::default();
    (policy.task.several, policy.task.carried_in) = (several, carried_in.to_vec());
    policy
}

fn named(message: &str, several: bool, plan: &Plan) -> Option<Vec<String>> {
    let all = [Carrier::Subject, Carrier::Scope, Carrier::Parentheses, Carrier::Trailer];
    match of(message.as_bytes(), &policy(several, &all), plan) {
        Naming::Tasks(tasks) => Some(tasks.iter().map(ToString::to_string).collect()),
        _ => None,
    }
}

#[test]
fn a_range_needs_both_its_ends_and_their_order() {
    let plan = plan(["T001", "T002", "AP-1", "T003", "1.1"].map(str::to_owned).into_iter());
    for message in [
        "T001-T004: x",
        "T003-T001: x",
        "T000-T002: x",
        "T001-: x",
        "-T001: x",
        "T001-T002-T003: x",
        "T1-T2: x",
    ] {
        assert_eq!(named(message, true, &plan), None, "{message}");
    }
    for message in
        ["T002-T003: x", "feat(T002-T003): x", "x (T002-T003)", "x\n\nTask: T002-T003", "T002,AP-1-T003: x"]
    {
        assert_eq!(named(message, false, &plan), None, "{message}: not where a commit is for one task");
        assert_eq!(named(message, true, &plan).unwrap(), ["T002", "AP-1", "T003"], "{message}");
    }
    assert_eq!(named("T003-1.1: x", true, &plan).unwrap(), ["T003", "1.1"]);
}

#[test]
fn every_place_is_shown_as_the_policy_wants_it() {
    let (code, number) = (TaskId::new("T001").unwrap(), TaskId::new("1.1").unwrap());
    for (carriers, id, shown) in [
        (&[Carrier::Trailer, Carrier::Subject][..], &code, "T001: …"),
        (&[Carrier::Trailer, Carrier::Scope], &code, "feat(T001): …"),
        (&[Carrier::Trailer, Carrier::Parentheses], &code, "… (T001)"),
        (&[Carrier::Parentheses], &number, "… (Task 1.1)"),
        (&[Carrier::Trailer], &number, "…\n\nTask: 1.1"),
    ] {
        let example = example(&policy(false, carriers), id);
        assert_eq!(example, shown);
        let plan = plan(["T001", "1.1"].map(str::to_owned).into_iter());
        let found = of(example.replace('…', "done").as_bytes(), &policy(false, carriers), &plan);
        assert_eq!(found, Naming::Tasks(vec![id.clone()]), "{example}");
    }
}

#[test]
fn hostile_messages_take_no_time() {
    let plan = plan((0..500).map(|n| format!("T{n:03}")));
    let size = 2 << 20;
    for (start, part) in [
        ("", "T001,"),
        ("", "T001-"),
        ("", "T001-T499,"),
        ("x ", "(T001) "),
        ("x ", "("),
        ("x ", "()"),
        ("x ", "(T001,T002"),
        ("feat", "(T001)"),
        ("x\n\n", "Task: T001\n"),
        ("x\n\nTask: T001", ",\n T002"),
        ("x\n\n", "#\n"),
        ("x\n\n", " \n"),
        ("x\n\nTask:", "\n "),
        ("x\n\n", "a b\nSigned-off-by: x\n"),
    ] {
        let message = format!("{start}{}: x\n", part.repeat(size / part.len()));
        let began = Instant::now();
        let _ = named(&message, true, &plan);
        let took = began.elapsed();
        let most = if cfg!(debug_assertions) { 10.0 } else { 1.0 };
        assert!(took.as_secs_f64() < most, "{took:?}: {start:?} {part:?}");
    }
}

#[test]
fn a_trailer_that_names_no_task_is_not_outvoted_by_the_subject() {
    let plan = plan(["T001", "T002"].map(str::to_owned).into_iter());
    for message in
        ["T001: x\n\nTask: T009", "feat(T001): x\n\nTask: T001\nTask: t002", "x (T001)\n\nTask: none"]
    {
        assert_eq!(named(message, true, &plan), None, "{message}");
    }
    let policy = policy(true, &[Carrier::Subject, Carrier::Trailer]);
    let found = of(b"T001: x\n\nTask: T009\n", &policy, &plan);
    assert_eq!(found, Naming::NoSuchTask("T009".to_owned()));
    // A subject holds prose too.
    assert_eq!(named("fix: x\n\nTask: T002", true, &plan).unwrap(), ["T002"]);
    assert_eq!(named("T001: x (T009)\n\nTask: T001", false, &plan).unwrap(), ["T001"]);
}
