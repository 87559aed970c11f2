//! `reference-transaction`: the door that sees the real commits, whoever made them.
//!
//! git asks before it moves refs. What skips the other hooks — amend, reword, am, reset, plumbing — ends here, because a
//! branch has to move. Only commits that are new to the branch are judged, and neither what a remote has (or `git fetch` has
//! just brought) nor what the main branch has: others judged that. Updates that move nothing, deletions and unknown states pass.

use std::ffi::OsString;

use crate::error::Result;
use crate::git::read::Reader;
use crate::judge::Judge;
use crate::model::{CommitId, Level, ObjectId, Verdict};
use crate::rule::{finding, help, show};

/// Judges the branches that a transaction moves.
///
/// # Errors
/// Something could not be checked.
pub(super) fn run(args: &[OsString], input: &[u8]) -> Result<Verdict> {
    if args.first().is_none_or(|state| state != "prepared") {
        return Ok(Verdict::default());
    }
    let moves: Vec<Move<'_>> = input.split(|b| *b == b'\n').filter_map(Move::read).collect();
    if moves.is_empty() {
        return Ok(Verdict::default());
    }
    let reader = Reader::open()?;
    let judge = Judge::of_drafts(&reader);
    let mut all = Verdict::default();
    for moved in &moves {
        moved.judge(&reader, &judge, &mut all)?;
    }
    if all.refused() {
        all.notices.extend(state_of_things(&reader));
    }
    Ok(all)
}

/// One branch that is about to move.
struct Move<'a> {
    branch: &'a [u8],
    to: Target,
}

enum Target {
    Commit(ObjectId),
    /// The branch becomes a name for another ref.
    Symbolic,
}

impl<'a> Move<'a> {
    /// `<old> <new> <ref>`; `None`: no branch, a deletion, or a line that says nothing new.
    fn read(line: &'a [u8]) -> Option<Self> {
        let mut fields = line.splitn(3, |b| *b == b' ');
        let (old, new, name) = (fields.next()?, fields.next()?, fields.next()?);
        let branch = name.strip_prefix(b"refs/heads/")?;
        if new.starts_with(b"ref:") {
            return Some(Self { branch, to: Target::Symbolic });
        }
        let new = ObjectId::from_hex(new)?;
        (!new.is_zero() && old != new.to_string().as_bytes())
            .then_some(Self { branch, to: Target::Commit(new) })
    }

    fn judge(&self, reader: &Reader, judge: &Judge<'_>, all: &mut Verdict) -> Result<()> {
        let name = format!("refs/heads/{}", String::from_utf8_lossy(self.branch));
        // The line's old value may be zero for "whatever it is": what the branch is now counts.
        let now = reader.tip(&name)?;
        let new = match self.to {
            Target::Commit(new) if now == Some(new) => return Ok(()),
            Target::Commit(new) => new,
            Target::Symbolic => {
                let mut found =
                    finding(format!("the branch {} would become a name for another ref", show(self.branch)));
                (found.rule, found.level) = ("history", Level::Deny);
                found.help.push(help("git switch <branch>", "HEAD is the only symbolic ref that git needs"));
                all.judged += 1;
                all.findings.push(found);
                return Ok(());
            }
        };
        if !super::enforced(reader, judge, now, self.branch) {
            return Ok(());
        }
        for id in reader.new_commits(new, &self.approved(reader, now)?)? {
            let judged = judge.judge(&reader.commit(id)?, None)?;
            all.findings.extend(judged.findings);
            if judged.judged {
                all.judged += 1;
            } else {
                all.unjudged += 1;
            }
        }
        Ok(())
    }

    /// Commits that need no judgement here. A branch that is being created may start anywhere in what is there already.
    fn approved(&self, reader: &Reader, now: Option<CommitId>) -> Result<Vec<CommitId>> {
        let mut approved: Vec<CommitId> = now.into_iter().collect();
        for (_, tip) in reader.tips("refs/remotes/")? {
            approved.push(tip);
        }
        approved.extend(reader.fetched()?);
        if now.is_none() {
            for kind in ["refs/heads/", "refs/tags/"] {
                approved.extend(reader.tips(kind)?.into_iter().map(|(_, tip)| tip));
            }
        }
        for main in ["main", "master"] {
            if self.branch != main.as_bytes()
                && let Some(tip) = reader.tip(&format!("refs/heads/{main}"))?
            {
                approved.push(tip);
            }
        }
        approved.sort_unstable();
        approved.dedup();
        Ok(approved)
    }
}

/// Where the refusal leaves git, and how to go on.
fn state_of_things(reader: &Reader) -> Vec<String> {
    let there = |name: &str| reader.git_dir().join(name).exists();
    let left = if there("rebase-merge") || (there("rebase-apply") && !there("rebase-apply/applying")) {
        "git is in the middle of a rebase: git rebase --abort puts everything back"
    } else if there("rebase-apply/applying") {
        "git is in the middle of git am: git am --abort puts everything back"
    } else if there("MERGE_HEAD") {
        "git is in the middle of a merge: git merge --abort puts everything back"
    } else if there("CHERRY_PICK_HEAD") {
        "git is in the middle of a cherry-pick: git cherry-pick --abort puts everything back"
    } else if there("REVERT_HEAD") {
        "git is in the middle of a revert: git revert --abort puts everything back"
    } else {
        "no branch was moved; index and work tree may already hold the change: git status shows it"
    };
    vec![left.to_owned()]
}
