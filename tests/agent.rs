//! Coding agents: what a host hears before a file is written, what its settings say, and what an agent is told.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]

mod harness;

#[path = "agent/judged.rs"]
mod judged;
#[path = "agent/sessions.rs"]
mod sessions;
#[path = "agent/settings.rs"]
mod settings;
#[path = "agent/world.rs"]
mod world;
