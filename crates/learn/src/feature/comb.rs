//! How far the lines of each part stand out of the squared envelope spectrum, band by band.

use crate::error::{Error, Result};
use brinell_signal::envelope::SquaredEnvelopePlan;
use brinell_signal::{BearingOrders, FaultKind, Hertz, Scratch};

/// How lines are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct CombOptions {
    /// Bands whose envelope is taken.
    pub bands: Vec<(Hertz, Hertz)>,
    /// A line of a fault may lie this share of its frequency away, for slip,
    pub slip: f64,
    /// and in any case this many bins of the spectrum.
    pub bins: f64,
    /// The background is the median of what lies this many bins further out on either side.
    pub background: f64,
}

impl Default for CombOptions {
    /// The widest band, its halves and overlapping narrower ones between 500 and 6000 Hz; 1.2 % and 2 bins.
    fn default() -> Self {
        let bands =
            [(500, 6000), (2000, 6000), (500, 2000), (1000, 2500), (2000, 3500), (3000, 4500), (4000, 6000)];
        let bands = bands.map(|(low, high)| (Hertz(f64::from(low)), Hertz(f64::from(high)))).to_vec();
        CombOptions { bands, slip: 0.012, bins: 2.0, background: 20.0 }
    }
}

/// Harmonics of a fault's line.
pub(super) const HARMONICS: usize = 4;
/// The faults whose lines are looked for, in the order of the numbers.
pub(super) const FAULTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
/// Numbers of a band.
pub(super) const NUMBERS: usize = 19;
/// Harmonics of cage and shaft: how many, within how many bins, and how far the background reaches further out.
const CAGE: (usize, f64, f64) = (2, 1.0, 8.0);
const SHAFT: (usize, f64, f64) = (3, 1.0, 12.0);

/// Plans for segments of one length. The numbers have no unit and do not depend on gain: of each band, `log10` of the
/// largest bin near a line over the median of its neighbourhood, for the first four harmonics of BPFO, BPFI and 2×BSF, two
/// of the cage, three of the shaft, the better sideband of BPFI (at the shaft's speed) and of 2×BSF (at the cage's).
pub struct CombFeatures {
    options: CombOptions,
    plans: Vec<SquaredEnvelopePlan<f64>>,
    resolution: f64,
}

impl CombFeatures {
    /// Plans for segments of `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Signal`] for a band beyond half the rate or without a bin.
    pub fn new(rate: Hertz, len: usize, options: CombOptions) -> Result<Self> {
        let plan = |band: &(Hertz, Hertz)| SquaredEnvelopePlan::new(rate, len, Some(*band));
        let plans = options.bands.iter().map(plan).collect::<Result<Vec<_>, _>>()?;
        Ok(CombFeatures { options, plans, resolution: rate.0 / len as f64 })
    }

    /// Names of the numbers, in their order.
    pub fn names(&self) -> Vec<String> {
        let faults = FAULTS.iter().flat_map(|fault| (1..=HARMONICS).map(|k| format!("{k}x{}", fault.line())));
        let cage = (1..=CAGE.0).map(|k| format!("{k}xcage"));
        let shaft = (1..=SHAFT.0).map(|k| format!("{k}xshaft"));
        let sidebands = ["BPFI sideband", "2xBSF sideband"].map(str::to_owned);
        let of_band: Vec<String> = faults.chain(cage).chain(shaft).chain(sidebands).collect();
        let bands = self.options.bands.iter();
        bands
            .flat_map(|(low, high)| {
                of_band.iter().map(move |name| format!("{name} in {}-{} Hz", low.0, high.0))
            })
            .collect()
    }

    /// The numbers of one segment, band after band, from a shaft that turns `speed` times a second.
    ///
    /// # Errors
    /// [`Error::Data`] for a speed that is not above 0; [`Error::Signal`] for a segment of another length.
    pub fn of(&self, samples: &[f64], speed: Hertz, orders: &BearingOrders) -> Result<Vec<f64>> {
        if !(speed.0 > 0.0 && speed.0.is_finite()) {
            return Err(Error::data(
                "lines of faults cannot be looked for",
                format!("the shaft's speed must be above 0, found {} Hz", speed.0),
                "give the speed of the recording",
            ));
        }
        let mut scratch = Scratch::new();
        let mut numbers = Vec::with_capacity(self.plans.len() * NUMBERS);
        for plan in &self.plans {
            let mut spectrum = vec![0.0; plan.spectrum_len()];
            plan.process(samples, &mut spectrum, &mut scratch)?;
            self.of_spectrum(&spectrum, speed.0, orders, &mut numbers);
        }
        Ok(numbers)
    }

    fn of_spectrum(&self, spectrum: &[f64], speed: f64, orders: &BearingOrders, numbers: &mut Vec<f64>) {
        let CombOptions { slip, bins, background, .. } = self.options;
        let line = |frequency: f64, bins: f64, slip: f64, background: f64| {
            let centre = frequency / self.resolution;
            rise(spectrum, centre, bins.max(slip * centre), background)
        };
        let of_fault = |order: f64| line(order * speed, bins, slip, background);
        for fault in FAULTS {
            numbers.extend((1..=HARMONICS).map(|k| of_fault(k as f64 * fault.order(orders).0)));
        }
        for (order, (count, bins, background)) in [(orders.ftf, CAGE), (1.0, SHAFT)] {
            numbers.extend((1..=count).map(|k| line(k as f64 * order * speed, bins, 0.0, background)));
        }
        for fault in [FaultKind::Inner, FaultKind::Ball] {
            let (order, apart) = (fault.order(orders).0, fault.sideband(orders).map_or(0.0, |order| order.0));
            numbers.push(of_fault(order - apart).max(of_fault(order + apart)));
        }
    }
}

/// `log10` of the largest bin within `tolerance` of `centre` over the median within `background` more; 0 where the
/// spectrum ends before the line or is silent there.
fn rise(spectrum: &[f64], centre: f64, tolerance: f64, background: f64) -> f64 {
    let around = |reach: f64| {
        let first = (centre - reach).ceil().max(1.0) as usize;
        let last = (centre + reach).floor().min(spectrum.len() as f64 - 1.0);
        if last < first as f64 { &[][..] } else { &spectrum[first..=last as usize] }
    };
    let largest = around(tolerance).iter().copied().fold(0.0, f64::max);
    let mut near = around(tolerance + background).to_vec();
    if near.is_empty() {
        return 0.0;
    }
    near.sort_by(f64::total_cmp);
    let median = 0.5 * (near[(near.len() - 1) / 2] + near[near.len() / 2]);
    if largest > 0.0 && median > 0.0 { (largest / median).log10() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_measured_against_the_median_round_it_and_nothing_is_said_beyond_the_spectrum() {
        let mut spectrum = vec![1.0; 101];
        spectrum[50] = 100.0;
        assert!((rise(&spectrum, 50.9, 2.0, 20.0) - 2.0).abs() < 1e-12);
        assert_eq!(rise(&spectrum, 60.0, 2.0, 20.0), 0.0);
        assert_eq!(rise(&spectrum, 400.0, 2.0, 20.0), 0.0);
        assert_eq!(rise(&[0.0; 101], 50.0, 2.0, 20.0), 0.0);
    }

    #[test]
    fn every_number_has_a_name_and_gain_changes_none() {
        let options = CombOptions { bands: vec![(Hertz(1000.0), Hertz(3000.0))], ..CombOptions::default() };
        let features = CombFeatures::new(Hertz(12_000.0), 6000, options).unwrap();
        assert_eq!(features.names().len(), NUMBERS);
        let orders = BearingOrders { bpfi: 5.4152, bpfo: 3.5848, bsf: 2.3567, ftf: 0.3983 };
        let samples: Vec<f64> =
            (0..6000).map(|i| (f64::from(i) * 1.3).sin() * (f64::from(i) * 0.05).cos()).collect();
        let louder: Vec<f64> = samples.iter().map(|x| 1e3 * x).collect();
        let of = |samples: &[f64]| features.of(samples, Hertz(29.9), &orders).unwrap();
        let (quiet, loud) = (of(&samples), of(&louder));
        assert_eq!(quiet.len(), NUMBERS);
        for (quiet, loud) in quiet.iter().zip(&loud) {
            assert!((quiet - loud).abs() < 1e-6, "{quiet} {loud}");
        }
        let error = features.of(&samples, Hertz(0.0), &orders).unwrap_err().to_string();
        assert!(error.contains("above 0"), "{error}");
    }
}
