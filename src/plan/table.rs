//! Markdown plans whose tasks are the rows of tables: a column of IDs and a column of files.
//!
//! Every table of tasks with a Files column defines the tasks in its rows. One without defines them where it says what
//! they do, and bold lines or headings below it (`**T2 - x (Files: …)**`) say the files. Whatever names a task again is a
//! mention: it may add dependencies, which only forbid, and never files. Where a task's files stand twice they must agree.
//! Where task headings have Files blocks the document is one of sections, and all of its tables are mentions.
//!
//! Locked is everything but a cell that holds one of the known words for a state, in a column called "Status" or alike,
//! before as well as after: no reader of tasks ever sees such a cell.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::model::{Level, TaskId};
use crate::pattern::Patterns;

use super::columns::Columns;
use super::depends::{MOST_DEPENDENCIES, Resolver};
use super::entries::{Entry, Table};
use super::grid::{Grid, Row, grids};
use super::labels::Label;
use super::markdown::{self, View, plain};
use super::sections::{self, Section};
use super::stray::Covered;
use super::token::has_path;
use super::{Format, Index, Plan, Problem, Task, called, checklist, claims, lint, nearly, references};

pub(super) const FORMAT: Format = Format {
    name: "markdown-table",
    detect,
    certain: false,
    read,
    locked: markdown::locked,
    grows: false,
    marks_new: true,
};

/// So many IDs are named in one message.
const SHOWN: usize = 5;

fn detect(path: &str, text: &str) -> Option<&'static str> {
    if super::has_extension(path, &["toml", "json", "yaml", "yml"]) {
        return None;
    }
    let heads = text.lines().zip(text.lines().skip(1)).filter(|(_, below)| is_delimiter(below));
    let mut columns = heads.filter_map(|(head, _)| Columns::of(&cells_of(head)));
    columns.next().map(|_| "it has a table with a column of task IDs, and says their files")
}

/// `|---|:--:|`
fn is_delimiter(line: &str) -> bool {
    line.contains('|')
        && line.contains('-')
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t' | '\r'))
}

fn cells_of(head: &str) -> Vec<&str> {
    head.trim().trim_matches('|').split('|').collect()
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let view = View::of(text);
    let blocks = view.blocks();
    let mut plan = Plan::new(path, FORMAT.name);
    let named = references::named(&view, &blocks);
    let codes = checklist::codes(&blocks);
    let near = nearly::names(&blocks);
    let sections = sections::sections(blocks);
    if sections.iter().any(|s| s.by_heading && s.has_files()) {
        return Ok(plan);
    }
    let mut problems = Vec::new();
    let tables: Vec<Table> = grids(&view).iter().filter_map(|grid| Table::of(grid, &mut problems)).collect();
    let Some(mut merge) = Merge::of(&tables, &sections) else { return Ok(plan) };
    plan.problems = problems;
    merge.tasks(&mut plan);
    merge.dependencies(&mut plan);
    checklist::beside(&codes, &mut plan);
    nearly::report(near, &mut plan);
    plan.topic = sections::topic(&view);
    references::read(named, plan.tasks.first().map_or(usize::MAX, |task| task.line), &mut plan);
    plan.problems.sort_by_key(|p| p.line);
    Ok(plan)
}

/// All that a document says about its tasks, one after the other.
struct Merge<'d> {
    tables: &'d [Table],
    /// By task, in the order in which the tasks are defined.
    parts: Vec<Parts<'d>>,
}

/// Where a document speaks of one task.
#[derive(Default)]
struct Parts<'d> {
    /// The first that has files counts; another one with files must say the same.
    rows: Vec<&'d Entry>,
    section: Option<&'d Section>,
    /// A second definition, which is for the author to resolve.
    again: Vec<&'d Section>,
}

impl<'d> Merge<'d> {
    /// `None`: no table defines a task, or no task has files.
    fn of(tables: &'d [Table], sections: &'d [Section]) -> Option<Self> {
        let defining = || tables.iter().filter(|table| table.defines()).flat_map(|table| &table.rows);
        let mut seen = HashSet::new();
        let mut ids: Vec<&TaskId> = defining().map(|row| &row.id).filter(|id| seen.insert(*id)).collect();
        let index = Index::new(ids.iter().copied());
        let files = tables.iter().any(|table| table.has_files && !table.rows.is_empty());
        let detailed = |s: &Section| s.has_files() && index.find(s.head.id.as_str()).is_some();
        if ids.is_empty() || !(files || sections.iter().any(detailed)) {
            return None;
        }
        // A bold line without fields that no row names is prose.
        let own = sections.iter().filter(|s| s.by_heading || s.is_labelled()).map(|s| &s.head.id);
        let own: Vec<&TaskId> =
            own.filter(|id| index.find(id.as_str()).is_none() && seen.insert(*id)).collect();
        ids.extend(&own);
        let index = if own.is_empty() { index } else { Index::new(ids.iter().copied()) };
        let mut parts: Vec<Parts<'d>> = Vec::new();
        parts.resize_with(ids.len(), Parts::default);
        for row in defining() {
            if let Some(part) = index.find(row.id.as_str()).and_then(|at| parts.get_mut(at)) {
                part.rows.push(row);
            }
        }
        for section in sections {
            let Some(part) = index.find(section.head.id.as_str()).and_then(|at| parts.get_mut(at)) else {
                continue;
            };
            match part.section {
                None => part.section = Some(section),
                Some(first) if section.is_labelled() && !first.is_labelled() => part.section = Some(section),
                Some(_) if section.is_labelled() => part.again.push(section),
                Some(_) => {}
            }
        }
        Some(Self { tables, parts })
    }

    /// Makes the tasks, each at the line that defines it.
    fn tasks(&mut self, plan: &mut Plan) {
        self.parts.sort_by_key(Parts::line);
        for part in &self.parts {
            let (path, problems) = (&plan.path, &mut plan.problems);
            plan.tasks.extend(part.task(path, problems));
            // Two tasks with one ID: lint says where.
            plan.tasks.extend(part.again.iter().map(|section| section.task(problems)));
        }
    }

    /// Adds what rows and sections say about dependencies, mentions among them.
    fn dependencies(&self, plan: &mut Plan) {
        let resolver = Resolver::new(&plan.tasks);
        let mut left = MOST_DEPENDENCIES;
        for section in self.parts.iter().filter_map(|part| part.section) {
            let at = resolver.position(section.head.id.as_str());
            let Some(task) = at.and_then(|at| plan.tasks.get_mut(at)) else { continue };
            for value in section.values(Label::Dependencies) {
                resolver.resolve(value, task, &mut left, &mut plan.problems);
            }
        }
        let scopes = scopes(plan);
        let mut covered = Covered::by(scopes.iter());
        for table in self.tables {
            rows_after(table, &resolver, &mut left, &mut covered, plan);
        }
    }
}

/// Gives tasks the dependencies in a table; warns where it names what is no task.
fn rows_after(
    table: &Table,
    resolver: &Resolver,
    left: &mut usize,
    covered: &mut Covered<'_>,
    plan: &mut Plan,
) {
    let mut unknown: Vec<&Entry> = Vec::new();
    for row in &table.rows {
        match resolver.position(row.id.as_str()).and_then(|at| plan.tasks.get_mut(at)) {
            Some(task) => {
                if let Some(value) = &row.dependencies {
                    resolver.resolve(value, task, left, &mut plan.problems);
                }
            }
            None => unknown.push(row),
        }
    }
    let Some(first) = unknown.first() else { return };
    let mut names: Vec<String> = unknown.iter().take(SHOWN).map(|row| called(&row.id)).collect();
    if unknown.len() > SHOWN {
        names.push("…".to_owned());
    }
    let message = format!("this table names {}, which no task of this plan is", names.join(", "));
    let problem = Problem::warn(first.line, message);
    let problem = problem.help("give it a place of its own among the tasks, or leave it out here");
    let Some(declares) = unknown.iter().find(|row| !all_known(row, covered)) else {
        return plan.problems.push(problem);
    };
    // Its author has said which files such a task may change.
    let files: Vec<String> = declares.files.iter().map(|value| plain(&value.text)).collect();
    let problem = Problem { level: Level::Deny, ..problem };
    let problem = problem.help(format!("### {}: {}", called(&declares.id), declares.title));
    plan.problems.push(problem.help(format!("**Files:** {}", files.join(", "))));
}

/// Does the row name no path, or only paths that some task of the plan has declared? Then it numbers, or groups, what is
/// said elsewhere.
fn all_known(row: &Entry, covered: &mut Covered<'_>) -> bool {
    let mut named = row.files.iter().filter(|value| has_path(&value.text)).peekable();
    if named.peek().is_none() {
        return true;
    }
    let (Some(scope), _) = row.scope() else { return false };
    covered.all(&scope)
}

/// A copy of the scopes that the tasks have declared, which stays while the plan grows.
fn scopes(plan: &Plan) -> Vec<Patterns> {
    plan.tasks.iter().filter_map(|task| task.scope.clone()).collect()
}

impl Parts<'_> {
    fn line(&self) -> usize {
        let row = self.rows.first().map(|row| row.line);
        row.or(self.section.map(|section| section.line)).unwrap_or_default()
    }

    fn task(&self, path: &str, problems: &mut Vec<Problem>) -> Vec<Task> {
        let detail = self.section.map(|section| section.task(problems));
        let Some(row) = self.rows.first() else { return detail.into_iter().collect() };
        let mut task = Task::new(row.id.clone(), row.line);
        let with_files = self.rows.iter().find(|row| !row.files.is_empty());
        if let Some(row) = with_files {
            let (scope, found) = row.scope();
            task.scope = scope;
            task.claims = claims::of(row.files.iter());
            problems.extend(found);
        }
        let mut tasks = Vec::new();
        for other in self.rows.iter().filter(|row| !row.files.is_empty()).skip(1) {
            let (scope, _) = other.scope();
            if !same(task.scope.as_ref(), scope.as_ref()) {
                // Lint says that the ID is defined twice.
                tasks.push(Task { scope, ..Task::new(other.id.clone(), other.line) });
            }
        }
        let text = |of: fn(&Entry) -> Option<&String>| self.rows.iter().find_map(|row| of(row)).cloned();
        task.summary = text(|row| Some(&row.title).filter(|t| !t.is_empty())).unwrap_or_default();
        task.milestone = text(|row| row.milestone.as_ref());
        task.acceptance = text(|row| row.acceptance.as_ref());
        task.parallel_safe = self.rows.iter().any(|row| row.parallel_safe);
        task.done = row.done;
        if let (Some(detail), Some(section)) = (detail, self.section) {
            if section.has_files() {
                match with_files {
                    Some(row) if !same(task.scope.as_ref(), detail.scope.as_ref()) => {
                        problems.push(disagreement(
                            &task.id,
                            row,
                            section.line,
                            task.scope.as_ref(),
                            detail.scope.as_ref(),
                        ));
                        task.scope = None;
                    }
                    _ => task.scope = detail.scope,
                }
            }
            if task.summary.is_empty() {
                task.summary = detail.summary;
            }
            task.claims.extend(detail.claims);
            task.milestone = task.milestone.or(detail.milestone);
            task.acceptance = task.acceptance.or(detail.acceptance);
            task.parallel_safe |= detail.parallel_safe;
            task.done |= detail.done;
        }
        if with_files.is_none() && !self.section.is_some_and(Section::has_files) {
            problems.push(undeclared(&task, row.has_cell, path));
        }
        tasks.insert(0, task);
        tasks
    }
}

/// Do both name the same patterns, in any order?
fn same(one: Option<&Patterns>, other: Option<&Patterns>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let texts = |scope: &Patterns| scope.iter().map(|p| p.as_str().to_owned()).collect::<HashSet<_>>();
    one == other || texts(one) == texts(other)
}

/// `row` and what stands at `line` differ on the files of a task; `row` says `table`, the other says `section`.
fn disagreement(
    id: &TaskId,
    row: &Entry,
    line: usize,
    table: Option<&Patterns>,
    section: Option<&Patterns>,
) -> Problem {
    let message = format!("{}: the table and line {line} do not name the same files", called(id));
    let mut problem = Problem::deny(row.line, message).about_scope_of(id);
    if let Some(scope) = section {
        problem =
            problem.help(format!("where line {line} is right, write into its Files cell: {}", listed(scope)));
    }
    if let Some(scope) = table {
        problem = problem
            .help(format!("where the table is right, write below line {line}: **Files:** {}", listed(scope)));
    }
    problem
}

/// As a Files entry has it.
fn listed(scope: &Patterns) -> String {
    let paths: Vec<String> = scope.iter().map(|p| format!("`{p}`")).collect();
    if paths.is_empty() { "none".to_owned() } else { paths.join(", ") }
}

fn undeclared(task: &Task, has_cell: bool, path: &str) -> Problem {
    let id = called(&task.id);
    let problem =
        Problem::deny(task.line, format!("{id} does not declare its scope")).about_scope_of(&task.id);
    let problem = match has_cell {
        true => problem.help("into the Files cell of its row: `src/lease.rs`    (or none)"),
        false => problem
            .help(format!("below the table: **{id}: summary (Files: `src/lease.rs`)**    (or Files: none)")),
    };
    lint::or_overlay(problem, path, &task.id)
}

/// Measures the tables of a document by its sections, which are the tasks of `plan`.
pub(super) fn beside(view: &View, plan: &mut Plan) {
    if plan.tasks.is_empty() {
        return;
    }
    let grids = grids(view);
    let mut found = Vec::new();
    let tables = grids.iter().map(|grid| Grid { below: String::new(), ..grid.clone() });
    let tables: Vec<Table> = tables.filter_map(|grid| Table::of(&grid, &mut found)).collect();
    // What is wrong with a row that declares nothing is of no concern.
    let rows: HashMap<usize, &Row> =
        grids.iter().flat_map(|grid| &grid.rows).map(|row| (row.line, row)).collect();
    let scopes = scopes(plan);
    let mut covered = Covered::by(scopes.iter());
    found.retain_mut(|problem| {
        let Some(row) = rows.get(&problem.line) else { return false };
        // Which of its cells is which nobody knows, nor what is in those that are too many.
        if row.overfull {
            problem.level = Level::Warn;
            return row.cells.iter().any(|cell| has_path(cell));
        }
        row.cells.iter().any(|cell| covered.lacks_some(cell, row.line))
    });
    plan.problems.append(&mut found);
    let resolver = Resolver::new(&plan.tasks);
    let mut left = MOST_DEPENDENCIES;
    for table in &tables {
        rows_after(table, &resolver, &mut left, &mut covered, plan);
        for row in table.rows.iter().filter(|row| !row.files.is_empty()) {
            let at = resolver.position(row.id.as_str());
            let Some(task) = at.and_then(|at| plan.tasks.get(at)) else { continue };
            let (Some(scope), _) = row.scope() else { continue };
            if !same(task.scope.as_ref(), Some(&scope)) {
                plan.problems.push(disagreement(&task.id, row, task.line, Some(&scope), task.scope.as_ref()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
