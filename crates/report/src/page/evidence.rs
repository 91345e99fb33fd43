//! The figures of the evidence, each with its scaling and a one-sentence reading.

use crate::decisive;
use crate::document::{Block, Prose, prose, reading};
use crate::number;
use crate::palette::kind_line;
use crate::plot;
use brinell_diagnosis::{Curve, Diagnosis, KurtogramBand, Verdict};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks =
        vec![Block::heading("Waveform"), waveform(diagnosis), Block::heading("Amplitude spectrum")];
    blocks.extend(spectrum(diagnosis));
    blocks.extend([Block::heading("Choice of the band: kurtogram"), kurtogram(diagnosis)]);
    blocks.push(Block::heading("Squared-envelope spectrum with the expected combs"));
    blocks.push(envelope(diagnosis));
    if diagnosis.evidence.is_empty() {
        blocks.push(super::summary::no_evidence_reason(diagnosis));
    }
    blocks.extend([Block::heading("Envelope spectrum over time"), waterfall(diagnosis)]);
    blocks.extend([Block::heading("Time-frequency image"), image(diagnosis)]);
    blocks
}

fn waveform(diagnosis: &Diagnosis) -> Block {
    let unit = &diagnosis.input.unit;
    let crest = diagnosis.indicators.iter().find(|i| i.name.starts_with("crest")).and_then(|i| i.value);
    let mut text = plot::peak(diagnosis)
        .map(|peak| format!("the largest magnitude is {} {unit}", number::significant(peak, 3)))
        .unwrap_or_default();
    if let Some(crest) = crest {
        text.push_str(&format!(", {} times the RMS", number::significant(crest, 3)));
    }
    text.push('.');
    Block::figure_or(
        plot::waveform(diagnosis),
        prose![
            "Amplitude in ",
            unit,
            " as recorded (0 to peak, no window, no filter); minimum and maximum of each ",
            number::seconds(diagnosis.figures.waveform.slice_s),
            ", so that no impact is lost. ",
            reading(text)
        ],
        Block::gap(
            "the waveform's data.",
            "clipping, drop-outs and single knocks cannot be checked by eye.",
            "the recording itself, diagnosed again.",
        ),
    )
}

fn curve_scaling(curve: &Curve) -> Prose {
    let spacing = number::significant(curve.resolution_hz, 3);
    prose![&curve.unit, "; line spacing ", spacing, " Hz; ", &curve.note, "."]
}

fn spectrum(diagnosis: &Diagnosis) -> [Block; 2] {
    let curve = &diagnosis.figures.spectrum;
    let largest = plot::largest_above(curve, 0.0).map_or_else(
        || "no line can be read.".to_owned(),
        |[hz, value]| {
            format!(
                "the largest line is {} at {} Hz{}.",
                number::significant(value, 3),
                number::hertz(hz, curve.resolution_hz),
                order_of(diagnosis, hz)
            )
        },
    );
    [
        Block::figure_or(
            plot::spectrum(diagnosis),
            prose!["Amplitude in ", curve_scaling(curve), " Logarithmic. ", reading(largest)],
            Block::gap(
                "the amplitude spectrum's data.",
                "resonances, shaft harmonics and electrical lines cannot be judged.",
                "the recording itself, diagnosed again.",
            ),
        ),
        Block::figure_or(
            plot::low_spectrum(diagnosis),
            prose![
                "The same spectrum at its low end, with the shaft harmonics 1\u{d7} to 10\u{d7} marked. ",
                reading(shaft_reading(diagnosis))
            ],
            Block::gap(
                "the shaft speed, or enough spectrum lines at the low end.",
                "shaft harmonics cannot be marked, so imbalance, misalignment and looseness are not told from a bearing.",
                "--speed, as measured during the recording.",
            ),
        ),
    ]
}

/// `, 4.96 times the shaft speed` when the speed is known.
fn order_of(diagnosis: &Diagnosis, hz: f64) -> String {
    match &diagnosis.speed {
        Some(speed) if speed.hz > 0.0 => format!(" ({}\u{d7} shaft)", number::significant(hz / speed.hz, 4)),
        _ => String::new(),
    }
}

fn shaft_reading(diagnosis: &Diagnosis) -> String {
    let Some(shaft) = diagnosis.speed.as_ref().map(|s| s.hz) else { return String::new() };
    let curve = &diagnosis.figures.spectrum;
    let half = (2.0 * curve.resolution_hz).max(0.01 * shaft);
    let strongest = (1..=10u32)
        .filter_map(|k| {
            let at = f64::from(k) * shaft;
            let near = curve
                .hz
                .iter()
                .zip(&curve.value)
                .filter(|(hz, v)| (f64::from(**hz) - at).abs() <= half && v.is_finite());
            near.map(|(_, v)| f64::from(*v)).reduce(f64::max).map(|v| (k, v))
        })
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    match strongest {
        Some((k, value)) => format!(
            "the strongest line at a shaft harmonic is {} at {k}\u{d7}; a row of strong harmonics would speak of looseness or misalignment, not of the bearing.",
            number::significant(value, 3)
        ),
        None => "no line of the reduced spectrum lies at a shaft harmonic.".to_owned(),
    }
}

fn envelope(diagnosis: &Diagnosis) -> Block {
    let curve = &diagnosis.figures.envelope_spectrum;
    let band = diagnosis.figures.envelope_band_hz;
    let elsewhere: Vec<String> = diagnosis
        .evidence
        .iter()
        .filter(|e| !decisive::in_shown_band(diagnosis, e))
        .map(|e| {
            let [low, high] = e.band_hz.map(|hz| number::fixed(hz, 0));
            format!("{} ({low} to {high} Hz)", kind_line(e.element))
        })
        .collect();
    let elsewhere = (!elsewhere.is_empty()).then(|| {
        format!(
            "Not dotted here, as they were strongest in other bands: {}; their lines are in the table of peaks. ",
            elsewhere.join(", ")
        )
    });
    Block::figure_or(
        plot::envelope(diagnosis),
        prose![
            "Squared envelope of the band ",
            number::fixed(band[0], 0),
            " to ",
            number::fixed(band[1], 0),
            " Hz, in ",
            curve_scaling(curve),
            " Logarithmic. Strips: expected lines and sidebands with \u{b1}",
            number::trimmed(100.0 * diagnosis.method.order_tolerance),
            " % of tolerance; each fault kind has its own marker and dash, named at the left. ",
            elsewhere,
            reading(comb_reading(diagnosis))
        ],
        Block::gap(
            "the envelope spectrum's data.",
            "the combs cannot be checked by eye.",
            "the recording itself, diagnosed again.",
        ),
    )
}

fn kurtogram(diagnosis: &Diagnosis) -> Block {
    let gap = Block::gap(
        "the kurtogram's data.",
        "it cannot be checked by eye which band rings in bursts; the verdict does not rest on it.",
        "a recording of 256 samples or more, diagnosed again.",
    );
    let Some(shown) = &diagnosis.figures.kurtogram else { return gap };
    let words = |band: &KurtogramBand| {
        let [low, high] = band.band_hz.map(|hz| number::fixed(hz, 0));
        format!("{low} to {high} Hz ({})", number::significant(band.value, 3))
    };
    let second =
        shown.second.as_ref().map_or_else(String::new, |band| format!(", the runner-up is {}", words(band)));
    let [low, high] = diagnosis.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
    Block::figure_or(
        plot::kurtogram(diagnosis),
        prose![
            "Kurtosis of the envelope in each band, without unit, Gaussian = 0; ",
            &shown.note,
            ". 1: the largest, 2: the largest that shares no frequency with it; used: the band of the envelope spectrum. ",
            reading(format!(
                "most impulsive is the band {}{second}; the evidence is taken from {low} to {high} Hz, where the comb stood out most, as a single knock raises kurtosis too.",
                words(&shown.best)
            ))
        ],
        gap,
    )
}

fn waterfall(diagnosis: &Diagnosis) -> Block {
    let gap = Block::gap(
        "envelope spectra over time.",
        "it cannot be seen whether the lines of a comb last or come and go.",
        "a recording of some 36 shaft turns or more, diagnosed again.",
    );
    let Some(shown) = &diagnosis.figures.waterfall else { return gap };
    Block::figure_or(
        plot::waterfall(diagnosis),
        prose![
            "Peak amplitude in dB below the maximum, cut at -",
            number::fixed(shown.floor_db.abs(), 0),
            " dB, of parts of ",
            number::seconds(shown.part_s),
            "; ",
            &shown.note,
            ". Hollow markers: where lines are expected. ",
            reading(
                "upright lines under the markers that last from bottom to top belong to a steady fault; lines that wander are a changing speed, single rows are knocks."
            )
        ],
        gap,
    )
}

/// One sentence on the comb that decides.
pub(super) fn comb_reading(diagnosis: &Diagnosis) -> String {
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return "no comb was tested, so no line can be named.".to_owned();
    };
    let line = kind_line(evidence.element);
    let counted = evidence.peaks.iter().filter(|p| p.counted);
    let strongest = counted.reduce(|a, b| if b.snr_db > a.snr_db { b } else { a });
    let lines = match strongest {
        Some(peak) => format!(
            "{} of {} harmonics of {line} stand over their threshold, the strongest line at {} Hz, {} dB over the floor",
            evidence.harmonics_found,
            evidence.harmonics_tested,
            number::hertz(peak.found_hz, diagnosis.method.resolution_hz),
            number::decibel(peak.snr_db)
        ),
        None => format!("no line of {line}, the strongest comb, stands over its threshold"),
    };
    match &diagnosis.verdict {
        Verdict::Found { .. } => format!("{lines}."),
        Verdict::Undecided { .. } => format!("{lines}; that does not decide."),
        Verdict::NoFaultFound { .. } => format!("{lines}; no more than chance gives."),
    }
}

fn image(diagnosis: &Diagnosis) -> Block {
    let image = &diagnosis.figures.image;
    Block::figure_or(
        plot::image(diagnosis),
        prose![
            "Power in dB below the maximum, cut at -",
            number::fixed(image.floor_db.abs(), 0),
            " dB; ",
            &image.note,
            "; ",
            image.rows,
            " by ",
            image.columns,
            " cells. ",
            reading(
                "upright stripes at equal distances are impacts, level lines are tones; this picture is for orientation and is not evidence."
            )
        ],
        Block::gap(
            "the time-frequency image's data.",
            "changes during the recording cannot be seen; the verdict does not rest on it.",
            "the recording itself, diagnosed again.",
        ),
    )
}
