//! The one error of this crate.

use crate::quantity_text::UnitError;

/// Short form with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can be refused here. Each message says what was wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recording was built without a channel.
    #[error("a recording needs at least one channel: none was given")]
    NoChannels,
    /// A channel has an empty name, so nothing could ask for it.
    #[error("a channel has an empty name (variable `{variable}`): give it a name such as `DE`")]
    UnnamedChannel {
        /// Its name in the file.
        variable: String,
    },
    /// Two channels share a name.
    #[error("two channels are named `{channel}`: each channel needs a name of its own")]
    RepeatedChannel {
        /// The name they share.
        channel: String,
    },
    /// A channel holds no sample.
    #[error("channel `{channel}` holds no sample: leave it out or record it again")]
    EmptyChannel {
        /// Name of the channel.
        channel: String,
    },
    /// Channels of one recording differ in length.
    #[error(
        "channel `{channel}` holds {samples} samples but channel `{first}` holds {first_samples}: \
         channels of one recording are sampled together; read them as separate recordings"
    )]
    UnequalLengths {
        /// Name of the first channel.
        first: String,
        /// Its number of samples.
        first_samples: usize,
        /// Name of the channel that differs.
        channel: String,
        /// Its number of samples.
        samples: usize,
    },
    /// A sample is NaN or infinite.
    #[error(
        "channel `{channel}`, sample {index} (counted from 0) is {value}: every sample has to be a finite \
         number; cut the damaged stretch out before reading"
    )]
    NotFinite {
        /// Name of the channel.
        channel: String,
        /// Index of the first such sample.
        index: usize,
        /// Its value, as text (`NaN`, `inf`, `-inf`).
        value: String,
    },
    /// A frequency, rate or speed lies outside what it may be.
    #[error("{what} is {value} Hz: {reason}")]
    Frequency {
        /// Which quantity.
        what: &'static str,
        /// Its value in hertz.
        value: f64,
        /// What it has to be.
        reason: String,
    },
    /// A text names no unit of vibration.
    #[error("`{text}` is no unit known here: write one of g, m/s2, mm/s, um, V, or ? when it is not known")]
    UnknownUnit {
        /// The text.
        text: String,
    },
    /// A quantity written as text was refused.
    #[error(transparent)]
    Quantity(#[from] UnitError),
    /// A bearing's geometry is impossible.
    #[error("bearing geometry: {field} = {value}: {reason}")]
    Geometry {
        /// Which dimension.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it has to be.
        reason: &'static str,
    },
    /// Segments of no length, or that never move on.
    #[error("segments of {length} samples every {stride} samples: length and stride have to be at least 1")]
    EmptySegments {
        /// Samples in a segment.
        length: usize,
        /// Samples from one start to the next.
        stride: usize,
    },
    /// Two rates whose ratio cannot be resampled.
    #[error("resampling from {from} Hz to {to} Hz: {reason}")]
    Resampling {
        /// Rate of the input in hertz.
        from: f64,
        /// Rate of the output in hertz.
        to: f64,
        /// Why, and what to do.
        reason: String,
    },
    /// A parameter of the fault model lies outside what it may be.
    #[error("simulation: {field} = {value}: {reason}")]
    Simulation {
        /// Which parameter.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it has to be.
        reason: &'static str,
    },
}
