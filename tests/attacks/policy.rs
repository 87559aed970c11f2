//! Who chooses the judge, and what becomes of a judge that cannot be read.

use crate::field::{Field, MARKDOWN};

const LATER: &str = "git checkout -q main; \
     printf 'version = 1\\n[scope]\\nfrozen = [\"ci/**\"]\\n[plan]\\ntrust = \"base\"\\n' \
    >guard.toml; git add -A; git commit -qm policy; git checkout -q f";

#[test]
fn a_branch_does_not_choose_an_older_policy_by_where_it_forks() {
    let f = Field::started_with("\"**\"");
    f.does("echo evil >ci/build; git commit -qam 'T001: x'");
    f.clean("main..f");
    f.does(LATER);
    f.refused("main..f", &["error[frozen]", "error[rollback]", "ci/build"]);
    // An old fork that keeps to the new policy too.
    f.does("git checkout -qb g main~1; guard start plans/p.toml; echo b >>src/a; git commit -qam 'T001: x'");
    f.clean("main..g");
}

#[test]
fn a_policy_that_was_loosened_since_a_branch_forked_off_counts_once_the_branch_has_it() {
    let f = Field::started("[rules]\natomic = \"deny\"\n");
    f.does("echo 1 >>src/a; git commit -qam 'T001: one'; echo 2 >>src/a; git commit -qam 'T001: two'");
    f.does("git checkout -q main; printf 'version = 1\n[rules]\natomic = \"off\"\n' >guard.toml; git commit -qam loosen");
    f.refused("main..f", &["error[atomic]", "policy   guard.toml at ", "where the branch forks off"]);
    f.does("git checkout -q f; git merge -q --no-edit main");
    f.clean("main..f");
}

#[test]
fn a_policy_on_the_merge_base_that_cannot_be_read_is_no_pass() {
    let f = Field::new("[rules]\natomic = \"deny\"\n");
    f.does("printf 'version = 1\n' >guard.toml; git commit -qam own; guard start plans/p.toml; echo 1 >>src/a; git commit -qam 'T001: x'");
    f.does("git checkout -q main; printf 'version = 1\n[rules]\natomic = \"warn\"\n' >guard.toml; git commit -qam later");
    assert_eq!(f.sh("guard check main..f").code, 0);
    f.does("id=$(git rev-parse main~1:guard.toml); rm -f .git/objects/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-)");
    f.sh("guard check main..f").says(2, &["is missing", "git fsck"]);
}

#[test]
fn a_policy_that_was_tightened_in_one_place_and_loosened_in_another_judges_by_both() {
    let f = Field::started("[rules]\natomic = \"deny\"\n");
    f.does("echo 1 >>src/a; git commit -qam 'T001: one'; echo 2 >>src/a; git commit -qam 'T001: two'");
    f.does(
        "git checkout -q main; printf 'version = 1\n[rules]\natomic = \"warn\"\n[scope]\nfrozen = [\"src/**\"]\n' >guard.toml
        git commit -qam change",
    );
    let said = f.sh("guard check main..f").says(1, &["error[atomic]", "error[frozen]"]).text();
    // Each thing is said once, with the weight of the stricter.
    assert_eq!((said.matches("[atomic]").count(), said.matches("[frozen]").count()), (1, 2), "{said}");
}

#[test]
fn a_protected_path_alone_is_no_policy_commit() {
    let f = Field::new("[scope]\nprotected = [\"ci/**\"]\n");
    f.does("guard install");
    f.fails("echo evil >ci/build; git commit -qam hack", &["error["]);
    f.does("git -c core.hooksPath=/dev/null commit -qam hack");
    f.refused("main..f", &["error[", "hack"]);
    f.does(
        "git reset -q --hard main; printf '[rules]\\nscope = \"warn\"\\n' >>guard.toml; \
         git commit -qam policy",
    );
    assert!(f.clean("main..f").contains("warning[policy-edit]"));
}

#[test]
fn what_runs_guard_is_protected_without_being_listed() {
    let f = Field::started_with("\"**\"");
    for path in [".github/workflows/guard.yml", ".husky/pre-commit", ".Husky/pre-commit", ".githooks/x"] {
        f.does(&format!("mkdir -p $(dirname {path}); echo x >{path}; git add -A; git commit -qm 'T001: x'"));
        f.refused("main..f", &["error[protected]", path]);
        f.does("git reset -q --hard HEAD^");
    }
    for path in [".github/workflows/other.yml", "husky/pre-commit", "src/.husky/x"] {
        f.does(&format!("mkdir -p $(dirname {path}); echo x >{path}; git add -A; git commit -qm 'T001: x'"));
        f.clean("main..f");
        f.does("git reset -q --hard HEAD^");
    }
}

#[test]
fn under_trust_base_a_tick_changes_nothing_and_a_scope_does() {
    let f = Field::with_plan("[plan]\ntrust = \"base\"\n", "plans/p.md", MARKDOWN);
    f.does(
        "git checkout -q main; guard start plans/p.md; sed -i '0,/\\[ \\]/s//[x]/' plans/p.md; \
             echo b >>src/a; \
         git commit -qam 'T001: x'",
    );
    f.does(
        "git checkout -qb g; sed -i 's#docs/#ci/#' plans/p.md; git add -A; \
         git -c core.hooksPath=/dev/null commit -qm 'rollback: before executing plan p'",
    );
    f.does("echo evil >ci/build; git commit -qam 'T002: x'");
    f.refused("main..g", &["error[rollback]", "plans/p.md"]);
    f.does("git checkout -qb h main; echo b >>docs/d; git commit -qam 'T002: x'");
    f.clean("main..h");
}

#[test]
fn a_merge_does_not_bring_a_policy_that_cannot_be_read() {
    let f = Field::new("\n\n\n[task]\nseveral = true\n\n\n\n[scope]\nfrozen = [\"x\"]\n");
    f.does(
        "git checkout -qb s1 main; sed -i '2i [rules]\\nfrozen = \"warn\"' guard.toml; git commit -qam pol1",
    );
    f.does(
        "git checkout -qb s2 main; printf '[rules]\\nscope = \"warn\"\\n' >>guard.toml; git commit -qam pol2",
    );
    f.does("git checkout -q f; git merge -q --no-ff -m m1 s1");
    f.clean("main..f");
    f.does("git merge -q --no-ff -m m2 s2");
    f.refused("main..f", &["guard.toml", "cannot be used"]);
    f.does("git reset -q --hard HEAD^; guard install");
    f.fails("git merge -q --no-ff -m m2 s2", &["guard.toml"]);
}

#[test]
fn a_first_commit_does_not_bring_a_policy_that_cannot_be_read() {
    let f = Field::new("");
    f.does("git checkout -q --orphan o; git rm -rfq .; guard install; echo '[[[' >guard.toml; git add -A");
    f.fails("git commit -qm x", &["guard.toml"]);
    f.does("echo 'version = 1' >guard.toml; git add -A; git commit -qm x");
}

#[test]
fn a_policy_that_cannot_be_read_is_mended_by_a_commit_of_its_own() {
    let f = Field::new("");
    f.does(
        "git checkout -q main; printf 'version = 1\\n[rules\\n' >guard.toml; git add -A; \
         git commit -qm brk; git checkout -qb fix",
    );
    f.server();
    let push = "git push -q \"$SRV\" HEAD:refs/heads/x";
    for bad in [
        "printf 'version = 1\\n[rulez\\n' >guard.toml",
        "echo 'version = 1' >guard.toml; echo evil >ci/build",
        "echo evil >ci/build",
    ] {
        f.does(&format!("git checkout -qB bad main; {bad}; git commit -qam 'mend'"));
        f.fails("guard check main..bad", &["guard.toml"]);
        f.fails(push, &["guard.toml"]);
    }
    f.does("git checkout -q fix; echo 'version = 1' >guard.toml; git commit -qam mend");
    f.clean("main..fix");
    f.does(push);
}
