//! `guard report`: the final report of an execution and its completion contract.
//!
//! `facts` gathers what the account says and draws the conclusions; `contract` is that for machines, `document` for
//! people. A format writes one of the two and knows no facts of its own, so all formats say the same.

mod contract;
mod coverage;
mod document;
mod facts;
mod graph;
mod html;
mod json;
mod ledger;
mod link;
mod markdown;
mod text;
mod yaml;

use std::path::Path;

pub use facts::{Status, Summary};
pub use link::Site;

use crate::account::Execution;
use crate::error::{Error, Result};
use crate::report::{Style, escape};

/// The JSON schema of the contract.
pub const SCHEMA: &str = include_str!("report.schema.json");

/// A way of writing the report.
pub struct Format {
    /// For `--format`.
    pub name: &'static str,
    /// Endings of a file's name that ask for it.
    pub endings: &'static [&'static str],
    /// The report as text.
    pub write: fn(&Summary<'_>, Style) -> String,
}

/// Every format; the first is the default.
pub const FORMATS: &[Format] = &[
    Format { name: "text", endings: &["txt"], write: text::write },
    Format { name: "markdown", endings: &["md", "markdown"], write: markdown::write },
    Format { name: "json", endings: &["json"], write: json::write },
    Format { name: "yaml", endings: &["yaml", "yml"], write: yaml::write },
    Format { name: "html", endings: &["html", "htm"], write: html::write },
];

/// What the command line asks for.
#[derive(Debug, Default)]
pub struct Request {
    /// `None`: as the ending of `output` says, else text.
    pub format: Option<String>,
    /// The file to write instead of standard output.
    pub output: Option<String>,
    /// Anything but a complete execution is a failure.
    pub require_complete: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// For standard output: the report, or where it went.
    pub text: String,
    /// For standard error: what is open, when it had to be complete and is not.
    pub open: Option<String>,
}

/// Writes the report.
///
/// # Errors
/// No plan is running, something could not be checked, or the file cannot be written.
pub fn run(request: &Request) -> Result<Outcome> {
    let format = format_of(request)?;
    let execution = Execution::open()?;
    let account = execution.account()?;
    let summary = Summary::of(&execution, &account, request.output.as_deref())?;
    let style = match request.output {
        Some(_) => Style { colour: false, width: 120 },
        None => Style::stdout(),
    };
    let written = (format.write)(&summary, style);
    let text = match &request.output {
        None => written,
        Some(file) => {
            place(Path::new(file), &written)?;
            format!("wrote {} ({})\n", escape(file), summary.status.as_str())
        }
    };
    let refused = request.require_complete && summary.status != Status::Complete;
    Ok(Outcome { text, open: refused.then(|| open(&summary)) })
}

fn format_of(request: &Request) -> Result<&'static Format> {
    let ending =
        request.output.as_deref().and_then(|file| file.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase());
    let asked = |format: &&Format| match (&request.format, &ending) {
        (Some(name), _) => format.name == name,
        (None, Some(ending)) => format.endings.contains(&ending.as_str()),
        (None, None) => false,
    };
    let found = FORMATS.iter().find(asked).or(FORMATS.first().filter(|_| request.format.is_none()));
    found.ok_or_else(|| Error::usage("there is no such format").help("guard report --help"))
}

fn open(summary: &Summary<'_>) -> String {
    let mut text = format!("guard: the execution is {}, not complete\n", summary.status.as_str());
    for issue in &summary.issues {
        text.push_str(&format!("  open     {}\n", escape(&issue.message)));
    }
    text.push_str(&format!("  next     {}\n", escape(&summary.next)));
    text
}

/// Writes the whole file or nothing: a report that ends in the middle could look like one that says less.
fn place(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().filter(|_| !file.is_dir()).ok_or_else(|| {
        Error::usage(format!("{} is no file that could be written", file.display()))
            .help("guard report --output report.html")
    })?;
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    draft.push(format!(".{}", std::process::id()));
    let draft = folder.join(draft);
    let done = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&draft, text))
        .and_then(|()| std::fs::rename(&draft, file));
    done.map_err(|e| {
        // What could not be moved is of no use; that it may not have been made is no second error.
        drop(std::fs::remove_file(&draft));
        Error::io(format!("{} cannot be written: {e}", file.display()))
            .help("guard report --output <file>  in a folder that you may write to")
    })
}
