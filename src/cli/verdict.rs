//! `guard check`: the verdict in the format that is asked for, where it is asked for.

use std::io::Write as _;
use std::path::Path;

use super::{FAILED, exit_code, failed, said};
use crate::check;
use crate::error::{Error, Result};
use crate::init::write_atomically;
use crate::model::Verdict;
use crate::report::{self, Format, Outcome, Style};

/// How the verdict is to be given.
pub(super) struct How {
    /// The format's name.
    pub(super) format: String,
    /// The file to write instead of standard output.
    pub(super) file: Option<String>,
    /// Findings only.
    pub(super) quiet: bool,
    /// A range without a commit is an error.
    pub(super) fail_on_empty: bool,
}

/// Judges, and gives the verdict; the exit code.
pub(super) fn run(request: &check::Request, how: &How) -> u8 {
    let Some(format) = report::by_name(&how.format) else {
        return failed(&Error::usage("there is no such format").help("guard check --help"));
    };
    if let Some(Err(e)) = how.file.as_deref().map(writable) {
        return failed(&e);
    }
    let judged = check::run(request).and_then(|verdict| {
        if how.fail_on_empty && verdict.judged + verdict.unjudged == 0 {
            return Err(Error::usage("the range holds no commit: nothing was judged")
                .help("guard check <base>..<head>"));
        }
        Ok(verdict)
    });
    let given = give(judged.as_ref(), format, how);
    let code = match &judged {
        Ok(verdict) => exit_code(verdict),
        Err(e) => failed(e),
    };
    if given { code } else { code.max(FAILED) }
}

/// Gives the outcome; `false`: it could not be given, and why has been said.
fn give(judged: Outcome<'_>, format: &Format, how: &How) -> bool {
    if let Some(write) = format.step_summary {
        step_summary(&write(judged));
    }
    let style = if how.file.is_some() { Style { colour: false, width: 120 } } else { Style::stdout() };
    let mut text = (format.verdict)(judged, style);
    if let (true, false, Ok(verdict)) = (format.for_people, how.quiet, judged) {
        text.push_str(&summary(verdict));
    }
    let Some(file) = &how.file else { return said(&text, 0) == 0 };
    if let Err(e) = write_atomically(Path::new(file), text.as_bytes()) {
        failed(&cannot_write(file, &e.to_string()));
        return false;
    }
    if let (false, Ok(verdict)) = (how.quiet, judged) {
        report::to_stderr(&format!("guard: {}; see {}\n", report::tally(verdict), report::escape(file)));
    }
    true
}

/// Refuses before the work what could not be written after it. What is there must be a file: a rename would put one in the place
/// of a device or a pipe.
fn writable(file: &str) -> Result<()> {
    let path = Path::new(file);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let other = path.metadata().is_ok_and(|there| !there.is_file());
    if other || path.file_name().is_none() || file == "-" {
        let error = Error::usage(format!("{file} is no file that could be written"));
        return Err(error.help("leave --output-file out to have it on standard output"));
    }
    if folder.is_dir() { Ok(()) } else { Err(cannot_write(file, "its folder is not there")) }
}

fn cannot_write(file: &str, why: &str) -> Error {
    Error::io(format!("{file} cannot be written: {why}"))
        .help("guard check --output-file <file>  in a folder that is there and that you may write to")
}

/// Adds to the file in which GitHub's runner collects what a step has to say. The verdict stands without it.
fn step_summary(text: &str) {
    let Some(file) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) else { return };
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(&file);
    if let Err(e) = opened.and_then(|mut file| file.write_all(text.as_bytes())) {
        report::to_stderr(&format!("note: the summary of the step cannot be written: {e}\n"));
    }
}

fn summary(verdict: &Verdict) -> String {
    let notes = verdict.notices.iter().map(|notice| format!("note: {}\n", report::escape(notice)));
    format!("{}guard: {}\n", notes.collect::<String>(), report::tally(verdict))
}
