//! Other hook managers in the same repository, installed from their registries: both run, in whichever order they came.
//! A machine without Python, node or the registries skips what it cannot install, and says so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
#![allow(clippy::print_stderr, reason = "a skipped test says why")]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "managers/field.rs"]
mod field;
#[path = "managers/tools.rs"]
mod tools;

#[path = "managers/lefthook.rs"]
mod lefthook;
#[path = "managers/orders.rs"]
mod orders;
#[path = "managers/repo_hooks.rs"]
mod repo_hooks;
