//! Reads the tables that say what a change must bring along: documents, tests.

use super::keys::DOCS_SYNC;
use super::read::{file_name, set};
use super::value::{Entry, Reader};
use super::{DocsSync, GovernancePolicy, RegressionPolicy};
use crate::error::Error;
use crate::pattern::Patterns;

pub(super) fn governance(r: &mut Reader<'_>, governance: &mut GovernancePolicy, entry: &Entry<'_>) {
    match entry.key {
        "sensitive" => set(&mut governance.sensitive, r.patterns(entry)),
        "documents" => set(&mut governance.documents, documents(r, entry)),
        _ => {}
    }
}

fn documents(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<String>> {
    let list = r.some_list(
        entry,
        "name the documents, or leave the key out; without sensitive paths none is asked for",
    )?;
    let mut names = Vec::new();
    for element in &list {
        let name = r.string(element)?;
        file_name(
            r,
            element,
            element.value_at,
            name,
            "write the name alone; it may lie in any folder of the records",
        );
        names.push(name.to_owned());
    }
    Some(names)
}

pub(super) fn regression(r: &mut Reader<'_>, regression: &mut RegressionPolicy, entry: &Entry<'_>) {
    const INSTEAD: &str = "leave the key out for the usual ones, or set regression = \"off\" in [rules]";
    match entry.key {
        "tests" => set(&mut regression.tests, r.some_patterns(entry, INSTEAD)),
        "code" => set(&mut regression.code, r.some_patterns(entry, INSTEAD)),
        _ => {}
    }
}

pub(super) fn docs_sync(r: &mut Reader<'_>, pairs: &mut Vec<DocsSync>, entry: &Entry<'_>) {
    const INSTEAD: &str = "name paths of both sides, or leave the pair out";
    for (element, table) in r.tables(entry, "[[docs-sync]]", "pair") {
        let mut pair = DocsSync { when: Patterns::default(), then: Patterns::default() };
        let keys = r.known("docs-sync", table, &DOCS_SYNC);
        for entry in &keys {
            match entry.key {
                "when" => set(&mut pair.when, r.some_patterns(entry, INSTEAD)),
                "then" => set(&mut pair.then, r.some_patterns(entry, INSTEAD)),
                _ => {}
            }
        }
        for (key, help) in [
            ("when", "add a line such as when = [\"src/cli/**\"]"),
            ("then", "add a line such as then = [\"README.md\"]"),
        ] {
            if keys.iter().all(|entry| entry.key != key) {
                let message = format!("this pair has no {key}");
                r.report(element.value_at, || Error::policy(message).help(help));
            }
        }
        pairs.push(pair);
    }
}
