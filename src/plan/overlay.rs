//! The overlay beside a plan: the scopes that a plan cannot say itself, in a TOML file of its own.
//!
//! For `specs/012-x/tasks.md` it is `specs/012-x/tasks.overlay.toml`, and holds what the policy could hold too:
//! `[overlay."specs/012-x/tasks.md"]` with `T017 = ["src/lease.rs"]`. It is locked together with the plan.

use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::model::{Lines, OVERLAY, Place};
use crate::pattern::{Pattern, Patterns};

use super::scope::is_vague;
use super::tickets::Document;
use super::write::toml_string;
use super::{Plan, apply_overlay, text_of};

/// Where the overlay of the plan at `plan` lies; `None`: its name has no ending that could be replaced.
pub fn overlay_path(plan: &str) -> Option<String> {
    let (stem, ending) = plan.rsplit_once('.')?;
    (!ending.contains('/') && !stem.is_empty() && !stem.ends_with('/') && !is_overlay(plan))
        .then(|| format!("{stem}{OVERLAY}"))
}

/// Is a file of this name the overlay of a plan, and so no plan itself?
pub fn is_overlay(path: &str) -> bool {
    path.strip_suffix(OVERLAY).is_some_and(|stem| !stem.is_empty() && !stem.ends_with('/'))
}

/// Gives the tasks of `plan` the scopes in `document`.
///
/// # Errors
/// The first thing in it that cannot be read: what it was to say about the others would be a guess.
pub(super) fn apply(plan: &mut Plan, document: &Document) -> Result<()> {
    if document.text.trim_ascii().is_empty() {
        let error = Error::plan("this overlay is empty, or no file").at(Place::line(&document.path, 1));
        let header = format!("[overlay.{}]", toml_string(&plan.path));
        return Err(error.help(header).help("T001 = [\"src/lease.rs\"]"));
    }
    let text = text_of(&document.path, &document.text)?;
    let mut reader = Reader { plan: &plan.path, file: &document.path, lines: Lines::of(text), first: None };
    let scopes = reader.scopes(text);
    match reader.first {
        Some((_, error)) => Err(error),
        None => {
            apply_overlay(plan, &document.path, &scopes);
            Ok(())
        }
    }
}

struct Reader<'d> {
    /// The path of the plan.
    plan: &'d str,
    /// The path of the overlay.
    file: &'d str,
    lines: Lines,
    /// The first thing that cannot be read, and where it stands.
    first: Option<(usize, Error)>,
}

impl Reader<'_> {
    fn scopes(&mut self, text: &str) -> Vec<(String, Patterns)> {
        let root = match DeTable::parse(text) {
            Ok(root) => root,
            Err(why) => {
                let at = why.span().map_or(0, |span| span.start);
                self.deny(at, format!("not valid TOML: {}", why.message()), "mend the syntax at that place");
                return Vec::new();
            }
        };
        let mut scopes = Vec::new();
        for (key, value) in root.get_ref() {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("overlay", DeValue::Table(plans)) => {
                    for (plan, tasks) in plans {
                        let at = plan.span().start;
                        match tasks.get_ref() {
                            DeValue::Table(tasks) if *plan.get_ref() == self.plan => {
                                scopes.extend(tasks.iter().filter_map(|(id, paths)| {
                                    Some((id.get_ref().to_string(), self.scope(id, paths)?))
                                }));
                            }
                            _ => self.wrong_table(at),
                        }
                    }
                }
                _ => self.wrong_table(at),
            }
        }
        scopes
    }

    fn wrong_table(&mut self, at: usize) {
        let header = format!("[overlay.{}]", toml_string(self.plan));
        let message = format!("the overlay of {} holds nothing but {header}", self.plan);
        self.deny(at, message, &header);
    }

    /// The paths of one task. `None`: one of them cannot be read, and half a scope would look like a decision.
    fn scope(
        &mut self,
        id: &toml::Spanned<std::borrow::Cow<'_, str>>,
        paths: &toml::Spanned<DeValue<'_>>,
    ) -> Option<Patterns> {
        let example = format!("{} = [\"src/lease.rs\"]    (or [] for no files)", id.get_ref());
        let Some(list) = paths.get_ref().as_array() else {
            self.deny(id.span().start, format!("{} takes a list of paths", id.get_ref()), &example);
            return None;
        };
        let mut patterns = Vec::new();
        for path in list.iter() {
            let at = path.span().start;
            let read = match path.get_ref().as_str() {
                Some(text) if is_vague(text) => Err((
                    format!("\"{text}\" is too vague to check a commit against"),
                    "name paths, such as \"src/lease.rs\" or \"tests/**\"".to_owned(),
                )),
                Some(text) => Pattern::parse(text).map_err(|bad| (bad.message, bad.help)),
                None => Err(("a path is a string in quotes".to_owned(), example.clone())),
            };
            match read {
                Ok(pattern) => patterns.push(pattern.on_line(self.lines.line(at))),
                Err((message, help)) => {
                    self.deny(at, format!("{}: {message}", id.get_ref()), &help);
                    return None;
                }
            }
        }
        Some(Patterns::new(patterns))
    }

    fn deny(&mut self, at: usize, message: String, help: &str) {
        if self.first.as_ref().is_none_or(|(first, _)| at < *first) {
            let place = Place::line(self.file, self.lines.line(at).max(1));
            self.first = Some((at, Error::plan(message).at(place).help(help)));
        }
    }
}

#[cfg(test)]
mod tests;
