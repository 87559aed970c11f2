//! A command line as a shell would split it: simple commands, their words, and the scripts inside of them.
//!
//! Nothing is expanded. `$x` stays as it is; what stands in `$(…)` and backticks is read as commands of its own. Text that
//! no shell would accept, or that nests deeper than anybody writes, is marked as such.

/// How deep `$(…)` and the like may nest.
const DEEPEST: usize = 24;

/// One simple command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Simple {
    /// Its words without quotes, assignments in front included.
    pub(super) words: Vec<String>,
    /// Files that its output is sent to.
    pub(super) writes: Vec<String>,
    /// What it is given to read: here-documents and here-strings.
    pub(super) reads: Vec<String>,
    /// Does it read what the command before it prints?
    pub(super) piped: bool,
}

/// All simple commands of a script.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Inner ones before those that they stand in.
    pub(super) commands: Vec<Simple>,
    /// It was not understood to its end.
    pub(super) unreadable: bool,
}

/// Reads a script.
pub(super) fn read(text: &str) -> Script {
    let mut parser = Parser { text, at: 0, depth: 0, script: Script::default() };
    parser.commands(None);
    parser.script
}

/// A here-document whose body is still to come.
struct Pending {
    end: String,
    tabs: bool,
}

#[derive(Default)]
struct Line {
    simple: Simple,
    pending: Vec<Pending>,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    script: Script,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        self.at += if found { what.len() } else { 0 };
        found
    }

    fn give_up(&mut self) {
        self.script.unreadable = true;
        self.at = self.text.len();
    }

    /// Reads commands up to `end`, or to the end of the text.
    fn commands(&mut self, end: Option<char>) {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.give_up();
        }
        let mut line = Line::default();
        // Here-documents begin below the line that announces them, whichever of its commands they belong to.
        let mut waiting: Vec<(Pending, usize)> = Vec::new();
        let mut piped = false;
        loop {
            let Some(c) = self.peek() else {
                if end.is_some() {
                    self.script.unreadable = true;
                }
                break;
            };
            match c {
                _ if Some(c) == end => {
                    self.take();
                    break;
                }
                '\n' => {
                    self.take();
                    self.finish(&mut line, &mut waiting, &mut piped);
                    self.bodies(&mut waiting);
                }
                c if c.is_whitespace() => {
                    self.take();
                }
                // A line that goes on below.
                '\\' if self.skip("\\\n") => {}
                '#' => {
                    let length = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.at += length;
                }
                '&' if self.rest().starts_with("&>") => {
                    self.take();
                }
                '|' if !self.rest().starts_with("||") => {
                    self.take();
                    self.skip("&");
                    self.finish(&mut line, &mut waiting, &mut piped);
                    piped = true;
                }
                ';' | '&' | '|' | ')' => {
                    self.take();
                    self.finish(&mut line, &mut waiting, &mut piped);
                }
                '(' if let Some(length) = self.arithmetic("((") => self.at += length,
                '(' => {
                    self.take();
                    self.finish(&mut line, &mut waiting, &mut piped);
                    self.commands(Some(')'));
                }
                '<' | '>' => self.redirect(&mut line),
                _ => {
                    let word = self.word();
                    line.simple.words.push(word);
                }
            }
        }
        // Here-documents that are still waiting are left to be read as commands, which refuses sooner.
        self.finish(&mut line, &mut waiting, &mut piped);
        self.depth = self.depth.saturating_sub(1);
    }

    fn finish(&mut self, line: &mut Line, waiting: &mut Vec<(Pending, usize)>, piped: &mut bool) {
        let Line { mut simple, pending } = std::mem::take(line);
        simple.piped = std::mem::take(piped);
        let number = self.script.commands.len();
        waiting.extend(pending.into_iter().map(|pending| (pending, number)));
        if simple != Simple::default() {
            self.script.commands.push(simple);
        }
    }

    /// The bodies of here-documents, to the commands that read them.
    fn bodies(&mut self, waiting: &mut Vec<(Pending, usize)>) {
        for (pending, number) in waiting.drain(..) {
            let mut body = String::new();
            loop {
                let length = self.rest().find('\n').map_or(self.rest().len(), |n| n + 1);
                if length == 0 {
                    break;
                }
                let line = self.rest().get(..length).unwrap_or_default().to_owned();
                self.at += length;
                let shown = if pending.tabs { line.trim_start_matches('\t') } else { line.as_str() };
                if shown.trim_end_matches(['\n', '\r']) == pending.end {
                    break;
                }
                body.push_str(&line);
            }
            if let Some(command) = self.script.commands.get_mut(number) {
                command.reads.push(body);
            }
        }
    }

    fn redirect(&mut self, line: &mut Line) {
        let blanks = |parser: &mut Self| while parser.skip(" ") || parser.skip("\t") {};
        if self.skip("<<<") {
            blanks(self);
            let word = self.word();
            line.simple.reads.push(word);
        } else if self.skip("<<") {
            let tabs = self.skip("-");
            blanks(self);
            let end = self.word();
            line.pending.push(Pending { end, tabs });
        } else if self.skip("<(") || self.skip(">(") {
            self.commands(Some(')'));
            line.simple.words.push("$".to_owned());
        } else if self.skip(">>") || self.skip(">|") || self.skip(">&") || self.skip(">") {
            blanks(self);
            let file = self.word();
            line.simple.writes.push(file);
        } else {
            self.take();
            self.skip("&");
            blanks(self);
            // A file that is only read.
            self.word();
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || ";&|<>()".contains(c) => break,
                '\'' => {
                    self.take();
                    let length = self.rest().find('\'');
                    let Some(length) = length else {
                        self.give_up();
                        break;
                    };
                    word.push_str(self.rest().get(..length).unwrap_or_default());
                    self.at += length + 1;
                }
                '"' => {
                    self.take();
                    self.double(&mut word);
                }
                '\\' => {
                    self.take();
                    match self.take() {
                        None | Some('\n') => {}
                        Some(c) => word.push(c),
                    }
                }
                '$' | '`' => self.dollar(&mut word, true),
                c => {
                    self.take();
                    word.push(c);
                }
            }
        }
        word
    }

    fn double(&mut self, word: &mut String) {
        loop {
            match self.peek() {
                None => return self.give_up(),
                Some('"') => {
                    self.take();
                    return;
                }
                Some('\\') => {
                    self.take();
                    match self.take() {
                        None | Some('\n') => {}
                        Some(c @ ('$' | '`' | '"' | '\\')) => word.push(c),
                        Some(c) => word.extend(['\\', c]),
                    }
                }
                Some('$' | '`') => self.dollar(word, false),
                Some(c) => {
                    self.take();
                    word.push(c);
                }
            }
        }
    }

    /// `$(…)`, `$((…))`, `` `…` ``, `$'…'`, `$x`.
    fn dollar(&mut self, word: &mut String, bare: bool) {
        if let Some(length) = self.arithmetic("$((") {
            self.at += length;
            word.push('$');
        } else if self.skip("$(") {
            self.commands(Some(')'));
            word.push('$');
        } else if self.skip("`") {
            self.backticks();
            word.push('$');
        } else if bare && self.skip("$'") {
            self.ansi(word);
        } else if bare && self.rest().starts_with("$\"") {
            self.take();
        } else if let Some(c) = self.take() {
            word.push(c);
        }
    }

    /// How long a calculation is that begins here: its `<<` announces no here-document.
    fn arithmetic(&self, open: &str) -> Option<usize> {
        const LONGEST: usize = 200;
        let rest = self.rest().strip_prefix(open)?;
        let mut depth = 0_usize;
        for (at, c) in rest.char_indices().take(LONGEST) {
            match c {
                ')' if depth == 0 => return rest.get(at..)?.starts_with("))").then_some(open.len() + at + 2),
                '(' => depth += 1,
                ')' => depth -= 1,
                c if c.is_ascii_alphanumeric() || " \t_$+-*/%<>=&|^~!?:,#{}[]".contains(c) => {}
                _ => return None,
            }
        }
        None
    }

    fn backticks(&mut self) {
        let mut inner = String::new();
        loop {
            match self.take() {
                None => return self.give_up(),
                Some('`') => break,
                Some('\\') => match self.take() {
                    Some(c @ ('`' | '\\' | '$')) => inner.push(c),
                    Some(c) => inner.extend(['\\', c]),
                    None => return self.give_up(),
                },
                Some(c) => inner.push(c),
            }
        }
        if self.depth >= DEEPEST {
            return self.give_up();
        }
        let mut parser = Parser { text: &inner, at: 0, depth: self.depth, script: Script::default() };
        parser.commands(None);
        self.script.commands.extend(parser.script.commands);
        self.script.unreadable |= parser.script.unreadable;
    }

    fn ansi(&mut self, word: &mut String) {
        loop {
            match self.take() {
                None => return self.give_up(),
                Some('\'') => return,
                Some('\\') => match self.take() {
                    Some('n') => word.push('\n'),
                    Some('t') => word.push('\t'),
                    Some('x') => self.number(word, 16, 2),
                    Some('u') => self.number(word, 16, 4),
                    Some(c) if c.is_digit(8) => {
                        self.at -= 1;
                        self.number(word, 8, 3);
                    }
                    Some(c) => word.push(c),
                    None => return self.give_up(),
                },
                Some(c) => word.push(c),
            }
        }
    }

    fn number(&mut self, word: &mut String, base: u32, most: usize) {
        let length = self.rest().chars().take(most).take_while(|c| c.is_digit(base)).count();
        let digits = self.rest().get(..length).unwrap_or_default();
        word.extend(u32::from_str_radix(digits, base).ok().and_then(char::from_u32));
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        read(text).commands.into_iter().map(|c| c.words).filter(|w| !w.is_empty()).collect()
    }

    #[test]
    fn what_no_shell_accepts_is_marked() {
        for text in ["'a", "\"a", "a $(b", "`a", "$'a", &"$(".repeat(100)] {
            assert!(read(text).unreadable, "{text}");
        }
        for text in ["a", "a 'b' \"c\"", "$(a)", "", "a # it's", "a\\"] {
            assert!(!read(text).unreadable, "{text}");
        }
    }

    #[test]
    fn words_and_commands_are_those_of_a_shell() {
        assert_eq!(
            words("a b && c;d|e&f\ng"),
            [vec!["a", "b"], vec!["c"], vec!["d"], vec!["e"], vec!["f"], vec!["g"]]
        );
        assert_eq!(words(r#"g'i't "co"mmit \-n"#), [["git", "commit", "-n"]]);
        assert_eq!(words(r"$'\x67it' $'\55n'"), [["git", "-n"]]);
        assert_eq!(words("a \"x$(b c)y\""), [vec!["b", "c"], vec!["a", "x$y"]]);
        assert_eq!(words("(a; b) > x"), [["a"], ["b"]]);
        assert_eq!(
            words("a `b \\`c\\``"),
            [["c", "$"].get(..1).unwrap().to_vec(), vec!["b", "$"], vec!["a", "$"]]
        );
        assert_eq!(words("a \\\n b"), [vec!["a", "b"]]);
    }

    #[test]
    fn a_here_document_belongs_to_its_command() {
        let script = read("cat <<'EOF' > x\nit's (a; b\nEOF\nsh <<-END | c\n\td\n\tEND\ne");
        let commands = script.commands;
        assert_eq!(commands[0].reads, ["it's (a; b\n"]);
        assert_eq!(commands[0].writes, ["x"]);
        assert_eq!(
            (commands[1].words.as_slice(), commands[1].reads.as_slice()),
            (&["sh".to_owned()][..], &["\td\n".to_owned()][..])
        );
        assert!(commands[2].piped && commands[3].words == ["e"]);
        let message = "git commit -m \"$(cat <<'EOF'\nT001: don't (\n\nEOF\n)\" && a";
        assert_eq!(words(message), [vec!["cat"], vec!["git", "commit", "-m", "$"], vec!["a"]]);
        assert!(!read(message).unreadable);
    }
}
