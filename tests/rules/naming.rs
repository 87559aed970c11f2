//! `task-id`: how a message names its task.

use crate::doors::editor;
use crate::harness::guard_bin;
use crate::world::{World, facts, help};

#[test]
fn a_message_that_names_no_task_is_refused() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    for (message, words) in [
        ("improve it", "names no task"),
        ("T001:x", "come a space and a summary"),
        ("T001:", "come a space and a summary"),
        ("T001 x", "names no task"),
        ("x T001: x", "is no task"),
        ("t001: x", "did you mean T001?"),
        ("T0O1: x", "did you mean T001?"),
        ("T1: x", "did you mean T001?"),
        ("Task 1: x", "is no task"),
        ("\u{422}001: x", "is no task"),
        ("T001\u{200b}: x", "is no task"),
        ("TASK-9: x", "is no task"),
        ("feat(T001): x", "is no task"),
        ("improve it\n\nTask: T001", "names no task"),
        ("improve it\n\nT001: x", "names no task"),
        ("Merge branch 'x'", "names no task"),
        ("Revert \"T001: x\"", "is no task"),
        ("T001,T003: x", "one commit, one task: the message names T001 and T003"),
        ("T001-T003: x", "T001, T002 and T003"),
    ] {
        let check = world.refused(message, "task-id", None);
        let finding = &check.findings()[0];
        assert!(finding["message"].as_str().unwrap().contains(words), "{message:?}: {}", finding["message"]);
        assert!(facts(finding).contains("plans/alpha.toml has T001, T002, T003, T004"), "{}", check.text);
        assert!(facts(finding).contains("the changed paths fit T001"), "{}", check.text);
        assert!(help(finding).contains("git rebase -i"), "{}", check.text);
    }
    world.accepted("T001: x");
}

#[test]
fn the_id_stands_at_the_first_byte_spelled_once_as_the_plan_spells_it() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    for message in [" T001: x", "\tT001: x", "T001 : x", "T001,T001: x", "T001-T001: x", "T001, : x"] {
        world.refused(message, "task-id", None);
    }
}

#[test]
fn a_first_line_without_end_is_compared_with_no_id() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    let message = format!("{}T001: x", "x".repeat(20 << 20));
    let file = world.repo.write(".git/long", message);
    let file = file.to_str().unwrap();
    let ran = world.repo.run_in(&world.repo.path, guard_bin(), &["hook", "commit-msg", file]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("error[task-id]"));
}

#[test]
fn the_refused_message_is_not_lost() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    world
        .commit("a long text")
        .says(1, &["error[task-id]", "git commit -e -F .git/COMMIT_EDITMSG", "`T001: …`"]);
    let kept = std::fs::read_to_string(world.repo.path.join(".git/COMMIT_EDITMSG")).unwrap();
    assert_eq!(kept, "a long text\n");
}

#[test]
fn an_empty_message_is_refused_where_git_would_take_it() {
    let world = World::started();
    world.stage(&["src/a.rs"]);
    let ran = world.repo.git(&["commit", "-q", "--allow-empty-message", "-m", ""]);
    ran.says(1, &["error[task-id]", "the message is empty", "fix"]);
    world.bare(&["commit", "-q", "--allow-empty-message", "-m", ""]).ok();
    let head = world.head();
    world.check("HEAD^..HEAD").only("task-id", &head, None);
}

#[test]
fn a_commit_of_nothing_needs_an_id_too() {
    let world = World::started();
    world.repo.git(&["commit", "-q", "--allow-empty", "-m", "x"]).says(1, &["error[task-id]"]);
    world.repo.git(&["commit", "-q", "--allow-empty", "-m", "T004: seen"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn a_conventional_scope_carries_the_id_where_the_policy_says_so() {
    let world = World::started_with("version = 1\n[task]\ncarried_in = [\"scope\"]\n");
    world.stage(&["src/a.rs"]);
    for message in [
        "T001: x",
        "(T001): x",
        "feat(T001) x",
        "feat (T001): x",
        "feat(T001):",
        "feat(core): T001",
        "feat(T009): x",
    ] {
        world.refused(message, "task-id", None);
    }
    world.accepted("feat(T001): x");
    world.stage(&["docs/a"]);
    world.refused("docs(T003): x", "scope", Some("docs/a"));
    world.reset("HEAD");
    world.stage(&["tools/a"]).accepted("fix(T003)!: x");
}

#[test]
fn a_trailer_carries_the_id_where_the_policy_says_so() {
    let world = World::started_with("version = 1\n[task]\ncarried_in = [\"trailer\"]\n");
    world.stage(&["src/a.rs"]);
    for message in [
        "T001: x",
        "x\n\nTask: T009",
        "x\n\nTask: T001\n\nmore prose",
        "Task: T001",
        "x\n\nprose\nTask: T001",
    ] {
        world.refused(message, "task-id", None);
    }
    world.refused("x\n\nTask: T003", "scope", Some("src/a.rs"));
    let check = world.refused("x\n\nTask: T001\nTask: T003", "task-id", None);
    assert!(check.text.contains("the message names T001 and T003"), "{}", check.text);
    world.accepted("x\n\nprose\n\nSigned-off-by: A <a@example.com>\ntask: T001");
}

#[test]
fn any_of_several_carriers_will_do() {
    let world =
        World::started_with("version = 1\n[task]\ncarried_in = [\"subject\", \"scope\", \"trailer\"]\n");
    world.stage(&["src/a.rs"]);
    world.refused("feat(core): x", "task-id", None);
    // A trailer asks for no space behind a colon; that makes no subject of `T001:x`.
    for message in ["T001:x", "feat(T001):x", "T001::", "T001,T003: x\n\nTask: T001", "T001: x\n\nTask: T003"]
    {
        world.refused(message, "task-id", None);
    }
    // A trailer that names no task contradicts the subject that does.
    let check = world.refused("T001: x\n\nTask: nothing", "task-id", None);
    assert!(check.text.contains("`nothing` is no task of"), "{}", check.text);
    world.accepted("feat(core): x\n\nTask: T001");
    world.stage(&["tools/a"]).accepted("feat(T003): x");
    world.stage(&["docs/a"]).accepted("T002: x");
}

#[test]
fn several_tasks_unite_their_scopes_where_the_policy_allows_it() {
    let world = World::started_with("version = 1\n[task]\nseveral = true\n");
    world.stage(&["src/a.rs", "tools/a"]);
    world.refused("T001,T002: x", "scope", Some("tools/a"));
    for message in ["T001,: x", "T001,T009: x", "T003-T001: x", "T001-: x", "T001..T003: x", "T001,T003:x"] {
        world.refused(message, "task-id", None);
    }
    let base = world.head();
    for message in ["T001,T003: x", "T001, T003: x", "T003,T001: x", "T001-T003: x", "T001-T002,T003: x"] {
        world.accepted(message);
        world.repo.git(&["reset", "-q", "--soft", &base]).ok();
    }
    world.stage(&["other/a"]);
    world.commit("T001-T003: x").says(1, &["error[scope]", "other/a"]);
}

#[test]
fn one_of_several_named_tasks_counts_for_what_depends_on_it() {
    let world = World::started_with("version = 1\n[task]\nseveral = true\n");
    world.stage(&["docs/a", "tools/a"]);
    world.refused("T002,T003: x", "depends-on", None);
    world.stage(&["src/a.rs"]).accepted("T001,T002,T003: x");
    world.stage(&["tools/b"]);
    world.refused("T003: again", "atomic", None);
}

#[test]
fn what_git_strips_names_nothing() {
    let mut world = World::started();
    world.stage(&["src/a.rs"]);
    editor(&mut world, "# T001: x\nimprove it\n");
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    editor(&mut world, "improve it\n# ------------------------ >8 ------------------------\nT001: x\n");
    world.repo.git(&["commit", "-q", "-v"]).says(1, &["error[task-id]"]);
    editor(&mut world, "\n\n# a comment\nT001: x\n# more\n");
    world.repo.git(&["commit", "-q"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn the_comment_character_is_the_one_that_git_uses() {
    let mut world = World::started();
    world.stage(&["src/a.rs"]);
    editor(&mut world, "; note\nT001: x\n");
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    world.repo.git(&["config", "core.commentChar", ";"]).ok();
    editor(&mut world, "# note\nT001: x\n");
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    editor(&mut world, "; note\nT001: x\n");
    world.repo.git(&["commit", "-q"]).ok();
    world.check("HEAD^..HEAD").clean(1);
    world.repo.git(&["config", "core.commentChar", "auto"]).ok();
    editor(&mut world, "T003: x\n\n# kept, says the text\n");
    world.stage(&["tools/x"]).repo.git(&["commit", "-q"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn commit_cleanup_decides_what_the_first_line_is() {
    let mut world = World::started();
    world.stage(&["src/a.rs"]);
    let set = |world: &World, mode: &str| world.repo.git(&["config", "commit.cleanup", mode]).ok();
    set(&world, "verbatim");
    editor(&mut world, "# note\nT001: x\n");
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    set(&world, "whitespace");
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    set(&world, "scissors");
    editor(&mut world, "improve it\n# ------------------------ >8 ------------------------\nT001: x\n");
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    set(&world, "strip");
    world.commit("# note\nT001: x").says(0, &[]);
    assert_eq!(world.repo.git(&["log", "-1", "--format=%B"]).ok().trim(), "T001: x");
    world.check("HEAD^..HEAD").clean(1);
}

/// An editor that shows what it was given, and adds a summary to its first line.
fn finishing_editor(world: &mut World) {
    let script = "#!/bin/sh\ncp \"$1\" \"$(dirname \"$0\")/offered\"\nsed -i '1s/$/by hand/' \"$1\"\n";
    let script = world.repo.script(".git/editor", script);
    world.repo.env("GIT_EDITOR", script);
}

fn offered(world: &World) -> String {
    let text = std::fs::read_to_string(world.repo.path.join(".git/offered")).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_editor_opens_with_the_one_ready_task_that_fits() {
    let mut world = World::started();
    finishing_editor(&mut world);
    // T002 fits but is not ready, so nothing is offered and nothing is named.
    world.stage(&["docs/a"]);
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    assert_eq!(offered(&world), "");
    world.reset("HEAD");
    world.stage(&["src/a.rs"]);
    world.repo.git(&["commit", "-q"]).ok();
    assert_eq!(offered(&world), "T001: ");
    assert_eq!(world.repo.git(&["log", "-1", "--format=%s"]).ok(), "T001: by hand");
    world.stage(&["docs/a"]).repo.git(&["commit", "-q"]).ok();
    assert_eq!(offered(&world), "T002: ");
    world.stage(&["src/a.rs"]);
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]"]);
    assert_eq!(offered(&world), "", "T001 is done");
}

#[test]
fn nothing_is_offered_where_somebody_has_written_or_several_tasks_fit() {
    let plan = crate::world::PLAN.replace("\"tools/\"", "\"tools/\", \"src/**\"");
    let mut world = World::new().start(&plan);
    finishing_editor(&mut world);
    world.stage(&["src/a.rs"]);
    world.repo.git(&["commit", "-q"]).says(1, &["error[task-id]", "fit T001 and T003"]);
    assert_eq!(offered(&world), "");
    world.repo.write(".git/template", "T003: from a template, ");
    world.repo.git(&["commit", "-q", "-t", ".git/template"]).ok();
    assert_eq!(offered(&world), "T003: from a template, ");
}

#[test]
fn an_id_of_the_plan_is_known_in_whatever_shape() {
    let plan = crate::world::PLAN.replace("T003", "release-2.1");
    let world = World::new().start(&plan);
    world.stage(&["tools/a"]);
    world.refused("T003: x", "task-id", None);
    world.refused("release-2: x", "task-id", None);
    world.accepted("release-2.1: x");
}

#[test]
fn tasks_that_are_merely_numbered_are_named_as_people_write_them() {
    let world = World::new();
    let plan = "# Alpha\n\n## Task 1: Write the source\n\n**Files:**\n- `src/**`\n\n## Task 2: Write the tools\n\n\
        **Files:**\n- `tools/**`\n\n## Task 3: Write the manual\n\n**Files:**\n- `docs/**`\n";
    world.repo.write("plans/alpha.md", plan);
    world.repo.guard(&["start", "plans/alpha.md"]).ok();
    world.stage(&["src/a"]);
    for message in ["Task 4: x", "T001: x", "Task1 x", "T-1: x"] {
        world.refused(message, "task-id", None);
    }
    world.accepted("Task 1: x");
    world.stage(&["tools/a"]).accepted("T2: x");
    world.stage(&["docs/a"]).accepted("3: x");
    world.stage(&["docs/b"]);
    world.refused("Task 3: x", "atomic", None);
}
