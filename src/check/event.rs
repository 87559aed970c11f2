//! The range that a CI event asks about, where none is named on the command line.
//!
//! A branch is judged against the branch that it will be merged into, however often it is pushed; the main branch itself
//! against what it was before the push. Where the machine does not say, git's own refs decide ([`super::default_range`]).

use std::path::Path;

use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::model::{CommitId, ObjectId};

/// Base, head, and why.
pub(super) type Named = (CommitId, CommitId, String);

/// The event's range; `None`: this is no CI that guard knows.
///
/// # Errors
/// The event names commits that are not in this clone.
pub(super) fn range(reader: &Reader) -> Result<Option<Named>> {
    if let Some(name) = variable("GITHUB_EVENT_NAME") {
        return github(reader, &name).map(Some);
    }
    if variable("GITLAB_CI").is_some() {
        let target = variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
        let push = Push {
            before: variable("CI_COMMIT_BEFORE_SHA"),
            head: variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").or_else(|| variable("CI_COMMIT_SHA")),
            branch: variable("CI_COMMIT_BRANCH"),
            main: variable("CI_DEFAULT_BRANCH"),
        };
        return push.range(reader, target, "GitLab").map(Some);
    }
    if variable("BITBUCKET_BUILD_NUMBER").is_some() {
        let target = variable("BITBUCKET_PR_DESTINATION_BRANCH");
        let push = Push {
            head: variable("BITBUCKET_COMMIT"),
            branch: variable("BITBUCKET_BRANCH"),
            ..Push::default()
        };
        return push.range(reader, target, "Bitbucket").map(Some);
    }
    if variable("TF_BUILD").is_some() {
        let short = |name: String| name.strip_prefix("refs/heads/").map(str::to_owned).unwrap_or(name);
        let target = variable("SYSTEM_PULLREQUEST_TARGETBRANCH").map(short);
        let push = Push {
            head: variable("SYSTEM_PULLREQUEST_SOURCECOMMITID").or_else(|| variable("BUILD_SOURCEVERSION")),
            branch: variable("BUILD_SOURCEBRANCH").map(short),
            ..Push::default()
        };
        return push.range(reader, target, "Azure Pipelines").map(Some);
    }
    Ok(None)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// GitHub Actions describes the event in a file.
fn github(reader: &Reader, name: &str) -> Result<Named> {
    let file = variable("GITHUB_EVENT_PATH").unwrap_or_default();
    let fail = |why: String| {
        Error::usage(format!("the event of GitHub Actions cannot be read: {why}"))
            .at(crate::model::Place::file(&file))
            .help("guard check <base>..<head>    names the range")
    };
    let text = std::fs::read(Path::new(&file)).map_err(|e| fail(e.to_string()))?;
    let event: serde_json::Value = serde_json::from_slice(&text).map_err(|e| fail(e.to_string()))?;
    let text = |pointer: &str| event.pointer(pointer).and_then(|v| v.as_str()).map(str::to_owned);
    let both = |base: &str, head: &str| -> Result<Named> {
        let (Some(base), Some(head)) = (text(base), text(head)) else {
            return Err(fail(format!("a {name} event without its commits")));
        };
        Ok((present(reader, &base)?, present(reader, &head)?, format!("GitHub {name}")))
    };
    match name {
        "pull_request" | "pull_request_target" => both("/pull_request/base/sha", "/pull_request/head/sha"),
        "merge_group" => both("/merge_group/base_sha", "/merge_group/head_sha"),
        _ => {
            let branch = text("/ref").and_then(|r| r.strip_prefix("refs/heads/").map(str::to_owned));
            let push = Push {
                before: text("/before"),
                head: text("/after").or_else(|| variable("GITHUB_SHA")),
                branch: branch.or_else(|| variable("GITHUB_REF_NAME")),
                main: text("/repository/default_branch"),
            };
            push.range(reader, None, "GitHub")
        }
    }
}

/// What a CI says about a push.
#[derive(Default)]
struct Push {
    before: Option<String>,
    head: Option<String>,
    branch: Option<String>,
    main: Option<String>,
}

impl Push {
    fn range(self, reader: &Reader, target: Option<String>, who: &str) -> Result<Named> {
        let head = match &self.head {
            Some(head) => present(reader, head)?,
            None => reader.resolve("HEAD")?,
        };
        if let Some(target) = target {
            let base = present(reader, &format!("refs/remotes/origin/{target}"))?;
            return Ok((base, head, format!("{who}, merging into {target}")));
        }
        let main = self.main.clone().or_else(|| main_branch(reader));
        if let Some(main) = main.filter(|main| self.branch.as_ref() != Some(main)) {
            let base = present(reader, &format!("refs/remotes/origin/{main}"))?;
            return Ok((base, head, format!("{who} push, against origin/{main}")));
        }
        // A push to the main branch itself.
        let before = self.before.as_deref().and_then(|hex| ObjectId::from_hex(hex.as_bytes()));
        match before.filter(|id| !id.is_zero()) {
            Some(before) => {
                Ok((present(reader, &before.to_string())?, head, format!("{who} push to the main branch")))
            }
            None => {
                Err(Error::usage(format!("{who} does not say what the main branch was before this push"))
                    .help("guard check <base>..HEAD      names the range"))
            }
        }
    }
}

fn main_branch(reader: &Reader) -> Option<String> {
    let known = |name: &&str| matches!(reader.tip(&format!("refs/remotes/origin/{name}")), Ok(Some(_)));
    ["main", "master"].iter().find(|name| known(name)).map(|name| (*name).to_owned())
}

/// A commit that CI names must be here: an empty or guessed range would let everything pass.
fn present(reader: &Reader, revision: &str) -> Result<CommitId> {
    reader.resolve(revision).map_err(|e| {
        let mut error = Error::git(e.message().to_owned());
        for line in e.help_lines() {
            error = error.help(line.clone());
        }
        error.help("in CI: fetch the whole history (GitHub: fetch-depth: 0, GitLab: GIT_DEPTH: 0)")
    })
}
