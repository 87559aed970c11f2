//! The files for CI hold to the schemas that GitHub's and GitLab's own editors use.

use std::path::Path;
use std::process::{Command, Output};

use crate::harness::guard_bin;
use crate::python::python;
use crate::yaml;

fn validate(python: &Path, schema: &str, text: &str) -> Output {
    let file = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let mut command = Command::new(python);
    command.args(["-m", "check_jsonschema", "--builtin-schema", schema]).arg(file.path());
    command.output().unwrap()
}

/// A `yaml` block of `docs/ci.md`, by its first line, which names the file.
fn snippet(name: &str) -> String {
    let text = yaml::file("docs/ci.md");
    let block = text.split("```yaml\n").skip(1).find(|block| block.starts_with(&format!("# {name}\n")));
    block.unwrap().split("```").next().unwrap().to_owned()
}

const WORKFLOW: &str = ".github/workflows/guard.yml";
const INCLUDE: &str = ".gitlab-ci.yml";

#[test]
fn every_file_holds_to_its_schema_and_a_broken_one_does_not() {
    let Some(python) = python() else { return };
    let cases = [
        ("vendor.github-actions", yaml::file("action.yml"), "using: composite", "using: composit"),
        ("vendor.github-actions", yaml::file("action.yml"), "shell: bash", "shall: bash"),
        ("vendor.github-workflows", snippet(WORKFLOW), "runs-on:", "runs-at:"),
        ("vendor.github-workflows", snippet(WORKFLOW), "contents: read", "contents: rea"),
        ("vendor.gitlab-ci", yaml::file("ci/gitlab.yml"), "script:", "scripts:"),
        ("vendor.gitlab-ci", snippet(INCLUDE), "project:", "projekt:"),
    ];
    for (schema, text, part, broken) in cases {
        let out = validate(python, schema, &text);
        assert!(out.status.success(), "{schema}: {}", String::from_utf8_lossy(&out.stdout));
        assert!(text.contains(part), "{part}");
        let out = validate(python, schema, &text.replace(part, broken));
        assert!(!out.status.success(), "{schema} does not see {broken:?}");
    }
}

#[test]
fn the_scripts_that_the_tests_run_are_those_that_a_yaml_parser_reads() {
    let Some(python) = python() else { return };
    for (file, head, path) in [
        ("action.yml", "run: |", "y['runs']['steps'][0]['run']"),
        ("ci/gitlab.yml", "- |", "y['guard']['script'][0]"),
    ] {
        let code = format!(
            "import sys\nfrom ruamel.yaml import YAML\ny=YAML().load(open(sys.argv[1]))\nprint({path},end='')"
        );
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let out = Command::new(python).args(["-c", &code]).arg(&file).output().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), yaml::block(&text, head), "{file:?}");
    }
}

#[test]
fn the_workflow_of_the_documents_is_the_protected_one_and_pinned() {
    let text = snippet(WORKFLOW);
    let out = Command::new(guard_bin()).args(["explain", "protected"]).output().unwrap();
    assert!(String::from_utf8(out.stdout).unwrap().contains(WORKFLOW));
    for words in ["fetch-depth: 0", "contents: read", "push:", "merge_group:"] {
        assert!(text.contains(words), "{words}");
    }
    // `pull_request` would take the workflow from the pull request; `edited`: its target may change after the verdict.
    assert!(text.contains("  pull_request_target:") && !text.contains("pull_request:"));
    assert!(text.contains("edited"));
    assert!(!text.contains("run:"), "nothing is run in a job that pull requests of strangers start");
    let used: Vec<&str> = text.lines().filter_map(|line| line.split("uses: ").nth(1)).collect();
    assert_eq!(used.len(), 2);
    for action in used {
        let pin = action.split(['@', ' ']).nth(1).unwrap();
        let full = pin.len() == 40 && pin.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(full || action == "OWNER/guard@COMMIT", "{action}");
    }
}

#[test]
fn the_include_of_the_documents_sets_the_variables_of_the_job() {
    let text = snippet(INCLUDE);
    let known = yaml::pairs(&yaml::file("ci/gitlab.yml"), "variables:");
    for (name, _) in yaml::pairs(&text, "variables:") {
        assert!(known.iter().any(|(own, _)| *own == name), "{name}");
    }
    assert!(text.contains("file: ci/gitlab.yml"));
}
