//! What a release consists of: `ci/release/package.py` packs the guard under test (or the one that `GUARD_PACKAGED` names) as
//! the release workflow does, and each package is installed from its file and used.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that panics has failed; one that is skipped says so"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

#[path = "harness/elf.rs"]
mod elf;
mod harness;
#[path = "harness/python.rs"]
mod python;

#[path = "packages/world.rs"]
mod world;

#[path = "packages/archive.rs"]
mod archive;
#[path = "packages/debian.rs"]
mod debian;
#[path = "packages/installer.rs"]
mod installer;
#[path = "packages/npm.rs"]
mod npm;
#[path = "packages/static_program.rs"]
mod static_program;
#[path = "packages/wheel.rs"]
mod wheel;
#[path = "packages/workflow.rs"]
mod workflow;
