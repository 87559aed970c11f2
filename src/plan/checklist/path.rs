//! Which paths the words of a checklist item declare.
//!
//! An item is a sentence, `Create the model in src/models/user.py following src/models/base.py`, and only one of these two
//! paths is what it changes. So a path counts where the sentence leaves no other reading: behind `in`, `to`, `into` or `at`,
//! or as the object of a verb that writes. Behind words that point elsewhere (`see`, `per`, `from`, …) it is passed over;
//! anywhere else it is a doubt, which the author is asked about. Nothing is added up or looked up: a file named in one place
//! and its folder in another are a question too.

mod sentence;
mod target;

use std::collections::HashSet;

use crate::model::{Level, TaskId};
use crate::pattern::{Pattern, Patterns};

use super::super::markdown::plain;
use super::super::scope::without_parentheses;
use super::super::value::Value;
use super::super::{Problem, called};
use sentence::{Clause, Place, clauses};
use target::Target;

/// More doubts about one task would tell its author nothing new.
const MOST_DOUBTS: usize = 8;

/// Reads the lines of one task: its item, and the items below it.
pub(in super::super) fn read(task: &TaskId, texts: &[Value]) -> (Option<Patterns>, Vec<Problem>) {
    let mut found = Found {
        task,
        patterns: Vec::new(),
        seen: HashSet::new(),
        names: HashSet::new(),
        doubts: Vec::new(),
        problems: Vec::new(),
    };
    texts.iter().for_each(|text| found.sentence(text));
    found.finish()
}

struct Found<'t> {
    task: &'t TaskId,
    patterns: Vec<Pattern>,
    seen: HashSet<String>,
    /// The last parts of the patterns.
    names: HashSet<String>,
    /// What may or may not have been meant as a path to change.
    doubts: Vec<Problem>,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn sentence(&mut self, value: &Value) {
        let (main, _) = without_parentheses(&value.text);
        let main = main.trim().strip_prefix("Sub-task:").unwrap_or(&main);
        let clauses = clauses(main);
        if clauses.first().is_some_and(Clause::only_looks) {
            return;
        }
        let count = clauses.iter().flat_map(Clause::targets).count();
        for (n, clause) in clauses.iter().enumerate() {
            let slot = count == 1 && n + 1 == clauses.len();
            self.clause(value, clause, n == 0, slot);
        }
    }

    /// Reads one clause; `slot`: the item's only path may stand at its very end, as in `… in src/x.py`.
    fn clause(&mut self, value: &Value, clause: &Clause<'_>, first: bool, slot: bool) {
        let line = value.line;
        let places = clause.places(first, slot);
        let whole = places.iter().all(|(target, _)| matches!(target, Target::Folder(_)));
        let narrow = whole && !clause.is_sweeping();
        let named = places.iter().any(|(target, _)| matches!(target, Target::Name(_)));
        for (target, place) in places {
            match (target, place) {
                (_, Place::Aside) => {}
                (Target::File(path), Place::Declared) => self.declare(value, &path),
                (Target::Folder(path), Place::Declared) if narrow => {
                    if !path.trim_end_matches('/').contains('/') {
                        let message = format!("{} may change everything below `{path}`", called(self.task));
                        let problem = Problem::warn(line, message).about_scope_of(self.task);
                        self.problems.push(problem.help("name the files, or the directories further in"));
                    }
                    self.declare(value, &path);
                }
                (Target::Name(name), Place::Declared) if target::is_at_root(&name) => {
                    self.declare(value, &name)
                }
                (Target::Name(name), Place::Declared | Place::Doubt) => self.name(line, clause, &name),
                // The question is where the file lies.
                (Target::Folder(_), _) if named => {}
                (Target::Folder(path), Place::Declared) => self.doubt(
                    line,
                    format!("does not say which files below `{path}` are changed"),
                    format!("write `{path}` with the names of the files"),
                ),
                (Target::File(path) | Target::Folder(path), _) => self.doubt(
                    line,
                    format!("does not say for certain that `{path}` is changed"),
                    format!("write `in {path}`, or `Create`, `Update` or `Delete` in front of it"),
                ),
                (Target::Odd(text), _) => self.doubt(
                    line,
                    format!("`{text}` is no path that can be checked"),
                    "write the path from the root of the repository".to_owned(),
                ),
            }
        }
    }

    /// A file without its folder.
    fn name(&mut self, line: usize, clause: &Clause<'_>, name: &str) {
        if self.names.contains(name) || self.doubts.len() >= MOST_DOUBTS {
            return;
        }
        let help = match clause.only_folder() {
            Some(folder) => format!("write `{folder}{name}` if that is where it lies"),
            None => format!("write its whole path, such as `src/{name}`"),
        };
        self.doubt(line, format!("names `{name}` without its folder"), help);
    }

    fn doubt(&mut self, line: usize, what: String, help: String) {
        if self.doubts.len() < MOST_DOUBTS {
            let message = format!("{}: {}", called(self.task), plain(&what));
            self.doubts.push(Problem::warn(line, message).help(help).about_scope_of(self.task));
        }
    }

    fn declare(&mut self, value: &Value, path: &str) {
        // A target has been parsed already.
        self.names.extend(path.rsplit_once('/').map(|(_, name)| name.to_owned()));
        let new = Pattern::parse(path).ok().filter(|p| self.seen.insert(p.as_str().to_owned()));
        self.patterns.extend(new.map(|p| p.on_line(value.line_of(path))));
    }

    fn finish(mut self) -> (Option<Patterns>, Vec<Problem>) {
        if self.patterns.is_empty() {
            self.problems.extend(self.doubts.into_iter().map(|p| Problem { level: Level::Deny, ..p }));
            return (None, self.problems);
        }
        self.problems.append(&mut self.doubts);
        (Some(Patterns::new(self.patterns)), self.problems)
    }
}
