//! Method and provenance: all that is needed to repeat the diagnosis and to doubt it.

use super::origin;
use crate::document::{Block, Prose, Span, Table, Tone, code, next, prose, said};
use crate::{number, unit};
use brinell_diagnosis::{Bearing, Diagnosis, Machine};
use brinell_signal::{Joint, Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let description = Phrase::from(&diagnosis.method.description);
    vec![
        Block::heading(phrase!("Method")),
        if description.is_empty() {
            Block::gap(
                phrase!("the description of the method."),
                phrase!("the evidence cannot be judged by its means."),
                phrase!("a diagnosis by a release of the program."),
            )
        } else {
            Block::Paragraph(Tone::Long, prose![description])
        },
        Block::Table(method(diagnosis)),
        Block::heading(phrase!("Input")),
        Block::Table(input(diagnosis)),
        Block::heading(phrase!("Bearing")),
        match &diagnosis.bearing {
            Some(bearing) => Block::Table(geometry(bearing)),
            None => Block::gap(
                phrase!("the bearing under the sensor."),
                phrase!("no fault frequency can be computed."),
                phrase!(
                    "--bearing, its designation; or number and diameter of the rolling elements, pitch diameter and contact angle."
                ),
            ),
        },
        Block::heading(phrase!("Repeat")),
        if diagnosis.reproduce.is_empty() {
            Block::gap(
                phrase!("the command line."),
                phrase!("the diagnosis cannot be repeated from this page alone."),
                phrase!("the command from the log of the run."),
            )
        } else {
            Block::Command(diagnosis.reproduce.clone())
        },
        Block::text(prose![
            said!(
                "Made by {program} {version}, form of the data {schema}.",
                program = &diagnosis.tool.name,
                version = &diagnosis.tool.version,
                schema = code(&diagnosis.schema)
            ),
            next(),
            phrase!("The same input, parameters and version give the same bytes.")
        ]),
    ]
}

fn method(diagnosis: &Diagnosis) -> Table {
    let method = &diagnosis.method;
    let band = |[low, high]: [f64; 2]| {
        phrase!("{low} to {high}", low = number::fixed(low, 0), high = number::fixed(high, 0))
    };
    let bands = match method.bands_hz.as_slice() {
        [] => phrase!("none"),
        bands => Phrase::list(Joint::Semicolon, bands.iter().copied().map(band)),
    };
    let turns = method.revolutions;
    Table::facts(
        phrase!("Parameters of the method"),
        phrase!("Parameters of the method"),
        vec![
            (phrase!("Bands tried, Hz"), prose![bands]),
            (
                phrase!("Line spacing"),
                prose![phrase!("{hz} Hz", hz = number::significant(method.resolution_hz, 4))],
            ),
            (
                phrase!("Shaft turns in the recording"),
                prose![turns.map_or_else(|| phrase!("not known: no shaft speed"), |v| number::fixed(v, 1))],
            ),
            (phrase!("Control orders behind p"), prose![method.controls]),
            (
                phrase!("Largest adjusted p that counts as found"),
                prose![number::trimmed(method.significance)],
            ),
            (
                phrase!("Tolerance around an order"),
                prose![phrase!("\u{b1}{share} %", share = number::trimmed(100.0 * method.order_tolerance))],
            ),
        ],
    )
}

fn input(diagnosis: &Diagnosis) -> Table {
    let input = &diagnosis.input;
    let machine = &diagnosis.machine;
    let measured = diagnosis.assessed.as_ref().and_then(|assessed| assessed.measured.as_deref());
    let given = |own: &Option<String>, otherwise: Phrase| match own {
        Some(text) => prose![text],
        None => prose![otherwise],
    };
    Table::facts(
        phrase!("Facts about the input"),
        phrase!("What was read, and where each fact comes from"),
        vec![
            (phrase!("Path as given"), prose![code(&input.path)]),
            (phrase!("SHA-256"), prose![code(&input.sha256)]),
            (
                phrase!("Size and format"),
                prose![phrase!("{n} bytes, {format}", n = input.bytes, format = &input.format)],
            ),
            (
                phrase!("Variable and channel"),
                two(code(&input.variable), Span::Text((&input.channel).into())),
            ),
            (
                phrase!("Sensor position"),
                prose![input.position.as_deref().map_or_else(|| phrase!("not stated"), Phrase::named)],
            ),
            (phrase!("Unit"), prose![unit::with_origin(&input.unit, origin(input.unit_origin))]),
            (
                phrase!("Sampling rate"),
                prose![phrase!(
                    "{hz} Hz ({origin})",
                    hz = number::trimmed(input.rate_hz),
                    origin = origin(input.rate_origin)
                )],
            ),
            (
                phrase!("Samples"),
                prose![phrase!(
                    "{n}, {length}",
                    n = input.samples,
                    length = number::seconds(input.duration_s)
                )],
            ),
            (phrase!("Shaft speed"), prose![speed(diagnosis)]),
            (phrase!("Machine"), given(&machine.asset, phrase!("not declared"))),
            (phrase!("Measuring point"), given(&machine.point, phrase!("not declared"))),
            (phrase!("Power, group, support"), prose![declared(machine)]),
            (
                phrase!("Criticality"),
                prose![
                    machine
                        .criticality
                        .map_or_else(|| phrase!("not declared"), |own| Phrase::named(&own.to_string()))
                ],
            ),
            (
                phrase!("Time of measurement"),
                prose![measured.map_or_else(
                    || phrase!("not in the data of this report; all dates count from the measurement"),
                    Phrase::verbatim
                )],
            ),
        ],
    )
}

/// Two spans as a list.
fn two(first: Span, second: Span) -> Prose {
    prose![said!("{first}, {second}", first = first, second = second)]
}

fn speed(diagnosis: &Diagnosis) -> Phrase {
    let Some(speed) = &diagnosis.speed else {
        return phrase!("not known; no fault frequency can be placed. Supply --speed.");
    };
    let (hz, rpm) = (number::fixed(speed.hz, 3), number::fixed(60.0 * speed.hz, 1));
    let (origin, note) = (origin(speed.origin), Phrase::from(&speed.note));
    if note.is_empty() {
        phrase!("{hz} Hz = {rpm} r/min ({origin})", hz, rpm, origin)
    } else {
        phrase!("{hz} Hz = {rpm} r/min ({origin}), {note}", hz, rpm, origin, note)
    }
}

/// What the zones of the standard need.
fn declared(machine: &Machine) -> Phrase {
    let power = machine.power_kw.map(|power| phrase!("{kw} kW", kw = number::trimmed(power)));
    let group = machine.group.map(|group| phrase!("group {group}", group));
    let support = machine
        .support
        .map(|support| phrase!("{support} support", support = Phrase::named(&support.to_string())));
    let known: Vec<Phrase> = [power, group, support].into_iter().flatten().collect();
    if known.is_empty() { phrase!("not declared") } else { Phrase::list(Joint::Comma, known) }
}

fn geometry(bearing: &Bearing) -> Table {
    let orders = &bearing.orders;
    let order = |value: f64| format!("{}\u{d7}", number::fixed(value, 4));
    let orders_of = |a: f64, b: f64| Phrase::list(Joint::Comma, [order(a), order(b)].map(Phrase::verbatim));
    let millimetres = |value: f64| phrase!("{mm} mm", mm = number::fixed(value, 3));
    Table::facts(
        phrase!("Geometry of the bearing"),
        phrase!("Geometry and kinematic orders (multiples of the shaft speed, inner ring turning)"),
        vec![
            (
                phrase!("Designation"),
                prose![phrase!(
                    "{name} ({origin})",
                    name = &bearing.designation,
                    origin = origin(bearing.origin)
                )],
            ),
            (
                phrase!("Source"),
                prose![if bearing.source.is_empty() {
                    phrase!("not stated")
                } else {
                    bearing.source.clone()
                }],
            ),
            (
                phrase!("Rolling elements"),
                prose![phrase!(
                    "{n} of {diameter}",
                    n = bearing.rolling_elements,
                    diameter = millimetres(bearing.ball_diameter_mm)
                )],
            ),
            (phrase!("Pitch diameter"), prose![millimetres(bearing.pitch_diameter_mm)]),
            (
                phrase!("Contact angle"),
                prose![phrase!("{degrees}\u{b0}", degrees = number::fixed(bearing.contact_angle_deg, 1))],
            ),
            (phrase!("BPFI, BPFO"), prose![orders_of(orders.bpfi, orders.bpfo)]),
            (phrase!("BSF, 2\u{d7}BSF"), prose![orders_of(orders.bsf, 2.0 * orders.bsf)]),
            (phrase!("FTF"), prose![order(orders.ftf)]),
        ],
    )
}
