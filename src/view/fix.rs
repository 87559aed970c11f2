//! What guard can do for the author of a plan: lines to fill in, and where a name may be meant. It never decides a scope.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::Document;
use crate::error::{Error, Result};
use crate::init::write_atomically;
use crate::lock::Tree;
use crate::model::Place;
use crate::plan::{Problem, READ_AT_ROOT, toml_key, toml_string};
use crate::policy::{self, POLICY_FILES, Policy, Skeleton, skeleton};
use crate::report::escape;
use crate::rule::{names, shell_quote, show};

/// Writes lines to fill in for every task without a scope into the policy file; says what and where.
pub(super) fn write(document: &Document, file: &str) -> Result<String> {
    let plan = &document.plan;
    let Some(top) = &document.top else {
        return Err(
            Error::usage("overlays live in guard.toml of a repository, and this is none").help("git init")
        );
    };
    let mut seen = HashSet::new();
    let open = plan.tasks.iter().filter(|task| task.scope.is_none() && seen.insert(&task.id));
    let tasks: Vec<(String, String)> = open
        .map(|task| {
            let remark = format!("{}: {}", plan.place(task.line), task.summary);
            (toml_key(task.id.as_str()), escape(remark.trim_end_matches([' ', ':'])))
        })
        .collect();
    if tasks.is_empty() {
        return Ok("nothing to write: every task declares its scope\n\n".to_owned());
    }
    let (name, before) = policy_file(document)?;
    let shown = top.join(name);
    let start = if before.is_empty() { "version = 1\n".to_owned() } else { before.clone() };
    let header = toml_string(&plan.path);
    let found =
        skeleton(&start, &plan.path, &header, &tasks).filter(|found| is_harmless(name, &start, found));
    let Some(found) = found else {
        let mut error = Error::policy("the overlay of this plan stands in a form that guard does not add to")
            .at(Place::file(name))
            .help(format!("write it as [overlay.{header}], with a line for each task:"));
        for (key, _) in tasks.iter().take(12) {
            error = error.help(format!("{key} = [\"<path>\"]"));
        }
        return Err(error);
    };
    if found.added.is_empty() {
        return Ok(format!("nothing to write: {name} has a line for every task without a scope\n\n"));
    }
    write_atomically(&shown, found.text.as_bytes())
        .map_err(|why| Error::io(format!("cannot write {name}: {why}")).help("mend that and try again"))?;
    let lines: String = found.added.iter().map(|line| format!("           {}\n", escape(line))).collect();
    Ok(format!(
        "wrote {name}\n  at       {}\n{lines}  next     fill in the paths and take away the `#` in front; [] means no files\n           \
         guard plan lint {}\n\n",
        Place::line(name, found.line),
        escape(&shell_quote(file.as_bytes())),
    ))
}

/// The policy file, which may not be there yet, and what it says.
fn policy_file(document: &Document) -> Result<(&'static str, String)> {
    let top: PathBuf = document.top.clone().unwrap_or_default();
    for name in POLICY_FILES {
        let path = top.join(name);
        let Ok(meta) = std::fs::symlink_metadata(&path) else { continue };
        let below_link = path.parent().is_some_and(|dir| dir != top && dir.is_symlink());
        if !meta.is_file() || below_link {
            return Err(Error::usage(format!("{name} is not a plain file below this folder"))
                .help(format!("write the overlay by hand: [overlay.{}]", toml_string(&document.plan.path))));
        }
        // It is UTF-8: as a policy it has been read already.
        let text =
            std::fs::read_to_string(&path).map_err(|e| Error::io(format!("cannot read {name}: {e}")))?;
        return Ok((name, text));
    }
    let [first, ..] = POLICY_FILES;
    Ok((first, String::new()))
}

/// Does the new text say what the old one says, but for an overlay that declares nothing?
fn is_harmless(name: &str, before: &str, after: &Skeleton) -> bool {
    let read = |text: &str| -> Option<Policy> {
        let mut policy = policy::parse(name, text.as_bytes(), &names()).ok()?;
        policy.overlays.retain(|overlay| !overlay.scopes.is_empty());
        Some(policy)
    };
    read(before).is_some_and(|before| read(&after.text) == Some(before))
}

/// The names without a folder that are read as files at the root: where there are none, no tree needs to be read.
pub(super) fn names_at_root(problems: &[Problem]) -> HashSet<String> {
    problems.iter().filter_map(name_at_root).map(str::to_owned).collect()
}

fn name_at_root(problem: &Problem) -> Option<&str> {
    let name = problem.message.strip_suffix(READ_AT_ROOT)?.trim_end().strip_suffix('`')?;
    problem.scope_of.as_ref()?;
    Some(name.rsplit_once('`')?.1)
}

/// Where such a name is no file at the root, and one tracked file has it, says which.
pub(super) fn suggest_whole_paths(
    names: &HashSet<String>,
    problems: &mut [Problem],
    tree: &Tree<'_>,
) -> Result<()> {
    let mut places: HashMap<&str, Vec<String>> = HashMap::new();
    for path in tree.files(&|_| true)? {
        let path = show(&path);
        let name = path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name);
        if let Some(name) = names.get(name) {
            places.entry(name).or_default().push(path);
        }
    }
    for problem in problems {
        if let Some([one]) = name_at_root(problem).and_then(|name| places.get(name)).map(Vec::as_slice)
            && one.contains('/')
        {
            problem.help = vec![format!("write `{one}`")];
        }
    }
    Ok(())
}
