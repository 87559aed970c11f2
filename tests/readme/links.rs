//! Each link within the project leads somewhere, and each document is linked to.

use std::path::{Component, Path, PathBuf};

use crate::document::{anchors, documents, everything, links, root, text};

/// `docs/x.md` and `../README.md` make `README.md`.
fn resolve(from: &str, target: &str) -> Option<PathBuf> {
    let mut path = Path::new(from).parent().unwrap().to_path_buf();
    for part in Path::new(target).components() {
        let is_inside = match part {
            Component::ParentDir => path.pop(),
            Component::Normal(name) => {
                path.push(name);
                true
            }
            _ => true,
        };
        if !is_inside {
            return None;
        }
    }
    Some(path)
}

fn fault(document: &str, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { Some(PathBuf::from(document)) } else { resolve(document, file) };
    let Some(path) = path.filter(|path| root().join(path).exists()) else {
        return Some("there is no such file".to_owned());
    };
    let known = || anchors(&text(path.to_str().unwrap()));
    (!anchor.is_empty() && !known().iter().any(|name| name == anchor)).then(|| "no such heading".to_owned())
}

#[test]
fn every_link_leads_somewhere() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for document in everything() {
        for (line, target) in links(&text(&document)) {
            seen += 1;
            wrong.extend(fault(&document, &target).map(|why| format!("{document}:{line}: {target}: {why}")));
        }
    }
    assert!(seen > 60, "{seen} links");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_document_is_linked_to_from_the_readme() {
    let linked: Vec<String> = links(&text("README.md")).into_iter().map(|(_, target)| target).collect();
    for document in documents().iter().filter(|document| *document != "README.md") {
        let is = |target: &String| target.split('#').next() == Some(document);
        assert!(linked.iter().any(is), "README.md does not lead to {document}");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_seen() {
    for target in ["docs/none.md", "#no-such", "docs/rules.md#no-such", "../../x", "docs/../none"] {
        assert!(fault("README.md", target).is_some(), "{target}");
    }
    for target in
        ["docs/rules.md", "docs/rules.md#scope", "#tour", "https://example.com/x", "docs/../LICENSE-MIT"]
    {
        assert_eq!(fault("README.md", target), None, "{target}");
    }
    assert_eq!(links("a [b](c.md#d), `[e](f)` <img src=\"g.svg\">\n\n```sh\n[h](i)\n```\n").len(), 2);
    assert_eq!(anchors("# A `b` c!\n## A b c\n```sh\n# no\n```\n"), ["a-b-c", "a-b-c-1"]);
}
