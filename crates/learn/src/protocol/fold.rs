//! One split into three parts, and what would make its figure worthless.

use super::{Part, Protocol, Signal, Target, Window};
use crate::class::ClassName;
use crate::error::{Error, Result};
use std::fmt;

/// One split into three parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    /// Its name, fit for a folder.
    pub name: String,
    /// What the net tells apart; a label is a place in this list.
    pub classes: Vec<ClassName>,
    /// What the net learns from.
    pub train: Part,
    /// What epochs and learning rate are chosen by.
    pub validation: Part,
    /// What it is judged by, after everything is chosen.
    pub test: Part,
    /// What the net adapts to, if it does.
    pub target: Option<Target>,
    /// How many mounted bearings the test has: what its figure rests on, however many segments there are.
    pub test_bearings: usize,
}

/// What is on two sides of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaked {
    /// A physical bearing, in the test and in training or validation.
    Bearing(String),
    /// A recording, likewise.
    Recording(String),
    /// Samples that two segments of different parts share.
    Samples {
        /// The recording.
        file: String,
        /// The channel.
        sensor: String,
        /// The first of them.
        first: usize,
    },
}

impl fmt::Display for Leaked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Leaked::Bearing(bearing) => write!(out, "bearing {bearing} is on both sides of the split"),
            Leaked::Recording(file) => write!(out, "recording {file} is on both sides of the split"),
            Leaked::Samples { file, sensor, first } => {
                write!(
                    out,
                    "samples of recording {file}, channel {sensor}, from {first} on are on both sides of the split"
                )
            }
        }
    }
}

impl Fold {
    pub(super) fn new(name: String, classes: Vec<ClassName>, rules: [String; 3]) -> Fold {
        let [train, validation, test] = rules.map(Part::new);
        Fold { name, classes, train, validation, test, target: None, test_bearings: 0 }
    }

    /// Refuses a fold in which segments of two parts share samples and, where the protocol promises unseen
    /// bearings, one in which a mounted bearing or a recording is both in test and in training or validation.
    /// `length` is that of a segment.
    ///
    /// # Errors
    /// [`Error::Leak`] that names what is on both sides.
    pub fn refuse_leaks(&self, protocol: Protocol, signals: &[Signal], length: usize) -> Result<()> {
        let promised = protocol.is_leaky().is_none();
        let known = promised.then(|| self.shared_bearing_or_recording(signals)).flatten();
        match known.or_else(|| self.shared_samples(signals, length)) {
            None => Ok(()),
            Some(leaked) => Err(Error::Leak { protocol, fold: self.name.clone(), leaked }),
        }
    }

    fn shared_bearing_or_recording(&self, signals: &[Signal]) -> Option<Leaked> {
        let mut mounted = self.train.mounted(signals);
        mounted.extend(self.validation.mounted(signals));
        if let Some(bearing) = self.test.mounted(signals).intersection(&mounted).next() {
            return Some(Leaked::Bearing((*bearing).to_owned()));
        }
        let mut files = self.train.files(signals);
        files.extend(self.validation.files(signals));
        let shared = self.test.files(signals).intersection(&files).next().map(|file| (*file).to_owned());
        shared.map(Leaked::Recording)
    }

    fn shared_samples(&self, signals: &[Signal], length: usize) -> Option<Leaked> {
        let apart = self.target.iter().filter(|target| !target.is_test).map(|target| &target.windows);
        let parts = [&self.train, &self.validation, &self.test].map(|part| &part.windows);
        let parts = parts.into_iter().chain(apart).enumerate();
        let mut all: Vec<(Window, usize)> =
            parts.flat_map(|(part, of)| of.iter().map(move |window| (*window, part))).collect();
        all.sort_unstable();
        // where the last segment of each part ends: a later one of another part must not begin before
        let mut ends = [None::<Window>; 4];
        for (window, part) in all {
            let reaches = |end: &Window| end.signal == window.signal && end.start + length > window.start;
            let other = (0..4).filter(|other| *other != part).find_map(|other| ends[other].filter(reaches));
            if other.is_some() {
                let signal = signals.get(window.signal)?;
                let (file, sensor) = (signal.file.clone(), signal.sensor.clone());
                return Some(Leaked::Samples { file, sensor, first: window.start });
            }
            ends[part] = Some(window);
        }
        None
    }
}
