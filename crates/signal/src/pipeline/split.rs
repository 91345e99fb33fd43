//! What a step made several channels of: modes, bands, measures; and what each channel is called.

use std::sync::Arc;

use super::finding::{Finding, StepFinding};
use super::flow::{Flow, Quantity};
use super::plan::PipelinePlan;
use crate::units::Hertz;
use crate::vmd::Decomposition;

/// What one channel was taken apart into.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parts {
    /// Modes, and what is in none of them; where they lie is known when they were found.
    Modes {
        /// How many.
        modes: usize,
        /// Whether the residual comes behind them.
        residual: bool,
    },
    /// Bands with these edges.
    Bands(Arc<[(Hertz, Hertz)]>),
    /// Measures of these names.
    Measures(&'static [&'static str]),
}

impl Parts {
    /// How many.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Modes { modes, residual } => modes + usize::from(*residual),
            Self::Bands(edges) => edges.len(),
            Self::Measures(names) => names.len(),
        }
    }

    /// What an axis over them alone is.
    pub(crate) fn quantity(&self) -> Quantity {
        match self {
            Self::Modes { .. } => Quantity::Mode,
            Self::Bands(_) => Quantity::Band,
            Self::Measures(_) => Quantity::Bunching,
        }
    }
}

/// One step's parts of every channel that it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Split {
    pub(crate) parts: Parts,
    /// Whether all channels of the first part come first; else all parts of the first channel.
    pub(crate) parts_first: bool,
    /// Number of the step, from 1; 0 until the pipeline has counted it.
    pub(crate) step: usize,
    /// Whether its frequencies are orders of the shaft.
    pub(crate) orders: bool,
}

impl Flow {
    /// The same as the parts of `input`'s channels: of each channel all parts, one channel after the other.
    pub(crate) fn parts_of(self, input: &Self, parts: Parts) -> Self {
        self.split(input, parts, false)
    }

    /// The same where all channels of the first part come first.
    pub(crate) fn parts_in_common(self, input: &Self, parts: Parts) -> Self {
        self.split(input, parts, true)
    }

    fn split(mut self, input: &Self, parts: Parts, parts_first: bool) -> Self {
        let alone = input.channels == 1;
        self.channels_are = if alone { parts.quantity() } else { Quantity::Channel };
        self.splits.clone_from(&input.splits);
        self.splits.push(Split { parts, parts_first, step: 0, orders: false });
        self
    }

    /// The same after a step that works on each channel of `input` and says nothing of channels itself.
    pub(crate) fn keeping_channels_of(mut self, input: &Self) -> Self {
        let says_nothing = self.splits.is_empty() && self.channels_are == Quantity::Channel;
        if says_nothing && self.channels == input.channels {
            self.channels_are = input.channels_are;
            self.splits.clone_from(&input.splits);
        }
        self
    }

    /// The same once it is known that the step that made it is the `number`-th, and whether it saw orders.
    pub(crate) fn counted_as(mut self, number: usize, orders: bool) -> Self {
        for split in self.splits.iter_mut().filter(|split| split.step == 0) {
            (split.step, split.orders) = (number, orders);
        }
        self
    }
}

impl PipelinePlan {
    /// What each channel of the output is called: the sensor, where there are several, and what the steps took out
    /// of it, such as `DE, mode 1, 683 Hz` or `750 to 1500 Hz`. `sensors` are the names of the channels of the
    /// segment; centres of modes are those of `findings`, and left out where there are none. Empty where there is
    /// one channel, or channels are what [`Quantity::name_of`] names.
    #[must_use]
    pub fn channel_names(&self, sensors: &[&str], findings: &[StepFinding]) -> Vec<String> {
        let flow = &self.output;
        let parts: usize = flow.splits.iter().map(|split| split.parts.count()).product();
        let from = flow.channels / parts.max(1);
        let has_own_names = flow.splits.is_empty() && flow.channels_are != Quantity::Channel;
        if flow.channels < 2 || has_own_names || (parts == 1 && from != sensors.len()) {
            return Vec::new();
        }
        (0..flow.channels).map(|channel| flow.name_of(channel, from, sensors, findings)).collect()
    }
}

impl Flow {
    /// The name of one channel, when `from` channels were there before any was taken apart.
    fn name_of(&self, channel: usize, from: usize, sensors: &[&str], findings: &[StepFinding]) -> String {
        let (mut channel, mut channels) = (channel, self.channels);
        let mut names = Vec::new();
        for split in self.splits.iter().rev() {
            let count = split.parts.count();
            channels /= count.max(1);
            let part = if split.parts_first {
                let part = channel / channels.max(1);
                channel %= channels.max(1);
                names.push(split.part_name(part, 0, findings));
                continue;
            } else {
                channel % count.max(1)
            };
            channel /= count.max(1);
            names.push(split.part_name(part, channel, findings));
        }
        if from > 1 {
            let sensor = sensors.get(channel).filter(|_| from == sensors.len());
            names.push(sensor.map_or_else(|| format!("channel {channel}"), |name| (*name).to_owned()));
        }
        names.reverse();
        names.join(", ")
    }
}

impl Split {
    /// What part `part` of the channel `input` is called.
    fn part_name(&self, part: usize, input: usize, findings: &[StepFinding]) -> String {
        match &self.parts {
            Parts::Modes { modes, residual: true } if part == *modes => "residual".to_owned(),
            Parts::Modes { .. } => {
                let mode = format!("mode {}", part + 1);
                let found = findings
                    .iter()
                    .filter(|found| found.step == self.step && found.channel == input)
                    .find_map(|found| decomposition(&found.finding));
                match found.map(|found| found.modes.get(part)) {
                    None => mode,
                    Some(None) => format!("{mode}, not found"),
                    Some(Some(found)) if found.empty => format!("{mode}, empty"),
                    Some(Some(found)) if self.orders => format!("{mode}, order {}", rounded(found.centre)),
                    Some(Some(found)) => format!("{mode}, {} Hz", rounded(found.centre)),
                }
            }
            Parts::Bands(edges) => {
                let ends = edges.get(part).map_or_else(String::new, |(low, high)| {
                    format!("{} to {}", rounded(*low), rounded(*high))
                });
                if self.orders { format!("orders {ends}") } else { format!("{ends} Hz") }
            }
            Parts::Measures(names) => names.get(part).map_or_else(String::new, |name| (*name).to_owned()),
        }
    }
}

fn decomposition(finding: &Finding) -> Option<&Decomposition> {
    match finding {
        Finding::Modes(found) => Some(found),
        Finding::SuccessiveModes(found) => Some(&found.decomposition),
        Finding::SelectedModes(found) => Some(&found.decomposition),
        _ => None,
    }
}

/// A frequency with at least three figures and no zeros behind the point.
fn rounded(frequency: Hertz) -> String {
    let decimals = match frequency.0.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{:.decimals$}", frequency.0);
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}
