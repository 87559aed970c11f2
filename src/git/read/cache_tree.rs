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

/// What an index says about the tree of all that is staged.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Its name: git commits this very tree, whatever the entries are.
    Tree(ObjectId),
    /// Nothing, or the file is not of the plain kind: git looks at the entries, and so has whoever asks, who meets there
    /// whatever is wrong with the file.
    Nothing,
    /// What git never writes, and may read otherwise than guard would: in words.
    Odd(&'static str),
}

/// What the index at this path says.
pub(super) fn root(index: &Path, hash_len: usize) -> Said {
    read(index, hash_len).unwrap_or(Said::Nothing)
}

fn read(index: &Path, hash_len: usize) -> Option<Said> {
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
    let entries_end = index.at;
    let mut trees = Vec::new();
    let mut odd = None;
    while index.at < end {
        let [a, b, c, d, size @ ..]: [u8; 8] = index.array()?;
        let until = index.at + u64::from(u32::from_be_bytes(size));
        match [a, b, c, d] {
            // Extensions in lower case change what the entries mean: a split or a sparse index.
            [b'a'..=b'z', ..] => return None,
            [b'T', b'R', b'E', b'E'] if until > index.at && until <= end => {
                trees.push(index.cache_tree(count, hash_len, until));
            }
            // Where git begins to read the extensions, when it does so beside the entries.
            [b'E', b'O', b'I', b'E'] if u64::from(u32::from_be_bytes(index.array()?)) != entries_end => {
                odd = Some("it hides some of its extensions");
            }
            _ => {}
        }
        // What was misread may have gone too far: the file is read anew from where git reads on.
        index.go_to(until)?;
    }
    if index.at != end {
        return None;
    }
    Some(match (odd, trees.len(), trees.pop()) {
        (Some(odd), ..) => Said::Odd(odd),
        (None, 2.., _) => Said::Odd("it has two cache trees"),
        (None, _, Some(said)) => said.unwrap_or(Said::Odd("its cache tree is damaged")),
        (None, _, None) => Said::Nothing,
    })
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

    fn go_to(&mut self, place: u64) -> Option<()> {
        self.from.seek_relative(i64::try_from(place).ok()?.checked_sub_unsigned(self.at)?).ok()?;
        self.at = place;
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

    /// A cache tree: for each directory its name, how many entries it covers (-1: it is out of date), how many
    /// subtrees follow, and the tree's name. The root comes first, its own name is empty. `None`: it is damaged.
    fn cache_tree(&mut self, entries: u32, hash_len: usize, end: u64) -> Option<Said> {
        let mut root = None;
        let mut left: u64 = 1;
        while left > 0 {
            let named = !self.until(0)?.is_empty();
            let covered = self.number(b' ')?;
            left += u64::try_from(self.number(b'\n')?).ok()?;
            left -= 1;
            let mut id = [0; 32];
            if covered >= 0 {
                let id = id.get_mut(..hash_len)?;
                self.from.read_exact(id).ok()?;
                self.at += u64::try_from(hash_len).ok()?;
            }
            if self.at > end || named != root.is_some() {
                return None;
            }
            root = root.or(Some((covered, id)));
        }
        let (covered, id) = root.filter(|_| self.at == end)?;
        Some(match covered {
            -1 => Said::Nothing,
            _ if covered != i64::from(entries) => {
                Said::Odd("its cache tree is of other entries than it lists")
            }
            _ => Said::Tree(ObjectId::from_bytes(id.get(..hash_len)?)?),
        })
    }

    /// A number as git writes it: -1 or more, without a sign, blanks or zeros in front.
    fn number(&mut self, delimiter: u8) -> Option<i64> {
        let digits = self.until(delimiter)?;
        let number: i64 = std::str::from_utf8(&digits).ok()?.parse().ok()?;
        (number >= -1 && number.to_string().as_bytes() == digits).then_some(number)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::{Said, root};
    use crate::model::ObjectId;

    fn named(index: &Path, hash_len: usize) -> Option<String> {
        match root(index, hash_len) {
            Said::Tree(id) => Some(id.to_string()),
            Said::Nothing => None,
            Said::Odd(why) => panic!("{why}"),
        }
    }

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
                let said = named(&path, bytes);
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
            assert_eq!(named(&cut, 20), None, "cut at {end}");
        }
        std::fs::write(&cut, &whole).unwrap();
        assert!(named(&cut, 20).is_some());
    }

    /// An index of two empty entries and these extensions, which is read as git would read it.
    fn said(extensions: &[(&str, &[u8])]) -> Said {
        let mut bytes = b"DIRC\0\0\0\x02\0\0\0\x02".to_vec();
        for name in [b"a\0", b"b\0"] {
            bytes.extend([0; 60]);
            bytes.extend([0, 1]);
            bytes.extend(name);
        }
        for (name, data) in extensions {
            bytes.extend(name.as_bytes());
            bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend(*data);
        }
        bytes.extend([0; 20]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        std::fs::write(&path, bytes).unwrap();
        root(&path, 20)
    }

    #[test]
    fn what_git_never_writes_is_odd() {
        let tree = |text: &str, id: u8| [text.as_bytes(), &[id; 20]].concat();
        let (one, two) = (tree("\x002 0\n", 1), tree("\x002 0\n", 2));
        let first = || Said::Tree(ObjectId::from_bytes(&[1; 20]).unwrap());
        assert_eq!(said(&[("TREE", &one)]), first());
        assert_eq!(said(&[("REUC", b"x"), ("TREE", &one), ("EOIE", &[0, 0, 0, 140, 0, 0])]), first());
        assert_eq!(said(&[("TREE", &tree("\x002 1\n", 1)[..]), ("link", b"")]), Said::Nothing);
        assert_eq!(said(&[("TREE", b"\0-1 0\n")]), Said::Nothing);
        let sub = [&tree("\x002 2\n", 1)[..], b"a\0-1 0\n", &tree("b\x001 0\n", 3)].concat();
        assert_eq!(said(&[("TREE", &sub)]), first());
        let odd = |extensions: &[(&str, &[u8])]| {
            assert!(matches!(said(extensions), Said::Odd(_)), "{extensions:?}");
        };
        // git takes the last of two, and the tree's name whatever the number of entries.
        odd(&[("TREE", &one), ("TREE", &two)]);
        odd(&[("TREE", &one), ("REUC", b"x"), ("TREE", b"\0-1 0\n")]);
        for numbers in ["1 0", "3 0", "0 0", "+2 0", " 2 0", "02 0", "-2 0", "2 1", "2 -1", "2 4294967296"] {
            odd(&[("TREE", &tree(&format!("\0{numbers}\n"), 1))]);
        }
        odd(&[("TREE", &tree("x\x002 0\n", 1))]);
        odd(&[("TREE", &one[..20])]);
        odd(&[("TREE", &[&one[..], b"x"].concat())]);
        odd(&[("TREE", &[&tree("\x002 1\n", 1)[..], &tree("\x001 0\n", 2)].concat())]);
        odd(&[("TREE", &one), ("EOIE", &[0, 0, 0, 200, 0, 0])]);
    }
}
