//! One command, run to its end or stopped: live output, the end of it kept, its group killed when it is time.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::evidence::Outcome;
use crate::report;

/// How much of the end of the output evidence keeps.
const TAIL: usize = 2048;
/// How long a stopped command has to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait for output once the command has ended: a process it left behind may hold the pipe open.
const DRAIN: Duration = Duration::from_secs(2);
/// How much output the log keeps: a gate that never stops talking must not fill the disk.
const LOG: u64 = 64 << 20;
/// How many pieces of output may wait to be written. A gate that says more than guard can pass on has to wait, as it would
/// for a terminal.
const PIECES: usize = 64;
const POLL: Duration = Duration::from_millis(10);

/// What came of it.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    pub(super) bytes: u64,
    /// The end of the output, as text.
    pub(super) tail: String,
}

/// Set once Ctrl-C (or a request to end) has been seen.
fn interrupted() -> Result<&'static Arc<AtomicBool>> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(flag);
    }
    let flag = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, flag.clone())
            .map_err(|e| Error::io(format!("cannot listen for signal {signal}: {e}")))?;
    }
    Ok(FLAG.get_or_init(|| flag))
}

/// Runs `command` with the shell in `dir`. All output goes to standard error as it comes, and whole into `log`.
///
/// # Errors
/// The log cannot be written, or no process can be started at all.
pub(super) fn run(command: &mut Command, timeout: Option<Duration>, log: &Path) -> Result<Ended> {
    let interrupted = interrupted()?;
    let mut file = File::create(log).map_err(|e| cannot_log(log, &e))?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let start = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let tail = format!("the shell could not be started: {e}\n");
            return Ok(Ended { outcome: Outcome::Missing, took: start.elapsed(), bytes: 0, tail });
        }
        Err(e) => return Err(Error::io(format!("the gate could not be started: {e}"))),
    };
    let (sender, output) = sync_channel(PIECES);
    pump(child.stdout.take(), sender.clone());
    pump(child.stderr.take(), sender);
    let mut seen = Seen { bytes: 0, tail: Vec::new() };
    let mut stopped = None;
    let status = loop {
        drain(&output, POLL, &mut seen, &mut file, log)?;
        if let Some(status) =
            child.try_wait().map_err(|e| Error::io(format!("the gate is out of reach: {e}")))?
        {
            break status;
        }
        if stopped.is_none() {
            if interrupted.load(Ordering::SeqCst) {
                stopped = Some((Outcome::Interrupted, Instant::now()));
                kill(&mut child, false);
            } else if timeout.is_some_and(|limit| start.elapsed() >= limit) {
                stopped = Some((Outcome::TimedOut, Instant::now()));
                kill(&mut child, false);
            }
        } else if stopped.as_ref().is_some_and(|(_, since)| since.elapsed() >= GRACE) {
            kill(&mut child, true);
        }
    };
    let took = start.elapsed();
    // What it left running in the background ends with it.
    kill(&mut child, true);
    let until = Instant::now() + DRAIN;
    while Instant::now() < until && drain(&output, POLL, &mut seen, &mut file, log)? {}
    let outcome = stopped.map_or_else(|| outcome(status), |(why, _)| why);
    Ok(Ended { outcome, took, bytes: seen.bytes, tail: seen.text() })
}

fn cannot_log(log: &Path, e: &std::io::Error) -> Error {
    Error::io(format!("cannot write {}: {e}", log.display()))
}

struct Seen {
    bytes: u64,
    tail: Vec<u8>,
}

impl Seen {
    fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.tail.extend_from_slice(piece);
        if self.tail.len() > 4 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
    }

    /// The last lines, whole ones where there are any.
    fn text(&self) -> String {
        let tail = self.tail.get(self.tail.len().saturating_sub(TAIL)..).unwrap_or(&self.tail);
        let cut = tail.len() < usize::try_from(self.bytes).unwrap_or(usize::MAX);
        let start = if cut { tail.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1) } else { 0 };
        String::from_utf8_lossy(tail.get(start..).unwrap_or(tail)).into_owned()
    }
}

/// Passes on what a stream says, as it comes, until it ends.
fn pump(stream: Option<impl Read + Send + 'static>, sender: SyncSender<Vec<u8>>) {
    let Some(mut stream) = stream else { return };
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count) = stream.read(&mut buffer) {
            let piece = buffer.get(..count).unwrap_or_default();
            if piece.is_empty() || sender.send(piece.to_vec()).is_err() {
                break;
            }
        }
    });
}

/// Takes what has come within `wait`; `false`: both streams have ended.
fn drain(
    output: &Receiver<Vec<u8>>,
    wait: Duration,
    seen: &mut Seen,
    file: &mut File,
    log: &Path,
) -> Result<bool> {
    let mut piece = match output.recv_timeout(wait) {
        Ok(piece) => piece,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => return Ok(true),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
            // The command itself may go on without saying anything more.
            std::thread::sleep(POLL);
            return Ok(false);
        }
    };
    // A gate that never stops talking must not keep its time limit and Ctrl-C from being looked at.
    for _ in 0..PIECES {
        if seen.bytes < LOG {
            file.write_all(&piece).map_err(|e| cannot_log(log, &e))?;
        }
        seen.add(&piece);
        report::bytes_to_stderr(&piece);
        match output.try_recv() {
            Ok(next) => piece = next,
            Err(_) => break,
        }
    }
    Ok(true)
}

fn outcome(status: ExitStatus) -> Outcome {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Outcome::Killed(signal);
    }
    match status.code() {
        Some(0) => Outcome::Passed,
        // How a shell says that there is no such command.
        Some(127) => Outcome::Missing,
        // How a shell says that a signal ended the command: 128 and the signal's number.
        Some(code @ 129..=159) => Outcome::Killed(code - 128),
        Some(code) => Outcome::Failed(code),
        None => Outcome::Failed(-1),
    }
}

/// Ends the command and all that it started.
fn kill(child: &mut Child, at_once: bool) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let signal = if at_once { rustix::process::Signal::KILL } else { rustix::process::Signal::TERM };
        // It may have ended by itself meanwhile, which is as good.
        rustix::process::kill_process_group(group, signal).unwrap_or_default();
        return;
    }
    drop(child.kill());
}
