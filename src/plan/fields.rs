//! How the text below a task's heading is cut into labelled fields.

use super::labels::{
    Found, Label, Verb, emphasised, find_label, label_named, leaves_alone, split_colon, verb_named,
};
use super::markdown::{Block, CODE, END_CODE, Kind};
use super::scope::{cut_note, split_verb, without_parentheses};
use super::token::{bare_path, has_path};
use super::value::Value;

/// A labelled field of a task, with its values in order.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) label: Label,
    pub(super) line: usize,
    pub(super) values: Vec<Value>,
}

/// The labelled fields in the text below a task's heading.
pub(super) fn fields(blocks: &[Block]) -> Vec<Field> {
    let mut walk = Walk { fields: Vec::new(), open: None, ended: None };
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
    /// The Files field behind which nothing else has a label yet: paths that stand there alone may be meant for it.
    ended: Option<usize>,
}

#[derive(Clone)]
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
    /// Is the field made of paragraphs such as `Create:`, each with a list below?
    grouped: bool,
    group: Option<Group>,
}

/// An item or a paragraph of a Files field on which those below it depend.
#[derive(Debug, Clone)]
struct Group {
    /// In how many lists it lies.
    depth: usize,
    /// It is an item of a list.
    item: bool,
    /// `None`: it names a path itself, and what stands below it is a remark.
    verb: Option<String>,
}

impl Walk {
    fn block(&mut self, block: &Block) {
        match block.kind {
            Kind::Break => {
                if self.open.as_ref().is_some_and(|open| block.depth <= open.depth) {
                    self.end();
                }
            }
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
        self.ended = None;
        self.open =
            Some(Open { label, depth, by_heading, fresh: true, verb: None, grouped: false, group: None });
    }

    /// Ends the open field without another one.
    fn end(&mut self) {
        if self.open_label() == Some(Label::Files) {
            self.ended = self.fields.len().checked_sub(1);
        }
        self.open = None;
    }

    fn text(&mut self, block: &Block) {
        if let Some(open) = &mut self.open {
            open.fresh = false;
            let over = |g: &Group| {
                block.depth < g.depth || (block.depth == g.depth && (block.opens_item || !g.item))
            };
            open.group = open.group.take().filter(|group| !over(group));
        }
        let is_step = block.opens_item && block.ticked.is_some();
        for (n, row) in block.rows.iter().enumerate() {
            let first = n == 0;
            let nested = self.is_nested(block, is_step);
            let found = find_label(&row.text);
            let labelled = found.as_ref().is_some_and(|f| f.label != Label::Other);
            if is_step && first && !labelled {
                return self.step(block);
            }
            if first && !labelled && nested && self.in_group(block, found.as_ref()) {
                return;
            }
            match found {
                Some(f) if f.label == Label::Files && nested && self.open_label() == Some(Label::Files) => {
                    self.value(row.line, f.rest, false);
                }
                Some(f) if f.label != Label::Other => {
                    self.start(f.label, row.line, block.depth, false);
                    self.value(row.line, f.rest, true);
                }
                Some(f) if nested && first && self.opens_group(block, &f) => {}
                Some(f) if nested && verb_named(f.name).is_some() => {
                    let verb = f.name;
                    self.value(row.line, &format!("{verb}: {}", f.rest), false);
                }
                Some(f)
                    if nested
                        && first
                        && self.open_label() == Some(Label::Files)
                        && (!f.emphasised || block.opens_item) =>
                {
                    // "**Notes:** see `x`": nobody knows whether what follows are files again.
                    if f.emphasised && !f.rest.is_empty() {
                        self.doubtful(block, "stands behind a label of its own");
                        return self.end();
                    }
                    self.value(row.line, &row.text, false);
                    self.note_below(block, &row.text);
                }
                Some(f) if nested && first && !f.emphasised => self.value(row.line, &row.text, false),
                // A remark on an entry says nothing about files, nor does what follows it.
                Some(f) if nested && !first && !f.emphasised => return,
                Some(f) if !nested && first && self.goes_on_in_groups(block, &f) => {}
                Some(f) if !nested && verb_named(f.name).is_some() && self.goes_on(block, first) => {
                    self.value(row.line, &row.text, false);
                }
                Some(f) => {
                    if first && verb_named(f.name) == Some(Verb::Writes) {
                        self.apart(block, f.rest);
                    }
                    self.start(Label::Other, row.line, block.depth, false);
                }
                None if first && nested => {
                    self.value(row.line, &row.text, false);
                    self.note_below(block, &row.text);
                }
                None if first && self.is_awaited(block) => self.value(row.line, &row.text, true),
                None if first => {
                    self.end();
                    self.apart(block, &row.text);
                }
                None => self.continued(row.line, &row.text),
            }
        }
    }

    /// Does the block lie in the open field?
    fn is_nested(&self, block: &Block, is_step: bool) -> bool {
        self.open.as_ref().is_some_and(|o| block.depth > o.depth || (o.by_heading && !is_step))
    }

    /// An item with a checkbox: a list of files often runs on into the list of steps, which ends it. One that is nothing but
    /// a path may be either.
    fn step(&mut self, block: &Block) {
        let value = Value::of_rows(&block.rows, false)
            .filter(|value| self.open_label() == Some(Label::Files) && is_path_alone(&value.text));
        match (value, self.fields.last_mut()) {
            (Some(mut value), Some(field)) => {
                value.doubt = Some("stands behind a checkbox, like a step");
                field.values.push(value);
            }
            _ => self.end(),
        }
    }

    /// Takes what stands below another entry of a Files field: below `Read:` it is only read, and below an entry that names a
    /// path it is a remark, unless it is nothing but a path too.
    fn in_group(&mut self, block: &Block, found: Option<&Found<'_>>) -> bool {
        let Some(group) = self.open.as_ref().and_then(|open| open.group.clone()) else { return false };
        let Some(mut value) = Value::of_rows(&block.rows, false) else { return false };
        let own = found.is_some_and(|f| verb_named(f.name).is_some());
        match group.verb {
            _ if own => return false,
            Some(verb) => value.prefix(&format!("{verb}: ")),
            None if is_path_alone(&value.text) => return false,
            None if has_path(&value.text) => {
                value.doubt = Some("stands below another entry, like a remark on it")
            }
            None => return true,
        }
        if let Some(field) = self.fields.last_mut() {
            field.values.push(value);
        }
        self.open.iter_mut().for_each(|open| open.fresh = false);
        true
    }

    /// Is it an item or a paragraph such as `Read:`, to which all that stands below belongs?
    fn opens_group(&mut self, block: &Block, found: &Found<'_>) -> bool {
        if self.open_label() != Some(Label::Files) || !found.rest.is_empty() {
            return false;
        }
        let verb = match leaves_alone(found.name) {
            true => Some("Read".to_owned()),
            false => verb_named(found.name).map(|_| found.name.to_owned()),
        };
        let opens = verb.is_some();
        if let (Some(open), true) = (&mut self.open, opens) {
            open.group = Some(Group { depth: block.depth, item: block.opens_item, verb });
        }
        opens
    }

    /// A paragraph such as `Create:` beside the label of the field, which then consists of such paragraphs.
    fn goes_on_in_groups(&mut self, block: &Block, found: &Found<'_>) -> bool {
        let beside = self
            .open
            .as_ref()
            .is_some_and(|o| o.depth == block.depth && (o.grouped || self.is_awaited(block)));
        let goes_on = beside && !block.opens_item && self.opens_group(block, found);
        self.open.iter_mut().for_each(|open| open.grouped |= goes_on);
        goes_on
    }

    /// What stands below an entry that names a path is a remark on it.
    fn note_below(&mut self, block: &Block, text: &str) {
        if let Some(open) = &mut self.open
            && open.label == Label::Files
            && block.opens_item
            && has_path(text)
        {
            open.group = Some(Group { depth: block.depth, item: true, verb: None });
        }
    }

    /// Paths behind the end of a Files field, with nothing else around them, may be meant for it.
    fn apart(&mut self, block: &Block, text: &str) {
        let at = match self.open_label() {
            Some(Label::Files) => self.fields.len().checked_sub(1),
            Some(_) => None,
            None => self.ended,
        };
        if let Some(mut value) = Value::of_rows(&block.rows, false).filter(|_| is_path_alone(text))
            && let Some(field) = at.and_then(|at| self.fields.get_mut(at))
        {
            value.doubt = Some("stands apart from the list of files");
            field.values.push(value);
        }
    }

    /// Leaves out a block of the open field, aloud where it names a path.
    fn doubtful(&mut self, block: &Block, why: &'static str) {
        if let Some(mut value) = Value::of_rows(&block.rows, false).filter(|value| has_path(&value.text))
            && let Some(field) = self.fields.last_mut()
        {
            value.doubt = Some(why);
            field.values.push(value);
        }
    }

    fn open_label(&self) -> Option<Label> {
        self.open.as_ref().map(|o| o.label)
    }

    /// Is this paragraph the value of a label that stands alone in the paragraph before?
    fn is_awaited(&self, block: &Block) -> bool {
        let empty = self.fields.last().is_some_and(|f| f.values.is_empty());
        empty && !block.opens_item && self.open.as_ref().is_some_and(|o| o.depth == block.depth)
    }

    /// Does a line that starts with a verb, outside a list, still belong to the open label?
    fn goes_on(&self, block: &Block, first: bool) -> bool {
        let grouped = self.open.as_ref().is_some_and(|o| o.grouped && o.depth == block.depth);
        if first { self.is_awaited(block) || grouped } else { self.open.as_ref().is_some_and(|o| o.fresh) }
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
        let Some(open) = self.open.as_ref().filter(|o| o.fresh) else { return };
        let Some(field) = self.fields.last_mut() else { return };
        let Some(last) = field.values.last_mut() else {
            return self.value(line, text, true);
        };
        if field.label == Label::Files {
            match split_verb(text).0 {
                // "Read `x` first." is about something else.
                Some(Verb::Reads) => return,
                Some(Verb::Writes) if has_path(text) => {
                    let inline = last.inline;
                    return field.values.push(Value::new(line, text, inline));
                }
                _ => {}
            }
        }
        let complete = last.text.ends_with([END_CODE, ')']) && open.verb.is_none_or(|v| v == Verb::Writes);
        if complete && text.starts_with(CODE) && field.label == Label::Files {
            let inline = last.inline;
            field.values.push(Value::new(line, text, inline));
        } else {
            last.wrap(line, text);
        }
    }
}
