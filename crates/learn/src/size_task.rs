//! The size of a fault, learned beside its class: `[training.also.size]` of an experiment.
//!
//! The classes stay as the protocol says, so that figures can be compared. A second fully connected layer on the same
//! features tells the sizes of the damaged bearings that the fold trains with. A healthy bearing has no size, and one whose
//! size is not among those of training has none that could be told: both are left out of this loss, and nowhere refused.
//! Epochs are chosen by the classes alone. The probabilities of sizes are not calibrated; they say how large the damage
//! would be if there were any.

use crate::error::{Error, Result};
use crate::examples::Examples;
use crate::experiment::Complaints;
use crate::protocol::{Part, Signal};
use brinell_model::{CrossEntropy, cross_entropy};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};

/// The name of the output in the net, and of its layer `heads.size`.
pub(crate) const SIZE_OUTPUT: &str = "size";
/// The place of an example without a known size.
pub(crate) const NO_SIZE: u32 = u32::MAX;
/// The largest weight that an experiment may ask for.
const HEAVIEST: f64 = 1000.0;

/// What a net learns beside its classes, on the same features.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FurtherTasks {
    /// The size of the fault. Left out: it is not learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeTask>,
}

/// How the size of a fault is learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SizeTask {
    /// The mean cross-entropy of the sizes of a batch, over its examples that have one, is multiplied by it and added to
    /// the loss of the classes.
    pub weight: f64,
}

impl Default for SizeTask {
    fn default() -> Self {
        SizeTask { weight: 0.3 }
    }
}

impl FurtherTasks {
    pub(crate) fn is_empty(&self) -> bool {
        self.size.is_none()
    }

    pub(crate) fn check(&self, found: &mut Complaints) {
        if let Some(SizeTask { weight }) = self.size
            && !(weight > 0.0 && weight <= HEAVIEST)
        {
            let message = format!("weight must be > 0 and <= {HEAVIEST}, found {weight}");
            found.add("training.also.size.weight", message);
        }
    }
}

/// A size that a net tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeClass {
    /// As the catalogue names it.
    pub name: String,
    /// In millimetres, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mm: Option<f64>,
}

/// The size of the damage of the bearing under the sensor, where there is damage and its size is known.
pub(crate) fn size_of(signal: &Signal) -> Option<SizeClass> {
    let mm = signal.size_mm;
    let name = signal.size.clone().or_else(|| mm.map(|mm| format!("{mm} mm")))?;
    (!signal.faults.is_empty()).then_some(SizeClass { name, mm })
}

/// The sizes in a part, ascending; those without millimetres first, by name.
pub(crate) fn sizes_in(part: &Part, signals: &[Signal]) -> Vec<SizeClass> {
    ascending(part.windows.iter().filter_map(|window| size_of(signals.get(window.signal)?)))
}

/// Each size once, ascending.
pub(crate) fn ascending(sizes: impl Iterator<Item = SizeClass>) -> Vec<SizeClass> {
    let mut found: Vec<SizeClass> = Vec::new();
    for size in sizes {
        if found.iter().all(|known| known.name != size.name) {
            found.push(size);
        }
    }
    let number = |size: &SizeClass| size.mm.unwrap_or(f64::NEG_INFINITY);
    found.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| a.name.cmp(&b.name)));
    found
}

/// The place of a signal's size among `sizes`, or [`NO_SIZE`].
pub(crate) fn place_of(signal: &Signal, sizes: &[SizeClass]) -> u32 {
    let own = size_of(signal);
    let place = own.and_then(|own| sizes.iter().position(|size| size.name == own.name));
    place.map_or(NO_SIZE, |place| place as u32)
}

/// Refuses to learn sizes where there is nothing to be told apart.
pub(crate) fn refuse_too_few(sizes: &[SizeClass], fold: &str) -> Result<()> {
    if sizes.len() > 1 {
        return Ok(());
    }
    let found = sizes.first().map_or_else(|| "none".to_owned(), |size| format!("only {}", size.name));
    Err(Error::data(
        format!("the size of a fault cannot be learned in fold {fold}"),
        format!("two sizes or more are needed in its training part, and it has {found}"),
        "leave out [training.also.size], or let the protocol train with more sizes, such as leave-one-size-out with \
         validation = \"load\"",
    ))
}

/// The cross-entropy of the sizes of those `rows` that have one, from logits whose first rows are theirs. Where no row has
/// one it is 0, and so is its gradient.
pub(crate) fn size_loss(logits: &Tensor, train: &Examples, rows: &[usize]) -> Result<Tensor> {
    let sizes = rows.iter().map(|row| train.sizes()[*row]).zip(0_u32..);
    let (labels, places): (Vec<u32>, Vec<u32>) = sizes.filter(|(size, _)| *size != NO_SIZE).unzip();
    if places.is_empty() {
        return Ok((logits.sum_all()? * 0.0)?);
    }
    let places = Tensor::new(places, logits.device())?;
    let known = logits.index_select(&places, 0)?;
    Ok(cross_entropy(&known, &labels, &CrossEntropy::default())?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fault_set::FaultSet;
    use crate::protocol::Window;
    use brinell_signal::FaultKind;

    fn signal(size: Option<(&str, f64)>, damaged: bool) -> Signal {
        Signal {
            file: String::new(),
            sensor: String::new(),
            mounted: String::new(),
            group: String::new(),
            bearing: String::new(),
            faults: if damaged { FaultSet::NONE.with(FaultKind::Inner) } else { FaultSet::NONE },
            size: size.map(|(name, _)| name.to_owned()),
            size_mm: size.map(|(_, mm)| mm),
            load: None,
            length: 0,
        }
    }

    #[test]
    fn sizes_are_those_of_damaged_bearings_in_rising_order_and_a_healthy_one_has_none() {
        let signals = [
            signal(Some(("21", 0.53)), true),
            signal(Some(("7", 0.18)), true),
            // healthy, while a fault of another size was mounted elsewhere
            signal(Some(("14", 0.36)), false),
            signal(None, true),
        ];
        let windows = (0..4).map(|signal| Window { signal, start: 0 }).collect();
        let part = Part { windows, labels: vec![0; 4], ..Part::default() };
        let sizes = sizes_in(&part, &signals);
        assert_eq!(sizes.iter().map(|size| size.name.as_str()).collect::<Vec<_>>(), ["7", "21"]);
        let places: Vec<u32> = signals.iter().map(|signal| place_of(signal, &sizes)).collect();
        assert_eq!(places, [1, 0, NO_SIZE, NO_SIZE]);
        refuse_too_few(&sizes, "x").unwrap();
        let said = refuse_too_few(&sizes[..1], "size-7").unwrap_err().to_string();
        assert!(said.contains("fold size-7") && said.contains("only 7"), "{said}");
    }

    #[test]
    fn the_loss_is_over_examples_with_a_size_alone_and_0_where_there_is_none() {
        let labels = vec![0; 4];
        let train = Examples::in_memory(&[1], vec![0.0; 4], labels).with_sizes(vec![1, NO_SIZE, 0, NO_SIZE]);
        let logits =
            Tensor::new(&[[0.0_f32, 2.0], [9.0, -9.0], [5.0, 5.0]], &candle_core::Device::Cpu).unwrap();
        let of = |rows: &[usize]| size_loss(&logits, &train, rows).unwrap().to_scalar::<f32>().unwrap();
        // rows 0 and 2, by the first and the third logits
        let expected = ((1.0 + (-2.0_f32).exp()).ln() + 2.0_f32.ln()) / 2.0;
        assert!((of(&[0, 1, 2]) - expected).abs() < 1e-6);
        assert_eq!(of(&[1, 3]), 0.0);
    }
}
