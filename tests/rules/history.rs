//! `history`: commits that read differently from what they are. git's own commands make none of them.

use std::io::Write;
use std::process::Stdio;

use crate::world::{World, help};

/// Writes an object without any of git's checks.
fn object(world: &World, kind: &str, content: &[u8]) -> String {
    let args = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
    let mut git = world.repo.command("git", &world.repo.path);
    let mut child = git.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A commit on the branch's tip with this tree, extra header and message.
fn commit(world: &World, tree: &str, header: &str, message: &[u8]) -> String {
    let who = "A <a@example.com> 1700000000 +0000";
    let head = world.head();
    let mut text =
        format!("tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n{header}\n").into_bytes();
    text.extend_from_slice(message);
    object(world, "commit", &text)
}

fn tree_of(world: &World) -> String {
    world.repo.git(&["rev-parse", "HEAD^{tree}"]).ok()
}

fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    let raw = (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap());
    [mode.as_bytes(), b" ", name, b"\0"].concat().into_iter().chain(raw).collect()
}

#[test]
fn a_nul_in_the_message_is_found() {
    let world = World::started();
    let made = commit(&world, &tree_of(&world), "", b"T004: x\0 and what nobody sees\n");
    world.check(&format!("HEAD..{made}")).findings_of("history", &made);
    let made = commit(&world, &tree_of(&world), "", b"T004: x\n");
    world.check(&format!("HEAD..{made}")).clean(1);
}

#[test]
fn a_nul_in_a_header_line_is_found() {
    // git log and git show read such a commit up to the NUL, and find it without a message.
    let world = World::started();
    for header in ["note a\0b\n", "gpgsig x\n \0\n", "encoding \0\n"] {
        let made = commit(&world, &tree_of(&world), header, b"T004: x\n");
        let check = world.check(&format!("HEAD..{made}"));
        assert_eq!(check.code, 1, "{}", check.text);
        assert!(check.rules().iter().all(|rule| rule == "history"), "{}", check.text);
    }
    let made = commit(&world, &tree_of(&world), "note a b\n", b"T004: x\n");
    world.check(&format!("HEAD..{made}")).clean(1);
}

#[test]
fn an_encoding_in_which_ascii_is_something_else_is_found() {
    let world = World::started();
    for encoding in ["UTF-16", "utf-7", "EBCDIC-US", "ISO-2022-JP", "x\u{1b}[31m"] {
        let made = commit(&world, &tree_of(&world), &format!("encoding {encoding}\n"), b"T004: x\n");
        let check = world.check(&format!("HEAD..{made}"));
        check.findings_of("history", &made);
        assert!(!check.text.contains('\u{1b}'), "{:?}", check.text);
    }
    for encoding in ["UTF-8", "ISO-8859-1", "windows-1252", "KOI8-R"] {
        let made = commit(&world, &tree_of(&world), &format!("encoding {encoding}\n"), b"T004: x \xe9\n");
        world.check(&format!("HEAD..{made}")).clean(1);
    }
}

#[test]
fn the_commit_door_sees_the_encoding_that_git_will_write() {
    let world = World::started();
    world.repo.git(&["config", "i18n.commitEncoding", "UTF-16"]).ok();
    world.stage(&["src/a"]);
    world.commit("T001: x").says(1, &["error[history]", "utf-16"]);
    world.repo.git(&["config", "i18n.commitEncoding", "ISO-8859-1"]).ok();
    world.accepted("T001: x");
}

#[test]
fn malformed_trees_are_found() {
    let world = World::started();
    let blob = object(&world, "blob", b"x\n");
    let sub = object(&world, "tree", &entry("100644", b"a", &blob));
    for name in [&b".git"[..], b".GIT", b"..", b"."] {
        let bad = object(&world, "tree", &entry("40000", name, &sub));
        let made = commit(&world, &object(&world, "tree", &entry("40000", b"src", &bad)), "", b"T001: x\n");
        let check = world.check(&format!("HEAD..{made}"));
        assert!(check.code == 1 && check.rules().contains(&"history".to_owned()), "{name:?}: {}", check.text);
    }
    let twice = [entry("100644", b"a", &blob), entry("100644", b"a", &blob)].concat();
    let bad = object(&world, "tree", &twice);
    let made = commit(&world, &object(&world, "tree", &entry("40000", b"src", &bad)), "", b"T001: x\n");
    let check = world.check(&format!("HEAD..{made}"));
    assert!(check.rules().contains(&"history".to_owned()), "{}", check.text);
}

#[test]
fn a_replaced_commit_is_judged_as_it_really_is() {
    let world = World::started();
    let base = world.head();
    let real = world.stage(&["other/x"]).past_hooks("T001: x", &[]);
    let nice = commit_on(&world, &base);
    world.repo.git(&["replace", &real, &nice]).ok();
    let check = world.check(&format!("{base}..HEAD"));
    assert_eq!(
        (check.code, check.rules()),
        (1, vec!["scope".to_owned(), "history".to_owned()]),
        "{}",
        check.text
    );
    assert!(help(&check.findings()[1]).contains(&format!("git replace -d {}", &real[..7])), "{}", check.text);
    world.repo.git(&["replace", "-d", &real]).ok();
    world.check(&format!("{base}..HEAD")).only("scope", &real, Some("other/x"));
}

fn commit_on(world: &World, base: &str) -> String {
    let tree = world.repo.git(&["rev-parse", &format!("{base}^{{tree}}")]).ok();
    world.repo.git(&["commit-tree", &tree, "-p", base, "-m", "T004: nothing to see"]).ok()
}

#[test]
fn a_graft_does_not_cut_off_what_was_done() {
    let world = World::new();
    let root = world.head();
    world.stage(&["other/x"]).past_hooks("T001: x", &[]);
    let tip = world.stage(&["src/a"]).past_hooks("T001: y", &[]);
    world.repo.write(".git/info/grafts", format!("{tip} {root}\n"));
    let check = world.check(&format!("{root}..HEAD"));
    assert_eq!(check.json["commits"], 2, "{}", check.text);
    assert!(check.rules().contains(&"history".to_owned()), "{}", check.text);
}
