//! Claude Code: `.claude/settings.json`, event `PreToolUse`.
//!
//! A refusal is exit code 0 with `permissionDecision: "deny"`, or exit code 2 with the reason on standard error. Any other
//! exit code, a missing program among them, lets the tool run: so the command in the settings turns those into 2. Silence
//! leaves the decision to the person's own permissions; `allow` would skip them.

use serde_json::{Value, json};

use super::settings::{Form, Settings};
use super::{Answer, Call, Decision, Host, payload};
use crate::error::Result;

pub(super) const HOST: Host = Host {
    name: "claude",
    title: "Claude Code",
    read,
    answer,
    settings: Settings {
        file: ".claude/settings.json",
        form: Form::Entry {
            at: ["hooks", "PreToolUse"],
            versioned: false,
            entry: r#"{
  "matcher": "Write|Edit|MultiEdit|NotebookEdit|Bash",
  "hooks": [
    {
      "type": "command",
      "command": "guard agent pre-tool --host claude || { echo 'guard has not allowed this' >&2; exit 2; }",
      "timeout": 60
    }
  ]
}"#,
        },
        note: "Claude Code reads it when a session starts.",
    },
};

pub(super) fn read(payload: &Value) -> Result<Call> {
    let tool = payload::text(payload, "tool_name")?;
    let cwd = payload::cwd(payload)?;
    let edits = match tool {
        "Write" | "Edit" | "MultiEdit" | "NotebookEdit" => {
            payload::files(&payload::arguments(payload, "tool_input")?)?
        }
        "Bash" => return payload::shell(cwd, &payload::arguments(payload, "tool_input")?),
        _ => Vec::new(),
    };
    Ok(Call { cwd, edits, command: None })
}

pub(super) fn answer(decision: &Decision) -> Answer {
    match decision {
        Decision::Allow => Answer::default(),
        Decision::Deny(reason) => Answer::json(&json!({
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": reason,
            }
        })),
        // Cursor may have sent it, and understands this as well.
        Decision::Unread(reason) => Answer::exit_2(reason),
    }
}
