//! The managers themselves: installed once, kept below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How long one command of an installation may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where `prek`, `pre-commit` and `lefthook` from PyPI are; `None`: they cannot be had here, and the reason is said.
pub fn pypi() -> Option<&'static Path> {
    const PACKAGES: [&str; 3] = ["prek==0.5.11", "pre-commit==4.7.0", "lefthook==2.2.2"];
    static BIN: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let bin = BIN.get_or_init(|| {
        installed(&PACKAGES, |folder| {
            patient(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
            let pip = ["-m", "pip", "install", "-q", "--retries", "1", "--timeout", "20"];
            patient(Command::new(folder.join("bin/python")).args(pip).args(PACKAGES))
        })
        .map(|folder| folder.join("bin"))
    });
    or_skip(bin)
}

/// Where `husky` and `lefthook` from npm are.
pub fn npm() -> Option<&'static Path> {
    const PACKAGES: [&str; 2] = ["husky@9.1.7", "lefthook@2.2.2"];
    static BIN: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let bin = BIN.get_or_init(|| {
        installed(&PACKAGES, |folder| {
            fs::create_dir_all(folder).map_err(|e| e.to_string())?;
            // Without --ignore-scripts lefthook would install itself into the repository around the target folder.
            let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
            let brief = ["--fetch-retries=1", "--fetch-timeout=20000", "--loglevel=error"];
            let mut npm = Command::new("npm");
            npm.arg("install").args(quiet).args(brief).arg("--prefix").arg(folder).args(PACKAGES);
            patient(npm.current_dir(folder))
        })
        .map(|folder| folder.join("node_modules/.bin"))
    });
    or_skip(bin)
}

fn or_skip(bin: &'static Result<PathBuf, String>) -> Option<&'static Path> {
    match bin {
        Ok(bin) => Some(bin),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

/// The folder that `install` has filled, now or in an earlier run. Other test runs wait at the lock.
fn installed(
    packages: &[&str],
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("managers");
    let name = packages.join("+").replace(['=', '@'], "-");
    let (folder, done) = (cache.join(&name), cache.join(format!("{name}.done")));
    fs::create_dir_all(&cache).map_err(|e| e.to_string())?;
    let lock = File::create(cache.join(format!("{name}.lock"))).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    if !done.exists() {
        fs::remove_dir_all(&folder).ok();
        install(&folder).map_err(|why| format!("{} cannot be installed: {why}", packages.join(" ")))?;
        fs::write(done, "").map_err(|e| e.to_string())?;
    }
    Ok(folder)
}

/// Runs a command that may need the network, and ends it when it takes too long.
fn patient(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let said = tempfile::tempfile().map_err(|e| e.to_string())?;
    let copy = said.try_clone().map_err(|e| e.to_string())?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(copy);
    let mut child = command.spawn().map_err(|e| format!("{name}: {e}"))?;
    let start = Instant::now();
    loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{name}: {status}: {}", last_line(said))),
            None if start.elapsed() > PATIENCE => {
                child.kill().and_then(|()| child.wait()).map_err(|e| e.to_string())?;
                return Err(format!("{name} took longer than {} s", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn last_line(mut said: File) -> String {
    use std::io::{Read, Seek};
    let mut text = String::new();
    said.rewind().and_then(|()| said.read_to_string(&mut text)).ok();
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("without a word").to_owned()
}
