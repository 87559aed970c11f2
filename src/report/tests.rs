#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
use super::{escape, fit};

#[test]
fn a_long_line_is_cut_where_the_terminal_ends() {
    assert_eq!(fit("abcdef", 6), "abcdef");
    assert_eq!(fit("abcdefg", 6), "abcde…");
    assert_eq!(fit("日本語テスト", 6), "日本…");
}

#[test]
fn what_could_act_on_a_terminal_is_shown_instead() {
    assert_eq!(escape("a\x1b[31mb\r\n"), "a\\x1b[31mb\\x0d\\x0a");
    assert_eq!(escape("x\u{202e}y\u{9b}z"), "x\\u{202e}y\\u{9b}z");
    assert_eq!(escape("é 日本 ok"), "é 日本 ok");
}
