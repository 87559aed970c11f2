//! The same commit gets the same verdict when it is made and when the branch is checked.
//!
//! Dice write candidates of every kind. Each is tried through git's hooks; then the same commit is made without hooks
//! and `guard check <parent>..HEAD` judges it. Both must accept it, or both refuse it by the same rules. What differs by
//! design: `unsquashed` is a rule of the push doors; `pre-commit` refuses before it knows the message, so it may name
//! fewer rules, and `scope` where the message turns out to name no task.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

#[path = "doors_agree/candidate.rs"]
mod candidate;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use candidate::{Candidate, How};
use harness::{Dice, Ran, Repo};

const SETUP: &str = r#"
mkdir -p plans/old src/one src/two docs links .artifacts/execute .github/workflows .githooks
cat > plans/alpha.md <<'EOP'
# Alpha

## Progress
- [ ] begun

## Tasks

### T001: First
**Files:** `src/one/`, `Cargo.toml`
- [ ] step

### T002: Second
**Files:** `src/two/`, `docs/*.md`
**Dependencies:** T001

### T003: Third
**Files:** `src/sub`, `src/shared.rs`, `links/`

### T004: Nothing
**Files:** none
**Dependencies:** T003
EOP
cat > plans/beta.toml <<'EOP'
version = 1
topic = "beta"
[[task]]
id = "T001"
summary = "First"
scope = ["src/two/**"]
[[task]]
id = "T002"
summary = "Second"
scope = ["src/one/**", "src/shared.rs", "docs/**"]
depends_on = ["T001"]
EOP
printf 'version = 1\ntopic = "gamma"\n[[task]]\nid = "T001"\nsummary = "x"\nscope = ["src/**"]\n' | tee plans/gamma.toml > plans/old/gamma.toml
for f in src/one/a.rs src/two/b.rs src/shared.rs stray.txt docs/x.md docs/frozen.md Cargo.toml Cargo.lock links/l \
  .artifacts/execute/log.md .github/workflows/guard.yml .githooks/pre-commit; do echo 0 > $f; done
printf 'spec\nEXEC-READY\n' > src/one/spec.md
git add -A
"#;

/// What a policy adds to the common one.
const POLICIES: [&str; 5] = [
    "",
    "[task]\nseveral = true\ncarried_in = [\"subject\", \"scope\", \"parentheses\", \"trailer\"]\n",
    "[rollback]\ncarries = \"anything\"\nmax_distance = 9\n",
    "[rollback]\nper = \"task\"\n",
    "[enforce]\nwhen = \"plan\"\n",
];

const NO_HOOKS: [&str; 2] = ["-c", "core.hooksPath=/dev/null"];

/// A repository in which candidates are tried, and what was kept of them, as a script.
struct World {
    repo: Repo,
    log: String,
}

/// What a door said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    accepted: bool,
    /// Nothing was judged.
    could_not_check: bool,
    /// The rules at deny level.
    rules: BTreeSet<String>,
    /// Refused before the message was known.
    early: bool,
}

impl World {
    fn new(policy: &str) -> Self {
        let repo = Repo::new();
        let toml = format!("version = 1\n{policy}[scope]\nfrozen = [\"docs/frozen.md\"]\n");
        repo.write("guard.toml", &toml);
        repo.run_in(&repo.path, "sh", &["-ec", SETUP]).ok();
        repo.git(&["commit", "-qm", "root"]).ok();
        repo.guard(&["install"]).ok();
        repo.guard(&["start", "plans/alpha.md"]).ok();
        let log = format!(
            "cat > guard.toml <<'EOT'\n{toml}EOT\n{SETUP}git commit -qm root\nguard install\nguard start plans/alpha.md\n"
        );
        Self { repo, log }
    }

    fn head(&self) -> String {
        self.repo.git(&["rev-parse", "HEAD"]).ok()
    }

    /// Back to `commit`, whatever is under way.
    fn back_to(&self, commit: &str) {
        let script = format!(
            "git reset -q --hard && git checkout -qf main && git reset -q --hard {commit} && git clean -ffdxq && \
             {{ git branch -q -D side 2>/dev/null || true; }}"
        );
        self.repo.run_in(&self.repo.path, "sh", &["-c", &script]).ok();
    }

    /// Stages the candidate and commits it; `None`: it cannot be staged here (nothing to revert, a conflict, …).
    fn attempt(&self, candidate: &Candidate, hooks: bool) -> Option<Ran> {
        let repo = &self.repo;
        if repo.run_in(&repo.path, "sh", &["-ec", &candidate.script]).code != 0 {
            return None;
        }
        let message = repo.root().join("message");
        fs::write(&message, &candidate.message).unwrap();
        drop(fs::remove_file(repo.path.join(".git/COMMIT_EDITMSG")));
        let file = message.display().to_string();
        let editor = format!("core.editor=cp '{file}'");
        let mut args: Vec<&str> = if hooks { Vec::new() } else { NO_HOOKS.to_vec() };
        match candidate.how {
            How::Staged => args.extend(["commit", "-q", "--allow-empty", "-F", &file]),
            How::All => args.extend(["commit", "-q", "--allow-empty", "-a", "-F", &file]),
            How::Editor => args.extend(["-c", &editor, "commit", "-q", "--allow-empty"]),
            How::Merge => args.extend(["merge", "-q", "--no-ff", "-F", &file, "side"]),
        }
        let mut git = repo.command("git", &repo.path);
        if candidate.how == How::Editor {
            git.env_remove("GIT_EDITOR");
        }
        let out = git.args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(Ran { code: out.status.code().unwrap(), out: text(&out.stdout), err: text(&out.stderr) })
    }

    /// Through the hooks; the commit is there afterwards in any case, made without them if need be.
    fn at_the_commit_doors(&self, candidate: &Candidate, parent: &str) -> Option<(Said, String)> {
        let ran = self.attempt(candidate, true)?;
        let text = ran.text();
        let accepted = ran.code == 0 && self.head() != parent;
        let written = fs::read_to_string(self.repo.path.join(".git/COMMIT_EDITMSG")).unwrap_or_default();
        let never_edited = candidate.how == How::Editor && written != candidate.message;
        let early = candidate.how == How::Merge || never_edited;
        let rules: BTreeSet<String> = text
            .lines()
            .filter_map(|line| Some(line.strip_prefix("error[")?.split_once(']')?.0.to_owned()))
            .collect();
        let could_not_check = !accepted && text.contains("could not check");
        if !accepted {
            if rules.is_empty() && !could_not_check {
                return None; // git itself: an empty message, nothing to merge, a conflict
            }
            self.back_to(parent);
            let again = self.attempt(candidate, false)?;
            assert_eq!(again.code, 0, "git without hooks: {}\n{}", again.text(), candidate.shell());
        }
        Some((Said { accepted, could_not_check, rules, early }, text))
    }

    fn at_the_push_doors(&self, parent: &str) -> (Said, String) {
        let ran = self.repo.guard(&["check", &format!("{parent}..HEAD"), "--format", "json"]);
        let head = self.head();
        let verdict: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let rules: BTreeSet<String> = verdict["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|f| f["commit"] == *head && f["level"] == "deny" && f["rule"] != "unsquashed")
            .map(|f| f["rule"].as_str().unwrap().to_owned())
            .collect();
        assert!([0, 1, 2].contains(&ran.code), "{}", ran.text());
        let could_not_check = ran.code == 2;
        let accepted = rules.is_empty() && !could_not_check;
        (Said { accepted, could_not_check, rules, early: false }, ran.text())
    }
}

/// Do the two doors say the same?
fn agree(commit: &Said, push: &Said, message: &str) -> bool {
    if commit.accepted != push.accepted || commit.could_not_check != push.could_not_check {
        return false;
    }
    if !commit.early || commit.accepted {
        return commit.rules == push.rules || commit.accepted;
    }
    // Before the message is known nobody can say that it will name no task, or a plan to start.
    let no_task = push.rules.contains("task-id");
    let start = message.starts_with("rollback: ");
    commit.rules.iter().all(|rule| {
        push.rules.contains(rule)
            || (rule == "scope" && (no_task || start))
            || (rule == "plan-locked" && start && push.rules.contains("rollback"))
    })
}

/// Puts one candidate before both doors; `None`: it cannot be made here. What `guard check` said, and what there is to
/// say about the two.
fn try_out(world: &mut World, candidate: &Candidate) -> Option<(Said, Option<String>)> {
    let parent = world.head();
    let Some((commit, hook_text)) = world.at_the_commit_doors(candidate, &parent) else {
        world.back_to(&parent);
        return None;
    };
    let (push, check_text) = world.at_the_push_doors(&parent);
    let trouble = (!agree(&commit, &push, &candidate.message)).then(|| {
        format!(
            "{}--- at the commit doors: {commit:?}\n{hook_text}\n--- guard check: {push:?}\n{check_text}\n--- after\n{}",
            candidate.shell(),
            world.log
        )
    });
    if push.accepted && commit.accepted && candidate.may_stay {
        world.log.push_str(&candidate.shell());
        world.back_to("HEAD");
    } else {
        world.back_to(&parent);
    }
    Some((push, trouble))
}

#[track_caller]
fn never_disagree(trouble: &[String], about: &str) {
    let heads: Vec<&str> = trouble.iter().map(|t| t.split("\n--- after").next().unwrap()).take(6).collect();
    assert!(
        trouble.is_empty(),
        "the doors disagree on {} candidates ({about}):\n{}\n\nTO REPRODUCE THE FIRST, AFTER\n{}",
        trouble.len(),
        heads.join("\n=====\n"),
        trouble[0].split("\n--- after").nth(1).unwrap()
    );
}

/// Other dice for whoever looks for trouble: `GUARD_DICE=7 cargo test --test doors_agree`.
fn other_dice() -> u64 {
    std::env::var("GUARD_DICE").ok().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Throws `count` candidates at a repository with this policy; how many were accepted, and how often each rule refused.
#[track_caller]
fn throw(policy: &str, seed: u64, count: usize) -> BTreeMap<String, usize> {
    let seed = seed + 100 * other_dice();
    let mut world = World::new(policy);
    let mut dice = Dice::new(seed);
    let (mut tally, mut trouble) = (BTreeMap::new(), Vec::new());
    let (mut tried, mut thrown) = (0, 0);
    while tried < count {
        thrown += 1;
        assert!(thrown < count * 3, "most candidates can be made: {tried} of {thrown}");
        let candidate = Candidate::throw(&mut dice);
        let Some((push, said)) = try_out(&mut world, &candidate) else { continue };
        tried += 1;
        trouble.extend(said);
        *tally
            .entry(if push.accepted { "accepted".to_owned() } else { "refused".to_owned() })
            .or_default() += 1;
        push.rules.iter().for_each(|rule| *tally.entry(rule.clone()).or_default() += 1);
    }
    never_disagree(&trouble, &format!("seed {seed}"));
    tally
}

#[track_caller]
fn was_worth_it(tally: &BTreeMap<String, usize>, rules: &[&str]) {
    for name in rules.iter().filter(|_| other_dice() == 0) {
        assert!(tally.contains_key(*name), "the dice never led to {name}: {tally:?}");
    }
}

#[test]
fn the_doors_agree_under_the_usual_policy() {
    let tally = throw(POLICIES[0], 11, 80);
    was_worth_it(
        &tally,
        &[
            "accepted",
            "scope",
            "task-id",
            "plan-locked",
            "protected",
            "frozen",
            "depends-on",
            "atomic",
            "rollback",
        ],
    );
}

#[test]
fn the_doors_agree_where_a_commit_may_name_several_tasks() {
    was_worth_it(&throw(POLICIES[1], 12, 45), &["accepted", "scope", "task-id"]);
}

#[test]
fn the_doors_agree_where_a_rollback_commit_may_carry_anything_and_soon_is_too_far_away() {
    was_worth_it(&throw(POLICIES[2], 13, 45), &["accepted", "scope", "rollback"]);
}

#[test]
fn the_doors_agree_where_each_task_wants_its_rollback_commit() {
    was_worth_it(&throw(POLICIES[3], 14, 45), &["accepted", "rollback"]);
}

#[test]
fn the_doors_agree_where_only_a_running_plan_is_guarded() {
    was_worth_it(&throw(POLICIES[4], 15, 45), &["accepted", "scope"]);
}

/// One candidate that dice would hardly throw.
#[track_caller]
fn one(policy: &str, script: &str, how: How, message: &str, accepted: bool) {
    let mut world = World::new(policy);
    let candidate =
        Candidate { script: script.to_owned(), how, message: message.to_owned(), may_stay: false };
    let (push, trouble) = try_out(&mut world, &candidate).unwrap();
    assert_eq!(push.accepted, accepted, "guard check: {push:?}");
    never_disagree(&trouble.into_iter().collect::<Vec<_>>(), message);
}

const WORK: &str = "echo 1 > src/one/a.rs; git add -A";
const SCISSORS: &str = "# ------------------------ >8 ------------------------";

#[test]
fn the_doors_agree_on_a_line_that_git_does_not_take_for_an_empty_one() {
    one(POLICIES[0], WORK, How::Staged, "\x0c\nT001: the ID stands in the second line", false);
}

#[test]
fn the_doors_agree_on_a_trailer_below_scissors_that_cut_nothing() {
    let message =
        format!("rollback: before executing plan alpha\n\n{SCISSORS}\n\nGuard-Plan: plans/beta.toml");
    // Where they stay in the message git reads no trailer below them, and the plan is found by its topic. Where they go as
    // a comment the trailer names another plan.
    one(POLICIES[0], ":", How::Staged, &message, true);
    one(POLICIES[0], ":", How::Editor, &message, false);
}

#[test]
fn the_doors_agree_on_a_diff_below_scissors_that_cut() {
    let script = format!("git config commit.verbose true; {WORK}");
    one(POLICIES[0], &script, How::Editor, &format!("do it\n{SCISSORS}\nT001: x"), false);
    one(POLICIES[0], &script, How::Editor, &format!("T001: do it\n{SCISSORS}\ndiff --git a b"), true);
}

#[test]
fn the_doors_agree_on_a_rollback_commit_that_carries_the_policy() {
    let script = "echo '# more' >> guard.toml; git add -A";
    let message = "rollback: before executing plan beta\n\nGuard-Plan: plans/beta.toml";
    one(POLICIES[0], script, How::Staged, message, false);
    one(POLICIES[2], script, How::Staged, message, true);
}
