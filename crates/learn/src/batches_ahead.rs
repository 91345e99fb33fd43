//! The batches of an epoch in turn. For a net on a GPU they are made by a thread of their own, in memory that the GPU fetches
//! them from, while it works on those before.

use crate::error::{Error, Result};
use crate::examples::Examples;
use brinell_model::{Gpu, Pinned};
use candle_core::Tensor;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::mpsc::sync_channel;

/// Batches that wait for the GPU at most.
const AHEAD: usize = 2;

/// The inputs of a batch.
pub(crate) enum Inputs {
    /// For a net on the CPU, `[rows, ..shape]`.
    Tensor(Tensor),
    /// For one on a GPU, sample behind sample.
    Pinned(Pinned),
}

/// Inputs and labels.
pub(crate) type Batch = (Inputs, Vec<u32>);

/// Lets `work` ask for one batch after the other, those of `rows`; those of a GPU are made before they are asked for. What
/// `work` leaves is not made.
pub(crate) fn in_turn<R>(
    examples: &Examples,
    rows: &[Vec<usize>],
    gpu: Option<&Gpu>,
    work: impl FnOnce(&mut dyn FnMut() -> Result<Batch>) -> Result<R>,
) -> Result<R> {
    let none_left =
        || Error::data("a batch more than there are was asked for", "a fault of this crate", "report it");
    let mut rows = rows.iter();
    let Some(gpu) = gpu else {
        return work(&mut || {
            let (inputs, labels) = examples.batch(rows.next().ok_or_else(none_left)?)?;
            Ok((Inputs::Tensor(inputs), labels))
        });
    };
    let pinned = |rows: &[usize]| {
        let inputs =
            gpu.pinned(&examples.values(rows.iter().copied())?).map_err(brinell_model::Error::from)?;
        Ok((Inputs::Pinned(inputs), examples.labels_of(rows)))
    };
    let pool = pool_beside()?;
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel(AHEAD);
        scope.spawn(move || {
            let made = |rows: &[usize]| match &pool {
                Some(pool) => pool.install(|| pinned(rows)),
                None => pinned(rows),
            };
            // Whoever stops asking lets go of the other end, and the next one is not sent.
            for rows in rows {
                if send.send(made(rows)).is_err() {
                    return;
                }
            }
        });
        work(&mut || receive.recv().unwrap_or_else(|_| Err(none_left())))
    })
}

/// Threads to make batches with, where the caller is itself at work in a pool: all of that pool's threads may be waiting
/// for batches.
fn pool_beside() -> Result<Option<ThreadPool>> {
    if rayon::current_thread_index().is_none() {
        return Ok(None);
    }
    let pool = ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build();
    pool.map(Some).map_err(|error| {
        Error::data("batches cannot be made ahead", error.to_string(), "free memory, or train on the CPU")
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
        let gpu = Gpu::on_host(brinell_gpu::Order::Forwards);
        let buffer = gpu.zeros(4).unwrap();
        let numbers = |inputs: Inputs| match inputs {
            Inputs::Tensor(tensor) => tensor.flatten_all().unwrap().to_vec1().unwrap(),
            Inputs::Pinned(pinned) => {
                let mut found = vec![0.0_f32; pinned.len()];
                gpu.upload_pinned(&buffer, 0, &pinned).unwrap();
                gpu.download(&buffer, 0, &mut found).unwrap();
                found
            }
        };
        let taken = |on: Option<&Gpu>, most: usize| {
            in_turn(&examples, &rows, on, |next| {
                let batches = (0..most).map(|_| next());
                let told = batches.map(|batch| batch.map(|(inputs, labels)| (numbers(inputs), labels)));
                told.collect::<Result<Vec<_>>>()
            })
        };
        for most in [0, 1, 6] {
            assert_eq!(taken(Some(&gpu), most).unwrap(), taken(None, most).unwrap());
        }
        assert_eq!(taken(Some(&gpu), 2).unwrap()[1], (vec![0.0, 1.0, 38.0, 39.0], vec![0, 19]));
        assert!(taken(Some(&gpu), 7).is_err() && taken(None, 7).is_err());
    }
}
