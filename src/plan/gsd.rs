//! GSD plans (`.planning/phases/01-base/01-02-PLAN.md`): front matter for the plan, a `<task>` element for each task.
//!
//! The `<files>` of a `<task>` are its scope; `files_modified` in the front matter repeats those of all tasks, and where
//! the two disagree nobody knows what was meant. A task is called `01-02.1`: phase and plan as in GSD's own messages,
//! and its place in the document. GSD's executor writes `feat(01-02): …` for each task, which names none of them in
//! particular: so `01-02` names all tasks of the plan together ([`Plan::whole`]), which counts as naming several. A
//! policy that permits that (`task.several`, with `atomic` off) takes these messages as they are; otherwise each
//! commit says `feat(01-02.1): …`.
//!
//! GSD keeps its state outside of the plan, so everything is locked but the marks in checkboxes. There are no living
//! sections: a heading such as "Progress" could otherwise hold a `<task>` that is not locked.

mod elements;

use std::collections::HashSet;

use crate::error::Result;
use crate::model::TaskId;
use crate::pattern::{Pattern, Patterns};

use super::markdown::{CODE, END_CODE};
use super::outline::{Outline, front_matter};
use super::value::Value;
use super::yaml::{self, Entry, Front, Word};
use super::{Format, Plan, Problem, Task, called, declared, scope};
use elements::{Child, Element, elements};

pub(super) const FORMAT: Format = Format { name: "gsd", detect, certain: true, read, locked, grows: false };

/// The most that all `<files>` of a plan may hold, in bytes.
const LONGEST_LISTS: usize = 512 << 10;

fn detect(path: &str, text: &str) -> Option<&'static str> {
    let markdown = !super::has_extension(path, &["toml", "json", "yaml", "yml"]);
    let front =
        markdown && yaml::has_key(text, &["plan"]) && yaml::has_key(text, &["phase", "files_modified"]);
    let found = front && text.lines().any(|line| line.trim_start().starts_with("<task"));
    found.then_some("its front matter names phase and plan, and it has <task> elements")
}

fn locked(text: &str) -> Vec<(usize, String)> {
    let lines = Outline::of(text).lines(text, |_| true);
    lines.into_iter().map(|line| (line.number, line.text)).collect()
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let front = yaml::front(text).map_err(|fault| fault.error(path))?;
    let mut plan = Plan::new(path, FORMAT.name);
    let lines = locked(text);
    let below = text.get(..front_matter(text)).unwrap_or_default().lines().count();
    let body = lines.iter().filter(|(number, _)| *number > below).map(|(n, line)| (*n, line.as_str()));
    let (elements, broken) = elements(body);
    let files = elements.iter().flat_map(|element| &element.children).filter(|child| child.name == "files");
    let size: usize = files.flat_map(|files| &files.text).map(|(_, text)| text.len()).sum();
    let readable = size <= LONGEST_LISTS;
    plan.whole = whole(&front, &mut plan.problems);
    if let Some(whole) = plan.whole.clone() {
        for (n, element) in elements.iter().enumerate() {
            plan.tasks.extend(task(&format!("{whole}.{}", n + 1), element, readable, &mut plan.problems));
        }
    }
    if let Some(entry) = front.get("files_modified").filter(|_| broken.is_none()) {
        compare(entry, &mut plan);
    }
    plan.problems.extend(broken);
    plan.problems.extend(declared::waits_for(&front));
    plan.problems.sort_by_key(|problem| problem.line);
    Ok(plan)
}

/// `01-02` for `phase: 01-base` and `plan: 02`.
fn whole(front: &Front, problems: &mut Vec<Problem>) -> Option<String> {
    let (Some(phase), Some(plan)) = (front.word(&["phase"]), front.word(&["plan"])) else {
        let problem = Problem::deny(1, "the front matter does not number the plan");
        problems.push(problem.help("phase: 01-name").help("plan: 02"));
        return None;
    };
    let end = phase.text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(phase.text.len());
    let number = phase.text.get(..end).filter(|n| !n.is_empty()).unwrap_or(&phase.text);
    // Some plans repeat the phase: `plan: 01-02`.
    let plan_number = match plan.text.strip_prefix(number).and_then(|rest| rest.strip_prefix('-')) {
        Some(rest) => rest,
        None => &plan.text,
    };
    let name = format!("{number}-{plan_number}");
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') && name.len() <= 64 {
        return Some(name);
    }
    let shown: String = name.chars().take(60).collect();
    let problem = Problem::deny(
        phase.line.min(plan.line),
        format!("no commit could carry the plan's number {shown:?}"),
    );
    problems.push(problem.help("phase: 01-name").help("plan: 02"));
    None
}

/// `readable`: are the lists of files short enough to be read?
fn task(id: &str, element: &Element, readable: bool, problems: &mut Vec<Problem>) -> Option<Task> {
    let mut task = Task::new(TaskId::new(id)?, element.line);
    let child = |name: &str| element.children.iter().find(|child| child.name == name);
    task.summary = child("name").map(summary).unwrap_or_default();
    task.acceptance = child("done").map(|done| joined(done).chars().take(1000).collect());
    let files: Vec<&Child> = element.children.iter().filter(|child| child.name == "files").collect();
    match files.as_slice() {
        // A checkpoint waits for a person and changes nothing.
        [] if element.kind.starts_with("checkpoint") => task.scope = Some(Patterns::default()),
        [] => {}
        [one] if !readable => {
            let problem = Problem::deny(
                one.line,
                format!("{}: the <files> of this plan are too long to be lists", called(&task.id)),
            );
            problems.push(problem.help("name directories, such as src/lease/").about_scope_of(&task.id));
        }
        [one] => {
            let values: Vec<Value> = values(one);
            let (scope, found) = scope::read(&task.id, one.line, &values.iter().collect::<Vec<_>>());
            task.scope = scope;
            problems.extend(found);
        }
        [_, second, ..] => {
            let message = format!("{} has two <files>", called(&task.id));
            let problem = Problem::deny(second.line, message).help("write all paths into one");
            problems.push(problem.about_scope_of(&task.id));
        }
    }
    Some(task)
}

/// The name without "Task 1: " in front of it.
fn summary(name: &Child) -> String {
    let text = joined(name);
    let rest = text.strip_prefix("Task ").and_then(|t| t.split_once(':'));
    match rest {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') => {
            rest.trim().to_owned()
        }
        _ => text,
    }
}

fn joined(child: &Child) -> String {
    let lines: Vec<&str> = child.text.iter().map(|(_, line)| line.as_str()).collect();
    lines.join(" ")
}

/// The lines of a `<files>` as the entries of a list.
fn values(files: &Child) -> Vec<Value> {
    let inline = files.text.len() == 1;
    let value = |(line, text): &(usize, String)| {
        let text = text.trim_start_matches(['-', '*', ' ']).trim_end_matches([',', ' ']);
        // A lone dash says that there are none.
        let text = if text.is_empty() { "-" } else { text };
        Value::new(*line, with_code(text), inline || text.contains(", "))
    };
    files.text.iter().map(value).collect()
}

/// Backticks as the marks that code spans have elsewhere.
fn with_code(text: &str) -> String {
    let mut pieces = text.split('`');
    let mut marked = pieces.next().unwrap_or_default().replace([CODE, END_CODE], "");
    let mut open = false;
    for piece in pieces {
        open = !open;
        marked.push(if open { CODE } else { END_CODE });
        marked.push_str(&piece.replace([CODE, END_CODE], ""));
    }
    marked
}

/// Do `files_modified` and the tasks name the same paths?
fn compare(entry: &Entry, plan: &mut Plan) {
    const MOST: usize = 50;
    let Some(listed) = files_modified(entry, &mut plan.problems) else { return };
    let mut cover = Cover::of(&listed);
    let mut found = Vec::new();
    for task in &plan.tasks {
        for pattern in task.scope.iter().flatten().filter(|pattern| !pattern.excludes()) {
            if cover.covers(pattern) || found.len() >= MOST {
                continue;
            }
            let message = format!(
                "{} names `{pattern}`, which files_modified (line {}) leaves out",
                called(&task.id),
                entry.lines.start
            );
            let problem =
                Problem::deny(task.line, message).help(format!("  - {pattern}    under files_modified"));
            found.push(problem.help("or take it out of the task's <files>").about_scope_of(&task.id));
        }
    }
    // A task without <files> is a problem of its own, and these may be its paths.
    if plan.tasks.iter().all(|task| task.scope.is_some()) {
        for (pattern, line) in
            listed.iter().filter(|(pattern, _)| !cover.used.contains(pattern.as_str())).take(MOST)
        {
            let message = format!("files_modified names `{pattern}`, but no task does");
            let problem =
                Problem::deny(*line, message).help("add it to the <files> of the task that changes it");
            found.push(problem.help("or take it out of files_modified"));
        }
    }
    plan.problems.append(&mut found);
}

/// The paths of the front matter with their lines.
fn files_modified(entry: &Entry, problems: &mut Vec<Problem>) -> Option<Vec<(Pattern, usize)>> {
    let words: Vec<Word> = match &entry.value {
        yaml::Value::Words(words) => words.clone(),
        yaml::Value::Empty => Vec::new(),
        _ => {
            let problem = Problem::deny(entry.lines.start, "`files_modified` is not a list of paths");
            problems.push(problem.help("files_modified:").help("  - src/lease.rs"));
            return None;
        }
    };
    let mut listed = Vec::new();
    let mut doubts = Vec::new();
    let plan = TaskId::new("files_modified")?;
    for word in words {
        let patterns = declared::read(&plan, std::slice::from_ref(&word), false, &mut doubts);
        listed.extend(patterns.into_iter().flatten().map(|pattern| (pattern, word.line)));
    }
    // The tasks' own entries say whether a path is in doubt.
    let denied = doubts.into_iter().filter(|problem| problem.level == crate::model::Level::Deny);
    problems.extend(denied.map(|problem| Problem { scope_of: None, ..problem }));
    Some(listed)
}

/// Which patterns a list of them covers.
struct Cover<'p> {
    exact: HashSet<&'p str>,
    wide: Vec<&'p Pattern>,
    /// Those of the list that covered something.
    used: HashSet<&'p str>,
    /// How many byte comparisons are left for `wide`.
    left: usize,
}

impl<'p> Cover<'p> {
    fn of(listed: &'p [(Pattern, usize)]) -> Self {
        let exact = listed.iter().map(|(pattern, _)| pattern.as_str()).collect();
        let wide =
            listed.iter().map(|(pattern, _)| pattern).filter(|pattern| !pattern.is_literal()).collect();
        Self { exact, wide, used: HashSet::new(), left: 20_000_000 }
    }

    fn covers(&mut self, pattern: &Pattern) -> bool {
        if let Some(same) = self.exact.get(pattern.as_str()) {
            self.used.insert(same);
            return true;
        }
        let Some(path) = pattern.literal() else { return false };
        for wide in &self.wide {
            let Some(left) = self.left.checked_sub(wide.as_str().len() * path.len()) else { return false };
            self.left = left;
            if !wide.excludes() && wide.matches(path) {
                self.used.insert(wide.as_str());
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
