//! Evidence for each fault kind from the signal alone.
//!
//! For every kind: how far its comb stands out of all cyclic spectra together ([`crate::scan`]), against an
//! empirical null of control orders in the same spectra; Holm's correction pays for the kinds. Which lines
//! were seen, and how deep the modulation is, is told from the band in which it is deepest.

use brinell_signal::{BearingOrders, FaultKind, Hertz, Phrase, phrase};

use crate::comb::TOLERANCE;
use crate::cyclic_spectra::{BANDS, CyclicSpectra, CyclicSpectrum};
use crate::error::titled;
use crate::layer::shaft_half_width;
use crate::line::line_at;
use crate::null;
use crate::ranking::strongest;
use crate::scan::{Comb, Looked, Scan, scan};
use crate::shaft_lines::shaft_order;
use crate::stronger::Stronger;
use crate::verdict::NOTABLE;
use crate::{Error, Evidence, Peak};

/// Largest adjusted p that counts as found.
pub(crate) const SIGNIFICANCE: f64 = 0.01;

/// Harmonics that are shown and whose depth is summed.
pub(crate) const SHOWN_HARMONICS: usize = 5;

/// Most decades of a line over its floor that count in a comb's level.
const MOST_DECADES: f64 = 1.5;

/// Highest frequency of modulation, in multiples of the highest order: harmonics of the highest order scanned.
const TOP: f64 = 9.0;

/// How far the stated speed may be off for the shaft's own lines to set it right.
pub(crate) const SPEED_REACH: f64 = 0.01;

/// Width of the widest band, as a fraction of the Nyquist frequency: no line lies beyond it.
pub(crate) const WIDEST_BAND: f64 = BANDS[0].1 - BANDS[0].0;

/// Result of looking for all kinds.
pub(crate) struct Assessment {
    /// One entry for each kind, in [`FaultKind::ALL`] order.
    pub(crate) evidence: Vec<Evidence>,
    /// The spectra.
    pub(crate) spectra: CyclicSpectra,
    /// Combs that are none of this bearing's.
    pub(crate) others: Vec<Comb>,
    /// Control orders.
    pub(crate) controls: usize,
    /// Shaft speed by its own lines, else as stated.
    pub(crate) shaft: Hertz,
    /// Relative half-width of the search.
    pub(crate) tolerance: f64,
}

/// Looks for all kinds in `samples`; `doubt` is the relative uncertainty of the speed, `spreads` how far inner race, outer race
/// and rolling elements may lie off by the bearing's geometry.
pub(crate) fn assess(
    samples: &[f32],
    rate: Hertz,
    stated: Hertz,
    orders: &BearingOrders,
    doubt: f64,
    spreads: [f64; 3],
) -> Result<Assessment, Error> {
    let own = [orders.bpfi, orders.bpfo, 2.0 * orders.bsf];
    let highest = own.iter().copied().fold(0.0, f64::max);
    let spectra = CyclicSpectra::new(samples, rate, stated, Hertz(TOP * highest * stated.0))?;
    let ratio = shaft_order(&spectra, stated.0, SPEED_REACH.max(doubt));
    // A speed that the shaft's own lines tell is no longer in doubt.
    let tolerance = TOLERANCE + if ratio == 1.0 { doubt } else { 0.0 };
    let tolerances = spreads.map(|spread| tolerance + spread);
    let looked = Looked { own, cage: orders.ftf, tolerance, tolerances, shaft_order: ratio };
    let Scan { parts, others, controls } = scan(&spectra, stated.0, &looked);
    let shaft = Hertz(stated.0 * ratio);
    let adjusted = null::holm(&parts.map(|comb| comb.p));
    let place = Place { orders, spacing: spectra.spacing, shaft };
    let told = |i: usize, stronger: Option<&Stronger>| {
        let tolerance = tolerances.get(i).copied().unwrap_or(tolerance);
        evidence_of(FaultKind::ALL[i], &parts[i], adjusted[i], &spectra, stronger, &place, tolerance)
    };
    let mut evidence: Vec<Evidence> = (0..FaultKind::ALL.len()).map(|i| told(i, None)).collect();
    let leading = strongest(&evidence)
        .and_then(|e| Some(Stronger::new(e.element, e.found_order?, orders, &spectra, shaft.0)));
    if let Some(stronger) = leading {
        for (i, entry) in evidence.iter_mut().enumerate() {
            if entry.element != stronger.element && entry.element != FaultKind::Cage {
                *entry = told(i, Some(&stronger));
            }
        }
    }
    explain_by_sidebands(&mut evidence, orders, spectra.spacing / shaft.0);
    Ok(Assessment { evidence, spectra, others, controls, shaft, tolerance })
}

/// Where lines lie: the bearing's orders, the distance of the lines in hertz, the shaft's speed.
struct Place<'a> {
    orders: &'a BearingOrders,
    spacing: f64,
    shaft: Hertz,
}

/// Evidence for a part. Lines of one weaker than another count only where they are not the `stronger` one's; its depth is told
/// with them, since of two combs alike deep either may own a line that they share.
fn evidence_of(
    kind: FaultKind,
    comb: &Comb,
    p_adjusted: f64,
    spectra: &CyclicSpectra,
    stronger: Option<&Stronger>,
    place: &Place<'_>,
    tolerance: f64,
) -> Evidence {
    let shaft = place.shaft;
    let order = kind.order(place.orders).0;
    let inseparable = shaft_rival(kind, order, place.spacing / shaft.0);
    let fundamental = comb.order * shaft.0;
    let deepest = spectra
        .all_whitened()
        .enumerate()
        .map(|(i, s)| (depth(fundamental, s, place.spacing, shaft), i, s))
        .reduce(|a, b| if b.0 > a.0 { b } else { a });
    let (modulation, i, band) = deepest.unwrap_or((0.0, 0, &spectra.spectra[0]));
    let shared = stronger.and_then(|stronger| Some((stronger.left().get(i)?, stronger)));
    let peaks = peaks(kind, comb.order, band, shared, place, tolerance);
    let levels: Vec<f64> = peaks
        .iter()
        .filter(|p| p.sideband == 0)
        .map(|p| (p.snr_db / 20.0).clamp(0.0, MOST_DECADES))
        .collect();
    let found_order = found_order(&peaks, shaft);
    let harmonics_found = peaks.iter().filter(|p| p.counted).count() as u32;
    let overshadowed = stronger.filter(|_| harmonics_found == 0 && p_adjusted <= NOTABLE).map(|stronger| {
        phrase!(
            "no harmonic of its own stands out beside the comb of the {part}",
            part = titled(stronger.element)
        )
    });
    let is_inseparable = inseparable.is_some();
    let rival = inseparable.or(overshadowed);
    Evidence {
        element: kind,
        expected_order: order,
        found_order,
        deviation_percent: found_order.map(|found| 100.0 * (found / order - 1.0)),
        band_hz: band.band,
        score: levels.iter().sum::<f64>() / SHOWN_HARMONICS as f64,
        deviations: comb.deviations,
        modulation,
        p: comb.p,
        p_adjusted,
        harmonics_found,
        harmonics_tested: SHOWN_HARMONICS as u32,
        significant: p_adjusted <= SIGNIFICANCE && rival.is_none(),
        inseparable: is_inseparable,
        rival,
        may_be_the_source: false,
        peaks,
    }
}

/// Modulation index of a comb in a band: the sum of its lines that stand out.
pub(crate) fn depth(fundamental: f64, spectrum: &CyclicSpectrum, spacing: f64, shaft: Hertz) -> f64 {
    (1..=SHOWN_HARMONICS)
        .filter_map(|h| line_at(spectrum, spacing, fundamental * h as f64, shaft.0))
        .map(|line| line.index())
        .sum()
}

/// Why an order cannot be told from a harmonic of the shaft, if so.
fn shaft_rival(kind: FaultKind, order: f64, spacing: f64) -> Option<Phrase> {
    let k = order.round();
    let distance = (order - k).abs();
    let least = shaft_half_width(k, spacing) + spacing;
    (k >= 1.0 && distance < least).then(|| {
        phrase!(
            "{line} = {order:.4} x lies {distance:.4} orders from {k} x shaft; lines less than {least:.4} orders \
             apart cannot be separated in a recording of this length",
            line = kind.line(),
            order,
            distance,
            k,
            least
        )
    })
}

/// A comb that lies on the sidebands of a stronger one is explained by it: fully by sidebands that damage of that part has
/// (inner race: shaft; rolling elements: cage), by others only if it is much weaker, since it may be the source itself.
fn explain_by_sidebands(evidence: &mut [Evidence], orders: &BearingOrders, spacing: f64) {
    let Some(strongest) = strongest(evidence).map(|e| (e.element, e.found_order)) else { return };
    let (element, Some(source)) = strongest else { return };
    let own = element.sideband(orders).map(|order| order.0);
    let mut units = [(1.0, Phrase::word("shaft")), (orders.ftf, Phrase::verbatim("FTF"))];
    units.sort_by_key(|(unit, _)| own != Some(*unit));
    for entry in evidence.iter_mut().filter(|e| e.element != element && e.element != FaultKind::Cage) {
        let Some(order) = entry.found_order else { continue };
        let explained = units.iter().find_map(|(unit, name)| {
            let of_its_own = own == Some(*unit);
            let near = if of_its_own { 4e-3 } else { 2e-3 };
            (1..=3).find_map(|h| {
                (-3..=3i32).filter(|k| *k != 0).find_map(|k| {
                    let line = f64::from(h) * source + f64::from(k) * unit;
                    ((line - order).abs() < (3.0 * spacing).max(near * order)).then(|| {
                        let text = phrase!(
                            "lies on {h} x {line} {sign} {k} x {unit}",
                            h,
                            line = element.line(),
                            sign = if k < 0 { "-" } else { "+" },
                            k = k.abs(),
                            unit = name
                        );
                        (text, !of_its_own)
                    })
                })
            })
        });
        if let Some((text, may_be_the_source)) = explained {
            entry.significant = false;
            entry.rival = Some(text);
            entry.inseparable = false;
            entry.may_be_the_source = may_be_the_source;
        }
    }
}

/// Lines of a part's comb at order `seen` in a band; with another comb in the lead, `shared` is the band without it.
fn peaks(
    kind: FaultKind,
    seen: f64,
    spectrum: &CyclicSpectrum,
    shared: Option<(&CyclicSpectrum, &Stronger)>,
    place: &Place<'_>,
    tolerance: f64,
) -> Vec<Peak> {
    let Place { orders, spacing, shaft } = *place;
    let order = kind.order(orders).0;
    let sideband = kind.sideband(orders).map_or(0.0, |order| order.0);
    let pairs: &[i32] = if sideband > 0.0 { &[0, -1, 1] } else { &[0] };
    let mut peaks = Vec::new();
    for &k in pairs {
        for h in 1..=SHOWN_HARMONICS as u32 {
            let expected = (f64::from(h) * order + f64::from(k) * sideband) * shaft.0;
            let looked = (f64::from(h) * seen + f64::from(k) * sideband) * shaft.0;
            if looked <= 0.0 || expected <= 0.0 {
                continue;
            }
            let Some(line) = line_at(spectrum, spacing, looked, shaft.0) else { continue };
            let found = line.place * spacing;
            let harmonic = (found / shaft.0).round();
            let near = (found / shaft.0 - harmonic).abs() <= shaft_half_width(harmonic, spacing / shaft.0);
            let on_shaft = line.counts() && harmonic >= 1.0 && near;
            let of_stronger = shared.filter(|(own, _)| {
                let own = line_at(own, spacing, looked, shaft.0);
                line.counts() && !own.is_some_and(|own| own.counts())
            });
            let note = if on_shaft {
                phrase!("shared with {k} x shaft", k = harmonic)
            } else if let Some((_, stronger)) = of_stronger {
                stronger.nearest(found / shaft.0)
            } else if !line.counts() {
                Phrase::word("below the threshold")
            } else if k != 0 {
                Phrase::word("sideband: supports, is not scored")
            } else if line.bins > 1 {
                phrase!("smeared over {n} lines by slip; S/N of all of them", n = line.bins)
            } else {
                Phrase::default()
            };
            peaks.push(Peak {
                harmonic: h,
                sideband: k,
                expected_hz: expected,
                tolerance_hz: tolerance * f64::from(h) * order * shaft.0,
                found_hz: found,
                deviation_percent: 100.0 * (found / expected - 1.0),
                amplitude: line.amplitude(),
                floor: line.floor(),
                snr_db: line.snr_db(),
                threshold_db: line.threshold_db(),
                counted: !on_shaft && of_stronger.is_none() && line.counts() && k == 0,
                note,
            });
        }
    }
    peaks
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
