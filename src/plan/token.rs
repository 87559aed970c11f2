//! Words and code spans in the entries of a `Files` block: which of them are paths.

use crate::pattern::Pattern;

use super::markdown::{CODE, END_CODE};

/// Endings of files that are commonly named without a folder; other names with a dot are code.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "md", "mdx", "rst", "txt", "toml", "json", "jsonc", "json5", "lock", "yml", "yaml", "cfg", "ini", "conf", "xml",
    "gradle", "mod", "sum", "nix", "env", "properties", "csv", "tsv", "sql", "proto", "graphql", "tf", "hcl",
    "rs", "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "go", "c", "h", "cc", "cpp", "cxx", "hpp",
    "m", "mm", "java", "kt", "kts", "scala", "swift", "rb", "php", "cs", "fs", "vb", "ex", "exs", "erl", "hs", "ml",
    "mli", "clj", "cljs", "lua", "pl", "pm", "r", "jl", "dart", "zig", "nim", "sh", "bash", "zsh", "fish", "ps1", "bat",
    "cmd", "html", "htm", "css", "scss", "sass", "less", "vue", "svelte", "astro", "svg", "png", "jpg", "ipynb", "j2",
    "tmpl", "snap", "plist", "sln", "csproj", "cmake", "mk", "bzl", "prisma", "sol", "wasm", "wat", "adoc", "tex",
];
/// Endings of files that usually do lie at the root.
#[rustfmt::skip]
const ROOT_ENDINGS: &[&str] = &[
    "md", "toml", "json", "jsonc", "lock", "yml", "yaml", "cfg", "ini", "txt", "xml", "gradle", "mod", "sum", "nix", "sln",
];
/// Names without an ending that are files all the same.
#[rustfmt::skip]
const ROOT_NAMES: &[&str] = &[
    "Makefile", "GNUmakefile", "Dockerfile", "Containerfile", "Justfile", "justfile", "Procfile", "Gemfile", "Rakefile",
    "Vagrantfile", "Jenkinsfile", "Brewfile", "LICENSE", "COPYING", "NOTICE", "AUTHORS", "CODEOWNERS", "VERSION",
    "CHANGELOG", "README", "MANIFEST.in", "Pipfile", "BUILD", "WORKSPACE", "Tiltfile", "Earthfile", "setup.py",
];

/// What one token of an entry is.
pub(super) enum Token {
    /// Not a path at all, such as `bump_version()`.
    Name,
    Path(String),
    /// It is meant as a path, but is none in this repository.
    Unreadable {
        what: String,
        help: String,
    },
}

pub(super) fn has_path(text: &str) -> bool {
    text.split(CODE)
        .skip(1)
        .filter_map(|p| p.split_once(END_CODE))
        .any(|(code, _)| !matches!(path_token(code), Token::Name))
        || bare_path(text).is_some()
}

/// The paths of a part without code spans, where it is nothing but paths.
pub(super) fn bare_path(text: &str) -> Option<Vec<&str>> {
    let text = text.trim().trim_end_matches('.');
    let words = text.split_whitespace().map(without_emphasis);
    let paths: Vec<&str> = words.filter(|w| !["and", "&", "+"].contains(w)).collect();
    let is_path = |p: &&str| match path_token(p) {
        Token::Path(path) => path.chars().any(char::is_alphanumeric),
        Token::Unreadable { .. } => true,
        Token::Name => false,
    };
    (!paths.is_empty() && paths.iter().all(is_path)).then_some(paths)
}

/// A word without the marks of emphasis around it, which would be wildcards in a pattern. `**/x` and `src/**` have none.
pub(super) fn without_emphasis(word: &str) -> &str {
    let opened = |word: &'_ str, mark: &str| {
        word.strip_prefix(mark)
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '*', '_', '.']))
    };
    let closed = |word: &'_ str, mark: &str| {
        word.strip_suffix(mark).is_some_and(|rest| !rest.is_empty() && !rest.ends_with(['/', '*', '_']))
    };
    for mark in ["**", "__"] {
        let inner = if opened(word, mark) { word.get(mark.len()..).unwrap_or(word) } else { word };
        let inner =
            if closed(inner, mark) { inner.get(..inner.len() - mark.len()).unwrap_or(inner) } else { inner };
        if inner.len() < word.len() {
            return inner;
        }
    }
    let both = ["*", "_"].into_iter().find(|mark| word.len() > 2 && opened(word, mark) && closed(word, mark));
    both.and_then(|mark| word.get(mark.len()..word.len() - mark.len())).unwrap_or(word)
}

/// What a word or a code span is.
pub(super) fn path_token(token: &str) -> Token {
    let path = without_position(token.trim());
    let name = path.rsplit('/').next().unwrap_or_default();
    let has_slash = path.contains('/');
    if path.is_empty()
        || path.contains(char::is_whitespace)
        || path.contains("://")
        || path.ends_with(')') && !has_slash
    {
        return Token::Name;
    }
    if path.ends_with("()") || !(has_slash || path.contains('\\') || is_file_name(name)) {
        return Token::Name;
    }
    if path.contains("](") {
        let what = format!("`{token}` is a link, not a path");
        return Token::Unreadable { what, help: "put the path itself between backticks".to_owned() };
    }
    let placeholder = path.contains(['<', '>', '|', '"', '=']) || path.contains("...") || path.contains('…');
    if placeholder {
        let what = format!("`{token}` stands for a path but is none");
        return Token::Unreadable { what, help: "name the path itself, or use `*` and `**`".to_owned() };
    }
    if path.matches('{').count() != path.matches('}').count() {
        let what = format!("`{token}` has a brace without its other half");
        return Token::Unreadable {
            what,
            help: "write it in one piece, without a space: `src/{a,b}.rs`".to_owned(),
        };
    }
    if path.contains([CODE, END_CODE]) {
        let what = format!("`{}` holds half of a code span", token.replace([CODE, END_CODE], "`"));
        return Token::Unreadable { what, help: "put the whole path between backticks".to_owned() };
    }
    match Pattern::parse(path) {
        Ok(pattern) => Token::Path(pattern.as_str().to_owned()),
        Err(bad) => Token::Unreadable { what: bad.message, help: bad.help },
    }
}

/// Is a word of prose a path, and not two words such as `read/write`?
pub(super) fn is_surely_path(word: &str) -> bool {
    let Token::Path(path) = path_token(word) else { return false };
    let name = path.rsplit('/').next().unwrap_or_default();
    path.ends_with('/') || path.contains("/*") || is_file_name(name)
}

/// Drops `:14-15`, `:~95`, `#L3`, `::name` and `:name()` from the end of a path.
fn without_position(token: &str) -> &str {
    let cut = |at: usize| token.get(..at).unwrap_or(token);
    if let Some(at) = token
        .find("#L")
        .filter(|at| token.get(at + 2..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit())))
    {
        return cut(at);
    }
    match token.find(':') {
        // `C:\x` and `https://x` are not positions.
        Some(at) if at > 1 && !token.get(at..).is_some_and(|r| r.starts_with("://")) => cut(at),
        _ => token,
    }
}

/// Does this name without folders look like a file's: a usual ending, a dot file, a well-known name?
pub(super) fn is_file_name(name: &str) -> bool {
    if ROOT_NAMES.contains(&name) {
        return true;
    }
    match name.rsplit_once('.') {
        Some(("", rest)) => {
            rest.len() > 1 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        }
        Some((stem, ending)) => {
            let known = ENDINGS.iter().any(|e| ending.eq_ignore_ascii_case(e));
            (known || stem.starts_with('.')) && !stem.contains(['(', '[', '='])
        }
        None => false,
    }
}

/// Does a file of this name usually lie at the root of a repository?
pub fn is_usual_at_root(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    name.starts_with('.') || ROOT_NAMES.contains(&name) || ending.is_some_and(|e| ROOT_ENDINGS.contains(&e))
}

/// A path whose last component has neither an ending nor a wildcard.
pub(super) fn is_folder_without_slash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !name.is_empty() && !name.contains(['.', '*', '?', '{']) && !ROOT_NAMES.contains(&name)
}

/// A plain word such as `evals`, which is a directory only where the plan says so.
pub(super) fn is_folder_name(name: &str) -> bool {
    name.chars().any(char::is_lowercase)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
