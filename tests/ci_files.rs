//! The files for CI do what they promise: their scripts are run here as they stand, against scratch repositories, with a
//! stand-in for cargo that hands out the guard under test.
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

#[path = "ci_files/world.rs"]
mod world;
#[path = "ci_files/yaml.rs"]
mod yaml;

#[path = "ci_files/github.rs"]
mod github;
#[path = "ci_files/gitlab.rs"]
mod gitlab;
#[path = "ci_files/own.rs"]
mod own;
#[path = "ci_files/schema.rs"]
mod schema;
#[path = "ci_files/server.rs"]
mod server;
