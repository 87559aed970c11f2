//! What is staged, over many states of the index: guard's answer must be what `git write-tree` would write, against
//! HEAD. Each kind of index meets each thing that people and tools do to one.

use std::path::{Path, PathBuf};

use super::harness::{Repo, picture};
use super::{ask, diff_tree, empty_tree};

/// The repository that every case starts from a copy of.
const BASE: &str = r#"
mkdir -p src/deep/er src-x docs other/nest "odd name"
for f in a.b a-b a0 src/main src/lib src/deep/one src/deep/er/two src-x/f docs/guide docs/ref other/x other/nest/y z; do
  printf '%s\n' "$f" > "$f"; done
printf 'q\n' > "odd name/qu\"ote"; printf 'n\n' > "new
line"; printf 'l\n' > "$(printf 'odd name/\377\376')"
chmod +x src/main; ln -s docs/guide link; printf 'x\n' > a
git add -A; git update-index --add --cacheinfo 160000,$GITLINK,sub; git commit -qm base
git checkout -qb side; echo side > other/x; echo s > side-only; git rm -qr --cached docs; rm -r docs; mkdir docs; echo d > docs/new
git add -A; git update-index --add --cacheinfo 160000,$GITLINK,sub; git commit -qm side
git checkout -q main; echo 2 > z; git commit -qam second
git repack -adq; git prune-packed
"#;

/// What is done to the index: a name and a script.
const DEEDS: &[(&str, &str)] = &[
    ("nothing", ""),
    ("add a change", "echo new > src/lib; git add --sparse src/lib"),
    (
        "add new files in new directories",
        "mkdir -p src/n/e/w a.c; echo n > src/n/e/w/f; echo n > a.c/f; git add --sparse src/n a.c",
    ),
    ("intent to add", "echo n > src/new; git add -N --sparse src/new"),
    (
        "intent to add in a directory of its own",
        "mkdir -p fresh/dir; echo n > fresh/dir/new; git add -N --sparse fresh/dir/new",
    ),
    (
        "intent to add beside a true add",
        "echo n > src/n1; echo m > src/n2; git add -N --sparse src/n1; git add --sparse src/n2",
    ),
    (
        "intent to add, then write-tree",
        "echo n > src/new; git add -N --sparse src/new; git write-tree >/dev/null",
    ),
    ("intent to add over a removed file", "git rm -q --cached z; git add -N z"),
    ("rm", "git rm -q --sparse src/deep/one z"),
    ("rm --cached", "git rm -q --cached --sparse a0 link"),
    ("rm of a whole directory", "git rm -rq --sparse src"),
    ("rm of everything", "git rm -rq --sparse --cached ."),
    ("cacheinfo", "git update-index --add --cacheinfo 100644,$(git rev-parse HEAD:z),brand/new/dir/f"),
    (
        "cacheinfo that changes a mode and an id",
        "git update-index --cacheinfo 100755,$(git rev-parse HEAD:z),src/lib",
    ),
    ("chmod +x", "git update-index --chmod=+x src/lib"),
    ("chmod -x", "git update-index --chmod=-x src/main"),
    ("a type change", "rm -f z; ln -s src z; git add z"),
    (
        "a gitlink added, one removed and one moved",
        "git update-index --add --cacheinfo 160000,$GITLINK,src/sub2; git update-index --force-remove sub",
    ),
    ("a gitlink in place of a file", "git update-index --replace --add --cacheinfo 160000,$GITLINK,a"),
    (
        "index-info",
        "{ echo \"100644 $(git rev-parse HEAD:z)\tsrc/deep/er/three\"; echo \"0 $NULL\tsrc/deep/one\"; } | git update-index --index-info",
    ),
    (
        "index-info that builds it anew",
        "git ls-files -s >../list; git read-tree --empty; sed '1,3d' ../list | git update-index --index-info",
    ),
    ("read-tree of another commit", "git read-tree side"),
    ("read-tree --empty", "git read-tree --empty"),
    ("read-tree with a prefix", "git read-tree --prefix=pre/fix/ side"),
    ("read-tree of a subtree", "git read-tree HEAD:src"),
    ("reset --soft", "git reset -q --soft side"),
    ("reset --soft, then write-tree", "git reset -q --soft HEAD~1; git write-tree >/dev/null"),
    ("reset of one path", "echo n > z; echo n > src/lib; git add --sparse z src/lib; git reset -q -- z"),
    ("restore --staged from another commit", "git restore --staged --source=HEAD~1 z"),
    ("mv", "git mv -k z zz; mkdir -p src/mv; git mv --sparse src/lib src/mv/lib"),
    ("a file becomes a directory", "rm -f a; mkdir a; echo n > a/b; echo n > a/c; git add -A --sparse a"),
    (
        "a directory becomes a file",
        "git rm -rq --sparse src/deep; rm -rf src/deep; echo n > src/deep; git add --sparse src/deep",
    ),
    ("a valid cache tree", "echo n > src/lib; git add --sparse src/lib; git write-tree >/dev/null"),
    (
        "a cache tree half valid",
        "echo n > src/lib; git add --sparse src/lib; git write-tree >/dev/null; echo m > z; git add z",
    ),
    (
        "a cache tree whose object is gone",
        "echo n > src/lib; git add --sparse src/lib; t=$(git write-tree); rm -f $(git rev-parse --git-path objects)/${t%${t#??}}/${t#??}",
    ),
    (
        "skip-worktree and assume-unchanged",
        "echo n > z; git add z; git update-index --skip-worktree z; git update-index --assume-unchanged src/main",
    ),
    ("changes in the work tree alone", "echo n > z; rm -f a; mkdir -p u; echo u > u/u"),
    (
        "add of the whole tree with odd names",
        "echo n > \"odd name/qu\\\"ote\"; echo n > \"$(printf 'odd name/\\377\\376')\"; echo n > \"$(printf 'odd name/\\001')\"; git add -A --sparse 'odd name'",
    ),
    (
        "cacheinfo outside of the sparse cone",
        "git update-index --add --cacheinfo 100644,$(git rev-parse HEAD:z),other/nest/new",
    ),
    ("rm outside of the sparse cone", "git rm -q --sparse --cached other/nest/y"),
    ("the index file is gone", "rm -f $(git rev-parse --git-path index)"),
    ("no HEAD yet", "git checkout -q --orphan fresh"),
    ("no HEAD yet and an empty index", "git checkout -q --orphan fresh; git read-tree --empty"),
    ("untracked cache", "git update-index --untracked-cache; echo n > z; git add z"),
    (
        "a stopped merge, resolved",
        "git merge -q --no-commit side >/dev/null 2>&1; git checkout -q --ours . 2>/dev/null; git add -A --sparse",
    ),
    ("cherry-pick without a commit", "git cherry-pick -n side >/dev/null 2>&1; git add -A --sparse"),
];

/// A kind of index or repository.
#[derive(Default)]
struct Sort {
    /// Settings of every git command.
    settings: &'static [&'static str],
    /// Done to each copy first.
    prelude: &'static str,
    /// Where the deeds are done, next to the copy's own folder.
    place: Option<&'static str>,
    /// `GIT_INDEX_FILE`, relative to the folder of the copy.
    index: Option<&'static str>,
    format: Option<&'static str>,
}

fn shell(repo: &Repo, dir: &Path, env: &[(&str, &str)], script: &str) {
    let mut sh = repo.command("sh", dir);
    let out = sh.envs(env.iter().copied()).args(["-c", script]).output().unwrap();
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    // A deed may fail under a kind of index that does not allow it; then the state is what it left.
    assert!(out.status.code().is_some_and(|c| c < 130), "{script}\n{said}");
}

#[track_caller]
fn same_as_write_tree(sort: &Sort) {
    let mut repo = Repo::named("base");
    let format = sort.format.unwrap_or("sha1");
    let length = if format == "sha1" { 40 } else { 64 };
    std::fs::remove_dir_all(repo.path.join(".git")).unwrap();
    repo.git(&["init", "-q", "--template=", &format!("--object-format={format}")]).ok();
    for (at, setting) in sort.settings.iter().enumerate() {
        let (key, value) = setting.split_once('=').unwrap();
        repo.env(&format!("GIT_CONFIG_KEY_{at}"), key).env(&format!("GIT_CONFIG_VALUE_{at}"), value);
    }
    repo.env("GIT_CONFIG_COUNT", sort.settings.len().to_string());
    repo.env("GITLINK", "5".repeat(length)).env("NULL", "0".repeat(length));
    shell(&repo, &repo.path, &[], BASE);
    let mut differ = Vec::new();
    let mut changed = 0;
    // The plain index meets every deed, the others a fourth of them each, to be quick about it.
    let plain = sort.prelude.is_empty() && sort.format.is_none();
    let mine = |at: usize| plain || at % 4 == sort.prelude.len() % 4;
    for (at, (deed, script)) in DEEDS.iter().enumerate().filter(|(at, _)| mine(*at)) {
        let home = repo.root().join(format!("case{at}"));
        let top = home.join("repo");
        std::fs::create_dir(&home).unwrap();
        let copied = std::process::Command::new("cp").arg("-a").args([&repo.path, &top]).status().unwrap();
        assert!(copied.success());
        shell(&repo, &top, &[], sort.prelude);
        let dir = sort.place.map_or(top.clone(), |place| home.join(place));
        let index = sort.index.map(|file| {
            if file.starts_with('.') { file.to_owned() } else { home.join(file).display().to_string() }
        });
        let env: Vec<(&str, &str)> = index.iter().map(|file| ("GIT_INDEX_FILE", file.as_str())).collect();
        shell(&repo, &dir, &env, script);
        let before = picture(&top.join(".git"));
        let answers = ask(&repo, &dir, &env, &["staged".to_owned(), "tree".to_owned()]);
        let guard = &answers[0];
        assert_eq!(picture(&top.join(".git")), before, "{deed}: reading changes nothing");
        let (tree, git) = oracle(&repo, &dir, &env).unwrap();
        assert_eq!(answers[1], [tree], "{deed}: the tree that will be committed");
        changed += git.len();
        if *guard != git {
            differ.push(format!("after {deed:?}: {script}\n  guard {guard:#?}\n  git   {git:#?}"));
        }
    }
    assert!(changed > 20, "deeds that do something: {changed} differences");
    assert!(differ.is_empty(), "{} of {} states differ:\n{}", differ.len(), DEEDS.len(), differ.join("\n"));
}

/// `git write-tree` on a copy of the index, because it writes the cache tree into it; then `git diff-tree`.
fn oracle(repo: &Repo, dir: &Path, env: &[(&str, &str)]) -> Option<(String, Vec<String>)> {
    let git = |args: &[&str], env: &[(&str, &str)]| {
        let out = repo.command("git", dir).envs(env.iter().copied()).args(args).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap().trim_end().to_owned();
        out.status.success().then_some(text).ok_or_else(|| String::from_utf8(out.stderr).unwrap())
    };
    let index = dir.join(git(&["rev-parse", "--git-path", "index"], env).unwrap());
    let index = env.first().map_or(index, |(_, file)| dir.join(PathBuf::from(file)));
    let copy = index.with_file_name("oracle-index");
    if index.exists() {
        std::fs::copy(&index, &copy).unwrap();
    }
    let tree = git(&["write-tree"], &[("GIT_INDEX_FILE", &copy.display().to_string())]);
    drop(std::fs::remove_file(copy));
    let head =
        git(&["rev-parse", "-q", "--verify", "HEAD^{tree}"], &[]).unwrap_or_else(|_| empty_tree(repo, dir));
    tree.ok().map(|tree| {
        let changes = diff_tree(repo, dir, &head, &tree);
        (tree, changes)
    })
}

#[test]
fn a_plain_index_is_what_git_write_tree_says() {
    same_as_write_tree(&Sort::default());
}

#[test]
fn an_index_of_version_4_is_what_git_write_tree_says() {
    let prelude = "git update-index --index-version 4; git read-tree HEAD";
    same_as_write_tree(&Sort { settings: &["index.version=4"], prelude, ..Sort::default() });
}

#[test]
fn an_index_of_version_3_is_what_git_write_tree_says() {
    same_as_write_tree(&Sort { prelude: "git update-index --skip-worktree a0", ..Sort::default() });
}

#[test]
fn a_split_index_is_what_git_write_tree_says() {
    same_as_write_tree(&Sort { prelude: "git update-index --split-index", ..Sort::default() });
    let settings = &["core.splitIndex=true", "splitIndex.maxPercentChange=100"];
    same_as_write_tree(&Sort { settings, prelude: "git update-index --split-index", ..Sort::default() });
}

#[test]
fn a_sparse_index_is_what_git_write_tree_says() {
    let prelude =
        "git sparse-checkout set --cone --sparse-index src/deep a; git ls-files --sparse | grep -q '/$'";
    same_as_write_tree(&Sort { prelude, ..Sort::default() });
    let prelude = "git sparse-checkout set --no-cone '/*' '!other'";
    same_as_write_tree(&Sort { prelude, ..Sort::default() });
}

#[test]
fn an_index_without_a_checksum_is_what_git_write_tree_says() {
    let settings = &["index.skipHash=true", "feature.manyFiles=true"];
    same_as_write_tree(&Sort {
        settings,
        prelude: "git update-index --force-write-index",
        ..Sort::default()
    });
}

#[test]
fn an_index_in_blocks_for_threads_is_what_git_write_tree_says() {
    let settings = &["index.threads=2", "index.recordEndOfIndexEntries=true", "index.recordOffsetTable=true"];
    same_as_write_tree(&Sort {
        settings,
        prelude: "git update-index --force-write-index",
        ..Sort::default()
    });
}

#[test]
fn an_index_without_a_cache_tree_is_what_git_write_tree_says() {
    let prelude = "git ls-files -s -z >../all; git read-tree --empty; git update-index -z --index-info <../all; rm ../all";
    same_as_write_tree(&Sort { prelude, ..Sort::default() });
}

#[test]
fn an_index_elsewhere_is_what_git_write_tree_says() {
    let prelude = "cp .git/index ../elsewhere; git read-tree --empty";
    same_as_write_tree(&Sort { prelude, index: Some("elsewhere"), ..Sort::default() });
    let prelude = "cp .git/index .git/next-index-7.lock; git read-tree --empty";
    same_as_write_tree(&Sort { prelude, index: Some(".git/next-index-7.lock"), ..Sort::default() });
}

#[test]
fn the_index_of_a_linked_worktree_is_what_git_write_tree_says() {
    let prelude = "git worktree add -q ../linked -b linked; git read-tree --empty";
    same_as_write_tree(&Sort { prelude, place: Some("linked"), ..Sort::default() });
}

#[test]
fn the_index_of_a_sha_256_repository_is_what_git_write_tree_says() {
    same_as_write_tree(&Sort { format: Some("sha256"), ..Sort::default() });
}

#[test]
fn an_index_with_unmerged_paths_is_no_tree_for_git_nor_for_guard() {
    let repo = Repo::new();
    shell(
        &repo,
        &repo.path,
        &[],
        "echo 1 >f; git add f; git commit -qm 1; git checkout -qb o; echo 2 >f; git commit -qam 2; git checkout -q main; echo 3 >f; git commit -qam 3; git merge o",
    );
    repo.git(&["write-tree"]).says(128, &["unmerged"]);
    let answer = &ask(&repo, &repo.path, &[], &["staged".to_owned()])[0];
    assert!(answer[0].contains("unmerged"), "{answer:?}");
}

#[test]
fn a_corrupt_index_is_read_as_git_reads_it_or_not_at_all() {
    let repo = Repo::new();
    shell(
        &repo,
        &repo.path,
        &[],
        "mkdir d; for f in a b d/c; do echo $f >$f; done; git add .; git commit -qm 1; echo 2 >b; git add b",
    );
    let index = repo.path.join(".git/index");
    let good = std::fs::read(&index).unwrap();
    let mut refused = 0;
    for at in (0..good.len()).step_by(11) {
        let mut bad = good.clone();
        bad[at] ^= 0x41;
        std::fs::write(&index, &bad).unwrap();
        let answer = &ask(&repo, &repo.path, &[], &["staged".to_owned()])[0];
        if answer.first().is_some_and(|l| l.starts_with("error: ")) {
            refused += 1;
        } else if let Some((_, git)) = oracle(&repo, &repo.path, &[]) {
            // Where git can make no tree of it, no commit comes of it either.
            assert_eq!(*answer, git, "byte {at}");
        }
    }
    assert!(refused > 0, "{refused} refused");
}
