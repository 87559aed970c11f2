//! Reads the policy file: one function a table, each key named once.

use std::collections::HashSet;

use toml::de::DeTable;

use super::keys::{
    self, DISTANCES, ENFORCE, GATE, GOVERNANCE, LOG, PLAN, REGRESSION, ROLLBACK, SCOPE, SECONDS, TASK, Table,
};
use super::value::{Entry, Reader, entries, place, quoted, suggestion};
use super::{
    Carrier, Carries, Enforce, Gate, GatePhase, LogPolicy, LogStyle, Overlay, Per, PlanPolicy, Policy,
    RollbackPolicy, ScopePolicy, TOPIC, TaskPolicy, Trust, VERSION, When, companion, demands, task_id,
};
use crate::error::{Error, Result};
use crate::model::{Level, Place, TaskId};
use crate::pattern::Patterns;

pub(super) const WHEN: [(&str, When); 2] = [("always", When::Always), ("plan", When::Plan)];
pub(super) const CARRIERS: [(&str, Carrier); 4] = [
    ("subject", Carrier::Subject),
    ("scope", Carrier::Scope),
    ("parentheses", Carrier::Parentheses),
    ("trailer", Carrier::Trailer),
];
pub(super) const TRUST: [(&str, Trust); 2] = [("rollback", Trust::Rollback), ("base", Trust::Base)];
pub(super) const PER: [(&str, Per); 2] = [("plan", Per::Plan), ("task", Per::Task)];
pub(super) const CARRIES: [(&str, Carries); 2] =
    [("records", Carries::Records), ("anything", Carries::Anything)];
pub(super) const STYLES: [(&str, LogStyle); 2] =
    [("execute", LogStyle::Execute), ("numbered", LogStyle::Numbered)];
pub(super) const LEVELS: [(&str, Level); 3] =
    [("deny", Level::Deny), ("warn", Level::Warn), ("off", Level::Off)];
pub(super) const PHASES: [(&str, GatePhase); 3] = [
    ("test", GatePhase::Test),
    ("implementation", GatePhase::Implementation),
    ("validation-support", GatePhase::ValidationSupport),
];

/// Larger files (in bytes) are refused unread: headers of many dotted parts take a thousand times their size in memory.
const LARGEST: usize = 256 * 1024;

/// Reads the policy in `text`, which was found in `file`; `known_rules` are the names that `[rules]` may hold.
///
/// A file that leaves anything in doubt is an error, never a policy with gaps: the first problem in document
/// order, save that another `version` comes before all else.
pub fn parse(file: &str, text: &[u8], known_rules: &[&str]) -> Result<Policy> {
    if text.len() > LARGEST {
        return Err(Error::policy(format!("larger than {} KiB, which is no policy", LARGEST / 1024))
            .at(Place::file(file))
            .help("keep scopes in the plans themselves, and only what they cannot say in overlays"));
    }
    let text = utf8(file, text)?;
    let root = DeTable::parse(text).map_err(|why| {
        let at = why.span().map_or(Place::file(file), |span| place(file, text, span.start));
        Error::policy(format!("not valid TOML: {}", why.message()))
            .at(at)
            .help("mend the syntax at that place")
    })?;
    let mut reader = Reader::new(file, text);
    let mut policy = Policy { source: Some(file.to_owned()), ..Policy::default() };
    // A newer file may hold keys that this guard cannot know: say that first.
    if let Some(entry) = entries("", root.get_ref()).iter().find(|entry| entry.key == "version") {
        version(&mut reader, entry);
        reader.finish()?;
    }
    for entry in &reader.known("", root.get_ref(), &keys::ROOT) {
        self::root(&mut reader, &mut policy, entry, known_rules);
    }
    reader.finish()?;
    Ok(policy)
}

/// The text without a byte order mark.
fn utf8<'t>(file: &str, text: &'t [u8]) -> Result<&'t str> {
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(why) => {
            let valid = text.get(..why.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
            let valid = valid.unwrap_or_default();
            let at = place(file, valid, valid.len());
            Err(Error::policy("not UTF-8 text").at(at).help("save the file with the encoding UTF-8"))
        }
    }
}

/// The entries of a table that stands at the root.
fn section<'v>(r: &mut Reader<'_>, entry: &Entry<'v>, table: &Table) -> Vec<Entry<'v>> {
    let found = r.table(entry, table.header);
    found.map(|found| r.known(entry.key, found, table)).unwrap_or_default()
}

fn root(r: &mut Reader<'_>, policy: &mut Policy, entry: &Entry<'_>, known_rules: &[&str]) {
    match entry.key {
        "enforce" => section(r, entry, &ENFORCE).iter().for_each(|e| enforce(r, &mut policy.enforce, e)),
        "task" => section(r, entry, &TASK).iter().for_each(|e| task(r, &mut policy.task, e)),
        "plan" => section(r, entry, &PLAN).iter().for_each(|e| plan(r, &mut policy.plan, e)),
        "rollback" => section(r, entry, &ROLLBACK).iter().for_each(|e| rollback(r, &mut policy.rollback, e)),
        "scope" => section(r, entry, &SCOPE).iter().for_each(|e| scope(r, &mut policy.scope, e)),
        "log" => section(r, entry, &LOG).iter().for_each(|e| log(r, &mut policy.log, e)),
        "governance" => {
            let found = section(r, entry, &GOVERNANCE);
            found.iter().for_each(|e| demands::governance(r, &mut policy.governance, e));
        }
        "regression" => {
            let found = section(r, entry, &REGRESSION);
            found.iter().for_each(|e| demands::regression(r, &mut policy.regression, e));
        }
        "docs-sync" => demands::docs_sync(r, &mut policy.docs_sync, entry),
        "gate" => gates(r, &mut policy.gates, entry),
        "rules" => {
            let found = named(r, entry, "[rules]");
            found.iter().for_each(|e| rule(r, &mut policy.levels, e, known_rules));
        }
        "overlay" => {
            let found = named(r, entry, "[overlay.\"path of a plan\"]");
            found.iter().for_each(|e| overlay(r, &mut policy.overlays, e));
        }
        // The version has been read before all else; other keys are refused by the table of keys.
        _ => {}
    }
}

/// The entries of a table whose keys its author names.
fn named<'v>(r: &mut Reader<'_>, entry: &Entry<'v>, header: &str) -> Vec<Entry<'v>> {
    r.table(entry, header).map(|table| entries(entry.key, table)).unwrap_or_default()
}

fn version(r: &mut Reader<'_>, entry: &Entry<'_>) {
    let is_known =
        entry.value.as_integer().is_some_and(|n| u64::from_str_radix(n.as_str(), n.radix()) == Ok(VERSION));
    if !is_known {
        r.report(entry.value_at, || {
            Error::policy(format!(
                "this guard reads version {VERSION} of the policy file, and this is another"
            ))
            .help(format!("update guard, or write version = {VERSION}"))
        });
    }
}

/// Puts a value that could be read where it belongs.
pub(super) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn enforce(r: &mut Reader<'_>, enforce: &mut Enforce, entry: &Entry<'_>) {
    const INSTEAD: &str = "name the branches to judge, such as [\"main\"], or leave the key out to judge all";
    match entry.key {
        "branches" => set(&mut enforce.branches, r.some_patterns(entry, INSTEAD)),
        "when" => set(&mut enforce.when, r.word(entry, &WHEN)),
        _ => {}
    }
}

fn task(r: &mut Reader<'_>, task: &mut TaskPolicy, entry: &Entry<'_>) {
    match entry.key {
        "id" => set(&mut task.id, task_id(r, entry)),
        "carried_in" => set(&mut task.carried_in, carriers(r, entry)),
        "several" => set(&mut task.several, r.flag(entry)),
        _ => {}
    }
}

fn task_id(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<String> {
    let id = r.string(entry)?;
    if id != task_id::DEFAULT_ID
        && let Err(error) = task_id::compile(id)
    {
        r.report(entry.value_at, || error);
    }
    Some(id.to_owned())
}

fn carriers(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Vec<Carrier>> {
    let list = r.some_list(entry, "write carried_in = [\"subject\"], or leave the key out")?;
    Some(list.iter().filter_map(|element| r.word(element, &CARRIERS)).collect())
}

fn plan(r: &mut Reader<'_>, plan: &mut PlanPolicy, entry: &Entry<'_>) {
    const INSTEAD: &str = "name where plans live, such as [\"plans/**\"], or leave the key out";
    match entry.key {
        "paths" => set(&mut plan.paths, r.some_patterns(entry, INSTEAD)),
        "records" => set(&mut plan.records, r.patterns(entry)),
        "trust" => set(&mut plan.trust, r.word(entry, &TRUST)),
        _ => {}
    }
}

fn rollback(r: &mut Reader<'_>, rollback: &mut RollbackPolicy, entry: &Entry<'_>) {
    match entry.key {
        "subject" => set(&mut rollback.subject, subject(r, entry)),
        "per" => set(&mut rollback.per, r.word(entry, &PER)),
        "carries" => set(&mut rollback.carries, r.word(entry, &CARRIES)),
        "max_distance" => {
            let distance = r.number(entry, DISTANCES).and_then(|n| usize::try_from(n).ok());
            set(&mut rollback.max_distance, distance);
        }
        _ => {}
    }
}

fn subject(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<String> {
    let text = r.string(entry)?;
    let problem = match text.matches(TOPIC).count() {
        // Not only line breaks: git or a terminal would swallow the others.
        _ if text.chars().any(char::is_control) => Some("must be one line without control characters"),
        0 => Some("has no <topic>"),
        1 if text == TOPIC => Some("would make every commit a rollback commit"),
        1 if text != text.trim() => Some("starts or ends with a space, which git takes away"),
        1 => None,
        _ => Some("has more than one <topic>"),
    };
    if let Some(problem) = problem {
        r.report(entry.value_at, || {
            let help = "for example: subject = \"rollback: before executing plan <topic>\"";
            Error::policy(format!("rollback.subject {problem}")).help(help)
        });
    }
    Some(text.to_owned())
}

fn scope(r: &mut Reader<'_>, scope: &mut ScopePolicy, entry: &Entry<'_>) {
    match entry.key {
        "protected" => set(&mut scope.protected, r.patterns(entry)),
        "frozen" => set(&mut scope.frozen, r.patterns(entry)),
        "companions" => {
            let table = r.table(entry, "[scope.companions]").map(|table| entries("scope.companions", table));
            table.iter().flatten().for_each(|pair| companions(r, scope, pair));
        }
        _ => {}
    }
}

fn companions(r: &mut Reader<'_>, scope: &mut ScopePolicy, entry: &Entry<'_>) {
    const INSTEAD: &str = "name the lock files to add; the built-in ones cannot be taken away";
    const ALONE: &str = "write the name alone; the pair holds in every directory";
    file_name(r, entry, entry.key_at, entry.key, ALONE);
    let mut locks = Vec::new();
    for element in r.some_list(entry, INSTEAD).unwrap_or_default() {
        if let Some(lock) = r.string(&element) {
            file_name(r, &element, element.value_at, lock, ALONE);
            locks.push(lock.to_owned());
        }
    }
    // Built-in pairs come first, and a file names each manifest once: no other pair can have this name.
    let mut built_in = scope.companions.iter_mut().take(companion::BUILT_IN.len());
    match built_in.find(|(manifest, _)| manifest == entry.key) {
        Some((_, known)) => known.extend(locks),
        None => scope.companions.push((entry.key.to_owned(), locks)),
    }
}

pub(super) fn file_name(r: &mut Reader<'_>, entry: &Entry<'_>, at: usize, name: &str, help: &str) {
    if matches!(name, "" | "." | "..") || name.contains(|c: char| c == '/' || c.is_control()) {
        r.report(at, || {
            let message = format!("{}: {} is not the name of a file", entry.name(), quoted(name));
            Error::policy(message).help(help)
        });
    }
}

fn log(r: &mut Reader<'_>, log: &mut LogPolicy, entry: &Entry<'_>) {
    if entry.key == "style" {
        set(&mut log.style, r.word(entry, &STYLES));
    }
}

fn rule(r: &mut Reader<'_>, levels: &mut Vec<(String, Level)>, entry: &Entry<'_>, known: &[&str]) {
    if !known.contains(&entry.key) {
        r.report(entry.key_at, || {
            let error = Error::policy(format!("there is no rule {}", quoted(entry.key)));
            error.help(suggestion(entry.key, known, &format!("the rules are: {}", known.join(", "))))
        });
    }
    if let Some(level) = r.word(entry, &LEVELS) {
        levels.push((entry.key.to_owned(), level));
    }
}

fn gates(r: &mut Reader<'_>, gates: &mut Vec<Gate>, entry: &Entry<'_>) {
    let mut names = HashSet::new();
    for (element, table) in r.tables(entry, "[[gate]]", "gate") {
        let gate = gate(r, &element, table);
        if !gate.name.is_empty() && !names.insert(gate.name.clone()) {
            let at = entries("gate", table)
                .iter()
                .find(|e| e.key == "name")
                .map_or(element.value_at, |e| e.value_at);
            r.report(at, || {
                let message = format!("there are two gates named {}", quoted(&gate.name));
                Error::policy(message).help("give each gate a name of its own")
            });
        }
        gates.push(gate);
    }
}

fn gate(r: &mut Reader<'_>, element: &Entry<'_>, table: &DeTable<'_>) -> Gate {
    const INSTEAD: &str = "leave the key out, and the gate is for every task";
    let mut gate = Gate {
        name: String::new(),
        run: String::new(),
        required: true,
        paths: None,
        timeout: None,
        phase: None,
    };
    let keys = r.known("gate", table, &GATE);
    for entry in &keys {
        match entry.key {
            "name" => set(&mut gate.name, gate_text(r, entry, |c| c.is_control())),
            "run" => set(&mut gate.run, gate_text(r, entry, |c| c == '\0')),
            "required" => set(&mut gate.required, r.flag(entry)),
            "paths" => gate.paths = r.some_patterns(entry, INSTEAD),
            "timeout" => gate.timeout = r.number(entry, SECONDS),
            "phase" => gate.phase = r.word(entry, &PHASES),
            _ => {}
        }
    }
    for (key, help) in
        [("name", "add a line such as name = \"tests\""), ("run", "add a line such as run = \"make test\"")]
    {
        if keys.iter().all(|entry| entry.key != key) {
            r.report(element.value_at, || Error::policy(format!("this gate has no {key}")).help(help));
        }
    }
    gate
}

/// A text that is not blank and holds nothing `bad`.
fn gate_text(r: &mut Reader<'_>, entry: &Entry<'_>, bad: fn(char) -> bool) -> Option<String> {
    let text = r.string(entry)?;
    let problem = if text.trim().is_empty() {
        "is empty"
    } else if text.contains(bad) {
        "holds a control character"
    } else {
        return Some(text.to_owned());
    };
    r.report(entry.value_at, || {
        Error::policy(format!("{} {problem}", entry.name())).help("write it as plain text")
    });
    None
}

fn overlay(r: &mut Reader<'_>, overlays: &mut Vec<Overlay>, entry: &Entry<'_>) {
    if !is_repo_path(entry.key) {
        r.report(entry.key_at, || {
            let message = format!("overlay: {} is not the path of a plan", quoted(entry.key));
            Error::policy(message)
                .help("write its path from the root of the repository, such as \"plans/auth.md\"")
        });
    }
    let Some(table) = r.table(entry, "[overlay.\"path of a plan\"]") else { return };
    let name = entry.name();
    let scopes = entries(&name, table).iter().filter_map(|task| task_scope(r, task)).collect();
    overlays.push(Overlay { plan: entry.key.to_owned(), scopes });
}

fn task_scope(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<(String, Patterns)> {
    if TaskId::new(entry.key).is_none() {
        r.report(entry.key_at, || {
            let help = "write the ID as the plan does, in printable ASCII without spaces";
            Error::policy(format!("{} is not a Task ID", quoted(entry.key))).help(help)
        });
    }
    if entry.value.is_table() {
        r.report(entry.key_at, || {
            let help = "put a Task ID with a dot in quotes: \"1.2\" = [\"src/a.rs\"]";
            Error::policy(format!("{} must be a list of patterns, not a table", entry.name())).help(help)
        });
        return None;
    }
    Some((entry.key.to_owned(), r.patterns(entry)?))
}

/// Could `path` be a file in a repository, spelled as git spells it?
fn is_repo_path(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | "..");
    path.split('/').all(is_name) && !path.contains(char::is_control)
}
