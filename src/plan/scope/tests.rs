use crate::model::Level;
use crate::pattern::Patterns;
use crate::plan::Problem;

/// What the entries of one `Files` list declare, and the levels of the problems with them.
fn files(entries: &[&str]) -> (Option<Vec<String>>, Vec<(Level, String)>) {
    let list: String = entries.iter().map(|e| format!("- {e}\n")).collect();
    plan_of(&format!("## Task 1: x\n\n**Files:**\n{list}"))
}

fn inline(value: &str) -> (Option<Vec<String>>, Vec<(Level, String)>) {
    plan_of(&format!("## Task 1: x\n\n**Files:** {value}\n"))
}

fn plan_of(text: &str) -> (Option<Vec<String>>, Vec<(Level, String)>) {
    let plan = crate::plan::read("p.md", text.as_bytes()).unwrap();
    let scope = plan.tasks[0].scope.as_ref();
    let scope = scope.map(|s| s.iter().map(|p| p.as_str().to_owned()).collect());
    (scope, plan.problems.into_iter().map(|p| (p.level, p.message)).collect())
}

/// The scope of a task with this below its heading, and all that is said of it.
fn of(body: &str) -> (Option<Patterns>, Vec<Problem>) {
    let mut plan = crate::plan::read("p.md", format!("## Task 1: x\n\n{body}\n").as_bytes()).unwrap();
    (plan.tasks.remove(0).scope, plan.problems)
}

#[test]
fn what_is_said_to_stay_as_it_is_is_never_in_scope() {
    #[rustfmt::skip]
    let entries = [
        "`src/a.rs` (do not modify)", "`src/a.rs` (read-only)", "src/a.rs (Read only, for its types)", "`src/a.rs` — read only",
        "`src/a.rs` - don’t touch", "`src/a.rs` (unchanged)", "~~`src/a.rs`~~", "~~src/a.rs~~", "No changes to `src/a.rs`",
        "[src/a.rs](src/a.rs)", "![src/a.rs](../src/a.rs)",
    ];
    for entry in entries {
        let (scope, problems) = files(&[entry]);
        assert!(
            scope.is_none() && problems.iter().any(|(level, _)| *level == Level::Deny),
            "{entry}: {problems:?}"
        );
        let (scope, problems) = files(&["Modify: `lib/z.rs`", entry]);
        let allows = scope.unwrap().iter().filter(|p| !p.starts_with('!')).count();
        assert!(allows == 1 && (!problems.is_empty() || entry.starts_with("No")), "{entry}: {problems:?}");
    }
    for label in ["Files (do not modify)", "Files (read-only)", "Files to touch (for reference)"] {
        let plan = format!("## Task 1: x\n\n**{label}:**\n- `src/a.rs`\n\n**Files:** `lib/z.rs`\n");
        assert_eq!(plan_of(&plan).0.unwrap(), ["lib/z.rs"], "{label}");
        let table = format!("| ID | Files | {label} |\n|---|---|---|\n| T1 | `lib/z.rs` | `src/a.rs` |\n");
        assert_eq!(plan_of(&table).0.unwrap(), ["lib/z.rs"], "{label}");
    }
    // A remark about something else leaves the file in scope.
    for entry in
        ["`src/a.rs` (do not modify the public API)", "`src/a.rs` — context menu", "`src/a.rs` (new)"]
    {
        assert_eq!(files(&[entry]).0.unwrap(), ["src/a.rs"], "{entry}");
    }
    assert_eq!(inline("`src/a.rs` (new), `src/b.rs` (read only)").0.unwrap(), ["src/a.rs"]);
    assert_eq!(files(&["`app/[id]/page.tsx`"]).0.unwrap(), ["app/[id]/page.tsx"]);
}

#[test]
fn what_names_no_path_declares_nothing_and_is_refused() {
    #[rustfmt::skip]
    let cases = [
        "Modify: any file that breaks", "new tests", "TBD", "all", "the rest", "repository-wide", "Modify: `bump_version()`",
        "Modify: `API_ROOT`", "`$ROOT/x.sh`", "Create: `/tmp/x`", "`../other/x.rs`", "`src/<name>.rs`", "`src/.../x.rs`",
        "Keep: `src/a.rs`", "Read: `src/a.rs`, `src/b.rs`", "Run: `cargo test src/a.rs`", "Verify: src/a.rs",
        "`cargo run --bin x/y`", "see `src/a.rs`", "`C:\\x\\y.rs`", "Reference (do not edit): `src/a.rs`",
        "Create (temp only, not committed): `src/a.rs`", "Backend: `api/x.rs`", "`tunacode.core.agents`", "https://x.org/y",
        "`https://x.org/y`", "(new) ", "everything except `src/b.rs`", "note — `src/a.rs`", "Do not modify: `src/a.rs`",
        "not `src/a.rs`", "Use like `src/a.rs`", "Read or inspect `src/a.rs`", "e.g. (`src/a.rs`)",
    ];
    for entry in cases {
        let (scope, problems) = files(&[entry]);
        assert_eq!(scope, None, "{entry}");
        assert!(problems.iter().any(|(level, _)| *level == Level::Deny), "{entry}: {problems:?}");
        // Beside a readable entry the same is a warning, or nothing where it plainly is a note or is only read.
        let (scope, problems) = files(&["Modify: `lib/z.rs`", entry]);
        let scope = scope.unwrap();
        assert_eq!(scope[0], "lib/z.rs", "{entry}");
        assert!(scope[1..].iter().all(|p| p.starts_with('!')), "{entry}: {scope:?}");
        assert!(problems.iter().all(|(level, _)| *level == Level::Warn), "{entry}: {problems:?}");
    }
}

#[test]
fn paths_are_declared_with_marks_verbs_and_positions() {
    #[rustfmt::skip]
    let cases: &[(&str, &[&str])] = &[
        ("Create: `src/a.rs`", &["src/a.rs"]), ("CREATE: `src/a.rs` (empty)", &["src/a.rs"]),
        ("**Modify:** `src/a.rs`", &["src/a.rs"]), ("**Modify**: `src/a.rs`", &["src/a.rs"]),
        ("`src/a.rs`", &["src/a.rs"]), ("src/a.rs", &["src/a.rs"]), ("src/a.rs (new)", &["src/a.rs"]),
        ("`src/a.rs` — adds `src/b.rs` to the list", &["src/a.rs"]), ("`src/a.rs` - drop lines 6-34, `x/y`", &["src/a.rs"]),
        ("`src/a.rs`: as in `src/b.rs`", &["src/a.rs"]), ("src/a.rs: more", &["src/a.rs"]),
        ("Modify: `src/a.rs:14-15`", &["src/a.rs"]), ("Modify: `src/a.rs:~95`", &["src/a.rs"]),
        ("Modify: src/a.rs:14", &["src/a.rs"]), ("Test: `t/a.py::test_x`", &["t/a.py"]), ("`a/b.md#L10`", &["a/b.md"]),
        ("Modify `src/a.rs` and `src/b.rs`", &["src/a.rs", "src/b.rs"]), ("src/a.rs, src/b.rs", &["src/a.rs", "src/b.rs"]),
        ("Rename: `src/a.rs` → `src/b.rs`", &["src/a.rs", "src/b.rs"]), ("Move `a/x` to `b/x`", &["a/x", "b/x"]),
        ("`src/a.rs, src/b.rs`", &["src/a.rs", "src/b.rs"]), ("Create/Modify: `./src/a.rs`", &["src/a.rs"]),
        ("Delete: `src/old/`", &["src/old/"]), ("`src/{a,b}.rs`, `docs/**`", &["src/{a,b}.rs", "docs/**"]),
        ("src/{a,b}.rs", &["src/{a,b}.rs"]), ("`app/(shop)/[id]/page.tsx`", &["app/(shop)/[id]/page.tsx"]),
        ("app/(shop)/[id]/page.tsx", &["app/(shop)/[id]/page.tsx"]), ("`src/` except `src/gen/`", &["src/", "!src/gen/"]),
        ("`!src/gen/`, `src/`", &["!src/gen/", "src/"]), ("変更: `src/a.rs`", &["src/a.rs"]), ("作成：`src/a.rs`", &["src/a.rs"]),
        ("`.gitignore`, `Makefile`, `README.md`", &[".gitignore", "Makefile", "README.md"]),
        ("Modify: `pyproject.toml` (drop `OLD_NAME` from `required/env`)", &["pyproject.toml"]),
        ("new modules under `src/lease/`", &["src/lease/"]), ("`src/a.rs` (VersionManager class)", &["src/a.rs"]),
        ("`src/a.rs`, `bump()`, `NAME`", &["src/a.rs"]), ("`src/a.rs`, `src/a.rs`", &["src/a.rs"]),
        ("**`src/a.rs`** (new)", &["src/a.rs"]), ("Modify: `src/a.rs` (`bump`, see `src/b.rs`)", &["src/a.rs"]),
        ("Create `a/x.rs`, read `a/y.rs`, `a/z.rs`", &["a/x.rs"]), ("[`src/a.rs`](../src/a.rs)", &["src/a.rs"]),
        ("New: `src/a.rs` based on `src/b.rs`", &["src/a.rs"]), ("src/a\\_b.rs", &["src/a_b.rs"]),
    ];
    for (entry, paths) in cases {
        let (scope, problems) = files(&[entry]);
        assert_eq!(
            scope.as_deref(),
            Some(paths.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>().as_slice()),
            "{entry}"
        );
        assert_eq!(problems, [], "{entry}");
    }
}

#[test]
fn half_a_code_span_is_part_of_no_path() {
    for entry in ["Delete`: `app/(shop)/page.tsx`", "`Modify: `**/x.rs` (new)"] {
        let (scope, problems) = files(&[entry]);
        assert_eq!(scope, None, "{entry}");
        assert!(problems.iter().any(|(_, message)| message.contains("half of a code span")), "{problems:?}");
    }
}

#[test]
fn no_files_must_be_said() {
    for said in
        ["none", "None.", "none (git operation only)", "-", "—", "N/A", "No file changes.", "なし", "*none*"]
    {
        assert_eq!(inline(said), (Some(vec![]), vec![]), "{said}");
    }
    assert_eq!(files(&["None (checks only)"]), (Some(vec![]), vec![]));
    assert_eq!(files(&["Create: none", "Modify: `src/a.rs`"]).0.unwrap(), ["src/a.rs"]);
    assert_eq!(files(&["none of the above"]).0, None);
    assert_eq!(plan_of("## Task 1: x\n\n**Files:**\n\n## Task 2: y\n").0, None);
}

#[test]
fn conditions_keep_the_path_and_warn() {
    for entry in [
        "Modify (only if a gate fails): `src/a.rs`",
        "Possibly modify: `src/a.rs`",
        "`src/a.rs` if needed",
        "`src/a.rs` (optional)",
        "Maybe update `src/a.rs`",
    ] {
        let (scope, problems) = files(&[entry]);
        assert_eq!(scope.unwrap(), ["src/a.rs"], "{entry}");
        let [(Level::Warn, message)] = problems.as_slice() else { panic!("{entry}: {problems:?}") };
        assert!(message.contains("may or may not"), "{message}");
    }
}

#[test]
fn names_without_folders_are_at_the_root() {
    let (scope, problems) = inline("`main.py`, `Cargo.toml`");
    assert_eq!(scope.unwrap(), ["main.py", "Cargo.toml"]);
    let [(Level::Warn, message)] = problems.as_slice() else { panic!("{problems:?}") };
    assert!(message.contains("`main.py` is read as a file at the repository root"), "{message}");
}

#[test]
fn a_directory_that_can_be_told_needs_its_slash() {
    for entry in ["Create: `evals` (entire directory tree)", "new modules under `src/lease`, `src/a.rs`"] {
        let (_, problems) = files(&[entry]);
        assert!(
            problems.iter().any(|(l, m)| *l == Level::Deny && m.contains("trailing `/`")),
            "{entry}: {problems:?}"
        );
    }
    assert_eq!(files(&["Create: `evals/` (entire directory tree)"]).1, []);
    assert_eq!(files(&["Create: `bin/tool`"]).1, []);
}

#[test]
fn inline_lists_may_wrap_and_carry_notes() {
    let (scope, _) =
        inline("`a/x.rs` (new, `b/no.rs`), `a/y.rs` — because of\n`b/no.rs`, `a/z.rs`,\n`a/w.rs`");
    assert_eq!(scope.unwrap(), ["a/x.rs", "a/y.rs", "a/z.rs", "a/w.rs"]);
    let (scope, _) = inline("`a/x.rs` — new, touches `b/no.rs` too");
    assert_eq!(scope.unwrap(), ["a/x.rs"]);
    // Could be wrapped prose as well as a second entry: left out, and said so.
    let (scope, problems) = inline("\n`a/x.rs` - one\n`a/y.rs` - two\nNote: like `b/no.rs`");
    assert_eq!(scope.unwrap(), ["a/x.rs"]);
    assert!(problems[0].1.contains("is a note"), "{problems:?}");
    let (scope, problems) = inline("\n`a/x.rs` (one)\n`a/y.rs`\nNote: like `b/no.rs`");
    assert_eq!((scope.unwrap(), problems), (vec!["a/x.rs".to_owned(), "a/y.rs".to_owned()], vec![]));
    let (scope, _) = inline("\nCreate: `a/x.rs`\nRead: `b/no.rs`\n`b/no2.rs`\nModify: `a/y.rs`");
    assert_eq!(scope.unwrap(), ["a/x.rs", "a/y.rs"]);
}

#[test]
fn a_path_that_stands_twice_is_a_path() {
    let (scope, problems) = files(&["Create: `src/a.rs`", "Modify: `src/a.rs`"]);
    assert_eq!((scope, problems), (Some(vec!["src/a.rs".to_owned()]), vec![]));
}

#[test]
fn a_tag_in_a_path_stays_in_it() {
    for entry in ["src/<name>.rs", "`src/<name>.rs`", "<kbd>src/a.rs</kbd>"] {
        assert_eq!(files(&[entry]).0, None, "{entry}");
    }
    assert_eq!(inline("`a/b.rs`,<br>`c/d.rs` <!-- `e/f.rs` -->").0.unwrap(), ["a/b.rs", "c/d.rs"]);
}

#[test]
fn a_path_without_backticks_beside_one_with_them_is_no_silence() {
    for (entry, left_out) in [
        ("**Files:** src/a.rs and everything under `lib/`", "src/a.rs"),
        ("**Files:** `lib/` and src/a.rs", "src/a.rs"),
        ("**Files:**\n- Update `lib/x.rs` together with README.md", "README.md"),
        ("**Files:**\n- docs/ and `lib/x.rs`", "docs/"),
    ] {
        let (scope, problems) = of(entry);
        assert!(scope.is_some(), "{entry}");
        let said = problems.iter().find(|p| p.message.contains(&format!("{left_out} stands beside code")));
        let said = said.unwrap_or_else(|| panic!("{entry}: {problems:?}"));
        assert_eq!(said.help, [format!("- Modify: `{left_out}`    if the task changes it")], "{entry}");
    }
    for entry in [
        "**Files:** `lib/x.rs` and/or `lib/y.rs`",
        "**Files:** the read/write half of `lib/x.rs`, e.g. its I/O",
        "**Files:** `lib/x.rs`, based on src/a.rs",
        "**Files:** `lib/x.rs` (see src/a.rs)",
    ] {
        let (_, problems) = of(entry);
        assert!(problems.iter().all(|p| !p.message.contains("beside code")), "{entry}: {problems:?}");
    }
}

#[test]
fn a_path_behind_a_checkbox_is_left_out_aloud() {
    let (scope, problems) =
        of("**Files:**\n- `a/b.rs`\n- [x] `c/d.rs`\n- [ ] Modify: e/f.rs (new)\n- `g/h.rs`");
    assert_eq!(scope.unwrap().to_string(), "a/b.rs, g/h.rs");
    let said: Vec<_> = problems.iter().map(|p| (p.line, p.message.contains("behind a checkbox"))).collect();
    assert_eq!(said, [(5, true), (6, true)], "{problems:?}");
    assert_eq!(problems[0].help, ["- `c/d.rs`    as an item of the list of files, if the task changes it"]);
    // Nothing else is declared: then the task has no scope.
    let (scope, problems) = of("**Files:**\n- [ ] `c/d.rs`\n");
    assert!(scope.is_none());
    assert_eq!(problems[0].level, Level::Deny);
    // Steps are no files.
    for step in ["- [ ] Run `cargo test`", "- [ ] Create the parser in `src/x.rs`", "- [ ] Step 1: write it"]
    {
        let (scope, problems) = of(&format!("**Files:**\n- `a/b.rs`\n\n{step}\n- `c/d.rs`\n"));
        assert_eq!(scope.unwrap().to_string(), "a/b.rs", "{step}: {problems:?}");
        assert!(problems.iter().all(|p| !p.message.contains("checkbox")), "{problems:?}");
    }
}

/// What is in scope, and the lines on which something is left out aloud.
fn read(body: &str) -> (String, Vec<usize>) {
    let (scope, problems) = of(body);
    (scope.map_or("?".to_owned(), |s| s.to_string()), problems.iter().map(|p| p.line).collect())
}

#[test]
fn what_stands_below_a_reading_verb_is_only_read() {
    for (body, scope) in [
        (
            "**Files:**\n- Modify: `src/a.rs`\n- Read:\n  - `src/b.rs`\n- Reference:\n  - src/d.rs\n- Do not modify:\n  - `src/c.rs`",
            "src/a.rs",
        ),
        (
            "**Files:**\n- **Create:**\n  - `src/a.rs`\n- **Read:**\n  - `src/b.rs`\n- `src/e.rs`",
            "src/a.rs, src/e.rs",
        ),
        ("#### Files\n\n- `src/a.rs`\n\nOut of scope:\n\n- `src/b.rs`", "src/a.rs"),
        ("**Files:**\n\nRead:\n- `src/a.rs`\n\nModify:\n- `src/b.rs`", "src/b.rs"),
        (
            "**Files:**\n\n**Create:**\n\n- `src/a.rs`\n\n**Modify:**\n\n- `src/b.rs`\n\n**Read:**\n\n- `src/c.rs`",
            "src/a.rs, src/b.rs",
        ),
        ("**Files:** `src/a.rs`\nRead `src/c.rs` first.", "src/a.rs"),
        ("**Files:** `src/a.rs`\nLook at `src/c.rs` first.", "src/a.rs"),
        ("**Files:** `src/a.rs`\nUse the helper in `src/c.rs`.", "src/a.rs"),
        ("**Files:**\nCreate `src/a.rs`\nModify `src/b.rs`\nRead `src/c.rs`", "src/a.rs, src/b.rs"),
    ] {
        let (found, _) = read(body);
        assert_eq!(found, scope, "{body}");
    }
}

#[test]
fn remarks_on_an_entry_add_nothing_to_it() {
    for body in [
        "**Files:**\n- `src/a.rs`\n  - same shape as `src/b.rs`\n  - tested in `src/c.rs`",
        "**Files:** `src/a.rs`. The caller is `src/c.rs`.",
        "**Files:** `src/a.rs`, e.g. `src/b.rs`",
        "**Files:** `src/a.rs` such as `src/b.rs`",
        "**Files:** `src/a.rs` which calls `src/b.rs`",
        "**Files:**\n- `src/a.rs`\n- `src/b.rs` (must not be modified)\n- `src/c.rs` — out of scope\n- `src/d.rs` (leave as is)",
        "**Files:**\n- `src/a.rs`\n- `src/b.rs` must not change",
        "**Files:** `src/a.rs`, `src/b.rs` (read-only)",
        "**Files:** `src/b.rs` (read-only), `src/a.rs`",
    ] {
        assert_eq!(read(body).0, "src/a.rs", "{body}");
    }
    let (scope, lines) = read("**Files:** `src/a.rs`, `src/b.rs` (read-only), `src/c.rs`");
    assert_eq!((scope.as_str(), lines), ("src/a.rs, src/c.rs", vec![3]));
}

#[test]
fn emphasis_is_no_wildcard() {
    for (body, scope) in [
        ("**Files:**\n- **src/a.rs** (new)\n- *src/b.rs*\n- __src/c.rs__", "src/a.rs, src/b.rs, src/c.rs"),
        ("**Files:** src/x.rs,\n*src/b.rs*", "src/x.rs, src/b.rs"),
        ("**Files:** **src/a.rs src/b.rs**", "src/a.rs, src/b.rs"),
        ("**Files:** src/**, **/x.rs, *.md, src/*.rs", "src/**, **/x.rs, *.md, src/*.rs"),
        ("**Files:**\n- **src/p.rs**: note\n- **src/q.rs**\n- src/r.rs", "src/p.rs, src/q.rs, src/r.rs"),
    ] {
        assert_eq!(read(body).0, scope, "{body}");
    }
}

#[test]
fn what_a_list_of_files_ends_before_is_left_out_aloud() {
    for (body, scope, line) in [
        ("**Files:**\n- `src/a.rs`\n- **Note:** careful\n- `src/b.rs`", "src/a.rs", 6),
        ("**Files:**\n- `src/a.rs`\n\n---\n\n- `src/b.rs`", "src/a.rs", 8),
        ("**Files:**\n- `src/a.rs`\n\nand also\n\n- `src/b.rs`", "src/a.rs", 8),
        ("**Files:**\n- `src/a.rs`\n- [ ] Write it\n- `src/b.rs`", "src/a.rs", 6),
        ("**Files:**\n`src/a.rs`\n\n`src/b.rs`", "src/a.rs", 6),
        ("**Files**: `src/a.rs`\n\nModify: `src/b.rs`", "src/a.rs", 5),
        ("**Files:**\n- `src/a.rs`\n- **Backend:** `src/b.rs`", "src/a.rs", 5),
        ("**Files:**\n- `src/a.rs`\n  - tested in `src/b.rs`", "src/a.rs", 5),
        ("**Files:** src/a.rs — the lexer, `src/b.rs` (and `src/c.rs`)", "src/a.rs, src/b.rs", 3),
        ("**Files:** `src/a.rs`, `gradlew`", "src/a.rs", 3),
    ] {
        let (found, lines) = read(body);
        assert_eq!(found, scope, "{body}");
        assert!(lines.contains(&line), "{body}: {lines:?}");
    }
    for (body, scope) in [
        ("**Files:** src/a.rs — the lexer, src/b.rs — the parser", "src/a.rs, src/b.rs"),
        ("**Files:**\n- Modify: `src/a.rs` and Test: `src/b.rs`", "src/a.rs, src/b.rs"),
        ("**Files:**\n- **Backend**\n  - `src/a.rs`\n- Frontend:\n  - `src/b.rs`", "src/a.rs, src/b.rs"),
    ] {
        assert_eq!(read(body).0, scope, "{body}");
    }
    let (scope, problems) = of("**Files:** src/{a, b}.rs");
    assert!(scope.is_none() && problems[0].message.contains("brace"), "{problems:?}");
}
