//! JSON holds to guard's own schema, SARIF to that of its authors, GitLab's report to what GitLab says of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json as value};

use crate::python::python;
use crate::world::{World, json};

/// Does the text hold to the schema?
fn holds(python: &Path, world: &World, schema: &Path, text: &str) -> Result<(), String> {
    let file = world.repo.write("../instance.json", text);
    let mut command = Command::new(python);
    // The pattern for languages in the schema of SARIF is one only without the flag for Unicode.
    command.args(["-m", "check_jsonschema", "--regex-variant", "nonunicode", "--schemafile"]);
    let out = command.arg(schema).arg(file).output().unwrap();
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stdout).into_owned()) }
}

#[track_caller]
fn refuses(python: &Path, world: &World, schema: &Path, good: &Value, breaks: &[(&str, Value)]) {
    for (place, wrong) in breaks {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = wrong.clone();
        assert!(holds(python, world, schema, &bad.to_string()).is_err(), "{place} = {wrong}");
    }
}

/// Refuses properties that the schema does not name, so that it names all there is.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(strict);
            if object.contains_key("properties") && object.contains_key("required") {
                object.insert("unevaluatedProperties".into(), false.into());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(strict),
        _ => {}
    }
}

#[test]
fn json_and_its_lines_hold_to_the_published_schema_and_false_ones_do_not() {
    let Some(python) = python() else { return };
    let world = World::refused();
    let mut schema = json(&world.repo.guard(&["check", "--schema"]).ok());
    let file = world.repo.write("../schema.json", schema.to_string());
    let out = Command::new(python).args(["-m", "check_jsonschema", "--check-metaschema"]).arg(&file).output();
    assert!(out.unwrap().status.success());
    for (name, part) in schema["$defs"].as_object_mut().unwrap() {
        // Others are made of these two, and add properties of their own.
        if !["totals", "finding"].contains(&name.as_str()) {
            strict(part);
        }
    }
    schema["$defs"]["verdict"]["properties"]["findings"]["items"]["unevaluatedProperties"] = false.into();
    let schema = world.repo.write("../schema.json", schema.to_string());
    let replay = world.check("json", &["--plan", "plans/p.md"]).says(1, &[]).out;
    let whole = world.check("json", &[]).says(1, &[]).out;
    let clean = World::clean().check("json", &[]).says(0, &[]).out;
    let mut all = vec![replay, whole.clone(), clean, world.fail("json").out];
    let lines = world.check("jsonl", &[]).says(1, &[]).out;
    assert!(lines.lines().count() > 3, "{lines}");
    all.extend(lines.lines().map(str::to_owned));
    all.push(world.fail("jsonl").out);
    for text in &all {
        holds(python, &world, &schema, text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    }
    let breaks = [
        ("/version", value!(2)),
        ("/verdict", value!("fine")),
        ("/head", value!("HEAD")),
        ("/commits", value!(-1)),
        ("/findings/0/level", value!("off")),
        ("/findings/0/place/line", value!(0)),
        ("/findings/0/help/0", value!({"command": "x"})),
        ("/findings/0", value!({"rule": "scope"})),
    ];
    refuses(python, &world, &schema, &json(&whole), &breaks);
    let first = json(lines.lines().next().unwrap());
    refuses(python, &world, &schema, &first, &[("/type", value!("verdict")), ("/message", Value::Null)]);
    let error = json(&world.fail("jsonl").out);
    refuses(python, &world, &schema, &error, &[("/error/kind", value!("other")), ("/error", Value::Null)]);
}

/// The schema of SARIF 2.1.0, from the package in which its authors ship it to JavaScript; `None`: not to be had, and said so.
fn sarif_schema() -> Option<&'static Path> {
    const PACKAGE: &str = "@microsoft/jest-sarif@1.0.0-beta.0";
    static SCHEMA: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let fetch = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sarif-schema");
        let file = folder.join("package/lib/schemas/sarif-2.1.0-rtm.5.json");
        if file.exists() {
            return Ok(file);
        }
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let run = |command: &mut Command| match command.current_dir(&folder).output() {
            Ok(out) if out.status.success() => Ok(()),
            Ok(out) => Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr))),
            Err(e) => Err(format!("{command:?}: {e}")),
        };
        let brief =
            ["--fetch-retries=1", "--fetch-timeout=20000", "--loglevel=error", "--no-update-notifier"];
        run(Command::new("npm").args(["pack", "--ignore-scripts"]).args(brief).arg(PACKAGE))?;
        run(Command::new("tar").args(["-xzf", "microsoft-jest-sarif-1.0.0-beta.0.tgz"]))?;
        if file.exists() { Ok(file) } else { Err(format!("{PACKAGE} holds no schema")) }
    };
    let schema = SCHEMA.get_or_init(fetch).as_deref();
    schema.inspect_err(|why| eprintln!("skipped: the schema of SARIF is not to be had: {why}")).ok()
}

#[test]
fn sarif_holds_to_the_schema_of_its_authors() {
    let (Some(python), Some(schema)) = (python(), sarif_schema()) else { return };
    let world = World::refused();
    let refused = world.check("sarif", &[]).says(1, &[]).out;
    let replay = world.check("sarif", &["--plan", "plans/p.md"]).says(1, &[]).out;
    for text in
        [&refused, &replay, &World::clean().check("sarif", &[]).says(0, &[]).out, &world.fail("sarif").out]
    {
        holds(python, &world, schema, text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    }
    let breaks = [
        ("/version", value!("2.0.0")),
        ("/runs/0/tool/driver/name", Value::Null),
        ("/runs/0/results/0/level", value!("deny")),
        ("/runs/0/results/0/message", value!({})),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", value!(0)),
        ("/runs/0/invocations/0/exitCode", value!("1")),
    ];
    refuses(python, &world, schema, &json(&refused), &breaks);
}

#[test]
fn sarif_tells_where_it_comes_from_and_names_what_lasts() {
    let world = World::refused();
    let run = |world: &World| json(&world.check("sarif", &[]).says(1, &[]).out)["runs"][0].clone();
    let before = run(&world);
    let head = world.repo.git(&["rev-parse", "HEAD"]).ok();
    let origin = &before["versionControlProvenance"][0];
    assert_eq!(
        (&origin["repositoryUri"], &origin["revisionId"]),
        (&value!("https://example.com/o/r"), &value!(head))
    );
    assert!(!before.to_string().contains("secret"), "what lets one in is not told");
    let rule = &before["tool"]["driver"]["rules"][2];
    assert_eq!((&rule["id"], &rule["defaultConfiguration"]["level"]), (&value!("scope"), &value!("error")));
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("## How"));
    let results = before["results"].as_array().unwrap();
    let levels: Vec<&str> = results.iter().map(|r| r["level"].as_str().unwrap()).collect();
    assert!(levels.contains(&"error") && levels.contains(&"warning"), "{levels:?}");
    // The task stands on line 3 of the plan.
    let place = |at: &Value| {
        let at = &at["physicalLocation"];
        (at["artifactLocation"]["uri"].as_str().unwrap().to_owned(), at["region"]["startLine"].as_u64())
    };
    let scope = results.iter().find(|r| r["ruleId"] == "scope").unwrap();
    assert_eq!(place(&scope["relatedLocations"][0]), ("plans/p.md".to_owned(), Some(3)));
    assert!(place(&scope["locations"][0]).0.starts_with("o%FF%5D%5D%3E%250A%3A%3Aerror"), "{scope}");
    let atomic = results.iter().find(|r| r["ruleId"] == "atomic").unwrap();
    assert_eq!(place(&atomic["locations"][0]), ("plans/p.md".to_owned(), Some(3)));

    // Every commit gets another ID, and the findings stay what they were.
    let names = |run: &Value| -> Vec<Value> {
        let results = run["results"].as_array().unwrap();
        results.iter().map(|r| r["partialFingerprints"].clone()).collect()
    };
    assert_eq!(names(&run(&world)), names(&before));
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.commit(b"plans/other.md", "moved on");
    world.repo.git(&["rebase", "-q", "--reapply-cherry-picks", "--empty=keep", "main", "work"]).ok();
    let after = run(&world);
    let commit = |run: &Value| run["results"][0]["properties"]["commit"].clone();
    assert_ne!(commit(&after), commit(&before));
    assert_eq!(names(&after), names(&before));
}

/// What GitLab's documentation demands of each issue of a code quality report.
fn gitlab_schema() -> Value {
    value!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^[^/.]"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}}
                        }
                    }
                }
            }
        }
    })
}

#[test]
fn gitlab_s_report_holds_to_gitlab_s_demands() {
    let Some(python) = python() else { return };
    let world = World::refused();
    let schema = world.repo.write("../gitlab.json", gitlab_schema().to_string());
    let refused = world.check("gitlab", &[]).says(1, &[]).out;
    let clean = World::clean().check("gitlab", &[]).says(0, &[]).out;
    assert_eq!(json(&clean).as_array().map(Vec::len), Some(1), "a warning: {clean}");
    let failed = world.fail("gitlab").out;
    assert_eq!(json(&failed)[0]["severity"], "blocker");
    for text in [&refused, &clean, &failed] {
        holds(python, &world, &schema, text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    }
    let breaks = [
        ("/0/severity", value!("deny")),
        ("/0/location/lines/begin", value!(0)),
        ("/0/fingerprint", Value::Null),
    ];
    refuses(python, &world, &schema, &json(&refused), &breaks);
}
