use proptest::prelude::*;

use super::read::LONGEST;
use super::*;

fn hits(pattern: &str, path: &str) -> bool {
    Pattern::parse(pattern).unwrap().matches(path.as_bytes())
}

#[test]
fn refuses_what_can_never_name_a_path() {
    let cases = [
        ("", "empty"),
        ("!", "empty"),
        ("/etc/passwd", "absolute"),
        ("C:/x", "absolute"),
        ("C:\\x", "backslash"),
        ("src\\a.rs", "backslash"),
        ("../x", "`..`"),
        ("a/../b", "`..`"),
        ("a/..", "`..`"),
        ("a/../", "`..`"),
        ("{.,a}./x", "`..`"),
        ("{/a,b}", "absolute"),
        ("~/x", "home"),
        ("$HOME/x", "variable"),
        ("a/${x}/b", "variable"),
        ("$(pwd)/a", "variable"),
        ("a\0b", "NUL"),
        ("a//b", "empty component"),
        ("https://x.org/a", "empty component"),
        ("./", "repository itself"),
        (".", "repository itself"),
        ("{,a}", "repository itself"),
        ("a/./b", "`.` component"),
        (" a", "space"),
        ("a ", "space"),
        ("//", "absolute"),
        ("!/x", "absolute"),
        ("!../x", "`..`"),
    ];
    for (text, why) in cases {
        let error = Pattern::parse(text).expect_err(text);
        assert!(error.message.contains(why), "{text:?}: {}", error.message);
        assert!(!error.help.is_empty(), "{text:?}");
    }
    let eight = "{a,b}".repeat(8);
    assert!(Pattern::parse(&eight).is_ok());
    assert!(Pattern::parse(&format!("{eight}{{a,b}}")).is_err());
    assert!(Pattern::parse(&"a".repeat(LONGEST + 1)).is_err());
}

#[test]
fn keeps_to_what_is_written() {
    #[rustfmt::skip]
    let cases = [
        ("src/a.rs", "src/a.rs.bak"), ("src/a.rs", "src"), ("src/a.rs", "SRC/a.rs"), ("src/a.rs", "src/a.rs/b"),
        ("src/", "src"), ("src/", "srcx/a"), ("src/*", "src/a/b"), ("src/*.rs", "src/a/b.rs"), ("src/?", "src/ab"),
        ("a?b", "a/b"), ("src/**", "src"), ("src/**", "srcs/a"), ("**/x", "ax"), ("**/x", "x/y"),
        ("a/**/b", "a/xb"), ("a/**/b", "ab"), ("a/**/b", "a/b/c"), ("*", "a/b"), ("app/[id].ts", "app/i.ts"),
        ("{a,b}.rs", "c.rs"), ("{a}.rs", "a.rs"), ("src/*/", "src/a"), ("a**b", "a/c"), ("**", ""), ("a/**/", "a"),
        ("é?", "éé"),
    ];
    for (pattern, path) in cases {
        assert!(!hits(pattern, path), "{pattern} must not match {path}");
    }
}

#[test]
fn matches_what_is_written() {
    #[rustfmt::skip]
    let cases = [
        ("src/a.rs", "src/a.rs"), ("./src/a.rs", "src/a.rs"), ("src/", "src/a"), ("src/", "src/a/b"), ("src/*", "src/a"),
        ("src/*", "src/.a"), ("src/?", "src/a"), ("src/**", "src/a"), ("src/**", "src/a/b"), ("**/x", "x"),
        ("**/x", "a/b/x"), ("**/x/", "x/y"), ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"), ("a**b", "ab"),
        ("a**b", "a/x/b"), ("a/**b", "a/x/yb"), ("a**/b", "a/b"), ("**", "a/b"), ("**/*", "a"), ("***", "a/b"),
        ("app/[id]/route.ts", "app/[id]/route.ts"), ("app/(shop)/x", "app/(shop)/x"), ("{a,b}.rs", "b.rs"),
        ("{a,b/{c,d}}/e", "b/d/e"), ("x{,y}", "x"), ("{a}.rs", "{a}.rs"), ("a{b", "a{b"), ("{a,b", "{a,b"),
        ("a}b,c", "a}b,c"), ("{a{b,c}}", "{ab}"), ("src/*/", "src/a/b"), ("routes/$id.tsx", "routes/$id.tsx"),
        ("a/**/**/b", "a/b"), ("é??", "éé"), ("*.rs", ".rs"), ("a~", "a~"), ("a b", "a b"),
    ];
    for (pattern, path) in cases {
        assert!(hits(pattern, path), "{pattern} must match {path}");
    }
}

#[test]
fn paths_are_bytes() {
    let latin1 = b"caf\xe9.txt";
    assert!(!Pattern::parse("café.txt").unwrap().matches(latin1));
    assert!(Pattern::parse("caf?.txt").unwrap().matches(latin1));
}

#[test]
fn exclusion_wins_wherever_it_stands() {
    let scope = Patterns::parse_all(["!src/gen/", "src/", "docs/*.md"]).unwrap();
    assert!(!scope.matches(b"src/gen/a.rs"));
    assert!(!scope.matches(b"tests/a.rs"));
    assert!(scope.matches(b"src/a.rs"));
    assert!(scope.matches(b"docs/a.md"));
    assert!(!Patterns::default().matches(b"a"));
    assert!(!Patterns::parse_all(["!a"]).unwrap().matches(b"b"));
    assert_eq!(scope.to_string(), "!src/gen/, src/, docs/*.md");
}

#[test]
fn only_a_plain_pattern_names_a_path_literally() {
    let scope =
        Patterns::parse_all(["vendor/", "vendor/l*b", "!vendor/x", "{vendor/y,z}", "./vendor/lib"]).unwrap();
    for path in ["vendor/x", "vendor/y", "vendor/other", "vendor"] {
        assert!(!scope.literally(path.as_bytes()), "{path}");
    }
    assert!(scope.literally(b"vendor/lib"));
    assert!(!Pattern::parse("a/").unwrap().is_literal());
    assert!(Pattern::parse("a{b").unwrap().is_literal());
}

#[test]
fn hostile_patterns_take_no_time() {
    let path = format!("{}/b", "a".repeat(4000));
    let start = std::time::Instant::now();
    for pattern in [
        "*a".repeat(2000),
        "**a".repeat(1300),
        "**/".repeat(1300) + "x",
        "a*/".repeat(1000),
        "{".repeat(4000),
    ] {
        assert!(!hits(&pattern, &path));
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// The semantics, spelled out without any thought of speed.
fn slow(pattern: &[u8], path: &[u8], at_component: bool) -> bool {
    let tails = || (0..=path.len()).map(|n| path.split_at(n));
    match pattern {
        [] => path.is_empty(),
        [b'/'] => path.len() > 1 && path[0] == b'/',
        [b'*', b'*', b'*', ..] => slow(&pattern[1..], path, at_component),
        [b'*', b'*'] if at_component => !path.is_empty(),
        [b'*', b'*', b'/', rest @ ..] if at_component => {
            // A trailing slash asks for something below, even right behind `**`.
            let ends = |tail: &[u8]| if rest.is_empty() { !tail.is_empty() } else { slow(rest, tail, true) };
            ends(path) || tails().any(|(head, tail)| head.ends_with(b"/") && ends(tail))
        }
        [b'*', b'*', rest @ ..] => tails().any(|(_, tail)| slow(rest, tail, false)),
        [b'*', rest @ ..] => tails().any(|(head, tail)| !head.contains(&b'/') && slow(rest, tail, false)),
        [b'?', rest @ ..] => path.first().is_some_and(|b| *b != b'/') && slow(rest, &path[1..], false),
        [byte, rest @ ..] => path.first() == Some(byte) && slow(rest, &path[1..], *byte == b'/'),
    }
}

/// All readings of the braces, by plain recursion from the inside out.
fn readings(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut opens = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' => opens.push(at),
            b'}' => {
                if let Some(open) = opens.pop() {
                    let inner = &text[open + 1..at];
                    // Innermost: nothing nested is left. A pair without a comma is masked to stay literal.
                    let swap = |to: &str| format!("{}{to}{}", &text[..open], &text[at + 1..]);
                    if inner.contains(',') {
                        return inner.split(',').flat_map(|branch| readings(&swap(branch))).collect();
                    }
                    return readings(&swap(&format!("\u{1}{inner}\u{2}")));
                }
            }
            _ => {}
        }
    }
    vec![text.replace('\u{1}', "{").replace('\u{2}', "}")]
}

fn path() -> impl Strategy<Value = String> {
    "[abx{},]{1,3}(/[abx{},]{1,3}){0,3}"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_slow_reading(pattern in "[abx]{0,2}([*?/]{1,3}[abx]{0,2}){0,4}", path in path()) {
        if let Ok(fast) = Pattern::parse(&pattern) {
            prop_assert_eq!(fast.matches(path.as_bytes()), slow(pattern.as_bytes(), path.as_bytes(), true));
        }
    }

    #[test]
    fn braces_agree_with_the_slow_reading(pattern in "([abx*/]{0,2}[{},]){1,6}[abx*]{0,2}", path in path()) {
        if let Ok(fast) = Pattern::parse(&pattern) {
            let slow = readings(&pattern).iter().any(|p| slow(p.as_bytes(), path.as_bytes(), true));
            prop_assert_eq!(fast.matches(path.as_bytes()), slow);
        }
    }

    /// globset differs on purpose in `[…]`, trailing `/`, `{a}` and stars glued to `**`; the rest is common ground.
    #[test]
    fn agrees_with_globset(
        parts in prop::collection::vec("[ab]{1,2}|[ab]?[*?][ab]?|\\*\\*|\\{[ab],[ab*]\\}", 1..4),
        path in "[ab]{1,2}(/[ab]{1,2}){0,3}",
    ) {
        let pattern = parts.join("/");
        let theirs = globset::GlobBuilder::new(&pattern).literal_separator(true).build().unwrap().compile_matcher();
        prop_assert_eq!(hits(&pattern, &path), theirs.is_match(&path), "{} {}", pattern, path);
    }

    #[test]
    fn any_text_is_read_or_refused(pattern in "\\PC{0,30}", path in prop::collection::vec(any::<u8>(), 0..30)) {
        if let Ok(pattern) = Pattern::parse(&pattern) {
            pattern.matches(&path);
        }
    }

    #[test]
    fn a_plain_path_matches_itself_and_nothing_else(one in "[abx]{1,2}(/[a}]{1,2}){0,2}", other in "[abx]{1,2}(/[a}]{1,2}){0,2}") {
        prop_assert!(hits(&one, &one));
        prop_assert_eq!(hits(&one, &other), one == other);
    }
}

#[test]
fn a_search_leaves_only_those_directories_alone_that_cannot_match() {
    let patterns =
        Patterns::parse_all(["plans/**", "specs/*/tasks.md", ".a/{b,c}/x.md", "!docs/**"]).unwrap();
    for dir in ["plans/", "plans/deep/er/", "specs/", "specs/001/", ".a/", ".a/c/"] {
        assert!(patterns.reaches(dir.as_bytes()), "{dir}");
    }
    for dir in ["src/", "docs/", "plansx/", ".a/d/"] {
        assert!(!patterns.reaches(dir.as_bytes()), "{dir}");
    }
    assert!(Patterns::parse_all(["**/*.md"]).unwrap().reaches(b"anything/"));
}
