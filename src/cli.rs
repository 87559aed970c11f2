//! The command line: words to one request, a request to an exit code.

mod agent;
mod candidates;
mod commands;
mod common;
mod complete;
mod man;
mod pager;
mod plan;
#[cfg(test)]
mod tests;
mod verdict;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use clap::ArgMatches;
use common::{Common, Loudness};

use crate::error::{Error, Kind, Result};
use crate::evidence::Choice;
use crate::model::Verdict;
use crate::report::{self, Style};
use crate::{
    check, demo, doctor, explain, gate, hook, init, install, log, next, rollback, start, status, summary,
    view,
};

/// Findings at deny level.
const REFUSED: u8 = 1;
/// Nothing was judged.
const FAILED: u8 = 2;

/// Runs guard with the process's arguments.
pub fn main(args: Vec<OsString>) -> ExitCode {
    // Hooks run many times a minute: they do without the parser for people.
    if args.get(1).is_some_and(|word| word == "hook") {
        return ExitCode::from(run_hook(args.get(2..).unwrap_or_default()));
    }
    if let [_, help, hook] = args.as_slice()
        && help == "help"
        && hook == "hook"
    {
        return ExitCode::from(hook_help());
    }
    if args.get(1).is_some_and(|word| word == "__complete") {
        // A prompt is no place for an error.
        drop(report::to_stdout(&complete::answer(args.get(2..).unwrap_or_default())));
        return ExitCode::SUCCESS;
    }
    let matches = match commands::all().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(e) => {
            // Help and version are answers, not errors.
            let text = report::escape_lines(&e.render().to_string());
            if e.use_stderr() {
                report::to_stderr(&text);
                return ExitCode::from(FAILED);
            }
            return ExitCode::from(said(&text, 0));
        }
    };
    ExitCode::from(run(&matches))
}

fn run(matches: &ArgMatches) -> u8 {
    let started = Instant::now();
    let common = match Common::of(matches).and_then(|common| common.apply().map(|()| common)) {
        Ok(common) => common,
        Err(e) => return failed(&e),
    };
    let code = dispatch(matches, &common);
    if common.loudness == Loudness::Verbose {
        let here = std::env::current_dir().map(|here| here.display().to_string()).unwrap_or_default();
        let (name, here) = (matches.subcommand_name().unwrap_or_default(), report::escape(&here));
        let (version, took) = (env!("CARGO_PKG_VERSION"), started.elapsed().as_millis());
        report::to_stderr(&format!(
            "guard: {name} of guard {version} in {here}: exit code {code} after {took} ms\n"
        ));
    }
    code
}

fn dispatch(matches: &ArgMatches, common: &Common) -> u8 {
    let Some((name, args)) = matches.subcommand() else { return FAILED };
    let text = |name: &str| args.get_one::<String>(name).cloned();
    let set = |name: &str| args.get_flag(name);
    let quiet = common.loudness == Loudness::Quiet;
    let outcome = match name {
        "check" if set("schema") => Ok((report::SCHEMA.to_owned(), true)),
        "check" => {
            let gates = match (set("require-evidence"), set("run-gates")) {
                (true, _) => check::Gates::Evidence,
                (_, true) => check::Gates::Run,
                _ => check::Gates::NotAsked,
            };
            let request = check::Request { range: text("range"), gates, plan: text("plan") };
            let how = verdict::How {
                format: text("format").unwrap_or_default(),
                file: text("output-file"),
                quiet,
                fail_on_empty: set("fail-on-empty"),
            };
            return verdict::run(&request, &how);
        }
        "install" => place_hooks(set("strict"), set("dry-run")),
        "uninstall" => install::uninstall(&options(std::path::PathBuf::new(), false, set("dry-run")))
            .map(|report| installed(&report, set("dry-run"))),
        "doctor" => doctor::run(),
        "init" if set("schema") => Ok((init::schema(), true)),
        "init" => write_policy(set("force")),
        "start" => {
            let plan = text("plan").unwrap_or_default();
            start::run(&start::Request { plan, again: set("again"), snapshot: set("snapshot") })
                .map(|t| (t, true))
        }
        "log" => log::run(set("stdout")).map(|t| (t, true)),
        "status" => status::run(Style::stdout()).map(|t| (t, true)),
        "next" => {
            let json = text("format").as_deref() == Some("json");
            let request =
                next::Request { claim: set("claim"), release: set("release"), all: set("all"), json };
            return run_next(request);
        }
        "rollback" => {
            let request = rollback::Request {
                to: text("to"),
                yes: set("yes"),
                clean: set("clean"),
                dry_run: set("dry-run"),
                undo: set("undo"),
                list: set("list"),
            };
            rollback::run(&request).map(|t| (t, true))
        }
        "scope" => {
            let paths: Vec<String> = args.get_many::<String>("path").into_iter().flatten().cloned().collect();
            view::scope(&text("task").unwrap_or_default(), &paths)
        }
        "explain" => explain::run(text("rule").as_deref()).map(|t| (t, true)),
        "demo" => demo::run(set("keep")).map(|()| (String::new(), true)),
        "plan" => plan::run(args),
        "agent" => match agent::run(args) {
            Ok(agent::Outcome::Code(code)) => return code,
            Ok(agent::Outcome::Text(text)) => Ok((text, true)),
            Err(e) => Err(e),
        },
        "gate" => run_gates(args),
        "report" if set("schema") => Ok((summary::SCHEMA.to_owned(), true)),
        "report" => write_report(args),
        "man" => man::run(args),
        "completions" => script(&text("shell").unwrap_or_default()),
        other => Err(Error::usage(format!("there is no command {other}"))),
    };
    match outcome {
        Ok((text, good)) => {
            let code = match (good, name) {
                (true, _) => 0,
                // What was left undone is no finding about a commit.
                (false, "install" | "uninstall" | "doctor") => FAILED,
                (false, _) => REFUSED,
            };
            // What was done as it was asked for needs no words; what was asked about does.
            let is_report = match name {
                "install" | "uninstall" => !set("dry-run"),
                "log" => !set("stdout"),
                "init" => !set("schema"),
                _ => name == "start",
            };
            let is_long = match name {
                "explain" => true,
                "log" => set("stdout"),
                "plan" => args.subcommand_name() == Some("show"),
                _ => false,
            };
            if (quiet && good && is_report) || (is_long && !common.no_pager && pager::show(&text)) {
                return code;
            }
            said(&text, code)
        }
        Err(e) => failed(&e),
    }
}

/// The script that a shell sources.
fn script(shell: &str) -> Result<(String, bool)> {
    let found = complete::SHELLS.iter().find(|(name, _)| *name == shell);
    let (_, script) = found.ok_or_else(|| Error::usage(format!("guard has no completions for {shell}")))?;
    Ok(((*script).to_owned(), true))
}

fn options(bin: std::path::PathBuf, strict: bool, dry_run: bool) -> install::Options {
    install::Options { dir: std::path::PathBuf::from("."), bin, strict, dry_run }
}

fn place_hooks(strict: bool, dry_run: bool) -> Result<(String, bool)> {
    let report = install::install(&options(install::own_binary()?, strict, dry_run))?;
    Ok(installed(&report, dry_run))
}

/// The report of an installation, and whether all of it was done.
fn installed(report: &install::Report, dry_run: bool) -> (String, bool) {
    let mut text: String =
        report.actions.iter().map(|action| format!("{}\n", report::escape(&action.to_string()))).collect();
    text.extend(report.notices.iter().map(|notice| format!("note: {}\n", report::escape(notice))));
    if dry_run {
        report::note("(a dry run: nothing is changed)\n");
    }
    (text, report.complete())
}

fn run_next(request: next::Request) -> u8 {
    match next::run(request) {
        Ok((text, found)) => said(&text, if found { 0 } else { REFUSED }),
        Err(e) => {
            if request.json {
                said(&report::json_error(&e), FAILED);
            }
            failed(&e)
        }
    }
}

fn run_gates(args: &ArgMatches) -> Result<(String, bool)> {
    let text = |args: &ArgMatches, name: &str| args.get_one::<String>(name).cloned();
    match args.subcommand() {
        Some(("show", args)) => gate::show(text(args, "revision").as_deref()).map(|text| (text, true)),
        Some((_, args)) => {
            let word = |name| text(args, name).unwrap_or_default();
            let choice = if args.get_flag("retry") { Choice::Retry } else { Choice::Stop };
            gate::decide(&word("gate"), &word("task"), choice, &word("reason")).map(|text| (text, true))
        }
        None => {
            let (all, list) = (args.get_flag("all"), args.get_flag("list"));
            gate::run(&gate::Request { task: text(args, "task"), all, list })
        }
    }
}

fn write_report(args: &ArgMatches) -> Result<(String, bool)> {
    let text = |name: &str| args.get_one::<String>(name).cloned();
    let require_complete = args.get_flag("require-complete");
    let request = summary::Request { format: text("format"), output: text("output"), require_complete };
    let done = summary::run(&request)?;
    if let Some(open) = &done.open {
        report::to_stderr(open);
    }
    Ok((done.text, done.open.is_none()))
}

fn write_policy(force: bool) -> Result<(String, bool)> {
    let reader = crate::git::read::Reader::open()?;
    let top = reader
        .work_tree()
        .ok_or_else(|| Error::git("a bare repository has no work tree for a policy file"))?;
    let written = init::run(top, force)?;
    let shown = report::escape(&written.display().to_string());
    Ok((format!("wrote {shown}\n  next     git add guard.toml && git commit -m 'guard: policy'\n"), true))
}

/// The exit code of a hook that the environment keeps from judging.
fn stood_aside(hook: &str) -> Option<u8> {
    match doctor::on_trial(hook) {
        Ok(None) => {}
        Ok(Some(doctor::Trial::Pass)) => {
            report::to_stderr("guard: not judged (a trial of guard doctor)\n");
            return Some(0);
        }
        Ok(Some(doctor::Trial::Refuse)) => {
            report::to_stderr("guard: refused, because this is a trial of guard doctor\n");
            return Some(REFUSED);
        }
        Err(e) => return Some(failed(&e)),
    }
    let why = std::env::var_os("GUARD_SKIP").filter(|v| !v.is_empty())?;
    let why = report::escape(&why.to_string_lossy());
    report::to_stderr(&format!("guard: not judged (GUARD_SKIP={why}); guard check will judge this commit\n"));
    Some(0)
}

fn hook_help() -> u8 {
    said(&commands::hook().render_help().to_string(), 0)
}

fn run_hook(args: &[OsString]) -> u8 {
    let mut args = args;
    if args.first().is_some_and(|word| word == "--help" || word == "-h") {
        return hook_help();
    }
    // The shim says which version it is of; there is only one so far.
    if args.first().is_some_and(|a| a == "--shim") {
        args = args.get(2..).unwrap_or_default();
    }
    let mut line = None;
    if args.first().is_some_and(|a| a == "--line") {
        line = args.get(1).map(|l| l.as_encoded_bytes());
        args = args.get(2..).unwrap_or_default();
    }
    let Some((name, rest)) = args.split_first() else {
        let wanted = Error::usage("guard hook wants the name of a hook");
        return failed(&wanted.help("guard hook --help             which there are"));
    };
    let name = name.to_string_lossy();
    // On a server the environment may be the client's: no client can skip that door.
    if name != "pre-receive"
        && let Some(code) = stood_aside(&name)
    {
        return code;
    }
    match hook::run(&name, rest, line) {
        Ok(verdict) => {
            let style = Style::stderr();
            let text = report::by_name("text").map(|f| (f.verdict)(Ok(&verdict), style)).unwrap_or_default();
            let notes = verdict.notices.iter().map(|n| format!("guard: {}\n", report::escape(n)));
            report::to_stderr(&format!("{}{text}", notes.collect::<String>()));
            exit_code(&verdict)
        }
        Err(e) => {
            report::to_stderr("guard could not check this, so it is refused.\n");
            failed(&e)
        }
    }
}

/// Gives the answer; the exit code, unless the answer is lost.
fn said(text: &str, code: u8) -> u8 {
    report::to_stdout(text).map_or_else(|e| failed(&e), |()| code)
}

fn exit_code(verdict: &Verdict) -> u8 {
    if verdict.refused() { REFUSED } else { 0 }
}

fn failed(e: &Error) -> u8 {
    report::to_stderr(&report::error(e, Style::stderr()));
    if e.kind() == Kind::Interrupted { 130 } else { FAILED }
}
