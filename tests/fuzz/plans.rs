//! Plans: what is read can be found in the document, and where nothing locked changed the tasks are the same.

use guard::error::Error;
use guard::model::Level;
use guard::plan::{self, Plan, Task};
use guard::report::{self, Style};
use toml::de::{DeTable, DeValue};

use crate::harness::{Dice, Repo, guard_bin};
use crate::mutate::mutate;
use crate::plan_text::{WORDS, Written, throw};
use crate::{Outcome, campaign, count, guard, obeyed, seed, shown, slow};

const KEYS: [&str; 14] = [
    "id",
    "summary",
    "scope",
    "depends_on",
    "milestone",
    "acceptance",
    "phase_type",
    "owner_role",
    "parallel_safe",
    "blocking_gate",
    "commit_intent",
    "proof_artifact",
    "test_not_applicable",
    "covers",
];

#[test]
fn no_plan_is_read_as_more_than_it_says() {
    campaign("plans", "executable", 15, case);
}

fn case(dice: &mut Dice) -> Outcome {
    let sound = throw(dice);
    if dice.once_in(8) {
        return sound_plan(&sound).map_err(|why| format!("{why}\n{}", sound.text));
    }
    let mut bytes = sound.text.clone().into_bytes();
    if dice.once_in(8) {
        bytes = marked(dice, &sound.text).into_bytes();
    } else {
        mutate(dice, &mut bytes, &WORDS);
    }
    let path = dice.pick(&[sound.path, sound.path, sound.path, "plans/\u{1b}[31m.md", "x"]);
    mutated(&sound, path, &bytes, dice).map_err(|why| format!("{why}\n{}", shown(&bytes)))
}

/// What an executor may do to a running plan, and a little more: boxes ticked, words among the lines of a section.
fn marked(dice: &mut Dice, text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match dice.roll(4) {
            0 => out += &line.replace("- [ ] ", dice.pick(&["- [x] ", "- [X] ", "- [x]  ", "- [x](u) "])),
            1 => out += &line.replace("- [x] ", "- [ ] "),
            _ => out += line,
        }
        if line.starts_with("## Progress") || line.starts_with("## Decision") || dice.once_in(60) {
            let more =
                ["- [x] T001 done\n", "### T009: more\n**Files:** `m.rs`\n", "# T009: x\n", "```\n", "\n"];
            out += dice.pick(&more);
        }
    }
    out
}

/// A plan as people write it is read word for word.
fn sound_plan(sound: &Written) -> Outcome {
    let plan = plan::read(sound.path, sound.text.as_bytes()).map_err(|e| e.to_string())?;
    let ids = |task: &Task| task.depends_on.iter().map(ToString::to_string).collect::<Vec<_>>();
    let read: Vec<_> = plan.tasks.iter().map(|t| (t.id.to_string(), scope_of(t), ids(t))).collect();
    let written: Vec<_> =
        sound.tasks.iter().map(|(i, s, d)| (i.clone(), Some(s.clone()), d.clone())).collect();
    if read != written {
        return Err(format!("read {read:?}\nfor  {written:?}"));
    }
    match plan::blocking(&plan).first() {
        Some(problem) => Err(format!("a sound plan cannot be executed: {problem:?}")),
        None => Ok(vec!["sound", "executable"]),
    }
}

fn scope_of(task: &Task) -> Option<Vec<String>> {
    task.scope.as_ref().map(|scope| scope.iter().map(|p| p.as_str().to_owned()).collect())
}

fn mutated(sound: &Written, path: &str, bytes: &[u8], dice: &mut Dice) -> Outcome {
    let mut words = vec![];
    let read = plan::read(path, bytes);
    for format in plan::FORMATS {
        drop(plan::read_as(format.name, path, bytes));
    }
    if let Ok(plan) = &read {
        let found = plan::recognise(path, bytes).map(|(format, _)| format.name);
        if found != Some(plan.format) {
            return Err(format!("read as {}, recognised as {found:?}", plan.format));
        }
    }
    lock(sound.path, sound.text.as_bytes(), bytes, &mut words)?;
    match &read {
        Err(error) => {
            refusal(error, bytes)?;
            words.push("refused");
        }
        Ok(plan) => {
            explained(plan, bytes)?;
            matched(plan, dice)?;
            let (problems, blocking) = (plan::lint(plan), plan::blocking(plan));
            let lines = bytes.split(|b| *b == b'\n').count();
            if let Some(far) = problems.iter().find(|p| p.line > lines) {
                return Err(format!("a problem beyond the end: {far:?}"));
            }
            if blocking.iter().any(|p| p.level != Level::Deny || !problems.contains(p)) {
                return Err("lint does not say what blocks".to_owned());
            }
            words.push(if blocking.is_empty() { "executable" } else { "read, not executable" });
            if plan.format == "native" && blocking.is_empty() {
                whole(plan, bytes)?;
            }
        }
    }
    Ok(words)
}

/// An error says something, in words that no terminal obeys, at a place that is there.
pub fn refusal(error: &Error, bytes: &[u8]) -> Result<(), String> {
    let text = report::error(error, Style { colour: false, width: 100 });
    if error.message().is_empty() || error.help_lines().is_empty() {
        return Err(format!("an error without a way out: {text}"));
    }
    if let Some(c) = obeyed(&text) {
        return Err(format!("an error with {c:?} in it: {text:?}"));
    }
    let lines = bytes.split(|b| *b == b'\n').count();
    match error.place() {
        Some(place) if place.line > lines => Err(format!("a place beyond the end: {text}")),
        _ => Ok(()),
    }
}

/// Every ID and every pattern stands in the lines of its task.
fn explained(plan: &Plan, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "no text, and read as a plan".to_owned())?;
    let lines: Vec<&str> = text.split('\n').collect();
    for task in &plan.tasks {
        if task.line == 0 || task.line > lines.len() {
            return Err(format!("{} stands at line {} of {}", task.id, task.line, lines.len()));
        }
        let next = plan.tasks.iter().map(|t| t.line).filter(|line| *line > task.line).min();
        let own = lines[task.line - 1..next.map_or(lines.len(), |line| line - 1)].join("\n");
        let patterns = task.scope.iter().flatten().map(|p| p.as_str().trim_start_matches('!'));
        for word in patterns.chain([task.id.as_str()]) {
            if !stands_in(&own, word, plan.format) {
                return Err(format!("{word:?} of {} is not in its lines:\n{own}", task.id));
            }
        }
    }
    Ok(())
}

/// Is the word there, give or take what Markdown and TOML let people write instead?
fn stands_in(text: &str, word: &str, format: &str) -> bool {
    if text.contains(word) {
        return true;
    }
    if format == "native" {
        return text.contains('\\');
    }
    let plain = text.replace(['\u{e000}', '\u{e001}'], "").replace("\\_", "_");
    let mut untagged = String::new();
    for part in plain.split('<') {
        untagged += part.split_once('>').map_or(part, |(_, after)| after);
    }
    // `**T1.5**a` is shown as T1.5a.
    plain.contains(word) || untagged.contains(word) || untagged.replace("**", "").contains(word)
}

/// The patterns match what a slow and obvious matcher matches.
fn matched(plan: &Plan, dice: &mut Dice) -> Result<(), String> {
    const PIECES: [&str; 14] =
        ["src", "/", "docs", "/", ".rs", "a", "b", "lexer", "x", "app", "[id]", "route.ts", ".md", "é"];
    for scope in plan.tasks.iter().filter_map(|t| t.scope.as_ref()) {
        // The slow matcher takes for ever over many stars.
        let short = |p: &&str| p.len() < 200 && p.matches('*').count() < 9;
        let patterns: Vec<&str> = scope.iter().map(|p| p.as_str()).filter(short).collect();
        if patterns.len() < scope.len() {
            continue;
        }
        let mut paths: Vec<String> = vec![(0..=dice.roll(6)).map(|_| dice.pick(&PIECES)).collect()];
        paths.extend(
            patterns.iter().map(|p| p.replace("**", "a/b").replace(['*', '?'], "x").replace('!', "")),
        );
        for path in paths {
            let (quick, slow) = (scope.matches(path.as_bytes()), slow::in_scope(&patterns, path.as_bytes()));
            if quick != slow {
                return Err(format!("{patterns:?} and {path:?}: {quick}, and the slow matcher says {slow}"));
            }
        }
    }
    Ok(())
}

/// A change that the lock does not see leaves the tasks as they were.
fn lock(path: &str, old: &[u8], new: &[u8], words: &mut Vec<&'static str>) -> Result<(), String> {
    let _ = plan::locked_lines(path, new);
    let hidden = old != new && plan::first_locked_difference(path, old, new).is_none();
    if hidden {
        words.push("hidden from the lock");
        let (before, after) = (plan::read(path, old), plan::read(path, new));
        let (before, after) = (before.map_err(|e| e.to_string())?, after.map_err(|e| e.to_string())?);
        let all = |plan: &Plan| -> Vec<_> {
            let one = |t: &Task| (t.id.clone(), scope_of(t), t.depends_on.clone(), t.summary.clone());
            plan.tasks.iter().map(one).collect()
        };
        if all(&before) != all(&after) || plan::blocking(&before).len() != plan::blocking(&after).len() {
            return Err(format!("the lock does not see {:?}\nbecome {:?}", all(&before), all(&after)));
        }
    }
    Ok(())
}

/// Nothing that an executable native plan says is unknown or dropped.
fn whole(plan: &Plan, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = DeTable::parse(text).map_err(|e| format!("read, and no TOML: {e}"))?;
    let mut said = Vec::new();
    for (key, value) in root.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("version", DeValue::Integer(_)) | ("topic", DeValue::String(_)) => {}
            ("task", DeValue::Array(tasks)) => said.extend(tasks.iter().map(|t| t.get_ref())),
            (key, _) => return Err(format!("{key} was accepted")),
        }
    }
    let mut scopes = Vec::new();
    for task in said {
        let table = task.as_table().ok_or("a task that is no table was accepted")?;
        if let Some(key) = table.keys().find(|k| !KEYS.contains(&k.get_ref().as_ref())) {
            return Err(format!("the key {} was accepted", key.get_ref()));
        }
        let scope =
            table.get("scope").and_then(|s| s.get_ref().as_array()).ok_or("no scope, and accepted")?;
        let text = |v: &DeValue<'_>| v.as_str().map(without_dots);
        scopes.push(scope.iter().map(|v| text(v.get_ref())).collect::<Option<Vec<_>>>());
    }
    let mut held: Vec<_> = plan.tasks.iter().map(scope_of).collect();
    held.sort();
    scopes.sort();
    if held == scopes { Ok(()) } else { Err(format!("the text says {scopes:?}\nand guard holds {held:?}")) }
}

fn without_dots(pattern: &str) -> String {
    let (sign, body) = pattern.strip_prefix('!').map_or(("", pattern), |body| ("!", body));
    format!("{sign}{}", body.trim_start_matches("./"))
}

#[test]
fn what_is_said_about_hostile_plans_reaches_no_terminal() {
    let repo = Repo::new();
    let mut accepted = 0;
    let all = count() / 50;
    for n in 0..all {
        let mut dice = Dice::new(seed().wrapping_add(n as u64));
        let sound = throw(&mut dice);
        let mut bytes = sound.text.into_bytes();
        mutate(&mut dice, &mut bytes, &WORDS);
        let name = sound.path.rsplit('/').next().unwrap();
        repo.write(name, &bytes);
        let run = |words: &[&str]| guard(repo.command(guard_bin(), &repo.path).args(words));
        let (lint, show) = (run(&["plan", "lint", name]), run(&["plan", "show", name]));
        assert_eq!(lint.code == 2, show.code == 2, "{}\n{}", lint.text(), show.text());
        accepted += usize::from(lint.code == 0);
    }
    eprintln!("{all} plans through the program: {accepted} executable");
    assert!(accepted * 100 >= all * 15);
}
