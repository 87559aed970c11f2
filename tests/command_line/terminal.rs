//! What only a terminal gets: a pager for long answers, and progress.

use std::process::{Command, Stdio};

use crate::harness::{Repo, guard_bin};
use crate::running;

/// Runs a line of sh on a terminal of its own, and prints what it says there.
const TERMINAL: &str = "import os, pty, sys\nstatus = pty.spawn(['sh', '-c', sys.argv[1]])\nsys.exit(os.waitstatus_to_exitcode(status))";

/// What a terminal shows of `line`, in which `guard` is the built one; `None`: there is no Python to make a terminal.
pub(super) fn on_terminal(repo: &Repo, code: i32, line: &str) -> Option<String> {
    let there = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    if there.is_err() {
        eprintln!("skipped: python3 is not on this machine, and makes the terminal");
        return None;
    }
    let line = line.replace("guard ", &format!("{} ", guard_bin()));
    let mut command = repo.command("python3", &repo.path);
    let out = command.args(["-c", TERMINAL, &line]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).replace("\r\n", "\n");
    assert_eq!(out.status.code(), Some(code), "{line}: {text}{}", String::from_utf8_lossy(&out.stderr));
    Some(text)
}

/// A repository in which everything that can name a pager is unset, on a terminal that is not dumb.
fn world() -> Repo {
    let mut repo = running();
    repo.env("TERM", "xterm");
    repo
}

const PAGED: &str = "P:# scope [deny]";

#[test]
fn without_a_terminal_or_a_wish_there_is_no_pager() {
    let mut repo = world();
    repo.env("GUARD_PAGER", "sed s/^/P:/");
    let plain = repo.guard(&["explain", "scope"]).says(0, &["# scope [deny]"]).out;
    assert!(!plain.contains("P:"), "a pipe");
    for line in [
        "guard explain scope | cat",
        "guard explain scope --no-pager",
        "guard --no-pager explain scope",
        "GUARD_PAGER= guard explain scope",
        "GUARD_PAGER=cat guard explain scope",
        "TERM=dumb guard explain scope",
        "unset TERM; guard explain scope",
        "guard explain scope > f; cat f",
        "unset GUARD_PAGER; GIT_PAGER=cat guard explain scope",
    ] {
        let Some(text) = on_terminal(&repo, 0, line) else { return };
        assert_eq!(text, plain, "{line}");
    }
    // What is short is not paged.
    for line in ["guard status", "guard scope T001", "guard plan lint plans/lexer.toml"] {
        let text = on_terminal(&repo, 0, line).unwrap();
        assert!(!text.contains("P:"), "{text}");
    }
    let error = on_terminal(&repo, 2, "guard explain nonsense").unwrap();
    assert!(error.contains("no rule called") && !error.contains("P:"), "{error}");
}

#[test]
fn the_pager_is_guard_s_then_git_s_then_everybody_s() {
    let repo = world();
    repo.git(&["config", "core.pager", "sed s/^/core:/"]).ok();
    let all = "GUARD_PAGER='sed s/^/P:/' GIT_PAGER='sed s/^/git:/' PAGER='sed s/^/all:/'";
    for (line, head) in [
        (format!("{all} guard explain scope"), PAGED),
        ("GIT_PAGER='sed s/^/git:/' PAGER='sed s/^/all:/' guard explain scope".to_owned(), "git:# scope"),
        ("PAGER='sed s/^/all:/' guard explain scope".to_owned(), "core:# scope"),
        (
            "git config --unset core.pager; PAGER='sed s/^/all:/' guard explain scope".to_owned(),
            "all:# scope",
        ),
        (format!("cd ..; {all} guard explain scope"), PAGED),
        (format!("{all} guard plan show plans/lexer.toml"), "P:\u{1b}[2mplan"),
        (format!("{all} guard log --stdout"), "P:"),
        // As git has it: leave where it fits on a screen, colours, no clearing.
        ("GUARD_PAGER='cat >f; echo LESS=$LESS' guard explain".to_owned(), "LESS=FRX"),
        ("LESS=i GUARD_PAGER='cat >f; echo LESS=$LESS' guard explain".to_owned(), "LESS=i"),
    ] {
        let Some(text) = on_terminal(&repo, 0, &line) else { return };
        assert!(text.starts_with(head), "{line}: {text}");
    }
}

#[test]
fn a_pager_that_cannot_be_run_or_leaves_early_loses_nothing() {
    let repo = world();
    let Some(text) = on_terminal(&repo, 0, "GUARD_PAGER=no-such-program guard explain scope") else { return };
    assert!(
        text.contains("# scope [deny]") && text.contains("the pager no-such-program cannot be run"),
        "{text}"
    );
    let text = on_terminal(&repo, 0, "GUARD_PAGER='head -n 1' guard explain scope").unwrap();
    assert_eq!(text, "# scope [deny]\n");
    on_terminal(&repo, 0, "GUARD_PAGER='exit 3' guard explain scope").unwrap();
    // Ctrl-C reaches everybody on the terminal; guard leaves it to the pager, and does not leave before it.
    let line = "trap : INT; GUARD_PAGER='trap : INT; kill -INT 0; cat' guard explain scope";
    let text = on_terminal(&repo, 0, line).unwrap();
    assert!(text.contains("# scope [deny]"), "{text}");
}

#[test]
fn a_long_check_says_how_far_it_is_and_wipes_it_away() {
    let repo = world();
    let count = 10000;
    let mut stream = String::new();
    for n in 0..count {
        let from = if n == 0 { "from refs/heads/main^0\n" } else { "" };
        stream.push_str(&format!(
            "commit refs/heads/long\ncommitter A <a@example.com> {} +0000\ndata 6\nT001: \n{from}\
             M 100644 inline src/lexer.rs\ndata {}\n{n}\n",
            1_800_000_000 + n,
            n.to_string().len()
        ));
    }
    let file = repo.write("../stream", stream);
    let line = format!("git fast-import --quiet < {}", file.display());
    repo.run_in(&repo.path, "sh", &["-c", &line]).ok();
    let quick = "guard check main~1..main 2>&1 >f";
    let Some(text) = on_terminal(&repo, 1, quick) else { return };
    assert_eq!(text, "", "a short one says nothing");
    let start = std::time::Instant::now();
    let text = on_terminal(&repo, 1, "guard check main..long >f").unwrap();
    if start.elapsed() > std::time::Duration::from_secs(2) {
        assert!(text.contains("\r\u{1b}[Kguard: ") && text.contains(" of 10000 commits judged"), "{text}");
        assert!(text.ends_with("\r\u{1b}[K"), "{text:?}");
    } else {
        eprintln!("skipped: 10000 commits were judged in {:?}", start.elapsed());
    }
    for line in ["guard check -q main..long >f", "guard check main..long >f 2>g; code=$?; cat g; exit $code"]
    {
        assert_eq!(on_terminal(&repo, 1, line).unwrap(), "", "{line}");
    }
}
