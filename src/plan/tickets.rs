//! Plans spread over files: `PLAN.md` and, in the folder `tickets` beside it, a document for each task; and beside any plan its
//! [overlay](super::overlay).
//!
//! A Markdown document there is a ticket if it is named like a task (`T001.md`, `T001-clock.md`) or holds one. The plan may
//! list its tickets: a task that it only names is the one that its ticket defines. Dependencies reach across the documents.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::model::{Place, TaskId};
use crate::pattern::Pattern;
use crate::pattern::twin::{fold, is_twin};

use super::depends::is_task_code;
use super::overlay::{self, is_overlay, overlay_path};
use super::{LARGEST, Plan, Problem, Task, declared, first_locked_difference, gsd, sections, text_of, yaml};

/// One document of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it lives in the repository.
    pub path: String,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// The folder, with its trailing `/`, in which the tickets of the plan at `path` lie; `None`: it cannot have any.
pub fn tickets_folder(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let slash = if folder.is_empty() { "" } else { "/" };
    name.eq_ignore_ascii_case("plan.md").then(|| format!("{folder}{slash}tickets/"))
}

/// Is `path` a place for a ticket of the plan at `plan`, or that of its overlay?
pub fn is_ticket_path(plan: &str, path: &str) -> bool {
    if overlay_path(plan).is_some_and(|overlay| overlay == path) {
        return true;
    }
    let name = tickets_folder(plan).and_then(|folder| path.strip_prefix(folder.as_str()).map(str::to_owned));
    name.is_some_and(|name| !name.contains('/') && super::has_extension(&name, &["md", "markdown"]))
}

/// The place for a ticket of the plan at `plan`, or for its overlay, that `path` is another spelling of.
pub fn ticket_place(plan: &str, path: &[u8]) -> Option<String> {
    if std::str::from_utf8(path).is_ok_and(|path| is_ticket_path(plan, path)) {
        return None;
    }
    if let Some(overlay) = overlay_path(plan).filter(|overlay| is_twin(path, overlay.as_bytes())) {
        return Some(overlay);
    }
    let folder = tickets_folder(plan)?;
    let folded = String::from_utf8(fold(path)).ok()?;
    let below = folded.strip_prefix(&String::from_utf8(fold(folder.as_bytes())).ok()?)?;
    let (stem, _) = below.rsplit_once('.')?;
    let is_document = !below.contains('/') && super::has_extension(below, &["md", "markdown"]);
    let name = path.rsplit(|b| b"/\\".contains(b)).next().and_then(|name| std::str::from_utf8(name).ok())?;
    // What stands behind the stem may be spelled in any way: `T002.MD.`
    let stem = name.get(..stem.len()).unwrap_or(name);
    is_document.then(|| format!("{folder}{stem}.md"))
}

impl Document {
    fn lines(&self) -> usize {
        self.text.iter().filter(|b| **b == b'\n').count() + 1
    }

    /// In a place for tickets: is this document one? An overlay always is.
    pub fn is_ticket(&self) -> bool {
        if is_overlay(&self.path) {
            return true;
        }
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(name.len());
        let code = name.get(..end).unwrap_or_default().split(".md").next().unwrap_or_default();
        is_task_code(code) || name.starts_with("TASK-") || self.holds_tasks()
    }

    /// What it is to the plan, for messages.
    pub fn role(&self) -> &'static str {
        if is_overlay(&self.path) { "the overlay" } else { "a ticket" }
    }

    fn holds_tasks(&self) -> bool {
        // What may be meant as a task but cannot be read is not to slip by.
        text_of(&self.path, &self.text)
            .is_ok_and(|text| !matches!(super::read_first(&self.path, text), Ok(None)))
    }
}

/// Reads the plan in `bytes` together with its tickets.
///
/// # Errors
/// As [`super::read`]; the plan's own document need not hold a task where there are tickets. What is wrong with a ticket is a
/// [`Problem`].
pub fn read_with(path: &str, bytes: &[u8], tickets: &[Document]) -> Result<Plan> {
    read_with_as(None, path, bytes, tickets)
}

/// The same, the plan's own document in the format called `name` where one is named.
///
/// # Errors
/// As [`read_with`], or when no format has that name.
pub fn read_with_as(name: Option<&str>, path: &str, bytes: &[u8], tickets: &[Document]) -> Result<Plan> {
    let (overlays, tickets): (Vec<&Document>, Vec<&Document>) =
        tickets.iter().partition(|document| is_overlay(&document.path));
    let mut plan = match (tickets.is_empty(), name) {
        (true, Some(name)) => super::read_as(name, path, bytes)?,
        (true, None) => super::read(path, bytes)?,
        (false, _) => read_tickets(name, path, bytes, &tickets)?,
    };
    // Behind every line there is.
    let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count() + 2;
    let mut before = lines(bytes) + tickets.iter().map(|ticket| lines(&ticket.text)).sum::<usize>();
    for overlay in overlays {
        plan.tickets.push((before, overlay.path.clone()));
        overlay::apply(&mut plan, overlay, before)?;
        before += lines(&overlay.text);
    }
    Ok(plan)
}

fn read_tickets(name: Option<&str>, path: &str, bytes: &[u8], tickets: &[&Document]) -> Result<Plan> {
    if tickets.iter().map(|ticket| ticket.text.len()).sum::<usize>() > LARGEST {
        return Err(Error::plan("the tickets of this plan are too large to be any")
            .at(Place::file(path))
            .help("split the plan; the limit is 2 MB"));
    }
    let text = text_of(path, bytes)?;
    let own = match name {
        Some(name) => Some(super::read_as(name, path, bytes)?),
        None => super::read_first(path, text)?.map(|(_, plan)| plan),
    };
    let mut plan = own.unwrap_or_else(|| Plan::new(path, sections::FORMAT.name));
    let open = plan.tasks.iter().enumerate().filter(|(_, task)| task.scope.is_none());
    let mut named: Named = open.map(|(at, task)| (task.id.clone(), at)).collect();
    let mut lines = text.lines().count();
    for ticket in tickets {
        plan.tickets.push((lines, ticket.path.clone()));
        add(ticket, lines, &mut named, &mut plan);
        lines += ticket.lines();
    }
    Ok(plan)
}

/// Tasks that the plan's own document names without a scope, and where they are among its tasks.
type Named = HashMap<TaskId, usize>;

/// Adds what a ticket says, whose first line counts as the one behind `before`.
fn add(ticket: &Document, before: usize, named: &mut Named, plan: &mut Plan) {
    let read = match ticket.text.trim_ascii().is_empty() {
        true => Ok(None),
        false => text_of(&ticket.path, &ticket.text).and_then(|text| {
            let read = super::read_first(&ticket.path, text)?;
            Ok(read.map(|(_, read)| depending_on_names(text, read)))
        }),
    };
    let mut read = match read {
        Ok(Some(read)) if !read.tasks.is_empty() || !read.problems.is_empty() => read,
        Ok(_) => {
            let problem = Problem::deny(before + 1, "this ticket holds no task that guard can read");
            let problem =
                problem.help("## T001: summary").help("**Files:**").help("- Modify: `src/lease.rs`");
            return plan.problems.push(problem);
        }
        Err(error) => {
            let line = error.place().map_or(0, |place| place.line).max(1);
            let mut problem = Problem::deny(before + line, error.message());
            problem.help = error.help_lines().to_vec();
            return plan.problems.push(problem);
        }
    };
    for task in &mut read.tasks {
        task.line += before;
        task.scope.iter_mut().for_each(|scope| scope.move_down(before));
    }
    for problem in &mut read.problems {
        problem.line = before + problem.line.max(1);
    }
    for reference in &mut read.references {
        reference.line += before;
    }
    for mut task in read.tasks {
        let Some(named) = named.remove(&task.id).and_then(|at| plan.tasks.get_mut(at)) else {
            plan.tasks.push(task);
            continue;
        };
        task.depends_on.extend(std::mem::take(&mut named.depends_on));
        let mut seen = HashSet::new();
        task.depends_on.retain(|id| seen.insert(id.clone()));
        plan.problems.retain(|problem| problem.scope_of.as_ref() != Some(&task.id));
        *named = task;
    }
    plan.problems.append(&mut read.problems);
    plan.references.append(&mut read.references);
}

/// The front matter of a ticket names its neighbours, not other plans.
fn depending_on_names(text: &str, mut read: Plan) -> Plan {
    let Ok(front) = yaml::front(text) else { return read };
    // What a plan of several tasks waits for is another plan.
    let ([task], true) = (read.tasks.as_mut_slice(), read.format != gsd::FORMAT.name) else { return read };
    let warning = declared::waits_for(&front);
    read.problems.retain(|problem| Some(problem) != warning.as_ref());
    for (line, name) in declared::awaited(&front) {
        match TaskId::new(name) {
            Some(id) if task.depends_on.contains(&id) => {}
            Some(id) => task.depends_on.push(id),
            None => {
                let problem = Problem::deny(line, format!("{name:?} is no task ID"));
                read.problems.push(problem.help("depends_on: [T001]"));
            }
        }
    }
    read
}

/// Do both hold the same tickets, but for status marks?
pub fn same_tickets(old: &[Document], new: &[Document]) -> bool {
    let same = |(old, new): (&Document, &Document)| {
        old.path == new.path && first_locked_difference(&old.path, &old.text, &new.text).is_none()
    };
    old.len() == new.len() && old.iter().zip(new).all(same)
}

impl Plan {
    /// The document and line in which what this plan counts as `line` stands.
    pub fn place(&self, line: usize) -> Place {
        match self.tickets.iter().rev().find(|(before, _)| *before < line) {
            Some((before, path)) => Place::line(path, line - before),
            None => Place::line(&self.path, line),
        }
    }

    /// The document and line that put `pattern` into the scope of `task`.
    pub fn place_of(&self, task: &Task, pattern: &Pattern) -> Place {
        match &task.overlaid_by {
            Some(file) => Place::line(file, pattern.line()),
            None => self.place(pattern.line()),
        }
    }
}

#[cfg(test)]
mod tests;
