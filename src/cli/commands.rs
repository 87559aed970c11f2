//! What can be typed: commands, options and their help.

use clap::{Arg, ArgAction, Command};

use crate::{report, summary};

/// Every command, with its options and an example.
pub(super) fn all() -> Command {
    super::common::on_every_command(tree())
}

fn tree() -> Command {
    let plan = || Arg::new("plan").required(true).value_name("PLAN");
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .default_value("text")
        .value_parser(report::FORMATS.iter().map(|f| f.name).collect::<Vec<_>>())
        .help("How the verdict is written");
    Command::new("guard")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Refuses every commit that leaves the written plan")
        .after_help("Start here:\n  guard demo                    watch it work in a throw-away repository\n  guard install                 place the hooks, once per repository\n  guard start plans/x.toml      lock a plan with a rollback commit\n\nExit codes: 0 clean, 1 findings, 2 nothing was judged, 130 interrupted\n\nExample:\n  guard -C ../other status")
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
                .arg(flag("schema", "Print the JSON schema of guard.toml, for editors").conflicts_with("force"))
                .after_help("Examples:\n  guard init && git add guard.toml && git commit -m 'guard: policy'\n  guard init --schema > guard.schema.json"),
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
                .arg(
                    Arg::new("output-file")
                        .long("output-file")
                        .value_name("FILE")
                        .help("Write it to this file; one line on standard error sums it up"),
                )
                .arg(flag("schema", "Print the JSON schema of the json and jsonl formats"))
                .arg(
                    Arg::new("plan")
                        .long("plan")
                        .value_name("FILE")
                        .help("Replay: judge the commits as if this plan had been running")
                        .conflicts_with_all(["require-evidence", "run-gates"]),
                )
                .arg(flag("fail-on-empty", "An empty range is an error, not a pass"))
                .arg(flag("require-evidence", "Every task commit needs evidence of its gates in the notes here"))
                .arg(flag("run-gates", "Run the gates on the newest commit").conflicts_with("require-evidence"))
                .after_help("Exit codes: 0 no errors, 1 errors, 2 nothing was judged.\n\nExamples:\n  guard check origin/main..HEAD --format json\n  guard check --format sarif --output-file guard.sarif\n  guard check --plan docs/plan.md HEAD~20..HEAD"),
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
                        .arg(Arg::new("revision").value_name("REV").help("Default: what is staged"))
                        .after_help("Example:\n  guard gate show HEAD~1"),
                )
                .subcommand(
                    Command::new("decide")
                        .about("Decide about a gate that has used up its tries")
                        .arg(Arg::new("gate").required(true).value_name("GATE").help("Its name in guard.toml"))
                        .arg(Arg::new("task").long("task").required(true).value_name("TASK").help("The task that it blocks"))
                        .arg(flag("retry", "Allow three more tries").conflicts_with("stop"))
                        .arg(flag("stop", "Leave it blocked").required_unless_present("retry"))
                        .arg(Arg::new("reason").long("reason").required(true).value_name("WHY").help("Why, for those who read the log"))
                        .after_help("Example:\n  guard gate decide tests --task T003 --retry --reason 'the mirror was down'"),
                )
                .after_help("Evidence is a git note on the tree: git push origin refs/notes/guard\n\nExample:\n  guard gate T003 && git commit -m 'T003: read numbers'"),
        )
        .subcommand(report_command())
        .subcommand(
            Command::new("log")
                .about("Write the execution log, or bring it up to date, from history and evidence")
                .arg(flag("stdout", "Print it, and write nothing"))
                .after_help("What you write outside of guard's marks stays as it is, byte for byte.\n\nExample:\n  guard log && git add .artifacts/execute && git commit -m 'log'"),
        )
        .subcommand(super::plan::command())
        .subcommand(super::agent::command())
        .subcommand(
            Command::new("scope")
                .about("Print a task's scope, or test paths against it")
                .arg(Arg::new("task").required(true).value_name("TASK").help("A task of the running plan"))
                .arg(Arg::new("path").num_args(0..).value_name("PATH").help("Paths from the root of the repository"))
                .after_help("Example:\n  guard scope T002 src/lexer.rs"),
        )
        .subcommand(
            Command::new("explain")
                .about("What a rule wants, why, and how to satisfy it")
                .arg(Arg::new("rule").value_name("RULE").help("Default: the list of all"))
                .after_help("Example:\n  guard explain scope"),
        )
        .subcommand(
            Command::new("demo")
                .about("Watch a commit accepted and one refused, in a throw-away repository")
                .arg(flag("keep", "Leave the repository to play with"))
                .after_help("Example:\n  guard demo --keep"),
        )
        .subcommand(
            Command::new("man")
                .about("Print a manual page, or write all of them")
                .arg(Arg::new("command").num_args(0..).value_name("COMMAND").help("Default: guard itself"))
                .arg(
                    Arg::new("output-dir")
                        .long("output-dir")
                        .value_name("DIR")
                        .value_hint(clap::ValueHint::DirPath)
                        .conflicts_with("command")
                        .help("Write every page there, as guard.1, guard-check.1 and so on"),
                )
                .after_help("Examples:\n  guard man plan show | man -l -\n  guard man --output-dir ~/.local/share/man/man1"),
        )
        .subcommand(
            Command::new("completions")
                .about("Print the completions for a shell")
                .arg(
                    Arg::new("shell")
                        .required(true)
                        .value_name("SHELL")
                        .value_parser(super::complete::SHELLS.map(|(name, _)| name))
                        .help("The shell that is to source them"),
                )
                .after_help("The head of each script says where it goes. Tasks, plans, rules, gates and revisions are\ncompleted as they are in the repository at hand.\n\nExamples:\n  guard completions bash > ~/.local/share/bash-completion/completions/guard\n  guard completions fish > ~/.config/fish/completions/guard.fish"),
        )
}

/// `guard hook`, for its help only: hooks run often, and do without the parser for people.
pub(super) fn hook() -> Command {
    Command::new("hook")
        .bin_name("guard hook")
        .disable_help_flag(true)
        .about("Answer a hook of git's, with the arguments and the input that git gives it")
        .arg(
            Arg::new("name")
                .required(true)
                .value_name("NAME")
                .value_parser(crate::hook::DOORS)
                .help("Which hook it is"),
        )
        .arg(Arg::new("arguments").num_args(0..).value_name("ARGUMENTS").help("What git gave the hook"))
        .after_help("The hooks that `guard install` places call it; on a server pre-receive does, which is placed by hand.\nEach judges what git is about to do. It exits with 0 to let it pass, with 1 to refuse it, and with 2 where\nit could not be checked, which refuses it too.\n\nExamples:\n  guard hook pre-commit\n  guard hook commit-msg .git/COMMIT_EDITMSG\n  printf '#!/bin/sh\\nexec guard hook pre-receive\\n' > hooks/pre-receive && chmod +x hooks/pre-receive")
}

/// What a command's help says after its options: remarks, and examples.
fn after_help(command: &Command) -> (String, String) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let parts = ["Example:\n", "Examples:\n"].iter().find_map(|head| help.split_once(head));
    parts
        .map(|(one, two)| (one.trim_end().to_owned(), two.to_owned()))
        .unwrap_or((help.clone(), String::new()))
}

/// What a command's help says before its examples.
pub(super) fn remarks(command: &Command) -> String {
    after_help(command).0
}

/// What a command's help shows as examples, one line each.
pub(super) fn examples(command: &Command) -> Vec<String> {
    let (_, examples) = after_help(command);
    let lines = examples.lines();
    lines.map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}

pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn report_command() -> Command {
    Command::new("report")
        .about("Write the final report of the execution, from history and evidence")
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(summary::FORMATS.iter().map(|f| f.name).collect::<Vec<_>>())
                .help("Default: as FILE's ending says, else text"),
        )
        .arg(Arg::new("output").long("output").short('o').value_name("FILE").help("Write it there"))
        .arg(flag("require-complete", "Exit with 1 while anything is open"))
        .arg(flag("schema", "Print the JSON schema of the json and yaml formats"))
        .after_help("Example:\n  guard report --output report.html --require-complete")
}
