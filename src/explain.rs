//! `guard explain`: a rule's own documentation.

use crate::error::{Error, Result};
use crate::rule::{self, RULES};

/// The explanation of one rule, or the list of all.
///
/// # Errors
/// There is no such rule.
pub fn run(name: Option<&str>) -> Result<String> {
    let Some(name) = name else { return Ok(list()) };
    if let Some(rule) = rule::by_name(name) {
        let level = rule.level.as_str();
        let doors = if rule.push_only { ", at the push doors only" } else { "" };
        let text = rule.explanation();
        return Ok(format!("# {} [{level}{doors}]\n\n{}\n", rule.name, text.trim_end()));
    }
    let near = RULES.iter().map(|r| r.name).min_by_key(|n| strsim::damerau_levenshtein(n, name));
    let error = Error::usage(format!("there is no rule called {name:?}"));
    Err(match near {
        Some(near) if strsim::damerau_levenshtein(near, name) <= 3 => {
            error.help(format!("guard explain {near}"))
        }
        _ => error.help("guard explain                 lists them all"),
    })
}

fn list() -> String {
    let mut text =
        String::from("Rules, their default levels, and what they want (guard explain <rule> says more):\n\n");
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in RULES {
        let level = format!("[{}]", rule.level.as_str());
        text.push_str(&format!("  {:<width$} {level:<7} {}\n", rule.name, rule.summary()));
    }
    text
}
