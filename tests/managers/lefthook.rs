//! Lefthook puts the hooks that it finds aside, and nothing runs them there.

use crate::field::{Field, Manager};

/// It does so on its own when its settings have changed, in the middle of a commit.
#[test]
fn settings_that_change_do_not_switch_guard_off() {
    let Some(f) = Field::new(Manager::LefthookFromPypi) else { return };
    f.managed();
    f.does("guard install; guard start plans/p.toml");
    for (round, hook) in ["pre-push", "post-commit", "post-merge"].into_iter().enumerate() {
        let stamp = 2030 + round;
        f.does(&format!(
            "printf '{hook}:\\n  jobs:\\n    - run: \"true\"\\n' >> lefthook.yml; touch -d {stamp}-01-01 lefthook.yml"
        ));
        // The commit in which lefthook notices.
        f.does("git add src; echo x >> src/a");
        f.sh("git commit -qm 'no task' src/a").says(1, &["they are put back", "error[task-id]"]);
        f.well();
        f.does("git commit -qm 'T001: x' src/a");
    }
    f.does("git -c core.hooksPath=/dev/null commit -qm settings lefthook.yml");
    f.both_run();
}

/// Those of guard's hooks that are left notice, and the commit is judged by all of them.
#[test]
fn hooks_that_were_put_aside_are_back_in_the_next_commit() {
    let Some(f) = Field::new(Manager::LefthookFromPypi) else { return };
    f.does("guard install; guard start plans/p.toml");
    f.managed();
    f.sh("echo x >> src/a; GIT_EDITOR='sed -i 1s/.*/none/' git commit -qa")
        .says(1, &["they are put back", "error[task-id]"]);
    let said = f.sh("git commit -qam 'T001: x'");
    assert!(!said.text().contains("guard"), "{}", said.text());
    assert_eq!(said.code, 0);
    f.well();
}
