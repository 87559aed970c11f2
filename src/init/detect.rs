//! The checks that a project's build files show.
//!
//! Only file names and fixed words are taken from the project: a hostile build file cannot put a command of its
//! own into the template.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A gate to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The build file that shows it.
    pub(super) file: &'static str,
    /// The gate's name, different from all others.
    pub(super) name: &'static str,
    /// The command, without quotes or backslashes.
    pub(super) run: String,
}

/// Larger build files are not read.
const LARGEST: u64 = 1 << 20;

/// Proposals for the project at `root`, in a fixed order.
pub(super) fn gates(root: &Path) -> Vec<Found> {
    let project = Project { root };
    let detectors = [cargo, node, python, go, make, maven, gradle, mix, composer];
    detectors.iter().flat_map(|detect| detect(&project)).collect()
}

struct Project<'r> {
    root: &'r Path,
}

impl Project<'_> {
    fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.root.join(name)).is_ok_and(|meta| meta.is_file())
    }

    /// The text of a plain file of moderate size.
    fn text(&self, name: &str) -> Option<String> {
        let path = self.root.join(name);
        let meta = fs::symlink_metadata(&path).ok()?;
        if !meta.is_file() || meta.len() > LARGEST {
            return None;
        }
        Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned())
    }

    /// The value that goes with the first of these files that is there.
    fn first<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        choices.iter().find(|(name, _)| self.has(name)).map(|(_, value)| *value)
    }
}

fn found(file: &'static str, name: &'static str, run: impl Into<String>) -> Found {
    Found { file, name, run: run.into() }
}

fn cargo(project: &Project<'_>) -> Vec<Found> {
    if !project.has("Cargo.toml") {
        return Vec::new();
    }
    vec![
        found("Cargo.toml", "cargo-test", "cargo test --workspace"),
        found("Cargo.toml", "cargo-clippy", "cargo clippy --workspace --all-targets -- -D warnings"),
    ]
}

fn node(project: &Project<'_>) -> Vec<Found> {
    let Some(text) = project.text("package.json") else { return Vec::new() };
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let script =
        |name: &str| json.get("scripts").and_then(|scripts| scripts.get(name)).and_then(Value::as_str);
    let managers = [
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
        ("deno.lock", "deno task"),
    ];
    let manager = project.first(&managers).unwrap_or("npm");
    // `npm init` writes a test script that only fails.
    let is_real = |command: &&str| !command.contains("no test specified");
    let mut gates = Vec::new();
    for (key, name) in [("test", "package-test"), ("lint", "package-lint")] {
        if script(key).filter(is_real).is_some() {
            let run = if manager == "deno task" { "" } else { "run " };
            gates.push(found("package.json", name, format!("{manager} {run}{key}")));
        }
    }
    gates
}

fn python(project: &Project<'_>) -> Vec<Found> {
    let Some(text) = project.text("pyproject.toml") else { return Vec::new() };
    let runners = [("uv.lock", "uv run "), ("poetry.lock", "poetry run "), ("pdm.lock", "pdm run ")];
    let runner = project.first(&runners).unwrap_or("");
    let mentions = |tool: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == tool);
    [("pytest", "pytest"), ("ruff", "ruff check ."), ("mypy", "mypy .")]
        .into_iter()
        .filter(|(tool, _)| mentions(tool))
        .map(|(tool, run)| found("pyproject.toml", tool, format!("{runner}{run}")))
        .collect()
}

fn go(project: &Project<'_>) -> Vec<Found> {
    if !project.has("go.mod") {
        return Vec::new();
    }
    vec![found("go.mod", "go-test", "go test ./..."), found("go.mod", "go-vet", "go vet ./...")]
}

fn make(project: &Project<'_>) -> Vec<Found> {
    // make's own order.
    for file in ["GNUmakefile", "makefile", "Makefile"] {
        let Some(text) = project.text(file) else { continue };
        let gates = [("test", "make-test"), ("lint", "make-lint")];
        return gates
            .into_iter()
            .filter(|(target, _)| text.lines().any(|line| has_target(line, target)))
            .map(|(target, name)| found(file, name, format!("make {target}")))
            .collect();
    }
    Vec::new()
}

/// Is `line` the head of a make rule for `target`?
fn has_target(line: &str, target: &str) -> bool {
    let Some((targets, rest)) = line.split_once(':') else { return false };
    let is_assignment = rest.trim_start_matches(':').starts_with('=');
    let is_recipe = line.starts_with(['\t', '#']);
    !is_recipe && !is_assignment && targets.split_whitespace().any(|name| name == target)
}

fn maven(project: &Project<'_>) -> Vec<Found> {
    if !project.has("pom.xml") {
        return Vec::new();
    }
    let command = project.first(&[("mvnw", "./mvnw")]).unwrap_or("mvn");
    vec![found("pom.xml", "maven-verify", format!("{command} verify"))]
}

fn gradle(project: &Project<'_>) -> Vec<Found> {
    let files = [("build.gradle", "build.gradle"), ("build.gradle.kts", "build.gradle.kts")];
    let Some(file) = project.first(&files) else { return Vec::new() };
    let command = project.first(&[("gradlew", "./gradlew")]).unwrap_or("gradle");
    vec![found(file, "gradle-check", format!("{command} check"))]
}

fn mix(project: &Project<'_>) -> Vec<Found> {
    if project.has("mix.exs") { vec![found("mix.exs", "mix-test", "mix test")] } else { Vec::new() }
}

fn composer(project: &Project<'_>) -> Vec<Found> {
    let Some(text) = project.text("composer.json") else { return Vec::new() };
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let is_under = |table: &str, key: &str| json.get(table).is_some_and(|table| table.get(key).is_some());
    let run = if is_under("scripts", "test") {
        "composer test"
    } else if is_under("require-dev", "phpunit/phpunit") || is_under("require", "phpunit/phpunit") {
        "vendor/bin/phpunit"
    } else {
        return Vec::new();
    };
    vec![found("composer.json", "composer-test", run)]
}
