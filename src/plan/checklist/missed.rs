//! Items that begin with an ID, or several, in a way that no reader takes for one: a range, a list, a small letter, a box
//! without its blank. Their authors take them for tasks.

use std::collections::HashSet;

use super::super::depends::is_task_code;
use super::super::labels::emphasised;
use super::super::markdown::{Block, CODE, END_CODE};
use super::super::{Index, Plan, Problem};
use super::item;

/// More of them would tell the author nothing new.
const MOST: usize = 20;
/// So many bytes at the start of an item are looked at: several IDs are not longer.
const LONGEST: usize = 200;

/// Words that only join others.
const JOINTS: &[&str] = &["and", "or", "to", "through", "&", "+", "-", "–", "—"];

/// What an item begins with, and where.
pub(super) struct Missed {
    line: usize,
    /// As it is spelled.
    start: String,
    /// As IDs are spelled.
    ids: Vec<String>,
    is_number: bool,
}

/// The items among `blocks` that begin like this.
pub(super) fn starts(blocks: &[Block]) -> Vec<Missed> {
    blocks.iter().filter(|block| block.opens_item).filter_map(start).collect()
}

fn start(block: &Block) -> Option<Missed> {
    let row = block.rows.first()?;
    let boxless = ["[]", "[ ]", "[x]", "[X]"].iter().find_map(|mark| row.text.strip_prefix(mark));
    let joined = row.text.split_whitespace().nth(1).is_some_and(|word| JOINTS.contains(&word));
    let read = block.ticked.is_some() && !joined && item::head(&row.text).is_some();
    if read || (block.ticked.is_none() && boxless.is_none()) {
        return None;
    }
    let text = boxless.filter(|_| block.ticked.is_none()).unwrap_or(&row.text).trim_start();
    let text = text.strip_prefix("[P]").unwrap_or(text).trim_start();
    let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
    let text = match emphasised(text) {
        Some((inner, after)) => format!("{inner}{after}"),
        None => text.to_owned(),
    };
    let text = text.replace([CODE, END_CODE], "");
    let mut ids = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let joins = JOINTS.contains(&word) && !ids.is_empty();
        let bare = word.trim_matches(['[', ']', '(', ')', ':', ',', ';', '.']);
        let parts: Option<Vec<String>> = bare
            .split([',', '/', '&', '+', '–', '—'])
            .flat_map(|part| part.split(".."))
            .flat_map(ends)
            .map(|part| id(part.trim_matches('.')))
            .collect();
        match parts {
            _ if joins => {}
            Some(mut parts) => {
                // "T004 to 5 retries" names one task.
                let coded = ids.first().or(parts.first()).is_some_and(|id: &String| is_task_code(id));
                parts.retain(|id| is_task_code(id) == coded);
                if parts.is_empty() {
                    break;
                }
                ids.extend(parts);
            }
            None => break,
        }
        words.push(word);
        if word.ends_with([':', ']', ')']) {
            break;
        }
    }
    while words.pop_if(|word| JOINTS.contains(word)).is_some() {}
    let is_number = ids.iter().all(|id| id.starts_with(|c: char| c.is_ascii_digit()));
    // One number alone is prose, and several without a dot are as well: "3, 4 and 5 retries".
    let sure = !is_number || (ids.len() > 1 && ids.iter().all(|id| id.contains('.')));
    (!ids.is_empty() && sure).then(|| Missed { line: row.line, start: words.join(" "), ids, is_number })
}

/// The two ends of `T002-T003`; `TASK-AP-1` is one word.
fn ends(part: &str) -> Vec<&str> {
    match part.split_once('-') {
        Some((from, to)) if id(from).is_some() && id(to).is_some() => vec![from, to],
        _ => vec![part],
    }
}

/// The ID that is meant, in capitals.
fn id(word: &str) -> Option<String> {
    let upper = word.to_ascii_uppercase();
    let (number, letter) = match upper.strip_suffix(|c: char| c.is_ascii_uppercase()) {
        Some(rest) => (rest, upper.get(rest.len()..).unwrap_or_default().to_ascii_lowercase()),
        None => (upper.as_str(), String::new()),
    };
    let spelled = format!("{number}{letter}");
    let dotted = |text: &str| {
        let digits = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        text.split('.').count() <= 5 && text.split('.').all(digits)
    };
    (word.len() <= 32 && (is_task_code(&spelled) || dotted(word))).then_some(spelled)
}

/// Warns of each that names what is no task of the plan.
pub(super) fn report(missed: Vec<Missed>, plan: &mut Plan) {
    if plan.tasks.is_empty() {
        return;
    }
    let index = Index::new(plan.tasks.iter().map(|task| &task.id));
    let coded = plan.tasks.iter().any(|task| is_task_code(task.id.as_str()));
    let said: HashSet<usize> = plan.problems.iter().map(|problem| problem.line).collect();
    let open = missed.into_iter().filter(|m| !(said.contains(&m.line) || m.is_number && coded));
    let strange = open.filter(|m| m.ids.iter().any(|id| index.find(id).is_none()));
    let problem = |missed: Missed| {
        let message =
            format!("this item begins with \"{}\", which is not read as the ID of a task", missed.start);
        let first = missed.ids.iter().find(|id| index.find(id).is_none()).map_or("T001", String::as_str);
        let help = format!("- [ ] {first} …    one item for each task, and one ID in each");
        Problem::warn(missed.line, message).help(help)
    };
    let found: Vec<Problem> = strange.take(MOST).map(problem).collect();
    plan.problems.extend(found);
}

#[cfg(test)]
mod tests;
