//! No text makes the reader panic, and nothing that a text says is dropped in silence.

use std::collections::BTreeMap;

use proptest::prelude::*;
use toml::de::{DeTable, DeValue};

use super::*;
use crate::pattern::Patterns;

/// Every key, none with its default.
pub(super) const FULL: &str = r#"version = 1

[enforce]
branches = ["main", "release/**"]
when = "plan"

[task]
id = 'TASK-[A-Z]{2}-\d{3}'
carried_in = ["trailer", "scope", "subject"]
several = true

[plan]
paths = ["docs/plans/**"]
records = ["logs/**", "reports/**"]
trust = "base"

[rollback]
subject = "safe state before <topic>!"
per = "task"
carries = "anything"
max_distance = 100000

[scope]
protected = ["ci/**"]
frozen = ["backend/PLANS.md"]
companions = { "requirements.in" = ["requirements.txt", "requirements.lock"] }

[governance]
sensitive = ["deploy/**", "db/migrations/"]
documents = ["approval.md"]

[regression]
tests = ["t/**"]
code = ["lib/**", "!lib/generated/**"]

[[docs-sync]]
when = ["src/cli/**"]
then = ["README.md", "docs/cli/"]

[[docs-sync]]
when = ["api/**"]
then = ["docs/api.md"]

[log]
style = "numbered"

[rules]
scope = "warn"
regression = "off"

[[gate]]
name = "lint"
run = "make lint"
required = false
paths = ["src/**"]
timeout = 600
phase = "validation-support"

[[gate]]
name = "tests"
run = "make test"
required = true

[overlay."specs/012-x/tasks.md"]
T017 = ["src/lease.rs", "tests/"]
"1.2" = []
"#;

type Flat = BTreeMap<String, String>;

/// Key path → value, as the text says it. Gates are numbered; the version says nothing.
pub(super) fn written(text: &str) -> Flat {
    let mut flat = Flat::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = DeTable::parse(text).unwrap();
    flatten("", root.get_ref(), &mut flat);
    flat.remove("/version");
    flat
}

fn flatten(prefix: &str, table: &DeTable<'_>, flat: &mut Flat) {
    for (key, value) in table {
        let path = format!("{prefix}/{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(table) => flatten(&path, table, flat),
            DeValue::Array(list) if ["/gate", "/docs-sync"].contains(&path.as_str()) => {
                for (n, one) in list.iter().enumerate() {
                    flatten(&format!("{path}/{n}"), one.get_ref().as_table().unwrap(), flat);
                }
            }
            value => {
                flat.insert(path, scalar(value));
            }
        }
    }
}

fn scalar(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Integer(n) => i128::from_str_radix(n.as_str(), n.radix()).unwrap().to_string(),
        DeValue::Array(list) => list.iter().map(|v| normal(&scalar(v.get_ref())) + "\n").collect(),
        other => panic!("{other:?} was accepted"),
    }
}

/// A pattern's text as patterns hold it: without `./` in front.
fn normal(text: &str) -> String {
    crate::pattern::Pattern::parse(text)
        .map_or_else(|_| text.to_owned(), |pattern| pattern.as_str().to_owned())
}

/// Key path → value, as the policy holds it. Taking the structures apart makes a new field fail to compile here.
pub(super) fn held(policy: &Policy) -> Flat {
    let Policy {
        source: _,
        enforce,
        task,
        plan,
        rollback,
        scope,
        log,
        levels,
        governance,
        regression,
        docs_sync,
        gates,
        overlays,
    } = policy;
    let LogPolicy { style } = log;
    let Enforce { branches, when } = enforce;
    let TaskPolicy { id, carried_in, several } = task;
    let PlanPolicy { paths, records, trust } = plan;
    let RollbackPolicy { subject, per, carries, max_distance } = rollback;
    let ScopePolicy { protected, frozen, companions } = scope;
    let GovernancePolicy { sensitive, documents } = governance;
    let RegressionPolicy { tests, code } = regression;
    let mut flat: Flat = [
        ("/enforce/branches", lines(branches)),
        ("/enforce/when", name(when)),
        ("/task/id", id.clone()),
        ("/task/carried_in", carried_in.iter().map(|carrier| name(carrier) + "\n").collect()),
        ("/task/several", several.to_string()),
        ("/plan/paths", lines(paths)),
        ("/plan/records", lines(records)),
        ("/plan/trust", name(trust)),
        ("/rollback/subject", subject.clone()),
        ("/rollback/per", name(per)),
        ("/rollback/carries", name(carries)),
        ("/rollback/max_distance", max_distance.to_string()),
        ("/scope/protected", lines(protected)),
        ("/scope/frozen", lines(frozen)),
        ("/regression/tests", lines(tests)),
        ("/regression/code", lines(code)),
        ("/governance/sensitive", lines(sensitive)),
        ("/governance/documents", documents.iter().map(|name| format!("{name}\n")).collect()),
        ("/log/style", name(style)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    for (manifest, locks) in added(companions) {
        flat.insert(
            format!("/scope/companions/{manifest}"),
            locks.iter().map(|lock| format!("{lock}\n")).collect(),
        );
    }
    for (rule, level) in levels {
        flat.insert(format!("/rules/{rule}"), level.as_str().to_owned());
    }
    for (n, DocsSync { when, then }) in docs_sync.iter().enumerate() {
        flat.insert(format!("/docs-sync/{n}/when"), lines(when));
        flat.insert(format!("/docs-sync/{n}/then"), lines(then));
    }
    for (n, gate) in gates.iter().enumerate() {
        hold_gate(&format!("/gate/{n}"), gate, &mut flat);
    }
    for Overlay { plan, scopes } in overlays {
        for (task, scope) in scopes {
            flat.insert(format!("/overlay/{plan}/{task}"), lines(scope));
        }
    }
    flat
}

fn hold_gate(prefix: &str, gate: &Gate, flat: &mut Flat) {
    let Gate { name: called, run, required, paths, timeout, phase } = gate;
    let mut put =
        |key: &str, value: Option<String>| value.map(|value| flat.insert(format!("{prefix}/{key}"), value));
    put("name", Some(called.clone()));
    put("run", Some(run.clone()));
    put("required", Some(required.to_string()));
    put("paths", paths.as_ref().map(lines));
    put("timeout", timeout.map(|seconds| seconds.to_string()));
    put(
        "phase",
        phase.as_ref().map(name).map(|phase| phase.replace("validationsupport", "validation-support")),
    );
}

/// The pairs without what is built in.
fn added(companions: &[(String, Vec<String>)]) -> Vec<(&String, &[String])> {
    let built_in = ScopePolicy::default().companions;
    let known =
        |manifest: &String| built_in.iter().find(|(m, _)| m == manifest).map_or(0, |(_, locks)| locks.len());
    let rest = companions.iter().map(|(manifest, locks)| (manifest, &locks[known(manifest)..]));
    rest.filter(|(_, locks)| !locks.is_empty()).collect()
}

fn lines(patterns: &Patterns) -> String {
    patterns.iter().map(|pattern| format!("{}\n", pattern.as_str())).collect()
}

/// The word for a variant, which is its name.
fn name(variant: &impl std::fmt::Debug) -> String {
    format!("{variant:?}").to_lowercase()
}

/// Whatever the text says is held, and whatever is held was said or is a default.
fn nothing_is_dropped(text: &str) -> Result<bool, TestCaseError> {
    let Ok(policy) = read(text) else { return Ok(false) };
    let (written, held) = (written(text), held(&policy));
    let defaults = super::random::held(&Policy::default());
    for (key, value) in &written {
        prop_assert_eq!(held.get(key), Some(value), "{} in {}", key, text);
    }
    for (key, value) in &held {
        let is_default = defaults.get(key) == Some(value) || (key.ends_with("/required") && value == "true");
        prop_assert!(is_default || written.contains_key(key), "{} = {} in {}", key, value, text);
    }
    Ok(true)
}

/// A piece of a policy: words of the format, and bytes that hurt.
fn token() -> impl Strategy<Value = String> {
    let words: Vec<String> = FULL.split_inclusive([' ', '\n', '.', '"']).map(str::to_owned).collect();
    prop_oneof![
        6 => proptest::sample::select(words),
        2 => "[\\[\\]{}=,.\"'#\n\r\t \\\\!*<>0-9a-z_\u{0}\u{feff}ä-]{1,3}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse("p", &bytes, &RULES);
    }

    #[test]
    fn random_pieces_never_panic_or_drop(pieces in proptest::collection::vec(token(), 0..40)) {
        nothing_is_dropped(&pieces.concat())?;
    }

    #[test]
    fn mutated_policies_never_panic_or_drop(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize, proptest::option::of(token())), 1..4),
    ) {
        let mut chars: Vec<char> = FULL.chars().collect();
        for (at, remove, insert) in cuts {
            let at = at.index(chars.len() + 1);
            let end = (at + remove).min(chars.len());
            chars.splice(at..end, insert.unwrap_or_default().chars());
        }
        nothing_is_dropped(&chars.into_iter().collect::<String>())?;
    }

    #[test]
    fn lines_in_another_order_never_panic_or_drop(
        lines in Just(FULL.split_inclusive('\n').collect::<Vec<_>>()).prop_shuffle(),
        keep in 1..12_usize,
    ) {
        nothing_is_dropped(&lines[..keep].concat())?;
    }
}

#[test]
fn each_line_may_be_left_out_and_some_are_still_accepted() {
    let all: Vec<&str> = FULL.split_inclusive('\n').collect();
    let accepted = (0..all.len()).filter(|&n| {
        let text: String = all.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, line)| *line).collect();
        nothing_is_dropped(&text).unwrap()
    });
    // Else the properties above would hold of a reader that refuses everything.
    assert!(accepted.count() > 20);
}
