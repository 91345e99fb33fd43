//! The steps of a pipeline, as they stand in a configuration.

use serde::de::value::{self, MapDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fourier::window::Window;
use crate::image::stft_image::Scale;

/// One step of a [`Pipeline`]. In a configuration `{ step = "stft", length = 256, hop = 128 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Subtracts the mean of a series.
    #[serde(deserialize_with = "no_fields")]
    RemoveMean,
    /// `(x - mean)/std` of a series, with the population's deviation. A constant becomes zeros.
    #[serde(deserialize_with = "no_fields")]
    Standardise,
    /// Samples to their envelope `|x + i·h|`, of the same length.
    #[serde(deserialize_with = "no_fields")]
    Envelope,
    /// Samples to the peak amplitudes of their `len/2 + 1` lines, see [`AmplitudeSpectrumPlan`].
    AmplitudeSpectrum {
        /// Taper. Hann unless said.
        #[serde(default)]
        window: Window,
    },
    /// Samples to the lines of their squared envelope spectrum, see [`SquaredEnvelopePlan`]: `len/2 + 1` of
    /// the full band, as many as it has bins of a band.
    SquaredEnvelopeSpectrum {
        /// Band as two fractions of half the sampling rate. The full band unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        band: Option<[f64; 2]>,
    },
    /// Samples to an image `[1, rows, columns]`: rows are frequencies, the lowest first, columns are times.
    /// Only frames inside the segment are taken: `length/2 + 1` rows, `1 + (len - length)/hop` columns.
    Stft {
        /// Taper. Hann unless said.
        #[serde(default)]
        window: Window,
        /// Samples in a frame. 256 unless said.
        #[serde(default = "default_length")]
        length: usize,
        /// Samples from one frame to the next. 128 unless said.
        #[serde(default = "default_hop")]
        hop: usize,
        /// How a pixel's power is written. The magnitude unless said.
        #[serde(default)]
        scale: Scale,
        /// Rows of the image, which is resized by the mean of power over areas. As many as the transform has
        /// unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<usize>,
        /// Columns of the image, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        columns: Option<usize>,
    },
    /// `(x - mean)/std` over all pixels of an image. A constant image becomes zeros.
    #[serde(deserialize_with = "no_fields")]
    StandardiseImage,
    /// Samples to an image `[4, harmonics, columns]`: one channel for each kind of fault
    /// ([`FaultKind::ALL`](crate::FaultKind::ALL)), one row for each harmonic of its frequency `f0`.
    ///
    /// The segment is standardised. Each band's squared envelope spectrum is divided by its own floor, the
    /// running median over ±40 lines or ± the shaft frequency, whichever is wider; of the bands the largest
    /// ratio counts. Column `j` stands for `h·f0·(1 + half_width·(2j/(columns-1) - 1))` and shows the largest
    /// ratio among the lines in its cell, or between lines, where a cell holds none, a straight line. Values
    /// are decadic logarithms of the ratio, clipped to -1 to 3; 0, the floor, where the spectrum has no line.
    /// Needs the shaft's speed and the bearing's orders in the [`Context`].
    CombImage {
        /// Rows. 8 unless said.
        #[serde(default = "default_harmonics")]
        harmonics: usize,
        /// Columns, an odd number: the middle one is the harmonic itself. 33 unless said.
        #[serde(default = "default_columns")]
        columns: usize,
        /// Half the image's width, relative to the harmonic's frequency. 0.04 unless said.
        #[serde(default = "default_half_width")]
        half_width: f64,
        /// Bands as fractions of half the sampling rate. The full band unless said.
        #[serde(default = "default_bands")]
        bands: Vec<[f64; 2]>,
    },
}

fn default_length() -> usize {
    256
}
fn default_hop() -> usize {
    128
}
fn default_harmonics() -> usize {
    8
}
fn default_columns() -> usize {
    33
}
fn default_half_width() -> f64 {
    0.04
}
fn default_bands() -> Vec<[f64; 2]> {
    vec![[0.0, 1.0]]
}

/// Steps without parameters refuse any: serde alone would pass over them in silence.
fn no_fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NoFields {}
    NoFields::deserialize(deserializer).map(|NoFields {}| ())
}

impl Step {
    /// Its name in a configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.about().0
    }

    /// What it does, in one line.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.about().1
    }

    /// Every step that needs no more than its name, with its defaults, in the order of the list.
    #[must_use]
    pub fn all() -> Vec<Self> {
        NAMES.iter().filter_map(|name| Self::named(name)).collect()
    }

    /// The step of this name with its defaults.
    fn named(name: &str) -> Option<Self> {
        let map = MapDeserializer::<_, value::Error>::new(std::iter::once(("step", name)));
        Self::deserialize(map).ok()
    }

    fn about(&self) -> (&'static str, &'static str) {
        match self {
            Self::RemoveMean => ("remove-mean", "subtracts the mean"),
            Self::Standardise => ("standardise", "subtracts the mean, divides by the standard deviation"),
            Self::Envelope => ("envelope", "envelope: the magnitude of the analytic signal"),
            Self::AmplitudeSpectrum { .. } => ("amplitude-spectrum", "peak amplitude of every spectral line"),
            Self::SquaredEnvelopeSpectrum { .. } => {
                ("squared-envelope-spectrum", "spectrum of the squared envelope, of a band or all")
            }
            Self::Stft { .. } => ("stft", "short-time Fourier transform as an image of frequency over time"),
            Self::StandardiseImage => ("standardise-image", "standardises all pixels of an image together"),
            Self::CombImage { .. } => {
                ("comb-image", "squared envelope spectrum around the harmonics of every fault frequency")
            }
        }
    }
}

/// Names of all steps, in the order in which a list shows them.
const NAMES: [&str; 8] = [
    "remove-mean",
    "standardise",
    "envelope",
    "amplitude-spectrum",
    "squared-envelope-spectrum",
    "stft",
    "standardise-image",
    "comb-image",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_step_that_is_accepted_is_in_the_list_under_its_name() {
        let message = serde_json::from_str::<Step>(r#"{"step": "?"}"#).unwrap_err().to_string();
        let accepted: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        assert_eq!(accepted, NAMES, "{message}");
        let names: Vec<_> = Step::all().iter().map(Step::name).collect();
        assert_eq!(names, NAMES);
    }
}
