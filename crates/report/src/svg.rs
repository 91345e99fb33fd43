//! Figures as SVG: no script, no style attribute, colours by class so that the page's light and dark schemes
//! apply, every text escaped, every mark clipped to the plot.

use crate::canvas::{Anchor, Area, Canvas, Part, Place, Role, Segment, TextRole, dash};
use crate::drawing;
use crate::figure::{Figure, Ink};
use crate::marks::{line_sample, marker};
use crate::palette::{kind_class, kind_marker};
use crate::text::escape;
use std::fmt::Write as _;

/// How the classes of a figure look, on a page and in a file of its own.
pub(crate) const FIGURE_STYLE: &str = include_str!("figure.css");

/// Draws `figure` as one `<svg>` element with title and description.
pub(crate) fn draw(figure: &Figure) -> String {
    let [width, height] = figure.size;
    let id = identifier(&figure.id);
    let mut out = String::with_capacity(32 * 1024);
    let _ = write!(
        out,
        r#"<svg class="figure" viewBox="0 0 {} {}" role="img" aria-labelledby="{id}-title {id}-desc">"#,
        number(width),
        number(height)
    );
    let _ = write!(out, r#"<title id="{id}-title">"#);
    escape(&mut out, &figure.title.to_string());
    let _ = write!(out, r#"</title><desc id="{id}-desc">"#);
    escape(&mut out, &figure.description.to_string());
    let layout = drawing::Layout::new(figure);
    let _ = write!(
        out,
        r#"</desc><defs><clipPath id="{id}-clip">{}</clipPath></defs>"#,
        rect("", layout.plot.area())
    );
    let mut canvas = Svg { out, id };
    layout.draw(&mut canvas);
    canvas.out.push_str("</svg>");
    canvas.out
}

/// A horizontal bar from 0 to 1 for table cells; the number stands beside it as text.
pub(crate) fn bar(share: f64) -> String {
    let width = if share.is_finite() { share.clamp(0.0, 1.0) * 160.0 } else { 0.0 };
    format!(
        r#"<svg class="bar" viewBox="0 0 160 10" aria-hidden="true"><rect class="bar-rest" x="0" y="0" width="160" height="10"/><rect class="bar-fill" x="0" y="0" width="{}" height="10"/></svg>"#,
        number(width)
    )
}

/// Values in order as a line of a table cell, the last one with a dot; the numbers stand beside it as text.
pub(crate) fn sparkline(values: &[f64]) -> String {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let high = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    let step = 88.0 / finite.len().saturating_sub(1).max(1) as f64;
    let place = |(i, value): (usize, &f64)| [4.0 + i as f64 * step, 20.0 - 16.0 * (value - low) / span];
    let places: Vec<Place> = finite.iter().enumerate().map(place).collect();
    let path: Vec<String> = places.iter().map(|[x, y]| format!("{} {}", number(*x), number(*y))).collect();
    let dot = places.last().map_or_else(String::new, |[x, y]| {
        format!(r#"<circle class="spark-dot" cx="{}" cy="{}" r="2.6"/>"#, number(*x), number(*y))
    });
    let line = if path.is_empty() { String::new() } else { format!("M{}", path.join("L")) };
    format!(
        r#"<svg class="spark" viewBox="0 0 96 24" aria-hidden="true"><path class="trace" fill="none" d="{line}"/>{dot}</svg>"#
    )
}

/// A small sample of a fault kind's line and marker, for tables and text.
pub(crate) fn key(ink: Ink) -> String {
    let out = String::from(r#"<svg class="key" viewBox="0 0 30 12" aria-hidden="true">"#);
    let mut canvas = Svg { out, id: String::new() };
    line_sample(&mut canvas, 0.0, 6.0, 30.0, ink);
    if let Ink::Kind(kind) = ink {
        marker(&mut canvas, kind_marker(kind), [15.0, 6.0], 4.0, true, ink, "");
    }
    canvas.out.push_str("</svg>");
    canvas.out
}

pub(crate) fn identifier(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// A coordinate with at most one decimal.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A box; `class` is empty or an attribute that ends in a space.
fn rect(class: &str, [x, y, width, height]: Area) -> String {
    format!(
        r#"<rect {class}x="{}" y="{}" width="{}" height="{}"/>"#,
        number(x),
        number(y),
        number(width),
        number(height)
    )
}

/// Class of an ink.
fn class(ink: Option<Ink>) -> &'static str {
    match ink {
        None => "",
        Some(Ink::Trace) => "trace",
        Some(Ink::Second) => "second",
        Some(Ink::Floor) => "floor",
        Some(Ink::Threshold) => "threshold",
        Some(Ink::Shaft) => "shaft",
        Some(Ink::Band) => "pass",
        Some(Ink::Kind(kind)) => kind_class(kind),
    }
}

/// Classes of a shape.
fn classes(role: Role, ink: Option<Ink>) -> String {
    let own = match role {
        Role::Curve => "",
        Role::Halo => "halo",
        Role::Area => "area",
        Role::Strip => "strip",
        Role::SideStrip => "strip side",
        Role::Centre => "centre",
        Role::Rule => "rule",
        Role::Filled => "marker filled",
        Role::Hollow => "marker hollow",
        Role::Sample => "sample",
        Role::Grid => "grid",
        Role::Frame => "frame",
        Role::Ticks => "ticks",
        Role::Rail => "rail",
    };
    [own, class(ink)].into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
}

fn text_class(role: TextRole) -> &'static str {
    match role {
        TextRole::Tick => "tick",
        TextRole::AxisLabel => "axis-label",
        TextRole::RailLabel => "rail-label",
        TextRole::RailText => "rail-text",
        TextRole::Legend => "legend",
        TextRole::OnDark => "on-dark",
        TextRole::OnLight => "on-light",
    }
}

/// A figure's element while it is written.
struct Svg {
    out: String,
    id: String,
}

impl Canvas for Svg {
    fn begin(&mut self, part: Part<'_>) {
        // Single precision is all that the marks were measured with.
        let values = |values: &[f64]| {
            let single = values.iter().map(|value| *value as f32);
            let words: Vec<String> = single.clone().map(|value| value.to_string()).collect();
            single.into_iter().all(f32::is_finite).then(|| words.join(" "))
        };
        let attributes = match part {
            Part::Axes => Some(r#" class="axes""#.to_owned()),
            Part::Curve(i) => Some(format!(r#" data-curve="{i}""#)),
            Part::At(x) => values(x).map(|x| format!(r#" data-x="{x}""#)),
            Part::Spot([x, y]) => {
                values(&[x]).zip(values(&[y])).map(|(x, y)| format!(r#" data-x="{x}" data-y="{y}""#))
            }
        };
        let _ = write!(self.out, "<g{}>", attributes.unwrap_or_default());
    }

    fn end(&mut self) {
        self.out.push_str("</g>");
    }

    fn clip(&mut self, _: Area) {
        let _ = write!(self.out, r#"<g clip-path="url(#{}-clip)">"#, self.id);
    }

    fn unclip(&mut self) {
        self.out.push_str("</g>");
    }

    fn path(&mut self, segments: &[Segment], role: Role, ink: Option<Ink>, note: &str) {
        let _ = write!(self.out, r#"<path class="{}""#, classes(role, ink));
        if role.is_dashed() {
            self.out.push_str(r#" fill="none""#);
            match ink.map_or("", dash) {
                "" => {}
                pattern => {
                    let _ = write!(self.out, r#" stroke-dasharray="{pattern}""#);
                }
            }
        }
        self.out.push_str(r#" d=""#);
        for segment in segments {
            let _ = match segment {
                Segment::Move([x, y]) => write!(self.out, "M{} {}", number(*x), number(*y)),
                Segment::Line([x, y]) => write!(self.out, "L{} {}", number(*x), number(*y)),
                Segment::Across(x) => write!(self.out, "H{}", number(*x)),
                Segment::AcrossBy(x) => write!(self.out, "h{}", number(*x)),
                Segment::Upright(y) => write!(self.out, "V{}", number(*y)),
                Segment::HalfCircle { radius, across } => {
                    write!(self.out, "a{radius} {radius} 0 1 0 {} 0", number(*across))
                }
                Segment::Close => write!(self.out, "Z"),
            };
        }
        if note.is_empty() {
            self.out.push_str(r#""/>"#);
        } else {
            self.out.push_str(r#""><title>"#);
            escape(&mut self.out, note);
            self.out.push_str("</title></path>");
        }
    }

    fn rect(&mut self, area: Area, role: Role, ink: Option<Ink>) {
        self.out.push_str(&rect(&format!(r#"class="{}" "#, classes(role, ink)), area));
    }

    fn cell(&mut self, [x, y, width, height]: Area, [r, g, b]: [u8; 3]) {
        let _ = write!(
            self.out,
            r##"<rect x="{}" y="{}" width="{}" height="{}" fill="#{r:02x}{g:02x}{b:02x}"/>"##,
            number(x),
            number(y),
            number(width),
            number(height)
        );
    }

    fn text(&mut self, [x, y]: Place, anchor: Anchor, role: TextRole, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let class = text_class(role);
        let _ = write!(
            self.out,
            r#"<text class="{class}" x="{}" y="{}" text-anchor="{anchor}">"#,
            number(x),
            number(y)
        );
        escape(&mut self.out, text);
        self.out.push_str("</text>");
    }

    fn upright_label(&mut self, [x, y]: Place, text: &str) {
        let _ = write!(
            self.out,
            r#"<text class="axis-label" text-anchor="middle" transform="translate({} {}) rotate(-90)">"#,
            number(x),
            number(y)
        );
        escape(&mut self.out, text);
        self.out.push_str("</text>");
    }

    fn picture(&mut self, [x, y, width, height]: Area, address: &str) {
        let _ = write!(
            self.out,
            r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" href=""#,
            number(x),
            number(y),
            number(width),
            number(height)
        );
        escape(&mut self.out, address);
        self.out.push_str(r#""/>"#);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::{Axis, Scale};
    use crate::drawing::CHARACTER;
    use crate::figure::Mark;
    use brinell_signal::{FaultKind, Phrase};

    fn figure(marks: Vec<Mark>) -> Figure {
        Figure {
            id: "fig-x".to_owned(),
            title: "</title><script>alert(1)</script>".into(),
            description: "a \"b\" 'c' & d".into(),
            size: [600.0, 300.0],
            x: Axis::new("Frequency, Hz", Scale::Linear, [0.0, 100.0]),
            y: Axis::new("g", Scale::Log, [1e-3, 1.0]),
            rails: Vec::new(),
            marks,
            legend: Vec::new(),
            colour_bar: None,
        }
    }

    #[test]
    fn text_in_a_figure_is_escaped() {
        let svg = draw(&figure(Vec::new()));
        assert!(!svg.contains("<script"));
        assert!(svg.contains("&lt;script&gt;"));
        assert!(svg.contains("&quot;b&quot; &#39;c&#39; &amp; d"));
    }

    #[test]
    fn no_line_has_more_than_4000_points() {
        let points: Vec<[f64; 2]> = (0..50_000).map(|i| [f64::from(i) / 500.0, 0.5]).collect();
        let area: Vec<[f64; 3]> = (0..50_000).map(|i| [f64::from(i) / 500.0, 0.1, 0.5]).collect();
        let svg = draw(&figure(vec![
            Mark::Line { points, ink: Ink::Trace },
            Mark::Area { points: area, ink: Ink::Trace },
        ]));
        for path in svg.split("<path").filter(|p| p.contains("trace")) {
            assert!(path.matches('L').count() < 4000, "{}", path.matches('L').count());
            assert!(path.matches('L').count() > 3000);
        }
    }

    #[test]
    fn labels_of_ticks_leave_room_for_the_labels_of_their_axes() {
        let left_and_right = |y: Axis, ends: [f64; 2]| {
            let figure = Figure { y, colour_bar: Some((ends, "Value".into())), ..figure(Vec::new()) };
            let svg = draw(&figure);
            let frame = svg.split(r#"<rect class="frame" "#).nth(1).unwrap_or_default();
            let value = |name: &str| -> f64 {
                let text = frame.split(name).nth(1).and_then(|rest| rest.split('"').nth(1));
                text.and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
            };
            [value("x="), 600.0 - value("x=") - value("width=")]
        };
        let short = left_and_right(Axis::new("", Scale::Linear, [0.0, 4.0]), [0.0, 4.0]);
        assert_eq!(short, [62.0, 92.0]);
        let names = vec!["rolling element".to_owned(), "cage".to_owned()];
        let long = left_and_right(Axis::of_cells("Fault", names), [0.0, 3e-7]);
        assert!(long[0] >= 15.0 * CHARACTER + 30.0 && long[1] > short[1] + 10.0, "{long:?}");
    }

    #[test]
    fn undefined_numbers_never_reach_the_page() {
        let svg = draw(&figure(vec![
            Mark::Line { points: vec![[0.0, f64::NAN], [1.0, 0.5], [f64::INFINITY, 1.0]], ink: Ink::Trace },
            Mark::Strip { x: [f64::NAN, 3.0], ink: Ink::Band, centre: true },
            Mark::Rule { x: f64::NAN, ink: Ink::Shaft },
            Mark::Point {
                at: [3.0, f64::NAN],
                ink: Ink::Kind(FaultKind::Inner),
                filled: true,
                note: Phrase::default(),
            },
        ]));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn marks_are_clipped_to_the_plot_and_bars_to_their_length() {
        assert!(draw(&figure(Vec::new())).contains(r#"clip-path="url(#fig-x-clip)""#));
        assert!(bar(7.0).contains(r#"width="160" height="10"/></svg>"#));
        assert!(bar(f64::NAN).contains(r#"width="0""#));
    }
}
