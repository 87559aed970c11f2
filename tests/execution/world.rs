//! The execution: a small calculator in shell, on the branch `work` beside `main`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::Repo;

/// The gate that every task has, and the one of implementations: each test whose source is there.
pub const SYNTAX: &str =
    "for f in src/*.sh tests/*.sh docs/*.sh; do test ! -e $f || sh -n $f || exit 1; done; ls";
pub const TESTS: &str =
    "for t in tests/*.sh; do test ! -e src/${t#tests/} || sh $t || exit 1; echo $t; done; cat src/*.sh";

/// Every rule that these lies are about refuses; the plan is the one that `main` has.
const POLICY: &str = r#"version = 1

[plan]
trust = "base"

[rules]
execution-log = "deny"
regression = "deny"

"#;

const PLAN: &str = r#"version = 1
topic = "calculator"

[[task]]
id = "T001"
summary = "Pin how numbers are read"
scope = ["tests/numbers.sh"]
phase_type = "test"
covers = ["R1"]

[[task]]
id = "T002"
summary = "Read numbers"
scope = ["src/numbers.sh"]
depends_on = ["T001"]
phase_type = "implementation"
covers = ["R1"]

[[task]]
id = "T003"
summary = "Pin how numbers are added"
scope = ["tests/sums.sh"]
phase_type = "test"
covers = ["R2"]

[[task]]
id = "T004"
summary = "Add numbers"
scope = ["src/sums.sh", "src/broken.sh"]
depends_on = ["T002", "T003"]
phase_type = "implementation"
covers = ["R2"]

[[task]]
id = "T005"
summary = "Pin what is printed"
scope = ["tests/print.sh"]
phase_type = "test"
covers = ["R3"]

[[task]]
id = "T006"
summary = "Print sums"
scope = ["src/print.sh"]
depends_on = ["T004", "T005"]
phase_type = "implementation"
covers = ["R3"]

[[task]]
id = "T007"
summary = "Pin the command line"
scope = ["tests/cli.sh"]
phase_type = "test"
covers = ["R4"]

[[task]]
id = "T008"
summary = "The command line"
scope = ["src/cli.sh", "tests/cli.sh"]
depends_on = ["T006", "T007"]
phase_type = "implementation"
covers = ["R4"]

[[task]]
id = "T009"
summary = "The table of sums"
scope = ["src/table.sh"]
depends_on = ["T002"]
phase_type = "implementation"
test_not_applicable = "made by a generator that has its own tests"
covers = ["R2"]

[[task]]
id = "T010"
summary = "The manual"
scope = ["docs/**"]
depends_on = ["T008", "T009"]
phase_type = "validation-support"
acceptance = "the manual names every command"
"#;

pub struct World {
    pub repo: Repo,
    pub rollback: String,
    /// The commits of each task as they were made, oldest first.
    pub made: BTreeMap<String, Vec<String>>,
    /// What git makes of the whole output of each run: tree, gate, blob ID; oldest first.
    pub runs: Vec<(String, String, String)>,
    /// The commits that carry the log.
    pub logs: Vec<String>,
}

impl World {
    /// The plan is started, nothing is done.
    fn started() -> Self {
        let repo = Repo::named("project");
        let gates = format!(
            "[[gate]]\nname = \"syntax\"\nrun = '''{SYNTAX}'''\n\n\
             [[gate]]\nname = \"tests\"\nrun = '''{TESTS}'''\nphase = \"implementation\"\n"
        );
        repo.write("guard.toml", format!("{POLICY}{gates}"));
        repo.write("plans/calculator.toml", PLAN);
        repo.write("specs/calculator.md", "# Calculator\n\nEXEC-READY\n\nIt adds.\n");
        repo.write("docs/old.md", "# To do\n");
        repo.write("docs/guide.md", "# Guide\n");
        repo.git(&["add", "-A"]).ok();
        repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
        repo.git(&["switch", "-q", "-c", "work"]).ok();
        repo.guard(&["install"]).ok();
        repo.guard(&["start", "plans/calculator.toml"]).ok();
        let rollback = repo.git(&["rev-parse", "HEAD"]).ok();
        Self { repo, rollback, made: BTreeMap::new(), runs: Vec::new(), logs: Vec::new() }
    }

    /// All ten tasks are done, with one failed gate and one task taken back.
    pub fn finished() -> Self {
        let mut world = Self::started();
        world.task("T001", &[("tests/numbers.sh", ". src/numbers.sh; is_number 12 && ! is_number x\n")]);
        world.log();
        world.task("T002", &[("src/numbers.sh", "is_number() { expr \"$1\" : '[0-9]*$' >&2; }\n")]);
        world.task("T003", &[("tests/sums.sh", ". src/sums.sh; test $(add 2 3) = 5\n")]);
        // The first try is wrong, the second is not.
        world.stage(&[("src/sums.sh", "add() { echo $(($1 * $2)); }\n")]);
        world.gate("T004", 1);
        world.task("T004", &[("src/sums.sh", "add() { echo $(($1 + $2)); }\n")]);
        world.task("T005", &[("tests/print.sh", ". src/print.sh; test \"$(show 5)\" = '= 5'\n")]);
        world.task("T006", &[("src/print.sh", "show() { echo \"= $1\"; }\n")]);
        world.log();
        world.task("T007", &[("tests/cli.sh", "test \"$(sh src/cli.sh 2 3)\" = '= 5'\n")]);
        // Taken back, and done in another way.
        let first = world.made["T006"][0].clone();
        world.repo.git(&["revert", "--no-commit", &first]).ok();
        world.gate("T006", 0);
        world.commit("T006", &format!("take it back\n\nThis reverts commit {first}."));
        world.task("T006", &[("src/print.sh", "show() { printf '= %s\\n' \"$1\"; }\n")]);
        world.task("T008", &[("src/cli.sh", ". src/sums.sh; . src/print.sh\nshow $(add $1 $2)\n")]);
        world.repo.script("src/table.sh", ". src/sums.sh; add 1 1\n");
        world.task("T009", &[]);
        world.repo.git(&["rm", "-q", "docs/old.md"]).ok();
        world.task("T010", &[("docs/guide.md", "# Guide\n\ncli\n"), ("docs/über uns.md", "# Us\n")]);
        world.log();
        world
    }

    pub fn stage(&self, files: &[(&str, &str)]) {
        files.iter().for_each(|(path, text)| drop(self.repo.write(path, text)));
        self.repo.git(&["add", "-A"]).ok();
    }

    /// Runs the gates on what is staged, and keeps what git makes of what each of them said.
    #[track_caller]
    fn gate(&mut self, task: &str, code: i32) {
        let logs = self.repo.path.join(".git/guard/gates");
        let _ = std::fs::remove_dir_all(&logs);
        self.repo.guard(&["gate", task]).says(code, &[]);
        let tree = self.repo.git(&["write-tree"]).ok();
        for gate in ["syntax", "tests"] {
            let log = logs.join(format!("{gate}.log"));
            if log.exists() {
                let blob = self.repo.git(&["hash-object", "--no-filters", log.to_str().unwrap()]).ok();
                self.runs.push((tree.clone(), gate.to_owned(), blob));
            }
        }
    }

    /// Writes files, runs the gates, commits through the hooks.
    #[track_caller]
    fn task(&mut self, task: &str, files: &[(&str, &str)]) {
        self.stage(files);
        self.gate(task, 0);
        self.commit(task, "do it");
    }

    #[track_caller]
    fn commit(&mut self, task: &str, what: &str) {
        self.repo.git(&["commit", "-q", "-m", &format!("{task}: {what}")]).ok();
        let made = self.id("HEAD");
        self.made.entry(task.to_owned()).or_default().push(made);
    }

    /// Writes the log, and commits it as a record.
    #[track_caller]
    fn log(&mut self) {
        self.repo.guard(&["log"]).ok();
        self.repo.git(&["add", ".artifacts"]).ok();
        self.repo.git(&["commit", "-q", "-m", "The log of the calculator"]).ok();
        self.logs.push(self.id("HEAD"));
    }

    pub fn id(&self, revision: &str) -> String {
        self.repo.git(&["rev-parse", revision]).ok()
    }

    /// Task and ID of the commit that git's history ends with for each of them, in the plan's order.
    pub fn last(&self) -> BTreeMap<String, String> {
        let log = self.repo.git(&["log", "--reverse", "--format=%H %s", "main..HEAD"]).ok();
        let named = log.lines().filter_map(|line| {
            let (id, subject) = line.split_once(' ')?;
            let (task, _) = subject.split_once(": ").filter(|(task, _)| task.starts_with('T'))?;
            Some((task.to_owned(), id.to_owned()))
        });
        named.collect()
    }

    /// Every line of the notes, as git has them.
    pub fn notes(&self) -> Vec<Value> {
        let listed = self.repo.git(&["notes", "--ref=guard", "list"]).ok();
        let trees = listed.lines().map(|line| line.split(' ').nth(1).unwrap());
        let texts = trees.map(|tree| self.repo.git(&["notes", "--ref=guard", "show", tree]).ok());
        let all: Vec<String> = texts.collect();
        let lines = all.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
