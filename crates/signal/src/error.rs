//! The one error of this crate.

use crate::counted::counted;
use crate::quantity_text::UnitError;
use crate::sample::Sample;
use crate::units::Hertz;

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
        "channel `{channel}` holds {} but channel `{first}` holds {first_samples}: \
         channels of one recording are sampled together; read them as separate recordings",
        counted(*samples, "sample")
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
    #[error("segments of {} every {}: length and stride have to be at least 1", counted(*length, "sample"), counted(*stride, "sample"))]
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
    /// A slice has another length than the plan it was given to.
    #[error("{what} has to hold {}, and holds {got}; make a plan for this length", counted(*expected, "value"))]
    Length {
        /// Which slice.
        what: &'static str,
        /// Length the plan was made for.
        expected: usize,
        /// Length it was given.
        got: usize,
    },
    /// A transform cannot be planned with a parameter.
    #[error("{transform}: {parameter} = {value}: {reason}")]
    Parameter {
        /// Which transform.
        transform: &'static str,
        /// Which parameter.
        parameter: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        reason: String,
    },
    /// A step of a pipeline cannot be done.
    #[error("step {number} ({name}) of the pipeline: {cause}")]
    Step {
        /// Its number, counted from 1.
        number: usize,
        /// Its name in a configuration.
        name: &'static str,
        /// Why.
        cause: Box<Error>,
    },
    /// One of many segments could not be processed.
    #[error("segment {index} (counted from 0): {cause}")]
    Segment {
        /// Its index.
        index: usize,
        /// Why.
        cause: Box<Error>,
    },
    /// A step needs to know more about the machine.
    #[error("{what} is needed and not known: {remedy}")]
    MissingKinematics {
        /// What is missing.
        what: &'static str,
        /// What to give.
        remedy: &'static str,
    },
    /// The output of a pipeline is not finite.
    #[error(
        "output {index} (counted from 0) of the pipeline is {value}: a sample of the segment is not finite, or so \
         large that its square overflows; look at the recording and its unit"
    )]
    Overflow {
        /// Index of the first such number.
        index: usize,
        /// Its value, as text (`NaN`, `inf`, `-inf`).
        value: String,
    },
}

impl Error {
    /// A parameter that a transform refuses.
    #[cold]
    pub(crate) fn parameter(
        transform: &'static str,
        parameter: &'static str,
        value: impl ToString,
        reason: &str,
    ) -> Self {
        Self::Parameter { transform, parameter, value: value.to_string(), reason: reason.to_owned() }
    }

    #[cold]
    pub(crate) fn in_step(number: usize, name: &'static str, cause: Self) -> Self {
        Self::Step { number, name, cause: Box::new(cause) }
    }

    /// Refuses a sampling rate that is not a finite number above 0.
    pub(crate) fn check_rate(rate: Hertz) -> Result<()> {
        if rate.is_positive() {
            return Ok(());
        }
        let reason = "it has to be a finite number above 0".to_owned();
        Err(Self::Frequency { what: "sampling rate", value: rate.0, reason })
    }
}

/// Refuses a slice of another length than planned.
#[inline]
pub(crate) fn check_len(what: &'static str, expected: usize, got: usize) -> Result<()> {
    #[cold]
    fn refused(what: &'static str, expected: usize, got: usize) -> Error {
        Error::Length { what, expected, got }
    }
    if expected == got { Ok(()) } else { Err(refused(what, expected, got)) }
}

/// Refuses samples that are NaN or infinite.
pub(crate) fn check_finite<T: Sample>(transform: &'static str, samples: &[T]) -> Result<()> {
    #[cold]
    fn refused(transform: &'static str, index: usize, value: f64) -> Error {
        let reason = "every sample has to be a finite number: cut the damaged stretch out first";
        Error::parameter(transform, "sample", format!("{value} at index {index} (counted from 0)"), reason)
    }
    // Without a way out of each piece, so that many samples are looked at in one step.
    let sound = |piece: &[T]| piece.iter().fold(true, |sound, sample| sound & sample.is_finite());
    if samples.chunks(64).all(sound) {
        return Ok(());
    }
    match samples.iter().position(|sample| !sample.is_finite()) {
        None => Ok(()),
        Some(index) => Err(refused(transform, index, samples[index].widen())),
    }
}
