//! `guard log`: writes the execution log of the running plan, or brings it up to date, from history and evidence.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::account::{Account, Execution, TaskAccount};
use crate::clock::of_seconds as utc;
use crate::error::{Error, Result};
use crate::evidence::{Outcome, Run};
use crate::execution::State;
use crate::git::run;
use crate::init::write_atomically;
use crate::journal::{self, Blocked, Facts, Issue, Point, Standing, TaskFacts};
use crate::lock::Lock;
use crate::model::CommitId;
use crate::platform;
use crate::policy::LogStyle;
use crate::report::escape;
use crate::rule::{shell_quote, show};

/// Where logs of each style live.
const EXECUTE: &str = ".artifacts/execute";
const NUMBERED: &str = ".platform-mode/execution";

/// Writes the log, or returns it where it is only asked for; returns what to print.
///
/// # Errors
/// No plan is running, there are two logs of its execution, the log cannot be read or written. Then it is as it was.
pub fn run(only_print: bool) -> Result<String> {
    let execution = Execution::open()?;
    let top = execution.reader.work_tree().map(Path::to_path_buf).ok_or_else(|| {
        Error::git("a bare repository has no work tree for a log").help("guard log   in a clone")
    })?;
    let account = execution.account()?;
    let branch = execution.branch.as_deref().map_or_else(|| "(detached HEAD)".to_owned(), show);
    let facts = facts(&account, &branch);
    let (path, old) = match existing(&top, account.lock, account.rollback.id)? {
        Some((path, text)) => (path, Some(text)),
        None => (new_path(&top, account.lock, &facts)?, None),
    };
    let text = journal::weave(&path, old.as_deref(), &facts)?;
    if only_print {
        return Ok(String::from_utf8_lossy(&text).into_owned());
    }
    let same = old.as_ref() == Some(&text);
    if !same {
        write(&top, &path, &text)?;
    }
    let word = match old {
        _ if same => "up to date",
        Some(_) => "updated",
        None => "wrote",
    };
    Ok(format!("{word}  {}\n{}", escape(&path), advice(&top, &path)?))
}

/// What to do with the log. It is never staged: that is for people.
fn advice(top: &Path, path: &str) -> Result<String> {
    let spec = format!(":(top,literal){path}");
    let changed = run::output(top, &["status", "--porcelain=v1", "--ignored", "-z", "--", &spec])?;
    if changed.is_empty() {
        return Ok(String::new());
    }
    let force = if changed.starts_with(b"!!") { "-f " } else { "" };
    let from_top = platform::canonicalize(top).ok()
        == std::env::current_dir().ok().and_then(|d| platform::canonicalize(d).ok());
    let named = if from_top { path.to_owned() } else { format!(":/{path}") };
    Ok(format!("next     git add {force}{}\n", escape(&shell_quote(named.as_bytes()))))
}

/// The log of this execution in the work tree, and its text.
fn existing(top: &Path, lock: &Lock, rollback: CommitId) -> Result<Option<(String, Vec<u8>)>> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut todo = vec![String::new()];
    while let Some(dir) = todo.pop() {
        let listed = match fs::read_dir(top.join(&dir)) {
            Ok(listed) => listed,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(unreadable(&dir, &e)),
        };
        for entry in listed {
            let entry = entry.map_err(|e| unreadable(&dir, &e))?;
            // A log that guard writes has a name of UTF-8.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{dir}{name}");
            let kind = entry.file_type().map_err(|e| unreadable(&path, &e))?;
            if kind.is_dir() {
                let below = format!("{path}/");
                if name != ".git" && lock.policy.plan.records.reaches(below.as_bytes()) {
                    todo.push(below);
                }
            } else if kind.is_file() && is_log_path(lock, &path) {
                let text = fs::read(top.join(&path)).map_err(|e| unreadable(&path, &e))?;
                if journal::is_log_of(&text, rollback) {
                    found.push((path, text));
                }
            }
        }
    }
    found.sort();
    if let [(one, _), (two, _), ..] = found.as_slice() {
        return Err(Error::usage(format!("two logs tell of this execution: {one} and {two}")).help(format!(
            "put what people wrote into one of them, then: git rm {}",
            shell_quote(two.as_bytes())
        )));
    }
    Ok(found.pop())
}

fn is_log_path(lock: &Lock, path: &str) -> bool {
    journal::is_log_name(path.as_bytes()) && lock.policy.plan.records.matches(path.as_bytes())
}

fn unreadable(path: &str, e: &io::Error) -> Error {
    Error::io(format!("{path} cannot be read: {e}")).help("look at the rights of that file and its folder")
}

/// Where a new log goes. A file that is there and is no log of this execution is somebody else's.
fn new_path(top: &Path, lock: &Lock, facts: &Facts<'_>) -> Result<String> {
    let path = match lock.policy.log.style {
        LogStyle::Numbered => {
            let next = highest(&top.join(NUMBERED))? + 1;
            format!("{NUMBERED}/execution{next:03}.execution.md")
        }
        LogStyle::Execute => {
            let time = facts.rollback.date.replace('T', "_").replace(':', "-").replace('Z', "");
            let stem = format!("{EXECUTE}/{time}_{}", file_name(facts.topic));
            let free = |path: &String| fs::symlink_metadata(top.join(path)).is_err();
            let others = (2..1000).map(|n| format!("{stem}-{n}.md"));
            std::iter::once(format!("{stem}.md")).chain(others).find(free).unwrap_or(stem)
        }
    };
    if !lock.policy.is_record(path.as_bytes()) {
        return Err(Error::policy(format!(
            "the log would be {path}, and the locked policy has no records there"
        ))
        .help("plan.records in guard.toml must name its folder, before the plan is started"));
    }
    Ok(path)
}

/// A topic as a part of a file's name.
fn file_name(topic: &str) -> String {
    const MOST: usize = 60;
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = topic.chars().take(MOST).map(plain).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "plan".to_owned() } else { name.to_owned() }
}

/// The highest number that a log of the numbered style has.
fn highest(folder: &Path) -> Result<u32> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(unreadable(NUMBERED, &e)),
    };
    let mut highest = 0;
    for entry in listed {
        let name = entry.map_err(|e| unreadable(NUMBERED, &e))?.file_name();
        let number = name.to_str().and_then(|name| {
            let digits = name.strip_prefix("execution")?.split('.').next()?;
            digits.parse::<u32>().ok().filter(|number| *number < u32::MAX)
        });
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

/// Writes the log below `top`, through no link.
fn write(top: &Path, path: &str, text: &[u8]) -> Result<()> {
    let mut at = PathBuf::from(top);
    for part in path.split('/') {
        at.push(part);
        if fs::symlink_metadata(&at).is_ok_and(|meta| meta.is_symlink()) {
            let link = at.strip_prefix(top).unwrap_or(&at).display().to_string();
            return Err(Error::io(format!("{link} is a link, and the log is written through none"))
                .help("put a folder there, or name another in plan.records"));
        }
    }
    let failed = |e: io::Error| {
        Error::io(format!("{path} cannot be written: {e}")).help("mend that, and run guard log again")
    };
    let target = top.join(path);
    fs::create_dir_all(target.parent().unwrap_or(top)).map_err(failed)?;
    write_atomically(&target, text).map_err(failed)
}

fn facts<'a>(account: &'a Account<'_>, branch: &'a str) -> Facts<'a> {
    let lock = account.lock;
    let blocked = account.escalations.iter().map(|e| Blocked {
        gate: e.gate.clone(),
        task: e.task.clone(),
        why: e.stopped.clone().unwrap_or_else(|| e.blocker.clone()),
        options: e.options.iter().map(|(command, _)| command.clone()).collect(),
    });
    let rollback = &account.rollback;
    Facts {
        topic: &lock.topic,
        plan: &lock.plan,
        branch,
        policy: lock.policy.source.as_deref(),
        gates: &lock.policy.gates,
        rollback: Point { id: rollback.id, subject: rollback.subject.clone(), date: utc(rollback.time) },
        tasks: account.tasks.iter().map(|task| task_facts(account, task)).collect(),
        issues: issues(account),
        blocked: blocked.collect(),
    }
}

fn task_facts<'a>(account: &'a Account<'_>, task: &'a TaskAccount<'_>) -> TaskFacts<'a> {
    let done = match task.state {
        State::Done(id) => task.commits.iter().find(|step| step.id == id),
        _ => None,
    };
    let standing = match &task.state {
        State::Done(id) => Standing::Done(*id, done.map(|step| utc(step.time))),
        State::NeedsNone => Standing::NeedsNone,
        _ if account.escalations.iter().any(|e| e.task == task.task.id) => Standing::Blocked,
        _ if task.commits.iter().any(|step| step.undoes.is_some()) => Standing::Reverted,
        State::Ready => Standing::Ready,
        State::Waiting(open) => Standing::Waiting(open.clone()),
    };
    let mut files: Vec<_> = done.into_iter().flat_map(|step| step.work(account.lock)).cloned().collect();
    if files.is_empty() {
        files = done.map(|step| step.changes.clone()).unwrap_or_default();
    }
    TaskFacts { task: task.task, standing, files, gates: task.gates.clone() }
}

/// Reverts in the plan's order, then runs and decisions as they came, then what names no task.
fn issues(account: &Account<'_>) -> Vec<Issue> {
    let mut all = Vec::new();
    for task in &account.tasks {
        let undone = task.commits.iter().filter_map(|step| Some((step.id, step.undoes?)));
        all.extend(undone.map(|(by, what)| Issue::Reverted { task: task.task.id.clone(), what, by }));
    }
    let evidence = &account.evidence;
    let mended = |run: &Run| {
        let later = evidence.runs.iter().filter(|r| r.started > run.started);
        let mut same = later.filter(|r| r.gate == run.gate && r.task == run.task);
        same.find(|r| r.outcome == Outcome::Passed).map(|r| r.started.clone())
    };
    let failed = evidence.runs.iter().filter(|run| run.outcome != Outcome::Passed);
    let failed = failed.map(|run| (run.started.clone(), Issue::Failed(Box::new(run.clone()), mended(run))));
    let decided = evidence.decisions.iter().map(|d| (d.time.clone(), Issue::Decided(d.clone())));
    let mut told: Vec<(String, Issue)> = failed.chain(decided).collect();
    told.sort_by(|(one, _), (other, _)| one.cmp(other));
    all.extend(told.into_iter().map(|(_, issue)| issue));
    let loose = account.others.iter().filter(|s| s.parents < 2 && s.work(account.lock).next().is_some());
    let point = |s: &crate::account::Step| Point { id: s.id, subject: s.subject.clone(), date: utc(s.time) };
    all.extend(loose.map(|step| Issue::Loose(point(step))));
    all
}
