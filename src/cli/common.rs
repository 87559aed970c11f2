//! Options that every command takes, before its name and after it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::error::{Error, Result};
use crate::report::{self, Colour};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Loudness {
    /// Answers, findings and errors only.
    Quiet,
    /// Reports of what was done too.
    #[default]
    Usual,
    /// And where guard ran, and for how long.
    Verbose,
}

/// What the common options say.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// `-C`, in order: each is relative to the one before.
    folders: Vec<OsString>,
    /// `-q`, `-v`
    pub(super) loudness: Loudness,
    /// `--no-pager`
    pub(super) no_pager: bool,
    /// `--color`
    colour: Option<Colour>,
}

const COLOURS: [(&str, Colour); 3] =
    [("auto", Colour::Auto), ("always", Colour::Always), ("never", Colour::Never)];

/// Gives the options to the command and to all below it. They are not global ones of clap's: of those it keeps what stands
/// at one level only, and `guard -C a check -C b` is about `a/b`.
pub(super) fn on_every_command(command: Command) -> Command {
    let arg = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).help(help).help_heading("Common options").action(ArgAction::SetTrue)
    };
    let command = command
        .arg(
            Arg::new("directory")
                .short('C')
                .value_name("DIR")
                .action(ArgAction::Append)
                .value_parser(clap::value_parser!(OsString))
                .value_hint(clap::ValueHint::DirPath)
                .help_heading("Common options")
                .help("Run as if started in DIR; the next one is relative to it"),
        )
        .arg(arg("quiet", "Print answers, findings and errors only").short('q'))
        .arg(arg("verbose", "Say also where guard ran, how it ended and how long it took").short('v'))
        .arg(
            arg("color", "When to use colours, whatever NO_COLOR and CLICOLOR_FORCE say")
                .value_name("WHEN")
                .action(ArgAction::Append)
                .value_parser(COLOURS.map(|(name, _)| name)),
        )
        .arg(arg("no-pager", "Show long answers without a pager"));
    command.mut_subcommands(on_every_command)
}

impl Common {
    /// What was typed, at whichever level.
    pub(super) fn of(matches: &ArgMatches) -> Result<Self> {
        let mut common = Self::default();
        let (mut quiet, mut verbose) = (false, false);
        let mut level = Some(matches);
        while let Some(args) = level {
            common.folders.extend(args.get_many::<OsString>("directory").into_iter().flatten().cloned());
            quiet |= args.get_flag("quiet");
            verbose |= args.get_flag("verbose");
            common.no_pager |= args.get_flag("no-pager");
            if let Some(word) = args.get_many::<String>("color").and_then(Iterator::last) {
                common.colour = COLOURS.iter().find(|(name, _)| name == word).map(|(_, colour)| *colour);
            }
            level = args.subcommand().map(|(_, below)| below);
        }
        common.loudness = match (quiet, verbose) {
            (true, true) => {
                return Err(
                    Error::usage("--quiet and --verbose contradict each other").help("leave one of them out")
                );
            }
            (true, false) => Loudness::Quiet,
            (false, true) => Loudness::Verbose,
            (false, false) => Loudness::Usual,
        };
        Ok(common)
    }

    /// Takes effect, for all that follows.
    ///
    /// # Errors
    /// One of the folders cannot be entered.
    pub(super) fn apply(&self) -> Result<()> {
        report::choose(self.colour.unwrap_or_default(), self.loudness == Loudness::Quiet);
        self.folders.iter().try_for_each(|folder| enter(folder))
    }
}

/// Goes to a folder; an empty name stays where it is, as with git.
fn enter(folder: &OsStr) -> Result<()> {
    let folder = Path::new(folder);
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    std::env::set_current_dir(folder).map_err(|e| {
        let here =
            std::env::current_dir().map(|here| format!(", from {}", here.display())).unwrap_or_default();
        Error::usage(format!("-C {}: that folder cannot be entered{here}: {e}", folder.display()))
            .help("name a folder that is there: guard -C <folder> …")
    })
}
