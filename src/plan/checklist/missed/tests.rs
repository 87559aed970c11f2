use crate::plan::{Plan, lint, read};

fn plan(text: &str) -> Plan {
    read("specs/012-lease/tasks.md", text.as_bytes()).unwrap()
}

#[test]
fn items_that_begin_with_ids_which_are_not_read_are_pointed_out() {
    let warned = |list: &str, item: &str| {
        let text = format!("{list}{item}\n");
        let line = list.lines().count() + 1;
        let found = lint(&plan(&text));
        found.iter().any(|p| p.line == line && p.message.contains("begins with") && !p.help.is_empty())
    };
    let coded = "- [ ] T001 Write to src/a.rs\n- [ ] T002 Write to src/a.rs\n";
    for item in [
        "- [ ] T002-T003 B in b",
        "- [ ] T004, T005 C in c",
        "- [ ] T004 and T005 Write to src/c.rs",
        "- [ ] T008/T009 D",
        "- [ ] [P] T010-T011 E",
        "- [ ] t010 E",
        "- [ ] [T012] E",
        "- [] T016 x",
        "- [ ] **T004, T005** C",
    ] {
        assert!(warned(coded, item), "{item}: {:?}", lint(&plan(&format!("{coded}{item}\n"))));
    }
    for item in [
        "- [ ] T001, T002 are done",
        "- [ ] 1.1, 1.2 B",
        "- [ ] Write it",
        "- [ ] to T004",
        "- [ ] T001 to 5 times",
        "- T016 x",
        "- [ ] a/b c",
    ] {
        assert!(!warned(coded, item), "{item}");
    }
    let numbered = "- [ ] 1.1 Write to src/a.rs\n";
    for item in ["- [ ] 1.1, 1.2 B", "- [ ] 1.3-1.5 C"] {
        assert!(warned(numbered, item), "{item}");
    }
    for item in ["- [ ] 3 reviews", "- [ ] 3, 4 and 5", "- [ ] 1.1 x"] {
        assert!(!warned(numbered, item), "{item}");
    }
}
