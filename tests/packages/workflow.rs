//! `.github/workflows/release.yml`, as far as a file can be judged that only runs at GitHub, and a release's scripts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::Ran;
use crate::python;
use crate::world::{package, project, release, run, target, tool};

const WORKFLOW: &str = ".github/workflows/release.yml";

fn text(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap()
}

fn judged(dir: &Path, text: &str, judge: impl Fn(&str) -> Ran) -> Ran {
    let file = dir.join("release.yml");
    fs::write(&file, text).unwrap();
    judge(file.to_str().unwrap())
}

#[test]
fn it_holds_to_the_schema() {
    let Some(python) = python::python() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"];
    let judge = |file: &str| run(python, &[&schema[..], &[file]].concat(), scratch.path());
    let own = text(WORKFLOW);
    let broken = own.replace("runs-on:", "runs-at:");
    assert_ne!(judged(scratch.path(), &broken, judge).code, 0);
    judged(scratch.path(), &own, judge).ok();
}

#[test]
fn zizmor_finds_nothing_in_it() {
    let Some(zizmor) = python::auditors().map(|bin| bin.join("zizmor")) else { return };
    let scratch = tempfile::tempdir().unwrap();
    let judge = |file: &str| {
        run(&zizmor, &["--offline", "--no-progress", "--pedantic", "--color=never", file], scratch.path())
    };
    let own = text(WORKFLOW);
    for (part, broken, finding) in [
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("check \"$GITHUB_REF_NAME\"", "check ${{ github.ref_name }}", "template-injection"),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7", "unpinned-uses"),
    ] {
        assert!(own.contains(part), "{part}");
        let said = judged(scratch.path(), &own.replace(part, broken), judge);
        assert!(said.code != 0 && said.text().contains(finding), "{finding}: {}", said.text());
    }
    judged(scratch.path(), &own, judge).ok();
}

#[test]
fn it_builds_every_target_with_the_rust_of_cargo_toml_and_pins_what_it_uses() {
    let own = text(WORKFLOW);
    let after = |key: &'static str| {
        own.lines().filter_map(move |line| line.trim().trim_start_matches("- ").strip_prefix(key))
    };
    let actions: Vec<&str> = after("uses: ").collect();
    assert!(actions.len() > 5);
    for action in actions {
        let (pin, version) = action.split_once('@').unwrap().1.split_once(" # v").unwrap();
        assert!(pin.len() == 40 && pin.bytes().all(|b| b.is_ascii_hexdigit()), "{action}");
        assert!(version.split('.').count() == 3 && action.starts_with("actions/"), "{action}");
    }
    let rust: Vec<&str> = after("RUSTUP_TOOLCHAIN: ").collect();
    assert_eq!(rust, [format!("{}.0", env!("CARGO_PKG_RUST_VERSION"))]);
    let mac = after("MACOSX_DEPLOYMENT_TARGET: ").next().unwrap().trim_matches('\'').replace('.', "_");
    assert!(text("ci/release/binary.py").contains(&format!("OLDEST_MAC = \"{mac}\"")));
    // The one job that may write runs nothing of the project.
    let jobs: Vec<&str> = own.split("\n\n  ").collect();
    let writing: Vec<&&str> = jobs.iter().filter(|job| job.contains(": write")).collect();
    assert_eq!(writing.len(), 1);
    assert!(writing[0].starts_with("release:") && !writing[0].contains("checkout"), "{}", writing[0]);
    assert!(writing[0].contains("--draft") && writing[0].contains("subject-checksums: release/SHA256SUMS"));
    let built: BTreeSet<String> = after("target: ").map(str::to_owned).collect();
    let Some(targets) = package(&["targets"], project()) else { return };
    assert_eq!(built, targets.ok().lines().map(str::to_owned).collect());
}

#[test]
fn the_scripts_are_clean_to_shellcheck() {
    let Some(shellcheck) = python::auditors().map(|bin| bin.join("shellcheck")) else { return };
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("bad.sh"), "#!/bin/sh\nrm -rf $1/[[ x ]]\n").unwrap();
    run(&shellcheck, &["-s", "sh", "bad.sh"], scratch.path()).says(1, &["SC"]);
    run(&shellcheck, &["-s", "sh", "install.sh", "ci/release/try.sh"], project()).ok();
    run(&shellcheck, &[".ci/run", ".ci/types"], project()).ok();
}

#[test]
fn the_last_look_at_a_release_installs_each_package() {
    if !cfg!(target_os = "linux")
        || ["npm", "node", "cargo-deb", "sha256sum"].iter().any(|name| tool(name).is_none())
    {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = release(scratch.path()) else { return };
    let script = project().join("ci/release/try.sh");
    let attempt = || run(&script, &[folder.to_str().unwrap()], scratch.path());
    let made = |kind: &str| {
        package(&[kind, folder.to_str().unwrap(), "--target", &target()], project()).unwrap().ok();
    };
    assert_ne!(attempt().code, 0, "there is nothing but the archive");
    for kind in ["wheel", "npm", "deb", "sums"] {
        let _alone = (kind == "deb").then(|| crate::debian::STAGE.lock().unwrap());
        made(kind);
    }
    attempt().says(0, &["install.sh: guard", "wheel: guard", "npm: guard", "deb: guard"]);
}
