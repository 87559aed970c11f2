//! Commands, one after the other and in turn: how long they take, and how much memory of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// One side of a comparison: what is done before each run, which is not timed, and the command.
pub(crate) struct Side<'a> {
    prepare: Box<dyn FnMut() -> Result<()> + 'a>,
    command: Box<dyn Fn() -> Command + 'a>,
}

impl<'a> Side<'a> {
    /// A command that needs nothing before it.
    pub(crate) fn new(command: impl Fn() -> Command + 'a) -> Self {
        Self { prepare: Box::new(|| Ok(())), command: Box::new(command) }
    }

    /// With something to do before each run.
    pub(crate) fn after(self, prepare: impl FnMut() -> Result<()> + 'a) -> Self {
        Self { prepare: Box::new(prepare), ..self }
    }

    fn run(&mut self, cold: &[PathBuf]) -> Result<Duration> {
        (self.prepare)()?;
        forget(cold)?;
        let mut command = (self.command)();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status()?;
        let took = start.elapsed();
        if status.success() { Ok(took) } else { Err(failed(&command).into()) }
    }
}

fn failed(command: &Command) -> String {
    format!("this failed: {command:?}")
}

/// The median time of each side, in seconds. Before each run the files of `cold` are taken out of the system's cache.
pub(crate) fn medians(sides: &mut [Side<'_>], runs: usize, cold: &[PathBuf]) -> Result<Vec<f64>> {
    let mut times = vec![Vec::new(); sides.len()];
    for round in 0..=runs {
        let forward: Vec<usize> = (0..sides.len()).collect();
        let order: Vec<usize> = if round % 2 == 0 { forward } else { forward.into_iter().rev().collect() };
        for at in order {
            let (Some(side), Some(times)) = (sides.get_mut(at), times.get_mut(at)) else { continue };
            let took = side.run(cold)?;
            // The first round warms up.
            if round > 0 {
                times.push(took.as_secs_f64());
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = |n: usize| times.get(n).copied().unwrap_or(f64::NAN);
    f64::midpoint(at(times.len().saturating_sub(1) / 2), at(times.len() / 2))
}

/// Takes files out of the system's cache, without being root: `dd` of GNU knows the call. Folders and what the system
/// knows of a file's place stay cached.
fn forget(files: &[PathBuf]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !quiet(Command::new("sync").args(files))?.success() {
        return Err("sync failed".into());
    }
    for file in files {
        let from = format!("if={}", file.display());
        if !quiet(Command::new("dd").arg(&from).args(["iflag=nocache", "count=0"]))?.success() {
            return Err(format!("dd {from} iflag=nocache count=0 failed").into());
        }
    }
    Ok(())
}

/// Can files be taken out of the system's cache here?
pub(crate) fn can_forget(file: &Path) -> bool {
    forget(&[file.to_path_buf()]).is_ok()
}

/// The most anonymous memory that a run has at one moment, in bytes: what is seen by looking again and again. `None`
/// where the system does not say.
pub(crate) fn memory(command: &mut Command) -> Result<Option<f64>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = None;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let now = line.and_then(|l| l.trim().strip_suffix(" kB")).and_then(|l| l.parse::<f64>().ok());
        most = now.map(|kib| kib * 1024.0).into_iter().chain(most).reduce(f64::max);
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_micros(200));
    };
    if ended.success() { Ok(most) } else { Err(failed(command).into()) }
}

/// The same command on one core only; `None` where that cannot be asked for.
pub(crate) fn on_one_core(command: &Command) -> Option<Command> {
    let mut one = Command::new("taskset");
    one.args(["-c", "0"]).arg(command.get_program()).args(command.get_args());
    one.current_dir(command.get_current_dir()?).env_clear();
    one.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(one)
}

/// Is there a `taskset`?
pub(crate) fn has_taskset() -> bool {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
