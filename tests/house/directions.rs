//! Who may know whom. Data flows one way: see the head of `src/lib.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, sources};

/// What the evaluator and everything below it may use.
const CORE: [&str; 12] = [
    "model", "error", "history", "message", "naming", "plan", "policy", "pattern", "evidence", "journal",
    "lock", "rule",
];

/// Doors and commands: each may use everything but the command line.
const COMMANDS: &[&str] = &[
    "hook", "check", "start", "status", "view", "explain", "init", "install", "demo", "doctor", "gate",
    "account", "next", "rollback", "log", "summary", "agent",
];

/// May the top-level module `from` use the top-level module `to`? `None`: nobody has decided about `from` yet.
fn allowed(from: &str, to: &str) -> Option<bool> {
    let among = |list: &[&str]| Some(list.contains(&to));
    match from {
        "model" | "clock" => among(&[]),
        "error" => among(&["model"]),
        "platform" => among(&["error"]),
        "alone" => among(&["error", "platform"]),
        "history" | "pattern" | "evidence" => among(&["model", "error"]),
        "message" => among(&["model"]),
        "policy" | "plan" => among(&["model", "error", "pattern"]),
        "journal" => among(&["model", "error", "evidence", "plan", "policy"]),
        "naming" => among(&["message", "model", "plan", "policy", "pattern"]),
        "lock" | "rule" | "judge" | "execution" => among(&CORE),
        "git" => among(&["model", "error", "history", "platform"]),
        "report" => among(&["model", "error", "platform", "rule"]),
        "cli" => Some(true),
        "main" => among(&["cli"]),
        "" => Some(true), // lib.rs names them all
        command if COMMANDS.contains(&command) => Some(to != "cli"),
        _ => None,
    }
}

/// The top-level modules that a file names, with the line: `crate::x`, `crate::{x, y::z}`, `super::super::x`.
fn named(source: &Source) -> Vec<(usize, String)> {
    let depth = source.module().len();
    let mut found = Vec::new();
    let words = source.words();
    for (n, (at, word)) in words.iter().enumerate() {
        let path_before = source.code[..*at].trim_end().ends_with("::");
        let root = match *word {
            "crate" => true,
            "guard" => source.path == "src/main.rs" && !path_before,
            "super" if !path_before => {
                let chain = words[n..].iter().take_while(|(_, w)| *w == "super").count();
                chain >= depth && depth > 0 && !source.path.ends_with("lib.rs")
            }
            _ => false,
        };
        let rest = source.code[at + word.len()..].trim_start();
        let rest = (0..depth).fold(rest, |rest, _| rest.strip_prefix("::super").unwrap_or(rest));
        let Some(rest) = rest.strip_prefix("::").filter(|_| root) else { continue };
        let names = rest.trim_start();
        let line = source.line_of(*at);
        if let Some(list) = names.strip_prefix('{') {
            found.extend(of_list(list).into_iter().map(|name| (line, name)));
        } else {
            found.push((line, first_word(names)));
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first name of each entry of a `{…}` list.
fn of_list(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            c if depth == 0 => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.iter().map(|n| first_word(n.trim())).filter(|n| !n.is_empty() && n != "self").collect()
}

fn wrong_directions(source: &Source, modules: &BTreeSet<String>) -> Vec<String> {
    let from = source.module().first().copied().unwrap_or_default().to_owned();
    let mut wrong = Vec::new();
    for (line, to) in named(source) {
        if to == from || !modules.contains(&to) {
            continue;
        }
        match allowed(&from, &to) {
            Some(true) => {}
            Some(false) => wrong.push(format!("{}:{line}: {from} may not know {to}", source.path)),
            None => wrong
                .push(format!("{}: decide in tests/house/directions.rs whom {from} may know", source.path)),
        }
    }
    wrong
}

fn modules(sources: &[Source]) -> BTreeSet<String> {
    sources.iter().filter_map(|s| s.module().first().map(|m| (*m).to_owned())).collect()
}

#[test]
fn modules_know_only_whom_they_may() {
    let sources = sources();
    let modules = modules(&sources);
    let wrong: Vec<String> = sources.iter().flat_map(|s| wrong_directions(s, &modules)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_direction_is_seen_however_it_is_written() {
    let modules = ["model", "git", "cli", "rule", "lock"].map(str::to_owned).into();
    for (path, text) in [
        ("src/model.rs", "use crate::git::read::Reader;"),
        ("src/rule/scope.rs", "use crate::{\n    model::Change,\n    git::{run, read},\n};"),
        ("src/rule/scope.rs", "fn f() { crate::git::run::command(); }"),
        ("src/rule/scope.rs", "use super::super::git;"),
        ("src/model.rs", "use super::git;"),
        ("src/start.rs", "pub(crate) use crate::cli as c;"),
        ("src/newcomer.rs", "use crate::model::Change;"),
        ("src/main.rs", "use guard::git;"),
    ] {
        assert_eq!(wrong_directions(&Source::parse(path, text), &modules).len(), 1, "{path}: {text}");
    }
    for (path, text) in [
        (
            "src/model.rs",
            "//! [`x`](crate::git::x)\n// crate::git\nconst A: &str = \"crate::git\"; const B: char = '\"';",
        ),
        ("src/model.rs", "#[cfg(test)]\nmod tests {\n    use crate::git::read; fn f() { { } }\n}\n"),
        ("src/rule/scope.rs", "use super::{Context, git};"),
        ("src/git/read/mod.rs", "use crate::git::run;"),
        ("src/main.rs", "fn main() { guard::cli::main() }"),
    ] {
        assert_eq!(wrong_directions(&Source::parse(path, text), &modules), [""; 0], "{path}: {text}");
    }
}

#[test]
fn there_is_no_cycle_but_that_of_lock_and_rule() {
    // The rules read the lock, because it is what they judge by. The lock asks what a record is, because a rollback commit
    // may carry records only, and for the rules' names, because the policy that it reads may use no others.
    let sources = sources();
    let modules = modules(&sources);
    let mut knows: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in &sources {
        if let Some(from) = source.module().first().copied() {
            let to =
                named(source).into_iter().map(|(_, to)| to).filter(|to| to != from && modules.contains(to));
            knows.entry(from).or_default().extend(to);
        }
    }
    let reaches = |from: &str| {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(at) = todo.pop() {
            for next in knows.get(at.as_str()).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    todo.push(next.clone());
                }
            }
        }
        seen
    };
    assert!(reaches("main").len() > 10, "the program is made of its modules: {:?}", reaches("main"));
    let in_cycles: Vec<&str> = knows.keys().copied().filter(|from| reaches(from).contains(*from)).collect();
    assert_eq!(in_cycles, ["lock", "rule"]);
}

#[test]
fn each_library_is_named_in_one_place() {
    let places: [(&str, &[&str]); 6] = [
        ("gix", &["src/git/read"]),
        ("git2", &["src/git/write.rs"]),
        ("clap", &["src/cli.rs", "src/cli/"]),
        ("owo_colors", &["src/report"]),
        ("rustix", &["src/platform/unix.rs"]),
        ("signal_hook", &["src/platform/"]),
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        for (at, word) in source.words() {
            let place = places.iter().find(|(library, _)| *library == word);
            if place.is_some_and(|(_, places)| !places.iter().any(|p| source.path.starts_with(p))) {
                wrong.push(format!("{}:{}: {word}", source.path, source.line_of(at)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What asks which system this is built for, or is there on one of them only.
fn of_one_system(source: &Source) -> Vec<String> {
    let squeezed: String = source.code.chars().filter(|c| !c.is_whitespace()).collect();
    let asks = ["os::unix", "os::windows", "os::linux", "canonicalize("]
        .into_iter()
        .filter(|word| squeezed.match_indices(word).any(|(at, _)| !squeezed[..at].ends_with("platform::")));
    let chooses = source.words().into_iter().filter(|(at, word)| {
        let before = source.code[..*at].trim_end();
        ["unix", "windows", "target_os", "target_family", "guard_portable"].contains(word)
            && (before.ends_with('(') || before.ends_with(','))
            && before.contains("cfg")
    });
    asks.map(str::to_owned).chain(chooses.map(|(_, word)| format!("cfg({word})"))).collect()
}

#[test]
fn only_the_platform_asks_for_the_system() {
    let others = |s: &&Source| !s.path.starts_with("src/platform") && !s.is_tests();
    let sources = sources();
    let found = sources
        .iter()
        .filter(others)
        .flat_map(|s| of_one_system(s).into_iter().map(|what| format!("{}: {what}", s.path)));
    let wrong: Vec<String> = found.collect();
    assert!(wrong.is_empty(), "src/platform.rs is the place for this\n{}", wrong.join("\n"));
    for text in [
        "use std::os::unix::fs::symlink;",
        "fn f() { std :: os :: windows :: x() }",
        "#[cfg(unix)]\nfn f() {}",
        "fn f() { if cfg!(windows) {} }",
        "#[cfg(all(test, not(target_os = \"linux\")))]\nfn f() {}",
        "fn f() { path.canonicalize() }",
        "fn f() { std::fs::canonicalize(path) }",
    ] {
        assert_eq!(of_one_system(&Source::parse("src/x.rs", text)).len(), 1, "{text}");
    }
    for text in [
        "fn f() { platform::canonicalize(path); windows(2) }",
        "// cfg(unix)",
        "#[cfg(test)]\nmod tests { use std::os::unix; }",
    ] {
        assert_eq!(of_one_system(&Source::parse("src/x.rs", text)), [""; 0], "{text}");
    }
}

#[test]
fn rules_never_name_git() {
    for source in sources().iter().filter(|s| s.path.starts_with("src/rule/")) {
        let names: Vec<usize> =
            source.words().iter().filter(|(_, w)| *w == "git").map(|(at, _)| source.line_of(*at)).collect();
        assert!(names.is_empty(), "{}:{names:?}", source.path);
    }
}
