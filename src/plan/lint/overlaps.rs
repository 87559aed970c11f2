//! Tasks that may run side by side, and the paths that two of them may both change.

use std::collections::HashSet;

use super::super::{Index, Plan, Problem, Task, called};
use crate::pattern::{Common, Effort, Patterns};

/// The steps that are spent on one plan before the rest is left alone, and said to be: some tenths of a second.
const MOST_STEPS: usize = 60_000_000;
/// The steps that one pair of tasks may take, so that no hard pair keeps the others from being looked at.
const MOST_STEPS_A_PAIR: usize = 10_000_000;
/// What looking at one pair costs, beyond comparing its patterns.
const PAIR: usize = 8;
/// More such pairs than a person would read.
const MANY: usize = 100;

/// A warning for each pair of parallel tasks with a common path, and for what could not be told.
pub(super) fn overlaps(plan: &Plan, problems: &mut Vec<Problem>) {
    let parallel: Vec<(&Task, &Patterns)> = plan
        .tasks
        .iter()
        .filter(|t| t.parallel_safe)
        .filter_map(|t| Some((t, t.scope.as_ref().filter(|s| !s.is_empty())?)))
        .collect();
    let order = Order::of(plan);
    let mut left = MOST_STEPS;
    let mut found = 0;
    for (n, (one, scope)) in parallel.iter().enumerate() {
        for (other, theirs) in parallel.iter().skip(n + 1) {
            let allowed = left.min(MOST_STEPS_A_PAIR);
            let mut effort = Effort::steps(allowed);
            let common = scope.common_path(theirs, &mut effort);
            left = left.saturating_sub(PAIR + allowed - effort.left());
            if left == 0 {
                return problems.push(given_up(one, other));
            }
            if common == Common::Nothing {
                continue;
            }
            // A plan is full of pairs without a common path: only where there is one it matters who comes first.
            if order.tells(one, other, &mut left) {
                continue;
            }
            problems.push(match &common {
                Common::Path(path) => shared(one, other, path),
                _ => unknown(one, other),
            });
            found += 1;
            if found == MANY {
                let message =
                    format!("{MANY} pairs of parallel tasks overlap: the others are not looked for");
                return problems
                    .push(Problem::warn(0, message).help("part the scopes of those that are named"));
            }
        }
    }
}

fn shared(one: &Task, other: &Task, path: &[u8]) -> Problem {
    let path = String::from_utf8_lossy(path);
    let message =
        format!("{} and {} may both change {path}, in parallel", called(&one.id), called(&other.id));
    Problem::warn(other.line, message).help("let one depend on the other, or part the scopes")
}

fn unknown(one: &Task, other: &Task) -> Problem {
    let (one, two) = (called(&one.id), called(&other.id));
    let message = format!("whether {one} and {two} may change the same path takes too long to tell");
    Problem::warn(other.line, message).help("let one depend on the other, or write shorter patterns")
}

fn given_up(one: &Task, other: &Task) -> Problem {
    let (one, two) = (called(&one.id), called(&other.id));
    let message = format!("there is too much to compare: from {one} and {two} on, no overlap is looked for");
    Problem::warn(0, message).help("write fewer or shorter patterns, or split the plan")
}

/// Which tasks wait for which.
struct Order<'p> {
    index: Index,
    tasks: &'p [Task],
}

impl<'p> Order<'p> {
    fn of(plan: &'p Plan) -> Self {
        Self { index: Index::new(plan.tasks.iter().map(|t| &t.id)), tasks: &plan.tasks }
    }

    /// Does one of them wait for the other, directly or not? Then they never run side by side.
    fn tells(&self, one: &Task, other: &Task, left: &mut usize) -> bool {
        self.waits(one, other, left) || self.waits(other, one, left)
    }

    fn waits(&self, task: &Task, target: &Task, left: &mut usize) -> bool {
        const STEP: usize = 16;
        let mut seen: HashSet<&str> = HashSet::new();
        let mut todo: Vec<&Task> = vec![task];
        while let Some(task) = todo.pop() {
            for id in &task.depends_on {
                if *id == target.id {
                    return true;
                }
                *left = left.saturating_sub(STEP);
                if *left > 0 && seen.insert(id.as_str()) {
                    todo.extend(self.index.exact.get(id.as_str()).and_then(|at| self.tasks.get(*at)));
                }
            }
        }
        false
    }
}
