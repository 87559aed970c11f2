//! For machines: one object, as `report.schema.json` describes it.

use super::{Summary, contract};
use crate::report::{Style, json_text};

pub(super) fn write(summary: &Summary<'_>, _: Style) -> String {
    json_text(&contract::of(summary))
}
