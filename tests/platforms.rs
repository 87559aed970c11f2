//! Other systems' file names on this one: where case does not count, where letters are composed, where `\` separates names,
//! and the settings that git has there. No Windows and no macOS was at hand: docs/platforms.md says what that leaves open.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "the modules are shared with other test files")]

mod harness;

#[path = "rules/world.rs"]
mod world;

#[path = "platforms/settings.rs"]
mod settings;
#[path = "platforms/shims.rs"]
mod shims;
#[path = "platforms/spelling.rs"]
mod spelling;
