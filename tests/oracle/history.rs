//! Path differences, automatic merges, ranges and merge bases of generated histories.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Stdio;

use super::harness::{Dice, Repo};
use super::{ask, diff_tree, empty_tree};

/// Names that sort around `/`, that need quoting, and that are no UTF-8.
const NAMES: [&[u8]; 24] = [
    b"a",
    b"a.b",
    b"a-b",
    b"a0",
    b"a b",
    b"b",
    b"c",
    b"A",
    b"a\"q",
    b"n\nl",
    b"\xff\xfe",
    b"\xc3\xbc",
    b"u\xcc\x88",
    b"\xe6\x97\xa5",
    b"-d",
    b" l",
    b"t ",
    b"t\tb",
    b"...",
    b"~",
    b"*",
    b"[x]",
    b"\x7f\x01",
    b"\\",
];

type Tree = BTreeMap<Vec<u8>, (&'static str, String)>;

/// A history to be: each commit has its parents (as numbers) and a tree.
struct Dag {
    parents: Vec<Vec<usize>>,
    trees: Vec<Tree>,
    dates: Vec<u64>,
}

impl Dag {
    /// `width`: how far back parents may lie. `skewed`: clocks that go wrong, as on the machines of many people.
    fn throw(dice: &mut Dice, commits: usize, width: usize, files: bool, skewed: bool) -> Self {
        let mut dag = Self { parents: Vec::new(), trees: Vec::new(), dates: Vec::new() };
        for at in 0..commits {
            let mut parents = Vec::new();
            if at > 0 && !dice.once_in(40) {
                let wanted = if dice.once_in(5) { 1 + dice.roll(3) } else { 1 };
                let wanted = if wanted == 1 && dice.once_in(6) { 2 } else { wanted };
                for _ in 0..wanted {
                    let parent = at - 1 - dice.roll(width.min(at));
                    if !parents.contains(&parent) {
                        parents.push(parent);
                    }
                }
            }
            let mut tree = parents.first().map(|p: &usize| dag.trees[*p].clone()).unwrap_or_default();
            if files {
                if let [_, other] = parents[..] {
                    // What a merge brings, more or less: some of the other side's files.
                    let theirs: Vec<_> = dag.trees[other].clone().into_iter().collect();
                    theirs
                        .into_iter()
                        .filter(|_| !dice.once_in(4))
                        .for_each(|(path, file)| put(&mut tree, path, file));
                }
                (0..dice.roll(5)).for_each(|_| edit(dice, &mut tree));
            }
            let skew = if skewed { dice.roll(200_000) } else { at * 60 };
            dag.dates.push(1_700_000_000 + skew as u64);
            dag.parents.push(parents);
            dag.trees.push(tree);
        }
        dag
    }

    /// Makes the commits; their names, in order.
    fn write(&self, repo: &Repo, gitlink: &str) -> Vec<String> {
        let mut stream = Vec::new();
        for (at, parents) in self.parents.iter().enumerate() {
            let who = format!("A <a@example.com> {} +0000", self.dates[at]);
            // Without a reset, a commit on a branch that is there would be its child.
            write!(stream, "commit refs/heads/c{at}\nmark :{}\ncommitter {who}\ndata 2\nx\n", at + 1)
                .unwrap();
            for (n, parent) in parents.iter().enumerate() {
                writeln!(stream, "{} :{}", if n == 0 { "from" } else { "merge" }, parent + 1).unwrap();
            }
            stream.extend_from_slice(b"deleteall\n");
            for (path, (mode, text)) in &self.trees[at] {
                let octal: String = path.iter().map(|b| format!("\\{b:03o}")).collect();
                if *mode == "160000" {
                    let id = &format!("{text}{gitlink}")[..gitlink.len()];
                    writeln!(stream, "M 160000 {id} \"{octal}\"").unwrap();
                } else {
                    write!(stream, "M {mode} inline \"{octal}\"\ndata {}\n{text}\n", text.len()).unwrap();
                }
            }
        }
        let marks = repo.root().join("marks");
        let mut git = repo.command("git", &repo.path);
        git.args(["fast-import", "--quiet", "--done", "--force"])
            .arg(format!("--export-marks={}", marks.display()));
        let mut git = git.stdin(Stdio::piped()).spawn().unwrap();
        stream.extend_from_slice(b"done\n");
        git.stdin.take().unwrap().write_all(&stream).unwrap();
        assert!(git.wait().unwrap().success());
        let mut ids = vec![String::new(); self.parents.len()];
        for line in std::fs::read_to_string(marks).unwrap().lines() {
            let (mark, id) = line.split_once(' ').unwrap();
            ids[mark[1..].parse::<usize>().unwrap() - 1] = id.to_owned();
        }
        ids
    }

    /// A commit and everything before it, by the numbers alone.
    fn before(&self, at: usize) -> BTreeSet<usize> {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![at]);
        while let Some(at) = todo.pop() {
            if seen.insert(at) {
                todo.extend(&self.parents[at]);
            }
        }
        seen
    }
}

/// Puts a file into the tree: what stands in its way goes, be it a file above it or a directory of its name.
fn put(tree: &mut Tree, path: Vec<u8>, file: (&'static str, String)) {
    let below = [path.as_slice(), b"/"].concat();
    tree.retain(|other, _| {
        !other.starts_with(&below) && !path.starts_with(&[other.as_slice(), b"/"].concat())
    });
    tree.insert(path, file);
}

fn edit(dice: &mut Dice, tree: &mut Tree) {
    let known: Vec<Vec<u8>> = tree.keys().cloned().collect();
    match dice.roll(10) {
        0 | 1 if !known.is_empty() => drop(tree.remove(&dice.pick(&known))),
        2 if !known.is_empty() => {
            let from = dice.pick(&known);
            let file = tree.remove(&from).unwrap();
            put(tree, path(dice), file);
        }
        3 | 4 if !known.is_empty() => {
            let file = tree.get_mut(&dice.pick(&known)).unwrap();
            file.0 = dice.pick(&["100644", "100755", "120000", "160000"]);
            file.1 = format!("{:x}", dice.roll(1 << 30) + 1);
        }
        5 if !known.is_empty() => {
            // A directory and a file change places.
            let path = dice.pick(&known);
            let cut = path.iter().position(|b| *b == b'/').unwrap_or(path.len());
            let path = if cut < path.len() {
                path[..cut].to_vec()
            } else {
                [&path, b"/".as_slice(), NAMES[0]].concat()
            };
            put(tree, path, ("100644", "swap".to_owned()));
        }
        _ => put(tree, path(dice), ("100644", format!("{:x}", dice.roll(1 << 30) + 1))),
    }
}

fn path(dice: &mut Dice) -> Vec<u8> {
    let depth = if dice.once_in(12) { 12 } else { 1 + dice.roll(3) };
    let wild = dice.once_in(3);
    let names: Vec<&[u8]> =
        (0..depth).map(|_| NAMES[dice.roll(if wild { NAMES.len() } else { 6 })]).collect();
    names.join(&b'/')
}

/// A history in a new repository of this object format, and the names of its commits.
fn history(format: &str, seed: u64, commits: usize) -> (Repo, Dag, Vec<String>) {
    let repo = Repo::new();
    std::fs::remove_dir_all(repo.path.join(".git")).unwrap();
    repo.git(&["init", "-q", &format!("--object-format={format}")]).ok();
    let dag = Dag::throw(&mut Dice::new(seed), commits, 4, true, false);
    let ids = dag.write(&repo, &"5".repeat(if format == "sha1" { 40 } else { 64 }));
    (repo, dag, ids)
}

fn same_changes(format: &str, seed: u64, commits: usize) {
    let (repo, dag, ids) = history(format, seed, commits);
    let questions: Vec<String> =
        ids.iter().flat_map(|id| ["changes", "commit", "defects"].map(|w| format!("{w} {id}"))).collect();
    let answers = ask(&repo, &repo.path, &[], &questions);
    let empty = empty_tree(&repo, &repo.path);
    let mut differences = 0;
    for (at, (id, answer)) in ids.iter().zip(answers.chunks(3)).enumerate() {
        let parent = dag.parents[at].first().map_or(empty.clone(), |p| ids[*p].clone());
        let git = diff_tree(&repo, &repo.path, &parent, id);
        assert_eq!(answer[0], git, "changes of commit {at}, seed {seed}");
        assert_eq!(answer[1], git, "commit {at}, seed {seed}");
        // The dice also throw merges of what is merged already, which no git command makes.
        let trees: Vec<_> = answer[2].iter().filter(|d| !d.starts_with("a second parent")).collect();
        assert!(trees.is_empty(), "git itself wrote these trees: {trees:?}");
        differences += git.len();
    }
    assert!(differences > commits, "a history worth reading: {differences} differences");
}

/// `env`: how the repository is named, as a hook or a person would.
fn same_merges(seed: u64, env: &[(&str, &str)]) {
    let (repo, dag, ids) = history("sha1", seed, 250);
    let merges: Vec<usize> = (0..ids.len()).filter(|at| dag.parents[*at].len() == 2).collect();
    let questions: Vec<String> = merges.iter().map(|at| format!("merge {}", ids[*at])).collect();
    let answers = ask(&repo, &repo.path, env, &questions);
    let (mut differ, mut evil) = (Vec::new(), 0);
    for (at, answer) in merges.iter().zip(&answers) {
        let sides: Vec<&str> = dag.parents[*at].iter().map(|p| ids[*p].as_str()).collect();
        let merge = [
            "merge-tree",
            "--write-tree",
            "--no-messages",
            "--allow-unrelated-histories",
            sides[0],
            sides[1],
        ];
        let related = repo.git(&["merge-base", sides[0], sides[1]]).code == 0;
        let merged = repo.git(&merge);
        assert!(merged.code < 2, "{}", merged.text());
        // Nothing brings unrelated histories together automatically: all of it is the merge's own work.
        let from = if related { merged.out.lines().next().unwrap() } else { sides[0] };
        let git = diff_tree(&repo, &repo.path, from, &ids[*at]);
        evil += usize::from(!git.is_empty());
        if *answer != git {
            let lines = |all: &[String]| all.iter().map(|l| format!("    {l}\n")).collect::<String>();
            differ.push(format!("merge {at} of {sides:?}\n  guard\n{}  git\n{}", lines(answer), lines(&git)));
        }
    }
    assert!(evil > 5, "merges worth reading: {evil} of {}", merges.len());
    differ.sort_by_key(String::len);
    let few = differ.iter().take(2).cloned().collect::<String>();
    assert!(differ.is_empty(), "{} of {} merges differ, seed {seed}:\n{few}", differ.len(), merges.len());
}

#[test]
fn what_a_merge_did_by_itself_is_its_difference_from_the_merge_that_git_makes() {
    same_merges(3, &[]);
    same_merges(8, &[]);
}

#[test]
fn a_merge_is_made_again_by_git_when_a_hook_names_the_repository_relatively() {
    same_merges(3, &[("GIT_DIR", ".git")]);
}

#[test]
fn path_differences_are_those_of_git_diff_tree() {
    same_changes("sha1", 1, 300);
}

#[test]
fn path_differences_are_those_of_git_diff_tree_in_a_sha_256_repository() {
    same_changes("sha256", 2, 80);
}

fn same_ranges(seed: u64, skewed: bool) {
    let repo = Repo::new();
    let mut dice = Dice::new(seed);
    let dag = Dag::throw(&mut dice, 150, if seed.is_multiple_of(2) { 3 } else { 12 }, false, skewed);
    let ids = dag.write(&repo, "");
    let pairs: Vec<(usize, usize)> = (0..150).map(|_| (dice.roll(ids.len()), dice.roll(ids.len()))).collect();
    let ask_both = |(base, head): &(usize, usize)| {
        ["range", "base"].map(|word| format!("{word} {} {}", ids[*base], ids[*head]))
    };
    let answers = ask(&repo, &repo.path, &[], &pairs.iter().flat_map(ask_both).collect::<Vec<_>>());
    let (mut full, mut apart, mut several) = (0, 0, 0);
    for ((base, head), answer) in pairs.iter().zip(answers.chunks(2)) {
        let about = format!("{}..{} (c{base}..c{head}), seed {seed}", ids[*base], ids[*head]);
        let bases = repo.git(&["merge-base", "--all", &ids[*base], &ids[*head]]);
        if bases.out.is_empty() {
            assert!(answer.iter().all(|a| a[0].contains("no common ancestor")), "{about}: {answer:?}");
            apart += 1;
            continue;
        }
        let bases: Vec<&str> = bases.out.lines().collect();
        several += usize::from(bases.len() > 1);
        assert!(
            answer[1].len() == 1 && bases.contains(&answer[1][0].as_str()),
            "merge base of {about}: {answer:?} {bases:?}"
        );
        let wanted: BTreeSet<String> =
            dag.before(*head).difference(&dag.before(*base)).map(|at| ids[*at].clone()).collect();
        let git = repo.git(&["rev-list", &format!("{}..{}", ids[*base], ids[*head])]).ok();
        let git: BTreeSet<String> = git.lines().map(str::to_owned).collect();
        let found: BTreeSet<String> = answer[0].iter().cloned().collect();
        assert_eq!(found, git, "{about}");
        // With clocks gone mad git itself finds more than there is; never less, so nothing goes unjudged.
        assert!(if skewed { found.is_superset(&wanted) } else { found == wanted }, "{about}");
        assert_eq!(found.len(), answer[0].len(), "no commit twice in {about}");
        for (place, id) in answer[0].iter().enumerate() {
            let at = ids.iter().position(|known| known == id).unwrap();
            for parent in &dag.parents[at] {
                let of_parent = answer[0].iter().position(|known| *known == ids[*parent]);
                assert!(of_parent.is_none_or(|p| p < place), "{id} stands before its parent in {about}");
            }
        }
        full += usize::from(found.len() > 3);
    }
    assert!(
        full > 15 && (several + apart > 0 || seed == 4),
        "ranges worth reading: {full} full, {several} with several bases, {apart} apart"
    );
}

#[test]
fn ranges_and_merge_bases_are_those_of_git_where_branches_are_narrow() {
    same_ranges(4, false);
}

#[test]
fn ranges_and_merge_bases_are_those_of_git_where_branches_are_wide() {
    same_ranges(5, false);
}

#[test]
fn ranges_do_not_depend_on_the_clocks_of_those_who_committed() {
    same_ranges(6, true);
    same_ranges(7, true);
}

/// libgit2 is a second reader, independent of git and of what guard is built on.
#[test]
fn path_differences_are_those_of_libgit2() {
    let repo = Repo::new();
    for step in [
        "mkdir -p a b; echo 1 >a/x; echo 2 >b/y; ln -s x a/l",
        "git mv a/x b/x; chmod +x b/y",
        "rm -r b; echo 3 >b",
    ] {
        repo.run_in(&repo.path, "sh", &["-ec", &format!("{step}; git add -A; git commit -qm step")]).ok();
    }
    let ids = repo.git(&["rev-list", "HEAD"]).ok();
    let ids: Vec<&str> = ids.lines().collect();
    let asked: Vec<String> = ids.iter().map(|id| format!("changes {id}")).collect();
    let answers = ask(&repo, &repo.path, &[], &asked);
    let other = git2::Repository::open(&repo.path).unwrap();
    for (id, answer) in ids.iter().zip(answers) {
        let commit = other.find_commit(git2::Oid::from_str(id).unwrap()).unwrap();
        let parent = commit.parents().next().map(|p| p.tree().unwrap());
        let mut options = git2::DiffOptions::new();
        options.include_typechange(true);
        let diff = other
            .diff_tree_to_tree(parent.as_ref(), Some(&commit.tree().unwrap()), Some(&mut options))
            .unwrap();
        let mut paths: BTreeSet<String> = BTreeSet::new();
        for delta in diff.deltas() {
            paths.extend(
                [delta.old_file(), delta.new_file()]
                    .iter()
                    .filter_map(|f| f.path())
                    .map(|p| p.display().to_string()),
            );
        }
        let found: BTreeSet<String> =
            answer.iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
        assert_eq!(found, paths, "{id}");
    }
}
