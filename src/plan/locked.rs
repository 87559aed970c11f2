//! What of a plan is locked while it runs: everything but status marks and living sections.

use super::growth::{self, Loss};
use super::{FORMATS, Format, has_extension, markdown, read, read_first, text_of};

/// The lines of the plan that may not change while it runs, each with its number from 1: everything but status
/// marks and living sections. What is no text, or in no format that has such marks, is locked as a whole.
pub fn locked_lines(path: &str, bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    match text_of(path, bytes) {
        Ok(text) => lock_with(locker(path, text), text),
        Err(_) => raw_lines(bytes),
    }
}

/// The first line of `new`, from 1, whose locked text differs from `old`; a line that is gone counts where it would
/// have followed. `None`: nothing that is locked changed.
pub fn first_locked_difference(path: &str, old: &[u8], new: &[u8]) -> Option<usize> {
    if old == new {
        return None;
    }
    let (before, after) = match (text_of(path, old), text_of(path, new)) {
        // The running plan decides how both are read: no edit can turn the document into a looser format.
        (Ok(old), Ok(new)) => {
            let locker = locker(path, old);
            (lock_with(locker, old), lock_with(locker, new))
        }
        _ => {
            // Not both readable: nothing is a status mark, and since the bytes differ some line does.
            let (before, after) = (raw_lines(old), raw_lines(new));
            return Some(first_difference(&before, &after).unwrap_or(after.len().max(1)));
        }
    };
    first_difference(&before, &after)
}

fn first_difference(before: &[(usize, Vec<u8>)], after: &[(usize, Vec<u8>)]) -> Option<usize> {
    let same = before.iter().zip(after).take_while(|((_, old), (_, new))| old == new).count();
    match after.get(same) {
        Some((line, _)) => Some(*line),
        None if same < before.len() => Some(after.last().map_or(1, |(line, _)| *line)),
        None => None,
    }
}

type Locker = fn(&str) -> Vec<(usize, String)>;

/// How the document is locked: as its format says; Markdown that no format knows still has its status marks.
fn locker(path: &str, text: &str) -> Option<Locker> {
    let prose = || has_extension(path, &["md", "markdown"]).then_some(markdown::locked as Locker);
    detected(path, text).map(|f| f.locked).or_else(prose)
}

/// The format that reads the document; where none finds tasks in it, the first that might.
fn detected(path: &str, text: &str) -> Option<&'static Format> {
    let read = read_first(path, text).ok().flatten().map(|(format, _)| format);
    read.or_else(|| FORMATS.iter().find(|format| (format.detect)(path, text).is_some()))
}

/// The first line in a living section of `old` that `new` does not keep, where the format of the running plan lets
/// these sections only grow. `old` is a text that the plan has had since it was locked.
pub fn first_loss(path: &str, running: &[u8], old: &[u8], new: &[u8]) -> Option<Loss> {
    if old == new || !text_of(path, running).is_ok_and(|text| detected(path, text).is_some_and(|f| f.grows)) {
        return None;
    }
    // What is not text has no sections: the locked lines tell.
    growth::first_loss(text_of(path, old).ok()?, text_of(path, new).ok()?)
}

/// Is `new` the same plan as `old`, but for what happened since? Then it allows the same.
pub fn is_same(path: &str, old: &[u8], new: &[u8]) -> bool {
    let decisive = |bytes: &[u8]| {
        let tasks = read(path, bytes).ok()?.tasks.into_iter();
        Some(tasks.map(|task| (task.id, task.scope, task.depends_on)).collect::<Vec<_>>())
    };
    first_locked_difference(path, old, new).is_none() && (old == new || decisive(old) == decisive(new))
}

fn lock_with(locker: Option<Locker>, text: &str) -> Vec<(usize, Vec<u8>)> {
    match locker {
        Some(locked) => locked(text).into_iter().map(|(line, text)| (line, text.into_bytes())).collect(),
        None => raw_lines(text.as_bytes()),
    }
}

fn raw_lines(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    body.split(|b| *b == b'\n').enumerate().map(|(n, line)| (n + 1, line.to_vec())).collect()
}
