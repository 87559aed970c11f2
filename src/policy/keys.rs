//! Every key of the policy file, once: the reader refuses what is not here, and the schema is written from it.

use std::ops::RangeInclusive;

use super::read::{CARRIERS, CARRIES, LEVELS, PER, PHASES, STYLES, TRUST, WHEN};

/// A table and the keys that it may hold.
pub(super) struct Table {
    /// How a person writes its header; empty for the root.
    pub(super) header: &'static str,
    /// Its keys, in the order in which they are shown.
    pub(super) keys: &'static [Key],
}

/// One key.
pub(super) struct Key {
    /// As it is written.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) about: &'static str,
    /// Must its table have it?
    pub(super) required: bool,
    /// What may stand behind it.
    pub(super) shape: Shape,
}

/// What a value looks like.
pub(super) enum Shape {
    /// The version of the file.
    Version,
    /// A string that is not empty.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number(RangeInclusive<u64>),
    /// One of a few words.
    Word(fn() -> Vec<&'static str>),
    /// Several of a few words.
    Words(fn() -> Vec<&'static str>),
    /// A list of strings, which may be empty.
    List,
    /// A list of at least one string.
    SomeList,
    /// A table of the keys that are known.
    Table(&'static Table),
    /// A list of such tables.
    Tables(&'static Table),
    /// A table of keys that its author names, each with such a value.
    Named(&'static Shape),
    /// A table of the rules, each with such a value.
    Rules(&'static Shape),
}

impl Table {
    /// The names of its keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, about, required: false, shape }
}

const fn required(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, about, required: true, shape }
}

/// The words of a list of words and what they mean.
fn words<T>(known: &[(&'static str, T)]) -> Vec<&'static str> {
    known.iter().map(|(word, _)| *word).collect()
}

/// How far back a rollback commit may be looked for.
pub(super) const DISTANCES: RangeInclusive<u64> = 1..=100_000;
/// Seconds that a gate may take.
pub(super) const SECONDS: RangeInclusive<u64> = 1..=86_400;

pub(super) static ROOT: Table = Table {
    header: "",
    keys: &[
        key("version", Shape::Version, "The version of this file."),
        key("enforce", Shape::Table(&ENFORCE), "Whose commits are judged."),
        key("task", Shape::Table(&TASK), "How commits name their task."),
        key("plan", Shape::Table(&PLAN), "Where plans and records live."),
        key("rollback", Shape::Table(&ROLLBACK), "What a rollback commit looks like and may carry."),
        key("scope", Shape::Table(&SCOPE), "Paths with rules of their own."),
        key("log", Shape::Table(&LOG), "What the execution log looks like."),
        key(
            "rules",
            Shape::Rules(&Shape::Word(|| words(&LEVELS))),
            "Levels that differ from the rules' defaults.",
        ),
        key("governance", Shape::Table(&GOVERNANCE), "Which changes need documents."),
        key("regression", Shape::Table(&REGRESSION), "What is code, and what is a test."),
        key("docs-sync", Shape::Tables(&DOCS_SYNC), "Paths that change together."),
        key("gate", Shape::Tables(&GATE), "Commands that must have passed on a task's tree."),
        key(
            "overlay",
            Shape::Named(&Shape::Named(&Shape::List)),
            "Scopes for plans that cannot state them: path of a plan, then Task ID, then patterns.",
        ),
    ],
};

pub(super) static ENFORCE: Table = Table {
    header: "[enforce]",
    keys: &[
        key("branches", Shape::SomeList, "Branches whose commits are judged, as patterns."),
        key(
            "when",
            Shape::Word(|| words(&WHEN)),
            "\"always\": every commit. \"plan\": only those after a rollback commit whose plan is not finished.",
        ),
    ],
};

pub(super) static TASK: Table = Table {
    header: "[task]",
    keys: &[
        key("id", Shape::Text, "One Task ID, as a regular expression. The IDs of a plan are known besides."),
        key("carried_in", Shape::Words(|| words(&CARRIERS)), "Where a message carries the ID."),
        key("several", Shape::Flag, "May a commit name several tasks, and have the scopes of all?"),
    ],
};

pub(super) static PLAN: Table = Table {
    header: "[plan]",
    keys: &[
        key("paths", Shape::SomeList, "Where plans live, as patterns."),
        key(
            "records",
            Shape::List,
            "Where execution logs, reports and governance documents live, as patterns.",
        ),
        key(
            "trust",
            Shape::Word(|| words(&TRUST)),
            "\"rollback\": the plan in the rollback commit counts. \"base\": it must also be merged already.",
        ),
    ],
};

pub(super) static ROLLBACK: Table = Table {
    header: "[rollback]",
    keys: &[
        key("subject", Shape::Text, "The subject of a rollback commit, with <topic> once."),
        key(
            "per",
            Shape::Word(|| words(&PER)),
            "\"plan\": one rollback commit for a plan. \"task\": one directly before each task's first commit.",
        ),
        key(
            "carries",
            Shape::Word(|| words(&CARRIES)),
            "\"records\": it carries record paths only. \"anything\": it may be a snapshot of everything.",
        ),
        key("max_distance", Shape::Number(DISTANCES), "How many first-parent commits back it may lie."),
    ],
};

pub(super) static SCOPE: Table = Table {
    header: "[scope]",
    keys: &[
        key("protected", Shape::List, "Paths that no task may change, besides the policy, CI and hooks."),
        key(
            "frozen",
            Shape::List,
            "Specifications that no task may change, besides those that say EXEC-READY.",
        ),
        key(
            "companions",
            Shape::Named(&Shape::SomeList),
            "Manifest, then the lock files that are in scope with it. The usual pairs are built in.",
        ),
    ],
};

pub(super) static LOG: Table = Table {
    header: "[log]",
    keys: &[key(
        "style",
        Shape::Word(|| words(&STYLES)),
        "\"execute\": .artifacts/execute/<time>_<topic>.md. \"numbered\": .platform-mode/execution/execution001.execution.md.",
    )],
};

pub(super) static GOVERNANCE: Table = Table {
    header: "[governance]",
    keys: &[
        key("sensitive", Shape::List, "Rollout-sensitive paths, as patterns."),
        key("documents", Shape::SomeList, "Names of the documents that a change of one of these needs."),
    ],
};

pub(super) static REGRESSION: Table = Table {
    header: "[regression]",
    keys: &[
        key("tests", Shape::SomeList, "Where tests live, as patterns."),
        key("code", Shape::SomeList, "What is code, where it is no test, as patterns."),
    ],
};

pub(super) static DOCS_SYNC: Table = Table {
    header: "[[docs-sync]]",
    keys: &[
        required("when", Shape::SomeList, "A branch that changes one of these …"),
        required("then", Shape::SomeList, "… changes one of these too."),
    ],
};

pub(super) static GATE: Table = Table {
    header: "[[gate]]",
    keys: &[
        required("name", Shape::Text, "A name of its own."),
        required("run", Shape::Text, "The shell command."),
        key(
            "required",
            Shape::Flag,
            "Must it have passed? false: a failure is recorded, and refuses nothing.",
        ),
        key("paths", Shape::SomeList, "Only for tasks that change one of these."),
        key("timeout", Shape::Number(SECONDS), "Seconds after which it has failed."),
        key("phase", Shape::Word(|| words(&PHASES)), "Only for tasks of this phase type."),
    ],
};
