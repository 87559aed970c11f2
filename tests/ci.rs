//! `guard check` without a range in CI: the range comes from the event, is printed with its reason, and is never guessed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

mod harness;

use harness::{Ran, Repo, guard_bin};

const PLAN: &str =
    "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"s\"\nscope = [\"src/**\"]\n";

/// A remote with `main`, and a clone on `work` with a rollback commit and one commit in scope; `bad` adds one that is not.
struct Ci {
    repo: Repo,
    base: String,
    head: String,
}

impl Ci {
    fn new(bad: bool) -> Self {
        let repo = Repo::new();
        let run = |script: &str| repo.run_in(&repo.path, "sh", &["-ec", script]).ok();
        repo.write("plans/p.toml", PLAN);
        repo.write("src/a", "1\n");
        run(
            "git add -A; git commit -qm init; git init -q --bare ../origin.git; git remote add origin ../origin.git; git push -q origin main; git fetch -q",
        );
        let base = repo.git(&["rev-parse", "HEAD"]).ok();
        run(
            "git checkout -qb work; git commit -q --allow-empty -m 'rollback: before executing plan p'; echo 2 >src/a; git commit -qam 'T001: two'",
        );
        if bad {
            run("echo x >other; git add -A; git commit -qm 'T001: leaves the scope'");
        }
        let head = repo.git(&["rev-parse", "HEAD"]).ok();
        Self { repo, base, head }
    }

    fn check(&self, env: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = self.repo.command(guard_bin(), &self.repo.path);
        let output = command.arg("check").args(args).envs(env.iter().copied()).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn github(&self, name: &str, event: &str) -> Ran {
        let file = self.repo.root().join("event.json");
        let event = event.replace("BASE", &self.base).replace("HEAD", &self.head);
        std::fs::write(&file, event).unwrap();
        self.check(&[("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", file.to_str().unwrap())], &[])
    }
}

const PUSH: &str = r#"{"ref": "refs/heads/work", "before": "BEFORE", "after": "HEAD", "repository": {"default_branch": "main"}}"#;
const ZERO: &str = "0000000000000000000000000000000000000000";

#[test]
fn a_push_to_github_is_judged_against_the_main_branch_whatever_was_pushed_before() {
    for (bad, code) in [(true, 1), (false, 0)] {
        let ci = Ci::new(bad);
        // A new branch, a force-push over a commit that is gone, and a second push all ask the same.
        for before in [ZERO, "1234567890123456789012345678901234567890", &ci.head] {
            ci.github("push", &PUSH.replace("BEFORE", before))
                .says(code, &["GitHub push, against origin/main"]);
        }
    }
}

#[test]
fn pull_requests_and_merge_groups_name_both_ends() {
    for (bad, code) in [(true, 1), (false, 0)] {
        let ci = Ci::new(bad);
        let event = r#"{"pull_request": {"base": {"sha": "BASE"}, "head": {"sha": "HEAD"}}}"#;
        ci.github("pull_request", event).says(code, &["GitHub pull_request", &ci.base[..7]]);
        let event = r#"{"merge_group": {"base_sha": "BASE", "head_sha": "HEAD"}}"#;
        ci.github("merge_group", event).says(code, &["GitHub merge_group"]);
    }
}

#[test]
fn a_push_to_the_main_branch_is_judged_from_what_it_was() {
    let ci = Ci::new(true);
    let event = PUSH.replace("work", "main").replace("BEFORE", "BASE");
    ci.github("push", &event).says(1, &["GitHub push to the main branch", "error[scope]"]);
    ci.github("push", &event.replace("BASE", ZERO)).says(2, &["does not say what the main branch was"]);
}

#[test]
fn an_event_that_names_what_is_not_here_is_no_pass() {
    let ci = Ci::new(false);
    let gone = "1234567890123456789012345678901234567890";
    let event =
        r#"{"pull_request": {"base": {"sha": "GONE"}, "head": {"sha": "HEAD"}}}"#.replace("GONE", gone);
    ci.github("pull_request", &event).says(2, &[gone, "fetch-depth: 0"]);
    ci.github("pull_request", "{}").says(2, &["without its commits"]);
    ci.github("pull_request", "no json").says(2, &["cannot be read"]);
    ci.check(&[("GITHUB_EVENT_NAME", "push")], &[]).says(2, &["cannot be read"]);
}

#[test]
fn gitlab_bitbucket_and_azure_say_it_in_variables() {
    for (bad, code) in [(true, 1), (false, 0)] {
        let ci = Ci::new(bad);
        let head = ci.head.as_str();
        let merge_request =
            [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"), ("CI_COMMIT_SHA", head)];
        ci.check(&merge_request, &[]).says(code, &["GitLab, merging into main"]);
        let branch = [
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_BRANCH", "work"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_SHA", head),
            ("CI_COMMIT_BEFORE_SHA", ZERO),
        ];
        ci.check(&branch, &[]).says(code, &["GitLab push, against origin/main"]);
        let bitbucket =
            [("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_COMMIT", head), ("BITBUCKET_BRANCH", "work")];
        ci.check(&bitbucket, &[]).says(code, &["Bitbucket push, against origin/main"]);
        let azure = [
            ("TF_BUILD", "True"),
            ("BUILD_SOURCEVERSION", head),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ];
        ci.check(&azure, &[]).says(code, &["Azure Pipelines, merging into main"]);
    }
}

#[test]
fn an_empty_range_says_so_and_fails_on_request() {
    let ci = Ci::new(false);
    ci.check(&[], &["HEAD..HEAD"]).says(0, &["the range holds no commit", "0 commits judged"]);
    ci.check(&[], &["HEAD..HEAD", "--fail-on-empty"]).says(2, &["the range holds no commit"]);
}

#[test]
fn a_named_range_wins_over_the_event() {
    let ci = Ci::new(true);
    let env = [("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "gone")];
    ci.check(&env, &["origin/main..HEAD~1"]).says(0, &["2 commits judged"]);
}
