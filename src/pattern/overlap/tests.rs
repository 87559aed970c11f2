use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;

use super::super::Patterns;
use super::{Common, Effort};

/// Is it a path that git can hold?
fn is_path(path: &[u8]) -> bool {
    let good = |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.eq_ignore_ascii_case(b".git");
    path.split(|b| *b == b'/').all(good) && !path.contains(&0)
}

/// What the two scopes have in common: the same in both directions, and a path that both match.
fn common(one: &[&str], two: &[&str]) -> Option<String> {
    let [one, two] = [one, two].map(|texts| Patterns::parse_all(texts).unwrap());
    let found = one.common_path(&two, &mut Effort::steps(super::ENOUGH));
    let back = two.common_path(&one, &mut Effort::steps(super::ENOUGH));
    assert_eq!(found == Common::Nothing, back == Common::Nothing, "{one} | {two}");
    assert_eq!(found != Common::Nothing, one.may_overlap(&two), "{one} | {two}");
    for found in [&found, &back] {
        match found {
            Common::Path(path) => {
                assert!(
                    one.matches(path) && two.matches(path) && is_path(path),
                    "{one} | {two}: {}",
                    path.escape_ascii()
                )
            }
            Common::Nothing => {}
            Common::Unknown => panic!("{one} | {two}: nobody knows"),
        }
    }
    match found {
        Common::Path(path) => Some(String::from_utf8(path).unwrap()),
        _ => None,
    }
}

#[test]
fn scopes_that_share_no_path_are_told_apart() {
    for (one, two) in [
        (&["src/a.rs"][..], &["src/b.rs"][..]),
        (&["src/a.rs"], &["src/a.rs/"]),
        (&["src/"], &["docs/"]),
        (&["src/"], &["srcx/**"]),
        (&["src/a/"], &["src/b/**"]),
        (&["src/*.rs"], &["src/*.md"]),
        (&["src/*.rs"], &["src/a/*.rs"]),
        (&["*.md"], &["docs/*.md"]),
        (&["**/*.rs"], &["**/*.md"]),
        (&["a/?"], &["a/??"]),
        (&["src/{a,b}.rs"], &["src/{c,d}.rs"]),
        (&["src/", "!src/gen/"], &["src/gen/"]),
        (&["src/", "!src/gen/"], &["src/gen/*.rs", "src/gen/a/b"]),
        (&["src/", "!src/a.rs"], &["src/a.rs"]),
        (&["src/", "!*.md"], &["*.md"]),
        (&["src/", "!**"], &["src/*"]),
        (&["*.rs", "!**"], &["*.rs"]),
        (&[], &["**"]),
        (&["!src/"], &["src/"]),
        // The exclusions take away all that is common, one by one or together.
        (&["src/", "!src/*.rs"], &["src/a?.rs"]),
        (&["src/**", "!**/*.md", "!**/*.rs"], &["src/*.{md,rs}"]),
        (&["a/", "!a/*/"], &["a/", "!a/*"]),
        (&["a?", "!ab"], &["?b"]),
        (&["src/", "!src/gen/"], &["src/gen/", "!src/gen/keep"]),
        // No path has these names.
        (&["a/.gi*"], &["*/???t"]),
        (&["a/.GI*"], &["*/???T"]),
    ] {
        assert_eq!(common(one, two), None, "{one:?} {two:?}");
    }
}

#[test]
fn scopes_that_share_a_path_name_one() {
    for (one, two, path) in [
        (&["src/a.rs"][..], &["docs/", "src/a.rs"][..], "src/a.rs"),
        (&["src/"], &["src/a.rs"], "src/a.rs"),
        (&["src/"], &["src/a/**"], "src/a/x"),
        (&["src/**"], &["**/*.rs"], "src/x.rs"),
        (&["src/*.rs"], &["src/a*"], "src/a.rs"),
        (&["a*b"], &["*ab"], "aab"),
        (&["a/**/z"], &["**/y/z"], "a/y/z"),
        (&["a/**/z"], &["a/z"], "a/z"),
        (&["**"], &["x"], "x"),
        (&["src/", "!src/gen/"], &["src/gen/", "src/a"], "src/a"),
        (&["src/{a,b}.rs"], &["src/{b,c}.rs"], "src/b.rs"),
        (&["src/", "!src/*.rs"], &["src/**/*.rs"], "src/x/x.rs"),
        (&["src/", "!src/x*"], &["src/*.rs"], "src/a.rs"),
        (&["a/", "!a/?"], &["a/*"], "a/xx"),
        (&["a/.g*"], &["a/.g?t*"], "a/.gxtx"),
        (&["a/*", "!a/??*"], &["**/?"], "a/x"),
        (&["é*"], &["*.é"], "é.é"),
    ] {
        assert_eq!(common(one, two).as_deref(), Some(path), "{one:?} {two:?}");
    }
}

#[test]
fn what_takes_too_long_to_tell_is_said_to_be_unknown() {
    let start = Instant::now();
    let list = |texts: &[String]| Patterns::parse_all(texts).unwrap();
    let hard = [format!("{}x?", "*a".repeat(2000)), format!("{}y?", "*a".repeat(2000))].map(|p| list(&[p]));
    let slow = hard[0].common_path(&hard[1], &mut Effort::steps(1_000_000));
    assert_eq!(slow, Common::Unknown);
    assert!(hard[0].may_overlap(&hard[1]), "unknown is no denial");
    // Where the exclusions are depends on each of the last bytes: together they have too many states.
    let wanted = format!("{}*", "*a".repeat(12));
    let twisted: Vec<String> = (0..24).map(|n| format!("!**a{}", "?".repeat(n))).chain([wanted]).collect();
    let slow = list(&twisted).common_path(&list(&["**".to_owned()]), &mut Effort::steps(1_000_000));
    assert_eq!(slow, Common::Unknown);
    let mut effort = Effort::steps(1000);
    let many: Vec<String> = (0..300).map(|n| format!("{n}/*")).collect();
    assert_eq!(list(&many).common_path(&list(&["x/*".to_owned()]), &mut effort), Common::Nothing);
    assert_eq!(list(&many).common_path(&list(&many), &mut Effort::steps(0)), Common::Unknown);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// Every path over a few bytes of at most six.
static PATHS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all: Vec<Vec<u8>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..6 {
        let to = all.len();
        for at in from..to {
            let longer = |b: &u8| [all[at].as_slice(), &[*b]].concat();
            let more: Vec<_> = b"abx/.".iter().map(longer).collect();
            all.extend(more);
        }
        from = to;
    }
    all.retain(|p| is_path(p));
    all
});

fn scope() -> impl Strategy<Value = Vec<String>> {
    let pattern =
        "!?[ab.]?([*?/]{1,2}[ab.]?){0,2}/?|!?[ab]?\\{[ab*]{0,2},[ab?/]{0,2}\\}[ab*]?|!?\\*\\*/?[ab*]{0,2}";
    prop::collection::vec(pattern, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn it_says_what_trying_every_path_says(one in scope(), two in scope()) {
        if let (Ok(one), Ok(two)) = (Patterns::parse_all(&one), Patterns::parse_all(&two)) {
            let tried = PATHS.iter().find(|p| one.matches(p) && two.matches(p));
            match one.common_path(&two, &mut Effort::steps(super::ENOUGH)) {
                Common::Nothing => prop_assert_eq!(tried, None, "{} | {}", one, two),
                Common::Path(path) => {
                    prop_assert!(one.matches(&path) && two.matches(&path) && is_path(&path), "{} | {}: {}", one, two, path.escape_ascii());
                    // What is common to patterns of this size shows in a short path, but for exclusions of all of these.
                    let plain = one.iter().chain(&two).all(|p| !p.excludes());
                    prop_assert!(tried.is_some() || !plain || path.len() > 6, "{} | {}: {}", one, two, path.escape_ascii());
                }
                Common::Unknown => prop_assert!(false, "{} | {}", one, two),
            }
        }
    }
}
