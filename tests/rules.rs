//! What each rule refuses, what it accepts and when it cannot tell, through git's hooks and through `guard check`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "rules/world.rs"]
mod world;

#[path = "rules/carriers.rs"]
mod carriers;
#[path = "rules/could_not.rs"]
mod could_not;
#[path = "rules/doors.rs"]
mod doors;
#[path = "rules/execplan.rs"]
mod execplan;
#[path = "rules/families.rs"]
mod families;
#[path = "rules/governance.rs"]
mod governance;
#[path = "rules/history.rs"]
mod history;
#[path = "rules/locked.rs"]
mod locked;
#[path = "rules/merges.rs"]
mod merges;
#[path = "rules/naming.rs"]
mod naming;
#[path = "rules/net_diff.rs"]
mod net_diff;
#[path = "rules/order.rs"]
mod order;
#[path = "rules/overlay.rs"]
mod overlay;
#[path = "rules/policy.rs"]
mod policy;
#[path = "rules/regression.rs"]
mod regression;
#[path = "rules/rollback.rs"]
mod rollback;
#[path = "rules/scope.rs"]
mod scope;
#[path = "rules/test_first.rs"]
mod test_first;
#[path = "rules/tickets.rs"]
mod tickets;
