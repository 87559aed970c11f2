//! Where a host is told to ask guard: what to write there, and how it is written beside what stands there.
//!
//! Files of settings belong to people and to other tools. guard adds one entry to one list, and every byte that stood there
//! stays. What it cannot read, or would have to guess at, it does not touch.

mod span;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Host;
use crate::clock;
use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::init::write_atomically;
use crate::model::Place;
use crate::report::escape;
use crate::rule::shell_quote;
use span::Object;

/// A host's file.
pub(super) struct Settings {
    /// From the top of the work tree.
    pub(super) file: &'static str,
    /// What stands in it.
    pub(super) form: Form,
    /// What a person should know.
    pub(super) note: &'static str,
}

/// What is written.
pub(super) enum Form {
    /// One entry of a list in a JSON document.
    Entry {
        /// The keys that lead to the list.
        at: [&'static str; 2],
        /// Does the document say `"version": 1`?
        versioned: bool,
        /// The entry, as JSON.
        entry: &'static str,
    },
    /// A file of guard's own.
    Whole(&'static str),
}

/// The first words of the file that is guard's own.
const OWN: &str = "// Written by `guard agent hooks";

/// What is to stand in the host's file, for those who write it themselves.
///
/// # Errors
/// None that a test has not seen: the entries are JSON.
pub fn print(host: &Host) -> Result<String> {
    match &host.settings.form {
        Form::Whole(text) => Ok((*text).to_owned()),
        Form::Entry { at, versioned, entry } => Ok(document(*at, *versioned, &own(entry)?)),
    }
}

fn own(entry: &str) -> Result<Value> {
    serde_json::from_str(entry).map_err(|e| Error::usage(format!("guard's own entry is no JSON: {e}")))
}

/// A whole document with nothing but the entry.
fn document(at: [&str; 2], versioned: bool, entry: &Value) -> String {
    let [outer, list] = at;
    let hooks = json!({ list: [entry] });
    let whole = if versioned { json!({"version": 1, outer: hooks}) } else { json!({ outer: hooks }) };
    format!("{whole:#}\n")
}

/// Writes it into the host's file; says what was done.
///
/// # Errors
/// There is no work tree, the file cannot be read as what it should be, or cannot be written.
pub fn write(host: &Host) -> Result<String> {
    let reader = Reader::open()?;
    let top = reader
        .work_tree()
        .ok_or_else(|| Error::git("a bare repository has no work tree for a coding agent's settings"))?;
    let name = host.settings.file;
    let file = top.join(name);
    let before = present(top, name)?;
    let after = match &host.settings.form {
        Form::Whole(text) => whole(name, before.as_deref(), text)?,
        Form::Entry { at, versioned, entry } => {
            let entry = own(entry)?;
            match before.as_deref() {
                Some(text) if !text.trim().is_empty() => merged(host, text, *at, *versioned, &entry)?,
                _ => Some(document(*at, *versioned, &entry)),
            }
        }
    };
    let shown = escape(name);
    let Some(after) = after else {
        return Ok(format!("{shown} asks guard already\n"));
    };
    let backup = before.map(|text| keep(&reader, host, &text)).transpose()?;
    let fail = |e: std::io::Error| Error::io(format!("{name} cannot be written: {e}"));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    write_atomically(&file, after.as_bytes()).map_err(fail)?;
    let mut text = format!("wrote {shown}\n");
    if let Some(backup) = backup {
        text.push_str(&format!("  before   {}\n", escape(&backup.display().to_string())));
    }
    text.push_str(&format!("  note     {}\n", host.settings.note));
    text.push_str("  next     guard agent instructions      what AGENTS.md or CLAUDE.md should say\n");
    Ok(text)
}

/// What stands in the file; `None`: there is none.
fn present(top: &Path, name: &str) -> Result<Option<String>> {
    // Through a link guard would write into a file that nobody named.
    let steps = Path::new(name).ancestors().filter(|step| !step.as_os_str().is_empty());
    if let Some(link) = steps.map(|step| top.join(step)).find(|step| step.is_symlink()) {
        return Err(Error::usage(format!("{} is a link, and guard writes through none", link.display()))
            .help("write it yourself, where the link leads to: guard agent hooks prints what"));
    }
    let file = top.join(name);
    match fs::read(&file) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(unreadable(name, 0, "it is no UTF-8")),
        },
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound) => Ok(None),
        Err(e) => Err(Error::io(format!("{name} cannot be read: {e}"))),
    }
}

fn unreadable(name: &str, line: usize, why: &str) -> Error {
    let place = if line > 0 { Place::line(name, line) } else { Place::file(name) };
    Error::usage(format!("{name} is left as it is: {why}"))
        .at(place)
        .help("guard agent hooks <host>      prints what to add by hand")
}

/// A file of guard's own is replaced as a whole, and nobody else's is.
fn whole(name: &str, before: Option<&str>, text: &str) -> Result<Option<String>> {
    match before {
        Some(before) if before == text => Ok(None),
        Some(before) if !before.starts_with(OWN) => Err(unreadable(name, 0, "guard has not written it")),
        _ => Ok(Some(text.to_owned())),
    }
}

/// The document with the entry; `None`: it is there already.
fn merged(host: &Host, text: &str, at: [&str; 2], versioned: bool, entry: &Value) -> Result<Option<String>> {
    let name = host.settings.file;
    let not = |why: &str| unreadable(name, 0, why);
    let value: Value = serde_json::from_str(text).map_err(|e| {
        unreadable(name, e.line(), &format!("it is not the JSON that guard could add to ({e})"))
    })?;
    let root = Object::root(text).filter(|_| value.is_object()).ok_or_else(|| not("it is no JSON object"))?;
    if root.has_doubles() {
        return Err(not("a key stands in it twice"));
    }
    match value.get("version") {
        Some(version) if versioned && *version != json!(1) => {
            return Err(not("its version is not 1, the only one that guard knows"));
        }
        None if versioned => {
            let with =
                root.insert("version", &json!(1)).ok_or_else(|| not("guard cannot tell where it ends"))?;
            let rest = merged(host, &with, at, versioned, entry)?;
            return Ok(Some(rest.unwrap_or(with)));
        }
        _ => {}
    }
    let [outer, list] = at;
    let lost = || not("guard cannot tell where its parts begin");
    if value.get(outer).is_none() {
        return root.insert(outer, &json!({ list: [entry] })).ok_or_else(lost).map(Some);
    }
    let hooks = root.member(outer).filter(|_| value.get(outer).is_some_and(Value::is_object));
    let hooks = hooks.and_then(|at| Object::at(text, at));
    let hooks = hooks.ok_or_else(|| not(&format!("{outer} is no object")))?;
    if hooks.has_doubles() {
        return Err(not(&format!("a key stands twice in {outer}")));
    }
    let Some(entries) = value.get(outer).and_then(|hooks| hooks.get(list)) else {
        return hooks.insert(list, &json!([entry])).ok_or_else(lost).map(Some);
    };
    let entries = entries.as_array().ok_or_else(|| not(&format!("{outer}.{list} is no list")))?;
    let spans = hooks.member(list).and_then(|at| Object::at(text, at)).ok_or_else(lost)?;
    let command = format!("guard agent pre-tool --host {}", host.name);
    let ours = entries.iter().position(|other| names(other, &command));
    match ours.and_then(|at| Some((at, entries.get(at)?))) {
        None => spans.push(entry).ok_or_else(lost).map(Some),
        Some((_, other)) if other == entry => Ok(None),
        Some((_, other)) if handlers(other) > 1 => {
            Err(not("its entry for guard calls other programs as well, so guard does not replace it"))
        }
        Some((at, _)) => spans.replace(at, entry).ok_or_else(lost).map(Some),
    }
}

/// Does an entry call guard, whatever else stands in it?
fn names(entry: &Value, command: &str) -> bool {
    match entry {
        Value::String(text) => {
            text.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        }
        Value::Array(all) => all.iter().any(|one| names(one, command)),
        Value::Object(all) => all.values().any(|one| names(one, command)),
        _ => false,
    }
}

fn handlers(entry: &Value) -> usize {
    entry.get("hooks").and_then(Value::as_array).map_or(1, Vec::len)
}

/// Keeps what stood there, in the git directory, where it is in nobody's way.
fn keep(reader: &Reader, host: &Host, text: &str) -> Result<PathBuf> {
    let folder = reader.git_dir().join("guard").join("agent");
    let stamp: String = clock::now().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let name = host.settings.file.rsplit('/').next().unwrap_or(host.name);
    let fail = |e: std::io::Error| {
        Error::io(format!("{} cannot be kept in {}: {e}", host.settings.file, folder.display()))
            .help(format!("mkdir -p {}", shell_quote(folder.as_os_str().as_encoded_bytes())))
    };
    fs::create_dir_all(&folder).map_err(fail)?;
    let free = |number: usize| {
        let tail = if number == 0 { String::new() } else { format!("-{number}") };
        folder.join(format!("{}-{stamp}{tail}-{name}", host.name))
    };
    let path = (0..1000).map(free).find(|path| !path.exists()).unwrap_or_else(|| free(1000));
    fs::write(&path, text).map_err(fail)?;
    Ok(path)
}

#[cfg(test)]
mod tests;
