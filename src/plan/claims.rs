//! What the entries of a Files block say about the tree: that a file is new, or that it is there to be changed.
//!
//! Never enforced: a plan is wrong about this in passing, and what a task may change does not depend on it.

use super::markdown::{CODE, END_CODE};
use super::scope::without_parentheses;
use super::token::{Token, bare_path, path_token};
use super::value::Value;
use super::words::Words;

/// A path, and whether its entry calls it new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// As in the scope.
    pub path: String,
    /// New, or else there already.
    pub new: bool,
}

#[rustfmt::skip]
const NEW: &[&str] = &["create", "creates", "created", "add", "adds", "added", "new", "新規", "新規作成", "作成"];
#[rustfmt::skip]
const THERE: &[&str] = &[
    "modify", "modifies", "modified", "edit", "edits", "edited", "update", "updates", "updated", "change", "changes",
    "changed", "delete", "deletes", "deleted", "remove", "removes", "removed", "extend", "refactor", "変更", "修正", "削除",
];

/// The claims of these entries. An entry that says both or neither claims nothing.
pub(super) fn of<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<Claim> {
    values.flat_map(claims).collect()
}

fn claims(value: &Value) -> Vec<Claim> {
    let (main, remarks) = without_parentheses(value.text.trim());
    let (verb, paths) = match main.split_once(CODE) {
        Some((verb, _)) => (verb, spans(&main)),
        None => {
            let (verb, rest) = main.split_once([':', ' ']).unwrap_or(("", &main));
            let (verb, rest) = if bare_path(&main).is_some() { ("", main.as_str()) } else { (verb, rest) };
            (verb, rest.split(',').filter_map(bare_path).flatten().collect())
        }
    };
    let words = Words::of(&format!("{verb} {remarks}"));
    let new = words.any(NEW).is_some();
    if new == words.any(THERE).is_some() {
        return Vec::new();
    }
    let path = |token: &str| match path_token(token) {
        Token::Path(path) => Some(Claim { path, new }),
        _ => None,
    };
    paths.into_iter().filter_map(path).collect()
}

/// The code spans of a text.
fn spans(text: &str) -> Vec<&str> {
    text.split(CODE).skip(1).filter_map(|piece| Some(piece.split_once(END_CODE)?.0)).collect()
}

#[cfg(test)]
mod tests;
