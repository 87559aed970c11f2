//! Reads the tables that say what a change must bring along: governance documents.

use super::GovernancePolicy;
use super::read::{file_name, set};
use super::value::{Entry, Reader};

pub(super) fn governance(r: &mut Reader<'_>, governance: &mut GovernancePolicy, entry: &Entry<'_>) {
    match entry.key {
        "sensitive" => set(&mut governance.sensitive, r.patterns(entry)),
        "documents" => set(&mut governance.documents, documents(r, entry)),
        _ => r.unknown(entry, "[governance]", &["sensitive", "documents"]),
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
