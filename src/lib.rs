//! `guard`: refuses every commit that leaves the written plan.
//!
//! The path of a commit: git writes message and index and runs a shim → `guard hook commit-msg` → [`cli`] → one
//! [`hook`] door → [`git::read::Reader`] yields one [`model::Commit`] and the [`history::History`] → [`judge`] finds
//! the lock and lets each [`rule`] meet the commit → the [`model::Verdict`] is printed by [`report`] and becomes
//! the exit code. `guard check` is the same path with many commits, oldest first.

pub mod account;
pub mod agent;
pub mod alone;
pub mod check;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod evidence;
pub mod execution;
pub mod explain;
pub mod gate;
pub mod git;
pub mod history;
pub mod hook;
pub mod init;
pub mod install;
pub mod journal;
pub mod judge;
pub mod lock;
pub mod log;
pub mod message;
pub mod model;
pub mod naming;
pub mod next;
pub mod pattern;
pub mod plan;
pub mod platform;
pub mod policy;
pub mod report;
pub mod rollback;
pub mod rule;
pub mod start;
pub mod status;
pub mod summary;
pub mod view;
