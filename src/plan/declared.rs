//! Paths that a plan declares one by one, as strings: in front matter, each entry is one path or pattern and nothing
//! else but a note in parentheses behind it.

use crate::model::TaskId;
use crate::pattern::Pattern;

use super::labels::leaves_alone;
use super::scope::{is_nothing, is_vague, without_parentheses};
use super::token::{is_folder_name, is_folder_without_slash};
use super::yaml::{Front, Value, Word};
use super::{Problem, called};

/// What reads like a remark behind a path; as part of a path it would match nothing.
const REMARKS: &[&str] = &[" — ", " – ", " -- ", " - ", " # ", ": ", ", ", "; "];

/// Reads `entries` as paths that `task` may change or, where they are `forbidden`, may not. `None`: some entry cannot
/// be read, and half a scope would look like a decision that nobody took.
pub(super) fn read(
    task: &TaskId,
    entries: &[Word],
    forbidden: bool,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Pattern>> {
    let mut patterns = Vec::new();
    let mut readable = true;
    for entry in entries {
        let text = without_note(&entry.text);
        if is_nothing(text) && entries.len() == 1 {
            continue;
        }
        let (_, note) = without_parentheses(&entry.text);
        let read = match entry.folded && several(text) {
            true => Err(on_several_lines(text)),
            false => path(text, forbidden),
        };
        match read {
            Ok(_) if !forbidden && note.split('\n').any(leaves_alone) => {
                readable = false;
                let message = format!("{}: `{text}` is listed, and said to stay as it is", called(task));
                let problem = Problem::deny(entry.line, message).help("take the entry out, or its remark");
                problems.push(problem.about_scope_of(task));
            }
            Ok(found) => {
                problems.extend(doubt(task, entry.line, text, forbidden));
                patterns.extend(found.into_iter().map(|pattern| pattern.on_line(entry.line)));
            }
            Err((what, help)) => {
                readable = false;
                let problem = Problem::deny(entry.line, format!("{}: {what}", called(task))).help(help);
                problems.push(problem.about_scope_of(task));
            }
        }
    }
    readable.then_some(patterns)
}

/// What the front matter of a document that is one task, or one plan of several, says about those before it.
pub(super) fn waits_for(front: &Front) -> Option<Problem> {
    let names = awaited(front);
    let (line, _) = *names.first()?;
    let names: Vec<&str> = names.into_iter().map(|(_, name)| name).take(8).collect();
    let message =
        format!("it depends on {}, which guard does not look for: that is another plan", names.join(", "));
    Some(Problem::warn(line, message).help("start this one when the other is done"))
}

/// What must be done before, with the line.
pub(super) fn awaited(front: &Front) -> Vec<(usize, &str)> {
    let Some(entry) = ["depends_on", "dependencies"].iter().find_map(|key| front.get(key)) else {
        return Vec::new();
    };
    let words = match &entry.value {
        Value::Words(words) => words.as_slice(),
        Value::Word(word) => std::slice::from_ref(word),
        _ => &[],
    };
    let names = words.iter().map(|word| (word.line, word.text.trim()));
    names.filter(|(_, name)| !name.is_empty() && !is_nothing(name)).collect()
}

/// The entry without a note in parentheses at its end, and without backticks.
fn without_note(text: &str) -> &str {
    let text = text.trim();
    let (main, note) = without_parentheses(text);
    let main = main.trim_end();
    // Parentheses elsewhere are part of the path.
    let behind = text.strip_prefix(main).map(str::trim_start);
    let ends = behind.is_some_and(|b| b.starts_with(['(', '（']) && b.ends_with([')', '）']));
    let text = if ends && !note.trim().is_empty() { text.get(..main.len()).unwrap_or(text) } else { text };
    text.strip_prefix('`').and_then(|t| t.strip_suffix('`')).unwrap_or(text)
}

type Unreadable = (String, String);

/// Does what YAML has joined hold more than one word?
fn several(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

/// A block such as `|` or `>` is one text to YAML, however many paths stand in it.
fn on_several_lines(text: &str) -> Unreadable {
    let words: Vec<&str> = text.split_whitespace().collect();
    let shown: String = words.join(" ").chars().take(120).collect();
    let lines: Vec<String> =
        words.iter().take(4).map(|word| format!("- {}", word.trim_start_matches("- "))).collect();
    (
        format!("\"{shown}\" stands on several lines of one entry"),
        format!("write a list: {}", lines.join("    ")),
    )
}

fn path(text: &str, forbidden: bool) -> Result<Vec<Pattern>, Unreadable> {
    let shown: String = text.chars().take(120).collect();
    let name = "name one path or pattern an entry, and put notes in parentheses behind it".to_owned();
    if is_vague(text) {
        return Err((format!("\"{shown}\" is too vague to check a commit against"), name));
    }
    if text.contains("](") {
        return Err((format!("\"{shown}\" is a link, not a path"), name));
    }
    if REMARKS.iter().any(|remark| text.contains(remark)) {
        return Err((format!("\"{shown}\" is more than a path"), name));
    }
    let read = |text: &str| Pattern::parse(text).map_err(|bad| (bad.message, bad.help));
    if !forbidden {
        return Ok(vec![read(text)?]);
    }
    if text.starts_with('!') {
        return Err((
            format!("\"{shown}\" forbids an exclusion"),
            "write the path without the `!`".to_owned(),
        ));
    }
    let mut found = vec![read(&format!("!{text}"))?];
    // It may be a directory, which is then meant with everything below it.
    if !text.rsplit('/').next().unwrap_or_default().contains(['*', '?', '{']) && !text.ends_with('/') {
        found.push(read(&format!("!{text}/"))?);
    }
    Ok(found)
}

fn doubt(task: &TaskId, line: usize, text: &str, forbidden: bool) -> Option<Problem> {
    let folder = is_folder_without_slash(text) && (text.contains('/') || is_folder_name(text));
    let message = format!("{}: `{text}` is read as one file", called(task));
    let problem = Problem::warn(line, message).help(format!("if it is a directory, write `{text}/`"));
    (folder && !forbidden).then(|| problem.about_scope_of(task))
}

#[cfg(test)]
mod tests;
