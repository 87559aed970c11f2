use serde_json::{Value, json};

use super::super::{HOSTS, claude, copilot, cursor};
use super::{Form, merged, own, print, whole};
use crate::agent::Host;

fn merge(host: &Host, text: &str) -> Result<Option<String>, String> {
    let Form::Entry { at, versioned, entry } = &host.settings.form else { panic!("no entry") };
    merged(host, text, *at, *versioned, &own(entry).unwrap()).map_err(|e| e.to_string())
}

#[test]
fn what_cannot_be_read_for_certain_is_left_alone() {
    for (text, why) in [
        ("{", "not the JSON"),
        ("{ // mine\n}", "not the JSON"),
        ("{\"a\": 1,}", "not the JSON"),
        ("\u{feff}{}", "not the JSON"),
        ("[]", "no JSON object"),
        ("\"hooks\"", "no JSON object"),
        (r#"{"hooks": 1}"#, "hooks is no object"),
        (r#"{"hooks": []}"#, "hooks is no object"),
        (r#"{"hooks": {"PreToolUse": {}}}"#, "no list"),
        (r#"{"hooks": {}, "hooks": {}}"#, "twice"),
        (r#"{"hooks": {"a": 1, "a": 2}}"#, "twice"),
        (
            r#"{"hooks": {"PreToolUse": [{"matcher": "x", "hooks": [
                {"type": "command", "command": "guard agent pre-tool --host claude"}, {"command": "mine"}]}]}}"#,
            "calls other programs as well",
        ),
    ] {
        let said = merge(&claude::HOST, text).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
    assert!(merge(&cursor::HOST, r#"{"version": 2}"#).unwrap_err().contains("version"));
    assert!(whole("guard.js", Some("// mine"), "x").is_err());
}

/// What is new stands in one place; before and behind it every byte is as it was.
fn added(before: &str, after: &str) -> String {
    let same = |one: &str, two: &str| one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
    let front = same(before, after);
    let (one, two) = (before.bytes().rev().collect::<Vec<_>>(), after.bytes().rev().collect::<Vec<_>>());
    let back = one.iter().zip(&two).take_while(|(a, b)| a == b).count().min(before.len() - front);
    assert_eq!(front + back, before.len(), "{before}\n---\n{after}");
    after[front..after.len() - back].to_owned()
}

#[test]
fn one_entry_is_added_and_every_other_byte_stays() {
    let texts = [
        "{}",
        "{\n}\n",
        "{\n\t\"model\": \"x\"\n}\n",
        "{\r\n    \"a\":   [1,  2],\r\n    \"hooks\": {\r\n        \"Stop\": []\r\n    }\r\n}\r\n",
        "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[]}]},\"z\":\"\\\"}]\"}",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"matcher\": \"Bash\"}\n    ],\n    \"Stop\": []\n  },\n  \"last\": {}\n}",
        "{\"hooks\": {\"PreToolUse\": []}}",
        "{\"hooks\": {\"PreToolUse\": [{\"hooks\": [{\"command\": \"guard agent pre-tool --host claudette\"}]}]}}",
    ];
    let Form::Entry { entry, .. } = &claude::HOST.settings.form else { panic!("no entry") };
    for before in texts {
        let after = merge(&claude::HOST, before).unwrap().unwrap();
        if !matches!(before, "{}" | "{\n}\n") {
            assert!(!added(before, &after).is_empty());
        }
        let value: Value = serde_json::from_str(&after).unwrap_or_else(|e| panic!("{e}: {after}"));
        let list = value["hooks"]["PreToolUse"].as_array().unwrap();
        assert_eq!(list.last(), Some(&own(entry).unwrap()), "{after}");
        assert!(!before.contains("\r\n") || !after.replace("\r\n", "").contains('\n'), "{after:?}");
        assert_eq!(merge(&claude::HOST, &after), Ok(None), "a second time changes nothing");
    }
    let tabs = merge(&claude::HOST, texts[2]).unwrap().unwrap();
    assert!(tabs.contains("\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{\n\t\t\t\t\"matcher\""), "{tabs}");
}

#[test]
fn an_older_entry_of_guard_s_is_replaced_where_it_stands() {
    let before = "{\"hooks\": {\"PreToolUse\": [\n  {\"a\": 1},\n  {\"matcher\": \"Write\", \"hooks\": [\
        {\"type\": \"command\", \"command\": \"guard agent pre-tool --host claude\"}]},\n  {\"b\": 2}\n]}}";
    let after = merge(&claude::HOST, before).unwrap().unwrap();
    let value: Value = serde_json::from_str(&after).unwrap();
    let list = value["hooks"]["PreToolUse"].as_array().unwrap();
    assert_eq!((list.len(), &list[0], &list[2]), (3, &json!({"a": 1}), &json!({"b": 2})));
    assert_eq!(merge(&claude::HOST, &after), Ok(None));
}

#[test]
fn a_version_is_added_where_the_host_asks_for_one() {
    for host in [&cursor::HOST, &copilot::HOST] {
        let after = merge(host, "{\n  \"x\": 1\n}\n").unwrap().unwrap();
        let value: Value = serde_json::from_str(&after).unwrap();
        assert_eq!((&value["version"], &value["x"]), (&json!(1), &json!(1)));
        assert_eq!(value["hooks"]["preToolUse"].as_array().map(Vec::len), Some(1));
        assert_eq!(merge(host, &after), Ok(None));
    }
}

#[test]
fn what_is_printed_is_what_would_be_written() {
    for host in HOSTS {
        let text = print(host).unwrap();
        assert!(text.contains("pre-tool") && text.contains(host.name), "{text}");
        if matches!(host.settings.form, Form::Entry { .. }) {
            assert_eq!(merge(host, &text), Ok(None), "{text}");
        }
    }
}

#[test]
fn a_large_document_takes_no_time() {
    let start = std::time::Instant::now();
    let text = format!("{{\"a\": [{}1]}}", "[1, \"x\"], ".repeat(400_000));
    assert!(merge(&claude::HOST, &text).unwrap().is_some());
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
