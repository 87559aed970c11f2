//! May two scopes hold a common path? "No" is certain; "yes" may be careful.
//!
//! Both patterns are walked at once, as two machines that read the same path: where some path takes both to their ends, it
//! is common. That is exact for patterns alone. Patterns with `!` count only where they plainly take away all that another
//! pattern holds, and two patterns too large to walk are taken to overlap.

use std::collections::HashSet;

use super::{Matcher, Pattern, Patterns, Token};

/// Pairs of positions that are looked at for one pair of patterns.
const MOST_STATES: usize = 1 << 18;
/// Pairs of alternatives that are looked at for one pair of scopes.
const MOST_PAIRS: usize = 1 << 16;

/// What one step of a pattern reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    These(u8),
    /// Of one component: any but `/`.
    Inner,
    Any,
}

#[derive(Clone, Copy)]
enum Step {
    One(Bytes),
    /// Any number of them.
    Many(Bytes),
    /// The next two steps, or neither.
    Maybe,
}

impl Patterns {
    /// May some path match both? `false` is certain.
    pub fn may_overlap(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.within(other), other.within(self));
        if mine.len().saturating_mul(theirs.len()) > MOST_PAIRS {
            return true;
        }
        let holds = |path: &[u8]| self.matches(path) && other.matches(path);
        mine.iter().any(|one| {
            theirs.iter().any(|two| match (one, two) {
                (Matcher::Exact(path), _) | (_, Matcher::Exact(path)) => holds(path),
                _ => meet(one, two),
            })
        })
    }

    /// The alternatives that no `!` of either list plainly takes away whole.
    fn within(&self, other: &Self) -> Vec<&Matcher> {
        let excludes = |p: &&Pattern| p.excludes;
        let gone: Vec<&Matcher> =
            self.iter().chain(other).filter(excludes).flat_map(|p| &p.alternatives).collect();
        let positive = self.iter().filter(|p| !p.excludes).flat_map(|p| &p.alternatives);
        positive.filter(|m| !gone.iter().any(|by| by.holds_all_of(m))).collect()
    }
}

impl Matcher {
    /// Does every path of `other` match? `true` is certain.
    fn holds_all_of(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(path)) => self.matches(path),
            (Self::Below(dir), Self::Below(inner)) => inner.starts_with(dir),
            // No path ends in `/`, so something follows the directory.
            (Self::Below(dir), Self::Glob(tokens)) => match tokens.first() {
                Some(Token::Literal(start)) => start.starts_with(dir),
                _ => dir.is_empty(),
            },
            _ => self == other,
        }
    }

    fn steps(&self) -> Vec<Step> {
        let literal = |bytes: &[u8]| bytes.iter().map(|b| Step::One(Bytes::These(*b))).collect::<Vec<_>>();
        let rest = [Step::One(Bytes::Any), Step::Many(Bytes::Any)];
        match self {
            Self::Exact(path) => literal(path),
            Self::Below(dir) => [literal(dir).as_slice(), &rest].concat(),
            Self::Glob(tokens) => tokens
                .iter()
                .flat_map(|token| match token {
                    Token::Literal(bytes) => literal(bytes),
                    Token::One => vec![Step::One(Bytes::Inner)],
                    Token::Star => vec![Step::Many(Bytes::Inner)],
                    Token::Deep => vec![Step::Many(Bytes::Any)],
                    Token::Components => {
                        vec![Step::Maybe, Step::Many(Bytes::Any), Step::One(Bytes::These(b'/'))]
                    }
                    Token::Rest => rest.to_vec(),
                })
                .collect(),
        }
    }
}

/// Is there a path that both match? Walks all pairs of positions that a common path can reach.
fn meet(one: &Matcher, two: &Matcher) -> bool {
    let (one, two) = (one.steps(), two.steps());
    let mut seen = HashSet::from([(0, 0)]);
    let mut todo = vec![(0, 0)];
    let mut next = Vec::new();
    while let Some((i, j)) = todo.pop() {
        if i == one.len() && j == two.len() {
            return true;
        }
        if seen.len() > MOST_STATES {
            return true;
        }
        next.clear();
        next.extend(skips(&one, i).map(|i| (i, j)));
        next.extend(skips(&two, j).map(|j| (i, j)));
        if let (Some((a, i)), Some((b, j))) = (reads(&one, i), reads(&two, j))
            && common(a, b)
        {
            next.push((i, j));
        }
        todo.extend(next.iter().copied().filter(|state| seen.insert(*state)));
    }
    false
}

/// Where the pattern may go on without reading.
fn skips(steps: &[Step], at: usize) -> impl Iterator<Item = usize> {
    let [near, far] = match steps.get(at) {
        Some(Step::Maybe) => [Some(at + 1), Some(at + 3)],
        Some(Step::Many(_)) => [Some(at + 1), None],
        _ => [None, None],
    };
    near.into_iter().chain(far)
}

/// What the pattern reads here, and where it is then.
fn reads(steps: &[Step], at: usize) -> Option<(Bytes, usize)> {
    match steps.get(at)? {
        Step::One(bytes) => Some((*bytes, at + 1)),
        Step::Many(bytes) => Some((*bytes, at)),
        Step::Maybe => None,
    }
}

fn common(one: Bytes, two: Bytes) -> bool {
    match (one, two) {
        (Bytes::Any, _) | (_, Bytes::Any) | (Bytes::Inner, Bytes::Inner) => true,
        (Bytes::These(a), Bytes::These(b)) => a == b,
        (Bytes::These(b), Bytes::Inner) | (Bytes::Inner, Bytes::These(b)) => b != b'/',
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::Patterns;

    fn overlap(one: &[&str], two: &[&str]) -> bool {
        let [one, two] = [one, two].map(|texts| Patterns::parse_all(texts).unwrap());
        assert_eq!(one.may_overlap(&two), two.may_overlap(&one), "{one} | {two}");
        one.may_overlap(&two)
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
        ] {
            assert!(!overlap(one, two), "{one:?} {two:?}");
        }
    }

    #[test]
    fn scopes_that_share_a_path_or_may_do_so_are_not() {
        for (one, two) in [
            (&["src/a.rs"][..], &["docs/", "src/a.rs"][..]),
            (&["src/"], &["src/a.rs"]),
            (&["src/"], &["src/a/**"]),
            (&["src/**"], &["**/*.rs"]),
            (&["src/*.rs"], &["src/a*"]),
            (&["a*b"], &["*ab"]),
            (&["a/**/z"], &["**/y/z"]),
            (&["a/**/z"], &["a/z"]),
            (&["**"], &["x"]),
            (&["src/", "!src/gen/"], &["src/gen/", "src/a"]),
            (&["src/{a,b}.rs"], &["src/{b,c}.rs"]),
            // Careful: the exclusion takes away all that is common, but it does not say so plainly.
            (&["src/", "!src/*.rs"], &["src/a?.rs"]),
        ] {
            assert!(overlap(one, two), "{one:?} {two:?}");
        }
    }

    #[test]
    fn what_takes_too_long_to_tell_may_overlap() {
        let start = std::time::Instant::now();
        let (long, stars) = (format!("{}x", "*a".repeat(2000)), format!("{}y", "*a".repeat(2000)));
        assert!(overlap(&[&long], &[&stars]));
        let many: Vec<String> = (0..300).map(|n| format!("{n}/*")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(overlap(&many, &many.iter().rev().copied().collect::<Vec<_>>()));
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }

    /// Every path over `a`, `b` and `/` of at most six bytes.
    static PATHS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let mut all: Vec<Vec<u8>> = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..6 {
            let to = all.len();
            for at in from..to {
                let longer = |b: u8| [all[at].as_slice(), &[b]].concat();
                let three = b"ab/".map(longer);
                all.extend(three);
            }
            from = to;
        }
        all.retain(|p| !p.is_empty() && p.split(|b| *b == b'/').all(|c| !c.is_empty()));
        all
    });

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

        #[test]
        fn no_path_is_common_to_scopes_that_are_told_apart(
            one in prop::collection::vec("!?[ab]?([*?/]{1,2}[ab]?){0,2}/?", 1..3),
            two in prop::collection::vec("!?[ab]?([*?/]{1,2}[ab]?){0,2}/?", 1..3),
        ) {
            if let (Ok(one), Ok(two)) = (Patterns::parse_all(&one), Patterns::parse_all(&two))
                && !one.may_overlap(&two)
            {
                let common = PATHS.iter().find(|p| one.matches(p) && two.matches(p));
                prop_assert_eq!(common, None, "{} | {}", one, two);
            }
        }

        /// Without `!` the answer is exact. Six bytes are enough for what patterns of this size can have in common.
        #[test]
        fn what_overlaps_has_a_common_path(one in "[ab]?([*?/][ab]?){0,2}", two in "[ab]?([*?/][ab]?){0,2}") {
            if let (Ok(one), Ok(two)) = (Patterns::parse_all([&one]), Patterns::parse_all([&two])) {
                let common = PATHS.iter().any(|p| one.matches(p) && two.matches(p));
                prop_assert_eq!(one.may_overlap(&two), common, "{} | {}", one, two);
            }
        }
    }
}
