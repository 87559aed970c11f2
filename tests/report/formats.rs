//! What people read: it fits, it stays text, and it goes where it is told.

use std::fs;

use guard::summary::FORMATS;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::harness::Repo;
use crate::machines::hostile;
use crate::world::World;

/// Columns as a terminal counts these texts: they have no wide characters.
fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn every_format_says_the_same() {
    let world = World::finished();
    let head = world.id("HEAD");
    for format in FORMATS {
        let text = world.repo.guard(&["report", "--format", format.name]).ok();
        for word in ["complete", "T001", "T003", "R2", "prose only", "docs/grammar.md", &head[..7]] {
            assert!(text.contains(word), "{}: {word} is not in:\n{text}", format.name);
        }
        assert!(!text.contains("incomplete"), "{}", format.name);
    }
    assert_eq!(world.repo.guard(&["report"]).ok(), world.repo.guard(&["report", "--format", "text"]).ok());
}

#[test]
fn text_has_colours_when_asked_and_lines_that_fit() {
    let mut world = World::finished();
    world.stage(&[("docs/grammar.md", "y\n")]);
    world.sneak(&["commit", "-q", "-m", &format!("T003: {}", "once more ".repeat(30))]).ok();
    let plain = world.repo.guard(&["report"]).ok();
    assert!(!plain.contains('\u{1b}') && widest(&plain) <= 120, "{} columns\n{plain}", widest(&plain));
    world.repo.env("CLICOLOR_FORCE", "1");
    let coloured = world.repo.guard(&["report"]).ok();
    let mut parts = coloured.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    let stripped: String =
        std::iter::once(first.as_str()).chain(parts.map(|p| p.split_once('m').unwrap().1)).collect();
    assert!(coloured.matches('\u{1b}').count() > 20);
    assert_eq!(stripped, plain);
    world.repo.env("NO_COLOR", "1");
    assert_eq!(world.repo.guard(&["report"]).ok(), plain);
}

/// What stands in a report is text to whoever shows it.
#[test]
fn hostile_text_stays_text() {
    let world = hostile();
    for format in FORMATS {
        let text = world.repo.guard(&["report", "--format", format.name]).ok();
        let acts = |c: char| {
            (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{2028}'
        };
        assert_eq!(text.find(acts), None, "{}: {:?}", format.name, text.chars().find(|c| acts(*c)));
        assert!(text.contains("alert"), "{}", format.name);
    }
    let html = world.repo.guard(&["report", "--format", "html"]).ok();
    for word in ["<script", "<img", "<b>", "<i>", "onerror=\"", "href=\"javascript"] {
        assert!(!html.contains(word), "{word}");
    }
    let markdown = world.repo.guard(&["report", "--format", "markdown"]).ok();
    let (mut cells, mut row) = (Vec::new(), String::new());
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(&markdown, options) {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => panic!("{text} is HTML"),
            Event::Start(Tag::Link { dest_url, .. }) => panic!("{dest_url} is a link"),
            Event::Start(Tag::Emphasis | Tag::Strikethrough | Tag::Image { .. }) => panic!("{row}"),
            Event::Text(text) | Event::Code(text) => row.push_str(&text),
            Event::End(TagEnd::TableCell) => cells.push(std::mem::take(&mut row)),
            _ => row.clear(),
        }
    }
    // No cell has made a column of its own: the last one of the task's row is the commit.
    let at = cells.iter().position(|cell| cell.contains("<script>alert(1)</script> | `x` [a]")).unwrap();
    assert_eq!(cells[at + 4], world.id("HEAD")[..7]);
}

#[test]
fn a_file_is_written_whole_in_the_format_of_its_name() {
    let world = World::finished();
    let repo = &world.repo;
    for (file, start) in [
        ("a.txt", "Execution report: lexer\n"),
        ("a.md", "# Execution report: lexer\n"),
        ("a.json", "{\n  \"version\": 1,"),
        ("a.yml", "version: 1\n"),
        (".artifacts/execute/deep/a.HTML", "<!doctype html>"),
        ("a.other", "Execution report: lexer\n"),
    ] {
        assert_eq!(repo.guard(&["report", "--output", file]).ok(), format!("wrote {file} (complete)"));
        assert!(fs::read_to_string(repo.path.join(file)).unwrap().starts_with(start), "{file}");
    }
    // The format that is named wins, and the contract says where it is.
    let absolute = repo.path.join("plans/../report.txt");
    repo.guard(&["report", "-o", absolute.to_str().unwrap(), "--format", "json"]).ok();
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(repo.path.join("report.txt")).unwrap()).unwrap();
    assert_eq!(report["validation_report_path"], "report.txt");
    let ran =
        repo.run_in(&repo.path.join("plans"), crate::harness::guard_bin(), &["report", "-o", "../b.json"]);
    assert_eq!(ran.ok(), "wrote ../b.json (complete)");
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(repo.path.join("b.json")).unwrap()).unwrap();
    assert_eq!(report["validation_report_path"], "b.json");
    // What cannot be written leaves nothing behind.
    let before = crate::harness::picture(&repo.path);
    for file in ["plans", "guard.toml/x.json", ""] {
        let ran = repo.guard(&["report", "--output", file]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{file:?}: {}", ran.err);
    }
    assert_eq!(crate::harness::picture(&repo.path), before);
}

#[test]
fn where_nothing_runs_there_is_nothing_to_report() {
    let repo = Repo::new();
    repo.guard(&["report"]).says(2, &["no commit yet"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "initial commit"]).ok();
    for format in FORMATS {
        let ran = repo.guard(&["report", "--require-complete", "--format", format.name]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains("no plan is running") && ran.err.contains("guard start"), "{}", ran.err);
    }
    repo.guard(&["report", "--format", "pdf"]).says(2, &["possible values"]);
    repo.guard(&["report", "--help"]).says(0, &["Example:", "--require-complete"]);
}

/// On a detached HEAD, in a linked worktree and with SHA-256 it is the same report.
#[test]
fn it_reports_from_any_kind_of_checkout() {
    let world = World::finished();
    let repo = &world.repo;
    let here = world.report();
    repo.git(&["worktree", "add", "-q", "--detach", "../apart"]).ok();
    let apart = repo.path.join("../apart").canonicalize().unwrap();
    let ran = repo.run_in(&apart, crate::harness::guard_bin(), &["report", "--format", "json"]);
    let mut there: serde_json::Value = serde_json::from_str(&ran.ok()).unwrap();
    assert_eq!(there["overview"]["branch"], serde_json::Value::Null);
    there["overview"]["branch"] = "main".into();
    assert_eq!(there, here);
}
