//! Plans in every family that guard reads, thrown with dice: the text, and what it says.

use crate::harness::Dice;

/// A sound plan.
pub struct Written {
    pub path: &'static str,
    pub text: String,
    /// ID, scope, IDs of dependencies.
    pub tasks: Vec<(String, Vec<String>, Vec<String>)>,
}

const PATHS: [&str; 22] = [
    "src/lexer.rs",
    "src/**",
    "src/parse/*.rs",
    "docs/guide/",
    "docs/**/*.md",
    "tests/auth_test.py",
    "app/[id]/route.ts",
    "app/(shop)/page.tsx",
    "src/{a,b}.rs",
    "src/x?.rs",
    "README.md",
    "Cargo.toml",
    ".github/workflows/ci.yml",
    "tools/run.sh",
    "a/b/c/d/e/f.txt",
    "web/src/**/index.ts",
    "src/a_b_c.rs",
    "vendor/lib",
    "lib/data-1.2.json",
    "**/x.rs",
    "docs/a**b.md",
    "routes/$id.tsx",
];

/// Pieces of the families, for mutations.
pub const WORDS: [&[u8]; 44] = [
    b"### T001: again\n",
    b"### Task 2: two\n",
    b"**T1.2**: x\n",
    b"**Files:**\n",
    b"**Files:** none\n",
    b"- Modify: `src/x.rs`\n",
    b"- Read: `src/y.rs`\n",
    b"Files: src/a.rs, src/b.rs\n",
    b"(Files: `z/z.rs`)",
    b"- [x] ",
    b"- [ ] ",
    b"## Progress\n",
    b"## Decision Log\n",
    b"Outcomes & Retrospective\n---\n",
    b"```\n",
    b"````md\n",
    b"~~~\n",
    b"> ",
    b"<!-- ",
    b" -->",
    b"<b>",
    b"---\n",
    b"| T1 | x | src/t.rs |\n",
    b"Dependencies: T001-T900\n",
    b"**Depends on:** all previous tasks\n",
    b"../up.rs",
    b"/etc/passwd",
    b"$HOME/x",
    b"TBD",
    b"except `src/z.rs`",
    b"[[task]]\n",
    b"[task]\n",
    b"id = \"T001\"\n",
    b"scope = []\n",
    b"scope = [\"**\"]\n",
    b"scope = [\"!src/**\"]\n",
    b"scope = [\"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\"]\n",
    b"depends_on = [\"T002\"]\n",
    b"parallel_safe = true\n",
    b"phase_type = \"test\"\n",
    b"unknown_key = 1\n",
    b"version = 2\n",
    b"\"\"\"",
    b"\\u0054",
];

/// One plan of some family.
pub fn throw(dice: &mut Dice) -> Written {
    match dice.roll(5) {
        0 | 1 => native(dice),
        2 => sections(dice, &["### ", "## ", "#### "], &["T00", "TASK-AP-00"], ""),
        3 => sections(dice, &["### Task ", "## Task #"], &["", "1."], ""),
        _ => sections(dice, &["**", "- [ ] **"], &["T1.", "T10"], "**"),
    }
}

/// ID, scope and dependencies, as far as every family can say them.
fn tasks(dice: &mut Dice, prefix: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>, Vec<String>)> = Vec::new();
    for n in 1..=1 + dice.roll(6) {
        let mut scope: Vec<String> = Vec::new();
        for _ in 0..dice.roll(4) {
            let path = dice.pick(&PATHS).to_owned();
            if !scope.contains(&path) {
                scope.push(path);
            }
        }
        let after = all.iter().filter(|_| dice.once_in(3)).map(|(id, ..)| id.clone()).collect();
        all.push((format!("{prefix}{n}"), scope, after));
    }
    all
}

fn native(dice: &mut Dice) -> Written {
    let prefix = dice.pick(&["T00", "AUTH-", "1.", ""]);
    let tasks = tasks(dice, prefix);
    let list = |items: &[String]| items.iter().map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(", ");
    let mut text = "version = 1\ntopic = \"lexer\"\n".to_owned();
    for (id, scope, after) in &tasks {
        text += &format!("\n[[task]]\nid = \"{id}\"\nsummary = \"Do {id}\"\nscope = [{}]\n", list(scope));
        if !after.is_empty() || dice.once_in(3) {
            text += &format!("depends_on = [{}]\n", list(after));
        }
        for line in [
            "milestone = \"M1\"\n",
            "acceptance = '''\ncargo test\n'''\n",
            "parallel_safe = true\n",
            "phase_type = \"test\"\n",
            "covers = [\"R1\"] # requirements\n",
            "owner_role = \"implementer\"\n",
        ] {
            text += if dice.once_in(4) { line } else { "" };
        }
    }
    Written { path: "plans/lexer.toml", text, tasks }
}

/// Task headings or bold lines, each with its fields, among prose that names paths as well.
fn sections(dice: &mut Dice, heads: &[&str], prefixes: &[&str], close: &str) -> Written {
    let (head, prefix) = (dice.pick(heads), dice.pick(prefixes));
    let tasks = tasks(dice, prefix);
    let mut text = String::new();
    if dice.once_in(3) {
        text += "---\ntopic: lexer\nstatus: active\n---\n\n";
    }
    text += "# The lexer plan\n\nBackground in `src/old.rs` and `docs/why.md`.\n\n";
    let separator = dice.pick(&[": ", " — ", " -- "]);
    for (id, scope, after) in &tasks {
        text += &format!("{head}{id}{close}{separator}Do it\n\n");
        let fields = files(dice, scope);
        let indent = if head.starts_with("- ") { "  " } else { "" };
        for line in fields.lines() {
            text += &format!("{indent}{line}\n");
        }
        if !after.is_empty() {
            text += &format!("\n{indent}**Dependencies:** {}\n", ids(after, head));
        }
        if dice.once_in(3) {
            text += &format!("\n{indent}**Acceptance test:** `cargo test` passes\n");
        }
        if dice.once_in(3) && indent.is_empty() {
            text += "\n- [ ] **Step 1:** write the test\n- [x] **Step 2:** see it fail\n\n```rust\nuse `fenced/x.rs`;\n```\n";
        }
        text.push('\n');
    }
    if !close.is_empty() && tasks.iter().all(|(_, scope, _)| scope.is_empty()) {
        text += "\n";
    }
    text += dice.pick(&["", "## Progress\n\n- [x] T001 `living/x.rs`\n", "## Decision Log\n\nNone yet.\n"]);
    Written { path: "plans/lexer.md", text, tasks }
}

fn ids(after: &[String], head: &str) -> String {
    let word = if head.contains("Task") { "Task " } else { "" };
    after.iter().map(|id| format!("{word}{id}")).collect::<Vec<_>>().join(", ")
}

/// A `Files` field, in one of the ways in which people write it.
fn files(dice: &mut Dice, scope: &[String]) -> String {
    if scope.is_empty() {
        return dice
            .pick(&["**Files:** none\n", "**Files:**\n- none\n", "Files: No file changes.\n"])
            .to_owned();
    }
    let label = dice.pick(&["**Files:**", "Files:", "**Files touched**:", "- **Files/Interfaces:**"]);
    if dice.once_in(3) {
        let all: Vec<String> = scope.iter().map(|p| format!("`{p}`")).collect();
        return format!("{label} {}\n", all.join(", "));
    }
    let indent = if label.starts_with("- ") { "  " } else { "" };
    let mut text = format!("{label}\n");
    for path in scope {
        let verb = dice.pick(&["", "Modify: ", "Create: ", "Delete: ", "Test: "]);
        let note = dice.pick(&["", " (new)", " — as discussed", ""]);
        text += &format!("{indent}- {verb}`{path}`{note}\n");
    }
    text
}
