//! The table for a terminal of 100 columns.

use super::{NOT_FINISHED, NOT_MEASURED, Pair, Row, Side, Table};
use brinell_signal::counted;
use std::fmt;

const COLUMNS: usize = 100;
/// Lines that are set in so far are to be copied.
const CODE: usize = 4;

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:<17}{:<42}recordings", "", "segments")?;
        let level = format!("{:<14}{:<14}{:<14}", "unseen", "95 % interval", "leaky");
        writeln!(out, "{:<17}{level}{}", "", level.trim_end())?;
        for row in &self.rows {
            writeln!(out, "{} - {}", row.experiment, row.own.name_with_leak())?;
            for line in head(row) {
                writeln!(out, "{}", wrapped(&line))?;
            }
            for line in &row.figures {
                let level = |pair: &Pair| {
                    let [honest, interval, leaky] = row.cells(line.figure, pair);
                    format!("{honest:<13} {interval:<13} {leaky:<13} ")
                };
                let cells = format!("{}{}", level(&line.windows), level(&line.recordings));
                writeln!(out, "  {:<15}{}", line.figure, cells.trim_end())?;
            }
            if let Some((figure, why)) = row.unmeasured {
                writeln!(out, "  {figure:<15}{NOT_MEASURED}: {why}")?;
            }
        }
        for note in self.notes() {
            writeln!(out, "{}", note.lines().map(wrapped).collect::<Vec<String>>().join("\n"))?;
        }
        Ok(())
    }
}

/// What was measured by what.
fn head(row: &Row) -> Vec<String> {
    if !row.is_measured() {
        let planned = row
            .own
            .runs
            .1
            .map_or_else(|| "no run yet".to_owned(), |planned| format!("0 of {}", counted(planned, "run")));
        return vec![format!("  {NOT_FINISHED}: {planned}")];
    }
    let side = |own: &Side| {
        format!(
            "runs {}; {} classes; test bearings {}; scored {}",
            own.runs_text(),
            own.classes,
            own.bearings_text(),
            own.scored_text()
        )
    };
    let mut lines = vec![match row.own.leak {
        Some(_) => format!("  leaky: {}", side(&row.own)),
        None => format!("  unseen: {}", side(&row.own)),
    }];
    lines.extend(
        row.leaky.as_ref().map(|leaky| format!("  leaky: {}; {}", leaky.name_with_leak(), side(leaky))),
    );
    lines.push(format!("  {}", row.calibration_text()));
    lines.extend(row.sets_text().map(|text| format!("  {text}")));
    lines
}

/// A text in lines that fit, the further ones set in by two more than the first. Lines of code stay.
fn wrapped(text: &str) -> String {
    let words = text.trim_start();
    let indent = text.len() - words.len();
    if indent >= CODE {
        return text.to_owned();
    }
    let mut lines = vec![" ".repeat(indent)];
    let mut first = true;
    for word in words.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        if first {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= COLUMNS {
            line.push_str(&format!(" {word}"));
        } else {
            lines.push(format!("{}{word}", " ".repeat(if indent > 0 { indent + 2 } else { 0 })));
        }
        first = false;
    }
    lines.join("\n")
}
