//! Commits that show one thing and are another.

use crate::field::Field;

#[test]
fn a_second_root_is_not_merged_in() {
    let f = Field::started("");
    f.does(
        "git checkout -q --orphan o; git rm -rfq .; mkdir -p ci; echo evil >ci/evil; git add ci; \
             git commit -qm x; \
         git checkout -q f; git merge -q --allow-unrelated-histories -m 'Merge o' o",
    );
    f.refused("main..f", &["error[history]", "root"]);
    f.does(
        "git reset -q --hard HEAD^; git checkout -qb s; echo z >src/z; git add src; git commit -qm 'T001: z'",
    );
    f.does("git checkout -q f; git merge -q --no-ff -m 'Merge s' s");
    f.clean("main..f");
}

#[test]
fn a_parent_line_behind_the_committer_is_a_defect() {
    let f = Field::started("");
    f.does("git checkout -qb b; echo evil >ci/build; git commit -qam evil; git checkout -q f");
    f.does("echo b >>src/a; git add -A");
    f.raw("tree $T\\nparent $P\\nauthor $W\\ncommitter $W\\nparent $(git rev-parse b)\\n\\nT001: x\\n");
    f.refused("main..f", &["error[history]", "malformed"]);
    f.does("git reset -q --soft HEAD^");
    f.raw("tree $T\\nparent $P\\nauthor $W\\ncommitter $W\\n\\nT001: x\\n");
    f.clean("main..f");
}

#[test]
fn a_merge_of_what_is_merged_already_is_a_defect() {
    let f = Field::started("");
    f.does("echo b >>src/a; git commit -qam 'T001: one'; echo c >>src/a; git add -A");
    f.does("git reset -q --hard $(git commit-tree $(git write-tree) -p HEAD -p HEAD~1 -m 'T001: again')");
    f.refused("main..f", &["error[history]"]);
    // A real merge of a side that is not merged yet.
    f.does(
        "git reset -q --hard HEAD^; git checkout -qb s HEAD~1; mkdir designs; echo n >designs/n; git add -A",
    );
    f.does("git commit -qm note; git checkout -q f; git merge -q --no-ff -m M s");
    f.clean("main..f");
}

#[test]
fn an_octopus_that_is_let_pass_is_judged_on_all_that_it_changes() {
    let f = Field::started("[rules]\nhistory = \"warn\"\n");
    f.does(
        "for i in 1 2; do git checkout -qb s$i f; mkdir designs; echo $i >designs/$i; git add -A; \
         git commit -qm n$i; done",
    );
    f.does("git checkout -q f; echo b >>src/a; git commit -qam 'T001: x'; git merge -q -m oct s1 s2");
    f.does("test $(git rev-list --parents -1 HEAD | wc -w) = 4");
    assert!(f.clean("main..f").contains("warning[history]"));
    f.does("echo evil >ci/build; git commit -q --amend -am 'T002: oct'");
    f.does("test $(git rev-list --parents -1 HEAD | wc -w) = 4");
    f.refused("main..f", &["error[scope]", "ci/build", "warning[history]"]);
}

#[test]
fn two_encoding_headers_are_a_defect() {
    let f = Field::started("");
    f.does("echo b >>src/a; git add -A");
    let head = "tree $T\\nparent $P\\nauthor $W\\ncommitter $W\\n";
    f.raw(&format!("{head}encoding UTF-16\\nencoding UTF-8\\n\\nT001: abcdefg\\n"));
    f.refused("main..f", &["error[history]"]);
    f.does("git reset -q --soft HEAD^");
    f.raw(&format!("{head}encoding UTF-8\\nencoding UTF-8\\n\\nT001: abcdefg\\n"));
    f.refused("main..f", &["error[history]"]);
    f.does("git reset -q --soft HEAD^");
    f.raw(&format!("{head}encoding UTF-8\\n\\nT001: abcdefg\\n"));
    f.clean("main..f");
}

#[test]
fn a_name_that_some_file_systems_take_for_dot_git_is_a_defect() {
    let f = Field::started("");
    let with = |name: &str| {
        f.does(&format!(
            "git reset -q --hard f; b=$(git hash-object -w src/a); \
             t=$(printf '100644 blob %s\\t{name}\\0' $b | git mktree -z); \
             t=$( {{ git ls-tree HEAD | grep -v src; printf '040000 tree %s\\tsrc\\n' $t; }} | git mktree); \
             git commit-tree $t -p HEAD -m 'T001: x'"
        ))
    };
    for name in [".g\u{200f}it", ".g\u{202a}it", ".\u{206f}git", ".git\u{200c}", ".git ", "GIT~1", ".GIT"] {
        let made = with(name);
        f.refused(&format!("main..{made}"), &["error[history]"]);
    }
    for name in ["g\u{200f}it", ".gitignore", ".github", "git~1x"] {
        let made = with(name);
        f.clean(&format!("main..{made}"));
    }
}
