//! Linux, macOS and their kin.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::Standard;

/// A file that is always there and always empty.
pub const EMPTY_FILE: &str = "/dev/null";

/// Any bytes are a name here; always `Some`.
pub(super) fn os_string(bytes: &[u8]) -> Option<OsString> {
    Some(OsStr::from_bytes(bytes).to_owned())
}

/// The permission bits.
pub fn mode(meta: &Metadata) -> u32 {
    meta.permissions().mode()
}

/// May anybody execute it?
pub fn is_executable(meta: &Metadata) -> bool {
    mode(meta) & 0o111 != 0
}

/// The same permissions, and whoever may read may execute.
pub fn allow_execution(before: &Permissions) -> Permissions {
    let mode = before.mode();
    Permissions::from_mode(mode | (mode & 0o444) >> 2)
}

/// The permissions that a new file is made with, before the umask.
pub fn set_mode(options: &mut OpenOptions, mode: u32) -> &mut OpenOptions {
    options.mode(mode)
}

/// Makes a symbolic link.
///
/// # Errors
/// The system's.
pub fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// What tells one state of a file from another.
pub fn state_of(meta: &Metadata) -> impl PartialEq + use<> {
    (meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec())
}

/// Opens what stands for a folder when it is locked: the folder itself, so that no file is left behind.
///
/// # Errors
/// The system's.
pub fn to_lock(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// The process that started this one; 0: nobody knows.
pub fn calling_process() -> u32 {
    std::os::unix::process::parent_id()
}

/// The POSIX shell.
pub fn shell() -> PathBuf {
    PathBuf::from("sh")
}

/// The command and all that it starts can be ended together: see [`end`].
pub fn in_a_group(command: &mut Command) {
    command.process_group(0);
}

/// Ends the command and all that it has started. `at_once`: without asking.
pub fn end(child: &mut Child, at_once: bool) {
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    let signal = if at_once { Signal::KILL } else { Signal::TERM };
    // It may have ended by itself meanwhile, which is as good.
    kill_process_group(group, signal).unwrap_or_default();
}

/// The signal that ended it.
pub fn killed_by(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// From now on Ctrl-C (or a request to end) sets the flag, and no longer ends this process.
///
/// # Errors
/// Signals cannot be listened for.
pub fn on_interrupt(flag: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, flag.clone())?;
    }
    Ok(())
}

/// From now on Ctrl-C is for the program that this one waits for.
///
/// # Errors
/// Signals cannot be listened for.
pub fn interrupts_are_the_childs() -> io::Result<()> {
    signal_hook::flag::register(SIGINT, Arc::default()).map(drop)
}

/// How wide the terminal behind `stream` says that it is.
pub fn columns(stream: Standard) -> Option<usize> {
    let size = match stream {
        Standard::Output => rustix::termios::tcgetwinsize(io::stdout()),
        Standard::Error => rustix::termios::tcgetwinsize(io::stderr()),
    };
    Some(usize::from(size.ok()?.ws_col)).filter(|columns| *columns > 0)
}
