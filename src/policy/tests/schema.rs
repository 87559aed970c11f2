//! The schema and the reader know the same keys.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::super::keys::{Key, ROOT, Shape, Table};
use super::super::schema::schema;
use super::{RULES, parse};

fn value(found: &DeValue<'_>) -> Value {
    match found {
        DeValue::String(text) => json!(text),
        DeValue::Integer(n) => json!(i64::from_str_radix(n.as_str(), n.radix()).unwrap()),
        DeValue::Float(n) => json!(n.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::Datetime(date) => json!({"date": date.to_string()}),
        DeValue::Array(list) => list.iter().map(|one| value(one.get_ref())).collect(),
        DeValue::Table(found) => table(found),
    }
}

fn table(found: &DeTable<'_>) -> Value {
    Value::Object(found.iter().map(|(k, v)| (k.get_ref().to_string(), value(v.get_ref()))).collect())
}

/// What the schema says against a policy.
pub(super) fn trouble(text: &str) -> Vec<String> {
    let root = DeTable::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).unwrap();
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| schema(&RULES.map(|rule| (rule, String::new()))));
    let mut wrong = Vec::new();
    validate(schema, &table(root.get_ref()), "", &mut wrong);
    wrong
}

/// The part of JSON schema that the schema uses; another keyword is an error, so that none is passed over.
fn validate(schema: &Value, found: &Value, at: &str, wrong: &mut Vec<String>) {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let fine = match keyword.as_str() {
            "$schema" | "title" | "description" => wanted.is_string(),
            "type" => match wanted.as_str().unwrap() {
                "object" => found.is_object(),
                "array" => found.is_array(),
                "string" => found.is_string(),
                "boolean" => found.is_boolean(),
                "integer" => found.is_i64(),
                other => panic!("type {other}"),
            },
            "const" => found == wanted,
            "enum" => wanted.as_array().unwrap().contains(found),
            "minimum" => found.as_i64().is_none_or(|n| n >= wanted.as_i64().unwrap()),
            "maximum" => found.as_i64().is_none_or(|n| n <= wanted.as_i64().unwrap()),
            "minLength" => {
                found.as_str().is_none_or(|s| s.chars().count() as u64 >= wanted.as_u64().unwrap())
            }
            "minItems" => found.as_array().is_none_or(|l| l.len() as u64 >= wanted.as_u64().unwrap()),
            "required" => found.as_object().is_none_or(|o| {
                wanted.as_array().unwrap().iter().all(|key| o.contains_key(key.as_str().unwrap()))
            }),
            "items" => {
                found.as_array().into_iter().flatten().for_each(|one| validate(wanted, one, at, wrong));
                true
            }
            "properties" => {
                for (key, known) in wanted.as_object().unwrap() {
                    if let Some(one) = found.get(key) {
                        validate(known, one, &format!("{at}/{key}"), wrong);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let others = found.as_object().into_iter().flatten();
                let others: Vec<_> =
                    others.filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key))).collect();
                if *wanted == json!(false) {
                    others.is_empty()
                } else {
                    others.iter().for_each(|(key, one)| validate(wanted, one, &format!("{at}/{key}"), wrong));
                    true
                }
            }
            other => panic!("the validator of the tests knows no {other}"),
        };
        if !fine {
            wrong.push(format!("{at}: {keyword} {wanted}"));
        }
    }
}

/// Every table, with the text that opens it.
fn tables() -> Vec<(&'static Table, String)> {
    let mut all: Vec<(&Table, String)> = vec![(&ROOT, String::new())];
    let below = |table: &'static Table| {
        table.keys.iter().filter_map(|key| match key.shape {
            Shape::Table(below) | Shape::Tables(below) => Some((below, format!("{}\n", below.header))),
            _ => None,
        })
    };
    all.extend(below(&ROOT));
    assert!(all.iter().all(|(table, head)| head.is_empty() || below(table).next().is_none()));
    all
}

/// What a table needs besides `key`.
fn rest(table: &Table, key: &str) -> String {
    let needed = table.keys.iter().filter(|other| other.required && other.name != key);
    needed.map(|other| format!("{} = {}\n", other.name, good(other))).collect()
}

/// A value that fits.
fn good(key: &Key) -> String {
    fn of(name: &str, shape: &Shape) -> String {
        match shape {
            Shape::Version => "1".to_owned(),
            Shape::Text if name == "subject" => "\"lock <topic>\"".to_owned(),
            Shape::Text if name == "id" => "'X-[0-9]+'".to_owned(),
            Shape::Text => "\"x\"".to_owned(),
            Shape::Flag => "true".to_owned(),
            Shape::Number(range) => range.end().to_string(),
            Shape::Word(words) => format!("\"{}\"", words().last().unwrap()),
            Shape::Words(words) => format!("{:?}", words()),
            Shape::List | Shape::SomeList => "[\"x\"]".to_owned(),
            Shape::Table(_) => "{}".to_owned(),
            Shape::Tables(_) => "[]".to_owned(),
            Shape::Named(value) => format!("{{ x = {} }}", of("", value)),
            Shape::Rules(value) => format!("{{ scope = {} }}", of("", value)),
        }
    }
    of(key.name, &key.shape)
}

fn reads(text: &str) -> Result<(), String> {
    parse("guard.toml", text.as_bytes(), &RULES).map(|_| ()).map_err(|e| e.message().to_owned())
}

#[test]
fn every_key_is_read_and_what_is_no_key_is_refused_by_both() {
    let mut count = 0;
    for (table, head) in tables() {
        for key in table.keys {
            count += 1;
            let rest = rest(table, key.name);
            // No key wants a date: who takes one does not look at it.
            let wrong = format!("{head}{} = 1979-05-27\n{rest}", key.name);
            assert!(reads(&wrong).is_err(), "nobody reads {} of {:?}", key.name, table.header);
            assert!(!trouble(&wrong).is_empty(), "{wrong}");
            let right = format!("{head}{} = {}\n{rest}", key.name, good(key));
            assert_eq!(reads(&right), Ok(()), "{right}");
            assert_eq!(trouble(&right), [""; 0], "{right}");
            // One letter more, in place of it or besides.
            for unknown in [
                format!("{head}{}x = {}\n{rest}", key.name, good(key)),
                format!("{head}{} = {}\n{}_ = 1\n{rest}", key.name, good(key), key.name),
            ] {
                // A key that is missing is told first: it stands at the header.
                let told = if key.required && !unknown.contains("_ =") { "has no" } else { "unknown key" };
                assert!(reads(&unknown).unwrap_err().contains(told), "{unknown}");
                assert!(trouble(&unknown).iter().any(|w| w.contains("additionalProperties")), "{unknown}");
            }
            if key.required {
                let without = format!("{head}{rest}");
                assert!(reads(&without).is_err() && !trouble(&without).is_empty(), "{without}");
            }
        }
    }
    assert!(count > 35, "{count} keys");
}

#[test]
fn what_both_can_see_both_refuse() {
    for text in [
        "version = 2",
        "[enforce]\nbranches = []",
        "[enforce]\nwhen = \"never\"",
        "[task]\ncarried_in = [\"body\"]",
        "[task]\ncarried_in = \"subject\"",
        "[task]\nid = \"\"",
        "[rollback]\nmax_distance = 0",
        "[rollback]\nmax_distance = 100001",
        "[rollback]\nmax_distance = 1.5",
        "[rules]\nscpoe = \"deny\"",
        "[rules]\nscope = \"error\"",
        "[[gate]]\nname = \"x\"",
        "[[gate]]\nname = \"x\"\nrun = \"\"",
        "[[gate]]\nname = \"x\"\nrun = \"x\"\ntimeout = 86401",
        "gate = {}",
        "[scope.companions]\nx = []",
        "[overlay.\"p.md\"]\nT1 = \"x\"",
        "[overlay]\nx = []",
    ] {
        assert!(reads(text).is_err() && !trouble(text).is_empty(), "{text}");
    }
    // Only the reader can tell.
    assert!(reads("[task]\nid = '('").is_err() && trouble("[task]\nid = '('").is_empty());
}

#[test]
fn every_key_says_what_it_is_about() {
    fn described(schema: &Map<String, Value>, at: &str) {
        for (key, one) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let text = one["description"].as_str().unwrap_or_default();
            assert!(text.ends_with(['.', '?', '…']), "{at}/{key}: {text:?}");
            described(one.as_object().unwrap(), &format!("{at}/{key}"));
        }
        if let Some(items) = schema.get("items").and_then(Value::as_object) {
            described(items, at);
        }
    }
    let rules = RULES.map(|rule| (rule, "What it wants.".to_owned()));
    described(schema(&rules).as_object().unwrap(), "");
}
