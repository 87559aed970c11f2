//! The staged tree against another tree, without writing a tree and without reading the whole world.
//!
//! What will be committed is what `git write-tree` would write: git trusts the index's cache tree where a
//! directory is marked valid and its tree object exists, and the entries elsewhere. This module does the same,
//! so that a directory nobody touched costs nothing.

use std::rc::Rc;

use gix::index::entry::{Flags, Mode as IndexMode, Stage};
use gix::index::{Entry as IndexEntry, State, extension::Tree as CacheTree};

use super::tree::{self, Difference, FindTree, Raw};
use crate::error::{Error, Result};
use crate::model::{Change, Entry, Mode, ObjectId};

/// Compares the staged tree with `head` (the tree it will be committed on; `None`: the empty tree).
///
/// # Errors
/// Unmerged entries, an index that contradicts itself, a missing tree object.
pub(super) fn compare(
    index: &State,
    find: &FindTree<'_>,
    exists: &dyn Fn(&ObjectId) -> bool,
    hash_len: usize,
    head: Option<ObjectId>,
) -> Result<Difference> {
    let mut run = Staged { index, find, exists, hash_len, out: Difference::default() };
    run.directory(&[], 0..index.entries().len(), index.tree(), head)?;
    Ok(run.out)
}

struct Staged<'a> {
    index: &'a State,
    find: &'a FindTree<'a>,
    exists: &'a dyn Fn(&ObjectId) -> bool,
    hash_len: usize,
    out: Difference,
}

/// What stands in the index under one name of a directory.
enum Item<'a> {
    File(Entry),
    /// Entries of a directory, with what the cache tree knows of it.
    Dir(std::ops::Range<usize>, Option<&'a CacheTree>),
    /// A directory that a sparse index keeps as one entry.
    Sparse(ObjectId),
}

impl<'a> Staged<'a> {
    fn directory(
        &mut self,
        prefix: &[u8],
        range: std::ops::Range<usize>,
        cache: Option<&'a CacheTree>,
        head: Option<ObjectId>,
    ) -> Result<()> {
        if let Some(id) = cache.and_then(|c| self.valid(c, &range)) {
            return self.trees(prefix, head, Some(id));
        }
        let data = head.map_or_else(|| Ok(Rc::default()), |id| (self.find)(&id))?;
        let old = tree::entries(&data, self.hash_len)?;
        let mut staged = self.items(prefix, range, cache)?;
        for raw in &old {
            let new = staged.remove(&(raw.name.to_vec(), raw.mode.is_none()));
            self.against(prefix, raw.name, Some(raw), new)?;
        }
        for ((name, _), item) in staged {
            self.against(prefix, &name, None, Some(item))?;
        }
        if prefix.is_empty() {
            self.out.changes.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(())
    }

    /// The tree id that git would take from the cache tree without looking at the entries.
    fn valid(&self, cache: &CacheTree, range: &std::ops::Range<usize>) -> Option<ObjectId> {
        let count = usize::try_from(cache.num_entries?).ok()?;
        let id = super::own(&cache.id);
        (count == range.len() && (self.exists)(&id)).then_some(id)
    }

    /// Groups the entries of a directory by their next path component.
    fn items(
        &self,
        prefix: &[u8],
        range: std::ops::Range<usize>,
        cache: Option<&'a CacheTree>,
    ) -> Result<std::collections::BTreeMap<(Vec<u8>, bool), Item<'a>>> {
        let mut items = std::collections::BTreeMap::new();
        let mut at = range.start;
        while at < range.end {
            let entry = self.entry(at)?;
            let path: &[u8] = entry.path(self.index);
            let Some(rest) = path.strip_prefix(prefix) else { return Err(corrupt()) };
            let (name, item, next) = match rest.iter().position(|b| *b == b'/') {
                None => (rest, file(entry)?.map(Item::File), at + 1),
                Some(end) if end + 1 == rest.len() => {
                    let name = rest.get(..end).unwrap_or_default();
                    (name, Some(Item::Sparse(super::own(&entry.id))), at + 1)
                }
                Some(end) => {
                    let name = rest.get(..end).unwrap_or_default();
                    let child = cache.and_then(|c| c.children.iter().find(|c| c.name.as_slice() == name));
                    let below = [prefix, name, b"/"].concat();
                    let last = self.end_of(&below, at, range.end, child)?;
                    (name, Some(Item::Dir(at..last, child)), last)
                }
            };
            if let Some(item) = item {
                let dir = !matches!(item, Item::File(_));
                if items.insert((name.to_vec(), dir), item).is_some() {
                    return Err(corrupt());
                }
            }
            at = next;
        }
        Ok(items)
    }

    fn entry(&self, at: usize) -> Result<&'a IndexEntry> {
        self.index.entries().get(at).ok_or_else(corrupt)
    }

    /// Where the entries below `prefix` end. The cache tree's count saves the search, when it is true.
    fn end_of(&self, prefix: &[u8], start: usize, end: usize, child: Option<&CacheTree>) -> Result<usize> {
        let below = |at: usize| self.entry(at).map(|e| e.path(self.index).starts_with(prefix));
        if let Some(count) = child.and_then(|c| c.num_entries).and_then(|n| usize::try_from(n).ok()) {
            let guess = start.saturating_add(count);
            if count > 0 && guess <= end && below(guess - 1)? && (guess == end || !below(guess)?) {
                return Ok(guess);
            }
        }
        let entries = self.index.entries().get(start..end).ok_or_else(corrupt)?;
        Ok(start + entries.partition_point(|e| e.path(self.index).starts_with(prefix)))
    }

    fn against(
        &mut self,
        prefix: &[u8],
        name: &[u8],
        old: Option<&Raw<'_>>,
        new: Option<Item<'a>>,
    ) -> Result<()> {
        let path = [prefix, name].concat();
        let below = || [path.as_slice(), b"/"].concat();
        match (old, new) {
            (Some(old), new) if old.mode.is_none() => match new {
                Some(Item::Dir(range, cache)) => self.directory(&below(), range, cache, Some(old.id)),
                Some(Item::Sparse(id)) => self.trees(&below(), Some(old.id), Some(id)),
                _ => self.trees(&below(), Some(old.id), None),
            },
            (_, Some(Item::Dir(range, cache))) => self.directory(&below(), range, cache, None),
            (_, Some(Item::Sparse(id))) => self.trees(&below(), None, Some(id)),
            (old, new) => {
                let old = old.and_then(|raw| raw.mode.map(|mode| Entry { mode, id: raw.id }));
                let new = match new {
                    Some(Item::File(entry)) => Some(entry),
                    _ => None,
                };
                if old != new {
                    self.out.changes.push(Change { path, old, new });
                }
                Ok(())
            }
        }
    }

    fn trees(&mut self, prefix: &[u8], old: Option<ObjectId>, new: Option<ObjectId>) -> Result<()> {
        let found = tree::compare(self.find, self.hash_len, old, new)?;
        self.out.defects.extend(found.defects);
        self.out.changes.extend(
            found
                .changes
                .into_iter()
                .map(|change| Change { path: [prefix, &change.path].concat(), ..change }),
        );
        Ok(())
    }
}

/// `None`: an intent-to-add entry, which is not part of the commit.
fn file(entry: &IndexEntry) -> Result<Option<Entry>> {
    if entry.stage() != Stage::Unconflicted {
        return Err(Error::git("the index has unmerged paths")
            .help("git status                    shows them; resolve, then git add"));
    }
    if entry.flags.contains(Flags::INTENT_TO_ADD) {
        return Ok(None);
    }
    let mode = match entry.mode {
        IndexMode::FILE => Mode::Regular,
        IndexMode::FILE_EXECUTABLE => Mode::Executable,
        IndexMode::SYMLINK => Mode::Symlink,
        IndexMode::COMMIT => Mode::Gitlink,
        other => match tree::mode(other.bits()) {
            Some(mode) => mode,
            None => return Err(corrupt()),
        },
    };
    Ok(Some(Entry { mode, id: super::own(&entry.id) }))
}

fn corrupt() -> Error {
    Error::git("the index contradicts itself")
        .help("git fsck                      then rm .git/index && git reset")
}
