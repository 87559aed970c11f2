//! The HTML report in a real browser: it needs nothing from elsewhere, fits a phone, and is dark where that is wanted.

use std::path::Path;

use crate::chromium::{browse, chromium};
use crate::harness::Repo;
use crate::machines::hostile;
use crate::world::World;

/// Puts the report into a frame of a width of its own and says what came of it. The report itself has no script.
const FRAME: &str = r#"<!doctype html><body><iframe id="f" style="width:WIDTHpx;height:800px;border:0"></iframe><pre id="said"></pre>
<script>
const f = document.getElementById('f');
f.onload = () => {
  const d = f.contentDocument, s = (e) => f.contentWindow.getComputedStyle(e);
  if (!d.querySelector('main')) return;
  const widest = Math.max(...[...d.querySelectorAll('body *')].filter(e => !e.closest('thead')).map(e => e.getBoundingClientRect().right));
  document.getElementById('said').textContent = ['width=' + d.documentElement.scrollWidth, 'widest=' + Math.ceil(widest),
    'back=' + s(d.body).backgroundColor, 'ink=' + s(d.body).color, 'sections=' + d.querySelectorAll('section').length,
    'boxes=' + d.querySelectorAll('svg.graph rect').length, 'edges=' + d.querySelectorAll('svg.graph path').length,
    'events=' + d.querySelectorAll('.timeline li').length, 'scripts=' + d.scripts.length,
    'images=' + d.images.length, 'fetched=' + f.contentWindow.performance.getEntriesByType('resource').length].join('\n');
};
f.src = 'report.html';
</script></body>"#;

/// What the frame said of `key`.
fn said(text: &str, key: &str) -> String {
    let found = text
        .split('\n')
        .find_map(|line| line.split("<pre id=\"said\">").last()?.strip_prefix(&format!("{key}=")));
    found.unwrap_or_else(|| panic!("no {key} in {text}")).split('<').next().unwrap().to_owned()
}

fn frame(browser: &Path, repo: &Repo, width: usize, more: &[&str]) -> String {
    let page = repo.write("../page/frame.html", FRAME.replace("WIDTH", &width.to_string()));
    browse(browser, repo, &page, &[&["--dump-dom", "--window-size=1400,900"], more].concat())
}

#[test]
fn a_browser_shows_it_on_a_phone_on_a_desk_and_in_the_dark() {
    let Some(browser) = chromium() else { return };
    for world in [World::finished(), hostile()] {
        let repo = &world.repo;
        repo.guard(&["report", "--output", "../page/report.html"]).ok();
        for width in [360, 1280] {
            let text = frame(&browser, repo, width, &["--blink-settings=preferredColorScheme=1"]);
            for key in ["width", "widest"] {
                let wide: usize = said(&text, key).parse().unwrap();
                assert!(wide <= width, "{key} is {wide} at {width}");
            }
            assert_eq!((said(&text, "boxes"), said(&text, "edges")), ("3".into(), "2".into()));
            assert!(said(&text, "sections").parse::<usize>().unwrap() > 6);
            assert!(said(&text, "events").parse::<usize>().unwrap() > 5);
            // Nothing ran, nothing was fetched, whatever the texts wanted.
            assert_eq!(
                [said(&text, "scripts"), said(&text, "images"), said(&text, "fetched")],
                ["0", "0", "0"]
            );
            assert_eq!(said(&text, "back"), "rgb(255, 255, 255)");
        }
        let text = frame(&browser, repo, 360, &["--blink-settings=preferredColorScheme=0"]);
        assert_eq!(
            (said(&text, "back"), said(&text, "ink")),
            ("rgb(13, 17, 23)".into(), "rgb(230, 237, 243)".into())
        );
    }
}

#[test]
fn a_browser_paints_it() {
    let Some(browser) = chromium() else { return };
    let world = World::finished();
    let page = world.repo.root().join("page/report.html");
    world.repo.guard(&["report", "--output", page.to_str().unwrap()]).ok();
    let picture = world.repo.root().join("page/report.png");
    let shot = format!("--screenshot={}", picture.display());
    browse(&browser, &world.repo, &page, &[&shot, "--window-size=1280,900"]);
    let png = std::fs::read(&picture).unwrap();
    assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000, "{} bytes", png.len());
}
