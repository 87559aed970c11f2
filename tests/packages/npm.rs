//! The npm package: one tarball with a launcher, installed without a network and without scripts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{copy, executable};
use crate::world::{VERSION, archive_name, package, project, release, run, target, tool, works};

/// The package as node has it after `npm install`; `None`: a tool is missing, and that was said.
fn installed(scratch: &Path) -> Option<PathBuf> {
    let (_, _) = (tool("npm")?, tool("node")?);
    let folder = release(scratch)?;
    let args = ["npm", folder.to_str().unwrap(), "--target", &target()];
    let tarball = package(&args, project())?.ok();
    assert!(tarball.ends_with(&format!("/guard-for-git-{VERSION}.tgz")), "{tarball}");
    let home = scratch.join("app");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("package.json"), "{\"name\": \"app\", \"private\": true}\n").unwrap();
    let quiet = ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    run("npm", &[&quiet[..], &[&tarball]].concat(), &home).ok();
    Some(home.join("node_modules"))
}

/// Waits for the launcher to end, at most a few seconds: one that hangs has failed.
fn ends(mut child: std::process::Child) -> std::process::ExitStatus {
    for _ in 0..200 {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap()
}

fn runs_nothing_when_it_is_installed_and_is_not_published_by_mistake(own: &Path) {
    let text = fs::read_to_string(own.join("package.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["scripts", "dependencies", "optionalDependencies"] {
        assert!(manifest.get(key).is_none(), "{key}");
    }
    assert_eq!(manifest["version"], VERSION);
    assert_eq!(manifest["license"], "(MIT OR Apache-2.0)");
    assert_eq!(manifest["private"], true);
    let licences = format!("THIRD-PARTY-{}", target());
    for file in ["LICENSE-MIT", "LICENSE-APACHE", &licences, "README.md", "man/guard.1"] {
        assert!(own.join(file).is_file(), "{file}");
    }
}

#[test]
fn the_launcher_is_to_its_caller_what_the_program_is() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(modules) = installed(scratch.path()) else { return };
    let bin = modules.join(".bin");
    runs_nothing_when_it_is_installed_and_is_not_published_by_mistake(&modules.join("guard-for-git"));
    let npx =
        run("npx", &["--no-install", "--loglevel=error", "guard", "--version"], modules.parent().unwrap());
    assert_eq!(npx.ok(), format!("guard {VERSION}"));
    run(bin.join("guard"), &["frobnicate"], scratch.path()).says(2, &["frobnicate"]);
    let repo = works(&bin);
    // What git starts is the program itself.
    let hook = fs::read_to_string(repo.path.join(".git/hooks/commit-msg")).unwrap();
    assert!(hook.contains("/node_modules/guard-for-git/bin/") && !hook.contains("launcher"), "{hook}");

    // The rest is told by a stand-in in the program's place.
    let own = modules.join("guard-for-git");
    let [folder] = &fs::read_dir(own.join("bin")).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>()[..]
    else {
        unreachable!("one program was packed")
    };
    let program = folder.join("guard");
    executable(&program, "#!/bin/sh\ncat\nprintf '<%s>' \"$@\"\necho error >&2\nexit 7\n");
    let mut command = Command::new(bin.join("guard"));
    command.args(["a b", "", "$HOME"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"input").unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(7));
    assert_eq!(
        (out.stdout.as_slice(), out.stderr.as_slice()),
        (&b"input<a b><><$HOME>"[..], &b"error\n"[..])
    );

    // A signal to the launcher reaches the program, which may end as it likes; one that kills it kills the launcher.
    let ready = scratch.path().join("ready");
    for (trap, code, signal) in [("trap 'exit 9' TERM", Some(9), None), ("", None, Some(15))] {
        fs::remove_file(&ready).ok();
        let wait = "while :; do sleep 0.05; done";
        executable(&program, format!("#!/bin/sh\n{trap}\n: >'{}'\n{wait}\n", ready.display()));
        let child = Command::new(bin.join("guard")).stdin(Stdio::null()).spawn().unwrap();
        while !ready.exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        run("kill", &["-TERM", &child.id().to_string()], scratch.path()).ok();
        let status = ends(child);
        assert_eq!((status.code(), status.signal()), (code, signal), "{trap}");
    }

    fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
    run(bin.join("guard"), &["check"], scratch.path()).says(2, &["cannot be started", "fix"]);
    copy(&program, &own.join("bin/plan9-sparc/guard"));
    fs::remove_dir_all(folder).unwrap();
    let refused = run(bin.join("guard"), &["check"], scratch.path());
    refused.says(2, &["no program for", "plan9-sparc", "install.sh"]);
}

#[test]
fn two_programs_for_one_platform_are_not_packed() {
    let scratch = tempfile::tempdir().unwrap();
    let Some(folder) = release(scratch.path()) else { return };
    let args = ["npm", folder.to_str().unwrap(), "--target", &target(), "--target", &target()];
    package(&args, project()).unwrap().says(1, &["two programs for"]);
    package(&["npm", folder.to_str().unwrap()], project()).unwrap().says(1, &["is not there"]);
}

/// Makes of one target's archive that of Windows, as a checkout there could have it: CR LF, another list of licences.
const WINDOWS: &str = r#"
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import archive, project
[own, other], folder = project.chosen(sys.argv[2:4]), Path(sys.argv[4])
files = archive.read(own, folder)
del files["guard"]
files = {name: content.replace(b"\n", b"\r\n") for name, content in files.items()}
files["THIRD-PARTY"] = b"windows-sys\r\n"
files["guard.exe"] = b"MZ".ljust(0x3c, b"\0") + b"\x40\0\0\0PE\0\0\x64\x86"
if len(sys.argv) > 5:
    files["man/guard.1"] += b"other"
archive.zip_file(folder / other.archive, other, files)
"#;

#[test]
fn the_licences_of_each_system_are_in_the_package_and_texts_have_line_feeds() {
    const OTHER: &str = "x86_64-pc-windows-msvc";
    let scratch = tempfile::tempdir().unwrap();
    let (Some(_), Some(folder)) = (tool("npm"), release(scratch.path())) else { return };
    let (own, folder) = (target(), folder.to_str().unwrap());
    let modules = project().join("ci/release");
    let windows = ["-c", WINDOWS, modules.to_str().unwrap(), &own, OTHER, folder];
    let npm = |first: &str, second: &str| {
        package(&["npm", folder, "--target", first, "--target", second], project()).unwrap()
    };
    run("python3", &[&windows[..], &["other"]].concat(), project()).ok();
    npm(&own, OTHER).says(1, &["other manual pages"]);
    run("python3", &windows, project()).ok();
    let list =
        run("tar", &["-xzOf", &archive_name(), "--wildcards", "*/THIRD-PARTY"], Path::new(folder)).ok();
    for (first, second) in [(own.as_str(), OTHER), (OTHER, own.as_str())] {
        let tarball = npm(first, second).ok();
        run("tar", &["-xzf", &tarball], scratch.path()).ok();
        let top = scratch.path().join("package");
        let text = |name: &str| fs::read_to_string(top.join(name)).unwrap();
        assert_eq!(text(&format!("THIRD-PARTY-{OTHER}")), "windows-sys\n");
        assert_eq!(text(&format!("THIRD-PARTY-{own}")).trim_end(), list);
        assert_eq!(text("README.md"), fs::read_to_string(project().join("README.md")).unwrap());
        assert!(!top.join("THIRD-PARTY").exists());
        for name in ["CHANGELOG.md", "LICENSE-MIT", "man/guard.1", "package.json"] {
            assert!(!text(name).contains('\r'), "{name}");
        }
        fs::remove_dir_all(top).unwrap();
    }
}
