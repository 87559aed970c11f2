//! The `<task>` elements of a GSD plan.
//!
//! They are no HTML that a Markdown parser would see as such: a `<task>` holds blank lines, lists and code. So this is a
//! scan of its own, line by line, which knows fences and comments. An element starts a line and what it holds is not
//! looked into; where it is not certain which of two readings is meant, the plan is refused.

use crate::plan::Problem;

/// One `<task>`.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// From 1, in the document.
    pub(super) line: usize,
    /// The value of `type`.
    pub(super) kind: String,
    /// What it holds of that which guard reads.
    pub(super) children: Vec<Child>,
}

/// An element inside of a `<task>`.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: String,
    pub(super) line: usize,
    /// Its lines with their numbers, trimmed, without blank ones.
    pub(super) text: Vec<(usize, String)>,
}

/// More tasks than any plan has.
const MOST_TASKS: usize = 10_000;
/// The children that are kept.
const READ: &[&str] = &["name", "files", "done"];

/// The elements in lines that carry their numbers, up to the first that cannot be understood.
pub(super) fn elements<'l>(lines: impl Iterator<Item = (usize, &'l str)>) -> (Vec<Element>, Option<Problem>) {
    let mut scan = Scan { done: Vec::new(), task: None, child: None, hidden: None };
    for (number, line) in lines {
        if let Err(problem) = scan.line(number, line.trim()) {
            return (scan.done, Some(problem));
        }
    }
    let open = scan.child.map(|child| (child.name, child.line));
    let open = open.or_else(|| scan.task.map(|task| ("task".to_owned(), task.line)));
    (scan.done, open.map(|(name, line)| unclosed(&name, line)))
}

struct Scan {
    done: Vec<Element>,
    task: Option<Element>,
    child: Option<Child>,
    hidden: Option<Hidden>,
}

/// What text stands in that is none of the plan's.
enum Hidden {
    Comment,
    /// Code, between fences of at least so many of these.
    Code(char, usize),
}

type Step = Result<(), Problem>;

impl Scan {
    fn line(&mut self, number: usize, line: &str) -> Step {
        match &self.hidden {
            Some(Hidden::Comment) => {
                let Some((_, rest)) = line.split_once("-->") else { return Ok(()) };
                self.hidden = None;
                return self.markup(number, rest);
            }
            Some(Hidden::Code(mark, least)) => {
                if fence(line).is_some_and(|(m, n, info)| m == *mark && n >= *least && info.is_empty()) {
                    self.hidden = None;
                }
                return Ok(());
            }
            None => {}
        }
        let listed = self.child.as_ref().is_some_and(|child| READ.contains(&child.name.as_str()));
        if let Some((mark, count, _)) = fence(line).filter(|_| !listed) {
            self.hidden = Some(Hidden::Code(mark, count));
            return Ok(());
        }
        self.markup(number, line)
    }

    /// A line, or what is left of it.
    fn markup(&mut self, number: usize, line: &str) -> Step {
        let mut rest = line.trim();
        while !rest.is_empty() {
            rest = if self.child.is_some() {
                self.in_child(number, rest)?
            } else if let Some(comment) = rest.strip_prefix("<!--") {
                match comment.split_once("-->") {
                    Some((_, rest)) => rest.trim_start(),
                    None => {
                        self.hidden = Some(Hidden::Comment);
                        ""
                    }
                }
            } else if self.task.is_some() {
                self.in_task(number, rest)?
            } else {
                self.outside(number, rest)?
            };
        }
        Ok(())
    }

    fn outside<'l>(&mut self, number: usize, rest: &'l str) -> Result<&'l str, Problem> {
        if let Some(("tasks", inner)) = opening(rest) {
            return Ok(inner.split_once('>').map_or("", |(_, after)| after.trim_start()));
        }
        if rest.starts_with("</task>") {
            let problem = Problem::deny(number, "`</task>` closes nothing");
            return Err(problem.help("open each task with a line that starts with <task"));
        }
        if let Some((name, _)) = opening(rest)
            && name != "task"
            && name.eq_ignore_ascii_case("task")
        {
            let problem = Problem::deny(number, format!("<{name}> is no <task>, so it is not read"));
            return Err(problem.help("<task type=\"auto\">    in lower case, and </task> behind it"));
        }
        let Some(("task", inner)) = opening(rest) else { return Ok("") };
        if self.done.len() >= MOST_TASKS {
            return Err(
                Problem::deny(number, format!("over {MOST_TASKS} tasks are no plan")).help("split it")
            );
        }
        let Some((attributes, after)) = inner.split_once('>') else { return Err(unfinished("task", number)) };
        let task = Element { line: number, kind: kind(attributes), children: Vec::new() };
        match attributes.trim_end().ends_with('/') {
            true => self.done.push(task),
            false => self.task = Some(task),
        }
        Ok(after.trim_start())
    }

    fn in_task<'l>(&mut self, number: usize, rest: &'l str) -> Result<&'l str, Problem> {
        if let Some(after) = rest.strip_prefix("</task>") {
            self.done.extend(self.task.take());
            return Ok(after.trim_start());
        }
        let open = self.task.as_ref().map_or(number, |task| task.line);
        if rest.starts_with("</tasks>") {
            return Err(unclosed("task", open));
        }
        if rest.starts_with("</") {
            let shown: String = rest.chars().take_while(|c| *c != '>').take(40).collect();
            let problem =
                Problem::deny(number, format!("`{shown}>` closes nothing in the <task> of line {open}"));
            return Err(problem.help("open and close each element once; put examples between code fences"));
        }
        match opening(rest) {
            Some(("task", _)) => Err(unclosed("task", open)),
            Some((name, inner)) => {
                let Some((attributes, after)) = inner.split_once('>') else {
                    return Err(unfinished(name, number));
                };
                if attributes.trim_end().ends_with('/') {
                    return Ok(after.trim_start());
                }
                self.child = Some(Child { name: name.to_owned(), line: number, text: Vec::new() });
                Ok(after.trim_start())
            }
            // Prose.
            None => Ok(""),
        }
    }

    fn in_child<'l>(&mut self, number: usize, rest: &'l str) -> Result<&'l str, Problem> {
        let Some(child) = &mut self.child else { return Ok(rest) };
        let end = format!("</{}>", child.name);
        let (text, after) = rest.split_once(&end).map_or((rest, None), |(text, after)| (text, Some(after)));
        let text = text.trim();
        if text.starts_with("</task>") || opening(text).is_some_and(|(name, _)| name == "task") {
            return Err(unclosed(&child.name, child.line));
        }
        let kept = READ.contains(&child.name.as_str());
        if kept && !text.is_empty() {
            child.text.push((number, text.to_owned()));
        }
        let Some(after) = after else { return Ok("") };
        let child = self.child.take().filter(|_| kept);
        if let Some(task) = &mut self.task {
            task.children.extend(child);
        }
        Ok(after.trim_start())
    }
}

/// The name of the element that starts here, and what follows the name.
fn opening(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))?;
    let (name, rest) = inner.split_at(end);
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (named && rest.starts_with([' ', '\t', '>', '/'])).then_some((name, rest))
}

/// The value of the attribute `type`.
fn kind(attributes: &str) -> String {
    let value = attributes.split_once("type=").map(|(_, value)| value.trim_start_matches(['"', '\'']));
    value.and_then(|v| v.split(['"', '\'', ' ', '>']).next()).unwrap_or_default().to_owned()
}

/// The mark, length and info string of a code fence.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let mark = line.chars().next().filter(|c| ['`', '~'].contains(c))?;
    let info = line.trim_start_matches(mark);
    let count = line.len() - info.len();
    (count >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, count, info.trim()))
}

fn unclosed(name: &str, line: usize) -> Problem {
    let problem = Problem::deny(line, format!("<{name}> is never closed; what follows cannot be read"));
    problem.help(format!("</{name}>")).help("close code fences inside of it too")
}

fn unfinished(name: &str, line: usize) -> Problem {
    Problem::deny(line, format!("the tag <{name} does not end on its line")).help("write the tag on one line")
}
