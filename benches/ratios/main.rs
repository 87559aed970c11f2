//! What guard takes beside what git takes for the same facts, on repositories that this program builds.
//!
//! `cargo bench --bench ratios -- [--quick|--full] [--runs N] [--program FILE] [FIGURE…]`
//!
//! A figure is a comparison of commands: each is started alone, in turn with the others and in changing order, after one
//! run that does not count; what is shown is the median. Where a figure is about a function of the library, this program
//! starts itself as a process that calls it once, so that processes are compared with processes. Both sides of each
//! pair are first asked for the same facts, and must agree.
//!
//! `cargo test` starts it too: then it is quick, takes the program under test, and fails unless each figure has lines.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table goes to standard output, what is being done to standard error"
)]

mod child;
mod commits;
mod facts;
mod measure;
mod program;
mod repos;
mod table;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use table::Row;

/// Why something could not be measured.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A group of lines of the table.
struct Figure {
    name: &'static str,
    about: &'static str,
    rows: fn(&Bench) -> Result<Vec<Row>>,
}

const FIGURES: [Figure; 6] = [
    Figure { name: "commit", about: "a whole `git commit`, with and without hooks", rows: commits::rows },
    Figure { name: "staged", about: "the paths that are staged", rows: facts::staged },
    Figure { name: "walk", about: "the way back to the rollback commit", rows: facts::walk },
    Figure { name: "range", about: "`guard check` of a long execution", rows: facts::range },
    Figure { name: "memory", about: "anonymous memory at its peak", rows: facts::memory },
    Figure { name: "program", about: "size and start of the program", rows: program::rows },
];

/// How large the repositories are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// Seconds: to see that it works.
    Quick,
    /// Without the two that take longest to build.
    Usual,
    /// With 1,000,000 files, and 50,000 commits behind the rollback.
    Full,
}

/// What is measured, and how.
struct Bench {
    size: Size,
    /// Runs that count, of each command.
    runs: usize,
    /// The guard that is measured.
    program: PathBuf,
}

impl Bench {
    /// The sizes of this run.
    fn sizes(&self, quick: &'static [usize], usual: &'static [usize], full: &'static [usize]) -> Vec<usize> {
        match self.size {
            Size::Quick => quick.to_vec(),
            Size::Usual => usual.to_vec(),
            Size::Full => [usual, full].concat(),
        }
    }

    /// Runs with cold caches are slow, and say more each.
    fn cold_runs(&self) -> usize {
        self.runs.div_ceil(3)
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    if let [first, what, folder] = args
        && first == "--child"
    {
        return child::run(what, folder.as_ref());
    }
    // cargo says it is a benchmark; without that word it is a test.
    let testing = !args.iter().any(|arg| arg == "--bench");
    if testing && !args.is_empty() && !args.iter().any(|arg| arg == "--quick") {
        // `cargo test NAME` and the like speak to tests that have names.
        eprintln!("skipped: this test has no name");
        return Ok(());
    }
    let (bench, wanted) = request(args, testing)?;
    let mut rows = Vec::new();
    for figure in FIGURES.iter().filter(|f| wanted.is_empty() || wanted.contains(&f.name.to_owned())) {
        eprintln!("{}: {}", figure.name, figure.about);
        let found = (figure.rows)(&bench).map_err(|why| format!("{}: {why}", figure.name))?;
        if let Some(bad) = found.iter().find(|row| !row.is_sane()) {
            return Err(format!("{}: this cannot be: {bad:?}", figure.name).into());
        }
        if found.is_empty() {
            return Err(format!("{}: it has no lines", figure.name).into());
        }
        rows.extend(found);
    }
    print!("{}", table::Table { bench: &bench, rows: &rows });
    Ok(())
}

fn request(args: &[String], testing: bool) -> Result<(Bench, Vec<String>)> {
    let mut size = if testing { Size::Quick } else { Size::Usual };
    let mut program = testing.then(|| PathBuf::from(env!("CARGO_BIN_EXE_guard")));
    let mut runs = None;
    let mut wanted = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--bench" => {}
            "--quick" => size = Size::Quick,
            "--full" => size = Size::Full,
            "--runs" => runs = Some(value()?.parse()?),
            "--program" => program = Some(std::path::absolute(value()?)?),
            name if FIGURES.iter().any(|figure| figure.name == name) => wanted.push(name.to_owned()),
            other => {
                let names: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
                let usage = "[--quick|--full] [--runs N] [--program FILE] [FIGURE…]";
                return Err(
                    format!("there is no {other}\nusage: {usage}\nfigures: {}", names.join(", ")).into()
                );
            }
        }
    }
    let runs = runs.unwrap_or(if size == Size::Quick { 2 } else { 15 });
    if runs == 0 {
        return Err("--runs must be 1 at the least".into());
    }
    let program = program.map_or_else(program::installed, Ok)?;
    Ok((Bench { size, runs, program }, wanted))
}
