#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod read;

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::Value;

use super::point::fingerprints;
use super::{FORMATS, Outcome, Style, by_name, escape, fit};
use crate::error::{Error, Kind};
use crate::model::{CommitId, Finding, Help, Level, Met, Place, TaskId, Verdict};
use crate::rule::{RULES, finding, show};

const PLAIN: Style = Style { colour: false, width: 120 };

fn written(format: &str, outcome: Outcome<'_>) -> String {
    (by_name(format).unwrap().verdict)(outcome, PLAIN)
}

#[test]
fn a_long_line_is_cut_where_the_terminal_ends() {
    assert_eq!(fit("abcdef", 6), "abcdef");
    assert_eq!(fit("abcdefg", 6), "abcde…");
    assert_eq!(fit("日本語テスト", 6), "日本…");
}

#[test]
fn what_could_act_on_a_terminal_is_shown_instead() {
    assert_eq!(escape("a\x1b[31mb\r\n"), "a\\x1b[31mb\\x0d\\x0a");
    assert_eq!(escape("x\u{202e}y\u{9b}z"), "x\\u{202e}y\\u{9b}z");
    assert_eq!(escape("é 日本 ok"), "é 日本 ok");
}

/// What each format has to keep apart from its own marks, and ordinary text between.
const PIECES: [&str; 30] = [
    "]]>",
    "<!--",
    "</failure>",
    "<![CDATA[",
    "&#0;",
    "&amp;",
    "\"",
    "'",
    "%0A",
    "%25",
    "::",
    "::error::x",
    "\n::add-mask::",
    "##[error]",
    "\r\n",
    "\r",
    "\n",
    "\0",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{9b}",
    "\u{202e}",
    "\u{2028}",
    "\u{fffe}",
    "\u{ffff}",
    "](http://x)",
    "{0}",
    "| `a` |",
    "é日😀",
    ", a=b",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..5).prop_map(|pieces| pieces.concat())
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    (text(), any::<bool>(), text()).prop_map(|(one, odd, two)| {
        let middle: &[u8] = if odd { b"/\xff\xc3/" } else { b"/" };
        [b"a", one.as_bytes(), middle, two.as_bytes()].concat()
    })
}

fn id(n: u8) -> CommitId {
    CommitId::from_bytes(&[n; 20]).unwrap()
}

prop_compose! {
    fn a_finding()(
        rule in 0..RULES.len(),
        deny in any::<bool>(),
        commit in prop::option::of(0..5u8),
        subject in text(),
        path in prop::option::of(path()),
        place in prop::option::of((text(), 0..9usize)),
        words in prop::collection::vec(text(), 5),
    ) -> Finding {
        Finding {
            rule: RULES[rule].name,
            level: if deny { Level::Deny } else { Level::Warn },
            commit: commit.map(id),
            subject: [subject.as_bytes(), b"\xff"].concat(),
            path,
            task: TaskId::new("T1"),
            place: place.map(|(file, line)| Place::line(format!("p{file}"), line)),
            facts: vec![(words[1].clone(), words[2].clone())],
            help: vec![Help { command: words[3].clone(), why: words[4].clone() }],
            ..finding(format!("m{}", words[0]))
        }
    }
}

prop_compose! {
    fn a_verdict()(
        findings in prop::collection::vec(a_finding(), 0..6),
        subjects in prop::collection::vec((text(), any::<bool>()), 0..4),
        notices in prop::collection::vec(text(), 0..3),
    ) -> Verdict {
        let met = |(n, (subject, judged)): (usize, (String, bool))| {
            Met { id: id(n as u8), subject: subject.into_bytes(), judged }
        };
        Verdict {
            base: Some(id(7)),
            head: Some(id(3)),
            judged: subjects.len(),
            commits: subjects.into_iter().enumerate().map(met).collect(),
            findings,
            notices,
            ..Verdict::default()
        }
    }
}

prop_compose! {
    fn an_error()(words in prop::collection::vec(text(), 3), place in prop::option::of(0..3usize)) -> Error {
        let error = Error::new(Kind::Policy, format!("m{}", words[0])).help(words[1].clone());
        match place {
            Some(line) => error.at(Place::line(format!("f{}", words[2]), line)),
            None => error,
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// No terminal obeys what stands there, and a line ends only where the format says so.
fn is_inert(text: &str) -> bool {
    text.ends_with('\n') && text.lines().all(|line| escape(line) == line)
}

fn level(finding: &Finding) -> &'static str {
    if finding.level == Level::Deny { "error" } else { "warning" }
}

fn where_shown(finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref().map(|place| escape(&place.file));
    finding.path.as_ref().map(|path| escape(&show(path))).or(place)
}

/// All that a finding says, as each format but JSON shows it.
fn all_of(finding: &Finding) -> Vec<String> {
    let mut all = vec![escape(&finding.message), escape(&show(&finding.subject))];
    all.extend(finding.facts.iter().map(|(label, text)| format!("{}: {}", escape(label), escape(text))));
    all.extend(finding.help.iter().flat_map(|help| [escape(&help.command), escape(&help.why)]));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn json_carries_every_finding_as_it_is(verdict in a_verdict()) {
        let (whole, lines) = (written("json", Ok(&verdict)), written("jsonl", Ok(&verdict)));
        prop_assert!(is_inert(&whole) && is_inert(&lines));
        let whole = json(&whole);
        let mut lines: Vec<Value> = lines.lines().map(json).collect();
        let last = lines.pop().unwrap();
        prop_assert_eq!((&last["type"], &last["verdict"]), (&Value::from("summary"), &whole["verdict"]));
        prop_assert_eq!(lines.len(), verdict.findings.len());
        for (n, (finding, line)) in verdict.findings.iter().zip(&lines).enumerate() {
            let object = &whole["findings"][n];
            for (key, value) in object.as_object().unwrap() {
                prop_assert_eq!(&line[key], value);
            }
            prop_assert_eq!(&object["message"], &Value::from(finding.message.as_str()));
            prop_assert_eq!(&object["path"], &Value::from(finding.path.as_deref().map(show)));
            prop_assert_eq!(&object["facts"][0]["text"], &Value::from(finding.facts[0].1.as_str()));
            prop_assert_eq!(&object["help"][0]["command"], &Value::from(finding.help[0].command.as_str()));
        }
    }

    #[test]
    fn sarif_carries_every_finding(verdict in a_verdict()) {
        let text = written("sarif", Ok(&verdict));
        prop_assert!(is_inert(&text));
        let run = &json(&text)["runs"][0];
        prop_assert_eq!(&run["invocations"][0]["exitCode"], &Value::from(i32::from(verdict.refused())));
        let results = run["results"].as_array().unwrap();
        prop_assert_eq!(results.len(), verdict.findings.len());
        for (finding, result) in verdict.findings.iter().zip(results) {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            prop_assert_eq!(&run["tool"]["driver"]["rules"][index]["id"], &Value::from(finding.rule));
            prop_assert_eq!(&result["level"], level(finding));
            let message = result["message"]["text"].as_str().unwrap();
            // What a reader of SARIF makes of it: an escaped bracket begins no link.
            prop_assert!(!message.replace("\\[", "").replace("\\]", "").contains("]("));
            let read = message.replace("\\[", "[").replace("\\]", "]");
            for words in all_of(finding) {
                prop_assert!(read.contains(&words), "{words:?} in {read:?}");
            }
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            let place = finding.place.as_ref().map(|place| place.file.clone().into_bytes());
            if let Some(path) = finding.path.clone().or(place) {
                prop_assert_eq!(read::percent_decoded(uri), path);
            }
        }
    }

    #[test]
    fn github_obeys_one_command_for_every_finding(verdict in a_verdict()) {
        let text = written("github", Ok(&verdict));
        prop_assert!(is_inert(&text));
        let mut commands: Vec<read::Command> = text.lines().map(|line| read::command(line).unwrap()).collect();
        prop_assert_eq!(commands.pop().unwrap().name, "notice");
        prop_assert_eq!(commands.len(), verdict.findings.len());
        for (finding, command) in verdict.findings.iter().zip(&commands) {
            prop_assert_eq!(&command.name, level(finding));
            prop_assert_eq!(command.property("title"), Some(format!("guard: {}", finding.rule)));
            prop_assert_eq!(command.property("file"), where_shown(finding));
            for words in all_of(finding) {
                prop_assert!(command.data.contains(&words), "{words:?} in {command:?}");
            }
        }
        let summary = super::github::step_summary(Ok(&verdict));
        let rows: Vec<&str> = summary.lines().filter(|l| l.starts_with("| error") || l.starts_with("| warning")).collect();
        prop_assert_eq!(rows.len(), verdict.findings.len());
        for row in rows {
            prop_assert_eq!(row.matches('|').count(), 6);
            prop_assert!(!row.contains(['<', '`', '[', '\\', '@', '*']) && !row.contains("://"), "{row}");
        }
    }

    #[test]
    fn gitlab_gets_every_finding_under_a_name_of_its_own(verdict in a_verdict()) {
        let text = written("gitlab", Ok(&verdict));
        prop_assert!(is_inert(&text));
        let issues = json(&text);
        let issues = issues.as_array().unwrap();
        prop_assert_eq!(issues.len(), verdict.findings.len());
        let names: HashSet<&str> = issues.iter().map(|i| i["fingerprint"].as_str().unwrap()).collect();
        prop_assert_eq!(names.len(), issues.len());
        for (finding, issue) in verdict.findings.iter().zip(issues) {
            prop_assert_eq!(&issue["check_name"], finding.rule);
            let severity = if finding.level == Level::Deny { "major" } else { "minor" };
            prop_assert_eq!(&issue["severity"], severity);
            if let Some(path) = where_shown(finding) {
                prop_assert_eq!(&issue["location"]["path"], &path);
            }
            for words in all_of(finding) {
                prop_assert!(issue["description"].as_str().unwrap().contains(&words));
            }
        }
    }

    #[test]
    fn junit_has_a_case_for_every_commit_and_every_finding_in_it(verdict in a_verdict()) {
        let text = written("junit", Ok(&verdict));
        prop_assert!(is_inert(&text));
        let elements = read::xml(&text).unwrap();
        let cases: Vec<_> = elements.iter().filter(|e| e.name == "testcase").collect();
        let known = |finding: &&Finding| verdict.commits.iter().any(|met| Some(met.id) == finding.commit);
        let rest = verdict.findings.iter().any(|finding| !known(&finding));
        prop_assert_eq!(cases.len(), verdict.commits.len() + usize::from(rest));
        let case_of = |finding: &Finding| {
            let at = verdict.commits.iter().position(|met| Some(met.id) == finding.commit);
            at.unwrap_or(verdict.commits.len())
        };
        let failed: HashSet<usize> =
            verdict.findings.iter().filter(|f| f.level == Level::Deny).map(&case_of).collect();
        let failures = elements.iter().filter(|e| e.name == "failure").count();
        prop_assert_eq!(failures, failed.len());
        let suite = elements.iter().find(|e| e.name == "testsuite").unwrap();
        prop_assert_eq!(suite.attribute("failures"), Some(failures.to_string()));
        prop_assert_eq!(suite.attribute("tests"), Some(cases.len().to_string()));
        for finding in &verdict.findings {
            let text = &cases[case_of(finding)].text;
            let head = format!("{}[{}]: ", level(finding), finding.rule);
            prop_assert!(text.contains(&head));
            for words in all_of(finding) {
                prop_assert!(text.contains(&read::of_xml(&words)), "{words:?} in {text:?}");
            }
        }
    }

    #[test]
    fn nothing_was_judged_is_said_in_every_format(error in an_error()) {
        let message = escape(error.message());
        for format in FORMATS.iter().filter(|format| !format.for_people) {
            let text = written(format.name, Err(&error));
            prop_assert!(is_inert(&text), "{}: {text:?}", format.name);
            let said = match format.name {
                "json" => json(&text)["error"]["message"] == error.message(),
                "jsonl" => text.lines().count() == 1 && json(&text)["type"] == "error",
                "sarif" => {
                    let run = json(&text)["runs"][0].clone();
                    let invocation = &run["invocations"][0];
                    let note = &invocation["toolExecutionNotifications"][0];
                    let read = note["message"]["text"].as_str().unwrap().replace("\\[", "[").replace("\\]", "]");
                    run.get("results").is_none()
                        && invocation["executionSuccessful"] == false
                        && invocation["exitCode"] == 2
                        && note["level"] == "error"
                        && read.contains(&message)
                }
                "github" => {
                    let command = read::command(text.trim_end()).unwrap();
                    command.name == "error" && command.data.contains(&message)
                }
                "gitlab" => json(&text)[0]["severity"] == "blocker",
                "junit" => {
                    let elements = read::xml(&text).unwrap();
                    let failed = elements.iter().find(|e| e.name == "error").unwrap();
                    failed.attribute("message") == Some(read::of_xml(&message))
                }
                other => panic!("{other} is not tested"),
            };
            prop_assert!(said, "{}: {text}", format.name);
        }
    }

    #[test]
    fn a_name_outlives_a_rebase_and_none_is_given_twice(verdict in a_verdict()) {
        let names = fingerprints(&verdict);
        let mut rebased = verdict.clone();
        for finding in &mut rebased.findings {
            finding.commit = finding.commit.map(|_| id(99));
            finding.message.push_str(" (ab12345)");
            finding.place = Some(Place::line("plans/p.md", 77));
        }
        prop_assert_eq!(&names, &fingerprints(&rebased));
        let mut twice = verdict.clone();
        twice.findings.extend(verdict.findings.iter().cloned());
        let all: HashSet<String> = fingerprints(&twice).into_iter().collect();
        prop_assert_eq!(all.len(), 2 * verdict.findings.len());
    }
}

#[test]
fn a_finding_at_another_path_or_of_another_rule_has_another_name() {
    let one = Finding { rule: "scope", path: Some(b"ab".to_vec()), subject: b"c".to_vec(), ..finding("x") };
    let others = [
        Finding { rule: "frozen", ..one.clone() },
        Finding { path: Some(b"a".to_vec()), subject: b"bc".to_vec(), ..one.clone() },
        Finding { path: None, ..one.clone() },
        Finding { path: Some(Vec::new()), ..one.clone() },
        Finding { task: TaskId::new("T1"), ..one.clone() },
        one,
    ];
    let name = |finding: &Finding| {
        fingerprints(&Verdict { findings: vec![finding.clone()], ..Verdict::default() }).remove(0)
    };
    let names: HashSet<String> = others.iter().map(name).collect();
    assert_eq!(names.len(), others.len());
}

#[test]
fn an_interrupted_run_ends_with_its_own_code() {
    let text = written("sarif", Err(&Error::new(Kind::Interrupted, "stopped")));
    assert_eq!(json(&text)["runs"][0]["invocations"][0]["exitCode"], 130);
}

#[test]
fn the_summary_of_a_step_stays_below_its_limit() {
    let bars = || vec![b'|'; 9000];
    let wide = Finding { path: Some(bars()), subject: bars(), ..finding("|".repeat(9000)) };
    let notices = vec!["|".repeat(9000); 500];
    let verdict = Verdict { findings: vec![wide; 5000], notices, ..Verdict::default() };
    let text = super::github::step_summary(Ok(&verdict));
    assert!(text.len() < 1 << 20, "{}", text.len());
    assert!(text.contains("… and 4800 more"), "{}", text.len());
}
