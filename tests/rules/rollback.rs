//! `rollback`: every task follows a rollback commit that locks its plan.

use crate::world::{PLAN, PLAN_PATH, World, facts, help};

/// A plan without a topic of its own: its path says what it is about.
fn nameless() -> String {
    PLAN.replace("topic = \"alpha\"\n", "")
}

/// The plan is staged beside a rollback commit made by hand.
fn staged(path: &str, plan: &str) -> World {
    let world = World::new();
    world.repo.write(path, plan);
    world.repo.git(&["add", "-A"]).ok();
    world
}

#[test]
fn work_without_a_rollback_commit_is_refused() {
    let world = World::new();
    world.stage(&["src/a"]);
    let check = world.refused("T001: x", "rollback", None);
    assert!(facts(&check.findings()[0]).contains("the tree holds no plan document"), "{}", check.text);
    assert!(help(&check.findings()[0]).contains("guard start <plan>"), "{}", check.text);
    world.repo.write(PLAN_PATH, PLAN);
    world.past_hooks("the plan", &[PLAN_PATH]);
    world.stage(&["src/a"]);
    let check = world.refused("T001: x", "rollback", None);
    assert!(help(&check.findings()[0]).contains("guard start plans/alpha.toml"), "{}", check.text);
    world.reset("HEAD");
    let world = world.start(PLAN);
    world.stage(&["src/a"]).accepted("T001: x");
}

#[test]
fn start_takes_a_path_or_a_topic_and_names_the_plan_in_a_trailer() {
    for word in ["plans/alpha.toml", "./plans/../plans/alpha.toml", "alpha", "Alpha"] {
        let world = World::new();
        world.repo.write(PLAN_PATH, PLAN);
        world.repo.guard(&["start", word]).says(0, &["started plans/alpha.toml", "T001", "next"]);
        let message = world.repo.git(&["log", "-1", "--format=%B"]).ok();
        assert_eq!(message.trim(), "rollback: before executing plan alpha\n\nGuard-Plan: plans/alpha.toml");
        world.check("HEAD^..HEAD").clean(1).notes("the branch brought it itself");
    }
}

#[test]
fn a_topic_is_matched_without_regard_to_case_dashes_and_dates() {
    let world = World::new();
    let base = world.head();
    let topics = [
        "Token Auth",
        "TOKEN_AUTH",
        "2026-07-01-token-auth",
        "2025-01-02_14-30-45 token_auth",
        "token  auth",
    ];
    for (number, topic) in topics.iter().enumerate() {
        let path = ["plans/token-auth.toml", "plans/2026-07-01-Token_Auth.toml"][number % 2];
        world.repo.write(path, nameless());
        world.repo.git(&["add", "-A"]).ok();
        world.accepted(&format!("rollback: before executing plan {topic}"));
        world.check("HEAD^..HEAD").notes(&format!("{path} locked at"));
        world.reset(&base);
    }
}

#[test]
fn a_topic_that_no_plan_is_about_is_refused_and_the_plans_are_listed() {
    let world = staged("plans/token-auth.toml", &nameless());
    for topic in ["tokenauth", "token", "token-auth-2", "\u{442}oken auth", "plans"] {
        let check = world.refused(&format!("rollback: before executing plan {topic}"), "rollback", None);
        let finding = &check.findings()[0];
        assert!(
            finding["message"].as_str().unwrap().contains("no plan in its tree is about"),
            "{}",
            check.text
        );
        assert!(facts(finding).contains("plans/token-auth.toml"), "{}", check.text);
    }
    let world = World::new();
    let ran = world.repo.git(&["commit", "-q", "--allow-empty", "-m", "rollback: before executing plan x"]);
    ran.says(1, &["error[rollback]", "no plan document at all", "guard start <plan>"]);
}

#[test]
fn a_topic_that_several_plans_are_about_is_refused_until_a_trailer_names_one() {
    let world = staged("plans/token-auth.toml", &nameless());
    world.repo.write("plans/2026-07-01-token_auth.toml", nameless());
    world.repo.git(&["add", "-A"]).ok();
    let subject = "rollback: before executing plan token auth";
    let check = world.refused(subject, "rollback", None);
    let facts = facts(&check.findings()[0]);
    assert!(
        facts.contains("plans/token-auth.toml") && facts.contains("plans/2026-07-01-token_auth.toml"),
        "{facts}"
    );
    assert!(check.text.contains("2 plans are about"), "{}", check.text);
    world.accepted(&format!("{subject}\n\nGuard-Plan: plans/token-auth.toml"));
}

#[test]
fn a_trailer_must_name_a_plan_that_is_there_and_about_the_topic() {
    let world = staged("plans/alpha.toml", PLAN);
    world.repo.write("other/alpha.toml", PLAN);
    world.repo.write("plans/beta.toml", PLAN.replace("alpha", "beta"));
    world.repo.git(&["add", "plans"]).ok();
    for (path, words) in [
        ("plans/beta.toml", "is about"),
        ("plans/gone.toml", "not in its tree"),
        ("other/alpha.toml", "lies outside plan.paths"),
        ("../plans/alpha.toml", "lies outside plan.paths"),
        ("/etc/passwd", "lies outside plan.paths"),
    ] {
        let check = world.refused(
            &format!("rollback: before executing plan alpha\n\nGuard-Plan: {path}"),
            "rollback",
            None,
        );
        let message = check.findings()[0]["message"].as_str().unwrap();
        assert!(message.contains(words) && message.contains(path), "{message}");
    }
    world.accepted("rollback: before executing plan alpha\n\nGuard-Plan: plans/alpha.toml");
}

#[test]
fn a_plan_that_cannot_be_executed_locks_nothing() {
    for (plan, words) in [
        (PLAN.replace("scope = [\"docs/**\"]\n", ""), "plans/alpha.toml:"),
        (PLAN.replace("T002", "T001"), "plans/alpha.toml:"),
        ("version = 1\ntopic = \"alpha\"\n".to_owned(), "plans/alpha.toml"),
        ("version = \n".to_owned(), "plans/alpha.toml:1:"),
    ] {
        let world = staged(PLAN_PATH, &plan);
        let check = world.refused(
            "rollback: before executing plan alpha\n\nGuard-Plan: plans/alpha.toml",
            "rollback",
            None,
        );
        assert!(check.text.contains(words), "{}", check.text);
    }
}

#[test]
fn what_follows_an_invalid_rollback_commit_is_refused_until_a_valid_one_is_made() {
    let world = World::new();
    let bad = world.past_hooks("rollback: before executing plan nothing", &[]);
    world.stage(&["src/a"]);
    let check = world.refused("T001: x", "rollback", None);
    assert!(
        check.text.contains(&format!("the rollback commit {} is not valid", &bad[..7])),
        "{}",
        check.text
    );
    world.reset("HEAD");
    let world = world.start(PLAN);
    world.stage(&["src/a"]).accepted("T001: x");
}

#[test]
fn a_rollback_commit_carries_only_records() {
    let world = staged(PLAN_PATH, PLAN);
    world.stage(&["src/a", "designs/research.md"]);
    // Before the message is known this can only be work without a rollback commit.
    world.commit("rollback: before executing plan alpha").says(1, &["error[rollback]", "\n  fix"]);
    let check = world.found_later("rollback: before executing plan alpha", "rollback", Some("src/a"));
    assert!(check.text.contains("it carries src/a, and may carry only records"), "{}", check.text);
    assert!(facts(&check.findings()[0]).contains("rollback.carries = \"anything\""), "{}", check.text);
    world.repo.git(&["restore", "--staged", "src/a"]).ok();
    world.accepted("rollback: before executing plan alpha");
}

#[test]
fn a_rollback_commit_carries_anything_where_the_policy_before_it_says_so() {
    let world = World::with_policy("version = 1\n[rollback]\ncarries = \"anything\"\n");
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.git(&["add", "-A"]).ok();
    world.stage(&["src/a", "other/x"]).accepted("rollback: before executing plan alpha");
    world.stage(&["other/y"]);
    world.refused("T001: x", "scope", Some("other/y"));
    // The policy that it brings itself decides nothing.
    let world = World::with_policy("version = 1\n");
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.write("guard.toml", "version = 1\n[rollback]\ncarries = \"anything\"\n");
    world.repo.git(&["add", "-A"]).ok();
    world.stage(&["src/a"]);
    world.commit("rollback: before executing plan alpha").says(1, &["error[rollback]", "\n  fix"]);
    let made = world.past_hooks("rollback: before executing plan alpha", &[]);
    let check = world.check("HEAD^..HEAD");
    assert_eq!(check.findings()[0]["rule"], "rollback", "{}", check.text);
    assert_eq!(check.findings()[0]["commit"], made.as_str());
}

#[test]
fn start_refuses_a_dirty_tree_and_takes_a_snapshot_where_it_may() {
    let world = World::new();
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.write("README.md", "changed\n");
    let before = world.head();
    world
        .repo
        .guard(&["start", "alpha"])
        .says(2, &["not clean", "README.md", "git commit", "git stash", "carries"]);
    world.repo.guard(&["start", "alpha", "--snapshot"]).says(2, &["only records", "rollback.carries"]);
    assert_eq!((world.head(), world.repo.git(&["diff", "--cached"]).ok().as_str()), (before, ""));
    let world = World::with_policy("version = 1\n[rollback]\ncarries = \"anything\"\n");
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.write("README.md", "changed\n");
    world.repo.guard(&["start", "alpha"]).says(2, &["not clean", "--snapshot"]);
    world.repo.guard(&["start", "alpha", "--snapshot"]).says(0, &["started"]);
    world.check("HEAD^..HEAD").clean(1);
}

#[test]
fn the_rollback_commit_must_be_near() {
    let world = World::started_with("version = 1\n[rollback]\nmax_distance = 3\n");
    world.done("T001: x", "src/a");
    world.done("T003: x", "tools/a");
    world.stage(&["docs/a"]).accepted("T002: the last that is near enough");
    world.stage(&["tools/b"]);
    let check = world.refused("T003: too far", "rollback", None);
    assert!(check.text.contains("no rollback commit within 3 first-parent commits"), "{}", check.text);
    // What a walk over the whole range remembers makes no difference.
    let far = world.past_hooks("T003: too far", &[]);
    let check = world.check("HEAD~4..HEAD");
    assert_eq!((check.code, check.rules()), (1, vec!["rollback".to_owned()]), "{}", check.text);
    assert_eq!(check.findings()[0]["commit"], far.as_str());
    world.reset("HEAD^");
    world.repo.guard(&["start", "--again", "alpha"]).ok();
    world.done("T003: near again", "tools/b");
}

#[test]
fn each_task_starts_on_a_rollback_commit_of_its_own_where_the_policy_says_so() {
    let world = World::started_with("version = 1\n[rollback]\nper = \"task\"\n");
    let base = world.repo.git(&["rev-parse", "HEAD^"]).ok();
    world.done("T001: x", "src/a");
    world.stage(&["tools/a"]);
    let check = world.refused("T003: x", "rollback", None);
    assert!(help(&check.findings()[0]).contains("guard start plans/alpha.toml"), "{}", check.text);
    world.reset("HEAD");
    world.repo.guard(&["start", "alpha"]).ok();
    world.done("T003: x", "tools/a");
    world.repo.guard(&["start", "alpha"]).ok();
    world.done("T002: x", "docs/a");
    world.check(&format!("{base}..HEAD")).clean(6);
}

#[test]
fn the_wording_of_the_rollback_commit_is_the_policys() {
    let world = World::with_policy("version = 1\n[rollback]\nsubject = \"safe point (<topic>)\"\n");
    world.repo.write(PLAN_PATH, PLAN);
    world.repo.guard(&["start", "alpha"]).ok();
    assert_eq!(world.repo.git(&["log", "-1", "--format=%s"]).ok(), "safe point (alpha)");
    world.done("T001: x", "src/a");
    world
        .repo
        .git(&["commit", "-q", "--allow-empty", "-m", "rollback: before executing plan alpha"])
        .says(1, &["error[task-id]"]);
}

#[test]
fn a_plan_must_be_on_the_merge_base_where_trust_is_base() {
    let world = World::with_policy("version = 1\n[plan]\ntrust = \"base\"\n");
    let base = world.head();
    let world = world.start(PLAN);
    world.done("T001: x", "src/a");
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!((check.code, check.rules()), (1, vec!["rollback".to_owned(); 2]), "{}", check.text);
    let finding = &check.findings()[1];
    assert_eq!(finding["path"], PLAN_PATH);
    assert!(help(finding).contains(&format!("git diff {}:{PLAN_PATH}", &base[..7])), "{}", check.text);
    check.notes("it differs from the merge base");
    // Approved by merging it first.
    let world = World::with_policy("version = 1\n[plan]\ntrust = \"base\"\n");
    world.repo.write(PLAN_PATH, PLAN);
    let base = world.past_hooks("the plan", &[PLAN_PATH]);
    let world = world.start(PLAN);
    world.done("T001: x", "src/a");
    world.check(&format!("{base}..HEAD")).clean(2).notes("the same as on the merge base");
}

#[test]
fn a_plan_is_not_started_twice_unless_asked() {
    let world = World::started();
    world.repo.guard(&["start", "alpha"]).says(2, &["running already", "guard status", "--again"]);
    world.repo.guard(&["start", "--again", "alpha"]).says(0, &["started"]);
}
