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

/// A folder with the tools that the installer needs and no more, so that one can be left out or replaced.
struct Bare {
    download: Download,
    tools: PathBuf,
}

impl Bare {
    fn new() -> Option<Self> {
        let download = Download::new()?;
        let tools = download.scratch.path().join("tools");
        fs::create_dir(&tools).unwrap();
        let wanted = "sh git sed tar gzip mktemp sha256sum tr cp mv rm mkdir chmod cmp uname sleep cat";
        for name in wanted.split(' ') {
            std::os::unix::fs::symlink(tool(name)?, tools.join(name)).unwrap();
        }
        if let Some(timeout) = tool("timeout") {
            std::os::unix::fs::symlink(timeout, tools.join("timeout")).unwrap();
        }
        download.write_sums(&run("sha256sum", &[&archive_name()], &download.folder).ok());
        Some(Self { download, tools })
    }

    fn replace(&self, name: &str, script: &str) {
        fs::remove_file(self.tools.join(name)).ok();
        executable(&self.tools.join(name), script);
    }

    fn install(&self, args: &[&str]) -> Ran {
        let temporary = self.download.scratch.path().join("temporary");
        fs::create_dir_all(&temporary).unwrap();
        let env = [format!("PATH={}", self.tools.display()), format!("TMPDIR={}", temporary.display())];
        let prefix = self.download.prefix();
        let own = [&env[0], &env[1], "sh", "install.sh", "--prefix", prefix.to_str().unwrap()];
        let ran = run("env", &[&own[..], args].concat(), &self.download.folder);
        assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "something is left: {}", ran.text());
        ran
    }
}

#[test]
fn what_unpacks_is_asked_for_by_name() {
    for name in ["tar", "gzip"] {
        let Some(bare) = Bare::new() else { return };
        fs::remove_file(bare.tools.join(name)).unwrap();
        bare.install(&["--from", "."]).says(1, &["these are missing", &format!("  {name} ")]);
        assert!(!bare.download.program().exists());
    }
}

#[test]
fn an_archive_may_have_another_name_where_its_digest_is_given() {
    let Some(bare) = Bare::new() else { return };
    let sum = bare.download.sum();
    for name in ["other.tar.gz", "download"] {
        fs::copy(bare.download.folder.join(archive_name()), bare.download.folder.join(name)).unwrap();
        assert_eq!(bare.install(&["--from", name]).code, 1, "{name}");
        bare.install(&["--from", name, "--sha256", &"0".repeat(64)]).says(1, &["nothing was installed"]);
        assert!(!bare.download.program().exists());
        bare.install(&["--from", name, "--sha256", &sum]).says(0, &["Installed"]);
        fs::remove_file(bare.download.program()).unwrap();
    }
    fs::write(bare.download.folder.join("no.tar.gz"), "no archive").unwrap();
    let sum = run("sha256sum", &["no.tar.gz"], &bare.download.folder).ok();
    let args = ["--from", "no.tar.gz", "--sha256", &sum[..64]];
    bare.install(&args).says(1, &["cannot be unpacked"]);
}

#[test]
fn a_folder_without_an_archive_is_one_error() {
    let Some(bare) = Bare::new() else { return };
    fs::create_dir(bare.download.folder.join("empty")).unwrap();
    let said = bare.install(&["--from", "empty"]).says(1, &["has no guard-"]).err;
    assert_eq!(said.matches("install.sh: ").count(), 1, "{said}");
}

/// A terminal that is closed: what was begun is cleaned up.
#[test]
fn a_hangup_leaves_nothing() {
    for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let Some(bare) = Bare::new() else { return };
        bare.replace("cmp", &format!("#!/bin/sh\nkill -{signal} $PPID\n"));
        let ran = bare.install(&["--from", "."]);
        assert_eq!(ran.code, code, "{}", ran.text());
        assert!(!bare.download.program().exists());
    }
}

#[test]
fn another_program_of_that_name_is_not_waited_for() {
    let Some(bare) = Bare::new() else { return };
    if !bare.tools.join("timeout").exists() {
        return;
    }
    // A limit of one second, as quick as the test wants it.
    let timeout = tool("timeout").unwrap();
    bare.replace("timeout", &format!("#!/bin/sh\nshift 3\nexec '{}' -s KILL 1 \"$@\"\n", timeout.display()));
    for text in ["#!/bin/sh\nsleep 1000\n", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n"] {
        executable(&bare.download.program(), text);
        for args in [&["--from", "."][..], &["--uninstall"]] {
            bare.install(args).says(1, &["another program of that name"]);
            assert_eq!(fs::read_to_string(bare.download.program()).unwrap(), text);
        }
    }
}

#[test]
fn another_program_of_that_name_reads_nothing() {
    let Some(bare) = Bare::new() else { return };
    fs::remove_file(bare.tools.join("timeout")).ok();
    executable(&bare.download.program(), "#!/bin/sh\ncat\n");
    // An input that looks like guard's answer: whoever reads it takes the program for guard, and deletes it.
    let line = "echo guard 1 | PATH=\"$1\" sh ./install.sh --prefix \"$2\" --uninstall";
    let (tools, prefix) = (bare.tools.to_str().unwrap(), bare.download.prefix());
    let args = ["-c", line, "sh", tools, prefix.to_str().unwrap()];
    run("sh", &args, &bare.download.folder).says(1, &["another program of that name"]);
    assert!(bare.download.program().exists());
}

#[test]
fn a_link_to_nothing_is_called_what_it_is() {
    let Some(bare) = Bare::new() else { return };
    fs::create_dir_all(bare.download.program().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere/guard", bare.download.program()).unwrap();
    let said = bare.install(&["--uninstall"]).says(1, &["is a link to a file that is not there"]).err;
    let command = said.lines().find_map(|line| line.trim().strip_prefix("to delete the link: ")).unwrap();
    run("sh", &["-c", command], bare.download.scratch.path()).ok();
    bare.install(&["--uninstall"]).says(0, &["is not there"]);
}

/// As in Git Bash, whose `uname` is played here; the program is a script of that name.
#[test]
fn git_bash_is_given_the_archive_for_windows() {
    let (Some(bare), Some(unzip), Some(_)) = (Bare::new(), tool("unzip"), tool("python3")) else { return };
    bare.replace("uname", "#!/bin/sh\n[ \"$1\" = -m ] && echo x86_64 || echo MINGW64_NT-10.0-22631\n");
    let from_here = || bare.install(&["--from", "."]);
    from_here().says(1, &["these are missing", "unzip"]);
    std::os::unix::fs::symlink(unzip, bare.tools.join("unzip")).unwrap();
    from_here().says(1, &["has no guard-*-x86_64-pc-windows-msvc.zip"]);
    let folder = &bare.download.folder;
    let top = format!("guard-{VERSION}-x86_64-pc-windows-msvc");
    executable(&folder.join(&top).join("guard.exe"), format!("#!/bin/sh\necho guard {VERSION}\n"));
    let archive = format!("{top}.zip");
    run("python3", &["-m", "zipfile", "-c", &archive, &top], folder).ok();
    from_here().says(1, &["SHA256SUMS does not name"]);
    bare.download.write_sums(&run("sha256sum", &[&archive], folder).ok());
    from_here().says(0, &["Checked", "bin/guard.exe (guard "]);
    from_here().says(0, &["up to date"]);
    bare.install(&["--from", &archive]).says(0, &["up to date"]);
    bare.install(&["--uninstall"]).says(0, &["Deleted"]);
}
