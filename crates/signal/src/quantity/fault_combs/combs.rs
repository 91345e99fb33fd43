//! Combs in spectra: where a bearing's lines lie, one slip for all spectra, and how far each comb stands out of those at
//! control orders.

use super::NAME;
use crate::error::{Error, Result};
use crate::fourier::floor::{MedianWindow, running_median};
use crate::kinematics::{BearingOrders, FaultKind};
use crate::scratch::first;
use crate::units::Hertz;

/// The faults whose combs are measured, in the order of the numbers.
const FAULTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
/// Numbers of one comb.
pub const NUMBERS_OF_COMB: usize = 7;
/// Lines of shaft and cage.
const TURNS: usize = 12;
/// Numbers of a spectrum beside combs and turns.
const OVERALL: usize = 3;
/// Numbers of one spectrum.
pub const NUMBERS_OF_SPECTRUM: usize = FAULTS.len() * NUMBERS_OF_COMB + TURNS + OVERALL;

/// Lines on either side that the running median looks at.
pub(super) const HALF_MEDIAN: usize = 25;
/// Power below this share of the mean of all lines counts as that.
const FAINT: f64 = 1e-12;
/// Deviations that a line may lie below and above the mean.
const WITHIN: (f64, f64) = (-3.0, 10.0);
/// Slips that are tried on either side of none.
const SLIPS: i32 = 8;
/// Harmonics that choose the slip.
const CHOOSING: usize = 4;
/// Harmonics whose sidebands are looked at.
const WITH_SIDEBANDS: usize = 3;
/// What keeps a deviation of controls from 0.
const LEAST_DEVIATION: f64 = 1e-3;
/// The number of a comb by which the largest controls are told.
const BY: usize = 1;
/// Lines of one order: harmonics, then sidebands.
const LINES: usize = 6 + 2 * WITH_SIDEBANDS + 4 * WITH_SIDEBANDS;
/// Where each number's lines lie among those of an order.
const OF_NUMBER: [std::ops::Range<usize>; NUMBERS_OF_COMB] = [0..2, 0..4, 0..6, 6..9, 9..12, 12..18, 18..24];

/// A line that lies beyond the spectrum.
const NOWHERE: usize = usize::MAX;

/// Where the lines of a machine lie.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// Orders of the faults.
    pub(super) faults: [f64; 3],
    cage: f64,
    /// Lines of a spectrum that the shaft's speed is.
    shaft: f64,
}

/// Working memory of [`numbers`].
#[derive(Debug, Clone, Default)]
pub(super) struct CombsMemory {
    /// What comes out.
    pub(super) numbers: Vec<f64>,
    floor: Vec<f64>,
    levels: Vec<f64>,
    mean: Vec<f64>,
    deviations: Vec<f64>,
    orders: Vec<f64>,
    places: Vec<[usize; LINES]>,
    combs: Vec<[f64; NUMBERS_OF_COMB]>,
    column: Vec<f64>,
    window: MedianWindow,
}

impl Machine {
    pub(super) fn new(shaft: Hertz, orders: &BearingOrders, resolution: Hertz) -> Result<Self> {
        let faults = FAULTS.map(|fault| fault.order(orders).0);
        for order in faults.iter().chain([&orders.ftf]) {
            if !(*order > 0.0 && order.is_finite()) {
                let reason = "every order of the bearing has to be a finite number above 0";
                return Err(Error::parameter(NAME, "order", order, reason));
            }
        }
        let machine = Self { faults, cage: orders.ftf, shaft: shaft.0 / resolution.0 };
        if machine.cage * machine.shaft < super::LINES_OF_CAGE {
            let reason = format!(
                "its lines are {resolution} apart, too wide to tell those of the cage, {} Hz, from others: take segments of \
                 at least {:.2} s",
                orders.ftf * shaft.0,
                super::LINES_OF_CAGE / (orders.ftf * shaft.0),
            );
            return Err(Error::parameter(NAME, "segment", format!("{:.3} s", 1.0 / resolution.0), &reason));
        }
        Ok(machine)
    }

    /// The line nearest to an order, of so many.
    fn line(&self, order: f64, lines: usize) -> usize {
        let line = (order.abs() * self.shaft).round_ties_even();
        if line >= 1.0 && line < lines as f64 { line as usize } else { NOWHERE }
    }

    /// The lines of the comb of an order.
    fn comb(&self, order: f64, lines: usize) -> [usize; LINES] {
        let mut places = [NOWHERE; LINES];
        for (k, place) in places[..6].iter_mut().enumerate() {
            *place = self.line((k + 1) as f64 * order, lines);
        }
        let apart = [-1.0, 1.0, -self.cage, self.cage, -2.0, 2.0];
        for (place, (apart, k)) in places[6..]
            .iter_mut()
            .zip(apart.iter().flat_map(|apart| (1..=WITH_SIDEBANDS).map(move |k| (apart, k))))
        {
            *place = self.line(k as f64 * order + apart, lines);
        }
        places
    }

    /// Orders of shaft and cage.
    fn turns(&self) -> [f64; TURNS] {
        let cage = self.cage;
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, cage, 2.0 * cage, 3.0 * cage, 1.0 - cage, 1.0 + cage, 2.0 - cage]
    }
}

/// The names of the numbers of a spectrum.
pub(super) fn names() -> Vec<String> {
    let of_comb = [
        "2 harmonics of",
        "4 harmonics of",
        "6 harmonics of",
        "lower shaft sidebands of",
        "upper shaft sidebands of",
        "cage sidebands of",
        "double shaft sidebands of",
    ];
    let combs =
        FAULTS.iter().flat_map(|fault| of_comb.iter().map(move |of| format!("{of} {}", fault.line())));
    let shaft = (1..=6).map(|k| format!("{k}xshaft"));
    let cage = (1..=3).map(|k| format!("{k}xcage"));
    let more = ["shaft-cage", "shaft+cage", "2xshaft-cage", "deviation", "largest control", "large controls"];
    combs.chain(shaft).chain(cage).chain(more.map(str::to_owned)).collect()
}

/// The numbers of `spectra` (powers, `lines` each, one after the other), in `memory.numbers`, which holds them.
pub(super) fn numbers(
    spectra: &mut [f64],
    lines: usize,
    machine: &Machine,
    slip: f64,
    controls: &[f64],
    memory: &mut CombsMemory,
) -> Result<()> {
    let CombsMemory { numbers, floor, levels, mean, deviations, orders, places, combs, column, window } =
        memory;
    let count = spectra.len() / lines;
    let floor = first(floor, lines);
    let deviations = first(deviations, count);
    let mean = first(mean, lines);
    mean.fill(0.0);
    for (spectrum, deviation) in spectra.chunks_exact_mut(lines).zip(&mut *deviations) {
        *deviation = stand_out(spectrum, floor, window)?;
        let levels = first(levels, lines);
        levels.copy_from_slice(spectrum);
        for at in 0..lines {
            let near = &levels[at.saturating_sub(1)..(at + 2).min(lines)];
            spectrum[at] = near.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            mean[at] += spectrum[at] / count as f64;
        }
    }
    orders.clear();
    orders.extend(machine.faults.iter().chain(controls));
    places.clear();
    places.extend(orders.iter().map(|order| machine.comb(slipped(*order, mean, machine, slip), lines)));
    let each = numbers.chunks_exact_mut(NUMBERS_OF_SPECTRUM);
    for ((spectrum, deviation), numbers) in spectra.chunks_exact(lines).zip(&*deviations).zip(each) {
        combs.clear();
        combs.extend(places.iter().map(|places| OF_NUMBER.map(|own| mean_of(spectrum, &places[own]))));
        let (own, others) = combs.split_at_mut(FAULTS.len());
        let mut largest = [0.0; 2];
        for at in 0..NUMBERS_OF_COMB {
            column.clear();
            column.extend(others.iter().map(|comb| comb[at]));
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let variance =
                column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / column.len() as f64;
            let scale = 1.0 / (variance.sqrt() + LEAST_DEVIATION);
            for (fault, comb) in own.iter().enumerate() {
                numbers[fault * NUMBERS_OF_COMB + at] = (comb[at] - mean) * scale;
            }
            if at == BY {
                column.sort_unstable_by(|a, b| b.total_cmp(a));
                let most = &column[..(column.len() / 10).max(1)];
                let top = most.iter().sum::<f64>() / most.len() as f64;
                largest = [most[0], top].map(|value| (value - mean) * scale);
            }
        }
        let rest = &mut numbers[FAULTS.len() * NUMBERS_OF_COMB..];
        for (number, order) in rest.iter_mut().zip(machine.turns()) {
            *number = mean_of(spectrum, &[machine.line(order, lines)]);
        }
        rest[TURNS..].copy_from_slice(&[(deviation + 1e-6).ln(), largest[0], largest[1]]);
    }
    Ok(())
}

/// Powers to deviations from the mean of `log(power / floor)`, and how large a deviation is.
fn stand_out(spectrum: &mut [f64], floor: &mut [f64], window: &mut MedianWindow) -> Result<f64> {
    let lines = spectrum.len();
    let faint = FAINT * spectrum.iter().sum::<f64>() / lines as f64;
    if faint <= 0.0 || !faint.is_finite() {
        spectrum.fill(0.0);
        return Ok(0.0);
    }
    running_median(spectrum, HALF_MEDIAN, floor, window)?;
    for (line, floor) in spectrum.iter_mut().zip(floor) {
        *line = (line.max(faint) / floor.max(faint)).ln();
    }
    let middle = &spectrum[lines / 60..lines * 3 / 4];
    let mean = middle.iter().sum::<f64>() / middle.len() as f64;
    let variance = middle.iter().map(|line| (line - mean).powi(2)).sum::<f64>() / middle.len() as f64;
    let deviation = variance.sqrt();
    for line in spectrum {
        *line = ((*line - mean) / (deviation + 1e-6)).clamp(WITHIN.0, WITHIN.1);
    }
    Ok(deviation)
}

/// The order near `order` at which the comb of the first harmonics is highest in `mean`; the lowest of several.
fn slipped(order: f64, mean: &[f64], machine: &Machine, slip: f64) -> f64 {
    let tried = (-SLIPS..=SLIPS).map(|step| order * (1.0 + slip * f64::from(step) / f64::from(SLIPS)));
    let mut best = (f64::NEG_INFINITY, order);
    for order in tried {
        let places: [usize; CHOOSING] =
            std::array::from_fn(|k| machine.line((k + 1) as f64 * order, mean.len()));
        let height = mean_of(mean, &places);
        if height > best.0 {
            best = (height, order);
        }
    }
    best.1
}

/// The mean of the lines that are there; 0 without any.
fn mean_of(spectrum: &[f64], places: &[usize]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for place in places {
        if let Some(value) = spectrum.get(*place) {
            sum += value;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
