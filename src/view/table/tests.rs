use unicode_width::UnicodeWidthStr;

use super::super::standing::of;
use super::*;
use crate::plan::read;

const PLAN: &str = r#"
version = 1

[[task]]
id = "T001"
summary = "Write 日本 and a summary that goes on for longer than one line of any table"
scope = ["src/**", "a/very/long/path/that/goes/on/and/on/until/it/must/be/broken/somewhere/in/the/middle.rs"]
parallel_safe = true
milestone = "M1"

[[task]]
id = "T002"
summary = "Look"
scope = []
depends_on = ["T001"]

[[task]]
id = "T003"
summary = "Undecided"
depends_on = ["T001", "T002"]

[[task]]
id = "T004"
summary = "Wait"
scope = ["docs/"]
depends_on = ["T001"]
"#;

fn written(text: &str, style: Style) -> String {
    let plan = read("p.toml", text.as_bytes()).unwrap();
    let mut out = String::new();
    write(&mut out, &plan, &of(&plan, b"", None).all, style);
    out
}

fn plain(width: usize) -> Style {
    Style { colour: false, width }
}

#[test]
fn a_wide_terminal_gets_a_table() {
    let wanted = "\
ID    STATE             SCOPE                           AFTER       MILESTONE  TASK
T001  [>] ready         src/**                                      M1         Write 日本 and a summary that
                        a/very/long/path/that/goes/on/                         goes on for longer than one
                        and/on/until/it/must/be/                               line of any table
                        broken/somewhere/in/the/                               (parallel safe)
                        middle.rs
T002  [x] no commit     no files                        T001                   Look
T003  [?] not declared  not declared                    T001, T002             Undecided
T004  [ ] waiting       docs/                           T001                   Wait
";
    assert_eq!(written(PLAN, plain(110)), wanted);
    // Columns that no task fills are left out.
    let small = "version = 1\n[[task]]\nid = 'A'\nsummary = 'x'\nscope = []\n";
    assert_eq!(
        written(small, plain(110)),
        "ID  STATE          SCOPE     TASK\nA   [x] no commit  no files  x\n"
    );
}

#[test]
fn a_narrow_terminal_gets_blocks() {
    let text = written(PLAN, plain(50));
    let start = "\
[>] T001 ready: Write 日本 and a summary that goes
    on for longer than one line of any table
    scope      src/**
               a/very/long/path/that/goes/on/and/
               on/until/it/must/be/broken/
               somewhere/in/the/middle.rs
    milestone  M1
    parallel   safe

[x] T002 no commit: Look
";
    assert!(text.starts_with(start), "{text}");
    assert!(text.contains("    after      T001 and T002\n"));
}

#[test]
fn a_column_takes_what_the_other_does_not_need() {
    let long = "src/a/long/path/to/one/file.rs";
    let plan = format!("version = 1\n[[task]]\nid = 'A'\nsummary = 'Short'\nscope = ['{long}']\n");
    let text = written(&plan, plain(64));
    assert_eq!(
        text,
        format!("ID  STATE      SCOPE                           TASK\nA   [>] ready  {long}  Short\n")
    );
}

#[test]
fn wide_characters_do_not_move_the_columns() {
    let text = written(&PLAN.replace("src/**", "日本/**").replace("\"M1\"", "\"道\""), plain(120));
    let after = |line: &str, word: &str| line.split(word).next().unwrap().width();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(after(lines[0], "MILESTONE"), after(lines[1], "道"), "{text}");
    assert_eq!(after(lines[0], "TASK"), after(lines[1], "Write"), "{text}");
}

#[test]
fn nothing_is_cut_and_nothing_is_wider_than_the_terminal() {
    for width in [40, 50, 70, 79, 80, 90, 110, 120, 200, 1000] {
        let text = written(PLAN, plain(width));
        assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{width}\n{text}");
        let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for part in ["T001", "T004", "日本", "Undecided", "docs/", "notdeclared", "nofiles"] {
            assert!(squeezed.contains(part), "{part} is missing at {width}\n{text}");
        }
    }
    let evil = PLAN.replace("docs/", &"x".repeat(3000)).replace("T004", &"I".repeat(3000));
    assert!(written(&evil, plain(80)).lines().all(|line| line.width() <= 80));
}

#[test]
fn colour_says_nothing_that_the_words_do_not_say() {
    let codes = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    for width in [50, 110] {
        let colour = written(PLAN, Style { colour: true, width });
        assert!(codes.is_match(&colour));
        assert_eq!(codes.replace_all(&colour, ""), written(PLAN, plain(width)));
    }
}
