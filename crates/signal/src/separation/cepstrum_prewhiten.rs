//! Cepstrum pre-whitening: every bin of the spectrum to the same magnitude.
//!
//! ```text
//! y = IFFT( X[k]/|X[k]| )        0 where |X[k]| = 0
//! ```
//! Lines and resonances are lowered to the background at once, without a parameter: what is left in the
//! squared envelope is the timing of impacts (Borghesani, Pennacchi, Randall, Sawalhi and Ricci 2013, Mech.
//! Syst. Signal Process. 36, 370, doi 10.1016/j.ymssp.2012.11.001). The treatment of the ends is this crate's own.
//!
//! # The end trap
//! The transform is periodic, so a record that does not close has a step at its ends. A step is a sum of lines with one
//! phase; made equally strong they are an impulse, at the record's ends, that a kurtosis or an envelope spectrum takes
//! for an impact. Kurtosis (3 is right) of 16,384 samples of white noise of RMS 1, three seeds, with what makes it
//! open added:
//!
//! | added | as is | difference | taper 0.5 % | taper 2 % | taper 10 % | drop 2 % |
//! |---|---|---|---|---|---|---|
//! | nothing | 3.0 | 3.0 | 3.0 .. 3.1 | 3.0 .. 3.1 | 3.2 .. 3.3 | 3.0 |
//! | slope of 20 over the record | 5.3 .. 6.6 | 3.0 | 3.0 .. 3.1 | 3.0 .. 3.1 | 3.2 .. 3.3 | 3.0 |
//! | 50 sin, 3.3 periods | 34 .. 43 | 3.0 .. 3.1 | 3.0 .. 3.2 | 3.0 .. 3.1 | 3.1 .. 3.3 | 2.9 .. 3.0 |
//! | 10 sin, 40.5 periods | 4.3 .. 4.7 | 3.0 .. 3.1 | 3.0 .. 3.1 | 3.0 .. 3.1 | 3.2 .. 3.3 | 3.0 |
//! | 10 sin, 400.3 periods | 3.6 | 3.9 .. 4.2 | 3.0 .. 3.1 | 3.0 .. 3.1 | 3.2 .. 3.3 | 3.0 |
//!
//! So a taper of 2 % is the default. The difference only lowers the step's order: it makes a fast tone's worse. A
//! shorter taper leaves the largest sample near the ends, a longer one makes the noise uneven. Dropping hides the
//! impulse but not what it cost: the bins that the step ruled have lost the record's own phases, and the spectrum's
//! lines move, as the output is shorter.
//!
//! # Other traps
//! A bin that holds nothing but rounding counts as much as any other: a simulated record of a few exact tones becomes
//! noise. Band-limited records become noise in their empty band; whiten within the band, or add the noise of the
//! sensor.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::sample::{Sample, mean};
use crate::scratch::{Scratch, first};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::Hertz;

/// What is done about the step from a record's last sample to its first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RecordEnds {
    /// Nothing: the bare definition.
    AsIs,
    /// Each sample less the one before; the first difference stands twice, so that the length stays.
    Difference,
    /// The mean is removed and both ends are brought to 0 by half a Hann window.
    Taper {
        /// Share of the record at each end, above 0 to 0.5. 0.02 unless said.
        #[serde(default = "usual_share")]
        share: f64,
    },
    /// The bare definition, then samples are cut off both ends of the result.
    Drop {
        /// Share of the record at each end, above 0 and below 0.5. 0.02 unless said.
        #[serde(default = "usual_share")]
        share: f64,
    },
}

bare_words!(RecordEnds);

fn usual_share() -> f64 {
    0.02
}

impl Default for RecordEnds {
    fn default() -> Self {
        Self::Taper { share: usual_share() }
    }
}

/// Parameters of cepstrum pre-whitening.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CepstrumPrewhitenParams {
    /// What is done about the ends. A taper over 2 % at each unless said.
    pub ends: RecordEnds,
}

impl CepstrumPrewhitenParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a share
    /// lies outside its range or `len` is 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CepstrumPrewhitenPlan<T>> {
        Error::check_rate(rate)?;
        let (mut flank, mut dropped) = (Vec::new(), 0);
        match self.ends {
            RecordEnds::AsIs | RecordEnds::Difference => {}
            RecordEnds::Taper { share } if share > 0.0 && share <= 0.5 => {
                let length = (share * len as f64).ceil().min((len / 2) as f64);
                flank = (0..length as usize)
                    .map(|n| 0.5 - 0.5 * (std::f64::consts::PI * (n as f64 + 0.5) / length).cos())
                    .collect();
            }
            RecordEnds::Drop { share } if share > 0.0 && share < 0.5 => {
                dropped = ((share * len as f64).ceil() as usize).min(len.saturating_sub(1) / 2);
            }
            RecordEnds::Taper { share } | RecordEnds::Drop { share } => {
                let reason = "it has to lie above 0, and at most (dropping: below) 0.5";
                return Err(Error::parameter("cepstrum pre-whitening", "share", share, reason));
            }
        }
        Ok(CepstrumPrewhitenPlan { ends: self.ends, flank, dropped, fft: RealFft::new(len)? })
    }
}

/// Cepstrum pre-whitening of records of one length. Two real FFTs.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, separation::CepstrumPrewhitenParams};
/// let record: Vec<f64> = (0..1000).map(|n| (n as f64 * 0.7).sin() + ((n * n) as f64).sin()).collect();
/// let plan = CepstrumPrewhitenParams::default().plan(Hertz(1000.0), 1000)?;
/// let mut white = vec![0.0; plan.output_len()];
/// plan.process(&record, &mut white, &mut Scratch::new())?;
/// assert!((white.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CepstrumPrewhitenPlan<T: Sample> {
    ends: RecordEnds,
    flank: Vec<f64>,
    dropped: usize,
    fft: RealFft<T>,
}

impl<T: Sample> CepstrumPrewhitenPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// Samples of the output: those of the record but what is dropped.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.len() - 2 * self.dropped
    }

    /// Samples that are dropped at each end: output `n` stands for input `n + dropped()`.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// The pre-whitened record of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)): no
    /// unit, the sum of all squares is 1 (before any are dropped), so its RMS is `1/sqrt(len)`. Zeros give
    /// zeros, and so does a constant where the mean or the difference goes.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the cepstrum pre-whitening", self.len(), input.len())?;
        check_len("output of the cepstrum pre-whitening", self.output_len(), output.len())?;
        let scale = unit_scale(largest_magnitude("cepstrum pre-whitening", input)?);
        let Scratch { record, spectrum, fft, .. } = scratch;
        let record = first(record, self.len());
        self.prepare(input, scale, record);
        let bins = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, bins, fft)?;
        for bin in &mut *bins {
            let magnitude = bin.re.widen().hypot(bin.im.widen()) * self.len() as f64;
            *bin = if magnitude > 0.0 { *bin * T::narrow(1.0 / magnitude) } else { Complex::default() };
        }
        self.fft.inverse_consuming(bins, record, fft)?;
        output.copy_from_slice(&record[self.dropped..][..output.len()]);
        Ok(())
    }

    /// The record, scaled and with its ends as asked.
    fn prepare(&self, input: &[T], scale: f64, record: &mut [T]) {
        match self.ends {
            RecordEnds::AsIs | RecordEnds::Drop { .. } => {
                for (y, x) in record.iter_mut().zip(input) {
                    *y = T::narrow(x.widen() * scale);
                }
            }
            RecordEnds::Difference => {
                for (y, pair) in record[1..].iter_mut().zip(input.windows(2)) {
                    *y = T::narrow((pair[1].widen() - pair[0].widen()) * scale);
                }
                record[0] = record.get(1).copied().unwrap_or_default();
            }
            RecordEnds::Taper { .. } => {
                let mean = mean(input);
                for (y, x) in record.iter_mut().zip(input) {
                    *y = T::narrow((x.widen() - mean) * scale);
                }
                let last = record.len() - 1;
                for (n, w) in self.flank.iter().enumerate() {
                    record[n] = T::narrow(record[n].widen() * w);
                    record[last - n] = T::narrow(record[last - n].widen() * w);
                }
            }
        }
    }
}
