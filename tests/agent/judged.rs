//! Edits meet the rules that commits meet.

use std::fs;

use super::harness::Repo;
use super::world::{PLAN, Tool, ask, ask_raw, payload, plain, refused, started};

#[test]
fn without_a_claim_any_ready_task_s_scope_is_open() {
    let repo = started();
    let said = refused(
        ask(&repo, "claude", Tool::Write("docs/a.md", "x")),
        &[
            "no task that is ready may change docs/a.md",
            "T001 and T003 (ready)",
            "src/**",
            "tools/",
            "belongs to T002",
        ],
    );
    assert!(!said.contains("git restore --staged"), "nothing is staged yet: {said}");
    assert_eq!(ask(&repo, "claude", Tool::Write("src/b.rs", "x")), None);
    assert_eq!(ask(&repo, "claude", Tool::Write("tools/x", "x")), None);
    // One call, two tasks: no one task may do it.
    let patch = "*** Begin Patch\n*** Add File: src/b.rs\n+x\n*** Add File: tools/x\n+x\n*** End Patch";
    let both =
        serde_json::json!({"tool_name": "apply_patch", "cwd": repo.path, "tool_input": {"command": patch}});
    refused(ask_raw(&repo, &repo.path, "codex", both.to_string().as_bytes()), &["may change"]);
    // A lock file follows its manifest, and no other.
    assert_eq!(ask(&repo, "claude", Tool::Write("Cargo.lock", "x")), None);
    refused(ask(&repo, "claude", Tool::Write("uv.lock", "x")), &["may change uv.lock"]);
    // The claim of a worktree closes the others.
    repo.guard(&["next", "--claim"]).ok();
    refused(ask(&repo, "claude", Tool::Write("tools/x", "x")), &["T001 may not change tools/x"]);
}

#[test]
fn guard_task_names_the_task() {
    let mut repo = started();
    repo.guard(&["next", "--claim"]).ok();
    repo.env("GUARD_TASK", "T009");
    refused(
        ask(&repo, "claude", Tool::Write("src/a.rs", "x")),
        &["GUARD_TASK", "T009", "T001, T002 and T003"],
    );
    repo.env("GUARD_TASK", "T003");
    refused(
        ask(&repo, "claude", Tool::Write("src/a.rs", "x")),
        &["T003 may not change src/a.rs", "GUARD_TASK"],
    );
    assert_eq!(ask(&repo, "claude", Tool::Write("tools/x", "x")), None);
    repo.env("GUARD_TASK", "T002");
    refused(ask(&repo, "claude", Tool::Write("docs/a.md", "x")), &["T002 comes after T001", "guard status"]);
    repo.env("GUARD_TASK", "");
    assert_eq!(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), None);
}

#[test]
fn what_is_locked_protected_or_frozen_stays() {
    let repo = plain();
    repo.write("plans/lexer.toml", PLAN.replace("\"src/**\"", "\"**\""));
    repo.guard(&["start", "plans/lexer.toml"]).ok();
    let wider = PLAN.replace("docs/**", "**");
    for (tool, words) in [
        (Tool::Write("plans/lexer.toml", &wider), &["running plan", "guard start"][..]),
        (Tool::Swap("plans/lexer.toml", "\"docs/**\"", "\"**\""), &["running plan"]),
        (Tool::Write("guard.toml", "version = 1\n"), &["guard.toml is protected"]),
        (Tool::Write(".github/workflows/guard.yml", "x"), &["protected"]),
        (Tool::Swap("spec.md", "EXEC", "x"), &["spec.md is frozen", "EXEC-READY"]),
    ] {
        refused(ask(&repo, "claude", tool), words);
    }
    refused(ask(&repo, "cursor", Tool::Delete("plans/lexer.toml")), &["running plan", "deleted"]);
    refused(ask(&repo, "codex", Tool::Delete("spec.md")), &["frozen"]);
    for path in ["src/a.rs", ".artifacts/execute/log.md", "plans/other.toml"] {
        assert_eq!(ask(&repo, "claude", Tool::Write(path, "x")), None, "{path}");
    }
}

#[test]
fn a_test_task_s_files_are_not_the_implementation_s() {
    let repo = plain();
    let plan = r#"version = 1
topic = "lexer"
[[task]]
id = "T001"
summary = "Test it"
phase_type = "test"
scope = ["tests/**"]
[[task]]
id = "T002"
summary = "Write it"
phase_type = "implementation"
scope = ["src/**", "tests/**"]
depends_on = ["T001"]
"#;
    repo.write("plans/lexer.toml", plan);
    repo.guard(&["start", "plans/lexer.toml"]).ok();
    repo.write("tests/a.rs", "a\n");
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: test it"]).ok();
    refused(ask(&repo, "claude", Tool::Swap("tests/a.rs", "a", "b")), &["T002 implements", "tests/a.rs"]);
    assert_eq!(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), None);
}

#[test]
fn when_every_task_is_done_nothing_is_open() {
    let mut repo = plain();
    repo.write(
        "plans/lexer.toml",
        "version = 1\ntopic = \"lexer\"\n[[task]]\nid = \"T001\"\nsummary = \"x\"\nscope = [\"src/**\"]\n",
    );
    repo.guard(&["start", "plans/lexer.toml"]).ok();
    repo.write("src/a.rs", "b\n");
    repo.git(&["commit", "-q", "-a", "-m", "T001: x"]).ok();
    refused(
        ask(&repo, "claude", Tool::Write("src/a.rs", "x")),
        &["no task of plans/lexer.toml is ready", "guard start"],
    );
    assert_eq!(ask(&repo, "claude", Tool::Write("plans/next.toml", "x")), None);
    assert_eq!(ask(&repo, "claude", Tool::Write("guard.toml", "version = 1\n")), None);
    // Whoever mends a task before it is merged says which one.
    repo.env("GUARD_TASK", "T001");
    assert_eq!(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), None);
    refused(ask(&repo, "claude", Tool::Write("docs/a.md", "x")), &["T001 may not change docs/a.md"]);
}

#[test]
fn links_lead_where_the_write_arrives() {
    let repo = started();
    std::os::unix::fs::symlink("../docs", repo.path.join("src/link")).unwrap();
    std::os::unix::fs::symlink("../README.md", repo.path.join("src/readme")).unwrap();
    std::os::unix::fs::symlink("nowhere", repo.path.join("src/dangling")).unwrap();
    refused(ask(&repo, "claude", Tool::Write("src/link/a.md", "x")), &["docs/a.md"]);
    refused(ask(&repo, "claude", Tool::Write("src/readme", "x")), &["README.md"]);
    refused(ask(&repo, "claude", Tool::Write("src/dangling", "x")), &["leads nowhere"]);
    refused(ask(&repo, "claude", Tool::Write("src/../docs/a.md", "x")), &["docs/a.md"]);
    assert_eq!(ask(&repo, "claude", Tool::Write("docs/../src/a.rs", "x")), None);
    assert_eq!(ask(&repo, "claude", Tool::Write("../elsewhere.txt", "x")), None, "in no repository");
}

#[test]
fn a_worktree_is_judged_by_its_own_branch() {
    let repo = started();
    let side = repo.root().join("side");
    repo.git(&["worktree", "add", "-q", "-b", "side", side.to_str().unwrap()]).ok();
    repo.guard(&["next", "--claim"]).ok();
    repo.run_in(&side, super::harness::guard_bin(), &["next", "--claim"]).ok();
    // The agent sits in the main worktree and writes into the other one, whose task is T003.
    let call = |path: &str| payload("claude", &side, Tool::Write(path, "x")).unwrap().to_string();
    refused(
        ask_raw(&repo, &repo.path, "claude", call("src/a.rs").as_bytes()),
        &["T003 may not change src/a.rs"],
    );
    assert_eq!(ask_raw(&repo, &repo.path, "claude", call("tools/x").as_bytes()), None);
    refused(ask_raw(&repo, &repo.path, "claude", call(".git").as_bytes()), &["belongs to git"]);
}

#[test]
fn branches_that_are_not_judged_are_left_alone() {
    let repo = plain();
    repo.write("guard.toml", "version = 1\n[enforce]\nbranches = [\"main\"]\n");
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "guard: policy"]).ok();
    refused(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), &["no rollback commit"]);
    repo.git(&["switch", "-q", "-c", "side"]).ok();
    assert_eq!(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), None);
}

#[test]
fn a_conflict_may_be_settled_in_any_task_s_files() {
    let repo = started();
    repo.git(&["switch", "-q", "-c", "side"]).ok();
    for (branch, text) in [("side", "s\n"), ("main", "m\n")] {
        repo.git(&["switch", "-q", branch]).ok();
        repo.write("src/a.rs", text);
        repo.git(&["commit", "-q", "-a", "-m", "T001: work"]).ok();
    }
    refused(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), &["no task that is ready", "T002"]);
    assert_ne!(repo.git(&["merge", "-q", "side"]).code, 0);
    assert_eq!(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), None);
    refused(ask(&repo, "claude", Tool::Write("README.md", "x")), &["no task may change README.md"]);
}

#[test]
fn the_index_is_not_read() {
    let repo = started();
    fs::write(repo.path.join(".git/index"), "this is no index").unwrap();
    refused(ask(&repo, "claude", Tool::Write("docs/a.md", "x")), &["no task that is ready"]);
    assert_eq!(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), None);
}

#[test]
fn what_cannot_be_checked_is_refused() {
    let mut repo: Repo = started();
    let head = repo.git(&["rev-parse", "HEAD"]).ok();
    repo.env("GIT_DIR", "/nowhere");
    refused(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), &["could not check"]);
    repo.unset("GIT_DIR");
    let (folder, file) = head.split_at(2);
    let object = repo.path.join(".git/objects").join(folder).join(file);
    fs::remove_file(&object).unwrap();
    for host in super::world::HOSTS {
        refused(ask(&repo, host, Tool::Write("src/a.rs", "x")), &["could not check"]);
    }
    refused(ask(&repo, "claude", Tool::Shell("git commit -n")), &["refused"]);
}

#[test]
fn hostile_calls_are_refused_and_take_no_time() {
    let repo = started();
    repo.write("src/big.rs", "ab".repeat(1 << 20));
    let start = std::time::Instant::now();
    let path = repo.path.join("src/big.rs");
    let swaps = vec![serde_json::json!({"old_string": "ba", "new_string": "bab"}); 40_000];
    let edits =
        serde_json::json!({"tool_name": "MultiEdit", "tool_input": {"file_path": path, "edits": swaps}});
    assert_eq!(ask_raw(&repo, &repo.path, "claude", edits.to_string().as_bytes()), None);
    let files: String = (0..100_000).map(|n| format!("*** Add File: src/{n}\n+x\n")).collect();
    let patch = serde_json::json!({"tool_name": "apply_patch", "tool_input": {"command": files}});
    refused(ask_raw(&repo, &repo.path, "codex", patch.to_string().as_bytes()), &["changes 100000 files"]);
    let files: String = (0..900).map(|n| format!("*** Add File: docs/{n}\n+x\n")).collect();
    let patch = serde_json::json!({"tool_name": "apply_patch", "tool_input": {"command": files}});
    let said = ask_raw(&repo, &repo.path, "codex", patch.to_string().as_bytes());
    assert!(refused(said, &["docs/0", "and 888 more"]).len() < 20_000);
    for part in ["a|", "$(", "'", "<<a\n", "env "] {
        let command = part.repeat((1 << 20) / part.len());
        ask(&repo, "claude", Tool::Shell(&command));
    }
    for part in ["[", "{\"a\":", "\u{feff}", "\"", "1"] {
        let text = part.repeat((5 << 20) / part.len());
        refused(ask_raw(&repo, &repo.path, "claude", text.as_bytes()), &["refused"]);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    println!("{:?}", start.elapsed());
}
