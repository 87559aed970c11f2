//! Every command in the README and below `docs/` is run as it stands there, and says what stands there. What the documents
//! claim besides (flags, links, versions, error texts) is compared with the program and the sources.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;
#[path = "harness/tour.rs"]
mod tour;

#[path = "readme/document.rs"]
mod document;

#[path = "readme/claims.rs"]
mod claims;
#[path = "readme/commands.rs"]
mod commands;
#[path = "readme/links.rs"]
mod links;
#[path = "readme/play.rs"]
mod play;
#[path = "readme/rules.rs"]
mod rules;
#[path = "readme/troubleshooting.rs"]
mod troubleshooting;

use harness::Repo;
use tour::{project, readme, with_guard_on_the_path};

/// One command of a `console` block, the exit code that follows it (`? 1`, else 0) and the lines it prints.
#[derive(Debug)]
struct Step {
    command: String,
    code: i32,
    output: String,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), line.strip_prefix("? ")) {
                (Some(command), _) => {
                    steps.push(Step { command: command.to_owned(), code: 0, output: String::new() });
                }
                (_, Some(code)) => steps.last_mut().unwrap().code = code.parse().unwrap(),
                _ => {
                    let output = &mut steps.last_mut().unwrap().output;
                    output.push_str(line);
                    output.push('\n');
                }
            },
        }
    }
    steps
}

/// What a command took is another matter each time.
fn without_seconds(text: &str) -> String {
    let seconds = regex::Regex::new(r"\b\d+\.\d s\b").unwrap();
    seconds.replace_all(text, "0.0 s").into_owned()
}

/// Seven or forty hex digits on their own are a commit; `20261121T154327Z` is a moment.
fn without_hashes(text: &str) -> String {
    let is_hash = |word: &str| {
        let hex = [7, 40].contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_hexdigit())
            && word.bytes().any(|b| b.is_ascii_digit());
        let moment = word.len() == 16 && word.starts_with("20") && word.ends_with('Z');
        hex || moment
    };
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        out.push_str(if is_hash(&word) { "<commit>" } else { &word });
        word.clear();
        out.push(c);
    }
    out.pop();
    // The second backup of one second has a number.
    out.replace("<commit>-2\n", "<commit>\n")
}

/// The clock of the tour goes on with every command: any time is as good as another.
fn without_times(text: &str) -> String {
    const FORM: &str = "0000-00-00";
    let digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = digits(rest).find(FORM).filter(|at| rest.is_char_boundary(at + 19)) {
        out.push_str(&rest[..at]);
        out.push_str("<time>");
        rest = &rest[at + 19..];
        // Evidence has thousandths of a second.
        if digits(rest).starts_with(".000Z") {
            rest = &rest[4..];
        }
    }
    out + rest
}

/// What is the same each time.
fn same(text: &str) -> String {
    let text = without_seconds(&without_times(&without_hashes(text)));
    // git pads what a server says.
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn play(repo: &Repo, step: &Step) {
    let ran = repo.run_in(&repo.path, "sh", &["-c", &format!("{{ {}; }} 2>&1", step.command)]);
    let said = ran.out.replace(repo.path.to_str().unwrap(), "/home/you/project");
    assert_eq!(same(&said), same(&step.output), "$ {}", step.command);
    assert_eq!(ran.code, step.code, "$ {}", step.command);
}

#[test]
fn the_tour_runs_as_it_is_written() {
    let repo = project();
    let all = steps(&readme());
    assert!(all.len() > 8, "the tour has lost its commands");
    all.iter().for_each(|step| play(&repo, step));
}
