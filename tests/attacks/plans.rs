//! A commit is judged by what a reader of the plan sees in it.

use crate::field::Field;

#[test]
fn a_file_that_the_plan_calls_read_only_is_not_in_scope() {
    let plan = "# p\n\n### T001: one\n\n**Files:**\n- `src/a`\n- `ci/build` (read-only)\n\n\
                **Files (do not modify):** `docs/d`\n";
    let f = Field::with_plan("", "plans/p.md", plan);
    f.does("guard install; guard start plans/p.md");
    for path in ["ci/build", "docs/d"] {
        f.fails(&format!("echo x >>{path}; git add -A; git commit -qm 'T001: x'"), &["error[scope]", path]);
        f.does("git reset -q --hard");
    }
    f.does("echo x >>src/a; git commit -qam 'T001: one'");
    f.clean("main..f");
}

#[test]
fn a_path_that_is_struck_out_is_not_started_with() {
    let plan = "# p\n\n### T001: one\n\n**Files:** `src/a`, ~~`ci/build`~~\n";
    let f = Field::with_plan("", "plans/p.md", plan);
    f.fails("guard start plans/p.md", &["struck out", "plans/p.md:5"]);
    f.does("sed -i 's/, ~~.*//' plans/p.md; git commit -qam plan; guard start plans/p.md");
}
