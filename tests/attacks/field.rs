//! The review's own fixture: a plan of two tasks on `main`, branch `f`, and shell to attack it with.

use std::path::Path;

use crate::harness::{Ran, Repo, executable, guard_bin};

pub const PLAN: &str = "version = 1\ntopic = \"p\"\n\n[[task]]\nid = \"T001\"\nsummary = \"one\"\nscope = [\"src/**\"]\n\n\
    [[task]]\nid = \"T002\"\nsummary = \"two\"\nscope = [\"docs/**\"]\ndepends_on = [\"T001\"]\n";

/// The same as a Markdown plan with boxes and a progress section.
pub const MARKDOWN: &str = "# p\n\n### T001: one\n\n- [ ] step\n\n**Files:** `src/**`\n\n### T002: two\n\n- [ ] step\n\n\
    **Files:** `docs/**`\n\n## Progress\n\n- none\n";

pub struct Field {
    pub repo: Repo,
}

impl Field {
    /// With this `guard.toml`; none if it is empty.
    pub fn new(policy: &str) -> Self {
        Self::with_plan(policy, "plans/p.toml", PLAN)
    }

    pub fn with_plan(policy: &str, path: &str, plan: &str) -> Self {
        let mut repo = Repo::new();
        let bin = Path::new(guard_bin()).parent().unwrap();
        let mut search = bin.as_os_str().to_owned();
        search.push(":");
        search.push(std::env::var_os("PATH").unwrap());
        repo.env("PATH", search);
        repo.env("SRV", repo.root().join("srv.git"));
        for (file, text) in [("src/a", "a\n"), ("docs/d", "d\n"), ("ci/build", "c\n"), (path, plan)] {
            repo.write(file, text);
        }
        if !policy.is_empty() {
            repo.write("guard.toml", format!("version = 1\n{policy}"));
        }
        let field = Self { repo };
        field.does("git add -A; git commit -qm root; git checkout -qb f");
        field
    }

    /// With plan p locked on branch `f`.
    pub fn started(policy: &str) -> Self {
        let field = Self::new(policy);
        field.does("guard start plans/p.toml");
        field
    }

    /// T001's scope becomes `scope`, before the plan is locked.
    pub fn started_with(scope: &str) -> Self {
        let field = Self::new("");
        field.does(&format!(
            "sed -i 's#\"src/[*][*]\"#{scope}#' plans/p.toml; git commit -qam 'plan: widen'; \
                 guard start plans/p.toml"
        ));
        field
    }

    /// A shell script that ends at the first command that fails.
    pub fn sh(&self, script: &str) -> Ran {
        self.repo.run_in(&self.repo.path, "sh", &["-ec", script])
    }

    /// It must succeed; what it printed.
    #[track_caller]
    pub fn does(&self, script: &str) -> String {
        self.sh(script).ok()
    }

    /// Its last command must end with another code than 0 and the text hold each of `words`.
    #[track_caller]
    pub fn fails(&self, script: &str, words: &[&str]) {
        let ran = self.sh(script);
        assert!(ran.code > 0, "{script}\n{}", ran.text());
        let text = ran.text();
        for word in words {
            assert!(text.contains(word), "{word:?} is not in what {script:?} said:\n{text}");
        }
    }

    #[track_caller]
    pub fn refused(&self, range: &str, words: &[&str]) {
        self.repo.guard(&["check", range]).says(1, words);
    }

    #[track_caller]
    pub fn clean(&self, range: &str) -> String {
        let ran = self.repo.guard(&["check", range]);
        assert_eq!(ran.code, 0, "{}", ran.text());
        ran.text()
    }

    /// A bare repository that holds `main`, at `$SRV`.
    pub fn bare(&self) {
        self.does("git init -q --bare \"$SRV\"; git -c core.hooksPath=/dev/null push -q \"$SRV\" main");
    }

    /// The same with guard as its pre-receive hook.
    pub fn server(&self) {
        self.bare();
        let hook = format!("#!/bin/sh\nexec '{}' hook pre-receive\n", guard_bin());
        executable(&self.repo.root().join("srv.git/hooks/pre-receive"), hook);
    }

    /// Writes a commit object without git's checks and moves the branch to it: `$T` is the index as a tree, `$P` the tip.
    pub fn raw(&self, lines: &str) {
        self.does(&format!(
            "T=$(git write-tree); P=$(git rev-parse HEAD); W='A <a@example.com> 1700000000 +0000'; \
             C=$(printf '%b' \"{lines}\" | git hash-object -t commit -w --stdin --literally); \
                  git reset -q --hard $C"
        ));
    }
}
