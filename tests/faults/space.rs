//! A small file system of its own, mounted where nobody else sees it: in a mount namespace that ends with the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::harness::{Ran, Repo};

/// A process that holds the namespace, and the repository inside.
pub struct Space<'a> {
    repo: &'a Repo,
    holder: Child,
    /// The copy of the repository, as the processes inside name it.
    pub path: PathBuf,
}

impl<'a> Space<'a> {
    /// A tmpfs of so many KiB with a copy of the repository; `None`, and a word about it: not on this machine.
    pub fn new(repo: &'a Repo, kib: usize) -> Option<Self> {
        let disk = repo.root().join("disk");
        fs::create_dir(&disk).unwrap();
        // Root may mount in a namespace of mounts; others need one of users as well.
        let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
        let script = format!(
            "mount -t tmpfs -o size={kib}k none '{0}' && cp -a '{1}' '{0}/repo' && echo ready && exec sleep 600",
            disk.display(),
            repo.path.display()
        );
        let mut command = Command::new("unshare");
        command.arg(if root { "-m" } else { "-rm" }).args(["sh", "-c", &script]);
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut line = String::new();
        let ready = started.ok().and_then(|mut holder| {
            BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
            Some(holder)
        });
        let path = disk.join("repo");
        match ready {
            Some(holder) if line == "ready\n" => Some(Self { repo, holder, path }),
            ready => {
                ready.map(|mut holder| holder.wait());
                eprintln!("skipped: no file system can be mounted here (root, or user namespaces, would do)");
                None
            }
        }
    }

    /// A program inside, at the top of the work tree.
    pub fn run(&self, program: &str, args: &[&str]) -> Ran {
        let mut line = vec!["-t".to_owned(), self.holder.id().to_string(), "-m".to_owned()];
        if Path::new("/proc/self/ns/user").read_link().ok()
            != Path::new(&format!("/proc/{}/ns/user", self.holder.id())).read_link().ok()
        {
            line.extend(["-U".to_owned(), "--preserve-credentials".to_owned()]);
        }
        line.extend(["--".to_owned(), "env".to_owned(), "-C".to_owned(), self.path.display().to_string()]);
        line.push(program.to_owned());
        line.extend(args.iter().map(|a| (*a).to_owned()));
        self.repo.run_in(&self.repo.root(), "nsenter", &line)
    }

    pub fn git(&self, args: &[&str]) -> Ran {
        self.run("git", args)
    }

    pub fn guard(&self, args: &[&str]) -> Ran {
        self.run(crate::guard_bin(), args)
    }

    /// A shell script that must succeed.
    #[track_caller]
    pub fn does(&self, script: &str) -> String {
        self.run("sh", &["-ec", script]).ok()
    }

    /// A path inside, as this process can open it.
    pub fn outside(&self, path: &str) -> PathBuf {
        let inside = self.path.join(path);
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(inside.strip_prefix("/").unwrap())
    }
}

impl Drop for Space<'_> {
    fn drop(&mut self) {
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}
