//! A task's tree has passed every required gate.
//!
//! ## Wants
//! For each required gate of the locked policy that applies to the task (`gate.phase`, `gate.paths`) there is evidence on
//! the tree of the commit: `guard gate` ran that very command on it, and its newest run passed. What the commit changes
//! on record paths may come after the run: a log that tells of the gates cannot be there before they ran. The commit doors
//! ask for it, but for what a rebase replays; `guard check` asks with `--require-evidence`, or runs the gates itself with
//! `--run-gates`. Without a `[[gate]]` in the policy there is nothing to find.
//!
//! ## Why
//! "All tests pass" is a claim until somebody can see the run. A run belongs to the content it ran on, so evidence of
//! another tree, however similar, proves nothing.
//!
//! ## How
//! `guard gate <task>` runs the gates on what is staged; then commit. `guard gate show <commit>` shows what is known of a
//! commit. Evidence travels as notes: `git push origin refs/notes/guard`, `git fetch origin refs/notes/guard:refs/notes/guard`.

use super::{Check, Context, Draft, Kind, Rule, fact, finding, help, is_record, show_ids};
use crate::error::Result;
use crate::evidence::{Evidence, NOTES_REF, Outcome, Run};
use crate::history::History;
use crate::model::{Change, CommitId, Finding, Level};
use crate::pattern::Patterns;
use crate::plan::{Phase, Task};
use crate::policy::{Gate, GatePhase, Policy};

/// The rule's name.
pub(crate) const NAME: &str = "gates";

pub(super) const RULE: Rule = Rule {
    name: NAME,
    level: Level::Deny,
    kinds: &[Kind::Task, Kind::Merge],
    push_only: false,
    source: include_str!("gates.rs"),
    check: Check::Commit(check),
};

fn check(context: &Context<'_>) -> Result<Vec<Finding>> {
    let tasks: Vec<&Task> = context.named().collect();
    if context.policy.gates.is_empty() || tasks.is_empty() || !context.evidence {
        return Ok(Vec::new());
    }
    let changes = context.commit.own_changes();
    let wanted: Vec<&Gate> = applying(context.policy, &tasks, changes).filter(|gate| gate.required).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let parent = context.commit.parents.first().copied();
    let evidence = of_commit(context.history, context.policy, parent, &context.commit.changes)?;
    let runs = wanted.iter().map(|gate| (gate, evidence.latest(&gate.name, &gate.run)));
    let open = runs.filter(|(_, run)| run.is_none_or(|run| run.outcome != Outcome::Passed));
    Ok(open.map(|(gate, run)| refusal(context, &tasks, gate, run, &evidence)).collect())
}

/// The gates that tasks must meet when they make these changes.
pub fn applying<'a>(
    policy: &'a Policy,
    tasks: &[&Task],
    changes: &[Change],
) -> impl Iterator<Item = &'a Gate> + use<'a> {
    let applies = |gate: &&Gate| {
        let touches = |paths: &Patterns| changes.iter().any(|change| paths.matches(&change.path));
        tasks.iter().any(|task| in_phase(gate, task)) && gate.paths.as_ref().is_none_or(touches)
    };
    policy.gates.iter().filter(applies).collect::<Vec<_>>().into_iter()
}

/// Is the gate for tasks of this phase?
pub fn in_phase(gate: &Gate, task: &Task) -> bool {
    match gate.phase {
        None => true,
        Some(GatePhase::Test) => task.phase == Some(Phase::Test),
        Some(GatePhase::Implementation) => task.phase == Some(Phase::Implementation),
        Some(GatePhase::ValidationSupport) => task.phase == Some(Phase::ValidationSupport),
    }
}

/// What is known of the tree that `changes` make of `parent`'s, and of the same tree without what they do on record paths.
///
/// # Errors
/// Objects that cannot be read.
pub fn of_commit(
    history: &dyn History,
    policy: &Policy,
    parent: Option<CommitId>,
    changes: &[Change],
) -> Result<Evidence> {
    let mut evidence = on_tree(history, parent, changes)?;
    let work: Vec<Change> = changes.iter().filter(|c| !is_record(policy, c)).cloned().collect();
    if work.len() < changes.len() {
        evidence.add(on_tree(history, parent, &work)?);
    }
    Ok(evidence)
}

fn on_tree(history: &dyn History, parent: Option<CommitId>, changes: &[Change]) -> Result<Evidence> {
    let tree = history.tree_with(parent, changes)?;
    let note = history.note(NOTES_REF, tree)?;
    Ok(note.map(|note| Evidence::parse(tree, &note)).unwrap_or_default())
}

fn refusal(
    context: &Context<'_>,
    tasks: &[&Task],
    gate: &Gate,
    run: Option<&Run>,
    evidence: &Evidence,
) -> Finding {
    // Of several tasks only some may be in the gate's phase.
    let tasks: Vec<&&Task> = tasks.iter().filter(|task| in_phase(gate, task)).collect();
    let ids = show_ids(tasks.iter().map(|task| &task.id));
    let mut found = match run {
        None => finding(format!("{ids} has no evidence for the gate {}", gate.name)),
        Some(run) => finding(format!("the gate {} {} on this tree", gate.name, run.outcome.describe())),
    };
    found.facts.push(fact("gate", &gate.run));
    if let Some(run) = run {
        found.facts.push(fact("run", format!("{}, on tree {}", run.started, run.tree.short())));
    }
    let stale = evidence.runs.iter().any(|run| run.gate == gate.name && run.command != gate.run);
    if run.is_none() && stale {
        found
            .facts
            .push(fact("note", "there is evidence for this gate with another command, which does not count"));
    }
    found.facts.extend(evidence.defects.iter().map(|defect| fact("note", defect)));
    let task = tasks.first().map(|task| task.id.to_string()).unwrap_or_default();
    match context.commit.id {
        None => found.help.push(help(format!("guard gate {task}"), "runs the gates on what is staged")),
        Some(id) => {
            found.help.push(help(format!("guard gate show {}", id.short()), "what is known of this commit"));
            found.help.push(help(
                format!("git fetch origin {NOTES_REF}:{NOTES_REF}"),
                "brings evidence made elsewhere",
            ));
        }
    }
    found.help.push(help("guard explain gates", "what counts as evidence"));
    found
}

/// Is evidence asked for without being told to? On the machine that makes a commit, once the task is known. A rebase makes
/// new trees of old commits, one after the other, and stops nowhere to run gates on them.
pub(crate) fn asked_of(draft: Option<&Draft>, message_known: bool) -> bool {
    message_known && draft.is_some_and(|draft| !draft.rebasing)
}
