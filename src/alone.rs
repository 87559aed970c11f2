//! One guard at a time: two that change the same repository at once would undo each other's work.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::platform;

/// How long another guard may take.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Others wait until this is dropped. The kernel drops it for a guard that is killed, and no file is left.
pub struct Alone(#[expect(dead_code, reason = "open is what it has to be")] Option<File>);

impl Alone {
    /// Waits until no other guard holds `folder`.
    ///
    /// # Errors
    /// Another one does not end, or the folder cannot be opened.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        Self::within(folder, PATIENCE)
    }

    fn within(folder: &Path, patience: Duration) -> Result<Self> {
        let file = platform::to_lock(folder)
            .map_err(|e| Error::io(format!("{} cannot be opened: {e}", folder.display())))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(Some(file))),
                // A file system without locks: as if there were no other guard.
                Err(TryLockError::Error(_)) => return Ok(Self(None)),
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let seconds = patience.as_secs();
                    let message = format!("another guard has been changing this repository for {seconds} s");
                    return Err(
                        Error::io(message).help("ps -C guard                   which one; wait for it")
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first_but_not_for_ever() {
        let scratch = tempfile::tempdir().unwrap();
        let first = Alone::in_folder(scratch.path()).unwrap();
        let error = Alone::within(scratch.path(), Duration::from_millis(30)).err().unwrap();
        assert!(error.message().contains("another guard"), "{error}");
        drop(first);
        Alone::within(scratch.path(), Duration::ZERO).unwrap();
        Alone::within(&scratch.path().join("nowhere"), Duration::ZERO).err().unwrap();
    }
}
