//! What a `git` command does to the hooks.

use super::of_script;

/// Options before the command that take a word of their own.
const GLOBAL: [&str; 6] =
    ["-C", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source"];
/// Options of `git commit` that take a word of their own.
const VALUED: [&str; 13] = [
    "--message",
    "--file",
    "--author",
    "--date",
    "--template",
    "--reuse-message",
    "--reedit-message",
    "--fixup",
    "--squash",
    "--cleanup",
    "--trailer",
    "--pathspec-from-file",
    "--gpg-sign-key",
];
/// Commands that search for text, so that any word may be what they search for.
const SEARCHES: [&str; 6] = ["log", "grep", "show", "diff", "help", "shortlog"];

/// Why a `git` with these arguments is refused.
pub(super) fn offence(words: &[String], depth: usize) -> Option<String> {
    let mut at = 0;
    let word = |at: usize| words.get(at).map(String::as_str);
    let command = loop {
        match word(at)? {
            "-c" | "--config-env" => {
                if let Some(found) = word(at + 1).and_then(|setting| of_setting(setting, depth)) {
                    return Some(found);
                }
                at += 2;
            }
            option if GLOBAL.contains(&option) => at += 2,
            option if option.starts_with('-') => {
                let setting = option.strip_prefix("--config-env=");
                if let Some(found) = setting.and_then(|setting| of_setting(setting, depth)) {
                    return Some(found);
                }
                at += 1;
            }
            command => break command,
        }
    };
    let rest = words.get(at + 1..).unwrap_or_default();
    match command {
        "commit" => of_commit(rest),
        "am" => rest
            .iter()
            .any(|word| has_letter(word, 'n', "CpS"))
            .then(|| no_verify("am"))
            .or_else(|| long(command, rest)),
        "config" => of_config(rest, depth),
        "submodule" if rest.iter().any(|word| word == "foreach") => {
            let inner = rest.iter().skip_while(|word| *word != "foreach").skip(1);
            of_script(&inner.map(String::as_str).collect::<Vec<_>>().join(" "), depth + 1)
        }
        "bisect" if rest.first().is_some_and(|word| word == "run") => {
            of_script(&rest.get(1..).unwrap_or_default().join(" "), depth + 1)
        }
        "rebase" => long(command, rest).or_else(|| {
            let attached = rest.iter().filter_map(|word| word.strip_prefix("--exec="));
            let apart = rest.windows(2).filter_map(|pair| match pair {
                [option, script] if option == "-x" || option == "--exec" => Some(script.as_str()),
                _ => None,
            });
            attached.chain(apart).find_map(|script| of_script(script, depth + 1))
        }),
        search if SEARCHES.contains(&search) => None,
        other => long(other, rest),
    }
}

fn no_verify(command: &str) -> String {
    format!("git {command} --no-verify (-n) skips the hooks that judge the commit")
}

/// git takes a long option for any beginning of it that fits no other.
fn is_no_verify(word: &str) -> bool {
    word.starts_with("--no-veri") && "--no-verify".starts_with(word)
}

fn long(command: &str, words: &[String]) -> Option<String> {
    let found = words.iter().take_while(|word| *word != "--").any(|word| is_no_verify(word));
    found.then(|| no_verify(command))
}

/// Is the letter among the short options of this word, before one of `valued`, which take the rest of it?
fn has_letter(word: &str, letter: char, valued: &str) -> bool {
    let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else { return false };
    letters.chars().take_while(|c| !valued.contains(*c)).any(|c| c == letter)
}

fn of_commit(words: &[String]) -> Option<String> {
    const WITH_WORD: &str = "mFCct";
    const WITH_REST: &str = "Su";
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let valued = [WITH_WORD, WITH_REST].concat();
        if is_no_verify(word) || has_letter(word, 'n', &valued) {
            return Some(no_verify("commit"));
        }
        let short = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
        let takes = short.chars().position(|c| valued.contains(c));
        // `-m` at the end of a word takes the next one.
        let next = takes.is_some_and(|at| {
            short.chars().nth(at).is_some_and(|c| WITH_WORD.contains(c)) && short.chars().count() == at + 1
        });
        if word == "--" {
            return None;
        }
        if next || VALUED.contains(&word.as_str()) {
            words.next();
        }
    }
    None
}

/// `key=value`, as behind `git -c`.
fn of_setting(setting: &str, depth: usize) -> Option<String> {
    let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
    let key = key.to_ascii_lowercase();
    if key == "core.hookspath" {
        return Some("core.hooksPath takes the hooks away that judge the commit".to_owned());
    }
    if !key.starts_with("alias.") {
        return None;
    }
    match value.strip_prefix('!') {
        Some(script) => of_script(script, depth + 1),
        None => of_script(&format!("git {value}"), depth + 1),
    }
}

fn of_config(words: &[String], depth: usize) -> Option<String> {
    const READS: [&str; 8] =
        ["--get", "--get-all", "--get-regexp", "--get-urlmatch", "get", "--list", "-l", "list"];
    if words.iter().any(|word| READS.contains(&word.as_str())) {
        return None;
    }
    let section = |word: &String| word.eq_ignore_ascii_case("core");
    let removes = words.iter().any(|w| {
        matches!(w.as_str(), "--remove-section" | "remove-section" | "--rename-section" | "rename-section")
    });
    if removes && words.iter().any(section) {
        return Some("core.hooksPath goes with its section, and the hooks with it".to_owned());
    }
    let at = words.iter().position(|word| {
        let key = word.to_ascii_lowercase();
        key == "core.hookspath" || key.starts_with("alias.")
    })?;
    let value = words.get(at + 1);
    // Only the key: git prints its value, unless it is told to take it away.
    if value.is_none()
        && !words.iter().any(|w| matches!(w.as_str(), "--unset" | "--unset-all" | "unset" | "--replace-all"))
    {
        return None;
    }
    let setting = format!("{}={}", words.get(at)?, value.map(String::as_str).unwrap_or_default());
    of_setting(&setting, depth)
}
