//! `guard init --schema`: what editors are told about guard.toml.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::Repo;
use crate::python::python;

const COMMITTED: &str = "src/policy/guard.schema.json";

fn committed() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED)).unwrap()
}

/// A policy in which every commented key is set: `# key = value` and `# [[gate]]`, and the lines of longer lists.
fn uncommented(text: &str) -> String {
    let mut within = false;
    let bare = |line: &str| {
        let Some(rest) = line.strip_prefix("# ") else { return line.to_owned() };
        let is_key = rest.split_once(" = ").is_some_and(|(key, _)| {
            key.starts_with('"') || key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
        if within || is_key || rest.starts_with("[[") || rest.starts_with("[overlay") {
            within = (within || rest.ends_with('[')) && rest != "]";
            return rest.to_owned();
        }
        line.to_owned()
    };
    text.lines().map(bare).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_committed_schema_is_the_one_that_guard_writes() {
    let repo = Repo::new();
    let written = repo.guard(&["init", "--schema"]).says(0, &[]).out;
    assert!(written == committed(), "cargo run -- init --schema > {COMMITTED}");
    assert!(!repo.path.join("guard.toml").exists(), "it only prints");
    repo.guard(&["init", "--schema", "--force"]).says(2, &["cannot be used with"]);
    // It is no question about a repository.
    assert_eq!(repo.run_in(&repo.root(), crate::harness::guard_bin(), &["init", "--schema"]).out, written);
    let schema: serde_json::Value = serde_json::from_str(&written).unwrap();
    for rule in guard::rule::RULES {
        assert_eq!(schema["properties"]["rules"]["properties"][rule.name]["description"], rule.summary());
    }
}

#[test]
fn what_init_writes_holds_to_the_schema_and_what_guard_refuses_does_not() {
    let Some(python) = python() else { return };
    let repo = Repo::new();
    let schema = repo.write("../guard.schema.json", committed());
    let holds = |text: &str| {
        let file = repo.write("../candidate.toml", text);
        let mut command = Command::new(python);
        command.args(["-m", "check_jsonschema", "--schemafile"]).args([&schema, &file]);
        let out = command.output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success() || said.contains("candidate.toml::"), "{said}");
        if out.status.success() { Ok(()) } else { Err(said) }
    };
    let reads = |text: &str| {
        repo.write("guard.toml", text);
        repo.write("plans/p.toml", "version = 1\n[[task]]\nid = \"T001\"\nsummary = \"x\"\nscope = []\n");
        repo.guard(&["plan", "lint", "plans/p.toml"]).code == 0
    };
    let out = Command::new(python)
        .args(["-m", "check_jsonschema", "--check-metaschema"])
        .arg(&schema)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    for (file, text) in [
        ("none", ""),
        ("Cargo.toml", "[package]\nname = \"x\"\n"),
        ("package.json", "{\"scripts\": {\"test\": \"jest\", \"lint\": \"eslint\"}}"),
        ("go.mod", "module x\n"),
        ("Makefile", "test:\n\ttrue\n"),
    ] {
        let project = Repo::new();
        project.write(file, text);
        project.guard(&["init"]).ok();
        let written = fs::read_to_string(project.path.join("guard.toml")).unwrap();
        let full = uncommented(&written);
        let keys =
            |text: &str| text.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).count();
        assert!(keys(&full) > keys(&written) + 20, "{full}");
        for policy in [&written, &full] {
            assert!(reads(policy), "{policy}");
            holds(policy).unwrap_or_else(|why| panic!("{why}\n{policy}"));
        }
        if file != "none" {
            continue; // what is broken is broken the same way in each
        }
        for (part, broken) in [
            ("version = 1", "version = 2"),
            ("[enforce]", "[enforced]"),
            ("\nwhen = \"always\"", "\nwhen = \"never\""),
            ("max_distance", "max-distance"),
            ("\nscope = \"deny\"", "\nscpoe = \"deny\""),
            ("timeout = 600", "timeout = \"600\""),
        ] {
            assert!(full.contains(part), "{part}");
            let policy = full.replace(part, broken);
            assert!(!reads(&policy), "{policy}");
            assert!(holds(&policy).is_err(), "the schema does not see {broken:?}");
        }
    }
}
