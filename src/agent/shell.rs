//! Command lines that plainly go round the hooks.
//!
//! This is a reading, no boundary: a script, an alias or a variable can hide anything, and the commit doors and `guard check`
//! are there for that. What is refused here is what an agent types when a hook has said no.

mod git;
mod words;

use crate::error::Error;
use words::Simple;

/// How many scripts may stand in scripts.
const DEEPEST: usize = 8;
const SHELLS: [&str; 7] = ["sh", "bash", "zsh", "dash", "ksh", "ash", "fish"];
/// Programs that start the program among their arguments.
const STARTERS: [&str; 21] = [
    "env", "sudo", "doas", "nohup", "nice", "time", "command", "exec", "builtin", "stdbuf", "timeout",
    "xargs", "setsid", "ionice", "busybox", "find", "parallel", "watch", "flock", "chronic", "unbuffer",
];
/// Words in front of a command.
const KEYWORDS: [&str; 11] = ["{", "}", "!", "then", "do", "else", "elif", "if", "while", "until", "time"];
/// Programs that change none of the files that they name.
const READERS: [&str; 29] = [
    "ls",
    "cat",
    "head",
    "tail",
    "less",
    "more",
    "grep",
    "rg",
    "egrep",
    "fgrep",
    "ag",
    "stat",
    "file",
    "wc",
    "diff",
    "cmp",
    "test",
    "[",
    "[[",
    "echo",
    "printf",
    "cd",
    "tree",
    "bat",
    "od",
    "xxd",
    "readlink",
    "realpath",
    "sha256sum",
];
const WITHOUT: &str = "leave that out; the commit is judged by its hooks";

/// Why this command line is refused; `None`: it does not plainly go round anything.
pub(super) fn offence(script: &str) -> Option<Error> {
    let why = of_script(script, 0)?;
    Some(
        Error::usage(why)
            .help(WITHOUT)
            .help("guard status                  what a commit would meet, and what is next"),
    )
}

fn of_script(text: &str, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return Some("a script in a script in a script: guard reads no further".to_owned());
    }
    let script = words::read(text);
    let mut before: Option<&Simple> = None;
    for command in &script.commands {
        let found = of_command(command, depth).or_else(|| printed_to_a_shell(before, command, depth));
        if found.is_some() {
            return found;
        }
        before = Some(command);
    }
    if script.unreadable { of_text(text) } else { None }
}

/// A text that is no script is searched for the words themselves.
fn of_text(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let goes_round = ["--no-verify", "core.hookspath", "guard_skip="].iter().any(|word| text.contains(word));
    goes_round
        .then(|| "a command line that cannot be read, with a word in it that turns hooks off".to_owned())
}

fn of_command(command: &Simple, depth: usize) -> Option<String> {
    let written = command.writes.iter().find(|file| is_of_hooks(file) || is_config(file));
    if let Some(file) = written {
        return Some(format!("this writes to {file}, which decides what git runs"));
    }
    of_words(&command.words, depth).or_else(|| {
        let shell = program_of(&command.words).is_some_and(|name| SHELLS.contains(&name));
        let mut scripts = command.reads.iter().filter(|_| shell);
        scripts.find_map(|script| of_script(script, depth + 1))
    })
}

/// `echo '…' | sh`
fn printed_to_a_shell(before: Option<&Simple>, command: &Simple, depth: usize) -> Option<String> {
    let shell = program_of(&command.words).is_some_and(|name| SHELLS.contains(&name));
    let before = before.filter(|_| shell && command.piped)?;
    match program_of(&before.words)? {
        "echo" | "printf" => {
            let text = before.words.get(1..).unwrap_or_default().join(" ").replace("\\n", "\n");
            of_script(&text, depth + 1)
        }
        "cat" => before.reads.iter().find_map(|script| of_script(script, depth + 1)),
        _ => None,
    }
}

fn program_of(words: &[String]) -> Option<&str> {
    let is_first = |word: &&String| !KEYWORDS.contains(&word.as_str()) && assignment(word).is_none();
    words.iter().find(is_first).map(|word| base(word))
}

fn base(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// `NAME=value`
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let good = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    good.then_some((name, value))
}

fn of_assignment(word: &str) -> Option<String> {
    let (name, value) = assignment(word)?;
    match name {
        "GUARD_SKIP" | "GUARD_BIN" | "GUARD_CONFIG" if !value.is_empty() => {
            Some(format!("{name} keeps guard from judging as it should"))
        }
        _ if name.starts_with("GIT_CONFIG") && value.to_ascii_lowercase().contains("core.hookspath") => {
            Some("core.hooksPath takes the hooks away that judge the commit".to_owned())
        }
        _ => None,
    }
}

fn of_words(words: &[String], depth: usize) -> Option<String> {
    let mut words = words;
    while let Some((first, rest)) = words.split_first() {
        if let Some(found) = of_assignment(first) {
            return Some(found);
        }
        if !KEYWORDS.contains(&first.as_str()) && assignment(first).is_none() {
            break;
        }
        words = rest;
    }
    let (first, rest) = words.split_first()?;
    let name = base(first).to_ascii_lowercase();
    let found = match name.as_str() {
        "export" | "declare" | "typeset" | "readonly" | "local" | "set" | "setenv" => {
            rest.iter().find_map(|word| of_assignment(word))
        }
        "git" => git::offence(rest, depth),
        // A program that is only known when it runs may be git.
        _ if first.starts_with('$') => git::offence(rest, depth),
        "guard" => uninstall(rest),
        "eval" | "trap" => of_script(&rest.join(" "), depth + 1),
        "alias" => rest.iter().filter_map(|w| w.split_once('=')).find_map(|(_, v)| of_script(v, depth + 1)),
        "cmd" | "powershell" | "pwsh" => {
            rest.get(1..).and_then(|words| of_script(&words.join(" "), depth + 1))
        }
        shell if SHELLS.contains(&shell) => of_shell(rest, depth),
        starter if STARTERS.contains(&starter) => of_starter(rest, depth),
        _ => None,
    };
    if found.is_some() || matches!(name.as_str(), "git" | "guard") || READERS.contains(&name.as_str()) {
        return found;
    }
    let deletes = |word: &String| matches!(word.as_str(), "-delete" | "-exec" | "-execdir" | "-ok");
    if name == "find" && !rest.iter().any(deletes) {
        return None;
    }
    let takes_away =
        ["rm", "mv", "chmod", "chown", "rmdir", "shred"].contains(&name.as_str()) || name == "find";
    let file = rest.iter().find(|word| is_of_hooks(word) || (takes_away && is_git_dir(word)))?;
    Some(format!("this may change {file}, where the hooks are that judge the commit"))
}

fn uninstall(words: &[String]) -> Option<String> {
    let dry = words.iter().any(|word| word == "--dry-run");
    let uninstall = words.first().is_some_and(|word| word == "uninstall");
    (uninstall && !dry).then(|| "guard uninstall takes the hooks away that judge the commit".to_owned())
}

/// `sh -c '…'`
fn of_shell(words: &[String], depth: usize) -> Option<String> {
    let with_script = |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains('c');
    let at = words.iter().position(with_script)?;
    let mut rest = words.get(at + 1..).unwrap_or_default().iter().skip_while(|word| word.starts_with('-'));
    of_script(rest.next()?, depth + 1)
}

/// The first argument that is a program worth looking at, with its arguments.
fn of_starter(words: &[String], depth: usize) -> Option<String> {
    let worth = |word: &str| {
        let name = base(word);
        matches!(name, "git" | "guard" | "eval" | "rm" | "mv" | "cp" | "chmod" | "ln" | "tee" | "sed")
            || SHELLS.contains(&name)
            || STARTERS.contains(&name)
    };
    let assigned = words.iter().take_while(|word| !worth(word)).find_map(|word| of_assignment(word));
    // `env -S 'git commit -n'`
    let split = words.iter().take_while(|word| !worth(word)).filter(|word| word.contains(' '));
    let split =
        |depth: usize| split.clone().find_map(|text| of_script(text.trim_start_matches("-S"), depth + 1));
    assigned.or_else(|| split(depth)).or_else(|| {
        let at = words.iter().position(|word| worth(word))?;
        if depth >= DEEPEST {
            return Some("a command in a command in a command: guard reads no further".to_owned());
        }
        of_words(words.get(at..)?, depth + 1)
    })
}

fn is_of_hooks(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace('\\', "/");
    word.contains(".git/hooks") || word.contains(".git/guard")
}

fn is_git_dir(word: &str) -> bool {
    word.trim_end_matches('/').rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(".git"))
}

fn is_config(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace('\\', "/");
    [".git/config", ".git/head", ".git/packed-refs", ".git/refs/"].iter().any(|part| word.contains(part))
}

#[cfg(test)]
mod tests;
