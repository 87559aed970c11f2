//! The program that is packed, the archive that is made of it once, and what is asked of every installed guard.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::harness::{Ran, Repo, copy, guard_bin};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The target that the program under test is packed as.
pub fn target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" };
    format!("{}-{system}", std::env::consts::ARCH)
}

pub fn archive_name() -> String {
    format!("guard-{VERSION}-{}.tar.gz", target())
}

/// Where a tool is; `None`: not on this machine, and said so.
pub fn tool(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not on this machine");
    }
    found
}

/// `[package.metadata]` of Cargo.toml, as cargo reads it.
pub fn metadata() -> serde_json::Value {
    let args = ["metadata", "--format-version", "1", "--no-deps"];
    let said: serde_json::Value = serde_json::from_str(&run(env!("CARGO"), &args, project()).out).unwrap();
    said["packages"][0]["metadata"].clone()
}

/// Runs a program with this process's environment and one time for all files; what git sets for a hook is left out.
pub fn run(program: impl AsRef<std::ffi::OsStr>, args: &[&str], dir: &Path) -> Ran {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdin(Stdio::null()).env("SOURCE_DATE_EPOCH", "1700000000");
    for name in ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// `ci/release/package.py`, in a folder; `None`: there is no Python.
pub fn package(args: &[&str], dir: &Path) -> Option<Ran> {
    tool("python3")?;
    let script = project().join("ci/release/package.py");
    Some(run("python3", &[&[script.to_str().unwrap()], args].concat(), dir))
}

/// A folder for this run, which no other run uses meanwhile.
fn workshop() -> &'static Path {
    static FOLDER: OnceLock<(PathBuf, File)> = OnceLock::new();
    let (folder, _lock) = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        for left in ["program", "release"] {
            fs::remove_dir_all(folder.join(left)).ok();
        }
        (folder, lock)
    });
    folder
}

/// The program that is packed, without the symbols that only a debugger reads.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let given = std::env::var_os("GUARD_PACKAGED");
        let from = given.map_or_else(|| PathBuf::from(guard_bin()), PathBuf::from);
        let path = workshop().join("program/guard");
        copy(&from, &path);
        // Where there is no strip the packages are larger, and that is all.
        Command::new("strip").arg(&path).stderr(Stdio::null()).status().ok();
        path
    })
}

/// The folder with the archive of the program, as the workflow's build job makes it; tests copy what they change.
pub fn archives() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = workshop().join("release");
        let args = [
            "archive",
            "--target",
            &target(),
            "--binary",
            program().to_str().unwrap(),
            "--out",
            folder.to_str()?,
        ];
        let ran = package(&args, project())?;
        assert_eq!(ran.ok(), folder.join(archive_name()).to_str().unwrap());
        Some(folder)
    });
    made.as_deref()
}

/// A folder of the test's own with the archive in it.
pub fn release(scratch: &Path) -> Option<PathBuf> {
    let folder = scratch.join("release");
    copy(&archives()?.join(archive_name()), &folder.join(archive_name()));
    Some(folder)
}

/// The guard in `bin`, in front of `PATH`, is of this version, refuses a commit through its hooks, and lets one pass.
pub fn works(bin: &Path) -> Repo {
    let mut repo = Repo::named("project");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&paths)));
    repo.env("PATH", path.unwrap());
    let guard = |args: &[&str]| repo.run_in(&repo.path, "guard", args);
    assert_eq!(guard(&["--version"]).ok(), format!("guard {VERSION}"));
    let plan =
        "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"one\"\nscope = [\"src/**\"]\n";
    repo.write("plans/p.toml", plan);
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "initial"]).ok();
    guard(&["install"]).ok();
    guard(&["start", "plans/p.toml"]).ok();
    repo.write("docs/a", "a");
    repo.git(&["add", "-A"]).ok();
    let before = repo.commits();
    repo.git(&["commit", "-q", "-m", "T001: a"]).says(1, &["error[scope]", "docs/a"]);
    assert_eq!(repo.commits(), before);
    repo.git(&["rm", "-q", "--cached", "docs/a"]).ok();
    repo.write("src/a", "a");
    repo.git(&["add", "src"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: a"]).ok();
    repo
}
