//! Which part of the evidence a verdict rests on.

pub(crate) use brinell_diagnosis::deciding as evidence;
use brinell_diagnosis::{Diagnosis, Evidence, Peak, Verdict};
use brinell_signal::FaultKind;

/// Fault kinds the deciding plot shows: the found one, the candidates, or all that were tested.
pub(crate) fn kinds(diagnosis: &Diagnosis) -> Vec<FaultKind> {
    let tested: Vec<FaultKind> = diagnosis.evidence.iter().map(|e| e.element).collect();
    match &diagnosis.verdict {
        Verdict::Found { element, .. } => vec![*element],
        Verdict::Undecided { candidates, .. } if !candidates.is_empty() => candidates.clone(),
        _ => tested,
    }
}

/// Whether `evidence` was measured in the band that the envelope spectrum shows.
pub(crate) fn in_shown_band(diagnosis: &Diagnosis, evidence: &Evidence) -> bool {
    let shown = diagnosis.figures.envelope_band_hz;
    let width = (shown[1] - shown[0]).abs().max(1.0);
    (0..2).all(|i| (shown[i] - evidence.band_hz[i]).abs() <= 1e-3 * width)
}

/// First harmonic of the comb.
pub(crate) fn first_harmonic(evidence: &Evidence) -> Option<&Peak> {
    evidence.peaks.iter().find(|p| p.harmonic == 1 && p.sideband == 0)
}

/// The shaft speed that the evidence used, in hertz: that of the shaft's own lines where they tell another.
pub(crate) fn shaft_hz(diagnosis: &Diagnosis) -> Option<f64> {
    let speed = diagnosis.speed.as_ref()?;
    Some(speed.by_its_lines_hz.unwrap_or(speed.hz)).filter(|hz| hz.is_finite() && *hz > 0.0)
}

/// Speeds that differ by no more, relative to the larger, are the same: on one axis in hertz their lines fall together,
/// and a motor's speed moves by as much with its load.
const SAME_SPEED: f64 = 0.003;

/// The two shaft speeds in hertz where both are known and differ.
pub(crate) fn speeds_that_differ(both: [&Diagnosis; 2]) -> Option<[f64; 2]> {
    let [a, b] = both.map(shaft_hz);
    let [a, b] = [a?, b?];
    ((a - b).abs() > SAME_SPEED * a.max(b)).then_some([a, b])
}

/// Expected frequency of the first harmonic in hertz, from its peak or from the shaft speed.
pub(crate) fn expected_hz(diagnosis: &Diagnosis, evidence: &Evidence) -> Option<f64> {
    let from_speed = shaft_hz(diagnosis).map(|shaft| shaft * evidence.expected_order);
    from_speed.or_else(|| first_harmonic(evidence).map(|p| p.expected_hz)).filter(|v| v.is_finite())
}

/// Frequency of the comb that was found, in hertz.
pub(crate) fn found_hz(diagnosis: &Diagnosis, evidence: &Evidence) -> Option<f64> {
    let shaft = shaft_hz(diagnosis)?;
    evidence.found_order.map(|order| order * shaft).filter(|v| v.is_finite())
}
