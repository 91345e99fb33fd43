//! What a recording lacks for a verdict, and what would settle it.

use brinell_signal::{BearingOrders, FaultKind, Hertz, Recording};

use crate::evidence::{Assessment, WIDEST_BAND};
use crate::verdict::{HARMONICS_NEEDED, Missing, chance};
use crate::{BearingReading, Level, QualityCheck, UnknownBearing};

/// Fewest shaft revolutions for which a comb is looked for: below, its lines lie too close to the
/// shaft's and the null has too few independent lines.
const FEWEST_REVOLUTIONS: f64 = 20.0;

/// Fewest control orders from which a chance is told.
const FEWEST_CONTROLS: usize = 100;

/// What is missing before the evidence is looked for.
pub(crate) fn missing(
    recording: &Recording,
    shaft: Option<Hertz>,
    orders: Option<BearingOrders>,
    quality: &[QualityCheck],
) -> Vec<Missing> {
    let mut missing = Vec::new();
    if orders.is_none() {
        missing.push(Missing {
            what: "The bearing under the sensor is not known, so no fault frequency can be computed.".into(),
            settle: vec!["the bearing's designation or geometry (--bearing)".into()],
        });
    }
    match shaft {
        None => missing.push(Missing {
            what: "The shaft speed is not known, so no fault frequency can be computed.".into(),
            settle: vec!["the shaft speed (--speed 1480rpm)".into()],
        }),
        Some(shaft) => {
            let revolutions = recording.duration().0 * shaft.0;
            if revolutions < FEWEST_REVOLUTIONS {
                missing.push(Missing {
                    what: format!(
                        "The recording holds {revolutions:.1} revolutions of the shaft; {FEWEST_REVOLUTIONS:.0} \
                         are needed to tell a bearing's lines from their neighbours."
                    ),
                    settle: vec![format!("a recording of at least {:.1} s", FEWEST_REVOLUTIONS / shaft.0)],
                });
            }
        }
    }
    if let (Some(shaft), Some(orders)) = (shaft, orders) {
        let top = WIDEST_BAND * recording.rate().value.0 / 2.0;
        let needed = f64::from(HARMONICS_NEEDED) * FaultKind::Inner.order(&orders).at(shaft).0;
        if needed > top {
            missing.push(Missing {
                what: format!(
                    "{HARMONICS_NEEDED} harmonics of BPFI reach to {needed:.0} Hz, but the widest band of this \
                     recording is {top:.0} Hz wide: no fault could show."
                ),
                settle: vec![format!("a recording at {:.0} Hz or more", 2.0 * needed / WIDEST_BAND)],
            });
        }
    }
    for check in quality.iter().filter(|q| q.level == Level::Bad && q.code != "too_few_revolutions") {
        missing.push(Missing {
            what: format!("{}: {} (limit {}).", check.title, check.value, check.limit),
            settle: vec!["a new recording without this defect".into()],
        });
    }
    missing
}

/// What the evidence itself lacks.
pub(crate) fn too_few_controls(assessment: &Assessment) -> Option<Missing> {
    (assessment.controls < FEWEST_CONTROLS).then(|| Missing {
        what: "The recording leaves too few orders to compare a comb with: no fault could be told from them."
            .into(),
        settle: vec!["a longer recording, or one with less interference".into()],
    })
}

/// What was found where only the bearing is missing, and what of it would settle most.
pub(crate) fn unknown(found: &UnknownBearing) -> Missing {
    let [low, high] = crate::unknown_bearing::SCANNED;
    let Some((first, more)) = found.combs.split_first() else {
        let what = format!(
            "No comb stands out between {low} and {high} x shaft; without the bearing's orders that clears no part."
        );
        return Missing { what, settle: Vec::new() };
    };
    let also: Vec<String> = more.iter().map(|comb| format!("{:.3}", comb.order)).collect();
    let also =
        if also.is_empty() { String::new() } else { format!(", further ones at {} x", also.join(", ")) };
    let each: Vec<String> = found.readings.iter().take(4).map(BearingReading::in_words).collect();
    let by_accident = match found.coincidence {
        Some(share) if found.readings.first().is_some_and(|reading| reading.explained.len() > 1) => format!(
            " That two combs fit one bearing is no proof: {:.0} % of all orders would fit as well.",
            100.0 * share
        ),
        _ => String::new(),
    };
    let explained = if each.is_empty() {
        " No usual bearing has a part at that order: it may be another machine's.".to_owned()
    } else {
        format!(" It may be {}, or of another machine part.{by_accident}", each.join("; or "))
    };
    let rival = first.rival.as_ref().map_or_else(String::new, |rival| format!(" Or {rival}."));
    let what = format!(
        "A comb stands out at {:.3} +- {:.3} x shaft ({:.2} Hz, modulation index {:.2}, chance over the whole scan \
         {}){also}.{explained}{rival}",
        first.order,
        first.sd,
        first.hz,
        first.modulation,
        chance(first.p)
    );
    let settle = if each.is_empty() {
        Vec::new()
    } else {
        vec!["the number of rolling elements alone, which tells most of these readings apart".into()]
    };
    Missing { what, settle }
}

/// What would not have been seen; empty where nothing was looked for.
pub(crate) fn blind_to(assessment: Option<&Assessment>, rate: Hertz) -> String {
    match assessment {
        None => String::new(),
        Some(a) => format!(
            "damage whose impacts modulate every band by an index below {:.2} (about a twentieth of the band's \
             power), lines further than {:.1} % from the orders, or damage that rings only above {:.1} kHz.",
            crate::verdict::MODULATION_NEEDED,
            100.0 * a.tolerance,
            rate.0 / 2000.0
        ),
    }
}
