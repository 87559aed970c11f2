//! Two pushes at the same moment.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::harness::{executable, guard_bin};
use crate::site::{Site, declined, path_after, ran, with_path};

/// A `guard` before the real one that waits, while there is a folder `gate`, until two of it are at the door.
fn gate(root: &Path) -> OsString {
    let gate = root.join("gate");
    let gate = gate.display();
    let text = format!(
        "#!/bin/sh\nif [ -d '{gate}' ]; then\n  : > '{gate}/'$$\n  tries=0\n  \
         while [ \"$(ls '{gate}' | wc -l)\" -lt 2 ]; do\n    sleep 0.02\n    tries=$((tries + 1))\n    \
         [ $tries -lt 1000 ] || {{ echo 'nobody else came' >&2; exit 1; }}\n  done\nfi\nexec '{}' \"$@\"\n",
        guard_bin()
    );
    executable(&root.join("bin/guard"), text);
    path_after(&root.join("bin"))
}

/// Pushes `good` from the first clone and `bad` from the second, with both hooks running at once: what is good lands,
/// what is bad does not.
fn at_once(site: &Site, second: &Path, good: &str, bad: &str) {
    let gate = site.repo.root().join("gate");
    fs::create_dir(&gate).unwrap();
    let pushes = [(site.repo.path.as_path(), good), (second, bad)].map(|(clone, refspec)| {
        let mut push = site.pushing(clone, &[refspec]);
        push.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let [good_ran, bad_ran] = pushes.map(|push| ran(&push.wait_with_output().unwrap()));
    assert_eq!(fs::read_dir(&gate).unwrap().count(), 2, "{}\n{}", good_ran.text(), bad_ran.text());
    fs::remove_dir_all(&gate).unwrap();

    let said = declined(&bad_ran, &[bad]);
    assert!(said.contains("error[scope]") && said.contains("ci/build"), "{said}");
    assert_eq!(good_ran.code, 0, "{}", good_ran.text());
    assert!(!good_ran.text().contains("error["), "{}", good_ran.text());
}

#[test]
fn a_good_and_a_bad_push_at_once_do_not_touch_each_other() {
    with_path(gate, |site| {
        let second = site.repo.root().join("second");
        let place = second.to_str().unwrap();
        site.accepted(&["f:refs/heads/f"]);
        site.repo.git(&["clone", "-q", &site.url, place]).ok();
        let run = |args: &[&str]| site.repo.run_in(&second, "git", args).ok();
        run(&["checkout", "-q", "-b", "bad", "origin/f"]);
        fs::write(second.join("ci/build"), "from the second clone\n").unwrap();
        run(&["commit", "-q", "-a", "-m", "T001: one"]);
        let bad = run(&["rev-parse", "HEAD"]);
        for round in 0..4 {
            let before = site.refs();
            let good = format!("refs/heads/good-{round}");
            // To places of their own, and for the same one.
            let other = if round % 2 == 0 { "refs/heads/bad".to_owned() } else { good.clone() };
            at_once(site, &second, &format!("good:{good}"), &format!("bad:{other}"));
            site.no_quarantine();
            let line = format!("{good} {}", site.id("good"));
            let (new, old): (Vec<String>, Vec<String>) =
                site.refs().lines().map(str::to_owned).partition(|l| *l == line);
            assert_eq!((new.len(), old.join("\n")), (1, before), "round {round}");
            assert_ne!(site.on_server(&["cat-file", "-e", &bad]).code, 0, "the bad commit is on the server");
            site.on_server(&["fsck", "--strict"]).ok();
        }
    });
}
