//! Slow and obvious readings of what guard reads quickly: scope patterns, and the task that a message names.

/// Is `path` in the scope that these patterns declare?
pub fn in_scope(patterns: &[&str], path: &[u8]) -> bool {
    let matched = |p: &str| expand(p).iter().any(|one| glob(one.as_bytes(), path));
    let excluded = patterns.iter().filter_map(|p| p.strip_prefix('!')).any(matched);
    !excluded && patterns.iter().filter(|p| !p.starts_with('!')).any(|p| matched(p))
}

/// The innermost braces first, until there are none left that alternate.
fn expand(pattern: &str) -> Vec<String> {
    let pattern = pattern.trim_start_matches("./");
    for (close, _) in pattern.match_indices('}') {
        let Some(open) = pattern[..close].rfind('{') else { continue };
        let (head, tail) = (&pattern[..open], &pattern[close + 1..]);
        let branches: Vec<&str> = pattern[open + 1..close].split(',').collect();
        if branches.len() > 1 {
            return branches.iter().flat_map(|b| expand(&format!("{head}{b}{tail}"))).collect();
        }
    }
    vec![pattern.to_owned()]
}

/// Tries every length for every star.
fn glob(pattern: &[u8], path: &[u8]) -> bool {
    if let Some(folder) = pattern.strip_suffix(b"/") {
        return (1..path.len()).any(|n| path[n] == b'/' && n + 1 < path.len() && glob(folder, &path[..n]));
    }
    piece(pattern, path, true)
}

/// `fresh`: at the start of a component of the pattern.
fn piece(pattern: &[u8], path: &[u8], fresh: bool) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', b'/', rest @ ..] if fresh => {
            piece(rest, path, true)
                || (0..path.len()).any(|n| path[n] == b'/' && piece(rest, &path[n + 1..], true))
        }
        [b'*', b'*'] if fresh => !path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|n| piece(rest, &path[n..], false)),
        [b'*', rest @ ..] => (0..=path.len())
            .take_while(|n| *n == 0 || path[n - 1] != b'/')
            .any(|n| piece(rest, &path[n..], false)),
        [b'?', rest @ ..] => path.first().is_some_and(|b| *b != b'/') && piece(rest, &path[1..], false),
        [byte, rest @ ..] => path.first() == Some(byte) && piece(rest, &path[1..], *byte == b'/'),
    }
}

/// Where the policy lets a message carry its ID.
#[derive(Debug, Clone, Copy)]
pub struct Carrying {
    pub subject: bool,
    pub scope: bool,
    pub trailer: bool,
    pub several: bool,
}

/// What guard does without a policy.
pub const SUBJECT: Carrying = Carrying { subject: true, scope: false, trailer: false, several: false };

/// The tasks that a message names, in no order; `None`: none, or not as the policy wants it.
pub fn named(message: &str, carrying: Carrying, ids: &[&str]) -> Option<Vec<String>> {
    let mut subject = message.split('\n').next().unwrap_or_default();
    while let Some(rest) =
        ["fixup! ", "squash! ", "amend! "].iter().find_map(|prefix| subject.strip_prefix(prefix))
    {
        subject = rest;
    }
    let mut places: Vec<Option<String>> = Vec::new();
    if carrying.subject {
        places.push(before_colon(subject, "").map(str::to_owned));
    }
    if carrying.scope
        && let Some(spelled) = before_colon(subject, "!").and_then(|head| head.strip_suffix(')'))
        && let Some((kind, spelled)) = spelled.split_once('(')
        && !kind.is_empty()
        && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    {
        places.push(Some(spelled.to_owned()));
    }
    if carrying.trailer && !blank(subject) {
        let trailers = trailers(message);
        // Nothing but IDs belongs there: a message with another one contradicts itself.
        if trailers.iter().any(|spelled| all(spelled, ids).is_none()) {
            return None;
        }
        places.extend(trailers.into_iter().map(Some));
    }
    let mut found: Vec<String> = Vec::new();
    for spelled in places.into_iter().flatten() {
        let Some((ids, list)) = all(&spelled, ids) else { continue };
        if list && !carrying.several {
            return None;
        }
        found.extend(ids);
    }
    found.sort();
    found.dedup();
    (found.len() == 1 || (carrying.several && !found.is_empty())).then_some(found)
}

fn blank(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_whitespace())
}

/// What stands before the first colon, if a space and a summary follow it.
fn before_colon<'t>(subject: &'t str, mark: &str) -> Option<&'t str> {
    let (head, summary) = subject.split_once(':')?;
    let head = head.strip_suffix(mark).unwrap_or(head);
    (summary.starts_with(' ') && !blank(summary)).then_some(head)
}

/// The values of all `Task:` in the last paragraph that is no comment, as git reads it: not the first one, above a line
/// `---`, and nothing but trailers, or a quarter of it beside a line of git's own.
fn trailers(message: &str) -> Vec<String> {
    let space = |c: char| " \t\n\r".contains(c);
    let message = message.split('\0').next().unwrap();
    let mut lines: Vec<&str> = message.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    let ended = message.ends_with('\n');
    let divider = |n: usize, line: &str| {
        line.strip_prefix("---").is_some_and(|rest| {
            rest.starts_with(space) || (rest.is_empty() && (ended || n + 1 < lines.len()))
        })
    };
    let cut = lines.iter().enumerate().position(|(n, line)| divider(n, line)).unwrap_or(lines.len());
    lines.truncate(cut);
    let scissors = "# ------------------------ >8 ------------------------";
    let whole = |n: usize| ended || cut > n + 1 || cut < message.split('\n').count();
    if let Some(at) = lines.iter().enumerate().position(|(n, line)| *line == scissors && whole(n)) {
        lines.truncate(at);
    }
    while lines.last().is_some_and(|line| line.starts_with('#') || line.is_empty()) {
        lines.pop();
    }
    let blank = |line: &&str| line.chars().all(space);
    let Some(title) = lines.iter().position(|line| !line.starts_with('#') && blank(line)) else {
        return Vec::new();
    };
    while lines.len() > title && lines.last().is_some_and(blank) {
        lines.pop();
    }
    let Some(start) = lines.iter().rposition(|line| !line.starts_with('#') && blank(line)) else {
        return Vec::new();
    };
    let key = |line: &str| {
        let (key, value) = line.split_once(':')?;
        let key = key.trim_end_matches([' ', '\t']);
        let word = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        word.then(|| (key.to_owned(), value.to_owned()))
    };
    let of_git =
        |line: &str| line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit ");
    let (mut good, mut bad, mut generated, mut belongs) = (0, 0, false, None);
    for line in &lines[start + 1..] {
        if line.starts_with('#') {
            belongs = Some(false);
        } else if line.starts_with(space) {
            bad += usize::from(belongs != Some(true));
        } else if of_git(line) || key(line).is_some() {
            (good, generated, belongs) = (good + 1, generated || of_git(line), Some(true));
        } else {
            (bad, belongs) = (bad + 1, Some(false));
        }
    }
    if good == 0 || (bad > 0 && !(generated && good * 3 >= bad)) {
        return Vec::new();
    }
    let mut found: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in &lines[start + 1..] {
        if open && line.starts_with(space) {
            found.last_mut().unwrap().1 += &format!("\n{}", line.trim_start_matches(space));
            continue;
        }
        let this = key(line).filter(|_| !line.starts_with('#'));
        open = this.is_some();
        found.extend(this);
    }
    let tasks = found.into_iter().filter(|(key, _)| key.eq_ignore_ascii_case("task"));
    tasks.map(|(_, value)| value.trim_matches(space).replace('\n', " ")).collect()
}

/// An ID, or (`true`) a list, or a range in the order of the plan.
fn all(spelled: &str, ids: &[&str]) -> Option<(Vec<String>, bool)> {
    if let Some(id) = one(spelled, ids) {
        return Some((vec![id.to_owned()], false));
    }
    if spelled.trim() != spelled {
        return None;
    }
    let mut found = Vec::new();
    for part in spelled.split(',').map(str::trim) {
        if let Some(id) = one(part, ids) {
            found.push(id.to_owned());
            continue;
        }
        let at = |text: &str| one(text.trim(), ids).and_then(|id| ids.iter().position(|i| *i == id));
        let ends = part.match_indices('-').find_map(|(dash, _)| {
            let (first, last) = (at(&part[..dash])?, at(&part[dash + 1..])?);
            (first <= last).then_some((first, last))
        });
        let (first, last) = ends?;
        found.extend(ids[first..=last].iter().map(|id| (*id).to_owned()));
    }
    Some((found, true))
}

fn one<'i>(spelled: &str, ids: &[&'i str]) -> Option<&'i str> {
    let exact = |text: &str| ids.iter().copied().find(|id| *id == text);
    let number =
        |prefix: &str| exact(spelled.strip_prefix(prefix)?).filter(|id| id.as_bytes()[0].is_ascii_digit());
    exact(spelled).or_else(|| number("Task ")).or_else(|| number("T"))
}
