//! `guard plan …`: what can be typed, and what comes of it.

use clap::{Arg, ArgMatches, Command};

use super::commands::flag;
use crate::error::{Error, Result};
use crate::plan::FORMATS;
use crate::report::{self, Style};
use crate::view::{self, Request, Shape};

/// The command with its three parts.
pub(super) fn command() -> Command {
    let plan = || Arg::new("plan").required(true).value_name("PLAN").help("The document's path");
    let read_as = || {
        Arg::new("as")
            .long("as")
            .value_name("FORMAT")
            .value_parser(FORMATS.iter().map(|f| f.name).collect::<Vec<_>>())
            .help("Read it in this format, whatever it looks like")
    };
    let format = |names: Vec<&'static str>| {
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .default_value("text")
            .value_parser(names)
            .help("How the answer is written")
    };
    Command::new("plan")
        .about("Look at a plan document, mend it, convert it")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("show")
                .about("Tasks, scopes and where they stand")
                .arg(plan())
                .arg(read_as())
                .arg(format(Shape::ALL.iter().map(|(name, _)| *name).collect()))
                .after_help("Mermaid and dot draw what waits for what.\n\nExamples:\n  guard plan show plans/token-auth.toml\n  guard plan show plans/token-auth.toml --format dot | dot -Tsvg > plan.svg"),
        )
        .subcommand(
            Command::new("lint")
                .about("What must be mended before it can be started")
                .arg(plan())
                .arg(read_as())
                .arg(format(vec!["text", "json"]))
                .arg(
                    flag("fix", "Write lines to fill in, for tasks without a scope, into guard.toml")
                        .conflicts_with("format"),
                )
                .after_help("Exit codes: 0 it can be executed, 1 it cannot, 2 it cannot be read as a plan.\n--fix decides no scope: a line that is not filled in declares nothing.\n\nExamples:\n  guard plan lint plans/token-auth.toml\n  guard plan lint specs/012-leases/tasks.md --fix"),
        )
        .subcommand(
            Command::new("convert")
                .about("Write it in guard's own format")
                .arg(plan())
                .arg(read_as())
                .arg(
                    Arg::new("to")
                        .long("to")
                        .value_name("FORMAT")
                        .required(true)
                        .value_parser(["toml"])
                        .help("The format to write"),
                )
                .arg(
                    Arg::new("output")
                        .long("output")
                        .short('o')
                        .value_name("FILE")
                        .help("Write it there, instead of printing it; FILE must not be there yet"),
                )
                .after_help("A task whose scope is not declared gets none.\n\nExample:\n  guard plan convert docs/plan.md --to toml -o plans/token-auth.toml"),
        )
        .after_help("Example:\n  guard plan lint plans/token-auth.toml")
}

/// Does what was typed; says whether the plan is good.
pub(super) fn run(args: &ArgMatches) -> Result<(String, bool)> {
    let Some((name, args)) = args.subcommand() else {
        return Err(Error::usage("guard plan show, guard plan lint or guard plan convert"));
    };
    let text = |name: &str| args.try_get_one::<String>(name).ok().flatten().cloned();
    let shape = text("format").and_then(|name| Shape::named(&name)).unwrap_or_default();
    let request = Request { file: text("plan").unwrap_or_default(), read_as: text("as"), shape };
    let answer = match name {
        "show" => view::show(&request, Style::stdout()).map(|text| (text, true)),
        "lint" => view::lint(&request, args.get_flag("fix")),
        _ => view::convert(&request, text("output").as_deref()).map(|text| (text, true)),
    };
    if let (Err(e), Shape::Json) = (&answer, shape) {
        report::to_stdout(&report::json_error(e))?;
    }
    answer
}
