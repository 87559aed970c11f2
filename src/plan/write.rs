//! Writes any plan as a native one.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::model::is_hidden;

use super::{Phase, Plan, Task, called, native, topics_of};

impl Phase {
    /// As the native format writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Implementation => "implementation",
            Self::ValidationSupport => "validation-support",
        }
    }
}

/// The plan in the native format. A task whose scope is not declared gets none.
///
/// # Errors
/// The native format cannot hold the plan: read back, its tasks, scopes or dependencies would be others.
pub fn to_native(plan: &Plan) -> Result<String> {
    let mut text = format!("# From {}, by guard plan convert.\nversion = 1\n", comment(&plan.path));
    if let Some(topic) = plan.topic.clone().or_else(|| topics_of(&plan.path, None).into_iter().next()) {
        let _ = writeln!(text, "topic = {}", toml_string(&topic));
    }
    for reference in &plan.references {
        let (label, path) = (comment(reference.label), comment(&reference.path));
        let place = comment(&plan.place(reference.line).to_string());
        let _ = writeln!(text, "# {place}: {label}: {path} (this format holds no other document still)");
    }
    for task in &plan.tasks {
        write_task(&mut text, plan, task);
    }
    match changed(plan, &text)? {
        None => Ok(text),
        Some((line, what)) => Err(Error::plan(format!("{what} cannot be written in the native format"))
            .at(plan.place(line))
            .help("change it in the plan; guard plan show says how it is read")),
    }
}

fn write_task(text: &mut String, plan: &Plan, task: &Task) {
    let place = comment(&plan.place(task.line).to_string());
    let done = if task.done { ", marked as done there" } else { "" };
    let _ = writeln!(text, "\n# {place}{done}\n[[task]]\nid = {}", toml_string(task.id.as_str()));
    let mut key = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{name} = {}", toml_string(value));
        }
    };
    key("summary", &Some(task.summary.clone()).filter(|s| !s.trim().is_empty()));
    key("milestone", &task.milestone);
    key("acceptance", &task.acceptance);
    key("phase_type", &task.phase.map(|phase| phase.as_str().to_owned()));
    key("test_not_applicable", &task.test_not_applicable);
    if task.parallel_safe {
        text.push_str("parallel_safe = true\n");
    }
    match &task.scope {
        None => {
            text.push_str("# scope = [\"\"]    # not declared: name the paths, or write [] for no files\n")
        }
        Some(scope) => {
            let _ = writeln!(text, "scope = {}", list(scope.iter().map(|pattern| pattern.as_str())));
        }
    }
    if !task.depends_on.is_empty() {
        let _ = writeln!(text, "depends_on = {}", list(task.depends_on.iter().map(|id| id.as_str())));
    }
    if !task.covers.is_empty() {
        let _ = writeln!(text, "covers = {}", list(task.covers.iter().map(String::as_str)));
    }
}

/// On one line where it is short, else one entry a line.
fn list<'t>(items: impl Iterator<Item = &'t str>) -> String {
    const SHORT: usize = 90;
    let quoted: Vec<String> = items.map(toml_string).collect();
    let line = format!("[{}]", quoted.join(", "));
    if line.len() <= SHORT {
        return line;
    }
    format!("[\n{}]", quoted.iter().map(|item| format!("  {item},\n")).collect::<String>())
}

/// What reads differently in `text`: the line in the plan, and its name.
fn changed(plan: &Plan, text: &str) -> Result<Option<(usize, String)>> {
    let back = (native::FORMAT.read)(&plan.path, text)?;
    let mut read = back.tasks.iter();
    for task in &plan.tasks {
        let what = match read.next() {
            Some(other) if other.id == task.id => {
                if other.scope != task.scope {
                    format!("the scope of {}", called(&task.id))
                } else if other.depends_on != task.depends_on {
                    format!("what {} depends on", called(&task.id))
                } else {
                    continue;
                }
            }
            _ => format!("the ID {}", task.id),
        };
        return Ok(Some((task.line, what)));
    }
    Ok(None)
}

/// A key of a TOML table.
pub fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_owned() } else { toml_string(key) }
}

/// A TOML string on one line. What a terminal or an editor would not show is escaped.
pub fn toml_string(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() || is_hidden(c) => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Text in a comment, which ends at the end of the line whatever it says.
fn comment(text: &str) -> String {
    let quoted = toml_string(text);
    if quoted.len() == text.len() + 2 { text.to_owned() } else { quoted }
}

#[cfg(test)]
mod tests;
