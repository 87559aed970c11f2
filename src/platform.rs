//! What operating systems do differently: file names, permission bits, symbolic links, processes and signals.
//!
//! No other module asks which system it is built for. `unix` is for Linux, macOS and their kin; `portable` is for all
//! others, Windows first, and uses nothing but what Rust promises everywhere. `RUSTFLAGS='--cfg guard_portable'` builds
//! that one on Unix too, so that it can be tried where no other machine is at hand.

#[cfg(any(guard_portable, not(unix)))]
mod portable;
#[cfg(all(unix, not(guard_portable)))]
mod unix;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

#[cfg(any(guard_portable, not(unix)))]
use portable as system;
#[cfg(all(unix, not(guard_portable)))]
use unix as system;

pub use system::{
    EMPTY_FILE, allow_execution, calling_process, columns, end, in_a_group, interrupts_are_the_childs,
    is_executable, killed_by, mode, on_interrupt, set_mode, shell, state_of, symlink, to_lock,
};

/// One of the streams on which a program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// The file name that git means by these bytes.
///
/// # Errors
/// This system can have no such name.
pub fn path(bytes: &[u8]) -> Result<PathBuf> {
    os_string(bytes).map(PathBuf::from)
}

/// As [`path`], for any text that git handed over.
///
/// # Errors
/// As [`path`].
pub fn os_string(bytes: &[u8]) -> Result<OsString> {
    system::os_string(bytes).ok_or_else(|| {
        let shown: String = bytes.escape_ascii().to_string();
        Error::io(format!("{shown} is not UTF-8, so no file of this system can have that name")).help(
            "git mv                        gives it a name in UTF-8, on a system that can hold this one",
        )
    })
}

/// The path as a POSIX shell is to be given it: Windows' own shell knows a path by its slashes.
pub fn for_sh(path: &Path) -> Vec<u8> {
    let own = if std::path::MAIN_SEPARATOR == '\\' { b'\\' } else { b'/' };
    path.as_os_str().as_encoded_bytes().iter().map(|b| if *b == own { b'/' } else { *b }).collect()
}

/// The real path, absolute and without links, in the spelling that other programs understand too: Windows' own begins with
/// `\\?\`, which git and shells cannot follow.
///
/// # Errors
/// It is not there, or may not be seen.
pub fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    std::fs::canonicalize(path).map(without_verbatim)
}

/// `C:\x` for `\\?\C:\x`; every other path as it is, such as one that is too long to be written in the plain way.
fn without_verbatim(path: PathBuf) -> PathBuf {
    const LONGEST: usize = 259;
    let plain = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    let plain =
        plain.filter(|text| text.get(1..3) == Some(r":\") && text.len() <= LONGEST).map(PathBuf::from);
    plain.unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_verbatim_path_of_a_drive_is_written_plainly() {
        let long = format!(r"\\?\C:\{}", "x".repeat(300));
        for path in [r"\\?\UNC\server\x", r"\\?\é", "/home/you", long.as_str()] {
            assert_eq!(without_verbatim(PathBuf::from(path)), PathBuf::from(path));
        }
        assert_eq!(without_verbatim(PathBuf::from(r"\\?\C:\x")), PathBuf::from(r"C:\x"));
    }
}
