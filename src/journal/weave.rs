//! Puts guard's parts into a log, new or old, and leaves every other byte as it is.

use super::document::{self, begin, end, line_end, lines};
use super::{Facts, heading, render};
use crate::error::Result;

/// The log as it should stand: `old` with guard's parts renewed, or a new one. `file` is for messages.
///
/// # Errors
/// The marks in `old` do not fit together.
pub fn weave(file: &str, old: Option<&[u8]>, facts: &Facts<'_>) -> Result<Vec<u8>> {
    let parts = render::parts(facts);
    match old {
        None => Ok(fresh(facts, &parts).into_bytes()),
        Some(old) => renewed(file, old, facts, &parts),
    }
}

fn fresh(facts: &Facts<'_>, parts: &[(String, String)]) -> String {
    let mut text = render::front(facts);
    text.push_str(
        "\n<!-- Between guard:begin and guard:end `guard log` writes; all other text is yours and stays. -->\n",
    );
    for (name, inner) in parts {
        // What people fill in stands where such logs have it.
        match name.as_str() {
            "issues" => text.push_str(&format!("\n## {}\n", heading::DEPLOYMENT)),
            "criteria" => text.push_str(&format!("\n## {}\n", heading::DECISIONS)),
            _ => {}
        }
        text.push('\n');
        text.push_str(&whole(name, inner));
        if name.starts_with("task ") {
            text.push_str(&format!("\n#### {}\n", heading::NOTES));
        }
    }
    text
}

fn whole(name: &str, inner: &str) -> String {
    format!("{}\n{inner}{}\n", begin(name), end(name))
}

fn renewed(file: &str, old: &[u8], facts: &Facts<'_>, parts: &[(String, String)]) -> Result<Vec<u8>> {
    let lines = lines(old);
    let there = document::parts(file, &lines)?;
    let usual = lines.first().map_or("\n", |line| line_end(line));
    // Before which line each missing part goes: before the next part that is there.
    let place = |at: usize| {
        let later = parts.iter().skip(at + 1).filter_map(|(name, _)| there.iter().find(|p| p.name == *name));
        later.map(|part| part.inner.start - 1).min().unwrap_or(lines.len())
    };
    let missing: Vec<(usize, &(String, String))> = parts
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| there.iter().all(|part| part.name != *name))
        .map(|(at, part)| (place(at), part))
        .collect();
    let status = Status::of(&lines, facts);
    let mut out = Vec::with_capacity(old.len() + 1024);
    let mut skip_to = 0;
    for at in 0..=lines.len() {
        for (_, (name, inner)) in missing.iter().filter(|(place, _)| *place == at) {
            let text = whole(name, inner).replace('\n', usual);
            if at < lines.len() {
                out.extend_from_slice(format!("{text}{usual}").as_bytes());
                continue;
            }
            if !out.is_empty() && !out.ends_with(b"\n") {
                out.extend_from_slice(usual.as_bytes());
            }
            out.extend_from_slice(format!("{usual}{text}").as_bytes());
        }
        let renew = there.iter().find(|part| part.inner.start == at);
        if let Some((part, (_, inner))) = renew.and_then(|p| Some((p, parts.iter().find(|n| n.0 == p.name)?)))
        {
            let mark = lines.get(at.saturating_sub(1)).copied().unwrap_or_default();
            out.extend_from_slice(inner.replace('\n', line_end(mark)).as_bytes());
            skip_to = part.inner.end;
        }
        let Some(line) = lines.get(at).filter(|_| at >= skip_to) else { continue };
        status.put(at, line, &mut out);
    }
    Ok(out)
}

/// The one line of the front matter that changes as the execution goes on.
struct Status {
    at: usize,
    instead: bool,
    text: String,
}

impl Status {
    fn of(lines: &[&[u8]], facts: &Facts<'_>) -> Self {
        let word = facts.status();
        match document::entry(lines, "status") {
            // As it is, quotes and all.
            Some((_, value)) if value == word => Self { at: usize::MAX, instead: false, text: String::new() },
            Some((at, _)) => Self { at, instead: true, text: format!("status: {word}") },
            None => {
                let at = document::front(lines).map_or(usize::MAX, |front| front.end);
                Self { at, instead: false, text: format!("status: {word}") }
            }
        }
    }

    fn put(&self, at: usize, line: &[u8], out: &mut Vec<u8>) {
        if at == self.at {
            out.extend_from_slice(format!("{}{}", self.text, line_end(line)).as_bytes());
            if self.instead {
                return;
            }
        }
        out.extend_from_slice(line);
    }
}
