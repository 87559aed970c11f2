use super::offence;

fn refused(command: &str) -> bool {
    offence(command).is_some()
}

#[test]
fn whatever_plainly_skips_the_hooks_is_refused() {
    for command in [
        "git commit --no-verify -m 'T001: x'",
        "git commit --no-verif -m x",
        "git commit -n -m x",
        "git commit -anm x",
        "git commit -m x -n",
        "git commit -m x --no-verify",
        "git -C x commit -n",
        "git --git-dir=x --work-tree y commit -n",
        "/usr/bin/git commit -n",
        "\\git commit -n",
        "g'i't c\"ommit\" -n",
        "git -c core.hooksPath= commit -m x",
        "git -c CORE.HOOKSPATH=/dev/null commit -m x",
        "git --config-env=core.hooksPath=X commit -m x",
        "git --config-env core.hooksPath=X commit -m x",
        "git config core.hooksPath /dev/null",
        "git config --global core.hookspath x",
        "git config --unset core.hooksPath",
        "git config set core.hooksPath x",
        "git config --remove-section core",
        "git -c alias.x='commit -n' x",
        "git -c alias.x='!git commit -n' x",
        "git config alias.x 'commit --no-verify'",
        "GUARD_SKIP=1 git commit -m x",
        "GUARD_SKIP=yes",
        "export GUARD_SKIP=1; git commit -m x",
        "env GUARD_SKIP=1 git commit -m x",
        "GUARD_BIN=/bin/true git commit -m x",
        "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0= git commit -m x",
        "git merge --no-verify x",
        "git push --no-verify",
        "git rebase --no-verify main",
        "git rebase -x 'git commit --amend -n' main",
        "git am -n x.patch",
        "git ci --no-verify",
        "cd x && git commit -n",
        "a; git commit -n",
        "a | git commit -nF -",
        "a || git commit -n",
        "a & git commit -n",
        "a\ngit commit -n",
        "git \\\n  commit \\\n  -n",
        "(cd x; git commit -n)",
        "{ git commit -n; }",
        "if true; then git commit -n; fi",
        "! git commit -n",
        "x=$(git commit -n)",
        "echo \"$(git commit -n)\"",
        "echo `git commit -n`",
        "diff <(git commit -n) y",
        "sh -c 'git commit -n'",
        "bash -lc \"cd x && git commit --no-verify\"",
        "bash -c -- 'git commit -n'",
        "sh -c \"sh -c 'git commit -n'\"",
        "eval 'git commit -n'",
        "env -S 'git commit -n'",
        "sudo -u me git commit -n",
        "timeout 10 git commit -n",
        "time git commit -n",
        "xargs -I{} git commit -nm {}",
        "find . -name x -exec git commit -n ;",
        "echo 'git commit -n' | sh",
        "sh <<EOF\ngit commit -n\nEOF",
        "cat <<EOF | bash\ngit commit -n\nEOF",
        "bash <<< 'git commit -n'",
        "alias c='git commit -n'; c",
        "g=git; $g commit -n",
        "git submodule foreach 'git commit -n'",
        "rm .git/hooks/commit-msg",
        "chmod -x .git/hooks/*",
        "mv .git/hooks /tmp/h",
        "sudo rm -rf /repo/.git/hooks",
        "find .git/hooks -type f -delete",
        "echo 'exit 0' > .git/hooks/commit-msg",
        "cat > .git/config <<EOF\nEOF",
        "echo x >> .git/config",
        "sed -i d .git/hooks/commit-msg",
        "rm -rf .git",
        "x=$((1<<2))\ngit commit -n",
        "((x<<2))\ngit commit -n",
        "x=$((git commit -n) )",
        "echo ${x:-$(git commit -n)}",
        "x=$(cat <<EOF) && git commit -n\nEOF",
        "f() { git commit -n; }; f",
        "case x in x) git commit -n;; esac",
        "\"$(which git)\" commit -n",
        "guard uninstall",
        "git commit --no-verify 'never closed",
        "git commit -m \"$(cat <<'EOF'\nT001: x\nEOF\n)\" --no-verify",
    ] {
        assert!(refused(command), "{command}");
    }
}

#[test]
fn everyday_commands_pass() {
    for command in [
        "git commit -m 'T001: x'",
        "git commit -m 'T001: why not --no-verify or -n'",
        "git commit -m '-n'",
        "git commit -am 'nnn'",
        "git commit -mn",
        "git commit --message --no-verify",
        "git commit -m x -- -n",
        "git commit -F message.txt --author 'n <n@n>'",
        "git commit -uno -m x",
        "git commit -m \"$(cat <<'EOF'\nT001: don't (\n\ngit commit -n\nEOF\n)\"",
        "cat > notes.md <<'EOF'\ngit commit --no-verify is refused\nEOF",
        "git push -n origin main",
        "git log -n 3 --grep=--no-verify",
        "git log --grep --no-verify",
        "git config core.hooksPath",
        "git config --get core.hooksPath",
        "git config user.name x",
        "git merge -n x",
        "git -c user.name=x commit -m x",
        "grep -rn core.hooksPath src",
        "echo 'git commit -n'",
        "ls -l .git/hooks",
        "cat .git/hooks/commit-msg > copy",
        "find .git/hooks -type f",
        "GUARD_SKIP= git commit -m x",
        "GUARD_TASK=T001 guard scope T001",
        "guard status && guard next",
        "guard uninstall --dry-run",
        "sh -c 'cargo test'",
        "cargo test 2>&1 | tail -n 5",
        "for i in 1 2; do echo $i; done",
        "sed -n 1,5p src/a.rs",
        "git clone https://example.com/x.git y",
        "cd x.git && ls",
        "tar czf x.tgz .git",
        "x=$((1 << 2)); echo ${x:-it}",
        "",
        "# git commit -n",
    ] {
        assert!(!refused(command), "{command}: {:?}", offence(command));
    }
}

#[test]
fn a_refusal_says_what_and_what_next() {
    let e = offence("git commit -n").unwrap();
    assert!(e.message().contains("--no-verify") && e.help_lines().len() == 2, "{e:?}");
}

#[test]
fn hostile_command_lines_take_no_time() {
    let start = std::time::Instant::now();
    let sizes = 200_000;
    for part in [
        "$(",
        "`",
        "(",
        "<<a ",
        "<<a\n",
        "env ",
        "sh -c ",
        "'",
        "\"",
        "\\",
        "a|",
        "$'\\",
        "git -c ",
        "{ ",
        "<(",
        "$\"",
        "echo x|sh;",
        "eval ",
        "a=b ",
    ] {
        let text = part.repeat(sizes / part.len());
        let one = std::time::Instant::now();
        offence(&text);
        println!("{part:?} {:?}", one.elapsed());
    }
    let nested = (0..12)
        .fold("git commit -n".to_owned(), |s, _| format!("sh -c {}", crate::rule::shell_quote(s.as_bytes())));
    assert!(refused(&nested), "what nests deeper than guard reads is refused");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
