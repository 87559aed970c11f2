//! Looking at plans: `guard plan show`, `guard plan lint`, `guard plan convert`, `guard scope`.

mod fix;
mod graph;
mod json;
mod standing;
mod table;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::init::write_atomically;
use crate::judge::Judge;
use crate::lock::{self, LockState, Tree};
use crate::model::Level;
use crate::plan::{self, Plan, Problem};
use crate::platform;
use crate::policy::{POLICY_FILES, Policy};
use crate::report::{Paint, Style, escape};
use crate::rule::{self, show_ids};

/// A way of writing a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
    /// The dependencies, for Mermaid.
    Mermaid,
    /// The dependencies, for Graphviz.
    Dot,
}

impl Shape {
    /// Every shape, by its name on the command line.
    pub const ALL: &[(&str, Self)] =
        &[("text", Self::Text), ("json", Self::Json), ("mermaid", Self::Mermaid), ("dot", Self::Dot)];

    /// The shape called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, shape)| *shape)
    }
}

/// Columns of a label and the blanks behind it.
const LABEL: usize = 8;

/// Which document to look at, and how.
#[derive(Debug, Default)]
pub struct Request {
    /// The file.
    pub file: String,
    /// The format to read it in, whatever it looks like.
    pub read_as: Option<String>,
    /// How the answer is written.
    pub shape: Shape,
}

/// A plan as it stands in the work tree, with what stands beside it.
struct Document {
    plan: Plan,
    text: Vec<u8>,
    /// Why it is read in its format.
    why: String,
    reader: Option<Reader>,
    top: Option<PathBuf>,
}

impl Document {
    /// A plan document from the file system, in the format that is asked for or else recognised, with the overlay of the
    /// policy beside it. Works outside of a repository too.
    fn read(request: &Request) -> Result<Self> {
        let file = &request.file;
        let text = std::fs::read(file).map_err(|e| {
            Error::plan(format!("the plan {file} cannot be read: {e}")).help("guard plan show <file>")
        })?;
        let reader = Reader::open().ok();
        let top = reader.as_ref().and_then(|r| r.work_tree()).map(Path::to_path_buf);
        let path = top.as_deref().and_then(|top| below(top, Path::new(file))).unwrap_or_else(|| file.clone());
        let tickets = lock::tickets_beside(top.as_deref().unwrap_or(Path::new("")), &path)?;
        let mut plan = plan::read_with_as(request.read_as.as_deref(), &path, &text, &tickets)?;
        let why = if request.read_as.is_some() { "asked for with --as" } else { plan.why }.to_owned();
        lock::overlay(&mut plan, &policy_beside(top.as_deref())?);
        if let Some(reader) = reader.as_ref().filter(|_| !plan.references.is_empty()) {
            let unresolved = in_tree(reader, |tree| lock::unresolved(&plan, tree))?;
            plan.problems.extend(unresolved);
        }
        Ok(Self { plan, text, why, reader, top })
    }

    /// Measures the scopes by the tree, where the plan is about this one.
    fn measure(&mut self, file: &str) -> Result<()> {
        let here = self.top.as_deref().is_some_and(|top| below(top, Path::new(file)).is_some());
        if let Some(reader) = self.reader.as_ref().filter(|_| here) {
            let doubtful = in_tree(reader, |tree| lock::doubtful(&self.plan, tree))?;
            // What is wrong need not be doubted too.
            let bare = |p: &Problem| p.message.strip_suffix(plan::READ_AT_ROOT).map(str::to_owned);
            let wrong =
                |known: &str| doubtful.iter().any(|p| p.level == Level::Deny && p.message.starts_with(known));
            self.plan.problems.retain(|p| !bare(p).is_some_and(|known| wrong(&known)));
            self.plan.problems.extend(doubtful);
        }
        Ok(())
    }

    /// What is to be mended, with what only the tree can tell.
    fn problems(&self) -> Result<Vec<Problem>> {
        let mut problems = plan::lint(&self.plan);
        let names = fix::names_at_root(&problems);
        if let Some(reader) = self.reader.as_ref().filter(|_| !names.is_empty()) {
            in_tree(reader, |tree| fix::suggest_whole_paths(&names, &mut problems, tree))?;
        }
        Ok(problems)
    }
}

/// Asks something about the tree as it would be committed now.
fn in_tree<T>(reader: &Reader, ask: impl FnOnce(&Tree<'_>) -> Result<T>) -> Result<T> {
    let head = reader.head()?.commit;
    let changes = reader.staged(head)?.changes;
    ask(&Tree { history: reader, commit: head, changes: &changes })
}

/// The path of `file` from the root of the repository at `top`; `None`: it lies elsewhere.
pub fn below(top: &Path, file: &Path) -> Option<String> {
    let file = platform::canonicalize(file).ok()?;
    let top = platform::canonicalize(top).ok()?;
    Some(file.strip_prefix(top).ok()?.to_str()?.replace('\\', "/"))
}

/// The policy as it stands in the work tree: this is about what one is writing, not about what is locked.
///
/// # Errors
/// It cannot be used.
pub fn policy_beside(top: Option<&Path>) -> Result<Policy> {
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
pub fn show(request: &Request, style: Style) -> Result<String> {
    let document = Document::read(request)?;
    let plan = &document.plan;
    let standings = standing::of(plan, &document.text, document.reader.as_ref());
    match request.shape {
        Shape::Text => {}
        Shape::Json => return Ok(json::show(&document, &standings)),
        Shape::Mermaid => return Ok(graph::mermaid(plan, &standings.all)),
        Shape::Dot => return Ok(graph::dot(plan, &standings.all)),
    }
    let mut text = String::new();
    let mut field = |label: &str, value: &str| {
        style.field(&mut text, label, LABEL, &[(Paint::Plain, &escape(value))]);
    };
    let topic = plan::topics_of(&plan.path, plan.topic.as_deref());
    let done = standings.all.iter().filter(|standing| standing.is_done()).count();
    field("plan", &plan.path);
    field("format", &format!("{}: {}", plan.format, document.why));
    field("topic", topic.first().map_or("", String::as_str));
    for reference in &plan.references {
        field("holds", &format!("{} ({}, line {})", reference.path, reference.label, reference.line));
    }
    let done = match plan.tasks.len() {
        0 => "0".to_owned(),
        all => format!("{done} of {all} done"),
    };
    field("tasks", &format!("{done}, {}", standings.source));
    text.push('\n');
    table::write(&mut text, plan, &standings.all, style);
    go_on(&mut text, request, standings.next, &document.problems()?, style);
    Ok(text)
}

/// What is to be mended in a plan that was shown, and what comes next.
fn go_on(text: &mut String, request: &Request, next: standing::Next, problems: &[Problem], style: Style) {
    let file = escape(&rule::shell_quote(request.file.as_bytes()));
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
    if !problems.is_empty() {
        let paint = if is_executable(problems) { Paint::Wait } else { Paint::Bad };
        let (found, lint) = (count(problems), format!("guard plan lint {file}"));
        style.flow(text, (paint, ""), 2, &[(paint, &found), (Paint::Plain, ": "), (Paint::Command, &lint)]);
    }
    let command = match next {
        standing::Next::Start if is_executable(problems) => format!("guard start {file}"),
        standing::Next::Work => "guard next".to_owned(),
        standing::Next::Check => "guard check".to_owned(),
        standing::Next::Start | standing::Next::Nothing => String::new(),
    };
    if !command.is_empty() {
        style.field(text, "next", LABEL, &[(Paint::Command, &command)]);
    }
    if text.ends_with("\n\n") {
        text.pop();
    }
}

fn count(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|p| p.level == Level::Deny).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    format!("{}, {}", plural(errors, "error"), plural(problems.len() - errors, "warning"))
}

fn is_executable(problems: &[Problem]) -> bool {
    !problems.iter().any(|p| p.level == Level::Deny)
}

/// `guard plan lint`: the report, and whether the plan can be executed. With `fix` it first writes
/// lines to fill in, for tasks without a scope, into the policy file.
///
/// # Errors
/// It cannot be read as a plan, or what is to be fixed cannot be written.
pub fn lint(request: &Request, fix: bool) -> Result<(String, bool)> {
    let mut document = Document::read(request)?;
    let mut text = if fix { fix::write(&document, &request.file)? } else { String::new() };
    document.measure(&request.file)?;
    let problems = document.problems()?;
    let good = is_executable(&problems);
    if request.shape == Shape::Json {
        return Ok((json::lint(&document, &problems), good));
    }
    let plan = &document.plan;
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
    let verdict = if good { "can be executed" } else { "cannot be executed" };
    let tasks = plan.tasks.len();
    let (path, plural) = (escape(&plan.path), if tasks == 1 { "" } else { "s" });
    let _ = writeln!(text, "{path}: read as {}: {}", plan.format, document.why);
    let _ = writeln!(text, "{path}: {tasks} task{plural}, {}; it {verdict}", count(&problems));
    Ok((text, good))
}

/// `guard plan convert`: the plan in the native format, printed or written to a new file.
///
/// # Errors
/// It cannot be read as a plan, or not be written as one.
pub fn convert(request: &Request, output: Option<&str>) -> Result<String> {
    let document = Document::read(request)?;
    let native = plan::to_native(&document.plan)?;
    let Some(output) = output else { return Ok(native) };
    if std::fs::symlink_metadata(output).is_ok() {
        return Err(Error::usage(format!("{output} is there already, and is not replaced"))
            .help("name a file that is not there, or remove that one"));
    }
    write_atomically(Path::new(output), native.as_bytes())
        .map_err(|why| Error::io(format!("cannot write {output}: {why}")).help("mend that and try again"))?;
    let next = rule::shell_quote(output.as_bytes());
    Ok(format!("wrote {}\n  next     guard plan lint {}\n", escape(output), escape(&next)))
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
        lock.plan.no_task(task).help(format!("its tasks: {ids}"))
    })?;
    let scope = found.scope.as_ref().ok_or_else(|| {
        Error::plan(format!("{} declares no scope", found.id))
            .at(lock.plan.place(found.line))
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
    let top = reader.work_tree().and_then(|t| platform::canonicalize(t).ok());
    let here = std::env::current_dir().ok().and_then(|d| platform::canonicalize(d).ok());
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
