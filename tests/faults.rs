//! What goes wrong while guard works: it is killed at every step, the disk is full, the repository is read-only, two run
//! at once, git repacks under it. Nothing is lost, nothing bad passes, and doing it again completes.
//!
//! Every point is tried; `FAULTS=some` takes a sample where there are many, for who is in a hurry.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]
#![allow(clippy::print_stderr, reason = "what could not be tried here is said")]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "faults/kill.rs"]
mod kill;
#[path = "faults/space.rs"]
mod space;

#[path = "faults/at_once.rs"]
mod at_once;
#[path = "faults/full_disk.rs"]
mod full_disk;
#[path = "faults/killed_hooks.rs"]
mod killed_hooks;
#[path = "faults/killed_start.rs"]
mod killed_start;
#[path = "faults/read_only.rs"]
mod read_only;
#[path = "faults/repack.rs"]
mod repack;

use harness::{Repo, guard_bin};

/// One task that may change `src/**`.
pub const PLAN: &str = "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"one\"\nscope = [\"src/**\"]\n\n\
    [[task]]\nid = \"T002\"\nsummary = \"two\"\nscope = [\"docs/**\"]\n";

/// A repository with a first commit, `PLAN` beside it and guard on `PATH`.
pub fn planned() -> Repo {
    let mut repo = Repo::new();
    let bin = std::path::Path::new(guard_bin()).parent().unwrap();
    let search = std::env::join_paths(
        std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    repo.env("PATH", search.unwrap());
    for (path, text) in [("src/a", "a\n"), ("docs/d", "d\n"), ("ci/build", "c\n")] {
        repo.write(path, text);
    }
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-qm", "root"]).ok();
    repo.write("plans/p.toml", PLAN);
    repo
}

/// Every point of `1..=count`, or with `FAULTS=some` so many of them, evenly spread and the last one among them.
pub fn sample(count: usize, most: usize) -> Vec<usize> {
    let some = std::env::var_os("FAULTS").is_some_and(|v| v == "some");
    let taken = if some { count.min(most) } else { count };
    (1..=taken).map(|n| n * count / taken).collect()
}
