//! For whoever reads test results: a test case for each commit, which fails with all that is against it.
//!
//! Warnings stand in the output of a case that passes, commits that the policy leaves alone are skipped, and what is about no
//! commit of the range is a case of its own. A case has one failure at most, because most readers show no second one.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::point::{error_words, severity, words};
use super::{Outcome, Style, markup};
use crate::error::Error;
use crate::model::{CommitId, Finding, Level, Verdict};
use crate::rule::show;

/// What became of one case.
#[derive(Default)]
struct Case<'a> {
    name: String,
    skipped: bool,
    findings: Vec<&'a Finding>,
}

/// The whole document.
pub(super) fn verdict(outcome: Outcome<'_>, _: Style) -> String {
    match outcome {
        Ok(verdict) => of_verdict(verdict),
        Err(error) => of_error(error),
    }
}

fn of_verdict(verdict: &Verdict) -> String {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut known: HashMap<CommitId, usize> = HashMap::new();
    for commit in &verdict.commits {
        known.insert(commit.id, cases.len());
        let name = format!("{} ({})", show(&commit.subject), commit.id.short());
        cases.push(Case { name, skipped: !commit.judged, findings: Vec::new() });
    }
    let mut whole = Case { name: "the range as a whole".to_owned(), ..Case::default() };
    for finding in &verdict.findings {
        let case = finding.commit.and_then(|id| known.get(&id)).and_then(|at| cases.get_mut(*at));
        case.unwrap_or(&mut whole).findings.push(finding);
    }
    if !whole.findings.is_empty() {
        cases.push(whole);
    }
    let failed = cases.iter().filter(|case| case.refused()).count();
    let skipped = cases.iter().filter(|case| case.skipped && !case.refused()).count();
    let mut body: String = cases.iter().map(Case::element).collect();
    if !verdict.notices.is_empty() {
        let _ = writeln!(body, "    <system-out>{}</system-out>", text(&verdict.notices.join("\n")));
    }
    document(cases.len(), failed, 0, skipped, &body)
}

fn of_error(error: &Error) -> String {
    let message = markup(error.message());
    let body = format!(
        "    <testcase classname=\"guard\" name=\"nothing was judged\">\n      <error type=\"not-judged\" message=\"{message}\">{}</error>\n    </testcase>\n",
        text(&error_words(error))
    );
    document(1, 0, 1, 0, &body)
}

fn document(tests: usize, failures: usize, errors: usize, skipped: usize, body: &str) -> String {
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"guard\" {counts}>\n  <testsuite name=\"guard check\" {counts} skipped=\"{skipped}\">\n{body}  </testsuite>\n</testsuites>\n"
    )
}

impl Case<'_> {
    fn refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Deny)
    }

    fn element(&self) -> String {
        let mut out = format!("    <testcase classname=\"guard\" name=\"{}\">\n", markup(&self.name));
        let told =
            |finding: &&Finding| format!("{}[{}]: {}", severity(finding.level), finding.rule, words(finding));
        let all = text(&self.findings.iter().map(told).collect::<Vec<_>>().join("\n\n"));
        let first = self.findings.iter().find(|finding| finding.level == Level::Deny);
        if let Some(first) = first {
            let (rule, message) = (markup(first.rule), markup(&first.message));
            let _ = writeln!(out, "      <failure type=\"{rule}\" message=\"{message}\">{all}</failure>");
        } else {
            if self.skipped {
                out.push_str("      <skipped message=\"no plan was running\"/>\n");
            }
            if !all.is_empty() {
                let _ = writeln!(out, "      <system-out>{all}</system-out>");
            }
        }
        out.push_str("    </testcase>\n");
        out
    }
}

/// Text between tags. XML 1.0 has no way at all to write most control characters, not even as numbers.
fn text(raw: &str) -> String {
    let lines: Vec<String> = raw.lines().map(markup).collect();
    lines.join("\n")
}
