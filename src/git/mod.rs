//! The repository: [`read`] answers every question (gix), [`mod@write`] is the only one that changes anything.

pub mod read;
pub mod run;
pub mod write;
