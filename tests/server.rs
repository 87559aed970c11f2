//! The pre-receive door behind real servers on this machine: git's own daemon, and `git http-backend` in a web server.
//! Every story is told over each of them, and over `file://`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that panics has failed"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "server/serving.rs"]
mod serving;
#[path = "server/site.rs"]
mod site;

#[path = "server/judged.rs"]
mod judged;
#[path = "server/objects.rs"]
mod objects;
#[path = "server/refs.rs"]
mod refs;
#[path = "server/together.rs"]
mod together;
