use crate::error::Result;
use crate::plan::{Document, Plan, apply_overlay, blocking, is_overlay, lint, overlay_path, read, read_with};

const PLAN: &str = "- [ ] T001 Do it\n- [ ] T002 Do that\n- [ ] T003 Talk\n";

fn with(overlay: &str) -> Result<Plan> {
    let document = Document { path: "specs/1/tasks.overlay.toml".to_owned(), text: overlay.into() };
    read_with("specs/1/tasks.md", PLAN.as_bytes(), &[document])
}

#[test]
fn only_a_file_of_that_name_beside_the_plan_is_its_overlay() {
    for (plan, overlay) in [
        ("specs/1/tasks.md", Some("specs/1/tasks.overlay.toml")),
        ("PLAN.md", Some("PLAN.overlay.toml")),
        ("a.b/plan", None),
        ("a/.md", None),
        ("a/x.overlay.toml", None),
    ] {
        assert_eq!(overlay_path(plan).as_deref(), overlay, "{plan}");
    }
    assert!(is_overlay("a/x.overlay.toml") && !is_overlay("a/.overlay.toml") && !is_overlay(".overlay.toml"));
    assert!(read("a/x.overlay.toml", b"version = 1\n[[task]]\nid = \"T1\"\nscope = []\n").is_err());
}

#[test]
fn what_cannot_be_read_is_an_error_at_its_line_in_the_overlay() {
    let header = "[overlay.\"specs/1/tasks.md\"]\n";
    for (overlay, line, words) in [
        (String::new(), 1, "empty"),
        ("\u{fffd}\n= 1\n".to_owned(), 1, "not valid TOML"),
        ("version = 1\n".to_owned(), 1, "holds nothing but [overlay"),
        (
            "[overlay]\n\n[overlay.\"specs/2/tasks.md\"]\nT001 = []\n".to_owned(),
            3,
            "holds nothing but [overlay",
        ),
        (format!("{header}T001 = \"a/b.rs\"\n"), 2, "T001 takes a list of paths"),
        (format!("{header}T001 = [\n \"a/b.rs\",\n 1,\n]\n"), 4, "a path is a string"),
        (format!("{header}T001 = [\"/etc/passwd\"]\n"), 2, "T001: "),
        (format!("{header}T001 = [\"TBD\"]\n"), 2, "too vague"),
        (format!("{header}T001 = [\"a/b.rs\"]\nT001 = []\n"), 3, "not valid TOML"),
    ] {
        let error = with(&overlay).unwrap_err();
        assert!(error.message().contains(words), "{overlay}: {error:?}");
        let place = error.place().unwrap().to_string();
        assert_eq!(place, format!("specs/1/tasks.overlay.toml:{line}"), "{overlay}");
        assert!(!error.help_lines().is_empty(), "{overlay}");
    }
    let strange = blocking(&with(&format!("{header}T009 = []\n")).unwrap());
    assert!(
        strange.iter().any(|p| p.message.contains("tasks.overlay.toml names T009, which is no task")),
        "{strange:?}"
    );
}

#[test]
fn the_scopes_are_those_of_the_overlay_and_stand_there() {
    let text = "[overlay.\"specs/1/tasks.md\"]\nT001 = [\"src/a.rs\", \"!src/b.rs\"]\nT002 = [\n  \"docs/**\",\n]\nT003 = []\n";
    let plan = with(text).unwrap();
    assert_eq!(blocking(&plan), []);
    let shown =
        |plan: &Plan| plan.tasks.iter().map(|t| t.scope.clone().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(shown(&plan), ["src/a.rs, !src/b.rs", "docs/**", "no files"]);
    let docs = plan.tasks[1].scope.as_ref().unwrap().iter().next().unwrap();
    assert_eq!(plan.place_of(&plan.tasks[1], docs).to_string(), "specs/1/tasks.overlay.toml:4");
}

#[test]
fn two_overlays_that_disagree_are_an_error_and_two_that_agree_are_none() {
    let scope = |path: &str| crate::pattern::Patterns::parse_all([path]).unwrap();
    for (path, good) in [("src/a.rs", true), ("src/b.rs", false)] {
        let mut plan =
            with("[overlay.\"specs/1/tasks.md\"]\nT001 = [\"src/a.rs\"]\nT002 = []\nT003 = []\n").unwrap();
        apply_overlay(&mut plan, "guard.toml", &[("T001".to_owned(), scope(path))]);
        let found = blocking(&plan);
        assert_eq!(found.is_empty(), good, "{found:?}");
        let said = "specs/1/tasks.overlay.toml and guard.toml declare different scopes for T001";
        assert!(good || found[0].message == said, "{found:?}");
    }
}

#[test]
fn an_unknown_task_is_placed_in_the_overlay_and_many_of_them_take_no_time() {
    let header = "[overlay.\"specs/1/tasks.md\"]\n";
    let plan = with(&format!("{header}T001 = []\nT002 = []\n\nT009 = []\nT003 = []\n")).unwrap();
    let [problem] = blocking(&plan).try_into().unwrap();
    assert_eq!(plan.place(problem.line).to_string(), "specs/1/tasks.overlay.toml:5");
    let tasks: String = (0..200).map(|n| format!("### TASK-{n:052}: Do it\n\n")).collect();
    let unknown: String = (0..2_000).map(|n| format!("TASK-{n:051}x = []\n")).collect();
    let document =
        Document { path: "specs/1/tasks.overlay.toml".to_owned(), text: format!("{header}{unknown}").into() };
    let start = std::time::Instant::now();
    let plan = read_with("specs/1/tasks.md", tasks.as_bytes(), &[document]);
    let plan = plan.unwrap();
    assert_eq!(plan.tasks.len(), 200);
    let unknown = plan.problems.iter().filter(|p| p.message.contains("names TASK-"));
    assert_eq!(unknown.clone().count(), 2_000);
    assert_eq!(unknown.filter(|p| !p.help.is_empty()).count(), 10);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn two_names_for_one_task_and_paths_that_the_plan_has_are_pointed_out() {
    let read_overlaid = |plan: &str, overlay: &str| {
        let text = format!("[overlay.\"p.md\"]\n{overlay}").into();
        read_with("p.md", plan.as_bytes(), &[Document { path: "p.overlay.toml".to_owned(), text }]).unwrap()
    };
    let plan = "## Task 1: x\n\n**Files:** `src/c.rs`\n\n## Task 2: y\n\n**Files:** `src/d.rs`\n";
    let twice = read_overlaid(plan, "1 = [\"src/c.rs\"]\nT1 = [\"src/b.rs\"]\n");
    let [problem] = blocking(&twice).try_into().unwrap();
    assert_eq!(problem.message, "1 and T1 in p.overlay.toml both mean Task 1");
    assert_eq!(twice.place(problem.line).to_string(), "p.overlay.toml:3");
    let other = lint(&read_overlaid(plan, "1 = [\"src/a.rs\"]\n2 = [\"src/d.rs\"]\n"));
    let messages: Vec<&str> = other.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(messages, ["Task 1: p.overlay.toml replaces the plan's own paths (src/c.rs) by src/a.rs"]);
    let open = plan.replace("`src/c.rs`", "TBD");
    assert_eq!(lint(&read_overlaid(&open, "1 = [\"src/a.rs\"]\n")), []);
}

#[test]
fn an_overlay_speaks_for_every_plan_that_it_lies_beside() {
    let text = "[overlay.\"p.json\"]\nT1 = [\"src/b.rs\"]\n";
    let plan = b"## Task 1: x\n\n**Files:** `src/c.rs`\n";
    let read_beside = |text: &str| {
        read_with("p.md", plan, &[Document { path: "p.overlay.toml".to_owned(), text: text.into() }])
    };
    let plan = read_beside(text).unwrap();
    assert_eq!(lint(&plan), []);
    assert_eq!(plan.tasks[0].scope.as_ref().unwrap().to_string(), "src/c.rs");
    for other in ["q.md", "d/p.md", "p", "p.overlay.toml"] {
        assert!(read_beside(&text.replace("p.json", other)).is_err(), "{other}");
    }
}
