//! The archive, the names of all files of a release, and the version that they carry.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::executable;
use crate::world::{
    VERSION, archive_name, archives, metadata, package, program, project, release, run, target,
};

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_program_of_another_version_or_for_another_machine_is_not_packed() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let archive = |target: &str, program: &str| {
        package(
            &["archive", "--target", target, "--binary", program, "--out", out.to_str().unwrap()],
            project(),
        )
    };
    let old = scratch.path().join("guard");
    executable(&old, "#!/bin/sh\necho guard 0.0.9\n");
    let Some(refused) = archive(&target(), old.to_str().unwrap()) else { return };
    refused.says(1, &["guard 0.0.9", &format!("version {VERSION}")]);
    executable(&old, format!("#!/bin/sh\necho guard {VERSION}\n"));
    let old = old.to_str().unwrap();
    archive(&target(), old).unwrap().says(1, &["not one for", &target()]);
    for foreign in ["x86_64-pc-windows-msvc", "powerpc64-unknown-linux-gnu"] {
        archive(foreign, program().to_str().unwrap()).unwrap().says(1, &[foreign]);
    }
    archive(&target(), "/nowhere/guard").unwrap().says(1, &["cannot be started"]);
    assert!(!out.exists());
}

#[test]
fn the_archive_has_all_that_belongs_to_the_program_and_is_the_same_each_time() {
    let Some(folder) = archives() else { return };
    let again = tempfile::tempdir().unwrap();
    let out = again.path().to_str().unwrap();
    let args = ["archive", "--target", &target(), "--binary", program().to_str().unwrap(), "--out", out];
    package(&args, again.path()).unwrap().ok();
    let bytes = |folder: &std::path::Path| fs::read(folder.join(archive_name())).unwrap();
    assert!(bytes(folder) == bytes(again.path()), "two archives of one program differ");

    run("tar", &["-xzf", &archive_name()], again.path()).ok();
    let top = again.path().join(archive_name().trim_end_matches(".tar.gz"));
    let said = run(top.join("guard"), &["--version"], again.path()).ok();
    assert_eq!(said, format!("guard {VERSION}"));
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        assert_eq!(fs::read(top.join(file)).unwrap(), fs::read(project().join(file)).unwrap(), "{file}");
    }
    for (shell, file) in [("bash", "guard.bash"), ("zsh", "_guard"), ("fish", "guard.fish")] {
        let own = run(program(), &["completions", shell], again.path()).out;
        assert_eq!(fs::read_to_string(top.join("completions").join(file)).unwrap(), own);
    }
    assert!(fs::read_to_string(top.join("man/guard-check.1")).unwrap().contains(".TH"));
    // The licences of what is linked: a direct dependency, one of its own, and the C sources that one brings.
    let licences = fs::read_to_string(top.join("THIRD-PARTY")).unwrap();
    for words in ["\ngix 0.", "\nmemchr ", "libgit2 is Copyright", "Apache License"] {
        assert!(licences.contains(words), "{words:?}");
    }
}

#[test]
fn a_release_that_is_not_whole_has_no_checksums() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = release(scratch.path()) else { return };
    let sums =
        |more: &[&str]| package(&[&["sums", folder.to_str().unwrap()], more].concat(), project()).unwrap();
    sums(&[]).says(1, &["not a whole release", "aarch64-apple-darwin.tar.gz", "guard_", "a wheel"]);
    fs::write(folder.join("stray"), "").unwrap();
    sums(&["--target", &target()]).says(1, &["too many: ['stray']"]);
    assert!(!folder.join("SHA256SUMS").exists());
}

#[test]
fn what_cargo_binstall_looks_for_is_what_a_release_has() {
    let Some(names) = package(&["names"], project()) else { return };
    let names = lines(&names.ok());
    let targets = lines(&package(&["targets"], project()).unwrap().ok());
    let binstall = metadata()["binstall"].clone();
    for target in &targets {
        let own = |key: &str| {
            let other = binstall["overrides"].get(target).and_then(|o| o.get(key));
            other.unwrap_or_else(|| &binstall[key]).as_str().unwrap().to_owned()
        };
        let filled = |key: &str| {
            let values =
                [("{ version }", VERSION), ("{ target }", target), ("{ bin }", "guard"), ("{ repo }", "R")];
            values.iter().fold(own(key), |text, (name, value)| text.replace(name, value))
        };
        let address = filled("pkg-url");
        let file = address.strip_prefix(&format!("R/releases/download/v{VERSION}/")).unwrap();
        assert!(names.iter().any(|name| name == file), "{file} is not in {names:?}");
        assert_eq!(own("pkg-fmt") == "zip", file.ends_with(".zip"));
        let folder = file.trim_end_matches(".tar.gz").trim_end_matches(".zip");
        assert_eq!(filled("bin-dir"), format!("{folder}/guard{{ binary-ext }}"));
    }
    let packed: BTreeSet<&String> =
        names.iter().filter(|n| n.starts_with("guard-0") || n.contains("msvc")).collect();
    assert_eq!(packed.len(), targets.len());
    let third_party = binstall["disabled-strategies"].as_array().unwrap();
    assert!(third_party.iter().any(|s| s.as_str() == Some("quick-install")), "nobody else's builds");
}

#[test]
fn the_files_that_the_readme_names_are_those_of_a_release() {
    let Some(names) = package(&["names"], project()) else { return };
    let names = lines(&names.ok());
    let text = fs::read_to_string(project().join("README.md")).unwrap();
    let section = text.split("## Getting it").nth(1).unwrap().split("\n## ").next().unwrap();
    let file = regex::Regex::new(r"\bguard[-_][-_.\w]*\d[-_.\w]*\.(tar\.gz|tgz|zip|deb|whl)\b").unwrap();
    let told: Vec<&str> = file.find_iter(section).map(|found| found.as_str()).collect();
    assert!(told.len() > 2, "{told:?}");
    for name in told {
        assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
    }
}

#[test]
fn a_tag_that_version_or_changelog_do_not_know_is_not_released() {
    let Some(refused) = package(&["check", "v99.0.0"], project()) else { return };
    refused.says(1, &["v99.0.0", &format!("must be v{VERSION}")]);
    // A copy, in which the changelog can be anything.
    let scratch = tempfile::tempdir().unwrap();
    let top = scratch.path();
    run("cp", &["-R", "Cargo.toml", "Cargo.lock", "ci", "src", top.to_str().unwrap()], project()).ok();
    let script = top.join("ci/release/package.py");
    let check = |changelog: &str, words: &[&str]| {
        fs::write(top.join("CHANGELOG.md"), changelog).unwrap();
        run("python3", &[&[script.to_str().unwrap()], words].concat(), top)
    };
    let tag = format!("v{VERSION}");
    for without in ["# Changes\n\n## Unreleased\n\nx\n".to_owned(), format!("## {VERSION}\n\nno date\n")] {
        check(&without, &["check", &tag]).says(1, &["CHANGELOG.md has no section of", VERSION]);
    }
    check(&format!("## {VERSION} - 2026-01-02\n\n## 0.0.1 - 2026-01-01\n\nx\n"), &["notes"])
        .says(1, &["is empty"]);
    let whole =
        format!("## Unreleased\n\n## {VERSION} - 2026-01-02\n\nIt is there.\n\n## 0.0.1 - 2026-01-01\n\nx\n");
    check(&whole, &["check", &tag]).ok();
    assert_eq!(check(&whole, &["notes"]).ok(), "It is there.");
    // In the workflow: where the releases are is what binstall and npm are told.
    let mut command = std::process::Command::new("python3");
    command.arg(&script).args(["check", &tag]).current_dir(top);
    let forge = [("GITHUB_SERVER_URL", "https://example.com"), ("GITHUB_REPOSITORY", "someone/guard")];
    let out = command.envs(forge).output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(said.contains(r#"repository = "https://example.com/someone/guard""#), "{said}");
    let manifest = fs::read_to_string(top.join("Cargo.toml")).unwrap();
    let other = manifest.replace(&format!("version = \"{VERSION}\""), "version = \"99.0.0\"");
    fs::write(top.join("Cargo.toml"), other).unwrap();
    check(&whole, &["check", "v99.0.0"]).says(1, &["Cargo.lock", "cargo update --workspace"]);
}

#[test]
fn the_changelog_is_in_order_and_knows_no_version_after_this_one() {
    let text = fs::read_to_string(project().join("CHANGELOG.md")).unwrap();
    let heads: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(heads.first(), Some(&"Unreleased"));
    let dated = regex::Regex::new(r"^(\d+)\.(\d+)\.(\d+) - \d{4}-\d{2}-\d{2}$").unwrap();
    let numbers = |head: &str| {
        let found = dated.captures(head).unwrap();
        [1, 2, 3].map(|n| found[n].parse::<u32>().unwrap())
    };
    let own = numbers(&format!("{VERSION} - 2026-01-01"));
    let released: Vec<[u32; 3]> = heads.iter().skip(1).map(|head| numbers(head)).collect();
    assert!(released.first().is_none_or(|newest| *newest <= own), "{heads:?} in version {VERSION}");
    assert!(released.is_sorted_by(|a, b| a > b), "{heads:?}");
}
