//! What a replay says: one line a commit, why some would not have passed, and a line that sums it up.

use std::fmt::Write as _;

use super::{Paint, Style, escape};
use crate::model::{Level, Replay, Verdict};
use crate::rule::show;

/// Findings of one commit that are shown; the rest is counted.
const SHOWN: usize = 6;

/// The commits, oldest first.
pub(super) fn commits(verdict: &Verdict, replay: &Replay, style: Style) -> String {
    let mut text = String::new();
    let mut findings = verdict.findings.iter().peekable();
    for commit in &replay.commits {
        let (word, paint) = match commit.against {
            None => ("pass", Paint::Good),
            Some(_) => ("fail", Paint::Bad),
        };
        let subject = escape(&show(&commit.subject));
        let _ = writeln!(text, "{}  {}  {subject}", style.paint(paint, word), commit.id.short());
        let mut count = 0;
        // They come in the order of the commits.
        while let Some(finding) = findings.next_if(|f| f.commit == Some(commit.id)) {
            count += 1;
            if count <= SHOWN {
                let level = if finding.level == Level::Deny { "error" } else { "warning" };
                let _ = writeln!(text, "      {level}[{}]: {}", finding.rule, escape(&finding.message));
            }
        }
        if count > SHOWN {
            let _ = writeln!(text, "      … and {} more", count - SHOWN);
        }
    }
    text
}

/// `12 of 20 commits would have passed; 5 name no task, 3 leave their scope`
pub(super) fn summary(replay: &Replay) -> String {
    let all = replay.commits.len();
    let passed = replay.commits.iter().filter(|c| c.against.is_none()).count();
    let plural = if all == 1 { "" } else { "s" };
    let mut text = format!("{passed} of {all} commit{plural} would have passed");
    let mut reasons: Vec<(&str, &str, usize)> = Vec::new();
    for (many, one) in replay.commits.iter().filter_map(|c| c.against).map(reason) {
        match reasons.iter_mut().find(|(known, ..)| *known == many) {
            Some((.., count)) => *count += 1,
            None => reasons.push((many, one, 1)),
        }
    }
    reasons.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
    for (n, (many, one, count)) in reasons.iter().enumerate() {
        let reason = if *count == 1 { one } else { many };
        let _ = write!(text, "{} {count} {reason}", if n == 0 { ";" } else { "," });
    }
    text
}

/// What several commits do, and what one does.
fn reason(rule: &str) -> (&'static str, &'static str) {
    match rule {
        "task-id" => ("name no task", "names no task"),
        "scope" => ("leave their scope", "leaves its scope"),
        "depends-on" | "test-first" => ("come too early", "comes too early"),
        "atomic" => ("do a task once more", "does a task once more"),
        "protected" => ("change what guards the repository", "changes what guards the repository"),
        "frozen" => ("change what is frozen", "changes what is frozen"),
        "unsquashed" => ("are not squashed", "is not squashed"),
        _ => ("break another rule", "breaks another rule"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CommitId, Replayed};

    #[test]
    fn each_commit_is_counted_once_by_what_is_first_against_it() {
        let say = |rules: &[Option<&'static str>]| {
            let commit = |against: &Option<&'static str>| Replayed {
                id: CommitId::zero(),
                subject: Vec::new(),
                kind: "task",
                against: *against,
            };
            let commits = rules.iter().map(commit).collect();
            summary(&Replay { plan: String::new(), left_out: Vec::new(), commits })
        };
        let (id, scope) = (Some("task-id"), Some("scope"));
        for (rules, wanted) in [
            (&[][..], "0 of 0 commits would have passed"),
            (&[None], "1 of 1 commit would have passed"),
            (&[id], "0 of 1 commit would have passed; 1 names no task"),
            (
                &[scope, id, None, id, Some("history")],
                "1 of 5 commits would have passed; 2 name no task, 1 leaves its scope, 1 breaks another rule",
            ),
            (&[Some("test-first"), Some("depends-on")], "0 of 2 commits would have passed; 2 come too early"),
        ] {
            assert_eq!(say(rules), wanted);
        }
    }
}
