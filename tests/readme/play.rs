//! Each document is played from its beginning to its end: files that it shows are written, commands are run, and what they say is
//! what the document says. `GUARD_RENEW_DOCS=1` writes down what they say now.

use std::fs;
use std::path::{Path, PathBuf};

use crate::document::{Block, blocks, documents, root, text};
use crate::harness::Repo;
use crate::{Step, project, readme, same, steps, with_guard_on_the_path};

/// Where a document begins: `<!-- fixture: … -->`.
struct Stage {
    repo: Repo,
    /// Where the next command is run: `cd` holds on, as does `export`.
    folder: PathBuf,
    /// The reader's home.
    home: PathBuf,
    /// The name of this machine.
    machine: String,
}

impl Stage {
    fn of(document: &str, text: &str) -> Self {
        let marks: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("<!-- fixture: ").and_then(|l| l.strip_suffix(" -->")))
            .collect();
        assert_eq!(marks.len(), 1, "{document} says once where it begins: <!-- fixture: … -->");
        match marks[0] {
            "empty" => Self::empty(),
            "tour" => Self::tour(document, None),
            mark => Self::tour(document, Some(mark.strip_prefix("tour until $ ").unwrap())),
        }
    }

    /// An empty folder.
    fn empty() -> Self {
        let mut repo = Repo::new();
        with_guard_on_the_path(&mut repo);
        stock(&repo);
        let home = repo.root().join("you");
        fs::create_dir(&home).unwrap();
        repo.env("HOME", home.as_os_str());
        let machine = machine(&repo);
        Self { folder: home.clone(), home, machine, repo }
    }

    /// The repository of the README's tour, as it is at the end or just before a command.
    fn tour(document: &str, until: Option<&str>) -> Self {
        let repo = project();
        stock(&repo);
        let stage = Self { folder: repo.path.clone(), home: repo.root(), machine: machine(&repo), repo };
        let all = steps(&readme());
        let count = match until {
            None => all.len(),
            Some(command) => all
                .iter()
                .position(|step| step.command == command)
                .unwrap_or_else(|| panic!("{document}: the tour has no {command:?}")),
        };
        for step in &all[..count] {
            // The refusal that the README begins with is none of the tour's commands.
            if all[0].command != step.command || step.code == 0 {
                let (code, said, _) = stage.run_in(&stage.folder, &step.command);
                assert_eq!(code, step.code, "the tour: $ {}\n{said}", step.command);
            }
        }
        stage
    }

    fn run(&mut self, command: &str) -> (i32, String) {
        let (code, said, folder) = self.run_in(&self.folder.clone(), command);
        self.folder = folder;
        (code, said)
    }

    fn run_in(&self, folder: &Path, command: &str) -> (i32, String, PathBuf) {
        let state = self.repo.root().join("folder");
        let exported = self.repo.root().join("exported");
        let script = format!(
            "if [ -f '{1}' ]; then . '{1}'; fi\n{{ {command}; }} 2>&1; code=$?\npwd > '{0}'\n\
             export -p | grep -v 'GIT_[A-Z]*_DATE=\\|PWD=\\|SHLVL=' > '{1}'\nexit $code",
            state.display(),
            exported.display()
        );
        let ran = self.repo.run_in(folder, "sh", &["-c", &script]);
        assert_eq!(ran.err, "", "$ {command}");
        let folder = fs::read_to_string(state).unwrap();
        let said = ran.out.replace(self.home.to_str().unwrap(), "/home/you");
        // Claims name the machine.
        let said = said.replace(&format!(" on {} at ", self.machine), " on laptop at ");
        (ran.code, said, folder.trim_end().into())
    }
}

/// Readers have not set the name of the first branch, and a git of 2.30 does not learn it from an empty server: what a
/// document wants to be `main` it says.
fn stock(repo: &Repo) {
    let file = repo.root().join("gitconfig");
    let settings = fs::read_to_string(&file).unwrap();
    let stock = settings.replace("defaultBranch = main", "defaultBranch = master");
    assert_ne!(stock, settings);
    fs::write(file, stock + "[lsrefs]\n\tunborn = ignore\n").unwrap();
}

fn machine(repo: &Repo) -> String {
    repo.run_in(&repo.path, "uname", &["-n"]).ok()
}

/// The commands of a `console` block, each with the number of its line within the block.
fn commands(block: &Block) -> Vec<Step> {
    steps(&format!("```console\n{}```\n", block.text()))
}

/// Plays the document and returns what it should say.
fn played(document: &str) -> String {
    let text = text(document);
    let renew = std::env::var_os("GUARD_RENEW_DOCS").is_some();
    let mut stage = Stage::of(document, &text);
    let mut lines: Vec<String> = Vec::new();
    let mut next = 0;
    let old: Vec<&str> = text.lines().collect();
    for block in blocks(&text) {
        lines.extend(old[next..block.at].iter().map(|l| (*l).to_owned()));
        next = block.at + block.lines.len();
        if block.language != "console" {
            if let Some(file) = block.file() {
                let path = stage.folder.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, block.text()).unwrap();
            }
            lines.extend(block.lines);
            continue;
        }
        for step in commands(&block) {
            let (code, said) = stage.run(&step.command);
            if !renew {
                assert_eq!(same(&said), same(&step.output), "{document}: $ {}", step.command);
                assert_eq!(code, step.code, "{document}: $ {}", step.command);
            }
            lines.push(format!("$ {}", step.command));
            lines.extend((code != 0).then(|| format!("? {code}")));
            lines.extend(told(&said).lines().map(|line| line.trim_end().to_owned()));
        }
    }
    lines.extend(old[next..].iter().map(|l| (*l).to_owned()));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What is another each time, as the documents show it.
fn told(said: &str) -> String {
    let mut text = said.to_owned();
    for (form, shown) in [
        (r"\b[0-9a-f]{40}\b", "4f2c1a9d0c6b7e8f9a0b1c2d3e4f5a6b7c8d9e0f"),
        (r"\b\d{8}T\d{6}Z\b", "20261121T154327Z"),
        (r"\b[0-9a-f]{7}\b", "4f2c1a9"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", "2026-11-21T15:04:05Z"),
        (r"\b\d+\.\d s\b", "0.0 s"),
    ] {
        text = regex::Regex::new(form).unwrap().replace_all(&text, shown).into_owned();
    }
    text
}

/// One test for each document, so that they run beside one another; what is missing here is missed below.
macro_rules! played {
    ($($name:ident: $path:literal),* $(,)?) => {
        const PLAYED: &[&str] = &[$($path),*];
        $(#[test]
        fn $name() {
            let now = played($path);
            if std::env::var_os("GUARD_RENEW_DOCS").is_some() {
                fs::write(root().join($path), now).unwrap();
            }
        })*
    };
}

played! {
    the_guide_for_a_person: "docs/guide-person.md",
    the_guide_with_an_agent: "docs/guide-agent.md",
    the_guide_in_ci: "docs/guide-ci.md",
    the_guide_on_a_server: "docs/guide-server.md",
    plans: "docs/plans.md",
    policy: "docs/policy.md",
    gates: "docs/gates.md",
    going_back: "docs/rollback.md",
    executing: "docs/execution.md",
    agents: "docs/agents.md",
    machines: "docs/machines.md",
}

/// What a block's language means, and who looks at it.
const LANGUAGES: &[&str] = &["console", "toml", "markdown", "yaml", "sh"];

/// The only `sh` blocks there are. They are not played: each is run as it stands by the file named here, which says these words.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("./install.sh --demo", ".ci/run", "./install.sh --prefix \"$prefix\" --demo"),
    ("cargo bench --locked --bench ratios", "Cargo.toml", "name = \"ratios\"\nharness = false\ntest = true"),
    ("cargo bench --locked --bench hot", "Cargo.toml", "name = \"hot\"\nharness = false\ntest = true"),
    ("cargo test --locked", ".ci/run", "<!-- test command -->"),
    ("hooks/pre-receive && chmod +x hooks/pre-receive", "tests/server/site.rs", "docs/server.md"),
];

/// Files for CI and for other managers, checked by those who read them.
const FILES: &[(&str, &str)] = &[
    (".github/workflows/guard.yml", "tests/ci_files/schema.rs"),
    (".gitlab-ci.yml", "tests/ci_files/schema.rs"),
    (".pre-commit-config.yaml", "tests/managers/repo_hooks.rs"),
];

#[test]
fn no_block_of_a_document_goes_unread() {
    for document in documents() {
        let whole = text(&document);
        let all = blocks(&whole);
        let runs = all.iter().any(|block| block.language == "console");
        let is_played = document == "README.md" || PLAYED.contains(&document.as_str());
        assert!(!runs || is_played, "{document} has commands that no test runs");
        for block in all {
            let place = format!("{document}:{}", block.at);
            assert!(LANGUAGES.contains(&block.language.as_str()), "{place}: a block of {:?}", block.language);
            let first = block.lines.first().map(String::as_str).unwrap_or_default();
            let by = |list: &[(&str, &'static str)], fits: &dyn Fn(&str) -> bool| {
                list.iter().find(|(what, _)| fits(what)).map(|(_, file)| *file)
            };
            match block.language.as_str() {
                "console" => assert!(first.starts_with("$ "), "{place}: it begins with what is typed"),
                "sh" => {
                    let found = ELSEWHERE.iter().find(|(what, ..)| block.text().contains(what));
                    let Some((_, file, words)) = found else { panic!("{place}: who runs it?") };
                    assert!(crate::document::text(file).contains(words), "{file} does not say {words:?}");
                }
                "yaml" => {
                    let file = by(FILES, &|what| first == format!("# {what}"))
                        .unwrap_or_else(|| panic!("{place}: who reads it?"));
                    let reader = crate::document::text(file);
                    assert!(reader.contains(&first[2..]), "{file} says nothing of {first}");
                }
                // The README's plan is the one of the tour: `project` writes it.
                _ if document == "README.md" => assert_eq!(block.language, "toml", "{place}"),
                _ => assert!(block.file().is_some(), "{place}: the words above name its file: `path`:"),
            }
        }
    }
}

#[test]
fn a_document_that_says_something_else_is_seen() {
    let mut stage = Stage::empty();
    let (code, said) =
        stage.run("export A=b && git init -q project && cd project && guard start plans/x.toml");
    assert_eq!(code, 2, "{said}");
    assert!(same(&said) != same("started plans/x.toml\n"), "{said}");
    assert_eq!(stage.run("echo $A; (exit 3)"), (3, "b\n".to_owned()), "export holds on");
    assert!(stage.folder.ends_with("you/project"), "cd holds on: {:?}", stage.folder);
    let branch = stage.run("git symbolic-ref HEAD");
    assert_eq!(branch, (0, "refs/heads/master\n".to_owned()), "as a reader has it who has set nothing");
    let lines = "`a.toml`:\n\n```toml\nx = 1\n```\n";
    assert_eq!(blocks(lines)[0].file(), Some("a.toml"));
    assert_eq!(blocks("words:\n```toml\n```\n")[0].file(), None);
}
