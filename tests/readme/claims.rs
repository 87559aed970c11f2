//! What the documents claim of the program and of its tests: formats, agents, variables, versions, files.

use std::fs;

use crate::document::{code_spans, documents, root, table, text};

/// The names between backticks in the first column of a table.
fn first_column(document: &str, heading: &str) -> Vec<String> {
    let rows = table(&text(document), heading);
    let names = rows.iter().flat_map(|row| code_spans(&row[0]));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn every_plan_format_is_told_and_no_other() {
    let known = sorted(guard::plan::FORMATS.iter().map(|f| f.name));
    assert_eq!(first_column("docs/plans.md", "## Formats"), known);
}

#[test]
fn every_format_of_a_verdict_is_told_and_no_other() {
    let help = help(&["check"]);
    let listed = help.split("possible values: ").nth(1).unwrap().split(']').next().unwrap();
    assert_eq!(first_column("docs/machines.md", "## Verdicts"), sorted(listed.split(", ")));
}

fn help(words: &[&str]) -> String {
    let out =
        std::process::Command::new(crate::harness::guard_bin()).args(words).arg("--help").output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn every_coding_agent_is_told() {
    let page = code_spans(&text("docs/agents.md"));
    for host in guard::agent::HOSTS {
        assert!(page.iter().any(|span| span == host.name), "docs/agents.md says nothing of {}", host.name);
    }
}

/// Variables that guard and its hooks hand to one another, or that only its build and its tests set.
const OWN_VARIABLES: &[&str] = &["GUARD_CHAIN", "GUARD_CHAINED", "GUARD_DOCTOR"];

#[test]
fn every_variable_that_guard_reads_is_told_and_no_other() {
    let form = regex::Regex::new(r"\bGUARD_[A-Z_]*[A-Z]\b").unwrap();
    let mut read: Vec<String> = Vec::new();
    for folder in ["src", "hooks"] {
        variables(&root().join(folder), &form, &mut read);
    }
    read.retain(|name| !OWN_VARIABLES.contains(&name.as_str()));
    let mut told = first_column("docs/machines.md", "## Environment");
    told.retain(|name| name.starts_with("GUARD_"));
    read.sort();
    read.dedup();
    assert_eq!(told, read);
}

fn variables(folder: &std::path::Path, form: &regex::Regex, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            variables(&path, form, all);
        } else {
            let text = fs::read_to_string(path).unwrap();
            all.extend(form.find_iter(&text).map(|m| m.as_str().to_owned()));
        }
    }
}

#[test]
fn the_other_sides_are_those_of_the_tests_at_their_versions() {
    let rows = table(&text("README.md"), "### The other side");
    assert!(rows.len() > 8, "{rows:?}");
    let version = regex::Regex::new(r"(@?[A-Za-z][\w./-]*) (\d[\w.-]*\d)").unwrap();
    let mut told: Vec<String> = Vec::new();
    for row in &rows {
        let files: Vec<String> = code_spans(&row[2]);
        let tests: String = files.iter().map(|file| text(file)).collect();
        // The harness installs what Python runs.
        let tests = tests + &text("tests/harness/python.rs");
        assert!(!files.is_empty(), "{row:?}");
        let pins: Vec<(&str, &str)> = version
            .captures_iter(&row[1])
            .map(|c| (c.get(1).unwrap().as_str(), c.get(2).unwrap().as_str()))
            .collect();
        for (name, version) in &pins {
            let pinned = ["==", "@"].iter().any(|sign| tests.contains(&format!("\"{name}{sign}{version}\"")));
            assert!(pinned, "{files:?} do not pin {name} {version}");
            told.push((*name).to_owned());
        }
        if pins.is_empty() {
            for word in row[1]
                .split([',', ' '])
                .filter(|w| w.len() > 2 && !["behind", "brings", "check-jsonschema"].contains(w))
            {
                assert!(tests.contains(word), "{files:?} say nothing of {word}");
            }
        }
    }
    // What is pinned in a test is told.
    let pin = regex::Regex::new(r#""(@?[\w./-]+)(?:==|@)\d[\w.-]*""#).unwrap();
    let own = ["jsonpath-ng", "PyYAML"]; // They come along with sarif-tools.
    for file in ["tests/managers/tools.rs", "tests/harness/python.rs", "tests/check_formats/schemas.rs"] {
        for found in pin.captures_iter(&text(file)) {
            let name = found.get(1).unwrap().as_str();
            assert!(
                own.contains(&name) || told.iter().any(|t| t == name),
                "README.md does not tell of {name}, which {file} pins"
            );
        }
    }
}

#[test]
fn every_file_of_the_project_that_a_document_names_is_there() {
    let folders = ["src/", "tests/", "hooks/", "ci/", ".ci/"];
    let files = ["README.md", "install.sh", "action.yml", "Cargo.toml", ".pre-commit-hooks.yaml"];
    let mut seen = 0;
    for document in
        ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md", "docs/ci.md", "docs/managers.md"]
    {
        let whole = text(document);
        for span in code_spans(&whole) {
            let is_path = folders.iter().any(|f| span.starts_with(f)) || files.contains(&span.as_str());
            // The tour's files, those of the examples in CONTRIBUTING.md, and placeholders.
            let examples = ["src/lexer.rs", "tests/lexer.rs", "signed_off.rs", "src/plan/lines"];
            let is_other = span.contains(['<', '*', ' ', '{']) || examples.iter().any(|e| span.contains(e));
            if is_path && !is_other {
                seen += 1;
                let path = span.trim_end_matches('/');
                let there = root().join(path).exists() || root().join(format!("{path}.rs")).exists();
                assert!(there, "{document}: there is no {span}");
            }
        }
    }
    assert!(seen > 40, "{seen} paths");
}

/// What CONTRIBUTING.md says of a file: `name`, `other` in `src/path.rs`.
#[test]
fn what_contributing_names_is_where_it_says() {
    let whole = text("CONTRIBUTING.md");
    let form = regex::Regex::new(r"((?:`[A-Za-z_]+`(?:, )?)+) in\s+`((?:src|tests)/[\w/]+\.rs)`").unwrap();
    let mut seen = 0;
    for found in form.captures_iter(&whole) {
        let (names, file) = (&found[1], &found[2]);
        let source = text(file);
        for name in code_spans(names) {
            seen += 1;
            assert!(source.contains(&name), "{file} has no {name}");
        }
    }
    assert!(seen > 12, "CONTRIBUTING.md says where {seen} things are");
}

/// The examples of CONTRIBUTING.md were built when they were written. As long as what they use is there under these names they
/// can still be built.
#[test]
fn the_examples_of_contributing_use_what_is_there() {
    let whole = text("CONTRIBUTING.md");
    let blocks = crate::document::blocks(&whole);
    let code: Vec<String> = blocks.iter().filter(|b| b.language == "rust").map(|b| b.text()).collect();
    let [case, rule, format] = code.as_slice() else { panic!("three examples: {}", code.len()) };
    let file = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let whole_of = |names: &[&str]| names.iter().map(|name| file(name)).collect::<String>();
    let known = [
        (case, whole_of(&["tests/rules/world.rs"])),
        (rule, whole_of(&["src/rule/mod.rs", "src/error.rs", "src/model.rs"])),
        (format, whole_of(&["src/plan/mod.rs", "src/error.rs", "src/model.rs", "src/pattern.rs"])),
    ];
    let called = regex::Regex::new(r"(?:\.|::)([a-z_]+)\(").unwrap();
    // Of Rust's own library.
    let std = [
        "split",
        "any",
        "starts_with",
        "push",
        "map",
        "next",
        "and_then",
        "to_owned",
        "unwrap_or_default",
        "lines",
        "enumerate",
        "collect",
        "iter",
        "cloned",
        "split_whitespace",
        "then_some",
        "new",
        "help",
    ];
    for (example, sources) in known {
        for name in called.captures_iter(example).map(|c| c[1].to_owned()) {
            let is_defined = sources.contains(&format!("fn {name}"));
            assert!(is_defined || std.contains(&name.as_str()), "nothing defines {name}");
        }
    }
    // The records have the fields of the examples, and no others.
    let given = |example: &str, head: &str| -> Vec<String> {
        let body = example.split(head).nth(1).unwrap().split('}').next().unwrap();
        let names = body.split(',').map(|part| part.split(':').next().unwrap().trim().to_owned());
        names.filter(|name| !name.is_empty()).collect()
    };
    let declared = |source: &str, head: &str| -> Vec<String> {
        let body = source.split(head).nth(1).unwrap().split("\n}").next().unwrap();
        let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
        fields.map(|field| field.split(':').next().unwrap().to_owned()).collect()
    };
    let rules = file("src/rule/mod.rs");
    assert_eq!(given(rule, "RULE: Rule = Rule {"), declared(&rules, "pub struct Rule {"));
    let plans = file("src/plan/mod.rs");
    assert_eq!(given(format, "FORMAT: Format = Format {"), declared(&plans, "pub struct Format {"));
}

/// `task.several = true` is a line that the policy takes, and `task.several` a key of it.
#[test]
fn every_key_of_the_policy_that_a_document_names_is_one() {
    let reads = |line: &str| {
        let text = format!("version = 1\n{line}\n");
        guard::policy::parse("guard.toml", text.as_bytes(), &guard::rule::names()).is_ok()
    };
    let template = guard::init::template(root());
    let key = regex::Regex::new(r"^([a-z]+)\.([a-z_]+)( = .+)?$").unwrap();
    let tables = ["enforce", "task", "plan", "rollback", "scope", "log", "governance", "regression"];
    let mut seen = 0;
    for document in documents().iter().filter(|d| *d != "docs/rules.md") {
        for span in code_spans(&text(document)) {
            let Some(found) = key.captures(&span).filter(|f| tables.contains(&&f[1])) else { continue };
            seen += 1;
            let known = match found.get(3) {
                Some(_) => reads(&span),
                None => template.contains(&format!("\n# {} = ", &found[2])),
            };
            assert!(known, "{document}: the policy has no {span}");
        }
    }
    assert!(seen > 5, "{seen}");
    assert!(!reads("task.sevral = true") && !reads("task.carried_in = [\"x\"]"));
}
