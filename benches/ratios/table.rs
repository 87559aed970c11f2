//! The table, as Markdown that is also readable as it is.

use std::fmt;

use crate::Bench;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// What stands beside what.
    figure: String,
    guard: String,
    floor: String,
    /// What the goal is about; `None`: the floor is within the noise, or nothing could be measured.
    value: Option<f64>,
    /// Behind the value: nothing for a ratio.
    unit: &'static str,
    /// The goal, and what would be better still.
    goal: Option<[f64; 2]>,
    /// The ratio with cold caches.
    pub(crate) cold: Option<f64>,
}

impl Row {
    /// Two times in seconds: guard's, and what it is compared with.
    pub(crate) fn ratio(figure: String, [guard, floor]: [f64; 2], goal: Option<[f64; 2]>) -> Self {
        let value = (guard > 0.0 && floor > 0.0).then(|| guard / floor);
        let ms = |seconds: f64| format!("{} ms", digits(seconds * 1000.0));
        Self { figure, guard: ms(guard), floor: ms(floor), value, unit: "", goal, cold: None }
    }

    /// Two peaks of memory in bytes; the goal is in MiB.
    pub(crate) fn memory(figure: String, [guard, floor]: [f64; 2], goal: Option<[f64; 2]>) -> Self {
        let mib = |bytes: f64| bytes / f64::from(1 << 20);
        let shown = |bytes: f64| format!("{} MiB", digits(mib(bytes)));
        let (guard, floor, value) = (shown(guard), shown(floor), Some(mib(guard)));
        Self { figure, guard, floor, value, unit: " MiB", goal, cold: None }
    }

    /// A size in bytes; the goal is in MB.
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    pub(crate) fn size(figure: String, bytes: u64, goal: Option<[f64; 2]>) -> Self {
        let mb = bytes as f64 / 1e6;
        let (guard, floor) = (format!("{} MB", digits(mb)), String::new());
        Self { figure, guard, floor, value: Some(mb), unit: " MB", goal, cold: None }
    }

    /// What could not be measured.
    pub(crate) fn unknown(figure: String) -> Self {
        let [guard, floor] = [String::new(), String::new()];
        Self { figure, guard, floor, value: None, unit: "", goal: None, cold: None }
    }

    /// Can this be what was measured?
    pub(crate) fn is_sane(&self) -> bool {
        let sane = |value: f64| value.is_finite() && value > 0.0 && value < 1e6;
        self.value.is_none_or(sane)
    }

    fn cells(&self) -> [String; 7] {
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), digits);
        let goal = |at: usize| {
            let goal = self.goal.as_ref().and_then(|goals| goals.get(at));
            goal.map(|goal| format!("{goal}{}", self.unit)).unwrap_or_default()
        };
        let met = match (self.value, self.goal) {
            (Some(value), Some([_, stretch])) if value <= stretch => "far",
            (Some(value), Some([goal, _])) if value <= goal => "yes",
            (_, Some(_)) => "no",
            (_, None) => "",
        };
        let value =
            if self.unit.is_empty() || self.value.is_none() { number(self.value) } else { String::new() };
        let cold = self.cold.map(digits).unwrap_or_default();
        let goals = [goal(0), goal(1)].join(" · ");
        let goals = if self.goal.is_some() { goals } else { String::new() };
        [self.figure.clone(), self.guard.clone(), self.floor.clone(), value, cold, goals, met.to_owned()]
    }
}

/// Three digits that count.
fn digits(value: f64) -> String {
    match value.abs() {
        v if v >= 99.95 => format!("{value:.0}"),
        v if v >= 9.995 => format!("{value:.1}"),
        v if v >= 0.0995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// `1,000,000`
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// All lines, below what was measured and how.
pub(crate) struct Table<'a> {
    pub(crate) bench: &'a Bench,
    pub(crate) rows: &'a [Row],
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["figure", "guard", "beside", "ratio", "cold", "goal · stretch", "met"].map(str::to_owned);
        let rows: Vec<[String; 7]> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: [usize; 7] = std::array::from_fn(width);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        writeln!(f, "medians of {} runs each, in turn, on {cores} cores", self.bench.runs)?;
        writeln!(
            f,
            "cold: the ratio when packs, index and programs are read from the disk, {} runs\n",
            self.bench.cold_runs()
        )?;
        for (at, row) in rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(widths) {
                write!(f, "| {cell:<width$} ")?;
            }
            writeln!(f, "|")?;
            if at == 0 {
                let lines: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
                writeln!(f, "|{}|", lines.join("|"))?;
            }
        }
        Ok(())
    }
}
