//! Living sections: what of a plan its executor writes while it runs.

use std::ops::Range;

/// The living sections as ExecPlans call them, and further spellings.
const NAMES: [(&str, &[&str]); 4] = [
    ("Progress", &["progress"]),
    ("Surprises & Discoveries", &["surprises & discoveries", "surprises and discoveries"]),
    ("Decision Log", &["decision log"]),
    ("Outcomes & Retrospective", &["outcomes & retrospective", "outcomes and retrospective"]),
];

/// The section that holds the state of the tasks.
pub(super) const PROGRESS: &str = "Progress";

/// A heading outside lists and quotations: its lines, level and text.
pub(super) struct Heading {
    pub(super) lines: Range<usize>,
    pub(super) level: u8,
    pub(super) text: String,
}

/// One living section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Its usual name.
    pub(super) name: &'static str,
    /// The line of its heading.
    pub(super) heading: usize,
    /// The lines below the heading, up to the next heading of the same or a higher level.
    pub(super) body: Range<usize>,
}

/// The usual names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// The usual name of the living section with this heading; `None` for any other section.
fn name_of(heading: &str) -> Option<&'static str> {
    let lower = heading.trim().trim_end_matches([':', '：']).to_lowercase();
    NAMES.iter().find(|(_, spellings)| spellings.contains(&lower.as_str())).map(|(name, _)| *name)
}

/// The living sections in order; one inside of another is a part of it.
pub(super) fn sections(headings: &[Heading]) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut open: Option<u8> = None;
    for heading in headings {
        if let Some(level) = open {
            if heading.level > level {
                continue;
            }
            if let Some(last) = found.last_mut() {
                last.body.end = heading.lines.start;
            }
        }
        open = None;
        if let Some(name) = name_of(&heading.text) {
            let body = heading.lines.end..usize::MAX;
            found.push(Section { name, heading: heading.lines.start, body });
            open = Some(heading.level);
        }
    }
    found
}

/// The living sections that no heading opens, by their usual names.
pub(super) fn missing(headings: &[Heading]) -> Vec<&'static str> {
    let there: Vec<&str> = headings.iter().filter_map(|h| name_of(&h.text)).collect();
    names().filter(|name| !there.contains(name)).collect()
}
