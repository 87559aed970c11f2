//! What a branch comes to, beyond what each of its commits does.

use crate::world::World;

/// `main` has renamed `src/a/` to `lib/a/` meanwhile; `work` adds `src/a/new` under T001.
fn renamed_meanwhile(policy: &str) -> World {
    let world = World::with_policy(policy);
    for name in ["one", "two", "three"] {
        world.repo.write(format!("src/a/{name}"), format!("{name}\n").repeat(20));
    }
    world.past_hooks("sources", &["src"]);
    let world = world.start(crate::world::PLAN);
    world.repo.git(&["checkout", "-q", "-b", "work"]).ok();
    world.done("T001: a new file", "src/a/new");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.repo.git(&["mv", "src", "lib"]).ok();
    world.past_hooks("another team's renaming", &[]);
    world.repo.git(&["checkout", "-q", "work"]).ok();
    world
}

fn merge(world: &World) {
    world
        .repo
        .git(&["-c", "merge.directoryRenames=true", "merge", "-q", "-m", "Merge branch 'main'", "main"])
        .ok();
}

#[test]
fn a_file_that_a_merge_moved_out_of_the_scope_is_found() {
    let world = renamed_meanwhile("version = 1\n");
    merge(&world);
    assert!(world.repo.path.join("lib/a/new").exists(), "git moves new files along with their directory");
    let head = world.head();
    let check = world.check("main..HEAD");
    let found = check.only("net-diff", &head, Some("lib/a/new"));
    assert!(crate::world::facts(found).contains("T001"), "{}", check.text);
    // Where it was meant to be, it is the task's.
    world.repo.git(&["mv", "lib/a/new", "moved"]).ok();
    std::fs::create_dir_all(world.repo.path.join("src/a")).unwrap();
    world.repo.git(&["mv", "moved", "src/a/new"]).ok();
    world.bare(&["commit", "-q", "--amend", "-m", "T001: merge main"]).ok();
    let check = world.check("main..HEAD");
    assert!(!check.rules().contains(&"net-diff".to_owned()), "{}", check.text);
}

#[test]
fn the_level_is_the_policys() {
    let world = renamed_meanwhile("version = 1\n[rules]\nnet-diff = \"warn\"\n");
    merge(&world);
    let check = world.check("main..HEAD");
    assert_eq!((check.code, check.rules()), (0, vec!["net-diff".to_owned()]), "{}", check.text);
    let world = renamed_meanwhile("version = 1\n[rules]\nnet-diff = \"off\"\n");
    merge(&world);
    world.check("main..HEAD").clean(2);
}

#[test]
fn no_path_is_found_twice() {
    let world = World::started();
    let base = world.head();
    let bad = world.stage(&["other/x"]).past_hooks("T001: leaves the scope", &[]);
    world.check(&format!("{base}..HEAD")).only("scope", &bad, Some("other/x"));
    world.reset(&base);
    let bad = world.stage(&["other/x"]).past_hooks("no task at all", &[]);
    world.check(&format!("{base}..HEAD")).only("task-id", &bad, None);
}

#[test]
fn what_needs_no_task_is_no_part_of_it() {
    // A snapshot in the rollback commit, a policy commit before it, records and a companion after it.
    let world = World::with_policy("version = 1\n[rollback]\ncarries = \"anything\"\n");
    let base = world.head();
    world.repo.write(crate::world::PLAN_PATH, crate::world::PLAN);
    world.stage(&["anything/x", "plans/alpha.toml"]);
    world.repo.write(crate::world::PLAN_PATH, crate::world::PLAN);
    world.repo.git(&["add", "-A"]).ok();
    world.past_hooks("rollback: before executing plan alpha", &[]);
    world.stage(&["Cargo.toml", "Cargo.lock"]).accepted("T001: a crate");
    world.stage(&["designs/notes.md"]).accepted("notes");
    world.check(&format!("{base}..HEAD")).clean(3);
}

#[test]
fn what_the_policy_leaves_alone_is_no_part_of_it() {
    let world = World::with_policy("version = 1\n[enforce]\nwhen = \"plan\"\n");
    let base = world.head();
    world.stage(&["anything/x"]).past_hooks("before any plan", &[]);
    let world = world.start(crate::world::PLAN);
    world.done("T001: x", "src/x");
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!((check.code, check.rules()), (0, Vec::new()), "{}", check.text);
}

#[test]
fn branches_that_merged_each_other_are_compared_with_both_merge_bases() {
    let world = World::started();
    world.repo.git(&["branch", "work"]).ok();
    let ours = world.stage(&["other/main"]).past_hooks("main's own", &[]);
    world.repo.git(&["checkout", "-q", "work"]).ok();
    let theirs = world.done("T001: x", "src/x");
    world.bare(&["merge", "-q", "-m", "main into work", &ours]).ok();
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.bare(&["merge", "-q", "-m", "work into main", &theirs]).ok();
    world.stage(&["other/main"]).past_hooks("main goes on", &[]);
    world.repo.git(&["checkout", "-q", "work"]).ok();
    world.done("T003: y", "tools/y");
    let bases = world.repo.git(&["merge-base", "--all", "main", "work"]).ok();
    assert_eq!(bases.lines().count(), 2, "a criss-cross: {bases}");
    world.check("main..work").clean(2);
}

#[test]
fn the_target_must_be_readable() {
    let world = renamed_meanwhile("version = 1\n");
    merge(&world);
    let tree = world.repo.git(&["rev-parse", "main:lib"]).ok();
    let object = world.repo.path.join(".git/objects").join(&tree[..2]).join(&tree[2..]);
    std::fs::remove_file(object).unwrap();
    world.check("main..HEAD").could_not(&[&tree[..7]]);
}
