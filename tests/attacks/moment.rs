//! The record by which prepare-commit-msg spares commit-msg a start of guard: nothing may pass on an old one.

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
fn a_record_is_good_for_one_commit_of_one_process() {
    let f = counted();
    f.does("echo 1 >>src/a; git add src/a; git commit -qm 'T001: one'");
    assert_eq!(calls(&f), "prepare-commit-msg", "nothing is left for commit-msg");
    assert_eq!(f.does("wc -c <.git/guard/seen").trim(), "0", "it is used up");

    // commit-msg alone, as where another manager owns prepare-commit-msg: it never believes what it should not.
    f.does("rm .git/hooks/prepare-commit-msg; echo x >>ci/build; git add ci/build");
    let forged = |record: &str| {
        f.fails(
            &format!("printf \"{record}\" >.git/guard/seen; exec git commit -qm 'T001: two'"),
            &["error[scope]"],
        );
    };
    forged("passed 1\\n");
    forged("looked $$\\n");
    // Half written; and the message is younger, because git writes it after this.
    forged("passed $$");
    forged("passed $$\\n");
}

/// `prepare-commit-msg` passes, and then `hook` happens before guard's commit-msg.
fn between(f: &Field, hook: &str) {
    f.does("guard uninstall");
    f.repo.script(".git/hooks/commit-msg", format!("#!/bin/sh\n{hook}\n"));
    f.does("guard install");
}

#[test]
fn what_happens_between_the_hooks_is_judged() {
    let f = counted();
    f.does("echo 1 >>src/a; git add src/a");
    between(&f, "echo 'something else' >$1");
    f.fails("git commit -qm 'T001: one'", &["error[task-id]", "something else"]);
    // The message of the one commit is not that of the other, though both are of an instant.
    between(&f, "echo 'something else' >$1; touch -d '1 hour ago' .git/guard/seen");
    f.fails("git commit -qm 'T001: one'", &["error[task-id]", "something else"]);
    between(&f, "echo x >>ci/build; git add ci/build");
    f.fails("git commit -qm 'T001: one'", &["error[scope]", "ci/build"]);
    f.does("git checkout -q HEAD ci/build");
    between(&f, "rm .git/guard/seen; mkdir .git/guard/seen");
    f.does("git commit -qm 'T001: one'");
    // Where it cannot be kept nothing is believed.
    f.fails(
        "echo 1 >>src/a; git commit -qam 'T001: two'",
        &["could not check", "cannot record the staged tree"],
    );
    f.does("rmdir .git/guard/seen; git commit -qam 'T001: two'");
}

#[test]
fn a_refusal_is_no_record_of_a_pass() {
    let f = counted();
    f.fails("echo x >>ci/build; git commit -qam 'T001: one'", &["error[scope]"]);
    assert!(f.does("head -n 1 .git/guard/seen").starts_with("looked "));
    f.fails("git commit -qam 'T001: one' --no-verify", &["error[scope]"]);
}

#[test]
fn an_editor_and_an_amend_are_judged_with_their_message() {
    let f = counted();
    f.fails(
        "echo 1 >>src/a; git add src/a; GIT_EDITOR='sed -i 1s/.*/one/' git commit -q",
        &["error[task-id]"],
    );
    assert_eq!(calls(&f), "prepare-commit-msg commit-msg");
    f.does("GIT_EDITOR='sed -i 1s/.*/T001:\\ one/' git commit -q");
    assert_eq!(calls(&f), "prepare-commit-msg commit-msg");
    f.fails("git commit -q --amend -m one", &["error[task-id]"]);
    f.does("git commit -q --amend --no-edit");
    assert_eq!(calls(&f), "prepare-commit-msg prepare-commit-msg");
}

#[test]
fn a_warning_is_said_once() {
    let f = Field::started("[rules]\nscope = \"warn\"\n");
    f.does("guard install; echo x >>ci/build; git add ci/build");
    let said = f.sh("git commit -qm 'T001: one'");
    assert_eq!((said.code, said.text().matches("warning[scope]").count()), (0, 1), "{}", said.text());
}
