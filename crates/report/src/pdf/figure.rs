//! Figures on a page: the shapes of `drawing.rs` as vectors. How they look follows `figure.css` in its light colours.

use super::font::Fonts;
use super::line::Style;
use super::sheet::{Item, Pen, Step, Tint};
use crate::canvas::{Anchor, Area, Canvas, Place, Role, Segment, TextRole, dash};
use crate::figure::{Figure, Ink};
use crate::palette::{kind_class, light};
use crate::text::sanitize;
use crate::{drawing, marks};

/// Pixels of a figure over the width of a page: its type is then as large as that of the page.
pub(super) const PIXELS: f64 = 720.0;

/// The items of `figure` with its upper left corner at a place, and `scale` points to a pixel.
pub(super) fn items(fonts: &Fonts<'_>, figure: &Figure, origin: Place, scale: f64) -> Vec<Item> {
    let mut canvas = Vectors { fonts, origin, scale, size: figure.size, items: Vec::new() };
    drawing::Layout::new(figure).draw(&mut canvas);
    canvas.items
}

/// The sample of an ink's line and marker, its middle at half the height of small letters over `at`.
pub(super) fn key(fonts: &Fonts<'_>, ink: Ink, [x, y]: Place) -> Vec<Item> {
    let mut canvas =
        Vectors { fonts, origin: [x, y - 2.6], scale: 0.62, size: [28.0, 8.0], items: Vec::new() };
    marks::line_sample(&mut canvas, 0.0, 0.0, 28.0, ink);
    if let Ink::Kind(kind) = ink {
        marks::marker(&mut canvas, crate::palette::kind_marker(kind), [14.0, 0.0], 4.0, true, ink, "");
    }
    canvas.items
}

/// A canvas that keeps what is drawn, in points.
struct Vectors<'a> {
    fonts: &'a Fonts<'a>,
    origin: Place,
    scale: f64,
    /// Width and height of the figure in pixels.
    size: [f64; 2],
    items: Vec<Item>,
}

impl Vectors<'_> {
    fn place(&self, [x, y]: Place) -> Place {
        let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
        [self.origin[0] + finite(x) * self.scale, self.origin[1] + finite(y) * self.scale]
    }

    fn area(&self, [x, y, width, height]: Area) -> Area {
        let [x, y] = self.place([x, y]);
        [x, y, (width * self.scale).max(0.0), (height * self.scale).max(0.0)]
    }

    fn put_text(&mut self, at: Place, anchor: Anchor, role: TextRole, text: &str, upright: bool) {
        let (size, colour) = match role {
            TextRole::Tick => (12.0, "muted"),
            TextRole::AxisLabel => (12.5, "text"),
            TextRole::RailText => (11.0, "muted"),
            TextRole::RailLabel | TextRole::Legend | TextRole::OnLight => (12.0, "text"),
            TextRole::OnDark => (12.0, "ground"),
        };
        let style = Style::new(size * self.scale, colour);
        let share = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5,
            Anchor::End => 1.0,
        };
        // Text of data is as long as it likes; the figure is not.
        let [width, height] = self.size;
        let room = if upright { 2.0 * at[1].min(height - at[1]) } else { width };
        let room = room * self.scale / style.size;
        let text = self.fonts.fitting(&sanitize(text), false, 0.98 * room);
        let back = share * self.fonts.width(&text, false) * style.size;
        let [x, y] = self.place(at);
        let at = if upright { [x, y + back] } else { [x - back, y] };
        self.items.push(Item::Text { at, text, style, upright });
    }
}

impl Canvas for Vectors<'_> {
    fn clip(&mut self, area: Area) {
        self.items.push(Item::Clip(self.area(area)));
    }

    fn unclip(&mut self) {
        self.items.push(Item::Unclip);
    }

    fn path(&mut self, segments: &[Segment], role: Role, ink: Option<Ink>, _: &str) {
        let (fill, stroke) = look(role, ink, self.scale);
        self.items.push(Item::Shape { steps: self.steps(segments), fill, stroke });
    }

    fn rect(&mut self, [x, y, width, height]: Area, role: Role, ink: Option<Ink>) {
        use Segment::{Across, Close, Move, Upright};
        let around = [Move([x, y]), Across(x + width), Upright(y + height), Across(x), Close];
        self.path(&around, role, ink, "");
    }

    fn cell(&mut self, area: Area, colour: [u8; 3]) {
        self.items.push(Item::filled(self.area(area), Tint(colour, 1.0)));
    }

    fn text(&mut self, at: Place, anchor: Anchor, role: TextRole, text: &str) {
        self.put_text(at, anchor, role, text, false);
    }

    fn upright_label(&mut self, at: Place, text: &str) {
        self.put_text(at, Anchor::Middle, TextRole::AxisLabel, text, true);
    }

    fn picture(&mut self, area: Area, address: &str) {
        self.items.push(Item::Picture { area: self.area(area), address: address.to_owned() });
    }
}

impl Vectors<'_> {
    fn steps(&self, segments: &[Segment]) -> Vec<Step> {
        let mut at = [0.0; 2];
        let mut steps = Vec::with_capacity(segments.len());
        for segment in segments {
            match *segment {
                Segment::Move(place) => at = place,
                Segment::Line(place) => at = place,
                Segment::Across(x) => at[0] = x,
                Segment::AcrossBy(x) => at[0] += x,
                Segment::Upright(y) => at[1] = y,
                Segment::HalfCircle { radius, across } => {
                    // Two quarters; the guides of a quarter lie this share of the radius away.
                    let [r, k] = [across / 2.0, 0.552_284_75 * radius];
                    let turn = r.signum();
                    let [x, y] = at;
                    let top = [x + r, y + turn * radius];
                    let end = [x + across, y];
                    steps.push(Step::Curve(
                        self.place([x, y + turn * k]),
                        self.place([top[0] - turn * k, top[1]]),
                        self.place(top),
                    ));
                    steps.push(Step::Curve(
                        self.place([top[0] + turn * k, top[1]]),
                        self.place([end[0], y + turn * k]),
                        self.place(end),
                    ));
                    at = end;
                    continue;
                }
                Segment::Close => {
                    steps.push(Step::Close);
                    continue;
                }
            }
            let place = self.place(at);
            steps.push(if matches!(segment, Segment::Move(_)) {
                Step::Move(place)
            } else {
                Step::Line(place)
            });
        }
        steps
    }
}

/// Name of an ink's colour.
fn colour(ink: Option<Ink>) -> &'static str {
    match ink {
        Some(Ink::Trace) => "trace",
        Some(Ink::Second) => "found",
        Some(Ink::Floor | Ink::Threshold) => "floor",
        Some(Ink::Kind(kind)) => kind_class(kind),
        Some(Ink::Shaft | Ink::Band) | None => "axis",
    }
}

/// Fill and pen of a shape.
fn look(role: Role, ink: Option<Ink>, scale: f64) -> (Option<Tint>, Option<Pen>) {
    let own = light(colour(ink));
    let pen = |rgb: [u8; 3], width: f64, cover: f64| {
        let pattern = if role.is_dashed() { ink.map_or("", dash) } else { "" };
        let dash = pattern.split_whitespace().filter_map(|v| v.parse::<f64>().ok()).map(|v| v * scale);
        Some(Pen { tint: Tint(rgb, cover), width: width * scale, dash: dash.collect() })
    };
    let tint = |rgb: [u8; 3], cover: f64| Some(Tint(rgb, cover));
    match role {
        Role::Curve => {
            let width = match ink {
                Some(Ink::Trace | Ink::Second) => 1.1,
                Some(Ink::Floor | Ink::Threshold) => 1.4,
                _ => 1.0,
            };
            (None, pen(own, width, 1.0))
        }
        Role::Halo => (None, pen(light("ground"), 3.4, 0.6)),
        Role::Area if ink == Some(Ink::Band) => (tint(own, 0.2), None),
        Role::Area => (tint(own, 1.0), pen(own, 0.6, 1.0)),
        Role::Strip if ink == Some(Ink::Band) => (tint(own, 0.13), None),
        Role::Strip => (tint(own, 0.17), None),
        Role::SideStrip => (tint(own, 0.08), None),
        Role::Centre => (None, pen(own, 1.2, 0.75)),
        Role::Rule => (None, pen(own, 1.0, 1.0)),
        Role::Sample => (None, pen(own, 1.6, 1.0)),
        Role::Filled => (tint(own, 1.0), pen(own, 1.5, 1.0)),
        Role::Hollow => (tint(light("ground"), 1.0), pen(own, 1.5, 1.0)),
        Role::Grid | Role::Rail => (None, pen(light("grid"), 1.0, 1.0)),
        Role::Frame | Role::Ticks => (None, pen(light("axis"), 1.0, 1.0)),
    }
}
