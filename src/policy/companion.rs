//! Lock files and the manifests that bring them into scope.

use super::ScopePolicy;
use crate::model::RepoPath;

/// Manifest name → the lock files that its tools write.
pub(super) const BUILT_IN: [(&str, &[&str]); 12] = [
    ("Cargo.toml", &["Cargo.lock"]),
    (
        "package.json",
        &["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"],
    ),
    ("pyproject.toml", &["uv.lock", "poetry.lock", "pdm.lock"]),
    ("Pipfile", &["Pipfile.lock"]),
    ("go.mod", &["go.sum"]),
    ("composer.json", &["composer.lock"]),
    ("Gemfile", &["Gemfile.lock"]),
    ("mix.exs", &["mix.lock"]),
    ("pubspec.yaml", &["pubspec.lock"]),
    ("flake.nix", &["flake.lock"]),
    ("Package.swift", &["Package.resolved"]),
    ("deno.json", &["deno.lock"]),
];

/// The built-in pairs, owned.
pub(super) fn built_in() -> Vec<(String, Vec<String>)> {
    let owned = |locks: &[&str]| locks.iter().map(|lock| (*lock).to_owned()).collect();
    BUILT_IN.iter().map(|(manifest, locks)| ((*manifest).to_owned(), owned(locks))).collect()
}

/// What may bring one lock file into scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion<'a> {
    /// The lock file's directory, with its `/`; empty for the root of the repository.
    pub dir: &'a [u8],
    /// Names (not paths) of the manifests that it goes with; never empty.
    pub manifests: Vec<&'a str>,
}

impl ScopePolicy {
    /// What may bring `lock_path` into scope; `None` when it is not a lock file.
    ///
    /// Such a path is in scope when the task's scope matches one of [`Companion::manifest_paths`], or, because
    /// workspaces keep one lock file at their root, when the commit itself changes a path that is in scope and
    /// for which [`Companion::is_manifest`] is true. A lock file that the scope names needs none of this.
    pub fn companions_of<'a>(&'a self, lock_path: &'a [u8]) -> Option<Companion<'a>> {
        let (dir, name) = split(lock_path);
        let goes_with = |locks: &Vec<String>| locks.iter().any(|lock| lock.as_bytes() == name);
        let pairs = self.companions.iter().filter(|(_, locks)| goes_with(locks));
        let manifests: Vec<_> = pairs.map(|(manifest, _)| manifest.as_str()).collect();
        (!manifests.is_empty()).then_some(Companion { dir, manifests })
    }
}

impl Companion<'_> {
    /// The manifests beside the lock file, whether or not they exist.
    pub fn manifest_paths(&self) -> impl Iterator<Item = RepoPath> {
        self.manifests.iter().map(|manifest| [self.dir, manifest.as_bytes()].concat())
    }

    /// Is `path` such a manifest, beside the lock file or anywhere below?
    pub fn is_manifest(&self, path: &[u8]) -> bool {
        let is_named = |name: &[u8]| self.manifests.iter().any(|manifest| manifest.as_bytes() == name);
        path.strip_prefix(self.dir).is_some_and(|below| is_named(split(below).1))
    }
}

/// A path's directory with its `/`, and its last component.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let end = path.iter().rposition(|b| *b == b'/').map_or(0, |slash| slash + 1);
    path.split_at_checked(end).unwrap_or((b"", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lock: &str) -> Option<(String, String)> {
        let scope = ScopePolicy::default();
        let companion = scope.companions_of(lock.as_bytes())?;
        let dir = String::from_utf8(companion.dir.to_vec()).unwrap();
        Some((dir, companion.manifests.join(" ")))
    }

    #[test]
    fn other_files_have_no_companion() {
        for path in
            ["", "/", "Cargo.toml", "cargo.lock", "Cargo.lock/", "Cargo.lock/x", "xCargo.lock", "a/b.lock"]
        {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn lock_files_have_theirs() {
        for (path, dir, manifests) in [
            ("Cargo.lock", "", "Cargo.toml"),
            ("a/b/Cargo.lock", "a/b/", "Cargo.toml"),
            ("web/pnpm-lock.yaml", "web/", "package.json"),
            ("web/bun.lockb", "web/", "package.json"),
            ("uv.lock", "", "pyproject.toml"),
            ("go.sum", "", "go.mod"),
            ("ios/Package.resolved", "ios/", "Package.swift"),
        ] {
            assert_eq!(found(path), Some((dir.to_owned(), manifests.to_owned())), "{path}");
        }
    }

    #[test]
    fn manifests_count_beside_and_below_only() {
        let scope = ScopePolicy::default();
        let companion = scope.companions_of(b"a/Cargo.lock").unwrap();
        for no in ["Cargo.toml", "ab/Cargo.toml", "a/Cargo.lock", "a/xCargo.toml", "a/Cargo.toml/x", "a"] {
            assert!(!companion.is_manifest(no.as_bytes()), "{no}");
        }
        for yes in ["a/Cargo.toml", "a/crates/b/Cargo.toml"] {
            assert!(companion.is_manifest(yes.as_bytes()), "{yes}");
        }
        assert_eq!(companion.manifest_paths().collect::<Vec<_>>(), [b"a/Cargo.toml".to_vec()]);
    }

    #[test]
    fn one_lock_file_may_go_with_several_manifests() {
        let mut scope = ScopePolicy::default();
        scope.companions.push(("deno.jsonc".to_owned(), vec!["deno.lock".to_owned()]));
        let companion = scope.companions_of(b"x/deno.lock").unwrap();
        assert_eq!(companion.manifests, ["deno.json", "deno.jsonc"]);
        assert!(companion.is_manifest(b"x/deno.jsonc"));
    }
}
