//! Who works on what: one file a claim, in the git directory that all worktrees share.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::clock;
use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::lock::Lock;
use crate::model::TaskId;
use crate::platform;
use crate::rule::show;

/// The version of a claim's file.
const VERSION: u64 = 1;
/// The main worktree's git directory, seen from the shared one.
const MAIN: &str = ".";

/// A task that a worktree has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) task: TaskId,
    /// Its folder, for people.
    pub(super) worktree: String,
    /// Its git directory, seen from the shared one: it stays when the folder is moved.
    pub(super) git_dir: String,
    /// The branch that it was on.
    pub(super) branch: Option<String>,
    pub(super) host: String,
    pub(super) time: String,
}

/// The claims under one lock.
pub(super) struct Claims {
    common: PathBuf,
    folder: PathBuf,
    /// This worktree's git directory, as claims name it.
    here: String,
}

impl Claims {
    pub(super) fn of(reader: &Reader, lock: &Lock) -> Result<Self> {
        let common = absolute(reader.common_dir())?;
        let own = absolute(reader.git_dir())?;
        let here = match own.strip_prefix(&common) {
            Ok(inner) if inner.as_os_str().is_empty() => MAIN.to_owned(),
            Ok(inner) => shown(inner),
            Err(_) => shown(&own),
        };
        let rollback = lock.commit.map(|id| id.short()).unwrap_or_default();
        Ok(Self { folder: common.join("guard").join("claims").join(rollback), common, here })
    }

    /// Nobody else takes a task or gives one back while this is held.
    pub(super) fn alone(&self) -> Result<File> {
        let path = self.folder.join(".lock");
        let open = || {
            fs::create_dir_all(&self.folder)?;
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|e: std::io::Error| {
            Error::io(format!("the claims in {} cannot be locked: {e}", self.folder.display()))
        })
    }

    pub(super) fn all(&self) -> Result<Vec<Claim>> {
        let fail = |path: &Path, why: &dyn std::fmt::Display| {
            Error::io(format!("the claim {} cannot be read: {why}", path.display())).help(format!(
                "rm {}      gives the task back",
                crate::rule::shell_quote(path.as_os_str().as_encoded_bytes())
            ))
        };
        let listed = match fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(fail(&self.folder, &e)),
        };
        let mut found = Vec::new();
        for entry in listed {
            let path = entry.map_err(|e| fail(&self.folder, &e))?.path();
            // The lock, and drafts of claims.
            if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            match fs::read_to_string(&path) {
                Ok(text) => found.push(read(&text).ok_or_else(|| fail(&path, &"it is damaged"))?),
                // Given back in this moment.
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(fail(&path, &e)),
            }
        }
        found.sort_by(|a, b| a.task.cmp(&b.task));
        Ok(found)
    }

    pub(super) fn of_this_worktree(&self) -> Result<Vec<Claim>> {
        let mut all = self.all()?;
        all.retain(|claim| self.is_mine(claim));
        Ok(all)
    }

    pub(super) fn is_mine(&self, claim: &Claim) -> bool {
        claim.git_dir == self.here
    }

    /// Takes a task that nobody has. The file appears whole or not at all, and never over another.
    pub(super) fn take(&self, task: &TaskId, reader: &Reader) -> Result<Claim> {
        let folder = reader.work_tree().map(absolute).transpose()?.unwrap_or_default();
        let branch = reader.head()?.branch.and_then(|name| String::from_utf8(name).ok());
        let claim = Claim {
            task: task.clone(),
            worktree: shown(&folder),
            git_dir: self.here.clone(),
            branch,
            host: host(),
            time: clock::utc(SystemTime::now()),
        };
        let draft = self.folder.join(format!(".draft.{}", std::process::id()));
        let written = fs::write(&draft, write(&claim)).and_then(|()| fs::hard_link(&draft, self.file(task)));
        // A draft that stays behind is nobody's claim, and the next one overwrites it.
        let tidied = fs::remove_file(&draft);
        written.and(tidied).map_err(|e| {
            Error::io(format!("{task} cannot be claimed in {}: {e}", self.folder.display()))
                .help("guard next                    who has which task")
        })?;
        Ok(claim)
    }

    pub(super) fn give_back(&self, claim: &Claim) -> Result<()> {
        match fs::remove_file(self.file(&claim.task)) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                Err(Error::io(format!("the claim of {} cannot be given back: {e}", claim.task)))
            }
            _ => Ok(()),
        }
    }

    /// The name of the HEAD of the worktree that holds the claim; `None`: it is gone.
    pub(super) fn head_of(&self, claim: &Claim) -> Result<Option<String>> {
        if claim.git_dir == MAIN {
            return Ok(Some("main-worktree/HEAD".to_owned()));
        }
        let Some(name) = claim.git_dir.strip_prefix("worktrees/") else { return Ok(None) };
        // Names are compared as claims write them: a folder's name may be no text.
        let listed = match fs::read_dir(self.common.join("worktrees")) {
            Ok(listed) => listed,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io(format!("the worktrees cannot be listed: {e}"))),
        };
        let mut names = listed.filter_map(|entry| entry.ok());
        let Some(found) = names.find(|entry| show(entry.file_name().as_encoded_bytes()) == name) else {
            return Ok(None);
        };
        // git notes where the worktree's `.git` file is. A folder of another machine cannot be seen from here.
        let there = fs::read(found.path().join("gitdir")).unwrap_or_default();
        let there = found.path().join(platform::path(there.trim_ascii_end())?);
        let gone = claim.host == host() && !there.exists();
        Ok((!gone).then(|| format!("{}/HEAD", claim.git_dir)))
    }

    /// Task IDs may hold what file names may not.
    fn file(&self, task: &TaskId) -> PathBuf {
        let mut name = String::new();
        for (n, b) in task.as_str().bytes().enumerate() {
            if b.is_ascii_alphanumeric() || b"-_".contains(&b) || (b == b'.' && n > 0) {
                name.push(char::from(b));
            } else {
                name.push_str(&format!("%{b:02x}"));
            }
        }
        self.folder.join(name)
    }
}

fn write(claim: &Claim) -> String {
    let value = json!({
        "version": VERSION,
        "task": claim.task.as_str(),
        "worktree": claim.worktree,
        "git_dir": claim.git_dir,
        "branch": claim.branch,
        "host": claim.host,
        "time": claim.time,
    });
    format!("{value:#}\n")
}

fn read(text: &str) -> Option<Claim> {
    let value: Value = serde_json::from_str(text).ok()?;
    let field = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    (value.get("version")?.as_u64()? == VERSION).then_some(())?;
    Some(Claim {
        task: TaskId::new(&field("task")?)?,
        worktree: field("worktree")?,
        git_dir: field("git_dir")?,
        branch: field("branch"),
        host: field("host")?,
        time: field("time")?,
    })
}

fn absolute(dir: &Path) -> Result<PathBuf> {
    platform::canonicalize(dir).map_err(|e| Error::io(format!("{} cannot be read: {e}", dir.display())))
}

fn shown(path: &Path) -> String {
    show(path.as_os_str().as_encoded_bytes()).replace('\\', "/")
}

/// This machine's name, as far as it can be told.
fn host() -> String {
    let file = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = |name: &str| std::env::var(name).ok();
    let command = || {
        let out = std::process::Command::new("hostname").output().ok()?;
        String::from_utf8(out.stdout).ok()
    };
    let name = file().or_else(|| variable("COMPUTERNAME")).or_else(command).unwrap_or_default();
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Claim {
        Claim {
            task: TaskId::new("T001").unwrap(),
            worktree: "/home/you/\"x\"\n".to_owned(),
            git_dir: "worktrees/x".to_owned(),
            branch: None,
            host: "here".to_owned(),
            time: "2026-11-21T15:43:27Z".to_owned(),
        }
    }

    #[test]
    fn a_claim_is_read_as_it_was_written() {
        let with_branch = Claim { branch: Some("b".to_owned()), ..claim() };
        for claim in [claim(), with_branch] {
            assert_eq!(read(&write(&claim)), Some(claim));
        }
        for bad in ["", "{}", "null", &write(&claim()).replace("\"version\": 1", "\"version\": 2")] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_task_has_a_file_name_of_its_own() {
        let claims = Claims { common: PathBuf::new(), folder: PathBuf::new(), here: String::new() };
        let ids = ["T001", "1.2", "..", ".", "a/b", "a%2fb", "../x", ".lock", "a\\b", "A:b"];
        let mut names: Vec<String> =
            ids.iter().map(|id| shown(&claims.file(&TaskId::new(id).unwrap()))).collect();
        assert_eq!(names[..2], ["T001", "1.2"]);
        assert!(names.iter().all(|n| !n.contains(['/', '\\', ':']) && !n.starts_with('.')), "{names:?}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ids.len());
    }
}
