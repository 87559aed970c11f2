//! `guard plan lint`: what it says to machines, and what `--fix` writes.

use super::{PATH, PLAN, json, only_looks, planned};
use crate::harness::Repo;

const HEADER: &str = "[overlay.\"plans/lease.md\"]";
const LINE: &str = "# T002 = [\"\"]    # plans/lease.md:10: Use it";

#[test]
fn nothing_is_written_where_it_could_do_harm() {
    let repo = planned();
    for (policy, words) in [
        ("[overlay]\n\"plans/lease.md\" = { T009 = [] }\n", "in a form that guard does not add to"),
        ("overlay.\"plans/lease.md\".T009 = []\n", "in a form that guard does not add to"),
        ("overlay = {}\n", "in a form that guard does not add to"),
        ("version = \n", "guard.toml:1:"),
        ("unknown = 1\n", "unknown key"),
    ] {
        repo.write("guard.toml", policy);
        only_looks(&repo, &["plan", "lint", PATH, "--fix"]).says(2, &[words, "\n  fix"]);
    }
    std::fs::remove_file(repo.path.join("guard.toml")).unwrap();
    repo.write("elsewhere.toml", "version = 1\n");
    std::os::unix::fs::symlink("elsewhere.toml", repo.path.join("guard.toml")).unwrap();
    only_looks(&repo, &["plan", "lint", PATH, "--fix"]).says(2, &["guard.toml is not a plain file"]);
    std::fs::remove_file(repo.path.join("guard.toml")).unwrap();
    let outside = repo.root().join("lease.md");
    std::fs::write(&outside, PLAN).unwrap();
    repo.run_in(&repo.root(), crate::harness::guard_bin(), &["plan", "lint", "lease.md", "--fix"])
        .says(2, &["guard.toml of a repository"]);
}

#[test]
fn a_skeleton_that_is_not_filled_in_declares_nothing() {
    let repo = planned();
    let open = "T002: \"TBD\" is too vague";
    repo.guard(&["plan", "lint", PATH]).says(1, &[open]);
    let wrote = ["wrote guard.toml\n  at       guard.toml:3\n", HEADER, LINE, open, "cannot be executed"];
    repo.guard(&["plan", "lint", PATH, "--fix"]).says(1, &wrote);
    let text = std::fs::read_to_string(repo.path.join("guard.toml")).unwrap();
    assert_eq!(text, format!("version = 1\n\n{HEADER}\n{LINE}\n"));
    let value = json(&repo.guard(&["plan", "show", PATH, "--format", "json"]));
    assert!(value["tasks"][1]["scope"].is_null());
    repo.guard(&["start", PATH]).says(2, &["T002"]);
    // Out of its comment and still empty it is an error, no scope.
    repo.write("guard.toml", text.replace("# T002", "T002"));
    repo.guard(&["plan", "lint", PATH]).says(2, &["guard.toml:4:", "is an empty pattern"]);
    repo.write("guard.toml", text.replace("# T002 = [\"\"]", "T002 = [\"src/main.rs\"]"));
    repo.guard(&["plan", "lint", PATH]).says(0, &["can be executed"]);
    only_looks(&repo, &["plan", "lint", PATH, "--fix"])
        .says(0, &["nothing to write: every task declares its scope"]);
}

#[test]
fn the_rest_of_the_policy_stays_byte_for_byte() {
    let repo = planned();
    let rest = "# mine\r\nversion = 1   # é\r\n\r\n[overlay.'plans/lease.md']\r\nT003 = ['docs/a.md']\r\n# T001 = ['later']\r\n[rules]\r\nregression = 'off'";
    repo.write("guard.toml", rest);
    repo.guard(&["plan", "lint", PATH, "--fix"]).says(1, &["at       guard.toml:5\n", LINE]);
    let after = std::fs::read_to_string(repo.path.join("guard.toml")).unwrap();
    assert_eq!(after, rest.replace("T003", &format!("{LINE}\r\nT003")));
    only_looks(&repo, &["plan", "lint", PATH, "--fix"])
        .says(1, &["nothing to write: guard.toml has a line for every"]);
    // The file that is there is the one to write to.
    std::fs::remove_file(repo.path.join("guard.toml")).unwrap();
    repo.write(".config/guard.toml", "version = 1");
    repo.guard(&["plan", "lint", PATH, "--fix"]).says(1, &["wrote .config/guard.toml"]);
    assert!(!repo.path.join("guard.toml").exists());
    repo.write(".config/guard.toml", format!("{HEADER}\n#T002= mine, to be decided\n"));
    only_looks(&repo, &["plan", "lint", PATH, "--fix"]).says(1, &["nothing to write"]);
}

#[test]
fn only_one_tracked_file_of_a_name_is_suggested_and_none_is_written() {
    let repo = planned();
    let plan = PLAN.replace("TBD", "`pool.py`, `twice.py`, `root.py`, `never.py`");
    for path in ["src/deep/pool.py", "a/twice.py", "b/twice.py", "root.py", "c/root.py"] {
        repo.write(path, "x\n");
    }
    repo.git(&["add", "-A"]).ok();
    repo.write("untracked/never.py", "x\n");
    repo.write(PATH, &plan);
    let value = json(&only_looks(&repo, &["plan", "lint", PATH, "--format", "json"]));
    let problems = value["problems"].as_array().unwrap();
    let help = |name: &str| {
        let problem = problems.iter().find(|p| p["message"].as_str().unwrap().contains(&format!("`{name}`")));
        problem.unwrap_or_else(|| panic!("{name}: {problems:?}"))["help"].to_string()
    };
    assert!(help("pool.py").starts_with("[\"write `src/deep/pool.py`\""), "{}", help("pool.py"));
    assert!(help("twice.py").starts_with("[\"write the whole path\""), "{}", help("twice.py"));
    for name in ["root.py", "never.py"] {
        assert_eq!(help(name), "[\"write the whole path if it lies elsewhere\"]", "{name}");
    }
    repo.guard(&["plan", "lint", PATH, "--fix"]);
    assert!(!repo.path.join("guard.toml").exists(), "nothing is open, so nothing is written");
    assert_eq!(std::fs::read_to_string(repo.path.join(PATH)).unwrap(), plan);
}

#[test]
fn machines_are_told_every_problem_with_its_line() {
    let repo = planned();
    let ran = only_looks(&repo, &["plan", "lint", PATH, "--format", "json"]);
    assert_eq!(ran.code, 1);
    let value = json(&ran);
    assert_eq!((&value["executable"], &value["tasks"]), (&false.into(), &4.into()));
    let [problem, doubt] = value["problems"].as_array().unwrap().as_slice() else { panic!("{value}") };
    // There is no docs folder yet.
    assert_eq!((&doubt["level"], &doubt["line"]), (&"warn".into(), &18.into()));
    assert_eq!(problem["level"], "deny");
    assert_eq!((&problem["line"], &problem["scope_of"]), (&13.into(), &"T002".into()));
    repo.guard(&["plan", "lint", PATH, "--format", "json", "--fix"]).says(2, &["cannot be used with"]);
}

#[test]
fn the_path_that_two_parallel_tasks_share_is_named() {
    let repo = Repo::new();
    let task = |id: &str, scope: &str| {
        format!("[[task]]\nid = '{id}'\nsummary = 'x'\nscope = [{scope}]\nparallel_safe = true\n")
    };
    let plan = |one: &str, two: &str| format!("version = 1\n{}{}", task("A1", one), task("A2", two));
    repo.write("p.toml", plan("'src/**/*.rs', '!src/gen/'", "'src/gen/**', '*/lib.md'"));
    repo.guard(&["plan", "lint", "p.toml"]).says(0, &["2 tasks, 0 errors, 0 warnings"]);
    repo.write("p.toml", plan("'src/**/*.rs', '!src/gen/'", "'*/lib.??'"));
    repo.guard(&["plan", "lint", "p.toml"]).says(0, &["A1 and A2 may both change src/lib.rs, in parallel"]);
}

#[test]
fn a_bare_name_that_is_elsewhere_is_no_file_at_the_root() {
    let repo = Repo::new();
    repo.write("src/a/lease.rs", "x\n");
    repo.git(&["add", "-A"]).ok();
    repo.commit("root").ok();
    let plan = |files: &str| format!("# x\n\n### T001: one\n\n**Files:**\n{files}\n");
    repo.write("plans/x.md", plan("- Modify: `lease.rs`"));
    let said = repo.guard(&["plan", "lint", "plans/x.md"]);
    let said = said
        .says(1, &["error: T001: `lease.rs` is not at the root", "write `src/a/lease.rs`", "plans/x.md:6"]);
    assert!(!said.text().contains("is read as a file"), "{}", said.text());
    repo.guard(&["start", "plans/x.md"])
        .says(2, &["`lease.rs` is not at the root", "write `src/a/lease.rs`"]);
    // Said to be new, or nowhere else.
    for files in ["- Create: `lease.rs`", "- `lease.rs` (new)", "- `other.rs`"] {
        repo.write("plans/x.md", plan(files));
        repo.guard(&["plan", "lint", "plans/x.md"]).says(0, &["it can be executed"]);
    }
    repo.write("plans/x.md", plan("- Create: `lease.rs`"));
    repo.guard(&["start", "plans/x.md"]).ok();
}

#[test]
fn a_directory_is_written_like_one() {
    let repo = Repo::new();
    repo.write("src/a/lease.rs", "x\n");
    repo.write("Makefile", "x\n");
    repo.git(&["add", "-A"]).ok();
    repo.commit("root").ok();
    let plan = |scope: &str| {
        format!(
            "version = 1\ntopic = \"x\"\n[[task]]\nid = \"T001\"\nsummary = \"x\"\nscope = [\"{scope}\"]\n"
        )
    };
    repo.write("plans/x.toml", plan("src/a"));
    let words = ["T001: `src/a` is a directory without a trailing `/`", "write `src/a/`"];
    repo.guard(&["plan", "lint", "plans/x.toml"]).says(1, &words);
    repo.guard(&["start", "plans/x.toml"]).says(2, &words);
    for scope in ["src/a/", "src/a/**", "src/b", "Makefile"] {
        repo.write("plans/x.toml", plan(scope));
        repo.guard(&["plan", "lint", "plans/x.toml"]).says(0, &["it can be executed"]);
    }
    repo.guard(&["start", "plans/x.toml"]).ok();
}
