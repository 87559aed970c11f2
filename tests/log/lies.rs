//! The rule `execution-log`: a log that is not there, is there twice, or tells what is not so.

use std::fs;

use serde_json::Value;

use super::writes::{GATED, has, log_of, proved};
use crate::world::{PLAN_PATH, World, facts, help};

/// What the rule finds in `range`.
#[track_caller]
fn found(world: &World, range: &str) -> Vec<Value> {
    let check = world.check(range);
    let all = check.findings().iter().filter(|f| f["rule"] == "execution-log").cloned().collect::<Vec<_>>();
    for one in &all {
        assert_eq!(one["level"], "warn", "{}", check.text);
        assert!(help(one).contains("guard log") || help(one).contains("git rm"), "no fix:\n{}", check.text);
    }
    assert_eq!(check.code, 0, "{}", check.text);
    all
}

fn messages(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|f| f["message"].as_str().unwrap()).collect()
}

/// Commits the log as it stands.
fn commit_log(world: &World) -> String {
    let (path, _) = log_of(world);
    world.repo.git(&["add", "-f", &path]).ok();
    world.commit("the log").ok();
    world.head()
}

/// T001 is done with evidence, and the log says so. The commit before the start, and the text of the log.
fn logged() -> (World, String, String) {
    let world = World::started_with(GATED);
    let base = world.repo.git(&["rev-parse", "HEAD^"]).ok();
    proved(&world, "T001", "src/a");
    world.repo.guard(&["log"]).ok();
    commit_log(&world);
    let (_, text) = log_of(&world);
    (world, base, text)
}

#[test]
fn a_log_that_is_not_there_is_missed_once_a_task_is_done() {
    let world = World::started();
    let base = world.repo.git(&["rev-parse", "HEAD^"]).ok();
    let nothing: [&str; 0] = [];
    assert_eq!(messages(&found(&world, &format!("{base}..HEAD"))), nothing, "nothing to tell yet");
    let done = world.done("T001: a", "src/a");
    for range in [format!("{base}..HEAD"), "HEAD^..HEAD".to_owned()] {
        let all = found(&world, &range);
        assert!(messages(&all)[0].starts_with("no log tells of the execution since "), "{all:?}");
        assert_eq!(all[0]["commit"], done, "{all:?}");
        world.repo.guard(&["check", &range]).says(0, &["warning[execution-log]", "guard log"]);
    }
    world.repo.guard(&["log"]).ok();
    assert_eq!(found(&world, &format!("{base}..HEAD")).len(), 1, "it must be committed");
    commit_log(&world);
    assert_eq!(messages(&found(&world, &format!("{base}..HEAD"))), nothing);
    // A log of another execution does not count.
    world.repo.guard(&["start", "--again", PLAN_PATH]).ok();
    world.done("T001: once more", "src/b");
    assert_eq!(found(&world, &format!("{base}..HEAD")).len(), 1);
}

#[test]
fn the_level_is_the_policys() {
    let world = World::started_with("version = 1\n[rules]\nexecution-log = \"deny\"\n");
    world.stage(&["src/a"]).past_hooks("T001: a", &[]);
    world.repo.guard(&["check", "HEAD^..HEAD"]).says(1, &["error[execution-log]: no log", "\n  fix"]);
    let world = World::started_with("version = 1\n[rules]\nexecution-log = \"off\"\n");
    world.done("T001: a", "src/a");
    assert!(found(&world, "HEAD^..HEAD").is_empty());
}

#[test]
fn two_logs_are_one_too_many() {
    let (world, base, text) = logged();
    world.repo.write("designs/copy.md", text);
    world.repo.git(&["add", "designs"]).ok();
    world.commit("a copy").ok();
    for range in [format!("{base}..HEAD"), "HEAD^..HEAD".to_owned()] {
        let all = found(&world, &range);
        assert!(messages(&all)[0].starts_with("2 logs tell of the execution since "), "{all:?}");
        assert!(
            facts(&all[0]).contains("designs/copy.md") && facts(&all[0]).contains(".artifacts/"),
            "{all:?}"
        );
    }
}

#[test]
fn each_lie_is_named_with_its_line() {
    let (world, base, text) = logged();
    let (path, _) = log_of(&world);
    let nothing: [&str; 0] = [];
    assert_eq!(messages(&found(&world, &format!("{base}..HEAD"))), nothing);
    let commit = text.lines().find(|l| l.starts_with("- Commit: `")).unwrap();
    let gate = text.lines().find(|l| l.starts_with("  - lint: `false` → failed")).unwrap();
    let result = text.lines().find(|l| l.starts_with("  - T001: passed (")).unwrap();
    let ready = "- Status: ready";
    for (true_line, lie, message) in [
        ("- Status: done", "- Status: pending", "the log says that T001 is open, and "),
        (commit, "- Commit: `1234567`", "the log says that 1234567 did T001, and "),
        (
            "- Tests: passed",
            "- Tests: failed",
            "the log says that the tests of T001 failed, and every gate passed",
        ),
        (
            gate,
            "  - lint: `false` → passed",
            "the log says that the gate lint passed for T001, and it failed with exit code 1",
        ),
        (result, "  - T001: failed", "the log says that the gate tests failed for T001, and it passed"),
        (ready, "- Status: done", "the log says that T002 is done, and no commit did it"),
        (ready, "- **Status:** ✅ Completed", "the log says that T002 is done, and no commit did it"),
        (
            ready,
            "- Status: ready\n- Commit: `7654321`",
            "the log says that 7654321 did T002, and 7654321 is no commit of",
        ),
        ("- lint (not required): `false`", "- Lint: all pass", ""),
        (
            "- lint (not required): `false`",
            "- Lint: pass",
            "the log says that the gate lint passed for T001, and it failed",
        ),
    ] {
        let edited = text.replacen(true_line, lie, 1);
        assert_ne!(edited, text, "{true_line}");
        world.repo.write(&path, &edited);
        let made = commit_log(&world);
        let all = found(&world, &format!("{base}..HEAD"));
        if message.is_empty() {
            assert_eq!(messages(&all), nothing, "{lie}");
        } else {
            assert_eq!(all.len(), 1, "{lie}: {all:?}");
            assert!(messages(&all)[0].starts_with(message), "{lie}: {all:?}");
            let before = text[..text.find(true_line).unwrap()].matches('\n').count();
            let at = 1 + before + lie.matches('\n').count();
            has(
                &facts(&all[0]),
                &[&format!("line: {path}:{at}\n"), &format!("says: {}", lie.lines().last().unwrap().trim())],
            );
            assert_eq!((&all[0]["path"], &all[0]["commit"]), (&path.as_str().into(), &made.as_str().into()));
            // The range of the lie alone sees it too.
            assert_eq!(found(&world, "HEAD^..HEAD").len(), 1, "{lie}");
        }
        world.repo.guard(&["log"]).ok();
        world.reset("HEAD^");
    }
}

#[test]
fn a_task_without_its_section_is_found_and_guard_log_mends_it() {
    let (world, base, text) = logged();
    let (path, _) = log_of(&world);
    let begin = text.find("### T001").unwrap();
    let end = text.find("<!-- guard:end task T001").unwrap();
    world.repo.write(&path, format!("{}{}", &text[..begin], &text[end..]));
    commit_log(&world);
    let all = found(&world, &format!("{base}..HEAD"));
    assert!(messages(&all)[0].starts_with("the log has no section for T001, which "), "{all:?}");
    assert_eq!(all.len(), 1, "{all:?}");
    world.repo.guard(&["log"]).ok();
    commit_log(&world);
    assert!(found(&world, &format!("{base}..HEAD")).is_empty());
}

#[test]
fn what_came_after_the_log_is_missed_but_for_the_commit_that_carries_it() {
    let (world, base, _) = logged();
    proved(&world, "T002", "docs/a");
    let all = found(&world, &format!("{base}..HEAD"));
    assert!(messages(&all)[0].starts_with("the log says that T002 is open, and "), "{all:?}");
    world.repo.guard(&["log"]).ok();
    world.stage(&["tools/a"]);
    world.repo.git(&["add", "-f", &log_of(&world).0]).ok();
    world.repo.guard(&["gate", "T003"]).ok();
    world.commit("T003: with the log").ok();
    assert!(found(&world, &format!("{base}..HEAD")).is_empty(), "it cannot tell of itself");
    world.repo.git(&["commit", "-q", "--allow-empty", "-m", "T004: looked"]).ok();
    let all = found(&world, &format!("{base}..HEAD"));
    assert!(messages(&all)[0].starts_with("the log says that T003 is open, and "), "{all:?}");
}

#[test]
fn a_revert_makes_a_log_that_says_done_a_lie() {
    let (world, base, _) = logged();
    world.bare(&["revert", "--no-edit", "-n", "HEAD^"]).ok();
    world.past_hooks("T001: take it back", &[]);
    let all = found(&world, &format!("{base}..HEAD"));
    assert_eq!(messages(&all), ["the log says that T001 is done, and its commit was reverted"]);
    world.repo.guard(&["log"]).ok();
    commit_log(&world);
    assert!(found(&world, &format!("{base}..HEAD")).is_empty());
}

#[test]
fn a_pass_that_nobody_saw_is_found_where_notes_are() {
    let (world, base, _) = logged();
    world.stage(&["docs/a"]).past_hooks("T002: no gate has run", &[]);
    world.repo.guard(&["log"]).ok();
    let (path, text) = log_of(&world);
    commit_log(&world);
    assert!(found(&world, &format!("{base}..HEAD")).is_empty(), "the log says that there is no evidence");
    world.repo.write(&path, text.replacen("- Tests: no evidence", "- Tests: pass (12/12)", 1));
    commit_log(&world);
    let all = found(&world, &format!("{base}..HEAD"));
    let lie = "the log says that the gate tests passed for T002, and there is no evidence of it";
    assert_eq!(messages(&all), [lie]);
    // Without notes nobody can tell, until evidence is asked for.
    world.repo.git(&["update-ref", "-d", "refs/notes/guard"]).ok();
    assert!(found(&world, &format!("{base}..HEAD")).is_empty());
    let asked = ["check", &format!("{base}..HEAD"), "--require-evidence"];
    world
        .repo
        .guard(&asked)
        .says(1, &["error[gates]", "warning[execution-log]: the log says that the gate", lie]);
}

#[test]
fn a_log_that_people_write_whole_is_judged_the_same() {
    let world = World::started_with(GATED);
    let base = world.repo.git(&["rev-parse", "HEAD^"]).ok();
    let rollback = world.head();
    let done = proved(&world, "T001", "src/a");
    let log = |commit: &str, status: &str| {
        format!(
            "---\nrollback: {}\n---\n## T001: the source\n* **Status**: {status}\n* Commit: {commit}\n* Tests: pass\n\
             \n## Gate Results\n- Tests: pass (3/3)\n",
            &rollback[..12]
        )
    };
    let path = "designs/log.md";
    for (text, count) in [
        (log(&done[..9], "completed"), 0),
        (log(&done[..9], "in progress"), 1),
        (log(&rollback[..9], "completed"), 1),
        (log("pending", "terminado"), 0),
        (log(&done, "done").replace("T001", "T003"), 3),
    ] {
        world.repo.write(path, &text);
        world.repo.git(&["add", path]).ok();
        world.repo.git(&["commit", "-q", "--allow-empty", "-m", "the log"]).ok();
        let all = found(&world, &format!("{base}..HEAD"));
        assert_eq!(all.len(), count, "{text}\n{all:?}");
    }
}

#[test]
fn a_range_that_has_nothing_to_do_with_the_execution_is_left_alone() {
    let world = World::started();
    for (task, path) in [("T001", "src/a"), ("T002", "docs/a"), ("T003", "tools/a")] {
        world.done(&format!("{task}: work"), path);
    }
    world.stage(&["designs/notes.md"]).accepted("notes");
    assert!(found(&world, "HEAD^..HEAD").is_empty());
    assert!(found(&world, "HEAD..HEAD").is_empty());
    let none = World::with_policy(GATED);
    none.stage(&["designs/notes.md"]).past_hooks("notes", &[]);
    assert!(found(&none, "HEAD^..HEAD").is_empty());
}

#[test]
fn a_log_that_cannot_be_read_is_no_pass() {
    let (world, base, _) = logged();
    let (path, _) = log_of(&world);
    let blob = world.repo.git(&["rev-parse", &format!("HEAD:{path}")]).ok();
    fs::remove_file(world.repo.path.join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    world.check(&format!("{base}..HEAD")).could_not(&[&blob[..7]]);
}
