//! Gates: what is run, on what, what is recorded, and what counts as evidence.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "gate/budget.rs"]
mod budget;
#[path = "gate/evidence.rs"]
mod evidence;
#[path = "gate/hostile.rs"]
mod hostile;
#[path = "gate/run.rs"]
mod run;

use harness::{Ran, Repo};
use serde_json::Value;

const PLAN: &str = r#"version = 1
topic = "gates"

[[task]]
id = "T001"
summary = "Write the source"
scope = ["src/**"]

[[task]]
id = "T002"
summary = "Write the tests"
scope = ["tests/**"]
phase_type = "test"
depends_on = ["T001"]
test_not_applicable = "they are the tests"

[[task]]
id = "T003"
summary = "Write the manual"
scope = ["docs/**"]
depends_on = ["T002"]
"#;

/// A repository in which [`PLAN`] is running under a policy with these gates.
pub struct World {
    pub repo: Repo,
}

impl World {
    #[track_caller]
    pub fn new(gates: &str) -> Self {
        Self::of(Repo::new(), gates)
    }

    #[track_caller]
    pub fn of(repo: Repo, gates: &str) -> Self {
        // These are about gates, and keep no log.
        let (tables, levels) = gates.split_once("[rules]\n").unwrap_or((gates, ""));
        let gates = format!("{tables}[rules]\nexecution-log = \"off\"\n{levels}");
        repo.write("guard.toml", format!("version = 1\n{gates}"));
        repo.write("plans/gates.toml", PLAN);
        repo.write(".gitignore", "ignored\n");
        repo.git(&["add", "-A"]).ok();
        repo.git(&["commit", "-q", "-m", "initial"]).ok();
        repo.guard(&["install"]).ok();
        repo.guard(&["start", "plans/gates.toml"]).ok();
        Self { repo }
    }

    /// With one gate.
    #[track_caller]
    pub fn with(run: &str) -> Self {
        Self::new(&gate("tests", run, ""))
    }

    pub fn stage(&self, path: &str, text: &str) -> &Self {
        self.repo.write(path, text);
        self.repo.git(&["add", "--", path]).ok();
        self
    }

    pub fn gate(&self, args: &[&str]) -> Ran {
        self.repo.guard(&[&["gate"], args].concat())
    }

    pub fn commit(&self, message: &str) -> Ran {
        self.repo.git(&["commit", "-q", "-m", message])
    }

    /// Every line of evidence, on whichever tree.
    pub fn lines(&self) -> Vec<Value> {
        let listed = self.repo.git(&["notes", "--ref=guard", "list"]);
        let text = listed.out;
        let notes = text.lines().map(|line| line.split(' ').next().unwrap().to_owned());
        let texts: Vec<String> = notes.map(|note| self.repo.git(&["cat-file", "-p", &note]).ok()).collect();
        let lines = texts.iter().flat_map(|text| text.lines().filter(|line| !line.is_empty()));
        let mut lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.sort_by_key(|line| line["started"].as_str().or(line["time"].as_str()).unwrap().to_owned());
        lines
    }

    /// The outcomes recorded so far, oldest first.
    pub fn outcomes(&self) -> Vec<String> {
        self.lines().iter().filter_map(|line| line["outcome"].as_str().map(str::to_owned)).collect()
    }
}

/// A `[[gate]]` table.
pub fn gate(name: &str, run: &str, more: &str) -> String {
    format!("[[gate]]\nname = \"{name}\"\nrun = '''{run}'''\n{more}\n")
}
