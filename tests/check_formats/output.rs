//! Where the verdict goes, and with which exit code.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Repo, picture};
use crate::world::{MACHINES, World, json};

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let (clean, refused) = (World::clean(), World::refused());
    for format in MACHINES.iter().chain(&["text"]) {
        assert_eq!(clean.check(format, &[]).code, 0, "{format}");
        assert_eq!(refused.check(format, &[]).code, 1, "{format}");
        assert_eq!(clean.check(format, &["--fail-on-empty"]).code, 0, "{format}");
        let ran = clean.repo.guard(&["check", "work..work", "--fail-on-empty", "--format", format]);
        ran.says(2, &["the range holds no commit"]);
        let ran = clean.fail(format);
        assert_eq!(ran.out.is_empty(), *format == "text", "{format}: {}", ran.out);
    }
    clean.repo.guard(&["check", "--format", "xml"]).says(2, &["xml", "junit"]);
}

#[test]
fn with_a_file_the_streams_are_for_people() {
    for (world, code) in [(World::clean(), 0), (World::refused(), 1)] {
        for format in MACHINES.iter().chain(&["text"]) {
            let wanted = world.check(format, &[]).out;
            let ran = world.check(format, &["--output-file", "../out"]);
            assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{format}");
            assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
            assert!(ran.err.starts_with("guard: ") && ran.err.ends_with("; see ../out\n"), "{}", ran.err);
            assert_eq!(fs::read_to_string(world.repo.root().join("out")).unwrap(), wanted);
            let ran = world.check(format, &["--output-file", "../out", "-q"]);
            assert_eq!((ran.code, ran.text().as_str()), (code, ""));
        }
    }
}

#[test]
fn nothing_was_judged_is_written_to_the_file_too() {
    let world = World::clean();
    for format in MACHINES {
        let args = ["check", "gone..work", "--format", format, "--output-file", "../out"];
        let ran = world.repo.guard(&args).says(2, &["error:", "gone"]);
        assert_eq!(ran.out, "");
        let text = fs::read_to_string(world.repo.root().join("out")).unwrap();
        assert_eq!(text, world.fail(format).out);
        assert!(text.contains("gone"), "{format}: {text}");
    }
}

#[test]
fn what_cannot_be_written_is_an_error_and_harms_nothing() {
    let world = World::clean();
    let folder = world.repo.root().join("out");
    fs::create_dir(&folder).unwrap();
    for file in ["../out", "../gone/x.json", "-", "", "/dev/null", "../out/.."] {
        let before = picture(&world.repo.root());
        let ran = world.check("json", &["--output-file", file]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{file}: {}", ran.text());
        assert!(ran.err.contains("--output-file"), "{file}: {}", ran.err);
        assert_eq!(before, picture(&world.repo.root()), "{file}");
    }
    // A symlink is replaced, and what it points at is left alone.
    let kept = world.repo.write("../kept", "mine\n");
    symlink(&kept, folder.join("x.json")).unwrap();
    world.check("json", &["--output-file", "../out/x.json"]).says(0, &[]);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "mine\n");
    assert_eq!(json(&fs::read_to_string(folder.join("x.json")).unwrap())["verdict"], "clean");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
}

#[test]
fn the_summary_of_a_step_is_added_to_what_is_there() {
    let mut world = World::refused();
    let file = world.repo.write("../summary.md", "before\n");
    world.repo.env("GITHUB_STEP_SUMMARY", &file);
    for format in MACHINES.iter().filter(|format| **format != "github") {
        world.check(format, &[]).says(1, &[]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "before\n");
    world.check("github", &[]).says(1, &[]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("before\n### guard&#58;") || text.starts_with("before\n### guard: "), "{text}");
    let rows =
        text.lines().filter(|line| line.starts_with("| error ") || line.starts_with("| warning ")).count();
    let found = json(&world.check("json", &[]).out)["findings"].as_array().unwrap().len();
    assert_eq!(rows, found);
    assert!(!text.contains("<b>") && !text.contains("](http"), "{text}");
    world.fail("github");
    assert!(fs::read_to_string(&file).unwrap().contains("nothing was judged"));
    // Without a summary the verdict stands.
    world.repo.env("GITHUB_STEP_SUMMARY", "/nowhere/x");
    world.check("github", &[]).says(1, &["::error ", "the summary of the step cannot be written"]);
}

#[test]
fn the_schema_is_printed_anywhere() {
    let repo = Repo::new();
    let schema = json(&repo.run_in(&repo.root(), crate::harness::guard_bin(), &["check", "--schema"]).ok());
    assert_eq!(schema["title"], "guard check");
}
