//! The functions that every commit goes through, one at a time: `cargo bench --bench hot`.
//!
//! What each of them takes beside git is another matter, and the table's: `cargo bench --bench ratios`.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "a benchmark that panics has failed, and is no interface"
)]

use std::path::Path;
use std::process::Command;

use divan::{Bencher, black_box};
use guard::git::read::Reader;
use guard::message;
use guard::naming::{self, Naming};
use guard::pattern::Patterns;
use guard::plan::{self, FORMATS, Plan};
use guard::policy::Policy;

const TASKS: usize = 100;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--bench") {
        divan::main();
    } else if args.is_empty() {
        // `cargo test`; words behind it are for tests that have names.
        divan::Divan::default().test_benches();
    }
}

/// Every `task` with its number, between what stands before and behind them all.
fn document(before: &str, task: impl Fn(usize) -> String, behind: &str) -> String {
    let tasks: Vec<String> = (1..=TASKS).map(task).collect();
    format!("{before}{}{behind}", tasks.join(""))
}

/// A plan of 100 tasks in each format; a card is one task with 100 paths.
fn written(format: &str) -> (&'static str, String) {
    const LIVING: &str = "# Lease\n\nEXECPLAN-READY\n\n## Progress\n\n- [ ] begin\n\n## Surprises & Discoveries\n\n\
        ## Decision Log\n\n## Outcomes & Retrospective\n\n## Plan of Work\n\n";
    let section =
        |n| format!("### T{n:03}: Part {n}\n\nDo it.\n\n**Files:**\n- Modify: `src/part{n}/**`\n\n");
    match format {
        "native" => (
            "plans/p.toml",
            document(
                "version = 1\ntopic = \"p\"\n",
                |n| {
                    format!(
                        "\n[[task]]\nid = \"T{n:03}\"\nsummary = \"Part {n}\"\nscope = [\"src/part{n}/**\"]\n"
                    )
                },
                "",
            ),
        ),
        "markdown-sections" => ("plans/p.md", document("# P\n\n", section, "")),
        "markdown-table" => (
            "plans/p.md",
            document(
                "# P\n\n| ID | Task | Files |\n|---|---|---|\n",
                |n| format!("| T{n:03} | Part {n} | `src/part{n}/**` |\n"),
                "",
            ),
        ),
        "execplan" => ("plans/p-execplan.md", document(LIVING, section, "")),
        "gsd" => (
            ".planning/phases/03-lease/03-02-PLAN.md",
            document(
                "---\nphase: 03-lease\nplan: 02\ntype: execute\nfiles_modified:\n",
                |n| format!("  - src/part{n}.rs\n"),
                "---\n\n<tasks>\n",
            ) + &document(
                "",
                |n| {
                    let files = format!("<files>src/part{n}.rs</files>");
                    let name = format!("<name>Task {n}: Part {n}</name>");
                    format!("\n<task type=\"auto\">\n{name}\n{files}\n<action>Do it.</action>\n</task>\n")
                },
                "\n</tasks>\n",
            ),
        ),
        "task-card" => (
            "plans/cards/TC-7.md",
            document(
                "---\nid: TC-7\ntitle: Parts\nallowed_paths:\n",
                |n| format!("  - src/part{n}/**\n"),
                "---\n\n# Card TC-7\n",
            ),
        ),
        "bare-task-card" => (
            "plans/card.md",
            document(
                "# TASK-007 - Parts\n\n## Scope (allowed files)\n",
                |n| format!("- `src/part{n}.rs`\n"),
                "",
            ),
        ),
        "checklist" => (
            "specs/p/tasks.md",
            document("# Tasks\n\n", |n| format!("- [ ] T{n:03} Write src/part{n}/mod.rs\n"), ""),
        ),
        "conductor" => (
            "conductor/tracks/p/plan.md",
            document(
                "# P\n\n## Phase 1\n\n",
                |n| format!("- [ ] Task: T{n:03} Part {n} (Files: `src/part{n}.rs`)\n"),
                "",
            ),
        ),
        "taskmaster" => (
            ".taskmaster/tasks/tasks.json",
            document(
                "{\"master\": {\"tasks\": [\n",
                |n| {
                    format!(
                        "{{\"id\": {n}, \"title\": \"Part {n}\", \"dependencies\": [], \"status\": \"pending\"}}{}\n",
                        if n == TASKS { "" } else { "," }
                    )
                },
                "]}}\n",
            ),
        ),
        other => panic!("there is no plan in {other} here"),
    }
}

fn read(format: &str) -> Plan {
    let (path, text) = written(format);
    plan::read(path, text.as_bytes()).unwrap()
}

fn formats() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name)
}

/// Reading a plan, in each format there is.
#[divan::bench(args = formats())]
fn plan_of_100_tasks(bencher: Bencher<'_, '_>, format: &str) {
    let plan = read(format);
    assert_eq!(plan.format, format);
    assert_eq!(plan.tasks.len(), if format.ends_with("task-card") { 1 } else { TASKS });
    let (path, text) = written(format);
    bencher.bench(|| plan::read(black_box(path), black_box(text.as_bytes())));
}

/// 10,000 paths, each against the scopes of 100 tasks.
#[divan::bench]
fn scopes_of_100_tasks_on_10_000_paths(bencher: Bencher<'_, '_>) {
    let plan = read("native");
    let scopes: Vec<Patterns> = plan.tasks.into_iter().filter_map(|task| task.scope).collect();
    let paths: Vec<String> =
        (0..10_000).map(|n| format!("src/part{}/m{}/file{n}.rs", n % 120, n / 120)).collect();
    let count = |paths: &[String]| {
        let hits =
            paths.iter().map(|path| scopes.iter().filter(|scope| scope.matches(path.as_bytes())).count());
        hits.sum::<usize>()
    };
    // Of each 120 paths 99 are some task's: parts 1 to 99 (100 is T100's) of 0 to 119.
    assert_eq!(
        count(&paths),
        paths.iter().filter(|path| (1..=TASKS).any(|n| path.starts_with(&format!("src/part{n}/")))).count()
    );
    bencher.bench(|| count(black_box(&paths)));
}

/// Reading the scopes' patterns.
#[divan::bench]
fn patterns_of_100_scopes(bencher: Bencher<'_, '_>) {
    let texts: Vec<String> = (0..TASKS).map(|n| format!("src/part{n}/**/*.{{rs,toml}}")).collect();
    bencher.bench(|| Patterns::parse_all(black_box(&texts)));
}

const MESSAGE: &[u8] =
    b"T050: renew the lease before it ends\n\nThe clock of the other side may be late by a minute.\n\n\
    Task: T050\nReviewed-by: B <b@example.com>\nSigned-off-by: A <a@example.com>\n";

/// Which task a message names.
#[divan::bench]
fn the_task_that_a_message_names(bencher: Bencher<'_, '_>) {
    let (policy, plan) = (Policy::default(), read("native"));
    assert!(matches!(naming::of(MESSAGE, &policy, &plan), Naming::Tasks(tasks) if tasks.len() == 1));
    bencher.bench(|| naming::of(black_box(MESSAGE), &policy, &plan));
}

#[divan::bench]
fn trailers(bencher: Bencher<'_, '_>) {
    assert_eq!(message::trailer(MESSAGE, "Task").as_deref(), Some(&b"T050"[..]));
    bencher.bench(|| message::trailer(black_box(MESSAGE), "Task"));
}

/// What is staged among 10,000 files, with and without the tree that git has named.
#[divan::bench(args = [false, true])]
fn staged_paths_the_tree_is_named(bencher: Bencher<'_, '_>, named: bool) {
    let folder = tempfile::tempdir().unwrap();
    let script = "git init -q; blob=$(echo x | git hash-object -w --stdin); i=0; \
        while [ $i -lt 10000 ]; do echo \"100644 $blob\tm$((i / 100))/f$i\"; i=$((i + 1)); done \
        | git update-index --index-info; \
        git -c user.name=A -c user.email=a@example.com commit -q -m x; \
        git update-index --add --cacheinfo 100644,$blob,new";
    sh(folder.path(), script);
    if named {
        sh(folder.path(), "git write-tree");
    }
    let reader = Reader::open_at(folder.path()).unwrap();
    let head = reader.head().unwrap().commit;
    assert_eq!(reader.staged(head).unwrap().changes.len(), 1);
    bencher.bench_local(|| reader.staged(head));
}

fn sh(folder: &Path, script: &str) {
    let mut command = Command::new("sh");
    command.args(["-ec", script]).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(command.env("GIT_CONFIG_SYSTEM", "/dev/null").output().unwrap().status.success());
}
