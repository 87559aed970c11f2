//! Commits of every kind, thrown by dice: what is staged, how, and under which message.

use super::harness::Dice;

/// How the commit is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Staged,
    All,
    Editor,
    Merge,
}

/// A commit to try.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Stages it.
    pub(super) script: String,
    pub(super) how: How,
    pub(super) message: String,
    /// May it stay if it is accepted? Not if it changes what later candidates are judged by.
    pub(super) may_stay: bool,
}

impl Candidate {
    /// The whole as a script for people.
    pub(super) fn shell(&self) -> String {
        let command = match self.how {
            How::Staged => "git commit -q --allow-empty -F ../message",
            How::All => "git commit -q --allow-empty -a -F ../message",
            How::Editor => "git -c core.editor='cp ../message' commit -q --allow-empty",
            How::Merge => "git merge -q --no-ff -F ../message side",
        };
        format!("{}\ncat > ../message <<'EOM'\n{}\nEOM\n{command}\n\n", self.script, self.message)
    }

    pub(super) fn throw(dice: &mut Dice) -> Self {
        match dice.roll(20) {
            0 | 1 => rollback(dice),
            2 | 3 => merge(dice),
            4 | 5 => revert(dice),
            6 => Self { script: ":".to_owned(), how: How::Staged, message: message(dice), may_stay: true },
            7..=11 => in_scope(dice),
            _ => wild(dice),
        }
    }
}

/// What one line of a script does to the work tree; `N` is a number that was not there before.
const DEEDS: &[&str] = &[
    "echo N > src/one/a.rs",
    "echo N > src/one/new-N.rs",
    "echo N > src/two/b.rs",
    "mkdir -p src/two/deep; echo N > src/two/deep/N",
    "echo N > docs/x.md",
    "echo N > src/shared.rs",
    "echo N > links/l",
    "echo N > stray.txt",
    "echo N > src/zero-N.rs",
    "echo N > Cargo.toml",
    "echo N > Cargo.lock",
    "echo N > src/one/Cargo.lock",
    "echo N > docs/frozen.md",
    "echo N >> src/one/spec.md",
    "git rm -q src/one/spec.md",
    "echo N > .github/workflows/guard.yml",
    "echo N > .githooks/pre-commit",
    "echo '# N' >> guard.toml",
    "echo '[rules]\nscope = \"off\"' >> guard.toml",
    "echo 'N broken' >> guard.toml",
    "sed -i 's/- \\[ \\]/- [x]/' plans/alpha.md",
    "sed -i '/^## Progress/a - note N' plans/alpha.md",
    "sed -i 's#src/one/#src/#' plans/alpha.md",
    "sed -i 's#src/two/#src/#' plans/beta.toml",
    "echo '# N' >> plans/beta.toml",
    "git rm -q plans/alpha.md",
    "git mv plans/alpha.md plans/moved.md",
    "chmod +x plans/alpha.md",
    "ln -sf ../src/one/a.rs plans/link-N.md",
    "echo N > plans/new-N.md",
    "echo N > .artifacts/execute/log.md",
    "git mv src/one/a.rs src/two/moved-N.rs",
    "git mv src/one/a.rs src/one/moved-N.rs",
    "git rm -q src/two/b.rs",
    "git rm -q stray.txt",
    "ln -sf ../two/b.rs src/one/link-N",
    "ln -sf a.rs src/one/link-N",
    "ln -sf /etc/passwd links/abs-N",
    "rm -f src/one/a.rs; ln -s spec.md src/one/a.rs",
    "mkdir -p src/sub; git update-index --add --cacheinfo 160000,$(printf %040d N),src/sub",
    "mkdir -p src/one/sub; git update-index --add --cacheinfo 160000,$(printf %040d N),src/one/sub",
    "chmod +x src/one/a.rs",
    "chmod +x stray.txt",
    "rm -rf src/two; echo N > src/two",
    "echo N > \"src/one/odd \\\"name\"",
    "echo N > \"$(printf 'src/two/\\377N')\"",
    "echo N > 'src/one/new\nline'",
];

fn number(dice: &mut Dice) -> String {
    (1000 + dice.roll(1_000_000)).to_string()
}

fn deeds(dice: &mut Dice, count: usize, among: &[&str]) -> String {
    let mut script = String::new();
    for _ in 0..count {
        let deed = dice.pick(among).replace('N', &number(dice));
        script.push_str(&deed);
        script.push('\n');
    }
    script
}

/// Does the script change what is judged by, not only what is judged?
fn judges_itself(script: &str) -> bool {
    script.contains("guard.toml") && (script.contains("scope =") || script.contains("broken"))
}

fn wild(dice: &mut Dice) -> Candidate {
    let count = 1 + dice.roll(3);
    let script = format!("{}git add -A", deeds(dice, count, DEEDS));
    let how = dice.pick(&[How::Staged, How::Staged, How::All, How::Editor]);
    let may_stay = !judges_itself(&script);
    Candidate { script, how, message: message(dice), may_stay }
}

/// What a plan asks for, most of the time: without it no plan would ever come to its end.
fn in_scope(dice: &mut Dice) -> Candidate {
    let (id, among): (&str, &[&str]) = dice.pick(&[
        ("T001", &["echo N > src/one/a.rs", "echo N > Cargo.toml", "echo N > src/one/new-N.rs"] as &[&str]),
        ("T002", &["echo N > src/two/b.rs", "echo N > docs/x.md"]),
        ("T003", &["echo N > src/shared.rs", "echo N > links/l", "ln -sf l links/in-N"]),
        ("T001", &["echo N > src/two/b.rs"]),
        ("T002", &["echo N > src/shared.rs", "echo N > src/one/a.rs"]),
    ]);
    let count = 1 + dice.roll(2);
    let mut script = deeds(dice, count, among);
    if dice.once_in(3) {
        script.push_str("sed -i 's/- \\[ \\]/- [x]/' plans/alpha.md\n");
    }
    script.push_str("git add -A");
    let how = dice.pick(&[How::Staged, How::Staged, How::Editor]);
    let prefix = if dice.once_in(6) { "fixup! " } else { "" };
    Candidate { script, how, message: format!("{prefix}{id}: do {}", number(dice)), may_stay: true }
}

fn rollback(dice: &mut Dice) -> Candidate {
    let topic = dice.pick(&["alpha", "beta", "Beta", "gamma", "nothing", "alpha "]);
    let trailer = dice.pick(&[
        "",
        "",
        "\n\nGuard-Plan: plans/alpha.md",
        "\n\nGuard-Plan: plans/beta.toml",
        "\n\nGuard-Plan: plans/none.md",
        "\n\nGuard-Plan: stray.txt",
        "\n\nprose\n\nSigned-off-by: A <a@x>\nguard-plan: plans/alpha.md",
    ]);
    let count = dice.roll(3);
    let script = match dice.roll(4) {
        0 => format!("{}git add -A", deeds(dice, count, DEEDS)),
        1 => "sed -i 's#docs/\\*.md#docs/#' plans/alpha.md; git add -A".to_owned(),
        _ => ":".to_owned(),
    };
    let prefix = if dice.once_in(10) { "fixup! " } else { "" };
    let may_stay = !judges_itself(&script);
    let how = dice.pick(&[How::Staged, How::Staged, How::Editor]);
    Candidate {
        script,
        how,
        message: format!("{prefix}rollback: before executing plan {topic}{trailer}"),
        may_stay,
    }
}

fn revert(dice: &mut Dice) -> Candidate {
    let back = dice.roll(3);
    let mut script = format!("git revert -n HEAD~{back}\n");
    if dice.once_in(4) {
        script.push_str(&deeds(dice, 1, DEEDS));
        script.push_str("git add -A\n");
    }
    script.push_str(&format!("git log -1 --format='Revert \"%s\"' HEAD~{back} >/dev/null"));
    let message = match dice.roll(3) {
        0 => "Revert \"T001: do it\"\n\nThis reverts commit 1234567.".to_owned(),
        _ => format!("{}: revert it", dice.pick(&["T001", "T002", "T003"])),
    };
    Candidate { script, how: How::Staged, message, may_stay: true }
}

/// A side branch, merged: clean, in conflict, or with more than either side had.
fn merge(dice: &mut Dice) -> Candidate {
    let back = dice.roll(3);
    let quiet = "git -c core.hooksPath=/dev/null commit -q --allow-empty";
    let count = 1 + dice.roll(2);
    let mut script = format!(
        "git checkout -q -b side HEAD~{back}\n{}git add -A\n{quiet} -m '{}: on the side'\ngit checkout -q main\n",
        deeds(dice, count, DEEDS),
        dice.pick(&["T001", "T002", "T003"]),
    );
    let may_stay = !judges_itself(&script);
    let message = if dice.once_in(2) { "Merge branch 'side'".to_owned() } else { message(dice) };
    if dice.once_in(2) {
        return Candidate { script, how: How::Merge, message, may_stay };
    }
    script.push_str("git merge -q --no-ff --no-commit side >/dev/null 2>&1 || true\ngit rev-parse -q --verify MERGE_HEAD\n");
    if dice.once_in(2) {
        script.push_str(&deeds(dice, 1, DEEDS).replace("git mv", "git mv -k"));
    }
    script.push_str("git add -A");
    Candidate {
        script,
        how: dice.pick(&[How::Staged, How::Editor]),
        message,
        may_stay: may_stay && !dice.once_in(3),
    }
}

/// Messages that name a task, and messages that only seem to.
fn message(dice: &mut Dice) -> String {
    let id = if dice.once_in(4) {
        dice.pick(&["T009", "t001", "T1", "T0001", "Task 1", "T001 ", "T\u{b2}"])
    } else {
        dice.pick(&["T001", "T001", "T002", "T003", "T004"])
    };
    let n = number(dice);
    if dice.once_in(2) {
        return format!("{id}: do {n}");
    }
    match dice.roll(18) {
        0 => format!("{id}:do {n}"),
        1 => format!("do {n}"),
        2 => format!("{id} do {n}"),
        3 => format!("feat: do {n} ({id})"),
        4 => format!("do {n}\n\nprose\nTask:\n {id}\nSigned-off-by: A <a@x>"),
        5 => format!("T001,T002: do {n}"),
        6 => format!("T001-T003: do {n}"),
        7 => format!("fixup! {id}: do {n}"),
        8 => format!("squash! fixup! do {n} ({id}), and (once) more"),
        9 => format!("amend! {id}: do {n}\n\n{id}: do more"),
        10 => format!("Revert \"{id}: do {n}\""),
        11 => format!("Merge branch '{id}: do'"),
        12 => format!(" {id}: do {n}"),
        13 => format!("# {id}: do {n}\nT002: do {n}"),
        14 => format!("\n\n{id}: do {n}  \r\n\r\nbody\r\n"),
        15 => format!("{id}: do {n}\n\nrollback: before executing plan alpha\n\nGuard-Plan: plans/alpha.md"),
        16 => format!("{id}: "),
        _ => format!("feat({id})!: do {n}\n\nTask: T002\nSigned-off-by: A <a@x>"),
    }
}
