//! The report for people: sections of facts in one order, which text, Markdown and HTML only dress.

use std::time::Duration;

use super::facts::{Role, attempts, corrections, of_steps, touched};
use super::ledger::{Entry, kind_of, outcome};
use super::{Status, Summary, contract};
use crate::account::{Step, TaskAccount};
use crate::clock::of_seconds as utc;
use crate::evidence::{Outcome, Run};
use crate::execution::State;
use crate::model::CommitId;
use crate::rule::{show, show_ids};

/// How something is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Wait,
}

/// A piece of text; nothing in it is escaped yet.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) tone: Tone,
    /// A path, a command, an object's name: letter by letter.
    pub(super) code: bool,
    pub(super) link: Option<String>,
}

impl Cell {
    fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone, code: false, link: None }
    }

    fn code(text: impl Into<String>) -> Self {
        Self { code: true, ..Self::new(text, Tone::Plain) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// What a section consists of.
#[derive(Debug)]
pub(super) enum Block {
    /// Labels and values.
    Pairs(Vec<(&'static str, Cell)>),
    /// The first cell of a row names what it is about.
    Table(&'static [&'static str], Vec<Vec<Cell>>),
    List(Vec<Cell>),
    /// Lines that a program said.
    Output(String),
    /// What waits for what: drawn where that can be.
    Graph,
    /// When, and what: oldest first.
    Timeline(Vec<(String, Cell)>),
}

#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block>,
}

/// What the whole is called.
pub(super) fn title(summary: &Summary<'_>) -> String {
    format!("Execution report: {}", summary.account.lock.topic)
}

/// How the execution stands, as a cell.
pub(super) fn status(summary: &Summary<'_>) -> Cell {
    let tone = match summary.status {
        Status::Complete => Tone::Good,
        Status::Incomplete => Tone::Wait,
        Status::Blocked => Tone::Bad,
    };
    Cell::new(summary.status.as_str(), tone)
}

/// Every section that has something to say.
pub(super) fn sections(summary: &Summary<'_>) -> Vec<Section> {
    let all = [
        ("Overview", overview(summary)),
        ("Open", open(summary)),
        ("Escalations", escalations(summary)),
        ("Tasks", tasks(summary)),
        ("Requirements", requirements(summary)),
        ("Gates", gates(summary)),
        ("Failed runs and corrections", failures(summary)),
        ("Decisions", decisions(summary)),
        ("Files", files(summary)),
        ("Other commits", others(summary)),
        ("Deviations", entries(summary, &summary.deviations)),
        ("Exceptions", entries(summary, &summary.exceptions)),
        ("Residual risks", list(&summary.risks)),
        ("Timeline", vec![Block::Timeline(timeline(summary))]),
    ];
    let filled = all.into_iter().filter(|(_, blocks)| !blocks.is_empty());
    filled.map(|(title, blocks)| Section { title, blocks }).collect()
}

fn commit(summary: &Summary<'_>, id: CommitId) -> Cell {
    let link = summary.about.site.as_ref().map(|site| site.commit(id));
    Cell { link, ..Cell::code(id.short()) }
}

fn table(head: &'static [&'static str], rows: Vec<Vec<Cell>>) -> Vec<Block> {
    if rows.is_empty() { Vec::new() } else { vec![Block::Table(head, rows)] }
}

fn list(lines: &[String]) -> Vec<Block> {
    if lines.is_empty() {
        Vec::new()
    } else {
        vec![Block::List(lines.iter().cloned().map(Cell::from).collect())]
    }
}

/// `1 h 5 min`, `12.3 s`: at most two units.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if seconds < 10 => format!("{:.1} s", time.as_secs_f64()),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

fn overview(summary: &Summary<'_>) -> Vec<Block> {
    let (account, about) = (summary.account, &summary.about);
    let took = u64::try_from(about.ended.saturating_sub(account.rollback.time)).unwrap_or(0);
    let covered = summary.requirements.iter().filter(|r| r.open.is_empty()).count();
    let [done, open, redone] = outcome(account);
    let count = format!("{covered} of {} requirements", summary.requirements.len());
    let mut pairs = vec![
        ("status", status(summary)),
        ("plan", Cell::code(&account.lock.plan.path)),
        ("branch", about.branch.clone().map_or_else(|| "(detached HEAD)".into(), Cell::code)),
        ("rollback", commit(summary, account.rollback.id)),
        ("head", commit(summary, about.head)),
        ("started", utc(account.rollback.time).into()),
        ("ended", format!("{} ({})", utc(about.ended), span(Duration::from_secs(took))).into()),
        ("done", done.into()),
        ("open", open.into()),
        ("redone", redone.into()),
        ("covered", count.into()),
        ("made with", format!("guard {}, git {}, {}", about.guard, about.git, about.system).into()),
    ];
    let extra = [
        ("tests in", about.test_spec.as_ref()),
        ("log", about.log.as_ref()),
        ("report", about.output.as_ref()),
    ];
    pairs.extend(extra.into_iter().filter_map(|(label, path)| Some((label, Cell::code(path?)))));
    if let Some(site) = &about.site {
        pairs.push(("site", Cell { link: Some(site.url.clone()), ..Cell::code(&site.url) }));
    }
    pairs.push(("next", summary.next.as_str().into()));
    vec![Block::Pairs(pairs)]
}

fn open(summary: &Summary<'_>) -> Vec<Block> {
    let row = |issue: &super::coverage::Issue| {
        let tone = if issue.kind == "escalation" || issue.kind == "finding" { Tone::Bad } else { Tone::Wait };
        vec![Cell::new(issue.kind, tone), issue.message.as_str().into(), Cell::code(&issue.command)]
    };
    table(&["What", "Why", "Command"], summary.issues.iter().map(row).collect())
}

fn escalations(summary: &Summary<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for escalation in &summary.account.escalations {
        let impact = match escalation.impact.as_slice() {
            [] => "no other task waits for it".to_owned(),
            ids => show_ids(ids),
        };
        let mut pairs = vec![
            ("gate", Cell::new(format!("{} for {}", escalation.gate, escalation.task), Tone::Bad)),
            ("blocker", escalation.blocker.as_str().into()),
            ("impact", impact.into()),
        ];
        pairs.extend(escalation.stopped.iter().map(|why| ("stopped", why.as_str().into())));
        pairs.extend(escalation.evidence.iter().map(|line| ("evidence", line.as_str().into())));
        blocks.push(Block::Pairs(pairs));
        let options = escalation.options.iter();
        let rows = options.map(|(command, why)| vec![Cell::code(command), why.as_str().into()]).collect();
        blocks.push(Block::Table(&["Option", "Means"], rows));
    }
    blocks
}

fn state(task: &TaskAccount<'_>) -> Cell {
    match &task.state {
        State::Done(_) => Cell::new("done", Tone::Good),
        State::NeedsNone => Cell::new("needs no commit", Tone::Good),
        State::Ready => Cell::new("ready", Tone::Wait),
        State::Waiting(open) => Cell::new(format!("after {}", show_ids(open)), Tone::Wait),
    }
}

fn tasks(summary: &Summary<'_>) -> Vec<Block> {
    let rows = summary.account.tasks.iter().map(|task| {
        let after = &task.task.depends_on;
        vec![
            Cell::code(task.task.id.as_str()),
            task.task.summary.as_str().into(),
            task.task.phase.map_or("", contract::phase).into(),
            if after.is_empty() { "".into() } else { show_ids(after).into() },
            state(task),
            task.stands.as_ref().map_or_else(|| "".into(), |step| commit(summary, step.id)),
        ]
    });
    let rows = rows.collect();
    let head = &["Task", "Summary", "Phase", "After", "State", "Commit"];
    vec![Block::Graph, Block::Table(head, rows)]
}

fn outcome_cell(outcome: Option<&Outcome>, required: bool) -> Cell {
    match outcome {
        Some(Outcome::Passed) => Cell::new("passed", Tone::Good),
        Some(outcome) => Cell::new(outcome.describe(), if required { Tone::Bad } else { Tone::Wait }),
        None => Cell::new("has not run", Tone::Wait),
    }
}

fn requirements(summary: &Summary<'_>) -> Vec<Block> {
    let some = |all: &[String]| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    let rows = summary.requirements.iter().map(|requirement| {
        let covered = requirement.open.is_empty();
        let passed = requirement.gates.iter().filter(|gate| gate.2 == Some(Outcome::Passed)).count();
        let mut tests = some(&requirement.test_tasks);
        if !requirement.test_files.is_empty() {
            tests.push_str(&format!(" ({})", requirement.test_files.join(", ")));
        }
        vec![
            requirement.id.as_str().into(),
            if covered { Cell::new("covered", Tone::Good) } else { Cell::new("open", Tone::Wait) },
            some(&requirement.tasks).into(),
            tests.into(),
            some(&requirement.commits.iter().map(CommitId::short).collect::<Vec<_>>()).into(),
            format!("{passed} of {} passed", requirement.gates.len()).into(),
        ]
    });
    table(&["Requirement", "Coverage", "Tasks", "Tests", "Commits", "Gates"], rows.collect())
}

fn gates(summary: &Summary<'_>) -> Vec<Block> {
    let mut rows = Vec::new();
    for task in &summary.account.tasks {
        for (gate, run) in &task.gates {
            let of = |value: &dyn Fn(&Run) -> Cell| run.as_ref().map_or_else(|| "".into(), value);
            rows.push(vec![
                format!("{} {}", task.task.id, gate.name).into(),
                if gate.required { "required" } else { "not required" }.into(),
                outcome_cell(run.as_ref().map(|run| &run.outcome), gate.required),
                of(&|run| run.started.as_str().into()),
                of(&|run| span(Duration::from_millis(run.milliseconds)).into()),
                of(&|run| Cell::code(run.digest.chars().take(12).collect::<String>())),
            ]);
        }
    }
    table(&["Gate", "Kind", "Outcome", "Started", "Took", "Output"], rows)
}

fn failures(summary: &Summary<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for task in &summary.account.tasks {
        for gate in &summary.account.lock.policy.gates {
            let runs = attempts(summary.account, task, &gate.name);
            let failed: Vec<&&Run> = runs.iter().filter(|run| run.outcome != Outcome::Passed).collect();
            let Some(last) = failed.last() else { continue };
            let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
            let (times, trees) = (count(failed.len(), "run"), count(corrections(&runs), "correction"));
            blocks.push(Block::Pairs(vec![
                ("gate", format!("{} for {}", gate.name, task.task.id).into()),
                ("failed", format!("{times}, {trees} tried").into()),
                ("last", Cell::new(format!("{} {}", last.started, last.outcome.describe()), Tone::Bad)),
            ]));
            let lines: Vec<&str> = last.tail.lines().rev().take(5).collect();
            if !lines.is_empty() {
                blocks.push(Block::Output(lines.into_iter().rev().collect::<Vec<_>>().join("\n")));
            }
        }
    }
    blocks
}

fn decisions(summary: &Summary<'_>) -> Vec<Block> {
    let rows = summary.account.evidence.decisions.iter().map(|decision| {
        vec![
            format!("{} {}", decision.task, decision.gate).into(),
            decision.verdict.as_str().into(),
            decision.reason.as_str().into(),
            decision.by.as_str().into(),
            decision.time.as_str().into(),
        ]
    });
    table(&["Gate", "Decision", "Reason", "By", "When"], rows.collect())
}

fn files(summary: &Summary<'_>) -> Vec<Block> {
    let mut rows = Vec::new();
    for task in &summary.account.tasks {
        for file in touched(summary.account, task) {
            let change =
                if file.record { format!("{} (record)", file.change) } else { file.change.to_owned() };
            rows.push(vec![Cell::code(task.task.id.as_str()), change.into(), Cell::code(file.path)]);
        }
    }
    table(&["Task", "Change", "Path"], rows)
}

fn others(summary: &Summary<'_>) -> Vec<Block> {
    let account = summary.account;
    let own = account.others.iter().map(|step| (step, kind_of(account, step)));
    let rows = own.chain(account.foreign.iter().map(|step| (step, "foreign"))).map(|(step, kind)| {
        let paths: Vec<String> = of_steps(account, &[step]).into_iter().map(|file| file.path).collect();
        vec![commit(summary, step.id), kind.into(), show(&step.subject).into(), Cell::code(paths.join(", "))]
    });
    table(&["Commit", "Kind", "Subject", "Paths"], rows.collect())
}

fn entries(summary: &Summary<'_>, all: &[Entry]) -> Vec<Block> {
    let rows = all.iter().map(|entry| {
        vec![
            entry.kind.into(),
            entry.task.clone().unwrap_or_default().into(),
            entry.message.as_str().into(),
            entry.commit.map_or_else(|| "".into(), |id| commit(summary, id)),
        ]
    });
    table(&["Kind", "Task", "What", "Commit"], rows.collect())
}

/// Commits, runs and decisions, oldest first. Commits keep history's order where a second holds several.
fn timeline(summary: &Summary<'_>) -> Vec<(String, Cell)> {
    let account = summary.account;
    let line = |step: &Step, tone: Tone| {
        let link = summary.about.site.as_ref().map(|site| site.commit(step.id));
        let text = format!("commit {} {}", step.id.short(), show(&step.subject));
        (utc(step.time), Cell { link, ..Cell::new(text, tone) })
    };
    let mut all = vec![line(&account.rollback, Tone::Plain)];
    for run in &account.evidence.runs {
        let task = run.task.as_ref().map(|task| format!(" for {task}")).unwrap_or_default();
        let tone = if run.outcome == Outcome::Passed { Tone::Good } else { Tone::Bad };
        let text = format!("gate {}{task}: {}", run.gate, run.outcome.describe());
        all.push((run.started.clone(), Cell::new(text, tone)));
    }
    for decision in &account.evidence.decisions {
        let text =
            format!("decision on {} for {}: {}", decision.gate, decision.task, decision.verdict.as_str());
        all.push((decision.time.clone(), Cell::new(text, Tone::Wait)));
    }
    let mut commits: Vec<(&Step, Tone)> = Vec::new();
    for task in &account.tasks {
        for step in &task.commits {
            let tone = match Role::of(account, task, step) {
                Role::Stands => Tone::Good,
                Role::Record => Tone::Plain,
                _ => Tone::Wait,
            };
            if !commits.iter().any(|(known, _)| known.id == step.id) {
                commits.push((step, tone));
            }
        }
    }
    commits.extend(account.others.iter().chain(&account.foreign).map(|step| (step, Tone::Plain)));
    all.extend(commits.into_iter().map(|(step, tone)| line(step, tone)));
    all.sort_by(|a, b| second(&a.0).cmp(second(&b.0)));
    all
}

/// Runs are timed more finely than commits.
fn second(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_time_is_two_units_at_most() {
        for (milliseconds, text) in [
            (0, "0.0 s"),
            (9_940, "9.9 s"),
            (12_400, "12 s"),
            (61_000, "1 min 1 s"),
            (3_900_000, "1 h 5 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(span(Duration::from_millis(milliseconds)), text);
        }
    }
}
