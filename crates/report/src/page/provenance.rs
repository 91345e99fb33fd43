//! Method and provenance: all that is needed to repeat the diagnosis and to doubt it.

use super::{gap, heading, origin, scrolled};
use crate::number;
use brinell_diagnosis::{Bearing, Diagnosis, Machine};
use maud::{Markup, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section id="method" aria-labelledby="method-title" {
            (heading("method"))
            h3 { "Method" }
            @if diagnosis.method.description.is_empty() {
                (gap("the description of the method.", "the evidence cannot be judged by its means.", "a diagnosis by a release of the program."))
            } @else {
                p.prose { (diagnosis.method.description) }
            }
            (scrolled("Parameters of the method", method(diagnosis)))
            h3 { "Input" }
            (scrolled("Facts about the input", input(diagnosis)))
            h3 { "Bearing" }
            @match &diagnosis.bearing {
                Some(bearing) => (scrolled("Geometry of the bearing", geometry(bearing))),
                None => (gap(
                    "the bearing under the sensor.",
                    "no fault frequency can be computed.",
                    "--bearing, its designation; or number and diameter of the rolling elements, pitch diameter and contact angle.",
                )),
            }
            h3 { "Repeat" }
            @if diagnosis.reproduce.is_empty() {
                (gap("the command line.", "the diagnosis cannot be repeated from this page alone.", "the command from the log of the run."))
            } @else {
                pre tabindex="0" { code { (diagnosis.reproduce) } }
            }
            p { "Made by " (diagnosis.tool.name) " " (diagnosis.tool.version) ", form of the data " code { (diagnosis.schema) }
                ". The same input, parameters and version give the same bytes." }
        }
    }
}

fn fact(name: &str, value: Markup) -> Markup {
    markup! { tr { th scope="row" { (name) } td { (value) } } }
}

fn method(diagnosis: &Diagnosis) -> Markup {
    let method = &diagnosis.method;
    let bands: Vec<String> = method
        .bands_hz
        .iter()
        .map(|b| format!("{} to {}", number::fixed(b[0], 0), number::fixed(b[1], 0)))
        .collect();
    markup! {
        table.facts-table {
            caption { "Parameters of the method" }
            tbody {
                (fact("Bands tried, Hz", markup! { @if bands.is_empty() { "none" } @else { (bands.join("; ")) } }))
                (fact("Line spacing", markup! { (number::significant(method.resolution_hz, 4)) " Hz" }))
                (fact("Shaft turns in the recording", markup! {
                    (method.revolutions.map_or_else(|| "not known: no shaft speed".to_owned(), |v| number::fixed(v, 1)))
                }))
                (fact("Control orders behind p", markup! { (method.controls) }))
                (fact("Largest adjusted p that counts as found", markup! { (number::trimmed(method.significance)) }))
                (fact("Tolerance around an order", markup! { "\u{b1}" (number::trimmed(100.0 * method.order_tolerance)) " %" }))
            }
        }
    }
}

fn input(diagnosis: &Diagnosis) -> Markup {
    let input = &diagnosis.input;
    markup! {
        table.facts-table {
            caption { "What was read, and where each fact comes from" }
            tbody {
                (fact("Path as given", markup! { code { (input.path) } }))
                (fact("SHA-256", markup! { code { (input.sha256) } }))
                (fact("Size and format", markup! { (input.bytes) " bytes, " (input.format) }))
                (fact("Variable and channel", markup! { code { (input.variable) } ", " (input.channel) }))
                (fact("Sensor position", markup! { (input.position.as_deref().unwrap_or("not stated")) }))
                (fact("Unit", markup! { (input.unit) " (" (origin(input.unit_origin)) ")" }))
                (fact("Sampling rate", markup! { (number::trimmed(input.rate_hz)) " Hz (" (origin(input.rate_origin)) ")" }))
                (fact("Samples", markup! { (input.samples) ", " (number::seconds(input.duration_s)) }))
                (fact("Shaft speed", match &diagnosis.speed {
                    Some(speed) => markup! {
                        (number::fixed(speed.hz, 3)) " Hz = " (number::fixed(60.0 * speed.hz, 1)) " r/min (" (origin(speed.origin)) ")"
                        @if !speed.note.is_empty() { ", " (speed.note) }
                    },
                    None => markup! { "not known; no fault frequency can be placed. Supply --speed." },
                }))
                (fact("Machine", markup! { (diagnosis.machine.asset.as_deref().unwrap_or("not declared")) }))
                (fact("Measuring point", markup! { (diagnosis.machine.point.as_deref().unwrap_or("not declared")) }))
                (fact("Power, group, support", declared(&diagnosis.machine)))
                (fact("Criticality", match diagnosis.machine.criticality {
                    Some(criticality) => markup! { (criticality) },
                    None => markup! { "not declared" },
                }))
                (fact("Time of measurement", match diagnosis.assessed.as_ref().and_then(|a| a.measured.as_deref()) {
                    Some(measured) => markup! { (measured) },
                    None => markup! { "not in the data of this report; all dates count from the measurement" },
                }))
            }
        }
    }
}

/// What the zones of the standard need.
fn declared(machine: &Machine) -> Markup {
    let power = machine.power_kw.map(|power| format!("{} kW", number::trimmed(power)));
    let group = machine.group.map(|group| format!("group {group}"));
    let support = machine.support.map(|support| format!("{support} support"));
    let known: Vec<String> = [power, group, support].into_iter().flatten().collect();
    markup! { @if known.is_empty() { "not declared" } @else { (known.join(", ")) } }
}

fn geometry(bearing: &Bearing) -> Markup {
    markup! {
        table.facts-table {
            caption { "Geometry and kinematic orders (multiples of the shaft speed, inner ring turning)" }
            tbody {
                (fact("Designation", markup! { (bearing.designation) " (" (origin(bearing.origin)) ")" }))
                (fact("Source", markup! { @if bearing.source.is_empty() { "not stated" } @else { (bearing.source) } }))
                (fact("Rolling elements", markup! { (bearing.rolling_elements) " of " (number::fixed(bearing.ball_diameter_mm, 3)) " mm" }))
                (fact("Pitch diameter", markup! { (number::fixed(bearing.pitch_diameter_mm, 3)) " mm" }))
                (fact("Contact angle", markup! { (number::fixed(bearing.contact_angle_deg, 1)) "\u{b0}" }))
                (fact("BPFI, BPFO", markup! { (number::fixed(bearing.orders.bpfi, 4)) "\u{d7}, " (number::fixed(bearing.orders.bpfo, 4)) "\u{d7}" }))
                (fact("BSF, 2\u{d7}BSF", markup! { (number::fixed(bearing.orders.bsf, 4)) "\u{d7}, " (number::fixed(2.0 * bearing.orders.bsf, 4)) "\u{d7}" }))
                (fact("FTF", markup! { (number::fixed(bearing.orders.ftf, 4)) "\u{d7}" }))
            }
        }
    }
}
