//! Each way to refuse a policy, with its exact words and place.

use super::*;
use crate::error::Kind;

/// Place and message, then the help, as a person sees them.
fn refusal(text: &str) -> (String, String) {
    let error = read(text).expect_err(text);
    assert_eq!(error.kind(), Kind::Policy);
    (error.to_string(), error.help_lines().join("\n"))
}

#[track_caller]
fn refused(table: &[(&str, &str, &str)]) {
    for (text, message, help) in table {
        let (found, found_help) = refusal(text);
        assert_eq!(found, format!("guard.toml:{message}"), "{text}");
        assert_eq!(found_help, *help, "{text}");
    }
}

#[test]
fn text_that_is_no_toml_is_refused() {
    let mend = "mend the syntax at that place";
    refused(&[
        ("a = ", "1:5: not valid TOML: string values must be quoted, expected literal string", mend),
        ("version = 1\n[task\n", "2:6: not valid TOML: unclosed table, expected `]`", mend),
        ("\n[task]\nid = 'a'\nid = 'b'\n", "4:1: not valid TOML: duplicate key", mend),
        (
            "version = 1\r\n\r\nä = 1",
            "3:1: not valid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`",
            mend,
        ),
    ]);
    let utf16 = parse("p", b"\xff\xfev\0", &[]).unwrap_err();
    assert_eq!(utf16.to_string(), "p:1:1: not UTF-8 text");
    let late = parse(
        "p",
        "version = 1\n# ä".as_bytes().iter().chain(b"\xc3(").copied().collect::<Vec<_>>().as_slice(),
        &[],
    );
    assert_eq!(late.unwrap_err().to_string(), "p:2:4: not UTF-8 text");
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    refused(&[
        ("enforec = {}", "1:1: unknown key \"enforec\"", "did you mean enforce?"),
        ("\n[gates]", "2:2: unknown key \"gates\"", "did you mean gate?"),
        (
            "color = 1",
            "1:1: unknown key \"color\"",
            "the policy file knows: version, enforce, task, plan, rollback, scope, log, rules, governance, regression, docs-sync, gate, overlay",
        ),
        ("[enforce]\nbranch = []", "2:1: unknown key \"branch\" in [enforce]", "did you mean branches?"),
        ("[enforce]\nx = 1", "2:1: unknown key \"x\" in [enforce]", "[enforce] knows: branches, when"),
        (
            "[governance]\npaths = 1",
            "2:1: unknown key \"paths\" in [governance]",
            "[governance] knows: sensitive, documents",
        ),
        ("[regression]\ntest = 1", "2:1: unknown key \"test\" in [regression]", "did you mean tests?"),
        (
            "[[docs-sync]]\nif = 1\nwhen = ['a']\nthen = ['b']",
            "2:1: unknown key \"if\" in [[docs-sync]]",
            "[[docs-sync]] knows: when, then",
        ),
        ("docs_sync = []", "1:1: unknown key \"docs_sync\"", "did you mean docs-sync?"),
        ("[task]\ncarried-in = 1", "2:1: unknown key \"carried-in\" in [task]", "did you mean carried_in?"),
        ("[plan]\nrecord = 1", "2:1: unknown key \"record\" in [plan]", "did you mean records?"),
        (
            "rollback.maxdistance = 1",
            "1:10: unknown key \"maxdistance\" in [rollback]",
            "did you mean max_distance?",
        ),
        ("[scope]\nFrozen = 1", "2:1: unknown key \"Frozen\" in [scope]", "did you mean frozen?"),
        ("[[gate]]\ncmd = 'x'", "1:1: this gate has no name", "add a line such as name = \"tests\""),
        (
            "[[gate]]\nname = 'a'\nrun = 'b'\n  time_out = 1",
            "4:3: unknown key \"time_out\" in [[gate]]",
            "did you mean timeout?",
        ),
        ("[rules]\nscop = 'off'", "2:1: there is no rule \"scop\"", "did you mean scope?"),
        (
            "[rules]\n\"no such\" = 'off'",
            "2:1: there is no rule \"no such\"",
            "the rules are: task-id, scope, rollback, regression",
        ),
    ]);
    let long = "k".repeat(1 << 17);
    let (message, _) = refusal(&format!("{long} = 1"));
    assert_eq!(message, format!("guard.toml:1:1: unknown key \"{}…\"", "k".repeat(30)));
}

#[test]
fn values_of_another_type_are_refused() {
    refused(&[
        (
            "enforce = 1",
            "1:11: enforce must be a table, not a whole number",
            "write [enforce] on a line of its own, and its keys below",
        ),
        (
            "[enforce]\nbranches = 'main'",
            "2:12: enforce.branches must be a list of strings, not a string",
            "write branches = [\"main\"]",
        ),
        (
            "[enforce]\nbranches = 7",
            "2:12: enforce.branches must be a list of strings, not a whole number",
            "write branches = [\"…\"]",
        ),
        (
            "[enforce]\nbranches = ['a', 2.5]",
            "2:18: every entry of enforce.branches must be a string, not a decimal number",
            "put it in quotes",
        ),
        (
            "[enforce]\nwhen = 2026-01-01",
            "2:8: enforce.when must be a string, not a date",
            "valid are: always, plan",
        ),
        (
            "[task]\nseveral = 'yes'",
            "2:11: task.several must be true or false, not a string",
            "write several = true or several = false",
        ),
        ("[task]\nid = ['T1']", "2:6: task.id must be a string, not a list", "put it in quotes"),
        (
            "[task]\ncarried_in = [true]",
            "2:15: every entry of task.carried_in must be a string, not true or false",
            "valid are: subject, scope, parentheses, trailer",
        ),
        (
            "[rollback]\nmax_distance = '9'",
            "2:16: rollback.max_distance must be a whole number, not a string",
            "write max_distance = 100000, for example",
        ),
        (
            "[rules]\nscope = false",
            "2:9: rules.scope must be a string, not true or false",
            "valid are: deny, warn, off",
        ),
        (
            "[gate]\nname = 'x'",
            "1:1: gate must be a list of tables",
            "write [[gate]] with two brackets on each side, once for each gate",
        ),
        (
            "[docs-sync]\nwhen = ['a']",
            "1:1: docs-sync must be a list of tables",
            "write [[docs-sync]] with two brackets on each side, once for each pair",
        ),
        (
            "gate = [1]",
            "1:9: every entry of gate must be a table, not a whole number",
            "write [[gate]] on a line of its own, and its keys below",
        ),
        (
            "overlay.a = 1",
            "1:13: overlay.a must be a table, not a whole number",
            "write [overlay.\"path of a plan\"] on a line of its own, and its keys below",
        ),
        (
            "[overlay.'a.md']\n1.2 = ['x']",
            "2:1: overlay.\"a.md\".1 must be a list of patterns, not a table",
            "put a Task ID with a dot in quotes: \"1.2\" = [\"src/a.rs\"]",
        ),
    ]);
}

#[test]
fn values_outside_their_range_are_refused() {
    let example = "for example: subject = \"rollback: before executing plan <topic>\"";
    let distance = "write max_distance = 100000, for example";
    refused(&[
        ("[enforce]\nwhen = 'alway'", "2:8: enforce.when cannot be \"alway\"", "valid are: always, plan"),
        (
            "[task]\ncarried_in = ['subject', 'body']",
            "2:26: task.carried_in cannot hold \"body\"",
            "valid are: subject, scope, parentheses, trailer",
        ),
        ("[plan]\ntrust = ''", "2:9: plan.trust cannot be \"\"", "valid are: rollback, base"),
        ("[rollback]\nper = 'PLAN'", "2:7: rollback.per cannot be \"PLAN\"", "valid are: plan, task"),
        (
            "[rollback]\ncarries = 'x'",
            "2:11: rollback.carries cannot be \"x\"",
            "valid are: records, anything",
        ),
        ("[rules]\nscope = 'error'", "2:9: rules.scope cannot be \"error\"", "valid are: deny, warn, off"),
        (
            "[rollback]\nmax_distance = 0",
            "2:16: rollback.max_distance is 0, but must be from 1 to 100000",
            distance,
        ),
        (
            "[rollback]\nmax_distance = -1",
            "2:16: rollback.max_distance is -1, but must be from 1 to 100000",
            distance,
        ),
        (
            "[rollback]\nmax_distance = 100_001",
            "2:16: rollback.max_distance is 100001, but must be from 1 to 100000",
            distance,
        ),
        ("[rollback]\nsubject = 'rollback'", "2:11: rollback.subject has no <topic>", example),
        (
            "[rollback]\nsubject = '<topic> <topic>'",
            "2:11: rollback.subject has more than one <topic>",
            example,
        ),
        (
            "[rollback]\nsubject = '<topic>'",
            "2:11: rollback.subject would make every commit a rollback commit",
            example,
        ),
        (
            "[rollback]\nsubject = 'a <topic> '",
            "2:11: rollback.subject starts or ends with a space, which git takes away",
            example,
        ),
        (
            "[rollback]\nsubject = \"a <topic>\\n\"",
            "2:11: rollback.subject must be one line without control characters",
            example,
        ),
        (
            "[rollback]\nsubject = \"a\\r<topic>\"",
            "2:11: rollback.subject must be one line without control characters",
            example,
        ),
        (
            "[task]\nid = '('",
            "2:6: task.id is not a valid regular expression: unclosed group",
            r"for example: id = 'T\d{3,}[a-z]?'",
        ),
        ("[task]\nid = ''", "2:6: task.id can match the empty string", r"for example: id = 'T\d{3,}[a-z]?'"),
        (
            "[task]\nid = '.+'",
            "2:6: task.id can match spaces, control characters or non-ASCII characters",
            r"name what an ID may hold, such as [A-Za-z0-9._-]+ instead of .+, \S+ or [^:]+",
        ),
    ]);
}

#[test]
fn lists_that_say_nothing_or_nonsense_are_refused() {
    refused(&[
        (
            "[enforce]\nbranches = []",
            "2:12: enforce.branches is empty",
            "name the branches to judge, such as [\"main\"], or leave the key out to judge all",
        ),
        (
            "[enforce]\nbranches = ['!wip/**']",
            "2:12: enforce.branches only excludes, so that nothing is left",
            "add \"**\", from which the patterns with ! are then taken away",
        ),
        (
            "[task]\ncarried_in = []",
            "2:14: task.carried_in is empty",
            "write carried_in = [\"subject\"], or leave the key out",
        ),
        (
            "[plan]\npaths = []",
            "2:9: plan.paths is empty",
            "name where plans live, such as [\"plans/**\"], or leave the key out",
        ),
        (
            "[scope.companions]\n'a.toml' = []",
            "2:12: scope.companions.\"a.toml\" is empty",
            "name the lock files to add; the built-in ones cannot be taken away",
        ),
        (
            "[scope.companions]\n'a/b' = ['c']",
            "2:1: scope.companions.\"a/b\": \"a/b\" is not the name of a file",
            "write the name alone; the pair holds in every directory",
        ),
        (
            "[scope.companions]\na = ['c', '..']",
            "2:11: scope.companions.a: \"..\" is not the name of a file",
            "write the name alone; the pair holds in every directory",
        ),
        (
            "[governance]\ndocuments = []",
            "2:13: governance.documents is empty",
            "name the documents, or leave the key out; without sensitive paths none is asked for",
        ),
        (
            "[governance]\ndocuments = ['a.md', 'b/c.md']",
            "2:22: governance.documents: \"b/c.md\" is not the name of a file",
            "write the name alone; it may lie in any folder of the records",
        ),
        (
            "[regression]\ntests = []",
            "2:9: regression.tests is empty",
            "leave the key out for the usual ones, or set regression = \"off\" in [rules]",
        ),
        (
            "[[docs-sync]]\nwhen = ['a']\nthen = []",
            "3:8: docs-sync.then is empty",
            "name paths of both sides, or leave the pair out",
        ),
        (
            "[[docs-sync]]\nwhen = ['a']\nthen = ['b']\n[[docs-sync]]\nwhen = ['a']",
            "4:1: this pair has no then",
            "add a line such as then = [\"README.md\"]",
        ),
        (
            "\n[[docs-sync]]\nthen = ['a']",
            "2:1: this pair has no when",
            "add a line such as when = [\"src/cli/**\"]",
        ),
        (
            "[overlay.'/a.md']",
            "1:10: overlay: \"/a.md\" is not the path of a plan",
            "write its path from the root of the repository, such as \"plans/auth.md\"",
        ),
        (
            "[overlay.\"a\\n\"]",
            "1:10: overlay: \"a\n\" is not the path of a plan",
            "write its path from the root of the repository, such as \"plans/auth.md\"",
        ),
        (
            "[overlay.'a.md']\n'T 1' = ['x']",
            "2:1: \"T 1\" is not a Task ID",
            "write the ID as the plan does, in printable ASCII without spaces",
        ),
    ]);
}

#[test]
fn bad_patterns_are_refused_with_the_pattern_s_own_words() {
    for (text, place, name, pattern) in [
        ("[enforce]\nbranches = ['main', '']", "2:21", "enforce.branches", ""),
        ("[plan]\npaths = [\n  '../x',\n]", "3:3", "plan.paths", "../x"),
        ("plan.records = ['/x']", "1:17", "plan.records", "/x"),
        ("scope.protected = ['/x']", "1:20", "scope.protected", "/x"),
        ("scope.frozen = ['/x']", "1:17", "scope.frozen", "/x"),
        ("governance.sensitive = ['/x']", "1:25", "governance.sensitive", "/x"),
        ("regression.code = ['a', '/x']", "1:25", "regression.code", "/x"),
        ("[[docs-sync]]\nwhen = ['/x']\nthen = ['a']", "2:9", "docs-sync.when", "/x"),
        ("overlay.a.T1 = ['/x']", "1:17", "overlay.a.T1", "/x"),
        ("[[gate]]\nname='a'\nrun='b'\npaths = ['/x']", "4:10", "gate.paths", "/x"),
    ] {
        let bad = crate::pattern::Pattern::parse(pattern).unwrap_err();
        let (message, help) = refusal(text);
        assert_eq!(message, format!("guard.toml:{place}: {name}: {}", bad.message), "{text}");
        assert_eq!(help, bad.help, "{text}");
    }
}

#[test]
fn gates_that_cannot_be_run_or_told_apart_are_refused() {
    let plain = "write it as plain text";
    refused(&[
        ("\n[[gate]]\nrun = 'x'", "2:1: this gate has no name", "add a line such as name = \"tests\""),
        ("[[gate]]\nname = 'x'", "1:1: this gate has no run", "add a line such as run = \"make test\""),
        ("[[gate]]\nname = ' '\nrun = 'x'", "2:8: gate.name is empty", plain),
        ("[[gate]]\nname = \"a\\nb\"\nrun = 'x'", "2:8: gate.name holds a control character", plain),
        ("[[gate]]\nname = 'a'\nrun = \"\\u0000\"", "3:7: gate.run holds a control character", plain),
        (
            "[[gate]]\nname = 'a'\nrun = 'x'\n[[gate]]\nrun = 'y'\nname = 'a'",
            "6:8: there are two gates named \"a\"",
            "give each gate a name of its own",
        ),
        (
            "[[gate]]\nname = 'a'\nrun = 'x'\npaths = []",
            "4:9: gate.paths is empty",
            "leave the key out, and the gate is for every task",
        ),
        (
            "[[gate]]\nname = 'a'\nrun = 'x'\ntimeout = 0",
            "4:11: gate.timeout is 0, but must be from 1 to 86400",
            "write timeout = 86400, for example",
        ),
        (
            "[[gate]]\nname = 'a'\nrun = 'x'\nphase = 'tests'",
            "4:9: gate.phase cannot be \"tests\"",
            "valid are: test, implementation, validation-support",
        ),
    ]);
}

#[test]
fn another_version_comes_before_all_else() {
    let message = "this guard reads version 1 of the policy file, and this is another";
    let help = "update guard, or write version = 1";
    refused(&[
        ("version = 2", &format!("1:11: {message}"), help),
        ("version = '1'", &format!("1:11: {message}"), help),
        ("new_key = 1\nversion = 0x2\n", &format!("2:11: {message}"), help),
    ]);
}

#[test]
fn the_first_problem_in_the_document_is_the_one_reported() {
    // Tables sort as: enforce, rules, task.
    refused(&[
        (
            "[task]\nx = 1\n[enforce]\ny = 1",
            "2:1: unknown key \"x\" in [task]",
            "[task] knows: id, carried_in, several",
        ),
        (
            "task.several = 1\nenforce.x = 1\ntask.y = 1",
            "1:16: task.several must be true or false, not a whole number",
            "write several = true or several = false",
        ),
        (
            "[scope.companions]\na = 1\n[rules]\nb = 'off'\n[scope]\nc = 1",
            "2:5: scope.companions.a must be a list of strings, not a whole number",
            "write a = [\"…\"]",
        ),
        (
            "[scope.companions]\na = ['b']\n[rules]\nb = 'off'\n[scope]\nc = 1",
            "4:1: there is no rule \"b\"",
            "the rules are: task-id, scope, rollback, regression",
        ),
    ]);
}
