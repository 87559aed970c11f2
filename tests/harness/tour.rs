//! The project of the README's tour: its commands are run there, and its pictures are taken there.

#![allow(unreachable_pub, reason = "the modules are the test file's own")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

use std::path::Path;

use crate::harness::{Repo, guard_bin};

pub fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

pub fn with_guard_on_the_path(repo: &mut Repo) {
    let bin = Path::new(guard_bin()).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    repo.env("PATH", path.unwrap());
}

/// The repository of the tour, before guard comes into it.
pub fn project() -> Repo {
    let mut repo = Repo::named("project");
    with_guard_on_the_path(&mut repo);
    let plan = readme().split("```toml\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    repo.write("plans/lexer.toml", plan);
    repo.write("src/lexer.rs", "");
    repo.write("tests/lexer.rs", "");
    repo.write("docs/index.md", "# A small lexer\n");
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "initial commit"]).ok();
    repo
}
