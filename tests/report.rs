//! `guard report` on executions that really took place: what it says is what git and the evidence say.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that panics has failed; one that is skipped says so"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

#[path = "harness/chromium.rs"]
mod chromium;
mod harness;
#[path = "harness/python.rs"]
mod python;

#[path = "report/world.rs"]
mod world;

#[path = "report/browser.rs"]
mod browser;
#[path = "report/contract.rs"]
mod contract;
#[path = "report/formats.rs"]
mod formats;
#[path = "report/lies.rs"]
mod lies;
#[path = "report/machines.rs"]
mod machines;
