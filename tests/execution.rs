//! One whole execution through the built guard and real git: ten tasks, tests before what they test, a gate that fails
//! once and is corrected, a task that is taken back and done again. Its log, its report and its contract say what git
//! says, and whoever makes it say anything else is found.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that panics has failed; this one says how many lies it told"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

mod harness;

#[path = "execution/lies.rs"]
mod lies;
#[path = "execution/told.rs"]
mod told;
#[path = "execution/world.rs"]
mod world;

/// One execution serves it all: to make it takes longer than to look at it.
#[test]
fn a_whole_execution_agrees_with_git_and_every_lie_about_it_is_named() {
    let world = world::World::finished();
    told::the_contract_says_what_git_says(&world);
    told::the_report_says_what_the_notes_say(&world);
    told::the_log_says_what_git_and_the_notes_say(&world);
    lies::each_is_found_and_named(&world);
}
