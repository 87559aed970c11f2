//! A repository in which a plan is running, and the two doors through which every case goes: the hooks of a real
//! `git commit`, and `guard check` over the commit when it was made all the same.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Ran, Repo, guard_bin};

/// T002 comes after T001; T004 changes no files. It has a phase, and no task implements: nobody is asked for tests.
pub const PLAN: &str = r#"version = 1
topic = "alpha"

[[task]]
id = "T001"
summary = "Write the source"
scope = ["src/**", "Cargo.toml", "vendor/named"]

[[task]]
id = "T002"
summary = "Write the manual"
scope = ["docs/**"]
depends_on = ["T001"]

[[task]]
id = "T003"
summary = "Write the tools"
scope = ["tools/"]

[[task]]
id = "T004"
summary = "Look at it all"
phase_type = "validation-support"
scope = []
"#;

/// Where [`PLAN`] stands.
pub const PLAN_PATH: &str = "plans/alpha.toml";

const HOOKS: [&str; 4] = ["pre-commit", "prepare-commit-msg", "commit-msg", "pre-merge-commit"];

/// The repository.
pub struct World {
    pub repo: Repo,
}

/// What `guard check` said, in both formats.
#[derive(Debug)]
pub struct Check {
    pub code: i32,
    pub json: Value,
    pub text: String,
}

impl World {
    /// A root commit and the hooks; no policy and no plan.
    pub fn new() -> Self {
        let world = Self { repo: Repo::new() };
        world.repo.write("README.md", "readme\n");
        world.past_hooks("initial", &["README.md"]);
        world.place_hooks();
        world
    }

    /// Hooks by hand, as any installer would place them.
    pub fn place_hooks(&self) {
        for name in HOOKS {
            let text = format!("#!/bin/sh\nexec '{}' hook {name} \"$@\"\n", guard_bin());
            self.repo.script(Path::new(".git/hooks").join(name), text);
        }
    }

    /// With `guard.toml` committed, and nothing running.
    pub fn with_policy(policy: &str) -> Self {
        let world = Self::new();
        world.repo.write("guard.toml", policy);
        world.past_hooks("guard: policy", &["guard.toml"]);
        world
    }

    /// [`PLAN`] is running under the built-in policy.
    pub fn started() -> Self {
        Self::new().start(PLAN)
    }

    /// [`PLAN`] is running under this policy.
    pub fn started_with(policy: &str) -> Self {
        Self::with_policy(policy).start(PLAN)
    }

    /// Locks `plan` with `guard start`.
    #[track_caller]
    pub fn start(self, plan: &str) -> Self {
        self.repo.write(PLAN_PATH, plan);
        self.repo.guard(&["start", PLAN_PATH]).ok();
        self
    }

    /// git without hooks.
    pub fn bare(&self, args: &[&str]) -> Ran {
        let all: Vec<&str> = ["-c", "core.hooksPath=/dev/null"].iter().chain(args).copied().collect();
        self.repo.git(&all)
    }

    /// Commits what is staged, and `paths`, without any hook.
    #[track_caller]
    pub fn past_hooks(&self, message: &str, paths: &[&str]) -> String {
        if !paths.is_empty() {
            let add: Vec<&str> = ["add", "--"].iter().chain(paths).copied().collect();
            self.repo.git(&add).ok();
        }
        self.bare(&["commit", "-q", "--allow-empty", "-m", message]).ok();
        self.head()
    }

    /// The commit at the tip, read where git keeps it: this is asked too often to start git for it.
    pub fn head(&self) -> String {
        let git = self.repo.path.join(".git");
        let text = std::fs::read_to_string(git.join("HEAD")).unwrap();
        let id = match text.strip_prefix("ref: ") {
            Some(name) => std::fs::read_to_string(git.join(name.trim())).unwrap(),
            None => text,
        };
        id.trim().to_owned()
    }

    /// Writes and stages files; each holds a text of its own.
    #[track_caller]
    pub fn stage(&self, paths: &[&str]) -> &Self {
        let stamp = self.head();
        for path in paths {
            self.repo.write(path, format!("{path} after {stamp}\n"));
        }
        let add: Vec<&str> = ["add", "--"].iter().chain(paths).copied().collect();
        self.repo.git(&add).ok();
        self
    }

    /// Work on `path` for a task, through the hooks.
    #[track_caller]
    pub fn done(&self, message: &str, path: &str) -> String {
        self.stage(&[path]).accepted(message);
        self.head()
    }

    /// `git commit -m` through the hooks.
    pub fn commit(&self, message: &str) -> Ran {
        self.repo.git(&["commit", "-q", "-m", message])
    }

    /// The staged commit passes the hooks, and `guard check` has nothing against it.
    #[track_caller]
    pub fn accepted(&self, message: &str) {
        let before = self.head();
        let ran = self.commit(message);
        assert_eq!(ran.code, 0, "{message:?} was refused:\n{}", ran.text());
        let check = self.check(&format!("{before}..HEAD"));
        assert_eq!(check.code, 0, "{message:?} passed the hooks only:\n{}", check.text);
        assert_eq!(check.rules(), Vec::<String>::new(), "{}", check.text);
    }

    /// The staged commit is refused by the hooks under `rule`, and made all the same it is the one finding of
    /// `guard check`, at `path`. What was staged stays staged.
    #[track_caller]
    pub fn refused(&self, message: &str, rule: &str, path: Option<&str>) -> Check {
        let before = self.head();
        let ran = self.commit(message);
        assert_eq!(ran.code, 1, "{message:?} was not refused: {}", ran.text());
        let ran = ran.says(1, &[&format!("error[{rule}]"), "\n  fix"]);
        assert_eq!(self.head(), before, "a refused commit was made");
        if let Some(path) = path {
            assert!(ran.err.contains(path), "{path} is not named:\n{}", ran.err);
        }
        self.found_later(message, rule, path)
    }

    /// Only the push doors can see it, or the hooks were skipped.
    #[track_caller]
    pub fn found_later(&self, message: &str, rule: &str, path: Option<&str>) -> Check {
        let before = self.head();
        let made = self.past_hooks(message, &[]);
        let check = self.check(&format!("{before}..HEAD"));
        check.only(rule, &made, path);
        self.repo.git(&["reset", "-q", "--soft", &before]).ok();
        check
    }

    /// `guard check` in both formats, which must agree.
    #[track_caller]
    pub fn check(&self, range: &str) -> Check {
        let text = self.repo.guard(&["check", range]);
        let json = self.repo.guard(&["check", range, "--format", "json"]);
        assert_eq!(text.code, json.code, "{}\n{}", text.text(), json.text());
        let parsed = serde_json::from_str(&json.out);
        let value: Value = parsed.unwrap_or_else(|e| panic!("{e}: {:?} {}", json.out, json.err));
        for finding in value["findings"].as_array().into_iter().flatten() {
            let word = if finding["level"] == "deny" { "error" } else { "warning" };
            let head = format!("{word}[{}]", finding["rule"].as_str().unwrap());
            assert!(text.out.contains(&head), "{head} is not in:\n{}", text.text());
        }
        Check { code: text.code, json: value, text: text.text() }
    }

    /// Nothing is undone between cases.
    #[track_caller]
    pub fn reset(&self, to: &str) {
        self.repo.git(&["reset", "-q", "--hard", to]).ok();
    }
}

impl Check {
    pub fn findings(&self) -> &[Value] {
        self.json["findings"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// Rule names in order of appearance. Most cases keep no log, which is `execution-log`'s to say: tests/log.rs asks it.
    pub fn rules(&self) -> Vec<String> {
        let all = self.findings().iter().map(|f| f["rule"].as_str().unwrap().to_owned());
        all.filter(|rule| rule != "execution-log").collect()
    }

    /// One finding at deny level, at this commit and path, with a fix.
    #[track_caller]
    pub fn only(&self, rule: &str, commit: &str, path: Option<&str>) -> &Value {
        assert_eq!(self.code, 1, "{}", self.text);
        assert_eq!(self.rules(), [rule], "{}", self.text);
        let finding = &self.findings()[0];
        assert_eq!(finding["level"], "deny", "{}", self.text);
        assert_eq!(finding["commit"], commit, "{}", self.text);
        assert_eq!(finding["path"].as_str(), path, "{}", self.text);
        assert!(!help(finding).is_empty(), "no fix:\n{}", self.text);
        assert!(self.text.contains("\n  fix"), "no fix:\n{}", self.text);
        finding
    }

    /// As [`Check::only`], for findings that no command mends.
    #[track_caller]
    pub fn findings_of(&self, rule: &str, commit: &str) {
        assert_eq!((self.code, self.rules()), (1, vec![rule.to_owned()]), "{}", self.text);
        let finding = &self.findings()[0];
        assert_eq!(
            (&finding["level"], &finding["commit"]),
            (&"deny".into(), &commit.into()),
            "{}",
            self.text
        );
    }

    /// Nothing found, exit code 0, and so many commits judged.
    #[track_caller]
    pub fn clean(&self, commits: u64) -> &Self {
        assert_eq!(self.code, 0, "{}", self.text);
        assert_eq!(self.rules(), Vec::<String>::new(), "{}", self.text);
        assert_eq!(self.json["verdict"], "clean");
        assert_eq!(self.json["commits"].as_u64(), Some(commits), "{}", self.text);
        self
    }

    /// Nothing was judged; the error of the JSON form.
    #[track_caller]
    pub fn could_not(&self, words: &[&str]) -> &Value {
        assert_eq!(self.code, 2, "{}", self.text);
        let error = &self.json["error"];
        assert!(error["message"].is_string(), "{}", self.json);
        assert!(self.json.get("verdict").is_none(), "no verdict was reached: {}", self.json);
        assert!(!error["help"].as_array().unwrap().is_empty(), "no way out:\n{}", self.text);
        assert!(self.text.contains("\n  fix"), "no way out:\n{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "{word:?} is not in:\n{}", self.text);
        }
        error
    }

    /// Some notice says this.
    #[track_caller]
    pub fn notes(&self, words: &str) -> &Self {
        let notices = self.json["notices"].as_array().unwrap();
        assert!(notices.iter().any(|n| n.as_str().unwrap().contains(words)), "{words:?} not in {notices:?}");
        self
    }
}

/// All commands that a finding proposes, one a line.
pub fn help(finding: &Value) -> String {
    let commands = finding["help"].as_array().into_iter().flatten();
    commands.map(|h| h["command"].as_str().unwrap().to_owned() + "\n").collect()
}

/// All facts of a finding, one a line.
pub fn facts(finding: &Value) -> String {
    let facts = finding["facts"].as_array().into_iter().flatten();
    facts.map(|f| format!("{}: {}\n", f["label"].as_str().unwrap(), f["text"].as_str().unwrap())).collect()
}
