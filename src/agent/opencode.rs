//! OpenCode: a plugin, `.opencode/plugins/guard.js`, with the hook `tool.execute.before`.
//!
//! A plugin is a program, and throws to refuse. The payload is therefore guard's own: the plugin hands over the name of the
//! tool, `output.args` as they are, and the folder, and takes any exit code but 0 for a refusal.

use serde_json::Value;

use super::settings::{Form, Settings};
use super::{Answer, Call, Decision, Host, payload};
use crate::error::Result;

pub(super) const HOST: Host = Host {
    name: "opencode",
    title: "OpenCode",
    read,
    answer,
    settings: Settings {
        file: ".opencode/plugins/guard.js",
        form: Form::Whole(include_str!("opencode.js")),
        note: "OpenCode loads it when it starts.",
    },
};

fn read(payload: &Value) -> Result<Call> {
    let tool = payload::text(payload, "tool")?;
    let cwd = payload::cwd(payload)?;
    let arguments = || payload::arguments(payload, "args");
    let edits = match tool {
        "write" | "edit" | "multiedit" => payload::files(&arguments()?)?,
        "apply_patch" | "patch" => payload::patch(payload::text(&arguments()?, "patchText")?)?,
        "bash" => return payload::shell(cwd, &arguments()?),
        _ => Vec::new(),
    };
    Ok(Call { cwd, edits, command: None })
}

fn answer(decision: &Decision) -> Answer {
    match decision {
        Decision::Allow => Answer::default(),
        Decision::Deny(reason) | Decision::Unread(reason) => Answer::exit_2(reason),
    }
}
