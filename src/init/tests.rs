use super::*;
use crate::error::Kind;
use crate::policy::{self, Policy};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn read(text: &str) -> Policy {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    policy::parse("guard.toml", text.as_bytes(), &names).unwrap_or_else(|why| panic!("{why} in\n{text}"))
}

/// Is a commented line TOML, not prose?
fn is_toml(line: &str) -> bool {
    let key = line.split_once(" = ").map(|(key, _)| key.trim_matches('"'));
    line.starts_with(['[', ']'])
        || line.starts_with("  \"")
        || key.is_some_and(|key| !key.is_empty() && !key.contains(' '))
}

fn uncommented(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("# ").filter(|rest| is_toml(rest)) {
        Some(rest) => format!("{rest}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// What `detect` proposes, one gate a line.
fn detected(files: &[(&str, &str)]) -> String {
    let gates = detect::gates(folder(files).path());
    gates.iter().map(|gate| format!("{} {}: {}\n", gate.file, gate.name, gate.run)).collect()
}

const PROJECT: [(&str, &str); 8] = [
    ("Cargo.toml", ""),
    ("package.json", r#"{"scripts": {"test": "vitest", "lint": "eslint ."}}"#),
    ("pyproject.toml", "[dependency-groups]\ndev = ['pytest-cov>=5', 'ruff', 'mypy']"),
    ("go.mod", ""),
    ("Makefile", "all: test\n.PHONY: test lint\ntest lint: all\n\techo\n"),
    ("pom.xml", ""),
    ("build.gradle.kts", ""),
    ("mix.exs", ""),
];

#[test]
fn the_template_is_the_default_policy() {
    for files in [&[][..], &PROJECT] {
        let text = template(folder(files).path());
        let policy = read(&text);
        assert_eq!(Policy { source: None, ..policy }, Policy::default());
        assert!(text.is_ascii() && !text.contains('\t'));
        assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    }
}

#[test]
fn no_commented_key_is_a_lie() {
    let text = uncommented(&template(folder(&PROJECT).path()));
    let (policy, default) = (read(&text), Policy::default());
    assert_eq!(policy.enforce, default.enforce);
    assert_eq!(policy.task, default.task);
    assert_eq!(policy.plan, default.plan);
    assert_eq!(policy.rollback, default.rollback);
    assert_eq!(policy.scope.protected, default.scope.protected);
    assert_eq!(policy.scope.frozen, default.scope.frozen);
    assert_eq!(policy.governance, default.governance);
    assert_eq!(policy.regression, default.regression);
    assert_eq!(policy.docs_sync.len(), 1);
    assert_eq!(policy.log, default.log);
    let levels: Vec<_> = RULES.iter().map(|rule| (rule.name.to_owned(), rule.level)).collect();
    assert_eq!(policy.levels, levels);
    let names: Vec<_> = policy.gates.iter().map(|gate| gate.name.as_str()).collect();
    let expected = "cargo-test cargo-clippy package-test package-lint pytest ruff mypy go-test go-vet make-test \
                    make-lint maven-verify gradle-check mix-test example";
    assert_eq!(names.join(" "), expected);
    let example = policy.gates.last().unwrap();
    assert!(
        example.required && example.paths.is_some() && example.timeout.is_some() && example.phase.is_some()
    );
    assert_eq!(policy.overlays.len(), 1);
}

#[test]
fn every_key_of_the_policy_stands_in_the_template() {
    let text = uncommented(&template(folder(&[]).path()));
    // What the reader's own refusals list as valid.
    for header in [
        "[enforce]",
        "[task]",
        "[plan]",
        "[rollback]",
        "[scope]",
        "[log]",
        "[governance]",
        "[regression]",
        "[[docs-sync]]\nwhen = ['a']\nthen = ['b']",
        "[[gate]]\nname = 'a'\nrun = 'b'",
    ] {
        let wrong = format!("{header}\nqqqqqqqqqqqq = 1");
        let help = policy::parse("p", wrong.as_bytes(), &[]).unwrap_err().help_lines().join("");
        let (_, keys) = help.split_once("knows: ").expect(&help);
        for key in keys.split(", ") {
            let stands =
                |line: &str| line.starts_with(&format!("{key} = ")) || line == format!("[scope.{key}]");
            assert!(text.lines().any(stands), "{header} {key}");
        }
    }
}

#[test]
fn what_shows_no_check_gives_no_gate() {
    for (name, text) in [
        ("package.json", "{"),
        ("package.json", "[]"),
        ("package.json", r#"{"scripts": {"build": "x", "test": 1}}"#),
        ("package.json", r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#),
        ("pyproject.toml", "dependencies = ['gruff', 'mypyx']"),
        ("Makefile", "\ttest: x\ntest := 1\ntest ::= 2\n# test: y\ntests: z\n.PHONY: test\n"),
        ("composer.json", r#"{"scripts": []}"#),
        ("sub/Cargo.toml", ""),
        ("Cargo.toml/x", ""),
    ] {
        assert_eq!(detected(&[(name, text)]), "", "{name} {text}");
    }
}

#[test]
fn gates_follow_the_project_s_own_tools() {
    let package = ("package.json", "\u{feff}{\"scripts\": {\"test\": \"x\"}}");
    let python = ("pyproject.toml", "[tool.pytest]");
    let gates = |files: &[_]| detected(files);
    assert_eq!(gates(&[package]), "package.json package-test: npm run test\n");
    assert_eq!(gates(&[package, ("pnpm-lock.yaml", "")]), "package.json package-test: pnpm run test\n");
    assert_eq!(gates(&[package, ("bun.lockb", "")]), "package.json package-test: bun run test\n");
    assert_eq!(gates(&[package, ("deno.lock", "")]), "package.json package-test: deno task test\n");
    assert_eq!(gates(&[python]), "pyproject.toml pytest: pytest\n");
    assert_eq!(gates(&[python, ("uv.lock", "")]), "pyproject.toml pytest: uv run pytest\n");
    assert_eq!(gates(&[python, ("poetry.lock", "")]), "pyproject.toml pytest: poetry run pytest\n");
    assert_eq!(gates(&[("pom.xml", ""), ("mvnw", "")]), "pom.xml maven-verify: ./mvnw verify\n");
    assert_eq!(
        gates(&[("build.gradle", ""), ("gradlew", "")]),
        "build.gradle gradle-check: ./gradlew check\n"
    );
    let phpunit = r#"{"require-dev": {"phpunit/phpunit": "*"}}"#;
    assert_eq!(gates(&[("composer.json", phpunit)]), "composer.json composer-test: vendor/bin/phpunit\n");
    let script = r#"{"scripts": {"test": "x"}}"#;
    assert_eq!(gates(&[("composer.json", script)]), "composer.json composer-test: composer test\n");
    assert_eq!(
        gates(&[("Makefile", "a test: b\n"), ("makefile", "lint:\n")]),
        "makefile make-lint: make lint\n"
    );
}

fn names_in(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_policy_that_is_there_is_not_overwritten() {
    for name in POLICY_FILES {
        let dir = folder(&[(name, "mine")]);
        let error = run(dir.path(), false).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert_eq!(error.message(), format!("{name} is there already"));
        assert_eq!(error.help_lines(), [format!("edit {name}, or replace it: guard init --force")]);
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), "mine");
        assert_eq!(names_in(dir.path()).len(), 1, "nothing else is left");
    }
}

#[test]
fn a_symlink_is_neither_followed_nor_replaced() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("victim", "theirs"), ("guard.toml", "theirs")]);
    for (force, to) in [(false, "victim"), (true, "victim"), (false, "nothing"), (true, "nothing")] {
        let dir = folder(&[]);
        symlink(outside.path().join(to), dir.path().join("guard.toml")).unwrap();
        let error = run(dir.path(), force).unwrap_err();
        assert_eq!(error.message(), "guard.toml is there already, but is not a plain file below this folder");
        assert!(dir.path().join("guard.toml").is_symlink());
    }
    let dir = folder(&[]);
    symlink(outside.path(), dir.path().join(".config")).unwrap();
    assert!(run(dir.path(), true).is_err());
    assert_eq!(fs::read_to_string(outside.path().join("guard.toml")).unwrap(), "theirs");
    assert_eq!(names_in(outside.path()), ["guard.toml", "victim"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_said_so() {
    let dir = folder(&[]);
    let error = run(&dir.path().join("missing"), false).unwrap_err();
    assert_eq!(error.kind(), Kind::Io);
    assert!(error.message().starts_with("cannot write "), "{error}");
}

#[test]
fn the_template_is_written_where_it_belongs() {
    let dir = folder(&[("Cargo.toml", "")]);
    assert_eq!(run(dir.path(), false).unwrap(), dir.path().join("guard.toml"));
    assert_eq!(fs::read_to_string(dir.path().join("guard.toml")).unwrap(), template(dir.path()));
    assert_eq!(names_in(dir.path()), ["Cargo.toml", "guard.toml"]);
    for name in POLICY_FILES {
        let dir = folder(&[(name, "mine")]);
        assert_eq!(run(dir.path(), true).unwrap(), dir.path().join(name));
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), template(dir.path()));
    }
}
