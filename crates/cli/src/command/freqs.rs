//! `brinell freqs`: where the faults of a bearing show in a spectrum.

use crate::arguments::{HELP, ResultFile};
use crate::bearing_choice::{Dimensions, chosen};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, refused_quantity};
use crate::session::Session;
use crate::terminal::visible;
use brinell_diagnosis::GeometryUncertainty;
use brinell_signal::{FaultKind, Hertz, Order, parse_shaft_speed};
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  brinell freqs 6205 --speed 1797rpm
  brinell freqs 6205 --speed 29.95Hz --harmonics 5 --json
  brinell freqs --rolling-elements 9 --ball-diameter 0.3126in --pitch-diameter 1.537in --speed 1797rpm";

/// Fault frequencies of a bearing, in hertz and in orders of the shaft speed
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Freqs {
    /// Designation of the bearing, e.g. 6205 (brinell list bearings)
    #[arg(required_unless_present = "rolling_elements")]
    bearing: Option<String>,
    /// Shaft speed with its unit: 1797rpm, 29.95Hz or 188.2rad/s [default: orders only]
    #[arg(long, value_name = "SPEED")]
    speed: Option<String>,
    /// Harmonics of each fault to list
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    harmonics: u8,
    /// The outer ring turns and the inner ring stands
    #[arg(long)]
    outer_ring_rotates: bool,
    #[command(flatten)]
    dimensions: Dimensions,
    #[command(flatten)]
    result: ResultFile,
}

#[derive(Debug, Serialize)]
struct Frequencies {
    bearing: String,
    source: String,
    uncertainty: GeometryUncertainty,
    rolling_elements: u32,
    ball_diameter_mm: f64,
    pitch_diameter_mm: f64,
    contact_angle_deg: f64,
    rotating_ring: &'static str,
    speed_hz: Option<f64>,
    speed_rpm: Option<f64>,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: &'static str,
    meaning: String,
    order: f64,
    hz: Option<f64>,
    harmonics: Vec<Harmonic>,
}

#[derive(Debug, Serialize)]
struct Harmonic {
    number: u8,
    order: f64,
    hz: Option<f64>,
    /// Order and frequency of the first pair of sidebands; `None` where none is expected.
    sidebands_order: Option<[f64; 2]>,
    sidebands_hz: Option<[f64; 2]>,
}

/// Prints the frequencies.
pub(crate) fn run(arguments: &Freqs, session: &Session) -> Outcome<Exit> {
    let speed = match &arguments.speed {
        Some(text) => Some(parse_shaft_speed(text).map_err(|error| refused_quantity("--speed", &error))?),
        None => None,
    };
    let Some(bearing) = chosen(arguments.bearing.as_deref(), &arguments.dimensions)? else {
        return Err(
            Failure::new(Code::Usage, "no bearing was given").help("brinell freqs 6205 --speed 1797rpm")
        );
    };
    let geometry = bearing.geometry;
    let orders =
        if arguments.outer_ring_rotates { geometry.orders_outer_rotating() } else { geometry.orders() };
    let hz = |order: Order| speed.map(|shaft| order.at(shaft).0);
    let line = |name, meaning: String, order: Order, sideband: Option<Order>| {
        let harmonic = |number: u8| {
            let order = Order(order.0 * f64::from(number));
            let pair = sideband.map(|by| [Order(order.0 - by.0), Order(order.0 + by.0)]);
            Harmonic {
                number,
                order: order.0,
                hz: hz(order),
                sidebands_order: pair.map(|pair| pair.map(|order| order.0)),
                sidebands_hz: pair.zip(speed).map(|(pair, shaft)| pair.map(|order| order.at(shaft).0)),
            }
        };
        Line {
            name,
            meaning,
            order: order.0,
            hz: hz(order),
            harmonics: (1..=arguments.harmonics).map(harmonic).collect(),
        }
    };
    let mut lines = Vec::new();
    for kind in FaultKind::ALL {
        if kind == FaultKind::Ball {
            let meaning = "spin of a rolling element; a pit on it strikes at 2xBSF".to_owned();
            lines.push(line("BSF", meaning, Order(orders.bsf), None));
        }
        let meaning = format!("{} fault", kind.title());
        lines.push(line(kind.line(), meaning, kind.order(&orders), kind.sideband(&orders)));
    }
    let data = Frequencies {
        source: bearing.provenance().to_string(),
        uncertainty: bearing.uncertainty,
        bearing: bearing.designation,
        rolling_elements: geometry.rolling_elements,
        ball_diameter_mm: geometry.ball_diameter.0,
        pitch_diameter_mm: geometry.pitch_diameter.0,
        contact_angle_deg: geometry.contact_angle_deg,
        rotating_ring: if arguments.outer_ring_rotates { "outer" } else { "inner" },
        speed_hz: speed.map(|speed| speed.0),
        speed_rpm: speed.map(|speed| Hertz::to_rpm(speed).0),
        lines,
    };
    session.result(&arguments.result.target(), "brinell.freqs/1", true, &data, &human(&data, session))?;
    Ok(Exit::Done)
}

fn human(data: &Frequencies, session: &Session) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} rolling elements of {:.3} mm on {:.3} mm, contact angle {:.1} deg, {} ring rotates",
        session.paint.bold(&visible(&data.bearing)),
        data.rolling_elements,
        data.ball_diameter_mm,
        data.pitch_diameter_mm,
        data.contact_angle_deg,
        data.rotating_ring,
    );
    let _ = writeln!(text, "source: {}", visible(&data.source));
    if let (Some(hz), Some(rpm)) = (data.speed_hz, data.speed_rpm) {
        let _ = writeln!(text, "shaft: {rpm:.1} rpm = {hz:.4} Hz");
    }
    let _ = writeln!(text);
    let hz_title = if data.speed_hz.is_some() { "        Hz" } else { "" };
    let _ = writeln!(text, "line    h     order{hz_title}  first sidebands");
    for line in &data.lines {
        for harmonic in &line.harmonics {
            let name = if harmonic.number == 1 { line.name } else { "" };
            let hz = harmonic.hz.map_or(String::new(), |hz| format!("{hz:10.3}"));
            let _ = write!(text, "{name:<6} {:>2} {:>9.4}{hz}", harmonic.number, harmonic.order);
            match (harmonic.sidebands_hz, harmonic.sidebands_order) {
                (Some([low, high]), _) => {
                    let _ = write!(text, "  {low:.3} and {high:.3} Hz");
                }
                (None, Some([low, high])) => {
                    let _ = write!(text, "  {low:.4} and {high:.4}");
                }
                _ => {}
            }
            let note = if harmonic.number == 1 { format!("  {}", line.meaning) } else { String::new() };
            let _ = writeln!(text, "{}", session.paint.dim(&note));
        }
    }
    text
}
