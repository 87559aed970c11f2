//! Just enough of Rust's grammar to look at the project's own sources: what is code, what is text, what is a test.

use std::fs;
use std::path::{Path, PathBuf};

/// One file below `src/`.
pub(super) struct Source {
    /// Relative to the project, with `/`.
    pub(super) path: String,
    /// The file as it is.
    pub(super) text: String,
    /// Without comments, test modules and the contents of literals: blanks stand there, so that lines keep their number.
    pub(super) code: String,
    /// String literals outside of test modules: line and content, escapes as written.
    pub(super) strings: Vec<(usize, String)>,
}

impl Source {
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let mut source =
            Self { path: path.to_owned(), text: text.to_owned(), code: String::new(), strings: Vec::new() };
        source.lex();
        source.drop_tests();
        source
    }

    /// The names that lead here: `["rule", "scope"]` for `src/rule/scope.rs`, none for `lib.rs`.
    pub(super) fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').filter(|name| !matches!(*name, "mod" | "lib")).collect()
    }

    /// A file of nothing but tests?
    pub(super) fn is_tests(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    pub(super) fn line_of(&self, at: usize) -> usize {
        1 + self.code[..at].matches('\n').count()
    }

    /// Every identifier of the code with its position.
    pub(super) fn words(&self) -> Vec<(usize, &str)> {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in self.code.char_indices().chain([(self.code.len(), ' ')]) {
            match (inside(c), start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    words.push((from, &self.code[from..at]));
                    start = None;
                }
                _ => {}
            }
        }
        words
    }

    fn lex(&mut self) {
        let text: Vec<char> = self.text.chars().collect();
        let at = |i: usize| text.get(i).copied().unwrap_or('\0');
        let (mut i, mut line) = (0, 1);
        while i < text.len() {
            let start = i;
            let end = match (at(i), at(i + 1)) {
                ('/', '/') => (i..text.len()).find(|n| text[*n] == '\n').unwrap_or(text.len()),
                ('/', '*') => (i + 2..text.len())
                    .find(|n| at(*n) == '*' && at(n + 1) == '/')
                    .map_or(text.len(), |n| n + 2),
                ('"', _) => self.string(&text, i + 1, line),
                ('r', '"' | '#') if i == 0 || !(at(i - 1).is_alphanumeric() || at(i - 1) == '_') => {
                    let hashes = (i + 1..).take_while(|n| at(*n) == '#').count();
                    if at(i + 1 + hashes) == '"' {
                        self.raw(&text, i + 2 + hashes, hashes, line)
                    } else {
                        i + 1
                    }
                }
                // A character, not a lifetime.
                ('\'', '\\') => (i + 3..text.len()).find(|n| text[*n] == '\'').map_or(text.len(), |n| n + 1),
                ('\'', _) if at(i + 2) == '\'' => i + 3,
                _ => i + 1,
            };
            let plain = end == start + 1;
            for c in &text[start..end] {
                line += usize::from(*c == '\n');
                self.code.push(if plain || *c == '\n' { *c } else { ' ' });
            }
            i = end;
        }
    }

    fn string(&mut self, text: &[char], from: usize, line: usize) -> usize {
        let mut end = from;
        while end < text.len() && text[end] != '"' {
            end += if text[end] == '\\' { 2 } else { 1 };
        }
        self.strings.push((line, text[from..end.min(text.len())].iter().collect()));
        end + 1
    }

    fn raw(&mut self, text: &[char], from: usize, hashes: usize, line: usize) -> usize {
        let closes = |n: &usize| text[*n] == '"' && (1..=hashes).all(|h| text.get(n + h) == Some(&'#'));
        let end = (from..text.len()).find(closes).unwrap_or(text.len());
        self.strings.push((line, text[from..end].iter().collect()));
        (end + 1 + hashes).min(text.len())
    }

    /// Blanks out what stands behind `#[cfg(test)]`: a module, a function, or a `mod tests;`.
    fn drop_tests(&mut self) {
        while let Some(start) = self.code.find("#[cfg(test)]") {
            let rest = &self.code[start..];
            let end = match (rest.find('{'), rest.find(';')) {
                (Some(open), semicolon) if semicolon.is_none_or(|s| open < s) => {
                    let mut depth = 0;
                    let close = rest.char_indices().skip_while(|(n, _)| *n < open).find(|(_, c)| {
                        depth += i32::from(*c == '{') - i32::from(*c == '}');
                        depth == 0
                    });
                    close.map_or(rest.len(), |(n, _)| n + 1)
                }
                (_, Some(semicolon)) => semicolon + 1,
                _ => rest.len(),
            };
            let (first, last) = (self.line_of(start), self.line_of(start + end));
            self.strings.retain(|(line, _)| *line < first || *line > last);
            let blank: String = rest[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            self.code.replace_range(start..start + end, &blank);
        }
    }
}

/// The project's own folder.
pub(super) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the project, relative to the project.
pub(super) fn rust_files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![PathBuf::from(folder)];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(project().join(&dir)).unwrap() {
            let path = dir.join(entry.unwrap().file_name());
            if project().join(&path).is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// All sources but files of nothing but tests.
pub(super) fn sources() -> Vec<Source> {
    let read = |path: &String| Source::parse(path, &fs::read_to_string(project().join(path)).unwrap());
    let all: Vec<Source> = rust_files("src").iter().map(read).filter(|s| !s.is_tests()).collect();
    assert!(all.len() > 30, "the sources are where they were: {} files", all.len());
    all
}
