//! Pushes of more than a branch that grows.

use crate::site::everywhere;

#[test]
fn one_bad_ref_refuses_the_whole_push() {
    everywhere(|site| {
        site.accepted(&["f:refs/heads/one"]);
        site.branch("main-2", "main", "designs/x", "note");
        let refs = [
            "good:refs/heads/one",
            "bad:refs/heads/two",
            "good:refs/heads/three",
            "good:refs/tags/four",
            "good:refs/heads/main",
        ];
        site.refused(&refs, &["error[scope]", "ci/build"]);
        let atomic: Vec<&str> = ["--atomic"].iter().chain(&refs).copied().collect();
        site.refused(&atomic, &["error[scope]", "ci/build"]);
        let deleting = [":refs/heads/one", "good:refs/heads/three", "bad:refs/heads/two"];
        site.refused(&deleting, &["error[scope]", "ci/build"]);
        assert!(!site.has("bad") && !site.has("good"));
        // Each that is bad is named, not the first alone.
        site.branch("worse", "f", "docs/d", "no task");
        let both = ["bad:refs/heads/two", "worse:refs/heads/three"];
        site.refused(&both, &["error[scope]", "ci/build", "error[task-id]"]);
        let clean: Vec<&str> = refs.into_iter().filter(|name| !name.starts_with("bad")).collect();
        site.accepted(&clean);
    });
}

#[test]
fn a_rewritten_branch_is_judged_from_where_it_forks() {
    everywhere(|site| {
        site.accepted(&["good:refs/heads/work"]);
        // The same task again, elsewhere; the lock left out; another lock; the bad commit below a good one.
        site.refused(&["-f", "bad:refs/heads/work"], &["error[scope]", "ci/build"]);
        site.branch("lockless", "main", "src/a", "T001: one");
        site.refused(&["+lockless:refs/heads/work"], &["error[rollback]"]);
        site.branch("buried", "bad", "src/a", "T001: one");
        site.refused(&["--force", "buried:refs/heads/work"], &["error[scope]", "ci/build"]);
        let lease = format!("--force-with-lease=refs/heads/work:{}", site.id("good"));
        site.refused(&[&lease, "bad:refs/heads/work"], &["error[scope]"]);
        site.branch("again", "f", "src/b", "T001: one, mended");
        site.accepted(&["-f", "again:refs/heads/work"]);
        site.accepted(&["-f", "f:refs/heads/work"]);
    });
}

#[test]
fn what_came_in_as_a_tag_is_judged_as_a_branch() {
    everywhere(|site| {
        site.repo.git(&["tag", "-a", "-m", "t", "annotated", "bad"]).ok();
        for from in ["bad", "annotated"] {
            let tag = format!("{from}:refs/tags/{from}");
            let said = site.accepted(&[&tag]);
            assert!(said.contains("not judged") && said.contains(&format!("refs/tags/{from}")), "{said}");
            assert!(site.has("bad"), "the commit itself is there now");
            site.refused(&["bad:refs/heads/bad"], &["error[scope]", "ci/build"]);
        }
        // A good commit on top of what is there, and any other place that is no branch.
        site.branch("buried", "bad", "src/a", "T001: one");
        site.refused(&["buried:refs/heads/buried"], &["error[scope]", "ci/build"]);
        site.accepted(&["bad:refs/elsewhere/bad"]);
        site.refused(&["bad:refs/heads/bad"], &["error[scope]", "ci/build"]);
        site.refused(&[":refs/tags/bad", "bad:refs/heads/bad"], &["error[scope]", "ci/build"]);
        site.accepted(&["good:refs/heads/good"]);
    });
}

#[test]
fn a_branch_that_is_made_again_is_judged_whole() {
    everywhere(|site| {
        for branch in ["refs/heads/work", "refs/heads/deep/work"] {
            let (good, bad, gone) = (format!("good:{branch}"), format!("bad:{branch}"), format!(":{branch}"));
            site.accepted(&[&good]);
            site.accepted(&[&gone]);
            site.refused(&[&bad], &["error[scope]", "ci/build"]);
            site.accepted(&[&good]);
            site.refused(&["-f", &bad], &["error[scope]", "ci/build"]);
        }
    });
}

#[test]
fn the_servers_own_hand_approves_nothing_but_the_protected_branch() {
    everywhere(|site| {
        // Somebody with access to the server's disk put the bad branch there.
        site.on_server(&["fetch", "-q", site.repo.path.to_str().unwrap(), "bad:refs/heads/bad"]).ok();
        site.branch("buried", "bad", "src/a", "T001: one");
        site.refused(&["buried:refs/heads/bad"], &["error[scope]", "ci/build"]);
        site.accepted(&[":refs/heads/bad"]);
        site.refused(&["bad:refs/heads/bad"], &["error[scope]", "ci/build"]);
        // Without a protected branch nothing is approved, until one is founded.
        site.on_server(&["update-ref", "-d", "refs/heads/main"]).ok();
        site.refused(&["good:refs/heads/good"], &["does not exist yet", "git push <remote> main"]);
        site.refused(&["main:refs/heads/main", "good:refs/heads/good"], &["does not exist yet"]);
        let said = site.accepted(&["main:refs/heads/main"]);
        assert!(said.contains("it founds the protected branch"), "{said}");
        site.accepted(&["good:refs/heads/good"]);
    });
}

#[test]
fn replacements_of_commits_are_refused() {
    everywhere(|site| {
        let name = format!("refs/replace/{}", site.id("main"));
        let replace = format!("good:{name}");
        site.refused(&[&replace], &["error[history]", &name]);
        site.refused(&["good:refs/heads/good", &replace], &["error[history]", &name]);
        site.refused(&["good:refs/replace/anything"], &["error[history]", "refs/replace/anything"]);
        // One that is there already deceives nobody: the bad commit is still bad, and it may be taken away.
        site.accepted(&["good:refs/tags/good", "bad:refs/tags/bad"]);
        let name = format!("refs/replace/{}", site.id("bad"));
        site.on_server(&["update-ref", &name, &site.id("good")]).ok();
        site.refused(&["bad:refs/heads/bad"], &["error[scope]", "ci/build"]);
        site.accepted(&[&format!(":{name}")]);
    });
}
