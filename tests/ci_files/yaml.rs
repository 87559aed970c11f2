//! As much of YAML as the files for CI use. `schema.rs` compares it with a real parser.

use std::path::Path;

/// A file of the project.
pub fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines below the only line `head` that are indented deeper than it.
fn below<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let lines: Vec<&str> = text.lines().collect();
    let at: Vec<usize> = (0..lines.len()).filter(|n| lines[*n].trim() == head).collect();
    assert_eq!(at.len(), 1, "one {head:?} is expected");
    let inside = |line: &&&str| line.is_empty() || depth(line) > depth(lines[at[0]]);
    lines[at[0] + 1..].iter().take_while(inside).copied().collect()
}

/// The text of the literal block that the line `head` opens.
pub fn block(text: &str, head: &str) -> String {
    let lines = below(text, head);
    let cut = lines.iter().filter(|line| !line.is_empty()).map(|line| depth(line)).min().unwrap();
    let text: String =
        lines.iter().map(|line| format!("{}\n", line.get(cut..).unwrap_or_default())).collect();
    format!("{}\n", text.trim_end())
}

/// The `key: value` lines below `head`, one level deep; a key without a value has an empty one.
pub fn pairs(text: &str, head: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = below(text, head).into_iter().filter(|line| !line.is_empty()).collect();
    let level = lines.iter().map(|line| depth(line)).min().unwrap();
    let own = lines.iter().filter(|l| depth(l) == level && !l.trim().starts_with('#'));
    let pair = |line: &&str| {
        let (key, value) = line.trim().split_once(':').unwrap();
        let value = value.trim();
        let bare = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')).unwrap_or(value);
        (key.to_owned(), bare.to_owned())
    };
    own.map(pair).collect()
}

/// The value of `key` below `head`.
pub fn value(text: &str, head: &str, key: &str) -> String {
    pairs(text, head).into_iter().find(|(name, _)| name == key).map(|(_, value)| value).unwrap()
}
