//! `guard status`: where the execution stands, whose the changed paths are, and which staged ones would be refused.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use crate::error::Result;
use crate::execution::{self, Standing, State};
use crate::git::read::Reader;
use crate::git::run;
use crate::judge::Judge;
use crate::lock::{Lock, LockState};
use crate::model::{Change, Commit, CommitId, Level, RepoPath};
use crate::naming;
use crate::report::{Cell, GAP, Paint, READABLE, Style, escape, wrap};
use crate::rule::{is_record, shell_quote, show, show_ids, show_scope};
use crate::view;

/// Columns of a label and the blanks behind it.
const LABEL: usize = 10;

/// What is said, line by line.
struct Out {
    text: String,
    style: Style,
}

impl Out {
    fn field(&mut self, label: &str, paint: Paint, value: &str) {
        self.style.field(&mut self.text, label, LABEL, &[(paint, value)]);
    }
}

/// The report.
///
/// # Errors
/// Something could not be checked.
pub fn run(style: Style) -> Result<String> {
    let reader = Reader::open()?;
    let head = reader.head()?;
    let judge = Judge::of_drafts(&reader);
    let policy = judge.policy(head.commit)?;
    let state = judge.lock_before(head.commit, &policy)?;
    let mut out = Out { text: String::new(), style };
    let branch = head.branch.as_deref().map_or_else(|| "(detached HEAD)".to_owned(), show);
    out.field("branch", Paint::Plain, &escape(&branch));
    if let LockState::Absent | LockState::TooFar(_) = &*state {
        out.field("plan", Paint::Plain, "none is running");
        out.field("next", Paint::Command, "guard start <plan>");
        return Ok(out.text);
    }
    let lock = view::running(&state)?;
    let progress = judge.progress_at(head.commit, &state)?;
    let rollback = lock.commit.map(|id| id.short()).unwrap_or_default();
    let states = execution::standings(lock, &progress, &reader)?;
    out.field("plan", Paint::Plain, &escape(&lock.plan.path));
    out.field("rollback", Paint::Plain, &rollback);
    out.field("progress", Paint::Plain, &summed_up(&states));
    out.text.push('\n');
    tasks(&mut out, &states);
    let staged = reader.staged(head.commit)?.changes;
    let refused = refused(&reader, head.commit, lock, &states, &staged)?;
    paths(&mut out, "staged", lock, &staged, &refused);
    unstaged(&mut out, &reader, lock)?;
    advice(&mut out, lock, &states, &staged, &refused);
    Ok(out.text)
}

/// Paths that no commit may bring, whichever task it names, and the rules that refuse them.
type Refused = BTreeMap<RepoPath, &'static str>;

/// The staged paths that are refused whatever the scope of a task says. What is merged belongs to the other side.
fn refused(
    reader: &Reader,
    head: Option<CommitId>,
    lock: &Lock,
    standings: &[Standing<'_>],
    staged: &[Change],
) -> Result<Refused> {
    if staged.is_empty() || !reader.operation()?.merging.is_empty() {
        return Ok(Refused::new());
    }
    let task = execution::fitting(lock, standings, staged).first().map(|task| &task.id);
    let message = task.map(|id| naming::example(&lock.policy, id)).unwrap_or_default();
    let draft = Commit {
        id: None,
        parents: head.into_iter().collect(),
        message: Some(message.into_bytes()),
        encoding: None,
        changes: staged.to_vec(),
        merge_changes: Vec::new(),
        defects: Vec::new(),
    };
    let judged =
        Judge::of_drafts(reader).only(&["plan-locked", "protected", "frozen"]).judge(&draft, None)?;
    let denied = judged.findings.into_iter().filter(|finding| finding.level == Level::Deny);
    Ok(denied.filter_map(|finding| Some((finding.path?, finding.rule))).collect())
}

/// `2 of 11 tasks done, 3 ready`
fn summed_up(standings: &[Standing<'_>]) -> String {
    let done = standings.iter().filter(|s| s.state.is_done()).count();
    let ready = standings.iter().filter(|s| s.state == State::Ready).count();
    let plural = if standings.len() == 1 { "" } else { "s" };
    let rest = if ready > 0 { format!(", {ready} ready") } else { String::new() };
    format!("{done} of {} task{plural} done{rest}", standings.len())
}

/// A table, or a list where the terminal has no room for one.
fn tasks(out: &mut Out, standings: &[Standing<'_>]) {
    // The widest that IDs and states may make their columns.
    const NARROW: usize = 20;
    let rows: Vec<(&str, String, String, Paint, String)> = standings
        .iter()
        .map(|Standing { task, state }| {
            let (mark, word, paint) = match state {
                State::Done(commit) => ("[x]", format!("done in {}", commit.short()), Paint::Good),
                State::NeedsNone => ("[x]", "needs no commit".to_owned(), Paint::Good),
                State::Ready => ("[>]", "ready".to_owned(), Paint::Strong),
                State::Waiting(open) => ("[ ]", escape(&format!("after {}", show_ids(open))), Paint::Quiet),
            };
            (mark, escape(task.id.as_str()), word, paint, escape(&task.summary))
        })
        .collect();
    let ids = rows.iter().map(|(mark, id, ..)| mark.len() + 1 + id.width()).max().unwrap_or(0).min(NARROW);
    let states = rows.iter().flat_map(|(.., word, _, _)| wrap(word, NARROW));
    let states = states.map(|line| line.width()).max().unwrap_or(0);
    let room = out.style.width.saturating_sub(ids + states + 2 * GAP);
    for (mark, id, word, paint, summary) in rows {
        if room < READABLE {
            let head = format!("{id} {word}: ");
            let spans = [(paint, head.as_str()), (Paint::Plain, summary.as_str())];
            out.style.flow(&mut out.text, (paint, &format!("{mark} ")), mark.len() + 1, &spans);
            continue;
        }
        let cells = [
            Cell::new(paint, format!("{mark} {id}")),
            Cell::new(paint, word),
            Cell::new(Paint::Plain, summary),
        ];
        out.style.row(&mut out.text, &cells, &[ids, states, room]);
    }
}

/// Paths by the task that owns them.
fn paths(out: &mut Out, title: &str, lock: &Lock, changes: &[Change], refused: &Refused) {
    const SHOWN: usize = 20;
    if changes.is_empty() {
        return;
    }
    out.text.push('\n');
    out.field(title, Paint::Plain, "");
    for change in changes.iter().take(SHOWN) {
        let owners: Vec<_> = lock
            .plan
            .tasks
            .iter()
            .filter(|t| t.scope.as_ref().is_some_and(|s| s.matches(&change.path)))
            .map(|t| &t.id)
            .collect();
        let (owner, paint) = if let Some(rule) = refused.get(&change.path) {
            (format!("{rule}: would be refused"), Paint::Bad)
        } else if is_record(&lock.policy, change) {
            ("record".to_owned(), Paint::Quiet)
        } else if owners.is_empty() {
            ("no task: would be refused".to_owned(), Paint::Bad)
        } else {
            (escape(&show_ids(owners)), Paint::Good)
        };
        let (path, owner) = (escape(&show(&change.path)), format!("  ({owner})"));
        out.style.flow(
            &mut out.text,
            (Paint::Plain, "  "),
            4,
            &[(Paint::Plain, path.as_str()), (paint, owner.as_str())],
        );
    }
    if changes.len() > SHOWN {
        let more = format!("… and {} more", changes.len() - SHOWN);
        out.style.flow(&mut out.text, (Paint::Plain, "  "), 4, &[(Paint::Plain, more.as_str())]);
    }
}

/// What git sees in the work tree and is not staged. git is asked, because only it knows filters and ignore rules.
fn unstaged(out: &mut Out, reader: &Reader, lock: &Lock) -> Result<()> {
    let Some(top) = reader.work_tree() else { return Ok(()) };
    let listed = run::output(top, &["status", "--porcelain=v1", "-z", "--no-renames"])?;
    let changes: Vec<Change> = listed
        .split(|b| *b == 0)
        .filter(|e| e.len() > 3 && e.get(1) != Some(&b' '))
        .filter_map(|e| e.get(3..))
        .map(|path| Change { path: path.to_vec(), old: None, new: None })
        .collect();
    paths(out, "not staged", lock, &changes, &Refused::new());
    Ok(())
}

fn advice(out: &mut Out, lock: &Lock, standings: &[Standing<'_>], staged: &[Change], refused: &Refused) {
    let fitting = execution::fitting(lock, standings, staged);
    out.text.push('\n');
    let next = |out: &mut Out, spans: &[(Paint, &str)]| out.style.field(&mut out.text, "next", LABEL, spans);
    if let Some((path, rule)) = refused.first_key_value() {
        let why = format!("leave out what {rule} refuses: ");
        let command = escape(&format!("git restore --staged {}", shell_quote(path)));
        next(out, &[(Paint::Bad, &why), (Paint::Command, &command)]);
    } else if standings.iter().all(|s| s.state.is_done()) {
        next(out, &[(Paint::Good, "every task is done: "), (Paint::Command, "guard check")]);
    } else if let [first, ..] = fitting.as_slice() {
        let command = format!("git commit -m \"{}: …\"", escape(first.id.as_str()));
        next(out, &[(Paint::Command, &command)]);
    } else if !staged.iter().all(|c| is_record(&lock.policy, c)) {
        let why = "no ready task may change all that is staged: ";
        next(out, &[(Paint::Bad, why), (Paint::Command, "git restore --staged <path>")]);
    } else if let Some(Standing { task: first, .. }) = standings.iter().find(|s| s.state == State::Ready) {
        next(out, &[(Paint::Plain, &escape(&format!("{}: {}", first.id, first.summary)))]);
        out.field("scope", Paint::Plain, &escape(&show_scope(first)));
    }
}
