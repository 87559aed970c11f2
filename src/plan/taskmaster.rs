//! Taskmaster's `tasks.json`: `{"tasks": […]}`, or a list for each tag, `{"master": {"tasks": […]}}`.
//!
//! Tasks are numbered, a subtask 2 of task 1 is called `1.2`; where several tags have tasks, each ID carries its tag:
//! `master.1.2`. The format has no field for files, so every scope comes from an overlay.
//!
//! The tool writes the whole file anew each time it sets a status. So what is locked is not the layout but what the
//! document says: every member of every task but `status` and `updatedAt`, and everything around the tasks but the
//! tool's own `metadata`. A document in which a name occurs twice, of which readers take the one or the other, is locked
//! byte for byte.

use crate::error::{Error, Result};
use crate::model::{Place, TaskId};

use super::json::{Document, Node};
use super::{Format, Plan, Problem, Task, native};

pub(super) const FORMAT: Format =
    Format { name: "taskmaster", detect, certain: true, read, locked, grows: false, marks_new: false };

/// What the tool rewrites in a task while it is worked on.
const STATUS: &[&str] = &["status", "updatedAt"];
/// What the tool rewrites beside the tasks.
const METADATA: &str = "metadata";
const DONE: &[&str] = &["done", "completed"];
/// More tasks than any list has.
const MOST_TASKS: usize = 10_000;
/// More subtasks or dependencies than any task has.
const MOST_SUBTASKS: usize = 1_000;

fn detect(path: &str, text: &str) -> Option<&'static str> {
    let json = super::has_extension(path, &["json"]) && text.trim_start().starts_with('{');
    (json && text.contains("\"tasks\"")).then_some("it is JSON with a list of tasks")
}

type Members<'t> = Vec<(String, Node<'t>)>;

/// The tasks of one tag, and its other members.
struct List<'t> {
    /// `None`: the document has no tags.
    tag: Option<String>,
    tasks: Vec<Node<'t>>,
    around: Members<'t>,
}

/// The lists of the document, and its members beside them. `None`: it is not made as Taskmaster makes it.
fn lists(root: Node<'_>) -> Option<(Vec<List<'_>>, Members<'_>)> {
    let members = root.members()?;
    if members.iter().any(|(name, node)| name == "tasks" && node.raw().starts_with('[')) {
        return Some((vec![list(None, members)?], Vec::new()));
    }
    let (mut lists, mut around) = (Vec::new(), Vec::new());
    for (name, node) in members {
        // What starts like an object must be one that can be read, or a tag could hide behind a slip.
        match node.raw().starts_with('{') {
            true => {
                let inner = node.members()?;
                match inner.iter().any(|(name, _)| name == "tasks") {
                    true => lists.push(list(Some(name), inner)?),
                    false => around.push((name, node)),
                }
            }
            false => around.push((name, node)),
        }
    }
    Some((lists, around))
}

fn list(tag: Option<String>, members: Members<'_>) -> Option<List<'_>> {
    let (tasks, around): (Members<'_>, Members<'_>) =
        members.into_iter().partition(|(name, _)| name == "tasks");
    Some(List { tag, tasks: tasks.first()?.1.elements()?, around })
}

fn locked(text: &str) -> Vec<(usize, String)> {
    says(text).unwrap_or_else(|| (native::FORMAT.locked)(text))
}

/// What the document says that is locked, one member an entry.
fn says(text: &str) -> Option<Vec<(usize, String)>> {
    let (document, root) = Document::of(text).ok()?;
    let (lists, around) = lists(root)?;
    if lists.iter().map(|list| list.tasks.len()).sum::<usize>() > MOST_TASKS {
        return None;
    }
    let mut said = Said { document: &document, entries: Vec::new() };
    said.members("", &around, &[METADATA]);
    for list in &lists {
        let tag = format!("{:?}", list.tag);
        said.members(&tag, &list.around, &[METADATA]);
        for (n, task) in list.tasks.iter().enumerate() {
            let place = format!("{tag} {n}");
            for (m, subtask) in said.task(&place, *task, true)?.into_iter().enumerate() {
                said.task(&format!("{place}.{m}"), subtask, false)?;
            }
        }
    }
    said.entries.sort_by_key(|(line, _)| *line);
    Some(said.entries)
}

struct Said<'d, 't> {
    document: &'d Document<'t>,
    entries: Vec<(usize, String)>,
}

impl<'t> Said<'_, 't> {
    fn members(&mut self, place: &str, members: &[(String, Node<'_>)], but: &[&str]) {
        for (name, node) in members.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
            self.entries.push((self.document.line(*node), format!("{place} {name:?} {}", node.raw())));
        }
    }

    /// Adds what a task says, and returns its subtasks where they are tasks; otherwise they are a member as any.
    fn task(&mut self, place: &str, task: Node<'t>, has_subtasks: bool) -> Option<Vec<Node<'t>>> {
        let (subtasks, members): (Members<'t>, Members<'t>) =
            task.members()?.into_iter().partition(|(name, _)| name == "subtasks" && has_subtasks);
        self.entries.push((self.document.line(task), format!("{place} {{")));
        self.members(place, &members, STATUS);
        match subtasks.first() {
            Some((_, node)) if node.raw() != "null" => node.elements(),
            _ => Some(Vec::new()),
        }
    }
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let (document, root) = Document::of(text).map_err(|error| {
        let place = Place { file: path.to_owned(), line: error.line(), column: error.column() };
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Error::plan(format!("not JSON: {message}")).at(place).help("mend the syntax")
    })?;
    let Some((lists, _)) = lists(root) else {
        return Err(Error::plan("this is not made as Taskmaster makes it")
            .at(Place::file(path))
            .help("{\"master\": {\"tasks\": [{\"id\": 1, \"title\": \"…\", \"status\": \"pending\"}]}}")
            .help("no name may occur twice in an object, and `tasks` is a list"));
    };
    let mut plan = Plan::new(path, FORMAT.name);
    let several = lists.iter().filter(|list| !list.tasks.is_empty()).count() > 1;
    for list in lists {
        let tag = list.tag.filter(|_| several).map(|tag| format!("{tag}.")).unwrap_or_default();
        let mut reader = Reader { document: &document, tag, plan: &mut plan };
        for task in list.tasks {
            let subtasks = reader.task(task, None);
            for (subtask, parent) in &subtasks {
                reader.task(*subtask, Some(parent));
            }
            if reader.plan.tasks.len() + reader.plan.problems.len() > MOST_TASKS {
                return Err(Error::plan(format!("a list of over {MOST_TASKS} tasks is no plan"))
                    .at(Place::file(path))
                    .help("split it"));
            }
        }
    }
    Ok(plan)
}

struct Reader<'d, 't> {
    document: &'d Document<'t>,
    /// What stands in front of each ID.
    tag: String,
    plan: &'d mut Plan,
}

impl<'t> Reader<'_, 't> {
    /// Adds a task, and returns its subtasks, each with the task's ID.
    fn task(&mut self, node: Node<'t>, parent: Option<&str>) -> Vec<(Node<'t>, String)> {
        let line = self.document.line(node);
        let Some(members) = node.members() else {
            self.deny(
                line,
                "a task is an object in which no name occurs twice",
                "{\"id\": 1, \"title\": \"…\"}",
            );
            return Vec::new();
        };
        let member = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, node)| *node);
        let text = |name: &str| member(name).and_then(Node::text).filter(|text| !text.trim().is_empty());
        let number = member("id").and_then(number);
        let id = number.map(|number| match parent {
            Some(parent) if !number.starts_with(&format!("{parent}.")) => format!("{parent}.{number}"),
            _ => number,
        });
        let Some((id, task)) =
            id.and_then(|id| Some((id.clone(), TaskId::new(&format!("{}{id}", self.tag))?)))
        else {
            let at = member("id").map_or(line, |id| self.document.line(id));
            self.deny(at, "a task has no ID that a commit could carry", "\"id\": 1");
            return Vec::new();
        };
        if self.tag.contains([':', ',', '(', ')']) {
            self.deny(
                line,
                "a tag has characters that no commit could carry",
                "use letters, digits, `-` and `_`",
            );
        }
        let mut task = Task::new(task, line);
        task.summary = text("title").unwrap_or_default().lines().next().unwrap_or_default().trim().to_owned();
        task.acceptance = text("testStrategy");
        task.done = text("status").is_some_and(|status| DONE.contains(&status.as_str()));
        if let Some(node) = member("dependencies") {
            self.dependencies(&mut task, node, parent);
        }
        self.plan.tasks.push(task);
        let subtasks = member("subtasks").filter(|_| parent.is_none());
        let subtasks = match subtasks.map(|node| node.elements().ok_or(node)) {
            Some(Ok(subtasks)) => subtasks,
            Some(Err(node)) if node.raw() != "null" => {
                self.deny(self.document.line(node), "`subtasks` is not a list", "\"subtasks\": []");
                Vec::new()
            }
            _ => Vec::new(),
        };
        if subtasks.len() > MOST_SUBTASKS {
            self.deny(line, "a task has too many subtasks to be one", "split it");
            return Vec::new();
        }
        subtasks.into_iter().map(|subtask| (subtask, id.clone())).collect()
    }

    fn dependencies(&mut self, task: &mut Task, node: Node<'t>, parent: Option<&str>) {
        let Some(elements) = node.elements() else {
            return self.deny(
                self.document.line(node),
                "`dependencies` is not a list",
                "\"dependencies\": [1, 2]",
            );
        };
        if elements.len() > MOST_SUBTASKS {
            return self.deny(
                self.document.line(node),
                "a task has too many dependencies",
                "name the direct ones",
            );
        }
        for element in elements {
            let spelled = number(element).map(|number| match parent {
                // Among subtasks a number alone is a sibling.
                Some(parent) if !number.contains('.') && !element.raw().starts_with('"') => {
                    format!("{}{parent}.{number}", self.tag)
                }
                _ => format!("{}{number}", self.tag),
            });
            match spelled.and_then(|spelled| TaskId::new(&spelled)) {
                Some(id) => task.depends_on.push(id),
                None => self.deny(
                    self.document.line(element),
                    "a dependency is no task ID",
                    "\"dependencies\": [1, 2]",
                ),
            }
        }
    }

    fn deny(&mut self, line: usize, message: &str, help: &str) {
        self.plan.problems.push(Problem::deny(line, message).help(help));
    }
}

/// An ID as it is written: a number such as `7` or `7.1`, or the same in quotes.
fn number(node: Node<'_>) -> Option<String> {
    let text = if node.raw().starts_with('"') { node.text()? } else { node.raw().to_owned() };
    let good = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-' || b == b'_');
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    (good && starts && text.len() <= 64 && !["null", "true", "false"].contains(&text.as_str()))
        .then_some(text)
}

#[cfg(test)]
mod tests;
