//! The file that git runs: filled in from the template `hooks/shim`, and known again when it is met.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The template, as it stands in the source tree.
const TEMPLATE: &str = include_str!("../../hooks/shim");
const SHEBANG: &[u8] = b"#!/bin/sh\n";
/// Line 2 of every shim of every version starts like this.
const MARK: &[u8] = b"# guard shim v";
/// The template's version; `guard hook --shim` carries it.
const VERSION: &str = "1";
/// Shells that can source a script without giving it another `$0`.
const SHELLS: [&str; 3] = ["sh", "bash", "dash"];

/// What a file's bytes say about who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// Guard, and nobody has touched it since.
    Guard,
    /// Guard, but somebody has changed it.
    Edited,
    /// Somebody else.
    Other,
}

/// The shim for `hook`. `bin` is the program it starts; `via` is the interpreter that sources the chained hook,
/// empty when that is executed as it is.
pub(super) fn render(hook: &str, bin: &Path, via: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(TEMPLATE.len() + 256);
    for line in TEMPLATE.split_inclusive('\n').skip(2) {
        match line {
            "hook=${0##*/}\n" => body.extend(format!("hook={hook}\n").bytes()),
            "bin=''\n" => assign(&mut body, "bin", bin.as_os_str().as_bytes()),
            "via=''\n" => assign(&mut body, "via", via.as_bytes()),
            _ => body.extend(line.bytes()),
        }
    }
    let release = env!("CARGO_PKG_VERSION");
    let head = format!("# guard shim v{VERSION}, written by guard {release}, sum {:016x}\n", sum(&body));
    [SHEBANG, head.as_bytes(), &body].concat()
}

/// Who wrote `file`?
pub(super) fn author(file: &[u8]) -> Author {
    let Some(rest) = file.strip_prefix(SHEBANG).filter(|rest| rest.starts_with(MARK)) else {
        return Author::Other;
    };
    let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
    let (head, body) = rest.split_at(end);
    if head.ends_with(format!(", sum {:016x}\n", sum(body)).as_bytes()) {
        Author::Guard
    } else {
        Author::Edited
    }
}

/// The interpreter that can source the hook `script` in place of executing it; empty: execute it.
///
/// A sourced script sees the `$0` that git gave, so that `$(dirname "$0")/h` still finds its neighbour. A script
/// that looks at `BASH_SOURCE` may ask whether it is being sourced, and must not be.
pub(super) fn sourced_via(script: &[u8]) -> String {
    let first = script.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(first).ok().and_then(|text| text.strip_prefix("#!")).unwrap_or_default();
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let flags = |text: &str| {
        text.strip_prefix('-').is_some_and(|f| {
            !f.is_empty() && f.bytes().all(|b| b.is_ascii_lowercase()) && !f.contains(['c', 's'])
        })
    };
    let known = match words.as_slice() {
        [env, name] if env.ends_with("/env") => plain(env) && SHELLS.contains(name),
        [shell] => is_shell(shell),
        [shell, options] => is_shell(shell) && flags(options),
        _ => false,
    };
    if known && asks_for(script, b"$0", b"${0") && !asks_for(script, b"BASH_SOURCE", b"return 0 2>") {
        words.join(" ")
    } else {
        String::new()
    }
}

fn is_shell(program: &str) -> bool {
    program.rsplit_once('/').is_some_and(|(folder, name)| plain(folder) && SHELLS.contains(&name))
}

/// Does a hook that is executed from another folder look for its neighbours?
pub(super) fn looks_around(script: &[u8]) -> bool {
    script.starts_with(b"#!")
        && (asks_for(script, b"$0", b"${0")
            || asks_for(script, b"BASH_SOURCE", b"__file__")
            || asks_for(script, b"__dir", b"argv[0]"))
}

fn asks_for(script: &[u8], one: &[u8], other: &[u8]) -> bool {
    let has = |word: &[u8]| script.windows(word.len()).any(|window| window == word);
    has(one) || has(other)
}

/// No byte that a shell would expand when the word stands unquoted.
fn plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+".contains(&b))
}

fn assign(body: &mut Vec<u8>, name: &str, value: &[u8]) {
    body.extend(name.bytes());
    body.push(b'=');
    body.extend(quote(value));
    body.push(b'\n');
}

/// One word for a POSIX shell.
pub(super) fn quote(text: &[u8]) -> Vec<u8> {
    let mut word = vec![b'\''];
    for byte in text {
        match byte {
            b'\'' => word.extend(b"'\\''"),
            other => word.push(*other),
        }
    }
    word.push(b'\'');
    word
}

/// 64-bit FNV-1a: enough to notice an edit; nobody gains by forging it.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_shim_is_not_taken_for_an_intact_one() {
        let shim = render("pre-commit", Path::new("/opt/guard"), "");
        let mut longer = shim.clone();
        longer.extend(b"npm test\n");
        assert_eq!(author(&longer), Author::Edited);
        let text = String::from_utf8(shim.clone()).unwrap();
        assert_eq!(author(text.replace("/opt/guard", "/opt/other").as_bytes()), Author::Edited);
        assert_eq!(
            author(TEMPLATE.as_bytes()),
            Author::Edited,
            "a copied template was not placed by install"
        );
        assert_eq!(author(&shim), Author::Guard);
    }

    #[test]
    fn the_mark_counts_on_line_two_only() {
        for text in
            ["", "#!/bin/sh\n", "# guard shim v1\n", "#!/bin/sh\n\n# guard shim v1\n", "#!/bin/sh\n# guard\n"]
        {
            assert_eq!(author(text.as_bytes()), Author::Other, "{text:?}");
        }
        assert_eq!(author(b"#!/bin/sh\n# guard shim v"), Author::Edited);
    }

    #[test]
    fn the_template_has_each_line_that_is_filled_in_once() {
        for line in ["\nhook=${0##*/}\n", "\nbin=''\n", "\nvia=''\n"] {
            assert_eq!(TEMPLATE.matches(line).count(), 1, "{line:?}");
        }
        let shim = String::from_utf8(render("commit-msg", Path::new("/a'b"), "/bin/sh -e")).unwrap();
        assert!(shim.contains("\nhook=commit-msg\nbin='/a'\\''b'\nvia='/bin/sh -e'\n"), "{shim}");
        assert!(TEMPLATE.contains(&format!("# guard shim v{VERSION}\n")));
        assert_eq!(
            TEMPLATE.matches(&format!("hook --shim {VERSION} ")).count(),
            TEMPLATE.matches("hook --shim").count()
        );
    }

    #[test]
    fn only_plain_shell_scripts_are_sourced() {
        let via = |first: &str, rest: &str| sourced_via(format!("{first}\n{rest}\n").as_bytes());
        let near = ". \"$(dirname \"$0\")/h\"";
        for first in [
            "#!/usr/bin/python3",
            "#!/bin/zsh",
            "#!/usr/bin/env -S bash -e",
            "#!/bin/sh\r",
            "#!/bin/sh -c",
            "#!sh",
            "",
            "#!/bin/$(x)/sh",
            "#!/b*/sh",
            "\u{7f}ELF",
        ] {
            assert_eq!(via(first, near), "", "{first}");
        }
        assert_eq!(via("#!/bin/bash", "[ \"${BASH_SOURCE[0]}\" = \"$0\" ] && main"), "");
        assert_eq!(via("#!/bin/sh", "make test"), "", "no need");
        assert_eq!(sourced_via(b"#!/bin/\xff/sh\n$0"), "");
        assert_eq!(via("#!/usr/bin/env sh", near), "/usr/bin/env sh");
        assert_eq!(via("#! /bin/bash  -eu", near), "/bin/bash -eu");
    }
}
