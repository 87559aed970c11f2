//! A whole session with each host: it tries what it may not, and then does a task.

use super::harness::Repo;
use super::world::{HOSTS, Tool, ask, ask_raw, plain, refused, started};

/// What a host's session meets, whoever it is.
fn session(host: &str) {
    let repo = started();
    repo.guard(&["install"]).ok();
    // It is not even understood.
    let nameless = match host {
        "codex" => {
            r#"{"tool_name": "apply_patch", "tool_input": {"command": "*** Begin Patch\n*** End Patch"}}"#
        }
        "gemini" => r#"{"tool_name": "write_file", "tool_input": {"content": "x"}}"#,
        "copilot" => r#"{"toolName": "create", "toolArgs": "{}"}"#,
        "opencode" => r#"{"tool": "write", "args": {"content": "x"}}"#,
        _ => r#"{"tool_name": "Write", "tool_input": {"content": "x"}}"#,
    };
    for input in [&b""[..], b"{", b"null", b"{}", b"{\"tool_name\": 1}", b"\xff", nameless.as_bytes()] {
        refused(ask_raw(&repo, &repo.path, host, input), &["refused"]);
    }
    // Out of scope: the task, its scope, whose the path is, and what to do.
    repo.guard(&["next", "--claim"]).ok();
    let said = refused(
        ask(&repo, host, Tool::Write("docs/grammar.md", "x")),
        &[
            "T001 may not change docs/grammar.md",
            "src/**",
            "docs/grammar.md belongs to T002 (not done yet)",
            "guard next",
        ],
    );
    assert!(said.contains("claimed by this worktree") && !said.contains('\x1b'), "{said}");
    refused(
        ask(&repo, host, Tool::Swap("README.md", "r", "x")),
        &["no task of plans/lexer.toml owns README.md"],
    );
    refused(ask(&repo, host, Tool::Write(".git/hooks/commit-msg", "exit 0")), &[".git/hooks"]);
    for command in [
        "git commit --no-verify -m 'T001: x'",
        "cd docs && git commit -nm x",
        "git -c core.hooksPath= commit -m x; true",
        "GUARD_SKIP=1 git commit -m x",
        "git -C . commit -n | cat",
        "sh -c 'git commit -n'",
    ] {
        refused(ask(&repo, host, Tool::Shell(command)), &["fix"]);
    }
    // In scope, and what a session does all day.
    for tool in [
        Tool::Write("src/new/b.rs", "b"),
        Tool::Swap("src/a.rs", "a", "b"),
        Tool::Shell("cargo test && git add -A"),
        Tool::Shell("git commit -m 'T001: read numbers'"),
    ] {
        assert_eq!(ask(&repo, host, tool), None, "{host}: {tool:?}");
    }
    repo.write("src/a.rs", "b\n");
    repo.git(&["commit", "-q", "-a", "-m", "T001: read numbers"]).ok();
    // The next task is another one, and the first one's files are no longer open.
    repo.guard(&["next", "--claim"]).ok();
    assert_eq!(ask(&repo, host, Tool::Write("docs/grammar.md", "x")), None);
    refused(
        ask(&repo, host, Tool::Write("src/a.rs", "c")),
        &["T002 may not change src/a.rs", "belongs to T001 (done in "],
    );
}

#[test]
fn a_session_with_claude_code() {
    session("claude");
}

#[test]
fn a_session_with_codex() {
    session("codex");
}

#[test]
fn a_session_with_cursor() {
    session("cursor");
}

#[test]
fn a_session_with_gemini() {
    session("gemini");
}

#[test]
fn a_session_with_copilot() {
    session("copilot");
}

#[test]
fn a_session_with_opencode() {
    session("opencode");
}

#[test]
fn without_a_plan_nothing_may_be_changed_but_the_plan() {
    let repo = plain();
    repo.write("guard.toml", "version = 1\n");
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "guard: policy"]).ok();
    for host in HOSTS {
        refused(ask(&repo, host, Tool::Write("src/a.rs", "x")), &["no rollback commit", "guard start"]);
        refused(ask(&repo, host, Tool::Shell("git commit -n")), &["--no-verify"]);
        assert_eq!(ask(&repo, host, Tool::Write("plans/x.toml", "x")), None);
        assert_eq!(ask(&repo, host, Tool::Write("guard.toml", "version = 1\n")), None);
    }
    repo.write("guard.toml", "version = \"?\"\n");
    repo.git(&["commit", "-q", "-a", "-m", "guard: policy"]).ok();
    refused(ask(&repo, "claude", Tool::Write("src/a.rs", "x")), &["could not check", "guard.toml"]);
    refused(ask(&repo, "claude", Tool::Shell("git commit -n")), &["--no-verify"]);
    assert_eq!(ask(&repo, "claude", Tool::Write("guard.toml", "version = 1\n")), None);
}

#[test]
fn where_guard_is_not_set_up_it_says_nothing() {
    let empty = Repo::new();
    for (repo, host) in [plain(), empty].iter().flat_map(|repo| HOSTS.map(|host| (repo, host))) {
        for tool in
            [Tool::Write("src/a.rs", "x"), Tool::Write(".git/hooks/x", "x"), Tool::Shell("git commit -n")]
        {
            assert_eq!(ask(repo, host, tool), None, "{host}: {tool:?}");
        }
        // What is not understood is refused all the same.
        refused(ask_raw(repo, &repo.path, host, b"{"), &["refused"]);
    }
}
