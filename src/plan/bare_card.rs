//! Task cards that say too little in their front matter to be recognised by it alone: a name and a title, or only a
//! section such as `## Scope (allowed files)`. Plans of several tasks have such things too, so this is the last format
//! that is tried. What a card says is read as everywhere: see [`super::card`].

use super::{Format, card, yaml};

pub(super) const FORMAT: Format = Format {
    name: "bare-task-card",
    detect,
    certain: false,
    read: |path, text| card::card(path, text, FORMAT.name),
    locked: card::locked,
    grows: false,
    marks_new: false,
};

fn detect(path: &str, text: &str) -> Option<&'static str> {
    if !card::is_markdown(path) {
        return None;
    }
    let numbered = || yaml::has_key(text, &["phase"]) && yaml::has_key(text, &["plan"]);
    if (yaml::has_key(text, card::ID) && yaml::has_key(text, &["title"])) || numbered() {
        return Some("its front matter names one task");
    }
    let announces = |line: &str| line.starts_with('#') && card::announces_paths(line);
    text.lines().any(announces).then_some("it has a section such as `## Scope (allowed files)`")
}
