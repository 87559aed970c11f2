//! Are the documents that a plan refers to in the tree that locks it?

use sha2::{Digest, Sha256};

use super::Tree;
use crate::error::Result;
use crate::model::{Entry, Mode, ObjectId};
use crate::plan::{Pin, Plan, Problem, Reference};

/// What the author should mend: references to what is no file there, or not the one that is pinned.
///
/// # Errors
/// Objects that cannot be read; a commit that a reference names and that is not here.
pub fn unresolved(plan: &Plan, tree: &Tree<'_>) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for reference in &plan.references {
        problems.extend(trouble(reference, tree)?);
    }
    Ok(problems)
}

fn trouble(reference: &Reference, tree: &Tree<'_>) -> Result<Option<Problem>> {
    let Reference { line, label, path, pin } = reference;
    let entry = match tree.entry(path.as_bytes())? {
        Some(entry) if matches!(entry.mode, Mode::Regular | Mode::Executable) => entry,
        Some(_) => {
            let message =
                format!("{label}: {path} is a link or a submodule, and what it leads to can change");
            return Ok(Some(Problem::deny(*line, message).help("name the file itself")));
        }
        None => {
            let message = format!("{label}: there is no file {path} in the tree that the plan is locked in");
            let problem = Problem::deny(*line, message);
            let problem = problem.help(format!("git add {path}    and commit it before the plan starts"));
            return Ok(Some(problem.help("or name another path, from the root of the repository")));
        }
    };
    let Some(pin) = pin else { return Ok(None) };
    let (same, wanted) = match pin {
        Pin::Commit(commit) => {
            (is_in(tree, *commit, path, entry)?, format!("as it is in commit {}", commit.short()))
        }
        Pin::Content { hex, or_commit } => {
            let content = digest(&tree.history.blob(entry.id)?) == *hex;
            let commit = ObjectId::from_hex(hex.as_bytes())
                .filter(|id| *or_commit && id.as_bytes().len() == entry.id.as_bytes().len());
            let same = match commit {
                Some(commit) if !content => is_in(tree, commit, path, entry)?,
                _ => content,
            };
            (same, format!("the one with SHA-256 {}…", hex.get(..12).unwrap_or(hex)))
        }
    };
    let message = format!("{label}: {path} is not {wanted}");
    Ok((!same).then(|| {
        Problem::deny(*line, message)
            .help(format!("sha256sum {path}       read it again, then write what it is now behind the @"))
    }))
}

fn is_in(tree: &Tree<'_>, commit: ObjectId, path: &str, entry: Entry) -> Result<bool> {
    Ok(tree.history.entry(commit, path.as_bytes())?.is_some_and(|there| there.id == entry.id))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
