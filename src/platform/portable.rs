//! Windows, and every system that is not Unix: what Rust promises everywhere, and a few things by name.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use signal_hook::consts::{SIGINT, SIGTERM};

use super::Standard;

/// A file that is always there and always empty.
pub const EMPTY_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Names are Unicode here. A name that another system made of other bytes is `None`: guard must not take another file for it.
pub(super) fn os_string(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}

/// There are no permission bits: every file has the same.
pub fn mode(_: &Metadata) -> u32 {
    0o755
}

/// Git for Windows runs every hook by its own `sh`, whatever its bits.
pub fn is_executable(meta: &Metadata) -> bool {
    meta.is_file()
}

/// Nothing to allow: see [`is_executable`].
pub fn allow_execution(before: &Permissions) -> Permissions {
    before.clone()
}

/// See [`mode`].
pub fn set_mode(options: &mut OpenOptions, _: u32) -> &mut OpenOptions {
    options
}

/// Makes a symbolic link to a file. Windows wants developer mode or an administrator for it.
///
/// # Errors
/// The system's, or that it has none.
#[cfg(windows)]
pub fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

/// Makes a symbolic link to a file.
///
/// # Errors
/// Always: nobody has told guard how it is done here.
#[cfg(not(windows))]
pub fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "guard can make no symbolic links on this system"))
}

/// What tells one state of a file from another. A time that the system does not know is never equal to itself here: who
/// compares has to look again.
pub fn state_of(meta: &Metadata) -> impl PartialEq + use<> {
    (meta.len(), Known(meta.modified().ok()), Known(meta.created().ok()))
}

/// A time, if the system knows it.
struct Known(Option<SystemTime>);

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_some() && self.0 == other.0
    }
}

/// Opens what stands for a folder when it is locked. A folder itself cannot be opened here, so it is an empty file in its
/// folder `info`, where git looks for nothing by that name.
///
/// # Errors
/// The system's.
pub fn to_lock(folder: &Path) -> io::Result<File> {
    let info = folder.join("info");
    match std::fs::create_dir(&info) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    File::options().write(true).create(true).truncate(false).open(info.join("guard.lock"))
}

/// 0: nobody knows. The hooks of one commit then tell each other nothing, and each judges anew.
pub fn calling_process() -> u32 {
    0
}

/// The POSIX shell: that on `PATH`, which is there in a hook and in Git Bash, else the one that Git for Windows brings, which
/// lies beside the folder of its `git.exe`.
pub fn shell() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let suffix = std::env::consts::EXE_SUFFIX;
    let (sh, git) = (format!("sh{suffix}"), format!("git{suffix}"));
    let folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    let on_path = folders.iter().map(|folder| folder.join(&sh));
    let of_git = folders.iter().filter(|folder| folder.join(&git).is_file()).flat_map(|folder| {
        ["../bin", "../usr/bin", "../../bin", "../../usr/bin"].map(|near| folder.join(near).join(&sh))
    });
    on_path.chain(of_git).find(|shell| shell.is_file()).unwrap_or_else(|| PathBuf::from("sh"))
}

/// Windows ends processes by their parents: see [`end`]. Elsewhere there is nothing to prepare either.
pub fn in_a_group(_: &mut Command) {}

/// Ends the command, and on Windows what it has started, as far as each process of the tree is still there: a process whose
/// parent has ended by itself is out of reach. There is no asking: whoever is ended, is ended at once.
pub fn end(child: &mut Child, _at_once: bool) {
    if cfg!(windows) {
        let mut taskkill = Command::new("taskkill");
        taskkill.args(["/F", "/T", "/PID"]).arg(child.id().to_string());
        // It may have ended by itself meanwhile, which is as good; and if not, the next line ends at least the command.
        drop(taskkill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
    drop(child.kill());
}

/// No signal ends a process here.
pub fn killed_by(_: ExitStatus) -> Option<i32> {
    None
}

/// From now on Ctrl-C (or a request to end) sets the flag, and no longer ends this process.
///
/// # Errors
/// Signals cannot be listened for.
pub fn on_interrupt(flag: &Arc<AtomicBool>) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
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

/// How wide the terminal is: Rust cannot ask for it here. `COLUMNS` says it.
pub fn columns(_: Standard) -> Option<usize> {
    None
}
