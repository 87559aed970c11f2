//! What stands behind `Dependencies:` in Markdown plans: IDs, ranges of IDs, and words.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::TaskId;

use super::markdown::{CODE, END_CODE, plain};
use super::scope::{is_nothing, without_parentheses};
use super::value::Value;
use super::{Index, Problem, Task, called};

/// Ranges such as "Tasks 1-900" are written out at most this often in one plan.
pub(super) const MOST_DEPENDENCIES: usize = 100_000;

/// Turns the words behind `Dependencies:` into IDs.
pub(super) struct Resolver {
    index: Index,
    ids: Vec<TaskId>,
}

impl Resolver {
    pub(super) fn new(tasks: &[Task]) -> Self {
        let ids: Vec<TaskId> = tasks.iter().map(|t| t.id.clone()).collect();
        Self { index: Index::new(ids.iter()), ids }
    }

    /// The position of the task that `spelled` means.
    pub(super) fn position(&self, spelled: &str) -> Option<usize> {
        self.index.find(spelled)
    }

    /// Adds the IDs in `value` to `task`; `left` is how many the whole plan may still have.
    pub(super) fn resolve(
        &self,
        value: &Value,
        task: &mut Task,
        left: &mut usize,
        problems: &mut Vec<Problem>,
    ) {
        let (main, _) = without_parentheses(&value.text);
        let text = main.replace([CODE, END_CODE, '*'], " ");
        if is_nothing(&text) || text.trim().is_empty() {
            return;
        }
        let own = self.index.find(task.id.as_str()).unwrap_or(0);
        let found = self.ids_in(&text, own, *left);
        if found.is_empty() {
            let shown: String = plain(&value.text).chars().take(80).collect();
            let message = format!("{}: no task is named in the dependencies \"{shown}\"", called(&task.id));
            problems
                .push(Problem::warn(value.line, message).help("write task IDs between commas, or `none`"));
        }
        if found.len() >= *left {
            let message =
                format!("{}: the dependencies of this plan are too many to write out", called(&task.id));
            problems.push(Problem::deny(value.line, message).help("name the direct dependencies only"));
        }
        *left = left.saturating_sub(found.len());
        let mut seen: HashSet<TaskId> = task.depends_on.iter().cloned().collect();
        task.depends_on.extend(found.into_iter().filter(|id| seen.insert(id.clone())));
    }

    /// The IDs in `text`, ranges written out, at most `most` of them.
    fn ids_in(&self, text: &str, own: usize, most: usize) -> Vec<TaskId> {
        let lower = text.trim().to_lowercase();
        let before = ["previous", "prior", "above", "earlier", "preceding"].iter().any(|w| lower.contains(w));
        if lower.starts_with("all ") && before {
            return self.ids.iter().take(own.min(most)).cloned().collect();
        }
        let mut found = Found { ids: Vec::new(), most, worded: false };
        for part in text.split([',', ';', '、', '，']) {
            self.part(part, &mut found);
        }
        found.ids
    }

    fn part(&self, part: &str, found: &mut Found) {
        let (mut last, mut to, mut prose) = (None, false, false);
        for word in part.split(|c: char| c.is_whitespace() || "&+/".contains(c)) {
            let word = word.trim_matches(|c: char| ".:[]#".contains(c));
            match word.to_lowercase().as_str() {
                "" | "and" | "or" => continue,
                "task" | "tasks" | "タスク" => (found.worded, prose) = (true, false),
                "-" | "–" | "—" | "to" | "through" => {
                    to = last.is_some();
                    continue;
                }
                _ => match self.range_of(word, found.worded, prose) {
                    Some(range) => {
                        let start = last.filter(|_| to).unwrap_or(range.start);
                        last = Some(range.start);
                        self.add(start..range.end, found);
                    }
                    None => {
                        let digits = word.starts_with(|c: char| c.is_ascii_digit());
                        let unknown = is_task_code(word) || (found.worded && !prose && digits);
                        found.ids.extend(TaskId::new(word).filter(|_| unknown));
                        prose |= !unknown;
                        last = None;
                    }
                },
            }
            to = false;
        }
    }

    /// The tasks that a word names: one, or a range such as `T001-T003` or `1–3`.
    fn range_of(&self, word: &str, worded: bool, prose: bool) -> Option<Range<usize>> {
        let digits = |c: char| c.is_ascii_digit();
        // "has 3 reviews" names no task.
        if (prose && word.starts_with(digits)) || !word.contains(digits) {
            return None;
        }
        if let Some(at) = self.find(word, worded) {
            return Some(at..at + 1);
        }
        let (from, to) = ["..", "–", "—", "-"].into_iter().find_map(|dash| word.split_once(dash))?;
        let to = self.find(to, worded).or_else(|| self.find(&format!("T{to}"), true))?;
        let from = self.find(from, worded)?;
        Some(from.min(to)..from.max(to) + 1)
    }

    /// A bare number means a task only where the plan's own IDs are bare, or behind the word "Task".
    fn find(&self, word: &str, worded: bool) -> Option<usize> {
        let sure = worded || !word.starts_with(|c: char| c.is_ascii_digit());
        if sure { self.index.find(word) } else { self.index.exact.get(word).copied() }
    }

    fn add(&self, range: Range<usize>, found: &mut Found) {
        let room = found.most.saturating_sub(found.ids.len());
        found.ids.extend(self.ids.get(range).unwrap_or_default().iter().take(room).cloned());
    }
}

/// The IDs found so far in one value.
struct Found {
    ids: Vec<TaskId>,
    most: usize,
    /// Has the word "Task" been said? Then bare numbers are tasks.
    worded: bool,
}

/// `T001`, `T1.2`, `T10a`, `TASK-AP-001`: an ID without the word "Task" in front of it.
pub(super) fn is_task_code(id: &str) -> bool {
    let number = id.strip_prefix('T').map(|n| n.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(n));
    let numbered =
        number.is_some_and(|n| n.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())));
    let coded = id.strip_prefix("TASK-").is_some_and(|c| c.bytes().any(|b| b.is_ascii_digit()));
    numbered || coded
}
