//! Do two scopes hold a common path, and which one?
//!
//! Two patterns are walked at once, as two machines that read the same path, and with them all patterns with `!` of either
//! scope, as one machine that knows every place where they may be. Where some path takes both to their ends and none of the
//! excluding ones to its own, it is common. That is exact: only paths that git can hold are walked, and a byte that two
//! wildcards read needs one stand-in, since no byte escapes more exclusions than one that no exclusion spells out. How far
//! it looks is bounded by an [`Effort`]; where that is spent the answer is [`Common::Unknown`].

mod exclude;

use std::collections::{HashSet, VecDeque};

use super::{Matcher, Pattern, Patterns, Token};
use exclude::Excluded;

/// Steps that deciding about one pair of scopes may take, where nothing else is said.
const ENOUGH: usize = 20_000_000;
/// What looking at one place of a walk costs, in steps. A step is what comparing a few bytes costs.
const PLACE: usize = 64;
/// What comparing the beginnings of two patterns costs, beyond their bytes.
const PAIR: usize = 2;
/// Places of one walk: so much memory it may take.
const MOST_PLACES: usize = 1 << 20;
/// Places that are looked at to find a path that reads better.
const BETTER: usize = 1 << 14;

/// What two scopes have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Common {
    /// No path at all.
    Nothing,
    /// This path, and perhaps others.
    Path(Vec<u8>),
    /// Nobody knows: the effort was spent first.
    Unknown,
}

/// How many steps may still be taken, over any number of questions.
#[derive(Debug, Clone)]
pub struct Effort(usize);

impl Effort {
    /// So many steps, each about as long as comparing a few bytes.
    pub fn steps(steps: usize) -> Self {
        Self(steps)
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.0
    }

    /// Takes `steps`; `false`: there are not as many left, and none are from now on.
    fn spend(&mut self, steps: usize) -> bool {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// What one step of a pattern reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    These(u8),
    /// Of one component: any but `/`.
    Inner,
    Any,
}

impl Bytes {
    fn holds(self, byte: u8) -> bool {
        match self {
            Self::These(this) => this == byte,
            Self::Inner => byte != b'/',
            Self::Any => true,
        }
    }
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
    /// May some path match both? `false` is certain; so is `true` unless it would take too long to tell.
    pub fn may_overlap(&self, other: &Self) -> bool {
        self.common_path(other, &mut Effort::steps(ENOUGH)) != Common::Nothing
    }

    /// A path that both match, if there is one.
    pub fn common_path(&self, other: &Self, effort: &mut Effort) -> Common {
        let mut excluded: Option<Excluded> = None;
        let mut unknown = false;
        for one in self.included() {
            for two in other.included() {
                if !effort.spend(PAIR + one.ends().min(two.ends()) / 16) {
                    return Common::Unknown;
                }
                if !one.looks_like(two) {
                    continue;
                }
                if !effort.spend(one.size().saturating_add(two.size())) {
                    return Common::Unknown;
                }
                let excluded = excluded.get_or_insert_with(|| Excluded::of(self.iter().chain(other)));
                let found = Walk::new(one.steps(false), two.steps(false), excluded).find(effort, MOST_PLACES);
                match found {
                    Common::Nothing => {}
                    Common::Unknown => unknown = true,
                    Common::Path(plain) => {
                        // `src/x.rs` rather than `src/.rs`.
                        let mut little = effort.clone();
                        let better = Walk::new(one.steps(true), two.steps(true), excluded);
                        let better = match better.find(&mut little, BETTER) {
                            Common::Path(path) => path,
                            _ => plain,
                        };
                        return Common::Path(better);
                    }
                }
            }
        }
        if unknown { Common::Unknown } else { Common::Nothing }
    }

    /// Is every path that `pattern` matches in these patterns too? `None`: that would take too long to tell. What
    /// `pattern` forbids is no path, so it is held by anything.
    pub fn holds(&self, pattern: &Pattern, effort: &mut Effort) -> Option<bool> {
        if pattern.excludes {
            return Some(true);
        }
        if self.0.iter().any(|own| own == pattern) && !self.0.iter().any(|own| own.excludes) {
            return Some(true);
        }
        if let Some(path) = pattern.literal() {
            let size = self.0.iter().map(|own| 1 + own.text.len() / 16).sum();
            return effort.spend(size).then(|| self.matches(path));
        }
        // What is left of the pattern without these must be nothing, and so must be what it has of those that are forbidden.
        let alone = Self(vec![pattern.clone()]);
        let near = |own: &Pattern| {
            own.alternatives.iter().any(|one| pattern.alternatives.iter().any(|two| one.looks_like(two)))
        };
        let turned = |excludes: bool| {
            let own = self.0.iter().filter(move |own| own.excludes == excludes).filter(|own| near(own));
            own.map(|own| Pattern { excludes: !excludes, ..own.clone() }).collect::<Vec<_>>()
        };
        let outside = Self([vec![pattern.clone()], turned(false)].concat());
        for (one, other) in [(&alone, &outside), (&alone, &Self(turned(true)))] {
            match one.common_path(other, effort) {
                Common::Nothing => {}
                Common::Path(_) => return Some(false),
                Common::Unknown => return None,
            }
        }
        Some(true)
    }

    fn included(&self) -> impl Iterator<Item = &Matcher> {
        self.iter().filter(|p| !p.excludes).flat_map(|p| &p.alternatives)
    }
}

impl Matcher {
    /// The bytes before the first wildcard.
    fn prefix(&self) -> &[u8] {
        match self {
            Self::Exact(path) | Self::Below(path) => path,
            Self::Glob(tokens) => match tokens.first() {
                Some(Token::Literal(bytes)) => bytes,
                _ => b"",
            },
        }
    }

    /// The bytes behind the last wildcard.
    fn suffix(&self) -> &[u8] {
        match self {
            Self::Exact(path) => path,
            Self::Below(_) => b"",
            Self::Glob(tokens) => match tokens.last() {
                Some(Token::Literal(bytes)) => bytes,
                _ => b"",
            },
        }
    }

    /// May a path begin, and end, as both ask? Most patterns part here.
    fn looks_like(&self, other: &Self) -> bool {
        let (begin, start) = (self.prefix(), other.prefix());
        let (end, stop) = (self.suffix(), other.suffix());
        (begin.starts_with(start) || start.starts_with(begin)) && (end.ends_with(stop) || stop.ends_with(end))
    }

    /// How many bytes stand before the first wildcard and behind the last.
    fn ends(&self) -> usize {
        self.prefix().len() + self.suffix().len()
    }

    /// About how many steps it has.
    fn size(&self) -> usize {
        match self {
            Self::Exact(path) | Self::Below(path) => path.len(),
            Self::Glob(tokens) => tokens
                .iter()
                .map(|token| match token {
                    Token::Literal(bytes) => bytes.len(),
                    _ => 1,
                })
                .sum(),
        }
    }

    /// The machine that reads what the matcher matches; `full`: where every `*` stands for something.
    fn steps(&self, full: bool) -> Vec<Step> {
        let literal = |bytes: &[u8]| bytes.iter().map(|b| Step::One(Bytes::These(*b))).collect::<Vec<_>>();
        let rest = [Step::One(Bytes::Any), Step::Many(Bytes::Any)];
        let star = [Step::One(Bytes::Inner), Step::Many(Bytes::Inner)];
        match self {
            Self::Exact(path) => literal(path),
            Self::Below(dir) => [literal(dir).as_slice(), &rest].concat(),
            Self::Glob(tokens) => tokens
                .iter()
                .flat_map(|token| match token {
                    Token::Literal(bytes) => literal(bytes),
                    Token::One => vec![Step::One(Bytes::Inner)],
                    Token::Star if full => star.to_vec(),
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

/// Where the pattern may go on without reading.
fn skips(steps: &[Step], at: usize) -> impl Iterator<Item = usize> + use<> {
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

/// The bytes that both may read, one for all that come to the same: what is spelled out, else `/` and a stand-in.
fn common(one: Bytes, two: Bytes, stand_in: u8) -> impl Iterator<Item = u8> {
    let both = move |byte: &u8| one.holds(*byte) && two.holds(*byte);
    let (near, far) = match (one, two) {
        (Bytes::These(byte), _) | (_, Bytes::These(byte)) => (byte, None),
        _ => (stand_in, Some(b'/')),
    };
    std::iter::once(near).chain(far).filter(both)
}

/// How far the component that is being read is from a name that git refuses: ``, `.`, `..` and `.git` in any case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    Empty,
    Dot,
    DotDot,
    DotG,
    DotGi,
    DotGit,
    Good,
}

impl Name {
    /// `None`: git holds no path with such a component.
    fn read(self, byte: u8) -> Option<Self> {
        Some(match (self, byte.to_ascii_lowercase()) {
            (_, 0) => return None,
            (Self::Good | Self::DotG | Self::DotGi, b'/') => Self::Empty,
            (_, b'/') => return None,
            (Self::Empty, b'.') => Self::Dot,
            (Self::Dot, b'.') => Self::DotDot,
            (Self::Dot, b'g') => Self::DotG,
            (Self::DotG, b'i') => Self::DotGi,
            (Self::DotGi, b't') => Self::DotGit,
            _ => Self::Good,
        })
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Good | Self::DotG | Self::DotGi)
    }
}

/// Where both patterns, the exclusions and the path itself are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    one: u32,
    two: u32,
    excluded: u32,
    name: Name,
}

/// All places that a common path can reach, from the first one on.
struct Walk<'e> {
    one: Vec<Step>,
    two: Vec<Step>,
    excluded: &'e mut Excluded,
    /// Each with the number of the place before it and the byte that was read on the way.
    places: Vec<(Place, u32, Option<u8>)>,
    seen: HashSet<Place>,
    todo: VecDeque<u32>,
}

impl<'e> Walk<'e> {
    fn new(one: Vec<Step>, two: Vec<Step>, excluded: &'e mut Excluded) -> Self {
        Self { one, two, excluded, places: Vec::new(), seen: HashSet::new(), todo: VecDeque::new() }
    }

    fn find(mut self, effort: &mut Effort, most: usize) -> Common {
        let start = Place { one: 0, two: 0, excluded: self.excluded.start(), name: Name::Empty };
        self.go(start, 0, None);
        while let Some(number) = self.todo.pop_front() {
            let Some((place, ..)) = self.places.get(number as usize).copied() else { break };
            let (i, j) = (place.one as usize, place.two as usize);
            if i == self.one.len()
                && j == self.two.len()
                && place.name.may_end()
                && !self.excluded.matches(place.excluded)
            {
                return Common::Path(self.path_to(number));
            }
            if self.places.len() > most || !effort.spend(PLACE) {
                return Common::Unknown;
            }
            for i in skips(&self.one, i) {
                self.go(Place { one: i as u32, ..place }, number, None);
            }
            for j in skips(&self.two, j) {
                self.go(Place { two: j as u32, ..place }, number, None);
            }
            let (Some((a, i)), Some((b, j))) = (reads(&self.one, i), reads(&self.two, j)) else { continue };
            for byte in common(a, b, self.excluded.stand_in()) {
                let Some(name) = place.name.read(byte) else { continue };
                let Some(excluded) = self.excluded.read(place.excluded, byte, effort) else {
                    return Common::Unknown;
                };
                if !self.excluded.all_below(excluded) {
                    let place = Place { one: i as u32, two: j as u32, excluded, name };
                    self.go(place, number, Some(byte));
                }
            }
        }
        Common::Nothing
    }

    fn go(&mut self, place: Place, from: u32, byte: Option<u8>) {
        if self.seen.insert(place) {
            self.todo.push_back(self.places.len() as u32);
            self.places.push((place, from, byte));
        }
    }

    fn path_to(&self, number: u32) -> Vec<u8> {
        let mut path = Vec::new();
        let mut at = number as usize;
        while let Some((_, from, byte)) = self.places.get(at).filter(|_| at > 0) {
            path.extend(byte);
            at = *from as usize;
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests;
