//! `guard plan show`, `lint`, `convert`, and `guard check --plan`: looking at plans, mending them, trying them on old commits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

#[path = "plan/convert.rs"]
mod convert;
#[path = "plan/lint.rs"]
mod lint;
#[path = "plan/replay.rs"]
mod replay;
#[path = "plan/show.rs"]
mod show;

use harness::{Ran, Repo};
use serde_json::Value;

/// Four tasks; T002 does not say what it may change, T004 changes nothing.
const PLAN: &str = "# Lease\n\n\
## T001: Pin the lease\n\n**Files:**\n- Create: `src/lease.rs`\n\n**Milestone:** M1\n\n\
## T002: Use it\n\n**Depends on:** T001\n**Files:** TBD\n\n\
## T003: Document it\n\n**Depends on:** T001\n**Files:** `docs/**`\n\n\
## T004: Look at it\n\n**Files:** none\n";

/// Where [`PLAN`] stands.
const PATH: &str = "plans/lease.md";

/// A repository with [`PLAN`] in its first commit.
fn planned() -> Repo {
    let repo = Repo::new();
    repo.write(PATH, PLAN);
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "the plan"]).ok();
    repo
}

#[track_caller]
fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.text()))
}

/// Does what it says, and leaves every file, the index and all of `.git` as they are.
#[track_caller]
fn only_looks(repo: &Repo, args: &[&str]) -> Ran {
    let before = harness::picture(&repo.path);
    let ran = repo.guard(args);
    assert!(harness::picture(&repo.path) == before, "{args:?} changed something:\n{}", ran.text());
    ran
}
