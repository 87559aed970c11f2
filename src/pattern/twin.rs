//! Twins: two paths that git keeps apart, and that are one file on some file system.
//!
//! Where case does not count, `specs/api.md` is written over `specs/API.md`; HFS+ drops some characters and composes letters
//! in one way; Windows drops dots and spaces at the end of a name, takes `\` for `/`, and has a short name such as
//! `GUARD~1.TOM` for every long one. A server does not know its clients' file systems, so guard asks for all of them at once.
//! A path is no twin of itself.

use std::borrow::Cow;
use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{Matcher, Pattern, Patterns, Token, glob_matches};

/// What stands between names, on Windows.
const SEPARATORS: [u8; 2] = [b'/', b'\\'];

/// Is `path`, or a folder on its way, or what it is a folder on the way of, `other` in another spelling?
pub fn is_twin(path: &[u8], other: &[u8]) -> bool {
    let differ = || pairs(path, other).any(|(one, name)| one != name) || path.contains(&b'\\');
    path != other && same_names(path, other) && differ()
}

/// The names of both, as far as the shorter one goes.
fn pairs<'p>(path: &'p [u8], other: &'p [u8]) -> impl Iterator<Item = (&'p [u8], &'p [u8])> {
    path.split(|b| SEPARATORS.contains(b)).zip(other.split(|b| *b == b'/'))
}

fn same_names(path: &[u8], other: &[u8]) -> bool {
    pairs(path, other).all(|(one, name)| same_name(one, name))
}

/// In which way two twins differ, as far as the shorter one goes; a clause without a subject.
pub fn difference(path: &[u8], other: &[u8]) -> &'static str {
    let (names, others): (Vec<&[u8]>, Vec<&[u8]>) = pairs(path, other).unzip();
    let (path, separated) = (names.join(&b'/'), path.contains(&b'\\'));
    let raw = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (one, two) = (raw(&path), raw(&others.join(&b'/')));
    let composed = |text: &str| text.nfc().collect::<String>();
    if one == two && separated {
        "has a backslash for a slash"
    } else if composed(&one) == composed(&two) {
        "has the same letters, composed differently (Unicode NFC and NFD)"
    } else if lower(&one) == lower(&two) {
        "differs only in case"
    } else if lower(&composed(&one)) == lower(&composed(&two)) {
        "differs in case, and in how letters are composed (Unicode NFC and NFD)"
    } else if one.contains("::$") {
        "has a stream's name at the end (`::$`)"
    } else if one.chars().chain(two.chars()).any(|c| is_unseen(&c)) {
        "differs in characters that are not seen"
    } else if fold(one.as_bytes()) != fold(two.as_bytes()) {
        "could be its short name on Windows"
    } else if separated {
        "has a backslash for a slash, and other case or ends"
    } else {
        "differs in dots or spaces at the end of a name"
    }
}

/// The form that all spellings of one path share, short names aside.
pub fn fold(path: &[u8]) -> Vec<u8> {
    let names: Vec<Cow<'_, [u8]>> = path.split(|b| SEPARATORS.contains(b)).map(fold_name).collect();
    names.join(&b'/')
}

/// The folders above a path, each [folded](fold) and with a trailing `/`.
fn folders_above(path: &[u8]) -> Vec<Vec<u8>> {
    let folded = fold(path);
    let ends = folded.iter().enumerate().filter(|(_, b)| **b == b'/');
    ends.filter_map(|(at, _)| folded.get(..=at).map(<[u8]>::to_vec)).collect()
}

/// The paths with their [folded](fold) forms and those of the folders above them, for a search in a tree.
#[derive(Debug, Default)]
pub struct Search {
    files: BTreeSet<Vec<u8>>,
    folders: BTreeSet<Vec<u8>>,
    /// Those that may be short names, for which there is no one folded form.
    short: Vec<Vec<u8>>,
}

impl Search {
    /// A search for twins of these paths.
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut search = Self::default();
        for path in paths {
            search.folders.extend(folders_above(path));
            search.files.insert(fold(path));
            if path.windows(2).any(|pair| matches!(pair, [b'~', digit] if digit.is_ascii_digit())) {
                search.short.push(path.to_vec());
            }
        }
        search
    }

    /// May this path of a tree be such a twin, or this folder (with a trailing `/`) hold one?
    pub fn wants(&self, path: &[u8]) -> bool {
        if self.files.is_empty() {
            return false;
        }
        let mut folded = fold(path);
        if !folded.ends_with(b"/") {
            folded.push(b'/');
        }
        // A folder called `Spec.md` takes the place of the file `spec.md`.
        if self.folders.contains(&folded) {
            return true;
        }
        let mut ends = folded.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        // A link called `Specs` takes the place of the folder `specs`, and of all that is in it.
        let within = ends.any(|end| folded.get(..end).is_some_and(|part| self.files.contains(part)));
        let whole = path.strip_suffix(b"/").unwrap_or(path);
        within || self.short.iter().any(|short| same_names(short, whole))
    }
}

fn same_name(one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    let plain = |name: &[u8]| {
        name.is_ascii()
            && !name.contains(&b'~')
            && !name.contains(&b':')
            && !name.ends_with(b".")
            && !name.ends_with(b" ")
    };
    if plain(one) && plain(other) {
        return one.eq_ignore_ascii_case(other);
    }
    let (one, other) = (fold_name(one), fold_name(other));
    one == other || is_short_for(&one, &other)
}

fn lower(text: &str) -> String {
    fn one(mut mapped: impl Iterator<Item = char>) -> Option<char> {
        mapped.next().filter(|_| mapped.next().is_none())
    }
    // File systems map one character to one: `ß` is not `SS`, and the `ı` without a dot is no `i`.
    // Over the capitals, because `ſ` and `s`, `ς` and `σ` have one capital; small again, because some have none.
    let upper = |c: char| if c == 'ı' { c } else { one(c.to_uppercase()).unwrap_or(c) };
    text.chars().map(upper).map(|c| one(c.to_lowercase()).unwrap_or(c)).collect()
}

fn fold_name(name: &[u8]) -> Cow<'_, [u8]> {
    let end = name.windows(3).position(|w| w == b"::$").unwrap_or(name.len());
    let name = name.get(..end).unwrap_or(name);
    let kept = name.iter().rposition(|b| !b". ".contains(b)).map_or(name.len(), |last| last + 1);
    let name = name.get(..kept).unwrap_or(name);
    if name.iter().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    fold_text(name).into()
}

fn fold_text(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let Ok(text) = std::str::from_utf8(text) else { return text.to_ascii_lowercase() };
    let bare: String = text.chars().filter(|c| !is_unseen(c)).nfd().collect();
    lower(&bare).nfc().collect::<String>().into_bytes()
}

/// Is it one of the characters that HFS+ does not see?
fn is_unseen(c: &char) -> bool {
    matches!(*c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// Can Windows have made up the short name `short` for `long`, both folded? `GUARD~1.TOM` for `guard.toml`.
fn is_short_for(short: &[u8], long: &[u8]) -> bool {
    let parts = |name: &[u8]| match name.iter().rposition(|b| *b == b'.') {
        Some(at) if at > 0 => {
            (name.get(..at).unwrap_or_default().to_vec(), name.get(at + 1..).unwrap_or_default().to_vec())
        }
        _ => (name.to_vec(), Vec::new()),
    };
    let kept = |text: Vec<u8>| -> Vec<u8> { text.into_iter().filter(|b| !b". ".contains(b)).collect() };
    let ((stem, ending), (whole, long_ending)) = (parts(short), parts(long));
    let Some(at) = stem.iter().position(|b| *b == b'~') else { return false };
    let (head, number) = (stem.get(..at).unwrap_or_default(), stem.get(at + 1..).unwrap_or_default());
    let digits = !number.is_empty() && number.len() <= 6 && number.iter().all(u8::is_ascii_digit);
    let (whole, long_ending) = (kept(whole), kept(long_ending));
    let same_ending = long_ending.get(..3).unwrap_or(&long_ending) == ending.as_slice();
    // After four of a kind Windows takes two letters and four digits of a sum.
    let summed = head.len() == 6
        && whole.get(..2) == head.get(..2)
        && head.get(2..).is_some_and(|sum| sum.iter().all(u8::is_ascii_hexdigit));
    let usual = !head.is_empty() && head.len() <= 6 && whole.starts_with(head);
    digits && same_ending && (usual || summed) && stem.len() <= 8
}

/// A list of patterns, made ready to be asked for twins.
#[derive(Debug, Default)]
pub struct Twins {
    list: Vec<(Pattern, Vec<Shape>)>,
}

#[derive(Debug)]
enum Shape {
    /// This path.
    File(Vec<u8>),
    /// All below this folder, which stands here without its `/`.
    Folder(Vec<u8>),
    /// A pattern over folded paths.
    Glob(Vec<Token>),
}

/// A file or folder that a pattern names without wildcards, and that a path is another spelling of.
#[derive(Debug, Clone, Copy)]
pub struct Name<'t> {
    /// The pattern.
    pub pattern: &'t Pattern,
    /// What it names, without a `/` at the end.
    pub path: &'t [u8],
    /// Does it speak of all that is below?
    pub is_folder: bool,
}

impl Patterns {
    /// The list, ready to be asked for twins.
    pub fn twins(&self) -> Twins {
        let shape = |matcher: &Matcher| match matcher {
            Matcher::Exact(path) => Shape::File(path.clone()),
            Matcher::Below(path) if !path.is_empty() => {
                Shape::Folder(path.strip_suffix(b"/").unwrap_or(path).to_vec())
            }
            // Everything: there is no other spelling of that.
            Matcher::Below(_) => Shape::Glob(Vec::new()),
            Matcher::Glob(tokens) => Shape::Glob(tokens.iter().map(fold_token).collect()),
        };
        let list = self.iter().map(|p| (p.clone(), p.alternatives.iter().map(shape).collect())).collect();
        Twins { list }
    }
}

impl Twins {
    /// A pattern that speaks of this path in another spelling, where none speaks of the path itself, be it to take
    /// it out.
    pub fn of(&self, path: &[u8]) -> Option<&Pattern> {
        if self.speaks_of(path) {
            return None;
        }
        let folded = fold(path);
        let fits = |shape: &Shape| match shape {
            Shape::File(name) | Shape::Folder(name) => is_twin(path, name),
            Shape::Glob(tokens) => !tokens.is_empty() && glob_matches(tokens, &folded),
        };
        self.includes().find(|(_, shapes)| shapes.iter().any(fits)).map(|(pattern, _)| pattern)
    }

    /// Does a pattern speak of the path itself, be it to take it out?
    pub fn speaks_of(&self, path: &[u8]) -> bool {
        self.list.iter().any(|(pattern, _)| pattern.matches(path))
    }

    /// The files and folders that are named without wildcards, and that this path is another spelling of.
    pub fn names<'t>(&'t self, path: &'t [u8]) -> impl Iterator<Item = Name<'t>> {
        let all =
            self.includes().flat_map(|(pattern, shapes)| shapes.iter().map(move |shape| (pattern, shape)));
        let named = all.filter_map(|(pattern, shape)| match shape {
            Shape::File(path) => Some(Name { pattern, path, is_folder: false }),
            Shape::Folder(path) => Some(Name { pattern, path, is_folder: true }),
            Shape::Glob(_) => None,
        });
        named.filter(|name| is_twin(path, name.path))
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn includes(&self) -> impl Iterator<Item = &(Pattern, Vec<Shape>)> {
        self.list.iter().filter(|(pattern, _)| !pattern.excludes())
    }
}

fn fold_token(token: &Token) -> Token {
    match token {
        Token::Literal(text) => Token::Literal(fold_text(text)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_under_two_names_is_seen() {
        for (path, other) in [
            ("specs/api.md", "specs/API.md"),
            ("SPECS/API.md", "specs/API.md"),
            ("Specs", "specs/API.md"),
            ("Guard.Toml/x", "guard.toml"),
            ("specs/API.md.", "specs/API.md"),
            ("specs /API.md", "specs/API.md"),
            ("specs\\API.md", "specs/API.md"),
            ("guard.toml::$DATA", "guard.toml"),
            ("gu\u{200c}ard.toml", "guard.toml"),
            ("cafe\u{301}.md", "caf\u{e9}.md"),
            ("CAFE\u{301}.md", "caf\u{e9}.md"),
            ("\u{17f}pecs/a", "specs/a"),
            ("\u{212a}ey", "key"),
            ("STRA\u{1e9e}E", "stra\u{df}e"),
            ("GUARD~1.TOM", "guard.toml"),
            ("GU12AB~1.TOM", "guard.toml"),
            ("HUSKY~1/commit-msg", ".husky"),
        ] {
            assert!(is_twin(path.as_bytes(), other.as_bytes()), "{path} {other}");
        }
    }

    #[test]
    fn two_files_stay_two() {
        for (path, other) in [
            ("guard.toml", "guard.toml"),
            ("specs", "specs/API.md"),
            ("specs/API.md/x", "specs/API.md"),
            ("specs/b.md", "specs/API.md"),
            ("Specs/b.md", "specs/API.md"),
            ("guard.tom", "guard.toml"),
            ("guard~1.toml", "guard.toml"),
            ("lexer~1.tom", "guard.toml"),
            ("guard~x.tom", "guard.toml"),
            ("docs/strasse.md", "docs/stra\u{df}e.md"),
            ("docs/kap\u{131}.md", "docs/kapi.md"),
            ("\u{fb01}le", "file"),
            ("resume.md", "r\u{e9}sum\u{e9}.md"),
            (".github/Other.yml", ".github/workflows/guard.yml"),
        ] {
            assert!(!is_twin(path.as_bytes(), other.as_bytes()), "{path} {other}");
        }
        assert!(!is_twin(b"\xff", b"\xfe") && is_twin(b"A\xff", b"a\xff"));
    }

    #[test]
    fn what_differs_is_said_of_what_both_have() {
        for (path, other, words) in [
            (".Husky/pre-push", ".husky", "only in case"),
            ("Specs", "specs/API.md", "only in case"),
            ("specs\\API.md", "specs/API.md", "backslash"),
            ("CAFE\u{301}", "caf\u{e9}", "in case, and in how letters"),
            ("guard.toml::$DATA", "guard.toml", "stream"),
            ("gu\u{200c}ard.toml", "guard.toml", "not seen"),
            ("GUARD~1.TOM", "guard.toml", "short name"),
            ("guard.toml. ", "guard.toml", "dots or spaces"),
        ] {
            let how = difference(path.as_bytes(), other.as_bytes());
            assert!(how.contains(words), "{path} {other}: {how}");
        }
    }

    #[test]
    fn a_search_offers_every_twin() {
        for (path, twin) in [
            ("specs/spec.md/x", "specs/SPEC.md"),
            ("Specs", "specs/SPEC.md"),
            ("specs/LEASE-~1.MD", "specs/lease-plan.md"),
            ("SPECIF~1/a.md", "specifications/a.md"),
        ] {
            let search = Search::of([path.as_bytes()]);
            assert!(is_twin(path.as_bytes(), twin.as_bytes()), "{path}");
            let ends = twin.bytes().enumerate().filter(|(_, b)| *b == b'/').map(|(at, _)| at + 1);
            assert!(ends.chain([twin.len()]).all(|end| search.wants(&twin.as_bytes()[..end])), "{path}");
            assert!(!search.wants(b"src/main.rs") && !search.wants(b"src/"), "{path}");
        }
    }

    #[test]
    fn a_pattern_is_asked_for_other_spellings_only() {
        let twins = Patterns::parse_all(["specs/**", "api/*.Proto", "docs/{A,B}.md", "!Specs/free/**"])
            .unwrap()
            .twins();
        let of = |path: &str| twins.of(path.as_bytes()).map(Pattern::as_str);
        assert_eq!(of("Specs/x"), Some("specs/**"));
        assert_eq!(of("SPECS"), Some("specs/**"));
        assert_eq!(of("API/x.proto"), Some("api/*.Proto"));
        assert_eq!(of("docs/b.md"), Some("docs/{A,B}.md"));
        for path in ["specs/x", "api/x.Proto", "docs/A.md", "docs/c.md", "Specs/free/x", "src/x", "specs"] {
            assert_eq!(of(path), None, "{path}");
        }
        assert_eq!(Patterns::parse_all(["**"]).unwrap().twins().of(b"A"), None);
    }
}
