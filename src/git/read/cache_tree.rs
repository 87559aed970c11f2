//! The staged tree's name, where the index says it itself.
//!
//! Before `git commit` calls a hook it has brought the index's cache tree up to date, whose root is then the very
//! tree that will be committed. That name stands behind the entries, so they are stepped over, not decoded: on
//! 100,000 files that is most of what a hook would spend. The layout is gitformat-index(5)'s.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::model::ObjectId;

/// What an entry knows of the file, before its object name: times, device, inode, mode, owner, size.
const STAT: usize = 40;
/// A flag: more flags follow.
const EXTENDED: u16 = 0x4000;
/// The flags that hold the length of the name; all of them: it is longer than that.
const LENGTH: u16 = 0x0fff;

/// The tree of all that is staged. `None`: the index does not say, or is not of the plain kind; whoever asks has to
/// look at the entries, and meets there whatever is wrong with the file.
pub(super) fn root(index: &Path, hash_len: usize) -> Option<ObjectId> {
    let file = File::open(index).ok()?;
    let end = file.metadata().ok()?.len().checked_sub(u64::try_from(hash_len).ok()?)?;
    let mut index = Bytes { from: BufReader::with_capacity(1 << 17, file), at: 0 };
    let header: [u8; 12] = index.array()?;
    let [b'D', b'I', b'R', b'C', 0, 0, 0, version @ 2..=4, count @ ..] = header else { return None };
    let count = u32::from_be_bytes(count);
    let mut left = count;
    while left > 0 {
        left -= index.step_over_plain_entries(left, hash_len, version)?;
        if left > 0 {
            index.step_over_entry(version, hash_len)?;
            left -= 1;
        }
    }
    let mut found = None;
    while index.at < end {
        let [a, b, c, d, size @ ..]: [u8; 8] = index.array()?;
        let size = u64::from(u32::from_be_bytes(size));
        match [a, b, c, d] {
            // Extensions in lower case change what the entries mean: a split or a sparse index.
            [b'a'..=b'z', ..] => return None,
            [b'T', b'R', b'E', b'E'] if found.is_none() && index.at + size <= end => {
                let until = index.at + size;
                found = Some(index.cache_tree_root(count, hash_len, until)?);
                index.skip(until.checked_sub(index.at)?)?;
            }
            _ => index.skip(size)?,
        }
    }
    found.filter(|_| index.at == end)
}

/// An index file, read once from front to back.
struct Bytes {
    from: BufReader<File>,
    at: u64,
}

impl Bytes {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).ok()?;
        self.at += u64::try_from(N).ok()?;
        Some(bytes)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.from.seek_relative(i64::try_from(count).ok()?).ok()?;
        self.at += count;
        Some(())
    }

    /// Reads up to and with `delimiter`.
    fn until(&mut self, delimiter: u8) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.from.by_ref().take(1 << 20).read_until(delimiter, &mut bytes).ok()?;
        self.at += u64::try_from(bytes.len()).ok()?;
        (bytes.pop()? == delimiter).then_some(bytes)
    }

    /// Steps over as many entries, `most` at the most, as lie whole in the buffer and are of the usual kind.
    fn step_over_plain_entries(&mut self, most: u32, hash_len: usize, version: u8) -> Option<u32> {
        if version == 4 {
            return Some(0);
        }
        let buffer = self.from.fill_buf().ok()?;
        let (mut stepped, mut offset) = (0, 0);
        while stepped < most {
            let Some(&[high, low]) = buffer.get(offset + STAT + hash_len..offset + STAT + hash_len + 2)
            else {
                break;
            };
            let flags = u16::from_be_bytes([high, low]);
            if flags & EXTENDED != 0 || flags & LENGTH == LENGTH {
                break;
            }
            // At least one NUL ends the name, and as many as it takes to a multiple of eight.
            let size = (STAT + hash_len + 2 + usize::from(flags & LENGTH) + 8) & !7;
            if offset + size > buffer.len() {
                break;
            }
            (stepped, offset) = (stepped + 1, offset + size);
        }
        self.from.consume(offset);
        self.at += u64::try_from(offset).ok()?;
        Some(stepped)
    }

    fn step_over_entry(&mut self, version: u8, hash_len: usize) -> Option<()> {
        let start = self.at;
        self.skip(u64::try_from(STAT + hash_len).ok()?)?;
        let flags = u16::from_be_bytes(self.array()?);
        if flags & EXTENDED != 0 {
            self.skip(2)?;
        }
        if version == 4 {
            // How much of the last path falls away, then what comes in its place.
            while self.array::<1>()? >= [0x80] {}
            return self.until(0).map(drop);
        }
        match flags & LENGTH {
            LENGTH => drop(self.until(0)?),
            length => self.skip(u64::from(length) + 1)?,
        }
        let padding = (8 - (self.at - start) % 8) % 8;
        self.skip(padding)
    }

    /// The root, which comes first: an empty name, how many entries it covers (negative: it is out of date), how
    /// many subtrees follow, and the tree's name.
    fn cache_tree_root(&mut self, entries: u32, hash_len: usize, end: u64) -> Option<ObjectId> {
        if !self.until(0)?.is_empty() {
            return None;
        }
        let covered = self.until(b' ')?;
        self.until(b'\n')?;
        if std::str::from_utf8(&covered).ok()?.parse::<u32>().ok()? != entries {
            return None;
        }
        let mut id = [0; 32];
        let id = id.get_mut(..hash_len)?;
        self.from.read_exact(id).ok()?;
        self.at += u64::try_from(hash_len).ok()?;
        ObjectId::from_bytes(id).filter(|_| self.at <= end)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::root;

    /// Runs `script` in a fresh repository of each object format and index version, and hands over what
    /// `git write-tree` says and what the index says.
    fn each(script: &str, meet: impl Fn(&str, &str, Option<String>)) {
        for (format, bytes) in [("sha1", 20), ("sha256", 32)] {
            for version in ["2", "3", "4"] {
                let folder = tempfile::tempdir().unwrap();
                let sh = |script: &str| {
                    let mut command = Command::new("sh");
                    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
                    for name in names.iter().filter(|n| n.to_string_lossy().starts_with("GIT_")) {
                        command.env_remove(name);
                    }
                    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
                    let output = command.args(["-ec", script]).current_dir(folder.path()).output().unwrap();
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                    String::from_utf8(output.stdout).unwrap().trim().to_owned()
                };
                sh(&format!("git init -q --object-format={format}; git config index.version {version}"));
                sh(script);
                let path = folder.path().join(".git/index");
                let said = root(Path::new(&path), bytes).map(|id| id.to_string());
                meet(&format!("{format} v{version}"), &sh("git write-tree"), said);
            }
        }
    }

    const FILES: &str = "mkdir -p a/b c; for f in 1 22 333 4444 55555 666666 7777777 88888888; do echo $f >a/b/$f; \
        echo $f >c/$f$f; echo $f >$f; done; git add .;";

    #[test]
    fn the_tree_is_named_without_a_look_at_the_entries() {
        let long = "blob=$(git hash-object -w 1); long=$(printf 'a/%02100d/%02100d' 1 2); \
            git update-index --add --cacheinfo 100644,$blob,$long; git update-index --skip-worktree 22;";
        let known = format!("{FILES} {long} git write-tree >/dev/null");
        each(&known, |kind, tree, said| assert_eq!(said.as_deref(), Some(tree), "{kind}"));
    }

    #[test]
    fn a_tree_that_git_has_yet_to_write_is_not_named() {
        for since in ["echo new >c/1; git add c/1", "git rm -q --cached a/b/22", "echo n >n; git add -N n"] {
            let stale = format!("{FILES} git write-tree >/dev/null; {since}");
            each(&stale, |kind, _, said| assert_eq!(said, None, "{kind} {since}"));
        }
    }

    #[test]
    fn an_index_cut_off_anywhere_names_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("git init -q; {FILES} git write-tree");
        let output = Command::new("sh").args(["-ec", &script]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success());
        let whole = std::fs::read(folder.path().join(".git/index")).unwrap();
        let cut = folder.path().join("cut");
        for end in 0..whole.len() {
            std::fs::write(&cut, whole.get(..end).unwrap()).unwrap();
            assert_eq!(root(&cut, 20), None, "cut at {end}");
        }
        std::fs::write(&cut, &whole).unwrap();
        assert!(root(&cut, 20).is_some());
    }
}
