//! Long answers through a pager, where a person reads them.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

use crate::git::run;
use crate::platform;
use crate::report;

/// Shows the text page by page; `false`: it is still to be shown.
pub(super) fn show(text: &str) -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
    if dumb || text.is_empty() || !std::io::stdout().is_terminal() {
        return false;
    }
    chosen().is_some_and(|pager| through(&pager, text))
}

/// The pager's command line: `GUARD_PAGER`, else what git would use here, else `less`. `None`: none is wanted.
fn chosen() -> Option<String> {
    let own = |name: &str| std::env::var(name).ok();
    // Git knows GIT_PAGER, core.pager and PAGER, in this order, and whose settings it may trust.
    let of_git = || {
        let mut git = run::command(std::path::Path::new("."));
        match std::env::var_os("GIT_PAGER") {
            Some(pager) => git.env("GIT_PAGER", pager),
            None => git.env_remove("GIT_PAGER"),
        };
        let out = git.args(["var", "GIT_PAGER"]).output().ok()?;
        out.status.success().then(|| String::from_utf8(out.stdout).ok())?
    };
    let pager =
        own("GUARD_PAGER").or_else(of_git).or_else(|| own("PAGER")).unwrap_or_else(|| "less".to_owned());
    let pager = pager.trim();
    (!pager.is_empty() && pager != "cat").then(|| pager.to_owned())
}

/// Did the pager take it? A person who leaves it early has seen enough.
fn through(pager: &str, text: &str) -> bool {
    // What sh says when there is no such program, or when it cannot be run.
    const NOT_RUN: [i32; 2] = [126, 127];
    let mut command = Command::new(platform::shell());
    command.args(["-c", pager]).stdin(Stdio::piped());
    // As git has them: leave at once where it fits on a screen, show colours, do not clear.
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    // Ctrl-C is the pager's: guard waits for it to end.
    drop(platform::interrupts_are_the_childs());
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        drop(input.write_all(text.as_bytes()));
    }
    match child.wait() {
        Ok(status) if status.code().is_some_and(|code| NOT_RUN.contains(&code)) => {
            let shown = report::escape(pager);
            report::note(&format!("guard: the pager {shown} cannot be run; --no-pager does without\n"));
            false
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
