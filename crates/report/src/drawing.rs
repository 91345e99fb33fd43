//! A [`Figure`] as shapes: where the plot lies in it, grid, axes, rails, colour bar and legend.

use crate::axis::{Axis, Scale, Tick};
use crate::canvas::{Anchor, Canvas, Part, Role, Segment, TextRole, point_marker};
use crate::figure::{Figure, Ink, Mark, Marker};
use crate::marks::{Plot, draw_mark, line_sample, marker};
use crate::palette::kind_marker;
use crate::text::columns;
use brinell_signal::Phrase;

/// Width of an average character at the figures' font size, in pixels.
pub(crate) const CHARACTER: f64 = 6.7;
/// Height of one rail.
const RAIL: f64 = 17.0;
/// Height of one legend row.
const LEGEND: f64 = 20.0;

/// Where the parts of a figure lie.
pub(crate) struct Layout<'a> {
    figure: &'a Figure,
    /// The inner area.
    pub(crate) plot: Plot<'a>,
    bar: Option<ColourBar>,
    legend: Vec<LegendRow<'a>>,
}

impl<'a> Layout<'a> {
    /// Lays a figure out.
    pub(crate) fn new(figure: &'a Figure) -> Self {
        let legend = legend_layout(figure);
        let [width, height] = figure.size;
        let label_room = figure.rails.iter().map(|r| columns(&r.label.to_string())).max().unwrap_or(0) as f64;
        let top = 10.0 + figure.rails.len() as f64 * RAIL + if figure.rails.is_empty() { 0.0 } else { 4.0 };
        let bottom = 46.0 + legend.len() as f64 * LEGEND;
        let plot_height = (height - top - bottom).max(40.0);
        let bar = figure.colour_bar.as_ref().map(|(ends, label)| ColourBar::new(*ends, label, plot_height));
        // Beside the ticks' labels, gaps of 8 on both sides and the axis' own label.
        let left =
            62f64.max(label_room * CHARACTER + 16.0).max(widest(&y_ticks(&figure.y, plot_height)) + 30.0);
        let right = bar.as_ref().map_or(14.0, |bar| bar.label_at + 22.0);
        let plot = Plot {
            left,
            top,
            width: (width - left - right).max(40.0),
            height: plot_height,
            x: &figure.x,
            y: &figure.y,
        };
        Self { figure, plot, bar, legend }
    }

    /// Draws the figure.
    pub(crate) fn draw(&self, canvas: &mut dyn Canvas) {
        let plot = &self.plot;
        grid(canvas, plot);
        canvas.clip(plot.area());
        for (i, mark) in self.figure.marks.iter().enumerate() {
            draw_part(canvas, plot, i, mark);
        }
        canvas.unclip();
        canvas.begin(Part::Axes);
        axes(canvas, plot);
        canvas.end();
        rails(canvas, plot, self.figure);
        if let Some(bar) = &self.bar {
            bar.draw(canvas, plot);
        }
        legend(canvas, plot, &self.legend);
    }
}

fn draw_part(canvas: &mut dyn Canvas, plot: &Plot<'_>, i: usize, mark: &Mark) {
    match mark {
        Mark::Line { .. } | Mark::Area { .. } => canvas.begin(Part::Curve(i)),
        Mark::Strip { x, .. } => canvas.begin(Part::At(x)),
        Mark::Rule { x, .. } => canvas.begin(Part::At(&[*x])),
        Mark::Point { at, .. } | Mark::Label { at, .. } => canvas.begin(Part::Spot(*at)),
        Mark::Picture { .. } => return draw_mark(canvas, plot, mark),
    }
    draw_mark(canvas, plot, mark);
    canvas.end();
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
    ticks.iter().map(|tick| columns(&tick.label)).max().unwrap_or(0) as f64 * CHARACTER
}

fn grid(canvas: &mut dyn Canvas, plot: &Plot<'_>) {
    let mut path = Vec::new();
    for tick in y_ticks(plot.y, plot.height).iter().filter(|t| !t.label.is_empty()) {
        path.extend([Segment::Move([plot.left, plot.py(tick.value)]), Segment::Across(plot.right())]);
    }
    for tick in x_ticks(plot.x, plot.width).iter().filter(|t| !t.label.is_empty()) {
        path.extend([Segment::Move([plot.px(tick.value), plot.top]), Segment::Upright(plot.bottom())]);
    }
    canvas.path(&path, Role::Grid, None, "");
}

fn axes(canvas: &mut dyn Canvas, plot: &Plot<'_>) {
    let (left, right, bottom) = (plot.left, plot.right(), plot.bottom());
    canvas.rect(plot.area(), Role::Frame, None);
    let mut path = Vec::new();
    let length = |tick: &Tick| if tick.label.is_empty() { 3.0 } else { 5.0 };
    for tick in x_ticks(plot.x, plot.width) {
        let x = plot.px(tick.value);
        path.extend([Segment::Move([x, bottom]), Segment::Upright(bottom + length(&tick))]);
        if !tick.label.is_empty() {
            canvas.text([x, bottom + 18.0], Anchor::Middle, TextRole::Tick, &tick.label);
        }
    }
    for tick in y_ticks(plot.y, plot.height) {
        let y = plot.py(tick.value);
        path.extend([Segment::Move([left - length(&tick), y]), Segment::Across(left)]);
        if !tick.label.is_empty() {
            canvas.text([left - 8.0, y + 4.0], Anchor::End, TextRole::Tick, &tick.label);
        }
    }
    canvas.path(&path, Role::Ticks, None, "");
    canvas.text(
        [(left + right) / 2.0, bottom + 37.0],
        Anchor::Middle,
        TextRole::AxisLabel,
        &plot.x.label.to_string(),
    );
    canvas.upright_label([13.0, (plot.top + bottom) / 2.0], &plot.y.label.to_string());
}

fn rails(canvas: &mut dyn Canvas, plot: &Plot<'_>, figure: &Figure) {
    for (row, rail) in figure.rails.iter().enumerate() {
        let y = 10.0 + (row as f64 + 0.5) * RAIL;
        canvas.text([plot.left - 8.0, y + 4.0], Anchor::End, TextRole::RailLabel, &rail.label.to_string());
        canvas.path(&[Segment::Move([plot.left, y]), Segment::Across(plot.right())], Role::Rail, None, "");
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
        let fits = |i: usize, label: &str| columns(label) as f64 * CHARACTER <= room(i);
        let all_fit = entries.iter().enumerate().rev().skip(1).all(|(i, e)| fits(i, &e.label.to_string()));
        for (i, entry) in entries.iter().enumerate() {
            let x = plot.px(entry.x);
            canvas.begin(Part::At(&[entry.x]));
            marker(canvas, shape, [x, y], 4.0, entry.filled, rail.ink, "");
            let label = match entries.first() {
                _ if all_fit => entry.label.to_string(),
                // Too dense: the range stands once, behind the last one.
                Some(first) if i + 1 == entries.len() => format!("{}\u{2013}{}", first.label, entry.label),
                _ => String::new(),
            };
            if !label.is_empty() && fits(i, &label) {
                canvas.text([x + 7.0, y + 4.0], Anchor::Start, TextRole::RailText, &label);
            }
            canvas.end();
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

    fn new(ends: [f64; 2], label: &Phrase, height: f64) -> Self {
        let axis = Axis::new(label, Scale::Linear, ends);
        let ticks = axis.ticks(wanted_ticks(height, 60.0));
        let label_at = Self::GAP + (Self::TO_TICKS + widest(&ticks) + 16.0).max(56.0);
        Self { axis, ticks, label_at }
    }

    fn draw(&self, canvas: &mut dyn Canvas, plot: &Plot<'_>) {
        const STEPS: usize = 64;
        let x = plot.right() + Self::GAP;
        let step = plot.height / STEPS as f64;
        for i in 0..STEPS {
            let colour = crate::colormap::viridis((i * 255 / (STEPS - 1)) as u8);
            canvas.cell([x, plot.bottom() - (i + 1) as f64 * step, 12.0, step + 0.6], colour);
        }
        for tick in &self.ticks {
            let y = plot.bottom() - self.axis.position(tick.value) * plot.height;
            canvas.text([x + Self::TO_TICKS, y + 4.0], Anchor::Start, TextRole::Tick, &tick.label);
        }
        canvas.upright_label(
            [plot.right() + self.label_at, plot.top + plot.height / 2.0],
            &self.axis.label.to_string(),
        );
    }
}

type LegendRow<'a> = Vec<(f64, &'a Mark, String)>;

fn legend_layout(figure: &Figure) -> Vec<LegendRow<'_>> {
    let width = figure.size[0] - 76.0;
    let mut rows: Vec<LegendRow<'_>> = Vec::new();
    let mut x = 0.0;
    for (mark, label) in &figure.legend {
        let label = label.to_string();
        let needed = 34.0 + columns(&label) as f64 * CHARACTER + 18.0;
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

fn legend(canvas: &mut dyn Canvas, plot: &Plot<'_>, rows: &[LegendRow<'_>]) {
    for (i, row) in rows.iter().enumerate() {
        let y = plot.bottom() + 46.0 + (i as f64 + 0.5) * LEGEND;
        for (offset, mark, label) in row {
            let x = plot.left + offset;
            match mark {
                Mark::Point { ink, filled, .. } => {
                    marker(canvas, point_marker(*ink), [x + 13.0, y], 4.6, *filled, *ink, "");
                }
                Mark::Strip { ink, centre, .. } => {
                    canvas.rect([x, y - 6.0, 26.0, 12.0], Role::Strip, Some(*ink));
                    if *centre {
                        line_sample(canvas, x, y, 26.0, *ink);
                    }
                }
                Mark::Line { ink, .. } | Mark::Area { ink, .. } | Mark::Rule { ink, .. } => {
                    line_sample(canvas, x, y, 26.0, *ink);
                }
                Mark::Picture { .. } | Mark::Label { .. } => {}
            }
            canvas.text([x + 32.0, y + 4.0], Anchor::Start, TextRole::Legend, label);
        }
    }
}
