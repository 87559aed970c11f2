//! `guard next`: which task, why none, and that no two worktrees ever take the same one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Ran, Repo, guard_bin};
use serde_json::Value;

const POLICY: &str = r#"version = 1

[[gate]]
name = "tests"
run = "cargo test"

[[gate]]
name = "lint"
run = "cargo clippy"
required = false
paths = ["src/**"]

[[gate]]
name = "later"
run = "true"
phase = "validation-support"
"#;

/// T001 first; then T002 and T003 side by side; T004 shares a path with T003; T005 is not declared safe.
const PLAN: &str = r#"version = 1
topic = "alpha"

[[task]]
id = "T001"
summary = "Write the parser"
scope = ["src/**", "!src/gen/"]
milestone = "M1"
acceptance = "cargo test parser"

[[task]]
id = "T002"
summary = "Write the manual"
scope = ["docs/"]
depends_on = ["T001"]
parallel_safe = true

[[task]]
id = "T003"
summary = "Write the tools"
scope = ["tools/"]
depends_on = ["T001"]
parallel_safe = true

[[task]]
id = "T004"
summary = "Mend the tools"
scope = ["tools/mend.sh", "mend/"]
depends_on = ["T001"]
parallel_safe = true

[[task]]
id = "T005"
summary = "Look at it all"
scope = ["look.md"]
depends_on = ["T001"]
"#;

fn unstarted() -> Repo {
    let repo = Repo::new();
    repo.write("README.md", "readme\n");
    repo.write("guard.toml", POLICY);
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
    repo
}

fn started(plan: &str) -> Repo {
    let repo = unstarted();
    repo.write("plans/alpha.toml", plan);
    repo.guard(&["start", "plans/alpha.toml"]).ok();
    repo
}

/// A linked worktree on a branch of its own, beside the repository.
fn worktree(repo: &Repo, name: &str) -> PathBuf {
    let path = repo.root().join(name);
    repo.git(&["worktree", "add", "-q", "-b", name, path.to_str().unwrap()]).ok();
    path
}

fn next(repo: &Repo, dir: &Path, args: &[&str]) -> Ran {
    repo.run_in(dir, guard_bin(), &[&["next"], args].concat())
}

fn json(repo: &Repo, dir: &Path, args: &[&str]) -> Value {
    let ran = next(repo, dir, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.text()))
}

/// Commits work for a task in a worktree.
fn done(repo: &Repo, dir: &Path, id: &str, path: &str) {
    let file = dir.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, format!("{id}\n")).unwrap();
    repo.run_in(dir, "git", &["add", "--", path]).ok();
    repo.run_in(dir, "git", &["commit", "-q", "-m", &format!("{id}: work")]).ok();
}

fn task(value: &Value) -> &str {
    value["task"]["id"].as_str().unwrap_or("none")
}

#[test]
fn without_a_running_plan_there_is_nothing_to_answer() {
    let repo = unstarted();
    for args in [&[][..], &["--claim"], &["--release"], &["--all"]] {
        next(&repo, &repo.path, args).says(2, &["no plan is running", "guard start"]);
    }
    let value = json(&repo, &repo.path, &[]);
    assert_eq!(value["error"]["kind"], "plan");
    assert!(!repo.path.join(".git/guard").exists(), "a question writes nothing");
    next(&repo, &repo.path, &["--claim", "--release"]).says(2, &["cannot be used with"]);
}

#[test]
fn the_task_is_shown_with_all_that_its_commit_must_meet() {
    let repo = started(PLAN);
    let said = next(&repo, &repo.path, &[]).ok();
    for words in [
        "T001  Write the parser",
        "scope      src/**\n             !src/gen/",
        "milestone  M1",
        "accepted   cargo test parser",
        "gates      tests: cargo test\n",
        "lint: cargo clippy   (not required)   (only for tasks that change src/**)",
        "at         plans/alpha.toml:4",
        "commit     git commit -m \"T001: …\"",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    assert!(!said.contains("later") && !said.contains("claimed"), "{said}");
    let value = json(&repo, &repo.path, &[]);
    assert_eq!((value["version"].as_u64(), value["state"].as_str()), (Some(1), Some("ready")));
    assert_eq!(value["task"]["scope"], serde_json::json!(["src/**", "!src/gen/"]));
    assert_eq!(value["task"]["gates"][1]["paths"][0], "src/**");
    assert_eq!(value["task"]["claimed"], false);
    assert!(value.get("waves").is_none());
    assert!(!repo.path.join(".git/guard/claims").exists(), "a question writes nothing");
}

#[test]
fn the_next_task_follows_what_is_done() {
    let repo = started(PLAN);
    for (id, path) in [
        ("T001", "src/a.rs"),
        ("T002", "docs/a.md"),
        ("T003", "tools/a"),
        ("T004", "mend/a"),
        ("T005", "look.md"),
    ] {
        assert_eq!(task(&json(&repo, &repo.path, &[])), id);
        done(&repo, &repo.path, id, path);
    }
    next(&repo, &repo.path, &[]).says(1, &["every task is done", "guard check"]);
    next(&repo, &repo.path, &["--claim"]).says(1, &["every task is done"]);
    assert_eq!(json(&repo, &repo.path, &[])["state"], "done");
    next(&repo, &repo.path, &["--all"]).says(0, &["every task is done"]);
}

#[test]
fn waves_show_what_may_run_side_by_side() {
    let repo = started(PLAN);
    let value = json(&repo, &repo.path, &["--all"]);
    let waves = serde_json::json!([[["T001"]], [["T002", "T003"], ["T004"], ["T005"]]]);
    assert_eq!(value["waves"], waves);
    let said = next(&repo, &repo.path, &["--all"]).ok();
    for words in [
        "wave 1\n  alone             T001",
        "wave 2\n  side by side      T002  Write the manual\n                    T003",
        "then alone        T004",
        "the scopes of T004 and T003 may share a path",
        "T005 is not declared parallel-safe",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    done(&repo, &repo.path, "T001", "src/a.rs");
    assert_eq!(json(&repo, &repo.path, &["--all"])["waves"].as_array().unwrap().len(), 1);
}

#[test]
fn what_one_worktree_has_no_other_one_gets() {
    let repo = started(PLAN);
    let side = worktree(&repo, "side");
    next(&repo, &repo.path, &["--claim"]).says(0, &["T001", "claimed    by this worktree"]);
    for _ in 0..2 {
        next(&repo, &side, &["--claim"]).says(
            1,
            &[
                "no task can be taken now",
                "T001",
                "claimed by",
                repo.path.to_str().unwrap(),
                "next --release",
            ],
        );
    }
    let value = json(&repo, &side, &[]);
    assert_eq!((value["state"].as_str(), &value["task"]), (Some("held"), &Value::Null));
    assert_eq!(value["claims"][0]["task"], "T001");
    assert_eq!(
        (&value["claims"][0]["here"], &value["claims"][0]["state"]),
        (&false.into(), &"in-work".into())
    );
    // The same worktree gets its own again.
    assert_eq!(task(&json(&repo, &repo.path, &["--claim"])), "T001");
    assert_eq!(fs::read_dir(repo.path.join(".git/guard/claims")).unwrap().count(), 1);
}

#[test]
fn what_is_done_elsewhere_and_not_merged_is_not_done_again() {
    let repo = started(PLAN);
    let side = worktree(&repo, "side");
    next(&repo, &side, &["--claim"]).ok();
    done(&repo, &side, "T001", "src/a.rs");
    next(&repo, &repo.path, &["--claim"]).says(1, &["T001", "done in", "not merged here yet"]);
    // Not even when the worktree has served its purpose and is gone.
    repo.git(&["worktree", "remove", side.to_str().unwrap()]).ok();
    next(&repo, &repo.path, &["--claim"]).says(1, &["T001", "done in", "not merged here yet"]);
    repo.git(&["merge", "-q", "--ff-only", "side"]).ok();
    assert_eq!(task(&json(&repo, &repo.path, &["--claim"])), "T002");
}

#[test]
fn another_worktree_gets_only_what_may_run_beside() {
    let repo = started(PLAN);
    done(&repo, &repo.path, "T001", "src/a.rs");
    let (one, two) = (worktree(&repo, "one"), worktree(&repo, "two"));
    assert_eq!(task(&json(&repo, &repo.path, &["--claim"])), "T002");
    assert_eq!(task(&json(&repo, &one, &["--claim"])), "T003");
    // What the hooks of agents will ask.
    let claimed =
        |dir: &Path| guard::next::claimed(&guard::git::read::Reader::open_at(dir).unwrap()).unwrap();
    assert_eq!(claimed(&one).unwrap().as_str(), "T003");
    assert_eq!(claimed(&two), None);
    next(&repo, &two, &["--claim"]).says(
        1,
        &["T004", "cannot run beside T003", "may share a path", "T005", "is not declared parallel-safe"],
    );
    next(&repo, &repo.path, &["--all"]).says(0, &["claimed by this worktree", "claimed by /"]);
    next(&repo, &one, &["--release"]).says(0, &["released T003"]);
    next(&repo, &one, &["--release"]).says(0, &["claimed no open task"]);
    assert_eq!(task(&json(&repo, &two, &["--claim"])), "T003");
    assert_eq!(json(&repo, &one, &["--claim"])["state"], "held");
}

#[test]
fn what_is_done_stays_taken_after_a_release() {
    let repo = started(PLAN);
    let side = worktree(&repo, "side");
    next(&repo, &side, &["--claim"]).ok();
    done(&repo, &side, "T001", "src/a.rs");
    next(&repo, &side, &["--claim"]).says(0, &["T002"]);
    next(&repo, &side, &["--release"]).says(0, &["released T002"]);
    next(&repo, &repo.path, &["--claim"]).says(1, &["T001", "not merged here yet"]);
}

#[test]
fn a_worktree_that_is_gone_holds_nothing() {
    let repo = started(PLAN);
    let (one, two) = (worktree(&repo, "one"), worktree(&repo, "two"));
    next(&repo, &one, &["--claim"]).ok();
    // Moved away it is still the same worktree.
    let moved = repo.root().join("moved");
    repo.git(&["worktree", "move", one.to_str().unwrap(), moved.to_str().unwrap()]).ok();
    assert_eq!(json(&repo, &two, &["--claim"])["state"], "held");
    assert_eq!(task(&json(&repo, &moved, &["--claim"])), "T001");
    fs::remove_dir_all(&moved).unwrap();
    next(&repo, &two, &["--claim"]).says(0, &["T001", "taken over", "is gone"]);
    assert_eq!(json(&repo, &repo.path, &["--claim"])["state"], "held");
    repo.git(&["worktree", "remove", "--force", two.to_str().unwrap()]).ok();
    repo.git(&["worktree", "prune"]).ok();
    assert_eq!(task(&json(&repo, &repo.path, &["--claim"])), "T001");
}

#[test]
fn a_damaged_claim_is_said_and_nothing_is_given_away() {
    let repo = started(PLAN);
    next(&repo, &repo.path, &["--claim"]).ok();
    let folder = fs::read_dir(repo.path.join(".git/guard/claims")).unwrap().next().unwrap().unwrap().path();
    fs::write(folder.join("T001"), "{\"version\": 1").unwrap();
    let side = worktree(&repo, "side");
    next(&repo, &side, &["--claim"]).says(2, &["T001", "damaged", "rm "]);
    fs::remove_file(folder.join("T001")).unwrap();
    next(&repo, &side, &["--claim"]).says(0, &["T001"]);
}

#[test]
fn a_new_lock_starts_without_claims() {
    let repo = started(PLAN);
    let side = worktree(&repo, "side");
    next(&repo, &repo.path, &["--claim"]).ok();
    repo.run_in(&side, guard_bin(), &["start", "--again", "plans/alpha.toml"]).ok();
    next(&repo, &side, &["--claim"]).says(0, &["T001"]);
}

#[test]
fn eight_at_once_take_eight_tasks() {
    const COUNT: usize = 8;
    let tasks: String = (0..COUNT)
        .map(|n| {
            format!(
                "\n[[task]]\nid = \"T00{n}\"\nsummary = \"x\"\nscope = [\"d{n}/\"]\nparallel_safe = true\n"
            )
        })
        .collect();
    let repo = started(&format!("version = 1\ntopic = \"alpha\"\n{tasks}"));
    let folders: Vec<PathBuf> = (0..COUNT).map(|n| worktree(&repo, &format!("w{n}"))).collect();
    for round in 0..3 {
        let spawn = |dir: &PathBuf| {
            let mut command = repo.command(guard_bin(), dir);
            command.args(["next", "--claim", "--format", "json"]).stdout(std::process::Stdio::piped());
            command.stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let running: Vec<_> = folders.iter().map(spawn).collect();
        let mut taken: Vec<String> = running
            .into_iter()
            .map(|child| {
                let out = child.wait_with_output().unwrap();
                let err = String::from_utf8_lossy(&out.stderr);
                let value: Value =
                    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {err}"));
                task(&value).to_owned()
            })
            .collect();
        taken.sort();
        let all: Vec<String> = (0..COUNT).map(|n| format!("T00{n}")).collect();
        assert_eq!(taken, all, "round {round}");
        for dir in &folders {
            next(&repo, dir, &["--release"]).says(0, &["released"]);
        }
    }
}
