//! What a repository has to offer for an argument: tasks, plans, gates, revisions. What cannot be found out is left out.

use std::fs;
use std::path::Path;

use crate::git::read::Reader;
use crate::judge::Judge;
use crate::lock::Lock;
use crate::platform;
use crate::rule::RULES;
use crate::view;

/// What may be typed, and what it is about.
pub(super) type Candidate = (String, String);

/// A search for plans looks at this many entries of folders: a person waits for it.
const MOST_ENTRIES: usize = 5000;

/// Asks the plan that is running.
fn running<T>(ask: impl FnOnce(&Lock) -> T) -> Option<T> {
    let reader = Reader::open().ok()?;
    let head = reader.head().ok()?.commit;
    let judge = Judge::of_drafts(&reader);
    let state = judge.lock_before(head, &judge.policy(head).ok()?).ok()?;
    view::running(&state).ok().map(ask)
}

/// The tasks of the running plan.
pub(super) fn tasks() -> Vec<Candidate> {
    let all = |lock: &Lock| {
        let tasks = lock.plan.tasks.iter();
        tasks.map(|task| (task.id.as_str().to_owned(), task.summary.clone())).collect()
    };
    running(all).unwrap_or_default()
}

/// Where `guard rollback` goes back to by itself.
pub(super) fn start() -> [Candidate; 1] {
    [("start".to_owned(), "The rollback commit".to_owned())]
}

/// The gates of the running plan's policy.
pub(super) fn gates() -> Vec<Candidate> {
    let all = |lock: &Lock| lock.policy.gates.iter().map(|g| (g.name.clone(), g.run.clone())).collect();
    running(all).unwrap_or_default()
}

/// Every rule.
pub(super) fn rules() -> Vec<Candidate> {
    RULES.iter().map(|rule| (rule.name.to_owned(), rule.summary().to_owned())).collect()
}

/// Documents of the work tree that lie where plans live, below the current folder.
pub(super) fn plans() -> Vec<Candidate> {
    let all = || {
        let reader = Reader::open().ok()?;
        let top = platform::canonicalize(reader.work_tree()?).ok()?;
        let here = platform::canonicalize(std::env::current_dir().ok()?).ok()?;
        let below = here.strip_prefix(&top).ok()?.to_str()?.replace('\\', "/");
        let prefix = if below.is_empty() { below } else { format!("{below}/") };
        Some(plans_below(&top, &prefix))
    };
    all().unwrap_or_default()
}

fn plans_below(top: &Path, prefix: &str) -> Vec<Candidate> {
    let Ok(policy) = view::policy_beside(Some(top)) else { return Vec::new() };
    let mut found = Vec::new();
    let mut todo = vec![prefix.to_owned()];
    let mut left = MOST_ENTRIES;
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(top.join(&folder)).into_iter().flatten().flatten() {
            left = left.saturating_sub(1);
            if left == 0 {
                break;
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{folder}{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name != ".git" => {
                    let below = format!("{path}/");
                    if policy.plan.paths.reaches(below.as_bytes()) {
                        todo.push(below);
                    }
                }
                Ok(kind) if kind.is_file() && policy.is_plan_path(path.as_bytes()) => {
                    found.extend(path.strip_prefix(prefix).map(|path| (path.to_owned(), String::new())));
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Branches and tags; behind `..` the other end of a range.
pub(super) fn revisions(last: &str) -> Vec<Candidate> {
    let start = last.rfind("..").map_or(0, |dots| dots + 2);
    let start = start + usize::from(last.get(start..).is_some_and(|rest| rest.starts_with('.')));
    let before = last.get(..start).unwrap_or_default();
    let Ok(reader) = Reader::open() else { return Vec::new() };
    let mut names = vec!["HEAD".to_owned()];
    for kind in ["refs/heads/", "refs/remotes/", "refs/tags/"] {
        let tips = reader.tips(kind).unwrap_or_default().into_iter();
        let names_of = tips.filter_map(|(name, _)| String::from_utf8(name).ok());
        names.extend(names_of.filter_map(|name| name.strip_prefix(kind).map(str::to_owned)));
    }
    names.into_iter().map(|name| (format!("{before}{name}"), String::new())).collect()
}
