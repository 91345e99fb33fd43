//! What limits a diagnosis.

use brinell_signal::{Origin, Recording, Unit};

use crate::{Caveat, Diagnosis, Level};

/// The earliest stage of damage rings above this.
const EARLIEST_STAGE_HZ: f64 = 20_000.0;

/// The caveats of a diagnosis whose other fields are filled.
pub(crate) fn caveats(d: &Diagnosis, recording: &Recording) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let mut add = |code: &str, text: String| caveats.push(Caveat { code: code.into(), text });
    if let Some((speed, other)) = recording.speed().and_then(|s| Some((s, s.overrides.as_ref()?))) {
        let given = speed.value.to_rpm().0;
        add(
            "speed_contradicted",
            format!("You gave {given:.1} rpm, but {other}: with the wrong speed no fault is seen."),
        );
    }
    if let Some(other) = &recording.rate().overrides {
        let given = recording.rate().value.0;
        add(
            "rate_contradicted",
            format!("You gave {given} Hz, but {other}: every frequency here depends on it."),
        );
    }
    for check in d.quality.iter().filter(|q| q.level != Level::Ok) {
        add(
            &format!("quality_{}", check.code),
            format!("{}: {}. {}", check.title, check.value, check.effect),
        );
    }
    if d.input.rate_origin == Origin::Assumed {
        add("rate_assumed", "The sampling rate is assumed: every frequency here depends on it.".into());
    }
    if let Some(speed) =
        d.speed.as_ref().filter(|s| matches!(s.origin, Origin::Nominal | Origin::Assumed | Origin::Estimated))
    {
        add(
            "speed_not_measured",
            format!(
                "The shaft speed is {} ({}): fault frequencies may be off by its error, and the search is \
                 {:.1} % wider on either side.",
                speed.origin,
                speed.note,
                100.0 * speed.uncertainty
            ),
        );
    }
    if d.bearing.as_ref().is_some_and(|b| b.origin != Origin::Declared) {
        add(
            "bearing_not_declared",
            "The bearing comes from the data set's layout, not from you: check the designation.".into(),
        );
    }
    if d.input.rate_hz < 2.0 * EARLIEST_STAGE_HZ {
        add(
            "early_stage_invisible",
            format!(
                "The recording reaches to {:.1} kHz: the earliest stage of damage, which rings above 20 kHz, \
                 does not show in it.",
                d.input.rate_hz / 2000.0
            ),
        );
    }
    if let Some(bearing) = d.bearing.as_ref().filter(|b| !b.uncertainty.is_none()) {
        let mut text = format!("The bearing's geometry is not certain: {}.", bearing.source);
        if bearing.uncertainty.ratio > 0.0 {
            text.push_str(
                " The search for its lines is as much wider, and what stands out in it is less unlikely.",
            );
        }
        if bearing.uncertainty.rolling_elements > 0 {
            text.push_str(
                " With another number of elements the lines lie elsewhere, where they were not looked for: count them or \
                 ask the maker.",
            );
        }
        add("bearing_nominal", text);
    }
    if d.input.unit == Unit::Unknown.to_string() {
        add(
            "unit_unknown",
            "The unit of the samples is not known: amplitudes are in units of the file.".into(),
        );
    } else if d.input.unit_origin == Origin::Assumed {
        add(
            "unit_assumed",
            format!("The unit ({}) is assumed; no conclusion here depends on it.", d.input.unit),
        );
    }
    caveats
}
