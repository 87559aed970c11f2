//! What people write in a log stays, byte for byte.

use std::fs;

use super::writes::log_of;
use crate::harness::Dice;
use crate::world::World;

type Edit = fn(&str) -> Vec<u8>;

fn after(text: &str, mark: &str, what: &str) -> Vec<u8> {
    assert!(text.contains(mark), "{mark:?} is not in:\n{text}");
    text.replacen(mark, &format!("{mark}{what}"), 1).into_bytes()
}

const NOTES: &str = "#### Notes\n";

/// Ways in which people edit a log.
const EDITS: [(&str, Edit); 24] = [
    ("a note", |t| after(t, NOTES, "\nIt was harder than it looked.\n")),
    ("a note without blank lines", |t| after(t, NOTES, "- short")),
    ("a note at the second task", |t| after(t, "<!-- guard:end task T002 -->\n", "\nsecond\n")),
    ("a decision", |t| after(t, "## Decisions\n", "\n- numbers before words, because *why not*\n")),
    ("a deployment", |t| after(t, "## Deployment\n", "\n- Staging: done\n- Prod: 2026-01-01\n")),
    ("an unknown heading", |t| after(t, "## Decisions\n", "\n## Lessons Learned\n\nmany\n")),
    ("a table", |t| after(t, "## Decisions\n", "\n| a | b |\n|---|---|\n| 1 | 2 |\n")),
    ("code with a fence", |t| after(t, NOTES, "\n```sh\nmake   check\n\n\n```\n")),
    ("an open fence", |t| after(t, NOTES, "\n```\nnever closed\n")),
    ("html", |t| after(t, NOTES, "\n<details><summary>x</summary>\n\n<!-- mine -->\n</details>\n")),
    ("something like a mark", |t| after(t, NOTES, "\nthe mark <!-- guard:begin next --> is guard's\n")),
    ("blanks at the ends of lines", |t| after(t, NOTES, "\nwide   \n\t\ttabs\t\n   \n")),
    ("many blank lines", |t| after(t, NOTES, "\n\n\n\n\n\n")),
    ("carriage returns in a note", |t| after(t, NOTES, "\r\none\r\ntwo\r\n")),
    ("a lone carriage return", |t| after(t, NOTES, "a\rb\n")),
    ("carriage returns everywhere", |t| t.replace('\n', "\r\n").into_bytes()),
    ("no end of the last line", |t| format!("{t}the end").into_bytes()),
    ("a byte-order mark", |t| format!("\u{feff}{t}").into_bytes()),
    ("letters of all kinds", |t| after(t, NOTES, "日本語 — ünï \u{202e}cod\u{200b}e 🎉\n")),
    ("keys of its own in the front matter", |t| {
        after(t, "phase: Execute\n", "owner: \"me\"\nenv: {target: \"local\"}\n")
    }),
    ("a comment in the front matter", |t| after(t, "phase: Execute\n", "# mine\n")),
    ("text above the first part", |t| after(t, "stays. -->\n", "\n# My own title\n")),
    ("bytes that are no text", |t| {
        let mut bytes = after(t, NOTES, "");
        let at = t.find(NOTES).unwrap() + NOTES.len();
        bytes.splice(at..at, b"\xff\xfe\x00\x1b[31m\xc3\x28\n".iter().copied());
        bytes
    }),
    ("a part of another guard", |t| {
        after(t, "## Decisions\n", "\n<!-- guard:begin metrics -->\nkept\n<!-- guard:end metrics -->\n")
    }),
];

/// The file without what stands between guard's marks and without the status line: people's bytes.
fn peoples(text: &[u8]) -> Vec<u8> {
    let known = ["preflight", "tasks", "task ", "gates", "issues", "criteria", "next"];
    let mut inside = false;
    let mut out = Vec::new();
    for line in text.split_inclusive(|b| *b == b'\n') {
        let shown = String::from_utf8_lossy(line).trim().to_owned();
        let name = shown.strip_prefix("<!-- guard:begin ");
        inside &= !shown.starts_with("<!-- guard:end ");
        if !inside && !line.starts_with(b"status:") {
            out.extend_from_slice(line);
        }
        inside |= name.is_some_and(|name| known.iter().any(|k| name.starts_with(k)));
    }
    out
}

fn begun() -> (World, String, String) {
    let world = World::started();
    world.repo.guard(&["log"]).ok();
    let (path, text) = log_of(&world);
    (world, path, text)
}

#[test]
fn twenty_four_edits_are_kept_byte_for_byte() {
    let (world, path, text) = begun();
    let file = world.repo.path.join(&path);
    let done = world.done("T001: a", "src/a");
    for (what, edit) in EDITS {
        let edited = edit(&text);
        assert_ne!(edited, text.as_bytes(), "{what}");
        fs::write(&file, &edited).unwrap();
        world.repo.guard(&["log"]).ok();
        let written = fs::read(&file).unwrap();
        assert_eq!(
            peoples(&written).escape_ascii().to_string(),
            peoples(&edited).escape_ascii().to_string(),
            "{what}"
        );
        let shown = String::from_utf8_lossy(&written);
        assert!(
            shown.contains(&format!("- Commit: `{}`", &done[..7])),
            "{what}: nothing was added:\n{shown}"
        );
        let said = world.repo.guard(&["log"]).ok();
        assert!(said.starts_with("up to date"), "{what}: {said}");
        assert_eq!(fs::read(&file).unwrap(), written, "{what}");
    }
}

#[test]
fn a_log_with_carriage_returns_gets_lines_that_end_so() {
    let (world, path, text) = begun();
    let file = world.repo.path.join(&path);
    fs::write(&file, text.replace('\n', "\r\n")).unwrap();
    assert!(world.repo.guard(&["log"]).ok().starts_with("up to date"), "only the line ends differ");
    world.done("T001: a", "src/a");
    world.repo.guard(&["log"]).ok();
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
}

#[test]
fn what_people_change_in_guards_parts_is_set_right() {
    let (world, path, text) = begun();
    let file = world.repo.path.join(&path);
    for lie in [
        text.replace("- Status: ready", "- Status: done"),
        text.replace("0 of 4", "4 of 4").replace("1 of 4", "4 of 4"),
        text.replacen("status: running", "status: complete", 1),
        text.replacen("- Commit: none", "", 1),
    ] {
        assert_ne!(lie, text);
        fs::write(&file, lie).unwrap();
        assert!(world.repo.guard(&["log"]).ok().starts_with("updated"));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

/// From its first to its last line, with both marks.
fn without(text: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- guard:begin {part} -->\n"), format!("<!-- guard:end {part} -->\n"));
    let (before, rest) = text.split_once(&begin).unwrap();
    format!("{before}{}", rest.split_once(&end).unwrap().1)
}

#[test]
fn a_part_that_is_gone_comes_back_where_it_belongs() {
    let (world, path, text) = begun();
    let file = world.repo.path.join(&path);
    let order = |text: &str| {
        let names = text.lines().filter_map(|l| l.strip_prefix("<!-- guard:begin ")).map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    for part in ["preflight", "tasks", "task T002", "gates", "next"] {
        let less = without(&text, part);
        fs::write(&file, &less).unwrap();
        world.repo.guard(&["log"]).ok();
        let written = fs::read_to_string(&file).unwrap();
        assert_eq!(order(&written), order(&text), "{part}");
        assert!(world.repo.guard(&["log"]).ok().starts_with("up to date"), "{part}");
    }
    // A log that somebody wrote by hand: all parts are added below it.
    let front = text.split_inclusive("\n---\n").next().unwrap();
    let own = format!("{front}\n### T001 – mine\n- Status: open");
    fs::write(&file, &own).unwrap();
    world.repo.guard(&["log"]).ok();
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with(&format!("{own}\n\n<!-- guard:begin preflight -->\n")), "{written}");
    assert!(world.repo.guard(&["log"]).ok().starts_with("up to date"));
}

#[test]
fn marks_that_do_not_fit_are_an_error_and_nothing_is_written() {
    let (world, path, text) = begun();
    let file = world.repo.path.join(&path);
    for (broken, words) in [
        (text.replacen("<!-- guard:end gates -->\n", "", 1), "begins before gates"),
        (text.replacen("<!-- guard:begin gates -->\n", "", 1), "ends what did not begin"),
        (format!("{text}<!-- guard:begin gates -->\n<!-- guard:end gates -->\n"), "is there twice"),
        (text.replacen("<!-- guard:end next -->\n", "", 1), "never ends"),
    ] {
        assert_ne!(broken, text);
        fs::write(&file, &broken).unwrap();
        world.repo.guard(&["log"]).says(2, &[words, &format!("{path}:"), "\n  fix"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), broken);
    }
}

#[test]
fn any_text_of_people_stays_and_the_second_run_writes_nothing() {
    let (world, path, text) = begun();
    let file = world.repo.path.join(&path);
    world.done("T001: a", "src/a");
    let scraps: [&[u8]; 16] = [
        b"note\n",
        b"\n",
        b"\r\n",
        b"- Status: done\n",
        b"```\n",
        b"## Own\n",
        b"---\n",
        b"<!-- x -->\n",
        b"\xff\xfe\n",
        b"   \t\n",
        b"status: mine\n",
        b"no end",
        b"#### Notes\r\n",
        b"\x00\n",
        b"- [x] T001\n",
        b"<!-- guard:begin\n",
    ];
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let mut edited = Vec::new();
        let mut inside = true; // the front matter is tried above
        for line in text.split_inclusive('\n') {
            inside &= !line.starts_with("<!-- guard:end ");
            inside |= line.starts_with("<!-- guard:begin ");
            edited.extend_from_slice(line.as_bytes());
            inside &= !line.starts_with("<!-- Between");
            while !inside && dice.once_in(2) {
                let scrap = dice.pick(&scraps);
                edited.extend_from_slice(scrap);
                if !scrap.ends_with(b"\n") {
                    edited.push(b'\n');
                }
            }
        }
        fs::write(&file, &edited).unwrap();
        world.repo.guard(&["log"]).ok();
        let written = fs::read(&file).unwrap();
        assert_eq!(peoples(&written), peoples(&edited), "seed {seed}");
        assert!(world.repo.guard(&["log"]).ok().starts_with("up to date"), "seed {seed}");
        assert_eq!(fs::read(&file).unwrap(), written, "seed {seed}");
    }
}
