//! The program itself: its size, and how soon it is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::measure::{self, Side};
use crate::repos::{Repo, Shape, folder};
use crate::table::Row;
use crate::{Bench, Result, Size};

/// What people get: installed by `./install.sh`, static where this machine can link so.
pub(crate) fn installed() -> Result<PathBuf> {
    eprintln!("building what ./install.sh installs");
    let prefix = folder().join("installed");
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(project.join("install.sh"));
    command.arg("--prefix").arg(&prefix).current_dir(project).stdin(Stdio::null()).stdout(Stdio::null());
    if !command.status()?.success() {
        return Err("./install.sh failed; name a program: --program FILE".into());
    }
    Ok(prefix.join("bin/guard"))
}

pub(crate) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let real = bench.size != Size::Quick;
    let size = std::fs::metadata(&bench.program)?.len();
    // Anywhere will do: neither looks at the repository.
    let repo = Repo::of(Shape { files: 200, commits: 40, checked_out: false })?;
    let version = |program: &Path| repo.with(program, &["--version"]);
    let mut sides = [Side::new(|| version(&bench.program)), Side::new(|| version(Path::new("git")))];
    let started = measure::medians(&mut sides, bench.runs * 4, &[])?;
    let [guard, git] = started.try_into().map_err(|_| "two programs have two medians")?;
    Ok(vec![
        Row::size("the program".to_owned(), size, real.then_some([5.0, 3.0])),
        Row::ratio(
            "`guard --version` / `git --version`".to_owned(),
            [guard, git],
            real.then_some([0.3, 0.15]),
        ),
    ])
}
