//! `guard demo`: a throw-away repository in which a newcomer watches one commit accepted and one refused.
//!
//! Real commands, real git, real output; nothing outside of a temporary folder is touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::error::{Error, Result};
use crate::git::run::cannot_start;
use crate::platform;
use crate::report;

const PLAN: &str = r#"version = 1
topic = "lexer"

[[task]]
id = "T001"
summary = "Read numbers"
scope = ["src/lexer.rs", "tests/lexer.rs"]

[[task]]
id = "T002"
summary = "Document the grammar"
scope = ["docs/**"]
depends_on = ["T001"]
"#;

/// Plays the demonstration.
///
/// # Errors
/// A step did not do what it should: then guard, or the git here, is broken.
pub fn run(keep: bool) -> Result<()> {
    let stage = Stage::new(keep)?;
    say("A repository with a plan: T001 may change src/lexer.rs and its tests, T002 docs/.\n");
    stage.prepare()?;

    say(
        "\nOnce per repository, guard places its hooks. Then a plan is started: the rollback\ncommit is the safe state to return to, and locks the plan.\n\n",
    );
    stage.play("guard install", true)?;
    stage.play("guard start plans/lexer.toml", true)?;

    say("\nA commit that carries its Task ID and stays in scope passes.\n\n");
    stage.write("src/lexer.rs", "pub fn number(text: &str) -> Option<u64> {\n    text.parse().ok()\n}\n")?;
    stage.write(
        "tests/lexer.rs",
        "#[test]\nfn numbers() {\n    assert_eq!(lexer::number(\"7\"), Some(7));\n}\n",
    )?;
    stage.play("git add src/lexer.rs tests/lexer.rs", true)?;
    stage.play("git commit -q -m 'T001: read numbers'", true)?;

    say("\nThe next one touches a file of another task, and is refused.\n\n");
    stage.write("docs/grammar.md", "number = digit { digit }\n")?;
    stage.write("src/lexer.rs", "pub fn number(text: &str) -> Option<i64> {\n    text.parse().ok()\n}\n")?;
    stage.play("git add docs/grammar.md src/lexer.rs", true)?;
    stage.play("git commit -q -m 'T002: document the grammar'", false)?;

    say("\nThe refusal says what to type. Do it, and commit again.\n\n");
    stage.play("git restore --staged src/lexer.rs", true)?;
    stage.play("git commit -q -m 'T002: document the grammar'", true)?;

    say(
        "\nThe execution log is written from what happened. A commit of nothing but records needs no task.\n\n",
    );
    stage.play("guard log", true)?;
    stage.play("git add .artifacts/execute", true)?;
    stage.play("git commit -q -m 'The log of the lexer'", true)?;

    say("\nCI judges the same commits by the same rules.\n\n");
    stage.play("guard check", true)?;
    stage.end();
    Ok(())
}

fn say(text: &str) {
    // A demonstration that nobody can see harms nobody.
    report::to_stdout(text).ok();
}

/// The folder that the demonstration plays in.
struct Stage {
    folder: PathBuf,
    guard: PathBuf,
    keep: bool,
}

impl Stage {
    fn new(keep: bool) -> Result<Self> {
        let guard =
            std::env::current_exe().map_err(|e| Error::io(format!("guard cannot find itself: {e}")))?;
        let temporary = std::env::temp_dir();
        for number in 0..1000 {
            let folder = temporary.join(format!("guard-demo-{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder, guard, keep }),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(Error::io(format!("cannot create {}: {e}", folder.display()))),
            }
        }
        Err(Error::io(format!("no free name for a demo folder in {}", temporary.display())))
    }

    fn prepare(&self) -> Result<()> {
        self.write("plans/lexer.toml", PLAN)?;
        self.write("src/lexer.rs", "// to do\n")?;
        self.write("README.md", "# A small lexer\n")?;
        for words in
            [&["init", "-q", "-b", "main"][..], &["add", "-A"], &["commit", "-q", "-m", "initial commit"]]
        {
            let out = self.command("git").args(words).output().map_err(|e| cannot_start(&e))?;
            if !out.status.success() {
                return Err(self.unexpected(&format!("git {}", words.join(" ")), &out));
            }
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = self.folder.join(path);
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|e| Error::io(format!("cannot write {}: {e}", file.display())))
    }

    /// A command free of whatever repository and settings the person has around.
    fn command(&self, program: &str) -> Command {
        let mut command = if program == "guard" { Command::new(&self.guard) } else { Command::new(program) };
        // What names the surrounding repository, and what names a CI event: this story has neither.
        const EVENTS: [&str; 4] = ["GITHUB_EVENT_NAME", "GITLAB_CI", "BITBUCKET_BUILD_NUMBER", "TF_BUILD"];
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") || text.starts_with("GUARD_") || EVENTS.contains(&text.as_ref()) {
                command.env_remove(&name);
            }
        }
        let own = self.guard.parent().map(Path::to_path_buf).unwrap_or_default();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path)));
        command
            .current_dir(&self.folder)
            .env("PATH", path.unwrap_or_default())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", platform::EMPTY_FILE)
            .env("GIT_AUTHOR_NAME", "Demo")
            .env("GIT_AUTHOR_EMAIL", "demo@example.com")
            .env("GIT_COMMITTER_NAME", "Demo")
            .env("GIT_COMMITTER_EMAIL", "demo@example.com");
        // What it says goes through a pipe: it must be told.
        if report::Style::stdout().colour {
            command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR");
        } else {
            command.env_remove("CLICOLOR_FORCE");
        }
        command
    }

    /// Shows a command, runs it, shows what it says, and makes sure that it did what the story tells.
    fn play(&self, line: &str, good: bool) -> Result<()> {
        say(&format!("$ {line}\n"));
        let words = words(line);
        let Some((program, args)) = words.split_first() else { return Ok(()) };
        let out = self.command(program).args(args).output().map_err(|e| cannot_start(&e))?;
        // guard has escaped and coloured its own output already.
        say(&String::from_utf8_lossy(&out.stdout));
        say(&String::from_utf8_lossy(&out.stderr));
        if out.status.success() == good { Ok(()) } else { Err(self.unexpected(line, &out)) }
    }

    fn unexpected(&self, line: &str, out: &Output) -> Error {
        let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
        let how = out.status.code().map_or_else(|| "was killed".to_owned(), |c| format!("ended with {c}"));
        Error::io(format!("the demonstration went wrong: `{line}` {how}")).help(said)
    }

    fn end(&self) {
        if self.keep {
            say(&format!("\nIt is yours to play with: cd {}\n", self.folder.display()));
        } else {
            say(
                "\nIn your own repository: guard install, then guard start <plan>.\n(guard demo --keep leaves this repository to play with.)\n",
            );
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.keep {
            // A folder left behind in the temporary directory harms nobody.
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// Splits a line of the story into words; single quotes keep one together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.iter_mut().last().into_iter().for_each(|w| w.push(c)),
        }
    }
    words
}
