use std::collections::HashSet;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::super::standing::of;
use super::*;
use crate::plan::{read, toml_string};

const EVIL: &[&str] = &[
    "a \"quoted\" ] } --> x; %% c <script>alert(1)</script> `md` #quot; & &lt; \\ \\N end | subgraph",
    "graph TD\nclick t1 href \"javascript:alert(1)\"",
    "日本 é \u{202e}\u{1b}[31m @{ shape: x } $$x$$ \\",
    "\"",
    "",
];

fn plan(summaries: &[&str]) -> Plan {
    let tasks = summaries.iter().enumerate().map(|(n, summary)| {
        let (before, scope) = (n.saturating_sub(1), if n % 2 == 0 { "scope = ['a/']" } else { "" });
        let after = format!("depends_on = ['no/such\"]', 'T{before}']");
        let after = if n > 0 { after } else { String::new() };
        format!("[[task]]\nid = 'T{n}'\nsummary = {}\n{scope}\n{after}\n", toml_string(summary))
    });
    read("p.toml", format!("version = 1\n{}", tasks.collect::<String>()).as_bytes()).unwrap()
}

fn labels(plan: &Plan) -> Vec<String> {
    let standings = of(plan, b"", None).all;
    Graph::of(plan, &standings).nodes.into_iter().map(|node| node.label).collect()
}

/// What stands behind `prefix` up to `suffix`, by number.
fn between<'t>(line: &'t str, prefix: &str, suffix: &str) -> Option<&'t str> {
    line.strip_prefix(prefix)?.strip_suffix(suffix)
}

/// Reads the part of Mermaid that is written here and no other: nodes, edges and classes, one a line.
fn read_mermaid(text: &str) -> (Vec<String>, Vec<(usize, usize)>) {
    let (mut labels, mut edges, mut used, mut defined) =
        (Vec::new(), Vec::new(), HashSet::new(), HashSet::new());
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart TD"));
    for line in lines {
        if let Some((from, to)) = line.split_once(" --> ").filter(|_| !line.contains('"')) {
            let number = |t: &str| t.trim().strip_prefix('t').unwrap().parse::<usize>().unwrap();
            edges.push((number(from), number(to)));
        } else if let Some(class) = line.strip_prefix("  classDef ") {
            defined.insert(class.split(' ').next().unwrap().to_owned());
        } else {
            let node = line.strip_prefix(&format!("  t{}[\"", labels.len() + 1)).unwrap();
            let (label, class) = node.rsplit_once("\"]:::").unwrap();
            used.insert(class.to_owned());
            let mut decoded = String::new();
            let mut rest = label;
            while let Some((plain, code)) = rest.split_once('#') {
                let (number, after) = code.split_once(';').unwrap();
                decoded.push_str(plain);
                decoded.push(char::from_u32(number.parse().unwrap()).unwrap());
                rest = after;
            }
            decoded.push_str(rest);
            assert!(!label.contains(['"', '<', '>', '`', '[', ']', '{', '}', '\\', '&', '|']), "{label}");
            labels.push(decoded);
        }
    }
    assert_eq!(used, defined);
    (labels, edges)
}

/// Reads the part of DOT that is written here and no other.
fn read_dot(text: &str) -> (Vec<String>, Vec<(usize, usize)>) {
    let (mut labels, mut edges) = (Vec::new(), Vec::new());
    let body =
        between(text, "digraph plan {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n", "}\n");
    for line in body.unwrap().lines() {
        if let Some((from, to)) = line.split_once(" -> ").filter(|_| !line.contains('"')) {
            let number =
                |t: &str| t.trim().trim_end_matches(';').strip_prefix('t').unwrap().parse::<usize>().unwrap();
            edges.push((number(from), number(to)));
            continue;
        }
        let node = line.strip_prefix(&format!("  t{} [label=\"", labels.len() + 1)).unwrap();
        let mut decoded = String::new();
        let mut chars = node.chars();
        loop {
            match chars.next().unwrap() {
                '"' => break,
                '\\' => match chars.next().unwrap() {
                    c @ ('"' | '\\') => decoded.push(c),
                    c => panic!("\\{c} is an escape with a meaning: {node}"),
                },
                c => decoded.push(c),
            }
        }
        let rest = chars.as_str();
        let style = between(rest, ", class=\"", "\"];").unwrap();
        assert!(!style.contains(['\\', ';']) && style.matches('"').count() == 4, "{style}");
        assert!(!decoded.contains(['<', '>']), "{decoded}");
        labels.push(decoded.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"));
    }
    (labels, edges)
}

fn check(plan: &Plan) {
    let standings = of(plan, b"", None).all;
    let known: Vec<&str> = plan.tasks.iter().map(|t| t.id.as_str()).collect();
    let mut wanted = Vec::new();
    for (to, task) in plan.tasks.iter().enumerate() {
        for id in &task.depends_on {
            let from = known.iter().position(|k| *k == id.as_str()).unwrap_or(known.len());
            wanted.push((from + 1, to + 1));
        }
    }
    for (found, edges) in [read_mermaid(&mermaid(plan, &standings)), read_dot(&dot(plan, &standings))] {
        assert_eq!(found, labels(plan));
        assert_eq!(edges, wanted);
    }
}

#[test]
fn hostile_text_stays_text() {
    let plan = plan(EVIL);
    check(&plan);
    let label = |n: usize| labels(&plan).remove(n);
    assert_eq!(label(1), "T1: graph TD (not declared)", "a summary is one line");
    assert!(label(2).contains("\\u{202e}\\x1b[31m"), "{}", label(2));
    assert_eq!(label(5), "no/such\"]: no task of this plan (unknown)");
    let text = dot(&plan, &of(&plan, b"", None).all);
    // Where Graphviz is installed it has the last word.
    let Ok(mut child) = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        return;
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(String::from_utf8_lossy(&out.stdout).matches("class=\"node").count(), EVIL.len() + 1);
}

#[test]
fn the_readers_here_refuse_what_is_not_escaped() {
    for (text, raw) in [("#34;", "\""), ("#93;", "]")] {
        let plan = plan(EVIL);
        let good = mermaid(&plan, &of(&plan, b"", None).all);
        let bad = good.replacen(text, raw, 1);
        assert_ne!(good, bad);
        assert!(std::panic::catch_unwind(|| read_mermaid(&bad)).is_err(), "{raw}");
    }
    let plan = plan(EVIL);
    let good = dot(&plan, &of(&plan, b"", None).all);
    for (text, raw) in [("\\\"", "\""), ("\\\\", "\\"), ("&lt;", "<")] {
        assert!(std::panic::catch_unwind(|| read_dot(&good.replacen(text, raw, 1))).is_err(), "{raw}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_summary_stays_text(summaries in prop::collection::vec("\\PC{0,20}|[\"#;<>&\\[\\]{}|`\\\\nlr-]{0,12}", 1..5)) {
        let summaries: Vec<&str> = summaries.iter().map(String::as_str).collect();
        check(&plan(&summaries));
    }
}
