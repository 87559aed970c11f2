//! The Debian package: what `[package.metadata.deb]` names is there, and cargo-deb, where it is installed, makes it.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::world::{VERSION, metadata, package, project, release, run, target, tool, works};

/// One at a time: cargo-deb reads from the one folder that Cargo.toml names.
pub static STAGE: Mutex<()> = Mutex::new(());

/// The files that a source of an asset stands for.
fn matching(source: &str) -> Vec<std::path::PathBuf> {
    let path = project().join(source);
    match path.file_name().and_then(|name| name.to_str()) {
        Some("*") => fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().path()).collect(),
        _ if path.is_file() => vec![path],
        _ => Vec::new(),
    }
}

#[test]
fn every_file_that_the_package_names_is_made() {
    let _alone = STAGE.lock().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = release(scratch.path()) else { return };
    if !cfg!(target_os = "linux") {
        return;
    }
    let args = ["deb", folder.to_str().unwrap(), "--target", &target(), "--stage"];
    package(&args, project()).unwrap().ok();
    let section = metadata()["deb"].clone();
    assert!(matching("target/release-deb/nothing").is_empty());
    for asset in section["assets"].as_array().unwrap() {
        let source = asset[0].as_str().unwrap();
        assert!(!matching(source).is_empty(), "{source}");
    }
    let changelog = fs::read_to_string(project().join(section["changelog"].as_str().unwrap())).unwrap();
    assert!(changelog.starts_with(&format!("guard ({VERSION}-1) ")), "{changelog}");
    assert!(changelog.contains(", 14 Nov 2023 22:13:20 +0000"), "{changelog}");
}

#[test]
fn cargo_deb_makes_a_package_that_dpkg_unpacks_and_that_works() {
    let _alone = STAGE.lock().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let (Some(_), Some(_)) = (tool("cargo-deb"), tool("dpkg-deb")) else { return };
    let Some(folder) = release(scratch.path()) else { return };
    let args = ["deb", folder.to_str().unwrap(), "--target", &target()];
    let deb = package(&args, project()).unwrap().ok();
    let field = |name: &str| run("dpkg-deb", &["-f", &deb, name], scratch.path()).ok();
    assert_eq!((field("Package"), field("Version")), ("guard".to_owned(), format!("{VERSION}-1")));
    assert!(field("Depends").contains("git (>= 1:2.30)"), "{}", field("Depends"));
    assert_eq!(field("Conflicts"), "ruby-guard");
    let root = scratch.path().join("root");
    run("dpkg-deb", &["-x", &deb, root.to_str().unwrap()], scratch.path()).ok();
    let there = |path: &str| root.join(Path::new(path)).is_file();
    for file in [
        "usr/share/man/man1/guard-start.1.gz",
        "usr/share/bash-completion/completions/guard",
        "usr/share/zsh/vendor-completions/_guard",
        "usr/share/fish/vendor_completions.d/guard.fish",
        "usr/share/doc/guard/copyright",
        "usr/share/doc/guard/changelog.Debian.gz",
        "usr/share/doc/guard/THIRD-PARTY",
    ] {
        assert!(there(file), "{file}");
    }
    works(&root.join("usr/bin"));
}

/// The README's command with a package of that file name: apt looks a name that does not begin like a path up in its lists.
#[test]
fn apt_understands_the_command_of_the_readme() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let row = readme.lines().find(|line| line.starts_with("| Debian |")).unwrap();
    let command = row.split('`').nth(1).unwrap();
    let file = format!("guard_{VERSION}-1_amd64.deb");
    assert_eq!(command, format!("cd DIR && apt install ./{file}"));
    let (Some(_), Some(_)) = (tool("apt"), tool("dpkg-deb")) else { return };
    let scratch = tempfile::tempdir().unwrap();
    let control = format!(
        "Package: guard-for-git-test\nVersion: {VERSION}-1\nArchitecture: all\nMaintainer: A <a@example.com>\n\
         Description: x\n"
    );
    fs::create_dir_all(scratch.path().join("made/DEBIAN")).unwrap();
    fs::write(scratch.path().join("made/DEBIAN/control"), control).unwrap();
    fs::create_dir(scratch.path().join("release")).unwrap();
    let file = format!("release/{file}");
    run("dpkg-deb", &["--root-owner-group", "--build", "made", &file], scratch.path()).ok();
    let apt = |line: &str| {
        let line = line.replace("DIR", "release").replace("apt install", "apt install --simulate");
        run("sh", &["-c", &line], scratch.path())
    };
    assert_ne!(apt(&format!("apt install {file}")).code, 0);
    apt(command).says(0, &["Inst guard-for-git-test "]);
}
