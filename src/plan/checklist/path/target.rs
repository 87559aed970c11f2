//! Which words and code spans of a sentence are paths.

use crate::pattern::Pattern;

use super::super::super::token::is_file_name;

/// A word that may be a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// `src/lease.rs`
    File(String),
    /// `src/lease/`
    Folder(String),
    /// `lease.rs`
    Name(String),
    /// Meant as a path, but none that can be checked.
    Odd(String),
}

/// Files that every repository has, if it has them, at its root.
#[rustfmt::skip]
const AT_ROOT: &[&str] = &[
    "Cargo.toml", "Cargo.lock", "package.json", "package-lock.json", "pyproject.toml", "requirements.txt", "setup.py",
    "setup.cfg", "go.mod", "go.sum", "pubspec.yaml", "composer.json", "Gemfile", "Package.swift", "pom.xml", "build.gradle",
    "build.gradle.kts", "settings.gradle", "CMakeLists.txt", "Makefile", "Dockerfile", "docker-compose.yaml",
    "docker-compose.yml", "tsconfig.json", "LICENSE", ".gitignore", ".gitattributes", ".editorconfig", ".dockerignore",
    ".env.example", "mkdocs.yml", "flake.nix",
];

/// Does this name without a folder mean the file at the root? So do names such as `README.md`.
pub(super) fn is_at_root(name: &str) -> bool {
    let shouted =
        |stem: &str| stem.len() > 1 && stem.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b'-');
    AT_ROOT.contains(&name) || name.strip_suffix(".md").is_some_and(shouted)
}

/// What `word` is; `None`: no path. `code`: it stands between backticks.
pub(super) fn target(word: &str, code: bool) -> Option<Target> {
    let path = without_position(word)?;
    let relative = path.starts_with("./") || path.starts_with("../");
    if path.len() > 4096 || !path.starts_with(|c: char| c.is_alphanumeric() || c == '.' || c == '_') {
        return None;
    }
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let named = is_file_name(name) || (code && !folder.is_empty() && has_ending(name));
    let is_folder = name.is_empty() && folder.chars().any(char::is_alphanumeric);
    if !named && !is_folder {
        return None;
    }
    // `Node.js/Express.js` is a list of names.
    let listed = folder.split('/').any(|part| !part.starts_with('.') && is_file_name(part));
    if listed || is_address(folder) || path.contains("//") || !is_plain(path, code) {
        return None;
    }
    let wild = path.find(['*', '{']);
    let rootless = wild.is_some_and(|at| path.find('/').is_none_or(|slash| slash > at));
    let Ok(pattern) = Pattern::parse(path) else { return Some(Target::Odd(path.to_owned())) };
    if relative || rootless {
        return Some(Target::Odd(path.to_owned()));
    }
    let path = pattern.as_str().to_owned();
    Some(match (folder.is_empty(), name.is_empty()) {
        (true, _) => Target::Name(path),
        (false, true) => Target::Folder(path),
        (false, false) => Target::File(path),
    })
}

/// Drops `:14-15` and `#L3`. `None`: what stands behind a colon or `#` is something else, so this is no path.
fn without_position(word: &str) -> Option<&str> {
    let Some(at) = word.find([':', '#']) else { return Some(word) };
    let (path, position) = word.split_at_checked(at)?;
    let lines = |c: char| c.is_ascii_digit() || "-~,L".contains(c);
    let position = position.get(1..)?;
    (!position.is_empty() && position.chars().all(lines)).then_some(path)
}

/// A usual path: no quotes, blanks, variables; parentheses only around whole folders, as in `app/(shop)/page.tsx`.
fn is_plain(path: &str, code: bool) -> bool {
    let usual = |c: char| c.is_alphanumeric() || "/._-+@[]".contains(c) || (code && "*{},".contains(c));
    path.split('/').all(|part| {
        let group = part.strip_prefix('(').and_then(|p| p.strip_suffix(')'));
        group.unwrap_or(part).chars().all(usual)
    })
}

/// An ending with a letter in it.
fn has_ending(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(stem, ending)| if stem.is_empty() { "" } else { ending });
    let letters = ending.bytes().any(|b| b.is_ascii_alphabetic());
    letters && ending.len() <= 10 && ending.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// `github.com/…`, `www.example.org/…`
fn is_address(folder: &str) -> bool {
    let host = folder.split('/').next().unwrap_or_default();
    let ends = [".com", ".org", ".net", ".io", ".dev"].iter().any(|end| host.ends_with(end));
    host.starts_with("www.")
        || (ends && !host.starts_with('.') && host.bytes().all(|b| !b.is_ascii_uppercase()))
}
