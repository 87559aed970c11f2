//! Cursor: `.cursor/hooks.json`, event `preToolUse`.
//!
//! Standard output must hold one object with `permission`, also where nothing is wrong: silence blocks. `failClosed` makes a
//! hook that cannot run a refusal. `cwd` may be empty; then the first of `workspace_roots` counts.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::settings::{Form, Settings};
use super::{Answer, Call, Decision, Host, payload};
use crate::error::Result;

pub(super) const HOST: Host = Host {
    name: "cursor",
    title: "Cursor",
    read,
    answer,
    settings: Settings {
        file: ".cursor/hooks.json",
        form: Form::Entry {
            at: ["hooks", "preToolUse"],
            versioned: true,
            entry: r#"{
  "command": "guard agent pre-tool --host cursor",
  "matcher": "Write|Delete|Shell",
  "failClosed": true
}"#,
        },
        note: "Cursor reads it when it is saved.",
    },
};

fn read(payload: &Value) -> Result<Call> {
    let tool = payload::text(payload, "tool_name")?;
    let root = || payload.get("workspace_roots")?.as_array()?.first()?.as_str().map(PathBuf::from);
    let cwd = payload::cwd(payload)?.or_else(root);
    let arguments = || payload::arguments(payload, "tool_input");
    let edits = match tool {
        "Write" | "Edit" | "MultiEdit" | "StrReplace" | "NotebookEdit" | "EditNotebook" => {
            payload::files(&arguments()?)?
        }
        "Delete" => payload::gone(&arguments()?)?,
        "Shell" | "Bash" => return payload::shell(cwd, &arguments()?),
        _ => Vec::new(),
    };
    Ok(Call { cwd, edits, command: None })
}

fn answer(decision: &Decision) -> Answer {
    match decision {
        Decision::Allow => Answer::json(&json!({"permission": "allow"})),
        Decision::Deny(reason) | Decision::Unread(reason) => Answer::json(&json!({
            "permission": "deny",
            "user_message": reason,
            "agent_message": reason,
        })),
    }
}
