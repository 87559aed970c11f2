use crate::plan::read;

#[test]
fn entries_say_what_is_new_and_what_is_there() {
    #[rustfmt::skip]
    let cases = [
        ("`a/b.rs`", None), ("`a/b.rs` — a new thing", None), ("Test: `a/b.rs`", None), ("Modify: `a/b.rs` (new)", None),
        ("Read: `a/b.rs`", None), ("Create: `a/b.rs`", Some(true)), ("`a/b.rs` (new)", Some(true)), ("Create: a/b.rs", Some(true)),
        ("a/b.rs (new)", Some(true)), ("**Modify:** `a/b.rs:14-15`", Some(false)), ("`a/b.rs` (edit)", Some(false)), ("Delete `a/b.rs`", Some(false)),
    ];
    for (entry, new) in cases {
        for text in [
            format!("### T1: a\n\n**Files:**\n\n- {entry}\n"),
            format!("\n\n| Task | Files |\n|---|---|\n| T1 | {entry} |\n"),
        ] {
            let plan = read("p.md", text.as_bytes()).unwrap();
            let said: Vec<_> = plan.tasks[0].claims.iter().map(|c| (c.path.as_str(), c.new)).collect();
            assert_eq!(said, new.map(|new| ("a/b.rs", new)).into_iter().collect::<Vec<_>>(), "{text}");
        }
    }
}
