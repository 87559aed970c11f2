//! The grammar of an item, as far as it decides which paths are changed.

use super::super::super::markdown::{CODE, END_CODE};
use super::target::{Target, target};

/// Where a path stands in its clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is changed.
    Declared,
    /// It plainly is not.
    Aside,
    /// Perhaps.
    Doubt,
}

/// Who begins like this looks at files, or runs them.
#[rustfmt::skip]
const LOOKING: &[&str] = &[
    "run", "re-run", "rerun", "verify", "grep", "check", "validate", "confirm", "ensure", "audit", "review", "inspect",
    "execute", "test", "manually", "manual", "dogfood", "final", "read", "see", "use", "reuse", "import", "follow", "keep",
    "leave", "ignore", "skip", "consult", "investigate", "research", "analyze", "analyse", "study", "explore", "understand",
    "identify", "find", "search", "monitor", "observe", "compare", "demo", "deploy", "smoke", "benchmark", "profile",
    "lint", "build", "compile", "do", "don't", "never", "without", "refer", "reference", "checkpoint", "call",
];
/// Behind `to` they say what the work is for, and what it looks at.
const CHECKING: &[&str] = &["check", "verify", "validate", "confirm", "ensure", "compare", "inspect", "read"];
/// Their object is a file that changes.
#[rustfmt::skip]
const WRITING: &[&str] = &[
    "create", "creates", "add", "adds", "write", "update", "updates", "modify", "edit", "change", "delete", "remove", "drop",
    "rename", "move", "rewrite", "refactor", "extend", "replace", "implement", "fix", "generate", "regenerate", "document",
    "define", "split", "append", "insert", "adjust", "adapt", "configure", "bump", "convert", "migrate", "annotate", "apply",
];
/// What they name is taken out `from` the file.
const TAKING: &[&str] = &["remove", "delete", "drop", "strip"];
/// Between a verb and a path they make the path something else than the verb's object.
#[rustfmt::skip]
const PREPOSITIONS: &[&str] = &[
    "for", "of", "from", "with", "by", "per", "via", "using", "on", "against", "between", "as", "than", "that", "which",
    "when", "if", "so", "because", "like", "through", "about", "around", "before", "after", "to", "in", "into", "at", "under",
    "over", "within", "where", "whose", "while", "until", "unless", "but", "and", "or", "is", "are", "be",
];
const LOCATING: &[&str] = &["in", "into", "to", "at"];
/// From here on the clause speaks of other files.
#[rustfmt::skip]
const ASIDES: &[&str] = &[
    "see", "like", "per", "following", "follow", "follows", "followed", "matching", "mirror", "mirrors", "mirroring",
    "similar", "same", "based", "modeled", "modelled", "analogous", "consistent", "referencing", "refer", "refers",
    "according", "inspired", "copied", "copying", "borrowed", "described", "documented", "specified", "listed", "shown",
    "mentioned", "defined", "declared", "existing", "used", "found", "located", "identical", "equivalent", "compatible",
    "required", "imported", "importing", "exported", "provided", "called",
];
/// A clause with one of these may speak of what is not to be done, or not for certain.
#[rustfmt::skip]
const UNSURE: &[&str] = &[
    "not", "never", "don't", "doesn't", "do-not", "except", "excluding", "unchanged", "untouched", "leave", "leaves", "keep",
    "keeps", "possibly", "maybe", "optionally", "perhaps", "potentially", "might", "may", "could", "unless", "necessary",
    "needed", "avoid", "avoids", "avoiding", "changing", "touching", "modifying", "editing", "breaking", "already", "otherwise",
];
/// A folder behind these is where to look, not what changes.
#[rustfmt::skip]
const SWEEPING: &[&str] = &[
    "all", "any", "every", "each", "across", "throughout", "everywhere", "remaining", "references", "various", "other",
    "affected", "relevant", "files", "usages", "occurrences",
    "everything", "anything", "nothing",
];
/// `the pattern in …`
const MODELS: &[&str] =
    &["pattern", "patterns", "style", "convention", "conventions", "approach", "example", "examples"];
const DETERMINERS: &[&str] =
    &["the", "a", "an", "new", "both", "its", "file", "files", "directory", "folder", "also"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// What stands between two stops.
pub(super) struct Clause<'t> {
    pieces: Vec<Piece<'t>>,
    /// Does a colon or dash follow, or the end of the item?
    closed: bool,
}

enum Piece<'t> {
    Word { text: &'t str, lower: String },
    Target(Target),
    Comma,
}

/// Cuts an item's words, without what it says in parentheses, into clauses.
pub(super) fn clauses(text: &str) -> Vec<Clause<'_>> {
    let mut cut = Cut { done: Vec::new(), pieces: Vec::new() };
    for (n, part) in text.split([CODE, END_CODE]).enumerate() {
        if n % 2 == 1 {
            cut.code(part);
            continue;
        }
        for (at, word) in part.split_whitespace().enumerate() {
            let glued = at == 0 && n > 0 && !part.starts_with(char::is_whitespace);
            cut.word(word, glued);
        }
    }
    cut.stop(true);
    cut.done
}

struct Cut<'t> {
    done: Vec<Clause<'t>>,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Cut<'t> {
    fn code(&mut self, code: &'t str) {
        let piece = match target(code.trim(), true) {
            Some(target) => Piece::Target(target),
            // Code that is no path is still the object of a verb.
            None => Piece::Word { text: "", lower: String::new() },
        };
        self.pieces.push(piece);
    }

    fn word(&mut self, word: &'t str, glued: bool) {
        if word.chars().all(|c| "-–—→←>*|=".contains(c)) {
            return self.stop(true);
        }
        let ends = |c: char| ",;:.!?".contains(c);
        let core = word.trim_end_matches(ends);
        let core = if glued { core.trim_start_matches(ends) } else { core };
        let bold = core.strip_prefix("**").and_then(|c| c.strip_suffix("**")).unwrap_or(core);
        if !bold.is_empty() {
            if glued && core.len() == word.trim_end_matches(ends).len() {
                // `x`s and `x`-like: what stood in backticks is part of a longer word.
                if let Some(last @ Piece::Target(_)) = self.pieces.last_mut() {
                    *last = Piece::Word { text: "", lower: String::new() };
                }
            }
            self.pieces.push(match target(bold, false) {
                Some(target) => Piece::Target(target),
                None => Piece::Word { text: bold, lower: bold.to_lowercase() },
            });
        }
        let signs = word.get(core.len()..).unwrap_or_default();
        let signs = if core.is_empty() || !word.starts_with(core) { word } else { signs };
        match signs.chars().find(|c| ends(*c)) {
            Some(',') => self.pieces.push(Piece::Comma),
            Some(c) => self.stop(c == ':'),
            None => {}
        }
    }

    fn stop(&mut self, closed: bool) {
        if !self.pieces.is_empty() {
            self.done.push(Clause { pieces: std::mem::take(&mut self.pieces), closed });
        }
    }
}

impl Clause<'_> {
    /// Does it only look at files?
    pub(super) fn only_looks(&self) -> bool {
        self.leads().is_some_and(|word| LOOKING.contains(&word))
    }

    /// Its first word.
    fn leads(&self) -> Option<&str> {
        let mut words = self.pieces.iter().map(|piece| match piece {
            Piece::Word { lower, .. } => Some(lower.as_str()),
            _ => None,
        });
        words.find(|word| !word.is_some_and(|w| ["then", "and", "also"].contains(&w))).flatten()
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Target(target) => Some(target),
            _ => None,
        })
    }

    fn has(&self, words: &[&str]) -> bool {
        self.pieces.iter().any(|p| matches!(p, Piece::Word { lower, .. } if words.contains(&lower.as_str())))
    }

    /// Does it speak of all there is somewhere?
    pub(super) fn is_sweeping(&self) -> bool {
        self.has(SWEEPING)
    }

    /// The one folder that it names.
    pub(super) fn only_folder(&self) -> Option<&str> {
        let mut folders = self.targets().filter_map(|target| match target {
            Target::Folder(path) => Some(path.as_str()),
            _ => None,
        });
        folders.next().filter(|_| folders.next().is_none())
    }

    /// Each target with its place. `first`: the clause opens the item; `slot`: its only path may stand at the very end.
    pub(super) fn places(&self, first: bool, slot: bool) -> Vec<(Target, Place)> {
        let sure = !self.has(UNSURE) && (first || !self.only_looks());
        let mut walk = Walk {
            first,
            sure,
            asides: false,
            using: false,
            looks: false,
            words: Vec::new(),
            last: None,
            found: Vec::new(),
        };
        for (at, piece) in self.pieces.iter().enumerate() {
            let ends = at + 1 == self.pieces.len();
            match piece {
                Piece::Word { text, lower } => walk.word(text, lower, self.next_word(at)),
                Piece::Comma => {}
                Piece::Target(target) => walk.target(target, slot && ends, at == 0 && ends && self.closed),
            }
        }
        walk.found
    }

    fn next_word(&self, at: usize) -> &str {
        match self.pieces.get(at + 1) {
            Some(Piece::Word { lower, .. }) => lower,
            _ => "",
        }
    }
}

/// Goes through a clause word by word.
struct Walk<'c> {
    first: bool,
    sure: bool,
    asides: bool,
    using: bool,
    looks: bool,
    /// Since the clause began or the last target: as written, and in lower case.
    words: Vec<(&'c str, &'c str)>,
    last: Option<(Place, bool)>,
    found: Vec<(Target, Place)>,
}

impl<'c> Walk<'c> {
    fn word(&mut self, text: &'c str, lower: &'c str, next: &str) {
        let after_verb = self.words.last().is_some_and(|(_, word)| WRITING.contains(word));
        // "Create matching `x`" and "before file matching in x" compare with nothing.
        let compares = ASIDES.contains(&lower) && !after_verb && !LOCATING.contains(&next);
        let participle =
            (ASIDES.contains(&lower) || (lower.ends_with("ed") && text == lower)) && LOCATING.contains(&next);
        self.asides |= compares || (participle && lower != "matching");
        // "Add tests to check the output in x.json"
        self.looks |= self.words.last().is_some_and(|(_, word)| *word == "to") && CHECKING.contains(&lower);
        self.using |= ["using", "via", "through"].contains(&lower);
        self.words.push((text, lower));
    }

    fn target(&mut self, target: &Target, slot: bool, alone: bool) {
        let (place, object) = self.place(target, slot, alone);
        // "Add `a.rs` to `b.rs`": which of the two changes?
        if place != Place::Aside && !matches!(target, Target::Folder(_)) && self.shares() {
            if let Some((_, before)) = self.found.last_mut() {
                *before = Place::Doubt;
            }
            self.found.push((target.clone(), Place::Doubt));
        } else {
            self.found.push((target.clone(), place));
        }
        self.last = Some((place, object));
        self.words.clear();
    }

    /// Do two paths share one verb, as in "Add `a.rs` to `b.rs`" and "Add a link to a.md in b.md"?
    fn shares(&self) -> bool {
        let mut said =
            self.words.iter().map(|(_, word)| *word).filter(|word| !DETERMINERS.contains(word)).rev();
        let goes = said.next().is_some_and(|word| LOCATING.contains(&word));
        let other = [WRITING, PREPOSITIONS, LOOKING, &["then"]];
        let plainly = said.all(|word| !other.iter().any(|words| words.contains(&word)));
        matches!(self.last, Some((Place::Declared, _))) && goes && plainly
    }

    /// The place of a target here, and whether it is the object of a verb.
    fn place(&self, target: &Target, slot: bool, alone: bool) -> (Place, bool) {
        let said: Vec<&str> = self.words.iter().map(|(_, word)| *word).collect();
        let near = said.iter().rev().find(|word| !DETERMINERS.contains(word)).copied();
        let verb = said.iter().rposition(|word| WRITING.contains(word));
        let route = self.words.last().is_some_and(|(text, _)| METHODS.contains(text));
        if self.asides
            || ["from", "per", "see", "by", "via"].iter().any(|w| near == Some(w)) && !self.takes(&said)
        {
            return (Place::Aside, false);
        }
        if !self.sure || self.looks || route || (self.using && !slot) || self.models(&said) {
            return (Place::Doubt, false);
        }
        if let Some((place, object)) = self.last
            && said.iter().all(|word| ["and", "or", "&", "+", "both"].contains(word))
        {
            return (place, object);
        }
        if near.is_some_and(|word| LOCATING.contains(&word)) {
            // A folder is much; only a verb that writes makes it one's own.
            let free = (slot || (self.first && self.last.is_none())) && !matches!(target, Target::Folder(_));
            let governed = verb.is_some() || free;
            return (if governed { Place::Declared } else { Place::Doubt }, false);
        }
        if self.takes(&said) {
            return (Place::Declared, false);
        }
        let object = verb
            .and_then(|at| said.get(at + 1..))
            .is_some_and(|between| !between.iter().any(|w| PREPOSITIONS.contains(w)));
        let declared = object || (alone && self.first);
        (if declared { Place::Declared } else { Place::Doubt }, true)
    }

    /// "Remove … from `x`"
    fn takes(&self, said: &[&str]) -> bool {
        let taking = said.first().is_some_and(|word| TAKING.contains(word)) && said.last() == Some(&"from");
        let imports = said
            .iter()
            .any(|word| word.starts_with("import") || word.starts_with("use") || word.starts_with("usage"));
        taking && !imports
    }

    /// "the pattern in `x`"
    fn models(&self, said: &[&str]) -> bool {
        let before_in = said.len().checked_sub(2);
        let model = before_in.and_then(|at| said.get(at)).is_some_and(|word| MODELS.contains(word));
        let which = before_in.and_then(|at| said.get(at.checked_sub(1)?));
        model
            && which.is_some_and(|word| {
                ["the", "existing", "same", "established", "this", "that", "our"].contains(word)
            })
    }
}
