//! Finishing, outrunning and repeating a plan.

use crate::field::{Field, MARKDOWN};

#[test]
fn commits_without_changes_do_not_finish_a_plan() {
    let f = Field::started("[enforce]\nwhen = \"plan\"\n");
    f.does("git commit -q --allow-empty -m 'T001: x'; git commit -q --allow-empty -m 'T002: x'");
    f.does("echo evil >ci/build; git commit -qam anything");
    f.refused("main..f", &["error[task-id]", "anything"]);
    f.does("git reset -q --hard HEAD~3; echo b >>src/a; git commit -qam 'T001: x'; echo b >>docs/d");
    f.does("git commit -qam 'T002: x'; echo on >ci/build; git commit -qam anything");
    f.clean("main..f");
}

#[test]
fn a_commit_without_changes_satisfies_a_dependency() {
    let f = Field::started("");
    f.does("echo e >>docs/d; git commit -qam 'T002: real'");
    f.refused("main..f", &["error[depends-on]", "T001"]);
    f.does(
        "git reset -q --hard HEAD^; git commit -q --allow-empty -m 'T001: nothing'; echo e >>docs/d; \
         git commit -qam 'T002: real'",
    );
    f.clean("main..f");
}

#[test]
fn a_plan_is_not_outrun_by_distance() {
    const NOTES: &str =
        "mkdir designs; for i in 1 2 3; do echo $i >designs/x; git add -A; git commit -qm \"note $i\"; done";
    let f = Field::started("[enforce]\nwhen = \"plan\"\n[rollback]\nmax_distance = 3\n");
    f.does(&format!("{NOTES}; echo evil >ci/build; git commit -qam evil"));
    f.refused("main..f", &["error[", "evil"]);
    f.does("git reset -q --hard HEAD~3; echo b >>src/a; git commit -qam 'T001: x'");
    f.clean("main..f");
    // Where no plan ever ran, nothing is judged.
    f.does("git checkout -qb g main; echo free >ci/build; git commit -qam free");
    f.clean("main..g");
}

#[test]
fn a_record_commit_that_works_in_its_tasks_scope_is_that_tasks_commit() {
    let f = Field::new("");
    f.does(
        "sed -i 's#docs/[*][*]#designs/**#' plans/p.toml; git commit -qam p; \
         guard start plans/p.toml; mkdir designs",
    );
    f.does("echo 1 >designs/x; git add -A; git commit -qm 'T002: design'");
    f.refused("main..f", &["error[depends-on]"]);
    f.does("git reset -q --hard HEAD^; mkdir -p designs; echo b >>src/a; git commit -qam 'T001: x'");
    f.does("for i in 1 2; do echo $i >designs/x; git add -A; git commit -qm \"T002: design $i\"; done");
    f.refused("main..f", &["error[atomic]"]);
    f.does("git commit -q --amend -m 'design 2'");
    f.clean("main..f");
}

#[test]
fn an_amend_that_changes_the_author_or_the_date_is_no_second_commit() {
    let f = Field::started("");
    f.does("guard install; echo b >>src/a; git commit -qam 'T001: x'");
    f.fails("echo c >>src/a; git commit -qam 'T001: second'", &["error[atomic]"]);
    f.does("git checkout -qf HEAD src; git commit -q --amend --reset-author --no-edit");
    f.does("git commit -q --amend --date=now --no-edit");
    f.does("git commit -q --amend --no-edit; git commit -q --amend -m 'T001: y'");
    f.clean("main..f");
}

#[test]
fn a_plan_that_is_taken_up_again_remembers_what_was_done() {
    let f = Field::new("");
    f.does(
        "sed s/'\"p\"'/'\"q\"'/ plans/p.toml >plans/q.toml; git add -A; git commit -qm q; \
         git branch -f main; guard install",
    );
    f.does("guard start plans/p.toml; echo b >>src/a; git commit -qam 'T001: x'; guard start plans/q.toml");
    f.fails("echo e >>docs/d; git commit -qam 'T002: d'", &["error[depends-on]"]);
    f.does("git checkout -qf HEAD .; guard start plans/p.toml; echo e >>docs/d; git commit -qam 'T002: d'");
    f.clean("main..f");
}

/// Branches `f` (T001) and `s` (T002), both with their progress noted; `f` is being merged with `s`.
fn noted() -> Field {
    let f = Field::with_plan("", "plans/p.md", MARKDOWN);
    f.does("guard install; guard start plans/p.md; git branch s");
    f.does(
        "sed -i 's/- none/- T001 done/' plans/p.md; echo b >>src/a; git commit -qam 'T001: x'; \
         git checkout -q s",
    );
    f.does("sed -i 's/^- none/- T002 to do/' plans/p.md; git commit -qam 'progress'; git checkout -q f");
    f.fails("git merge s", &["CONFLICT"]);
    f
}

#[test]
fn a_merge_that_settles_nothing_but_progress_needs_no_task() {
    let both =
        "sed -i -e '/^[<=>]/d' plans/p.md; grep -q 'T001 done' plans/p.md; grep -q 'T002 to do' plans/p.md";
    let f = noted();
    f.fails(&format!("{both}; echo evil >ci/build; git commit -qam \"Merge branch 's'\""), &["error["]);
    let f = noted();
    f.does(&format!("{both}; git commit -qam \"Merge branch 's'\""));
    f.clean("main..f");
}
