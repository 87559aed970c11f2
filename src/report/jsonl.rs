//! For machines that read line by line: an object a line, each with `version` and `type`. First every `finding`, then one
//! `summary`; or one `error` when nothing was judged. The fields are those of the `json` format.

use serde_json::{Value, json};

use super::json::{VERSION, error_fields, finding, inert, totals};
use super::{Outcome, Style};

/// One object a line.
pub(super) fn verdict(outcome: Outcome<'_>, _: Style) -> String {
    let lines = match outcome {
        Ok(verdict) => {
            let mut lines: Vec<String> =
                verdict.findings.iter().map(|f| line("finding", finding(f))).collect();
            lines.push(line("summary", totals(verdict)));
            lines
        }
        Err(error) => vec![line("error", json!({"error": error_fields(error)}))],
    };
    lines.concat()
}

fn line(kind: &str, fields: Value) -> String {
    let mut object = json!({"version": VERSION, "type": kind});
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        object.extend(fields);
    }
    inert(&format!("{object}\n"))
}
