//! What a recording lacks for a verdict, and what would settle it.

use brinell_signal::{BearingOrders, FaultKind, Hertz, Joint, Phrase, Recording, phrase};

use crate::evidence::{Assessment, WIDEST_BAND};
use crate::verdict::{HARMONICS_NEEDED, Missing, chance};
use crate::{BearingReading, Level, QualityCheck, UnknownBearing, UnknownComb};

/// Fewest shaft revolutions for which a comb is looked for: below, its lines lie too close to the
/// shaft's and the null has too few independent lines.
const FEWEST_REVOLUTIONS: f64 = 20.0;

/// Seconds of a recording below which its quality is doubted.
const SHORTEST: f64 = brinell_signal::quality::FEWEST_SECONDS;

/// The check that finds times and counts among the channels.
const RAMP: &str = "ramp";

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
            what: Phrase::word(
                "The bearing under the sensor is not known, so no fault frequency can be computed.",
            ),
            settle: vec![bearing()],
            to_state: Some(bearing()),
        });
    }
    match shaft {
        None => missing.push(Missing {
            what: Phrase::word("The shaft speed is not known, so no fault frequency can be computed."),
            settle: vec![speed()],
            to_state: Some(speed()),
        }),
        Some(shaft) => {
            let revolutions = recording.duration().0 * shaft.0;
            if revolutions < FEWEST_REVOLUTIONS {
                missing.push(Missing {
                    what: phrase!(
                        "The recording holds {revolutions:.1} revolutions of the shaft; {least} are needed to tell a \
                         bearing's lines from their neighbours.",
                        revolutions,
                        least = FEWEST_REVOLUTIONS
                    ),
                    settle: vec![phrase!(
                        "a recording of at least {seconds:.1} s",
                        seconds = (FEWEST_REVOLUTIONS / shaft.0).max(SHORTEST)
                    )],
                    to_state: None,
                });
            }
        }
    }
    if let (Some(shaft), Some(orders)) = (shaft, orders) {
        let top = WIDEST_BAND * recording.rate().value.0 / 2.0;
        let needed = f64::from(HARMONICS_NEEDED) * FaultKind::Inner.order(&orders).at(shaft).0;
        let rate = recording.rate().value;
        if shaft.0 >= rate.0 / 2.0 {
            // Not even one turn of the shaft is sampled twice: the speed or its unit is wrong, not the recording.
            missing.push(Missing {
                what: phrase!(
                    "The shaft speed, {rpm:.0} rpm = {hz:.0} Hz, cannot be right at a sampling rate of {rate} Hz: a turn would \
                     have two samples or fewer.",
                    rpm = shaft.to_rpm().0,
                    hz = shaft.0,
                    rate = rate.0
                ),
                settle: vec![right_speed()],
                to_state: Some(right_speed()),
            });
        } else if needed > top {
            missing.push(Missing {
                what: phrase!(
                    "{n} harmonics of BPFI reach to {needed:.0} Hz, but the widest band of this recording is \
                     {top:.0} Hz wide: no fault could show.",
                    n = HARMONICS_NEEDED,
                    needed,
                    top
                ),
                settle: vec![phrase!("a recording at {hz:.0} Hz or more", hz = 2.0 * needed / WIDEST_BAND)],
                to_state: None,
            });
        }
    }
    let bad = |check: &&QualityCheck| check.level == Level::Bad;
    // What else is wrong with times and counts is no matter: another channel holds the vibration.
    if let Some(ramp) = quality.iter().filter(bad).find(|check| check.code == RAMP) {
        missing.push(Missing {
            what: phrase!(
                "The samples of this channel are no vibration: {value}, as times and counts do.",
                value = &ramp.value
            ),
            settle: vec![vibration()],
            to_state: Some(vibration()),
        });
        return missing;
    }
    for check in quality.iter().filter(bad).filter(|check| check.code != "too_few_revolutions") {
        missing.push(Missing {
            what: phrase!(
                "{check}: {value} (limit {limit}).",
                check = &check.title,
                value = &check.value,
                limit = &check.limit
            ),
            settle: vec![Phrase::word("a new recording without this defect")],
            to_state: None,
        });
    }
    missing
}

/// What the evidence itself lacks.
pub(crate) fn too_few_controls(assessment: &Assessment) -> Option<Missing> {
    (assessment.controls < FEWEST_CONTROLS).then(|| Missing {
        what: Phrase::word(
            "The recording leaves too few orders to compare a comb with: no fault could be told from them.",
        ),
        settle: vec![Phrase::word("a longer recording, or one with less interference")],
        to_state: None,
    })
}

fn bearing() -> Phrase {
    Phrase::word("the bearing's designation or geometry (--bearing)")
}

fn vibration() -> Phrase {
    Phrase::word("the channel that holds the vibration (--channel)")
}

fn speed() -> Phrase {
    Phrase::word("the shaft speed (--speed 1480rpm)")
}

/// What only has to be stated for a verdict on the same file; empty where nothing is missing or a new measurement is
/// needed.
pub(crate) fn to_state(missing: &[Missing]) -> Vec<Phrase> {
    missing.iter().map(|one| one.to_state.clone()).collect::<Option<_>>().unwrap_or_default()
}

/// What was found where only the bearing is missing: what was done, what came of it, and what would settle it.
pub(crate) fn unknown(found: &UnknownBearing) -> Missing {
    let [low, high] = found.scanned;
    let searched = phrase!(
        "The bearing under the sensor is not known, so combs were searched at all orders from {low} to {high} x shaft.",
        low,
        high
    );
    let Some((first, more)) = found.combs.split_first() else {
        let none = Phrase::word("None stands out; without the bearing's orders that clears no part.");
        let what = Phrase::sentences([searched, none]);
        return Missing { what, settle: vec![bearing()], to_state: Some(bearing()) };
    };
    let rival = first.rival.as_ref().map(|rival| phrase!("Or {rival}.", rival));
    let what = Phrase::sentences([searched, stands_out(first, more), explained(found), rival.into()]);
    let elements = (!found.readings.is_empty()).then(|| {
        Phrase::word("the number of rolling elements alone, which tells most of these readings apart")
    });
    let settle = std::iter::once(bearing()).chain(elements).collect();
    Missing { what, settle, to_state: Some(bearing()) }
}

/// The first comb in numbers, and where further ones lie.
fn stands_out(first: &UnknownComb, more: &[UnknownComb]) -> Phrase {
    let comb = phrase!(
        "A comb stands out at {order:.3} +- {sd:.3} x shaft ({hz:.2} Hz, modulation index {modulation:.2}, chance over \
         the whole scan {chance})",
        order = first.order,
        sd = first.sd,
        hz = first.hz,
        modulation = first.modulation,
        chance = chance(first.p)
    );
    if more.is_empty() {
        return phrase!("{comb}.", comb);
    }
    let orders = more.iter().map(|comb| format!("{:.3}", comb.order).into());
    phrase!("{comb}, further ones at {orders} x.", comb, orders = Phrase::list(Joint::Comma, orders))
}

/// Which bearings would give the combs.
fn explained(found: &UnknownBearing) -> Phrase {
    let mut each = found.readings.iter().take(4).map(BearingReading::in_words);
    let Some(first) = each.next() else {
        return Phrase::word("No usual bearing has a part at that order: it may be another machine's.");
    };
    let others = each.map(|reading| phrase!("or {reading}", reading));
    let all = Phrase::list(Joint::Semicolon, std::iter::once(first).chain(others));
    let explained = phrase!("It may be {readings}, or of another machine part.", readings = all);
    let two_fit = found.readings.first().is_some_and(|reading| reading.explained.len() > 1);
    let by_accident = found.coincidence.filter(|_| two_fit).map(|share| {
        phrase!(
            "That two combs fit one bearing is no proof: {percent:.0} % of all orders would fit as well.",
            percent = 100.0 * share
        )
    });
    Phrase::sentences([explained, by_accident.into()])
}

/// What would not have been seen; empty where nothing was looked for.
pub(crate) fn blind_to(assessment: Option<&Assessment>, rate: Hertz) -> Phrase {
    match assessment {
        None => Phrase::default(),
        Some(a) => phrase!(
            "damage whose impacts modulate every band by an index below {index:.2} (about a twentieth of the band's \
             power), lines further than {percent:.1} % from the orders, or damage that rings only above {khz:.1} kHz.",
            index = crate::verdict::MODULATION_NEEDED,
            percent = 100.0 * a.tolerance,
            khz = rate.0 / 2000.0
        ),
    }
}

fn right_speed() -> Phrase {
    Phrase::word("the right shaft speed with its unit (--speed 1480rpm)")
}
