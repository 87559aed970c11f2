//! Does the tree bear out what a plan takes for granted: that its scopes are there, or new?

use std::collections::{HashMap, HashSet};

use super::Tree;
use crate::error::Result;
use crate::model::RepoPath;
use crate::pattern::Pattern;
use crate::plan::{Claim, Plan, Problem, Task, called, is_usual_at_root};

/// How many pairs of pattern and file are compared before the rest is left alone.
const MOST_COMPARISONS: usize = 20_000_000;

/// Problems where the scopes of tasks that are not done do not go with the tree. Mostly no more than warnings: the plan may
/// be half executed, or its author has not yet committed what it is about. But a bare file name that is not at the root, and
/// is elsewhere, is an error, where the author could mark it as new.
///
/// # Errors
/// Trees that cannot be read.
pub fn doubtful(plan: &Plan, tree: &Tree<'_>) -> Result<Vec<Problem>> {
    let files = tree.files(&|_| true)?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let claims = || plan.tasks.iter().flat_map(|task| &task.claims);
    let mut there = There {
        new: claims().filter(|c| c.new).map(|c| c.path.as_str()).collect(),
        marked: claims().next().is_some(),
        may_mark: ["markdown-sections", "markdown-table", "execplan"].contains(&plan.format),
        names: HashMap::new(),
        left: MOST_COMPARISONS,
        files: &files,
    };
    for (at, path) in files.iter().enumerate() {
        there.names.entry(last(path)).or_default().push(at);
    }
    let tasks = plan.tasks.iter().filter(|task| !task.done);
    Ok(tasks.flat_map(|task| there.task(task)).collect())
}

/// What a tree holds, and what the plan calls new.
struct There<'t> {
    files: &'t [RepoPath],
    /// Positions of the files, by their last component.
    names: HashMap<&'t [u8], Vec<usize>>,
    new: HashSet<&'t str>,
    /// Does the author mark what is new and what is there?
    marked: bool,
    /// Could the author do so?
    may_mark: bool,
    left: usize,
}

impl There<'_> {
    fn task(&mut self, task: &Task) -> Vec<Problem> {
        let claims: HashMap<&str, &Claim> = task.claims.iter().map(|c| (c.path.as_str(), c)).collect();
        let patterns = task.scope.iter().flatten().filter(|pattern| !pattern.excludes());
        patterns.filter_map(|p| self.pattern(task, p, claims.get(p.as_str()).copied())).collect()
    }

    fn pattern(&mut self, task: &Task, pattern: &Pattern, claim: Option<&Claim>) -> Option<Problem> {
        let path = pattern.as_str();
        let line = if pattern.line() > 0 { pattern.line() } else { task.line };
        let id = called(&task.id);
        if self.holds(pattern)? {
            let is_file = claim.is_some_and(|claim| claim.new) && pattern.literal().is_some();
            let message = format!("{id} calls {path} new, but it is there already");
            return is_file.then(|| Problem::warn(line, message).help(format!("- Modify: `{path}`")));
        }
        if self.new.contains(path) {
            return None;
        }
        if self.is_folder(pattern) {
            let message = format!("{id}: `{path}` is a directory without a trailing `/`");
            return Some(
                Problem::deny(line, message).help(format!("write `{path}/`")).about_scope_of(&task.id),
            );
        }
        let elsewhere = self.elsewhere(pattern);
        let bare = pattern.is_literal() && !path.contains('/') && !is_usual_at_root(path);
        if bare
            && self.may_mark
            && claim.is_none_or(|claim| !claim.new)
            && self.names.contains_key(path.as_bytes())
        {
            let message = format!("{id}: `{path}` is not at the root of the repository, but elsewhere");
            let help = elsewhere
                .map_or_else(|| "write the whole path".to_owned(), |whole| format!("write `{whole}`"));
            let problem = Problem::deny(line, message).help(help).about_scope_of(&task.id);
            return Some(problem.help(format!("- Create: `{path}`    if the task makes it at the root")));
        }
        let message = match claim {
            Some(_) => format!("{id} changes {path}, which is not there, and which no task creates"),
            // Where nothing is marked a file that is not there may well be new.
            None if pattern.is_literal() && !self.marked && elsewhere.is_none() => {
                return None;
            }
            None => format!("{id}: {path} matches nothing, and is not marked as new"),
        };
        let problem = Problem::warn(line, message);
        let problem = match elsewhere {
            Some(whole) => problem.help(format!("{whole}    if you mean this one")),
            None => problem,
        };
        Some(problem.help(format!("- Create: `{path}`    if the task makes it")))
    }

    /// Is there a file in the pattern? `None`: that would take too long.
    fn holds(&mut self, pattern: &Pattern) -> Option<bool> {
        if let Some(literal) = pattern.literal() {
            let from = self.files.partition_point(|file| file.as_slice() < literal);
            return Some(self.files.get(from).is_some_and(|file| pattern.matches(file)));
        }
        self.left = self.left.checked_sub(self.files.len())?;
        Some(self.files.iter().any(|file| pattern.matches(file)))
    }

    /// Are there files below it, although it is not written like a directory?
    fn is_folder(&self, pattern: &Pattern) -> bool {
        let Some(literal) = pattern.literal().filter(|_| pattern.is_literal()) else { return false };
        let below = [literal, b"/"].concat();
        let from = self.files.partition_point(|file| file.as_slice() < below.as_slice());
        !literal.ends_with(b"/") && self.files.get(from).is_some_and(|file| file.starts_with(&below))
    }

    /// The only file whose path ends in this one.
    fn elsewhere(&self, pattern: &Pattern) -> Option<String> {
        let literal = pattern.literal()?;
        let end = [b"/", literal].concat();
        let alike = self.names.get(last(literal))?.iter().filter_map(|at| self.files.get(*at));
        // More candidates than these are no suggestion.
        let mut alike = alike.take(1000).filter(|file| file.ends_with(&end));
        let one = alike.next()?;
        alike.next().is_none().then(|| String::from_utf8_lossy(one).into_owned())
    }
}

fn last(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or(path)
}
