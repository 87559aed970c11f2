//! GitHub Copilot (CLI and cloud agent): `.github/hooks/guard.json`, event `preToolUse`.
//!
//! `toolArgs` is an object or the JSON of one in a string; that of `apply_patch` may be the bare patch. A refusal is exit
//! code 0 with `permissionDecision: "deny"`; any exit code but 0 refuses as well, without the reason.

use serde_json::{Value, json};

use super::settings::{Form, Settings};
use super::{Answer, Call, Decision, Host, payload};
use crate::error::Result;

pub(super) const HOST: Host = Host {
    name: "copilot",
    title: "GitHub Copilot CLI",
    read,
    answer,
    settings: Settings {
        file: ".github/hooks/guard.json",
        form: Form::Entry {
            at: ["hooks", "preToolUse"],
            versioned: true,
            entry: r#"{
  "type": "command",
  "bash": "guard agent pre-tool --host copilot",
  "powershell": "guard agent pre-tool --host copilot",
  "timeoutSec": 60
}"#,
        },
        note: "The cloud agent reads it from the default branch, and needs guard on its PATH.",
    },
};

fn read(payload: &Value) -> Result<Call> {
    let tool = payload::text(payload, "toolName")?;
    let cwd = payload::cwd(payload)?;
    let arguments = || payload::arguments(payload, "toolArgs");
    let edits = match tool {
        "edit" | "create" | "write" => payload::files(&arguments()?)?,
        // One tool for reading and writing: `command` says which.
        "str_replace_editor" => match arguments()? {
            view if view.get("command").and_then(Value::as_str) == Some("view") => Vec::new(),
            edit => payload::files(&edit)?,
        },
        "apply_patch" => payload::patch(&patch(payload)?)?,
        "bash" | "powershell" | "shell" => return payload::shell(cwd, &arguments()?),
        _ => Vec::new(),
    };
    Ok(Call { cwd, edits, command: None })
}

fn patch(payload: &Value) -> Result<String> {
    if let Some(Value::String(text)) = payload.get("toolArgs")
        && !text.trim_start().starts_with('{')
    {
        return Ok(text.clone());
    }
    let arguments = payload::arguments(payload, "toolArgs")?;
    let named = ["input", "patch", "patchText", "command"].iter().find_map(|n| arguments.get(*n)?.as_str());
    named.map(str::to_owned).ok_or_else(|| payload::malformed("apply_patch without a patch"))
}

fn answer(decision: &Decision) -> Answer {
    match decision {
        Decision::Allow => Answer::json(&json!({})),
        Decision::Deny(reason) | Decision::Unread(reason) => {
            Answer::json(&json!({"permissionDecision": "deny", "permissionDecisionReason": reason}))
        }
    }
}
