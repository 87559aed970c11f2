//! An index whose cache tree names another tree than its entries: git commits the tree that is named.

use super::field::Field;

/// Stages `src/b` and hands over the index's bytes without the digest (git does not look at it), and the name of a tree
/// that holds more than is staged.
fn staged(f: &Field) -> (Vec<u8>, Vec<u8>) {
    f.does("guard install; echo b >src/b; git add src/b; git write-tree");
    let other = f.does(
        "export GIT_INDEX_FILE=$PWD/../other; cp .git/index $GIT_INDEX_FILE; \
        git update-index --add --cacheinfo 100644,$(git hash-object -w src/b),ci/evil; git write-tree",
    );
    let other = other.trim().as_bytes().chunks(2);
    let other = other.map(|hex| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap()).collect();
    let mut index = std::fs::read(f.repo.path.join(".git/index")).unwrap();
    index.truncate(index.len() - 20);
    (index, other)
}

/// A cache tree of one node.
fn cache_tree(covered: usize, tree: &[u8]) -> Vec<u8> {
    let data = [format!("\0{covered} 0\n").as_bytes(), tree].concat();
    [b"TREE", &u32::try_from(data.len()).unwrap().to_be_bytes()[..], &data].concat()
}

fn put(f: &Field, index: &[u8]) {
    std::fs::write(f.repo.path.join(".git/index"), [index, &[0; 20]].concat()).unwrap();
}

#[test]
fn a_second_cache_tree_cannot_hide_what_git_commits() {
    let f = Field::started("");
    let (index, other) = staged(&f);
    let count = f.does("git ls-files").lines().count();
    put(&f, &[index.clone(), cache_tree(count, &other)].concat());
    f.fails("git commit -qm 'T001: x'", &["could not check", "two cache trees", "git reset"]);
    put(&f, &index);
    f.does("git commit -qm 'T001: x'");
}

#[test]
fn a_cache_tree_of_other_entries_cannot_hide_what_git_commits() {
    let f = Field::started("");
    let (index, other) = staged(&f);
    let count = f.does("git ls-files").lines().count();
    let at = index.windows(4).position(|bytes| bytes == b"TREE").unwrap();
    for wrong in [0, count - 1, count + 1] {
        put(&f, &[&index[..at], &cache_tree(wrong, &other)].concat());
        f.fails("git commit -qm 'T001: x'", &["could not check", "of other entries"]);
    }
    // With the right number it is simply what is committed, and what is judged.
    put(&f, &[&index[..at], &cache_tree(count, &other)].concat());
    f.fails("git commit -qm 'T001: x'", &["error[scope]", "ci/evil"]);
    // Without one git makes its own.
    put(&f, &index[..at]);
    f.does("git commit -qm 'T001: x'");
}
