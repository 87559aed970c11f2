//! Python's check-jsonschema, with ruamel.yaml behind it: oracles for the files that guard writes and ships.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const VERSION: &str = "0.39.0";

/// The Python that has check-jsonschema, installed once below the target folder; `None`: not to be had, and said so.
pub fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let python = PYTHON.get_or_init(install).as_deref();
    python.inspect_err(|why| eprintln!("skipped: check-jsonschema is not to be had: {why}")).ok()
}

fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("check-jsonschema-{VERSION}"));
    let python = folder.join("bin/python");
    let version = Command::new(&python).args(["-m", "check_jsonschema", "--version"]).output();
    if version.is_ok_and(|out| out.status.success()) {
        return Ok(python);
    }
    let run = |command: &mut Command| match command.output() {
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr))),
        Err(e) => Err(format!("{command:?}: {e}")),
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let wanted = format!("check-jsonschema=={VERSION}");
    let options = ["-m", "pip", "install", "-q", "--timeout", "15", "--retries", "1"];
    run(Command::new(&python).args(options).arg(&wanted))?;
    Ok(python)
}
