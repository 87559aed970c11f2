//! Whole commits: the same edit is committed without hooks, through guard's, through nine lines of bash, and through hooks
//! that do nothing.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use crate::measure::{self, Side};
use crate::repos::{Repo, Shape, file};
use crate::table::{Row, count};
use crate::{Bench, Result, facts};

/// Who stands at git's hooks.
const HOOKS: [&str; 4] = ["none", "guard", "bash", "noop"];

/// What people write first: the ID, the rollback commit, the scope of the ID, each staged path.
const BASH: &str = r#"#!/bin/bash
id=$(sed -n '1s/^\(T[0-9]*\): .*/\1/p' "$1")
[ -n "$id" ] || { echo "the message names no task" >&2; exit 1; }
lock=$(git log --first-parent --grep='^rollback: ' -1 --format=%H)
[ -n "$lock" ] || { echo "no rollback commit" >&2; exit 1; }
scope=$(git show "$lock:plans/bench.toml" | sed -n "/^id = \"$id\"/,/^scope/s/^scope = \[\"\(.*\)\"\]/\1/p")
while read -r path; do
  [[ $path == $scope ]] || { echo "$path is not in the scope of $id" >&2; exit 1; }
done < <(git diff --cached --name-only)
"#;

/// A repository whose hooks can be exchanged.
struct Stage {
    repo: Repo,
    /// The commit that every run commits on.
    base: String,
    /// Whose hooks are in place.
    now: Cell<&'static str>,
    edits: Cell<u64>,
}

impl Stage {
    fn new(files: usize, guard: &Path) -> Result<Self> {
        let repo = Repo::of(Shape { files, commits: 0, checked_out: true })?;
        let git = repo.path.join(".git");
        // What a run that was broken off has left.
        let base = repo.git(&["rev-list", "-1", "--grep=^rollback: ", "HEAD"])?.trim().to_owned();
        repo.git(&["reset", "-q", "--hard", &base])?;
        repo.git(&["reflog", "expire", "--expire=now", "--all"])?;
        repo.git(&["prune", "--expire=now"])?;
        let hooks = git.join("hooks");
        for folder in HOOKS.map(|name| git.join(format!("hooks.{name}"))).iter().chain([&hooks]) {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        fs::create_dir(&hooks)?;
        crate::repos::said(&mut repo.with(guard, &["install"]))?;
        let names: Vec<PathBuf> = fs::read_dir(&hooks)?
            .map(|entry| entry.map(|e| e.file_name().into()))
            .collect::<std::io::Result<_>>()?;
        fs::rename(&hooks, git.join("hooks.guard"))?;
        for name in ["none", "bash", "noop"] {
            fs::create_dir(git.join(format!("hooks.{name}")))?;
        }
        executable(&git.join("hooks.bash/commit-msg"), BASH)?;
        for name in names {
            executable(&git.join("hooks.noop").join(name), "#!/bin/sh\nexit 0\n")?;
        }
        fs::rename(git.join("hooks.none"), &hooks)?;
        let edits = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() << 20;
        Ok(Self { repo, base, now: Cell::new("none"), edits: Cell::new(edits) })
    }

    /// Puts these hooks in place and stages an edit.
    fn prepare(&self, hooks: &'static str) -> Result<()> {
        let git = self.repo.path.join(".git");
        if self.now.get() != hooks {
            fs::rename(git.join("hooks"), git.join(format!("hooks.{}", self.now.get())))?;
            fs::rename(git.join(format!("hooks.{hooks}")), git.join("hooks"))?;
            self.now.set(hooks);
        }
        self.repo.git(&["reset", "-q", "--soft", &self.base])?;
        self.edits.set(self.edits.get() + 1);
        fs::write(self.repo.path.join(file(0)), format!("// {}\n", self.edits.get()))?;
        self.repo.git(&["add", &file(0)])?;
        Ok(())
    }

    fn medians(&self, runs: usize, cold: &[PathBuf]) -> Result<[f64; 4]> {
        let mut sides = HOOKS.map(|hooks| {
            let command = || self.repo.with("git", &["commit", "-q", "-m", "T001: write it again"]);
            Side::new(command).after(move || self.prepare(hooks))
        });
        let medians = measure::medians(&mut sides, runs, cold)?;
        medians.try_into().map_err(|_| "four kinds of hooks have four medians".into())
    }

    /// A commit that leaves the scope: guard and the bash refuse it, the others do not.
    fn refuses(&self) -> Result<()> {
        for hooks in HOOKS {
            self.prepare(hooks)?;
            let done = self.repo.git(&["commit", "-q", "-m", "T002: not of this task"]).is_ok();
            if done != ["none", "noop"].contains(&hooks) {
                return Err(format!("hooks of {hooks}: a bad commit was made: {done}").into());
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn executable(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn executable(path: &Path, text: &str) -> Result<()> {
    Ok(fs::write(path, text)?)
}

pub(crate) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for files in bench.sizes(&[300], &[4_000, 5_000, 100_000], &[]) {
        let stage = Stage::new(files, &bench.program)?;
        stage.refuses()?;
        let warm = stage.medians(bench.runs, &[])?;
        let mut read = stage.repo.files()?;
        read.push(bench.program.clone());
        read.extend(facts::on_the_path(Path::new("git")));
        let cold = if read.iter().all(|file| measure::can_forget(file)) {
            Some(stage.medians(bench.cold_runs(), &read)?)
        } else {
            None
        };
        rows.extend(rows_of(files, warm, cold));
        stage.repo.git(&["reset", "-q", "--hard", &stage.base])?;
    }
    Ok(rows)
}

fn rows_of(files: usize, warm: [f64; 4], cold: Option<[f64; 4]>) -> Vec<Row> {
    let whole = |[none, guard, ..]: [f64; 4]| [guard, none];
    let beside_bash = |[none, guard, bash, _]: [f64; 4]| [guard - none, bash - none];
    let beside_noop = |[none, guard, _, noop]: [f64; 4]| [guard - none, noop - none];
    let row = |figure: String, of: &dyn Fn([f64; 4]) -> [f64; 2], goal| {
        let mut row = Row::ratio(figure, of(warm), goal);
        row.cold = cold.map(of).filter(|[_, floor]| *floor > 0.0).map(|[guard, floor]| guard / floor);
        row
    };
    let n = count(files);
    let only = |size: usize, goal: [f64; 2]| (files == size).then_some(goal);
    let mut rows = Vec::new();
    if files != 4_000 {
        rows.push(row(
            format!("`git commit`, {n} files: guard's hooks / none"),
            &whole,
            only(5_000, [1.6, 1.4]),
        ));
    }
    if files != 5_000 {
        let goal = (files >= 4_000).then_some([0.7, 0.5]);
        rows.push(row(format!("added to it, {n} files: guard / nine lines of bash"), &beside_bash, goal));
        let goal = only(100_000, [1.3, 1.15]);
        rows.push(row(format!("added to it, {n} files: guard / hooks that do nothing"), &beside_noop, goal));
    }
    rows
}
