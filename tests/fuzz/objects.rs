//! Trees and commits by hand, as git itself would never write some of them.

use std::collections::{BTreeMap, HashMap};

use git2::{ObjectType, Odb, Oid, Repository};

use crate::harness::{Dice, Repo};

/// What stands under one name.
#[derive(Clone)]
pub enum Node {
    File(&'static str, Oid),
    Dir(Dir),
}

pub type Dir = BTreeMap<Vec<u8>, Node>;

/// One entry as it will be written.
type Entry = (Vec<u8>, Vec<u8>, Oid);

/// The object database, through libgit2: it writes whatever bytes it is given.
pub struct Objects {
    repo: Repository,
    known: HashMap<(bool, Vec<u8>), Oid>,
    /// Every tree written here, as it is.
    pub trees: HashMap<Oid, Vec<u8>>,
}

const TREE_HURTS: usize = 14;

impl Objects {
    pub fn new(repo: &Repo) -> Self {
        let repo = Repository::open(&repo.path).unwrap();
        Self { repo, known: HashMap::new(), trees: HashMap::new() }
    }

    fn odb(&self) -> Odb<'_> {
        self.repo.odb().unwrap()
    }

    pub fn blob(&mut self, text: &[u8]) -> Oid {
        self.remembered(ObjectType::Blob, text)
    }

    pub fn commit(&self, raw: &[u8]) -> Oid {
        self.odb().write(ObjectType::Commit, raw).unwrap()
    }

    fn remembered(&mut self, kind: ObjectType, bytes: &[u8]) -> Oid {
        let key = (kind == ObjectType::Tree, bytes.to_vec());
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = self.odb().write(kind, bytes).unwrap();
        if kind == ObjectType::Tree {
            self.trees.insert(id, bytes.to_vec());
        }
        self.known.insert(key, id);
        id
    }

    /// The tree of a commit that is there.
    pub fn load(&mut self, commit: &str) -> Dir {
        let tree = self.repo.revparse_single(commit).unwrap().peel_to_tree().unwrap().id();
        self.dir(tree)
    }

    fn dir(&mut self, tree: Oid) -> Dir {
        let raw = self.odb().read(tree).unwrap().data().to_vec();
        let entries: Vec<(Vec<u8>, i32, Oid)> = {
            let tree = self.repo.find_tree(tree).unwrap();
            tree.iter().map(|e| (e.name_bytes().to_vec(), e.filemode(), e.id())).collect()
        };
        self.trees.insert(tree, raw);
        let node = |(name, mode, id): (Vec<u8>, i32, Oid)| match mode {
            0o040_000 => (name, Node::Dir(self.dir(id))),
            0o100_755 => (name, Node::File("100755", id)),
            _ => (name, Node::File("100644", id)),
        };
        entries.into_iter().map(node).collect()
    }

    /// Writes a tree with all below it. With `hurts`, one tree in four is written as git would not.
    pub fn tree(&mut self, dir: &Dir, dice: &mut Dice, hurts: bool) -> Oid {
        let mut entries: Vec<Entry> = Vec::new();
        for (name, node) in dir {
            match node {
                Node::File(mode, id) => entries.push((mode.as_bytes().to_vec(), name.clone(), *id)),
                Node::Dir(below) if below.is_empty() => {}
                Node::Dir(below) => {
                    let id = self.tree(below, dice, hurts);
                    entries.push((b"40000".to_vec(), name.clone(), id));
                }
            }
        }
        let place = |e: &Entry| [&e.1[..], if e.0 == b"40000" { &b"/"[..] } else { &b"\0"[..] }].concat();
        entries.sort_by_key(place);
        if hurts && !entries.is_empty() && dice.once_in(4) {
            hurt(dice, &mut entries);
        }
        let mut raw = Vec::new();
        for (mode, name, id) in &entries {
            raw.extend([mode.as_slice(), b" ", name, b"\0", id.as_bytes()].concat());
        }
        if hurts && dice.once_in(40) && !raw.is_empty() {
            raw.truncate(dice.roll(raw.len()));
        }
        self.remembered(ObjectType::Tree, &raw)
    }
}

fn hurt(dice: &mut Dice, entries: &mut Vec<Entry>) {
    let at = dice.roll(entries.len());
    let names: [&[u8]; 12] = [
        b".git",
        b".GIT",
        b".git ",
        b"git~1",
        b".",
        b"..",
        b"",
        b"a/b",
        b".g\xe2\x80\x8cit",
        b".git:x",
        b"\x1b[31m",
        b"\xff",
    ];
    let modes: [&[u8]; 14] = [
        b"100664", b"100666", b"0100644", b"100600", b"100711", b"160000", b"120000", b"170000", b"0",
        b"040000", b"644", b"40755", b"1", b"8",
    ];
    match dice.roll(TREE_HURTS) {
        0 | 1 => entries.insert(at, entries[at].clone()),
        2 => entries.reverse(),
        3 => {
            let other = dice.roll(entries.len());
            entries.swap(at, other);
        }
        4..=6 => entries[at].1 = dice.pick(&names).to_vec(),
        7 | 8 => entries.push((b"100644".to_vec(), dice.pick(&names).to_vec(), entries[at].2)),
        9 => entries[at].2 = Oid::from_bytes(&[0x11; 20]).unwrap(),
        10 => {
            // The same name as a file and as a folder.
            let twin = if entries[at].0 == b"40000" { b"100644".to_vec() } else { b"40000".to_vec() };
            entries.insert(at, (twin, entries[at].1.clone(), entries[at].2));
        }
        _ => entries[at].0 = dice.pick(&modes).to_vec(),
    }
}

impl Objects {
    /// Can all of the tree be read: is every object in it there, and what its mode says?
    pub fn is_readable(&self, tree: Oid) -> bool {
        let Some(raw) = self.trees.get(&tree) else { return false };
        let mut rest = raw.as_slice();
        while !rest.is_empty() {
            let Some(nul) = rest.iter().position(|b| *b == 0).filter(|nul| rest.len() > nul + 20) else {
                return false;
            };
            let mode = rest[..nul].split(|b| *b == b' ').next().unwrap_or_default();
            let Ok(bits) = u32::from_str_radix(&String::from_utf8_lossy(mode), 8) else { return false };
            let id = Oid::from_bytes(&rest[nul + 1..nul + 21]).unwrap();
            let there = match bits & 0o170_000 {
                0o040_000 => self.is_readable(id),
                0o100_000 | 0o120_000 => self.repo.find_blob(id).is_ok(),
                _ => true,
            };
            if !there || mode.len() == nul {
                return false;
            }
            rest = &rest[nul + 21..];
        }
        true
    }
}

/// Puts `node` at `path`, or takes away what is there.
pub fn put(dir: &mut Dir, path: &[u8], node: Option<Node>) {
    match path.iter().position(|b| *b == b'/') {
        Some(slash) => {
            let (name, rest) = (path[..slash].to_vec(), &path[slash + 1..]);
            let below = dir.entry(name).or_insert_with(|| Node::Dir(Dir::new()));
            if !matches!(below, Node::Dir(_)) {
                *below = Node::Dir(Dir::new());
            }
            if let Node::Dir(below) = below {
                put(below, rest, node);
            }
        }
        None => match node {
            Some(node) => drop(dir.insert(path.to_vec(), node)),
            None => drop(dir.remove(path)),
        },
    }
}

/// A slow look at the bytes of a tree: does git write such a tree?
pub fn is_proper_tree(raw: &[u8]) -> bool {
    let mut rest = raw;
    let mut places: Vec<Vec<u8>> = Vec::new();
    let mut names: Vec<Vec<u8>> = Vec::new();
    while !rest.is_empty() {
        let Some(space) = rest.iter().position(|b| *b == b' ') else { return false };
        let Some(nul) = rest.iter().position(|b| *b == 0) else { return false };
        if space > nul || rest.len() < nul + 21 {
            return false;
        }
        let (mode, name) = (&rest[..space], &rest[space + 1..nul]);
        let plain = String::from_utf8_lossy(name).replace('\u{200c}', "").to_ascii_lowercase();
        let stem = plain.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']);
        let hidden = ["", ".", ".."].contains(&plain.as_str()) || stem == ".git" || stem == "git~1";
        if hidden || name.contains(&b'/') || names.contains(&name.to_vec()) {
            return false;
        }
        names.push(name.to_vec());
        let folder =
            u32::from_str_radix(&String::from_utf8_lossy(mode), 8).is_ok_and(|m| m & 0o170_000 == 0o040_000);
        places.push([name, if folder { b"/" } else { b"\0" }].concat());
        rest = &rest[nul + 21..];
    }
    places.is_sorted()
}
