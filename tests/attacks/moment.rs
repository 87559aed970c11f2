//! The note by which pre-commit spares prepare-commit-msg a start of guard: nothing may pass on an old one.

use super::field::Field;

/// Guard behind a script that notes the hooks it is started for.
fn counted() -> Field {
    let mut f = Field::started("[rules]\natomic = \"off\"\n");
    let script = format!("#!/bin/sh\necho $4 >>{}/calls\nexec guard \"$@\"\n", f.repo.root().display());
    f.repo.script("../counted", script);
    f.does("guard install");
    let counted = f.repo.root().join("counted");
    f.repo.env("GUARD_BIN", counted);
    f
}

/// The hooks that guard has been started for since the last call.
fn calls(f: &Field) -> String {
    f.does("cat ../calls; rm ../calls").replace('\n', " ")
}

#[test]
fn a_note_is_good_for_one_commit_of_one_process_and_one_index() {
    let f = counted();
    // On a clock that ticks slowly the index must not look as young as the note.
    f.does("echo 1 >>src/a; git add src/a; sleep 0.1; git commit -qm 'T001: one'");
    assert_eq!(calls(&f), "pre-commit commit-msg", "nothing is left for prepare-commit-msg");
    assert_eq!(f.does("wc -c <.git/guard/now").trim(), "0", "it is used up");

    f.fails("echo x >>ci/build; git commit -qam 'T001: two' --no-verify", &["error[scope]", "ci/build"]);
    assert_eq!(calls(&f), "prepare-commit-msg");
    // Another process's.
    f.fails("echo 1 >.git/guard/now; git commit -qam 'T001: two' --no-verify", &["error[scope]"]);
    // A process of the same number, but the index has changed since.
    f.does("git add -A");
    let mine = "echo $$ >.git/guard/now; touch -d '1 minute ago' .git/guard/now; exec git commit";
    f.fails(&format!("{mine} -qm 'T001: two' --no-verify"), &["error[scope]"]);
    // Half written.
    f.fails("printf $$ >.git/guard/now; exec git commit -qm 'T001: two' -n", &["error[scope]"]);
    // One that cannot be used up counts for nothing, and neither does what is no file.
    f.does("rm .git/guard/now; mkdir .git/guard/now");
    f.fails("git commit -qm 'T001: two' --no-verify", &["error[scope]"]);
}

#[test]
fn a_refusal_leaves_no_note() {
    let f = counted();
    f.does("echo 1 >>src/a; git commit -qam 'T001: one'; rm .git/guard/now");
    f.fails("echo x >>ci/build; git commit -qam 'T001: two'", &["error[scope]"]);
    assert_eq!(f.does("ls .git/guard").trim(), "seen");
}

#[test]
fn an_editor_and_an_amend_still_ask_guard() {
    let f = counted();
    f.does("echo 1 >>src/a; git add src/a; GIT_EDITOR='sed -i 1s/.*/T001:\\ one/' git commit -q");
    assert_eq!(calls(&f), "pre-commit prepare-commit-msg commit-msg");
    f.does("echo 2 >>src/a; git add src/a; sleep 0.1; git commit -qm 'T001: two'; git commit -q --amend --no-edit --allow-empty");
    assert_eq!(calls(&f), "pre-commit commit-msg pre-commit prepare-commit-msg commit-msg");
}
