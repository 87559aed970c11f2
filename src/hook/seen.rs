//! What the first hook of a `git commit` saw, kept for the later ones.
//!
//! git fixes the tree of a commit before its editor opens; an editor that unstages a path changes the index but not the
//! commit. The record lies in this worktree's own git directory and is believed only when it was written under the
//! same git process for the same HEAD and index file.
//!
//! Its first line is for the shim of `commit-msg`. Where nobody edits the message `prepare-commit-msg` has judged all of the
//! commit; `passed <process>` then spares a start of guard, if neither message nor index is younger than the record.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::model::{Change, Commit, CommitId, Entry, Mode, ObjectId};
use crate::platform;

/// What became of the commit when it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It was looked at; the last word is `commit-msg`'s.
    Looked,
    /// It passed as a whole, with its message.
    Passed,
}

/// The record, and how it relates to the present.
pub(super) struct Seen {
    /// The draft as that hook saw it, without a message.
    pub(super) commit: Commit,
    /// How many parents it had.
    pub(super) parents: usize,
    /// The index file is still in the same state.
    pub(super) same_index: bool,
    /// The message with which it passed as a whole.
    pub(super) passed: Option<Vec<u8>>,
}

/// The first word of a record whose commit passed as a whole; the shim knows it too.
const PASSED: &str = "passed";
const FORMAT: &str = "guard-seen 2";
/// How the name starts under which it is written; then the process follows.
const TEMPORARY: &str = "seen.";
/// A hook takes less.
const MOMENT: Duration = Duration::from_secs(60);

fn file(reader: &Reader) -> PathBuf {
    reader.git_dir().join("guard").join("seen")
}

/// The git process that runs this hook. Shims replace themselves by guard, so it is the parent.
fn session() -> u32 {
    platform::calling_process()
}

fn index_of(reader: &Reader) -> Result<(String, String)> {
    let identity = reader.index_identity()?;
    Ok(identity.map(|i| (i.path.display().to_string(), i.state)).unwrap_or_default())
}

/// Writes the record.
///
/// # Errors
/// It cannot be written: then `commit-msg` could be deceived, so the commit is refused.
pub(super) fn remember(
    reader: &Reader,
    head: Option<CommitId>,
    commit: &Commit,
    outcome: State,
) -> Result<()> {
    let (path, state) = index_of(reader)?;
    let head = head.map(|id| id.to_string()).unwrap_or_default();
    // git takes no message with a NUL.
    let whole = outcome == State::Passed && commit.message.as_ref().is_some_and(|m| !m.contains(&0));
    let word = if whole { PASSED } else { "looked" };
    let mut out = format!("{word} {}\n", session()).into_bytes();
    let parents = commit.parents.len();
    for field in [FORMAT, &head, &path, &state, &parents.to_string()] {
        put(&mut out, field.as_bytes());
    }
    put(&mut out, commit.message.as_deref().unwrap_or_default());
    put(&mut out, commit.encoding.as_deref().unwrap_or_default());
    put(&mut out, commit.defects.join("\n").as_bytes());
    for list in [&commit.changes, &commit.merge_changes] {
        put(&mut out, list.len().to_string().as_bytes());
        for change in list {
            put(&mut out, &change.path);
            for side in [change.old, change.new] {
                put(&mut out, side.map(write_entry).unwrap_or_default().as_bytes());
            }
        }
    }
    let file = file(reader);
    let folder = file.parent().map(PathBuf::from).unwrap_or_default();
    let temporary = folder.join(format!("{TEMPORARY}{}", std::process::id()));
    let written = fs::create_dir_all(&folder)
        .and_then(|()| sweep(&folder))
        .and_then(|()| fs::write(&temporary, &out))
        .and_then(|()| fs::rename(&temporary, &file));
    written.map_err(|e| {
        fs::remove_file(&temporary).ok(); // it may be half written, or not be there at all
        Error::io(format!("cannot record the staged tree in {}: {e}", file.display()))
            .help("df -h .git                    is the disk full?  ls -ld .git/guard  may you write there?")
    })
}

/// Removes records whose writer was killed.
fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let old = |meta: fs::Metadata| meta.modified().is_ok_and(|t| t.elapsed().is_ok_and(|e| e > MOMENT));
        // One that vanishes now is another commit's, which has put it in its place.
        if entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
            && entry.metadata().is_ok_and(old)
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// NUL separates fields: no path, object name or setting holds one.
fn put(out: &mut Vec<u8>, field: &[u8]) {
    out.extend_from_slice(field);
    out.push(0);
}

fn write_entry(entry: Entry) -> String {
    let mode = match entry.mode {
        Mode::Regular => 'f',
        Mode::Executable => 'x',
        Mode::Symlink => 'l',
        Mode::Gitlink => 'g',
    };
    format!("{mode}{}", entry.id)
}

fn read_entry(field: &[u8]) -> Option<Option<Entry>> {
    let Some((mode, hex)) = field.split_first() else { return Some(None) };
    let mode = match mode {
        b'f' => Mode::Regular,
        b'x' => Mode::Executable,
        b'l' => Mode::Symlink,
        b'g' => Mode::Gitlink,
        _ => return None,
    };
    Some(Some(Entry { mode, id: ObjectId::from_hex(hex)? }))
}

/// The record of this very `git commit`, if an earlier hook left one.
///
/// # Errors
/// The index file cannot be read.
pub(super) fn recall(reader: &Reader, head: Option<CommitId>) -> Result<Option<Seen>> {
    let Ok(data) = fs::read(file(reader)) else { return Ok(None) };
    let Some(parsed) = parse(&data) else { return Ok(None) };
    let (path, state) = index_of(reader)?;
    let head = head.map(|id| id.to_string()).unwrap_or_default();
    if parsed.session != session() || parsed.head != head || parsed.path != path || session() <= 1 {
        return Ok(None);
    }
    let same_index = parsed.state == state;
    Ok(Some(Seen { same_index, parents: parsed.parents, passed: parsed.passed, commit: parsed.commit }))
}

/// Notes that this `git commit` takes up a commit that is there (`--amend`, `-c`, `-C`), for `commit-msg`.
///
/// # Errors
/// The note cannot be written.
pub(super) fn mark_amend(reader: &Reader) -> Result<()> {
    let file = reader.git_dir().join("guard").join("amends");
    let folder = file.parent().map(PathBuf::from).unwrap_or_default();
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, session().to_string()))
        .map_err(|e| Error::io(format!("cannot write {}: {e}", file.display())))
}

/// Did `prepare-commit-msg` of this very `git commit` leave that note?
pub(super) fn amends(reader: &Reader) -> bool {
    let note = fs::read_to_string(reader.git_dir().join("guard").join("amends"));
    session() > 1 && note.is_ok_and(|text| text == session().to_string())
}

struct Parsed {
    session: u32,
    head: String,
    path: String,
    state: String,
    parents: usize,
    passed: Option<Vec<u8>>,
    commit: Commit,
}

fn parse(data: &[u8]) -> Option<Parsed> {
    let end = data.iter().position(|b| *b == b'\n')?;
    let (for_the_shim, rest) = data.split_at_checked(end)?;
    let (word, session) = std::str::from_utf8(for_the_shim).ok()?.split_once(' ')?;
    let session = session.parse().ok()?;
    let mut fields = rest.get(1..)?.split(|b| *b == 0);
    let mut next = || fields.next();
    if next()? != FORMAT.as_bytes() {
        return None;
    }
    let (head, path, state) = (text(next()?)?, text(next()?)?, text(next()?)?);
    let parents = text(next()?)?.parse().ok()?;
    let message = next()?.to_vec();
    let passed = (word == PASSED).then_some(message);
    let encoding = Some(next()?.to_vec()).filter(|e| !e.is_empty());
    let defects = text(next()?)?;
    let defects = defects.lines().map(str::to_owned).collect();
    let mut lists = [Vec::new(), Vec::new()];
    for list in &mut lists {
        let count: usize = text(next()?)?.parse().ok()?;
        for _ in 0..count {
            let path = next()?.to_vec();
            list.push(Change { path, old: read_entry(next()?)?, new: read_entry(next()?)? });
        }
    }
    let [changes, merge_changes] = lists;
    let commit =
        Commit { id: None, parents: Vec::new(), message: None, encoding, changes, merge_changes, defects };
    Some(Parsed { session, head, path, state, parents, passed, commit })
}

fn text(field: &[u8]) -> Option<String> {
    String::from_utf8(field.to_vec()).ok()
}
