//! The words of Markdown plans: labels such as `Files:`, verbs such as `Modify:`, and remarks such as "(read only)".

use super::markdown::CODE;
use super::token::is_surely_path;

/// What a field of a task says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Files,
    Dependencies,
    Milestone,
    Acceptance,
    Summary,
    ParallelSafe,
    /// Something guard does not read; it ends the field before it.
    Other,
}

/// What an entry's verb says about its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Writes,
    Reads,
    /// It is not known whether the paths are written.
    Unknown,
}

/// A label that consists of these words, one of them `file` or `files`, lists the files that a task writes.
/// Words such as "read" or "reference" are missing on purpose.
#[rustfmt::skip]
const FILE_LABEL_WORDS: &[&str] = &[
    "file", "files", "interfaces", "modules", "module", "touched", "to", "touch", "delete", "create", "modify",
    "change", "edit", "update", "add", "remove", "changed", "modified", "affected", "created", "deleted", "updated",
    "target", "allowed", "owned", "new", "and", "or", "the", "in", "scope", "involved", "test", "tests", "paths",
    "path", "folders", "directories",
];

#[rustfmt::skip]
const LABELS: &[(Label, &[&str])] = &[
    (Label::Files, &["ファイル", "変更ファイル", "対象ファイル", "作成ファイル"]),
    (Label::Dependencies, &[
        "dependencies", "dependency", "depends on", "depends", "deps", "blocked by", "prerequisites",
        "task dependencies", "依存", "依存関係", "前提タスク",
    ]),
    (Label::Milestone, &["milestone", "target milestone", "マイルストーン"]),
    (Label::Acceptance, &[
        "acceptance test", "acceptance tests", "acceptance", "acceptance criteria", "done when",
        "definition of done", "受け入れテスト", "受け入れ条件",
    ]),
    (Label::Summary, &["summary", "description", "objective", "概要"]),
    (Label::ParallelSafe, &["parallel", "parallel safe", "parallel-safe", "parallel_safe"]),
];

#[rustfmt::skip]
const WRITING: &[&str] = &[
    "create", "creates", "created", "modify", "modifies", "modified", "test", "tests", "delete", "deletes", "deleted",
    "add", "adds", "added", "edit", "edits", "edited", "update", "updates", "updated", "change", "changes", "changed",
    "remove", "removes", "removed", "rename", "renamed", "move", "moved", "replace", "replaced", "new", "rewrite",
    "extend", "touch", "write", "refactor", "annotate", "regenerate", "generate", "変更", "作成", "新規", "新規作成",
    "追加", "削除", "修正", "編集", "テスト", "更新",
];

#[rustfmt::skip]
const READING: &[&str] = &[
    "read", "reads", "inspect", "run", "runs", "verify", "verifies", "keep", "keeps", "reference", "references", "refer",
    "see", "review", "check", "consult", "reuse", "uses", "use", "import", "imports", "follow", "ignore", "exclude",
    "skip", "leave", "unchanged", "look", "compare", "参照", "確認", "実行",
];

/// Words that may stand beside a verb without changing what it says.
const BESIDE_VERBS: &[&str] = &[
    "and",
    "or",
    "possibly",
    "maybe",
    "optionally",
    "may",
    "might",
    "also",
    "then",
    "file",
    "files",
    "directory",
    "folder",
    "only",
    "if",
    "needed",
    "at",
];

/// The name in lower case, without parentheses and doubled spaces.
pub(super) fn bare_name(name: &str) -> String {
    let mut depth = 0usize;
    let mut kept = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Remarks that say that files are only looked at. As whole remarks: "do not modify the public API" is about something else.
#[rustfmt::skip]
const LEFT_ALONE: &[&str] = &[
    "do not modify", "do not touch", "do not change", "do not edit", "don't modify", "don't touch", "don't change",
    "don't edit", "not modified", "not touched", "not changed", "no change", "no changes", "unchanged", "untouched",
    "reference", "context", "read",
];
/// The same, whatever else the remark says.
#[rustfmt::skip]
const ONLY_READ: &[&str] = &[
    "read only", "readonly", "reference only", "for reference", "context only", "for context", "out of scope",
    "not be modified", "not be changed", "not be touched", "not be edited", "must not change", "should not change",
    "not modified", "not touched", "no change needed", "no changes needed", "no changes required", "leave unchanged",
    "left unchanged", "leave as is", "left as is", "leave alone", "stays unchanged", "remains unchanged", "stays as it is",
    "do not modify anything", "do not change anything", "do not touch anything", "do not modify context",
];

/// Does a remark, in parentheses or behind a dash, say that the files stay as they are?
pub(super) fn leaves_alone(remark: &str) -> bool {
    // Every entry is asked, and most have no remark.
    if !remark.contains(char::is_alphabetic) {
        return false;
    }
    let kept = remark.chars().map(|c| match c {
        '’' => '\'',
        c if c.is_alphanumeric() || c == '\'' => c,
        _ => ' ',
    });
    let words = kept.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let stands_in = |said: &str| {
        words.match_indices(said).any(|(at, _)| {
            let before = words.get(..at).is_some_and(|head| head.is_empty() || head.ends_with(' '));
            before
                && words.get(at + said.len()..).is_some_and(|tail| tail.is_empty() || tail.starts_with(' '))
        })
    };
    LEFT_ALONE.contains(&words.as_str()) || ONLY_READ.iter().any(|said| stands_in(said))
}

/// Does a label or the heading of a column say in parentheses that its files stay as they are?
pub(super) fn is_of_the_untouched(name: &str) -> bool {
    name.split(['(', '（']).skip(1).filter_map(|part| part.split([')', '）']).next()).any(leaves_alone)
}

/// The label called `name`; [`Label::Other`] when it is none that guard reads.
pub(super) fn label_named(name: &str) -> Label {
    if is_of_the_untouched(name) {
        return Label::Other;
    }
    let name = bare_name(name);
    if let Some((label, _)) = LABELS.iter().find(|(_, names)| names.contains(&name.as_str())) {
        return *label;
    }
    let mut words = name.split([' ', '/', '-', '&', '+', '_', ',']).filter(|w| !w.is_empty()).peekable();
    let lists_files = words.clone().any(|w| w == "file" || w == "files");
    if lists_files && words.all(|w| FILE_LABEL_WORDS.contains(&w)) { Label::Files } else { Label::Other }
}

/// What the words in front of a colon say about the paths behind it; `None` when they are no verb.
pub(super) fn verb_named(phrase: &str) -> Option<Verb> {
    let phrase = bare_name(phrase);
    let (mut writes, mut reads) = (false, false);
    for word in phrase.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        match word {
            w if WRITING.contains(&w) => writes = true,
            w if READING.contains(&w) => reads = true,
            w if BESIDE_VERBS.contains(&w) => {}
            _ => return None,
        }
    }
    match (writes, reads) {
        (true, _) => Some(Verb::Writes),
        (false, true) => Some(Verb::Reads),
        (false, false) => None,
    }
}

/// A label at the start of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'r> {
    pub(super) label: Label,
    pub(super) name: &'r str,
    pub(super) rest: &'r str,
    pub(super) emphasised: bool,
}

/// Splits emphasised text from the start of a row: the text, and what follows it.
pub(super) fn emphasised(row: &str) -> Option<(&str, &str)> {
    let marker = ["**", "__", "*", "_"].into_iter().find(|m| row.starts_with(m))?;
    let (inner, after) = row.get(marker.len()..)?.split_once(marker)?;
    (!inner.trim().is_empty()).then_some((inner.trim(), after))
}

/// Splits at the first colon that no code stands before; the colon must end a word.
pub(super) fn split_colon(text: &str) -> Option<(&str, &str)> {
    let before_code = text.split(CODE).next().unwrap_or_default();
    let at = before_code.find([':', '：'])?;
    let (name, rest) = text.split_at(at);
    let mut rest = rest.chars();
    let wide = rest.next() == Some('：');
    let rest = rest.as_str();
    (wide || rest.is_empty() || rest.starts_with([' ', '\t', '*', '_', CODE]))
        .then_some((name.trim(), rest.trim()))
}

pub(super) fn find_label(row: &str) -> Option<Found<'_>> {
    let found = |name: &'_ str| label_named(name);
    if let Some((inner, after)) = emphasised(row) {
        if inner.contains(CODE) || inner.split_whitespace().all(is_surely_path) {
            return None;
        }
        let after = after.trim();
        let colon = after.strip_prefix([':', '：']);
        if let Some((name, value)) = split_colon(inner) {
            let rest = if value.is_empty() { after } else { value };
            return Some(Found { label: found(name), name, rest, emphasised: true });
        }
        let rest = colon.or(after.is_empty().then_some(after))?.trim();
        return Some(Found { label: found(inner), name: inner, rest, emphasised: true });
    }
    let (name, rest) = split_colon(row)?;
    let words = name.split_whitespace().count();
    let wordy = name.chars().all(|c| c.is_alphanumeric() || " /-&_()（）,+".contains(c));
    if !(1..=6).contains(&words) || !wordy {
        return None;
    }
    Some(Found { label: found(name), name, rest, emphasised: false })
}
