//! Lines such as `Spec: specs/lease.md`: the documents that a plan is measured against.
//!
//! A line of its own, in a list or not, the label bold or not: `Spec`, `Specification`, `Design`, `Test spec` or
//! `test_spec_source`, a colon, and one or more files between commas. A file is a path or a Markdown link, from the root
//! of the repository, or from the plan's folder when it starts with `./` or `../`. `@` and a whole commit ID, or the
//! SHA-256 of the file, may follow. All else behind such a label is prose, and refers to nothing.

use crate::model::CommitId;

use super::labels::{emphasised, split_colon};
use super::markdown::{Block, CODE, END_CODE, Kind, View};
use super::token::{Token, path_token};
use super::{Plan, Problem};

/// More than a person would list; each is looked up in the tree.
const MOST: usize = 100;
/// The label whose value must be a file.
const TEST_SPEC: &str = "Test spec";
/// Labels, and how they are spelled in lower case.
const LABELS: [(&str, &[&str]); 3] = [
    ("Spec", &["spec", "specification"]),
    ("Design", &["design"]),
    (TEST_SPEC, &["test spec", "test_spec_source"]),
];

/// A document that a plan refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// From 1: where the plan says so.
    pub line: usize,
    /// `Spec`, `Design` or `Test spec`.
    pub label: &'static str,
    /// From the root of the repository.
    pub path: String,
    /// What the file must be.
    pub pin: Option<Pin>,
}

/// What stands behind the `@` of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// The file as it is in this commit.
    Commit(CommitId),
    /// The SHA-256 of its content.
    Content {
        /// In lower case.
        hex: String,
        /// Without the word `sha256:`: where commit IDs are as long, it may be one.
        or_commit: bool,
    },
}

/// A line with one of the labels.
pub(super) struct Named {
    line: usize,
    label: &'static str,
    value: String,
}

/// The lines with labels in the front matter and in `blocks`, in order.
pub(super) fn named(view: &View, blocks: &[Block]) -> Vec<Named> {
    let front = view.front.lines().enumerate().map(|(n, line)| (n + 1, line));
    let texts = blocks.iter().filter(|block| block.kind == Kind::Text).flat_map(|block| &block.rows);
    let rows = front.chain(texts.map(|row| (row.line, row.text.as_str())));
    let named = rows.filter_map(|(line, row)| {
        let (label, value) = labelled(row)?;
        Some(Named { line, label, value: value.to_owned() })
    });
    named.collect()
}

/// Gives the plan the references of the lines before line `end`.
pub(super) fn read(named: Vec<Named>, end: usize, plan: &mut Plan) {
    let mut found = Found { plan_path: plan.path.clone(), references: Vec::new(), problems: Vec::new() };
    for Named { line, label, value } in named.into_iter().filter(|named| named.line < end) {
        found.value(line, label, &value);
        if found.references.len() > MOST {
            let problem = Problem::deny(line, format!("the plan refers to more than {MOST} documents"));
            found.problems.push(problem.help("name those that it is measured against"));
            found.references.truncate(MOST);
            break;
        }
    }
    plan.references = found.references;
    plan.problems.extend(found.problems);
}

/// The label at the start of a line, and what follows its colon.
fn labelled(row: &str) -> Option<(&'static str, &str)> {
    let (name, value) = match (row.strip_prefix(CODE), emphasised(row)) {
        (Some(code), _) => {
            let (name, after) = code.split_once(END_CODE)?;
            (name, after.trim_start().strip_prefix(':')?)
        }
        (None, Some((inner, after))) => match inner.strip_suffix([':', '：']) {
            Some(name) => (name, after),
            None => (inner, after.trim_start().strip_prefix([':', '：'])?),
        },
        (None, None) => split_colon(row)?,
    };
    let name = name.trim().to_lowercase();
    let label = LABELS.iter().find(|(_, spellings)| spellings.contains(&name.as_str()))?;
    Some((label.0, value.trim()))
}

struct Found {
    plan_path: String,
    references: Vec<Reference>,
    problems: Vec<Problem>,
}

impl Found {
    /// Reads what stands behind a label: files, until something else comes.
    fn value(&mut self, line: usize, label: &'static str, value: &str) {
        let before = (self.references.len(), self.problems.len());
        let mut rest = value.trim_matches(['"', '\'']);
        while let Some((target, after)) = target(rest) {
            self.target(line, label, &target);
            let Some(next) = after.trim_start().strip_prefix(',') else { break };
            rest = next.trim_start();
            if self.references.len() > MOST {
                return;
            }
        }
        if label == TEST_SPEC && before == (self.references.len(), self.problems.len()) {
            let problem = Problem::deny(line, "the test specification is no file of the repository");
            self.problems.push(problem.help("test_spec_source: specs/tests.md"));
        }
    }

    fn target(&mut self, line: usize, label: &'static str, target: &Target<'_>) {
        if target.path.contains("://") {
            let message =
                format!("{} lies outside the repository, where nothing holds it fixed", target.path);
            let level = if label == TEST_SPEC { Problem::deny } else { Problem::warn };
            return self.problems.push(level(line, message).help("copy it into the repository"));
        }
        let path = match from_root(target.path, &self.plan_path) {
            Some(path) if path == self.plan_path => {
                let problem = Problem::deny(line, "the plan refers to itself");
                return self.problems.push(problem.help("name the document that it is measured against"));
            }
            Some(path) => path,
            None => {
                let message = format!("{label}: {} is no path of a file in this repository", target.path);
                let help = "from the root of the repository, such as specs/lease.md";
                return self.problems.push(Problem::deny(line, message).help(help));
            }
        };
        let pin = match target.pin.map(|text| (text, pin(text))) {
            Some((text, None)) => {
                let message = format!("{label}: `{text}` is neither a whole commit ID nor a SHA-256");
                let help = format!("{path}@sha256:…       sha256sum {path}");
                self.problems.push(Problem::deny(line, message).help(help));
                None
            }
            Some((_, pin)) => pin,
            None => None,
        };
        self.references.push(Reference { line, label, path, pin });
    }
}

struct Target<'t> {
    path: &'t str,
    pin: Option<&'t str>,
}

/// The file at the start of `text`, and what follows it; `None`: prose.
fn target(text: &str) -> Option<(Target<'_>, &str)> {
    let is_end = |c: char| c.is_whitespace() || c == ',' || c == CODE;
    let word = |text: &str| text.find(is_end).unwrap_or(text.len());
    if let Some((path, after)) = marked(text) {
        if let Some(pin) = after.strip_prefix('@') {
            let (pin, after) = pin.split_at_checked(word(pin))?;
            return Some((Target { path, pin: Some(pin.trim_end_matches(['.', ';'])) }, after));
        }
        let (path, pin) = split_pin(path);
        return Some((Target { path, pin }, after));
    }
    let (spelled, after) = text.split_at_checked(word(text))?;
    let spelled = spelled.trim_end_matches(['.', ';', ':']);
    let (path, pin) = split_pin(spelled);
    let note = after.trim_start();
    let alone = note.is_empty() || note.starts_with([',', '(', '-', '–', '—']) || spelled.len() < word(text);
    let name = path.rsplit('/').next().unwrap_or_default();
    let named = path.contains("://") || (!matches!(path_token(path), Token::Name) && name.contains('.'));
    (alone && named).then_some((Target { path, pin }, after))
}

/// A code span or a Markdown link at the start.
fn marked(text: &str) -> Option<(&str, &str)> {
    if let Some(code) = text.strip_prefix(CODE) {
        return code.split_once(END_CODE).map(|(path, after)| (path.trim(), after));
    }
    let (_, link) = text.strip_prefix('[')?.split_once("](")?;
    let (inside, after) = match link.strip_prefix('<') {
        Some(angled) => angled.split_once(">)")?,
        None => link.split_once(')')?,
    };
    // `[x](path "title")`
    let path = if link.starts_with('<') { inside } else { inside.split(" \"").next().unwrap_or(inside) };
    Some((path.trim(), after))
}

/// Takes `@4f2c…` off the end of a path; `@` in names such as `icon@2x.png` and `@scope/x.md` is no pin.
fn split_pin(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        Some((before, pin))
            if !before.is_empty()
                && !pin.is_empty()
                && pin.bytes().all(|b| b.is_ascii_alphanumeric() || b == b':') =>
        {
            (before, Some(pin))
        }
        _ => (path, None),
    }
}

fn pin(text: &str) -> Option<Pin> {
    let lower = text.to_ascii_lowercase();
    let (hex, said) = match lower.strip_prefix("sha256:") {
        Some(hex) => (hex, true),
        None => (lower.as_str(), false),
    };
    let digits = hex.bytes().all(|b| b.is_ascii_hexdigit());
    match (hex.len(), said) {
        (64, _) if digits => Some(Pin::Content { hex: hex.to_owned(), or_commit: !said }),
        (40, false) => CommitId::from_hex(hex.as_bytes()).map(Pin::Commit),
        _ => None,
    }
}

/// The path from the root; `None` where it leaves the repository or names no file.
fn from_root(path: &str, plan: &str) -> Option<String> {
    let path = path.split('#').next().unwrap_or(path);
    let relative = path.starts_with("./") || path.starts_with("../");
    let folder = plan.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> =
        if relative { folder.split('/').filter(|part| !part.is_empty()).collect() } else { Vec::new() };
    let spelled = path.strip_prefix('/').unwrap_or(path);
    for part in spelled.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            "" => return None,
            _ => parts.push(part),
        }
    }
    let odd = spelled.contains(|c: char| c.is_control() || c == '\\');
    (!parts.is_empty() && !odd && !spelled.ends_with("/..")).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests;
