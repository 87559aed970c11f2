//! What guard is built from: licences that its own permits, the public registry only, and nothing that opens a network
//! connection.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Licences that may be combined with MIT or Apache-2.0 in one program.
const LICENCES: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "0BSD",
];
/// A commit guard talks to nobody.
const UNWANTED: [&str; 8] =
    ["openssl", "openssl-sys", "reqwest", "hyper", "curl", "ureq", "tokio", "native-tls"];

/// Of this platform: other platforms' packages need not be on this machine.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// One of the alternatives of every part must be permitted.
fn permitted(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|one| LICENCES.contains(&one.trim())))
}

/// Packages that are linked into the program: reached from guard over normal dependencies.
fn linked(metadata: &Value) -> BTreeSet<String> {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let mut todo = vec![metadata["resolve"]["root"].as_str().unwrap().to_owned()];
    let mut found = BTreeSet::new();
    while let Some(id) = todo.pop() {
        let node = nodes.iter().find(|n| n["id"] == id.as_str()).unwrap();
        for dep in node["deps"].as_array().unwrap() {
            let normal = dep["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"].is_null());
            let pkg = dep["pkg"].as_str().unwrap().to_owned();
            if normal && found.insert(pkg.clone()) {
                todo.push(pkg);
            }
        }
    }
    found
}

/// How many packages may be linked: what stands in the budget behind `[packages]`.
fn bound() -> usize {
    let budget = include_str!("../benches/budget.toml");
    let below = budget.split("\n[packages]\n").nth(1).unwrap();
    let line = below.lines().find_map(|line| line.strip_prefix("most = ")).unwrap();
    line.parse().unwrap()
}

#[test]
fn the_licence_test_can_fail() {
    assert!(!permitted("GPL-3.0-only") && !permitted("MIT AND LGPL-2.1"));
    assert!(permitted("(MIT OR GPL-2.0) AND Unicode-3.0") && permitted("MIT/Apache-2.0"));
}

#[test]
fn every_dependency_is_free_to_use_and_from_the_registry() {
    let metadata = metadata();
    let linked = linked(&metadata);
    assert!(linked.len() > 50, "only {} packages found", linked.len());
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        if !linked.contains(package["id"].as_str().unwrap()) {
            continue;
        }
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        if !permitted(licence) {
            wrong.push(format!("{name}: licence {licence}"));
        }
        let source = package["source"].as_str().unwrap_or_default();
        if !source.starts_with("registry+") {
            wrong.push(format!("{name}: comes from {source}"));
        }
        if UNWANTED.contains(&name) {
            wrong.push(format!("{name}: opens network connections"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        linked.len() <= bound(),
        "{} packages are linked: say why in benches/budget.toml before raising the bound",
        linked.len()
    );
}
