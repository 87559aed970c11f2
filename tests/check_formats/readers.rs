//! Programs that others have written read the same findings.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json as value};

use crate::python::readers;
use crate::world::{World, json};

/// What a few lines of Python say of the text, as JSON.
fn ask(python: &Path, world: &World, name: &str, text: &str, code: &str) -> Value {
    let file = world.repo.write(format!("../{name}"), text);
    let out =
        Command::new(python).args(["-c", &format!("import sys,json\n{code}")]).arg(file).output().unwrap();
    assert!(out.status.success(), "{}\n{text}", String::from_utf8_lossy(&out.stderr));
    json(&String::from_utf8(out.stdout).unwrap())
}

const SARIF: &str = "from sarif import loader
print(json.dumps(loader.load_sarif_file(sys.argv[1]).get_records()))";
const JUNIT: &str = "import junitparser
x = junitparser.JUnitXml.fromfile(sys.argv[1])
print(json.dumps({'tests': x.tests, 'failures': x.failures, 'errors': x.errors, 'cases': [
  {'name': c.name, 'results': [[type(r).__name__, r.type, r.message, r.text] for r in c.result]}
  for s in x for c in s]}))";

/// Rule and level of each finding.
fn findings(world: &World) -> Vec<(Value, Value)> {
    let verdict = json(&world.check("json", &[]).out);
    let level = |f: &Value| if f["level"] == "deny" { "error" } else { "warning" };
    verdict["findings"].as_array().unwrap().iter().map(|f| (f["rule"].clone(), value!(level(f)))).collect()
}

#[test]
fn sarif_tools_reads_every_finding() {
    let Some(python) = readers() else { return };
    for world in [World::refused(), World::clean()] {
        let records = ask(python, &world, "x.sarif", &world.check("sarif", &[]).out, SARIF);
        let mut read: Vec<(Value, Value)> =
            records.as_array().unwrap().iter().map(|r| (r["Code"].clone(), r["Severity"].clone())).collect();
        let mut wanted = findings(&world);
        let key = |pair: &(Value, Value)| pair.0.to_string();
        wanted.sort_by_key(key);
        read.sort_by_key(key);
        assert_eq!(read, wanted);
        assert!(!wanted.is_empty());
    }
}

#[test]
fn junitparser_reads_a_case_for_every_commit() {
    let Some(python) = readers() else { return };
    let world = World::refused();
    let read = ask(python, &world, "x.xml", &world.check("junit", &[]).out, JUNIT);
    let count = world.repo.git(&["rev-list", "--count", "main..work"]).ok().parse::<u64>().unwrap();
    assert_eq!(
        (&read["tests"], &read["failures"], &read["errors"]),
        (&value!(count), &value!(2), &value!(0))
    );
    let cases = read["cases"].as_array().unwrap();
    assert_eq!(cases[1]["results"], value!([]));
    let subject = world.repo.git(&["log", "-1", "--format=%s (%h)", "--abbrev=7", "HEAD~1"]).ok();
    assert_eq!(cases[2]["name"], subject);
    let failure = &cases[2]["results"][0];
    assert_eq!((&failure[0], &failure[1]), (&value!("Failure"), &value!("scope")));
    let text = failure[3].as_str().unwrap();
    assert!(text.contains("T001 may not change o\\xff]]>%0A::error::x,\\x1b[31m\\x0d\\x0a<&\".rs"), "{text}");
    let all: String = cases.iter().map(|case| case.to_string()).collect();
    let refused = findings(&world).into_iter().filter(|(_, level)| level == "error");
    for (rule, _) in refused {
        assert!(all.contains(&format!("error[{}]", rule.as_str().unwrap())), "{rule}: {all}");
    }
    let failed = ask(python, &world, "x.xml", &world.fail("junit").out, JUNIT);
    assert_eq!((&failed["errors"], &failed["cases"][0]["results"][0][0]), (&value!(1), &value!("Error")));
}

#[test]
fn a_very_long_subject_is_kept_at_its_beginning() {
    let Some(python) = readers() else { return };
    let world = World::clean();
    world.commit(b"docs/b", &format!("T002: a{}", "é".repeat(20_000)));
    let read = ask(python, &world, "x.xml", &world.check("junit", &[]).out, JUNIT);
    let name = read["cases"][2]["name"].as_str().unwrap();
    assert!(name.starts_with("T002: aéé") && name.len() < 600, "{}", name.len());
    assert!(name.contains("éé (") && !name.contains("\\x"), "no half of a character: {name}");
}

#[test]
fn python_s_own_xml_parser_takes_the_hostile_report() {
    let world = World::refused();
    let code = "import xml.etree.ElementTree as e\nprint(len(e.parse(sys.argv[1]).findall('.//testcase')))";
    for (text, count) in [(world.check("junit", &[]).out, 4), (world.fail("junit").out, 1)] {
        if Command::new("python3").arg("--version").output().is_err() {
            eprintln!("skipped: there is no python3");
            return;
        }
        assert_eq!(ask(Path::new("python3"), &world, "x.xml", &text, code), value!(count));
    }
}
