//! Which task does a message name?
//!
//! The one place that reads Task IDs out of messages: the `task-id` rule, the evaluator's bookkeeping and
//! `guard status` all ask here, so that a commit names the same task for everyone.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::message;
use crate::model::{TaskId, first_line};
use crate::plan::{Plan, Task};
use crate::policy::{Carrier, Policy};

/// What a message says about its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// There is no message yet.
    Unknown,
    /// It names these tasks of the plan: one, or several where the policy allows it.
    Tasks(Vec<TaskId>),
    /// It names nothing where the policy looks for an ID.
    Missing,
    /// What stands where the ID belongs is no task of the plan.
    NoSuchTask(String),
    /// More tasks than the policy allows.
    Several(Vec<TaskId>),
    /// The ID is there, but nothing says what was done.
    EmptySummary(String),
}

impl Naming {
    /// The named tasks; empty when the naming is not valid.
    pub fn tasks(&self) -> &[TaskId] {
        match self {
            Self::Tasks(tasks) => tasks,
            _ => &[],
        }
    }

    /// The tasks that are spelled out, valid or too many.
    fn into_tasks(self) -> Vec<TaskId> {
        match self {
            Self::Tasks(tasks) | Self::Several(tasks) => tasks,
            _ => Vec::new(),
        }
    }
}

/// Reads the task IDs of a cleaned message. `fixup!`, `squash!` and `amend!` pass on the ID behind them.
pub fn of(message: &[u8], policy: &Policy, plan: &Plan) -> Naming {
    let (subject, _) = message::unprefixed(first_line(message));
    let mut best = Naming::Missing;
    let mut named: Vec<TaskId> = Vec::new();
    let mut too_many = false;
    for Carried { spelled, summary, sure } in carried(message, subject, policy, plan) {
        match resolve(&spelled, &summary, policy, plan) {
            found @ (Naming::Tasks(_) | Naming::Several(_)) => {
                // Two places that name different tasks do not agree on one, nor does one that names two.
                too_many |= matches!(found, Naming::Several(_));
                for task in found.into_tasks() {
                    if !named.contains(&task) {
                        named.push(task);
                    }
                }
            }
            // Nothing but an ID stands there, so that this message contradicts itself.
            wrong @ Naming::NoSuchTask(_) if sure => return wrong,
            // Another place may still carry a valid ID; the first complaint is the one worth showing.
            other if best == Naming::Missing => best = other,
            _ => {}
        }
    }
    match named.len() {
        0 => best,
        1 if !too_many => Naming::Tasks(named),
        _ if policy.task.several => Naming::Tasks(named),
        _ => Naming::Several(named),
    }
}

/// Does `spelled` stand in a place for nothing but an ID, such as a trailer?
pub fn is_sure(message: &[u8], spelled: &str, policy: &Policy, plan: &Plan) -> bool {
    let (subject, _) = message::unprefixed(first_line(message));
    let places = carried(message, subject, policy, plan);
    places.iter().any(|carried| carried.sure && String::from_utf8_lossy(&carried.spelled) == spelled)
}

/// How a message for this task starts, or where else the policy wants its ID.
pub fn example(policy: &Policy, id: &TaskId) -> String {
    let carried = &policy.task.carried_in;
    let number = id.as_str().starts_with(|c: char| c.is_ascii_digit());
    match carried.iter().min_by_key(|carrier| **carrier as u8) {
        Some(Carrier::Subject) | None => format!("{id}: …"),
        Some(Carrier::Scope) => format!("feat({id}): …"),
        Some(Carrier::Parentheses) if number => format!("… (Task {id})"),
        Some(Carrier::Parentheses) => format!("… ({id})"),
        Some(Carrier::Trailer) => format!("…\n\nTask: {id}"),
    }
}

/// What stands where the policy looks for an ID, and the summary beside it.
struct Carried<'m> {
    spelled: Cow<'m, [u8]>,
    summary: Cow<'m, [u8]>,
    /// Is this a place for nothing but an ID?
    sure: bool,
}

fn carried<'m>(message: &[u8], subject: &'m [u8], policy: &Policy, plan: &Plan) -> Vec<Carried<'m>> {
    let mut found = Vec::new();
    let in_front = |(id, summary): (&'m [u8], &'m [u8])| Carried {
        spelled: id.into(),
        summary: spaced(summary).into(),
        sure: false,
    };
    for carrier in &policy.task.carried_in {
        match carrier {
            Carrier::Subject => found.extend(in_subject(subject).map(in_front)),
            Carrier::Scope => found.extend(in_scope(subject).map(in_front)),
            Carrier::Parentheses => found.extend(in_parentheses(subject, plan)),
            Carrier::Trailer => {
                let tasks =
                    message::trailers(message).into_iter().filter(|t| t.key.eq_ignore_ascii_case(b"Task"));
                found.extend(tasks.map(|task| Carried {
                    spelled: task.value.into(),
                    summary: subject.into(),
                    sure: true,
                }));
            }
        }
    }
    found
}

/// What follows the colon, if a space does: `T001:x` is not how an ID is carried, since git tools and people look for
/// `ID: summary`.
fn spaced(summary: &[u8]) -> &[u8] {
    summary.strip_prefix(b" ").unwrap_or_default()
}

/// `T001: summary`, the ID at byte 0.
fn in_subject(subject: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = subject.iter().position(|b| *b == b':')?;
    Some((subject.get(..colon)?, subject.get(colon + 1..)?))
}

/// `feat(T001): summary` or `feat(T001)!: summary`.
fn in_scope(subject: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, summary) = in_subject(subject)?;
    let head = head.strip_suffix(b"!").unwrap_or(head).strip_suffix(b")")?;
    let open = head.iter().position(|b| *b == b'(')?;
    let kind = head.get(..open)?;
    let word = !kind.is_empty() && kind.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    word.then_some((head.get(open + 1..)?, summary))
}

/// `summary (T001)`: the contents of parentheses that stand like words of their own, where they name tasks or look as if
/// they should. A bare number in parentheses names nothing, since people write `retry (3)` and `OpenSSL (1.1)`.
fn in_parentheses<'m>(subject: &'m [u8], plan: &Plan) -> Vec<Carried<'m>> {
    /// More of them are no subject that a person wrote.
    const MOST: usize = 32;
    let mut found = Vec::new();
    let mut from = 0;
    for _ in 0..MOST {
        let rest = subject.get(from..).unwrap_or_default();
        let Some(open) = rest.iter().position(|b| *b == b'(').map(|at| from + at) else { break };
        from = open + 1;
        let inside = subject.get(from..).unwrap_or_default();
        let Some(length) = inside.iter().position(|b| matches!(b, b'(' | b')')) else { break };
        let close = from + length;
        let apart = open == 0 || subject.get(open - 1) == Some(&b' ');
        let ends = subject.get(close + 1).is_none_or(|b| b" .,;:!".contains(b));
        let (Some(inner), true) = (inside.get(..length), apart && ends && subject.get(close) == Some(&b')'))
        else {
            continue;
        };
        let spelled = String::from_utf8_lossy(inner);
        let is_number =
            spelled.split(['-', ',', ' ']).all(|p| p.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        let words = spelled.split_whitespace().count();
        let likely = words < 3 && spelled.bytes().any(|b| b.is_ascii_digit()) && !spelled.starts_with('#');
        if !is_number && (tasks(&spelled, plan).is_some() || likely) {
            let before = subject.get(..open).unwrap_or_default().trim_ascii();
            let after = subject.get(close + 1..).unwrap_or_default().trim_ascii();
            // `feat: (T001)` says nothing either.
            let before = if before.ends_with(b":") { b"" } else { before };
            let summary = [before, after].concat().into();
            found.push(Carried { spelled: inner.into(), summary, sure: false });
        }
    }
    found
}

fn resolve(spelled: &[u8], summary: &[u8], policy: &Policy, plan: &Plan) -> Naming {
    let shown = String::from_utf8_lossy(spelled).into_owned();
    let Some((tasks, list)) = tasks(&shown, plan) else { return Naming::NoSuchTask(shown) };
    if summary.trim_ascii().is_empty() {
        return Naming::EmptySummary(shown);
    }
    if list && !policy.task.several {
        return Naming::Several(tasks);
    }
    Naming::Tasks(tasks)
}

/// One ID, a list (`T1,T2`), a range in plan order (`T002-T011`) or the name of the whole plan, and whether that is more
/// than one; `None` when any part is no task.
fn tasks(spelled: &str, plan: &Plan) -> Option<(Vec<TaskId>, bool)> {
    if let Some(task) = known(plan, spelled) {
        return Some((vec![task.id.clone()], false));
    }
    if plan.whole.as_deref() == Some(spelled) && !plan.tasks.is_empty() {
        let all: Vec<TaskId> = plan.tasks.iter().map(|task| task.id.clone()).collect();
        let list = all.len() > 1;
        return Some((all, list));
    }
    if spelled.trim() != spelled {
        return None;
    }
    // Who names more parts than there are tasks repeats some; and a part is no longer than two IDs.
    let longest = plan.tasks.iter().map(|task| task.id.as_str().len()).max().unwrap_or(0);
    let most = plan.tasks.len().max(2);
    let mut all: Vec<TaskId> = Vec::new();
    let mut seen: HashSet<&TaskId> = HashSet::new();
    for (n, part) in spelled.split(',').enumerate() {
        let part = part.trim();
        if n >= most || part.len() > 2 * longest + 16 {
            return None;
        }
        let found: Vec<&Task> = match known(plan, part) {
            Some(task) => vec![task],
            None => span(part, plan)?,
        };
        all.extend(found.into_iter().map(|task| &task.id).filter(|id| seen.insert(id)).cloned());
    }
    Some((all, true))
}

/// The task whose ID is spelled exactly so. A plan that merely numbers its tasks (`## Task 3`, `### Step 3`) is also named
/// as `Task 3`, `Step 3` and `T3`. Nothing else is alike: `t001` and `T1` are not `T001`.
fn known<'a>(plan: &'a Plan, spelled: &str) -> Option<&'a Task> {
    let exact = |id: &str| plan.tasks.iter().find(|task| task.id.as_str() == id);
    let number = || {
        let bare = ["Task ", "Step ", "T"].iter().find_map(|word| spelled.strip_prefix(word))?;
        exact(bare).filter(|_| bare.starts_with(|c: char| c.is_ascii_digit()))
    };
    exact(spelled).or_else(number)
}

fn span<'a>(part: &str, plan: &'a Plan) -> Option<Vec<&'a Task>> {
    let index = |spelled: &str| {
        let id = &known(plan, spelled.trim())?.id;
        plan.tasks.iter().position(|t| t.id == *id)
    };
    // IDs may hold dashes themselves, so every dash is tried as the one of the range.
    part.match_indices('-').find_map(|(at, _)| {
        let (first, last) = (index(part.get(..at)?)?, index(part.get(at + 1..)?)?);
        Some(plan.tasks.get(first..=last)?.iter().collect())
    })
}

#[cfg(test)]
mod tests;
