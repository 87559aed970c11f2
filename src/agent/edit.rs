//! Files that are about to change, judged as if they were committed for the task that is being worked on.
//!
//! The index and the work tree are not read: what is judged is the call, not all that was done before it. So the answer
//! takes as long in a large repository as in a small one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::place::{self, Place};
use super::{Edit, PLAIN, Text};
use crate::error::{Error, Result};
use crate::execution::{self, State};
use crate::git::read::Reader;
use crate::history::{Header, History};
use crate::hook;
use crate::judge::{Judge, Judged};
use crate::lock::{Lock, LockState};
use crate::model::{
    Change, Commit, CommitId, Entry, Finding, Level, Mode, ObjectId, RepoPath, TaskId, Verdict,
};
use crate::naming;
use crate::next;
use crate::platform;
use crate::report;
use crate::rule::{Kind, fact, help, show, show_ids, show_scope};

/// What can be said of single paths. The other rules ask about a commit as a whole, or about its message.
const RULES: &[&str] =
    &["rollback", "scope", "plan-locked", "protected", "frozen", "depends-on", "test-first"];
/// Files in a git directory that people and agents write by hand, and that no hook depends on.
const HARMLESS: [&str; 3] = ["COMMIT_EDITMSG", "MERGE_MSG", "info/exclude"];
/// A file larger than this is not read to see what an edit makes of it.
const MOST_BYTES: u64 = 8 << 20;
/// How many bytes are gone through to see it.
const MOST_STEPS: usize = 256 << 20;

/// A change of one path, and what the file will hold where that is known.
type Planned = (RepoPath, PathBuf, Text);

/// Why the edits are refused; `None`: they pass.
pub(super) fn judge(cwd: &Path, edits: &[Edit]) -> Result<Option<String>> {
    let mut by_top: BTreeMap<PathBuf, Vec<Planned>> = BTreeMap::new();
    for edit in edits {
        match place::find(cwd, &edit.path, edit.text == Text::Gone)? {
            Place::Outside => {}
            Place::GitDir { top, inner } => {
                let harmless = HARMLESS.iter().any(|file| Path::new(file) == inner);
                if !harmless && Guarded::open(&top)?.is_some() {
                    return Ok(Some(report::error(&of_git(&edit.path), PLAIN)));
                }
            }
            Place::In { top, path, file } => {
                by_top.entry(top).or_default().push((path, file, edit.text.clone()));
            }
        }
    }
    for (top, planned) in &by_top {
        if let Some(guarded) = Guarded::open(top)?
            && let Some(refused) = guarded.judge(planned)?
        {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

/// Is guard set up where commands run in `dir`? Where there is no repository nobody can tell, and it counts as set up.
pub(super) fn is_guarded(dir: &Path) -> Result<bool> {
    match place::top(dir) {
        Some(top) => Ok(Guarded::open(&top)?.is_some()),
        None => Ok(true),
    }
}

fn of_git(path: &str) -> Error {
    Error::usage(format!("{path} belongs to git, and decides what git runs and believes"))
        .help("leave it as it is; git and guard install write there")
}

/// A repository in which guard is set up.
struct Guarded {
    reader: Reader,
    head: Option<CommitId>,
}

impl Guarded {
    /// `None`: neither a policy nor a rollback commit.
    fn open(top: &Path) -> Result<Option<Self>> {
        let reader = Reader::open_at(top)?;
        let same = |dir: &Path| platform::canonicalize(dir).is_ok_and(|dir| dir == top);
        if !reader.work_tree().is_some_and(same) {
            return Err(Error::git(format!("git does not take {} for a work tree here", top.display()))
                .help("unset GIT_DIR GIT_WORK_TREE      where the agent is started"));
        }
        let head = reader.head()?.commit;
        let judge = Judge::of_drafts(&reader);
        // A policy that cannot be used is one all the same.
        let set_up = match judge.policy(head) {
            Ok(policy) if policy.source.is_none() => {
                matches!(*judge.lock_before(head, &policy)?, LockState::Locked(_) | LockState::Broken(_))
            }
            _ => true,
        };
        Ok(set_up.then_some(Self { reader, head }))
    }

    fn judge(&self, planned: &[Planned]) -> Result<Option<String>> {
        let proposed = Proposed { reader: &self.reader, texts: RefCell::default() };
        let judge = Judge::of_drafts(&proposed).only(RULES);
        let branch = self.reader.head()?.branch;
        let operation = self.reader.operation()?;
        let branch = branch.or_else(|| operation.rebasing.clone().flatten());
        if branch.is_some_and(|branch| !hook::enforced(&self.reader, &judge, self.head, &branch)) {
            return Ok(None);
        }
        let mut changes = Vec::new();
        for one in planned {
            changes.push(proposed.change(self.head, one)?);
        }
        let draft = |message: Option<String>| Commit {
            id: None,
            parents: self.head.iter().copied().collect(),
            message: message.map(String::into_bytes),
            encoding: None,
            changes: changes.clone(),
            merge_changes: Vec::new(),
            defects: Vec::new(),
        };
        // What is picked, replayed or merged belongs to tasks of its own: any task may own it, as before the message is known.
        if operation.rebasing.is_some() || !operation.merging.is_empty() {
            return Ok(refusal(judge.judge(&draft(None), None)?));
        }
        let plain = judge.judge(&draft(Some(String::new())), None)?;
        let state = match self.head {
            Some(_) if plain.judged && plain.kind == Kind::Task => {
                judge.lock_before(self.head, &judge.policy(self.head)?)?
            }
            _ => return Ok(refusal(plain)),
        };
        let LockState::Locked(lock) = &*state else { return Ok(refusal(plain)) };
        if plain.findings.iter().any(|finding| finding.level == Level::Deny) {
            return Ok(refusal(plain));
        }
        let current = self.current(lock, &judge, &state, &changes)?;
        let mut first = None;
        for id in &current.candidates {
            let message = naming::example(&lock.policy, id).replace('…', "edit");
            let judged = judge.judge(&draft(Some(message)), None)?;
            if !judged.findings.iter().any(|finding| finding.level == Level::Deny) {
                return Ok(None);
            }
            first = first.or(Some(judged));
        }
        Ok(match first {
            Some(judged) => refusal(current.explain(judged, lock)),
            None => Some(report::error(&nothing_to_do(lock), PLAIN)),
        })
    }

    /// The task that is being worked on: of `GUARD_TASK`, else of `guard next --claim`, else whichever is ready.
    fn current(
        &self,
        lock: &Lock,
        judge: &Judge<'_>,
        state: &Rc<LockState>,
        changes: &[Change],
    ) -> Result<Current> {
        let one = |id: TaskId, how| Current { tasks: vec![id.clone()], candidates: vec![id], how };
        if let Some(name) = std::env::var_os("GUARD_TASK").filter(|name| !name.is_empty()) {
            let name = name.to_string_lossy().into_owned();
            let task = lock.plan.task(&name).ok_or_else(|| {
                let ids = show_ids(lock.plan.tasks.iter().map(|t| &t.id));
                Error::usage(format!("GUARD_TASK names {name:?}, which is no task of {}", lock.plan.path))
                    .help(format!("its tasks: {ids}"))
            })?;
            return Ok(one(task.id.clone(), "named by GUARD_TASK"));
        }
        if let Some(id) = next::claimed(&self.reader)? {
            return Ok(one(id, "claimed by this worktree"));
        }
        let standings = execution::standings(lock, &*judge.progress_at(self.head, state)?, &self.reader)?;
        let ready = standings.iter().filter(|s| s.state == State::Ready);
        let tasks: Vec<TaskId> = ready.map(|s| s.task.id.clone()).collect();
        let fitting = execution::fitting(lock, &standings, changes);
        // A lock file may be in scope by its manifest, which only the rule can tell. Who fits nothing explains why.
        let companion = changes.iter().any(|c| lock.policy.scope.companions_of(&c.path).is_some());
        let candidates = match (companion, fitting.as_slice()) {
            (true, _) => tasks.clone(),
            (false, []) => tasks.iter().take(1).cloned().collect(),
            (false, fitting) => fitting.iter().map(|task| task.id.clone()).collect(),
        };
        Ok(Current { tasks, candidates, how: "ready" })
    }
}

/// What may be worked on, and how that is known.
struct Current {
    tasks: Vec<TaskId>,
    /// Those of them that may pass.
    candidates: Vec<TaskId>,
    how: &'static str,
}

impl Current {
    /// Says whose task it was judged by.
    fn explain(&self, mut judged: Judged, lock: &Lock) -> Judged {
        const SHOWN: usize = 6;
        for finding in &mut judged.findings {
            let ids = show_ids(self.tasks.iter().take(SHOWN));
            let more = self.tasks.len().saturating_sub(SHOWN);
            let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
            if self.tasks.len() > 1
                && finding.rule == "scope"
                && let Some(path) = &finding.path
            {
                finding.message = format!("no task that is ready may change {}", show(path));
                finding.facts.retain(|(label, _)| !self.tasks.iter().any(|id| id.as_str() == label));
                let tasks = self.tasks.iter().take(SHOWN).filter_map(|id| lock.plan.task(id.as_str()));
                let scopes = tasks.map(|task| fact(task.id.as_str(), show_scope(task)));
                finding.facts.splice(..0, scopes);
            }
            finding.facts.insert(0, fact("task", format!("{ids}{tail} ({})", self.how)));
            finding.help.insert(0, help("guard next", "the task to work on, and what it may change"));
        }
        judged
    }
}

fn nothing_to_do(lock: &Lock) -> Error {
    Error::plan(format!("no task of {} is ready, so nothing may be changed", lock.plan.path))
        .help("guard status                  how the tasks stand")
        .help("guard start <plan>            locks the plan of what is to be done next")
}

/// The findings that refuse, in words.
fn refusal(judged: Judged) -> Option<String> {
    if !judged.judged {
        return None;
    }
    let no_commit = |finding: Finding| Finding { subject: Vec::new(), ..finding };
    let findings: Vec<Finding> = judged
        .findings
        .into_iter()
        .filter(|f| f.level == Level::Deny && RULES.contains(&f.rule))
        .map(no_commit)
        .collect();
    if findings.is_empty() {
        return None;
    }
    let verdict = Verdict { findings, ..Verdict::default() };
    let text = report::by_name("text").map(|format| (format.verdict)(Ok(&verdict), PLAIN));
    Some(text.unwrap_or_default().trim_end().to_owned())
}

/// The history, and texts that nobody has written yet.
struct Proposed<'r> {
    reader: &'r Reader,
    texts: RefCell<Vec<(ObjectId, Vec<u8>)>>,
}

impl Proposed<'_> {
    /// The change of one path against the commit that is checked out.
    fn change(&self, head: Option<CommitId>, planned: &Planned) -> Result<Change> {
        let (path, file, text) = planned;
        let old = head.map_or(Ok(None), |head| self.reader.entry(head, path))?;
        let mode = old.map_or(Mode::Regular, |entry| entry.mode);
        let id = match text {
            Text::Gone => return Ok(Change { path: path.clone(), old, new: None }),
            Text::Whole(text) => Some(self.keep(text.clone().into_bytes())?),
            Text::Replaced(swaps) => replaced(file, swaps).map(|text| self.keep(text)).transpose()?,
            Text::Unknown => None,
        };
        // What cannot be told before it is written is left to the commit doors.
        let id = match (id, old) {
            (Some(id), _) => id,
            (None, Some(entry)) => entry.id,
            (None, None) => self.keep(Vec::new())?,
        };
        Ok(Change { path: path.clone(), old, new: Some(Entry { mode, id }) })
    }

    /// Gives a text a name that no object has.
    fn keep(&self, text: Vec<u8>) -> Result<ObjectId> {
        let mut texts = self.texts.borrow_mut();
        let mut name = vec![0xff; self.reader.hash_len()];
        let number = (texts.len() as u64).to_be_bytes();
        let start = name.len() - number.len();
        name.truncate(start);
        name.extend(number);
        let id =
            ObjectId::from_bytes(&name).ok_or_else(|| Error::git("object names of an unknown length"))?;
        texts.push((id, text));
        Ok(id)
    }
}

/// What an edit makes of the file as it stands; `None`: that cannot be told.
fn replaced(file: &Path, swaps: &[super::Swap]) -> Option<Vec<u8>> {
    let meta = std::fs::metadata(file).ok().filter(|meta| meta.is_file() && meta.len() <= MOST_BYTES)?;
    let mut text = String::with_capacity(usize::try_from(meta.len()).ok()?);
    std::io::Read::read_to_string(&mut std::fs::File::open(file).ok()?, &mut text).ok()?;
    // Each is looked for in the whole text.
    let mut left = MOST_STEPS;
    for swap in swaps {
        left = left.checked_sub(text.len().max(1))?;
        let found = !swap.old.is_empty() && text.contains(&swap.old);
        let grows = text.len().saturating_mul(swap.new.len().max(1)) > MOST_STEPS;
        text = match (found, swap.all) {
            (true, true) if !grows => text.replace(&swap.old, &swap.new),
            (true, false) => text.replacen(&swap.old, &swap.new, 1),
            _ => return None,
        };
    }
    Some(text.into_bytes())
}

impl History for Proposed<'_> {
    fn header(&self, id: CommitId) -> Result<Header> {
        self.reader.header(id)
    }

    fn changes(&self, id: CommitId) -> Result<Vec<Change>> {
        self.reader.changes(id)
    }

    fn entry(&self, commit: CommitId, path: &[u8]) -> Result<Option<Entry>> {
        self.reader.entry(commit, path)
    }

    fn blob(&self, id: ObjectId) -> Result<Vec<u8>> {
        let kept = self.texts.borrow().iter().find(|(name, _)| *name == id).map(|(_, text)| text.clone());
        kept.map_or_else(|| self.reader.blob(id), Ok)
    }

    fn files(&self, commit: CommitId, keep: &dyn Fn(&[u8]) -> bool) -> Result<Vec<RepoPath>> {
        self.reader.files(commit, keep)
    }

    fn automatic_revert(&self, target: CommitId, parent: CommitId) -> Result<Option<Vec<Change>>> {
        self.reader.automatic_revert(target, parent)
    }

    fn tree_with(&self, parent: Option<CommitId>, changes: &[Change]) -> Result<ObjectId> {
        self.reader.tree_with(parent, changes)
    }

    fn note(&self, notes_ref: &str, object: ObjectId) -> Result<Option<Vec<u8>>> {
        self.reader.note(notes_ref, object)
    }

    fn is_rewritten(&self, id: ObjectId) -> Result<bool> {
        self.reader.is_rewritten(id)
    }
}
