//! Manual pages: one for each command, and roff as its readers want it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::Repo;

/// What a reader of roff complains about; `None`: it is not on this machine.
fn complaints(program: &str, args: &[&str], page: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(args).arg(page).env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8").env_remove("MANPAGER");
    match command.stdin(Stdio::null()).output() {
        Ok(out) => {
            let text = String::from_utf8_lossy(&out.stderr).into_owned();
            Some(if out.status.success() { text } else { format!("{:?} {text}", out.status) })
        }
        Err(_) => {
            eprintln!("skipped: {program} is not on this machine");
            None
        }
    }
}

/// Requests and macros that every `man` knows; another one is a slip in escaping.
fn odd_lines(page: &str) -> Vec<&str> {
    const KNOWN: [&str; 11] = ["TH", "SH", "TP", "RS", "RE", "IP", "br", "nf", "fi", "ie", "el"];
    let is_odd = |line: &&str| {
        let control = line.strip_prefix(['.', '\'']);
        control.is_some_and(|rest| !KNOWN.contains(&rest.split(' ').next().unwrap()))
    };
    page.lines().filter(is_odd).collect()
}

#[test]
fn a_page_that_is_not_there_is_refused() {
    let repo = Repo::new();
    repo.guard(&["man", "frobnicate"]).says(2, &["guard has no command frobnicate", "its commands: install"]);
    repo.guard(&["man", "plan", "frobnicate"]).says(2, &["guard plan has no command", "show, lint, convert"]);
    repo.guard(&["man", "check", "frobnicate"]).says(2, &["guard check has no command", "guard man"]);
    repo.guard(&["man", "__complete"]).says(2, &["no command"]);
    repo.write("file", "");
    repo.guard(&["man", "--output-dir", "file"]).says(2, &["file cannot be written", "fix"]);
    repo.guard(&["man", "--output-dir", "x", "check"]).says(2, &["cannot be used with"]);
    assert_eq!(odd_lines(".SH A\n.frob x\n'y z\n\\&.z\n"), [".frob x", "'y z"]);
}

#[test]
fn every_command_has_a_page_that_readers_take_without_a_word() {
    let repo = Repo::new();
    repo.guard(&["man", "--output-dir", "share/man1"]).says(0, &["pages to share/man1"]);
    let folder = repo.path.join("share/man1");
    let top = repo.guard(&["__complete", ""]).ok();
    let wanted = top.lines().map(|line| line.split('\t').next().unwrap()).filter(|name| *name != "help");
    let mut pages =
        vec!["guard.1".to_owned(), "guard-plan-show.1".to_owned(), "guard-gate-decide.1".to_owned()];
    pages.extend(wanted.map(|name| format!("guard-{name}.1")));
    for name in &pages {
        let page = folder.join(name);
        let text = fs::read_to_string(&page).unwrap();
        let command = name.trim_end_matches(".1");
        let head = format!(".TH {} 1 \"\" \"guard ", command.to_uppercase());
        assert!(text.starts_with(&head), "{text}");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXAMPLES"] {
            assert_eq!(text.lines().filter(|line| line == &section).count(), 1, "{name}: {section}");
        }
        assert_eq!(odd_lines(&text), [""; 0], "{name}");
        let words: Vec<&str> = match command {
            "guard" => vec!["man"],
            "guard-plan-show" => vec!["man", "plan", "show"],
            "guard-gate-decide" => vec!["man", "gate", "decide"],
            other => vec!["man", other.strip_prefix("guard-").unwrap()],
        };
        assert_eq!(repo.guard(&words).out, text, "{name}");
    }
    assert!(fs::read_dir(&folder).unwrap().count() >= pages.len() && pages.len() > 15);
    for (program, args) in [
        ("groff", &["-man", "-ww", "-Tutf8", "-z"][..]),
        ("mandoc", &["-Tlint", "-Werror"]),
        ("man", &["--warnings", "-l"]),
    ] {
        for name in &pages {
            let Some(said) = complaints(program, args, &folder.join(name)) else { break };
            assert_eq!(said, "", "{program}: {name}");
        }
    }
    repo.write("bad.1", ".TH X 1 \"\"\n.SH A\n.frobnicate\n");
    if let Some(said) = complaints("groff", &["-man", "-ww", "-Tutf8", "-z"], &repo.path.join("bad.1")) {
        assert!(said.contains("frobnicate"), "the reader complains where it should: {said:?}");
    }
    assert!(fs::read_to_string(folder.join("guard.1")).unwrap().contains(".SH \"EXIT STATUS\""));
}
