//! Completions: what is offered where, never an error, never a word that a shell would run; and through real shells.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Ran, Repo, guard_bin};
use crate::running;

/// The candidates, without what they are about.
#[track_caller]
fn offered(repo: &Repo, words: &[&str]) -> Vec<String> {
    let ran = asked(repo, &repo.path, words);
    ran.out.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[track_caller]
fn asked(repo: &Repo, dir: &Path, words: &[&str]) -> Ran {
    let args: Vec<&str> = std::iter::once("__complete").chain(words.iter().copied()).collect();
    let ran = repo.run_in(dir, guard_bin(), &args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{words:?}");
    ran
}

#[test]
fn nothing_is_ever_said_into_a_prompt() {
    let repo = running();
    let bare = repo.root();
    repo.write("broken/guard.toml", "nonsense");
    for dir in [bare.as_path(), Path::new("/"), &repo.path.join("broken")] {
        for words in [
            &[][..],
            &[""],
            &["scope", ""],
            &["start", ""],
            &["gate", "decide", ""],
            &["check", ""],
            &["nonsense", "--x", ""],
            &["-C", "nowhere", "scope", ""],
            &["--", ""],
            &["-", ""],
            &["--last"],
            &["\u{fffd}\n\t\u{1b}[31m", ""],
            &["check", "--format=", ""],
            &["hook", "commit-msg", ""],
        ] {
            asked(&repo, dir, words);
        }
    }
    assert_eq!(asked(&repo, &bare, &["scope", ""]).out, "");
    repo.write("guard.toml", "version = \"no\"");
    repo.write(".git/HEAD", "nonsense");
    for words in [&["scope", ""][..], &["start", ""], &["check", ""]] {
        asked(&repo, &repo.path, words);
    }
}

#[test]
fn a_name_that_a_shell_would_run_is_not_offered() {
    let repo = Repo::new();
    for name in
        ["plans/$(touch x).toml", "plans/a b.toml", "plans/`x`.toml", "plans/good.toml", "plans/né.md"]
    {
        repo.write(name, "version = 1\n");
    }
    repo.write("plans/new\nline.toml", "");
    assert_eq!(offered(&repo, &["start", ""]), ["plans/good.toml", "plans/né.md"]);
    assert_eq!(offered(&repo, &["plan", "show", "plans/$("]), [""; 0]);
}

#[test]
fn each_place_is_offered_what_fits_there() {
    let repo = running();
    repo.git(&["branch", "topic/one"]).ok();
    repo.git(&["tag", "v1"]).ok();
    repo.write("sub/x", "");
    for (words, wanted) in [
        (&["sc"][..], &["scope"][..]),
        (&["plan", ""], &["show", "lint", "convert", "help"]),
        (&["plan", "s"], &["show"]),
        (&["-q", "--color", "never", "scope", "T"], &["T001"]),
        (&["scope", ""], &["T001", "LEX-7"]),
        (&["scope", "lex"], &["LEX-7"]),
        (&["-C", "sub", "scope", "T"], &["T001"]),
        (&["-Csub", "scope", "T"], &["T001"]),
        (&["scope", "T001", ""], &[]),
        (&["rollback", "--to", ""], &["start", "T001", "LEX-7"]),
        (&["rollback", "--to=s"], &["--to=start"]),
        (&["gate", "T"], &["T001"]),
        (&["gate", "decide", "--task", "L"], &["LEX-7"]),
        (&["start", ""], &["plans/lexer.toml"]),
        (&["-C", "plans", "start", ""], &["lexer.toml"]),
        (&["-C", "sub", "start", ""], &[]),
        (&["plan", "show", "pl"], &["plans/lexer.toml"]),
        (&["check", "--plan", "p"], &["plans/lexer.toml"]),
        (&["explain", "task"], &["task-id"]),
        (&["hook", "commit"], &["commit-msg"]),
        (&["hook", "pre-r"], &["pre-receive"]),
        (&["hook", "commit-msg", ""], &[]),
        (&["check", "--for"], &["--format"]),
        (&["check", "--format", ""], &["text", "json", "jsonl", "sarif", "github", "gitlab", "junit"]),
        (&["check", "--format=j"], &["--format=json", "--format=jsonl", "--format=junit"]),
        (&["check", "--format=json", "top"], &["topic/one"]),
        (&["check", "main..v"], &["main..v1"]),
        (&["check", "main...t"], &["main...topic/one"]),
        (&["check", "--", "v"], &["v1"]),
        (&["check", "--", "--f"], &[]),
        (&["gate", "show", "H"], &["HEAD"]),
        (&["completions", "b"], &["bash"]),
        (&["next", "--color", "al"], &["always"]),
        (&["__comp"], &[]),
        (&["--last", "=T", "scope"], &["T001"]),
        (&["--last", "=", "scope"], &["T001", "LEX-7"]),
    ] {
        assert_eq!(offered(&repo, words), wanted, "{words:?}");
    }
    let all = offered(&repo, &[""]);
    assert!(all.contains(&"check".to_owned()) && !all.contains(&"__complete".to_owned()), "{all:?}");
    let options = offered(&repo, &["rollback", "-"]);
    assert!(
        ["--to", "--yes", "-C", "--help"].iter().all(|o| options.contains(&(*o).to_owned())),
        "{options:?}"
    );
    assert_eq!(asked(&repo, &repo.path, &["scope", "T"]).out, "T001\tRead\n");
}

#[test]
fn a_shell_that_is_not_known_is_refused() {
    let repo = Repo::new();
    repo.guard(&["completions"]).says(2, &["<SHELL>"]);
    repo.guard(&["completions", "tcsh"]).says(2, &["bash, zsh, fish, powershell, elvish"]);
    repo.guard(&["completions", "bsh"]).says(2, &["'bash'"]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = repo.guard(&["completions", shell]).ok();
        assert!(
            script.contains("guard __complete") && script.contains(&format!("guard completions {shell}"))
        );
    }
}

/// Runs `script` in a shell in which guard is found; `None`: the machine has no such shell, and it was said.
fn in_shell(repo: &Repo, shell: &str, args: &[&str], script: &str) -> Option<String> {
    let found = Command::new(shell).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        eprintln!("skipped: {shell} is not on this machine");
        return None;
    }
    let own = Path::new(guard_bin()).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = repo.command(shell, &repo.path);
    command.env("PATH", format!("{}:{path}", own.display())).args(args).arg("-c").arg(script);
    let out = command.output().unwrap();
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && err.is_empty(), "{shell}: {err}");
    Some(String::from_utf8(out.stdout).unwrap())
}

#[test]
fn bash_completes() {
    let repo = running();
    for (words, at, wanted) in [
        ("guard sco", 1, "scope|"),
        ("guard scope ''", 2, "T001|LEX-7|"),
        ("guard scope T", 2, "T001|"),
        ("guard rollback --to = st", 4, "start|"),
        ("guard rollback --to =", 3, "start|T001|LEX-7|"),
        ("guard check --format = j main", 4, "json|jsonl|junit|"),
        ("guard check --format = json HEA", 5, "HEAD|"),
        ("guard start ''", 2, "plans/lexer.toml|"),
        // Nothing to say: bash completes files.
        ("guard frobnicate ''", 2, ""),
    ] {
        // `compopt` wants a completion under way, and there is none here.
        let script = format!(
            "set -u; source <(guard completions bash); COMP_WORDS=({words}); COMP_CWORD={at}; _guard || exit 9; \
             for w in \"${{COMPREPLY[@]}}\"; do printf '%s|' \"$w\"; done"
        );
        let Some(answer) = in_shell(&repo, "bash", &["--norc"], &script) else { return };
        assert_eq!(answer, wanted, "{words}");
    }
    let missing =
        "source <(guard completions bash); PATH=/nowhere; COMP_WORDS=(guard x); COMP_CWORD=1; _guard";
    assert_eq!(in_shell(&repo, "bash", &["--norc"], missing), Some(String::new()), "no guard, no noise");
    let registered = "source <(guard completions bash); complete -p guard";
    assert!(in_shell(&repo, "bash", &["--norc"], registered).unwrap().contains("-F _guard guard"));
}

#[test]
fn zsh_completes() {
    let repo = running();
    let script = "autoload -Uz compinit; compinit -u -D; source <(guard completions zsh); \
                  _describe() { print -l -- $values }; _files() { print files }; \
                  words=(guard scope T); CURRENT=3; _guard; words=(guard frobnicate ''); CURRENT=3; _guard";
    let Some(answer) = in_shell(&repo, "zsh", &["-f"], script) else { return };
    assert_eq!(answer, "T001:Read\nfiles\n");
}

#[test]
fn fish_completes() {
    let repo = running();
    let script = "guard completions fish | source; complete --do-complete 'guard scope T'";
    let Some(answer) = in_shell(&repo, "fish", &["--no-config"], script) else { return };
    assert_eq!(answer, "T001\tRead\n");
}

#[test]
fn powershell_completes() {
    let repo = running();
    let script = "guard completions powershell | Out-String | Invoke-Expression; \
                  (TabExpansion2 'guard scope T' 13).CompletionMatches.CompletionText";
    let Some(answer) = in_shell(&repo, "pwsh", &["-NoProfile"], script) else { return };
    assert_eq!(answer.trim(), "T001");
}
