//! What becomes of a message: `git stripspace`, `git commit`, `git interpret-trailers`.

use std::io::Write;
use std::process::Stdio;

use guard::message::{Cleanup, Trailer, clean, comment_prefix, trailers};

use super::harness::{Dice, Repo};

const LINES: [&[u8]; 30] = [
    b"",
    b"",
    b"",
    b" ",
    b"\t",
    b"\r",
    b"T001: x",
    b"T001: x \t",
    b"body\r",
    b"# comment",
    b"#",
    b" # no comment",
    b"#T001: x",
    b"; semicolon",
    b"// slashes",
    b"form feed\x0c",
    b"\x0c",
    b"\x0b",
    b"vertical\x0b ",
    b"\xff\xfe",
    b"nbsp\xc2\xa0",
    b"em\xe2\x80\x83",
    b"  led",
    b"\ttab",
    b"---",
    b"Task: T001",
    b"\xef\xbb\xbfbom",
    b"\x85",
    b"a\0b",
    b"\0",
];

fn message(dice: &mut Dice, lines: &[&[u8]]) -> Vec<u8> {
    let mut text: Vec<u8> = Vec::new();
    for _ in 0..dice.roll(9) {
        text.extend_from_slice(dice.pick(lines));
        text.push(b'\n');
    }
    if dice.once_in(3) {
        text.pop();
    }
    text
}

/// Runs git with `input` on its standard input.
fn pipe(repo: &Repo, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut git = repo.command("git", &repo.path);
    let mut git = git.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(input).unwrap();
    let out = git.wait_with_output().unwrap();
    assert!(out.status.success(), "git {args:?}");
    out.stdout
}

/// Shows the shortest messages of which the two answers differ.
#[track_caller]
fn never_differ(mut differ: Vec<String>) {
    differ.sort_by_key(String::len);
    let few = differ.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} messages differ:\n{few}", differ.len());
}

fn same_as_stripspace(seed: u64, mode: Cleanup, comment: &str, args: &[&str]) {
    let repo = Repo::new();
    let mut dice = Dice::new(seed);
    let mut differ = Vec::new();
    for _ in 0..150 {
        let raw = message(&mut dice, &LINES);
        let (guard, git) = (clean(&raw, mode, comment.as_bytes(), false), pipe(&repo, args, &raw));
        if guard != git {
            differ.push(format!(
                "{}\n  guard {}\n  git   {}",
                raw.escape_ascii(),
                guard.escape_ascii(),
                git.escape_ascii()
            ));
        }
    }
    never_differ(differ);
}

#[test]
fn white_space_goes_as_with_git_stripspace() {
    same_as_stripspace(1, Cleanup::Whitespace, "#", &["stripspace"]);
}

#[test]
fn comments_go_as_with_git_stripspace() {
    same_as_stripspace(2, Cleanup::Strip, "#", &["stripspace", "-s"]);
}

#[test]
fn comments_of_another_character_go_as_with_git_stripspace() {
    same_as_stripspace(3, Cleanup::Strip, ";", &["-c", "core.commentChar=;", "stripspace", "-s"]);
    same_as_stripspace(4, Cleanup::Strip, "//", &["-c", "core.commentString=//", "stripspace", "-s"]);
}

/// What stands in the commit when git was given `raw`, under `commit.cleanup`, with and without an editor.
fn committed(repo: &Repo, cleanup: &str, edited: bool, extra: &[&str], raw: &[u8]) -> Option<Vec<u8>> {
    let file = repo.root().join("message");
    std::fs::write(&file, raw).unwrap();
    let setting = format!("commit.cleanup={cleanup}");
    let mut git = repo.command("git", &repo.path);
    git.args([
        "-c",
        &setting,
        "-c",
        "core.hooksPath=/dev/null",
        "commit",
        "-q",
        "--allow-empty",
        "--allow-empty-message",
    ]);
    if edited {
        git.args(["-e"]).env("GIT_EDITOR", format!("cp '{}'", file.display()));
        git.args(["-m", "dropped"]).args(extra);
    } else {
        git.arg("-F").arg(&file);
    }
    let out = git.output().unwrap();
    if !out.status.success() {
        return None;
    }
    let object =
        repo.command("git", &repo.path).args(["cat-file", "commit", "HEAD"]).output().unwrap().stdout;
    let at = object.windows(2).position(|w| w == b"\n\n").unwrap();
    Some(object[at + 2..].to_vec())
}

/// Messages with a scissors line in them, in the forms that are one and those that only look it.
fn with_scissors(dice: &mut Dice) -> Vec<u8> {
    // git recodes to UTF-8 what is no UTF-8, and takes no NUL: neither has to do with cleaning.
    let plain = |line: &&&[u8]| !line.contains(&0) && std::str::from_utf8(line).is_ok();
    let mut lines: Vec<&[u8]> = LINES.iter().filter(plain).copied().collect();
    lines.extend([
        b"# ------------------------ >8 ------------------------".as_slice(),
        b"# ------------------------ >8 ------------------------ ",
        b" # ------------------------ >8 ------------------------",
        b"# ----------------------- >8 ------------------------",
        b"Guard-Plan: plans/other.toml",
    ]);
    [b"subject\n\n".as_slice(), &message(dice, &lines)].concat()
}

fn same_as_commit(seed: u64, edited: bool, extra: &[&str]) {
    let repo = Repo::new();
    let mut dice = Dice::new(seed);
    let mut differ = Vec::new();
    for at in 0..100 {
        let cleanup = ["default", "strip", "whitespace", "verbatim", "scissors"][at % 5];
        let raw = with_scissors(&mut dice);
        let Some(git) = committed(&repo, cleanup, edited, extra, &raw) else { continue };
        let mode = Cleanup::of(Some(cleanup.as_bytes()), edited);
        let guard = clean(&raw, mode, &comment_prefix(None, &raw), edited);
        if guard != git {
            differ.push(format!(
                "{cleanup}: {}\n  guard {}\n  git   {}",
                raw.escape_ascii(),
                guard.escape_ascii(),
                git.escape_ascii()
            ));
        }
    }
    never_differ(differ);
}

#[test]
fn a_message_given_on_the_command_line_is_cleaned_as_git_commit_cleans_it() {
    same_as_commit(5, false, &[]);
}

#[test]
fn a_message_from_an_editor_with_a_diff_below_is_cleaned_as_git_commit_cleans_it() {
    same_as_commit(6, true, &["--verbose"]);
}

const TRAILERS: [&[u8]; 38] = [
    b"",
    b"",
    b"",
    b" ",
    b"prose here",
    b"prose: here and there",
    b"Task: T001",
    b"task: T002",
    b"Task:T003",
    b"Task :  T004 \t",
    b"Task=T005",
    b"Task#T006",
    b"Task : : T007",
    b"Task T008: x",
    b"Signed-off-by: A <a@x>",
    b"Signed-off-by: A <a@x>",
    b"signed-off-by: A <a@x>",
    b"(cherry picked from commit 1234567)",
    b"Guard-Plan: plans/a b.toml",
    b"Guard-Plan: plans/x.toml",
    b"Key-2: v: w",
    b"not a key: v",
    b"Empty:",
    b"http://x",
    b": x",
    b"  folded",
    b"\tfolded twice ",
    b" folded: like a key",
    b"# comment",
    b"#Task: T009",
    b" # no comment",
    b"---",
    b"--- a/x",
    b"---no divider",
    b"Conflicts:",
    b"\ta/path",
    b"carriage: return\r",
    b"# ------------------------ >8 ------------------------",
];

#[test]
fn trailers_are_those_of_git_interpret_trailers() {
    let repo = Repo::new();
    let mut dice = Dice::new(7);
    let (mut differ, mut found, mut forgiven) = (Vec::new(), 0, 0);
    for at in 0..1200 {
        let raw = [b"subject\n".as_slice(), &message(&mut dice, &TRAILERS)].concat();
        let raw = if at % 2 == 0 { clean(&raw, Cleanup::Whitespace, b"#", false) } else { raw };
        let git = String::from_utf8(pipe(&repo, &["interpret-trailers", "--parse"], &raw)).unwrap();
        let show = |trailer: &Trailer| {
            format!(
                "{}: {}\n",
                String::from_utf8_lossy(&trailer.key),
                String::from_utf8_lossy(&trailer.value)
            )
        };
        let guard: String = trailers(&raw).iter().map(show).collect();
        found += usize::from(!git.is_empty());
        forgiven += usize::from(!git.is_empty() && raw.windows(10).any(|w| w == b"prose here"));
        if guard != git {
            differ.push(format!("{}\n  guard {guard:?}\n  git   {git:?}", raw.escape_ascii()));
        }
    }
    assert!(
        found > 100 && forgiven > 5,
        "messages with trailers: {found}, with prose beside them: {forgiven}"
    );
    never_differ(differ);
}

#[test]
fn what_a_machine_calls_a_separator_or_a_key_names_no_task() {
    let repo = Repo::new();
    repo.git(&["config", "trailer.separators", "=:"]).ok();
    repo.git(&["config", "trailer.task.key", "Task"]).ok();
    for message in ["x\n\nTask=T001\n", "x\n\nprose\nTask: T001\n"] {
        let git = pipe(&repo, &["interpret-trailers", "--parse"], message.as_bytes());
        assert!(git.starts_with(b"Task"), "{message:?}: {}", git.escape_ascii());
        assert_eq!(trailers(message.as_bytes()), [], "{message:?}");
    }
}
