//! The squared-envelope spectrum with the expected combs: the deciding plot of the summary, and the
//! full one with all fault kinds.

use super::{largest, log_range, points_within, top_frequency};
use crate::axis::{Axis, Scale};
use crate::decisive;
use crate::figure::{Figure, Ink, Mark, Rail, RailEntry};
use crate::number;
use crate::palette::kind_line;
use crate::text::shorten;
use brinell_diagnosis::{Diagnosis, Evidence, Peak};
use brinell_signal::{Phrase, phrase};

/// Harmonics of a comb that are marked when the evidence names no number.
const HARMONICS: u32 = 6;

/// Squared-envelope spectrum around the lines that decide, linear amplitude, for the summary.
pub(crate) fn deciding(diagnosis: &Diagnosis) -> Option<Figure> {
    let kinds = decisive::kinds(diagnosis);
    let shown: Vec<&Evidence> = diagnosis.evidence.iter().filter(|e| kinds.contains(&e.element)).collect();
    let main = decisive::evidence(diagnosis);
    let harmonics = main.map_or(HARMONICS, |e| e.harmonics_tested.clamp(3, HARMONICS));
    let reach = main
        .and_then(|e| decisive::expected_hz(diagnosis, e))
        .map(|hz| hz * (f64::from(harmonics.min(4)) + 0.6));
    let curve = &diagnosis.figures.envelope_spectrum;
    let top = top_frequency(curve)?.min(reach.unwrap_or(f64::MAX));
    let points = points_within(curve, [0.0, top]);
    let highest = largest(&points)?[1];
    let mut figure = frame(diagnosis, &shown, points, top);
    figure.id = "deciding".to_owned();
    figure.title = phrase!("The deciding plot: squared-envelope spectrum");
    figure.size = [720.0, 370.0 + 17.0 * figure.rails.len() as f64];
    figure.y = y_axis(diagnosis, Scale::Linear, [0.0, highest * 1.08]);
    Some(figure)
}

/// Squared-envelope spectrum with the combs of all fault kinds that were tested, logarithmic.
pub(crate) fn envelope(diagnosis: &Diagnosis) -> Option<Figure> {
    let shown: Vec<&Evidence> = diagnosis.evidence.iter().collect();
    let reach = shown
        .iter()
        .filter_map(|e| decisive::expected_hz(diagnosis, e))
        .reduce(f64::max)
        .map(|hz| hz * (f64::from(HARMONICS) + 0.35));
    let curve = &diagnosis.figures.envelope_spectrum;
    let top = top_frequency(curve)?.min(reach.unwrap_or(f64::MAX));
    let points = points_within(curve, [0.0, top]);
    if points.is_empty() {
        return None;
    }
    let y = log_range(&points);
    let mut figure = frame(diagnosis, &shown, points, top);
    figure.id = "envelope".to_owned();
    figure.title = phrase!("Squared-envelope spectrum with the expected combs");
    figure.size = [1080.0, 410.0 + 17.0 * figure.rails.len() as f64];
    figure.y = y_axis(diagnosis, Scale::Log, y);
    Some(figure)
}

/// The upright axis.
fn y_axis(diagnosis: &Diagnosis, scale: Scale, range: [f64; 2]) -> Axis {
    // What follows a colon explains the unit; the caption has room for it, the axis has not.
    let unit = diagnosis.figures.envelope_spectrum.unit.split(':').next().unwrap_or_default();
    let unit = match unit.trim() {
        "modulation index" => phrase!("modulation index"),
        unit => Phrase::verbatim(shorten(unit, 30)),
    };
    Axis::new(phrase!("Squared envelope, {unit}", unit = &unit), scale, range).in_unit(unit)
}

/// All that both plots share: curve, floor, threshold, strips, peaks and rails.
fn frame(diagnosis: &Diagnosis, shown: &[&Evidence], points: Vec<[f64; 2]>, top: f64) -> Figure {
    let mut marks = Vec::new();
    let mut rails = Vec::new();
    let mut dots = Vec::new();
    for evidence in shown {
        let ink = Ink::Kind(evidence.element);
        let comb = comb(diagnosis, evidence);
        for line in comb.iter().filter(|l| l.expected_hz <= top) {
            marks.push(Mark::Strip {
                x: [line.expected_hz - line.tolerance_hz, line.expected_hz + line.tolerance_hz],
                ink,
                centre: line.sideband == 0,
            });
        }
        let entries = comb
            .iter()
            .filter(|l| l.sideband == 0)
            .map(|l| RailEntry { x: l.expected_hz, label: l.harmonic.to_string().into(), filled: l.counted })
            .collect();
        rails.push(Rail { label: kind_line(evidence.element).into(), ink, entries });
        if decisive::in_shown_band(diagnosis, evidence) {
            dots.extend(evidence.peaks.iter().map(|peak| dot(diagnosis, evidence, peak)));
        }
    }
    let mut legend = Vec::new();
    let floor = floor_points(diagnosis, top);
    let threshold = threshold_db(shown).filter(|_| !floor.is_empty());
    let curve = Mark::Line { points, ink: Ink::Trace };
    marks.push(curve.clone());
    if !floor.is_empty() {
        let line = Mark::Line { points: floor.clone(), ink: Ink::Floor };
        legend.push((line.clone(), phrase!("local floor")));
        marks.push(line);
    }
    if let Some(db) = threshold {
        let factor = 10f64.powf(db / 20.0);
        let points = floor.iter().map(|p| [p[0], p[1] * factor]).collect();
        let line = Mark::Line { points, ink: Ink::Threshold };
        legend.push((line.clone(), phrase!("counting threshold, {db} dB over it", db = number::decibel(db))));
        marks.push(line);
    }
    if let Some(evidence) = shown.iter().find(|e| decisive::in_shown_band(diagnosis, e)) {
        let ink = Ink::Kind(evidence.element);
        for (filled, label) in
            [(true, phrase!("peak that counts")), (false, phrase!("peak that does not count"))]
        {
            let seen = dots
                .iter()
                .any(|d| matches!(d, Mark::Point { filled: f, at, .. } if *f == filled && at[0] <= top));
            if seen {
                let mark = Mark::Point { at: [0.0, 0.0], ink, filled, note: Phrase::default() };
                legend.push((mark, label));
            }
        }
    }
    if let Some(evidence) = shown.first() {
        let strip = Mark::Strip { x: [0.0, 0.0], ink: Ink::Kind(evidence.element), centre: true };
        legend.push((strip, phrase!("expected line and its tolerance")));
    }
    marks.extend(dots);
    Figure {
        id: String::new(),
        title: Phrase::default(),
        description: describe(diagnosis, shown, top),
        size: [0.0; 2],
        x: Axis::new(phrase!("Frequency, Hz"), Scale::Linear, [0.0, top])
            .of_frequency(diagnosis.figures.envelope_spectrum.resolution_hz),
        y: Axis::new("", Scale::Linear, [0.0, 1.0]),
        rails,
        marks,
        legend,
        colour_bar: None,
    }
}

/// One expected line of a comb.
struct Line {
    harmonic: u32,
    sideband: i32,
    expected_hz: f64,
    tolerance_hz: f64,
    counted: bool,
}

/// Expected lines: those that were looked at; without any, the harmonics that follow from the speed.
fn comb(diagnosis: &Diagnosis, evidence: &Evidence) -> Vec<Line> {
    if !evidence.peaks.is_empty() {
        return evidence
            .peaks
            .iter()
            .filter(|p| p.expected_hz.is_finite() && p.tolerance_hz.is_finite())
            .map(|p| Line {
                harmonic: p.harmonic,
                sideband: p.sideband,
                expected_hz: p.expected_hz,
                tolerance_hz: p.tolerance_hz.abs(),
                counted: p.counted,
            })
            .collect();
    }
    let Some(hz) = decisive::expected_hz(diagnosis, evidence) else { return Vec::new() };
    let tolerance = diagnosis.method.order_tolerance;
    let tolerance = if tolerance.is_finite() { tolerance.abs() } else { 0.0 };
    (1..=evidence.harmonics_tested.min(HARMONICS))
        .map(|harmonic| {
            let expected_hz = hz * f64::from(harmonic);
            let tolerance_hz = expected_hz * tolerance;
            Line { harmonic, sideband: 0, expected_hz, tolerance_hz, counted: false }
        })
        .collect()
}

fn dot(diagnosis: &Diagnosis, evidence: &Evidence, peak: &Peak) -> Mark {
    let (line, harmonic) = (kind_line(evidence.element), peak.harmonic);
    let line = match peak.sideband {
        0 => phrase!("{line} {harmonic}", line, harmonic),
        k => phrase!("{line} {harmonic} sideband {k:+.0}", line, harmonic, k),
    };
    Mark::Point {
        at: [peak.found_hz, peak.amplitude],
        ink: Ink::Kind(evidence.element),
        filled: peak.counted,
        note: phrase!(
            "{line}: {hz} Hz, {db} dB over the floor, {counted}",
            line,
            hz = number::hertz(peak.found_hz, diagnosis.method.resolution_hz),
            db = number::decibel(peak.snr_db),
            counted = if peak.counted { phrase!("counted") } else { phrase!("not counted") }
        ),
    }
}

fn floor_points(diagnosis: &Diagnosis, top: f64) -> Vec<[f64; 2]> {
    let figures = &diagnosis.figures;
    if figures.envelope_floor.len() != figures.envelope_spectrum.hz.len() {
        return Vec::new();
    }
    figures
        .envelope_spectrum
        .hz
        .iter()
        .zip(&figures.envelope_floor)
        .map(|(hz, value)| [f64::from(*hz), f64::from(*value)])
        .filter(|p| p[0] <= top && p[1].is_finite() && p[1] > 0.0)
        .collect()
}

/// Threshold that all lines share; `None` when they differ or there is none.
fn threshold_db(shown: &[&Evidence]) -> Option<f64> {
    let mut thresholds = shown.iter().flat_map(|e| &e.peaks).map(|p| p.threshold_db);
    let first = thresholds.next().filter(|t| t.is_finite())?;
    thresholds.all(|t| (t - first).abs() < 0.05).then_some(first)
}

fn describe(diagnosis: &Diagnosis, shown: &[&Evidence], top: f64) -> Phrase {
    let [low, high] = diagnosis.figures.envelope_band_hz.map(|hz| number::fixed(hz, 0));
    let what = phrase!(
        "Squared-envelope spectrum from 0 to {top:.0} Hz, of the band {low} to {high} Hz.",
        top,
        low,
        high
    );
    let comb = |evidence: &&Evidence| {
        let expected = decisive::expected_hz(diagnosis, evidence).map_or_else(
            || phrase!("an unknown frequency"),
            |hz| phrase!("{hz} Hz", hz = number::hertz(hz, diagnosis.method.resolution_hz)),
        );
        phrase!(
            "{line} ({part}) is expected at {expected}: {found} of {tested} harmonics stand out.",
            line = kind_line(evidence.element),
            part = Phrase::word(evidence.element.title()),
            expected,
            found = evidence.harmonics_found,
            tested = evidence.harmonics_tested
        )
    };
    let table = phrase!("The table of peaks holds the same numbers.");
    Phrase::sentences([what].into_iter().chain(shown.iter().map(comb)).chain([table]))
}
