//! The texts under which `docs/troubleshooting.md` lists what to do are those that guard says, and each of them is provoked here.

use std::fs;
use std::path::Path;
use std::thread;

use crate::document::{code_spans, root, text};
use crate::project;

const PAGE: &str = "docs/troubleshooting.md";

/// A text of the table, and what to type in a repository with the tour's plan, before guard comes into it, to meet it.
#[rustfmt::skip]
const PROVOKED: &[(&str, &str)] = &[
    ("no rollback commit precedes this commit", "guard install; echo x > src/lexer.rs; git commit -qam 'T001: x'"),
    ("the rollback commit … is not valid", "git commit -q --allow-empty -m 'rollback: before executing plan gone'; guard next"),
    ("the message names no task", "guard install; guard start plans/lexer.toml; echo x > src/lexer.rs; git commit -qam x"),
    ("… may not change …", "guard install; guard start plans/lexer.toml; echo x > docs/x; git add .; git commit -qm 'T001: x'"),
    ("… already has its commit", "guard start plans/lexer.toml; echo x > src/lexer.rs; git commit -qam 'T001: x'; echo y > src/lexer.rs; \
        git commit -qam 'T001: y'; guard check"),
    ("… has no evidence for the gate …", "printf 'version = 1\\n[[gate]]\\nname = \"t\"\\nrun = \"true\"\\n' > guard.toml; git add .; \
        git commit -qm policy; guard install; guard start plans/lexer.toml; echo x > src/lexer.rs; git commit -qam 'T001: x'"),
    ("guard finds no tasks here in any format that it knows", "echo '# x' > plans/x.md; guard plan show plans/x.md"),
    ("… does not declare its scope", "printf '### T001: x\\n\\nDo it.\\n' > plans/x.md; guard plan lint plans/x.md"),
    ("… lies where this repository keeps no plans", "cp plans/lexer.toml x.toml; guard start x.toml"),
    ("there is no plan …", "guard start gone"),
    ("… is running already", "guard start plans/lexer.toml; guard start plans/lexer.toml"),
    ("the work tree is not clean", "echo x > src/lexer.rs; guard start plans/lexer.toml"),
    ("… is under way", "git checkout -qb a; echo a > src/lexer.rs; git commit -qam a; git checkout -q main; echo b > src/lexer.rs; \
        git commit -qam b; git merge a; guard start plans/lexer.toml"),
    ("git ignores …, and the lock must be in the tree", "echo new.toml > .git/info/exclude; sed s/lexer/new/ plans/lexer.toml > plans/new.toml; \
        guard start plans/new.toml"),
    ("this branch has no commit yet, so there is nothing to return to", "git init -q ../e; cd ../e; mkdir plans; \
        cp ../project/plans/lexer.toml plans; guard start plans/lexer.toml"),
    ("the guard program was not found", "guard install; sed -i \"s|^bin=.*|bin='/gone'|\" .git/hooks/*; echo x > src/lexer.rs; \
        PATH=/usr/bin:/bin git commit -qam 'T001: x'"),
    ("… is shared by other repositories, which guard install would guard too", "mkdir ../all; git config --global core.hooksPath $PWD/../all; guard install"),
    ("git is told to run no hooks here", "git config core.hooksPath /dev/null; guard install"),
    ("no git repository can be read here", "mkdir ../out; cd ../out; guard status"),
    ("unknown key …", "printf 'version = 1\\n[rule]\\n' > guard.toml; git add .; git commit -qm policy; guard start plans/lexer.toml"),
    ("there is no rule …", "printf 'version = 1\\n[rules]\\nscop = \"warn\"\\n' > guard.toml; git add .; git commit -qm policy; guard start plans/lexer.toml"),
    ("this guard reads version … of the policy file, and this is another", "echo version = 9 > guard.toml; git add .; git commit -qm policy; \
        guard start plans/lexer.toml"),
    ("no plan is running", "guard next"),
    ("… would be overwritten, and git does not track it", "guard start plans/lexer.toml; git rm -q tests/lexer.rs; git commit -qm 'T001: x'; \
        mkdir tests; echo mine > tests/lexer.rs; guard rollback --yes"),
    ("nothing was changed: there is no terminal to ask on", "guard start plans/lexer.toml; echo x > src/lexer.rs; git commit -qam 'T001: x'; guard rollback"),
    ("no task can be taken now", "guard start plans/lexer.toml; guard next --claim; git worktree add -qb b ../b; cd ../b; guard next --claim"),
    ("the policy names no gate", "guard start plans/lexer.toml; guard gate"),
    ("two logs tell of this execution", "guard start plans/lexer.toml; guard log; cd .artifacts/execute; cp *_lexer.md 2000-01-01_00-00-00_lexer.md; guard log"),
    ("the history is cut off at … (shallow clone)", "guard start plans/lexer.toml; echo x > src/lexer.rs; git commit -qam 'T001: x'; \
        git clone -q --depth 2 file://$PWD ../s; cd ../s; guard next"),
    ("object … is missing", "guard start plans/lexer.toml; echo x > src/lexer.rs; git commit -qam 'T001: x'; \
        git clone -q --depth 1 file://$PWD ../s; cd ../s; guard next"),
    ("… is not a commit here", "guard check gone..HEAD"),
    ("there is no target branch to compare with, and no rollback commit", "guard check"),
    ("the event of GitHub Actions cannot be read", "GITHUB_EVENT_NAME=push GITHUB_EVENT_PATH=/gone guard check"),
    ("the range holds no commit: nothing was judged", "guard check HEAD..HEAD"),
    ("the server's branch … does not exist yet: nothing is approved", "git init -q --bare ../s; \
        printf '#!/bin/sh\\nexec guard hook pre-receive\\n' > ../s/hooks/pre-receive; chmod +x ../s/hooks/pre-receive; git push -q ../s main:other"),
    ("the protected branch would lose commits", "git commit -q --allow-empty -m b; git init -q --bare ../s; git push -q ../s main; \
        printf '#!/bin/sh\\nexec guard hook pre-receive\\n' > ../s/hooks/pre-receive; chmod +x ../s/hooks/pre-receive; git push -qf ../s main~1:main"),
];

/// Does `said` hold the parts of `text` between its `…`, one after the other?
fn says(said: &str, text: &str) -> bool {
    let mut rest = said;
    text.split('…').map(str::trim).all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// The first cell of each row that quotes a text.
fn quoted() -> Vec<String> {
    let page = text(PAGE);
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_start_matches("| `").split('`').next().unwrap().to_owned()).collect()
}

#[test]
fn every_text_is_one_that_guard_says() {
    let all = quoted();
    assert!(all.len() > 25, "{all:?}");
    let provoked: Vec<&str> = PROVOKED.iter().map(|(text, _)| *text).collect();
    assert_eq!(all, provoked, "each row of {PAGE} is provoked, in its order");
    // Two at once: the machine has little more.
    let half = PROVOKED.len() / 2;
    thread::scope(|scope| {
        for part in [&PROVOKED[..half], &PROVOKED[half..]] {
            scope.spawn(|| part.iter().for_each(|(text, script)| provoke(text, script)));
        }
    });
}

fn provoke(text: &str, script: &str) {
    let repo = project();
    let said = repo.run_in(&repo.path, "sh", &["-c", script]).text();
    assert!(says(&said, text), "{text}\n$ {script}\n{said}");
}

fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, all),
            false => all.push_str(&fs::read_to_string(path).unwrap_or_default()),
        }
    }
}

#[test]
fn every_part_of_a_text_is_in_the_sources() {
    let mut all = String::new();
    sources(&root().join("src"), &mut all);
    sources(&root().join("hooks"), &mut all);
    for text in quoted() {
        for part in text.split('…').map(str::trim) {
            assert!(all.contains(part), "no source says {part:?}");
        }
    }
    // A row tells what to do in words that can be typed, or shown.
    for row in text(PAGE).lines().filter(|line| line.starts_with("| `")) {
        let last = row.trim_end_matches('|').rsplit(" | ").next().unwrap();
        assert!(!code_spans(last).is_empty() || last.split(' ').count() > 2, "{row}");
    }
}

#[test]
fn another_text_is_seen() {
    assert!(says("error: T001 may not change x", "… may not change …"));
    assert!(!says("error: T001 may change x", "… may not change …"));
    assert!(!says("b then a", "a … b"));
}
