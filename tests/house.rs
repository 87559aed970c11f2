//! The house: how the sources are arranged, checked on the sources themselves.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that panics has failed"
)]

mod harness;

#[path = "house/directions.rs"]
mod directions;
#[path = "house/embedded.rs"]
mod embedded;
#[path = "house/registers.rs"]
mod registers;
#[path = "house/source.rs"]
mod source;

use source::{Source, project, rust_files, sources};

/// What ends the process, or may.
const ABRUPT: [&str; 7] =
    [".unwrap()", ".expect(", "todo!", "unimplemented!", "panic!", "unreachable!", "process::exit"];

fn abrupt(source: &Source) -> Vec<String> {
    let squeezed = source.code.replace("exit_code", "");
    let found = ABRUPT.iter().filter(|word| squeezed.contains(**word));
    found.map(|word| format!("{}: {word}", source.path)).collect()
}

#[test]
fn nothing_but_main_ends_the_process_and_nothing_panics() {
    let wrong: Vec<String> = sources().iter().flat_map(abrupt).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let bad = "fn f() { x\n        .unwrap(); }\n#[cfg(test)]\nmod tests { fn g() { panic!() } }";
    assert_eq!(abrupt(&Source::parse("src/x.rs", bad)), ["src/x.rs: .unwrap()"]);
    assert_eq!(abrupt(&Source::parse("src/x.rs", "// panic!\nconst A: &str = r#\"todo!\"#;")), [""; 0]);
}

#[test]
fn no_test_is_switched_off() {
    let files = rust_files("src").into_iter().chain(rust_files("tests"));
    let off = concat!("#[ig", "nore");
    let wrong: Vec<String> =
        files.filter(|f| std::fs::read_to_string(project().join(f)).unwrap().contains(off)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn files_stay_short_enough_to_read() {
    const LINES: usize = 450;
    let count = |f: &String| std::fs::read_to_string(project().join(f)).unwrap().lines().count();
    let long: Vec<String> = rust_files("src")
        .iter()
        .filter(|f| count(f) > LINES)
        .map(|f| format!("{f}: {} lines", count(f)))
        .collect();
    assert!(long.is_empty(), "over {LINES} lines: split them by what they are about\n{}", long.join("\n"));
}
