//! The batches of an epoch in turn. For a net on a GPU they are made by a thread of their own, while the GPU works on those
//! before.

use crate::error::{Error, Result};
use crate::examples::Examples;
use candle_core::Tensor;
use std::sync::mpsc::sync_channel;

/// Batches that wait for the GPU at most.
const AHEAD: usize = 2;

/// Inputs and labels.
pub(crate) type Batch = (Tensor, Vec<u32>);

/// Lets `work` ask for one batch after the other, those of `rows`; `ahead`: whether they are made before they are asked for.
/// What `work` leaves is not made.
pub(crate) fn in_turn<R>(
    examples: &Examples,
    rows: &[Vec<usize>],
    ahead: bool,
    work: impl FnOnce(&mut dyn FnMut() -> Result<Batch>) -> Result<R>,
) -> Result<R> {
    let none_left =
        || Error::data("a batch more than there are was asked for", "a fault of this crate", "report it");
    let mut rows = rows.iter();
    if !ahead {
        return work(&mut || rows.next().map_or_else(|| Err(none_left()), |rows| examples.batch(rows)));
    }
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel(AHEAD);
        scope.spawn(move || {
            // Whoever stops asking lets go of the other end, and the next one is not sent.
            for rows in rows {
                if send.send(examples.batch(rows)).is_err() {
                    return;
                }
            }
        });
        work(&mut || receive.recv().unwrap_or_else(|_| Err(none_left())))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::examples::Unlabelled;

    #[test]
    fn batches_made_ahead_are_those_made_in_turn_and_work_may_end_early() {
        let inputs = Unlabelled::new(vec![2], (0..40).map(|n| n as f32).collect());
        let examples = Examples::new(inputs, (0..20).collect());
        let rows: Vec<Vec<usize>> = vec![vec![3, 1], vec![0, 19], vec![7], vec![8], vec![9], vec![10]];
        let taken = |ahead: bool, most: usize| {
            in_turn(&examples, &rows, ahead, |next| {
                let batches = (0..most).map(|_| next());
                let told =
                    batches.map(|batch| batch.map(|(x, labels)| (x.to_vec2::<f32>().unwrap(), labels)));
                told.collect::<Result<Vec<_>>>()
            })
        };
        for most in [0, 1, 6] {
            assert_eq!(taken(true, most).unwrap(), taken(false, most).unwrap());
        }
        assert_eq!(taken(true, 2).unwrap()[1], (vec![vec![0.0, 1.0], vec![38.0, 39.0]], vec![0, 19]));
        assert!(taken(true, 7).is_err() && taken(false, 7).is_err());
    }
}
