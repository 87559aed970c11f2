use proptest::prelude::*;

use super::*;

const PLAN: &str = "# Lease\n\n## Progress\n\n- [ ] T001: Pin the lease\n- [x] (2026-01-01 09:00Z) Look around\n\
                    - [ ] T002: Use the lease\n  in every door\n\n## Decision Log\n\n- Decision: leases.\n  Rationale: simple.\n\n\
                    ## Plan of Work\n\nDo it.\n";

fn loss(old: &str, new: &str) -> Option<(&'static str, usize, usize)> {
    first_loss(old, new).map(|loss| (loss.section, loss.was_line, loss.line))
}

fn edited(from: &str, to: &str) -> String {
    let text = PLAN.replacen(from, to, 1);
    assert_ne!(text, PLAN, "{from:?}");
    text
}

#[test]
fn what_is_gone_or_reads_otherwise_is_found_at_its_line() {
    #[rustfmt::skip]
    let cases = [
        ("- [ ] T001: Pin the lease\n", "", ("Progress", 5, 5)),
        ("T001: Pin", "T001: Drop", ("Progress", 5, 5)),
        ("T001: Pin the lease", "T001: Pin the leases", ("Progress", 5, 5)),
        ("[x]", "[ ]", ("Progress", 6, 6)),
        ("[x] (2026-01-01 09:00Z)", "[x]", ("Progress", 6, 6)),
        ("(2026-01-01 09:00Z)", "(2026-01-01 10:00Z)", ("Progress", 6, 6)),
        ("(2026-01-01 09:00Z) Look", "(and so on) (2026-01-01 09:00Z) Look", ("Progress", 6, 6)),
        ("[ ] T002: Use the lease", "[x] T002: Use the lease (done)", ("Progress", 7, 7)),
        ("  in every door\n", "", ("Progress", 8, 7)),
        ("  in every door", "  in one door", ("Progress", 8, 8)),
        ("- [ ] T001: Pin", "* [ ] T001: Pin", ("Progress", 5, 5)),
        ("- [ ] T001: Pin", "  - [ ] T001: Pin", ("Progress", 5, 5)),
        ("leases.", "leases. Or not.", ("Decision Log", 12, 12)),
        ("- Decision: leases.\n  Rationale: simple.\n", "", ("Decision Log", 12, 10)),
        ("Rationale: simple", "Rationale: ~~simple~~", ("Decision Log", 13, 13)),
        // Still there, and nobody sees it.
        ("- Decision: leases.\n  Rationale: simple.\n", "<!--\n- Decision: leases.\n  Rationale: simple.\n-->\n", ("Decision Log", 12, 12)),
        ("- Decision: leases.\n  Rationale: simple.\n", "```\n- Decision: leases.\n  Rationale: simple.\n```\n", ("Decision Log", 12, 12)),
        ("- [ ] T001: Pin the lease\n- [x] (2026-01-01 09:00Z) Look around\n", "- [x] (2026-01-01 09:00Z) Look around\n- [ ] T001: Pin the lease\n", ("Progress", 6, 7)),
    ];
    for (from, to, found) in cases {
        assert_eq!(loss(PLAN, &edited(from, to)), Some(found), "{from:?} -> {to:?}");
    }
    let everything = PLAN.lines().filter(|l| !l.starts_with(['-', ' '])).collect::<Vec<_>>().join("\n");
    let lost = first_loss(PLAN, &everything).unwrap();
    assert_eq!((lost.was.as_str(), lost.line), ("- [ ] T001: Pin the lease", 3));
}

#[test]
fn what_is_added_is_none_of_its_business() {
    for (from, to) in [
        ("[ ] T001", "[x] T001"),
        ("[ ] T001", "[X] T001"),
        ("[ ] T001", "[x] (2026-01-02 10:00Z) T001"),
        ("[ ] T001", "[ ] (2026-01-02) T001"),
        ("the lease\n", "the lease (half: the tests are there)\n"),
        ("[x] (2026", "[x] (2026-01-03 08:00) (2026"),
        ("in every door\n", "in every door; two are left\n"),
        ("- [ ] T001", "- [x] T000: before\n- [ ] T001"),
        ("- [x]", "  - [ ] a step\n- [x]"),
        ("\n\n## Decision", "\n- [ ] T003: More\n\n### Notes\n\ntext\n\n## Decision"),
        ("- [ ] T001: Pin the lease\n", "- [ ] T001: Pin the lease  \r\n\n"),
        ("simple.\n\n", "simple.\n- Decision: no leases.\n```\ncode\n```\n<!-- x -->\n"),
        ("## Plan of Work\n\nDo it.", "## Plan of Work\n\nDo nothing."),
    ] {
        assert_eq!(loss(PLAN, &edited(from, to)), None, "{from:?} -> {to:?}");
    }
}

#[test]
fn a_section_is_compared_with_its_namesake() {
    let old = "# Progress\na\n# Decision Log\nb\n# Progress\nc\n";
    assert_eq!(loss(old, "# Decision Log\nb\n# Progress\na\n# Progress:\nc\nd\n"), None);
    assert_eq!(loss(old, "# Progress\nc\n# Decision Log\nb\n# Progress\na\n"), Some(("Progress", 2, 2)));
    assert_eq!(
        loss("# Progress\n## Decision Log\na\n", "# Progress\n## Decision Log\n"),
        Some(("Progress", 3, 2))
    );
}

fn body() -> impl Strategy<Value = Vec<&'static str>> {
    #[rustfmt::skip]
    let lines = prop::sample::select(vec![
        "- [ ] T001: a", "- [x] b", "  goes on", "text", "", "- Decision: c", "  - [ ] deeper", "### Notes", "1. [ ] d",
    ]);
    prop::collection::vec(lines, 0..8)
}

proptest! {
    #[test]
    fn growth_is_never_a_loss_and_a_lost_line_always_is(
        old in body(),
        more in prop::collection::vec((0..9usize, "[a-z]{1,6}"), 0..5),
        cut in 0..9usize,
    ) {
        let text = |lines: &[String]| format!("# P\n\n## Progress\n\n{}\n\n## End\n", lines.join("\n"));
        let before: Vec<String> = old.iter().map(|l| (*l).to_owned()).collect();
        let mut after = before.clone();
        for (at, line) in &more {
            after.insert(at % (after.len() + 1), format!("- added {line}"));
        }
        prop_assert_eq!(first_loss(&text(&before), &text(&after)), None);
        let mut fewer = before.clone();
        if !before.is_empty() && !before[cut % before.len()].is_empty() {
            fewer.remove(cut % before.len());
            prop_assert!(first_loss(&text(&before), &text(&fewer)).is_some());
        }
    }

    #[test]
    fn no_text_makes_it_panic(old in "\\PC{0,60}", new in "\\PC{0,60}") {
        let inside = |text: &str| format!("# Progress\n{text}\n- [ ] {text}\n- [x] ({text}) {text}");
        first_loss(&inside(&old), &inside(&new));
        first_loss(&old, &new);
        without_stamp(&old);
    }
}
