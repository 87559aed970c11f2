//! The words of Markdown plans: labels such as `Files:` and verbs such as `Modify:`, and how the text below a
//! task's heading is cut into labelled fields.

use super::markdown::{Block, CODE, END_CODE, Kind};
use super::scope::{cut_note, split_verb, without_parentheses};
use super::token::bare_path;
use super::value::Value;

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

/// A labelled field of a task, with its values in order.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) label: Label,
    pub(super) line: usize,
    pub(super) values: Vec<Value>,
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
    "skip", "leave", "unchanged", "参照", "確認", "実行",
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
const ONLY_READ: &[&str] =
    &["read only", "readonly", "reference only", "for reference", "context only", "for context"];

/// Does a remark, in parentheses or behind a dash, say that the files stay as they are?
pub(super) fn leaves_alone(remark: &str) -> bool {
    let kept = remark.chars().map(|c| match c {
        '’' => '\'',
        c if c.is_alphanumeric() || c == '\'' => c,
        _ => ' ',
    });
    let words = kept.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let padded = format!(" {words} ");
    LEFT_ALONE.contains(&words.as_str()) || ONLY_READ.iter().any(|said| padded.contains(&format!(" {said} ")))
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
struct Found<'r> {
    label: Label,
    name: &'r str,
    rest: &'r str,
    emphasised: bool,
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

fn find_label(row: &str) -> Option<Found<'_>> {
    let found = |name: &'_ str| label_named(name);
    if let Some((inner, after)) = emphasised(row) {
        if inner.contains(CODE) {
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

/// The labelled fields in the text below a task's heading.
pub(super) fn fields(blocks: &[Block]) -> Vec<Field> {
    let mut walk = Walk { fields: Vec::new(), open: None };
    for block in blocks {
        walk.block(block);
    }
    walk.fields
}

/// Is an item nothing but paths, a verb that writes in front of them and a remark behind them left aside?
fn is_path_alone(text: &str) -> bool {
    let (main, _) = without_parentheses(text);
    let (_, rest) = split_verb(main.trim());
    let (target, _) = cut_note(rest);
    let span = target.strip_prefix(CODE).and_then(|t| t.strip_suffix(END_CODE));
    bare_path(target).is_some() || span.is_some_and(|code| !code.contains(CODE) && bare_path(code).is_some())
}

struct Walk {
    fields: Vec<Field>,
    /// Where the last of `fields` goes on; `None`: it has ended.
    open: Option<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    label: Label,
    /// In how many lists the label itself lies; deeper items are its values.
    depth: usize,
    /// Under a heading everything up to the next one belongs to it.
    by_heading: bool,
    /// Has this block of text already given it a value?
    fresh: bool,
    /// What the verb of the last value says.
    verb: Option<Verb>,
}

impl Walk {
    fn block(&mut self, block: &Block) {
        match block.kind {
            Kind::Break => self.open = self.open.filter(|open| block.depth > open.depth),
            Kind::Heading(_) => {
                let Some(row) = block.rows.first() else { return };
                let name = emphasised(&row.text).map_or(row.text.as_str(), |(inner, _)| inner);
                let name = name.trim_end_matches([':', '：']);
                self.start(label_named(name), row.line, 0, true);
            }
            Kind::Text => self.text(block),
        }
    }

    fn start(&mut self, label: Label, line: usize, depth: usize, by_heading: bool) {
        self.fields.push(Field { label, line, values: Vec::new() });
        self.open = Some(Open { label, depth, by_heading, fresh: true, verb: None });
    }

    fn text(&mut self, block: &Block) {
        if let Some(open) = &mut self.open {
            open.fresh = false;
        }
        let is_step = block.opens_item && block.ticked.is_some();
        for (n, row) in block.rows.iter().enumerate() {
            let first = n == 0;
            let nested = self.open.is_some_and(|o| block.depth > o.depth || (o.by_heading && !is_step));
            let found = find_label(&row.text);
            if is_step && first && found.as_ref().is_none_or(|f| f.label == Label::Other) {
                return self.step(block);
            }
            match found {
                Some(f) if f.label == Label::Files && nested && self.open_label() == Some(Label::Files) => {
                    self.value(row.line, f.rest, false);
                }
                Some(f) if f.label != Label::Other => {
                    self.start(f.label, row.line, block.depth, false);
                    self.value(row.line, f.rest, true);
                }
                Some(f) if nested && verb_named(f.name).is_some() => {
                    let verb = f.name;
                    self.value(row.line, &format!("{verb}: {}", f.rest), false);
                }
                Some(f) if nested && first && !f.emphasised => self.value(row.line, &row.text, false),
                // A remark on an entry says nothing about files, nor does what follows it.
                Some(f) if nested && !first && !f.emphasised => return,
                Some(f) if !nested && verb_named(f.name).is_some() && self.goes_on(block, first) => {
                    self.value(row.line, &row.text, false);
                }
                Some(_) => self.start(Label::Other, row.line, block.depth, false),
                None if first && nested => self.value(row.line, &row.text, false),
                None if first && self.is_awaited(block) => self.value(row.line, &row.text, true),
                None if first => self.open = None,
                None => self.continued(row.line, &row.text),
            }
        }
    }

    /// An item with a checkbox: a list of files often runs on into the list of steps, which ends it. One that is nothing but
    /// a path may be either.
    fn step(&mut self, block: &Block) {
        let value = Value::of_rows(&block.rows, false)
            .filter(|value| self.open_label() == Some(Label::Files) && is_path_alone(&value.text));
        match (value, self.fields.last_mut()) {
            (Some(mut value), Some(field)) => {
                value.boxed = true;
                field.values.push(value);
            }
            _ => self.open = None,
        }
    }

    fn open_label(&self) -> Option<Label> {
        self.open.map(|o| o.label)
    }

    /// Is this paragraph the value of a label that stands alone in the paragraph before?
    fn is_awaited(&self, block: &Block) -> bool {
        let empty = self.fields.last().is_some_and(|f| f.values.is_empty());
        empty && !block.opens_item && self.open.is_some_and(|o| o.depth == block.depth)
    }

    /// Does a line that starts with a verb, outside a list, still belong to the open label?
    fn goes_on(&self, block: &Block, first: bool) -> bool {
        if first { self.is_awaited(block) } else { self.open.is_some_and(|o| o.fresh) }
    }

    fn value(&mut self, line: usize, text: &str, inline: bool) {
        let Some(open) = &mut self.open else { return };
        open.fresh = true;
        open.verb = split_colon(text).and_then(|(name, _)| verb_named(name));
        if let Some(field) = self.fields.last_mut()
            && !text.is_empty()
        {
            field.values.push(Value::new(line, text, inline));
        }
    }

    /// A further line of the block: a wrapped value, or the next one where it plainly starts anew.
    fn continued(&mut self, line: usize, text: &str) {
        let Some(open) = self.open.filter(|o| o.fresh) else { return };
        let Some(field) = self.fields.last_mut() else { return };
        let Some(last) = field.values.last_mut() else {
            return self.value(line, text, true);
        };
        let complete = last.text.ends_with([END_CODE, ')']) && open.verb.is_none_or(|v| v == Verb::Writes);
        if complete && text.starts_with(CODE) && field.label == Label::Files {
            let inline = last.inline;
            field.values.push(Value::new(line, text, inline));
        } else {
            last.wrap(line, text);
        }
    }
}
