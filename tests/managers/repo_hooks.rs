//! guard as a hook of pre-commit's and prek's own: `.pre-commit-hooks.yaml` at the root of the project.

use std::path::Path;

use crate::field::{Field, Manager};

const HOOKS: [&str; 5] = ["guard", "guard-merge", "guard-prepare", "guard-message", "guard-push"];
const STAGES: [&str; 5] = ["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push"];

/// The manager has fetched the hooks from a repository that holds this project's file, and a plan has started.
fn field(manager: Manager, hooks: &[&str]) -> Option<Field> {
    let f = Field::new(manager)?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let project = f.repo.root().join("guard-project");
    let project = project.to_str().unwrap();
    f.does(&format!(
        "git init -q {project}; cp {} {project}; cd {project}; git add .; git commit -qm 1",
        file.display()
    ));
    let rev = f.does(&format!("git -C {project} rev-parse HEAD"));
    f.repo.write(".pre-commit-config.yaml", settings(project, &rev, hooks));
    let program = if manager == Manager::Prek { "prek" } else { "pre-commit" };
    f.does("git add -A; git commit -qm settings; guard start plans/p.toml");
    f.does(&format!("{program} install"));
    Some(f)
}

/// The `.pre-commit-config.yaml` of `docs/managers.md` with these hooks of it, the project being at `url`.
fn settings(url: &str, rev: &str, hooks: &[&str]) -> String {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/managers.md")).unwrap();
    let block =
        page.split("```yaml\n# .pre-commit-config.yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(block.contains(&format!("[{}]", STAGES.join(", "))), "{block}");
    let id =
        |line: &str| line.trim().strip_prefix("- id: ").map(|id| id.split(' ').next().unwrap().to_owned());
    let told: Vec<String> = block.lines().filter_map(id).collect();
    assert_eq!(told, HOOKS);
    let kept = block.lines().filter(|line| id(line).is_none_or(|id| hooks.contains(&id.as_str())));
    let text: String = kept.map(|line| format!("{line}\n")).collect();
    text.replace("<URL of this repository>", url).replace("<commit or tag>", rev)
}

fn good_and_bad_commits(manager: Manager) {
    let Some(f) = field(manager, &HOOKS) else { return };
    f.does("echo x >> src/a; git commit -qam 'T001: good'");
    // What is not staged is out of the way while guard looks, and comes back.
    f.does(
        "echo x >> src/a; git add src/a; echo y >> src/a; echo z >> docs/d; git commit -qm 'T001: staged'",
    );
    assert_eq!(f.does("git status --short"), " M docs/d\n M src/a");
    let scope = ["error[scope]", "docs/d"];
    f.refused("git add src/a docs/d; git commit -qm 'T001: x'", &scope, "could not");
    f.refused("echo x >> docs/d; git commit -qam 'T001: x'", &scope, "could not");
    f.refused("echo x >> docs/d; git commit -qm 'T001: x' docs/d", &scope, "could not");
    f.refused(
        "echo x >> other; git add other; git commit -qm 'T001: x'",
        &["error[scope]", "other"],
        "T001: x",
    );
    f.does(
        "rm -f other; echo x >> docs/d; git add docs/d; echo x >> src/a; git commit -qm 'T001: path' src/a",
    );
    assert_eq!(f.does("git show --format= --name-only HEAD; git status --short"), "src/a\nM  docs/d");
    f.does("git reset -q --hard");
    f.does("git commit -q --amend --no-edit; git commit -q --amend; echo x >> src/a; git commit -qa --amend -C HEAD");
    for message in ["no task", "T009: x"] {
        f.refused(&format!("echo x >> src/a; git commit -qam '{message}'"), &["error[task-id]"], "could not");
    }
    f.refused("echo x >> src/a; git commit -q --no-verify -am 'no task'", &["error[task-id]"], "could not");
    let tree = "git worktree add -q ../tree; cd ../tree; echo x >> docs/d";
    f.refused(&format!("{tree}; git commit -qam 'T001: x'"), &scope, "could not");
    f.does("cd ../tree; git commit -qam 'T002: x'");
}

fn merges_and_pushes(manager: Manager) {
    let Some(f) = field(manager, &HOOKS) else { return };
    f.does("git init -q --bare ../srv; git remote add origin ../srv; git push -q origin main");
    f.does("git checkout -qb side; echo x >> docs/d; git commit -qam 'T002: x'; git push -q origin side");
    f.does(
        "git checkout -qb mine main; echo x >> src/a; git commit -qam 'T001: x'; git merge -q --no-ff side",
    );
    f.does("git push -q origin mine");
    let quiet = "git -c core.hooksPath=/dev/null commit -qam 'no task'";
    let push = format!("echo x >> src/a; {quiet}; git push -q origin mine");
    let ran = f.sh(&push);
    assert_ne!(ran.code, 0, "{}", ran.text());
    assert!(ran.text().contains("error[task-id]"), "{}", ran.text());
    assert_eq!(f.does("git ls-remote origin mine | cut -f1"), f.does("git rev-parse mine^"));
    // Something else slips into a merge.
    f.does(
        "git reset -q --hard HEAD^; git checkout -qb other main; echo y >> src/a; git commit -qam 'T001: y'",
    );
    f.does("git checkout -q side; git merge -q --no-commit --no-ff other; echo x > evil; git add evil");
    f.refused("git commit -qm 'merge'", &["error["], "could not");
}

/// Each refuses without the others' help, and lets pass what is right.
fn each_hook_alone(manager: Manager) {
    let unseen = "git -c core.hooksPath=/dev/null";
    let foreign = "echo x >> other; git add other";
    let side = format!("git checkout -qb side; {foreign}; {unseen} commit -qm side; git checkout -q main");
    let cases = [
        ("guard", format!("{foreign}; git commit -qm 'T001: x'"), "error[scope]: no task may change other"),
        ("guard-merge", format!("{side}; git merge -q -s ours -m 'T001: x' side"), "error["),
        (
            "guard-prepare",
            "echo x >> src/a; git commit -q --no-verify -am 'no task'".to_owned(),
            "error[task-id]",
        ),
        (
            "guard-message",
            "echo x >> src/a; GIT_EDITOR='sed -i 1ino' git commit -qa".to_owned(),
            "error[task-id]",
        ),
        (
            "guard-push",
            format!("echo x >> src/a; {unseen} commit -qam no; git push -q origin main:x"),
            "error[task-id]",
        ),
    ];
    for (hook, bad, word) in cases {
        let Some(f) = field(manager, &[hook]) else { return };
        f.does("git init -q --bare ../srv; git remote add origin ../srv; git push -q origin main");
        f.does("echo x >> src/a; git commit -qam 'T001: good'; git push -q origin main");
        let ran = f.sh(&bad);
        assert_ne!(ran.code, 0, "{hook} let it pass: {bad}");
        assert!(ran.text().contains(word), "{hook}: {word:?} is not in:\n{}", ran.text());
    }
}

mod pre_commit {
    use super::Manager::PreCommit;

    #[test]
    fn each_hook_alone() {
        super::each_hook_alone(PreCommit);
    }

    #[test]
    fn good_and_bad_commits() {
        super::good_and_bad_commits(PreCommit);
    }

    #[test]
    fn merges_and_pushes() {
        super::merges_and_pushes(PreCommit);
    }
}

mod prek {
    use super::Manager::Prek;

    #[test]
    fn each_hook_alone() {
        super::each_hook_alone(Prek);
    }

    #[test]
    fn good_and_bad_commits() {
        super::good_and_bad_commits(Prek);
    }

    #[test]
    fn merges_and_pushes() {
        super::merges_and_pushes(Prek);
    }
}
