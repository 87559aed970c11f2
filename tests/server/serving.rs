//! Servers that end with the test that started them, however that ends.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::harness::Repo;

/// How a push gets to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// No server: git starts the other end itself.
    File,
    /// `git daemon`.
    Daemon,
    /// `git http-backend`, run by lighttpd.
    Http,
}

pub const ALL: [Over; 3] = [Over::File, Over::Daemon, Over::Http];

/// A loaded machine may be this slow to start or end a server.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the server, and kills it and all that it started when its own standard input ends: when [`Serving`] is
/// dropped, and when the process of the tests is gone.
const KEEPER: &str = "\"$@\" </dev/null & read -r _; kill -KILL 0";

/// A running server.
pub struct Serving {
    keeper: Child,
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

impl Serving {
    /// The process group of the server and all that it starts.
    pub fn group(&self) -> u32 {
        self.keeper.id()
    }

    fn start(repo: &Repo, command: &[String]) -> Self {
        let log = fs::File::create(repo.root().join("server.log")).unwrap();
        let mut keeper = repo.command("sh", &repo.root());
        keeper.args(["-c", KEEPER, "keeper"]).args(command).process_group(0);
        keeper.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        Self { keeper: keeper.spawn().unwrap() }
    }
}

impl Over {
    /// Why this machine cannot serve this way.
    pub fn missing(self, repo: &Repo) -> Option<String> {
        let parts = match self {
            Self::File => Vec::new(),
            Self::Daemon => vec![own(repo, "git-daemon")],
            Self::Http => {
                let server = lighttpd().ok_or_else(|| "lighttpd is not installed".to_owned());
                vec![own(repo, "git-http-backend"), own(repo, "git-remote-http"), server]
            }
        };
        parts.into_iter().find_map(Result::err)
    }

    /// Serves the repositories in the folder of `repo`; the address of the one called `name`. Its name must be like no
    /// other: another test's server may answer at the port.
    pub fn serve(self, repo: &Repo, name: &str) -> (String, Option<Serving>) {
        if self == Self::File {
            return (format!("file://{}", repo.root().join(name).display()), None);
        }
        // Somebody may take the port between the look and the start.
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let (url, command) = match self {
                Self::Http => (format!("http://127.0.0.1:{port}/git/{name}"), web(repo, port)),
                _ => (format!("git://127.0.0.1:{port}/{name}"), daemon(repo, port)),
            };
            let serving = Serving::start(repo, &command);
            if answers(repo, &url) {
                return (url, Some(serving));
            }
        }
        let log = fs::read_to_string(repo.root().join("server.log")).unwrap();
        panic!("the server {self:?} does not answer; it said:\n{log}");
    }
}

fn answers(repo: &Repo, url: &str) -> bool {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if repo.git(&["ls-remote", url]).code == 0 {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// A program of git's that distributions package on its own.
fn own(repo: &Repo, name: &str) -> Result<PathBuf, String> {
    let path = Path::new(&repo.git(&["--exec-path"]).ok()).join(name);
    if path.is_file() { Ok(path) } else { Err(format!("git comes without {name} here")) }
}

/// Where people's `PATH` often does not lead.
fn lighttpd() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join("lighttpd")).find(|file| file.is_file())
}

fn daemon(repo: &Repo, port: u16) -> Vec<String> {
    let fixed =
        ["git", "daemon", "--reuseaddr", "--enable=receive-pack", "--listen=127.0.0.1", "--export-all"];
    let own = [format!("--port={port}"), format!("--base-path={}", repo.root().display())];
    fixed.map(str::to_owned).into_iter().chain(own).collect()
}

/// As `git help http-backend` sets lighttpd up. It hands its programs no environment of its own, not even `PATH`.
fn web(repo: &Repo, port: u16) -> Vec<String> {
    let root = repo.root();
    let backend = own(repo, "git-http-backend").unwrap();
    let mut command = repo.command("env", &root);
    command.env("GIT_PROJECT_ROOT", &root).env("GIT_HTTP_EXPORT_ALL", "");
    let variables = command.get_envs().filter_map(|(key, value)| Some((key.to_str()?, value?.to_str()?)));
    let variables: Vec<String> = variables.map(|(key, value)| format!("\"{key}\" => \"{value}\"")).collect();
    let root = root.display();
    let text = format!(
        "server.document-root = \"{root}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {port}\n\
         server.errorlog = \"{root}/lighttpd.log\"\nserver.upload-dirs = (\"{root}\")\n\
         server.modules = (\"mod_alias\", \"mod_setenv\", \"mod_cgi\")\n\
         alias.url = (\"/git\" => \"{}\")\n$HTTP[\"url\"] =~ \"^/git\" {{\n  cgi.assign = (\"\" => \"\")\n  \
         setenv.add-environment = ({})\n}}\n",
        backend.display(),
        variables.join(", ")
    );
    let file = repo.root().join("lighttpd.conf");
    fs::write(&file, text).unwrap();
    let program = lighttpd().unwrap();
    [program, "-D".into(), "-f".into(), file].map(|part| part.to_str().unwrap().to_owned()).into()
}
