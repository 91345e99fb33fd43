//! The table in Markdown, one line a figure.

use super::{NOT_FINISHED, NOT_MEASURED, Row, Side, Table};

const HEADS: [&str; 12] = [
    "protocol",
    "runs",
    "test bearings",
    "scored",
    "calibration",
    "figure",
    "unseen bearings, segments",
    "95 % interval",
    "leaky, segments",
    "unseen bearings, recordings",
    "95 % interval",
    "leaky, recordings",
];

impl Table {
    /// The table in Markdown, one line a figure.
    pub fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|{}\n", HEADS.join(" | "), "---|".repeat(HEADS.len()));
        for row in &self.rows {
            if !row.is_measured() {
                let planned =
                    row.own.runs.1.map_or_else(|| "0".to_owned(), |planned| format!("0 of {planned}"));
                let name = format!("{}: {}", row.experiment, row.own.name_with_leak());
                text.push_str(&format!("| {name} | {planned} | | | | {NOT_FINISHED} |{}\n", " |".repeat(6)));
            }
            for line in &row.figures {
                let cells: Vec<String> = [line.windows, line.recordings]
                    .iter()
                    .flat_map(|pair| row.cells(line.figure, pair))
                    .collect();
                text.push_str(&format!(
                    "| {}: {} | {} | {} | {} | {} | {} | {} |\n",
                    row.experiment,
                    row.both(Side::name_with_leak),
                    row.both(Side::runs_text),
                    row.both(Side::bearings_text),
                    row.both(Side::scored_text),
                    row.calibration.map_or("none", |method| method.name()),
                    line.figure,
                    cells.join(" | ")
                ));
            }
        }
        for row in &self.rows {
            if let Some((figure, why)) = row.unmeasured {
                let name = row.own.name_with_leak();
                text.push_str(&format!("\n{}: {name}: {figure} {NOT_MEASURED}: {why}.\n", row.experiment));
            }
            if let Some(sets) = row.sets_text() {
                text.push_str(&format!("\n{}: {}: {sets}.\n", row.experiment, row.own.name()));
            }
        }
        for note in self.notes() {
            text.push_str(&format!("\n{}\n", fenced(&note)));
        }
        text
    }
}

impl Row {
    /// A text of the honest side, and of the leaky one where it stands beside it.
    fn both(&self, text: impl Fn(&Side) -> String) -> String {
        match &self.leaky {
            Some(leaky) => format!("{}; leaky: {}", text(&self.own), text(leaky)),
            None => text(&self.own),
        }
    }
}

/// A note with its lines of TOML as code.
fn fenced(note: &str) -> String {
    match note.split_once('\n') {
        None => note.to_owned(),
        Some((said, lines)) => {
            let lines: Vec<&str> = lines.lines().map(str::trim_start).collect();
            format!("{said}\n\n```toml\n{}\n```", lines.join("\n"))
        }
    }
}
