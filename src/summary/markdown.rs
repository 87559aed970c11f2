//! For repositories and merge requests: Markdown with tables.

use std::fmt::Write as _;

use super::Summary;
use super::document::{self, Block, Cell};
use crate::report::{Style, escape};

pub(super) fn write(summary: &Summary<'_>, _: Style) -> String {
    let mut text = format!("# {}\n", plain(&document::title(summary)));
    for section in document::sections(summary) {
        let _ = writeln!(text, "\n## {}", section.title);
        for block in &section.blocks {
            block_text(&mut text, block);
        }
    }
    text
}

fn block_text(text: &mut String, block: &Block) {
    match block {
        Block::Pairs(pairs) => {
            text.push('\n');
            for (label, value) in pairs {
                let _ = writeln!(text, "- **{label}**: {}", cell(value));
            }
        }
        Block::List(lines) => {
            text.push('\n');
            for line in lines {
                let _ = writeln!(text, "- {}", cell(line));
            }
        }
        Block::Output(lines) => {
            let lines: Vec<String> = lines.lines().map(escape).collect();
            let fence = "`".repeat(longest_run(&lines.join("\n")).max(2) + 1);
            let _ = writeln!(text, "\n{fence}text\n{}\n{fence}", lines.join("\n"));
        }
        Block::Table(head, rows) => {
            table(text, head, &rows.iter().map(|row| row.iter().map(cell).collect()).collect::<Vec<_>>());
        }
        Block::Timeline(events) => {
            let rows: Vec<Vec<String>> =
                events.iter().map(|(when, what)| vec![plain(when), cell(what)]).collect();
            table(text, &["When", "What"], &rows);
        }
        // The table of tasks says what comes after what.
        Block::Graph => {}
    }
}

fn table(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let _ = writeln!(text, "\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

fn cell(cell: &Cell) -> String {
    let shown = if cell.code { code(&cell.text) } else { plain(&cell.text) };
    match &cell.link {
        Some(link) => format!("[{shown}]({link})"),
        None => shown,
    }
}

/// Text that is nothing but text to whoever renders it.
fn plain(text: &str) -> String {
    let shown = escape(text);
    let mut out = String::with_capacity(shown.len());
    for (at, c) in shown.char_indices() {
        let rest = shown.get(at..).unwrap_or_default();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A bare address would become a link, and a name would call somebody.
            '@' => out.push_str("&#64;"),
            ':' if rest.starts_with("://") => out.push_str("&#58;"),
            'w' | 'W' if rest.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("www.")) => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    if out.trim().is_empty() { String::new() } else { out }
}

/// Text letter by letter. A table cuts its rows at every `|` that has no backslash, even in code.
fn code(text: &str) -> String {
    let shown = escape(text);
    if shown.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&shown) + 1);
    let gap = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{gap}{}{gap}{fence}", shown.replace('|', "\\|"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{code, plain};

    #[test]
    fn text_stays_text() {
        assert_eq!(plain("<b>[x](y)</b> | `z`"), "&lt;b&gt;\\[x\\](y)&lt;/b&gt; \\| \\`z\\`");
        assert_eq!(plain("T1: https://www.a @b #1"), "T1: https&#58;//&#119;ww.a &#64;b \\#1");
        assert_eq!(plain("a\u{1b}[31m\nb"), "a\\\\x1b\\[31m\\\\x0ab");
        assert_eq!(code("a|`b``"), "``` a\\|`b`` ```");
        assert_eq!(code("src/lib.rs"), "`src/lib.rs`");
    }
}
