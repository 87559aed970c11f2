//! Readers of what guard writes, by the rules of those who read it.

/// A workflow command, as GitHub's runner takes a line apart.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) name: String,
    properties: Vec<(String, String)>,
    pub(super) data: String,
}

impl Command {
    pub(super) fn property(&self, name: &str) -> Option<String> {
        self.properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

pub(super) fn command(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let pair = |text: &str| {
        let (key, value) = text.split_once('=').unwrap();
        let value = value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        (key.to_owned(), value.replace("%25", "%"))
    };
    Some(Command {
        name: name.to_owned(),
        properties: properties.split(',').map(pair).collect(),
        data: data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
    })
}

pub(super) fn percent_decoded(uri: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = uri.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            assert!(byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte), "{uri}");
            out.push(byte);
        }
    }
    out
}

/// What XML 1.0 can say of a text: two characters that it has no way to write are named instead.
pub(super) fn of_xml(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// An element with all text in it.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

/// A strict reader for elements, attributes and the five entities; anything else is no XML that guard writes.
pub(super) fn xml(text: &str) -> Result<Vec<Element>, String> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    if let Some(c) = text.chars().find(|c| !allowed(*c)) {
        return Err(format!("{c:?} is no character of XML 1.0"));
    }
    let mut rest =
        text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").ok_or("no declaration")?;
    let (mut all, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    while let Some((before, after)) = rest.split_once('<') {
        if before.contains("]]>") {
            return Err("]]> in text".to_owned());
        }
        let said = unescaped(before)?;
        open.iter().for_each(|at| all[*at].text.push_str(&said));
        let (tag, after) = after.split_once('>').ok_or("a tag without an end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let at = open.pop().ok_or("nothing is open")?;
            if all[at].name != name {
                return Err(format!("</{name}> closes <{}>", all[at].name));
            }
            continue;
        }
        let alone = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, mut pairs) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while !pairs.trim().is_empty() {
            let (key, after) = pairs.trim().split_once("=\"").ok_or(pairs)?;
            let (value, after) = after.split_once('"').ok_or(pairs)?;
            attributes.push((key.to_owned(), unescaped(value)?));
            pairs = after;
        }
        if !alone {
            open.push(all.len());
        }
        all.push(Element { name: name.to_owned(), attributes, text: String::new() });
    }
    if open.is_empty() && rest.trim().is_empty() {
        Ok(all)
    } else {
        Err(format!("not closed, or {rest:?} behind"))
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or("a bare &")?;
        out.push_str(match name {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" | "#39" => "'",
            other => return Err(format!("&{other};")),
        });
        out.push_str(rest);
    }
    Ok(out)
}
