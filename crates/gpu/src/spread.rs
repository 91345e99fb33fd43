//! Numbers one by one, a few a thread: `NUMBERS` of `kernels/kernel.h`.

use crate::kernel::Kernel;
use crate::launch::{Launch, THREADS};

/// Numbers of a thread.
pub(crate) const NUMBERS: usize = 4;

/// A kernel over so many numbers, as many a thread as [`NUMBERS`] says; their count is the first that it is given.
pub(crate) fn spread(kernel: Kernel, count: usize) -> Launch {
    Launch::blocks(kernel, [count.div_ceil(NUMBERS * THREADS).max(1), 1, 1]).n(&[count])
}

/// What a kernel divides numbers below 2^31 by: the number itself, and the factor and the shift that stand for it. The
/// factor is 0 where nothing is divided.
pub(crate) fn divisor(by: usize) -> [usize; 3] {
    if by <= 1 {
        return [1, 0, 0];
    }
    // 2^shift < by <= 2^(shift + 1): the factor fits in 32 bits, and what it is too large by never reaches the quotient.
    let shift = (by - 1).ilog2();
    let factor = (1 << (32 + shift)) / by as u64 + 1;
    [by, factor as usize, shift as usize]
}

#[cfg(test)]
mod tests {
    use super::divisor;

    #[test]
    fn a_divisor_divides_every_number_that_it_is_made_for() {
        let most = (1_u64 << 31) - 1;
        for by in (1..300).chain([1023, 1024, 1025, 65_535, 65_537, 1 << 30, (1 << 30) + 1, most]) {
            let [whole, factor, shift] = divisor(by as usize).map(|n| n as u64);
            assert!(whole == by && factor <= u64::from(u32::MAX));
            let edges = (0..50)
                .flat_map(|k| [k * by, (k * by).saturating_sub(1), most - k, most / by * by - k.min(1)]);
            for i in edges.filter(|i| *i <= most) {
                let found = if factor == 0 { i } else { ((i * factor) >> 32) >> shift };
                assert_eq!(found, i / by, "{i} / {by}");
            }
        }
    }
}
