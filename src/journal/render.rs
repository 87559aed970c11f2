//! Guard's parts of a log. Each is whole lines, each line with its line feed; a claim in them is read back by `claims`.

use std::fmt::Write as _;

use super::escape::{code, name, quoted, text};
use super::{Blocked, Facts, Issue, Standing, TaskFacts, heading, label};
use crate::evidence::{Choice, Outcome, Run};
use crate::model::{Change, TaskId};

/// More files than these are counted, not listed.
const MOST_FILES: usize = 100;

/// Every part, by name, in the order of a new log.
pub(super) fn parts(facts: &Facts<'_>) -> Vec<(String, String)> {
    let mut all = vec![("preflight".to_owned(), preflight(facts)), ("tasks".to_owned(), tasks(facts))];
    all.extend(facts.tasks.iter().map(|t| (format!("task {}", name(t.task.id.as_str())), task(t))));
    all.push(("gates".to_owned(), gates(facts)));
    all.push(("issues".to_owned(), issues(facts)));
    all.push(("criteria".to_owned(), criteria(facts)));
    all.push(("next".to_owned(), next(facts)));
    all
}

/// The front matter, by which the log is found again.
pub(super) fn front(facts: &Facts<'_>) -> String {
    let mut out = "---\n".to_owned();
    let mut row = |key: &str, value: &str| out.push_str(&format!("{key}: {value}\n"));
    row("title", &quoted(format!("{} – Execution Log", facts.topic)));
    row("phase", "Execute");
    row("date", &quoted(&facts.rollback.date));
    row("plan", &quoted(&facts.plan.path));
    row("branch", &quoted(facts.branch));
    row("rollback", &quoted(facts.rollback.id.to_string()));
    row("status", facts.status());
    out.push_str("---\n");
    out
}

fn section(title: &str) -> String {
    format!("## {title}\n\n")
}

fn preflight(facts: &Facts<'_>) -> String {
    let mut out = section(heading::PREFLIGHT);
    let count = facts.plan.tasks.len();
    let (plan, format) = (code(&facts.plan.path), facts.plan.format);
    let _ = writeln!(out, "- Plan: {plan} ({format}, {count} tasks)");
    let rollback = &facts.rollback;
    let subject = text(&rollback.subject);
    let _ = writeln!(out, "- Rollback: `{}`, {}: {subject}", rollback.id.short(), rollback.date);
    let policy = facts.policy.map_or_else(|| "built-in defaults".to_owned(), code);
    let _ = writeln!(out, "- Policy: {policy}");
    let gates: Vec<String> = facts.gates.iter().map(|gate| text(&gate.name)).collect();
    let gates = if gates.is_empty() { "none".to_owned() } else { gates.join(", ") };
    let _ = writeln!(out, "- Gates: {gates}");
    out
}

fn tasks(facts: &Facts<'_>) -> String {
    let done = facts.tasks.iter().filter(|t| matches!(t.standing, Standing::Done(..) | Standing::NeedsNone));
    let (done, all) = (done.count(), facts.tasks.len());
    format!("{}{done} of {all} tasks are done.\n", section(heading::TASKS))
}

fn task(facts: &TaskFacts<'_>) -> String {
    let task = facts.task;
    let summary =
        if task.summary.is_empty() { String::new() } else { format!(" – {}", text(&task.summary)) };
    let mut out = format!("### {}{summary}\n\n", text(task.id.as_str()));
    let mut row = |label: &str, value: &str| out.push_str(&format!("- {label}: {value}\n"));
    row(label::STATUS, &status(&facts.standing));
    match &facts.standing {
        Standing::Done(id, date) => {
            let date = date.as_ref().map_or_else(|| "before this execution".to_owned(), Clone::clone);
            row(label::COMMIT, &format!("`{}`, {date}", id.short()));
        }
        _ => row(label::COMMIT, "none"),
    }
    row(label::FILES, &files(&facts.files));
    if facts.gates.is_empty() {
        row(label::COMMANDS, "none");
    } else {
        out.push_str(&format!("- {}:\n", label::COMMANDS));
        let done = matches!(facts.standing, Standing::Done(..));
        for (gate, run) in &facts.gates {
            let last = if run.is_some() && !done { "last run " } else { "" };
            let optional = if gate.required { "" } else { ", not required" };
            let (name, command) = (text(&gate.name), code(gate.run.trim()));
            let _ = writeln!(out, "  - {name}: {command} → {last}{}{optional}", outcome(run.as_ref()));
        }
    }
    let _ = writeln!(out, "- {}: {}", label::TESTS, tests(facts));
    out
}

fn status(standing: &Standing) -> String {
    match standing {
        Standing::Done(..) => "done".to_owned(),
        Standing::NeedsNone => "needs no commit".to_owned(),
        Standing::Blocked => "blocked by a gate".to_owned(),
        Standing::Reverted => "reverted".to_owned(),
        Standing::Ready => "ready".to_owned(),
        Standing::Waiting(open) => format!("waiting for {}", ids(open)),
    }
}

fn ids(ids: &[TaskId]) -> String {
    ids.iter().map(|id| text(id.as_str())).collect::<Vec<_>>().join(", ")
}

fn files(changes: &[Change]) -> String {
    let one = |change: &Change| {
        let mark = match (change.old, change.new) {
            (None, _) => " (new)",
            (_, None) => " (deleted)",
            _ => "",
        };
        format!("{}{mark}", code(&change.path))
    };
    let mut shown: Vec<String> = changes.iter().take(MOST_FILES).map(one).collect();
    if changes.len() > MOST_FILES {
        shown.push(format!("and {} more", changes.len() - MOST_FILES));
    }
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// How a run ended, and where to look it up.
fn outcome(run: Option<&Run>) -> String {
    let Some(run) = run else { return "no evidence".to_owned() };
    let seconds = std::time::Duration::from_millis(run.milliseconds).as_secs_f64();
    let (ended, tree) = (run.outcome.describe(), run.tree.short());
    format!("{ended} ({}, {seconds:.1} s, tree `{tree}`)", text(&run.started))
}

/// What the gates of a task come to.
fn tests(facts: &TaskFacts<'_>) -> &'static str {
    match facts.standing {
        Standing::Done(..) => {}
        Standing::NeedsNone => return "no commit, no tests",
        _ => return "not on a commit yet",
    }
    let required: Vec<Option<&Run>> =
        facts.gates.iter().filter(|(gate, _)| gate.required).map(|(_, run)| run.as_ref()).collect();
    let passed = |run: &Option<&Run>| run.is_some_and(|run| run.outcome == Outcome::Passed);
    if required.is_empty() {
        "no gate asks for any"
    } else if required.iter().all(passed) {
        "passed"
    } else if required.iter().any(|run| run.is_some() && !passed(run)) {
        "failed"
    } else {
        "no evidence"
    }
}

fn gates(facts: &Facts<'_>) -> String {
    let mut out = section(heading::GATES);
    if facts.gates.is_empty() {
        out.push_str("The policy names no gate.\n");
    }
    for gate in facts.gates {
        let required = if gate.required { "required" } else { "not required" };
        let _ = writeln!(out, "- {} ({required}): {}", text(&gate.name), code(gate.run.trim()));
        for task in facts.tasks.iter().filter(|task| matches!(task.standing, Standing::Done(..))) {
            if let Some((_, run)) = task.gates.iter().find(|(g, _)| g.name == gate.name) {
                let _ = writeln!(out, "  - {}: {}", text(task.task.id.as_str()), outcome(run.as_ref()));
            }
        }
    }
    out
}

fn issues(facts: &Facts<'_>) -> String {
    let mut out = section(heading::ISSUES);
    for issue in &facts.issues {
        let _ = writeln!(out, "- {}", told(issue));
    }
    for Blocked { gate, task, why, .. } in &facts.blocked {
        let (gate, task) = (text(gate), text(task.as_str()));
        let _ = writeln!(out, "- {task}: the gate {gate} has used up its tries ({})", text(why));
    }
    if facts.issues.is_empty() && facts.blocked.is_empty() {
        out.push_str("None.\n");
    }
    out
}

fn told(issue: &Issue) -> String {
    match issue {
        Issue::Reverted { task, what, by } => {
            format!("{}: `{}` took back `{}`", text(task.as_str()), by.short(), what.short())
        }
        Issue::Failed(run, mended) => {
            let task = run.task.as_ref().map_or_else(|| "no task".to_owned(), |id| text(id.as_str()));
            let last = run.tail.lines().rev().find(|line| !line.trim().is_empty());
            let said = last.map(|line| format!(": {}", code(cut(line.trim())))).unwrap_or_default();
            let then = mended.as_ref().map(|when| format!(" → passed at {}", text(when)));
            let (gate, ended) = (text(&run.gate), outcome(Some(run)));
            format!("{task}: the gate {gate} {ended}{said}{}", then.unwrap_or_default())
        }
        Issue::Decided(decision) => {
            let word = match decision.verdict {
                Choice::Retry => "may be tried again",
                Choice::Stop => "stays blocked",
            };
            let (task, gate) = (text(decision.task.as_str()), text(&decision.gate));
            let (why, by, time) = (text(&decision.reason), text(&decision.by), text(&decision.time));
            format!("{task}: decided: the gate {gate} {word}: {why} ({by}, {time})")
        }
        Issue::Loose(point) => {
            format!("work that names no task: `{}` {}", point.id.short(), text(&point.subject))
        }
    }
}

fn cut(line: &str) -> String {
    const MOST: usize = 120;
    let mut short: String = line.chars().take(MOST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// A box is ticked when the task is committed and its required gates have passed: more guard cannot know.
fn criteria(facts: &Facts<'_>) -> String {
    let mut out = section(heading::CRITERIA);
    let mut any = false;
    for task in &facts.tasks {
        let Some(acceptance) = &task.task.acceptance else { continue };
        any = true;
        let done = matches!(task.standing, Standing::Done(..) | Standing::NeedsNone);
        let proved = !matches!(tests(task), "failed" | "no evidence");
        let mark = if done && proved { "x" } else { " " };
        let _ = writeln!(out, "- [{mark}] {}: {}", text(task.task.id.as_str()), text(acceptance));
    }
    if !any {
        out.push_str("The plan names no acceptance test.\n");
    }
    out
}

fn next(facts: &Facts<'_>) -> String {
    let mut out = section(heading::NEXT);
    for Blocked { gate, task, options, .. } in &facts.blocked {
        let shown: Vec<String> = options.iter().map(code).collect();
        let (gate, task) = (text(gate), text(task.as_str()));
        let _ = writeln!(out, "- Decide about the gate {gate} for {task}: {}", shown.join(" or "));
    }
    let ready = |t: &&TaskFacts<'_>| matches!(t.standing, Standing::Ready | Standing::Reverted);
    for task in facts.tasks.iter().filter(ready) {
        let _ = writeln!(out, "- {}: {}", text(task.task.id.as_str()), text(&task.task.summary));
    }
    if out.ends_with("\n\n") {
        let done = facts.status() == "complete";
        out.push_str(if done { "Every task is done: `guard check`.\n" } else { "Nothing is ready.\n" });
    }
    out
}
