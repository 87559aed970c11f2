//! Where a person can look at a commit: the web address of `origin`, without what lets one in.

use crate::model::CommitId;

/// A hosting site's address of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `https://host/owner/name`
    pub url: String,
    /// What stands between that and a commit.
    between: &'static str,
}

impl Site {
    /// The site behind a remote's URL; `None`: a folder, or something that cannot be shown safely.
    pub fn of_remote(remote: &str) -> Option<Self> {
        let (scheme, host, path) = split(remote.trim())?;
        let host = host_of(host, scheme == "https")?;
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
        let good = |part: &str| {
            !part.is_empty()
                && !part.chars().all(|c| c == '.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~+%".contains(c))
        };
        if !path.split('/').all(good) {
            return None;
        }
        let between = match host.as_str() {
            "bitbucket.org" => "commits",
            host if host.split('.').any(|part| part == "gitlab") => "-/commit",
            _ => "commit",
        };
        Some(Self { url: format!("https://{host}/{path}"), between })
    }

    /// The address of a commit.
    pub fn commit(&self, id: CommitId) -> String {
        format!("{}/{}/{id}", self.url, self.between)
    }
}

/// Scheme, authority and path.
fn split(remote: &str) -> Option<(&str, &str, &str)> {
    if let Some((scheme, rest)) = remote.split_once("://") {
        let known = ["https", "http", "ssh", "git+ssh", "ssh+git", "git"].contains(&scheme);
        let (authority, path) = rest.split_once('/')?;
        return known.then_some((scheme, authority, path));
    }
    // `user@host:path`, which git takes for a folder once a slash stands before the colon.
    let (authority, path) = remote.split_once(':')?;
    let folder = authority.contains(['/', '\\']) || authority.len() < 2;
    (!folder && !path.starts_with(':')).then_some(("ssh", authority, path))
}

/// The host, without user and password; the port says something only for the scheme that is kept.
fn host_of(authority: &str, keep_port: bool) -> Option<String> {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let good = !name.is_empty()
        && !name.starts_with(['-', '.'])
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    let port = port.filter(|port| keep_port && !port.is_empty());
    if !good || !port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    Some(port.map_or_else(|| name.clone(), |port| format!("{name}:{port}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_remote_s_url_becomes_the_site_s() {
        let id = CommitId::from_hex("ab".repeat(20).as_bytes()).unwrap();
        for (remote, url) in [
            ("git@github.com:o/r.git", "https://github.com/o/r/commit/"),
            ("https://github.com/o/r", "https://github.com/o/r/commit/"),
            ("https://me:ghp_secret@github.com/o/r.git", "https://github.com/o/r/commit/"),
            ("https://token@GitHub.com/o/r.git/", "https://github.com/o/r/commit/"),
            ("https://github.com/o/r.git?token=secret#x", "https://github.com/o/r/commit/"),
            ("ssh://git@host.example:2222/o/r.git", "https://host.example/o/r/commit/"),
            ("https://host.example:8443/o/r.git", "https://host.example:8443/o/r/commit/"),
            ("http://u:p@ss@host.example:8080/o/r", "https://host.example/o/r/commit/"),
            ("git@gitlab.com:g/s/p.git", "https://gitlab.com/g/s/p/-/commit/"),
            ("https://oauth2:glpat@gitlab.corp.example/g/p.git", "https://gitlab.corp.example/g/p/-/commit/"),
            ("git@bitbucket.org:t/r.git", "https://bitbucket.org/t/r/commits/"),
            ("git://host.example/r.git", "https://host.example/r/commit/"),
            ("codeberg.org:o/r", "https://codeberg.org/o/r/commit/"),
        ] {
            let site = Site::of_remote(remote).unwrap();
            assert_eq!(site.commit(id), format!("{url}{id}"), "{remote}");
        }
    }

    #[test]
    fn what_is_no_site_has_no_link() {
        for remote in [
            "",
            "/srv/git/r.git",
            "../r",
            "./a:b/c",
            "file:///srv/r.git",
            "C:/repos/r",
            "ext::sh -c true",
            "javascript://host/x",
            "https://host",
            "https:///o/r",
            "https://ho\"st/o/r",
            "https://host/o/<script>",
            "https://host/o/../r",
            "https://host/o/r\u{1b}[31m",
            "https://host:80x/o/r",
            "https://u:pass@wo/rd@host/o/r",
            "git@-oProxyCommand=x:o/r",
        ] {
            assert_eq!(Site::of_remote(remote), None, "{remote}");
        }
    }
}
