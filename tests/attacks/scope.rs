//! Reaching what is out of reach: links, frozen texts, names in two places.

use crate::field::Field;

#[test]
fn a_link_that_leads_out_of_the_scope_through_another_link_is_refused() {
    let f = Field::started("");
    f.does("mkdir -p src/deep; ln -s .. src/deep/d; ln -s d/../ci/build src/deep/l; grep -q c src/deep/l");
    f.does("git add -A; git commit -qm 'T001: x'");
    f.refused("main..f", &["error[scope]", "src/deep/l"]);
    f.does("ln -sfn d/a src/deep/l; git add -A; git commit -q --amend --no-edit");
    f.clean("main..f");
}

#[test]
fn a_link_into_git_is_refused_under_any_scope() {
    let f = Field::started_with("\"**\"");
    f.does("ln -s ../.git/hooks src/h; git add -A; git commit -qm 'T001: x'");
    f.refused("main..f", &["error[scope]", "src/h"]);
    f.does("ln -sfn ../ci/build src/h; git add -A; git commit -q --amend --no-edit");
    f.clean("main..f");
}

#[test]
fn a_text_that_the_second_parent_froze_is_not_edited_in_the_merge() {
    let f = Field::started("");
    f.does(
        "git checkout -q main; printf 'EXEC-READY\\nspec\\n' >src/spec; git add -A; \
         git commit -qm spec; git checkout -q f",
    );
    f.does(
        "git merge -q --no-ff --no-commit main; printf 'EXEC-READY\\nchanged\\n' >src/spec; \
         git add -A; git commit -qm 'T001: merge'",
    );
    f.refused("main..f", &["error[frozen]", "src/spec"]);
    f.does("git reset -q --hard HEAD^; git merge -q --no-ff -m 'Merge main' main");
    f.clean("main..f");
}

#[test]
fn a_byte_order_mark_does_not_thaw_a_frozen_text() {
    let f = Field::new("");
    f.does(
        "git checkout -q main; printf '\\357\\273\\277EXEC-READY\\nx\\n' >src/spec; \
         printf 'x EXEC-READY\\n' >src/free",
    );
    f.does("git add -A; git commit -qm spec; git checkout -qB f; guard start plans/p.toml");
    f.does("echo y >>src/spec; git commit -qam 'T001: x'");
    f.refused("main..f", &["error[frozen]", "src/spec"]);
    f.does("git reset -q --hard HEAD^; echo y >>src/free; git commit -qam 'T001: x'");
    f.clean("main..f");
}

#[test]
fn a_subject_and_a_trailer_that_disagree_name_no_task() {
    let f = Field::new("[task]\ncarried_in = [\"subject\", \"trailer\"]\n");
    f.does("sed -i /depends_on/d plans/p.toml; git commit -qam p; guard start plans/p.toml; echo e >>docs/d");
    f.does("git commit -qam 'T002: x\n\nTask: T001'");
    f.refused("main..f", &["error[task-id]", "T001", "T002"]);
    f.does("git commit -q --amend -m 'T002: x\n\nTask: T002'");
    f.clean("main..f");
}
