//! `scope`: which paths a task may change, by what the commit does to them.

use std::os::unix::fs::symlink;

use crate::world::{World, facts, help};

#[test]
fn a_path_of_another_task_is_refused_and_its_owner_named() {
    let world = World::started();
    world.stage(&["src/a.rs", "tools/x"]);
    let check = world.refused("T001: both", "scope", Some("tools/x"));
    let finding = &check.findings()[0];
    assert_eq!(finding["task"], "T001");
    assert!(facts(finding).contains("tools/x belongs to T003 (not done yet)"), "{}", check.text);
    assert!(facts(finding).contains("T001: src/**"), "{}", check.text);
    world.repo.git(&["restore", "--staged", "tools/x"]).ok();
    world.accepted("T001: one");
    world.stage(&["tools/x"]).accepted("T003: other");
}

#[test]
fn a_path_of_no_task_is_refused_before_the_message_and_after() {
    let world = World::started();
    world.stage(&["other/x"]);
    world
        .commit("T001: x")
        .says(1, &["error[scope]: no task may change other/x", "git restore --staged other/x"]);
    let check = world.refused("T001: x", "scope", Some("other/x"));
    assert!(
        facts(&check.findings()[0]).contains("no task of plans/alpha.toml owns other/x"),
        "{}",
        check.text
    );
}

#[test]
fn patterns_are_bytes_and_end_at_components() {
    let world = World::started();
    for path in ["SRC/a", "src2/a", "docs", "tools", "toolsx/a", "src"] {
        world.stage(&[path]);
        world.refused("T003: x", "scope", Some(path));
        world.repo.git(&["rm", "-qrf", path]).ok();
    }
    world.stage(&["tools/deep/er"]);
    world.accepted("T003: x");
}

#[test]
fn both_ends_of_a_rename_count() {
    let world = World::started();
    world.done("T001: x", "src/a.rs");
    world.done("T003: x", "tools/a.rs");
    let start = world.head();
    world.repo.git(&["config", "diff.renames", "copies"]).ok();
    world.repo.git(&["mv", "src/a.rs", "tools/b.rs"]).ok();
    // The end that goes is not T003's; the end that comes is not T001's.
    for (task, path) in [("T003", "src/a.rs"), ("T001", "tools/b.rs")] {
        let made = world.past_hooks(&format!("fixup! {task}: x"), &[]);
        let check = world.check(&format!("{start}..HEAD"));
        assert_eq!(check.rules(), ["scope", "unsquashed"], "{}", check.text);
        assert_eq!(check.findings()[0]["path"], path);
        assert_eq!(check.findings()[0]["commit"], made.as_str());
        world.repo.git(&["reset", "-q", "--soft", &start]).ok();
        world.commit(&format!("fixup! {task}: x")).says(1, &["error[scope]", path]);
    }
    world.reset(&start);
    world.repo.git(&["mv", "tools/a.rs", "tools/c.rs"]).ok();
    world.commit("fixup! T003: x").says(0, &[]);
}

#[test]
fn a_deletion_is_a_change() {
    let world = World::started();
    world.repo.git(&["rm", "-q", "README.md"]).ok();
    world.refused("T001: tidy", "scope", Some("README.md"));
    world.reset("HEAD");
    world.done("T001: x", "src/a.rs");
    world.repo.git(&["rm", "-q", "src/a.rs"]).ok();
    world.commit("fixup! T001: x").says(0, &[]);
}

#[test]
fn a_change_of_mode_is_a_change() {
    let world = World::started();
    world.repo.git(&["update-index", "--chmod=+x", "README.md"]).ok();
    world.refused("T001: mode", "scope", Some("README.md"));
    world.reset("HEAD");
    world.past_hooks("T003: x", &[]);
    world.stage(&["src/a.rs"]).repo.git(&["update-index", "--chmod=+x", "src/a.rs"]).ok();
    world.accepted("T001: mode");
}

#[test]
fn a_file_that_becomes_a_link_or_a_folder_is_judged_as_what_it_becomes() {
    let world = World::started();
    world.repo.git(&["rm", "-q", "README.md"]).ok();
    symlink("src/a", world.repo.path.join("README.md")).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.refused("T001: type", "scope", Some("README.md"));
    world.reset("HEAD");
    world.stage(&["src/a", "src/b"]).accepted("T001: x");
    std::fs::remove_file(world.repo.path.join("src/a")).unwrap();
    symlink("../README.md", world.repo.path.join("src/a")).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world
        .commit("fixup! T001: x")
        .says(1, &["error[scope]", "the symbolic link src/a points out of the scope, to ../README.md"]);
    std::fs::remove_file(world.repo.path.join("src/a")).unwrap();
    world.stage(&["src/a/now-a-folder"]);
    world.repo.git(&["add", "-A"]).ok();
    world.commit("fixup! T001: x").says(0, &[]);
}

#[test]
fn a_symbolic_link_must_stay_inside_the_scope() {
    let world = World::started();
    std::fs::create_dir_all(world.repo.path.join("src/deep")).unwrap();
    for target in [
        "../README.md",
        "../.git/config",
        "/etc/passwd",
        "../../outside",
        "..",
        "../tools",
        "deep/../../docs/x",
    ] {
        let link = world.repo.path.join("src/link");
        symlink(target, &link).unwrap();
        world.repo.git(&["add", "-A"]).ok();
        let check = world.refused("T001: link", "scope", Some("src/link"));
        assert!(check.findings()[0]["message"].as_str().unwrap().contains(target), "{}", check.text);
        std::fs::remove_file(&link).unwrap();
    }
    symlink("deep/./file", world.repo.path.join("src/to-a-file")).unwrap();
    symlink("deep", world.repo.path.join("src/to-a-folder")).unwrap();
    symlink("../Cargo.toml", world.repo.path.join("src/to-the-manifest")).unwrap();
    symlink(".", world.repo.path.join("src/to-itself")).unwrap();
    symlink("../src", world.repo.path.join("src/to-the-top-of-the-scope")).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.accepted("T001: links");
}

#[test]
fn a_link_that_goes_through_another_link_does_not_leave_the_scope_unseen() {
    let world = World::new();
    symlink("../README.md", world.repo.path.join("exit")).unwrap();
    std::fs::create_dir_all(world.repo.path.join("src")).unwrap();
    symlink("..", world.repo.path.join("src/up")).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.past_hooks("links that were there before the plan", &[]);
    let world = world.start(crate::world::PLAN);
    symlink("up/README.md", world.repo.path.join("src/two-steps")).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.refused("T001: link", "scope", Some("src/two-steps"));
}

#[test]
fn a_link_may_leave_and_be_removed() {
    let world = World::new();
    std::fs::create_dir_all(world.repo.path.join("src")).unwrap();
    symlink("../README.md", world.repo.path.join("src/link")).unwrap();
    world.past_hooks("a link out of everything", &["src/link"]);
    let world = world.start(crate::world::PLAN);
    world.repo.git(&["rm", "-q", "src/link"]).ok();
    world.accepted("T001: without the link");
}

#[test]
fn a_submodule_must_be_named_literally() {
    let world = World::started();
    let id = world.head();
    let gitlink = |path: &str| {
        world.repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},{path}")]).ok();
    };
    gitlink("src/sub");
    let check = world.refused("T001: sub", "scope", Some("src/sub"));
    assert!(facts(&check.findings()[0]).contains("must be named literally"), "{}", check.text);
    assert!(help(&check.findings()[0]).contains("git rebase -i"), "{}", check.text);
    world.reset("HEAD");
    gitlink("tools/sub");
    world.refused("T003: sub", "scope", Some("tools/sub"));
    world.reset("HEAD");
    gitlink("vendor/named");
    world.accepted("T001: sub");
}

#[test]
fn a_submodule_is_not_removed_under_a_pattern_either() {
    let world = World::new();
    let id = world.head();
    world.repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},src/sub")]).ok();
    world.past_hooks("a submodule", &[]);
    std::fs::create_dir_all(world.repo.path.join("src/sub")).unwrap();
    let world = world.start(crate::world::PLAN);
    world.repo.git(&["rm", "-q", "--cached", "src/sub"]).ok();
    world.refused("T001: without", "scope", Some("src/sub"));
}

#[test]
fn settings_that_hide_submodules_hide_nothing_from_guard() {
    let world = World::started();
    let (first, second) = (world.repo.git(&["rev-parse", "HEAD^"]).ok(), world.head());
    world.repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},src/sub")]).ok();
    world.past_hooks("T003: x", &[]);
    for (key, value) in
        [("diff.ignoreSubmodules", "all"), ("submodule.sub.ignore", "all"), ("submodule.sub.path", "src/sub")]
    {
        world.repo.git(&["config", key, value]).ok();
    }
    world.repo.git(&["update-index", "--cacheinfo", &format!("160000,{second},src/sub")]).ok();
    world.refused("T001: sub", "scope", Some("src/sub"));
}

#[test]
fn a_lock_file_follows_its_manifest() {
    let world = World::started();
    // Its manifest is no path of T003; `yarn.lock` has no manifest in any scope.
    for (task, lock) in [("T003", "Cargo.lock"), ("T001", "yarn.lock"), ("T001", "sub/Cargo.lock")] {
        world.stage(&[lock]);
        world.refused(&format!("{task}: lock"), "scope", Some(lock));
        world.reset("HEAD");
    }
    world.stage(&["Cargo.lock"]).accepted("T001: next to the manifest, which does not change");
}

#[test]
fn the_lock_file_of_a_workspace_follows_a_manifest_changed_below_it() {
    let world = World::started();
    world.stage(&["package-lock.json", "src/x.js"]);
    world.refused("T001: no manifest changes", "scope", Some("package-lock.json"));
    world.stage(&["src/app/package.json"]);
    world.accepted("T001: a manifest below changes");
    world.stage(&["sub/go.sum", "tools/go.mod"]);
    world.refused("T003: the manifest is no longer below", "scope", Some("sub/go.sum"));
}

#[test]
fn the_policy_adds_companions() {
    let plain = World::started();
    plain.stage(&["src/a.in", "src/gen.lock", "tools/gen.lock"]);
    plain.refused("T001: x", "scope", Some("tools/gen.lock"));
    let world = World::started_with("version = 1\n[scope.companions]\n\"a.in\" = [\"gen.lock\"]\n");
    world.stage(&["src/a.in", "gen.lock"]);
    world.accepted("T001: x");
}

#[test]
fn records_pass_beside_work_and_alone() {
    let world = World::started();
    world.stage(&["designs/x.md", "other/x"]);
    world.refused("T001: x", "scope", Some("other/x"));
    world.reset("HEAD");
    world.stage(&["src/a.rs", ".artifacts/execute/log.md", "designs/x.md", "plans/other.md"]);
    world.accepted("T001: with its records");
    world.stage(&[".artifacts/qa/report.md"]);
    world.accepted("report of the day");
}

#[test]
fn a_record_that_is_a_link_or_a_submodule_is_no_record() {
    let world = World::started();
    std::fs::create_dir_all(world.repo.path.join("designs")).unwrap();
    symlink("../src", world.repo.path.join("designs/link")).unwrap();
    world.repo.git(&["add", "-A"]).ok();
    world.refused("T001: x", "scope", Some("designs/link"));
    world.reset("HEAD");
    let id = world.head();
    world.repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},designs/sub")]).ok();
    world.refused("T001: x", "scope", Some("designs/sub"));
}

#[test]
fn a_task_with_the_empty_scope_changes_nothing() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    world.refused("T004: x", "scope", Some("src/a.rs"));
    world.reset("HEAD");
    world.stage(&["designs/seen.md"]).accepted("T004: seen");
}

#[test]
fn several_paths_are_several_findings() {
    let world = World::started();
    world.stage(&["a/1", "a/2", "src/3"]);
    let base = world.head();
    world.past_hooks("T001: x", &[]);
    let check = world.check(&format!("{base}..HEAD"));
    let paths: Vec<_> = check.findings().iter().filter_map(|f| f["path"].as_str()).collect();
    assert_eq!(paths, ["a/1", "a/2"], "{}", check.text);
}
