//! Configuration as git itself would see it in this process.

/// What guard sets over every repository's configuration: replace refs are never followed. And what the person
/// set with `git -c`, which gix does not read by itself.
pub(super) fn overrides() -> Vec<String> {
    let mut all = std::env::var("GIT_CONFIG_PARAMETERS").map(|v| parameters(&v)).unwrap_or_default();
    all.push("core.useReplaceRefs=false".to_owned());
    all
}

/// Splits `GIT_CONFIG_PARAMETERS`: `'key=value'` (old) or `'key'='value'` (since git 2.31), separated by spaces.
/// Text that is not of that form ends the list, as nothing sensible can be made of the rest.
fn parameters(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = quoted(rest) {
        rest = after;
        let pair = match rest.strip_prefix('=').map(quoted) {
            Some(Some((value, after))) => {
                rest = after;
                format!("{key}={value}")
            }
            Some(None) => {
                rest = rest.strip_prefix('=').unwrap_or_default();
                key
            }
            None => key,
        };
        all.push(pair);
        rest = rest.trim_start();
    }
    all
}

/// One shell-quoted word: `'…'`, with `'\''` and `'\!'` for the characters that git escapes.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let end = rest.find('\'')?;
        word.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix('\\').and_then(|r| r.chars().next().map(|c| (c, r))) {
            Some((c @ ('\'' | '!'), after)) => {
                word.push(c);
                rest = after.get(1..)?.strip_prefix('\'')?;
            }
            _ => return Some((word, rest)),
        }
    }
}

/// The last value of `key`, raw; a key without a value is an empty one.
pub(super) fn string(repo: &gix::Repository, key: &str) -> Option<Vec<u8>> {
    repo.config_snapshot().string(key).map(|v| v.to_vec())
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn reads_what_git_writes_into_the_environment() {
        assert_eq!(parameters(""), Vec::<String>::new());
        assert_eq!(parameters("'core.commentChar=;'"), ["core.commentChar=;"]);
        assert_eq!(
            parameters("'core.commentchar'=';' 'core.hookspath'='/dev/null'"),
            ["core.commentchar=;", "core.hookspath=/dev/null"]
        );
        assert_eq!(parameters(r"'a.b'='it'\''s' 'c.d'"), ["a.b=it's", "c.d"]);
        assert_eq!(parameters(r"'a.b'='x'\!'y'"), ["a.b=x!y"]);
        assert_eq!(parameters("garbage 'a.b'='c'"), Vec::<String>::new());
        assert_eq!(parameters("'never closed"), Vec::<String>::new());
    }
}
