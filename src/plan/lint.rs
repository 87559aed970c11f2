//! What the author of a plan should mend before it is executed.

mod overlaps;

use std::collections::{HashMap, HashSet};

use crate::model::{Level, TaskId, is_hidden};
use crate::pattern::{Pattern, Patterns};

use super::write::{toml_key, toml_string};
use super::{
    Index, Phase, Plan, Problem, Task, bare_card, called, card, checklist, distance, execplan, gsd,
    is_overlay, native, taskmaster,
};

/// For so many IDs that no task has the nearest one is looked for, which is slow; after them the author has the idea.
pub(super) const MOST_SUGGESTED: usize = 10;
/// More tasks than a person can oversee.
const MANY_TASKS: usize = 200;

/// Everything to mend in the plan, by line: what reading it found, and what shows only in the whole.
pub fn lint(plan: &Plan) -> Vec<Problem> {
    let mut problems = as_a_whole(plan);
    overlaps::overlaps(plan, &mut problems);
    in_order(plan, &mut problems);
    problems
}

/// The problems with which a plan cannot be executed, by line; empty: it can be started. Every hook asks this of the
/// locked plan, so what can only warn is not looked for.
pub fn blocking(plan: &Plan) -> Vec<Problem> {
    let mut problems = as_a_whole(plan);
    problems.retain(|p| p.level == Level::Deny);
    in_order(plan, &mut problems);
    problems
}

/// What is wrong with the overlay comes first: it may be why a task has no scope.
fn in_order(plan: &Plan, problems: &mut [Problem]) {
    let overlay =
        plan.tickets.iter().find(|(_, path)| is_overlay(path)).map_or(usize::MAX, |(before, _)| *before);
    problems.sort_by_key(|p| (p.line <= overlay, p.line));
}

fn as_a_whole(plan: &Plan) -> Vec<Problem> {
    let mut problems = plan.problems.clone();
    let index = Index::new(plan.tasks.iter().map(|t| &t.id));
    // Exact only: in the locked plan an ID is spelled one way.
    let positions: Vec<Vec<usize>> = plan
        .tasks
        .iter()
        .map(|t| t.depends_on.iter().filter_map(|d| index.exact.get(d.as_str()).copied()).collect())
        .collect();
    size(plan, &mut problems);
    duplicates(plan, &mut problems);
    unknown_dependencies(plan, &index, &mut problems);
    cycles(plan, &positions, &mut problems);
    scopes(plan, &mut problems);
    phases(plan, &positions, &mut problems);
    problems
}

/// The ID of the plan that looks most like `spelled`.
pub(super) fn nearest_help(plan: &Plan, spelled: &str) -> String {
    let tasks = plan.tasks.iter().take(MANY_TASKS).map(|task| &task.id);
    let near = tasks.filter_map(|id| Some((distance(spelled, id.as_str())?, id)));
    match near.min_by_key(|(distance, _)| *distance) {
        Some((_, id)) => format!("the nearest task is {id}"),
        None if plan.tasks.is_empty() => "the plan has no tasks".to_owned(),
        None => "no task has a name like that".to_owned(),
    }
}

fn size(plan: &Plan, problems: &mut Vec<Problem>) {
    let count = plan.tasks.len();
    if count == 0 && problems.iter().all(|p| p.level != Level::Deny || plan.format != checklist::FORMAT.name)
    {
        let problem = Problem::deny(0, "the plan has no tasks");
        problems.push(match plan.format == native::FORMAT.name {
            true => problem.help("[[task]]").help("id = \"T001\"").help("scope = [\"src/lease.rs\"]"),
            false if plan.format == gsd::FORMAT.name => problem
                .help("<task type=\"auto\">    at the start of a line")
                .help("  <name>Task 1: summary</name>")
                .help("  <files>src/lease.rs</files>")
                .help("</task>"),
            false if plan.format == taskmaster::FORMAT.name => {
                problem.help("{\"tasks\": [{\"id\": 1, \"title\": \"summary\", \"status\": \"pending\"}]}")
            }
            false => problem.help("### T001: summary").help("**Files:**").help("- Modify: `src/lease.rs`"),
        });
    }
    if count > MANY_TASKS {
        let message = format!("{count} tasks are more than anyone can oversee");
        problems.push(Problem::warn(0, message).help("split the plan"));
    }
}

fn duplicates(plan: &Plan, problems: &mut Vec<Problem>) {
    let mut first: HashMap<&TaskId, usize> = HashMap::new();
    for task in &plan.tasks {
        if let Some(line) = first.get(&task.id) {
            let message = format!("{} is defined twice: line {line} has it already", called(&task.id));
            problems.push(Problem::deny(task.line, message).help("give each task an ID of its own"));
        } else {
            first.insert(&task.id, task.line);
        }
    }
}

fn unknown_dependencies(plan: &Plan, index: &Index, problems: &mut Vec<Problem>) {
    let mut room = MOST_SUGGESTED;
    for task in &plan.tasks {
        for id in task.depends_on.iter().filter(|id| !index.exact.contains_key(id.as_str())) {
            let message = format!("{} depends on {id}, which is no task of this plan", called(&task.id));
            let problem = Problem::deny(task.line, message);
            problems.push(if room > 0 { problem.help(nearest_help(plan, id.as_str())) } else { problem });
            room = room.saturating_sub(1);
        }
    }
}

/// Walks the dependencies depth first, without recursion, and names each cycle that it meets.
fn cycles(plan: &Plan, positions: &[Vec<usize>], problems: &mut Vec<Problem>) {
    let mut state = vec![State::New; positions.len()];
    for start in 0..positions.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        enter(start, &mut state, &mut path);
        while let Some((task, next)) = path.last_mut() {
            let task = *task;
            let Some(&dependency) = positions.get(task).and_then(|d| d.get(*next)) else {
                if let Some(s) = state.get_mut(task) {
                    *s = State::Done;
                }
                path.pop();
                continue;
            };
            *next += 1;
            match state.get(dependency) {
                Some(State::New) => enter(dependency, &mut state, &mut path),
                Some(State::Open) => problems.extend(cycle(plan, &path, dependency)),
                _ => {}
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the path that is being walked.
    Open,
    Done,
}

fn enter(task: usize, state: &mut [State], path: &mut Vec<(usize, usize)>) {
    if let Some(s) = state.get_mut(task)
        && *s == State::New
    {
        *s = State::Open;
        path.push((task, 0));
    }
}

fn cycle(plan: &Plan, path: &[(usize, usize)], back_to: usize) -> Option<Problem> {
    const SHOWN: usize = 8;
    let from = path.iter().position(|(task, _)| *task == back_to)?;
    let ring: Vec<usize> = path.get(from..)?.iter().map(|(task, _)| *task).collect();
    let mut names: Vec<&str> =
        ring.iter().take(SHOWN).filter_map(|t| Some(plan.tasks.get(*t)?.id.as_str())).collect();
    if ring.len() > SHOWN {
        names.push("…");
    }
    let first = plan.tasks.get(back_to)?;
    names.push(first.id.as_str());
    let message = format!("tasks wait for each other: {}", names.join(" → "));
    Some(Problem::deny(first.line, message).help("remove one of these dependencies"))
}

fn scopes(plan: &Plan, problems: &mut Vec<Problem>) {
    let said: HashSet<TaskId> =
        problems.iter().filter(|p| p.level == Level::Deny).filter_map(|p| p.scope_of.clone()).collect();
    for task in &plan.tasks {
        match &task.scope {
            None if said.contains(&task.id) || checklist::is_mark(&task.id) => {}
            None => problems.push(undeclared(plan, task)),
            Some(scope) => problems.extend(unbounded(task, scope).into_iter().chain(hidden(task, scope))),
        }
    }
}

/// `task` does not say what it may change: what to write, in the plan itself or beside it.
fn undeclared(plan: &Plan, task: &Task) -> Problem {
    let problem = Problem::deny(task.line, format!("{} does not declare its scope", called(&task.id)))
        .about_scope_of(&task.id);
    let numbered = task.id.as_str().starts_with(|c: char| c.is_ascii_digit());
    let problem = match plan.format {
        format if format == native::FORMAT.name => {
            problem.help("scope = [\"src/lease.rs\"]    (or [] for no files)")
        }
        format if format == gsd::FORMAT.name => {
            problem.help("<files>src/lease.rs</files>    (or <files>none</files>)")
        }
        format if [card::FORMAT.name, bare_card::FORMAT.name].contains(&format) => problem
            .help("allowed_paths:    in the front matter")
            .help("  - src/lease.rs")
            .help("(or allowed_paths: [] for no files)"),
        format if format == taskmaster::FORMAT.name => return elsewhere(plan, task, problem),
        format if checklist::is_format(format) => problem.help(checklist::AT_THE_END),
        // A number comes from a heading, which is there already.
        format if format == execplan::FORMAT.name && !numbered => problem
            .help(format!(
                "### {}: summary    (outside of Progress; a checklist item cannot say it)",
                called(&task.id)
            ))
            .help("**Files:**")
            .help("- Modify: `src/lease.rs`    (or **Files:** none)"),
        _ => problem.help("**Files:**").help("- Modify: `src/lease.rs`    (or **Files:** none)"),
    };
    or_overlay(problem, &plan.path, &task.id)
}

/// Adds what to write where the plan at `path` cannot be changed.
pub(super) fn or_overlay(problem: Problem, path: &str, id: &TaskId) -> Problem {
    problem
        .help("or, where the plan cannot be changed, in guard.toml:")
        .help(format!("[overlay.{}]", toml_string(path)))
        .help(format!("{} = [\"src/lease.rs\"]", toml_key(id.as_str())))
}

/// The format has no place for files: the first task brings the whole overlay, the others refer to it.
fn elsewhere(plan: &Plan, task: &Task, problem: Problem) -> Problem {
    let mut open = plan.tasks.iter().filter(|task| task.scope.is_none());
    let first = open.next().unwrap_or(task);
    if first.id != task.id || first.line != task.line {
        return problem.help(format!("its scope comes from guard.toml; {} shows how", called(&first.id)));
    }
    let line = |task: &Task| format!("{} = [\"src/lease.rs\"]", toml_key(task.id.as_str()));
    let problem = problem.help(format!("{} has no field for files; in guard.toml:", plan.format));
    let problem = problem.help(format!("[overlay.{}]", toml_string(&plan.path))).help(line(first));
    open.take(MANY_TASKS).fold(problem, |problem, task| problem.help(line(task)))
}

/// A path in which something stands that nobody sees, so that it is another one than it looks.
fn hidden(task: &Task, scope: &Patterns) -> Option<Problem> {
    let found = |p: &Pattern| p.as_str().chars().find(|c| is_hidden(*c)).map(|c| (p.to_string(), c));
    let (path, c) = scope.iter().find_map(found)?;
    let code = format!("U+{:04X}", u32::from(c));
    let message = format!("{}: `{path}` holds the invisible character {code}", called(&task.id));
    // These two are part of words in some scripts.
    let level = if matches!(c, '\u{200c}' | '\u{200d}') { Level::Warn } else { Level::Deny };
    let problem = Problem { level, ..Problem::deny(task.line, message) };
    Some(problem.help("write the path anew, by hand").about_scope_of(&task.id))
}

/// A scope that holds every file there is.
fn unbounded(task: &Task, scope: &Patterns) -> Option<Problem> {
    let every = scope.iter().find(|p| ["**", "**/*", "**/**"].contains(&p.as_str()))?;
    let message = format!("{} may change every file: `{every}`", called(&task.id));
    Some(Problem::warn(task.line, message).help("name the directories it works in").about_scope_of(&task.id))
}

fn phases(plan: &Plan, positions: &[Vec<usize>], problems: &mut Vec<Problem>) {
    let tested = after_a_test(plan, positions);
    for (task, tested) in plan.tasks.iter().zip(tested) {
        let exempt = task.phase != Some(Phase::Implementation) || task.test_not_applicable.is_some();
        if !exempt && !tested {
            let message = format!("{} implements, but depends on no task of phase `test`", called(&task.id));
            let problem =
                Problem::deny(task.line, message).help("depends_on = [\"<the task that writes its tests>\"]");
            problems.push(problem.help("or: test_not_applicable = \"<the reason>\""));
        }
    }
}

/// Which tasks have a test task among those that they depend on, directly or not.
fn after_a_test(plan: &Plan, positions: &[Vec<usize>]) -> Vec<bool> {
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); positions.len()];
    for (task, dependencies) in positions.iter().enumerate() {
        for dependency in dependencies {
            if let Some(list) = followers.get_mut(*dependency) {
                list.push(task);
            }
        }
    }
    let mut reached = vec![false; positions.len()];
    let tests = plan.tasks.iter().enumerate().filter(|(_, t)| t.phase == Some(Phase::Test));
    let mut waiting: Vec<usize> = tests.map(|(at, _)| at).collect();
    while let Some(task) = waiting.pop() {
        for follower in followers.get_mut(task).map(std::mem::take).unwrap_or_default() {
            if let Some(seen) = reached.get_mut(follower)
                && !std::mem::replace(seen, true)
            {
                waiting.push(follower);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests;
