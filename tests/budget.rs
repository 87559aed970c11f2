//! What guard costs, beside what `benches/budget.toml` allows: the size of the release program, and the instructions of
//! three hook doors; `tests/dependencies.rs` counts the packages. Time is not compared: machines differ, and are busy.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that panics has failed; one that is skipped says so"
)]
#![allow(unreachable_pub, missing_docs, reason = "the modules are this file's own")]

#[path = "harness/elf.rs"]
mod elf;
mod harness;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::Repo;

const BUDGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/budget.toml");
/// How much more or less the instructions may be, of 100.
const TOLERATED: u64 = 3;

/// `key = …` below `[table]`, as text.
fn told(budget: &str, table: &str, key: &str) -> String {
    let head = format!("[{table}]");
    let below = budget.lines().skip_while(|line| *line != head).skip(1);
    let mut own = below.take_while(|line| !line.starts_with('['));
    let line = own.find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
    let value = line.unwrap_or_else(|| panic!("benches/budget.toml: [{table}] has no {key}"));
    value.trim().trim_matches('"').to_owned()
}

fn number(budget: &str, table: &str, key: &str) -> u64 {
    told(budget, table, key).replace('_', "").parse().unwrap()
}

/// The same text with another number.
fn renewed(budget: &str, table: &str, key: &str, value: u64) -> String {
    let head = format!("[{table}]");
    let mut inside = false;
    let lines = budget.lines().map(|line| {
        if line.starts_with('[') {
            inside = line == head;
        }
        let is_it = inside && line.split('=').next().is_some_and(|name| name.trim() == key);
        if is_it { format!("{key} = {}\n", grouped(value)) } else { format!("{line}\n") }
    });
    lines.collect()
}

/// `1_000_000`
fn grouped(value: u64) -> String {
    if value < 1000 { value.to_string() } else { format!("{}_{:03}", grouped(value / 1000), value % 1000) }
}

/// The release program, where this run is given a static one for x86_64.
fn program() -> Option<PathBuf> {
    let Some(given) = std::env::var_os("GUARD_PACKAGED") else {
        eprintln!("skipped: no release program is given; .ci/run gives the one that install.sh builds");
        return None;
    };
    let program = PathBuf::from(given);
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) || !elf::is_static(&program) {
        eprintln!("skipped: the budget is that of a static program for Linux on x86_64");
        return None;
    }
    Some(program)
}

fn renews() -> bool {
    std::env::var_os("GUARD_RENEW_BUDGET").is_some()
}

#[test]
fn every_number_has_a_reason() {
    let budget = fs::read_to_string(BUDGET).unwrap();
    let tables = budget.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    let tables: Vec<&str> = tables.collect();
    assert_eq!(tables.len(), 2 + DOORS.len(), "{tables:?}");
    for table in tables {
        let reason = told(&budget, table, "reason");
        assert!(reason.split_whitespace().count() > 3, "[{table}]: {reason:?} is no reason");
    }
}

#[test]
fn a_number_is_found_and_renewed_in_its_table_only() {
    let budget = "[a]\nmost = 1_000\n[b.c]\n# most = 3\nmost = 2\nreason = \"x y\"\n";
    assert_eq!((number(budget, "a", "most"), number(budget, "b.c", "most")), (1000, 2));
    let now = renewed(budget, "b.c", "most", 12_003_004);
    assert_eq!((number(&now, "a", "most"), number(&now, "b.c", "most")), (1000, 12_003_004));
    assert!(now.contains("most = 12_003_004\nreason") && told(&now, "b.c", "reason") == "x y");
}

#[test]
fn the_release_program_keeps_to_its_budget() {
    let Some(program) = program() else { return };
    let mut budget = fs::read_to_string(BUDGET).unwrap();
    let size = fs::metadata(&program).unwrap().len();
    let most = number(&budget, "program", "most");
    eprintln!("program: {size} bytes of {most}");
    let mut over: Vec<String> = Vec::new();
    if size > most {
        over.push(format!("the program has {size} bytes, {most} are allowed"));
    }
    if renews() {
        // With room for a compiler of another day.
        budget = renewed(&budget, "program", "most", (size / 100_000 + 1) * 100_000);
    }
    if let Some(counted) = instructions(&program) {
        for (door, count) in counted {
            let table = format!("instructions.{door}");
            let known = number(&budget, &table, "count");
            eprintln!("{door}: {count} instructions, {known} in the budget");
            if count.abs_diff(known) * 100 > known * TOLERATED {
                over.push(format!("{door} takes {count} instructions, the budget says {known}"));
            }
            budget = if renews() { renewed(&budget, &table, "count", count) } else { budget };
        }
    }
    if renews() {
        return fs::write(BUDGET, budget).unwrap();
    }
    assert!(over.is_empty(), "{}\nbenches/budget.toml says how the numbers are renewed", over.join("\n"));
}

const DOORS: [&str; 3] = ["prepare-commit-msg", "commit-msg", "pre-push"];

/// The instructions of each door; `None`: valgrind is not here.
fn instructions(program: &Path) -> Option<Vec<(&'static str, u64)>> {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: valgrind is not on this machine");
        return None;
    }
    let (repo, base) = repository();
    let message = repo.write(".git/COMMIT_EDITMSG", "T031: write it again\n\nBecause it was wrong.\n");
    let message = message.to_str().unwrap();
    let head = repo.git(&["rev-parse", "HEAD"]).ok();
    let pushed = format!("refs/heads/main {head} refs/heads/main {base}\n");
    let count = |door| {
        let (args, input) = match door {
            "prepare-commit-msg" => (vec![message, "message"], ""),
            "commit-msg" => (vec![message], ""),
            _ => (vec!["origin", "../origin"], pushed.as_str()),
        };
        (door, count(&repo, program, &[&[door], &args[..]].concat(), input))
    };
    Some(DOORS.map(count).to_vec())
}

fn count(repo: &Repo, program: &Path, door: &[&str], input: &str) -> u64 {
    let out = repo.root().join("callgrind.out");
    let mut command = repo.command("valgrind", &repo.path);
    command.args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())]);
    command.arg(program).args(["hook", "--shim", "1"]).args(door);
    // The C library has a version of its functions for each kind of processor: the plainest is everywhere.
    command
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-BMI2,-RTM");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{door:?}: {said}");
    let line =
        said.lines().find_map(|line| line.split_once("Collected : ")).unwrap_or_else(|| panic!("{said}"));
    line.1.trim().parse().unwrap()
}

/// 2,000 files, a plan of 40 tasks, 30 commits since it was started, one path staged; and the commit before the last ten.
fn repository() -> (Repo, String) {
    let mut repo = Repo::new();
    repo.env("GIT_EDITOR", "true");
    let mut plan = "version = 1\ntopic = \"budget\"\n".to_owned();
    for task in 1..=40 {
        let head = format!("\n[[task]]\nid = \"T{task:03}\"\nsummary = \"Part {task}\"\n");
        plan += &format!("{head}scope = [\"part{task}/**\"]\n");
    }
    repo.write("plans/budget.toml", plan);
    for number in 0..2000 {
        repo.write(format!("part{}/m{}/file{number}", number % 40 + 1, number / 400), "1\n");
    }
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-q", "-m", "Files"]).ok();
    repo.git(&["commit", "-q", "--allow-empty", "-m", "rollback: before executing plan budget"]).ok();
    for number in 0..30 {
        let task = number + 1;
        repo.write(format!("part{task}/m0/file{number}"), format!("{number} again\n"));
        repo.git(&["commit", "-q", "-a", "-m", &format!("T{task:03}: change {number}")]).ok();
    }
    repo.git(&["repack", "-a", "-d", "-q"]).ok();
    repo.write("part31/m0/file30", "at last\n");
    repo.git(&["add", "part31/m0/file30"]).ok();
    let base = repo.git(&["rev-parse", "HEAD~10"]).ok();
    (repo, base)
}
