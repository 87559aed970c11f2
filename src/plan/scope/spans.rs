//! The paths in one part of a Files entry, code span by code span.

use super::super::called;
use super::super::labels::{Verb, leaves_alone, verb_named};
use super::super::markdown::{CODE, END_CODE, plain};
use super::super::token::{
    Token, is_folder_name, is_folder_without_slash, is_surely_path, is_usual_at_root, path_token,
};
use super::super::value::Value;
use super::super::words::Words;
use super::{ASIDES, EXCEPT, Entries, READ_AT_ROOT};
use crate::pattern::Pattern;
use crate::plan::Problem;

impl Entries<'_> {
    pub(super) fn code_spans(&mut self, value: &Value, text: &str, folder: bool) {
        let mut pieces = text.split(CODE).peekable();
        let mut before = pieces.next().unwrap_or_default();
        let mut first = true;
        while let Some(piece) = pieces.next() {
            let (code, after) = piece.split_once(END_CODE).unwrap_or((piece, ""));
            let words = Words::of(before);
            if words.any(ASIDES).is_some() {
                return;
            }
            // "…. The caller is `x`", "`x`, and use `y`"
            if !first && (before.contains(". ") || reads(before)) {
                return self.prose_about(value, &[code], pieces);
            }
            self.beside_code(value, std::mem::replace(&mut before, after));
            first = false;
            let remark = after.split([',', ';', '.']).next().unwrap_or_default();
            if leaves_alone(remark) {
                let shown = format!("`{code}`{}", plain(remark));
                self.doubts.push(self.kept(value.line, &shown));
                continue;
            }
            let excludes = words.any(EXCEPT).is_some();
            let below = folder || words.ends_with_any(&["under", "inside", "below"]);
            for one in code.split(", ").map(str::trim).filter(|c| !c.is_empty()) {
                let token = match path_token(one) {
                    // "`evals` (the whole directory)"
                    Token::Name if folder && is_folder_name(one) => Token::Path(one.to_owned()),
                    token => token,
                };
                self.token(value, token, excludes, below);
            }
        }
        if Words::of(before).any(ASIDES).is_none() {
            self.beside_code(value, before);
        }
    }

    /// The rest of the part is prose: its paths are left out, aloud.
    fn prose_about<'p>(&mut self, value: &Value, codes: &[&str], pieces: impl Iterator<Item = &'p str>) {
        let further = pieces.filter_map(|piece| Some(piece.split_once(END_CODE)?.0));
        for code in codes.iter().copied().chain(further) {
            if let Token::Path(path) = path_token(code) {
                let message = format!("{}: `{code}` stands in prose, and is not in scope", called(self.task));
                let problem = Problem::warn(value.line_of(&path), message).about_scope_of(self.task);
                self.doubts.push(problem.help(format!("- Modify: `{path}`    if the task changes it")));
            }
        }
    }

    /// Paths in a remark that goes on with the list: `a (and b)`.
    pub(super) fn further(&mut self, value: &Value, remark: &str) {
        let first = remark.split_whitespace().next().unwrap_or_default().to_lowercase();
        if ["and", "plus", "also", "&", "+"].contains(&first.as_str()) {
            self.prose_about(value, &[], remark.split(CODE).skip(1));
        }
    }

    /// Paths without backticks, where others have them: words, perhaps, and perhaps not.
    fn beside_code(&mut self, value: &Value, words: &str) {
        let words =
            words.split_whitespace().map(|word| word.trim_matches(|c: char| ",.;:!?\"'*".contains(c)));
        for path in words.filter(|word| is_surely_path(word)) {
            let message = format!("{}: {path} stands beside code, and is not in scope", called(self.task));
            let problem = Problem::warn(value.line_of(path), message).about_scope_of(self.task);
            self.doubts.push(problem.help(format!("- Modify: `{path}`    if the task changes it")));
        }
    }

    pub(super) fn token(&mut self, value: &Value, token: Token, excludes: bool, folder: bool) {
        let line = value.line;
        match token {
            Token::Name => {}
            Token::Unreadable { what, help } => {
                let message = format!("{}: {what}", called(self.task));
                self.doubts.push(Problem::warn(line, message).help(help).about_scope_of(self.task));
            }
            Token::Path(path) => {
                self.named += 1;
                let line = value.line_of(&path);
                if folder && is_folder_without_slash(&path) {
                    let what =
                        format!("{}: `{path}` is a directory without a trailing `/`", called(self.task));
                    let problem = Problem::deny(line, what).help(format!("write `{path}/`"));
                    self.problems.push(problem.about_scope_of(self.task));
                }
                if !path.contains('/') && !is_usual_at_root(&path) {
                    let message = format!("{}: `{path}` {READ_AT_ROOT}", called(self.task));
                    let problem =
                        Problem::warn(line, message).help("write the whole path if it lies elsewhere");
                    self.problems.push(problem.about_scope_of(self.task));
                }
                let text = if excludes { format!("!{path}") } else { path };
                // `path_token` has parsed it already; a second `!` is the only difference.
                let new = Pattern::parse(&text).ok().filter(|p| self.seen.insert(p.as_str().to_owned()));
                self.patterns.extend(new.map(|p| p.on_line(line)));
            }
        }
    }
}

/// Does a verb among these words say that a file is only looked at?
fn reads(words: &str) -> bool {
    words.split(|c: char| !c.is_alphanumeric()).any(|word| verb_named(word) == Some(Verb::Reads))
}
