//! How far the comb of each part of a bearing stands out of many cyclic spectra at once, against combs of no part:
//! numbers for learners that have to judge bearings they have never seen.
//!
//! Of the segment (mean 0, deviation 1) spectra over the frequency of a modulation are formed (`bank.rs`): squared
//! envelope spectra of bands; the same behind a smooth whitening; behind cepstral pre-whitening; means over carriers of
//! the squared cyclic coherence; and the power spectrum itself. Of each, with `S` its lines up to `modulation`,
//! ```text
//! L = log( S / running median of S over ±25 lines ),    Z = (L - mean L) / deviation of L, within -3..10
//! M[k] = max( Z[k-1], Z[k], Z[k+1] )
//! ```
//! where mean and deviation are those of the lines between 1/60 and 3/4 of all. A comb at order `o` then is `M` at the
//! lines nearest to `k·o·shaft`. Balls slip, so `o` is moved by up to `slip` to where the mean of `M` over four harmonics
//! and all spectra is largest: one slip for all spectra. At that order the seven numbers of a comb are the means of `M`
//! over 2, 4 and 6 harmonics and over the sidebands of the first three at `-shaft`, `+shaft`, `±cage`, `±2 shaft`. What is
//! given of each is how many deviations it lies above the same number of control orders, at which nothing in the machine
//! turns (`controls.rs`): so a spectrum in which everything stands out tells nothing.
//!
//! Layout, spectrum after spectrum ([`NUMBERS_OF_SPECTRUM`] each): the combs of BPFO, BPFI and 2×BSF
//! ([`NUMBERS_OF_COMB`] each); `M` at 1 to 6 times the shaft's speed, 1 to 3 times the cage's, and at shaft less cage, shaft
//! and cage, twice the shaft less cage; the logarithm of the deviation of `L`; the largest comb over 4 harmonics of a
//! control order, and the mean of the largest tenth. Lines beyond the spectrum are left out of means; a number without any
//! line is 0, and so is every number of silence. None has a unit or depends on gain, rate or speed; a longer segment shows
//! a comb higher above its controls.
//!
//! This crate's own. Squared envelope and its bands: Randall and Antoni 2011 (doi 10.1016/j.ymssp.2010.07.017); cepstral
//! pre-whitening: Borghesani et al. 2013 (doi 10.1016/j.ymssp.2012.11.001); cyclic coherence: Antoni 2007
//! (doi 10.1016/j.ymssp.2006.12.005).

mod bank;
mod coherence;
mod combs;
mod controls;

use serde::{Deserialize, Serialize};

use self::bank::{Bank, BankMemory};
use self::combs::{CombsMemory, Machine};
pub use self::combs::{NUMBERS_OF_COMB, NUMBERS_OF_SPECTRUM};
use crate::error::{Error, Result, check_finite, check_len};
use crate::pipeline::Context;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// What messages call it.
const NAME: &str = "fault combs";
/// Lines that the cage's own has to lie from zero, or its sidebands fall into the lines that they belong to.
const LINES_OF_CAGE: f64 = 3.0;

/// Which spectra are formed, and how combs are looked for in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultCombsParams {
    /// Bands whose envelope is taken, `low <= f < high`; cut at half the rate where at least half of the band is left. The
    /// first is also that of the cepstrally pre-whitened segment. Seven between 500 and 6000 Hz unless said.
    pub bands: Vec<[Hertz; 2]>,
    /// The same behind a whitening by the mean power within ±50 Hz. 500 to 6000, 2000 to 6000 and 500 to 2500 Hz unless
    /// said.
    pub whitened: Vec<[Hertz; 2]>,
    /// How far the frequency of a modulation is looked at, at most; never further than the narrowest band is wide, since
    /// its envelope swings no faster. 1200 Hz unless said.
    pub modulation: Hertz,
    /// A comb may lie this share of its order away, for slip. 0.016 unless said.
    pub slip: f64,
    /// Control orders. 150 unless said.
    pub controls: usize,
}

impl Default for FaultCombsParams {
    fn default() -> Self {
        let bands =
            |edges: &[[u16; 2]]| edges.iter().map(|band| band.map(|edge| Hertz(edge.into()))).collect();
        Self {
            bands: bands(&[
                [500, 6000],
                [2000, 6000],
                [500, 2000],
                [1000, 2500],
                [2000, 3500],
                [3000, 4500],
                [4000, 6000],
            ]),
            whitened: bands(&[[500, 6000], [2000, 6000], [500, 2500]]),
            modulation: Hertz(1200.0),
            slip: 0.016,
            controls: 150,
        }
    }
}

impl FaultCombsParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a parameter lies
    /// outside its range, less than half of a band lies below half the rate, or the segment is so short that a spectrum has
    /// fewer lines than its running median looks at.
    pub fn plan(&self, rate: Hertz, len: usize) -> Result<FaultCombsPlan> {
        Error::check_rate(rate)?;
        let within = |parameter, value: f64, least: f64, most: f64, usual: &str| {
            if value >= least && value <= most {
                return Ok(());
            }
            let reason = format!("it has to lie within {least} to {most}; {usual} is usual");
            Err(Error::parameter(NAME, parameter, value, &reason))
        };
        within("slip", self.slip, 0.0, 0.1, "0.016")?;
        within("controls", self.controls as f64, 20.0, 10_000.0, "150")?;
        within("modulation", self.modulation.0, 1e-3, 1e6, "1200 Hz")?;
        for (parameter, bands) in [("bands", &self.bands), ("whitened", &self.whitened)] {
            if !(1..=64).contains(&bands.len()) {
                let reason = "1 to 64 are needed, such as [[\"500Hz\", \"6kHz\"]]";
                return Err(Error::parameter(NAME, parameter, bands.len(), reason));
            }
        }
        Ok(FaultCombsPlan { params: self.clone(), bank: Bank::new(self, rate, len)? })
    }
}

/// Fault combs of segments of one length.
#[derive(Debug, Clone)]
pub struct FaultCombsPlan {
    params: FaultCombsParams,
    bank: Bank,
}

/// Working memory of [`FaultCombsPlan`].
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultCombsMemory {
    bank: BankMemory,
    combs: CombsMemory,
    controls: Vec<f64>,
}

impl FaultCombsPlan {
    /// Samples of a segment.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.bank.len()
    }

    /// Numbers: those of a spectrum, spectrum after spectrum.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.bank.spectra() * NUMBERS_OF_SPECTRUM
    }

    /// Names of the numbers, in their order: `4 harmonics of BPFO in the envelope of 500-6000 Hz`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let numbers = combs::names();
        let spectra = self.bank.names(&self.params);
        spectra
            .iter()
            .flat_map(|spectrum| numbers.iter().map(move |number| format!("{number} in {spectrum}")))
            .collect()
    }

    /// The numbers of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), of the machine that the
    /// context tells of. Inside everything is in f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::MissingKinematics`] when the context lacks the shaft's
    /// speed or the bearing's orders; [`Error::Frequency`] when the speed is not a finite number above 0;
    /// [`Error::Parameter`] when an order is not, a sample is not finite, or the segment is too short to tell the lines of
    /// the cage from those beside them.
    pub fn process<T: Sample>(
        &self,
        input: &[T],
        context: &Context,
        output: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the fault combs", self.len(), input.len())?;
        check_len("output of the fault combs", self.output_len(), output.len())?;
        check_finite(NAME, input)?;
        let (shaft, orders) = context.kinematics()?;
        let machine = Machine::new(shaft, &orders, self.bank.resolution())?;
        let FaultCombsMemory { bank, combs, controls } = &mut scratch.fault_combs;
        controls::draw(&machine.faults, self.params.controls, controls);
        let lines = self.bank.lines();
        let Some(spectra) = self.bank.spectra_of(input, bank)? else {
            output.fill(T::default());
            return Ok(());
        };
        first(&mut combs.numbers, self.output_len());
        combs::numbers(spectra, lines, &machine, self.params.slip, controls, combs)?;
        for (output, number) in output.iter_mut().zip(&combs.numbers) {
            *output = T::narrow(*number);
        }
        Ok(())
    }
}
