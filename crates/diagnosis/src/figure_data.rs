//! What the figures of a report are drawn from, as plain data of a [`Diagnosis`](crate::Diagnosis).

use brinell_signal::Phrase;
use serde::{Deserialize, Serialize};

use crate::{Impacts, Kurtogram, Waterfall};

/// Which diagnoses get the data of their figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Drawn {
    /// All.
    #[default]
    Always,
    /// Those with a fault or undecided.
    Doubtful,
    /// None: a quarter of the time is saved, and no page can be made.
    Never,
}

/// Data of all figures, already reduced for drawing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Waveform: minimum and maximum of the samples in equal time slices.
    pub waveform: Waveform,
    /// Amplitude spectrum (peak), maximum over equal frequency slices.
    pub spectrum: Curve,
    /// Squared-envelope spectrum of the band that decides.
    pub envelope_spectrum: Curve,
    /// Local floor of `envelope_spectrum`, same frequencies.
    pub envelope_floor: Vec<f32>,
    /// Band of `envelope_spectrum`, in hertz.
    pub envelope_band_hz: [f64; 2],
    /// Time-frequency image.
    pub image: Image,
    /// Kurtogram; none of a recording that is too short, or in reports made before it was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kurtogram: Option<Kurtogram>,
    /// Envelope spectra over time in `envelope_band_hz`; none as for the kurtogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waterfall: Option<Waterfall>,
    /// Single impacts of the deciding comb; none where no comb was tested, or in reports made before they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impacts: Option<Impacts>,
}

/// A waveform reduced to the extremes of equal time slices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Waveform {
    /// Time of the first sample in seconds.
    pub start_s: f64,
    /// Length of one slice in seconds.
    pub slice_s: f64,
    /// Minimum in each slice, unit of the channel.
    pub min: Vec<f32>,
    /// Maximum in each slice.
    pub max: Vec<f32>,
}

/// A spectrum reduced to the largest line of equal frequency slices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Frequency of the largest line in each slice, in hertz.
    pub hz: Vec<f32>,
    /// Its value.
    pub value: Vec<f32>,
    /// Unit and scaling of `value`, e.g. `g, peak`.
    pub unit: Phrase,
    /// Spacing of the lines before reduction, in hertz.
    pub resolution_hz: f64,
    /// Window and averaging, in words.
    pub note: Phrase,
}

/// A time-frequency image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Rows, low frequency first.
    pub rows: usize,
    /// Columns, early first.
    pub columns: usize,
    /// Duration covered, in seconds.
    pub duration_s: f64,
    /// Highest frequency, in hertz; the lowest is 0.
    pub top_hz: f64,
    /// Row-major values, 0 (at or below `floor_db`) to 255 (0 dB).
    pub values: Vec<u8>,
    /// dB below the maximum at value 0.
    pub floor_db: f64,
    /// Window and hop, in words.
    pub note: Phrase,
}
