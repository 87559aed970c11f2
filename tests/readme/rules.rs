//! `docs/rules.md` is written by the rules themselves. `GUARD_RENEW_DOCS=1` renews it.

use std::process::Command;

use guard::rule::RULES;

use crate::document::{root, text};
use crate::harness::guard_bin;

const HEAD: &str = "\
# Rules

<!-- Written by the rules themselves: change the head of src/rule/<rule>.rs, then GUARD_RENEW_DOCS=1 cargo test --test readme -->
Each rule has a level, `deny`, `warn` or `off`, that `[rules]` in [the policy](policy.md) may change. `guard explain RULE` prints what
stands here. The commit doors are git's hooks; the push doors are `pre-push`, `pre-receive` and `guard check`.

| rule | default | asks |
|---|---|---|
";

const KINDS: &str = "\
Merges are judged by what differs from the automatic merge of their parents, so a clean merge needs no Task ID. A commit
of nothing but records (the plan's status marks, logs, reports) needs none either. Text buys no exemption: `Revert \"…\"`,
`fixup!` and `Merge …` are words in a message.
";

/// What `guard explain` says of the rule, its headings one level deeper.
fn explained(rule: &str) -> String {
    let out = Command::new(guard_bin()).args(["explain", rule]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let deeper = |line: &str| if line.starts_with('#') { format!("#{line}\n") } else { format!("{line}\n") };
    let text: String = text.trim_end().lines().map(deeper).collect();
    // The level stands below the heading, so that a link needs the rule's name only.
    let (head, rest) = text.split_once('\n').unwrap();
    let (name, level) = head.strip_suffix(']').unwrap().split_once(" [").unwrap();
    format!("{name}\n\nBy default: {level}.\n{rest}")
}

#[test]
fn the_reference_is_what_the_rules_say() {
    let rows = RULES.iter().map(|rule| {
        let (name, level) = (rule.name, rule.level.as_str());
        format!("| [{name}](#{name}) | {level} | {} |\n", rule.summary())
    });
    let rows: String = rows.collect();
    let all: Vec<String> = RULES.iter().map(|rule| explained(rule.name)).collect();
    let page = format!("{HEAD}{rows}\n{KINDS}\n{}", all.join("\n"));
    if std::env::var_os("GUARD_RENEW_DOCS").is_some() {
        std::fs::write(root().join("docs/rules.md"), &page).unwrap();
    }
    assert!(
        text("docs/rules.md") == page,
        "docs/rules.md is not what the rules say: GUARD_RENEW_DOCS=1 renews it"
    );
}
