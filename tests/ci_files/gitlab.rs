//! `ci/gitlab.yml`: its job, run as a runner runs it, with bash and in images without it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::harness::{Ran, executable};
use crate::world::{HOSTILE, LEAVES, TRAPS, World};
use crate::yaml;

const SHELLS: [&[&str]; 2] = [&["bash", "--noprofile", "--norc", "-eo", "pipefail"], &["sh", "-e"]];

/// The job and the repository from which it takes guard.
struct Job<'a> {
    world: &'a World,
    /// The pinned commit; the branch above it went bad.
    pinned: String,
}

impl<'a> Job<'a> {
    fn new(world: &'a World) -> Self {
        let folder = world.root().join("guard");
        world.place_guard(&folder);
        let run = |script: &str| world.repo.run_in(&folder, "sh", &["-ec", script]).ok();
        run("git init -q; git add -A; git commit -qm one");
        let pinned = run("git rev-parse HEAD");
        executable(&folder.join("install.sh"), "#!/bin/sh\ntouch \"$ROOT/pwned\"\n");
        run("git commit -qam two");
        Self { world, pinned }
    }

    /// The event's variables: a merge request's, or a branch's.
    fn event(&self, merge_request: bool) -> Vec<(&str, &str)> {
        let mut all = vec![
            ("GITLAB_CI", "true"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_COMMIT_SHA", self.world.head.as_str()),
            ("CI_COMMIT_REF_NAME", HOSTILE),
            ("CI_COMMIT_TITLE", "$(touch pwned)"),
        ];
        if merge_request {
            all.push(("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"));
            all.push(("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", HOSTILE));
        } else {
            all.push(("CI_COMMIT_BRANCH", HOSTILE));
        }
        all
    }

    /// Runs the job; `own` are variables that the project or the event sets.
    #[track_caller]
    fn run(&self, shell: &[&str], own: &[(&str, &str)]) -> Ran {
        let text = yaml::file("ci/gitlab.yml");
        let mut env = yaml::pairs(&text, "variables:");
        assert!(env.iter().any(|(name, value)| name == "GUARD_COMMIT" && value.is_empty()));
        let address = format!("file://{}", self.world.root().join("guard").display());
        for (name, value) in
            [("GUARD_URL", address.as_str()), ("GUARD_COMMIT", &self.pinned)].iter().chain(own)
        {
            env.push(((*name).to_owned(), (*value).to_owned()));
        }
        let ran = self.world.run(shell, &yaml::block(&text, "- |"), &env);
        self.world.is_unharmed();
        assert_eq!(
            fs::read_dir(self.world.root().join("tmp")).unwrap().count(),
            0,
            "something is left behind"
        );
        ran
    }

    /// It was built once, outside of the checkout.
    #[track_caller]
    fn was_built(&self) {
        let built = self.world.built();
        assert!(built.len() == 1 && built[0].starts_with(self.world.root().join("tmp")), "{built:?}");
    }
}

fn sha256(file: &Path) -> String {
    let out = std::process::Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8(out.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn branches_and_merge_requests_are_judged_by_the_pinned_guard() {
    let depth = yaml::value(&yaml::file("ci/gitlab.yml"), "variables:", "GIT_DEPTH");
    for (more, code) in [("", 0), (LEAVES, 1)] {
        let world = World::new(more);
        world.check_out(&world.head, &depth);
        let job = Job::new(&world);
        for shell in SHELLS {
            for (merge_request, why) in [(true, "GitLab, merging into main"), (false, "GitLab push")] {
                let ran = job.run(shell, &job.event(merge_request)).says(code, &[why]);
                assert_eq!(ran.out.contains("error[scope]: T001 may not change other"), code == 1);
                job.was_built();
            }
        }
    }
}

#[test]
fn a_shallow_clone_is_no_pass() {
    let world = World::new("");
    world.check_out(&world.head, "1");
    let job = Job::new(&world);
    for merge_request in [true, false] {
        job.run(SHELLS[0], &job.event(merge_request)).says(2, &["GIT_DEPTH: 0"]);
    }
}

#[test]
fn a_judge_that_the_branch_brings_is_not_asked() {
    let world = World::new(TRAPS);
    let digest = sha256(&world.root().join("guard-under-test"));
    for shell in SHELLS {
        for digest in ["", &digest] {
            fs::remove_dir_all(world.checkout()).ok();
            world.check_out(&world.head, "0");
            let job = Job::new(&world);
            let mut own = job.event(true);
            own.push(("GUARD_SHA256", digest));
            job.run(shell, &own).says(1, &["error[scope]", ".guard-program/guard"]);
            job.was_built();
            fs::remove_dir_all(world.root().join("guard")).unwrap();
        }
    }
}

#[test]
fn the_cache_is_believed_by_its_digest_only() {
    let world = World::new(LEAVES);
    world.check_out(&world.head, "0");
    let job = Job::new(&world);
    let kept = world.checkout().join(".guard-program/guard");
    for shell in SHELLS {
        fs::remove_file(&kept).ok();
        let first = job.run(shell, &job.event(true)).says(1, &["GUARD_SHA256: "]);
        job.was_built();
        let digest = first.out.lines().find_map(|line| line.strip_prefix("GUARD_SHA256: ")).unwrap();
        assert_eq!(digest, sha256(&kept));
        let mut own = job.event(true);
        own.push(("GUARD_SHA256", digest));
        let cached = job.run(shell, &own).says(1, &["error[scope]"]);
        assert!(world.built().is_empty() && !cached.out.contains("GUARD_SHA256"), "{}", cached.out);
        // Without the digest it is built again; so it is when the cache holds another program.
        job.run(shell, &job.event(true)).says(1, &["error[scope]"]);
        job.was_built();
        executable(&kept, "#!/bin/sh\ntouch \"$ROOT/pwned\"\n");
        job.run(shell, &own).says(1, &["error[scope]"]);
        job.was_built();
        assert_eq!(sha256(&kept), digest, "the cache was not mended");
    }
}

#[test]
fn the_cache_is_not_written_through_a_link() {
    let world =
        World::new("mkdir x; ln -s \"$ROOT/victim\" .guard-program; git add -A; git commit -qm 'T001: link'");
    world.check_out(&world.head, "0");
    let victim = world.root().join("victim");
    fs::create_dir(&victim).unwrap();
    fs::write(victim.join("guard"), "mine\n").unwrap();
    let job = Job::new(&world);
    job.run(SHELLS[0], &job.event(true)).says(1, &["error[scope]"]);
    assert_eq!(fs::read_to_string(victim.join("guard")).unwrap(), "mine\n");
    // And a link in place of the program.
    fs::remove_file(world.checkout().join(".guard-program/guard")).unwrap();
    symlink(victim.join("guard"), world.checkout().join(".guard-program/guard")).unwrap();
    job.run(SHELLS[0], &job.event(true)).says(1, &["error[scope]"]);
    assert_eq!(fs::read_to_string(victim.join("guard")).unwrap(), "mine\n");
}

#[test]
fn only_a_full_commit_is_a_pin() {
    let world = World::new("");
    world.check_out(&world.head, "0");
    let job = Job::new(&world);
    for shell in SHELLS {
        for name in ["", "main", "HEAD", &job.pinned[..12], "$(touch pwned)", "--upload-pack=touch pwned"] {
            job.run(shell, &[("GUARD_COMMIT", name)]).says(2, &["GUARD_COMMIT must be a full commit"]);
        }
        let gone = "1234567890123456789012345678901234567890";
        job.run(shell, &[("GUARD_COMMIT", gone)]).says(2, &["cannot fetch", gone]);
        for address in ["", "/nowhere", "--upload-pack=touch pwned", "ext::sh -c touch% pwned"] {
            job.run(shell, &[("GUARD_URL", address)]).says(2, &["cannot fetch"]);
        }
        for digest in ["x", "$(touch pwned)", "0 /dev/null"] {
            let mut own = job.event(true);
            own.push(("GUARD_SHA256", digest));
            job.run(shell, &own).says(0, &[]);
        }
    }
}

#[test]
fn a_build_that_fails_is_no_finding() {
    let world = World::new(LEAVES);
    world.check_out(&world.head, "0");
    let job = Job::new(&world);
    let mut own = job.event(true);
    own.push(("BROKEN", "1"));
    for shell in SHELLS {
        job.run(shell, &own).says(2, &["the build failed"]);
    }
}

#[test]
fn the_job_neither_may_fail_nor_takes_over_what_others_set() {
    let text = yaml::file("ci/gitlab.yml");
    assert!(!text.contains("allow_failure") && !text.contains("when:") && !text.contains("before_script:"));
    let inherit = [("default".to_owned(), "false".to_owned()), ("variables".to_owned(), "false".to_owned())];
    assert_eq!(yaml::pairs(&text, "inherit:"), inherit);
    assert_eq!(yaml::value(&text, "variables:", "GIT_STRATEGY"), "clone");
}
