//! Evidence for each fault kind from the signal alone.
//!
//! For every kind: how well its comb fits the squared-envelope spectra of several bands, against an
//! empirical null of control orders in the same spectra. The best band is chosen for the order under
//! test and for every control alike, so the choice is paid for; Holm's correction pays for the kinds.

use brinell_signal::{BearingOrders, FaultKind, Hertz};
use rayon::prelude::*;

use crate::comb::{COUNTED, CombField, Fit, HARMONICS, TOLERANCE, mask};
use crate::line_spectrum::{LineSpectrum, line_spectra, shaft_mask};
use crate::null;
use crate::{Error, Evidence, Peak};

/// Largest adjusted p that counts as found.
pub(crate) const SIGNIFICANCE: f64 = 0.01;

/// Sidebands that are left out with a comb when its own null is formed.
const SIDEBANDS: i32 = 3;

/// Result of looking for all kinds.
pub(crate) struct Assessment {
    /// One entry for each kind, in [`FaultKind::ALL`] order.
    pub(crate) evidence: Vec<Evidence>,
    /// Spectra of all bands.
    pub(crate) spectra: Vec<LineSpectrum>,
    /// Mean level over its floor, in dB, from which a comb of a race would have been found.
    pub(crate) visible_from_db: f64,
}

struct Tested {
    evidence: Evidence,
    p: f64,
    visible_from: f64,
}

/// Looks for all kinds in `samples`.
pub(crate) fn assess(
    samples: &[f32],
    rate: Hertz,
    shaft: Hertz,
    orders: &BearingOrders,
) -> Result<Assessment, Error> {
    let kinematic: Vec<f64> = FaultKind::ALL.iter().map(|k| k.order(orders).0).collect();
    let highest = kinematic.iter().copied().fold(0.0, f64::max);
    let spectra = line_spectra(samples, rate, shaft, highest)?;
    let tested: Vec<Tested> =
        FaultKind::ALL.par_iter().map(|kind| test(*kind, orders, &kinematic, &spectra, shaft)).collect();
    let adjusted = null::holm(&tested.iter().map(|t| t.p).collect::<Vec<_>>());
    let visible_from_db = tested[..2].iter().map(|t| 20.0 * t.visible_from).fold(f64::NEG_INFINITY, f64::max);
    let mut evidence: Vec<Evidence> = tested.into_iter().map(|t| t.evidence).collect();
    for (entry, p) in evidence.iter_mut().zip(adjusted) {
        entry.p_adjusted = p;
        entry.significant = p <= SIGNIFICANCE && entry.rival.is_none();
    }
    explain_by_sidebands(&mut evidence, orders, spectra[0].spacing / shaft.0);
    Ok(Assessment { evidence, spectra, visible_from_db })
}

fn test(
    kind: FaultKind,
    orders: &BearingOrders,
    kinematic: &[f64],
    spectra: &[LineSpectrum],
    shaft: Hertz,
) -> Tested {
    let order = kind.order(orders).0;
    let sideband = sideband(kind, orders);
    let spacing = spectra[0].spacing / shaft.0;
    let controls = null::controls(order, kinematic, spacing);
    let mut best_control = vec![f64::NEG_INFINITY; controls.len()];
    let mut bands: Vec<(Fit, f64, f64, f64)> = Vec::with_capacity(spectra.len());
    for spectrum in spectra {
        let fit = CombField::new(&spectrum.excess, spacing).fit(order);
        // The null is formed without the comb under test: its harmonics and sidebands would lift
        // the controls that they fall on, and a strong fault would hide itself.
        let field = CombField::new(&without(spectrum, order * (1.0 + fit.slip), sideband, spacing), spacing);
        let scores: Vec<f64> = controls.iter().map(|c| field.fit(*c).score).collect();
        let (location, spread) = null::location_and_spread(&scores);
        for (best, score) in best_control.iter_mut().zip(&scores) {
            *best = best.max((score - location) / spread);
        }
        bands.push((fit, (fit.score - location) / spread, location, spread));
    }
    let (best, &(fit, z, location, spread)) = bands
        .iter()
        .enumerate()
        .reduce(|a, b| if b.1.1 > a.1.1 { b } else { a })
        .unwrap_or((0, &(Fit { score: 0.0, slip: 0.0 }, 0.0, 0.0, 1.0)));
    let p = null::chance(z, &best_control);
    let z_visible = null::value_at_chance(SIGNIFICANCE / FaultKind::ALL.len() as f64, &best_control);
    let spectrum = &spectra[best];
    let peaks = peaks(kind, order, fit.slip, sideband, spectrum, shaft);
    let modulation = bands
        .iter()
        .zip(spectra)
        .map(|(band, s)| modulation(order * (1.0 + band.0.slip) * shaft.0, s))
        .fold(0.0, f64::max);
    let harmonics_found = peaks.iter().filter(|p| p.sideband == 0 && p.counted).count() as u32;
    let found_order = found_order(&peaks, shaft);
    Tested {
        p,
        visible_from: location + z_visible * spread,
        evidence: Evidence {
            element: kind,
            expected_order: order,
            found_order,
            deviation_percent: found_order.map(|f| 100.0 * (f / order - 1.0)),
            band_hz: spectrum.band,
            score: fit.score,
            modulation,
            p,
            p_adjusted: 1.0,
            harmonics_found,
            harmonics_tested: HARMONICS as u32,
            significant: false,
            rival: shaft_rival(kind, order, spacing),
            peaks,
        },
    }
}

/// The order spacing of a kind's sidebands. An outer race that turns or a misaligned shaft gives
/// sidebands at the shaft, so its null leaves those out too.
fn sideband(kind: FaultKind, orders: &BearingOrders) -> f64 {
    match kind {
        FaultKind::Inner | FaultKind::Outer => 1.0,
        FaultKind::Ball | FaultKind::Cage => orders.ftf,
    }
}

fn without(spectrum: &LineSpectrum, order: f64, sideband: f64, spacing: f64) -> Vec<f64> {
    let mut excess = spectrum.excess.clone();
    let last = excess.len() as f64 * spacing;
    let mut harmonic = order;
    while harmonic - f64::from(SIDEBANDS) * sideband < last {
        for k in -SIDEBANDS..=SIDEBANDS {
            let centre = harmonic + f64::from(k) * sideband;
            if centre > 0.0 {
                mask(&mut excess, spacing, centre, (2.5 * spacing).max(2e-3 * centre));
            }
        }
        harmonic += order;
    }
    excess
}

/// Why an order cannot be told from a harmonic of the shaft, if so.
fn shaft_rival(kind: FaultKind, order: f64, spacing: f64) -> Option<String> {
    let k = order.round();
    let distance = (order - k).abs();
    (k >= 1.0 && distance < shaft_mask(k, spacing) + spacing).then(|| {
        format!(
            "{} = {order:.4} x lies {distance:.4} orders from {k:.0} x shaft; lines less than {:.4} orders \
             apart cannot be separated in a recording of this length",
            kind.line(),
            shaft_mask(k, spacing) + spacing
        )
    })
}

/// A comb that lies on the sidebands of a stronger one is explained by it.
fn explain_by_sidebands(evidence: &mut [Evidence], orders: &BearingOrders, spacing: f64) {
    let Some(strongest) = strongest(evidence).map(|e| (e.element, e.found_order)) else { return };
    let (element, Some(source)) = strongest else { return };
    for entry in evidence.iter_mut().filter(|e| e.element != element && e.element != FaultKind::Cage) {
        let Some(order) = entry.found_order else { continue };
        let explained = [(1.0, "shaft"), (orders.ftf, "FTF")].iter().find_map(|(unit, name)| {
            (1..=3).find_map(|h| {
                (-SIDEBANDS..=SIDEBANDS).filter(|k| *k != 0).find_map(|k| {
                    let line = f64::from(h) * source + f64::from(k) * unit;
                    ((line - order).abs() < (3.0 * spacing).max(2e-3 * order)).then(|| {
                        let sign = if k < 0 { '-' } else { '+' };
                        format!("lies on {h} x {} {sign} {} x {name}", element.line(), k.abs())
                    })
                })
            })
        });
        if let Some(text) = explained {
            entry.significant = false;
            entry.rival = Some(text);
        }
    }
}

/// The significant race or rolling-element comb with the deepest modulation.
pub(crate) fn strongest(evidence: &[Evidence]) -> Option<&Evidence> {
    evidence
        .iter()
        .filter(|e| e.significant && e.element != FaultKind::Cage)
        .max_by(|a, b| a.modulation.total_cmp(&b.modulation))
}

fn modulation(fundamental: f64, spectrum: &LineSpectrum) -> f64 {
    (1..=HARMONICS)
        .filter_map(|h| line_at(spectrum, fundamental * h as f64))
        .filter(|&i| crest(&spectrum.excess, i) >= COUNTED)
        .map(|i| spectrum.amplitude[i])
        .sum()
}

/// Bin of the largest line among the one nearest to `hz` and its neighbours.
fn line_at(spectrum: &LineSpectrum, hz: f64) -> Option<usize> {
    let centre = (hz / spectrum.spacing).round() as usize;
    if centre == 0 || centre + 1 >= spectrum.amplitude.len() {
        return None;
    }
    (centre - 1..=centre + 1).max_by(|&a, &b| spectrum.amplitude[a].total_cmp(&spectrum.amplitude[b]))
}

fn crest(excess: &[f64], i: usize) -> f64 {
    excess.get(i).copied().unwrap_or(0.0)
}

fn peaks(
    kind: FaultKind,
    order: f64,
    slip: f64,
    sideband: f64,
    spectrum: &LineSpectrum,
    shaft: Hertz,
) -> Vec<Peak> {
    let pairs: &[i32] = match kind {
        FaultKind::Inner | FaultKind::Ball => &[0, -1, 1],
        FaultKind::Outer | FaultKind::Cage => &[0],
    };
    let mut peaks = Vec::new();
    for &k in pairs {
        for h in 1..=HARMONICS as u32 {
            let expected = (f64::from(h) * order + f64::from(k) * sideband) * shaft.0;
            let looked = (f64::from(h) * order * (1.0 + slip) + f64::from(k) * sideband) * shaft.0;
            if looked <= 0.0 {
                continue;
            }
            let Some(i) = line_at(spectrum, looked) else { continue };
            let (amplitude, floor) = (spectrum.amplitude[i], spectrum.floor[i]);
            let snr_db =
                if floor > 0.0 && amplitude > 0.0 { 20.0 * (amplitude / floor).log10() } else { 0.0 };
            let threshold_db = 20.0 * COUNTED;
            let on_shaft = snr_db >= threshold_db && crest(&spectrum.excess, i) < COUNTED;
            let note = if on_shaft {
                format!("shared with {:.0} x shaft", (looked / shaft.0).round())
            } else if snr_db < threshold_db {
                "below the threshold".to_owned()
            } else if k != 0 {
                "sideband: supports, is not scored".to_owned()
            } else {
                String::new()
            };
            let found = refined(spectrum, i);
            peaks.push(Peak {
                harmonic: h,
                sideband: k,
                expected_hz: expected,
                tolerance_hz: TOLERANCE * f64::from(h) * order * shaft.0,
                found_hz: found,
                deviation_percent: 100.0 * (found / expected - 1.0),
                amplitude,
                floor,
                snr_db,
                threshold_db,
                counted: !on_shaft && snr_db >= threshold_db && k == 0,
                note,
            });
        }
    }
    peaks
}

/// Frequency of the line at bin `i`, refined by a parabola through its neighbours.
fn refined(spectrum: &LineSpectrum, i: usize) -> f64 {
    let a = &spectrum.amplitude;
    let shift = if i > 0 && i + 1 < a.len() {
        let curvature = a[i - 1] - 2.0 * a[i] + a[i + 1];
        if curvature < 0.0 { (0.5 * (a[i - 1] - a[i + 1]) / curvature).clamp(-0.5, 0.5) } else { 0.0 }
    } else {
        0.0
    };
    (i as f64 + shift) * spectrum.spacing
}

/// Least-squares order through the harmonics that count: high harmonics fix it best.
fn found_order(peaks: &[Peak], shaft: Hertz) -> Option<f64> {
    let (mut top, mut bottom) = (0.0, 0.0);
    for peak in peaks.iter().filter(|p| p.counted) {
        let h = f64::from(peak.harmonic);
        top += h * peak.found_hz;
        bottom += h * h;
    }
    (bottom > 0.0).then(|| top / bottom / shaft.0)
}
