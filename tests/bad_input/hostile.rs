//! Bytes that could act on a terminal, or make text read in another order, are escaped in every text output; JSON
//! stays JSON.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::harness::guard_bin;
use crate::world::{PLAN, World};

/// Clear the screen, colour, C1 control, bidi override and isolate, zero width, line separators, DEL, tab, CR, bell.
const EVIL: &str =
    "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{200f}\u{200b}\u{2028}\u{7f}\t\r\u{8}é";

/// No byte of it acts on a terminal.
#[track_caller]
fn inert(what: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|e| panic!("{what}: {e}: {}", bytes.escape_ascii()));
    let bad = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found: Vec<char> = text.chars().filter(bad).collect();
    assert!(found.is_empty(), "{what}: {found:?} in\n{}", text.escape_debug());
}

/// guard's exit code; both streams are inert.
#[track_caller]
fn quiet(world: &World, args: &[impl AsRef<OsStr>]) -> (i32, String) {
    let out = world.repo.command(guard_bin(), &world.repo.path).args(args).output().unwrap();
    let what: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().escape_debug().to_string()).collect();
    inert(&what.join(" "), &out.stdout);
    inert(&what.join(" "), &out.stderr);
    let text = String::from_utf8([out.stdout, out.stderr].concat()).unwrap();
    (out.status.code().unwrap(), text)
}

#[track_caller]
fn json(world: &World, range: &str) -> serde_json::Value {
    let args = ["check", range, "--format", "json"];
    let out = world.repo.command(guard_bin(), &world.repo.path).args(args).output().unwrap();
    let text = std::str::from_utf8(&out.stdout).unwrap();
    assert!(!text.bytes().any(|b| b < b' ' && b != b'\n'), "{}", text.escape_debug());
    inert("stderr beside JSON", &out.stderr);
    serde_json::from_str(text).unwrap()
}

fn hostile_path(folder: &str) -> Vec<u8> {
    // A folder name for tests that stage it: no slash, no NUL.
    [folder.as_bytes(), EVIL.as_bytes(), b"\n\xff'\"\\"].concat()
}

fn stage(world: &World, path: &[u8]) {
    world.repo.write(OsStr::from_bytes(path), "x\n");
    let args = [OsStr::new("add"), OsStr::new("-A")];
    world.repo.run_in(&world.repo.path, "git", &args).ok();
}

/// What the hooks print through git.
#[track_caller]
fn commit(world: &World, message: &[u8]) -> i32 {
    let file = world.repo.root().join("message");
    std::fs::write(&file, message).unwrap();
    let out =
        world.repo.command("git", &world.repo.path).args(["commit", "-q", "-F"]).arg(&file).output().unwrap();
    inert("hooks", &out.stderr);
    inert("hooks", &out.stdout);
    out.status.code().unwrap()
}

#[test]
fn no_character_that_changes_the_direction_of_text_gets_through() {
    let world = World::started();
    // Every character with the Unicode property Bidi_Control.
    for c in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}"
        .chars()
    {
        world.repo.write(".git/message", format!("x{c}x\n"));
        let ran = world.repo.guard(&["hook", "commit-msg", ".git/message"]).says(1, &["error[task-id]"]);
        assert!(!ran.err.contains(c), "{:?} is in {:?}", c.escape_unicode().to_string(), ran.err);
    }
}

#[test]
fn paths_in_findings_are_escaped() {
    let world = World::started();
    let path = hostile_path("other/");
    stage(&world, &path);
    assert_eq!(commit(&world, b"T001: x\n"), 1);
    assert_eq!(quiet(&world, &["hook", "pre-commit"]).0, 1);
    quiet(&world, &["status"]);
    world.past_hooks("T001: x", &[]);
    let (code, text) = quiet(&world, &["check", "HEAD^..HEAD"]);
    assert_eq!(code, 1);
    assert!(text.contains("\\x1b[2J") && text.contains("\\u{202e}") && text.contains("\\xff"), "{text}");
    let value = json(&world, "HEAD^..HEAD");
    let shown = value["findings"][0]["path"].as_str().unwrap();
    assert!(shown.starts_with("other/\u{1b}[2J") && shown.ends_with("\\xff'\"\\"), "{shown:?}");
}

#[test]
fn a_file_that_is_left_out_with_the_proposed_command_is_left_out() {
    let world = World::started();
    stage(&world, &hostile_path("other/"));
    world.past_hooks("T001: x", &[]);
    let value = json(&world, "HEAD^..HEAD");
    world.repo.git(&["reset", "-q", "--soft", "HEAD^"]).ok();
    let out = world.repo.guard(&["hook", "pre-commit"]);
    let line = out
        .err
        .lines()
        .find(|l| l.contains("git restore --staged"))
        .unwrap_or_else(|| panic!("{value} {}", out.err));
    let command = line.trim_start().trim_start_matches("fix").trim_start();
    let command = command.split("   leave it out").next().unwrap();
    world.repo.run_in(&world.repo.path, "bash", &["-c", command]).ok();
    assert_eq!(world.repo.git(&["diff", "--cached", "--name-only"]).ok(), "");
}

#[test]
fn messages_are_escaped() {
    let world = World::started();
    stage(&world, b"src/a");
    for message in [
        EVIL.as_bytes().to_vec(),
        format!("T00{EVIL}: x").into_bytes(),
        format!("{EVIL}T001: x").into_bytes(),
        b"\xff\xfe\x9b: x".to_vec(),
        format!("x\n\nTask: {EVIL}").into_bytes(),
    ] {
        assert_eq!(commit(&world, &message), 1, "{}", message.escape_ascii());
        let file = world.repo.root().join("message");
        world.bare(&["commit", "-q", "-F", file.to_str().unwrap()]).ok();
        assert_eq!(quiet(&world, &["check", "HEAD^..HEAD"]).0, 1);
        assert_eq!(json(&world, "HEAD^..HEAD")["findings"][0]["rule"], "task-id");
        world.repo.git(&["reset", "-q", "--soft", "HEAD^"]).ok();
    }
}

#[test]
fn rollback_subjects_and_trailers_are_escaped() {
    let world = World::new();
    stage(&world, b"plans/alpha.toml");
    for message in [
        format!("rollback: before executing plan {EVIL}"),
        format!("rollback: before executing plan alpha\n\nGuard-Plan: plans/{EVIL}"),
    ] {
        assert_eq!(commit(&world, message.as_bytes()), 1);
        world.past_hooks(&message, &[]);
        assert_eq!(quiet(&world, &["check", "HEAD^..HEAD"]).0, 1);
        assert_eq!(json(&world, "HEAD^..HEAD")["findings"][0]["rule"], "rollback");
        quiet(&world, &["status"]);
        world.repo.git(&["reset", "-q", "--soft", "HEAD^"]).ok();
    }
}

/// In TOML.
fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    format!("\"{escaped}\"")
}

#[test]
fn what_a_plan_says_is_escaped() {
    let world = World::new();
    let evil = quoted(&format!("x{EVIL}\n"));
    let plan = PLAN
        .replace("\"Write the source\"", &evil)
        .replace("\"Write the manual\"", &format!("{evil}\nmilestone = {evil}\nacceptance = {evil}"));
    world.repo.write("plans/alpha.toml", &plan);
    quiet(&world, &["plan", "show", "plans/alpha.toml"]);
    quiet(&world, &["plan", "lint", "plans/alpha.toml"]);
    assert!([0, 2].contains(&quiet(&world, &["start", "alpha"]).0));
    quiet(&world, &["status"]);
    quiet(&world, &["scope", "T001"]);
    for (key, value) in [
        ("id", "\"T001\""),
        ("scope", "[\"docs/**\"]"),
        ("depends_on", "[\"T001\"]"),
        ("summary", "\"Write the tools\""),
    ] {
        let old = format!("{key} = {value}");
        let new =
            if value.starts_with('[') { format!("{key} = [{evil}]") } else { format!("{key} = {evil}") };
        assert!(PLAN.contains(&old));
        world.repo.write("plans/beta.toml", PLAN.replace(&old, &new).replace("alpha", "beta"));
        for command in [
            &["plan", "show", "plans/beta.toml"][..],
            &["plan", "lint", "plans/beta.toml"],
            &["start", "beta"],
        ] {
            quiet(&world, command);
        }
    }
    for raw in [
        format!("version = 1\n{EVIL} = 1\n"),
        format!("version = 1\n[[task]]\nid = \"{EVIL}\n"),
        EVIL.to_owned(),
    ] {
        world.repo.write("plans/gamma.toml", &raw);
        assert_eq!(quiet(&world, &["start", "gamma"]).0, 2);
        world.repo.write("plans/gamma.md", format!("### T001: {raw}\n\n**Files:**\n- `{EVIL}`\n- {EVIL}\n"));
        quiet(&world, &["plan", "show", "plans/gamma.md"]);
        quiet(&world, &["plan", "lint", "plans/gamma.md"]);
    }
}

#[test]
fn the_name_of_a_plan_is_escaped() {
    let world = World::new();
    let name = format!("plans/{EVIL}alpha.toml").replace('\r', "");
    world.repo.write(&name, PLAN);
    assert_eq!(quiet(&world, &["start", "nothing"]).0, 2);
    quiet(&world, &["plan", "show", &name]);
    quiet(&world, &["start", &name]);
    quiet(&world, &["status"]);
    stage(&world, &hostile_path("src/"));
    quiet(&world, &["status"]);
    commit(&world, b"T009: x\n");
    commit(&world, b"T001: x\n");
    quiet(&world, &["check", "HEAD^..HEAD"]);
    json(&world, "HEAD^..HEAD");
}

#[test]
fn what_a_policy_says_is_escaped() {
    let evil = quoted(EVIL);
    for text in [
        format!("version = 1\n[rules]\n{evil} = \"off\"\n"),
        format!("version = 1\n{evil} = 1\n"),
        format!("version = 1\n[task]\nid = {evil}\n"),
        format!("version = 1\n[scope]\nprotected = [{evil}]\n"),
        format!("version = 1\n[rollback]\nsubject = {evil}\n"),
        format!("version = 1\n[plan]\ntrust = {evil}\n"),
        format!("version = 1\n[overlay.{evil}]\nT001 = [{evil}]\n"),
        format!("{EVIL}\n"),
    ] {
        let world = World::with_policy(&text);
        quiet(&world, &["check", "HEAD..HEAD"]);
        json(&world, "HEAD..HEAD");
        stage(&world, b"src/a");
        commit(&world, b"T001: x\n");
    }
}

#[test]
fn words_of_the_command_line_are_escaped() {
    let world = World::started();
    for words in [
        &["check", EVIL][..],
        &["check", "HEAD..x\u{1b}[2J"],
        &["check", "\u{202e}...HEAD"],
        &["start", EVIL],
        &["explain", EVIL],
        &["scope", EVIL],
        &["scope", "T001", EVIL],
        &["hook", EVIL],
        &["hook", "commit-msg", EVIL],
        &["plan", "show", EVIL],
    ] {
        let (code, _) = quiet(&world, words);
        assert_ne!(code, 0, "{words:?}");
    }
    let raw = OsStr::from_bytes(b"\xff\x9b..HEAD");
    assert_eq!(quiet(&world, &[OsStr::new("check"), raw]).0, 2);
}

#[test]
fn words_that_the_command_line_does_not_know_are_escaped() {
    let world = World::started();
    for words in [
        &[EVIL][..],
        &["check", "--format", EVIL],
        &["check", "a..b", EVIL],
        &["plan", EVIL],
        &["check", "--\u{1b}[2J"],
    ] {
        assert_eq!(quiet(&world, words).0, 2, "{words:?}");
    }
}

#[test]
fn branches_and_folders_are_escaped() {
    let world = World::with_policy("version = 1\n[enforce]\nbranches = [\"main\"]\n");
    world.repo.git(&["checkout", "-q", "-b", "play\u{202e}\u{9b}\u{200f}"]).ok();
    stage(&world, b"src/a");
    assert_eq!(commit(&world, b"x\n"), 0);
    quiet(&world, &["status"]);
    let folder = world.repo.root().join(format!("x{EVIL}"));
    std::fs::create_dir(&folder).unwrap();
    let out = world.repo.command(guard_bin(), &folder).arg("check").output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    inert("an odd folder", &out.stderr);
}
