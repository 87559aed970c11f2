//! Manual pages: what `--help` says, as roff.

use std::fs;
use std::io;
use std::path::Path;

use clap::{ArgMatches, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::commands::{all, examples, remarks};
use crate::error::{Error, Result};
use crate::init::write_atomically;
use crate::report::escape;

const EXIT_CODES: [(&str, &str); 4] = [
    ("0", "Clean: nothing was found, what was asked for is done."),
    ("1", "Findings, or a no to what was asked."),
    ("2", "Nothing was judged: a usage, configuration or git error."),
    ("130", "Interrupted."),
];

const ENVIRONMENT: [(&str, &str); 5] = [
    ("GUARD_CONFIG", "A policy file that judges instead of the one in the repository."),
    ("GUARD_SKIP", "Why the hooks are to let a commit pass unjudged; guard check judges it all the same."),
    ("GUARD_BIN", "Where the hooks find guard when it is not in PATH."),
    ("GUARD_PAGER", "Shows long answers on a terminal; default: git's pager. Empty or cat: none."),
    ("NO_COLOR, CLICOLOR_FORCE", "No colours, or colours even in a pipe; --color beats both."),
];

/// `guard man`: one page, or all of them into a folder.
pub(super) fn run(args: &ArgMatches) -> Result<(String, bool)> {
    let mut root = all().disable_help_subcommand(true);
    root.build();
    if let Some(folder) = args.get_one::<String>("output-dir") {
        return write_all(&root, folder).map(|text| (text, true));
    }
    let mut at = &root;
    for name in args.get_many::<String>("command").into_iter().flatten() {
        at = below(at).find(|command| command.get_name() == name).ok_or_else(|| {
            let names: Vec<&str> = below(at).map(Command::get_name).collect();
            let parent = at.get_bin_name().unwrap_or("guard");
            let error = Error::usage(format!("{parent} has no command {name}"));
            match names.as_slice() {
                [] => error.help("guard man                     the page of guard itself"),
                names => error.help(format!("its commands: {}", names.join(", "))),
            }
        })?;
    }
    Ok((page(at).map_err(|e| Error::io(format!("the page cannot be written: {e}")))?, true))
}

fn below(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

/// Writes the pages of the command and of all below it.
fn write_all(root: &Command, folder: &str) -> Result<String> {
    let failed = |what: &Path, e: &io::Error| {
        Error::io(format!("{} cannot be written: {e}", what.display()))
            .help("guard man --output-dir <folder>   a folder that you may write to")
    };
    let target = Path::new(folder);
    fs::create_dir_all(target).map_err(|e| failed(target, &e))?;
    let mut todo = vec![root];
    let mut count = 0;
    while let Some(command) = todo.pop() {
        let file = target.join(Man::new(command.clone()).get_filename());
        page(command)
            .and_then(|text| write_atomically(&file, text.as_bytes()))
            .map_err(|e| failed(&file, &e))?;
        count += 1;
        todo.extend(below(command));
    }
    Ok(format!("wrote {count} pages to {}\n", escape(folder)))
}

fn page(command: &Command) -> io::Result<String> {
    let man = Man::new(command.clone());
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    // Written here, because `roff` leaves an empty date away, and all that follows would stand in its place.
    let mut out =
        format!(".TH {name} 1 \"\" \"guard {}\" \"User Commands\"\n", env!("CARGO_PKG_VERSION")).into_bytes();
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if below(command).next().is_some() {
        man.render_subcommands_section(&mut out)?;
    }
    let mut more = Roff::new();
    let remarks = remarks(command);
    if !remarks.is_empty() {
        more.control("SH", ["NOTES"]);
        as_it_is(&mut more, remarks.lines());
    }
    more.control("SH", ["EXAMPLES"]);
    let own = examples(command);
    as_it_is(&mut more, own.iter().map(String::as_str));
    if !command.get_bin_name().unwrap_or_default().contains(' ') {
        list(&mut more, "EXIT STATUS", &EXIT_CODES);
        list(&mut more, "ENVIRONMENT", &ENVIRONMENT);
    }
    more.to_writer(&mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Lines that are not filled.
fn as_it_is<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

fn list(roff: &mut Roff, head: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [head]);
    for (name, text) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*text)]);
    }
}
