//! A [`Figure`] as SVG: no script, no style attribute, colours by class so that the page's light and
//! dark schemes apply, every text escaped, every mark clipped to the plot.

use crate::axis::{Axis, Scale, Tick};
use crate::figure::{Figure, Ink, Mark, Marker};
use crate::marks::{Plot, class, draw_mark, line_sample, marker, number};
use crate::palette::kind_marker;
use crate::text::escape;
use std::fmt::Write as _;

/// How the classes of a figure look, on a page and in a file of its own.
pub(crate) const FIGURE_STYLE: &str = include_str!("figure.css");

/// Width of an average character at the figures' font size, in pixels.
const CHARACTER: f64 = 6.7;
/// Height of one rail.
const RAIL: f64 = 17.0;
/// Height of one legend row.
const LEGEND: f64 = 20.0;

/// Draws `figure` as one `<svg>` element with title and description.
pub(crate) fn draw(figure: &Figure) -> String {
    let legend_rows = legend_layout(figure);
    let [width, height] = figure.size;
    let label_room = figure.rails.iter().map(|r| r.label.chars().count()).max().unwrap_or(0) as f64;
    let top = 10.0 + figure.rails.len() as f64 * RAIL + if figure.rails.is_empty() { 0.0 } else { 4.0 };
    let bottom = 46.0 + legend_rows.len() as f64 * LEGEND;
    let plot_height = (height - top - bottom).max(40.0);
    let bar = figure.colour_bar.as_ref().map(|(ends, label)| ColourBar::new(*ends, label, plot_height));
    // Beside the ticks' labels, gaps of 8 on both sides and the axis' own label.
    let left = 62f64.max(label_room * CHARACTER + 16.0).max(widest(&y_ticks(&figure.y, plot_height)) + 30.0);
    let right = bar.as_ref().map_or(14.0, |bar| bar.label_at + 22.0);
    let plot = Plot {
        left,
        top,
        width: (width - left - right).max(40.0),
        height: plot_height,
        x: &figure.x,
        y: &figure.y,
    };

    let mut out = String::with_capacity(32 * 1024);
    let id = identifier(&figure.id);
    let _ = write!(
        out,
        r#"<svg class="figure" viewBox="0 0 {} {}" role="img" aria-labelledby="{id}-title {id}-desc">"#,
        number(width),
        number(height)
    );
    let _ = write!(out, r#"<title id="{id}-title">"#);
    escape(&mut out, &figure.title);
    let _ = write!(out, r#"</title><desc id="{id}-desc">"#);
    escape(&mut out, &figure.description);
    let _ = write!(
        out,
        r#"</desc><defs><clipPath id="{id}-clip"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath></defs>"#,
        number(plot.left),
        number(plot.top),
        number(plot.width),
        number(plot.height)
    );
    grid(&mut out, &plot);
    let _ = write!(out, r#"<g clip-path="url(#{id}-clip)">"#);
    for mark in &figure.marks {
        draw_mark(&mut out, &plot, mark);
    }
    out.push_str("</g>");
    axes(&mut out, &plot);
    rails(&mut out, &plot, figure);
    if let Some(bar) = &bar {
        bar.draw(&mut out, &plot);
    }
    legend(&mut out, &plot, &legend_rows);
    out.push_str("</svg>");
    out
}

/// A horizontal bar from 0 to 1 for table cells; the number stands beside it as text.
pub(crate) fn bar(share: f64) -> String {
    let width = if share.is_finite() { share.clamp(0.0, 1.0) * 160.0 } else { 0.0 };
    format!(
        r#"<svg class="bar" viewBox="0 0 160 10" aria-hidden="true"><rect class="bar-rest" x="0" y="0" width="160" height="10"/><rect class="bar-fill" x="0" y="0" width="{}" height="10"/></svg>"#,
        number(width)
    )
}

/// A small sample of a fault kind's line and marker, for tables and text.
pub(crate) fn key(ink: Ink) -> String {
    let mut out = String::from(r#"<svg class="key" viewBox="0 0 30 12" aria-hidden="true">"#);
    line_sample(&mut out, 0.0, 6.0, 30.0, ink);
    if let Ink::Kind(kind) = ink {
        marker(&mut out, kind_marker(kind), [15.0, 6.0], 4.0, true, class(ink), "");
    }
    out.push_str("</svg>");
    out
}

fn identifier(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

fn wanted_ticks(length: f64, each: f64) -> usize {
    (length / each).round().max(2.0) as usize
}

/// Ticks that stand under each other without touching.
fn x_ticks(axis: &Axis, width: f64) -> Vec<Tick> {
    let each = axis.longest_name().map_or(95.0, |characters| characters as f64 * CHARACTER + 14.0);
    axis.ticks(wanted_ticks(width, each))
}

/// Ticks that stand above each other without touching.
fn y_ticks(axis: &Axis, height: f64) -> Vec<Tick> {
    axis.ticks(wanted_ticks(height, if axis.longest_name().is_some() { 16.0 } else { 48.0 }))
}

/// Width of the longest label in pixels.
fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or(0) as f64 * CHARACTER
}

fn grid(out: &mut String, plot: &Plot<'_>) {
    let mut path = String::new();
    for tick in y_ticks(plot.y, plot.height).iter().filter(|t| !t.label.is_empty()) {
        let y = number(plot.py(tick.value));
        let _ = write!(path, "M{} {y}H{}", number(plot.left), number(plot.right()));
    }
    for tick in x_ticks(plot.x, plot.width).iter().filter(|t| !t.label.is_empty()) {
        let x = number(plot.px(tick.value));
        let _ = write!(path, "M{x} {}V{}", number(plot.top), number(plot.bottom()));
    }
    let _ = write!(out, r#"<path class="grid" d="{path}"/>"#);
}

fn axes(out: &mut String, plot: &Plot<'_>) {
    let (left, right, bottom) = (plot.left, plot.right(), plot.bottom());
    let _ = write!(
        out,
        r#"<rect class="frame" x="{}" y="{}" width="{}" height="{}"/>"#,
        number(left),
        number(plot.top),
        number(plot.width),
        number(plot.height)
    );
    let mut path = String::new();
    for tick in x_ticks(plot.x, plot.width) {
        let x = number(plot.px(tick.value));
        let length = if tick.label.is_empty() { 3.0 } else { 5.0 };
        let _ = write!(path, "M{x} {}V{}", number(bottom), number(bottom + length));
        if !tick.label.is_empty() {
            text(out, [plot.px(tick.value), bottom + 18.0], "middle", "tick", &tick.label);
        }
    }
    for tick in y_ticks(plot.y, plot.height) {
        let y = plot.py(tick.value);
        let length = if tick.label.is_empty() { 3.0 } else { 5.0 };
        let _ = write!(path, "M{} {}H{}", number(left - length), number(y), number(left));
        if !tick.label.is_empty() {
            text(out, [left - 8.0, y + 4.0], "end", "tick", &tick.label);
        }
    }
    let _ = write!(out, r#"<path class="ticks" d="{path}"/>"#);
    text(out, [(left + right) / 2.0, bottom + 37.0], "middle", "axis-label", &plot.x.label);
    let (x, y) = (13.0, (plot.top + bottom) / 2.0);
    let _ = write!(
        out,
        r#"<text class="axis-label" text-anchor="middle" transform="translate({} {}) rotate(-90)">"#,
        number(x),
        number(y)
    );
    escape(out, &plot.y.label);
    out.push_str("</text>");
}

fn text(out: &mut String, [x, y]: [f64; 2], anchor: &str, class: &str, content: &str) {
    let _ =
        write!(out, r#"<text class="{class}" x="{}" y="{}" text-anchor="{anchor}">"#, number(x), number(y));
    escape(out, content);
    out.push_str("</text>");
}

fn rails(out: &mut String, plot: &Plot<'_>, figure: &Figure) {
    for (row, rail) in figure.rails.iter().enumerate() {
        let y = 10.0 + (row as f64 + 0.5) * RAIL;
        text(out, [plot.left - 8.0, y + 4.0], "end", "rail-label", &rail.label);
        let _ = write!(
            out,
            r#"<path class="rail" d="M{} {}H{}"/>"#,
            number(plot.left),
            number(y),
            number(plot.right())
        );
        let mut entries: Vec<_> = rail.entries.iter().filter(|e| plot.shows_x(e.x)).collect();
        entries.sort_by(|a, b| a.x.total_cmp(&b.x));
        let shape = match rail.ink {
            Ink::Kind(kind) => kind_marker(kind),
            _ => Marker::Bar,
        };
        // A text stands right of its marker and has to end before the next one and the edge.
        let room = |i: usize| {
            let end = entries.get(i + 1).map_or(plot.right() + 12.0, |next| plot.px(next.x) - 5.0);
            end - entries.get(i).map_or(end, |e| plot.px(e.x)) - 7.0
        };
        let fits = |i: usize, label: &str| label.chars().count() as f64 * CHARACTER <= room(i);
        let all_fit = entries.iter().enumerate().rev().skip(1).all(|(i, e)| fits(i, &e.label));
        for (i, entry) in entries.iter().enumerate() {
            let x = plot.px(entry.x);
            marker(out, shape, [x, y], 4.0, entry.filled, class(rail.ink), "");
            let label = match entries.first() {
                _ if all_fit => entry.label.clone(),
                // Too dense: the range stands once, behind the last one.
                Some(first) if i + 1 == entries.len() => format!("{} to {}", first.label, entry.label),
                _ => continue,
            };
            if fits(i, &label) {
                text(out, [x + 7.0, y + 4.0], "start", "rail-text", &label);
            }
        }
    }
}

/// The bar at the right that says which colour is which value.
struct ColourBar {
    axis: Axis,
    ticks: Vec<Tick>,
    /// Distance of the label's middle from the plot.
    label_at: f64,
}

impl ColourBar {
    /// Distance from the plot, and from there to the labels of the ticks.
    const GAP: f64 = 14.0;
    const TO_TICKS: f64 = 17.0;

    fn new(ends: [f64; 2], label: &str, height: f64) -> Self {
        let axis = Axis::new(label, Scale::Linear, ends);
        let ticks = axis.ticks(wanted_ticks(height, 60.0));
        let label_at = Self::GAP + (Self::TO_TICKS + widest(&ticks) + 16.0).max(56.0);
        Self { axis, ticks, label_at }
    }

    fn draw(&self, out: &mut String, plot: &Plot<'_>) {
        const STEPS: usize = 64;
        let x = plot.right() + Self::GAP;
        let step = plot.height / STEPS as f64;
        for i in 0..STEPS {
            let [r, g, b] = crate::colormap::viridis((i * 255 / (STEPS - 1)) as u8);
            let _ = write!(
                out,
                r##"<rect x="{}" y="{}" width="12" height="{}" fill="#{r:02x}{g:02x}{b:02x}"/>"##,
                number(x),
                number(plot.bottom() - (i + 1) as f64 * step),
                number(step + 0.6)
            );
        }
        for tick in &self.ticks {
            let y = plot.bottom() - self.axis.position(tick.value) * plot.height;
            text(out, [x + Self::TO_TICKS, y + 4.0], "start", "tick", &tick.label);
        }
        let _ = write!(
            out,
            r#"<text class="axis-label" text-anchor="middle" transform="translate({} {}) rotate(-90)">"#,
            number(plot.right() + self.label_at),
            number(plot.top + plot.height / 2.0)
        );
        escape(out, &self.axis.label);
        out.push_str("</text>");
    }
}

type LegendRow<'a> = Vec<(f64, &'a Mark, &'a str)>;

fn legend_layout(figure: &Figure) -> Vec<LegendRow<'_>> {
    let width = figure.size[0] - 76.0;
    let mut rows: Vec<LegendRow<'_>> = Vec::new();
    let mut x = 0.0;
    for (mark, label) in &figure.legend {
        let needed = 34.0 + label.chars().count() as f64 * CHARACTER + 18.0;
        if rows.is_empty() || x + needed > width {
            rows.push(Vec::new());
            x = 0.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push((x, mark, label));
        }
        x += needed;
    }
    rows
}

fn legend(out: &mut String, plot: &Plot<'_>, rows: &[LegendRow<'_>]) {
    for (i, row) in rows.iter().enumerate() {
        let y = plot.bottom() + 46.0 + (i as f64 + 0.5) * LEGEND;
        for (offset, mark, label) in row {
            let x = plot.left + offset;
            match mark {
                Mark::Point { ink, filled, .. } => {
                    let shape = match ink {
                        Ink::Kind(kind) => kind_marker(*kind),
                        _ => Marker::Circle,
                    };
                    marker(out, shape, [x + 13.0, y], 4.6, *filled, class(*ink), "");
                }
                Mark::Strip { ink, centre, .. } => {
                    let _ = write!(
                        out,
                        r#"<rect class="strip {}" x="{}" y="{}" width="26" height="12"/>"#,
                        class(*ink),
                        number(x),
                        number(y - 6.0)
                    );
                    if *centre {
                        line_sample(out, x, y, 26.0, *ink);
                    }
                }
                Mark::Line { ink, .. } | Mark::Area { ink, .. } | Mark::Rule { ink, .. } => {
                    line_sample(out, x, y, 26.0, *ink);
                }
                Mark::Picture { .. } | Mark::Label { .. } => {}
            }
            text(out, [x + 32.0, y + 4.0], "start", "legend", label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use brinell_signal::FaultKind;

    fn figure(marks: Vec<Mark>) -> Figure {
        Figure {
            id: "fig-x".to_owned(),
            title: "</title><script>alert(1)</script>".to_owned(),
            description: "a \"b\" 'c' & d".to_owned(),
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
            let figure = Figure { y, colour_bar: Some((ends, "Value".to_owned())), ..figure(Vec::new()) };
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
                note: String::new(),
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
