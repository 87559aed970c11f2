//! `governance`: what a rollout needs is written down in the tree that is rolled out.

use crate::world::{World, facts, help};

const POLICY: &str = "version = 1\n[governance]\nsensitive = [\"src/deploy/**\"]\n";
const DOCUMENTS: [&str; 3] = [
    ".artifacts/execute/approval_decision.md",
    ".artifacts/execute/alpha/release_gate_decision.md",
    "designs/release_artifact_package.md",
];

#[test]
fn nothing_is_asked_until_the_policy_names_sensitive_paths() {
    World::started().done("T001: x", "src/deploy/a");
    World::started_with("version = 1\n[governance]\ndocuments = [\"x.md\"]\n")
        .done("T001: x", "src/deploy/a");
    World::started_with(POLICY).done("T001: x", "src/other");
}

#[test]
fn a_sensitive_change_without_documents_is_refused() {
    let world = World::started_with(POLICY);
    world.stage(&["src/deploy/a", "src/deploy/b", "src/c"]);
    let check = world.refused("T001: x", "governance", Some("src/deploy/a"));
    let finding = &check.findings()[0];
    let message =
        "the records lack approval_decision.md, release_gate_decision.md, release_artifact_package.md";
    assert!(finding["message"].as_str().unwrap().ends_with(message), "{}", check.text);
    assert!(facts(finding).contains("src/deploy/a and 1 more"), "{}", check.text);
    for command in ["git add .artifacts/execute/approval_decision.md", "guard explain governance"] {
        assert!(help(finding).contains(command), "{command}: {}", check.text);
    }
    // Deleting one is a change of it.
    world.reset("HEAD");
    world.stage(&["src/deploy/a"]).past_hooks("T001: x", &[]);
    world.repo.git(&["rm", "-q", "src/deploy/a"]).ok();
    world.commit("fixup! T001: x").says(1, &["error[governance]", "src/deploy/a"]);
}

#[test]
fn the_documents_may_come_before_the_change_or_with_it() {
    let world = World::started_with(POLICY);
    let start = world.head();
    world.stage(&DOCUMENTS).stage(&["src/deploy/a"]).accepted("T001: x");
    world.reset(&start);
    world.stage(&DOCUMENTS[..2]).accepted("decisions");
    world.stage(&["src/deploy/a"]);
    let check = world.refused("T001: x", "governance", Some("src/deploy/a"));
    assert!(check.text.contains("the records lack release_artifact_package.md\n"), "{}", check.text);
    world.stage(&DOCUMENTS[2..]).accepted("T001: x");
}

#[test]
fn documents_that_come_later_are_too_late() {
    let world = World::started_with(POLICY);
    let start = world.head();
    let early = world.stage(&["src/deploy/a"]).past_hooks("T001: x", &[]);
    world.stage(&DOCUMENTS).past_hooks("decisions", &[]);
    world.check(&format!("{start}..HEAD")).only("governance", &early, Some("src/deploy/a"));
}

#[test]
fn what_is_blank_old_or_elsewhere_does_not_count() {
    let policy = format!("{POLICY}documents = [\"approval.md\"]\n");
    let world = World::with_policy(&policy);
    world.repo.write("designs/approval.md", "of the last execution\n");
    world.past_hooks("an earlier decision", &["designs/approval.md"]);
    let world = world.start(crate::world::PLAN);
    let start = world.head();
    let refused = |fact: &str| {
        world.stage(&["src/deploy/a"]);
        let check = world.refused("T001: x", "governance", Some("src/deploy/a"));
        assert!(check.text.contains(fact), "{fact:?}: {}", check.text);
        world.reset(&start);
    };
    let old = format!("designs/approval.md has not changed since the rollback commit {}", &start[..7]);
    refused(&old);
    for blank in ["", " \r\n\t\n", "\u{feff}\u{a0}\n"] {
        world.repo.write("designs/approval.md", blank);
        world.repo.git(&["add", "designs"]).ok();
        refused("designs/approval.md is blank");
    }
    world.repo.git(&["rm", "-q", "designs/approval.md"]).ok();
    refused("git add .artifacts/execute/approval.md");
    // Another name, another folder, a link.
    world.stage(&["designs/approval.md.txt", "designs/Approval.md", "src/approval.md"]);
    refused(&old);
    std::fs::remove_file(world.repo.path.join("designs/approval.md")).unwrap();
    std::os::unix::fs::symlink("../README.md", world.repo.path.join("designs/approval.md")).unwrap();
    world.repo.git(&["add", "designs/approval.md"]).ok();
    world.stage(&["src/deploy/a"]);
    assert!(world.commit("T001: x").says(1, &[]).err.contains("error[governance]"), "a link is no document");
    world.reset(&start);
    // One that counts is enough, whatever else is called like it.
    world.stage(&["plans/alpha/approval.md", "src/deploy/a"]).accepted("T001: x");
}

#[test]
fn after_a_new_rollback_commit_it_is_decided_again() {
    let world = World::started_with(POLICY);
    world.stage(&DOCUMENTS).stage(&["src/deploy/a"]).accepted("T001: x");
    let world = world.start(&crate::world::PLAN.replace("tools/", "src/deploy/tools/"));
    world.stage(&["src/deploy/tools/a"]);
    world.refused("T003: x", "governance", Some("src/deploy/tools/a"));
    world.stage(&DOCUMENTS).accepted("T003: x");
}

#[test]
fn a_merge_is_judged_by_what_it_does_itself() {
    let world = World::started_with(POLICY);
    let start = world.head();
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    world.stage(&DOCUMENTS).stage(&["src/deploy/a"]).accepted("T001: x");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    world.done("T003: x", "tools/a");
    world.repo.git(&["merge", "-q", "--no-ff", "--no-edit", "side"]).ok();
    world.check(&format!("{start}..HEAD")).clean(3);
    // A change of its own, with the documents that the side brings, and without.
    for (drop, code) in [(false, 0), (true, 1)] {
        world.reset("HEAD^");
        world.repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
        world.stage(&["src/deploy/b"]);
        if drop {
            world.repo.git(&["rm", "-q", "-f", DOCUMENTS[0]]).ok();
        }
        let ran = world.commit("T001: merge side");
        assert_eq!(ran.code, code, "{}", ran.text());
        assert_eq!(ran.err.contains("error[governance]"), drop, "{}", ran.err);
        if drop {
            world.past_hooks("T001: merge side", &[]);
            let head = world.head();
            world.check("HEAD^..HEAD").only("governance", &head, Some("src/deploy/b"));
        }
    }
}

#[test]
fn it_is_refused_before_the_editor_opens_and_once() {
    let mut world = World::started_with(POLICY);
    crate::doors::editor(&mut world, "T001: x\n");
    std::fs::remove_file(world.repo.path.join(".git/COMMIT_EDITMSG")).unwrap();
    world.stage(&["src/deploy/a"]);
    let ran = world.repo.git(&["commit", "-q"]).says(1, &["error[governance]"]);
    assert_eq!(ran.err.matches("error[").count(), 1, "{}", ran.err);
    assert!(!world.repo.path.join(".git/COMMIT_EDITMSG").exists());
}

#[test]
fn what_the_documents_hold_must_be_readable() {
    let world = World::started_with(POLICY);
    let base = world.head();
    world.stage(&DOCUMENTS).stage(&["src/deploy/a"]).past_hooks("T001: x", &[]);
    let id = world.lose(&format!("HEAD:{}", DOCUMENTS[0]));
    world.misses(&format!("{base}..HEAD"), &id);
}
