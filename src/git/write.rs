//! The only writer of the repository by library (git2): notes.
//!
//! What must honour the user's filters, signing and hooks is left to the `git` on the machine (`run.rs`).

use std::path::Path;

use crate::error::{Error, Result};
use crate::git::run;
use crate::model::ObjectId;

/// Another program may hold the notes ref for a moment.
const TRIES: usize = 20;

/// Appends `text` (whole lines) to the note on `object` under `notes_ref`. The caller keeps other guards away meanwhile.
///
/// # Errors
/// The note cannot be written.
pub fn append_note(git_dir: &Path, notes_ref: &str, object: ObjectId, text: &str) -> Result<()> {
    // libgit2 does not know every kind of repository that git does (SHA-256, reftable).
    let Some(repo) = git2::Repository::open(git_dir).ok() else {
        return append_by_git(git_dir, notes_ref, object, text);
    };
    let oid = git2::Oid::from_bytes(object.as_bytes()).map_err(|e| cannot(&e))?;
    let who = repo.signature().or_else(|_| git2::Signature::now("guard", "guard@localhost"));
    let who = who.map_err(|e| cannot(&e))?;
    let mut last = None;
    for attempt in 0..TRIES {
        let before = match repo.find_note(Some(notes_ref), oid) {
            Ok(note) => note.message_bytes().to_vec(),
            Err(e) if e.code() == git2::ErrorCode::NotFound => Vec::new(),
            Err(e) => return Err(cannot(&e)),
        };
        let Ok(mut whole) = String::from_utf8(before) else {
            return append_by_git(git_dir, notes_ref, object, text);
        };
        if !whole.is_empty() && !whole.ends_with('\n') {
            whole.push('\n');
        }
        whole.push_str(text);
        match repo.note(&who, &who, Some(notes_ref), oid, &whole, true) {
            Ok(_) => return Ok(()),
            Err(e) => last = Some(e),
        }
        std::thread::sleep(std::time::Duration::from_millis(5 * (attempt as u64 + 1)));
    }
    Err(last.map_or_else(|| Error::git("the note cannot be written"), |e| cannot(&e)))
}

fn append_by_git(git_dir: &Path, notes_ref: &str, object: ObjectId, text: &str) -> Result<()> {
    let id = object.to_string();
    let name = format!("--ref={notes_ref}");
    run::output(git_dir, &["notes", &name, "append", "-m", text.trim_end(), &id]).map(drop)
}

fn cannot(e: &git2::Error) -> Error {
    Error::git(format!("evidence cannot be written: {}", e.message()))
        .help("git fsck                      if an object is damaged; else look at the rights of .git")
}
