//! Ten thousand hostile plans, policies, messages and commit objects each: no panic, no hang, nothing accepted that a
//! slow and obvious reading does not also accept, nothing in the repository touched, no raw control byte said.
//!
//! The dice fall the same way each time. `GUARD_FUZZ_SEED` throws others, `GUARD_FUZZ_COUNT` throws more of them, and
//! `GUARD_FUZZ_CASE` throws one case of the plans, policies or messages again.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that panics has failed, and the counts are said on stderr"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "fuzz/commit_text.rs"]
mod commit_text;
#[path = "fuzz/commits.rs"]
mod commits;
#[path = "fuzz/git.rs"]
mod git;
#[path = "fuzz/messages.rs"]
mod messages;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/objects.rs"]
mod objects;
#[path = "fuzz/oracle.rs"]
mod oracle;
#[path = "fuzz/plan_text.rs"]
mod plan_text;
#[path = "fuzz/plans.rs"]
mod plans;
#[path = "fuzz/policies.rs"]
mod policies;
#[path = "fuzz/slow.rs"]
mod slow;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use harness::Dice;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A case that takes longer hangs. Debug builds on a busy machine are slow; what hangs takes for ever.
const LIMIT: Duration = Duration::from_secs(20);

/// The seed of all dice.
pub fn seed() -> u64 {
    number("GUARD_FUZZ_SEED").unwrap_or(20_260_716)
}

/// How many cases of each kind.
pub fn count() -> usize {
    number("GUARD_FUZZ_COUNT").map_or(10_000, |n| usize::try_from(n).unwrap())
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text:?} is no number")))
}

/// The seeds of the cases, which proptest draws; shrinking one would mean nothing, so its runner only draws.
pub fn seeds(seed: u64) -> impl FnMut() -> u64 {
    let bytes: Vec<u8> = std::iter::repeat_n(seed.to_le_bytes(), 4).flatten().collect();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    move || any::<u64>().new_tree(&mut runner).unwrap().current()
}

/// What became of the cases, by word.
pub type Counts = BTreeMap<&'static str, usize>;

/// What one case has to say: words to count, or what is wrong.
pub type Outcome = Result<Vec<&'static str>, String>;

/// Throws [`count`] cases, each with dice of its own, in a thread with the stack of a main thread. A case that panics,
/// hangs or finds fault fails the test. Says the counts, and how many cases had the word `wanted`: at least
/// `share` percent must, or the fuzz proves little.
pub fn campaign(name: &'static str, wanted: &'static str, share: usize, case: fn(&mut Dice) -> Outcome) {
    let (one, seed) = (number("GUARD_FUZZ_CASE"), seed());
    let cases = one.map_or(0..count() as u64, |n| n..n + 1);
    let all = cases.clone().count();
    let (report, reports) = mpsc::channel();
    let thrown = cases.clone();
    let work = move || {
        let mut seeds = seeds(seed);
        for (n, drawn) in (0..thrown.end).map(|n| (n, seeds())).skip(usize::try_from(thrown.start).unwrap()) {
            let mut dice = Dice::new(drawn);
            let ran = catch_unwind(AssertUnwindSafe(|| case(&mut dice)));
            let outcome = ran.unwrap_or_else(|_| Err("it panicked".to_owned()));
            if report.send(outcome.map_err(|why| format!("case {n}: {why}"))).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().stack_size(8 << 20).spawn(work).unwrap();
    let (mut counts, mut wrong, mut slowest) = (Counts::new(), Vec::new(), (Duration::ZERO, 0));
    for n in cases {
        let start = Instant::now();
        let got = reports.recv_timeout(LIMIT);
        slowest = slowest.max((start.elapsed(), n));
        match got {
            Ok(Ok(words)) => words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1),
            Ok(Err(why)) => wrong.push(why),
            Err(_) => panic!("{name}: case {n} of seed {seed} hangs"),
        }
    }
    let (time, slow) = slowest;
    eprintln!("{all} {name} (seed {seed}): {counts:?}, {} faults; case {slow} took {time:.0?}", wrong.len());
    let few: Vec<&String> = wrong.iter().take(5).collect();
    assert!(wrong.is_empty(), "{} of {all} {name} of seed {seed}:\n{few:#?}", wrong.len());
    let got = counts.get(wanted).copied().unwrap_or_default();
    assert!(
        one.is_some() || got * 100 >= all * share,
        "only {got} of {all} {name} were {wanted}: the others prove little"
    );
}

/// What a program said, raw.
pub struct Said {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

impl Said {
    pub fn text(&self) -> String {
        format!("{}{}", self.out.escape_ascii(), self.err.escape_ascii())
    }
}

/// Runs guard, which must end in time with 0, 1 or 2, without a panic, and say nothing that a terminal would obey.
pub fn guard(command: &mut Command) -> Said {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (report, reports) = mpsc::channel();
    std::thread::spawn(move || drop(report.send(child.wait_with_output().unwrap())));
    let Ok(out) = reports.recv_timeout(LIMIT) else {
        Command::new("kill").args(["-9", &id]).status().unwrap();
        panic!("{command:?} hangs");
    };
    let said = Said { code: out.status.code().unwrap_or(-1), out: out.stdout, err: out.stderr };
    assert!((0..=2).contains(&said.code), "{command:?} ended with {}: {}", said.code, said.text());
    assert!(!said.text().contains("panicked"), "{command:?}: {}", said.text());
    for stream in [&said.out, &said.err] {
        let text = std::str::from_utf8(stream).unwrap_or_else(|_| panic!("{command:?}: {}", said.text()));
        assert_eq!(obeyed(text), None, "{command:?}: {}", said.text());
    }
    said
}

/// The first character that a terminal would obey rather than show.
pub fn obeyed(text: &str) -> Option<char> {
    let turns = |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    text.chars().find(|c| (c.is_control() && *c != '\n') || turns(*c))
}

/// Hostile bytes for a message of the test itself.
pub fn shown(bytes: &[u8]) -> String {
    let cut = bytes.len().min(3000);
    format!("{} ({} bytes)", bytes[..cut].escape_ascii(), bytes.len())
}
