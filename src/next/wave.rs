//! What may be done at the same time: waves of tasks, and which of them may run side by side.

use std::collections::HashMap;

use crate::execution::Standing;
use crate::lock::Lock;
use crate::model::TaskId;
use crate::plan::Task;
use crate::policy::Policy;

/// Tasks that may run at the same time, and why they do not join the group before theirs.
pub(super) struct Group<'a> {
    pub(super) tasks: Vec<&'a Task>,
    pub(super) why: Option<String>,
}

impl<'a> Group<'a> {
    pub(super) fn ids(&self) -> Vec<&'a str> {
        self.tasks.iter().map(|task| task.id.as_str()).collect()
    }
}

/// The tasks that are not done, by wave: what a wave depends on is done or in earlier waves. Its groups come one after
/// another.
pub(super) fn waves<'a>(lock: &Lock, standings: &[Standing<'a>]) -> Vec<Vec<Group<'a>>> {
    let open: Vec<&'a Task> = standings.iter().filter(|s| !s.state.is_done()).map(|s| s.task).collect();
    let mut wave_of: HashMap<&TaskId, usize> = HashMap::new();
    let mut waves: Vec<Vec<Group<'a>>> = Vec::new();
    let mut left = open.clone();
    // A locked plan has no cycles; if it had, the rest would be left out.
    while !left.is_empty() {
        let waits = |task: &&&Task| {
            task.depends_on.iter().any(|id| open.iter().any(|t| t.id == *id) && !wave_of.contains_key(id))
        };
        let (later, now): (Vec<&Task>, Vec<&Task>) = left.iter().partition(waits);
        if now.is_empty() {
            break;
        }
        for task in &now {
            wave_of.insert(&task.id, waves.len());
        }
        waves.push(groups(lock, &now));
        left = later;
    }
    waves
}

/// Each task joins the first group all of whose tasks it may run beside.
fn groups<'a>(lock: &Lock, tasks: &[&'a Task]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for task in tasks {
        let mut why = None;
        let obstacle =
            |group: &Group<'a>| group.tasks.iter().find_map(|other| not_beside(task, other, &lock.policy));
        let mut fitting = None;
        for (at, group) in groups.iter().enumerate() {
            match obstacle(group) {
                Some(reason) => why = why.or(Some(reason)),
                None => {
                    fitting = Some(at);
                    break;
                }
            }
        }
        match fitting.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.tasks.push(task),
            None => groups.push(Group { tasks: vec![task], why }),
        }
    }
    groups
}

/// Why the two may not run at the same time; `None`: they may. Certain to say so wherever they may touch one path.
pub(super) fn not_beside(one: &Task, other: &Task, policy: &Policy) -> Option<String> {
    for task in [one, other] {
        if !task.parallel_safe {
            return Some(format!("{} is not declared parallel-safe", task.id));
        }
    }
    let (Some(mine), Some(theirs)) = (&one.scope, &other.scope) else {
        return Some("a scope is not declared".to_owned());
    };
    if mine.may_overlap(theirs) {
        return Some(format!("the scopes of {} and {} may share a path", one.id, other.id));
    }
    let names = |task: &Task, manifest: &str| {
        let named = |pattern: &crate::pattern::Pattern| {
            !pattern.excludes()
                && pattern.as_str().rsplit('/').next().is_some_and(|last| last.contains(manifest))
        };
        task.scope.as_ref().is_some_and(|scope| scope.iter().any(named))
    };
    // A manifest brings its lock file into scope, and workspaces keep one lock file for many manifests.
    let lock_file = policy.scope.companions.iter().find_map(|(manifest, locks)| {
        let meets = |(other_manifest, other_locks): &&(String, Vec<String>)| {
            names(other, other_manifest) && locks.iter().any(|lock| other_locks.contains(lock))
        };
        let first = locks.first().filter(|_| names(one, manifest))?;
        policy.scope.companions.iter().find(meets).map(|_| first)
    })?;
    Some(format!("{} and {} may both change {lock_file}", one.id, other.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Patterns;

    fn task(id: &str, scope: &[&str]) -> Task {
        let scope = Some(Patterns::parse_all(scope).unwrap());
        Task { scope, parallel_safe: true, ..Task::new(TaskId::new(id).unwrap(), 1) }
    }

    #[test]
    fn only_what_is_declared_safe_and_shares_no_path_runs_beside() {
        let policy = Policy::default();
        let why = |one: &Task, two: &Task| {
            let both = [not_beside(one, two, &policy), not_beside(two, one, &policy)];
            assert_eq!(both[0].is_some(), both[1].is_some(), "{both:?}");
            both[0].clone().unwrap_or_default()
        };
        let one = task("A", &["src/"]);
        assert_eq!(why(&one, &task("B", &["docs/"])), "");
        assert!(why(&one, &task("B", &["src/a.rs"])).contains("may share a path"));
        let unsafe_one = Task { parallel_safe: false, ..task("B", &["docs/"]) };
        assert_eq!(why(&one, &unsafe_one), "B is not declared parallel-safe");
        assert!(why(&task("A", &["a/Cargo.toml"]), &task("B", &["b/Cargo.toml"])).contains("Cargo.lock"));
        assert_eq!(why(&task("A", &["a/Cargo.toml"]), &task("B", &["b/package.json"])), "");
        assert!(why(&Task { scope: None, ..one.clone() }, &one).contains("not declared"));
    }
}
