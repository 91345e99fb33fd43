//! Wavelet packets: a record split into `2^levels` bands of equal width.
//!
//! Like the discrete wavelet transform, but the upper half bands are split as well (Coifman & Wickerhauser 1992,
//! doi 10.1109/18.119732). Halving the rate turns an upper half band upside down, so its halves come out in
//! swapped order; here bands are given with rising frequency: band `b` holds `b` to `b + 1` times
//! `rate/2^(levels+1)`. That is PyWavelets' `get_level(levels, order="freq")`.
//!
//! Traps. The filters are no brick walls: a tone near an edge stands in both bands and, through the turned-over
//! halves, partly in bands further away; more taps (`db10`) part them better. Not shift-invariant.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;
use crate::wavelet::daubechies::OrthogonalWavelet;
use crate::wavelet::discrete::energy_of;
use crate::wavelet::filter_bank::{Boundary, FilterBank};

/// Parameters of wavelet packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaveletPacketParams {
    /// The wavelet. `db4` unless said.
    pub wavelet: OrthogonalWavelet,
    /// How the record goes on beyond its ends. As one period unless said, so that energies add up.
    pub boundary: Boundary,
    /// Levels, 1 to 12. 3 unless said.
    pub levels: usize,
}

impl Default for WaveletPacketParams {
    fn default() -> Self {
        Self { wavelet: OrthogonalWavelet::default(), boundary: Boundary::Periodization, levels: 3 }
    }
}

impl WaveletPacketParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0 or
    /// above 2²⁸, there is no such wavelet, or the levels are not 1 to 12.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<WaveletPacketPlan<T>> {
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("wavelet packets", parameter, value, reason))
        };
        Error::check_rate(rate)?;
        if !(1..=1 << 28).contains(&len) {
            return refuse("length", len, "a record has 1 to 2^28 samples");
        }
        if !(1..=12).contains(&self.levels) {
            return refuse("levels", self.levels, "it has to be 1 to 12, such as 3");
        }
        let bank = FilterBank::new(self.wavelet, self.boundary)?;
        let mut lengths = vec![len];
        for level in 0..self.levels {
            lengths.push(bank.halved(lengths[level]));
        }
        Ok(WaveletPacketPlan { rate, lengths, bank })
    }
}

/// Wavelet packets of records of one length, and the way back.
///
/// A transform is a row-major array of `bands() × band_len()`, the lowest band first.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, wavelet::WaveletPacketParams};
/// let tone: Vec<f64> = (0..512).map(|n| (std::f64::consts::TAU * 208.0 * n as f64 / 512.0).sin()).collect();
/// let plan = WaveletPacketParams::default().plan(Hertz(512.0), 512)?;
/// let (mut bands, mut energies) = (vec![0.0; plan.output_len()], vec![0.0; plan.bands()]);
/// plan.process(&tone, &mut bands, &mut Scratch::new())?;
/// plan.energies(&bands, &mut energies)?;
/// // 208 Hz is the middle of band 6, which holds most of it.
/// assert_eq!(plan.edges(6).0.0, 192.0);
/// assert!(energies[6] > 0.8 * energies.iter().sum::<f64>());
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WaveletPacketPlan<T: Sample> {
    rate: Hertz,
    /// Length of the record, and of one band of every level.
    lengths: Vec<usize>,
    bank: FilterBank<T>,
}

impl<T: Sample> WaveletPacketPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.lengths[0]
    }

    /// Levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.lengths.len() - 1
    }

    /// Bands: `2^levels`.
    #[must_use]
    pub fn bands(&self) -> usize {
        1 << self.levels()
    }

    /// Coefficients of one band.
    #[must_use]
    pub fn band_len(&self) -> usize {
        self.lengths[self.levels()]
    }

    /// Numbers in a transform: `bands() × band_len()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.bands() * self.band_len()
    }

    /// The frequencies that band `band` holds, lowest and highest.
    #[must_use]
    pub fn edges(&self, band: usize) -> (Hertz, Hertz) {
        let width = self.rate.0 / (2 * self.bands()) as f64;
        (Hertz(band as f64 * width), Hertz((band + 1) as f64 * width))
    }

    /// The packets of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the wavelet packets", self.len(), input.len())?;
        check_len("output of the wavelet packets", self.output_len(), output.len())?;
        let memory = &mut scratch.filter_bank;
        let [mut now, mut next] = std::mem::take(&mut memory.levels);
        first(&mut now, self.len()).copy_from_slice(input);
        for level in 1..=self.levels() {
            let (len, half) = (self.lengths[level - 1], self.lengths[level]);
            let parents = 1_usize << (level - 1);
            let bands =
                if level == self.levels() { &mut *output } else { first(&mut next, 2 * parents * half) };
            let children = bands.chunks_exact_mut(2 * half);
            for (parent, (band, pair)) in now[..parents * len].chunks_exact(len).zip(children).enumerate() {
                let (lower, upper) = pair.split_at_mut(half);
                // Every other band is upside down.
                let (low, high) = if parent % 2 == 0 { (lower, upper) } else { (upper, lower) };
                self.bank.split(band, low, high, memory);
            }
            std::mem::swap(&mut now, &mut next);
        }
        memory.levels = [now, next];
        Ok(())
    }

    /// The record whose packets are `input` ([`output_len`](Self::output_len)) in `output` (`len` samples). Bands
    /// can be set to 0 before.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn inverse(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the inverse wavelet packets", self.output_len(), input.len())?;
        check_len("output of the inverse wavelet packets", self.len(), output.len())?;
        let memory = &mut scratch.filter_bank;
        let [mut now, mut next] = std::mem::take(&mut memory.levels);
        first(&mut now, input.len()).copy_from_slice(input);
        for level in (1..=self.levels()).rev() {
            let (len, half) = (self.lengths[level - 1], self.lengths[level]);
            let parents = 1_usize << (level - 1);
            let bands = first(&mut next, parents * len).chunks_exact_mut(len);
            let children = now[..2 * parents * half].chunks_exact(2 * half);
            for (parent, (pair, band)) in children.zip(bands).enumerate() {
                let (lower, upper) = pair.split_at(half);
                let (low, high) = if parent % 2 == 0 { (lower, upper) } else { (upper, lower) };
                self.bank.join(low, high, band, memory);
            }
            std::mem::swap(&mut now, &mut next);
        }
        output.copy_from_slice(&now[..self.len()]);
        memory.levels = [now, next];
        Ok(())
    }

    /// Energy `Σc²` of each band of the packets `input` in `output` ([`bands`](Self::bands)), summed in f64.
    ///
    /// With periodization and a length that `2^levels` divides, they add up to the record's `Σx²`.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn energies(&self, input: &[T], output: &mut [f64]) -> Result<()> {
        check_len("bands of the wavelet packets", self.output_len(), input.len())?;
        check_len("energies of the wavelet packets", self.bands(), output.len())?;
        for (band, energy) in input.chunks_exact(self.band_len()).zip(output) {
            *energy = energy_of(band);
        }
        Ok(())
    }
}
