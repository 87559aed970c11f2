//! `guard gate`: runs the gates on exactly what is staged, and records what happened as a note on that tree.

pub mod budget;
mod place;
mod process;
mod rerun;
mod show;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

pub(crate) use rerun::rerun;
pub use show::show;

use crate::alone::Alone;
use crate::clock;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::evidence::{Choice, Decision, Evidence, NOTES_REF, Outcome, Run};
use crate::execution;
use crate::git::read::Reader;
use crate::git::write;
use crate::history::History;
use crate::judge::Judge;
use crate::lock::{self, Lock, LockState};
use crate::model::{Change, CommitId, ObjectId};
use crate::plan::Task;
use crate::platform;
use crate::policy::{Gate, Policy};
use crate::report::{self, Style, escape, fit};
use crate::rule::{gates, show_ids};

use budget::Escalation;
use place::{Place, Repo};

/// What the command line asks for.
#[derive(Debug, Default)]
pub struct Request {
    /// The task whose work is staged; `None`: the one that fits.
    pub task: Option<String>,
    /// Every gate, whatever its `paths` and `phase` say.
    pub all: bool,
    /// Only say which gates there are and how they stand.
    pub list: bool,
}

/// What is to be proved: the staged tree, or where nothing is staged, HEAD's.
struct Subject {
    reader: Reader,
    top: PathBuf,
    tree: ObjectId,
    changes: Vec<Change>,
    /// `staged`, or the commit.
    what: String,
    state: Rc<LockState>,
    policy: Rc<Policy>,
    head: CommitId,
}

impl Subject {
    fn open() -> Result<Self> {
        let reader = Reader::open()?;
        let top = reader.work_tree().map(Path::to_path_buf).ok_or_else(|| {
            Error::git("a bare repository has no work tree to run gates in").help("guard gate   in a clone")
        })?;
        let head = reader.head()?.born()?;
        let judge = Judge::of_drafts(&reader);
        let around = judge.policy(Some(head))?;
        let state = judge.lock_before(Some(head), &around)?;
        let policy = match &*state {
            LockState::Locked(lock) => lock.policy.clone(),
            _ => around,
        };
        let staged = reader.staged(Some(head))?.changes;
        let (tree, changes, what) = if staged.is_empty() {
            (reader.header(head)?.tree, reader.changes(head)?, format!("commit {}", head.short()))
        } else {
            (Repo::of(&reader, &top).write_tree()?, staged, "staged".to_owned())
        };
        Ok(Self { reader, top, tree, changes, what, state, policy, head })
    }

    fn lock(&self) -> Option<&Lock> {
        match &*self.state {
            LockState::Locked(lock) => Some(lock),
            _ => None,
        }
    }

    /// The task that was named; else the one that HEAD names (nothing is staged), or the one ready task that may change
    /// all that is staged.
    fn task(&self, named: Option<&str>) -> Result<Option<&Task>> {
        let Some(lock) = self.lock() else {
            return match named {
                None => Ok(None),
                Some(_) => crate::view::running(&self.state).map(|_| None),
            };
        };
        if let Some(named) = named {
            let known = lock.plan.tasks.iter().find(|task| task.id.as_str() == named);
            return known.map(Some).ok_or_else(|| {
                let ids = show_ids(lock.plan.tasks.iter().map(|task| &task.id));
                lock.plan.no_task(named).help(format!("its tasks: {ids}")).help("guard status")
            });
        }
        if self.what != "staged" {
            let names = lock::names(&self.reader.header(self.head)?, lock);
            return Ok(lock.plan.tasks.iter().find(|task| names.contains(&task.id)));
        }
        let judge = Judge::of_drafts(&self.reader);
        let progress = judge.progress_at(Some(self.head), &self.state)?;
        let standings = execution::standings(lock, &progress, &self.reader)?;
        match execution::fitting(lock, &standings, &self.changes).as_slice() {
            [one] => Ok(Some(one)),
            _ => Ok(None),
        }
    }

    fn gates(&self, task: Option<&Task>, all: bool) -> Result<Vec<&Gate>> {
        if self.policy.gates.is_empty() {
            return Err(Error::policy("the policy names no gate")
                .help("guard init                    shows how a [[gate]] is written in guard.toml"));
        }
        let Some(task) = task.filter(|_| !all) else { return Ok(self.policy.gates.iter().collect()) };
        Ok(gates::applying(&self.policy, &[task], &self.changes).collect())
    }

    /// Adds a line to the note on the tree. Neither libgit2 nor git keeps two writers of one notes ref apart.
    fn record(&self, line: &str) -> Result<()> {
        let _alone = Alone::in_folder(self.reader.common_dir())?;
        write::append_note(self.reader.git_dir(), NOTES_REF, self.tree, line)
    }

    fn evidence(&self) -> Result<Evidence> {
        let note = self.reader.note(NOTES_REF, self.tree)?;
        Ok(note.map(|note| Evidence::parse(self.tree, &note)).unwrap_or_default())
    }
}

/// Runs the gates; returns what to print, and whether every required one passed.
///
/// # Errors
/// Nothing could be run or recorded; the person interrupted.
pub fn run(request: &Request) -> Result<(String, bool)> {
    let subject = Subject::open()?;
    let task = subject.task(request.task.as_deref())?;
    let wanted = subject.gates(task, request.all)?;
    if request.list {
        return Ok((list(&subject, task, &wanted)?, true));
    }
    let mut text = heading(&subject, task);
    if wanted.is_empty() {
        text.push_str("no gate applies to this task and what it changes\n");
        return Ok((text, true));
    }
    if let Some((gate, _)) = blocked(&subject, task, &wanted)?.first() {
        let shown = escalations(&subject, task, &wanted)?;
        return Ok((format!("{text}{shown}nothing was run: the gate {gate} waits for a decision\n"), false));
    }
    let mut good = true;
    for (number, gate) in wanted.iter().enumerate() {
        let run = prove(&subject, task, gate, (number + 1, wanted.len()))?;
        subject.record(&run.line())?;
        good &= !gate.required || run.outcome == Outcome::Passed;
        text.push_str(&row(&subject.reader, gate, &run));
        if run.outcome == Outcome::Interrupted {
            report::to_stdout(&text)?;
            return Err(Error::new(ErrorKind::Interrupted, "interrupted; what ran so far is recorded")
                .help("guard gate                    runs them again"));
        }
    }
    text.push_str(&escalations(&subject, task, &wanted)?);
    let next = match (good, task) {
        (true, Some(task)) if subject.what == "staged" => {
            format!("next      git commit -m \"{}: …\"\n", task.id)
        }
        (true, _) => String::new(),
        (false, _) => "next      correct it, git add, and run guard gate again\n".to_owned(),
    };
    text.push_str(&next);
    Ok((text, good))
}

fn heading(subject: &Subject, task: Option<&Task>) -> String {
    let mut text = format!("tree      {} ({})\n", subject.tree.short(), subject.what);
    match task {
        Some(task) => {
            let _ = writeln!(text, "task      {}: {}", task.id, escape(&task.summary));
        }
        None => text.push_str("task      none\n"),
    }
    text
}

fn row(reader: &Reader, gate: &Gate, run: &Run) -> String {
    let seconds = std::time::Duration::from_millis(run.milliseconds).as_secs_f64();
    let optional = if gate.required { "" } else { " (not required)" };
    let mut text =
        format!("  {:<12} {}{optional}, {seconds:.1} s\n", escape(&gate.name), run.outcome.describe());
    if run.outcome != Outcome::Passed {
        let log = log_file(reader, &gate.name);
        let log = log.strip_prefix(".").unwrap_or(&log);
        let _ = writeln!(text, "               {}", escape(&log.display().to_string()));
    }
    text
}

fn log_file(reader: &Reader, gate: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = gate.chars().map(plain).collect();
    reader.git_dir().join("guard").join("gates").join(format!("{}.log", name.trim_start_matches('.')))
}

/// Runs one gate on the subject's tree: in the work tree, if that was and stayed the very same meanwhile.
fn prove(subject: &Subject, task: Option<&Task>, gate: &Gate, number: (usize, usize)) -> Result<Run> {
    let repo = Repo::of(&subject.reader, &subject.top);
    process::not_interrupted()?;
    let place = unless_interrupted(Place::of_staged(&repo, subject.tree, subject.head))?;
    let run = execute(subject, task, gate, &place, number)?;
    let stayed = !matches!(place, Place::Here(_)) || repo.holds_only(subject.tree)?;
    if stayed || run.outcome == Outcome::Interrupted {
        return Ok(run);
    }
    report::to_stderr(&format!(
        "note: files changed while the gate {} ran, so it runs again on what was staged\n",
        escape(&gate.name)
    ));
    let place = unless_interrupted(Place::apart(&repo, subject.tree, subject.head))?;
    execute(subject, task, gate, &place, number)
}

/// Ctrl-C reaches the gits that make a place too: that they fail then is not what the person has to be told.
fn unless_interrupted<T>(made: Result<T>) -> Result<T> {
    process::not_interrupted().and(made)
}

/// Runs one gate. What it says passes through to standard error and into its log.
fn execute(
    subject: &Subject,
    task: Option<&Task>,
    gate: &Gate,
    place: &Place,
    (number, of): (usize, usize),
) -> Result<Run> {
    let folder = place.folder();
    let apart = if matches!(place, Place::Apart { .. }) { ", in a clean worktree" } else { "" };
    let line = format!("gate {number}/{of}  {}: {}{apart}", escape(&gate.name), escape(gate.run.trim()));
    report::note(&format!("{}\n", fit(&line, Style::stderr().width)));
    let log = log_file(&subject.reader, &gate.name);
    let logs = log.parent().unwrap_or(&log);
    std::fs::create_dir_all(logs).map_err(|e| Error::io(format!("cannot create {}: {e}", logs.display())))?;
    let mut command = Command::new(platform::shell());
    command.args(["-c", &gate.run]).current_dir(folder);
    place::without_git(&mut command);
    command.env("GUARD_GATE", &gate.name);
    match task {
        Some(task) => command.env("GUARD_TASK", task.id.as_str()),
        None => command.env_remove("GUARD_TASK"),
    };
    let started = clock::now();
    let ended = process::run(&mut command, gate.timeout.map(Duration::from_secs), &log)?;
    let hashed = crate::git::run::command(&subject.top)
        .args(["hash-object", "--stdin"])
        .stdin(ended.log)
        .output()
        .map_err(|e| crate::git::run::cannot_start(&e))?;
    let digest = String::from_utf8_lossy(hashed.stdout.trim_ascii_end()).into_owned();
    if !hashed.status.success() {
        let said = String::from_utf8_lossy(&hashed.stderr).trim().to_owned();
        return Err(Error::git(format!("git hash-object: {said}")).help("git fsck"));
    }
    Ok(Run {
        gate: gate.name.clone(),
        command: gate.run.clone(),
        required: gate.required,
        tree: subject.tree,
        task: task.map(|task| task.id.clone()),
        lock: subject.lock().and_then(|lock| lock.commit),
        outcome: ended.outcome,
        started,
        milliseconds: u64::try_from(ended.took.as_millis()).unwrap_or(u64::MAX),
        digest,
        bytes: ended.bytes,
        tail: ended.tail,
        guard: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn list(subject: &Subject, task: Option<&Task>, wanted: &[&Gate]) -> Result<String> {
    let evidence = subject.evidence()?;
    let mut text = heading(subject, task);
    for gate in &subject.policy.gates {
        let applies = wanted.iter().any(|g| g.name == gate.name);
        let state = match evidence.latest(&gate.name, &gate.run) {
            _ if !applies => "does not apply here".to_owned(),
            None => "has not run on this tree".to_owned(),
            Some(run) => run.outcome.describe(),
        };
        let optional = if gate.required { "" } else { " (not required)" };
        let line = format!("  {:<12} {state}{optional}: {}", escape(&gate.name), escape(gate.run.trim()));
        let _ = writeln!(text, "{}", fit(&line, Style::stdout().width));
    }
    text.extend(evidence.defects.iter().map(|defect| format!("note: {}\n", escape(defect))));
    Ok(text)
}

/// The gates of these that have used up their tries for the task.
fn blocked(subject: &Subject, task: Option<&Task>, wanted: &[&Gate]) -> Result<Vec<(String, Escalation)>> {
    let (Some(lock), Some(task)) = (subject.lock(), task) else { return Ok(Vec::new()) };
    let evidence = budget::of_execution(&subject.reader, lock)?;
    let names = wanted.iter().filter(|gate| gate.required).map(|gate| gate.name.clone());
    Ok(names
        .filter_map(|name| {
            budget::escalation(&evidence, lock, &name, &task.id).map(|escalation| (name, escalation))
        })
        .collect())
}

fn escalations(subject: &Subject, task: Option<&Task>, wanted: &[&Gate]) -> Result<String> {
    let mut text = String::new();
    for (_, escalation) in blocked(subject, task, wanted)? {
        text.push_str(&escalated(&escalation));
    }
    Ok(text)
}

fn escalated(escalation: &Escalation) -> String {
    let Escalation { gate, task, blocker, evidence, impact, options, stopped } = escalation;
    let mut text = format!("\nescalation: the gate {} is blocked for {task}\n", escape(gate));
    let _ = writeln!(text, "  blocker   {blocker}");
    for (number, line) in evidence.iter().enumerate() {
        let label = if number == 0 { "evidence" } else { "" };
        let _ = writeln!(text, "  {label:<8}  {}", escape(line));
    }
    let waits = if impact.is_empty() { "no other task waits for it".to_owned() } else { show_ids(impact) };
    let _ = writeln!(text, "  impact    {waits}");
    if let Some(why) = stopped {
        let _ = writeln!(text, "  stopped   {}", escape(why));
    }
    for (number, (command, why)) in options.iter().enumerate() {
        let label = if number == 0 { "options" } else { "" };
        let _ = writeln!(text, "  {label:<8}  {}\n              {why}", escape(command));
    }
    text
}

/// Records what a person decided about a blocked gate.
///
/// # Errors
/// There is no such gate or task, the gate is not blocked, or the note cannot be written.
pub fn decide(gate: &str, task: &str, verdict: Choice, reason: &str) -> Result<String> {
    let subject = Subject::open()?;
    let task = subject.task(Some(task))?;
    let (Some(task), Some(lock)) = (task, subject.lock()) else {
        return Err(Error::plan("no plan is running, so there is nothing to decide").help("guard status"));
    };
    if !subject.policy.gates.iter().any(|g| g.name == gate) {
        return Err(Error::usage(format!("the policy names no gate {gate:?}")).help("guard gate --list"));
    }
    if reason.trim().is_empty() {
        return Err(Error::usage("a decision needs its reason").help("--reason '…'"));
    }
    let evidence = budget::of_execution(&subject.reader, lock)?;
    if budget::escalation(&evidence, lock, gate, &task.id).is_none() {
        let left = budget::TRIES.saturating_sub(budget::failures(&evidence, gate, &task.id).len());
        return Err(Error::usage(format!(
            "the gate {gate} is not blocked for {}: {left} tries are left",
            task.id
        ))
        .help(format!("guard gate {}", task.id)));
    }
    let by = crate::git::run::output(&subject.top, &["var", "GIT_AUTHOR_IDENT"])?;
    let by = String::from_utf8_lossy(&by).into_owned();
    let by = by.split_inclusive('>').next().unwrap_or_default().to_owned();
    let decision = Decision {
        gate: gate.to_owned(),
        tree: subject.tree,
        task: task.id.clone(),
        lock: lock.commit,
        verdict,
        reason: reason.trim().to_owned(),
        by,
        time: clock::now(),
    };
    subject.record(&decision.line())?;
    Ok(match verdict {
        Choice::Retry => format!("recorded: {} more tries of {gate} for {}\n", budget::TRIES, task.id),
        Choice::Stop => format!("recorded: {gate} stays blocked for {}\n", task.id),
    })
}
