//! One command, run to its end or stopped: live output, the end of it kept, its group killed when it is time.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind as ErrorKind, Result};
use crate::evidence::Outcome;
use crate::platform;
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
    /// The output, at its start.
    pub(super) log: File,
}

/// From now on Ctrl-C (or a request to end) ends no guard at once: what it has made is put away first.
///
/// # Errors
/// Signals cannot be listened for; it was pressed already.
pub(super) fn not_interrupted() -> Result<()> {
    if interrupted()?.load(Ordering::SeqCst) {
        return Err(Error::new(ErrorKind::Interrupted, "interrupted before the gate ran"));
    }
    Ok(())
}

/// Set once Ctrl-C (or a request to end) has been seen.
fn interrupted() -> Result<&'static Arc<AtomicBool>> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(flag);
    }
    let flag = Arc::new(AtomicBool::new(false));
    platform::on_interrupt(&flag).map_err(|e| Error::io(format!("cannot listen for Ctrl-C: {e}")))?;
    Ok(FLAG.get_or_init(|| flag))
}

/// Runs `command`. All output goes to standard error as it comes, and into `log`.
///
/// # Errors
/// The log cannot be written, or no process can be started at all.
pub(super) fn run(command: &mut Command, timeout: Option<Duration>, log: &Path) -> Result<Ended> {
    let interrupted = interrupted()?;
    let mut file = new_log(log).map_err(|e| cannot_log(log, &e))?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    platform::in_a_group(command);
    let start = Instant::now();
    let mut seen = Seen { bytes: 0, tail: Vec::new() };
    let outcome = match command.spawn() {
        Ok(mut child) => {
            let ended = until_it_ends(&mut child, timeout, interrupted, &mut |piece| {
                let kept = seen.bytes < LOG;
                seen.add(piece);
                if kept { file.write_all(piece).map_err(|e| cannot_log(log, &e)) } else { Ok(()) }
            });
            if ended.is_err() {
                // Nobody listens any more, so it must not go on.
                platform::end(&mut child, true);
                drop(child.wait());
            }
            ended?
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            seen.add(format!("the shell could not be started: {e}\n").as_bytes());
            seen.bytes = 0;
            Outcome::Missing
        }
        Err(e) => return Err(Error::io(format!("the gate could not be started: {e}"))),
    };
    let took = start.elapsed();
    file.rewind().map_err(|e| cannot_log(log, &e))?;
    Ok(Ended { outcome, took, bytes: seen.bytes, tail: seen.text(), log: file })
}

/// A new file, not the old one emptied: another guard may be writing that.
fn new_log(log: &Path) -> std::io::Result<File> {
    let mut own = log.as_os_str().to_owned();
    own.push(format!(".{}", std::process::id()));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&own)?;
    std::fs::rename(&own, log)?;
    Ok(file)
}

fn until_it_ends(
    child: &mut Child,
    timeout: Option<Duration>,
    interrupted: &AtomicBool,
    hear: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Outcome> {
    let start = Instant::now();
    let (sender, output) = sync_channel(PIECES);
    pump(child.stdout.take(), sender.clone());
    pump(child.stderr.take(), sender);
    let mut stopped = None;
    let status = loop {
        drain(&output, POLL, hear)?;
        if let Some(status) =
            child.try_wait().map_err(|e| Error::io(format!("the gate is out of reach: {e}")))?
        {
            break status;
        }
        if stopped.is_none() {
            if interrupted.load(Ordering::SeqCst) {
                stopped = Some((Outcome::Interrupted, Instant::now()));
                platform::end(child, false);
            } else if timeout.is_some_and(|limit| start.elapsed() >= limit) {
                stopped = Some((Outcome::TimedOut, Instant::now()));
                platform::end(child, false);
            }
        } else if stopped.as_ref().is_some_and(|(_, since)| since.elapsed() >= GRACE) {
            platform::end(child, true);
        }
    };
    // What it left running in the background ends with it.
    platform::end(child, true);
    let until = Instant::now() + DRAIN;
    while Instant::now() < until && drain(&output, POLL, hear)? {}
    Ok(stopped.map_or_else(|| outcome(status), |(why, _)| why))
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

/// Takes what has come within `wait`; `false`: both streams have ended. It comes back however much there is to hear.
fn drain(
    output: &Receiver<Vec<u8>>,
    wait: Duration,
    hear: &mut dyn FnMut(&[u8]) -> Result<()>,
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
    for _ in 0..PIECES {
        hear(&piece)?;
        report::bytes_to_stderr(&piece);
        match output.try_recv() {
            Ok(next) => piece = next,
            Err(_) => return Ok(true),
        }
    }
    hear(&piece)?;
    report::bytes_to_stderr(&piece);
    Ok(true)
}

fn outcome(status: ExitStatus) -> Outcome {
    if let Some(signal) = platform::killed_by(status) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[test]
    fn who_talks_without_end_is_not_listened_to_without_end() {
        let (sender, output) = sync_channel(PIECES);
        let talker = std::thread::spawn(move || while sender.send(b"x".to_vec()).is_ok() {});
        let mut heard = 0;
        for _ in 0..3 {
            let more = drain(&output, POLL, &mut |piece| {
                heard += piece.len();
                // The talker is faster.
                std::thread::sleep(Duration::from_micros(100));
                assert!(heard < 10 * PIECES);
                Ok(())
            });
            assert!(more.unwrap());
        }
        drop(output);
        talker.join().unwrap();
    }
}
