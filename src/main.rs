//! Parse, run, exit code; nothing else ends the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    guard::cli::main(std::env::args_os().collect())
}
