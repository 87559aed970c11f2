//! The completion contract says what git says.

use serde_json::json;

use crate::world::{GATE, PLAN, World, entry, strings};

/// Seconds since 1970 as git has them, as the report writes them.
fn time_of(world: &World, revision: &str) -> String {
    world.repo.git(&["log", "-1", "--date=format:%Y-%m-%dT%H:%M:%SZ", "--format=%ad", revision]).ok()
}

#[test]
fn a_story_with_a_failure_and_a_revert_is_told_as_it_was() {
    let world = World::new();
    let repo = &world.repo;
    let rollback = world.id("HEAD");
    let tests = world.task("T001", &[("tests/numbers.rs", "one\n")]);
    world.stage(&[("src/lexer.rs", "fn number() {}\n"), ("src/broken", "x\n")]);
    repo.guard(&["gate", "T002"]).says(1, &["failed with exit code 1"]);
    std::fs::remove_file(repo.path.join("src/broken")).unwrap();
    let code = world.task("T002", &[]);
    let first = world.task("T003", &[("docs/grammar.md", "number = digit\n")]);
    repo.git(&["rm", "-q", "docs/grammar.md"]).ok();
    repo.guard(&["gate", "T003"]).ok();
    let revert = world.commit("T003");
    let second = world.task("T003", &[("docs/grammar.md", "number = digit { digit }\n")]);
    repo.write(".artifacts/execute/log.md", format!("---\nplan: lexer\nrollback: {rollback}\n---\n# Log\n"));
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "Log of the execution"]).ok();
    let report = world.is_complete();

    assert_eq!(report["plan_path"], "plans/lexer.toml");
    assert_eq!(report["test_spec_path"], json!(null));
    assert_eq!(report["execution_log_path"], ".artifacts/execute/log.md");
    assert_eq!(report["test_commit_hashes"], json!([tests]));
    assert_eq!(report["implementation_commit_hashes"], json!([code, second]));
    assert_eq!(report["requirement_coverage"]["total"], 2);
    assert_eq!(report["requirement_coverage"]["covered"], 2);
    assert_eq!((&report["open_issues"], &report["escalations"]), (&json!([]), &json!([])));
    assert!(report["recommended_next_action"].as_str().unwrap().contains("guard check --require-evidence"));
    let overview = &report["overview"];
    assert_eq!(overview["rollback_commit"], rollback);
    assert_eq!(overview["head"], world.id("HEAD"));
    assert_eq!(overview["branch"], "main");
    assert_eq!(overview["started"], time_of(&world, &rollback));
    assert_eq!(overview["ended"], time_of(&world, "HEAD"));
    let seconds =
        |revision: &str| repo.git(&["log", "-1", "--format=%at", revision]).ok().parse::<u64>().unwrap();
    assert_eq!(overview["duration_seconds"], seconds("HEAD") - seconds(&rollback));
    assert!(repo.git(&["--version"]).ok().ends_with(overview["git"].as_str().unwrap()));

    // Every commit of a task is there once, in order, and is what it was.
    let third = entry(&report["tasks"], "id", "T003");
    let shown: Vec<_> =
        third["commits"].as_array().unwrap().iter().map(|c| [&c["id"], &c["role"], &c["undoes"]]).collect();
    let null = json!(null);
    assert_eq!(
        shown,
        [
            [&json!(first), &json!("reverted"), &null],
            [&json!(revert), &json!("revert"), &json!(first)],
            [&json!(second), &json!("stands"), &null]
        ]
    );
    assert_eq!(report["outcomes"], json!({"done": ["T001", "T002", "T003"], "open": [], "redone": ["T003"]}));
    for (task, commit) in [("T001", &tests), ("T002", &code), ("T003", &second)] {
        let told = entry(&report["tasks"], "id", task);
        let listed = repo.git(&["show", "--format=", "--name-only", commit]).ok();
        let files: Vec<&str> =
            told["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
        assert_eq!(files.join("\n"), listed, "{task}");
        assert_eq!((&told["commit"], &told["state"]), (&json!(commit), &json!("done")));
        let run = &told["gates"][0]["run"];
        assert_eq!(run["tree"], world.id(&format!("{commit}^{{tree}}")), "{task}");
        assert_eq!(run["outcome"], "passed");
    }
    // The digest is that of the whole output: here, of the files that the gate shows.
    let said = repo.write("../said", "fn number() {}\n\u{0}");
    std::fs::write(&said, "fn number() {}\nnumber = digit { digit }\n").unwrap();
    let digest = repo.git(&["hash-object", said.to_str().unwrap()]).ok();
    assert_eq!(third["gates"][0]["run"]["digest"], digest);

    let gate = &entry(&report["tasks"], "id", "T002")["gates"][0];
    assert_eq!((&gate["failed_runs"], &gate["corrections"]), (&json!(1), &json!(1)));
    assert_eq!(report["gate_runs"].as_array().unwrap().len(), 6);
    assert_eq!(entry(&report["deviations"], "kind", "revert")["commit"], revert);
    assert_eq!(entry(&report["deviations"], "kind", "redone")["commit"], second);
    assert_eq!(entry(&report["exceptions"], "kind", "test-not-applicable")["message"], "prose only");
    assert_eq!(report["other_commits"][0]["id"], world.id("HEAD"));
    assert_eq!(report["other_commits"][0]["kind"], "record");

    let first = entry(&report["requirement_coverage"]["requirements"], "id", "R1");
    assert_eq!(strings(&first["tasks"]), ["T001", "T002"]);
    assert_eq!(
        (strings(&first["test_tasks"]), strings(&first["test_files"])),
        (vec!["T001"], vec!["tests/numbers.rs"])
    );
    assert_eq!(strings(&first["commits"]), [&tests, &code]);
    assert_eq!(first["gates"].as_array().unwrap().len(), 2);
}

#[test]
fn a_running_execution_names_what_is_open_and_what_comes_next() {
    let world = World::new();
    let report = world.is_open("incomplete", &["T001 is not done", "T003 is not done; it comes after T002"]);
    assert_eq!(
        report["recommended_next_action"],
        "T001 is ready (Pin how numbers are read): guard gate T001 && git commit -m \"T001: …\""
    );
    assert_eq!(report["overview"]["started"], report["overview"]["ended"]);
    world.first_two();
    let report = world.is_open("incomplete", &["T003 is not done", "R2 is not covered: T003 is not done"]);
    let coverage = &report["requirement_coverage"];
    assert_eq!((&coverage["total"], &coverage["covered"]), (&json!(2), &json!(1)));
    assert_eq!(entry(&coverage["requirements"], "id", "R2")["covered"], false);
    assert_eq!(strings(&report["outcomes"]["open"]), ["T003"]);
    // Reported all the same: only --require-complete makes it a failure.
    world.repo.guard(&["report"]).says(0, &["incomplete", "T003 is not done"]);
    // Taken back, and not done again.
    world.task("T003", &[("docs/grammar.md", "number = digit\n")]);
    world.is_complete();
    world.repo.git(&["rm", "-q", "docs/grammar.md"]).ok();
    world.repo.guard(&["gate", "T003"]).ok();
    world.commit("T003");
    let report = world.is_open("incomplete", &["T003 was taken back and not done again"]);
    assert_eq!(report["implementation_commit_hashes"].as_array().unwrap().len(), 1);
}

#[test]
fn a_blocked_gate_blocks_until_somebody_decides_and_the_gate_passes() {
    let world = World::new();
    world.task("T001", &[("tests/numbers.rs", "one\n")]);
    for text in ["1", "2", "3"] {
        world.stage(&[("src/broken", text)]);
        world.repo.guard(&["gate", "T002"]).says(1, &["failed"]);
    }
    let report = world.is_open("blocked", &["T002: the gate tests waits for a decision (blocker: defect)"]);
    let escalation = &report["escalations"][0];
    assert_eq!((&escalation["gate"], &escalation["task"]), (&json!("tests"), &json!("T002")));
    assert_eq!(strings(&escalation["evidence"]).len(), 3);
    assert_eq!(strings(&escalation["impact"]), ["T003"]);
    assert_eq!(escalation["options"].as_array().unwrap().len(), 3);
    assert!(
        report["recommended_next_action"].as_str().unwrap().contains("guard gate decide tests --task T002")
    );
    let decide = |word: &str, why: &str| {
        world.repo.guard(&["gate", "decide", "tests", "--task", "T002", word, "--reason", why]).ok();
    };
    decide("--stop", "the parser is being replaced");
    let report = world.is_open("blocked", &["waits for a decision"]);
    assert_eq!(report["escalations"][0]["stopped"], "the parser is being replaced (A <a@example.com>)");
    decide("--retry", "a day later");
    let report = world.is_open("incomplete", &["T002 is not done"]);
    assert_eq!(report["decisions"].as_array().unwrap().len(), 2);
    std::fs::remove_file(world.repo.path.join("src/broken")).unwrap();
    world.task("T002", &[("src/lexer.rs", "fn number() {}\n")]);
    world.task("T003", &[("docs/grammar.md", "x\n")]);
    let report = world.is_complete();
    let told = report["exceptions"].as_array().unwrap().iter().filter(|e| e["kind"] == "decision").count();
    assert_eq!(told, 2);
}

#[test]
fn what_an_earlier_lock_has_seen_done_stays_done() {
    let world = World::new();
    world.first_two();
    let code = world.id("HEAD");
    world.repo.guard(&["start", "--again", "plans/lexer.toml"]).ok();
    world.task("T003", &[("docs/grammar.md", "x\n")]);
    let report = world.is_complete();
    let second = entry(&report["tasks"], "id", "T002");
    assert_eq!((&second["commit"], &second["commits"]), (&json!(code), &json!([])));
    assert_eq!(second["files"][0]["path"], "src/lexer.rs");
    assert_eq!(second["gates"][0]["run"]["outcome"], "passed");
    assert_eq!(entry(&report["exceptions"], "kind", "earlier-lock")["task"], "T001");
}

#[test]
fn what_is_not_required_is_an_exception_and_no_gate_at_all_is_a_risk() {
    let loose = "[[gate]]\nname = \"lint\"\nrun = \"exit 3\"\nrequired = false\n";
    let world = World::with(&format!("{GATE}{loose}"), PLAN);
    world.first_two();
    world.task("T003", &[("docs/grammar.md", "x\n")]);
    let report = world.is_complete();
    let told = entry(&report["exceptions"], "kind", "optional-gate-failed");
    assert_eq!(told["message"], "the gate lint, which is not required, failed with exit code 3");
    let plan = PLAN.replace("covers", "# covers");
    let world = World::with("", &plan);
    for (task, path) in [("T001", "tests/a"), ("T002", "src/a"), ("T003", "docs/a")] {
        world.stage(&[(path, "x\n")]);
        world.commit(task);
    }
    let risks = world.is_complete()["residual_risks"].to_string();
    assert!(risks.contains("requires no gate") && risks.contains("names no requirement"), "{risks}");
}

#[test]
fn commits_have_addresses_and_no_password_is_in_them() {
    let world = World::finished();
    assert_eq!(world.report()["permalinks"], json!([]));
    world.repo.git(&["remote", "add", "origin", "https://me:s3cret@github.com/o/r.git"]).ok();
    let report = world.report();
    assert_eq!(report["overview"]["repository_url"], "https://github.com/o/r");
    let head = world.id("HEAD");
    let link = entry(&report["permalinks"], "commit", &head);
    assert_eq!(link["url"], format!("https://github.com/o/r/commit/{head}"));
    for format in guard::summary::FORMATS {
        let text = world.repo.guard(&["report", "--format", format.name]).ok();
        assert!(!text.contains("s3cret") && text.contains("github.com/o/r"), "{}", format.name);
    }
    // What git is told to read as something else is that.
    world.repo.git(&["remote", "set-url", "origin", "work:o/r"]).ok();
    world.repo.git(&["config", "url.https://x:s3cret@gitlab.example/.insteadOf", "work:"]).ok();
    let report = world.report();
    let link = entry(&report["permalinks"], "commit", &head);
    assert_eq!(link["url"], format!("https://gitlab.example/o/r/-/commit/{head}"));
}

#[test]
fn a_plan_in_markdown_names_its_test_specification() {
    let repo = crate::harness::Repo::named("project");
    repo.write("specs/tests.md", "# What is tested\n");
    let plan =
        "# Lexer\n\n- Test spec: specs/tests.md\n\n### T001: Read numbers\n\n**Files:**\n- `src/lexer.rs`\n";
    repo.write("plans/lexer.md", plan);
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
    repo.guard(&["start", "plans/lexer.md"]).ok();
    let world = World { repo };
    let report = world.is_open("incomplete", &["T001 is not done"]);
    assert_eq!(report["test_spec_path"], "specs/tests.md");
    assert_eq!(report["overview"]["plan_format"], "markdown-sections");
}
