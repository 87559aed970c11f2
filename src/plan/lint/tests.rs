use super::*;
use crate::plan::{apply_overlay, read};

/// A native plan of tasks, each `id` with further lines.
fn plan(tasks: &[(&str, &str)]) -> Plan {
    let tasks: String = tasks
        .iter()
        .map(|(id, rest)| format!("[[task]]\nid = \"{id}\"\nsummary = \"x\"\n{rest}\n"))
        .collect();
    read("plans/a \"b\".toml", format!("version = 1\n{tasks}").as_bytes()).unwrap()
}

fn messages(plan: &Plan, level: Level) -> Vec<String> {
    lint(plan).into_iter().filter(|p| p.level == level).map(|p| p.message).collect()
}

#[test]
fn cycles_are_named() {
    let all = plan(&[
        ("A1", "scope = []\ndepends_on = [\"A3\"]"),
        ("A2", "scope = []\ndepends_on = [\"A1\"]"),
        ("A3", "scope = []\ndepends_on = [\"A2\"]"),
        ("A4", "scope = []\ndepends_on = [\"A4\"]"),
        ("A5", "scope = []\ndepends_on = [\"A4\", \"A1\"]"),
    ]);
    let found = messages(&all, Level::Deny);
    assert_eq!(found, ["tasks wait for each other: A1 → A3 → A2 → A1", "tasks wait for each other: A4 → A4"]);
    let diamond = plan(&[
        ("A1", "scope = []"),
        ("A2", "scope = []\ndepends_on = [\"A1\"]"),
        ("A3", "scope = []\ndepends_on = [\"A1\"]"),
        ("A4", "scope = []\ndepends_on = [\"A2\", \"A3\"]"),
    ]);
    assert_eq!(lint(&diamond), []);
}

#[test]
fn a_long_chain_of_tasks_needs_no_stack() {
    let task = |n: usize| format!("## T{n}: x\n\nFiles: none\nDepends on: T{}\n\n", (n + 1) % 9_000);
    let text: String = (0..9_000).map(task).collect();
    let found = lint(&read("p.md", text.as_bytes()).unwrap());
    assert!(
        found.iter().any(|p| p.message.contains("wait for each other: T0 → T1 → ")),
        "{:?}",
        found.first()
    );
    assert!(found.iter().any(|p| p.level == Level::Warn && p.message.contains("9000 tasks")));
}

#[test]
fn an_undeclared_scope_says_what_to_write() {
    let native = plan(&[("T 1".replace(' ', ".").as_str(), "")]);
    let [problem] = blocking(&native).try_into().unwrap();
    assert_eq!(problem.message, "T.1 does not declare its scope");
    #[rustfmt::skip]
    assert_eq!(problem.help, [
        "scope = [\"src/lease.rs\"]    (or [] for no files)", "or, where the plan cannot be changed, in guard.toml:",
        "[overlay.\"plans/a \\\"b\\\".toml\"]", "\"T.1\" = [\"src/lease.rs\"]",
    ]);
    let markdown = read("p.md", b"## Task 3: x\n").unwrap();
    let [problem] = blocking(&markdown).try_into().unwrap();
    assert_eq!((problem.line, problem.message.as_str()), (1, "Task 3 does not declare its scope"));
    assert_eq!(problem.help[..2], ["**Files:**", "- Modify: `src/lease.rs`    (or **Files:** none)"]);
    assert_eq!(problem.help.last().unwrap(), "3 = [\"src/lease.rs\"]");
}

#[test]
fn an_overlay_settles_scopes_and_nothing_else() {
    let text = "## Task 1: x\n\n**Files:** TBD\n\n## Task 2: y\n\n**Depends on:** Task 9\n\n## Task 3: z\n";
    let mut plan = read("p.md", text.as_bytes()).unwrap();
    assert_eq!(blocking(&plan).len(), 4);
    let scope = |text: &str| Patterns::parse_all([text]).unwrap();
    apply_overlay(
        &mut plan,
        "guard.toml",
        &[("1".into(), scope("a/")), ("Task 2".into(), scope("b/")), ("T4".into(), scope("c/"))],
    );
    let left: Vec<String> = blocking(&plan).into_iter().map(|p| p.message).collect();
    #[rustfmt::skip]
    assert_eq!(left, [
        "the overlay in guard.toml names T4, which is no task of p.md", "Task 2 depends on 9, which is no task of this plan",
        "Task 3 does not declare its scope",
    ]);
    assert!(plan.tasks[0].scope.as_ref().unwrap().matches(b"a/x"));
    assert!(plan.tasks[1].scope.as_ref().unwrap().matches(b"b/x"));
    apply_overlay(&mut plan, "guard.toml", &[("3".into(), Patterns::default())]);
    assert!(plan.tasks[2].scope.as_ref().unwrap().is_empty());
}

#[test]
fn parallel_tasks_with_common_paths_are_pointed_out() {
    let overlap = |one: &str, other: &str, more: &str| {
        let safe = "parallel_safe = true";
        let tasks = plan(&[
            ("A1", &format!("scope = {one}\n{safe}")),
            ("A2", &format!("scope = {other}\n{safe}\n{more}")),
        ]);
        assert!(blocking(&tasks).is_empty());
        messages(&tasks, Level::Warn)
    };
    for (one, other) in [
        ("['src/']", "['docs/a.md']"),
        ("['src/', '!src/a.rs']", "['src/a.rs']"),
        ("[]", "[]"),
        ("['!a']", "['!a']"),
        ("['src/**/*.rs']", "['src/**/*.md']"),
        ("['src/', '!src/*.rs']", "['src/a?.rs']"),
    ] {
        assert_eq!(overlap(one, other, ""), [""; 0], "{one} {other}");
    }
    for (one, other, path) in [
        ("['src/']", "['src/a.rs']", "src/a.rs"),
        ("['src/a.rs']", "['src/*.rs']", "src/a.rs"),
        ("['a/**']", "['x', 'a/**']", "a/x"),
        ("['src/**', '!src/*.rs']", "['**/a.rs']", "src/x/a.rs"),
        ("['a/[id]/*']", "['**/route.ts']", "a/[id]/route.ts"),
    ] {
        assert_eq!(
            overlap(one, other, ""),
            [format!("A1 and A2 may both change {path}, in parallel")],
            "{one} {other}"
        );
    }
    assert_eq!(overlap("['a']", "['a']", "depends_on = ['A1']"), [""; 0]);
}

#[test]
fn tasks_that_wait_for_one_another_through_others_never_run_side_by_side() {
    let tasks = |last: &str| {
        let safe = |more: &str| format!("scope = ['a']\nparallel_safe = true\n{more}");
        plan(&[
            ("A1", &safe("")),
            ("A2", "scope = []\ndepends_on = ['A1']"),
            ("A3", "scope = []\ndepends_on = ['A2', 'A3']"),
            ("A4", &safe(last)),
        ])
    };
    assert_eq!(messages(&tasks("depends_on = ['A3']"), Level::Warn), [""; 0]);
    let found = messages(&tasks("depends_on = ['A9']"), Level::Warn);
    assert_eq!(found, ["A1 and A4 may both change a, in parallel"]);
}

#[test]
fn what_is_too_much_to_compare_is_said() {
    let many = |count: usize, scope: &dyn Fn(usize) -> String| {
        let tasks: String = (0..count)
            .map(|n| {
                format!(
                    "[[task]]\nid = 'A{n}'\nsummary = 'x'\nscope = [{}]\nparallel_safe = true\n",
                    scope(n)
                )
            })
            .collect();
        let start = std::time::Instant::now();
        let found =
            messages(&read("p.toml", format!("version = 1\n{tasks}").as_bytes()).unwrap(), Level::Warn);
        // An optimised build takes a tenth of it.
        assert!(start.elapsed().as_secs() < 12, "{:?}", start.elapsed());
        found
    };
    let apart = many(200, &|n| (0..5).map(|m| format!("'src/{n}/{m}/**/*.rs',")).collect());
    assert_eq!(apart, [""; 0]);
    let long = many(120, &|n| format!("'{}{n}x?'", "*a".repeat(2000)));
    assert!(
        long.iter().any(|m| m == "whether A0 and A1 may change the same path takes too long to tell"),
        "{long:?}"
    );
    assert!(long.iter().any(|m| m.starts_with("there is too much to compare: from A0 and A")), "{long:?}");
    let same = many(200, &|_| "'src/'".to_owned());
    assert_eq!(same.len(), 101);
    assert_eq!(same[0], "100 pairs of parallel tasks overlap: the others are not looked for");
}

#[test]
fn a_test_task_may_lie_further_back() {
    let tasks = |last: &str| {
        plan(&[
            ("A1", "scope = []\nphase_type = \"test\""),
            ("A2", "scope = []\ndepends_on = [\"A1\"]"),
            ("A3", &format!("scope = []\nphase_type = \"implementation\"\n{last}")),
        ])
    };
    assert_eq!(messages(&tasks(""), Level::Deny), ["A3 implements, but depends on no task of phase `test`"]);
    assert_eq!(messages(&tasks("depends_on = [\"A2\"]"), Level::Deny), [""; 0]);
}

#[test]
fn a_scope_of_everything_is_pointed_out() {
    let found = messages(&plan(&[("A1", "scope = ['**']")]), Level::Warn);
    assert_eq!(found, ["A1 may change every file: `**`"]);
}

#[test]
fn what_nobody_sees_in_a_path_is_pointed_out() {
    for (path, level) in [
        ("src/\u{202e}a.rs", Level::Deny),
        ("src/b\u{200b}.rs", Level::Deny),
        ("می\u{200c}خوانم.md", Level::Warn),
    ] {
        let found = messages(&plan(&[("A1", &format!("scope = ['src/z.rs', '{path}']"))]), level);
        assert!(found.len() == 1 && found[0].contains("invisible character U+20"), "{path}: {found:?}");
    }
    assert!(messages(&plan(&[("A1", "scope = ['src/é日.rs']")]), Level::Deny).is_empty());
}

#[test]
fn problems_come_in_the_order_of_lines() {
    let found = lint(&read("p.md", b"## T1: x\n\n## T2: y\n\n**Files:** TBD\n\n## T3: z\n").unwrap());
    let lines: Vec<usize> = found.iter().map(|p| p.line).collect();
    assert_eq!(lines, [1, 5, 7]);
}

#[test]
fn a_word_that_nobody_mistypes_is_compared_with_none() {
    // Compared with each other, these two would take 80 GB.
    let (one, other) = ("A".repeat(100_000), "B".repeat(100_000));
    let all =
        plan(&[(&one, &format!("scope = []\ndepends_on = [\"{other}\"]\n{} = 1", "x".repeat(1_000_000)))]);
    let help: Vec<String> = lint(&all).into_iter().flat_map(|p| p.help).collect();
    assert!(help.iter().any(|h| h == "no task has a name like that"), "{}", help.len());
    assert!(help.iter().any(|h| h.starts_with("a task's keys are: id, ")), "{}", help.len());
}
