//! The overlay beside a plan: the scopes that a plan cannot say itself, in a TOML file of its own.
//!
//! For `specs/012-x/tasks.md` it is `specs/012-x/tasks.overlay.toml`, and holds what the policy could hold too:
//! `[overlay."specs/012-x/tasks.md"]` with `T017 = ["src/lease.rs"]`. It is locked together with the plan. Where several
//! plans differ in nothing but the ending of their names it may hold a table for each; it is locked as a whole.

use std::collections::{HashMap, HashSet};

use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::model::{Lines, OVERLAY, Place, TaskId};
use crate::pattern::{Pattern, Patterns};

use super::lint::{MOST_SUGGESTED, nearest_help};
use super::scope::is_vague;
use super::tickets::Document;
use super::write::toml_string;
use super::{Index, Plan, Problem, called, text_of};

/// Where the overlay of the plan at `plan` lies; `None`: its name has no ending that could be replaced.
pub fn overlay_path(plan: &str) -> Option<String> {
    let (stem, ending) = plan.rsplit_once('.')?;
    (!ending.contains('/') && !stem.is_empty() && !stem.ends_with('/') && !is_overlay(plan))
        .then(|| format!("{stem}{OVERLAY}"))
}

/// Is a file of this name the overlay of a plan, and so no plan itself?
pub fn is_overlay(path: &str) -> bool {
    path.strip_suffix(OVERLAY).is_some_and(|stem| !stem.is_empty() && !stem.ends_with('/'))
}

/// What an overlay says of one task.
struct Said {
    /// The task, as the overlay spells it.
    id: String,
    /// Where in the plan, as [`Plan::place`] counts, that stands; 0: nobody knows.
    line: usize,
    scope: Patterns,
}

/// Gives tasks the scopes that an overlay declares for them. That settles all problems with their own scopes; a task that
/// the plan does not have is a new problem. `file`: the policy in which the overlay stands.
pub fn apply_overlay(plan: &mut Plan, file: &str, scopes: &[(String, Patterns)]) {
    let said = |(id, scope): &(String, Patterns)| Said { id: id.clone(), line: 0, scope: scope.clone() };
    give(plan, file, &scopes.iter().map(said).collect::<Vec<_>>());
}

fn give(plan: &mut Plan, file: &str, scopes: &[Said]) {
    let index = Index::new(plan.tasks.iter().map(|t| &t.id));
    let mut covered: HashMap<TaskId, &Said> = HashMap::new();
    let mut room = MOST_SUGGESTED;
    for said in scopes {
        match index.find(&said.id).and_then(|at| plan.tasks.get(at)) {
            Some(task) => {
                let Some(other) = covered.insert(task.id.clone(), said) else { continue };
                let (one, two, id) = (&other.id, &said.id, called(&task.id));
                let problem = Problem::deny(said.line, format!("{one} and {two} in {file} both mean {id}"));
                plan.problems.push(problem.help("write all paths of the task into one line"));
            }
            None => {
                let id = &said.id;
                let message = format!("the overlay in {file} names {id}, which is no task of {}", plan.path);
                let problem = Problem::deny(said.line, message);
                let problem = if room > 0 { problem.help(nearest_help(plan, id)) } else { problem };
                plan.problems.push(problem);
                room = room.saturating_sub(1);
            }
        }
    }
    let open: HashSet<TaskId> = plan.problems.iter().filter_map(|problem| problem.scope_of.clone()).collect();
    plan.problems.retain(|p| p.scope_of.as_ref().is_none_or(|id| !covered.contains_key(id)));
    for task in &mut plan.tasks {
        let Some(said) = covered.get(&task.id) else { continue };
        if let Some(own) = task.scope.as_ref().filter(|own| **own != said.scope) {
            let id = called(&task.id);
            match &task.overlaid_by {
                Some(other) => {
                    let message = format!("{other} and {file} declare different scopes for {id}");
                    plan.problems
                        .push(Problem::deny(task.line, message).help("take one of the two lines away"));
                }
                None if !open.contains(&task.id) => {
                    let (own, new) = (shown(own), shown(&said.scope));
                    let message = format!("{id}: {file} replaces the plan's own paths ({own}) by {new}");
                    let help = "take its line out of the overlay, or the paths out of the plan";
                    plan.problems.push(Problem::warn(task.line, message).help(help));
                }
                None => {}
            }
        }
        task.scope = Some(said.scope.clone());
        task.overlaid_by = Some(file.to_owned());
    }
}

fn shown(scope: &Patterns) -> String {
    const MOST: usize = 4;
    let mut names: Vec<&str> = scope.iter().take(MOST).map(Pattern::as_str).collect();
    if scope.iter().nth(MOST).is_some() {
        names.push("…");
    }
    if names.is_empty() { "no files".to_owned() } else { names.join(", ") }
}

/// Gives the tasks of `plan` the scopes in `document`, whose first line counts as the one behind `before`.
///
/// # Errors
/// The first thing in it that cannot be read: what it was to say about the others would be a guess.
pub(super) fn apply(plan: &mut Plan, document: &Document, before: usize) -> Result<()> {
    if document.text.trim_ascii().is_empty() {
        let error = Error::plan("this overlay is empty, or no file").at(Place::line(&document.path, 1));
        let header = format!("[overlay.{}]", toml_string(&plan.path));
        return Err(error.help(header).help("T001 = [\"src/lease.rs\"]"));
    }
    let text = text_of(&document.path, &document.text)?;
    let lines = Lines::of(text);
    let mut reader = Reader { plan: &plan.path, file: &document.path, before, lines, first: None };
    let scopes = reader.scopes(text);
    match reader.first {
        Some((_, error)) => Err(error),
        None => {
            give(plan, &document.path, &scopes);
            Ok(())
        }
    }
}

struct Reader<'d> {
    /// The path of the plan.
    plan: &'d str,
    /// The path of the overlay.
    file: &'d str,
    /// How many lines stand before its first.
    before: usize,
    lines: Lines,
    /// The first thing that cannot be read, and where it stands.
    first: Option<(usize, Error)>,
}

impl Reader<'_> {
    fn scopes(&mut self, text: &str) -> Vec<Said> {
        let root = match DeTable::parse(text) {
            Ok(root) => root,
            Err(why) => {
                let at = why.span().map_or(0, |span| span.start);
                self.deny(at, format!("not valid TOML: {}", why.message()), "mend the syntax at that place");
                return Vec::new();
            }
        };
        let mut scopes = Vec::new();
        for (key, value) in root.get_ref() {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("overlay", DeValue::Table(plans)) => {
                    for (plan, tasks) in plans {
                        let at = plan.span().start;
                        match tasks.get_ref() {
                            DeValue::Table(tasks) if *plan.get_ref() == self.plan => {
                                scopes.extend(tasks.iter().filter_map(|(id, paths)| {
                                    let scope = self.scope(id, paths)?;
                                    let line = self.before + self.lines.line(id.span().start);
                                    Some(Said { id: id.get_ref().to_string(), line, scope })
                                }));
                            }
                            // A plan of the same name, but for its ending, has this file beside it too.
                            DeValue::Table(_)
                                if overlay_path(plan.get_ref()).as_deref() == Some(self.file) => {}
                            _ => self.wrong_table(at),
                        }
                    }
                }
                _ => self.wrong_table(at),
            }
        }
        scopes
    }

    fn wrong_table(&mut self, at: usize) {
        let header = format!("[overlay.{}]", toml_string(self.plan));
        let message = format!("the overlay of {} holds nothing but {header}", self.plan);
        self.deny(at, message, &header);
    }

    /// The paths of one task. `None`: one of them cannot be read, and half a scope would look like a decision.
    fn scope(
        &mut self,
        id: &toml::Spanned<std::borrow::Cow<'_, str>>,
        paths: &toml::Spanned<DeValue<'_>>,
    ) -> Option<Patterns> {
        let example = format!("{} = [\"src/lease.rs\"]    (or [] for no files)", id.get_ref());
        let Some(list) = paths.get_ref().as_array() else {
            self.deny(id.span().start, format!("{} takes a list of paths", id.get_ref()), &example);
            return None;
        };
        let mut patterns = Vec::new();
        for path in list.iter() {
            let at = path.span().start;
            let read = match path.get_ref().as_str() {
                Some(text) if is_vague(text) => Err((
                    format!("\"{text}\" is too vague to check a commit against"),
                    "name paths, such as \"src/lease.rs\" or \"tests/**\"".to_owned(),
                )),
                Some(text) => Pattern::parse(text).map_err(|bad| (bad.message, bad.help)),
                None => Err(("a path is a string in quotes".to_owned(), example.clone())),
            };
            match read {
                Ok(pattern) => patterns.push(pattern.on_line(self.lines.line(at))),
                Err((message, help)) => {
                    self.deny(at, format!("{}: {message}", id.get_ref()), &help);
                    return None;
                }
            }
        }
        Some(Patterns::new(patterns))
    }

    fn deny(&mut self, at: usize, message: String, help: &str) {
        if self.first.as_ref().is_none_or(|(first, _)| at < *first) {
            let place = Place::line(self.file, self.lines.line(at).max(1));
            self.first = Some((at, Error::plan(message).at(place).help(help)));
        }
    }
}

#[cfg(test)]
mod tests;
