//! What is written is registered: rules, plan formats, reporters, commands.

use std::fs;
use std::process::Command;

use guard::rule::{Check, RULES};

use super::harness::guard_bin;
use super::source::{Source, project, rust_files, sources};

/// The names of the files of a folder but `mod.rs`, without `.rs`.
fn stems(folder: &str) -> Vec<String> {
    let in_it =
        |path: &String| path.strip_prefix(folder).and_then(|p| p.strip_prefix('/')).map(str::to_owned);
    let files = rust_files(folder).iter().filter_map(in_it).filter(|p| !p.contains('/')).collect::<Vec<_>>();
    files
        .iter()
        .map(|f| f.trim_end_matches(".rs").to_owned())
        .filter(|f| f != "mod" && f != "tests")
        .collect()
}

#[test]
fn every_rule_file_is_registered_under_its_own_name() {
    let mut files: Vec<String> = stems("src/rule").iter().map(|stem| stem.replace('_', "-")).collect();
    let mut names: Vec<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names, "files of src/rule/ and RULES");
    for rule in RULES {
        let own = fs::read_to_string(project().join(format!("src/rule/{}.rs", rule.name.replace('-', "_"))))
            .unwrap();
        assert!(rule.source == own, "{}: `source` is another file than its own", rule.name);
        let whole = matches!(rule.check, Check::Branch(_));
        assert!(whole == rule.kinds.is_empty(), "{} judges no kind of commit", rule.name);
        assert!(rule.push_only || !whole, "{}: no commit door sees a branch", rule.name);
    }
}

#[test]
fn every_rule_is_explained_by_the_head_of_its_file() {
    for rule in RULES {
        let text = rule.explanation();
        let summary = rule.summary();
        let sentence =
            summary.starts_with(|c: char| c.is_uppercase()) && summary.ends_with('.') && summary.len() < 120;
        assert!(sentence, "{}: the head starts with a sentence: {summary:?}", rule.name);
        let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(headings, ["## Wants", "## Why", "## How"], "{}", rule.name);
        for part in text.split("## ").skip(1) {
            assert!(
                part.lines().skip(1).any(|line| !line.trim().is_empty()),
                "{}: an empty {part:?}",
                rule.name
            );
        }
    }
}

#[test]
fn every_rule_has_a_black_box_case() {
    let ours = ["tests/house", "tests/harness", "tests/doors_agree"];
    let files = rust_files("tests").into_iter().filter(|f| !ours.iter().any(|o| f.starts_with(o)));
    let all: String = files.map(|f| fs::read_to_string(project().join(f)).unwrap()).collect();
    let without: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.name)
        .filter(|name| {
            !["error[NAME]", "warning[NAME]", "\"NAME\""]
                .iter()
                .any(|form| all.contains(&form.replace("NAME", name)))
        })
        .collect();
    assert!(without.is_empty(), "no test names error[<rule>], warning[<rule>] or \"<rule>\" of {without:?}");
}

/// Is `<stem>::<item>` in the list `FORMATS` of that folder's `mod.rs`?
fn registered(folder: &str, item: &str, defines: &str) -> (Vec<String>, usize) {
    let path = format!("{folder}/mod.rs");
    let registry = Source::parse(&path, &fs::read_to_string(project().join(&path)).unwrap());
    let list = registry.code.split("FORMATS").nth(1).unwrap().split("];").next().unwrap().to_owned();
    let having = |stem: &String| {
        let path = format!("{folder}/{stem}.rs");
        Source::parse(&path, &fs::read_to_string(project().join(&path)).unwrap()).code.contains(defines)
    };
    let all: Vec<String> = stems(folder).into_iter().filter(having).collect();
    (all.iter().filter(|stem| !list.contains(&format!("{stem}::{item}"))).cloned().collect(), all.len())
}

#[test]
fn every_plan_format_is_registered() {
    let (missing, count) = registered("src/plan", "FORMAT", "const FORMAT: Format");
    assert!(missing.is_empty() && count > 0, "not in plan::FORMATS: {missing:?}");
    assert_eq!(guard::plan::FORMATS.len(), count);
    let mut names: Vec<&str> = guard::plan::FORMATS.iter().map(|f| f.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two formats of one name");
}

#[test]
fn every_reporter_is_registered() {
    let (missing, count) = registered("src/report", "verdict", "fn verdict(");
    assert!(missing.is_empty() && count > 0, "not in report::FORMATS: {missing:?}");
    assert_eq!(guard::report::FORMATS.len(), count);
}

#[test]
fn every_coding_agent_is_registered() {
    let path = "src/agent/mod.rs";
    let code = Source::parse(path, &fs::read_to_string(project().join(path)).unwrap()).code;
    let list = code.split("HOSTS: &[Host]").nth(1).unwrap().split("];").next().unwrap().to_owned();
    let is_host = |stem: &String| {
        let path = format!("src/agent/{stem}.rs");
        fs::read_to_string(project().join(path)).unwrap().contains("const HOST: Host")
    };
    let hosts: Vec<String> = stems("src/agent").into_iter().filter(is_host).collect();
    let missing: Vec<&String> = hosts.iter().filter(|h| !list.contains(&format!("{h}::HOST"))).collect();
    assert!(missing.is_empty() && !hosts.is_empty(), "not in agent::HOSTS: {missing:?}");
    let mut names: Vec<&str> = guard::agent::HOSTS.iter().map(|host| host.name).collect();
    names.sort_unstable();
    assert_eq!(names, hosts, "each file under its own name");
}

#[test]
fn every_format_of_the_report_is_registered() {
    let (missing, count) = registered("src/summary", "write", "fn write(");
    assert!(missing.is_empty() && count > 0, "not in summary::FORMATS: {missing:?}");
    assert_eq!(guard::summary::FORMATS.len(), count);
}

/// Commands of the design that are still to come: texts may name them, and nothing else.
const TO_COME: [&str; 1] = ["hook pre-receive"];

/// The words after `guard ` wherever a text tells a person what to type: in backticks, at the start of a line or a
/// literal, after `&&`. Prose such as "guard finds no tasks" is no command.
fn commands_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("guard ") {
        let (before, after) = (&text[..at], &text[at + 6..]);
        let line_start = before.rsplit("\\n").next().unwrap().rsplit('\n').next().unwrap().trim().is_empty();
        let quoted = before.ends_with('`');
        if !(quoted || line_start || before.ends_with("&& ") || before.ends_with("$ ")) {
            continue;
        }
        let span = if quoted { after.split('`').next().unwrap() } else { after };
        let span = span.split("\\n").next().unwrap().split('\n').next().unwrap();
        let command = span.split("  ").next().unwrap();
        let is_word = |w: &&str| {
            w.starts_with(|c: char| c.is_ascii_lowercase())
                && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        let words: Vec<&str> = command.split(' ').take_while(is_word).take(2).collect();
        let Some(first) = words.first() else { continue };
        let is_known = known().contains(&(*first).to_owned());
        // What is typed goes on with an argument, a gap or nothing; a sentence goes on with a word.
        let ends = command.split(' ').nth(words.len()).is_none_or(|w| !is_word(&w));
        if ends && (quoted || words.len() < 2 || is_known) {
            found.push(words.join(" "));
        } else if is_known {
            found.push((*first).to_owned());
        }
    }
    found
}

/// What `guard --help` lists, and `hook`, which is for git and not for people.
fn known() -> &'static Vec<String> {
    static KNOWN: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    KNOWN.get_or_init(|| {
        let out = Command::new(guard_bin()).arg("--help").output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let list = text.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let mut all: Vec<String> =
            list.lines().filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect();
        assert!(all.len() > 5, "{text}");
        all.push("hook".to_owned());
        all
    })
}

/// Does the built guard have this command?
fn exists(command: &str) -> bool {
    let words: Vec<&str> = command.split(' ').collect();
    let runs = |args: &[&str]| Command::new(guard_bin()).args(args).output().unwrap().status.success();
    match words.as_slice() {
        ["hook"] => true,
        ["hook", name] => guard::hook::DOORS.contains(name),
        ["explain", rule] => runs(&["explain", rule]),
        ["plan", word] => runs(&["plan", word, "--help"]),
        ["agent", word] => runs(&["agent", word, "--help"]),
        [first, ..] => known().contains(&(*first).to_owned()) && runs(&[first, "--help"]),
        [] => true,
    }
}

#[test]
fn every_command_that_a_text_names_is_there() {
    let mut seen = Vec::new();
    let mut wrong = Vec::new();
    for source in sources() {
        let head: String =
            source.text.lines().filter_map(|l| l.strip_prefix("//!")).map(|l| format!("{l}\n")).collect();
        let explained = source.path.starts_with("src/rule/").then_some((1, head));
        for (line, text) in source.strings.iter().chain(&explained) {
            for command in commands_in(text) {
                if TO_COME.contains(&command.as_str()) {
                    println!("{}:{line}: guard {command} is to come", source.path);
                } else if !seen.contains(&command) && !exists(&command) {
                    wrong.push(format!("{}:{line}: there is no `guard {command}`", source.path));
                } else {
                    seen.push(command);
                }
            }
        }
    }
    assert!(seen.len() > 30, "texts name commands: {seen:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_command_that_is_not_there_is_seen_and_prose_is_not() {
    for (text, command) in [
        ("guard frobnicate", "frobnicate"),
        ("guard frobnicate <plan>", "frobnicate"),
        ("guard frobnicate                     makes it so", "frobnicate"),
        ("run `guard frobnicate it` again", "frobnicate it"),
        ("Example:\\n  guard frobnicate --all", "frobnicate"),
        ("guard plan frobnicate plans/x.toml", "plan frobnicate"),
        ("guard explain frobnicate", "explain frobnicate"),
        ("guard hook frobnicate", "hook frobnicate"),
    ] {
        assert_eq!(commands_in(text), [command], "{text}");
        assert!(!exists(command), "{command}");
    }
    for text in [
        "guard finds no tasks here",
        "guard could not check this commit",
        "the new guard runs",
        "guard: note",
    ] {
        assert_eq!(commands_in(text), [""; 0], "{text}");
    }
    assert!(exists("plan lint") && exists("explain scope") && exists("check") && exists("hook commit-msg"));
}
