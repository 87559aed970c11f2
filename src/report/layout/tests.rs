use super::*;

fn plain(width: usize) -> Style {
    Style { colour: false, width }
}

fn codes() -> regex::Regex {
    regex::Regex::new("\x1b\\[[0-9;]*m").unwrap()
}

#[test]
fn text_is_broken_at_blanks_and_separators_where_it_can_be() {
    for (text, width, wanted) in [
        ("", 5, &[""][..]),
        ("ab cd ef", 5, &["ab cd", "ef"]),
        ("abcdefgh", 3, &["abc", "def", "gh"]),
        ("a bcdefgh", 3, &["a", "bcd", "efg", "h"]),
        ("src/report/a.rs", 11, &["src/report/", "a.rs"]),
        ("src/report/a.rs", 10, &["src/", "report/", "a.rs"]),
        ("in src/report", 10, &["in", "src/report"]),
        ("a/bcdefgh/i", 4, &["a/", "bcde", "fgh/", "i"]),
        ("a/long_name-of.rs", 8, &["a/long_", "name-of.", "rs"]),
        ("日本語", 4, &["日本", "語"]),
        ("日本", 1, &["日", "本"]),
        // A name may hold two blanks.
        ("  a  b ", 9, &["a  b"]),
        ("a  b", 3, &["a", "b"]),
    ] {
        assert_eq!(wrap(text, width), wanted, "{text:?}");
    }
}

#[test]
fn a_first_line_may_be_shorter_and_further_ones_hang() {
    let mut text = String::new();
    plain(12).flow(
        &mut text,
        (Paint::Good, "[ ] "),
        4,
        &[(Paint::Good, "T1 done: "), (Paint::Plain, "a b cdefghij")],
    );
    assert_eq!(text, "[ ] T1 done:\n    a b\n    cdefghij\n");
    text.clear();
    plain(12).flow(
        &mut text,
        (Paint::Plain, "  "),
        4,
        &[(Paint::Plain, "src/lib.rs"), (Paint::Bad, "  (nobody)")],
    );
    assert_eq!(text, "  src/lib.rs\n    (nobody)\n");
    text.clear();
    plain(12).flow(&mut text, (Paint::Quiet, "next  "), 6, &[(Paint::Plain, "")]);
    assert_eq!(text, "next\n");
    text.clear();
    plain(16).field(&mut text, "  next", 8, &[(Paint::Plain, "guard check")]);
    assert_eq!(text, "  next  guard\n        check\n");
    text.clear();
    plain(16).field(&mut text, "next", 8, &[]);
    assert_eq!(text, "next\n");
}

#[test]
fn colour_is_round_words_and_changes_none() {
    let style = Style { colour: true, width: 14 };
    let write = |style: Style| {
        let mut text = String::new();
        style.flow(
            &mut text,
            (Paint::Good, "[x] "),
            4,
            &[(Paint::Good, "T1 done it: "), (Paint::Plain, "日本 and"), (Paint::Bad, "  (b  c) d")],
        );
        style.field(&mut text, "  of", 6, &[(Paint::Command, "guard check")]);
        style.row(&mut text, &[Cell::new(Paint::Good, "a b"), Cell::new(Paint::Plain, "c")], &[2, 3]);
        text
    };
    let colour = write(style);
    assert_eq!(codes().replace_all(&colour, ""), write(Style { colour: false, ..style }));
    assert!(colour.starts_with("\x1b[32m[x] T1 done\x1b[0m\n    \x1b[32mit:"), "{colour:?}");
    assert!(colour.contains("and  \x1b[31;1m(b\x1b[0m\n    \x1b[31;1mc) d\x1b[0m\n"), "{colour:?}");
    // No code without a word in it, and no blank at the end of a line.
    assert!(!regex::Regex::new("\x1b\\[[1-9][0-9;]*m *\x1b").unwrap().is_match(&colour), "{colour:?}");
    assert!(codes().replace_all(&colour, "").lines().all(|line| line == line.trim_end()), "{colour}");
}

#[test]
fn wide_characters_do_not_move_what_follows() {
    let mut text = String::new();
    for word in ["日本", "abcd", "e\u{301}"] {
        plain(20).row(&mut text, &[Cell::new(Paint::Plain, word), Cell::new(Paint::Plain, "|")], &[4, 1]);
    }
    let ends: Vec<usize> = text.lines().map(|line| line.split('|').next().unwrap().width()).collect();
    assert_eq!(ends, [6, 6, 6], "{text}");
}
