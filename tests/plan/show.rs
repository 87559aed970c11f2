//! `guard plan show`

use serde_json::json;

use super::{PATH, PLAN, json, only_looks, planned};
use crate::harness::Repo;

#[test]
fn what_is_no_plan_is_not_shown_in_any_format() {
    let repo = Repo::new();
    repo.write("a.md", "# Nothing\n\nto do\n");
    repo.write("b.toml", "version = \n");
    for format in ["text", "json", "mermaid", "dot"] {
        for (file, words) in [("a.md", "no tasks"), ("b.toml", "b.toml:1:"), ("gone.md", "cannot be read")] {
            let ran = only_looks(&repo, &["plan", "show", file, "--format", format]);
            let ran = ran.says(2, &[words, "\n  fix"]);
            if format == "json" {
                assert!(json(&ran)["error"]["message"].is_string(), "{}", ran.out);
            } else {
                assert_eq!(ran.out, "");
            }
        }
    }
}

#[test]
fn a_wrong_format_gets_the_nearest_name() {
    let repo = planned();
    for command in ["show", "lint"] {
        repo.guard(&["plan", command, PATH, "--as", "nativ"]).says(2, &["nativ", "'native'"]);
        repo.guard(&["plan", command, PATH, "--as", "markdown-section"]).says(2, &["'markdown-sections'"]);
        repo.guard(&["plan", command, PATH, "--format", "jsn"]).says(2, &["'json'"]);
    }
    repo.guard(&["plan", "convert", PATH, "--to", "tml"]).says(2, &["'toml'"]);
    repo.guard(&["plan", "convert", PATH, "--to", "toml", "--as", "nativ"]).says(2, &["'native'"]);
}

#[test]
fn the_format_and_why_it_was_chosen_are_told() {
    let repo = planned();
    for (args, format, why) in [
        (&["plan", "show", PATH][..], "markdown-sections", "it has task headings"),
        (&["plan", "show", PATH, "--as", "execplan"], "execplan", "asked for with --as"),
    ] {
        only_looks(&repo, args).says(0, &[&format!("format  {format}: {why}")]);
        let both = only_looks(&repo, &[args, &["--format", "json"]].concat());
        let value = json(&both);
        assert_eq!(value["format"], format);
        assert!(value["why"].as_str().unwrap().starts_with(why), "{value}");
        let lint: Vec<&str> = [&["plan", "lint"], &args[2..]].concat();
        repo.guard(&lint).says(1, &[&format!("read as {format}: {why}")]);
    }
}

#[test]
fn a_plan_that_does_not_run_stands_as_its_document_says() {
    let repo = planned();
    let text = only_looks(&repo, &["plan", "show", PATH]).ok();
    let wanted = "\
tasks   4, as the document says; this plan is not running

ID    STATE             SCOPE         AFTER  MILESTONE  TASK
T001  [>] ready         src/lease.rs         M1         Pin the lease
T002  [?] not declared  not declared  T001              Use it
T003  [ ] waiting       docs/**       T001              Document it
T004  [x] no commit     no files                        Look at it

1 error, 0 warnings: guard plan lint plans/lease.md";
    assert!(text.ends_with(wanted), "{text}");
    let value = json(&only_looks(&repo, &["plan", "show", PATH, "--format", "json"]));
    let tasks = value["tasks"].as_array().unwrap();
    let field = |name: &str| tasks.iter().map(|t| t[name].to_string()).collect::<Vec<_>>();
    assert_eq!(field("id"), ["\"T001\"", "\"T002\"", "\"T003\"", "\"T004\""]);
    assert_eq!(field("scope"), ["[\"src/lease.rs\"]", "null", "[\"docs/**\"]", "[]"]);
    assert_eq!(field("depends_on"), ["[]", "[\"T001\"]", "[\"T001\"]", "[]"]);
    assert_eq!(field("line"), ["3", "10", "15", "20"]);
    assert_eq!(field("milestone"), ["\"M1\"", "null", "null", "null"]);
    assert_eq!(field("state"), ["\"ready\"", "\"not_declared\"", "\"waiting\"", "\"no_commit\""]);
    assert_eq!((value["lock"].is_null(), &value["topic"]), (true, &"lease".into()));
}

#[test]
fn a_running_plan_stands_as_its_lock_says() {
    let repo = planned();
    repo.write(PATH, PLAN.replace("TBD", "`src/main.rs`"));
    repo.guard(&["start", PATH]).ok();
    repo.write("src/lease.rs", "x\n");
    repo.git(&["add", "src"]).ok();
    repo.git(&["commit", "-q", "-m", "T001: pin it"]).ok();
    let (done, lock) = (repo.git(&["rev-parse", "HEAD"]).ok(), repo.git(&["rev-parse", "HEAD^"]).ok());
    let value = json(&only_looks(&repo, &["plan", "show", PATH, "--format", "json"]));
    assert_eq!(value["lock"], lock[..7]);
    let state = |n: usize| value["tasks"][n]["state"].as_str().unwrap().to_owned();
    assert_eq!([state(0), state(1), state(2), state(3)], ["done", "ready", "ready", "no_commit"]);
    assert_eq!(value["tasks"][0]["commit"], done[..7]);
    let lock = &lock[..7];
    only_looks(&repo, &["plan", "show", PATH])
        .says(0, &[&format!("as locked at {lock}\n"), &format!("T001  [x] done {}", &done[..7])]);
    for (format, words) in [("mermaid", ":::done"), ("dot", "class=\"done\"")] {
        only_looks(&repo, &["plan", "show", PATH, "--format", format]).says(0, &[words, &done[..7]]);
    }
    // A new task is in no lock, and the table says that the two differ.
    repo.write(PATH, PLAN.replace("TBD", "`src/main.rs`") + "\n## T005: More\n\n**Files:** `x/y.rs`\n");
    repo.guard(&["plan", "show", PATH])
        .says(0, &[&format!("as locked at {lock}, where the plan reads differently"), "T005  [>] ready"]);
    // Another plan has nothing to do with this lock.
    repo.write("plans/other.md", PLAN);
    repo.guard(&["plan", "show", "plans/other.md"]).says(0, &["this plan is not running", "T001  [>] ready"]);
}

#[test]
fn no_colour_reaches_a_pipe_and_none_where_it_is_not_wanted() {
    let mut repo = planned();
    assert!(!repo.guard(&["plan", "show", PATH]).out.contains('\u{1b}'));
    repo.env("CLICOLOR_FORCE", "1");
    assert!(repo.guard(&["plan", "show", PATH]).out.contains('\u{1b}'));
    for format in ["json", "mermaid", "dot"] {
        assert!(!repo.guard(&["plan", "show", PATH, "--format", format]).out.contains('\u{1b}'));
    }
    repo.env("NO_COLOR", "1");
    assert!(!repo.guard(&["plan", "show", PATH]).out.contains('\u{1b}'));
}

#[test]
fn hostile_text_is_escaped_in_every_format() {
    let repo = Repo::new();
    let evil = r##"a \"x\" ] }\n<script>\u001b[31m\u202e"##;
    repo.write(
        "p.toml",
        format!(
            "version = 1\n[[task]]\nid = 'T1'\nscope = []\nsummary = \"{evil}\"\nmilestone = \"{evil}\"\n"
        ),
    );
    for format in ["text", "json", "mermaid", "dot"] {
        let out = repo.guard(&["plan", "show", "p.toml", "--format", format]).ok();
        assert!(!out.contains(['\u{1b}', '\u{202e}']), "{format}: {out}");
        assert!(out.contains("T1"));
    }
    let value = json(&repo.guard(&["plan", "show", "p.toml", "--format", "json"]));
    assert_eq!(value["tasks"][0]["milestone"], "a \"x\" ] }\n<script>\u{1b}[31m\u{202e}");
}

#[test]
fn each_declared_path_has_its_place_in_the_plan_or_in_the_overlay() {
    let repo = planned();
    repo.write(
        "guard.toml",
        "version = 1\n\n[overlay.\"plans/lease.md\"]\nT002 = [\n  \"src/main.rs\",\n]\n",
    );
    let shown = json(&only_looks(&repo, &["plan", "show", PATH, "--format", "json"]));
    let declared = |task: usize| shown["tasks"][task]["declared"].clone();
    let at = |path: &str, file: &str, line: u32| json!([{"path": path, "file": file, "line": line}]);
    assert_eq!(declared(0), at("src/lease.rs", PATH, 6));
    assert_eq!(declared(1), at("src/main.rs", "guard.toml", 5));
    assert_eq!(declared(2), at("docs/**", PATH, 18));
    assert_eq!((declared(3), &shown["tasks"][3]["scope"]), (json!([]), &json!([])));
}
