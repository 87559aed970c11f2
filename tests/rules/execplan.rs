//! ExecPlans: readiness before the start, living sections that only grow, and references that stay as they are.

use std::os::unix::fs::symlink;

use crate::world::{Check, World, facts, help};

const PATH: &str = "plans/lease-execplan.md";
const EXECPLAN: &str = "# Lease\n\nEXECPLAN-READY\n\nSpec: specs/lease.md\n- **Design:** [the lease](../designs/lease.md) - read it first\n\n\
    ## Progress\n\n- [ ] T001: Write the source\n- [ ] T002 Write the manual\n- [ ] Look around\n\n\
    ## Surprises & Discoveries\n\n- Observation: none so far.\n\n## Decision Log\n\n- Decision: leases.\n  Rationale: simple.\n\n\
    ## Outcomes & Retrospective\n\nNothing yet.\n\n## Plan of Work\n\nFirst the source.\n\n### T001: Write the source\n\n**Files:**\n- `src/**`\n- `specs/**`\n";
const POLICY: &str = "version = 1\n[overlay.\"plans/lease-execplan.md\"]\nT002 = [\"docs/**\"]\n";

/// The documents that the plan refers to are there, and the policy with the scope of T002.
fn prepared() -> World {
    let world = World::with_policy(POLICY);
    world.repo.write("specs/lease.md", "A lease ends.\n");
    world.repo.write("designs/lease.md", "With a clock.\n");
    world.past_hooks("documents", &["specs", "designs"]);
    world
}

fn running() -> World {
    let world = prepared();
    world.repo.write(PATH, EXECPLAN);
    world.repo.guard(&["start", PATH]).says(0, &["(execplan)", "T002  Write the manual", "docs/**"]);
    world
}

fn write(world: &World, text: &str) {
    world.repo.write(PATH, text);
    world.repo.git(&["add", "--", PATH]).ok();
}

/// `guard start` and `guard plan lint` refuse the plan for the same reason, at the same place, with a way out; nothing is
/// staged.
#[track_caller]
fn not_started(world: &World, text: &str, place: &str, words: &[&str]) {
    let before = world.head();
    world.repo.write(PATH, text);
    let place = format!("{PATH}{place}\n");
    let all = [words, &[place.as_str(), "\n  fix"]].concat();
    world.repo.guard(&["start", PATH]).says(2, &all);
    assert_eq!((world.head(), world.repo.git(&["diff", "--cached", "--raw"]).ok()), (before, String::new()));
    world.repo.guard(&["plan", "lint", PATH]).says(1, &all);
}

#[track_caller]
fn shrinks(world: &World, text: &str, section: &str, line: usize) -> Check {
    write(world, text);
    let check = world.refused("a record", "plan-locked", Some(PATH));
    let finding = &check.findings()[0];
    assert!(facts(finding).contains(&format!("line: {PATH}:{line}\n")), "{}", check.text);
    assert!(finding["message"].as_str().unwrap().contains(&format!("section {section},")), "{}", check.text);
    assert!(help(finding).contains("git diff "), "{}", check.text);
    check
}

#[test]
fn an_execplan_that_is_not_ready_is_not_started() {
    let world = prepared();
    not_started(
        &world,
        &EXECPLAN.replace("EXECPLAN-READY\n", ""),
        "",
        &["does not say that it is ready", "EXECPLAN-READY"],
    );
    not_started(
        &world,
        &EXECPLAN.replace("EXECPLAN-READY", "Not EXECPLAN-READY."),
        ":3",
        &["a line of its own"],
    );
    for name in ["Progress", "Surprises & Discoveries", "Decision Log", "Outcomes & Retrospective"] {
        let text = EXECPLAN.replace(&format!("## {name}\n"), "## Other\n");
        not_started(&world, &text, ":3", &[&format!("the section {name} is missing"), &format!("## {name}")]);
    }
    let words = ["T002 does not declare its scope", "[overlay.\"plans/lease-execplan.md\"]"];
    world.repo.write("guard.toml", "version = 1\n");
    world.past_hooks("guard: policy", &["guard.toml"]);
    not_started(&world, EXECPLAN, ":11", &words);
    // Made by hand, the rollback commit locks nothing.
    world.repo.git(&["add", PATH]).ok();
    world.refused("rollback: before executing plan lease", "rollback", None);
}

#[test]
fn a_reference_that_leads_nowhere_is_not_started() {
    let world = prepared();
    let spec = |value: &str| EXECPLAN.replace("Spec: specs/lease.md", &format!("Spec: {value}"));
    world.repo.write("specs/new.md", "not committed\n");
    symlink("lease.md", world.repo.path.join("specs/link.md")).unwrap();
    world.past_hooks("a link", &["specs/link.md"]);
    let first = world.repo.git(&["rev-list", "--max-parents=0", "HEAD"]).ok();
    for (value, words) in [
        ("specs/gone.md", "there is no file specs/gone.md"),
        ("specs/new.md", "git add specs/new.md"),
        ("`../specs/lease.md`, [it](gone.md)", "there is no file gone.md"),
        ("./specs/lease.md", "there is no file plans/specs/lease.md"),
        ("`specs`", "there is no file specs"),
        ("specs/link.md", "a link"),
        ("`../../lease.md`", "no path of a file"),
        ("specs/lease.md@4f2c1a9", "neither a whole commit ID nor a SHA-256"),
        (&format!("specs/lease.md@{first}"), "as it is in commit"),
        (&format!("specs/lease.md@sha256:{}", "0".repeat(64)), "SHA-256 000000000000"),
    ] {
        not_started(&world, &spec(value), ":5", &[words]);
    }
    not_started(
        &world,
        &EXECPLAN.replace("Spec: specs/lease.md", "test_spec_source: later"),
        ":5",
        &["test specification"],
    );
    // Made by hand, the rollback commit locks nothing.
    world.repo.write(PATH, spec("specs/gone.md"));
    world.repo.git(&["add", PATH]).ok();
    let check = world.refused("rollback: before executing plan lease", "rollback", None);
    assert!(
        check.text.contains(&format!("{PATH}:5: Spec: there is no file specs/gone.md")),
        "{}",
        check.text
    );
    world.reset("HEAD");
    let head = world.head();
    let digest = "420ef89ec4d85804327768d07ce21ad846431401b16a9f3e8fb0315e06c27dc0";
    for pin in [head.as_str(), digest, &format!("sha256:{digest}")] {
        world.repo.write(PATH, spec(&format!("specs/lease.md@{pin}")));
        world.repo.guard(&["plan", "lint", PATH]).says(0, &["can be executed"]);
    }
    world.repo.guard(&["start", PATH]).ok();
}

#[test]
fn a_document_that_the_running_plan_refers_to_does_not_change() {
    let world = running();
    for (path, message, line, kind) in [
        ("specs/lease.md", "T001: x", 5, "spec"),
        ("designs/lease.md", "a record", 6, "design"),
        ("designs/lease.md", "T001: x", 6, "design"),
    ] {
        world.repo.write(path, "otherwise\n");
        world.repo.git(&["add", path]).ok();
        let check = world.refused(message, "frozen", Some(path));
        let fact = format!("{PATH}:{line} refers to it as its {kind}, and the plan is running");
        assert!(facts(&check.findings()[0]).contains(&fact), "{}", check.text);
        world.repo.git(&["rm", "-qf", path]).ok();
        world.refused(message, "frozen", Some(path));
        world.reset("HEAD");
    }
    world.stage(&["specs/other.md"]).accepted("T001: x");
}

#[test]
fn what_a_plan_refers_to_is_free_before_and_after_it_runs() {
    let world = prepared();
    world.repo.write("designs/lease.md", "With two clocks.\n");
    world.repo.git(&["add", "designs"]).ok();
    world.repo.write(PATH, EXECPLAN);
    world.repo.guard(&["start", PATH]).ok();
    world.stage(&["src/a"]).accepted("T001: x");
    world.stage(&["docs/a"]).accepted("T002: x");
    world.repo.write("designs/lease.md", "What we learned.\n");
    world.repo.git(&["add", "designs"]).ok();
    world.accepted("a record");
}

#[test]
fn other_formats_hold_what_their_head_refers_to() {
    let world = prepared();
    let plan = "# Lease\n\n**Spec:** `specs/lease.md` - read this first\n\n## T001: Write it\n\n**Files:** `specs/**`, `src/**`\n\n\
        Design: designs/gone.md\n\n## Progress\n\nNothing yet.\n";
    world.repo.write("plans/lease.md", plan);
    world.repo.guard(&["start", "plans/lease.md"]).says(0, &["(markdown-sections)"]);
    world.repo.guard(&["plan", "show", "plans/lease.md"]).says(0, &["holds   specs/lease.md (Spec, line 3)"]);
    world.repo.write("specs/lease.md", "otherwise\n");
    world.repo.git(&["add", "specs"]).ok();
    world.refused("T001: x", "frozen", Some("specs/lease.md"));
    world.reset("HEAD");
    // There, living sections are free.
    world.repo.write("plans/lease.md", plan.replace("Nothing yet.", "All is well."));
    world.repo.git(&["add", "plans"]).ok();
    world.accepted("a record");
}

#[test]
fn a_living_section_does_not_shrink() {
    let world = running();
    for (from, to, section, line) in [
        ("- [ ] T001: Write the source\n", "", "Progress", 10),
        ("T002 Write the manual", "T002 Write some of the manual", "Progress", 11),
        ("- Observation: none so far.", "- Observation: many.", "Surprises & Discoveries", 16),
        ("  Rationale: simple.\n", "", "Decision Log", 20),
        (
            "- Decision: leases.\n  Rationale: simple.\n",
            "<!--\n- Decision: leases.\n  Rationale: simple.\n-->\n",
            "Decision Log",
            20,
        ),
        ("Nothing yet.", "All is well.", "Outcomes & Retrospective", 25),
    ] {
        shrinks(&world, &EXECPLAN.replace(from, to), section, line);
        world.stage(&["src/a"]);
        world.refused("T001: x", "plan-locked", Some(PATH));
        world.reset("HEAD");
    }
    // All else is locked as in every plan, the headings of living sections too.
    for (from, to) in [
        ("## Decision Log\n", ""),
        ("## Progress", "## Status"),
        ("First the source.", "First the manual."),
        ("EXECPLAN-READY\n", ""),
    ] {
        write(&world, &EXECPLAN.replace(from, to));
        world.refused("a record", "plan-locked", Some(PATH));
        world.reset("HEAD");
    }
}

#[test]
fn history_grows_commit_by_commit() {
    let world = running();
    let first = EXECPLAN
        .replace("[ ] T001: Write the source", "[x] (2026-01-02 10:00Z) T001: Write the source")
        .replace("- [ ] Look around\n", "- [ ] Look around (the half of it)\n- [ ] T001b: Write the rest\n");
    write(&world, &first);
    world.stage(&["src/a"]).accepted("T001: x");
    let second = first
        .replace("so far.\n", "so far.\n- Observation: clocks jump.\n  Evidence: ntp.\n")
        .replace("yet.\n", "yet.\n\nHalf done.\n");
    write(&world, &second);
    world.accepted("a record");
    // Neither what was locked nor what came later may go, though the lock knows nothing of the latter.
    shrinks(&world, EXECPLAN, "Progress", 10);
    shrinks(&world, &second.replace("[x] (2026-01-02 10:00Z) T001:", "[ ] T001:"), "Progress", 10);
    shrinks(&world, &second.replace("- [ ] T001b: Write the rest\n", ""), "Progress", 12);
    shrinks(&world, &second.replace("clocks jump", "clocks stand still"), "Surprises & Discoveries", 18);
    let check = shrinks(&world, &first, "Surprises & Discoveries", 17);
    assert!(facts(&check.findings()[0]).contains("was: - Observation: clocks jump.\n"), "{}", check.text);
    world.reset("HEAD");
    // A revert is a commit like any other.
    let ran = world.repo.git(&["revert", "--no-edit", "HEAD"]);
    assert!(ran.code != 0 && ran.err.contains("error[plan-locked]"), "{}", ran.text());
    world.reset("HEAD");
    write(&world, &second.replace("- [ ] T002 Write the manual", "- [x] T002 Write the manual, 2026-01-03"));
    world.stage(&["docs/a"]).accepted("T002: x");
    // The plan is finished: its records are free.
    write(&world, EXECPLAN);
    world.accepted("a record");
}

#[test]
fn what_was_smuggled_past_the_hooks_is_found_at_its_own_commit() {
    let world = running();
    write(&world, &EXECPLAN.replace("so far.\n", "so far.\n- Observation: one.\n"));
    let start = world.head();
    world.accepted("a record");
    write(&world, &EXECPLAN.replace("so far.\n", "so far.\n- Observation: another.\n"));
    let evil = world.past_hooks("a record", &[]);
    write(&world, &EXECPLAN.replace("so far.\n", "so far.\n- Observation: another.\n- Observation: more.\n"));
    world.past_hooks("a record", &[]);
    world.check(&format!("{start}..HEAD")).only("plan-locked", &evil, Some(PATH));
}

#[test]
fn an_amended_entry_is_judged_against_the_commit_before_it() {
    let world = running();
    let text = |words: &str| EXECPLAN.replace("so far.\n", &format!("so far.\n- Observation: {words}.\n"));
    write(&world, &text("a typpo"));
    world.accepted("a record");
    let parent = world.repo.git(&["rev-parse", "HEAD^"]).ok();
    write(&world, &text("a typo"));
    world.repo.git(&["commit", "-q", "--amend", "--no-edit"]).ok();
    world.check(&format!("{parent}..HEAD")).clean(1);
    write(&world, &EXECPLAN.replace("none so far.", "a few."));
    let ran = world.repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    ran.says(1, &["error[plan-locked]", "Surprises & Discoveries"]);
}

#[test]
fn a_merge_keeps_what_both_sides_have_written() {
    let world = running();
    let text = |words: &str| EXECPLAN.replace("so far.\n", &format!("so far.\n{words}"));
    world.repo.git(&["checkout", "-q", "-b", "side"]).ok();
    write(&world, &text("- Observation: theirs.\n"));
    world.accepted("a record");
    world.repo.git(&["checkout", "-q", "main"]).ok();
    write(&world, &text("- Observation: ours.\n"));
    world.accepted("a record");
    let base = world.head();
    for (words, code) in [
        ("- Observation: ours.\n", 1),
        ("- Observation: theirs.\n", 1),
        ("- Observation: ours.\n- Observation: theirs.\n", 0),
    ] {
        assert_ne!(world.bare(&["merge", "-q", "--no-commit", "side"]).code, 0, "the two sides conflict");
        write(&world, &text(words));
        let ran = world.commit("Merge branch 'side'");
        assert_eq!(ran.code, code, "{words}: {}", ran.text());
        if code == 1 {
            assert!(ran.err.contains("error[plan-locked]"), "{}", ran.text());
            world.past_hooks("Merge branch 'side'", &[]);
            assert_eq!(world.check(&format!("{base}..HEAD")).rules(), ["plan-locked"], "{words}");
            world.reset(&base);
        }
    }
    world.check(&format!("{base}..HEAD")).clean(2);
}
