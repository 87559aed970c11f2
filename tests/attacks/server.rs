//! The doors of a push: pre-push and pre-receive.

use crate::field::Field;

const EVIL: &str = "git checkout -qB evil f; echo evil >ci/build; git commit -qam 'T001: evil'";
const GOOD: &str = "git checkout -qB good f; echo b >>src/a; git commit -qam 'T001: x'";

#[test]
fn the_server_listens_to_nobodys_environment() {
    let f = Field::started("");
    f.server();
    f.repo.write(
        "../lax.toml",
        "version = 1\n[rules]\nscope = \"off\"\ntask-id = \"off\"\nrollback = \"off\"\n",
    );
    f.does(EVIL);
    for env in [
        "",
        "GUARD_SKIP=1",
        "GUARD_CONFIG=$PWD/../lax.toml",
        "GUARD_SKIP=1 GUARD_CONFIG=$PWD/../lax.toml",
        "GUARD_DOCTOR=any",
        "GUARD_DOCTOR=pre-receive=$PWD/../signed",
    ] {
        for to in ["file://$SRV", "$SRV"] {
            f.fails(&format!("{env} git push {to} evil"), &["error[scope]", "ci/build"]);
        }
    }
    f.does(GOOD);
    f.does("git push -q file://$SRV good; GUARD_SKIP=1 git push -q file://$SRV good:again");
}

#[test]
fn the_protected_branch_is_neither_deleted_nor_rewound() {
    let f = Field::new("");
    f.does("git checkout -q main; mkdir designs; echo x >designs/x; git add -A; git commit -qm note");
    f.server();
    f.does("git -C $SRV config receive.denyDeleteCurrent ignore");
    f.fails("git push $SRV :main", &["pre-receive hook declined", "main"]);
    f.fails("git push -f $SRV main~1:main", &["pre-receive hook declined", "main"]);
    f.does("echo y >designs/x; git commit -qam note; git push -q $SRV main; git push -q $SRV main:side");
    f.does("git push -qf $SRV main~1:side; git push -q $SRV :side");
}

#[test]
fn a_tag_is_said_to_be_not_judged() {
    let f = Field::started("");
    f.server();
    f.does(&format!("{EVIL}; git tag -am t t1"));
    let said = f.does("git push $SRV t1 2>&1");
    assert!(said.contains("not judged") && said.contains("t1"), "{said}");
    f.fails("git push $SRV t1^{}:refs/heads/t1", &["error[scope]"]);
}

#[test]
fn a_push_to_an_address_is_judged_by_the_default_install() {
    let f = Field::started("");
    f.bare();
    f.does("guard install; ln -s \"$SRV\" ../srv-link; mkdir '../sp ace'; cp -r \"$SRV\" '../sp ace/x.git'");
    f.does(&format!("{GOOD}; git remote add origin \"$SRV\"; git fetch -q"));
    f.does(
        "git checkout -qB evil f; echo evil >ci/build; \
         git -c core.hooksPath=/dev/null commit -qam 'T001: evil'",
    );
    for to in ["$SRV", "file://$SRV", "../srv.git", "'../sp ace/x.git'"] {
        f.fails(&format!("git push {to} evil"), &["error[scope]", "ci/build"]);
        f.does(&format!("git push -q {to} good"));
    }
}

/// `gh-pages`, without a policy or a plan of its own, is left alone by the policy on `main`.
#[track_caller]
fn passes_every_door(install: &str) {
    let f = Field::new("[enforce]\nbranches = [\"**\", \"!gh-pages\"]\n");
    f.server();
    f.does("git remote add origin \"$SRV\"; git fetch -q; git remote set-head origin main");
    f.does(install);
    f.fails("git checkout -q f; echo evil >ci/build; git commit -qam evil", &["error["]);
    f.does("git checkout -qf f; git checkout -q --orphan gh-pages; git rm -rfq .; echo hi >index.html");
    f.does("git add -A; git commit -qm site; echo ho >index.html; git commit -qam site2");
    let said = f.does("git push origin gh-pages 2>&1");
    let (remote, local): (Vec<&str>, Vec<&str>) = said.lines().partition(|l| l.starts_with("remote:"));
    assert!(local.join("\n").contains("not judged"), "{said}");
    assert!(remote.join("\n").contains("not judged"), "{said}");
    f.fails(
        "git push --no-verify origin gh-pages:other",
        &["no common ancestor", "pre-receive hook declined"],
    );
}

#[test]
fn a_branch_that_the_policy_leaves_alone_passes_every_door() {
    passes_every_door("guard install");
}

#[test]
fn a_branch_that_the_policy_leaves_alone_passes_every_strict_door() {
    passes_every_door("guard install --strict");
}

#[test]
fn a_push_to_an_address_of_which_nothing_is_known_is_judged_against_the_own_main_branch() {
    let f = Field::started("");
    f.bare();
    f.does("guard install");
    f.does(GOOD);
    f.does("git push \"$SRV\" good");
    f.does("echo evil >ci/build; git -c core.hooksPath=/dev/null commit -qam 'T001: evil'");
    f.fails("git push \"$SRV\" good", &["error[scope]", "ci/build"]);
}
