//! Method and provenance: all that is needed to repeat the diagnosis and to doubt it.

use super::origin;
use crate::document::{Block, Table, Tone, code, prose};
use crate::number;
use brinell_diagnosis::{Bearing, Diagnosis, Machine};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let description = &diagnosis.method.description;
    vec![
        Block::heading("Method"),
        if description.is_empty() {
            Block::gap(
                "the description of the method.",
                "the evidence cannot be judged by its means.",
                "a diagnosis by a release of the program.",
            )
        } else {
            Block::Paragraph(Tone::Long, prose![description])
        },
        Block::Table(method(diagnosis)),
        Block::heading("Input"),
        Block::Table(input(diagnosis)),
        Block::heading("Bearing"),
        match &diagnosis.bearing {
            Some(bearing) => Block::Table(geometry(bearing)),
            None => Block::gap(
                "the bearing under the sensor.",
                "no fault frequency can be computed.",
                "--bearing, its designation; or number and diameter of the rolling elements, pitch diameter and contact angle.",
            ),
        },
        Block::heading("Repeat"),
        if diagnosis.reproduce.is_empty() {
            Block::gap(
                "the command line.",
                "the diagnosis cannot be repeated from this page alone.",
                "the command from the log of the run.",
            )
        } else {
            Block::Command(diagnosis.reproduce.clone())
        },
        Block::text(prose![
            "Made by ",
            &diagnosis.tool.name,
            " ",
            &diagnosis.tool.version,
            ", form of the data ",
            code(&diagnosis.schema),
            ". The same input, parameters and version give the same bytes."
        ]),
    ]
}

fn method(diagnosis: &Diagnosis) -> Table {
    let method = &diagnosis.method;
    let bands: Vec<String> =
        method.bands_hz.iter().map(|band| band.map(|hz| number::fixed(hz, 0)).join(" to ")).collect();
    let turns = method.revolutions;
    Table::facts(
        "Parameters of the method",
        "Parameters of the method",
        vec![
            ("Bands tried, Hz", prose![if bands.is_empty() { "none".to_owned() } else { bands.join("; ") }]),
            ("Line spacing", prose![number::significant(method.resolution_hz, 4), " Hz"]),
            (
                "Shaft turns in the recording",
                prose![turns.map_or_else(|| "not known: no shaft speed".to_owned(), |v| number::fixed(v, 1))],
            ),
            ("Control orders behind p", prose![method.controls]),
            ("Largest adjusted p that counts as found", prose![number::trimmed(method.significance)]),
            (
                "Tolerance around an order",
                prose!["\u{b1}", number::trimmed(100.0 * method.order_tolerance), " %"],
            ),
        ],
    )
}

fn input(diagnosis: &Diagnosis) -> Table {
    let input = &diagnosis.input;
    let machine = &diagnosis.machine;
    let measured = diagnosis.assessed.as_ref().and_then(|assessed| assessed.measured.as_deref());
    let speed = match &diagnosis.speed {
        Some(speed) => prose![
            number::fixed(speed.hz, 3),
            " Hz = ",
            number::fixed(60.0 * speed.hz, 1),
            " r/min (",
            origin(speed.origin),
            ")",
            (!speed.note.is_empty()).then(|| format!(", {}", speed.note))
        ],
        None => prose!["not known; no fault frequency can be placed. Supply --speed."],
    };
    Table::facts(
        "Facts about the input",
        "What was read, and where each fact comes from",
        vec![
            ("Path as given", prose![code(&input.path)]),
            ("SHA-256", prose![code(&input.sha256)]),
            ("Size and format", prose![input.bytes, " bytes, ", &input.format]),
            ("Variable and channel", prose![code(&input.variable), ", ", &input.channel]),
            ("Sensor position", prose![input.position.as_deref().unwrap_or("not stated")]),
            ("Unit", prose![&input.unit, " (", origin(input.unit_origin), ")"]),
            (
                "Sampling rate",
                prose![number::trimmed(input.rate_hz), " Hz (", origin(input.rate_origin), ")"],
            ),
            ("Samples", prose![input.samples, ", ", number::seconds(input.duration_s)]),
            ("Shaft speed", speed),
            ("Machine", prose![machine.asset.as_deref().unwrap_or("not declared")]),
            ("Measuring point", prose![machine.point.as_deref().unwrap_or("not declared")]),
            ("Power, group, support", prose![declared(machine)]),
            (
                "Criticality",
                prose![machine.criticality.map_or_else(|| "not declared".to_owned(), |own| own.to_string())],
            ),
            (
                "Time of measurement",
                prose![
                    measured
                        .unwrap_or("not in the data of this report; all dates count from the measurement")
                ],
            ),
        ],
    )
}

/// What the zones of the standard need.
fn declared(machine: &Machine) -> String {
    let power = machine.power_kw.map(|power| format!("{} kW", number::trimmed(power)));
    let group = machine.group.map(|group| format!("group {group}"));
    let support = machine.support.map(|support| format!("{support} support"));
    let known: Vec<String> = [power, group, support].into_iter().flatten().collect();
    if known.is_empty() { "not declared".to_owned() } else { known.join(", ") }
}

fn geometry(bearing: &Bearing) -> Table {
    let orders = &bearing.orders;
    let order = |value: f64| format!("{}\u{d7}", number::fixed(value, 4));
    let source = if bearing.source.is_empty() { "not stated".to_owned() } else { bearing.source.to_string() };
    Table::facts(
        "Geometry of the bearing",
        "Geometry and kinematic orders (multiples of the shaft speed, inner ring turning)",
        vec![
            ("Designation", prose![&bearing.designation, " (", origin(bearing.origin), ")"]),
            ("Source", prose![source]),
            (
                "Rolling elements",
                prose![bearing.rolling_elements, " of ", number::fixed(bearing.ball_diameter_mm, 3), " mm"],
            ),
            ("Pitch diameter", prose![number::fixed(bearing.pitch_diameter_mm, 3), " mm"]),
            ("Contact angle", prose![number::fixed(bearing.contact_angle_deg, 1), "\u{b0}"]),
            ("BPFI, BPFO", prose![order(orders.bpfi), ", ", order(orders.bpfo)]),
            ("BSF, 2\u{d7}BSF", prose![order(orders.bsf), ", ", order(2.0 * orders.bsf)]),
            ("FTF", prose![order(orders.ftf)]),
        ],
    )
}
