//! `guard check --format`: what guard writes is what those who read these formats take it for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that panics has failed; one that is skipped says so"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;
#[path = "harness/python.rs"]
mod python;

#[path = "check_formats/output.rs"]
mod output;
#[path = "check_formats/readers.rs"]
mod readers;
#[path = "check_formats/schemas.rs"]
mod schemas;
#[path = "check_formats/world.rs"]
mod world;
