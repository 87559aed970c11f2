//! A repository with a plan, and one other manager whose hooks leave a trace and can refuse.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Ran, Repo, executable, guard_bin, picture};
use crate::tools;

/// Several commits for one task, so that a test can try again.
const POLICY: &str = "version = 1\n\n[rules]\natomic = \"off\"\n";

pub const PLAN: &str = "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"one\"\nscope = [\"src/**\"]\n\n\
    [[task]]\nid = \"T002\"\nsummary = \"two\"\nscope = [\"docs/**\"]\n";

/// Plays a linter: writes down which hook it is, and does not like FORBIDDEN.
const CHECK: &str = "#!/bin/sh\necho \"$1\" >> \"$TRACE\"\ncase $1 in\n\
    pre-commit) ! git show :src/a | grep FORBIDDEN ;;\ncommit-msg) ! grep FORBIDDEN \"$2\" ;;\nesac\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    PreCommit,
    Prek,
    LefthookFromPypi,
    LefthookFromNpm,
    Husky,
    /// Hooks that a script copies to `.git/hooks`.
    Plain,
}

impl Manager {
    /// Where its program is; `None`: not to be had here.
    fn bin(self) -> Option<&'static Path> {
        match self {
            Self::PreCommit | Self::Prek | Self::LefthookFromPypi => tools::pypi(),
            Self::LefthookFromNpm | Self::Husky => tools::npm(),
            Self::Plain => Some(Path::new("/bin")),
        }
    }

    fn settings(self, repo: &Repo) {
        let check = repo.root().join("check");
        let check = check.to_str().unwrap();
        match self {
            Self::PreCommit | Self::Prek => {
                let hook = |stage: &str| {
                    format!(
                        "      - id: {stage}\n        name: {stage}\n        language: system\n        \
                         entry: {check} {stage}\n        stages: [{stage}]\n        always_run: true\n"
                    )
                };
                let pre_commit = format!("{}        pass_filenames: false\n", hook("pre-commit"));
                let hooks = format!("{pre_commit}{}", hook("commit-msg"));
                repo.write(
                    ".pre-commit-config.yaml",
                    format!("repos:\n  - repo: local\n    hooks:\n{hooks}"),
                );
            }
            Self::LefthookFromPypi | Self::LefthookFromNpm => {
                let job =
                    |hook: &str, args: &str| format!("{hook}:\n  jobs:\n    - run: {check} {hook}{args}\n");
                let text = format!("{}{}", job("pre-commit", ""), job("commit-msg", " {1}"));
                repo.write("lefthook.yml", text);
            }
            Self::Husky => {
                repo.write(".husky/pre-commit", format!("{check} pre-commit\n"));
                repo.write(".husky/commit-msg", format!("{check} commit-msg \"$1\"\n"));
            }
            Self::Plain => {
                for hook in ["pre-commit", "commit-msg"] {
                    repo.script(format!("tools/{hook}"), format!("#!/bin/sh\nexec {check} {hook} \"$@\"\n"));
                }
            }
        }
    }

    fn install_command(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit install -t pre-commit -t commit-msg",
            Self::Prek => "prek install -q -t pre-commit -t commit-msg",
            Self::LefthookFromPypi | Self::LefthookFromNpm => "lefthook install",
            Self::Husky => "husky",
            Self::Plain => "cp -p --remove-destination tools/* .git/hooks/",
        }
    }

    /// Does it run the hook that it finds, from another place?
    pub fn calls_what_it_finds(self) -> bool {
        matches!(self, Self::PreCommit | Self::Prek)
    }
}

pub struct Field {
    pub repo: Repo,
    pub manager: Manager,
}

impl Field {
    /// With the manager's settings, and nothing installed; `None`: the manager is not to be had, which was said.
    pub fn new(manager: Manager) -> Option<Self> {
        let bin = manager.bin()?;
        let mut repo = Repo::new();
        let guard = Path::new(guard_bin()).parent().unwrap();
        let search = std::env::var_os("PATH").unwrap();
        let folders =
            [guard.to_path_buf(), bin.to_path_buf()].into_iter().chain(std::env::split_paths(&search));
        repo.env("PATH", std::env::join_paths(folders).unwrap());
        repo.env("TRACE", repo.root().join("trace"));
        executable(&repo.root().join("check"), CHECK);
        for (path, text) in
            [("src/a", "a\n"), ("docs/d", "d\n"), ("plans/p.toml", PLAN), ("guard.toml", POLICY)]
        {
            repo.write(path, text);
        }
        manager.settings(&repo);
        let field = Self { repo, manager };
        field.does("git add -A; git commit -qm root");
        Some(field)
    }

    /// A shell script that ends at the first command that fails.
    pub fn sh(&self, script: &str) -> Ran {
        self.repo.run_in(&self.repo.path, "sh", &["-ec", script])
    }

    #[track_caller]
    pub fn does(&self, script: &str) -> String {
        self.sh(script).ok()
    }

    /// The manager installs its hooks.
    #[track_caller]
    pub fn managed(&self) {
        self.does(self.manager.install_command());
    }

    /// The folders that hooks may be in.
    fn folders(&self) -> Vec<PathBuf> {
        [".git/hooks", ".husky/_"]
            .map(|f| self.repo.path.join(f))
            .into_iter()
            .filter(|f| f.is_dir())
            .collect()
    }

    pub fn hooks(&self) -> Vec<String> {
        self.folders().iter().flat_map(|folder| picture(folder)).collect()
    }

    /// What the manager alone puts into folders that are empty.
    pub fn hooks_of_the_manager_alone(&self) -> Vec<String> {
        for folder in self.folders() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(self.repo.path.join(".git/hooks")).unwrap();
        self.managed();
        self.hooks()
    }

    /// Which of the manager's hooks ran since the last look.
    pub fn trace(&self) -> String {
        let path = self.repo.root().join("trace");
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::remove_file(path).ok();
        text
    }

    /// Nothing is staged or changed any more.
    fn clean(&self) {
        self.does("git -c core.hooksPath=/dev/null reset -q --hard");
        self.trace();
    }

    /// A commit that must be refused, and not by somebody else: what was said.
    #[track_caller]
    pub fn refused(&self, commit: &str, words: &[&str], not: &str) {
        let before = self.repo.commits();
        let ran = self.sh(commit);
        let said = ran.text();
        assert_ne!(ran.code, 0, "{commit}\n{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} is not in:\n{said}");
        assert!(!said.contains(not), "{not:?} is in:\n{said}");
        assert_eq!(self.repo.commits(), before, "{commit}");
        self.clean();
    }

    /// The manager's hooks run once each, and refuse what they do not like.
    #[track_caller]
    pub fn manager_runs(&self) {
        self.trace();
        let before = self.repo.commits();
        self.does("echo x >> src/a; git commit -qam 'T001: good'");
        assert_eq!(self.repo.commits(), before + 1);
        assert_eq!(self.trace(), "pre-commit\ncommit-msg\n", "{:?}", self.manager);
        self.refused("echo FORBIDDEN >> src/a; git commit -qam 'T001: x'", &["FORBIDDEN"], "error[");
        self.refused("echo x >> src/a; git commit -qam 'T001: FORBIDDEN'", &["FORBIDDEN"], "error[");
    }

    /// Guard's do too.
    #[track_caller]
    pub fn both_run(&self) {
        self.manager_runs();
        self.refused(
            "echo x > other; git add other; git commit -qm 'T001: x'",
            &["error[scope]", "other"],
            "FORBIDDEN",
        );
        self.refused("echo x >> src/a; git commit -qam 'no task'", &["error[task-id]"], "FORBIDDEN");
    }

    /// `guard doctor` is content.
    #[track_caller]
    pub fn well(&self) {
        self.trace();
        self.repo.guard(&["doctor"]).says(0, &["every hook fires and refuses"]);
        assert_eq!(self.trace(), "", "a trial is about guard's hooks alone");
    }

    /// `guard doctor` finds fault, and what it advises helps.
    #[track_caller]
    pub fn doctor_helps(&self) {
        let said = self.repo.guard(&["doctor"]).says(2, &["broken ", "not every hook works"]).out;
        let fixes: Vec<&str> =
            said.lines().filter_map(|l| l.trim().strip_prefix("fix")).map(str::trim).collect();
        assert!(!fixes.is_empty() && fixes.iter().all(|fix| *fix == "guard install"), "{said}");
        self.does(fixes[0]);
        self.well();
    }
}
