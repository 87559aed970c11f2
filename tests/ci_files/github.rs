//! `action.yml`: its step, run as GitHub's runner runs it.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Ran, copy, executable, guard_bin};
use crate::world::{HOSTILE, LEAVES, TRAPS, World};
use crate::yaml;

const BASH: [&str; 5] = ["bash", "--noprofile", "--norc", "-eo", "pipefail"];
const EVENTS: [&str; 4] = ["push", "pull_request", "pull_request_target", "merge_group"];

/// One run of the action.
struct Action<'a> {
    world: &'a World,
    /// Where the runner has put the action.
    path: PathBuf,
}

impl<'a> Action<'a> {
    fn new(world: &'a World) -> Self {
        let path = world.root().join("actions/guard");
        world.place_guard(&path);
        Self { world, path }
    }

    /// What each variable of the step holds. Any expression but the known ones has no value here: the test fails.
    fn env(&self, event: &str, inputs: &[(&str, &str)]) -> Vec<(String, String)> {
        let text = yaml::file("action.yml");
        let names: Vec<String> = yaml::pairs(&text, "inputs:").into_iter().map(|(name, _)| name).collect();
        assert!(inputs.iter().all(|(name, _)| names.iter().any(|n| n == name)), "{names:?}");
        let value = |expression: String| {
            if let Some(input) = expression.strip_prefix("${{ inputs.").and_then(|e| e.strip_suffix(" }}")) {
                let given =
                    inputs.iter().find(|(name, _)| *name == input).map(|(_, value)| (*value).to_owned());
                return given.unwrap_or_else(|| yaml::value(&text, &format!("{input}:"), "default"));
            }
            let head = "${{ github.event_name == 'pull_request_target' && github.event.pull_request.head.sha || '' }}";
            assert_eq!(expression, head);
            if event == "pull_request_target" { self.world.head.clone() } else { String::new() }
        };
        yaml::pairs(&text, "env:").into_iter().map(|(name, text)| (name, value(text))).collect()
    }

    fn event(&self, name: &str) -> String {
        let (base, head) = (&self.world.base, &self.world.head);
        match name {
            "push" => serde_json::json!({"ref": format!("refs/heads/{HOSTILE}"), "after": head,
                "before": "0".repeat(40), "repository": {"default_branch": "main"}}),
            "merge_group" => serde_json::json!({"merge_group": {"base_sha": base, "head_sha": head}}),
            _ => serde_json::json!({"pull_request": {"title": "$(touch pwned)",
                "base": {"sha": base}, "head": {"sha": head, "ref": HOSTILE}}}),
        }
        .to_string()
    }

    /// Runs the step; the exit code that it wrote down must be the one that it ends with.
    #[track_caller]
    fn run_with(&self, event: &str, inputs: &[(&str, &str)], more: &[(&str, &str)]) -> Ran {
        let root = self.world.root();
        fs::write(root.join("event.json"), self.event(event)).unwrap();
        let output = root.join("output");
        fs::write(&output, "").unwrap();
        let mut env = self.env(event, inputs);
        let own = [
            ("GITHUB_ACTION_PATH", self.path.to_str().unwrap()),
            ("GITHUB_WORKSPACE", self.world.checkout().to_str().unwrap()),
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", root.join("event.json").to_str().unwrap()),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("GITHUB_REF_NAME", HOSTILE),
            ("GITHUB_HEAD_REF", HOSTILE),
            ("GITHUB_SHA", self.world.head.as_str()),
            ("RUNNER_TEMP", root.join("temp").to_str().unwrap()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        env.extend(own);
        env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let ran = self.world.run(&BASH, &yaml::block(&yaml::file("action.yml"), "run: |"), &env);
        assert_eq!(
            fs::read_to_string(output).unwrap(),
            format!("exit-code={}\n", ran.code),
            "{}",
            ran.text()
        );
        self.world.is_unharmed();
        ran
    }

    #[track_caller]
    fn run(&self, event: &str, inputs: &[(&str, &str)]) -> Ran {
        self.run_with(event, inputs, &[])
    }
}

/// What guard printed: between the line that tells the runner to stop reading commands and the one that ends it.
#[track_caller]
fn quoted(ran: &Ran) -> (String, String) {
    let (_, rest) = ran.out.split_once("::stop-commands::").unwrap();
    let (token, rest) = rest.split_once('\n').unwrap();
    assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()), "{token}");
    let text = rest.strip_suffix(&format!("::{token}::\n")).unwrap();
    (token.to_owned(), text.to_owned())
}

#[test]
fn every_event_is_judged_by_the_guard_of_the_action() {
    for (more, code) in [("", 0), (LEAVES, 1)] {
        let world = World::new(more);
        let action = Action::new(&world);
        world.check_out(&world.head, "0");
        for event in EVENTS {
            let ran = action.run(event, &[]).says(code, &[&format!("GitHub {event}")]);
            assert_eq!(quoted(&ran).1.contains("error[scope]: T001 may not change other"), code == 1);
            assert_eq!(world.built(), std::slice::from_ref(&action.path));
        }
    }
}

#[test]
fn the_pull_request_of_a_fork_comes_as_objects_only() {
    for (more, code) in [("", 0), (TRAPS, 1)] {
        let world = World::at("refs/pull/7/head", more);
        world.check_out(&world.base, "0");
        let action = Action::new(&world);
        action.run("pull_request_target", &[]).says(code, &["GitHub pull_request_target"]);
        let git = |args: &[&str]| world.repo.run_in(&world.checkout(), "git", args).ok();
        assert_eq!(git(&["rev-parse", "HEAD"]), world.base);
        assert_eq!(git(&["status", "--porcelain", "--ignored"]), "");
    }
    let world = World::at("refs/pull/7/head", "");
    world.check_out(&world.base, "0");
    let gone = World { head: "1234567890123456789012345678901234567890".into(), ..world };
    Action::new(&gone).run("pull_request_target", &[]).says(2, &["cannot fetch", &gone.head]);
}

#[test]
fn a_shallow_checkout_is_no_pass() {
    let world = World::new("");
    world.check_out(&world.head, "1");
    for event in EVENTS {
        Action::new(&world).run(event, &[]).says(2, &["fetch-depth: 0"]);
    }
}

#[test]
fn a_judge_that_the_branch_brings_is_not_asked() {
    let world = World::new(TRAPS);
    world.check_out(&world.head, "0");
    let mut action = Action::new(&world);
    for event in EVENTS {
        action.run(event, &[]).says(1, &["error[scope]", ".cargo/config.toml"]);
        assert_eq!(world.built(), std::slice::from_ref(&action.path));
    }
    // `uses: ./`, and a program in the checkout.
    for program in
        ["guard", "./guard", "target/release/guard", world.checkout().join("guard").to_str().unwrap()]
    {
        action.run("push", &[("program", program)]).says(2, &["does not bring its own judge"]);
    }
    action.path = world.checkout();
    action.run("push", &[]).says(2, &["does not bring its own judge"]);
    action.path = world.checkout().join("bin/..");
    action.run("push", &[]).says(2, &["does not bring its own judge"]);
    assert!(world.built().is_empty());
}

#[test]
fn a_program_that_the_runner_has_is_used_without_a_build() {
    let world = World::new(LEAVES);
    world.check_out(&world.head, "0");
    let action = Action::new(&world);
    let program = world.root().join("opt/guard");
    copy(guard_bin().as_ref(), &program);
    action.run("push", &[("program", program.to_str().unwrap())]).says(1, &["error[scope]"]);
    action.run("push", &[("program", "/nowhere/guard")]).says(2, &["there is no program /nowhere/guard"]);
    assert!(world.built().is_empty());
    // Its exit code is passed on, whatever it is.
    executable(&program, "#!/bin/sh\n[ $1 = check ] || exec echo guard 0.1.0\nexit 130\n");
    action.run("push", &[("program", program.to_str().unwrap())]).says(130, &[]);
    action.run("push", &[("program", "/bin/true")]).says(2, &["/bin/true is not guard"]);
}

#[test]
fn inputs_reach_guard_as_they_are() {
    let world = World::new(LEAVES);
    world.check_out(&world.head, "0");
    let action = Action::new(&world);
    action.run("push", &[("range", "origin/main..HEAD~1")]).says(0, &["2 commits judged"]);
    action.run("push", &[("range", "HEAD..HEAD")]).says(0, &["the range holds no commit"]);
    action.run("push", &[("range", "HEAD..HEAD"), ("fail-on-empty", "true")]).says(2, &["no commit"]);
    let ran = action.run("push", &[("format", "json")]).says(1, &[]);
    let object: serde_json::Value = serde_json::from_str(&quoted(&ran).1).unwrap();
    assert_eq!(object["findings"][0]["rule"], "scope");
}

#[test]
fn no_input_is_a_command() {
    let world = World::at(&format!("refs/heads/{HOSTILE}"), "");
    world.check_out(&world.head, "0");
    let action = Action::new(&world);
    for event in EVENTS {
        action.run(event, &[]).says(0, &[]);
    }
    for hostile in
        ["$(touch pwned)", "`touch pwned`", "; touch pwned", "\"; touch pwned; \"", "x\ntouch pwned\n"]
    {
        for input in ["range", "format", "program"] {
            action.run("push", &[(input, hostile)]).says(2, &[]);
        }
        action.run("push", &[("fail-on-empty", hostile)]).says(0, &[]);
    }
    action.run("push", &[("range", "--help")]).says(2, &["--help"]);
    assert!(
        !yaml::block(&yaml::file("action.yml"), "run: |").contains("${{"),
        "an input becomes part of the script"
    );
}

#[test]
fn what_the_branch_says_is_no_command_to_the_runner() {
    let world = World::new("echo x >other; git add -A; git commit -qm 'T001: ##[add-mask]e'");
    world.check_out(&world.head, "0");
    let action = Action::new(&world);
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let ran = action.run("push", &[]).says(1, &[]);
        let (token, text) = quoted(&ran);
        assert!(text.contains("##[add-mask]") && !ran.err.contains("##["), "{}", ran.text());
        tokens.push(token);
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "the branch could know the token: {tokens:?}");
}

/// The lines behind what the runner was told not to obey.
#[track_caller]
fn obeyed(ran: &Ran) -> Vec<String> {
    let (_, rest) = ran.out.split_once("::stop-commands::").unwrap();
    let (token, rest) = rest.split_once('\n').unwrap();
    let (_, rest) = rest.split_once(&format!("::{token}::\n")).unwrap();
    rest.lines().map(str::to_owned).collect()
}

#[test]
fn annotations_are_obeyed_and_what_they_quote_is_not() {
    let name = "x%0A::add-mask::e,line=9";
    let world = World::new(&format!(
        "echo x >'{name}'; git add -A; git commit -qm 'T001: ##[add-mask]e %0A::add-mask::e'"
    ));
    world.check_out(&world.head, "0");
    let action = Action::new(&world);
    let lines = obeyed(&action.run("push", &[("format", "github")]).says(1, &[]));
    let (last, findings) = lines.split_last().unwrap();
    assert!(last.starts_with("::notice title=guard::") && !findings.is_empty(), "{lines:?}");
    for line in findings {
        // The runner takes what stands before the second `::` for the command.
        let (head, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap();
        assert!(["error", "warning"].contains(&command), "{line}");
        assert_eq!(properties.split(',').filter(|p| p.starts_with("line=")).count(), 1, "{line}");
        assert!(line.matches("%0A::add-mask").count() == 0, "{line}");
    }
    assert!(lines[0].contains("file=x%250A%3A%3Aadd-mask%3A%3Ae%2Cline=9,line=1,"), "{}", lines[0]);
    let ran = action.run("push", &[("format", "github"), ("range", "gone..HEAD")]).says(2, &[]);
    let lines = obeyed(&ran);
    assert!(
        lines.len() == 1 && lines[0].starts_with("::error title=guard%3A nothing was judged::"),
        "{lines:?}"
    );
    for format in ["text", "json", "junit"] {
        assert_eq!(obeyed(&action.run("push", &[("format", format)]).says(1, &[])), [""; 0]);
    }
}

#[test]
fn a_report_goes_to_the_file_that_is_asked_for() {
    let world = World::new(LEAVES);
    world.check_out(&world.head, "0");
    let action = Action::new(&world);
    let file = world.root().join("$(touch pwned); out");
    for format in ["sarif", "github"] {
        let inputs = [("format", format), ("output-file", file.to_str().unwrap())];
        let ran = action.run("push", &inputs).says(1, &[]);
        assert_eq!((quoted(&ran).1.as_str(), obeyed(&ran).len()), ("", 0), "{format}");
        assert!(fs::read_to_string(&file).unwrap().contains("T001 may not change other"), "{format}");
    }
}

#[test]
fn a_build_that_fails_is_no_finding() {
    let world = World::new(LEAVES);
    world.check_out(&world.head, "0");
    Action::new(&world).run_with("push", &[], &[("BROKEN", "1")]).says(2, &["the build failed"]);
}

#[test]
fn the_action_runs_nothing_but_its_own() {
    let text = yaml::file("action.yml");
    assert!(!text.contains("uses:"), "another action would have to be pinned, and judged");
    assert_eq!(text.matches("run:").count(), 1);
}
