//! Bad input is "could not check": exit code 2, with the place and the way out. Hostile input reaches no terminal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(unreachable_pub, dead_code, missing_docs, reason = "the modules are shared with tests/rules.rs")]

mod harness;

#[path = "bad_input/hostile.rs"]
mod hostile;
#[path = "bad_input/plans.rs"]
mod plans;
#[path = "rules/world.rs"]
mod world;

use std::fs;

use harness::{Repo, guard_bin};
use world::World;

const POLICY_TROUBLE: [(&str, &str); 9] = [
    ("version = 1\n[rules]\nscop = \"off\"\n", "guard.toml:3:1"),
    ("version = 1\n\n[task\n", "guard.toml:3:"),
    ("version = 9\n", "guard.toml:1:11"),
    ("version = 1\n[task]\nid = '(('\n", "guard.toml:3:6"),
    ("version = 1\n[scope]\nprotected = [\"../x\"]\n", "guard.toml:3:"),
    ("version = 1\n[rollback]\nmax_distance = -1\n", "guard.toml:3:"),
    ("version = 1\n[enforce]\nbranches = []\n", "guard.toml:3:"),
    ("version = 1\n[plan]\ntrust = \"everybody\"\n", "guard.toml:3:"),
    ("version = 1\n[rules]\nscope = \"off\"\nscope = \"deny\"\n", "guard.toml:4:"),
];

#[test]
fn a_policy_that_cannot_be_used_stops_start_and_check_at_its_place() {
    for (text, place) in POLICY_TROUBLE {
        let world = World::with_policy(text);
        world.repo.write("plans/alpha.toml", world::PLAN);
        world.repo.guard(&["start", "plans/alpha.toml"]).says(2, &[place, "\n  fix"]);
        let base = world.head();
        world.stage(&["src/a"]).past_hooks("T001: x", &[]);
        let check = world.check(&format!("{base}..HEAD"));
        let error = check.could_not(&[place]);
        assert_eq!(
            (&error["kind"], &error["file"]),
            (&"policy".into(), &"guard.toml".into()),
            "{}",
            check.json
        );
        assert!(error["line"].as_u64().is_some_and(|line| line > 0), "{}", check.json);
    }
}

#[test]
fn a_policy_that_cannot_be_used_refuses_every_commit_at_its_place() {
    for (text, place) in POLICY_TROUBLE.into_iter().take(3) {
        let world = World::with_policy(text);
        world.stage(&["src/a"]);
        world.commit("T001: x").says(1, &["could not check", place, "\n  fix"]);
        world.repo.guard(&["hook", "pre-commit"]).says(2, &[place, "\n  fix"]);
    }
}

#[test]
fn a_policy_that_is_no_text_or_no_file_is_not_taken_for_none() {
    let bytes: [&[u8]; 3] = [b"version = 1\n# \xff\n", b"\xff\xfev\0", &[b'#'; 300 << 10]];
    for text in bytes {
        let world = World::new();
        world.repo.write("guard.toml", text);
        world.past_hooks("guard: policy", &["guard.toml"]);
        world.repo.guard(&["check", "HEAD..HEAD"]).says(2, &["guard.toml", "\n  fix"]);
    }
    let world = World::new();
    std::os::unix::fs::symlink("README.md", world.repo.path.join("guard.toml")).unwrap();
    world.past_hooks("guard: policy", &["guard.toml"]);
    world.repo.guard(&["check", "HEAD..HEAD"]).says(2, &["guard.toml", "\n  fix"]);
}

#[test]
fn a_submodule_in_the_place_of_the_policy_is_not_taken_for_none() {
    let world = World::new();
    let id = world.head();
    world.repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},guard.toml")]).ok();
    world.past_hooks("guard: policy", &[]);
    world.repo.guard(&["check", "HEAD..HEAD"]).says(2, &["guard.toml", "\n  fix"]);
}

#[test]
fn outside_of_a_repository_nothing_is_judged() {
    let repo = Repo::new();
    let outside = repo.root().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("message"), "T001: x\n").unwrap();
    for words in [
        &["check"][..],
        &["check", "a..b"],
        &["start", "x"],
        &["status"],
        &["scope", "T001"],
        &["hook", "pre-commit"],
        &["hook", "commit-msg", "message"],
        &["hook", "prepare-commit-msg", "message"],
        &["hook", "pre-merge-commit"],
    ] {
        repo.run_in(&outside, guard_bin(), words).says(2, &["error: ", "\n  fix", "git init"]);
    }
    let ran = repo.run_in(&outside, guard_bin(), &["check", "--format", "json"]).says(2, &[]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["error"]["kind"], "git");
}

#[test]
fn an_unborn_branch_has_nothing_to_return_to() {
    let repo = Repo::new();
    repo.write("plans/alpha.toml", world::PLAN);
    repo.guard(&["start", "alpha"]).says(2, &["no commit yet", "\n  fix", "git commit --allow-empty"]);
    repo.guard(&["check"]).says(2, &["no commit yet", "\n  fix"]);
    repo.guard(&["check", "HEAD..HEAD"]).says(2, &["HEAD", "\n  fix"]);
    assert!(!repo.path.join(".git/index").exists(), "guard start staged something");
}

#[test]
fn a_bare_repository_has_no_plan_to_start() {
    let world = World::started();
    let bare = world.repo.root().join("bare.git");
    world.repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]).ok();
    world.repo.run_in(&bare, guard_bin(), &["start", "alpha"]).says(2, &["bare", "\n  fix"]);
    world.repo.run_in(&bare, guard_bin(), &["check", "HEAD^..HEAD"]).says(0, &["1 commit judged"]);
}

#[test]
fn a_damaged_index_refuses_the_commit() {
    let world = World::started();
    world.stage(&["src/a"]);
    let index = world.repo.path.join(".git/index");
    let whole = fs::read(&index).unwrap();
    let cut = whole[..whole.len() / 2].to_vec();
    for bytes in [cut, b"DIRC".to_vec(), b"nonsense".to_vec(), Vec::new()] {
        fs::write(&index, &bytes).unwrap();
        for hook in [&["hook", "pre-commit"][..], &["hook", "pre-merge-commit"], &["status"]] {
            let ran = world.repo.guard(hook);
            assert_eq!(ran.code, 2, "{hook:?} with {} bytes: {}", bytes.len(), ran.text());
            assert!(ran.err.contains("error: ") && ran.err.contains("\n  fix"), "{}", ran.text());
        }
        assert_ne!(world.commit("T001: x").code, 0);
        assert_eq!(fs::read(&index).unwrap(), bytes, "the index was touched");
    }
    // An entry whose object is nowhere.
    let mut flipped = whole.clone();
    let at = whole.windows(5).position(|w| w == b"src/a").unwrap();
    flipped[at - 10] ^= 0xff;
    fs::write(&index, flipped).unwrap();
    assert_ne!(world.commit("T001: x").code, 0);
    fs::write(&index, whole).unwrap();
    world.accepted("T001: x");
}

#[test]
fn unmerged_paths_are_no_commit() {
    let world = World::started();
    let id = world.repo.git(&["rev-parse", "HEAD:README.md"]).ok();
    let line = format!("100644 {id} 2\tsrc/a\n");
    world.repo.write("stages", &line);
    let ran = world.repo.run_in(&world.repo.path, "sh", &["-c", "git update-index --index-info <stages"]);
    ran.ok();
    world.repo.guard(&["hook", "pre-commit"]).says(2, &["unmerged paths", "\n  fix", "git add"]);
}

#[test]
fn a_damaged_object_is_not_read_as_something_else() {
    let world = World::started();
    let base = world.head();
    let made = world.stage(&["src/a"]).past_hooks("T001: x", &[]);
    for name in [format!("{made}^{{tree}}"), base.clone()] {
        let id = world.repo.git(&["rev-parse", &name]).ok();
        let file = world.repo.path.join(".git/objects").join(&id[..2]).join(&id[2..]);
        let whole = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        for bytes in [b"not zlib".to_vec(), whole[..whole.len() / 2].to_vec(), Vec::new()] {
            fs::write(&file, bytes).unwrap();
            world.check(&format!("{base}..{made}")).could_not(&[&id[..7]]);
        }
        fs::write(&file, whole).unwrap();
    }
    world.check(&format!("{base}..{made}")).clean(1);
}

#[test]
fn a_range_that_is_none_is_a_question_back() {
    let world = World::started();
    let tree = world.repo.git(&["rev-parse", "HEAD^{tree}"]).ok();
    world.repo.git(&["checkout", "-q", "--orphan", "unrelated"]).ok();
    world.past_hooks("initial", &[]);
    for range in [
        "main",
        "main...HEAD",
        "nowhere..HEAD",
        "HEAD..nowhere",
        "..",
        "main..main..main",
        "--all",
        "HEAD^{tree}..HEAD",
        "",
        "main..unrelated",
        "main.. HEAD",
        &format!("{tree}..HEAD"),
        "0000000000000000000000000000000000000000..HEAD",
        "-x..HEAD",
        "HEAD..--output=x",
        "@{u}..HEAD",
        "HEAD:README.md..HEAD",
    ] {
        if range == ".." {
            continue; // HEAD..HEAD
        }
        let ran = world.repo.guard(&["check", range]);
        assert_eq!(ran.code, 2, "{range:?}: {}", ran.text());
        assert!(!ran.text().contains("no findings"), "{range:?}: {}", ran.text());
    }
    world.repo.guard(&["check", "main...HEAD"]).says(2, &["\n  fix", "guard check main..HEAD"]);
    world.repo.guard(&["check", "main"]).says(2, &["\n  fix", "guard check main..HEAD"]);
    world.repo.guard(&["check", "main..unrelated"]).says(2, &["\n  fix"]);
}

#[test]
fn words_that_are_no_command_are_a_usage_error() {
    let world = World::started();
    for words in [
        &["chek"][..],
        &["check", "--format", "xml"],
        &["check", "a", "b"],
        &["start"],
        &["hook"],
        &["hook", "post-everything"],
        &["hook", "commit-msg"],
        &["hook", "prepare-commit-msg"],
        &["explain", "scop"],
        &["scope", "T009"],
        &[],
    ] {
        let ran = world.repo.guard(words);
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.text());
        assert!(!ran.err.trim().is_empty(), "{words:?} says nothing");
    }
    world.repo.guard(&["explain", "scop"]).says(2, &["\n  fix", "guard explain scope"]);
    world.repo.guard(&["hook", "post-everything"]).says(2, &["\n  fix", "commit-msg"]);
}

#[test]
fn a_message_file_that_cannot_be_read_refuses_the_commit() {
    let world = World::started();
    world.stage(&["src/a"]);
    let large = world.repo.write(".git/large", vec![b'x'; 50 << 20]);
    fs::create_dir(world.repo.path.join(".git/folder")).unwrap();
    for hook in ["commit-msg", "prepare-commit-msg"] {
        for (file, words) in [("gone", "cannot be read"), ("folder", "folder"), ("large", "50 MiB")] {
            let path = format!(".git/{file}");
            // `prepare-commit-msg` reads the message only when nobody will edit it.
            let mut run = world.repo.command(guard_bin(), &world.repo.path);
            let out = run.args(["hook", hook, &path]).env("GIT_EDITOR", ":").output().unwrap();
            let err = String::from_utf8(out.stderr).unwrap();
            assert_eq!(out.status.code(), Some(2), "{hook} {file}: {err}");
            assert!(
                err.contains(words) && err.contains(&path) && err.contains("\n  fix"),
                "{hook} {file}: {err}"
            );
        }
    }
    fs::remove_file(large).unwrap();
}

#[test]
fn a_message_of_50_megabytes_is_refused_by_git_commit() {
    let world = World::started();
    world.stage(&["src/a"]);
    let file = world.repo.write("../large", [b"T001: x\n\n".to_vec(), vec![b'x'; 50 << 20]].concat());
    let ran = world.repo.git(&["commit", "-q", "-F", file.to_str().unwrap()]);
    assert!(ran.code != 0 && ran.err.contains("MiB"), "{}", ran.text());
    assert!(ran.err.contains("\n  fix"), "{}", ran.text());
}

#[test]
fn an_empty_message_is_a_violation_that_says_so() {
    let world = World::started();
    world.stage(&["src/a"]);
    world.repo.write(".git/empty", "");
    world.repo.write(".git/comments", "# T001: x\n\n");
    for file in [".git/empty", ".git/comments"] {
        world
            .repo
            .guard(&["hook", "commit-msg", file])
            .says(1, &["error[task-id]", "the message is empty", "\n  fix"]);
    }
}

#[test]
fn a_message_that_is_not_utf_8_is_judged_as_git_will_store_it() {
    let world = World::started();
    world.stage(&["src/a"]);
    world.repo.write(".git/latin", b"caf\xe9 \xff\n");
    world.repo.guard(&["hook", "commit-msg", ".git/latin"]).says(1, &["error[task-id]", "café ÿ", "\n  fix"]);
    world.repo.write(".git/broken-id", b"T0\xff01: x\n");
    world
        .repo
        .guard(&["hook", "commit-msg", ".git/broken-id"])
        .says(1, &["error[task-id]", "T0ÿ01", "\n  fix"]);
    world.repo.write(".git/latin", b"T001: caf\xe9\n");
    world.repo.git(&["commit", "-q", "-F", ".git/latin"]).ok();
    world.check("HEAD^..HEAD").clean(1);
}
