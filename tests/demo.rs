//! `guard demo`: the story runs on real git wherever it is started, ends well, and leaves nothing behind unless asked.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

use std::path::Path;

use harness::{Repo, guard_bin};

/// A place with a temporary folder of its own, so that leftovers can be seen.
fn place() -> Repo {
    let mut repo = Repo::new();
    let temporary = repo.root().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    repo.env("TMPDIR", temporary);
    repo
}

fn leftovers(repo: &Repo) -> usize {
    std::fs::read_dir(repo.root().join("tmp")).unwrap().count()
}

#[test]
fn one_commit_is_accepted_one_refused_with_its_fix_and_check_passes() {
    let repo = place();
    let said = repo
        .guard(&["demo"])
        .says(0, &["rollback", "T001: read numbers", "guard: 4 commits judged, no findings"]);
    let refusal = said.out.split("$ git commit -q -m 'T002").nth(1).unwrap();
    for words in [
        "error[scope]: T002 may not change src/lexer.rs",
        "belongs to T001",
        "git restore --staged src/lexer.rs",
    ] {
        assert!(refusal.contains(words), "{words:?} is not in:\n{refusal}");
    }
    assert!(!said.text().contains('\u{1b}'), "no colour codes in pipes");
    assert_eq!(leftovers(&repo), 0);
}

#[test]
fn neither_a_ci_event_nor_the_surrounding_repository_changes_the_story() {
    let mut repo = place();
    repo.env("GITHUB_EVENT_NAME", "push")
        .env("GIT_DIR", "/nowhere")
        .env("GUARD_SKIP", "1")
        .env("TF_BUILD", "True");
    repo.run_in(Path::new("/"), guard_bin(), &["demo"]).says(0, &["error[scope]", "no findings"]);
}

#[test]
fn kept_it_can_be_played_with() {
    let repo = place();
    let said = repo.guard(&["demo", "--keep"]).ok();
    let folder = said.lines().find_map(|line| line.split("cd ").nth(1)).unwrap();
    repo.run_in(Path::new(folder), guard_bin(), &["status"]).says(0, &["[x] T001", "[x] T002"]);
}

#[test]
fn colour_is_forced_and_forbidden_by_the_environment() {
    let mut repo = place();
    repo.env("CLICOLOR_FORCE", "1");
    assert!(repo.guard(&["demo"]).text().contains("\u{1b}["));
    repo.env("NO_COLOR", "1");
    assert!(!repo.guard(&["demo"]).text().contains('\u{1b}'));
}
