//! The process that calls one function of the library, once.

use std::io::Write;
use std::path::Path;

use guard::git::read::Reader;
use guard::judge::Judge;
use guard::lock::LockState;

use crate::Result;

/// Prints what git would print for the same question: the staged paths, or the rollback commit.
pub(crate) fn run(what: &str, folder: &Path) -> Result<()> {
    let reader = Reader::open_at(folder)?;
    let head = reader.head()?.born()?;
    let mut out = std::io::stdout().lock();
    match what {
        "staged" => {
            for change in reader.staged(Some(head))?.changes {
                out.write_all(&[&change.path[..], b"\n"].concat())?;
            }
        }
        "walk" => {
            let judge = Judge::of_drafts(&reader);
            let policy = judge.policy(Some(head))?;
            let LockState::Locked(lock) = &*judge.lock_before(Some(head), &policy)? else {
                return Err("no plan is locked there".into());
            };
            let commit = lock.commit.ok_or("the rollback commit has no name")?;
            writeln!(out, "{commit}")?;
        }
        other => return Err(format!("there is no child called {other}").into()),
    }
    Ok(())
}
