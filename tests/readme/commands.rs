//! Each `guard …` that a document names is a command, with options that it has.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;

use guard::hook::DOORS;
use guard::rule::RULES;

use crate::document::{blocks, code_spans, everything, text};
use crate::harness::guard_bin;

/// What `guard <words> --help` prints; `None`: there is no such command.
fn help(words: &[&str]) -> Option<String> {
    static KNOWN: Mutex<BTreeMap<String, Option<String>>> = Mutex::new(BTreeMap::new());
    let ask = || {
        let out = Command::new(guard_bin()).args(words).arg("--help").output().unwrap();
        out.status.success().then(|| String::from_utf8(out.stdout).unwrap())
    };
    KNOWN.lock().unwrap().entry(words.join(" ")).or_insert_with(ask).clone()
}

/// Does the help list the option?
fn lists(help: &str, option: &str) -> bool {
    help.split(|c: char| c.is_whitespace() || ",<[".contains(c)).any(|word| word == option)
}

/// What is wrong with the words behind `guard`.
fn fault(command: &str) -> Option<String> {
    let mut words: Vec<&str> = command.split_whitespace().collect();
    while words.first() == Some(&"-C") {
        words.drain(..words.len().min(2));
    }
    let first = *words.first()?;
    if first == "hook" {
        return words.get(1).filter(|name| !DOORS.contains(*name)).map(|name| format!("no hook {name}"));
    }
    // Prose goes on behind the name of the program: `guard` alone, `guard …`.
    if !first.starts_with(|c: char| c.is_ascii_lowercase() || c == '-') {
        return None;
    }
    let mut path: Vec<&str> = Vec::new();
    if !first.starts_with('-') {
        path.push(first);
        let Some(text) = help(&path) else { return Some(format!("no command {first}")) };
        let below = text.split("Commands:\n").nth(1).map(|t| t.split("\n\n").next().unwrap());
        let word = words.get(1).copied().unwrap_or_default();
        let named = below.is_some_and(|b| b.lines().any(|l| l.split_whitespace().next() == Some(word)));
        if named {
            path.push(word);
        } else if ["plan", "agent"].contains(&first) && word.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Some(format!("no command {first} {word}"));
        }
    }
    let text = help(&path)?;
    let options = words.iter().skip(path.len()).filter(|w| w.starts_with('-') && !["-", "--"].contains(*w));
    let options = options.map(|w| w.split('=').next().unwrap());
    if first == "explain"
        && words.get(1).is_some_and(|r| {
            is_word(r) && !["rule", "signed-off"].contains(r) && RULES.iter().all(|n| n.name != *r)
        })
    {
        return Some(format!("no rule {}", words[1]));
    }
    options
        .map(|o| o.trim_end_matches(['`', ',', '.']))
        .find(|o| !lists(&text, o))
        .map(|o| format!("guard {} has no {o}", path.join(" ")))
}

fn is_word(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// The words behind each `guard ` that begins a command in a line of shell.
fn typed(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in line.split(['|', ';', '&', '(', ')', '{', '}']) {
        let part = part.trim().trim_start_matches("do ").trim_start_matches("exec ");
        let start = part.split_whitespace().find(|word| !word.contains('='));
        if start == Some("guard") {
            let rest = part.split_once("guard").unwrap().1;
            let end = rest.find(['<', '>', '#', '\'', '"'].as_slice());
            // A placeholder such as <plan> ends nothing that matters: options behind it are found by the help.
            found.push(rest[..end.unwrap_or(rest.len())].trim().to_owned());
        }
    }
    found
}

fn commands(text: &str) -> Vec<String> {
    // What guard says of itself in a message is no command.
    let said = ["guard finds no tasks"];
    let spans = code_spans(text)
        .into_iter()
        .filter(|s| s.starts_with("guard ") && !said.iter().any(|t| s.starts_with(t)));
    let mut found: Vec<String> = spans.flat_map(|span| typed(&span.replace(['<', '>'], ""))).collect();
    for block in blocks(text) {
        let shell = ["console", "sh"].contains(&block.language.as_str());
        let lines = block.lines.iter().filter(|_| shell);
        found.extend(lines.flat_map(|line| typed(line.strip_prefix("$ ").unwrap_or(line))));
    }
    found
}

#[test]
fn every_command_and_option_that_a_document_names_is_there() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for document in everything() {
        for command in commands(&text(&document)) {
            seen += 1;
            wrong.extend(fault(&command).map(|why| format!("{document}: `guard {command}`: {why}")));
        }
    }
    assert!(seen > 150, "{seen} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn options_that_stand_alone_are_somebody_s() {
    // git's own, and what is said to be gone round.
    // And install.sh's own.
    const OF_GIT: [&str; 9] = [
        "--no-verify",
        "--amend",
        "--fixup",
        "--autosquash",
        "--index",
        "--prefix",
        "--demo",
        "--no-ff",
        "--sha256",
    ];
    let names =
        ["install", "check", "plan show", "plan lint", "plan convert", "next", "rollback", "log", "report"];
    let names =
        names.iter().chain(&["gate", "gate decide", "agent hooks", "init", "start", "uninstall", "man"]);
    let all: String = names.map(|name| help(&name.split(' ').collect::<Vec<_>>()).unwrap()).collect();
    for document in everything() {
        for span in code_spans(&text(&document)).iter().filter(|span| span.starts_with("--")) {
            let option = span.split([' ', '=']).next().unwrap();
            // Of `cargo bench --bench ratios`, in whose sources each is an arm of a match.
            let of_the_bench = text("benches/ratios/main.rs").contains(&format!("\"{option}\" => "));
            let known = lists(&all, option) || OF_GIT.contains(&option) || of_the_bench;
            assert!(known, "{document}: nothing takes {span}");
        }
    }
}

#[test]
fn what_is_not_there_is_seen() {
    for command in [
        "frobnicate",
        "check --frobnicate",
        "plan frobnicate x",
        "gate decide x --never",
        "hook frobnicate",
        "explain frobnicate",
        "agent hooks claude --wrote",
        "-C x statis",
        "--frobnicate",
    ] {
        assert!(fault(command).is_some(), "{command}");
    }
    for command in
        ["check a..b --format sarif", "-C ../x status", "gate decide x --retry", "explain RULE", ""]
    {
        assert_eq!(fault(command), None, "{command}");
    }
    assert_eq!(
        commands("see `guard x --y` or\n\n```console\n$ A=b guard z && guard w | head\n```\n"),
        ["x --y", "z", "w"]
    );
}
