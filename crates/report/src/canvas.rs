//! What a figure is drawn on. A figure becomes shapes in one place (`drawing.rs`, `marks.rs`); a canvas puts them
//! on a medium, so that two media cannot show two different figures.

use crate::figure::{Ink, Marker};
use crate::palette::{kind_dash, kind_marker};

/// A place or a box in the figure's pixels, y downwards.
pub(crate) type Place = [f64; 2];
/// Left, top, width and height.
pub(crate) type Area = [f64; 4];

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Segment {
    /// To a place, without a line.
    Move(Place),
    /// A line to a place.
    Line(Place),
    /// A level line to this x.
    Across(f64),
    /// A level line of this length.
    AcrossBy(f64),
    /// An upright line to this y.
    Upright(f64),
    /// Half a circle to the place this far to the right, counter-clockwise.
    HalfCircle {
        /// Radius.
        radius: f64,
        /// Twice the radius, with its sign.
        across: f64,
    },
    /// Back to where the path began.
    Close,
}

/// What a shape is in the figure; with its ink it decides how the shape looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Curve,
    /// The rim of a line that lies over a curve.
    Halo,
    Area,
    Strip,
    /// The strip of a sideband.
    SideStrip,
    /// The middle of a strip.
    Centre,
    Rule,
    /// A marker that counts.
    Filled,
    /// A marker that does not count.
    Hollow,
    /// A line of the legend.
    Sample,
    Grid,
    Frame,
    Ticks,
    Rail,
}

impl Role {
    /// Whether the shape is a line in the dashes of its ink.
    pub(crate) fn is_dashed(self) -> bool {
        matches!(self, Role::Curve | Role::Centre | Role::Rule | Role::Sample)
    }
}

/// What a text is in the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextRole {
    Tick,
    AxisLabel,
    RailLabel,
    RailText,
    Legend,
    /// On a picture that is dark there.
    OnDark,
    /// On a picture that is light there.
    OnLight,
}

/// Where the place of a text lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A part of a figure that stays one thing when the figure is moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Part<'a> {
    /// Frame, ticks and their labels.
    Axes,
    /// A line or an area: its place among the figure's marks.
    Curve(usize),
    /// What stands at a place of the horizontal axis, or between two.
    At(&'a [f64]),
    /// What stands at a place of both axes.
    Spot([f64; 2]),
}

/// A medium.
pub(crate) trait Canvas {
    /// What follows until [`Self::end`] is one part. Media that never move do not care.
    fn begin(&mut self, _: Part<'_>) {}
    /// Ends a part.
    fn end(&mut self) {}
    /// What follows shows only inside `area`.
    fn clip(&mut self, area: Area);
    /// Ends [`Self::clip`].
    fn unclip(&mut self);
    /// A path; `note` is what pointing at it tells.
    fn path(&mut self, segments: &[Segment], role: Role, ink: Option<Ink>, note: &str);
    /// A box.
    fn rect(&mut self, area: Area, role: Role, ink: Option<Ink>);
    /// A box in this colour (red, green, blue) and no other.
    fn cell(&mut self, area: Area, colour: [u8; 3]);
    /// A text on its base line.
    fn text(&mut self, at: Place, anchor: Anchor, role: TextRole, text: &str);
    /// The label of an upright axis, read from below, its middle at `at`.
    fn upright_label(&mut self, at: Place, text: &str);
    /// A PNG in a `data:` address, stretched over `area`.
    fn picture(&mut self, area: Area, address: &str);
}

/// Dashes and gaps of an ink's lines, apart by spaces; empty is solid.
pub(crate) fn dash(ink: Ink) -> &'static str {
    match ink {
        Ink::Floor => "5 3",
        Ink::Threshold => "2 3",
        Ink::Shaft => "1 3",
        Ink::Second => "6 2",
        Ink::Trace | Ink::Band => "",
        Ink::Kind(kind) => kind_dash(kind),
    }
}

/// The marker of an ink among points.
pub(crate) fn point_marker(ink: Ink) -> Marker {
    match ink {
        Ink::Kind(kind) => kind_marker(kind),
        _ => Marker::Circle,
    }
}
