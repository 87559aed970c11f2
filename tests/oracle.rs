//! What guard reads against what git says. git is the oracle: it answers every question by its own code, and the two
//! answers must be the same, byte for byte.
//!
//! guard's reader takes the repository from the environment of its process, as in a hook. So each question is asked in
//! a child: this very program, started again with only [`the_child_answers`] to run.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

#[path = "oracle/history.rs"]
mod history;
#[path = "oracle/index.rs"]
mod index;
#[path = "oracle/message.rs"]
mod message;

use std::fs;
use std::path::Path;

use guard::git::read::Reader;
use guard::history::History;
use guard::model::{Change, Entry, Mode, ObjectId};
use harness::Repo;

const ASK: &str = "GUARD_ORACLE_ASK";

/// Differences as `git diff-tree --raw` writes them, one a line, the path escaped. The order is part of the answer.
type Lines = Vec<String>;

/// Asks guard's reader in `dir`, one answer for each question.
fn ask(repo: &Repo, dir: &Path, env: &[(&str, &str)], questions: &[String]) -> Vec<Lines> {
    let file = tempfile::NamedTempFile::new_in(repo.root()).unwrap();
    fs::write(file.path(), questions.join("\n")).unwrap();
    let mut child = repo.command(std::env::current_exe().unwrap(), dir);
    child.args(["--exact", "the_child_answers", "--test-threads=1"]).env(ASK, file.path());
    let out = child.envs(env.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    assert!(out.status.success(), "the child failed:\n{said}");
    let answers = fs::read_to_string(file.path()).unwrap();
    let answers: Vec<Lines> = answers
        .split_terminator("\n\n")
        .map(|a| a.trim_start_matches('\n').lines().map(str::to_owned).collect())
        .collect();
    assert_eq!(answers.len(), questions.len(), "one answer a question:\n{said}");
    answers
}

/// Not a test of its own: the half of [`ask`] that runs in the child.
#[test]
fn the_child_answers() {
    let Some(file) = std::env::var_os(ASK) else { return };
    let reader = Reader::open().map_err(|e| e.to_string()).unwrap();
    let mut out = String::new();
    for question in fs::read_to_string(&file).unwrap().lines() {
        let lines = answer(&reader, question).unwrap_or_else(|e| vec![format!("error: {e}")]);
        out.push_str(&format!("{}\n\n", lines.join("\n")));
    }
    fs::write(file, out).unwrap();
}

fn answer(reader: &Reader, question: &str) -> guard::error::Result<Lines> {
    let words: Vec<&str> = question.split(' ').collect();
    let id = |at: usize| ObjectId::from_hex(words[at].as_bytes()).unwrap();
    Ok(match words[0] {
        "changes" => reader.changes(id(1))?.iter().map(raw).collect(),
        "commit" => reader.commit(id(1))?.changes.iter().map(raw).collect(),
        "merge" => reader.commit(id(1))?.merge_changes.iter().map(raw).collect(),
        "defects" => reader.commit(id(1))?.defects,
        "staged" => reader.staged(reader.head()?.commit)?.changes.iter().map(raw).collect(),
        "tree" => {
            let head = reader.head()?.commit;
            vec![reader.tree_with(head, &reader.staged(head)?.changes)?.to_string()]
        }
        "range" => reader.range(id(1), id(2))?.commits.iter().map(ToString::to_string).collect(),
        "base" => vec![reader.merge_base(id(1), id(2))?.to_string()],
        other => panic!("no such question: {other}"),
    })
}

fn raw(change: &Change) -> String {
    let mode = |side: Option<Entry>| match side.map(|e| e.mode) {
        None => "000000",
        Some(Mode::Regular) => "100644",
        Some(Mode::Executable) => "100755",
        Some(Mode::Symlink) => "120000",
        Some(Mode::Gitlink) => "160000",
    };
    let id = |side: Option<Entry>| side.map_or_else(|| "-".to_owned(), |e| e.id.to_string());
    let path = change.path.escape_ascii();
    format!("{} {} {} {} {path}", mode(change.old), mode(change.new), id(change.old), id(change.new))
}

/// `git diff-tree` of two trees, in the same words.
fn diff_tree(repo: &Repo, dir: &Path, old: &str, new: &str) -> Lines {
    let args = ["diff-tree", "-r", "--no-renames", "--no-commit-id", "--root", "-z", "--raw", old, new];
    let out = repo.command("git", dir).args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut fields = out.stdout.split(|b| *b == 0);
    let mut lines = Lines::new();
    while let (Some(meta), Some(path)) = (fields.next().filter(|m| !m.is_empty()), fields.next()) {
        let meta = String::from_utf8(meta.to_vec()).unwrap();
        let words: Vec<&str> = meta.trim_start_matches(':').split(' ').collect();
        let id = |hex: &str| if hex.bytes().all(|b| b == b'0') { "-".to_owned() } else { hex.to_owned() };
        lines.push(format!(
            "{} {} {} {} {}",
            words[0],
            words[1],
            id(words[2]),
            id(words[3]),
            path.escape_ascii()
        ));
    }
    lines
}

/// The name of the empty tree in this repository's hash.
fn empty_tree(repo: &Repo, dir: &Path) -> String {
    repo.run_in(dir, "git", &["hash-object", "-t", "tree", "/dev/null"]).ok()
}
