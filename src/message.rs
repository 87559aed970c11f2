//! Commit messages: what git will make of a message file, and the trailers in it.

mod trailers;

pub use trailers::{Trailer, trailers};

/// How git cleans a message before it becomes part of the commit (`commit.cleanup`, `--cleanup`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleanup {
    /// Comment lines and superfluous white space go. git's default when an editor was used.
    Strip,
    /// Superfluous white space goes. git's default without an editor.
    Whitespace,
    /// Nothing goes.
    Verbatim,
}

impl Cleanup {
    /// The mode that git will use: `configured` is `commit.cleanup`, `edited` whether an editor is used.
    /// `--cleanup` on the command line is not shown to hooks.
    pub fn of(configured: Option<&[u8]>, edited: bool) -> Self {
        match configured {
            Some(b"verbatim") => Self::Verbatim,
            Some(b"strip") => Self::Strip,
            // scissors: what is below the line is cut in every mode but verbatim, see `clean`.
            Some(b"whitespace" | b"scissors") => Self::Whitespace,
            _ if edited => Self::Strip,
            _ => Self::Whitespace,
        }
    }
}

/// What git puts before a comment line: `core.commentString`, else `core.commentChar`, else `#`. With `auto` git
/// picks a character that starts no line; its own comment lines stand at the end of the file.
pub fn comment_prefix(configured: Option<&[u8]>, message: &[u8]) -> Vec<u8> {
    match configured {
        None | Some(b"") => b"#".to_vec(),
        Some(b"auto") => {
            let last = message.split(|b| *b == b'\n').rfind(|line| !line.trim_ascii().is_empty());
            let first = last.and_then(|line| line.first().copied());
            vec![first.filter(|c| b"#;@!$%^&|:".contains(c)).unwrap_or(b'#')]
        }
        Some(prefix) => prefix.to_vec(),
    }
}

/// The message as it will be in the commit object. With `cut`, everything from a scissors line on is dropped: git does
/// so with `--verbose`, `commit.verbose` and, where an editor is used, `--cleanup=scissors`.
pub fn clean(raw: &[u8], mode: Cleanup, comment: &[u8], cut: bool) -> Vec<u8> {
    let raw = if cut { above_scissors(raw, comment) } else { raw };
    if mode == Cleanup::Verbatim {
        return raw.to_vec();
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut blank = false;
    for line in raw.split(|b| *b == b'\n') {
        if mode == Cleanup::Strip && line.starts_with(comment) {
            continue;
        }
        let end = line.iter().rposition(|b| !is_space(*b)).map_or(0, |at| at + 1);
        let line = line.get(..end).unwrap_or_default();
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if blank {
            out.push(b'\n');
            blank = false;
        }
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out
}

/// The message as git stores it where commits are UTF-8: it takes every byte that is none for Latin-1.
pub fn as_utf8(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    for chunk in message.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(char::from(*byte).encode_utf8(&mut [0; 2]).as_bytes());
        }
    }
    out
}

/// What git takes for white space: no form feed, no vertical tab.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Has git put scissors into the file of an edited message? What it writes below them starts with a comment; scissors
/// that a person typed cut nothing unless `--verbose` was given, which hooks are not told.
pub fn has_scissors(raw: &[u8], comment: &[u8]) -> bool {
    let above = above_scissors(raw, comment);
    let below = raw.get(above.len()..).unwrap_or_default().split(|b| *b == b'\n').nth(1);
    below.is_some_and(|line| line.starts_with(comment))
}

fn above_scissors<'a>(raw: &'a [u8], comment: &[u8]) -> &'a [u8] {
    let scissors = [comment, b" ------------------------ >8 ------------------------\n"].concat();
    let mut start = 0;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if line == scissors {
            return raw.get(..start).unwrap_or_default();
        }
        start += line.len();
    }
    raw
}

/// The value of a trailer: of several with this key the last. Keys are compared without regard to case.
pub fn trailer(message: &[u8], key: &str) -> Option<Vec<u8>> {
    let found = trailers(message).into_iter().rfind(|t| t.key.eq_ignore_ascii_case(key.as_bytes()));
    found.map(|trailer| trailer.value)
}

/// The subject behind `fixup! `, `squash! ` and `amend! `, and whether there was such a prefix.
pub fn unprefixed(subject: &[u8]) -> (&[u8], bool) {
    let mut rest = subject;
    let prefixes: [&[u8]; 3] = [b"fixup! ", b"squash! ", b"amend! "];
    while let Some(after) = prefixes.iter().find_map(|p| rest.strip_prefix(*p)) {
        rest = after;
    }
    (rest, rest.len() != subject.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_in_a_comment_or_below_the_scissors_is_not_in_the_message() {
        assert_eq!(clean(b"# T001: x\nreal\n", Cleanup::Strip, b"#", true), b"real\n");
        let cut = b"no id\n# ------------------------ >8 ------------------------\nT001: x\n";
        assert_eq!(clean(cut, Cleanup::Whitespace, b"#", true), b"no id\n");
        assert_eq!(clean(cut, Cleanup::Strip, b"#", true), b"no id\n");
        assert_eq!(clean(cut, Cleanup::Strip, b"#", false), b"no id\nT001: x\n");
    }

    #[test]
    fn a_comment_stays_where_git_keeps_it() {
        assert_eq!(clean(b"# T001: x\nreal\n", Cleanup::Whitespace, b"#", true), b"# T001: x\nreal\n");
        assert_eq!(clean(b"# T001: x\nreal\n", Cleanup::Strip, b";", true), b"# T001: x\nreal\n");
        assert_eq!(clean(b"\n\nT001: x  \n", Cleanup::Verbatim, b"#", true), b"\n\nT001: x  \n");
    }

    #[test]
    fn white_space_goes_as_in_git() {
        assert_eq!(
            clean(b"\n\nT001: x \t\r\n\n\n\nbody\n\n", Cleanup::Whitespace, b"#", true),
            b"T001: x\n\nbody\n"
        );
        assert_eq!(clean(b"", Cleanup::Strip, b"#", true), b"");
    }

    #[test]
    fn the_mode_follows_configuration_and_editor() {
        assert_eq!(Cleanup::of(None, true), Cleanup::Strip);
        assert_eq!(Cleanup::of(None, false), Cleanup::Whitespace);
        assert_eq!(Cleanup::of(Some(b"strip"), false), Cleanup::Strip);
        assert_eq!(Cleanup::of(Some(b"scissors"), true), Cleanup::Whitespace);
    }

    #[test]
    fn the_comment_character_may_be_chosen_by_git() {
        assert_eq!(comment_prefix(None, b""), b"#");
        assert_eq!(comment_prefix(Some(b"//"), b""), b"//");
        assert_eq!(comment_prefix(Some(b"auto"), b"#1: fix\n; Please enter\n"), b";");
    }

    #[test]
    fn what_is_not_utf_8_is_taken_for_latin_1() {
        assert_eq!(as_utf8(b"caf\xe9 \xc3\xa9"), "café é".as_bytes());
    }

    #[test]
    fn trailers_are_only_a_last_paragraph_of_trailers() {
        let task = |message: &str| trailer(message.as_bytes(), "task").map(|v| String::from_utf8(v).unwrap());
        for message in [
            "Task: T001\n",
            "# note\nTask: T001\n",
            "x\n\nprose here\nTask: T001\n",
            "x\n\nTask: T001\n\nprose\n",
            "x\n\nTask=T001\n",
            "x\n\nThe Task: T001\n",
            "x\n---\n\nTask: T001\n",
            "x\n\na\nb\nc\nd\ne\nf\ng\nSigned-off-by: A\nTask: T001\n",
            "x\n\nTask:\0T001\n",
        ] {
            assert_eq!(task(message).filter(|value| !value.is_empty()), None, "{message:?}");
        }
        for message in [
            "x\n\nTask: T001\nSigned-off-by: A <a@x>\n",
            "x\n\nTask : T001 \t\n",
            "x\n\nTask:\n  T001\n",
            "x\n\nTask: T009\nTASK: T001\n# note\n\n",
            "x\n\nTask: T001\n--- \n a.rs | 1 +\n",
            "x\n\nprose\nTask: T001\n(cherry picked from commit 1)\n",
            "x\n\nTask: T001\n\nConflicts:\n\ta.rs\n",
        ] {
            assert_eq!(task(message).as_deref(), Some("T001"), "{message:?}");
        }
        assert_eq!(task("x\n\nTask: T001,\n\t T002\n").as_deref(), Some("T001, T002"));
    }

    #[test]
    fn stacked_prefixes_are_looked_through() {
        assert_eq!(unprefixed(b"fixup! squash! T001: x"), (&b"T001: x"[..], true));
        assert_eq!(unprefixed(b"T001: fixup! x"), (&b"T001: fixup! x"[..], false));
    }
}
