//! Headings, bold lines and items that nearly name a task. Whoever wrote them takes them for tasks, and no format reads
//! any there: that is never passed over in silence.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::model::{Level, is_hidden};

use super::depends::is_task_code;
use super::fields::fields;
use super::labels::{Label, emphasised};
use super::markdown::{Block, CODE, END_CODE, Kind, plain};
use super::sections::{after_task_word, is_numbered, parse_head};
use super::{Index, Plan, Problem, table};

/// More of them would tell the author nothing new.
const MOST: usize = 20;
/// A line that starts a task is not longer, in bytes.
const LONGEST: usize = 1000;
/// What stands further in, in characters, is a title.
const LONGEST_START: usize = 64;

/// A place that nearly names a task.
pub(super) struct Near {
    line: usize,
    what: What,
    /// Has it a Files block? Then its author has declared a scope there.
    has_files: bool,
    /// Is it an item with a checkbox?
    item: bool,
}

enum What {
    /// Several IDs, or the ends of ranges, as they are spelled.
    Several(Vec<String>),
    /// What looks like the second, but is the first.
    Lookalike(String, String),
    /// A heading or bold line as it stands, and the ID that it would have in another form.
    Unread(String, Option<String>),
}

/// The places among `blocks` that nearly name a task, in order.
pub(super) fn names(blocks: &[Block]) -> Vec<Near> {
    let mut found = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let Some((text, heading)) = start(block) else { continue };
        let Some(line) = block.rows.first().map(|row| row.line) else { continue };
        let item = block.opens_item && block.ticked.is_some();
        // Asked of few: it looks at all blocks up to the next heading.
        let has_files = || !item && has_files(block, blocks.get(at + 1..).unwrap_or_default());
        let what = lookalike(&text).or_else(|| several(&text, !item)).or_else(|| {
            let unread = is_unread(&text, block, heading);
            (unread && has_files()).then(|| What::Unread(plain(&text), id_in(&text)))
        });
        let Some(what) = what else { continue };
        let has_files = has_files();
        found.push(Near { line, what, has_files, item });
    }
    found
}

/// Has the place that starts at `block`, with these behind it, a Files label?
fn has_files(block: &Block, behind: &[Block]) -> bool {
    let own = block.rows.get(1..).filter(|rows| !rows.is_empty());
    let own = own.map(|rows| Block { rows: rows.to_vec(), ..block.clone() });
    let below: Vec<Block> =
        own.into_iter().chain(behind.iter().take_while(|block| !ends_here(block)).cloned()).collect();
    fields(&below).iter().any(|f| f.label == Label::Files)
}

/// The text of a block with which a task may start, and the level of its heading.
fn start(block: &Block) -> Option<(String, Option<u8>)> {
    let row = block.rows.first().filter(|row| row.text.len() <= LONGEST)?;
    let heading = match block.kind {
        Kind::Heading(level) => Some(level),
        Kind::Text if block.opens_item && block.ticked.is_some() => None,
        // "###T002" and "####### T002" are no headings.
        Kind::Text if row.text.starts_with(['#', '*', '_']) => None,
        _ => return None,
    };
    let text = row.text.trim_start_matches('#').trim();
    let text = match emphasised(text) {
        Some((inner, after)) => format!("{inner}{after}"),
        None if heading.is_none() && row.text.starts_with(['*', '_']) => return None,
        None => text.to_owned(),
    };
    Some((text.replace([CODE, END_CODE], ""), heading))
}

/// Does another task or chapter begin with this block?
fn ends_here(block: &Block) -> bool {
    matches!(block.kind, Kind::Heading(_)) || names_another(block, "")
}

/// Does this block, in the section of the task `own`, begin what its author takes for another task?
pub(super) fn names_another(block: &Block, own: &str) -> bool {
    let Some((text, heading)) = start(block).filter(|_| block.ticked.is_none()) else { return false };
    let starts_line = heading.is_some() || block.rows.first().is_some_and(|row| row.text.starts_with('#'));
    let id = id_in(&text);
    let bold = || parse_head(&text).is_some() || several(&text, false).is_some();
    id.is_some_and(|id| id != own && !is_part_of(&id, own)) && (starts_line || bold())
}

/// `T1.2` is a part of `T1`.
fn is_part_of(id: &str, own: &str) -> bool {
    !own.is_empty() && id.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'))
}

/// Would it be a task in another form, or on another level?
fn is_unread(text: &str, block: &Block, heading: Option<u8>) -> bool {
    let bold = heading.is_none() && !block.opens_item;
    match (parse_head(text), heading) {
        (Some(_), Some(level)) => !(2..=4).contains(&level) || block.depth > 0,
        (Some(_), None) => bold,
        (None, _) => (heading.is_some() || bold) && id_in(text).is_some(),
    }
}

/// The ID with which a text begins, however it is decorated: `✅ T003)`, `[T003]`, `Task-3`, `task 3`.
fn id_in(text: &str) -> Option<String> {
    let text = folded(text);
    let text = text.strip_prefix("[P]").unwrap_or(&text);
    let bare = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut words = bare
        .split(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c)))
        .filter(|word| !word.is_empty());
    let first = words.next()?.trim_end_matches(['.', '-', '_']);
    let upper = first.to_ascii_uppercase();
    // The small letter of `T10a` stays one.
    let letter =
        first.strip_prefix(['T', 't']).is_some_and(|n| n.ends_with(|c: char| c.is_ascii_lowercase()));
    let code = if letter { format!("T{}", first.get(1..).unwrap_or_default()) } else { upper.clone() };
    if is_task_code(&code) {
        return Some(code);
    }
    let number = match upper.strip_prefix("TASK-").or(upper.strip_prefix("TASK")) {
        Some("") => words.next()?.trim_end_matches(['.', '-', '_']).to_owned(),
        Some(number) => number.to_owned(),
        None => return None,
    };
    (is_numbered(&number) && number.starts_with(|c: char| c.is_ascii_digit())).then_some(number)
}

/// Says of each place what guard does not read there, unless the plan has these tasks all the same.
pub(super) fn report(near: Vec<Near>, plan: &mut Plan) {
    let index = Index::new(plan.tasks.iter().map(|task| &task.id));
    let lines: HashSet<usize> = plan.tasks.iter().map(|task| task.line).collect();
    // Below a table, bold lines may say more about its tasks.
    let detail = |id: &Option<String>| {
        plan.format == table::FORMAT.name && id.as_ref().is_some_and(|id| index.find(id).is_some())
    };
    let read = |near: &Near| match &near.what {
        What::Unread(_, id) => lines.contains(&near.line) || detail(id),
        _ => false,
    };
    let near = near.into_iter().filter(|near| !read(near));
    let problems = near.filter_map(|near| near.problem(|id| index.find(id).is_some()));
    plan.problems.extend(problems.take(MOST).collect::<Vec<_>>());
}

/// What to say of a document in which no task is found.
pub(super) fn first(blocks: &[Block]) -> Option<Problem> {
    names(blocks).into_iter().find_map(|near| near.problem(|_| false))
}

impl Near {
    /// The same in a section that goes on growing while the plan runs: nothing in it decides whether it may run.
    pub(super) fn in_living(self) -> Option<Self> {
        (!matches!(self.what, What::Unread(..))).then_some(Self { has_files: false, ..self })
    }

    fn problem(self, is_task: impl Fn(&str) -> bool) -> Option<Problem> {
        let heading = |id: &str| match id.starts_with(|c: char| c.is_ascii_digit()) {
            true => format!("### Task {id}: summary"),
            false => format!("### {id}: summary"),
        };
        let files = "**Files:** `src/lease.rs`";
        let problem = match &self.what {
            What::Several(ids) => {
                let missing: Vec<&String> = ids.iter().filter(|id| !is_task(id)).collect();
                if missing.is_empty() {
                    return None;
                }
                let message =
                    format!("{} stand together here, and one place defines one task", ids.join(", "));
                missing.into_iter().take(4).fold(Problem::deny(self.line, message), |problem, id| match self
                    .item
                {
                    true => problem.help(format!("- [ ] {id} summary (Files: `src/lease.rs`)")),
                    false => problem.help(heading(id)).help(files),
                })
            }
            What::Lookalike(spelled, ascii) => {
                let odd = spelled.chars().find(|c| !c.is_ascii()).map_or(0, u32::from);
                let message =
                    format!("\"{spelled}\" looks like {ascii}, but holds U+{odd:04X}: it is no task ID");
                Problem::deny(self.line, message).help(format!("{ascii}: …    typed anew"))
            }
            What::Unread(spelled, id) => {
                let shown: String = spelled.chars().take(80).collect();
                let message = format!("\"{shown}\" has files, but is not read as a task");
                let problem = Problem::deny(self.line, message);
                match id {
                    Some(id) => {
                        problem.help(format!("{}    (two to four #, and a colon behind the ID)", heading(id)))
                    }
                    None => problem.help(heading("T001")),
                }
            }
        };
        // Without files it may be an outline of what is to come.
        let level =
            if self.has_files || matches!(self.what, What::Unread(..)) { Level::Deny } else { Level::Warn };
        Some(Problem { level, ..problem })
    }
}

/// `T003-T005: …`, `T001, T002 — …`, `Tasks 2 and 3`; with `titled` words may follow without a colon.
fn several(text: &str, titled: bool) -> Option<What> {
    let text = folded(text);
    let text = text.strip_prefix("[P]").unwrap_or(&text).trim_start();
    let text = text.strip_prefix("Tasks ").map_or_else(|| text.to_owned(), |rest| format!("Task {rest}"));
    let (text, worded) = after_task_word(&text);
    let is_id = |word: &str| is_task_code(word) || (worded && is_numbered(word));
    let mut ids: Vec<String> = Vec::new();
    let mut add = |id: &str| {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
        ids.len() < MOST
    };
    'words: for word in text.split_whitespace() {
        let (bare, ends) = match word.find([':', '：', '(']) {
            Some(at) => (word.get(..at).unwrap_or_default(), true),
            None => (word, false),
        };
        for part in bare.split([',', '&', '+', '/', '、']).filter(|part| !part.is_empty()) {
            let range =
                ["...", "..", "…", "->", "→", "~", "-"].into_iter().find_map(|dash| part.split_once(dash));
            let short = |to: &str| is_task_code(&format!("T{to}"));
            let more = match range.filter(|(from, to)| is_id(from) && (is_id(to) || short(to))) {
                Some((from, to)) if is_id(to) => add(from) && add(to),
                Some((from, to)) => add(from) && add(&format!("T{to}")),
                None if is_id(part) => add(part),
                None if short(part) && bare.contains('/') => add(&format!("T{part}")),
                None if ["and", "or", "to", "through", "-", "->", "→", "~", "…", ".."].contains(&part) => {
                    true
                }
                None if worded && part == "Task" => true,
                // Anything else is a title, or prose in which IDs stand.
                None if titled => break 'words,
                None => return None,
            };
            if !more {
                break 'words;
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
    let text = text.trim().strip_prefix("[P]").unwrap_or(text).trim_start();
    let end = |text: &str| text.find(|c: char| c.is_whitespace() || ":：(".contains(c)).unwrap_or(text.len());
    let word = text.get(..end(text))?;
    // "Ｔask ３"
    let numbered = folded(word) == "Task";
    let word = match numbered.then(|| text.get(word.len() + 1..)).flatten() {
        Some(rest) => text.get(..word.len() + 1 + end(rest))?,
        None => word,
    };
    if word.is_ascii() || word.len() > 64 {
        return None;
    }
    let ascii = folded(word);
    let zero = ascii.strip_prefix('T').map(|rest| format!("T{}", rest.replace(['O', 'o'], "0")));
    let is_id = |id: &str| is_task_code(id) || id.strip_prefix("Task ").is_some_and(is_numbered);
    let meant = [Some(ascii), zero].into_iter().flatten().find(|id| is_id(id) && !is_range(id))?;
    Some(What::Lookalike(plain(word), meant))
}

fn is_range(id: &str) -> bool {
    id.split_once('-').is_some_and(|(from, to)| is_task_code(from) && is_task_code(to))
}

/// A text in the letters that a person takes its own for: wide, mathematical and foreign ones become ASCII, hidden ones go.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST_START).collect();
    let rest = text.get(start.len()..).unwrap_or_default();
    start.chars().filter(|c| !is_hidden(*c)).nfkc().map(as_ascii).collect::<String>() + rest
}

/// The ASCII letter that a person takes this one for, where it can be a part of an ID.
fn as_ascii(c: char) -> char {
    match c {
        'Т' | 'Τ' => 'T',
        'А' | 'Α' => 'A',
        'Ѕ' => 'S',
        'К' | 'Κ' => 'K',
        'О' | 'Ο' => 'O',
        'а' | 'α' => 'a',
        'ѕ' => 's',
        'к' | 'κ' => 'k',
        '‐' | '‑' | '–' | '—' | '−' => '-',
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        _ => c,
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

#[cfg(test)]
mod tests;
