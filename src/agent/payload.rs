//! What the payloads of the hosts have in common.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{Call, Edit, MOST_BYTES, Swap, Text};
use crate::error::{Error, Result};

/// Names by which hosts call the file of a tool call.
pub(super) const PATHS: [&str; 8] = [
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "absolute_path",
    "target_file",
    "target_notebook",
    "notebookPath",
];

/// The JSON object in a host's payload.
pub(super) fn parse(input: &[u8]) -> Result<Value> {
    if input.len() as u64 > MOST_BYTES {
        return Err(Error::usage(format!("a tool call of more than {} MiB", MOST_BYTES >> 20)));
    }
    // Some hosts on Windows begin with a byte order mark.
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let value: Value = serde_json::from_slice(text)
        .map_err(|e| malformed(&format!("it is not the JSON of a tool call: {e}")))?;
    if value.is_object() { Ok(value) } else { Err(malformed("it is not a JSON object")) }
}

/// A payload that does not say what it should.
pub(super) fn malformed(why: &str) -> Error {
    Error::usage(format!("the payload of the coding agent cannot be read: {why}"))
        .help("guard agent hooks <host>      how the agent is to call guard")
}

/// A text that must be there.
pub(super) fn text<'v>(object: &'v Value, name: &str) -> Result<&'v str> {
    let found = object.get(name).and_then(Value::as_str);
    found.filter(|text| !text.is_empty()).ok_or_else(|| malformed(&format!("{name} is missing or no text")))
}

/// The arguments of a tool, which some hosts hand over as JSON in a string.
pub(super) fn arguments(payload: &Value, name: &str) -> Result<Value> {
    match payload.get(name) {
        Some(object @ Value::Object(_)) => Ok(object.clone()),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => Ok(object),
            _ => Err(malformed(&format!("{name} is neither an object nor the JSON of one"))),
        },
        _ => Err(malformed(&format!("{name} is missing"))),
    }
}

/// The folder that the call is made in; hosts may leave it empty.
pub(super) fn cwd(payload: &Value) -> Result<Option<PathBuf>> {
    match payload.get("cwd") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(dir)) => Ok(Some(dir).filter(|dir| !dir.is_empty()).map(PathBuf::from)),
        Some(_) => Err(malformed("cwd is no text")),
    }
}

/// The files that an editing tool's arguments name, each under one of [`PATHS`]. Where several are named, all count.
pub(super) fn files(arguments: &Value) -> Result<Vec<Edit>> {
    let text = new_text(arguments);
    let mut edits = Vec::new();
    for name in PATHS {
        match arguments.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(path)) if !path.is_empty() => {
                edits.push(Edit { path: path.clone(), text: text.clone() });
            }
            Some(_) => return Err(malformed(&format!("{name} is empty or no text"))),
        }
    }
    if edits.is_empty() { Err(malformed("an edit that names no file")) } else { Ok(edits) }
}

/// The same, for a tool that deletes.
pub(super) fn gone(arguments: &Value) -> Result<Vec<Edit>> {
    let named = files(arguments)?;
    Ok(named.into_iter().map(|edit| Edit { text: Text::Gone, ..edit }).collect())
}

fn new_text(arguments: &Value) -> Text {
    let Some(object) = arguments.as_object() else { return Text::Unknown };
    let whole = ["content", "contents", "file_text"].iter().find_map(|name| object.get(*name)?.as_str());
    if let Some(whole) = whole {
        return Text::Whole(whole.to_owned());
    }
    let swaps: Option<Vec<Swap>> = match object.get("edits").and_then(Value::as_array) {
        Some(edits) => edits.iter().map(|edit| swap(edit.as_object()?)).collect(),
        None => swap(object).map(|one| vec![one]),
    };
    swaps.map_or(Text::Unknown, Text::Replaced)
}

fn swap(object: &Map<String, Value>) -> Option<Swap> {
    let one_of = |names: [&str; 3]| names.iter().find_map(|name| object.get(*name));
    Some(Swap {
        old: one_of(["old_string", "old_str", "oldString"])?.as_str()?.to_owned(),
        new: one_of(["new_string", "new_str", "newString"])?.as_str()?.to_owned(),
        all: one_of(["replace_all", "replaceAll", "allow_multiple"])
            .and_then(Value::as_bool)
            .unwrap_or(false),
    })
}

/// The files that a patch between `*** Begin Patch` and `*** End Patch` names.
pub(super) fn patch(text: &str) -> Result<Vec<Edit>> {
    const HEADS: [(&str, Text); 4] = [
        ("*** Add File:", Text::Unknown),
        ("*** Update File:", Text::Unknown),
        ("*** Delete File:", Text::Gone),
        ("*** Move to:", Text::Unknown),
    ];
    let mut edits = Vec::new();
    // Readers of patches forgive blanks around a head; a line of content that looks like one is at worst refused.
    for line in text.lines().map(str::trim) {
        let Some((path, what)) = HEADS.iter().find_map(|(head, what)| Some((line.strip_prefix(head)?, what)))
        else {
            continue;
        };
        match path.trim() {
            "" => return Err(malformed("a patch with a file that has no name")),
            path => edits.push(Edit { path: path.to_owned(), text: what.clone() }),
        }
    }
    if edits.is_empty() { Err(malformed("a patch that names no file")) } else { Ok(edits) }
}

/// A call of a shell.
pub(super) fn shell(cwd: Option<PathBuf>, arguments: &Value) -> Result<Call> {
    let command = match arguments.get("command") {
        // As an argument vector: each word as it is.
        Some(Value::Array(words)) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            let words = words.ok_or_else(|| malformed("command holds something that is no text"))?;
            words.iter().map(|w| crate::rule::shell_quote(w.as_bytes())).collect::<Vec<_>>().join(" ")
        }
        _ => text(arguments, "command")?.to_owned(),
    };
    let own = ["cwd", "workdir", "working_directory", "directory", "dir_path"]
        .iter()
        .find_map(|name| arguments.get(*name)?.as_str())
        .filter(|dir| !dir.is_empty());
    let cwd = match (cwd, own) {
        (Some(cwd), Some(own)) => Some(cwd.join(own)),
        (cwd, own) => own.map(PathBuf::from).or(cwd),
    };
    Ok(Call { cwd, command: Some(command), ..Call::default() })
}
