//! Two at once: commits in two worktrees, starts, installs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::harness::{Dice, Repo, executable, guard_bin, picture};
use crate::planned;

const ROUNDS: usize = 20;

/// Starts all of them before it waits for the first.
fn at_once(commands: Vec<Command>) -> Vec<(i32, String)> {
    let start = |mut command: Command| command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = commands.into_iter().map(start).collect();
    let text =
        |out: &Output| String::from_utf8_lossy(&[&out.stdout[..], &out.stderr[..]].concat()).into_owned();
    let ended = children.into_iter().map(|child| child.wait_with_output().unwrap());
    ended.map(|out| (out.status.code().unwrap_or(-1), text(&out))).collect()
}

fn guard(repo: &Repo, dir: &Path, args: &[&str]) -> Command {
    let mut command = repo.command(guard_bin(), dir);
    command.args(args);
    command
}

/// What a worktree commits, and what must become of it.
#[derive(Clone, Copy, Debug)]
struct Case {
    stages: &'static [&'static str],
    message: &'static str,
    /// What the editor does to the index while git waits.
    editor: &'static str,
    refused: &'static [&'static str],
}

const CASES: [Case; 5] = [
    Case { stages: &["src/a"], message: "T001: in scope", editor: "", refused: &[] },
    Case { stages: &["docs/d"], message: "T002: in scope", editor: "", refused: &[] },
    Case {
        stages: &["docs/d"],
        message: "T001: out of scope",
        editor: "",
        refused: &["error[scope]", "docs/d"],
    },
    Case { stages: &["src/a", "ci/build"], message: "T001: both", editor: "", refused: &["ci/build"] },
    // git commits what was staged when it began, whatever the index holds by then; meanwhile the other commit's hooks run.
    Case {
        stages: &["docs/d"],
        message: "T001: hidden",
        editor: "sleep 0.1; git reset -q -- docs/d; echo x >>src/a; git add src/a",
        refused: &["error[scope]", "docs/d", "what was staged then was judged too"],
    },
];

#[test]
fn commits_in_two_worktrees_are_judged_each_by_what_it_stages() {
    let repo = planned();
    repo.guard(&["install"]).ok();
    repo.guard(&["start", "plans/p.toml"]).ok();
    let sites: [PathBuf; 2] = ["one", "two"].map(|name| {
        let path = repo.root().join(name);
        repo.git(&["worktree", "add", "-q", "-b", name, path.to_str().unwrap()]).ok();
        path
    });
    let mut dice = Dice::new(7);
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let hidden = CASES[CASES.len() - 1];
        let cases = [if round % 4 == 0 { hidden } else { dice.pick(&CASES) }, dice.pick(&CASES)];
        let commands = sites.iter().zip(cases).enumerate().map(|(n, (site, case))| {
            for path in case.stages {
                fs::write(site.join(path), format!("{round}\n")).unwrap();
            }
            repo.run_in(site, "git", &[&["add"], case.stages].concat()).ok();
            let mut command = repo.command("git", site);
            if case.editor.is_empty() {
                command.args(["commit", "-q", "-m", case.message]);
            } else {
                let editor = repo.root().join(format!("editor{n}"));
                executable(&editor, format!("#!/bin/sh\n{}\necho '{}' >\"$1\"\n", case.editor, case.message));
                command.env("GIT_EDITOR", editor).args(["commit", "-q"]);
            }
            command
        });
        let commands = commands.collect();
        for ((site, case), (code, text)) in sites.iter().zip(cases).zip(at_once(commands)) {
            let shown = format!("round {round}, {cases:?} in {}: {text}", site.display());
            assert_eq!(code == 0, case.refused.is_empty(), "{shown}");
            assert!(case.refused.iter().all(|word| text.contains(word)), "{shown}");
            accepted += usize::from(code == 0);
            let made = repo.run_in(site, "git", &["log", "--format=%s", "main..HEAD"]).ok();
            assert_eq!(made, if code == 0 { case.message } else { "" }, "{shown}");
            repo.run_in(site, "git", &["-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", "main"])
                .ok();
        }
    }
    eprintln!(
        "at once: {ROUNDS} rounds of two commits in two worktrees, {accepted} of {} accepted",
        2 * ROUNDS
    );
}

#[test]
fn installs_at_once_end_as_one() {
    let repo = planned();
    let hooks = repo.path.join(".git/hooks");
    repo.script(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    std::os::unix::fs::symlink("pre-commit", hooks.join("commit-msg")).unwrap();
    let bare = picture(&hooks);
    repo.guard(&["install", "--strict"]).ok();
    let guarded = picture(&hooks);
    repo.guard(&["uninstall"]).ok();
    let all = |args: &[&str]| (0..3).map(|_| guard(&repo, &repo.path, args)).collect();
    for round in 0..ROUNDS {
        for (args, then) in [(&["install", "--strict"][..], &guarded), (&["uninstall"], &bare)] {
            for (code, text) in at_once(all(args)) {
                assert_eq!(code, 0, "round {round}: {text}");
            }
            assert!(picture(&hooks) == *then, "round {round}: {args:?}");
        }
        at_once(vec![
            guard(&repo, &repo.path, &["install", "--strict"]),
            guard(&repo, &repo.path, &["uninstall"]),
        ]);
        let now = picture(&hooks);
        assert!(now == bare || now == guarded, "round {round}: neither installed nor not: {now:#?}");
        repo.guard(&["uninstall"]).ok();
        assert!(picture(&hooks) == bare, "round {round}");
    }
    eprintln!("at once: {ROUNDS} rounds of three installs, three uninstalls, and one of each");
}

#[test]
fn of_two_starts_at_once_one_starts() {
    let repo = planned();
    repo.git(&["add", "plans"]).ok();
    repo.git(&["commit", "-qm", "plan"]).ok();
    repo.write("plans/p.toml", format!("{}# not staged\n", crate::PLAN));
    let head = repo.git(&["rev-parse", "HEAD"]).ok();
    let other = repo.root().join("other");
    repo.git(&["worktree", "add", "-q", "-b", "other", other.to_str().unwrap()]).ok();
    let start = |dir: &Path| guard(&repo, dir, &["start", "plans/p.toml"]);
    for round in 0..ROUNDS {
        let ended = at_once(vec![
            start(&repo.path),
            start(&repo.path),
            start(&other),
            guard(&repo, &repo.path, &["install"]),
        ]);
        let mut codes: Vec<i32> = ended[..2].iter().map(|e| e.0).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 2], "round {round}: {ended:#?}");
        assert!(ended[..2].iter().any(|e| e.1.contains("is running already")), "round {round}: {ended:#?}");
        assert_eq!((ended[2].0, ended[3].0), (0, 0), "round {round}: {ended:#?}");
        for dir in [&repo.path, &other] {
            let count = repo.run_in(dir, "git", &["rev-list", "--count", &format!("{head}..HEAD")]).ok();
            assert_eq!(count, "1", "round {round}");
            assert_eq!(
                repo.run_in(dir, "git", &["status", "--porcelain"]).ok(),
                "",
                "round {round}: {ended:#?}"
            );
            repo.run_in(dir, "git", &["-c", "core.hooksPath=/dev/null", "reset", "-q", "--soft", &head]).ok();
        }
        repo.git(&["reset", "-q"]).ok();
        repo.guard(&["uninstall"]).ok();
    }
    eprintln!("at once: {ROUNDS} rounds of three starts and an install");
}
