//! What git sets on Windows: line ends, no run bits, no links.

use crate::world::{PLAN, PLAN_PATH, World};

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// As a checkout with `core.autocrlf=true` leaves it.
fn windows() -> World {
    let world = World::new();
    for (name, value) in [
        ("core.autocrlf", "true"),
        ("core.fileMode", "false"),
        ("core.symlinks", "false"),
        ("core.ignorecase", "true"),
    ] {
        world.repo.git(&["config", name, value]).ok();
    }
    world
}

#[test]
fn a_plan_with_windows_line_ends_is_locked_as_git_keeps_it() {
    let world = windows();
    world.repo.write("guard.toml", crlf("version = 1\n[rules]\nregression = \"off\"\n"));
    world.past_hooks("guard: policy", &["guard.toml"]);
    world.repo.write(PLAN_PATH, crlf(PLAN));
    world.repo.guard(&["plan", "lint", PLAN_PATH]).says(0, &["0 errors"]);
    world.repo.guard(&["start", PLAN_PATH]).ok();
    let kept = world.repo.git(&["cat-file", "blob", &format!("HEAD:{PLAN_PATH}")]).out;
    assert_eq!(kept, PLAN, "git turned the line ends");
    // The work tree still has them, and nothing has changed.
    world.repo.guard(&["plan", "lint", PLAN_PATH]).says(0, &["0 errors"]);
    world.repo.guard(&["next"]).says(0, &["T001"]);
    world.repo.git(&["add", PLAN_PATH]).ok();
    assert_eq!(world.repo.git(&["diff", "--cached", "--name-only"]).ok(), "");
    // A line more is a change all the same.
    world.repo.write(PLAN_PATH, crlf(&format!("{PLAN}# more\n")));
    world.repo.git(&["add", PLAN_PATH]).ok();
    world.refused("a record", "plan-locked", Some(PLAN_PATH));
    world.repo.write(PLAN_PATH, crlf(PLAN));
    world.repo.git(&["add", PLAN_PATH]).ok();
    world.stage(&["src/a.rs"]).accepted("T001: write it");
}

#[test]
fn a_plan_that_git_keeps_with_windows_line_ends_runs_too() {
    let world = World::with_policy("version = 1\r\n[rules]\r\nregression = \"off\"\r\n");
    world.repo.write(PLAN_PATH, crlf(PLAN));
    world.repo.guard(&["start", PLAN_PATH]).ok();
    assert!(world.repo.git(&["cat-file", "blob", &format!("HEAD:{PLAN_PATH}")]).out.contains("\r\n"));
    world.stage(&["docs/a.md"]);
    world.refused("T001: write it", "scope", Some("docs/a.md"));
    world.reset("HEAD");
    world.stage(&["src/a.c"]).accepted("T001: write it");
}

#[test]
fn a_link_that_is_checked_out_as_a_file_is_still_a_link() {
    let world = World::started();
    std::os::unix::fs::symlink("a.rs", world.repo.path.join("link")).unwrap();
    std::fs::create_dir_all(world.repo.path.join("src")).unwrap();
    std::fs::rename(world.repo.path.join("link"), world.repo.path.join("src/link")).unwrap();
    world.repo.git(&["add", "src/link"]).ok();
    let before = world.head();
    world.accepted("T001: a link");
    // Here git writes a file with the target in it, and stages its text as the link's.
    world.repo.git(&["config", "core.symlinks", "false"]).ok();
    std::fs::remove_file(world.repo.path.join("src/link")).unwrap();
    world.repo.write("src/link", "../ci/build");
    world.repo.git(&["add", "src/link"]).ok();
    assert!(world.repo.git(&["ls-files", "-s", "src/link"]).ok().starts_with("120000"));
    world.repo.git(&["reset", "-q", "--soft", &before]).ok();
    world.refused("T001: it leads away", "scope", Some("src/link"));
    world.repo.write("src/link", "b.rs");
    world.repo.git(&["add", "src/link"]).ok();
    world.accepted("T001: it stays");
}

#[test]
fn without_run_bits_in_git_a_hook_still_needs_its_own() {
    let repo = &windows().repo;
    std::fs::remove_dir_all(repo.path.join(".git/hooks")).unwrap();
    repo.guard(&["install"]).ok();
    let hook = repo.path.join(".git/hooks/commit-msg");
    let mut permissions = std::fs::metadata(&hook).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    std::fs::set_permissions(&hook, permissions).unwrap();
    repo.guard(&["doctor"]).says(2, &["commit-msg", "not executable"]);
    repo.guard(&["install"]).says(0, &["was not executable"]);
    repo.guard(&["doctor"]).says(0, &["every hook fires and refuses"]);
}

#[test]
fn the_shims_keep_their_line_ends() {
    let world = windows();
    std::fs::remove_dir_all(world.repo.path.join(".git/hooks")).unwrap();
    world.repo.guard(&["install"]).ok();
    let shim = std::fs::read(world.repo.path.join(".git/hooks/commit-msg")).unwrap();
    assert!(!shim.contains(&b'\r'), "sh stumbles over them");
    // Where they are tracked files after all, git may turn the line ends: then it is no shim of guard's any more.
    let turned = crlf(&String::from_utf8(shim).unwrap());
    world.repo.write(".git/hooks/commit-msg", turned);
    world.repo.guard(&["doctor"]).says(2, &["commit-msg", "placed by somebody else"]);
}
