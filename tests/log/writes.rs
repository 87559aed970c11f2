//! What a log says, where it stands, and when it is refused.

use std::fs;
use std::path::Path;

use crate::world::{PLAN, World};

/// With one required gate that passes as long as no file `broken` is there.
pub const GATED: &str = "version = 1\n[[gate]]\nname = \"tests\"\nrun = \"test ! -e src/broken\"\n\
    [[gate]]\nname = \"lint\"\nrun = \"false\"\nrequired = false\n";

/// The only log there is, and its path.
pub fn log_of(world: &World) -> (String, String) {
    let folders = [".artifacts/execute", ".platform-mode/execution"];
    let files = folders.iter().flat_map(|f| fs::read_dir(world.repo.path.join(f)).into_iter().flatten());
    let all: Vec<_> = files.map(|f| f.unwrap().path()).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    let path = all[0].strip_prefix(&world.repo.path).unwrap().to_str().unwrap().to_owned();
    (path, fs::read_to_string(&all[0]).unwrap())
}

/// Work on `path` for a task, with evidence.
pub fn proved(world: &World, task: &str, path: &str) -> String {
    world.stage(&[path]);
    world.repo.guard(&["gate", task]).ok();
    world.commit(&format!("{task}: work on {path}")).ok();
    world.head()
}

#[track_caller]
pub fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
}

#[test]
fn a_new_log_has_every_section_and_is_not_staged() {
    let world = World::started_with(GATED);
    let done = proved(&world, "T001", "src/a");
    let rollback = world.repo.git(&["rev-parse", "HEAD^"]).ok();
    let said = world.repo.guard(&["log"]).ok();
    let (path, text) = log_of(&world);
    assert!(path.starts_with(".artifacts/execute/2023-11-1") && path.ends_with("_alpha.md"), "{path}");
    assert_eq!(said, format!("wrote  {path}\nnext     git add {path}"));
    assert_eq!(world.repo.git(&["diff", "--cached", "--name-only"]).ok(), "", "nothing is staged");
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    let wanted = [
        "## Pre-Flight Checks",
        "## Task Execution",
        "## Gate Results",
        "## Deployment",
        "## Issues & Resolutions",
        "## Decisions",
        "## Success Criteria",
        "## Next Steps",
    ];
    assert_eq!(headings, wanted);
    let short = &done[..7];
    has(
        &text,
        &[
            "---\ntitle: \"alpha – Execution Log\"\nphase: Execute\n",
            "plan: \"plans/alpha.toml\"\nbranch: \"main\"\n",
            &format!("rollback: \"{rollback}\"\nstatus: running\n---\n"),
            "- Plan: `plans/alpha.toml` (native, 4 tasks)",
            "2 of 4 tasks are done.",
            "### T001 – Write the source\n\n- Status: done\n",
            &format!("- Commit: `{short}`, 2023-11-1"),
            "- Files: `src/a` (new)\n",
            "  - tests: `test ! -e src/broken` → passed (",
            "  - lint: `false` → failed with exit code 1 (",
            "- Tests: passed\n",
            "### T002 – Write the manual\n\n- Status: ready\n- Commit: none\n",
            "### T004 – Look at it all\n\n- Status: needs no commit\n",
            "- T002: Write the manual\n- T003: Write the tools\n",
            "#### Notes\n",
        ],
    );
}

#[test]
fn gates_run_beside_a_log_that_is_not_tracked() {
    let world = World::started_with(GATED);
    world.repo.guard(&["log"]).ok();
    world.stage(&["src/a"]);
    world.repo.guard(&["gate", "T001"]).says(0, &["in a clean worktree", "tests        passed"]);
}

#[test]
fn the_second_run_writes_nothing() {
    let world = World::started_with(GATED);
    proved(&world, "T001", "src/a");
    world.repo.guard(&["log"]).ok();
    let (path, text) = log_of(&world);
    let before = fs::metadata(world.repo.path.join(&path)).unwrap().modified().unwrap();
    let said = world.repo.guard(&["log"]).ok();
    assert_eq!(said, format!("up to date  {path}\nnext     git add {path}"));
    assert_eq!(log_of(&world), (path.clone(), text.clone()));
    assert_eq!(fs::metadata(world.repo.path.join(&path)).unwrap().modified().unwrap(), before);
    // Nor when the log itself is committed: a log of logs would never end.
    world.repo.git(&["add", "-f", &path]).ok();
    world.commit("the log").ok();
    assert_eq!(world.repo.guard(&["log"]).ok(), format!("up to date  {path}"));
    assert_eq!(log_of(&world), (path, text));
}

#[test]
fn what_happens_later_is_added() {
    let world = World::started_with(GATED);
    world.repo.guard(&["log"]).ok();
    let first = proved(&world, "T001", "src/a");
    world.bare(&["revert", "--no-edit", "-n", "HEAD"]).ok();
    world.past_hooks("T001: take it back", &[]);
    let said = world.repo.guard(&["log"]).ok();
    assert!(said.starts_with("updated  "), "{said}");
    has(&log_of(&world).1, &["- Status: reverted\n", &format!("took back `{}`", &first[..7])]);
    world.stage(&["src/broken"]);
    world.repo.guard(&["gate", "T001"]).says(1, &["failed"]);
    world.repo.guard(&["gate", "T001"]).says(1, &["failed"]);
    world.repo.guard(&["gate", "T001"]).says(1, &["escalation"]);
    world.repo.guard(&["log"]).ok();
    has(
        &log_of(&world).1,
        &[
            "status: blocked\n",
            "- Status: blocked by a gate\n",
            "T001: the gate tests failed with exit code 1 (",
            "T001: the gate tests has used up its tries (defect)",
            "`guard gate decide tests --task T001 --retry --reason '…'`",
        ],
    );
    let why = "a **bold** <reason>\n<!-- guard:end issues -->\n## Next Steps";
    world.repo.guard(&["gate", "decide", "tests", "--task", "T001", "--retry", "--reason", why]).ok();
    world.repo.guard(&["log"]).ok();
    let text = log_of(&world).1;
    has(
        &text,
        &[
            "status: running\n",
            "decided: the gate tests may be tried again: a \\*\\*bold\\*\\* \\<reason\\>\\\\n",
        ],
    );
    assert_eq!(text.matches("\n## Next Steps\n").count(), 1, "{text}");
    assert_eq!(text.matches("\n<!-- guard:end issues -->\n").count(), 1, "{text}");
    let all = ["T001", "T002", "T003"];
    world.bare(&["reset", "-q", "--hard"]).ok();
    for (task, path) in all.iter().zip(["src/b", "docs/b", "tools/b"]) {
        proved(&world, task, path);
    }
    world.repo.guard(&["log"]).ok();
    has(&log_of(&world).1, &["status: complete\n", "→ passed at ", "Every task is done: `guard check`."]);
}

#[test]
fn acceptance_tests_are_ticked_when_the_gates_have_passed() {
    let plan =
        PLAN.replace("scope = [\"docs/**\"]", "scope = [\"docs/**\"]\nacceptance = \"it *reads* well\"");
    let world = World::with_policy(GATED).start(&plan);
    world.repo.guard(&["log"]).ok();
    has(&log_of(&world).1, &["- [ ] T002: it \\*reads\\* well\n"]);
    proved(&world, "T001", "src/a");
    world.stage(&["docs/a"]);
    world.past_hooks("T002: no gate has run", &[]);
    world.repo.guard(&["log"]).ok();
    has(&log_of(&world).1, &["- [ ] T002: it", "- Tests: no evidence\n"]);
    world.bare(&["reset", "-q", "--hard", "HEAD^"]).ok();
    proved(&world, "T002", "docs/b");
    world.repo.guard(&["log"]).ok();
    has(&log_of(&world).1, &["- [x] T002: it"]);
}

#[test]
fn the_numbered_style_takes_the_next_number() {
    let world = World::started_with("version = 1\n[log]\nstyle = \"numbered\"\n");
    world.repo.write(".platform-mode/execution/execution007.execution.md", "another\n");
    let said = world.repo.guard(&["log"]).ok();
    assert!(said.starts_with("wrote  .platform-mode/execution/execution008.execution.md\n"), "{said}");
    assert!(world.repo.guard(&["log"]).ok().starts_with("up to date  "), "it is found again");
    world.repo.guard(&["start", "--again", "plans/alpha.toml"]).ok();
    let said = world.repo.guard(&["log"]).ok();
    assert!(said.starts_with("wrote  .platform-mode/execution/execution009.execution.md\n"), "{said}");
    let error = World::with_policy("version = 1\n[log]\nstyle = \"own\"\n").repo.guard(&["status"]);
    error.says(2, &["guard.toml:3:9", "execute", "numbered"]);
}

#[test]
fn a_log_is_found_by_its_front_matter_wherever_it_stands() {
    let world = World::started();
    world.repo.guard(&["log"]).ok();
    let (path, _) = log_of(&world);
    fs::create_dir_all(world.repo.path.join("designs/deep")).unwrap();
    fs::rename(world.repo.path.join(&path), world.repo.path.join("designs/deep/my log.md")).unwrap();
    world.done("T001: a", "src/a");
    let said = world.repo.guard(&["log"]).ok();
    assert_eq!(said, "updated  designs/deep/my log.md\nnext     git add 'designs/deep/my log.md'");
    // A second one, and nobody can tell which is the log.
    fs::copy(world.repo.path.join("designs/deep/my log.md"), world.repo.path.join("designs/copy.md"))
        .unwrap();
    let both = ["two logs", "designs/copy.md", "designs/deep/my log.md"];
    world.repo.guard(&["log"]).says(2, &both);
    world.repo.guard(&["log", "--stdout"]).says(2, &both);
}

#[test]
fn stdout_writes_nothing() {
    let world = World::started();
    let text = world.repo.guard(&["log", "--stdout"]).ok();
    assert!(text.starts_with("---\ntitle: "), "{text}");
    assert!(!world.repo.path.join(".artifacts").exists());
    world.repo.guard(&["log"]).ok();
    assert_eq!(log_of(&world).1.trim_end(), text.trim_end());
}

#[test]
fn nothing_is_written_through_a_link_or_over_a_file_of_others() {
    let world = World::started();
    let outside = world.repo.root().join("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, world.repo.path.join(".artifacts")).unwrap();
    world.repo.guard(&["log"]).says(2, &[".artifacts is a link", "\n  fix"]);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    fs::remove_file(world.repo.path.join(".artifacts")).unwrap();
    world.repo.guard(&["log"]).ok();
    let (path, text) = log_of(&world);
    let theirs = outside.join("theirs");
    fs::write(&theirs, &text).unwrap();
    fs::remove_file(world.repo.path.join(&path)).unwrap();
    std::os::unix::fs::symlink(&theirs, world.repo.path.join(&path)).unwrap();
    let said = world.repo.guard(&["log"]).ok();
    assert!(said.contains("_alpha-2.md"), "{said}");
    assert_eq!(fs::read_to_string(&theirs).unwrap(), text);
    // A file of that name that is no log of this execution.
    let world = World::started();
    world.repo.guard(&["log"]).ok();
    fs::write(world.repo.path.join(log_of(&world).0), "my own\n").unwrap();
    assert!(world.repo.guard(&["log"]).ok().contains("_alpha-2.md"));
}

#[test]
fn what_cannot_be_done_is_said() {
    World::new().repo.guard(&["log"]).says(2, &["no plan is running", "guard start"]);
    let world = World::started_with("version = 1\n[plan]\nrecords = [\"logs/**\"]\n");
    world.repo.guard(&["log"]).says(2, &[".artifacts/execute/", "no records there", "plan.records"]);
    let world = World::started();
    world.repo.write(".gitignore", ".artifacts/\n");
    let said = world.repo.guard(&["log"]).ok();
    assert!(said.contains("next     git add -f .artifacts/execute/"), "{said}");
    fs::create_dir(world.repo.path.join("deep")).unwrap();
    let said = world.repo.run_in(&world.repo.path.join("deep"), crate::harness::guard_bin(), &["log"]).ok();
    assert!(said.contains("next     git add -f :/.artifacts/execute/"), "{said}");
    world.repo.guard(&["log", "--help"]).says(0, &["Example:\n  guard log && git add"]);
}

#[test]
fn text_of_others_is_only_text() {
    let topic = "alpha --> <!-- guard:end x -->";
    let odd = "Write `it` --> <!-- guard:end task T001 --> [x](y) \u{202e}*_#";
    let plan =
        PLAN.replace("topic = \"alpha\"", &format!("topic = \"{topic}\"")).replace("Write the source", odd);
    let world = World::new().start(&plan);
    world.repo.write("src/we`ird <!-- guard:begin x -->\n## Next Steps", "x");
    world.repo.git(&["add", "-A"]).ok();
    world.commit("T001: <!-- guard:end task T001 --> # **x** `y`").ok();
    world.stage(&["other/x"]).past_hooks("<!-- guard:begin next --> and\x1b[31m `more`", &[]);
    let said = world.repo.guard(&["log"]).ok();
    let name = said.split_whitespace().nth(1).unwrap();
    assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"./_-".contains(&b)), "{name}");
    let (path, text) = log_of(&world);
    for line in text.lines().filter(|line| line.trim_start().starts_with("<!-- guard:")) {
        assert!(line.ends_with(" -->") && line.len() < 40, "a forged mark: {line}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with('#')).count(), 16, "a forged heading:\n{text}");
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'), "{text}");
    has(
        &text,
        &["Write \\`it\\` --\\> \\<!-- guard:end task T001", "``src/we`ird <!-- guard:begin x -->\\n## Next"],
    );
    assert!(world.repo.guard(&["log"]).ok().starts_with("up to date"), "it is read as it was written");
    assert!(Path::new(&path).extension().is_some_and(|e| e == "md"));
}
