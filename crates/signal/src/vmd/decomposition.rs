//! What a decomposition reports beside its modes.

use serde::{Deserialize, Serialize};

use crate::units::Hertz;

/// One mode of a decomposition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mode {
    /// Its centre: the mean frequency of its power.
    pub centre: Hertz,
    /// Distance from the centre at which the mode's filter has fallen to one half, `rate/sqrt(α)`. Two centres
    /// closer than this share one band.
    pub half_width: Hertz,
    /// Its place before sorting: mode `k` of the start, of 0..K.
    pub place: usize,
    /// Its share of the power of the record, over all channels: `Σ mode² / Σ record²` (with several channels
    /// in the scale of the parameters). Modes overlap, so the shares need not sum to 1. 0 when the record
    /// is 0.
    pub share: f64,
    /// Whether nothing was left for it: its samples are 0 and its centre is where it was last.
    pub empty: bool,
}

/// How a decomposition went. Made once and filled by every call of a plan's `process`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// The modes in the order of the output: by centre, ascending (in the order of the start with `compat`).
    pub modes: Vec<Mode>,
    /// Whether the stop rule was met within the allowed sweeps.
    pub converged: bool,
    /// Sweeps, or passes of the fixed point, that were made.
    pub sweeps: usize,
    /// Change of the modes in the last sweep, as the stop rule measures it. Of the fixed point: 0, since it
    /// compares no modes.
    pub change: f64,
    /// Largest move of a centre in the last sweep, or, of the fixed point, in the last plain pass.
    pub centre_change: Hertz,
}

impl Default for Decomposition {
    fn default() -> Self {
        Self { modes: Vec::new(), converged: false, sweeps: 0, change: 0.0, centre_change: Hertz(0.0) }
    }
}

impl Decomposition {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Centres in the order of the output.
    pub fn centres(&self) -> impl ExactSizeIterator<Item = Hertz> + '_ {
        self.modes.iter().map(|mode| mode.centre)
    }

    /// The permutation: for each mode of the output its place in the start.
    pub fn places(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.modes.iter().map(|mode| mode.place)
    }

    /// Smallest distance between two centres; none with fewer than two modes. Below
    /// [`Mode::half_width`] the record was cut into more modes than it has bands.
    #[must_use]
    pub fn closest_centres(&self) -> Option<Hertz> {
        let mut smallest = None;
        for (i, a) in self.modes.iter().enumerate() {
            for b in &self.modes[i + 1..] {
                let distance = (a.centre.0 - b.centre.0).abs();
                smallest = Some(smallest.map_or(distance, |s: f64| s.min(distance)));
            }
        }
        smallest.map(Hertz)
    }
}
