//! Looking at plans: `guard plan show`, `guard plan lint`, `guard scope`.

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use unicode_width::UnicodeWidthStr;

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::judge::Judge;
use crate::lock::{self, LockState, Tree};
use crate::model::{Level, Place};
use crate::plan::{self, Plan, Problem, Task};
use crate::policy::{POLICY_FILES, Policy};
use crate::report::escape;
use crate::rule::{self, show_ids, show_scope};

/// A plan document from the file system, in the format that is asked for or else recognised, with the overlay of the policy beside it. Works outside of a repository too.
///
/// # Errors
/// It cannot be read as a plan.
fn document(file: &str, format: Option<&str>) -> Result<Plan> {
    let text = std::fs::read(file).map_err(|e| {
        Error::plan(format!("the plan {file} cannot be read: {e}")).help("guard plan show <file>")
    })?;
    let reader = Reader::open().ok();
    let top = reader.as_ref().and_then(|r| r.work_tree()).map(Path::to_path_buf);
    let path = top.as_deref().and_then(|top| below(top, file)).unwrap_or_else(|| file.to_owned());
    let mut plan = match format {
        Some(format) => plan::read_as(format, &path, &text)?,
        None => {
            let tickets = match &top {
                Some(top) => lock::tickets_beside(top, &path)?,
                None => lock::tickets_beside(Path::new(""), &path)?,
            };
            plan::read_with(&path, &text, &tickets)?
        }
    };
    lock::overlay(&mut plan, &policy_beside(top.as_deref())?);
    if let Some(reader) = reader.filter(|_| !plan.references.is_empty()) {
        let head = reader.head()?.commit;
        let changes = reader.staged(head)?.changes;
        let tree = Tree { history: &reader, commit: head, changes: &changes };
        plan.problems.extend(lock::unresolved(&plan, &tree)?);
    }
    Ok(plan)
}

fn below(top: &Path, file: &str) -> Option<String> {
    let file = std::fs::canonicalize(file).ok()?;
    let top = std::fs::canonicalize(top).ok()?;
    Some(file.strip_prefix(top).ok()?.to_str()?.replace('\\', "/"))
}

/// The policy as it stands in the work tree: this is about what one is writing, not about what is locked.
fn policy_beside(top: Option<&Path>) -> Result<Policy> {
    for name in POLICY_FILES {
        if let Some(text) = top.and_then(|top| std::fs::read(top.join(name)).ok()) {
            return crate::policy::parse(name, &text, &rule::names());
        }
    }
    Ok(Policy::default())
}

/// `guard plan show`
///
/// # Errors
/// It cannot be read as a plan.
pub fn show(file: &str, format: Option<&str>) -> Result<String> {
    let plan = document(file, format)?;
    let mut text = String::new();
    let topic = plan::topics_of(&plan.path, plan.topic.as_deref());
    let _ = writeln!(text, "{}  format {}, {} tasks", escape(&plan.path), plan.format, plan.tasks.len());
    let _ = writeln!(text, "topic   {}", escape(topic.first().map_or("", String::as_str)));
    for reference in &plan.references {
        let said = format!("{} ({}, line {})", reference.path, reference.label, reference.line);
        let _ = writeln!(text, "holds   {}", escape(&said));
    }
    text.push('\n');
    let width = plan.tasks.iter().map(|t| t.id.as_str().width()).max().unwrap_or(4).max(4);
    for task in &plan.tasks {
        let done = if task.done { " (done)" } else { "" };
        let _ = writeln!(text, "{:width$}  {}{done}", task.id, escape(&task.summary));
        details(&plan, task, &mut |label, value| {
            let _ = writeln!(text, "{:width$}  {label:<10}{}", "", escape(value));
        });
    }
    let problems = plan::lint(&plan);
    if !problems.is_empty() {
        let _ = writeln!(text, "\n{}: guard plan lint {}", count(&problems), escape(file));
    }
    Ok(text)
}

fn details(plan: &Plan, task: &Task, row: &mut dyn FnMut(&str, &str)) {
    row("scope", &show_scope(task));
    if !task.depends_on.is_empty() {
        row("after", &show_ids(&task.depends_on));
    }
    if let Some(milestone) = &task.milestone {
        row("milestone", milestone);
    }
    if let Some(acceptance) = &task.acceptance {
        row("accepted", acceptance);
    }
    if task.parallel_safe {
        row("parallel", "safe");
    }
    row("at", &plan.place(task.line).to_string());
}

fn count(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|p| p.level == Level::Deny).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    format!("{}, {}", plural(errors, "error"), plural(problems.len() - errors, "warning"))
}

/// `guard plan lint`: the report, and whether the plan can be executed.
///
/// # Errors
/// It cannot be read as a plan.
pub fn lint(file: &str, format: Option<&str>) -> Result<(String, bool)> {
    let plan = document(file, format)?;
    let problems = plan::lint(&plan);
    let mut text = String::new();
    for problem in &problems {
        let word = if problem.level == Level::Deny { "error" } else { "warning" };
        let place = plan.place(problem.line);
        let _ = writeln!(text, "{word}: {}", escape(&problem.message));
        let _ = writeln!(text, "  at       {}", escape(&place.to_string()));
        for (number, line) in problem.help.iter().enumerate() {
            let label = if number == 0 { "fix" } else { "" };
            let _ = writeln!(text, "  {label:<9}{}", escape(line));
        }
        text.push('\n');
    }
    let good = !problems.iter().any(|p| p.level == Level::Deny);
    let verdict = if good { "can be executed" } else { "cannot be executed" };
    let _ = writeln!(
        text,
        "{}: {} tasks, {}; it {verdict}",
        escape(&plan.path),
        plan.tasks.len(),
        count(&problems)
    );
    Ok((text, good))
}

/// `guard scope`: a task's scope under the running plan, or which of `paths` it covers. The flag says whether all are
/// in scope.
///
/// # Errors
/// No plan is running, or it has no such task.
pub fn scope(task: &str, paths: &[String]) -> Result<(String, bool)> {
    let reader = Reader::open()?;
    let head = reader.head()?.commit;
    let judge = Judge::of_drafts(&reader);
    let policy = judge.policy(head)?;
    let state = judge.lock_before(head, &policy)?;
    let lock = running(&state)?;
    let found = lock.plan.task(task).ok_or_else(|| {
        let ids = show_ids(lock.plan.tasks.iter().map(|t| &t.id));
        Error::usage(format!("{} has no task {task}", lock.plan.path)).help(format!("its tasks: {ids}"))
    })?;
    let scope = found.scope.as_ref().ok_or_else(|| {
        Error::plan(format!("{} declares no scope", found.id))
            .at(Place::line(&lock.plan.path, found.line))
            .help(format!("guard plan lint {}", lock.plan.path))
    })?;
    let mut text = String::new();
    if paths.is_empty() {
        for pattern in scope.iter() {
            let _ = writeln!(text, "{}", escape(pattern.as_str()));
        }
        return Ok((text, true));
    }
    let mut all = true;
    for path in paths {
        let path = from_top(&reader, path);
        let inside = scope.matches(path.as_bytes());
        let record = lock.policy.is_record(path.as_bytes());
        let word = if inside {
            "in scope"
        } else if record {
            "record"
        } else {
            "outside"
        };
        all = all && (inside || record);
        let _ = writeln!(text, "{word:<9} {}", escape(&path));
    }
    Ok((text, all))
}

/// A path as typed in this folder, root-relative.
fn from_top(reader: &Reader, path: &str) -> String {
    let top = reader.work_tree().and_then(|t| std::fs::canonicalize(t).ok());
    let here = std::env::current_dir().ok().and_then(|d| std::fs::canonicalize(d).ok());
    let (Some(top), Some(here)) = (top, here) else { return path.to_owned() };
    let joined = here.join(path);
    let relative = joined.strip_prefix(&top).ok().and_then(Path::to_str);
    relative.map_or_else(|| path.to_owned(), |p| p.trim_start_matches("./").replace("/./", "/"))
}

/// The running plan, or why there is none.
///
/// # Errors
/// There is no valid rollback commit.
pub fn running(state: &Rc<LockState>) -> Result<&lock::Lock> {
    match &**state {
        LockState::Locked(lock) => Ok(lock),
        LockState::Broken(broken) => {
            let id = broken.commit.map(|id| id.short()).unwrap_or_default();
            Err(Error::plan(format!("the rollback commit {id} is not valid: {}", broken.reason))
                .help("guard start <plan>"))
        }
        LockState::Absent | LockState::TooFar(_) => {
            Err(Error::plan("no plan is running: no rollback commit precedes HEAD")
                .help("guard start <plan>"))
        }
    }
}
