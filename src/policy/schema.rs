//! The JSON schema of the policy file, for editors: written from the table of keys that the reader reads by.

use serde_json::{Map, Value, json};

use super::VERSION;
use super::keys::{ROOT, Shape, Table};

/// The schema; `rules` are the names that `[rules]` may hold, each with what it is about.
///
/// It refuses what is no policy by its shape alone. What only the reader can tell (is a pattern one, does an expression
/// name IDs) it accepts: an editor that finds fault where guard finds none would be of no help.
pub fn schema(rules: &[(&str, String)]) -> Value {
    let mut schema = table(&ROOT, rules);
    let head = [
        ("$schema", json!("http://json-schema.org/draft-07/schema#")),
        ("title", json!("guard.toml")),
        ("description", json!("The policy of guard: what a repository asks of its commits.")),
    ];
    let mut whole: Map<String, Value> =
        head.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    if let Some(own) = schema.as_object_mut() {
        whole.append(own);
    }
    Value::Object(whole)
}

fn table(table: &Table, rules: &[(&str, String)]) -> Value {
    let properties: Map<String, Value> = table
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), described(shape(&key.shape, rules), key.about)))
        .collect();
    let required: Vec<&str> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let (Some(schema), false) = (schema.as_object_mut(), required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}

fn shape(known: &Shape, rules: &[(&str, String)]) -> Value {
    match known {
        Shape::Version => json!({"const": VERSION}),
        Shape::Text => json!({"type": "string", "minLength": 1}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Number(range) => {
            json!({"type": "integer", "minimum": range.start(), "maximum": range.end()})
        }
        Shape::Word(words) => json!({"enum": words()}),
        Shape::Words(words) => json!({"type": "array", "items": {"enum": words()}, "minItems": 1}),
        Shape::List => json!({"type": "array", "items": {"type": "string"}}),
        Shape::SomeList => json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
        Shape::Table(known) => table(known, rules),
        Shape::Tables(known) => json!({"type": "array", "items": table(known, rules)}),
        Shape::Named(value) => json!({"type": "object", "additionalProperties": shape(value, rules)}),
        Shape::Rules(value) => {
            let one =
                |(name, about): &(&str, String)| ((*name).to_owned(), described(shape(value, rules), about));
            let properties: Map<String, Value> = rules.iter().map(one).collect();
            json!({"type": "object", "properties": properties, "additionalProperties": false})
        }
    }
}

/// With what it is about, which editors show first.
fn described(schema: Value, about: &str) -> Value {
    let mut all = Map::new();
    all.insert("description".to_owned(), json!(about));
    if let Value::Object(own) = schema {
        all.extend(own);
    }
    Value::Object(all)
}
