//! Paths that are one file on Windows or macOS, and two to git.

use crate::world::{World, facts, help};

/// `é` as one character, and as a letter and an accent.
const NFC: &str = "caf\u{e9}";
const NFD: &str = "cafe\u{301}";

/// No task here has tests.
fn quiet() -> World {
    World::with_policy("version = 1\n[rules]\nregression = \"off\"\n")
}

fn plan(scope: &str) -> String {
    format!("version = 1\ntopic = \"alpha\"\n[[task]]\nid = \"T001\"\nsummary = \"All\"\nscope = [{scope}]\n")
}

fn started(policy: &str, files: &[(&str, &str)], plan: &str) -> World {
    let world = World::with_policy(policy);
    for (path, text) in files {
        world.repo.write(path, text);
    }
    world.past_hooks("files", &["."]);
    world.start(plan)
}

/// The path is refused for a task whose scope is everything, and its deletion is not.
#[track_caller]
fn only_goes(world: &World, path: &str, rule: &str, words: &[&str]) {
    let before = world.head();
    stays_out(world, path, rule, words);
    world.past_hooks("T001: it got in", &[]);
    world.repo.git(&["rm", "-q", "--", path]).ok();
    world.accepted("T001: away with it");
    world.reset(&before);
}

/// The path is refused, and stays staged.
#[track_caller]
fn stays_out(world: &World, path: &str, rule: &str, words: &[&str]) {
    world.stage(&[path]);
    let ran = world.commit("T001: a second spelling").says(1, &[&format!("error[{rule}]")]);
    assert!(ran.err.contains(words[0]), "{}", ran.err);
    let check = world.found_later("T001: a second spelling", rule, Some(path));
    for word in words {
        assert!(check.text.contains(word), "{word:?} is not in:\n{}", check.text);
    }
}

#[test]
fn a_frozen_text_is_not_changed_under_another_spelling() {
    let files =
        [("specs/API.md", "api\n"), ("designs/lease.md", "EXEC-READY\n"), ("docs/caf\u{e9}.md", "x\n")];
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nfrozen = [\"specs/**\", \"docs/caf\u{e9}.md\"]\n";
    let world = started(policy, &files, &plan("\"**\""));
    only_goes(&world, "specs\\API.md", "frozen", &["specs/**"]);
    for path in ["Specs/API.md", "SPECS/api.md", "specs./API.md", "s\u{200c}pecs/API.md"] {
        only_goes(&world, path, "frozen", &["specs/**"]);
    }
    let composed = format!("docs/{NFD}.md");
    only_goes(&world, &composed, "frozen", &["the same letters, composed differently"]);
    // Frozen by the marker in it.
    for path in ["designs/Lease.md", "Designs/lease.md", "designs/lease.md::$DATA"] {
        only_goes(&world, path, "frozen", &["designs/lease.md"]);
    }
    world.stage(&["designs/leases.md", "specsheet/API.md"]).accepted("T001: neighbours");
}

#[test]
fn a_link_does_not_take_the_place_of_a_frozen_folder() {
    let files = [("specs/API.md", "api\n"), ("designs/lease.md", "EXEC-READY\n")];
    let world = started(
        "version = 1\n[rules]\nregression = \"off\"\n[scope]\nfrozen = [\"specs/**\"]\n",
        &files,
        &plan("\"**\""),
    );
    for link in ["Specs", "DESIGNS"] {
        let before = world.head();
        std::os::unix::fs::symlink("src", world.repo.path.join(link)).unwrap();
        world.repo.git(&["add", link]).ok();
        world.refused("T001: a link", "frozen", Some(link));
        world.reset(&before);
    }
}

#[test]
fn what_a_plan_refers_to_is_not_changed_under_another_spelling() {
    let md = "# Lease\n\nSpec: specs/lease.md\n\n### T001: Write it\n\n**Files:**\n- Modify: `Specs/Lease.md`\n- Modify: `src/a.rs`\n";
    let world = quiet();
    world.repo.write("specs/lease.md", "spec\n");
    world.repo.write("plans/lease.md", md);
    world.past_hooks("files", &["specs"]);
    world.repo.guard(&["start", "plans/lease.md"]).ok();
    world.stage(&["Specs/Lease.md"]);
    world.refused("T001: another", "frozen", Some("Specs/Lease.md"));
    world.reset("HEAD");
    world.stage(&["src/a.rs"]).accepted("T001: write it");
}

#[test]
fn a_protected_path_is_not_changed_under_another_spelling() {
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nprotected = [\"ci/build.sh\", \"deploy/*.yml\", \"!Deploy/**\"]\n";
    let files = [("ci/build.sh", "x\n"), ("deploy/a.yml", "x\n"), ("husky", "x\n")];
    let world = started(policy, &files, &plan("\"**\""));
    for path in ["CI/build.sh", "ci/BUILD.SH", "ci/build.sh "] {
        only_goes(&world, path, "protected", &["ci/build.sh"]);
    }
    only_goes(&world, "deploy/A.YML", "protected", &["deploy/*.yml"]);
    // The policy says that these are two folders.
    let before = world.head();
    world.stage(&["Deploy/a.yml"]).accepted("T001: another folder");
    world.reset(&before);
    for path in
        ["GUARD.TOML", "Guard.toml", "GUARD~1.TOM", ".Config/guard.toml", "guard.toml.", ".Husky/pre-push"]
    {
        stays_out(&world, path, "protected", &["is protected"]);
        world.reset("HEAD");
    }
    stays_out(&world, ".GitHub/workflows/guard.yml", "protected", &["differs only in case"]);
    world.reset("HEAD");
    stays_out(&world, ".git\u{200d}hooks/commit-msg", "protected", &["take it for .githooks", "not seen"]);
    world.reset("HEAD");
    stays_out(&world, ".Husky/pre-push", "protected", &["take it for .husky: it differs only in case"]);
}

#[test]
fn what_a_wildcard_matches_has_a_twin_only_where_it_is_there() {
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nprotected = [\"**/README.md\", \"**/*.C\", \"lib/**\"]\nfrozen = [\"specs/[A-Z]*.md\", \"api/*.Proto\"]\n";
    let files = [
        ("sub/readme.md", "x\n"),
        ("src/main.c", "x\n"),
        ("src/OTHER.C", "x\n"),
        ("Lib/a", "x\n"),
        ("api/A.Proto", "x\n"),
        ("specs/A.md", "x\n"),
    ];
    let world = started(policy, &files, &plan("\"**\""));
    only_goes(&world, "src/other.c", "protected", &["src/OTHER.C", "**/*.C", "differs only in case"]);
    only_goes(&world, "Src/OTHER.c", "protected", &["src/OTHER.C"]);
    only_goes(&world, "readme.md", "protected", &["README.md"]);
    only_goes(&world, "API/a.proto", "frozen", &["api/A.Proto", "api/*.Proto"]);
    only_goes(&world, "api/A~1.PRO", "frozen", &["api/A.Proto", "short name"]);
    only_goes(&world, "src/other.c/x", "protected", &["src/OTHER.C"]);
    // In patterns `[` is a letter like others.
    let before = world.head();
    world.stage(&["specs/A.md", "specs/a.md"]).accepted("T001: no classes");
    world.reset(&before);
    world.stage(&["sub/readme.md", "src/main.c", "Lib/a"]).accepted("T001: files that are there");
    world.reset(&before);
    world.stage(&["new/readme.md", "src/new.c", "Lib/b", "api/b.proto"]).accepted("T001: files that are new");
}

#[test]
fn a_folder_that_is_there_has_no_other_spelling() {
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nprotected = [\"lib/**\"]\n";
    let world = started(policy, &[("lib/a", "x\n")], &plan("\"**\""));
    only_goes(&world, "Lib/b", "protected", &["into lib", "lib/**", "differs only in case"]);
}

#[test]
fn a_second_spelling_from_before_may_be_worked_on() {
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nprotected = [\"ci/build.sh\"]\nfrozen = [\"specs/**\"]\n";
    let twins = ["CI/build.sh", "Specs/a.md", "designs/A.md", "plans/Alpha.toml"];
    let others = [("ci/build.sh", "x\n"), ("specs/a.md", "x\n"), ("designs/a.md", "EXEC-READY\n")];
    let files: Vec<(&str, &str)> = twins.into_iter().map(|path| (path, "x\n")).chain(others).collect();
    let scope = twins.map(|path| format!("\"{path}\"")).join(", ");
    let world = started(policy, &files, &plan(&scope));
    world.stage(&["plans/ALPHA.toml"]);
    world.refused("a record", "plan-locked", Some("plans/ALPHA.toml"));
    world.reset("HEAD");
    world.stage(&twins).accepted("T001: they were there");
}

#[test]
fn letters_are_mapped_one_to_one() {
    let policy = "version = 1\n[rules]\nregression = \"off\"\n[scope]\nfrozen = [\"docs/stra\u{df}e.md\", \"docs/kapi.md\"]\n";
    let world = started(policy, &[], &plan("\"**\""));
    only_goes(&world, "docs/STRA\u{1e9e}E.md", "frozen", &["differs only in case"]);
    only_goes(&world, "docs/\u{212a}API.md", "frozen", &["docs/kapi.md"]);
    world.stage(&["docs/strasse.md", "docs/kap\u{131}.md"]).accepted("T001: other words");
}

#[test]
fn a_marked_file_is_seen_under_its_short_name_and_below_a_folder_in_its_place() {
    let files = [("specs/SPEC.md", "EXEC-READY\n"), ("specs/lease-plan.md", "EXEC-READY\n")];
    let world = started("version = 1\n[rules]\nregression = \"off\"\n", &files, &plan("\"**\""));
    only_goes(&world, "specs/LEASE-~1.MD", "frozen", &["specs/lease-plan.md", "short name"]);
    only_goes(&world, "specs/spec.md/x", "frozen", &["specs/SPEC.md", "differs only in case"]);
    world.stage(&["specs/lease~1.txt", "specs/spec/x"]).accepted("T001: neighbours");
}

#[test]
fn no_ticket_and_no_overlay_is_added_under_another_spelling() {
    let world = quiet();
    world
        .repo
        .write("plans/x/PLAN.md", "# Lease\n\n### T001: Write it\n\n**Files:**\n- Modify: `src/a.rs`\n");
    world.repo.guard(&["start", "plans/x/PLAN.md"]).ok();
    for (path, words) in [
        ("plans/x/tickets/T003.md", "adds a ticket"),
        ("plans/x/Tickets/T002.md", "differs only in case"),
        ("plans/X/tickets/T002.md", "adds a ticket"),
        ("plans/x/tickets/T002.MD.", "adds a ticket"),
        ("plans/x/plan.OVERLAY.toml", "adds the overlay"),
        ("plans/x/PLANOV~1.TOM", "adds the overlay"),
    ] {
        world.stage(&[path]);
        let check = world.refused(&format!("a record, {path}"), "plan-locked", Some(path));
        assert!(check.text.contains(words), "{path}: {}", check.text);
        world.reset("HEAD");
    }
    world.stage(&["plans/x/Tickets/notes.txt", "plans/y/Tickets/T002.md"]).accepted("other records");
}

#[test]
fn no_policy_commit_brings_a_second_policy() {
    let world = World::with_policy("version = 1\n");
    world.repo.write("GUARD.TOML", "version = 1\n[rules]\nscope = \"off\"\n");
    world.repo.git(&["add", "GUARD.TOML"]).ok();
    world.commit("guard: policy").says(1, &["error[protected]", "GUARD.TOML", "delete it"]);
    world.past_hooks("guard: policy", &[]);
    let check = world.check("HEAD^..HEAD");
    assert_eq!((check.code, check.rules()), (1, vec!["protected".to_owned(), "policy-edit".to_owned()]));
    // The way out: the other spelling goes, and the policy itself may change.
    world.repo.git(&["rm", "-q", "GUARD.TOML"]).ok();
    world.repo.git(&["commit", "-q", "-m", "guard: one policy"]).ok();
    world.repo.write("guard.toml", "version = 1\n[rules]\nregression = \"off\"\n");
    world.repo.git(&["add", "guard.toml"]).ok();
    world.repo.git(&["commit", "-q", "-m", "guard: policy"]).ok();
}

#[test]
fn no_record_brings_a_second_plan() {
    let world = World::started();
    for path in ["plans/Alpha.toml", "Plans/alpha.toml", "plans/alpha.toml."] {
        let before = world.head();
        world.stage(&[path]);
        let ran =
            world.commit("a record").says(1, &["error[plan-locked]", "no other file than the running plan"]);
        assert!(ran.err.contains("plans/alpha.toml"), "{}", ran.err);
        assert_eq!(world.head(), before);
        world.reset(&before);
    }
    world.stage(&["plans/beta.toml"]).accepted("another plan, which is a record");
}

#[test]
fn a_scope_in_another_case_is_refused_and_says_so() {
    let world = quiet().start(&plan("\"src/Lexer.rs\", \"docs/**\""));
    world.repo.git(&["config", "core.ignorecase", "true"]).ok();
    world.stage(&["src/lexer.rs"]);
    let check = world.refused("T001: read numbers", "scope", Some("src/lexer.rs"));
    let finding = &check.findings()[0];
    assert!(
        facts(finding).contains("spelling: it differs only in case: src/Lexer.rs\n"),
        "{}",
        facts(finding)
    );
    assert!(help(finding).contains("git mv src/lexer.rs src/Lexer.rs\n"), "{}", help(finding));
    // What it proposes works, also where git thinks that case does not count.
    world.repo.git(&["mv", "src/lexer.rs", "src/Lexer.rs"]).ok();
    let before = world.head();
    world.accepted("T001: read numbers");
    world.reset(&before);
    world.stage(&["Docs/a.md"]);
    let check = world.refused("T001: write it", "scope", Some("Docs/a.md"));
    assert!(facts(&check.findings()[0]).contains("matches docs/** in another spelling"), "{}", check.text);
    world.reset("HEAD");
    world.stage(&["other.rs"]);
    let check = world.refused("T001: write it", "scope", Some("other.rs"));
    assert!(!facts(&check.findings()[0]).contains("spelling"), "{}", check.text);
}

#[test]
fn a_scope_in_another_composition_is_refused_and_says_so() {
    for (planned, staged) in [(NFC, NFD), (NFD, NFC)] {
        let world = quiet().start(&plan(&format!("\"src/{planned}.rs\"")));
        let (planned, staged) = (format!("src/{planned}.rs"), format!("src/{staged}.rs"));
        world.stage(&[&staged]);
        let check = world.refused("T001: write it", "scope", Some(&staged));
        let facts = facts(&check.findings()[0]);
        assert!(
            facts.contains("has the same letters, composed differently (Unicode NFC and NFD)"),
            "{facts}"
        );
        world.repo.git(&["mv", &staged, &planned]).ok();
        world.accepted("T001: write it");
    }
}

#[test]
fn before_the_message_is_known_the_spelling_is_said_too() {
    let world = quiet().start(&plan("\"src/Lexer.rs\""));
    world.stage(&["src/lexer.rs"]);
    let ran = world.repo.git(&["commit", "-q"]);
    ran.says(
        1,
        &["no task may change src/lexer.rs", "differs only in case", "git mv src/lexer.rs src/Lexer.rs"],
    );
}

#[test]
fn precomposed_names_are_as_git_has_them() {
    // macOS: git composes what the file system took apart. This git may not know the setting, and must not mind it.
    let world = quiet().start(&plan(&format!("\"src/{NFC}.rs\"")));
    world.repo.git(&["config", "core.precomposeunicode", "true"]).ok();
    world.repo.git(&["config", "core.ignorecase", "true"]).ok();
    world.repo.git(&["config", "core.protectHFS", "true"]).ok();
    world.repo.git(&["config", "core.protectNTFS", "true"]).ok();
    let path = format!("src/{NFC}.rs");
    world.stage(&[&path]).accepted("T001: write it");
    world.repo.guard(&["status"]).says(0, &["[x] T001"]);
}
