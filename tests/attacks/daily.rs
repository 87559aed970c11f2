//! What honest people type must go on working.

use crate::field::Field;

#[test]
fn a_pull_request_is_fetched_and_looked_at_under_strict_hooks() {
    let f = Field::new("");
    f.does(
        "git checkout -qb pr main; echo pr >>src/a; git commit -qam 'no task'; \
         git update-ref refs/pull/1/head pr",
    );
    f.does("git checkout -q main; git branch -qD pr; git clone -q . ../dn; cd ../dn; guard install --strict");
    f.does("cd ../dn; git fetch -q origin pull/1/head; git switch -qc pr FETCH_HEAD");
    f.fails("cd ../dn; echo x >>src/a; git commit -qam 'mine'", &["error[rollback]"]);
}

#[test]
fn strict_hooks_work_with_a_relative_git_dir() {
    let f = Field::started("");
    f.does("guard install --strict");
    for git in
        ["GIT_DIR=.git git", "git --git-dir=.git", "git --git-dir=.git --work-tree=.", "GIT_WORK_TREE=. git"]
    {
        f.fails(
            &format!("echo evil >>ci/build; git add -A; {git} commit -qm 'T001: x'"),
            &["error[scope]", "ci/build"],
        );
        f.does("git reset -q --hard; echo b >>src/a; git add -A");
        f.does(&format!(
            "{git} commit -qm 'T001: x'; {git} commit -q --amend --no-edit; git reset -q --hard HEAD^"
        ));
    }
}

/// The command that guard's refusal suggests, from `start` to the end of the command.
#[track_caller]
fn suggested(text: &str, start: &str) -> String {
    let at = text.find(start).unwrap_or_else(|| panic!("{start:?} is not in:\n{text}"));
    text[at..].split('\n').next().unwrap().split("   ").next().unwrap().trim().to_owned()
}

#[test]
fn suggested_commands_work_where_git_commit_was_typed() {
    let f = Field::started("");
    f.does("guard install; mkdir -p src/deep; echo b >>src/a; echo e >>ci/build; git add -A");
    for folder in ["src", "src/deep", "."] {
        let refused = f.sh(&format!("cd {folder}; git commit -qm 'T001: x'")).says(1, &["error[scope]"]);
        let fix = suggested(&refused.text(), "git restore --staged");
        f.does(&format!("cd {folder}; {fix}"));
        assert_eq!(f.does("git diff --cached --name-only"), "src/a", "{fix}");
        let refused = f.sh(&format!("cd {folder}; git commit -qm 'no id'")).says(1, &["error[task-id]"]);
        let fix = suggested(&refused.text(), "git commit -e -F");
        f.does(&format!("cd {folder}; GIT_EDITOR=\"sed -i '1s/^[T0-9: ]*/T001: /'\" {fix}"));
        assert!(f.does("git log -1 --format=%s").starts_with("T001: "), "{fix}");
        f.does("git reset -q --soft HEAD^; git add -A");
    }
}
