//! The contract as YAML: block style, one line a value, and every string in quotes that could be read as anything else.

use serde_json::Value;

use super::{Summary, contract};
use crate::report::{Style, json_text};

pub(super) fn write(summary: &Summary<'_>, _: Style) -> String {
    let mut text = String::new();
    block(&contract::of(summary), 0, &mut text);
    text
}

/// The entries of a list or an object, each on lines of its own. The first line starts where `text` ends.
fn block(value: &Value, depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(object) => {
            for (number, (key, value)) in object.iter().enumerate() {
                if number > 0 {
                    text.push_str(&pad);
                }
                text.push_str(&scalar(&Value::from(key.as_str())));
                text.push(':');
                entry(value, depth, text);
            }
        }
        Value::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    text.push_str(&pad);
                }
                text.push('-');
                if is_block(value) {
                    text.push(' ');
                    block(value, depth + 1, text);
                } else {
                    entry(value, depth, text);
                }
            }
        }
        scalar_value => text.push_str(&scalar(scalar_value)),
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    }
}

/// What stands behind `key:` or `-`.
fn entry(value: &Value, depth: usize, text: &mut String) {
    if is_block(value) {
        text.push('\n');
        text.push_str(&"  ".repeat(depth + 1));
        block(value, depth + 1, text);
    } else {
        text.push(' ');
        text.push_str(&scalar(value));
        text.push('\n');
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        // A JSON string is a YAML one, but for what YAML calls not printable.
        other => {
            let quoted = json_text(other).trim_end().to_owned();
            quoted.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
        }
    }
}

/// Does it read as this very string, whichever version of YAML reads it?
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(inside)
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_could_be_read_as_something_else_is_quoted() {
        for text in ["src/lib.rs", "T001", "passed", "e3b0c44", "nothing"] {
            assert!(is_plain(text), "{text}");
        }
        for text in
            ["", "No", "~", "12", "1e5", "0x1f", "2026-01-01", "a: b", "a #b", "- a", ".inf", "é", "a\nb"]
        {
            assert!(!is_plain(text), "{text:?}");
        }
    }

    #[test]
    fn lists_and_objects_stand_in_each_other() {
        let value = json!({
            "a": [], "b": {}, "c": [1, null, "x: y", [true, [false]], {"d": "e", "f": ["g"]}, []],
            "h": {"i": {"j": "k\u{1b}\u{ffff}\"\n"}},
        });
        let mut text = String::new();
        block(&value, 0, &mut text);
        let wanted = "a: []\nb: {}\nc:\n  - 1\n  - null\n  - \"x: y\"\n  - - true\n    - - false\n  - d: e\n    f:\n      - g\n  \
            - []\nh:\n  i:\n    j: \"k\\u001b\\uffff\\\"\\n\"\n";
        assert_eq!(text, wanted);
    }
}
