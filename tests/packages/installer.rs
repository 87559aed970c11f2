//! `install.sh --from`: nothing is installed that is not what it should be. How it builds is what `.ci/run` tries.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Ran, Repo, executable, picture};
use crate::world::{VERSION, archive_name, project, release, run, tool};

struct Download {
    scratch: tempfile::TempDir,
    /// The archive, and the installer beside it.
    folder: PathBuf,
}

impl Download {
    fn new() -> Option<Self> {
        let scratch = tempfile::tempdir().unwrap();
        let folder = release(scratch.path())?;
        fs::copy(project().join("install.sh"), folder.join("install.sh")).unwrap();
        Some(Self { scratch, folder })
    }

    fn prefix(&self) -> PathBuf {
        self.scratch.path().join("prefix")
    }

    fn program(&self) -> PathBuf {
        self.prefix().join("bin/guard")
    }

    /// The installer as a person starts it in the folder, and every shell that this machine has for it.
    fn install(&self, args: &[&str]) -> Ran {
        let prefix = self.prefix();
        let own = ["./install.sh", "--prefix", prefix.to_str().unwrap()];
        run("sh", &[&own[..], args].concat(), &self.folder)
    }

    fn sum(&self) -> String {
        let sums = run("sha256sum", &[&archive_name()], &self.folder).ok();
        sums.split(' ').next().unwrap().to_owned()
    }

    fn write_sums(&self, text: &str) {
        fs::write(self.folder.join("SHA256SUMS"), text).unwrap();
    }
}

#[test]
fn an_archive_that_is_not_what_it_should_be_is_not_installed() {
    if tool("sha256sum").is_none() {
        return;
    }
    let Some(download) = Download::new() else { return };
    let (name, sum) = (archive_name(), download.sum());
    let refused = |args: &[&str], words: &[&str]| {
        download.install(args).says(1, words);
        assert!(!download.program().exists(), "{args:?}");
    };
    refused(&["--from", &name], &["there is no", "SHA256SUMS", "--sha256"]);
    refused(&["--from", "."], &["there is no", "SHA256SUMS"]);
    let zero = "0".repeat(64);
    for (sums, words) in [
        (String::new(), "does not name"),
        (format!("{sum}  other-{name}\n"), "does not name"),
        (format!("{sum}  {name}x\n"), "does not name"),
        (format!("{zero}  {name}\n"), "nothing was installed"),
        (format!("{}  {name}\n", &sum[..63]), "64 hex digits"),
        (format!("{}g  {name}\n", &sum[..63]), "not a SHA-256 digest"),
        (format!("{sum}  {name}\n{zero}  {name}\n"), "twice"),
        (format!("{sum}  {name}\n{sum}  {name}\n"), "twice"),
    ] {
        download.write_sums(&sums);
        refused(&["--from", &name], &[words]);
    }
    download.write_sums(&format!("{sum}  {name}\n"));
    refused(&["--from", &name, "--sha256", &zero], &["nothing was installed", &sum, &zero]);
    refused(&["--from", &name, "--sha256", ""], &["--sha256 needs a value"]);
    refused(&["--sha256", &sum], &["goes with --from"]);
    refused(&["--from", "nowhere"], &["nowhere is not there"]);
    refused(&["--from", "SHA256SUMS"], &["not an archive of a release"]);
    refused(&[], &["no sources beside it", "--from"]);
    // One byte more, and it is not the archive that SHA256SUMS means.
    let mut bytes = fs::read(download.folder.join(&name)).unwrap();
    bytes.push(0);
    fs::write(download.folder.join(&name), bytes).unwrap();
    refused(&["--from", "."], &["nothing was installed"]);
}

#[test]
fn an_archive_without_a_program_for_this_machine_is_not_installed() {
    if tool("sha256sum").is_none() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let top = format!("guard-{VERSION}-frob");
    for (program, words) in [(None, "has no guard-"), (Some("#!/bin/sh\nexit 126\n"), "does not start here")]
    {
        let folder = scratch.path().join(&top);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("README.md"), "").unwrap();
        if let Some(text) = program {
            executable(&folder.join("guard"), text);
        }
        let archive = format!("{top}.tar.gz");
        run("tar", &["-czf", &archive, &top], scratch.path()).ok();
        let sums = run("sha256sum", &[&archive], scratch.path()).ok();
        fs::write(scratch.path().join("SHA256SUMS"), sums + "\n").unwrap();
        let script = project().join("install.sh");
        let args = [script.to_str().unwrap(), "--prefix", "prefix", "--from", &archive];
        run("sh", &args, scratch.path()).says(1, &[words]);
        assert!(!scratch.path().join("prefix/bin/guard").exists());
    }
}

#[test]
fn the_right_archive_is_installed_and_uninstalled() {
    if tool("sha256sum").is_none() {
        return;
    }
    let Some(download) = Download::new() else { return };
    download.write_sums(&run("sha256sum", &[&archive_name()], &download.folder).ok());
    let before = picture(&download.folder);
    let sum = download.sum();
    for (args, words) in [
        (vec!["--from", "."], "Installed"),
        (vec!["--from", &archive_name()], "up to date"),
        (vec!["--from", &archive_name(), "--sha256", &sum.to_uppercase()], "up to date"),
    ] {
        let said = download.install(&args).says(0, &["Checked", &sum, words, "guard install"]);
        assert!(!said.text().contains("Building"), "{}", said.text());
    }
    assert_eq!(picture(&download.folder), before);
    // Cargo and a compiler are not asked for: git, tar and the like are all that it finds here.
    let mut repo = Repo::new();
    let tools = repo.root().join("tools");
    fs::create_dir(&tools).unwrap();
    let wanted = "sh git sed tar gzip mktemp sha256sum tr cp mv rm mkdir chmod cmp uname";
    for name in wanted.split(' ') {
        std::os::unix::fs::symlink(tool(name).unwrap(), tools.join(name)).unwrap();
    }
    repo.env("PATH", tools.as_os_str());
    let script = download.folder.join("install.sh");
    let started = |args: &[&str]| repo.run_in(&repo.path, &script, args);
    started(&["--prefix", "own", "--from", download.folder.to_str().unwrap()]).says(0, &["Installed"]);
    started(&["--prefix", "own"]).says(1, &["no sources"]);
    started(&["--prefix", "own", "--uninstall", "--from", "x"])
        .says(1, &["--uninstall goes with --prefix alone"]);
    assert!(repo.path.join("own/bin/guard").exists());
    started(&["--prefix", "own", "--uninstall"]).says(0, &["Deleted"]);
    assert_eq!(fs::read_dir(repo.path.join("own/bin")).unwrap().count(), 0, "nothing is left");
    started(&["--prefix", "own", "--uninstall"]).says(0, &["nothing to do"]);
    executable(&repo.path.join("own/bin/guard"), "#!/bin/sh\necho other\n");
    started(&["--prefix", "own", "--uninstall"]).says(1, &["another program"]);
    started(&["--prefix", "own", "--from", download.folder.to_str().unwrap()]).says(1, &["another program"]);
}

/// What is left in a repository after the program is deleted can be found as `--uninstall` says.
#[test]
fn the_hooks_that_uninstall_speaks_of_are_found_by_its_command() {
    let repo = Repo::new();
    repo.guard(&["install"]).ok();
    let script = project().join("install.sh");
    let bin = repo.path.join("own/bin");
    crate::harness::copy(Path::new(crate::harness::guard_bin()), &bin.join("guard"));
    let said = repo.run_in(&repo.path, script, &["--prefix", "own", "--uninstall"]).ok();
    let command = said.lines().find_map(|line| line.trim().strip_prefix("grep ")).unwrap();
    let found = repo.run_in(&repo.path, "sh", &["-c", &format!("grep {command}")]).ok();
    assert_eq!(found.lines().count(), fs::read_dir(repo.path.join(".git/hooks")).unwrap().count(), "{found}");
}
