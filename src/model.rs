//! The words that every other module speaks: commits, changes, task IDs, findings, verdicts.
//!
//! Nothing here reads git, files or the environment; a test can build every value by hand.

use std::fmt;

/// The name of a git object: 20 bytes (SHA-1) or 32 bytes (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    bytes: [u8; 32],
    len: u8,
}

/// The name of a commit object.
pub type CommitId = ObjectId;

impl ObjectId {
    /// The object name with these raw bytes; `None` unless there are 20 or 32 of them.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { bytes, len: raw.len() as u8 })
    }

    /// The object name written as 40 or 64 hex digits.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
        let mut raw = Vec::with_capacity(32);
        if hex.len() != 40 && hex.len() != 64 {
            return None;
        }
        for pair in hex.chunks(2) {
            let &[high, low] = pair else { return None };
            raw.push(digit(high)? << 4 | digit(low)?);
        }
        Self::from_bytes(&raw)
    }

    /// git's "no such object", in SHA-1's length.
    pub fn zero() -> Self {
        Self { bytes: [0; 32], len: 20 }
    }

    /// The raw bytes, 20 or 32 of them.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }

    /// git's "no such object": all zeros.
    pub fn is_zero(&self) -> bool {
        self.as_bytes().iter().all(|b| *b == 0)
    }

    /// The first seven hex digits, as people quote commits.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(7);
        hex
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

/// A path in the repository: root-relative, `/`-separated, raw bytes, exactly as git stores it.
pub type RepoPath = Vec<u8>;

/// What a tree entry is, after git's own canonicalisation of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A file.
    Regular,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link; its blob holds the target.
    Symlink,
    /// A submodule's commit (mode 160000).
    Gitlink,
}

/// One side of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What the entry is.
    pub mode: Mode,
    /// The blob, or for a gitlink the commit of the submodule.
    pub id: ObjectId,
}

/// One path that differs between a commit and its first parent. Renames are two changes: git's own
/// rename detection is never used, because both ends must be in scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// Where.
    pub path: RepoPath,
    /// What was there in the first parent; `None`: nothing.
    pub old: Option<Entry>,
    /// What is there in the commit; `None`: it was deleted.
    pub new: Option<Entry>,
}

impl Change {
    /// The same change undone.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { path: self.path.clone(), old: self.new, new: self.old }
    }
}

/// A commit to judge: one in the history, or the draft that `git commit` is about to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// `None` for a draft.
    pub id: Option<CommitId>,
    /// In git's order; the first is the line of history that guard follows.
    pub parents: Vec<CommitId>,
    /// The raw message as it is (or, for a draft, will be) in the commit object.
    /// `None`: not known yet, as in a `pre-commit` hook.
    pub message: Option<Vec<u8>>,
    /// Value of the `encoding` header, raw.
    pub encoding: Option<Vec<u8>>,
    /// Differences from the first parent (from the empty tree for a root commit), in path order.
    pub changes: Vec<Change>,
    /// For two parents: differences from their automatic merge. Empty: a clean merge.
    pub merge_changes: Vec<Change>,
    /// What is wrong with the commit's objects themselves, in words; empty for what git itself writes.
    pub defects: Vec<String>,
}

impl Commit {
    /// The first line of the message, raw; empty when there is none.
    pub fn subject(&self) -> &[u8] {
        first_line(self.message.as_deref().unwrap_or_default())
    }

    /// What this commit itself did: for a merge the difference from the automatic merge, else all changes.
    pub fn own_changes(&self) -> &[Change] {
        if self.parents.len() > 1 { &self.merge_changes } else { &self.changes }
    }
}

/// Everything before the first line feed.
pub fn first_line(text: &[u8]) -> &[u8] {
    text.split(|b| *b == b'\n').next().unwrap_or_default()
}

/// How the name of the file ends that lends scopes to the plan beside it: `tasks.overlay.toml` for `tasks.md`.
pub const OVERLAY: &str = ".overlay.toml";

/// Can this character make text read in another order than it stands, or hide in it?
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A task's name inside its plan, such as `T001` or `1.2`. A task is plan + ID: the same ID recurs in every plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(String);

impl TaskId {
    /// The ID spelled `text`, which must be printable ASCII without spaces; `None` otherwise.
    pub fn new(text: &str) -> Option<Self> {
        let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self(text.to_owned()))
    }

    /// The ID as the plan spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A position in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as a person would name it.
    pub file: String,
    /// From 1; 0: the file as a whole.
    pub line: usize,
    /// From 1; 0: the line as a whole.
    pub column: usize,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0 }
    }

    /// A line of a file, from 1.
    pub fn line(file: impl Into<String>, line: usize) -> Self {
        Self { file: file.into(), line, column: 0 }
    }
}

/// Turns byte offsets of a text into line and column.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of `text`.
    pub fn of(text: &str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(after).collect() }
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The column, from 1 and in bytes, of the byte at `offset`.
    pub fn column(&self, offset: usize) -> usize {
        1 + offset - self.starts.get(self.line(offset) - 1).copied().unwrap_or(offset)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The rule is not run.
    Off,
    /// Said, but nothing is refused.
    Warn,
    /// The commit is refused.
    Deny,
}

impl Level {
    /// The word used in `guard.toml` and in machine output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A command to go on with, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// What to type. Paths in it are already quoted for a POSIX shell.
    pub command: String,
    /// What that does, in a few words.
    pub why: String,
}

/// One violated rule at one commit, and where it can be said at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How much it weighs under the policy in force.
    pub level: Level,
    /// `None`: the draft.
    pub commit: Option<CommitId>,
    /// The commit's first line, raw.
    pub subject: Vec<u8>,
    /// The path at fault, raw.
    pub path: Option<RepoPath>,
    /// The task that the commit names.
    pub task: Option<TaskId>,
    /// Where to look besides: the task in its plan, or a file that the commit changes.
    pub place: Option<Place>,
    /// One sentence without a full stop; may quote hostile text, so reporters escape it.
    pub message: String,
    /// Labelled facts a person needs to decide: the task's scope, the owner of the path, …
    pub facts: Vec<(String, String)>,
    /// What to type next.
    pub help: Vec<Help>,
}

/// The outcome of a run: all findings, and how many commits were judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Where the judged range starts (the merge base); `None` for a draft.
    pub base: Option<CommitId>,
    /// Where the judged range ends; `None` for a draft.
    pub head: Option<CommitId>,
    /// How many commits were judged.
    pub judged: usize,
    /// Commits that the policy leaves unjudged: reported as such, never as clean.
    pub unjudged: usize,
    /// Violations, oldest commit first.
    pub findings: Vec<Finding>,
    /// What a reader should know but need not act on: which policy and plan were used, and why.
    pub notices: Vec<String>,
    /// The commits of the range, oldest first; empty for a draft.
    pub commits: Vec<Met>,
    /// Where the repository was fetched from, as a URL without account or password.
    pub origin: Option<String>,
    /// For a replay: what became of each commit.
    pub replay: Option<Replay>,
}

/// A commit that a range holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Which.
    pub id: CommitId,
    /// Its first line, raw; of a very long one the beginning.
    pub subject: Vec<u8>,
    /// `false`: the policy leaves it alone.
    pub judged: bool,
}

impl Met {
    /// Bytes of the first line that are kept: a range of commits with megabytes each must not fill the memory.
    const KEPT: usize = 500;

    /// The commit called `id`.
    pub fn new(id: CommitId, commit: &Commit, judged: bool) -> Self {
        let subject = commit.subject();
        let mut kept = subject.get(..Self::KEPT).unwrap_or(subject);
        // Not the half of a character.
        while kept.len() < subject.len() && std::str::from_utf8(kept).is_err_and(|e| e.error_len().is_none())
        {
            kept = kept.split_last().map(|(_, rest)| rest).unwrap_or_default();
        }
        Self { id, subject: kept.to_vec(), judged }
    }
}

/// A replay of commits against a plan that was not running when they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The plan's path.
    pub plan: String,
    /// Rules that were left out.
    pub left_out: Vec<&'static str>,
    /// The commits that were judged, oldest first.
    pub commits: Vec<Replayed>,
}

/// One commit of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Which.
    pub id: CommitId,
    /// Its first line, raw.
    pub subject: Vec<u8>,
    /// The word for its kind.
    pub kind: &'static str,
    /// The first rule that would have refused it; `None`: it would have passed.
    pub against: Option<&'static str>,
}

impl Verdict {
    /// Is anything refused?
    pub fn refused(&self) -> bool {
        self.findings.iter().any(|f| f.level == Level::Deny)
    }
}
