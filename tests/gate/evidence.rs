//! What counts as evidence, and what only looks like it.

use super::{World, gate};
use crate::harness::{Ran, Repo};

impl World {
    fn tree(&self, of: &str) -> String {
        self.repo.git(&["rev-parse", &format!("{of}^{{tree}}")]).ok()
    }

    fn past_hooks(&self, message: &str) {
        self.repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message]).ok();
    }

    fn required(&self, range: &str) -> Ran {
        self.repo.guard(&["check", range, "--require-evidence"])
    }
}

#[test]
fn a_task_without_a_run_is_refused_and_with_one_accepted() {
    let world = World::with("exit 0");
    world.stage("src/a", "1\n");
    world
        .commit("T001: x")
        .says(1, &["error[gates]", "T001 has no evidence for the gate tests", "guard gate T001"]);
    world.gate(&[]).ok();
    world.commit("T001: x").ok();
    world.required("HEAD^..HEAD").says(0, &["no findings"]);
    world.stage("tests/a", "1\n").past_hooks("T002: x");
    world.required("HEAD^..HEAD").says(1, &["error[gates]", "guard gate show"]);
    world.repo.guard(&["check", "HEAD^..HEAD"]).says(0, &["no evidence was asked for"]);
}

#[test]
fn evidence_of_another_tree_is_none() {
    let world = World::with("exit 0");
    world.stage("src/a", "1\n").gate(&[]).ok();
    world.stage("src/a", "2\n");
    world.commit("T001: x").says(1, &["no evidence"]);
    world.stage("src/a", "1\n");
    world.commit("T001: x").ok();
}

#[test]
fn a_note_copied_to_another_tree_proves_nothing_and_is_named() {
    let world = World::with("exit 0");
    world.stage("src/a", "1\n").gate(&[]).ok();
    world.commit("T001: x").ok();
    let good = world.tree("HEAD");
    world.stage("tests/a", "1\n").past_hooks("T002: x");
    let bad = world.tree("HEAD");
    world.repo.git(&["notes", "--ref=guard", "copy", &good, &bad]).ok();
    let about = format!("is about another tree, {}", &good[..7]);
    world.required("HEAD^..HEAD").says(1, &["error[gates]", &about]);
    world.gate(&["show", "HEAD"]).says(0, &[&about]);
}

#[test]
fn the_newest_run_counts_and_only_of_the_policys_own_command() {
    let world = World::with("test -e ../good");
    world.stage("src/a", "1\n");
    std::fs::write(world.repo.root().join("good"), "").unwrap();
    world.gate(&[]).ok();
    std::fs::remove_file(world.repo.root().join("good")).unwrap();
    world.gate(&[]).says(1, &["failed"]);
    world.commit("T001: x").says(1, &["error[gates]", "failed with exit code 1 on this tree"]);
    let tree = world.repo.git(&["write-tree"]).ok();
    let note = world.repo.git(&["notes", "--ref=guard", "show", &tree]).ok();
    let forged = note.replace("test -e ../good", "true");
    world.repo.git(&["notes", "--ref=guard", "add", "-f", "-m", &forged, &tree]).ok();
    world.commit("T001: x").says(1, &["no evidence for the gate tests", "with another command"]);
}

#[test]
fn records_may_follow_the_run() {
    let world = World::with("exit 0");
    world.stage("src/a", "1\n").gate(&[]).ok();
    world.stage("designs/log.md", "the gates passed\n");
    world.commit("T001: x").ok();
    world.required("HEAD^..HEAD").says(0, &["no findings"]);
    // Records first, then the run on both, counts as well.
    world.stage("designs/log.md", "more\n").stage("tests/a", "1\n").gate(&["T002"]).ok();
    world.commit("T002: x").ok();
}

#[test]
fn only_required_gates_that_apply_are_asked_for() {
    let gates =
        gate("docs", "exit 1", "paths = [\"docs/**\"]") + &gate("tests", "exit 1", "phase = \"test\"");
    let world = World::new(&gates);
    world.stage("src/a", "1\n").commit("T001: x").ok();
    world.stage("tests/a", "1\n").commit("T002: x").says(1, &["the gate tests"]);
}

#[test]
fn the_level_is_the_policys_until_evidence_is_required() {
    let world = World::new(&(gate("tests", "exit 1", "") + "[rules]\ngates = \"off\"\n"));
    world.stage("src/a", "1\n").commit("T001: x").ok();
    world.required("HEAD^..HEAD").says(1, &["error[gates]"]);
    let world = World::new(&(gate("tests", "exit 1", "") + "[rules]\ngates = \"warn\"\n"));
    world.stage("src/a", "1\n").commit("T001: x").says(0, &["warning[gates]"]);
    let world = World::new("");
    world.stage("src/a", "1\n").commit("T001: x").ok();
    world.required("HEAD^..HEAD").says(2, &["the policy names no gate"]);
}

#[test]
fn check_runs_the_gates_itself_and_believes_no_note() {
    let world = World::with("test \"$(cat src/a)\" = good");
    world.stage("src/a", "bad\n");
    let tree = world.repo.git(&["write-tree"]).ok();
    let line = format!(
        "{{\"version\":1,\"started\":\"2100-01-01T00:00:00.000Z\",\"gate\":\"tests\",\"task\":\"T001\",\"outcome\":\"passed\",\"code\":null,\
         \"command\":\"test \\\"$(cat src/a)\\\" = good\",\"required\":true,\"tree\":\"{tree}\",\"lock\":null,\"milliseconds\":1,\
         \"digest\":\"\",\"bytes\":0,\"tail\":\"\",\"guard\":\"x\"}}"
    );
    world.repo.git(&["notes", "--ref=guard", "add", "-m", &line, &tree]).ok();
    // A note can be forged by whoever writes to the repository: that is why CI has another way.
    world.commit("T001: x").ok();
    world.required("HEAD^..HEAD").says(0, &["no findings"]);
    let run = |world: &World| world.repo.guard(&["check", "HEAD^..HEAD", "--run-gates"]);
    run(&world).says(1, &["error[gates]", "the gate tests failed with exit code 1"]);
    world.stage("src/a", "good\n").past_hooks("T001: good");
    let before = world.lines().len();
    let said = run(&world).says(1, &["error[atomic]", "gate tests: passed"]).text();
    assert!(!said.contains("no evidence was asked for"), "{said}");
    assert_eq!(world.lines().len(), before, "a check writes nothing");
    World::new("").repo.guard(&["check", "HEAD^..HEAD", "--run-gates"]).says(2, &["the policy names none"]);
}

#[test]
fn a_rebase_is_not_stopped_at_each_commit() {
    let world = World::with("exit 0");
    let start = world.repo.git(&["rev-parse", "HEAD"]).ok();
    for (path, task) in [("src/a", "T001"), ("tests/a", "T002")] {
        world.stage(path, "1\n").gate(&[task]).ok();
        world.commit(&format!("{task}: x")).ok();
    }
    world.repo.git(&["checkout", "-q", "-b", "other", &format!("{start}^")]).ok();
    world.stage("README.md", "new\n").past_hooks("elsewhere");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.repo.git(&["rebase", "-q", "other"]).ok();
    world.required("other..HEAD").says(1, &["error[gates]"]);
}

#[test]
fn evidence_that_cannot_be_read_is_no_pass() {
    let world = World::with("exit 0");
    world.stage("src/a", "1\n").gate(&[]).ok();
    let tree = world.repo.git(&["rev-parse", "refs/notes/guard^{tree}"]).ok();
    std::fs::remove_file(world.repo.path.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    world.commit("T001: x").says(1, &["could not check", &tree[..7]]);
}

#[test]
fn notes_are_merged_without_conflict() {
    let world = World::with("exit 0");
    world.stage("src/a", "1\n").gate(&[]).ok();
    let run = |script: &str| world.repo.run_in(&world.repo.path, "sh", &["-ec", script]).ok();
    run("git update-ref refs/notes/theirs refs/notes/guard");
    world.gate(&[]).ok();
    run("git update-ref refs/notes/ours refs/notes/guard; git update-ref refs/notes/guard refs/notes/theirs");
    world.gate(&[]).ok();
    run("git notes --ref=guard merge -q -s cat_sort_uniq refs/notes/ours");
    assert_eq!(world.outcomes(), ["passed"; 3]);
    world.commit("T001: x").ok();
}

#[test]
fn evidence_is_kept_in_repositories_that_libgit2_cannot_open() {
    for format in [["--object-format=sha256", "--quiet"], ["--ref-format=reftable", "--quiet"]] {
        let repo = Repo::new();
        std::fs::remove_dir_all(repo.path.join(".git")).unwrap();
        if repo.git(&["init", format[0], format[1]]).code != 0 {
            eprintln!("skipped: this git knows no {}", format[0]);
            continue;
        }
        let world = World::of(repo, &gate("tests", "exit 0", ""));
        world.stage("src/a", "1\n").gate(&[]).ok();
        world.gate(&[]).ok();
        assert_eq!(world.outcomes(), ["passed"; 2]);
        world.commit("T001: x").ok();
        world.required("HEAD^..HEAD").says(0, &["no findings"]);
    }
}

#[test]
fn gates_of_several_worktrees_at_once_lose_no_line() {
    let world = World::with("exit 0");
    let worktrees: Vec<_> = (0..6)
        .map(|n| {
            let folder = world.repo.root().join(format!("worktree{n}"));
            world.repo.git(&["worktree", "add", "-q", "--detach", folder.to_str().unwrap()]).ok();
            std::fs::create_dir_all(folder.join("src")).unwrap();
            // Three of them end up with the same tree: their lines meet in one note.
            std::fs::write(folder.join("src/a"), format!("{}\n", n % 2)).unwrap();
            world.repo.run_in(&folder, "git", &["add", "-A"]).ok();
            folder
        })
        .collect();
    let rounds = 4;
    for _ in 0..rounds {
        let children: Vec<_> = worktrees
            .iter()
            .map(|folder| {
                let mut command = world.repo.command(crate::harness::guard_bin(), folder);
                command.arg("gate").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(world.outcomes().len(), rounds * worktrees.len());
}
