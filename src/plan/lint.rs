//! What the author of a plan should mend before it is executed.

use std::collections::{HashMap, HashSet};

use crate::model::{Level, TaskId};
use crate::pattern::{Pattern, Patterns};

use super::{Index, Phase, Plan, Problem, Task, called, checklist, distance, execplan, native};

/// More tasks than a person can oversee.
const MANY_TASKS: usize = 200;
/// How many byte comparisons, in the worst case, are spent on overlaps before the rest is left alone.
const MOST_COMPARISONS: usize = 500_000_000;

/// Everything to mend in the plan, by line: what reading it found, and what shows only in the whole.
pub fn lint(plan: &Plan) -> Vec<Problem> {
    let mut problems = as_a_whole(plan);
    overlaps(plan, &mut problems);
    problems.sort_by_key(|p| p.line);
    problems
}

/// The problems with which a plan cannot be executed, by line; empty: it can be started. Every hook asks this of the
/// locked plan, so what can only warn is not looked for.
pub fn blocking(plan: &Plan) -> Vec<Problem> {
    let mut problems = as_a_whole(plan);
    problems.retain(|p| p.level == Level::Deny);
    problems.sort_by_key(|p| p.line);
    problems
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

/// Gives tasks the scopes that an overlay declares for them. That settles all problems with their own scopes;
/// a task that the plan does not have is a new problem.
pub fn apply_overlay(plan: &mut Plan, scopes: &[(String, Patterns)]) {
    let index = Index::new(plan.tasks.iter().map(|t| &t.id));
    let mut covered: HashMap<TaskId, &Patterns> = HashMap::new();
    for (spelled, scope) in scopes {
        match index.find(spelled).and_then(|at| plan.tasks.get(at)) {
            Some(task) => {
                covered.insert(task.id.clone(), scope);
            }
            None => {
                let message = format!("the overlay names {spelled}, which is no task of {}", plan.path);
                plan.problems.push(Problem::deny(0, message).help(nearest_help(plan, spelled)));
            }
        }
    }
    for task in &mut plan.tasks {
        if let Some(scope) = covered.get(&task.id) {
            task.scope = Some((*scope).clone());
        }
    }
    plan.problems.retain(|p| p.scope_of.as_ref().is_none_or(|id| !covered.contains_key(id)));
}

/// The ID of the plan that looks most like `spelled`.
fn nearest_help(plan: &Plan, spelled: &str) -> String {
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
    let mut room = MANY_TASKS;
    for task in &plan.tasks {
        for id in task.depends_on.iter().filter(|id| !index.exact.contains_key(id.as_str())) {
            let message = format!("{} depends on {id}, which is no task of this plan", called(&task.id));
            let problem = Problem::deny(task.line, message);
            // Looking for the nearest name is slow; after so many the author has the idea.
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
            Some(scope) => problems.extend(unbounded(task, scope)),
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
    beside(problem, &plan.path, &task.id)
}

/// Adds how to give the task a scope without touching the plan.
pub(super) fn beside(problem: Problem, plan: &str, task: &TaskId) -> Problem {
    problem
        .help("or, where the plan cannot be changed, in guard.toml:")
        .help(format!("[overlay.{}]", toml_string(plan)))
        .help(format!("{} = [\"src/lease.rs\"]", toml_key(task.as_str())))
}

fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_owned() } else { toml_string(key) }
}

fn toml_string(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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

fn overlaps(plan: &Plan, problems: &mut Vec<Problem>) {
    let tasks: Vec<(&Task, &Patterns, Weight)> = plan
        .tasks
        .iter()
        .filter(|t| t.parallel_safe)
        .filter_map(|t| Some((t, t.scope.as_ref()?, Weight::of(t.scope.as_ref()?))))
        .collect();
    let mut left = MOST_COMPARISONS;
    for (n, (one, scope, weight)) in tasks.iter().enumerate() {
        for (other, theirs, their_weight) in tasks.iter().skip(n + 1) {
            let Some(rest) = left.checked_sub(weight.against(their_weight)) else { return };
            left = rest;
            let ordered = one.depends_on.contains(&other.id) || other.depends_on.contains(&one.id);
            if let Some(shared) = shared(scope, theirs).filter(|_| !ordered) {
                let message = format!(
                    "{} and {} may both change {shared}, in parallel",
                    called(&one.id),
                    called(&other.id)
                );
                problems.push(
                    Problem::warn(other.line, message)
                        .help("let one depend on the other, or part the scopes"),
                );
            }
        }
    }
}

/// What comparing a scope can cost.
struct Weight {
    /// Bytes of its literal paths.
    paths: usize,
    /// Bytes of its other patterns; a literal is compared in one step.
    patterns: usize,
}

impl Weight {
    fn of(scope: &Patterns) -> Self {
        let size = |literal: bool| {
            let some = scope.iter().filter(|p| p.is_literal() == literal);
            some.map(|p| p.as_str().len()).sum::<usize>()
        };
        Self { paths: size(true), patterns: size(false) + scope.len() }
    }

    fn against(&self, other: &Self) -> usize {
        1 + (self.paths + other.paths).saturating_mul(self.patterns + other.patterns)
    }
}

/// A path, or a pattern, that both scopes plainly hold.
fn shared<'p>(one: &'p Patterns, other: &'p Patterns) -> Option<&'p str> {
    let named = |scope: &'p Patterns, others: &Patterns| {
        scope.iter().find(|p| p.literal().is_some_and(|path| scope.matches(path) && others.matches(path)))
    };
    let same = || one.iter().find(|p| !p.excludes() && other.iter().any(|o| o.as_str() == p.as_str()));
    named(one, other).or_else(|| named(other, one)).or_else(same).map(Pattern::as_str)
}

#[cfg(test)]
mod tests;
