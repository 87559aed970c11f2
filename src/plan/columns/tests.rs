use super::*;

#[test]
fn the_words_of_a_state_are_few() {
    for cell in [
        "src/a.rs",
        "`done.rs`",
        "done T2",
        "T1",
        "done/",
        "*",
        "**",
        "not done yet",
        "100%",
        &"x".repeat(1_000_000),
    ] {
        let stars = cell.trim_matches('*').is_empty();
        assert_eq!(status(cell).is_none(), !stars, "{cell}");
    }
    for cell in ["done", " Done ", "✅", "[x]", "[X]", "`done`", "**DONE**", "✔️ complete", "完了", "yes"]
    {
        assert_eq!(status(cell), Some(true), "{cell}");
    }
    for cell in ["", "-", "todo", "To-Do", "in-progress", "⏳ in_progress", "✅ pending", "[ ]", "❌", "no"]
    {
        assert_eq!(status(cell), Some(false), "{cell}");
    }
}

#[test]
fn headings_say_what_the_columns_are() {
    let of = |head: &str| Columns::of(&head.split('|').collect::<Vec<_>>());
    for head in
        ["", "File|Change", "Risk|Impact", "Requirement|Task|Files", "Tasks done|Files", "Identifier|Files"]
    {
        assert_eq!(of(head), None, "{head}");
    }
    let at = |head: &str| of(head).map(|c| (c.id, c.files, c.summary, c.names_tasks)).unwrap();
    assert_eq!(at("ID|Task|Files"), (0, vec![2], Some(1), true));
    assert_eq!(at("Task|Summary|Files|Test files"), (0, vec![2, 3], Some(1), true));
    assert_eq!(at("#|File|Purpose"), (0, vec![1], None, false));
    assert_eq!(at("Wave|Task no.|Scope (paths)|Target"), (1, vec![2], None, true));
    assert_eq!(at("Files to read|ID"), (1, vec![], None, false));
}
