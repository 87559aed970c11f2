//! One file that needs no network and no script: for a browser, a phone, an archive.

use std::fmt::Write as _;

use super::document::{self, Block, Cell, Tone};
use super::{Summary, graph};
use crate::report::{Style, markup as text};

const CSS: &str = include_str!("style.css");

pub(super) fn write(summary: &Summary<'_>, _: Style) -> String {
    let title = text(&document::title(summary));
    let status = document::status(summary);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n\
         <p class=\"status {}\">{}</p>\n</header>\n<main>\n",
        class(status.tone),
        text(&status.text)
    );
    for section in document::sections(summary) {
        let _ = writeln!(out, "<section>\n<h2>{}</h2>", text(section.title));
        for block in &section.blocks {
            block_html(&mut out, summary, block);
        }
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn block_html(out: &mut String, summary: &Summary<'_>, block: &Block) {
    match block {
        Block::Pairs(pairs) => {
            out.push_str("<dl>\n");
            for (label, value) in pairs {
                let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", text(label), cell(value));
            }
            out.push_str("</dl>\n");
        }
        Block::List(lines) => {
            out.push_str("<ul>\n");
            lines.iter().for_each(|line| out.push_str(&format!("<li>{}</li>\n", cell(line))));
            out.push_str("</ul>\n");
        }
        Block::Output(lines) => {
            let lines: Vec<String> = lines.lines().map(text).collect();
            let _ = writeln!(out, "<pre>{}</pre>", lines.join("\n"));
        }
        Block::Table(head, rows) => table(out, head, rows),
        Block::Graph => out.push_str(&graph::svg(summary.account)),
        Block::Timeline(events) => {
            out.push_str("<ol class=\"timeline\">\n");
            for (when, what) in events {
                let (when, class) = (text(when), class(what.tone));
                let _ = writeln!(out, "<li class=\"{class}\"><time>{when}</time> {}</li>", linked(what));
            }
            out.push_str("</ol>\n");
        }
    }
}

/// On a narrow screen each row becomes a card, whose cells say their column's title themselves.
fn table(out: &mut String, head: &[&str], rows: &[Vec<Cell>]) {
    out.push_str("<table>\n<thead><tr>");
    head.iter().for_each(|title| out.push_str(&format!("<th scope=\"col\">{}</th>", text(title))));
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (title, value) in head.iter().zip(row) {
            let empty = if value.text.is_empty() { " class=\"empty\"" } else { "" };
            let _ = write!(out, "<td data-label=\"{}\"{empty}>{}</td>", text(title), cell(value));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Wait => "wait",
    }
}

fn cell(cell: &Cell) -> String {
    match cell.tone {
        Tone::Plain => linked(cell),
        tone => format!("<span class=\"badge {}\">{}</span>", class(tone), linked(cell)),
    }
}

fn linked(cell: &Cell) -> String {
    let shown = text(&cell.text);
    let shown = if cell.code && !shown.is_empty() { format!("<code>{shown}</code>") } else { shown };
    match &cell.link {
        Some(link) => format!("<a href=\"{}\">{shown}</a>", text(link)),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_text_leaves_its_place() {
        assert_eq!(text("</td><script>\"'&"), "&lt;/td&gt;&lt;script&gt;&quot;&#39;&amp;");
        assert_eq!(text("a\u{202e}b\u{0}"), "a\\u{202e}b\\x00");
    }
}
