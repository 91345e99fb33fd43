//! Panels with axes, one under the other, in a file of its own.

use super::{Array, Panel, Shading, shades};
use crate::axis::{Axis, Scale};
use crate::colormap::png_address;
use crate::figure::{Figure, Ink, Mark};
use crate::number::trimmed;
use crate::standalone::stacked;
use brinell_signal::Phrase;
use brinell_signal::pipeline::{self, Quantity};

const WIDTH: f64 = 1080.0;
/// Most points that are drawn as a line; longer series are drawn from the least to the greatest in slices.
const MOST: usize = 2000;
const SLICES: usize = 1000;

/// The file: every channel a panel with its title over it and its axes; images in the colours of viridis with one range for all
/// panels (powers in dB), series as lines.
pub fn svg(array: &Array) -> String {
    let panels = array.panels();
    let height = match (panels.len(), array.axes.len()) {
        (1, 1) => 300.0,
        (1, _) => 420.0,
        (_, 2) => 170.0,
        _ => 260.0,
    };
    let drawn = panels.iter().enumerate().map(|(at, panel)| figure(array, panel, at, height));
    stacked(&drawn.collect::<Vec<Figure>>())
}

fn figure(array: &Array, panel: &Panel<'_>, number: usize, height: f64) -> Figure {
    let range = array.range();
    let ends = range.map(f64::from);
    let unit = if array.unit.is_empty() { "Value".to_owned() } else { array.unit.clone() };
    let (x, y, mark, colour_bar) = match panel.axes {
        [rows, columns] => {
            let shading = Shading::of(array);
            let (height, pixels) = picture(panel, shading);
            let address = png_address(height, columns.values.len(), &pixels);
            let mark = address.map(|address| Mark::Picture { address, cells: None });
            let (ends, decibels) = shading.colour_bar();
            (cells(columns), row_cells(rows), mark, Some((ends, decibels.map_or(unit.into(), Phrase::from))))
        }
        axes => {
            let margin = 0.04 * (ends[1] - ends[0]).max(f64::MIN_POSITIVE);
            let y = Axis::new(unit, Scale::Linear, [ends[0] - margin, ends[1] + margin]);
            let places = &axes[0].values;
            let (first, last) = (places[0], places[places.len() - 1]);
            let x = Axis::new(axes[0].quantity.label(), Scale::Linear, [first.min(last), first.max(last)]);
            (x, y, Some(line(places, panel.values)), None)
        }
    };
    Figure {
        id: format!("panel-{number}"),
        title: panel.title.clone().into(),
        description: format!("{}, from {} to {}.", panel.title, range[0], range[1]).into(),
        size: [WIDTH, height],
        x,
        y,
        rails: Vec::new(),
        marks: mark.into_iter().collect(),
        legend: Vec::new(),
        colour_bar,
    }
}

fn line(places: &[f64], values: &[f32]) -> Mark {
    if values.len() <= MOST {
        let points = places.iter().zip(values).map(|(x, y)| [*x, f64::from(*y)]).collect();
        return Mark::Line { points, ink: Ink::Trace };
    }
    let slice = |i: usize| {
        let (start, end) = (i * values.len() / SLICES, (i + 1) * values.len() / SLICES);
        let part = values[start..end].iter().map(|v| f64::from(*v));
        let (low, high) =
            part.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        [(places[start] + places[end - 1]) / 2.0, low, high]
    };
    Mark::Area { points: (0..SLICES).map(slice).collect(), ink: Ink::Trace }
}

/// The axis of an image: from the outer edge of its first cell to that of its last one. Positions in equal
/// ratios are drawn as such; faults, and positions that are neither that nor evenly spaced, are the names of their
/// cells.
fn cells(axis: &pipeline::Axis) -> Axis {
    let values = &axis.values;
    let label = axis.quantity.label();
    let (first, last) = (values[0], values[values.len() - 1]);
    if axis.quantity == Quantity::Fault {
        let name = |value: &f64| {
            axis.quantity.name_of(*value as usize).map_or_else(|| trimmed(*value), Phrase::from)
        };
        return Axis::of_cells("Fault", values.iter().map(name).collect::<Vec<_>>());
    }
    let steps = (values.len() - 1) as f64;
    let near = |want: f64, got: f64, scale: f64| (want - got).abs() <= 0.02 * scale.abs();
    if values.len() == 1 {
        return Axis::new(label, Scale::Linear, [first - 0.5, first + 0.5]);
    }
    let step = (last - first) / steps;
    if values.iter().enumerate().all(|(i, v)| near(first + i as f64 * step, *v, step)) {
        let (low, high) = (first.min(last), first.max(last));
        return Axis::new(label, Scale::Linear, [low - step.abs() / 2.0, high + step.abs() / 2.0]);
    }
    if first > 0.0 && last > 0.0 {
        let ratio = (last / first).powf(1.0 / steps);
        let even = |(i, v): (usize, &f64)| near(first * ratio.powf(i as f64), *v, v * (ratio - 1.0));
        if values.iter().enumerate().all(even) {
            let edge = ratio.max(1.0 / ratio).sqrt();
            return Axis::new(label, Scale::Log, [first.min(last) / edge, first.max(last) * edge]);
        }
    }
    let mut names = values_as_names(values);
    // A picture's lower rows come last where its values fall, see `shades`.
    if first > last {
        names.reverse();
    }
    match axis.quantity {
        Quantity::Frequency | Quantity::ModulationFrequency => {
            Axis::of_cells(format!("{label} (middle of each cell)"), names)
        }
        _ => Axis::of_cells(label, names),
    }
}

/// Most of an image's height that is drawn in pixels where rows are unequally high.
const TALLEST: usize = 400;

/// Where rows that are a few cyclic frequencies end, the lowest edge first: in the middle between neighbours. Nothing
/// where they are evenly spaced, or a row would be too low to be seen.
fn row_edges(axis: &pipeline::Axis) -> Option<Vec<f64>> {
    let values = &axis.values;
    let kind = matches!(axis.quantity, Quantity::ModulationFrequency | Quantity::ModulationOrder);
    if !kind || values.len() < 2 || !values.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let (first, last) = (values[0], values[values.len() - 1]);
    let step = (last - first) / (values.len() - 1) as f64;
    let even = values.iter().enumerate().all(|(i, v)| (first + i as f64 * step - v).abs() <= 0.02 * step);
    if even && values.len() > 2 {
        return None;
    }
    let before = first - (values[1] - first) / 2.0;
    let after = last + (last - values[values.len() - 2]) / 2.0;
    let between = values.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    let edges: Vec<f64> = std::iter::once(before).chain(between).chain([after]).collect();
    let seen = |pair: &[f64]| (pair[1] - pair[0]) * TALLEST as f64 >= 4.0 * (after - before);
    edges.windows(2).all(seen).then_some(edges)
}

/// The axis of an image's rows.
fn row_cells(axis: &pipeline::Axis) -> Axis {
    let Some(edges) = row_edges(axis) else { return cells(axis) };
    let names = axis.values.iter().copied().zip(values_as_names(&axis.values)).collect::<Vec<_>>();
    Axis::of_places(axis.quantity.label(), [edges[0], edges[edges.len() - 1]], names)
}

/// Rows and shades of an image, the top row first, every row as high as its cell.
pub(super) fn picture(panel: &Panel<'_>, shading: Shading) -> (usize, Vec<u8>) {
    let (rows, columns) = (&panel.axes[0], panel.axes[1].values.len());
    let pixels = shades(panel, shading);
    let Some(edges) = row_edges(rows) else { return (rows.values.len(), pixels) };
    let (low, high) = (edges[0], edges[edges.len() - 1]);
    let inner = &edges[1..edges.len() - 1];
    let drawn = (0..TALLEST).flat_map(|line| {
        let place = high - (line as f64 + 0.5) / TALLEST as f64 * (high - low);
        let above = inner.iter().filter(|edge| **edge > place).count();
        pixels[above * columns..(above + 1) * columns].iter().copied()
    });
    (TALLEST, drawn.collect())
}

/// Values with as many decimals as their span asks for.
fn values_as_names(values: &[f64]) -> Vec<Phrase> {
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let decimals = (2.0 - (high - low).log10()).ceil().clamp(0.0, 6.0);
    let unit = 10f64.powf(decimals);
    values.iter().map(|v| trimmed((v * unit).round() / unit)).collect()
}
