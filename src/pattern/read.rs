//! From the text of a pattern to its [`Matcher`]s.

use super::{BadPattern, Matcher, Token};

/// The longest pattern that is read, in bytes: git's own limit for a path on common systems.
pub(super) const LONGEST: usize = 4096;
/// How many alternatives the braces of one pattern may stand for.
const MOST_ALTERNATIVES: usize = 256;

fn bad(text: &str, what: &str, help: &str) -> BadPattern {
    let shown: String = text.chars().take(80).collect();
    BadPattern { message: format!("`{shown}` {what}"), help: help.to_owned() }
}

/// `./src` means `src` to everybody who writes it.
pub(super) fn without_dot_slash(mut text: &str) -> &str {
    while let Some(rest) = text.strip_prefix("./") {
        text = rest;
    }
    text
}

/// What can be refused before braces are expanded.
pub(super) fn check_text(text: &str, body: &str) -> Result<(), BadPattern> {
    const ROOT: &str = "write the path from the repository root, such as `src/lib.rs`";
    if body.is_empty() {
        return Err(bad(text, "is an empty pattern", "name a path, or write an empty list for \"no files\""));
    }
    if text.len() > LONGEST {
        return Err(bad(text, "is longer than any path", "split it into several patterns"));
    }
    if body.contains('\0') {
        return Err(bad(&text.replace('\0', "\\0"), "holds a NUL byte, which no path can", ROOT));
    }
    if let Some(control) = body.chars().find(|c| c.is_control()) {
        let what = format!("holds the control character U+{:04X}", u32::from(control));
        let help = "write one path a line, each as an entry of its own; `?` matches such a character where it is meant";
        return Err(bad(&text.replace(char::is_control, " "), &what, help));
    }
    if body.contains('\\') {
        return Err(bad(text, "holds a backslash", "separate components with `/`, also on Windows"));
    }
    if body.starts_with(char::is_whitespace) || body.ends_with(char::is_whitespace) {
        return Err(bad(
            text,
            "starts or ends with a space",
            "remove the space; `?` matches one where it is meant",
        ));
    }
    if body.starts_with('~') {
        return Err(bad(text, "lies in a home directory, outside the repository", ROOT));
    }
    if is_drive(body) {
        return Err(bad(text, "is an absolute path", ROOT));
    }
    if has_variable(body) {
        let help = "guard expands no variables: write the path itself; `?` matches a literal `$`";
        return Err(bad(text, "holds a shell variable", help));
    }
    Ok(())
}

/// `C:/…`
fn is_drive(body: &str) -> bool {
    let mut bytes = body.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.next() == Some(b':')
        && bytes.next() == Some(b'/')
}

/// `$HOME`, `${x}` and `$(x)`, but not `$id.tsx`, which is a file name in some web frameworks.
fn has_variable(body: &str) -> bool {
    let starts_variable =
        |rest: &str| rest.starts_with(|c: char| "{(_".contains(c) || c.is_ascii_uppercase());
    body.match_indices('$').any(|(at, _)| body.get(at + 1..).is_some_and(starts_variable))
}

/// What must hold of every alternative by itself.
pub(super) fn check_components(text: &str, alternative: &str) -> Result<(), BadPattern> {
    const ROOT: &str = "write the path from the repository root, such as `src/lib.rs`";
    if alternative.is_empty() || alternative == "." {
        return Err(bad(text, "can stand for the repository itself", "write `**` for every file"));
    }
    if alternative.starts_with('/') {
        return Err(bad(text, "is an absolute path", ROOT));
    }
    let components = alternative.strip_suffix('/').unwrap_or(alternative).split('/');
    for component in components {
        match component {
            "" => return Err(bad(text, "has an empty component", "write one `/` between components")),
            "." => return Err(bad(text, "has a `.` component", "leave the `.` out")),
            ".." => return Err(bad(text, "has a `..` component", ROOT)),
            _ => {}
        }
    }
    Ok(())
}

/// The texts that the braces stand for. A brace without partner or without a comma of its own is literal.
pub(super) fn expand_braces(text: &str, body: &str) -> Result<Vec<String>, BadPattern> {
    let mut done = Vec::new();
    let mut waiting = vec![body.to_owned()];
    while let Some(next) = waiting.pop() {
        match first_group(&next) {
            None => done.push(next),
            Some((head, branches, tail)) => {
                waiting.extend(branches.iter().rev().map(|branch| format!("{head}{branch}{tail}")));
            }
        }
        if done.len() + waiting.len() > MOST_ALTERNATIVES {
            let what = format!("stands for more than {MOST_ALTERNATIVES} alternatives");
            return Err(bad(text, &what, "use `*` or `**`, or split it into several patterns"));
        }
    }
    Ok(done)
}

/// The first brace group that alternates: the text before it, its branches, the text after it.
fn first_group(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
    // The outermost group starts first but closes last, so all of them are looked at.
    let mut first: Option<(usize, Vec<usize>, usize)> = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push((at, Vec::new())),
            b',' => {
                if let Some((_, commas)) = open.last_mut() {
                    commas.push(at);
                }
            }
            b'}' => {
                if let Some((start, commas)) = open.pop()
                    && !commas.is_empty()
                    && first.as_ref().is_none_or(|(other, ..)| start < *other)
                {
                    first = Some((start, commas, at));
                }
            }
            _ => {}
        }
    }
    let (start, commas, end) = first?;
    let mut branches = Vec::with_capacity(commas.len() + 1);
    let mut from = start + 1;
    for to in commas.into_iter().chain([end]) {
        branches.push(text.get(from..to)?);
        from = to + 1;
    }
    Some((text.get(..start)?, branches, text.get(end + 1..)?))
}

pub(super) fn compile(text: &[u8]) -> Matcher {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    let mut component_starts = true;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'?' => tokens.push(Token::One),
            b'*' if rest.first() == Some(&b'*') => {
                while let Some(more) = rest.strip_prefix(b"*") {
                    rest = more;
                }
                if component_starts && rest.is_empty() {
                    tokens.push(Token::Rest);
                } else if let Some(more) = rest.strip_prefix(b"/").filter(|_| component_starts) {
                    rest = more;
                    tokens.push(Token::Components);
                    // Still at the start of a component.
                    continue;
                } else {
                    tokens.push(Token::Deep);
                }
            }
            b'*' => tokens.push(Token::Star),
            _ => match tokens.last_mut() {
                Some(Token::Literal(run)) => run.push(byte),
                _ => tokens.push(Token::Literal(vec![byte])),
            },
        }
        component_starts = byte == b'/';
    }
    if text.ends_with(b"/") {
        tokens.push(Token::Rest);
    }
    simplest(tokens)
}

fn simplest(mut tokens: Vec<Token>) -> Matcher {
    match tokens.as_mut_slice() {
        [Token::Literal(path)] => Matcher::Exact(std::mem::take(path)),
        [Token::Rest] => Matcher::Below(Vec::new()),
        [Token::Literal(prefix), Token::Rest] => Matcher::Below(std::mem::take(prefix)),
        _ => Matcher::Glob(tokens),
    }
}
