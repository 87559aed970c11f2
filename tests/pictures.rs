//! The README's pictures are what guard says, drawn: each is a run in the project of the tour. They are renewed by
//! `GUARD_PICTURES=write cargo test --test pictures show_what`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that panics has failed; one that is skipped says so"
)]

#[path = "harness/chromium.rs"]
mod chromium;
mod harness;
#[path = "harness/tour.rs"]
mod tour;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anstyle_svg::Term;
use chromium::{browse, chromium};
use harness::Repo;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use regex::Regex;
use tour::{project, readme};

const RENEW: &str = "GUARD_PICTURES=write cargo test --test pictures show_what";

/// A run that is worth a picture.
struct Scene {
    /// The file's name, without `.svg`.
    name: &'static str,
    title: &'static str,
    /// Lines of sh before it.
    before: &'static [&'static str],
    command: &'static str,
    code: i32,
}

const START: &str = "guard install && guard start plans/lexer.toml";
const NUMBERS: &str = "echo 'pub fn n() {}' > src/lexer.rs && git commit -q -a -m 'T001: read numbers'";

const SCENES: [Scene; 3] = [
    Scene {
        name: "refusal",
        title: "guard refuses a commit that changes a file of another task",
        before: &[START, NUMBERS, "echo x >> src/lexer.rs; echo x > docs/grammar.md; git add -A"],
        command: "git commit -m 'T002: document the grammar'",
        code: 1,
    },
    Scene {
        name: "plan",
        title: "guard plan show: the tasks of a plan that does not run yet",
        before: &[],
        command: "guard plan show plans/lexer.toml",
        code: 0,
    },
    Scene {
        name: "status",
        title: "guard status: one of two tasks is done, and a file belongs to no task",
        before: &[START, NUMBERS, "echo x > docs/grammar.md; git add docs; echo x > notes.txt"],
        command: "guard status",
        code: 0,
    },
];

/// What a terminal shows of a scene, with its colours. Every commit is called the same, as in the README.
fn shown(scene: &Scene) -> String {
    let mut repo = project();
    for line in scene.before {
        repo.run_in(&repo.path, "sh", &["-c", line]).ok();
    }
    repo.env("CLICOLOR_FORCE", "1");
    let ran = repo.run_in(&repo.path, "sh", &["-c", &format!("{{ {}; }} 2>&1", scene.command)]);
    assert_eq!(ran.code, scene.code, "{}", ran.text());
    let hash = Regex::new(r"\b[0-9a-f]{7}\b").unwrap();
    let said = hash.replace_all(ran.out.trim_end(), "4f2c1a9").into_owned();
    assert!(said.contains("\u{1b}["), "no colour: {said:?}");
    assert!(!said.contains(repo.root().to_str().unwrap()), "a path of this machine: {said}");
    format!("\u{1b}[2m$\u{1b}[0m {}\n{said}", scene.command)
}

fn without_codes(text: &str) -> String {
    Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(text, "").into_owned()
}

/// The colours of each scheme by class; `bg` is the paper and `line` what is round it.
const COLOURS: [(&str, &str, &str); 8] = [
    ("bg", "#f6f8fa", "#151b23"),
    ("line", "#d1d9e0", "#3d444d"),
    ("fg", "#1f2328", "#e6edf3"),
    ("dimmed", "#59636e", "#9198a1"),
    ("fg-red", "#b3202a", "#ff7b72"),
    ("fg-green", "#116329", "#56d364"),
    ("fg-yellow", "#7d4e00", "#e3b341"),
    ("fg-cyan", "#0a5c7a", "#76d9e6"),
];

fn colours(of: impl Fn(&(&str, &str, &str)) -> String, margin: &str) -> String {
    let rule = |row: &(&str, &str, &str)| match row.0 {
        "line" => format!("{margin}.bg {{ stroke: {} }}\n", of(row)),
        class => format!("{margin}.{class} {{ fill: {} }}\n", of(row)),
    };
    COLOURS.iter().map(rule).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The picture. The library knows what the codes of a terminal mean; the paper, colours for light and dark, and the words
/// for whoever cannot see it are put round its lines here.
fn draw(title: &str, text: &str) -> String {
    const PADDING: [usize; 4] = [8, 12, 20, 24];
    let drawn = Term::new().background(false).min_width_px(700).render_svg(text);
    let number = |key: &str| {
        let found = Regex::new(&format!("<svg[^>]* {key}=\"([0-9]+)px\"")).unwrap();
        found.captures(&drawn).unwrap()[1].parse::<usize>().unwrap()
    };
    let [top, left, down, right] = PADDING;
    let (width, height) = (number("width") + right, number("height") + down);
    let lines = drawn.split_once("</style>").unwrap().1.trim().trim_end_matches("</svg>").trim_end();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"-{left} -{top} {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n"
    );
    let _ = writeln!(svg, "  <title id=\"title\">{}</title>", escaped(title));
    let _ = writeln!(svg, "  <desc id=\"desc\">{}</desc>", escaped(&without_codes(text)));
    let _ = writeln!(
        svg,
        "  <style>\n    tspan {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', \
         'DejaVu Sans Mono', monospace; white-space: pre }}\n    .bold {{ font-weight: bold }}\n{}    \
         @media (prefers-color-scheme: dark) {{\n{}    }}\n  </style>",
        colours(|row| row.1.to_owned(), "    "),
        colours(|row| row.2.to_owned(), "      ")
    );
    let paper = format!(
        "x=\"-{}.5\" y=\"-{}.5\" width=\"{}\" height=\"{}\"",
        left - 1,
        top - 1,
        width - 1,
        height - 1
    );
    let _ = writeln!(svg, "\n  <rect {paper} rx=\"6\" class=\"bg\"/>\n\n{lines}\n</svg>");
    svg.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures")
}

fn file(scene: &Scene) -> PathBuf {
    folder().join(format!("{}.svg", scene.name))
}

fn read(scene: &Scene) -> String {
    std::fs::read_to_string(file(scene)).unwrap_or_else(|e| panic!("{}: {e}; {RENEW}", scene.name))
}

#[test]
fn the_pictures_show_what_guard_says_now() {
    let renew = std::env::var_os("GUARD_PICTURES").is_some_and(|word| word == "write");
    for scene in &SCENES {
        let now = draw(scene.title, &shown(scene));
        if renew {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(file(scene), &now).unwrap();
        }
        let kept = read(scene);
        let other = kept.lines().zip(now.lines()).find(|(kept, now)| kept != now);
        assert!(
            kept == now,
            "docs/pictures/{}.svg is not what guard says now\nrenew it:  {RENEW}\n(there, now): {other:#?}",
            scene.name
        );
    }
}

#[test]
fn the_readme_shows_each_picture_and_tells_it_in_words() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut names: Vec<String> = SCENES.iter().map(|scene| format!("{}.svg", scene.name)).collect();
    names.sort();
    assert_eq!(files, names, "a picture of nothing");
    let text = readme();
    let mut shown = BTreeMap::new();
    let mut inside = None;
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                inside = Some((dest_url.into_string(), String::new()))
            }
            Event::Text(words) if inside.is_some() => inside.as_mut().unwrap().1.push_str(&words),
            Event::SoftBreak if inside.is_some() => inside.as_mut().unwrap().1.push(' '),
            Event::End(TagEnd::Image) => shown.extend(inside.take()),
            _ => {}
        }
    }
    for (scene, word) in
        SCENES.iter().zip(["is refused: error[scope]", "guard start plans/lexer.toml", "notes.txt"])
    {
        let path = format!("docs/pictures/{}.svg", scene.name);
        let words = shown.get(&path).unwrap_or_else(|| panic!("README.md does not show {path}: {shown:?}"));
        assert!(words.contains(word) && words.split(' ').count() > 10, "{path}: {words}");
    }
}

/// The colours by class, of light or dark.
fn scheme(svg: &str, dark: bool) -> BTreeMap<String, String> {
    let style = svg.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let (light, rest) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let rule = Regex::new(r"\.([a-z-]+) \{ fill: (#[0-9a-f]{6}) \}").unwrap();
    let all = rule.captures_iter(if dark { rest } else { light });
    all.map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// How bright a colour is to the eye, as WCAG 2 has it.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_colour_can_be_read_by_day_and_by_night() {
    assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 0.01);
    assert!((contrast("#ffffff", "#777777") - 4.48).abs() < 0.01, "the known grey that just fails");
    let classes = Regex::new("class=\"([^\"]*)\"").unwrap();
    for scene in &SCENES {
        let svg = read(scene);
        let body = svg.split_once("</style>").unwrap().1;
        for dark in [false, true] {
            let known = scheme(&svg, dark);
            for found in classes.captures_iter(body) {
                let own = found[1].split(' ').filter(|class| !["container", "bold", "bg"].contains(class));
                for class in own {
                    let colour = known.get(class).unwrap_or_else(|| panic!("{class} has no colour"));
                    let much = contrast(colour, &known["bg"]);
                    assert!(much >= 4.5, "{}: {class} {colour} on {}: {much:.2}", scene.name, known["bg"]);
                }
            }
        }
    }
}

/// Reads an SVG as XML, and prints the words for screen readers and then the lines that are drawn.
const READER: &str = "import sys, xml.etree.ElementTree as E\nns = '{http://www.w3.org/2000/svg}'\n\
root = E.parse(sys.argv[1]).getroot()\nassert root.tag == ns + 'svg', root.tag\n\
ids = root.get('aria-labelledby').split()\nwords = [root.find(\".//*[@id='%s']\" % i).text for i in ids]\n\
sys.stdout.buffer.write('\\n'.join(words + ['=='] + [''.join(line.itertext()).rstrip() \
for line in root.find(ns + 'text')]).encode())";

#[test]
fn a_reader_of_xml_finds_the_words_of_the_run() {
    for scene in &SCENES {
        let Ok(out) = Command::new("python3").args(["-c", READER]).arg(file(scene)).output() else {
            eprintln!("skipped: python3 is not on this machine, and reads XML");
            return;
        };
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let text = String::from_utf8(out.stdout).unwrap();
        let (words, drawn) = text.split_once("\n==\n").unwrap();
        let (title, told) = words.split_once('\n').unwrap();
        assert_eq!(title, scene.title);
        assert!(told == drawn && told.starts_with(&format!("$ {}\n", scene.command)), "{text}");
    }
}

/// A page that has the pictures inline, and says of each where its words are and what colours it has.
const PAGE: &str = "<!doctype html><body style=\"margin:0\">PICTURES<pre id=\"said\"></pre><script>
const ink = e => getComputedStyle(e).fill;
document.getElementById('said').textContent = [...document.querySelectorAll('svg')].map((svg, n) => {
  const rect = svg.querySelector('rect'), paper = rect.getBoundingClientRect();
  const all = [...svg.querySelectorAll('text > tspan > tspan')].map(e => e.getBoundingClientRect());
  const said = {left: Math.min(...all.map(e => e.left - paper.left)), top: Math.min(...all.map(e => e.top - paper.top)),
    right: Math.min(...all.map(e => paper.right - e.right)), bottom: Math.min(...all.map(e => paper.bottom - e.bottom)),
    paper: ink(rect), text: ink(svg.querySelector('text')), lines: svg.querySelectorAll('text > tspan').length};
  return Object.entries(said).map(([key, value]) => n + key + '=' + value).join('\\n');
}).join('\\n');
</script></body>";

#[test]
fn a_browser_draws_every_line_within_its_paper() {
    let Some(browser) = chromium() else { return };
    let repo = Repo::new();
    let all: String = SCENES.iter().map(read).collect();
    let page = repo.write("../page/page.html", PAGE.replace("PICTURES", &all));
    for (dark, paper) in [(false, "rgb(246, 248, 250)"), (true, "rgb(21, 27, 35)")] {
        let wish = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
        let text = browse(&browser, &repo, &page, &["--dump-dom", "--window-size=1000,900", &wish]);
        for (n, scene) in SCENES.iter().enumerate() {
            let said = |key: &str| {
                let found = Regex::new(&format!(r"[>\n]{n}{key}=([^\n<]*)")).unwrap();
                found.captures(&text).unwrap_or_else(|| panic!("no {key} in {text}"))[1].to_owned()
            };
            assert_eq!(said("paper"), paper);
            assert_ne!(said("text"), paper);
            for side in ["left", "top", "right", "bottom"] {
                let room: f64 = said(side).parse().unwrap();
                assert!(room >= 12.0, "{}: {room} at the {side}", scene.name);
            }
            let lines = without_codes(&shown(scene)).lines().count();
            assert_eq!(said("lines"), lines.to_string());
        }
    }
}
