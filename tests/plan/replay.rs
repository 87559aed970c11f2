//! `guard check --plan`: old commits against a plan that was not running.

use super::{PATH, PLAN, json, only_looks, planned};
use crate::harness::Repo;

/// A commit of these files, each with a text of its own.
fn made(repo: &Repo, message: &str, paths: &[&str]) -> String {
    let stamp = repo.commits();
    for path in paths {
        repo.write(path, format!("{path} after {stamp}\n"));
    }
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "--allow-empty", "-m", message]).ok();
    repo.git(&["rev-parse", "HEAD"]).ok()
}

/// The only commit of the range, refused under this rule; its findings are told in both formats.
#[track_caller]
fn refused(repo: &Repo, rule: &str, words: &str) {
    let range = "HEAD^..HEAD";
    let last = if rule == "task-id" { "1 names no task" } else { "0 of 1 commit would have passed; 1 " };
    only_looks(repo, &["check", "--plan", PATH, range])
        .says(1, &["fail  ", &format!("error[{rule}]: "), words, last]);
    let ran = repo.guard(&["check", "--plan", PATH, range, "--format", "json"]);
    let value = json(&ran);
    assert_eq!((ran.code, &value["verdict"]), (1, &"refused".into()));
    let commit = &value["replay"]["commits"][0];
    assert_eq!((&commit["passed"], &commit["rule"]), (&false.into(), &rule.into()));
    assert_eq!(value["findings"][0]["rule"], rule);
}

#[track_caller]
fn passed(repo: &Repo, kind: &str) {
    let range = "HEAD^..HEAD";
    only_looks(repo, &["check", "--plan", PATH, range])
        .says(0, &["pass  ", "guard: 1 of 1 commit would have passed\n"]);
    let value = json(&repo.guard(&["check", "--plan", PATH, range, "--format", "json"]));
    let commit = &value["replay"]["commits"][0];
    assert_eq!(
        (&commit["passed"], &commit["kind"], &value["verdict"]),
        (&true.into(), &kind.into(), &"clean".into())
    );
}

#[test]
fn what_leaves_the_plan_would_not_have_passed() {
    let repo = planned();
    for (message, paths, rule, words) in [
        ("improve it", &["src/lease.rs"][..], "task-id", "names no task"),
        ("T009: x", &["src/lease.rs"], "task-id", "T009"),
        ("T001: x", &["src/lease.rs", "src/b.rs"], "scope", "T001 may not change src/b.rs"),
        ("T002: x", &["src/b.rs"], "scope", "T002 declares no scope"),
        ("T003: x", &["docs/a.md"], "depends-on", "T003 comes after T001"),
        ("T004: x", &["docs/a.md"], "scope", "T004 may not change docs/a.md"),
        ("fixup! T001: x", &["src/lease.rs"], "unsquashed", "fixup!"),
    ] {
        made(&repo, message, paths);
        refused(&repo, rule, words);
    }
    // A merge that changes something by itself is judged by what that is.
    repo.git(&["checkout", "-q", "-b", "side"]).ok();
    made(&repo, "T001: x", &["src/lease.rs"]);
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    made(&repo, "Merge branch 'side'", &["evil.rs"]);
    let ran = repo.guard(&["check", "--plan", PATH, "HEAD^..HEAD"]);
    ran.says(1, &["pass  ", "error[task-id]", "1 of 2 commits would have passed; 1 names no task"]);
}

#[test]
fn what_keeps_to_the_plan_would_have_passed() {
    let repo = planned();
    made(&repo, "T001: x", &["src/lease.rs"]);
    passed(&repo, "task");
    made(&repo, "keep a log", &[".artifacts/execute/log.md"]);
    passed(&repo, "record");
    repo.write(PATH, PLAN.replace("none", "none.\n\n- [x] done"));
    made(&repo, "tick the plan", &[]);
    passed(&repo, "record");
    repo.git(&["checkout", "-q", "-b", "side", "HEAD^"]).ok();
    made(&repo, "T001: x", &["src/lease.rs"]);
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side"]).ok();
    let value = json(&repo.guard(&["check", "--plan", PATH, "HEAD^..HEAD", "--format", "json"]));
    let kinds: Vec<_> =
        value["replay"]["commits"].as_array().unwrap().iter().map(|c| c["kind"].clone()).collect();
    assert_eq!(kinds, ["task", "merge"]);
    assert_eq!(value["replay"]["passed"], 2);
}

#[test]
fn the_last_line_counts_each_commit_once() {
    let repo = planned();
    let base = repo.git(&["rev-parse", "HEAD"]).ok();
    for (message, paths) in [
        ("T001: pin", &["src/lease.rs"][..]),
        ("typo", &["src/lease.rs", "x.rs"]),
        ("T003: document", &["docs/a.md"]),
        ("T003: more", &["docs/b.md"]),
        ("T003: all", &["docs/c.md", "x.rs", "y.rs"]),
        ("another", &["x.rs"]),
    ] {
        made(&repo, message, paths);
    }
    let range = format!("{base}..HEAD");
    let ran = only_looks(&repo, &["check", "--plan", PATH, &range]);
    let last = "guard: 2 of 6 commits would have passed; 2 name no task, 1 does a task once more, 1 leaves its scope\n";
    assert!(ran.out.ends_with(last), "{}", ran.out);
    let heads: Vec<String> = ran
        .out
        .lines()
        .filter(|l| l.contains("  T") || l.contains("  typo") || l.contains("  another"))
        .map(|l| l[..4].to_owned())
        .collect();
    assert_eq!(heads, ["pass", "fail", "pass", "fail", "fail", "fail"], "{}", ran.out);
    let value = json(&repo.guard(&["check", "--plan", PATH, &range, "--format", "json"]));
    assert_eq!(format!("guard: {}\n", value["replay"]["summary"].as_str().unwrap()), last);
    assert_eq!((&value["replay"]["passed"], &value["replay"]["of"]), (&2.into(), &6.into()));
    // What was done before the range is not known: T003 comes too early there.
    let ran = repo.guard(&["check", "--plan", PATH, &format!("{base}^{{commit}}~0..HEAD~3")]);
    ran.says(1, &["2 of 3 commits"]);
    repo.guard(&["check", "--plan", PATH, "HEAD~4..HEAD~3"]).says(1, &["1 comes too early"]);
}

#[test]
fn it_is_told_what_is_not_judged_and_whose_word_counts() {
    let repo = planned();
    made(&repo, "rollback: before executing plan something else", &["plans/other.md"]);
    made(&repo, "T001: x", &["src/lease.rs"]);
    repo.guard(&["check", "HEAD~2..HEAD"]).says(1, &["error[rollback]"]);
    let ran = only_looks(&repo, &["check", "--plan", PATH, "HEAD~2..HEAD"]);
    ran.says(
        0,
        &[
            "note: plan: plans/lease.md as it is in the work tree, not as it was",
            "note: the plan has 1 error and could not be started: guard plan lint plans/lease.md",
            "note: policy: built-in defaults, there is no guard.toml",
            "note: not judged: rollback, plan-locked, net-diff, gates, regression, execution-log",
            "guard: 2 of 2 commits would have passed",
        ],
    );
    // The policy of the work tree counts, since that is the one which would hold.
    repo.write(
        "guard.toml",
        "version = 1\n[task]\ncarried_in = [\"scope\"]\n[overlay.\"plans/lease.md\"]\nT002 = [\"x.rs\"]\n",
    );
    repo.guard(&["check", "--plan", PATH, "HEAD^..HEAD"])
        .says(1, &["error[task-id]", "policy: guard.toml of the work tree"]);
    made(&repo, "feat(T001): x", &["src/lease.rs"]);
    made(&repo, "feat(T002): x", &["x.rs"]);
    let ran = repo.guard(&["check", "--plan", PATH, "HEAD~2..HEAD"]);
    assert!(!ran.out.contains("could not be started"), "{}", ran.out);
    // `guard.toml` itself came with the first of the two.
    ran.says(1, &["1 of 2 commits would have passed; 1 leaves its scope"]);
}

#[test]
fn what_the_policy_leaves_alone_is_not_counted_as_passed() {
    let repo = planned();
    repo.write("guard.toml", "version = 1\n[enforce]\nwhen = \"plan\"\n");
    repo.write(PATH, "# P\n\n## T001: One\n\n**Files:** `src/a.rs`\n");
    for (message, path) in [("T001: one", "src/a.rs"), ("after the plan", "src/b.rs")] {
        repo.write(path, message);
        repo.git(&["add", "src"]).ok();
        repo.git(&["commit", "-q", "-m", message]).ok();
    }
    let ran = only_looks(&repo, &["check", "--plan", PATH, "HEAD~2..HEAD"]);
    let ran =
        ran.says(0, &["1 of 1 commit would have passed", "1 commits were not judged: no plan was running"]);
    assert!(!ran.out.contains("after the plan"), "{}", ran.out);
}

#[test]
fn a_plan_anywhere_will_do_and_is_a_record_there() {
    let repo = planned();
    repo.git(&["mv", PATH, "notes.md"]).ok();
    made(&repo, "tick", &[]);
    repo.write("notes.md", format!("{PLAN}\nmore\n"));
    made(&repo, "tick again", &[]);
    repo.guard(&["check", "--plan", "notes.md", "HEAD^..HEAD"])
        .says(0, &["notes.md lies outside plan.paths; here it counts as a record", "1 of 1 commit would"]);
    let outside = repo.root().join("lease.md");
    std::fs::write(&outside, PLAN).unwrap();
    repo.guard(&["check", "--plan", outside.to_str().unwrap(), "HEAD^..HEAD"]).says(1, &["1 names no task"]);
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let repo = planned();
    repo.write("empty.md", "# Nothing\n");
    for (args, words) in [
        (&["--plan", "gone.md", "HEAD..HEAD"][..], "gone.md cannot be read"),
        (&["--plan", "empty.md", "HEAD..HEAD"], "finds no tasks"),
        (&["--plan", PATH, "x..HEAD"], "x"),
        (&["--plan", PATH, "HEAD"], "is not a range"),
        (&["--plan", PATH, "HEAD..HEAD", "--fail-on-empty"], "holds no commit"),
        (&["--plan", PATH, "HEAD..HEAD", "--run-gates"], "cannot be used with"),
        (&["--plan", PATH, "HEAD..HEAD", "--require-evidence"], "cannot be used with"),
    ] {
        only_looks(&repo, &[&["check"], args].concat()).says(2, &[words]);
    }
    let ran = repo.guard(&["check", "--plan", PATH, "x..HEAD", "--format", "json"]);
    assert!(json(&ran)["error"]["message"].is_string());
    repo.guard(&["check", "--plan", PATH, "HEAD..HEAD"]).says(0, &["nothing was judged", "0 of 0 commits"]);
}
