//! Raw commit objects, judged by the built program: whole ranges of them at once, each below one merge of them all.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use git2::Oid;
use serde_json::Value;

use crate::commit_text::{ALPHA, BETA, BROKEN, HEADERS, PATHS, POLICY, SUBJECTS, THERE, WORDS};
use crate::harness::{Dice, Repo, guard_bin, picture};
use crate::mutate::mutate;
use crate::objects::{Dir, Node, Objects, put};
use crate::oracle::{Oracle, readable};
use crate::{Counts, count, guard, seed};

/// How many are judged in one run.
const BATCH: usize = 250;

/// The repository, what was thrown so far, and what was said about it.
struct World {
    repo: Repo,
    base: Oid,
    objects: Objects,
    /// Commits that git can read, with the tree that they were meant to have.
    parents: Vec<(Oid, Rc<Dir>)>,
    raws: HashMap<Oid, Vec<u8>>,
    said: HashMap<Oid, Verdict>,
    runs: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Passed,
    Refused,
    CouldNot,
}

impl World {
    fn new(policy: Option<&str>) -> Self {
        let repo = Repo::new();
        for path in [
            "src/lib.rs",
            "src/old.rs",
            "docs/a.md",
            "docs/frozen.md",
            "tools/run.sh",
            "README.md",
            "Cargo.toml",
        ] {
            repo.write(path, format!("{path}\n"));
        }
        repo.write("docs/spec.md", "The specification.\n\nEXEC-READY\n");
        repo.write("plans/beta.toml", BETA);
        if let Some(policy) = policy {
            repo.write("guard.toml", policy);
        }
        repo.git(&["add", "."]).ok();
        repo.git(&["commit", "-q", "-m", "initial"]).ok();
        repo.write("plans/alpha.toml", ALPHA);
        repo.guard(&["start", "plans/alpha.toml"]).ok();
        repo.write("src/old.rs", "staged\n");
        repo.git(&["add", "src/old.rs"]).ok();
        repo.guard(&["install"]).ok();
        let mut objects = Objects::new(&repo);
        let dir = Rc::new(objects.load("HEAD"));
        let before = Oid::from_str(&repo.git(&["rev-parse", "HEAD^"]).ok()).unwrap();
        let base = Oid::from_str(&repo.git(&["rev-parse", "HEAD"]).ok()).unwrap();
        let parents = vec![(base, dir.clone()), (before, dir)];
        let (raws, said) = (HashMap::new(), HashMap::new());
        Self { repo, base, objects, parents, raws, said, runs: 0 }
    }

    /// One commit, its tree, and the tree that it is meant to have.
    fn throw(&mut self, dice: &mut Dice) -> (Vec<u8>, Oid, Rc<Dir>) {
        let (subject, own) = self.subject(dice);
        let (first, dir) = self.parent(dice);
        let mut parents = vec![first.to_string()];
        match dice.roll(60) {
            0 => parents.clear(),
            1 => parents.push(dice.pick(&["1111111111111111111111111111111111111111", "zz", ""]).to_owned()),
            2..=4 => parents.push(self.parent(dice).0.to_string()),
            5 => parents.extend([self.parent(dice).0.to_string(), self.parent(dice).0.to_string()]),
            6 => parents.push(first.to_string()),
            _ => {}
        }
        let mut dir = (*dir).clone();
        if parents.len() == 2
            && let Ok(other) = Oid::from_str(&parents[1])
            && let Some((_, theirs)) = self.parents.iter().find(|(id, _)| *id == other)
        {
            unite(&mut dir, theirs);
        }
        for _ in 0..dice.roll(4) + usize::from(parents.len() == 1) {
            let stray = dice.once_in(8);
            // What is there already can also be deleted, moved aside or change its mode.
            let there = stray && dice.once_in(2);
            let path = match own {
                _ if there => dice.pick(&THERE),
                own if stray || own.is_empty() => dice.pick(&PATHS),
                own => dice.pick(own),
            };
            let node = if there && dice.once_in(2) { None } else { self.node(dice) };
            put(&mut dir, path, node);
            if parents.len() == 2 && dice.once_in(2) {
                break;
            }
        }
        let hurts = dice.once_in(6);
        let tree = self.objects.tree(&dir, dice, hurts);
        (raw(dice, &tree.to_string(), &parents, subject.as_bytes()), tree, Rc::new(dir))
    }

    /// What the commit says, and the paths that go with it.
    fn subject(&self, dice: &mut Dice) -> (String, &'static [&'static [u8]]) {
        match dice.roll(10) {
            0..=2 => ("T001: write the source".to_owned(), &PATHS[..3]),
            3 => ("T003: write the tools\n\nAs agreed.".to_owned(), &PATHS[12..15]),
            4 => ("T002: write the manual".to_owned(), &PATHS[7..9]),
            5 => (
                dice.pick(&["log", "T001: log", "rollback: before executing plan beta"]).to_owned(),
                &PATHS[23..26],
            ),
            6 => (dice.pick(&["T001: x", "T007: x"]).to_owned(), &PATHS[15..16]),
            _ => (dice.pick(&SUBJECTS).to_owned(), if dice.once_in(2) { &PATHS[..7] } else { &[] }),
        }
    }

    fn parent(&self, dice: &mut Dice) -> (Oid, Rc<Dir>) {
        match dice.roll(10) {
            0..=4 => self.parents[0].clone(),
            5 if dice.once_in(4) => self.parents[1].clone(),
            _ => {
                // Mostly such as passed, so that chains of honest commits grow too.
                let mut found = dice.pick(&self.parents);
                for _ in 0..4 {
                    if self.said.get(&found.0) == Some(&Verdict::Passed) {
                        break;
                    }
                    found = dice.pick(&self.parents);
                }
                found
            }
        }
    }

    /// What is put at a path; `None`: it is deleted.
    fn node(&mut self, dice: &mut Dice) -> Option<Node> {
        let text = match dice.roll(30) {
            0 | 1 => return None,
            2 => {
                let targets: [&[u8]; 8] = [
                    b"lib.rs",
                    b"../docs/a.md",
                    b"/etc/passwd",
                    b"../../x",
                    b".",
                    b"er",
                    b".git/config",
                    b"a\0b",
                ];
                return Some(Node::File("120000", self.objects.blob(dice.pick(&targets))));
            }
            3 => return Some(Node::File("160000", self.base)),
            4 => ALPHA.as_bytes().to_vec(),
            5 => dice.pick(&[BROKEN, BETA]).as_bytes().to_vec(),
            6 => b"EXEC-READY\n".to_vec(),
            _ => format!("text {}\n", dice.roll(500)).into_bytes(),
        };
        let mode = if dice.once_in(6) { "100755" } else { "100644" };
        Some(Node::File(mode, self.objects.blob(&text)))
    }

    /// Judges these commits: git can read them, so one run does for all, unless it cannot check one of them.
    fn judge(&mut self, ids: &[Oid]) {
        let [first, rest @ ..] = ids else { return };
        let head = if rest.is_empty() {
            *first
        } else {
            let parents: String = ids.iter().map(|id| format!("parent {id}\n")).collect();
            let text = format!(
                "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n{parents}author A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nall\n"
            );
            self.objects.commit(text.as_bytes())
        };
        let (code, refused) = self.check(head);
        if code == 2 && !rest.is_empty() {
            let (left, right) = ids.split_at(ids.len() / 2);
            self.judge(left);
            self.judge(right);
            return;
        }
        for id in ids {
            let verdict = match code {
                2 => Verdict::CouldNot,
                _ if refused.contains(&id.to_string()) => Verdict::Refused,
                _ => Verdict::Passed,
            };
            self.said.insert(*id, verdict);
        }
    }

    /// `guard check`, and the commits that it refuses.
    fn check(&mut self, head: Oid) -> (i32, HashSet<String>) {
        self.runs += 1;
        let range = format!("{}..{head}", self.base);
        let run = |args: &[&str]| guard(self.repo.command(guard_bin(), &self.repo.path).args(args));
        let json = run(&["check", &range, "--format", "json"]);
        let value: Value =
            serde_json::from_slice(&json.out).unwrap_or_else(|e| panic!("{e}: {}", json.text()));
        let findings = value["findings"].as_array().into_iter().flatten();
        let denied = findings.filter(|f| f["level"] == "deny");
        let refused: HashSet<String> = denied.map(|f| f["commit"].as_str().unwrap().to_owned()).collect();
        assert_eq!(json.code == 1, !refused.is_empty(), "{}", json.text());
        let passed = |id: &&String| self.said.get(&Oid::from_str(id).unwrap()) == Some(&Verdict::Passed);
        assert_eq!(refused.iter().find(passed), None, "it passed before: {}", json.text());
        if self.runs.is_multiple_of(8) {
            assert_eq!(run(&["check", &range]).code, json.code, "{range}");
        }
        (json.code, refused)
    }
}

/// The files of both sides.
fn unite(dir: &mut Dir, theirs: &Dir) {
    for (name, node) in theirs {
        match (dir.get_mut(name), node) {
            (Some(Node::Dir(ours)), Node::Dir(theirs)) => unite(ours, theirs),
            (None, _) => drop(dir.insert(name.clone(), node.clone())),
            _ => {}
        }
    }
}

fn raw(dice: &mut Dice, tree: &str, parents: &[String], message: &[u8]) -> Vec<u8> {
    let mut lines = vec![format!("tree {tree}")];
    lines.extend(parents.iter().map(|p| format!("parent {p}")));
    lines.push(format!("author A <a@example.com> {} +0000", 1_700_000_000 + dice.roll(1_000_000)));
    lines.push("committer A <a@example.com> 1700000000 +0000".to_owned());
    if dice.once_in(4) {
        let place = if dice.once_in(8) { dice.roll(lines.len() + 1) } else { lines.len() };
        lines.insert(place, dice.pick(&HEADERS).to_owned());
    }
    if dice.once_in(40) {
        let (one, other) = (dice.roll(lines.len()), dice.roll(lines.len()));
        match dice.roll(3) {
            0 => drop(lines.remove(one)),
            1 => lines.insert(other, lines[one].clone()),
            _ => lines.swap(one, other),
        }
    }
    let mut message = [message, if dice.once_in(12) { b"" } else { b"\n" }].concat();
    if dice.once_in(8) {
        mutate(dice, &mut message, &WORDS);
    }
    let mut raw = [lines.join("\n").as_bytes(), b"\n\n", &message].concat();
    if dice.once_in(40) {
        mutate(dice, &mut raw, &WORDS);
    }
    raw
}

#[test]
fn no_commit_object_passes_that_git_would_not_read_as_one_task_in_its_scope() {
    campaign("under the default policy", None, 0);
}

#[test]
fn no_commit_object_passes_under_a_policy_that_git_would_not_read_as_tasks_in_their_scopes() {
    campaign("under a policy of several tasks", Some(POLICY), 1);
}

fn campaign(name: &str, policy: Option<&str>, salt: u64) {
    let mut world = World::new(policy);
    let mut dice = Dice::new(crate::seeds(seed().wrapping_add(salt))());
    let all = count() / 2;
    let before = everything(&world.repo);
    while world.raws.len() < all {
        let (mut sound, mut odd) = (Vec::new(), Vec::new());
        for _ in 0..BATCH.min(all - world.raws.len()) {
            let (raw, tree, dir) = world.throw(&mut dice);
            let id = world.objects.commit(&raw);
            if world.raws.insert(id, raw.clone()).is_some() {
                continue;
            }
            let is_known = |id: &Oid| world.parents.iter().any(|(known, _)| known == id);
            let names = raw.get(5..).is_some_and(|r| r.starts_with(tree.to_string().as_bytes()));
            let whole = names && world.objects.is_readable(tree);
            if whole && readable(&raw).is_some_and(|parents| parents.iter().all(is_known)) {
                sound.push(id);
                world.parents.push((id, dir));
            } else {
                odd.push(id);
            }
        }
        world.judge(&sound);
        odd.iter().for_each(|id| world.judge(&[*id]));
        // What could not be checked would make all that builds on it so.
        let could_not = |id: &Oid| world.said.get(id) == Some(&Verdict::CouldNot);
        let lost: Vec<Oid> = sound.iter().copied().filter(could_not).collect();
        world.parents.retain(|(id, _)| !lost.contains(id));
    }
    assert!(everything(&world.repo) == before, "the repository was touched");
    let (passed, refused) = (ids(&world, Verdict::Passed), ids(&world, Verdict::Refused));
    let could_not = ids(&world, Verdict::CouldNot).len();
    let judged = [passed.clone(), refused.clone()].concat();
    let oracle = Oracle::new(&world.repo, policy.is_some(), &judged, &world.raws, &world.objects.trees);
    let mut kinds = Counts::new();
    let mut wrong = Vec::new();
    for id in &passed {
        match oracle.explain(*id) {
            Ok(kind) => *kinds.entry(kind).or_default() += 1,
            Err(why) => wrong.push(format!("{id}: {why}\n{}", crate::shown(&world.raws[id]))),
        }
    }
    eprintln!(
        "{all} commit objects {name} (seed {}): {} passed {kinds:?}, {} refused, {could_not} not checked; \
         {} runs, {} faults",
        seed(),
        passed.len(),
        refused.len(),
        world.runs,
        wrong.len()
    );
    let few: Vec<&String> = wrong.iter().take(6).collect();
    assert!(wrong.is_empty(), "{} of {} that passed:\n{few:#?}", wrong.len(), passed.len());
    assert!(passed.len() * 100 >= all * 15, "only {} of {all} passed: the others prove little", passed.len());
    for id in passed.iter().step_by(40) {
        let (code, refused) = world.check(*id);
        assert!(code != 2 && !refused.contains(&id.to_string()), "{id} passed among others, and not alone");
    }
}

fn ids(world: &World, wanted: Verdict) -> Vec<Oid> {
    let mut ids: Vec<Oid> =
        world.said.iter().filter(|(_, said)| **said == wanted).map(|(id, _)| *id).collect();
    ids.sort();
    ids
}

/// Refs, index, hooks and work tree; objects are the test's own business.
fn everything(repo: &Repo) -> Vec<String> {
    let own = format!("{:?}", repo.path.join(".git/objects"));
    let own = own.trim_end_matches('"');
    picture(&repo.path).into_iter().filter(|line| !line.starts_with(own)).collect()
}
