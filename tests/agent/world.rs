//! A repository with a running plan, and the hosts that ask about it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use super::harness::{Repo, guard_bin};

pub(super) const HOSTS: [&str; 6] = ["claude", "codex", "cursor", "gemini", "copilot", "opencode"];

pub(super) const PLAN: &str = r#"version = 1
topic = "lexer"

[[task]]
id = "T001"
summary = "Read numbers"
scope = ["src/**", "Cargo.toml"]
parallel_safe = true

[[task]]
id = "T002"
summary = "Document the grammar"
scope = ["docs/**"]
depends_on = ["T001"]

[[task]]
id = "T003"
summary = "Write the tools"
scope = ["tools/"]
parallel_safe = true
"#;

/// Nothing of guard is here yet.
pub(super) fn plain() -> Repo {
    let repo = Repo::new();
    for (path, text) in
        [("src/a.rs", "a\n"), ("docs/a.md", "a\n"), ("README.md", "r\n"), ("spec.md", "EXEC-READY\n")]
    {
        repo.write(path, text);
    }
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
    repo
}

/// The plan runs.
pub(super) fn started() -> Repo {
    let repo = plain();
    repo.write("plans/lexer.toml", PLAN);
    repo.guard(&["start", "plans/lexer.toml"]).ok();
    repo
}

/// What a tool is about to do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tool<'a> {
    Write(&'a str, &'a str),
    Swap(&'a str, &'a str, &'a str),
    Delete(&'a str),
    Shell(&'a str),
}

/// The tool call in the words of a host. Codex and Copilot delete by a patch; who cannot delete, cannot ask.
pub(super) fn payload(host: &str, dir: &Path, tool: Tool<'_>) -> Option<Value> {
    let at = |path: &str| dir.join(path).display().to_string();
    let patch = match tool {
        Tool::Write(path, text) => format!("*** Begin Patch\n*** Add File: {path}\n+{text}\n*** End Patch\n"),
        Tool::Swap(path, old, new) => {
            format!("*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n")
        }
        Tool::Delete(path) => format!("*** Begin Patch\n*** Delete File: {path}\n*** End Patch\n"),
        Tool::Shell(_) => String::new(),
    };
    let (name, input) = match (host, tool) {
        ("claude", Tool::Write(path, text)) => ("Write", json!({"file_path": at(path), "content": text})),
        ("claude", Tool::Swap(path, old, new)) => {
            ("Edit", json!({"file_path": at(path), "old_string": old, "new_string": new}))
        }
        ("claude" | "codex", Tool::Shell(command)) => ("Bash", json!({"command": command})),
        ("codex", _) => ("apply_patch", json!({"command": patch})),
        ("cursor", Tool::Write(path, text)) => ("Write", json!({"file_path": at(path), "content": text})),
        ("cursor", Tool::Swap(path, ..)) => ("Write", json!({"path": at(path)})),
        ("cursor", Tool::Delete(path)) => ("Delete", json!({"file_path": at(path)})),
        ("cursor", Tool::Shell(command)) => ("Shell", json!({"command": command, "cwd": ""})),
        ("gemini", Tool::Write(path, text)) => {
            ("write_file", json!({"file_path": at(path), "content": text}))
        }
        ("gemini", Tool::Swap(path, old, new)) => {
            ("replace", json!({"file_path": at(path), "old_string": old, "new_string": new}))
        }
        ("gemini", Tool::Shell(command)) => ("run_shell_command", json!({"command": command})),
        ("copilot", Tool::Write(path, text)) => ("create", json!({"path": at(path), "file_text": text})),
        ("copilot", Tool::Swap(path, old, new)) => {
            ("edit", json!(json!({"path": at(path), "old_str": old, "new_str": new}).to_string()))
        }
        ("copilot", Tool::Delete(_)) => ("apply_patch", json!(patch)),
        ("copilot" | "opencode", Tool::Shell(command)) => ("bash", json!({"command": command})),
        ("opencode", Tool::Write(path, text)) => ("write", json!({"filePath": at(path), "content": text})),
        ("opencode", Tool::Swap(path, old, new)) => {
            ("edit", json!({"filePath": at(path), "oldString": old, "newString": new}))
        }
        ("opencode", Tool::Delete(_)) => ("apply_patch", json!({"patchText": patch})),
        _ => return None,
    };
    let cwd = dir.display().to_string();
    Some(match host {
        "cursor" => json!({
            "hook_event_name": "preToolUse", "cursor_version": "3.13.21", "workspace_roots": [cwd], "cwd": "",
            "tool_name": name, "tool_input": input,
        }),
        "copilot" => {
            json!({"sessionId": "s", "timestamp": 1, "cwd": cwd, "toolName": name, "toolArgs": input})
        }
        "opencode" => json!({"tool": name, "args": input, "cwd": cwd}),
        "gemini" => json!({
            "session_id": "s", "hook_event_name": "BeforeTool", "cwd": cwd, "tool_name": name, "tool_input": input,
        }),
        _ => json!({
            "session_id": "s", "hook_event_name": "PreToolUse", "cwd": cwd, "tool_name": name, "tool_input": input,
        }),
    })
}

/// What a host made of the answer: `None`: the tool runs; else the reason that the agent reads.
pub(super) fn heard(host: &str, code: i32, out: &str, err: &str) -> Option<String> {
    let value: Value = match out.trim() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|e| panic!("{host}: stray output ({e}): {text}")),
    };
    let reason =
        |value: &Value| value.as_str().unwrap_or_else(|| panic!("{host}: no reason: {out}")).to_owned();
    if host == "cursor" {
        assert_eq!(code, 0, "{err}");
        return match value["permission"].as_str() {
            Some("allow") => None,
            Some("deny") => Some(reason(&value["agent_message"])),
            other => panic!("cursor: {other:?}: {out}{err}"),
        };
    }
    if code == 2 {
        assert!(!err.trim().is_empty(), "{host}: exit code 2 without a word blocks nothing");
        return Some(err.to_owned());
    }
    assert_eq!(code, 0, "{host}: any other exit code lets the tool run: {out}{err}");
    match host {
        "claude" | "codex" => {
            let inner = &value["hookSpecificOutput"];
            (inner["permissionDecision"] == "deny").then(|| reason(&inner["permissionDecisionReason"]))
        }
        "gemini" => (value["decision"] == "deny").then(|| reason(&value["reason"])),
        "copilot" => {
            (value["permissionDecision"] == "deny").then(|| reason(&value["permissionDecisionReason"]))
        }
        _ => None,
    }
}

/// Hands bytes to `guard agent pre-tool`, started in `dir`.
pub(super) fn ask_raw(repo: &Repo, dir: &Path, host: &str, input: &[u8]) -> Option<String> {
    let mut command = repo.command(guard_bin(), dir);
    command.args(["agent", "pre-tool", "--host", host]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // guard may have answered before it has read all.
    drop(child.stdin.take().unwrap().write_all(input));
    let ran = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    heard(host, ran.status.code().unwrap_or(-1), &text(&ran.stdout), &text(&ran.stderr))
}

/// Asks in the words of a host, from the top of the work tree.
pub(super) fn ask(repo: &Repo, host: &str, tool: Tool<'_>) -> Option<String> {
    let call = payload(host, &repo.path, tool).unwrap_or_else(|| panic!("{host} has no such tool: {tool:?}"));
    ask_raw(repo, &repo.path, host, call.to_string().as_bytes())
}

#[track_caller]
pub(super) fn refused(said: Option<String>, words: &[&str]) -> String {
    let said = said.unwrap_or_else(|| panic!("the tool would have run; it should have heard {words:?}"));
    for word in words {
        assert!(said.contains(word), "{word:?} is not in:\n{said}");
    }
    said
}
