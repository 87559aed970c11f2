//! Plans that `guard start` refuses: exit code 2, the place, the fix, and nothing staged or committed.

use std::fs;
use std::os::unix::fs::symlink;

use crate::world::{PLAN, PLAN_PATH, World};

/// `guard start` refuses; neither history nor index has changed.
#[track_caller]
fn refused(world: &World, word: &str, words: &[&str]) {
    let before = world.head();
    let index = world.repo.git(&["diff", "--cached", "--raw"]).ok();
    let ran = world.repo.guard(&["start", word]);
    assert_eq!(ran.code, 2, "{word}: {}", ran.text());
    assert!(ran.err.contains("error: ") && ran.err.contains("\n  fix"), "{word}: {}", ran.text());
    for expected in words {
        assert!(ran.err.contains(expected), "{expected:?} is not in:\n{}", ran.text());
    }
    assert_eq!((world.head(), world.repo.git(&["diff", "--cached", "--raw"]).ok()), (before, index));
}

#[test]
fn a_plan_that_is_missing_is_answered_with_those_that_are_there() {
    let world = World::new();
    refused(&world, "alpha", &["there is no plan alpha", "plans/"]);
    world.repo.write(PLAN_PATH, PLAN);
    refused(&world, "beta", &["there is no plan beta", "guard start plans/alpha.toml"]);
    refused(&world, "plans/beta.toml", &["guard start plans/alpha.toml"]);
    refused(&world, "", &["guard start plans/alpha.toml"]);
    refused(&world, "plans", &["guard start plans/alpha.toml"]);
}

#[test]
fn an_ambiguous_topic_is_answered_with_the_candidates() {
    let world = World::new();
    world.repo.write("plans/2026-01-01-alpha.toml", PLAN);
    world.repo.write("plans/alpha.toml", PLAN);
    refused(
        &world,
        "alpha",
        &["2 plans", "guard start plans/2026-01-01-alpha.toml", "guard start plans/alpha.toml"],
    );
    world.repo.guard(&["start", "plans/alpha.toml"]).ok();
}

#[test]
fn a_plan_that_says_nothing_cannot_be_started() {
    let world = World::new();
    for text in ["", " \n\n", "\u{feff}", "version = 1\n", "version = 1\ntask = []\n"] {
        world.repo.write(PLAN_PATH, text);
        refused(&world, PLAN_PATH, &[PLAN_PATH]);
    }
    world.repo.write("plans/prose.md", "# Thoughts\n\nNo tasks.\n");
    refused(&world, "plans/prose.md", &["plans/prose.md"]);
}

#[test]
fn every_mistake_in_a_plan_is_shown_at_its_line() {
    let world = World::new();
    let twice = PLAN.replace("T003", "T001");
    let second = format!(
        "{PLAN_PATH}:{}\n",
        twice.lines().enumerate().filter(|(_, l)| *l == "id = \"T001\"").map(|(n, _)| n).nth(1).unwrap()
    );
    let cycle = PLAN.replace(
        "scope = [\"src/**\", \"Cargo.toml\", \"vendor/named\"]",
        "scope = [\"src/**\"]\ndepends_on = [\"T002\"]",
    );
    let unknown = PLAN.replace("depends_on = [\"T001\"]", "depends_on = [\"T009\"]");
    let missing = PLAN.replace("scope = [\"tools/\"]\n", "");
    let mut cases = vec![
        (twice, second, "T001"),
        (cycle, PLAN_PATH.to_owned() + ":", "T002"),
        (unknown, PLAN_PATH.to_owned() + ":", "T009"),
        (missing, PLAN_PATH.to_owned() + ":", "T003"),
        (PLAN.replace("version = 1", "version = 1 1"), format!("{PLAN_PATH}:1:"), "TOML"),
        (
            PLAN.replace("summary = \"Write the tools\"", "sumary = \"x\""),
            PLAN_PATH.to_owned() + ":",
            "sumary",
        ),
    ];
    for vague in [
        "TBD",
        "all",
        "repository-wide",
        "any file that needs it",
        "../x",
        "/etc/passwd",
        "$HOME/x",
        "",
        "C:/x",
    ] {
        let plan = PLAN.replace("\"tools/\"", &format!("\"{vague}\""));
        cases.push((plan, PLAN_PATH.to_owned() + ":1", "T003"));
    }
    for (plan, place, words) in cases {
        world.repo.write(PLAN_PATH, plan);
        refused(&world, PLAN_PATH, &[&place, words]);
    }
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.guard(&["start", "alpha"]).ok();
}

#[test]
fn what_is_no_text_or_no_file_is_no_plan() {
    let world = World::new();
    world.repo.write(PLAN_PATH, b"version = 1\n# \xff\n");
    refused(&world, PLAN_PATH, &["plans/alpha.toml:2:3", "UTF-8"]);
    world.repo.write(PLAN_PATH, vec![b'#'; 17 << 20]);
    refused(&world, PLAN_PATH, &[PLAN_PATH]);
    fs::remove_file(world.repo.path.join(PLAN_PATH)).unwrap();
    world.repo.write("other.toml", PLAN);
    symlink("../other.toml", world.repo.path.join(PLAN_PATH)).unwrap();
    refused(&world, PLAN_PATH, &[PLAN_PATH, "regular file"]);
    symlink("nowhere", world.repo.path.join("plans/dangling.toml")).unwrap();
    refused(&world, "plans/dangling.toml", &["plans/dangling.toml"]);
}

#[test]
fn a_plan_must_lie_where_plans_live_and_where_git_looks() {
    let world = World::new();
    world.repo.write("docs/alpha.toml", PLAN);
    refused(&world, "docs/alpha.toml", &["docs/alpha.toml", "plan.paths"]);
    fs::write(world.repo.root().join("alpha.toml"), PLAN).unwrap();
    refused(&world, "../alpha.toml", &["outside this repository"]);
}

#[test]
fn a_plan_that_git_ignores_is_refused_until_it_is_added_all_the_same() {
    let world = World::new();
    world.repo.write(".gitignore", "plans/\n");
    world.past_hooks("ignore", &[".gitignore"]);
    world.repo.write(PLAN_PATH, PLAN);
    refused(
        &world,
        PLAN_PATH,
        &["git ignores plans/alpha.toml", "git add -f plans/alpha.toml", "git check-ignore -v"],
    );
    world.repo.git(&["add", "-f", PLAN_PATH]).ok();
    world.repo.guard(&["start", PLAN_PATH]).ok();
}

#[test]
fn start_waits_for_a_merge_or_rebase_that_is_under_way() {
    let world = World::new();
    world.repo.write(PLAN_PATH, PLAN);
    world.past_hooks("plan", &[PLAN_PATH]);
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.repo.write("README.md", "side\n");
    world.past_hooks("side", &["README.md"]);
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.repo.write("README.md", "main\n");
    world.past_hooks("main", &["README.md"]);
    assert_ne!(world.bare(&["merge", "-q", "side"]).code, 0);
    refused(&world, "alpha", &["a merge is under way", "git merge --abort"]);
    world.bare(&["merge", "--abort"]).ok();
    assert_ne!(world.bare(&["rebase", "-q", "side"]).code, 0);
    refused(&world, "alpha", &["a rebase is under way", "git rebase --abort"]);
}

#[test]
fn a_rollback_commit_that_git_refuses_leaves_the_index_as_it_was() {
    let world = World::new();
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.script(".git/hooks/pre-commit", "#!/bin/sh\necho 'not today' >&2\nexit 1\n");
    refused(&world, "alpha", &["git refused the rollback commit", "not today"]);
    world.place_hooks();
    world.repo.guard(&["start", "alpha"]).ok();
}

#[test]
fn lint_and_show_of_what_is_no_plan_fail_too() {
    let world = World::new();
    for command in ["lint", "show"] {
        world.repo.guard(&["plan", command, "plans/gone.toml"]).says(2, &["plans/gone.toml", "\n  fix"]);
        world.repo.write("plans/bad.toml", "version = \n");
        world.repo.guard(&["plan", command, "plans/bad.toml"]).says(2, &["plans/bad.toml:1:", "\n  fix"]);
    }
    world.repo.write(PLAN_PATH, PLAN.replace("\"tools/\"", "\"TBD\""));
    world.repo.guard(&["plan", "lint", PLAN_PATH]).says(1, &["T003", "\n  fix", "cannot be executed"]);
}

#[test]
fn a_plan_is_read_in_the_format_that_is_asked_for() {
    let world = World::started();
    world
        .repo
        .guard(&["plan", "show", PLAN_PATH, "--as", "markdown-sections"])
        .says(0, &["tasks   0,", "1 error,", "asked for with --as"]);
    world
        .repo
        .guard(&["plan", "lint", PLAN_PATH, "--as", "markdown-sections"])
        .says(1, &["the plan has no tasks"]);
    world.repo.guard(&["plan", "show", PLAN_PATH, "--as", "yaml"]).says(2, &["yaml", "native"]);
    world
        .repo
        .guard(&["plan", "show", PLAN_PATH])
        .says(0, &["format  native: its name ends in .toml", "T001"]);
}

#[test]
fn lint_measures_scopes_by_the_tree_and_only_warns() {
    let world = World::new();
    for path in ["src/app/lease.rs", "src/main.rs", "a/twice.rs", "b/twice.rs"] {
        world.repo.write(path, "// there\n");
    }
    world.repo.git(&["add", "."]).ok();
    let plan = "plans/beta.md";
    let text =
        |entry: &str| format!("# Beta\n\n## Task 1: a\n\n**Files:**\n- {entry}\n- Create: `src/new.rs`\n");
    let lint = |entry: &str| {
        world.repo.write(plan, text(entry));
        world.repo.guard(&["plan", "lint", plan])
    };
    for (entry, words) in [
        (
            "Modify: `app/lease.rs`",
            ["Task 1 changes app/lease.rs", "plans/beta.md:6", "src/app/lease.rs    if you"],
        ),
        ("Modify: `x/twice.rs`", ["Task 1 changes x/twice.rs", "plans/beta.md:6", "- Create: `x/twice.rs`"]),
        ("Create: `src/main.rs`", ["calls src/main.rs new", "plans/beta.md:6", "- Modify: `src/main.rs`"]),
        ("`src/cli.rs`", ["src/cli.rs matches nothing", "not marked as new", "- Create: `src/cli.rs`"]),
        ("`tests/*.py`", ["tests/*.py matches nothing", "1 warning", "can be executed"]),
        ("`docs/`", ["docs/ matches nothing", "1 warning", "can be executed"]),
    ] {
        lint(entry).says(0, &words);
    }
    for entry in [
        "Modify: `src/main.rs`",
        "Create: `src/other.rs`",
        "Modify: `src/new.rs`",
        "`src/`",
        "`src/**/*.rs`",
        "`docs/` (new)",
    ] {
        lint(entry).says(0, &["0 errors, 0 warnings"]);
    }
    // Where nothing is marked a file that is not there may be new.
    world.repo.write(plan, "## Task 1: a\n\n**Files:** `src/cli.rs`\n");
    world.repo.guard(&["plan", "lint", plan]).says(0, &["0 errors, 0 warnings"]);
    world.repo.write(plan, "| Task | Files |\n|---|---|\n| T1 | `app/lease.rs` |\n");
    world
        .repo
        .guard(&["plan", "lint", plan])
        .says(0, &["plans/beta.md:3", "src/app/lease.rs    if you mean"]);
}
