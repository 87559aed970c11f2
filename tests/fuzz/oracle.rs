//! Why a commit may pass, by git's own reading of it and slow, obvious rules. Where guard refuses more, that is its
//! business; what it lets pass must be explained here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use git2::{ObjectType, Oid, Repository};

use crate::commit_text::{ALPHA, BETA};
use crate::git::{Change, Shown, diff_tree, entries, is_folder, shown};
use crate::harness::Repo;
use crate::objects::is_proper_tree;
use crate::slow::{Carrying, SUBJECT, in_scope, named};

const ROLLBACK: &str = "rollback: before executing plan ";

type Tasks = &'static [(&'static str, &'static [&'static str], &'static [&'static str])];

/// ID, scope and dependencies of the plans that may run.
const ALPHA_TASKS: Tasks = &[
    ("T001", &["src/**", "Cargo.toml", "vendor/named"], &[]),
    ("T002", &["docs/**", "!docs/secret/**"], &["T001"]),
    ("T003", &["tools/", "Makefile"], &[]),
];
const BETA_TASKS: Tasks = &[("T001", &["tests/**"], &[]), ("T007", &["src/*.rs"], &[])];

/// The parents of a commit object that git can parse.
pub fn readable(raw: &[u8]) -> Option<Vec<Oid>> {
    let hex = |line: &[u8]| Oid::from_str(std::str::from_utf8(line).ok()?).ok().filter(|_| line.len() == 40);
    let mut rest = raw.strip_prefix(b"tree ")?;
    hex(rest.get(..40)?)?;
    rest = rest.get(40..)?.strip_prefix(b"\n")?;
    let mut parents = Vec::new();
    while let Some(line) = rest.strip_prefix(b"parent ") {
        parents.push(hex(line.get(..40)?)?);
        rest = line.get(40..)?.strip_prefix(b"\n")?;
    }
    Some(parents)
}

/// No byte that ends a text early, and every header line once and where git looks for it.
fn is_proper_commit(raw: &[u8]) -> bool {
    let end = raw.windows(2).position(|w| w == b"\n\n").unwrap_or(raw.len());
    let header = String::from_utf8_lossy(&raw[..end]);
    let lines: Vec<&str> = header.lines().filter(|l| !l.starts_with(' ')).collect();
    let keys: Vec<&str> = lines.iter().map(|l| l.split(' ').next().unwrap_or_default()).collect();
    let parents = keys.iter().filter(|k| **k == "parent").count();
    let once = |key: &str| keys.iter().filter(|k| **k == key).count() <= 1;
    !raw.contains(&0)
        && keys.first() == Some(&"tree")
        && keys.iter().skip(1).take(parents).all(|k| *k == "parent")
        && ["tree", "author", "committer", "encoding"].into_iter().all(once)
}

pub struct Oracle<'a> {
    repo: &'a Repo,
    other: Repository,
    strict: bool,
    raws: &'a HashMap<Oid, Vec<u8>>,
    trees: &'a HashMap<Oid, Vec<u8>>,
    shown: HashMap<Oid, Shown>,
    changes: HashMap<(Oid, Oid), Vec<Change>>,
}

impl<'a> Oracle<'a> {
    /// `commits`: those that guard could judge.
    pub fn new(
        repo: &'a Repo,
        several: bool,
        commits: &[Oid],
        raws: &'a HashMap<Oid, Vec<u8>>,
        trees: &'a HashMap<Oid, Vec<u8>>,
    ) -> Self {
        let old = repo.git(&["rev-list", "HEAD"]).ok();
        let all = old.lines().map(str::to_owned).chain(commits.iter().map(ToString::to_string));
        let shown = shown(repo, &all.collect::<Vec<_>>());
        let mut oracle = Self {
            repo,
            other: Repository::open(&repo.path).unwrap(),
            strict: !several,
            raws,
            trees,
            shown,
            changes: HashMap::new(),
        };
        let pairs: BTreeSet<(Oid, Oid)> = commits.iter().filter_map(|id| oracle.pair(*id)).collect();
        oracle.changes = diff_tree(repo, &pairs.into_iter().collect::<Vec<_>>());
        oracle
    }

    /// The trees of a commit and its first parent, where both are such as git writes.
    fn pair(&self, id: Oid) -> Option<(Oid, Oid)> {
        let commit = self.shown.get(&id)?;
        let parent = self.shown.get(commit.parents.first()?)?;
        let differ = parent.tree != commit.tree;
        (differ && self.proper(parent.tree) && self.proper(commit.tree)).then_some((parent.tree, commit.tree))
    }

    fn proper(&self, tree: Oid) -> bool {
        let Some(raw) = self.trees.get(&tree) else { return true };
        is_proper_tree(raw) && entries(raw).iter().all(|(mode, _, id)| !is_folder(mode) || self.proper(*id))
    }

    /// The kind of commit that this one passes as, or why it should not have passed.
    pub fn explain(&self, id: Oid) -> Result<&'static str, String> {
        let commit = self.shown.get(&id).ok_or("git does not show it")?;
        if !is_proper_commit(&self.raws[&id]) {
            return Err("its headers are not what they seem".to_owned());
        }
        if !self.proper(commit.tree) {
            return Err("git writes no such tree".to_owned());
        }
        let subject = commit.message.split('\n').next().unwrap_or_default();
        if ["fixup! ", "squash! ", "amend! "].iter().any(|prefix| subject.starts_with(prefix)) {
            return Err("it was meant to be squashed".to_owned());
        }
        match commit.parents.as_slice() {
            [parent] => self.single(id, commit, *parent, &self.between(*parent, commit.tree)),
            [ours, theirs] => self.merge(commit, *ours, *theirs),
            other => Err(format!("it has {} parents", other.len())),
        }
    }

    /// The differences from a commit's tree.
    fn between(&self, parent: Oid, tree: Oid) -> Vec<Change> {
        let before = self.shown[&parent].tree;
        if let Some(changes) = self.changes.get(&(before, tree)) {
            return changes.clone();
        }
        // git itself might stumble over the parent's tree, so the files are compared one by one.
        let (old, new) = (self.files(before), self.files(tree));
        let none = || ("000000".to_owned(), Oid::ZERO_SHA1);
        let paths: BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
        let change = |path: &Vec<u8>| Change {
            path: path.clone(),
            old: old.get(path).cloned().unwrap_or_else(none),
            new: new.get(path).cloned().unwrap_or_else(none),
        };
        paths.into_iter().map(change).filter(|c| c.old != c.new).collect()
    }

    fn files(&self, tree: Oid) -> BTreeMap<Vec<u8>, (String, Oid)> {
        let mut all = BTreeMap::new();
        for (mode, name, id) in self.trees.get(&tree).map(|raw| entries(raw)).unwrap_or_default() {
            if is_folder(&mode) {
                for (path, file) in self.files(id) {
                    all.insert([&name[..], b"/", &path].concat(), file);
                }
            } else {
                all.insert(name, (mode, id));
            }
        }
        all
    }

    fn single(
        &self,
        id: Oid,
        commit: &Shown,
        parent: Oid,
        changes: &[Change],
    ) -> Result<&'static str, String> {
        self.frozen(changes)?;
        if is_rollback(commit) {
            if self.strict && !changes.iter().all(is_record) {
                return Err("a rollback commit that carries more than records".to_owned());
            }
            return self.plan(id).map(|_| "rollback");
        }
        let lock = self.lock(parent);
        let running = lock.and_then(|lock| self.plan(lock).ok());
        if let (Some(lock), Some((path, tasks))) = (lock, &running) {
            // An edit that somebody else made may be taken back.
            let locked = self.files(self.shown[&lock].tree)[path].1;
            let edited = |c: &Change| c.path == *path && (c.new.1 != locked || !is_record(c));
            if changes.iter().any(edited) && !self.finished(parent, tasks) {
                return Err("the running plan is edited".to_owned());
            }
        }
        if !changes.is_empty() && changes.iter().all(is_record) {
            return Ok("record");
        }
        let free = running.as_ref().is_none_or(|(_, tasks)| self.finished(parent, tasks));
        if free && !changes.is_empty() && changes.iter().all(|c| guards(&c.path)) {
            return Ok("policy");
        }
        let (_, tasks) = running.ok_or("no plan is running")?;
        let ids = self.task(commit, tasks, changes)?;
        self.in_order(parent, &ids, tasks, changes)?;
        Ok("task")
    }

    fn merge(&self, commit: &Shown, ours: Oid, theirs: Oid) -> Result<&'static str, String> {
        let args = ["merge-base", "--is-ancestor", &theirs.to_string(), &ours.to_string()];
        if self.repo.git(&args).code == 0 {
            return Err("nothing was merged".to_owned());
        }
        let ran = self.repo.git(&["merge-tree", "--write-tree", &ours.to_string(), &theirs.to_string()]);
        if ran.code > 1 || ran.code < 0 {
            return Ok("merge that git cannot make");
        }
        let merged = Oid::from_str(ran.out.lines().next().unwrap_or_default()).map_err(|e| e.to_string())?;
        if merged == commit.tree {
            return Ok("clean merge");
        }
        let changes =
            diff_tree(self.repo, &[(merged, commit.tree)]).remove(&(merged, commit.tree)).unwrap_or_default();
        if changes.iter().all(is_record) {
            return Ok("clean merge");
        }
        let lock = self.lock(ours).ok_or("a merge without a lock")?;
        let (_, tasks) = self.plan(lock)?;
        self.task(commit, tasks, &changes)?;
        Ok("merge of a task")
    }

    /// It names tasks as the policy wants it, and changes nothing outside of their scopes.
    fn task(&self, commit: &Shown, tasks: Tasks, changes: &[Change]) -> Result<Vec<String>, String> {
        let ids: Vec<&str> = tasks.iter().map(|(id, ..)| *id).collect();
        let ids = named(&commit.message, self.carrying(), &ids).ok_or("it names no task")?;
        let scopes: Vec<&[&str]> =
            tasks.iter().filter(|(id, ..)| ids.iter().any(|i| i == id)).map(|(_, scope, _)| *scope).collect();
        let inside = |path: &[u8]| scopes.iter().any(|scope| in_scope(scope, path));
        for change in changes {
            let path = change.path.escape_ascii();
            if guards(&change.path) || (!self.strict && change.path == b"src/ci.rs") {
                return Err(format!("{path} is protected"));
            }
            if is_record(change) {
                continue;
            }
            let lock_file = change.path.strip_suffix(b"Cargo.lock").is_some_and(|dir| {
                let manifest = [dir, b"Cargo.toml"].concat();
                inside(&manifest)
                    || changes.iter().any(|c| c.path.ends_with(b"Cargo.toml") && inside(&c.path))
            });
            if !inside(&change.path) && !lock_file {
                return Err(format!("{path} is in no scope of {ids:?}"));
            }
            let literal = scopes.iter().any(|s| s.iter().any(|p| p.as_bytes() == change.path));
            if [&change.old.0, &change.new.0].contains(&&"160000".to_owned()) && !literal {
                return Err(format!("the submodule {path} is not named"));
            }
            if change.new.0 == "120000" && !self.leads_inside(change, &inside) {
                return Err(format!("the link {path} leads out"));
            }
        }
        Ok(ids)
    }

    fn leads_inside(&self, change: &Change, inside: &dyn Fn(&[u8]) -> bool) -> bool {
        let target = self.other.find_blob(change.new.1).map(|b| b.content().to_vec()).unwrap_or_default();
        let mut at: Vec<&[u8]> = change.path.split(|b| *b == b'/').collect();
        at.pop();
        for name in target.split(|b| *b == b'/') {
            match name {
                b"" | b"." => {}
                b".." if at.is_empty() => return false,
                b".." => drop(at.pop()),
                name => at.push(name),
            }
        }
        let goal = at.join(&b'/');
        !target.starts_with(b"/") && (inside(&goal) || inside(&[&goal[..], b"/_"].concat()))
    }

    /// After what it depends on, and not twice.
    fn in_order(&self, parent: Oid, ids: &[String], tasks: Tasks, changes: &[Change]) -> Result<(), String> {
        for (id, _, after) in tasks.iter().filter(|(id, ..)| ids.iter().any(|i| i == id)) {
            if let Some(open) =
                after.iter().find(|a| !ids.iter().any(|i| i == *a) && !self.is_done(parent, a, tasks))
            {
                return Err(format!("{id} before {open}"));
            }
            let earlier = self.since_lock(parent, id, tasks);
            let paths = |all: &[Change]| all.iter().map(|c| c.path.clone()).collect::<Vec<_>>();
            if let [one] = earlier.as_slice()
                && paths(one) != paths(changes)
            {
                return Err(format!("a second commit for {id}"));
            }
        }
        Ok(())
    }

    /// Does any commit in the history name the task?
    fn is_done(&self, from: Oid, id: &str, tasks: Tasks) -> bool {
        let ids: Vec<&str> = tasks.iter().map(|(id, ..)| *id).collect();
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            let Some(commit) = self.shown.get(&at) else { continue };
            // In an encoding in which git finds no text, guard reads the bytes; that commit itself was refused.
            let message = if commit.message.is_empty() { self.bytes(at) } else { commit.message.clone() };
            let names = named(&message, Carrying { several: true, ..self.carrying() }, &ids);
            if names.is_some_and(|names| names.iter().any(|n| n == id)) {
                return true;
            }
            todo.extend(&commit.parents);
        }
        false
    }

    /// The message as it stands in the object.
    fn bytes(&self, id: Oid) -> String {
        let raw = self.raws.get(&id).map(|raw| String::from_utf8_lossy(raw).into_owned()).unwrap_or_default();
        raw.split_once("\n\n").map(|(_, message)| message.to_owned()).unwrap_or_default()
    }

    /// What the commits of this task on the first-parent line since the lock changed; records alone are no work.
    fn since_lock(&self, from: Oid, id: &str, tasks: Tasks) -> Vec<Vec<Change>> {
        let ids: Vec<&str> = tasks.iter().map(|(id, ..)| *id).collect();
        let mut found = Vec::new();
        let mut at = from;
        while let Some(commit) = self.shown.get(&at).filter(|c| !is_rollback(c)) {
            let Some(parent) = commit.parents.first() else { break };
            let changes = self.between(*parent, commit.tree);
            let works = changes.is_empty() || !changes.iter().all(is_record);
            let fixup = ["fixup! ", "squash! ", "amend! "].iter().any(|p| commit.message.starts_with(p));
            let names =
                named(&commit.message, self.carrying(), &ids).is_some_and(|n| n.iter().any(|n| n == id));
            if commit.parents.len() == 1 && works && !fixup && names {
                found.push(changes);
            }
            at = *parent;
        }
        found
    }

    fn carrying(&self) -> Carrying {
        if self.strict {
            SUBJECT
        } else {
            Carrying { subject: true, scope: true, trailer: true, several: true }
        }
    }

    fn finished(&self, at: Oid, tasks: Tasks) -> bool {
        tasks.iter().all(|(id, ..)| self.is_done(at, id, tasks))
    }

    fn frozen(&self, changes: &[Change]) -> Result<(), String> {
        for change in changes {
            let blob = self.other.find_blob(change.old.1);
            let marked = |text: &[u8]| text.split(|b| *b == b'\n').any(|line| line == b"EXEC-READY");
            let file = change.old.0.starts_with("100");
            if file && blob.is_ok_and(|b| marked(b.content()))
                || (!self.strict && change.path == b"docs/frozen.md")
            {
                return Err(format!("{} is frozen", change.path.escape_ascii()));
            }
        }
        Ok(())
    }

    /// The nearest rollback commit on the first-parent line.
    fn lock(&self, from: Oid) -> Option<Oid> {
        let mut at = from;
        loop {
            let commit = self.shown.get(&at)?;
            if is_rollback(commit) {
                return Some(at);
            }
            at = *commit.parents.first()?;
        }
    }

    /// The one plan that a rollback commit locks: its path and its tasks.
    fn plan(&self, rollback: Oid) -> Result<(Vec<u8>, Tasks), String> {
        let commit = &self.shown[&rollback];
        // Guard refuses such a commit, and no plan runs after it.
        let changes = commit.parents.first().map(|parent| self.between(*parent, commit.tree));
        if self.strict && changes.is_some_and(|changes| !changes.iter().all(is_record)) {
            return Err("its rollback commit carries more than records".to_owned());
        }
        let topic =
            commit.message.split('\n').next().and_then(|s| s.strip_prefix(ROLLBACK)).unwrap_or_default();
        let topic = topic.trim().to_lowercase();
        let id = |text: &str| Oid::hash_object(ObjectType::Blob, text.as_bytes()).unwrap();
        let known = [(id(ALPHA), "alpha", ALPHA_TASKS), (id(BETA), "beta", BETA_TASKS)];
        let last =
            commit.message.trim_end().rsplit_once("\n\n").map(|(_, last)| last.trim_start_matches('\n'));
        let last = last.filter(|last| last.lines().all(|line| line.contains(':')));
        let trailer = last.and_then(|last| last.lines().find_map(|line| line.strip_prefix("Guard-Plan: ")));
        let mut found = Vec::new();
        for (path, (mode, blob)) in self.files(commit.tree) {
            let name = String::from_utf8_lossy(&path).into_owned();
            let Some(stem) = name.strip_prefix("plans/").and_then(|n| n.strip_suffix(".toml")) else {
                continue;
            };
            let plan = known.iter().find(|(id, ..)| *id == blob).filter(|_| mode.starts_with("100"));
            let meant = stem == topic || plan.is_some_and(|(_, declared, _)| *declared == topic);
            if meant && trailer.is_none_or(|t| t.trim() == name) {
                found.push((path, plan.map(|(.., tasks)| *tasks)));
            }
        }
        match found.pop() {
            Some((path, Some(tasks))) if found.is_empty() => Ok((path, tasks)),
            _ => Err(format!("no one good plan is about {topic:?}")),
        }
    }
}

fn is_rollback(commit: &Shown) -> bool {
    let subject = commit.message.split('\n').next().unwrap_or_default();
    commit.parents.len() == 1 && subject.strip_prefix(ROLLBACK).is_some_and(|topic| !topic.trim().is_empty())
}

fn is_record(change: &Change) -> bool {
    let folders: [&[u8]; 4] = [b"plans/", b".artifacts/execute/", b".artifacts/plan/", b"designs/"];
    let plain = change.new.0 == "000000" || change.new.0.starts_with("100");
    plain && folders.iter().any(|f| change.path.starts_with(f))
}

fn guards(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase();
    ["guard.toml", ".config/guard.toml", ".github/workflows/guard.yml"].contains(&path.as_str())
        || [".githooks/", ".husky/"].iter().any(|f| path.starts_with(f))
}
