//! Many windows, one answer: a recording or a bearing is judged by the mean of its windows' probabilities.

use super::predictions::{Predictions, Probabilities};
use super::rows::Rows;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The mean probabilities of each group of rows, in order of the groups' keys. A key names what is judged as one:
/// file and channel for recordings, the physical bearing for bearings. The guess of a group is then the arg max of
/// its mean, ties to the lowest class.
///
/// # Errors
/// When there is not one key a row, or when one group has several true classes.
pub fn vote<K: Ord + Clone + Debug>(keys: &[K], windows: &Predictions) -> Result<(Vec<K>, Predictions)> {
    if keys.len() != windows.count() {
        return Err(Error::data(
            "every window needs the name of its recording",
            format!("there are {} windows and {} names", windows.count(), keys.len()),
            "give one name for each window, in the same order",
        ));
    }
    let classes = windows.classes();
    let mut groups = BTreeMap::<&K, (Vec<f64>, usize, u32)>::new();
    for ((key, row), label) in keys.iter().zip(windows.probabilities().rows().iter()).zip(windows.labels()) {
        let (sum, count, first) = groups.entry(key).or_insert_with(|| (vec![0.0; classes], 0, *label));
        if first != label {
            return Err(Error::data(
                format!("the windows of {key:?} cannot vote together"),
                format!("some are labelled {first} and some {label}"),
                "give each bearing under each channel of a file its own name",
            ));
        }
        sum.iter_mut().zip(row).for_each(|(total, p)| *total += p);
        *count += 1;
    }
    let names = groups.keys().map(|key| (*key).clone()).collect();
    let labels = groups.values().map(|(.., label)| *label).collect();
    let means = groups.values().flat_map(|(sum, count, _)| sum.iter().map(|total| total / *count as f64));
    let probabilities = Probabilities::known(Rows::known(classes, means.collect()));
    Ok((names, Predictions::new(probabilities, labels)?))
}
