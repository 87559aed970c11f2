//! An execution: a plan of three tasks with tests first, a gate that looks at what is there, hooks in place.

use serde_json::Value;

use crate::harness::{Ran, Repo};

/// Fails while `src/broken` is there.
pub const GATE: &str = "[[gate]]\nname = \"tests\"\nrun = \"cat src/* docs/* 2>&1; test ! -e src/broken\"\n";
pub const PLAN: &str = r#"version = 1
topic = "lexer"

[[task]]
id = "T001"
summary = "Pin how numbers are read"
scope = ["tests/**"]
phase_type = "test"
covers = ["R1"]

[[task]]
id = "T002"
summary = "Read numbers"
scope = ["src/**"]
depends_on = ["T001"]
phase_type = "implementation"
covers = ["R1"]

[[task]]
id = "T003"
summary = "Document the grammar"
scope = ["docs/**"]
depends_on = ["T002"]
covers = ["R2"]
test_not_applicable = "prose only"
"#;

pub struct World {
    pub repo: Repo,
}

impl World {
    /// The plan is started, nothing is done.
    pub fn new() -> Self {
        Self::with(GATE, PLAN)
    }

    pub fn with(gates: &str, plan: &str) -> Self {
        let repo = Repo::named("project");
        repo.write("guard.toml", format!("version = 1\n{gates}"));
        repo.write("plans/lexer.toml", plan);
        repo.git(&["add", "-A"]).ok();
        repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
        repo.guard(&["install"]).ok();
        repo.guard(&["start", "plans/lexer.toml"]).ok();
        Self { repo }
    }

    /// Everything is done, and nothing was out of the ordinary.
    pub fn finished() -> Self {
        let world = Self::new();
        world.first_two();
        world.task("T003", &[("docs/grammar.md", "number = digit\n")]);
        world
    }

    /// T001 and T002 are done.
    pub fn first_two(&self) {
        self.task("T001", &[("tests/numbers.rs", "one\n")]);
        self.task("T002", &[("src/lexer.rs", "fn number() {}\n")]);
    }

    pub fn stage(&self, files: &[(&str, &str)]) {
        files.iter().for_each(|(path, text)| drop(self.repo.write(path, text)));
        self.repo.git(&["add", "-A"]).ok();
    }

    /// Writes files, runs the gates, commits; the commit's ID.
    pub fn task(&self, task: &str, files: &[(&str, &str)]) -> String {
        self.stage(files);
        self.repo.guard(&["gate", task]).ok();
        self.commit(task)
    }

    pub fn commit(&self, task: &str) -> String {
        self.repo.git(&["commit", "-q", "-m", &format!("{task}: do it")]).ok();
        self.id("HEAD")
    }

    /// As one commits who skips every hook.
    pub fn sneak(&self, args: &[&str]) -> Ran {
        self.repo.git(&[&["-c", "core.hooksPath=/dev/null"], args].concat())
    }

    pub fn id(&self, revision: &str) -> String {
        self.repo.git(&["rev-parse", revision]).ok()
    }

    pub fn report(&self) -> Value {
        serde_json::from_str(&self.repo.guard(&["report", "--format", "json"]).ok()).unwrap()
    }

    /// It is not complete, `--require-complete` fails and names each of `words`, and nothing says otherwise.
    #[track_caller]
    pub fn is_open(&self, status: &str, words: &[&str]) -> Value {
        let report = self.report();
        assert_eq!(report["execution_status"], status, "{report:#}");
        assert_ne!(report["open_issues"].as_array().unwrap().len(), 0);
        let ran = self.repo.guard(&["report", "--require-complete"]);
        assert_eq!(ran.code, 1, "{}", ran.text());
        for word in words {
            assert!(ran.err.contains(word), "{word:?} is not in:\n{}", ran.err);
        }
        report
    }

    #[track_caller]
    pub fn is_complete(&self) -> Value {
        let report = self.report();
        assert_eq!(report["execution_status"], "complete", "{report:#}");
        let ran = self.repo.guard(&["report", "--require-complete"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        report
    }
}

/// The strings of a list.
pub fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

/// The entry of a list whose `key` is `wanted`.
pub fn entry<'v>(list: &'v Value, key: &str, wanted: &str) -> &'v Value {
    let found = list.as_array().unwrap().iter().find(|item| item[key] == wanted);
    found.unwrap_or_else(|| panic!("no {key} = {wanted} in {list:#}"))
}
