//! Messages: what they name, what git's cleaning leaves of them, and which of them the commit-msg hook lets pass.

use guard::message::{self, Cleanup, clean, comment_prefix};
use guard::naming::{self, Naming};
use guard::plan::{self, Plan};
use guard::policy::{self, Policy};
use guard::rule;

use crate::harness::{Dice, Repo, guard_bin, picture};
use crate::mutate::mutate;
use crate::slow::{self, Carrying};
use crate::{Outcome, campaign, count, guard, seed, shown};

const IDS: [&str; 8] = ["T001", "T002", "T010a", "1.2", "3", "T4", "AP-1", "AP-1-2"];

const HEADS: [&str; 22] = [
    "T001: x",
    "T002: write the manual",
    "T010a: x",
    "3: x",
    "Task 3: x",
    "T3: x",
    "AP-1: x",
    "AP-1-2: x",
    "feat(T001): x",
    "fix(AP-1)!: x",
    "feat: T001: x",
    "fixup! T001: x",
    "squash! amend! T002: x",
    "T001,T002: x",
    "T001-T010a: x",
    "Merge branch 'x'",
    "Revert \"T001: x\"",
    "T009: x",
    "t001: x",
    "T001:x",
    "T001 : x",
    "",
];

const LINES: [&str; 14] = [
    "(cherry picked from commit 1)",
    "---",
    "",
    "",
    "body",
    "# comment",
    "Task: T001",
    "task:  T002",
    "Task: T001, T002",
    "Signed-off-by: A <a@x>",
    "  folded",
    "Guard-Plan: plans/alpha.toml",
    "# ------------------------ >8 ------------------------",
    "T002: x",
];

const WORDS: [&[u8]; 18] = [
    b"T001: ",
    b"T002",
    b",T002",
    b"-T002",
    b": ",
    b":",
    b"(T001)",
    b"!",
    b"fixup! ",
    b"Task: T001\n",
    b"Task: T002\n",
    b"\n\n",
    b"#",
    b" ",
    b"\n# ------------------------ >8 ------------------------\n",
    b"Task ",
    b"T",
    b"1.2: y",
];

fn plan() -> Plan {
    let task = |id: &str| format!("[[task]]\nid = \"{id}\"\nsummary = \"x\"\nscope = [\"src/**\"]\n");
    let text = IDS.iter().map(|id| task(id)).collect::<String>();
    plan::read("plans/alpha.toml", format!("version = 1\n{text}").as_bytes()).unwrap()
}

/// The policies there can be about naming, as the slow reader and as guard hold them.
fn policies() -> Vec<(Carrying, Policy)> {
    let mut all = Vec::new();
    for bits in 2..16 {
        let carrying = Carrying {
            several: bits & 1 > 0,
            subject: bits & 2 > 0,
            scope: bits & 4 > 0,
            trailer: bits & 8 > 0,
        };
        let places =
            [(carrying.subject, "subject"), (carrying.scope, "scope"), (carrying.trailer, "trailer")];
        let places: Vec<&str> = places.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
        let text = format!("[task]\nseveral = {}\ncarried_in = {places:?}\n", carrying.several);
        all.push((carrying, policy::parse("guard.toml", text.as_bytes(), &rule::names()).unwrap()));
    }
    all
}

fn throw(dice: &mut Dice) -> Vec<u8> {
    let mut text = dice.pick(&HEADS).to_owned();
    for _ in 0..dice.roll(7) {
        text.push('\n');
        text += dice.pick(&LINES);
    }
    let mut bytes = text.into_bytes();
    if !dice.once_in(3) {
        mutate(dice, &mut bytes, &WORDS);
    }
    bytes
}

thread_local! {
    static WORLD: (Plan, Vec<(Carrying, Policy)>) = (plan(), policies());
}

#[test]
fn no_message_names_a_task_that_it_does_not_carry() {
    campaign("messages", "named", 15, case);
}

fn case(dice: &mut Dice) -> Outcome {
    let raw = throw(dice);
    let found = cleaned(&raw, dice).and_then(|()| {
        WORLD.with(|(plan, policies)| {
            let (carrying, policy) = dice.pick(policies);
            read(&raw, carrying, &policy, plan)
        })
    });
    found.map_err(|why| format!("{why}\n{}", shown(&raw)))
}

fn read(raw: &[u8], carrying: Carrying, policy: &Policy, plan: &Plan) -> Outcome {
    let wanted = slow::named(&String::from_utf8_lossy(raw), carrying, &IDS);
    let got = naming::of(raw, policy, plan);
    let mut tasks: Vec<String> = got.tasks().iter().map(ToString::to_string).collect();
    tasks.sort();
    match (&got, wanted) {
        (Naming::Tasks(_), Some(wanted)) if wanted == tasks => Ok(vec!["named"]),
        (Naming::Tasks(_), wanted) => Err(format!("{carrying:?}: named {tasks:?}, not {wanted:?}")),
        (other, Some(wanted)) => Err(format!("{carrying:?}: {other:?}, not {wanted:?}")),
        (Naming::Several(_), None) => Ok(vec!["several"]),
        (Naming::NoSuchTask(_), None) => Ok(vec!["unknown"]),
        (_, None) => Ok(vec!["nameless"]),
    }
}

/// What git will make of a message is what slow passes over its lines make of it.
fn cleaned(raw: &[u8], dice: &mut Dice) -> Result<(), String> {
    let mode = dice.pick(&[Cleanup::Strip, Cleanup::Whitespace, Cleanup::Verbatim]);
    let (comment, cut) = (dice.pick(&[None, Some(&b";"[..]), Some(b"//"), Some(b"auto")]), dice.once_in(2));
    let comment = comment_prefix(comment, raw);
    let got = clean(raw, mode, &comment, cut);
    if got != passes(raw, mode, &comment, cut) {
        return Err(format!("{mode:?}, {}: became {}", comment.escape_ascii(), got.escape_ascii()));
    }
    let said = message::trailers(&got);
    let lines: Vec<&[u8]> = got.split(|b| *b == b'\n').collect();
    let is = |line: &[u8], key: &[u8], value: &[u8]| {
        let rest = line.strip_prefix(key).map(<[u8]>::trim_ascii_start);
        let rest = rest.and_then(|r| r.strip_prefix(b":")).map(|r| r.split(|b| *b == 0).next().unwrap());
        rest.is_some_and(|r| value.starts_with(r.trim_ascii()))
    };
    match said.iter().find(|said| !lines.iter().any(|line| is(line, &said.key, &said.value))) {
        Some(said) => Err(format!("no trailer {} is in {}", said.key.escape_ascii(), got.escape_ascii())),
        None => Ok(()),
    }
}

fn passes(raw: &[u8], mode: Cleanup, comment: &[u8], cut: bool) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = raw.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let scissors = [comment, b" ------------------------ >8 ------------------------"].concat();
    let ended = lines.len() - 1;
    if let Some(at) = lines.iter().take(ended).position(|l| *l == scissors).filter(|_| cut) {
        lines.truncate(at);
        lines.push(Vec::new());
    }
    if mode == Cleanup::Verbatim {
        return lines.join(&b'\n');
    }
    if mode == Cleanup::Strip {
        lines.retain(|line| !line.starts_with(comment));
    }
    for line in &mut lines {
        while line.last().is_some_and(|b| b" \t\r".contains(b)) {
            line.pop();
        }
    }
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    while lines.first().is_some_and(Vec::is_empty) {
        lines.remove(0);
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines.into_iter().flat_map(|line| [line, b"\n".to_vec()]).flatten().collect()
}

#[test]
fn the_hook_lets_no_message_pass_that_names_nothing() {
    let repo = Repo::new();
    repo.write("README.md", "readme\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-q", "-m", "initial"]).ok();
    let task = |id: &str| format!("[[task]]\nid = \"{id}\"\nsummary = \"x\"\nscope = [\"src/**\"]\n");
    let text = IDS.iter().map(|id| task(id)).collect::<String>();
    repo.write("plans/alpha.toml", format!("version = 1\n{text}"));
    repo.guard(&["start", "plans/alpha.toml"]).ok();
    repo.write("src/a.rs", "a\n");
    repo.git(&["add", "."]).ok();
    let before = picture(&repo.path);
    let (all, mut passed) = (count() / 25, 0);
    for n in 0..all {
        let raw = throw(&mut Dice::new(seed().wrapping_add(n as u64)));
        let file = repo.root().join("message");
        std::fs::write(&file, &raw).unwrap();
        let said = guard(repo.command(guard_bin(), &repo.path).args(["hook", "commit-msg"]).arg(&file));
        passed += usize::from(said.code == 0);
        let names = |mode| {
            let kept = passes(&raw, mode, b"#", false);
            slow::named(&String::from_utf8_lossy(&kept), slow::SUBJECT, &IDS).is_some()
        };
        let good = names(Cleanup::Whitespace) || names(Cleanup::Strip);
        assert!(good || said.code != 0, "it passed: {}\n{}", shown(&raw), said.text());
        assert_eq!(std::fs::read(&file).unwrap(), raw, "the message was touched");
    }
    assert!(picture(&repo.path) == before, "the repository was touched");
    eprintln!("{all} messages through the hook: {passed} passed");
    assert!(passed * 100 >= all * 15);
}
