//! The push doors that are hooks: `pre-push` on the machine that pushes, `pre-receive` on the server.
//!
//! Both judge every ref line before they answer: one bad ref refuses the push.

use std::ffi::OsString;

use crate::check;
use crate::error::{Error, Result};
use crate::git::read::Reader;
use crate::lock;
use crate::model::{CommitId, Finding, ObjectId, Verdict};
use crate::rule::{finding, help, show};

/// Judges every branch that is pushed, against what the remote is known to have. Advisory: `--no-verify` skips it.
///
/// # Errors
/// Something could not be checked.
pub(super) fn pre_push(args: &[OsString], input: &[u8]) -> Result<Verdict> {
    let reader = Reader::open()?;
    let remote = args.first().map(|a| a.to_string_lossy().into_owned()).unwrap_or_default();
    let mut all = Verdict::default();
    for line in lines(input) {
        let [_, new, name, old] = fields(line)?;
        let Some(branch) = name.strip_prefix(b"refs/heads/") else { continue };
        let (new, old) = (object(new)?, object(old)?);
        if new.is_zero() {
            continue;
        }
        match known_base(&reader, &remote, branch, old)? {
            Some(base) => judge(&reader, base, new, branch, &mut all)?,
            None => unjudged(&mut all, branch, "the remote has nothing yet to compare with"),
        }
    }
    Ok(quiet_when_clean(all))
}

/// What a push to `branch` will be judged against: the remote's main branch, as far as this machine knows it; for that
/// branch itself, what the remote says it has.
fn known_base(reader: &Reader, remote: &str, branch: &[u8], old: ObjectId) -> Result<Option<CommitId>> {
    // `git push <url>` gives the URL for a name: then what is known of `origin` has to do.
    let named = !remote.is_empty() && remote.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let remote = if named { remote } else { "origin" };
    let main = ["HEAD", "main", "master"].map(|name| format!("refs/remotes/{remote}/{name}"));
    for name in &main {
        let Some(tip) = reader.tip(name)? else { continue };
        let itself = name.as_bytes().ends_with(&[b"/", branch].concat());
        let points_at = name.ends_with("/HEAD") && points_to(reader, remote, branch);
        if !itself && !points_at {
            return Ok(Some(tip));
        }
        break;
    }
    if old.is_zero() {
        // Nothing is known of that place: what this machine's own main branch has not is new everywhere.
        let own = ["main", "master"].iter().filter(|name| name.as_bytes() != branch);
        let tips = own.map(|name| reader.tip(&format!("refs/heads/{name}")));
        return tips.collect::<Result<Vec<_>>>().map(|tips| tips.into_iter().flatten().next());
    }
    match reader.resolve(&old.to_string()) {
        Ok(old) => Ok(Some(old)),
        Err(_) => {
            Err(Error::git(format!("the remote has {} on {}, which is not here", old.short(), show(branch)))
                .help("git fetch                     then push again"))
        }
    }
}

/// Is `branch` the remote's main branch?
fn points_to(reader: &Reader, remote: &str, branch: &[u8]) -> bool {
    let head = format!("refs/remotes/{remote}/HEAD");
    let named = format!("refs/remotes/{remote}/{}", show(branch));
    match (crate::git::run::output(reader.git_dir(), &["symbolic-ref", "-q", &head]), reader.tip(&named)) {
        (Ok(target), Ok(Some(_))) => target == named.as_bytes(),
        _ => false,
    }
}

/// Judges every ref of a push before the server takes it. Only what the protected branch (the one that the server's
/// HEAD names) holds is approved; anything else that happens to be there is judged again.
///
/// # Errors
/// Something could not be checked.
pub(super) fn pre_receive(input: &[u8]) -> Result<Verdict> {
    let reader = Reader::open()?;
    let protected = reader.head()?;
    let mut all = Verdict::default();
    for line in lines(input) {
        let [old, new, name] = fields(line)?;
        let (old, new) = (object(old)?, object(new)?);
        if name.starts_with(b"refs/replace/") && !new.is_zero() {
            refuse(&mut all, replaces(name));
            continue;
        }
        let Some(branch) = name.strip_prefix(b"refs/heads/") else {
            if !new.is_zero() {
                unjudged(&mut all, name, "only branches are judged");
            }
            continue;
        };
        let itself = protected.branch.as_deref() == Some(branch);
        if itself && let Some(lost) = loses_history(&reader, protected.commit, new)? {
            refuse(&mut all, lost);
            continue;
        }
        if new.is_zero() {
            continue;
        }
        match protected.commit {
            Some(_) if itself => judge(&reader, old, new, branch, &mut all)?,
            Some(base) => judge(&reader, base, new, branch, &mut all)?,
            None if itself => unjudged(&mut all, branch, "it founds the protected branch"),
            None => {
                let main = protected.branch.as_deref().map_or_else(|| "main".to_owned(), show);
                return Err(Error::git(format!("the server's branch {main} does not exist yet: nothing is approved"))
                    .help(format!("git push <remote> {main}      first, then the other branches"))
                    .help("git symbolic-ref HEAD refs/heads/<name>   on the server, if another branch is to be protected"));
            }
        }
    }
    Ok(quiet_when_clean(all))
}

fn refuse(all: &mut Verdict, found: Finding) {
    all.judged += 1;
    all.findings.push(found);
}

/// The protected branch only grows: what it held is what everything else was judged against.
fn loses_history(reader: &Reader, now: Option<CommitId>, new: ObjectId) -> Result<Option<Finding>> {
    let Some(now) = now else { return Ok(None) };
    let message = if new.is_zero() {
        "the protected branch would be deleted"
    } else if reader.merge_base(now, new).is_ok_and(|base| base == now) {
        return Ok(None);
    } else {
        "the protected branch would lose commits"
    };
    let mut found = finding(message);
    (found.rule, found.level) = ("history", crate::model::Level::Deny);
    found.help.push(help("git revert <commit>", "takes back what is in it"));
    Ok(Some(found))
}

fn replaces(name: &[u8]) -> Finding {
    let mut found = finding(format!("{} would show a commit differently from what it is", show(name)));
    found.rule = "history";
    found.level = crate::model::Level::Deny;
    found.help.push(help("git push <remote> <branch>", "without refs/replace/*"));
    found
}

fn judge(reader: &Reader, base: CommitId, new: ObjectId, branch: &[u8], all: &mut Verdict) -> Result<()> {
    // A policy that cannot be read names no branch to leave alone; the range says what is wrong with it.
    if lock::policy_at(reader, base).is_ok_and(|policy| !policy.enforce.branches.matches(branch)) {
        unjudged(all, branch, "enforce.branches does not name it");
        return Ok(());
    }
    let verdict = check::range_of(reader, base, new, &show(branch), None, check::Gates::NotAsked)?;
    all.judged += verdict.judged;
    all.unjudged += verdict.unjudged;
    all.findings.extend(verdict.findings);
    all.notices.extend(verdict.notices);
    Ok(())
}

fn unjudged(all: &mut Verdict, branch: &[u8], why: &str) {
    all.unjudged += 1;
    all.notices.push(format!("{} was not judged: {why}", show(branch)));
}

/// A push that passes says nothing, but for what was not judged.
fn quiet_when_clean(mut all: Verdict) -> Verdict {
    if all.findings.is_empty() {
        all.notices.retain(|notice| notice.contains("not judged"));
    }
    all
}

fn lines(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    input.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

fn fields<const N: usize>(line: &[u8]) -> Result<[&[u8]; N]> {
    let all: Vec<&[u8]> = line.splitn(N, |b| *b == b' ').collect();
    all.try_into().map_err(|_| Error::usage(format!("a line of the push cannot be read: {}", show(line))))
}

fn object(hex: &[u8]) -> Result<ObjectId> {
    ObjectId::from_hex(hex).ok_or_else(|| Error::usage(format!("{} is no object name", show(hex))))
}
