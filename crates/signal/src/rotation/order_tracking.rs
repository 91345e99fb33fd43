//! Order tracking: a record read at equal angles of the shaft instead of equal times.
//!
//! What follows the shaft then stands still: a tone of order `p` is a tone of `p` cycles a revolution at any
//! speed, and a run-up is a straight line (Fyfe & Munck 1997, doi 10.1006/mssp.1996.0053). Whole revolutions
//! only, from the first one that the record holds.
//!
//! Traps. Equal angles are wide apart in time while the shaft is slow: what lies above `samples a revolution/2`
//! orders would fold. The guard reads the record so densely that nothing can (every sample of it counts at the
//! slowest speed), then low-passes over the angle and keeps every `D`-th value: what remains is orders up to 0.9
//! of half the samples a revolution, 80 dB clear of all else. Interpolation by a cubic spline is exact enough
//! only far below half the rate (1e-3 at a tenth of the rate, 2 % at a fifth); the tapered sinc is right to 1e-4
//! up to 0.45 of the rate. A profile from pulses cannot follow changes of speed within a revolution.

use crate::counted::counted;
use serde::{Deserialize, Serialize};

use num_complex::Complex64;

use crate::error::{Error, Result, check_finite, check_len};
use crate::filter::ends::Ends;
use crate::filter::polyphase::Polyphase;
use crate::filter::resample::sharp_low_pass;
use crate::filter::sinc::SincTable;
use crate::fourier::spectrum::{AmplitudeSpectrumParams, AmplitudeSpectrumPlan};
use crate::fourier::window::Window;
use crate::instruction_set::widest;
use crate::rotation::speed_profile::SpeedProfile;
use crate::rotation::spline::{at_whole_knots, solve_slopes};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Order, Seconds};

const TRANSFORM: &str = "order tracking";
/// Most values of one tracked record, guard included.
const LONGEST: f64 = (1_u64 << 28) as f64;

/// Memory of what follows the shaft.
#[derive(Debug, Clone, Default)]
pub(crate) struct RotationMemory {
    pub(crate) values: Vec<f64>,
    pub(crate) more: Vec<f64>,
    pub(crate) floor: Vec<f64>,
    pub(crate) spectrum: Vec<Complex64>,
    pub(crate) fft: Vec<Complex64>,
}

/// How values between samples are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Tapered sinc: right to 1e-4 up to 0.45 of the rate.
    #[default]
    Sinc,
    /// Cubic spline with not-a-knot ends, as is usual in the literature: for slow signals and for comparison.
    Spline,
}

/// Parameters of order tracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderTrackParams {
    /// Values a revolution, 2 to 2^20: at least 2.56 times the highest order of interest. 64 unless said, which keeps
    /// orders up to 28.8 (with the guard) and nothing above 32.
    pub samples_per_revolution: usize,
    /// How values between samples are read. Tapered sinc unless said.
    pub interpolation: Interpolation,
    /// Whether what would fold is taken out first. True unless said.
    pub guard: bool,
}

impl Default for OrderTrackParams {
    fn default() -> Self {
        Self { samples_per_revolution: 64, interpolation: Interpolation::Sinc, guard: true }
    }
}

impl OrderTrackParams {
    /// A plan for `len` samples at `rate` of a shaft that turns as `profile` says.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the values a
    /// revolution are out of range, record and profile share no whole revolution, or the result would be longer
    /// than 2^28 values.
    pub fn plan<T: Sample>(
        &self,
        rate: Hertz,
        len: usize,
        profile: &SpeedProfile,
    ) -> Result<OrderTrackPlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter(TRANSFORM, parameter, value, reason))
        };
        let per_revolution = self.samples_per_revolution;
        if !(2..=1 << 20).contains(&per_revolution) {
            return refuse("samples_per_revolution", per_revolution.to_string(), "it has to be in 2 to 2^20");
        }
        if len == 0 {
            return refuse("length", "0".to_owned(), "at least 1 sample is needed");
        }
        let (mut from, mut to) = (0.0, (len - 1) as f64 / rate.0);
        if let Some((first, last)) = profile.span() {
            (from, to) = (f64::max(from, first.0), f64::min(to, last.0));
        }
        // A revolution that ends with the record is whole, whatever rounding says.
        let slack = 1e-9;
        let start = (profile.revolutions(Seconds(from)) - slack).ceil();
        let whole = (profile.revolutions(Seconds(to)) + slack).floor() - start;
        if !(from < to && whole >= 1.0) {
            let reason = "record and speed profile share no whole revolution: take a longer record";
            return refuse("length", counted(len, "sample"), reason);
        }
        let slowest = slowest(profile, from, to);
        let dense = rate.0 / (per_revolution as f64 * slowest);
        let factor = if self.guard { dense.ceil().clamp(1.0, LONGEST) } else { 1.0 };
        let count = whole * per_revolution as f64 * factor;
        if count > LONGEST || factor > 10_000.0 {
            let reason =
                "so many values would be read: take more values a revolution, a lower rate or no guard";
            return refuse("samples_per_revolution", per_revolution.to_string(), reason);
        }
        let factor = factor as usize;
        let per_turn = (per_revolution * factor) as f64;
        let positions: Vec<f64> =
            (0..count as usize).map(|i| profile.time(start + i as f64 / per_turn).0 * rate.0).collect();
        let table = (self.interpolation == Interpolation::Sinc).then(|| SincTable::new(1.0));
        Ok(OrderTrackPlan {
            len,
            per_revolution,
            revolutions: whole as usize,
            positions,
            table,
            decimation: (factor > 1).then(|| Polyphase::new(1, factor, &sharp_low_pass(factor))),
            of: std::marker::PhantomData,
        })
    }
}

/// The lowest speed of a stretch of a profile, at a thousand times and its ends.
fn slowest(profile: &SpeedProfile, from: f64, to: f64) -> f64 {
    let at = |i: u32| profile.speed(Seconds(from + (to - from) * f64::from(i) / 1000.0)).0;
    (0..=1000).map(at).fold(f64::INFINITY, f64::min)
}

/// Order tracking of records of one length with one speed profile.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, Seconds, rotation::{OrderTrackParams, SpeedProfile}};
/// let run_up = SpeedProfile::from_speeds(&[(Seconds(0.0), Hertz(10.0)), (Seconds(4.0), Hertz(30.0))])?;
/// let third = |t: f64| (3.0 * std::f64::consts::TAU * run_up.revolutions(Seconds(t))).cos();
/// let record: Vec<f64> = (0..8000).map(|n| third(n as f64 / 2000.0)).collect();
/// let plan = OrderTrackParams::default().plan(Hertz(2000.0), record.len(), &run_up)?;
/// let mut tracked = vec![0.0; plan.output_len()];
/// plan.process(&record, &mut tracked, &mut Scratch::new())?;
/// assert!((tracked[640] - 1.0).abs() < 1e-3);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OrderTrackPlan<T> {
    len: usize,
    per_revolution: usize,
    revolutions: usize,
    /// In samples from the record's first one.
    positions: Vec<f64>,
    table: Option<SincTable>,
    decimation: Option<Polyphase>,
    of: std::marker::PhantomData<T>,
}

impl<T: Sample> OrderTrackPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Values a revolution.
    #[must_use]
    pub fn samples_per_revolution(&self) -> usize {
        self.per_revolution
    }

    /// Whole revolutions.
    #[must_use]
    pub fn revolutions(&self) -> usize {
        self.revolutions
    }

    /// Values of the output: revolutions times values a revolution.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.revolutions * self.per_revolution
    }

    /// How many times more densely than the output the record is read; 1 where nothing can fold or no guard was
    /// asked for.
    #[must_use]
    pub fn oversampling(&self) -> usize {
        self.decimation.as_ref().map_or(1, |filter| filter.down)
    }

    /// `input` (`len` samples) at equal angles in `output` ([`output_len`](Self::output_len)), in the input's
    /// unit; value `i` lies `i/samples_per_revolution` revolutions behind the first whole one. In f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the order tracking", self.len, input.len())?;
        check_len("output of the order tracking", self.output_len(), output.len())?;
        check_finite(TRANSFORM, input)?;
        let Scratch { wide, rotation, .. } = scratch;
        let RotationMemory { values, more, floor, .. } = rotation;
        let fine = first(values, self.positions.len());
        if let Some(table) = &self.table {
            let padded = Ends::OddReflection.extend(input, table.before(), table.behind(), wide);
            widest().dispatch(
                #[inline(always)]
                || {
                    for (y, position) in fine.iter_mut().zip(&self.positions) {
                        *y = table.value(padded, *position);
                    }
                },
            );
        } else {
            let samples = Ends::Zeros.extend(input, 0, 0, wide);
            let (slopes, work) = (first(more, self.len), first(floor, self.len));
            solve_slopes(|_| 1.0, samples, slopes, work);
            for (y, position) in fine.iter_mut().zip(&self.positions) {
                *y = at_whole_knots(samples, slopes, *position);
            }
        }
        match &self.decimation {
            Some(filter) => filter.apply(&*fine, Ends::OddReflection, output, wide),
            None => output.iter_mut().zip(&*fine).for_each(|(y, fine)| *y = T::narrow(*fine)),
        }
        Ok(())
    }

    /// The order spectrum of what this plan tracks.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the window's parameter is out of range.
    pub fn spectrum(&self, window: Window) -> Result<OrderSpectrumPlan<T>> {
        let per_revolution = Hertz(self.per_revolution as f64);
        let spectrum = AmplitudeSpectrumParams { window }.plan(per_revolution, self.output_len())?;
        Ok(OrderSpectrumPlan { track: self.clone(), spectrum })
    }
}

/// The amplitude spectrum over orders: peak amplitudes of what turns with the shaft, sharp at any speed.
#[derive(Debug, Clone)]
pub struct OrderSpectrumPlan<T: Sample> {
    track: OrderTrackPlan<T>,
    spectrum: AmplitudeSpectrumPlan<T>,
}

impl<T: Sample> OrderSpectrumPlan<T> {
    /// The order tracking in front of it.
    #[must_use]
    pub fn track(&self) -> &OrderTrackPlan<T> {
        &self.track
    }

    /// Lines of the spectrum: half the tracked values (rounded down) and 1.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.spectrum.spectrum_len()
    }

    /// Order of a line: `line/revolutions`.
    #[must_use]
    pub fn order(&self, line: usize) -> Order {
        Order(line as f64 / self.track.revolutions as f64)
    }

    /// The spectrum of `input` (samples of the record) in `output` ([`spectrum_len`](Self::spectrum_len) lines):
    /// peak amplitudes in the input's unit.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        let mut values = std::mem::take(&mut scratch.values);
        let tracked = first(&mut values, self.track.output_len());
        let result = self
            .track
            .process(input, tracked, scratch)
            .and_then(|()| self.spectrum.process(tracked, output, scratch));
        scratch.values = values;
        result
    }
}
