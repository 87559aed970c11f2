//! The command line: words to one request, a request to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::error::{Error, Kind, Result};
use crate::evidence::Choice;
use crate::model::Verdict;
use crate::report::{self, Format, Style};
use crate::{check, demo, doctor, explain, gate, hook, init, install, next, rollback, start, status, view};

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
    let matches = match commands().try_get_matches_from(args) {
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
    ExitCode::from(dispatch(&matches))
}

fn commands() -> Command {
    let plan = || Arg::new("plan").required(true).value_name("PLAN");
    let formats: Vec<&str> = crate::plan::FORMATS.iter().map(|f| f.name).collect();
    let read_as = Arg::new("as")
        .long("as")
        .value_name("FORMAT")
        .value_parser(formats)
        .help("Read it in this format, whatever it looks like");
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .default_value("text")
        .value_parser(report::FORMATS.iter().map(|f| f.name).collect::<Vec<_>>())
        .help("How the verdict is written");
    Command::new("guard")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Refuses every commit that leaves the written plan")
        .after_help("Start here:\n  guard demo                    watch it work in a throw-away repository\n  guard install                 place the hooks, once per repository\n  guard start plans/x.toml      lock a plan with a rollback commit\n\nExit codes: 0 clean, 1 findings, 2 nothing was judged, 130 interrupted")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("install")
                .about("Place guard's hooks in this repository")
                .arg(flag("strict", "Also judge every ref that moves (reference-transaction)"))
                .arg(flag("dry-run", "Say what would be done, and do nothing"))
                .after_help("Hooks that are there go on running, before guard's.\n\nExample:\n  guard install"),
        )
        .subcommand(
            Command::new("uninstall")
                .about("Take guard's hooks away and put back those that were there")
                .arg(flag("dry-run", "Say what would be done, and do nothing"))
                .after_help("Example:\n  guard uninstall --dry-run"),
        )
        .subcommand(
            Command::new("doctor")
                .about("Prove by trial that every hook fires and refuses")
                .after_help("Example:\n  guard doctor"),
        )
        .subcommand(
            Command::new("init")
                .about("Write a commented guard.toml")
                .arg(flag("force", "Replace the one that is there"))
                .after_help("Example:\n  guard init && git add guard.toml && git commit -m 'guard: policy'"),
        )
        .subcommand(
            Command::new("start")
                .about("Check a plan and lock it with a rollback commit")
                .arg(plan().help("The plan's path, or its topic"))
                .arg(flag("again", "Lock the same plan once more"))
                .arg(flag("snapshot", "Let the rollback commit carry everything (where the policy allows it)"))
                .after_help("Example:\n  guard start plans/token-auth.toml"),
        )
        .subcommand(
            Command::new("status")
                .about("Tasks done, ready and waiting; staged paths by task")
                .after_help("Example:\n  guard status"),
        )
        .subcommand(
            Command::new("next")
                .about("The next task to work on; who works on what")
                .arg(flag("claim", "Take the task for this worktree: no other one gets it").conflicts_with("all"))
                .arg(flag("release", "Give back what this worktree has taken and not done").conflicts_with_all(["claim", "all"]))
                .arg(flag("all", "All tasks that are left, by what may run side by side"))
                .arg(
                    Arg::new("format")
                        .long("format")
                        .value_name("FORMAT")
                        .default_value("text")
                        .value_parser(["text", "json"])
                        .help("How the answer is written"),
                )
                .after_help("Exit codes: 0 there is a task, 1 there is none now (all done, or others have them).\n\nExamples:\n  guard next --claim\n  guard next --all --format json"),
        )
        .subcommand(
            Command::new("rollback")
                .about("Go back to the rollback commit; a backup keeps what is left behind")
                .arg(
                    Arg::new("to")
                        .long("to")
                        .value_name("start|TASK")
                        .help("The rollback commit (start, the default), or the commit of a task: it stays done"),
                )
                .arg(flag("yes", "Do not ask").short('y'))
                .arg(flag("clean", "Save untracked files too, and remove them (never ignored ones)"))
                .arg(flag("dry-run", "Show what would be left behind, and do nothing"))
                .arg(
                    flag("undo", "Go back to the newest backup of this branch")
                        .conflicts_with_all(["to", "clean"]),
                )
                .arg(
                    flag("list", "List the backups")
                        .conflicts_with_all(["to", "yes", "clean", "dry-run", "undo"]),
                )
                .after_help("It shows first what would be left behind, and asks; without a terminal it needs --yes.\n\nExamples:\n  guard rollback --dry-run\n  guard rollback --to T002 --yes\n  guard rollback --undo"),
        )
        .subcommand(
            Command::new("check")
                .about("Judge a range of commits, as CI does")
                .arg(Arg::new("range").value_name("BASE..HEAD").help("Default: what the CI event is about, or what this branch has that its target has not"))
                .arg(format)
                .arg(flag("fail-on-empty", "An empty range is an error, not a pass"))
                .arg(flag("require-evidence", "Every task commit needs evidence of its gates in the notes here"))
                .arg(flag("run-gates", "Run the gates on the newest commit").conflicts_with("require-evidence"))
                .arg(flag("quiet", "Print findings only").short('q'))
                .after_help("Example:\n  guard check origin/main..HEAD --format json"),
        )
        .subcommand(
            Command::new("gate")
                .about("Run the gates on what is staged, and record what happened")
                .arg(Arg::new("task").value_name("TASK").help("Default: the task that the staged paths fit"))
                .arg(flag("all", "Every gate, also those that do not apply to the task"))
                .arg(flag("list", "Only say which gates there are and how they stand"))
                .subcommand(
                    Command::new("show")
                        .about("What is known of a commit, or of what is staged")
                        .arg(Arg::new("revision").value_name("REV")),
                )
                .subcommand(
                    Command::new("decide")
                        .about("Decide about a gate that has used up its tries")
                        .arg(Arg::new("gate").required(true).value_name("GATE"))
                        .arg(Arg::new("task").long("task").required(true).value_name("TASK"))
                        .arg(flag("retry", "Allow three more tries").conflicts_with("stop"))
                        .arg(flag("stop", "Leave it blocked").required_unless_present("retry"))
                        .arg(Arg::new("reason").long("reason").required(true).value_name("WHY")),
                )
                .after_help("Evidence is a git note on the tree: git push origin refs/notes/guard\n\nExample:\n  guard gate T003 && git commit -m 'T003: read numbers'"),
        )
        .subcommand(
            Command::new("plan")
                .about("Look at a plan document")
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(Command::new("show").about("Tasks, scopes and where they stand").arg(plan()).arg(read_as.clone()))
                .subcommand(Command::new("lint").about("What must be mended before it can be started").arg(plan()).arg(read_as))
                .after_help("Example:\n  guard plan lint plans/token-auth.toml"),
        )
        .subcommand(
            Command::new("scope")
                .about("Print a task's scope, or test paths against it")
                .arg(Arg::new("task").required(true).value_name("TASK"))
                .arg(Arg::new("path").num_args(0..).value_name("PATH"))
                .after_help("Example:\n  guard scope T002 src/lexer.rs"),
        )
        .subcommand(
            Command::new("explain")
                .about("What a rule wants, why, and how to satisfy it")
                .arg(Arg::new("rule").value_name("RULE"))
                .after_help("Example:\n  guard explain scope"),
        )
        .subcommand(
            Command::new("demo")
                .about("Watch a commit accepted and one refused, in a throw-away repository")
                .arg(flag("keep", "Leave the repository to play with")),
        )
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn dispatch(matches: &ArgMatches) -> u8 {
    let Some((name, args)) = matches.subcommand() else { return FAILED };
    let text = |name: &str| args.get_one::<String>(name).cloned();
    let set = |name: &str| args.get_flag(name);
    let outcome = match name {
        "check" => {
            let format = text("format").unwrap_or_default();
            let gates = match (set("require-evidence"), set("run-gates")) {
                (true, _) => check::Gates::Evidence,
                (_, true) => check::Gates::Run,
                _ => check::Gates::NotAsked,
            };
            let request = check::Request { range: text("range"), gates };
            return run_check(&request, &format, set("quiet"), set("fail-on-empty"));
        }
        "install" => place_hooks(set("strict"), set("dry-run")),
        "uninstall" => install::uninstall(&options(std::path::PathBuf::new(), false, set("dry-run")))
            .map(|report| installed(&report, set("dry-run"))),
        "doctor" => doctor::run(),
        "init" => write_policy(set("force")),
        "start" => {
            let plan = text("plan").unwrap_or_default();
            start::run(&start::Request { plan, again: set("again"), snapshot: set("snapshot") })
                .map(|t| (t, true))
        }
        "status" => status::run().map(|t| (t, true)),
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
        "plan" => look_at_plan(args),
        "gate" => run_gates(args),
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
            said(&text, code)
        }
        Err(e) => failed(&e),
    }
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
        report::to_stderr("(a dry run: nothing is changed)\n");
    }
    (text, report.complete())
}

fn run_next(request: next::Request) -> u8 {
    match next::run(request) {
        Ok((text, found)) => {
            report::to_stdout(&text);
            if found { 0 } else { REFUSED }
        }
        Err(e) => {
            if let Some(write) = report::by_name("json").and_then(|f| f.error).filter(|_| request.json) {
                report::to_stdout(&write(&e));
            }
            failed(&e)
        }
    }
}

fn look_at_plan(args: &ArgMatches) -> Result<(String, bool)> {
    let Some((name, args)) = args.subcommand() else {
        return Err(Error::usage("guard plan show or guard plan lint"));
    };
    let plan = args.get_one::<String>("plan").cloned().unwrap_or_default();
    let format = args.get_one::<String>("as").map(String::as_str);
    match name {
        "show" => view::show(&plan, format).map(|text| (text, true)),
        _ => view::lint(&plan, format),
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

fn write_policy(force: bool) -> Result<(String, bool)> {
    let reader = crate::git::read::Reader::open()?;
    let top = reader
        .work_tree()
        .ok_or_else(|| Error::git("a bare repository has no work tree for a policy file"))?;
    let written = init::run(top, force)?;
    let shown = report::escape(&written.display().to_string());
    Ok((format!("wrote {shown}\n  next     git add guard.toml && git commit -m 'guard: policy'\n"), true))
}

fn run_check(request: &check::Request, format: &str, quiet: bool, fail_on_empty: bool) -> u8 {
    let format = report::by_name(format);
    let verdict = check::run(request).and_then(|verdict| {
        if fail_on_empty && verdict.judged + verdict.unjudged == 0 {
            return Err(Error::usage("the range holds no commit: nothing was judged")
                .help("guard check <base>..<head>"));
        }
        Ok(verdict)
    });
    match (verdict, format) {
        (Ok(verdict), Some(format)) => {
            let mut text = (format.verdict)(&verdict, Style::stdout());
            if format.error.is_none() && !quiet {
                text.push_str(&summary(&verdict));
            }
            said(&text, exit_code(&verdict))
        }
        (Err(e), format) => {
            if let Some(write) = format.and_then(|f: &Format| f.error) {
                said(&write(&e), FAILED);
            }
            failed(&e)
        }
        (Ok(_), None) => failed(&Error::usage("there is no such format")),
    }
}

fn summary(verdict: &Verdict) -> String {
    use crate::model::Level;
    let count = |level| verdict.findings.iter().filter(|f| f.level == level).count();
    let (errors, warnings) = (count(Level::Deny), count(Level::Warn));
    let mut text: String = verdict.notices.iter().map(|n| format!("note: {}\n", report::escape(n))).collect();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let found = match (errors, warnings) {
        (0, 0) => "no findings".to_owned(),
        (0, w) => plural(w, "warning"),
        (e, 0) => plural(e, "error"),
        (e, w) => format!("{}, {}", plural(e, "error"), plural(w, "warning")),
    };
    text.push_str(&format!("guard: {} judged, {found}\n", plural(verdict.judged, "commit")));
    text
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

fn run_hook(args: &[OsString]) -> u8 {
    let mut args = args;
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
        return failed(&Error::usage("guard hook wants the name of a hook").help("guard hook pre-commit"));
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
            let text = report::by_name("text").map(|f| (f.verdict)(&verdict, style)).unwrap_or_default();
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
