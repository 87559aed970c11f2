//! guard's own plan format: TOML in which every task says everything that the rules ask for.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::model::{Lines, Place, TaskId};
use crate::pattern::{Pattern, Patterns};

use super::{Format, Phase, Plan, Problem, Task};

pub(super) const FORMAT: Format =
    Format { name: "native", detect, certain: true, read, locked, grows: false };

const TOP_KEYS: &[&str] = &["version", "topic", "task"];
#[rustfmt::skip]
const TASK_KEYS: &[&str] = &[
    "id", "summary", "scope", "depends_on", "milestone", "acceptance", "phase_type", "owner_role", "parallel_safe",
    "blocking_gate", "commit_intent", "proof_artifact", "test_not_applicable", "covers",
];

fn detect(path: &str, _text: &str) -> Option<&'static str> {
    (super::has_extension(path, &["toml"]) && !super::is_overlay(path)).then_some("its name ends in .toml")
}

/// There are no status marks in this format: done is what has been committed.
fn locked(text: &str) -> Vec<(usize, String)> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.split('\n').enumerate().map(|(n, line)| (n + 1, line.to_owned())).collect()
}

fn read(path: &str, text: &str) -> Result<Plan> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let place = Place { file: path.to_owned(), line: lines.line(at), column: lines.column(at) };
        let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        Error::plan(format!("not TOML: {message}"))
            .at(place)
            .help("mend the syntax; https://toml.io explains it")
    })?;
    let mut reader = Reader { lines, problems: Vec::new() };
    let mut plan = Plan::new(path, FORMAT.name);
    reader.plan(table.get_ref(), &mut plan);
    plan.tasks.sort_by_key(|task| task.line);
    plan.problems = reader.problems;
    plan.problems.sort_by_key(|problem| problem.line);
    Ok(plan)
}

type Value<'t> = Spanned<DeValue<'t>>;
type Key<'t> = Spanned<Cow<'t, str>>;

struct Reader {
    lines: Lines,
    problems: Vec<Problem>,
}

impl Reader {
    fn plan(&mut self, table: &DeTable<'_>, plan: &mut Plan) {
        self.version(table);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "version" => {}
                "topic" => plan.topic = self.string(key, value),
                "task" => match value.get_ref() {
                    DeValue::Array(tasks) => {
                        plan.tasks.extend(tasks.iter().filter_map(|task| self.task(task)))
                    }
                    other => {
                        let message = format!("`task` is {}, not a list of tasks", kind(other));
                        self.deny(
                            key.span(),
                            message,
                            "write `[[task]]`, with two brackets, before each task",
                        );
                    }
                },
                _ => self.unknown(key, "", TOP_KEYS),
            }
        }
    }

    fn version(&mut self, table: &DeTable<'_>) {
        let Some(value) = table.get("version") else {
            return self.deny(
                0..0,
                "the plan does not say which version of the format it uses",
                "version = 1",
            );
        };
        let number =
            value.get_ref().as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        if number != Some(1) {
            self.deny(value.span(), "this version of guard reads version 1 of the format", "version = 1");
        }
    }

    fn task(&mut self, value: &Value<'_>) -> Option<Task> {
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("a task is a table, not {}", kind(value.get_ref()));
            self.deny(value.span(), message, "write `[[task]]` and the keys below it");
            return None;
        };
        let id = self.id(value, table);
        // Everything else is read all the same, so that the author sees all problems at once.
        let known = id.clone().or_else(|| TaskId::new("?"))?;
        let mut task = Task::new(known, self.lines.line(value.span().start));
        for (key, value) in table {
            self.key(&mut task, key, value);
        }
        if task.summary.is_empty() && id.is_some() {
            let message = format!("{} has no summary", task.id);
            self.problems.push(Problem::warn(task.line, message).help("summary = \"what the task does\""));
        }
        id.map(|_| task)
    }

    fn id(&mut self, task: &Value<'_>, table: &DeTable<'_>) -> Option<TaskId> {
        let Some(value) = table.get("id") else {
            self.deny(task.span(), "a task has no ID", "id = \"T001\"");
            return None;
        };
        // A wrong type is reported with the other keys.
        let text = value.get_ref().as_str()?;
        let id = TaskId::new(text).filter(|_| !text.contains([':', ',', '(', ')']));
        if id.is_none() {
            let message = format!("`{text}` cannot be a task ID");
            self.deny(value.span(), message, "use letters, digits, `.`, `-` and `_`, such as \"T001\"");
        }
        id
    }

    fn key(&mut self, task: &mut Task, key: &Key<'_>, value: &Value<'_>) {
        match key.get_ref().as_ref() {
            "id" | "owner_role" | "blocking_gate" | "commit_intent" | "proof_artifact" => {
                self.string(key, value);
            }
            "summary" => {
                let text = self.string(key, value).unwrap_or_default();
                task.summary =
                    text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim().to_owned();
            }
            "scope" => task.scope = self.scope(&task.id, key, value),
            "depends_on" => {
                for (span, text) in self.strings(key, value).unwrap_or_default() {
                    match TaskId::new(&text) {
                        Some(id) => task.depends_on.push(id),
                        None => self.deny(
                            span,
                            format!("`{text}` cannot be a task ID"),
                            "name tasks by their `id`",
                        ),
                    }
                }
            }
            "milestone" => task.milestone = self.filled(key, value),
            "acceptance" => task.acceptance = self.filled(key, value),
            "phase_type" => task.phase = self.phase(key, value),
            "parallel_safe" => match value.get_ref().as_bool() {
                Some(safe) => task.parallel_safe = safe,
                None => self.wrong(key, value, "true or false"),
            },
            "test_not_applicable" => task.test_not_applicable = self.filled(key, value),
            "covers" => {
                let covers = self.strings(key, value).unwrap_or_default();
                task.covers = covers.into_iter().map(|(_, text)| text).collect();
            }
            _ => self.unknown(key, "a task's ", TASK_KEYS),
        }
    }

    fn scope(&mut self, id: &TaskId, key: &Key<'_>, value: &Value<'_>) -> Option<Patterns> {
        let before = self.problems.len();
        let entries = self.strings(key, value);
        let mut patterns = Vec::new();
        let mut readable = entries.is_some();
        for (span, text) in entries.unwrap_or_default() {
            if super::scope::is_vague(&text) {
                readable = false;
                let message = format!("{id}: \"{text}\" is too vague to check a commit against");
                self.deny(span, message, "name paths, such as \"src/lease.rs\" or \"tests/**\"");
                continue;
            }
            match Pattern::parse(&text) {
                Ok(pattern) => patterns.push(pattern.on_line(self.lines.line(span.start))),
                Err(bad) => {
                    readable = false;
                    self.deny(span, format!("{id}: {}", bad.message), &bad.help);
                }
            }
        }
        for problem in self.problems.iter_mut().skip(before) {
            problem.scope_of = Some(id.clone());
        }
        // Half a scope would look like a decision that nobody took.
        readable.then(|| Patterns::new(patterns))
    }

    fn phase(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<Phase> {
        const PHASES: &[(&str, Phase)] = &[
            ("test", Phase::Test),
            ("implementation", Phase::Implementation),
            ("validation-support", Phase::ValidationSupport),
        ];
        let text = self.filled(key, value)?;
        let found = PHASES.iter().find(|(name, _)| *name == text).map(|(_, phase)| *phase);
        if found.is_none() {
            let message = format!("`{text}` is no phase type");
            self.deny(
                value.span(),
                message,
                "phase_type = \"test\", \"implementation\" or \"validation-support\"",
            );
        }
        found
    }

    fn string(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, value, "a string in quotes");
        }
        text
    }

    /// A string; empty ones count as absent.
    fn filled(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<String> {
        self.string(key, value).filter(|text| !text.trim().is_empty())
    }

    /// A list of strings with their places; `None` after a wrong type.
    fn strings(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<Vec<(Range<usize>, String)>> {
        let strings = value.get_ref().as_array().and_then(|list| {
            list.iter()
                .map(|item| Some((item.span(), item.get_ref().as_str()?.to_owned())))
                .collect::<Option<_>>()
        });
        if strings.is_none() {
            self.wrong(key, value, "a list of strings, such as [\"a\", \"b\"]");
        }
        strings
    }

    fn wrong(&mut self, key: &Key<'_>, value: &Value<'_>, wanted: &str) {
        let name = key.get_ref();
        let found = match value.get_ref() {
            DeValue::Array(list) => {
                list.iter().map(Spanned::get_ref).find(|v| !v.is_str()).map_or("a list", |v| kind(v))
            }
            other => kind(other),
        };
        self.deny(value.span(), format!("`{name}` holds {found}"), &format!("{name} takes {wanted}"));
    }

    fn unknown(&mut self, key: &Key<'_>, whose: &str, known: &[&str]) {
        let name = key.get_ref();
        let near = known.iter().filter_map(|k| Some((super::distance(name, k)?, k))).min();
        let help = match near {
            Some((distance, near)) if distance <= 1 + near.len() / 3 => format!("did you mean `{near}`?"),
            _ => format!("{whose}keys are: {}", known.join(", ")),
        };
        let shown: String = name.chars().take(60).collect();
        self.deny(key.span(), format!("`{shown}` is not one of {whose}keys"), &help);
    }

    fn deny(&mut self, span: Range<usize>, message: impl Into<String>, help: &str) {
        let line = self.lines.line(span.start);
        self.problems.push(Problem::deny(line, message).help(help));
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests;
