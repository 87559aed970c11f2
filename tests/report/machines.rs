//! JSON holds to its published schema, and YAML says the same.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::Repo;
use crate::python::python;
use crate::world::World;

/// Executions in every status, one of them full of text that wants to be something else.
fn worlds() -> Vec<World> {
    let blocked = World::new();
    blocked.task("T001", &[("tests/numbers.rs", "one\n")]);
    for text in ["1", "2", "3"] {
        blocked.stage(&[("src/broken", text)]);
        blocked.repo.guard(&["gate", "T002"]).says(1, &["failed"]);
    }
    let odd = hostile();
    vec![World::new(), World::finished(), blocked, odd]
}

/// Whatever a person, a program or a plan can write into a report.
pub fn hostile() -> World {
    let plan = crate::world::PLAN
        .replace(
            "Read numbers",
            "</td><script>alert(1)</script> | `x` [a](javascript:alert(1)) \\u202e \\\" ' &amp; no",
        )
        .replace("prose only", "null")
        .replace("\"R2\"", "\"~\", \"yes\", \"1.0\", \"- a: b #c\", \"\\u001b[31m\\u0000\\uffff\\u2028é日\"");
    let gate = "[[gate]]\nname = \"no\"\nrun = \"printf '\\\\033[31m</pre><b>\\\\377\\\\n```\\\\n'; test ! -e src/broken\"\n";
    let mut world = World::with(gate, &plan);
    world.repo.env("GIT_AUTHOR_NAME", "\"><img src=x onerror=alert(1)>");
    world.task("T001", &[("tests/a\tb\n'\"|`<i>.rs", "one\n"), ("tests/- é日 : #", "two\n")]);
    world.stage(&[("src/broken", "x\n"), ("src/on", "x\n")]);
    world.repo.guard(&["gate", "T002"]).says(1, &["failed"]);
    fs::remove_file(world.repo.path.join("src/broken")).unwrap();
    world.stage(&[]);
    world.repo.guard(&["gate", "T002"]).ok();
    world.repo.git(&["commit", "-q", "-m", "T002: <script>alert(2)</script>\u{202e} | `*_x_*`\n"]).ok();
    world
}

/// Additional properties are refused everywhere, so that the schema names all there is.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(strict);
            if object.contains_key("properties") && object.contains_key("required") {
                object.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(strict),
        _ => {}
    }
}

fn holds(python: &std::path::Path, repo: &Repo, schema: &Value, report: &Value) -> Result<(), String> {
    let schema = repo.write("../schema.json", schema.to_string());
    let report = repo.write("../report.json", report.to_string());
    let out =
        Command::new(python).args(["-m", "check_jsonschema", "--schemafile"]).args([schema, report]).output();
    let out = out.unwrap();
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stdout).into_owned()) }
}

#[test]
fn every_report_holds_to_the_published_schema_and_a_false_one_does_not() {
    let Some(python) = python() else { return };
    let world = World::finished();
    let mut schema: Value = serde_json::from_str(&world.repo.guard(&["report", "--schema"]).ok()).unwrap();
    let out = Command::new(python)
        .args(["-m", "check_jsonschema", "--check-metaschema"])
        .arg(world.repo.write("../schema.json", schema.to_string()))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    strict(&mut schema);
    for world in worlds() {
        let report = world.report();
        holds(python, &world.repo, &schema, &report).unwrap_or_else(|why| panic!("{why}\n{report:#}"));
    }
    let good = world.report();
    let broken: [(&str, Value); 6] = [
        ("/execution_status", "done".into()),
        ("/execution_status", "incomplete".into()),
        ("/open_issues", serde_json::json!([{"kind": "task"}])),
        ("/overview/head", "HEAD".into()),
        ("/tasks/0/state", "fine".into()),
        ("/test_commit_hashes/0", good["overview"]["head"].as_str().unwrap()[..12].into()),
    ];
    for (place, value) in broken {
        let mut report = good.clone();
        *report.pointer_mut(place).unwrap() = value.clone();
        assert!(holds(python, &world.repo, &schema, &report).is_err(), "{place} = {value}");
    }
}

#[test]
fn yaml_says_what_json_says_to_readers_of_either_version() {
    let Some(python) = python() else { return };
    let code = "import sys, json\nfrom ruamel.yaml import YAML\ny = YAML(typ='safe', pure=True)\ny.version = \
                tuple(map(int, sys.argv[2].split('.')))\nprint(json.dumps(y.load(open(sys.argv[1], encoding='utf-8'))))";
    for world in worlds() {
        let json = world.report();
        let yaml = world.repo.guard(&["report", "--format", "yaml"]).ok();
        let file = world.repo.write("../report.yaml", format!("{yaml}\n"));
        for version in ["1.1", "1.2"] {
            let out = Command::new(python).args(["-c", code]).arg(&file).arg(version).output().unwrap();
            assert!(out.status.success(), "{}\n{yaml}", String::from_utf8_lossy(&out.stderr));
            assert_eq!(serde_json::from_slice::<Value>(&out.stdout).unwrap(), json, "YAML {version}");
        }
    }
}
