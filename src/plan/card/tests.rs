use super::*;
use crate::plan::{blocking, first_locked_difference, lint, read, recognise};

const PATH: &str = "plans/cards/TC-7.md";
const GOOD: &str = "---
id: TC-7
title: \"Renew leases\"
status: open
depends_on: []
allowed_paths:
  - src/lease/**
  - tests/lease.rs (new)
forbidden_globs:
  - src/lease/old
history:
  - at: yesterday
    note: begun
---

# Card TC-7

## Allowed paths

- `src/lease/**`
- `tests/lease.rs` (new)

## Steps

- [ ] write

## Progress

Nothing.
";
const PLAIN: &str = "# TASK-AB-7 - Renew leases\n\n## Goal\n\nX\n\n## Scope (allowed files)\n- `src/lease.rs`\n- docs/lease.md (new)\n\n\
    ## Non-goals\n- `src/other.rs`\n";

fn plan(text: &str) -> Plan {
    read(PATH, text.as_bytes()).unwrap()
}

fn shown(plan: &Plan) -> String {
    let one = |task: &Task| {
        let scope = task.scope.as_ref().map_or("?".to_owned(), ToString::to_string);
        format!("{} {} [{scope}]{}", task.id, task.summary, if task.done { " done" } else { "" })
    };
    plan.tasks.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn denied(text: &str) -> Vec<(usize, String, String)> {
    let problems = lint(&plan(text)).into_iter().filter(|p| p.level == Level::Deny);
    problems.map(|p| (p.line, p.message, p.help.join("\n"))).collect()
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, usize, &str, &str)] = &[
        (GOOD, "  - tests/lease.rs (new)\n", "  - TBD\n", 8, "too vague", ""),
        (GOOD, "  - src/lease/old\n", "  - everything else\n", 10, "too vague", ""),
        (GOOD, "allowed_paths:\n  - src/lease/**\n  - tests/lease.rs (new)\n", "allowed_paths:\n", 6, "`allowed_paths` is not a list of paths", "allowed_paths: []    for no files"),
        (GOOD, "allowed_paths:\n  - src/lease/**\n  - tests/lease.rs (new)\n", "allowed_paths: {a: b}\n", 6, "is not a list of paths", "  - src/lease.rs"),
        (GOOD, "- `tests/lease.rs` (new)\n", "", 6, "the front matter allows `tests/lease.rs`, the section in line 18 does not", "same paths"),
        (GOOD, "- `src/lease/**`\n", "- `src/lease/**`\n- `src/more.rs`\n", 18, "the text allows `src/more.rs`, the front matter does not", "same paths"),
        (GOOD, "id: TC-7\n", "id: \"TC 7\"\n", 1, "no ID", "id: T001"),
        (GOOD, "id: TC-7\n", "id: \"a:b\"\n", 1, "no ID", "# T001: summary"),
        (PLAIN, "- `src/lease.rs`\n- docs/lease.md (new)\n", "", 1, "TASK-AB-7", "allowed_paths:"),
        (PLAIN, "- `src/lease.rs`\n- docs/lease.md (new)\n", "- whatever\n", 8, "names no path", ""),
        (PLAIN, "# TASK-AB-7 - Renew leases", "# Leases", 1, "no ID", "id: T001"),
    ];
    for (text, from, to, line, said, help) in cases {
        let text = text.replacen(from, to, 1);
        let plan = super::read(PATH, &text).unwrap();
        let denied: Vec<_> = lint(&plan).into_iter().filter(|p| p.level == Level::Deny).collect();
        let found = denied
            .iter()
            .any(|p| p.line == *line && p.message.contains(said) && p.help.join("\n").contains(help));
        assert!(found, "{from:?} {to:?}: {denied:#?}");
        assert!(
            plan.tasks.iter().all(|task| task.scope.is_none()) || said.contains("allows"),
            "{from:?}: {}",
            shown(&plan)
        );
    }
}

#[test]
fn front_matter_that_hides_something_is_an_error() {
    for (from, to, line) in [
        ("allowed_paths:\n  - src/lease/**", "allowed_paths:\n  - src/lease/**\nid: TC-8\nx:\n", 8),
        ("status: open", "status: &all [src/**]", 4),
        ("  - src/lease/**", "  - !src/lease/**", 7),
        ("  - src/lease/**", "  - **/lease.rs", 7),
    ] {
        let error = read(PATH, GOOD.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(error.place().unwrap().line, line, "{to}: {error}");
        assert!(!error.help_lines().is_empty(), "{to}");
    }
}

#[test]
fn a_card_is_one_task() {
    assert_eq!(
        shown(&plan(GOOD)),
        "TC-7 Renew leases [src/lease/**, tests/lease.rs, !src/lease/old, !src/lease/old/]"
    );
    assert_eq!(lint(&plan(GOOD)), []);
    let scope = plan(GOOD).tasks[0].scope.clone().unwrap();
    assert!(
        scope.matches(b"src/lease/a.rs")
            && !scope.matches(b"src/lease/old/a.rs")
            && !scope.matches(b"src/a.rs")
    );
    assert_eq!(shown(&plan(PLAIN)), "TASK-AB-7 Renew leases [src/lease.rs, docs/lease.md]");
    assert_eq!((plan(PLAIN).format, plan(GOOD).format), ("bare-task-card", "task-card"));
    for (text, expected) in [
        ("---\ntask_id: 01\nallowed_files: [a/b.rs]\n---\n# T1\n", "01 T1 [a/b.rs]"),
        (
            "---\ncontract_id: APC-1\nallowed_globs:\n- a/**\nstatus: achieved\n---\n# X\n",
            "APC-1 X [a/**] done",
        ),
        (
            "---\nwork_package_id: WP02\ntitle: x\nowned_files:\n- a/b.rs\n- c/**\ncreate_intent:\n- c/new.rs\n---\n",
            "WP02 x [a/b.rs, c/**]",
        ),
        ("---\nid: t\ntarget_files: a/b.rs\n---\n# X\n", "t X [a/b.rs]"),
        ("---\nid: t\nallowed_paths: []\n---\n# X\n", "t X [no files]"),
        ("---\nid: t\nallowed_paths: [a/b.rs]\nallowed_files: [c/d.rs]\n---\n# X\n", "t X [a/b.rs, c/d.rs]"),
        ("---\nid: \"2026-X\"\ntitle: Docs\nstatus: \"DONE\"\n---\n", "2026-X Docs [?] done"),
        ("---\nphase: 02-base\nplan: 03\nfiles_modified: [a/b.rs]\n---\n# X\n", "02-03 X [a/b.rs]"),
    ] {
        assert_eq!(shown(&plan(text)), expected, "{text}");
    }
}

#[test]
fn what_a_card_says_beside_its_scope() {
    let text =
        "---\nid: WP2\ntitle: x\ndependencies: [WP1]\nowned_files: [a/b.rs]\ncreate_intent: [c/d.rs]\n---\n";
    let problems = lint(&plan(text));
    let said: Vec<_> = problems.iter().map(|p| (p.line, p.level, p.message.as_str())).collect();
    assert_eq!(
        said,
        [
            (4, Level::Warn, "it depends on WP1, which guard does not look for: that is another plan"),
            (6, Level::Warn, "WP2: `c/d.rs` is in create_intent only, so it is not in scope"),
        ]
    );
    assert!(blocking(&plan(text)).is_empty());
    let bare = "---\nid: X-1\ntitle: Docs\n---\n";
    let (line, message, help) = &denied(bare)[0];
    assert_eq!((*line, message.as_str()), (2, "X-1 does not declare its scope"));
    assert!(
        help.starts_with("allowed_paths:") && help.contains("[overlay.\"plans/cards/TC-7.md\"]\nX-1 = "),
        "{help}"
    );
}

#[test]
fn plans_of_other_formats_are_no_cards() {
    let section = "\n### T001: a\n\n**Files:** `a/b.rs`\n\n### T002: b\n\n**Files:** `a/c.rs`\n";
    for front in ["id: P-1\ntitle: x\n", "phase: 1\nplan: 2\n", "title: x\nowned_files: [a/**]\n"] {
        let text = format!("---\n{front}---\n{section}");
        assert_eq!(recognise(PATH, text.as_bytes()).unwrap().0.name, "markdown-sections", "{front}");
    }
    let text = format!("{section}\n## Scope (allowed files)\n\n- `z/**`\n");
    assert_eq!(recognise(PATH, text.as_bytes()).unwrap().0.name, "markdown-sections");
    for text in
        ["---\ntitle: x\nstatus: y\n---\n# Prose\n", "# Prose\n\nallowed_paths: a\n", "---\nid: x\n---\n"]
    {
        assert!(recognise(PATH, text.as_bytes()).is_none(), "{text}");
    }
    assert!(recognise("a.yaml", GOOD.as_bytes()).is_none());
}

#[test]
fn status_marks_may_change_and_nothing_else() {
    let same = |old: &str, new: &str| first_locked_difference(PATH, old.as_bytes(), new.as_bytes()).is_none();
    for (from, to) in [
        ("status: open", "status: Done"),
        ("status: open", "status:\n  - one\n  - two"),
        ("note: begun", "note: begun\n  - at: today\n    note: \"done: all\""),
        ("- [ ] write", "- [x] write"),
        ("Nothing.", "All."),
    ] {
        let new = GOOD.replacen(from, to, 1);
        assert!(new != GOOD && same(GOOD, &new), "{to:?}");
        assert_eq!(shown(&plan(&new)).trim_end_matches(" done"), shown(&plan(GOOD)), "{to:?}");
    }
    for (from, to) in [
        ("src/lease/**", "src/**"),
        ("  - src/lease/old\n", ""),
        ("id: TC-7", "id: TC-8"),
        ("status: open\n", "status: open\nallowed_files: [src/**]\n"),
        ("status: open\n", "status: &x [src/**]\nallowed_files: *x\n"),
        (
            "status: open\ndepends_on: []\nallowed_paths:\n",
            "status: open\ndepends_on: []\nallowed_paths:\n  - src/**\n",
        ),
        ("history:\n", "history: [a]\ntarget_files: [b]\nlane:\n"),
        ("---\nid", "---\n# x\nid"),
        ("status: open\n", "status: \"\n"),
        ("- `src/lease/**`", "- `src/**`"),
        ("## Allowed paths", "## Progress\n\n## Allowed paths"),
        ("\n# Card", "---\n\n# Card"),
    ] {
        let new = GOOD.replacen(from, to, 1);
        assert!(new != GOOD && !same(GOOD, &new), "{to:?}");
    }
    let bare = "---\nid: X-1\ntitle: Docs\nstatus: open\n---\n\nThe Task is T1.\n";
    assert!(same(bare, &bare.replace("open", "DONE")) && !same(bare, &bare.replace("Docs", "x")));
}

#[test]
fn a_list_that_is_too_long_declares_nothing() {
    let text = PLAIN.replacen("- `src/lease.rs`\n", &"- `src/lease.rs`\n".repeat(20_000), 1);
    assert!(plan(&text).tasks[0].scope.is_none());
    assert!(
        denied(&text).iter().any(|(line, m, _)| *line == 7 && m.contains("too long to be one")),
        "{:?}",
        denied(&text)
    );
}

mod edits {
    use proptest::prelude::*;

    use super::*;

    fn lines() -> impl Strategy<Value = Vec<&'static str>> {
        // Mostly whole entries, so that most documents can be read; and what could make two of them one.
        #[rustfmt::skip]
        let whole = prop::sample::select(vec![
            "title: x", "status: open", "status:\n  - done\n  - src/**", "status: |\n  allowed_files: [all/**]", "lane: \"a\n  b\"",
            "history:\n  - {at: x}", "agent: [a,\n b]", "allowed_paths: [lib/**]", "allowed_files:\n  - src/**\n  - docs/a.md",
            "owned_files: []", "owned_files: a/b.rs", "forbidden_globs:\n  - src/b/**", "target_files:\n- t/a.rs", "# note", "",
        ]);
        #[rustfmt::skip]
        let part = prop::sample::select(vec![
            "---", "status: |", "status: \"", "\"", "history: [", "]", "lane: {a:", "}", "  - src/**", "allowed_paths:", "status:", "  x: y",
            "---\n## Allowed paths\n- `src/**`\n## Progress", "- [x] a", "...", "id: T2",
        ]);
        let line = prop_oneof![12 => whole, 1 => part];
        prop::collection::vec(line, 0..6)
    }

    fn text(lines: &[&str]) -> String {
        format!("---\nid: T0\n{}\n---\n", lines.join("\n"))
    }

    fn allows(text: &str) -> Option<Vec<String>> {
        let plan = read(PATH, text.as_bytes()).ok()?;
        Some(
            plan.tasks
                .iter()
                .map(|task| {
                    format!(
                        "{} {:?} {:?}",
                        task.id,
                        task.scope.as_ref().map(ToString::to_string),
                        task.depends_on
                    )
                })
                .collect(),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_not_locked_changes_no_scope(old in lines(), new in lines(), from in 0usize..6, to in 0usize..6) {
            // Mostly the same document, another middle.
            let head = old.iter().take(from);
            let edited: Vec<&str> = head.chain(&new).chain(old.iter().skip(from.max(to))).copied().collect();
            let (old, new) = (text(&old), text(&edited));
            if first_locked_difference(PATH, old.as_bytes(), new.as_bytes()).is_none() && let Some(allowed) = allows(&old) {
                prop_assert_eq!(Some(allowed), allows(&new), "{}\n=====\n{}", old, new);
            }
        }
    }
}

#[test]
fn a_task_below_a_card_is_a_part_of_it_and_changes_nothing_else() {
    let card = |body: &str| format!("---\nid: WP01\nallowed_paths:\n  - src/lease/\n---\n# Lease\n\n{body}");
    let outside =
        card("## T001: a\n\n**Files:** `src/lease/a.rs`\n\n## T002: b\n\n**Files:**\n- `docs/b.md`\n");
    let found = denied(&outside);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, 15);
    assert!(found[0].1.contains("T002 names `docs/b.md`, but the front matter"), "{found:?}");
    for inside in [
        "## T001: a\n\n**Files:** `src/lease/a.rs`, `src/lease/`\n",
        "## WP01: a\n\n**Files:** `docs/b.md`\n",
        "## T001: a\n\ntext with `docs/b.md`\n",
    ] {
        assert_eq!(denied(&card(inside)), [], "{inside}");
    }
}

#[test]
fn a_part_within_a_pattern_of_the_card_is_within_the_card() {
    let card = |list: &str, files: &str| {
        plan(&format!("---\nid: T001\nallowed_paths: [{list}]\n---\n\n### T008: x\n\n**Files:** `{files}`\n"))
    };
    for files in
        ["tests/", "tests/unit/", "tests/unit/*.py", "src/lease/x/", "src/lease/*/y.rs", "tests/**/a*"]
    {
        assert_eq!(blocking(&card("tests/**, src/lease/", files)), [], "{files}");
    }
    for files in ["src/", "src/leases/", "test/*.py", "**/*.py", "s*/lease/x"] {
        let found = blocking(&card("tests/**, src/lease/", files));
        assert!(found.iter().any(|p| p.message.contains("without it")), "{files}: {found:?}");
    }
    let found = blocking(&card("tests/**, '!tests/unit/a.py'", "tests/unit/"));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn several_lines_are_no_path() {
    for list in [
        "|\n  src/a.rs\n  src/b.rs",
        ">\n  src/a.rs\n  src/b.rs",
        "\n  src/a.rs\n  src/b.rs",
        "\n  - |\n    src/a.rs\n    src/b.rs",
    ] {
        let plan = plan(&format!("---\nid: T001\nallowed_paths: {list}\n---\n\n# T001: x\n"));
        let found = blocking(&plan);
        assert!(plan.tasks[0].scope.is_none(), "{list}: {:?}", plan.tasks[0].scope);
        assert!(found[0].message.contains("several lines") && !found[0].help.is_empty(), "{list}: {found:?}");
    }
    for list in
        ["|\n  src/a.rs", "src/a.rs", "\n  - >-\n    src/a.rs", "\n  - \"src/a b.rs\"", "\n  - src/a b.rs"]
    {
        let plan = plan(&format!("---\nid: T001\nallowed_paths: {list}\n---\n\n# T001: x\n"));
        assert_eq!(blocking(&plan), [], "{list}");
    }
}

#[test]
fn keys_that_nearly_list_paths_are_named() {
    let with = |key: &str| {
        let text =
            format!("---\nid: T001\nallowed_paths:\n  - src/a.rs\n{key}: [src/b.rs]\n---\n\n# T001: x\n");
        lint(&plan(&text)).into_iter().map(|p| (p.level, p.line)).collect::<Vec<_>>()
    };
    for key in ["allowed-paths", "Allowed_paths", "ALLOWED_FILES", "Forbidden-Globs", "forbidden_directories"]
    {
        assert_eq!(with(key), [(Level::Deny, 5)], "{key}");
    }
    assert_eq!(with("allowed_directories"), [(Level::Warn, 5)]);
    for key in ["allowed-tools", "files", "owner", "target", "forbidden_words"] {
        assert_eq!(with(key), [], "{key}");
    }
}
