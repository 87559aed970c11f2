//! How `guard status`, `guard plan show` and `guard next` look: on terminals of every width, without colour, in wide
//! characters, to who hears them line by line.

use unicode_width::UnicodeWidthStr;

use crate::harness::Repo;
use crate::terminal::on_terminal;

const WIDTHS: [usize; 5] = [40, 60, 80, 120, 200];
const LONG: &str = "src/a/rather/deep/folder/of/a/rather/large/project/with_a_rather_long_name.rs";
const COMMANDS: [&str; 4] =
    ["guard status", "guard plan show plans/long.toml", "guard next", "guard next --all"];

/// A running plan of 40 tasks, with the first done, T005 not declared before it is started, wide characters, long
/// summaries and paths, and changes of every kind.
fn world() -> Repo {
    let repo = Repo::new();
    let mut plan = String::from("version = 1\ntopic = \"long\"\n");
    for n in 1..=40 {
        let scope = match n {
            2 => format!("\"{LONG}\", \"docs/**\""),
            3 => String::new(),
            _ => format!("\"src/{n:02}.rs\""),
        };
        let summary = match n {
            1 => "日本語 の 文書 を 書く",
            2 => "Write a summary that goes on and on, because whoever wrote the plan had much to say",
            _ => "Do it",
        };
        let after = if n == 9 { "\"T004\", \"T005\", \"T006\", \"T007\", \"T008\"" } else { "" };
        plan.push_str(&format!(
            "[[task]]\nid = \"T{n:03}\"\nsummary = \"{summary}\"\nscope = [{scope}]\ndepends_on = [{after}]\n"
        ));
    }
    repo.write("plans/long.toml", plan);
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-q", "-m", "the plan"]).ok();
    repo.guard(&["start", "plans/long.toml"]).ok();
    repo.write("src/01.rs", "1\n");
    repo.git(&["add", "src"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: write"]).ok();
    repo.write(LONG, "2\n");
    repo.git(&["add", "-A"]).ok();
    repo.write("nobody/has/a/task/for/this/one.txt", "3\n");
    repo
}

/// The text without blanks and line ends.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn without_codes(text: &str) -> String {
    regex::Regex::new("\x1b\\[[0-9;]*m").unwrap().replace_all(text, "").into_owned()
}

/// What a terminal shows of each of these lines, all in one session: to open one takes longer than guard does.
fn shown(repo: &mut Repo, lines: &[String]) -> Option<Vec<String>> {
    const END: &str = "== end ==\n";
    repo.env("TERM", "xterm").env("GUARD_PAGER", "");
    let ends: Vec<String> =
        lines.iter().map(|line| format!("{line} || exit 9; echo '{}'", END.trim())).collect();
    let text = on_terminal(repo, 0, &ends.join("; "))?;
    let all: Vec<String> = text.split_terminator(END).map(str::to_owned).collect();
    assert_eq!(all.len(), lines.len(), "{text}");
    Some(all)
}

#[test]
fn nothing_is_cut_and_only_what_is_pasted_is_wider_than_the_terminal() {
    let mut repo = world();
    for command in COMMANDS {
        let lines = WIDTHS.map(|width| format!("NO_COLOR=1 COLUMNS={width} {command}"));
        let Some(seen) = shown(&mut repo, &lines) else { return };
        for (text, width) in seen.iter().zip(WIDTHS) {
            let pasted = |line: &str| command == "guard next" && line.contains(LONG);
            for line in text.lines().filter(|line| !pasted(line)) {
                assert!(line.width() <= width && !line.ends_with(' '), "{command} at {width}: {line:?}");
            }
            assert!(!text.contains(['│', '─', '|', '+', '\u{1b}']), "{text}");
            for word in [LONG, "Writeasummarythatgoesonandon,becausewhoeverwrotetheplanhadmuchtosay"] {
                let in_it = word != LONG || !command.ends_with("--all");
                assert!(
                    !in_it || squeezed(text).contains(word) || in_columns(text),
                    "{command} at {width}:\n{text}"
                );
            }
        }
    }
}

/// Where cells stand side by side their lines are mixed; that nothing is missing there, the module's own tests see.
fn in_columns(text: &str) -> bool {
    text.contains("STATE") || text.contains("[x] T001  done")
}

#[test]
fn the_terminal_s_own_width_counts_where_columns_says_nothing() {
    let mut repo = world();
    let command = "NO_COLOR=1 guard status";
    let lines = [
        format!("COLUMNS=60 {command}"),
        format!("stty cols 60; {command}"),
        format!("COLUMNS=0 {command}"),
        format!("COLUMNS=wide {command}"),
        format!("stty cols 200; COLUMNS=60 {command}"),
        format!("COLUMNS=80 {command}"),
        format!("stty cols 0; {command}"),
        format!("stty cols 3; COLUMNS=40 {command}"),
        command.to_owned(),
    ];
    let Some(seen) = shown(&mut repo, &lines) else { return };
    for n in 1..5 {
        assert_eq!(seen[n], seen[0], "{}", lines[n]);
    }
    assert!(seen[5] != seen[0] && seen[7] != seen[0]);
    assert_eq!(seen[6], seen[5], "what does not say how wide it is has 80 columns");
    assert_eq!(seen[8], seen[7], "nobody reads a line of three columns");
}

#[test]
fn colour_says_nothing_that_the_words_do_not_say() {
    let mut repo = world();
    for command in COMMANDS {
        for width in [40, 120] {
            let lines = ["", "NO_COLOR=1", "TERM=dumb", "NO_COLOR="].map(|set| {
                let never = if set == "NO_COLOR=" { " --color never" } else { "" };
                format!("{set} COLUMNS={width} {command}{never}")
            });
            let Some(seen) = shown(&mut repo, &lines) else { return };
            assert!(seen[0].contains('\u{1b}'), "{command}: {}", seen[0]);
            for (plain, line) in seen.iter().zip(&lines).skip(1) {
                assert_eq!(&without_codes(&seen[0]), plain, "{line}");
            }
        }
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        let piped = repo.guard(&args).ok();
        assert!(!piped.contains('\u{1b}'), "{piped}");
        assert_eq!(without_codes(&repo.guard(&[&args[..], &["--color", "always"]].concat()).ok()), piped);
    }
}

#[test]
fn a_status_says_how_far_it_is_and_what_comes_next() {
    let repo = world();
    let said = repo.guard(&["status"]).ok();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[3], "progress  2 of 40 tasks done, 37 ready");
    let column = |word: &str| {
        let line = lines.iter().find(|line| line.contains(word)).unwrap();
        line.split(word).next().unwrap().width()
    };
    // Whatever stands in the columns before it, each summary starts at the same one.
    assert_eq!(column("日本語"), column("Write a summary"), "{said}");
    assert!(said.contains("[ ] T009  after T004, T005,    Do it\n          T006, T007 and T008\n"), "{said}");
    assert!(said.contains(&format!("staged\n  {LONG}  (T002)\n")), "{said}");
    assert!(said.contains("  nobody/  (no task: would be refused)\n"), "{said}");
    assert!(said.ends_with("\n\nnext      git commit -m \"T002: …\""), "{said}");
}

#[test]
fn a_narrow_terminal_gets_lists_that_can_be_heard() {
    let mut repo = world();
    let lines = ["status", "plan show plans/long.toml", "next --all"]
        .map(|command| format!("NO_COLOR=1 COLUMNS=40 guard {command}"));
    let Some(seen) = shown(&mut repo, &lines) else { return };
    let said = &seen[0];
    for words in [
        "[>] T004 ready: Do it\n",
        "[ ] T009 after T004, T005, T006, T007\n    and T008: Do it\n",
        "[x] T003 needs no commit: Do it\n",
        "staged\n  src/a/rather/deep/folder/of/a/rather/\n    large/project/\n    with_a_rather_long_name.rs  (T002)\n",
        "  nobody/  (no task: would be refused)\n",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    let said = &seen[1];
    for words in [
        "tasks   2 of 40 done, as locked at\n",
        "[x] T003 no commit: Do it\n    scope      no files\n",
        "[ ] T009 waiting: Do it\n    scope      src/09.rs\n    after      T004, T005, T006, T007\n               and T008\n",
        "\n\nnext    guard next\n",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    let words =
        "  then alone\n    T004  Do it\n          because T004 is not declared\n          parallel-safe\n";
    assert!(seen[2].contains(words), "{}", seen[2]);
}
