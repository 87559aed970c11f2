//! Each lie is told on a copy of the finished execution, past every hook, and must be found and named.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::harness::guard_bin;
use crate::world::World;

/// A lie: its name, the shell script that tells it, what is asked, and what the answer must say.
type Lie = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const CHECK: &[&str] = &["check", "main..HEAD", "--require-evidence"];
const RERUN: &[&str] = &["check", "main..HEAD", "--run-gates"];
const REPORT: &[&str] = &["report", "--require-complete"];

/// What the scripts share; `$T001` and so on are the commits that stand, `$LOG` is the path of the log.
const WORDS: &str = r#"
sneak() { git -c core.hooksPath=/dev/null "$@"; }
commit() { git add -A; sneak commit -q -m "$1"; }
gate() { git add -A; "$GUARD" gate "$1" >/dev/null 2>&1 || true; }
back() { git reset -q --hard "$1"; }
tell() { "$GUARD" log >/dev/null; git add -A; git diff --cached --quiet || commit 'the log'; }
edit() { cp "$LOG" ../was; sed -i "$1" "$LOG"; if cmp "$LOG" ../was; then exit 9; fi; commit 'the log'; }
tree() { git rev-parse "$1^{tree}"; }
read_note() { git notes --ref=guard show "$1"; }
write_note() { git notes --ref=guard add -f -F - "$1"; }
"#;

/// About the log.
const IN_THE_LOG: &[Lie] = &[
    (
        "a gate that failed is said to have passed",
        "back $T010; echo 'if' >docs/x.sh; gate T010; sneak commit -q --amend --no-edit; tell
         edit '/^### T010/,/^- Tests/s/→ failed with exit code 1/→ passed/'",
        CHECK,
        &[
            "error[execution-log]: the log says that the gate syntax passed for T010, and it failed with exit code",
        ],
    ),
    (
        "tests that nobody ran are said to have passed",
        "back $T010; echo x >docs/x; git add -A; sneak commit -q --amend --no-edit; tell
         edit '/^### T010/,/^- Tests/s/Tests: no evidence/Tests: passed/'",
        CHECK,
        &[
            "error[execution-log]: the log says that the gate syntax passed for T010, and there is no evidence of it",
        ],
    ),
    (
        "tests that passed are said to have failed",
        "edit '/^### T004/,/^- Tests/s/Tests: passed/Tests: failed/'",
        CHECK,
        &["error[execution-log]: the log says that the tests of T004 failed, and every gate passed"],
    ),
    (
        "the results of a gate tell of a failure that was none",
        "edit '/^- tests (required)/,/end gates/s/- T008: passed/- T008: failed/'",
        CHECK,
        &["error[execution-log]: the log says that the gate tests failed for T008, and it passed"],
    ),
    (
        "the tree of a run that never was",
        "edit '/^### T004/,/^- Tests/s/tree `[0-9a-f]*/tree `1234567/'",
        CHECK,
        &[
            "error[execution-log]: the log says that the gate ",
            " ran on tree 1234567 for T004, and it ran on ",
        ],
    ),
    (
        "a pass of a gate that the task does not have",
        "edit '/^- tests (required)/a\\  - T001: passed'",
        CHECK,
        &[
            "error[execution-log]: the log says that the gate tests passed for T001, and there is no evidence of it",
        ],
    ),
    (
        "another task's commit",
        "edit \"/^### T004/,/^- Tests/s/Commit: \\`[0-9a-f]*/Commit: \\`$(git rev-parse --short=7 $T002)/\"",
        CHECK,
        &["error[execution-log]: the log says that ", " did T004, and "],
    ),
    (
        "the commit that was taken back",
        "edit \"/^### T006/,/^- Tests/s/Commit: \\`[0-9a-f]*/Commit: \\`$(git rev-parse --short=7 $FIRST)/\"",
        CHECK,
        &["error[execution-log]: the log says that ", " did T006, and "],
    ),
    (
        "a commit that nobody made",
        "edit '/^### T004/,/^- Tests/s/Commit: `[0-9a-f]*/Commit: `1234567/'",
        CHECK,
        &["error[execution-log]: the log says that 1234567 did T004, and "],
    ),
    (
        "done, after it was taken back",
        "sneak revert --no-commit $T010; gate T010; commit 'T010: take it back'",
        CHECK,
        &["error[execution-log]: the log says that T010 is done, and its commit was reverted"],
    ),
    (
        "open, after it was done",
        "edit '/^### T009/,/^- Tests/s/Status: done/Status: ready/'",
        CHECK,
        &["error[execution-log]: the log says that T009 is open, and "],
    ),
    (
        "done, before anybody did it",
        "back $T009; tell; edit '/^### T010/,/^- Tests/s/Status: .*/Status: done/'",
        CHECK,
        &["error[execution-log]: the log says that T010 is done, and no commit did it"],
    ),
    (
        "everything done, with a task to do",
        "back $T009; tell; edit 's/^status: running/status: complete/'",
        CHECK,
        &["error[execution-log]: the log says that everything is done, and T010 is open"],
    ),
    (
        "files that the commit did not change",
        "edit '/^### T004/,/^- Tests/s/^- Files: /&`src\\/all.sh` (new), /'",
        CHECK,
        &["error[execution-log]: the log says that T004 changed src/all.sh, and "],
    ),
    (
        "a task's section is missing",
        "edit '/^### T007/,/^- Tests/d'",
        CHECK,
        &["error[execution-log]: the log has no section for T007, which "],
    ),
    (
        "a second log",
        "cp \"$LOG\" .artifacts/execute/second.md; commit 'the log'",
        CHECK,
        &["error[execution-log]: 2 logs tell of the execution since ", "second.md"],
    ),
    (
        "the log is deleted",
        "git rm -q \"$LOG\"; sneak commit -q -m 'tidy up'",
        CHECK,
        &["error[execution-log]: no log tells of the execution since "],
    ),
    (
        "the log is of another execution",
        "edit \"s/^rollback: .*/rollback: \\\"$T001\\\"/\"",
        CHECK,
        &["error[execution-log]: no log tells of the execution since "],
    ),
];

/// About evidence.
const IN_THE_NOTES: &[Lie] = &[
    (
        "evidence of another tree",
        "back $T010; echo x >docs/x; git add -A; sneak commit -q --amend --no-edit; tell",
        CHECK,
        &["error[gates]: T010 has no evidence for the gate syntax"],
    ),
    (
        "a note copied to another tree",
        "back $T010; was=$(tree HEAD); echo x >docs/x; git add -A; sneak commit -q --amend --no-edit; tell
         git notes --ref=guard copy $was $(tree HEAD~1)",
        CHECK,
        &["error[gates]: T010 has no evidence for the gate syntax", "is about another tree"],
    ),
    (
        "a note forged for another tree",
        "back $T010; was=$(tree HEAD); echo if >docs/x.sh; git add -A; sneak commit -q --amend --no-edit
         read_note $was | sed \"s/$was/$(tree HEAD)/\" | write_note $(tree HEAD); tell
         read_note $was | sed \"s/$was/$(tree HEAD)/\" | write_note $(tree HEAD)",
        RERUN,
        &["error[gates]", "syntax failed with exit code"],
    ),
    (
        "a note of another command",
        "t=$(tree $T008); read_note $t | sed 's/\"command\":\"[^\"]*\"/\"command\":\"true\"/' | write_note $t",
        CHECK,
        &["error[gates]: T008 has no evidence for the gate", "with another command"],
    ),
    (
        "a note of no sense",
        "echo 'all gates passed, trust me' | write_note $(tree $T008)",
        CHECK,
        &["error[gates]: T008 has no evidence for the gate", "is not evidence that guard wrote"],
    ),
    (
        "a failed run left out of the newest, its pass put before it",
        "t=$(tree $T008); read_note $t >../note; (cat ../note; echo; grep '\"gate\":\"tests\"' ../note |
           sed 's/\"passed\"/\"failed\"/; s/\"code\":null/\"code\":1/; s/\"started\":\"20/\"started\":\"21/') | write_note $t",
        CHECK,
        &["error[gates]: the gate tests failed with exit code 1 on this tree"],
    ),
    (
        "all evidence dropped",
        "git update-ref -d refs/notes/guard",
        CHECK,
        &["error[gates]: T001 has no evidence for the gate syntax", "T010 has no evidence for the gate syntax"],
    ),
    (
        "the gates taken out of the policy",
        "sed -i '/^\\[\\[gate/,$d' guard.toml; commit 'guard: simpler'; git update-ref -d refs/notes/guard",
        CHECK,
        &["error[gates]: T001 has no evidence for the gate syntax"],
    ),
];

/// About the work.
const IN_THE_HISTORY: &[Lie] = &[
    (
        "a test rewritten by an implementation",
        "back $T008^; git checkout -q $T008 -- src/cli.sh; echo true >tests/cli.sh; gate T008
         commit 'T008: do it'; tell",
        CHECK,
        &["error[test-first]: T008 ", "tests/cli.sh"],
    ),
    (
        "an implementation before its test",
        "back $T007^; git checkout -q $T008 -- src/cli.sh; gate T008; commit 'T008: do it'; tell",
        CHECK,
        &["error[test-first]: ", "T007"],
    ),
    (
        "before what it depends on",
        "back $T008; git checkout -q $T010 -- docs; gate T010; commit 'T010: do it'; tell",
        CHECK,
        &["error[depends-on]: T010 ", "T009"],
    ),
    (
        "a file out of scope",
        "back $T009; git checkout -q $T010 -- docs; echo '#' >>src/sums.sh; gate T010; commit 'T010: do it'; tell",
        CHECK,
        &["error[scope]: T010 may not change src/sums.sh"],
    ),
    (
        "a second commit for a task",
        "echo more >>docs/guide.md; gate T010; commit 'T010: and more'; tell",
        CHECK,
        &["error[atomic]: T010 "],
    ),
    (
        "two tasks in one commit",
        "back $T008; git checkout -q $T010 -- docs src/table.sh; gate T010; commit 'T009, T010: do it'; tell",
        CHECK,
        &["error[task-id]"],
    ),
    (
        "a commit of no task",
        "echo more >>docs/guide.md; gate T010; commit 'while I was there'",
        CHECK,
        &["error[task-id]", "while I was there"],
    ),
    (
        "a revert of no task",
        "sneak revert --no-edit $T010",
        CHECK,
        &["error[task-id]", "Revert \"T010: do it\""],
    ),
    (
        "a fixup that was never squashed",
        "echo more >>docs/guide.md; gate T010; commit 'fixup! T010: do it'; tell",
        CHECK,
        &["error[unsquashed]", "fixup! T010: do it"],
    ),
    (
        "the plan edited while it runs",
        "back $T009; sed -i '/^id = \"T010\"/,$d' plans/calculator.toml; commit 'Nine tasks will do'; tell",
        CHECK,
        &["error[plan-locked]", "plans/calculator.toml"],
    ),
    (
        "a scope widened by the task that needs it",
        "back $T009; sed -i 's|\"docs/..\"|\"docs/**\", \"src/**\"|' plans/calculator.toml; echo '#' >>src/sums.sh
         git checkout -q $T010 -- docs; gate T010; commit 'T010: do it'; tell",
        CHECK,
        &["error[plan-locked]", "error[scope]: T010 may not change src/sums.sh"],
    ),
    (
        "a plan widened and locked again",
        "back $T009; sed -i 's|\"docs/..\"|\"docs/**\", \"src/**\"|' plans/calculator.toml
         git add -A; sneak commit -q -m 'rollback: before executing plan calculator'",
        CHECK,
        &["error[rollback]"],
    ),
    (
        "the policy changed by a task",
        "back $T009; sed -i 's/\"deny\"/\"off\"/' guard.toml; git checkout -q $T010 -- docs; gate T010
         commit 'T010: do it'; tell",
        CHECK,
        &["error[protected]", "guard.toml"],
    ),
    (
        "the rollback commit rebased away",
        "sneak rebase -q --onto main $ROLLBACK",
        CHECK,
        &["error[rollback]: no rollback commit precedes this commit"],
    ),
    (
        "the rollback commit amended to carry work",
        "back $ROLLBACK; git checkout -q $T010 -- docs; git add -A; sneak commit -q --amend --no-edit
         sneak cherry-pick $ROLLBACK..$T001",
        CHECK,
        &["error[rollback]", "docs/"],
    ),
    (
        "a frozen specification changed",
        "back $T009; echo 'Mostly.' >>specs/calculator.md; git checkout -q $T010 -- docs; gate T010
         commit 'T010: do it'; tell",
        CHECK,
        &["error[frozen]", "specs/calculator.md"],
    ),
    (
        "a merge that smuggles a file in",
        "git switch -q -c side $T009; mkdir designs; echo '# Note' >designs/note.md; commit 'A note'; git switch -q work
         sneak merge -q --no-ff --no-commit side; echo evil >src/evil.sh; commit \"Merge branch 'side'\"",
        CHECK,
        &["error[task-id]", "Merge branch 'side'"],
    ),
    (
        "a merge that quietly bends a file of a task",
        "git switch -q -c side $T009; mkdir designs; echo '# Note' >designs/note.md; commit 'A note'; git switch -q work
         sneak merge -q --no-ff --no-commit side; echo '#' >>src/sums.sh; commit 'T010: merge side'",
        CHECK,
        &["error[scope]: T010 may not change src/sums.sh"],
    ),
    (
        "a replace ref that hides a commit",
        "good=$(git rev-parse HEAD); echo evil >src/evil.sh; commit 'T010: more'; git replace HEAD $good",
        CHECK,
        &["error[history]", "src/evil.sh"],
    ),
    (
        "a message that ends for git where it goes on",
        "git cat-file commit HEAD >../c; printf 'hidden\\0words\\n' >>../c
         git reset -q --soft $(git hash-object -t commit -w --literally ../c)",
        CHECK,
        &["error[history]", "NUL"],
    ),
];

/// About being done.
const OF_COMPLETION: &[Lie] = &[
    ("complete with a task to do", "back $T009; tell", REPORT, &["T010 is not done"]),
    (
        "complete with a gate that failed",
        "back $T010; echo if >docs/x.sh; gate T010; sneak commit -q --amend --no-edit; tell",
        REPORT,
        &["T010: the gate syntax failed with exit code"],
    ),
    (
        "complete with a requirement that is not covered",
        "back $T007; tell",
        REPORT,
        &["R4 is not covered: T008 is not done"],
    ),
    (
        "complete with a task taken back",
        "sneak revert --no-commit $T010; gate T010; commit 'T010: take it back'; tell",
        REPORT,
        &["T010 was taken back and not done again"],
    ),
    (
        "complete with a commit of nothing",
        "back $T009; sneak commit -q --allow-empty -m 'T010: do it'; gate T010; tell",
        REPORT,
        &["T010: its commit", "changes nothing"],
    ),
    (
        "complete without evidence",
        "git update-ref -d refs/notes/guard",
        REPORT,
        &["T001: the gate syntax has not run on the tree of"],
    ),
    (
        "complete with a commit that a rule refuses",
        "echo evil >src/evil.sh; commit 'while I was there'",
        REPORT,
        &["is refused [task-id]"],
    ),
    (
        "complete by a plan that asks for less",
        "back $T009; sed -i '/^id = \"T010\"/,$d' plans/calculator.toml; sed -i '$d' plans/calculator.toml
         commit 'Nine tasks will do'; tell",
        REPORT,
        &["T010 is not done", "is refused [plan-locked]"],
    ),
];

/// What every script begins with. It ends with 99 where a command of it fails.
fn preamble(world: &World) -> String {
    let (guard, log) = (guard_bin(), world.repo.git(&["ls-files", ".artifacts"]).ok());
    let mut told = format!("trap 'exit 99' EXIT\nset -eu\nGUARD='{guard}'\nROLLBACK={}\n", world.rollback);
    told += &format!("LOG={log}\nFIRST={}\n", world.made["T006"][0]);
    for (task, commit) in world.last() {
        told += &format!("{task}={commit}\n");
    }
    told + WORDS + &format!("cp -a '{}' copy\ncd copy\n", world.repo.path.display())
}

/// The script, on a copy of the repository in this folder; then what guard is asked.
fn telling(world: &World, folder: &Path, script: &str, ask: &[&str]) -> Command {
    fs::create_dir(folder).unwrap();
    let mut command = world.repo.command("sh", folder);
    let script = format!("{script}\ntrap - EXIT\nexec \"$GUARD\" \"$@\"");
    command.args(["-c", &script, "sh"]).args(ask);
    command
}

pub fn each_is_found_and_named(world: &World) {
    let lies = [IN_THE_LOG, IN_THE_NOTES, IN_THE_HISTORY, OF_COMPLETION].concat();
    // The truth, told in the same way, is accepted by whomever is asked.
    let truths: [Lie; 3] = [CHECK, RERUN, REPORT].map(|ask| ("the truth", "tell", ask, &[] as &[&str]));
    let all: Vec<Lie> = truths.into_iter().chain(lies.iter().copied()).collect();
    let (root, before) = (world.repo.root(), preamble(world));
    let commands = all.iter().enumerate().map(|(number, (_, script, ask, _))| {
        (number, telling(world, &root.join(format!("lie{number}")), &format!("{before}{script}"), ask))
    });
    let todo = Mutex::new(commands.collect::<Vec<_>>());
    let wrong = Mutex::new(Vec::new());
    let work = || {
        loop {
            let Some((number, mut command)) = todo.lock().unwrap().pop() else { return };
            let ended = command.output().unwrap();
            let (name, _, _, words) = all[number];
            let text = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
            let wanted = i32::from(name != "the truth");
            if ended.status.code() != Some(wanted) || !words.iter().all(|word| text.contains(word)) {
                wrong.lock().unwrap().push(format!("{name}: {words:?}\n{}\n{text}", ended.status));
            }
        }
    };
    thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(work))));
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n\n"));
    eprintln!("{} lies told, each of them found and named", lies.len());
}
