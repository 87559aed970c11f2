//! What a rule needs and cannot read is "could not check" (exit code 2), never a pass and never a finding.

use crate::world::{PLAN, World};

impl World {
    /// Takes the object that `name` resolves to out of the repository.
    #[track_caller]
    pub fn lose(&self, name: &str) -> String {
        let id = self.repo.git(&["rev-parse", name]).ok();
        std::fs::remove_file(self.repo.path.join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
        id
    }

    /// `guard check` names the lost object and judges nothing.
    #[track_caller]
    pub fn misses(&self, range: &str, id: &str) {
        let check = self.check(range);
        check.could_not(&[&id[..7]]);
        assert_eq!(check.json["error"]["kind"], "git", "{}", check.json);
    }
}

#[test]
fn rollback_needs_every_commit_back_to_the_rollback() {
    let world = World::started();
    let lock = world.head();
    let first = world.done("T001: x", "src/a");
    world.done("T003: x", "tools/a");
    world.stage(&["docs/a"]);
    let id = world.lose(&lock);
    world.misses(&format!("{first}..HEAD"), &id);
    world.commit("T002: x").says(1, &["could not check", &id[..7], "\n  fix"]);
}

#[test]
fn rollback_needs_the_plan() {
    let world = World::started();
    let base = world.head();
    world.stage(&["src/a"]).past_hooks("T001: x", &[]);
    let id = world.lose("HEAD:plans/alpha.toml");
    world.misses(&format!("{base}..HEAD"), &id);
    world.stage(&["src/b"]).commit("T001: y").says(1, &["could not check", &id[..7], "\n  fix"]);
}

#[test]
fn every_rule_needs_the_policy() {
    let world = World::started_with("version = 1\n");
    let base = world.head();
    world.stage(&["src/a"]).past_hooks("T001: x", &[]);
    let id = world.lose("HEAD:guard.toml");
    world.misses(&format!("{base}..HEAD"), &id);
    world.stage(&["src/b"]).commit("T001: y").says(1, &["could not check", &id[..7], "\n  fix"]);
}

#[test]
fn scope_needs_the_trees() {
    let world = World::started();
    let base = world.head();
    world.stage(&["src/a"]).past_hooks("T001: x", &[]);
    let id = world.lose("HEAD:src");
    world.misses(&format!("{base}..HEAD"), &id);
}

#[test]
fn scope_needs_where_a_link_points() {
    let world = World::started();
    let base = world.head();
    std::fs::create_dir(world.repo.path.join("src")).unwrap();
    std::os::unix::fs::symlink("elsewhere", world.repo.path.join("src/link")).unwrap();
    world.past_hooks("T001: x", &["src/link"]);
    let id = world.lose("HEAD:src/link");
    world.misses(&format!("{base}..HEAD"), &id);
}

#[test]
fn scope_does_not_need_what_files_hold() {
    let world = World::started();
    let base = world.head();
    world.stage(&["src/a"]).past_hooks("T001: x", &[]);
    world.lose("HEAD:src/a");
    world.check(&format!("{base}..HEAD")).clean(1);
}

#[test]
fn plan_locked_needs_the_new_plan() {
    let world = World::started();
    let base = world.head();
    world.repo.write("plans/alpha.toml", PLAN.to_owned() + "# x\n");
    world.past_hooks("a record", &["plans/alpha.toml"]);
    let id = world.lose("HEAD:plans/alpha.toml");
    world.misses(&format!("{base}..HEAD"), &id);
}

#[test]
fn frozen_needs_what_the_file_held() {
    let world = World::started();
    world.done("T001: x", "src/a");
    let base = world.head();
    let id = world.repo.git(&["rev-parse", "HEAD:src/a"]).ok();
    world.repo.write("src/a", "changed\n");
    world.repo.git(&["add", "src/a"]).ok();
    world.bare(&["commit", "-q", "-m", "fixup! T001: x"]).ok();
    world.lose(&id);
    world.misses(&format!("{base}..HEAD"), &id);
}

#[test]
fn depends_on_and_atomic_need_the_commits_of_the_plan() {
    let world = World::started();
    world.done("T001: x", "src/a");
    let base = world.head();
    world.stage(&["docs/a"]).past_hooks("T002: x", &[]);
    // Whether T001 is done depends on what it changed.
    let id = world.lose(&format!("{base}^{{tree}}"));
    world.misses(&format!("{base}..HEAD"), &id);
}

#[test]
fn merges_need_both_sides() {
    let world = World::started();
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.done("T001: x", "src/a");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.done("T003: x", "tools/a");
    let base = world.head();
    world.bare(&["merge", "-q", "--no-ff", "--no-edit", "side"]).ok();
    let id = world.lose("side^{tree}");
    world.misses(&format!("{base}..HEAD"), &id);
}

#[test]
fn policy_edit_needs_the_new_policy() {
    let world = World::with_policy("version = 1\n");
    let base = world.head();
    world.repo.write("guard.toml", "version = 1\n# more\n");
    world.past_hooks("guard: policy", &["guard.toml"]);
    let id = world.lose("HEAD:guard.toml");
    world.misses(&format!("{base}..HEAD"), &id);
}

/// A clone with so many commits.
fn shallow(world: &World, depth: &str) -> std::path::PathBuf {
    let clone = world.repo.root().join("shallow");
    let url = format!("file://{}", world.repo.path.display());
    world.repo.git(&["clone", "-q", "--depth", depth, &url, clone.to_str().unwrap()]).ok();
    clone
}

#[test]
fn a_shallow_boundary_is_no_beginning() {
    let world = World::started();
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    world.done("T003: x", "tools/a");
    let guard = crate::harness::guard_bin();
    let clone = shallow(&world, "2");
    let ran = world.repo.run_in(&clone, guard, &["check", "HEAD^..HEAD", "--format", "json"]);
    let ran = ran.says(2, &["shallow", "\n  fix", "git fetch --unshallow"]);
    assert!(serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["error"]["message"].is_string());
    world.repo.run_in(&clone, "git", &["fetch", "-q", "--unshallow"]).ok();
    world.repo.run_in(&clone, guard, &["check", "HEAD^..HEAD"]).says(0, &["1 commit judged"]);
}

#[test]
fn a_base_beyond_the_shallow_boundary_is_answered_with_how_to_fetch_it() {
    let world = World::started();
    let base = world.head();
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    let clone = shallow(&world, "1");
    for base in ["HEAD~2", "HEAD^", &base] {
        let ran =
            world.repo.run_in(&clone, crate::harness::guard_bin(), &["check", &format!("{base}..HEAD")]);
        ran.says(2, &["\n  fix", "git fetch --unshallow"]);
    }
}

#[test]
fn the_hooks_of_a_shallow_clone_refuse_with_the_way_out() {
    let world = World::started();
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    let clone = shallow(&world, "2");
    std::fs::create_dir_all(clone.join("tools")).unwrap();
    std::fs::write(clone.join("tools/a"), "x\n").unwrap();
    world.repo.run_in(&clone, "git", &["add", "-A"]).ok();
    let hooks = format!("core.hooksPath={}", world.repo.path.join(".git/hooks").display());
    let commit = ["-c", &hooks, "commit", "-q", "-m", "T003: x"];
    world
        .repo
        .run_in(&clone, "git", &commit)
        .says(1, &["could not check", "shallow", "git fetch --unshallow"]);
    world.repo.run_in(&clone, "git", &["fetch", "-q", "--unshallow"]).ok();
    world.repo.run_in(&clone, "git", &commit).ok();
}

#[test]
fn a_shallow_clone_that_reaches_the_rollback_commit_and_its_parent_is_deep_enough() {
    let world = World::started();
    world.done("T001: x", "src/a");
    world.done("T002: x", "docs/a");
    let clone = shallow(&world, "4");
    world
        .repo
        .run_in(&clone, crate::harness::guard_bin(), &["check", "HEAD^..HEAD"])
        .says(0, &["1 commit judged"]);
}
