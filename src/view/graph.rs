//! What waits for what, for programs that draw: Mermaid and Graphviz.
//!
//! Nodes are numbered, since an ID may hold any character, and every text that the plan brings is written so that it can
//! only ever be a text: Mermaid gets character codes for all but plain letters, Graphviz its own escapes.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::standing::Standing;
use crate::plan::{Plan, Task};
use crate::report::escape;

/// A style for each word of [`Standing::word`]; the word stands in the label too.
const STYLES: [(&str, &str, &str); 6] = [
    ("done", "#d3f0d7", "solid"),
    ("no_commit", "#e8efe9", "solid"),
    ("ready", "#fff3c4", "bold"),
    ("waiting", "#eceff1", "solid"),
    ("not_declared", "#f9d2d2", "dashed"),
    ("unknown", "#ffffff", "dotted"),
];

/// A box: its text, and the word for how the task stands.
struct Node {
    label: String,
    word: &'static str,
}

/// Boxes and arrows, from what comes first to what waits for it.
struct Graph {
    nodes: Vec<Node>,
    edges: Vec<(usize, usize)>,
}

impl Graph {
    fn of(plan: &Plan, standings: &[Standing]) -> Self {
        let mut nodes: Vec<Node> = plan.tasks.iter().zip(standings).map(node).collect();
        let mut at: HashMap<&str, usize> = HashMap::new();
        for (n, task) in plan.tasks.iter().enumerate() {
            at.entry(task.id.as_str()).or_insert(n);
        }
        let mut edges = Vec::new();
        for (to, task) in plan.tasks.iter().enumerate() {
            for id in &task.depends_on {
                let from = *at.entry(id.as_str()).or_insert_with(|| {
                    let label = format!("{id}: no task of this plan (unknown)");
                    nodes.push(Node { label: escape(&label), word: "unknown" });
                    nodes.len() - 1
                });
                edges.push((from, to));
            }
        }
        Self { nodes, edges }
    }
}

fn node((task, standing): (&Task, &Standing)) -> Node {
    let label = format!("{}: {} ({})", task.id, task.summary, standing.shown());
    Node { label: escape(&label), word: standing.word() }
}

/// A Mermaid flowchart.
pub(super) fn mermaid(plan: &Plan, standings: &[Standing]) -> String {
    let graph = Graph::of(plan, standings);
    let mut out = "flowchart TD\n".to_owned();
    for (n, node) in graph.nodes.iter().enumerate() {
        let _ = writeln!(out, "  t{}[\"{}\"]:::{}", n + 1, mermaid_text(&node.label), node.word);
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "  t{} --> t{}", from + 1, to + 1);
    }
    for (word, fill, line) in STYLES.iter().filter(|(word, ..)| graph.nodes.iter().any(|n| n.word == *word)) {
        let line = match *line {
            "dashed" => ",stroke-dasharray:6 3",
            "dotted" => ",stroke-dasharray:2 3",
            "bold" => ",stroke-width:3px",
            _ => "",
        };
        let _ = writeln!(out, "  classDef {word} fill:{fill},color:#111,stroke:#555{line}");
    }
    out
}

/// Text between `["` and `"]`: what could mean something to Mermaid, or to a browser, is a character code.
fn mermaid_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !" .,:()_/".contains(c) {
            let _ = write!(out, "#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A Graphviz digraph.
pub(super) fn dot(plan: &Plan, standings: &[Standing]) -> String {
    let graph = Graph::of(plan, standings);
    let mut out = "digraph plan {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    for (n, node) in graph.nodes.iter().enumerate() {
        let (_, fill, line) =
            STYLES.iter().find(|(word, ..)| *word == node.word).unwrap_or(&("", "#ffffff", "solid"));
        let label = dot_text(&node.label);
        let _ = writeln!(
            out,
            "  t{} [label=\"{label}\", class=\"{}\", style=\"filled,{line}\", fillcolor=\"{fill}\"];",
            n + 1,
            node.word
        );
    }
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "  t{} -> t{};", from + 1, to + 1);
    }
    out.push_str("}\n");
    out
}

/// Text between quotes: Graphviz reads backslashes as escapes and `&…;` as characters.
fn dot_text(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
