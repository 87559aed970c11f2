//! Codex CLI: `.codex/hooks.json`, event `PreToolUse`.
//!
//! Files are changed by `apply_patch`, whose patch stands in `tool_input.command`; every shell is `Bash`. A refusal is what
//! it is for Claude Code, with two differences: a field that Codex does not know is an error, and exit code 2 without a
//! word on standard error blocks nothing.

use serde_json::Value;

use super::settings::{Form, Settings};
use super::{Call, Host, claude, payload};
use crate::error::Result;

pub(super) const HOST: Host = Host {
    name: "codex",
    title: "Codex CLI",
    read,
    answer: claude::answer,
    settings: Settings {
        file: ".codex/hooks.json",
        form: Form::Entry {
            at: ["hooks", "PreToolUse"],
            versioned: false,
            entry: r#"{
  "matcher": "Bash|apply_patch",
  "hooks": [
    {
      "type": "command",
      "command": "guard agent pre-tool --host codex || { echo 'guard has not allowed this' >&2; exit 2; }",
      "timeout": 60
    }
  ]
}"#,
        },
        note: "Codex runs a new or changed hook only when you have trusted it: /hooks, in codex.",
    },
};

fn read(payload: &Value) -> Result<Call> {
    let tool = payload::text(payload, "tool_name")?;
    if tool != "apply_patch" {
        return claude::read(payload).map(in_a_shell);
    }
    let edits = match payload.get("tool_input") {
        Some(Value::String(patch)) => payload::patch(patch)?,
        _ => payload::patch(payload::text(&payload::arguments(payload, "tool_input")?, "command")?)?,
    };
    Ok(Call { cwd: payload::cwd(payload)?, edits, command: None })
}

/// `cd x && apply_patch <<'EOF'` in a shell is a patch for Codex, too, and so it is here.
fn in_a_shell(call: Call) -> Call {
    let Some(command) = call.command.as_deref() else { return call };
    let Some((before, patch)) = command.split_once("*** Begin Patch") else { return call };
    let Ok(edits) = payload::patch(patch) else { return call };
    let dir = before.trim_start().strip_prefix("cd ").and_then(|rest| rest.split_once("&&"));
    let dir = dir.map(|(dir, _)| dir.trim().trim_matches(['\'', '"']));
    let cwd = match (&call.cwd, dir) {
        (Some(cwd), Some(dir)) => Some(cwd.join(dir)),
        (cwd, dir) => dir.map(Into::into).or_else(|| cwd.clone()),
    };
    Call { cwd, edits, ..call }
}
