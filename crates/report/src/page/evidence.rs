//! The figures of the evidence, each with its scaling and a one-sentence reading.

use super::unknown_bearing;
use crate::decisive;
use crate::document::{Block, next, prose, reading};
use crate::palette::kind_line;
use crate::plot;
use crate::{number, unit};
use brinell_diagnosis::{Diagnosis, KurtogramBand, Verdict};
use brinell_signal::{Joint, Phrase, phrase};

/// Autocorrelation at one period from which bursts are said to repeat.
const CLEARLY_PERIODIC: f64 = 0.2;

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = vec![
        Block::heading(phrase!("Waveform")),
        waveform(diagnosis),
        Block::heading(phrase!("Amplitude spectrum")),
    ];
    blocks.extend(spectrum(diagnosis));
    blocks.extend([Block::heading(phrase!("Choice of the band: kurtogram")), kurtogram(diagnosis)]);
    blocks.push(Block::heading(phrase!("Squared-envelope spectrum with the expected combs")));
    blocks.push(envelope(diagnosis));
    if diagnosis.evidence.is_empty() {
        blocks.push(super::summary::no_evidence_reason(diagnosis));
    }
    blocks.push(Block::heading(phrase!("Single impacts")));
    blocks.extend(impacts(diagnosis));
    blocks.extend([Block::heading(phrase!("Envelope spectrum over time")), waterfall(diagnosis)]);
    blocks.extend([Block::heading(phrase!("Time-frequency image")), image(diagnosis)]);
    blocks
}

/// What brings back the data of a figure.
pub(super) fn diagnosed_again() -> Phrase {
    phrase!("the recording itself, diagnosed again.")
}

fn waveform(diagnosis: &Diagnosis) -> Block {
    let unit = &diagnosis.input.unit;
    let crest = diagnosis.indicators.iter().find(|i| i.name.starts_with("crest")).and_then(|i| i.value);
    let peak = plot::peak(diagnosis).map(|peak| unit::amplitude(number::significant(peak, 3), unit));
    let text = match (peak, crest) {
        (Some(peak), Some(crest)) => phrase!(
            "the largest magnitude is {peak}, {crest} times the RMS.",
            peak,
            crest = number::significant(crest, 3)
        ),
        (Some(peak), None) => phrase!("the largest magnitude is {peak}.", peak),
        // Without a peak there is no figure to be read.
        (None, _) => Phrase::default(),
    };
    Block::figure_or(
        plot::waveform(diagnosis),
        prose![
            phrase!(
                "Amplitude ({unit}) as recorded (0 to peak, no window, no filter); minimum and maximum of each {slice}, so that no impact is lost.",
                unit = unit::in_words(unit),
                slice = number::seconds(diagnosis.figures.waveform.slice_s)
            ),
            next(),
            reading(text)
        ],
        Block::gap(
            phrase!("the waveform's data."),
            phrase!("clipping, drop-outs and single knocks cannot be checked by eye."),
            diagnosed_again(),
        ),
    )
}

fn spectrum(diagnosis: &Diagnosis) -> [Block; 2] {
    let curve = &diagnosis.figures.spectrum;
    let largest = plot::largest_above(curve, 0.0).map_or_else(
        || phrase!("no line can be read."),
        |[hz, value]| {
            let (value, at) = (number::significant(value, 3), number::hertz(hz, curve.resolution_hz));
            match decisive::shaft_hz(diagnosis) {
                Some(shaft) => phrase!(
                    "the largest line is {value} at {hz} Hz ({order}\u{d7} shaft).",
                    value,
                    hz = at,
                    order = number::significant(hz / shaft, 4)
                ),
                _ => phrase!("the largest line is {value} at {hz} Hz.", value, hz = at),
            }
        },
    );
    [
        Block::figure_or(
            plot::spectrum(diagnosis),
            prose![
                phrase!(
                    "Amplitude ({unit}); line spacing {spacing} Hz; {note}. Logarithmic.",
                    unit = &curve.unit,
                    spacing = number::significant(curve.resolution_hz, 3),
                    note = &curve.note
                ),
                next(),
                reading(largest)
            ],
            Block::gap(
                phrase!("the amplitude spectrum's data."),
                phrase!("resonances, shaft harmonics and electrical lines cannot be judged."),
                diagnosed_again(),
            ),
        ),
        Block::figure_or(
            plot::low_spectrum(diagnosis),
            prose![
                phrase!(
                    "The same spectrum at its low end, with the shaft harmonics 1\u{d7} to 10\u{d7} marked."
                ),
                next(),
                reading(shaft_reading(diagnosis))
            ],
            Block::gap(
                phrase!("the shaft speed, or enough spectrum lines at the low end."),
                phrase!(
                    "shaft harmonics cannot be marked, so imbalance, misalignment and looseness are not told from a bearing."
                ),
                phrase!("--speed, as measured during the recording."),
            ),
        ),
    ]
}

fn shaft_reading(diagnosis: &Diagnosis) -> Phrase {
    let Some(shaft) = decisive::shaft_hz(diagnosis) else { return Phrase::default() };
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
        Some((k, value)) => phrase!(
            "the strongest line at a shaft harmonic is {value} at {k}\u{d7}; a row of strong harmonics would speak of looseness or misalignment, not of the bearing.",
            value = number::significant(value, 3),
            k
        ),
        None => phrase!("no line of the reduced spectrum lies at a shaft harmonic."),
    }
}

fn envelope(diagnosis: &Diagnosis) -> Block {
    let curve = &diagnosis.figures.envelope_spectrum;
    let [low, high] = diagnosis.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
    let elsewhere: Vec<Phrase> = diagnosis
        .evidence
        .iter()
        .filter(|e| !decisive::in_shown_band(diagnosis, e))
        .map(|e| {
            let [low, high] = e.band_hz.map(|hz| number::fixed(hz, 0));
            phrase!("{line} ({low} to {high} Hz)", line = kind_line(e.element), low, high)
        })
        .collect();
    let elsewhere = (!elsewhere.is_empty()).then(|| {
        let text = phrase!(
            "Not dotted here, as they were strongest in other bands: {combs}; their lines are in the table of peaks.",
            combs = Phrase::list(Joint::Comma, elsewhere)
        );
        prose![text, next()]
    });
    let caption = phrase!(
        "Squared envelope of the band {low} to {high} Hz, in {unit}; line spacing {spacing} Hz; {note}. Logarithmic. Strips: expected lines and sidebands with \u{b1}{tolerance} % of tolerance; each fault kind has its own marker and dash, named at the left.",
        low,
        high,
        unit = &curve.unit,
        spacing = number::significant(curve.resolution_hz, 3),
        note = &curve.note,
        tolerance = number::trimmed(100.0 * diagnosis.method.order_tolerance)
    );
    Block::figure_or(
        plot::envelope(diagnosis),
        prose![caption, next(), elsewhere, reading(comb_reading(diagnosis))],
        Block::gap(
            phrase!("the envelope spectrum's data."),
            phrase!("the combs cannot be checked by eye."),
            diagnosed_again(),
        ),
    )
}

fn kurtogram(diagnosis: &Diagnosis) -> Block {
    let gap = Block::gap(
        phrase!("the kurtogram's data."),
        phrase!("it cannot be checked by eye which band rings in bursts; the verdict does not rest on it."),
        phrase!("a recording of 256 samples or more, diagnosed again."),
    );
    let Some(shown) = &diagnosis.figures.kurtogram else { return gap };
    let words = |band: &KurtogramBand| {
        let [low, high] = band.band_hz.map(|hz| number::fixed(hz, 0));
        phrase!("{low} to {high} Hz ({value})", low, high, value = number::significant(band.value, 3))
    };
    let best = match &shown.second {
        Some(second) => {
            phrase!("{best}, the runner-up is {second}", best = words(&shown.best), second = words(second))
        }
        None => words(&shown.best),
    };
    let [low, high] = diagnosis.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
    Block::figure_or(
        plot::kurtogram(diagnosis),
        prose![
            phrase!(
                "Kurtosis of the envelope in each band, without unit, Gaussian = 0; {note}. 1: the largest, 2: the largest that shares no frequency with it; used: the band of the envelope spectrum.",
                note = &shown.note
            ),
            next(),
            reading(phrase!(
                "most impulsive is the band {best}; the evidence is taken from {low} to {high} Hz, where the comb stood out most, as a single knock raises kurtosis too.",
                best,
                low,
                high
            ))
        ],
        gap,
    )
}

fn impacts(diagnosis: &Diagnosis) -> Vec<Block> {
    let gap = Block::gap(
        phrase!("single impacts of a comb."),
        phrase!(
            "it cannot be seen whether bursts follow each other at the comb's period; the verdict does not rest on it."
        ),
        phrase!("speed and bearing, and a recording of 12 periods of the comb or more."),
    );
    let Some(shown) = &diagnosis.figures.impacts else { return vec![gap] };
    let line = kind_line(shown.element);
    let [low, high] = shown.band_hz.map(|hz| number::fixed(hz, 0));
    let caption = prose![
        phrase!(
            "Envelope of the band {low} to {high} Hz ({unit}), not whitened, where the bursts stand out most in the recording; the largest value of each {step}. Marks: one period of {line} apart, {period} ms; their phase was fitted to this stretch.",
            low,
            high,
            unit = unit::in_words(&diagnosis.input.unit),
            step = number::seconds(shown.step_s),
            line = &line,
            period = number::significant(1e3 * shown.period_s, 4)
        ),
        next(),
        reading(phrase!(
            "impacts of damage begin at the marks and die away before the next; a level that swells and sinks slowly is no impact."
        ))
    ];
    let found = matches!(diagnosis.verdict, Verdict::Found { .. });
    let repeats = if shown.repetition >= CLEARLY_PERIODIC && !found {
        phrase!(
            "it reaches {value:.2} at one of the first three periods of {line}; that alone names no damage.",
            value = shown.repetition,
            line
        )
    } else if shown.repetition >= CLEARLY_PERIODIC {
        phrase!(
            "it reaches {value:.2} at one of the first three periods of {line}: the bursts repeat.",
            value = shown.repetition,
            line
        )
    } else {
        phrase!(
            "it is no more than {value:.2} at the first three periods of {line}: the repetition is not seen with the eye; a comb is found over many periods.",
            value = shown.repetition,
            line
        )
    };
    let correlation = prose![
        phrase!(
            "Autocorrelation of the squared envelope over the whole recording, its mean removed, 1 at lag 0. Near 1: impacts of one size that repeat exactly; near 0: noise or friction."
        ),
        next(),
        reading(repeats)
    ];
    let figures = [(plot::impacts(diagnosis), caption), (plot::autocorrelation(diagnosis), correlation)];
    let drawn: Vec<Block> = figures
        .into_iter()
        .filter_map(|(figure, caption)| Some(Block::Figure(Box::new(figure?), caption)))
        .collect();
    if drawn.is_empty() { vec![gap] } else { drawn }
}

fn waterfall(diagnosis: &Diagnosis) -> Block {
    let gap = Block::gap(
        phrase!("envelope spectra over time."),
        phrase!("it cannot be seen whether the lines of a comb last or come and go."),
        phrase!("a recording of some 36 shaft turns or more, diagnosed again."),
    );
    let Some(shown) = &diagnosis.figures.waterfall else { return gap };
    Block::figure_or(
        plot::waterfall(diagnosis),
        prose![
            phrase!(
                "Peak amplitude in dB below the maximum, cut at -{floor} dB, of parts of {part}; {note}. Hollow markers: where lines are expected.",
                floor = number::fixed(shown.floor_db.abs(), 0),
                part = number::seconds(shown.part_s),
                note = &shown.note
            ),
            next(),
            reading(phrase!(
                "upright lines under the markers that last from bottom to top belong to a steady fault; lines that wander are a changing speed, single rows are knocks."
            ))
        ],
        gap,
    )
}

/// One sentence on the comb that decides.
pub(super) fn comb_reading(diagnosis: &Diagnosis) -> Phrase {
    if let Some(found) = unknown_bearing::found(diagnosis) {
        return unknown_bearing::comb_reading(diagnosis, found);
    }
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return phrase!("no comb was tested, so no line can be named.");
    };
    let line = kind_line(evidence.element);
    let counted = evidence.peaks.iter().filter(|p| p.counted);
    let strongest = counted.reduce(|a, b| if b.snr_db > a.snr_db { b } else { a });
    let lines = match strongest {
        Some(peak) => phrase!(
            "{found} of {tested} harmonics of {line} stand over their threshold, the strongest line at {hz} Hz, {db} dB over the floor",
            found = evidence.harmonics_found,
            tested = evidence.harmonics_tested,
            line,
            hz = number::hertz(peak.found_hz, diagnosis.method.resolution_hz),
            db = number::decibel(peak.snr_db)
        ),
        None => phrase!("no line of {line}, the strongest comb, stands over its threshold", line),
    };
    match &diagnosis.verdict {
        Verdict::Found { .. } => phrase!("{lines}.", lines),
        Verdict::Undecided { .. } => phrase!("{lines}; that does not decide.", lines),
        Verdict::NoFaultFound { .. } => phrase!("{lines}; no more than chance gives.", lines),
    }
}

fn image(diagnosis: &Diagnosis) -> Block {
    let image = &diagnosis.figures.image;
    Block::figure_or(
        plot::image(diagnosis),
        prose![
            phrase!(
                "Power in dB below the maximum, cut at -{floor} dB; {note}; {rows} by {columns} cells.",
                floor = number::fixed(image.floor_db.abs(), 0),
                note = &image.note,
                rows = image.rows,
                columns = image.columns
            ),
            next(),
            reading(phrase!(
                "upright stripes at equal distances are impacts, level lines are tones; this picture is for orientation and is not evidence."
            ))
        ],
        Block::gap(
            phrase!("the time-frequency image's data."),
            phrase!("changes during the recording cannot be seen; the verdict does not rest on it."),
            diagnosed_again(),
        ),
    )
}
