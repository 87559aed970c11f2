//! Headings, bold lines and items that nearly name a task. Whoever wrote them takes them for tasks, and no format reads
//! any there: that is never passed over in silence.

use std::collections::HashSet;

use crate::model::{Level, is_hidden};

use super::depends::is_task_code;
use super::fields::fields;
use super::labels::{Label, emphasised};
use super::markdown::{Block, CODE, END_CODE, Kind, plain};
use super::sections::{after_task_word, is_numbered, parse_head};
use super::{Index, Plan, Problem};

/// More of them would tell the author nothing new.
const MOST: usize = 20;
/// A line that starts a task is not longer, in bytes.
const LONGEST: usize = 1000;

/// A place that nearly names a task.
pub(super) struct Near {
    line: usize,
    what: What,
    /// Has it a Files block? Then its author has declared a scope there.
    has_files: bool,
}

enum What {
    /// Several IDs, or the ends of ranges, as they are spelled.
    Several(Vec<String>),
    /// What looks like the second, but is the first.
    Lookalike(String, String),
    /// A heading of a level that no task has.
    Level(u8, String),
}

/// The places among `blocks` that nearly name a task, in order.
pub(super) fn names(blocks: &[Block]) -> Vec<Near> {
    let mut found = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let Some(row) = block.rows.first().filter(|row| row.text.len() <= LONGEST) else { continue };
        let heading = match block.kind {
            Kind::Heading(level) => Some(level),
            Kind::Text if (block.opens_item && block.ticked.is_some()) || row.text.starts_with("**") => None,
            _ => continue,
        };
        let text = match emphasised(&row.text) {
            Some((inner, after)) => format!("{inner}{after}"),
            None => row.text.clone(),
        };
        let text = text.replace([CODE, END_CODE], "");
        let what = match (parse_head(&text), heading) {
            (Some(head), Some(level)) if !(2..=4).contains(&level) => {
                Some(What::Level(level, head.id.to_string()))
            }
            // "T003 - T005: x" reads as T003, called "T005: x".
            _ => lookalike(&text).or_else(|| several(&text)),
        };
        let Some(what) = what else { continue };
        let body = blocks.get(at + 1..).unwrap_or_default();
        let end = body.iter().position(|block| matches!(block.kind, Kind::Heading(_))).unwrap_or(body.len());
        let has_files =
            || fields(body.get(..end).unwrap_or_default()).iter().any(|f| f.label == Label::Files);
        found.push(Near { line: row.line, what, has_files: heading.is_some() && has_files() });
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// Says of each place what guard does not read there, unless the plan has these tasks all the same.
pub(super) fn report(near: Vec<Near>, plan: &mut Plan) {
    let index = Index::new(plan.tasks.iter().map(|task| &task.id));
    let problems = near.into_iter().filter_map(|near| near.problem(|id| index.find(id).is_some()));
    plan.problems.extend(problems.collect::<Vec<_>>());
}

/// What to say of a document in which no task is found.
pub(super) fn first(blocks: &[Block]) -> Option<Problem> {
    names(blocks).into_iter().find_map(|near| near.problem(|_| false))
}

impl Near {
    fn problem(self, is_task: impl Fn(&str) -> bool) -> Option<Problem> {
        let problem = match self.what {
            What::Several(ids) => {
                let missing: Vec<&String> = ids.iter().filter(|id| !is_task(id)).collect();
                if missing.is_empty() {
                    return None;
                }
                let message =
                    format!("{} stand together here, and one place defines one task", ids.join(", "));
                missing.into_iter().take(4).fold(Problem::deny(self.line, message), |problem, id| {
                    problem.help(format!("### {id}: summary")).help("**Files:** `src/lease.rs`")
                })
            }
            What::Lookalike(spelled, ascii) => {
                let odd = spelled.chars().find(|c| !c.is_ascii()).map_or(0, u32::from);
                let message =
                    format!("\"{spelled}\" looks like {ascii}, but holds U+{odd:04X}: it is no task ID");
                Problem::deny(self.line, message).help(format!("{ascii}: …    typed anew"))
            }
            What::Level(level, id) if self.has_files && !is_task(&id) => {
                let message = format!("{id} is a heading of level {level}, where no task is read");
                let help = format!("### {id}: …    (a task's heading has two to four #)");
                Problem::deny(self.line, message).help(help)
            }
            What::Level(..) => return None,
        };
        // Without files it may be an outline of what is to come.
        let level = if self.has_files { Level::Deny } else { Level::Warn };
        Some(Problem { level, ..problem })
    }
}

/// `T003-T005: …`, `T001, T002 — …`, `Tasks 2 and 3`
fn several(text: &str) -> Option<What> {
    let text = text.strip_prefix("Tasks ").map_or_else(|| text.to_owned(), |rest| format!("Task {rest}"));
    let (text, worded) = after_task_word(&text);
    let is_id = |word: &str| is_task_code(word) || (worded && is_numbered(word));
    let mut ids: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |id: &str| {
        if seen.insert(id.to_owned()) {
            ids.push(id.to_owned());
        }
    };
    for word in text.split_whitespace() {
        let (bare, ends) = match word.find([':', '：', '(']) {
            Some(at) => (word.get(..at).unwrap_or_default(), true),
            None => (word, false),
        };
        for part in bare.split([',', '&', '+', '/', '、']).filter(|part| !part.is_empty()) {
            let range = ["...", "..", "…", "–", "—", "-"].into_iter().find_map(|dash| part.split_once(dash));
            match range.filter(|(from, to)| is_id(from) && (is_id(to) || is_id(&format!("T{to}")))) {
                Some((from, to)) => {
                    add(from);
                    let bare = !is_id(to);
                    add(&if bare { format!("T{to}") } else { to.to_owned() });
                }
                None if is_id(part) => add(part),
                None if ["and", "or", "to", "through", "-", "–", "—", "…", ".."].contains(&part) => {}
                // Anything else is prose in which IDs stand.
                None => return None,
            }
        }
        if ends {
            break;
        }
    }
    (ids.len() > 1).then_some(What::Several(ids))
}

/// An ID in which a letter of another script, a wide one or an invisible one stands.
fn lookalike(text: &str) -> Option<What> {
    let (text, _) = after_task_word(text);
    let end = text.find(|c: char| c.is_whitespace() || ":：(".contains(c)).unwrap_or(text.len());
    let word = text.get(..end).filter(|word| !word.is_ascii() && word.len() <= 64)?;
    let ascii: String = word.chars().filter(|c| !is_hidden(*c)).map(as_ascii).collect();
    is_task_code(&ascii).then(|| What::Lookalike(plain(word), ascii))
}

/// The ASCII letter that a person takes this one for, where it can be a part of an ID.
fn as_ascii(c: char) -> char {
    match c {
        'Т' | 'Τ' => 'T',
        'А' | 'Α' => 'A',
        'Ѕ' => 'S',
        'К' | 'Κ' | '\u{212a}' => 'K',
        '‐' | '‑' | '–' | '—' | '−' => '-',
        // The wide forms stand in the order of ASCII.
        '！'..='～' => u8::try_from(u32::from(c) - 0xfee0).map_or(c, char::from),
        _ => c,
    }
}

#[cfg(test)]
mod tests;
