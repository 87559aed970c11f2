//! Topics: the name in the subject of a rollback commit, and the plans that it may mean.

/// Words at the end of a file name that say only what kind of document it is.
const KIND_WORDS: &[&str] = &["plan", "execplan"];
/// File names that say nothing about the topic; the folder does.
const GENERIC_STEMS: &[&str] = &["plan", "tasks", "readme"];

/// The form in which topics are compared: lower case, runs of spaces, `-` and `_` as one `-`, leading date stamps
/// such as `2026-03-31_02-07-04_` or `20260107` dropped. Empty for what can be no topic (a path, control
/// characters): the empty form names no plan.
pub fn normalise_topic(topic: &str) -> String {
    if topic.contains(['/', '\\']) || topic.chars().any(char::is_control) {
        return String::new();
    }
    let lower = topic.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || c == '-' || c == '_').filter(|w| !w.is_empty()).collect();
    let rest = words.get(stamp_words(&words)..).unwrap_or_default();
    if rest.is_empty() { words.join("-") } else { rest.join("-") }
}

/// How many of the leading words are a date, and perhaps a time.
fn stamp_words(words: &[&str]) -> usize {
    let number = |at: usize, digits: usize, max: u32| {
        words.get(at).is_some_and(|w| {
            w.len() == digits
                && w.bytes().all(|b| b.is_ascii_digit())
                && w.parse::<u32>().is_ok_and(|n| n <= max)
        })
    };
    let days = if number(0, 4, 9999) && number(1, 2, 12) && number(2, 2, 31) {
        3
    } else if words.first().is_some_and(|w| is_compact_stamp(w)) {
        1
    } else {
        return 0;
    };
    if number(days, 2, 23) && number(days + 1, 2, 59) {
        return days + 2 + usize::from(number(days + 2, 2, 59));
    }
    days + usize::from(number(days, 6, 235_959) || number(days, 4, 2359))
}

/// `20260107`, also with `t020704` glued to it.
fn is_compact_stamp(word: &str) -> bool {
    let (date, time) = word.split_once('t').unwrap_or((word, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let part = |from: usize, to: usize| date.get(from..to).and_then(|p| p.parse::<u32>().ok()).unwrap_or(99);
    date.len() == 8
        && digits(date)
        && (1..=12).contains(&part(4, 6))
        && (1..=31).contains(&part(6, 8))
        && digits(time.trim_end_matches('z'))
        && time.len() <= 7
}

/// Every topic, normalised, that names the plan at `path`: what it declares itself, its file name, the file name
/// without a trailing "plan", and for names such as `PLAN.md` or `tasks.md` the folder. No doubles, none empty.
pub fn topics_of(path: &str, declared: Option<&str>) -> Vec<String> {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem });
    let mut topics = Vec::new();
    let mut add = |topic: String| {
        if !topic.is_empty() && !topics.contains(&topic) {
            topics.push(topic);
        }
    };
    let mut names: Vec<&str> = declared.into_iter().collect();
    names.push(stem);
    if GENERIC_STEMS.contains(&stem.to_lowercase().as_str()) {
        names.extend(folders.rsplit('/').next());
    }
    for name in names {
        let topic = normalise_topic(name);
        let shorter =
            KIND_WORDS.iter().find_map(|word| topic.strip_suffix(word)?.strip_suffix('-')).map(str::to_owned);
        add(topic);
        shorter.map(&mut add);
    }
    topics
}

/// Does `asked`, as a rollback commit names it, mean the plan at `path` that declares the topic `declared`?
pub fn names_topic(path: &str, declared: Option<&str>, asked: &str) -> bool {
    let asked = normalise_topic(asked);
    !asked.is_empty() && topics_of(path, declared).contains(&asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_control_characters_name_nothing() {
        for topic in ["", " ", "plans/a", "a\nb", "a\u{1b}[2Jb", "..\\a", "--"] {
            assert_eq!(normalise_topic(topic), "", "{topic:?}");
            assert!(!names_topic("plans/a.md", Some(topic), topic), "{topic:?}");
        }
        assert!(!names_topic("plans/a.md", Some("x/y"), "x/y"));
        assert!(!names_topic("plans/token-auth.md", None, "token"));
    }

    #[test]
    fn topics_are_compared_without_case_stamps_and_spacing() {
        #[rustfmt::skip]
        let cases = [
            ("2026-03-31_02-07-04_Rust Rewrite--parity_plan", "rust-rewrite-parity-plan"), ("2026-07-16-x", "x"),
            ("20260107 x", "x"), ("20260107_0830_x", "x"), ("2026-01-07_083000_x", "x"), ("20260107T083000Z-x", "x"),
            ("2026-13-01-x", "2026-13-01-x"), ("2026-07-16", "2026-07-16"), ("12345678-x", "12345678-x"),
            ("v2 api", "v2-api"), ("ÄÖ_x", "äö-x"), ("2026", "2026"), ("20260107t-x", "x"),
        ];
        for (topic, normal) in cases {
            assert_eq!(normalise_topic(topic), normal, "{topic}");
            assert_eq!(normalise_topic(normal), normal);
        }
    }

    #[test]
    fn a_plan_is_known_by_its_names() {
        assert_eq!(topics_of("plans/2026-07-16-Token_Auth-plan.md", None), ["token-auth-plan", "token-auth"]);
        assert_eq!(topics_of("work/api-v2/PLAN.md", Some("The API")), ["the-api", "plan", "api-v2"]);
        assert_eq!(topics_of("specs/012-user-auth/tasks.md", None), ["tasks", "012-user-auth"]);
        assert_eq!(topics_of("PLAN.md", None), ["plan"]);
        assert_eq!(topics_of("x.execplan.md", None), ["x.execplan"]);
        assert_eq!(topics_of("p/x-execplan.toml", Some("a/b")), ["x-execplan", "x"]);
        assert!(names_topic("plans/2026-01-02_token-auth-plan.md", None, "Token Auth"));
    }
}
