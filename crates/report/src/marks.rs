//! The marks of a figure as SVG: lines, areas, strips, points; their classes, dashes and shapes.

use crate::axis::Axis;
use crate::figure::{Ink, MOST_POINTS, Mark, Marker, thin};
use crate::palette::{kind_class, kind_dash, kind_marker};
use crate::text::escape;
use std::fmt::Write as _;

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

/// A coordinate with at most one decimal.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

pub(crate) fn class(ink: Ink) -> &'static str {
    match ink {
        Ink::Trace => "trace",
        Ink::Floor => "floor",
        Ink::Threshold => "threshold",
        Ink::Shaft => "shaft",
        Ink::Band => "pass",
        Ink::Kind(kind) => kind_class(kind),
    }
}

fn dash(ink: Ink) -> &'static str {
    match ink {
        Ink::Floor => "5 3",
        Ink::Threshold => "2 3",
        Ink::Shaft => "1 3",
        Ink::Trace | Ink::Band => "",
        Ink::Kind(kind) => kind_dash(kind),
    }
}

pub(crate) fn dash_attribute(ink: Ink) -> String {
    match dash(ink) {
        "" => String::new(),
        pattern => format!(r#" stroke-dasharray="{pattern}""#),
    }
}

pub(crate) fn draw_mark(out: &mut String, plot: &Plot<'_>, mark: &Mark) {
    match mark {
        Mark::Line { points, ink } => {
            let mut path = String::new();
            for (i, point) in thin(points, MOST_POINTS).iter().enumerate() {
                let command = if i == 0 { "M" } else { "L" };
                let _ = write!(path, "{command}{} {}", number(plot.px(point[0])), number(plot.py(point[1])));
            }
            if !path.is_empty() {
                // A line over the measured curve would drown in it without a rim.
                if matches!(ink, Ink::Floor | Ink::Threshold) {
                    let _ = write!(out, r#"<path class="halo" d="{path}"/>"#);
                }
                let _ = write!(
                    out,
                    r#"<path class="{}" fill="none"{} d="{path}"/>"#,
                    class(*ink),
                    dash_attribute(*ink)
                );
            }
        }
        Mark::Area { points, ink } => draw_area(out, plot, points, *ink),
        Mark::Strip { x, ink, centre } => {
            let (from, to) = (plot.px(x[0].min(x[1])), plot.px(x[0].max(x[1])));
            if !x.iter().all(|v| v.is_finite()) || to < plot.left || from > plot.right() {
                return;
            }
            // A strip narrower than a pixel and a half would vanish.
            let (middle, half) = ((from + to) / 2.0, ((to - from) / 2.0).max(0.75));
            let _ = write!(
                out,
                r#"<rect class="strip{} {}" x="{}" y="{}" width="{}" height="{}"/>"#,
                if *centre || *ink == Ink::Band { "" } else { " side" },
                class(*ink),
                number(middle - half),
                number(plot.top),
                number(2.0 * half),
                number(plot.height)
            );
            if *centre {
                vertical(out, plot, middle, "centre", *ink);
            }
        }
        Mark::Rule { x, ink } if plot.shows_x(*x) => vertical(out, plot, plot.px(*x), "rule", *ink),
        Mark::Rule { .. } => {}
        Mark::Point { at, ink, filled, note } => {
            if plot.shows_x(at[0]) && at[1].is_finite() {
                let shape = match ink {
                    Ink::Kind(kind) => kind_marker(*kind),
                    _ => Marker::Circle,
                };
                marker(out, shape, [plot.px(at[0]), plot.py(at[1])], 4.6, *filled, class(*ink), note);
            }
        }
        Mark::Label { at: [x, y], text, on_dark } => {
            if plot.shows_x(*x) && y.is_finite() {
                let (x, y) = (number(plot.px(*x)), number(plot.py(*y) + 4.0));
                let class = if *on_dark { "on-dark" } else { "on-light" };
                let _ = write!(out, r#"<text class="{class}" x="{x}" y="{y}" text-anchor="middle">"#);
                escape(out, text);
                out.push_str("</text>");
            }
        }
        Mark::Picture { address } => {
            let _ = write!(
                out,
                r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" href=""#,
                number(plot.left),
                number(plot.top),
                number(plot.width),
                number(plot.height)
            );
            escape(out, address);
            out.push_str(r#""/>"#);
        }
    }
}

fn vertical(out: &mut String, plot: &Plot<'_>, x: f64, role: &str, ink: Ink) {
    let _ = write!(
        out,
        r#"<path class="{role} {}" fill="none"{} d="M{} {}V{}"/>"#,
        class(ink),
        dash_attribute(ink),
        number(x),
        number(plot.top),
        number(plot.bottom())
    );
}

fn draw_area(out: &mut String, plot: &Plot<'_>, points: &[[f64; 3]], ink: Ink) {
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
    let mut path = String::new();
    for (i, [x, _, high]) in reduced.iter().enumerate() {
        let command = if i == 0 { "M" } else { "L" };
        let _ = write!(path, "{command}{} {}", number(plot.px(*x)), number(plot.py(*high)));
    }
    for [x, low, _] in reduced.iter().rev() {
        let _ = write!(path, "L{} {}", number(plot.px(*x)), number(plot.py(*low)));
    }
    let _ = write!(out, r#"<path class="area {}" d="{path}Z"/>"#, class(ink));
}

pub(crate) fn marker(
    out: &mut String,
    shape: Marker,
    [x, y]: [f64; 2],
    r: f64,
    filled: bool,
    class: &str,
    note: &str,
) {
    let fill = if filled { "filled" } else { "hollow" };
    let n = number;
    let d = match shape {
        Marker::Circle => {
            format!("M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 {} 0Z", n(x - r), n(y), n(2.0 * r), n(-2.0 * r))
        }
        Marker::Triangle => {
            format!(
                "M{} {}L{} {}H{}Z",
                n(x),
                n(y - 1.15 * r),
                n(x + 1.1 * r),
                n(y + 0.85 * r),
                n(x - 1.1 * r)
            )
        }
        Marker::Square => {
            let h = 0.9 * r;
            format!("M{} {}H{}V{}H{}Z", n(x - h), n(y - h), n(x + h), n(y + h), n(x - h))
        }
        Marker::Diamond => {
            let h = 1.25 * r;
            format!(
                "M{} {}L{} {}L{} {}L{} {}Z",
                n(x),
                n(y - h),
                n(x + h),
                n(y),
                n(x),
                n(y + h),
                n(x - h),
                n(y)
            )
        }
        Marker::Bar => format!("M{} {}V{}", n(x), n(y - r), n(y + r)),
    };
    let _ = write!(out, r#"<path class="marker {fill} {class}" d="{d}""#);
    if note.is_empty() {
        out.push_str("/>");
    } else {
        out.push_str("><title>");
        escape(out, note);
        out.push_str("</title></path>");
    }
}

pub(crate) fn line_sample(out: &mut String, x: f64, y: f64, length: f64, ink: Ink) {
    let _ = write!(
        out,
        r#"<path class="sample {}" fill="none"{} d="M{} {}h{}"/>"#,
        class(ink),
        dash_attribute(ink),
        number(x),
        number(y),
        number(length)
    );
}
