//! A figure as data: what is drawn, in the units of its axes. Renderers turn it into marks on a page.

use crate::axis::Axis;
use brinell_signal::{FaultKind, Phrase};

/// Most points of one line in a figure; longer ones are thinned to the extremes of equal slices.
pub(crate) const MOST_POINTS: usize = 4000;

/// One picture: axes, marks, and the words that stand for it when it cannot be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Identifier in the page: ASCII letters, digits and dashes, unique in it.
    pub id: String,
    /// Short title.
    pub title: Phrase,
    /// What the figure shows, in words, for readers who cannot see it.
    pub description: Phrase,
    /// Size in pixels at 100 %: width, height.
    pub size: [f64; 2],
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Rows above the plot that carry markers, from the top.
    pub rails: Vec<Rail>,
    /// Marks in the plot, drawn in order.
    pub marks: Vec<Mark>,
    /// What needs explaining, drawn under the plot: mark and its name.
    pub legend: Vec<(Mark, Phrase)>,
    /// Colour bar at the right: values at its lower and upper end, and its label.
    pub colour_bar: Option<([f64; 2], Phrase)>,
}

/// A row above the plot with markers at positions of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Rail {
    /// Name at the left of the row.
    pub label: Phrase,
    /// Colour and marker.
    pub ink: Ink,
    /// Markers in the row.
    pub entries: Vec<RailEntry>,
}

/// One marker in a rail.
#[derive(Debug, Clone, PartialEq)]
pub struct RailEntry {
    /// Position on the horizontal axis.
    pub x: f64,
    /// Short text beside the marker, left out where it would not fit.
    pub label: Phrase,
    /// Filled or hollow.
    pub filled: bool,
}

/// Meaning of a mark; its colour follows from it and from the page's colour scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The measured curve.
    Trace,
    /// A second measured curve, beside the first.
    Second,
    /// The local floor.
    Floor,
    /// The threshold for counting.
    Threshold,
    /// Shaft harmonics.
    Shaft,
    /// The band that was demodulated.
    Band,
    /// A fault kind.
    Kind(FaultKind),
}

/// Shape of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Round.
    Circle,
    /// Pointing up.
    Triangle,
    /// Upright square.
    Square,
    /// Square on its corner.
    Diamond,
    /// Short upright line.
    Bar,
}

/// One mark of a figure. Coordinates are values of the axes; undefined ones are left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through points.
    Line {
        /// Points from left to right.
        points: Vec<[f64; 2]>,
        /// Meaning.
        ink: Ink,
    },
    /// The area between a lower and an upper line over the same positions.
    Area {
        /// Position, lower, upper.
        points: Vec<[f64; 3]>,
        /// Meaning.
        ink: Ink,
    },
    /// A vertical strip over the whole height with a line in its middle.
    Strip {
        /// From and to on the horizontal axis.
        x: [f64; 2],
        /// Meaning.
        ink: Ink,
        /// Whether the middle is drawn as a line.
        centre: bool,
    },
    /// A vertical line over the whole height.
    Rule {
        /// Position on the horizontal axis.
        x: f64,
        /// Meaning.
        ink: Ink,
    },
    /// Single points.
    Point {
        /// Position.
        at: [f64; 2],
        /// Meaning.
        ink: Ink,
        /// Filled: counted as evidence. Hollow: seen, not counted.
        filled: bool,
        /// Shown when pointed at and read aloud.
        note: Phrase,
    },
    /// Words over a picture, in the middle of their place.
    Label {
        /// Place.
        at: [f64; 2],
        /// The words.
        text: Phrase,
        /// Whether the picture is dark there, in both colour schemes.
        on_dark: bool,
    },
    /// A picture that fills the plot.
    Picture {
        /// `data:` address of a PNG.
        address: String,
        /// What it was drawn from, for a cursor; `None` where none is to read it.
        cells: Option<Cells>,
    },
}

/// The values of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    /// Levels row by row, the lowest row first.
    pub levels: Vec<u8>,
    /// Number of rows.
    pub rows: usize,
    /// What the levels 0 and 255 stand for.
    pub ends: [f64; 2],
    /// Unit of that.
    pub unit: Phrase,
}

/// At most `limit` points of `points`: the largest of each of `limit` equal slices, so that no peak
/// is lost. Points that are not finite are left out.
pub(crate) fn thin(points: &[[f64; 2]], limit: usize) -> Vec<[f64; 2]> {
    let finite: Vec<[f64; 2]> = points.iter().copied().filter(|p| p.iter().all(|v| v.is_finite())).collect();
    if finite.len() <= limit || limit == 0 {
        return finite;
    }
    (0..limit)
        .filter_map(|i| {
            let slice = &finite[i * finite.len() / limit..(i + 1) * finite.len() / limit];
            slice.iter().copied().reduce(|best, p| if p[1] > best[1] { p } else { best })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_every_peak_of_its_slice_and_the_order() {
        let points: Vec<[f64; 2]> =
            (0..10_000).map(|i| [f64::from(i), if i == 4321 { 9.0 } else { 1.0 }]).collect();
        let thinned = thin(&points, 100);
        assert_eq!(thinned.len(), 100);
        assert!(thinned.contains(&[4321.0, 9.0]));
        assert!(thinned.windows(2).all(|w| w[0][0] < w[1][0]));
    }

    #[test]
    fn undefined_points_are_left_out() {
        assert_eq!(thin(&[[0.0, f64::NAN], [1.0, 2.0], [f64::INFINITY, 1.0]], 10), [[1.0, 2.0]]);
    }
}
