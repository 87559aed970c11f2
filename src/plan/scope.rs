//! The entries of a `Files` block: which paths they declare, and what in them cannot be read.
//!
//! A path is declared, never inferred: prose, notes in parentheses, and names in backticks that are no paths add
//! nothing. Whatever is left out is a [`Problem`] for the author.

mod spans;

use std::collections::HashSet;

use crate::model::TaskId;
use crate::pattern::{Pattern, Patterns};

use super::labels::{Verb, emphasised, leaves_alone, split_colon, verb_named};
use super::markdown::{CODE, END_CODE, plain};
use super::token::{bare_path, has_path, path_token};
use super::value::Value;
use super::words::Words;
use super::{Problem, called};

/// What is said of a name without a folder, behind the name.
pub const READ_AT_ROOT: &str = "is read as a file at the repository root";
/// Entries that say outright that no file changes.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "none", "-", "–", "—", "n/a", "na", "no files", "no file", "no file changes", "no changes", "no code changes",
    "nothing", "なし", "無し", "ファイル変更なし",
];
/// Words that make an entry a condition rather than a declaration.
#[rustfmt::skip]
const HEDGES: &[&str] = &[
    "only if", "possibly", "if needed", "if necessary", "if required", "maybe", "optional", "as needed", "potentially",
    "perhaps", "if any", "where needed",
];
/// Words that say that the files stay out of the repository.
const NOT_COMMITTED: &[&str] =
    &["not committed", "temp only", "temporary", "untracked", "gitignored", "not tracked"];
/// Words that no person can check a commit against.
#[rustfmt::skip]
const VAGUE: &[&str] = &[
    "tbd", "todo", "all", "any", "repository-wide", "repo-wide", "codebase-wide", "various", "multiple", "several",
    "everything", "everywhere", "whole", "entire", "etc", "new test", "new tests", "relevant", "affected", "others",
];
/// Behind these words a path is an example or a source, not a target.
#[rustfmt::skip]
const ASIDES: &[&str] = &[
    "see", "like", "per", "as in", "from", "using", "based on", "to match", "because", "instead of", "similar to",
    "mirroring", "mirrors", "following", "matching", "via", "used by", "called by", "imported by", "such as", "e g", "eg",
    "cf", "compare", "compared", "depends on", "which calls", "that calls", "which uses", "that uses", "same as", "as does",
];
/// Behind these words a path is taken out again.
#[rustfmt::skip]
const EXCEPT: &[&str] = &["except", "excluding", "not", "without", "minus", "other than", "never", "no changes to", "no change to"];

/// Reads the entries of all `Files` fields of one task.
pub(super) fn read(task: &TaskId, line: usize, values: &[&Value]) -> (Option<Patterns>, Vec<Problem>) {
    let mut entries = Entries {
        task,
        patterns: Vec::new(),
        seen: HashSet::new(),
        named: 0,
        nothing: false,
        doubts: Vec::new(),
        problems: Vec::new(),
    };
    for value in values {
        entries.value(value);
    }
    entries.finish(line)
}

struct Entries<'t> {
    task: &'t TaskId,
    patterns: Vec<Pattern>,
    seen: HashSet<String>,
    /// How many paths the entries name, one that stands twice among them.
    named: usize,
    /// Did an entry say that there are no files?
    nothing: bool,
    /// What was left out: refused when nothing else is declared, a warning otherwise.
    doubts: Vec<Problem>,
    problems: Vec<Problem>,
}

/// How one value is read, part by part.
struct State {
    verb: Verb,
    hedged: bool,
    /// An inline value had a note; what follows counts only where it plainly starts with a path.
    noted: bool,
}

impl Entries<'_> {
    fn value(&mut self, value: &Value) {
        let text = &self.without_kept(value);
        let (main, asides) = without_parentheses(text);
        let shown: String = plain(text).chars().take(120).collect();
        if let Some(doubt) = value.doubt {
            let message = format!("{}: \"{shown}\" {doubt}", called(self.task));
            let problem = Problem::warn(value.line, message).about_scope_of(self.task);
            let entry = text.replace([CODE, END_CODE], "`");
            let help = format!("- {entry}    as an item of the list of files, if the task changes it");
            return self.doubts.push(problem.help(help));
        }
        if is_nothing(&main) || (main.trim().is_empty() && is_nothing(asides.trim())) {
            self.nothing = true;
            return;
        }
        let remarks = Words::of(&asides);
        if let Some(words) = remarks.any(NOT_COMMITTED) {
            let message = format!("{} leaves out \"{shown}\": it says \"{words}\"", called(self.task));
            self.doubts
                .push(Problem::warn(value.line, message).help("paths that no commit holds need no entry"));
            return;
        }
        if asides.split('\n').any(leaves_alone) {
            return self.doubts.push(self.kept(value.line, &shown));
        }
        let struck = ["~~", "<del", "<s>", "<strike"];
        if main.split([CODE, END_CODE]).step_by(2).any(|words| struck.iter().any(|mark| words.contains(mark)))
        {
            let problem =
                Problem::deny(value.line, format!("{}: \"{shown}\" is struck out", called(self.task)));
            let problem = problem.help("take out what no longer holds, and the ~~ around it");
            return self.problems.push(problem.about_scope_of(self.task));
        }
        let mut state = State {
            verb: Verb::Writes,
            hedged: remarks.any(HEDGES).or_else(|| Words::of(&main).any(HEDGES)).is_some(),
            noted: false,
        };
        let before = (self.named, self.doubts.len());
        let folder = remarks.any(&["directory", "folder", "tree"]).is_some();
        asides.split('\n').for_each(|remark| self.further(value, remark));
        for part in split_list(&main).into_iter().flat_map(split_verbs) {
            if self.part(value, part, folder, &mut state) {
                break;
            }
        }
        let declared = self.named > before.0;
        if declared && state.hedged {
            let message = format!("{} may or may not change \"{shown}\"", called(self.task));
            self.problems.push(
                Problem::warn(value.line, message)
                    .help("the paths are in scope; decide, or name them without a condition")
                    .about_scope_of(self.task),
            );
        }
        if !declared && self.doubts.len() == before.1 && state.verb != Verb::Reads && !self.nothing {
            self.doubts.push(self.prose(value.line, &shown));
        }
    }

    /// The text of a list without those parts whose own remark says that they stay as they are.
    fn without_kept(&mut self, value: &Value) -> String {
        let text = value.text.trim();
        let parts = split_list(text);
        let stays = |part: &str| {
            let (_, remarks) = without_parentheses(part.trim());
            remarks.split('\n').any(leaves_alone)
        };
        if parts.len() < 2 || !parts.iter().any(|part| stays(part)) || parts.iter().all(|part| stays(part)) {
            return text.to_owned();
        }
        let (kept, rest): (Vec<&str>, Vec<&str>) = parts.into_iter().partition(|part| stays(part));
        for part in kept {
            self.doubts.push(self.kept(value.line, &plain(part)));
        }
        rest.join(",")
    }

    /// Reads one part of a list; `true` when a note ends the whole value.
    fn part(&mut self, value: &Value, part: &str, folder: bool, state: &mut State) -> bool {
        let mut text = part.trim();
        if let Some((inner, after)) = emphasised(text)
            && let Some(colon) = after.trim_start().strip_prefix([':', '：'])
            && verb_named(inner).is_some()
        {
            state.verb = verb_named(inner).unwrap_or(Verb::Unknown);
            text = colon.trim();
        }
        let (verb, rest) = split_verb(text);
        let starts_with_path = text.starts_with(CODE)
            || bare_path(cut_note(text).0).is_some()
            || split_colon(text).is_some() && verb.is_some();
        if state.noted && !starts_with_path {
            self.left_out(value.line, text);
            return false;
        }
        if let Some(verb) = verb {
            state.verb = verb;
        }
        let (target, noted) = cut_note(rest);
        let ends = noted && !value.inline;
        if noted && value.inline {
            self.left_out(value.line, rest.get(target.len()..).unwrap_or_default());
        }
        if leaves_alone(rest.get(target.len()..).unwrap_or_default()) {
            self.doubts.push(self.kept(value.line, &plain(part)));
            return ends;
        }
        state.noted |= noted;
        match state.verb {
            Verb::Reads => return ends,
            Verb::Unknown => {
                if has_path(target) {
                    let shown = plain(part);
                    let message = format!(
                        "{}: \"{shown}\" does not say whether its files are written",
                        called(self.task)
                    );
                    let help =
                        "start the entry with `Create:`, `Modify:`, `Test:` or `Delete:`, or with `Read:`";
                    self.doubts.push(Problem::warn(value.line, message).help(help).about_scope_of(self.task));
                }
                return ends;
            }
            Verb::Writes => {}
        }
        if is_nothing(target) {
            self.nothing = true;
        } else if target.contains(CODE) {
            let before = (self.named, self.doubts.len());
            self.code_spans(value, target, folder);
            let silent = before == (self.named, self.doubts.len());
            // A call is no file; any other name may be one.
            if silent && value.inline && target.starts_with(CODE) && !target.contains(['(', ':']) {
                self.doubts.push(self.prose(value.line, &plain(target)));
            }
        } else if let Some(paths) = bare_path(target) {
            paths.into_iter().for_each(|path| self.token(value, path_token(path), false, folder));
        } else if !target.trim().is_empty() {
            self.doubts.push(self.prose(value.line, &plain(target)));
        }
        ends
    }

    /// Warns where a note in an inline list names paths, which may have been meant as further entries.
    fn left_out(&mut self, line: usize, note: &str) {
        if has_path(note) {
            let shown: String = plain(note).chars().take(120).collect();
            let message = format!("{}: \"{shown}\" is a note; its paths are not in scope", called(self.task));
            let problem = Problem::warn(line, message).help("write the paths as a list, one item each");
            self.problems.push(problem.about_scope_of(self.task));
        }
    }

    fn kept(&self, line: usize, shown: &str) -> Problem {
        Problem::warn(line, format!("{} leaves out \"{shown}\", which stays as it is", called(self.task)))
            .help("start it with `Read:`, or take the remark away if the task changes it")
            .about_scope_of(self.task)
    }

    fn prose(&self, line: usize, shown: &str) -> Problem {
        let vague = Words::of(shown).any(VAGUE).is_some();
        let what = if vague { "is too vague to check a commit against" } else { "names no path" };
        let shown: String = shown.chars().take(120).collect();
        Problem::warn(line, format!("{}: \"{shown}\" {what}", called(self.task)))
            .help("name each path in backticks, or a directory with a trailing `/`")
            .about_scope_of(self.task)
    }

    fn finish(mut self, line: usize) -> (Option<Patterns>, Vec<Problem>) {
        if self.patterns.iter().all(Pattern::excludes) && !self.nothing {
            if self.doubts.is_empty() && self.problems.is_empty() {
                let message = format!("{}: the Files entry names no path that is written", called(self.task));
                let problem = Problem::warn(line, message).about_scope_of(self.task);
                self.doubts.push(problem.help("- Modify: `src/lease.rs`    without a checkbox"));
            }
            let denied = |p: Problem| Problem {
                level: crate::model::Level::Deny,
                scope_of: Some(self.task.clone()),
                ..p
            };
            self.problems.extend(self.doubts.into_iter().map(denied));
            return (None, self.problems);
        }
        self.problems.append(&mut self.doubts);
        (Some(Patterns::new(self.patterns)), self.problems)
    }
}

/// Splits off the verb in front of a part, with or without a colon.
pub(super) fn split_verb(text: &str) -> (Option<Verb>, &str) {
    if let Some((name, rest)) = split_colon(text) {
        return match verb_named(name) {
            Some(verb) => (Some(verb), rest),
            None if bare_path(name).is_some() => (None, text),
            None => (Some(Verb::Unknown), rest),
        };
    }
    let Some((word, rest)) = text.split_once(char::is_whitespace) else { return (None, text) };
    let rest = rest.trim();
    let Some(verb) = verb_named(word) else { return (None, text) };
    if bare_path(rest).is_some() {
        return (Some(verb), rest);
    }
    // "Read or inspect `x`", "Update the exports in `x`".
    match text.split_once(CODE) {
        Some((phrase, _)) => (Some(verb_named(phrase).unwrap_or(verb)), rest),
        None => (None, text),
    }
}

/// The text outside parentheses, and what was inside them. Parentheses inside a path stay: `app/(shop)/x.ts`.
pub(super) fn without_parentheses(text: &str) -> (String, String) {
    let (mut main, mut inside) = (String::new(), String::new());
    let (mut depth, mut code, mut before) = (0usize, false, ' ');
    for c in text.chars() {
        match c {
            CODE => code = true,
            END_CODE => code = false,
            _ => {}
        }
        let opens = (c == '('
            && (depth > 0 || before.is_whitespace() || before == END_CODE || before == '*'))
            || c == '（';
        let closes = depth > 0 && (c == ')' || c == '）');
        if opens && !code {
            depth += 1;
        } else if closes && !code {
            depth -= 1;
            inside.push('\n');
            // The group counts as a space, so that what follows it is a word of its own.
            main.push(' ');
        } else if depth > 0 {
            inside.push(c);
        } else {
            main.push(c);
        }
        before = c;
    }
    // "Create : x" was "Create (new): x".
    (main.replace(" :", ":"), inside)
}

/// `a` and ` Test: b` of "a and Test: b".
fn split_verbs(part: &str) -> Vec<&str> {
    let starts_anew = |(at, joint): &(usize, &str)| {
        let rest = part.get(at + joint.len()..).unwrap_or_default();
        let word = rest.split(char::is_whitespace).next().and_then(|word| word.strip_suffix([':', '：']));
        let outside = |head: &str| head.matches(CODE).count() == head.matches(END_CODE).count();
        word.and_then(verb_named).is_some() && part.get(..*at).is_some_and(outside)
    };
    let Some((at, joint)) = part.match_indices(" and ").find(starts_anew) else { return vec![part] };
    let (head, rest) = (part.get(..at).unwrap_or(part), part.get(at + joint.len()..).unwrap_or_default());
    [vec![head], split_verbs(rest)].concat()
}

/// Parts between commas and semicolons outside code, braces and parentheses.
fn split_list(text: &str) -> Vec<&str> {
    let (mut code, mut braces) = (false, 0usize);
    text.split(move |c: char| {
        match c {
            CODE => code = true,
            END_CODE => code = false,
            '{' | '(' | '（' if !code => braces += 1,
            '}' | ')' | '）' if !code => braces = braces.saturating_sub(1),
            _ => {}
        }
        !code && braces == 0 && matches!(c, ',' | ';' | '、' | '，' | '；')
    })
    .filter(|part| !part.trim().is_empty())
    .collect()
}

/// Cuts what follows a dash, or a colon behind the path, off a part.
pub(super) fn cut_note(text: &str) -> (&str, bool) {
    let mut end = text.len();
    let mut code = false;
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        match c {
            CODE => code = true,
            END_CODE => {
                code = false;
                let after = rest.get(c.len_utf8()..).unwrap_or_default();
                if after.starts_with([':', '：']) {
                    end = at + c.len_utf8();
                    break;
                }
            }
            _ if code => {}
            ' ' if [" - ", " -- ", " — ", " – ", " —", " # "].iter().any(|dash| rest.starts_with(dash)) =>
            {
                end = at;
                break;
            }
            ':' | '：' if rest.get(c.len_utf8()..).is_some_and(|r| r.starts_with(' ')) => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    (text.get(..end).unwrap_or(text).trim(), end < text.trim_end().len())
}

pub(super) fn is_nothing(text: &str) -> bool {
    let text = text.trim().trim_matches('*').trim_end_matches(['.', '。']).trim().to_lowercase();
    NOTHING.contains(&text.as_str())
}

/// Is a native scope entry a word such as "TBD" or "all" rather than a path?
pub(super) fn is_vague(entry: &str) -> bool {
    let lower = entry.trim().to_lowercase();
    let phrase = lower.contains(' ') && !lower.contains('/');
    VAGUE.contains(&lower.as_str()) || (phrase && Words::of(&lower).any(VAGUE).is_some())
}

#[cfg(test)]
mod tests;
