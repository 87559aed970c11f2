//! A real browser, to look at what guard writes for one.

#![allow(unreachable_pub, reason = "the modules are the test file's own")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Repo;

/// The browser, and said so where there is none.
pub fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let all = std::env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name)));
    let found = all.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no chromium to look at pages and pictures with");
    }
    found
}

/// What the browser prints when it opens `page`.
pub fn browse(browser: &Path, repo: &Repo, page: &Path, more: &[&str]) -> String {
    let profile = repo.root().join("profile");
    let out = Command::new("timeout")
        .arg("120")
        .arg(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"])
        .args(["--virtual-time-budget=5000", "--allow-file-access-from-files"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}
