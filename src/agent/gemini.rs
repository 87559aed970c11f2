//! Gemini CLI: `.gemini/settings.json`, event `BeforeTool`.
//!
//! Exit code 0 with one JSON object on standard output, and nothing else there: any other text allows. Exit code 2 refuses
//! too, with standard error as the reason; other exit codes only warn. Timeouts are in milliseconds.

use serde_json::{Value, json};

use super::settings::{Form, Settings};
use super::{Answer, Call, Decision, Host, payload};
use crate::error::Result;

pub(super) const HOST: Host = Host {
    name: "gemini",
    title: "Gemini CLI",
    read,
    answer,
    settings: Settings {
        file: ".gemini/settings.json",
        form: Form::Entry {
            at: ["hooks", "BeforeTool"],
            versioned: false,
            entry: r#"{
  "matcher": "write_file|replace|run_shell_command",
  "hooks": [
    {
      "type": "command",
      "command": "guard agent pre-tool --host gemini || { echo 'guard has not allowed this' >&2; exit 2; }",
      "timeout": 60000
    }
  ]
}"#,
        },
        note: "Gemini CLI reads it when it starts.",
    },
};

fn read(payload: &Value) -> Result<Call> {
    let tool = payload::text(payload, "tool_name")?;
    let cwd = payload::cwd(payload)?;
    let edits = match tool {
        "write_file" | "replace" => payload::files(&payload::arguments(payload, "tool_input")?)?,
        "run_shell_command" => return payload::shell(cwd, &payload::arguments(payload, "tool_input")?),
        _ => Vec::new(),
    };
    Ok(Call { cwd, edits, command: None })
}

fn answer(decision: &Decision) -> Answer {
    match decision {
        Decision::Allow => Answer::json(&json!({})),
        Decision::Deny(reason) | Decision::Unread(reason) => {
            Answer::json(&json!({"decision": "deny", "reason": reason}))
        }
    }
}
