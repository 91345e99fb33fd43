//! Splits inside what is learned from, again by physical bearing: what calibrates and chooses is held out there.
//!
//! The training bearings of every group (place and damaged part), in order of size, are dealt to as many inner folds
//! as the smallest group has bearings; each inner fold holds out one bearing of every group, with all its
//! recordings, whichever sensor is read. A group with one bearing is never held out.

use super::{Fold, Signal};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// More inner folds than these cost more than they tell.
const MOST: usize = 5;

/// One split of the training side: places in the list of its segments, those of training first and then those of
/// validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerFold {
    /// What is learned from.
    pub train: Vec<usize>,
    /// What epochs are chosen by.
    pub validation: Vec<usize>,
    /// Segments of bearings that are in neither.
    pub held_out: Vec<usize>,
    /// The mounted bearings that are held out.
    pub bearings: Vec<String>,
}

impl Fold {
    /// Splits of training and validation by mounted bearing. `signals` are those the fold's segments count by.
    ///
    /// # Errors
    /// [`Error::Data`] when no group has two bearings, or a class would be left without an example to learn from.
    pub fn inner(&self, signals: &[Signal]) -> Result<Vec<InnerFold>> {
        let sides = [&self.train, &self.validation];
        let mounted: BTreeSet<&str> = sides.iter().flat_map(|part| part.mounted(signals)).collect();
        let groups = groups(signals, &mounted);
        let several = groups.values().map(Vec::len).filter(|count| *count > 1);
        let Some(folds) = several.min().map(|fewest| fewest.min(MOST)) else {
            return Err(self.refusal("no damaged part has two bearings in training".to_owned()));
        };
        (0..folds)
            .map(|number| {
                let dealt = groups.values().filter(|group| group.len() > 1).flat_map(|group| {
                    group.iter().enumerate().filter(|(at, _)| at % folds == number).map(|(_, one)| *one)
                });
                self.inner_fold(signals, &dealt.collect())
            })
            .collect()
    }

    fn inner_fold(&self, signals: &[Signal], held: &BTreeSet<&str>) -> Result<InnerFold> {
        let mut inner = InnerFold {
            train: Vec::new(),
            validation: Vec::new(),
            held_out: Vec::new(),
            bearings: held.iter().map(|one| (*one).to_owned()).collect(),
        };
        let before = self.train.windows.len();
        let windows = self.train.windows.iter().chain(&self.validation.windows);
        for (at, window) in windows.enumerate() {
            let place = match held.contains(signals[window.signal].mounted.as_str()) {
                true => &mut inner.held_out,
                false if at < before => &mut inner.train,
                false => &mut inner.validation,
            };
            place.push(at);
        }
        let labels: Vec<u32> = self.train.labels.iter().chain(&self.validation.labels).copied().collect();
        for (class, name) in self.classes.iter().enumerate() {
            if inner.train.iter().all(|at| labels[*at] as usize != class) {
                return Err(
                    self.refusal(format!("without them nothing of class {name} is left to learn from"))
                );
            }
        }
        Ok(inner)
    }

    fn refusal(&self, why: String) -> Error {
        Error::data(
            format!("fold {}: no bearings can be held out inside the training side", self.name),
            why,
            "use a protocol with several training bearings of each damaged part, such as leave-one-size-out with \
             validation = \"load\", or leave out [calibration] and [tune]",
        )
    }
}

/// The training bearings of each group, smallest fault first.
fn groups<'a>(signals: &'a [Signal], mounted: &BTreeSet<&str>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut groups = BTreeMap::<&str, Vec<(f64, &str)>>::new();
    for signal in signals.iter().filter(|signal| mounted.contains(signal.mounted.as_str())) {
        let group = groups.entry(&signal.group).or_default();
        if group.iter().all(|(_, known)| *known != signal.mounted) {
            group.push((signal.size_mm.unwrap_or(0.0), &signal.mounted));
        }
    }
    let sorted = groups.into_iter().map(|(name, mut group)| {
        group.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        (name, group.into_iter().map(|(_, bearing)| bearing).collect())
    });
    sorted.collect()
}
