//! `guard log`: what it writes, what it leaves alone, and what the rule `execution-log` finds in a log.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]
#![allow(dead_code, reason = "world.rs serves tests/rules.rs too")]

mod harness;

#[path = "rules/world.rs"]
mod world;

#[path = "log/keeps.rs"]
mod keeps;
#[path = "log/lies.rs"]
mod lies;
#[path = "log/writes.rs"]
mod writes;
