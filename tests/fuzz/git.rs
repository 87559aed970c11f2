//! What git itself says of commits and trees, many at a time.

use std::collections::HashMap;
use std::io::Write;
use std::process::Stdio;

use git2::Oid;

use crate::harness::Repo;

/// A path that differs, with the modes of both sides (`000000`: nothing) and what is there now.
#[derive(Debug, Clone)]
pub struct Change {
    pub path: Vec<u8>,
    pub old: (String, Oid),
    pub new: (String, Oid),
}

/// A commit as git shows it.
pub struct Shown {
    pub tree: Oid,
    pub parents: Vec<Oid>,
    pub message: String,
}

/// The entries of a proper tree, with modes as git shows them.
pub fn entries(raw: &[u8]) -> Vec<(String, Vec<u8>, Oid)> {
    let mut rest = raw;
    let mut all = Vec::new();
    while let Some(nul) = rest.iter().position(|b| *b == 0).filter(|nul| rest.len() > nul + 20) {
        let space = rest.iter().position(|b| *b == b' ').unwrap_or(0).min(nul);
        let bits = u32::from_str_radix(&String::from_utf8_lossy(&rest[..space]), 8).unwrap_or_default();
        let mode = match bits & 0o170_000 {
            0o040_000 => "040000",
            0o100_000 if bits & 0o100 != 0 => "100755",
            0o100_000 => "100644",
            0o120_000 => "120000",
            _ => "160000",
        };
        let name = rest.get(space + 1..nul).unwrap_or_default().to_vec();
        all.push((mode.to_owned(), name, Oid::from_bytes(&rest[nul + 1..nul + 21]).unwrap()));
        rest = &rest[nul + 21..];
    }
    all
}

pub fn is_folder(mode: &str) -> bool {
    mode == "040000"
}

/// git with many lines on its standard input.
fn pipe(repo: &Repo, args: &[&str], input: String) -> Vec<u8> {
    let mut command = repo.command("git", &repo.path);
    let mut git = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = git.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let out = git.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(out.status.success(), "git {args:?}");
    out.stdout
}

/// Every commit as git shows it.
pub fn shown(repo: &Repo, ids: &[String]) -> HashMap<Oid, Shown> {
    let format = "--format=%H%x01%T%x01%P%x01%B";
    let out = pipe(repo, &["log", "--no-walk=unsorted", "--stdin", "-z", format], ids.join("\n") + "\n");
    let one = |record: &[u8]| {
        let text = String::from_utf8_lossy(record).into_owned();
        let mut fields = text.splitn(4, '\u{1}');
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let (own, tree, parents, message) = (next(), next(), next(), next());
        let id = |hex: &str| Oid::from_str(hex).unwrap();
        let parents = parents.split_whitespace().map(id).collect();
        (id(&own), Shown { tree: id(&tree), parents, message })
    };
    out.split(|b| *b == 0).filter(|r| !r.is_empty()).map(one).collect()
}

/// The differences of each two trees.
pub fn diff_tree(repo: &Repo, pairs: &[(Oid, Oid)]) -> HashMap<(Oid, Oid), Vec<Change>> {
    let lines: String = pairs.iter().map(|(old, new)| format!("{old} {new}\n")).collect();
    let out = pipe(repo, &["diff-tree", "--stdin", "-r", "-z", "--no-renames", "--raw"], lines);
    let mut all: HashMap<(Oid, Oid), Vec<Change>> = HashMap::new();
    let mut now = None;
    let mut fields = out.split(|b| *b == 0);
    while let Some(meta) = fields.next() {
        let meta = String::from_utf8_lossy(meta).into_owned();
        for line in meta.split('\n').filter(|l| l.len() == 81) {
            let (old, new) = (Oid::from_str(&line[..40]).unwrap(), Oid::from_str(&line[41..]).unwrap());
            now = Some((old, new));
            all.insert((old, new), Vec::new());
        }
        let Some((_, meta)) = meta.split_once(':') else { continue };
        let words: Vec<&str> = meta.split(' ').collect();
        let id = |hex: &str| Oid::from_str(hex).unwrap();
        let change = Change {
            path: fields.next().unwrap_or_default().to_vec(),
            old: (words[0].to_owned(), id(words[2])),
            new: (words[1].to_owned(), id(words[3])),
        };
        all.get_mut(&now.unwrap()).unwrap().push(change);
    }
    all
}
