//! What the reader accepts, and what it then answers. Refusals and random texts have files of their own.

mod random;
mod refusals;
mod schema;

use super::*;

const RULES: [&str; 4] = ["task-id", "scope", "rollback", "regression"];

fn read(text: &str) -> crate::error::Result<Policy> {
    let read = parse("guard.toml", text.as_bytes(), &RULES);
    // Whatever a test has the reader accept must be fine with the schema too.
    if read.is_ok() {
        let wrong = schema::trouble(text);
        assert!(wrong.is_empty(), "the schema refuses what the reader accepts: {wrong:?}\n{text}");
    }
    read
}

#[test]
fn an_empty_file_is_the_default() {
    for text in ["", "\u{feff}", "version = 1", "\u{feff}version = 0x1\r\n", "[task]\n[rules]\n", "gate = []"]
    {
        let policy = read(text).unwrap();
        assert_eq!(policy.source.as_deref(), Some("guard.toml"));
        assert_eq!(policy, Policy { source: policy.source.clone(), ..Policy::default() }, "{text}");
    }
    assert_eq!(Policy::default().source, None);
}

#[test]
fn every_default_pattern_can_be_read() {
    let texts = |patterns: &Patterns| patterns.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
    let policy = Policy::default();
    assert_eq!(texts(&policy.enforce.branches), DEFAULT_BRANCHES);
    assert_eq!(texts(&policy.plan.paths), DEFAULT_PLAN_PATHS);
    assert_eq!(texts(&policy.plan.records), DEFAULT_RECORDS);
    assert_eq!(texts(&policy.regression.tests), DEFAULT_TESTS);
    assert_eq!(texts(&policy.regression.code), DEFAULT_CODE);
}

#[test]
fn a_full_file_is_read_key_by_key() {
    let policy = read(random::FULL).unwrap();
    assert_eq!(random::held(&policy), random::written(random::FULL));
    assert_eq!(policy.enforce.when, When::Plan);
    assert_eq!(policy.task.carried_in, [Carrier::Trailer, Carrier::Scope, Carrier::Subject]);
    assert!(policy.task.several);
    assert_eq!(policy.plan.trust, Trust::Base);
    assert_eq!((policy.rollback.per, policy.rollback.carries), (Per::Task, Carries::Anything));
    assert_eq!(policy.rollback.max_distance, 100_000);
    assert_eq!(policy.gates[0].timeout, Some(600));
    assert_eq!(policy.gates[0].phase, Some(GatePhase::ValidationSupport));
    assert!(!policy.gates[0].required && policy.gates[1].required);
    assert!(policy.gates[1].paths.is_none() && policy.gates[1].phase.is_none());
    let overlay = policy.overlay_of("specs/012-x/tasks.md").unwrap();
    assert!(overlay.scopes[0].1.matches(b"src/lease.rs"));
    assert!(policy.overlay_of("specs/012-x").is_none());
}

#[test]
fn levels_and_record_paths_answer() {
    let policy = read("plan = { paths = ['p/**'], records = ['r/**'] }\nrules = { scope = 'warn' }").unwrap();
    assert_eq!(policy.level_of("task-id", Level::Deny), Level::Deny);
    assert_eq!(policy.level_of("scope", Level::Deny), Level::Warn);
    for (path, is_plan, is_record) in
        [("src/a", false, false), ("plans/a", false, false), ("r/a", false, true), ("p/a", true, true)]
    {
        assert_eq!(policy.is_plan_path(path.as_bytes()), is_plan, "{path}");
        assert_eq!(policy.is_record(path.as_bytes()), is_record, "{path}");
    }
    let default = Policy::default();
    assert!(default.is_record(b"specs/012-x/tasks.md") && default.is_record(b"designs/a.md"));
    assert!(!default.is_record(b"src/main.rs") && !default.is_record(b"specs/tasks.md"));
}

#[test]
fn tests_and_code_are_told_apart_by_their_paths() {
    let policy = Policy::default().regression;
    for test in [
        "tests/x",
        "a/test/X.java",
        "spec/a_spec.rb",
        "src/lexer_test.go",
        "src/a.test.ts",
        "a/b.spec.js",
        "test_a.py",
        "a/test_b.py",
        "src/tests.rs",
        "app/__tests__/a.js",
        "src/FooTest.kt",
        "x/FooTests.cs",
        "features/login.feature",
    ] {
        assert!(policy.is_test(test.as_bytes()) && !policy.is_code(test.as_bytes()), "{test}");
    }
    for code in ["a.rs", "src/latest.py", "src/contest.c", "lib/attest/x.ts", "specs/a.go", "a/protest.java"]
    {
        assert!(policy.is_code(code.as_bytes()) && !policy.is_test(code.as_bytes()), "{code}");
    }
    for neither in ["README.md", "Cargo.toml", "docs/test.md", "a/rs", "specs/012-x/contracts.md", "x.svg"] {
        assert!(!policy.is_code(neither.as_bytes()) && !policy.is_test(neither.as_bytes()), "{neither}");
    }
}

#[test]
fn companions_add_to_the_built_in_ones() {
    let policy = read("[scope.companions]\n'Cargo.toml' = ['deps.json']\n'a.in' = ['a.txt']").unwrap();
    let manifests = |lock: &str| policy.scope.companions_of(lock.as_bytes()).map(|c| c.manifests.join(" "));
    assert_eq!(manifests("x/Cargo.lock").as_deref(), Some("Cargo.toml"));
    assert_eq!(manifests("x/deps.json").as_deref(), Some("Cargo.toml"));
    assert_eq!(manifests("a.txt").as_deref(), Some("a.in"));
    assert_eq!(manifests("a.in"), None);
}

#[test]
fn large_hostile_files_take_little_time() {
    let limit = 256 * 1024;
    let fill = |head: &str, line: fn(usize) -> String| {
        let mut text = head.to_owned();
        for line in (0..).map(line) {
            if text.len() + line.len() >= limit {
                break;
            }
            text.push_str(&line);
        }
        text
    };
    for text in [
        fill("", |n| format!("k{n} = 1\n")),
        fill("[rules]\n", |n| format!("k{n} = 1\n")),
        fill("[scope.companions]\n", |n| format!("k{n} = ['l']\n")),
        fill("[overlay.a]\n", |n| format!("T{n} = ['l']\n")),
        fill("", |n| format!("[overlay.p{n}]\n")),
        fill("", |n| format!("[overlay.p{n}{}]\n", ".x".repeat(70))),
        fill("", |n| format!("[[gate]]\nname = 'g{n}'\nrun = 'r'\n")),
        fill("[overlay.a]\nT1 = [", |n| format!("'{{a,b}}{{c,d}}{{e,f}}{{g,h}}{n}',\n")) + "]",
        fill("", |_| "[".to_owned()),
        fill("a = ", |_| "[".to_owned()),
        fill("task.id = '", |_| "(a|".to_owned()),
        fill("", |_| "a.".to_owned()),
        fill("", |_| "\0".to_owned()),
        "#".repeat(5 << 20),
    ] {
        let start = std::time::Instant::now();
        let _ = read(&text);
        let longest = std::time::Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });
        assert!(start.elapsed() < longest, "{:?} for {:.40}", start.elapsed(), text);
    }
}

#[test]
fn a_file_of_the_largest_size_is_still_read() {
    assert!(read(&"#".repeat(256 * 1024)).is_ok());
    let error = read(&"#".repeat(256 * 1024 + 1)).unwrap_err();
    assert_eq!(error.to_string(), "guard.toml: larger than 256 KiB, which is no policy");
}
