//! Real plans, read beside what a person counted in them. The documents are data of other projects and lie
//! outside this repository; without them the test says so and does nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use guard::model::Level;
use guard::plan::{self, Plan};

/// What must be read as it was counted: families, or parts of file names. One a line.
#[rustfmt::skip]
const INSISTED: &[&str] = &[
    "harness",
    "superpowers",
    "azrtydxb__procoder__self-update",
    "gsd",
    "taskcard",
    "APC-GUARD",
    "sillyspec",
    "speckitty",
    "codexswarm",
    "taskmaster",
    "speckit",
    "kiro",
    "openspec",
    "conductor",
    "EXECPLAN-P5-revised",
    "multi-tenancy-orders",
    "agent-docs-execplan",
    "haios",
];

/// Documents of those families that no format reads yet. One a line.
#[rustfmt::skip]
const NOT_YET: &[&str] = &[
];

/// Documents whose counts, tasks and scopes, are not those of the index. One a line.
#[rustfmt::skip]
const COUNTED_ANEW: &[(&str, usize, usize)] = &[
    // 34 tasks and their 12 subtasks.
    ("Typosentinel__tasks", 46, 0),
    // The index counts other documents of these repositories.
    ("bank-of-dad__012-stateless-auth", 30, 28),
    ("locagest__002-building-management", 44, 27),
    ("subtree__011-brace-expansion", 47, 29),
    // "same pattern as PATCH in src/…/route.ts" names a model, not certainly the file to change.
    ("006-code-review-fixes", 83, 62),
];

struct Sample {
    family: String,
    /// Where it lay in its own repository.
    path: String,
    file: PathBuf,
    tasks: usize,
    scopes: usize,
}

fn corpus() -> Option<Vec<Sample>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/plans", "../../shared/plans"];
    let Some(folder) = places.iter().map(|p| root.join(p)).find(|p| p.join("INDEX.tsv").is_file()) else {
        println!("skipped: ../shared/plans is not there");
        return None;
    };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let sample = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        Sample {
            family: cells[0].to_owned(),
            path: cells[2].to_owned(),
            file: folder.join(cells[7]),
            tasks: cells[4].parse().unwrap(),
            scopes: cells[5].parse().unwrap(),
        }
    };
    Some(index.lines().skip(1).map(sample).collect())
}

impl Sample {
    fn name(&self) -> String {
        self.file.file_name().unwrap().to_str().unwrap().to_owned()
    }

    fn is_among(&self, list: &[&str]) -> bool {
        list.iter().any(|entry| self.family == *entry || self.name().contains(entry))
    }
}

/// Tasks for which the document names at least one path.
fn scoped(plan: &Plan) -> usize {
    plan.tasks.iter().filter(|t| t.scope.as_ref().is_some_and(|s| !s.is_empty())).count()
}

#[test]
fn real_plans_are_read_as_a_person_reads_them() {
    let Some(corpus) = corpus() else { return };
    let mut wrong = Vec::new();
    println!("{:9} {:>11} {:>11} {:>5} {:>5}  document", "family", "tasks", "scopes", "deny", "warn");
    for sample in corpus {
        let bytes = std::fs::read(&sample.file).unwrap();
        let name = sample.name();
        let insisted = sample.is_among(INSISTED) && !sample.is_among(NOT_YET);
        let Ok(plan) = plan::read(&sample.path, &bytes) else {
            println!("{:9} {:>5}/{:<5} not recognised  {name}", sample.family, "-", sample.tasks);
            if insisted {
                wrong.push(format!("{name} is not recognised"));
            }
            continue;
        };
        let problems = plan::lint(&plan);
        let count = |level| problems.iter().filter(|p| p.level == level).count();
        println!(
            "{:9} {:>5}/{:<5} {:>5}/{:<5} {:>5} {:>5}  {name}",
            sample.family,
            plan.tasks.len(),
            sample.tasks,
            scoped(&plan),
            sample.scopes,
            count(Level::Deny),
            count(Level::Warn)
        );
        if std::env::var_os("SHOW").is_some() {
            for task in &plan.tasks {
                let scope = task.scope.as_ref().map_or("?".to_owned(), ToString::to_string);
                let after: Vec<_> = task.depends_on.iter().map(ToString::to_string).collect();
                println!("    {:5} {} [{}] <{}>", task.id, task.summary, scope, after.join(" "));
            }
            problems
                .iter()
                .for_each(|p| println!("    {} {}: {} {:?}", p.line, p.level.as_str(), p.message, p.help));
        }
        if !insisted {
            continue;
        }
        let anew = COUNTED_ANEW.iter().find(|(part, ..)| name.contains(part));
        let expected = anew.map_or((sample.tasks, sample.scopes), |(_, tasks, scopes)| (*tasks, *scopes));
        if (plan.tasks.len(), scoped(&plan)) != expected {
            wrong.push(format!("{name}: {} tasks, {} scopes", plan.tasks.len(), scoped(&plan)));
        }
        // No path is invented, and each is found where guard says that it stands.
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pattern in plan.tasks.iter().filter_map(|t| t.scope.as_ref()).flatten() {
            let path = pattern.as_str().trim_start_matches('!');
            let line = pattern.line().checked_sub(1).and_then(|at| lines.get(at)).copied();
            let there = line.is_some_and(|line| line.contains(path));
            assert!(there, "{name}: {path} is not in line {}: {line:?}", pattern.line());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_real_plan_with_prose_among_its_paths_can_be_started() {
    let Some(corpus) = corpus() else { return };
    let sample =
        corpus.iter().find(|s| s.file.to_string_lossy().contains("rust-rewrite-parity-plan")).unwrap();
    let plan = plan::read(&sample.path, &std::fs::read(&sample.file).unwrap()).unwrap();
    assert_eq!(plan::blocking(&plan), []);
    assert_eq!((plan.tasks.len(), scoped(&plan)), (11, 11));
    let t8 = plan.task("T008").unwrap();
    assert_eq!(t8.depends_on.iter().map(ToString::to_string).collect::<Vec<_>>(), ["T006", "T007"]);
    assert!(t8.scope.as_ref().unwrap().matches(b"tinyagent/caching.py"));
    assert!(!t8.scope.as_ref().unwrap().matches(b"tinyagent/proxy.py"));
    assert!(plan::lint(&plan).iter().any(|p| p.level == Level::Warn && p.message.contains("T001")));
}
