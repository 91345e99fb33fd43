//! One layer of one image on several threads, where a batch has fewer images than there are threads.
//!
//! What is split are the outputs of a layer, so that every one is the same sum in the same order as on a single thread.
//! Neighbouring channels of a result lie one behind the other: each thread writes a stretch of its own.

use rayon::prelude::*;

/// Multiply-adds of a part from which on it is worth another thread, which takes some microseconds to begin.
const WORTH_A_PART: usize = 1 << 19;

/// Parts at most: each one lays out its input for itself.
const MOST_PARTS: usize = 8;

/// Multiply-adds for each number that goes in or out from which on it is worth handing that number from core to core.
/// Measured: writing what another core has read takes 0.5 ns a number, a multiply-add 0.01 ns.
const WORTH_HANDING_OVER: usize = 1 << 7;

/// In how many parts a layer of so many multiply-adds is done on so many threads, when so many `numbers` go in and out.
pub(super) fn parts(threads: usize, multiply_adds: usize, numbers: usize) -> usize {
    if multiply_adds < WORTH_HANDING_OVER * numbers {
        return 1;
    }
    threads.min(multiply_adds / WORTH_A_PART).clamp(1, MOST_PARTS)
}

/// Calls `work` with the number, the result and the working memory of every part: `each` numbers of `out`, fewer in the
/// last one, and `own` of `scratch`.
pub(super) fn in_parts(
    out: &mut [f32],
    each: usize,
    scratch: &mut [f32],
    own: usize,
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
) {
    if out.len() <= each {
        return work(0, out, &mut scratch[..own]);
    }
    let parts = out.par_chunks_mut(each).zip(scratch.par_chunks_mut(own));
    parts.enumerate().for_each(|(number, (out, scratch))| work(number, out, scratch));
}
