//! `guard init`: writes a commented `guard.toml`.

mod detect;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::policy::{
    DEFAULT_BRANCHES, DEFAULT_CODE, DEFAULT_DOCUMENTS, DEFAULT_ID, DEFAULT_MAX_DISTANCE, DEFAULT_PLAN_PATHS,
    DEFAULT_RECORDS, DEFAULT_SUBJECT, DEFAULT_TESTS, POLICY_FILES, VERSION,
};
use crate::rule::RULES;

/// The commented policy for the project at `root`: every key with its default, commented out, and a gate for
/// each check that the build files show. It reads as [`Policy::default`](crate::policy::Policy::default).
pub fn template(root: &Path) -> String {
    let mut text = head();
    text.push_str("\n[rules]\n# Each rule's level: deny, warn or off. What each one asks:\n");
    for rule in RULES {
        let line = format!("# {} = \"{}\"", rule.name, rule.level.as_str());
        let _ = writeln!(text, "{line:26} # {}", rule.summary());
    }
    text.push_str(&demands());
    gates(&mut text, &detect::gates(root));
    text.push_str(
        r##"
# Scopes for a plan that cannot state them itself: Task ID, then patterns as in plans.
# [overlay."specs/012-leases/tasks.md"]
# T017 = ["src/lease.rs", "tests/lease/"]
"##,
    );
    text
}

/// The JSON schema of the policy file, as text.
pub fn schema() -> String {
    let rules: Vec<_> = RULES.iter().map(|rule| (rule.name, rule.summary().to_owned())).collect();
    format!("{:#}\n", crate::policy::schema(&rules))
}

/// All tables of fixed keys.
fn head() -> String {
    let [branches, paths, records] = [&DEFAULT_BRANCHES[..], &DEFAULT_PLAN_PATHS, &DEFAULT_RECORDS].map(list);
    format!(
        r##"# guard's policy: what this repository asks of its commits.
# Each commented key has its default. Take the "# " away to set it; `guard explain` tells about the rules.
# Patterns start at the root of the repository: dir/, *.rs, src/**, {{a,b}}, !excluded.

version = {VERSION}

[enforce]
# Branches whose commits are judged.
# branches = {branches}
# "always": every commit. "plan": only those after a rollback commit whose plan is not finished.
# when = "always"

[task]
# One Task ID, as a regular expression. The IDs of a plan are known besides.
# id = '{DEFAULT_ID}'
# Where a message carries the ID: "subject" (T001: ...), "scope" (feat(T001): ...),
# "parentheses" (... (T001)), "trailer" (Task: T001).
# carried_in = ["subject"]
# true: a commit may name several tasks (T001,T002: or T001-T004:), and has the scopes of all.
# several = false

[plan]
# Where plans live.
# paths = {paths}
# Where execution logs, reports and governance documents live. Plans belong to the records anyway.
# records = {records}
# "rollback": the plan in the rollback commit counts. "base": it must also be merged already.
# trust = "rollback"

[rollback]
# The subject of a rollback commit.
# subject = "{DEFAULT_SUBJECT}"
# "plan": one rollback commit for a plan. "task": one directly before each task's first commit.
# per = "plan"
# "records": it carries record paths only. "anything": it may be a snapshot of everything.
# carries = "records"
# How many first-parent commits back it may lie.
# max_distance = {DEFAULT_MAX_DISTANCE}

[scope]
# Paths that no task may change, besides the policy, CI and hooks.
# protected = []
# Specifications that no task may change, besides those that say EXEC-READY.
# frozen = []

[scope.companions]
# Lock files that are in scope with their manifest. The usual pairs, such as this one, are built in.
# "Cargo.toml" = ["Cargo.lock"]

[log]
# Where `guard log` puts the execution log. "execute": .artifacts/execute/<time>_<topic>.md.
# "numbered": .platform-mode/execution/execution001.execution.md, and so on.
# style = "execute"
"##
    )
}

/// What a change must bring along.
fn demands() -> String {
    let [documents, tests, code] = [&DEFAULT_DOCUMENTS[..], &DEFAULT_TESTS, &DEFAULT_CODE].map(list);
    format!(
        r##"
[governance]
# Rollout-sensitive paths: whoever changes one brings these documents along, below the record paths.
# sensitive = []
# documents = {documents}

[regression]
# Where tests live.
# tests = {tests}
# What is code, where it is no test.
# code = {code}

# Paths that change together: a branch that changes one of `when` and none of `then` is warned about.
# [[docs-sync]]
# when = ["src/cli/**"]
# then = ["README.md", "docs/cli/**"]
"##
    )
}

/// A TOML list behind a comment mark: on one line, or one entry a line where that would be long.
fn list(entries: &[&str]) -> String {
    let quoted: Vec<_> = entries.iter().map(|entry| format!("\"{entry}\"")).collect();
    let line = format!("[{}]", quoted.join(", "));
    if line.len() <= 80 {
        return line;
    }
    let lines: String = quoted.iter().map(|entry| format!("#   {entry},\n")).collect();
    format!("[\n{lines}# ]")
}

fn gates(text: &mut String, found: &[detect::Found]) {
    text.push_str(
        "\n# Gates: commands that must have passed on a task's tree. Uncomment what should hold here.\n",
    );
    for gate in found {
        let _ = write!(
            text,
            "\n# Found in {}:\n# [[gate]]\n# name = \"{}\"\n# run = \"{}\"\n",
            gate.file, gate.name, gate.run
        );
    }
    text.push_str(
        r##"
# With every key:
# [[gate]]
# name = "example"
# run = "make check"
# required = true      # false: a failure is recorded, and refuses nothing
# paths = ["src/**"]   # only for tasks that change one of these; default: every task
# timeout = 600        # seconds; default: none
# phase = "test"       # only for tasks of this phase type: test, implementation, validation-support
"##,
    );
}

/// Writes [`template`] to `guard.toml` in `root` and returns its path.
///
/// # Errors
/// A policy file is there already, unless `force`: then it is replaced where it stands. What is not a plain file
/// (a symlink above all) is never replaced, nor written through. A failure leaves what was there.
pub fn run(root: &Path, force: bool) -> Result<PathBuf> {
    let target = target(root, force)?;
    let failed = |why: io::Error| Error::io(format!("cannot write {}: {why}", target.display()));
    write_atomically(&target, template(root).as_bytes()).map_err(|why| match why.kind() {
        io::ErrorKind::PermissionDenied => failed(why).help("check who owns the folder"),
        _ => failed(why).help("mend that and run guard init again"),
    })?;
    Ok(target)
}

/// The file to write.
fn target(root: &Path, force: bool) -> Result<PathBuf> {
    for name in POLICY_FILES {
        let path = root.join(name);
        let meta = match fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            Err(why) if matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                continue;
            }
            Err(why) => return Err(Error::io(format!("cannot look at {}: {why}", path.display()))),
        };
        let is_below_link = path.parent().is_some_and(|dir| dir != root && dir.is_symlink());
        if !meta.is_file() || is_below_link {
            let message = format!("{name} is there already, but is not a plain file below this folder");
            return Err(Error::usage(message).help(format!("move {name} away, then run guard init")));
        }
        if !force {
            let error = Error::usage(format!("{name} is there already"));
            return Err(error.help(format!("edit {name}, or replace it: guard init --force")));
        }
        return Ok(path);
    }
    let [first, ..] = POLICY_FILES;
    Ok(root.join(first))
}

/// Puts a complete file at `target` or leaves what was there. A rename replaces a name, whatever it points at.
pub(crate) fn write_atomically(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = target.with_file_name(format!(".guard.{}.tmp", std::process::id()));
    // `create_new` does not follow a symlink that waits at this name.
    let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| same_rights(target, &temporary))
        .and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        // The first failure is the one worth telling.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A file that is replaced keeps its rights.
fn same_rights(target: &Path, temporary: &Path) -> io::Result<()> {
    match fs::symlink_metadata(target) {
        Ok(meta) if meta.is_file() => fs::set_permissions(temporary, meta.permissions()),
        _ => Ok(()),
    }
}
