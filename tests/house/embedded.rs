//! What the program embeds has the bytes that git holds, whatever the checkout's settings for line ends.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, PathBuf};

use crate::harness::{Repo, copy};
use crate::source::{project, rust_files};

/// The files that `include_str!` and `include_bytes!` name, relative to the project, and the scripts that are run.
fn texts() -> BTreeSet<PathBuf> {
    let form = regex::Regex::new(r#"include_(?:str|bytes)!\("([^"]+)"\)"#).unwrap();
    let mut all = BTreeSet::new();
    for file in rust_files("src") {
        let text = fs::read_to_string(project().join(&file)).unwrap();
        for found in form.captures_iter(&text) {
            let mut path = PathBuf::from(&file);
            path.pop();
            for part in PathBuf::from(&found[1]).components() {
                match part {
                    Component::ParentDir => assert!(path.pop(), "{file}: {}", &found[1]),
                    part => path.push(part),
                }
            }
            all.insert(path);
        }
    }
    assert!(all.len() > 20 && all.contains(&PathBuf::from("hooks/shim")), "{all:?}");
    all.extend(["install.sh", ".ci/run", ".ci/types", "ci/release/try.sh"].map(PathBuf::from));
    all
}

#[test]
fn no_text_that_is_embedded_or_run_has_a_carriage_return() {
    for file in texts() {
        let bytes = fs::read(project().join(&file)).unwrap();
        assert!(!bytes.contains(&b'\r'), "{file:?}: check it out again: .gitattributes wants line feeds");
    }
}

/// As Git for Windows checks out when its installer's default is taken.
#[test]
fn a_checkout_with_autocrlf_has_the_bytes_that_git_holds() {
    for with_attributes in [false, true] {
        let repo = Repo::new();
        for file in texts() {
            copy(&project().join(&file), &repo.path.join(&file));
        }
        repo.write("a.png", b"\x89PNG\r\n\x1a\n\0");
        if with_attributes {
            copy(&project().join(".gitattributes"), &repo.path.join(".gitattributes"));
        }
        repo.git(&["add", "-A"]).ok();
        repo.git(&["commit", "-q", "-m", "x"]).ok();
        repo.git(&["-c", "core.autocrlf=true", "clone", "-q", ".", "../windows"]).ok();
        let windows = repo.root().join("windows");
        for file in texts() {
            let (held, out) =
                (fs::read(project().join(&file)).unwrap(), fs::read(windows.join(&file)).unwrap());
            assert_eq!(held == out, with_attributes, "{file:?}");
        }
        assert_eq!(fs::read(windows.join("a.png")).unwrap(), b"\x89PNG\r\n\x1a\n\0");
    }
}
