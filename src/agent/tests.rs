//! Each host's dialect, from payloads in the shapes in which the hosts hand them over.
//!
//! Where the shapes come from (looked up in November 2026):
//! * Claude Code: the hooks reference at code.claude.com. Paths are absolute; exit code 1 lets the tool run.
//! * Codex CLI: hooks.md at developers.openai.com/codex and the change that gave `apply_patch` its hooks: the raw patch stands
//!   in `tool_input.command`, for the function and the free form alike, with paths relative to `cwd`; every shell is `Bash`.
//! * Cursor: payloads that other projects recorded from the editor and its command line: `cwd` empty, a byte order mark and
//!   CRLF on Windows, `Write` with `file_path` or `path`, `tool_input` sometimes as text.
//! * Gemini CLI: docs/hooks/reference.md of google-gemini/gemini-cli.
//! * GitHub Copilot: "Copilot CLI hooks reference" at docs.github.com; `toolArgs` as an object and as text, both recorded.
//! * OpenCode: the plugin and tools pages at opencode.ai: `output.args.filePath`, and `patchText` for `apply_patch`.

use serde_json::{Value, json};

use super::*;

fn read(name: &str, payload: Value) -> Result<Call> {
    (host(name).unwrap().read)(&payload)
}

fn paths(call: &Call) -> Vec<(&str, bool)> {
    call.edits.iter().map(|edit| (edit.path.as_str(), edit.text == Text::Gone)).collect()
}

const PATCH: &str = "*** Begin Patch\n*** Update File: src/a.rs\n*** Move to: src/b.rs\n@@\n-a\n+b\n*** Add File: c\n+x\n\
    *** Delete File: d/e\n*** End Patch\n";
const PATCHED: [(&str, bool); 4] = [("src/a.rs", false), ("src/b.rs", false), ("c", false), ("d/e", true)];

#[test]
fn what_is_malformed_is_an_error_for_every_host() {
    for (name, payloads) in [
        (
            "claude",
            vec![
                json!({}),
                json!({"tool_name": 1}),
                json!({"tool_name": "Write"}),
                json!({"tool_name": "Write", "tool_input": []}),
                json!({"tool_name": "Write", "tool_input": {}}),
                json!({"tool_name": "Write", "tool_input": {"file_path": ""}}),
                json!({"tool_name": "Write", "tool_input": {"file_path": ["a"]}}),
                json!({"tool_name": "Write", "tool_input": {"file_path": "a"}, "cwd": 7}),
                json!({"tool_name": "Bash", "tool_input": {"command": 7}}),
                json!({"tool_name": "Bash", "tool_input": {"command": ["git", 7]}}),
            ],
        ),
        (
            "codex",
            vec![
                json!({"tool_name": "apply_patch"}),
                json!({"tool_name": "apply_patch", "tool_input": {}}),
                json!({"tool_name": "apply_patch", "tool_input": {"command": "no patch"}}),
                json!({"tool_name": "apply_patch", "tool_input": {"command": "*** Add File: \n"}}),
            ],
        ),
        (
            "cursor",
            vec![
                json!({"cursor_version": "1"}),
                json!({"tool_name": "Write", "tool_input": "{"}),
                json!({"tool_name": "Delete", "tool_input": {}}),
                json!({"tool_name": "Shell", "tool_input": {}}),
            ],
        ),
        ("gemini", vec![json!({"tool_name": "write_file", "tool_input": {}}), json!({"tool_name": ""})]),
        (
            "copilot",
            vec![
                json!({"tool_name": "edit", "tool_input": {"path": "a"}}),
                json!({"toolName": "edit"}),
                json!({"toolName": "create", "toolArgs": "{\"path\": 1}"}),
                json!({"toolName": "bash", "toolArgs": "ls"}),
                json!({"toolName": "apply_patch", "toolArgs": {}}),
            ],
        ),
        (
            "opencode",
            vec![
                json!({"tool": "write"}),
                json!({"tool": "edit", "args": {"oldString": "a"}}),
                json!({"tool": "apply_patch", "args": {"patchText": "x"}}),
            ],
        ),
    ] {
        for payload in payloads {
            assert!(read(name, payload.clone()).is_err(), "{name}: {payload}");
        }
    }
}

#[test]
fn what_is_no_tool_call_is_refused_in_every_dialect() {
    let deep = "[".repeat(100_000);
    for host in HOSTS {
        for input in [&b""[..], b"{", b"[]", b"null", b"\xff{}", b"{}", b"\xef\xbb\xbf", deep.as_bytes()] {
            let said = answer(host, input);
            assert!(refuses(host.name, &said), "{}: {input:?}: {said:?}", host.name);
        }
    }
}

/// Would the host take this for "no"?
fn refuses(host: &str, said: &Answer) -> bool {
    let value: Value = serde_json::from_str(&said.out).unwrap_or(Value::Null);
    let keys =
        |value: &Value| value.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let exit_2 = said.code == 2 && said.out.is_empty() && !said.err.trim().is_empty();
    match host {
        "claude" | "codex" => {
            let inner = &value["hookSpecificOutput"];
            exit_2
                || said.code == 0
                    && keys(&value) == ["hookSpecificOutput"]
                    && keys(inner) == ["hookEventName", "permissionDecision", "permissionDecisionReason"]
                    && (&inner["hookEventName"], &inner["permissionDecision"])
                        == (&json!("PreToolUse"), &json!("deny"))
        }
        "cursor" => {
            said.code == 0
                && keys(&value) == ["permission", "user_message", "agent_message"]
                && value["permission"] == "deny"
        }
        "gemini" => said.code == 0 && keys(&value) == ["decision", "reason"] && value["decision"] == "deny",
        "copilot" => {
            said.code == 0
                && keys(&value) == ["permissionDecision", "permissionDecisionReason"]
                && value["permissionDecision"] == "deny"
        }
        _ => exit_2,
    }
}

#[test]
fn yes_and_no_are_said_in_the_dialect_of_the_host() {
    for host in HOSTS {
        assert!(refuses(host.name, &(host.answer)(&Decision::Deny("why".to_owned()))), "{}", host.name);
        assert!(refuses(host.name, &(host.answer)(&Decision::Unread("why".to_owned()))), "{}", host.name);
        let yes = (host.answer)(&Decision::Allow);
        let out = match host.name {
            "cursor" => "{\"permission\":\"allow\"}\n",
            "gemini" | "copilot" => "{}\n",
            // Claude Code would take `allow` for leave to skip the person's own permissions.
            _ => "",
        };
        assert_eq!(yes, Answer { out: out.to_owned(), ..Answer::default() }, "{}", host.name);
    }
}

#[test]
fn claude_code_hands_over_absolute_paths() {
    let call = |tool: &str, input: Value| {
        read(
            "claude",
            json!({
                "session_id": "a1", "transcript_path": "/home/you/.claude/projects/x/a1.jsonl", "cwd": "/repo",
                "permission_mode": "default", "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input,
                "tool_use_id": "toolu_1",
            }),
        )
        .unwrap()
    };
    let write = call("Write", json!({"file_path": "/repo/a", "content": "x\n"}));
    assert_eq!(write.edits, [Edit { path: "/repo/a".to_owned(), text: Text::Whole("x\n".to_owned()) }]);
    assert_eq!(write.cwd, Some("/repo".into()));
    let swap = |all| Swap { old: "a".to_owned(), new: "b".to_owned(), all };
    let edit =
        call("Edit", json!({"file_path": "/a", "old_string": "a", "new_string": "b", "replace_all": true}));
    assert_eq!(edit.edits[0].text, Text::Replaced(vec![swap(true)]));
    let edits = json!([{"old_string": "a", "new_string": "b"}, {"old_string": "a", "new_string": "b"}]);
    let multi = call("MultiEdit", json!({"file_path": "/a", "edits": edits}));
    assert_eq!(multi.edits[0].text, Text::Replaced(vec![swap(false), swap(false)]));
    let notebook =
        call("NotebookEdit", json!({"notebook_path": "/a.ipynb", "cell_id": "1", "new_source": "x"}));
    assert_eq!(notebook.edits, [Edit { path: "/a.ipynb".to_owned(), text: Text::Unknown }]);
    let bash = call("Bash", json!({"command": "ls -l", "description": "List", "timeout": 5}));
    assert_eq!(bash.command.as_deref(), Some("ls -l"));
    for (tool, input) in
        [("Read", json!({"file_path": "/a"})), ("mcp__x__y", json!({})), ("Task", json!({"prompt": "x"}))]
    {
        assert_eq!(call(tool, input), Call { cwd: Some("/repo".into()), ..Call::default() }, "{tool}");
    }
}

#[test]
fn codex_hands_over_patches() {
    let payload = |tool: &str, input: Value| {
        json!({
            "session_id": "s", "turn_id": "t", "transcript_path": null, "cwd": "/repo/sub", "hook_event_name": "PreToolUse",
            "model": "m", "permission_mode": "default", "tool_name": tool, "tool_input": input, "tool_use_id": "call_1",
        })
    };
    for input in [json!({"command": PATCH}), json!(PATCH)] {
        let call = read("codex", payload("apply_patch", input)).unwrap();
        assert_eq!((paths(&call).as_slice(), call.cwd.clone()), (&PATCHED[..], Some("/repo/sub".into())));
    }
    let command = format!("cd 'in' && apply_patch <<'EOF'\n{PATCH}EOF\n");
    let shell = read("codex", payload("Bash", json!({"command": command}))).unwrap();
    assert_eq!((paths(&shell).as_slice(), shell.cwd.clone()), (&PATCHED[..], Some("/repo/sub/in".into())));
    let shell = read("codex", payload("Bash", json!({"command": "grep '*** Begin Patch' x"}))).unwrap();
    assert_eq!(shell.edits, []);
    let shell = read("codex", payload("Bash", json!({"command": "git status"}))).unwrap();
    assert_eq!(shell.command.as_deref(), Some("git status"));
    let vector =
        read("codex", payload("Bash", json!({"command": ["bash", "-lc", "git commit -n"]}))).unwrap();
    assert_eq!(vector.command.as_deref(), Some("bash '-lc' 'git commit -n'"));
}

#[test]
fn cursor_leaves_the_folder_empty_and_names_its_roots() {
    let payload = |tool: &str, input: Value| {
        json!({
            "conversation_id": "c", "generation_id": "g", "model": "m", "tool_name": tool, "tool_input": input,
            "tool_use_id": "t", "cwd": "", "session_id": "s", "hook_event_name": "preToolUse", "cursor_version": "3.13.21",
            "workspace_roots": ["/repo"], "user_email": "you@example.com", "transcript_path": null,
        })
    };
    let call = |tool: &str, input: Value| read("cursor", payload(tool, input)).unwrap();
    for input in [
        json!({"file_path": "/repo/a", "content": "x"}),
        json!({"path": "/repo/a", "contents": "x"}),
        json!("{\"file_path\": \"/repo/a\", \"content\": \"x\"}"),
    ] {
        let write = call("Write", input);
        assert_eq!(write.edits, [Edit { path: "/repo/a".to_owned(), text: Text::Whole("x".to_owned()) }]);
        assert_eq!(write.cwd, Some("/repo".into()));
    }
    // Where two names say different things, both count.
    assert_eq!(paths(&call("Write", json!({"file_path": "a", "path": "b"}))), [("a", false), ("b", false)]);
    assert_eq!(paths(&call("Delete", json!({"file_path": "/repo/a"}))), [("/repo/a", true)]);
    let shell = call("Shell", json!({"command": "git status", "cwd": "", "timeout": 30000}));
    assert_eq!((shell.command.as_deref(), shell.cwd), (Some("git status"), Some("/repo".into())));
    let marked =
        [b"\xef\xbb\xbf".as_slice(), payload("Read", json!({})).to_string().as_bytes(), b"\r\n"].concat();
    assert_eq!(answer(host("cursor").unwrap(), &marked).out, "{\"permission\":\"allow\"}\n");
    // Cursor also runs the hooks of Claude's settings, and is answered in its own words.
    assert_eq!(answer(host("claude").unwrap(), &marked).out, "{\"permission\":\"allow\"}\n");
    let bad = payload("Write", json!({})).to_string();
    assert!(refuses("cursor", &answer(host("claude").unwrap(), bad.as_bytes())));
}

#[test]
fn gemini_names_its_own_tools() {
    let call = |tool: &str, input: Value| {
        read(
            "gemini",
            json!({
                "session_id": "s", "transcript_path": "/t.json", "cwd": "/repo", "hook_event_name": "BeforeTool",
                "timestamp": "2026-11-21T12:00:00.000Z", "tool_name": tool, "tool_input": input,
            }),
        )
        .unwrap()
    };
    assert_eq!(
        paths(&call("write_file", json!({"file_path": "/repo/a", "content": "x"}))),
        [("/repo/a", false)]
    );
    let replace =
        call("replace", json!({"file_path": "a", "instruction": "i", "old_string": "a", "new_string": "b"}));
    assert!(matches!(&replace.edits[0].text, Text::Replaced(_)));
    let shell = call("run_shell_command", json!({"command": "ls", "dir_path": "sub"}));
    assert_eq!((shell.command.as_deref(), shell.cwd), (Some("ls"), Some("/repo/sub".into())));
    assert_eq!(call("read_file", json!({"file_path": "/x"})).edits, []);
}

#[test]
fn copilot_hands_over_arguments_as_an_object_or_as_text() {
    let call = |tool: &str, args: Value| {
        let payload = json!({"sessionId": "s", "timestamp": 1_784_816_794_176_i64, "cwd": "/repo", "toolName": tool, "toolArgs": args});
        read("copilot", payload).unwrap()
    };
    for args in
        [json!({"path": "/repo/a", "file_text": "x"}), json!("{\"path\":\"/repo/a\",\"file_text\":\"x\"}")]
    {
        let create = call("create", args);
        assert_eq!(create.edits, [Edit { path: "/repo/a".to_owned(), text: Text::Whole("x".to_owned()) }]);
    }
    let edit = call("edit", json!({"path": "a", "old_str": "a", "new_str": "b"}));
    assert!(matches!(&edit.edits[0].text, Text::Replaced(_)));
    assert_eq!(call("str_replace_editor", json!({"command": "view", "path": "a"})).edits, []);
    assert_eq!(paths(&call("str_replace_editor", json!({"command": "create", "path": "a"}))), [("a", false)]);
    for args in [json!(PATCH), json!({"input": PATCH}), json!(json!({"patch": PATCH}).to_string())] {
        assert_eq!(paths(&call("apply_patch", args)), PATCHED);
    }
    assert_eq!(call("bash", json!("{\"command\":\"ls\"}")).command.as_deref(), Some("ls"));
    assert_eq!(call("view", json!({"path": "a"})).edits, []);
}

#[test]
fn opencode_hands_over_what_the_plugin_saw() {
    let call = |tool: &str, args: Value| {
        read("opencode", json!({"tool": tool, "args": args, "cwd": "/repo"})).unwrap()
    };
    assert_eq!(paths(&call("write", json!({"filePath": "/repo/a", "content": "x"}))), [("/repo/a", false)]);
    let edit = call("edit", json!({"filePath": "a", "oldString": "a", "newString": "b", "replaceAll": true}));
    assert!(matches!(&edit.edits[0].text, Text::Replaced(swaps) if swaps[0].all));
    assert_eq!(paths(&call("apply_patch", json!({"patchText": PATCH}))), PATCHED);
    let bash = call("bash", json!({"command": "ls", "workdir": "/repo/sub"}));
    assert_eq!((bash.command.as_deref(), bash.cwd), (Some("ls"), Some("/repo/sub".into())));
}
