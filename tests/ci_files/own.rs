//! The project's own CI: `.ci/types` checks for other systems, with stand-ins for cargo and rustup.

use std::fs;
use std::path::Path;

use crate::harness::{Ran, Repo, executable};

/// Both write down how they were called; cargo fails where a line of its call says so.
const CARGO: &str = "#!/bin/sh\necho \"cargo $* [$RUSTFLAGS]\" >>\"$LOG\"\n\
    [ -z \"$FAIL\" ] || case \"$* $RUSTFLAGS\" in *$FAIL*) exit 101 ;; esac\n";
/// A list so long that a reader who stops at the first line breaks the pipe.
const RUSTUP: &str = "#!/bin/sh\n[ -z \"$BROKEN\" ] || exit 1\n\
    if [ \"$1\" = target ]; then printf '%b' \"$TARGETS\"; else\n\
    printf '%b' \"$TOOLCHAINS\"; i=0; while [ $i -lt 9000 ]; do echo \"nightly-$i-host\"; i=$((i+1)); done; fi\n";

const MSRV: &str = concat!(env!("CARGO_PKG_RUST_VERSION"), ".0-x86_64-unknown-linux-gnu\\n");
const ALL: &str = "aarch64-apple-darwin\\nx86_64-pc-windows-gnu\\nx86_64-pc-windows-msvc\\n";

fn types(env: &[(&str, &str)]) -> (Ran, String) {
    let mut repo = Repo::new();
    let tools = repo.root().join("tools");
    executable(&tools.join("cargo"), CARGO);
    executable(&tools.join("rustup"), RUSTUP);
    let log = repo.root().join("log");
    repo.env("PATH", format!("{}:/usr/bin:/bin", tools.display())).env("LOG", log.as_os_str());
    for (key, value) in env {
        repo.env(key, *value);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/types");
    let ran = repo.run_in(&repo.path, script, &[""; 0]);
    (ran, fs::read_to_string(log).unwrap_or_default())
}

#[test]
fn a_system_for_which_it_does_not_compile_fails() {
    let all = [("TARGETS", ALL), ("TOOLCHAINS", MSRV)];
    for broken in ["pc-windows-gnu", "apple-darwin", "+1."] {
        let (ran, log) = types(&[&all[..], &[("FAIL", broken)]].concat());
        assert_eq!(ran.code, 101, "{broken}: {}", ran.text());
        assert!(log.contains(broken), "{log}");
    }
    let (ran, _) = types(&[("FAIL", "guard_portable")]);
    assert_eq!(ran.code, 101, "{}", ran.text());
    let (ran, log) = types(&all);
    ran.ok();
    let msrv = env!("CARGO_PKG_RUST_VERSION");
    assert_eq!(
        log,
        format!(
            "cargo +{msrv}.0 check --locked []\ncargo check --locked --target x86_64-pc-windows-gnu []\n\
             cargo check --locked --target aarch64-apple-darwin []\n"
        )
    );
}

#[test]
fn what_is_not_installed_is_said_and_fails_nothing() {
    for env in [&[][..], &[("BROKEN", "yes")]] {
        let (ran, log) = types(env);
        let msrv = format!("Rust {} is not installed", env!("CARGO_PKG_RUST_VERSION"));
        ran.says(0, &[&msrv, "not checked", "x86_64-pc-windows-gnu", "apple-darwin"]);
        assert_eq!(log, "cargo check --locked --target-dir target/portable [--cfg guard_portable]\n");
    }
    let (ran, _) = types(&[("BROKEN", "yes")]);
    ran.says(0, &["rustup target list --installed has failed"]);
    // Another target whose name begins or ends alike is not the one.
    let (ran, log) = types(&[("TARGETS", "x86_64-pc-windows-gnullvm\\nfoo-aarch64-apple-darwin\\n")]);
    ran.says(0, &["not checked"]);
    assert!(log.contains("guard_portable") && !log.contains("--target x"), "{log}");
}

/// `set -e` counts for nothing in a condition: the call stands alone on its line.
#[test]
fn the_run_fails_with_it() {
    let run = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    assert!(run.lines().any(|line| line == "step .ci/types"), "{run}");
    assert!(run.lines().any(|line| line == "set -euo pipefail"), "{run}");
}
