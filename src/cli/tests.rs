use clap::Command;

use super::commands::{all, examples};

/// Every command and subcommand that a person can see, with its whole name.
fn walk() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    let mut todo = vec![("guard".to_owned(), all())];
    while let Some((name, command)) = todo.pop() {
        let below = command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help");
        todo.extend(below.map(|c| (format!("{name} {}", c.get_name()), c.clone())));
        found.push((name, command));
    }
    assert!(found.len() > 15, "the tree of commands is walked: {}", found.len());
    found
}

/// The words of a line as a shell makes them of it: quotes, and what starts another command ends this one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    let end = words.iter().position(|w| ["&&", "|", ">", "<", ">>"].contains(&w.as_str()));
    words.truncate(end.unwrap_or(words.len()));
    words.retain(|w| !w.is_empty());
    words
}

/// What is wrong with a command's examples.
fn trouble(name: &str, command: &Command) -> Vec<String> {
    let own = examples(command);
    let mut wrong = Vec::new();
    if !own.iter().any(|line| line.starts_with(name)) && name != "guard" {
        wrong.push(format!("{name} --help shows no line that starts with {name}"));
    }
    if own.is_empty() {
        wrong.push(format!("{name} --help has no example"));
    }
    for line in own {
        for part in line.split(" && ").filter(|part| part.starts_with("guard ")) {
            if let Err(e) = all().try_get_matches_from(words(part)) {
                wrong.push(format!("{name} --help: `{part}` does not parse: {e}"));
            }
        }
    }
    wrong
}

#[test]
fn a_command_without_an_example_or_with_a_wrong_one_is_seen() {
    let command = |help: &'static str| Command::new("next").after_help(help);
    assert_eq!(trouble("guard next", &Command::new("next")).len(), 2);
    assert_eq!(trouble("guard next", &command("Ask it anything.")).len(), 2);
    assert_eq!(trouble("guard next", &command("Example:\n  guard status")).len(), 1);
    assert_eq!(trouble("guard next", &command("Example:\n  guard next --frobnicate")).len(), 1);
    assert_eq!(trouble("guard next", &command("Examples:\n  guard next\n  guard nxt")).len(), 1);
    assert_eq!(trouble("guard next", &command("Examples:\n  guard next --all > 'a b'")), [""; 0]);
    assert_eq!(words("guard x 'a b'  \"c\" | dot"), ["guard", "x", "a b", "c"]);
}

#[test]
fn every_command_has_examples_that_parse() {
    let wrong: Vec<String> = walk().iter().flat_map(|(name, command)| trouble(name, command)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_and_argument_says_what_it_is_about() {
    for (name, command) in walk() {
        assert!(command.get_about().is_some(), "{name}");
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            assert!(arg.get_help().is_some(), "{name}: {}", arg.get_id());
        }
    }
}

#[test]
fn the_tree_of_commands_is_well_formed() {
    all().debug_assert();
}
