//! `guard plan convert`

use super::{PATH, PLAN, json, only_looks, planned};
use crate::harness::{Repo, picture};

#[test]
fn a_file_that_is_there_is_never_replaced() {
    let repo = planned();
    repo.write("plans/lease.toml", "mine\n");
    let before = picture(&repo.path);
    for target in ["plans/lease.toml", PATH, "plans"] {
        repo.guard(&["plan", "convert", PATH, "--to", "toml", "-o", target])
            .says(2, &[target, "is there already"]);
    }
    std::os::unix::fs::symlink("nowhere", repo.path.join("link")).unwrap();
    repo.guard(&["plan", "convert", PATH, "--to", "toml", "-o", "link"]).says(2, &["is there already"]);
    std::fs::remove_file(repo.path.join("link")).unwrap();
    repo.guard(&["plan", "convert", PATH, "--to", "toml", "-o", "no/such/folder/x.toml"])
        .says(2, &["cannot write"]);
    repo.guard(&["plan", "convert", PATH]).says(2, &["--to"]);
    repo.guard(&["plan", "convert", "gone.md", "--to", "toml"]).says(2, &["gone.md"]);
    assert_eq!(picture(&repo.path), before);
}

#[test]
fn what_cannot_be_said_in_the_format_is_refused() {
    let repo = planned();
    // An overlay may name a file that is called `all`; in a plan that is no scope.
    repo.write("guard.toml", "[overlay.\"plans/lease.md\"]\nT002 = [\"all\"]\n");
    only_looks(&repo, &["plan", "convert", PATH, "--to", "toml"])
        .says(2, &["the scope of T002 cannot be written", "plans/lease.md:10", "\n  fix"]);
}

#[test]
fn the_converted_plan_says_the_same_and_no_more() {
    let repo = planned();
    let printed = only_looks(&repo, &["plan", "convert", PATH, "--to", "toml"]).ok();
    repo.guard(&["plan", "convert", PATH, "--to", "toml", "-o", "plans/new.toml"])
        .says(0, &["wrote plans/new.toml", "guard plan lint plans/new.toml"]);
    assert_eq!(std::fs::read_to_string(repo.path.join("plans/new.toml")).unwrap(), printed.clone() + "\n");
    let decisive = |path: &str| {
        let value = json(&repo.guard(&["plan", "show", path, "--format", "json"]));
        let mut tasks = value["tasks"].as_array().unwrap().clone();
        for task in &mut tasks {
            let task = task.as_object_mut().unwrap();
            task.retain(|key, _| !["line", "file", "declared"].contains(&key.as_str()));
        }
        (tasks, value["topic"].clone())
    };
    assert_eq!(decisive(PATH), decisive("plans/new.toml"));
    for line in ["# plans/lease.md:3", "# plans/lease.md:10", "scope = [\"docs/**\"]", "scope = []"] {
        assert!(printed.lines().any(|l| l == line), "{line}\n{printed}");
    }
    repo.guard(&["plan", "lint", "plans/new.toml"]).says(1, &["T002 does not declare its scope"]);
    // What the overlay declares is part of the plan.
    repo.write("guard.toml", "[overlay.\"plans/lease.md\"]\nT002 = [\"src/main.rs\"]\n");
    let printed = repo.guard(&["plan", "convert", PATH, "--to", "toml"]).ok();
    assert!(printed.contains("scope = [\"src/main.rs\"]"), "{printed}");
}

#[test]
fn plans_of_every_shape_are_converted() {
    let repo = Repo::new();
    let execplan = "# Lease\n\nEXECPLAN-READY\n\n## Progress\n- [x] T001: pin\n- [ ] T002 use\n\n## Surprises & Discoveries\n## Decision Log\n\
        ## Outcomes & Retrospective\n\n## Plan of Work\n### T001: pin the lease\n**Files:** `src/lease.rs`\n";
    let bold = "# P\n\n**T1.1: One \"quoted\" \\ thing**\n- Files: `a b.rs`, `src/[id]/x.ts`\n- Depends on: none\n\n**T1.2: Two**\n- Files: none\n- Depends on: T1.1\n";
    let numbered = "## Task 1: x\n\n**Files:**\n- Delete: `src/old.rs`\n- `src/new/` (directory)\n\n## Task 2: y\n\n**Depends on:** Task 1\n**Files:** `src/{a,b}.rs`, `!src/c/`\n";
    for (name, text) in
        [("lease-execplan.md", execplan), ("bold.md", bold), ("numbered.md", numbered), ("plain.md", PLAN)]
    {
        repo.write(name, text);
        repo.guard(&["plan", "convert", name, "--to", "toml", "-o", &format!("{name}.toml")]).ok();
        let tasks = |path: &str| {
            let value = json(&repo.guard(&["plan", "show", path, "--format", "json"]));
            let tasks = value["tasks"].as_array().unwrap().clone();
            tasks
                .iter()
                .map(|t| [t["id"].clone(), t["scope"].clone(), t["depends_on"].clone(), t["summary"].clone()])
                .collect::<Vec<_>>()
        };
        let before = tasks(name);
        assert!(before.len() > 1, "{name}");
        assert_eq!(before, tasks(&format!("{name}.toml")), "{name}");
    }
}
