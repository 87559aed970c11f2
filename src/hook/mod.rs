//! The commit doors: what git's hooks run before a commit is made.
//!
//! Each door turns what it can see into one draft [`Commit`] and asks the one evaluator. What the first of them has seen
//! is remembered for `commit-msg` (see `seen.rs`), because git fixes the tree before the editor opens.

mod offer;
mod push;
mod refs;
mod seen;

use std::path::Path;

use crate::error::{Error, Result};
use crate::git::read::{Operation, Reader};
use crate::history::History;
use crate::judge::Judge;
use crate::message::{self, Cleanup};
use crate::model::{Commit, CommitId, Verdict};
use crate::rule::{Draft, Staging, show};

/// The hooks that `guard hook` answers.
pub const DOORS: [&str; 7] = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "pre-merge-commit",
    "reference-transaction",
    "pre-push",
    "pre-receive",
];

/// A message file larger than this is no commit message.
const MAX_MESSAGE: u64 = 32 << 20;

/// Runs one hook with the arguments that git gave it. `line` is a first line of standard input that the shim has
/// read already.
///
/// # Errors
/// Something could not be checked: the commit is refused with the reason.
pub fn run(name: &str, args: &[std::ffi::OsString], line: Option<&[u8]>) -> Result<Verdict> {
    match name {
        "pre-commit" => pre_commit(),
        "prepare-commit-msg" => prepare_commit_msg(args),
        "commit-msg" => commit_msg(args),
        "pre-merge-commit" => pre_merge_commit(),
        "reference-transaction" => refs::run(args, &input(line)?),
        "pre-push" => push::pre_push(args, &input(line)?),
        "pre-receive" => push::pre_receive(&input(line)?),
        other => Err(Error::usage(format!("guard has no hook called {other:?}"))
            .help(format!("guard hook <name>             one of {}", DOORS.join(", ")))),
    }
}

/// What all commit doors look at first.
struct Door {
    reader: Reader,
    head: Option<CommitId>,
    branch: Option<Vec<u8>>,
    operation: Operation,
}

impl Door {
    fn open() -> Result<Self> {
        let reader = Reader::open()?;
        let head = reader.head()?;
        let operation = reader.operation()?;
        let rebased = operation.rebasing.clone().flatten();
        Ok(Self { reader, head: head.commit, branch: head.branch.or(rebased), operation })
    }

    fn parents(&self) -> Vec<CommitId> {
        self.head.iter().chain(&self.operation.merging).copied().collect()
    }

    /// The draft with this message, its paths read from the index.
    fn draft(&self, message: Option<Vec<u8>>) -> Result<Commit> {
        let staged = self.reader.staged(self.head)?;
        let parents = self.parents();
        let (merge_changes, wrong) = self.reader.staged_merge(&parents, &staged.changes)?;
        Ok(Commit {
            id: None,
            parents,
            message,
            encoding: self.reader.config("i18n.commitEncoding"),
            changes: staged.changes,
            merge_changes,
            defects: [staged.defects, wrong].concat(),
        })
    }

    fn judge(&self, commit: &Commit, draft: &Draft) -> Result<Verdict> {
        let judge = Judge::of_drafts(&self.reader);
        let mut verdict = Verdict::default();
        if let Some(branch) = &self.branch
            && !enforced(&self.reader, &judge, self.head, branch)
        {
            verdict.unjudged = 1;
            verdict.notices.push(format!("not judged: enforce.branches does not name {}", show(branch)));
            return Ok(verdict);
        }
        let judged = judge.judge(commit, Some(draft))?;
        verdict.notices = judged.notices;
        if judged.judged {
            verdict.judged = 1;
            verdict.findings = judged.findings;
        } else {
            verdict.unjudged = 1;
            verdict.notices.push("not judged: no plan is running (enforce.when = \"plan\")".to_owned());
        }
        Ok(verdict)
    }

    fn circumstances(&self, message_file: Option<&Path>) -> Result<Draft> {
        let (authored, noted) = (self.has_the_author_of_head()?, seen::amends(&self.reader));
        Ok(Draft {
            staging: staging(),
            message_file: message_file.map(shown),
            below_top: below_top(),
            may_amend: authored.unwrap_or(true) || noted,
            amends: authored.unwrap_or(false) || noted,
            rebasing: self.operation.rebasing.is_some(),
            message_is_given: !edited(),
        })
    }

    /// `git commit --amend` hands its hooks the author of the commit that it amends; a new commit has the present
    /// time. Equal authors therefore mean "may be an amend", different ones "is none" (unless the author is reset).
    fn has_the_author_of_head(&self) -> Result<Option<bool>> {
        let Some(head) = self.head else { return Ok(Some(false)) };
        let variable = |name: &str| std::env::var_os(name).map(std::ffi::OsString::into_encoded_bytes);
        let (Some(name), Some(mail), Some(date)) =
            (variable("GIT_AUTHOR_NAME"), variable("GIT_AUTHOR_EMAIL"), variable("GIT_AUTHOR_DATE"))
        else {
            // Hooks that other programs start, or `git revert`, may lack these: then nothing is known.
            return Ok(None);
        };
        let date = date.strip_prefix(b"@").unwrap_or(&date);
        let author = [&name, b" <".as_slice(), &mail, b"> ", date].concat();
        Ok(Some(self.reader.header(head)?.author == author))
    }

    fn message(&self, raw: &[u8], edited: bool) -> Vec<u8> {
        let setting = |key: &str| self.reader.config(key);
        let comment = setting("core.commentString").or_else(|| setting("core.commentChar"));
        let comment = message::comment_prefix(comment.as_deref(), raw);
        let mode = Cleanup::of(setting("commit.cleanup").as_deref(), edited);
        let set = |v: Vec<u8>| !matches!(v.to_ascii_lowercase().as_slice(), b"false" | b"0" | b"no" | b"off");
        let cut =
            setting("commit.verbose").is_some_and(set) || (edited && message::has_scissors(raw, &comment));
        let message = message::clean(raw, mode, &comment, cut);
        let utf8 = |name: Vec<u8>| matches!(name.to_ascii_lowercase().as_slice(), b"utf-8" | b"utf8");
        if setting("i18n.commitEncoding").is_none_or(utf8) { message::as_utf8(&message) } else { message }
    }
}

/// Are commits on `branch`, whose tip is `at`, judged? A branch without a policy of its own (`gh-pages`) goes by the main
/// branch's. Where no policy can be read nothing is left alone.
pub(crate) fn enforced(reader: &Reader, judge: &Judge<'_>, at: Option<CommitId>, branch: &[u8]) -> bool {
    let own = judge.policy(at).ok().filter(|policy| policy.source.is_some());
    let main = || {
        let mains = ["refs/heads/main", "refs/heads/master", "refs/remotes/origin/HEAD"];
        judge.policy(mains.iter().find_map(|name| reader.tip(name).ok().flatten())).ok()
    };
    own.or_else(main).is_none_or(|policy| policy.enforce.branches.matches(branch))
}

/// Was `git commit` typed below the top of the work tree? Hooks run at the top, and git tells them.
fn below_top() -> bool {
    std::env::var_os("GIT_PREFIX").is_some_and(|prefix| !prefix.is_empty())
}

/// The message file as the person can name it from where they are.
fn shown(file: &Path) -> String {
    let absolute = std::path::absolute(file).ok().filter(|_| below_top());
    absolute.as_deref().unwrap_or(file).display().to_string()
}

/// git sets `GIT_EDITOR=:` for the hooks of a commit whose message nobody will edit.
fn edited() -> bool {
    std::env::var_os("GIT_EDITOR").is_none_or(|editor| editor != ":")
}

/// `git commit -a` and `git commit <path>` commit from an index of their own.
fn staging() -> Staging {
    let index = std::env::var_os("GIT_INDEX_FILE").unwrap_or_default();
    let name = Path::new(&index).file_name().unwrap_or_default().to_string_lossy().into_owned();
    match name.as_str() {
        "index.lock" => Staging::All,
        other if other.starts_with("next-index-") => Staging::Paths,
        _ => Staging::Index,
    }
}

fn pre_commit() -> Result<Verdict> {
    let door = Door::open()?;
    judge_before_the_message(&door)
}

fn judge_before_the_message(door: &Door) -> Result<Verdict> {
    let commit = door.draft(None)?;
    let mut verdict = door.judge(&commit, &door.circumstances(None)?)?;
    // commit-msg says them.
    verdict.notices.clear();
    seen::remember(&door.reader, door.head, &commit, seen::State::Looked)?;
    Ok(verdict)
}

fn pre_merge_commit() -> Result<Verdict> {
    let mut door = Door::open()?;
    if door.operation.merging.is_empty() {
        door.operation.merging = Reader::merge_heads_from_environment();
    }
    judge_before_the_message(&door)
}

/// Judges a commit by the little that is known before its message. git fixes the tree about now, so what is staged is
/// remembered; the message is judged too where nobody will edit it, because `--no-verify` skips `commit-msg` and because
/// picks and rebases have none.
fn prepare_commit_msg(args: &[std::ffi::OsString]) -> Result<Verdict> {
    let file = message_file("prepare-commit-msg", args)?;
    let source = args.get(1).map(|s| s.to_string_lossy().into_owned());
    let door = Door::open()?;
    // `commit HEAD`: --amend, or -c HEAD. commit-msg is not told.
    if source.as_deref() == Some("commit") {
        seen::mark_amend(&door.reader)?;
    }
    let edited = edited();
    let seen = seen::recall(&door.reader, door.head)?.filter(|seen| edited && seen.same_index);
    let judged_before = seen.is_some();
    let mut commit = match seen {
        Some(seen) => Commit { parents: door.parents(), ..seen.commit },
        None => door.draft(None)?,
    };
    let mut verdict = Verdict { unjudged: 1, ..Verdict::default() };
    if !judged_before {
        // While a rebase squashes, git's own notes are still in the file as comments.
        let read = || Ok(door.message(&read_message(file)?, door.operation.rebasing.is_some()));
        commit.message = if edited { None } else { Some(read()?) };
        verdict = door.judge(&commit, &door.circumstances(Some(file))?)?;
        let state = if edited || verdict.refused() { seen::State::Looked } else { seen::State::Passed };
        seen::remember(&door.reader, door.head, &commit, state)?;
    }
    if edited && !verdict.refused() {
        // commit-msg says them.
        verdict.notices.clear();
        if source.is_none() {
            offer::task(&door, file, &commit)?;
        }
    }
    Ok(verdict)
}

fn commit_msg(args: &[std::ffi::OsString]) -> Result<Verdict> {
    let file = message_file("commit-msg", args)?;
    let raw = read_message(file)?;
    let door = Door::open()?;
    let message = door.message(&raw, edited());
    let circumstances = door.circumstances(Some(file))?;
    let Some(seen) = seen::recall(&door.reader, door.head)? else {
        return door.judge(&door.draft(Some(message))?, &circumstances);
    };
    let parents = door.parents();
    let same_parents = parents.len() == seen.parents;
    if seen.same_index && same_parents {
        if seen.passed.as_ref() == Some(&message) {
            // prepare-commit-msg has said what there is to say.
            return Ok(Verdict { judged: 1, ..Verdict::default() });
        }
        return door.judge(&Commit { message: Some(message), parents, ..seen.commit }, &circumstances);
    }
    // Somebody changed the index since. A hook after that one may have done so, then the index lands; or the editor, then
    // what was seen lands. Both must pass.
    let now = door.draft(Some(message.clone()))?;
    let verdict = door.judge(&now, &circumstances)?;
    if verdict.refused() || seen.commit.changes == now.changes || !same_parents {
        return Ok(verdict);
    }
    let mut verdict =
        door.judge(&Commit { message: Some(message), parents, ..seen.commit }, &circumstances)?;
    verdict.notices.push(
        "the index has changed since this commit began; what was staged then was judged too".to_owned(),
    );
    Ok(verdict)
}

/// The lines that git writes to a hook's standard input.
fn input(first: Option<&[u8]>) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut text = first.map(<[u8]>::to_vec).unwrap_or_default();
    if first.is_some() {
        text.push(b'\n');
    }
    std::io::stdin()
        .lock()
        .read_to_end(&mut text)
        .map_err(|e| Error::io(format!("cannot read what git says: {e}")))?;
    Ok(text)
}

fn message_file<'a>(hook: &str, args: &'a [std::ffi::OsString]) -> Result<&'a Path> {
    args.first().map(Path::new).ok_or_else(|| {
        Error::usage(format!("git gives {hook} the name of the message file; there was none"))
            .help(format!("guard hook {hook} .git/COMMIT_EDITMSG"))
    })
}

fn read_message(file: &Path) -> Result<Vec<u8>> {
    let shown = file.display();
    let fail = |e: std::io::Error| {
        Error::io(format!("the message file {shown} cannot be read: {e}"))
            .help("git commit                    starts again")
    };
    let meta = std::fs::metadata(file).map_err(fail)?;
    if meta.len() > MAX_MESSAGE {
        let size = meta.len() >> 20;
        return Err(Error::io(format!(
            "the message file {shown} has {size} MiB; a message may have {}",
            MAX_MESSAGE >> 20
        ))
        .help("git commit -m '<ID>: <summary>'"));
    }
    std::fs::read(file).map_err(fail)
}
