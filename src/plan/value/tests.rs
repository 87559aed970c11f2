use crate::plan::{Document, Plan, read, read_with};

/// The paths of all tasks, each with its line.
fn lines(plan: &Plan) -> Vec<(&str, usize)> {
    let patterns = plan.tasks.iter().flat_map(|task| task.scope.as_ref().expect("a scope"));
    patterns.map(|pattern| (pattern.as_str(), pattern.line())).collect()
}

#[test]
fn each_path_has_the_line_on_which_it_stands() {
    type Case<'c> = (&'c str, &'c str, &'c [(&'c str, usize)]);
    #[rustfmt::skip]
    let cases: &[Case<'_>] = &[
        ("p.md", "### T1: a\n\n**Files:**\n\n- Modify: `a/b.rs`\n- `c/d.rs`,\n  `e/f.rs` (new)\n", &[("a/b.rs", 5), ("c/d.rs", 6), ("e/f.rs", 7)]),
        ("p.md", "### T1: a\n\n**Files:** `a/b.rs`, `c/d.rs`,\n`a/b.rs.in`, `e/f.rs`\n", &[("a/b.rs", 3), ("c/d.rs", 3), ("a/b.rs.in", 4), ("e/f.rs", 4)]),
        ("p.md", "### T1: a\n\n**Files:** a/b.rs.in,\nx/a/b.rs,\n./a/b.rs.\n", &[("a/b.rs.in", 3), ("x/a/b.rs", 4), ("a/b.rs", 5)]),
        ("p.md", "| Task | Files |\n|---|---|\n| T1 | a/b.rs |\n| T2 | c/d.rs, e/ |\n", &[("a/b.rs", 3), ("c/d.rs", 4), ("e/", 4)]),
        ("p.toml", "version = 1\ntopic = \"x\"\n[[task]]\nid = \"T1\"\nsummary = \"a\"\nscope = [\n  \"a/b.rs\",\n  \"!a/c.rs\",\n]\n", &[("a/b.rs", 7), ("!a/c.rs", 8)]),
        ("01-02-PLAN.md", "---\nphase: 01-x\nplan: 02\n---\n<task type=\"auto\">\n<name>Task 1: a</name>\n<files>\na/b.rs\nc/d.rs\n</files>\n</task>\n", &[("a/b.rs", 8), ("c/d.rs", 9)]),
        ("card.md", "---\nid: T1\nallowed_paths:\n  - a/b.rs\n  - c/d.rs\nforbidden_paths:\n  - e.rs\n---\n# T1\n", &[("a/b.rs", 4), ("c/d.rs", 5), ("!e.rs", 7), ("!e.rs/", 7)]),
        ("specs/1/tasks.md", "- [ ] T001 Create the model\n  in src/models/user.py\n- [ ] T002 Wire it (Files: a/b.rs,\n  c/d.rs)\n", &[("src/models/user.py", 2), ("a/b.rs", 3), ("c/d.rs", 4)]),
    ];
    for (path, text, wanted) in cases {
        assert_eq!(lines(&read(path, text.as_bytes()).unwrap()), *wanted, "{text}");
    }
}

#[test]
fn a_path_in_a_ticket_is_placed_in_that_ticket() {
    let text = b"## T1: a\n\n**Files:**\n- `a/b.rs`\n".to_vec();
    let ticket = Document { path: "tickets/T1.md".to_owned(), text };
    let plan = read_with("PLAN.md", b"# Plan\n\n- T1\n", &[ticket]).unwrap();
    let task = &plan.tasks[0];
    let pattern = task.scope.iter().flatten().next().unwrap();
    assert_eq!(plan.place_of(task, pattern).to_string(), "tickets/T1.md:4");
}
