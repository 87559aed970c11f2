//! A skeleton of an overlay: the lines that its author will fill in, as comments, so that an unfilled one declares nothing.

use toml::de::DeTable;

/// What a policy file gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    /// The whole file.
    pub text: String,
    /// From 1: where the new lines start.
    pub line: usize,
    /// The new lines, a header included where there was none.
    pub added: Vec<String>,
}

/// Adds to the policy file `text` one commented-out line for each task, in the overlay of the plan at `plan`. A task whose
/// line is there, filled in or not, is left; all else stays byte for byte. `header` is the plan's path as a TOML key, and
/// so is the first of each pair in `tasks`; the second is a remark.
///
/// `None`: the file says the overlay in a form in which no lines can be put below it.
pub fn skeleton(text: &str, plan: &str, header: &str, tasks: &[(String, String)]) -> Option<Skeleton> {
    let root = DeTable::parse(text).ok()?;
    let overlays = root.get_ref().get("overlay").map(|value| value.get_ref().as_table());
    let line_of = |(key, remark): &(String, String)| format!("# {key} = [\"\"]    # {remark}");
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let known = overlays.map(|table| table?.get_key_value(plan));
    let Some((key, _)) = known.flatten() else {
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
        let space = if text.is_empty() { "" } else { end };
        let mut added = vec![format!("[overlay.{header}]")];
        added.extend(tasks.iter().map(line_of));
        let lines: String = added.iter().map(|line| format!("{line}{end}")).collect();
        let before = format!("{text}{gap}{space}");
        let line = 1 + before.matches('\n').count();
        return (!tasks.is_empty()).then(|| Skeleton { text: format!("{before}{lines}"), line, added });
    };
    let start = text.get(..key.span().start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(start..)?;
    let header_line = rest.lines().next().unwrap_or_default().trim_start();
    if !header_line.starts_with('[') || header_line.starts_with("[[") {
        return None;
    }
    let below = rest.find('\n').map_or(text.len(), |at| start + at + 1);
    let (before, after) = text.split_at_checked(below)?;
    let own = after.lines().take_while(|line| !line.trim_start().starts_with('['));
    let there: Vec<&str> = own.filter_map(|line| Some(line.trim_start().strip_prefix('#')?.trim())).collect();
    let is_there = |key: &str| {
        there.iter().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
    };
    let added: Vec<String> = tasks.iter().filter(|(key, _)| !is_there(key)).map(line_of).collect();
    let gap = if before.ends_with('\n') { "" } else { end };
    let lines: String = added.iter().map(|line| format!("{line}{end}")).collect();
    let line = 1 + before.matches('\n').count() + usize::from(!gap.is_empty());
    Some(Skeleton { text: format!("{before}{gap}{lines}{after}"), line, added })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(ids: &[&str]) -> Vec<(String, String)> {
        ids.iter().map(|id| ((*id).to_owned(), "x".to_owned())).collect()
    }

    fn filled(text: &str, ids: &[&str]) -> Option<(String, usize, usize)> {
        let found = skeleton(text, "p.md", "\"p.md\"", &tasks(ids))?;
        assert!(found.text.len() >= text.len());
        Some((found.text, found.line, found.added.len()))
    }

    #[test]
    fn an_overlay_in_another_form_is_left_to_its_author() {
        for text in [
            "overlay = { \"p.md\" = { T1 = [] } }\n",
            "[overlay]\n\"p.md\" = { T1 = [] }\n",
            "[overlay]\n\"p.md\".T1 = []\n",
            "overlay.\"p.md\".T1 = []\n",
        ] {
            assert_eq!(filled(text, &["T2"]), None, "{text}");
        }
        assert_eq!(filled("[overlay", &["T2"]), None);
    }

    #[test]
    fn lines_go_below_the_overlay_and_nothing_else_changes() {
        #[rustfmt::skip]
        let cases = [
            ("", "[overlay.\"p.md\"]\n# T1 = [\"\"]    # x\n", 1, 2),
            ("version = 1", "version = 1\n\n[overlay.\"p.md\"]\n# T1 = [\"\"]    # x\n", 3, 2),
            ("a = 1\r\n", "a = 1\r\n\r\n[overlay.\"p.md\"]\r\n# T1 = [\"\"]    # x\r\n", 3, 2),
            ("[overlay.'p.md'] # é\nT2 = [ ]\n[rules]\n", "[overlay.'p.md'] # é\n# T1 = [\"\"]    # x\nT2 = [ ]\n[rules]\n", 2, 1),
            ("[ overlay . \"p.md\" ]", "[ overlay . \"p.md\" ]\n# T1 = [\"\"]    # x\n", 2, 1),
            ("[overlay.\"q.md\"]\n", "[overlay.\"q.md\"]\n\n[overlay.\"p.md\"]\n# T1 = [\"\"]    # x\n", 3, 2),
            // Another table's comment is not this overlay's.
            ("[overlay.\"p.md\"]\n[overlay.q]\n# T1 = []\n", "[overlay.\"p.md\"]\n# T1 = [\"\"]    # x\n[overlay.q]\n# T1 = []\n", 2, 1),
            ("[overlay.\"p.md\"]\n#T1=[\"\"] mine\n", "[overlay.\"p.md\"]\n#T1=[\"\"] mine\n", 2, 0),
            ("[overlay.\"p.md\"]\n# T1x = []\n", "[overlay.\"p.md\"]\n# T1 = [\"\"]    # x\n# T1x = []\n", 2, 1),
        ];
        for (text, wanted, line, added) in cases {
            let (found, at, lines) = filled(text, &["T1"]).unwrap();
            assert_eq!((found.as_str(), at, lines), (wanted, line, added), "{text:?}");
            assert_eq!(filled(&found, &["T1"]).unwrap().0, found, "once more: {text:?}");
        }
    }
}
