use std::time::Instant;

use super::*;
use crate::plan::{blocking, first_locked_difference, is_same, lint, read, recognise};

fn plan(text: &str) -> Plan {
    read("specs/012-lease/tasks.md", text.as_bytes()).unwrap()
}

/// The scope that an item with these words declares, as text.
fn scope(words: &str) -> Option<String> {
    let plan = plan(&format!("- [ ] T001 {words}\n"));
    plan.tasks[0].scope.as_ref().map(|scope| scope.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(" "))
}

fn ids(text: &str) -> Vec<String> {
    plan(text).tasks.iter().map(|t| t.id.to_string()).collect()
}

#[test]
fn what_is_no_path_to_change_declares_nothing() {
    for words in [
        // Routes, addresses, imports, names of things.
        "Add the route /api/lease.json to the router",
        "Serve `/api/lease.json` to clients",
        "Migrate GET api/lease.json to tokens",
        "Link to https://example.com/docs/lease.html",
        "Link to example.com/docs/lease.html",
        "Post to www.example.de/lease.php",
        "Add `@/lib/lease.ts` to the imports",
        "Write `next/router` and `golang-jwt/jwt/v5`",
        "Set up Node.js/Express.js",
        "Show DD/MM/YYYY and and/or in the view",
        "Add `lease.renew()` to `Lease.Store`",
        "Write to `$HOME/lease.toml` and ~/lease.toml",
        "Write to `src/<name>.rs`, src/... and `a b/c.rs`",
        "Write to 'src/lease.rs' and \"src/lease.rs\"",
        "Write to src/lease.rs:renew",
        "Add buildings/:id.html to the router",
        "Write to ../other/lease.rs and ./lease.rs",
        "Write to `**/*.rs` and `*/lease.rs`",
        "Write to `src/lease.rs`s",
        // Other files than the ones to change.
        "Create the model per contracts/lease.md",
        "Create the model per `contracts/lease.md`",
        "Create the model, see src/other.rs",
        "Create it like the one in src/other.rs",
        "Create it following the pattern in src/other.rs",
        "Create it with the same pattern as `src/other.rs`",
        "Do it the way it is done, same pattern as Other in src/other.rs",
        "Create what is defined in src/other.rs",
        "Create what is described in docs/other.md",
        "Create it with helpers used in src/other.rs",
        "Create it after the existing pattern in src/other.rs",
        "Create it in the style of src/other.rs",
        "Create it, similar to src/other.rs",
        "Create it according to docs/other.md",
        "Replace it with helpers from src/other.rs",
        "Remove imports of it from src/other.rs",
        "Write tests for src/other.rs",
        "Write tests of `src/other.rs`",
        "Wire `src/other.rs`",
        "Add `src/one.rs` to `src/two.rs`",
        "Add it (as in src/other.rs)",
        "Add a link to docs/other.md in README.md",
        "Load what is stored in tests/other.json",
        "Add tests to check the output in out/other.json",
        "Move everything in src/other/ to src/lease/",
        "Import `src/other.rs` in `src/lease.rs`",
        "Write tests covering src/other.rs in tests/lease.rs",
        "Generate it from `api/other.yaml` into src/lease/",
        "Extract it from src/other.rs into src/lease.rs",
        "Implement it. Then call the client in src/other.rs today",
        "Implement it. Use `src/other.rs`",
        // Who looks changes nothing.
        "Run the tests in tests/lease.rs",
        "Verify that nothing is left in src/lease.rs",
        "Final grep for it in src/lease/",
        "Test `src/lease.rs`",
        "Use src/lease.rs",
        // What is not done, or perhaps.
        "Do not change src/lease.rs",
        "Add it, but leave the rest in src/lease.rs",
        "Add it without changing anything in src/lease.rs",
        "Add it in src/lease.rs if needed",
        "Possibly update src/lease.rs",
        // Folders that are not the change itself.
        "Handle the errors in src/lease/",
        "Apply it to all handlers in src/lease/",
        "Create `lease.rs` in `src/store/`",
        "Create `src/lease.rs` for use in `src/store/`",
        // Files without their folder.
        "Create lease.rs with a renew method",
        "Update spec.md",
        "Add it to config.json",
    ] {
        let found = scope(words);
        // Of two files the one that plainly is written may count.
        let other =
            found.as_deref().is_some_and(|f| f != "src/lease.rs" || !words.contains("Create `src/lease.rs`"));
        assert!(!other, "{words}: {found:?}");
    }
}

#[test]
fn a_path_that_cannot_be_anything_else_is_declared() {
    for (words, paths) in [
        ("Create the store in src/lease.rs", "src/lease.rs"),
        ("Create the store in `src/lease.rs`: read `src/other.rs`", "src/lease.rs"),
        ("Create the store at src/lease.rs.", "src/lease.rs"),
        ("Migrate POST /api/[id] to tokens in src/app/[id]/route.ts", "src/app/[id]/route.ts"),
        ("Add the page to `app/(shop)/page.tsx`", "app/(shop)/page.tsx"),
        ("Update `src/a.rs`, `src/b.rs` and src/c.rs", "src/a.rs src/b.rs src/c.rs"),
        ("Update `src/a.rs` and add the test to `tests/a.rs`", "src/a.rs tests/a.rs"),
        ("Create src/a.rs following src/b.rs", "src/a.rs"),
        ("Create it in src/a.rs per contracts/a.md", "src/a.rs"),
        ("Create it in src/a.rs (see src/b.rs)", "src/a.rs"),
        ("Create `a/one.sql`: make it. Create matching `a/two.sql` per model.md", "a/one.sql a/two.sql"),
        ("Refactor src/a.rs to use the helper in src/b.rs", "src/a.rs"),
        ("Create src/a.rs with types from src/b.rs", "src/a.rs"),
        ("Write tests in tests/a.rs covering src/b.rs", "tests/a.rs"),
        ("Add it in src/a.rs, then call it in src/b.rs", "src/a.rs"),
        ("Remove the old calls from `src/a.rs`", "src/a.rs"),
        ("Delete `src/a.rs` — replaced by b.rs", "src/a.rs"),
        ("Write a test: nobody is let in in tests/a.rs", "tests/a.rs"),
        ("Compute it using the set in src/a.rs", "src/a.rs"),
        ("Filter before file matching in src/a.rs", "src/a.rs"),
        ("src/a.rs: count the leases", "src/a.rs"),
        ("Update README.md with examples", "README.md"),
        ("Add the crate to Cargo.toml", "Cargo.toml"),
        ("Add it in src/a.rs:14-20", "src/a.rs"),
        ("Update `src/lease/*.rs`", "src/lease/*.rs"),
        ("Add a folder for it in `src/lease/`", "src/lease/"),
        ("Add it in a/Dockerfile", "a/Dockerfile"),
        ("Anything (Files: `src/a.rs`, `src/b.rs`)", "src/a.rs src/b.rs"),
        ("Run the tests (Files: none)", ""),
        ("Create it in src/a.rs (Files: `src/b.rs`)", "src/b.rs"),
    ] {
        assert_eq!(scope(words).as_deref(), Some(paths), "{words}");
    }
}

#[test]
fn a_doubt_is_a_question_with_the_text_to_paste() {
    let text = "- [ ] T001 Create `lease.rs` in `src/store/`\n- [ ] T002 Think\n- [ ] 9 lives\n";
    let problems = blocking(&plan(text));
    let said: Vec<(usize, &str)> = problems.iter().map(|p| (p.line, p.message.as_str())).collect();
    assert_eq!(
        said,
        [(1, "T001: names `lease.rs` without its folder"), (2, "T002 does not declare its scope")]
    );
    assert_eq!(problems[0].help[0], "write `src/store/lease.rs` if that is where it lies");
    for problem in &problems {
        assert!(problem.help.iter().any(|h| h.contains("(Files: `src/lease.rs`)")), "{problem:?}");
        assert!(problem.help.contains(&"[overlay.\"specs/012-lease/tasks.md\"]".to_owned()), "{problem:?}");
    }
    let told = plan("- [ ] T001 Update `src/a.rs`. Also mind `src/b.rs`\n- [ ] T002 Add it to `src/`\n");
    let warned: Vec<String> = lint(&told).into_iter().map(|p| p.message).collect();
    assert_eq!(
        warned,
        [
            "T001: does not say for certain that `src/b.rs` is changed",
            "T002 may change everything below `src/`"
        ]
    );
    assert!(blocking(&told).is_empty());
}

#[test]
fn only_an_item_with_a_box_and_an_id_is_a_task() {
    for item in [
        "- T001 x",
        "- [ ] Write T001",
        "- [ ] T001-T003 x",
        "- [ ] T001, T002 x",
        "- [ ] CHK001 x",
        "- [ ] UTF-8 x",
        "- [ ] 3 reviews",
        "- [ ] 2026. x",
        "- [ ] 1..2 x",
        "- [ ] 1.",
        "- [ ] 1.2",
        "- [?] T001 x",
        "-[ ] T001 x",
        "[ ] T001 x",
        "```\n- [ ] T001 x\n```",
        "> - [ ] T001 x",
        "<!--\n- [ ] T001 x\n-->",
    ] {
        let read = read("p.md", format!("# P\n\n{item}\n").as_bytes());
        assert_eq!(read.map_or(0, |plan| plan.tasks.len()), 0, "{item}");
    }
    assert!(recognise("p.md", b"---\nx: |\n  - [ ] T001 x\n---\n").is_none());
}

#[test]
fn items_are_read_with_their_ids_and_tags() {
    let text = "# Lease\n\n## Phase 1: Setup\n\n- [x] T001 [P] Pin it in src/a.rs\n* [X] **T002** [US1] Use it\n\n\
        ## Phase 2: User story\n\n### Tests\n\n- [ ] `T007b`: Read it\n  - [ ] in src/sub.rs\n- [-] [P] TASK-AP-001 Keep it\n";
    let plan = plan(text);
    let seen: Vec<String> = plan
        .tasks
        .iter()
        .map(|t| {
            let (done, parallel) = (u8::from(t.done), u8::from(t.parallel_safe));
            format!("{} {} {}{} {}", t.line, t.id, done, parallel, t.milestone.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        seen,
        [
            "5 T001 11 Phase 1: Setup",
            "6 T002 10 Phase 1: Setup",
            "12 T007b 00 Phase 2: User story",
            "14 TASK-AP-001 01 Phase 2: User story",
        ]
    );
    assert_eq!(plan.tasks[0].summary, "Pin it in src/a.rs");
    assert!(plan.tasks[2].scope.as_ref().unwrap().matches(b"src/sub.rs"));
    assert_eq!((plan.format, plan.topic), ("checklist", None));
    assert!(recognise("specs/1/tasks.md", text.as_bytes()).unwrap().1.contains("begin with IDs"));
}

#[test]
fn items_that_another_format_leaves_out_are_pointed_out() {
    let warned = |text: &str| {
        let problems =
            plan(text).problems.into_iter().filter(|p| p.message.starts_with("this checklist names"));
        problems.map(|p| (p.line, p.message)).collect::<Vec<_>>()
    };
    let items = "- [ ] T001 Pin it in src/a.rs\n- [x] T002: Use it\n";
    let section = "### T003: x\n\n**Files:** `src/c.rs`\n";
    let table = "| ID | Files |\n|---|---|\n| T003 | `src/c.rs` |\n";
    for text in [format!("{items}\n{section}"), format!("{items}\n{table}")] {
        let found = warned(&text);
        assert!(
            found.len() == 1 && found[0].0 == 1 && found[0].1.contains("T001, T002"),
            "{text}: {found:?}"
        );
    }
    // Its own tasks, their parts, numbers, and what is shown as an example.
    let fine = "- [ ] T003 x\n  - [ ] T003.1 x\n- [ ] 1.1 x\n\n```\n- [ ] T009 x\n```\n";
    for text in [items.to_owned(), format!("{section}\n{fine}"), format!("{fine}\n{table}")] {
        assert_eq!(warned(&text), [], "{text}");
    }
}

#[test]
fn numbers_are_ids_where_there_are_no_codes() {
    let kiro = "# Plan\n\n- [x] 1. Set up\n  - [x] 1.1 Make it\n    - in src/prose.rs\n  - [x]* 1.2 Test it\n- [ ]* 2. More\n- [~] 3) Last\n";
    assert_eq!(ids(kiro), ["1", "1.1", "1.2", "2", "3"]);
    let plan = plan(kiro);
    assert_eq!(plan.tasks.iter().map(|t| t.done).collect::<Vec<_>>(), [true, true, true, false, false]);
    assert_eq!(plan.tasks[1].scope, None, "a remark declares nothing");
    let optional: Vec<String> =
        lint(&plan).into_iter().map(|p| p.message).filter(|m| m.contains("optional")).collect();
    assert!(optional.len() == 2 && optional[0].starts_with("Task 1.2"), "{optional:?}");
    let groups = "## 1. Store\n- [ ] 1.1 Add it to `src/a.rs`\n\n## 2. View\n- [ ] 2.1 x\n";
    let plan = self::plan(groups);
    assert_eq!(plan.tasks[1].milestone.as_deref(), Some("2. View"));
    assert_eq!(ids("- [ ] T001 x\n  - [ ] 3.11 is supported\n- [ ] 1. y\n"), ["T001"]);
    assert_eq!(ids("- [ ] Task 1: x\n- [ ] Task 2 — y\n"), ["1", "2"]);
}

#[test]
fn all_but_the_marks_is_locked() {
    let old = "# P\n\n## Progress\n\n- [ ] T001 Pin it in src/a.rs\n- [ ]* T002 Use it\n";
    for new in [
        old.replace("src/a.rs", "src/b.rs"),
        old.replace("T001", "T003"),
        old.replace("[ ]*", "[ ]"),
        old.replace("[ ] T", "[ ] [x] T"),
        old.replace("## Progress", "## Done"),
        format!("{old}- [ ] T003 Anything in src/c.rs\n"),
        old.replace("it\n", "it 1234567\n"),
    ] {
        assert!(
            first_locked_difference("specs/1/tasks.md", old.as_bytes(), new.as_bytes()).is_some(),
            "{new}"
        );
        assert!(!is_same("specs/1/tasks.md", old.as_bytes(), new.as_bytes()));
    }
    for marks in [("[ ]", "[x]"), ("[ ]", "[X]"), ("[ ]", "[-]"), ("- [ ] ", "- [~] "), ("[ ]*", "[x]*")] {
        let new = old.replace(marks.0, marks.1);
        assert_ne!(new, old);
        assert_eq!(
            first_locked_difference("specs/1/tasks.md", old.as_bytes(), new.as_bytes()),
            None,
            "{new}"
        );
        assert!(is_same("specs/1/tasks.md", old.as_bytes(), new.as_bytes()));
    }
}

#[test]
fn tasks_without_ids_are_listed_and_asked_for_one() {
    let text = "# P\n\n## Phase 1: Read [checkpoint: 0a1b2c3]\n\n- [x] Task: Parse it 0a1b2c3\n    - [x] Sub-task: Write it in `src/a.rs`\n\
        - [ ] Task: T001 Use it\n- [ ] Task: Verify it (see x.md)\n";
    let plan = plan(text);
    assert_eq!(plan.format, "conductor");
    assert_eq!(ids(text), ["?1", "T001", "?2"]);
    assert_eq!((plan.tasks[0].done, plan.tasks[0].summary.as_str()), (true, "Parse it"));
    assert!(plan.tasks[0].scope.as_ref().unwrap().matches(b"src/a.rs"));
    assert_eq!(plan.tasks[0].milestone.as_deref(), Some("Phase 1: Read"));
    let asked: Vec<(usize, Vec<String>)> = blocking(&plan)
        .into_iter()
        .filter(|p| p.message.contains("no ID"))
        .map(|p| (p.line, p.help))
        .collect();
    let paste = |line: &str| vec!["write:".to_owned(), line.to_owned()];
    assert_eq!(
        asked,
        [
            (5, paste("- [x] Task: T002 Parse it 0a1b2c3")),
            (8, paste("- [ ] Task: T003 Verify it (see x.md)"))
        ]
    );
    let given = text.replace("Task: Parse", "Task: T002 Parse").replace("Task: Ver", "Task: T003 Ver");
    assert_eq!(ids(&given), ["T002", "T001", "T003"]);
}

#[test]
fn no_overlay_gives_an_item_its_id() {
    let mut plan = plan("- [ ] Task: Parse it\n");
    let scope = crate::pattern::Patterns::parse_all(["src/**"]).unwrap();
    crate::plan::apply_overlay(&mut plan, "guard.toml", &[("?1".to_owned(), scope)]);
    assert!(blocking(&plan).iter().any(|p| p.message.contains("no ID")));
}

#[test]
fn a_commit_behind_a_conductor_task_is_a_mark_too() {
    let old = "## Phase 1: Read\n\n- [ ] Task: Parse it\n- [ ] Task: T001 Use it in src/a.rs\n";
    for new in [
        old.replace("Parse it", "Parse it abcdef"),
        old.replace("Parse it", "Parse it abcdefg"),
        old.replace("Read", "Read [checkpoint: yes]"),
        old.replace("## Phase 1: Read", "## Phase 1: Read 0a1b2c3"),
        old.replace("src/a.rs", "src/a.rs src/b.rs"),
    ] {
        assert!(first_locked_difference("c/plan.md", old.as_bytes(), new.as_bytes()).is_some(), "{new}");
    }
    let new = "## Phase 1: Read [checkpoint: 0a1b2c3]\n\n- [x] Task: Parse it 0a1b2c3\n- [x] Task: T001 Use it in src/a.rs [0a1b2c3d4]\n";
    assert!(is_same("c/plan.md", old.as_bytes(), new.as_bytes()));
}

#[test]
fn a_document_whose_boxes_carry_no_ids_says_which_to_give() {
    let text = "# P\n\n### Step 1: Tests\n- [ ] Add `tests/a.rs`\n- [ ] See them fail\n";
    let plan = read("work/PLAN.md", text.as_bytes()).unwrap();
    let problems = blocking(&plan);
    assert_eq!((plan.tasks.len(), problems.len()), (0, 1));
    assert_eq!(problems[0].line, 4);
    assert_eq!(problems[0].help[1..3], ["- [ ] T001 Add `tests/a.rs`", "- [ ] T002 See them fail"]);
    assert!(
        recognise("work/PLAN.md", text.as_bytes()).unwrap().1.contains("none of their items carries an ID")
    );
    assert!(read("notes.txt", text.as_bytes()).is_err());
    assert!(read("a.md", b"# Only words\n").is_err());
}

#[test]
fn other_formats_keep_their_documents() {
    let sections = "## Task 1: x\n\n**Files:** `src/a.rs`\n\n- [ ] T009 a step\n- [ ] 1.1 another\n";
    assert_eq!(plan(sections).format, "markdown-sections");
    let exec = "# E\n\nEXECPLAN-READY\n\n## Progress\n\n- [ ] T001 x\n";
    assert_eq!(plan(exec).format, "execplan");
    assert!(recognise("p.toml", b"- [ ] T001 x\n").is_none());
}

#[test]
fn hostile_checklists_take_no_time() {
    // Read and locked, a second each. Unoptimised code takes its time; what grows with the square shows in less of it.
    let (size, most) = if cfg!(debug_assertions) { (5 << 15, 6.0) } else { (2 << 20, 1.0) };
    let lines = |line: &str| line.repeat(size / line.len());
    let long = |start: &str, part: &str| format!("{start}{}\n", part.repeat(size / part.len()));
    for text in [
        lines("- [ ] T001 Create it in src/a.rs\n"),
        lines("- [ ] 1.1 a/b.rs `c/d.rs` (e) - in f/g.rs, h/i.rs; see j.rs\n"),
        lines("- [ ] Task: x\n"),
        lines("- [ ] x\n"),
        lines("# a\n- [ ] T1 b\n"),
        long("- [ ] T001 Create it in ", "src/a.rs, "),
        long("- [ ] T001 Create it in ", "`src/a.rs` and "),
        long("- [ ] T001 Create ", "words "),
        long("- [ ] T001 ", "[P] "),
        long("- [ ] T001 ", "(Files: "),
        long("- [ ] T001 ", "a/"),
        long("- [ ] T001 ", "a.rs "),
        long("- [ ] T001 ", "a/ "),
        long("- [ ] T001 Add it in ", "a/ and "),
        long("- [ ] T001 Add it in a/b.rs and ", "b.rs, "),
        long("- [ ] T001 ", "in {a,b}/c.rs "),
        long("- [ ]* ", "*"),
        long("", "- [ ]* "),
        long("", "- [-] "),
        (0..2000).map(|n| format!("{}- [ ] {n}. x\n", " ".repeat(n))).collect(),
    ] {
        let start = Instant::now();
        let _ = read("specs/1/tasks.md", text.as_bytes()).map(|plan| plan.tasks.len());
        let _ = locked(&text).len();
        let took = start.elapsed();
        assert!(took.as_secs_f64() < most, "{took:?}: {}", text.chars().take(60).collect::<String>());
    }
}
