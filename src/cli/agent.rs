//! `guard agent …`: what can be typed, and what comes of it.

use clap::{Arg, ArgGroup, ArgMatches, Command};

use super::commands::flag;
use crate::agent::{self, HOSTS};
use crate::error::{Error, Result};
use crate::report;

/// The command with its three parts.
pub(super) fn command() -> Command {
    let names = || HOSTS.iter().map(|host| host.name).collect::<Vec<_>>();
    let host = || Arg::new("host").long("host").value_name("HOST").value_parser(names());
    let titles: Vec<String> =
        HOSTS.iter().map(|host| format!("  {:<10} {}", host.name, host.title)).collect();
    Command::new("agent")
        .about("Let a coding agent ask before it writes")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("pre-tool")
                .about("Answer a coding agent's hook: the tool call on stdin, the answer in its own dialect")
                .arg(host().required(true).help("Which agent asks"))
                .after_help("What cannot be read or checked is refused.\n\nExample:\n  guard agent pre-tool --host claude < call.json"),
        )
        .subcommand(
            Command::new("hooks")
                .about("What the agent's settings must say, so that it asks")
                .arg(Arg::new("name").value_name("HOST").value_parser(names()).help("Which agent"))
                .arg(host().help("The same"))
                .group(ArgGroup::new("which").args(["name", "host"]).required(true))
                .arg(flag("write", "Add it to the settings of this repository; all else in them stays as it is"))
                .after_help("Examples:\n  guard agent hooks claude\n  guard agent hooks codex --write"),
        )
        .subcommand(
            Command::new("instructions")
                .about("What AGENTS.md or CLAUDE.md should say about working under guard")
                .after_help("Example:\n  guard agent instructions >> AGENTS.md"),
        )
        .after_help(format!("Agents:\n{}\n\nExample:\n  guard agent hooks claude --write", titles.join("\n")))
}

/// Does what was typed; an exit code where the answer is no text for people.
pub(super) fn run(args: &ArgMatches) -> Result<Outcome> {
    let text = |args: &ArgMatches, name: &str| args.try_get_one::<String>(name).ok().flatten().cloned();
    match args.subcommand() {
        Some(("pre-tool", args)) => {
            let answer = agent::pre_tool(agent::host(&text(args, "host").unwrap_or_default())?);
            report::to_stderr(&answer.err);
            // An answer that is lost is none, and most agents take that for yes.
            Ok(Outcome::Code(report::to_stdout(&answer.out).map_or(2, |()| answer.code)))
        }
        Some(("hooks", args)) => {
            let name = text(args, "name").or_else(|| text(args, "host")).unwrap_or_default();
            let host = agent::host(&name)?;
            let said = if args.get_flag("write") { agent::write(host) } else { agent::print(host) };
            said.map(Outcome::Text)
        }
        Some(("instructions", _)) => Ok(Outcome::Text(agent::INSTRUCTIONS.to_owned())),
        _ => Err(Error::usage("guard agent pre-tool, guard agent hooks or guard agent instructions")),
    }
}

/// What came of it.
pub(super) enum Outcome {
    /// An answer for people.
    Text(String),
    /// Everything has been said.
    Code(u8),
}
