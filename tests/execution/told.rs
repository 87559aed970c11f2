//! What guard tells of the execution, held against git to the byte.

use std::fs;

use serde_json::{Value, json};

use crate::world::{SYNTAX, TESTS, World};

const COVERS: [(&str, &[&str]); 4] = [
    ("R1", &["T001", "T002"]),
    ("R2", &["T003", "T004", "T009"]),
    ("R3", &["T005", "T006"]),
    ("R4", &["T007", "T008"]),
];

fn report(world: &World) -> Value {
    let text = world.repo.guard(&["report", "--format", "json", "--require-complete"]).ok();
    serde_json::from_str(&text).unwrap()
}

fn entry<'v>(list: &'v Value, key: &str, wanted: &str) -> &'v Value {
    let found = list.as_array().unwrap().iter().find(|item| item[key] == wanted);
    found.unwrap_or_else(|| panic!("no {key} = {wanted} in {list:#}"))
}

/// Letter and path of each file that the commit changes, as git has them.
fn changed(world: &World, commit: &str) -> Vec<(String, String)> {
    let listed = world
        .repo
        .git(&["diff-tree", "--no-commit-id", "--name-status", "--no-renames", "-r", "-z", commit])
        .ok();
    let words: Vec<&str> = listed.split_terminator('\0').collect();
    words.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect()
}

fn short(id: &str) -> &str {
    &id[..7]
}

fn date(world: &World, commit: &str) -> String {
    world.repo.git(&["log", "-1", "--date=format:%Y-%m-%dT%H:%M:%SZ", "--format=%ad", commit]).ok()
}

/// The newest run of a gate on a tree, as the notes have it.
fn run<'v>(notes: &'v [Value], gate: &str, tree: &str) -> &'v Value {
    let mine = notes.iter().filter(|line| line["gate"] == gate && line["tree"] == tree);
    mine.max_by_key(|line| line["started"].as_str().unwrap()).unwrap()
}

/// The gates of a task: the second is for implementations.
fn gates(task: &Value) -> &'static [&'static str] {
    if task["phase"] == "implementation" { &["syntax", "tests"] } else { &["syntax"] }
}

pub fn the_contract_says_what_git_says(world: &World) {
    world.repo.guard(&["check", "main..HEAD", "--require-evidence"]).says(0, &["no findings"]);
    let report = report(world);
    assert_eq!(report["execution_status"], "complete");
    for empty in ["open_issues", "escalations"] {
        assert_eq!(report[empty], json!([]), "{empty}");
    }
    let last = world.last();
    assert_eq!(last.len(), 10);
    let of = |tasks: &[&str]| tasks.iter().map(|task| last[*task].as_str()).collect::<Vec<_>>();
    assert_eq!(report["test_commit_hashes"], json!(of(&["T001", "T003", "T005", "T007"])));
    assert_eq!(
        report["implementation_commit_hashes"],
        json!(of(&["T002", "T004", "T006", "T008", "T009", "T010"]))
    );
    let log = world.repo.git(&["ls-files", ".artifacts"]).ok();
    assert_eq!(
        (&report["plan_path"], &report["execution_log_path"]),
        (&json!("plans/calculator.toml"), &json!(log))
    );
    let overview = &report["overview"];
    assert_eq!(overview["rollback_commit"], world.rollback);
    assert_eq!(overview["head"], world.id("HEAD"));
    assert_eq!(overview["branch"], "work");
    assert_eq!(overview["started"], date(world, &world.rollback));
    assert_eq!(overview["ended"], date(world, "HEAD"));

    let coverage = &report["requirement_coverage"];
    assert_eq!((&coverage["total"], &coverage["covered"]), (&json!(4), &json!(4)));
    for (id, tasks) in COVERS {
        let told = entry(&coverage["requirements"], "id", id);
        assert_eq!((&told["tasks"], &told["covered"]), (&json!(tasks), &json!(true)), "{id}");
        assert_eq!(told["commits"], json!(of(tasks)), "{id}");
    }
    for (id, commit) in &last {
        let task = entry(&report["tasks"], "id", id);
        assert_eq!((&task["state"], &task["commit"]), (&json!("done"), &json!(commit)), "{id}");
        let commits: Vec<&str> =
            task["commits"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
        assert_eq!(commits, world.made[id], "{id}");
        for told in task["commits"].as_array().unwrap() {
            let by_git =
                world.repo.git(&["log", "-1", "--format=%s%n%an <%ae>", told["id"].as_str().unwrap()]).ok();
            assert_eq!(
                format!("{}\n{}", told["subject"].as_str().unwrap(), told["author"].as_str().unwrap()),
                by_git
            );
            assert_eq!(told["time"], date(world, told["id"].as_str().unwrap()));
        }
        let letter = |file: &Value| match file["change"].as_str().unwrap() {
            "changed" => "M".to_owned(), // "added" and "deleted" begin as git's letters do
            word => word[..1].to_uppercase(),
        };
        let files = task["files"].as_array().unwrap().iter();
        let files: Vec<_> = files.map(|f| (letter(f), f["path"].as_str().unwrap().to_owned())).collect();
        assert_eq!(files, changed(world, commit), "{id}");
    }
    // What was taken back is told, with what it undoes.
    let [first, back, again] = &world.made["T006"][..] else { panic!("{:?}", world.made) };
    let told = entry(&report["tasks"], "id", "T006")["commits"].as_array().unwrap().iter();
    let told: Vec<Value> = told.map(|c| json!([c["id"], c["role"], c["undoes"]])).collect();
    assert_eq!(
        told,
        [json!([first, "reverted", null]), json!([back, "revert", first]), json!([again, "stands", null])]
    );
    assert_eq!(report["outcomes"]["redone"], json!(["T006"]));
    assert_eq!(entry(&report["deviations"], "kind", "revert")["commit"], json!(back));
    assert_eq!(
        entry(&report["exceptions"], "kind", "test-not-applicable")["message"],
        "made by a generator that has its own tests"
    );
    let records: Vec<&str> =
        report["other_commits"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(records, world.logs);
    assert!(report["other_commits"].as_array().unwrap().iter().all(|c| c["kind"] == "record"));
}

pub fn the_report_says_what_the_notes_say(world: &World) {
    let report = report(world);
    let notes = world.notes();
    let runs = report["gate_runs"].as_array().unwrap();
    // Fifteen for what stands; two each for what failed first, what was taken back, and taking it back.
    assert_eq!((world.runs.len(), runs.len(), notes.len()), (21, 21, 21));
    for run in runs {
        let line = notes.iter().find(|l| l["started"] == run["started"] && l["gate"] == run["gate"]).unwrap();
        for (key, value) in run.as_object().unwrap() {
            assert_eq!(value, &line[key], "{key} of {line}");
        }
    }
    for (tree, gate, blob) in &world.runs {
        assert_eq!(run(&notes, gate, tree)["digest"], *blob, "{gate} on {tree}");
    }
    for task in report["tasks"].as_array().unwrap() {
        let tree = world.id(&format!("{}^{{tree}}", task["commit"].as_str().unwrap()));
        let told = task["gates"].as_array().unwrap();
        assert_eq!(told.iter().map(|g| g["gate"].as_str().unwrap()).collect::<Vec<_>>(), gates(task));
        for gate in told {
            assert_eq!((&gate["run"]["tree"], &gate["run"]["outcome"]), (&json!(tree), &json!("passed")));
            let corrected = i32::from(task["id"] == "T004" && gate["gate"] == "tests");
            assert_eq!((&gate["failed_runs"], &gate["corrections"]), (&json!(corrected), &json!(corrected)));
        }
    }
}

pub fn the_log_says_what_git_and_the_notes_say(world: &World) {
    let path = world.repo.git(&["ls-files", ".artifacts"]).ok();
    let text = fs::read_to_string(world.repo.path.join(&path)).unwrap();
    let committed = world.repo.git(&["cat-file", "blob", &format!("HEAD:{path}")]).out;
    assert_eq!(text, committed);
    let has = |part: &str| assert!(text.contains(part), "{part:?} is not in:\n{text}");
    has(&format!("\nrollback: \"{}\"\nstatus: complete\n---\n", world.rollback));
    has("\n10 of 10 tasks are done.\n");
    has("\n- [x] T010: the manual names every command\n");
    let (notes, report) = (world.notes(), report(world));
    let ended = |gate: &str, tree: &str| {
        let run = run(&notes, gate, tree);
        let seconds = run["milliseconds"].as_f64().unwrap() / 1000.0;
        format!("passed ({}, {seconds:.1} s, tree `{}`)", run["started"].as_str().unwrap(), short(tree))
    };
    let mut results = [String::new(), String::new()];
    for (id, commit) in world.last() {
        let task = entry(&report["tasks"], "id", &id);
        let tree = world.id(&format!("{commit}^{{tree}}"));
        let files: Vec<String> = changed(world, &commit)
            .iter()
            .map(|(letter, path)| {
                let mark = [("A", " (new)"), ("D", " (deleted)")]
                    .iter()
                    .find(|(l, _)| l == letter)
                    .map_or("", |m| m.1);
                format!("`{path}`{mark}")
            })
            .collect();
        let mut commands = String::new();
        for gate in gates(task) {
            let command = if *gate == "tests" { TESTS } else { SYNTAX };
            commands += &format!("  - {gate}: `{command}` → {}\n", ended(gate, &tree));
            results[usize::from(*gate == "tests")] += &format!("  - {id}: {}\n", ended(gate, &tree));
        }
        has(&format!(
            "### {id} – {}\n\n- Status: done\n- Commit: `{}`, {}\n- Files: {}\n- Commands:\n{commands}- Tests: passed\n<!--",
            task["summary"].as_str().unwrap(),
            short(&commit),
            date(world, &commit),
            files.join(", "),
        ));
    }
    let [syntax, tests] = results;
    has(&format!(
        "## Gate Results\n\n- syntax (required): `{SYNTAX}`\n{syntax}- tests (required): `{TESTS}`\n{tests}<!--"
    ));
    let [first, back, _] = &world.made["T006"][..] else { panic!("{:?}", world.made) };
    has(&format!("- T006: `{}` took back `{}`\n", short(back), short(first)));
    let failed = notes.iter().find(|line| line["outcome"] == "failed").unwrap();
    has(&format!("- T004: the gate tests failed with exit code 1 ({}", failed["started"].as_str().unwrap()));
    // Nothing is left to write, and what is there is all that is there.
    assert!(world.repo.guard(&["log"]).ok().starts_with("up to date"));
}
