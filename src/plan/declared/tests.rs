use super::*;
use crate::model::Level;

fn entries(texts: &[&str]) -> Vec<Word> {
    texts
        .iter()
        .enumerate()
        .map(|(n, text)| Word { line: n + 1, text: (*text).to_owned(), folded: false })
        .collect()
}

fn read_all(texts: &[&str], forbidden: bool) -> (Option<Vec<String>>, Vec<Problem>) {
    let mut problems = Vec::new();
    let found = read(&TaskId::new("T1").unwrap(), &entries(texts), forbidden, &mut problems);
    (found.map(|patterns| patterns.iter().map(ToString::to_string).collect()), problems)
}

#[test]
fn one_entry_that_is_no_path_leaves_no_scope() {
    #[rustfmt::skip]
    let cases: &[(&str, &str)] = &[
        ("TBD", "too vague"), ("all", "too vague"), ("any new tests", "too vague"), ("", "empty"), ("(new)", "empty"),
        ("/etc/passwd", "absolute"), ("../x", ".."), ("$HOME/x", "$"), ("src/a.rs, src/b.rs", "more than a path"),
        ("src/a.rs — the parser", "more than a path"), ("src/a.rs - the parser", "more than a path"),
        ("src/a.rs: the parser", "more than a path"), ("C:\\x", ""),
        ("[src/a.rs](src/a.rs)", "is a link"),
    ];
    for (text, said) in cases {
        let (found, problems) = read_all(&["src/ok.rs", text], false);
        assert_eq!(found, None, "{text}");
        let problem = &problems[0];
        assert!(problem.level == Level::Deny && problem.line == 2, "{text}: {problem:?}");
        assert!(problem.message.contains(said) && problem.scope_of.is_some(), "{text}: {problem:?}");
        assert!(!problem.help.is_empty(), "{text}");
        assert_eq!(read_all(&["src/ok.rs", text], true).0, None, "forbidden {text}");
    }
    assert_eq!(read_all(&["!src/a.rs"], true).0, None, "an exclusion of what is forbidden would allow it");
}

#[test]
fn what_is_said_to_stay_as_it_is_leaves_no_scope() {
    for text in ["src/a.rs (read-only)", "src/a.rs (do not modify)", "`src/a.rs` (for reference)"] {
        let (found, problems) = read_all(&["src/ok.rs", text], false);
        assert!(
            found.is_none() && problems[0].level == Level::Deny && problems[0].line == 2,
            "{text}: {problems:?}"
        );
        assert!(read_all(&[text], true).0.is_some(), "what may not change is read-only: {text}");
    }
}

#[test]
fn a_note_in_parentheses_is_no_part_of_the_path() {
    for text in
        ["src/a.rs", "src/a.rs (new)", "src/a.rs (新增)", "src/a.rs（新增）", " `src/a.rs` (new, small) "]
    {
        assert_eq!(read_all(&[text], false).0.unwrap(), ["src/a.rs"], "{text}");
    }
    for path in
        ["app/(shop)/page.tsx", "app/[id]/route.ts", "src/a b.rs", "a (b)/c.rs", "src/**", "!src/data/"]
    {
        assert_eq!(read_all(&[path], false).0.unwrap(), [path]);
    }
    assert_eq!(read_all(&["none"], false), (Some(Vec::new()), Vec::new()));
    assert_eq!(read_all(&[], false).0, Some(Vec::new()));
}

#[test]
fn what_may_be_a_directory_is_forbidden_with_all_below_and_allowed_without() {
    assert_eq!(
        read_all(&["src", ".github", "a/*.rs", "b/"], true).0.unwrap(),
        ["!src", "!src/", "!.github", "!.github/", "!a/*.rs", "!b/"]
    );
    let (found, problems) = read_all(&["src", "src/lib", "Makefile", "src/a.rs"], false);
    assert_eq!(found.unwrap(), ["src", "src/lib", "Makefile", "src/a.rs"]);
    let said: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(said, ["T1: `src` is read as one file", "T1: `src/lib` is read as one file"]);
    assert_eq!(problems[0].help, ["if it is a directory, write `src/`"]);
}
