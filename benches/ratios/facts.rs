//! Facts that both guard and git can tell: staged paths, the rollback commit, the changes of a range. And what memory that
//! costs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::{self, Side};
use crate::repos::{Repo, Shape, file, said};
use crate::table::{Row, count};
use crate::{Bench, Result, Size};

/// This program as the process that calls one function of the library.
fn child(repo: &Repo, what: &str) -> Result<Command> {
    let mut command = repo.command(std::env::current_exe()?);
    command.args(["--child", what]).arg(&repo.path);
    Ok(command)
}

/// The lines of both, sorted, are the same.
fn agree(one: &mut Command, other: &mut Command) -> Result<()> {
    let lines = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    if lines(said(one)?) == lines(said(other)?) {
        return Ok(());
    }
    Err(format!("they do not say the same: {one:?}, {other:?}").into())
}

/// The same command again.
fn again(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args()).env_clear();
    copy.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        copy.current_dir(folder);
    }
    copy
}

/// Medians of two commands, in seconds.
fn pair(one: &Command, other: &Command, runs: usize, cold: &[PathBuf]) -> Result<[f64; 2]> {
    let mut sides = [Side::new(|| again(one)), Side::new(|| again(other))];
    match measure::medians(&mut sides, runs, cold)?.as_slice() {
        &[one, other] => Ok([one, other]),
        _ => Err("two commands have two medians".into()),
    }
}

/// A line about two commands that tell the same, warm and cold.
fn compared(
    bench: &Bench,
    figure: String,
    [guard, git]: [&Command; 2],
    read: &[PathBuf],
    goal: Option<[f64; 2]>,
) -> Result<Row> {
    let warm = pair(guard, git, bench.runs, &[])?;
    let mut row = Row::ratio(figure, warm, goal);
    let mut cold = read.to_vec();
    cold.extend([guard, git].iter().filter_map(|command| on_the_path(Path::new(command.get_program()))));
    if cold.iter().all(|file| measure::can_forget(file)) {
        let [guard, git] = pair(guard, git, bench.cold_runs(), &cold)?;
        row.cold = Some(guard / git);
    }
    Ok(row)
}

/// Where a program is.
pub(crate) fn on_the_path(program: &Path) -> Option<PathBuf> {
    if program.is_absolute() {
        return Some(program.to_path_buf());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// An index in which three files are staged. `known`: git has named the tree already, as it does before it starts a hook, and
/// has written where the entries end.
fn staged_index(repo: &Repo, known: bool) -> Result<PathBuf> {
    let index = repo.path.join(if known { ".git/index.known" } else { ".git/index.new" });
    let git = |args: &[&str]| said(repo.with("git", args).env("GIT_INDEX_FILE", &index));
    git(&["read-tree", "HEAD"])?;
    let blob = repo.git(&["rev-parse", "HEAD:guard.toml"])?;
    for number in [0, 20, 40] {
        git(&["update-index", "--cacheinfo", &format!("100644,{},{}", blob.trim(), file(number))])?;
    }
    if known {
        git(&["-c", "index.threads=true", "write-tree"])?;
        if !std::fs::read(&index)?.windows(4).any(|word| word == b"EOIE") {
            return Err("git has not written where the entries end".into());
        }
    }
    Ok(index)
}

/// As many files as the figure of commits has, too, stand in the work tree; nobody looks at them here.
fn of_files(files: usize) -> Result<Repo> {
    Repo::of(Shape { files, commits: 0, checked_out: files <= 100_000 })
}

pub(crate) fn staged(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for files in bench.sizes(&[300], &[5_000, 100_000], &[1_000_000]) {
        let repo = of_files(files)?;
        for known in [false, true] {
            let goal = match (files, known) {
                (5_000, false) => Some([0.8, 0.45]),
                (100_000, false) => Some([0.45, 0.33]),
                (1_000_000, false) => Some([0.35, 0.25]),
                (1_000_000, true) => Some([0.1, 0.06]),
                _ => None,
            };
            let index = staged_index(&repo, known)?;
            let mut guard = child(&repo, "staged")?;
            let mut git = repo.with("git", &["diff", "--cached", "--name-only"]);
            guard.env("GIT_INDEX_FILE", &index);
            git.env("GIT_INDEX_FILE", &index);
            agree(&mut guard, &mut git)?;
            let tree = if known { ", the tree is named" } else { "" };
            let figure = format!("staged paths, {} files{tree} / `git diff --cached`", count(files));
            let read = [repo.files()?, vec![index]].concat();
            rows.push(compared(bench, figure, [&guard, &git], &read, goal)?);
        }
    }
    Ok(rows)
}

pub(crate) fn walk(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for commits in bench.sizes(&[40], &[1_000], &[50_000]) {
        let goal = match commits {
            1_000 => Some([0.6, 0.4]),
            50_000 => Some([0.45, 0.25]),
            _ => None,
        };
        let repo = Repo::of(Shape { files: 200, commits, checked_out: false })?;
        let mut guard = child(&repo, "walk")?;
        let mut git = repo.with("git", &["log", "--first-parent", "--grep=^rollback: ", "-1", "--format=%H"]);
        agree(&mut guard, &mut git)?;
        let figure = format!("rollback {} commits back / `git log --grep -1`", count(commits));
        rows.push(compared(bench, figure, [&guard, &git], &repo.files()?, goal)?);
    }
    Ok(rows)
}

/// An execution all of whose commits are in scope, and the two commands that look at all of it.
fn execution(bench: &Bench) -> Result<(usize, Repo, [Command; 2])> {
    let (files, commits) = if bench.size == Size::Quick { (300, 30) } else { (11_000, 10_000) };
    let repo = Repo::of(Shape { files, commits, checked_out: false })?;
    let range = format!("HEAD~{commits}..HEAD");
    let mut guard = repo.with(&bench.program, &["check", &range]);
    let git = repo.with("git", &["log", "--name-only", &range]);
    let verdict = said(&mut guard)?;
    // It has succeeded, so there are no errors; that nobody has written a log is a warning.
    let judged = format!("guard: {commits} commits judged, ");
    if !verdict.contains(&judged) {
        return Err(format!("guard check does not say {judged:?}: {verdict}").into());
    }
    Ok((commits, repo, [guard, git]))
}

pub(crate) fn range(bench: &Bench) -> Result<Vec<Row>> {
    let (commits, repo, [guard, git]) = execution(bench)?;
    let cores = std::thread::available_parallelism()?;
    let figure =
        |cores: &str| format!("`guard check` of {} commits, {cores} / `git log --name-only`", count(commits));
    let goal = (commits == 10_000).then_some([0.7, 0.4]);
    let cores = if cores.get() == 1 { "one core".to_owned() } else { format!("{cores} cores") };
    let mut rows = vec![compared(bench, figure(&cores), [&guard, &git], &repo.files()?, goal)?];
    if measure::has_taskset()
        && let (Some(guard), Some(git)) = (measure::on_one_core(&guard), measure::on_one_core(&git))
    {
        rows.push(Row::ratio(figure("held to one"), pair(&guard, &git, bench.runs, &[])?, None));
    }
    Ok(rows)
}

pub(crate) fn memory(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for files in bench.sizes(&[300], &[100_000], &[1_000_000]) {
        let repo = of_files(files)?;
        let message = repo.path.join(".git/MESSAGE");
        std::fs::write(&message, "T001: change three files\n")?;
        for known in [false, true] {
            let index = staged_index(&repo, known)?;
            let mut guard = repo.with(&bench.program, &["hook", "commit-msg"]);
            guard.arg(&message).env("GIT_INDEX_FILE", &index);
            let mut git = repo.with("git", &["diff", "--cached", "--name-only"]);
            git.env("GIT_INDEX_FILE", &index);
            let tree = if known { ", the tree is named" } else { "" };
            let figure = format!("memory of commit-msg, {} files{tree} / `git diff --cached`", count(files));
            let goal = (files == 1_000_000).then_some([10.0, 4.0]);
            rows.push(peaks(bench, figure, [&mut guard, &mut git], goal)?);
        }
    }
    let (commits, _, [mut guard, mut git]) = execution(bench)?;
    let figure = format!("memory of `guard check`, {} commits / `git log --name-only`", count(commits));
    let goal = (commits == 10_000).then_some([80.0, 40.0]);
    rows.push(peaks(bench, figure, [&mut guard, &mut git], goal)?);
    Ok(rows)
}

/// The highest of some runs. Memory is looked at from time to time, so short peaks are missed in single runs.
fn peaks(bench: &Bench, figure: String, commands: [&mut Command; 2], goal: Option<[f64; 2]>) -> Result<Row> {
    let mut most = [None, None];
    for _ in 0..bench.cold_runs() {
        for (command, most) in commands.iter().zip(&mut most) {
            let seen = measure::memory(&mut again(command))?;
            *most = seen.into_iter().chain(*most).reduce(f64::max);
        }
    }
    // Where the system does not say it, or where a process was gone before anybody looked.
    let [Some(guard), Some(git)] = most else { return Ok(Row::unknown(figure)) };
    Ok(Row::memory(figure, [guard, git], goal))
}
