//! A document of the project, taken apart: prose, fenced blocks, headings, links.

use std::fs;
use std::path::{Path, PathBuf};

/// A file below the root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The documents whose commands are run: the README and all below `docs/`.
pub fn documents() -> Vec<String> {
    let found = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = found.filter(|path| path.extension().is_some_and(|e| e == "md"));
    let name = |path: PathBuf| format!("docs/{}", path.file_name().unwrap().to_str().unwrap());
    let mut all: Vec<String> = pages.map(name).collect();
    all.push("README.md".to_owned());
    all.sort();
    all
}

/// Every document at hand for people, whether it holds commands or not.
pub fn everything() -> Vec<String> {
    let more = ["CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(str::to_owned);
    documents().into_iter().chain(more).collect()
}

/// A fenced block.
#[derive(Debug)]
pub struct Block {
    /// What stands behind the fence.
    pub language: String,
    /// The lines between the fences.
    pub lines: Vec<String>,
    /// Of the first of these, from 0.
    pub at: usize,
    /// The last line above it that is not blank.
    pub above: String,
}

impl Block {
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The file that the words above say this is: they end in `` `path`: ``.
    pub fn file(&self) -> Option<&str> {
        let (rest, _) = self.above.rsplit_once("`:").filter(|(_, end)| end.is_empty())?;
        rest.rsplit_once('`').map(|(_, path)| path)
    }
}

pub fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut open, mut above) = (false, String::new());
    for (at, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => {
                let (language, above) = (language.to_owned(), above.clone());
                found.push(Block { language, lines: Vec::new(), at: at + 1, above });
                open = true;
            }
            (Some(_), true) => {
                assert_eq!(line, "```", "line {}: a fence within a block", at + 1);
                open = false;
            }
            (None, true) => found.last_mut().unwrap().lines.push(line.to_owned()),
            (None, false) if line.trim().is_empty() => {}
            (None, false) => line.clone_into(&mut above),
        }
    }
    assert!(!open, "a block has no end");
    found
}

/// The lines that are in no block, each with its number from 1.
pub fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside {
            found.push((at + 1, line));
        }
    }
    found
}

/// What stands between backticks, which may reach over the end of a line.
pub fn code_spans(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines: Vec<&str> = prose(text).into_iter().map(|(_, line)| line).collect();
    for paragraph in lines.join("\n").split("\n\n") {
        let parts: Vec<&str> = paragraph.split('`').collect();
        found.extend(parts.iter().skip(1).step_by(2).map(|span| span.replace('\n', " ")));
    }
    found
}

/// The rows of the first table below the heading, cell by cell, without its head.
pub fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below = text.split(&format!("\n{heading}\n")).nth(1).unwrap_or_else(|| panic!("no {heading:?}"));
    let rows = below.lines().skip_while(|l| !l.starts_with('|')).take_while(|l| l.starts_with('|'));
    rows.skip(2).map(cells).collect()
}

/// The cells of a row; `\|` is no border.
fn cells(row: &str) -> Vec<String> {
    let inner = row.trim().trim_start_matches('|').trim_end_matches('|').replace(r"\|", "\0");
    inner.split('|').map(|cell| cell.trim().replace('\0', "|")).collect()
}

/// The names under which headings can be linked to, as GitHub and GitLab make them.
pub fn anchors(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let name = kept.collect::<String>().to_lowercase().replace(' ', "-");
        let twice = names.iter().filter(|n| **n == name).count();
        names.push(if twice == 0 { name } else { format!("{name}-{twice}") });
    }
    names
}

/// What the document links to or shows: `[…](target)`, `src="target"`, `href="target"`.
pub fn links(text: &str) -> Vec<(usize, String)> {
    let form = regex::Regex::new(r#"\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)""#).unwrap();
    let code = regex::Regex::new("`[^`]*`").unwrap();
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let bare = code.replace_all(line, "``");
        for parts in form.captures_iter(&bare) {
            let target = parts.get(1).or(parts.get(2)).unwrap().as_str();
            found.push((number, target.to_owned()));
        }
    }
    found
}
