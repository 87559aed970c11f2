//! `guard start`: preflight, then the rollback commit that locks a plan.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::alone::Alone;
use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::git::run;
use crate::judge::Judge;
use crate::lock::{self, LockState, Tree};
use crate::model::{CommitId, Level};
use crate::plan::{self, Plan, Problem};
use crate::platform;
use crate::policy::{Carries, Per, Policy};
use crate::report::{Style, escape, fit};
use crate::rule::{shell_quote, show, show_scope};

/// What the command line asks for.
pub struct Request {
    /// A path, or the topic of a plan.
    pub plan: String,
    /// Lock the same plan once more.
    pub again: bool,
    /// Carry everything that is staged.
    pub snapshot: bool,
}

/// Makes the rollback commit; returns what to print.
///
/// # Errors
/// Preflight failed (nothing was changed), or git refused the commit (the index is as it was).
pub fn run(request: &Request) -> Result<String> {
    let reader = Reader::open()?;
    let top = reader.work_tree().map(Path::to_path_buf).ok_or_else(|| {
        Error::git("a bare repository has no work tree to start a plan in").help("run guard start in a clone")
    })?;
    let _alone = Alone::in_folder(reader.git_dir())?;
    let index = Backup::of(&reader)?;
    let head = reader.head()?;
    let parent = head.born()?;
    idle(&reader)?;
    let policy = Judge::of_drafts(&reader).policy(Some(parent))?;
    let path = find_plan(&top, &request.plan, &policy)?;
    let plan = read_plan(&top, &path, &policy)?;
    for document in documents(&plan) {
        not_ignored(&top, document)?;
    }
    not_running(&reader, parent, &policy, &path, &top, request)?;
    let notes = clean_enough(&top, &path, &policy, request.snapshot)?;
    let topic = topic(&plan, &policy)?;
    commit(&index, parent, &top, &plan, &topic, request.snapshot)?;
    let made = Reader::open()?.head()?.born()?;
    Ok(summary(&plan, head.branch.as_deref(), made, &notes))
}

/// Nothing that git has begun is to be ended first.
///
/// # Errors
/// A merge, rebase, cherry-pick, revert or `git am` is under way.
pub fn idle(reader: &Reader) -> Result<()> {
    let operation = reader.operation()?;
    let there = |name: &str| reader.git_dir().join(name).exists();
    let (what, command) = if !operation.merging.is_empty() {
        ("a merge", "merge")
    } else if there("rebase-apply/applying") {
        ("git am", "am")
    } else if operation.rebasing.is_some() {
        ("a rebase", "rebase")
    } else if there("CHERRY_PICK_HEAD") {
        ("a cherry-pick", "cherry-pick")
    } else if there("REVERT_HEAD") {
        ("a revert", "revert")
    } else {
        return Ok(());
    };
    let (go_on, leave) = (format!("git {command} --continue"), format!("git {command} --abort"));
    Err(Error::git(format!("{what} is under way")).help(format!("{go_on:<29} or {leave}")))
}

/// The plan's root-relative path. A path that is there wins; otherwise the word may be the topic of one plan.
fn find_plan(top: &Path, asked: &str, policy: &Policy) -> Result<String> {
    let here = std::env::current_dir().unwrap_or_else(|_| top.to_path_buf());
    let given = here.join(asked);
    if given.is_file() {
        let absolute = |p: &Path| platform::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
        // A link is looked at as the link it is: its folder is resolved, its own name is not.
        let folder = given.parent().map(&absolute).unwrap_or_default();
        let real = folder.join(given.file_name().unwrap_or_default());
        let inside = real.strip_prefix(absolute(top)).map_err(|_| {
            Error::plan(format!("the plan {asked} lies outside this repository"))
                .help("put it below plans/ and start it there")
        })?;
        let path =
            inside.to_str().ok_or_else(|| Error::plan("the plan's path is not UTF-8").help("rename it"))?;
        let path = path.replace('\\', "/");
        if !policy.is_plan_path(path.as_bytes()) {
            let known: Vec<&str> = policy.plan.paths.iter().map(crate::pattern::Pattern::as_str).collect();
            return Err(Error::plan(format!("{path} lies where this repository keeps no plans"))
                .help(format!("plan.paths = {:?}     are the places; move it there,", known))
                .help("or add its place to [plan] paths in guard.toml and commit that first"));
        }
        return Ok(path);
    }
    by_topic(top, asked, policy)
}

fn by_topic(top: &Path, asked: &str, policy: &Policy) -> Result<String> {
    let listed = run::output(top, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let plans: Vec<String> = listed
        .split(|b| *b == 0)
        .filter(|path| policy.is_plan_path(path))
        .filter_map(|path| String::from_utf8(path.to_vec()).ok())
        .collect();
    let declared = |path: &str| {
        let text = fs::read(top.join(path)).ok()?;
        plan::read(path, &text).ok()?.topic
    };
    let about = |path: &&String| plan::names_topic(path, declared(path).as_deref(), asked);
    let matching: Vec<&String> = plans.iter().filter(about).collect();
    match matching.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let mut error = Error::plan(format!("there is no plan {asked}"));
            for path in plans.iter().take(8) {
                error = error.help(format!("guard start {}", shell_quote(path.as_bytes())));
            }
            if plans.is_empty() {
                error = error
                    .help("write one below plans/, for example plans/my-topic.toml (guard explain rollback)");
            }
            Err(error)
        }
        several => {
            let mut error = Error::plan(format!("{} plans are about {asked:?}: name one", several.len()));
            for path in several.iter().take(8) {
                error = error.help(format!("guard start {}", shell_quote(path.as_bytes())));
            }
            Err(error)
        }
    }
}

fn read_plan(top: &Path, path: &str, policy: &Policy) -> Result<Plan> {
    let file: PathBuf = top.join(path);
    let meta = fs::symlink_metadata(&file).map_err(|e| Error::io(format!("{path} cannot be read: {e}")))?;
    if !meta.is_file() {
        return Err(Error::plan(format!("{path} is not a regular file, so it cannot be locked"))
            .help("copy the plan itself there"));
    }
    let text = fs::read(&file).map_err(|e| Error::io(format!("{path} cannot be read: {e}")))?;
    let mut plan = plan::read_with(path, &text, &lock::tickets_beside(top, path)?)?;
    lock::overlay(&mut plan, policy);
    match plan::blocking(&plan).first() {
        Some(problem) => Err(cannot_start(&plan, problem)),
        None => Ok(plan),
    }
}

fn cannot_start(plan: &Plan, problem: &Problem) -> Error {
    let mut error = Error::plan(problem.message.clone()).at(plan.place(problem.line));
    for line in &problem.help {
        error = error.help(line.clone());
    }
    error.help(format!("guard plan lint {}     shows everything", shell_quote(plan.path.as_bytes())))
}

fn not_ignored(top: &Path, path: &str) -> Result<()> {
    let tracked = run::output(top, &["ls-files", "--error-unmatch", "--", &literal(path)]).is_ok();
    if !tracked && run::output(top, &["check-ignore", "-q", "--", path]).is_ok() {
        let quoted = shell_quote(path.as_bytes());
        return Err(Error::plan(format!("git ignores {path}, and the lock must be in the tree"))
            .help(format!("git add -f {quoted}    then guard start again"))
            .help(format!("git check-ignore -v {quoted}    which line of which .gitignore does it")));
    }
    Ok(())
}

fn literal(path: &str) -> String {
    format!(":(top,literal){path}")
}

/// The same plan, unchanged and unfinished, is running already.
fn not_running(
    reader: &Reader,
    parent: CommitId,
    policy: &Rc<Policy>,
    path: &str,
    top: &Path,
    request: &Request,
) -> Result<()> {
    let judge = Judge::of_drafts(reader);
    let state = judge.lock_before(Some(parent), policy)?;
    let LockState::Locked(lock) = &*state else { return Ok(()) };
    let progress = judge.progress_at(Some(parent), &state)?;
    let same = lock.path == path.as_bytes()
        && fs::read(top.join(path)).is_ok_and(|text| text == lock.text)
        && lock::tickets_beside(top, path)? == lock.tickets;
    if request.again || policy.rollback.per == Per::Task || !same || progress.finished(lock, reader)? {
        return Ok(());
    }
    let since = lock.commit.map(|id| id.short()).unwrap_or_default();
    Err(Error::plan(format!("{path} is running already, since {since}"))
        .help("guard status                  what is done and what is next")
        .help("guard start --again …         lock it once more all the same"))
}

/// Refuses what the rollback commit may not carry; returns remarks for the summary.
fn clean_enough(top: &Path, plan: &str, policy: &Policy, snapshot: bool) -> Result<Vec<String>> {
    if snapshot && policy.rollback.carries == Carries::Records {
        return Err(Error::policy("a rollback commit may carry only records here")
            .help("rollback.carries = \"anything\"   in guard.toml allows --snapshot"));
    }
    let listed =
        run::output(top, &["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"])?;
    let mut foreign = Vec::new();
    let mut untracked = 0;
    for entry in listed.split(|b| *b == 0).filter(|e| e.len() > 3) {
        let (state, path) = (entry.get(..2).unwrap_or_default(), entry.get(3..).unwrap_or_default());
        if path == plan.as_bytes() {
            continue;
        }
        match state {
            b"??" => untracked += usize::from(!policy.is_record(path)),
            _ if policy.is_record(path) => {}
            _ => foreign.push(show(path)),
        }
    }
    if snapshot {
        return Ok(Vec::new());
    }
    if let Some(first) = foreign.first() {
        let more = foreign.len() - 1;
        let tail = if more > 0 { format!(" and {more} more paths") } else { String::new() };
        let mut error = Error::git(format!("the work tree is not clean: {}{tail}", first))
            .help("git commit …                  finish what is there first,")
            .help("git stash                     or put it aside,");
        error = if policy.rollback.carries == Carries::Anything {
            error.help("guard start --snapshot …      or let the rollback commit carry it")
        } else {
            error.help("rollback.carries = \"anything\" in guard.toml allows guard start --snapshot")
        };
        return Err(error);
    }
    let note = format!("{untracked} untracked files are no part of the rollback point");
    Ok(if untracked > 0 { vec![note] } else { Vec::new() })
}

/// The topic as the subject will name it, and read it back.
fn topic(plan: &Plan, policy: &Policy) -> Result<String> {
    let topics = plan::topics_of(&plan.path, plan.topic.as_deref());
    let topic = topics.first().cloned().unwrap_or_default();
    let subject = policy.rollback.subject.replace(crate::policy::TOPIC, &topic);
    if topic.is_empty() || lock::topic(subject.as_bytes(), policy) != Some(topic.as_bytes()) {
        return Err(Error::plan(format!("{} has no topic that a commit can name", plan.path))
            .help("topic = \"…\"    in the plan, or a file name with letters in it"));
    }
    Ok(subject)
}

/// Stages the plan and commits with git itself, so that signing and every hook apply. If git refuses, the index is put
/// back as it was.
fn commit(
    index: &Backup,
    parent: CommitId,
    top: &Path,
    plan: &Plan,
    subject: &str,
    snapshot: bool,
) -> Result<()> {
    index.keep()?;
    let made = stage_and_commit(top, plan, subject, snapshot);
    let Err(error) = made else {
        // What is left of the old index harms nobody, and the next start removes it.
        index.forget().ok();
        return Ok(());
    };
    if Reader::open()?.head()?.commit == Some(parent) {
        index.restore()?;
        return Err(error);
    }
    // git was killed, or the disk was full, when the commit was there already: the index belongs to it.
    index.forget()?;
    let said = Error::git("the rollback commit is made, but git failed after that");
    Err(error.help_lines().iter().fold(said, |said, line| said.help(line)).help("guard status"))
}

fn stage_and_commit(top: &Path, plan: &Plan, subject: &str, snapshot: bool) -> Result<()> {
    let path = &plan.path;
    if snapshot {
        run::output(top, &["add", "-A"])?;
    }
    // Preflight has seen that git does not ignore it, or that somebody has added it all the same.
    for document in documents(plan) {
        run::output(top, &["add", "-f", "--", &literal(document)])?;
    }
    all_is_there(plan)?;
    let trailer = format!("Guard-Plan: {path}");
    let out = run::command(top)
        .env_remove("GIT_NO_REPLACE_OBJECTS")
        .env_remove("GIT_GRAFT_FILE")
        .env_remove("GIT_OPTIONAL_LOCKS")
        .env_remove("LC_ALL")
        .args(["commit", "-q", "--allow-empty", "--no-edit", "-m", subject, "-m", &trailer])
        .output()
        .map_err(|e| run::cannot_start(&e))?;
    if out.status.success() {
        return Ok(());
    }
    let mut error = Error::git("git refused the rollback commit; the index is as it was");
    for line in String::from_utf8_lossy(&out.stderr).lines().take(12) {
        error = error.help(line.to_owned());
    }
    Err(error)
}

/// The plan's own documents.
fn documents(plan: &Plan) -> impl Iterator<Item = &str> {
    [plan.path.as_str()].into_iter().chain(plan.tickets.iter().map(|(_, path)| path.as_str()))
}

/// The lock's tree, which is what is staged now, must hold the documents that the plan refers to, and no other tickets than
/// the plan was read with.
fn all_is_there(plan: &Plan) -> Result<()> {
    // A name without a folder may be elsewhere, and one without an ending a directory.
    let unsure = |path: &str| {
        let name = path.rsplit_once('/').map(|(_, name)| name);
        name.is_none_or(|name| !name.is_empty() && !name.contains('.'))
    };
    let mut scopes = plan.tasks.iter().flat_map(|task| task.scope.iter().flatten());
    let unsure = scopes.any(|pattern| pattern.is_literal() && unsure(pattern.as_str()));
    let reader = Reader::open()?;
    let head = reader.head()?.commit;
    let changes = reader.staged(head)?.changes;
    let tree = Tree { history: &reader, commit: head, changes: &changes };
    for ticket in tree.tickets(plan.path.as_bytes())? {
        if !documents(plan).any(|path| path == ticket.path) {
            let quoted = shell_quote(ticket.path.as_bytes());
            return Err(Error::plan(format!(
                "{}, {} of the plan, is gone, but git still has it",
                ticket.path,
                ticket.role()
            ))
            .help(format!("git rm --cached -- {quoted}    takes it out of the plan"))
            .help(format!("git restore -- {quoted}        brings it back")));
        }
    }
    let mut problems = lock::unresolved(plan, &tree)?;
    if unsure {
        problems.extend(lock::doubtful(plan, &tree)?.into_iter().filter(|p| p.level == Level::Deny));
    }
    match problems.first() {
        Some(problem) => Err(cannot_start(plan, problem)),
        None => Ok(()),
    }
}

/// The index file as it stood, to put back if git refuses the commit. git never writes into an index but replaces it, so
/// a second name keeps the old one, and putting it back takes no room on a full disk.
struct Backup {
    path: PathBuf,
    kept: PathBuf,
}

impl Backup {
    fn of(reader: &Reader) -> Result<Self> {
        let path = reader.index_path();
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".guard");
        let kept = path.with_file_name(name);
        let backup = Self { path, kept };
        backup.forget()?; // what a guard left that was killed
        Ok(backup)
    }

    /// From here on the index can be put back.
    fn keep(&self) -> Result<()> {
        if !self.path.exists() || fs::hard_link(&self.path, &self.kept).is_ok() {
            return Ok(());
        }
        let copied = fs::copy(&self.path, &self.kept);
        copied.map(drop).map_err(|e| {
            let error = Error::io(format!("the index cannot be kept as {}: {e}", self.kept.display()));
            self.forget().err().unwrap_or(error)
        })
    }

    fn forget(&self) -> Result<()> {
        let left = fs::symlink_metadata(&self.kept).is_ok();
        let removed = if left { fs::remove_file(&self.kept) } else { Ok(()) };
        removed.map_err(|e| Error::io(format!("{} cannot be removed: {e}", self.kept.display())))
    }

    fn restore(&self) -> Result<()> {
        let done = match (self.kept.exists(), self.path.exists()) {
            (true, _) => fs::rename(&self.kept, &self.path),
            (false, true) => fs::remove_file(&self.path),
            (false, false) => Ok(()),
        };
        done.map_err(|e| {
            Error::io(format!("the index {} could not be put back: {e}", self.path.display()))
                .help("git status")
        })?;
        // Two names of one file: rename does nothing and leaves both.
        self.forget()
    }
}

fn summary(plan: &Plan, branch: Option<&[u8]>, made: CommitId, notes: &[String]) -> String {
    let branch = branch.map_or_else(|| "(detached HEAD)".to_owned(), show);
    let mut text = String::new();
    let room = Style::stdout().width - 11;
    let mut row = |label: &str, value: &str| {
        let _ = writeln!(text, "  {label:<9}{}", escape(value));
    };
    row("plan", &format!("{} ({})", plan.path, plan.format));
    row("branch", &branch);
    row("rollback", &format!("{}  the safe state to return to, and the lock", made.short()));
    row("tasks", &plan.tasks.len().to_string());
    let mut last = None;
    for task in &plan.tasks {
        if task.milestone != last {
            row("", &format!("{}:", task.milestone.as_deref().unwrap_or("no milestone")));
            last.clone_from(&task.milestone);
        }
        row("", &fit(&format!("  {}  {}", task.id, task.summary), room));
        row("", &format!("  {}  {}", " ".repeat(task.id.as_str().len()), show_scope(task)));
    }
    for note in notes {
        row("note", note);
    }
    let next = plan.tasks.iter().find(|t| t.depends_on.is_empty()).or(plan.tasks.first());
    if let Some(next) = next {
        row("next", &format!("git commit -m \"{}: …\"", next.id));
    }
    format!("started {}\n{text}", escape(&plan.path))
}
