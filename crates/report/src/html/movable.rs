//! What the script of a page needs to move its figures: areas, axes and curves as numbers, and the words that it
//! shows. The figures themselves are drawn already.

use super::script::json_block;
use crate::axis::{Axis, Quantity, Scale};
use crate::document::{Block, Document, Rhythms};
use crate::drawing::Layout;
use crate::figure::{Cells, Figure, Ink, MOST_POINTS, Mark, thin};
use crate::svg::identifier;
use base64::Engine as _;
use serde_json::{Map, Value, json};

/// The data of all figures of a document that can be moved, fit for an element of the page; `None` without any.
pub(super) fn data(document: &Document) -> Option<String> {
    let mut plots = Vec::new();
    for section in &document.sections {
        collect(&section.blocks, &mut plots);
    }
    let Rhythms { shaft_hz, combs } = &document.rhythms;
    let combs: Vec<Value> = combs
        .iter()
        .map(|(name, hz, spacing)| json!({ "name": name, "hz": hz, "spacing": spacing }))
        .collect();
    let words: Map<String, Value> =
        WORDS.iter().map(|(name, text)| ((*name).into(), document.language.wording(text).into())).collect();
    (!plots.is_empty())
        .then(|| json_block(&json!({ "words": words, "shaft": shaft_hz, "combs": combs, "plots": plots })))
}

fn collect(blocks: &[Block], plots: &mut Vec<Value>) {
    for block in blocks {
        match block {
            Block::Figure(figure, _) => plots.extend(plot(figure)),
            Block::Columns(columns) => columns.iter().for_each(|own| collect(own, plots)),
            Block::Answers(answers) => answers.iter().for_each(|(_, own)| collect(own, plots)),
            _ => {}
        }
    }
}

/// A figure over frequency or time with a curve or a picture; others stay still.
fn plot(figure: &Figure) -> Option<Value> {
    let (kind, step) = match figure.x.quantity()? {
        Quantity::Frequency { step } => ("frequency", step),
        Quantity::Time { step } => ("time", step),
    };
    let curves: Vec<Value> = figure.marks.iter().enumerate().filter_map(|(i, mark)| curve(i, mark)).collect();
    let cells = figure.marks.iter().find_map(|mark| match mark {
        Mark::Picture { cells, .. } => cells.as_ref(),
        _ => None,
    });
    if curves.is_empty() && cells.is_none() {
        return None;
    }
    let names: Vec<(f64, String)> =
        figure.y.names().iter().map(|(at, name)| (*at, name.to_string())).collect();
    let is_line = figure.marks.iter().any(|mark| matches!(mark, Mark::Line { .. }));
    Some(json!({
        "id": identifier(&figure.id),
        "area": Layout::new(figure).plot.area().map(|v| (v * 10.0).round() / 10.0),
        "x": { "kind": kind, "step": positive(step), "range": figure.x.range },
        "y": {
            "scale": scale(&figure.y),
            "range": figure.y.range,
            "unit": figure.y.unit().to_string(),
            // A ratio means something only of amplitudes, which begin at zero.
            "ratio": is_line,
            "names": names,
        },
        // Combs lie over lines of frequency, of one spectrum or of one after the other.
        "combs": kind == "frequency" && (is_line || matches!(figure.y.quantity(), Some(Quantity::Time { .. }))),
        "curves": curves,
        "cells": cells.map(picture),
    }))
}

fn positive(step: f64) -> f64 {
    if step.is_finite() && step > 0.0 { step } else { 1.0 }
}

fn scale(axis: &Axis) -> &'static str {
    match axis.scale {
        Scale::Linear => "linear",
        Scale::Log => "log",
    }
}

/// The measured curve first in a figure is the one that the cursor reads.
fn curve(i: usize, mark: &Mark) -> Option<Value> {
    match mark {
        Mark::Line { points, ink } => {
            let points = thin(points, MOST_POINTS);
            let [x, y] = [0, 1]
                .map(|axis| points.iter().map(|p| short(p[axis], 5 + 2 * (1 - axis))).collect::<Vec<_>>());
            Some(json!({ "mark": i, "ink": name(*ink)?, "x": x, "high": y }))
        }
        Mark::Area { points, ink } => {
            let points = points.iter().filter(|p| p.iter().all(|v| v.is_finite()));
            let [x, low, high] = [(0, 7), (1, 5), (2, 5)]
                .map(|(axis, digits)| points.clone().map(|p| short(p[axis], digits)).collect::<Vec<_>>());
            Some(json!({ "mark": i, "ink": name(*ink)?, "x": x, "low": low, "high": high }))
        }
        _ => None,
    }
}

fn name(ink: Ink) -> Option<&'static str> {
    match ink {
        Ink::Trace => Some("trace"),
        Ink::Second => Some("second"),
        Ink::Floor => Some("floor"),
        Ink::Threshold => Some("threshold"),
        _ => None,
    }
}

/// A number with so many digits: no more than was measured, so that pages stay small.
fn short(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

fn picture(cells: &Cells) -> Value {
    let columns = cells.levels.len() / cells.rows.max(1);
    json!({
        "rows": cells.rows,
        "columns": columns,
        "low": cells.ends[0],
        "high": cells.ends[1],
        "unit": cells.unit.to_string(),
        "levels": base64::engine::general_purpose::STANDARD.encode(&cells.levels),
    })
}

/// Every word that the script shows. Braces hold what it fills in.
pub(crate) const WORDS: [(&str, &str); 33] = [
    ("plot", "Interactive plot: {title}"),
    ("all", "All"),
    ("reset", "Show the whole plot (0)"),
    ("zoomIn", "Zoom in (+)"),
    ("zoomOut", "Zoom out (-)"),
    ("scaleTitle", "Scale of the amplitude: linear, logarithmic, decibels (L)"),
    ("linear", "Linear"),
    ("log", "Log"),
    ("decibel", "dB"),
    ("decibelAxis", "dB below the largest line"),
    ("harmonics", "Harmonics"),
    ("harmonicsTitle", "Mark the harmonics of the cursor (H)"),
    ("sidebands", "Sidebands"),
    ("sidebandsTitle", "Mark sidebands around the cursor (S)"),
    ("combTitle", "Mark the harmonics of {name} where they are expected"),
    ("keys", "Keys"),
    (
        "help",
        "Left and right move the cursor, with Shift ten times as far; Page Up and Page Down go to the next peak. Plus and minus zoom, 0 shows all, up and down stretch the amplitude, D sets a reference for differences, Escape clears. With the mouse: drag to zoom, click to hold the cursor, wheel to zoom once the plot was clicked, double click to show all.",
    ),
    (
        "spectralHelp",
        "Left and right move the cursor, with Shift ten times as far; Page Up and Page Down go to the next peak. H marks harmonics, S sidebands (comma and period change their distance), L changes the scale. Plus and minus zoom, 0 shows all, up and down stretch the amplitude, D sets a reference for differences, Escape clears. With the mouse: drag to zoom, drag a marker and all of its row move, click to hold the cursor, wheel to zoom once the plot was clicked, double click to show all.",
    ),
    ("idle", "Point at the plot, or press Tab and the arrow keys, to read it."),
    ("hertz", "{hz} Hz{order}, {cpm} CPM"),
    ("order", " = {n}\u{d7} shaft"),
    ("seconds", "{s} s{turns}"),
    ("turns", ", turn {n}"),
    ("amplitude", "{value} {unit} ({db} dB re largest)"),
    ("between", "{low} to {high} {unit}"),
    ("overFloor", "{db} dB over the floor"),
    ("second", "B {value}"),
    ("difference", "\u{394} {hz} Hz, one in {s} s"),
    ("timeDifference", "\u{394} {s} s, {hz} Hz"),
    ("harmonicReading", "harmonics, dB re largest: {levels}"),
    ("sidebandReading", "sidebands {hz} Hz apart{order}"),
    ("cell", "largest here {level} {unit} at {where} {of}"),
    ("namedCell", "largest here {level} {unit} at {name}"),
];
