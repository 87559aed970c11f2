//! What people expect of a command line: options that every command takes, completions, manual pages, the schema of
//! the policy, pager and progress.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod harness;

#[path = "command_line/common.rs"]
mod common;
#[path = "command_line/complete.rs"]
mod complete;
#[path = "command_line/looks.rs"]
mod looks;
#[path = "command_line/man.rs"]
mod man;
#[path = "harness/python.rs"]
mod python;
#[path = "command_line/schema.rs"]
mod schema;
#[path = "command_line/terminal.rs"]
mod terminal;

use harness::Repo;

/// A running plan of two tasks, and a commit that leaves it.
pub fn running() -> Repo {
    let repo = Repo::new();
    repo.write(
        "plans/lexer.toml",
        "version = 1\ntopic = \"lexer\"\n\n[[task]]\nid = \"T001\"\nsummary = \"Read\"\nscope = [\"src/lexer.rs\"]\n\n\
         [[task]]\nid = \"LEX-7\"\nsummary = \"Write\"\nscope = [\"docs/**\"]\n",
    );
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "plan"]).ok();
    repo.guard(&["start", "plans/lexer.toml"]).ok();
    repo.commit("T001: too far").ok();
    repo
}
