//! Policies: toml's own parser reads the document too, and a slow table says which keys and values there may be.

use guard::model::Level;
use guard::pattern::Patterns;
use guard::policy::{self, Policy};
use guard::rule;
use toml::de::{DeTable, DeValue};

use crate::harness::Dice;
use crate::mutate::mutate;
use crate::plans::refusal;
use crate::{Outcome, campaign, shown};

/// Every section with every key, each on a line that may be left out.
const SECTIONS: [(&str, &[&str]); 10] = [
    ("", &["version = 1"]),
    ("[enforce]", &["branches = [\"main\", \"release/**\"]", "when = \"plan\""]),
    (
        "[task]",
        &[
            "id = 'TASK-[A-Z]{2}-\\d{3}'",
            "carried_in = [\"trailer\", \"scope\", \"parentheses\", \"subject\"]",
            "several = true",
        ],
    ),
    ("[plan]", &["paths = [\"docs/plans/**\"]", "records = [\"logs/**\", \"!logs/x\"]", "trust = \"base\""]),
    (
        "[rollback]",
        &[
            "subject = \"safe state before <topic>!\"",
            "per = \"task\"",
            "carries = \"anything\"",
            "max_distance = 0x10",
        ],
    ),
    ("[scope]", &["protected = [\"ci/**\"]", "frozen = [\"backend/PLANS.md\"]"]),
    (
        "[scope.companions]",
        &["\"requirements.in\" = [\"requirements.txt\"]", "\"Cargo.toml\" = [\"x.lock\"]"],
    ),
    ("[rules]", &["scope = \"warn\"", "regression = \"off\"", "atomic = 'deny'"]),
    (
        "[[gate]]",
        &["required = false", "paths = [\"src/**\"]", "timeout = 600", "phase = \"validation-support\""],
    ),
    ("[overlay.\"specs/012-x/tasks.md\"]", &["T017 = [\"src/lease.rs\", \"tests/\"]", "\"1.2\" = []"]),
];

const WORDS: [&[u8]; 26] = [
    b"[enforce]\n",
    b"[[gate]]\nname = \"n\"\nrun = \"r\"\n",
    b"[scope.companion]\n",
    b"[rules]\nscop = \"off\"\n",
    b"when = \"never\"\n",
    b"several = \"yes\"\n",
    b"max_distance = 0\n",
    b"max_distance = 1e3\n",
    b"timeout = -1\n",
    b"trust = true\n",
    b"branches = []\n",
    b"branches = [\"!main\"]\n",
    b"id = '.*'\n",
    b"id = '((((a{9}){9}){9}){9}){9}'\n",
    b"subject = \"x\"\n",
    b"paths = [\"../x\"]\n",
    b"scope = \"allow\"\n",
    b"carried_in = [\"body\"]\n",
    b"a.b.c.d = 1\n",
    b"x = 1979-05-27\n",
    b"version = 2\n",
    b"version = 0b1\n",
    b"inf",
    b"\"\"\"",
    b"'''",
    b"\\u0000",
];

#[test]
fn no_policy_with_a_word_too_many_is_accepted() {
    campaign("policies", "accepted", 15, case);
}

fn case(dice: &mut Dice) -> Outcome {
    let mut bytes = Vec::new();
    for (header, keys) in SECTIONS {
        if !header.is_empty() && dice.once_in(3) {
            continue;
        }
        bytes.extend(header.bytes().chain(*b"\n"));
        if header == "[[gate]]" {
            bytes.extend_from_slice(b"name = \"tests\"\nrun = \"make test\"\n");
        }
        for key in keys.iter().filter(|_| !dice.once_in(3)) {
            bytes.extend(key.bytes().chain(*b"\n"));
        }
    }
    let sound = dice.once_in(6);
    if !sound {
        mutate(dice, &mut bytes, &WORDS);
    }
    judged(&bytes, sound).map_err(|why| format!("{why}\n{}", shown(&bytes)))
}

fn judged(bytes: &[u8], sound: bool) -> Outcome {
    let read = policy::parse("guard.toml", bytes, &rule::names());
    let text = std::str::from_utf8(bytes).map(|t| t.strip_prefix('\u{feff}').unwrap_or(t));
    let parsed = text.ok().and_then(|text| DeTable::parse(text).ok());
    let doubts = match &parsed {
        None => Some("toml cannot read it".to_owned()),
        Some(root) => root.get_ref().iter().find_map(|(key, value)| top(key.get_ref(), value.get_ref())),
    };
    match read {
        Ok(_) if doubts.is_some() => Err(format!("accepted, but {}", doubts.unwrap_or_default())),
        Ok(policy) => {
            let root = parsed.ok_or("accepted, and no TOML")?;
            holds(&policy, root.get_ref())?;
            Ok(vec!["accepted"])
        }
        Err(error) if sound => Err(format!("a sound policy is refused: {error}")),
        Err(error) => {
            refusal(&error, bytes)?;
            let place = error.place().ok_or("an error without a place")?;
            // Two faults lie nowhere in particular.
            let whole =
                ["larger than 256 KiB", "recursion limit"].iter().any(|w| error.message().contains(w));
            if !whole && (place.line == 0 || place.column == 0) {
                return Err(format!("an error without a line or column: {error}"));
            }
            Ok(vec![if doubts.is_some() { "refused" } else { "refused for its pattern or expression" }])
        }
    }
}

type Check = fn(&DeValue<'_>) -> bool;

fn text(value: &DeValue<'_>) -> bool {
    value.is_str()
}

fn flag(value: &DeValue<'_>) -> bool {
    value.as_bool().is_some()
}

fn texts(value: &DeValue<'_>) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(|v| v.get_ref().is_str()))
}

/// Patterns that may name something in the repository.
fn patterns(value: &DeValue<'_>) -> bool {
    let good = |text: &str| {
        let body = text.strip_prefix('!').unwrap_or(text);
        !body.is_empty()
            && !body.starts_with('/')
            && !body.split('/').any(|part| part == "..")
            && !body.contains(['\\', '\0'])
    };
    texts(value) && value.as_array().is_some_and(|l| l.iter().all(|v| v.get_ref().as_str().is_some_and(good)))
}

/// At least one of them takes something in.
fn some_patterns(value: &DeValue<'_>) -> bool {
    let takes = |v: &DeValue<'_>| v.as_str().is_some_and(|text| !text.starts_with('!'));
    patterns(value) && value.as_array().is_some_and(|list| list.iter().any(|v| takes(v.get_ref())))
}

fn number(value: &DeValue<'_>, most: u64) -> bool {
    let read = |n: &toml::de::DeInteger<'_>| u64::from_str_radix(n.as_str(), n.radix()).ok();
    value.as_integer().and_then(read).is_some_and(|n| (1..=most).contains(&n))
}

fn one_of(value: &DeValue<'_>, words: &[&str]) -> bool {
    value.as_str().is_some_and(|text| words.contains(&text))
}

/// What may stand below each header.
fn known(table: &str, key: &str) -> Option<Check> {
    Some(match (table, key) {
        ("enforce", "branches") | ("plan", "paths") | ("gate", "paths") => some_patterns,
        ("enforce", "when") => |v| one_of(v, &["always", "plan"]),
        ("task", "id") => text,
        ("task", "carried_in") => |v| {
            let word = |v: &DeValue<'_>| one_of(v, &["subject", "scope", "parentheses", "trailer"]);
            v.as_array().is_some_and(|l| !l.is_empty() && l.iter().all(|v| word(v.get_ref())))
        },
        ("task", "several") | ("gate", "required") => flag,
        ("plan", "records") | ("scope", "protected" | "frozen") => patterns,
        ("plan", "trust") => |v| one_of(v, &["rollback", "base"]),
        ("rollback", "subject") => |v| v.as_str().is_some_and(|t| t.matches("<topic>").count() == 1),
        ("rollback", "per") => |v| one_of(v, &["plan", "task"]),
        ("rollback", "carries") => |v| one_of(v, &["records", "anything"]),
        ("rollback", "max_distance") => |v| number(v, 100_000),
        ("gate", "name" | "run") => |v| v.as_str().is_some_and(|t| !t.trim().is_empty() && !t.contains('\0')),
        ("gate", "timeout") => |v| number(v, 86_400),
        ("gate", "phase") => |v| one_of(v, &["test", "implementation", "validation-support"]),
        _ => return None,
    })
}

/// What is wrong with one key of the root.
fn top(key: &str, value: &DeValue<'_>) -> Option<String> {
    let below = |table: &DeTable<'_>| {
        table.iter().find_map(|(name, value)| {
            let (name, value) = (name.get_ref().as_ref(), value.get_ref());
            let good = match key {
                "scope" if name == "companions" => value.as_table().is_some_and(|pairs| {
                    pairs
                        .values()
                        .all(|v| texts(v.get_ref()) && v.get_ref().as_array().is_some_and(|l| !l.is_empty()))
                }),
                "rules" => rule::names().contains(&name) && one_of(value, &["deny", "warn", "off"]),
                "overlay" => value.as_table().is_some_and(|t| t.values().all(|v| patterns(v.get_ref()))),
                _ => known(key, name).is_some_and(|check| check(value)),
            };
            (!good).then(|| format!("{key}.{name} is {value:?}"))
        })
    };
    match (key, value) {
        ("version", value) => (!number(value, 1)).then(|| "another version".to_owned()),
        ("gate", DeValue::Array(list)) => list.iter().find_map(|gate| match gate.get_ref() {
            DeValue::Table(gate) if gate.contains_key("name") && gate.contains_key("run") => below(gate),
            _ => Some("a gate without name or run".to_owned()),
        }),
        ("enforce" | "task" | "plan" | "rollback" | "scope" | "rules" | "overlay", DeValue::Table(t)) => {
            below(t)
        }
        _ => Some(format!("{key} is {value:?}")),
    }
}

/// What the text says is what the policy holds; what it does not say is the default.
fn holds(policy: &Policy, root: &DeTable<'_>) -> Result<(), String> {
    let default = Policy::default();
    let said = |table: &str, key: &str| {
        let table = root.get(table).and_then(|t| t.get_ref().as_table());
        table.and_then(|t| t.get(key)).map(|v| strings(v.get_ref()))
    };
    let of = |all: &Patterns| all.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
    let word = |value: &dyn std::fmt::Debug| vec![format!("{value:?}").to_lowercase()];
    let carried = |p: &Policy| p.task.carried_in.iter().flat_map(|c| word(c)).collect::<Vec<_>>();
    let held = |p: &Policy| {
        [
            ("enforce", "branches", of(&p.enforce.branches)),
            ("enforce", "when", word(&p.enforce.when)),
            ("task", "id", vec![p.task.id.clone()]),
            ("task", "carried_in", carried(p)),
            ("task", "several", word(&p.task.several)),
            ("plan", "paths", of(&p.plan.paths)),
            ("plan", "records", of(&p.plan.records)),
            ("plan", "trust", word(&p.plan.trust)),
            ("rollback", "subject", vec![p.rollback.subject.clone()]),
            ("rollback", "per", word(&p.rollback.per)),
            ("rollback", "carries", word(&p.rollback.carries)),
            ("rollback", "max_distance", word(&p.rollback.max_distance)),
            ("scope", "protected", of(&p.scope.protected)),
            ("scope", "frozen", of(&p.scope.frozen)),
        ]
    };
    for ((table, key, held), (_, _, default)) in held(policy).into_iter().zip(held(&default)) {
        let wanted = said(table, key).unwrap_or(default);
        if held != wanted {
            return Err(format!("{table}.{key} says {wanted:?} and holds {held:?}"));
        }
    }
    let lists = |name: &str| root.get(name).map(|v| v.get_ref());
    let gates = lists("gate").and_then(DeValue::as_array).map_or(0, |l| l.len());
    let rules = lists("rules").and_then(DeValue::as_table).map_or(0, |t| t.len());
    let overlays = lists("overlay").and_then(DeValue::as_table).map_or(0, |t| t.len());
    if (policy.gates.len(), policy.levels.len(), policy.overlays.len()) != (gates, rules, overlays) {
        return Err("a gate, a rule or an overlay was dropped".to_owned());
    }
    for (name, level) in &policy.levels {
        if said("rules", name) != Some(vec![level.as_str().to_owned()])
            || policy.level_of(name, Level::Warn) != *level
        {
            return Err(format!("rules.{name} holds {level:?}"));
        }
    }
    Ok(())
}

/// A value as the words in it.
fn strings(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::String(text) => vec![text.trim_start_matches("./").replacen("!./", "!", 1)],
        DeValue::Boolean(flag) => vec![flag.to_string()],
        DeValue::Integer(n) => {
            vec![u64::from_str_radix(n.as_str(), n.radix()).unwrap_or_default().to_string()]
        }
        DeValue::Array(list) => list.iter().flat_map(|v| strings(v.get_ref())).collect(),
        other => vec![format!("{other:?}")],
    }
}
