//! What is written into a host's settings, and what an agent is told.

use std::fs;

use serde_json::Value;

use super::harness::{executable, guard_bin};
use super::world::{HOSTS, Tool, heard, payload, plain, started};

const FILES: [(&str, &str); 6] = [
    ("claude", ".claude/settings.json"),
    ("codex", ".codex/hooks.json"),
    ("cursor", ".cursor/hooks.json"),
    ("gemini", ".gemini/settings.json"),
    ("copilot", ".github/hooks/guard.json"),
    ("opencode", ".opencode/plugins/guard.js"),
];

#[test]
fn settings_that_cannot_be_read_are_left_alone() {
    let repo = plain();
    for (host, file) in FILES {
        repo.write(file, "{ // mine\n}");
        repo.guard(&["agent", "hooks", host, "--write"])
            .says(2, &[file, "is left as it is", "guard agent hooks"]);
        assert_eq!(fs::read_to_string(repo.path.join(file)).unwrap(), "{ // mine\n}");
    }
    fs::remove_dir_all(repo.path.join(".claude")).unwrap();
    fs::create_dir(repo.path.join("other")).unwrap();
    std::os::unix::fs::symlink("other", repo.path.join(".claude")).unwrap();
    repo.guard(&["agent", "hooks", "claude", "--write"]).says(2, &["is a link"]);
    assert_eq!(fs::read_dir(repo.path.join("other")).unwrap().count(), 0);
    assert!(!repo.path.join(".git/guard").exists(), "nothing was changed, so nothing is kept");
    repo.guard(&["agent", "hooks", "emacs"]).says(2, &["emacs", "claude"]);
    repo.guard(&["agent", "hooks"]).says(2, &["HOST"]);
    repo.guard(&["agent", "pre-tool"]).says(2, &["--host"]);
}

#[test]
fn settings_are_written_once_and_what_was_there_is_kept() {
    for (host, file) in FILES {
        let repo = plain();
        let said = repo.guard(&["agent", "hooks", host, "--write"]).ok();
        assert!(said.contains(&format!("wrote {file}")) && !said.contains("before"), "{said}");
        let first = fs::read_to_string(repo.path.join(file)).unwrap();
        assert_eq!(first, repo.guard(&["agent", "hooks", "--host", host]).ok() + "\n", "as it is printed");
        let again = repo.guard(&["agent", "hooks", host, "--write"]).ok();
        assert!(again.contains("asks guard already"), "{again}");
        assert_eq!(fs::read_to_string(repo.path.join(file)).unwrap(), first);
    }
    let repo = plain();
    let mine = "{\n    \"model\": \"x\",\n    \"hooks\": {\"PreToolUse\": [{\"matcher\": \"Bash\", \"hooks\": []}]}\n}\n";
    repo.write(".claude/settings.json", mine);
    let said = repo.guard(&["agent", "hooks", "claude", "--write"]).ok();
    let backup = said.lines().find_map(|line| line.trim().strip_prefix("before")).unwrap().trim();
    assert_eq!(fs::read_to_string(repo.path.join(backup)).unwrap(), mine);
    let now = fs::read_to_string(repo.path.join(".claude/settings.json")).unwrap();
    assert!(now.starts_with(mine.trim_end_matches("]}\n}\n")) && now.ends_with("]}\n}\n"), "{now}");
    let value: Value = serde_json::from_str(&now).unwrap();
    assert_eq!(value["hooks"]["PreToolUse"].as_array().map(Vec::len), Some(2));
}

/// The command in a host's settings, run as the host would run it: by a shell, with the payload on its standard input.
#[test]
fn the_command_in_the_settings_refuses_even_without_guard() {
    for host in HOSTS.into_iter().filter(|host| *host != "opencode") {
        let mut repo = started();
        let printed: Value = serde_json::from_str(&repo.guard(&["agent", "hooks", host]).ok()).unwrap();
        let list = printed["hooks"].as_object().unwrap().values().next().unwrap();
        let entry = &list[0];
        let commands = [&entry["hooks"][0]["command"], &entry["command"], &entry["bash"]];
        let command = commands.into_iter().find_map(Value::as_str).unwrap().to_owned();
        let call = payload(host, &repo.path, Tool::Write("docs/a.md", "x")).unwrap();
        let file = repo.root().join("call.json");
        fs::write(&file, call.to_string()).unwrap();
        let line = format!("{{ {command}; }} < '{}'", file.display());
        // It is not there: the host must not take that for yes.
        let bare = repo.root().join("bin");
        for tool in ["sh", "cat"] {
            let path = std::env::split_paths(&std::env::var_os("PATH").unwrap())
                .map(|d| d.join(tool))
                .find(|p| p.exists());
            fs::create_dir_all(&bare).unwrap();
            std::os::unix::fs::symlink(path.unwrap(), bare.join(tool)).unwrap();
        }
        repo.env("PATH", bare.as_os_str());
        let ran = repo.run_in(&repo.path, bare.join("sh"), &["-c", &line]);
        match host {
            // `failClosed`, and Copilot's own rule that a hook which fails refuses.
            "cursor" => assert!(ran.code != 0 && entry["failClosed"] == true, "{}", ran.text()),
            "copilot" => assert!(ran.code != 0, "{}", ran.text()),
            _ => assert!(heard(host, ran.code, &ran.out, &ran.err).is_some(), "{host}"),
        }
        // Nor where it crashes.
        executable(&bare.join("guard"), "#!/bin/sh\nkill -9 $$\n");
        let ran = repo.run_in(&repo.path, bare.join("sh"), &["-c", &line]);
        assert!(
            ran.code != 0 && (ran.code == 2 && !ran.err.is_empty() || ["cursor", "copilot"].contains(&host)),
            "{host}: {}",
            ran.text()
        );
        fs::remove_file(bare.join("guard")).unwrap();
        std::os::unix::fs::symlink(guard_bin(), bare.join("guard")).unwrap();
        let ran = repo.run_in(&repo.path, bare.join("sh"), &["-c", &line]);
        assert!(heard(host, ran.code, &ran.out, &ran.err).unwrap().contains("docs/a.md"), "{host}");
    }
}

/// The plugin, loaded by node as OpenCode loads it.
#[test]
fn the_plugin_of_opencode_throws_the_reason() {
    let Some(node) = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|d| d.join("node"))
        .find(|p| p.exists())
    else {
        eprintln!("skipped: there is no node here");
        return;
    };
    let mut repo = started();
    repo.guard(&["agent", "hooks", "opencode", "--write"]).ok();
    repo.write(
        "../try.mjs",
        r#"const { Guard } = await import(process.argv[2]);
const hooks = await Guard({ directory: process.argv[3] });
for (const [tool, args] of JSON.parse(process.argv[4])) {
  try {
    await hooks["tool.execute.before"]({ tool, sessionID: "s", callID: "c" }, { args });
    console.log("runs");
  } catch (e) {
    console.log("throws " + e.message.split("\n")[0]);
  }
}
"#,
    );
    // node must know that it is a module, as OpenCode's own loader does.
    fs::copy(repo.path.join(".opencode/plugins/guard.js"), repo.root().join("guard.mjs")).unwrap();
    let calls = serde_json::json!([
        ["write", {"filePath": repo.path.join("docs/a.md"), "content": "x"}],
        ["bash", {"command": "git commit -n"}],
        ["write", {"filePath": repo.path.join("src/a.rs"), "content": "x"}],
        ["read", {"filePath": repo.path.join("docs/a.md")}],
    ]);
    let run = |repo: &super::harness::Repo| {
        let plugin = repo.root().join("guard.mjs");
        let script = repo.root().join("try.mjs");
        let args = [
            script.to_str().unwrap(),
            plugin.to_str().unwrap(),
            repo.path.to_str().unwrap(),
            &calls.to_string(),
        ];
        repo.run_in(&repo.path, &node, &args).ok()
    };
    repo.env("PATH", std::path::Path::new("/nonexistent").as_os_str());
    let said = run(&repo);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[..3].iter().all(|line| line.starts_with("throws guard could not answer")), "{said}");
    assert_eq!(lines[3], "runs");
    let bin = std::path::Path::new(guard_bin()).parent().unwrap().to_owned();
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    repo.env("PATH", path.unwrap());
    let said = run(&repo);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "throws error[scope]: no task that is ready may change docs/a.md");
    assert!(lines[1].starts_with("throws error: git commit --no-verify"), "{said}");
    assert_eq!(lines[2..], ["runs", "runs"]);
}

#[test]
fn every_command_of_the_instructions_runs() {
    let repo = started();
    repo.write("guard.toml", "version = 1\n[[gate]]\nname = \"tests\"\nrun = \"true\"\n");
    repo.write("plans/second.toml", super::world::PLAN.replace("lexer", "second"));
    repo.git(&["add", "guard.toml"]).ok();
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    repo.write("guard.toml", "version = 1\n[[gate]]\nname = \"tests\"\nrun = \"true\"\n");
    repo.git(&["add", "guard.toml"]).ok();
    repo.git(&["commit", "-q", "-m", "guard: a gate"]).ok();
    repo.write("plans/second.toml", super::world::PLAN.replace("lexer", "second"));
    repo.guard(&["install"]).ok();
    repo.guard(&["start", "plans/second.toml"]).ok();
    repo.write("src/a.rs", "b\n");
    let text = repo.guard(&["agent", "instructions"]).ok();
    assert!(text.lines().count() < 60, "short enough to be read");
    let mut inside = false;
    let mut blocks = Vec::new();
    for line in text.lines().map(str::trim) {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside => blocks.push(command.to_owned()),
            _ => {}
        }
    }
    assert!(blocks.len() > 6, "{blocks:?}");
    // Commands in the text itself.
    let spans =
        text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("guard ") && !span.contains('\n'));
    blocks.extend(spans.map(str::to_owned).filter(|span| span.as_str() != "guard check").collect::<Vec<_>>());
    assert!(blocks.iter().any(|command| command == "guard next --release"), "{blocks:?}");
    let bin = std::path::Path::new(guard_bin()).parent().unwrap().display().to_string();
    for command in blocks {
        let line = command.replace("TASK", "T001").replace("PATH", "src/a.rs");
        let ran = repo.run_in(&repo.path, "sh", &["-c", &format!("PATH={bin}:$PATH; {line}")]);
        assert_eq!(ran.code, 0, "$ {line}\n{}", ran.text());
    }
    assert_eq!(repo.git(&["log", "-1", "--format=%s"]).ok(), "T001: what was done");
}
