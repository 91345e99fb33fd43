//! What runs from one step to the next: its shape, and what stands along each axis.

use std::sync::Arc;

use super::split::Split;
use crate::counted::counted;
use crate::error::{Error, Result};
use crate::kinematics::FaultKind;
use crate::units::Hertz;

/// What the positions along an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Quantity {
    /// Time since the segment's first sample, in seconds.
    Time,
    /// Time by which a record is shifted against itself, in seconds.
    Lag,
    /// Frequency in hertz.
    Frequency,
    /// Frequency at which power swings (cyclic, modulation), in hertz.
    ModulationFrequency,
    /// Time in the cepstrum, in seconds.
    Quefrency,
    /// Angle of the shaft since the segment's first value, in revolutions.
    Angle,
    /// Angle by which a record is shifted against itself, in revolutions.
    AngularLag,
    /// Frequency in cycles a revolution.
    Order,
    /// Frequency at which power swings, in cycles a revolution.
    ModulationOrder,
    /// Angle in the cepstrum, in revolutions.
    AngularQuefrency,
    /// Number of a harmonic, from 1.
    Harmonic,
    /// Frequency relative to a harmonic's own, such as 0.99 to 1.01.
    RelativeFrequency,
    /// Level of a tree of filters.
    Level,
    /// Number of a kind of fault in [`FaultKind::ALL`](crate::FaultKind::ALL), from 0.
    Fault,
    /// Number of a measure of the infogram, from 0: how bunched power is in time, in the spectrum of the envelope
    /// (frequency), and the mean of both.
    Bunching,
    /// Number of a mode of a decomposition, from 1.
    Mode,
    /// Number of a band of a filter bank, from 1, the lowest first.
    Band,
    /// Number of a feature, from 0; [`PipelinePlan::number_names`](crate::PipelinePlan::number_names) tells what it is.
    Feature,
    /// Number of a channel, from 0: a sensor, or what steps made of several.
    Channel,
}

impl Quantity {
    /// Name and unit as an axis of a figure carries them.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Time => "Time, s",
            Self::Lag => "Lag, s",
            Self::Frequency => "Frequency, Hz",
            Self::ModulationFrequency => "Modulation frequency, Hz",
            Self::Quefrency => "Quefrency, s",
            Self::Angle => "Shaft angle, revolutions",
            Self::AngularLag => "Lag, revolutions",
            Self::Order => "Order",
            Self::ModulationOrder => "Modulation order",
            Self::AngularQuefrency => "Quefrency, revolutions",
            Self::Harmonic => "Harmonic",
            Self::RelativeFrequency => "Frequency over the harmonic's own",
            Self::Level => "Level",
            Self::Fault => "Fault: inner race, outer race, rolling element, cage",
            Self::Bunching => "Bunched in: time, frequency, mean of both",
            Self::Mode => "Mode",
            Self::Band => "Band",
            Self::Feature => "Feature",
            Self::Channel => "Channel",
        }
    }

    /// The name of position `index`, where positions have names: `inner race`, `frequency`.
    #[must_use]
    pub fn name_of(self, index: usize) -> Option<&'static str> {
        match self {
            Self::Fault => FaultKind::ALL.get(index).map(|kind| kind.title()),
            Self::Bunching => ["time", "frequency", "mean"].get(index).copied(),
            _ => None,
        }
    }

    /// Short name for a column of a table, with the unit behind an underscore.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Time => "time_s",
            Self::Lag => "lag_s",
            Self::Frequency => "frequency_hz",
            Self::ModulationFrequency => "modulation_frequency_hz",
            Self::Quefrency => "quefrency_s",
            Self::Angle => "angle_revolutions",
            Self::AngularLag => "lag_revolutions",
            Self::Order => "order",
            Self::ModulationOrder => "modulation_order",
            Self::AngularQuefrency => "quefrency_revolutions",
            Self::Harmonic => "harmonic",
            Self::RelativeFrequency => "relative_frequency",
            Self::Level => "level",
            Self::Fault => "fault",
            Self::Bunching => "bunching",
            Self::Mode => "mode",
            Self::Band => "band",
            Self::Feature => "feature",
            Self::Channel => "channel",
        }
    }

    /// Whether positions are channels that are only counted: sensors, modes, bands.
    #[must_use]
    pub fn counts_channels(self) -> bool {
        matches!(self, Self::Mode | Self::Band | Self::Channel)
    }

    /// What it is where revolutions of the shaft stand for seconds.
    fn of_angle(self) -> Self {
        match self {
            Self::Time => Self::Angle,
            Self::Lag => Self::AngularLag,
            Self::Frequency => Self::Order,
            Self::ModulationFrequency => Self::ModulationOrder,
            Self::Quefrency => Self::AngularQuefrency,
            other => other,
        }
    }
}

/// One axis of an output: what its positions are, and where they lie, in the quantity's unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What the positions are.
    pub quantity: Quantity,
    /// One value a position, in order.
    pub values: Vec<f64>,
}

impl Axis {
    /// `len` positions from `start` on, `step` apart.
    pub(crate) fn even(quantity: Quantity, len: usize, start: f64, step: f64) -> Self {
        Self { quantity, values: (0..len).map(|i| start + i as f64 * step).collect() }
    }

    /// `len` positions, each where `value` says.
    pub(crate) fn of(quantity: Quantity, len: usize, value: impl Fn(usize) -> f64) -> Self {
        Self { quantity, values: (0..len).map(value).collect() }
    }

    /// Times of `len` samples at `rate`.
    pub(crate) fn samples(len: usize, rate: Hertz) -> Self {
        Self::even(Quantity::Time, len, 0.0, 1.0 / rate.0)
    }

    /// `0..len`.
    pub(crate) fn numbers(quantity: Quantity, len: usize) -> Self {
        Self::even(quantity, len, 0.0, 1.0)
    }

    /// The axis of an image that was resized by the mean over areas: the centre of what each new position
    /// covers.
    pub(crate) fn resized(&self, len: usize) -> Self {
        let old = self.values.len();
        if old == len || old == 0 {
            return self.clone();
        }
        let at = |place: f64| {
            let place = place.clamp(0.0, (old - 1) as f64);
            let (before, part) = (place.floor() as usize, place.fract());
            let next = self.values[(before + 1).min(old - 1)];
            self.values[before] * (1.0 - part) + next * part
        };
        let centre = |i: usize| (i as f64 + 0.5) * old as f64 / len as f64 - 0.5;
        Self { quantity: self.quantity, values: (0..len).map(|i| at(centre(i))).collect() }
    }
}

/// Which kind of numbers a step gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Domain {
    /// A series in time, at this rate.
    Samples(Hertz),
    /// A spectrum.
    Lines,
    /// An image of rows and columns.
    Image,
}

/// What samples are counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Seconds: rates and frequencies are in hertz.
    Time,
    /// Revolutions of the shaft: what is called a rate is samples a revolution, and every frequency an order.
    Angle,
}

/// Shape and axes of what runs from one step to the next: one or more channels, each a series or an image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flow {
    pub(crate) domain: Domain,
    pub(crate) base: Base,
    pub(crate) channels: usize,
    /// What the channels are.
    pub(crate) channels_are: Quantity,
    /// What steps took channels apart into, in their order.
    pub(crate) splits: Vec<Split>,
    /// One axis of a series, two (rows, columns) of an image.
    pub(crate) axes: Vec<Axis>,
    /// What each number of a channel is, where they have names.
    pub(crate) names: Option<Arc<[String]>>,
}

impl Flow {
    pub(crate) fn samples(channels: usize, len: usize, rate: Hertz) -> Self {
        Self {
            domain: Domain::Samples(rate),
            base: Base::Time,
            channels,
            channels_are: Quantity::Channel,
            splits: Vec::new(),
            axes: vec![Axis::samples(len, rate)],
            names: None,
        }
    }

    pub(crate) fn lines(channels: usize, axis: Axis) -> Self {
        Self { domain: Domain::Lines, axes: vec![axis], ..Self::samples(channels, 0, Hertz(1.0)) }
    }

    /// Numbers that have names.
    pub(crate) fn features(channels: usize, names: Vec<String>) -> Self {
        let axis = Axis::numbers(Quantity::Feature, names.len());
        Self { names: Some(names.into()), ..Self::lines(channels, axis) }
    }

    pub(crate) fn image(channels: usize, rows: Axis, columns: Axis) -> Self {
        Self { domain: Domain::Image, axes: vec![rows, columns], ..Self::samples(channels, 0, Hertz(1.0)) }
    }

    /// The same where channels are more than numbered: one a fault, or one a measure.
    pub(crate) fn channels_are(self, quantity: Quantity) -> Self {
        Self { channels_are: quantity, ..self }
    }

    /// The same over revolutions of the shaft.
    pub(crate) fn over_angle(mut self) -> Self {
        self.base = Base::Angle;
        self.axes.iter_mut().for_each(|axis| axis.quantity = axis.quantity.of_angle());
        self
    }

    /// Numbers of one channel.
    pub(crate) fn channel_len(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Numbers in all.
    pub(crate) fn len(&self) -> usize {
        self.channels * self.channel_len()
    }

    /// `[length]` of one series, `[channels, length]` of several, `[channels, rows, columns]` of images.
    pub(crate) fn shape(&self) -> Vec<usize> {
        self.all_axes().iter().map(|axis| axis.values.len()).collect()
    }

    /// The axes of [`Flow::shape`].
    pub(crate) fn all_axes(&self) -> Vec<Axis> {
        let several = self.channels > 1 || self.domain == Domain::Image;
        let first = match self.channels_are {
            Quantity::Mode | Quantity::Band => 1.0,
            _ => 0.0,
        };
        let channels = several.then(|| Axis::even(self.channels_are, self.channels, first, 1.0));
        channels.into_iter().chain(self.axes.iter().cloned()).collect()
    }

    /// Rate and number of samples, where this is a series in time.
    pub(crate) fn as_samples(&self, step: &'static str) -> Result<(Hertz, usize)> {
        match self.domain {
            Domain::Samples(rate) => Ok((rate, self.channel_len())),
            _ => Err(self.refused(step, "samples: put it before the step that leaves the time domain")),
        }
    }

    /// Rate and number of samples, where this is one series in time.
    pub(crate) fn as_one_series(&self, step: &'static str) -> Result<(Hertz, usize)> {
        match self.channels {
            1 => self.as_samples(step),
            _ => Err(self.refused(step, "one series: put it before the step that makes channels")),
        }
    }

    /// Anything but images.
    pub(crate) fn as_series(&self, step: &'static str) -> Result<()> {
        match self.domain {
            Domain::Image => {
                Err(self.refused(step, "a series: take standardise-image or normalise-image for images"))
            }
            _ => Ok(()),
        }
    }

    /// Rows and columns, where this is an image.
    pub(crate) fn as_image(&self, step: &'static str) -> Result<&[Axis; 2]> {
        let axes = <&[Axis; 2]>::try_from(self.axes.as_slice()).ok();
        axes.ok_or_else(|| self.refused(step, "an image: put it behind the step that makes one"))
    }

    /// The error of a step that cannot work on this.
    pub(crate) fn refused(&self, step: &'static str, wanted: &str) -> Error {
        let several = |what: String| match self.channels {
            1 => what,
            channels => format!("{channels} channels of {what}"),
        };
        let given = match (self.domain, self.shape().as_slice()) {
            (Domain::Samples(_), _) => several(counted(self.channel_len(), "sample")),
            (Domain::Lines, _) => several(format!("a spectrum of {}", counted(self.channel_len(), "line"))),
            (Domain::Image, shape) => {
                let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
                format!("an image of {}", sides.join("×"))
            }
        };
        Error::parameter(step, "input", given, &format!("this step works on {wanted}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resized_axis_keeps_the_centres_of_what_it_covers() {
        let axis = Axis::even(Quantity::Frequency, 4, 0.0, 10.0);
        assert_eq!(axis.resized(2).values, [5.0, 25.0]);
        assert_eq!(axis.resized(1).values, [15.0]);
        assert_eq!(axis.resized(4), axis);
        assert_eq!(axis.resized(8).values.len(), 8);
    }
}
