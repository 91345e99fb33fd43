//! The marks of a figure: lines, areas, strips, points, and the shapes of markers.

use crate::axis::Axis;
use crate::canvas::{Anchor, Canvas, Place, Role, Segment, TextRole, point_marker};
use crate::figure::{Ink, MOST_POINTS, Mark, Marker, thin};

/// Inner area of a figure in pixels.
pub(crate) struct Plot<'a> {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) x: &'a Axis,
    pub(crate) y: &'a Axis,
}

impl Plot<'_> {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }
    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }
    /// Left, top, width, height.
    pub(crate) fn area(&self) -> [f64; 4] {
        [self.left, self.top, self.width, self.height]
    }
    pub(crate) fn px(&self, value: f64) -> f64 {
        self.left + self.x.position(value) * self.width
    }
    pub(crate) fn py(&self, value: f64) -> f64 {
        self.bottom() - self.y.position(value) * self.height
    }
    pub(crate) fn shows_x(&self, value: f64) -> bool {
        value.is_finite() && value >= self.x.range[0] && value <= self.x.range[1]
    }
}

/// Draws one mark into the plot.
pub(crate) fn draw_mark(canvas: &mut dyn Canvas, plot: &Plot<'_>, mark: &Mark) {
    match mark {
        Mark::Line { points, ink } => {
            let places = thin(points, MOST_POINTS).into_iter().map(|[x, y]| [plot.px(x), plot.py(y)]);
            let path = through(places);
            if !path.is_empty() {
                // A line over the measured curve would drown in it without a rim.
                if matches!(ink, Ink::Floor | Ink::Threshold) {
                    canvas.path(&path, Role::Halo, None, "");
                }
                canvas.path(&path, Role::Curve, Some(*ink), "");
            }
        }
        Mark::Area { points, ink } => draw_area(canvas, plot, points, *ink),
        Mark::Strip { x, ink, centre } => {
            let (from, to) = (plot.px(x[0].min(x[1])), plot.px(x[0].max(x[1])));
            if !x.iter().all(|v| v.is_finite()) || to < plot.left || from > plot.right() {
                return;
            }
            // A strip narrower than a pixel and a half would vanish.
            let (middle, half) = ((from + to) / 2.0, ((to - from) / 2.0).max(0.75));
            let role = if *centre || *ink == Ink::Band { Role::Strip } else { Role::SideStrip };
            canvas.rect([middle - half, plot.top, 2.0 * half, plot.height], role, Some(*ink));
            if *centre {
                vertical(canvas, plot, middle, Role::Centre, *ink);
            }
        }
        Mark::Rule { x, ink } if plot.shows_x(*x) => vertical(canvas, plot, plot.px(*x), Role::Rule, *ink),
        Mark::Rule { .. } => {}
        Mark::Point { at, ink, filled, note } => {
            if plot.shows_x(at[0]) && at[1].is_finite() {
                let place = [plot.px(at[0]), plot.py(at[1])];
                marker(canvas, point_marker(*ink), place, 4.6, *filled, *ink, &note.to_string());
            }
        }
        Mark::Label { at: [x, y], text, on_dark } => {
            if plot.shows_x(*x) && y.is_finite() {
                let role = if *on_dark { TextRole::OnDark } else { TextRole::OnLight };
                canvas.text([plot.px(*x), plot.py(*y) + 4.0], Anchor::Middle, role, &text.to_string());
            }
        }
        Mark::Picture { address, .. } => canvas.picture(plot.area(), address),
    }
}

/// A line through places.
fn through(places: impl Iterator<Item = Place>) -> Vec<Segment> {
    places.enumerate().map(|(i, at)| if i == 0 { Segment::Move(at) } else { Segment::Line(at) }).collect()
}

fn vertical(canvas: &mut dyn Canvas, plot: &Plot<'_>, x: f64, role: Role, ink: Ink) {
    let path = [Segment::Move([x, plot.top]), Segment::Upright(plot.bottom())];
    canvas.path(&path, role, Some(ink), "");
}

fn draw_area(canvas: &mut dyn Canvas, plot: &Plot<'_>, points: &[[f64; 3]], ink: Ink) {
    let finite: Vec<&[f64; 3]> = points.iter().filter(|p| p.iter().all(|v| v.is_finite())).collect();
    if finite.is_empty() {
        return;
    }
    // Upper and lower line together stay within the limit; slices keep both extremes.
    let slices = finite.len().min(MOST_POINTS / 2);
    let reduced: Vec<[f64; 3]> = (0..slices)
        .filter_map(|i| {
            let slice = &finite[i * finite.len() / slices..(i + 1) * finite.len() / slices];
            let first = slice.first()?;
            let low = slice.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
            let high = slice.iter().map(|p| p[2]).fold(f64::NEG_INFINITY, f64::max);
            Some([first[0], low, high])
        })
        .collect();
    let upper = reduced.iter().map(|[x, _, high]| [plot.px(*x), plot.py(*high)]);
    let lower = reduced.iter().rev().map(|[x, low, _]| [plot.px(*x), plot.py(*low)]);
    let mut path = through(upper.chain(lower));
    path.push(Segment::Close);
    canvas.path(&path, Role::Area, Some(ink), "");
}

/// A marker of radius `r` around a place.
pub(crate) fn marker(
    canvas: &mut dyn Canvas,
    shape: Marker,
    [x, y]: Place,
    r: f64,
    filled: bool,
    ink: Ink,
    note: &str,
) {
    use Segment::{Across, Close, HalfCircle, Line, Move, Upright};
    let path: &[Segment] = match shape {
        Marker::Circle => &[
            Move([x - r, y]),
            HalfCircle { radius: r, across: 2.0 * r },
            HalfCircle { radius: r, across: -2.0 * r },
            Close,
        ],
        Marker::Triangle => {
            &[Move([x, y - 1.15 * r]), Line([x + 1.1 * r, y + 0.85 * r]), Across(x - 1.1 * r), Close]
        }
        Marker::Square => {
            let h = 0.9 * r;
            &[Move([x - h, y - h]), Across(x + h), Upright(y + h), Across(x - h), Close]
        }
        Marker::Diamond => {
            let h = 1.25 * r;
            &[Move([x, y - h]), Line([x + h, y]), Line([x, y + h]), Line([x - h, y]), Close]
        }
        Marker::Bar => &[Move([x, y - r]), Upright(y + r)],
    };
    canvas.path(path, if filled { Role::Filled } else { Role::Hollow }, Some(ink), note);
}

/// A line of the legend.
pub(crate) fn line_sample(canvas: &mut dyn Canvas, x: f64, y: f64, length: f64, ink: Ink) {
    canvas.path(&[Segment::Move([x, y]), Segment::AcrossBy(length)], Role::Sample, Some(ink), "");
}
