//! Severity, stage and history: what is not assessed, and what would have to be supplied.

use super::origin;
use crate::document::{Block, Prose, prose, strong};
use crate::number;
use brinell_diagnosis::Diagnosis;
use brinell_signal::Origin;

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut items = zone_reasons(diagnosis);
    items.push(prose![
        strong("No stage of damage: "),
        "it needs the trend of this point; stage 1 shows only above 20 kHz, and this recording ends at ",
        number::significant(diagnosis.input.rate_hz / 2560.0, 3),
        " kHz of usable band."
    ]);
    items.push(prose![
        strong("No history: "),
        "this report knows one measurement. A remaining life needs a definition of failure and a trend."
    ]);
    vec![
        Block::text(sentence(diagnosis)),
        Block::List { ordered: false, items },
        Block::text(
            "Severity and evidence are two separate questions: a low broadband level would not speak against a bearing fault.",
        ),
    ]
}

/// The severity in one sentence, for the summary.
pub(crate) fn sentence(diagnosis: &Diagnosis) -> String {
    let unit = match diagnosis.input.unit_origin {
        Origin::Assumed => "a known unit, ",
        _ => "",
    };
    format!(
        "Severity is not assessed: no zone, stage or trend without {unit}power, group and support of the machine, and earlier measurements."
    )
}

fn zone_reasons(diagnosis: &Diagnosis) -> Vec<Prose> {
    let input = &diagnosis.input;
    let mut reasons = vec![prose![
        strong("No zone (ISO 20816-3): "),
        "rated power, machine group and support are not declared. Supply them; below 15 kW the standard gives no zone."
    ]];
    if input.unit_origin == Origin::Assumed {
        reasons.push(prose![
            strong(format!("Unit {}: ", origin(input.unit_origin))),
            "the samples are taken to be in ",
            &input.unit,
            "; a velocity in mm/s RMS would carry the same doubt. Supply the unit or the sensor's sensitivity."
        ]);
    }
    if 0.45 * input.rate_hz < 1000.0 {
        reasons.push(prose![
            strong("Band too narrow: "),
            "0.45 times the rate does not reach 1000 Hz, so the velocity RMS from 10 to 1000 Hz cannot be measured. Supply a recording at a higher rate."
        ]);
    }
    reasons
}
