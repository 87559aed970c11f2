//! A server with `main` and one branch, a runner's checkout of it, and the pinned guard that is to judge.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Ran, Repo, copy, executable, guard_bin};

const PLAN: &str =
    "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"s\"\nscope = [\"src/**\"]\n";
/// Notes where it was started, and hands out a start of the guard under test, which is large to copy. `BROKEN` is a build that fails.
const CARGO: &str = "#!/bin/sh\n[ \"$1\" != --version ] || { echo cargo 99.0.0; exit; }\n\
    pwd >>\"$ROOT/built\"\n[ -z \"${BROKEN:-}\" ] || exit 101\n\
    printf '{\"executable\":\"%s\"}\\n' \"$ROOT/guard-under-test\"\n";

/// Adds a commit out of scope.
pub const LEAVES: &str = "echo x >other; git add -A; git commit -qm 'T001: leaves the scope'";
/// The same, with a judge of its own in every place that one might be taken from.
pub const TRAPS: &str = "mkdir -p bin .guard-program target/release .cargo .githooks ci
    for file in guard bin/guard target/release/guard .guard-program/guard install.sh cargo rustc cc git wrapper \
        .githooks/post-checkout; do printf '#!/bin/sh\\ntouch \"$ROOT/pwned\"\\n' >$file; chmod +x $file; done
    printf '[package]\\nname = \"guard\"\\nrust-version = \"0.1\"\\n' >Cargo.toml
    printf '[build]\\nrustc-wrapper = \"./wrapper\"\\n' >.cargo/config.toml
    echo 'runs: {using: composite, steps: [{shell: bash, run: touch pwned}]}' >action.yml; cp action.yml ci/gitlab.yml
    git add -Af; git commit -qm 'T001: brings its own judge'";
/// A branch's name that wants to be a command.
pub const HOSTILE: &str = "a$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned;\"'";

pub struct World {
    pub repo: Repo,
    pub base: String,
    pub head: String,
}

impl World {
    /// Branch `work`: a rollback commit, a commit in scope, and what the shell script `more` adds.
    pub fn new(more: &str) -> Self {
        Self::at("refs/heads/work", more)
    }

    /// The server has the branch under the ref `name`.
    pub fn at(name: &str, more: &str) -> Self {
        let mut repo = Repo::new();
        let root = repo.root();
        executable(&root.join("tools/cargo"), CARGO);
        executable(&root.join("guard-under-test"), format!("#!/bin/sh\nexec '{}' \"$@\"\n", guard_bin()));
        for folder in ["temp", "tmp"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        let mut search = root.join("tools").into_os_string();
        search.push(":");
        search.push(std::env::var_os("PATH").unwrap());
        repo.env("PATH", search).env("ROOT", &root).env("TMPDIR", root.join("tmp"));
        let world = Self { repo, base: String::new(), head: String::new() };
        world.repo.write("plans/p.toml", PLAN);
        world.repo.write("src/a", "1\n");
        world.does("git add -A; git commit -qm init; git init -q --bare ../origin.git; git push -q ../origin.git main");
        let base = world.does("git rev-parse HEAD");
        world.does(
            "git checkout -qb work; git commit -q --allow-empty -m 'rollback: before executing plan p'; \
             echo 2 >src/a; git commit -qam 'T001: two'",
        );
        world.does(more);
        world.repo.git(&["push", "-q", "../origin.git", &format!("HEAD:{name}")]).ok();
        let head = world.does("git rev-parse HEAD");
        Self { base, head, ..world }
    }

    pub fn root(&self) -> PathBuf {
        self.repo.root()
    }

    /// A shell script in the repository of whoever wrote the branch.
    #[track_caller]
    pub fn does(&self, script: &str) -> String {
        self.repo.run_in(&self.repo.path, "sh", &["-ec", script]).ok()
    }

    /// What the runner has checked out.
    pub fn checkout(&self) -> PathBuf {
        self.root().join("work/checkout")
    }

    /// Checks out `commit` as a runner does: every branch, and with a depth that is not 0 only so many commits.
    pub fn check_out(&self, commit: &str, depth: &str) -> &Self {
        let checkout = self.checkout();
        fs::create_dir_all(&checkout).unwrap();
        let git = |args: &[&str]| self.repo.run_in(&checkout, "git", args).ok();
        let address = format!("file://{}", self.root().join("origin.git").display());
        git(&["init", "-q"]);
        git(&["remote", "add", "origin", &address]);
        if depth == "0" {
            git(&["fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
        } else {
            git(&["fetch", "-q", "--depth", depth, "origin", commit]);
        }
        git(&["checkout", "-q", commit]);
        self
    }

    /// The pinned guard's sources in `folder`, as far as its installer looks at them.
    pub fn place_guard(&self, folder: &Path) {
        for file in ["install.sh", "Cargo.toml"] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file), &folder.join(file));
        }
    }

    /// Runs a script of a CI file in the checkout, with `shell` as that CI starts it.
    pub fn run(&self, shell: &[&str], script: &str, env: &[(String, String)]) -> Ran {
        let file = self.root().join("script");
        fs::write(&file, script).unwrap();
        let mut command = self.repo.command(shell[0], &self.checkout());
        let output = command
            .args(&shell[1..])
            .arg(file)
            .envs(env.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The folders in which guard was built since the last look.
    pub fn built(&self) -> Vec<PathBuf> {
        let log = self.root().join("built");
        let text = fs::read_to_string(&log).unwrap_or_default();
        fs::remove_file(log).ok();
        text.lines().map(PathBuf::from).collect()
    }

    /// Nothing of the branch, of its name and of the inputs was run.
    #[track_caller]
    pub fn is_unharmed(&self) {
        let found = self.repo.run_in(&self.root(), "find", &[".", "-name", "pwned"]).ok();
        assert_eq!(found, "", "something of the branch was run");
    }
}
