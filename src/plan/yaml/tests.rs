use std::time::Instant;

use super::*;

fn document(front: &str) -> String {
    format!("---\n{front}---\n\n# Text\n")
}

fn refusal(front: &str) -> (usize, String) {
    let fault = front_of(front).err().unwrap_or_else(|| panic!("{front:?} is read"));
    (fault.line, format!("{} | {}", fault.message, fault.help))
}

fn front_of(text: &str) -> Result<Front, Fault> {
    super::front(&document(text))
}

fn words(front: &Front, key: &str) -> Vec<(usize, String)> {
    match &front.get(key).unwrap().value {
        Value::Words(words) => words.iter().map(|word| (word.line, word.text.clone())).collect(),
        Value::Word(word) => vec![(word.line, word.text.clone())],
        _ => panic!("{key} holds no words"),
    }
}

#[test]
fn what_could_hide_something_is_refused_with_its_line() {
    #[rustfmt::skip]
    let cases: &[(&str, usize, &str)] = &[
        ("id: T1\nstatus: &paths [a]\nallowed_paths: *paths\n", 3, "starts with `&` is an anchor | put it in quotes"),
        ("id: T1\nallowed_paths:\n  - *.rs\n", 4, "starts with `*` is something else in YAML | put it in quotes"),
        ("id: T1\nallowed_paths: [*all]\n", 3, "starts with `*` is something else"),
        ("id: T1\nallowed_paths:\n  - !src/**\n", 4, "starts with `!` is a tag"),
        ("id: T1\nallowed_paths: !!str a\n", 3, "is a tag"),
        ("id: T1\nid: T2\n", 3, "`id` is there twice | keep one of the two"),
        ("id: T1\n'id': T2\n", 3, "`id` is there twice"),
        ("id: T1\nx:\n  a:\n    b: 1\n    b: 2\n", 6, "`b` is there twice"),
        ("{id: T1, allowed_paths: [a]}\n", 2, "stands in braces"),
        ("- id: T1\n", 2, "not made of keys"),
        ("just words\n", 2, "not made of keys"),
        ("id: T1\n--- second\n", 3, ""),
        ("? [a]\n: b\n", 2, "a key is a list or a mapping"),
        ("x:\n  - {[a]: b}\n", 3, "a key is a list or a mapping"),
        ("id: T1\nx: [a\n", 4, "not YAML"),
        ("id: \"T1\n", 3, "not YAML"),
        ("id: T1\n\tx: 1\n", 3, "not YAML"),
        ("id: T1: x\n", 2, "not YAML"),
        ("%TAG ! tag:x,2000:\nid: T1\n", 3, ""),
    ];
    for (front, line, said) in cases {
        let (at, text) = refusal(front);
        assert!(at.abs_diff(*line) <= 1 && text.contains(said), "{front:?}: {at}: {text}");
    }
    let (line, text) = refusal(&format!("x: {}{}\n", "[".repeat(40), "]".repeat(40)));
    assert!(line == 2 && text.contains("nested too deeply"), "{line}: {text}");
    let (line, text) = refusal(&format!("x: {}\n", "y".repeat(200_000)));
    assert!(line == 1 && text.contains("195 KB is too large"), "{line}: {text}");
}

#[test]
fn words_come_with_their_lines() {
    let text = "# a comment\nid: 01\ntitle: \"a: b\" # note\nlist:\n  - src/a.rs   # why\n\n  - 'b (new)'\n  - c/*.rs\n\
        flow: [x,\n  \"y z\"]\nempty:\nnull_too: ~\nblock: |\n  one\n  two\nnested: {a: [1], b: 2}\nmixed: [a, {b: 1}, c]\nlast: v\n";
    let front = front_of(text).unwrap();
    assert_eq!(words(&front, "id"), [(3, "01".to_owned())]);
    assert_eq!(words(&front, "title"), [(4, "a: b".to_owned())]);
    let list = [(6, "src/a.rs"), (8, "b (new)"), (9, "c/*.rs")].map(|(n, t)| (n, t.to_owned()));
    assert_eq!(words(&front, "list"), list);
    assert_eq!(words(&front, "flow"), [(10, "x".to_owned()), (11, "y z".to_owned())]);
    assert!(matches!(front.get("empty").unwrap().value, Value::Empty));
    assert!(matches!(front.get("null_too").unwrap().value, Value::Empty));
    assert_eq!(words(&front, "block")[0].1, "one\ntwo\n");
    for other in ["nested", "mixed"] {
        assert!(matches!(front.get(other).unwrap().value, Value::Other), "{other}");
    }
    assert!(front.get("absent").is_none() && front.word(&["absent", "last"]).unwrap().text == "v");
    let lines = |key: &str| front.get(key).unwrap().lines.clone();
    assert_eq!(
        (lines("list"), lines("flow"), lines("block"), lines("last")),
        (5..10, 10..12, 14..17, 19..20)
    );
}

#[test]
fn without_front_matter_there_is_nothing() {
    for text in [
        "",
        "# Title\n",
        "---\n\nid: T1\n---\n",
        "---\nid: T1\n",
        "---\n# only a comment\n---\n",
        "text\n---\nid: x\n---\n",
    ] {
        assert!(super::front(text).unwrap().entries.is_empty(), "{text:?}");
    }
    assert!(has_key("---\na: 1\n\"id\": 2\n---\n", &["id"]) && !has_key("---\na: 1\n---\nid: 2\n", &["id"]));
}

#[test]
fn hostile_front_matter_is_read_in_no_time() {
    let large = 126 << 10;
    let filled = |piece: &str| piece.repeat(large / piece.len());
    let lines: String = (0..9_000).map(|n| format!("key{n}: a\n")).collect();
    let hostile = [
        filled("["),
        filled("{"),
        filled("- "),
        filled("? "),
        filled("a: "),
        filled("a:\n "),
        filled("\""),
        filled("'"),
        filled("&a "),
        filled("*a "),
        filled("!a "),
        filled("#"),
        filled("x: |\n"),
        filled(">\n"),
        filled("a:\n"),
        filled("%\n"),
        filled("-\n"),
        filled("x: ["),
        filled("[a, "),
        filled("[{"),
        filled("\t"),
        filled(" "),
        filled("a b "),
        filled("\u{e9}"),
        format!("a: [{}]\n", filled("a,")),
        format!("a: [{}]\n", filled("[],")),
        format!("a: \"{}\"\n", filled("\\")),
        format!("a: \"{}\"\n", filled("\n\n")),
        format!("a: |\n{}\n", filled("  x\n")),
        format!("a:\n{}", filled(" - b\n")),
        format!("a: {{{}}}\n", filled("b: c, ")),
        format!("a:\n{}", filled("  # c\n")),
        lines,
        (0..500).map(|n| format!("{}a{n}:\n", " ".repeat(n))).collect(),
    ];
    for front in hostile {
        let start = Instant::now();
        let _ = front_of(&front);
        let head: String = front.chars().take(20).collect();
        eprintln!("{:>8.2?} {head:?}", start.elapsed());
        assert!(start.elapsed().as_secs() < 5, "{head:?}: {:?}", start.elapsed());
    }
}

#[test]
fn no_text_makes_the_parser_panic() {
    // Every short text over the bytes that mean something.
    let alphabet = [
        "a", ":", " ", "-", "\n", "[", "{", "'", "\"", "|", "#", "?", "&", "*", "!", ",", "]", "}", "%", "\t",
    ];
    let mut texts = vec![String::new()];
    for _ in 0..3 {
        texts = texts.iter().flat_map(|text| alphabet.map(|piece| format!("{text}{piece}"))).collect();
        for text in &texts {
            let _ = front_of(&format!("{text}\n"));
            let _ = front_of(&format!("k: {text}\nid: x\n"));
        }
    }
}

fn lines() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    #[rustfmt::skip]
    let piece = prop::sample::select(vec![
        "id", "a", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "'", "\"", "|", ">", "|2-", "#", " # x",
        "? ", "&a ", "*a", "!t ", "!!str ", "%TAG", "---", "...", "\t", "\\", "\u{e9}", "\u{feff}", "\u{0}", "<<: ", "~", "@", "`",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3_000))]

    #[test]
    fn whatever_the_text_each_key_has_lines_of_its_own(front in lines()) {
        if let Ok(front) = front_of(&front) {
            let starts: Vec<usize> = front.entries.iter().map(|entry| entry.lines.start).collect();
            assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "{starts:?}");
            assert!(front.entries.iter().all(|entry| entry.lines.start < entry.lines.end));
        }
    }
}
