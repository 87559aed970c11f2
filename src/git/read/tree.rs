//! Raw comparison of two trees: every path whose entry differs, and what is malformed on the way.
//!
//! No rename detection, no diff configuration, no attributes: the answer depends on the objects alone. A tree
//! parser of our own, because libraries refuse or silently repair exactly the trees that must be reported.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::model::{Change, Entry, Mode, ObjectId, RepoPath};

/// git's own default for `core.maxTreeDepth`.
const MAX_DEPTH: usize = 2048;
/// More paths than this in one comparison is a tree made to exhaust memory, not a commit.
const MAX_CHANGES: usize = 4_000_000;

/// Reads the content of a tree object.
pub(super) type FindTree<'a> = dyn Fn(&ObjectId) -> Result<Rc<Vec<u8>>> + 'a;

/// One raw entry of a tree object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a> {
    /// As git canonicalises it; `None`: a directory.
    pub(super) mode: Option<Mode>,
    /// The name, raw.
    pub(super) name: &'a [u8],
    /// Blob, tree or commit.
    pub id: ObjectId,
}

impl Raw<'_> {
    fn is_dir(&self) -> bool {
        self.mode.is_none()
    }

    fn entry(&self) -> Option<Entry> {
        self.mode.map(|mode| Entry { mode, id: self.id })
    }
}

/// The entries of a tree object's content, in stored order.
///
/// # Errors
/// When the bytes are not a tree.
pub(super) fn entries(data: &[u8], hash_len: usize) -> Result<Vec<Raw<'_>>> {
    let mut rest = data;
    let mut all = Vec::with_capacity(data.len() / (hash_len + 16));
    while !rest.is_empty() {
        let (raw, after) = entry(rest, hash_len).ok_or_else(|| Error::git("a tree object is corrupt"))?;
        all.push(raw);
        rest = after;
    }
    Ok(all)
}

fn entry(data: &[u8], hash_len: usize) -> Option<(Raw<'_>, &[u8])> {
    let space = data.iter().position(|b| *b == b' ')?;
    let (digits, rest) = (data.get(..space)?, data.get(space + 1..)?);
    let bits = digits.iter().try_fold(0u32, |n, b| match b {
        b'0'..=b'7' => n.checked_mul(8)?.checked_add(u32::from(b - b'0')),
        _ => None,
    })?;
    let end = rest.iter().position(|b| *b == 0)?;
    let (name, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
    let id = ObjectId::from_bytes(rest.get(..hash_len)?)?;
    (!digits.is_empty()).then_some((Raw { mode: mode(bits), name, id }, rest.get(hash_len..)?))
}

/// git's `canon_mode`: whatever is not a file, link or directory is a gitlink. `None`: a directory.
pub(super) fn mode(bits: u32) -> Option<Mode> {
    match bits & 0o170_000 {
        0o040_000 => None,
        0o100_000 if bits & 0o100 != 0 => Some(Mode::Executable),
        0o100_000 => Some(Mode::Regular),
        0o120_000 => Some(Mode::Symlink),
        _ => Some(Mode::Gitlink),
    }
}

/// git's order of names in a tree: a directory sorts as if it ended in `/`.
fn order(a: &Raw<'_>, b: &Raw<'_>) -> Ordering {
    let common = a.name.len().min(b.name.len());
    let next = |r: &Raw<'_>| r.name.get(common).copied().or(r.is_dir().then_some(b'/')).unwrap_or(0);
    a.name.get(..common).cmp(&b.name.get(..common)).then_with(|| next(a).cmp(&next(b)))
}

/// The result of a comparison.
#[derive(Debug, Default)]
pub struct Difference {
    /// Every path whose entry differs, in path order.
    pub changes: Vec<Change>,
    /// What is malformed in the new side's trees, in words.
    pub defects: Vec<String>,
}

/// Compares two trees; `None` stands for the empty tree.
///
/// # Errors
/// A missing or corrupt tree object; trees nested or multiplied beyond reason.
pub(super) fn compare(
    find: &FindTree<'_>,
    hash_len: usize,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Difference> {
    let mut run = Comparison { find, hash_len, path: Vec::new(), depth: 0, out: Difference::default() };
    if old != new {
        run.trees(old, new)?;
    }
    Ok(run.out)
}

struct Comparison<'a> {
    find: &'a FindTree<'a>,
    hash_len: usize,
    path: RepoPath,
    depth: usize,
    out: Difference,
}

impl Comparison<'_> {
    fn trees(&mut self, old: Option<ObjectId>, new: Option<ObjectId>) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::git(format!("a tree is nested deeper than {MAX_DEPTH} levels")));
        }
        let read = |id: Option<ObjectId>| id.map_or_else(|| Ok(Rc::default()), |id| (self.find)(&id));
        let (old_data, new_data) = (read(old)?, read(new)?);
        let (old, new) = (entries(&old_data, self.hash_len)?, entries(&new_data, self.hash_len)?);
        self.defects(&new);
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let side = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(o), Some(n)) => order(o, n),
            };
            let o = if side == Ordering::Greater { None } else { old.next() };
            let n = if side == Ordering::Less { None } else { new.next() };
            self.pair(o, n)?;
        }
    }

    fn pair(&mut self, old: Option<&Raw<'_>>, new: Option<&Raw<'_>>) -> Result<()> {
        if let (Some(o), Some(n)) = (old, new)
            && o.id == n.id
            && o.mode == n.mode
        {
            return Ok(());
        }
        let Some(one) = old.or(new) else { return Ok(()) };
        let length = self.path.len();
        self.path.extend_from_slice(one.name);
        if one.is_dir() {
            self.path.push(b'/');
            self.depth += 1;
            self.trees(old.map(|r| r.id), new.map(|r| r.id))?;
            self.depth -= 1;
        } else {
            if self.out.changes.len() >= MAX_CHANGES {
                return Err(Error::git(format!("one commit changes more than {MAX_CHANGES} paths")));
            }
            self.out.changes.push(Change {
                path: self.path.clone(),
                old: old.and_then(Raw::entry),
                new: new.and_then(Raw::entry),
            });
        }
        self.path.truncate(length);
        Ok(())
    }

    /// What git itself never writes: names that escape or hide, and names that stand twice or out of order.
    fn defects(&mut self, tree: &[Raw<'_>]) {
        let mut names = std::collections::HashSet::with_capacity(tree.len());
        let mut previous: Option<&Raw<'_>> = None;
        for raw in tree {
            let wrong = match raw.name {
                b"" => Some("an empty name"),
                b"." | b".." => Some("a name that means another directory"),
                name if name.contains(&b'/') => Some("a name with a slash"),
                name if is_dot_git(name) => Some("a name that means .git"),
                name if !names.insert(name) => Some("a name that stands twice"),
                _ if previous.is_some_and(|p| order(p, raw) != Ordering::Less) => Some("names out of order"),
                _ => None,
            };
            previous = Some(raw);
            if let Some(wrong) = wrong {
                let path = [self.path.as_slice(), raw.name].concat();
                self.out.defects.push(format!("{wrong}: {}", String::from_utf8_lossy(&path)));
            }
        }
    }
}

/// `.git` as some file system would spell it: other case, NTFS short name, stream, separator and trailing dots or spaces,
/// HFS+ ignorable characters. The spellings that `git fsck` reports.
fn is_dot_git(name: &[u8]) -> bool {
    let ignorable = |c: &char| matches!(*c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let plain: String = String::from_utf8_lossy(name).chars().filter(|c| !ignorable(c)).collect();
    let mut parts = plain.split('\\').map(|part| {
        let stem = part.split(':').next().unwrap_or_default();
        stem.trim_end_matches(['.', ' '])
    });
    parts.any(|stem| stem.eq_ignore_ascii_case(".git") || stem.eq_ignore_ascii_case("git~1"))
}

/// The entry at `path` below `tree`; `None`: nothing or a directory.
///
/// # Errors
/// A missing or corrupt tree object.
pub(super) fn lookup(
    find: &FindTree<'_>,
    hash_len: usize,
    tree: ObjectId,
    path: &[u8],
) -> Result<Option<Entry>> {
    let mut tree = tree;
    let mut names = path.split(|b| *b == b'/').peekable();
    while let Some(name) = names.next() {
        let data = find(&tree)?;
        let found = entries(&data, hash_len)?
            .into_iter()
            .find(|raw| raw.name == name && raw.is_dir() == names.peek().is_some());
        match found {
            Some(raw) if raw.is_dir() => tree = raw.id,
            Some(raw) => return Ok(raw.entry()),
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// All files below `tree` that `keep` wants; directories are asked about first, with a trailing `/`.
///
/// # Errors
/// A missing or corrupt tree object.
pub(super) fn files(
    find: &FindTree<'_>,
    hash_len: usize,
    tree: ObjectId,
    keep: &dyn Fn(&[u8]) -> bool,
) -> Result<Vec<RepoPath>> {
    let mut out = Vec::new();
    let mut todo = vec![(Vec::new(), tree, 0)];
    while let Some((prefix, id, depth)) = todo.pop() {
        let data = find(&id)?;
        for raw in entries(&data, hash_len)? {
            let mut path: RepoPath = prefix.clone();
            path.extend_from_slice(raw.name);
            if raw.is_dir() {
                path.push(b'/');
                if depth < MAX_DEPTH && keep(&path) {
                    todo.push((path, raw.id, depth + 1));
                }
            } else if keep(&path) {
                out.push(path);
            }
        }
    }
    out.sort_unstable();
    Ok(out)
}
