//! `-C`, `-q`, `-v`, `--color`; and what is mistyped.

use std::fs;

use crate::harness::Repo;
use crate::running;

const RANGE: &str = "HEAD~1..HEAD";
const CODES: &str = "\u{1b}[";

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let repo = Repo::new();
    repo.write("sub/file", "");
    for args in [
        &["-C", "nowhere", "status"][..],
        &["status", "-C", "nowhere"],
        &["-C", "sub/file", "status"],
        &["-C", "sub", "-C", "sub", "status"],
        &["-C", "sub", "check", "-C", "sub"],
    ] {
        repo.guard(args).says(2, &["cannot be entered", "fix"]);
    }
    repo.guard(&["-C"]).says(2, &["-C <DIR>"]);
}

#[test]
fn hooks_have_a_help_too() {
    let repo = Repo::new();
    repo.guard(&["hook", "post-everything"]).says(2, &["no hook called", "commit-msg", "pre-receive"]);
    repo.guard(&["hook"]).says(2, &["guard hook --help"]);
    let help = repo.guard(&["hook", "--help"]).ok();
    for words in ["Usage: guard hook <NAME>", "commit-msg", "pre-receive", "Examples:\n  guard hook"] {
        assert!(help.contains(words), "{words:?} is not in:\n{help}");
    }
    assert_eq!(repo.guard(&["hook", "-h"]).ok(), help);
    assert_eq!(repo.guard(&["help", "hook"]).ok(), help);
}

#[test]
fn each_folder_is_relative_to_the_one_before_wherever_it_is_typed() {
    let repo = running();
    repo.write("one/two/x", "");
    let answer = repo.guard(&["scope", "T001"]).ok();
    let root = repo.root();
    let path = repo.path.to_str().unwrap();
    for args in [
        &["-C", path, "scope", "T001"][..],
        &["scope", "-C", path, "T001"],
        &["scope", "T001", "-C", path],
        &["-C", "repo", "-C", "one", "-C", "two", "scope", "T001"],
        &["-C", "repo", "scope", "T001", "-C", "one", "-C", "two"],
        &["-C", "repo/one", "-C", "", "scope", "T001", "-C", "../one"],
        &["-Crepo", "scope", "T001"],
    ] {
        assert_eq!(repo.run_in(&root, crate::harness::guard_bin(), args).ok(), answer, "{args:?}");
    }
    let plan = repo.guard(&["-C", "plans", "plan", "show", "lexer.toml"]).ok();
    assert!(plan.contains("LEX-7"), "{plan}");
    assert_eq!(repo.guard(&["plan", "-C", "plans", "show", "lexer.toml"]).ok(), plan);
    assert_eq!(repo.guard(&["plan", "show", "-C", "plans", "lexer.toml"]).ok(), plan);
}

#[test]
fn colours_are_what_was_asked_for_and_the_verdict_is_the_same() {
    let mut repo = running();
    let plain = repo.guard(&["check", RANGE]).says(1, &["error[scope]"]).out;
    assert!(!plain.contains(CODES));
    for (variable, value) in [("X", "x"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"), ("TERM", "dumb")] {
        repo.env(variable, value);
        let never = repo.guard(&["check", RANGE, "--color", "never"]).says(1, &[]).out;
        assert_eq!(never, plain, "{variable}");
        let always = repo.guard(&["--color=always", "check", RANGE]).says(1, &[]).out;
        assert!(always.contains(CODES), "{variable}");
        assert_eq!(without_colours(&always), plain, "{variable}");
        let auto = repo.guard(&["check", RANGE, "--color", "auto"]).says(1, &[]).out;
        assert_eq!(auto.contains(CODES), variable == "CLICOLOR_FORCE", "{variable}");
        // The last one counts, as everywhere.
        repo.guard(&["--color=always", "check", RANGE, "--color=never", "--color=always"]).says(1, &[CODES]);
        repo.unset(variable);
    }
    repo.guard(&["check", "--color", "sometimes"]).says(2, &["auto, always, never"]);
    let json = repo.guard(&["check", RANGE, "--format", "json", "--color", "always"]).says(1, &[]).out;
    assert!(!json.contains(CODES), "{json}");
    let error = repo.guard(&["--color", "always", "scope", "T009"]).says(2, &[]).err;
    assert!(error.contains(CODES), "{error}");
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split(CODES);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn quiet_says_what_was_asked_and_verbose_says_how_it_went() {
    let repo = running();
    for quiet in [&["-q", "check", RANGE][..], &["check", RANGE, "--quiet"], &["check", "-q", RANGE]] {
        let ran = repo.guard(quiet).says(1, &["error[scope]"]);
        assert!(!ran.text().contains("judged") && ran.err.is_empty(), "{}", ran.text());
    }
    // An answer is no noise.
    repo.guard(&["-q", "next"]).says(0, &["LEX-7"]);
    repo.guard(&["-q", "scope", "T9"]).says(2, &["has no task"]);
    assert_eq!(repo.guard(&["init", "-q"]).says(0, &[]).text(), "");
    assert!(repo.path.join("guard.toml").exists());
    repo.guard(&["init", "-q"]).says(2, &["is there already"]);
    fs::remove_file(repo.path.join("guard.toml")).unwrap();
    let dry = repo.guard(&["-q", "install", "--dry-run"]).says(0, &["commit-msg"]);
    assert_eq!(dry.err, "");
    repo.guard(&["install", "--dry-run"]).says(0, &["nothing is changed"]);
    assert_eq!(repo.guard(&["-q", "install"]).says(0, &[]).text(), "");
    assert!(repo.path.join(".git/hooks/commit-msg").exists());

    for verbose in [&["-v", "check", RANGE][..], &["check", RANGE, "--verbose"]] {
        let path = repo.path.to_str().unwrap();
        let ran = repo.guard(verbose).says(1, &["error[scope]"]);
        assert_eq!(ran.out, repo.guard(&["check", RANGE]).out);
        for words in ["guard: check of guard", path, "exit code 1 after", "ms"] {
            assert!(ran.err.contains(words), "{}", ran.err);
        }
    }
    repo.guard(&["-q", "check", "-v"]).says(2, &["--quiet and --verbose", "fix"]);
}

#[test]
fn what_is_mistyped_gets_the_nearest_word() {
    let repo = running();
    for (args, near) in [
        (&["chekc"][..], "'check'"),
        (&["plan", "shwo", "x"], "'show'"),
        (&["check", "--fromat", "json"], "'--format'"),
        (&["check", "--quite"], "'--quiet'"),
        (&["check", "--format", "jsn"], "'json'"),
        (&["check", "--color", "nevr"], "'never'"),
        (&["plan", "show", "x", "--as", "natve"], "'native'"),
        (&["report", "--format", "mardown"], "'markdown'"),
        (&["explain", "scpoe"], "guard explain scope"),
        (&["scope", "T01"], "did you mean T001?"),
        (&["scope", "LEXX-7"], "did you mean LEX-7?"),
        (&["gate", "T0001"], "did you mean T001?"),
        (&["rollback", "--to", "T0O1", "--dry-run"], "did you mean T001?"),
    ] {
        repo.guard(args).says(2, &[near]);
    }
    // What is like nothing gets no guess.
    for args in [&["scope", "banana"][..], &["explain", "banana"], &["banana"]] {
        let text = repo.guard(args).says(2, &[]).text();
        assert!(!text.contains("did you mean") && !text.contains("similar"), "{text}");
    }
}

#[test]
fn the_rules_are_listed_in_columns() {
    let said = Repo::new().guard(&["explain"]).ok();
    let rows: Vec<&str> = said.lines().filter(|line| line.starts_with("  ")).collect();
    let level = |row: &&str| row.find(" [").unwrap();
    let summary =
        |row: &&str| row.find("] ").map(|at| at + row[at + 1..].find(|c| c != ' ').unwrap()).unwrap();
    assert!(rows.len() > 10, "{said}");
    for column in [level as fn(&&str) -> usize, summary] {
        let first = column(&rows[0]);
        assert!(rows.iter().all(|row| column(row) == first), "{said}");
    }
}
