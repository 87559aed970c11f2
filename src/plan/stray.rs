//! Files that an author has listed where no format reads them: below another heading, in a table, in a living section. They
//! are in nobody's scope, and that is never passed over in silence. What some task has declared anyway is of no concern.

use std::collections::HashSet;

use crate::model::{Level, TaskId};
use crate::pattern::{Effort, Pattern, Patterns};

use super::columns::listing_files;
use super::fields::fields;
use super::grid::grids;
use super::labels::{Label, emphasised};
use super::markdown::{Block, CODE, END_CODE, Kind, View, plain};
use super::outline::Outline;
use super::sections::{parse_head, without_files};
use super::token::has_path;
use super::value::Value;
use super::{Index, Plan, Problem, Task, called, checklist, scope};

/// More of them would tell the author nothing new.
const MOST: usize = 20;
/// Of a text longer than this, in bytes, no parentheses are read.
const LONGEST: usize = 10_000;
/// What comparing the paths of one place with all scopes may cost.
const ENOUGH: usize = 20_000_000;

/// The paths that the tasks of a plan declare, and what may still be spent on comparing others with them.
pub(super) struct Covered<'p> {
    literal: HashSet<&'p str>,
    /// The last parts of these: whoever names a file twice may leave its folder out.
    names: HashSet<&'p str>,
    scopes: Vec<&'p Patterns>,
    effort: Effort,
}

impl<'p> Covered<'p> {
    fn of(plan: &'p Plan) -> Self {
        Self::by(plan.tasks.iter().filter_map(|task| task.scope.as_ref()))
    }

    pub(super) fn by(scopes: impl Iterator<Item = &'p Patterns>) -> Self {
        let scopes: Vec<&Patterns> = scopes.collect();
        let own = scopes.iter().flat_map(|scope| scope.iter()).filter(|pattern| !pattern.excludes());
        let literal: HashSet<&str> = own.map(Pattern::as_str).collect();
        let names = literal.iter().filter_map(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
        Self { names: names.collect(), literal, scopes, effort: Effort::steps(ENOUGH) }
    }

    /// The first pattern that no task declares.
    fn missing<'s>(&mut self, scope: &'s Patterns) -> Option<&'s Pattern> {
        let mut holds = |pattern: &Pattern| {
            pattern.excludes()
                || self.literal.contains(pattern.as_str())
                || self.names.contains(pattern.as_str())
                || self.scopes.iter().any(|scope| scope.holds(pattern, &mut self.effort) == Some(true))
        };
        scope.iter().find(|pattern| !holds(pattern))
    }

    /// Are all of these declared?
    pub(super) fn all(&mut self, scope: &Patterns) -> bool {
        self.missing(scope).is_none()
    }

    /// Does `text`, of the document's line `line`, name a path that no task declares?
    pub(super) fn lacks_some(&mut self, text: &str, line: usize) -> bool {
        let Some(id) = has_path(text).then(|| TaskId::new("T0")).flatten() else { return false };
        let (scope, _) = scope::read(&id, line, &[&Value::new(line, text, true)]);
        scope.is_none_or(|scope| !self.all(&scope))
    }
}

/// The first of `said` that is not in `scope`.
pub(super) fn first_missing(scope: &Patterns, said: &Patterns) -> Option<Pattern> {
    Covered::by(std::iter::once(scope)).missing(said).cloned()
}

/// A place that lists files.
struct Place {
    line: usize,
    /// The line of the heading above it, and what that names where it is one of a task.
    heading: usize,
    task: Option<TaskId>,
    /// In how many lists it lies.
    depth: usize,
    values: Vec<Value>,
}

/// Warns of each place in `text` that lists files which no task of the plan declares; refuses it where the place itself
/// looks like a task.
pub(super) fn report(text: &str, plan: &mut Plan) {
    if plan.tasks.is_empty() {
        return;
    }
    let outline = Outline::of(text);
    let view = View::of_lines(outline.lines(text, |_| true));
    let blocks = view.blocks();
    let mut places = listed(&blocks);
    places.extend(in_tables(&view));
    places.sort_by_key(|place| place.line);
    let is_living = |place: &Place| outline.living.iter().any(|section| section.body.contains(&place.line));
    let (living, locked): (Vec<Place>, Vec<Place>) = places.into_iter().partition(is_living);
    // What may change while the plan runs decides nothing: it is looked at last, and never refused.
    let mut found = found_in(&locked, plan);
    let said = found_in(&living, plan).into_iter().map(|problem| Problem { level: Level::Warn, ..problem });
    found.extend(said);
    plan.problems.append(&mut found);
    plan.problems.sort_by_key(|problem| problem.line);
}

fn found_in(places: &[Place], plan: &Plan) -> Vec<Problem> {
    let mut said: HashSet<usize> = plan.problems.iter().map(|problem| problem.line).collect();
    let mut found = Vec::new();
    let mut covered = Covered::of(plan);
    let index = Index::new(plan.tasks.iter().map(|task| &task.id));
    let mut starts: Vec<&Task> = plan.tasks.iter().collect();
    starts.sort_by_key(|task| task.line);
    for place in places {
        let last = place.values.last().map_or(place.line, |value| value.line);
        if (place.line..=last).chain([place.heading]).any(|line| said.contains(&line)) {
            continue;
        }
        if let Some(problem) = problem(place, plan, (&index, &starts), &mut covered) {
            said.insert(problem.line);
            found.push(problem);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

fn problem(
    place: &Place,
    plan: &Plan,
    (index, starts): (&Index, &[&Task]),
    covered: &mut Covered<'_>,
) -> Option<Problem> {
    // Below an item of a checklist nobody else's files are meant.
    let above = starts.partition_point(|task| task.line <= place.line);
    let owner = above.checked_sub(1).and_then(|at| starts.get(at).copied());
    let owner = owner.filter(|_| checklist::is_format(plan.format) && place.depth > 0);
    let reader = owner.map(|task| &task.id).or(place.task.as_ref()).or(plan.tasks.first().map(|t| &t.id))?;
    let values: Vec<&Value> = place.values.iter().collect();
    let (scope, problems) = scope::read(reader, place.line, &values);
    let strange = place.task.as_ref().filter(|id| index.find(id.as_str()).is_none());
    let missing = match (&scope, owner) {
        (Some(scope), Some(owner)) => Covered::by(owner.scope.iter()).missing(scope),
        (Some(scope), None) => covered.missing(scope),
        (None, _) => None,
    };
    if missing.is_none() && !(scope.is_none() && strange.is_some() && !problems.is_empty()) {
        return None;
    }
    let what = missing.map_or("files".to_owned(), |path| format!("`{path}`"));
    let line = missing.map_or(place.line, Pattern::line).max(1);
    let shown = missing.map_or("src/lease.rs".to_owned(), ToString::to_string);
    let problem = match (strange, owner) {
        (Some(id), _) => {
            let message = format!("{} lists {what} here, where no task is read", called(id));
            Problem::deny(line, message)
                .help("write it like the other tasks of this plan, or take the list away")
        }
        (None, Some(owner)) => {
            let message = format!("{what} is listed below {}, but is not in its scope", called(&owner.id));
            let problem = Problem::warn(line, message).about_scope_of(&owner.id);
            problem.help(format!("at the end of its item: (Files: `{shown}`)    with all its other files"))
        }
        (None, None) => {
            let message = format!("{what} is listed here, but no task declares it");
            Problem::warn(line, message).help("list it under the task that changes it, or take it away")
        }
    };
    Some(problem)
}

/// The fields called Files, and the `(Files: …)` of items.
fn listed(blocks: &[Block]) -> Vec<Place> {
    let mut places = Vec::new();
    for field in fields(blocks).into_iter().filter(|field| field.label == Label::Files) {
        places.push(Place { line: field.line, heading: 0, task: None, depth: 0, values: field.values });
    }
    for block in blocks.iter().filter(|block| block.kind != Kind::Break) {
        let Some(value) = Value::of_rows(&block.rows, true) else { continue };
        let mut rest = value.text.clone();
        let mut values = Vec::new();
        // An item of such a length is no sentence.
        while rest.len() <= LONGEST
            && values.len() < MOST
            && let (text, Some(files)) = without_files(&rest)
        {
            values.push(Value::new(value.line, files, true));
            rest = text;
        }
        if !values.is_empty() {
            let (line, depth) = (value.line, block.depth);
            places.push(Place { line, heading: 0, task: None, depth, values });
        }
    }
    places.sort_by_key(|place| place.line);
    let mut blocks = blocks.iter().filter(|block| block.kind != Kind::Break).peekable();
    let (mut heading, mut depth) = ((0, None), 0);
    for place in &mut places {
        while let Some(block) = blocks.next_if(|b| b.rows.first().is_some_and(|row| row.line <= place.line)) {
            depth = block.depth;
            if let Kind::Heading(_) = block.kind {
                heading = (block.rows.first().map_or(0, |row| row.line), named(block));
            }
        }
        place.depth = place.depth.max(depth);
        (place.heading, place.task) = heading.clone();
    }
    places
}

/// The task that a heading names.
fn named(block: &Block) -> Option<TaskId> {
    let row = block.rows.first()?;
    let text = match emphasised(&row.text) {
        Some((inner, after)) => format!("{inner}{after}"),
        None => row.text.clone(),
    };
    parse_head(&text.replace([CODE, END_CODE], "")).map(|head| head.id)
}

/// The rows of tables that name what is done and the files for it.
fn in_tables(view: &View) -> Vec<Place> {
    let mut places = Vec::new();
    for grid in grids(view) {
        let Some(columns) = listing_files(&grid.head) else { continue };
        for row in &grid.rows {
            let cells = columns.iter().map(|at| row.cell(*at)).filter(|cell| has_path(cell));
            let values: Vec<Value> = cells
                .flat_map(|cell| cell.split('\n'))
                .map(|entry| Value::new(row.line, entry, true))
                .collect();
            if !values.is_empty() {
                places.push(Place { line: row.line, heading: 0, task: None, depth: 0, values });
            }
        }
    }
    places
}

/// What of `blocks`, which stand where a list of paths is, no list takes up: paths in further items, paragraphs and lists.
pub(super) fn beside_list(blocks: &[&Block], task: &TaskId, scope: &Patterns) -> Option<Problem> {
    let mut covered = Covered::by(std::iter::once(scope));
    let block = blocks.iter().find(|block| {
        let value = Value::of_rows(&block.rows, true);
        value.is_some_and(|value| {
            let (said, _) = scope::read(task, value.line, &[&value]);
            said.is_some_and(|said| !covered.all(&said))
        })
    })?;
    let row = block.rows.first()?;
    let shown: String = plain(&row.text).chars().take(120).collect();
    let message = format!("{}: \"{shown}\" is not in the list of its paths, and not in scope", called(task));
    Some(
        Problem::warn(row.line, message)
            .help("make it an item of the first list, not of one inside of it")
            .about_scope_of(task),
    )
}

#[cfg(test)]
mod tests;
