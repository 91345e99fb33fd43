//! What limits a diagnosis.

use brinell_signal::{Origin, Phrase, Recording, Unit, phrase};

use crate::{Caveat, Diagnosis, Level};

/// The earliest stage of damage rings above this.
const EARLIEST_STAGE_HZ: f64 = 20_000.0;

/// What makes all else doubtful, weightiest first: these stand before every other caveat.
const FIRST: [&str; 9] = [
    "quality_damaged",
    "quality_ramp",
    "quality_dropouts",
    "quality_clipping",
    "rate_contradicted",
    "rate_assumed",
    "speed_contradicted",
    "unit_contradicted",
    "speed_not_measured",
];

/// What holds of most recordings: it stands behind every other caveat.
const LAST: &str = "early_stage_invisible";

/// Begin of the codes of caveats about the net, whose opinion is the second one.
const NET: &str = "net_";

/// Brings the weightiest caveat to the front: a report tells it alone where there is room for one.
pub(crate) fn weightiest_first(caveats: &mut [Caveat]) {
    caveats.sort_by_key(|caveat| match caveat.code.as_str() {
        LAST => FIRST.len() + 2,
        code if code.starts_with(NET) => FIRST.len() + 1,
        code => FIRST.iter().position(|first| *first == code).unwrap_or(FIRST.len()),
    });
}

/// The caveats of a diagnosis whose other fields are filled.
pub(crate) fn caveats(d: &Diagnosis, recording: &Recording) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let mut add = |code: &str, text: Phrase| caveats.push(Caveat { code: code.into(), text });
    if let Some((speed, other)) = recording.speed().and_then(|s| Some((s, s.overrides.as_ref()?))) {
        let given = speed.value.to_rpm().0;
        add(
            "speed_contradicted",
            phrase!(
                "You gave {given:.1} rpm, but {other}: with the wrong speed no fault is seen.",
                given,
                other
            ),
        );
    }
    if let Some(other) = &recording.rate().overrides {
        let given = recording.rate().value.0;
        add(
            "rate_contradicted",
            phrase!("You gave {given} Hz, but {other}: every frequency here depends on it.", given, other),
        );
    }
    if let Some((unit, other)) = recording
        .channel(&d.input.channel)
        .and_then(|channel| Some((channel.unit().value, channel.unit().overrides.as_ref()?)))
    {
        let given = unit.to_string();
        add(
            "unit_contradicted",
            phrase!("You gave {given}, but {other}: every amplitude here depends on it.", given, other),
        );
    }
    for check in d.quality.iter().filter(|q| q.level != Level::Ok) {
        add(
            &format!("quality_{}", check.code),
            Phrase::sentences([
                phrase!("{check}: {value}.", check = &check.title, value = &check.value),
                check.effect.clone(),
            ]),
        );
    }
    if matches!(d.input.rate_origin, Origin::Assumed | Origin::Estimated) {
        add(
            "rate_assumed",
            phrase!(
                "The sampling rate is {origin}: every frequency here depends on it.",
                origin = Phrase::word(d.input.rate_origin.title())
            ),
        );
    }
    if let Some(speed) =
        d.speed.as_ref().filter(|s| matches!(s.origin, Origin::Nominal | Origin::Assumed | Origin::Estimated))
    {
        add(
            "speed_not_measured",
            phrase!(
                "The shaft speed is {origin} ({note}): fault frequencies may be off by its error, and the search is \
                 {percent:.1} % wider on either side.",
                origin = Phrase::word(speed.origin.title()),
                note = &speed.note,
                percent = 100.0 * speed.uncertainty
            ),
        );
    }
    if d.bearing.as_ref().is_some_and(|b| b.origin != Origin::Declared) {
        add(
            "bearing_not_declared",
            Phrase::word(
                "The bearing comes from the data set's layout, not from you: check the designation.",
            ),
        );
    }
    if d.input.rate_hz < 2.0 * EARLIEST_STAGE_HZ {
        add(
            "early_stage_invisible",
            phrase!(
                "The recording reaches to {khz:.1} kHz: the earliest stage of damage, which rings above 20 kHz, \
                 does not show in it.",
                khz = d.input.rate_hz / 2000.0
            ),
        );
    }
    if let Some(bearing) = d.bearing.as_ref().filter(|b| !b.uncertainty.is_none()) {
        let mut text =
            vec![phrase!("The bearing's geometry is not certain: {source}.", source = &bearing.source)];
        if bearing.uncertainty.ratio > 0.0 {
            text.push(Phrase::word(
                "The search for its lines is as much wider, and what stands out in it is less unlikely.",
            ));
        }
        if bearing.uncertainty.rolling_elements > 0 {
            text.push(Phrase::word(
                "With another number of elements the lines lie elsewhere, where they were not looked for: count them or \
                 ask the maker.",
            ));
        }
        add("bearing_nominal", Phrase::sentences(text));
    }
    if d.input.unit == Unit::Unknown.to_string() {
        add(
            "unit_unknown",
            Phrase::word("The unit of the samples is not known: amplitudes are in units of the file."),
        );
    } else if d.input.unit_origin == Origin::Assumed {
        add(
            "unit_assumed",
            phrase!(
                "The unit ({unit}) is assumed: level and zone depend on it, what is said of the bearing does not.",
                unit = &d.input.unit
            ),
        );
    }
    caveats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipped_signal_and_a_guessed_rate_stand_before_the_net_and_the_first_stage() {
        let of = |code: &str| Caveat { code: code.into(), text: Phrase::default() };
        let codes = ["net_rate_not_learned", "early_stage_invisible", "unit_unknown", "rate_assumed"];
        let mut caveats: Vec<Caveat> = codes.into_iter().chain(["quality_clipping"]).map(of).collect();
        weightiest_first(&mut caveats);
        let sorted: Vec<&str> = caveats.iter().map(|caveat| caveat.code.as_str()).collect();
        let wanted = [
            "quality_clipping",
            "rate_assumed",
            "unit_unknown",
            "net_rate_not_learned",
            "early_stage_invisible",
        ];
        assert_eq!(sorted, wanted);
    }
}
